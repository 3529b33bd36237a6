/* SPDX-License-Identifier: Apache-2.0
 * APF sessions: login, order of messages, keep-alive and silence, both roles.
 */
#include <amt/apf/session_test_tools.h>

/* ---- login ---- */

TEST(login_opens_both_sides)
{
	struct side server = {0}, device = {0};

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	assert_int_equal(server.n_version, 1);
	assert_memory_equal(server.uuid, test_uuid, 16);
	assert_string_equal(server.user, "admin");
	assert_string_equal(server.password, "secret");
	assert_true(device.authenticated);
	assert_true(server.n_alive > 0);
	assert_true(apf_session_ready(server.s) && apf_session_ready(device.s));
	assert_int_equal(apf_session_last_heard(server.s), clock_mono_ms());
	side_end(&device);
	assert_closed(&server, "closed by the peer");
}

TEST(login_without_port_5900_is_ready_after_a_quiet_time)
{
	struct side server = {0}, device = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	side_start(&device, fds[1], (struct apf_config){.device = true});
	side_login(&device, "secret", 2);
	WAIT(device.ready);
	turns(20);
	assert_false(server.ready);
	clock_advance(499);
	turns(20);
	assert_false(server.ready);
	clock_advance(1);
	WAIT(server.ready);
	side_end(&server);
	assert_closed(&device, "closed by the peer");
}

TEST(refused_login_closes_both_sides)
{
	struct side server = {.answer = REFUSE}, device = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	side_start(&device, fds[1], (struct apf_config){.device = true});
	side_login(&device, "wrong", 7);
	assert_closed(&device, "the server refused the login");
	assert_true(device.refused);
	assert_false(device.authenticated);
	assert_closed(&server, "login refused");
}

TEST(refused_peer_that_stays_is_closed_after_2_s)
{
	struct side server = {.answer = REFUSE};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1], STR(VERSION ASK_AUTH USERAUTH));
	raw_expect(fds[1], STR(OK_AUTH "\x33\0\0\0\x08password\0"));
	raw_send(fds[1], STR("whatever"));
	turns(20);
	assert_false(server.closed);
	clock_advance(2000);
	assert_closed(&server, "login refused");
	close(fds[1]);
}

TEST(late_answer_to_the_login_is_sent)
{
	struct side server = {.answer = LATER}, device = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	side_start(&device, fds[1], (struct apf_config){.device = true});
	side_login(&device, "secret", 7);
	WAIT(server.n_auth == 1);
	clock_advance(10000);
	turns(20);
	assert_false(device.authenticated);
	apf_auth_reply(server.s, true);
	apf_auth_reply(server.s, false); /* only the first counts */
	WAIT(device.ready && server.ready);
	side_end(&server);
	side_end(&device);
}

TEST(answer_to_the_login_after_the_peer_left_is_harmless)
{
	struct side server = {.answer = LATER, .own_free = true};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1], STR(VERSION ASK_AUTH USERAUTH));
	raw_expect(fds[1], STR(OK_AUTH));
	WAIT(server.n_auth == 1);
	close(fds[1]);
	assert_closed(&server, "closed by the peer");
	apf_auth_reply(server.s, true);
	apf_session_probe(server.s);
	apf_session_close(server.s, 2, "again");
	turns(5);
	apf_session_free(server.s);
}

TEST(handler_may_close_in_its_callback)
{
	struct side server = {.close_in_version = true};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1], STR(VERSION ASK_AUTH));
	assert_closed(&server, "unknown device");
	raw_expect_end(fds[1]);
	close(fds[1]);
}

TEST(method_none_is_refused_without_asking)
{
	struct side server = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1], STR(VERSION ASK_AUTH));
	raw_expect(fds[1], STR(OK_AUTH));
	raw_send(fds[1], STR("\x32\0\0\0\x05"
			     "admin" N18 APF_SERVICE_PFWD "\0\0\0\x04none"));
	raw_expect(fds[1], STR("\x33\0\0\0\x08password\0"));
	raw_expect_end(fds[1]);
	assert_int_equal(server.n_auth, 0);
	close(fds[1]);
	assert_closed(&server, "login refused");
}

TEST(login_must_come_in_time)
{
	struct side server = {0}, device = {0};
	int fds[2], other[2];

	fd_pair(SOCK_STREAM, fds);
	fd_pair(SOCK_STREAM, other);
	side_start(&server, fds[0], (struct apf_config){.login_ms = 5000});
	side_start(&device, other[0],
		   (struct apf_config){.device = true, .login_ms = 7000});
	raw_send(fds[1], STR(VERSION));
	turns(10);
	clock_advance(4999);
	turns(10);
	assert_false(server.closed);
	clock_advance(1);
	assert_closed(&server, "no login in time");
	raw_expect(fds[1], STR(BYE("\x10")));
	raw_expect_end(fds[1]);
	assert_false(device.closed);
	clock_advance(2000);
	assert_closed(&device, "no login in time");
	close(fds[1]);
	close(other[1]);
}

