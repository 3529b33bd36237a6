/* SPDX-License-Identifier: Apache-2.0
 * APF session: life, input, output, time and dispatch. wire-amt.md 1.2, 1.3, 1.6.
 *
 * Input is read into a scratch buffer that all sessions share; only the start of an
 * incomplete message is kept, and payload of CHANNEL_DATA goes to its channel as it
 * comes. Output is collected during a round of the loop and written at its end, so that
 * what belongs together costs one TLS record. Callbacks may close the session at any
 * point: closing only sets the state; memory goes in apf_session_free.
 */
#include <amt/apf/apf_priv.h>

#include <base/encode.h>
#include <base/secret.h>
#include <stdlib.h>

#define SCRATCH_SIZE 65536
#define READ_ROUNDS 4 /* then other sessions have their turn */
#define FLUSH_AT 32768
#define DRAIN_MS 2000
#define NO_OPTIONS_SILENCE_MS \
	95000 /* some firmware keeps alive every 90 s (wire-amt.md 1.4) */
#define CONTROL_SLACK 65536

_Static_assert(SCRATCH_SIZE > APF_UDP_MAX + 5 * (APF_STRING_MAX + 4),
	       "room for any message");

static _Thread_local uint8_t scratch[SCRATCH_SIZE];

static void on_soon(void *arg);
static void on_timer(void *arg);

static void soon(struct apf_session *s)
{
	if (s->soon || s->state == APF_CLOSED)
		return;
	s->soon = true;
	rt_soon(on_soon, s);
}

static bool authenticated(const struct apf_session *s)
{
	return (s->state >= APF_S_PFWD && s->state <= APF_S_OPEN) ||
	       (s->state >= APF_D_PFWD && s->state <= APF_D_OPEN);
}

/* ---- output ---- */

/* With one_message_per_write the queue holds messages with their length (host order)
 * before each. */
static size_t next_chunk(const struct apf_session *s, size_t *head)
{
	uint32_t n;

	*head = 0;
	if (!s->c.one_message_per_write)
		return apf_unsent(s);
	*head = sizeof(n);
	memcpy(&n, s->out.p + s->out_off, sizeof(n));
	return n;
}

/* n bytes of the chunk went; what is left of it moves behind a new length. */
static void chunk_sent(struct apf_session *s, size_t head, size_t chunk, size_t n)
{
	s->out_off += n;
	if (head == 0)
		return;
	if (n == chunk) {
		s->out_off += head;
		return;
	}
	uint32_t left = (uint32_t)(chunk - n);
	memcpy(s->out.p + s->out_off, &left, sizeof(left));
}

static void out_shrink(struct apf_session *s)
{
	if (apf_unsent(s) == 0) {
		if (s->c.device && !authenticated(s))
			buf_fini_wipe(&s->out); /* the password was in it */
		else
			buf_fini(&s->out);
		s->out_off = 0;
	} else if (s->out_off > FLUSH_AT && s->out_off > s->out.len / 2) {
		buf_consume(&s->out, s->out_off);
		s->out_off = 0;
	}
}

/* False when the stream failed. */
static bool write_out(struct apf_session *s)
{
	while (apf_unsent(s) > 0) {
		size_t head, chunk = next_chunk(s, &head);
		ssize_t n =
			stream_try_write(s->stream, s->out.p + s->out_off + head, chunk);
		if (n == STREAM_FAILED)
			return false;
		if (n <= 0)
			break;
		chunk_sent(s, head, chunk, (size_t)n);
	}
	out_shrink(s);
	return true;
}

static void flush(struct apf_session *s)
{
	bool full = apf_unsent(s) >= s->c.max_unsent;

	if (s->state >= APF_CLOSING)
		return;
	if (!write_out(s)) {
		apf_session_close(s, 0, "connection lost");
		return;
	}
	if (full && apf_unsent(s) < s->c.max_unsent)
		apf_channels_writable(&s->channels);
	if (s->state == APF_DRAINING && apf_unsent(s) == 0 && !s->was_shutdown) {
		s->was_shutdown = true;
		stream_shutdown(s->stream);
	}
	unsigned want = STREAM_READABLE | (apf_unsent(s) > 0 ? STREAM_WRITABLE : 0);
	if (s->stream->watching != want)
		stream_watch(s->stream, want);
}

