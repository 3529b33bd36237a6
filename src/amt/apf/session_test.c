/* SPDX-License-Identifier: Apache-2.0
 * APF sessions: both roles against each other, and each role against a peer made of
 * bytes. The clock stands still and is moved by hand; waiting means letting the loop
 * turn.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/apf/session.h>
#include <net/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURNS 20000
#define LONG deadline_in(3600 * 1000)

#define TEST(name)                                    \
	static void name##_body(void *arg);           \
	static void name(void **state)                \
	{                                             \
		clock_freeze(1000000, 1700000000000); \
		rt_main(name##_body, NULL);           \
	}                                             \
	static void name##_body(void *arg)

#define WAIT(cond)                                  \
	do {                                        \
		int turns_ = 0;                     \
		while (!(cond) && turns_++ < TURNS) \
			turn();                     \
		assert_true(cond);                  \
	} while (0)

static void turn(void)
{
	struct err *e = fiber_yield();
	assert_null(e);
}

static void turns(int n)
{
	while (n-- > 0)
		turn();
}

static void pair(int type, int fds[2])
{
	assert_int_equal(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
}

/* ---- one side of a session, and what it was told ---- */

enum answer { ACCEPT, REFUSE, LATER };

struct side {
	struct apf_session *s;
	enum answer answer;
	bool ready, authenticated, refused, close_in_version, own_free;
	int n_auth, n_version, n_alive;
	char user[32], password[32];
	uint8_t uuid[16];
	char why[96];
	bool closed;
	struct stream *channels[8];
	size_t n_channels;
};

static const uint8_t uuid[16] = {0x44, 0x45, 0x4c, 0x4c, 0x4b, 0x00, 0x10, 0x42,
				 0x80, 0x33, 0xb6, 0xc0, 0x4f, 0x50, 0x46, 0x33};
static const uint16_t ports[] = {16993, 16992, 664, 623, 16995, 16994, 5900};

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

static void start(struct side *k, int fd, struct apf_config c)
{
	k->s = apf_session_new(socket_stream(fd), &c, &handler, k);
}

static void login(struct side *k, const char *password, size_t n_ports)
{
	apf_session_login(k->s, uuid, STR("admin"), str_of(password), ports, n_ports);
}

static void end(struct side *k)
{
	if (k->s != NULL)
		apf_session_close(k->s, 0, "test over");
	WAIT(k->closed);
}

static void assert_closed(struct side *k, const char *why)
{
	WAIT(k->closed);
	assert_string_equal(k->why, why);
}

/* Both roles, logged in. */
static void connect_both(struct side *server, struct side *device, struct apf_config sc,
			 struct apf_config dc)
{
	int fds[2];

	pair(SOCK_STREAM, fds);
	dc.device = true;
	start(server, fds[0], sc);
	start(device, fds[1], dc);
	login(device, "secret", ARRAY_LEN(ports));
	WAIT(server->ready && device->ready);
}

static struct stream *open_channel(struct side *server, uint16_t port)
{
	struct stream *out = NULL;
	struct err *e = apf_channel_open(server->s, port, LONG, &out);
	assert_null(e);
	return out;
}

/* ---- a peer made of bytes ---- */

static void raw_send(int fd, struct str bytes)
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

static size_t raw_read(int fd, char *p, size_t cap)
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

static void raw_expect(int fd, struct str want)
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

static void raw_expect_end(int fd)
{
	char c;
	assert_int_equal(raw_read(fd, &c, 1), 0);
}

static void raw_expect_nothing(int fd)
{
	char c;
	turns(20);
	assert_int_equal(recv(fd, &c, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

#define N18 "\0\0\0\x12"
#define Z8 "\0\0\0\0\0\0\0\0"
#define Z64 Z8 Z8 Z8 Z8 Z8 Z8 Z8 Z8
#define UUID_BYTES "\x44\x45\x4c\x4c\x4b\x00\x10\x42\x80\x33\xb6\xc0\x4f\x50\x46\x33"
#define VERSION "\xc0\0\0\0\x01\0\0\0\0\0\0\0\x01" UUID_BYTES Z64
#define ASK_AUTH "\x05" N18 APF_SERVICE_AUTH
#define ASK_PFWD "\x05" N18 APF_SERVICE_PFWD
#define OK_AUTH "\x06" N18 APF_SERVICE_AUTH
#define OK_PFWD "\x06" N18 APF_SERVICE_PFWD
#define USERAUTH                                                      \
	"\x32\0\0\0\x05"                                              \
	"admin" N18 APF_SERVICE_PFWD "\0\0\0\x08password\0\0\0\0\x06" \
	"secret"
#define FORWARD(hi, lo) "\x50\0\0\0\x0dtcpip-forward\x01\0\0\0\0\0\0" hi lo
#define FORWARD_16992 FORWARD("\x42", "\x60")
#define FORWARD_5900 FORWARD("\x17", "\x0c")
#define BYE(reason) "\x01\0\0\0" reason "\0\0"

/* A server session that a raw device logged in to; returns the device's descriptor. */
static int raw_device_type(struct side *server, struct apf_config c, int type)
{
	int fds[2];

	pair(type, fds);
	start(server, fds[0], c);
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

static int raw_device(struct side *server, struct apf_config c)
{
	return raw_device_type(server, c, SOCK_STREAM);
}

struct opening {
	struct side *server;
	uint16_t port;
	struct deadline until;
	struct stream *out;
	struct err *e;
	bool done;
};

static void open_fiber(void *arg)
{
	struct opening *o = arg;
	o->e = apf_channel_open(o->server->s, o->port, o->until, &o->out);
	o->done = true;
}

static struct fiber *spawn_open(struct opening *o, struct side *server, uint16_t port)
{
	*o = (struct opening){.server = server, .port = port, .until = LONG};
	return fiber_spawn(NULL, "open", open_fiber, o);
}

#define OPEN_16992(id, window, oport)         \
	"\x5a\0\0\0\x0f"                      \
	"forwarded-tcpip"                     \
	"\0\0\0" id window "\xff\xff\xff\xff" \
	"\0\0\0\0"                            \
	"\0\0\x42\x60"                        \
	"\0\0\0\x07"                          \
	"1.2.3.4"                             \
	"\0\0\x04" oport
#define CONFIRM(to, id, window) "\x5b\0\0\0" to "\0\0\0" id window "\xff\xff\xff\xff"
#define CLOSE(to) "\x61\0\0\0" to
#define W1000 "\0\0\x03\xe8" /* 1000 bytes */
#define W80K "\0\x01\x40\0"

/* Opens channel 4 against a raw device, which numbers it 1 and grants 4096 bytes. */
static struct stream *raw_channel(struct side *server, int fd, struct str want_open)
{
	struct opening o;

	spawn_open(&o, server, 16992);
	raw_expect(fd, want_open);
	raw_send(fd, STR(CONFIRM("\x04", "\x01", "\0\0\x10\0")));
	WAIT(o.done);
	assert_null(o.e);
	return o.out;
}

/* ---- login ---- */

TEST(login_opens_both_sides)
{
	struct side server = {0}, device = {0};

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	assert_int_equal(server.n_version, 1);
	assert_memory_equal(server.uuid, uuid, 16);
	assert_string_equal(server.user, "admin");
	assert_string_equal(server.password, "secret");
	assert_true(device.authenticated);
	assert_true(server.n_alive > 0);
	assert_true(apf_session_ready(server.s) && apf_session_ready(device.s));
	assert_int_equal(apf_session_last_heard(server.s), clock_mono_ms());
	end(&device);
	assert_closed(&server, "closed by the peer");
}

TEST(login_without_port_5900_is_ready_after_a_quiet_time)
{
	struct side server = {0}, device = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	start(&device, fds[1], (struct apf_config){.device = true});
	login(&device, "secret", 2);
	WAIT(device.ready);
	turns(20);
	assert_false(server.ready);
	clock_advance(499);
	turns(20);
	assert_false(server.ready);
	clock_advance(1);
	WAIT(server.ready);
	end(&server);
	assert_closed(&device, "closed by the peer");
}

TEST(refused_login_closes_both_sides)
{
	struct side server = {.answer = REFUSE}, device = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	start(&device, fds[1], (struct apf_config){.device = true});
	login(&device, "wrong", 7);
	assert_closed(&device, "the server refused the login");
	assert_true(device.refused);
	assert_false(device.authenticated);
	assert_closed(&server, "login refused");
}

TEST(refused_peer_that_stays_is_closed_after_2_s)
{
	struct side server = {.answer = REFUSE};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1], STR(VERSION ASK_AUTH USERAUTH));
	raw_expect(fds[1], STR(OK_AUTH "\x33\0\0\0\x08password\0"));
	raw_send(fds[1], STR("whatever"));
	turns(20);
	assert_false(server.closed);
	clock_advance(2000);
	assert_closed(&server, "login refused");
	close(fds[1]);
}

TEST(late_answer_to_the_login_is_sent)
{
	struct side server = {.answer = LATER}, device = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	start(&device, fds[1], (struct apf_config){.device = true});
	login(&device, "secret", 7);
	WAIT(server.n_auth == 1);
	clock_advance(10000);
	turns(20);
	assert_false(device.authenticated);
	apf_auth_reply(server.s, true);
	apf_auth_reply(server.s, false); /* only the first counts */
	WAIT(device.ready && server.ready);
	end(&server);
	end(&device);
}

TEST(answer_to_the_login_after_the_peer_left_is_harmless)
{
	struct side server = {.answer = LATER, .own_free = true};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1], STR(VERSION ASK_AUTH USERAUTH));
	raw_expect(fds[1], STR(OK_AUTH));
	WAIT(server.n_auth == 1);
	close(fds[1]);
	assert_closed(&server, "closed by the peer");
	apf_auth_reply(server.s, true);
	apf_session_probe(server.s);
	apf_session_close(server.s, 2, "again");
	turns(5);
	apf_session_free(server.s);
}

