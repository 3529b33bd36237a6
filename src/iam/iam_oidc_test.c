/* SPDX-License-Identifier: Apache-2.0
 * OIDC tokens against an issuer that this test runs on our own HTTP server: discovery and
 * key set over real sockets, keys made here, the clock standing still.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <iam/iam_priv.h>
#include <net/http_server.h>
#include <stdlib.h>
#include <time.h>

#define NOW_S 1768456800 /* 2026-01-15T06:00:00Z */

enum { RSA_1, RSA_2, EC_1, N_KEYS };
static cjose_jwk_t *keys[N_KEYS];
static const char *const kids[] = {"rsa-1", "rsa-2", "ec-1"};
static const uint8_t oct_key[] = "0123456789abcdef0123456789abcdef";

static struct {
	struct arena a;
	/* the issuer */
	struct http_server *server;
	char url[64];
	const char *claimed; /* issuer in the discovery document; NULL = url */
	json_t *set;
	int discoveries, fetches, status;
	bool hangs;
	/* ours */
	struct http_client *http;
	struct oidc_config conf;
	struct oidc *oidc;
	int changes;
	void (*body)(void);
} t;

static struct err *serve_discovery(struct http_req *req, struct http_res *res)
{
	t.discoveries++;
	http_res_json(res, t.status,
		      json_pack("{s:s, s:o}", "issuer", t.claimed ? t.claimed : t.url,
				"jwks_uri", json_sprintf("%s/keys", t.url)));
	return NULL;
}

static struct err *serve_keys(struct http_req *req, struct http_res *res)
{
	t.fetches++;
	if (t.hangs)
		return fiber_sleep_ms(3600000);
	http_res_json(res, t.status, json_pack("{s:O}", "keys", t.set));
	return NULL;
}

static const struct http_route routes[] = {
	{.method = "GET",
	 .path = "/.well-known/openid-configuration",
	 .handler = serve_discovery,
	 .needs = 1},
	{.method = "GET", .path = "/keys", .handler = serve_keys, .needs = 1},
};

static struct deadline soon(void)
{
	return deadline_in(20000);
}

static void ok(struct err *e)
{
	if (e != NULL)
		fail_msg("%s", err_str(e, &t.a));
}

static void fails(struct err *e, enum err_kind kind, const char *text)
{
	const char *s;

	assert_non_null(e);
	s = err_str(e, &t.a);
	if (e->kind != kind || strstr(s, text) == NULL)
		fail_msg("%s: %s", err_kind_name(e->kind), s);
	err_free(e);
}

/* As Keycloak publishes it. */
static json_t *published(int key)
{
	cjose_err ce;
	char *text = cjose_jwk_to_json(keys[key], false, &ce);
	json_t *j = json_loads(text, 0, NULL);

	cjose_get_dealloc()(text);
	json_object_set_new(j, "kid", json_string(kids[key]));
	json_object_set_new(j, "use", json_string("sig"));
	return j;
}

static void publish(json_t *one, json_t *two)
{
	json_decref(t.set);
	t.set = json_array();
	if (one != NULL)
		json_array_append_new(t.set, one);
	if (two != NULL)
		json_array_append_new(t.set, two);
}

static const char *sign(const cjose_jwk_t *key, const char *alg, const char *kid,
			json_t *claims)
{
	char *text = json_dumps(claims, JSON_COMPACT);
	json_t *h = json_pack("{s:s, s:s*, s:s}", "alg", alg, "kid", kid, "typ", "JWT");
	cjose_err ce;
	cjose_jws_t *jws = cjose_jws_sign(key, h, (uint8_t *)text, strlen(text), &ce);
	const char *out;

	assert_true(cjose_jws_export(jws, &out, &ce));
	out = arena_strdup(&t.a, out);
	cjose_jws_release(jws);
	json_decref(h);
	json_decref(claims);
	free(text);
	return out;
}

