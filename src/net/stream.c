/* SPDX-License-Identifier: Apache-2.0
 * What all streams share: reporting events to a callback or to waiting fibers, and the
 * waiting forms of read and write.
 */
#include <net/stream.h>

void stream_init(struct stream *s, const struct stream_ops *ops)
{
	*s = (struct stream){.ops = ops};
	waitq_init(&s->readers);
	waitq_init(&s->writers);
}

void stream_fire(struct stream *s, unsigned events)
{
	events &= s->watching;
	if (events == 0)
		return;
	if (s->on_event != NULL) {
		s->on_event(s, events, s->on_event_arg);
		return;
	}
	/* A woken fiber watches again if it still has to wait. */
	stream_watch(s, s->watching & ~events);
	if (events & STREAM_READABLE)
		waitq_wake_all(&s->readers);
	if (events & STREAM_WRITABLE)
		waitq_wake_all(&s->writers);
}

const char *stream_error(const struct stream *s)
{
	return s->error[0] != '\0' ? s->error : "connection failed";
}

void stream_on_event(struct stream *s, stream_event_fn *fn, void *arg)
{
	s->on_event = fn;
	s->on_event_arg = arg;
}

void stream_watch(struct stream *s, unsigned events)
{
	if (s->watching == events)
		return;
	s->watching = events;
	s->ops->watch(s);
}

void stream_shutdown(struct stream *s)
{
	if (s->ops->shutdown != NULL)
		s->ops->shutdown(s);
}

void stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	OB_ASSERT(waitq_empty(&s->readers) && waitq_empty(&s->writers));
	s->on_event = NULL;
	s->watching = 0;
	s->ops->free(s);
}

static struct err *wait_for(struct stream *s, unsigned event, struct waitq *q,
			    struct deadline until)
{
	stream_watch(s, s->watching | event);
	struct err *e = waitq_wait(q, until);

	if (e != NULL)
		stream_watch(s, s->watching & ~event);
	return e;
}

struct err *stream_read(struct stream *s, void *p, size_t cap, struct deadline until,
			size_t *n)
{
	OB_ASSERT(cap > 0);
	*n = 0;
	TRY(fiber_breathe());
	for (;;) {
		ssize_t r = stream_try_read(s, p, cap);

		if (r >= 0) {
			*n = (size_t)r;
			return NULL;
		}
		if (r == STREAM_FAILED)
			return err_new(ERR_CLOSED, "%s", stream_error(s));
		TRY(wait_for(s, STREAM_READABLE, &s->readers, until));
	}
}

struct err *stream_read_full(struct stream *s, void *p, size_t n, struct deadline until)
{
	char *at = p;

	while (n > 0) {
		size_t got;

		TRY(stream_read(s, at, n, until, &got));
		if (got == 0)
			return err_new(ERR_CLOSED,
				       "the peer closed the connection early");
		at += got;
		n -= got;
	}
	return NULL;
}

struct err *stream_write(struct stream *s, const void *p, size_t n, struct deadline until)
{
	const char *at = p;

	TRY(fiber_breathe());
	while (n > 0) {
		ssize_t r = stream_try_write(s, at, n);

		if (r == STREAM_FAILED)
			return err_new(ERR_CLOSED, "%s", stream_error(s));
		if (r == STREAM_AGAIN) {
			TRY(wait_for(s, STREAM_WRITABLE, &s->writers, until));
			continue;
		}
		at += r;
		n -= (size_t)r;
	}
	return NULL;
}
