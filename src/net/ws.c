/* SPDX-License-Identifier: Apache-2.0
 * WebSocket messages over a stream (RFC 6455 section 5). Whole binary messages are taken
 * and messages sent by ws_frames.c; wslay does all else.
 *
 * wslay never waits: it is fed what the stream has and writes into w->out, which the
 * stream's events carry away. Fibers wait on can_read and can_write only.
 */
#include <net/ws_priv.h>

#include <base/encode.h>
#include <rt/timer.h>
#include <stdlib.h>
#include <wslay/wslay.h>

#define CLOSE_MS 1000
/* One read from the stream; all of it becomes messages before the next read. */
#define READ_MAX 32768
/* An output buffer above this is given back when it was sent. */
#define OUT_KEEP 4096

struct ws_item {
	struct list link;
	bool binary;
	size_t n;
	char data[];
};

struct ws {
	struct stream *s;
	wslay_event_context_ptr ctx;
	struct ws_frames frames;
	struct ws_item *partial; /* a whole message under way */
	size_t partial_at;
	struct str feed; /* what wslay is being fed */
	struct buf rest; /* bytes that came with the handshake */
	struct buf out;	 /* framed, from out_at on unsent */
	size_t out_at;
	struct list ready;	 /* ws_items received */
	struct ws_item *current; /* the one ws_recv gave out */
	struct waitq can_read, can_write;
	struct timer ping;
	uint32_t ping_ms;
	int64_t heard_ms;  /* when bytes came, or a reader came back */
	int64_t looked_ms; /* when the reader last found nothing */
	bool client;
	bool gone;     /* end of stream, broken, or silent for too long */
	bool violated; /* by a frame that cannot be one */
	char why[96];
};

static void ws_gone(struct ws *w, const char *why)
{
	if (!w->gone)
		snprintf(w->why, sizeof(w->why), "%s", why);
	w->gone = true;
	waitq_wake_all(&w->can_read);
	waitq_wake_all(&w->can_write);
}

static size_t ws_unsent(const struct ws *w)
{
	return w->out.len - w->out_at;
}

static void ws_watch(struct ws *w, unsigned on, unsigned off)
{
	stream_watch(w->s, (w->s->watching | on) & ~off);
}

/* Writes what the stream takes now. */
static void ws_flush(struct ws *w)
{
	while (ws_unsent(w) > 0 && !w->gone) {
		ssize_t r = stream_try_write(w->s, w->out.p + w->out_at, ws_unsent(w));
		if (r == STREAM_FAILED) {
			ws_gone(w, stream_error(w->s));
		} else if (r == STREAM_AGAIN) {
			ws_watch(w, STREAM_WRITABLE, 0);
			break;
		} else {
			w->out_at += (size_t)r;
		}
	}
	if (ws_unsent(w) == 0) {
		w->out_at = 0;
		buf_clear(&w->out);
		if (w->out.cap > OUT_KEEP)
			buf_fini(&w->out);
	}
	if (ws_unsent(w) <= WS_QUEUE_MAX)
		waitq_wake_all(&w->can_write);
}

/* Frames what is queued in wslay, and writes. */
static void ws_push(struct ws *w)
{
	if (w->out_at > WS_QUEUE_MAX) {
		buf_consume(&w->out, w->out_at);
		w->out_at = 0;
	}
	if (wslay_event_want_write(w->ctx) && wslay_event_send(w->ctx) != 0)
		ws_gone(w, "WebSocket framing failed");
	ws_flush(w);
}

/* Here wslay would close without a code. */
static void ws_violated(struct ws *w)
{
	static const char to_client[] = {'\x88', 2, 3, '\xea'};
	static const char to_server[] = {'\x88', '\x82', 0, 0, 0, 0, 3, '\xea'};

	w->violated = true;
	buf_add(&w->out, w->client ? to_server : to_client,
		w->client ? sizeof(to_server) : sizeof(to_client));
	ws_flush(w);
	ws_gone(w, "the peer broke the protocol");
}

static ssize_t on_wslay_send(wslay_event_context_ptr ctx, const uint8_t *p, size_t n,
			     int flags, void *arg)
{
	struct ws *w = arg;

	buf_add(&w->out, p, n);
	return (ssize_t)n;
}

static ssize_t on_wslay_recv(wslay_event_context_ptr ctx, uint8_t *p, size_t n, int flags,
			     void *arg)
{
	struct ws *w = arg;

	n = MIN(n, w->feed.n);
	if (n == 0) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(p, w->feed.p, n);
	w->feed = str_sub(w->feed, n, w->feed.n);
	return (ssize_t)n;
}

static int on_wslay_mask(wslay_event_context_ptr ctx, uint8_t *p, size_t n, void *arg)
{
	random_bytes(p, n);
	return 0;
}

