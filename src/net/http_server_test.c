/* SPDX-License-Identifier: Apache-2.0
 * Tests of the HTTP server over loopback sockets with bytes as clients send them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/http_server.h>
#include <stdio.h>
#include <stdlib.h>

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

static struct http_server *server;
static struct arena arena;
static int slow_started, slow_ended, slow_cancelled, before_calls;

static void ok(struct err *e)
{
	if (e != NULL)
		print_error("%s: %s\n", err_kind_name(e->kind), e->msg);
	assert_null(e);
}

/* --- handlers --- */

static struct err *hello(struct http_req *req, struct http_res *res)
{
	http_res_json(res, 200, json_pack("{s:s}", "hello", "world"));
	return NULL;
}

static struct err *echo(struct http_req *req, struct http_res *res)
{
	res->content_type = "application/octet-stream";
	buf_addstr(&res->body, req->body);
	return NULL;
}

static struct err *json(struct http_req *req, struct http_res *res)
{
	json_t *j, *again;

	TRY(http_req_json(req, &j));
	TRY(http_req_json(req, &again));
	assert_ptr_equal(j, again);
	http_res_json(res, 201, j != NULL ? json_incref(j) : json_null());
	return NULL;
}

/* Shows what the router made of the request. */
static struct err *show(struct http_req *req, struct http_res *res)
{
	const char *q = http_req_query(req, "$top");

	buf_addf(&res->body, "%s %s " STR_FMT, (const char *)req->route->data,
		 req->route->path, STR_ARG(req->path));
	for (size_t i = 0; i < req->n_params; i++)
		buf_addf(&res->body, " %s=%s", req->params[i].name, req->params[i].value);
	if (http_param(req, "guid") != NULL)
		buf_addf(&res->body, " guid:%s", http_param(req, "guid"));
	if (q != NULL)
		buf_addf(&res->body, " top=%s", q);
	res->content_type = "text/plain";
	return NULL;
}

static struct err *slow(struct http_req *req, struct http_res *res)
{
	slow_started++;
	struct err *e = fiber_sleep_ms(atoi(http_req_query(req, "ms")));
	slow_ended++;
	slow_cancelled += err_is(e, ERR_CANCELLED);
	http_res_text(res, 200, "text/plain", "slept");
	return e;
}

static struct err *failing(struct http_req *req, struct http_res *res)
{
	int kind = atoi(http_req_query(req, "kind"));

	http_res_text(res, 200, "text/plain", "must not be seen");
	return err_wrap(err_new((enum err_kind)kind, "the cause"), "the message");
}

static struct err *big(struct http_req *req, struct http_res *res)
{
	for (int i = 0; i < 300000; i++)
		buf_addc(&res->body, (char)('a' + i % 26));
	return NULL;
}

static struct err *medium(struct http_req *req, struct http_res *res)
{
	memset(buf_reserve(&res->body, 16000), 'm', 16000);
	res->body.len = 16000;
	return NULL;
}

static struct err *no_content(struct http_req *req, struct http_res *res)
{
	res->status = 204;
	return NULL;
}

static struct err *headers(struct http_req *req, struct http_res *res)
{
	char value[] = "a\r\nb: c";

	http_res_header(res, "X-Test", value);
	value[0] = '!';
	res->content_type = NULL;
	res->close = true;
	buf_adds(&res->body, "x");
	return NULL;
}

static struct err *stream(struct http_req *req, struct http_res *res)
{
	const char *broken = http_req_query(req, "broken");

	res->content_type = "text/event-stream";
	TRY(http_res_stream_begin(req, res));
	TRY(http_res_stream_write(req, STR("data: 1\n\n")));
	TRY(http_res_stream_write(req, STR("")));
	TRY(fiber_yield());
	TRY(http_res_stream_write(req, STR("data: 22\n\n")));
	if (broken != NULL)
		return err_new(ERR_DEVICE, "the device went away");
	return http_req_query(req, "end") != NULL ? http_res_stream_end(req) : NULL;
}

