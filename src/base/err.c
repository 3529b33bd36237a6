/* SPDX-License-Identifier: Apache-2.0
 * Errors as values.
 */
#include <base/err.h>

#include <stdarg.h>
#include <stdlib.h>

static struct err *make(enum err_kind kind, struct err *cause, const char *fmt,
			va_list ap) OB_PRINTF(3, 0);

static struct err *make(enum err_kind kind, struct err *cause, const char *fmt,
			va_list ap)
{
	struct err *e = xmalloc(sizeof(*e));
	struct arena a = {0};

	e->kind = kind;
	e->msg = xstrdup(arena_vprintf(&a, fmt, ap));
	e->cause = cause;
	arena_fini(&a);
	return e;
}

struct err *err_new(enum err_kind kind, const char *fmt, ...)
{
	struct err *e;
	va_list ap;

	va_start(ap, fmt);
	e = make(kind, NULL, fmt, ap);
	va_end(ap);
	return e;
}

struct err *err_wrap(struct err *cause, const char *fmt, ...)
{
	struct err *e;
	va_list ap;

	OB_ASSERT(cause != NULL);
	va_start(ap, fmt);
	e = make(cause->kind, cause, fmt, ap);
	va_end(ap);
	return e;
}

struct err *err_wrap_as(enum err_kind kind, struct err *cause, const char *fmt, ...)
{
	struct err *e;
	va_list ap;

	OB_ASSERT(cause != NULL);
	va_start(ap, fmt);
	e = make(kind, cause, fmt, ap);
	va_end(ap);
	return e;
}

struct err *err_errno(enum err_kind kind, int errnum, const char *fmt, ...)
{
	char text[128];
	struct err *e;
	va_list ap;

	va_start(ap, fmt);
	e = make(kind, err_new(kind, "%s", strerror_r(errnum, text, sizeof(text))), fmt,
		 ap);
	va_end(ap);
	return e;
}

void err_free(struct err *e)
{
	while (e != NULL) {
		struct err *cause = e->cause;

		free(e->msg);
		free(e);
		e = cause;
	}
}

void err_text(const struct err *e, struct buf *b)
{
	for (; e != NULL; e = e->cause) {
		buf_adds(b, e->msg);
		if (e->cause != NULL)
			buf_adds(b, ": ");
	}
}

const char *err_str(const struct err *e, struct arena *a)
{
	struct buf b = {0};
	char *s;

	err_text(e, &b);
	s = str_dup(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

const char *err_kind_name(enum err_kind k)
{
	static const char *const names[] = {
		[ERR_INVALID] = "invalid",
		[ERR_UNAUTHENTICATED] = "unauthenticated",
		[ERR_FORBIDDEN] = "forbidden",
		[ERR_NOT_FOUND] = "not_found",
		[ERR_CONFLICT] = "conflict",
		[ERR_TOO_LARGE] = "too_large",
		[ERR_LIMITED] = "limited",
		[ERR_TIMEOUT] = "timeout",
		[ERR_UNAVAILABLE] = "unavailable",
		[ERR_DEVICE] = "device",
		[ERR_CLOSED] = "closed",
		[ERR_CANCELLED] = "cancelled",
		[ERR_INTERNAL] = "internal",
	};

	OB_ASSERT((size_t)k < ARRAY_LEN(names));
	return names[k];
}
