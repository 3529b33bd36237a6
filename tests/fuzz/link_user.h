/* SPDX-License-Identifier: Apache-2.0
 * For fuzz targets of links with channels: a peer's bytes as a stream in memory, and a
 * user of channels who reads and answers them.
 */
#ifndef FUZZ_LINK_USER_H
#define FUZZ_LINK_USER_H

#include <amt/apf/apf.h>
#include <net/stream.h>
#include <stdlib.h>

#define ROUNDS 6 /* of the loop, between two pieces of input */
#define MAX_CHANNELS 8

/* ---- a stream in memory ---- */

struct pipe {
	struct stream s;
	const uint8_t *p;
	size_t n;
	bool ended, stuck;
	bool whole; /* keeps messages' borders: takes all that is written */
};

/* NULL once the session freed it. */
static struct pipe *live_pipe;

static ssize_t pipe_try_read(struct stream *s, void *p, size_t n)
{
	struct pipe *m = container_of(s, struct pipe, s);

	if (m->n == 0)
		return m->ended ? 0 : STREAM_AGAIN;
	n = MIN(n, m->n);
	memcpy(p, m->p, n);
	m->p += n;
	m->n -= n;
	return (ssize_t)n;
}

static ssize_t pipe_try_write(struct stream *s, const void *p, size_t n)
{
	struct pipe *m = container_of(s, struct pipe, s);

	if (m->stuck || n == 0)
		return STREAM_AGAIN;
	return (ssize_t)(m->whole ? n : (n + 1) / 2);
}

static void pipe_watch(struct stream *s)
{
}

static void pipe_free(struct stream *s)
{
	live_pipe = NULL;
	free(container_of(s, struct pipe, s));
}

static const struct stream_ops pipe_ops = {
	.name = "pipe",
	.try_read = pipe_try_read,
	.try_write = pipe_try_write,
	.watch = pipe_watch,
	.free = pipe_free,
};

static inline struct pipe *pipe_new(bool stuck, bool whole)
{
	struct pipe *m = xcalloc(1, sizeof(*m));

	stream_init(&m->s, &pipe_ops);
	m->stuck = stuck;
	m->whole = whole;
	live_pipe = m;
	return m;
}

/* ---- who uses the channels ---- */

struct channel_user {
	bool lazy; /* reads nothing */
	struct stream *channels[MAX_CHANNELS];
	size_t n;
};

static inline enum apf_open_failure user_take(struct channel_user *u, struct stream *c)
{
	if (u->n == MAX_CHANNELS)
		return APF_OPEN_RESOURCE_SHORTAGE;
	u->channels[u->n++] = c;
	return 0;
}

static inline void user_talk(struct channel_user *u, struct stream *c)
{
	char bytes[300];

	while (!u->lazy && stream_try_read(c, bytes, sizeof(bytes)) > 0)
		(void)stream_try_write(c, bytes, sizeof(bytes));
}

static inline void user_turn(struct channel_user *u)
{
	for (int i = 0; i < ROUNDS; i++)
		uv_run(rt_uv(), UV_RUN_NOWAIT);
	for (size_t i = 0; i < u->n; i++)
		user_talk(u, u->channels[i]);
	if (u->n > 2) {
		stream_free(u->channels[0]);
		u->channels[0] = u->channels[--u->n];
	}
}

static inline void user_end(struct channel_user *u)
{
	while (u->n > 0)
		stream_free(u->channels[--u->n]);
	user_turn(u);
	OB_ASSERT(live_pipe == NULL);
}

#endif
