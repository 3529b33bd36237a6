/* SPDX-License-Identifier: Apache-2.0
 * The event log: what the platform told (AMT_MessageLog). wsman.md B.8, C.3; mps.md 3.3.
 */
#ifndef DEVICE_EVENT_LOG_H
#define DEVICE_EVENT_LOG_H

#include <amt/log_records.h>
#include <device/call.h>

struct device_events {
	size_t n;
	struct event_record *v; /* in the device's order: oldest first */
};
/* All of it, however many pages firmware makes of it. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_event_log_read(struct device_call *c,
							    struct device_events *out);

/* Name of an entity; "Unknown". */
const char *device_event_entity(unsigned entity);
/* What a record says, in upstream's words; NULL when that has none. */
const char *device_event_text(struct arena *a, const struct event_record *r);

#endif
