/* SPDX-License-Identifier: Apache-2.0
 * A console for tests, see redirection_test_tools.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sim/redirection_test_tools.h>

#include <net/socket.h>
#include <stdlib.h>
#include <sys/socket.h>

static bool ha1(void *arg, struct str user, char out[33])
{
	if (!str_eqz(user, "admin"))
		return false;
	digest_ha1(user, STR(TEST_REALM), STR(TEST_PASSWORD), out);
	return true;
}

struct run {
	void (*fn)(struct test_device *d);
};

static void run(void *arg)
{
	struct run *r = arg;
	struct test_device d = {.config = {.step_ms = 20, .kvm_sub = KVM_SUB_BEST}};

	fiber_group_init(&d.fibers);
	sim_redirection_init(&d.r, &d.config, TEST_REALM, ha1, NULL);
	r->fn(&d);
	fiber_group_join(&d.fibers, true);
	sim_redirection_fini(&d.r);
}

void test_with_device(void (*fn)(struct test_device *d))
{
	rt_main(run, &(struct run){fn});
}

struct serve {
	struct sim_redirection *r;
	struct stream *s;
};

static void serve(void *arg)
{
	struct serve s = *(struct serve *)arg;

	free(arg);
	sim_redirection_serve(s.r, STR("192.0.2.7"), s.s);
}

void test_console_open(struct test_console *c, struct test_device *d)
{
	struct serve *s = xmalloc(sizeof(*s));
	int fds[2];

	OB_ASSERT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			     fds) == 0);
	*s = (struct serve){&d->r, socket_stream(fds[1])};
	*c = (struct test_console){.d = d, .s = socket_stream(fds[0])};
	fiber_spawn(&d->fibers, "device", serve, s);
}

void test_console_close(struct test_console *c)
{
	stream_free(c->s);
	buf_fini(&c->in);
	*c = (struct test_console){0};
}

void test_console_send(struct test_console *c, const struct buf *b)
{
	/* A device that refused may have closed already. */
	err_free(stream_write(c->s, b->p, b->len, deadline_in(TEST_MS)));
}

static struct err *read_some(struct test_console *c, struct deadline until, size_t *n)
{
	struct err *e = stream_read(c->s, buf_reserve(&c->in, 16384), 16384, until, n);

	c->in.len += *n;
	return e;
}

bool test_console_more(struct test_console *c)
{
	size_t n;
	struct err *e = read_some(c, deadline_in(TEST_MS), &n);

	if (e != NULL && e->kind != ERR_CLOSED)
		fail_msg("the device says nothing: %s", e->msg);
	c->ended = e != NULL || n == 0;
	err_free(e);
	return !c->ended;
}

bool test_console_closed(struct test_console *c)
{
	return c->in.len == 0 && !test_console_more(c);
}

bool test_console_silent(struct test_console *c, int64_t ms)
{
	size_t n;
	struct err *e = read_some(c, deadline_in(ms), &n);
	bool silent = err_is(e, ERR_TIMEOUT);

	err_free(e);
	return silent;
}

struct redir_msg test_console_reply(struct test_console *c)
{
	struct redir_msg m;
	const char *why = NULL;
	static char last[REDIR_AUTH_MAX + 16];
	ssize_t n;

	while ((n = redir_decode(c->in.p, c->in.len, &m, &why)) == 0)
		if (!test_console_more(c))
			fail_msg("the device closed instead of a reply");
	if (n < 0)
		fail_msg("%s", why);
	memcpy(last, c->in.p, (size_t)n);
	buf_consume(&c->in, (size_t)n);
	assert_int_equal(redir_decode(last, (size_t)n, &m, &why), n);
	return m;
}

uint8_t test_console_start(struct test_console *c, enum redir_kind kind)
{
	struct buf b = {0};

	redir_encode_start(&b, kind);
	test_console_send(c, &b);
	buf_fini(&b);
	struct redir_msg m = test_console_reply(c);
	assert_int_equal(m.op, REDIR_START_REPLY);
	assert_int_equal(m.start_reply.oem_data.n, 0);
	return m.status;
}

uint8_t test_console_digest(struct test_console *c, uint8_t type, const char *user,
			    const char *password)
{
	struct digest_challenge got;
	char digits[33];
	struct buf b = {0};

	redir_encode_blank(&b, type, str_of(user));
	test_console_send(c, &b);
	struct redir_msg m = test_console_reply(c);
	assert_int_equal(m.op, REDIR_AUTH_REPLY);
	assert_int_equal(m.status, REDIR_AUTH_FAILED);
	assert_true(redir_challenge_decode(m.auth.type, m.auth.data, &got));
	assert_true(got.realm.n <= 64 && got.nonce.n <= 32);
	digest_ha1(str_of(user), got.realm, str_of(password), digits);
	buf_clear(&b);
	redir_encode_answer(&b, type, &got, str_of(user), digits, STR("0123456789"), 2);
	test_console_send(c, &b);
	buf_fini(&b);
	return test_console_reply(c).status;
}

void test_console_login(struct test_console *c, struct test_device *d,
			enum redir_kind kind)
{
	test_console_open(c, d);
	assert_int_equal(test_console_start(c, kind), REDIR_STARTED);
	assert_int_equal(test_console_digest(c, REDIR_BY_DIGEST, "admin", TEST_PASSWORD),
			 REDIR_AUTH_OK);
}
