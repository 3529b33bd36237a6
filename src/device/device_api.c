/* SPDX-License-Identifier: Apache-2.0
 * REST routes that act on one reachable device, under /api/v1/amt. mps.md 3; the
 * differences from upstream are in docs/compatibility.md.
 */
#include <device/device.h>

#include <base/log.h>
#include <device/info.h>
#include <device/power.h>
#include <iam/iam.h>
#include <net/validate.h>

/* What a route does with its device; a result in *out (new reference). */
typedef OB_SUSPENDS struct err *device_work_fn(struct device_call *c,
					       struct http_req *req, json_t **out);

struct device_route {
	device_work_fn *work;
	const char *failed; /* upstream's text for an exception */
	const char *untold; /* and for a device that answers, but not what was asked (work
			     * left *out NULL) */
};

static struct err *answer_error(struct http_res *res, int status, const char *error,
				const char *description)
{
	http_res_json(
		res, status,
		json_pack("{s:s,s:s}", "error", error, "errorDescription", description));
	return NULL;
}

/* The device's own refusals and our deadline, as upstream words them. */
static struct err *answer_failure(struct http_req *req, struct http_res *res,
				  const char *guid, struct err *e)
{
	const struct device_route *route = req->route->data;
	char who[64];

	log_info("device call failed", F_STR("guid", guid),
		 F_STR("route", req->route->path), F_ERR(e));
	snprintf(who, sizeof(who), "guid : %s", guid);
	enum err_kind kind = e->kind;
	if (kind == ERR_CANCELLED || kind == ERR_UNAVAILABLE || kind == ERR_INVALID)
		return e;
	err_free(e);
	switch (kind) {
	case ERR_NOT_FOUND:
	case ERR_CLOSED:
		return answer_error(
			res, 404,
			"Device not found/connected. Please connect again using CIRA.",
			who);
	case ERR_TIMEOUT:
		return answer_error(res, 504, "Timeout Error", route->failed);
	default:
		return answer_error(res, 500, "Internal Server Error", route->failed);
	}
}

static struct err *run(struct http_req *req, struct http_res *res)
{
	const struct device_route *route = req->route->data;
	struct device_host *host = req->app;
	const char *guid = http_param(req, "guid");
	struct device *d;
	struct device_call c;
	json_t *out = NULL;

	struct err *e = host->acquire(host, req, guid, &d);
	if (e != NULL)
		return answer_failure(req, res, guid, e);
	device_call_begin(&c, d, req->arena, req->until);
	e = device_call_end(&c, route->work(&c, req, &out));
	device_unref(d);
	if (e != NULL)
		return answer_failure(req, res, guid, e);
	if (out == NULL)
		return answer_error(res, 400, "Incorrect URI or Bad Request",
				    arena_printf(req->arena, "%s for guid : %s.",
						 route->untold, guid));
	http_res_json(res, 200, out);
	return NULL;
}

/* ---- power ---- */

static struct err *power_state(struct device_call *c, struct http_req *req, json_t **out)
{
	int64_t state;
	enum device_os_state os;

	TRY(device_power_state(c, &state, &os));
	if (state != 0)
		*out = json_pack("{s:I,s:i}", "powerstate", (json_int_t)state,
				 "OSPowerSavingState", (int)os);
	return NULL;
}

enum { ACTION_OS_FULL = 500, ACTION_OS_SAVING = 501 };

/* Codes that mps.md 3.1.1 lists; 9 is a state, not a request. */
static const struct v_rule action_rules[] = {
	{"action",
	 V_REQUIRED,
	 {{.check = V_ONE_OF,
	   .choices = "2|3|4|5|6|7|8|10|11|12|13|14|15|16|17|100|101|104|105|106|107|108|"
		      "109|110|200|"
		      "201|202|203|300|301|400|401|500|501"},
	  {.check = V_NUMERIC}}},
};

/* 0 when it is neither number nor text: upstream's rules let a list of valid ones pass.
 */
