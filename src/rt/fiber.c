/* SPDX-License-Identifier: Apache-2.0
 * Fibers: groups, waiting, waking, cancelling. Every fiber is entered from the loop
 * (fiber_run, by rt_soon) and returns to it, so callbacks and fibers never nest.
 *
 * A sleeping fiber has one struct waiter on its stack. Whoever ends the wait (a wake, the
 * timer, a cancel) moves it from ASLEEP to its reason and queues the fiber, exactly once.
 */
#include <rt/fiber_priv.h>

#include <base/log.h>
#include <rt/rt_priv.h>
#include <string.h>

#define BREATHS 64

static struct {
	struct fiber *self;
	struct list all;
	size_t live;
	uint64_t switches;
} fibers = {.all = LIST_INIT(fibers.all)};

static void joiners_wake(struct fiber_group *g);

static void fiber_run(void *arg)
{
	struct fiber *f = arg;
	uint64_t since = rt_watch_enter();

	fibers.self = f;
	fibers.switches++;
	fiber_switch_in(f);
	fibers.self = NULL;
	rt_watch_leave(since, f->name);
	if (!f->ended)
		return;
	list_del(&f->all);
	list_del(&f->member);
	if (f->group != NULL && fiber_group_empty(f->group))
		joiners_wake(f->group);
	fibers.live--;
	rt_release();
	fiber_stack_put(f);
}

struct fiber *fiber_spawn(struct fiber_group *g, const char *name, rt_fn *fn, void *arg)
{
	struct fiber *f = fiber_stack_get();

	f->name = name;
	f->fn = fn;
	f->arg = arg;
	f->group = g;
	f->wait = NULL;
	f->shield = 0;
	f->cancelled = f->ended = false;
	f->breaths = 0;
	list_init(&f->member);
	if (g != NULL)
		list_add_tail(&g->members, &f->member);
	list_add_tail(&fibers.all, &f->all);
	fibers.live++;
	rt_hold();
	rt_soon(fiber_run, f);
	return f;
}

static void waiter_end(struct waiter *w, enum wait_state state)
{
	OB_ASSERT(w->state == WAIT_ASLEEP);
	w->state = state;
	list_del(&w->link);
	timer_disarm(&w->timer);
	w->f->wait = NULL;
	rt_soon(fiber_run, w->f);
}

static void waiter_timed_out(void *arg)
{
	waiter_end(arg, WAIT_TIMED_OUT);
}

static void joiners_wake(struct fiber_group *g)
{
	while (!list_empty(&g->join_waiters))
		waiter_end(list_entry(g->join_waiters.next, struct waiter, link),
			   WAIT_WOKEN);
}

/* Sleeps until the waiter ends; returns why. head NULL: on no queue. */
static enum wait_state waiter_sleep(struct list *head, struct deadline until)
{
	struct fiber *f = fibers.self;
	struct waiter w = {.f = f, .state = WAIT_ASLEEP};

	OB_ASSERT(f != NULL);
	if (fiber_cancelled())
		return WAIT_CANCELLED;
	list_init(&w.link);
	if (head != NULL)
		list_add_tail(head, &w.link);
	if (until.at_ms != INT64_MAX)
		timer_arm(&w.timer, until.at_ms, waiter_timed_out, &w);
	if (f->shield == 0)
		f->wait = &w;
	f->breaths = 0;
	fiber_switch_out(f);
	return w.state;
}

static struct err *err_cancelled(void)
{
	return err_new(ERR_CANCELLED, "cancelled");
}

void waitq_init(struct waitq *q)
{
	list_init(&q->waiters);
}

struct err *waitq_wait(struct waitq *q, struct deadline until)
{
	switch (waiter_sleep(&q->waiters, until)) {
	case WAIT_TIMED_OUT:
		return err_new(ERR_TIMEOUT, "timed out");
	case WAIT_CANCELLED:
		return err_cancelled();
	default:
		return NULL;
	}
}

void waitq_wake_one(struct waitq *q)
{
	if (!list_empty(&q->waiters))
		waiter_end(list_entry(q->waiters.next, struct waiter, link), WAIT_WOKEN);
}

void waitq_wake_all(struct waitq *q)
{
	while (!list_empty(&q->waiters))
		waitq_wake_one(q);
}

struct err *fiber_sleep_ms(int64_t ms)
{
	return waiter_sleep(NULL, deadline_in(ms)) == WAIT_CANCELLED ? err_cancelled()
								     : NULL;
}

/* A timer that is due at once: its round ends with I/O before the fiber runs again. */
struct err *fiber_yield(void)
{
	struct deadline now = {0};

	return waiter_sleep(NULL, now) == WAIT_CANCELLED ? err_cancelled() : NULL;
}

struct err *fiber_breathe(void)
{
	OB_ASSERT(fibers.self != NULL);
	if (fiber_cancelled())
		return err_cancelled();
	return ++fibers.self->breaths < BREATHS ? NULL : fiber_yield();
}

void fiber_cancel(struct fiber *f)
{
	f->cancelled = true;
	if (f->wait != NULL)
		waiter_end(f->wait, WAIT_CANCELLED);
}

struct fiber *fiber_self(void)
{
	return fibers.self;
}

const char *fiber_name(const struct fiber *f)
{
	return f->name;
}

void fiber_shield(int delta)
{
	OB_ASSERT(fibers.self != NULL);
	fibers.self->shield += delta;
	OB_ASSERT(fibers.self->shield >= 0);
}

bool fiber_cancelled(void)
{
	return fibers.self != NULL && fibers.self->cancelled && fibers.self->shield == 0;
}

void fiber_group_init(struct fiber_group *g)
{
	list_init(&g->members);
	list_init(&g->join_waiters);
}

void fiber_group_cancel(struct fiber_group *g)
{
	list_for_each (l, &g->members)
		fiber_cancel(list_entry(l, struct fiber, member));
}

void fiber_group_join(struct fiber_group *g, bool cancel)
{
	OB_ASSERT(fibers.self != NULL && fibers.self->group != g);
	if (cancel)
		fiber_group_cancel(g);
	fiber_shield(1);
	while (!fiber_group_empty(g))
		waiter_sleep(&g->join_waiters, DEADLINE_NEVER);
	fiber_shield(-1);
}

void fibers_cancel_all(void)
{
	list_for_each (l, &fibers.all)
		fiber_cancel(list_entry(l, struct fiber, all));
}

size_t fibers_live(void)
{
	return fibers.live;
}

void fibers_report(void)
{
	list_for_each (l, &fibers.all)
		log_error("a fiber is still alive at the end",
			  F_STR("fiber", list_entry(l, struct fiber, all)->name));
}

void fibers_fini(void)
{
	fiber_stacks_fini();
}

void fibers_stats(struct rt_stats *out)
{
	out->fibers_live = fibers.live;
	out->fibers_pooled = fiber_stacks_pooled();
	out->fiber_switches = fibers.switches;
	out->fiber_stack_high_water = fiber_stacks_high_water();
}