static struct ws_item *item_new(bool binary, size_t n)
{
	struct ws_item *i = xmalloc(sizeof(*i) + n);

	i->binary = binary;
	i->n = n;
	return i;
}

static void on_wslay_msg(wslay_event_context_ptr ctx,
			 const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
	struct ws *w = user;

	if (arg->opcode != WSLAY_TEXT_FRAME && arg->opcode != WSLAY_BINARY_FRAME)
		return;
	struct ws_item *i = item_new(arg->opcode == WSLAY_BINARY_FRAME, arg->msg_length);
	if (i->n > 0)
		memcpy(i->data, arg->msg, i->n);
	list_add_tail(&w->ready, &i->link);
}

static void on_stream(struct stream *s, unsigned events, void *arg)
{
	struct ws *w = arg;

	ws_watch(w, 0, events);
	if (events & STREAM_WRITABLE)
		ws_flush(w);
	if (events & STREAM_READABLE)
		waitq_wake_all(&w->can_read);
}

static void on_ping(void *arg)
{
	struct ws *w = arg;
	int64_t now = clock_mono_ms();
	struct wslay_event_msg ping = {.opcode = WSLAY_PING};

	if (w->gone)
		return;
	/* Nobody hears a peer that nobody reads from. */
	if (!waitq_empty(&w->can_read) && now - w->heard_ms >= 2 * (int64_t)w->ping_ms) {
		ws_gone(w, "the peer does not answer");
		return;
	}
	if (ws_unsent(w) == 0 && wslay_event_queue_msg(w->ctx, &ping) == 0)
		ws_push(w);
	timer_arm(&w->ping, now + w->ping_ms, on_ping, w);
}

struct ws *ws_new(struct stream *s, struct buf *take_rest, const struct ws_config *c,
		  bool client)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_wslay_recv,
		.send_callback = on_wslay_send,
		.genmask_callback = on_wslay_mask,
		.on_msg_recv_callback = on_wslay_msg,
	};
	struct ws *w = xcalloc(1, sizeof(*w));
	int r = client ? wslay_event_context_client_init(&w->ctx, &callbacks, w)
		       : wslay_event_context_server_init(&w->ctx, &callbacks, w);

	OB_ASSERT(r == 0);
	wslay_event_config_set_max_recv_msg_length(w->ctx, c->max_message);
	w->s = s;
	if (take_rest->len > 0)
		w->rest = *take_rest;
	else
		buf_fini(take_rest);
	*take_rest = (struct buf){0};
	w->client = client;
	w->frames = (struct ws_frames){.masked = !client, .max = c->max_message};
	w->ping_ms = c->ping_ms;
	w->heard_ms = w->looked_ms = clock_mono_ms();
	list_init(&w->ready);
	waitq_init(&w->can_read);
	waitq_init(&w->can_write);
	stream_on_event(s, on_stream, w);
	if (w->ping_ms > 0)
		timer_arm(&w->ping, w->heard_ms + w->ping_ms, on_ping, w);
	return w;
}

static void put_partial(struct ws *w, struct str data)
{
	ws_frames_unmask(&w->frames, w->partial->data + w->partial_at, data);
	w->partial_at += data.n;
}

/* False: the peer broke the protocol. */
static bool ws_take(struct ws *w, struct str in)
{
	struct str part;
	enum ws_part kind;

	while ((kind = ws_frames_next(&w->frames, &in, &part)) != WS_PART_NONE) {
		if (!wslay_event_get_read_enabled(w->ctx))
			return true; /* behind a close frame */
		if (kind == WS_PART_OTHER) {
			w->feed = part;
			if (wslay_event_recv(w->ctx) != 0)
				return false;
			continue;
		}
		if (kind == WS_PART_BEGIN) {
			w->partial = item_new(true, (size_t)w->frames.left);
			w->partial_at = 0;
		} else {
			put_partial(w, part);
		}
		if (w->frames.left == 0) {
			list_add_tail(&w->ready, &w->partial->link);
			w->partial = NULL;
		}
	}
	return true;
}

/* Takes one read's worth. False: the stream has nothing now. */
static bool ws_pull(struct ws *w)
{
	static char scratch[READ_MAX];
	struct buf rest = w->rest;

	struct str in = buf_str(&rest);

	w->rest = (struct buf){0};
	if (rest.len == 0) {
		ssize_t n = stream_try_read(w->s, scratch, sizeof(scratch));
		if (n == STREAM_AGAIN)
			return false;
		if (n <= 0) {
			ws_gone(w, n == 0 ? "the peer closed the connection"
					  : stream_error(w->s));
			return true;
		}
		in = (struct str){scratch, (size_t)n};
	}
	w->heard_ms = clock_mono_ms();
	bool taken = ws_take(w, in);
	buf_fini(&rest);
	if (taken)
		ws_push(w);
	else
		ws_violated(w);
	return true;
}

