/* SPDX-License-Identifier: Apache-2.0
 * From a request to a device's answer: the way that all device routes go. The differences
 * from upstream are in docs/compatibility.md.
 */
#include <device/device_api_priv.h>

#include <amt/wsman/classes/power.h>
#include <base/log.h>
#include <stdlib.h>

const char DEVICE_BAD_REQUEST[] = "Incorrect URI or Bad Request";
static const char NOT_CONNECTED[] =
	"Device not found/connected. Please connect again using CIRA.";

struct err *device_answer_error(struct http_res *res, int status, const char *error,
				const char *description)
{
	iam_http_answer(res, status, error, "errorDescription", description);
	return NULL;
}

struct err *device_answer_untold(struct device_call *c, struct http_res *res,
				 const char *text)
{
	return device_answer_error(
		res, 400, DEVICE_BAD_REQUEST,
		arena_printf(c->arena, "%s for guid : %s.", text, c->device->guid));
}

static struct err *answer_command(struct http_res *res, const struct wsman_reply *r,
				  const struct err *refusal)
{
	int64_t value = r->return_value.v;
	const char *text = wsman_pt_status(value);

	if (!r->return_value.set)
		return err_new(ERR_DEVICE, "the device answered without a return value");
	json_t *j = json_pack("{s:o,s:{s:I,s:s}}", "Header", wsman_json_header(r), "Body",
			      "ReturnValue", (json_int_t)value, "ReturnValueStr",
			      text ? text : "UNKNOWN_ERROR");
	if (value != 0 && refusal != NULL)
		json_object_set_new(j, "errorDescription", json_string(refusal->msg));
	http_res_json(res, value == 0 ? 200 : 400, j);
	return NULL;
}

struct err *device_answer_command(struct http_res *res, const struct wsman_reply *r)
{
	return answer_command(res, r, NULL);
}

/* Upstream words the values of a CIM method as if they were AMT's own: 5 is "table
 * fingerprint not available" there. What it means stands beside it. */
struct err *device_answer_power(struct http_res *res, const struct wsman_reply *r)
{
	struct err *refusal = device_refusal(
		&cim_power_management_service_class,
		&cim_power_management_service_request_power_state_change_method,
		r->return_value.v);
	struct err *e = answer_command(res, r, refusal);

	err_free(refusal);
	return e;
}

json_t *device_json_text(struct str s)
{
	json_t *j = s.p != NULL ? json_stringn(s.p, s.n) : NULL;

	return j != NULL ? j : json_string("");
}

static struct err *not_connected(struct http_req *req, struct http_res *res,
				 const char *guid)
{
	return device_answer_error(res, 404, NOT_CONNECTED,
				   arena_printf(req->arena, "guid : %s", guid));
}

/* The device's own refusals and our deadline, as upstream words them. */
static struct err *answer_failure(struct http_req *req, struct http_res *res,
				  const struct device_call *c, struct err *e)
{
	const char *guid = http_param(req, "guid");
	enum err_kind kind = e->kind;
	const struct device_route *route = req->route->data;
	const char *msg = str_dup(req->arena, str_of(e->msg));
	const char *whole = err_str(e, req->arena);

	log_info("device call failed", F_STR("guid", guid),
		 F_STR("route", req->route->path), F_ERR(e));
	if (kind == ERR_CANCELLED || kind == ERR_UNAVAILABLE)
		return e;
	err_free(e);
	switch (kind) {
	case ERR_INVALID:
		return device_answer_error(res, 400, DEVICE_BAD_REQUEST, msg);
	case ERR_FORBIDDEN:
		return device_answer_error(res, 403, "Forbidden", msg);
	case ERR_NOT_FOUND:
		return device_answer_error(res, 404, msg,
					   arena_printf(req->arena, "guid : %s", guid));
	case ERR_CONFLICT:
		return device_answer_error(res, 409, NULL, msg);
	case ERR_CLOSED:
		return not_connected(req, res, guid);
	case ERR_TIMEOUT:
		return device_answer_error(res, 504, "Timeout Error", route->failed);
	case ERR_DEVICE:
		if (c != NULL && device_denied(c))
			return device_answer_error(
				res, 403, "Forbidden",
				arena_printf(req->arena, "%s: AMT does not permit it; %s",
					     whole,
					     "user consent or admin control mode may be "
					     "needed"));
		if (c != NULL && device_refused(c))
			return device_answer_error(res, 400, DEVICE_BAD_REQUEST, whole);
		break;
	default:
		break;
	}
	return device_answer_error(res, 500, "Internal Server Error", route->failed);
}

