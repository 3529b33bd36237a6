/* SPDX-License-Identifier: Apache-2.0
 * APF channels: streams inside a session. wire-amt.md 1.5.
 *
 * A channel is in the session's table from CHANNEL_OPEN until both sides are done with
 * its id, and in its owner's hands until stream_free. It goes when it is in neither, so
 * owners and sessions may end in any order. Flow control is end to end: what the reader
 * took is what the peer may send again.
 */
#include <amt/apf/apf_priv.h>

#include <stdio.h>
#include <stdlib.h>

#define CLOSE_WAIT_MS 1000 /* Console answers CLOSE late or never (wire-amt.md 1.6) */
/* How long an opening that nobody waits for any more keeps its place: the device may
 * still open it, but one that never answers must not use up all places. */
#define GIVEN_UP_MS 15000

enum channel_state {
	CH_OPENING, /* waits for 91 or 92; device: until the handler took it */
	CH_OPEN,
	CH_ENDED, /* refused, or closed by the peer: the session knows it no more */
	CH_LOST,  /* the session ended */
};

struct apf_channel {
	struct stream stream;
	struct apf_session *s; /* while in its table */
	uint32_t id, peer_id;
	enum channel_state state;
	bool confirmed;
	uint32_t refused;  /* apf_open_failure of a 92 */
	uint32_t credit;   /* bytes we may send */
	uint32_t granted;  /* bytes the peer may send */
	uint32_t consumed; /* bytes read since the last adjust */
	bool owned;	   /* stream_free was not called */
	bool close_sent;
	bool soon, firing;     /* on_soon is queued / on the stack */
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
	if (ch->s != NULL || ch->owned || ch->soon || ch->firing)
		return;
	buf_fini(&ch->in);
	free(ch);
}

/* ---- events ---- */

static bool is_live(const struct apf_channel *ch)
{
	return ch->s != NULL && apf_live(ch->s);
}

static size_t unread(const struct apf_channel *ch)
{
	return ch->in.len - ch->in_off;
}

static bool can_send(const struct apf_channel *ch)
{
	return ch->state == CH_OPEN && ch->credit > 0 &&
	       apf_unsent(ch->s) < ch->s->c.max_unsent;
}

static unsigned ready_events(const struct apf_channel *ch)
{
	bool over = !is_live(ch);
	unsigned events = 0;

	if (over || unread(ch) > 0)
		events |= STREAM_READABLE;
	if (over || ch->close_sent || can_send(ch))
		events |= STREAM_WRITABLE;
	return events & ch->stream.watching;
}

static void channel_kick(struct apf_channel *ch);

