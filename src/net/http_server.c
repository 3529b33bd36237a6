/* SPDX-License-Identifier: Apache-2.0
 * HTTP server: listeners and life cycle.
 */
#include <net/http_server_priv.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t or_default(uint32_t value, uint32_t def)
{
	return value != 0 ? value : def;
}

static void tell_metrics(struct metrics_out *o, void *arg)
{
	struct http_server *s = arg;
	const struct http_server_stats *st = &s->stats;
	char labels[96];

	for (unsigned i = 2; i < ARRAY_LEN(st->by_class); i++) {
		snprintf(labels, sizeof(labels), "server=\"%s\",class=\"%uxx\"",
			 s->cfg.name, i);
		metrics_put(o, METRIC_COUNTER, "outband_http_answers_total",
			    "Answers by class of status.", labels,
			    (double)st->by_class[i]);
	}
	snprintf(labels, sizeof(labels), "server=\"%s\"", s->cfg.name);
	metrics_put(o, METRIC_GAUGE, "outband_http_connections", "Open connections.",
		    labels, (double)st->connections);
	metrics_put(o, METRIC_GAUGE, "outband_http_requests_in_progress",
		    "Requests in progress, WebSockets not counted.", labels,
		    s->in_progress);
	metrics_put(o, METRIC_GAUGE, "outband_http_websockets", "Open WebSockets.",
		    labels, (double)st->ws_open);
	metrics_put(o, METRIC_COUNTER, "outband_http_refused_total",
		    "Requests that were malformed, late or over a limit of the server.",
		    labels, (double)st->refused);
	struct metric m = s->seconds;
	m.labels = labels;
	metrics_put_metric(o, &m);
}

struct http_server *http_server_new(const struct http_server_config *c)
{
	struct http_server *s = xcalloc(1, sizeof(*s));

	s->cfg = *c;
	s->cfg.max_connections = or_default(c->max_connections, 10000);
	s->cfg.head_ms = or_default(c->head_ms, 10000);
	s->cfg.idle_ms = or_default(c->idle_ms, 75000);
	s->cfg.write_ms = or_default(c->write_ms, 30000);
	s->cfg.request_ms = or_default(c->request_ms, 30000);
	s->cfg.max_inflight = or_default(c->max_inflight, 4096);
	s->routes = http_routes_new();
	list_init(&s->listeners);
	list_init(&s->conns);
	fiber_group_init(&s->group);
	waitq_init(&s->drained);
	s->seconds = (struct metric)METRIC_HISTOGRAM_INIT(
		"outband_http_request_seconds",
		"Time from a request's head to its answer.", NULL, metric_seconds);
	s->metrics = (struct metrics_source){.fn = tell_metrics, .arg = s};
	metrics_source_add(&s->metrics);
	return s;
}

void http_server_routes(struct http_server *s, const struct http_route *routes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		http_routes_add(s->routes, &routes[i]);
}

static void on_accept(struct stream *s, const struct net_peer *peer, void *arg)
{
	http_conn_open(arg, s, peer);
}

struct err *http_server_listen(struct http_server *s, const char *at, SSL_CTX *ctx)
{
	struct http_listener *l = xcalloc(1, sizeof(*l));
	struct err *e = listener_open(at, on_accept, l, &l->listener);

	if (e != NULL) {
		free(l);
		return err_wrap(e, "%s", s->cfg.name);
	}
	l->server = s;
	if (ctx != NULL)
		SSL_CTX_up_ref(ctx);
	l->ctx = ctx;
	list_add_tail(&s->listeners, &l->link);
	return NULL;
}

uint16_t http_server_port(const struct http_server *s, size_t i)
{
	list_for_each (pos, &s->listeners) {
		if (i-- == 0)
			return listener_port(
				list_entry(pos, struct http_listener, link)->listener);
	}
	return 0;
}

bool http_server_is_loopback(const struct http_server *s)
{
	list_for_each (pos, &s->listeners) {
		if (!listener_is_loopback(
			    list_entry(pos, struct http_listener, link)->listener))
			return false;
	}
	return true;
}

static void listeners_close(struct http_server *s)
{
	list_for_each_safe (pos, &s->listeners) {
		struct http_listener *l = list_entry(pos, struct http_listener, link);
		listener_free(l->listener);
		SSL_CTX_free(l->ctx);
		list_del(&l->link);
		free(l);
	}
}

/* Ends whatever is not in the middle of a request. */
static void conns_stop(struct http_server *s)
{
	list_for_each_safe (pos, &s->conns) {
		struct http_conn *c = list_entry(pos, struct http_conn, link);
		if (c->state != CONN_BUSY)
			http_conn_close(c);
		else if (c->upgraded)
			fiber_cancel(c->fiber);
	}
}

void http_server_shutdown(struct http_server *s, struct deadline until)
{
	struct err *e = NULL;

	s->stopping = true;
	listeners_close(s);
	conns_stop(s);
	while (s->in_progress > 0 && e == NULL)
		e = waitq_wait(&s->drained, until);
	err_free(e);
	fiber_group_join(&s->group, true);
	OB_ASSERT(list_empty(&s->conns));
}

void http_server_free(struct http_server *s)
{
	if (s == NULL)
		return;
	metrics_source_del(&s->metrics);
	listeners_close(s);
	s->stopping = true;
	conns_stop(s);
	OB_ASSERT(fiber_group_empty(&s->group) && list_empty(&s->conns));
	http_routes_free(s->routes);
	free(s);
}

struct http_server_stats http_server_stats(const struct http_server *s)
{
	return s->stats;
}
