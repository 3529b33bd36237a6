/* SPDX-License-Identifier: Apache-2.0
 * IDE redirection of the virtual device: a console that offers small images which it
 * makes here, as the browser clients do and as amtterm does, and a host that boots them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sim/redirection_test_tools.h>

#include <amt/redirection/ider.h>
#include <amt/redirection/scsi.h>
#include <stdlib.h>

#define FLOPPY_TEXT "This is a tiny floppy."
#define CD_TEXT "This is a tiny CD."

struct image {
	uint8_t *p;
	struct scsi_drive drive;
};

struct console {
	struct test_console c;
	struct image floppy, cd;
	uint32_t sent, expected; /* sequences: ours, the device's next */
	uint16_t read_buffer;
	bool amtterm; /* real sense data, large chunks; else as browsers do */
	bool dma_bit; /* set although it is no DMA */
	unsigned commands, beats, pings, resets;
};

/* ---- images ---- */

static void put(uint8_t *p, size_t at, const char *bytes, size_t n)
{
	memcpy(p + at, bytes, n);
}

static struct image make_floppy(bool bootable)
{
	struct image i = {xcalloc(8, 512), {.blocks = 8, .changed = true}};

	put(i.p, 0, "\xEB\x3C\x90", 3);
	put(i.p, 64, FLOPPY_TEXT, strlen(FLOPPY_TEXT));
	if (bootable)
		put(i.p, 510, "\x55\xAA", 2);
	return i;
}

#define CD_BLOCKS 24
#define CATALOG 19
#define BOOT_IMAGE 20

/* El Torito, no emulation, a boot image of 4 KiB. */
static struct image make_cd(void)
{
	struct image i = {xcalloc(CD_BLOCKS, 2048),
			  {.cd = true, .blocks = CD_BLOCKS, .changed = true}};
	uint8_t *record = i.p + 17 * 2048, *catalog = i.p + CATALOG * 2048;
	uint8_t *boot = i.p + BOOT_IMAGE * 2048;
	uint16_t sum = 0;

	put(i.p + 16 * 2048, 0,
	    "\x01"
	    "CD001\x01",
	    7);
	put(record, 0,
	    "\0"
	    "CD001\1EL TORITO SPECIFICATION",
	    30);
	record[0x47] = CATALOG;
	catalog[0] = 1;
	put(catalog, 4, "outband test", 12);
	put(catalog, 30, "\x55\xAA", 2);
	for (int w = 0; w < 16; w++)
		sum = (uint16_t)(sum + (catalog[2 * w] | catalog[2 * w + 1] << 8));
	sum = (uint16_t)-sum;
	catalog[28] = (uint8_t)sum;
	catalog[29] = (uint8_t)(sum >> 8);
	catalog[32] = 0x88;
	catalog[38] = 8; /* sectors of 512 */
	catalog[40] = BOOT_IMAGE;
	put(boot, 3000, CD_TEXT, strlen(CD_TEXT));
	return i;
}

/* ---- the console ---- */

static void send_msg(struct console *o, struct ider_msg m)
{
	struct buf b = {0};

	m.sequence = o->sent++;
	ider_encode(&b, &m);
	test_console_send(&o->c, &b);
	buf_fini(&b);
}

static void send_data(struct console *o, uint8_t device, const uint8_t *p, size_t n)
{
	size_t chunk = o->amtterm ? IDER_BUFFER_MAX : o->read_buffer;

	while (n > 0) {
		size_t k = MIN(n, chunk);
		struct ider_msg m = ider_data(device, false, k == n,
					      (struct str){(const char *)p, k});
		if (o->dma_bit)
			m.attributes |= IDER_DMA;
		send_msg(o, m);
		p += k;
		n -= k;
	}
}

static void on_command(struct console *o, const struct ider_msg *m)
{
	uint8_t device = ider_command_device(m);
	struct image *i = device == IDER_CD ? &o->cd : &o->floppy;
	struct scsi_cdb c;
	struct scsi_answer a;

	assert_int_equal(m->command.ata, IDER_ATA_PACKET);
	o->commands++;
	scsi_decode(m->command.cdb, &c);
	assert_int_not_equal(c.op, 0x12); /* nobody answers INQUIRY */
	scsi_answer(&c, &i->drive, &a);
	switch (a.kind) {
	case SCSI_END:
		/* Browsers report errors as success. */
		send_msg(o, o->amtterm ? ider_end(device, a.sense, a.asc, a.ascq)
				       : ider_end(device, 0, 0, 0));
		break;
	case SCSI_DATA:
		send_data(o, device, a.data, a.n);
		break;
	case SCSI_READ: {
		size_t size = i->drive.cd ? 2048 : 512;
		send_data(o, device, i->p + a.lba * size, a.blocks * size);
		break;
	}
	case SCSI_GET:
		fail_msg("the device writes");
	}
}

