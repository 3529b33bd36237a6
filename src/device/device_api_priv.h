/* SPDX-License-Identifier: Apache-2.0
 * What the files of the device routes share: a route's row, its way from request to
 * answer, the bodies of errors (mps.md 0.2).
 *
 * Order, as upstream has it: the body's rules, then the route's own check, then the
 * device is looked for, then the work.
 */
#ifndef DEVICE_DEVICE_API_PRIV_H
#define DEVICE_DEVICE_API_PRIV_H

#include <device/call.h>
#include <device/device_api.h>
#include <iam/iam_http.h>
#include <net/validate.h>

/* What a route does with its device; it answers into res. Errors become answers:
 *   ERR_INVALID     400, the message as description
 *   ERR_FORBIDDEN   403
 *   ERR_NOT_FOUND   404, the message as error
 *   ERR_CONFLICT    409, the message as description alone (upstream's way)
 *   ERR_CLOSED      404, the device is not connected
 *   ERR_TIMEOUT     504
 *   ERR_DEVICE      403 or 400 when the device refused, the message as description;
 *                   else 500, the row's text
 *   ERR_INTERNAL    500, the row's text
 */
typedef OB_SUSPENDS struct err *device_work_fn(struct device_call *c,
					       struct http_req *req,
					       struct http_res *res);
/* Checks that are no rules; true when it answered. */
typedef bool device_check_fn(struct http_req *req, struct http_res *res,
			     const json_t *body);

struct device_route {
	device_work_fn *work;
	const char *failed;	   /* upstream's text when it goes wrong */
	const struct v_rule *body; /* NULL: the body is not looked at */
	size_t n_body;
	device_check_fn *check;
};

#define DEVICE_WORK(...) (&(const struct device_route){__VA_ARGS__})
#define DEVICE_BODY(rules) .body = (rules), .n_body = ARRAY_LEN(rules)

/* The handler of every row. */
http_handler_fn device_run;

/* {"error":..,"errorDescription":..}; either may be NULL and is then left out. NULL. */
struct err *device_answer_error(struct http_res *res, int status, const char *error,
				const char *description);
/* 400 "<text> for guid : <guid>." */
struct err *device_answer_untold(struct device_call *c, struct http_res *res,
				 const char *text);
extern const char DEVICE_BAD_REQUEST[]; /* "Incorrect URI or Bad Request" */

/* Upstream's body of a command: header, ReturnValue, its name; 400 when the device did
 * not take it. NULL. */
struct err *device_answer_command(struct http_res *res, const struct wsman_reply *r);
/* The same for a change of power, with what its refusal means as errorDescription. */
struct err *device_answer_power(struct http_res *res, const struct wsman_reply *r);
/* Text from the device; "" when absent or no UTF-8. New reference. */
json_t *device_json_text(struct str s);

/* The body of a request that passed its rules; NULL when there is none. Lives with the
 * request. */
const json_t *device_body(struct http_req *req);
/* A field that V_BOOLEAN let pass: true, "true", 1, "1". fallback when absent or null. */
bool device_flag(const json_t *body, const char *name, bool fallback);
/* A field that V_NUMERIC or V_INT let pass: a number or its text. */
int64_t device_number(const json_t *body, const char *name);

/* device_events.c: tells what became of a request, under upstream's name for it. */
void device_tell(struct http_req *req, enum event_type type, const char *message);
void device_tell_absent(struct http_req *req);

#define DEVICE_ROUTES(name, rows) \
	const struct device_routes name = {rows, ARRAY_LEN(rows)}
extern const struct device_routes device_alarm_routes, device_boot_routes,
	device_certificate_routes, device_display_routes, device_explorer_routes,
	device_feature_routes, device_info_routes, device_log_routes,
	device_network_routes, device_power_routes, device_setup_routes,
	device_wireless_routes;

#endif
