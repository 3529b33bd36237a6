/* SPDX-License-Identifier: Apache-2.0
 * Authentication as components use it: start, login, tokens, tenants, limits; on SQLite
 * and, when there is one, on PostgreSQL.
 */
#include <store/store_test.h>

#include <iam/iam_audit.h>
#include <iam/iam_priv.h>
#include <net/http_server.h>

#include <base/encode.h>
#include <time.h>

#define NOW_S 1768456800 /* 2026-01-15T06:00:00Z */
#define GUID "4c4c4544-004b-4210-8033-b6c04f504633"
#define PEER "192.0.2.7"
#define CHEAP 4

static struct {
	struct store_test *t;
	struct config *conf;
	struct secrets *secrets;
	struct http_client *http;
	struct iam *i;
	struct secret generated;
	struct arena *a;
} x;

static void set(const char *assignment)
{
	ok(config_set(x.conf, assignment, "--set"));
}

static void conf_fresh(void)
{
	config_free(x.conf);
	x.conf = config_new();
	config_add(x.conf, iam_settings, iam_settings_n);
}

static struct err *try_start(void)
{
	return iam_start(x.conf, x.t->db, x.secrets, x.http, &x.i, &x.generated);
}

static void stop(void)
{
	iam_stop(x.i);
	x.i = NULL;
}

static void restart(void)
{
	stop();
	ok(try_start());
	x.i->scrypt_log_n = CHEAP;
}

static void open_all(struct store_test *t)
{
	struct secrets_config sc = {0};

	memset(&x, 0, sizeof(x));
	x.t = t;
	x.a = &t->a;
	sc.url = arena_printf(x.a, "file:%s/secrets.db", t->dir);
	log_init(LOG_ERROR, LOG_HUMAN);
	clock_freeze(1000000, (int64_t)NOW_S * 1000);
	conf_fresh();
	x.http = http_client_new(&(struct http_client_config){0});
	ok(secrets_open(&sc, &x.secrets));
}

static void close_all(void)
{
	stop();
	secrets_close(x.secrets);
	http_client_free(x.http);
	config_free(x.conf);
	secret_fini(&x.generated);
}

/* Started, with users "eva" (operator of tenant t1) and "admin". */
static void usual(struct store_test *t)
{
	open_all(t);
	set("auth.admin.password=Adm1n!");
	restart();
	ok(iam_user_set(x.i, "Admin", STR("Adm1n!"), "", "admin", soon()));
	ok(iam_user_set(x.i, "eva", STR("S3cret"), "t1", "operator", soon()));
}

static struct err *login(const char *user, const char *password, const char *peer)
{
	const char *token;

	return iam_login(x.i, user, str_of(password), peer, x.a, soon(), &token);
}

static const char *token_for(const char *user, const char *password)
{
	const char *token;

	ok(iam_login(x.i, user, str_of(password), PEER, x.a, soon(), &token));
	return token;
}

static struct err *authenticate(const char *token, const char *project,
				struct iam_caller **out)
{
	return iam_authenticate(x.i, arena_printf(x.a, "Bearer %s", token), project, x.a,
				soon(), out);
}

/* --- start --- */

static void first_start(struct store_test *t)
{
	char password[64];

	open_all(t);
	restart();
	assert_int_equal(x.generated.n, 20);
	strcpy(password, x.generated.p);
	secret_fini(&x.generated);
	ok(login("admin", password, PEER));
	restart();
	assert_null(x.generated.p);
	ok(login("admin", password, PEER));
	assert_int_equal(count(t, "ob_users"), 1);
	close_all();
}

static void first_start_makes_an_administrator_once(void **state)
{
	on_each(first_start);
}

static void nobody_asks(struct store_test *t)
{
	open_all(t);
	ok(iam_start(x.conf, t->db, x.secrets, x.http, &x.i, NULL));
	assert_int_equal(count(t, "ob_users"), 0);
	close_all();
}

static void no_password_is_generated_that_nobody_would_see(void **state)
{
	on_sqlite(nobody_asks);
}

