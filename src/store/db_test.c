/* SPDX-License-Identifier: Apache-2.0
 * The database on SQLite and PostgreSQL: values, errors, group commit, deadlines.
 */
#include <store/store_test.h>

#include <base/list.h>
#include <time.h>

static void sleep_ms(int ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&ts, NULL);
}

/* --- values --- */

static const struct db_stmt insert_all = {
	.name = "insert all",
	.sql = "INSERT INTO t (i, b, s, at, tags, j, raw) "
	       "VALUES (:i, :b, :s, :at, :tags, :j, :raw)",
};
static const struct db_stmt select_all = {
	.name = "select all",
	.sql = "SELECT i, b, s, at, tags, j, raw FROM t ORDER BY i",
};

static void make_all(struct store_test *t)
{
	if (db_dialect(t->db) == DB_POSTGRES)
		sql(t, "CREATE TABLE t (i bigint PRIMARY KEY, b boolean, s varchar(256), "
		       "at timestamptz, tags text[], j json, raw bytea)");
	else
		sql(t, "CREATE TABLE t (i INTEGER PRIMARY KEY, b INTEGER, s TEXT, "
		       "at INTEGER, tags TEXT, j TEXT, raw BLOB)");
}

static const char *const hard_texts[] = {"",	 "NULL", "null", "a,b", "{x}",
					 "q\"q", "b\\s", "'",	 "\n",	"\xc3\xa4"};

static void check_values(struct store_test *t)
{
	struct db_param p[] = {
		P_INT("i", INT64_MAX),
		P_BOOL("b", true),
		P_TEXT("s", "it's :s \\ \"q\""),
		P_TIME("at", 1768456800123),
		P_TEXTS("tags", hard_texts, ARRAY_LEN(hard_texts)),
		P_JSON("j", "{\"k\":[1,null]}"),
		P_BLOB("raw", ((struct str){"\0\xff\\x", 4})),
	};
	struct db_rows *r;
	const char **tags;
	int64_t changed = -1;
	size_t n;

	make_all(t);
	ok(db_exec(t->db, &insert_all, p, ARRAY_LEN(p), soon(), &changed));
	assert_int_equal(changed, 1);
	ok(db_query(t->db, &select_all, NULL, 0, &t->a, soon(), &r));
	assert_int_equal(r->n, 1);
	assert_int_equal(r->n_cols, 7);
	assert_string_equal(r->names[4], "tags");
	assert_true(db_int(r, 0, 0) == INT64_MAX);
	assert_true(db_bool(r, 0, 1));
	assert_string_equal(db_text(r, 0, 1), "1");
	assert_string_equal(db_text(r, 0, 2), "it's :s \\ \"q\"");
	assert_true(db_time(r, 0, 3) == 1768456800123);
	assert_string_equal(db_text(r, 0, 3), "1768456800123");
	tags = db_texts(r, 0, 4, &t->a, &n);
	assert_int_equal(n, ARRAY_LEN(hard_texts));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(tags[i], hard_texts[i]);
	assert_string_equal(db_text(r, 0, 5), "{\"k\":[1,null]}");
	assert_int_equal(db_cell(r, 0, 6).n, 4);
	assert_memory_equal(db_cell(r, 0, 6).p, "\0\xff\\x", 4);
}

static void values_read_as_written(void **state)
{
	on_each(check_values);
}

static void check_nulls(struct store_test *t)
{
	struct db_param p[] = {
		P_INT("i", 1),
		P_NULL("b"),
		P_TEXT("s", NULL),
		P_TIME("at", -1),
		P_NULL("tags"),
		P_JSON("j", NULL),
		P_BLOB("raw", ((struct str){NULL, 0})),
	};
	struct db_rows *r;
	size_t n = 9;

	make_all(t);
	ok(db_exec(t->db, &insert_all, p, ARRAY_LEN(p), soon(), NULL));
	p[0] = P_INT("i", 2);
	p[1] = P_BOOL("b", false);
	p[2] = P_TEXT("s", "");
	p[4] = P_TEXTS("tags", NULL, 0);
	ok(db_exec(t->db, &insert_all, p, ARRAY_LEN(p), soon(), NULL));
	ok(db_query(t->db, &select_all, NULL, 0, &t->a, soon(), &r));
	assert_int_equal(r->n, 2);
	for (size_t i = 1; i < r->n_cols; i++)
		assert_null(db_text(r, 0, i));
	assert_false(db_bool(r, 0, 1));
	assert_true(db_time(r, 0, 3) == -1);
	db_texts(r, 0, 4, &t->a, &n);
	assert_int_equal(n, 0);
	assert_string_equal(db_text(r, 1, 1), "0");
	assert_string_equal(db_text(r, 1, 2), "");
	assert_string_equal(db_text(r, 1, 4), "[]");
}

