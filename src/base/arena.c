/* SPDX-License-Identifier: Apache-2.0
 * Arena of malloc'ed chunks. Under AddressSanitizer what was not handed out is poisoned
 * and allocations are kept apart, so that running off one is seen.
 */
#include <base/arena.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define ARENA_ASAN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define ARENA_ASAN
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define ARENA_GAP 16
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ARENA_GAP 0
#endif

#define ARENA_ALIGN ((size_t)16)
#define ARENA_CHUNK_MIN ((size_t)1024)
#define ARENA_CHUNK_MAX ((size_t)64 * 1024)

/* The header keeps what follows it aligned. */
struct arena_chunk {
	_Alignas(16) struct arena_chunk *next;
	size_t size; /* of all, header included */
};

void arena_init(struct arena *a)
{
	*a = (struct arena){0};
}

void arena_fini(struct arena *a)
{
	for (struct arena_chunk *c = a->head, *next; c != NULL; c = next) {
		next = c->next;
		ASAN_UNPOISON_MEMORY_REGION(c, c->size);
		free(c);
	}
	arena_init(a);
}

static struct arena_chunk *chunk_new(size_t size)
{
	struct arena_chunk *c = xmalloc(size);

	c->size = size;
	ASAN_POISON_MEMORY_REGION(c + 1, size - sizeof(*c));
	return c;
}

/* need: rounded size. Big ones go behind the head, which stays in use. */
static void *alloc_slow(struct arena *a, size_t need)
{
	size_t size = a->head ? MIN(a->head->size * 2, ARENA_CHUNK_MAX) : ARENA_CHUNK_MIN;
	struct arena_chunk *c;

	if (need > (size - sizeof(*c)) / 2) {
		c = chunk_new(sizeof(*c) + need);
		if (a->head == NULL) {
			c->next = NULL;
			a->head = c;
		} else {
			c->next = a->head->next;
			a->head->next = c;
		}
		return c + 1;
	}
	c = chunk_new(size);
	c->next = a->head;
	a->head = c;
	a->p = (char *)(c + 1) + need;
	a->end = (char *)c + size;
	return c + 1;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t need;
	void *p;

	OB_ASSERT(n <= SIZE_MAX / 4);
	need = (n + ARENA_GAP + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (need == 0)
		need = ARENA_ALIGN;
	if (need <= (size_t)(a->end - a->p)) {
		p = a->p;
		a->p += need;
	} else {
		p = alloc_slow(a, need);
	}
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *q = arena_alloc(a, n);

	if (n > 0)
		memcpy(q, p, n);
	return q;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_memdup(a, s, strlen(s) + 1);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_zalloc(a, n + 1);

	if (n > 0)
		memcpy(p, s, strnlen(s, n));
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char small[256], *s;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	OB_ASSERT(n >= 0);
	s = arena_alloc(a, (size_t)n + 1);
	if ((size_t)n < sizeof(small))
		memcpy(s, small, (size_t)n + 1);
	else
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}
