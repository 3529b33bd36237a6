/* SPDX-License-Identifier: Apache-2.0
 * The loop: libuv's, with a queue of calls to make soon, calls posted by other threads,
 * signals and the watchdog.
 *
 * One round: libuv's timers, I/O callbacks, then (check) what timers are due and what was
 * queued with rt_soon up to then. What that queues runs in the next round, after I/O had
 * its turn.
 */
#include <rt/fiber.h>

#include <base/log.h>
#include <fcntl.h>
#include <pthread.h>
#include <rt/rt_priv.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOW_MS 100
#define FINI_ROUNDS_MS 10000

struct call {
	rt_fn *fn;
	void *arg;
};

struct signal_handler {
	uv_signal_t uv;
	struct signal_handler *next;
	void (*fn)(int signum, void *arg);
	void *arg;
};

static struct {
	uv_loop_t loop;
	pthread_t thread;
	bool up;
	uv_idle_t idle;	  /* active while soon is not empty: polling does not block */
	uv_check_t check; /* runs soon */
	uv_async_t async; /* referenced while held > 0 */
	size_t held;
	struct call *soon; /* ring of a power of two */
	size_t soon_cap, soon_head, soon_n;
	struct signal_handler *signals;
	uv_timer_t pulse; /* rt_fini: lets it look at its own deadline */
	uint64_t slow;
} rt;

/* Outlives rounds of init and fini: a worker may post while the loop ends. */
static pthread_mutex_t posted_lock = PTHREAD_MUTEX_INITIALIZER;
static struct call *posted;
static size_t posted_n, posted_cap;

uv_loop_t *rt_uv(void)
{
	return &rt.loop;
}

bool rt_on_loop_thread(void)
{
	return rt.up && pthread_equal(pthread_self(), rt.thread);
}

static uint64_t coarse_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t rt_watch_enter(void)
{
	return coarse_ms();
}

void rt_watch_leave(uint64_t since, const char *what)
{
	uint64_t took = coarse_ms() - since;

	if (took <= SLOW_MS)
		return;
	rt.slow++;
	log_warn("a callback held the loop", F_STR("what", what), F_U64("ms", took));
}

static void on_idle(uv_idle_t *h)
{
}

static void soon_grow(void)
{
	size_t cap = rt.soon_cap ? rt.soon_cap * 2 : 256;
	struct call *calls = xmalloc(cap * sizeof(*calls));

	for (size_t i = 0; i < rt.soon_n; i++)
		calls[i] = rt.soon[(rt.soon_head + i) & (rt.soon_cap - 1)];
	free(rt.soon);
	rt.soon = calls;
	rt.soon_cap = cap;
	rt.soon_head = 0;
}

void rt_soon(rt_fn *fn, void *arg)
{
	if (rt.soon_n == rt.soon_cap)
		soon_grow();
	rt.soon[(rt.soon_head + rt.soon_n++) & (rt.soon_cap - 1)] =
		(struct call){fn, arg};
	if (rt.soon_n == 1)
		uv_idle_start(&rt.idle, on_idle);
}

static void soon_run(void)
{
	for (size_t n = rt.soon_n; n > 0; n--) {
		struct call c = rt.soon[rt.soon_head];

		rt.soon_head = (rt.soon_head + 1) & (rt.soon_cap - 1);
		rt.soon_n--;
		c.fn(c.arg);
	}
	if (rt.soon_n == 0)
		uv_idle_stop(&rt.idle);
	else
		uv_idle_start(&rt.idle, on_idle);
}

static void on_check(uv_check_t *h)
{
	timers_run();
	soon_run();
}

void rt_post(rt_fn *fn, void *arg)
{
	pthread_mutex_lock(&posted_lock);
	if (posted_n == posted_cap) {
		posted_cap = posted_cap ? posted_cap * 2 : 16;
		posted = xrealloc(posted, posted_cap * sizeof(*posted));
	}
	posted[posted_n++] = (struct call){fn, arg};
	pthread_mutex_unlock(&posted_lock);
	rt_wake();
}

static void posted_run(void)
{
	pthread_mutex_lock(&posted_lock);
	struct call *calls = posted;
	size_t n = posted_n;

	posted = NULL;
	posted_n = posted_cap = 0;
	pthread_mutex_unlock(&posted_lock);
	for (size_t i = 0; i < n; i++) {
		uint64_t since = rt_watch_enter();

		calls[i].fn(calls[i].arg);
		rt_watch_leave(since, "posted call");
	}
	free(calls);
}