static struct err *before(struct http_req *req, struct http_res *res, bool *answered)
{
	struct str token = http_header_str(req->head, "Authorization");

	before_calls++;
	assert_null(req->body.p);
	if (str_eqz(token, "none"))
		return err_new(ERR_UNAUTHENTICATED, "who are you");
	if (str_eqz(token, "answer")) {
		http_res_text(res, 202, "text/plain", "by the hook");
		*answered = true;
	}
	req->caller = &before_calls;
	return NULL;
}

static const struct http_route routes[] = {
	{"GET", "/", show, 1, .data = "root"},
	{"GET", "/api/v1/hello", hello, 1},
	{"POST", "/api/v1/echo", echo, 1, .max_body = 100000, .time_ms = 300},
	{"POST", "/api/v1/small", echo, 1, .max_body = 10},
	{"POST", "/api/v1/json", json, 1},
	{"GET", "/api/v1/devices", show, 1, .data = "list"},
	{"GET", "/api/v1/devices/stats", show, 1, .data = "stats"},
	{"GET", "/api/v1/devices/{guid}", show, 1, .data = "one"},
	{"DELETE", "/api/v1/devices/{id}", show, 1, .data = "delete"},
	{"GET", "/api/v1/devices/{guid}/power/{action}", show, 1, .data = "power"},
	{"GET", "/api/v1/devices/stats/now", show, 1, .data = "now"},
	{"GET", "/slow", slow, 1},
	{"GET", "/fail", failing, 1},
	{"GET", "/big", big, 1},
	{"GET", "/medium", medium, 1},
	{"GET", "/none", no_content, 1},
	{"GET", "/headers", headers, 1},
	{"GET", "/stream", stream, 1},
};

/* --- a client --- */

struct client {
	struct stream *s;
	struct buf in;
};

struct answer {
	struct http_head head; /* slices into the arena */
	struct str body;
	bool truncated;
};

static struct client client_open(void)
{
	struct client c = {0};

	ok(socket_connect("127.0.0.1", http_server_port(server, 0), NULL,
			  deadline_in(5000), &c.s));
	return c;
}

static void client_close(struct client *c)
{
	stream_free(c->s);
	buf_fini(&c->in);
}

static void client_send(struct client *c, const char *p, size_t n)
{
	ok(stream_write(c->s, p, n, deadline_in(5000)));
}

static void client_puts(struct client *c, const char *text)
{
	client_send(c, text, strlen(text));
}

/* False at the end of the stream. */
static bool client_more(struct client *c)
{
	size_t n;
	char *p = buf_reserve(&c->in, 65536);

	ok(stream_read(c->s, p, 65536, deadline_in(5000), &n));
	c->in.len += n;
	return n > 0;
}

/* True when the server closes without a further byte. */
static bool client_at_end(struct client *c)
{
	return c->in.len == 0 && !client_more(c);
}

static struct answer client_answer(struct client *c, bool to_head)
{
	struct answer a = {0};
	struct http_body b;
	struct buf body = {0};
	ssize_t n;

	while ((n = http_parse_response(&a.head, c->in.p, c->in.len)) == 0)
		assert_true(client_more(c));
	assert_true(n > 0);
	char *head = arena_memdup(&arena, c->in.p, (size_t)n);
	assert_int_equal(http_parse_response(&a.head, head, (size_t)n), n);
	buf_consume(&c->in, (size_t)n);
	http_body_response(&b, &a.head, to_head);
	while (!b.done) {
		struct str data;
		ssize_t r = http_body_feed(&b, c->in.p, c->in.len, &data);
		assert_true(r >= 0);
		buf_addstr(&body, data);
		buf_consume(&c->in, (size_t)r);
		if (r == 0 && !client_more(c)) {
			a.truncated = b.kind != HTTP_BODY_CLOSE;
			break;
		}
	}
	a.body = str_of(str_dup(&arena, buf_str(&body)));
	buf_fini(&body);
	return a;
}

