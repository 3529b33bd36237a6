/* SPDX-License-Identifier: Apache-2.0
 * Growable byte buffer on the heap; always NUL-terminated behind len once anything was
 * added. A zeroed struct buf is valid and empty. Callers that take bytes from a peer
 * check a named limit before they append.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <base/str.h>

struct buf {
	char *p;
	size_t len, cap;
};

void buf_fini(struct buf *b);
/* For secrets: wipes the whole capacity before it is freed. Reserve what is needed
 * beforehand: growing may leave a copy behind. */
void buf_fini_wipe(struct buf *b);
/* Keeps the memory. */
void buf_clear(struct buf *b);
/* Room for n more bytes behind len; returns where they go. Add what was written to len.
 */
char *buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addstr(struct buf *b, struct str s);
void buf_addf(struct buf *b, const char *fmt, ...) OB_PRINTF(2, 3);
/* Drops n bytes from the front. */
void buf_consume(struct buf *b, size_t n);

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){b->p, b->len};
}

#endif
