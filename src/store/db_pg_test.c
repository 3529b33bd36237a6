/* SPDX-License-Identifier: Apache-2.0
 * PostgreSQL going away and coming back. With a server (OUTBAND_TEST_PG_URL) its sessions
 * are ended under the pool; without one only the unreachable address is tested.
 */
#include <store/store_test.h>

static const struct db_stmt kill_me = {
	.name = "kill me", .sql = "SELECT pg_terminate_backend(pg_backend_pid())"};
static const struct db_stmt kill_others = {
	.name = "kill others",
	.sql = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
	       "WHERE application_name = :name AND pid <> pg_backend_pid()",
};

static void unreachable_fiber(void *arg)
{
	static const struct db_stmt one = {.name = "one", .sql = "SELECT 1"};
	struct arena a = {0};
	struct db_rows *r;
	struct db *d;
	struct err *e;

	ok(db_open("postgresql://someone:hunter2@127.0.0.1:1/db", 2, &d));
	assert_string_equal(db_name(d), "postgresql://127.0.0.1:1/db");
	assert_int_equal(db_dialect(d), DB_POSTGRES);
	for (int i = 0; i < 3; i++) {
		e = db_query(d, &one, NULL, 0, &a, soon(), &r);
		assert_true(err_is(e, ERR_UNAVAILABLE));
		assert_null(strstr(err_str(e, &a), "hunter2"));
		err_free(e);
	}
	fails(db_ping(d, soon()), ERR_UNAVAILABLE);
	fails(db_exec(d, &one, NULL, 0, soon(), NULL), ERR_UNAVAILABLE);
	db_close(d);
	arena_fini(&a);
}

static void server_away_is_unavailable_not_an_open_failure(void **state)
{
	rt_main(unreachable_fiber, NULL);
}

/* Ends every session of the test's pools but the one that does it. */
static void kill_sessions(struct store_test *t)
{
	struct store_test admin = {0};
	char name[32];
	struct db_rows *r;

	snprintf(name, sizeof(name), "ob_test_%d", (int)getpid());
	ok(db_open(t->url, 1, &admin.db));
	ok(db_query(admin.db, &kill_others, (struct db_param[]){P_TEXT("name", name)}, 1,
		    &t->a, soon(), &r));
	assert_true(db_int(r, 0, 0) > 0);
	db_close(admin.db);
}

static void nap(void *arg)
{
	static const struct db_stmt sleep = {.name = "nap",
					     .sql = "SELECT pg_sleep(0.2)"};
	struct store_test *t = arg;
	struct arena a = {0};
	struct db_rows *r;

	ok(db_query(t->db, &sleep, NULL, 0, &a, soon(), &r));
	arena_fini(&a);
}

#define SESSIONS 4

static void check_idle_loss(struct store_test *t)
{
	struct fiber_group g;

	sql(t, "CREATE TABLE t (id integer)");
	fiber_group_init(&g);
	for (int i = 0; i < SESSIONS; i++)
		fiber_spawn(&g, "nap", nap, t);
	fiber_group_join(&g, false);
	kill_sessions(t);
	/* A write is not repeated, so the loss must be seen before it is sent. */
	for (int i = 0; i < 2 * SESSIONS; i++)
		sql(t, "INSERT INTO t VALUES (1)");
	assert_int_equal(count(t, "t"), 2 * SESSIONS);
}

static void sessions_ended_while_idle_are_replaced_unnoticed(void **state)
{
	on_pg(check_idle_loss);
}

static struct err *die_inside(struct db_tx *tx, void *arg)
{
	static const struct db_stmt put = {.name = "put",
					   .sql = "INSERT INTO t VALUES (2)"};
	struct store_test *t = arg;
	struct db_rows *r;

	TRY(db_tx_exec(tx, &put, NULL, 0, NULL));
	err_free(db_tx_query(tx, &kill_me, NULL, 0, &t->a, &r));
	return NULL;
}

static void check_loss_in_tx(struct store_test *t)
{
	sql(t, "CREATE TABLE t (id integer)");
	fails(db_transaction(t->db, die_inside, t, soon()), ERR_UNAVAILABLE);
	assert_int_equal(count(t, "t"), 0);
}

static void session_lost_in_a_transaction_is_unavailable(void **state)
{
	on_pg(check_loss_in_tx);
}

static void check_casts(struct store_test *t)
{
	static const struct db_stmt st = {
		.name = "casts",
		.sql = "unused",
		.postgres =
			"SELECT :u::uuid::text || ':u' AS x, :n::bigint + 1, "
			"/* :nope */ ARRAY[:u, 'NULL']::text[], now()::timestamptz > :t",
	};
	static const struct db_stmt bad = {
		.name = "bad uuid", .sql = "unused", .postgres = "SELECT :u::uuid"};
	struct db_param p[] = {P_TEXT("u", "00000000-0000-0000-0000-00000000000A"),
			       P_INT("n", 1768456800123), P_TIME("t", 0)};
	struct db_rows *r;
	struct err *e;

	ok(db_query(t->db, &st, p, 3, &t->a, soon(), &r));
	assert_string_equal(db_text(r, 0, 0), "00000000-0000-0000-0000-00000000000a:u");
	assert_true(db_int(r, 0, 1) == 1768456800124);
	/* The server took :u for a uuid at its first use. */
	assert_string_equal(db_text(r, 0, 2),
			    "[\"00000000-0000-0000-0000-00000000000a\",\"NULL\"]");
	assert_true(db_bool(r, 0, 3));
	e = db_query(t->db, &bad, (struct db_param[]){P_TEXT("u", "hunter2")}, 1, &t->a,
		     soon(), &r);
	assert_true(err_is(e, ERR_INVALID));
	assert_null(strstr(err_str(e, &t->a), "hunter2"));
	err_free(e);
}

static void casts_and_literals_with_colons_work(void **state)
{
	on_pg(check_casts);
}

static void check_changed_plan(struct store_test *t)
{
	static const struct db_stmt all = {.name = "all", .sql = "SELECT * FROM t"};
	struct store_test one = {0};
	struct db_rows *r;

	sql(t, "CREATE TABLE t (id integer)");
	ok(db_open(t->url, 1, &one.db));
	ok(db_query(one.db, &all, NULL, 0, &t->a, soon(), &r));
	sql(t, "ALTER TABLE t ADD COLUMN v text");
	fails(db_query(one.db, &all, NULL, 0, &t->a, soon(), &r), ERR_UNAVAILABLE);
	ok(db_query(one.db, &all, NULL, 0, &t->a, soon(), &r));
	assert_int_equal(r->n_cols, 2);
	db_close(one.db);
}

static void statement_whose_table_changed_works_when_retried(void **state)
{
	on_pg(check_changed_plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_away_is_unavailable_not_an_open_failure),
		cmocka_unit_test(sessions_ended_while_idle_are_replaced_unnoticed),
		cmocka_unit_test(session_lost_in_a_transaction_is_unavailable),
		cmocka_unit_test(casts_and_literals_with_colons_work),
		cmocka_unit_test(statement_whose_table_changed_works_when_retried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
