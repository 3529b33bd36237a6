/* SPDX-License-Identifier: Apache-2.0
 * APF session, server role (MPS): login in the order AMT follows, forwarded ports,
 * keep-alive options. wire-amt.md 1.1 (HTTP probe), 1.3, 1.4.
 */
#include <amt/apf/apf_priv.h>

#define OPTIONS_QUIET_MS \
	500 /* after the first forward, for firmware that does not forward 5900 */
#define LAST_PORT 5900

/* A person with a browser on the CIRA port gets to know what it is. */
ssize_t apf_server_http_probe(struct apf_session *s, const uint8_t *p, size_t n)
{
	static const char page[] =
		"<!DOCTYPE html><html><head><meta charset=\"UTF-8\"></head><body>Intel "
		"Management Presence Server (MPS).<br />Intel&reg; AMT computers must "
		"connect "
		"here using CIRA.</body></html>";
	struct buf b = {0};

	if (memcmp(p, "GET", MIN(n, 3)) != 0) {
		apf_protocol_error(s, "unknown APF opcode");
		return -1;
	}
	if (n < 3)
		return 0;
	buf_addf(&b,
		 "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
		 "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
		 sizeof(page) - 1, page);
	apf_put_raw(s, buf_str(&b));
	buf_fini(&b);
	apf_drain(s, "HTTP request on the CIRA port");
	return (ssize_t)n;
}

static void on_version(struct apf_session *s, const struct apf_msg *m)
{
	if (m->version.major < 1) {
		apf_session_close(s, APF_BY_VERSION, "APF version below 1.0");
		return;
	}
	s->state = APF_S_AUTH_SERVICE;
	if (s->h->version != NULL)
		s->h->version(s, m, s->arg);
}

static void on_service(struct apf_session *s, const struct apf_msg *m)
{
	bool login = s->state == APF_S_AUTH_SERVICE;

	if (!str_eqz(m->service.name, login ? APF_SERVICE_AUTH : APF_SERVICE_PFWD)) {
		apf_session_close(s, APF_BY_SERVICE_NOT_AVAILABLE,
				  "unexpected APF service");
		return;
	}
	apf_put(s, &(struct apf_msg){.op = APF_SERVICE_ACCEPT,
				     .service = {m->service.name}});
	s->state = login ? APF_S_AUTH : APF_S_OPEN;
}

static void on_auth(struct apf_session *s, const struct apf_msg *m)
{
	s->state = APF_S_AUTH_PENDING;
	/* Method "none" has let devices in without a password elsewhere
	 * (wire-amt.md 1.3). */
	if (m->auth.has_password && s->h->auth != NULL)
		s->h->auth(s, m->auth.user, m->auth.password, s->arg);
	else
		apf_auth_reply(s, false);
}

void apf_auth_reply(struct apf_session *s, bool ok)
{
	if (s->state != APF_S_AUTH_PENDING)
		return;
	apf_put(s, &(struct apf_msg){.op = ok ? APF_USERAUTH_SUCCESS
					      : APF_USERAUTH_FAILURE});
	if (!ok) {
		apf_drain(s, "login refused");
		return;
	}
	s->state = APF_S_PFWD;
	s->phase_at = APF_NEVER;
	apf_rearm(s);
}

static void send_options(struct apf_session *s)
{
	s->options_sent = true;
	s->phase_at = APF_NEVER;
	apf_put(s, &(struct apf_msg){.op = APF_KEEPALIVE_OPTIONS_REQUEST,
				     .keepalive_options = {s->c.keepalive_s, 0}});
	apf_set_ready(s);
}

void apf_server_phase(struct apf_session *s)
{
	if (!s->options_sent)
		send_options(s);
}

static void on_forward(struct apf_session *s, const struct apf_msg *m)
{
	if (m->global.want_reply)
		apf_put(s, &(struct apf_msg){.op = APF_REQUEST_SUCCESS,
					     .success = {true, m->global.port}});
	if (s->options_sent)
		return;
	if (m->global.port == LAST_PORT) {
		send_options(s);
	} else if (s->phase_at == APF_NEVER) {
		s->phase_at = clock_mono_ms() + OPTIONS_QUIET_MS;
		apf_rearm(s);
	}
}

static void on_global(struct apf_session *s, const struct apf_msg *m)
{
	if (str_eqz(m->global.request, "tcpip-forward"))
		on_forward(s, m);
	else if (str_eqz(m->global.request, "cancel-tcpip-forward") &&
		 m->global.want_reply)
		apf_put(s, &(struct apf_msg){.op = APF_REQUEST_SUCCESS});
	/* udp-send-to: nobody here to send it to, and no reply, as upstream */
}

void apf_server_message(struct apf_session *s, const struct apf_msg *m)
{
	switch (m->op) {
	case APF_PROTOCOLVERSION:
		on_version(s, m);
		break;
	case APF_SERVICE_REQUEST:
		on_service(s, m);
		break;
	case APF_USERAUTH_REQUEST:
		on_auth(s, m);
		break;
	case APF_GLOBAL_REQUEST:
		on_global(s, m);
		break;
	case APF_CHANNEL_OPEN:
		/* direct-tcpip carries firmware's own events; nobody listens */
		apf_put(s, &(struct apf_msg){.op = APF_CHANNEL_OPEN_FAILURE,
					     .open_failure = {m->open.sender,
							      APF_OPEN_UNKNOWN_TYPE}});
		break;
	case APF_KEEPALIVE_OPTIONS_REPLY:
		s->options_acked = m->keepalive_options.interval_s <= s->c.keepalive_s;
		apf_rearm(s);
		break;
	default:
		OB_ASSERT(!"in the table of allowed messages, but not here");
	}
}