static void put_end(struct apf_session *s, size_t start)
{
	if (s->c.one_message_per_write) {
		uint32_t n = (uint32_t)(s->out.len - start - sizeof(n));
		memcpy(s->out.p + start, &n, sizeof(n));
	}
	/* Channels stopped at max_unsent: the rest answers a peer that asks without
	 * reading. */
	if (apf_unsent(s) > 2 * (size_t)s->c.max_unsent + s->c.max_data + CONTROL_SLACK) {
		apf_session_close(s, 0, "the peer does not read");
		return;
	}
	if (s->c.one_message_per_write || apf_unsent(s) >= FLUSH_AT)
		flush(s);
	if (apf_unsent(s) > 0 && !(s->stream->watching & STREAM_WRITABLE))
		soon(s);
}

static size_t put_begin(struct apf_session *s)
{
	size_t start = s->out.len;
	uint32_t length_later = 0;

	if (s->c.one_message_per_write)
		buf_add(&s->out, &length_later, sizeof(length_later));
	return start;
}

void apf_put(struct apf_session *s, const struct apf_msg *m)
{
	if (!apf_live(s))
		return;
	size_t start = put_begin(s);
	apf_encode(&s->out, m);
	put_end(s, start);
}

void apf_put_raw(struct apf_session *s, struct str bytes)
{
	if (!apf_live(s))
		return;
	size_t start = put_begin(s);
	buf_addstr(&s->out, bytes);
	put_end(s, start);
}

/* ---- time ---- */

static int64_t silence_at(const struct apf_session *s)
{
	if (s->probe_at != APF_NEVER)
		return s->probe_at;
	if (s->c.device || !authenticated(s))
		return APF_NEVER;
	uint32_t ms = s->c.silence_ms;
	return s->last_heard + (s->options_acked ? ms : MAX(ms, NO_OPTIONS_SILENCE_MS));
}

void apf_rearm(struct apf_session *s)
{
	int64_t at = MIN(s->phase_at, silence_at(s));

	if (at == APF_NEVER || s->state >= APF_CLOSING)
		return;
	if (!timer_armed(&s->timer) || s->timer.at_ms > at)
		timer_arm(&s->timer, at, on_timer, s);
}

void apf_session_probe(struct apf_session *s)
{
	if (!authenticated(s) || s->probe_at != APF_NEVER)
		return;
	s->probe_at = clock_mono_ms() + s->c.probe_ms;
	apf_put(s, &(struct apf_msg){.op = APF_KEEPALIVE_REQUEST,
				     .keepalive = {++s->cookie}});
	apf_rearm(s);
}

static void phase_due(struct apf_session *s)
{
	s->phase_at = APF_NEVER;
	if (s->state == APF_DRAINING)
		apf_session_close(s, 0, s->why);
	else if (!authenticated(s))
		apf_session_close(s, APF_BY_TIMEOUT, "no login in time");
	else if (s->c.device)
		apf_device_phase(s);
	else
		apf_server_phase(s);
}

static void on_timer(void *arg)
{
	struct apf_session *s = arg;
	int64_t now = clock_mono_ms();

	if (s->phase_at <= now)
		phase_due(s);
	if (s->state >= APF_CLOSING)
		return;
	if (s->probe_at <= now)
		apf_session_close(s, APF_BY_TIMEOUT, "the peer does not answer");
	else if (silence_at(s) <= now)
		apf_session_probe(s);
	apf_rearm(s);
}

/* ---- input ---- */

/* clang-format off */
static const uint8_t allowed[APF_DRAINING][16] = {
	[APF_S_VERSION] = {APF_PROTOCOLVERSION},
	[APF_S_AUTH_SERVICE] = {APF_SERVICE_REQUEST},
	[APF_S_AUTH] = {APF_USERAUTH_REQUEST},
	[APF_S_AUTH_PENDING] = {APF_KEEPALIVE_REQUEST},
	[APF_S_PFWD] = {APF_SERVICE_REQUEST, APF_KEEPALIVE_REQUEST, APF_KEEPALIVE_REPLY},
	[APF_S_OPEN] = {APF_CHANNEL_DATA, APF_CHANNEL_WINDOW_ADJUST, APF_CHANNEL_CLOSE,
		APF_CHANNEL_OPEN_CONFIRMATION, APF_CHANNEL_OPEN_FAILURE, APF_CHANNEL_OPEN,
		APF_KEEPALIVE_REQUEST, APF_KEEPALIVE_REPLY, APF_KEEPALIVE_OPTIONS_REPLY,
		APF_GLOBAL_REQUEST},
	/* Console echoes 192 (wire-amt.md 1.3). */
	[APF_D_NEW] = {APF_PROTOCOLVERSION},
	[APF_D_AUTH_SERVICE] = {APF_SERVICE_ACCEPT, APF_PROTOCOLVERSION},
	[APF_D_AUTH] = {APF_USERAUTH_SUCCESS, APF_USERAUTH_FAILURE, APF_PROTOCOLVERSION},
	[APF_D_PFWD] = {APF_SERVICE_ACCEPT, APF_KEEPALIVE_REQUEST, APF_KEEPALIVE_REPLY},
	[APF_D_FORWARD] = {APF_REQUEST_SUCCESS, APF_REQUEST_FAILURE, APF_CHANNEL_DATA,
		APF_CHANNEL_WINDOW_ADJUST, APF_CHANNEL_CLOSE, APF_CHANNEL_OPEN,
		APF_KEEPALIVE_REQUEST, APF_KEEPALIVE_REPLY, APF_KEEPALIVE_OPTIONS_REQUEST},
	[APF_D_OPEN] = {APF_CHANNEL_DATA, APF_CHANNEL_WINDOW_ADJUST, APF_CHANNEL_CLOSE,
		APF_CHANNEL_OPEN, APF_KEEPALIVE_REQUEST, APF_KEEPALIVE_REPLY,
		APF_KEEPALIVE_OPTIONS_REQUEST},
};
/* clang-format on */

