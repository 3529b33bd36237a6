/* SPDX-License-Identifier: Apache-2.0 */
#include <net/events.h>

#include <base/log.h>
#include <base/metrics.h>
#include <net/mqtt.h>
#include <net/validate.h>
#include <rt/fiber.h>
#include <stdlib.h>

#define SOURCES 2

/* clang-format off */
const struct config_setting events_settings[] = {
	{.key = "mqtt.address", .env = "MPS_MQTT_ADDRESS,RPS_MQTT_ADDRESS",
	 .help = "MQTT broker that events are published to, host:port, mqtt://host:port or mqtts://host:port; unset = none."},
	{.key = "mqtt.tls", .type = CONFIG_BOOL, .def = "false",
	 .help = "TLS to the broker; an mqtts:// address says so too."},
	{.key = "mqtt.ca_file",
	 .help = "PEM file of the authorities that the broker's certificate is checked with; unset = the system's."},
	{.key = "mqtt.cert_file", .help = "PEM file of a client certificate for the broker."},
	{.key = "mqtt.key_file", .help = "PEM file of the client certificate's key."},
	{.key = "mqtt.user", .help = "User name for the broker."},
	{.key = "mqtt.password", .secret = true, .help = "Password for the broker."},
	{.key = "mqtt.client_id", .help = "MQTT client id; unset = a random one."},
	{.key = "mqtt.qos", .type = CONFIG_INT, .def = "1", .min = 0, .max = 1,
	 .help = "Quality of service of published events: 1 = nothing is lost while the spool suffices; 0 = as upstream."},
	{.key = "mqtt.tenant_topics", .type = CONFIG_BOOL, .def = "false",
	 .help = "Publish a tenant's events to mps/events/<tenant> in place of mps/events, so that the broker can keep tenants apart."},
	{.key = "mqtt.spool_messages", .type = CONFIG_INT, .def = "10000", .min = 1, .max = 1000000,
	 .help = "Events kept while the broker is away; beyond, the oldest are dropped and counted."},
	{.key = "mqtt.spool_bytes", .type = CONFIG_INT, .def = "8388608", .min = 4096, .max = 1073741824,
	 .unit = "bytes", .help = "The same by size."},
};
/* clang-format on */
const size_t events_settings_n = ARRAY_LEN(events_settings);

struct kept {
	uint64_t id; /* 0 = none yet */
	char *tenant, *json;
};

struct events {
	struct mqtt *mqtt; /* NULL = no broker */
	char host[256];
	bool tenant_topics, ending;
	uint64_t next_id;
	struct kept *ring; /* of EVENTS_KEPT, by id */
	uint64_t emitted;
	unsigned readers;
	struct waitq news;
	struct metrics_source metrics;
};

static const char *text_or_null(const struct config *c, const char *key)
{
	const char *s = config_str(c, key);

	return s != NULL && *s != '\0' ? s : NULL;
}

/* "mqtts://host:8883", "host:1883", "host". */
static struct err *address_parse(const char *address, struct mqtt_config *m,
				 char host[256])
{
	struct str s = str_of(address);
	char at[300];

	if (str_istarts(s, STR("mqtts://")) || str_istarts(s, STR("ssl://")))
		m->tls = true;
	ptrdiff_t scheme = str_find(s, STR("://"));
	if (scheme >= 0)
		s = str_sub(s, (size_t)scheme + 3, s.n);
	if (str_ends(s, STR("/")))
		s.n--;
	if (str_chr(s, '@') >= 0) /* not repeated: there is a password in it */
		return err_new(ERR_INVALID,
			       "mqtt.address holds a user's name: that goes into "
			       "mqtt.user, the password into mqtt.password");
	bool port = str_chr(s, ':') >= 0 && !str_ends(s, STR("]"));
	snprintf(at, sizeof(at), STR_FMT "%s", STR_ARG(s),
		 port	  ? ""
		 : m->tls ? ":8883"
			  : ":1883");
	if (s.n == 0 || s.n > 255 || !config_parse_listen(at, host, &m->port) ||
	    m->port == 0)
		return err_new(ERR_INVALID,
			       "mqtt.address: \"%s\" is not of the form host:port, "
			       "mqtt://host:port or mqtts://host:port",
			       address);
	return NULL;
}

