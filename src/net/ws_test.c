/* SPDX-License-Identifier: Apache-2.0
 * Tests of WebSockets: our two roles against each other, and against bytes as others send
 * them (RFC 6455 section 5.7).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/ws.h>
#include <net/ws_priv.h>
#include <stdio.h>

#define UPGRADE(path, more)                                                       \
	"GET " path " HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n" \
	"Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"                     \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" more "\r\n"

static struct http_server *server;
static uint16_t ended_code;
static int handlers_ended, received;
static enum err_kind ended_kind;

static void ok(struct err *e)
{
	if (e != NULL)
		print_error("%s: %s\n", err_kind_name(e->kind), e->msg);
	assert_null(e);
}

static void fails(struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	if (e->kind != kind)
		print_error("%s: %s\n", err_kind_name(e->kind), e->msg);
	assert_int_equal(e->kind, kind);
	err_free(e);
}

/* Echoes until the end; "close" makes it close with 4001. */
static struct err *echo(struct http_req *req, struct http_res *res)
{
	struct ws_config cfg = {.max_message = 100000,
				.ping_ms = req->route->data != NULL ? 50 : 0};
	struct str protocol = http_header_str(req->head, "Sec-WebSocket-Protocol");
	struct ws *w;
	struct ws_message m;
	struct err *e;

	if (protocol.n > 0)
		cfg.protocol = str_dup(req->arena, protocol);
	TRY(ws_accept(req, &cfg, &w));
	while ((e = ws_recv(w, DEADLINE_NEVER, &m)) == NULL) {
		if (str_eqz(m.data, "close")) {
			ws_close(w, 4001, "as you wish");
			break;
		}
		received++;
		e = ws_send(w, m.binary, m.data, deadline_in(5000));
		if (e != NULL)
			break;
	}
	ended_kind = e != NULL ? e->kind : ERR_INVALID;
	ended_code = ws_close_code(w);
	handlers_ended++;
	ws_free(w);
	return e;
}

/* Never reads, sends until it cannot. */
static struct err *flood(struct http_req *req, struct http_res *res)
{
	struct ws_config cfg = {.max_message = 1000};
	static char data[10000];
	struct ws *w;
	struct err *e;

	TRY(ws_accept(req, &cfg, &w));
	while ((e = ws_send(w, true, (struct str){data, sizeof(data)},
			    deadline_in(200))) == NULL)
		;
	ended_kind = e->kind;
	handlers_ended++;
	ws_free(w);
	return e;
}

static const struct http_route routes[] = {
	{"GET", "/echo", echo, 1},
	{"GET", "/pinged", echo, 1, .data = "ping"},
	{"GET", "/flood", flood, 1},
};

static void in_fiber(void *arg)
{
	struct http_server_config cfg = {.name = "test"};

	server = http_server_new(&cfg);
	http_server_routes(server, routes, ARRAY_LEN(routes));
	ok(http_server_listen(server, "127.0.0.1:0", NULL));
	(*(rt_fn **)arg)(NULL);
	http_server_shutdown(server, deadline_in(2000));
	assert_int_equal(http_server_stats(server).ws_open, 0);
	http_server_free(server);
}

static void run(rt_fn *fn)
{
	handlers_ended = received = 0;
	ended_code = 0;
	rt_main(in_fiber, &fn);
}

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		run(name##_body);           \
	}                                   \
	static void name##_body(void *arg)

static struct stream *tcp(void)
{
	struct stream *s;

	ok(socket_connect("127.0.0.1", http_server_port(server, 0), NULL,
			  deadline_in(5000), &s));
	return s;
}

static struct ws *connect_to(const char *path)
{
	struct ws_config cfg = {.max_message = 100000};
	struct ws *w;

	ok(ws_connect(tcp(), "a", path, NULL, &cfg, deadline_in(5000), &w));
	return w;
}

/* Until the handler is through. */
static void wait_handlers(int n)
{
	while (handlers_ended < n)
		ok(fiber_yield());
}

