/* SPDX-License-Identifier: Apache-2.0
 * Health, version, root certificate (mps.md 1).
 */
#include <mps/mps_api_priv.h>

#include <iam/iam_audit.h>
#include <iam/iam_ops.h>
#include <store/health.h>

#define HEALTH_MS 5000

struct err *mps_health(struct http_req *req, struct http_res *res)
{
	struct mps *m = mps_of(req);
	struct deadline until = deadline_min(req->until, deadline_in(HEALTH_MS));
	bool ok;
	json_t *health = store_health(m->db, m->secrets, until, &ok);

	http_res_json(res, ok ? 200 : 503, health);
	return NULL;
}

/* What user interfaces show and clients compare is the API's release; ours stands beside
 * it. */
struct err *mps_version(struct http_req *req, struct http_res *res)
{
	buf_adds(&res->body, "{\"serviceVersion\":\"" MPS_API_LEVEL
			     "\",\"outband\":\"" OUTBAND_VERSION "\"}");
	return NULL;
}

struct err *mps_ciracert(struct http_req *req, struct http_res *res)
{
	const char *pem = mps_of(req)->root_pem;

	if (pem != NULL)
		http_res_text(res, 200, "text/html; charset=utf-8", pem);
	else
		mps_answer_error(res, 500, "Internal Server Error",
				 "MPS root certificate does not exist");
	return NULL;
}

struct err *mps_audit(struct http_req *req, struct http_res *res)
{
	return iam_audit_show(mps_of(req)->db, mps_caller(req), req, res);
}

struct err *mps_events(struct http_req *req, struct http_res *res)
{
	return iam_events_show(mps_of(req)->iam, mps_of(req)->events, mps_tenant(req),
			       req, res);
}

struct err *mps_ready(struct http_req *req, struct http_res *res)
{
	struct mps *m = mps_of(req);
	const char *why;
	bool ready = store_ready(m->db, m->secrets, m->draining,
				 deadline_min(req->until, deadline_in(HEALTH_MS)), &why);

	http_res_text(res, ready ? 200 : 503, "text/plain; charset=utf-8", why);
	return NULL;
}
