/* SPDX-License-Identifier: Apache-2.0
 * Serial over LAN of the virtual device. The console's terminal is a screen of its own,
 * fed with what comes: it must show what the device shows.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sim/redirection_test_tools.h>

#include <amt/redirection/sol.h>
#include <stdlib.h>

static const struct sol_params browser = {10000, 100, 0, 10000, 100, 0};

struct terminal {
	struct test_console c;
	struct sim_screen *screen;
	uint8_t status; /* of the last 0x29 */
	size_t bytes;	/* of data */
};

static void take(struct terminal *t, const struct sol_msg *m)
{
	switch (m->op) {
	case SOL_DATA_FROM_HOST:
		sim_screen_write(t->screen, m->data);
		t->bytes += m->data.n;
		break;
	case SOL_CONTROLS_FROM_HOST:
		t->status = m->controls.status;
		break;
	default:
		break;
	}
}

/* Handles messages until one of that opcode came, which is returned; false: the device
 * closed. */
static bool next(struct terminal *t, enum sol_op until, struct sol_msg *m)
{
	const char *why = NULL;

	for (;;) {
		ssize_t n = sol_decode(t->c.in.p, t->c.in.len, m, &why);
		if (n < 0)
			fail_msg("%s", why);
		if (n == 0) {
			if (!test_console_more(&t->c))
				return false;
			continue;
		}
		if (m->op >= SOL_CONTROLS_FROM_HOST)
			take(t, m);
		else if (m->op != until)
			fail_msg("message %02x", m->op);
		buf_consume(&t->c.in, (size_t)n);
		if (m->op == until)
			return true;
	}
}

static void send_msg(struct terminal *t, struct sol_msg m)
{
	struct buf b = {0};

	sol_encode(&b, &m);
	test_console_send(&t->c, &b);
	buf_fini(&b);
}

static void type(struct terminal *t, const char *keys)
{
	send_msg(t, (struct sol_msg){.op = SOL_DATA_TO_HOST, .data = str_of(keys)});
}

static void terminal_start(struct terminal *t, struct test_device *d, struct sol_params p)
{
	struct sol_msg m;

	*t = (struct terminal){.screen = xmalloc(sizeof(*t->screen))};
	sim_screen_init(t->screen);
	test_console_login(&t->c, d, REDIR_SOL);
	send_msg(t, (struct sol_msg){.op = SOL_START, .start = p});
	assert_true(next(t, SOL_START_REPLY, &m));
	assert_int_equal(m.start_reply.status, 0);
	assert_int_equal(m.start_reply.params.max_tx, p.max_tx);
	assert_true(next(t, SOL_CONTROLS_FROM_HOST, &m));
	send_msg(t, (struct sol_msg){.op = SOL_CONTROL_TO_HOST,
				     .control_to_host = {0, 0, 0x1b}});
}

static void terminal_end(struct terminal *t)
{
	test_console_close(&t->c);
	free(t->screen);
}

/* Waits until the terminal shows text; then it shows all that the device shows. */
static void wait_for(struct terminal *t, const char *text)
{
	struct buf seen = {0}, there = {0};
	struct sol_msg m;

	for (;;) {
		buf_clear(&seen);
		buf_clear(&there);
		sim_screen_text(t->screen, &seen);
		sim_redirection_text(&t->c.d->r, &there);
		if (str_find(buf_str(&seen), str_of(text)) >= 0 &&
		    str_eq(buf_str(&seen), buf_str(&there)))
			break;
		if (!next(t, SOL_DATA_FROM_HOST, &m))
			fail_msg("closed before \"%s\":\n%s", text, seen.p);
	}
	buf_fini(&seen);
	buf_fini(&there);
}

static void login(struct test_device *d)
{
	struct terminal t;

	terminal_start(&t, d, browser);
	assert_int_equal(t.status, SOL_POWERED);
	wait_for(&t, "virtual login:");
	type(&t, "root\r");
	wait_for(&t, "Password:");
	type(&t, "\r");
	wait_for(&t, "Login incorrect");
	type(&t, "rooot\bt\x7f\x7f");
	type(&t, "t\r");
	wait_for(&t, "virtual login: root");
	type(&t, "secret\r");
	wait_for(&t, "root@virtual:~$");
	type(&t, "echo it works\r");
	wait_for(&t, "\nit works\n");
	type(&t, "whoami\r");
	wait_for(&t, "\nroot\n");
	type(&t, "frobnicate\r");
	wait_for(&t, "no such command");
	struct buf text = {0};
	sim_redirection_text(&d->r, &text);
	assert_true(str_find(buf_str(&text), STR("secret")) < 0);
	buf_fini(&text);
	type(&t, "clear\rexit\r");
	wait_for(&t, "virtual login:");
	terminal_end(&t);
}