/* Sends bytes, reads to the end of stream. */
static struct buf raw_finish(struct stream *s, const char *p, size_t n)
{
	struct buf b = {0};
	size_t got;

	ok(stream_write(s, p, n, deadline_in(5000)));
	do {
		char *to = buf_reserve(&b, 4096);
		ok(stream_read(s, to, 4096, deadline_in(5000), &got));
		b.len += got;
	} while (got > 0);
	stream_free(s);
	return b;
}

static struct buf raw(const char *p, size_t n)
{
	return raw_finish(tcp(), p, n);
}

#define BYTES(text) text, sizeof(text) - 1
/* Masked with zeros, which the protocol allows. */
#define MASK0 "\0\0\0\0"
#define CLOSE_1000 "\x88\x82" MASK0 "\x03\xe8"
#define CLOSED_1000 "\x88\x02\x03\xe8"
#define HEAD                                                                     \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: " \
	"Upgrade\r\n"                                                            \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

/* Sends request, expects exactly answer; then a close frame and its echo. */
static void golden(const char *request, size_t request_n, const char *answer, size_t n)
{
	struct stream *s = tcp();
	char got[1000];

	ok(stream_write(s, request, request_n, deadline_in(5000)));
	ok(stream_read_full(s, got, n, deadline_in(5000)));
	assert_memory_equal(got, answer, n);
	struct buf b = raw_finish(s, BYTES(CLOSE_1000));
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.p, CLOSED_1000, 4);
	buf_fini(&b);
	wait_handlers(1);
	assert_int_equal(ended_code, 1000);
	assert_int_equal(ended_kind, ERR_CLOSED);
}

TEST(golden_text_message_is_echoed)
{
	/* "Hello" masked, from the RFC, in the same segment as the request. */
	golden(BYTES(UPGRADE("/echo", "") "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
	       BYTES(HEAD "\r\n\x81\x05Hello"));
}

TEST(fragments_are_joined_and_pings_answered)
{
	golden(BYTES(UPGRADE("/echo", "") "\x01\x84" MASK0 "Hell"
					  "\x89\x84" MASK0 "ping"
					  "\x80\x81" MASK0 "o"),
	       BYTES(HEAD "\r\n\x8a\x04ping\x81\x05Hello"));
}

TEST(protocol_is_echoed)
{
	golden(BYTES(UPGRADE("/echo", "Sec-WebSocket-Protocol: tok.en\r\n")),
	       BYTES(HEAD "Sec-WebSocket-Protocol: tok.en\r\n\r\n"));
}

/* As with other implementations: who said goodbye is not answered any more. */
TEST(message_before_close_is_received)
{
	struct buf b = raw(BYTES(UPGRADE("/echo", "") "\x81\x82" MASK0 "hi" CLOSE_1000));

	assert_int_equal(b.len, strlen(HEAD) + 2 + 4);
	assert_memory_equal(b.p + strlen(HEAD) + 2, CLOSED_1000, 4);
	buf_fini(&b);
	wait_handlers(1);
	assert_int_equal(received, 1);
	assert_int_equal(ended_code, 1000);
}

TEST(violations_close_with_their_code)
{
	static const struct {
		const char *name, *frame;
		size_t n;
		int code;
	} t[] = {
		{"unmasked", "\x81\x02hi", 4, 1002},
		{"reserved bit", "\xc1\x82" MASK0 "hi", 8, 1002},
		{"unknown opcode", "\x83\x82" MASK0 "hi", 8, 1002},
		{"continuation of nothing", "\x80\x82" MASK0 "hi", 8, 1002},
		{"fragmented ping", "\x09\x82" MASK0 "hi", 8, 1002},
		{"bad utf-8", "\x81\x82" MASK0 "\xff\xff", 8, 1007},
		{"too long", "\x82\xff\0\0\0\0\0\x01\x86\xa1" MASK0 "x", 15, 1009},
		{"length over 63 bits", "\x82\xff\xff\0\0\0\0\x01\x86\xa1" MASK0, 14,
		 1002},
	};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct buf in = {0};
		buf_adds(&in, UPGRADE("/echo", ""));
		buf_add(&in, t[i].frame, t[i].n);
		struct buf b = raw(in.p, in.len);
		wait_handlers((int)i + 1);
		const uint8_t *end = (const uint8_t *)b.p + strlen(HEAD) + 2;
		if (b.len < strlen(HEAD) + 6)
			fail_msg("%s: no close frame", t[i].name);
		if (end[0] != 0x88 || (end[2] << 8 | end[3]) != t[i].code ||
		    ended_code != t[i].code)
			fail_msg("%s: %d, handler saw %d", t[i].name,
				 end[2] << 8 | end[3], ended_code);
		buf_fini(&b);
		buf_fini(&in);
	}
}

