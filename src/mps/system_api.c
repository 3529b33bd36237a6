/* SPDX-License-Identifier: Apache-2.0
 * Health, version, root certificate (mps.md 1).
 */
#include <mps/mps_api_priv.h>

#include <base/log.h>

#define HEALTH_MS 5000

/* Upstream's texts: an error that its driver numbers is "unknown error", and to people
 * who look from outside ours says no more. */
struct err *mps_health(struct http_req *req, struct http_res *res)
{
	struct mps *m = mps_of(req);
	struct deadline until = deadline_min(req->until, deadline_in(HEALTH_MS));
	bool secrets_ok;
	struct err *e = db_ping(m->db, until);
	bool db_ok = e == NULL;

	if (!db_ok)
		log_debug("health: database", F_ERR(e));
	err_free(e);
	json_t *store = secrets_health(m->secrets, until, &secrets_ok);
	const char *name = db_dialect(m->db) == DB_POSTGRES ? "POSTGRES" : "SQLITE";
	http_res_json(res, db_ok && secrets_ok ? 200 : 503,
		      json_pack("{s:{s:s, s:s}, s:o}", "db", "name", name, "status",
				db_ok ? "OK" : "unknown error", "secretStore", store));
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
