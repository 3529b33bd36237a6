/* SPDX-License-Identifier: Apache-2.0
 * What tokens hold and give: login tokens, redirection tokens, an issuer's tokens, none.
 */
#include <iam/iam_test.h>

#include <base/encode.h>
#include <net/http_server.h>
#include <time.h>

/* --- login tokens --- */

static json_t *payload(const char *token)
{
	struct str s = str_of(token), part;
	size_t n;
	uint8_t *p;

	str_split(&s, '.', &part);
	str_split(&s, '.', &part);
	p = base64url_decode(x.a, part, &n);
	return jwt_json((struct str){(char *)p, n});
}

static void login_claims(struct store_test *t)
{
	json_t *got, *want;

	usual(t);
	got = payload(token_for("eva", "S3cret"));
	assert_int_equal(json_string_length(json_object_get(got, "jti")), 22);
	json_object_del(got, "jti");
	want = json_pack("{s:s, s:s, s:s, s:I, s:s, s:[s], s:s, s:f}", "tenantId", "t1",
			 "iss", "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc", "deviceId", "*",
			 "exp", (json_int_t)(NOW_S + 1440 * 60), "sub", "eva", "roles",
			 "operator", "aud", "outband:login", "iat", (double)NOW_S);
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
	close_all();
}

static void login_token_has_upstreams_claims_and_more(void **state)
{
	on_sqlite(login_claims);
}

static void callers(struct store_test *t)
{
	struct iam_caller *who;
	const char *token;

	usual(t);
	token = token_for("eva", "S3cret");
	for (int k = 0; k < 2; k++) {
		ok(authenticate(token, NULL, &who));
		assert_string_equal(who->name, "eva");
		assert_string_equal(who->tenant, "t1");
		assert_int_equal(who->perms, IAM_OPEN | IAM_ANY | IAM_DEVICE_READ |
						     IAM_DEVICE_WRITE | IAM_POWER |
						     IAM_REDIRECT | IAM_PROFILE_READ);
		assert_false(who->all_tenants);
		assert_int_equal(x.i->cache.n, 1);
	}
	ok(iam_authenticate(x.i, arena_printf(x.a, "bEARER   %s ", token), NULL, x.a,
			    soon(), &who));
	ok(authenticate(token, "t1", &who));
	ok(authenticate(token, "", &who));
	fails(authenticate(token, "t2", &who), ERR_FORBIDDEN);
	ok(authenticate(token_for("admin", "Adm1n!"), NULL, &who));
	assert_string_equal(who->tenant, "");
	assert_int_equal(who->perms, IAM_ALL_PERMS);
	fails(authenticate(token_for("admin", "Adm1n!"), "t1", &who), ERR_FORBIDDEN);
	close_all();
}

static void token_gives_caller_and_header_selects_only_his_tenant(void **state)
{
	on_sqlite(callers);
}

static void bad_headers(struct store_test *t)
{
	static const char *const h[] = {
		NULL,		"",
		"Bearer",	"Bearer ",
		"Basic YTpi",	"Token x",
		"Bearer x.y.z", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJldmEifQ.",
	};
	struct iam_caller *who;
	char *longer;

	usual(t);
	for (size_t k = 0; k < ARRAY_LEN(h); k++)
		fails(iam_authenticate(x.i, h[k], NULL, x.a, soon(), &who),
		      ERR_UNAUTHENTICATED);
	longer = arena_zalloc(x.a, 20008);
	memset(longer, 'a', 20007);
	memcpy(longer, "Bearer ", 7);
	fails(iam_authenticate(x.i, longer, NULL, x.a, soon(), &who),
	      ERR_UNAUTHENTICATED);
	assert_int_equal(x.i->cache.n, 0);
	close_all();
}

static void headers_without_a_good_token_are_refused(void **state)
{
	on_sqlite(bad_headers);
}

static void expiry(struct store_test *t)
{
	struct iam_caller *who;
	const char *token;

	usual(t);
	token = token_for("eva", "S3cret");
	clock_advance(1440 * 60000 - 1);
	ok(authenticate(token, NULL, &who));
	clock_advance(1);
	/* Remembered as verified, but over. */
	fails(authenticate(token, NULL, &who), ERR_UNAUTHENTICATED);
	assert_int_equal(x.i->cache.n, 0);
	close_all();
}

static void token_ends_although_remembered(void **state)
{
	on_sqlite(expiry);
}

static void issued(struct store_test *t)
{
	struct iam_caller *who;
	const char *token;

	usual(t);
	ok(iam_issue(x.i, "robot", "t9", "viewer", 10, x.a, &token));
	ok(authenticate(token, NULL, &who));
	assert_string_equal(who->name, "robot");
	assert_string_equal(who->tenant, "t9");
	clock_advance(600000);
	fails(authenticate(token, NULL, &who), ERR_UNAUTHENTICATED);
	fails(iam_issue(x.i, "robot", "", "king", 10, x.a, &token), ERR_INVALID);
	fails(iam_issue(x.i, "", "", "viewer", 10, x.a, &token), ERR_INVALID);
	fails(iam_issue(x.i, "robot", "", "viewer", -1, x.a, &token), ERR_INVALID);
	close_all();
}

