/* SPDX-License-Identifier: Apache-2.0
 * LME session, host role, against a firmware made of bytes. wire-amt.md 2.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/heci/lme_session.h>
#include <net/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define N18 "\0\0\0\x12"
#define Z16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define Z64 Z16 Z16 Z16 Z16
#define HOST_VERSION "\xc0\0\0\0\x01\0\0\0\0\0\0\0\x09" Z16 Z64
#define VERSION "\xc0\0\0\0\x01\0\0\0\0\0\0\0\xfe" Z16 Z64
#define ASK(service) "\x05" N18 service "@amt.intel.com"
#define ACCEPT(service) "\x06" N18 service "@amt.intel.com"
#define FORWARD(hi, lo) "\x50\0\0\0\x0dtcpip-forward\x01\0\0\0\0\0\0" hi lo
#define CANCEL(hi, lo)   \
	"\x50\0\0\0\x14" \
	"cancel-tcpip-forward\x01\0\0\0\0\0\0" hi lo
#define OPEN_16992(id)                                                    \
	"\x5a\0\0\0\x0f"                                                  \
	"forwarded-tcpip\0\0\0" id "\0\0\x10\0\xff\xff\xff\xff\0\0\0\x03" \
	"::1\0\0\x42\x60\0\0\0\x03::1\0\0\0\x7b"
#define CONFIRM(to, id, window) \
	"\x5b\0\0\0" to "\0\0\0" id "\0\0" window "\xff\xff\xff\xff"
#define REFUSE(to, why) "\x5c\0\0\0" to "\0\0\0" why "\0\0\0\0\0\0\0\0"
#define CLOSE(to) "\x61\0\0\0" to
#define BYE(why) "\x01\0\0\0" why "\0\0"

#define SOON deadline_in(10000)
#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

static void assert_ok(struct err *e)
{
	struct arena a = {0};

	if (e != NULL)
		fail_msg("%s", err_str(e, &a));
}

static void assert_fails(struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	assert_string_equal(err_kind_name(e->kind), err_kind_name(kind));
	err_free(e);
}

/* ---- the host, and the firmware's end ---- */

struct host {
	struct lme_session *s;
	int fd; /* firmware's */
	bool ready;
	char why[64];
};

static void on_ready(struct lme_session *s, void *arg)
{
	((struct host *)arg)->ready = true;
}

static void on_closed(struct lme_session *s, const char *why, void *arg)
{
	struct host *h = arg;

	snprintf(h->why, sizeof(h->why), "%s", why);
	h->s = NULL;
	lme_session_free(s);
}

static const struct lme_handler handler = {.ready = on_ready, .closed = on_closed};

static void say(struct host *h, struct str bytes)
{
	assert_int_equal(send(h->fd, bytes.p, bytes.n, MSG_NOSIGNAL), bytes.n);
}

static ssize_t hear(struct host *h, char *p, size_t cap)
{
	struct deadline until = SOON;
	ssize_t r;

	while ((r = recv(h->fd, p, cap, 0)) < 0 && errno == EAGAIN) {
		assert_false(deadline_passed(until));
		assert_ok(fiber_sleep_ms(1));
	}
	return r;
}

static void expect(struct host *h, struct str want)
{
	char got[9000];
	ssize_t n = hear(h, got, sizeof(got));

	assert_int_equal(n, want.n);
	assert_memory_equal(got, want.p, want.n);
}

static void expect_end(struct host *h, const char *why)
{
	struct deadline until = SOON;
	char byte;

	assert_true(hear(h, &byte, 1) <= 0);
	while (h->why[0] == '\0' && !deadline_passed(until))
		assert_ok(fiber_sleep_ms(1));
	assert_string_equal(h->why, why);
}

static void start_with(struct host *h, struct lme_config c)
{
	int fds[2];

	*h = (struct host){0};
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	h->fd = fds[1];
	c.max_message = 8192;
	h->s = lme_session_new(heci_link_new(socket_stream(fds[0]), 8192, NULL, NULL), &c,
			       &handler, h);
	expect(h, STR(HOST_VERSION));
}

static void start(struct host *h)
{
	start_with(h, (struct lme_config){0});
}

static void log_in(struct host *h)
{
	say(h, STR(VERSION));
	say(h, STR(ASK("auth")));
	expect(h, STR(ACCEPT("auth")));
	say(h, STR(ASK("pfwd")));
	expect(h, STR(ACCEPT("pfwd")));
}