/* No further message can come. */
static bool ws_ended(const struct ws *w)
{
	return w->gone || !wslay_event_get_read_enabled(w->ctx);
}

static struct err *ws_closed(const struct ws *w)
{
	return err_new(ERR_CLOSED, "WebSocket closed (%u)%s%s", ws_close_code(w),
		       w->gone ? ": " : "", w->why);
}

/* A peer is blamed for silence only while somebody listens. */
static struct err *ws_wait(struct ws *w, struct deadline until)
{
	int64_t now = clock_mono_ms();

	if (now - w->looked_ms >= w->ping_ms)
		w->heard_ms = now;
	struct err *e = waitq_wait(&w->can_read, until);
	w->looked_ms = clock_mono_ms();
	return e;
}

/* Pulls until a message is ready or none can come. */
static struct err *ws_fill(struct ws *w, struct deadline until)
{
	while (list_empty(&w->ready) && !ws_ended(w)) {
		/* A peer that pings but does not read must not fill our memory with
		 * answers. */
		if (ws_unsent(w) > WS_QUEUE_MAX) {
			TRY(waitq_wait(&w->can_write, until));
			continue;
		}
		if (ws_pull(w))
			continue;
		ws_watch(w, STREAM_READABLE, 0);
		TRY(ws_wait(w, until));
	}
	return NULL;
}

struct err *ws_recv(struct ws *w, struct deadline until, struct ws_message *m)
{
	free(w->current);
	w->current = NULL;
	TRY(fiber_breathe());
	TRY(ws_fill(w, until));
	if (list_empty(&w->ready))
		return ws_closed(w);
	w->current = list_entry(w->ready.next, struct ws_item, link);
	list_del(&w->current->link);
	*m = (struct ws_message){w->current->binary, {w->current->data, w->current->n}};
	return NULL;
}

struct err *ws_send(struct ws *w, bool binary, struct str data, struct deadline until)
{
	TRY(fiber_breathe());
	while (!w->gone && ws_unsent(w) > WS_QUEUE_MAX)
		TRY(waitq_wait(&w->can_write, until));
	if (w->gone || !wslay_event_get_write_enabled(w->ctx))
		return ws_closed(w);
	/* wslay, which holds nothing back, would only copy. */
	ws_frame_put(&w->out, binary ? WSLAY_BINARY_FRAME : WSLAY_TEXT_FRAME, w->client,
		     data);
	ws_push(w);
	return w->gone ? ws_closed(w) : NULL;
}

/* Until everything is written and the peer has closed too. */
static struct err *close_wait(struct ws *w, struct deadline until)
{
	while (ws_unsent(w) > 0 && !w->gone)
		TRY(waitq_wait(&w->can_write, until));
	/* Another fiber in ws_recv sees the peer's close frame. */
	while (waitq_empty(&w->can_read) && !ws_ended(w)) {
		TRY(ws_fill(w, until));
		list_for_each_safe (pos, &w->ready) {
			list_del(pos);
			free(list_entry(pos, struct ws_item, link));
		}
	}
	return NULL;
}

void ws_close(struct ws *w, uint16_t code, const char *reason)
{
	size_t n = reason != NULL ? strlen(reason) : 0;

	OB_ASSERT(n <= WS_REASON_MAX);
	if (w->gone ||
	    wslay_event_queue_close(w->ctx, code, (const uint8_t *)reason, n) != 0)
		return;
	ws_push(w);
	fiber_shield(1);
	err_free(close_wait(w, deadline_in(CLOSE_MS)));
	fiber_shield(-1);
	if (!w->gone)
		stream_shutdown(w->s);
}

uint16_t ws_close_code(const struct ws *w)
{
	if (w->violated)
		return WSLAY_CODE_PROTOCOL_ERROR;
	if (!wslay_event_get_close_received(w->ctx) && wslay_event_get_close_sent(w->ctx))
		return wslay_event_get_status_code_sent(w->ctx);
	return wslay_event_get_status_code_received(w->ctx);
}

void ws_free(struct ws *w)
{
	if (w == NULL)
		return;
	OB_ASSERT(waitq_empty(&w->can_read) && waitq_empty(&w->can_write));
	timer_disarm(&w->ping);
	list_for_each_safe (pos, &w->ready)
		free(list_entry(pos, struct ws_item, link));
	free(w->current);
	free(w->partial);
	wslay_event_context_free(w->ctx);
	buf_fini(&w->rest);
	buf_fini(&w->out);
	stream_free(w->s);
	free(w);
}
