/* SPDX-License-Identifier: Apache-2.0
 * LME session: life, and the talk of both roles before channels.
 */
#include <amt/heci/lme_priv.h>

#include <stdlib.h>

#define QUIET_MS 3000
#define MAX_DATA 4095

/* ---- life ---- */

void lme_unref(struct lme_session *s)
{
	if (--s->refs == 0)
		free(s);
}

static void tell(struct lme_session *s)
{
	if (s->freed || s->told)
		return;
	s->told = true;
	if (s->h->closed != NULL)
		s->h->closed(s, s->why, s->arg);
}

static void on_soon(void *arg)
{
	struct lme_session *s = arg;

	tell(s);
	lme_unref(s);
}

void lme_end(struct lme_session *s, const char *why)
{
	if (!lme_live(s))
		return;
	s->state = LME_OVER;
	s->why = why;
	timer_disarm(&s->quiet);
	apf_channels_lost(&s->channels, why);
	heci_link_free(s->link);
	s->link = NULL;
	s->refs++;
	rt_soon(on_soon, s);
}

void lme_session_close(struct lme_session *s, uint32_t reason, const char *why)
{
	if (reason != 0)
		lme_put(s,
			&(struct apf_msg){.op = APF_DISCONNECT, .disconnect = {reason}});
	lme_end(s, why);
}

void lme_session_free(struct lme_session *s)
{
	if (s == NULL)
		return;
	s->freed = true;
	lme_end(s, "closed");
	lme_unref(s);
}

void lme_put(struct lme_session *s, const struct apf_msg *m)
{
	struct buf b = {0};

	if (!lme_live(s))
		return;
	apf_encode(&b, m);
	heci_link_send(s->link, buf_str(&b));
	buf_fini(&b);
}

static void protocol_error(struct lme_session *s, const char *why)
{
	lme_session_close(s, APF_BY_PROTOCOL_ERROR, why);
}

static void set_ready(struct lme_session *s)
{
	if (s->ready)
		return;
	s->ready = true;
	timer_disarm(&s->quiet);
	apf_channels_ready(&s->channels);
	if (s->h->ready != NULL)
		s->h->ready(s, s->arg);
}

/* ---- forwards ---- */

bool lme_session_forwards(const struct lme_session *s, uint16_t port)
{
	for (size_t i = 0; i < s->n_forwards; i++)
		if (s->forwards[i] == port)
			return true;
	return false;
}

static bool forward_add(struct lme_session *s, uint32_t port)
{
	if (port > UINT16_MAX)
		return false;
	if (lme_session_forwards(s, (uint16_t)port))
		return true;
	if (s->n_forwards == LME_MAX_FORWARDS)
		return false;
	s->forwards[s->n_forwards++] = (uint16_t)port;
	return true;
}

static bool forward_remove(struct lme_session *s, uint32_t port)
{
	for (size_t i = 0; i < s->n_forwards; i++)
		if (s->forwards[i] == port) {
			s->forwards[i] = s->forwards[--s->n_forwards];
			return true;
		}
	return false;
}

static bool forwards_both(const struct lme_session *s, struct lme_ports p)
{
	return lme_session_forwards(s, p.web) && lme_session_forwards(s, p.management);
}

/* ---- host ---- */

static void on_quiet(void *arg)
{
	struct lme_session *s = arg;

	if (s->state == LME_NEW)
		lme_end(s, "the firmware does not answer");
	else
		set_ready(s);
}

static void host_heard(struct lme_session *s)
{
	if (!s->ready && lme_live(s))
		timer_arm(&s->quiet, clock_mono_ms() + s->c.quiet_ms, on_quiet, s);
}

static void host_service(struct lme_session *s, struct str name)
{
	bool pfwd = str_eqz(name, APF_SERVICE_PFWD);

	if (!pfwd && !str_eqz(name, APF_SERVICE_AUTH)) {
		lme_session_close(s, APF_BY_SERVICE_NOT_AVAILABLE,
				  "the firmware asked for an unknown service");
		return;
	}
	s->pfwd = s->pfwd || pfwd;
	lme_put(s, &(struct apf_msg){.op = APF_SERVICE_ACCEPT, .service = {name}});
}

