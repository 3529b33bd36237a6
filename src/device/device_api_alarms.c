/* SPDX-License-Identifier: Apache-2.0
 * Routes of alarms. mps.md 3.7.
 */
#include <device/device_api_priv.h>

#include <base/clock.h>
#include <device/alarms.h>

static const char INVALID_ADD[] = "Alarm add request invalid parameters";

static json_t *nested(const char *name, struct str value)
{
	return json_pack("{s:o}", name, device_json_text(value));
}

/* InternalInMinutes is upstream's, IntervalInMinutes Console's. */
static json_t *alarm_json(const struct ips_alarm_clock_occurrence *o)
{
	json_int_t minutes = device_alarm_minutes(o->interval);

	return json_pack("{s:o,s:o,s:o,s:o,s:b,s:I,s:I}", "ElementName",
			 device_json_text(o->element_name), "InstanceID",
			 device_json_text(o->instance_id), "StartTime",
			 nested("Datetime", o->start_time), "Interval",
			 nested("Interval", o->interval), "DeleteOnCompletion",
			 device_true(o->delete_on_completion), "InternalInMinutes",
			 minutes, "IntervalInMinutes", minutes);
}

static struct err *list(struct device_call *c, struct http_req *req, struct http_res *res)
{
	struct device_list l;

	TRY(device_alarm_list(c, &l));
	json_t *out = json_array();
	for (size_t i = 0; i < l.n; i++)
		json_array_append_new(out, alarm_json(l.v[i]));
	http_res_json(res, 200, out);
	return NULL;
}

static bool bad_request(struct http_req *req, struct http_res *res, const char *text)
{
	device_answer_error(res, 400, DEVICE_BAD_REQUEST,
			    arena_printf(req->arena, "%s for guid : %s.", text,
					 http_param(req, "guid")));
	return true;
}

static bool add_refused(struct http_req *req, struct http_res *res, const json_t *body)
{
	const json_t *interval = json_object_get(body, "Interval");
	const json_t *id = json_object_get(body, "InstanceID");
	const char *name = json_string_value(json_object_get(body, "ElementName"));
	const char *start = json_string_value(json_object_get(body, "StartTime"));
	const json_t *del = json_object_get(body, "DeleteOnCompletion");
	int64_t ms;

	if (name != NULL && *name != '\0' && start != NULL &&
	    clock_parse_iso(start, &ms) && ms > 0 &&
	    (interval == NULL || json_is_null(interval) ||
	     (json_is_integer(interval) && json_integer_value(interval) >= 0 &&
	      json_integer_value(interval) <= 525600)) &&
	    (id == NULL || json_is_null(id) || json_string_length(id) > 0) &&
	    (del == NULL || json_is_null(del) || json_is_boolean(del)))
		return false;
	return bad_request(req, res, INVALID_ADD);
}

static struct err *add(struct device_call *c, struct http_req *req, struct http_res *res)
{
	const json_t *body = device_body(req);
	const char *name = json_string_value(json_object_get(body, "ElementName"));
	const char *id = json_string_value(json_object_get(body, "InstanceID"));
	struct device_alarm alarm = {
		.id = str_of(id != NULL ? id : name),
		.name = str_of(name),
		.interval_minutes =
			(uint32_t)json_integer_value(json_object_get(body, "Interval")),
		.delete_on_completion = device_flag(body, "DeleteOnCompletion", true),
	};

	clock_parse_iso(json_string_value(json_object_get(body, "StartTime")),
			&alarm.start_ms);
	struct err *e = device_alarm_add(c, &alarm);
	if (err_is(e, ERR_LIMITED) || err_is(e, ERR_INVALID)) {
		bad_request(req, res,
			    e->kind == ERR_LIMITED ? "Alarm add request quota exceeded"
						   : INVALID_ADD);
		err_free(e);
		return NULL;
	}
	TRY(e);
	http_res_json(res, 200,
		      json_pack("{s:s,s:i}", "status", "SUCCESS", "ReturnValue", 0));
	return NULL;
}

static bool delete_refused(struct http_req *req, struct http_res *res, const json_t *body)
{
	if (json_string_length(json_object_get(body, "Name")) > 0)
		return false;
	return bad_request(req, res, "Invalid alarm occurrence request");
}

static struct err *delete (struct device_call *c, struct http_req *req,
			   struct http_res *res)
{
	const char *name = json_string_value(json_object_get(device_body(req), "Name"));

	TRY(device_alarm_delete(c, str_of(name)));
	http_res_json(res, 200, json_pack("{s:s}", "status", "SUCCESS"));
	return NULL;
}

static const char FAILED[] = "Exception during alarm occurrences request";
/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/alarmOccurrences/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(list, FAILED)},
	{"POST", "/api/v1/amt/alarmOccurrences/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(add, FAILED, .check = add_refused)},
	{"DELETE", "/api/v1/amt/alarmOccurrences/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(delete, FAILED, .check = delete_refused)},
};
/* clang-format on */
DEVICE_ROUTES(device_alarm_routes, rows);
