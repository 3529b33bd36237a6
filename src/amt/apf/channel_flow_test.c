/* SPDX-License-Identifier: Apache-2.0
 * APF channels: flow control, output, and ends in any order.
 */
#include <amt/apf/session_test_tools.h>

/* ---- flow control ---- */

TEST(data_beyond_the_window_closes)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.window = 1000});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W1000, "\0")));
	/* the head alone: not a byte of the payload is awaited */
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\x03\xe9"));
	assert_closed(&server, "CHANNEL_DATA beyond the window");
	raw_expect(fd, STR(BYE("\x02")));
	assert_read_fails(a, ERR_CLOSED);
	stream_free(a);
	close(fd);
}

TEST(credit_returns_when_more_than_half_was_read)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.window = 1000});
	char bytes[1000] = {0};
	struct buf data = {0};

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W1000, "\0")));
	apf_encode(&data,
		   &(struct apf_msg){.op = APF_CHANNEL_DATA, .data = {4, {bytes, 1000}}});
	raw_send(fd, buf_str(&data));
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\0\0")); /* none left, none needed */
	raw_expect_nothing(fd);
	struct err *e = stream_read_full(a, bytes, 500, LONG);
	assert_null(e);
	raw_expect_nothing(fd);
	e = stream_read_full(a, bytes, 1, LONG);
	assert_null(e);
	raw_expect(fd, STR("\x5d\0\0\0\x01\0\0\x01\xf5"));
	e = stream_read_full(a, bytes, 499, LONG);
	assert_null(e);
	raw_expect_nothing(fd);
	buf_fini(&data);
	stream_free(a);
	side_end(&server);
	close(fd);
}

/* Data of n bytes, and it is read. */
static void send_and_read(int fd, struct stream *a, uint32_t n)
{
	static char bytes[4000];
	struct buf data = {0};

	apf_encode(&data,
		   &(struct apf_msg){.op = APF_CHANNEL_DATA, .data = {4, {bytes, n}}});
	raw_send(fd, buf_str(&data));
	struct err *e = stream_read_full(a, bytes, n, LONG);
	assert_null(e);
	buf_fini(&data);
}

TEST(window_grows_for_a_reader_that_keeps_up)
{
	struct side server = {0};
	int fd = raw_device(&server,
			    (struct apf_config){.window = 1000, .window_doublings = 2});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W1000, "\0")));
	/* 1000 to 2000 to 4000, and no further; credit for more than half of each */
	send_and_read(fd, a, 501);
	raw_expect(fd, STR("\x5d\0\0\0\x01\0\0\x05\xdd")); /* 501 + 1000 */
	send_and_read(fd, a, 1001);
	raw_expect_nothing(fd);
	send_and_read(fd, a, 1);
	raw_expect(fd, STR("\x5d\0\0\0\x01\0\0\x0b\xba")); /* 1002 + 2000 */
	send_and_read(fd, a, 2004);
	raw_expect(fd, STR("\x5d\0\0\0\x01\0\0\x07\xd4"));
	/* That much may come at once. */
	send_and_read(fd, a, 4000);
	raw_expect(fd, STR("\x5d\0\0\0\x01\0\0\x0f\xa0"));
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\x0f\xa1"));
	assert_closed(&server, "CHANNEL_DATA beyond the window");
	stream_free(a);
	close(fd);
}

TEST(window_stays_for_a_reader_that_lags)
{
	struct side server = {0};
	int fd = raw_device(&server,
			    (struct apf_config){.window = 1000, .window_doublings = 2});
	char bytes[1000] = {0};
	struct buf data = {0};

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W1000, "\0")));
	apf_encode(&data,
		   &(struct apf_msg){.op = APF_CHANNEL_DATA, .data = {4, {bytes, 1000}}});
	raw_send(fd, buf_str(&data));
	struct err *e = stream_read_full(a, bytes, 600, LONG);
	assert_null(e);
	raw_expect(fd, STR("\x5d\0\0\0\x01\0\0\x02\x58")); /* some is unread */
	buf_fini(&data);
	stream_free(a);
	side_end(&server);
	close(fd);
}