static json_t *claims_at(int64_t from_s, int64_t to_s)
{
	return json_pack("{s:s, s:[s], s:I, s:I, s:s}", "iss", t.url, "aud", "outband",
			 "iat", (json_int_t)(NOW_S + from_s), "exp",
			 (json_int_t)(NOW_S + to_s), "sub", "eva");
}

static const char *good(int key, const char *alg)
{
	return sign(keys[key], alg, kids[key], claims_at(0, 3600 * 24));
}

static struct err *verify(const char *token)
{
	int64_t exp_ms;
	json_t *claims;
	struct err *e =
		oidc_verify(t.oidc, str_of(token), &t.a, soon(), &claims, &exp_ms);

	if (e == NULL)
		assert_string_equal(json_string_value(json_object_get(claims, "sub")),
				    "eva");
	else
		assert_null(claims);
	json_decref(claims);
	return e;
}

/* Until what another fiber does is seen; real time, as the clock stands still. */
static void wait_for(const int *counter, int value)
{
	time_t end = time(NULL) + 10;

	while (*counter < value) {
		ok(fiber_yield());
		assert_true(time(NULL) < end);
	}
}

static void issuer_up(const char *at)
{
	t.server = http_server_new(&(struct http_server_config){.name = "issuer"});
	http_server_routes(t.server, routes, ARRAY_LEN(routes));
	ok(http_server_listen(t.server, at, NULL));
	snprintf(t.url, sizeof(t.url), "http://127.0.0.1:%u",
		 http_server_port(t.server, 0));
}

static void issuer_down(void)
{
	if (t.server == NULL)
		return;
	http_server_shutdown(t.server, deadline_in(0));
	http_server_free(t.server);
	t.server = NULL;
}

static void changed(void *arg)
{
	t.changes++;
}

static void start(void)
{
	static const char *const audiences[] = {"outband", NULL};

	t.conf = (struct oidc_config){
		.issuer = t.url,
		.jwks_url = t.conf.jwks_url,
		.audiences = audiences,
		.skew_s = 60,
		.http = t.http,
		.keys_changed = changed,
	};
	ok(oidc_start(&t.conf, &t.oidc));
}

static void scenario(void *arg)
{
	t.http = http_client_new(&(struct http_client_config){0});
	issuer_up("127.0.0.1:0");
	publish(published(RSA_1), published(EC_1));
	t.status = 200;
	t.body();
	oidc_stop(t.oidc);
	issuer_down();
	http_client_free(t.http);
}

static void run(void (*body)(void))
{
	memset(&t, 0, sizeof(t));
	t.body = body;
	clock_freeze(1000000, (int64_t)NOW_S * 1000);
	rt_main(scenario, NULL);
	json_decref(t.set);
	arena_fini(&t.a);
}

static void accepted_algorithms(void)
{
	static const struct {
		int key;
		const char *alg;
	} a[] = {{RSA_1, "RS256"}, {RSA_1, "RS384"}, {RSA_1, "RS512"}, {RSA_1, "PS256"},
		 {RSA_1, "PS384"}, {RSA_1, "PS512"}, {EC_1, "ES256"}};

	start();
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		ok(verify(good(a[i].key, a[i].alg)));
	assert_int_equal(t.discoveries, 1);
	assert_int_equal(t.fetches, 1);
	assert_int_equal(t.changes, 1);
}

static void tokens_of_the_issuer_verify(void **state)
{
	run(accepted_algorithms);
}

static void with(const char *name, json_t *value, enum err_kind kind, const char *text)
{
	json_t *claims = claims_at(0, 600);

	if (value != NULL)
		json_object_set_new(claims, name, value);
	else
		json_object_del(claims, name);
	fails(verify(sign(keys[RSA_1], "RS256", kids[RSA_1], claims)), kind, text);
}

