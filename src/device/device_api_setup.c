/* SPDX-License-Identifier: Apache-2.0
 * Routes that change how a device is set up: proxies, password, deactivation. mps.md
 * 3.11; proxies and the password are ours (neither MPS nor Console has them).
 */
#include <device/device_api_priv.h>

#include <device/password.h>
#include <device/proxy.h>
#include <device/setup.h>

/* ---- proxies ---- */

static struct err *proxies(struct device_call *c, struct http_req *req,
			   struct http_res *res)
{
	struct device_list list;

	TRY(device_proxy_list(c, &list));
	json_t *out = json_array();
	for (size_t i = 0; i < list.n; i++) {
		const struct ips_http_proxy_access_point *p = list.v[i];
		json_array_append_new(
			out, json_pack("{s:o,s:o,s:I,s:I,s:o}", "name",
				       device_json_text(p->name), "address",
				       device_json_text(p->access_info), "infoFormat",
				       (json_int_t)p->info_format.v, "port",
				       (json_int_t)p->port.v, "networkDnsSuffix",
				       device_json_text(p->network_dns_suffix)));
	}
	http_res_json(res, 200, out);
	return NULL;
}

/* clang-format off */
static const struct v_rule proxy_rules[] = {
	{"address", V_REQUIRED,
	 {{V_STRING, V_BAIL}, {V_FILLED}, {V_LENGTH, .max = DEVICE_PROXY_ADDRESS_MAX}}},
	{"port", V_REQUIRED, {{V_RANGE, .min = 1, .max = 65535}}},
	{"networkDnsSuffix", V_REQUIRED,
	 {{V_STRING, V_BAIL}, {V_FILLED}, {V_LENGTH, .max = DEVICE_PROXY_SUFFIX_MAX}}},
};
/* clang-format on */

static struct err *proxy_add(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	const json_t *body = device_body(req);
	struct device_proxy p = {
		.address = str_of(json_string_value(json_object_get(body, "address"))),
		.port = (uint16_t)device_number(body, "port"),
		.suffix = str_of(
			json_string_value(json_object_get(body, "networkDnsSuffix"))),
	};

	TRY(device_proxy_add(c, &p));
	res->status = 204;
	return NULL;
}

static struct err *proxy_delete(struct device_call *c, struct http_req *req,
				struct http_res *res)
{
	struct str name = str_of(http_param(req, "name"));
	struct device_list list;
	bool found = false;

	TRY(device_proxy_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct ips_http_proxy_access_point *p = list.v[i];
		found |= str_eq(p->name, name);
	}
	if (!found)
		return err_new(ERR_NOT_FOUND, "Proxy not found");
	TRY(device_proxy_delete(c, name));
	res->status = 204;
	return NULL;
}

/* ---- password ---- */

/* Nobody is told the new one: whoever may read it asks the RPS (or the secret store). */
static struct err *rotate(struct device_call *c, struct http_req *req,
			  struct http_res *res)
{
	struct device_host *host = req->app;

	TRY(device_password_rotate(c, host->secrets));
	http_res_json(res, 200, json_pack("{s:s}", "status", "SUCCESS"));
	return NULL;
}

/* ---- deactivation ---- */

/* The device forgets first: a record that stays behind can be deleted later, a device
 * whose password is forgotten cannot be reached any more. */
static struct err *deactivate(struct device_call *c, struct http_req *req,
			      struct http_res *res)
{
	struct device_host *host = req->app;

	TRY(device_unprovision(c));
	struct err *e = host->forget(host, req, c->device->guid);
	if (e != NULL)
		return err_wrap_as(ERR_UNAVAILABLE, e,
				   "the device is deactivated, but its record or its "
				   "secrets are still there: delete the device");
	http_res_json(res, 200, json_pack("{s:s}", "status", "SUCCESS"));
	return NULL;
}

/* Whoever sends a password would believe that the device has it now. */
static bool choice_refused(struct http_req *req, struct http_res *res, const json_t *body)
{
	if (body == NULL || (json_is_object(body) && json_object_size(body) == 0))
		return false;
	device_answer_error(res, 400, DEVICE_BAD_REQUEST,
			    "this route takes no body: the password is generated");
	return true;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/proxies/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(proxies, "Exception during Proxies request")},
	{"POST", "/api/v1/amt/proxies/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(proxy_add, "Exception during Proxies request",
			     DEVICE_BODY(proxy_rules))},
	{"DELETE", "/api/v1/amt/proxies/{guid}/{name}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(proxy_delete, "Exception during Proxies request")},
	{"POST", "/api/v1/amt/password/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(rotate, "Exception during password rotation",
			     .check = choice_refused)},
	{"DELETE", "/api/v1/amt/deactivate/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(deactivate, "Exception during unprovision request")},
};
/* clang-format on */
DEVICE_ROUTES(device_setup_routes, rows);