static void configured_password(struct store_test *t)
{
	open_all(t);
	set("auth.admin.user=Root");
	set("auth.admin.password=one");
	restart();
	assert_null(x.generated.p);
	ok(login("root", "one", PEER));
	set("auth.admin.password=two");
	restart();
	fails(login("ROOT", "one", PEER), ERR_UNAUTHENTICATED);
	ok(login("ROOT", "two", PEER));
	/* No longer configured: what is stored counts. */
	conf_fresh();
	restart();
	ok(login("root", "two", PEER));
	/* Another administrator besides. */
	set("auth.admin.user=boss");
	set("auth.admin.password=three");
	restart();
	ok(login("boss", "three", PEER));
	ok(login("root", "two", PEER));
	close_all();
}

static void configured_password_replaces_the_stored_one(void **state)
{
	on_each(configured_password);
}

static void migrations(struct store_test *t)
{
	int applied;

	ok(iam_migrate(t->db, soon(), &applied));
	assert_int_equal(applied, 1);
	ok(iam_migrate(t->db, soon(), &applied));
	assert_int_equal(applied, 0);
}

static void migration_runs_once(void **state)
{
	on_each(migrations);
}

static void weak_secrets(struct store_test *t)
{
	static const char *const s[] = {"notUsed",	   "mpssecret",
					"SuperSecret",	   "secret",
					"0123456789abcde", "supersecretsupersecret"};

	open_all(t);
	for (size_t k = 0; k < ARRAY_LEN(s); k++) {
		struct err *e;

		set(arena_printf(x.a, "auth.jwt.secret=%s", s[k]));
		e = try_start();
		assert_non_null(e);
		assert_non_null(strstr(e->msg, "MPS_JWT_SECRET"));
		fails(e, ERR_INVALID);
	}
	close_all();
}

static void weak_or_published_secret_is_refused(void **state)
{
	on_sqlite(weak_secrets);
}

static void bad_settings(struct store_test *t)
{
	open_all(t);
	set("auth.mode=oidc");
	fails(try_start(), ERR_INVALID);
	conf_fresh();
	set("auth.roles=a=fly");
	fails(try_start(), ERR_INVALID);
	close_all();
}

static void settings_that_cannot_work_are_refused(void **state)
{
	on_sqlite(bad_settings);
}

static void key_life(struct store_test *t)
{
	struct iam_caller *who;
	struct secret one = {0}, two = {0};
	const char *token;
	int64_t exp_ms;
	json_t *claims;

	usual(t);
	token = token_for("eva", "S3cret");
	restart();
	ok(authenticate(token, NULL, &who));
	ok(secrets_get_text(x.secrets, "outband/keys", "login", soon(), &one));
	ok(secrets_get_text(x.secrets, "outband/keys", "redirection", soon(), &two));
	assert_int_equal(one.n, 43);
	assert_int_equal(two.n, 43);
	assert_string_not_equal(one.p, two.p);
	/* A configured one takes its place and is not stored. */
	set("auth.jwt.secret=0123456789abcdef");
	restart();
	fails(authenticate(token, NULL, &who), ERR_UNAUTHENTICATED);
	token = token_for("eva", "S3cret");
	secret_set(&two, STR("0123456789abcdef"));
	ok(jwt_verify_own(str_of(token), &two, x.i->issuer, "outband:login", x.a, &claims,
			  &exp_ms));
	json_decref(claims);
	ok(secrets_get_text(x.secrets, "outband/keys", "login", soon(), &two));
	assert_string_equal(one.p, two.p);
	secret_fini(&one);
	secret_fini(&two);
	close_all();
}

static void keys_live_in_the_secret_store(void **state)
{
	on_sqlite(key_life);
}

/* --- login --- */

