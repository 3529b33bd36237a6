/* SPDX-License-Identifier: Apache-2.0
 * What the machine is made of, as its BIOS told the firmware. mps.md 3.2, wsman.md B.10.
 */
#ifndef DEVICE_INVENTORY_H
#define DEVICE_INVENTORY_H

#include <device/call.h>

/* Upstream's body of GET hardwareInfo; new reference. A class that this firmware does not
 * have gives an empty object or list with status 400. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_hardware(struct device_call *c,
						      json_t **out);
/* The part that Console serves as diskInfo. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_disks(struct device_call *c, json_t **out);

#endif
