/* SPDX-License-Identifier: Apache-2.0
 * Answers of the HTTP server: heads, bodies, streams, standard pages, and what handlers
 * use to read requests and fill answers.
 */
#include <net/http_server_priv.h>
#include <base/json.h>
#include <base/log.h>
#include <stdlib.h>

/* Answers up to this go out as one write, head and body. */
#define ONE_WRITE_MAX 32768
#define DEFAULT_TYPE "application/json; charset=utf-8"

const char *http_date(void)
{
	static char text[CLOCK_HTTP_SIZE];
	static int64_t second = -1;
	int64_t now = clock_wall_ms() / 1000;

	if (now != second) {
		second = now;
		clock_http(now * 1000, text);
	}
	return text;
}

static void add_field(struct buf *b, const char *name, struct str value)
{
	buf_adds(b, name);
	buf_adds(b, ": ");
	buf_addstr(b, value);
	buf_adds(b, "\r\n");
}

/* Status line and fields without the framing ones and the empty line. */
static void head_start(struct http_exchange *x, struct buf *b)
{
	const struct http_res *res = &x->res;

	buf_addf(b, "HTTP/1.1 %d ", res->status);
	buf_adds(b, http_reason(res->status));
	buf_adds(b, "\r\nDate: ");
	buf_adds(b, http_date());
	buf_adds(b, "\r\n");
	if (x->conn->server->cfg.cors)
		buf_adds(b, "Access-Control-Allow-Origin: *\r\n");
	for (size_t i = 0; i < res->n_headers; i++) {
		buf_addstr(b, res->headers[i].name);
		buf_adds(b, ": ");
		buf_addstr(b, res->headers[i].value);
		buf_adds(b, "\r\n");
	}
	if (x->close)
		buf_adds(b, "Connection: close\r\n");
	else if (x->head.minor == 0)
		buf_adds(b, "Connection: keep-alive\r\n");
}

static void decide_close(struct http_exchange *x)
{
	x->close = x->close || x->res.close || !x->head.keep_alive || !x->body.done ||
		   x->conn->server->stopping;
}

static void count(struct http_exchange *x)
{
	struct http_server_stats *st = &x->conn->server->stats;
	unsigned class = (unsigned)x->res.status / 100;

	st->requests++;
	st->by_class[class < ARRAY_LEN(st->by_class) ? class : 0]++;
}

struct err *http_reply_send(struct http_exchange *x)
{
	struct http_res *res = &x->res;
	struct http_conn *c = x->conn;
	bool bodiless = res->status == 204 || res->status == 304 || res->status < 200;
	struct str body = bodiless ? (struct str){"", 0} : buf_str(&res->body);
	_cleanup_(buf_fini) struct buf out = {0};

	OB_ASSERT(x->reply == REPLY_NONE);
	x->reply = REPLY_DONE;
	decide_close(x);
	count(x);
	buf_reserve(&out, 512 + (body.n <= ONE_WRITE_MAX ? body.n : 0));
	head_start(x, &out);
	if (body.n > 0 && res->content_type != NULL)
		add_field(&out, "Content-Type", str_of(res->content_type));
	if (!bodiless)
		buf_addf(&out, "Content-Length: %zu\r\n", body.n);
	buf_adds(&out, "\r\n");
	if (x->head_only)
		body.n = 0;
	struct deadline until = http_conn_write_deadline(c, out.len + body.n);
	if (body.n <= ONE_WRITE_MAX) {
		buf_addstr(&out, body);
		return http_conn_write(c, out.p, out.len, until);
	}
	TRY(http_conn_write(c, out.p, out.len, until));
	return http_conn_write(c, body.p, body.n, until);
}

struct err *http_res_stream_begin(struct http_req *req, struct http_res *res)
{
	struct http_exchange *x = http_exchange_of(req);
	_cleanup_(buf_fini) struct buf out = {0};

