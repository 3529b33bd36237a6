/* SPDX-License-Identifier: Apache-2.0
 * Fixture of the HTTP server's tests: handlers, routes, client.
 */
#include <net/http_server_test.h>
#include <stdlib.h>

struct http_server *server;
struct http_test_counts counts;
static struct arena arena;

void ok(struct err *e)
{
	if (e != NULL)
		print_error("%s: %s\n", err_kind_name(e->kind), e->msg);
	assert_null(e);
}

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
	counts.slow_started++;
	struct err *e = fiber_sleep_ms(atoi(http_req_query(req, "ms")));
	counts.slow_ended++;
	counts.slow_cancelled += err_is(e, ERR_CANCELLED);
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

struct err *before(struct http_req *req, struct http_res *res, bool *answered)
{
	struct str token = http_header_str(req->head, "Authorization");

	counts.before_calls++;
	assert_null(req->body.p);
	if (str_eqz(token, "none"))
		return err_new(ERR_UNAUTHENTICATED, "who are you");
	if (str_eqz(token, "answer")) {
		http_res_text(res, 202, "text/plain", "by the hook");
		*answered = true;
	}
	req->caller = &counts.before_calls;
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

struct client client_open(void)
{
	struct client c = {0};

	ok(socket_connect("127.0.0.1", http_server_port(server, 0), NULL,
			  deadline_in(5000), &c.s));
	return c;
}

void client_close(struct client *c)
{
	stream_free(c->s);
	buf_fini(&c->in);
}

void client_send(struct client *c, const char *p, size_t n)
{
	ok(stream_write(c->s, p, n, deadline_in(5000)));
}

void client_puts(struct client *c, const char *text)
{
	client_send(c, text, strlen(text));
}

bool client_more(struct client *c)
{
	size_t n;
	char *p = buf_reserve(&c->in, 65536);

	ok(stream_read(c->s, p, 65536, deadline_in(5000), &n));
	c->in.len += n;
	return n > 0;
}

bool client_at_end(struct client *c)
{
	return c->in.len == 0 && !client_more(c);
}

struct answer client_answer(struct client *c, bool to_head)
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

struct answer ask(const char *request)
{
	struct client c = client_open();

	client_puts(&c, request);
	struct answer a = client_answer(&c, strncmp(request, "HEAD", 4) == 0);
	client_close(&c);
	return a;
}

void check(struct answer a, int status, const char *body)
{
	assert_int_equal(a.head.status, status);
	if (body != NULL)
		assert_string_equal(a.body.p, body);
}

void run_with(rt_fn *fn, const struct http_server_config *cfg)
{
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

void run(rt_fn *fn)
{
	counts = (struct http_test_counts){0};
	rt_main(in_fiber, &fn);
}
