/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/rpc_session.h>

#include <base/clock.h>
#include <base/list.h>
#include <rps/rpc_stream.h>
#include <stdio.h>
#include <stdlib.h>

#define PORT_SWITCH_GRACE_MS 60000
#define LINGER_MS 3000
#define PLAIN_ALERT 7 /* bytes of a TLS alert that is not encrypted */

struct outgoing {
	struct list link;
	size_t n;
	char text[];
};

struct rpc_session {
	struct ws *ws;
	struct rpc_session_config c;
	struct fiber_group reader, writer;
	bool started, ended, acked;
	bool gone;  /* the flow cannot go on */
	bool cut;   /* nor can the client be told why */
	bool asked; /* a heartbeat, and nothing came since */
	int64_t pace_ms, answered_ms;
	char why[160];
	struct rpc_stream *stream; /* the one in use, or NULL */
	/* Of a tunnel's connections: bytes came on the one in use; its end was told; that
	 * of the one before was not, and may come yet. */
	bool heard, told, late;
	SSL_CTX *tunnel;
	struct list queue;    /* of outgoing, besides the stream's bytes */
	struct waitq work;    /* for the writer */
	struct waitq changed; /* gone, acked */
};

/* ---- ends ---- */

/* Broke the protocol: its connection stands, and takes the last message. */
static void broken(struct rpc_session *s, const char *why)
{
	if (s->gone)
		return;
	s->gone = true;
	snprintf(s->why, sizeof(s->why), "%s", why);
	if (s->stream != NULL)
		rpc_stream_lost(s->stream, s->cut ? "the client went away" : why);
	waitq_wake_all(&s->work);
	waitq_wake_all(&s->changed);
}

static void lost(struct rpc_session *s, const char *why)
{
	s->cut = true;
	broken(s, why);
	waitq_wake_all(&s->work);
	waitq_wake_all(&s->changed);
}

struct err *rpc_session_check(const struct rpc_session *s)
{
	return s->gone ? err_new(ERR_CLOSED, "%s", s->why) : NULL;
}

/* ---- writing ---- */

static void enqueue(struct rpc_session *s, const struct rpc_message *m)
{
	struct buf text = {0};

	if (s->ended || s->cut)
		return;
	rpc_message_encode(&text, m);
	struct outgoing *o = xmalloc(sizeof(*o) + text.len);
	o->n = text.len;
	memcpy(o->text, text.p, text.len);
	buf_fini(&text);
	list_add_tail(&s->queue, &o->link);
	waitq_wake_all(&s->work);
}

/* What is left to be sent to the device; nothing to one whose client broke the protocol.
 */
static struct str unsent(const struct rpc_session *s)
{
	return s->stream != NULL && !s->gone ? rpc_stream_unsent(s->stream)
					     : (struct str){0};
}

static bool has_work(const struct rpc_session *s)
{
	return !list_empty(&s->queue) || unsent(s).n > 0;
}

/* A stream's bytes first: they were written before what came to the queue later. */
static void take_work(struct rpc_session *s, struct buf *out)
{
	struct str bytes = unsent(s);

	if (bytes.n > 0) {
		rpc_message_encode(out, &(struct rpc_message){
						.method = s->tunnel != NULL ? RPC_TLS_DATA
									    : RPC_WSMAN,
						.payload = bytes});
		rpc_stream_sent(s->stream);
		return;
	}
	struct outgoing *o = list_entry(s->queue.next, struct outgoing, link);
	buf_add(out, o->text, o->n);
	list_del(&o->link);
	secret_wipe(o->text, o->n);
	free(o);
}

static struct err *write_one(struct rpc_session *s)
{
	_cleanup_(buf_fini_wipe) struct buf text = {0};

	take_work(s, &text);
	return ws_send(s->ws, false, buf_str(&text), deadline_in(s->c.write_ms));
}

/* The client reads our messages between its exchanges with AMT: during one nobody asks.
 */
static struct err *heartbeat(struct rpc_session *s)
{
	if (s->gone)
		return NULL;
	if (s->asked)
		return err_new(ERR_CLOSED, "the client does not answer heartbeats");
	if (s->stream != NULL && rpc_stream_waits(s->stream))
		return NULL;
	s->asked = true;
	enqueue(s, &(struct rpc_message){.method = RPC_HEARTBEAT_REQUEST});
	return NULL;
}

static struct err *writer(struct rpc_session *s)
{
	while (!s->cut) {
		struct deadline beat = s->c.heartbeat_ms > 0
					       ? deadline_in(s->c.heartbeat_ms)
					       : DEADLINE_NEVER;

		while (!has_work(s) && !s->cut && !s->ended) {
			struct err *e = waitq_wait(&s->work, beat);
			if (err_is(e, ERR_TIMEOUT)) {
				err_free(e);
				TRY(heartbeat(s));
			} else if (e != NULL) {
				return e;
			}
		}
		if (!has_work(s))
			return NULL;
		TRY(write_one(s));
	}
	return NULL;
}

