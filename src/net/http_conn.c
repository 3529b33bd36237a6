/* SPDX-License-Identifier: Apache-2.0
 * A connection of the HTTP server as events: it waits for heads without a fiber and
 * without memory for input, hands complete ones to a fiber, and meanwhile reads ahead (a
 * little) so that it learns when the client goes away.
 *
 *   HANDSHAKE -> IDLE -> HEAD -> BUSY -> IDLE | HEAD | BUSY (pipelined) | LINGER -> gone
 *
 * LINGER: after the last answer the writing side is shut and what the client still sends
 * is dropped for a while; closing at once would send a reset, which can overtake the
 * answer.
 */
#include <net/http_server_priv.h>
#include <base/log.h>
#include <stdlib.h>

#define LOGGED_PER_SECOND 10

static void conn_event(struct stream *s, unsigned events, void *arg);
static void conn_timeout(void *arg);

void http_conn_blame(struct http_conn *c, const char *why, int status)
{
	struct http_server *s = c->server;
	int64_t now = clock_mono_ms() / 1000;

	s->stats.refused++;
	if (now != s->log_second) {
		if (s->log_dropped > 0)
			log_info("more requests were refused",
				 F_STR("server", s->cfg.name),
				 F_U64("count", s->log_dropped));
		s->log_second = now;
		s->log_count = s->log_dropped = 0;
	}
	if (s->log_count == LOGGED_PER_SECOND) {
		s->log_dropped++;
		return;
	}
	s->log_count++;
	log_info("request refused", F_STR("server", s->cfg.name),
		 F_STR("peer", c->peer.addr), F_I64("status", status), F_STR("why", why));
}

static void conn_watch(struct http_conn *c, unsigned on, unsigned off)
{
	if (c->stream != NULL)
		stream_watch(c->stream, (c->stream->watching | on) & ~off);
}

void http_conn_close(struct http_conn *c)
{
	if (c->handshake != NULL)
		tls_handshake_cancel(c->handshake);
	stream_free(c->stream);
	timer_disarm(&c->timer);
	buf_fini(&c->in);
	list_del(&c->link);
	c->server->stats.connections--;
	free(c);
}

/* To a state without a fiber that ends after a time. */
static void conn_rest(struct http_conn *c, enum http_conn_state state, uint32_t ms)
{
	c->state = state;
	c->fiber = NULL;
	timer_arm(&c->timer, clock_mono_ms() + ms, conn_timeout, c);
	conn_watch(c, STREAM_READABLE, STREAM_WRITABLE);
}

static void conn_linger(struct http_conn *c)
{
	buf_fini(&c->in);
	if (c->eof || c->server->stopping) {
		http_conn_close(c);
		return;
	}
	stream_shutdown(c->stream);
	conn_rest(c, CONN_LINGER, HTTP_LINGER_MS);
}

/* Answers from outside a fiber: what fits into the socket at once, which a fresh answer
 * does. */
static void conn_refuse(struct http_conn *c, int status, const char *why)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n"
			 "Content-Length: 0\r\n\r\n",
			 status, http_reason(status), http_date());

	http_conn_blame(c, why, status);
	c->server->stats.by_class[status / 100]++;
	if (stream_try_write(c->stream, text, (size_t)n) == STREAM_FAILED)
		c->eof = true;
	conn_linger(c);
}

static void conn_timeout(void *arg)
{
	struct http_conn *c = arg;

	if (c->state == CONN_HEAD)
		conn_refuse(c, 408, "head did not come in time");
	else
		http_conn_close(c);
}

/* Looks for a complete head in c->in. True: found (head_len). False: the connection waits
 * for more, or was refused and must not be touched. */
static bool conn_head(struct http_conn *c)
{
	struct http_head h;
	ssize_t n = http_parse_request(&h, c->in.p, c->in.len, HTTP_STRICT);

	if (n < 0) {
		conn_refuse(c, h.error_status, h.error);
		return false;
	}
	if (n == 0) {
		if (c->state != CONN_HEAD)
			conn_rest(c, CONN_HEAD, c->server->cfg.head_ms);
		return false;
	}
	if (c->server->in_progress >= c->server->cfg.max_inflight) {
		conn_refuse(c, 503, "too many requests in progress");
		return false;
	}
	c->head_len = (size_t)n;
	c->server->in_progress++;
	return true;
}

static void conn_got(struct http_conn *c, const char *p, size_t n)
{
	bool first = c->in.len == 0;

	buf_add(&c->in, p, n);
	if (c->state == CONN_BUSY) {
		waitq_wake_all(&c->can_read);
		return;
	}
	/* Parsed at the first bytes, so that garbage is refused at once, then per line.
	 */
	if (!first && memchr(p, '\n', n) == NULL && c->in.len < HTTP_MAX_HEAD)
		return;
	if (!conn_head(c))
		return;
	c->state = CONN_BUSY;
	timer_disarm(&c->timer);
	c->fiber = fiber_spawn(&c->server->group, "http request", http_serve, c);
}

static void conn_ended(struct http_conn *c)
{
	if (c->state != CONN_BUSY) {
		http_conn_close(c);
		return;
	}
	c->eof = true;
	conn_watch(c, 0, STREAM_READABLE);
	if (c->wants_body)
		waitq_wake_all(&c->can_read);
	else
		fiber_cancel(c->fiber);
}

static void conn_drain(struct http_conn *c)
{
	struct http_server *s = c->server;
	ssize_t n = stream_try_read(c->stream, s->scratch, sizeof(s->scratch));

	if (n == STREAM_AGAIN)
		return;
	c->lingered += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->lingered > HTTP_LINGER_MAX)
		http_conn_close(c);
}