static void operator_can_issue_tokens(void **state)
{
	on_sqlite(issued);
}

/* --- redirection tokens --- */

static void redirection(struct store_test *t)
{
	struct iam_caller *eva, *who;
	const char *login_token, *token;

	usual(t);
	login_token = token_for("eva", "S3cret");
	ok(authenticate(login_token, NULL, &eva));
	ok(iam_redirection_token(x.i, eva, GUID, NULL, x.a, &token));
	ok(iam_redirection_verify(x.i, str_of(token), GUID, "kvm", x.a, &who));
	assert_string_equal(who->name, "eva");
	assert_string_equal(who->tenant, "t1");
	assert_int_equal(who->perms, eva->perms);
	/* Neither passes for the other, be the keys the same. */
	for (int same = 0; same < 2; same++) {
		fails(authenticate(token, NULL, &who), ERR_UNAUTHENTICATED);
		fails(iam_redirection_verify(x.i, str_of(login_token), GUID, NULL, x.a,
					     &who),
		      ERR_UNAUTHENTICATED);
		secret_set(&x.i->redirection_key,
			   (struct str){x.i->login_key.p, x.i->login_key.n});
		ok(iam_redirection_token(x.i, eva, GUID, NULL, x.a, &token));
	}
	clock_advance(5 * 60000);
	fails(iam_redirection_verify(x.i, str_of(token), GUID, "kvm", x.a, &who),
	      ERR_UNAUTHENTICATED);
	close_all();
}

static void redirection_token_is_no_login_token_nor_the_reverse(void **state)
{
	on_sqlite(redirection);
}

static void binding(struct store_test *t)
{
	static const struct {
		const char *bound, *guid, *asked;
		bool fine;
	} c[] = {
		{NULL, GUID, "kvm", true},
		{NULL, GUID, NULL, true},
		{NULL, "4C4C4544-004B-4210-8033-B6C04F504633", "sol", true},
		{NULL, "4c4c4544-004b-4210-8033-b6c04f504634", "kvm", false},
		{NULL, "*", "kvm", false},
		{NULL, "", "kvm", false},
		{"kvm", GUID, "kvm", true},
		{"kvm", GUID, "sol", false},
		{"kvm", GUID, "ider", false},
		{"kvm", GUID, NULL, false},
		{"sol", GUID, "sol", true},
		{"ider", GUID, "kvm", false},
	};
	struct iam_caller *eva, *who;
	const char *token;

	usual(t);
	ok(authenticate(token_for("eva", "S3cret"), NULL, &eva));
	for (size_t k = 0; k < ARRAY_LEN(c); k++) {
		struct err *e;

		ok(iam_redirection_token(x.i, eva, GUID, c[k].bound, x.a, &token));
		e = iam_redirection_verify(x.i, str_of(token), c[k].guid, c[k].asked, x.a,
					   &who);
		if (c[k].fine)
			ok(e);
		else
			fails(e, ERR_FORBIDDEN);
	}
	fails(iam_redirection_token(x.i, eva, GUID, "vnc", x.a, &token), ERR_INVALID);
	fails(iam_redirection_verify(x.i, STR("rubbish"), GUID, NULL, x.a, &who),
	      ERR_UNAUTHENTICATED);
	close_all();
}

static void redirection_token_is_bound_to_device_and_mode(void **state)
{
	on_sqlite(binding);
}

/* --- other modes --- */

static void anybody(struct store_test *t)
{
	struct iam_caller *who, *again;
	const char *token;

	open_all(t);
	set("auth.mode=none");
	restart();
	assert_true(iam_mode_none(x.i));
	assert_null(x.generated.p);
	fails(login("admin", "x", PEER), ERR_NOT_FOUND);
	ok(iam_authenticate(x.i, NULL, "t7", x.a, soon(), &who));
	assert_string_equal(who->tenant, "t7");
	assert_false(who->all_tenants);
	ok(iam_authenticate(x.i, "Bearer whatever", NULL, x.a, soon(), &who));
	assert_string_equal(who->tenant, "");
	assert_int_equal(who->perms, IAM_ALL_PERMS);
	assert_true(who->all_tenants);
	ok(iam_redirection_token(x.i, who, GUID, NULL, x.a, &token));
	ok(iam_redirection_verify(x.i, str_of(token), GUID, NULL, x.a, &again));
	assert_true(again->all_tenants);
	/* Not kept for when everybody must log in. */
	conf_fresh();
	set("auth.admin.password=p");
	restart();
	assert_false(iam_mode_none(x.i));
	fails(iam_redirection_verify(x.i, str_of(token), GUID, NULL, x.a, &again),
	      ERR_UNAUTHENTICATED);
	close_all();
}

static void without_authentication_anybody_may_all(void **state)
{
	on_sqlite(anybody);
}

