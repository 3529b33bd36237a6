/* SPDX-License-Identifier: Apache-2.0
 * Session start and authentication: golden bytes (wire-amt.md 4.1-4.2), pieces, limits,
 * and a whole login with both digests.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/redirection/codec_test.h>
#include <amt/redirection/session.h>

static ssize_t decode(const void *p, size_t n, void *m, const char **why)
{
	return redir_decode(p, n, m, why);
}

static void encode(struct buf *out, const void *m)
{
	redir_encode(out, m);
}

static struct redir_msg message;
static const struct codec codec = {decode, encode, &message};

struct golden {
	const char *name;
	struct str bytes;
	struct redir_msg msg;
};

/* clang-format off */
static const struct golden goldens[] = {
	{"start SOL", STR("\x10\0\0\0SOL "), {.op = REDIR_START, .start = {0, "SOL "}}},
	{"start IDE-R", STR("\x10\0\0\0IDER"), {.op = REDIR_START, .start = {0, "IDER"}}},
	{"start KVM", STR("\x10\x01\0\0KVMR"), {.op = REDIR_START, .start = {1, "KVMR"}}},
	{"started", STR("\x11\0\0\0\x01\0\x02\0\x57\x01\0\0\0"),
	 {.op = REDIR_START_REPLY, .start_reply = {1, 0, 2, 0, 343}}},
	{"started, OEM data", STR("\x11\0\0\0\x01\0\0\0\0\0\0\0\x03" "oem"),
	 {.op = REDIR_START_REPLY, .start_reply = {.major = 1, .oem_data = STR("oem")}}},
	{"busy", STR("\x11\x02\0\0\0\0\0\0\0\0\0\0\0"),
	 {.op = REDIR_START_REPLY, .status = REDIR_BUSY}},
	{"end", STR("\x12\0\0\0"), {.op = REDIR_END}},
	{"query", STR("\x13\0\0\0\0\0\0\0\0"), {.op = REDIR_AUTH}},
	{"types", STR("\x14\0\0\0\0\x03\0\0\0\x01\x03\x04"),
	 {.op = REDIR_AUTH_REPLY, .auth = {0, STR("\x01\x03\x04")}}},
	{"authenticated", STR("\x14\0\0\0\x04\0\0\0\0"),
	 {.op = REDIR_AUTH_REPLY, .auth = {REDIR_BY_DIGEST}}},
	{"already authenticated by the web page", STR("\x13\0\0\0\x02\0\0\0\0"),
	 {.op = REDIR_AUTH, .auth = {REDIR_BY_KERBEROS}}},
};

/* Whole messages that helpers write. */
#define BLANK "\x13\0\0\0\x04\x20\0\0\0\x05" "admin\0\0\x13/RedirectionService\0\0\0\0"
#define CHALLENGE "\x14\x01\0\0\x04\x11\0\0\0\x05realm\x05nonce\x04" "auth"
#define CHALLENGE_2069 "\x14\x01\0\0\x03\x0c\0\0\0\x05realm\x05nonce"
#define PASSWORD "\x13\0\0\0\x01\x0e\0\0\0\x05" "admin\x07" "P@ssw0r"
/* clang-format on */

static void messages_round_trip(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++)
		codec_check(&codec, goldens[i].name, goldens[i].bytes, &goldens[i].msg);
}

static void malformed_is_refused(void **state)
{
	const char *why = NULL;
	char *copy;

	codec_check_refused(&codec, "unknown opcode", STR("\x15"));
	codec_check_refused(&codec, "zero", STR("\0"));
	/* Without waiting for the 2049 bytes. */
	codec_check_refused(&codec, "oversized login", STR("\x13\0\0\0\x04\x01\x08\0\0"));
	codec_check_refused(&codec, "oversized reply",
			    STR("\x14\0\0\0\x04\xff\xff\xff\xff"));
	assert_int_equal(codec_try(&codec, "\x13\0\0\0\x04\0\x08\0\0", 9, &copy, &why),
			 0);
	free(copy);
}

static void kinds_have_their_types(void **state)
{
	static const struct str starts[] = {STR("\x10\0\0\0SOL "), STR("\x10\0\0\0IDER"),
					    STR("\x10\x01\0\0KVMR")};
	enum redir_kind kind;

	for (unsigned i = 0; i < REDIR_KINDS; i++) {
		struct buf b = {0};
		redir_encode_start(&b, (enum redir_kind)i);
		assert_true(str_eq(buf_str(&b), starts[i]));
		assert_true(redir_kind_from(redir_kind_type((enum redir_kind)i), &kind));
		assert_int_equal(kind, i);
		buf_fini(&b);
	}
	assert_false(redir_kind_from("NONE", &kind));
	for (unsigned i = 0; i < 256; i++)
		assert_non_null(redir_start_text((uint8_t)i));
}