/* ---- order, garbage, fragments ---- */

struct violation {
	const char *name;
	struct str before; /* accepted */
	struct str replies;
	struct str bad;
	const char *why;
	struct str bye;
};

/* clang-format off */
#define AFTER_VERSION STR(VERSION), STR("")
#define AFTER_SERVICE STR(VERSION ASK_AUTH), STR(OK_AUTH)
#define AFTER_AUTH STR(VERSION ASK_AUTH USERAUTH), STR(OK_AUTH "\x34")
#define AFTER_PFWD STR(VERSION ASK_AUTH USERAUTH ASK_PFWD), STR(OK_AUTH "\x34" OK_PFWD)
#define AT_START STR(""), STR("")
#define ORDER "APF message out of order", STR(BYE("\x02"))
#define UNKNOWN "unknown APF opcode", STR(BYE("\x02"))
#define MALFORMED "malformed or oversized APF message", STR(BYE("\x02"))
#define SERVICE "unexpected APF service", STR(BYE("\x07"))

static const struct violation violations[] = {
	{"service first", AT_START, STR(ASK_AUTH), ORDER},
	{"auth first", AT_START, STR("\x32"), ORDER},
	{"forward first", AT_START, STR("\x50"), ORDER},
	{"channel open first", AT_START, STR("\x5a"), ORDER},
	{"data first", AT_START, STR("\x5e"), ORDER},
	{"keep-alive first", AT_START, STR("\xd0\0\0\0\0"), ORDER},
	{"options reply first", AT_START, STR("\xd3"), ORDER},
	{"service accept is not for a device", AT_START, STR("\x06"), ORDER},
	{"TLS inside TLS", AT_START, STR("\x16\x03\x01"), UNKNOWN},
	{"zero", AT_START, STR("\0"), UNKNOWN},
	{"G of no GET", AT_START, STR("GO"), UNKNOWN},
	{"version 0", AT_START, STR("\xc0\0\0\0\0\0\0\0\x09\0\0\0\x01" UUID_BYTES Z64),
	 "APF version below 1.0", STR(BYE("\x08"))},
	{"two versions", AFTER_VERSION, STR(VERSION), ORDER},
	{"auth before its service", AFTER_VERSION, STR(USERAUTH), ORDER},
	{"pfwd before auth", AFTER_VERSION, STR(ASK_PFWD), SERVICE},
	{"GET after the version", AFTER_VERSION, STR("GET"), UNKNOWN},
	{"pfwd instead of auth", AFTER_SERVICE, STR(ASK_PFWD), ORDER},
	{"forward before auth", AFTER_SERVICE, STR(FORWARD_16992), ORDER},
	{"channel data before auth", AFTER_SERVICE, STR("\x5e\0\0\0\0\0\0\0\0"), ORDER},
	{"keep-alive before auth", AFTER_SERVICE, STR("\xd0\0\0\0\0"), ORDER},
	{"oversized user", AFTER_SERVICE, STR("\x32\0\0\x08\x01"), MALFORMED},
	{"auth twice", AFTER_AUTH, STR(USERAUTH), ORDER},
	{"forward before pfwd", AFTER_AUTH, STR(FORWARD_16992), ORDER},
	{"channel close before pfwd", AFTER_AUTH, STR("\x61\0\0\0\0"), ORDER},
	{"auth service again", AFTER_AUTH, STR(ASK_AUTH), SERVICE},
	{"unknown service", AFTER_AUTH, STR("\x05\0\0\0\x01x"), SERVICE},
	{"service when open", AFTER_PFWD, STR(ASK_PFWD), ORDER},
	{"auth when open", AFTER_PFWD, STR(USERAUTH), ORDER},
	{"version when open", AFTER_PFWD, STR(VERSION), ORDER},
	{"options are the server's to ask", AFTER_PFWD, STR("\xd2"), ORDER},
	{"success is the server's to say", AFTER_PFWD, STR("\x51"), ORDER},
	{"unknown opcode when open", AFTER_PFWD, STR("\x5f"), UNKNOWN},
	{"unknown global request", AFTER_PFWD, STR("\x50\0\0\0\x01x"),
	 "unknown or malformed APF global request", STR(BYE("\x02"))},
	{"oversized channel type", AFTER_PFWD, STR("\x5a\xff\xff\xff\xff"), MALFORMED},
	{"oversized data", AFTER_PFWD, STR("\x5e\0\0\0\0\0\x10\0\x01"),
	 "oversized APF CHANNEL_DATA", STR(BYE("\x02"))},
};
/* clang-format on */

