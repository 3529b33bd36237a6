/* SPDX-License-Identifier: Apache-2.0
 * The stream of events as server-sent events (WHATWG HTML, section 9.2).
 */
#include <net/events.h>

#define ALIVE_MS 15000 /* a comment, so that gateways and we see who is gone */

static uint64_t cursor_of(const struct http_req *req)
{
	uint64_t id;

	return str_u64(http_header_str(req->head, "Last-Event-ID"), INT64_MAX, &id)
		       ? id + 1
		       : 0;
}

/* Until the next thing to do: a sign of life, or the end. */
static struct deadline pause_of(int64_t until_ms)
{
	int64_t left =
		until_ms == INT64_MAX ? ALIVE_MS : MAX(until_ms - clock_wall_ms(), 0);

	return deadline_in(MIN(left, ALIVE_MS));
}

static struct err *serve(struct events *e, const char *tenant, int64_t until_ms,
			 bool (*go_on)(void *arg), void *arg, struct http_req *req,
			 struct buf *b)
{
	uint64_t cursor = cursor_of(req);
	struct event_view v;
	bool lost;

	buf_adds(b, "retry: 2000\n: the stream begins\n\n");
	while (clock_wall_ms() < until_ms && go_on(arg)) {
		if (b->len > 0)
			TRY(http_res_stream_write(req, buf_str(b)));
		buf_clear(b);
		struct err *why =
			events_next(e, &cursor, tenant, pause_of(until_ms), &v, &lost);
		if (lost)
			buf_adds(b, "event: lost\ndata: {}\n\n");
		if (err_is(why, ERR_TIMEOUT))
			buf_adds(b, ": alive\n\n");
		else if (why == NULL)
			buf_addf(b, "id: %llu\ndata: %s\n\n", (unsigned long long)v.id,
				 v.json);
		else if (!err_is(why, ERR_CLOSED))
			return why;
		bool over = err_is(why, ERR_CLOSED);
		err_free(why);
		if (over)
			break;
	}
	return NULL;
}

struct err *events_serve(struct events *e, const char *tenant, int64_t until_ms,
			 bool (*go_on)(void *arg), void *arg, struct http_req *req,
			 struct http_res *res)
{
	_cleanup_(buf_fini) struct buf b = {0};

	res->content_type = "text/event-stream";
	http_res_header(res, "Cache-Control", "no-store");
	/* nginx and its like would gather the stream otherwise. */
	http_res_header(res, "X-Accel-Buffering", "no");
	TRY(http_res_stream_begin(req, res));
	if (!str_eqz(req->method, "HEAD"))
		TRY(serve(e, tenant, until_ms, go_on, arg, req, &b));
	return http_res_stream_end(req);
}
