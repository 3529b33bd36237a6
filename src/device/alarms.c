/* SPDX-License-Identifier: Apache-2.0 */
#include <device/alarms.h>

#include <base/clock.h>

static const struct wsman_class *const occurrence = &ips_alarm_clock_occurrence_class,
				       *const service = &amt_alarm_clock_service_class;

struct err *device_alarm_list(struct device_call *c, struct device_list *out)
{
	return device_list(c, occurrence, out);
}

/* Days, hours, minutes; seconds and months are not firmware's. */
int64_t device_alarm_minutes(struct str s)
{
	int64_t total = 0, number = 0;

	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		if (ch >= '0' && ch <= '9') {
			number = number * 10 + (ch - '0');
			if (number > 1000000)
				return 0;
			continue;
		}
		total += ch == 'D'   ? number * 1440
			 : ch == 'H' ? number * 60
			 : ch == 'M' ? number
				     : 0;
		number = 0;
	}
	return total;
}

static const char *interval_text(struct arena *a, uint32_t minutes)
{
	return arena_printf(a, "P%uDT%uH%uM", minutes / 1440, minutes / 60 % 24,
			    minutes % 60);
}

struct err *device_alarm_add(struct device_call *c, const struct device_alarm *alarm)
{
	char iso[CLOCK_ISO_SIZE];
	struct ips_alarm_clock_occurrence o = {
		.instance_id = alarm->id,
		.element_name = alarm->name,
		.interval = str_of(interval_text(c->arena, alarm->interval_minutes)),
		.delete_on_completion = device_num(alarm->delete_on_completion),
	};
	struct amt_alarm_clock_service_add_alarm_in in = {
		.alarm_template = {occurrence, &o}};
	const struct wsman_method *m = &amt_alarm_clock_service_add_alarm_method;
	const struct wsman_call call = {
		.op = WSMAN_INVOKE, .cls = service, .method = m, .object = &in};
	struct wsman_reply r;

	clock_iso(alarm->start_ms, iso);
	memcpy(iso + 19, "Z", 2);
	o.start_time = str_of(iso);
	TRY(wsman_exchange(&c->wsman, &call, c->arena, device_call_exchange(c), &r));
	if (r.is_fault && wsman_fault_is(&r.fault, "QuotaLimit"))
		return err_new(ERR_LIMITED,
			       "the device has %d alarms, which is all it "
			       "takes",
			       DEVICE_ALARMS_MAX);
	if (r.is_fault && wsman_fault_is(&r.fault, "InvalidRepresentation"))
		return err_new(ERR_INVALID,
			       "the device does not take this alarm: its time, or an "
			       "alarm of that name is there already");
	if (r.is_fault)
		return err_new(ERR_DEVICE, "AddAlarm: " STR_FMT, STR_ARG(r.fault.reason));
	c->return_value = r.return_value.set ? r.return_value.v : -1;
	if (!r.return_value.set)
		return err_new(ERR_DEVICE, "AddAlarm was answered without a status");
	return r.return_value.v == 0 ? NULL
				     : device_refusal(service, m, r.return_value.v);
}

struct err *device_alarm_delete(struct device_call *c, struct str id)
{
	struct device_list list;
	bool found = false;

	TRY(device_alarm_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct ips_alarm_clock_occurrence *o = list.v[i];
		found |= str_eq(o->instance_id, id);
	}
	if (!found)
		return err_new(ERR_NOT_FOUND, "Alarm instance not found");
	struct wsman_epr by = device_epr(c->arena, occurrence, "InstanceID", id);
	return device_delete(c, occurrence, &by);
}
