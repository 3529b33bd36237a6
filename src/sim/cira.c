/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/cira.h>

#include <base/log.h>
#include <net/socket.h>

#define CONNECT_MS 60000
#define WSMAN_PORT 16992

/* Order as observed (wire-amt.md 1.3); a light device answers on 16992 only. */
static const uint16_t ports[] = {16993, 16992, 664, 623, 16995, 16994, 5900};

struct sim_cira {
	struct sim_device *device;
	const struct sim_cira_config *config;
	struct sim_cira_counts *counts;
	struct fiber_group *fibers;
	struct apf_session *session;
	struct timer retry;
	uint32_t pause_ms;
	bool logged_in, stopping;
};

static void connect_run(void *arg);

static void start_connect(void *arg)
{
	struct sim_cira *s = arg;

	if (!s->stopping)
		fiber_spawn(s->fibers, "sim-connect", connect_run, s);
}

/* Doubling pauses with a spread, so that a fleet does not come back as one wave. */
static void retry_later(struct sim_cira *s)
{
	uint16_t spread;

	if (s->stopping)
		return;
	random_bytes(&spread, sizeof(spread));
	int64_t wait = s->pause_ms / 2 + (int64_t)s->pause_ms * spread / 65536;
	s->pause_ms = MIN(s->pause_ms * 2, s->config->retry_max_ms);
	timer_arm(&s->retry, clock_mono_ms() + wait, start_connect, s);
}

/* ---- APF callbacks ---- */

static void on_authenticated(struct apf_session *session, bool ok, void *arg)
{
	struct sim_cira *s = arg;

	if (!ok) {
		s->counts->refused++;
		log_info("login refused");
		apf_session_close(session, 0, "login refused");
		return;
	}
	s->logged_in = true;
	s->counts->connected++;
	s->counts->logins++;
	s->pause_ms = s->config->retry_min_ms;
	if (s->config->link != NULL)
		s->config->link(s->config->arg, true);
}

struct channel {
	struct sim_cira *cira;
	struct stream *stream;
};

static void channel_run(void *arg)
{
	struct channel ch = *(struct channel *)arg;

	free(arg);
	sim_http_serve(ch.cira->device, ch.stream);
}

static enum apf_open_failure on_open(struct apf_session *session, uint16_t port,
				     struct stream *stream, void *arg)
{
	struct sim_cira *s = arg;

	if (s->config->open != NULL)
		return s->config->open(s->config->arg, port, stream);
	if (port != WSMAN_PORT)
		return APF_OPEN_CONNECT_FAILED;
	struct channel *ch = xmalloc(sizeof(*ch));
	*ch = (struct channel){s, stream};
	fiber_spawn(s->fibers, "sim-http", channel_run, ch);
	return 0;
}

static void on_closed(struct apf_session *session, const char *why, void *arg)
{
	struct sim_cira *s = arg;

	s->session = NULL;
	apf_session_free(session);
	if (s->logged_in) {
		s->counts->connected--;
		s->counts->lost++;
		log_info("link to the server lost", F_STR("reason", why));
		if (s->config->link != NULL)
			s->config->link(s->config->arg, false);
	} else {
		s->counts->failed++;
	}
	s->logged_in = false;
	retry_later(s);
}

static const struct apf_handler handler = {
	.authenticated = on_authenticated,
	.open = on_open,
	.closed = on_closed,
};

/* ---- connecting ---- */

static struct err *connect_to(struct sim_cira *s, struct stream **out)
{
	const struct sim_cira_config *c = s->config;
	struct deadline until = deadline_in(CONNECT_MS);
	struct stream *tcp;

	TRY(socket_connect(c->host, c->port, c->source, until, &tcp));
	return tls_connect(tcp, c->tls, c->name != NULL ? c->name : c->host, until, out);
}

static void connect_run(void *arg)
{
	struct sim_cira *s = arg;
	struct stream *stream = NULL;

	s->counts->connecting++;
	struct err *e = connect_to(s, &stream);
	s->counts->connecting--;
	if (e != NULL) {
		s->counts->failed++;
		log_info("cannot reach the server", F_ERR(e));
		err_free(e);
		retry_later(s);
		return;
	}
	if (s->stopping) {
		stream_free(stream);
		return;
	}
	s->session = apf_session_new(stream, &s->config->apf, &handler, s);
	apf_session_login(s->session, s->device->uuid,
			  (struct str){s->config->user.p, s->config->user.n},
			  (struct str){s->config->password.p, s->config->password.n},
			  ports, ARRAY_LEN(ports));
}

struct sim_cira *sim_cira_new(struct sim_device *d, const struct sim_cira_config *c,
			      struct sim_cira_counts *counts, struct fiber_group *fibers)
{
	struct sim_cira *s = xcalloc(1, sizeof(*s));

	s->device = d;
	s->config = c;
	s->counts = counts;
	s->fibers = fibers;
	s->pause_ms = c->retry_min_ms;
	return s;
}

void sim_cira_start(struct sim_cira *s)
{
	start_connect(s);
}

void sim_cira_stop(struct sim_cira *s)
{
	s->stopping = true;
	timer_disarm(&s->retry);
	if (s->session != NULL)
		apf_session_close(s->session, APF_BY_APPLICATION, "device stops");
}

void sim_cira_free(struct sim_cira *s)
{
	if (s == NULL)
		return;
	timer_disarm(&s->retry);
	free(s);
}
