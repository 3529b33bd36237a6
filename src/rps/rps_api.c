/* SPDX-License-Identifier: Apache-2.0
 * The REST API of the RPS: which path is whose and who may call it (rps.md 2).
 */
#include <rps/rps_api_priv.h>

#include <iam/iam_audit.h>

#define BODY_MAX 102400 /* upstream's parser */
#define ADMIN "/api/v1/admin"

/* clang-format off */
#define NOUN(place, param, noun, create, update) \
	{.method = "GET", .path = ADMIN place, .handler = rps_rows_list, .data = &noun, \
	 .needs = IAM_PROFILE_READ}, \
	{.method = "GET", .path = ADMIN place "/{" param "}", .handler = rps_rows_show, \
	 .data = &noun, .needs = IAM_PROFILE_READ}, \
	{.method = "POST", .path = ADMIN place, .handler = create, .data = &noun, \
	 .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX}, \
	{.method = "PATCH", .path = ADMIN place, .handler = update, .data = &noun, \
	 .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX}, \
	{.method = "DELETE", .path = ADMIN place "/{" param "}", .handler = rps_rows_remove, \
	 .data = &noun, .needs = IAM_PROFILE_WRITE}

const struct http_route rps_routes[] = {
	{.method = "GET", .path = ADMIN, .handler = rps_root, .needs = IAM_ANY},
	NOUN("/ciraconfigs", "ciraConfigName", rps_ciraconfigs, rps_cira_create, rps_cira_update),
	NOUN("/profiles", "profileName", rps_profiles, rps_profile_create, rps_profile_update),
	{.method = "GET", .path = ADMIN "/profiles/export/{profileName}",
	 .handler = rps_profile_export, .needs = IAM_PROFILE_READ | IAM_SECRET_READ},
	NOUN("/domains", "domainName", rps_domains, rps_domain_create, rps_domain_update),
	NOUN("/wirelessconfigs", "profileName", rps_wirelessconfigs, rps_wireless_create,
	     rps_wireless_update),
	NOUN("/ieee8021xconfigs", "profileName", rps_ieee8021xconfigs, rps_ieee8021x_create,
	     rps_ieee8021x_update),
	NOUN("/proxyconfigs", "name", rps_proxyconfigs, rps_proxy_create, rps_proxy_update),
	{.method = "GET", .path = ADMIN "/devices/{guid}/credentials",
	 .handler = rps_device_credentials, .needs = IAM_SECRET_READ},
	{.method = "GET", .path = ADMIN "/audit", .handler = rps_audit, .needs = IAM_ADMIN},
	{.method = "GET", .path = ADMIN "/health", .handler = rps_health, .needs = IAM_OPEN},
	{.method = "GET", .path = ADMIN "/version", .handler = rps_version, .needs = IAM_ANY},
};
/* clang-format on */
const size_t rps_routes_n = ARRAY_LEN(rps_routes);

static struct err *before(struct http_req *req, struct http_res *res, bool *answered)
{
	return iam_http_before(rps_of(req)->iam, req);
}

static void after(struct http_req *req, int status)
{
	iam_audit_request(rps_of(req)->db, req, iam_http_caller(req), status);
}

static void on_error(struct http_req *req, const struct err *e, struct http_res *res)
{
	iam_http_answer_err(res, e, "message");
}

struct http_server *rps_api_new(struct rps *r)
{
	struct http_server_config c = {
		.name = "rps",
		.app = r,
		.before = before,
		.after = after,
		.on_error = on_error,
		.cors = true,
	};
	struct http_server *s = http_server_new(&c);

	http_server_routes(s, rps_routes, rps_routes_n);
	return s;
}
