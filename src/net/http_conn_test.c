/* SPDX-License-Identifier: Apache-2.0
 * Tests of the HTTP server's connections: keeping, pipelining, pieces, limits, times,
 * clients that go away, TLS, shutdown.
 */
#include <net/http_server_test.h>
#include <net/tls_test.h>
#include <stdio.h>

TEST(connection_is_kept_alive)
{
	struct client c = client_open();

	for (int i = 0; i < 50; i++) {
		client_puts(&c, GET("/api/v1/hello"));
		check(client_answer(&c, false), 200, "{\"hello\":\"world\"}");
	}
	assert_int_equal(http_server_stats(server).connections, 1);
	assert_int_equal(http_server_stats(server).requests, 50);
	assert_int_equal(http_server_stats(server).by_class[2], 50);
	client_close(&c);
}

TEST(connection_closes_when_asked)
{
	static const char *const requests[] = {
		"GET /api/v1/hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"GET /api/v1/hello HTTP/1.0\r\n\r\n",
		GET("/headers"),
	};
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct client c = client_open();
		client_puts(&c, requests[i]);
		struct answer a = client_answer(&c, false);
		check(a, 200, NULL);
		assert_true(str_eqz(http_header_str(&a.head, "connection"), "close"));
		assert_true(client_at_end(&c));
		client_close(&c);
	}
}

TEST(http_1_0_is_kept_alive_on_request)
{
	struct client c = client_open();

	client_puts(&c, "GET /api/v1/hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	struct answer a = client_answer(&c, false);
	assert_true(str_eqz(http_header_str(&a.head, "connection"), "keep-alive"));
	client_puts(&c, GET("/api/v1/hello"));
	check(client_answer(&c, false), 200, NULL);
	client_close(&c);
}

TEST(pipelined_requests_are_answered_in_order)
{
	struct client c = client_open();
	struct buf b = {0};

	for (int i = 0; i < 1000; i++)
		buf_addf(&b,
			 "POST /api/v1/echo HTTP/1.1\r\n" HOST
			 "Content-Length: 4\r\n\r\n%04d"
			 "GET /api/v1/devices/%d HTTP/1.1\r\n" HOST "\r\n",
			 i, i);
	client_send(&c, b.p, b.len);
	for (int i = 0; i < 1000; i++) {
		char want[80];
		snprintf(want, sizeof(want), "%04d", i);
		check(client_answer(&c, false), 200, want);
		snprintf(want, sizeof(want),
			 "one /api/v1/devices/{guid} /api/v1/devices/%d guid=%d guid:%d",
			 i, i, i);
		check(client_answer(&c, false), 200, want);
	}
	client_close(&c);
	buf_fini(&b);
}

TEST(pipelined_behind_slow_request_waits)
{
	struct client c = client_open();

	client_puts(&c, GET("/slow?ms=50") GET("/api/v1/hello"));
	check(client_answer(&c, false), 200, "slept");
	check(client_answer(&c, false), 200, "{\"hello\":\"world\"}");
	client_close(&c);
}

TEST(bytes_come_one_at_a_time)
{
	static const char text[] =
		"POST /api/v1/echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n" GET("/");
	struct client c = client_open();

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		client_send(&c, text + i, 1);
		ok(fiber_yield());
	}
	check(client_answer(&c, false), 200, "abcde");
	check(client_answer(&c, false), 200, "root / /");
	client_close(&c);
}

TEST(refusal_survives_what_the_client_still_sends)
{
	struct client c = client_open();
	struct buf junk = {0};

	for (int i = 0; i < 500000; i++)
		buf_addc(&junk, 'x');
	client_puts(&c, "POST /api/v1/small HTTP/1.1\r\n" HOST
			"Content-Length: 500000\r\n\r\n");
	client_send(&c, junk.p, junk.len);
	check(client_answer(&c, false), 413, NULL);
	assert_true(client_at_end(&c));
	client_close(&c);
	buf_fini(&junk);
}

