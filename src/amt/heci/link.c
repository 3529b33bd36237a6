/* SPDX-License-Identifier: Apache-2.0
 * HECI messages over a stream.
 *
 * The struct lives as long as its owner, a running callback or a queued one needs it.
 */
#include <amt/heci/link.h>

#include <base/cursor.h>
#include <stdlib.h>

#define BATCH 32 /* messages taken before the loop goes on */

struct heci_link {
	struct stream *stream;
	const struct heci_link_handler *h;
	void *arg;
	uint32_t max_message;
	unsigned refs;
	bool freed;	 /* by its owner */
	bool busy;	 /* in on_event or poll */
	const char *why; /* it is over, or will be soon */
	bool told;	 /* closed() was called */
	struct buf out;	 /* from out_off: u32 length and message, as often as there are */
	size_t out_off;
	char *in; /* max_message + 1 bytes */
};

static void unref(struct heci_link *l)
{
	if (--l->refs > 0)
		return;
	buf_fini(&l->out);
	free(l->in);
	free(l);
}

static void on_event(struct stream *s, unsigned events, void *arg);

static void watch(struct heci_link *l)
{
	unsigned events = STREAM_READABLE;

	if (l->freed)
		return;
	if (heci_link_unsent(l) > 0)
		events |= STREAM_WRITABLE;
	stream_watch(l->stream, l->why != NULL ? 0 : events);
}

/* ---- the end ---- */

static void tell(struct heci_link *l)
{
	if (l->freed || l->told)
		return;
	l->told = true;
	l->h->closed(l, l->why, l->arg);
}

static void on_soon(void *arg)
{
	struct heci_link *l = arg;

	tell(l);
	unref(l);
}

static void fail(struct heci_link *l, const char *why)
{
	if (l->why != NULL)
		return;
	l->why = why;
	watch(l);
	l->refs++;
	rt_soon(on_soon, l);
}

/* ---- writing ---- */

static bool put(struct heci_link *l, const char *p, size_t n)
{
	ssize_t r = stream_try_write(l->stream, p, n);

	if (r == STREAM_FAILED)
		fail(l, "the connection broke");
	return r > 0;
}

static void flush(struct heci_link *l)
{
	while (l->why == NULL && heci_link_unsent(l) > 0) {
		struct rd r = rd_init(l->out.p + l->out_off, heci_link_unsent(l));
		uint32_t n = rd_le32(&r);

		if (!put(l, (const char *)r.p, n))
			return;
		l->out_off += 4 + n;
	}
	if (l->why != NULL)
		return;
	buf_clear(&l->out);
	l->out_off = 0;
	if (l->h->drained != NULL)
		l->h->drained(l, l->arg);
}

void heci_link_send(struct heci_link *l, struct str bytes)
{
	uint8_t length[4];
	struct wr w = wr_init(length, sizeof(length));

	OB_ASSERT(bytes.n > 0 && bytes.n <= l->max_message);
	if (l->why != NULL)
		return;
	if (heci_link_unsent(l) == 0 && put(l, bytes.p, bytes.n))
		return;
	if (heci_link_unsent(l) + bytes.n > HECI_LINK_MAX_UNSENT) {
		fail(l, "the peer does not read");
		return;
	}
	wr_le32(&w, (uint32_t)bytes.n);
	buf_add(&l->out, length, 4);
	buf_addstr(&l->out, bytes);
	watch(l);
}

size_t heci_link_unsent(const struct heci_link *l)
{
	return l->out.len - l->out_off;
}

/* ---- reading ---- */

static void take(struct heci_link *l)
{
	for (int i = 0; i < BATCH && !l->freed && l->why == NULL; i++) {
		ssize_t r = stream_try_read(l->stream, l->in, l->max_message + 1);

		if (r == STREAM_AGAIN)
			return;
		if (r < 0)
			fail(l, "the connection broke");
		else if (r == 0)
			fail(l, "the peer closed the connection");
		else if (r > (ssize_t)l->max_message)
			fail(l, "a message over the client's limit");
		else
			l->h->message(l, (struct str){l->in, (size_t)r}, l->arg);
	}
}

static void on_event(struct stream *s, unsigned events, void *arg)
{
	struct heci_link *l = arg;

	l->refs++;
	l->busy = true;
	if (events & STREAM_WRITABLE && heci_link_unsent(l) > 0)
		flush(l);
	take(l);
	l->busy = false;
	watch(l);
	unref(l);
}

void heci_link_poll(struct heci_link *l)
{
	if (l->busy)
		return;
	l->refs++;
	l->busy = true;
	take(l);
	l->busy = false;
	/* What take found out is told at once: whoever polls wants to know. */
	if (l->why != NULL)
		tell(l);
	watch(l);
	unref(l);
}

/* ---- life ---- */

struct heci_link *heci_link_new(struct stream *stream, uint32_t max_message,
				const struct heci_link_handler *h, void *arg)
{
	struct heci_link *l = xcalloc(1, sizeof(*l));

	l->stream = stream;
	l->refs = 1;
	heci_link_handle(l, max_message, h, arg);
	stream_on_event(stream, on_event, l);
	watch(l);
	return l;
}

void heci_link_handle(struct heci_link *l, uint32_t max_message,
		      const struct heci_link_handler *h, void *arg)
{
	l->h = h;
	l->arg = arg;
	if (max_message > l->max_message)
		l->in = xrealloc(l->in, max_message + 1);
	l->max_message = max_message;
}

void heci_link_free(struct heci_link *l)
{
	if (l == NULL)
		return;
	OB_ASSERT(!l->freed);
	l->freed = true;
	stream_free(l->stream);
	l->stream = NULL;
	unref(l);
}
