/* SPDX-License-Identifier: Apache-2.0
 * Signed tokens: vectors of RFC 7515, every accepted algorithm, and what must be refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <iam/iam_priv.h>

#include <base/encode.h>
#include <stdlib.h>

#define NOW_S 1768456800 /* 2026-01-15T06:00:00Z */
#define A1_PAYLOAD                                                                       \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc1" \
	"9y"                                                                             \
	"b290Ijp0cnVlfQ"

static struct arena arena;

static int fresh(void **state)
{
	arena_fini(&arena);
	return 0;
}

static void fails(struct err *e, enum err_kind kind, const char *text)
{
	const char *s;

	assert_non_null(e);
	s = err_str(e, &arena);
	if (e->kind != kind || strstr(s, text) == NULL)
		fail_msg("%s: %s", err_kind_name(e->kind), s);
	err_free(e);
}

static cjose_jwk_t *jwk(const char *json)
{
	cjose_err ce;
	cjose_jwk_t *k = cjose_jwk_import(json, strlen(json), &ce);

	assert_non_null(k);
	return k;
}

static void vector_check(const char *token, const char *key_json)
{
	cjose_jwk_t *k = jwk(key_json);
	struct jwt_header h;
	json_t *claims;
	char *bad;

	assert_null(jwt_header(str_of(token), &arena, &h));
	assert_null(jwt_verify(str_of(token), &h, k, &claims));
	assert_string_equal(json_string_value(json_object_get(claims, "iss")), "joe");
	assert_int_equal(json_integer_value(json_object_get(claims, "exp")), 1300819380);
	json_decref(claims);

	bad = arena_strdup(&arena, token);
	bad[strlen(bad) - 10] ^= 1;
	fails(jwt_verify(str_of(bad), &h, k, &claims), ERR_UNAUTHENTICATED, "signature");
	bad = arena_strdup(&arena, token);
	bad[strchr(bad, '.') - bad + 10] ^= 1;
	fails(jwt_verify(str_of(bad), &h, k, &claims), ERR_UNAUTHENTICATED, "signature");
	assert_null(claims);
	cjose_jwk_release(k);
}

static void rfc7515_vectors_verify(void **state)
{
	/* A.1 */
	vector_check("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." A1_PAYLOAD
		     ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		     "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"
		     "EstJQLr_T-1qS0g"
		     "ZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}");
	/* A.3 */
	vector_check(
		"eyJhbGciOiJFUzI1NiJ9." A1_PAYLOAD ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-"
		"F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTU"
		"JqPP3-Kg6NU1Q",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
		"\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tu"
		"s9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}");
}

static const char *sign(const cjose_jwk_t *k, const char *header, const char *payload)
{
	cjose_err ce;
	json_t *h = json_loads(header, 0, NULL);
	cjose_jws_t *jws =
		cjose_jws_sign(k, h, (const uint8_t *)payload, strlen(payload), &ce);
	const char *out;

	assert_non_null(jws);
	assert_true(cjose_jws_export(jws, &out, &ce));
	out = arena_strdup(&arena, out);
	cjose_jws_release(jws);
	json_decref(h);
	return out;
}

static cjose_jwk_t *keys[4]; /* RSA, P-256, P-384, P-521 */
static cjose_jwk_t *short_rsa, *oct;

static int keys_make(void **state)
{
	cjose_err ce;
	const uint8_t e[] = {1, 0, 1};

	keys[0] = cjose_jwk_create_RSA_random(2048, e, sizeof(e), &ce);
	keys[1] = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &ce);
	keys[2] = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_384, &ce);
	keys[3] = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_521, &ce);
	short_rsa = cjose_jwk_create_RSA_random(1024, e, sizeof(e), &ce);
	oct = cjose_jwk_create_oct_random(512, &ce);
	clock_freeze(1000, (int64_t)NOW_S * 1000);
	return 0;
}

static int keys_drop(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		cjose_jwk_release(keys[i]);
	cjose_jwk_release(short_rsa);
	cjose_jwk_release(oct);
	arena_fini(&arena);
	return 0;
}

