/* SPDX-License-Identifier: Apache-2.0
 * Health, version (rps.md 2.9), audit records.
 */
#include <rps/rps_api_priv.h>

#include <iam/iam_audit.h>
#include <iam/iam_ops.h>
#include <store/health.h>

#define HEALTH_MS 5000

struct err *rps_root(struct http_req *req, struct http_res *res)
{
	buf_adds(&res->body, "{\"message\":\"admin path. use admin/profiles\"}");
	return NULL;
}

struct err *rps_health(struct http_req *req, struct http_res *res)
{
	struct rps *r = rps_of(req);
	struct deadline until = deadline_min(req->until, deadline_in(HEALTH_MS));
	bool ok;
	json_t *health = store_health(r->db, r->secrets, until, &ok);

	http_res_json(res, ok ? 200 : 503, health);
	return NULL;
}

struct err *rps_ready(struct http_req *req, struct http_res *res)
{
	struct rps *r = rps_of(req);
	const char *why;
	bool ready = store_ready(r->db, r->secrets, r->stopping,
				 deadline_min(req->until, deadline_in(HEALTH_MS)), &why);

	http_res_text(res, ready ? 200 : 503, "text/plain; charset=utf-8", why);
	return NULL;
}

struct err *rps_version(struct http_req *req, struct http_res *res)
{
	buf_adds(&res->body, "{\"serviceVersion\":\"" RPS_API_LEVEL
			     "\",\"protocolVersion\":\"" RPS_PROTOCOL
			     "\",\"outband\":\"" OUTBAND_VERSION "\"}");
	return NULL;
}

struct err *rps_audit(struct http_req *req, struct http_res *res)
{
	return iam_audit_show(rps_of(req)->db, iam_http_caller(req), req, res);
}

struct err *rps_events(struct http_req *req, struct http_res *res)
{
	return iam_events_show(rps_of(req)->iam, rps_of(req)->events, rps_tenant(req),
			       req, res);
}

struct err *rps_audit_secret(struct http_req *req, const char *device, const char *detail)
{
	const struct iam_caller *who = iam_http_caller(req);
	struct iam_audit record = {
		.who = who->name,
		.tenant = who->tenant,
		.what = arena_printf(req->arena, "%s %s", req->route->method,
				     req->route->path),
		.device = device,
		.outcome = "asked",
		.peer = req->peer.addr,
		.detail = detail,
	};

	return iam_audit_add(rps_of(req)->db, &record, req->until);
}
