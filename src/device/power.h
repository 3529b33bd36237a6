/* SPDX-License-Identifier: Apache-2.0
 * Power of one device: read, change, what it can do. mps.md 3.1, wsman.md B.7.
 */
#ifndef DEVICE_POWER_H
#define DEVICE_POWER_H

#include <device/device.h>

enum device_os_state {
	DEVICE_OS_UNKNOWN,
	DEVICE_OS_UNSUPPORTED,
	DEVICE_OS_FULL,
	DEVICE_OS_SAVING
};

/* state: CIM power state (2 on, 8 off soft, ...), 0 when the device does not tell. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_power_state(struct device_call *c,
							 int64_t *state,
							 enum device_os_state *os);

/* Clears one-shot boot options that are still set, wakes the operating system before a
 * power-on, then requests the state. reply: the device's answer, whose return_value says
 * whether it took it. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_power_request(struct device_call *c,
							   int state,
							   struct wsman_reply *reply);

/* The same with the boot options as they are. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_power_send(struct device_call *c, int state,
							struct wsman_reply *reply);

/* Operating system to full power or power saving. *value: return value; *text: its name.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *device_os_request(struct device_call *c,
							enum device_os_state target,
							int64_t *value,
							const char **text);

/* Labels and action codes, as upstream shows them; new reference. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_power_capabilities(struct device_call *c,
								json_t **out);

#endif