static void writer_run(void *arg)
{
	struct rpc_session *s = arg;
	struct err *e = writer(s);

	if (err_is(e, ERR_CLOSED))
		lost(s, e->msg);
	else if (e != NULL && e->kind != ERR_CANCELLED)
		lost(s, "the client takes no messages");
	err_free(e);
}

/* ---- reading ---- */

/* A connection begins with a handshake's record or an alert in the clear. What else comes
 * first crossed our ClientHello, and is the last of the connection before. */
static bool begins_tls(struct str bytes)
{
	return bytes.n > 0 &&
	       (bytes.p[0] == 0x16 || (bytes.p[0] == 0x15 && bytes.n == PLAIN_ALERT));
}

static void receive_bytes(struct rpc_session *s, const struct rpc_message *m)
{
	bool tls = m->method == RPC_TLS_DATA;

	/* Late answers to what nobody waits for any more. */
	if (s->stream == NULL || tls != (s->tunnel != NULL) ||
	    (tls && !s->heard && !begins_tls(m->payload)))
		return;
	s->heard = tls;
	s->answered_ms = clock_mono_ms();
	rpc_stream_received(s->stream, m->payload);
}

/* It does not say of which connection: firmware ends one with every challenge, while we
 * begin the next. */
static void receive_end(struct rpc_session *s)
{
	if (s->late && !s->heard) {
		s->late = false;
		return;
	}
	s->told = true;
	if (s->stream != NULL)
		rpc_stream_ended(s->stream);
}

static struct err *dispatch(struct rpc_session *s, const struct rpc_message *m)
{
	s->asked = false;
	switch (m->method) {
	case RPC_RESPONSE:
	case RPC_TLS_DATA:
		receive_bytes(s, m);
		return NULL;
	case RPC_CONNECTION_RESET:
		receive_end(s);
		return NULL;
	case RPC_PORT_SWITCH_ACK:
		s->acked = true;
		waitq_wake_all(&s->changed);
		return NULL;
	case RPC_HEARTBEAT_RESPONSE:
		return NULL;
	default:
		return err_new(ERR_INVALID, "the client sent another command while one "
					    "is under way");
	}
}

static struct err *read_one(struct rpc_session *s)
{
	_cleanup_(arena_fini) struct arena a = {0};
	struct ws_message w;
	struct rpc_message m;

	TRY(ws_recv(s->ws, DEADLINE_NEVER, &w));
	if (w.binary)
		return err_new(ERR_INVALID,
			       "the client sent a binary frame; messages are text");
	TRY(rpc_message_decode(w.data, &a, &m));
	return dispatch(s, &m);
}

static void reader_run(void *arg)
{
	struct rpc_session *s = arg;
	struct err *e = NULL;

	while (e == NULL && !s->gone)
		e = read_one(s);
	if (err_is(e, ERR_INVALID))
		broken(s, e->msg);
	else if (e != NULL && e->kind != ERR_CANCELLED)
		lost(s, e->msg);
	err_free(e);
}

struct err *rpc_session_command(struct rpc_session *s, struct arena *a,
				struct deadline until, struct rpc_message *out)
{
	struct ws_message w;

	OB_ASSERT(!s->started);
	s->started = true;
	struct err *e = ws_recv(s->ws, until, &w);
	if (e == NULL && w.binary)
		e = err_new(ERR_INVALID, "Error: messages are text frames of JSON");
	if (e == NULL)
		e = rpc_message_decode(w.data, a, out);
	if (e == NULL && out->method != RPC_COMMAND)
		e = err_new(ERR_INVALID, "Error: the first message must be a command");
	if (err_is(e, ERR_CLOSED))
		lost(s, e->msg);
	TRY(e);
	fiber_spawn(&s->reader, "rpc-reader", reader_run, s);
	return NULL;
}

/* ---- streams ---- */

void rpc_session_pace(struct rpc_session *s, int64_t ms)
{
	s->pace_ms = ms;
}

/* A tunnel's client has one connection for all messages, and needs no rest. */
static struct err *rest(struct rpc_session *s)
{
	int64_t left = s->answered_ms + s->pace_ms - clock_mono_ms();

	return left > 0 && s->tunnel == NULL ? rpc_session_pause(s, left) : NULL;
}

struct err *rpc_session_open(void *arg, uint16_t port, struct deadline until,
			     struct stream **out)
{
	struct rpc_session *s = arg;
	struct stream *bytes;

