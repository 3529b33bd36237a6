/* SPDX-License-Identifier: Apache-2.0
 * Upstream's clients send no token. One that is sent must be good, and names the tenant;
 * rps.rpc.require_token refuses clients without. The tenant that a client's message names
 * counts only where rps.rpc.tenant_from_client says so.
 */
#include <rps/rpc_server.h>

#include <base/list.h>
#include <base/log.h>
#include <base/metrics.h>
#include <iam/iam_http.h>
#include <net/ws.h>
#include <rps/flow.h>
#include <stdlib.h>

#define PING_MS 30000
#define WRITE_MS 20000
#define BUCKETS 256

/* How many sessions an address has. */
struct address {
	struct list link;
	unsigned sessions;
	char text[64];
};

struct rpc_server {
	struct rps *r;
	struct http_server *http;
	struct list buckets[BUCKETS];
	unsigned sessions;
	struct metrics_source metrics;
};

/* ---- limits ---- */

static struct list *bucket_of(struct rpc_server *s, const char *address)
{
	return &s->buckets[str_hash(address) % BUCKETS];
}

static struct address *address_of(struct rpc_server *s, const char *text)
{
	struct list *bucket = bucket_of(s, text);

	list_for_each_safe (pos, bucket) {
		struct address *a = list_entry(pos, struct address, link);
		if (strcmp(a->text, text) == 0)
			return a;
	}
	struct address *a = xcalloc(1, sizeof(*a));
	snprintf(a->text, sizeof(a->text), "%s", text);
	list_add_tail(bucket, &a->link);
	return a;
}

static struct err *enter(struct rpc_server *s, const char *peer, struct address **out)
{
	const struct config *c = s->r->config;
	struct address *a = address_of(s, peer);

	a->sessions++;
	s->sessions++;
	*out = a;
	if (s->sessions > config_int(c, "rps.rpc.max_sessions"))
		return err_new(ERR_LIMITED,
			       "The server is busy with %u devices; try again "
			       "in a minute",
			       s->sessions - 1);
	if (a->sessions > config_int(c, "rps.rpc.max_per_address"))
		return err_new(ERR_LIMITED,
			       "Too many clients from %s at once; try again in a minute",
			       a->text);
	return NULL;
}

static void leave(struct rpc_server *s, struct address *a)
{
	s->sessions--;
	if (--a->sessions > 0)
		return;
	list_del(&a->link);
	free(a);
}

/* ---- who ---- */

static struct err *authenticate(struct rpc_server *s, struct http_req *req,
				struct flow_client *client)
{
	const struct config *c = s->r->config;
	const struct http_header *h = http_header(req->head, "Authorization"),
				 *project = http_header(req->head, "ActiveProjectID");
	struct iam_caller *who;

	*client = (struct flow_client){
		.tenant = "",
		.may_name_tenant = config_bool(c, "rps.rpc.tenant_from_client"),
		.peer = req->peer.addr,
	};
	if (h == NULL && !config_bool(c, "rps.rpc.require_token"))
		return NULL;
	TRY(iam_authenticate(s->r->iam, h != NULL ? str_dup(req->arena, h->value) : NULL,
			     project != NULL ? str_dup(req->arena, project->value) : NULL,
			     req->arena, req->until, &who));
	if (!(who->perms & IAM_DEVICE_WRITE))
		return err_new(ERR_FORBIDDEN,
			       "the token does not allow to change devices");
	client->who = who->name;
	client->tenant = who->tenant;
	client->may_name_tenant = false;
	return NULL;
}

/* ---- a session ---- */

static void refuse(struct rpc_session *session, const struct err *e)
{
	rpc_session_end(session, false, e->msg);
}

static void serve(struct rpc_server *s, struct rpc_session *session,
		  const struct flow_client *client)
{
	struct address *a;
	struct err *e = enter(s, client->peer, &a);

	if (e == NULL)
		flow_run(s->r, session, client);
	else
		refuse(session, e);
	if (e != NULL)
		log_info("client refused", F_STR("peer", client->peer), F_ERR(e));
	err_free(e);
	leave(s, a);
}

static struct err *on_connect(struct http_req *req, struct http_res *res)
{
	struct rpc_server *s = req->app;
	const struct config *c = s->r->config;
	const struct ws_config ws = {
		.max_message = (size_t)config_int(c, "rps.rpc.max_message"),
		.ping_ms = PING_MS,
	};
	const struct rpc_session_config session_config = {
		.heartbeat_ms = config_int(c, "rps.rpc.heartbeat_s") * 1000,
		.write_ms = WRITE_MS,
	};
	struct flow_client client;
	struct ws *socket;

	TRY(authenticate(s, req, &client));
	TRY(ws_accept(req, &ws, &socket));
	struct rpc_session *session = rpc_session_new(socket, &session_config);
	serve(s, session, &client);
	rpc_session_free(session);
	return NULL;
}

/* Upstream's takes any path; these are the ones that clients are configured with. */
static const struct http_route routes[] = {
	{.method = "GET", .path = "/activate", .handler = on_connect, .needs = IAM_OPEN},
	{.method = "GET", .path = "/", .handler = on_connect, .needs = IAM_OPEN},
};

static void on_error(struct http_req *req, const struct err *e, struct http_res *res)
{
	iam_http_answer_err(res, e, "message");
}

/* ---- life ---- */

static void tell_metrics(struct metrics_out *o, void *arg)
{
	const struct rpc_server *s = arg;

	metrics_put(o, METRIC_GAUGE, "outband_rps_sessions",
		    "Provisioning clients that are connected.", NULL,
		    (double)s->sessions);
}

struct err *rpc_server_start(struct rps *r, struct rpc_server **out)
{
	struct rpc_server *s = xcalloc(1, sizeof(*s));
	const struct http_server_config c = {
		.name = "rps-rpc", .app = s, .on_error = on_error};

	for (size_t i = 0; i < BUCKETS; i++)
		list_init(&s->buckets[i]);
	s->r = r;
	s->http = http_server_new(&c);
	http_server_routes(s->http, routes, ARRAY_LEN(routes));
	s->metrics = (struct metrics_source){.fn = tell_metrics, .arg = s};
	metrics_source_add(&s->metrics);
	struct err *e = iam_http_listen(r->iam, s->http, r->config, "rps.rpc.listen");
	if (e != NULL) {
		rpc_server_stop(s, deadline_in(0));
		return e;
	}
	log_info("provisioning clients are served",
		 F_STR("at", config_str(r->config, "rps.rpc.listen")),
		 F_U64("port", rpc_server_port(s)));
	*out = s;
	return NULL;
}

void rpc_server_stop(struct rpc_server *s, struct deadline until)
{
	if (s == NULL)
		return;
	metrics_source_del(&s->metrics);
	http_server_shutdown(s->http, until);
	http_server_free(s->http);
	free(s);
}

uint16_t rpc_server_port(const struct rpc_server *s)
{
	return http_server_port(s->http, 0);
}
