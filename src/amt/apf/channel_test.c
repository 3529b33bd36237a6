/* SPDX-License-Identifier: Apache-2.0
 * APF channels: opening, closing, numbering.
 */
#include <amt/apf/session_test_tools.h>

/* ---- channels ---- */

TEST(channel_carries_bytes_both_ways)
{
	struct side server = {0}, device = {0};

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	struct stream *a = open_channel(&server, 16992);
	struct stream *b = device.channels[0];
	assert_writes(a, "request");
	assert_reads(b, "request");
	assert_writes(b, "response");
	stream_free(b); /* the device closes: what it wrote still arrives */
	assert_reads(a, "response");
	assert_ends(a);
	assert_int_equal(stream_try_write(a, "x", 1), STREAM_FAILED);
	stream_free(a);
	side_end(&server);
	side_end(&device);
}

TEST(open_failures_name_their_reason)
{
	static const char *const reasons[] = {"administratively prohibited",
					      "connect failed", "unknown channel type",
					      "resource shortage"};
	struct side server = {0}, device = {0};

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	for (uint16_t i = 0; i < 40; i++) { /* failed ones take no place */
		struct stream *out = NULL;
		struct err *e = apf_channel_open(server.s, i % 4 + 1, LONG, &out);
		assert_true(err_is(e, ERR_DEVICE));
		assert_non_null(strstr(e->msg, reasons[i % 4]));
		err_free(e);
	}
	/* the handler frees the stream at once: opened, then closed */
	struct stream *s = open_channel(&server, 100);
	assert_ends(s);
	stream_free(s);
	side_end(&server);
	side_end(&device);
}

TEST(device_refuses_types_and_ports_it_cannot_do)
{
	struct side device = {0};
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&device, fds[0],
		   (struct apf_config){.device = true, .max_channels = 1});
	side_login(&device, "secret", 0);
	raw_expect(fds[1], STR(VERSION ASK_AUTH));
	raw_send(fds[1], STR(OK_AUTH "\x34" OK_PFWD));
	raw_expect(fds[1], STR(USERAUTH ASK_PFWD));
	WAIT(device.ready);
	raw_send(fds[1], STR("\x5a\0\0\0\x01x\0\0\0\x05\0\0\x10\0\xff\xff\xff\xff"
			     "\0\0\0\0\0\0\x42\x60\0\0\0\0\0\0\0\0"));
	raw_expect(fds[1], STR("\x5c\0\0\0\x05\0\0\0\x03" Z8));
	raw_send(fds[1], STR("\x5a\0\0\0\x0f"
			     "forwarded-tcpip\0\0\0\x05\0\0\x10\0"
			     "\xff\xff\xff\xff\0\0\0\0\0\x01\x42\x60\0\0\0\0\0\0\0\0"));
	raw_expect(fds[1], STR("\x5c\0\0\0\x05\0\0\0\x02" Z8));
	raw_send(fds[1], STR(OPEN_16992("\x05", W1000, "\0")));
	raw_expect(fds[1], STR(CONFIRM("\x05", "\x01", "\0\0\x10\0")));
	raw_send(fds[1], STR(OPEN_16992("\x06", W1000, "\0")));
	raw_expect(fds[1], STR("\x5c\0\0\0\x06\0\0\0\x04" Z8));
	/* own CLOSE without an answer (Console): the place is free after a second */
	stream_free(device.channels[0]);
	raw_expect(fds[1], STR(CLOSE("\x05")));
	raw_send(fds[1], STR(OPEN_16992("\x07", W1000, "\0")));
	raw_expect(fds[1], STR("\x5c\0\0\0\x07\0\0\0\x04" Z8));
	clock_advance(1001);
	raw_send(fds[1], STR(OPEN_16992("\x08", W1000, "\0")));
	raw_expect(fds[1], STR(CONFIRM("\x08", "\x01", "\0\0\x10\0")));
	stream_free(device.channels[1]);
	side_end(&device);
	close(fds[1]);
}