/* One request on a connection of its own. */
static struct answer ask(const char *request)
{
	struct client c = client_open();

	client_puts(&c, request);
	struct answer a = client_answer(&c, strncmp(request, "HEAD", 4) == 0);
	client_close(&c);
	return a;
}

static void check(struct answer a, int status, const char *body)
{
	assert_int_equal(a.head.status, status);
	if (body != NULL)
		assert_string_equal(a.body.p, body);
}

static void run_with(rt_fn *fn, const struct http_server_config *cfg)
{
	ok(NULL);
	server = http_server_new(cfg);
	http_server_routes(server, routes, ARRAY_LEN(routes));
	ok(http_server_listen(server, "127.0.0.1:0", NULL));
	fn(NULL);
	http_server_shutdown(server, deadline_in(2000));
	http_server_free(server);
	arena_fini(&arena);
}

static void in_fiber(void *arg)
{
	/* Short times, as the tests of time-outs wait for them. */
	struct http_server_config cfg = {
		.name = "test", .head_ms = 150, .idle_ms = 400, .write_ms = 300};

	run_with(*(rt_fn **)arg, &cfg);
}

static void run(rt_fn *fn)
{
	slow_started = slow_ended = slow_cancelled = before_calls = 0;
	rt_main(in_fiber, &fn);
}

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		run(name##_body);           \
	}                                   \
	static void name##_body(void *arg)

/* --- tests --- */

TEST(json_answer_has_length_type_and_date)
{
	struct answer a = ask(GET("/api/v1/hello"));

	check(a, 200, "{\"hello\":\"world\"}");
	assert_true(str_eqz(http_header_str(&a.head, "content-type"),
			    "application/json; charset=utf-8"));
	assert_true(str_eqz(http_header_str(&a.head, "content-length"), "17"));
	assert_true(str_ends(http_header_str(&a.head, "date"), STR(" GMT")));
	assert_null(http_header(&a.head, "access-control-allow-origin"));
	assert_null(http_header(&a.head, "connection"));
}

TEST(routes_match)
{
	static const struct {
		const char *request, *body; /* NULL: 404 */
	} t[] = {
		{GET("/"), "root / /"},
		{GET("/api/v1/devices"), "list /api/v1/devices /api/v1/devices"},
		{GET("/API/V1/Devices/"), "list /api/v1/devices /API/V1/Devices/"},
		{GET("/api/v1/devices?%24top=5&x"),
		 "list /api/v1/devices /api/v1/devices top=5"},
		{GET("/api/v1/devices//"), NULL},
		{GET("//api/v1/devices"), NULL},
		{GET("/api/v1/devices/stats"),
		 "stats /api/v1/devices/stats /api/v1/devices/stats"},
		{GET("/api/v1/devices/STATS/"),
		 "stats /api/v1/devices/stats /api/v1/devices/STATS/"},
		{GET("/api/v1/devices/aB%2fc"),
		 "one /api/v1/devices/{guid} /api/v1/devices/aB/c guid=aB/c guid:aB/c"},
		{GET("/api/v1/devices/stats/now"),
		 "now /api/v1/devices/stats/now /api/v1/devices/stats/now"},
		/* The literal leads nowhere, so it is a guid. */
		{GET("/api/v1/devices/stats/power/2"),
		 "power /api/v1/devices/{guid}/power/{action} "
		 "/api/v1/devices/stats/power/2 "
		 "guid=stats action=2 guid:stats"},
		{"DELETE /api/v1/devices/stats HTTP/1.1\r\n" HOST "\r\n",
		 "delete /api/v1/devices/{id} /api/v1/devices/stats id=stats"},
		{"GET http://a:1/api/v1/devices?$top=1 HTTP/1.1\r\n" HOST "\r\n",
		 "list /api/v1/devices /api/v1/devices top=1"},
		{"GET http://a HTTP/1.1\r\n" HOST "\r\n", "root / /"},
		{"GET http://a?x HTTP/1.1\r\n" HOST "\r\n", "root / /"},
		{"POST /api/v1/devices HTTP/1.1\r\n" HOST "\r\n", NULL},
		{"get /api/v1/devices HTTP/1.1\r\n" HOST "\r\n", NULL},
		{"OPTIONS /api/v1/devices HTTP/1.1\r\n" HOST "\r\n", NULL},
		{"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", NULL},
		{GET("/api/v1"), NULL},
		{GET("/api/v1/devicesx"), NULL},
		{GET("/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s"), NULL},
		{GET("/api/v1/devices/x/power"), NULL},
	};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct answer a = ask(t[i].request);
		bool fine = t[i].body != NULL
				    ? a.head.status == 200 && str_eqz(a.body, t[i].body)
				    : a.head.status == 404;
		if (!fine)
			fail_msg("%s: %d %s", t[i].request, a.head.status, a.body.p);
	}
}

