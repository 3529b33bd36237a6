/* SPDX-License-Identifier: Apache-2.0
 * What a device says of itself: firmware versions, set-up state, general settings.
 * mps.md 3.2.
 */
#ifndef DEVICE_INFO_H
#define DEVICE_INFO_H

#include <device/device.h>

/* Upstream's bodies of GET /amt/version and GET /amt/generalSettings; new references. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_version(struct device_call *c, json_t **out);
OB_MUST_CHECK OB_SUSPENDS struct err *device_general_settings(struct device_call *c,
							      json_t **out);

/* Major version of AMT; 0 when the device does not tell. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_amt_major(struct device_call *c, int *major);

#endif