TEST(message_out_of_order_or_malformed_closes)
{
	for (size_t i = 0; i < ARRAY_LEN(violations); i++) {
		const struct violation *v = &violations[i];
		struct side server = {0};
		int fds[2];
		fd_pair(SOCK_STREAM, fds);
		side_start(&server, fds[0], (struct apf_config){0});
		raw_send(fds[1], v->before);
		raw_expect(fds[1], v->replies);
		raw_send(fds[1], v->bad);
		WAIT(server.closed);
		if (strcmp(server.why, v->why) != 0)
			print_error("%s\n", v->name);
		assert_string_equal(server.why, v->why);
		raw_expect(fds[1], v->bye);
		raw_expect_end(fds[1]);
		close(fds[1]);
	}
}

TEST(device_refuses_what_a_server_must_not_say)
{
	static const struct {
		struct str before, bad;
	} cases[] = {
		{STR(""), STR("\x34")},
		{STR(""), STR("\x5a")},
		{STR(""), STR("\xd2\0\0\0\x1e\0\0\0\0")},
		{STR(OK_AUTH), STR("\x51")},
		{STR(OK_AUTH), STR(OK_AUTH)},
		{STR(OK_AUTH "\x34"), STR(VERSION)},
		{STR(OK_AUTH "\x34" OK_PFWD), STR(FORWARD_16992)},
		{STR(OK_AUTH "\x34" OK_PFWD), STR(CONFIRM("\x01", "\x01", W1000))},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct side device = {0};
		int fds[2];
		fd_pair(SOCK_STREAM, fds);
		side_start(&device, fds[0], (struct apf_config){.device = true});
		side_login(&device, "secret", 7);
		raw_send(fds[1], cases[i].before);
		raw_send(fds[1], cases[i].bad);
		assert_closed(&device, "APF message out of order");
		close(fds[1]);
	}
}

TEST(bytes_may_come_one_by_one)
{
	static const struct str script =
		STR(VERSION ASK_AUTH USERAUTH ASK_PFWD FORWARD_16992 FORWARD_5900
		    "\xd3\0\0\0\x1e\0\0\0\0"
		    "\xd0\x01\x02\x03\x04");
	struct side server = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	for (size_t i = 0; i < script.n; i++) {
		raw_send(fds[1], str_sub(script, i, i + 1));
		turn();
	}
	raw_expect(fds[1], STR(OK_AUTH "\x34" OK_PFWD "\x51\0\0\x42\x60\x51\0\0\x17\x0c"
				       "\xd2\0\0\0\x1e\0\0\0\0\xd1\x01\x02\x03\x04"));
	assert_true(server.ready);
	close(fds[1]);
	assert_closed(&server, "closed by the peer");
}

TEST(all_bytes_may_come_at_once)
{
	struct side server = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1],
		 STR(VERSION ASK_AUTH USERAUTH ASK_PFWD FORWARD_16992 FORWARD_5900));
	raw_expect(fds[1], STR(OK_AUTH "\x34" OK_PFWD "\x51\0\0\x42\x60\x51\0\0\x17\x0c"
				       "\xd2\0\0\0\x1e\0\0\0\0"));
	side_end(&server);
	close(fds[1]);
}

TEST(http_request_gets_a_page)
{
	static const char *const requests[] = {"GET",
					       "GET / HTTP/1.1\r\nHost: mps\r\n\r\n"};

	for (size_t i = 0; i < 2 * ARRAY_LEN(requests); i++) {
		struct side server = {0};
		struct str request = str_of(requests[i / 2]);
		char got[1024];
		size_t n = 0, r;
		int fds[2];
		fd_pair(SOCK_STREAM, fds);
		side_start(&server, fds[0], (struct apf_config){0});
		if (i % 2 == 0)
			raw_send(fds[1], request);
		for (size_t at = 0; i % 2 == 1 && at < request.n; at++) {
			raw_send(fds[1], str_sub(request, at, at + 1));
			turn();
		}
		while ((r = raw_read(fds[1], got + n, sizeof(got) - 1 - n)) > 0)
			n += r;
		got[n] = '\0';
		assert_memory_equal(got, "HTTP/1.1 200 OK\r\n", 17);
		assert_non_null(strstr(got, "Intel Management Presence Server (MPS)"));
		assert_non_null(strstr(got, "must connect here using CIRA"));
		assert_string_equal(got + n - 7, "</html>");
		close(fds[1]);
		assert_closed(&server, "HTTP request on the CIRA port");
	}
}

