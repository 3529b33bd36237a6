/* SPDX-License-Identifier: Apache-2.0
 * The REST API of the RPS: which path is whose and who may call it (rps.md 2).
 */
#include <rps/rps_api_priv.h>

#include <iam/iam_audit.h>
#include <iam/iam_ops.h>
#include <rps/rps_events.h>

#define BODY_MAX 102400 /* upstream's parser */

/* clang-format off */
const struct http_route rps_routes[] = {
	{.method = "GET", .path = "/api/v1/admin", .handler = rps_root,
	 .needs = IAM_ANY},

	{.method = "GET", .path = "/api/v1/admin/ciraconfigs", .handler = rps_rows_list,
	 .data = &rps_ciraconfigs, .needs = IAM_PROFILE_READ},
	{.method = "POST", .path = "/api/v1/admin/ciraconfigs", .handler = rps_cira_create,
	 .data = &rps_ciraconfigs, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "PATCH", .path = "/api/v1/admin/ciraconfigs", .handler = rps_cira_update,
	 .data = &rps_ciraconfigs, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "GET", .path = "/api/v1/admin/ciraconfigs/{ciraConfigName}", .handler = rps_rows_show,
	 .data = &rps_ciraconfigs, .needs = IAM_PROFILE_READ},
	{.method = "DELETE", .path = "/api/v1/admin/ciraconfigs/{ciraConfigName}", .handler = rps_rows_remove,
	 .data = &rps_ciraconfigs, .needs = IAM_PROFILE_WRITE},

	{.method = "GET", .path = "/api/v1/admin/profiles", .handler = rps_rows_list,
	 .data = &rps_profiles, .needs = IAM_PROFILE_READ},
	{.method = "POST", .path = "/api/v1/admin/profiles", .handler = rps_profile_create,
	 .data = &rps_profiles, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "PATCH", .path = "/api/v1/admin/profiles", .handler = rps_profile_update,
	 .data = &rps_profiles, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "GET", .path = "/api/v1/admin/profiles/{profileName}", .handler = rps_rows_show,
	 .data = &rps_profiles, .needs = IAM_PROFILE_READ},
	{.method = "DELETE", .path = "/api/v1/admin/profiles/{profileName}", .handler = rps_rows_remove,
	 .data = &rps_profiles, .needs = IAM_PROFILE_WRITE},
	{.method = "GET", .path = "/api/v1/admin/profiles/export/{profileName}", .handler = rps_profile_export,
	 .needs = IAM_PROFILE_READ | IAM_SECRET_READ},

	{.method = "GET", .path = "/api/v1/admin/domains", .handler = rps_rows_list,
	 .data = &rps_domains, .needs = IAM_PROFILE_READ},
	{.method = "POST", .path = "/api/v1/admin/domains", .handler = rps_domain_create,
	 .data = &rps_domains, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "PATCH", .path = "/api/v1/admin/domains", .handler = rps_domain_update,
	 .data = &rps_domains, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "GET", .path = "/api/v1/admin/domains/{domainName}", .handler = rps_rows_show,
	 .data = &rps_domains, .needs = IAM_PROFILE_READ},
	{.method = "DELETE", .path = "/api/v1/admin/domains/{domainName}", .handler = rps_rows_remove,
	 .data = &rps_domains, .needs = IAM_PROFILE_WRITE},

	{.method = "GET", .path = "/api/v1/admin/wirelessconfigs", .handler = rps_rows_list,
	 .data = &rps_wirelessconfigs, .needs = IAM_PROFILE_READ},
	{.method = "POST", .path = "/api/v1/admin/wirelessconfigs", .handler = rps_wireless_create,
	 .data = &rps_wirelessconfigs, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "PATCH", .path = "/api/v1/admin/wirelessconfigs", .handler = rps_wireless_update,
	 .data = &rps_wirelessconfigs, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "GET", .path = "/api/v1/admin/wirelessconfigs/{profileName}", .handler = rps_rows_show,
	 .data = &rps_wirelessconfigs, .needs = IAM_PROFILE_READ},
	{.method = "DELETE", .path = "/api/v1/admin/wirelessconfigs/{profileName}", .handler = rps_rows_remove,
	 .data = &rps_wirelessconfigs, .needs = IAM_PROFILE_WRITE},

	{.method = "GET", .path = "/api/v1/admin/ieee8021xconfigs", .handler = rps_rows_list,
	 .data = &rps_ieee8021xconfigs, .needs = IAM_PROFILE_READ},
	{.method = "POST", .path = "/api/v1/admin/ieee8021xconfigs", .handler = rps_ieee8021x_create,
	 .data = &rps_ieee8021xconfigs, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "PATCH", .path = "/api/v1/admin/ieee8021xconfigs", .handler = rps_ieee8021x_update,
	 .data = &rps_ieee8021xconfigs, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "GET", .path = "/api/v1/admin/ieee8021xconfigs/{profileName}", .handler = rps_rows_show,
	 .data = &rps_ieee8021xconfigs, .needs = IAM_PROFILE_READ},
	{.method = "DELETE", .path = "/api/v1/admin/ieee8021xconfigs/{profileName}", .handler = rps_rows_remove,
	 .data = &rps_ieee8021xconfigs, .needs = IAM_PROFILE_WRITE},

	{.method = "GET", .path = "/api/v1/admin/proxyconfigs", .handler = rps_rows_list,
	 .data = &rps_proxyconfigs, .needs = IAM_PROFILE_READ},
	{.method = "POST", .path = "/api/v1/admin/proxyconfigs", .handler = rps_proxy_create,
	 .data = &rps_proxyconfigs, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "PATCH", .path = "/api/v1/admin/proxyconfigs", .handler = rps_proxy_update,
	 .data = &rps_proxyconfigs, .needs = IAM_PROFILE_WRITE, .max_body = BODY_MAX},
	{.method = "GET", .path = "/api/v1/admin/proxyconfigs/{name}", .handler = rps_rows_show,
	 .data = &rps_proxyconfigs, .needs = IAM_PROFILE_READ},
	{.method = "DELETE", .path = "/api/v1/admin/proxyconfigs/{name}", .handler = rps_rows_remove,
	 .data = &rps_proxyconfigs, .needs = IAM_PROFILE_WRITE},

	{.method = "GET", .path = "/api/v1/admin/devices/{guid}/credentials", .handler = rps_device_credentials,
	 .needs = IAM_SECRET_READ},
	{.method = "GET", .path = "/api/v1/admin/audit", .handler = rps_audit,
	 .needs = IAM_ADMIN},
	{.method = "GET", .path = "/api/v1/admin/events", .handler = rps_events,
	 .needs = IAM_PROFILE_READ | IAM_DEVICE_READ},
	{.method = "GET", .path = "/api/v1/admin/health", .handler = rps_health,
	 .needs = IAM_OPEN},
	{.method = "GET", .path = "/api/v1/admin/version", .handler = rps_version,
	 .needs = IAM_ANY},
	{.method = "GET", .path = "/readyz", .handler = rps_ready, .needs = IAM_OPEN},
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
	rps_event_request(req, status);
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
		.request_ms = (uint32_t)config_int(r->config, "rps.rest.request_ms"),
		.cors = true,
	};
	struct http_server *s = http_server_new(&c);

	http_server_routes(s, rps_routes, rps_routes_n);
	http_server_routes(s, iam_ops_routes, iam_ops_routes_n);
	return s;
}
