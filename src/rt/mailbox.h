/* SPDX-License-Identifier: Apache-2.0
 * Bounded FIFO of pointers between producers (events or fibers) and a consuming fiber.
 */
#ifndef RT_MAILBOX_H
#define RT_MAILBOX_H

#include <rt/fiber.h>

struct mailbox {
	void **slots;
	size_t cap, head, count;
	bool closed;
	struct waitq readers, writers;
};

void mailbox_init(struct mailbox *m, size_t cap);
/* Must be empty of waiters; items still queued are the owner's to free first. */
void mailbox_fini(struct mailbox *m);
/* From events: false when full or closed. */
bool mailbox_try_put(struct mailbox *m, void *item);
/* Waits for room. ERR_CLOSED, ERR_TIMEOUT, ERR_CANCELLED. */
OB_MUST_CHECK OB_SUSPENDS struct err *mailbox_put(struct mailbox *m, void *item,
						  struct deadline until);
/* ERR_CLOSED once closed and empty. */
OB_MUST_CHECK OB_SUSPENDS struct err *mailbox_get(struct mailbox *m,
						  struct deadline until, void **item);
bool mailbox_try_get(struct mailbox *m, void **item);
void mailbox_close(struct mailbox *m);

#endif
