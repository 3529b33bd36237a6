/* SPDX-License-Identifier: Apache-2.0
 * Any class of a device, read by its name: for people who look for what no other call
 * shows. console-ui.md 1.9. Names are Console's: the class without its underscore
 * ("AMTGeneralSettings").
 */
#ifndef DEVICE_EXPLORER_H
#define DEVICE_EXPLORER_H

#include <device/call.h>

/* How many classes there are, and the nth by name: in ASCII order of what
 * device_explorer_name gives. */
size_t device_explorer_count(void);
const struct wsman_class *device_explorer_class(size_t i);
/* out: at least 80 bytes. */
void device_explorer_name(const struct wsman_class *cls, char out[80]);
/* By Console's name or the class's own; NULL: none, or one that cannot be read. */
const struct wsman_class *device_explorer_find(const char *name);

struct device_exploration {
	const char *request, *reply; /* XML, secrets left out */
};
/* Get of what has one instance, else Enumerate and Pull (the Pull is shown). A fault is a
 * reply. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_explore(struct device_call *c,
						     const struct wsman_class *cls,
						     struct device_exploration *out);

#endif
