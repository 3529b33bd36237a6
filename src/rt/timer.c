/* SPDX-License-Identifier: Apache-2.0
 * Timers: a binary heap ordered by instant. What is due runs once per round, after I/O
 * (timers_run); one uv_timer, or uv_idle when the first is due already, only keeps the
 * loop from sleeping too long. The clock is base's, so that tests can freeze and move it;
 * libuv's timer may therefore be early and is then armed again.
 */
#include <rt/timer.h>

#include <rt/rt_priv.h>
#include <stdlib.h>
#include <string.h>

/* pos of a timer that was taken off the heap and waits for its call in this round. */
#define POS_DUE 0x80000000u

static struct {
	struct timer **heap, **due;
	uint32_t n, cap, n_due;
	uv_timer_t uv;
	uv_idle_t now; /* active while the first is due */
	int64_t uv_at; /* instant the uv_timer is set for; INT64_MAX = stopped */
	bool running;
} timers;

static void heap_set(uint32_t i, struct timer *t)
{
	timers.heap[i] = t;
	t->pos = i + 1;
}

static void heap_up(uint32_t i, struct timer *t)
{
	while (i > 0) {
		uint32_t parent = (i - 1) / 2;

		if (timers.heap[parent]->at_ms <= t->at_ms)
			break;
		heap_set(i, timers.heap[parent]);
		i = parent;
	}
	heap_set(i, t);
}

static void heap_down(uint32_t i, struct timer *t)
{
	for (;;) {
		uint32_t c = 2 * i + 1;

		if (c >= timers.n)
			break;
		if (c + 1 < timers.n && timers.heap[c + 1]->at_ms < timers.heap[c]->at_ms)
			c++;
		if (t->at_ms <= timers.heap[c]->at_ms)
			break;
		heap_set(i, timers.heap[c]);
		i = c;
	}
	heap_set(i, t);
}

static void heap_remove(struct timer *t)
{
	uint32_t i = t->pos - 1;
	struct timer *last = timers.heap[--timers.n];

	OB_ASSERT(timers.heap[i] == t);
	t->pos = 0;
	if (last == t)
		return;
	if (i > 0 && timers.heap[(i - 1) / 2]->at_ms > last->at_ms)
		heap_up(i, last);
	else
		heap_down(i, last);
}

static void on_uv_timer(uv_timer_t *h);

static void on_now(uv_idle_t *h)
{
}

/* A uv_timer that is set too early is left alone: it costs one wake-up, not a call per
 * disarm. */
static void uv_adjust(void)
{
	if (timers.n == 0) {
		uv_idle_stop(&timers.now);
		uv_timer_stop(&timers.uv);
		timers.uv_at = INT64_MAX;
		return;
	}
	int64_t at = timers.heap[0]->at_ms, left;

	if (at >= timers.uv_at)
		return;
	left = at - clock_mono_ms();
	if (left <= 0) {
		uv_idle_start(&timers.now, on_now);
		return;
	}
	timers.uv_at = at;
	uv_timer_start(&timers.uv, on_uv_timer, (uint64_t)left, 0);
}

static void on_uv_timer(uv_timer_t *h)
{
	timers.uv_at = INT64_MAX;
	uv_adjust();
}

void timer_arm(struct timer *t, int64_t at_ms, rt_fn *fn, void *arg)
{
	timer_disarm(t);
	t->at_ms = at_ms;
	t->fn = fn;
	t->arg = arg;
	if (timers.n == timers.cap) {
		timers.cap = timers.cap ? timers.cap * 2 : 64;
		timers.heap = xrealloc(timers.heap, timers.cap * sizeof(*timers.heap));
		timers.due = xrealloc(timers.due, timers.cap * sizeof(*timers.due));
	}
	timers.n++;
	heap_up(timers.n - 1, t);
	if (!timers.running)
		uv_adjust();
}

void timer_disarm(struct timer *t)
{
	if (t->pos == 0)
		return;
	if (t->pos & POS_DUE) {
		timers.due[t->pos & ~POS_DUE] = NULL;
		t->pos = 0;
		return;
	}
	heap_remove(t);
	if (!timers.running && timers.n == 0)
		uv_adjust();
}

void timers_run(void)
{
	if (timers.n == 0)
		return;
	timers.running = true;
	uv_idle_stop(&timers.now);
	int64_t now = clock_mono_ms();

	timers.n_due = 0;
	while (timers.n > 0 && timers.heap[0]->at_ms <= now) {
		struct timer *t = timers.heap[0];

		heap_remove(t);
		timers.due[timers.n_due] = t;
		t->pos = POS_DUE | timers.n_due++;
	}
	for (uint32_t i = 0; i < timers.n_due; i++) {
		struct timer *t = timers.due[i];

		if (t == NULL)
			continue;
		t->pos = 0;
		uint64_t since = rt_watch_enter();

		t->fn(t->arg);
		rt_watch_leave(since, "timer");
	}
	timers.running = false;
	uv_adjust();
}

void timers_init(void)
{
	memset(&timers, 0, sizeof(timers));
	timers.uv_at = INT64_MAX;
	uv_timer_init(rt_uv(), &timers.uv);
	uv_idle_init(rt_uv(), &timers.now);
}

void timers_fini(void)
{
	/* Owners may disarm after the runtime's end. */
	for (uint32_t i = 0; i < timers.n; i++)
		timers.heap[i]->pos = 0;
	free(timers.heap);
	free(timers.due);
	memset(&timers, 0, sizeof(timers));
}
