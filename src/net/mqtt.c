/* SPDX-License-Identifier: Apache-2.0
 * One fiber connects, waits for the end of the connection, and starts over; each
 * connection is a libmosquitto client of its own, so that the spool alone decides what is
 * sent again. Its socket is watched by the loop; only looking up the broker's name, which
 * libmosquitto does in the caller's thread, is done by a worker.
 */
#include <net/mqtt.h>

#include <base/encode.h>
#include <base/list.h>
#include <base/log.h>
#include <base/str.h>
#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <rt/offload.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOOKUP_MS 20000
#define CONNECT_MS 15000 /* from the start to CONNACK */
#define KEEPALIVE_S 30
#define MISC_MS 1000 /* how often libmosquitto looks at its keep-alive */
#define RETRY_MIN_MS 500
#define RETRY_MAX_MS 15000
#define INFLIGHT 100 /* not yet confirmed messages */

struct message {
	struct list link;
	int mid; /* while under way, else 0 */
	size_t topic_len, len;
	char bytes[]; /* topic, NUL, payload */
};

/* The poll handle lives a little longer than its connection: until its close callback.
 * The descriptor is a duplicate, since libmosquitto closes its own whenever it likes. */
struct watch {
	uv_poll_t uv;
	int fd;
	struct mqtt *mqtt; /* NULL once the connection is given up */
};

struct mqtt {
	struct mqtt_config c;
	char client_id[32];
	struct list spool; /* oldest first; those under way are at the front */
	struct list *next; /* the first that is not under way; &spool = none */
	size_t n, bytes;
	size_t under_way; /* not confirmed to libmosquitto, dropped ones included */
	struct mqtt_stats stats;
	struct mosquitto *client; /* of the connection */
	struct watch *watch;
	bool tcp_up;	/* the socket was writable once */
	bool connected; /* CONNACK came */
	bool ended;	/* the connection did */
	bool failing;	/* was said */
	bool stopping;
	char why[96]; /* of the end */
	struct waitq changed;
	struct offload_pool *pool;
	struct fiber_group fibers;
};

static unsigned library_users;

/* ---- the spool ---- */

static size_t message_size(const struct message *msg)
{
	return msg->topic_len + msg->len;
}

static void message_remove(struct mqtt *m, struct message *msg)
{
	if (m->next == &msg->link)
		m->next = msg->link.next;
	list_del(&msg->link);
	m->n--;
	m->bytes -= message_size(msg);
	free(msg);
}

static void message_add(struct mqtt *m, const char *topic, struct str payload)
{
	size_t topic_len = strlen(topic);
	struct message *msg = xmalloc(sizeof(*msg) + topic_len + 1 + payload.n);

	msg->mid = 0;
	msg->topic_len = topic_len;
	msg->len = payload.n;
	memcpy(msg->bytes, topic, topic_len + 1);
	if (payload.n > 0)
		memcpy(msg->bytes + topic_len + 1, payload.p, payload.n);
	list_add_tail(&m->spool, &msg->link);
	if (m->next == &m->spool)
		m->next = &msg->link;
	m->n++;
	m->bytes += message_size(msg);
	while (m->n > m->c.spool_messages || m->bytes > m->c.spool_bytes) {
		if (m->stats.dropped++ == 0)
			log_warn("the spool of events for the MQTT broker is full, the "
				 "oldest are dropped",
				 F_U64("messages", m->n));
		message_remove(m, list_entry(m->spool.next, struct message, link));
	}
}

/* The connection is gone: what it had not confirmed is sent by the next one. */
static void spool_rewind(struct mqtt *m)
{
	list_for_each (l, &m->spool)
		list_entry(l, struct message, link)->mid = 0;
	m->under_way = 0;
	m->next = m->spool.next;
}

/* ---- the connection ---- */

static void ended(struct mqtt *m, const char *why)
{
	if (!m->ended)
		snprintf(m->why, sizeof(m->why), "%s", why);
	m->ended = true;
	m->connected = false;
	waitq_wake_all(&m->changed);
}

static void on_connect(struct mosquitto *client, void *arg, int rc)
{
	struct mqtt *m = arg;

	if (rc != 0) {
		ended(m, mosquitto_connack_string(rc));
		return;
	}
	m->connected = true;
	waitq_wake_all(&m->changed);
}

static void on_disconnect(struct mosquitto *client, void *arg, int rc)
{
	ended(arg, rc == 0 ? "disconnected" : mosquitto_strerror(rc));
}

static void on_publish(struct mosquitto *client, void *arg, int mid)
{
	struct mqtt *m = arg;

	m->under_way--;
	list_for_each (l, &m->spool) {
		struct message *msg = list_entry(l, struct message, link);
		if (msg->mid != mid)
			continue;
		m->stats.published++;
		message_remove(m, msg);
		waitq_wake_all(&m->changed);
		return;
	}
}