TEST(badly_encoded_path_is_invalid)
{
	check(ask(GET("/api/v1/devices/%zz")), 400, NULL);
	check(ask(GET("/api/v1/devices/%00")), 400, NULL);
	check(ask(GET("/api/v1/devices/%ff")), 400, NULL);
	check(ask(GET("/api/v1/devices/%ed%a0%80")), 400, NULL);
	check(ask(GET("/api/v1/devices/%c3%a4")), 200,
	      "one /api/v1/devices/{guid} /api/v1/devices/\xc3\xa4 guid=\xc3\xa4 "
	      "guid:\xc3\xa4");
}

TEST(unknown_route_gets_express_page)
{
	struct answer a = ask(GET("/<b>&'x'?secret=1"));

	check(a, 404,
	      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<title>Error</title>\n</head>\n<body>\n"
	      "<pre>Cannot GET /&lt;b&gt;&amp;&#39;x&#39;</pre>\n</body>\n</html>\n");
	assert_true(str_eqz(http_header_str(&a.head, "content-type"),
			    "text/html; charset=utf-8"));
}

TEST(head_follows_get_without_body)
{
	struct client c = client_open();

	client_puts(&c, "HEAD /api/v1/hello HTTP/1.1\r\n" HOST "\r\n" GET("/none"));
	struct answer a = client_answer(&c, true);
	check(a, 200, "");
	assert_true(str_eqz(http_header_str(&a.head, "content-length"), "17"));
	a = client_answer(&c, false);
	check(a, 204, "");
	assert_null(http_header(&a.head, "content-length"));
	assert_null(http_header(&a.head, "content-type"));
	client_close(&c);
}

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

TEST(large_bodies_come_through)
{
	struct client c = client_open();
	struct buf b = {0}, want = {0};

	for (int i = 0; i < 100000; i++)
		buf_addc(&want, (char)('a' + i % 23));
	buf_adds(&b,
		 "POST /api/v1/echo HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n");
	buf_addstr(&b, buf_str(&want));
	buf_adds(&b, "POST /api/v1/echo HTTP/1.1\r\n" HOST
		     "Transfer-Encoding: chunked\r\n\r\n");
	for (size_t at = 0; at < want.len; at += 1000) {
		buf_adds(&b, "03E8\r\n");
		buf_add(&b, want.p + at, 1000);
		buf_adds(&b, "\r\n");
	}
	buf_adds(&b, "0\r\n\r\n" GET("/big"));
	client_send(&c, b.p, b.len);
	check(client_answer(&c, false), 200, want.p);
	check(client_answer(&c, false), 200, want.p);
	struct answer a = client_answer(&c, false);
	assert_int_equal(a.body.n, 300000);
	assert_int_equal(a.body.p[299999], 'a' + 299999 % 26);
	client_close(&c);
	buf_fini(&b);
	buf_fini(&want);
}

