/* SPDX-License-Identifier: Apache-2.0
 * Worker pools: results, parallelism, limits, deadlines and cancelling.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <rt/fiber.h>
#include <rt/offload.h>
#include <stdatomic.h>
#include <time.h>

static struct fiber_group group;
static struct offload_pool *pool;

static void ok(struct err *e)
{
	assert_null(e);
}

static void fails(struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	assert_int_equal(e->kind, kind);
	err_free(e);
}

/* A gate holds a worker until the test opens it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool open;
	atomic_int inside;
} gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};

static void pass_gate(void *arg)
{
	atomic_fetch_add(&gate.inside, 1);
	pthread_mutex_lock(&gate.lock);
	while (!gate.open)
		pthread_cond_wait(&gate.cond, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	if (arg != NULL)
		*(int *)arg = 1;
}

static void gate_set(bool open)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = open;
	pthread_cond_broadcast(&gate.cond);
	pthread_mutex_unlock(&gate.lock);
}

static void square(void *arg)
{
	int *n = arg;

	assert_false(rt_on_loop_thread());
	*n *= *n;
}

static int sum;

static void square_fiber(void *arg)
{
	int n = (int)(intptr_t)arg;

	ok(offload(offload_crypto(), square, &n, deadline_in(10000)));
	sum += n;
}

static void results_main(void *arg)
{
	fiber_group_init(&group);
	sum = 0;
	for (intptr_t i = 1; i <= 200; i++)
		fiber_spawn(&group, "square", square_fiber, (void *)i);
	fiber_group_join(&group, false);
	assert_int_equal(sum, 200 * 201 * 401 / 6);
}

static void results_come_back(void **state)
{
	rt_main(results_main, NULL);
}

static void hold_worker(void *arg)
{
	int passed = 0;

	/* running when cancelled or late: waited for, its result counts */
	ok(offload(pool, pass_gate, &passed, deadline_in(20)));
	assert_int_equal(passed, 1);
}

static void queued_cancelled(void *arg)
{
	int ran = 2;

	fails(offload(pool, square, &ran, DEADLINE_NEVER), ERR_CANCELLED);
	assert_int_equal(ran, 2);
}

static void queue_main(void *arg)
{
	int ran = 2;

	pool = offload_pool_new("test", 1, 1);
	fiber_group_init(&group);
	gate_set(false);
	atomic_store(&gate.inside, 0);
	fiber_spawn(&group, "holder", hold_worker, NULL);
	while (atomic_load(&gate.inside) == 0)
		ok(fiber_sleep_ms(1));
	fails(offload(pool, square, &ran, deadline_in(10)), ERR_TIMEOUT);
	struct fiber *f = fiber_spawn(&group, "queued", queued_cancelled, NULL);

	ok(fiber_yield());
	fails(offload(pool, square, &ran, deadline_in(10)), ERR_UNAVAILABLE);
	fiber_cancel(f);
	ok(fiber_sleep_ms(20));
	assert_int_equal(ran, 2);
	fiber_group_cancel(&group);
	ok(fiber_sleep_ms(5));
	gate_set(true);
	fiber_group_join(&group, false);
	ok(offload(pool, square, &ran, deadline_in(10000)));
	assert_int_equal(ran, 4);
	offload_pool_free(pool);
}

static void queued_jobs_obey_limit_deadline_cancel(void **state)
{
	rt_main(queue_main, NULL);
}

static struct waitq done_q = WAITQ_INIT(done_q);
static int done;

static void on_done(void *arg)
{
	assert_true(rt_on_loop_thread());
	done++;
	waitq_wake_one(&done_q);
}

static void submit_main(void *arg)
{
	int n = 3, m = 3;
	struct offload_job job = {.run = square, .done = on_done, .arg = &n};
	struct offload_job held = {.run = pass_gate, .done = on_done};
	struct offload_job back = {.run = square, .done = on_done, .arg = &m};

	pool = offload_pool_new("test", 1, 1);
	done = 0;
	gate_set(true);
	offload_submit(pool, &job);
	while (done == 0)
		ok(waitq_wait(&done_q, deadline_in(5000)));
	assert_int_equal(n, 9);
	assert_false(offload_withdraw(&job));

	gate_set(false);
	offload_submit(pool, &held);
	offload_submit(pool, &back);
	assert_true(offload_withdraw(&back));
	gate_set(true);
	/* freeing waits for what runs and calls its done */
	offload_pool_free(pool);
	assert_int_equal(done, 2);
	assert_int_equal(m, 3);
}

static void submitted_jobs_call_done(void **state)
{
	rt_main(submit_main, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_come_back),
		cmocka_unit_test(queued_jobs_obey_limit_deadline_cancel),
		cmocka_unit_test(submitted_jobs_call_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
