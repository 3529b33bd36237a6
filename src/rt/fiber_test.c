/* SPDX-License-Identifier: Apache-2.0
 * Fibers, groups, wait queues and the loop's own calls.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <rt/fiber.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char trace[256];

static void note(char c)
{
	size_t n = strlen(trace);

	assert_true(n + 1 < sizeof(trace));
	trace[n] = c;
	trace[n + 1] = 0;
}

static void run(rt_fn *fn)
{
	trace[0] = 0;
	rt_main(fn, NULL);
}

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

static void note_and_yield(void *arg)
{
	char c = (char)(intptr_t)arg;

	for (int i = 0; i < 3; i++) {
		note(c);
		ok(fiber_yield());
	}
}

static void interleave_main(void *arg)
{
	struct fiber_group g;

	fiber_group_init(&g);
	fiber_spawn(&g, "a", note_and_yield, (void *)'a');
	fiber_spawn(&g, "b", note_and_yield, (void *)'b');
	note('m');
	fiber_group_join(&g, false);
	note('j');
}

static void fibers_interleave(void **state)
{
	run(interleave_main);
	assert_string_equal(trace, "mabababj");
}

static struct waitq queue = WAITQ_INIT(queue);

static void wait_queue(void *arg)
{
	char c = (char)(intptr_t)arg;

	ok(waitq_wait(&queue, DEADLINE_NEVER));
	note(c);
}

static void fifo_main(void *arg)
{
	struct fiber_group g;

	fiber_group_init(&g);
	fiber_spawn(&g, "1", wait_queue, (void *)'1');
	fiber_spawn(&g, "2", wait_queue, (void *)'2');
	fiber_spawn(&g, "3", wait_queue, (void *)'3');
	ok(fiber_yield());
	waitq_wake_one(&queue);
	note('w');
	ok(fiber_yield());
	ok(fiber_yield());
	note('a');
	waitq_wake_all(&queue);
	fiber_group_join(&g, false);
	waitq_wake_all(&queue);
}

static void waitq_wakes_in_order_and_never_at_once(void **state)
{
	run(fifo_main);
	assert_string_equal(trace, "w1a23");
}

static void timeout_main(void *arg)
{
	int64_t start = clock_mono_ms();

	fails(waitq_wait(&queue, deadline_in(30)), ERR_TIMEOUT);
	assert_true(clock_mono_ms() - start >= 30);
	assert_true(waitq_empty(&queue));
	fails(waitq_wait(&queue, (struct deadline){0}), ERR_TIMEOUT);
	ok(fiber_sleep_ms(10));
	ok(fiber_sleep_ms(0));
}

static void waitq_times_out(void **state)
{
	run(timeout_main);
}

static void wait_cancelled(void *arg)
{
	char kind = (char)(intptr_t)arg;

	if (kind == 's')
		fails(fiber_sleep_ms(100000), ERR_CANCELLED);
	else
		fails(waitq_wait(&queue, DEADLINE_NEVER), ERR_CANCELLED);
	assert_true(fiber_cancelled());
	/* sticky, but not when shielded */
	fails(fiber_yield(), ERR_CANCELLED);
	fiber_shield(1);
	assert_false(fiber_cancelled());
	ok(fiber_sleep_ms(1));
	ok(fiber_yield());
	fiber_shield(-1);
	fails(fiber_sleep_ms(1), ERR_CANCELLED);
	note(kind);
}

static void never_started(void *arg)
{
	fails(fiber_yield(), ERR_CANCELLED);
	note('n');
}

static void cancel_main(void *arg)
{
	struct fiber_group g;

	fiber_group_init(&g);
	fiber_spawn(&g, "sleeper", wait_cancelled, (void *)'s');
	fiber_spawn(&g, "waiter", wait_cancelled, (void *)'w');
	ok(fiber_yield());
	fiber_spawn(&g, "new", never_started, NULL);
	fiber_group_join(&g, true);
	assert_true(waitq_empty(&queue));
	assert_true(fiber_group_empty(&g));
}

