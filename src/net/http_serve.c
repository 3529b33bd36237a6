/* SPDX-License-Identifier: Apache-2.0
 * One request after the other of a connection, in a fiber: route, before hook, body,
 * handler, answer. Everything of a request is in its arena and its exchange, released
 * when it was answered.
 */
#include <net/http_server_priv.h>
#include <base/log.h>

#define DEFAULT_MAX_BODY 102400
static const char CONTINUE[] = "HTTP/1.1 100 Continue\r\n\r\n";

/* Takes the rest of the body off the connection; keep: into body_bytes. ERR_TOO_LARGE
 * beyond max, ERR_INVALID malformed, ERR_TIMEOUT, ERR_CLOSED, ERR_CANCELLED. */
static struct err *body_take(struct http_exchange *x, size_t max, bool keep,
			     struct deadline until)
{
	struct http_conn *c = x->conn;
	size_t total = 0;

	while (!x->body.done) {
		struct str data;
		ssize_t r = http_body_feed(&x->body, c->in.p, c->in.len, &data);
		if (r < 0)
			return err_new(ERR_INVALID, "%s", x->body.error);
		if (r == 0) {
			TRY(http_conn_fill(c, until));
			continue;
		}
		total += data.n;
		if (total > max)
			return err_new(ERR_TOO_LARGE, "The body is larger than %zu bytes",
				       max);
		if (keep)
			buf_addstr(&x->body_bytes, data);
		buf_consume(&c->in, (size_t)r);
	}
	return NULL;
}

/* Nothing but a status, for bodies that were not sent as HTTP wants. */
static void reply_bare(struct http_exchange *x, int status, const char *why)
{
	http_conn_blame(x->conn, why, status);
	http_reply_reset(x);
	x->res.status = status;
	x->res.close = true;
}

/* The body, whole. *answered: it did not come and res says so. */
static struct err *body_read(struct http_exchange *x, bool *answered)
{
	uint32_t max = x->req.route->max_body;

	if (max == 0)
		max = DEFAULT_MAX_BODY;
	if (x->body.done)
		return NULL;
	if (x->head.has_length && x->head.length > max)
		return err_new(ERR_TOO_LARGE, "The body is larger than %u bytes", max);
	if (x->head.expect_continue && x->conn->in.len == 0)
		TRY(http_conn_write(x->conn, CONTINUE, sizeof(CONTINUE) - 1,
				    http_conn_write_deadline(x->conn, 0)));
	struct err *e = body_take(x, max, true, x->req.until);
	bool late = err_is(e, ERR_TIMEOUT);
	if (late || err_is(e, ERR_INVALID)) {
		reply_bare(x, late ? 408 : 400,
			   late ? "body did not come in time" : e->msg);
		*answered = true;
		err_free(e);
		return NULL;
	}
	x->req.body = buf_str(&x->body_bytes);
	return e;
}

/* Before hook, body, handler. */
static struct err *exchange_handle(struct http_exchange *x)
{
	const struct http_server_config *cfg = &x->conn->server->cfg;
	const struct http_route *route = x->req.route;
	bool answered = false;

	x->req.until =
		deadline_in(route->time_ms != 0 ? route->time_ms : cfg->request_ms);
	if (cfg->before != NULL)
		TRY(cfg->before(&x->req, &x->res, &answered));
	if (!answered)
		TRY(body_read(x, &answered));
	return answered ? NULL : route->handler(&x->req, &x->res);
}

/* A small body that nobody read is dropped, so that the connection can stay. */
static void body_drop(struct http_exchange *x)
{
	if (x->body.done || x->body.error != NULL || x->res.close ||
	    x->head.expect_continue ||
	    (x->head.has_length && x->body.left > HTTP_DRAIN_MAX))
		return;
	err_free(body_take(x, HTTP_DRAIN_MAX, false, deadline_in(HTTP_DRAIN_MS)));
}