static void boot(struct test_device *d)
{
	struct terminal t;

	d->config.step_ms = 100;
	terminal_start(&t, d, browser);
	sim_redirection_boot(&d->r, SIM_BOOT_DISK, "");
	wait_for(&t, "outband virtual BIOS");
	wait_for(&t, "Boot menu");
	type(&t, "\x1b[B");
	type(&t, "\x1bOB\x1b[B\x1b[A");
	type(&t, "\x1b[B\r");
	wait_for(&t, "BIOS setup");
	wait_for(&t, "leave and restart");
	type(&t, "\x1b");
	/* Left alone it goes on by itself. */
	wait_for(&t, "Loading outband Linux");
	wait_for(&t, "virtual login:");
	sim_redirection_boot(&d->r, SIM_BOOT_PXE, "");
	wait_for(&t, "no boot server answers");
	sim_redirection_boot(&d->r, SIM_BOOT_SETUP, "");
	wait_for(&t, "leave and restart");
	sim_redirection_boot(&d->r, SIM_BOOT_IDER_CD, "");
	wait_for(&t, "no drive is there");
	wait_for(&t, "virtual login:");
	terminal_end(&t);
}

/* The host is made when it is looked at, and is where it would be by then. */
static void boot_before_the_first_session(struct test_device *d)
{
	struct terminal t;

	d->config.step_ms = 200;
	sim_redirection_boot(&d->r, SIM_BOOT_SETUP, "");
	assert_null(d->r.host);
	terminal_start(&t, d, browser);
	wait_for(&t, "outband virtual BIOS");
	wait_for(&t, "leave and restart");
	terminal_end(&t);
}

static void power(struct test_device *d)
{
	struct terminal t;
	struct sol_msg m;

	terminal_start(&t, d, browser);
	wait_for(&t, "virtual login:");
	sim_redirection_power(&d->r, false);
	assert_true(next(&t, SOL_CONTROLS_FROM_HOST, &m));
	assert_int_equal(t.status, 0);
	type(&t, "lost");
	sim_redirection_power(&d->r, true);
	assert_true(next(&t, SOL_CONTROLS_FROM_HOST, &m));
	assert_int_equal(t.status, SOL_POWERED);
	wait_for(&t, "Boot menu");
	terminal_end(&t);
}

/* A second console, and a terminal that fell behind, see all of the screen. */
static void repaint(struct test_device *d)
{
	struct terminal t;
	char line[120];

	terminal_start(&t, d, browser);
	wait_for(&t, "virtual login:");
	type(&t, "root\rx\r");
	wait_for(&t, "~$");
	memset(line, 'a', sizeof(line));
	memcpy(line, "\recho ", 6);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 200; i++)
		sim_redirection_type(&d->r, str_of(line));
	type(&t, "\recho end of it\r");
	wait_for(&t, "\nend of it\n");
	terminal_end(&t);
	terminal_start(&t, d, browser);
	wait_for(&t, "\nend of it\n");
	terminal_end(&t);
}

static void heartbeats(struct test_device *d)
{
	struct terminal t;
	struct sol_msg m;
	struct sol_params p = browser;

	p.heartbeat_ms = 1; /* not faster than 100 */
	terminal_start(&t, d, p);
	wait_for(&t, "virtual login:");
	int64_t since = clock_mono_ms();
	for (int i = 0; i < 3; i++)
		assert_true(next(&t, SOL_HEARTBEAT, &m));
	assert_true(clock_mono_ms() - since >= 190);
	terminal_end(&t);
}

static void silence(struct test_device *d)
{
	struct terminal t;
	struct sol_msg m;
	struct sol_params p = browser;

	p.rx_timeout_ms = 150;
	terminal_start(&t, d, p);
	wait_for(&t, "virtual login:");
	assert_false(next(&t, SOL_HEARTBEAT, &m));
	terminal_end(&t);
}

