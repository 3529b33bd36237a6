/* SPDX-License-Identifier: Apache-2.0
 * Tools of the tests of APF sessions.
 */
#include <amt/apf/session_test_tools.h>

const uint8_t test_uuid[16] = {0x44, 0x45, 0x4c, 0x4c, 0x4b, 0x00, 0x10, 0x42,
			       0x80, 0x33, 0xb6, 0xc0, 0x4f, 0x50, 0x46, 0x33};
const uint16_t test_ports[] = {16993, 16992, 664, 623, 16995, 16994, 5900};

void turn(void)
{
	struct err *e = fiber_yield();
	assert_null(e);
}

void turns(int n)
{
	while (n-- > 0)
		turn();
}

void fd_pair(int type, int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
}
static void on_version(struct apf_session *s, const struct apf_msg *m, void *arg)
{
	struct side *k = arg;
	k->n_version++;
	memcpy(k->uuid, m->version.uuid, 16);
	if (k->close_in_version)
		apf_session_close(s, 0, "unknown device");
}

static void on_auth(struct apf_session *s, struct str user, struct str password,
		    void *arg)
{
	struct side *k = arg;
	k->n_auth++;
	snprintf(k->user, sizeof(k->user), STR_FMT, STR_ARG(user));
	snprintf(k->password, sizeof(k->password), STR_FMT, STR_ARG(password));
	if (k->answer != LATER)
		apf_auth_reply(s, k->answer == ACCEPT);
}

static void on_ready(struct apf_session *s, void *arg)
{
	((struct side *)arg)->ready = true;
}

static void on_alive(struct apf_session *s, void *arg)
{
	((struct side *)arg)->n_alive++;
}

static void on_authenticated(struct apf_session *s, bool ok, void *arg)
{
	struct side *k = arg;
	*(ok ? &k->authenticated : &k->refused) = true;
}

/* Ports below 100 are refused with the port as reason. */
static enum apf_open_failure on_open(struct apf_session *s, uint16_t port,
				     struct stream *channel, void *arg)
{
	struct side *k = arg;
	if (port < 100)
		return (enum apf_open_failure)port;
	if (port == 100)
		stream_free(channel);
	else
		k->channels[k->n_channels++ % ARRAY_LEN(k->channels)] = channel;
	return 0;
}

static void on_closed(struct apf_session *s, const char *why, void *arg)
{
	struct side *k = arg;
	assert_false(k->closed);
	k->closed = true;
	snprintf(k->why, sizeof(k->why), "%s", why);
	if (k->own_free)
		return;
	apf_session_free(s);
	k->s = NULL;
}

static const struct apf_handler handler = {
	.version = on_version,
	.auth = on_auth,
	.ready = on_ready,
	.alive = on_alive,
	.authenticated = on_authenticated,
	.open = on_open,
	.closed = on_closed,
};

void side_start(struct side *k, int fd, struct apf_config c)
{
	k->s = apf_session_new(socket_stream(fd), &c, &handler, k);
}

void side_login(struct side *k, const char *password, size_t n_ports)
{
	apf_session_login(k->s, test_uuid, STR("admin"), str_of(password), test_ports,
			  n_ports);
}

void side_end(struct side *k)
{
	if (k->s != NULL)
		apf_session_close(k->s, 0, "test over");
	WAIT(k->closed);
}

void assert_closed(struct side *k, const char *why)
{
	WAIT(k->closed);
	assert_string_equal(k->why, why);
}

void connect_both(struct side *server, struct side *device, struct apf_config sc,
		  struct apf_config dc)
{
	int fds[2];

	fd_pair(SOCK_STREAM, fds);
	dc.device = true;
	side_start(server, fds[0], sc);
	side_start(device, fds[1], dc);
	side_login(device, "secret", ARRAY_LEN(test_ports));
	WAIT(server->ready && device->ready);
}

struct stream *open_channel(struct side *server, uint16_t port)
{
	struct stream *out = NULL;
	struct err *e = apf_channel_open(server->s, port, LONG, &out);
	assert_null(e);
	return out;
}
/* ---- a peer made of bytes ---- */