void apf_protocol_error(struct apf_session *s, const char *why)
{
	apf_session_close(s, APF_BY_PROTOCOL_ERROR, why);
}

static void dispatch(struct apf_session *s, const struct apf_msg *m)
{
	switch (m->op) {
	case APF_DISCONNECT:
		apf_session_close(s, 0, apf_disconnect_text(m->disconnect.reason));
		break;
	case APF_KEEPALIVE_REQUEST:
		apf_put(s, &(struct apf_msg){.op = APF_KEEPALIVE_REPLY,
					     .keepalive = {m->keepalive.cookie}});
		break;
	case APF_KEEPALIVE_REPLY:
		break; /* that something was heard is all it says */
	case APF_CHANNEL_OPEN_CONFIRMATION:
	case APF_CHANNEL_OPEN_FAILURE:
	case APF_CHANNEL_WINDOW_ADJUST:
	case APF_CHANNEL_CLOSE:
		apf_channels_message(&s->channels, m);
		break;
	default:
		if (s->c.device)
			apf_device_message(s, m);
		else
			apf_server_message(s, m);
	}
}

/* Bytes used, 0 = incomplete or the session ends. Order is checked at the first byte, so
 * a peer that did not log in makes us keep little. */
static size_t take_message(struct apf_session *s, const uint8_t *p, size_t n)
{
	const char *why = NULL;
	uint32_t id, length;
	struct apf_msg m;
	ssize_t used;

	if (s->state == APF_S_VERSION && p[0] == 'G') {
		used = apf_server_http_probe(s, p, n);
		return used > 0 ? (size_t)used : 0;
	}
	if (p[0] != APF_DISCONNECT &&
	    memchr(allowed[s->state], p[0], sizeof(allowed[0])) == NULL) {
		apf_protocol_error(s, apf_op_name(p[0]) == NULL
					      ? "unknown APF opcode"
					      : "APF message out of order");
		return 0;
	}
	if (p[0] == APF_CHANNEL_DATA)
		used = apf_decode_data_head(p, n, &id, &length, &why);
	else
		used = apf_decode(p, n, s->state == APF_D_FORWARD, &m, &why);
	if (used < 0)
		apf_protocol_error(s, why);
	if (used <= 0)
		return 0;
	if (p[0] == APF_CHANNEL_DATA)
		apf_session_data_begin(s, id, length);
	else
		dispatch(s, &m);
	return (size_t)used;
}

static size_t parse(struct apf_session *s, const uint8_t *p, size_t n)
{
	size_t at = 0;

	while (at < n && apf_live(s)) {
		size_t used = s->data_left > 0 ? apf_session_data(s, p + at, n - at)
					       : take_message(s, p + at, n - at);
		if (used == 0)
			break;
		at += used;
	}
	return at;
}

static void heard(struct apf_session *s)
{
	s->last_heard = clock_mono_ms();
	s->probe_at = APF_NEVER;
}

/* The bytes behind what was used become the tail. */
static void take_input(struct apf_session *s, size_t n)
{
	bool secret = !authenticated(s);
	size_t used = parse(s, scratch, n);

	buf_fini_wipe(&s->tail);
	if (apf_live(s) && used < n)
		buf_add(&s->tail, scratch + used, n - used);
	if (secret)
		secret_wipe(scratch, n); /* a password may be in it */
	if (apf_live(s) && s->h->alive != NULL)
		s->h->alive(s, s->arg);
}

