/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: APF. The bytes go through the codec, and as a peer's into a session.
 *
 * First byte: role (bit 0 device), refused login (1), one message per write (2), small
 * windows (3), a peer that does not read (4), readers that do not read (5). Second byte:
 * how many bytes come at once, 0 = all.
 */
#include <amt/apf/session.h>

#include "link_user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEVICE = 1, REFUSE = 2, SINGLE = 4, SMALL = 8, STUCK = 16, LAZY = 32 };

/* ---- codec ---- */

/* What decodes must encode, and decode again to the same bytes. */
static void codec(const uint8_t *p, size_t n, bool has_port)
{
	struct buf once = {0}, twice = {0};
	struct apf_msg m, again;
	const char *why = NULL;
	ssize_t used = apf_decode(p, n, has_port, &m, &why);

	OB_ASSERT(used <= (ssize_t)n && (used >= 0 || why != NULL));
	if (used <= 0)
		return;
	OB_ASSERT(apf_op_name(m.op) != NULL);
	apf_encode(&once, &m);
	OB_ASSERT(apf_decode(once.p, once.len, has_port, &again, &why) ==
		  (ssize_t)once.len);
	apf_encode(&twice, &again);
	OB_ASSERT(str_eq(buf_str(&once), buf_str(&twice)));
	buf_fini(&once);
	buf_fini(&twice);
}

/* ---- the session's user ---- */

struct user {
	struct apf_session *s;
	uint8_t flags;
	struct channel_user channels;
	size_t n_opening;
	struct fiber_group fibers;
};

static void on_auth(struct apf_session *s, struct str user, struct str password,
		    void *arg)
{
	struct user *u = arg;

	apf_auth_reply(s, !(u->flags & REFUSE));
}

static enum apf_open_failure on_open(struct apf_session *s, uint16_t port,
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
	struct err *e = apf_channel_open(u->s, 16992, DEADLINE_NEVER, &c);

	if (e == NULL && user_take(&u->channels, c) != 0)
		stream_free(c);
	err_free(e);
}

static void on_ready(struct apf_session *s, void *arg)
{
	struct user *u = arg;

	while (!(u->flags & DEVICE) && u->n_opening < 3) {
		u->n_opening++;
		fiber_spawn(&u->fibers, "open", open_fiber, u);
	}
}

static void on_closed(struct apf_session *s, const char *why, void *arg)
{
	struct user *u = arg;

	OB_ASSERT(why != NULL && u->s == s);
	u->s = NULL;
	apf_session_free(s);
}

static const struct apf_handler handler = {
	.auth = on_auth,
	.open = on_open,
	.ready = on_ready,
	.closed = on_closed,
};

static void start(struct user *u, struct pipe *m)
{
	static const uint8_t uuid[16] = {1, 2, 3};
	static const uint16_t ports[] = {16992, 5900};
	struct apf_config c = {
		.device = u->flags & DEVICE,
		.one_message_per_write = u->flags & SINGLE,
		.window = u->flags & SMALL ? 64 : 0,
		.max_data = u->flags & SMALL ? 16 : 0,
		.max_unsent = u->flags & SMALL ? 256 : 0,
	};

	u->s = apf_session_new(&m->s, &c, &handler, u);
	if (c.device)
		apf_session_login(u->s, uuid, STR("admin"), STR("secret"), ports, 2);
}

static void session(uint8_t flags, size_t step, const uint8_t *p, size_t n)
{
	struct user u = {.flags = flags, .channels = {.lazy = flags & LAZY}};
	struct pipe *m = pipe_new(flags & STUCK, false);

	fiber_group_init(&u.fibers);
	start(&u, m);
	while (n > 0 && live_pipe != NULL) {
		m->p = p;
		m->n = MIN(step, n);
		p += m->n;
		n -= m->n;
		stream_fire(&m->s, STREAM_READABLE);
		user_turn(&u.channels);
	}
	if (live_pipe != NULL) {
		m->ended = true;
		m->n = 0;
		stream_fire(&m->s, STREAM_READABLE);
	}
	while (u.s != NULL || !fiber_group_empty(&u.fibers))
		uv_run(rt_uv(), UV_RUN_NOWAIT);
	user_turn(&u.channels);
	user_end(&u.channels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool up;

	if (!up) {
		clock_freeze(1000000, 1700000000000);
		rt_init();
		up = true;
	}
	if (size < 2)
		return 0;
	codec(data + 2, size - 2, data[0] & 1);
	session(data[0], data[1] == 0 ? size : data[1], data + 2, size - 2);
	return 0;
}
