/* SPDX-License-Identifier: Apache-2.0
 * Screens of a device and which of them KVM shows first. mps.md 3.9, wsman.md B.6.
 */
#ifndef DEVICE_DISPLAYS_H
#define DEVICE_DISPLAYS_H

#include <device/call.h>

#define DEVICE_DISPLAYS_MAX 4

struct device_display {
	bool active, is_default;
	int64_t x, y, width, height; /* pixels; -1 and 0 when there is none */
	const char *role;	     /* "primary", ...; NULL: none */
};
struct device_displays {
	size_t n;
	struct device_display v[DEVICE_DISPLAYS_MAX];
};
/* ERR_NOT_FOUND: the firmware has no screens (no KVM). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_displays_read(struct device_call *c,
							   struct device_displays *out);
/* KVM begins with that screen. ERR_INVALID: there is no such screen, or nothing is
 * plugged in. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_display_select(struct device_call *c,
							    size_t index);

#endif