static void nulls_and_empty_values_differ(void **state)
{
	on_each(check_nulls);
}

/* --- errors --- */

static const struct db_stmt put = {.name = "put",
				   .sql = "INSERT INTO t (id, v) VALUES (:id, :v)"};
static const struct db_stmt missing_table = {.name = "bad statement",
					     .sql = "SELECT * FROM nope"};

static void make_small(struct store_test *t)
{
	sql(t,
	    "CREATE TABLE t (id integer PRIMARY KEY, v integer NOT NULL CHECK (v >= 0))");
}

static struct err *put_row(struct store_test *t, int64_t id, int64_t v,
			   struct deadline until)
{
	return db_exec(t->db, &put, (struct db_param[]){P_INT("id", id), P_INT("v", v)},
		       2, until, NULL);
}

static void check_kinds(struct store_test *t)
{
	struct db_rows *r;
	struct err *e;

	make_small(t);
	ok(put_row(t, 1, 1, soon()));
	fails(put_row(t, 1, 2, soon()), ERR_CONFLICT);
	fails(put_row(t, 2, -1, soon()), ERR_INVALID);
	fails(db_exec(t->db, &put, (struct db_param[]){P_INT("id", 3), P_NULL("v")}, 2,
		      soon(), NULL),
	      ERR_INVALID);
	fails(db_exec(t->db, &put, (struct db_param[]){P_INT("id", 3)}, 1, soon(), NULL),
	      ERR_INTERNAL);
	e = db_query(t->db, &missing_table, NULL, 0, &t->a, soon(), &r);
	assert_true(err_is(e, ERR_INTERNAL));
	assert_non_null(strstr(err_str(e, &t->a), "bad statement"));
	err_free(e);
	assert_int_equal(count(t, "t"), 1);
	ok(db_ping(t->db, soon()));
	assert_int_equal(db_stats(t->db).queued, 0);
	assert_true(db_stats(t->db).errors >= 5);
}

static void errors_have_their_kinds(void **state)
{
	on_each(check_kinds);
}

static void check_foreign_key(struct store_test *t)
{
	sql(t, "CREATE TABLE p (id integer PRIMARY KEY)");
	sql(t, "CREATE TABLE c (p integer REFERENCES p (id))");
	struct db_stmt st = {.name = "child", .sql = "INSERT INTO c (p) VALUES (1)"};

	fails(db_exec(t->db, &st, NULL, 0, soon(), NULL), ERR_INVALID);
}

static void broken_reference_is_no_conflict(void **state)
{
	on_each(check_foreign_key);
}

static void check_read_only(struct store_test *t)
{
	struct db_rows *r;

	make_small(t);
	fails(db_query(t->db, &put, (struct db_param[]){P_INT("id", 1), P_INT("v", 1)}, 2,
		       &t->a, soon(), &r),
	      ERR_INTERNAL);
}

static void sqlite_query_cannot_write(void **state)
{
	on_sqlite(check_read_only);
}

