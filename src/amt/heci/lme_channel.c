/* SPDX-License-Identifier: Apache-2.0
 * Channels of an LME session: streams in APF messages.
 *
 * A channel is in the session's table from CHANNEL_OPEN until its id is free again, and
 * in its owner's hands until stream_free. What the reader took is what the peer may send
 * again; a peer that sends more than its window is served all the same, up to
 * LME_UNREAD_MAX.
 */
#include <amt/heci/lme_priv.h>

#include <stdio.h>
#include <stdlib.h>

#define CLOSE_WAIT_MS 1000 /* host: an id whose CLOSE stays unanswered is free then */
#define OPEN_MS 18000
#define RETRIES 3
#define RETRY_MS 250
#define ORIGINATOR_PORT 123 /* as rpc and Console say it */

struct lme_channel {
	struct stream stream;
	struct lme_session *s; /* while in its table */
	uint32_t id, peer_id;
	unsigned refs;	  /* table, owner, running and queued callbacks */
	bool owned;	  /* stream_free was not called */
	bool opened;	  /* confirmed */
	bool ended;	  /* by the peer */
	const char *lost; /* by other reasons */
	bool close_sent;
	int64_t close_sent_at;
	uint32_t refused;  /* apf_open_failure of a 92 */
	uint32_t credit;   /* bytes we may send */
	uint32_t consumed; /* bytes read since the last adjust */
	bool soon, firing; /* on_soon is queued / on the stack */
	struct buf in;	   /* from in_off: not yet read */
	size_t in_off;
	struct waitq opening;
};

static const struct stream_ops channel_ops;

static struct lme_channel *channel_of(struct stream *stream)
{
	return container_of(stream, struct lme_channel, stream);
}

static void channel_unref(struct lme_channel *ch)
{
	if (--ch->refs > 0)
		return;
	buf_fini(&ch->in);
	free(ch);
}

/* ---- events ---- */

static size_t unread(const struct lme_channel *ch)
{
	return ch->in.len - ch->in_off;
}

static bool is_over(const struct lme_channel *ch)
{
	return ch->ended || ch->lost != NULL;
}

/* One message at a time is left to the link, so that channels share it evenly. */
static bool can_send(const struct lme_channel *ch)
{
	return ch->opened && ch->s != NULL && ch->credit > 0 &&
	       heci_link_unsent(ch->s->link) == 0;
}

static unsigned ready_events(const struct lme_channel *ch)
{
	unsigned events = 0;

	if (is_over(ch) || unread(ch) > 0)
		events |= STREAM_READABLE;
	if (is_over(ch) || ch->close_sent || can_send(ch))
		events |= STREAM_WRITABLE;
	return ch->owned ? events & ch->stream.watching : 0;
}

static void channel_kick(struct lme_channel *ch);

