/* SPDX-License-Identifier: Apache-2.0
 * Failed assertions and memory that never is NULL.
 */
#include <base/util.h>

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *text, int n, size_t size)
{
	void *frames[64];

	if (n > 0 && write(STDERR_FILENO, text, MIN((size_t)n, size - 1)) >= 0)
		backtrace_symbols_fd(frames, backtrace(frames, ARRAY_LEN(frames)),
				     STDERR_FILENO);
	abort();
}

void ob_assert_failed(const char *cond, const char *file, int line, const char *func)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%s:%d: %s: assertion failed: %s\n", file,
			 line, func, cond);

	die(text, n, sizeof(text));
	abort();
}

static void *checked(void *p, size_t n)
{
	char text[64];

	if (p == NULL)
		die(text, snprintf(text, sizeof(text), "out of memory (%zu bytes)\n", n),
		    sizeof(text));
	return p;
}

void *xmalloc(size_t n)
{
	return checked(malloc(n > 0 ? n : 1), n);
}

void *xcalloc(size_t count, size_t size)
{
	if (count == 0 || size == 0)
		count = size = 1;
	return checked(calloc(count, size), count);
}

void *xrealloc(void *p, size_t n)
{
	return checked(realloc(p, n > 0 ? n : 1), n);
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n)
{
	size_t len = n > 0 ? strnlen(s, n) : 0;
	char *p = xmalloc(len + 1);

	if (len > 0)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}