static void on_poll(uv_poll_t *uv, int status, int events);

/* libmosquitto tells by its queue whether it wants to write. Until the socket was
 * writable once, nobody knows whether TCP is there. */
static void watch_update(struct mqtt *m)
{
	int events = UV_READABLE;

	if (m->watch == NULL)
		return;
	if (!m->tcp_up || mosquitto_want_write(m->client))
		events |= UV_WRITABLE;
	if (mosquitto_socket(m->client) < 0)
		ended(m, "the connection failed");
	else
		uv_poll_start(&m->watch->uv, events, on_poll);
}

static void check(struct mqtt *m, int rc)
{
	if (rc != MOSQ_ERR_SUCCESS && rc != MOSQ_ERR_CONN_PENDING)
		ended(m, mosquitto_strerror(rc));
}

static void send_spooled(struct mqtt *m)
{
	while (m->connected && !m->ended && m->next != &m->spool &&
	       m->under_way < INFLIGHT) {
		struct message *msg = list_entry(m->next, struct message, link);
		m->next = m->next->next;
		m->under_way++;
		/* on_publish may be called from within and free msg. */
		int rc = mosquitto_publish(m->client, &msg->mid, msg->bytes,
					   (int)msg->len, msg->bytes + msg->topic_len + 1,
					   m->c.qos, false);
		check(m, rc);
	}
	watch_update(m);
}

static void on_poll(uv_poll_t *uv, int status, int events)
{
	struct watch *w = container_of(uv, struct watch, uv);
	struct mqtt *m = w->mqtt;
	uint64_t since = rt_watch_enter();

	if (m == NULL)
		return;
	if (status < 0)
		ended(m, uv_strerror(status));
	if (!m->ended && events & UV_WRITABLE) {
		m->tcp_up = true;
		check(m, mosquitto_loop_write(m->client, INFLIGHT));
	}
	if (!m->ended && events & UV_READABLE)
		check(m, mosquitto_loop_read(m->client, INFLIGHT));
	if (!m->ended)
		send_spooled(m);
	else
		uv_poll_stop(&w->uv);
	rt_watch_leave(since, "mqtt");
}

static void on_watch_closed(uv_handle_t *h)
{
	struct watch *w = container_of((uv_poll_t *)h, struct watch, uv);

	close(w->fd);
	free(w);
}

static struct err *watch_open(struct mqtt *m)
{
	int fd = fcntl(mosquitto_socket(m->client), F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return err_new(ERR_UNAVAILABLE, "%s",
			       m->why[0] != '\0' ? m->why : "the connection failed");
	struct watch *w = xcalloc(1, sizeof(*w));
	w->fd = fd;
	w->mqtt = m;
	OB_ASSERT(uv_poll_init(rt_uv(), &w->uv, fd) == 0);
	m->watch = w;
	watch_update(m);
	return NULL;
}

static void watch_close(struct mqtt *m)
{
	if (m->watch == NULL)
		return;
	m->watch->mqtt = NULL;
	uv_poll_stop(&m->watch->uv);
	uv_close((uv_handle_t *)&m->watch->uv, on_watch_closed);
	m->watch = NULL;
}

/* ---- one connection after the other ---- */

static struct err *client_make(struct mqtt *m)
{
	const struct mqtt_config *c = &m->c;
	int rc = MOSQ_ERR_SUCCESS;

	m->client = mosquitto_new(c->client_id != NULL ? c->client_id : m->client_id,
				  true, m);
	if (m->client == NULL)
		return err_new(ERR_INVALID, "\"%s\" is no MQTT client id", c->client_id);
	mosquitto_connect_callback_set(m->client, on_connect);
	mosquitto_disconnect_callback_set(m->client, on_disconnect);
	mosquitto_publish_callback_set(m->client, on_publish);
	mosquitto_max_inflight_messages_set(m->client, INFLIGHT);
	if (c->user != NULL)
		rc = mosquitto_username_pw_set(m->client, c->user, c->password);
	if (rc == MOSQ_ERR_SUCCESS && c->tls)
		rc = mosquitto_tls_set(m->client, c->ca_file,
				       c->ca_file == NULL ? "/etc/ssl/certs" : NULL,
				       c->cert_file, c->key_file, NULL);
	if (rc != MOSQ_ERR_SUCCESS)
		return err_new(ERR_INVALID,
			       "MQTT cannot be set up as configured: %s (check "
			       "mqtt.ca_file, mqtt.cert_file, mqtt.key_file)",
			       mosquitto_strerror(rc));
	return NULL;
}

struct lookup {
	struct mqtt *m;
	int rc, error;
};

static void lookup_run(void *arg)
{
	struct lookup *l = arg;

	l->rc = mosquitto_connect_async(l->m->client, l->m->c.host, l->m->c.port,
					KEEPALIVE_S);
	l->error = errno;
}

static struct err *connect_broker(struct mqtt *m)
{
	struct lookup l = {.m = m};
	struct deadline until;
	struct err *e = NULL;