static void make_ready(struct host *h)
{
	start(h);
	log_in(h);
	say(h, STR(FORWARD("\x42", "\x60")));
	expect(h, STR("\x51\0\0\x42\x60"));
	say(h, STR(FORWARD("\x02", "\x6f")));
	expect(h, STR("\x51\0\0\x02\x6f"));
	assert_true(h->ready);
}

static void end(struct host *h)
{
	lme_session_free(h->s);
	close(h->fd);
}

/* ---- opening, in a fiber ---- */

struct opening {
	struct host *h;
	struct stream *out;
	struct err *e;
	bool done;
	struct deadline until;
};

static void open_run(void *arg)
{
	struct opening *o = arg;

	o->e = lme_channel_open(o->h->s, 16992, o->until, &o->out);
	o->done = true;
}

static void spawn_open(struct opening *o, struct host *h)
{
	*o = (struct opening){.h = h, .until = SOON};
	fiber_spawn(NULL, "open", open_run, o);
}

static void join(struct opening *o)
{
	struct deadline until = SOON;

	while (!o->done && !deadline_passed(until))
		assert_ok(fiber_sleep_ms(1));
	assert_true(o->done);
}

/* Opens channel 1, which the firmware numbers 0, with a window. */
static struct stream *open_first(struct host *h, struct str confirm)
{
	struct opening o;

	spawn_open(&o, h);
	expect(h, STR(OPEN_16992("\x01")));
	say(h, confirm);
	join(&o);
	assert_ok(o.e);
	return o.out;
}

#define WINDOW_4K CONFIRM("\x01", "\x00", "\x10\0")

static void assert_reads(struct stream *s, const char *want)
{
	char got[64] = "";

	assert_ok(stream_read_full(s, got, strlen(want), SOON));
	assert_string_equal(got, want);
}

/* ---- before channels ---- */

TEST(plain_and_tls_ports_make_it_ready)
{
	struct host h;

	make_ready(&h);
	assert_true(lme_session_forwards(h.s, 16992));
	assert_false(lme_session_forwards(h.s, 16993));
	end(&h);
	start(&h);
	log_in(&h);
	say(&h, STR(FORWARD("\x42", "\x61")));
	expect(&h, STR("\x51\0\0\x42\x61"));
	assert_false(h.ready);
	say(&h, STR(FORWARD("\x02", "\x98")));
	expect(&h, STR("\x51\0\0\x02\x98"));
	assert_true(h.ready);
	end(&h);
}

TEST(silence_after_some_ports_makes_it_ready)
{
	struct host h;

	start_with(&h, (struct lme_config){.quiet_ms = 30});
	log_in(&h);
	say(&h, STR(FORWARD("\x42", "\x60")));
	expect(&h, STR("\x51\0\0\x42\x60"));
	assert_false(h.ready);
	assert_ok(fiber_sleep_ms(60));
	assert_true(h.ready);
	end(&h);
}

TEST(firmware_that_says_nothing_is_given_up)
{
	struct host h;

	start_with(&h, (struct lme_config){.quiet_ms = 30});
	expect_end(&h, "the firmware does not answer");
	end(&h);
}

TEST(forwards_are_kept_and_cancelled)
{
	struct host h;

	make_ready(&h);
	say(&h, STR(FORWARD("\x42", "\x60"))); /* again */
	expect(&h, STR("\x51\0\0\x42\x60"));
	say(&h, STR(CANCEL("\x42", "\x60")));
	expect(&h, STR("\x51"));
	assert_false(lme_session_forwards(h.s, 16992));
	say(&h, STR(CANCEL("\x42", "\x60")));
	expect(&h, STR("\x52"));
	say(&h,
	    STR("\x50\0\0\0\x0dtcpip-forward\x01\0\0\0\0\0\x01\x42\x60")); /* no port */
	expect(&h, STR("\x52"));
	for (int i = 1; i <= 15; i++) {
		char m[] = FORWARD("\x01", "\x00");
		m[sizeof(m) - 2] = (char)i;
		say(&h, (struct str){m, sizeof(m) - 1});
		char got[8];
		assert_int_equal(hear(&h, got, sizeof(got)), 5);
	}
	say(&h, STR(FORWARD("\x01", "\x63"))); /* the seventeenth */
	expect(&h, STR("\x52"));
	end(&h);
}

TEST(password_is_not_asked_for)
{
	struct host h;

	start(&h);
	say(&h, STR(VERSION));
	say(&h, STR("\x32\0\0\0\x05"
		    "admin" N18 "pfwd@amt.intel.com\0\0\0\x04none"));
	expect(&h, STR("\x34"));
	end(&h);
}

