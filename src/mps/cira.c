/* SPDX-License-Identifier: Apache-2.0 */
#include <mps/cira_priv.h>

#include <base/log.h>
#include <mps/presence.h>

#define OPEN_RETRY_MS 250
#define DRAIN_MS 5000 /* for links to end at the stop, even when no time is left */
#define LOG_REFUSED_PER_S 10
#define DRAIN_STEP_MS 100

bool cira_may_log(struct cira *c)
{
	int64_t second = clock_mono_ms() / 1000;

	if (second != c->log_second) {
		if (c->logged > LOG_REFUSED_PER_S)
			log_info("more CIRA connections were refused",
				 F_U64("count", c->logged - LOG_REFUSED_PER_S));
		c->log_second = second;
		c->logged = 0;
	}
	return c->logged++ < LOG_REFUSED_PER_S;
}

/* ---- a link's life ---- */

static void link_destroy(struct device *d)
{
	struct link *l = container_of(d, struct link, device);
	struct cira *c = l->cira;

	free(l->tenant);
	free(l);
	if (--c->n_links == 0)
		waitq_wake_all(&c->drained);
}

void cira_tell(const struct link *l, enum event_type type, const char *method,
	       const char *message)
{
	events_emit(l->cira->mps->events, &(struct event){.source = "mps",
							  .type = type,
							  .methods = {method},
							  .message = message,
							  .guid = l->device.guid,
							  .tenant = l->tenant});
}

void cira_pending_remove(struct link *l)
{
	if (list_empty(&l->pending))
		return;
	list_del(&l->pending);
	l->cira->n_pending--;
}

static struct err *link_open(void *arg, uint16_t port, struct deadline until,
			     struct stream **out)
{
	struct link *l = arg;

	for (;;) {
		if (l->session == NULL)
			return err_new(ERR_CLOSED, "device %s is not connected any more",
				       l->device.guid);
		struct err *e = apf_channel_open(l->session, port, until, out);
		if (!err_is(e, ERR_DEVICE) || deadline_left_ms(until) < OPEN_RETRY_MS)
			return e;
		/* Firmware short of channels refuses at random, for a moment
		 * (wire-amt.md 1.5). */
		err_free(e);
		TRY(fiber_sleep_ms(OPEN_RETRY_MS));
	}
}

static void link_suspect(struct device *d)
{
	struct link *l = container_of(d, struct link, device);

	if (l->session != NULL)
		apf_session_probe(l->session);
}

static void on_version(struct apf_session *s, const struct apf_msg *m, void *arg)
{
	struct link *l = arg;

	memcpy(l->uuid, m->version.uuid, sizeof(l->uuid));
	uuid_text_from_smbios(l->uuid, l->device.guid);
}

static void on_alive(struct apf_session *s, void *arg)
{
	struct link *l = arg;

	if (l->logged_in && l->cira->last_seen)
		presence_seen(l->cira->mps->presence, l->device.guid);
}

static void on_closed(struct apf_session *s, const char *why, void *arg)
{
	struct link *l = arg;
	struct cira *c = l->cira;

	l->session = NULL;
	apf_session_free(s);
	device_gone(&l->device);
	cira_pending_remove(l);
	if (l->logged_in) {
		cira_map_remove(c, l);
		c->n_ended++;
		cira_tell(l, EVENT_SUCCESS, "CIRA_Disconnected",
			  "CIRA Connection Closed");
		presence_disconnected(c->mps->presence, l->device.guid);
		log_info("device disconnected", F_STR("guid", l->device.guid),
			 F_STR("reason", why));
	} else if (!l->replaced && cira_may_log(c)) {
		log_info("CIRA connection closed before login",
			 F_STR("peer", l->peer.addr), F_STR("reason", why));
	}
	device_unref(&l->device);
}

static const struct apf_handler handler = {
	.version = on_version,
	.auth = cira_on_auth,
	.alive = on_alive,
	.closed = on_closed,
};

static void on_tls(struct stream *tls, struct err *why, void *arg)
{
	struct link *l = arg;

	l->handshake = NULL;
	if (tls == NULL) {
		if (cira_may_log(l->cira))
			log_info("CIRA handshake failed", F_STR("peer", l->peer.addr),
				 F_ERR(why));
		err_free(why);
		cira_pending_remove(l);
		device_unref(&l->device);
		return;
	}
	l->session = apf_session_new(tls, &l->cira->apf, &handler, l);
}

/* A flood of silent connections must not keep devices out: the oldest of them goes. */
static void drop_oldest(struct cira *c)
{
	struct link *l = list_entry(c->pending.next, struct link, pending);

	cira_pending_remove(l);
	if (l->session != NULL) {
		apf_session_close(l->session, APF_BY_TOO_MANY,
				  "too many connections logging in");
		return;
	}
	if (l->handshake != NULL)
		tls_handshake_cancel(l->handshake);
	l->handshake = NULL;
	device_unref(&l->device);
}

