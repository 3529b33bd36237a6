/* SPDX-License-Identifier: Apache-2.0
 * Health, version (rps.md 2.9).
 */
#include <rps/rps_api_priv.h>

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

struct err *rps_version(struct http_req *req, struct http_res *res)
{
	buf_adds(&res->body, "{\"serviceVersion\":\"" RPS_API_LEVEL
			     "\",\"protocolVersion\":\"" RPS_PROTOCOL
			     "\",\"outband\":\"" OUTBAND_VERSION "\"}");
	return NULL;
}