static void helpers_write_golden_bytes(void **state)
{
	struct digest_challenge c = {
		.realm = STR("realm"), .nonce = STR("nonce"), .qop = STR("auth")};
	struct buf b = {0};

	redir_encode_query(&b);
	assert_true(str_eq(buf_str(&b), STR("\x13\0\0\0\0\0\0\0\0")));
	buf_clear(&b);
	redir_encode_blank(&b, REDIR_BY_DIGEST, STR("admin"));
	assert_true(str_eq(buf_str(&b), STR(BLANK)));
	buf_clear(&b);
	redir_encode_challenge(&b, REDIR_BY_DIGEST, &c);
	assert_true(str_eq(buf_str(&b), STR(CHALLENGE)));
	buf_clear(&b);
	redir_encode_challenge(&b, REDIR_BY_DIGEST_2069, &c);
	assert_true(str_eq(buf_str(&b), STR(CHALLENGE_2069)));
	buf_clear(&b);
	redir_encode_password(&b, STR("admin"), STR("P@ssw0r"));
	assert_true(str_eq(buf_str(&b), STR(PASSWORD)));
	buf_fini(&b);
}

/* The answer to a challenge verifies on the other side, and only with the right password.
 */
static void login_with(uint8_t type)
{
	const struct digest_challenge c = {
		.realm = STR("Digest:A4070000000000000000000000000000"),
		.nonce = STR("Ub8wADcAAADcAAAAx8M0tWBmcXQ5NTcy"),
		.qop = STR("auth")};
	char right[33], wrong[33];
	struct digest_challenge got;
	struct digest_response r;
	struct redir_msg m;
	const char *why;
	struct buf b = {0};

	digest_ha1(STR("admin"), c.realm, STR("P@ssw0rd"), right);
	digest_ha1(STR("admin"), c.realm, STR("password"), wrong);
	redir_encode_challenge(&b, type, &c);
	assert_true(redir_decode(b.p, b.len, &m, &why) == (ssize_t)b.len);
	assert_int_equal(m.status, REDIR_AUTH_FAILED);
	assert_true(redir_challenge_decode(m.auth.type, m.auth.data, &got));
	struct buf answer = {0};
	redir_encode_answer(&answer, type, &got, STR("admin"), right, STR("0123456789"),
			    1);
	assert_true(redir_decode(answer.p, answer.len, &m, &why) == (ssize_t)answer.len);
	assert_true(redir_response_decode(m.auth.type, m.auth.data, &r));
	assert_true(str_eq(r.realm, c.realm) && str_eq(r.nonce, c.nonce));
	assert_true(str_eqz(r.uri, REDIR_URI) && str_eqz(r.user, "admin"));
	assert_int_equal(r.nc, type == REDIR_BY_DIGEST ? 1 : 0);
	assert_true(digest_verify(&r, right, REDIR_METHOD));
	assert_false(digest_verify(&r, wrong, REDIR_METHOD));
	buf_fini(&b);
	buf_fini(&answer);
}

static void digests_verify(void **state)
{
	login_with(REDIR_BY_DIGEST);
	login_with(REDIR_BY_DIGEST_2069);
}

/* RFC 2069 and 2617 by hand: MD5 of fixed texts. */
static void digest_is_the_documented_formula(void **state)
{
	const struct digest_challenge c = {
		.realm = STR("realm"), .nonce = STR("nonce"), .qop = STR("auth")};
	struct redir_msg m;
	struct digest_response r;
	const char *why;
	char ha1[33];
	struct buf b = {0};

	digest_ha1(STR("admin"), c.realm, STR("P@ssw0rd"), ha1);
	assert_string_equal(ha1, "2daad3fd201f8306cdf16236edb475ba");
	redir_encode_answer(&b, REDIR_BY_DIGEST, &c, STR("admin"), ha1, STR("0123456789"),
			    2);
	assert_true(redir_decode(b.p, b.len, &m, &why) > 0);
	assert_true(redir_response_decode(m.auth.type, m.auth.data, &r));
	assert_true(str_eqz(r.nc_text, "00000002"));
	assert_true(str_eqz(r.response, "0e3cf94ce73dd6c0918fa09fee83d302"));
	buf_clear(&b);
	redir_encode_answer(&b, REDIR_BY_DIGEST_2069, &c, STR("admin"), ha1,
			    STR("0123456789"), 2);
	assert_true(redir_decode(b.p, b.len, &m, &why) > 0);
	assert_true(redir_response_decode(m.auth.type, m.auth.data, &r));
	assert_true(str_eqz(r.response, "8eb0c9204dab42c44b81b9c70e47822d"));
	buf_fini(&b);
}