/* Rules on text let a list of good values pass, as upstream's do; no field of a device
 * route is one. */
static void lists_fail(struct v_errors *errors, const struct device_route *route,
		       const json_t *body)
{
	for (size_t i = 0; i < route->n_body; i++) {
		const char *field = route->body[i].field, *dot = strchr(field, '.');
		const json_t *inner = body, *v;
		if (dot != NULL) {
			char outer[32];
			snprintf(outer, sizeof(outer), "%.*s", (int)(dot - field), field);
			inner = json_object_get(body, outer);
		}
		v = json_object_get(inner, dot != NULL ? dot + 1 : field);
		if (json_is_array(v))
			v_fail(errors, "body", field,
			       route->body[i].steps[0].flags & V_SECRET ? NULL : v,
			       "Invalid value");
	}
}

static struct err *refused(struct http_req *req, struct http_res *res, bool *answered)
{
	const struct device_route *route = req->route->data;
	struct v_errors errors = {0};
	json_t *body;

	if (route->body == NULL && route->check == NULL)
		return NULL;
	TRY(http_req_json(req, &body));
	v_fields(&errors, route->body, route->n_body, "body", body);
	if (errors.n == 0)
		lists_fail(&errors, route, body);
	*answered = v_answer(&errors, res) ||
		    (route->check != NULL && route->check(req, res, device_body(req)));
	return NULL;
}

static struct err *work(struct http_req *req, struct http_res *res, struct device *d,
			struct device_call *c)
{
	const struct device_route *route = req->route->data;

	device_call_begin(c, d, req->arena, req->until);
	return device_call_end(c, route->work(c, req, res));
}

struct err *device_run(struct http_req *req, struct http_res *res)
{
	const struct device_route *route = req->route->data;
	struct device_host *host = req->app;
	const char *guid = http_param(req, "guid");
	struct device *d;
	struct device_call c;
	bool answered = false;

	TRY(refused(req, res, &answered));
	if (answered)
		return NULL;
	struct err *e = host->acquire(host, req, guid, &d);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		device_tell_absent(req);
		return not_connected(req, res, guid);
	}
	if (e != NULL)
		return answer_failure(req, res, NULL, e);
	device_tell(req, EVENT_REQUEST, "Requested");
	e = work(req, res, d, &c);
	/* Who rotates passwords stores the new one; nothing was done with the old one. */
	if (err_is(e, ERR_DEVICE) && d->http.denied) {
		struct err *none = host->renew(host, req, d);
		if (none == NULL) {
			err_free(e);
			e = work(req, res, d, &c);
		}
		err_free(none);
	}
	device_unref(d);
	bool good = e == NULL && res->status < 400;
	device_tell(req, good ? EVENT_SUCCESS : EVENT_FAIL,
		    good ? "Succeeded" : route->failed);
	return e != NULL ? answer_failure(req, res, &c, e) : NULL;
}

const json_t *device_body(struct http_req *req)
{
	json_t *body = NULL;
	struct err *e = http_req_json(req, &body);

	/* It was read before. */
	err_free(e);
	return body;
}

bool device_flag(const json_t *body, const char *name, bool fallback)
{
	const json_t *v = json_object_get(body, name);

	if (v == NULL || json_is_null(v))
		return fallback;
	if (json_is_string(v))
		return strcmp(json_string_value(v), "true") == 0 ||
		       strcmp(json_string_value(v), "1") == 0;
	return json_is_true(v) || json_number_value(v) != 0;
}

int64_t device_number(const json_t *body, const char *name)
{
	const json_t *v = json_object_get(body, name);

	if (json_is_string(v))
		return strtoll(json_string_value(v), NULL, 10);
	return json_is_integer(v) ? json_integer_value(v) : (int64_t)json_number_value(v);
}

const struct device_routes *const device_api_tables[] = {
	&device_info_routes,	    &device_power_routes,    &device_boot_routes,
	&device_feature_routes,	    &device_log_routes,	     &device_alarm_routes,
	&device_certificate_routes, &device_display_routes,  &device_network_routes,
	&device_wireless_routes,    &device_explorer_routes, &device_setup_routes,
};
const size_t device_api_tables_n = ARRAY_LEN(device_api_tables);

void device_api_serve(struct http_server *s)
{
	for (size_t i = 0; i < device_api_tables_n; i++)
		http_server_routes(s, device_api_tables[i]->v, device_api_tables[i]->n);
}
