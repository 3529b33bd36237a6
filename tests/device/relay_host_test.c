/* SPDX-License-Identifier: Apache-2.0
 * What the host does while the relay's sessions last: it boots an image that a console
 * offers, and it is reset under them. Full virtual device, power by WS-Management.
 */
#include "relay_world.h"

#include <amt/redirection/ider.h>
#include <amt/redirection/scsi.h>
#include <base/log.h>
#include <device/boot.h>
#include <device/power.h>

#define BLOCK SCSI_FLOPPY_BLOCK
#define BLOCKS 8
#define IMAGE_TEXT "An image that came through the relay."
#define BEAT_MS 100

/* A console that is a floppy drive, as browsers are. */
struct drive {
	struct console c;
	uint8_t image[BLOCKS * BLOCK];
	struct scsi_drive scsi;
	uint32_t sent, expected;
	uint16_t read_buffer;
	unsigned resets, reads;
};

static void drive_send(struct drive *d, struct ider_msg m)
{
	struct buf b = {0};

	m.sequence = d->sent++;
	ider_encode(&b, &m);
	console_send(&d->c, buf_str(&b));
	buf_fini(&b);
}

static void drive_data(struct drive *d, uint8_t device, const uint8_t *p, size_t n)
{
	while (n > 0) {
		size_t k = MIN(n, d->read_buffer);
		drive_send(d, ider_data(device, false, k == n,
					(struct str){(const char *)p, k}));
		p += k;
		n -= k;
	}
}

static void on_command(struct drive *d, const struct ider_msg *m)
{
	static struct scsi_drive no_cd = {.cd = true};
	uint8_t device = ider_command_device(m);
	struct scsi_cdb c;
	struct scsi_answer a;

	scsi_decode(m->command.cdb, &c);
	scsi_answer(&c, device == IDER_CD ? &no_cd : &d->scsi, &a);
	switch (a.kind) {
	case SCSI_END:
		drive_send(d, ider_end(device, a.sense, a.asc, a.ascq));
		break;
	case SCSI_DATA:
		drive_data(d, device, a.data, a.n);
		break;
	case SCSI_READ:
		d->reads++;
		drive_data(d, device, d->image + (size_t)a.lba * BLOCK,
			   (size_t)a.blocks * BLOCK);
		break;
	case SCSI_GET:
		fail_msg("the device writes");
	}
}

/* Takes and answers one message; which it was. */
static enum ider_op drive_step(struct drive *d, struct ider_msg *m)
{
	const char *why = "";
	ssize_t n;

	while ((n = ider_decode(d->c.in.p, d->c.in.len, m, &why)) == 0)
		if (!console_want(&d->c, d->c.in.len + 1))
			fail_msg("the session ended (%u)", ws_close_code(d->c.ws));
	if (n < 0)
		fail_msg("%s", why);
	assert_int_equal(m->sequence, d->expected++);
	if (m->op == IDER_COMMAND) {
		on_command(d, m);
	} else if (m->op == IDER_RESET_OCCURRED) {
		d->resets++;
		drive_send(d, (struct ider_msg){.op = IDER_RESET_RESPONSE});
	} else if (m->op == IDER_PING) {
		drive_send(d, (struct ider_msg){.op = IDER_PONG});
	}
	buf_consume(&d->c.in, (size_t)n);
	return m->op;
}

static void drive_begin(struct relay_world *r, struct drive *d)
{
	struct ider_msg m;

	*d = (struct drive){.scsi = {.blocks = BLOCKS, .changed = true}};
	memcpy(d->image, "\xEB\x3C\x90", 3);
	memcpy(d->image + 64, IMAGE_TEXT, strlen(IMAGE_TEXT));
	memcpy(d->image + 510, "\x55\xAA", 2);
	console_open(r, "ider", "", &d->c);
	console_login(&d->c, REDIR_IDER);
	drive_send(d, (struct ider_msg){.op = IDER_OPEN, .open = {30000, 0, BEAT_MS, 1}});
	assert_int_equal(drive_step(d, &m), IDER_OPEN_REPLY);
	assert_int_equal(m.open_reply.status, 0);
	d->read_buffer = m.open_reply.read_buffer;
	drive_send(d, (struct ider_msg){.op = IDER_FEATURES,
					.features = {IDER_SET_STATE,
						     IDER_ENABLE | IDER_ON_REBOOT}});
	while (drive_step(d, &m) != IDER_FEATURES_REPLY)
		;
	assert_int_equal(m.features.value, 1);
}

/* Serves until the host shows the text; heartbeats see to it that it is looked for. */
static void drive_until(struct relay_world *r, struct drive *d, const char *text)
{
	struct deadline until = SOON;
	struct ider_msg m;

	while (!relay_screen_shows(r, text)) {
		if (deadline_passed(until))
			fail_msg("the host never showed \"%s\", but \"%s\"", text,
				 relay_screen(r));
		drive_step(d, &m);
	}
}

static void boot(struct relay_world *r, enum device_boot_way way)
{
	const struct device_boot b = {.way = way, .power = 10};
	struct wsman_reply reply;

	ok(device_boot(&r->w.call, &b, &reply));
	assert_int_equal(reply.return_value.v, 0);
}

TEST(ider_boots_an_image)
{
	struct relay_world r;
	struct drive d;

	relay_world_start(&r);
	/* A BIOS waits for its drive, as long as the console needs to hear of the reset.
	 */
	r.w.full->redirection_config.step_ms = 500;
	drive_begin(&r, &d);
	boot(&r, DEVICE_BOOT_TO_IDER_FLOPPY);
	drive_until(&r, &d, IMAGE_TEXT);
	assert_int_equal(d.resets, 1);
	assert_true(d.reads > 0);
	/* And once more in the same session, then from the disk. */
	boot(&r, DEVICE_BOOT_TO_IDER_FLOPPY);
	while (d.resets < 2)
		drive_step(&d, &(struct ider_msg){0});
	drive_until(&r, &d, IMAGE_TEXT);
	struct wsman_reply reply;
	ok(device_power_request(&r.w.call, 10, &reply));
	drive_until(&r, &d, "virtual login:");
	assert_int_equal(d.resets, 3);
	console_close(&d.c);
	relay_world_stop(&r);
}

TEST(sol_lasts_through_a_reset)
{
	struct relay_world r;
	struct console c;
	struct wsman_reply reply;

	relay_world_start(&r);
	console_open(&r, "sol", "", &c);
	sol_start(&c);
	sol_expect(&c, "login:");
	for (int i = 0; i < 2; i++) {
		sol_type(&c, "root\r", false);
		sol_expect(&c, "assword:");
		ok(device_power_request(&r.w.call, 10, &reply));
		assert_int_equal(reply.return_value.v, 0);
		sol_expect(&c, "login:"); /* the new system's */
	}
	assert_true(r.w.device.sol_busy);
	assert_int_equal(r.told, 1); /* no end, no second begin */
	console_close(&c);
	relay_world_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ider_boots_an_image),
		cmocka_unit_test(sol_lasts_through_a_reset),
	};

	log_init(LOG_ERROR, LOG_HUMAN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
