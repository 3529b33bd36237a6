/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/apf/channel.h>

#include <base/clock.h>
#include <stdio.h>
#include <stdlib.h>

/* An id whose CLOSE stays unanswered is free then: Console answers late or never
 * (wire-amt.md 1.6). */
#define CLOSE_WAIT_MS 1000
/* How long an opening that nobody waits for any more keeps its place: the device may
 * still open it, but one that never answers must not use up all places. */
#define GIVEN_UP_MS 15000

enum channel_state {
	CH_OPENING, /* waits for 91 or 92; accepting: until the handler took it */
	CH_OPEN,
	CH_ENDED, /* refused, or closed by the peer: the table knows it no more */
	CH_LOST,  /* the link ended, or the peer sent too much */
};

struct apf_channel {
	struct stream stream;
	struct apf_channels *t; /* while in it */
	uint32_t id, peer_id;
	enum channel_state state;
	bool confirmed;
	bool owned; /* stream_free was not called */
	bool close_sent;
	bool soon, firing;     /* on_soon is queued / on the stack */
	uint32_t refused;      /* apf_open_failure of a 92 */
	uint32_t credit;       /* bytes we may send */
	uint32_t granted;      /* bytes the peer may send */
	uint32_t consumed;     /* bytes read since the last adjust */
	uint8_t doublings;     /* of the window */
	bool caught_up;	       /* nothing was unread at some time since the last adjust */
	const char *lost;      /* CH_LOST: why */
	int64_t close_sent_at; /* or given up while opening */
	struct buf in;	       /* from in_off: not yet read */
	size_t in_off;
	struct waitq opened;
};

static const struct stream_ops channel_ops;

static struct apf_channel *channel_of(struct stream *stream)
{
	return container_of(stream, struct apf_channel, stream);
}

static void channel_unref(struct apf_channel *ch)
{
	if (ch->t != NULL || ch->owned || ch->soon || ch->firing)
		return;
	buf_fini(&ch->in);
	free(ch);
}

static void put(struct apf_channel *ch, struct apf_msg m)
{
	ch->t->ops->put(ch->t, &m);
}

/* ---- events ---- */

static bool is_live(const struct apf_channel *ch)
{
	return ch->t != NULL && ch->state != CH_LOST && ch->t->ops->live(ch->t);
}

static size_t unread(const struct apf_channel *ch)
{
	return ch->in.len - ch->in_off;
}

static uint32_t window_of(const struct apf_channel *ch)
{
	return ch->t->ops->limits(ch->t).window << ch->doublings;
}

static bool can_send(const struct apf_channel *ch)
{
	return ch->state == CH_OPEN && ch->credit > 0 && ch->t->ops->room(ch->t);
}

static unsigned ready_events(const struct apf_channel *ch)
{
	bool over = !is_live(ch);
	unsigned events = 0;

	if (over || unread(ch) > 0)
		events |= STREAM_READABLE;
	if (over || ch->close_sent || can_send(ch))
		events |= STREAM_WRITABLE;
	return ch->owned ? events & ch->stream.watching : 0;
}

static void channel_kick(struct apf_channel *ch);

static void on_soon(void *arg)
{
	struct apf_channel *ch = arg;
	unsigned events = ready_events(ch);

	ch->soon = false;
	if (events != 0) {
		ch->firing = true;
		stream_fire(&ch->stream, events);
		ch->firing = false;
		channel_kick(ch); /* level-triggered */
	}
	channel_unref(ch);
}

static void channel_kick(struct apf_channel *ch)
{
	if (ch->soon || ch->firing || ready_events(ch) == 0)
		return;
	ch->soon = true;
	rt_soon(on_soon, ch);
}

void apf_channels_writable(struct apf_channels *t)
{
	for (size_t i = 0; i < t->n; i++)
		channel_kick(t->v[i]);
}

/* ---- the table ---- */

void apf_channels_init(struct apf_channels *t, const struct apf_channels_ops *ops)
{
	*t = (struct apf_channels){.ops = ops};
	waitq_init(&t->openers);
}

static struct apf_channel *table_find(const struct apf_channels *t, uint32_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->id == id)
			return t->v[i];
	return NULL;
}

bool apf_channels_has(const struct apf_channels *t, uint32_t id)
{
	return table_find(t, id) != NULL;
}

static void table_remove(struct apf_channel *ch)
{
	struct apf_channels *t = ch->t;
	size_t i = 0;

	while (t->v[i] != ch)
		i++;
	t->v[i] = t->v[--t->n];
	ch->t = NULL;
	waitq_wake_one(&t->openers);
}

static struct apf_channel *channel_new(struct apf_channels *t)
{
	struct apf_channel *ch = xcalloc(1, sizeof(*ch));
	uint32_t id = t->ops->next_id(t);

