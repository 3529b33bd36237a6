/* SPDX-License-Identifier: Apache-2.0
 * Start, keys, users and their logins; on SQLite and, when there is one, on PostgreSQL.
 */
#include <iam/iam_test.h>

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
	assert_int_equal(applied, 2);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