TEST(requests_that_nobody_serves_are_refused_or_skipped)
{
	struct host h;

	make_ready(&h);
	say(&h, STR("\x50\0\0\0\x03new\x01what"));
	say(&h, STR("\x50\0\0\0\x19"
		    "udp-send-to@amt.intel.com\x01\0\0\0\0\0\0\0\x01\0\0\0\0"
		    "\0\0\0\x02\0\0\0\x01x"));
	expect(&h, STR("\x52"));
	say(&h, STR("\x5a\0\0\0\x0c"
		    "direct-tcpip\0\0\0\x02\0\0\x10\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0"
		    "\0\0\0\0\0\0\0\0"));
	expect(&h, STR("\x5c\0\0\0\x02\0\0\0\x03\0\0\0\0\0\0\0\0"));
	end(&h);
}

static const struct {
	const char *name, *why;
	struct str bytes, answer;
} early[] = {
	{"service", "the firmware asked for a service too early", STR(ASK("auth")),
	 STR(BYE("\x02"))},
	{"login", "the firmware asked for a service too early",
	 STR("\x32\0\0\0\0\0\0\0\0\0\0\0\0"), STR(BYE("\x02"))},
	{"forward", "the firmware forwarded a port too early",
	 STR(FORWARD("\x42", "\x60")), STR(BYE("\x02"))},
	{"old version", "the firmware speaks an APF older than 1.0",
	 STR("\xc0\0\0\0\0\0\0\0\x09\0\0\0\xfe" Z16 Z64), STR(BYE("\x08"))},
	{"malformed", "APF message cut short", STR("\xc0\0\0"), STR(BYE("\x02"))},
	{"unknown opcode", "unknown APF opcode", STR("\xee"), STR(BYE("\x02"))},
	{"two messages", "bytes behind an APF message", STR("\x61\0\0\0\0\x61\0\0\0\0"),
	 STR(BYE("\x02"))},
};

TEST(wrong_messages_disconnect_with_a_reason)
{
	struct host h;

	for (size_t i = 0; i < ARRAY_LEN(early); i++) {
		start(&h);
		say(&h, early[i].bytes);
		expect(&h, early[i].answer);
		expect_end(&h, early[i].why);
		end(&h);
	}
	start(&h);
	say(&h, STR(VERSION));
	say(&h, STR("\x05\0\0\0\x03"
		    "foo"));
	expect(&h, STR(BYE("\x07")));
	expect_end(&h, "the firmware asked for an unknown service");
	end(&h);
}

TEST(disconnect_and_loss_end_it)
{
	struct host h;

	make_ready(&h);
	say(&h, STR(BYE("\x0b")));
	expect_end(&h, "the peer disconnected: by application");
	end(&h);
	make_ready(&h);
	struct stream *s = open_first(&h, STR(WINDOW_4K));
	close(h.fd);
	char byte;
	size_t n;
	assert_fails(stream_read(s, &byte, 1, SOON, &n), ERR_CLOSED);
	assert_fails(stream_write(s, "x", 1, SOON), ERR_CLOSED);
	stream_free(s);
	assert_null(h.s);
}

/* ---- channels ---- */

TEST(channel_carries_data_both_ways)
{
	struct host h;
	size_t n;
	char byte;

	make_ready(&h);
	struct stream *s = open_first(&h, STR(WINDOW_4K));
	assert_ok(stream_write(s, "hello", 5, SOON));
	expect(&h, STR("\x5e\0\0\0\0\0\0\0\x05hello"));
	say(&h, STR("\x5e\0\0\0\x01\0\0\0\x03"
		    "abc"));
	assert_reads(s, "abc");
	say(&h, STR("\x5e\0\0\0\x01\0\0\0\x03"
		    "end"));
	say(&h, STR(CLOSE("\x01")));
	expect(&h, STR(CLOSE("\0")));
	assert_reads(s, "end");
	assert_ok(stream_read(s, &byte, 1, SOON, &n));
	assert_int_equal(n, 0);
	assert_fails(stream_write(s, "x", 1, SOON), ERR_CLOSED);
	stream_free(s);
	end(&h);
}

