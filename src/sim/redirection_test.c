/* SPDX-License-Identifier: Apache-2.0
 * Redirection sessions of the virtual device: start, authentication, who is refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sim/redirection_test_tools.h>

static void send_text(struct test_console *c, struct str bytes)
{
	struct buf b = {0};

	buf_addstr(&b, bytes);
	test_console_send(c, &b);
	buf_fini(&b);
}

static void logins(struct test_device *d)
{
	struct test_console c;
	struct buf b = {0};

	/* As the browser clients do: query, digest. */
	test_console_open(&c, d);
	assert_int_equal(test_console_start(&c, REDIR_SOL), REDIR_STARTED);
	redir_encode_query(&b);
	test_console_send(&c, &b);
	struct redir_msg m = test_console_reply(&c);
	assert_true(m.op == REDIR_AUTH_REPLY && m.status == 0 && m.auth.type == 0);
	assert_non_null(memchr(m.auth.data.p, REDIR_BY_DIGEST, m.auth.data.n));
	assert_int_equal(test_console_digest(&c, REDIR_BY_DIGEST, "admin", TEST_PASSWORD),
			 0);
	assert_true(sim_redirection_active(&d->r, REDIR_SOL));
	test_console_close(&c);

	test_console_open(&c, d);
	assert_int_equal(test_console_start(&c, REDIR_KVM), REDIR_STARTED);
	assert_int_equal(
		test_console_digest(&c, REDIR_BY_DIGEST_2069, "admin", TEST_PASSWORD), 0);
	test_console_close(&c);

	/* amtterm: the password in clear, without a query. */
	test_console_open(&c, d);
	assert_int_equal(test_console_start(&c, REDIR_IDER), REDIR_STARTED);
	buf_clear(&b);
	redir_encode_password(&b, STR("admin"), STR(TEST_PASSWORD));
	test_console_send(&c, &b);
	assert_int_equal(test_console_reply(&c).status, REDIR_AUTH_OK);
	test_console_close(&c);
	buf_fini(&b);
}

static void wrong_logins(struct test_device *d)
{
	struct test_console c;
	struct buf b = {0};

	test_console_open(&c, d);
	test_console_start(&c, REDIR_SOL);
	assert_int_equal(test_console_digest(&c, REDIR_BY_DIGEST, "admin", "wrong"), 1);
	assert_int_equal(test_console_digest(&c, REDIR_BY_DIGEST, "root", TEST_PASSWORD),
			 1);
	assert_int_equal(test_console_digest(&c, REDIR_BY_DIGEST, "admin", "wrong"), 1);
	assert_true(test_console_closed(&c));
	test_console_close(&c);

	/* After two failures the right one still counts. */
	test_console_open(&c, d);
	test_console_start(&c, REDIR_SOL);
	assert_int_equal(test_console_digest(&c, REDIR_BY_DIGEST, "admin", ""), 1);
	redir_encode_password(&b, STR("admin"), STR("wrong"));
	test_console_send(&c, &b);
	assert_int_equal(test_console_reply(&c).status, REDIR_AUTH_FAILED);
	assert_int_equal(test_console_digest(&c, REDIR_BY_DIGEST, "admin", TEST_PASSWORD),
			 0);
	test_console_close(&c);
	buf_fini(&b);
}

/* An answer is good for its own challenge only. */
static void replayed_answers(struct test_device *d)
{
	struct test_console c;
	struct digest_challenge first;
	char digits[33], nonce[33] = "";
	struct buf b = {0};

	test_console_open(&c, d);
	test_console_start(&c, REDIR_SOL);
	for (int i = 0; i < 2; i++) {
		buf_clear(&b);
		redir_encode_blank(&b, REDIR_BY_DIGEST, STR("admin"));
		test_console_send(&c, &b);
		struct redir_msg m = test_console_reply(&c);
		assert_true(redir_challenge_decode(m.auth.type, m.auth.data, &first));
		if (i == 0)
			memcpy(nonce, first.nonce.p, first.nonce.n);
	}
	assert_false(str_eqz(first.nonce, nonce));
	first.nonce = str_of(nonce);
	digest_ha1(STR("admin"), STR(TEST_REALM), STR(TEST_PASSWORD), digits);
	buf_clear(&b);
	redir_encode_answer(&b, REDIR_BY_DIGEST, &first, STR("admin"), digits, STR("x"),
			    1);
	test_console_send(&c, &b);
	assert_int_equal(test_console_reply(&c).status, REDIR_AUTH_FAILED);
	test_console_close(&c);
	buf_fini(&b);
}

