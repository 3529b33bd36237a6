/* SPDX-License-Identifier: Apache-2.0
 * Timers: order, re-arming, disarming, and the frozen clock.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <rt/fiber.h>
#include <rt/timer.h>
#include <stdlib.h>
#include <string.h>

#define N 1000

struct probe {
	struct timer t;
	int fired;
};

static int64_t last_at;
static int fired;

static void ok(struct err *e)
{
	assert_null(e);
}

static void fire(void *arg)
{
	struct probe *p = arg;

	assert_false(timer_armed(&p->t));
	assert_true(p->t.at_ms >= last_at);
	assert_true(p->t.at_ms <= clock_mono_ms());
	last_at = p->t.at_ms;
	p->fired++;
	fired++;
}

static void order_main(void *arg)
{
	struct probe *p = xcalloc(N, sizeof(*p));
	int64_t now = clock_mono_ms();

	last_at = 0;
	fired = 0;
	for (int i = 0; i < N; i++)
		timer_arm(&p[i].t, now + rand() % 50, fire, &p[i]);
	/* re-arm a third, disarm a third */
	for (int i = 0; i < N; i += 3)
		timer_arm(&p[i].t, now + rand() % 50, fire, &p[i]);
	for (int i = 1; i < N; i += 3) {
		timer_disarm(&p[i].t);
		timer_disarm(&p[i].t);
		assert_false(timer_armed(&p[i].t));
	}
	ok(fiber_sleep_ms(60));
	for (int i = 0; i < N; i++)
		assert_int_equal(p[i].fired, i % 3 == 1 ? 0 : 1);
	free(p);
}

static void timers_fire_once_in_order(void **state)
{
	rt_main(order_main, NULL);
}

static void disarm_other(void *arg)
{
	fired++;
	timer_disarm(arg);
}

static void rearm_self(void *arg)
{
	fired++;
	if (fired < 10)
		timer_arm(arg, 0, rearm_self, arg);
}

static void callback_main(void *arg)
{
	struct timer a = {0}, b = {0};

	/* both due in one round: whichever runs first disarms the other */
	fired = 0;
	timer_arm(&a, 0, disarm_other, &b);
	timer_arm(&b, 0, disarm_other, &a);
	ok(fiber_sleep_ms(5));
	assert_int_equal(fired, 1);

	fired = 0;
	timer_arm(&a, 0, rearm_self, &a);
	ok(fiber_yield());
	assert_true(fired < 10);
	ok(fiber_sleep_ms(5));
	assert_int_equal(fired, 10);
}

static void callbacks_may_arm_and_disarm(void **state)
{
	rt_main(callback_main, NULL);
}

static void frozen_main(void *arg)
{
	struct probe day = {0}, week = {0};

	clock_freeze(1000, 0);
	last_at = 0;
	timer_arm(&day.t, 1000 + 86400000, fire, &day);
	timer_arm(&week.t, 1000 + 7LL * 86400000, fire, &week);
	ok(fiber_yield());
	assert_int_equal(day.fired, 0);
	clock_advance(86400000);
	ok(fiber_yield());
	ok(fiber_yield());
	assert_int_equal(day.fired, 1);
	assert_int_equal(week.fired, 0);
	clock_advance(6LL * 86400000);
	ok(fiber_yield());
	ok(fiber_yield());
	assert_int_equal(week.fired, 1);
}

static void frozen_clock_moves_timers(void **state)
{
	rt_main(frozen_main, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_once_in_order),
		cmocka_unit_test(callbacks_may_arm_and_disarm),
		/* last: there is no thaw */
		cmocka_unit_test(frozen_clock_moves_timers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
