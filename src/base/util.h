/* SPDX-License-Identifier: Apache-2.0
 * Small macros and assertions that everything uses.
 */
#ifndef BASE_UTIL_H
#define BASE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define OB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define OB_UNUSED __attribute__((unused))
#define OB_NORETURN __attribute__((noreturn))
#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* Marks a prototype whose caller may be suspended: call it from a fiber only. */
#define OB_SUSPENDS

/* Stays in release builds; for our own mistakes, never for peer input. */
#define OB_ASSERT(cond)                                                        \
	do {                                                                   \
		if (!(cond))                                                   \
			ob_assert_failed(#cond, __FILE__, __LINE__, __func__); \
	} while (0)

void ob_assert_failed(const char *cond, const char *file, int line,
		      const char *func) OB_NORETURN;

/* malloc family that aborts when memory is exhausted. Never for peer-chosen sizes that
 * have not met a limit. xfree(NULL) is fine. */
void *xmalloc(size_t n);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

#endif