static void on_async(uv_async_t *h)
{
	offload_reap();
	posted_run();
}

void rt_wake(void)
{
	uv_async_send(&rt.async);
}

void rt_hold(void)
{
	if (rt.held++ == 0)
		uv_ref((uv_handle_t *)&rt.async);
}

void rt_release(void)
{
	OB_ASSERT(rt.held > 0);
	if (--rt.held == 0)
		uv_unref((uv_handle_t *)&rt.async);
}

/* libuv never closes descriptors 0 to 2 for its own, but ends the program: none may be
 * its. One that was closed stays as good as closed: what is done with it fails. */
static void hold_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

void rt_init(void)
{
	OB_ASSERT(!rt.up);
	memset(&rt, 0, sizeof(rt));
	hold_standard_descriptors();
	OB_ASSERT(uv_loop_init(&rt.loop) == 0);
	rt.thread = pthread_self();
	rt.up = true;
	uv_idle_init(&rt.loop, &rt.idle);
	uv_check_init(&rt.loop, &rt.check);
	uv_check_start(&rt.check, on_check);
	uv_unref((uv_handle_t *)&rt.check);
	OB_ASSERT(uv_async_init(&rt.loop, &rt.async, on_async) == 0);
	uv_unref((uv_handle_t *)&rt.async);
	timers_init();
}

void rt_run(void)
{
	uv_run(&rt.loop, UV_RUN_DEFAULT);
}

void rt_stop(void)
{
	uv_stop(&rt.loop);
}

static void on_signal(uv_signal_t *h, int signum)
{
	struct signal_handler *s = container_of(h, struct signal_handler, uv);

	s->fn(signum, s->arg);
}

void rt_on_signal(int signum, void (*fn)(int signum, void *arg), void *arg)
{
	struct signal_handler *s = xcalloc(1, sizeof(*s));

	s->fn = fn;
	s->arg = arg;
	s->next = rt.signals;
	rt.signals = s;
	uv_signal_init(&rt.loop, &s->uv);
	OB_ASSERT(uv_signal_start(&s->uv, on_signal, signum) == 0);
	uv_unref((uv_handle_t *)&s->uv);
}

static void close_handle(uv_handle_t *h, void *arg)
{
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static void on_pulse(uv_timer_t *h)
{
}

/* Groups should have been joined; what remains is cancelled and gets the time to unwind.
 */
static void fibers_end(void)
{
	uint64_t give_up = coarse_ms() + FINI_ROUNDS_MS;

	uv_timer_init(&rt.loop, &rt.pulse);
	uv_timer_start(&rt.pulse, on_pulse, 100, 100);
	fibers_cancel_all();
	while ((fibers_live() > 0 || rt.held > 0) && coarse_ms() < give_up)
		uv_run(&rt.loop, UV_RUN_ONCE);
	while (rt.soon_n > 0 && coarse_ms() < give_up)
		uv_run(&rt.loop, UV_RUN_NOWAIT);
	if (fibers_live() > 0)
		fibers_report();
	OB_ASSERT(fibers_live() == 0);
}

void rt_fini(void)
{
	OB_ASSERT(rt.up);
	fibers_end();
	offload_fini();
	posted_run();
	uv_walk(&rt.loop, close_handle, NULL);
	uv_run(&rt.loop, UV_RUN_DEFAULT);
	while (rt.soon_n > 0) {
		struct call c = rt.soon[rt.soon_head];

		rt.soon_head = (rt.soon_head + 1) & (rt.soon_cap - 1);
		rt.soon_n--;
		c.fn(c.arg);
	}
	OB_ASSERT(uv_loop_close(&rt.loop) == 0);
	while (rt.signals != NULL) {
		struct signal_handler *s = rt.signals;

		rt.signals = s->next;
		free(s);
	}
	timers_fini();
	fibers_fini();
	free(rt.soon);
	rt.up = false;
}

struct main_call {
	struct call call;
	bool done;
};

static void main_fiber(void *arg)
{
	struct main_call *m = arg;

	m->call.fn(m->call.arg);
	m->done = true;
	rt_stop();
}

void rt_main(rt_fn *fn, void *arg)
{
	struct main_call m = {{fn, arg}, false};

	rt_init();
	fiber_spawn(NULL, "main", main_fiber, &m);
	while (!m.done)
		rt_run();
	rt_fini();
}

struct rt_stats rt_stats(void)
{
	struct rt_stats st = {.loop_slow = rt.slow};

	fibers_stats(&st);
	return st;
}

void rt_raise_descriptor_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}