TEST(continue_is_sent_when_the_route_takes_the_body)
{
	struct client c = client_open();

	client_puts(&c, "POST /api/v1/echo HTTP/1.1\r\n" HOST
			"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	check(client_answer(&c, false), 100, NULL);
	client_puts(&c, "abc");
	check(client_answer(&c, false), 200, "abc");
	/* Refused ones are told so instead. */
	client_puts(&c, "POST /api/v1/small HTTP/1.1\r\n" HOST
			"Content-Length: 30\r\nExpect: 100-continue\r\n\r\n");
	check(client_answer(&c, false), 413, NULL);
	assert_true(client_at_end(&c));
	client_close(&c);
}

TEST(body_over_limit_is_refused)
{
	static const char *const requests[] = {
		"POST /api/v1/small HTTP/1.1\r\n" HOST
		"Content-Length: 11\r\n\r\n12345678901",
		"POST /api/v1/small HTTP/1.1\r\n" HOST
		"Content-Length: 99999999999\r\n\r\n",
		"POST /api/v1/small HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct client c = client_open();
		client_puts(&c, requests[i]);
		struct answer a = client_answer(&c, false);
		check(a, 413, NULL);
		assert_true(client_at_end(&c));
		client_close(&c);
	}
	check(ask("POST /api/v1/small HTTP/1.1\r\n" HOST
		  "Content-Length: 10\r\n\r\n1234567890"),
	      200, "1234567890");
}

/* Closing with unread input sends a reset, which would destroy the answer. */
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
	struct client c = client_open(), used = client_open();
	int64_t start = clock_mono_ms();

	client_puts(&used, GET("/"));
	check(client_answer(&used, false), 200, NULL);
	assert_true(client_at_end(&c));
	assert_true(client_at_end(&used));
	assert_in_range(clock_mono_ms() - start, 300, 2000);
	assert_int_equal(http_server_stats(server).connections, 0);
	client_close(&c);
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
	while (slow_started == 0)
		ok(fiber_yield());
	ok(fiber_sleep_ms(20));
	assert_int_equal(slow_ended, 0);
	client_close(&c);
	while (slow_ended == 0)
		ok(fiber_yield());
	assert_int_equal(slow_cancelled, 1);
	ok(fiber_sleep_ms(20));
	assert_int_equal(slow_started, 1);
	assert_int_equal(http_server_stats(server).connections, 0);
	assert_true(clock_mono_ms() - start < 2000);
}

TEST(json_bodies)
{
#define JSON(n, text) \
	"POST /api/v1/json HTTP/1.1\r\n" HOST "Content-Length: " #n "\r\n\r\n" text
	char deep[200] =
		"POST /api/v1/json HTTP/1.1\r\n" HOST "Content-Length: 66\r\n\r\n";

	check(ask(JSON(13, "{\"a\": [1, 2]}")), 201, "{\"a\":[1,2]}");
	check(ask(JSON(0, "")), 201, "null");
	check(ask(JSON(5, "{\"a\":")), 400, NULL);
	check(ask(JSON(7, "{\"a\" 1}")), 400, NULL);
	check(ask(JSON(1, "1")), 400, NULL);
	check(ask(JSON(6, "{}{}{}")), 400, NULL);
	check(ask(JSON(5, "[\"\xff\"]")), 400, NULL);
	check(ask(JSON(39, "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"\"]")), 201, NULL);
	for (int i = 0; i < 33; i++)
		strcat(deep, "[");
	for (int i = 0; i < 33; i++)
		strcat(deep, "]");
	struct answer a = ask(deep);
	check(a, 400, NULL);
	assert_true(str_find(a.body, STR("nested deeper than 32")) >= 0);
}

