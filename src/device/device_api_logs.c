/* SPDX-License-Identifier: Apache-2.0
 * Routes of the audit log and the event log. mps.md 3.3, 3.4; the files of Console's
 * download routes: console-ui.md 1.8.
 */
#include <device/device_api_priv.h>

#include <base/clock.h>
#include <base/csv.h>
#include <device/audit_log.h>
#include <device/event_log.h>

#define DOWNLOAD_MS 120000 /* a full log takes dozens of exchanges */

static const char *time_text(struct arena *a, uint32_t seconds)
{
	char *iso = arena_alloc(a, CLOCK_ISO_SIZE);

	clock_iso((int64_t)seconds * 1000, iso);
	return iso;
}

static void answer_csv(struct http_res *res, const char *file)
{
	res->content_type = "text/csv; charset=utf-8";
	http_res_header(res, "Content-Disposition",
			arena_printf(res->arena, "attachment; filename=%s", file));
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

static const char *audit_event(struct arena *a, const struct audit_record *r)
{
	const char *event = device_audit_event_name(r->app, r->event);

	return event != NULL ? event : arena_printf(a, "#%u", r->event);
}

static json_t *audit_json(struct arena *a, const struct audit_record *r)
{
	const char *app = device_audit_app_name(r->app);
	const char *extra = device_audit_extra_text(a, r);
	struct str address = r->address;

	if (str_eqz(address, "0000:0000:0000:0000:0000:0000:0000:0001"))
		address = STR("::1");
	return json_pack("{s:i,s:i,s:i,s:s,s:s,s:s,s:s,s:i,s:o,s:o,s:s?}", "AuditAppID",
			 r->app, "EventID", r->event, "InitiatorType", r->initiator,
			 "AuditApp", app ? app : arena_printf(a, "#%u", r->app), "Event",
			 audit_event(a, r), "Initiator", device_audit_initiator(a, r),
			 "Time", time_text(a, r->time_s), "MCLocationType", r->location,
			 "NetAddress", bytes_json(a, address), "Ex",
			 bytes_json(a, r->extra), "ExStr", extra);
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

static void audit_csv_row(struct buf *b, struct arena *a, const struct audit_record *r)
{
	const char *row[] = {arena_printf(a, "%u", r->event), time_text(a, r->time_s),
			     audit_event(a, r), device_audit_extra_text(a, r)};

	csv_row(b, row, ARRAY_LEN(row));
}

/* The whole log. What firmware adds meanwhile moves the others back. */
static struct err *audit_csv(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	static const char *const head[] = {"ID", "Time", "Event", "Description"};
	size_t done = 0, total = 0;
	struct device_audit log;

	csv_row(&res->body, head, ARRAY_LEN(head));
	do {
		TRY(device_audit_log_read(c, done, &log));
		if (done > 0 && log.total > total) {
			done += log.total - total;
			total = log.total;
			continue;
		}
		total = log.total;
		for (size_t i = 0; i < log.n; i++)
			audit_csv_row(&res->body, c->arena, &log.v[i]);
		done += log.n;
	} while (log.n > 0 && done < total);
	answer_csv(res, "audit_logs.csv");
	return NULL;
}

/* ---- event log ---- */

static bool dated(const struct event_record *r)
{
	return r->time_s != 0 && r->time_s != UINT32_MAX;
}

static json_t *event_json(struct arena *a, const struct event_record *r)
{
	const char *desc = device_event_text(a, r);
	json_t *data = json_array();

	for (size_t i = 0; i < sizeof(r->data); i++)
		json_array_append_new(data, json_integer(r->data[i]));
	json_t *j = json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:o,s:s?,s:s}",
			      "DeviceAddress", r->device_address, "EventSensorType",
			      r->sensor, "EventType", r->type, "EventOffset", r->offset,
			      "EventSourceType", r->source, "EventSeverity", r->severity,
			      "SensorNumber", r->sensor_number, "Entity", r->entity,
			      "EntityInstance", r->entity_instance, "EventData", data,
			      "TimeStamp", dated(r) ? time_text(a, r->time_s) : NULL,
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

/* wsman.md C.3; a number that is none of these stays one. */
static const char *severity(struct arena *a, unsigned code)
{
	switch (code) {
	case 0:
		return "Unspecified";
	case 1:
		return "Monitor";
	case 2:
		return "Information";
	case 4:
		return "OK";
	case 8:
		return "Non-critical condition";
	case 16:
		return "Critical condition";
	case 32:
		return "Non-recoverable condition";
	default:
		return arena_printf(a, "%u", code);
	}
}

static struct err *event_csv(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	static const char *const head[] = {"Time", "Source", "Event Severity",
					   "Description"};
	struct device_events log;

	TRY(device_event_log_read(c, &log));
	csv_row(&res->body, head, ARRAY_LEN(head));
	for (size_t i = 0; i < log.n; i++) {
		const struct event_record *r = &log.v[i];
		const char *row[] = {dated(r) ? time_text(c->arena, r->time_s) : NULL,
				     device_event_entity(r->entity),
				     severity(c->arena, r->severity),
				     device_event_text(c->arena, r)};
		csv_row(&res->body, row, ARRAY_LEN(row));
	}
	answer_csv(res, "event_logs.csv");
	return NULL;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/log/audit/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(audit_log, "Exception during AMT AuditLog request",
			     .check = start_refused)},
	{"GET", "/api/v1/amt/log/audit/{guid}/download", device_run, IAM_DEVICE_READ,
	 .time_ms = DOWNLOAD_MS,
	 .data = DEVICE_WORK(audit_csv, "Exception during AMT AuditLog request")},
	{"GET", "/api/v1/amt/log/event/{guid}/download", device_run, IAM_DEVICE_READ,
	 .time_ms = DOWNLOAD_MS,
	 .data = DEVICE_WORK(event_csv, "Exception during AMT Event Log request")},
	{"GET", "/api/v1/amt/log/event/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(event_log, "Exception during AMT Event Log request")},
};
/* clang-format on */
DEVICE_ROUTES(device_log_routes, rows);