void raw_send(int fd, struct str bytes)
{
	size_t at = 0;

	for (int i = 0; at < bytes.n && i < TURNS; i++) {
		ssize_t n = send(fd, bytes.p + at, bytes.n - at, MSG_NOSIGNAL);
		if (n > 0)
			at += (size_t)n;
		else
			turn();
	}
	assert_int_equal(at, bytes.n);
}

size_t raw_read(int fd, char *p, size_t cap)
{
	for (int i = 0; i < TURNS; i++) {
		ssize_t n = recv(fd, p, cap, 0);
		if (n >= 0)
			return (size_t)n;
		turn();
	}
	fail_msg("nothing came");
	return 0;
}

void raw_expect(int fd, struct str want)
{
	char got[4096];
	size_t n = 0;

	assert_true(want.n <= sizeof(got));
	while (n < want.n) {
		size_t r = raw_read(fd, got + n, want.n - n);
		assert_true(r > 0);
		n += r;
	}
	assert_memory_equal(got, want.p, want.n);
}

void raw_expect_end(int fd)
{
	char c;
	assert_int_equal(raw_read(fd, &c, 1), 0);
}

void raw_expect_nothing(int fd)
{
	char c;
	turns(20);
	assert_int_equal(recv(fd, &c, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

int raw_device_type(struct side *server, struct apf_config c, int type)
{
	int fds[2];

	fd_pair(type, fds);
	side_start(server, fds[0], c);
	raw_send(fds[1], STR(VERSION));
	raw_send(fds[1], STR(ASK_AUTH));
	raw_expect(fds[1], STR(OK_AUTH));
	raw_send(fds[1], STR(USERAUTH));
	raw_expect(fds[1], STR("\x34"));
	raw_send(fds[1], STR(ASK_PFWD));
	raw_expect(fds[1], STR(OK_PFWD));
	raw_send(fds[1], STR(FORWARD_5900));
	if (type == SOCK_SEQPACKET) {
		/* both answers of one round in one write */
		raw_expect(fds[1], STR("\x51\0\0\x17\x0c\xd2\0\0\0\x1e\0\0\0\0"));
	} else {
		raw_expect(fds[1], STR("\x51\0\0\x17\x0c"));
		raw_expect(fds[1], STR("\xd2\0\0\0\x1e\0\0\0\0"));
	}
	raw_send(fds[1], STR("\xd3\0\0\0\x1e\0\0\0\0"));
	WAIT(server->ready);
	turns(5); /* 211 */
	return fds[1];
}

int raw_device(struct side *server, struct apf_config c)
{
	return raw_device_type(server, c, SOCK_STREAM);
}

void open_fiber(void *arg)
{
	struct opening *o = arg;
	o->e = apf_channel_open(o->server->s, o->port, o->until, &o->out);
	o->done = true;
}

struct fiber *spawn_open(struct opening *o, struct side *server, uint16_t port)
{
	*o = (struct opening){.server = server, .port = port, .until = LONG};
	return fiber_spawn(NULL, "open", open_fiber, o);
}

struct stream *raw_channel(struct side *server, int fd, struct str want_open)
{
	struct opening o;

	spawn_open(&o, server, 16992);
	raw_expect(fd, want_open);
	raw_send(fd, STR(CONFIRM("\x04", "\x01", "\0\0\x10\0")));
	WAIT(o.done);
	assert_null(o.e);
	return o.out;
}

/* ---- reading and writing a channel ---- */

void assert_reads(struct stream *s, const char *want)
{
	char got[64];
	struct err *e = stream_read_full(s, got, strlen(want), LONG);
	assert_null(e);
	assert_memory_equal(got, want, strlen(want));
}

void assert_writes(struct stream *s, const char *text)
{
	struct err *e = stream_write(s, text, strlen(text), LONG);
	assert_null(e);
}

void assert_ends(struct stream *s)
{
	char c;
	size_t n = 1;
	struct err *e = stream_read(s, &c, 1, LONG, &n);
	assert_null(e);
	assert_int_equal(n, 0);
}

void assert_read_fails(struct stream *s, enum err_kind kind)
{
	char c;
	size_t n;
	struct err *e = stream_read(s, &c, 1, LONG, &n);
	assert_true(err_is(e, kind));
	err_free(e);
}