TEST(unread_small_body_keeps_the_connection)
{
	struct client c = client_open();

	client_puts(&c, "POST /unknown HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n");
	ok(fiber_sleep_ms(20));
	client_puts(&c, "hello" GET("/"));
	check(client_answer(&c, false), 404, NULL);
	check(client_answer(&c, false), 200, "root / /");
	client_close(&c);
}

TEST(garbage_is_answered_and_closed)
{
	static const struct {
		const char *bytes;
		int status;
	} t[] = {
		{"\x16\x03\x01", 400},
		{"GET / HTTP/1.1\n", 400},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
		{"POST / HTTP/1.1\r\n" HOST
		 "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		 400},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: cow\r\n\r\n", 501},
		{"POST /api/v1/echo HTTP/1.1\r\n" HOST
		 "Transfer-Encoding: chunked\r\n\r\nx\r\n",
		 400},
		{"POST /api/v1/echo HTTP/1.1\r\n" HOST
		 "Transfer-Encoding: chunked\r\n\r\n0x1\r\na",
		 400},
	};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct client c = client_open();
		client_puts(&c, t[i].bytes);
		struct answer a = client_answer(&c, false);
		if (a.head.status != t[i].status)
			fail_msg("%s: %d", t[i].bytes, a.head.status);
		assert_false(a.head.keep_alive);
		assert_true(client_at_end(&c));
		client_close(&c);
	}
	assert_int_equal(http_server_stats(server).refused, ARRAY_LEN(t));
}

TEST(head_over_limit_is_refused)
{
	struct client c = client_open();
	struct buf b = {0};

	buf_adds(&b, "GET / HTTP/1.1\r\n" HOST "A: ");
	for (int i = 0; i < 20000; i++)
		buf_addc(&b, 'x');
	client_send(&c, b.p, b.len);
	check(client_answer(&c, false), 431, "");
	assert_true(client_at_end(&c));
	client_close(&c);
	buf_fini(&b);
}

TEST(slow_head_times_out)
{
	struct client c = client_open();
	const char *text = GET("/");
	int64_t start = clock_mono_ms();

	/* Each byte is in time; the head as a whole is not. */
	for (size_t i = 0; clock_mono_ms() < start + 140 && i < strlen(text) - 2; i++) {
		client_send(&c, text + i, 1);
		ok(fiber_sleep_ms(10));
	}
	check(client_answer(&c, false), 408, "");
	assert_true(client_at_end(&c));
	assert_in_range(clock_mono_ms() - start, 100, 1000);
	client_close(&c);
}

TEST(slow_body_times_out)
{
	struct client c = client_open();

	client_puts(&c, "POST /api/v1/echo HTTP/1.1\r\n" HOST
			"Content-Length: 10\r\n\r\nabc");
	check(client_answer(&c, false), 408, "");
	assert_true(client_at_end(&c));
	client_close(&c);
}

TEST(idle_connection_is_closed_silently)
{
	struct client silent = client_open(), used = client_open();
	int64_t start = clock_mono_ms();

	client_puts(&used, GET("/"));
	check(client_answer(&used, false), 200, NULL);
	/* One that never asked anything has the time of a head only. */
	assert_true(client_at_end(&silent));
	assert_int_equal(http_server_stats(server).connections, 1);
	assert_true(client_at_end(&used));
	assert_in_range(clock_mono_ms() - start, 300, 2000);
	assert_int_equal(http_server_stats(server).connections, 0);
	client_close(&silent);
	client_close(&used);
}

TEST(client_that_does_not_read_is_dropped)
{
	struct client c = client_open();

	/* More than the sockets' buffers hold. */
	for (int i = 0; i < 600; i++)
		client_puts(&c, GET("/medium"));
	int64_t start = clock_mono_ms();
	while (http_server_stats(server).connections > 0)
		ok(fiber_sleep_ms(50));
	assert_in_range(clock_mono_ms() - start, 300, 5000);
	client_close(&c);
}