TEST(writer_honours_window_and_message_size)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.max_data = 3});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	char bytes[4096] = {0};
	assert_int_equal(stream_try_write(a, bytes, 4096 - 8), 4096 - 8);
	struct buf want = {0};
	for (size_t left = 4096 - 8; left > 0; left -= MIN(left, 3))
		apf_encode(&want, &(struct apf_msg){.op = APF_CHANNEL_DATA,
						    .data = {1, {bytes, MIN(left, 3)}}});
	for (size_t at = 0; at < want.len; at += 4000)
		raw_expect(fd, str_sub(buf_str(&want), at, at + 4000));
	buf_fini(&want);
	assert_int_equal(stream_try_write(a, "123456789", 9), 8);
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x03"
			   "123"
			   "\x5e\0\0\0\x01\0\0\0\x03"
			   "456"
			   "\x5e\0\0\0\x01\0\0\0\x02"
			   "78"));
	assert_int_equal(stream_try_write(a, "9", 1), STREAM_AGAIN);
	raw_send(fd, STR("\x5d\0\0\0\x01\xff\xff\xff\xff")); /* not this channel */
	turns(20);
	assert_int_equal(stream_try_write(a, "9", 1), STREAM_AGAIN);
	raw_send(fd, STR("\x5d\0\0\0\x04\0\0\0\x02"));
	assert_writes(a, "9a");
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x02"
			   "9a"));
	/* more credit than 32 bits hold does not wrap */
	raw_send(fd, STR("\x5d\0\0\0\x04\xff\xff\xff\xff\x5d\0\0\0\x04\xff\xff\xff\xff"));
	assert_writes(a, "b");
	stream_free(a);
	side_end(&server);
	close(fd);
}

struct pump {
	struct stream *s;
	size_t n, sent;
	bool done;
	struct err *e;
};

static void pump_fiber(void *arg)
{
	struct pump *p = arg;
	char bytes[777];

	while (p->sent < p->n && p->e == NULL) {
		size_t n = MIN(sizeof(bytes), p->n - p->sent);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)((p->sent + i) % 251);
		p->e = stream_write(p->s, bytes, n, LONG);
		if (p->e == NULL)
			p->sent += n;
	}
	p->done = true;
}

static void assert_pumped(struct stream *s, size_t n)
{
	char got[5000];
	size_t at = 0, r;

	while (at < n) {
		struct err *e = stream_read(s, got, sizeof(got), LONG, &r);
		assert_null(e);
		assert_true(r > 0);
		for (size_t i = 0; i < r; i++)
			assert_int_equal(got[i], (char)((at + i) % 251));
		at += r;
	}
	assert_int_equal(at, n);
}

TEST(reader_that_stops_stops_the_writer)
{
	struct side server = {0}, device = {0};
	struct pump p = {.n = 500000};

	connect_both(&server, &device, (struct apf_config){.window = 40000},
		     (struct apf_config){0});
	struct stream *a = open_channel(&server, 16992);
	p.s = device.channels[0];
	fiber_spawn(NULL, "pump", pump_fiber, &p);
	turns(500);
	assert_false(p.done);
	assert_true(p.sent <= 40000 && p.sent > 39000);
	assert_pumped(a, p.n);
	WAIT(p.done);
	assert_null(p.e);
	stream_free(a);
	stream_free(p.s);
	side_end(&server);
	side_end(&device);
}

TEST(three_channels_run_side_by_side)
{
	struct side server = {0}, device = {0};
	struct pump up[3], down[3];
	struct stream *a[3];

	connect_both(&server, &device, (struct apf_config){0},
		     (struct apf_config){.max_data = 4000, .window = 9000});
	for (int i = 0; i < 3; i++) {
		a[i] = open_channel(&server, 16992);
		up[i] = (struct pump){.s = device.channels[i], .n = 300000 + (size_t)i};
		down[i] = (struct pump){.s = a[i], .n = 200000 + (size_t)i};
		fiber_spawn(NULL, "up", pump_fiber, &up[i]);
		fiber_spawn(NULL, "down", pump_fiber, &down[i]);
	}
	for (int i = 2; i >= 0; i--) {
		assert_pumped(a[i], up[i].n);
		assert_pumped(device.channels[i], down[i].n);
	}
	for (int i = 0; i < 3; i++) {
		WAIT(up[i].done && down[i].done);
		stream_free(a[i]);
		stream_free(device.channels[i]);
	}
	side_end(&server);
	side_end(&device);
}

/* ---- output ---- */