static void handle(struct console *o, const struct ider_msg *m)
{
	/* Clients of today drop the session otherwise. */
	assert_int_equal(m->sequence, o->expected);
	o->expected++;
	switch (m->op) {
	case IDER_COMMAND:
		on_command(o, m);
		break;
	case IDER_HEARTBEAT:
		o->beats++;
		break;
	case IDER_PING:
		o->pings++;
		send_msg(o, (struct ider_msg){.op = IDER_PONG});
		break;
	case IDER_RESET_OCCURRED:
		o->resets++;
		send_msg(o, (struct ider_msg){.op = IDER_RESET_RESPONSE});
		break;
	default:
		break;
	}
}

/* Handles one message; false: the device closed. *m's slices are gone. */
static bool step(struct console *o, struct ider_msg *m)
{
	const char *why = NULL;
	ssize_t n;

	while ((n = ider_decode(o->c.in.p, o->c.in.len, m, &why)) == 0)
		if (!test_console_more(&o->c))
			return false;
	if (n < 0)
		fail_msg("%s", why);
	handle(o, m);
	buf_consume(&o->c.in, (size_t)n);
	return true;
}

static void expect(struct console *o, enum ider_op op, struct ider_msg *m)
{
	do
		if (!step(o, m))
			fail_msg("closed before %02x", op);
	while (m->op != op);
}

static void open_with(struct console *o, struct test_device *d, uint16_t rx_timeout_ms,
		      uint16_t heartbeat_ms)
{
	struct ider_msg m;

	test_console_login(&o->c, d, REDIR_IDER);
	send_msg(o, (struct ider_msg){.op = IDER_OPEN,
				      .open = {rx_timeout_ms, 0, heartbeat_ms, 1}});
	expect(o, IDER_OPEN_REPLY, &m);
	assert_int_equal(m.sequence, 0);
	assert_int_equal(m.open_reply.status, 0);
	assert_int_equal(m.open_reply.protocol, 0);
	assert_true(m.open_reply.read_buffer > 0 && m.open_reply.read_buffer <= 8192);
	o->read_buffer = m.open_reply.read_buffer;
}

static void enable(struct console *o, uint32_t mode)
{
	struct ider_msg m;

	send_msg(o, (struct ider_msg){.op = IDER_FEATURES,
				      .features = {IDER_SET_STATE, IDER_ENABLE | mode}});
	expect(o, IDER_FEATURES_REPLY, &m);
	assert_int_equal(m.features.sub, IDER_SET_STATE);
	assert_int_equal(m.features.value, 1);
}

static void end(struct console *o)
{
	test_console_close(&o->c);
	free(o->floppy.p);
	free(o->cd.p);
	*o = (struct console){0};
}

static bool shows(struct test_device *d, const char *text)
{
	struct buf b = {0};

	sim_redirection_text(&d->r, &b);
	bool found = str_find(buf_str(&b), str_of(text)) >= 0;
	buf_fini(&b);
	return found;
}

/* Answers what the device asks; false when it asks nothing for a moment. */
static bool serve_a_bit(struct console *o)
{
	const char *why = NULL;
	struct ider_msg m;

	if (ider_decode(o->c.in.p, o->c.in.len, &m, &why) == 0 &&
	    test_console_silent(&o->c, 10))
		return false;
	return step(o, &m);
}

/* Serves until the device's screen shows text. */
static void serve_until(struct console *o, const char *text)
{
	struct deadline until = deadline_in(TEST_MS);

	while (!shows(o->c.d, text)) {
		if (deadline_passed(until))
			fail_msg("the screen does not show \"%s\"", text);
		serve_a_bit(o);
	}
}

static void serve_until_drives(struct console *o, uint32_t floppy, uint32_t cd)
{
	struct deadline until = deadline_in(TEST_MS);

	while (o->c.d->r.drives[0] != floppy || o->c.d->r.drives[1] != cd) {
		if (deadline_passed(until))
			fail_msg("the device does not see the drives");
		serve_a_bit(o);
	}
	while (serve_a_bit(o))
		;
}

