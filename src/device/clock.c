/* SPDX-License-Identifier: Apache-2.0 */
#include <device/clock.h>

#include <amt/wsman/classes/time.h>

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})

static const struct wsman_class *const service = &amt_time_synchronization_service_class;

struct err *device_clock_read(struct device_call *c, int64_t *unix_s)
{
	void *object;

	TRY(device_invoke(
		c, service,
		&amt_time_synchronization_service_get_low_accuracy_time_synch_method,
		NULL, NULL, &object));
	const struct amt_time_synchronization_service_get_low_accuracy_time_synch_out
		*out = object;
	if (!out->ta0.set)
		return err_new(ERR_DEVICE, "the device does not tell its time");
	*unix_s = out->ta0.v;
	return NULL;
}

struct err *device_clock_sync(struct device_call *c)
{
	int64_t ta0, tm1;

	TRY(device_clock_read(c, &ta0));
	tm1 = clock_wall_ms() / 1000;
	struct amt_time_synchronization_service_set_high_accuracy_time_synch_in in = {
		.ta0 = NUM(ta0),
		.tm1 = NUM(tm1),
		.tm2 = NUM(clock_wall_ms() / 1000),
	};
	return device_invoke(
		c, service,
		&amt_time_synchronization_service_set_high_accuracy_time_synch_method,
		NULL, &in, NULL);
}