static void read_input(struct apf_session *s)
{
	for (int i = 0; i < READ_ROUNDS && s->state < APF_CLOSING; i++) {
		size_t have = s->tail.len;
		ssize_t n = stream_try_read(s->stream, scratch + have,
					    sizeof(scratch) - have);
		if (n == STREAM_AGAIN)
			return;
		if (n == 0)
			apf_session_close(s, 0, "closed by the peer");
		else if (n < 0)
			apf_session_close(s, 0, "connection lost");
		if (n <= 0)
			return;
		heard(s);
		if (s->state == APF_DRAINING)
			continue;
		if (have > 0)
			memcpy(scratch, s->tail.p, have);
		take_input(s, have + (size_t)n);
	}
}

static void on_stream(struct stream *stream, unsigned events, void *arg)
{
	struct apf_session *s = arg;

	if (s->state >= APF_CLOSING)
		return;
	if (events & STREAM_READABLE)
		read_input(s);
	flush(s);
}

/* ---- life ---- */

static uint32_t or_default(uint32_t value, uint32_t def)
{
	return value != 0 ? value : def;
}

static void config_defaults(struct apf_config *c)
{
	c->window = or_default(c->window, c->device ? 4096 : 81920);
	c->max_data =
		MIN(or_default(c->max_data, c->device ? 1024 : 32768), APF_DATA_MAX);
	c->max_channels = MIN(or_default(c->max_channels, 8), UINT16_MAX);
	c->keepalive_s = or_default(c->keepalive_s, 30);
	c->silence_ms = or_default(c->silence_ms, 60000);
	c->probe_ms = or_default(c->probe_ms, 20000);
	c->login_ms = or_default(c->login_ms, 30000);
	c->max_unsent = or_default(c->max_unsent, 256 * 1024);
	c->trigger = or_default(c->trigger, 1);
}

struct apf_session *apf_session_new(struct stream *stream, const struct apf_config *c,
				    const struct apf_handler *h, void *arg)
{
	struct apf_session *s = xcalloc(1, sizeof(*s));

	s->stream = stream;
	s->h = h;
	s->arg = arg;
	s->c = *c;
	config_defaults(&s->c);
	s->state = c->device ? APF_D_NEW : APF_S_VERSION;
	s->last_heard = clock_mono_ms();
	s->phase_at = s->last_heard + s->c.login_ms;
	s->probe_at = APF_NEVER;
	s->interval_s = s->c.keepalive_s;
	apf_session_channels(s);
	random_bytes(&s->cookie, sizeof(s->cookie));
	apf_rearm(s);
	stream_on_event(stream, on_stream, s);
	stream_watch(stream, STREAM_READABLE);
	return s;
}

void apf_drain(struct apf_session *s, const char *why)
{
	if (!apf_live(s))
		return;
	s->state = APF_DRAINING;
	s->why = why;
	s->probe_at = APF_NEVER;
	s->phase_at = clock_mono_ms() + DRAIN_MS;
	apf_rearm(s);
	soon(s);
}

void apf_session_close(struct apf_session *s, uint32_t reason, const char *why)
{
	if (s->state >= APF_CLOSING)
		return;
	if (apf_live(s)) {
		/* The state comes first: writing may fail and close again. */
		struct apf_msg m = {.op = APF_DISCONNECT, .disconnect = {reason}};
		s->why = why;
		if (reason != 0) {
			size_t start = put_begin(s);
			apf_encode(&s->out, &m);
			s->state = APF_CLOSING;
			put_end(s, start);
		}
	}
	s->state = APF_CLOSING;
	soon(s);
}

static void finish(struct apf_session *s)
{
	struct stream *stream = s->stream;

	timer_disarm(&s->timer);
	s->state = APF_CLOSED;
	(void)write_out(s); /* last words, best effort */
	stream_shutdown(stream);
	s->stream = NULL;
	stream_free(stream);
	buf_fini_wipe(&s->out);
	buf_fini_wipe(&s->tail);
	s->out_off = 0;
	apf_channels_lost(&s->channels, s->why);
	if (s->h->closed != NULL)
		s->h->closed(s, s->why, s->arg); /* frees s */
}

static void on_soon(void *arg)
{
	struct apf_session *s = arg;

	s->soon = false;
	if (s->state == APF_CLOSING)
		finish(s);
	else
		flush(s);
}

void apf_session_free(struct apf_session *s)
{
	if (s == NULL)
		return;
	OB_ASSERT(s->state == APF_CLOSED);
	if (s->users > 0) {
		s->freed = true;
		return;
	}
	free(s->login);
	free(s);
}

void apf_set_ready(struct apf_session *s)
{
	s->ready = true;
	apf_channels_ready(&s->channels);
	if (s->h->ready != NULL)
		s->h->ready(s, s->arg);
}

bool apf_session_ready(const struct apf_session *s)
{
	return s->ready && apf_live(s);
}

int64_t apf_session_last_heard(const struct apf_session *s)
{
	return s->last_heard;
}