	*out = NULL;
	/* Not as a device that restarts: nobody shall wait for this one to come back. */
	if (s->gone)
		return err_new(ERR_NOT_FOUND, "the client is gone: %s", s->why);
	TRY(rest(s));
	if (s->stream != NULL)
		rpc_stream_ended(s->stream);
	bytes = rpc_stream_new(&s->stream, &s->work, s->tunnel != NULL);
	if (s->tunnel == NULL) {
		*out = bytes;
		return NULL;
	}
	s->late = s->heard && !s->told;
	s->heard = s->told = false;
	struct err *e = tls_connect(bytes, s->tunnel, NULL, until, out);
	return e == NULL ? NULL
			 : err_wrap(e, "the TLS tunnel to the device was not made");
}

void rpc_session_tunnel(struct rpc_session *s, SSL_CTX *ctx)
{
	if (ctx != NULL)
		SSL_CTX_up_ref(ctx);
	SSL_CTX_free(s->tunnel);
	s->tunnel = ctx;
	if (s->stream != NULL)
		rpc_stream_ended(s->stream);
}

bool rpc_session_tunnelled(const struct rpc_session *s)
{
	return s->tunnel != NULL;
}

struct err *rpc_session_switch_port(struct rpc_session *s, uint16_t port, int delay_s,
				    struct deadline until)
{
	char order[64];

	snprintf(order, sizeof(order), "{\"port\":\"%u\",\"delay\":%d}", port, delay_s);
	s->acked = false;
	enqueue(s, &(struct rpc_message){.method = RPC_PORT_SWITCH,
					 .payload = str_of(order)});
	until = deadline_min(until, deadline_in(delay_s * 1000L + PORT_SWITCH_GRACE_MS));
	while (!s->acked) {
		TRY(rpc_session_check(s));
		struct err *e = waitq_wait(&s->changed, until);
		if (err_is(e, ERR_TIMEOUT))
			return err_wrap(e, "PORT_SWITCH_ACK timeout");
		TRY(e);
	}
	return NULL;
}

/* ---- messages of the flow ---- */

void rpc_session_progress(struct rpc_session *s, const char *text)
{
	enqueue(s,
		&(struct rpc_message){.method = RPC_PROGRESS, .message = str_of(text)});
}

void rpc_session_end(struct rpc_session *s, bool success, const char *message)
{
	enqueue(s, &(struct rpc_message){.method = success ? RPC_SUCCESS : RPC_ERROR,
					 .message = str_of(message)});
	s->ended = true;
	waitq_wake_all(&s->work);
}

struct waitq *rpc_session_changed(struct rpc_session *s)
{
	return &s->changed;
}

struct err *rpc_session_pause(struct rpc_session *s, int64_t ms)
{
	struct deadline until = deadline_in(ms);

	while (!deadline_passed(until)) {
		TRY(rpc_session_check(s));
		struct err *e = waitq_wait(&s->changed, until);
		if (!err_is(e, ERR_TIMEOUT))
			TRY(e);
		else
			err_free(e);
	}
	return rpc_session_check(s);
}

/* ---- life ---- */

struct rpc_session *rpc_session_new(struct ws *take_ws,
				    const struct rpc_session_config *c)
{
	struct rpc_session *s = xcalloc(1, sizeof(*s));

	s->ws = take_ws;
	s->c = *c;
	fiber_group_init(&s->reader);
	fiber_group_init(&s->writer);
	list_init(&s->queue);
	waitq_init(&s->work);
	waitq_init(&s->changed);
	fiber_spawn(&s->writer, "rpc-writer", writer_run, s);
	return s;
}

/* After the last message it is for the client to close: upstream's print an error when
 * the server does. */
static void wait_for_client(struct rpc_session *s)
{
	struct deadline until = deadline_in(LINGER_MS);

	fiber_shield(1);
	while (!s->gone && !fiber_group_empty(&s->reader) && !deadline_passed(until))
		err_free(waitq_wait(&s->changed, until));
	fiber_shield(-1);
}

/* What was queued goes out (write_ms for each at most); then the WebSocket closes, and
 * with it the reader ends. */
void rpc_session_free(struct rpc_session *s)
{
	OB_ASSERT(s->stream == NULL);
	s->ended = true;
	waitq_wake_all(&s->work);
	fiber_group_join(&s->writer, false);
	wait_for_client(s);
	ws_close(s->ws, 1000, NULL);
	fiber_group_join(&s->reader, true);
	list_for_each_safe (pos, &s->queue)
		free(list_entry(pos, struct outgoing, link));
	SSL_CTX_free(s->tunnel);
	ws_free(s->ws);
	free(s);
}