static void host_global(struct lme_session *s, const struct apf_msg *m)
{
	bool forward = str_eqz(m->global.request, "tcpip-forward"), ok = false;
	struct apf_msg reply = {.op = APF_REQUEST_FAILURE};

	if (forward)
		ok = forward_add(s, m->global.port);
	else if (str_eqz(m->global.request, "cancel-tcpip-forward"))
		ok = forward_remove(s, m->global.port);
	if (ok)
		reply = (struct apf_msg){.op = APF_REQUEST_SUCCESS,
					 .success = {forward, m->global.port}};
	if (m->global.want_reply)
		lme_put(s, &reply);
	if (forwards_both(s, LME_PLAIN) || forwards_both(s, LME_TLS))
		set_ready(s);
}

static void host_version(struct lme_session *s, const struct apf_msg *m)
{
	if (m->version.major < 1)
		lme_session_close(s, APF_BY_VERSION,
				  "the firmware speaks an APF older than 1.0");
	else if (s->state == LME_NEW)
		s->state = LME_OPEN;
}

static void host_message(struct lme_session *s, const struct apf_msg *m)
{
	bool login = m->op == APF_SERVICE_REQUEST || m->op == APF_USERAUTH_REQUEST;

	if (login && s->state == LME_NEW) {
		protocol_error(s, "the firmware asked for a service too early");
		return;
	}
	switch (m->op) {
	case APF_PROTOCOLVERSION:
		host_version(s, m);
		break;
	case APF_SERVICE_REQUEST:
		host_service(s, m->service.name);
		break;
	case APF_USERAUTH_REQUEST:
		lme_put(s, &(struct apf_msg){.op = APF_USERAUTH_SUCCESS});
		break;
	case APF_GLOBAL_REQUEST:
		if (!s->pfwd)
			protocol_error(s, "the firmware forwarded a port too early");
		else
			host_global(s, m);
		break;
	default:
		lme_channel_message(s, m);
	}
	host_heard(s);
}

/* ---- device ---- */

static void device_ask(struct lme_session *s, const char *service, enum lme_state state)
{
	s->state = state;
	lme_put(s, &(struct apf_msg){.op = APF_SERVICE_REQUEST,
				     .service = {str_of(service)}});
}

/* Those of management last: when the host has seen them it opens channels. 0 behind the
 * last. */
static uint16_t device_port(const struct lme_session *s, size_t i)
{
	const uint16_t ports[] = {s->c.ports.web,	  s->c.also.web,
				  s->c.ports.redirection, s->c.also.redirection,
				  s->c.ports.management,  s->c.also.management};

	if (s->c.also.web == 0)
		i *= 2;
	return i < ARRAY_LEN(ports) ? ports[i] : 0;
}

static void device_forward(struct lme_session *s)
{
	s->state = LME_FORWARDING;
	if (device_port(s, s->next_forward) != 0) {
		lme_put(s, &(struct apf_msg){
				   .op = APF_GLOBAL_REQUEST,
				   .global = {.request = STR("tcpip-forward"),
					      .want_reply = true,
					      .addr = STR("127.0.0.1"),
					      .port = device_port(s, s->next_forward)}});
		return;
	}
	s->state = LME_OPEN;
	set_ready(s);
}

static void device_forwarded(struct lme_session *s, bool ok)
{
	if (s->state != LME_FORWARDING)
		return;
	if (ok)
		forward_add(s, device_port(s, s->next_forward));
	s->next_forward++;
	device_forward(s);
}

static void device_version(struct lme_session *s, uint32_t trigger)
{
	struct apf_msg m = {.op = APF_PROTOCOLVERSION,
			    .version = {1, 0, LME_TRIGGER, {0}}};

	if (s->state != LME_NEW)
		return; /* rpc echoes ours */
	s->trigger = trigger;
	memcpy(m.version.uuid, s->c.uuid, 16);
	lme_put(s, &m);
	device_ask(s, APF_SERVICE_AUTH, LME_AUTH_SERVICE);
}