static struct err *mqtt_start(struct events *e, const struct config *c)
{
	const char *address = text_or_null(c, "mqtt.address");
	struct mqtt_config m = {
		.host = e->host,
		.tls = config_bool(c, "mqtt.tls"),
		.ca_file = text_or_null(c, "mqtt.ca_file"),
		.cert_file = text_or_null(c, "mqtt.cert_file"),
		.key_file = text_or_null(c, "mqtt.key_file"),
		.user = text_or_null(c, "mqtt.user"),
		.password = text_or_null(c, "mqtt.password"),
		.client_id = text_or_null(c, "mqtt.client_id"),
		.qos = (int)config_int(c, "mqtt.qos"),
		.spool_messages = (size_t)config_int(c, "mqtt.spool_messages"),
		.spool_bytes = (size_t)config_int(c, "mqtt.spool_bytes"),
	};

	if (address == NULL)
		return NULL;
	TRY(address_parse(address, &m, e->host));
	if (m.password != NULL && m.user == NULL)
		return err_new(ERR_INVALID, "mqtt.password is set without mqtt.user");
	e->mqtt = mqtt_new(&m);
	return NULL;
}

static void tell_metrics(struct metrics_out *o, void *arg)
{
	struct events *e = arg;

	metrics_put(o, METRIC_COUNTER, "outband_events_total", "Events emitted.", NULL,
		    (double)e->emitted);
	metrics_put(o, METRIC_GAUGE, "outband_events_readers",
		    "Readers of the stream over HTTP.", NULL, e->readers);
	if (e->mqtt == NULL)
		return;
	struct mqtt_stats st = mqtt_stats(e->mqtt);
	metrics_put(o, METRIC_GAUGE, "outband_mqtt_connected",
		    "Whether the broker is there.", NULL, st.connected);
	metrics_put(o, METRIC_COUNTER, "outband_mqtt_published_total",
		    "Events that the broker has.", NULL, (double)st.published);
	metrics_put(o, METRIC_COUNTER, "outband_mqtt_dropped_total",
		    "Events dropped because the spool was full.", NULL,
		    (double)st.dropped);
	metrics_put(o, METRIC_GAUGE, "outband_mqtt_spooled",
		    "Events that wait for the broker.", NULL, (double)st.spooled);
	metrics_put(o, METRIC_GAUGE, "outband_mqtt_spooled_bytes",
		    "Their bytes; the limit is mqtt.spool_bytes.", NULL,
		    (double)st.spooled_bytes);
}

struct err *events_start(const struct config *c, struct events **out)
{
	struct events *e = xcalloc(1, sizeof(*e));
	struct err *why;

	e->tenant_topics = config_bool(c, "mqtt.tenant_topics");
	e->ring = xcalloc(EVENTS_KEPT, sizeof(*e->ring));
	/* Ids rise over restarts too: a reader's last id is never taken for a new one. */
	e->next_id = (uint64_t)clock_wall_ms() * 1000;
	waitq_init(&e->news);
	why = mqtt_start(e, c);
	if (why != NULL) {
		free(e->ring);
		free(e);
		return why;
	}
	e->metrics = (struct metrics_source){.fn = tell_metrics, .arg = e};
	metrics_source_add(&e->metrics);
	*out = e;
	return NULL;
}

void events_end_readers(struct events *e)
{
	if (e == NULL)
		return;
	e->ending = true;
	waitq_wake_all(&e->news);
}