/* ---- tests ---- */

static void boots_floppy(struct test_device *d)
{
	struct console o = {.floppy = make_floppy(true)};

	open_with(&o, d, 30000, 20000);
	enable(&o, IDER_NOW);
	serve_until_drives(&o, 8, 0);
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_FLOPPY, "");
	serve_until(&o, "Running from the redirected drive.");
	assert_true(shows(d, FLOPPY_TEXT));
	assert_int_equal(o.resets, 1);
	end(&o);
}

static void boots_cd(struct test_device *d)
{
	/* In chunks of any size, and with the bit that ui-toolkit sets wrongly. */
	struct console o = {.cd = make_cd(), .dma_bit = true};

	open_with(&o, d, 30000, 20000);
	o.read_buffer = 1000;
	enable(&o, IDER_GRACEFULLY);
	serve_until_drives(&o, 0, CD_BLOCKS);
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_CD, "");
	serve_until(&o, "Running from the redirected drive.");
	assert_true(shows(d, CD_TEXT));
	end(&o);
}

static void boots_for_amtterm(struct test_device *d)
{
	struct console o = {
		.floppy = make_floppy(true), .cd = make_cd(), .amtterm = true};

	d->config.gap_ms = 10;
	open_with(&o, d, 30000, 20000);
	enable(&o, IDER_ON_REBOOT);
	/* Not before the host restarts. */
	assert_true(test_console_silent(&o.c, 100));
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_CD, "");
	serve_until(&o, CD_TEXT);
	assert_int_equal(d->r.drives[0], 8);
	assert_int_equal(d->r.drives[1], CD_BLOCKS);
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_FLOPPY, "");
	serve_until(&o, FLOPPY_TEXT);
	assert_int_equal(o.resets, 2);
	end(&o);
}

/* Drives that do not boot are named on the screen, then the disk boots. */
static void does_not_boot(struct test_device *d)
{
	struct console o = {.floppy = make_floppy(false), .cd = make_cd()};

	open_with(&o, d, 30000, 20000);
	enable(&o, IDER_NOW);
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_FLOPPY, "");
	serve_until(&o, "it has no boot sector");
	serve_until(&o, "virtual login:");

	o.cd.p[CATALOG * 2048 + 28] ^= 1;
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_CD, "");
	serve_until(&o, "boot catalog is not valid");
	o.cd.p[17 * 2048 + 8] ^= 1;
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_CD, "");
	serve_until(&o, "it has no boot record");
	o.cd.drive.blocks = 17;
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_CD, "");
	serve_until(&o, "a block cannot be read");
	o.cd.drive.blocks = 0;
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_CD, "");
	serve_until(&o, "there is no medium");
	serve_until(&o, "virtual login:");
	end(&o);
}

static void console_goes_while_booting(struct test_device *d)
{
	struct console o = {.floppy = make_floppy(true)};
	struct ider_msg m;
	unsigned before;

	open_with(&o, d, 30000, 20000);
	enable(&o, IDER_NOW);
	serve_until_drives(&o, 8, 0);
	before = o.commands;
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_FLOPPY, "");
	while (o.commands == before)
		assert_true(step(&o, &m));
	test_console_close(&o.c);
	while (sim_redirection_active(&d->r, REDIR_IDER))
		err_free(fiber_yield());
	assert_true(shows(d, "the console is gone"));
	assert_int_equal(d->r.drives[0], 0);
	free(o.floppy.p);
}

static void restarts_while_booting(struct test_device *d)
{
	struct console o = {.floppy = make_floppy(true)};
	struct ider_msg m;
	unsigned before;

	open_with(&o, d, 30000, 20000);
	enable(&o, IDER_NOW);
	serve_until_drives(&o, 8, 0);
	before = o.commands;
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_FLOPPY, "");
	while (o.commands == before)
		assert_true(step(&o, &m));
	sim_redirection_boot(&d->r, SIM_BOOT_DISK, "");
	serve_until(&o, "virtual login:");
	assert_false(shows(d, FLOPPY_TEXT));
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_FLOPPY, "");
	serve_until(&o, FLOPPY_TEXT);
	end(&o);
}