TEST(half_a_message_is_dropped_silently)
{
	static const char *const halves[] = {
		"GET / HT",
		"GET / HTTP/1.1\r\n" HOST,
		"POST /api/v1/echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc",
		"POST /api/v1/echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
	};
	for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
		struct client c = client_open();
		client_puts(&c, halves[i]);
		ok(fiber_sleep_ms(5));
		stream_shutdown(c.s);
		assert_true(client_at_end(&c));
		client_close(&c);
	}
	assert_int_equal(http_server_stats(server).by_class[2], 0);
}

TEST(handler_is_cancelled_when_the_client_goes)
{
	struct client c = client_open();
	int64_t start = clock_mono_ms();

	client_puts(&c, GET("/slow?ms=20000") GET("/slow?ms=20000"));
	while (counts.slow_started == 0)
		ok(fiber_yield());
	ok(fiber_sleep_ms(20));
	assert_int_equal(counts.slow_ended, 0);
	client_close(&c);
	while (counts.slow_ended == 0)
		ok(fiber_yield());
	assert_int_equal(counts.slow_cancelled, 1);
	ok(fiber_sleep_ms(20));
	assert_int_equal(counts.slow_started, 1);
	assert_int_equal(http_server_stats(server).connections, 0);
	assert_true(clock_mono_ms() - start < 2000);
}

static void limits_main(void *arg)
{
	struct client a = client_open(), b = client_open(), c = client_open();

	client_puts(&a, GET("/slow?ms=100"));
	while (counts.slow_started == 0)
		ok(fiber_yield());
	client_puts(&b, GET("/api/v1/hello"));
	check(client_answer(&b, false), 503, "");
	/* The third connection is over the limit. */
	assert_true(client_at_end(&c));
	check(client_answer(&a, false), 200, "slept");
	assert_int_equal(http_server_stats(server).refused, 2);
	client_close(&a);
	client_close(&b);
	client_close(&c);
}

static void tls_main(void *arg)
{
	struct test_cert cert = test_cert_new("a", "DNS:a", NULL);
	struct tls_server_config sc = {
		.cert_pem = cert.cert, .key_pem = cert.key, .min_version = "TLSv1.2"};
	struct tls_client_config cc = {.ca_pem = cert.cert, .server_name = "a"};
	struct client c = {0}, mute, plain, hung;
	struct stream *tcp;
	SSL_CTX *server_ctx, *client_ctx;

	ok(tls_server_ctx(&sc, &server_ctx));
	ok(tls_client_ctx(&cc, &client_ctx));
	ok(http_server_listen(server, "127.0.0.1:0", server_ctx));
	SSL_CTX_free(server_ctx);
	struct client *raw[] = {&mute, &plain, &hung};
	for (size_t i = 0; i < 3; i++) {
		*raw[i] = (struct client){0};
		ok(socket_connect("127.0.0.1", http_server_port(server, 1), NULL,
				  deadline_in(5000), &raw[i]->s));
	}
	client_puts(&plain, GET("/"));
	while (client_more(&plain))
		;
	ok(socket_connect("127.0.0.1", http_server_port(server, 1), NULL,
			  deadline_in(5000), &tcp));
	ok(tls_connect(tcp, client_ctx, "a", deadline_in(5000), &c.s));
	client_puts(&c, GET("/") GET("/big"));
	check(client_answer(&c, false), 200, "root / /");
	assert_int_equal(client_answer(&c, false).body.n, 300000);
	client_puts(&c,
		    "POST /api/v1/small HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n");
	check(client_answer(&c, false), 413, NULL);
	assert_true(client_at_end(&c));
	assert_true(client_at_end(&mute));
	stream_free(hung.s);
	ok(socket_connect("127.0.0.1", http_server_port(server, 1), NULL,
			  deadline_in(5000), &hung.s));
	ok(fiber_sleep_ms(10));
	http_server_shutdown(server, deadline_in(1000));
	assert_true(client_at_end(&hung));
	client_close(&c);
	for (size_t i = 0; i < 3; i++)
		client_close(raw[i]);
	SSL_CTX_free(client_ctx);
	test_cert_free(&cert);
}

