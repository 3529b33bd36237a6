/* SPDX-License-Identifier: Apache-2.0
 * Listeners, and a fiber per client.
 */
#include <agent/lms/lms.h>

#include <amt/heci/amthi_client.h>
#include <amt/heci/lme_client.h>
#include <amt/heci/lme.h>
#include <base/log.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define ASK_MS 15000
#define READY_MS 20000
#define OPEN_MS 30000
/* How often it is looked whether LME is still there. Firmware takes graceful power
 * requests only while somebody holds it. */
#define KEEP_MS 2000
#define MAX_LISTENERS 32

struct lms {
	struct lms_config c;
	struct lme_client *lme;
	struct listener *listeners[MAX_LISTENERS];
	struct port *ports;
	size_t n_listeners, n_clients;
	struct fiber_group clients, keeper;
	bool started, stopping;
	uint64_t served, refused;
};

/* What a listener's clients want. */
struct port {
	struct lms *lms;
	uint16_t amt;
};

struct client {
	struct lms *lms;
	struct stream *stream;
	uint16_t port;
	struct net_peer peer;
};

/* ---- clients ---- */

static void serve(struct client *c)
{
	struct stream *channel = NULL;
	struct err *e =
		lme_client_open(c->lms->lme, c->port, deadline_in(OPEN_MS), &channel);

	if (e != NULL) {
		c->lms->refused++;
		if (!err_is(e, ERR_CANCELLED))
			log_info("client turned away", F_STR("peer", c->peer.addr),
				 F_U64("port", c->port), F_ERR(e));
		err_free(e);
		return;
	}
	c->lms->served++;
	log_debug("client connected", F_STR("peer", c->peer.addr),
		  F_U64("port", c->port));
	lms_pipe(c->stream, channel);
	stream_free(channel);
}

static void client_fiber(void *arg)
{
	struct client *c = arg;

	serve(c);
	stream_free(c->stream);
	c->lms->n_clients--;
	free(c);
}

/* Local programs alone, whatever address was bound. */
static bool is_local(const struct net_peer *p)
{
	return str_starts(str_of(p->addr), STR("127.")) || strcmp(p->addr, "::1") == 0;
}

static void on_accept(struct stream *s, const struct net_peer *peer, void *arg)
{
	struct port *p = arg;
	struct lms *l = p->lms;

	if (l->stopping || !is_local(peer) || l->n_clients >= LMS_MAX_CLIENTS) {
		l->refused++;
		log_info("client turned away", F_STR("peer", peer->addr),
			 F_STR("why", is_local(peer) ? "too many clients"
						     : "it is not on this machine"));
		stream_free(s);
		return;
	}
	struct client *c = xmalloc(sizeof(*c));

	*c = (struct client){l, s, p->amt, *peer};
	l->n_clients++;
	fiber_spawn(&l->clients, "lms-client", client_fiber, c);
}

/* ---- notices ---- */

struct notice {
	struct lms *lms;
	struct stream *stream;
};

static void alert_fiber(void *arg)
{
	struct notice n = *(struct notice *)arg;

	free(arg);
	lms_alert(n.stream, n.lms->c.power_command);
}

static void on_alert(void *arg, struct stream *s)
{
	struct notice *n = xmalloc(sizeof(*n));

	*n = (struct notice){arg, s};
	fiber_spawn(&n->lms->keeper, "lms-alert", alert_fiber, n);
}

/* ---- keeping LME ---- */

/* Firmware drops the session now and then: it is made again without a client. */
static void keeper_fiber(void *arg)
{
	struct lms *l = arg;
	bool lost = false, tls;
	struct err *e = NULL;

	while (!err_is(e, ERR_CANCELLED)) {
		err_free(e);
		e = lme_client_tls(l->lme, deadline_in(READY_MS), &tls);
		if (e != NULL && !lost && e->kind != ERR_CANCELLED)
			log_warn("the way to AMT is lost; trying again", F_ERR(e));
		if (e == NULL && lost)
			log_info("the way to AMT is back");
		lost = e != NULL;
		if (!err_is(e, ERR_CANCELLED)) {
			err_free(e);
			e = fiber_sleep_ms(KEEP_MS);
		}
	}
	err_free(e);
}

/* ---- start ---- */

static struct err *listen_at(struct lms *l, const char *address, uint16_t port,
			     struct port *p)
{
	char at[80];

