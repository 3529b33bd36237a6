/* SPDX-License-Identifier: Apache-2.0
 * The REST API of the MPS: which path is whose, who may call it, and what errors look
 * like (mps.md 0.2). The routes under /api/v1/amt are src/device's.
 */
#include <mps/mps_api_priv.h>

#include <device/relay.h>
#include <iam/iam_audit.h>
#include <iam/iam_http.h>
#include <iam/iam_ops.h>

#define BODY_MAX 102400 /* upstream's parser */

/* clang-format off */
const struct http_route mps_routes[] = {
	{.method = "POST", .path = "/api/v1/authorize", .handler = mps_authorize,
	 .needs = IAM_OPEN},
	{.method = "POST", .path = "/api/v1/authorize/logout", .handler = mps_logout,
	 .needs = IAM_ANY},
	{.method = "POST", .path = "/api/v1/authorize/revoke", .handler = mps_revoke,
	 .needs = IAM_ADMIN},
	{.method = "GET", .path = "/api/v1/authorize/redirection/{guid}",
	 .handler = mps_redirection_token, .needs = IAM_REDIRECT},

	{.method = "GET", .path = "/api/v1/devices", .handler = mps_device_list_show,
	 .needs = IAM_DEVICE_READ},
	{.method = "POST", .path = "/api/v1/devices", .handler = mps_device_create,
	 .needs = IAM_DEVICE_WRITE, .max_body = BODY_MAX},
	{.method = "PATCH", .path = "/api/v1/devices", .handler = mps_device_update,
	 .needs = IAM_DEVICE_WRITE, .max_body = BODY_MAX},
	{.method = "GET", .path = "/api/v1/devices/stats", .handler = mps_device_stats_show,
	 .needs = IAM_DEVICE_READ},
	{.method = "GET", .path = "/api/v1/devices/tags", .handler = mps_device_tags_show,
	 .needs = IAM_DEVICE_READ},
	{.method = "GET", .path = "/api/v1/devices/{guid}", .handler = mps_device_show,
	 .needs = IAM_DEVICE_READ},
	{.method = "DELETE", .path = "/api/v1/devices/{guid}", .handler = mps_device_remove,
	 .needs = IAM_DEVICE_WRITE},
	{.method = "GET", .path = "/api/v1/devices/redirectstatus/{guid}",
	 .handler = mps_redirect_status, .needs = IAM_DEVICE_READ},
	{.method = "DELETE", .path = "/api/v1/devices/disconnect/{guid}",
	 .handler = mps_device_disconnect, .needs = IAM_DEVICE_WRITE},
	{.method = "DELETE", .path = "/api/v1/devices/refresh/{guid}",
	 .handler = mps_device_refresh, .needs = IAM_DEVICE_WRITE},

	{.method = "GET", .path = "/api/v1/ciracert", .handler = mps_ciracert, .needs = IAM_ANY},
	{.method = "GET", .path = "/api/v1/health", .handler = mps_health, .needs = IAM_OPEN},
	{.method = "GET", .path = "/api/v1/version", .handler = mps_version, .needs = IAM_ANY},

	{.method = "GET", .path = "/api/v1/events", .handler = mps_events,
	 .needs = IAM_DEVICE_READ},
	{.method = "GET", .path = "/api/v1/audit", .handler = mps_audit, .needs = IAM_ADMIN},
	{.method = "GET", .path = "/readyz", .handler = mps_ready, .needs = IAM_OPEN},
};
const size_t mps_routes_n = ARRAY_LEN(mps_routes);
/* clang-format on */

void mps_answer_error(struct http_res *res, int status, const char *error,
		      const char *description)
{
	iam_http_answer(res, status, error, "errorDescription", description);
}

void mps_answer_message(struct http_res *res, int status, const char *error,
			const char *message)
{
	iam_http_answer(res, status, error, "message", message);
}

void mps_answer_no_device(struct http_res *res, const char *guid)
{
	mps_answer_message(res, 404, "NOT FOUND",
			   arena_printf(res->arena, "Device ID %s not found", guid));
}

void mps_answer_not_connected(struct http_res *res, const char *guid)
{
	mps_answer_error(res, 404,
			 "Device not found/connected. Please connect again using CIRA.",
			 arena_printf(res->arena, "guid : %s", guid));
}

bool mps_body_refused(struct http_req *req, struct http_res *res, json_t **body)
{
	struct err *e = http_req_json(req, body);

	/* Upstream's parser takes objects and arrays only. */
	if (e == NULL && (*body == NULL || json_is_object(*body) || json_is_array(*body)))
		return false;
	mps_answer_error(res, 400, iam_http_text(ERR_INVALID), NULL);
	err_free(e);
	return true;
}

bool mps_tenant_select(const struct http_req *req, const char *named, const char **tenant)
{
	const struct iam_caller *who = mps_caller(req);

	*tenant = mps_tenant(req);
	if (named == NULL || *named == '\0')
		return true;
	if (!who->all_tenants)
		return strcmp(named, who->tenant) == 0;
	*tenant = named;
	return true;
}

/* NULL: there is none, or nobody can say. */
static const char *tenant_of(struct http_req *req, const char *guid)
{
	struct mps *m = mps_of(req);
	struct mps_device d;

	if (!uuid_valid(str_of(guid)))
		return NULL;
	struct err *e =
		mps_device_get(m->db, guid, MPS_ANY_TENANT, req->arena, req->until, &d);
	const char *tenant = e == NULL ? d.tenant : NULL;
	err_free(e);
	return tenant;
}

/* Upstream's clients name a device and no project, also when their user has several: the
 * device's counts then, if the token holds it. If not, the answer is the same as for a
 * device that nobody has. */
static struct err *before(struct http_req *req, struct http_res *res, bool *answered)
{
	struct mps *m = mps_of(req);
	const char *guid = http_param(req, "guid"), *tenant;
	struct err *e = iam_http_before(m->iam, req);

	if (guid == NULL || !err_is(e, ERR_FORBIDDEN) || iam_http_project(req) != NULL)
		return e;
	tenant = tenant_of(req, guid);
	if (tenant == NULL || *tenant == '\0')
		return e;
	struct err *again = iam_http_before_in(m->iam, req, tenant);
	if (again != NULL) {
		err_free(again);
		return e;
	}
	err_free(e);
	return NULL;
}

static void after(struct http_req *req, int status)
{
	iam_audit_request(mps_of(req)->db, req, mps_caller(req), status);
}

static void on_error(struct http_req *req, const struct err *e, struct http_res *res)
{
	const char *guid = http_param(req, "guid");

	if (e->kind == ERR_NOT_FOUND && guid != NULL) {
		mps_answer_not_connected(res, guid);
		return;
	}
	iam_http_answer_err(res, e, "errorDescription");
}

struct http_server *mps_api_new(struct mps *m)
{
	struct http_server_config c = {
		.name = "mps",
		.app = &m->host,
		.before = before,
		.after = after,
		.on_error = on_error,
		.request_ms = (uint32_t)config_int(m->config, "mps.rest.request_ms"),
		.cors = true,
	};
	struct http_server *s = http_server_new(&c);

	http_server_routes(s, mps_routes, mps_routes_n);
	http_server_routes(s, iam_ops_routes, iam_ops_routes_n);
	device_api_serve(s);
	http_server_routes(s, relay_routes, relay_routes_n);
	return s;
}