TEST(improper_upgrades_are_refused)
{
	static const struct {
		const char *request, *status;
	} t[] = {
		{"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n", "426"},
		{"GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: "
		 "Upgrade\r\n\r\n",
		 "426"},
		{"GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: "
		 "Upgrade\r\n"
		 "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
		 "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		 "426"},
		{"GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: "
		 "Upgrade\r\n"
		 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhl\r\n\r\n",
		 "400"},
		{"GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: "
		 "Upgrade\r\n"
		 "Sec-WebSocket-Version: 13\r\n\r\n",
		 "400"},
		{UPGRADE("/echo", "Content-Length: 2\r\n") "hi", "400"},
		{"GET /echo HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\nConnection: "
		 "Upgrade\r\n\r\n",
		 "400"},
		{UPGRADE("/nothing", "Connection: close\r\n"), "404"},
	};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct buf b = raw(t[i].request, strlen(t[i].request));
		if (b.len < 12 || memcmp(b.p + 9, t[i].status, 3) != 0)
			fail_msg("%s: %.*s", t[i].request, (int)b.len, b.p);
		bool named = str_find(buf_str(&b), STR("Sec-WebSocket-Version: 13")) >= 0;
		assert_int_equal(named, strcmp(t[i].status, "426") == 0);
		buf_fini(&b);
	}
	assert_int_equal(handlers_ended, 0);
}

TEST(messages_of_all_sizes_pass)
{
	static const size_t sizes[] = {0,    1,	   125,	  126,	 127,
				       1000, 4096, 65535, 65536, 100000};
	static char data[100000];
	struct ws *w = connect_to("/echo");

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)('a' + i % 26);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct ws_message m;
		ok(ws_send(w, i % 2 == 0, (struct str){data, sizes[i]},
			   deadline_in(5000)));
		ok(ws_recv(w, deadline_in(5000), &m));
		assert_int_equal(m.binary, i % 2 == 0);
		assert_int_equal(m.data.n, sizes[i]);
		assert_memory_equal(m.data.p, data, sizes[i]);
	}
	assert_int_equal(http_server_stats(server).ws_open, 1);
	ws_close(w, 1000, NULL);
	wait_handlers(1);
	assert_int_equal(ended_code, 1000);
	ws_free(w);
}

TEST(many_messages_keep_their_order)
{
	struct ws *w = connect_to("/echo");
	struct ws_message m;
	char text[16];

	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		ok(ws_send(w, false, str_of(text), deadline_in(5000)));
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		ok(ws_recv(w, deadline_in(5000), &m));
		assert_true(str_eqz(m.data, text));
	}
	ws_free(w);
	/* Without a close frame. */
	wait_handlers(1);
	assert_int_equal(ended_code, 1006);
}

TEST(server_close_reaches_client)
{
	struct ws *w = connect_to("/echo");
	struct ws_message m;

	ok(ws_send(w, false, STR("close"), deadline_in(5000)));
	fails(ws_recv(w, deadline_in(5000), &m), ERR_CLOSED);
	assert_int_equal(ws_close_code(w), 4001);
	fails(ws_recv(w, deadline_in(5000), &m), ERR_CLOSED);
	fails(ws_send(w, false, STR("x"), deadline_in(5000)), ERR_CLOSED);
	ws_close(w, 1000, NULL);
	wait_handlers(1);
	assert_int_equal(ended_code, 4001);
	ws_free(w);
}