static void bad_claims(void)
{
	start();
	with("iss", json_string("https://other.example"), ERR_UNAUTHENTICATED,
	     "another issuer");
	with("aud", json_string("account"), ERR_UNAUTHENTICATED, "another audience");
	with("aud", NULL, ERR_UNAUTHENTICATED, "another audience");
	with("exp", NULL, ERR_UNAUTHENTICATED, "times");
	with("exp", json_integer(NOW_S - 60), ERR_UNAUTHENTICATED, "expired");
	with("nbf", json_integer(NOW_S + 61), ERR_UNAUTHENTICATED, "not valid yet");
	with("iat", json_integer(NOW_S + 61), ERR_UNAUTHENTICATED, "not valid yet");
	with("typ", json_string("ID"), ERR_UNAUTHENTICATED, "no access token");
	with("typ", json_string("Refresh"), ERR_UNAUTHENTICATED, "no access token");
	/* Within the skew. */
	ok(verify(sign(keys[RSA_1], "RS256", kids[RSA_1], claims_at(60, 600))));
	ok(verify(sign(keys[RSA_1], "RS256", kids[RSA_1], claims_at(-600, -59))));
}

static void wrong_claims_are_refused(void **state)
{
	run(bad_claims);
}

static void forged(void)
{
	cjose_err ce;
	char *public = cjose_jwk_to_json(keys[RSA_1], false, &ce);
	cjose_jwk_t *hmac =
		cjose_jwk_create_oct_spec((uint8_t *)public, strlen(public), &ce);

	start();
	ok(verify(good(RSA_1, "RS256")));
	fails(verify(sign(hmac, "HS256", kids[RSA_1], claims_at(0, 600))),
	      ERR_UNAUTHENTICATED, "not accepted");
	/* Signed by another key under a published name. */
	fails(verify(sign(keys[RSA_2], "RS256", kids[RSA_1], claims_at(0, 600))),
	      ERR_UNAUTHENTICATED, "signature");
	fails(verify("eyJhbGciOiJub25lIn0.e30."), ERR_UNAUTHENTICATED, "not accepted");
	fails(verify("rubbish"), ERR_UNAUTHENTICATED, "no signed");
	assert_int_equal(t.fetches, 1);
	cjose_jwk_release(hmac);
	cjose_get_dealloc()(public);
}

static void forged_tokens_are_refused_without_asking(void **state)
{
	run(forged);
}

static void symmetric_key(void)
{
	cjose_err ce;
	cjose_jwk_t *hmac = cjose_jwk_create_oct_spec(oct_key, 32, &ce);
	char *text = cjose_jwk_to_json(hmac, true, &ce);
	json_t *oct = json_loads(text, 0, NULL), *enc = published(RSA_2);

	json_object_set_new(oct, "kid", json_string("oct"));
	json_object_set_new(enc, "use", json_string("enc"));
	publish(oct, enc);
	json_array_append_new(t.set, published(EC_1));
	json_array_append_new(t.set,
			      json_pack("{s:s, s:s}", "kty", "RSA", "kid", "broken"));
	json_array_append_new(t.set, json_string("broken"));
	start();
	ok(verify(good(EC_1, "ES256")));
	fails(verify(sign(hmac, "HS256", "oct", claims_at(0, 600))), ERR_UNAUTHENTICATED,
	      "not accepted");
	fails(verify(good(RSA_2, "RS256")), ERR_UNAUTHENTICATED, "does not publish");
	cjose_jwk_release(hmac);
	cjose_get_dealloc()(text);
}

static void only_public_signature_keys_of_the_set_are_used(void **state)
{
	run(symmetric_key);
}

static void unnamed(void)
{
	start();
	ok(verify(sign(keys[EC_1], "ES256", NULL, claims_at(0, 600))));
	ok(verify(sign(keys[RSA_1], "RS256", NULL, claims_at(0, 600))));
	fails(verify(sign(keys[RSA_2], "RS256", NULL, claims_at(0, 600))),
	      ERR_UNAUTHENTICATED, "does not publish");
}