static void on_accept(struct stream *s, const struct net_peer *peer, void *arg)
{
	struct cira *c = arg;

	while (c->n_pending >= c->max_pending)
		drop_oldest(c);
	struct link *l = xcalloc(1, sizeof(*l));
	l->cira = c;
	l->peer = *peer;
	device_init(&l->device, "", &c->limits, link_open, l);
	l->device.destroy = link_destroy;
	l->device.suspect = link_suspect;
	l->device.exchange_ms = c->exchange_ms;
	c->n_links++;
	c->n_accepted++;
	list_add_tail(&c->pending, &l->pending);
	c->n_pending++;
	l->handshake = tls_accept_start(s, c->tls, deadline_in((int64_t)c->handshake_ms),
					on_tls, l);
}

/* ---- start and stop ---- */

static void tell_metrics(struct metrics_out *o, void *arg)
{
	struct cira *c = arg;

	metrics_put(o, METRIC_GAUGE, "outband_cira_devices",
		    "Devices that are connected and logged in.", NULL,
		    (double)c->n_connected);
	metrics_put(o, METRIC_GAUGE, "outband_cira_pending",
		    "Connections that are logging in.", NULL, (double)c->n_pending);
	metrics_put(o, METRIC_COUNTER, "outband_cira_accepted_total",
		    "Connections accepted on the CIRA port.", NULL,
		    (double)c->n_accepted);
	metrics_put(o, METRIC_COUNTER, "outband_cira_logins_total",
		    "Logins of devices, by outcome.", "outcome=\"accepted\"",
		    (double)c->n_logins);
	metrics_put(o, METRIC_COUNTER, "outband_cira_logins_total",
		    "Logins of devices, by outcome.", "outcome=\"refused\"",
		    (double)c->n_refused);
	metrics_put(o, METRIC_COUNTER, "outband_cira_disconnects_total",
		    "Links of logged in devices that ended.", NULL, (double)c->n_ended);
}

static void read_config(struct cira *c)
{
	const struct config *cfg = c->mps->config;
	uint32_t keepalive_s = (uint32_t)config_int(cfg, "mps.cira.keepalive_s");

	c->limits = (struct limiter_config){
		.concurrent = (uint32_t)config_int(cfg, "mps.limiter.concurrent"),
		.burst = (uint32_t)config_int(cfg, "mps.limiter.burst"),
		.per_second = (uint32_t)config_int(cfg, "mps.limiter.per_second"),
	};
	c->exchange_ms = (uint32_t)config_int(cfg, "mps.answer_ms");
	c->handshake_ms = (size_t)config_int(cfg, "mps.cira.handshake_ms");
	c->max_pending = (size_t)config_int(cfg, "mps.cira.max_handshakes");
	c->last_seen = config_bool(cfg, "mps.cira.last_seen");
	c->apf = (struct apf_config){
		.window = (uint32_t)config_int(cfg, "mps.cira.window_size"),
		.window_doublings = 2,
		.max_channels = 8,
		.keepalive_s = keepalive_s,
		.silence_ms = (uint32_t)config_int(cfg, "mps.cira.silence_ms"),
		.probe_ms = (uint32_t)config_int(cfg, "mps.cira.probe_ms"),
		.login_ms = (uint32_t)c->handshake_ms,
		.max_unsent = 256 * 1024,
	};
}

static struct err *listen_on(struct cira *c)
{
	TRY(listener_open(config_str(c->mps->config, "mps.cira.listen"), on_accept, c,
			  &c->listener));
	log_info("waiting for devices", F_STR("cira", listener_name(c->listener)));
	return NULL;
}

struct err *cira_start(struct mps *m, struct cira **out)
{
	struct cira *c = xcalloc(1, sizeof(*c));

	c->mps = m;
	list_init(&c->pending);
	fiber_group_init(&c->logins);
	waitq_init(&c->drained);
	cira_map_init(c);
	read_config(c);
	struct err *e = cira_tls_make(c);
	if (e == NULL)
		e = listen_on(c);
	if (e != NULL) {
		cira_stop(c, deadline_in(0));
		return e;
	}
	c->metrics = (struct metrics_source){.fn = tell_metrics, .arg = c};
	metrics_source_add(&c->metrics);
	*out = c;
	return NULL;
}

static void close_all(struct cira *c)
{
	while (!list_empty(&c->pending))
		drop_oldest(c);
	for (size_t i = 0; i < c->n_buckets; i++)
		for (struct link *l = c->buckets[i]; l != NULL; l = l->hash_next)
			apf_session_close(l->session, APF_BY_APPLICATION, "server stops");
}

