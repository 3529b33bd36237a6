/* SPDX-License-Identifier: Apache-2.0
 * Tokens that were revoked count no more: after a restart neither, and in another process
 * on the same database soon.
 */
#include <iam/iam_test.h>

#include <time.h>

static bool counts(struct iam *i, const char *token)
{
	struct iam_caller *who;
	struct err *e = iam_authenticate(i, arena_printf(x.a, "Bearer %s", token), NULL,
					 x.a, soon(), &who);

	if (e != NULL)
		assert_int_equal(e->kind, ERR_UNAUTHENTICATED);
	err_free(e);
	return e == NULL;
}

static struct iam_caller *caller(const char *token)
{
	struct iam_caller *who;

	ok(authenticate(token, NULL, &who));
	return who;
}

static void logout(struct store_test *t)
{
	const char *one, *two, *relay;
	struct iam_caller *eva, *who;

	usual(t);
	one = token_for("eva", "S3cret");
	two = token_for("eva", "S3cret");
	eva = caller(one);
	ok(iam_redirection_token(x.i, eva, GUID, NULL, x.a, &relay));
	ok(iam_redirection_verify(x.i, str_of(relay), GUID, NULL, x.a, &who));
	assert_true(iam_still_valid(x.i, who));
	ok(iam_logout(x.i, eva, soon()));
	assert_false(counts(x.i, one));
	assert_false(iam_still_valid(x.i, eva));
	assert_false(iam_still_valid(x.i, who));
	fails(iam_redirection_verify(x.i, str_of(relay), GUID, NULL, x.a, &who),
	      ERR_UNAUTHENTICATED);
	assert_true(counts(x.i, two));
	ok(iam_logout(x.i, eva, soon())); /* once more is fine */
	assert_int_equal(count(t, "ob_revoked"), 1);
	restart();
	assert_false(counts(x.i, one));
	assert_true(counts(x.i, two));
	assert_true(counts(x.i, token_for("eva", "S3cret")));
	close_all();
}

static void logout_ends_one_token_for_good(void **state)
{
	on_each(logout);
}

static void user(struct store_test *t)
{
	const char *before, *after, *other;

	usual(t);
	before = token_for("eva", "S3cret");
	other = token_for("admin", "Adm1n!");
	clock_advance(1);
	ok(iam_revoke(x.i, "EVA", NULL, "", soon()));
	assert_false(counts(x.i, before));
	assert_true(counts(x.i, other));
	clock_advance(1);
	after = token_for("eva", "S3cret");
	assert_true(counts(x.i, after));
	/* Revoked again: what was got since ends too. */
	clock_advance(1);
	ok(iam_revoke(x.i, "eva", NULL, "t1", soon()));
	assert_false(counts(x.i, after));
	restart();
	assert_false(counts(x.i, before));
	assert_false(counts(x.i, after));
	close_all();
}

static void all_that_a_user_has_ends_and_new_logins_count(void **state)
{
	on_each(user);
}

/* An administrator of one tenant does not reach into another. */
static void tenants(struct store_test *t)
{
	const char *eva;

	usual(t);
	eva = token_for("eva", "S3cret");
	ok(iam_revoke(x.i, "eva", NULL, "t2", soon()));
	ok(iam_revoke(x.i, NULL, caller(eva)->token_id, "t2", soon()));
	assert_true(counts(x.i, eva));
	ok(iam_revoke(x.i, NULL, caller(eva)->token_id, "t1", soon()));
	assert_false(counts(x.i, eva));
	close_all();
}

static void tenants_revoke_what_is_theirs(void **state)
{
	on_sqlite(tenants);
}

static void grants(struct store_test *t)
{
	struct iam_grant g[] = {{"t1", IAM_POWER}, {"t2", IAM_DEVICE_READ}};
	struct iam_identity id = {.name = "eva",
				  .grants = g,
				  .n_grants = 2,
				  .token_id = "one",
				  .issued_ms = 5};

	usual(t);
	ok(iam_revoke(x.i, "eva", NULL, "t1", soon()));
	ok(iam_revoked_apply(&x.i->revoked, &id));
	assert_int_equal(id.n_grants, 1);
	assert_string_equal(id.grants[0].tenant, "t2");
	ok(iam_revoke(x.i, "eva", NULL, "t2", soon()));
	fails(iam_revoked_apply(&x.i->revoked, &id), ERR_UNAUTHENTICATED);
	close_all();
}

static void a_token_of_two_projects_keeps_the_other(void **state)
{
	on_sqlite(grants);
}

static int told;

static void tell(void *arg)
{
	told++;
}

/* Time for another look of every process: one that still looked when the clock moved
 * sleeps from then on, so this is for loops. */