TEST(errors_become_statuses)
{
	static const struct {
		enum err_kind kind;
		int status;
		const char *text;
	} t[] = {
		{ERR_INVALID, 400, "the message: the cause"},
		{ERR_UNAUTHENTICATED, 401, "the message: the cause"},
		{ERR_FORBIDDEN, 403, "the message: the cause"},
		{ERR_NOT_FOUND, 404, "the message: the cause"},
		{ERR_CONFLICT, 409, "the message: the cause"},
		{ERR_TOO_LARGE, 413, "the message: the cause"},
		{ERR_TIMEOUT, 504, "\"the message\""},
		{ERR_UNAVAILABLE, 503, "\"the message\""},
		{ERR_DEVICE, 502, "\"the message\""},
		{ERR_CLOSED, 502, "\"the message\""},
		{ERR_CANCELLED, 503, "\"the message\""},
		{ERR_INTERNAL, 500, "its log says why"},
	};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		char request[80];
		snprintf(request, sizeof(request), GET("/fail?kind=%d"), t[i].kind);
		struct answer a = ask(request);
		check(a, t[i].status, NULL);
		assert_true(str_find(a.body, str_of(t[i].text)) >= 0);
		assert_true(str_find(a.body, STR("\"error\":")) >= 0);
	}
}

TEST(header_values_cannot_split_the_answer)
{
	struct answer a = ask(GET("/headers"));

	check(a, 200, "x");
	assert_true(str_eqz(http_header_str(&a.head, "x-test"), "a  b: c"));
	assert_null(http_header(&a.head, "content-type"));
}

TEST(stream_is_chunked)
{
	struct client c = client_open();

	client_puts(&c, GET("/stream") GET("/stream?end=1") GET("/"));
	for (int i = 0; i < 2; i++) {
		struct answer a = client_answer(&c, false);
		check(a, 200, "data: 1\n\ndata: 22\n\n");
		assert_true(a.head.chunked && !a.truncated);
		assert_true(str_eqz(http_header_str(&a.head, "content-type"),
				    "text/event-stream"));
	}
	check(client_answer(&c, false), 200, "root / /");
	client_puts(&c, "HEAD /stream HTTP/1.1\r\n" HOST "\r\n" GET("/"));
	check(client_answer(&c, true), 200, "");
	check(client_answer(&c, false), 200, "root / /");
	client_close(&c);
}

TEST(stream_to_http_1_0_ends_with_the_connection)
{
	struct answer a = ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

	check(a, 200, "data: 1\n\ndata: 22\n\n");
	assert_false(a.head.chunked || a.head.keep_alive || a.truncated);
}

TEST(broken_stream_is_cut)
{
	struct client c = client_open();

	client_puts(&c, GET("/stream?broken=1"));
	struct answer a = client_answer(&c, false);
	assert_true(a.truncated);
	assert_true(client_at_end(&c));
	client_close(&c);
}

static void before_hook_main(void *arg)
{
	struct client c = client_open();

	client_puts(&c, "POST /api/v1/echo HTTP/1.1\r\n" HOST
			"Authorization: none\r\nContent-Length: 3\r\n\r\nabc");
	check(client_answer(&c, false), 401, NULL);
	client_puts(&c, "POST /api/v1/echo HTTP/1.1\r\n" HOST
			"Authorization: answer\r\nContent-Length: 3\r\n\r\nabc");
	check(client_answer(&c, false), 202, "by the hook");
	/* Nobody is asked to send a body that will not be taken. */
	client_puts(&c, "POST /api/v1/echo HTTP/1.1\r\n" HOST
			"Authorization: none\r\nContent-Length: 3\r\nExpect: "
			"100-continue\r\n\r\n");
	check(client_answer(&c, false), 401, NULL);
	assert_true(client_at_end(&c));
	client_close(&c);
	check(ask(GET("/unknown")), 404, NULL);
	assert_int_equal(before_calls, 3);
}

