/* SPDX-License-Identifier: Apache-2.0
 * Questions to the small HECI clients: watchdog, UPID, MKHI, HOTHAM. Each opens the
 * client, asks and closes it, as one should not hold them. Errors are those of
 * heci_connect and heci_ask, and ERR_DEVICE for what the firmware refused or answered
 * wrongly.
 */
#ifndef AMT_HECI_CLIENTS_H
#define AMT_HECI_CLIENTS_H

#include <amt/heci/hotham.h>
#include <amt/heci/mkhi.h>
#include <amt/heci/transport.h>
#include <amt/heci/upid.h>
#include <amt/heci/watchdog.h>

/* WATCHDOG_ bits. */
OB_MUST_CHECK OB_SUSPENDS struct err *watchdog_is_change_enabled(
	const struct heci_place *p, struct deadline until, uint8_t *bitmap);
/* *status: 0, or why not (AMTHI statuses, WATCHDOG_NOT_ALLOWED). */
OB_MUST_CHECK OB_SUSPENDS struct err *watchdog_change_to_amt(const struct heci_place *p,
							     struct deadline until,
							     uint32_t *status);
OB_MUST_CHECK OB_SUSPENDS struct err *watchdog_set_operational_state(
	const struct heci_place *p, bool enable, struct deadline until, uint32_t *status);

/* One command; out->status is 0 on success. */
OB_MUST_CHECK OB_SUSPENDS struct err *upid_call(const struct heci_place *p,
						const struct upid_msg *request,
						struct deadline until,
						struct upid_msg *out);
/* Switches the feature on, reads the identifier, switches it off. out->has_id false: not
 * provisioned. ERR_DEVICE with the status' text. */
OB_MUST_CHECK OB_SUSPENDS struct err *upid_get(const struct heci_place *p,
					       struct deadline until,
					       struct upid_msg *out);

/* response: the command's struct; its text is in the arena. ERR_DEVICE with the result.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *mkhi_call(const struct heci_place *p,
						const struct mkhi_request *rq,
						struct arena *a, struct deadline until,
						void *response);

/* In the arena. ERR_NOT_FOUND when this firmware keeps none. */
OB_MUST_CHECK OB_SUSPENDS struct err *hotham_get_log(const struct heci_place *p,
						     struct arena *a,
						     struct deadline until,
						     struct str *log);

#endif
