/* SPDX-License-Identifier: Apache-2.0
 * The runtime's loop: one per process, on one thread (libuv). Everything of src/rt,
 * src/net and the components runs on that thread unless its header says otherwise, so
 * nothing there needs locks.
 *
 * Life cycle: rt_init, then spawn fibers and open listeners, rt_run until rt_stop,
 * rt_fini.
 */
#ifndef RT_RT_H
#define RT_RT_H

#include <base/clock.h>
#include <base/err.h>
#include <uv.h>

void rt_init(void);
/* Runs until rt_stop was called, or nothing is left to wait for. */
void rt_run(void);
/* Makes rt_run return after the current round. From the loop thread. */
void rt_stop(void);
/* Closes what is still open, runs the close callbacks, frees pooled fibers. Leak-free. */
void rt_fini(void);
uv_loop_t *rt_uv(void);
bool rt_on_loop_thread(void);

/* Runs fn(arg) soon on the loop, after the current callback. Loop thread only. */
typedef void rt_fn(void *arg);
void rt_soon(rt_fn *fn, void *arg);
/* The same from any thread. */
void rt_post(rt_fn *fn, void *arg);

/* Convenience for main programs and tests: rt_init, run fn in a fiber until it returns,
 * rt_fini. */
void rt_main(rt_fn *fn, void *arg);

/* Calls fn(signal, arg) on the loop. Handlers stay until rt_fini. */
void rt_on_signal(int signum, void (*fn)(int signum, void *arg), void *arg);

/* Watchdog: around a callback of one's own uv handle. What held the loop over 100 ms is
 * counted and logged by its name (static text). Nearly free (coarse clock). */
uint64_t rt_watch_enter(void);
void rt_watch_leave(uint64_t since, const char *what);

/* As many descriptors as the system lets this process have. */
void rt_raise_descriptor_limit(void);

/* Counters for /metrics and the watchdog. */
struct rt_stats {
	uint64_t fibers_live, fibers_pooled, fiber_switches;
	size_t fiber_stack_high_water; /* bytes, greatest seen at a fiber's end */
	uint64_t loop_slow;	       /* callbacks that held the loop over 100 ms */
};
struct rt_stats rt_stats(void);

#endif
