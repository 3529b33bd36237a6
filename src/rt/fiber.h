/* SPDX-License-Identifier: Apache-2.0
 * Fibers: stackful coroutines on the loop thread (256 KiB of address space each, guard
 * page below, pooled). Work that waits runs in one and reads top to bottom.
 *
 * Rules: a fiber never changes thread; it is always unwound, never discarded; a
 * suspending call needs a deadline; after a suspension re-check what may have changed.
 * Cancelling makes the current wait, and every later one, return ERR_CANCELLED, save
 * inside fiber_shield.
 */
#ifndef RT_FIBER_H
#define RT_FIBER_H

#include <base/list.h>
#include <rt/rt.h>

struct fiber;

/* Fibers that live and end together. A zeroed group must be fiber_group_init'ed. */
struct fiber_group {
	struct list members;
	struct list join_waiters;
};

void fiber_group_init(struct fiber_group *g);
/* Cancels all members; returns at once. */
void fiber_group_cancel(struct fiber_group *g);
/* Waits until all members ended. Cancels them first when cancel is set. Not cancellable
 * itself. */
OB_SUSPENDS void fiber_group_join(struct fiber_group *g, bool cancel);
static inline bool fiber_group_empty(const struct fiber_group *g)
{
	return list_empty(&g->members);
}

/* Starts fn(arg) as a fiber; it runs first after the current callback or suspension. name
 * must be static text. g may be NULL for a fiber that nobody joins. Not usable after it
 * ended. */
struct fiber *fiber_spawn(struct fiber_group *g, const char *name, rt_fn *fn, void *arg);
void fiber_cancel(struct fiber *f);
/* The running fiber, or NULL on the loop itself. */
struct fiber *fiber_self(void);
const char *fiber_name(const struct fiber *f);
/* For cleanup that must wait although cancelled: +1 enters, -1 leaves. Use short
 * deadlines. */
void fiber_shield(int delta);
bool fiber_cancelled(void);
/* ERR_CANCELLED, or NULL after the time. */
OB_MUST_CHECK OB_SUSPENDS struct err *fiber_sleep_ms(int64_t ms);
/* Lets the loop run once. */
OB_MUST_CHECK OB_SUSPENDS struct err *fiber_yield(void);

/* For loops whose waits may all be satisfied at once (stream_read, stream_write call it):
 * every 64th call without a suspension lets the loop run. ERR_CANCELLED. */
OB_MUST_CHECK OB_SUSPENDS struct err *fiber_breathe(void);

/* Where fibers wait for a condition: always in a loop on a predicate, since wake-ups may
 * be spurious. No memory of wakes nobody waited for. */
struct waitq {
	struct list waiters;
};

#define WAITQ_INIT(name)                  \
	{                                 \
		LIST_INIT((name).waiters) \
	}
void waitq_init(struct waitq *q);
/* NULL when woken, ERR_TIMEOUT, ERR_CANCELLED. FIFO. */
OB_MUST_CHECK OB_SUSPENDS struct err *waitq_wait(struct waitq *q, struct deadline until);
/* Loop thread; never switch at once, waiters run soon. */
void waitq_wake_one(struct waitq *q);
void waitq_wake_all(struct waitq *q);
static inline bool waitq_empty(const struct waitq *q)
{
	return list_empty(&q->waiters);
}

#endif
