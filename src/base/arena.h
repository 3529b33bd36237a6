/* SPDX-License-Identifier: Apache-2.0
 * Arena: memory of one request, session or fiber, released at once.
 *
 * A zeroed struct arena is valid and empty. Chunks grow from 1 KiB to 64 KiB; larger
 * single allocations get a chunk of their own. Not thread-safe; hand an arena to a worker
 * only while its owner sleeps.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <base/util.h>
#include <stdarg.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *head;
	char *p, *end;
};

void arena_init(struct arena *a);
/* Frees everything; the arena is empty and usable again. */
void arena_fini(struct arena *a);

/* 16-byte aligned, uninitialised / zeroed. n may be 0. */
void *arena_alloc(struct arena *a, size_t n);
void *arena_zalloc(struct arena *a, size_t n);
void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_strdup(struct arena *a, const char *s);
/* Up to a NUL; n + 1 bytes all the same, zeros to the end, so that whoever goes by n
 * finds them. Bytes that may hold NULs: str_dup. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) OB_PRINTF(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) OB_PRINTF(2, 0);

#define arena_new(a, type) ((type *)arena_zalloc((a), sizeof(type)))

#endif