TEST(one_round_is_one_write)
{
	struct side server = {0};
	int fd = raw_device_type(&server, (struct apf_config){0}, SOCK_SEQPACKET);
	struct opening o[2];
	char got[500];

	spawn_open(&o[0], &server, 16992);
	spawn_open(&o[1], &server, 16992);
	assert_int_equal(raw_read(fd, got, sizeof(got)), 2 * 55);
	raw_send(fd, STR(CONFIRM("\x04", "\x01", W1000) CONFIRM("\x05", "\x02", W1000)));
	WAIT(o[0].done && o[1].done);
	assert_writes(o[0].out, "one");
	assert_writes(o[1].out, "two");
	stream_free(o[0].out);
	stream_free(o[1].out);
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x03one\x5e\0\0\0\x02\0\0\0\x03two" CLOSE(
			       "\x01") CLOSE("\x02")));
	side_end(&server);
	close(fd);
}

TEST(one_message_per_write_when_asked)
{
	struct side device = {0};
	int fds[2];

	fd_pair(SOCK_SEQPACKET, fds);
	side_start(&device, fds[0],
		   (struct apf_config){.device = true, .one_message_per_write = true});
	side_login(&device, "secret", 1);
	raw_expect(fds[1], STR(VERSION));
	raw_expect(fds[1], STR(ASK_AUTH));
	raw_send(fds[1], STR(OK_AUTH));
	raw_expect(fds[1], STR(USERAUTH));
	raw_send(fds[1], STR("\x34" OK_PFWD "\xd0\0\0\0\x01\xd0\0\0\0\x02"));
	raw_expect(fds[1], STR(ASK_PFWD));
	raw_expect(fds[1], STR(FORWARD("\x42", "\x61")));
	raw_expect(fds[1], STR("\xd1\0\0\0\x01"));
	raw_expect(fds[1], STR("\xd1\0\0\0\x02"));
	side_end(&device);
	close(fds[1]);
}

/* A full socket: what waits keeps its order and borders, whatever each write takes. */
static void queue_through_a_full_socket(bool one_message_per_write)
{
	struct side server = {0}, device = {0};
	int fds[2], small = 4608;

	fd_pair(SOCK_STREAM, fds);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	side_start(&server, fds[0],
		   (struct apf_config){.window = 200000,
				       .max_unsent = 20000,
				       .one_message_per_write = one_message_per_write});
	side_start(&device, fds[1],
		   (struct apf_config){.device = true,
				       .window = 150000,
				       .max_data = 30000,
				       .max_unsent = 20000,
				       .one_message_per_write = one_message_per_write});
	side_login(&device, "secret", ARRAY_LEN(test_ports));
	WAIT(server.ready && device.ready);
	struct stream *a = open_channel(&server, 16992);
	struct pump up = {.s = device.channels[0], .n = 400000};
	struct pump down = {.s = a, .n = 300000};
	fiber_spawn(NULL, "up", pump_fiber, &up);
	fiber_spawn(NULL, "down", pump_fiber, &down);
	assert_pumped(a, up.n);
	assert_pumped(device.channels[0], down.n);
	WAIT(up.done && down.done);
	stream_free(a);
	stream_free(device.channels[0]);
	side_end(&server);
	side_end(&device);
}

TEST(queue_keeps_its_order_when_the_socket_is_full)
{
	queue_through_a_full_socket(false);
	queue_through_a_full_socket(true);
}

TEST(queued_output_is_bounded)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.max_unsent = 5000});
	struct stream *a;
	struct opening o;
	char bytes[4096] = {0};
	size_t n = 0;

	spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	raw_send(fd, STR(CONFIRM("\x04", "\x01", "\xff\xff\xff\xff")));
	WAIT(o.done);
	a = o.out;
	for (int i = 0; i < 2000; i++) {
		ssize_t r = stream_try_write(a, bytes, sizeof(bytes));
		if (r > 0)
			n += (size_t)r;
		turn();
	}
	assert_int_equal(stream_try_write(a, bytes, sizeof(bytes)), STREAM_AGAIN);
	assert_true(n < 2000000);
	assert_false(server.closed);
	/* a peer that asks without reading the answers is closed */
	for (int i = 0; i < TURNS && !server.closed; i++) {
		for (size_t k = 0; k < 4000; k += 5)
			memcpy(bytes + k, "\xd0\0\0\0\x01", 5);
		(void)!send(fd, bytes, 4000, MSG_NOSIGNAL);
		turn();
	}
	assert_closed(&server, "the peer does not read");
	stream_free(a);
	close(fd);
}

/* ---- ends in any order ---- */

