/* SPDX-License-Identifier: Apache-2.0
 * What the virtual firmware does per WS-Management class: one row each, in the file of its subject.
 */
#ifndef SIM_CLASSES_H
#define SIM_CLASSES_H

#include <sim/device.h>

#define SIM_MAX_INSTANCES 16

struct sim_method {
	const struct wsman_method *method;
	void (*call)(struct sim_device *d, const void *in, void *out);
};

struct sim_class {
	const struct wsman_class *cls;
	/* All instances (of derived classes too) in the arena; how many. */
	size_t (*instances)(struct sim_device *d, struct arena *a,
			    struct wsman_item out[SIM_MAX_INSTANCES]);
	void (*put)(struct sim_device *d, const void *object);	/* NULL = not supported */
	const struct sim_method *methods;
	size_t n_methods;
};

const struct sim_class *sim_class_find(const struct wsman_class *c);

extern const struct sim_class sim_power_classes[], sim_boot_classes[], sim_system_classes[];
extern const size_t sim_power_classes_n, sim_boot_classes_n, sim_system_classes_n;

/* Time passes: transitions end, a boot uses up its boot options. */
void sim_device_tick(struct sim_device *d);

/* For rows: numbers and truth. */
static inline struct wsman_num sim_num(int64_t v)
{
	return (struct wsman_num){.set = true, .v = v};
}

#endif
