/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/rpc_stream.h>

#include <base/buf.h>
#include <base/secret.h>
#include <rt/timer.h>
#include <stdio.h>
#include <stdlib.h>

#define UNSENT_MAX (1u << 20)
#define UNREAD_MAX (4u << 20)

struct rpc_stream {
	struct stream s;
	struct rpc_stream **slot; /* NULL: the session uses another one */
	struct waitq *work;
	bool tunnel, waits, ended, lost;
	struct buf in, out;
	size_t in_off;
	struct timer kick; /* armed: a watched condition holds */
};

static unsigned ready_events(const struct rpc_stream *r)
{
	unsigned events = 0;

	if (r->lost || r->ended || r->in.len > r->in_off)
		events |= STREAM_READABLE;
	if (r->lost || r->ended || r->out.len < UNSENT_MAX)
		events |= STREAM_WRITABLE;
	return events & r->s.watching;
}

static void on_kick(void *arg);

static void kick_update(struct rpc_stream *r)
{
	if (ready_events(r) == 0)
		timer_disarm(&r->kick);
	else if (!timer_armed(&r->kick))
		timer_arm(&r->kick, 0, on_kick, r);
}

static void on_kick(void *arg)
{
	struct rpc_stream *r = arg;
	unsigned events = ready_events(r);

	/* Armed first: whom it fires at may free the stream. */
	kick_update(r);
	stream_fire(&r->s, events);
}

static ssize_t try_read(struct stream *s, void *p, size_t n)
{
	struct rpc_stream *r = container_of(s, struct rpc_stream, s);

	if (r->in.len > r->in_off) {
		n = MIN(n, r->in.len - r->in_off);
		memcpy(p, r->in.p + r->in_off, n);
		r->in_off += n;
		if (r->in_off == r->in.len) {
			buf_clear(&r->in);
			r->in_off = 0;
		}
		return (ssize_t)n;
	}
	if (r->lost)
		return STREAM_FAILED;
	return r->ended ? 0 : STREAM_AGAIN;
}

static ssize_t try_write(struct stream *s, const void *p, size_t n)
{
	struct rpc_stream *r = container_of(s, struct rpc_stream, s);

	if (r->lost || r->ended) {
		if (!r->lost)
			snprintf(s->error, sizeof(s->error),
				 "the device closed the connection");
		return STREAM_FAILED;
	}
	if (r->out.len >= UNSENT_MAX)
		return STREAM_AGAIN;
	n = MIN(n, UNSENT_MAX - r->out.len);
	buf_add(&r->out, p, n);
	r->waits = true;
	waitq_wake_all(r->work);
	return (ssize_t)n;
}

static void watch(struct stream *s)
{
	kick_update(container_of(s, struct rpc_stream, s));
}

static void stream_gone(struct stream *s)
{
	struct rpc_stream *r = container_of(s, struct rpc_stream, s);

	if (r->slot != NULL)
		*r->slot = NULL;
	timer_disarm(&r->kick);
	buf_fini_wipe(&r->in);
	buf_fini_wipe(&r->out);
	free(r);
}

static const struct stream_ops ops = {
	.name = "rpc",
	.try_read = try_read,
	.try_write = try_write,
	.watch = watch,
	.free = stream_gone,
};

struct stream *rpc_stream_new(struct rpc_stream **slot, struct waitq *work, bool tunnel)
{
	struct rpc_stream *r = xcalloc(1, sizeof(*r));

	stream_init(&r->s, &ops);
	r->work = work;
	r->tunnel = tunnel;
	if (*slot != NULL)
		(*slot)->slot = NULL;
	r->slot = slot;
	*slot = r;
	return &r->s;
}

struct str rpc_stream_unsent(const struct rpc_stream *r)
{
	return buf_str(&r->out);
}

void rpc_stream_sent(struct rpc_stream *r)
{
	secret_wipe(r->out.p, r->out.len);
	buf_clear(&r->out);
	kick_update(r);
}

bool rpc_stream_waits(const struct rpc_stream *r)
{
	return r->waits;
}

void rpc_stream_received(struct rpc_stream *r, struct str bytes)
{
	/* A second answer is not the first one's. */
	if (r->ended || (!r->tunnel && !r->waits))
		return;
	r->waits = false;
	if (bytes.n > UNREAD_MAX - (r->in.len - r->in_off)) {
		rpc_stream_lost(r, "the client sent more than a device answers");
		return;
	}
	buf_addstr(&r->in, bytes);
	if (!r->tunnel)
		r->ended = true;
	kick_update(r);
}

void rpc_stream_ended(struct rpc_stream *r)
{
	r->ended = true;
	r->waits = false;
	kick_update(r);
}

void rpc_stream_lost(struct rpc_stream *r, const char *why)
{
	r->lost = true;
	r->waits = false;
	snprintf(r->s.error, sizeof(r->s.error), "%s", why);
	kick_update(r);
}
