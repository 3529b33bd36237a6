/* SPDX-License-Identifier: Apache-2.0 */
#include <device/relay_priv.h>

#include <base/log.h>
#include <iam/iam_audit.h>
#include <stdio.h>
#include <stdlib.h>

#define OPEN_MS 15000
#define STUCK_MS 60000 /* a side that takes nothing for so long is given up */
#define PORT 16994
#define REVOKED "the login was revoked"

const char *relay_mode(enum redir_kind kind)
{
	static const char *const names[] = {
		[REDIR_SOL] = "sol", [REDIR_IDER] = "ider", [REDIR_KVM] = "kvm"};

	return names[kind];
}

bool relay_mode_parse(const char *mode, enum redir_kind *kind)
{
	for (int k = 0; k < REDIR_KINDS; k++) {
		if (strcmp(mode, relay_mode((enum redir_kind)k)) == 0) {
			*kind = (enum redir_kind)k;
			return true;
		}
	}
	return false;
}

/* ---- one session of a kind per device ---- */

static bool *place_of(struct device *d, enum redir_kind kind)
{
	return kind == REDIR_KVM   ? &d->kvm_busy
	       : kind == REDIR_SOL ? &d->sol_busy
				   : &d->ider_busy;
}

struct err *relay_claim(struct relay_session *s, enum redir_kind kind)
{
	bool *place = place_of(s->device, kind);

	OB_ASSERT(!s->claimed);
	if (*place)
		return err_new(ERR_CONFLICT, "the device has a %s session already",
			       relay_mode(kind));
	*place = true;
	s->claimed = s->kind_known = true;
	s->kind = kind;
	return NULL;
}

void relay_release(struct relay_session *s)
{
	if (s->claimed)
		*place_of(s->device, s->kind) = false;
	s->claimed = false;
}

/* ---- the end ---- */

void relay_end(struct relay_session *s, uint16_t code, const char *reason)
{
	if (s->ending)
		return;
	s->ending = true;
	s->code = code;
	struct str fits = str_cut(str_of(reason), sizeof(s->reason) - 1);
	snprintf(s->reason, sizeof(s->reason), STR_FMT, STR_ARG(fits));
	fiber_cancel(s->fiber);
}

/* What a WebSocket's user sees of an error on the device's side, or on its own. */
static uint16_t code_of(const struct err *e)
{
	switch (e->kind) {
	case ERR_INVALID:
	case ERR_FORBIDDEN:
		return RELAY_VIOLATION;
	case ERR_UNAUTHENTICATED:
		return RELAY_REFUSED;
	case ERR_NOT_FOUND:
		return RELAY_NO_DEVICE;
	case ERR_CONFLICT:
		return RELAY_BUSY;
	case ERR_CLOSED:
		return RELAY_DEVICE_LOST;
	case ERR_TIMEOUT:
		return RELAY_DEVICE_SLOW;
	case ERR_UNAVAILABLE:
		return RELAY_UNAVAILABLE;
	case ERR_CANCELLED:
		return RELAY_STOPPING;
	default:
		return RELAY_DEVICE_ERROR;
	}
}

static void end_with(struct relay_session *s, struct err *take_e)
{
	const char *text =
		take_e->kind == ERR_CANCELLED ? "the server is stopping" : take_e->msg;

	if (!s->ending && take_e->kind == ERR_TIMEOUT && !s->device->gone &&
	    s->device->suspect != NULL)
		s->device->suspect(s->device);
	relay_end(s, code_of(take_e), text);
	err_free(take_e);
}

/* The client is gone, or too slow; that is its own business. */
static void client_end(struct relay_session *s, struct err *take_e)
{
	if (take_e->kind == ERR_CLOSED) {
		s->client_left = !s->ending;
		relay_end(s, ws_close_code(s->ws), "the client left");
		err_free(take_e);
	} else if (take_e->kind == ERR_TIMEOUT) {
		relay_end(s, RELAY_CLIENT_SLOW, "the client took nothing for a minute");
		err_free(take_e);
	} else {
		end_with(s, take_e);
	}
}

