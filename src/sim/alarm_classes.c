/* SPDX-License-Identifier: Apache-2.0
 * Alarm clock of a full device: wakes the host. wsman.md B.8.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/alarms.h>
#include <base/clock.h>

#define ALARMS_MAX 5
#define DAY_S 86400

/* "P1DT2H30M" as seconds; "" and zero: none. */
static bool interval_s(struct str s, int64_t *out)
{
	bool in_time = false, digits = false;
	int64_t n = 0;

	*out = 0;
	if (s.n == 0)
		return true;
	if (s.n > 32 || s.p[0] != 'P')
		return false;
	for (size_t i = 1; i < s.n; i++) {
		char ch = s.p[i];
		if (ch >= '0' && ch <= '9') {
			n = n * 10 + (ch - '0');
			digits = true;
			if (n > 100000000)
				return false;
			continue;
		}
		if (ch == 'T' && !in_time && !digits) {
			in_time = true;
			continue;
		}
		int64_t unit = ch == 'D' && !in_time  ? DAY_S
			       : ch == 'H' && in_time ? 3600
			       : ch == 'M' && in_time ? 60
			       : ch == 'S' && in_time ? 1
						      : 0;
		if (unit == 0 || !digits)
			return false;
		*out += n * unit;
		n = 0;
		digits = false;
	}
	return !digits;
}

static bool time_s(struct str s, int64_t *out)
{
	char text[40];
	int64_t ms;

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), STR_FMT, STR_ARG(s));
	/* One client leaves the Z away. */
	if (s.n == 19)
		strcat(text, "Z");
	if (!clock_parse_iso(text, &ms))
		return false;
	*out = ms / 1000;
	return true;
}

static struct ips_alarm_clock_occurrence *nth(const struct sim_state *st, size_t n)
{
	return sim_store_nth(&st->store, &ips_alarm_clock_occurrence_class, n);
}

/* When it rings next; 0 = never again. */
static int64_t due_s(const struct sim_state *st,
		     const struct ips_alarm_clock_occurrence *o)
{
	int64_t at = 0;

	if (!time_s(o->start_time, &at) || at <= st->subjects.alarms_seen_s)
		return 0;
	return at;
}

static const struct ips_alarm_clock_occurrence *next(const struct sim_state *st,
						     int64_t *at)
{
	const struct ips_alarm_clock_occurrence *o, *first = NULL;

	*at = 0;
	for (size_t i = 0; (o = nth(st, i)) != NULL; i++) {
		int64_t due = due_s(st, o);
		if (due != 0 && (first == NULL || due < *at)) {
			first = o;
			*at = due;
		}
	}
	return first;
}

int64_t sim_alarms_next(const struct sim_state *st)
{
	int64_t at;

	next(st, &at);
	return at;
}

/* ---- ringing ---- */

static struct str instant(int64_t at_s, char iso[CLOCK_ISO_SIZE])
{
	clock_iso(at_s * 1000, iso);
	memcpy(iso + 19, "Z", 2);
	return str_of(iso);
}

static void ring(struct sim_device *d, struct ips_alarm_clock_occurrence *o, int64_t at,
		 int64_t now_s)
{
	int64_t every = 0;
	char iso[CLOCK_ISO_SIZE];

	if (d->power.state != SIM_ON)
		sim_power_request(&d->power, SIM_ON, clock_mono_ms(), d->model->step_ms);
	interval_s(o->interval, &every);
	if (every > 0)
		sim_text_set(&o->start_time,
			     instant(at + ((now_s - at) / every + 1) * every, iso));
	else if (o->delete_on_completion.v)
		sim_store_remove(&d->state->store, o);
}

void sim_alarms_tick(struct sim_device *d)
{
	struct sim_state *st = d->state;
	int64_t now_s = sim_state_now(st), at;
	size_t n = sim_store_count(&st->store, &ips_alarm_clock_occurrence_class);

	if (st->subjects.alarms_seen_s > now_s)
		st->subjects.alarms_seen_s = now_s; /* the clock was set back */
	/* From behind: one that rang may be gone. */
	for (size_t i = n; i-- > 0;) {
		struct ips_alarm_clock_occurrence *o = nth(st, i);
		at = due_s(st, o);
		if (at != 0 && at <= now_s) {
			ring(d, o, at, now_s);
			st->subjects.unsaved = true;
		}
	}
	st->subjects.alarms_seen_s = now_s;
}

/* ---- AMT_AlarmClockService ---- */

static void add(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_alarm_clock_service_add_alarm_in *in = in_;
	struct amt_alarm_clock_service_add_alarm_out *out = out_;
	const struct ips_alarm_clock_occurrence *t =
		in != NULL ? wsman_item_as(&in->alarm_template,
					   &ips_alarm_clock_occurrence_class)
			   : NULL;
	struct ips_alarm_clock_occurrence *o;
	int64_t at, every;

	if (t == NULL || t->instance_id.n == 0 || !time_s(t->start_time, &at) ||
	    at <= sim_state_now(c->st) || !interval_s(t->interval, &every) ||
	    sim_store_by_text(&c->st->store, &ips_alarm_clock_occurrence_class,
			      "InstanceID", t->instance_id) != NULL) {
		c->fault = WSMAN_INVALID_REPRESENTATION;
		return;
	}
	if (sim_store_count(&c->st->store, &ips_alarm_clock_occurrence_class) >=
	    ALARMS_MAX) {
		c->fault = WSMAN_QUOTA_LIMIT;
		return;
	}
	o = sim_object_copy(&ips_alarm_clock_occurrence_class, t);
	if (!o->delete_on_completion.set)
		o->delete_on_completion = sim_num(1);
	if (o->element_name.n == 0)
		sim_text_set(&o->element_name, o->instance_id);
	sim_store_add(&c->st->store, &ips_alarm_clock_occurrence_class, o);
	c->changed = true;
	out->alarm_clock = sim_epr_to(c->arena, &ips_alarm_clock_occurrence_class, o);
	out->return_value = sim_num(0);
}

static void show(struct sim_call *c, void *copy)
{
	struct amt_alarm_clock_service *s = copy;
	int64_t at;
	const struct ips_alarm_clock_occurrence *o = next(c->st, &at);

	if (o == NULL)
		return;
	s->next_amt_alarm_time = o->start_time;
	s->amt_alarm_clock_interval = o->interval;
}

static const struct sim_method methods[] = {
	{&amt_alarm_clock_service_add_alarm_method, add},
};

const struct sim_class sim_alarm_classes[] = {
	{.cls = &amt_alarm_clock_service_class,
	 .methods = methods,
	 .n_methods = ARRAY_LEN(methods),
	 .show = show},
};
const size_t sim_alarm_classes_n = ARRAY_LEN(sim_alarm_classes);