/* Up to n of the devices, in no order. */
static void let_go(struct cira *c, size_t n)
{
	for (size_t i = 0; i < c->n_buckets && n > 0; i++) {
		for (struct link *l = c->buckets[i]; l != NULL && n > 0;
		     l = l->hash_next) {
			if (l->let_go)
				continue;
			l->let_go = true;
			apf_session_close(l->session, APF_BY_APPLICATION,
					  "the server lets its devices go");
			n--;
		}
	}
}

void cira_drain(struct cira *c, int64_t ms)
{
	struct deadline until = deadline_in(ms);

	listener_free(c->listener);
	c->listener = NULL;
	log_info("devices are let go", F_U64("devices", c->n_connected),
		 F_I64("over_ms", ms));
	while (c->n_connected > 0 && !deadline_passed(until)) {
		int64_t left = deadline_left_ms(until);
		let_go(c, (c->n_connected * DRAIN_STEP_MS + (size_t)left - 1) /
				  (size_t)left);
		struct err *e = fiber_sleep_ms(MIN(left, DRAIN_STEP_MS));
		if (e != NULL) {
			err_free(e);
			return;
		}
	}
}

void cira_stop(struct cira *c, struct deadline until)
{
	if (c == NULL)
		return;
	c->stopping = true;
	metrics_source_del(&c->metrics);
	listener_free(c->listener);
	fiber_group_join(&c->logins, true);
	close_all(c);
	until.at_ms = MAX(until.at_ms, deadline_in(DRAIN_MS).at_ms);
	fiber_shield(1);
	while (c->n_links > 0 && !deadline_passed(until))
		err_free(waitq_wait(&c->drained, until));
	fiber_shield(-1);
	if (c->n_links > 0) {
		/* They point to c. */
		log_error("device links did not close", F_U64("links", c->n_links));
		return;
	}
	cira_tls_free(c);
	cira_map_fini(c);
	free(c);
}

uint16_t cira_port(const struct cira *c)
{
	return listener_port(c->listener);
}

struct device *cira_find(struct cira *c, const char *guid, const char **tenant)
{
	struct link *l = cira_map_find(c, guid);

	if (l == NULL)
		return NULL;
	if (tenant != NULL)
		*tenant = l->tenant;
	return device_ref(&l->device);
}

/* Links of that device still logging in: their record was read before it changed. */
static void end_logins(struct cira *c, const char *guid)
{
	uint8_t uuid[16];

	if (!uuid_smbios_from_text(str_of(guid), uuid))
		return;
	list_for_each (i, &c->pending) {
		struct link *l = list_entry(i, struct link, pending);
		if (l->session != NULL && memcmp(l->uuid, uuid, sizeof(uuid)) == 0)
			apf_session_close(l->session, APF_BY_APPLICATION,
					  "disconnected by an operator");
	}
}

void cira_say_again(struct cira *c)
{
	for (size_t i = 0; i < c->n_buckets; i++)
		for (struct link *l = c->buckets[i]; l != NULL; l = l->hash_next)
			presence_again(c->mps->presence, l->device.guid, l->connected_at);
}

bool cira_disconnect(struct cira *c, const char *guid)
{
	struct link *l = cira_map_find(c, guid);

	end_logins(c, guid);
	if (l == NULL)
		return false;
	apf_session_close(l->session, APF_BY_APPLICATION, "disconnected by an operator");
	return true;
}

struct err *cira_credentials(struct cira *c, struct device *d, bool fresh,
			     struct deadline until)
{
	char path[64];
	_cleanup_(secret_fini) struct secret password = {0};

	if (!fresh && (d->http.password.p != NULL || d->http.ha1[0] != '\0'))
		return NULL;
	snprintf(path, sizeof(path), "devices/%s", d->guid);
	struct err *e =
		secrets_get_text(c->mps->secrets, path, "AMT_PASSWORD", until, &password);
	if (err_is(e, ERR_NOT_FOUND))
		return err_wrap_as(ERR_DEVICE, e,
				   "no AMT password is stored for device %s", d->guid);
	TRY(e);
	amt_http_credentials(&d->http, STR("admin"),
			     (struct str){password.p, password.n});
	return NULL;
}

struct err *cira_refresh(struct cira *c, const char *guid, struct deadline until)
{
	struct device *d = cira_find(c, guid, NULL);

	if (d == NULL)
		return err_new(ERR_NOT_FOUND, "device %s is not connected", guid);
	struct err *e = cira_credentials(c, d, true, until);
	device_unref(d);
	return e;
}