void events_stop(struct events *e, struct deadline until)
{
	if (e == NULL)
		return;
	events_end_readers(e);
	OB_ASSERT(e->readers == 0);
	metrics_source_del(&e->metrics);
	mqtt_free(e->mqtt, until);
	for (size_t i = 0; i < EVENTS_KEPT; i++) {
		free(e->ring[i].tenant);
		free(e->ring[i].json);
	}
	free(e->ring);
	free(e);
}

/* ---- emitting ---- */

static void payload_make(struct buf *b, const struct event *ev)
{
	static const char *const types[] = {"request", "success", "fail"};

	buf_addf(b, "{\"type\":\"%s\",\"message\":", types[ev->type]);
	v_json_text(b, ev->message);
	buf_adds(b, ",\"methods\":[");
	v_json_text(b, ev->methods[0]);
	if (ev->methods[1] != NULL) {
		buf_addc(b, ',');
		v_json_text(b, ev->methods[1]);
	}
	buf_addc(b, ']');
	if (ev->guid != NULL) {
		buf_adds(b, ",\"guid\":");
		v_json_text(b, ev->guid);
	}
	buf_addf(b, ",\"timestamp\":%lld}", (long long)clock_wall_ms());
}

/* A tenant's name must not reach into another's topic, nor be a wildcard, nor what MQTT
 * forbids in topics: libmosquitto would refuse that event for ever, and keep back all
 * that come after it. */
static void topic_make(struct buf *b, const struct event *ev, bool per_tenant)
{
	buf_addf(b, "%s/events", ev->source);
	if (!per_tenant || ev->tenant == NULL || *ev->tenant == '\0')
		return;
	buf_addc(b, '/');
	for (const char *p = ev->tenant; *p != '\0'; p++) {
		if (strchr("/+#%", *p) != NULL || (uint8_t)*p < ' ' || (uint8_t)*p > '~')
			buf_addf(b, "%%%02X", (uint8_t)*p);
		else
			buf_addc(b, *p);
	}
}

void events_emit(struct events *e, const struct event *ev)
{
	struct buf json = {0}, topic = {0};

	if (e == NULL)
		return;
	payload_make(&json, ev);
	e->emitted++;
	if (e->mqtt != NULL) {
		topic_make(&topic, ev, e->tenant_topics);
		mqtt_publish(e->mqtt, topic.p, buf_str(&json));
		buf_fini(&topic);
	}
	struct kept *k = &e->ring[e->next_id % EVENTS_KEPT];
	free(k->tenant);
	free(k->json);
	k->id = e->next_id++;
	k->tenant = xstrdup(ev->tenant != NULL ? ev->tenant : "");
	k->json = json.p;
	waitq_wake_all(&e->news);
}

/* ---- reading ---- */

/* The oldest id that is still there, or the next one. */
static uint64_t oldest(const struct events *e)
{
	uint64_t behind = e->next_id - MIN(e->emitted, EVENTS_KEPT);

	return behind;
}

/* False when there is none for this tenant; then *cursor is past what was looked at. */
static bool find(const struct events *e, uint64_t *cursor, const char *tenant,
		 struct event_view *out)
{
	while (*cursor < e->next_id) {
		const struct kept *k = &e->ring[*cursor % EVENTS_KEPT];
		(*cursor)++;
		if (tenant != NULL && strcmp(tenant, k->tenant) != 0)
			continue;
		*out = (struct event_view){k->id, k->json};
		return true;
	}
	return false;
}

struct err *events_next(struct events *e, uint64_t *cursor, const char *tenant,
			struct deadline until, struct event_view *out, bool *lost)
{
	*lost = false;
	if (*cursor == 0 || *cursor > e->next_id)
		*cursor = e->next_id;
	for (;;) {
		if (*cursor < oldest(e)) {
			*lost = true;
			*cursor = oldest(e);
		}
		if (find(e, cursor, tenant, out))
			return NULL;
		if (e->ending)
			return err_new(ERR_CLOSED, "the stream of events ended");
		e->readers++;
		struct err *why = waitq_wait(&e->news, until);
		e->readers--;
		TRY(why);
	}
}