	if (t->n == t->cap) {
		t->cap = (uint16_t)MIN(t->cap + 4, UINT16_MAX);
		t->v = xrealloc(t->v, t->cap * sizeof(struct apf_channel *));
	}
	t->v[t->n++] = ch;
	stream_init(&ch->stream, &channel_ops);
	waitq_init(&ch->opened);
	ch->t = t;
	ch->id = id;
	ch->owned = true;
	ch->granted = t->ops->limits(t).window;
	return ch;
}

/* Ids whose CLOSE should have been answered by now are free again, and openings given up
 * long ago are taken as never answered. */
static void table_reclaim(struct apf_channels *t)
{
	int64_t now = clock_mono_ms();

	for (size_t i = t->n; i-- > 0;) {
		struct apf_channel *ch = t->v[i];
		bool opening = ch->state == CH_OPENING;
		int64_t wait = opening ? GIVEN_UP_MS : CLOSE_WAIT_MS;
		if (ch->owned || !(opening || ch->close_sent) ||
		    ch->close_sent_at > now - wait)
			continue;
		table_remove(ch);
		channel_unref(ch);
	}
}

static void put_close(struct apf_channel *ch)
{
	if (ch->close_sent || ch->t == NULL)
		return;
	ch->close_sent = true;
	ch->close_sent_at = clock_mono_ms();
	put(ch, (struct apf_msg){.op = APF_CHANNEL_CLOSE, .close = {ch->peer_id}});
}

static void channel_end(struct apf_channel *ch, enum channel_state state)
{
	/* What the peer sent too much of stays lost. */
	if (ch->state != CH_LOST)
		ch->state = state;
	waitq_wake_all(&ch->opened);
	channel_kick(ch);
	channel_unref(ch);
}

void apf_channels_lost(struct apf_channels *t, const char *why)
{
	t->why = why;
	while (t->n > 0) {
		struct apf_channel *ch = t->v[--t->n];
		ch->t = NULL;
		if (ch->lost == NULL)
			ch->lost = t->ops->lost;
		channel_end(ch, CH_LOST);
	}
	free(t->v);
	t->v = NULL;
	t->cap = 0;
	waitq_wake_all(&t->openers);
}

void apf_channels_ready(struct apf_channels *t)
{
	waitq_wake_all(&t->openers);
}

/* ---- messages ---- */

bool apf_channels_admit(struct apf_channels *t, uint32_t id, uint32_t length)
{
	struct apf_channel *ch = table_find(t, id);

	if (ch == NULL)
		return true; /* closed meanwhile: its bytes are dropped */
	if (ch->state != CH_OPEN || length > ch->granted)
		return false;
	ch->granted -= length;
	return true;
}

void apf_channels_data(struct apf_channels *t, uint32_t id, const void *p, size_t n)
{
	struct apf_channel *ch = table_find(t, id);

	if (ch == NULL || !ch->owned || ch->state != CH_OPEN)
		return;
	if (unread(ch) + n > MAX(window_of(ch), APF_UNREAD_MAX)) {
		ch->lost = "the peer sent too much at once";
		put_close(ch);
		ch->state = CH_LOST;
		channel_kick(ch);
		return;
	}
	if (ch->in_off > 0 && ch->in_off >= ch->in.len / 2) {
		buf_consume(&ch->in, ch->in_off);
		ch->in_off = 0;
	}
	buf_add(&ch->in, p, n);
	channel_kick(ch);
}

/* Who freed it while it opened is not there any more. */
static void close_unowned(struct apf_channel *ch)
{
	put_close(ch);
	if (!ch->t->ops->ids_are_new)
		return; /* until the answer */
	table_remove(ch);
	channel_unref(ch);
}

static void on_confirmation(struct apf_channel *ch, const struct apf_msg *m)
{
	ch->peer_id = m->confirm.sender;
	ch->credit = m->confirm.window;
	ch->state = CH_OPEN;
	ch->confirmed = true;
	waitq_wake_all(&ch->opened);
	if (!ch->owned)
		close_unowned(ch);
}

static void on_close(struct apf_channel *ch)
{
	struct apf_channels *t = ch->t;

	if (ch->state == CH_OPEN)
		put_close(ch);
	table_remove(ch);
	channel_end(ch, CH_ENDED);
	if (t->ops->closed != NULL)
		t->ops->closed(t);
}

static void on_adjust(struct apf_channel *ch, uint32_t bytes)
{
	ch->credit = bytes > UINT32_MAX - ch->credit ? UINT32_MAX : ch->credit + bytes;
	channel_kick(ch);
}

static void on_open(struct apf_channels *t, const struct apf_msg *m);