/* ---- device to client ---- */

/* Each byte becomes a code point, so that text frames carry it (wire-amt.md 5.4). out has
 * room for 2 * n + 1. Without branches: nobody can foretell a picture's bytes. */
static size_t latin1_to_utf8(const uint8_t *in, size_t n, char *out)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t two = in[i] >> 7;
		out[k] = (char)(two ? 0xc0 | in[i] >> 6 : in[i]);
		out[k + 1] = (char)(0x80 | (in[i] & 0x3f));
		k += 1u + two;
	}
	return k;
}

static struct err *to_client(struct relay_session *s, struct str data, char *text)
{
	if (data.n == 0)
		return NULL;
	s->bytes_down += data.n;
	s->relay->bytes_down += data.n;
	for (size_t at = 0; s->text && at < data.n; at += RELAY_CHUNK) {
		size_t n = latin1_to_utf8((const uint8_t *)data.p + at,
					  MIN(data.n - at, RELAY_CHUNK), text);
		TRY(ws_send(s->ws, false, (struct str){text, n}, deadline_in(STUCK_MS)));
	}
	return s->text ? NULL : ws_send(s->ws, true, data, deadline_in(STUCK_MS));
}

/* True when the session goes on. */
static bool pass_down(struct relay_session *s, struct str data, char *text,
		      struct buf *out)
{
	struct err *e = NULL, *sent;

	if (s->login.direct) {
		sent = to_client(s, data, text);
	} else {
		buf_clear(out);
		e = interceptor_device(&s->login, data, out);
		sent = to_client(s, buf_str(out), text);
	}
	/* What refused the session is the reason, not that the client left then. */
	if (e != NULL)
		end_with(s, e);
	if (sent != NULL)
		client_end(s, sent);
	return e == NULL && sent == NULL;
}

static void down_run(void *arg)
{
	struct relay_session *s = arg;
	struct buf out = {0};
	char *chunk = xmalloc(RELAY_CHUNK);
	char *text = s->text ? xmalloc(2 * RELAY_CHUNK + 1) : NULL;
	size_t n;

	for (;;) {
		struct err *e =
			stream_read(s->channel, chunk, RELAY_CHUNK, DEADLINE_NEVER, &n);
		if (e != NULL) {
			end_with(s, e);
			break;
		}
		if (n == 0) {
			relay_end(s, RELAY_ENDED, "the device ended the session");
			break;
		}
		if (!pass_down(s, (struct str){chunk, n}, text, &out))
			break;
	}
	free(chunk);
	free(text);
	buf_fini(&out);
}

/* ---- client to device ---- */

/* In place: the low 8 bits of each code point. The frame was checked to be UTF-8. */
static struct str utf8_to_latin1(struct str s)
{
	uint8_t *p = (uint8_t *)s.p;
	size_t k = 0;

	for (size_t i = 0; i < s.n;) {
		uint8_t c = p[i];
		size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		uint32_t v = n == 1 ? c : c & (0xffu >> (n + 1));
		for (size_t j = 1; j < n && i + j < s.n; j++)
			v = v << 6 | (p[i + j] & 0x3f);
		p[k++] = (uint8_t)v;
		i += n;
	}
	return (struct str){s.p, k};
}

static struct err *pass_up(struct relay_session *s, struct str data, struct buf *out)
{
	struct err *e = NULL;

	if (!interceptor_passes(&s->login)) {
		buf_clear(out);
		e = interceptor_client(&s->login, data, out);
		data = buf_str(out);
	}
	if (data.n > 0) {
		struct err *w =
			stream_write(s->channel, data.p, data.n, deadline_in(STUCK_MS));
		if (e != NULL)
			err_free(w);
		else
			e = w;
	}
	s->bytes_up += data.n;
	s->relay->bytes_up += data.n;
	return e;
}

