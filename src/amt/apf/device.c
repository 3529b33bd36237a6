/* SPDX-License-Identifier: Apache-2.0
 * APF session, device role (what AMT firmware does): login, forwarding of ports,
 * keep-alive. wire-amt.md 1.3, 6.1. Each request waits for its reply, since Console
 * loses messages else.
 */
#include <amt/apf/apf_priv.h>

#include <stdlib.h>

static void request_service(struct apf_session *s, const char *name)
{
	apf_put(s,
		&(struct apf_msg){.op = APF_SERVICE_REQUEST, .service = {str_of(name)}});
}

void apf_session_login(struct apf_session *s, const uint8_t uuid[16], struct str user,
		       struct str password, const uint16_t *ports, size_t n_ports)
{
	struct apf_msg m = {.op = APF_PROTOCOLVERSION,
			    .version = {1, 0, s->c.trigger, {0}}};

	OB_ASSERT(s->c.device && s->login == NULL);
	s->login = xcalloc(1, sizeof(*s->login));
	*s->login = (struct apf_login){uuid, user, password, ports, n_ports, 0};
	if (s->state != APF_D_NEW)
		return; /* closed meanwhile */
	memcpy(m.version.uuid, uuid, 16);
	apf_put(s, &m);
	request_service(s, APF_SERVICE_AUTH);
	s->state = APF_D_AUTH_SERVICE;
}

static void send_credentials(struct apf_session *s)
{
	apf_put(s,
		&(struct apf_msg){.op = APF_USERAUTH_REQUEST,
				  .auth = {s->login->user, STR(APF_SERVICE_PFWD),
					   STR("password"), true, s->login->password}});
	s->state = APF_D_AUTH;
}

static void next_port(struct apf_session *s)
{
	struct apf_login *l = s->login;

	s->state = APF_D_FORWARD;
	if (l->next < l->n_ports) {
		apf_put(s, &(struct apf_msg){.op = APF_GLOBAL_REQUEST,
					     .global = {.request = STR("tcpip-forward"),
							.want_reply = true,
							.port = l->ports[l->next++]}});
		return;
	}
	s->state = APF_D_OPEN;
	apf_set_ready(s);
}

static void on_accepted(struct apf_session *s, const struct apf_msg *m)
{
	bool login = s->state == APF_D_AUTH_SERVICE;

	if (!str_eqz(m->service.name, login ? APF_SERVICE_AUTH : APF_SERVICE_PFWD))
		apf_protocol_error(s, "another APF service was accepted");
	else if (login)
		send_credentials(s);
	else
		next_port(s);
}

static void keepalive_from_now(struct apf_session *s)
{
	if (s->interval_s == 0)
		s->phase_at = APF_NEVER;
	else
		s->phase_at = clock_mono_ms() + (int64_t)s->interval_s * 1000;
	apf_rearm(s);
}

static void on_authenticated(struct apf_session *s, bool ok)
{
	if (ok) {
		s->state = APF_D_PFWD;
		keepalive_from_now(s);
	}
	if (s->h->authenticated != NULL)
		s->h->authenticated(s, ok, s->arg);
	if (ok)
		request_service(s, APF_SERVICE_PFWD);
	else
		apf_session_close(s, 0, "the server refused the login");
}

static void on_options(struct apf_session *s, const struct apf_msg *m)
{
	s->interval_s = m->keepalive_options.interval_s;
	apf_put(s,
		&(struct apf_msg){.op = APF_KEEPALIVE_OPTIONS_REPLY,
				  .keepalive_options = {m->keepalive_options.interval_s,
							m->keepalive_options.timeout_s}});
	keepalive_from_now(s);
}

void apf_device_phase(struct apf_session *s)
{
	apf_session_probe(s);
	keepalive_from_now(s);
}

void apf_device_message(struct apf_session *s, const struct apf_msg *m)
{
	switch (m->op) {
	case APF_PROTOCOLVERSION:
		break; /* an echo of ours */
	case APF_SERVICE_ACCEPT:
		on_accepted(s, m);
		break;
	case APF_USERAUTH_SUCCESS:
	case APF_USERAUTH_FAILURE:
		on_authenticated(s, m->op == APF_USERAUTH_SUCCESS);
		break;
	case APF_REQUEST_SUCCESS:
	case APF_REQUEST_FAILURE:
		next_port(s);
		break;
	case APF_KEEPALIVE_OPTIONS_REQUEST:
		on_options(s, m);
		break;
	case APF_CHANNEL_OPEN:
		apf_channels_message(&s->channels, m);
		break;
	default:
		OB_ASSERT(!"in the table of allowed messages, but not here");
	}
}