TEST(disconnect_and_end_of_stream_close)
{
	struct side a = {0}, b = {0}, c = {0};
	int fd = raw_device(&a, (struct apf_config){0});

	raw_send(fd, STR(BYE("\x0b")));
	assert_closed(&a, "the peer disconnected: by application");
	raw_expect_end(fd);
	close(fd);
	close(raw_device(&b, (struct apf_config){0}));
	assert_closed(&b, "closed by the peer");
	fd = raw_device(&c, (struct apf_config){0});
	raw_send(fd, STR("\x5a\0\0")); /* half a message, then the end */
	close(fd);
	assert_closed(&c, "closed by the peer");
}

TEST(close_with_a_reason_says_it)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	apf_session_close(server.s, APF_BY_TOO_MANY, "first");
	apf_session_close(server.s, APF_BY_TIMEOUT, "second");
	assert_closed(&server, "first");
	raw_expect(fd, STR(BYE("\x0c")));
	raw_expect_end(fd);
	close(fd);
}

/* ---- global requests, keep-alive, silence ---- */

TEST(global_requests_are_answered_as_upstream_does)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	raw_send(fd, STR(FORWARD_16992));
	raw_expect(fd, STR("\x51\0\0\x42\x60"));
	raw_send(fd, STR("\x50\0\0\0\x14"
			 "cancel-tcpip-forward"
			 "\x01\0\0\0\0\0\0\x42\x60"));
	raw_expect(fd, STR("\x51"));
	raw_send(fd, STR("\x50\0\0\0\x0dtcpip-forward"
			 "\0\0\0\0\0\0\0\x42\x60"));
	raw_send(fd, STR("\x50\0\0\0\x19udp-send-to@amt.intel.com\x01"
			 "\0\0\0\x01x\0\0\0\x07\0\0\0\x01y\0\0\0\x08\0\0\0\x02zz"));
	raw_expect_nothing(fd);
	raw_send(fd, STR("\x5a\0\0\0\x0c"
			 "direct-tcpip"
			 "\0\0\0\x05\0\0\x10\0\xff\xff\xff\xff"
			 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
	raw_expect(fd, STR("\x5c\0\0\0\x05\0\0\0\x03" Z8));
	side_end(&server);
	close(fd);
}

TEST(silence_is_probed_and_then_fatal)
{
	struct side server = {0};
	struct apf_config c = {.silence_ms = 60000, .probe_ms = 10000};
	int fd = raw_device(&server, c);
	char probe[5], reply[5];

	clock_advance(59000);
	raw_send(fd, STR("\xd0\0\0\0\x01"));
	raw_expect(fd, STR("\xd1\0\0\0\x01"));
	clock_advance(59999);
	raw_expect_nothing(fd);
	clock_advance(1);
	assert_int_equal(raw_read(fd, probe, 5), 5);
	assert_int_equal((uint8_t)probe[0], APF_KEEPALIVE_REQUEST);
	memcpy(reply, probe, 5);
	reply[0] = (char)APF_KEEPALIVE_REPLY;
	clock_advance(9999);
	raw_send(fd, (struct str){reply, 5});
	turns(20);
	clock_advance(59999);
	turns(20);
	assert_false(server.closed);
	raw_expect_nothing(fd);
	clock_advance(1);
	assert_int_equal(raw_read(fd, probe, 5), 5);
	assert_int_equal((uint8_t)probe[0], APF_KEEPALIVE_REQUEST);
	clock_advance(10000);
	assert_closed(&server, "the peer does not answer");
	raw_expect(fd, STR(BYE("\x10")));
	close(fd);
}

/* Some firmware keeps alive every 90 s until 211 came (wire-amt.md 1.4). */
TEST(silence_is_longer_before_options_are_accepted)
{
	struct side server = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0],
		   (struct apf_config){.silence_ms = 1000, .probe_ms = 1000});
	raw_send(fds[1], STR(VERSION ASK_AUTH USERAUTH ASK_PFWD FORWARD_5900));
	WAIT(server.ready);
	raw_expect(fds[1],
		   STR(OK_AUTH "\x34" OK_PFWD "\x51\0\0\x17\x0c\xd2\0\0\0\x1e\0\0\0\0"));
	clock_advance(94999);
	raw_expect_nothing(fds[1]);
	raw_send(fds[1], STR("\xd3\0\0\0\x1e\0\0\0\0"));
	turns(20);
	clock_advance(999);
	raw_expect_nothing(fds[1]);
	clock_advance(1);
	raw_expect(fds[1], STR("\xd0"));
	side_end(&server);
	close(fds[1]);
}