static void refusals(struct test_device *d)
{
	struct test_console c, busy;

	test_console_open(&c, d);
	send_text(&c, STR("\x10\0\0\0TEST"));
	assert_int_equal(test_console_reply(&c).status, REDIR_TYPE_UNKNOWN);
	assert_true(test_console_closed(&c));
	test_console_close(&c);

	d->r.enabled = 1u << REDIR_KVM;
	test_console_open(&c, d);
	assert_int_equal(test_console_start(&c, REDIR_SOL), REDIR_UNSUPPORTED);
	assert_true(test_console_closed(&c));
	test_console_close(&c);
	d->r.enabled = 7;

	d->r.consent_missing = 1u << REDIR_KVM;
	test_console_open(&c, d);
	assert_int_equal(test_console_start(&c, REDIR_KVM), REDIR_FAILED);
	assert_true(test_console_closed(&c));
	test_console_close(&c);
	d->r.consent_missing = 0;

	test_console_login(&c, d, REDIR_SOL);
	test_console_open(&busy, d);
	assert_int_equal(test_console_start(&busy, REDIR_SOL), REDIR_BUSY);
	assert_true(test_console_closed(&busy));
	test_console_close(&busy);
	/* Another kind has its own place; the same kind again when the first is gone. */
	test_console_login(&busy, d, REDIR_KVM);
	test_console_close(&busy);
	sim_redirection_end(&d->r, REDIR_SOL);
	assert_true(test_console_closed(&c));
	test_console_close(&c);
	assert_false(sim_redirection_active(&d->r, REDIR_SOL));
	test_console_login(&c, d, REDIR_SOL);
	test_console_close(&c);
}

/* Two that log in at the same time: the second to finish loses. */
static void races(struct test_device *d)
{
	struct test_console a, b;

	test_console_open(&a, d);
	test_console_open(&b, d);
	assert_int_equal(test_console_start(&a, REDIR_SOL), REDIR_STARTED);
	assert_int_equal(test_console_start(&b, REDIR_SOL), REDIR_STARTED);
	assert_int_equal(test_console_digest(&a, REDIR_BY_DIGEST, "admin", TEST_PASSWORD),
			 0);
	assert_int_equal(test_console_digest(&b, REDIR_BY_DIGEST, "admin", TEST_PASSWORD),
			 0);
	assert_true(test_console_closed(&b));
	assert_true(sim_redirection_active(&d->r, REDIR_SOL));
	test_console_close(&a);
	test_console_close(&b);
}

struct hostile {
	const char *name;
	bool started;
	struct str bytes;
};

/* clang-format off */
static const struct hostile hostile[] = {
	{"HTTP", false, STR("GET / HTTP/1.1\r\n\r\n")},
	{"login before start", false, STR("\x13\0\0\0\0\0\0\0\0")},
	{"a device's message", false, STR("\x11\0\0\0\0\0\0\0\0\0\0\0\0")},
	{"data before login", true, STR("\x28\0\0\0\0\0\0\0\x01\0x")},
	{"start again", true, STR("\x10\0\0\0SOL ")},
	{"oversized login", true, STR("\x13\0\0\0\x04\xff\xff\xff\xff")},
	{"end", true, STR("\x12\0\0\0")},
};
/* clang-format on */

static void hostile_consoles(struct test_device *d)
{
	struct test_console c;

	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		test_console_open(&c, d);
		if (hostile[i].started)
			assert_int_equal(test_console_start(&c, REDIR_SOL),
					 REDIR_STARTED);
		send_text(&c, hostile[i].bytes);
		if (!test_console_closed(&c))
			fail_msg("%s: not closed", hostile[i].name);
		test_console_close(&c);
	}
}

static void endless_queries(struct test_device *d)
{
	struct test_console c;
	struct buf b = {0};
	unsigned answered = 0;

	test_console_open(&c, d);
	test_console_start(&c, REDIR_SOL);
	for (int i = 0; i < 100; i++)
		redir_encode_query(&b);
	test_console_send(&c, &b);
	while (test_console_more(&c))
		;
	answered = (unsigned)c.in.len / 12;
	assert_true(answered > 1 && answered < 20);
	test_console_close(&c);
	buf_fini(&b);
}

static void too_many(struct test_device *d)
{
	struct test_console c[SIM_REDIRECTION_CONNECTIONS + 1];

	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		test_console_open(&c[i], d);
	assert_true(test_console_closed(&c[ARRAY_LEN(c) - 1]));
	assert_int_equal(test_console_start(&c[0], REDIR_SOL), REDIR_STARTED);
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		test_console_close(&c[i]);
}

/* The last test: the clock stays frozen. */
static void logins_take_no_longer(struct test_device *d)
{
	struct test_console c;

	clock_freeze(1000000, 1700000000000);
	test_console_open(&c, d);
	test_console_start(&c, REDIR_SOL);
	clock_advance(30001);
	while (test_console_more(&c))
		;
	assert_true(c.ended);
	test_console_close(&c);
}

#define TEST(fn)                        \
	static void fn##_(void **state) \
	{                               \
		test_with_device(fn);   \
	}
TEST(logins)
TEST(wrong_logins)
TEST(replayed_answers)
TEST(refusals)
TEST(races)
TEST(hostile_consoles)
TEST(endless_queries)
TEST(too_many)
TEST(logins_take_no_longer)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logins_),
		cmocka_unit_test(wrong_logins_),
		cmocka_unit_test(replayed_answers_),
		cmocka_unit_test(refusals_),
		cmocka_unit_test(races_),
		cmocka_unit_test(hostile_consoles_),
		cmocka_unit_test(endless_queries_),
		cmocka_unit_test(too_many_),
		cmocka_unit_test(logins_take_no_longer_),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