static void on_soon(void *arg)
{
	struct apf_channel *ch = arg;
	unsigned events = ch->owned ? ready_events(ch) : 0;

	ch->soon = false;
	if (events != 0) {
		ch->firing = true;
		stream_fire(&ch->stream, events);
		ch->firing = false;
		if (ch->owned)
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

void apf_channels_writable(struct apf_session *s)
{
	for (size_t i = 0; i < s->n_channels; i++)
		channel_kick(s->channels[i]);
}

/* ---- the session's table ---- */

static struct apf_channel *table_find(const struct apf_session *s, uint32_t id)
{
	for (size_t i = 0; i < s->n_channels; i++)
		if (s->channels[i]->id == id)
			return s->channels[i];
	return NULL;
}

static void table_remove(struct apf_channel *ch)
{
	struct apf_session *s = ch->s;
	size_t i = 0;

	while (s->channels[i] != ch)
		i++;
	s->channels[i] = s->channels[--s->n_channels];
	ch->s = NULL;
	waitq_wake_one(&s->openers);
}

static struct apf_channel *channel_new(struct apf_session *s, uint32_t id)
{
	struct apf_channel *ch = xcalloc(1, sizeof(*ch));

	if (s->n_channels == s->cap_channels) {
		s->cap_channels = (uint16_t)MIN(s->cap_channels + 4, UINT16_MAX);
		s->channels =
			xrealloc(s->channels, s->cap_channels * sizeof(*s->channels));
	}
	s->channels[s->n_channels++] = ch;
	stream_init(&ch->stream, &channel_ops);
	waitq_init(&ch->opened);
	ch->s = s;
	ch->id = id;
	ch->owned = true;
	ch->granted = s->c.window;
	return ch;
}

static void put_close(struct apf_channel *ch)
{
	if (ch->close_sent)
		return;
	ch->close_sent = true;
	ch->close_sent_at = clock_mono_ms();
	apf_put(ch->s,
		&(struct apf_msg){.op = APF_CHANNEL_CLOSE, .close = {ch->peer_id}});
}

static void channel_end(struct apf_channel *ch, enum channel_state state)
{
	ch->state = state;
	waitq_wake_all(&ch->opened);
	if (ch->owned)
		channel_kick(ch);
	channel_unref(ch);
}

void apf_channels_lost(struct apf_session *s)
{
	while (s->n_channels > 0) {
		struct apf_channel *ch = s->channels[--s->n_channels];
		ch->s = NULL;
		channel_end(ch, CH_LOST);
	}
	free(s->channels);
	s->channels = NULL;
	s->cap_channels = 0;
}

/* ---- messages ---- */

void apf_channel_data_begin(struct apf_session *s, uint32_t id, uint32_t length)
{
	struct apf_channel *ch = table_find(s, id);

	s->data_id = id;
	s->data_left = length;
	if (ch == NULL)
		return; /* closed meanwhile: its bytes are dropped */
	if (ch->state != CH_OPEN || length > ch->granted) {
		apf_protocol_error(s, "CHANNEL_DATA beyond the window");
		return;
	}
	ch->granted -= length;
}

static void deliver(struct apf_channel *ch, const uint8_t *p, size_t n)
{
	if (ch->in_off > 0 && ch->in_off >= ch->in.len / 2) {
		buf_consume(&ch->in, ch->in_off);
		ch->in_off = 0;
	}
	buf_add(&ch->in, p, n);
	channel_kick(ch);
}

size_t apf_channel_data(struct apf_session *s, const uint8_t *p, size_t n)
{
	struct apf_channel *ch = table_find(s, s->data_id);

	n = MIN(n, s->data_left);
	s->data_left -= (uint32_t)n;
	if (ch != NULL && ch->owned)
		deliver(ch, p, n);
	return n;
}

static void on_confirmation(struct apf_channel *ch, const struct apf_msg *m)
{
	ch->peer_id = m->confirm.sender;
	ch->credit = m->confirm.window;
	ch->state = CH_OPEN;
	ch->confirmed = true;
	waitq_wake_all(&ch->opened);
	if (ch->owned)
		return;
	put_close(ch); /* given up while opening */
	table_remove(ch);
	channel_unref(ch);
}

static void on_close(struct apf_channel *ch)
{
	if (ch->state == CH_OPEN)
		put_close(ch);
	table_remove(ch);
	channel_end(ch, CH_ENDED);
}

static void on_adjust(struct apf_channel *ch, uint32_t bytes)
{
	ch->credit = bytes > UINT32_MAX - ch->credit ? UINT32_MAX : ch->credit + bytes;
	if (ch->owned)
		channel_kick(ch);
}

static void on_open(struct apf_session *s, const struct apf_msg *m);

/* Messages for unknown ids, or for a channel in another state, are late ones: no harm. */
void apf_channel_message(struct apf_session *s, const struct apf_msg *m)
{
	struct apf_channel *ch;

	switch (m->op) {
	case APF_CHANNEL_OPEN:
		on_open(s, m);
		return;
	case APF_CHANNEL_OPEN_CONFIRMATION:
		ch = table_find(s, m->confirm.recipient);
		if (ch != NULL && ch->state == CH_OPENING)
			on_confirmation(ch, m);
		else if (ch == NULL && !s->c.device) /* given up, and long forgotten */
			apf_put(s, &(struct apf_msg){.op = APF_CHANNEL_CLOSE,
						     .close = {m->confirm.sender}});
		return;
	case APF_CHANNEL_OPEN_FAILURE:
		ch = table_find(s, m->open_failure.recipient);
		if (ch != NULL && ch->state == CH_OPENING) {
			ch->refused = m->open_failure.reason;
			table_remove(ch);
			channel_end(ch, CH_ENDED);
		}
		return;
	case APF_CHANNEL_WINDOW_ADJUST:
		ch = table_find(s, m->adjust.recipient);
		if (ch != NULL)
			on_adjust(ch, m->adjust.bytes);
		return;
	default:
		ch = table_find(s, m->close.recipient);
		if (ch != NULL)
			on_close(ch);
	}
}

/* ---- device: channels the server opens ---- */

/* Ids whose CLOSE the server should have answered by now are free again. */
static void table_reclaim(struct apf_session *s)
{
	int64_t before = clock_mono_ms() - CLOSE_WAIT_MS;

	for (size_t i = s->n_channels; i-- > 0;) {
		struct apf_channel *ch = s->channels[i];
		if (ch->owned || !ch->close_sent || ch->close_sent_at > before)
			continue;
		table_remove(ch);
		channel_unref(ch);
	}
}

/* In turn, so that a late CLOSE for an old channel does not meet a new one. */
static uint32_t device_id(struct apf_session *s)
{
	uint32_t first = !s->c.channels_from_0;
	uint32_t id = s->next_id;

	while (table_find(s, id) != NULL)
		id = id + 1 >= first + s->c.max_channels ? first : id + 1;
	s->next_id = id + 1 >= first + s->c.max_channels ? first : id + 1;
	return id;
}

static void refuse(struct apf_session *s, const struct apf_msg *m, uint32_t reason)
{
	apf_put(s, &(struct apf_msg){.op = APF_CHANNEL_OPEN_FAILURE,
				     .open_failure = {m->open.sender, reason}});
}

static void on_open(struct apf_session *s, const struct apf_msg *m)
{
	enum apf_open_failure no = APF_OPEN_PROHIBITED;

	if (s->n_channels >= s->c.max_channels)
		table_reclaim(s);
	if (!str_eqz(m->open.type, "forwarded-tcpip")) {
		refuse(s, m, APF_OPEN_UNKNOWN_TYPE);
		return;
	}
	if (s->n_channels >= s->c.max_channels) {
		refuse(s, m, APF_OPEN_RESOURCE_SHORTAGE);
		return;
	}
	if (m->open.connected_port > UINT16_MAX) {
		refuse(s, m, APF_OPEN_CONNECT_FAILED);
		return;
	}
	struct apf_channel *ch = channel_new(s, device_id(s));
	ch->peer_id = m->open.sender;
	ch->credit = m->open.window;
	if (s->h->open != NULL)
		no = s->h->open(s, (uint16_t)m->open.connected_port, &ch->stream, s->arg);
	if (no != 0) {
		refuse(s, m, no);
		table_remove(ch);
		stream_free(&ch->stream);
		return;
	}
	apf_put(s, &(struct apf_msg){.op = APF_CHANNEL_OPEN_CONFIRMATION,
				     .confirm = {ch->peer_id, ch->id, ch->granted}});
	ch->state = CH_OPEN;
	if (ch->owned)
		channel_kick(ch);
	else
		put_close(ch);
}

/* ---- server: opening ---- */

static void user_leave(struct apf_session *s)
{
	s->users--;
	if (s->users == 0 && s->freed) {
		s->freed = false;
		apf_session_free(s);
	}
}

static struct err *err_lost(uint16_t port)
{
	return err_new(ERR_CLOSED,
		       "the device's connection ended before a channel to port %u opened",
		       port);
}

/* A place in the table, or an error. The session may end and be freed by its owner
 * meanwhile. */
/* Openings given up long ago are taken as never answered. */
static void forget_given_up(struct apf_session *s)
{
	int64_t before = clock_mono_ms() - GIVEN_UP_MS;

	for (size_t i = s->n_channels; i-- > 0;) {
		struct apf_channel *ch = s->channels[i];
		if (ch->owned || ch->state != CH_OPENING || ch->close_sent_at > before)
			continue;
		table_remove(ch);
		channel_unref(ch);
	}
}

static struct err *wait_for_place(struct apf_session *s, uint16_t port,
				  struct deadline until)
{
	struct err *e = NULL;

	forget_given_up(s);

	while (e == NULL && apf_live(s) &&
	       (!s->ready || s->n_channels >= s->c.max_channels))
		e = waitq_wait(&s->openers, until);
	if (e != NULL)
		return err_wrap(e, "waiting to open a channel to port %u", port);
	return apf_live(s) ? NULL : err_lost(port);
}

static uint32_t server_id(struct apf_session *s)
{
	while (s->next_id < 4 || table_find(s, s->next_id) != NULL)
		s->next_id = MAX(s->next_id + 1, 4);
	return s->next_id++;
}

/* Addresses as MPS sends them; firmware looks at the port alone. */
static struct apf_channel *start_opening(struct apf_session *s, uint16_t port)
{
	struct apf_channel *ch = channel_new(s, server_id(s));

	apf_put(s, &(struct apf_msg){
			   .op = APF_CHANNEL_OPEN,
			   .open = {.type = STR("forwarded-tcpip"),
				    .sender = ch->id,
				    .window = ch->granted,
				    .connected_port = port,
				    .originator = STR("1.2.3.4"),
				    .originator_port = s->n_opened++ % 30000 + 1024}});
	return ch;
}

static struct err *err_not_opened(const struct apf_channel *ch, uint16_t port)
{
	if (ch->state == CH_LOST)
		return err_lost(port);
	if (ch->refused == 0)
		return err_new(ERR_DEVICE,
			       "the device closed the channel to port %u at once", port);
	return err_new(ERR_DEVICE, "the device refused a channel to port %u: %s (%u)",
		       port, apf_open_failure_text(ch->refused), ch->refused);
}

struct err *apf_channel_open(struct apf_session *s, uint16_t port, struct deadline until,
			     struct stream **out)
{
	struct apf_channel *ch = NULL;
	struct err *e;

	OB_ASSERT(!s->c.device);
	s->users++;
	e = wait_for_place(s, port, until);
	if (e == NULL)
		ch = start_opening(s, port);
	user_leave(s);
	if (e != NULL)
		return e;
	while (e == NULL && ch->state == CH_OPENING)
		e = waitq_wait(&ch->opened,
			       until); /* only ch from here: the session may go */
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

/* Credit goes back once more than half the window was read. */
static void give_credit(struct apf_channel *ch, size_t n)
{
	if (!is_live(ch) || ch->state != CH_OPEN || ch->close_sent)
		return;
	ch->consumed += (uint32_t)n;
	if (ch->consumed <= ch->s->c.window / 2)
		return;
	apf_put(ch->s, &(struct apf_msg){.op = APF_CHANNEL_WINDOW_ADJUST,
					 .adjust = {ch->peer_id, ch->consumed}});
	ch->granted += ch->consumed;
	ch->consumed = 0;
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
	return is_live(ch) ? STREAM_AGAIN : fail(ch, "connection lost");
}

static ssize_t channel_try_write(struct stream *stream, const void *p, size_t n)
{
	struct apf_channel *ch = channel_of(stream);
	size_t done = 0;

	if (ch->state == CH_ENDED || ch->close_sent)
		return fail(ch, "channel closed");
	if (!is_live(ch))
		return fail(ch, "connection lost");
	while (done < n && is_live(ch) && can_send(ch)) {
		size_t take = MIN(MIN(n - done, ch->credit), ch->s->c.max_data);
		ch->credit -= (uint32_t)take;
		apf_put(ch->s,
			&(struct apf_msg){
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
	if (ch->s != NULL && ch->state == CH_OPEN) {
		put_close(ch);
		/* A server never uses the id again; a device waits for the answer. */
		if (!ch->s->c.device)
			table_remove(ch);
	}
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
