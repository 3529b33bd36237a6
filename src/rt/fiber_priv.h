/* SPDX-License-Identifier: Apache-2.0
 * A fiber's record (at the top of its own stack) and the switching underneath fiber.c.
 *
 * fiber_switch.c knows stacks and contexts, fiber.c knows groups, waiting and cancelling.
 */
#ifndef RT_FIBER_PRIV_H
#define RT_FIBER_PRIV_H

#include <rt/fiber.h>
#include <rt/timer.h>
#include <setjmp.h>

enum wait_state { WAIT_ASLEEP, WAIT_WOKEN, WAIT_TIMED_OUT, WAIT_CANCELLED };

/* One wait; lives on the waiting fiber's stack. */
struct waiter {
	struct list link; /* in a waitq, or alone */
	struct fiber *f;
	struct timer timer;
	enum wait_state state;
};

struct fiber {
	jmp_buf env;
	struct list all, member;
	struct fiber_group *group;
	const char *name;
	rt_fn *fn;
	void *arg;
	struct waiter *wait; /* while it sleeps in a cancellable wait */
	int shield;
	bool cancelled, ended;
	unsigned breaths; /* fiber_breathe calls since the last suspension */
	void *asan_fake;
	char *map;    /* guard page, then the stack, then this struct */
	size_t depth; /* greatest seen when switched out, this run */
	struct fiber *next_free;
	unsigned valgrind_id;
};

/* A fiber with stack and context, whose first switch calls fn(arg); fields of fiber.c are
 * zero. */
struct fiber *fiber_stack_get(void);
/* After ended was seen. */
void fiber_stack_put(struct fiber *f);
/* From the loop: runs f until it suspends or ends. */
void fiber_switch_in(struct fiber *f);
/* From f: back to the loop. */
void fiber_switch_out(struct fiber *f);
void fiber_stacks_fini(void);
size_t fiber_stacks_pooled(void);
size_t fiber_stacks_high_water(void);

#endif
