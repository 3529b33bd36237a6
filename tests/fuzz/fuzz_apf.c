/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: APF. The bytes go through the codec, and as a peer's into a session.
 *
 * First byte: role (bit 0 device), refused login (1), one message per write (2), small
 * windows (3), a peer that does not read (4), readers that do not read (5). Second byte:
 * how many bytes come at once, 0 = all.
 */
#include <amt/apf/session.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROUNDS 6 /* of the loop, between two pieces of input */
#define MAX_CHANNELS 8

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

/* ---- a stream in memory ---- */

struct pipe {
	struct stream s;
	const uint8_t *p;
	size_t n;
	bool ended, stuck;
};

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

	return m->stuck || n == 0 ? STREAM_AGAIN : (ssize_t)(n + 1) / 2;
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

/* ---- the session's user ---- */

struct user {
	struct apf_session *s;
	uint8_t flags;
	struct stream *channels[MAX_CHANNELS];
	size_t n_channels, n_opening;
	struct fiber_group fibers;
};

static void on_auth(struct apf_session *s, struct str user, struct str password,
		    void *arg)
{
	struct user *u = arg;

	apf_auth_reply(s, !(u->flags & REFUSE));
}

static void talk(struct user *u, struct stream *c)
{
	char bytes[300];

	while (!(u->flags & LAZY) && stream_try_read(c, bytes, sizeof(bytes)) > 0)
		(void)stream_try_write(c, bytes, sizeof(bytes));
}

static enum apf_open_failure on_open(struct apf_session *s, uint16_t port,
				     struct stream *c, void *arg)
{
	struct user *u = arg;

	if (u->n_channels == MAX_CHANNELS)
		return APF_OPEN_RESOURCE_SHORTAGE;
	u->channels[u->n_channels++] = c;
	return 0;
}

static void open_fiber(void *arg)
{
	struct user *u = arg;
	struct stream *c = NULL;

	if (u->s == NULL)
		return;
	struct err *e = apf_channel_open(u->s, 16992, DEADLINE_NEVER, &c);

	if (e == NULL)
		u->channels[u->n_channels++] = c;
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

static void turn(struct user *u)
{
	for (int i = 0; i < ROUNDS; i++)
		uv_run(rt_uv(), UV_RUN_NOWAIT);
	for (size_t i = 0; i < u->n_channels; i++)
		talk(u, u->channels[i]);
	if (u->n_channels > 2) {
		stream_free(u->channels[0]);
		u->channels[0] = u->channels[--u->n_channels];
	}
}

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
	struct user u = {.flags = flags};
	struct pipe *m = xcalloc(1, sizeof(*m));

	fiber_group_init(&u.fibers);
	stream_init(&m->s, &pipe_ops);
	m->stuck = flags & STUCK;
	live_pipe = m;
	start(&u, m);
	while (n > 0 && live_pipe != NULL) {
		m->p = p;
		m->n = MIN(step, n);
		p += m->n;
		n -= m->n;
		stream_fire(&m->s, STREAM_READABLE);
		turn(&u);
	}
	if (live_pipe != NULL) {
		m->ended = true;
		m->n = 0;
		stream_fire(&m->s, STREAM_READABLE);
	}
	while (u.s != NULL || !fiber_group_empty(&u.fibers))
		uv_run(rt_uv(), UV_RUN_NOWAIT);
	turn(&u);
	while (u.n_channels > 0)
		stream_free(u.channels[--u.n_channels]);
	turn(&u);
	OB_ASSERT(live_pipe == NULL);
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
