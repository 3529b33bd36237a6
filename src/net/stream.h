/* SPDX-License-Identifier: Apache-2.0
 * Byte streams: TCP, unix, TLS over any stream, APF channels, HECI. WS-Management,
 * redirection and HTTP run on a struct stream and do not know which.
 *
 * Two ways to use one, not at the same time:
 *  - events: stream_on_event + stream_watch, then try_read / try_write from the callback;
 *  - fibers: stream_read / stream_write, which wait.
 * One reader and one writer at a time. A stream has one owner, who frees it with
 * stream_free; memory goes once the loop let go of it. After stream_free no callback is
 * called.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <rt/fiber.h>

#define STREAM_READABLE 1u /* also at end of stream and on error */
#define STREAM_WRITABLE 2u

/* try_read / try_write results below 0 */
#define STREAM_AGAIN (-1)
#define STREAM_FAILED (-2) /* stream_error says why */

struct stream;
typedef void stream_event_fn(struct stream *s, unsigned events, void *arg);

struct stream_ops {
	const char *name;
	/* Bytes read, 0 at end of stream, STREAM_AGAIN, STREAM_FAILED. */
	ssize_t (*try_read)(struct stream *s, void *p, size_t n);
	/* Bytes taken (> 0), STREAM_AGAIN, STREAM_FAILED. After STREAM_AGAIN the same
	 * bytes come first in the next call (more may follow), or none: TLS has them in a
	 * record already. */
	ssize_t (*try_write)(struct stream *s, const void *p, size_t n);
	/* s->watching changed. on_event is called (from the loop, never from within
	 * watch) as long as a watched condition holds: level-triggered, may be spurious.
	 */
	void (*watch)(struct stream *s);
	/* Ends the writing side (FIN, close_notify); may be NULL. Best effort, does not
	 * wait. */
	void (*shutdown)(struct stream *s);
	void (*free)(struct stream *s);
};

struct stream {
	const struct stream_ops *ops;
	stream_event_fn *on_event;
	void *on_event_arg;
	unsigned watching;
	char error[96];		       /* set with STREAM_FAILED */
	struct waitq readers, writers; /* fibers in stream_read / stream_write */
};

/* For implementers: fills the common part. */
void stream_init(struct stream *s, const struct stream_ops *ops);
/* For implementers: reports events, as far as they are watched, to whoever uses the
 * stream. It may have been freed when this returns. Without on_event (fibers) the bits
 * are unwatched first. */
void stream_fire(struct stream *s, unsigned events);

static inline ssize_t stream_try_read(struct stream *s, void *p, size_t n)
{
	return s->ops->try_read(s, p, n);
}
static inline ssize_t stream_try_write(struct stream *s, const void *p, size_t n)
{
	return s->ops->try_write(s, p, n);
}
const char *stream_error(const struct stream *s);
/* fn NULL: from now on fibers use it. */
void stream_on_event(struct stream *s, stream_event_fn *fn, void *arg);
void stream_watch(struct stream *s, unsigned events);
void stream_shutdown(struct stream *s);
/* NULL is fine. */
void stream_free(struct stream *s);
static inline void stream_freep(struct stream **s)
{
	stream_free(*s);
	*s = NULL;
}

/* 1..cap bytes in *n; *n = 0 at end of stream. ERR_CLOSED (reset), ERR_TIMEOUT,
 * ERR_CANCELLED. */
OB_MUST_CHECK OB_SUSPENDS struct err *stream_read(struct stream *s, void *p, size_t cap,
						  struct deadline until, size_t *n);
/* Exactly n bytes; ERR_CLOSED when it ends before. */
OB_MUST_CHECK OB_SUSPENDS struct err *stream_read_full(struct stream *s, void *p,
						       size_t n, struct deadline until);
/* All of it. After an error some of it may be on its way: write nothing more. */
OB_MUST_CHECK OB_SUSPENDS struct err *stream_write(struct stream *s, const void *p,
						   size_t n, struct deadline until);

#endif