static void token_that_names_no_key_is_tried_with_all(void **state)
{
	run(unnamed);
}

static void unknown_kid(void)
{
	start();
	ok(verify(good(RSA_1, "RS256")));
	assert_int_equal(t.fetches, 1);
	/* Just fetched: not again at once. */
	fails(verify(good(RSA_2, "RS256")), ERR_UNAUTHENTICATED, "does not publish");
	assert_int_equal(t.fetches, 1);
	clock_advance(10000);
	for (int i = 0; i < 3; i++)
		fails(verify(good(RSA_2, "RS256")), ERR_UNAUTHENTICATED,
		      "does not publish");
	assert_int_equal(t.fetches, 2);
	assert_int_equal(t.changes, 1);
}

static void unknown_key_asks_the_issuer_once_per_ten_seconds(void **state)
{
	run(unknown_kid);
}

static void rotation(void)
{
	start();
	ok(verify(good(RSA_1, "RS256")));
	publish(published(RSA_1), published(RSA_2));
	clock_advance(10000);
	ok(verify(good(RSA_2, "RS256")));
	ok(verify(good(RSA_1, "RS256")));
	assert_int_equal(t.changes, 2);
	assert_int_equal(t.fetches, 2);
	/* Retired: seen at the periodic refresh, without anybody's asking. */
	publish(published(RSA_2), NULL);
	clock_advance(300000);
	wait_for(&t.changes, 3);
	fails(verify(good(RSA_1, "RS256")), ERR_UNAUTHENTICATED, "does not publish");
	ok(verify(good(RSA_2, "RS256")));
	assert_int_equal(t.fetches, 3);
}

static void rotated_keys_are_followed(void **state)
{
	run(rotation);
}

static int verified;

static void verify_fiber(void *arg)
{
	ok(verify(arg));
	verified++;
}

static void side_by_side(void)
{
	const char *token = good(RSA_2, "RS256");
	struct fiber_group g;

	start();
	ok(verify(good(RSA_1, "RS256")));
	publish(published(RSA_1), published(RSA_2));
	clock_advance(10000);
	fiber_group_init(&g);
	verified = 0;
	for (int i = 0; i < 8; i++)
		fiber_spawn(&g, "verify", verify_fiber, (void *)token);
	fiber_group_join(&g, false);
	assert_int_equal(verified, 8);
	assert_int_equal(t.fetches, 2);
}

static void requests_share_one_fetch(void **state)
{
	run(side_by_side);
}

static void cancelled_fiber(void *arg)
{
	fails(verify(arg), ERR_CANCELLED, "");
	verified++;
}

static void one_cancelled(void)
{
	const char *token = good(RSA_2, "RS256");
	struct fiber_group g;
	struct fiber *f;

	start();
	ok(verify(good(RSA_1, "RS256")));
	publish(published(RSA_1), published(RSA_2));
	clock_advance(10000);
	fiber_group_init(&g);
	verified = 0;
	f = fiber_spawn(&g, "cancelled", cancelled_fiber, (void *)token);
	fiber_spawn(&g, "verify", verify_fiber, (void *)token);
	ok(fiber_yield());
	fiber_cancel(f);
	fiber_group_join(&g, false);
	assert_int_equal(verified, 2);
	assert_int_equal(t.fetches, 2);
}

static void cancelled_request_spoils_no_others_fetch(void **state)
{
	run(one_cancelled);
}

static void away(void)
{
	char at[64];

	snprintf(at, sizeof(at), "127.0.0.1:%u", http_server_port(t.server, 0));
	issuer_down();
	start();
	fails(verify(good(RSA_1, "RS256")), ERR_UNAVAILABLE, "cannot be reached");
	issuer_up(at);
	clock_advance(1000);
	ok(verify(good(RSA_1, "RS256")));
	/* Gone again: what we have stays good, what we have not is not refused but
	 * unknown. */
	issuer_down();
	ok(verify(good(RSA_1, "RS256")));
	clock_advance(300000);
	fails(verify(good(RSA_2, "RS256")), ERR_UNAVAILABLE, "cannot be had");
	ok(verify(good(RSA_1, "RS256")));
}

