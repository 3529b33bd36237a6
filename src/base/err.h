/* SPDX-License-Identifier: Apache-2.0
 * Errors as values: a kind, a message for people, and a cause. NULL means success.
 *
 * The kind is chosen where the error arises; each layer wraps it with what only it knows;
 * the edge (HTTP, CLI) maps the kind once. Whoever stops an error logs it or answers with
 * it, then frees it. Messages never carry secrets.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <base/util.h>
#include <base/buf.h>

enum err_kind {
	ERR_INVALID,	     /* bad input: 400 */
	ERR_UNAUTHENTICATED, /* who are you: 401 */
	ERR_FORBIDDEN,	     /* not for you: 403 */
	ERR_NOT_FOUND,	     /* 404 */
	ERR_CONFLICT,	     /* 409 */
	ERR_TOO_LARGE,	     /* 413 */
	ERR_LIMITED,	     /* too many of them; try again later: 429 */
	ERR_TIMEOUT,	     /* 504 */
	ERR_UNAVAILABLE,     /* a part we need cannot be reached: 503 */
	ERR_DEVICE,	     /* the device answered wrongly or refused: 502 */
	ERR_CLOSED,	     /* the peer closed the stream */
	ERR_CANCELLED,	     /* we were told to stop */
	ERR_INTERNAL,	     /* our mistake: 500 */
};

struct err {
	enum err_kind kind;
	char *msg;
	struct err *cause; /* owned */
};

#define OB_MUST_CHECK __attribute__((warn_unused_result))
/* Lets the compiler see that what TRY lets pass was filled in. */
#define OB_NEW_ERR OB_MUST_CHECK __attribute__((returns_nonnull))

OB_NEW_ERR struct err *err_new(enum err_kind kind, const char *fmt, ...) OB_PRINTF(2, 3);
/* Owns cause; the result has cause's kind. */
OB_NEW_ERR struct err *err_wrap(struct err *cause, const char *fmt, ...) OB_PRINTF(2, 3);
/* As err_wrap, with another kind. */
OB_NEW_ERR struct err *err_wrap_as(enum err_kind kind, struct err *cause, const char *fmt,
				   ...) OB_PRINTF(3, 4);
/* errno text appended. */
OB_NEW_ERR struct err *err_errno(enum err_kind kind, int errnum, const char *fmt, ...)
	OB_PRINTF(3, 4);
/* Frees the chain; NULL is fine. */
void err_free(struct err *e);
static inline void err_freep(struct err **e)
{
	err_free(*e);
	*e = NULL;
}
/* "message: cause: cause", appended to b. */
void err_text(const struct err *e, struct buf *b);
/* The same in the arena. */
const char *err_str(const struct err *e, struct arena *a);
const char *err_kind_name(enum err_kind k);
/* kind == k for a possibly-NULL e. */
static inline bool err_is(const struct err *e, enum err_kind k)
{
	return e != NULL && e->kind == k;
}

#define TRY(expr)                            \
	do {                                 \
		struct err *try_e_ = (expr); \
		if (try_e_ != NULL)          \
			return try_e_;       \
	} while (0)

#endif
