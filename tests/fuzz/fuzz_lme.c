/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: a session of APF over HECI, in both roles, whose peer is the input.
 *
 * First byte: role (bit 0 device), a device that drops after each channel (1), small
 * windows and messages (3), a peer that does not read (4), readers that do not read (5).
 * Then messages: u16 length (little-endian), bytes.
 */
#include <amt/heci/lme_session.h>

#include <amt/heci/heci.h>
#include <base/cursor.h>

#include "link_user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEVICE = 1, DROP = 2, SMALL = 8, STUCK = 16, LAZY = 32 };

#define SMALL_MESSAGE 256u

struct user {
	struct lme_session *s;
	uint8_t flags;
	struct channel_user channels;
	size_t n_opening;
	struct fiber_group fibers;
};

static enum apf_open_failure on_open(struct lme_session *s, uint16_t port,
				     struct stream *c, void *arg)
{
	struct user *u = arg;

	return user_take(&u->channels, c);
}

static void open_fiber(void *arg)
{
	struct user *u = arg;
	struct stream *c = NULL;

	if (u->s == NULL)
		return;
	struct err *e = lme_channel_open(u->s, 16992, DEADLINE_NEVER, &c);

	if (e == NULL && user_take(&u->channels, c) != 0)
		stream_free(c);
	err_free(e);
}

static void on_ready(struct lme_session *s, void *arg)
{
	struct user *u = arg;

	while (!(u->flags & DEVICE) && u->n_opening < 3) {
		u->n_opening++;
		fiber_spawn(&u->fibers, "open", open_fiber, u);
	}
}

static void on_closed(struct lme_session *s, const char *why, void *arg)
{
	struct user *u = arg;

	OB_ASSERT(why != NULL && u->s == s);
	u->s = NULL;
	lme_session_free(s);
}

static const struct lme_handler handler = {
	.ready = on_ready,
	.open = on_open,
	.closed = on_closed,
};

static void session(uint8_t flags, struct rd *r)
{
	struct user u = {.flags = flags, .channels = {.lazy = flags & LAZY}};
	struct pipe *m = pipe_new(flags & STUCK, true);
	struct lme_config c = {
		.device = flags & DEVICE,
		.max_message = flags & SMALL ? SMALL_MESSAGE : HECI_MESSAGE_MAX,
		.window = flags & SMALL ? 64 : 0,
		.max_data = flags & SMALL ? 16 : 0,
		.drop_after_close = flags & DROP,
	};

	fiber_group_init(&u.fibers);
	u.s = lme_session_new(heci_link_new(&m->s, c.max_message, NULL, NULL), &c,
			      &handler, &u);
	while (rd_left(r) > 2 && live_pipe != NULL) {
		uint16_t length = rd_le16(r);
		size_t n = MIN(length, rd_left(r));
		m->p = rd_bytes(r, n);
		m->n = n;
		m->ended = n == 0;
		stream_fire(&m->s, STREAM_READABLE);
		user_turn(&u.channels);
	}
	/* A host waits for more; nobody is there any more. */
	if (u.s != NULL) {
		lme_session_free(u.s);
		u.s = NULL;
	}
	fiber_group_cancel(&u.fibers); /* the clock stands: no pause ends */
	while (!fiber_group_empty(&u.fibers))
		uv_run(rt_uv(), UV_RUN_NOWAIT);
	user_turn(&u.channels);
	user_end(&u.channels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool up;
	struct rd r = rd_init(data + 1, size > 0 ? size - 1 : 0);

	if (!up) {
		clock_freeze(1000000, 1700000000000);
		rt_init();
		up = true;
	}
	if (size > 1)
		session(data[0], &r);
	return 0;
}