TEST(handler_may_close_in_its_callback)
{
	struct side server = {.close_in_version = true};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1], STR(VERSION ASK_AUTH));
	assert_closed(&server, "unknown device");
	raw_expect_end(fds[1]);
	close(fds[1]);
}

TEST(method_none_is_refused_without_asking)
{
	struct side server = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1], STR(VERSION ASK_AUTH));
	raw_expect(fds[1], STR(OK_AUTH));
	raw_send(fds[1], STR("\x32\0\0\0\x05"
			     "admin" N18 APF_SERVICE_PFWD "\0\0\0\x04none"));
	raw_expect(fds[1], STR("\x33\0\0\0\x08password\0"));
	raw_expect_end(fds[1]);
	assert_int_equal(server.n_auth, 0);
	close(fds[1]);
	assert_closed(&server, "login refused");
}

TEST(login_must_come_in_time)
{
	struct side server = {0}, device = {0};
	int fds[2], other[2];

	pair(SOCK_STREAM, fds);
	pair(SOCK_STREAM, other);
	start(&server, fds[0], (struct apf_config){.login_ms = 5000});
	start(&device, other[0], (struct apf_config){.device = true, .login_ms = 7000});
	raw_send(fds[1], STR(VERSION));
	turns(10);
	clock_advance(4999);
	turns(10);
	assert_false(server.closed);
	clock_advance(1);
	assert_closed(&server, "no login in time");
	raw_expect(fds[1], STR(BYE("\x10")));
	raw_expect_end(fds[1]);
	assert_false(device.closed);
	clock_advance(2000);
	assert_closed(&device, "no login in time");
	close(fds[1]);
	close(other[1]);
}

/* ---- order, garbage, fragments ---- */

struct violation {
	const char *name;
	struct str before; /* accepted */
	struct str replies;
	struct str bad;
	const char *why;
	struct str bye;
};

/* clang-format off */
#define AFTER_VERSION STR(VERSION), STR("")
#define AFTER_SERVICE STR(VERSION ASK_AUTH), STR(OK_AUTH)
#define AFTER_AUTH STR(VERSION ASK_AUTH USERAUTH), STR(OK_AUTH "\x34")
#define AFTER_PFWD STR(VERSION ASK_AUTH USERAUTH ASK_PFWD), STR(OK_AUTH "\x34" OK_PFWD)
#define AT_START STR(""), STR("")
#define ORDER "APF message out of order", STR(BYE("\x02"))
#define UNKNOWN "unknown APF opcode", STR(BYE("\x02"))
#define MALFORMED "malformed or oversized APF message", STR(BYE("\x02"))
#define SERVICE "unexpected APF service", STR(BYE("\x07"))