static void every_algorithm_verifies_with_its_key_only(void **state)
{
	static const struct {
		const char *alg;
		int key;
	} t[] = {
		{"RS256", 0}, {"RS384", 0}, {"RS512", 0}, {"PS256", 0}, {"PS384", 0},
		{"PS512", 0}, {"ES256", 1}, {"ES384", 2}, {"ES512", 3},
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		const char *token =
			sign(keys[t[i].key],
			     arena_printf(&arena, "{\"alg\":\"%s\",\"kid\":\"k%zu\"}",
					  t[i].alg, i),
			     "{\"a\":1}");
		struct jwt_header h;
		json_t *claims;

		assert_null(jwt_header(str_of(token), &arena, &h));
		assert_string_equal(h.alg_name, t[i].alg);
		assert_string_equal(h.kid, arena_printf(&arena, "k%zu", i));
		for (int k = 0; k < 4; k++) {
			struct err *e = jwt_verify(str_of(token), &h, keys[k], &claims);

			if (k == t[i].key) {
				assert_null(e);
				assert_int_equal(
					json_integer_value(json_object_get(claims, "a")),
					1);
				json_decref(claims);
			} else {
				fails(e, ERR_UNAUTHENTICATED, "does not fit");
			}
		}
		fails(jwt_verify(str_of(token), &h, oct, &claims), ERR_UNAUTHENTICATED,
		      "does not fit");
	}
}

static void short_rsa_key_is_refused(void **state)
{
	const char *token = sign(short_rsa, "{\"alg\":\"RS256\"}", "{\"a\":1}");
	struct jwt_header h;
	json_t *claims;

	assert_null(jwt_header(str_of(token), &arena, &h));
	fails(jwt_verify(str_of(token), &h, short_rsa, &claims), ERR_UNAUTHENTICATED,
	      "fit");
}

static void signature_of_another_length_is_refused(void **state)
{
	static const char *const t[] = {"", "A", "AA", "AAAA", "dBjftJeZ4CVP", "!"};
	static const struct {
		int key;
		const char *alg;
	} k[] = {{0, "RS256"}, {0, "PS512"}, {1, "ES256"},
		 {2, "ES384"}, {3, "ES512"}, {4, "HS256"}};

	for (size_t i = 0; i < ARRAY_LEN(k); i++) {
		const cjose_jwk_t *key = k[i].key < 4 ? keys[k[i].key] : oct;
		const char *token =
			sign(key, arena_printf(&arena, "{\"alg\":\"%s\"}", k[i].alg),
			     "{\"a\":1}");
		const char *last = strrchr(token, '.') + 1;
		struct jwt_header h;
		json_t *claims;

		assert_null(jwt_header(str_of(token), &arena, &h));
		assert_null(jwt_verify(str_of(token), &h, key, &claims));
		json_decref(claims);
		for (size_t j = 0; j < ARRAY_LEN(t); j++) {
			/* In place of it, and behind it. */
			const char *bad = arena_printf(&arena, "%.*s%s",
						       (int)(last - token), token, t[j]);

			fails(jwt_verify(str_of(bad), &h, key, &claims),
			      ERR_UNAUTHENTICATED, "");
			bad = arena_printf(&arena, "%s%sAAAA", token, t[j]);
			fails(jwt_verify(str_of(bad), &h, key, &claims),
			      ERR_UNAUTHENTICATED, "");
			bad = arena_printf(&arena, "%s.%s", token, t[j]);
			fails(jwt_verify(str_of(bad), &h, key, &claims),
			      ERR_UNAUTHENTICATED, "");
		}
	}
}

/* The attack: a public key, which everybody has, taken as the secret of an HMAC. */
static void public_key_is_no_hmac_secret(void **state)
{
	cjose_err ce;
	char *public = cjose_jwk_to_json(keys[0], false, &ce);
	cjose_jwk_t *forger =
		cjose_jwk_create_oct_spec((const uint8_t *)public, strlen(public), &ce);
	const char *token =
		sign(forger, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "{\"a\":1}");
	struct jwt_header h;
	json_t *claims;

	assert_null(jwt_header(str_of(token), &arena, &h));
	fails(jwt_verify(str_of(token), &h, keys[0], &claims), ERR_UNAUTHENTICATED,
	      "does not fit");
	cjose_jwk_release(forger);
	cjose_get_dealloc()(public);
}

static const char *token_of(const char *header, const char *payload,
			    const char *signature)
{
	return arena_printf(
		&arena, "%s.%s.%s", base64url_encode(&arena, header, strlen(header)),
		base64url_encode(&arena, payload, strlen(payload)), signature);
}