static void pass_a_look(time_t end)
{
	clock_advance(2000);
	for (int i = 0; i < 20; i++) {
		ok(fiber_yield());
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	assert_true(time(NULL) < end);
}

/* As another process: it has its own memory and the same rows. */
static void elsewhere(struct store_test *t)
{
	struct iam *other;
	struct iam_watch w = {.fn = tell};
	const char *token;
	time_t end = time(NULL) + 10;
	uint64_t queries;

	usual(t);
	token = token_for("eva", "S3cret");
	ok(iam_start(x.conf, t->db, x.secrets, x.http, &other, NULL));
	iam_watch(other, &w);
	told = 0;
	assert_true(counts(other, token));
	ok(iam_logout(x.i, caller(token), soon()));
	assert_true(counts(other, token)); /* remembered there */
	while (told == 0)
		pass_a_look(end);
	assert_false(counts(other, token));
	/* What it knows already is no news. */
	queries = db_stats(t->db).queries;
	while (db_stats(t->db).queries < queries + 4)
		pass_a_look(end);
	assert_int_equal(told, 1);
	ok(iam_logout(x.i, caller(token_for("admin", "Adm1n!")), soon()));
	while (told == 1)
		pass_a_look(end);
	assert_int_equal(told, 2);
	iam_unwatch(&w);
	iam_stop(other);
	close_all();
}

static void another_process_sees_it_within_seconds(void **state)
{
	on_each(elsewhere);
}

/* It could not look while the other wrote: no database, a sleeping machine. */
static void unseen(struct store_test *t)
{
	struct iam *other;
	const char *token;
	time_t end = time(NULL) + 10;

	usual(t);
	token = token_for("eva", "S3cret");
	ok(iam_start(x.conf, t->db, x.secrets, x.http, &other, NULL));
	assert_true(counts(other, token));
	ok(iam_logout(x.i, caller(token), soon()));
	sql(t, db_dialect(t->db) == DB_POSTGRES
		       ? "UPDATE ob_revoked SET noted = noted - interval '90 seconds'"
		       : "UPDATE ob_revoked SET noted = noted - 90");
	clock_advance(90000);
	while (counts(other, token))
		pass_a_look(end);
	iam_stop(other);
	close_all();
}

static void what_was_revoked_during_an_outage_is_seen_after_it(void **state)
{
	on_each(unseen);
}

/* Rows of tokens that ended by themselves go. */
static void ended(struct store_test *t)
{
	const char *token;
	time_t end = time(NULL) + 10;

	usual(t);
	token = token_for("eva", "S3cret");
	ok(iam_logout(x.i, caller(token), soon()));
	clock_advance(1440LL * 60000 + 5 * 60000 + 3600000 + 1);
	clock_advance(2000);
	while (count(t, "ob_revoked") > 0)
		assert_true(time(NULL) < end);
	while (!list_empty(&x.i->revoked.all)) {
		ok(fiber_yield());
		assert_true(time(NULL) < end);
	}
	close_all();
}

static void rows_go_when_their_tokens_have_ended(void **state)
{
	on_each(ended);
}

static void password(struct store_test *t)
{
	const char *token;
	time_t end = time(NULL) + 10;

	usual(t);
	token = token_for("admin", "Adm1n!");
	clock_advance(1);
	set("auth.admin.password=N3w!");
	restart();
	while (counts(x.i, token)) {
		ok(fiber_yield());
		assert_true(time(NULL) < end);
	}
	close_all();
}

static void a_new_configured_password_ends_the_old_ones_tokens(void **state)
{
	on_sqlite(password);
}

static void none(struct store_test *t)
{
	struct iam_caller *who;

	open_all(t);
	set("auth.mode=none");
	restart();
	ok(iam_authenticate(x.i, NULL, NULL, x.a, soon(), &who));
	ok(iam_logout(x.i, who, soon()));
	fails(iam_revoke(x.i, "eva", NULL, "", soon()), ERR_INVALID);
	close_all();
}

static void without_logins_there_is_nothing_to_revoke(void **state)
{
	on_sqlite(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logout_ends_one_token_for_good),
		cmocka_unit_test(all_that_a_user_has_ends_and_new_logins_count),
		cmocka_unit_test(tenants_revoke_what_is_theirs),
		cmocka_unit_test(a_token_of_two_projects_keeps_the_other),
		cmocka_unit_test(another_process_sees_it_within_seconds),
		cmocka_unit_test(what_was_revoked_during_an_outage_is_seen_after_it),
		cmocka_unit_test(rows_go_when_their_tokens_have_ended),
		cmocka_unit_test(a_new_configured_password_ends_the_old_ones_tokens),
		cmocka_unit_test(without_logins_there_is_nothing_to_revoke),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
