/* SPDX-License-Identifier: Apache-2.0
 * Routes of the audit log and the event log. mps.md 3.3, 3.4.
 */
#include <device/device_api_priv.h>

#include <base/clock.h>
#include <device/audit_log.h>
#include <device/event_log.h>

static json_t *time_json(uint32_t seconds)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso((int64_t)seconds * 1000, iso);
	return json_string(iso);
}

/* Bytes as characters U+0000 to U+00FF, as upstream shows them. */
static json_t *bytes_json(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, 2 * s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t v = (uint8_t)s.p[i];
		if (v >= 0x80)
			out[n++] = (char)(0xc0 | v >> 6);
		out[n++] = (char)(v < 0x80 ? v : 0x80 | (v & 0x3f));
	}
	return json_stringn(out, n);
}

/* ---- audit log ---- */

static bool start_refused(struct http_req *req, struct http_res *res, const json_t *body)
{
	static const struct v_rule rules[] = {{"startIndex", V_OPTIONAL, {{V_INT}}}};
	struct v_errors errors = {0};
	json_t *query = v_query(req);

	v_fields(&errors, rules, ARRAY_LEN(rules), "query", query);
	json_decref(query);
	return v_answer(&errors, res);
}

static json_t *audit_json(struct arena *a, const struct audit_record *r)
{
	const char *app = device_audit_app_name(r->app);
	const char *event = device_audit_event_name(r->app, r->event);
	const char *extra = device_audit_extra_text(a, r);
	struct str address = r->address;

	if (str_eqz(address, "0000:0000:0000:0000:0000:0000:0000:0001"))
		address = STR("::1");
	return json_pack("{s:i,s:i,s:i,s:s,s:s,s:s,s:o,s:i,s:o,s:o,s:s?}", "AuditAppID",
			 r->app, "EventID", r->event, "InitiatorType", r->initiator,
			 "AuditApp", app ? app : arena_printf(a, "#%u", r->app), "Event",
			 event ? event : arena_printf(a, "#%u", r->event), "Initiator",
			 device_audit_initiator(a, r), "Time", time_json(r->time_s),
			 "MCLocationType", r->location, "NetAddress",
			 bytes_json(a, address), "Ex", bytes_json(a, r->extra), "ExStr",
			 extra);
}

static struct err *audit_log(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	const char *start = http_req_query(req, "startIndex");
	struct device_audit log;
	uint64_t first = 0;

	/* More than a log ever holds leaves out all of it. */
	if (start != NULL && !str_u64(str_of(start), UINT32_MAX, &first))
		first = *start == '+' || *start == '-' ? 0 : UINT32_MAX;
	/* 1 is the newest; clients ask for the first page with 0 as well. */
	TRY(device_audit_log_read(c, first > 0 ? first - 1 : 0, &log));
	json_t *records = json_array();
	for (size_t i = 0; i < log.n; i++)
		json_array_append_new(records, audit_json(c->arena, &log.v[i]));
	http_res_json(res, 200,
		      json_pack("{s:I,s:o}", "totalCnt", (json_int_t)log.total, "records",
				records));
	return NULL;
}

/* ---- event log ---- */

static json_t *event_json(struct arena *a, const struct event_record *r)
{
	bool dated = r->time_s != 0 && r->time_s != UINT32_MAX;
	const char *desc = device_event_text(a, r);
	json_t *data = json_array();

	for (size_t i = 0; i < sizeof(r->data); i++)
		json_array_append_new(data, json_integer(r->data[i]));
	json_t *j = json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:o,s:o,s:s}",
			      "DeviceAddress", r->device_address, "EventSensorType",
			      r->sensor, "EventType", r->type, "EventOffset", r->offset,
			      "EventSourceType", r->source, "EventSeverity", r->severity,
			      "SensorNumber", r->sensor_number, "Entity", r->entity,
			      "EntityInstance", r->entity_instance, "EventData", data,
			      "TimeStamp", dated ? time_json(r->time_s) : json_null(),
			      "EntityStr", device_event_entity(r->entity));
	/* An index outside of the firmware's tables has no text (upstream's way); a
	 * watchdog of others has null. */
	if (desc != NULL)
		json_object_set_new(j, "Desc", json_string(desc));
	else if (r->sensor == 18)
		json_object_set_new(j, "Desc", json_null());
	return j;
}

static struct err *event_log(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	struct device_events log;

	TRY(device_event_log_read(c, &log));
	json_t *out = json_array();
	for (size_t i = 0; i < log.n; i++)
		json_array_append_new(out, event_json(c->arena, &log.v[i]));
	http_res_json(res, 200, out);
	return NULL;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/log/audit/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(audit_log, "Exception during AMT AuditLog request",
			     .check = start_refused)},
	{"GET", "/api/v1/amt/log/event/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(event_log, "Exception during AMT Event Log request")},
};
/* clang-format on */
DEVICE_ROUTES(device_log_routes, rows);
