/* SPDX-License-Identifier: Apache-2.0
 * Signs of life between server and client while nothing else is said.
 */
#include "rps_world.h"

#include <base/clock.h>

#define WAIT_MS 6000

static void in_world(void (*body)(struct world *w, struct machine *m))
{
	static const char *const settings[] = {"rps.rpc.heartbeat_s=1",
					       "rps.activation_wait_ms=6000", NULL};
	struct world w;
	struct machine m;

	world_start(&w, settings);
	world_profiles(&w);
	machine_start(&w, &m, 1);
	body(&w, &m);
	machine_stop(&m);
	world_stop(&w);
}

static void answers(struct world *w, struct machine *m)
{
	struct run r = {.command = "activate --profile ccm"};
	int64_t began = clock_mono_ms();

	client_run(w, m, &r);
	if (!r.success)
		fail_msg("%s", r.message);
	assert_true(clock_mono_ms() - began >= WAIT_MS);
	assert_true(r.heartbeats >= WAIT_MS / 1000 / 2);
	run_end(&r);
}

TEST(client_that_answers_heartbeats_lives_through_a_long_step)
{
	in_world(answers);
}

static void is_silent(struct world *w, struct machine *m)
{
	struct run r = {.command = "activate --profile ccm", .no_heart = true};
	struct device_secrets s;
	int64_t began = clock_mono_ms();

	client_run(w, m, &r);
	assert_false(r.success);
	assert_int_equal(r.heartbeats, 1);
	assert_true(clock_mono_ms() - began < WAIT_MS);
	/* What was done by then holds. */
	assert_int_equal(m->full->state->mode, IPS_CONTROL_CLIENT);
	ok(device_secrets_get(w->secrets, m->guid, &w->a, SOON, &s));
	assert_true(machine_has_password(m, &s.amt_password));
	device_secrets_fini(&s);
	run_end(&r);
	r = (struct run){.command = "activate --profile ccm", .password = AMT_PASSWORD};
	client_run(w, m, &r);
	if (!r.success)
		fail_msg("%s", r.message);
	run_end(&r);
}

TEST(client_that_answers_no_heartbeat_is_ended)
{
	in_world(is_silent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			client_that_answers_heartbeats_lives_through_a_long_step),
		cmocka_unit_test(client_that_answers_no_heartbeat_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