static void header_is_refused(void **state)
{
	static const struct {
		const char *header, *why;
	} t[] = {
		{"{\"alg\":\"none\"}", "not accepted"},
		{"{\"alg\":\"None\"}", "not accepted"},
		{"{\"alg\":\"NONE\",\"typ\":\"JWT\"}", "not accepted"},
		{"{\"alg\":\"\"}", "not accepted"},
		{"{\"alg\":\"hs256\"}", "not accepted"},
		{"{\"alg\":\"HS384\"}", "not accepted"},
		{"{\"alg\":\"HS512\"}", "not accepted"},
		{"{\"alg\":\"RSA-OAEP\"}", "not accepted"},
		{"{\"alg\":null}", "no signed"},
		{"{\"alg\":[\"HS256\"]}", "no signed"},
		{"{}", "no signed"},
		{"[\"alg\"]", "no signed"},
		{"{\"alg\":\"HS256\"", "no signed"},
		{"{\"alg\":\"HS256\",\"alg\":\"RS256\"}", "no signed"},
		{"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", "what we do not do"},
		{"{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}", "what we do not do"},
		{"{\"alg\":\"HS256\",\"typ\":1}", "what we do not do"},
	};
	struct jwt_header h;

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		fails(jwt_header(str_of(token_of(t[i].header, "{}", "")), &arena, &h),
		      ERR_UNAUTHENTICATED, t[i].why);
}

static void text_that_is_no_token_is_refused(void **state)
{
	static const char *const t[] = {"",	 ".",	"..",	    "abc",
					"a.b.c", "eyJ", "!!!.e30.x"};
	char *deep = arena_zalloc(&arena, 8001), *longer = arena_zalloc(&arena, 20001);
	struct secret key = {0};
	struct jwt_header h;
	json_t *claims;
	int64_t exp_ms;

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		fails(jwt_header(str_of(t[i]), &arena, &h), ERR_UNAUTHENTICATED, "");
	memset(deep, '[', 8000);
	fails(jwt_header(str_of(token_of(deep, "{}", "")), &arena, &h),
	      ERR_UNAUTHENTICATED, "no signed");
	memset(longer, 'a', 20000);
	fails(jwt_header(str_of(longer), &arena, &h), ERR_UNAUTHENTICATED, "longer than");
	/* A fine header, then rubbish. */
	secret_set(&key, STR("0123456789abcdef"));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		fails(jwt_verify_own(str_of(arena_printf(
					     &arena, "eyJhbGciOiJIUzI1NiJ9.%s", t[i])),
				     &key, "i", "a", &arena, &claims, &exp_ms),
		      ERR_UNAUTHENTICATED, "");
	secret_fini(&key);
}

static void claims_are_checked(void **state)
{
	static const struct {
		const char *claims;
		int64_t skew_s;
		const char *why; /* NULL = fine */
	} t[] = {
		{"{'iss':'i','aud':'a','exp':1768456801}", 0, NULL},
		{"{'iss':'i','aud':['x','a'],'exp':1768456801.5}", 0, NULL},
		{"{'iss':'i','aud':'b','exp':1768456801}", 0, NULL},
		{"{'iss':'i','aud':'a','exp':1768456741}", 60, NULL},
		{"{'iss':'i','aud':'a','exp':1768460400,'nbf':1768456860}", 60, NULL},
		{"{'iss':'i','aud':'a','exp':1768460400,'nbf':1768456800,'iat':"
		 "1768456800}",
		 0, NULL},
		{"{'iss':'i','aud':'a','exp':1768456800}", 0, "expired"},
		{"{'iss':'i','aud':'a','exp':1768456740}", 60, "expired"},
		{"{'iss':'i','aud':'a','exp':-5}", 60, "expired"},
		{"{'iss':'i','aud':'a','exp':1768460400,'nbf':1768456861}", 60,
		 "not valid yet"},
		{"{'iss':'i','aud':'a','exp':1768460400,'iat':1768456801}", 0,
		 "not valid yet"},
		{"{'iss':'i','aud':'a'}", 0, "times"},
		{"{'iss':'i','aud':'a','exp':'1768460400'}", 0, "times"},
		{"{'iss':'i','aud':'a','exp':1e300}", 0, "times"},
		{"{'iss':'i','aud':'a','exp':1768460400,'nbf':null}", 0, "times"},
		{"{'iss':'i','aud':'a','exp':1768460400,'iat':[]}", 0, "times"},
		{"{'iss':'i','aud':'c','exp':1768460400}", 0, "audience"},
		{"{'iss':'i','aud':['c',1],'exp':1768460400}", 0, "audience"},
		{"{'iss':'i','aud':'','exp':1768460400}", 0, "audience"},
		{"{'iss':'i','exp':1768460400}", 0, "audience"},
		{"{'iss':'I','aud':'a','exp':1768460400}", 0, "issuer"},
		{"{'iss':'i/','aud':'a','exp':1768460400}", 0, "issuer"},
		{"{'iss':['i'],'aud':'a','exp':1768460400}", 0, "issuer"},
		{"{'aud':'a','exp':1768460400}", 0, "issuer"},
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct jwt_rules r = {"i", (const char *const[]){"a", "b", NULL},
				      t[i].skew_s};
		char *text = arena_strdup(&arena, t[i].claims);
		json_t *claims;
		int64_t exp_ms;

		for (char *p = text; (p = strchr(p, '\'')) != NULL;)
			*p = '"';
		claims = jwt_json(str_of(text));
		assert_non_null(claims);
		if (t[i].why == NULL)
			assert_null(jwt_claims_check(claims, &r, &exp_ms));
		else
			fails(jwt_claims_check(claims, &r, &exp_ms), ERR_UNAUTHENTICATED,
			      t[i].why);
		json_decref(claims);
	}
}