TEST(device_numbers_its_channels_in_turn)
{
	for (int from_0 = 0; from_0 < 2; from_0++) {
		struct side device = {0};
		int fds[2];
		fd_pair(SOCK_STREAM, fds);
		side_start(&device, fds[0],
			   (struct apf_config){.device = true,
					       .max_channels = 3,
					       .channels_from_0 = from_0});
		side_login(&device, "secret", 0);
		raw_expect(fds[1], STR(VERSION ASK_AUTH));
		raw_send(fds[1], STR(OK_AUTH "\x34" OK_PFWD));
		raw_expect(fds[1], STR(USERAUTH ASK_PFWD));
		for (int i = 0; i < 7; i++) {
			struct apf_msg m = {
				.op = APF_CHANNEL_OPEN_CONFIRMATION,
				.confirm = {9, (uint32_t)(i % 3 + !from_0), 4096}};
			struct apf_msg c = {.op = APF_CHANNEL_CLOSE,
					    .close = {(uint32_t)(i % 3 + !from_0)}};
			struct buf want = {0}, bye = {0};
			apf_encode(&want, &m);
			apf_encode(&bye, &c);
			raw_send(fds[1], STR(OPEN_16992("\x09", W1000, "\0")));
			raw_expect(fds[1], buf_str(&want));
			raw_send(fds[1], buf_str(&bye));
			raw_expect(fds[1], STR(CLOSE("\x09")));
			raw_send(fds[1], buf_str(&bye)); /* one too many: ignored */
			assert_ends(device.channels[i]);
			stream_free(device.channels[i]);
			buf_fini(&want);
			buf_fini(&bye);
		}
		raw_expect_nothing(fds[1]);
		side_end(&device);
		close(fds[1]);
	}
}

TEST(server_opens_as_upstream_does_and_counts_on)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	stream_free(a);
	raw_expect(fd, STR(CLOSE("\x01")));
	raw_send(fd, STR(CLOSE("\x04")));
	struct opening o;
	spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x05", W80K, "\x01")));
	raw_send(fd, STR("\x5c\0\0\0\x05\0\0\0\x63" Z8));
	WAIT(o.done);
	assert_true(err_is(o.e, ERR_DEVICE));
	assert_non_null(strstr(o.e->msg, "unknown reason (99)"));
	err_free(o.e);
	side_end(&server);
	close(fd);
}

TEST(messages_for_unknown_channels_do_no_harm)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	raw_send(fd, STR(CONFIRM("\x44", "\x01", W1000) "\x5c\0\0\0\x44\0\0\0\x02" Z8
							"\x5d\0\0\0"
							"\x44\0\0\0\x01"
							"\x5e\0\0\0\x44\0\0\0\x03"
							"abc" CLOSE("\x44")));
	/* the device thinks it open: closed; the rest is ignored */
	raw_expect(fd, STR(CLOSE("\x01")));
	raw_expect_nothing(fd);
	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	/* a second confirmation or a failure for an open one: late, ignored */
	raw_send(fd, STR(CONFIRM("\x04", "\x09", W1000) "\x5c\0\0\0\x04\0\0\0\x02" Z8));
	assert_writes(a, "abc");
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x03"
			   "abc"));
	stream_free(a);
	side_end(&server);
	close(fd);
}

TEST(close_is_answered_once)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\0\x02hi" CLOSE("\x04") CLOSE("\x04")));
	raw_expect(fd, STR(CLOSE("\x01")));
	assert_reads(a, "hi");
	assert_ends(a);
	stream_free(a);
	raw_expect_nothing(fd);
	side_end(&server);
	close(fd);
}

TEST(both_sides_may_close_at_once)
{
	struct side server = {0}, device = {0};

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	for (int i = 0; i < 30; i++) {
		struct stream *a = open_channel(&server, 16992);
		struct stream *b = device.channels[i % 8];
		assert_writes(a, "x");
		stream_free(i % 2 ? a : b);
		stream_free(i % 2 ? b : a);
	}
	side_end(&server);
	side_end(&device);
}

TEST(shutdown_closes_but_lets_read)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	assert_writes(a, "last");
	stream_shutdown(a);
	stream_shutdown(a);
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x04last" CLOSE("\x01")));
	assert_int_equal(stream_try_write(a, "x", 1), STREAM_FAILED);
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\0\x02hi"));
	assert_reads(a, "hi");
	raw_send(fd, STR(CLOSE("\x04")));
	assert_ends(a);
	stream_free(a);
	raw_expect_nothing(fd);
	side_end(&server);
	close(fd);
}