static const struct violation violations[] = {
	{"service first", AT_START, STR(ASK_AUTH), ORDER},
	{"auth first", AT_START, STR("\x32"), ORDER},
	{"forward first", AT_START, STR("\x50"), ORDER},
	{"channel open first", AT_START, STR("\x5a"), ORDER},
	{"data first", AT_START, STR("\x5e"), ORDER},
	{"keep-alive first", AT_START, STR("\xd0\0\0\0\0"), ORDER},
	{"options reply first", AT_START, STR("\xd3"), ORDER},
	{"service accept is not for a device", AT_START, STR("\x06"), ORDER},
	{"TLS inside TLS", AT_START, STR("\x16\x03\x01"), UNKNOWN},
	{"zero", AT_START, STR("\0"), UNKNOWN},
	{"G of no GET", AT_START, STR("GO"), UNKNOWN},
	{"version 0", AT_START, STR("\xc0\0\0\0\0\0\0\0\x09\0\0\0\x01" UUID_BYTES Z64),
	 "APF version below 1.0", STR(BYE("\x08"))},
	{"two versions", AFTER_VERSION, STR(VERSION), ORDER},
	{"auth before its service", AFTER_VERSION, STR(USERAUTH), ORDER},
	{"pfwd before auth", AFTER_VERSION, STR(ASK_PFWD), SERVICE},
	{"GET after the version", AFTER_VERSION, STR("GET"), UNKNOWN},
	{"pfwd instead of auth", AFTER_SERVICE, STR(ASK_PFWD), ORDER},
	{"forward before auth", AFTER_SERVICE, STR(FORWARD_16992), ORDER},
	{"channel data before auth", AFTER_SERVICE, STR("\x5e\0\0\0\0\0\0\0\0"), ORDER},
	{"keep-alive before auth", AFTER_SERVICE, STR("\xd0\0\0\0\0"), ORDER},
	{"oversized user", AFTER_SERVICE, STR("\x32\0\0\x08\x01"), MALFORMED},
	{"auth twice", AFTER_AUTH, STR(USERAUTH), ORDER},
	{"forward before pfwd", AFTER_AUTH, STR(FORWARD_16992), ORDER},
	{"channel close before pfwd", AFTER_AUTH, STR("\x61\0\0\0\0"), ORDER},
	{"auth service again", AFTER_AUTH, STR(ASK_AUTH), SERVICE},
	{"unknown service", AFTER_AUTH, STR("\x05\0\0\0\x01x"), SERVICE},
	{"service when open", AFTER_PFWD, STR(ASK_PFWD), ORDER},
	{"auth when open", AFTER_PFWD, STR(USERAUTH), ORDER},
	{"version when open", AFTER_PFWD, STR(VERSION), ORDER},
	{"options are the server's to ask", AFTER_PFWD, STR("\xd2"), ORDER},
	{"success is the server's to say", AFTER_PFWD, STR("\x51"), ORDER},
	{"unknown opcode when open", AFTER_PFWD, STR("\x5f"), UNKNOWN},
	{"unknown global request", AFTER_PFWD, STR("\x50\0\0\0\x01x"),
	 "unknown or malformed APF global request", STR(BYE("\x02"))},
	{"oversized channel type", AFTER_PFWD, STR("\x5a\xff\xff\xff\xff"), MALFORMED},
	{"oversized data", AFTER_PFWD, STR("\x5e\0\0\0\0\0\x10\0\x01"),
	 "oversized APF CHANNEL_DATA", STR(BYE("\x02"))},
};
/* clang-format on */

TEST(message_out_of_order_or_malformed_closes)
{
	for (size_t i = 0; i < ARRAY_LEN(violations); i++) {
		const struct violation *v = &violations[i];
		struct side server = {0};
		int fds[2];
		pair(SOCK_STREAM, fds);
		start(&server, fds[0], (struct apf_config){0});
		raw_send(fds[1], v->before);
		raw_expect(fds[1], v->replies);
		raw_send(fds[1], v->bad);
		WAIT(server.closed);
		if (strcmp(server.why, v->why) != 0)
			print_error("%s\n", v->name);
		assert_string_equal(server.why, v->why);
		raw_expect(fds[1], v->bye);
		raw_expect_end(fds[1]);
		close(fds[1]);
	}
}

TEST(device_refuses_what_a_server_must_not_say)
{
	static const struct {
		struct str before, bad;
	} cases[] = {
		{STR(""), STR("\x34")},
		{STR(""), STR("\x5a")},
		{STR(""), STR("\xd2\0\0\0\x1e\0\0\0\0")},
		{STR(OK_AUTH), STR("\x51")},
		{STR(OK_AUTH), STR(OK_AUTH)},
		{STR(OK_AUTH "\x34"), STR(VERSION)},
		{STR(OK_AUTH "\x34" OK_PFWD), STR(FORWARD_16992)},
		{STR(OK_AUTH "\x34" OK_PFWD), STR(CONFIRM("\x01", "\x01", W1000))},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct side device = {0};
		int fds[2];
		pair(SOCK_STREAM, fds);
		start(&device, fds[0], (struct apf_config){.device = true});
		login(&device, "secret", 7);
		raw_send(fds[1], cases[i].before);
		raw_send(fds[1], cases[i].bad);
		assert_closed(&device, "APF message out of order");
		close(fds[1]);
	}
}

TEST(bytes_may_come_one_by_one)
{
	static const struct str script =
		STR(VERSION ASK_AUTH USERAUTH ASK_PFWD FORWARD_16992 FORWARD_5900
		    "\xd3\0\0\0\x1e\0\0\0\0"
		    "\xd0\x01\x02\x03\x04");
	struct side server = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	for (size_t i = 0; i < script.n; i++) {
		raw_send(fds[1], str_sub(script, i, i + 1));
		turn();
	}
	raw_expect(fds[1], STR(OK_AUTH "\x34" OK_PFWD "\x51\0\0\x42\x60\x51\0\0\x17\x0c"
				       "\xd2\0\0\0\x1e\0\0\0\0\xd1\x01\x02\x03\x04"));
	assert_true(server.ready);
	close(fds[1]);
	assert_closed(&server, "closed by the peer");
}

TEST(all_bytes_may_come_at_once)
{
	struct side server = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	raw_send(fds[1],
		 STR(VERSION ASK_AUTH USERAUTH ASK_PFWD FORWARD_16992 FORWARD_5900));
	raw_expect(fds[1], STR(OK_AUTH "\x34" OK_PFWD "\x51\0\0\x42\x60\x51\0\0\x17\x0c"
				       "\xd2\0\0\0\x1e\0\0\0\0"));
	end(&server);
	close(fds[1]);
}

TEST(http_request_gets_a_page)
{
	static const char *const requests[] = {"GET",
					       "GET / HTTP/1.1\r\nHost: mps\r\n\r\n"};

	for (size_t i = 0; i < 2 * ARRAY_LEN(requests); i++) {
		struct side server = {0};
		struct str request = str_of(requests[i / 2]);
		char got[1024];
		size_t n = 0, r;
		int fds[2];
		pair(SOCK_STREAM, fds);
		start(&server, fds[0], (struct apf_config){0});
		if (i % 2 == 0)
			raw_send(fds[1], request);
		for (size_t at = 0; i % 2 == 1 && at < request.n; at++) {
			raw_send(fds[1], str_sub(request, at, at + 1));
			turn();
		}
		while ((r = raw_read(fds[1], got + n, sizeof(got) - 1 - n)) > 0)
			n += r;
		got[n] = '\0';
		assert_memory_equal(got, "HTTP/1.1 200 OK\r\n", 17);
		assert_non_null(strstr(got, "Intel Management Presence Server (MPS)"));
		assert_non_null(strstr(got, "must connect here using CIRA"));
		assert_string_equal(got + n - 7, "</html>");
		close(fds[1]);
		assert_closed(&server, "HTTP request on the CIRA port");
	}
}

TEST(disconnect_and_end_of_stream_close)
{
	struct side a = {0}, b = {0}, c = {0};
	int fd = raw_device(&a, (struct apf_config){0});

	raw_send(fd, STR(BYE("\x0b")));
	assert_closed(&a, "the peer disconnected: by application");
	raw_expect_end(fd);
	close(fd);
	close(raw_device(&b, (struct apf_config){0}));
	assert_closed(&b, "closed by the peer");
	fd = raw_device(&c, (struct apf_config){0});
	raw_send(fd, STR("\x5a\0\0")); /* half a message, then the end */
	close(fd);
	assert_closed(&c, "closed by the peer");
}