/* A client's own mistake or leaving is nobody's concern. */
static void log_late_error(const struct http_exchange *x, const struct err *e)
{
	bool ours = e->kind != ERR_CLOSED && e->kind != ERR_CANCELLED &&
		    http_err_status(e->kind) >= 500;

	log_at(ours ? LOG_WARN : LOG_DEBUG, "handler failed behind its answer",
	       F_STR("server", x->conn->server->cfg.name), F_SLICE("path", x->req.path),
	       F_ERR(e));
}

/* Fills res for what handling ended with, and sends it unless that is done or pointless.
 */
static struct err *exchange_answer(struct http_exchange *x, struct err *e)
{
	_cleanup_(err_freep) struct err *why = e;

	if (why != NULL && x->reply != REPLY_NONE)
		log_late_error(x, why);
	if (x->reply == REPLY_DONE)
		return NULL;
	if (x->reply == REPLY_STREAM)
		return why != NULL ? err_wrap(err_new(ERR_CLOSED, "%s", why->msg),
					      "stream given up")
				   : http_res_stream_end(&x->req);
	if (why != NULL && !x->conn->eof)
		http_reply_error(x, why);
	else if (why != NULL)
		x->res.status = http_err_status(why->kind);
	if (x->conn->server->cfg.after != NULL && x->req.route != NULL)
		x->conn->server->cfg.after(&x->req, x->res.status);
	if (x->conn->eof)
		return err_new(ERR_CLOSED, "the client closed the connection");
	body_drop(x);
	return http_reply_send(x);
}

/* Parses the head again, from the request's own memory: c->in moves while the handler
 * runs. */
static struct http_exchange *exchange_new(struct http_conn *c, struct arena *a)
{
	struct http_exchange *x = arena_new(a, struct http_exchange);
	char *head = arena_memdup(a, c->in.p, c->head_len);

	OB_ASSERT(http_parse_request(&x->head, head, c->head_len, HTTP_STRICT) ==
		  (ssize_t)c->head_len);
	buf_consume(&c->in, c->head_len);
	c->head_len = 0;
	x->conn = c;
	x->started_ms = clock_mono_ms();
	x->started_ns = uv_hrtime();
	x->head_only = str_eqz(x->head.method, "HEAD");
	http_body_request(&x->body, &x->head);
	x->req = (struct http_req){
		.arena = a,
		.head = &x->head,
		.method = x->head.method,
		.peer = c->peer,
		.until = deadline_in(c->server->cfg.request_ms),
		.app = c->server->cfg.app,
		.conn = c,
	};
	http_reply_reset(x);
	return x;
}

/* True when the connection has to be closed. */
static bool serve_one(struct http_conn *c, struct arena *a)
{
	struct http_exchange *x = exchange_new(c, a);
	struct err *e = http_routes_match(c->server->routes, &x->req);

	if (e == NULL) {
		if (c->server->cfg.cors && str_eqz(x->req.method, "OPTIONS"))
			http_reply_preflight(x);
		else if (x->req.route == NULL)
			http_reply_unknown(x);
		else
			e = exchange_handle(x);
	}
	bool whole = x->reply == REPLY_NONE;
	e = exchange_answer(x, e);
	if (whole)
		metric_observe(&c->server->seconds,
			       (double)(uv_hrtime() - x->started_ns) / 1e9);
	log_debug("request", F_STR("server", c->server->cfg.name),
		  F_SLICE("method", x->req.method), F_SLICE("path", x->req.path),
		  F_I64("status", x->res.status),
		  F_I64("ms", clock_mono_ms() - x->started_ms),
		  F_BOOL("answered", e == NULL));
	bool close = e != NULL || x->close;
	err_free(e);
	json_decref(x->json);
	buf_fini(&x->body_bytes);
	buf_fini(&x->res.body);
	return close;
}

void http_serve(void *conn)
{
	struct http_conn *c = conn;
	bool close;

	do {
		struct arena a = {0};
		close = serve_one(c, &a);
		arena_fini(&a);
	} while (http_conn_next(c, close));
}