static void cancel_reaches_every_wait(void **state)
{
	run(cancel_main);
	assert_int_equal(strlen(trace), 3);
}

static void shielded_wait(void *arg)
{
	fiber_shield(1);
	ok(waitq_wait(&queue, DEADLINE_NEVER));
	fiber_shield(-1);
	fails(fiber_yield(), ERR_CANCELLED);
}

static void shield_main(void *arg)
{
	struct fiber_group g;

	fiber_group_init(&g);
	struct fiber *f = fiber_spawn(&g, "shielded", shielded_wait, NULL);

	assert_string_equal(fiber_name(f), "shielded");
	ok(fiber_yield());
	fiber_cancel(f);
	ok(fiber_sleep_ms(5));
	assert_false(waitq_empty(&queue));
	waitq_wake_one(&queue);
	fiber_group_join(&g, false);
}

static void shielded_wait_ignores_cancel(void **state)
{
	run(shield_main);
}

static void wake_and_cancel(void *arg)
{
	/* woken first: the wake counts, the cancel shows at the next wait */
	ok(waitq_wait(&queue, DEADLINE_NEVER));
	fails(fiber_yield(), ERR_CANCELLED);
}

static void wake_cancel_main(void *arg)
{
	struct fiber_group g;

	fiber_group_init(&g);
	struct fiber *f = fiber_spawn(&g, "f", wake_and_cancel, NULL);

	ok(fiber_yield());
	waitq_wake_one(&queue);
	fiber_cancel(f);
	fiber_cancel(f);
	fiber_group_join(&g, false);
}

static void wake_is_not_lost_to_cancel(void **state)
{
	run(wake_cancel_main);
}

static void use_stack(void *arg)
{
	volatile char big[100 * 1024];

	for (size_t i = 0; i < sizeof(big); i += 1024)
		big[i] = 1;
	ok(fiber_yield());
	assert_int_equal(big[1024], 1);
	(*(int *)arg)++;
}

static void many_main(void *arg)
{
	struct fiber_group g;
	int ran = 0;

	fiber_group_init(&g);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 300; i++)
			fiber_spawn(&g, "user", use_stack, &ran);
		assert_int_equal(rt_stats().fibers_live, 301);
		fiber_group_join(&g, false);
	}
	assert_int_equal(ran, 900);
	struct rt_stats st = rt_stats();

	assert_int_equal(st.fibers_live, 1);
	assert_int_equal(st.fibers_pooled, 256);
	assert_true(st.fiber_stack_high_water >= 100 * 1024);
	assert_true(st.fiber_switches >= 1800);
}

static void stacks_are_pooled_and_measured(void **state)
{
	run(many_main);
	assert_int_equal(rt_stats().fibers_pooled, 0);
}

static void orphan(void *arg)
{
	fails(waitq_wait(&queue, DEADLINE_NEVER), ERR_CANCELLED);
	note('o');
}

static void orphan_main(void *arg)
{
	fiber_spawn(NULL, "orphan", orphan, NULL);
	ok(fiber_yield());
}

static void fini_unwinds_what_is_left(void **state)
{
	run(orphan_main);
	assert_string_equal(trace, "o");
}

static void soon_again(void *arg)
{
	int *left = arg;

	if (--*left > 0)
		rt_soon(soon_again, left);
}

static int posted;

static void on_post(void *arg)
{
	assert_true(rt_on_loop_thread());
	posted++;
	waitq_wake_one(&queue);
}

static void *poster(void *arg)
{
	for (int i = 0; i < 1000; i++)
		rt_post(on_post, NULL);
	return NULL;
}

static void post_main(void *arg)
{
	pthread_t t;
	int left = 100000;

	posted = 0;
	/* a call that queues itself for ever must not keep I/O (the posts) from running
	 */
	rt_soon(soon_again, &left);
	pthread_create(&t, NULL, poster, NULL);
	while (posted < 1000)
		ok(waitq_wait(&queue, deadline_in(20000)));
	pthread_join(t, NULL);
	while (left > 0)
		ok(fiber_yield());
}