static void conn_readable(struct http_conn *c)
{
	struct http_server *s = c->server;
	size_t room = sizeof(s->scratch);

	if (c->state == CONN_BUSY) {
		room = c->in.len < HTTP_CONN_IN_MAX ? HTTP_CONN_IN_MAX - c->in.len : 0;
		if (room == 0) {
			conn_watch(c, 0, STREAM_READABLE);
			return;
		}
	}
	ssize_t n = stream_try_read(c->stream, s->scratch, room);
	if (n > 0)
		conn_got(c, s->scratch, (size_t)n);
	else if (n != STREAM_AGAIN)
		conn_ended(c);
}

static void conn_event(struct stream *s, unsigned events, void *arg)
{
	struct http_conn *c = arg;

	if (events & STREAM_WRITABLE) {
		conn_watch(c, 0, STREAM_WRITABLE);
		waitq_wake_all(&c->can_write);
	}
	if (!(events & STREAM_READABLE))
		return;
	if (c->state == CONN_LINGER)
		conn_drain(c);
	else
		conn_readable(c);
}

static void conn_start(struct http_conn *c, struct stream *s)
{
	c->stream = s;
	stream_on_event(s, conn_event, c);
	/* Only who has asked something may rest: silent connections cost nobody else his.
	 */
	conn_rest(c, CONN_IDLE, c->server->cfg.head_ms);
}

static void conn_handshaken(struct stream *tls, struct err *why, void *arg)
{
	struct http_conn *c = arg;

	c->handshake = NULL;
	if (tls != NULL) {
		conn_start(c, tls);
		return;
	}
	log_debug("TLS handshake failed", F_STR("server", c->server->cfg.name),
		  F_STR("peer", c->peer.addr), F_ERR(why));
	err_free(why);
	c->server->stats.refused++;
	http_conn_close(c);
}

void http_conn_open(struct http_listener *l, struct stream *s,
		    const struct net_peer *peer)
{
	struct http_server *srv = l->server;
	struct http_conn *c = xcalloc(1, sizeof(*c));

	c->server = srv;
	c->peer = *peer;
	waitq_init(&c->can_read);
	waitq_init(&c->can_write);
	list_add_tail(&srv->conns, &c->link);
	srv->stats.connections++;
	if (srv->stats.connections > srv->cfg.max_connections) {
		http_conn_blame(c, "too many connections", 0);
		c->stream = s;
		http_conn_close(c);
	} else if (l->ctx == NULL) {
		conn_start(c, s);
	} else {
		c->handshake = tls_accept_start(s, l->ctx, deadline_in(srv->cfg.head_ms),
						conn_handshaken, c);
	}
}

bool http_conn_next(struct http_conn *c, bool close)
{
	struct http_server *s = c->server;

	if (c->upgraded)
		s->stats.ws_open--;
	else
		s->in_progress--;
	if (s->stopping && s->in_progress == 0)
		waitq_wake_all(&s->drained);
	if (c->eof || c->upgraded) {
		http_conn_close(c);
		return false;
	}
	if (close || s->stopping || fiber_cancelled()) {
		conn_linger(c);
		return false;
	}
	if (c->in.len > 0) {
		if (!conn_head(c))
			return false;
		/* Reading ahead may have stopped at its limit. */
		conn_watch(c, STREAM_READABLE, 0);
		return true;
	}
	buf_fini(&c->in);
	conn_rest(c, CONN_IDLE, s->cfg.idle_ms);
	return false;
}

struct err *http_conn_fill(struct http_conn *c, struct deadline until)
{
	size_t had = c->in.len;

	while (c->in.len == had) {
		if (c->eof)
			return err_new(ERR_CLOSED, "the client closed the connection");
		conn_watch(c, STREAM_READABLE, 0);
		c->wants_body = true;
		struct err *e = waitq_wait(&c->can_read, until);
		c->wants_body = false;
		if (e != NULL)
			return e;
	}
	return NULL;
}

struct deadline http_conn_write_deadline(const struct http_conn *c, size_t n)
{
	return deadline_in((int64_t)c->server->cfg.write_ms +
			   (int64_t)(n / 16384) * 1000);
}

struct err *http_conn_write(struct http_conn *c, const void *p, size_t n,
			    struct deadline until)
{
	const char *at = p;

	while (n > 0) {
		ssize_t r = c->eof ? STREAM_FAILED : stream_try_write(c->stream, at, n);
		if (r == STREAM_FAILED) {
			c->eof = true;
			return err_new(ERR_CLOSED, "the client closed the connection");
		}
		if (r == STREAM_AGAIN) {
			conn_watch(c, STREAM_WRITABLE, 0);
			TRY(waitq_wait(&c->can_write, until));
			continue;
		}
		at += r;
		n -= (size_t)r;
	}
	return NULL;
}

struct err *http_conn_upgrade(struct http_req *req, struct str head, struct stream **out,
			      struct buf *rest)
{
	struct http_exchange *x = http_exchange_of(req);
	struct http_conn *c = x->conn;

	OB_ASSERT(x->reply == REPLY_NONE);
	x->reply = REPLY_DONE;
	x->close = true;
	TRY(http_conn_write(c, head.p, head.n, http_conn_write_deadline(c, head.n)));
	if (c->eof)
		return err_new(ERR_CLOSED, "the client closed the connection");
	c->server->stats.requests++;
	c->server->stats.by_class[1]++;
	c->server->stats.ws_open++;
	c->server->in_progress--;
	c->upgraded = true;
	stream_watch(c->stream, 0);
	stream_on_event(c->stream, NULL, NULL);
	*out = c->stream;
	c->stream = NULL;
	*rest = c->in;
	c->in = (struct buf){0};
	return NULL;
}
