/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/classes.h>

static const struct sim_class *find_in(const struct sim_class *rows, size_t n,
				       const struct wsman_class *c)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].cls == c)
			return &rows[i];
	return NULL;
}

const struct sim_class *sim_class_find(const struct wsman_class *c)
{
	const struct {
		const struct sim_class *rows;
		size_t n;
	} subjects[] = {
		{sim_power_classes, sim_power_classes_n},
		{sim_boot_classes, sim_boot_classes_n},
		{sim_system_classes, sim_system_classes_n},
	};

	for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
		const struct sim_class *row = find_in(subjects[i].rows, subjects[i].n, c);
		if (row != NULL)
			return row;
	}
	return NULL;
}