TEST(probe_on_demand_finds_a_dead_peer)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.probe_ms = 3000});
	char probe[10];

	apf_session_probe(server.s);
	apf_session_probe(server.s); /* under way already */
	assert_int_equal(raw_read(fd, probe, sizeof(probe)), 5);
	clock_advance(3000);
	assert_closed(&server, "the peer does not answer");
	close(fd);
}

TEST(device_keeps_alive_as_told)
{
	struct side device = {0};
	int fds[2];
	char got[5];

	fd_pair(SOCK_STREAM, fds);
	side_start(&device, fds[0],
		   (struct apf_config){.device = true, .probe_ms = 5000});
	side_login(&device, "secret", 1);
	raw_expect(fds[1], STR(VERSION ASK_AUTH));
	raw_send(fds[1], STR(VERSION OK_AUTH)); /* Console echoes 192 */
	raw_expect(fds[1], STR(USERAUTH));
	raw_send(fds[1], STR("\x34"));
	raw_expect(fds[1], STR(ASK_PFWD));
	raw_send(fds[1], STR(OK_PFWD));
	raw_expect(fds[1], STR(FORWARD("\x42", "\x61")));
	raw_expect_nothing(fds[1]);
	raw_send(fds[1], STR("\x51\0\0\x42\x61\xd0\0\0\0\x09"));
	raw_expect(fds[1], STR("\xd1\0\0\0\x09"));
	assert_true(device.ready);
	clock_advance(30000);
	assert_int_equal(raw_read(fds[1], got, 5), 5);
	assert_int_equal((uint8_t)got[0], APF_KEEPALIVE_REQUEST);
	got[0] = (char)APF_KEEPALIVE_REPLY;
	raw_send(fds[1], (struct str){got, 5});
	raw_send(fds[1], STR("\xd2\0\0\0\x0a\0\0\0\x5a"));
	raw_expect(fds[1], STR("\xd3\0\0\0\x0a\0\0\0\x5a"));
	clock_advance(9999);
	raw_expect_nothing(fds[1]);
	clock_advance(1);
	raw_expect(fds[1], STR("\xd0"));
	clock_advance(5000);
	assert_closed(&device, "the peer does not answer");
	close(fds[1]);
}

TEST(refused_port_does_not_end_the_login)
{
	struct side device = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&device, fds[0], (struct apf_config){.device = true, .trigger = 4});
	side_login(&device, "secret", 2);
	raw_expect(fds[1],
		   STR("\xc0\0\0\0\x01\0\0\0\0\0\0\0\x04" UUID_BYTES Z64 ASK_AUTH));
	raw_send(fds[1], STR(OK_AUTH "\x34" OK_PFWD "\x52"));
	turns(20);
	assert_false(device.ready);
	raw_send(fds[1], STR("\x51\0\0\x42\x60"));
	WAIT(device.ready);
	side_end(&device);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_opens_both_sides),
		cmocka_unit_test(login_without_port_5900_is_ready_after_a_quiet_time),
		cmocka_unit_test(refused_login_closes_both_sides),
		cmocka_unit_test(refused_peer_that_stays_is_closed_after_2_s),
		cmocka_unit_test(late_answer_to_the_login_is_sent),
		cmocka_unit_test(answer_to_the_login_after_the_peer_left_is_harmless),
		cmocka_unit_test(handler_may_close_in_its_callback),
		cmocka_unit_test(method_none_is_refused_without_asking),
		cmocka_unit_test(login_must_come_in_time),
		cmocka_unit_test(message_out_of_order_or_malformed_closes),
		cmocka_unit_test(device_refuses_what_a_server_must_not_say),
		cmocka_unit_test(bytes_may_come_one_by_one),
		cmocka_unit_test(all_bytes_may_come_at_once),
		cmocka_unit_test(http_request_gets_a_page),
		cmocka_unit_test(disconnect_and_end_of_stream_close),
		cmocka_unit_test(close_with_a_reason_says_it),
		cmocka_unit_test(global_requests_are_answered_as_upstream_does),
		cmocka_unit_test(silence_is_probed_and_then_fatal),
		cmocka_unit_test(silence_is_longer_before_options_are_accepted),
		cmocka_unit_test(probe_on_demand_finds_a_dead_peer),
		cmocka_unit_test(device_keeps_alive_as_told),
		cmocka_unit_test(refused_port_does_not_end_the_login),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