static void endings(struct test_device *d)
{
	struct terminal t;
	struct sol_msg m;
	struct buf b = {0};

	terminal_start(&t, d, browser);
	wait_for(&t, "virtual login:");
	send_msg(&t, (struct sol_msg){.op = SOL_PING});
	assert_true(next(&t, SOL_PONG, &m));
	send_msg(&t, (struct sol_msg){.op = SOL_HEARTBEAT, .sequence = 77});
	send_msg(&t, (struct sol_msg){.op = SOL_END});
	assert_true(next(&t, SOL_END_REPLY, &m));
	assert_true(test_console_closed(&t.c));
	terminal_end(&t);

	terminal_start(&t, d, browser);
	wait_for(&t, "virtual login:");
	redir_encode(&b, &(struct redir_msg){.op = REDIR_END});
	test_console_send(&t.c, &b);
	assert_true(test_console_closed(&t.c));
	terminal_end(&t);
	buf_fini(&b);

	/* What only devices send, and data before the start. */
	terminal_start(&t, d, browser);
	wait_for(&t, "virtual login:");
	send_msg(&t, (struct sol_msg){.op = SOL_DATA_FROM_HOST});
	assert_true(test_console_closed(&t.c));
	terminal_end(&t);
	test_console_login(&t.c, d, REDIR_SOL);
	t.screen = NULL;
	type(&t, "x");
	assert_true(test_console_closed(&t.c));
	terminal_end(&t);
}

static void acks(struct test_device *d)
{
	struct terminal t;
	struct sol_params p = browser;

	d->config.sol_needs_acks = true;
	p.max_tx = 16;
	terminal_start(&t, d, p);
	while (t.bytes < 16) {
		struct sol_msg m;
		assert_true(next(&t, SOL_DATA_FROM_HOST, &m));
	}
	assert_true(test_console_silent(&t.c, 100));
	assert_int_equal(t.bytes, 16);
	send_msg(&t, (struct sol_msg){.op = SOL_HEARTBEAT, .sequence = 16});
	while (t.bytes < 32) {
		struct sol_msg m;
		assert_true(next(&t, SOL_DATA_FROM_HOST, &m));
	}
	assert_true(test_console_silent(&t.c, 100));
	terminal_end(&t);
}

/* The messages that amtterm takes together with what follows come alone. */
static void gaps(struct test_device *d)
{
	struct test_console c;
	struct buf b = {0};

	d->config.gap_ms = 50;
	test_console_login(&c, d, REDIR_SOL);
	sol_encode(&b, &(struct sol_msg){.op = SOL_START, .start = browser});
	test_console_send(&c, &b);
	static const size_t sizes[] = {23, 10};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		assert_true(test_console_more(&c));
		assert_int_equal(c.in.len, sizes[i]);
		buf_clear(&c.in);
	}
	assert_true(test_console_more(&c));
	assert_int_equal((uint8_t)c.in.p[0], SOL_DATA_FROM_HOST);
	test_console_close(&c);
	buf_fini(&b);
}

/* Byte by byte in, and many messages in one piece. */
static void pieces(struct test_device *d)
{
	struct terminal t;
	struct buf b = {0};

	terminal_start(&t, d, browser);
	wait_for(&t, "virtual login:");
	for (int i = 0; i < 3; i++)
		sol_encode(&b,
			   &(struct sol_msg){.op = SOL_DATA_TO_HOST, .data = STR("ab")});
	test_console_send(&t.c, &b);
	for (size_t i = 0; i < b.len; i++) {
		struct buf one = {.p = b.p + i, .len = 1};
		test_console_send(&t.c, &one);
		err_free(fiber_yield());
	}
	wait_for(&t, "virtual login: abababababab");
	terminal_end(&t);
	buf_fini(&b);
}

#define TEST(fn)                        \
	static void fn##_(void **state) \
	{                               \
		test_with_device(fn);   \
	}
TEST(login)
TEST(boot)
TEST(boot_before_the_first_session)
TEST(power)
TEST(repaint)
TEST(heartbeats)
TEST(silence)
TEST(endings)
TEST(acks)
TEST(gaps)
TEST(pieces)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_),
		cmocka_unit_test(boot_),
		cmocka_unit_test(boot_before_the_first_session_),
		cmocka_unit_test(power_),
		cmocka_unit_test(repaint_),
		cmocka_unit_test(heartbeats_),
		cmocka_unit_test(silence_),
		cmocka_unit_test(endings_),
		cmocka_unit_test(acks_),
		cmocka_unit_test(gaps_),
		cmocka_unit_test(pieces_),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