	OB_ASSERT(x->reply == REPLY_NONE && res == &x->res);
	x->reply = REPLY_STREAM;
	/* HTTP/1.0 knows no chunks: there the end of the stream is the end of the answer.
	 */
	x->close = x->head.minor == 0;
	decide_close(x);
	count(x);
	head_start(x, &out);
	if (res->content_type != NULL)
		add_field(&out, "Content-Type", str_of(res->content_type));
	if (x->head.minor == 1)
		buf_adds(&out, "Transfer-Encoding: chunked\r\n");
	buf_adds(&out, "\r\n");
	return http_conn_write(x->conn, out.p, out.len,
			       http_conn_write_deadline(x->conn, out.len));
}

struct err *http_res_stream_write(struct http_req *req, struct str data)
{
	struct http_exchange *x = http_exchange_of(req);
	struct deadline until = http_conn_write_deadline(x->conn, data.n);
	_cleanup_(buf_fini) struct buf out = {0};

	OB_ASSERT(x->reply == REPLY_STREAM);
	TRY(fiber_breathe());
	/* An empty chunk would end the answer. */
	if (data.n == 0 || x->head_only)
		return NULL;
	if (x->head.minor == 0)
		return http_conn_write(x->conn, data.p, data.n, until);
	buf_reserve(&out, data.n + 24);
	buf_addf(&out, "%zx\r\n", data.n);
	buf_addstr(&out, data);
	buf_adds(&out, "\r\n");
	return http_conn_write(x->conn, out.p, out.len, until);
}

struct err *http_res_stream_end(struct http_req *req)
{
	struct http_exchange *x = http_exchange_of(req);

	OB_ASSERT(x->reply == REPLY_STREAM);
	x->reply = REPLY_DONE;
	if (x->head.minor == 0 || x->head_only)
		return NULL;
	return http_conn_write(x->conn, "0\r\n\r\n", 5,
			       http_conn_write_deadline(x->conn, 5));
}

void http_reply_reset(struct http_exchange *x)
{
	buf_fini(&x->res.body);
	x->res = (struct http_res){
		.arena = x->req.arena, .status = 200, .content_type = DEFAULT_TYPE};
}

int http_err_status(enum err_kind kind)
{
	switch (kind) {
	case ERR_INVALID:
		return 400;
	case ERR_UNAUTHENTICATED:
		return 401;
	case ERR_FORBIDDEN:
		return 403;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_CONFLICT:
		return 409;
	case ERR_TOO_LARGE:
		return 413;
	case ERR_LIMITED:
		return 429;
	case ERR_TIMEOUT:
		return 504;
	case ERR_UNAVAILABLE:
	case ERR_CANCELLED:
		return 503;
	case ERR_DEVICE:
	case ERR_CLOSED:
		return 502;
	case ERR_INTERNAL:
		break;
	}
	return 500;
}

/* What callers may fix is told in full; of what failed behind us only the outermost
 * message, since causes name addresses and statements. */
static void default_error(struct http_req *req, const struct err *e, struct http_res *res)
{
	int status = http_err_status(e->kind);
	const char *text = status < 500 ? err_str(e, res->arena)
			   : e->kind == ERR_INTERNAL
				   ? "The server failed; its log says why"
				   : e->msg;
	json_t *j = json_pack("{s:s, s:s}", "error", http_reason(status),
			      "errorDescription", text);

	/* A message may quote a peer's bytes that are no UTF-8. */
	if (j == NULL)
		j = json_pack("{s:s}", "error", http_reason(status));
	http_res_json(res, status, j);
}

void http_reply_error(struct http_exchange *x, const struct err *e)
{
	const struct http_server_config *cfg = &x->conn->server->cfg;
	bool close = x->res.close;

	http_reply_reset(x);
	x->res.close = close;
	if (cfg->on_error != NULL)
		cfg->on_error(&x->req, e, &x->res);
	else
		default_error(&x->req, e, &x->res);
	if (e->kind == ERR_TOO_LARGE)
		x->res.close = true;
	if (x->res.status >= 500)
		log_warn("request failed", F_STR("server", cfg->name),
			 F_SLICE("method", x->req.method), F_SLICE("path", x->req.path),
			 F_I64("status", x->res.status), F_ERR(e));
}