static void cors_main(void *arg)
{
	struct answer a =
		ask("OPTIONS /any HTTP/1.1\r\n" HOST "Origin: http://x\r\n"
		    "Access-Control-Request-Method: PATCH\r\n"
		    "Access-Control-Request-Headers: authorization,content-type\r\n\r\n");

	check(a, 204, "");
	assert_true(
		str_eqz(http_header_str(&a.head, "access-control-allow-origin"), "*"));
	assert_true(str_eqz(http_header_str(&a.head, "access-control-allow-methods"),
			    "GET,HEAD,PUT,PATCH,POST,DELETE"));
	assert_true(str_eqz(http_header_str(&a.head, "access-control-allow-headers"),
			    "authorization,content-type"));
	a = ask(GET("/unknown"));
	check(a, 404, NULL);
	assert_true(
		str_eqz(http_header_str(&a.head, "access-control-allow-origin"), "*"));
	assert_int_equal(before_calls, 0);
}

static void error_hook(struct http_req *req, const struct err *e, struct http_res *res)
{
	http_res_json(res, 418, json_pack("{s:s}", "mine", e->msg));
}

static void unknown_hook(struct http_req *req, struct http_res *res)
{
	http_res_text(res, 200, "text/html", "app");
}

static void hooks_main(void *arg)
{
	check(ask(GET("/fail?kind=0")), 418, "{\"mine\":\"the message\"}");
	check(ask(GET("/%zz")), 418, NULL);
	check(ask(GET("/unknown")), 200, "app");
}

static void limits_main(void *arg)
{
	struct client a = client_open(), b = client_open(), c = client_open();

	client_puts(&a, GET("/slow?ms=100"));
	while (slow_started == 0)
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

static void with_config(void *arg)
{
	struct http_server_config cfg = {.name = "test", .before = before, .cors = true};

	run_with(before_hook_main, &cfg);
	before_calls = 0;
	run_with(cors_main, &cfg);
	cfg = (struct http_server_config){
		.name = "test", .on_error = error_hook, .on_unknown = unknown_hook};
	run_with(hooks_main, &cfg);
	cfg = (struct http_server_config){
		.name = "test", .max_connections = 2, .max_inflight = 1};
	run_with(limits_main, &cfg);
}

static void configured_behaviour(void **state)
{
	slow_started = before_calls = 0;
	rt_main(with_config, NULL);
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
	while (slow_started == 0)
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
	while (slow_started == 0)
		ok(fiber_yield());
	http_server_shutdown(server, deadline_in(50));
	assert_int_equal(slow_cancelled, 1);
	assert_in_range(clock_mono_ms() - start, 40, 2000);
	check(client_answer(&c, false), 503, NULL);
	client_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_answer_has_length_type_and_date),
		cmocka_unit_test(routes_match),
		cmocka_unit_test(badly_encoded_path_is_invalid),
		cmocka_unit_test(unknown_route_gets_express_page),
		cmocka_unit_test(head_follows_get_without_body),
		cmocka_unit_test(connection_is_kept_alive),
		cmocka_unit_test(connection_closes_when_asked),
		cmocka_unit_test(http_1_0_is_kept_alive_on_request),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(pipelined_behind_slow_request_waits),
		cmocka_unit_test(bytes_come_one_at_a_time),
		cmocka_unit_test(large_bodies_come_through),
		cmocka_unit_test(continue_is_sent_when_the_route_takes_the_body),
		cmocka_unit_test(body_over_limit_is_refused),
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
		cmocka_unit_test(json_bodies),
		cmocka_unit_test(errors_become_statuses),
		cmocka_unit_test(header_values_cannot_split_the_answer),
		cmocka_unit_test(stream_is_chunked),
		cmocka_unit_test(stream_to_http_1_0_ends_with_the_connection),
		cmocka_unit_test(broken_stream_is_cut),
		cmocka_unit_test(configured_behaviour),
		cmocka_unit_test(shutdown_waits_for_a_request_in_progress),
		cmocka_unit_test(shutdown_cancels_at_its_deadline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