void apf_channels_message(struct apf_channels *t, const struct apf_msg *m)
{
	struct apf_channel *ch;

	switch (m->op) {
	case APF_CHANNEL_OPEN:
		on_open(t, m);
		return;
	case APF_CHANNEL_OPEN_CONFIRMATION:
		ch = table_find(t, m->confirm.recipient);
		if (ch != NULL && ch->state == CH_OPENING)
			on_confirmation(ch, m);
		else if (ch == NULL && t->ops->ids_are_new) /* given up, and forgotten */
			t->ops->put(t, &(struct apf_msg){.op = APF_CHANNEL_CLOSE,
							 .close = {m->confirm.sender}});
		return;
	case APF_CHANNEL_OPEN_FAILURE:
		ch = table_find(t, m->open_failure.recipient);
		if (ch != NULL && ch->state == CH_OPENING) {
			ch->refused = m->open_failure.reason;
			table_remove(ch);
			channel_end(ch, CH_ENDED);
		}
		return;
	case APF_CHANNEL_WINDOW_ADJUST:
		ch = table_find(t, m->adjust.recipient);
		if (ch != NULL)
			on_adjust(ch, m->adjust.bytes);
		return;
	case APF_CHANNEL_CLOSE:
		ch = table_find(t, m->close.recipient);
		if (ch != NULL)
			on_close(ch);
		return;
	default:
		return; /* nothing that a channel waits for */
	}
}

/* ---- accepting ---- */

static void refuse(struct apf_channels *t, const struct apf_msg *m, uint32_t reason)
{
	t->ops->put(t, &(struct apf_msg){.op = APF_CHANNEL_OPEN_FAILURE,
					 .open_failure = {m->open.sender, reason}});
}

static enum apf_open_failure may_open(struct apf_channels *t, const struct apf_msg *m)
{
	const struct apf_channels_ops *o = t->ops;
	enum apf_open_failure no = 0;

	if (o->open == NULL ||
	    !str_eqz(m->open.type, o->accepts != NULL ? o->accepts : "forwarded-tcpip"))
		return APF_OPEN_UNKNOWN_TYPE;
	if (m->open.connected_port > UINT16_MAX)
		return APF_OPEN_CONNECT_FAILED;
	if (o->may_open != NULL)
		no = o->may_open(t, (uint16_t)m->open.connected_port);
	if (no == 0 && t->n >= o->limits(t).max_channels)
		table_reclaim(t);
	return no == 0 && t->n >= o->limits(t).max_channels ? APF_OPEN_RESOURCE_SHORTAGE
							    : no;
}

static void on_open(struct apf_channels *t, const struct apf_msg *m)
{
	enum apf_open_failure no = may_open(t, m);

	if (no != 0) {
		refuse(t, m, no);
		return;
	}
	struct apf_channel *ch = channel_new(t);
	ch->peer_id = m->open.sender;
	ch->credit = m->open.window;
	no = t->ops->open(t, (uint16_t)m->open.connected_port, &ch->stream);
	if (no != 0) {
		if (ch->t != NULL) {
			refuse(t, m, no);
			table_remove(ch);
		}
		stream_free(&ch->stream);
		return;
	}
	if (ch->state != CH_OPENING)
		return; /* the link ended in the call */
	put(ch, (struct apf_msg){.op = APF_CHANNEL_OPEN_CONFIRMATION,
				 .confirm = {ch->peer_id, ch->id, ch->granted}});
	ch->state = CH_OPEN;
	if (ch->owned)
		channel_kick(ch);
	else
		put_close(ch);
}

/* ---- opening ---- */

static struct err *err_lost(const char *why, uint16_t port)
{
	return err_new(
		ERR_CLOSED,
		"the device's connection ended before a channel to port %u opened: %s",
		port, why);
}

struct err *apf_channels_wait(struct apf_channels *t, uint16_t port,
			      struct deadline until)
{
	struct err *e = NULL;

	table_reclaim(t);
	while (e == NULL && t->ops->live(t) &&
	       (!t->ops->ready(t) || t->n >= t->ops->limits(t).max_channels)) {
		e = waitq_wait(&t->openers,
			       deadline_min(until, deadline_in(CLOSE_WAIT_MS)));
		table_reclaim(t);
		if (err_is(e, ERR_TIMEOUT) && !deadline_passed(until))
			err_freep(&e);
	}
	if (e != NULL)
		return err_wrap(e, "waiting to open a channel to port %u", port);
	return t->ops->live(t) ? NULL
			       : err_lost(t->why != NULL ? t->why : "it is ending", port);
}

struct apf_channel *apf_channel_begin(struct apf_channels *t, struct apf_msg open)
{
	struct apf_channel *ch = channel_new(t);

	open.open.sender = ch->id;
	open.open.window = ch->granted;
	put(ch, open);
	return ch;
}