static void device_accepted(struct lme_session *s, struct str name)
{
	if (s->state == LME_AUTH_SERVICE && str_eqz(name, APF_SERVICE_AUTH))
		device_ask(s, APF_SERVICE_PFWD, LME_PFWD_SERVICE);
	else if (s->state == LME_PFWD_SERVICE && str_eqz(name, APF_SERVICE_PFWD))
		device_forward(s);
	else
		protocol_error(s, "the host accepted another service");
}

static void device_message(struct lme_session *s, const struct apf_msg *m)
{
	if (s->state == LME_NEW && m->op != APF_PROTOCOLVERSION) {
		protocol_error(s, "the host did not say its version first");
		return;
	}
	switch (m->op) {
	case APF_PROTOCOLVERSION:
		device_version(s, m->version.trigger);
		break;
	case APF_SERVICE_ACCEPT:
		device_accepted(s, m->service.name);
		break;
	case APF_REQUEST_SUCCESS:
	case APF_REQUEST_FAILURE:
		device_forwarded(s, m->op == APF_REQUEST_SUCCESS);
		break;
	default:
		lme_channel_message(s, m);
	}
}

/* ---- the link ---- */

static void on_message(struct heci_link *l, struct str bytes, void *arg)
{
	struct lme_session *s = arg;
	struct apf_msg m;
	const char *why = NULL;
	enum lme_decoded what = lme_decode(bytes.p, bytes.n, &m, &why);

	if (what == LME_SKIP)
		return;
	s->refs++;
	if (what == LME_MALFORMED)
		protocol_error(s, why);
	else if (m.op == APF_DISCONNECT)
		lme_end(s, apf_disconnect_text(m.disconnect.reason));
	else if (s->c.device)
		device_message(s, &m);
	else
		host_message(s, &m);
	lme_unref(s);
}

static void on_drained(struct heci_link *l, void *arg)
{
	struct lme_session *s = arg;

	apf_channels_writable(&s->channels);
}

static void on_closed(struct heci_link *l, const char *why, void *arg)
{
	struct lme_session *s = arg;

	s->refs++;
	lme_end(s, why);
	tell(s);
	lme_unref(s);
}

static const struct heci_link_handler link_handler = {
	.message = on_message,
	.drained = on_drained,
	.closed = on_closed,
};

void lme_session_poll(struct lme_session *s)
{
	s->refs++;
	if (lme_live(s))
		heci_link_poll(s->link);
	lme_unref(s);
}

bool lme_session_ready(const struct lme_session *s)
{
	return s->ready && lme_live(s);
}

uint32_t lme_session_trigger(const struct lme_session *s)
{
	return s->trigger;
}

size_t lme_session_channels(const struct lme_session *s)
{
	return s->channels.n;
}

struct lme_session *lme_session_new(struct heci_link *link, const struct lme_config *c,
				    const struct lme_handler *h, void *arg)
{
	struct lme_session *s = xcalloc(1, sizeof(*s));

	*s = (struct lme_session){.link = link, .h = h, .arg = arg, .c = *c, .refs = 1};
	lme_session_channels_init(s);
	if (s->c.window == 0)
		s->c.window = LME_WINDOW;
	if (s->c.max_data == 0)
		s->c.max_data = MAX_DATA;
	s->c.max_data = MIN(s->c.max_data, s->c.max_message - LME_DATA_OVERHEAD);
	if (s->c.trigger == 0)
		s->c.trigger = LME_TRIGGER_RPC;
	if (s->c.quiet_ms == 0)
		s->c.quiet_ms = QUIET_MS;
	if (s->c.ports.web == 0)
		s->c.ports = LME_PLAIN;
	heci_link_handle(link, s->c.max_message, &link_handler, s);
	if (!s->c.device) {
		lme_put(s, &(struct apf_msg){.op = APF_PROTOCOLVERSION,
					     .version = {1, 0, s->c.trigger, {0}}});
		host_heard(s);
	}
	return s;
}