static void shutdown_soon(void *arg)
{
	http_server_shutdown(server, deadline_in(*(int *)arg));
}

TEST(shutdown_waits_for_a_request_in_progress)
{
	struct client c = client_open(), idle = client_open(), half = client_open();
	struct fiber_group g;
	int patience_ms = 2000;

	client_puts(&half, "GET / HT");
	client_puts(&c, GET("/slow?ms=100"));
	while (counts.slow_started == 0)
		ok(fiber_yield());
	uint16_t port = http_server_port(server, 0);
	fiber_group_init(&g);
	fiber_spawn(&g, "shutdown", shutdown_soon, &patience_ms);
	struct answer a = client_answer(&c, false);
	check(a, 200, "slept");
	assert_false(a.head.keep_alive);
	assert_true(client_at_end(&c) && client_at_end(&idle) && client_at_end(&half));
	fiber_group_join(&g, false);
	struct stream *s;
	struct err *e = socket_connect("127.0.0.1", port, NULL, deadline_in(5000), &s);
	assert_true(err_is(e, ERR_UNAVAILABLE));
	err_free(e);
	client_close(&c);
	client_close(&idle);
	client_close(&half);
}

TEST(shutdown_cancels_at_its_deadline)
{
	struct client c = client_open();
	int64_t start = clock_mono_ms();

	client_puts(&c, GET("/slow?ms=20000"));
	while (counts.slow_started == 0)
		ok(fiber_yield());
	http_server_shutdown(server, deadline_in(50));
	assert_int_equal(counts.slow_cancelled, 1);
	assert_in_range(clock_mono_ms() - start, 40, 2000);
	check(client_answer(&c, false), 503, NULL);
	client_close(&c);
}

static void with_tls(void *arg)
{
	/* Time enough for a handshake under valgrind. */
	struct http_server_config cfg = {.name = "test", .head_ms = 1500};

	run_with(tls_main, &cfg);
}

static void tls_listener_serves(void **state)
{
	rt_main(with_tls, NULL);
}

static void with_limits(void *arg)
{
	struct http_server_config cfg = {
		.name = "test", .max_connections = 2, .max_inflight = 1};

	run_with(limits_main, &cfg);
}

static void limits_of_the_server_hold(void **state)
{
	counts = (struct http_test_counts){0};
	rt_main(with_limits, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connection_is_kept_alive),
		cmocka_unit_test(connection_closes_when_asked),
		cmocka_unit_test(http_1_0_is_kept_alive_on_request),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(pipelined_behind_slow_request_waits),
		cmocka_unit_test(bytes_come_one_at_a_time),
		cmocka_unit_test(refusal_survives_what_the_client_still_sends),
		cmocka_unit_test(unread_small_body_keeps_the_connection),
		cmocka_unit_test(garbage_is_answered_and_closed),
		cmocka_unit_test(head_over_limit_is_refused),
		cmocka_unit_test(slow_head_times_out),
		cmocka_unit_test(slow_body_times_out),
		cmocka_unit_test(idle_connection_is_closed_silently),
		cmocka_unit_test(client_that_does_not_read_is_dropped),
		cmocka_unit_test(half_a_message_is_dropped_silently),
		cmocka_unit_test(handler_is_cancelled_when_the_client_goes),
		cmocka_unit_test(tls_listener_serves),
		cmocka_unit_test(shutdown_waits_for_a_request_in_progress),
		cmocka_unit_test(shutdown_cancels_at_its_deadline),
		cmocka_unit_test(limits_of_the_server_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
