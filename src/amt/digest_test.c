/* SPDX-License-Identifier: Apache-2.0
 * Digest: the vector of RFC 2617 section 3.5, AMT's challenge (wire-amt.md 3.1), the
 * forms clients send (wire-amt.md 3.2), malformed headers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/digest.h>
#include <stdlib.h>

#define REALM "Digest:A4070000000000000000000000000000"
#define NONCE "Hp0BAAAAAAAAAAAAq83vEjRWeJq8zRI0"
#define AMT_CHALLENGE \
	"Digest realm=\"" REALM "\", nonce=\"" NONCE "\",stale=\"false\",qop=\"auth\""

static void assert_str(struct str s, const char *want)
{
	if (!str_eqz(s, want))
		print_error("\"" STR_FMT "\" instead of \"%s\"\n", STR_ARG(s), want);
	assert_true(str_eqz(s, want));
}

/* From a heap copy without NUL, so that reading too far shows. */
static bool parse_challenge(struct arena *a, const char *text, struct digest_challenge *c)
{
	size_t n = strlen(text);
	char *copy = malloc(n > 0 ? n : 1);

	assert_non_null(copy);
	memcpy(copy, text, n);
	bool ok = digest_parse_challenge(a, (struct str){copy, n}, c);
	free(copy);
	return ok;
}

static bool parse_response(struct arena *a, const char *text, struct digest_response *r)
{
	size_t n = strlen(text);
	char *copy = malloc(n > 0 ? n : 1);

	assert_non_null(copy);
	memcpy(copy, text, n);
	bool ok = digest_parse_response(a, (struct str){copy, n}, r);
	free(copy);
	return ok;
}

static void challenge_of_amt_is_parsed(void **state)
{
	struct arena a = {0};
	struct digest_challenge c;

	assert_true(parse_challenge(&a, AMT_CHALLENGE, &c));
	assert_str(c.realm, REALM);
	assert_str(c.nonce, NONCE);
	assert_str(c.qop, "auth");
	assert_false(c.stale);
	assert_null(c.opaque.p);
	arena_fini(&a);
}

static void challenge_forms_that_are_taken(void **state)
{
	static const struct {
		const char *text, *realm, *nonce, *qop, *opaque;
		bool stale;
	} good[] = {
		{"Digest realm=r, nonce=n", "r", "n", "", NULL, false},
		{"digest REALM = \"r\" , Nonce=\"n\"", "r", "n", "", NULL, false},
		{"Digest\trealm=\"a\\\"b\\\\c\",nonce=\"n\"", "a\"b\\c", "n", "", NULL,
		 false},
		{"Digest realm=\"r, s\",nonce=\"n=\",qop=\"auth-int, auth\"", "r, s",
		 "n=", "auth", NULL, false},
		{"Digest realm=\"\",nonce=\"n\",qop=\"\"", "", "n", "", NULL, false},
		{"Digest "
		 "realm=r,nonce=n,opaque=\"o\",stale=TRUE,algorithm=MD5,domain=\"/\"",
		 "r", "n", "", "o", true},
		{"  Digest realm=r,nonce=n,algorithm=\"md5\"  ", "r", "n", "", NULL,
		 false},
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct arena a = {0};
		struct digest_challenge c;
		if (!parse_challenge(&a, good[i].text, &c))
			fail_msg("%s", good[i].text);
		assert_str(c.realm, good[i].realm);
		assert_str(c.nonce, good[i].nonce);
		assert_str(c.qop, good[i].qop);
		assert_int_equal(c.opaque.p != NULL, good[i].opaque != NULL);
		if (good[i].opaque != NULL)
			assert_str(c.opaque, good[i].opaque);
		assert_int_equal(c.stale, good[i].stale);
		arena_fini(&a);
	}
}