static void read_fiber(void *arg)
{
	struct pump *p = arg;
	char c;
	size_t n;
	p->e = stream_read(p->s, &c, 1, LONG, &n);
	p->done = true;
}

TEST(session_end_wakes_whoever_waits)
{
	struct side server = {0};
	struct opening place, answer;
	struct pump reader = {0}, writer = {.n = 100000};
	int fd = raw_device(&server, (struct apf_config){.max_channels = 3});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	reader.s = a;
	fiber_spawn(NULL, "read", read_fiber, &reader);
	spawn_open(&answer, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x05", W80K, "\x01")));
	raw_send(fd, STR(CONFIRM("\x05", "\x02", W1000)));
	WAIT(answer.done);
	writer.s = answer.out;
	fiber_spawn(NULL, "write", pump_fiber, &writer);
	spawn_open(&answer, &server, 16992);
	spawn_open(&place, &server, 16992);
	turns(20);
	assert_false(reader.done || writer.done || answer.done || place.done);
	close(fd); /* with unread bytes: a reset */
	assert_closed(&server, "connection lost");
	WAIT(reader.done && writer.done && answer.done && place.done);
	assert_true(err_is(reader.e, ERR_CLOSED));
	assert_true(err_is(writer.e, ERR_CLOSED));
	assert_true(err_is(answer.e, ERR_CLOSED));
	assert_true(err_is(place.e, ERR_CLOSED));
	err_free(reader.e);
	err_free(writer.e);
	err_free(answer.e);
	err_free(place.e);
	/* the streams outlive the session */
	assert_int_equal(stream_try_write(a, "x", 1), STREAM_FAILED);
	assert_string_equal(stream_error(a), "connection lost");
	assert_read_fails(a, ERR_CLOSED);
	stream_shutdown(a);
	stream_free(a);
	stream_free(writer.s);
}

TEST(opening_on_an_ended_session_fails)
{
	struct side server = {.own_free = true};
	struct stream *out;
	int fd = raw_device(&server, (struct apf_config){0});

	apf_session_close(server.s, 0, "over");
	struct err *e = apf_channel_open(server.s, 16992, LONG, &out);
	assert_true(err_is(e, ERR_CLOSED));
	err_free(e);
	WAIT(server.closed);
	e = apf_channel_open(server.s, 16992, LONG, &out);
	assert_true(err_is(e, ERR_CLOSED));
	err_free(e);
	assert_false(apf_session_ready(server.s));
	apf_session_free(server.s);
	close(fd);
}

static void count_event(struct stream *s, unsigned events, void *arg)
{
	int *n = arg;
	if (++*n == 3)
		stream_free(s);
}

TEST(channel_may_be_freed_in_its_callback)
{
	struct side server = {0}, device = {0};
	int n = 0;

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	struct stream *a = open_channel(&server, 16992);
	stream_on_event(a, count_event, &n);
	stream_watch(a, STREAM_READABLE);
	turns(20);
	assert_int_equal(n, 0);
	assert_writes(device.channels[0], "unread, so it is told again and again");
	WAIT(n == 3);
	turns(20);
	assert_int_equal(n, 3);
	assert_ends(device.channels[0]);
	stream_free(device.channels[0]);
	/* and when the session is what ends */
	a = open_channel(&server, 16992);
	n = 2;
	stream_on_event(a, count_event, &n);
	stream_watch(a, STREAM_READABLE);
	side_end(&server);
	WAIT(n == 3);
	stream_free(device.channels[1]);
	side_end(&device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_beyond_the_window_closes),
		cmocka_unit_test(credit_returns_when_more_than_half_was_read),
		cmocka_unit_test(window_grows_for_a_reader_that_keeps_up),
		cmocka_unit_test(window_stays_for_a_reader_that_lags),
		cmocka_unit_test(writer_honours_window_and_message_size),
		cmocka_unit_test(reader_that_stops_stops_the_writer),
		cmocka_unit_test(three_channels_run_side_by_side),
		cmocka_unit_test(one_round_is_one_write),
		cmocka_unit_test(one_message_per_write_when_asked),
		cmocka_unit_test(queue_keeps_its_order_when_the_socket_is_full),
		cmocka_unit_test(queued_output_is_bounded),
		cmocka_unit_test(session_end_wakes_whoever_waits),
		cmocka_unit_test(opening_on_an_ended_session_fails),
		cmocka_unit_test(channel_may_be_freed_in_its_callback),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