	snprintf(at, sizeof(at), strchr(address, ':') != NULL ? "[%s]:%u" : "%s:%u",
		 address, port);
	OB_ASSERT(l->n_listeners < MAX_LISTENERS);
	return listener_open(at, on_accept, p, &l->listeners[l->n_listeners++]);
}

static bool is_v6(const char *address)
{
	return strchr(address, ':') != NULL;
}

/* IPv6 may be switched off in the kernel: the others do then. */
static struct err *listen_all(struct lms *l)
{
	for (size_t i = 0; i < l->c.n_addresses; i++)
		for (uint16_t k = 0; k < LMS_PORTS; k++) {
			const char *address = l->c.addresses[i];
			struct err *e = listen_at(l, address, (uint16_t)(l->c.port + k),
						  &l->ports[k]);

			if (e == NULL)
				continue;
			l->n_listeners--;
			if (!is_v6(address) || i == 0)
				return e;
			log_info("no IPv6 on loopback", F_ERR(e));
			err_free(e);
			break;
		}
	return NULL;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return 0;
	if (sa.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&sa)->sin_port);
	return sa.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&sa)->sin6_port)
					: 0;
}

static struct err *adopt_all(struct lms *l)
{
	for (const int *fd = l->c.inherited; *fd >= 0; fd++) {
		uint16_t port = port_of(*fd);

		if (port < l->c.port || port >= l->c.port + LMS_PORTS)
			return err_new(
				ERR_INVALID,
				"systemd handed over a socket at port %u; ports are "
				"%u to %u",
				port, l->c.port, l->c.port + LMS_PORTS - 1);
		TRY(listener_adopt(*fd, on_accept, &l->ports[port - l->c.port],
				   &l->listeners[l->n_listeners]));
		l->n_listeners++;
	}
	return NULL;
}

/* Says in people's words what is not there. */
static struct err *check_amt(struct lms *l, bool *tls)
{
	_cleanup_(arena_fini) struct arena a = {0};
	struct amthi_client amthi = {.place = &l->c.place, .a = &a};
	struct amthi_value mode;
	struct err *e = amthi_get_control_mode(&amthi, deadline_in(ASK_MS), &mode);

	if (e != NULL)
		return err_wrap(e, "AMT does not answer on this machine");
	l->lme = lme_client_new(&l->c.place, LME_TRIGGER);
	lme_client_on_alert(l->lme, on_alert, l);
	e = lme_client_tls(l->lme, deadline_in(READY_MS), tls);
	if (err_is(e, ERR_CONFLICT))
		return err_wrap(e, "another LMS runs on this machine; stop it first");
	return e != NULL ? err_wrap(e, "the firmware forwards no ports (LME)") : NULL;
}

struct err *lms_start(const struct lms_config *c, struct lms **out)
{
	struct lms *l = xcalloc(1, sizeof(*l));
	bool tls = false;

	l->c = *c;
	l->ports = xcalloc(LMS_PORTS, sizeof(*l->ports));
	for (uint16_t k = 0; k < LMS_PORTS; k++)
		l->ports[k] = (struct port){l, (uint16_t)(LMS_FIRST_PORT + k)};
	fiber_group_init(&l->clients);
	fiber_group_init(&l->keeper);
	struct err *e = check_amt(l, &tls);

	if (e == NULL)
		e = c->inherited != NULL && c->inherited[0] >= 0 ? adopt_all(l)
								 : listen_all(l);
	if (e != NULL) {
		lms_stop(l);
		return e;
	}
	fiber_spawn(&l->keeper, "lms-keeper", keeper_fiber, l);
	l->started = true;
	log_info("ready", F_STR("version", OUTBAND_VERSION), F_U64("port", c->port),
		 F_BOOL("tls_only", tls));
	*out = l;
	return NULL;
}

size_t lms_clients(const struct lms *l)
{
	return l->n_clients;
}

void lms_stop(struct lms *l)
{
	if (l == NULL)
		return;
	l->stopping = true;
	for (size_t i = 0; i < l->n_listeners; i++)
		listener_free(l->listeners[i]);
	fiber_group_join(&l->clients, true);
	fiber_group_join(&l->keeper, true);
	if (l->started)
		log_info("stopped", F_U64("served", l->served),
			 F_U64("turned_away", l->refused));
	lme_client_free(l->lme);
	free(l->ports);
	free(l);
}
