/* SPDX-License-Identifier: Apache-2.0
 * Spares one device's firmware: a few exchanges under way at once and a token bucket that
 * allows bursts (design: 3 under way, a bucket of 12 that refills at 4 per second).
 */
#ifndef DEVICE_LIMITER_H
#define DEVICE_LIMITER_H

#include <rt/fiber.h>

struct limiter_config {
	uint32_t concurrent; /* 0 = no limit of either kind */
	uint32_t burst;
	uint32_t per_second;
};

struct limiter {
	const struct limiter_config *config;
	uint32_t under_way;
	uint32_t millitokens; /* 1000 = one exchange */
	int64_t refilled_ms;
	struct waitq waiting;
};

/* config must outlive the limiter. */
void limiter_init(struct limiter *l, const struct limiter_config *config);
/* Waits for a place and a token, first come first served. */
OB_MUST_CHECK OB_SUSPENDS struct err *limiter_enter(struct limiter *l,
						    struct deadline until);
void limiter_leave(struct limiter *l);

#endif