static void check_many_statements(struct store_test *t)
{
	struct db_stmt st[300];

	for (size_t i = 0; i < ARRAY_LEN(st); i++) {
		struct db_rows *r;

		st[i] = (struct db_stmt){
			.name = "n", .sql = arena_printf(&t->a, "SELECT %zu AS n", i)};
		ok(db_query(t->db, &st[i], NULL, 0, &t->a, soon(), &r));
		assert_int_equal(db_int(r, 0, 0), i);
	}
	/* One address, other texts: the sql() and ask() helpers do the same. */
	for (size_t i = 0; i < 20; i++) {
		struct db_rows *r;

		st[0].sql = i % 2 ? "SELECT 1 AS n" : "SELECT 2 AS n";
		ok(db_query(t->db, &st[0], NULL, 0, &t->a, soon(), &r));
		assert_int_equal(db_int(r, 0, 0), i % 2 ? 1 : 2);
	}
}

static void statements_beyond_the_cache_work(void **state)
{
	on_each(check_many_statements);
}

/* --- transactions --- */

struct writer {
	struct store_test *t;
	int64_t id;
	struct err *e;
};

static void write_one(void *arg)
{
	struct writer *w = arg;

	w->e = put_row(w->t, w->id, 1, soon());
}

/* Two rows, and then it thinks better of it. */
static struct err *two_then_fail(struct db_tx *tx, void *arg)
{
	for (int64_t id = 900; id < 902; id++)
		TRY(db_tx_exec(tx, &put,
			       (struct db_param[]){P_INT("id", id), P_INT("v", 1)}, 2,
			       NULL));
	return err_new(ERR_FORBIDDEN, "changed my mind");
}

static void write_and_fail(void *arg)
{
	struct writer *w = arg;

	w->e = db_transaction(w->t->db, two_then_fail, NULL, soon());
}

static void check_group(struct store_test *t)
{
	enum { N = 200 };
	struct writer w[N];
	struct fiber_group g;
	struct db_stats before, after;

	make_small(t);
	fiber_group_init(&g);
	before = db_stats(t->db);
	for (int i = 0; i < N; i++) {
		w[i] = (struct writer){t, i == 150 ? 149 : i, NULL};
		fiber_spawn(&g, "writer", i == 77 ? write_and_fail : write_one, &w[i]);
	}
	fiber_group_join(&g, false);
	after = db_stats(t->db);
	for (int i = 0; i < N; i++) {
		if (i == 77)
			fails(w[i].e, ERR_FORBIDDEN);
		else if (i != 149 && i != 150)
			ok(w[i].e);
	}
	/* PostgreSQL's pool may run the two in either order. */
	assert_true((w[149].e == NULL) != (w[150].e == NULL));
	fails(w[149].e ? w[149].e : w[150].e, ERR_CONFLICT);
	assert_int_equal(count(t, "t"), N - 2);
	assert_int_equal(count(t, "t WHERE id >= 900"), 0);
	assert_int_equal(after.writes - before.writes, N);
	if (db_dialect(t->db) == DB_SQLITE)
		assert_true(after.commits - before.commits < N / 2);
}

static void failing_transaction_in_a_group_fails_alone(void **state)
{
	on_each(check_group);
}

static struct err *swallow(struct db_tx *tx, void *arg)
{
	struct db_param p[] = {P_INT("id", 5), P_INT("v", 1)};
	struct err *e;

	TRY(db_tx_exec(tx, &put, p, 2, NULL));
	e = db_tx_exec(tx, &put, p, 2, NULL);
	err_free(e);
	return NULL;
}

static void check_swallowed(struct store_test *t)
{
	make_small(t);
	fails(db_transaction(t->db, swallow, NULL, soon()), ERR_CONFLICT);
	assert_int_equal(count(t, "t"), 0);
}

static void transaction_with_a_failed_statement_never_commits(void **state)
{
	on_each(check_swallowed);
}

static struct err *read_own(struct db_tx *tx, void *arg)
{
	static const struct db_stmt get = {.name = "get",
					   .sql = "SELECT v FROM t WHERE id = :id"};
	static const struct db_stmt add = {
		.name = "add", .sql = "UPDATE t SET v = v + :by WHERE id = :id"};
	struct store_test *t = arg;
	struct db_rows *r;
	int64_t changed;