TEST(close_with_a_reason_says_it)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	apf_session_close(server.s, APF_BY_TOO_MANY, "first");
	apf_session_close(server.s, APF_BY_TIMEOUT, "second");
	assert_closed(&server, "first");
	raw_expect(fd, STR(BYE("\x0c")));
	raw_expect_end(fd);
	close(fd);
}

/* ---- global requests, keep-alive, silence ---- */

TEST(global_requests_are_answered_as_upstream_does)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	raw_send(fd, STR(FORWARD_16992));
	raw_expect(fd, STR("\x51\0\0\x42\x60"));
	raw_send(fd, STR("\x50\0\0\0\x14"
			 "cancel-tcpip-forward"
			 "\x01\0\0\0\0\0\0\x42\x60"));
	raw_expect(fd, STR("\x51"));
	raw_send(fd, STR("\x50\0\0\0\x0dtcpip-forward"
			 "\0\0\0\0\0\0\0\x42\x60"));
	raw_send(fd, STR("\x50\0\0\0\x19udp-send-to@amt.intel.com\x01"
			 "\0\0\0\x01x\0\0\0\x07\0\0\0\x01y\0\0\0\x08\0\0\0\x02zz"));
	raw_expect_nothing(fd);
	raw_send(fd, STR("\x5a\0\0\0\x0c"
			 "direct-tcpip"
			 "\0\0\0\x05\0\0\x10\0\xff\xff\xff\xff"
			 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
	raw_expect(fd, STR("\x5c\0\0\0\x05\0\0\0\x03" Z8));
	end(&server);
	close(fd);
}

TEST(silence_is_probed_and_then_fatal)
{
	struct side server = {0};
	struct apf_config c = {.silence_ms = 60000, .probe_ms = 10000};
	int fd = raw_device(&server, c);
	char probe[5], reply[5];

	clock_advance(59000);
	raw_send(fd, STR("\xd0\0\0\0\x01"));
	raw_expect(fd, STR("\xd1\0\0\0\x01"));
	clock_advance(59999);
	raw_expect_nothing(fd);
	clock_advance(1);
	assert_int_equal(raw_read(fd, probe, 5), 5);
	assert_int_equal((uint8_t)probe[0], APF_KEEPALIVE_REQUEST);
	memcpy(reply, probe, 5);
	reply[0] = (char)APF_KEEPALIVE_REPLY;
	clock_advance(9999);
	raw_send(fd, (struct str){reply, 5});
	turns(20);
	clock_advance(59999);
	turns(20);
	assert_false(server.closed);
	raw_expect_nothing(fd);
	clock_advance(1);
	assert_int_equal(raw_read(fd, probe, 5), 5);
	assert_int_equal((uint8_t)probe[0], APF_KEEPALIVE_REQUEST);
	clock_advance(10000);
	assert_closed(&server, "the peer does not answer");
	raw_expect(fd, STR(BYE("\x10")));
	close(fd);
}

/* Some firmware keeps alive every 90 s until 211 came (wire-amt.md 1.4). */
TEST(silence_is_longer_before_options_are_accepted)
{
	struct side server = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){.silence_ms = 1000, .probe_ms = 1000});
	raw_send(fds[1], STR(VERSION ASK_AUTH USERAUTH ASK_PFWD FORWARD_5900));
	WAIT(server.ready);
	raw_expect(fds[1],
		   STR(OK_AUTH "\x34" OK_PFWD "\x51\0\0\x17\x0c\xd2\0\0\0\x1e\0\0\0\0"));
	clock_advance(94999);
	raw_expect_nothing(fds[1]);
	raw_send(fds[1], STR("\xd3\0\0\0\x1e\0\0\0\0"));
	turns(20);
	clock_advance(999);
	raw_expect_nothing(fds[1]);
	clock_advance(1);
	raw_expect(fds[1], STR("\xd0"));
	end(&server);
	close(fds[1]);
}

TEST(probe_on_demand_finds_a_dead_peer)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.probe_ms = 3000});
	char probe[10];

	apf_session_probe(server.s);
	apf_session_probe(server.s); /* under way already */
	assert_int_equal(raw_read(fd, probe, sizeof(probe)), 5);
	clock_advance(3000);
	assert_closed(&server, "the peer does not answer");
	close(fd);
}

TEST(device_keeps_alive_as_told)
{
	struct side device = {0};
	int fds[2];
	char got[5];

	pair(SOCK_STREAM, fds);
	start(&device, fds[0], (struct apf_config){.device = true, .probe_ms = 5000});
	login(&device, "secret", 1);
	raw_expect(fds[1], STR(VERSION ASK_AUTH));
	raw_send(fds[1], STR(VERSION OK_AUTH)); /* Console echoes 192 */
	raw_expect(fds[1], STR(USERAUTH));
	raw_send(fds[1], STR("\x34"));
	raw_expect(fds[1], STR(ASK_PFWD));
	raw_send(fds[1], STR(OK_PFWD));
	raw_expect(fds[1], STR(FORWARD("\x42", "\x61")));
	raw_expect_nothing(fds[1]);
	raw_send(fds[1], STR("\x51\0\0\x42\x61\xd0\0\0\0\x09"));
	raw_expect(fds[1], STR("\xd1\0\0\0\x09"));
	assert_true(device.ready);
	clock_advance(30000);
	assert_int_equal(raw_read(fds[1], got, 5), 5);
	assert_int_equal((uint8_t)got[0], APF_KEEPALIVE_REQUEST);
	got[0] = (char)APF_KEEPALIVE_REPLY;
	raw_send(fds[1], (struct str){got, 5});
	raw_send(fds[1], STR("\xd2\0\0\0\x0a\0\0\0\x5a"));
	raw_expect(fds[1], STR("\xd3\0\0\0\x0a\0\0\0\x5a"));
	clock_advance(9999);
	raw_expect_nothing(fds[1]);
	clock_advance(1);
	raw_expect(fds[1], STR("\xd0"));
	clock_advance(5000);
	assert_closed(&device, "the peer does not answer");
	close(fds[1]);
}

TEST(refused_port_does_not_end_the_login)
{
	struct side device = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&device, fds[0], (struct apf_config){.device = true, .trigger = 4});
	login(&device, "secret", 2);
	raw_expect(fds[1],
		   STR("\xc0\0\0\0\x01\0\0\0\0\0\0\0\x04" UUID_BYTES Z64 ASK_AUTH));
	raw_send(fds[1], STR(OK_AUTH "\x34" OK_PFWD "\x52"));
	turns(20);
	assert_false(device.ready);
	raw_send(fds[1], STR("\x51\0\0\x42\x60"));
	WAIT(device.ready);
	end(&device);
	close(fds[1]);
}

/* ---- channels ---- */

static void assert_reads(struct stream *s, const char *want)
{
	char got[64];
	struct err *e = stream_read_full(s, got, strlen(want), LONG);
	assert_null(e);
	assert_memory_equal(got, want, strlen(want));
}

static void assert_writes(struct stream *s, const char *text)
{
	struct err *e = stream_write(s, text, strlen(text), LONG);
	assert_null(e);
}

static void assert_ends(struct stream *s)
{
	char c;
	size_t n = 1;
	struct err *e = stream_read(s, &c, 1, LONG, &n);
	assert_null(e);
	assert_int_equal(n, 0);
}

