/* SPDX-License-Identifier: Apache-2.0
 * Alarms: which are taken, when they ring, what then; the clock.
 */
#include <sim/subject_test.h>

static int64_t add(struct full_fixture *f, const char *id, int64_t in_s,
		   const char *interval)
{
	struct ips_alarm_clock_occurrence o = {.instance_id = str_of(id),
					       .element_name = str_of(id)};
	struct amt_alarm_clock_service_add_alarm_in in = {
		.alarm_template = {&ips_alarm_clock_occurrence_class, &o}};
	char iso[CLOCK_ISO_SIZE];

	clock_iso((sim_state_now(f->d.state) + in_s) * 1000, iso);
	memcpy(iso + 19, "Z", 2);
	o.start_time = str_of(iso);
	if (interval != NULL)
		o.interval = str_of(interval);
	return full_invoke(f, &amt_alarm_clock_service_class,
			   &amt_alarm_clock_service_add_alarm_method, &in, NULL);
}

static size_t count(struct full_fixture *f)
{
	return sim_store_count(&f->d.state->store, &ips_alarm_clock_occurrence_class);
}

static void five_alarms_fit_and_no_two_of_one_name(void **state)
{
	struct full_fixture *f = *state;
	struct wsman_epr by = full_by(f, "InstanceID", "b");

	assert_int_equal(add(f, "a", 60, NULL), 0);
	assert_int_equal(add(f, "a", 90, NULL), -1);
	assert_int_equal(add(f, "past", -1, NULL), -1);
	assert_int_equal(add(f, "", 60, NULL), -1);
	assert_int_equal(add(f, "odd", 60, "PT1X"), -1);
	assert_int_equal(add(f, "b", 60, "P0DT0H0M"), 0);
	assert_int_equal(add(f, "c", 60, "P1DT2H30M"), 0);
	assert_int_equal(add(f, "d", 60, NULL), 0);
	assert_int_equal(add(f, "e", 60, NULL), 0);
	assert_int_equal(add(f, "f", 60, NULL), -1);
	assert_string_equal(
		full_fault(f, WSMAN_DELETE, &ips_alarm_clock_occurrence_class, &by, NULL),
		"");
	assert_string_equal(
		full_fault(f, WSMAN_DELETE, &ips_alarm_clock_occurrence_class, &by, NULL),
		"b:DestinationUnreachable");
	assert_int_equal(add(f, "f", 60, NULL), 0);
}

static void an_alarm_wakes_the_host_once(void **state)
{
	struct full_fixture *f = *state;

	assert_int_equal(subject_power(f, SIM_OFF_SOFT), 0);
	assert_int_equal(add(f, "wake", 3600, NULL), 0);
	const struct amt_alarm_clock_service *s =
		full_get(f, &amt_alarm_clock_service_class);
	assert_true(str_eqz(s->next_amt_alarm_time, "2023-11-14T23:13:20Z"));
	clock_advance(3599 * 1000);
	sim_device_tick(&f->d);
	assert_int_equal(f->d.power.state, SIM_OFF_SOFT);
	assert_int_equal(sim_alarms_next(f->d.state), SUBJECT_NOW_S + 3600);
	clock_advance(1000);
	sim_device_tick(&f->d);
	clock_advance(5000);
	sim_device_tick(&f->d);
	assert_int_equal(f->d.power.state, SIM_ON);
	assert_int_equal(count(f), 0);
	assert_int_equal(sim_alarms_next(f->d.state), 0);
}

static void an_alarm_with_an_interval_rings_again(void **state)
{
	struct full_fixture *f = *state;
	const struct ips_alarm_clock_occurrence *o;

	assert_int_equal(add(f, "daily", 60, "P1DT0H0M"), 0);
	/* Nobody looked for two and a half days. */
	clock_advance((60 + 2 * 86400 + 43200) * 1000LL);
	sim_device_tick(&f->d);
	o = full_get(f, &ips_alarm_clock_occurrence_class);
	assert_int_equal(sim_alarms_next(f->d.state), SUBJECT_NOW_S + 60 + 3 * 86400);
	assert_true(str_eqz(o->start_time, "2023-11-17T22:14:20Z"));
}

static void the_clock_follows_what_it_is_told(void **state)
{
	struct full_fixture *f = *state;
	struct amt_time_synchronization_service_set_high_accuracy_time_synch_in in = {
		.ta0 = {true, SUBJECT_NOW_S},
		.tm1 = {true, SUBJECT_NOW_S + 5000},
		.tm2 = {true, SUBJECT_NOW_S + 5000}};
	const struct amt_time_synchronization_service_get_low_accuracy_time_synch_out
		*out = NULL;

	assert_int_equal(add(f, "soon", 4000, NULL), 0);
	assert_int_equal(
		full_invoke(
			f, &amt_time_synchronization_service_class,
			&amt_time_synchronization_service_set_high_accuracy_time_synch_method,
			&in, NULL),
		0);
	assert_int_equal(
		full_invoke(
			f, &amt_time_synchronization_service_class,
			&amt_time_synchronization_service_get_low_accuracy_time_synch_method,
			NULL, (const void **)&out),
		0);
	assert_int_equal(out->ta0.v, SUBJECT_NOW_S + 5000);
	/* The alarm was passed over. */
	sim_device_tick(&f->d);
	assert_int_equal(count(f), 0);
	assert_int_equal(sim_logs_audit_last(&f->d.state->subjects.logs, 21, 0).n, 4);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, subject_set_up, full_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(five_alarms_fit_and_no_two_of_one_name),
		TEST(an_alarm_wakes_the_host_once),
		TEST(an_alarm_with_an_interval_rings_again),
		TEST(the_clock_follows_what_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