static void keeps_alive(struct test_device *d)
{
	struct console o = {0};
	struct ider_msg m;

	open_with(&o, d, 200, 100);
	while (o.beats < 3 || o.pings < 3)
		assert_true(step(&o, &m));
	/* A console that says nothing at all is left. */
	int64_t since = clock_mono_ms();
	while (test_console_more(&o.c))
		;
	assert_true(clock_mono_ms() - since < 1000);
	end(&o);
}

static void answers(struct test_device *d)
{
	struct console o = {0};
	struct ider_msg m;

	open_with(&o, d, 0, 0);
	send_msg(&o, (struct ider_msg){.op = IDER_PING});
	expect(&o, IDER_PONG, &m);
	send_msg(&o, (struct ider_msg){.op = IDER_FEATURES, .features = {.sub = 1}});
	expect(&o, IDER_FEATURES_REPLY, &m);
	assert_int_equal(m.features.value, 1);
	send_msg(&o, (struct ider_msg){.op = IDER_FEATURES, .features = {.sub = 2}});
	expect(&o, IDER_FEATURES_REPLY, &m);
	assert_int_equal(m.features.value, 0);
	enable(&o, IDER_ON_REBOOT);
	send_msg(&o, (struct ider_msg){.op = IDER_FEATURES, .features = {.sub = 2}});
	expect(&o, IDER_FEATURES_REPLY, &m);
	assert_int_equal(m.features.value, 2);
	send_msg(&o, (struct ider_msg){.op = IDER_CLOSE});
	expect(&o, IDER_CLOSE_REPLY, &m);
	assert_true(test_console_closed(&o.c));
	end(&o);
}

/* The form of amtterm's 0x40, without a head. */
static void opens_for_amtterm(struct test_device *d)
{
	struct console o = {0};
	struct ider_msg m;
	struct buf b = {0};

	test_console_login(&o.c, d, REDIR_IDER);
	buf_addstr(&b, STR("\x40\x64\0\x10\x27\x64\0\x01\0\0\0\0\0\0\0\0\0\0"));
	test_console_send(&o.c, &b);
	expect(&o, IDER_OPEN_REPLY, &m);
	expect(&o, IDER_HEARTBEAT, &m);
	end(&o);
	buf_fini(&b);
}

static void hostile(struct test_device *d)
{
	static const struct ider_msg first[] = {
		{.op = IDER_FEATURES, .features = {3, 1}},
		{.op = IDER_COMMAND_END},
		{.op = IDER_HOST_DATA},
	};
	struct console o = {0};
	struct ider_msg m;

	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		test_console_login(&o.c, d, REDIR_IDER);
		send_msg(&o, first[i]);
		assert_true(test_console_closed(&o.c));
		end(&o);
	}
	/* An answer nobody asked for. */
	open_with(&o, d, 0, 0);
	send_msg(&o, ider_end(IDER_CD, 0, 0, 0));
	assert_true(test_console_closed(&o.c));
	end(&o);
	/* More data than a command may have. */
	o.floppy = make_floppy(true);
	open_with(&o, d, 0, 0);
	enable(&o, IDER_NOW);
	while (o.c.in.len == 0)
		assert_true(test_console_more(&o.c));
	send_msg(&o, ider_data(IDER_FLOPPY, false, false, STR("surplus")));
	while (test_console_more(&o.c))
		;
	assert_true(o.c.ended);
	end(&o);
	/* Opened twice. */
	open_with(&o, d, 0, 0);
	send_msg(&o, (struct ider_msg){.op = IDER_OPEN});
	assert_false(step(&o, &m));
	end(&o);
}

#define TEST(fn)                        \
	static void fn##_(void **state) \
	{                               \
		test_with_device(fn);   \
	}
TEST(boots_floppy)
TEST(boots_cd)
TEST(boots_for_amtterm)
TEST(does_not_boot)
TEST(console_goes_while_booting)
TEST(restarts_while_booting)
TEST(keeps_alive)
TEST(answers)
TEST(opens_for_amtterm)
TEST(hostile)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boots_floppy_),
		cmocka_unit_test(boots_cd_),
		cmocka_unit_test(boots_for_amtterm_),
		cmocka_unit_test(does_not_boot_),
		cmocka_unit_test(console_goes_while_booting_),
		cmocka_unit_test(restarts_while_booting_),
		cmocka_unit_test(keeps_alive_),
		cmocka_unit_test(answers_),
		cmocka_unit_test(opens_for_amtterm_),
		cmocka_unit_test(hostile_),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