static struct err *err_not_opened(const struct apf_channel *ch, uint16_t port)
{
	if (ch->state == CH_LOST)
		return err_lost(ch->lost, port);
	if (ch->refused == 0)
		return err_new(ERR_DEVICE,
			       "the device closed the channel to port %u at once", port);
	return err_new(ERR_DEVICE, "the device refused a channel to port %u: %s (%u)",
		       port, apf_open_failure_text(ch->refused), ch->refused);
}

struct err *apf_channel_await(struct apf_channel *ch, uint16_t port,
			      struct deadline until, struct stream **out,
			      uint32_t *refused)
{
	struct err *e = NULL;

	while (e == NULL && ch->state == CH_OPENING)
		e = waitq_wait(&ch->opened, until);
	*refused = ch->refused;
	if (e != NULL) {
		e = err_wrap(e, "opening a channel to port %u", port);
	} else if (!ch->confirmed) {
		e = err_not_opened(ch, port);
	} else {
		*out = &ch->stream; /* it may have ended since, with bytes to read */
		return NULL;
	}
	stream_free(&ch->stream);
	return e;
}

/* ---- stream operations ---- */

static ssize_t fail(struct apf_channel *ch, const char *why)
{
	snprintf(ch->stream.error, sizeof(ch->stream.error), "%s", why);
	return STREAM_FAILED;
}

/* What was read may come again. A reader that keeps up with its peer gets a window twice
 * as large, since the peer may be waiting for it: one window per round trip is all that
 * it can send. */
static void give_credit(struct apf_channel *ch, size_t n)
{
	if (!is_live(ch) || ch->state != CH_OPEN || ch->close_sent)
		return;
	struct apf_limits l = ch->t->ops->limits(ch->t);
	ch->consumed += (uint32_t)n;
	ch->caught_up |= unread(ch) == 0;
	if (ch->consumed < l.credit << ch->doublings)
		return;
	uint32_t more = ch->consumed;
	if (ch->caught_up && ch->doublings < l.doublings) {
		more += window_of(ch);
		ch->doublings++;
	}
	put(ch, (struct apf_msg){.op = APF_CHANNEL_WINDOW_ADJUST,
				 .adjust = {ch->peer_id, more}});
	ch->granted += more;
	ch->consumed = 0;
	ch->caught_up = false;
}

static ssize_t channel_try_read(struct stream *stream, void *p, size_t n)
{
	struct apf_channel *ch = channel_of(stream);

	if (unread(ch) > 0) {
		n = MIN(n, unread(ch));
		memcpy(p, ch->in.p + ch->in_off, n);
		ch->in_off += n;
		if (unread(ch) == 0) {
			buf_clear(&ch->in);
			ch->in_off = 0;
		}
		give_credit(ch, n);
		return (ssize_t)n;
	}
	if (ch->state == CH_ENDED)
		return 0;
	if (is_live(ch))
		return STREAM_AGAIN;
	return fail(ch, ch->lost != NULL ? ch->lost : "connection lost");
}

static ssize_t channel_try_write(struct stream *stream, const void *p, size_t n)
{
	struct apf_channel *ch = channel_of(stream);
	size_t done = 0;

	if (ch->state == CH_LOST)
		return fail(ch, ch->lost);
	if (ch->state == CH_ENDED || ch->close_sent)
		return fail(ch, "channel closed");
	if (!is_live(ch))
		return fail(ch, "connection lost");
	while (done < n && is_live(ch) && can_send(ch)) {
		size_t take = MIN(MIN(n - done, ch->credit),
				  ch->t->ops->limits(ch->t).max_data);
		ch->credit -= (uint32_t)take;
		put(ch, (struct apf_msg){
				.op = APF_CHANNEL_DATA,
				.data = {ch->peer_id, {(const char *)p + done, take}}});
		done += take;
	}
	return done > 0 || n == 0 ? (ssize_t)done : STREAM_AGAIN;
}

static void channel_watch(struct stream *stream)
{
	channel_kick(channel_of(stream));
}

/* APF knows no half-closed channel; the peer gets all that was written before. */
static void channel_shutdown(struct stream *stream)
{
	struct apf_channel *ch = channel_of(stream);

	if (!is_live(ch) || ch->state != CH_OPEN)
		return;
	put_close(ch);
	channel_kick(ch);
}

static void channel_free(struct stream *stream)
{
	struct apf_channel *ch = channel_of(stream);

	ch->owned = false;
	buf_fini(&ch->in);
	ch->in_off = 0;
	if (ch->state == CH_OPENING)
		ch->close_sent_at = clock_mono_ms();
	if (ch->t != NULL && ch->state == CH_OPEN)
		close_unowned(ch);
	else
		channel_unref(ch);
}

static const struct stream_ops channel_ops = {
	.name = "apf",
	.try_read = channel_try_read,
	.try_write = channel_try_write,
	.watch = channel_watch,
	.shutdown = channel_shutdown,
	.free = channel_free,
};