TEST(receiving_times_out_and_goes_on)
{
	struct ws *w = connect_to("/echo");
	struct ws_message m;

	fails(ws_recv(w, deadline_in(20), &m), ERR_TIMEOUT);
	ok(ws_send(w, false, STR("x"), deadline_in(5000)));
	ok(ws_recv(w, deadline_in(5000), &m));
	assert_true(str_eqz(m.data, "x"));
	ws_free(w);
}

TEST(sender_is_slowed_by_a_peer_that_does_not_read)
{
	struct ws *w = connect_to("/flood");

	wait_handlers(1);
	assert_int_equal(ended_kind, ERR_TIMEOUT);
	ws_free(w);
}

TEST(silent_peer_is_given_up)
{
	struct stream *s = tcp();
	int64_t start = clock_mono_ms();

	ok(stream_write(s, UPGRADE("/pinged", ""), strlen(UPGRADE("/pinged", "")),
			deadline_in(5000)));
	wait_handlers(1);
	assert_in_range(clock_mono_ms() - start, 90, 2000);
	assert_int_equal(ended_kind, ERR_CLOSED);
	stream_free(s);
}

TEST(answered_pings_keep_the_connection)
{
	struct ws *w = connect_to("/pinged");
	struct ws_message m;

	fails(ws_recv(w, deadline_in(400), &m), ERR_TIMEOUT);
	assert_int_equal(handlers_ended, 0);
	ws_free(w);
}

TEST(shutdown_cancels_handlers)
{
	struct ws *w = connect_to("/echo");
	struct ws_message m;
	int64_t start = clock_mono_ms();

	http_server_shutdown(server, deadline_in(5000));
	assert_int_equal(handlers_ended, 1);
	assert_int_equal(ended_kind, ERR_CANCELLED);
	assert_true(clock_mono_ms() - start < 2000);
	fails(ws_recv(w, deadline_in(5000), &m), ERR_CLOSED);
	ws_free(w);
}

TEST(client_tells_why_it_was_refused)
{
	struct ws_config cfg = {.max_message = 1000};
	struct ws *w;

	fails(ws_connect(tcp(), "a", "/nothing", NULL, &cfg, deadline_in(5000), &w),
	      ERR_NOT_FOUND);
	fails(ws_connect(tcp(), "a", "/echo", "Bad Header: x\r\n", &cfg,
			 deadline_in(5000), &w),
	      ERR_INVALID);
	assert_null(w);
}

TEST(client_sends_protocol_and_headers)
{
	struct ws_config cfg = {.max_message = 1000, .protocol = "token"};
	struct ws *w;

	ok(ws_connect(tcp(), "a", "/echo", "Cookie: jwt=x\r\n", &cfg, deadline_in(5000),
		      &w));
	ws_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_text_message_is_echoed),
		cmocka_unit_test(fragments_are_joined_and_pings_answered),
		cmocka_unit_test(protocol_is_echoed),
		cmocka_unit_test(message_before_close_is_received),
		cmocka_unit_test(violations_close_with_their_code),
		cmocka_unit_test(improper_upgrades_are_refused),
		cmocka_unit_test(messages_of_all_sizes_pass),
		cmocka_unit_test(many_messages_keep_their_order),
		cmocka_unit_test(server_close_reaches_client),
		cmocka_unit_test(receiving_times_out_and_goes_on),
		cmocka_unit_test(sender_is_slowed_by_a_peer_that_does_not_read),
		cmocka_unit_test(silent_peer_is_given_up),
		cmocka_unit_test(answered_pings_keep_the_connection),
		cmocka_unit_test(shutdown_cancels_handlers),
		cmocka_unit_test(client_tells_why_it_was_refused),
		cmocka_unit_test(client_sends_protocol_and_headers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