	TRY(client_make(m));
	TRY(offload(m->pool, lookup_run, &l, deadline_in(LOOKUP_MS)));
	errno = l.error;
	check(m, l.rc);
	if (!m->ended)
		TRY(watch_open(m));
	until = deadline_in(CONNECT_MS);
	while (e == NULL && !m->connected && !m->ended && !m->stopping)
		e = waitq_wait(&m->changed, until);
	if (err_is(e, ERR_TIMEOUT)) {
		err_free(e);
		e = err_new(ERR_TIMEOUT, "the broker does not answer");
	}
	if (e == NULL && m->ended)
		e = err_new(ERR_UNAVAILABLE, "%s", m->why);
	return e;
}

/* Until the connection ends; when stopping, until the spool is empty. */
static void serve(struct mqtt *m)
{
	log_info("the MQTT broker is there", F_STR("host", m->c.host),
		 F_U64("port", m->c.port), F_U64("spooled", m->n));
	m->failing = false;
	send_spooled(m);
	while (!m->ended && !fiber_cancelled() && !(m->stopping && m->n == 0)) {
		err_free(waitq_wait(&m->changed, deadline_in(MISC_MS)));
		if (!m->ended)
			check(m, mosquitto_loop_misc(m->client));
		if (!m->ended)
			send_spooled(m);
	}
	if (!m->ended)
		mosquitto_disconnect(m->client);
}

static void connection(struct mqtt *m)
{
	m->tcp_up = m->connected = m->ended = false;
	m->why[0] = '\0';
	struct err *e = connect_broker(m);
	if (e == NULL && m->connected)
		serve(m);
	if (e == NULL && m->ended && !m->stopping)
		e = err_new(ERR_CLOSED, "%s", m->why);
	if (e != NULL && e->kind != ERR_CANCELLED && !m->failing) {
		log_warn("the MQTT broker cannot be reached; events are kept and it is "
			 "tried again",
			 F_STR("host", m->c.host), F_U64("port", m->c.port), F_ERR(e));
		m->failing = true;
	}
	err_free(e);
	watch_close(m);
	mosquitto_destroy(m->client);
	m->client = NULL;
	m->connected = false;
	spool_rewind(m);
}

static void run(void *arg)
{
	struct mqtt *m = arg;
	int64_t wait_ms = RETRY_MIN_MS;

	while (!m->stopping && !fiber_cancelled()) {
		int64_t since = clock_mono_ms();
		connection(m);
		wait_ms = clock_mono_ms() - since > RETRY_MAX_MS
				  ? RETRY_MIN_MS
				  : MIN(wait_ms * 2, RETRY_MAX_MS);
		struct deadline until = deadline_in(wait_ms);
		while (!m->stopping && !fiber_cancelled() && !deadline_passed(until))
			err_free(waitq_wait(&m->changed, until));
	}
}

struct mqtt *mqtt_new(const struct mqtt_config *c)
{
	struct mqtt *m = xcalloc(1, sizeof(*m));
	uint8_t id[8];

	if (library_users++ == 0)
		mosquitto_lib_init();
	m->c = *c;
	random_bytes(id, sizeof(id));
	snprintf(m->client_id, sizeof(m->client_id), "outband-%02x%02x%02x%02x%02x%02x",
		 id[0], id[1], id[2], id[3], id[4], id[5]);
	list_init(&m->spool);
	m->next = &m->spool;
	waitq_init(&m->changed);
	fiber_group_init(&m->fibers);
	m->pool = offload_pool_new("mqtt", 1, 4);
	fiber_spawn(&m->fibers, "mqtt", run, m);
	return m;
}

void mqtt_publish(struct mqtt *m, const char *topic, struct str payload)
{
	message_add(m, topic, payload);
	if (m->connected)
		send_spooled(m);
}

void mqtt_free(struct mqtt *m, struct deadline until)
{
	if (m == NULL)
		return;
	m->stopping = true;
	waitq_wake_all(&m->changed);
	fiber_shield(1);
	while (m->connected && m->n > 0 && !deadline_passed(until))
		err_free(waitq_wait(&m->changed, until));
	fiber_shield(-1);
	fiber_group_join(&m->fibers, true);
	if (m->n > 0)
		log_warn("events for the MQTT broker are lost with this process",
			 F_U64("messages", m->n));
	list_for_each_safe (l, &m->spool)
		message_remove(m, list_entry(l, struct message, link));
	offload_pool_free(m->pool);
	free(m);
	if (--library_users == 0)
		mosquitto_lib_cleanup();
}

struct mqtt_stats mqtt_stats(const struct mqtt *m)
{
	struct mqtt_stats st = m->stats;

	st.spooled = m->n;
	st.spooled_bytes = m->bytes;
	st.connected = m->connected;
	return st;
}
