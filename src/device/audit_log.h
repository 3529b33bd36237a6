/* SPDX-License-Identifier: Apache-2.0
 * The audit log: who did what to the device (AMT_AuditLog). wsman.md B.8, C.2;
 * mps.md 3.4, 10.7.
 */
#ifndef DEVICE_AUDIT_LOG_H
#define DEVICE_AUDIT_LOG_H

#include <amt/log_records.h>
#include <device/call.h>

#define DEVICE_AUDIT_PAGE 10 /* firmware gives at most that many at once */

struct device_audit {
	size_t total;		/* records in the log */
	size_t n;		/* of them here: newest first */
	struct audit_record *v; /* at most DEVICE_AUDIT_PAGE */
};
/* The page that leaves out the newest skip records. Firmware counts from the oldest,
 * which is 1. What is no record is left out. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_audit_log_read(struct device_call *c,
							    size_t skip,
							    struct device_audit *out);

/* In upstream's words; NULL: it has none. */
const char *device_audit_app_name(unsigned app);
const char *device_audit_event_name(unsigned app, unsigned event);
const char *device_realm_name(unsigned realm);
/* Who: user name, SID, "Local", "KVM Default Port". */
const char *device_audit_initiator(struct arena *a, const struct audit_record *r);
/* What the extended data say; NULL when nothing is known of them. */
const char *device_audit_extra_text(struct arena *a, const struct audit_record *r);

#endif