static json_t *key_set;
static char issuer[64];

static struct err *serve_keys(struct http_req *req, struct http_res *res)
{
	http_res_json(res, 200, json_pack("{s:[O]}", "keys", key_set));
	return NULL;
}

static cjose_jwk_t *key_publish(const char *kid)
{
	cjose_err ce;
	cjose_jwk_t *k = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &ce);
	char *text = cjose_jwk_to_json(k, false, &ce);

	json_decref(key_set);
	key_set = json_loads(text, 0, NULL);
	json_object_set_new(key_set, "kid", json_string(kid));
	cjose_get_dealloc()(text);
	return k;
}

static const char *oidc_token(const cjose_jwk_t *k, const char *kid)
{
	json_t *h = json_pack("{s:s, s:s}", "alg", "ES256", "kid", kid);
	json_t *claims = json_pack("{s:s, s:I, s:s, s:{s:[s, s]}}", "iss", issuer, "exp",
				   (json_int_t)(NOW_S + 86400), "preferred_username",
				   "eva", "realm_access", "roles",
				   "11111111-1111-4111-8111-111111111111_im-rw",
				   "22222222-2222-4222-8222-222222222222_im-r");
	char *text = json_dumps(claims, 0);
	cjose_err ce;
	cjose_jws_t *jws = cjose_jws_sign(k, h, (uint8_t *)text, strlen(text), &ce);
	const char *out;

	assert_true(cjose_jws_export(jws, &out, &ce));
	out = arena_strdup(x.a, out);
	cjose_jws_release(jws);
	json_decref(h);
	json_decref(claims);
	free(text);
	return out;
}

static void oidc_scenario(cjose_jwk_t *k)
{
	const char *token = oidc_token(k, "one");
	struct iam_caller *who;
	time_t end = time(NULL) + 10;

	fails(login("admin", "x", PEER), ERR_NOT_FOUND);
	fails(iam_issue(x.i, "a", "", "viewer", 1, x.a, &token), ERR_NOT_FOUND);
	ok(authenticate(token, "11111111-1111-4111-8111-111111111111", &who));
	assert_string_equal(who->name, "eva");
	assert_true(who->perms & IAM_POWER);
	ok(authenticate(token, "22222222-2222-4222-8222-222222222222", &who));
	assert_string_equal(who->tenant, "22222222-2222-4222-8222-222222222222");
	assert_false(who->perms & IAM_POWER);
	fails(authenticate(token, "33333333-3333-4333-8333-333333333333", &who),
	      ERR_FORBIDDEN);
	fails(authenticate(token, NULL, &who), ERR_FORBIDDEN);
	assert_int_equal(x.i->cache.n, 1);
	/* The issuer withdraws the key: what was verified with it is forgotten. */
	cjose_jwk_release(key_publish("two"));
	clock_advance(300000);
	while (x.i->cache.n > 0) {
		ok(fiber_yield());
		assert_true(time(NULL) < end);
	}
	fails(authenticate(token, "11111111-1111-4111-8111-111111111111", &who),
	      ERR_UNAUTHENTICATED);
}

static void oidc(struct store_test *t)
{
	static const struct http_route routes[] = {
		{.method = "GET", .path = "/keys", .handler = serve_keys, .needs = 1}};
	struct http_server *s =
		http_server_new(&(struct http_server_config){.name = "issuer"});
	cjose_jwk_t *k = key_publish("one");

	open_all(t);
	http_server_routes(s, routes, ARRAY_LEN(routes));
	ok(http_server_listen(s, "127.0.0.1:0", NULL));
	snprintf(issuer, sizeof(issuer), "http://127.0.0.1:%u", http_server_port(s, 0));
	set("auth.mode=oidc");
	set("auth.tenancy=true");
	set(arena_printf(x.a, "auth.oidc.issuer=%s", issuer));
	set(arena_printf(x.a, "auth.oidc.jwks_url=%s/keys", issuer));
	restart();
	oidc_scenario(k);
	cjose_jwk_release(k);
	close_all();
	http_server_shutdown(s, deadline_in(0));
	http_server_free(s);
	json_decref(key_set);
	key_set = NULL;
}

static void issuers_tokens_select_projects_and_are_forgotten_with_their_key(void **state)
{
	on_sqlite(oidc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(login_token_has_upstreams_claims_and_more),
		cmocka_unit_test(token_gives_caller_and_header_selects_only_his_tenant),
		cmocka_unit_test(headers_without_a_good_token_are_refused),
		cmocka_unit_test(token_ends_although_remembered),
		cmocka_unit_test(operator_can_issue_tokens),
		cmocka_unit_test(redirection_token_is_no_login_token_nor_the_reverse),
		cmocka_unit_test(redirection_token_is_bound_to_device_and_mode),
		cmocka_unit_test(without_authentication_anybody_may_all),
		cmocka_unit_test(
			issuers_tokens_select_projects_and_are_forgotten_with_their_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
