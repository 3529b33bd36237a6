/* SPDX-License-Identifier: Apache-2.0
 * One HTTP request on a connection of its own.
 */
#include <agent/rpc/web.h>

#include <net/http.h>

#define CHUNK 8192

static struct err *send_request(const struct web_call *c, const struct web_url *u,
				struct stream *s, struct deadline until)
{
	_cleanup_(buf_fini_wipe) struct buf b = {0};
	bool bearer = c->bearer != NULL && c->bearer->n > 0;

	buf_reserve(&b, 1024 + c->body.n + (bearer ? c->bearer->n : 0));
	buf_addf(&b,
		 "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAccept: */*\r\n"
		 "User-Agent: rpc/" OUTBAND_VERSION "\r\n",
		 c->method, u->target, u->authority);
	if (bearer)
		buf_addf(&b, "Authorization: Bearer %s\r\n", c->bearer->p);
	if (c->content_type != NULL)
		buf_addf(&b, "Content-Type: %s\r\nContent-Length: %zu\r\n",
			 c->content_type, c->body.n);
	buf_adds(&b, "\r\n");
	buf_addstr(&b, c->body);
	return stream_write(s, b.p, b.len, until);
}

static struct err *read_more(struct stream *s, struct buf *in, struct deadline until,
			     bool *end)
{
	size_t n;

	if (in->len >= WEB_MAX_ANSWER)
		return err_new(ERR_UNAVAILABLE, "the answer is longer than %u bytes",
			       WEB_MAX_ANSWER);
	TRY(stream_read(s, buf_reserve(in, CHUNK), CHUNK, until, &n));
	in->len += n;
	*end = n == 0;
	return NULL;
}

/* 100 (Continue) and such come before the answer. */
static struct err *read_head(struct stream *s, struct buf *in, struct http_head *h,
			     struct deadline until)
{
	for (;;) {
		ssize_t n = http_parse_response(h, in->p, in->len);
		bool end = false;

		if (n < 0)
			return err_new(ERR_UNAVAILABLE, "the server speaks no HTTP: %s",
				       h->error);
		if (n > 0) {
			buf_consume(in, (size_t)n);
			if (h->status >= 200)
				return NULL;
			continue;
		}
		TRY(read_more(s, in, until, &end));
		if (end)
			return err_new(ERR_UNAVAILABLE,
				       "the server closed without an answer");
	}
}

static struct err *read_body(struct stream *s, struct buf *in, const struct http_head *h,
			     struct deadline until, struct buf *out)
{
	struct http_body body;
	struct str data;

	http_body_response(&body, h, false);
	while (!body.done && body.kind != HTTP_BODY_NONE) {
		ssize_t n = http_body_feed(&body, in->p, in->len, &data);
		bool end = false;

		if (n < 0)
			return err_new(ERR_UNAVAILABLE,
				       "the server's answer is malformed: %s",
				       body.error);
		buf_addstr(out, data);
		buf_consume(in, (size_t)n);
		if (n > 0)
			continue;
		TRY(read_more(s, in, until, &end));
		if (end && body.kind == HTTP_BODY_CLOSE)
			return NULL;
		if (end)
			return err_new(ERR_UNAVAILABLE, "the server's answer is cut");
	}
	return NULL;
}

static struct err *exchange(struct rpc *r, struct web_call *c, const struct web_url *u,
			    struct stream *s, struct deadline until)
{
	_cleanup_(buf_fini_wipe) struct buf in = {0};
	_cleanup_(buf_fini_wipe) struct buf body = {0};
	struct http_head *h = arena_new(&r->a, struct http_head);

	TRY(send_request(c, u, s, until));
	TRY(read_head(s, &in, h, until));
	c->status = h->status;
	TRY(read_body(s, &in, h, until, &body));
	c->answer = (struct str){str_dup(&r->a, buf_str(&body)), body.len};
	return NULL;
}

struct err *web_call(struct rpc *r, struct web_call *c, struct deadline until)
{
	_cleanup_(stream_freep) struct stream *s = NULL;
	struct web_url u;

	TRY(web_url_parse(&r->a, c->url, &u));
	if (strncmp(u.scheme, "http", 4) != 0)
		return err_new(ERR_INVALID, "%s is no http:// or https:// address",
			       c->url);
	TRY(web_open(r, &u, until, &s));
	return exchange(r, c, &u, s, until);
}