static void assert_read_fails(struct stream *s, enum err_kind kind)
{
	char c;
	size_t n;
	struct err *e = stream_read(s, &c, 1, LONG, &n);
	assert_true(err_is(e, kind));
	err_free(e);
}

TEST(channel_carries_bytes_both_ways)
{
	struct side server = {0}, device = {0};

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	struct stream *a = open_channel(&server, 16992);
	struct stream *b = device.channels[0];
	assert_writes(a, "request");
	assert_reads(b, "request");
	assert_writes(b, "response");
	stream_free(b); /* the device closes: what it wrote still arrives */
	assert_reads(a, "response");
	assert_ends(a);
	assert_int_equal(stream_try_write(a, "x", 1), STREAM_FAILED);
	stream_free(a);
	end(&server);
	end(&device);
}

TEST(open_failures_name_their_reason)
{
	static const char *const reasons[] = {"administratively prohibited",
					      "connect failed", "unknown channel type",
					      "resource shortage"};
	struct side server = {0}, device = {0};

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	for (uint16_t i = 0; i < 40; i++) { /* failed ones take no place */
		struct stream *out = NULL;
		struct err *e = apf_channel_open(server.s, i % 4 + 1, LONG, &out);
		assert_true(err_is(e, ERR_DEVICE));
		assert_non_null(strstr(e->msg, reasons[i % 4]));
		err_free(e);
	}
	/* the handler frees the stream at once: opened, then closed */
	struct stream *s = open_channel(&server, 100);
	assert_ends(s);
	stream_free(s);
	end(&server);
	end(&device);
}

TEST(device_refuses_types_and_ports_it_cannot_do)
{
	struct side device = {0};
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&device, fds[0], (struct apf_config){.device = true, .max_channels = 1});
	login(&device, "secret", 0);
	raw_expect(fds[1], STR(VERSION ASK_AUTH));
	raw_send(fds[1], STR(OK_AUTH "\x34" OK_PFWD));
	raw_expect(fds[1], STR(USERAUTH ASK_PFWD));
	WAIT(device.ready);
	raw_send(fds[1], STR("\x5a\0\0\0\x01x\0\0\0\x05\0\0\x10\0\xff\xff\xff\xff"
			     "\0\0\0\0\0\0\x42\x60\0\0\0\0\0\0\0\0"));
	raw_expect(fds[1], STR("\x5c\0\0\0\x05\0\0\0\x03" Z8));
	raw_send(fds[1], STR("\x5a\0\0\0\x0f"
			     "forwarded-tcpip\0\0\0\x05\0\0\x10\0"
			     "\xff\xff\xff\xff\0\0\0\0\0\x01\x42\x60\0\0\0\0\0\0\0\0"));
	raw_expect(fds[1], STR("\x5c\0\0\0\x05\0\0\0\x02" Z8));
	raw_send(fds[1], STR(OPEN_16992("\x05", W1000, "\0")));
	raw_expect(fds[1], STR(CONFIRM("\x05", "\x01", "\0\0\x10\0")));
	raw_send(fds[1], STR(OPEN_16992("\x06", W1000, "\0")));
	raw_expect(fds[1], STR("\x5c\0\0\0\x06\0\0\0\x04" Z8));
	/* own CLOSE without an answer (Console): the place is free after a second */
	stream_free(device.channels[0]);
	raw_expect(fds[1], STR(CLOSE("\x05")));
	raw_send(fds[1], STR(OPEN_16992("\x07", W1000, "\0")));
	raw_expect(fds[1], STR("\x5c\0\0\0\x07\0\0\0\x04" Z8));
	clock_advance(1001);
	raw_send(fds[1], STR(OPEN_16992("\x08", W1000, "\0")));
	raw_expect(fds[1], STR(CONFIRM("\x08", "\x01", "\0\0\x10\0")));
	stream_free(device.channels[1]);
	end(&device);
	close(fds[1]);
}

TEST(device_numbers_its_channels_in_turn)
{
	for (int from_0 = 0; from_0 < 2; from_0++) {
		struct side device = {0};
		int fds[2];
		pair(SOCK_STREAM, fds);
		start(&device, fds[0],
		      (struct apf_config){.device = true,
					  .max_channels = 3,
					  .channels_from_0 = from_0});
		login(&device, "secret", 0);
		raw_expect(fds[1], STR(VERSION ASK_AUTH));
		raw_send(fds[1], STR(OK_AUTH "\x34" OK_PFWD));
		raw_expect(fds[1], STR(USERAUTH ASK_PFWD));
		for (int i = 0; i < 7; i++) {
			struct apf_msg m = {
				.op = APF_CHANNEL_OPEN_CONFIRMATION,
				.confirm = {9, (uint32_t)(i % 3 + !from_0), 4096}};
			struct apf_msg c = {.op = APF_CHANNEL_CLOSE,
					    .close = {(uint32_t)(i % 3 + !from_0)}};
			struct buf want = {0}, bye = {0};
			apf_encode(&want, &m);
			apf_encode(&bye, &c);
			raw_send(fds[1], STR(OPEN_16992("\x09", W1000, "\0")));
			raw_expect(fds[1], buf_str(&want));
			raw_send(fds[1], buf_str(&bye));
			raw_expect(fds[1], STR(CLOSE("\x09")));
			raw_send(fds[1], buf_str(&bye)); /* one too many: ignored */
			assert_ends(device.channels[i]);
			stream_free(device.channels[i]);
			buf_fini(&want);
			buf_fini(&bye);
		}
		raw_expect_nothing(fds[1]);
		end(&device);
		close(fds[1]);
	}
}

TEST(server_opens_as_upstream_does_and_counts_on)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	stream_free(a);
	raw_expect(fd, STR(CLOSE("\x01")));
	raw_send(fd, STR(CLOSE("\x04")));
	struct opening o;
	spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x05", W80K, "\x01")));
	raw_send(fd, STR("\x5c\0\0\0\x05\0\0\0\x63" Z8));
	WAIT(o.done);
	assert_true(err_is(o.e, ERR_DEVICE));
	assert_non_null(strstr(o.e->msg, "unknown reason (99)"));
	err_free(o.e);
	end(&server);
	close(fd);
}

TEST(messages_for_unknown_channels_are_ignored)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	raw_send(fd, STR(CONFIRM("\x44", "\x01", W1000) "\x5c\0\0\0\x44\0\0\0\x02" Z8
							"\x5d\0\0\0"
							"\x44\0\0\0\x01"
							"\x5e\0\0\0\x44\0\0\0\x03"
							"abc" CLOSE("\x44")));
	raw_expect_nothing(fd);
	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	/* a second confirmation or a failure for an open one: late, ignored */
	raw_send(fd, STR(CONFIRM("\x04", "\x09", W1000) "\x5c\0\0\0\x04\0\0\0\x02" Z8));
	assert_writes(a, "abc");
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x03"
			   "abc"));
	stream_free(a);
	end(&server);
	close(fd);
}

