/* SPDX-License-Identifier: Apache-2.0
 * Attempts refill with time, keys do not touch each other, memory is bounded.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <iam/iam_priv.h>
#include <stdio.h>

static struct iam_limit limit;

static int setup(void **state)
{
	clock_freeze(1000000, 1000000);
	iam_limit_init(&limit, 10, 60000);
	return 0;
}

static int teardown(void **state)
{
	iam_limit_fini(&limit);
	return 0;
}

static void attempts_end_and_come_back(void **state)
{
	int64_t wait_ms;

	for (int i = 0; i < 10; i++)
		assert_int_equal(iam_limit_take(&limit, "a"), 0);
	wait_ms = iam_limit_take(&limit, "a");
	assert_in_range(wait_ms, 5900, 6100);
	assert_int_equal(iam_limit_take(&limit, "b"), 0);
	clock_advance(wait_ms);
	assert_int_equal(iam_limit_take(&limit, "a"), 0);
	assert_true(iam_limit_take(&limit, "a") > 0);
	clock_advance(INT64_C(1000000000));
	for (int i = 0; i < 10; i++)
		assert_int_equal(iam_limit_take(&limit, "a"), 0);
	assert_true(iam_limit_take(&limit, "a") > 0);
}

static void refused_attempts_do_not_prolong_the_wait(void **state)
{
	int64_t wait_ms;

	for (int i = 0; i < 10; i++)
		assert_int_equal(iam_limit_take(&limit, "a"), 0);
	wait_ms = iam_limit_take(&limit, "a");
	for (int64_t i = 0; i < wait_ms; i += 100) {
		iam_limit_take(&limit, "a");
		clock_advance(100);
	}
	assert_int_equal(iam_limit_take(&limit, "a"), 0);
}

static void good_attempts_cost_nothing(void **state)
{
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(iam_limit_take(&limit, "a"), 0);
		iam_limit_give(&limit, "a");
	}
	iam_limit_give(&limit, "a");
	for (int i = 0; i < 10; i++)
		assert_int_equal(iam_limit_take(&limit, "a"), 0);
	assert_true(iam_limit_take(&limit, "a") > 0);
	iam_limit_give(&limit, "unknown");
}

static void full_table_forgets_the_longest_unused(void **state)
{
	char key[32];

	for (int i = 0; i < 10; i++)
		assert_int_equal(iam_limit_take(&limit, "a"), 0);
	for (int i = 0; i < IAM_LIMIT_MAX - 1; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(iam_limit_take(&limit, key), 0);
	}
	assert_true(iam_limit_take(&limit, "a") > 0);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "n%d", i);
		assert_int_equal(iam_limit_take(&limit, key), 0);
	}
	assert_int_equal(limit.n, IAM_LIMIT_MAX);
	assert_true(iam_limit_take(&limit, "a") > 0);
}

static void address_is_v4_or_a_v6_network(void **state)
{
	static const char *const t[][2] = {
		{"192.0.2.7", "192.0.2.7"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
		{"2001:db8:1:2::", "2001:db8:1:2::"},
		{"::ffff:192.0.2.7", "::ffff:192.0.2.7"},
		{"unix", "unix"},
		{"", ""},
	};
	char out[64];

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		iam_limit_address(t[i][0], out);
		assert_string_equal(out, t[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(attempts_end_and_come_back, setup,
						teardown),
		cmocka_unit_test_setup_teardown(refused_attempts_do_not_prolong_the_wait,
						setup, teardown),
		cmocka_unit_test_setup_teardown(good_attempts_cost_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(full_table_forgets_the_longest_unused,
						setup, teardown),
		cmocka_unit_test(address_is_v4_or_a_v6_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
