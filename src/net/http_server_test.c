/* SPDX-License-Identifier: Apache-2.0
 * Tests of the HTTP server: routes, bodies, answers, errors, hooks.
 */
#include <net/http_server_test.h>
#include <stdio.h>

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
	assert_int_equal(counts.before_calls, 3);
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
	assert_int_equal(counts.before_calls, 0);
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

static void with_config(void *arg)
{
	struct http_server_config cfg = {.name = "test", .before = before, .cors = true};

	run_with(before_hook_main, &cfg);
	counts.before_calls = 0;
	run_with(cors_main, &cfg);
	cfg = (struct http_server_config){
		.name = "test", .on_error = error_hook, .on_unknown = unknown_hook};
	run_with(hooks_main, &cfg);
}

static void configured_behaviour(void **state)
{
	counts = (struct http_test_counts){0};
	rt_main(with_config, NULL);
}

/* A second listener with TLS, on which somebody never shakes hands. */
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_answer_has_length_type_and_date),
		cmocka_unit_test(routes_match),
		cmocka_unit_test(badly_encoded_path_is_invalid),
		cmocka_unit_test(unknown_route_gets_express_page),
		cmocka_unit_test(head_follows_get_without_body),
		cmocka_unit_test(large_bodies_come_through),
		cmocka_unit_test(continue_is_sent_when_the_route_takes_the_body),
		cmocka_unit_test(body_over_limit_is_refused),
		cmocka_unit_test(json_bodies),
		cmocka_unit_test(errors_become_statuses),
		cmocka_unit_test(header_values_cannot_split_the_answer),
		cmocka_unit_test(stream_is_chunked),
		cmocka_unit_test(stream_to_http_1_0_ends_with_the_connection),
		cmocka_unit_test(broken_stream_is_cut),
		cmocka_unit_test(configured_behaviour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