TEST(close_is_answered_once)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\0\x02hi" CLOSE("\x04") CLOSE("\x04")));
	raw_expect(fd, STR(CLOSE("\x01")));
	assert_reads(a, "hi");
	assert_ends(a);
	stream_free(a);
	raw_expect_nothing(fd);
	end(&server);
	close(fd);
}

TEST(both_sides_may_close_at_once)
{
	struct side server = {0}, device = {0};

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	for (int i = 0; i < 30; i++) {
		struct stream *a = open_channel(&server, 16992);
		struct stream *b = device.channels[i % 8];
		assert_writes(a, "x");
		stream_free(i % 2 ? a : b);
		stream_free(i % 2 ? b : a);
	}
	end(&server);
	end(&device);
}

TEST(shutdown_closes_but_lets_read)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	assert_writes(a, "last");
	stream_shutdown(a);
	stream_shutdown(a);
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x04last" CLOSE("\x01")));
	assert_int_equal(stream_try_write(a, "x", 1), STREAM_FAILED);
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\0\x02hi"));
	assert_reads(a, "hi");
	raw_send(fd, STR(CLOSE("\x04")));
	assert_ends(a);
	stream_free(a);
	raw_expect_nothing(fd);
	end(&server);
	close(fd);
}

TEST(opening_can_be_given_up)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.max_channels = 1});
	struct opening o, next;

	struct fiber *f = spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	fiber_cancel(f);
	WAIT(o.done);
	assert_true(err_is(o.e, ERR_CANCELLED));
	err_free(o.e);
	spawn_open(&next, &server,
		   16992); /* waits: the device may still open the first */
	raw_expect_nothing(fd);
	raw_send(fd, STR(CONFIRM("\x04", "\x07", W1000)));
	raw_expect(fd, STR(CLOSE("\x07") OPEN_16992("\x05", W80K, "\x01")));
	raw_send(fd, STR(CLOSE("\x04") CONFIRM("\x05", "\x00", W1000)));
	WAIT(next.done);
	assert_null(next.e);
	stream_free(next.out);
	end(&server);
	close(fd);
}

TEST(opening_times_out)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});
	struct opening o = {.server = &server, .port = 16992, .until = deadline_in(5000)};

	fiber_spawn(NULL, "open", open_fiber, &o);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	clock_advance(5000);
	WAIT(o.done);
	assert_true(err_is(o.e, ERR_TIMEOUT));
	err_free(o.e);
	end(&server); /* with the unanswered channel in its table */
	close(fd);
}

TEST(channel_closed_while_opening_is_a_failure)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){0});
	struct opening o;

	spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	raw_send(fd, STR(CLOSE("\x04")));
	WAIT(o.done);
	assert_true(err_is(o.e, ERR_DEVICE));
	err_free(o.e);
	raw_expect_nothing(fd);
	end(&server);
	close(fd);
}

TEST(openers_wait_for_a_place)
{
	struct side server = {0}, device = {0};
	struct opening o;

	connect_both(&server, &device, (struct apf_config){.max_channels = 2},
		     (struct apf_config){0});
	struct stream *a = open_channel(&server, 16992);
	struct stream *b = open_channel(&server, 16992);
	spawn_open(&o, &server, 16994);
	turns(50);
	assert_false(o.done);
	stream_free(a);
	WAIT(o.done);
	assert_null(o.e);
	stream_free(o.out);
	stream_free(b);
	for (int i = 0; i < 3; i++)
		stream_free(device.channels[i]);
	end(&server);
	end(&device);
}

TEST(opener_waits_for_the_session_to_be_ready)
{
	struct side server = {0}, device = {0};
	struct opening o;
	int fds[2];

	pair(SOCK_STREAM, fds);
	start(&server, fds[0], (struct apf_config){0});
	start(&device, fds[1], (struct apf_config){.device = true});
	spawn_open(&o, &server, 16992);
	turns(20);
	login(&device, "secret", 7);
	WAIT(o.done);
	assert_null(o.e);
	stream_free(o.out);
	stream_free(device.channels[0]);
	end(&server);
	end(&device);
}

/* ---- flow control ---- */

TEST(data_beyond_the_window_closes)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.window = 1000});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W1000, "\0")));
	/* the head alone: not a byte of the payload is awaited */
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\x03\xe9"));
	assert_closed(&server, "CHANNEL_DATA beyond the window");
	raw_expect(fd, STR(BYE("\x02")));
	assert_read_fails(a, ERR_CLOSED);
	stream_free(a);
	close(fd);
}

TEST(credit_returns_when_more_than_half_was_read)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.window = 1000});
	char bytes[1000] = {0};
	struct buf data = {0};

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W1000, "\0")));
	apf_encode(&data,
		   &(struct apf_msg){.op = APF_CHANNEL_DATA, .data = {4, {bytes, 1000}}});
	raw_send(fd, buf_str(&data));
	raw_send(fd, STR("\x5e\0\0\0\x04\0\0\0\0")); /* none left, none needed */
	raw_expect_nothing(fd);
	struct err *e = stream_read_full(a, bytes, 500, LONG);
	assert_null(e);
	raw_expect_nothing(fd);
	e = stream_read_full(a, bytes, 1, LONG);
	assert_null(e);
	raw_expect(fd, STR("\x5d\0\0\0\x01\0\0\x01\xf5"));
	e = stream_read_full(a, bytes, 499, LONG);
	assert_null(e);
	raw_expect_nothing(fd);
	buf_fini(&data);
	stream_free(a);
	end(&server);
	close(fd);
}

TEST(writer_honours_window_and_message_size)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.max_data = 3});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	char bytes[4096] = {0};
	assert_int_equal(stream_try_write(a, bytes, 4096 - 8), 4096 - 8);
	struct buf want = {0};
	for (size_t left = 4096 - 8; left > 0; left -= MIN(left, 3))
		apf_encode(&want, &(struct apf_msg){.op = APF_CHANNEL_DATA,
						    .data = {1, {bytes, MIN(left, 3)}}});
	for (size_t at = 0; at < want.len; at += 4000)
		raw_expect(fd, str_sub(buf_str(&want), at, at + 4000));
	buf_fini(&want);
	assert_int_equal(stream_try_write(a, "123456789", 9), 8);
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x03"
			   "123"
			   "\x5e\0\0\0\x01\0\0\0\x03"
			   "456"
			   "\x5e\0\0\0\x01\0\0\0\x02"
			   "78"));
	assert_int_equal(stream_try_write(a, "9", 1), STREAM_AGAIN);
	raw_send(fd, STR("\x5d\0\0\0\x01\xff\xff\xff\xff")); /* not this channel */
	turns(20);
	assert_int_equal(stream_try_write(a, "9", 1), STREAM_AGAIN);
	raw_send(fd, STR("\x5d\0\0\0\x04\0\0\0\x02"));
	assert_writes(a, "9a");
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x02"
			   "9a"));
	/* more credit than 32 bits hold does not wrap */
	raw_send(fd, STR("\x5d\0\0\0\x04\xff\xff\xff\xff\x5d\0\0\0\x04\xff\xff\xff\xff"));
	assert_writes(a, "b");
	stream_free(a);
	end(&server);
	close(fd);
}

struct pump {
	struct stream *s;
	size_t n, sent;
	bool done;
	struct err *e;
};