TEST(windows_are_kept_and_credit_is_given)
{
	struct host h;
	char data[2048 + 9] = "\x5e\0\0\0\x01\0\0\x08", got[3000];

	make_ready(&h);
	struct stream *s = open_first(&h, STR(CONFIRM("\x01", "\x00", "\0\x04")));
	assert_int_equal(stream_try_write(s, "abcdef", 6), 4);
	expect(&h, STR("\x5e\0\0\0\0\0\0\0\x04"
		       "abcd"));
	assert_int_equal(stream_try_write(s, "ef", 2), STREAM_AGAIN);
	say(&h, STR("\x5d\0\0\0\x01\0\0\0\x01"));
	assert_ok(stream_write(s, "e", 1, SOON));
	expect(&h, STR("\x5e\0\0\0\0\0\0\0\x01"
		       "e"));
	say(&h, (struct str){data, sizeof(data)});
	assert_ok(stream_read_full(s, got, 2048, SOON));
	expect(&h, STR("\x5d\0\0\0\0\0\0\x08\0"));
	stream_free(s);
	expect(&h, STR(CLOSE("\0")));
	end(&h);
}

TEST(data_beyond_the_window_is_taken_and_a_flood_is_not)
{
	struct host h;
	static char data[8000 + 9] = "\x5e\0\0\0\x01\0\0\x1f\x40";
	size_t total = 0, n;
	char got[8000];
	struct err *e = NULL;

	make_ready(&h);
	struct stream *s = open_first(&h, STR(WINDOW_4K));
	for (int i = 0; i < 9; i++)
		say(&h, (struct str){data, sizeof(data)});
	expect(&h, STR(CLOSE("\0")));
	while ((e = stream_read(s, got, sizeof(got), SOON, &n)) == NULL)
		total += n;
	assert_int_equal(total, 8 * 8000);
	assert_fails(e, ERR_CLOSED);
	stream_free(s);
	say(&h, STR(CLOSE("\x01")));
	assert_ok(fiber_sleep_ms(5));
	assert_int_equal(lme_session_channels(h.s), 0);
	end(&h);
}

TEST(stale_messages_do_no_harm)
{
	struct host h;

	make_ready(&h);
	struct stream *s = open_first(&h, STR(WINDOW_4K));
	say(&h, STR(CLOSE("\0")));
	say(&h, STR("\x5e\0\0\0\x07\0\0\0\x01x"));
	say(&h, STR("\x5d\0\0\0\x07\0\0\0\x01"));
	say(&h, STR(CONFIRM("\x07", "\x01", "\x10\0")));
	say(&h, STR(CONFIRM("\x01", "\x05", "\x10\0"))); /* confirmed already */
	say(&h, STR(REFUSE("\x01", "\x01")));
	say(&h, STR("\xd0\0\0\0\x01")); /* CIRA's, not LME's */
	say(&h, STR("\x5e\0\0\0\x01\0\0\0\x02ok"));
	assert_reads(s, "ok");
	assert_ok(stream_write(s, "x", 1, SOON));
	expect(&h, STR("\x5e\0\0\0\0\0\0\0\x01x"));
	stream_free(s);
	end(&h);
}

TEST(refusals_for_the_moment_are_tried_again)
{
	struct host h;
	struct opening o;

	make_ready(&h);
	spawn_open(&o, &h);
	expect(&h, STR(OPEN_16992("\x01")));
	say(&h, STR(REFUSE("\x01", "\x01")));
	expect(&h, STR(OPEN_16992("\x02")));
	say(&h, STR(REFUSE("\x02", "\x04")));
	expect(&h, STR(OPEN_16992("\x03")));
	say(&h, STR(CONFIRM("\x03", "\x00", "\x10\0")));
	join(&o);
	assert_ok(o.e);
	stream_free(o.out);
	end(&h);
}

TEST(other_refusals_and_an_early_close_are_errors)
{
	struct host h;
	struct opening o;

	make_ready(&h);
	spawn_open(&o, &h);
	expect(&h, STR(OPEN_16992("\x01")));
	say(&h, STR(REFUSE("\x01", "\x02")));
	join(&o);
	assert_fails(o.e, ERR_DEVICE);
	spawn_open(&o, &h);
	expect(&h, STR(OPEN_16992("\x02")));
	say(&h, STR(CLOSE("\x02"))); /* not acknowledged: it was never open */
	join(&o);
	assert_fails(o.e, ERR_DEVICE);
	spawn_open(&o, &h);
	expect(&h, STR(OPEN_16992("\x03")));
	close(h.fd);
	join(&o);
	assert_fails(o.e, ERR_CLOSED);
}