static void claims_end_with_skew_and_any_audience_is_possible(void **state)
{
	struct jwt_rules r = {.issuer = "i", .skew_s = 60};
	json_t *claims = json_pack("{s:s,s:i}", "iss", "i", "exp", NOW_S + 10);
	int64_t exp_ms;

	assert_null(jwt_claims_check(claims, &r, &exp_ms));
	assert_int_equal(exp_ms, (int64_t)(NOW_S + 70) * 1000);
	json_decref(claims);
}

static void own_token_has_upstreams_header_and_verifies(void **state)
{
	struct secret key = {0}, other = {0};
	const char *token, *none;
	json_t *claims;
	int64_t exp_ms;

	secret_set(&key, STR("0123456789abcdef"));
	secret_set(&other, STR("0123456789abcdeg"));
	assert_null(jwt_sign(
		&key,
		json_pack("{s:s,s:s,s:i}", "iss", "i", "aud", "x", "exp", NOW_S + 60),
		&arena, &token));
	/* {"alg":"HS256","typ":"JWT"} */
	assert_memory_equal(token, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.", 37);
	assert_null(
		jwt_verify_own(str_of(token), &key, "i", "x", &arena, &claims, &exp_ms));
	json_decref(claims);
	fails(jwt_verify_own(str_of(token), &other, "i", "x", &arena, &claims, &exp_ms),
	      ERR_UNAUTHENTICATED, "signature");
	fails(jwt_verify_own(str_of(token), &key, "j", "x", &arena, &claims, &exp_ms),
	      ERR_UNAUTHENTICATED, "issuer");
	fails(jwt_verify_own(str_of(token), &key, "i", "y", &arena, &claims, &exp_ms),
	      ERR_UNAUTHENTICATED, "audience");
	none = token_of("{\"alg\":\"none\"}",
			"{\"iss\":\"i\",\"aud\":\"x\",\"exp\":2000000000}", "");
	fails(jwt_verify_own(str_of(none), &key, "i", "x", &arena, &claims, &exp_ms),
	      ERR_UNAUTHENTICATED, "not accepted");
	token = sign(keys[0], "{\"alg\":\"RS256\"}",
		     "{\"iss\":\"i\",\"aud\":\"x\",\"exp\":2000000000}");
	fails(jwt_verify_own(str_of(token), &key, "i", "x", &arena, &claims, &exp_ms),
	      ERR_UNAUTHENTICATED, "not one of ours");
	secret_fini(&key);
	secret_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rfc7515_vectors_verify, fresh),
		cmocka_unit_test_setup(every_algorithm_verifies_with_its_key_only, fresh),
		cmocka_unit_test_setup(short_rsa_key_is_refused, fresh),
		cmocka_unit_test_setup(signature_of_another_length_is_refused, fresh),
		cmocka_unit_test_setup(public_key_is_no_hmac_secret, fresh),
		cmocka_unit_test_setup(header_is_refused, fresh),
		cmocka_unit_test_setup(text_that_is_no_token_is_refused, fresh),
		cmocka_unit_test_setup(claims_are_checked, fresh),
		cmocka_unit_test_setup(claims_end_with_skew_and_any_audience_is_possible,
				       fresh),
		cmocka_unit_test_setup(own_token_has_upstreams_header_and_verifies,
				       fresh),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_drop);
}
