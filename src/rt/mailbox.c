/* SPDX-License-Identifier: Apache-2.0
 * Mailbox: a ring of pointers and two wait queues.
 */
#include <rt/mailbox.h>

#include <stdlib.h>

void mailbox_init(struct mailbox *m, size_t cap)
{
	OB_ASSERT(cap > 0);
	*m = (struct mailbox){.slots = xcalloc(cap, sizeof(void *)), .cap = cap};
	waitq_init(&m->readers);
	waitq_init(&m->writers);
}

void mailbox_fini(struct mailbox *m)
{
	if (m->slots == NULL)
		return;
	OB_ASSERT(waitq_empty(&m->readers) && waitq_empty(&m->writers));
	free(m->slots);
	m->slots = NULL;
}

bool mailbox_try_put(struct mailbox *m, void *item)
{
	if (m->closed || m->count == m->cap)
		return false;
	m->slots[(m->head + m->count++) % m->cap] = item;
	waitq_wake_one(&m->readers);
	return true;
}

struct err *mailbox_put(struct mailbox *m, void *item, struct deadline until)
{
	while (!mailbox_try_put(m, item)) {
		if (m->closed)
			return err_new(ERR_CLOSED, "the receiver is gone");
		TRY(waitq_wait(&m->writers, until));
	}
	return NULL;
}

bool mailbox_try_get(struct mailbox *m, void **item)
{
	if (m->count == 0)
		return false;
	*item = m->slots[m->head];
	m->head = (m->head + 1) % m->cap;
	m->count--;
	waitq_wake_one(&m->writers);
	return true;
}

struct err *mailbox_get(struct mailbox *m, struct deadline until, void **item)
{
	while (!mailbox_try_get(m, item)) {
		if (m->closed)
			return err_new(ERR_CLOSED, "the sender is gone");
		TRY(waitq_wait(&m->readers, until));
	}
	return NULL;
}

void mailbox_close(struct mailbox *m)
{
	m->closed = true;
	waitq_wake_all(&m->readers);
	waitq_wake_all(&m->writers);
}
