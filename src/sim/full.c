/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/full.h>
#include <sim/classes.h>

#include <amt/wsman/classes/setup.h>
#include <base/log.h>
#include <net/socket.h>
#include <sim/heci.h>

#define HANDSHAKE_MS 30000
#define TICK_MS 200

/* ---- connections ---- */

struct connection {
	struct sim_full *full;
	struct stream *stream;
	bool tls, local, redirection;
	char from[SIM_AUDIT_ADDRESS_MAX + 1];
};

/* During secure set-up the host's port has a certificate of its own. */
static SSL_CTX *tls_of(const struct sim_full *f, bool local)
{
	if (!local)
		return f->tls_ctx;
	return f->setup.tls != NULL ? f->setup.tls : f->tls_local_ctx;
}

static struct err *secure(struct connection *c)
{
	struct stream *inner = c->stream;

	SSL_CTX *ctx = tls_of(c->full, c->local);

	c->stream = NULL;
	if (ctx == NULL) {
		stream_free(inner);
		return err_new(ERR_CLOSED, "TLS is off");
	}
	TRY(tls_accept(inner, ctx, deadline_in(HANDSHAKE_MS), &c->stream));
	if (!c->local && !sim_full_tls_trusted(c->full, c->stream))
		return err_new(ERR_FORBIDDEN,
			       "the client's certificate has no trusted name");
	return NULL;
}

static void connection_run(void *arg)
{
	struct connection c = *(struct connection *)arg;
	struct err *e = NULL;

	free(arg);
	if (c.tls)
		e = secure(&c);
	if (e != NULL) {
		log_info("connection refused", F_ERR(e));
		err_free(e);
		stream_free(c.stream);
	} else if (c.redirection) {
		sim_redirection_serve(&c.full->redirection, str_of(c.from), c.stream);
	} else {
		sim_http_serve_from(&c.full->device, c.local, str_of(c.from), c.stream);
	}
}

enum apf_open_failure sim_full_connect(struct sim_full *f, uint16_t port, bool local,
				       struct str from, struct stream *s)
{
	bool tls = port == SIM_PORT_TLS || port == SIM_PORT_REDIRECTION_TLS;
	bool redirection =
		port == SIM_PORT_REDIRECTION || port == SIM_PORT_REDIRECTION_TLS;
	struct connection *c;

	if ((!tls && !redirection && port != SIM_PORT_PLAIN) ||
	    (tls && tls_of(f, local) == NULL) ||
	    (redirection && !sim_full_redirection_open(f)))
		return APF_OPEN_CONNECT_FAILED;
	c = xmalloc(sizeof(*c));
	*c = (struct connection){f, s, tls, local, redirection, ""};
	snprintf(c->from, sizeof(c->from), STR_FMT, STR_ARG(from));
	fiber_spawn(&f->connections, redirection ? "sim-redirection" : "sim-http",
		    connection_run, c);
	return 0;
}

static enum apf_open_failure from_tunnel(void *arg, uint16_t port, struct stream *s)
{
	return sim_full_connect(arg, port, false, STR(""), s);
}

static void accept_plain(struct stream *s, const struct net_peer *peer, void *arg)
{
	if (sim_full_connect(arg, SIM_PORT_PLAIN, false, str_of(peer->addr), s) != 0)
		stream_free(s);
}

static void accept_redirection(struct stream *s, const struct net_peer *peer, void *arg)
{
	if (sim_full_connect(arg, SIM_PORT_REDIRECTION, false, str_of(peer->addr), s) !=
	    0)
		stream_free(s);
}

static void accept_redirection_tls(struct stream *s, const struct net_peer *peer,
				   void *arg)
{
	if (sim_full_connect(arg, SIM_PORT_REDIRECTION_TLS, false, str_of(peer->addr),
			     s) != 0)
		stream_free(s);
}

static void accept_tls(struct stream *s, const struct net_peer *peer, void *arg)
{
	if (sim_full_connect(arg, SIM_PORT_TLS, false, str_of(peer->addr), s) != 0)
		stream_free(s);
}

/* ---- ports as the state wants them ---- */

static struct err *set_port(struct sim_full *f, struct listener **l, bool open,
			    uint16_t port, listener_accept_fn *fn)
{
	char at[300];

	if (!open || f->config.listen == NULL) {
		listener_free(*l);
		*l = NULL;
		return NULL;
	}
	if (*l != NULL)
		return NULL;
	snprintf(at, sizeof(at),
		 strchr(f->config.listen, ':') != NULL ? "[%s]:%u" : "%s:%u",
		 f->config.listen, port);
	return listener_open(at, fn, f, l);
}

static struct err *set_ports(struct sim_full *f)
{
	const struct sim_tls_mode *t = &f->state->tls_network;
	bool on = f->network_up && f->state->mode != IPS_CONTROL_NONE;
	bool tls = t->enabled || f->state->tls_local.enabled;
	bool plain = on && (!t->enabled || t->accept_plain);
	bool redirection = sim_full_redirection_open(f);