static void logins(struct store_test *t)
{
	static const struct {
		const char *user, *password;
		bool fine;
	} c[] = {
		{"eva", "S3cret", true},     {"EVA", "S3cret", true},
		{"Admin", "Adm1n!", true},   {"eva", "s3cret", false},
		{"eva", "", false},	     {"eva", "S3cret ", false},
		{"eva", "Adm1n!", false},    {"", "", false},
		{"nobody", "S3cret", false}, {"eva ", "S3cret", false},
		{"' OR 1=1 --", "", false},
	};

	usual(t);
	for (size_t k = 0; k < ARRAY_LEN(c); k++) {
		struct err *e = login(c[k].user, c[k].password, "unix");

		if (c[k].fine) {
			ok(e);
		} else {
			assert_string_equal(e->msg,
					    "Incorrect Username and/or Password!");
			fails(e, ERR_UNAUTHENTICATED);
		}
	}
	close_all();
}

static void name_in_any_case_password_exactly(void **state)
{
	on_each(logins);
}

static void password_changes(struct store_test *t)
{
	usual(t);
	ok(iam_user_set(x.i, "EVA", STR("n3w"), "t2", "viewer", soon()));
	fails(login("eva", "S3cret", PEER), ERR_UNAUTHENTICATED);
	ok(login("eva", "n3w", PEER));
	assert_int_equal(count(t, "ob_users"), 2);
	close_all();
}

static void password_can_be_changed(void **state)
{
	on_each(password_changes);
}

static void bad_users(struct store_test *t)
{
	static const char nul[] = "a\0b";
	char longer[1026];

	usual(t);
	memset(longer, 'a', 1025);
	longer[1025] = '\0';
	fails(iam_user_set(x.i, "", STR("p"), "", "admin", soon()), ERR_INVALID);
	fails(iam_user_set(x.i, "a\nb", STR("p"), "", "admin", soon()), ERR_INVALID);
	fails(iam_user_set(x.i, longer, STR("p"), "", "admin", soon()), ERR_INVALID);
	fails(iam_user_set(x.i, "a", STR(""), "", "admin", soon()), ERR_INVALID);
	fails(iam_user_set(x.i, "a", str_of(longer), "", "admin", soon()), ERR_INVALID);
	fails(iam_user_set(x.i, "a", (struct str){nul, 3}, "", "admin", soon()),
	      ERR_INVALID);
	fails(iam_user_set(x.i, "a", STR("p"), "", "king", soon()), ERR_INVALID);
	fails(login(longer, "p", PEER), ERR_UNAUTHENTICATED);
	fails(login("eva", longer, PEER), ERR_UNAUTHENTICATED);
	close_all();
}

static void malformed_users_are_refused(void **state)
{
	on_sqlite(bad_users);
}

static size_t noted(const char *who, const char *outcome)
{
	const struct iam_audit_filter f = {.who = who, .top = 1000};
	struct iam_audit *v;
	size_t n, k = 0;

	ok(iam_audit_list(x.t->db, &f, x.a, soon(), &v, &n));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(v[i].what, "login");
		k += strcmp(v[i].outcome, outcome) == 0;
	}
	return k;
}

/* Whoever tries them, and nobody fills the table by trying. */
static void records(struct store_test *t)
{
	const struct iam_audit_filter f = {.top = 10};
	struct iam_audit *v;
	size_t n;

	usual(t);
	ok(iam_audit_migrate(t->db, soon(), NULL));
	ok(login("EVA", "S3cret", PEER));
	fails(login("eva", "S3cret!", PEER), ERR_UNAUTHENTICATED);
	fails(login("Hunter2!", "eva", PEER), ERR_UNAUTHENTICATED);
	ok(iam_audit_list(t->db, &f, x.a, soon(), &v, &n));
	assert_int_equal(n, 3);
	assert_string_equal(v[2].who, "eva");
	assert_string_equal(v[2].tenant, "t1");
	assert_string_equal(v[2].outcome, "done");
	assert_string_equal(v[2].peer, PEER);
	assert_string_equal(v[1].who, "eva");
	assert_string_equal(v[1].tenant, "t1");
	assert_string_equal(v[1].outcome, "refused");
	assert_string_equal(v[0].who, ""); /* a password perhaps */
	assert_string_equal(v[0].outcome, "refused");
	for (int k = 0; k < 50; k++)
		err_free(login("eva", "guess", "192.0.2.77"));
	assert_int_equal(noted("eva", "refused"), 11);
	assert_int_equal(noted("", "limited"), 1);
	clock_advance(60000);
	for (int k = 0; k < 50; k++)
		err_free(login("eva", "guess", "192.0.2.77"));
	assert_int_equal(noted("", "limited"), 2);
	close_all();
}

