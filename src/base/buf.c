/* SPDX-License-Identifier: Apache-2.0
 * Growable buffer: doubles, so that adding n bytes one by one costs O(n).
 */
#include <base/buf.h>
#include <base/secret.h>

#include <stdio.h>
#include <stdlib.h>

#define BUF_MIN ((size_t)64)

void buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}

void buf_fini_wipe(struct buf *b)
{
	if (b->p != NULL)
		secret_wipe(b->p, b->cap);
	buf_fini(b);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->p != NULL)
		b->p[0] = '\0';
}

char *buf_reserve(struct buf *b, size_t n)
{
	OB_ASSERT(n < SIZE_MAX / 4 && b->len < SIZE_MAX / 4);
	if (b->cap - b->len <= n) {
		size_t cap = MAX(BUF_MIN, b->cap * 2);

		b->cap = MAX(cap, b->len + n + 1);
		b->p = xrealloc(b->p, b->cap);
	}
	return b->p + b->len;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_reserve(b, n);

	if (n > 0)
		memcpy(to, p, n);
	to[n] = '\0';
	b->len += n;
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addstr(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	buf_reserve(b, 0);
	va_start(ap, fmt);
	n = vsnprintf(b->p + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	OB_ASSERT(n >= 0);
	if ((size_t)n >= b->cap - b->len) {
		buf_reserve(b, (size_t)n);
		va_start(ap, fmt);
		vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
}

void buf_consume(struct buf *b, size_t n)
{
	OB_ASSERT(n <= b->len);
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->p, b->p + n, b->len);
	b->p[b->len] = '\0';
}