	SSL_CTX_free(f->tls_ctx);
	SSL_CTX_free(f->tls_local_ctx);
	f->tls_ctx = f->tls_local_ctx = NULL;
	if (tls) {
		TRY(sim_full_tls(f, false, &f->tls_ctx));
		TRY(sim_full_tls(f, true, &f->tls_local_ctx));
	}
	TRY(set_port(f, &f->plain, plain, f->config.plain_port, accept_plain));
	TRY(set_port(f, &f->tls, on && t->enabled, f->config.tls_port, accept_tls));
	TRY(set_port(f, &f->redirection_plain, plain && redirection,
		     f->config.redirection_port, accept_redirection));
	return set_port(f, &f->redirection_tls, on && t->enabled && redirection,
			f->config.redirection_tls_port, accept_redirection_tls);
}

static void apply(void *arg)
{
	struct sim_full *f = arg;
	unsigned after = f->after;
	struct err *e;

	f->after = 0;
	if (f->state->provisioning != AMT_PROVISIONING_IN)
		sim_full_setup_end(f);
	sim_full_redirection_check(f);
	if (after & SIM_AFTER_RESTART)
		fiber_group_cancel(&f->connections);
	e = set_ports(f);
	if (e != NULL)
		log_error("a port of the device cannot be opened", F_ERR(e));
	err_free(e);
	if (after & SIM_AFTER_HANG_UP)
		sim_home_hang_up(f->home);
	if (after & SIM_AFTER_CALL)
		sim_home_call(f->home);
	sim_home_wake(f->home);
}

void sim_full_changed(struct sim_full *f, unsigned after)
{
	f->after |= after;
	if (!f->ending)
		timer_arm(&f->apply, clock_mono_ms(), apply, f);
}

/* Alarms ring and time-outs end also when nobody asks. */
static void tick(void *arg)
{
	struct sim_full *f = arg;

	sim_device_tick(&f->device);
	sim_full_redirection_tick(f);
	timer_arm(&f->tick, clock_mono_ms() + TICK_MS, tick, f);
}

static void on_notify(void *arg, unsigned after)
{
	sim_full_changed(arg, after);
}

void sim_full_network(struct sim_full *f, bool up)
{
	f->network_up = up;
	sim_home_network(f->home, up);
	sim_full_changed(f, up ? SIM_AFTER_CHANGE : SIM_AFTER_RESTART);
}

struct err *sim_full_unplug(struct sim_full *f)
{
	struct sim_device *d = &f->device;
	struct err *e = NULL;

	if (f->heci != NULL)
		sim_heci_reset(f->heci);
	sim_home_drop(f->home);
	fiber_group_join(&f->connections, true);
	sim_full_setup_end(f);
	if (f->state->dir != NULL)
		e = sim_state_reload(f->state);
	sim_device_init(d, f->config.model, f->state->uuid);
	d->state = f->state;
	sim_full_redirection_reset(f);
	sim_home_network(f->home, f->network_up);
	sim_full_changed(f, SIM_AFTER_CHANGE);
	return e != NULL ? err_wrap(e, "the device goes on with what it remembers")
			 : NULL;
}

struct err *sim_full_new(const struct sim_full_config *c, struct sim_state *take_state,
			 struct sim_full **out)
{
	struct sim_full *f = xcalloc(1, sizeof(*f));
	struct sim_home_config home = {
		.source = c->source, .open = from_tunnel, .arg = f};
	struct err *e;

	f->config = *c;
	f->state = take_state;
	f->network_up = f->lms = true;
	sim_device_init(&f->device, c->model, take_state->uuid);
	f->device.state = take_state;
	take_state->faults = &f->faults;
	take_state->notify = on_notify;
	take_state->notify_arg = f;
	fiber_group_init(&f->connections);
	sim_full_redirection_begin(f);
	e = set_ports(f);
	if (e != NULL) {
		sim_full_free(f);
		return e;
	}
	f->home = sim_home_new(&f->device, &home);
	timer_arm(&f->tick, clock_mono_ms() + TICK_MS, tick, f);
	*out = f;
	return NULL;
}

void sim_full_free(struct sim_full *f)
{
	if (f == NULL)
		return;
	f->ending = true;
	timer_disarm(&f->apply);
	timer_disarm(&f->tick);
	listener_free(f->plain);
	listener_free(f->tls);
	listener_free(f->redirection_plain);
	listener_free(f->redirection_tls);
	sim_home_free(f->home);
	fiber_group_join(&f->connections, true);
	sim_full_redirection_end(f);
	sim_full_setup_end(f);
	SSL_CTX_free(f->tls_ctx);
	SSL_CTX_free(f->tls_local_ctx);
	sim_state_free(f->state);
	free(f);
}