TEST(opening_given_up_is_closed_when_it_is_confirmed)
{
	struct host h;
	struct stream *out;

	make_ready(&h);
	assert_fails(lme_channel_open(h.s, 16992, deadline_in(20), &out), ERR_TIMEOUT);
	expect(&h, STR(OPEN_16992("\x01")));
	say(&h, STR(CONFIRM("\x01", "\x06", "\x10\0")));
	expect(&h, STR(CLOSE("\x06")));
	end(&h);
}

TEST(session_freed_while_a_fiber_opens_fails_it)
{
	struct host h;
	struct opening o;

	start(&h);
	spawn_open(&o, &h); /* waits for ready */
	assert_ok(fiber_sleep_ms(2));
	lme_session_free(h.s);
	h.s = NULL;
	join(&o);
	assert_fails(o.e, ERR_CLOSED);
	end(&h);
}

TEST(ninth_channel_waits_for_an_id)
{
	struct host h;
	struct opening o[9];
	char bytes[64];

	make_ready(&h);
	for (int i = 0; i < 8; i++) {
		char confirm[] = CONFIRM("\x00", "\x00", "\x10\0");
		spawn_open(&o[i], &h);
		assert_true(hear(&h, bytes, sizeof(bytes)) > 20);
		confirm[4] = bytes[5 + 15 + 3];
		confirm[8] = (char)i;
		say(&h, (struct str){confirm, sizeof(confirm) - 1});
		join(&o[i]);
		assert_ok(o[i].e);
	}
	spawn_open(&o[8], &h);
	assert_ok(fiber_sleep_ms(10));
	assert_int_equal(recv(h.fd, bytes, sizeof(bytes), 0), -1);
	stream_free(o[2].out);
	expect(&h, STR(CLOSE("\x02")));
	assert_ok(fiber_sleep_ms(5));
	assert_int_equal(recv(h.fd, bytes, sizeof(bytes), 0), -1);
	say(&h, STR(CLOSE("\x03")));
	expect(&h, STR(OPEN_16992("\x09")));
	say(&h, STR(CONFIRM("\x09", "\x02", "\x10\0")));
	join(&o[8]);
	assert_ok(o[8].e);
	/* a CLOSE that is never answered holds an id for a second */
	struct opening late;
	stream_free(o[8].out);
	expect(&h, STR(CLOSE("\x02")));
	spawn_open(&late, &h);
	expect(&h, STR(OPEN_16992("\x0a")));
	say(&h, STR(CONFIRM("\x0a", "\x02", "\x10\0")));
	join(&late);
	assert_ok(late.e);
	stream_free(late.out);
	for (int i = 0; i < 8; i++)
		if (i != 2)
			stream_free(o[i].out);
	end(&h);
}

TEST(ids_go_from_1_to_31_and_round)
{
	struct host h;
	char bytes[64];

	make_ready(&h);
	for (int i = 0; i < 33; i++) {
		struct opening o;
		spawn_open(&o, &h);
		assert_true(hear(&h, bytes, sizeof(bytes)) > 20);
		assert_int_equal(bytes[5 + 15 + 3], i % 31 + 1);
		char refuse[] = REFUSE("\x00", "\x03");
		refuse[4] = bytes[5 + 15 + 3];
		say(&h, (struct str){refuse, sizeof(refuse) - 1});
		join(&o);
		assert_fails(o.e, ERR_DEVICE);
	}
	end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_and_tls_ports_make_it_ready),
		cmocka_unit_test(silence_after_some_ports_makes_it_ready),
		cmocka_unit_test(firmware_that_says_nothing_is_given_up),
		cmocka_unit_test(forwards_are_kept_and_cancelled),
		cmocka_unit_test(password_is_not_asked_for),
		cmocka_unit_test(requests_that_nobody_serves_are_refused_or_skipped),
		cmocka_unit_test(wrong_messages_disconnect_with_a_reason),
		cmocka_unit_test(disconnect_and_loss_end_it),
		cmocka_unit_test(channel_carries_data_both_ways),
		cmocka_unit_test(windows_are_kept_and_credit_is_given),
		cmocka_unit_test(data_beyond_the_window_is_taken_and_a_flood_is_not),
		cmocka_unit_test(stale_messages_do_no_harm),
		cmocka_unit_test(refusals_for_the_moment_are_tried_again),
		cmocka_unit_test(other_refusals_and_an_early_close_are_errors),
		cmocka_unit_test(opening_given_up_is_closed_when_it_is_confirmed),
		cmocka_unit_test(session_freed_while_a_fiber_opens_fails_it),
		cmocka_unit_test(ninth_channel_waits_for_an_id),
		cmocka_unit_test(ids_go_from_1_to_31_and_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