static void up_run(struct relay_session *s)
{
	struct buf out = {0};
	struct ws_message m;

	while (!s->ending) {
		struct err *e = ws_recv(s->ws, DEADLINE_NEVER, &m);
		if (e != NULL) {
			client_end(s, e);
			break;
		}
		e = pass_up(s, m.binary ? m.data : utf8_to_latin1(m.data), &out);
		if (e != NULL) {
			end_with(s, e);
			break;
		}
	}
	buf_fini_wipe(&out);
}

/* ---- a session's life ---- */

static struct err *on_started(void *arg, enum redir_kind kind)
{
	struct relay_session *s = arg;

	if (s->claimed)
		return NULL;
	TRY(relay_claim(s, kind));
	s->relay->opened[kind]++;
	return NULL;
}

/* The channel's HTTP neighbour may have computed it for the same realm already. */
static struct err *ha1_of(void *arg, struct str realm, bool fresh, char out[33])
{
	struct relay_session *s = arg;
	struct device *d = s->device;
	struct device_host *host = s->relay->c.host;

	if (!fresh && d->http.ha1[0] != '\0' && d->http.realm != NULL &&
	    str_eqz(realm, d->http.realm)) {
		memcpy(out, d->http.ha1, 33);
		return NULL;
	}
	if (fresh || d->http.password.p == NULL)
		TRY(host->renew(host, s->req, d));
	if (d->http.password.p == NULL)
		return err_new(ERR_UNAVAILABLE, "the device's password changed just "
						"now; try again");
	digest_ha1((struct str){d->http.user.p, d->http.user.n}, realm,
		   (struct str){d->http.password.p, d->http.password.n}, out);
	return NULL;
}

static void note(struct relay_session *s, const char *what, const char *outcome)
{
	char detail[240], action[32];

	snprintf(action, sizeof(action), "%s session",
		 s->kind_known ? relay_mode(s->kind) : "redirection");
	snprintf(detail, sizeof(detail), "session %llu %s%s%s", (unsigned long long)s->id,
		 what, s->reason[0] != '\0' ? ": " : "", s->reason);
	iam_audit_note(s->relay->c.db, &(struct iam_audit){.who = s->who->name,
							   .tenant = s->who->tenant,
							   .what = action,
							   .device = s->device->guid,
							   .outcome = outcome,
							   .peer = s->req->peer.addr,
							   .detail = detail});
}

static void tell(struct relay_session *s, enum event_type type, const char *method,
		 const char *message)
{
	struct device_host *host = s->relay->c.host;

	if (host->tell != NULL)
		host->tell(host, s->req, type, method, message, s->device->guid);
}

/* Upstream's account of who closed a console. */
static void tell_end(struct relay_session *s)
{
	bool clean = s->client_left ? s->code != 1006 : s->code == RELAY_ENDED;

	tell(s, EVENT_SUCCESS, "handleClose", "Redirection session ended");
	if (!s->kind_known || s->kind != REDIR_KVM)
		return;
	if (!clean)
		tell(s, EVENT_FAIL, "logKvmCloseSource",
		     "KVM session closed unexpectedly");
	else
		tell(s, EVENT_SUCCESS, "logKvmCloseSource",
		     s->client_left ? "KVM session closed by web"
				    : "KVM session closed by device");
}

static void relay_bytes(struct relay_session *s)
{
	if (s->kind_known)
		s->relay->opened[s->kind]++;
	fiber_group_init(&s->down);
	fiber_spawn(&s->down, "relay down", down_run, s);
	up_run(s);
	fiber_shield(1);
	fiber_group_join(&s->down, true);
	fiber_shield(-1);
}