TEST(opening_can_be_given_up)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.max_channels = 1});
	struct opening o, next;

	struct fiber *f = spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	fiber_cancel(f);
	WAIT(o.done);
	assert_true(err_is(o.e, ERR_CANCELLED));
	err_free(o.e);
	spawn_open(&next, &server,
		   16992); /* waits: the device may still open the first */
	raw_expect_nothing(fd);
	raw_send(fd, STR(CONFIRM("\x04", "\x07", W1000)));
	raw_expect(fd, STR(CLOSE("\x07") OPEN_16992("\x05", W80K, "\x01")));
	raw_send(fd, STR(CLOSE("\x04") CONFIRM("\x05", "\x00", W1000)));
	WAIT(next.done);
	assert_null(next.e);
	stream_free(next.out);
	side_end(&server);
	close(fd);
}

TEST(openings_never_answered_free_their_places)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.max_channels = 1});
	struct opening o, next;

	struct fiber *f = spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	fiber_cancel(f);
	WAIT(o.done);
	err_free(o.e);
	clock_advance(15001);
	spawn_open(&next, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x05", W80K, "\x01")));
	/* The late answer to the first is closed at once. */
	raw_send(fd, STR(CONFIRM("\x04", "\x07", W1000) CONFIRM("\x05", "\x01", W1000)));
	raw_expect(fd, STR(CLOSE("\x07")));
	WAIT(next.done);
	assert_null(next.e);
	stream_free(next.out);
	side_end(&server);
	close(fd);
}

TEST(opening_times_out)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});
	struct opening o = {.server = &server, .port = 16992, .until = deadline_in(5000)};

	fiber_spawn(NULL, "open", open_fiber, &o);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	clock_advance(5000);
	WAIT(o.done);
	assert_true(err_is(o.e, ERR_TIMEOUT));
	err_free(o.e);
	side_end(&server); /* with the unanswered channel in its table */
	close(fd);
}

TEST(channel_closed_while_opening_is_a_failure)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});
	struct opening o;

	spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	raw_send(fd, STR(CLOSE("\x04")));
	WAIT(o.done);
	assert_true(err_is(o.e, ERR_DEVICE));
	err_free(o.e);
	raw_expect_nothing(fd);
	side_end(&server);
	close(fd);
}

TEST(openers_wait_for_a_place)
{
	struct side server = {0}, device = {0};
	struct opening o;

	connect_both(&server, &device, (struct apf_config){.max_channels = 2},
		     (struct apf_config){0});
	struct stream *a = open_channel(&server, 16992);
	struct stream *b = open_channel(&server, 16992);
	spawn_open(&o, &server, 16994);
	turns(50);
	assert_false(o.done);
	stream_free(a);
	WAIT(o.done);
	assert_null(o.e);
	stream_free(o.out);
	stream_free(b);
	for (int i = 0; i < 3; i++)
		stream_free(device.channels[i]);
	side_end(&server);
	side_end(&device);
}

TEST(opener_waits_for_the_session_to_be_ready)
{
	struct side server = {0}, device = {0};
	struct opening o;
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	side_start(&server, fds[0], (struct apf_config){0});
	side_start(&device, fds[1], (struct apf_config){.device = true});
	spawn_open(&o, &server, 16992);
	turns(20);
	side_login(&device, "secret", 7);
	WAIT(o.done);
	assert_null(o.e);
	stream_free(o.out);
	stream_free(device.channels[0]);
	side_end(&server);
	side_end(&device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channel_carries_bytes_both_ways),
		cmocka_unit_test(open_failures_name_their_reason),
		cmocka_unit_test(device_refuses_types_and_ports_it_cannot_do),
		cmocka_unit_test(device_numbers_its_channels_in_turn),
		cmocka_unit_test(server_opens_as_upstream_does_and_counts_on),
		cmocka_unit_test(messages_for_unknown_channels_do_no_harm),
		cmocka_unit_test(close_is_answered_once),
		cmocka_unit_test(both_sides_may_close_at_once),
		cmocka_unit_test(shutdown_closes_but_lets_read),
		cmocka_unit_test(opening_can_be_given_up),
		cmocka_unit_test(openings_never_answered_free_their_places),
		cmocka_unit_test(opening_times_out),
		cmocka_unit_test(channel_closed_while_opening_is_a_failure),
		cmocka_unit_test(openers_wait_for_a_place),
		cmocka_unit_test(opener_waits_for_the_session_to_be_ready),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