static void challenge_forms_that_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"Digest",
		"Digest ",
		"Basic realm=\"r\"",
		"Negotiate",
		"Digestrealm=r,nonce=n",
		"Digest nonce=\"n\"",
		"Digest realm=\"r\"",
		"Digest realm=\"r\",nonce=\"\"",
		"Digest realm=\"r\",nonce=",
		"Digest realm=\"r\",nonce=\"n",
		"Digest realm=\"r\",nonce=\"n\\",
		"Digest realm=\"r\" nonce=\"n\"",
		"Digest realm=\"r\",nonce=\"n\",",
		"Digest realm=\"r\",,nonce=\"n\"",
		"Digest realm,nonce=\"n\"",
		"Digest =\"r\",nonce=\"n\"",
		"Digest realm=\"r\",nonce=\"a\",nonce=\"b\"",
		"Digest realm=\"r\",Realm=\"r\",nonce=\"a\"",
		"Digest realm=\"r\r\nX: y\",nonce=\"n\"",
		"Digest realm=\"r\",nonce=\"n\",algorithm=MD5-sess",
		"Digest realm=\"r\",nonce=\"n\",algorithm=SHA-256",
		"Digest realm=\"r\",nonce=\"n\",qop=\"auth-int\"",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arena a = {0};
		struct digest_challenge c;
		if (parse_challenge(&a, bad[i], &c))
			fail_msg("taken: %s", bad[i]);
		arena_fini(&a);
	}
}

#define RFC_COMMON                                                   \
	"Digest username=\"Mufasa\", realm=\"testrealm@host.com\", " \
	"nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "

static void vector_of_rfc_2617_verifies(void **state)
{
	struct arena a = {0};
	struct digest_response r;
	char ha1[33];

	digest_ha1(STR("Mufasa"), STR("testrealm@host.com"), STR("Circle Of Life"), ha1);
	assert_string_equal(ha1, "939e7578ed9e3c518a452acee763bce9");
	assert_true(parse_response(&a,
				   RFC_COMMON
				   "qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
				   "response=\"6629fae49393a05397450978507c4ef1\", "
				   "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
				   &r));
	assert_str(r.user, "Mufasa");
	assert_str(r.opaque, "5ccc069c403ebaf9f0171e9517f40e41");
	assert_int_equal(r.nc, 1);
	assert_true(digest_verify(&r, ha1, "GET"));
	assert_false(digest_verify(&r, ha1, "POST"));
	ha1[0] = '0';
	assert_false(digest_verify(&r, ha1, "GET"));
	arena_fini(&a);
}

static void response_without_qop_verifies(void **state)
{
	struct arena a = {0};
	struct digest_response r;
	char ha1[33];

	digest_ha1(STR("Mufasa"), STR("testrealm@host.com"), STR("Circle Of Life"), ha1);
	assert_true(parse_response(
		&a, RFC_COMMON "response=\"670fd8c2df070c60b045671b8b24ff02\"", &r));
	assert_int_equal(r.qop.n, 0);
	assert_true(digest_verify(&r, ha1, "GET"));
	arena_fini(&a);
}

/* MPS and Go quote everything, MeshCommander neither qop nor nc; orders differ. */
static void response_forms_of_clients_verify(void **state)
{
#define U "username=\"admin\""
#define R "realm=\"" REALM "\""
#define N "nonce=\"" NONCE "\""
#define RESP "response=\"8ad182bb720eba06674817ec3d374a23\""
	static const char *const forms[] = {
		"Digest " U "," R "," N ",uri=\"/wsman\",qop=\"auth\"," RESP
		",nc=\"00000002\",cnonce=\"1a2b3c\"",
		"Digest " U "," R "," N ",uri=\"/wsman\"," RESP
		",qop=\"auth\",nc=\"00000002\",cnonce=\"1a2b3c\"",
		"Digest " U "," R "," N ",uri=\"/wsman\",qop=auth, " RESP
		", nc=00000002, cnonce=\"1a2b3c\"",
		"digest cnonce=1a2b3c , nc=00000002,qop=auth,uri=/wsman," RESP "," N "," R
		"," U,
	};
	char ha1[33];

	digest_ha1(STR("admin"), STR(REALM), STR("P@ssw0rd"), ha1);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct arena a = {0};
		struct digest_response r;
		if (!parse_response(&a, forms[i], &r))
			fail_msg("%s", forms[i]);
		assert_str(r.uri, "/wsman");
		assert_int_equal(r.nc, 2);
		assert_true(digest_verify(&r, ha1, "POST"));
		arena_fini(&a);
	}
}