static void logins_are_on_record(void **state)
{
	on_sqlite(records);
}

static void guessing(struct store_test *t)
{
	struct err *e;

	usual(t);
	for (int k = 0; k < 10; k++)
		fails(login("eva", "guess", PEER), ERR_UNAUTHENTICATED);
	e = login("eva", "S3cret", PEER);
	assert_non_null(strstr(e->msg, "try again in"));
	fails(e, ERR_LIMITED);
	fails(login("EVA", "S3cret", PEER), ERR_LIMITED);
	ok(login("eva", "S3cret", "192.0.2.8"));
	ok(login("admin", "Adm1n!", PEER));
	clock_advance(6000);
	ok(login("eva", "S3cret", PEER));
	/* From one address, whatever the name; after 100. */
	for (int k = 0; k < 100; k++)
		fails(login(arena_printf(x.a, "user%d", k), "guess", "198.51.100.1"),
		      ERR_UNAUTHENTICATED);
	fails(login("admin", "Adm1n!", "198.51.100.1"), ERR_LIMITED);
	ok(login("admin", "Adm1n!", "198.51.100.2"));
	/* Logins that succeed are not counted. */
	for (int k = 0; k < 120; k++)
		ok(login("admin", "Adm1n!", "203.0.113.1"));
	close_all();
}

static void guessing_is_limited_per_user_and_address(void **state)
{
	on_sqlite(guessing);
}

static int logged_in;

static void login_fiber(void *arg)
{
	struct arena a = {0};
	const char *token;

	/* An arena of its own: the database's threads fill it while others wait. */
	ok(iam_login(x.i, "eva", STR("S3cret"), arg, &a, soon(), &token));
	arena_fini(&a);
	logged_in++;
}

static void crowd(struct store_test *t)
{
	struct fiber_group g;

	usual(t);
	fiber_group_init(&g);
	logged_in = 0;
	for (int k = 0; k < 20; k++)
		fiber_spawn(&g, "login", login_fiber, arena_printf(x.a, "192.0.2.%d", k));
	fiber_group_join(&g, false);
	assert_int_equal(logged_in, 20);
	assert_int_equal(x.i->hashing.running, 0);
	assert_int_equal(x.i->hashing.waiting, 0);
	close_all();
}

static void logins_at_once_wait_for_their_turn(void **state)
{
	on_sqlite(crowd);
}

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
	want = json_pack("{s:s, s:s, s:s, s:I, s:s, s:[s], s:s}", "tenantId", "t1", "iss",
			 "9EmRJTbIiIb4bIeSsmgcWIjrR6HyETqc", "deviceId", "*", "exp",
			 (json_int_t)(NOW_S + 1440 * 60), "sub", "eva", "roles",
			 "operator", "aud", "outband:login");
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
		cmocka_unit_test(first_start_makes_an_administrator_once),
		cmocka_unit_test(no_password_is_generated_that_nobody_would_see),
		cmocka_unit_test(configured_password_replaces_the_stored_one),
		cmocka_unit_test(migration_runs_once),
		cmocka_unit_test(weak_or_published_secret_is_refused),
		cmocka_unit_test(settings_that_cannot_work_are_refused),
		cmocka_unit_test(keys_live_in_the_secret_store),
		cmocka_unit_test(name_in_any_case_password_exactly),
		cmocka_unit_test(password_can_be_changed),
		cmocka_unit_test(malformed_users_are_refused),
		cmocka_unit_test(logins_are_on_record),
		cmocka_unit_test(guessing_is_limited_per_user_and_address),
		cmocka_unit_test(logins_at_once_wait_for_their_turn),
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