static void posts_come_from_any_thread(void **state)
{
	run(post_main);
	assert_int_equal(posted, 1000);
}

static void on_usr1(int signum, void *arg)
{
	assert_int_equal(signum, SIGUSR1);
	note('s');
	waitq_wake_all(arg);
}

static void signal_main(void *arg)
{
	rt_on_signal(SIGUSR1, on_usr1, &queue);
	kill(getpid(), SIGUSR1);
	ok(waitq_wait(&queue, deadline_in(5000)));
}

static void signals_arrive_on_the_loop(void **state)
{
	run(signal_main);
	assert_string_equal(trace, "s");
}

static void hog(void *arg)
{
	struct timespec ts = {0, 150000000};

	nanosleep(&ts, NULL);
}

static void slow_main(void *arg)
{
	struct fiber_group g;

	fiber_group_init(&g);
	fiber_spawn(&g, "hog", hog, NULL);
	fiber_group_join(&g, false);
	assert_int_equal(rt_stats().loop_slow, 1);
}

static void slow_fibers_are_counted(void **state)
{
	run(slow_main);
}

static void breathe_without_waiting(void *arg)
{
	bool *stop = arg;

	while (!*stop)
		ok(fiber_breathe());
}

static void breathe_cancelled(void *arg)
{
	fails(fiber_breathe(), ERR_CANCELLED);
}

static void breathe_main(void *arg)
{
	struct fiber_group g;
	bool stop = false;

	fiber_group_init(&g);
	fiber_spawn(&g, "busy", breathe_without_waiting, &stop);
	ok(fiber_sleep_ms(5));
	stop = true;
	fiber_group_join(&g, false);
	fiber_spawn(&g, "cancelled", breathe_cancelled, NULL);
	fiber_group_join(&g, true);
}

static void busy_fibers_breathe(void **state)
{
	run(breathe_main);
}

static void run_without_work_returns(void **state)
{
	rt_init();
	rt_run();
	rt_stop();
	rt_run();
	rt_fini();
}

static __attribute__((noinline)) int overflow(int depth)
{
	volatile char page[2048];

	page[0] = (char)depth;
	return depth > 0 ? overflow(depth - 1) + page[0] : 0;
}

static void overflow_main(void *arg)
{
	_exit(overflow(10000) & 1);
}

static void overflow_hits_the_guard_page(void **state)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit none = {0, 0};

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);
		close(2);
		rt_main(overflow_main, NULL);
		_exit(0);
	}
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void write_main(void *arg)
{
	ok(fiber_sleep_ms(1));
	*(bool *)arg = write(STDOUT_FILENO, "x", 1) < 0 && errno == EBADF;
}

static void closed_standard_descriptors_stay_free(void **state)
{
	pid_t pid = fork();

	if (pid == 0) {
		bool fails = false;

		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			close(fd);
		rt_main(write_main, &fails);
		_exit(fails ? 0 : 1);
	}
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fibers_interleave),
		cmocka_unit_test(waitq_wakes_in_order_and_never_at_once),
		cmocka_unit_test(waitq_times_out),
		cmocka_unit_test(cancel_reaches_every_wait),
		cmocka_unit_test(shielded_wait_ignores_cancel),
		cmocka_unit_test(wake_is_not_lost_to_cancel),
		cmocka_unit_test(stacks_are_pooled_and_measured),
		cmocka_unit_test(fini_unwinds_what_is_left),
		cmocka_unit_test(posts_come_from_any_thread),
		cmocka_unit_test(signals_arrive_on_the_loop),
		cmocka_unit_test(slow_fibers_are_counted),
		cmocka_unit_test(busy_fibers_breathe),
		cmocka_unit_test(run_without_work_returns),
		cmocka_unit_test(overflow_hits_the_guard_page),
		cmocka_unit_test(closed_standard_descriptors_stay_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