static int action_of(const json_t *body)
{
	const json_t *v = json_object_get(body, "action");

	return json_is_string(v) ? atoi(json_string_value(v)) : (int)json_number_value(v);
}

static struct err *power_action(struct device_call *c, struct http_req *req, json_t **out)
{
	json_t *body;
	struct wsman_reply r;
	int64_t value;
	const char *text;

	TRY(http_req_json(req, &body));
	int action = action_of(body);
	req->note = arena_printf(req->arena, "action %d", action);
	if (action == ACTION_OS_FULL || action == ACTION_OS_SAVING) {
		TRY(device_os_request(
			c, action == ACTION_OS_FULL ? DEVICE_OS_FULL : DEVICE_OS_SAVING,
			&value, &text));
		*out = json_pack("{s:{s:I,s:s}}", "Body", "ReturnValue",
				 (json_int_t)value, "ReturnValueStr", text);
		return NULL;
	}
	TRY(device_power_request(c, action, &r));
	if (!r.return_value.set)
		return err_new(ERR_DEVICE, "the device answered without a return value");
	text = wsman_pt_status(r.return_value.v);
	const struct iam_caller *who = req->caller;
	log_info("power action", F_STR("guid", c->device->guid), F_I64("action", action),
		 F_STR("user", who != NULL ? who->name : ""),
		 F_I64("result", r.return_value.v));
	*out = json_pack("{s:o,s:{s:I,s:s}}", "Header", wsman_json_header(&r), "Body",
			 "ReturnValue", (json_int_t)r.return_value.v, "ReturnValueStr",
			 text ? text : "UNKNOWN_ERROR");
	return NULL;
}

/* Validation comes before the device is looked for, as upstream. */
static struct err *power_action_checked(struct http_req *req, struct http_res *res)
{
	struct v_errors errors = {0};
	json_t *body;

	TRY(http_req_json(req, &body));
	v_fields(&errors, action_rules, ARRAY_LEN(action_rules), "body", body);
	if (v_answer(&errors, res))
		return NULL;
	int code = action_of(body);
	if (code == 0)
		return answer_error(res, 400, "Incorrect URI or Bad Request",
				    "action is no number");
	if (code >= 17 && code < ACTION_OS_FULL)
		return answer_error(
			res, 400, "Incorrect URI or Bad Request",
			code == 17
				? "action 17 is no power state of AMT"
				: "this action is a boot option: use power/bootOptions");
	return run(req, res);
}

static struct err *power_capabilities(struct device_call *c, struct http_req *req,
				      json_t **out)
{
	return device_power_capabilities(c, out);
}

/* ---- information ---- */

static struct err *version(struct device_call *c, struct http_req *req, json_t **out)
{
	return device_version(c, out);
}

static struct err *general_settings(struct device_call *c, struct http_req *req,
				    json_t **out)
{
	return device_general_settings(c, out);
}

#define WORK(...) (&(const struct device_route){__VA_ARGS__})

/* clang-format off */
const struct http_route device_routes[] = {
	{"GET", "/api/v1/amt/version/{guid}", run, IAM_DEVICE_READ,
	 .data = WORK(version, "Exception during AMT Version request")},
	{"GET", "/api/v1/amt/generalSettings/{guid}", run, IAM_DEVICE_READ,
	 .data = WORK(general_settings, "Exception during AMT General Settings request")},
	{"GET", "/api/v1/amt/power/state/{guid}", run, IAM_DEVICE_READ,
	 .data = WORK(power_state, "Exception during Power State request", "Power State request failed")},
	{"POST", "/api/v1/amt/power/action/{guid}", power_action_checked, IAM_POWER,
	 .data = WORK(power_action, "Exception during Power Action request")},
	{"GET", "/api/v1/amt/power/capabilities/{guid}", run, IAM_DEVICE_READ,
	 .data = WORK(power_capabilities, "Exception during Power Capabilities request")},
};
/* clang-format on */
const size_t device_routes_n = ARRAY_LEN(device_routes);
