/* SPDX-License-Identifier: Apache-2.0
 * For tests of a full device's subjects: a device in admin control mode without keys, and
 * clocks that stand still.
 */
#ifndef SIM_SUBJECT_TEST_H
#define SIM_SUBJECT_TEST_H

#include <sim/full_test.h>

#define SUBJECT_NOW_S 1700000000

static inline int subject_set_up(void **state)
{
	struct full_fixture *f = xcalloc(1, sizeof(*f));

	clock_freeze(1000000, SUBJECT_NOW_S * 1000LL);
	full_start(f, IPS_CONTROL_ADMIN, NULL);
	*state = f;
	return 0;
}

/* As after a loss of power: what the state file would give back. */
static inline void subject_reload(struct full_fixture *f)
{
	struct sim_subjects *s = &f->d.state->subjects;
	json_t *j = sim_subjects_json(s);
	struct err *e;

	sim_subjects_clear(s);
	e = sim_subjects_from_json(s, j);
	if (e != NULL)
		fail_msg("%s", err_str(e, &f->a));
	s->boots_seen = f->d.power.booted;
	json_decref(j);
}

static inline int64_t subject_power(struct full_fixture *f, int to)
{
	struct cim_power_management_service_request_power_state_change_in in = {
		.power_state = {true, to}};

	return full_invoke(
		f, &cim_power_management_service_class,
		&cim_power_management_service_request_power_state_change_method, &in,
		NULL);
}

/* Off and on again, or a reset: until it is done. */
static inline void subject_boot(struct full_fixture *f)
{
	assert_int_equal(subject_power(f, SIM_RESET), 0);
	clock_advance(10 * f->model.step_ms);
	sim_device_tick(&f->d);
}

#endif