	TRY(db_tx_exec(tx, &put, (struct db_param[]){P_INT("id", 1), P_INT("v", 1)}, 2,
		       NULL));
	TRY(db_tx_exec(tx, &add, (struct db_param[]){P_INT("id", 1), P_INT("by", 41)}, 2,
		       &changed));
	TRY(db_tx_query(tx, &get, (struct db_param[]){P_INT("id", 1)}, 1, &t->a, &r));
	if (changed != 1 || db_int(r, 0, 0) != 42)
		return err_new(ERR_INTERNAL, "own writes not seen");
	return NULL;
}

static void check_read_own(struct store_test *t)
{
	make_small(t);
	ok(db_transaction(t->db, read_own, t, soon()));
	assert_int_equal(db_int(ask(t, "SELECT v FROM t"), 0, 0), 42);
}

static void transaction_sees_its_own_writes(void **state)
{
	on_each(check_read_own);
}

/* --- deadlines and cancelling --- */

static struct err *slow_tx(struct db_tx *tx, void *arg)
{
	sleep_ms(300);
	return db_tx_exec(tx, &put, (struct db_param[]){P_INT("id", 1), P_INT("v", 1)}, 2,
			  NULL);
}

static void run_slow(void *arg)
{
	struct writer *w = arg;

	w->e = db_transaction(w->t->db, slow_tx, NULL, soon());
}

static void check_queued_deadline(struct store_test *t)
{
	struct store_test one = {0};
	struct writer w = {&one, 0, NULL};
	struct fiber_group g;

	make_small(t);
	ok(db_open(t->url, 1, &one.db));
	ok(db_ping(one.db, soon()));
	fiber_group_init(&g);
	fiber_spawn(&g, "slow", run_slow, &w);
	ok(fiber_sleep_ms(50));
	fails(put_row(&one, 2, 1, deadline_in(50)), ERR_TIMEOUT);
	fiber_group_join(&g, false);
	ok(w.e);
	ok(put_row(&one, 3, 1, soon()));
	assert_int_equal(count(t, "t"), 2);
	assert_int_equal(count(t, "t WHERE id = 2"), 0);
	db_close(one.db);
}

static void job_whose_time_passes_in_the_queue_is_not_run(void **state)
{
	on_each(check_queued_deadline);
}

static void check_cancel(struct store_test *t)
{
	struct writer w = {t, 0, NULL};
	struct fiber_group g;

	make_small(t);
	ok(db_ping(t->db, soon()));
	fiber_group_init(&g);
	fiber_spawn(&g, "slow", run_slow, &w);
	ok(fiber_sleep_ms(100));
	fiber_group_join(&g, true);
	ok(w.e); /* what was acknowledged to nobody still happened, and is told */
	assert_int_equal(count(t, "t"), 1);
}

static void running_job_is_waited_for_when_cancelled(void **state)
{
	on_each(check_cancel);
}

static void check_long_read(struct store_test *t)
{
	static const struct db_stmt endless = {
		.name = "endless",
		.sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
		       "SELECT count(*) FROM n",
		.postgres = "SELECT pg_sleep(30)",
	};
	struct deadline until = deadline_in(5000);
	struct db_rows *r;

	fails(db_query(t->db, &endless, NULL, 0, &t->a, deadline_in(200), &r),
	      ERR_TIMEOUT);
	assert_false(deadline_passed(until));
	ok(db_ping(t->db, soon()));
}

static void long_read_ends_at_its_deadline(void **state)
{
	on_each(check_long_read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_read_as_written),
		cmocka_unit_test(nulls_and_empty_values_differ),
		cmocka_unit_test(errors_have_their_kinds),
		cmocka_unit_test(broken_reference_is_no_conflict),
		cmocka_unit_test(sqlite_query_cannot_write),
		cmocka_unit_test(statements_beyond_the_cache_work),
		cmocka_unit_test(failing_transaction_in_a_group_fails_alone),
		cmocka_unit_test(transaction_with_a_failed_statement_never_commits),
		cmocka_unit_test(transaction_sees_its_own_writes),
		cmocka_unit_test(job_whose_time_passes_in_the_queue_is_not_run),
		cmocka_unit_test(running_job_is_waited_for_when_cancelled),
		cmocka_unit_test(long_read_ends_at_its_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