static void pump_fiber(void *arg)
{
	struct pump *p = arg;
	char bytes[777];

	while (p->sent < p->n && p->e == NULL) {
		size_t n = MIN(sizeof(bytes), p->n - p->sent);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)((p->sent + i) % 251);
		p->e = stream_write(p->s, bytes, n, LONG);
		if (p->e == NULL)
			p->sent += n;
	}
	p->done = true;
}

static void assert_pumped(struct stream *s, size_t n)
{
	char got[5000];
	size_t at = 0, r;

	while (at < n) {
		struct err *e = stream_read(s, got, sizeof(got), LONG, &r);
		assert_null(e);
		assert_true(r > 0);
		for (size_t i = 0; i < r; i++)
			assert_int_equal(got[i], (char)((at + i) % 251));
		at += r;
	}
	assert_int_equal(at, n);
}

TEST(reader_that_stops_stops_the_writer)
{
	struct side server = {0}, device = {0};
	struct pump p = {.n = 500000};

	connect_both(&server, &device, (struct apf_config){.window = 40000},
		     (struct apf_config){0});
	struct stream *a = open_channel(&server, 16992);
	p.s = device.channels[0];
	fiber_spawn(NULL, "pump", pump_fiber, &p);
	turns(500);
	assert_false(p.done);
	assert_true(p.sent <= 40000 && p.sent > 39000);
	assert_pumped(a, p.n);
	WAIT(p.done);
	assert_null(p.e);
	stream_free(a);
	stream_free(p.s);
	end(&server);
	end(&device);
}

TEST(three_channels_run_side_by_side)
{
	struct side server = {0}, device = {0};
	struct pump up[3], down[3];
	struct stream *a[3];

	connect_both(&server, &device, (struct apf_config){0},
		     (struct apf_config){.max_data = 4000, .window = 9000});
	for (int i = 0; i < 3; i++) {
		a[i] = open_channel(&server, 16992);
		up[i] = (struct pump){.s = device.channels[i], .n = 300000 + (size_t)i};
		down[i] = (struct pump){.s = a[i], .n = 200000 + (size_t)i};
		fiber_spawn(NULL, "up", pump_fiber, &up[i]);
		fiber_spawn(NULL, "down", pump_fiber, &down[i]);
	}
	for (int i = 2; i >= 0; i--) {
		assert_pumped(a[i], up[i].n);
		assert_pumped(device.channels[i], down[i].n);
	}
	for (int i = 0; i < 3; i++) {
		WAIT(up[i].done && down[i].done);
		stream_free(a[i]);
		stream_free(device.channels[i]);
	}
	end(&server);
	end(&device);
}

/* ---- output ---- */

TEST(one_round_is_one_write)
{
	struct side server = {0};
	int fd = raw_device_type(&server, (struct apf_config){0}, SOCK_SEQPACKET);
	struct opening o[2];
	char got[500];

	spawn_open(&o[0], &server, 16992);
	spawn_open(&o[1], &server, 16992);
	assert_int_equal(raw_read(fd, got, sizeof(got)), 2 * 55);
	raw_send(fd, STR(CONFIRM("\x04", "\x01", W1000) CONFIRM("\x05", "\x02", W1000)));
	WAIT(o[0].done && o[1].done);
	assert_writes(o[0].out, "one");
	assert_writes(o[1].out, "two");
	stream_free(o[0].out);
	stream_free(o[1].out);
	raw_expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x03one\x5e\0\0\0\x02\0\0\0\x03two" CLOSE(
			       "\x01") CLOSE("\x02")));
	end(&server);
	close(fd);
}

TEST(one_message_per_write_when_asked)
{
	struct side device = {0};
	int fds[2];

	pair(SOCK_SEQPACKET, fds);
	start(&device, fds[0],
	      (struct apf_config){.device = true, .one_message_per_write = true});
	login(&device, "secret", 1);
	raw_expect(fds[1], STR(VERSION));
	raw_expect(fds[1], STR(ASK_AUTH));
	raw_send(fds[1], STR(OK_AUTH));
	raw_expect(fds[1], STR(USERAUTH));
	raw_send(fds[1], STR("\x34" OK_PFWD "\xd0\0\0\0\x01\xd0\0\0\0\x02"));
	raw_expect(fds[1], STR(ASK_PFWD));
	raw_expect(fds[1], STR(FORWARD("\x42", "\x61")));
	raw_expect(fds[1], STR("\xd1\0\0\0\x01"));
	raw_expect(fds[1], STR("\xd1\0\0\0\x02"));
	end(&device);
	close(fds[1]);
}

/* A full socket: what waits keeps its order and borders, whatever each write takes. */
static void queue_through_a_full_socket(bool one_message_per_write)
{
	struct side server = {0}, device = {0};
	int fds[2], small = 4608;

	pair(SOCK_STREAM, fds);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	start(&server, fds[0],
	      (struct apf_config){.window = 200000,
				  .max_unsent = 20000,
				  .one_message_per_write = one_message_per_write});
	start(&device, fds[1],
	      (struct apf_config){.device = true,
				  .window = 150000,
				  .max_data = 30000,
				  .max_unsent = 20000,
				  .one_message_per_write = one_message_per_write});
	login(&device, "secret", ARRAY_LEN(ports));
	WAIT(server.ready && device.ready);
	struct stream *a = open_channel(&server, 16992);
	struct pump up = {.s = device.channels[0], .n = 400000};
	struct pump down = {.s = a, .n = 300000};
	fiber_spawn(NULL, "up", pump_fiber, &up);
	fiber_spawn(NULL, "down", pump_fiber, &down);
	assert_pumped(a, up.n);
	assert_pumped(device.channels[0], down.n);
	WAIT(up.done && down.done);
	stream_free(a);
	stream_free(device.channels[0]);
	end(&server);
	end(&device);
}

TEST(queue_keeps_its_order_when_the_socket_is_full)
{
	queue_through_a_full_socket(false);
	queue_through_a_full_socket(true);
}