static void add_html(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&':
			buf_adds(b, "&amp;");
			break;
		case '<':
			buf_adds(b, "&lt;");
			break;
		case '>':
			buf_adds(b, "&gt;");
			break;
		case '"':
			buf_adds(b, "&quot;");
			break;
		case '\'':
			buf_adds(b, "&#39;");
			break;
		default:
			buf_addc(b, s.p[i]);
		}
	}
}

void http_reply_unknown(struct http_exchange *x)
{
	const struct http_server_config *cfg = &x->conn->server->cfg;
	struct buf *b = &x->res.body;

	x->res.status = 404;
	if (cfg->on_unknown != NULL) {
		cfg->on_unknown(&x->req, &x->res);
		return;
	}
	x->res.content_type = "text/html; charset=utf-8";
	http_res_header(&x->res, "Content-Security-Policy", "default-src 'none'");
	http_res_header(&x->res, "X-Content-Type-Options", "nosniff");
	buf_adds(b,
		 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		 "<title>Error</title>\n</head>\n<body>\n<pre>Cannot ");
	add_html(b, x->req.method);
	buf_addc(b, ' ');
	add_html(b, x->req.path);
	buf_adds(b, "</pre>\n</body>\n</html>\n");
}

void http_reply_preflight(struct http_exchange *x)
{
	struct str wants = http_header_str(&x->head, "Access-Control-Request-Headers");

	x->res.status = 204;
	http_res_header(&x->res, "Access-Control-Allow-Methods",
			"GET,HEAD,PUT,PATCH,POST,DELETE");
	if (wants.n > 0) {
		http_res_header(&x->res, "Access-Control-Allow-Headers",
				str_dup(x->res.arena, wants));
		http_res_header(&x->res, "Vary", "Access-Control-Request-Headers");
	}
}

const char *http_param(const struct http_req *req, const char *name)
{
	for (size_t i = 0; i < req->n_params; i++) {
		if (strcmp(req->params[i].name, name) == 0)
			return req->params[i].value;
	}
	return NULL;
}

const char *http_req_query(const struct http_req *req, const char *name)
{
	return http_query(req->arena, req->query, name);
}

struct err *http_req_json(struct http_req *req, json_t **out)
{
	struct http_exchange *x = http_exchange_of(req);
	json_error_t why;

	*out = x->json;
	if (req->body.n == 0 || x->json != NULL)
		return NULL;
	x->json = json_read(req->body, 0, &why);
	if (x->json == NULL)
		return err_new(ERR_INVALID,
			       "The body is no valid JSON: line %d column %d: %s",
			       why.line, why.column, why.text);
	*out = x->json;
	return NULL;
}

void http_res_header(struct http_res *res, const char *name, const char *value)
{
	OB_ASSERT(res->n_headers < ARRAY_LEN(res->headers));
	char *copy = arena_strdup(res->arena, value);
	for (char *p = copy; *p != '\0'; p++) {
		if ((uint8_t)*p < ' ' || *p == 0x7f)
			*p = ' ';
	}
	res->headers[res->n_headers++] =
		(struct http_header){{name, strlen(name)}, {copy, strlen(copy)}};
}

static int json_to_buf(const char *p, size_t n, void *arg)
{
	buf_add(arg, p, n);
	return 0;
}

void http_res_json(struct http_res *res, int status, json_t *take_json)
{
	OB_ASSERT(take_json != NULL);
	res->status = status;
	res->content_type = DEFAULT_TYPE;
	buf_clear(&res->body);
	json_dump_callback(take_json, json_to_buf, &res->body,
			   JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(take_json);
}

void http_res_text(struct http_res *res, int status, const char *content_type,
		   const char *text)
{
	res->status = status;
	res->content_type = content_type;
	buf_clear(&res->body);
	buf_adds(&res->body, text);
}