static void response_forms_that_are_refused(void **state)
{
#define X32 "0123456789abcdef0123456789abcdef"
	static const char *const bad[] = {
		"Basic YWRtaW46cGFzcw==",
		"Digest " R "," N ",uri=\"/wsman\",response=" X32,
		"Digest " U "," N ",uri=\"/wsman\",response=" X32,
		"Digest " U "," R ",uri=\"/wsman\",response=" X32,
		"Digest " U "," R "," N ",response=" X32,
		"Digest " U "," R "," N ",uri=\"/wsman\"",
		"Digest " U "," R "," N ",uri=\"/wsman\",response=" X32 "0",
		"Digest " U "," R "," N ",uri=\"/wsman\",response=short",
		"Digest " U "," U "," R "," N ",uri=\"/wsman\",response=" X32,
		"Digest " U "," R "," N ",uri=\"/wsman\",response=" X32
		",qop=auth-int,nc=00000001,"
		"cnonce=c",
		"Digest " U "," R "," N ",uri=\"/wsman\",response=" X32
		",qop=auth,nc=00000001",
		"Digest " U "," R "," N ",uri=\"/wsman\",response=" X32
		",qop=auth,cnonce=c",
		"Digest " U "," R "," N ",uri=\"/wsman\",response=" X32
		",qop=auth,nc=1,cnonce=c",
		"Digest " U "," R "," N ",uri=\"/wsman\",response=" X32
		",qop=auth,nc=0000000g,cnonce=c",
		"Digest " U "," R "," N ",uri=\"/wsman\",response=" X32
		",qop=auth,nc=000000001,cnonce=c",
		"Digest " U "," R "," N ",uri=\"/wsman\",response=" X32
		",algorithm=SHA-256",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arena a = {0};
		struct digest_response r;
		if (parse_response(&a, bad[i], &r))
			fail_msg("taken: %s", bad[i]);
		arena_fini(&a);
	}
}

static void authorize_writes_the_form_of_mps(void **state)
{
	struct arena a = {0};
	struct digest_challenge c;
	struct digest_response r;
	char ha1[33];

	assert_true(parse_challenge(&a, AMT_CHALLENGE, &c));
	digest_ha1(STR("admin"), c.realm, STR("P@ssw0rd"), ha1);
	const char *text =
		digest_authorize(&a, &c, STR("admin"), ha1, "POST", "/wsman", 0x1f);
	const char *start = "Digest username=\"admin\",realm=\"" REALM "\",nonce=\"" NONCE
			    "\",uri=\"/wsman\",qop=\"auth\",response=\"";
	assert_memory_equal(text, start, strlen(start));
	assert_non_null(strstr(text, "\",nc=\"0000001f\",cnonce=\""));
	assert_null(strstr(text, "opaque"));
	assert_true(parse_response(&a, text, &r));
	assert_int_equal(r.nc, 0x1f);
	assert_true(digest_verify(&r, ha1, "POST"));
	arena_fini(&a);
}

static void authorize_without_qop_and_with_opaque_verifies(void **state)
{
	struct arena a = {0};
	struct digest_challenge c;
	struct digest_response r;
	char ha1[33];

	assert_true(
		parse_challenge(&a, "Digest realm=\"q\\\"x\",nonce=n,opaque=\"o\"", &c));
	digest_ha1(STR("us\"er"), c.realm, STR(""), ha1);
	const char *text =
		digest_authorize(&a, &c, STR("us\"er"), ha1, "POST", "/wsman", 1);
	assert_null(strstr(text, "cnonce"));
	assert_true(parse_response(&a, text, &r));
	assert_str(r.user, "us\"er");
	assert_str(r.realm, "q\"x");
	assert_str(r.opaque, "o");
	assert_int_equal(r.qop.n, 0);
	assert_true(digest_verify(&r, ha1, "POST"));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenge_of_amt_is_parsed),
		cmocka_unit_test(challenge_forms_that_are_taken),
		cmocka_unit_test(challenge_forms_that_are_refused),
		cmocka_unit_test(vector_of_rfc_2617_verifies),
		cmocka_unit_test(response_without_qop_verifies),
		cmocka_unit_test(response_forms_of_clients_verify),
		cmocka_unit_test(response_forms_that_are_refused),
		cmocka_unit_test(authorize_writes_the_form_of_mps),
		cmocka_unit_test(authorize_without_qop_and_with_opaque_verifies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
