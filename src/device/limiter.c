/* SPDX-License-Identifier: Apache-2.0 */
#include <device/limiter.h>

#define MILLI 1000u

void limiter_init(struct limiter *l, const struct limiter_config *config)
{
	l->config = config;
	l->under_way = 0;
	l->millitokens = config->burst * MILLI;
	l->refilled_ms = clock_mono_ms();
	waitq_init(&l->waiting);
}

static void refill(struct limiter *l)
{
	int64_t now = clock_mono_ms();
	int64_t passed = now - l->refilled_ms;
	uint64_t gained = (uint64_t)passed * l->config->per_second;

	l->refilled_ms = now;
	l->millitokens = (uint32_t)MIN(l->millitokens + gained,
				       (uint64_t)l->config->burst * MILLI);
}

struct err *limiter_enter(struct limiter *l, struct deadline until)
{
	if (l->config->concurrent == 0)
		return NULL;
	/* Newcomers queue behind those who wait already. */
	bool waited = waitq_empty(&l->waiting);
	for (;;) {
		refill(l);
		if (waited && l->under_way < l->config->concurrent &&
		    l->millitokens >= MILLI)
			break;
		struct deadline token = DEADLINE_NEVER;
		if (l->millitokens < MILLI)
			token = deadline_in(
				(MILLI - l->millitokens) / l->config->per_second + 1);
		struct err *e = waitq_wait(&l->waiting, deadline_min(token, until));
		if (err_is(e, ERR_TIMEOUT) && !deadline_passed(until)) {
			err_free(e);
			e = NULL;
		}
		if (e != NULL) {
			/* The wake-up that may have been meant for us goes on. */
			waitq_wake_one(&l->waiting);
			return err_wrap(e, "waiting for the device to be free");
		}
		waited = true;
	}
	l->millitokens -= MILLI;
	l->under_way++;
	if (l->under_way < l->config->concurrent && l->millitokens >= MILLI)
		waitq_wake_one(&l->waiting);
	return NULL;
}

void limiter_leave(struct limiter *l)
{
	if (l->config->concurrent == 0)
		return;
	OB_ASSERT(l->under_way > 0);
	l->under_way--;
	waitq_wake_one(&l->waiting);
}
