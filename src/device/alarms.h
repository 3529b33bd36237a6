/* SPDX-License-Identifier: Apache-2.0
 * Alarms: when a sleeping or switched-off device wakes by itself. mps.md 3.7, wsman.md
 * B.8.
 */
#ifndef DEVICE_ALARMS_H
#define DEVICE_ALARMS_H

#include <amt/wsman/classes/alarms.h>
#include <device/call.h>

#define DEVICE_ALARMS_MAX 5

struct device_alarm {
	struct str id;		   /* InstanceID */
	struct str name;	   /* ElementName */
	int64_t start_ms;	   /* wall clock; firmware takes whole seconds */
	uint32_t interval_minutes; /* 0: once */
	bool delete_on_completion;
};

/* ips_alarm_clock_occurrence */
OB_MUST_CHECK OB_SUSPENDS struct err *device_alarm_list(struct device_call *c,
							struct device_list *out);
/* ERR_LIMITED: there are as many as firmware takes. ERR_INVALID: firmware does not take
 * it, as when an alarm of that InstanceID exists. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_alarm_add(struct device_call *c,
						       const struct device_alarm *alarm);
/* ERR_NOT_FOUND */
OB_MUST_CHECK OB_SUSPENDS struct err *device_alarm_delete(struct device_call *c,
							  struct str id);
/* Minutes of "P1DT2H3M"; 0 when it is no interval. */
int64_t device_alarm_minutes(struct str interval);

#endif