static void on_soon(void *arg)
{
	struct lme_channel *ch = arg;
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

static void channel_kick(struct lme_channel *ch)
{
	if (ch->soon || ch->firing || ready_events(ch) == 0)
		return;
	ch->soon = true;
	ch->refs++;
	rt_soon(on_soon, ch);
}

void lme_channels_writable(struct lme_session *s)
{
	for (size_t i = 0; i < s->n_channels; i++)
		channel_kick(s->channels[i]);
}

/* ---- the session's table ---- */

static struct lme_channel *table_find(const struct lme_session *s, uint32_t id)
{
	for (size_t i = 0; i < s->n_channels; i++)
		if (s->channels[i]->id == id)
			return s->channels[i];
	return NULL;
}

static void table_remove(struct lme_channel *ch)
{
	struct lme_session *s = ch->s;
	size_t i = 0;

	while (s->channels[i] != ch)
		i++;
	s->channels[i] = s->channels[--s->n_channels];
	ch->s = NULL;
	waitq_wake_all(&s->openers);
	waitq_wake_all(&ch->opening);
	channel_kick(ch);
	channel_unref(ch);
}

void lme_channels_lost(struct lme_session *s)
{
	while (s->n_channels > 0) {
		struct lme_channel *ch = s->channels[s->n_channels - 1];

		if (!ch->ended)
			ch->lost = "the connection to the firmware was lost";
		table_remove(ch);
	}
}

/* In the caller's hands and in the table. */
static struct lme_channel *channel_new(struct lme_session *s, uint32_t id)
{
	struct lme_channel *ch = xcalloc(1, sizeof(*ch));

	OB_ASSERT(s->n_channels < LME_CHANNELS);
	s->channels[s->n_channels++] = ch;
	stream_init(&ch->stream, &channel_ops);
	waitq_init(&ch->opening);
	ch->refs = 2;
	ch->owned = true;
	ch->s = s;
	ch->id = id;
	return ch;
}

static void put_close(struct lme_channel *ch)
{
	if (ch->close_sent || ch->s == NULL)
		return;
	ch->close_sent = true;
	ch->close_sent_at = clock_mono_ms();
	lme_put(ch->s,
		&(struct apf_msg){.op = APF_CHANNEL_CLOSE, .close = {ch->peer_id}});
}

/* ---- messages ---- */

static void on_data(struct lme_channel *ch, struct str bytes)
{
	if (!ch->owned || ch->close_sent)
		return;
	if (unread(ch) + bytes.n > LME_UNREAD_MAX) {
		ch->lost = "the peer sent too much at once";
		put_close(ch);
		channel_kick(ch);
		return;
	}
	if (ch->in_off > 0 && ch->in_off >= ch->in.len / 2) {
		buf_consume(&ch->in, ch->in_off);
		ch->in_off = 0;
	}
	buf_addstr(&ch->in, bytes);
	channel_kick(ch);
}

static void on_confirmation(struct lme_channel *ch, const struct apf_msg *m)
{
	if (ch->opened)
		return;
	ch->opened = true;
	ch->peer_id = m->confirm.sender;
	ch->credit = m->confirm.window;
	waitq_wake_all(&ch->opening);
	if (!ch->owned)
		put_close(ch); /* given up while opening */
}

static void on_close(struct lme_channel *ch)
{
	struct lme_session *s = ch->s;

	if (ch->opened)
		put_close(ch);
	ch->ended = true;
	table_remove(ch);
	if (s->c.drop_after_close)
		lme_end(s, "the firmware dropped the session");
}

static void on_adjust(struct lme_channel *ch, uint32_t bytes)
{
	ch->credit = bytes > UINT32_MAX - ch->credit ? UINT32_MAX : ch->credit + bytes;
	channel_kick(ch);
}

static void on_open(struct lme_session *s, const struct apf_msg *m);

/* Messages for unknown ids are late ones (firmware replays CLOSE for channel 0): no harm.
 */
void lme_channel_message(struct lme_session *s, const struct apf_msg *m)
{
	struct lme_channel *ch;

	switch (m->op) {
	case APF_CHANNEL_OPEN:
		on_open(s, m);
		break;
	case APF_CHANNEL_OPEN_CONFIRMATION:
		ch = table_find(s, m->confirm.recipient);
		if (ch != NULL)
			on_confirmation(ch, m);
		break;
	case APF_CHANNEL_OPEN_FAILURE:
		ch = table_find(s, m->open_failure.recipient);
		if (ch != NULL && !ch->opened) {
			ch->refused = m->open_failure.reason;
			ch->ended = true;
			table_remove(ch);
		}
		break;
	case APF_CHANNEL_WINDOW_ADJUST:
		ch = table_find(s, m->adjust.recipient);
		if (ch != NULL)
			on_adjust(ch, m->adjust.bytes);
		break;
	case APF_CHANNEL_DATA:
		ch = table_find(s, m->data.recipient);
		if (ch != NULL)
			on_data(ch, m->data.bytes);
		break;
	case APF_CHANNEL_CLOSE:
		ch = table_find(s, m->close.recipient);
		if (ch != NULL)
			on_close(ch);
		break;
	default:
		break; /* nothing that either role waits for */
	}
}

/* ---- device: channels the host opens ---- */

static uint32_t device_id(const struct lme_session *s)
{
	uint32_t id = 0;

	while (table_find(s, id) != NULL)
		id++;
	return id;
}

static void refuse(struct lme_session *s, const struct apf_msg *m, uint32_t reason)
{
	lme_put(s, &(struct apf_msg){.op = APF_CHANNEL_OPEN_FAILURE,
				     .open_failure = {m->open.sender, reason}});
}

static enum apf_open_failure may_open(const struct lme_session *s,
				      const struct apf_msg *m)
{
	if (!str_eqz(m->open.type, "forwarded-tcpip"))
		return APF_OPEN_UNKNOWN_TYPE;
	if (m->open.connected_port > UINT16_MAX ||
	    !lme_session_forwards(s, (uint16_t)m->open.connected_port))
		return APF_OPEN_PROHIBITED;
	return s->n_channels < LME_CHANNELS ? 0 : APF_OPEN_RESOURCE_SHORTAGE;
}

static void on_open(struct lme_session *s, const struct apf_msg *m)
{
	enum apf_open_failure no = may_open(s, m);

	if (no != 0) {
		refuse(s, m, no);
		return;
	}
	struct lme_channel *ch = channel_new(s, device_id(s));
	ch->peer_id = m->open.sender;
	ch->credit = m->open.window;
	no = APF_OPEN_PROHIBITED;
	if (s->h->open != NULL)
		no = s->h->open(s, (uint16_t)m->open.connected_port, &ch->stream, s->arg);
	if (!lme_live(s)) {
		if (no != 0)
			stream_free(&ch->stream);
		return;
	}
	if (no != 0) {
		refuse(s, m, no);
		table_remove(ch);
		stream_free(&ch->stream);
		return;
	}
	lme_put(s, &(struct apf_msg){.op = APF_CHANNEL_OPEN_CONFIRMATION,
				     .confirm = {ch->peer_id, ch->id, s->c.window}});
	ch->opened = true;
	if (ch->owned)
		channel_kick(ch);
	else
		put_close(ch);
}

/* ---- host: opening ---- */

static struct err *err_lost(const struct lme_session *s, uint16_t port)
{
	return err_new(ERR_CLOSED, "the firmware's channel to port %u did not open: %s",
		       port, s->why);
}

static void table_reclaim(struct lme_session *s)
{
	int64_t before = clock_mono_ms() - CLOSE_WAIT_MS;

	for (size_t i = s->n_channels; i-- > 0;) {
		struct lme_channel *ch = s->channels[i];
		if (!ch->owned && ch->close_sent && ch->close_sent_at <= before)
			table_remove(ch);
	}
}

/* Ready and a channel to spare. */
static struct err *wait_for_place(struct lme_session *s, uint16_t port,
				  struct deadline until)
{
	while (lme_live(s) && (!s->ready || s->n_channels >= LME_CHANNELS)) {
		struct deadline part = deadline_min(until, deadline_in(CLOSE_WAIT_MS));
		struct err *e = waitq_wait(&s->openers, part);

		table_reclaim(s);
		if (err_is(e, ERR_TIMEOUT) && !deadline_passed(until))
			err_freep(&e);
		if (e != NULL)
			return err_wrap(e, "waiting to open a channel to port %u", port);
	}
	return lme_live(s) ? NULL : err_lost(s, port);
}

static uint32_t host_id(struct lme_session *s)
{
	do
		s->next_id = s->next_id % (LME_HOST_IDS - 1) + 1;
	while (table_find(s, s->next_id) != NULL);
	return s->next_id;
}

static struct lme_channel *start_opening(struct lme_session *s, uint16_t port)
{
	struct lme_channel *ch = channel_new(s, host_id(s));

	lme_put(s, &(struct apf_msg){.op = APF_CHANNEL_OPEN,
				     .open = {.type = STR("forwarded-tcpip"),
					      .sender = ch->id,
					      .window = s->c.window,
					      .connected = STR("::1"),
					      .connected_port = port,
					      .originator = STR("::1"),
					      .originator_port = ORIGINATOR_PORT}});
	return ch;
}

/* *retry: refused for the moment. */
static struct err *open_once(struct lme_session *s, uint16_t port, struct deadline until,
			     struct stream **out, bool *retry)
{
	struct err *e = NULL;

	*retry = false;
	TRY(wait_for_place(s, port, until));
	struct lme_channel *ch = start_opening(s, port);
	while (e == NULL && !ch->opened && !is_over(ch))
		e = waitq_wait(&ch->opening, until);
	if (e == NULL && ch->opened) {
		*out = &ch->stream; /* it may have ended since, with bytes to read */
		return NULL;
	}
	if (e != NULL) {
		e = err_wrap(e, "opening a channel to port %u", port);
	} else if (ch->refused != 0) {
		*retry = ch->refused == APF_OPEN_PROHIBITED ||
			 ch->refused == APF_OPEN_RESOURCE_SHORTAGE;
		e = err_new(ERR_DEVICE,
			    "the firmware refused a channel to port %u: %s (%u)", port,
			    apf_open_failure_text(ch->refused), ch->refused);
	} else if (ch->lost != NULL) {
		e = err_lost(s, port);
	} else {
		e = err_new(ERR_DEVICE,
			    "the firmware closed the channel to port %u at once", port);
	}
	stream_free(&ch->stream);
	return e;
}

static struct err *open_retrying(struct lme_session *s, uint16_t port,
				 struct deadline until, struct stream **out)
{
	for (int i = 0;; i++) {
		bool retry;
		struct err *e = open_once(s, port, until, out, &retry);

		if (e == NULL || !retry || i == RETRIES ||
		    deadline_left_ms(until) <= RETRY_MS)
			return e;
		err_free(e);
		TRY(fiber_sleep_ms(RETRY_MS));
	}
}

struct err *lme_channel_open(struct lme_session *s, uint16_t port, struct deadline until,
			     struct stream **out)
{
	OB_ASSERT(!s->c.device);
	s->refs++;
	struct err *e =
		open_retrying(s, port, deadline_min(until, deadline_in(OPEN_MS)), out);
	lme_unref(s);
	return e;
}

/* ---- stream operations ---- */

static ssize_t fail(struct lme_channel *ch, const char *why)
{
	snprintf(ch->stream.error, sizeof(ch->stream.error), "%s", why);
	return STREAM_FAILED;
}

/* Credit goes back once half the window was read. */
static void give_credit(struct lme_channel *ch, size_t n)
{
	if (ch->s == NULL || !ch->opened || ch->close_sent)
		return;
	ch->consumed += (uint32_t)n;
	if (ch->consumed < ch->s->c.window / 2)
		return;
	lme_put(ch->s, &(struct apf_msg){.op = APF_CHANNEL_WINDOW_ADJUST,
					 .adjust = {ch->peer_id, ch->consumed}});
	ch->consumed = 0;
}

static ssize_t channel_try_read(struct stream *stream, void *p, size_t n)
{
	struct lme_channel *ch = channel_of(stream);

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
	if (ch->lost != NULL)
		return fail(ch, ch->lost);
	return ch->ended ? 0 : STREAM_AGAIN;
}

static ssize_t channel_try_write(struct stream *stream, const void *p, size_t n)
{
	struct lme_channel *ch = channel_of(stream);
	size_t done = 0;

	if (ch->lost != NULL)
		return fail(ch, ch->lost);
	if (ch->ended || ch->close_sent)
		return fail(ch, "channel closed");
	while (done < n && can_send(ch)) {
		size_t take = MIN(MIN(n - done, ch->credit), ch->s->c.max_data);
		ch->credit -= (uint32_t)take;
		lme_put(ch->s,
			&(struct apf_msg){
				.op = APF_CHANNEL_DATA,
				.data = {ch->peer_id, {(const char *)p + done, take}}});
		done += take;
	}
	return done > 0 ? (ssize_t)done : STREAM_AGAIN;
}

static void channel_watch(struct stream *stream)
{
	channel_kick(channel_of(stream));
}

/* APF knows no half-closed channel; the peer gets all that was written before. */
static void channel_shutdown(struct stream *stream)
{
	struct lme_channel *ch = channel_of(stream);

	if (ch->opened)
		put_close(ch);
	channel_kick(ch);
}

static void channel_free(struct stream *stream)
{
	struct lme_channel *ch = channel_of(stream);

	ch->owned = false;
	if (ch->opened)
		put_close(ch);
	channel_unref(ch);
}

static const struct stream_ops channel_ops = {
	.name = "lme",
	.try_read = channel_try_read,
	.try_write = channel_try_write,
	.watch = channel_watch,
	.shutdown = channel_shutdown,
	.free = channel_free,
};