void relay_run(struct relay_session *s, bool answer)
{
	const struct interceptor_config login = {
		.answer = answer,
		.kind_known = s->kind_known,
		.kind = s->kind,
		.user = "admin",
		.ha1 = ha1_of,
		.started = on_started,
		.arg = s,
	};
	struct relay *r = s->relay;
	struct amt_http *http = &s->device->http;

	s->fiber = fiber_self();
	s->id = r->next_id++;
	s->since_ms = clock_wall_ms();
	s->since_mono_ms = clock_mono_ms();
	list_add_tail(&r->sessions, &s->link);
	r->n++;
	/* Who was let in a moment ago may have been shown out since. */
	if (!iam_still_valid(r->c.iam, s->who))
		relay_end(s, RELAY_VIOLATION, REVOKED);
	interceptor_init(&s->login, &login);
	struct err *e =
		http->open(http->open_arg, PORT, deadline_in(OPEN_MS), &s->channel);
	bool open = e == NULL;
	if (!open) {
		end_with(s, e);
		note(s, "not begun", "failed");
	} else {
		note(s, "begun", "begun");
		tell(s, EVENT_SUCCESS, "handleConnection", "Redirection session started");
		log_info("redirection session begun", F_STR("guid", s->device->guid),
			 F_U64("session", s->id), F_STR("user", s->who->name));
		relay_bytes(s);
	}
	fiber_shield(1);
	stream_free(s->channel);
	relay_release(s);
	if (!s->client_left)
		ws_close(s->ws, s->code, s->reason);
	ws_free(s->ws);
	list_del(&s->link);
	r->n--;
	if (open) {
		log_info("redirection session ended", F_STR("guid", s->device->guid),
			 F_U64("session", s->id), F_STR("reason", s->reason),
			 F_U64("code", s->code), F_U64("up", s->bytes_up),
			 F_U64("down", s->bytes_down));
		note(s, "ended", "ended");
		tell_end(s);
	}
	fiber_shield(-1);
	interceptor_fini(&s->login);
}

/* ---- all sessions ---- */

static void tell_metrics(struct metrics_out *o, void *arg)
{
	struct relay *r = arg;
	size_t open[REDIR_KINDS] = {0};
	char labels[32];

	list_for_each (l, &r->sessions) {
		struct relay_session *s = list_entry(l, struct relay_session, link);
		if (s->kind_known)
			open[s->kind]++;
	}
	for (int k = 0; k < REDIR_KINDS; k++) {
		snprintf(labels, sizeof(labels), "mode=\"%s\"",
			 relay_mode((enum redir_kind)k));
		metrics_put(o, METRIC_GAUGE, "outband_relay_sessions",
			    "Redirection sessions.", labels, (double)open[k]);
		metrics_put(o, METRIC_COUNTER, "outband_relay_sessions_total",
			    "Redirection sessions that were begun.", labels,
			    (double)r->opened[k]);
	}
	metrics_put(o, METRIC_COUNTER, "outband_relay_bytes_total",
		    "Bytes relayed, by direction.", "to=\"device\"", (double)r->bytes_up);
	metrics_put(o, METRIC_COUNTER, "outband_relay_bytes_total",
		    "Bytes relayed, by direction.", "to=\"client\"",
		    (double)r->bytes_down);
}

/* Sessions end with the login that their token is of. */
static void end_revoked(void *arg)
{
	struct relay *r = arg;

	list_for_each (l, &r->sessions) {
		struct relay_session *s = list_entry(l, struct relay_session, link);

		if (!iam_still_valid(r->c.iam, s->who))
			relay_end(s, RELAY_VIOLATION, REVOKED);
	}
}

struct relay *relay_new(const struct relay_config *c)
{
	struct relay *r = xcalloc(1, sizeof(*r));

	r->c = *c;
	r->next_id = 1;
	list_init(&r->sessions);
	r->metrics = (struct metrics_source){.fn = tell_metrics, .arg = r};
	metrics_source_add(&r->metrics);
	r->revoked = (struct iam_watch){.fn = end_revoked, .arg = r};
	iam_watch(c->iam, &r->revoked);
	return r;
}

void relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	OB_ASSERT(list_empty(&r->sessions));
	metrics_source_del(&r->metrics);
	iam_unwatch(&r->revoked);
	free(r);
}
