/* SPDX-License-Identifier: Apache-2.0
 * Intrusive one-shot timers in one heap behind a single uv_timer: 10,000 idle connections
 * with a time-out each cost 32 bytes each. A zeroed struct timer is valid and not armed.
 */
#ifndef RT_TIMER_H
#define RT_TIMER_H

#include <rt/rt.h>

struct timer {
	int64_t at_ms;
	rt_fn *fn;
	void *arg;
	uint32_t pos; /* place in the heap + 1; 0 = not armed */
};

/* (Re)arms; fn runs once on the loop at or after that instant. */
void timer_arm(struct timer *t, int64_t at_ms, rt_fn *fn, void *arg);
void timer_disarm(struct timer *t);
static inline bool timer_armed(const struct timer *t)
{
	return t->pos != 0;
}

#endif
