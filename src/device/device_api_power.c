/* SPDX-License-Identifier: Apache-2.0
 * Routes of power. mps.md 3.1.
 */
#include <device/device_api_priv.h>

#include <device/power.h>

enum { ACTION_OS_FULL = 500, ACTION_OS_SAVING = 501 };

static struct err *power_state(struct device_call *c, struct http_req *req,
			       struct http_res *res)
{
	int64_t state;
	enum device_os_state os;

	TRY(device_power_state(c, &state, &os));
	if (state == 0)
		return device_answer_untold(c, res, "Power State request failed");
	http_res_json(res, 200,
		      json_pack("{s:I,s:i}", "powerstate", (json_int_t)state,
				"OSPowerSavingState", (int)os));
	return NULL;
}

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

static struct err *os_action(struct device_call *c, int action, struct http_res *res)
{
	int64_t value;
	const char *text;

	TRY(device_os_request(
		c, action == ACTION_OS_FULL ? DEVICE_OS_FULL : DEVICE_OS_SAVING, &value,
		&text));
	http_res_json(res, value == 0 ? 200 : 400,
		      json_pack("{s:{s:I,s:s}}", "Body", "ReturnValue", (json_int_t)value,
				"ReturnValueStr", text));
	return NULL;
}

static struct err *power_action(struct device_call *c, struct http_req *req,
				struct http_res *res)
{
	int action = (int)device_number(device_body(req), "action");
	struct wsman_reply r;

	req->note = arena_printf(req->arena, "action %d", action);
	if (action >= ACTION_OS_FULL)
		return os_action(c, action, res);
	TRY(device_power_request(c, action, &r));
	return device_answer_power(res, &r);
}

/* What the list lets pass and is no state of AMT. */
static bool action_refused(struct http_req *req, struct http_res *res, const json_t *body)
{
	int code = (int)device_number(body, "action");

	if (code < 17 || code >= ACTION_OS_FULL)
		return false;
	device_answer_error(
		res, 400, DEVICE_BAD_REQUEST,
		code == 17 ? "action 17 is no power state of AMT"
			   : "this action is a boot option: use power/bootOptions");
	return true;
}

static struct err *power_capabilities(struct device_call *c, struct http_req *req,
				      struct http_res *res)
{
	json_t *out;

	TRY(device_power_capabilities(c, &out));
	http_res_json(res, 200, out);
	return NULL;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/power/state/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(power_state, "Exception during Power State request")},
	{"POST", "/api/v1/amt/power/action/{guid}", device_run, IAM_POWER,
	 .data = DEVICE_WORK(power_action, "Exception during Power Action request",
			     DEVICE_BODY(action_rules), action_refused)},
	{"GET", "/api/v1/amt/power/capabilities/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(power_capabilities, "Exception during Power Capabilities request")},
};
/* clang-format on */
DEVICE_ROUTES(device_power_routes, rows);