#define HEX32 "0123456789abcdef0123456789abcdef"

struct bad {
	const char *name;
	uint8_t type;
	struct str data;
};

/* clang-format off */
static const struct bad bad_responses[] = {
	{"nothing", 4, STR("")},
	{"cut within a text", 4, STR("\x05" "adm")},
	{"a field is missing", 4, STR("\x05" "admin\0\0\0\0\0\0")},
	{"bytes behind the last", 4, STR("\x05" "admin\0\0\0\0\0\0\0x")},
	{"Kerberos", 2, STR("\x05" "admin\0\0\0\0\0\0\0")},
	{"response too short", 4, STR("\0\x01r\x01n\x01u\x01" "c\x08" "00000001\x02" "ab\x04" "auth")},
	{"qop auth-int", 4, STR("\0\x01r\x01n\x01u\x01" "c\x08" "00000001\x20" HEX32 "\x08" "auth-int")},
	{"no cnonce", 4, STR("\0\x01r\x01n\x01u\0\x08" "00000001\x20" HEX32 "\x04" "auth")},
	{"nc is no number", 4, STR("\0\x01r\x01n\x01u\x01" "c\x08" "0000000g\x20" HEX32 "\x04" "auth")},
	{"nc of 7 digits", 4, STR("\0\x01r\x01n\x01u\x01" "c\x07" "0000001\x20" HEX32 "\x04" "auth")},
};
static const struct bad bad_challenges[] = {
	{"nothing", 4, STR("")},
	{"no qop", 4, STR("\x05realm\x05nonce\0")},
	{"qop auth-int", 4, STR("\x05realm\x05nonce\x08" "auth-int")},
	{"no realm", 4, STR("\0\x05nonce\x04" "auth")},
	{"no nonce", 4, STR("\x05realm\0\x04" "auth")},
	{"bytes behind the last", 4, STR("\x05realm\x05nonce\x04" "authx")},
	{"type of a password", 1, STR("\x05realm\x05nonce\x04" "auth")},
};
/* clang-format on */

static void malformed_logins_are_refused(void **state)
{
	struct digest_response r;
	struct digest_challenge c;
	struct str user, password;

	for (size_t i = 0; i < ARRAY_LEN(bad_responses); i++)
		if (redir_response_decode(bad_responses[i].type, bad_responses[i].data,
					  &r))
			fail_msg("%s", bad_responses[i].name);
	for (size_t i = 0; i < ARRAY_LEN(bad_challenges); i++)
		if (redir_challenge_decode(bad_challenges[i].type, bad_challenges[i].data,
					   &c))
			fail_msg("%s", bad_challenges[i].name);
	assert_false(redir_password_decode(STR("\x05"
					       "admin"),
					   &user, &password));
	assert_false(redir_password_decode(STR("\x01"
					       "a\x01"
					       "bc"),
					   &user, &password));
	assert_true(redir_password_decode(STR("\x01"
					      "a\x02"
					      "bc"),
					  &user, &password));
	assert_true(str_eqz(user, "a") && str_eqz(password, "bc"));
}

static void blank_login_is_recognised(void **state)
{
	struct digest_response r;

	assert_true(redir_response_decode(4,
					  STR("\x05"
					      "admin\0\0\x13/RedirectionService\0\0\0\0"),
					  &r));
	assert_int_equal(r.realm.n, 0);
	assert_true(str_eqz(r.user, "admin") && str_eqz(r.uri, REDIR_URI));
	assert_true(redir_response_decode(3,
					  STR("\x05"
					      "admin\0\0\0\0\0\0"),
					  &r));
	assert_int_equal(r.realm.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_round_trip),
		cmocka_unit_test(malformed_is_refused),
		cmocka_unit_test(kinds_have_their_types),
		cmocka_unit_test(helpers_write_golden_bytes),
		cmocka_unit_test(digests_verify),
		cmocka_unit_test(digest_is_the_documented_formula),
		cmocka_unit_test(malformed_logins_are_refused),
		cmocka_unit_test(blank_login_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
