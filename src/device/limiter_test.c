/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <device/limiter.h>

static const struct limiter_config usual = {
	.concurrent = 3, .burst = 12, .per_second = 4};

struct caller {
	struct limiter *l;
	int *running, *most, *done;
	int64_t hold_ms;
};

static void call(void *arg)
{
	struct caller *c = arg;
	struct err *e = limiter_enter(c->l, deadline_in(60000));

	if (e == NULL) {
		++*c->running;
		*c->most = MAX(*c->most, *c->running);
		err_free(fiber_sleep_ms(c->hold_ms));
		--*c->running;
		++*c->done;
		limiter_leave(c->l);
	}
	err_free(e);
}

static void at_most_three_run(void *arg)
{
	struct limiter l;
	struct fiber_group g;
	int running = 0, most = 0, done = 0;
	struct caller c = {&l, &running, &most, &done, 5};

	limiter_init(&l, &usual);
	fiber_group_init(&g);
	for (int i = 0; i < 10; i++)
		fiber_spawn(&g, "call", call, &c);
	fiber_group_join(&g, false);
	assert_int_equal(most, 3);
	assert_int_equal(done, 10);
}

static void burst_is_spent_then_refilled(void *arg)
{
	struct limiter_config slow = {.concurrent = 100, .burst = 4, .per_second = 100};
	struct limiter l;

	limiter_init(&l, &slow);
	for (int i = 0; i < 4; i++) {
		struct err *e = limiter_enter(&l, deadline_in(0));
		assert_null(e);
	}
	struct err *e = limiter_enter(&l, deadline_in(1));
	assert_true(err_is(e, ERR_TIMEOUT));
	err_free(e);
	/* One token each 10 ms. */
	e = limiter_enter(&l, deadline_in(5000));
	assert_null(e);
}

static void no_limit_means_none(void *arg)
{
	struct limiter_config none = {0};
	struct limiter l;

	limiter_init(&l, &none);
	for (int i = 0; i < 1000; i++) {
		struct err *e = limiter_enter(&l, deadline_in(0));
		assert_null(e);
	}
}

static void enter_now(void *arg)
{
	struct limiter *l = arg;
	struct err *e = limiter_enter(l, DEADLINE_NEVER);

	assert_true(err_is(e, ERR_CANCELLED));
	err_free(e);
}

static void cancelled_waiter_leaves_its_place(void *arg)
{
	struct limiter_config one = {.concurrent = 1, .burst = 100, .per_second = 100};
	struct limiter l;
	struct fiber_group g;

	limiter_init(&l, &one);
	struct err *e = limiter_enter(&l, deadline_in(0));
	assert_null(e);
	fiber_group_init(&g);
	fiber_spawn(&g, "waiter", enter_now, &l);
	e = fiber_yield();
	assert_null(e);
	fiber_group_join(&g, true);
	limiter_leave(&l);
	e = limiter_enter(&l, deadline_in(1000));
	assert_null(e);
}

#define T(fn)                               \
	static void test_##fn(void **state) \
	{                                   \
		rt_main(fn, NULL);          \
	}
T(at_most_three_run)
T(burst_is_spent_then_refilled)
T(no_limit_means_none)
T(cancelled_waiter_leaves_its_place)
#undef T

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_most_three_run),
		cmocka_unit_test(test_burst_is_spent_then_refilled),
		cmocka_unit_test(test_no_limit_means_none),
		cmocka_unit_test(test_cancelled_waiter_leaves_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
