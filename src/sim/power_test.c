/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sim/power.h>

#define STEP 1000

struct row {
	const char *name;
	int from, requested;
	uint32_t result;
	int during;    /* right after */
	int64_t takes; /* ms */
	int then;
	unsigned boots;
};

static const struct row rows[] = {
	{"on when on stays on", SIM_ON, SIM_ON, 0, SIM_ON, 0, SIM_ON, 0},
	{"on when off boots", SIM_OFF_SOFT, SIM_ON, 0, SIM_OFF_SOFT, 2 * STEP, SIM_ON, 1},
	{"on when asleep", SIM_SLEEP_DEEP, SIM_ON, 0, SIM_SLEEP_DEEP, 2 * STEP, SIM_ON,
	 1},
	{"off when on", SIM_ON, SIM_OFF_SOFT, 0, SIM_ON, STEP, SIM_OFF_SOFT, 0},
	{"off when off stays off", SIM_OFF_SOFT, SIM_OFF_SOFT, 0, SIM_OFF_SOFT, 0,
	 SIM_OFF_SOFT, 0},
	{"off when hibernating", SIM_HIBERNATE, SIM_OFF_SOFT, 0, SIM_HIBERNATE, STEP,
	 SIM_OFF_SOFT, 0},
	{"cycle goes through off", SIM_ON, SIM_CYCLE_SOFT, 0, SIM_OFF_SOFT, 3 * STEP,
	 SIM_ON, 1},
	{"cycle when off", SIM_OFF_SOFT, SIM_CYCLE_SOFT, 4097, SIM_OFF_SOFT, 0,
	 SIM_OFF_SOFT, 0},
	{"reset boots", SIM_ON, SIM_RESET, 0, SIM_ON, 2 * STEP, SIM_ON, 1},
	{"reset when off", SIM_OFF_SOFT, SIM_RESET, 4097, SIM_OFF_SOFT, 0, SIM_OFF_SOFT,
	 0},
	{"deep sleep", SIM_ON, SIM_SLEEP_DEEP, 0, SIM_ON, STEP, SIM_SLEEP_DEEP, 0},
	{"hibernate", SIM_ON, SIM_HIBERNATE, 0, SIM_ON, STEP, SIM_HIBERNATE, 0},
	{"graceful off", SIM_ON, SIM_OFF_GRACEFUL, 0, SIM_ON, STEP, SIM_OFF_SOFT, 0},
	{"light sleep is never accepted", SIM_ON, SIM_SLEEP_LIGHT, 5, SIM_ON, 0, SIM_ON,
	 0},
	{"hard off is never accepted", SIM_ON, SIM_OFF_HARD, 5, SIM_ON, 0, SIM_ON, 0},
	{"no such state", SIM_ON, 99, 5, SIM_ON, 0, SIM_ON, 0},
	{"nothing asked", SIM_ON, 0, 5, SIM_ON, 0, SIM_ON, 0},
};

static void requests_follow_the_table(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct sim_power p;
		sim_power_init(&p);
		p.state = (uint8_t)r->from;
		uint32_t got = sim_power_request(&p, r->requested, 5000, STEP);
		if (got != r->result || p.state != r->during)
			fail_msg("%s: %u, state %d", r->name, got, p.state);
		if (r->takes > 0) {
			sim_power_tick(&p, 5000 + r->takes - 1);
			if (p.state != r->during)
				fail_msg("%s: too early", r->name);
		}
		sim_power_tick(&p, 5000 + r->takes);
		if (p.state != r->then || p.booted != r->boots || p.until_ms != 0)
			fail_msg("%s: ended in %d, %u boots", r->name, p.state, p.booted);
	}
}

static void second_request_waits_for_the_first(void **state)
{
	struct sim_power p;

	sim_power_init(&p);
	assert_int_equal(sim_power_request(&p, SIM_OFF_SOFT, 0, STEP), SIM_POWER_OK);
	assert_int_equal(sim_power_request(&p, SIM_ON, STEP - 1, STEP), SIM_POWER_BUSY);
	assert_int_equal(sim_power_request(&p, SIM_ON, STEP, STEP), SIM_POWER_OK);
}

static void available_states_depend_on_the_state(void **state)
{
	struct sim_power p;
	int64_t v[8];

	sim_power_init(&p);
	assert_int_equal(sim_power_available(&p, v), 8);
	assert_int_equal(v[0], 10);
	p.state = SIM_OFF_SOFT;
	assert_int_equal(sim_power_available(&p, v), 1);
	assert_int_equal(v[0], 2);
	p.state = SIM_SLEEP_DEEP;
	assert_int_equal(sim_power_available(&p, v), 2);
}

static void graceful_requests_need_somebody_in_the_system(void **state)
{
	struct sim_power p;
	int64_t v[8];

	sim_power_init(&p);
	p.agentless = true;
	for (int i = SIM_OFF_GRACEFUL; i <= SIM_RESET_GRACEFUL; i++) {
		assert_int_equal(sim_power_request(&p, i, 0, STEP),
				 SIM_POWER_INVALID_TRANSITION);
		assert_int_equal(p.until_ms, 0);
	}
	assert_int_equal(sim_power_available(&p, v), 6);
	for (size_t i = 0; i < 6; i++)
		assert_false(sim_power_is_graceful((int)v[i]));
	assert_int_equal(sim_power_request(&p, SIM_RESET, 0, STEP), SIM_POWER_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_follow_the_table),
		cmocka_unit_test(second_request_waits_for_the_first),
		cmocka_unit_test(available_states_depend_on_the_state),
		cmocka_unit_test(graceful_requests_need_somebody_in_the_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
