/* SPDX-License-Identifier: Apache-2.0
 * What the files of the REST API share: handlers, answers, whose devices a request sees.
 */
#ifndef MPS_MPS_API_PRIV_H
#define MPS_MPS_API_PRIV_H

#include <mps/mps_priv.h>
#include <mps/mps_store.h>
#include <net/validate.h>

/* Upstream's release whose API this is. */
#define MPS_API_LEVEL "2.34.1"

/* mps_api.c */
extern const struct http_route mps_routes[];
extern const size_t mps_routes_n;
/* auth_api.c */
http_handler_fn mps_authorize, mps_redirection_token, mps_logout, mps_revoke;
/* devices_api.c */
http_handler_fn mps_device_create, mps_device_update, mps_device_remove;
/* devices_query.c */
http_handler_fn mps_device_show, mps_device_list_show, mps_device_stats_show,
	mps_device_tags_show;
/* connections_api.c */
http_handler_fn mps_redirect_status, mps_device_disconnect, mps_device_refresh;
/* system_api.c */
http_handler_fn mps_health, mps_version, mps_ciracert, mps_ready, mps_audit, mps_events;

/* {"error":..,"errorDescription":..}; either may be NULL and is then left out. */
void mps_answer_error(struct http_res *res, int status, const char *error,
		      const char *description);
/* {"error":..,"message":..} */
void mps_answer_message(struct http_res *res, int status, const char *error,
			const char *message);
/* {"error":"NOT FOUND","message":"Device ID <guid> not found"}, 404 */
void mps_answer_no_device(struct http_res *res, const char *guid);
/* Upstream's answer when a device has no CIRA connection here, 404. */
void mps_answer_not_connected(struct http_res *res, const char *guid);
/* The body as JSON; true when it was malformed and answered with 400. NULL when there is
 * none. */
bool mps_body_refused(struct http_req *req, struct http_res *res, json_t **body);

/* Whose devices the caller sees: its tenant's, or all. */
static inline const char *mps_tenant(const struct http_req *req)
{
	const struct iam_caller *who = mps_caller(req);

	return who->all_tenants ? MPS_ANY_TENANT : who->tenant;
}

/* The same when the request names a tenant (?tenantId=, or tenantId in a body; NULL or ""
 * = it does not): without authentication the name selects, as upstream has it; with it a
 * caller may only name its own. False when it named another's. */
bool mps_tenant_select(const struct http_req *req, const char *named,
		       const char **tenant);

/* The JSON of a device, straight into the answer. times: lists go without. */
void mps_device_json(struct buf *b, const struct mps_device *d, bool times);

#endif