static void unreachable_issuer_is_unavailable_and_known_keys_stay(void **state)
{
	run(away);
}

static void wrong_answers(void)
{
	start();
	t.status = 500;
	fails(verify(good(RSA_1, "RS256")), ERR_UNAVAILABLE, "answered 500");
	t.status = 200;
	t.claimed = "https://other.example/realm";
	clock_advance(1000);
	fails(verify(good(RSA_1, "RS256")), ERR_UNAVAILABLE,
	      "they must be the same text");
	t.claimed = NULL;
	publish(NULL, NULL);
	clock_advance(1000);
	fails(verify(good(RSA_1, "RS256")), ERR_UNAVAILABLE, "no key for signatures");
	publish(published(RSA_1), NULL);
	clock_advance(1000);
	ok(verify(good(RSA_1, "RS256")));
	assert_int_equal(t.changes, 1);
}

static void wrong_answers_of_the_issuer_are_named(void **state)
{
	run(wrong_answers);
}

static void direct(void)
{
	t.conf.jwks_url = arena_printf(&t.a, "%s/keys", t.url);
	start();
	ok(verify(good(RSA_1, "RS256")));
	assert_int_equal(t.discoveries, 0);
}

static void configured_key_set_needs_no_discovery(void **state)
{
	run(direct);
}

static void hanging(void)
{
	struct deadline until;
	int64_t exp_ms;
	json_t *claims;

	t.hangs = true;
	start();
	wait_for(&t.fetches, 1);
	until = deadline_in(100);
	clock_advance(100);
	fails(oidc_verify(t.oidc, str_of(good(RSA_1, "RS256")), &t.a, until, &claims,
			  &exp_ms),
	      ERR_UNAVAILABLE, "in time");
}

static void hanging_issuer_holds_nobody_beyond_his_deadline(void **state)
{
	run(hanging);
}

static void issuer_must_be_set(void **state)
{
	struct oidc_config c = {0};
	struct oidc *o;

	fails(oidc_start(&c, &o), ERR_INVALID, "auth.oidc.issuer");
}

static int keys_make(void **state)
{
	const uint8_t e[] = {1, 0, 1};
	cjose_err ce;

	keys[RSA_1] = cjose_jwk_create_RSA_random(2048, e, sizeof(e), &ce);
	keys[RSA_2] = cjose_jwk_create_RSA_random(2048, e, sizeof(e), &ce);
	keys[EC_1] = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &ce);
	log_init(LOG_ERROR, LOG_HUMAN);
	return 0;
}

static int keys_drop(void **state)
{
	for (size_t i = 0; i < N_KEYS; i++)
		cjose_jwk_release(keys[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_of_the_issuer_verify),
		cmocka_unit_test(wrong_claims_are_refused),
		cmocka_unit_test(forged_tokens_are_refused_without_asking),
		cmocka_unit_test(only_public_signature_keys_of_the_set_are_used),
		cmocka_unit_test(token_that_names_no_key_is_tried_with_all),
		cmocka_unit_test(unknown_key_asks_the_issuer_once_per_ten_seconds),
		cmocka_unit_test(rotated_keys_are_followed),
		cmocka_unit_test(requests_share_one_fetch),
		cmocka_unit_test(cancelled_request_spoils_no_others_fetch),
		cmocka_unit_test(unreachable_issuer_is_unavailable_and_known_keys_stay),
		cmocka_unit_test(wrong_answers_of_the_issuer_are_named),
		cmocka_unit_test(configured_key_set_needs_no_discovery),
		cmocka_unit_test(hanging_issuer_holds_nobody_beyond_his_deadline),
		cmocka_unit_test(issuer_must_be_set),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_drop);
}