TEST(queued_output_is_bounded)
{
	struct side server = {0};
	int fd = raw_device(&server, (struct apf_config){.max_unsent = 5000});
	struct stream *a;
	struct opening o;
	char bytes[4096] = {0};
	size_t n = 0;

	spawn_open(&o, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x04", W80K, "\0")));
	raw_send(fd, STR(CONFIRM("\x04", "\x01", "\xff\xff\xff\xff")));
	WAIT(o.done);
	a = o.out;
	for (int i = 0; i < 2000; i++) {
		ssize_t r = stream_try_write(a, bytes, sizeof(bytes));
		if (r > 0)
			n += (size_t)r;
		turn();
	}
	assert_int_equal(stream_try_write(a, bytes, sizeof(bytes)), STREAM_AGAIN);
	assert_true(n < 2000000);
	assert_false(server.closed);
	/* a peer that asks without reading the answers is closed */
	for (int i = 0; i < TURNS && !server.closed; i++) {
		for (size_t k = 0; k < 4000; k += 5)
			memcpy(bytes + k, "\xd0\0\0\0\x01", 5);
		(void)!send(fd, bytes, 4000, MSG_NOSIGNAL);
		turn();
	}
	assert_closed(&server, "the peer does not read");
	stream_free(a);
	close(fd);
}

/* ---- ends in any order ---- */

static void read_fiber(void *arg)
{
	struct pump *p = arg;
	char c;
	size_t n;
	p->e = stream_read(p->s, &c, 1, LONG, &n);
	p->done = true;
}

TEST(session_end_wakes_whoever_waits)
{
	struct side server = {0};
	struct opening place, answer;
	struct pump reader = {0}, writer = {.n = 100000};
	int fd = raw_device(&server, (struct apf_config){.max_channels = 3});

	struct stream *a = raw_channel(&server, fd, STR(OPEN_16992("\x04", W80K, "\0")));
	reader.s = a;
	fiber_spawn(NULL, "read", read_fiber, &reader);
	spawn_open(&answer, &server, 16992);
	raw_expect(fd, STR(OPEN_16992("\x05", W80K, "\x01")));
	raw_send(fd, STR(CONFIRM("\x05", "\x02", W1000)));
	WAIT(answer.done);
	writer.s = answer.out;
	fiber_spawn(NULL, "write", pump_fiber, &writer);
	spawn_open(&answer, &server, 16992);
	spawn_open(&place, &server, 16992);
	turns(20);
	assert_false(reader.done || writer.done || answer.done || place.done);
	close(fd); /* with unread bytes: a reset */
	assert_closed(&server, "connection lost");
	WAIT(reader.done && writer.done && answer.done && place.done);
	assert_true(err_is(reader.e, ERR_CLOSED));
	assert_true(err_is(writer.e, ERR_CLOSED));
	assert_true(err_is(answer.e, ERR_CLOSED));
	assert_true(err_is(place.e, ERR_CLOSED));
	err_free(reader.e);
	err_free(writer.e);
	err_free(answer.e);
	err_free(place.e);
	/* the streams outlive the session */
	assert_int_equal(stream_try_write(a, "x", 1), STREAM_FAILED);
	assert_string_equal(stream_error(a), "connection lost");
	assert_read_fails(a, ERR_CLOSED);
	stream_shutdown(a);
	stream_free(a);
	stream_free(writer.s);
}

TEST(opening_on_an_ended_session_fails)
{
	struct side server = {.own_free = true};
	struct stream *out;
	int fd = raw_device(&server, (struct apf_config){0});

	apf_session_close(server.s, 0, "over");
	struct err *e = apf_channel_open(server.s, 16992, LONG, &out);
	assert_true(err_is(e, ERR_CLOSED));
	err_free(e);
	WAIT(server.closed);
	e = apf_channel_open(server.s, 16992, LONG, &out);
	assert_true(err_is(e, ERR_CLOSED));
	err_free(e);
	assert_false(apf_session_ready(server.s));
	apf_session_free(server.s);
	close(fd);
}

static void count_event(struct stream *s, unsigned events, void *arg)
{
	int *n = arg;
	if (++*n == 3)
		stream_free(s);
}

TEST(channel_may_be_freed_in_its_callback)
{
	struct side server = {0}, device = {0};
	int n = 0;

	connect_both(&server, &device, (struct apf_config){0}, (struct apf_config){0});
	struct stream *a = open_channel(&server, 16992);
	stream_on_event(a, count_event, &n);
	stream_watch(a, STREAM_READABLE);
	turns(20);
	assert_int_equal(n, 0);
	assert_writes(device.channels[0], "unread, so it is told again and again");
	WAIT(n == 3);
	turns(20);
	assert_int_equal(n, 3);
	assert_ends(device.channels[0]);
	stream_free(device.channels[0]);
	/* and when the session is what ends */
	a = open_channel(&server, 16992);
	n = 2;
	stream_on_event(a, count_event, &n);
	stream_watch(a, STREAM_READABLE);
	end(&server);
	WAIT(n == 3);
	stream_free(device.channels[1]);
	end(&device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_opens_both_sides),
		cmocka_unit_test(login_without_port_5900_is_ready_after_a_quiet_time),
		cmocka_unit_test(refused_login_closes_both_sides),
		cmocka_unit_test(refused_peer_that_stays_is_closed_after_2_s),
		cmocka_unit_test(late_answer_to_the_login_is_sent),
		cmocka_unit_test(answer_to_the_login_after_the_peer_left_is_harmless),
		cmocka_unit_test(handler_may_close_in_its_callback),
		cmocka_unit_test(method_none_is_refused_without_asking),
		cmocka_unit_test(login_must_come_in_time),
		cmocka_unit_test(message_out_of_order_or_malformed_closes),
		cmocka_unit_test(device_refuses_what_a_server_must_not_say),
		cmocka_unit_test(bytes_may_come_one_by_one),
		cmocka_unit_test(all_bytes_may_come_at_once),
		cmocka_unit_test(http_request_gets_a_page),
		cmocka_unit_test(disconnect_and_end_of_stream_close),
		cmocka_unit_test(close_with_a_reason_says_it),
		cmocka_unit_test(global_requests_are_answered_as_upstream_does),
		cmocka_unit_test(silence_is_probed_and_then_fatal),
		cmocka_unit_test(silence_is_longer_before_options_are_accepted),
		cmocka_unit_test(probe_on_demand_finds_a_dead_peer),
		cmocka_unit_test(device_keeps_alive_as_told),
		cmocka_unit_test(refused_port_does_not_end_the_login),
		cmocka_unit_test(channel_carries_bytes_both_ways),
		cmocka_unit_test(open_failures_name_their_reason),
		cmocka_unit_test(device_refuses_types_and_ports_it_cannot_do),
		cmocka_unit_test(device_numbers_its_channels_in_turn),
		cmocka_unit_test(server_opens_as_upstream_does_and_counts_on),
		cmocka_unit_test(messages_for_unknown_channels_are_ignored),
		cmocka_unit_test(close_is_answered_once),
		cmocka_unit_test(both_sides_may_close_at_once),
		cmocka_unit_test(shutdown_closes_but_lets_read),
		cmocka_unit_test(opening_can_be_given_up),
		cmocka_unit_test(opening_times_out),
		cmocka_unit_test(channel_closed_while_opening_is_a_failure),
		cmocka_unit_test(openers_wait_for_a_place),
		cmocka_unit_test(opener_waits_for_the_session_to_be_ready),
		cmocka_unit_test(data_beyond_the_window_closes),
		cmocka_unit_test(credit_returns_when_more_than_half_was_read),
		cmocka_unit_test(writer_honours_window_and_message_size),
		cmocka_unit_test(reader_that_stops_stops_the_writer),
		cmocka_unit_test(three_channels_run_side_by_side),
		cmocka_unit_test(one_round_is_one_write),
		cmocka_unit_test(one_message_per_write_when_asked),
		cmocka_unit_test(queue_keeps_its_order_when_the_socket_is_full),
		cmocka_unit_test(queued_output_is_bounded),
		cmocka_unit_test(session_end_wakes_whoever_waits),
		cmocka_unit_test(opening_on_an_ended_session_fails),
		cmocka_unit_test(channel_may_be_freed_in_its_callback),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
