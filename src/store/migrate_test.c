/* SPDX-License-Identifier: Apache-2.0
 * Migrations on both databases.
 */
#include <store/store_test.h>

#include <store/migrate.h>

static struct err *fill(struct db_tx *tx, void *arg)
{
	static const struct db_stmt st = {.name = "fill",
					  .sql = "INSERT INTO m VALUES (2, 'b')"};

	return db_tx_exec(tx, &st, NULL, 0, NULL);
}

#define FIRST                                                \
	"CREATE TABLE m (id integer PRIMARY KEY, s text);\n" \
	" ;; \n"                                             \
	"INSERT INTO m VALUES (1, 'a;;b;c')\n"               \
	";;\n"

static const struct migration steps[] = {
	{.version = 1, .title = "table", .sqlite = FIRST, .postgres = FIRST},
	{.version = 2, .title = "rows", .code = fill},
	{.version = 5,
	 .title = "column",
	 .sqlite = "ALTER TABLE m ADD COLUMN n integer",
	 .postgres = "ALTER TABLE m ADD COLUMN IF NOT EXISTS n integer"},
};

static void check_run(struct store_test *t)
{
	int applied = -1;

	ok(migrate(t->db, "test", steps, 1, soon(), &applied));
	assert_int_equal(applied, 1);
	ok(migrate(t->db, "test", steps, 3, soon(), &applied));
	assert_int_equal(applied, 2);
	ok(migrate(t->db, "test", steps, 3, soon(), &applied));
	assert_int_equal(applied, 0);
	assert_string_equal(db_text(ask(t, "SELECT s FROM m ORDER BY id"), 0, 0),
			    "a;;b;c");
	assert_int_equal(count(t, "m WHERE n IS NULL"), 2);
	assert_int_equal(count(t, "ob_migrations"), 3);
	/* Components do not see each other's versions. */
	ok(migrate(t->db, "other", NULL, 0, soon(), &applied));
	assert_int_equal(applied, 0);
}

static void each_migration_runs_once(void **state)
{
	on_each(check_run);
}

static void check_newer(struct store_test *t)
{
	ok(migrate(t->db, "test", steps, 3, soon(), NULL));
	fails(migrate(t->db, "test", steps, 2, soon(), NULL), ERR_CONFLICT);
	assert_int_equal(count(t, "ob_migrations"), 3);
}

static void newer_schema_is_refused(void **state)
{
	on_each(check_newer);
}

static void check_failing(struct store_test *t)
{
	static const char broken[] = "CREATE TABLE half (id integer)\n;;\nNOT SQL";
	const struct migration bad[] = {
		steps[0],
		{.version = 2, .title = "bad", .sqlite = broken, .postgres = broken}};
	struct err *e = migrate(t->db, "test", bad, 2, soon(), NULL);

	assert_true(err_is(e, ERR_INTERNAL));
	assert_non_null(strstr(err_str(e, &t->a), "migration 2 of test (bad)"));
	err_free(e);
	assert_int_equal(count(t, "ob_migrations"), 1);
	/* The half that had worked is gone too. */
	sql(t, "CREATE TABLE half (id integer)");
}

static void failing_migration_leaves_nothing(void **state)
{
	on_each(check_failing);
}

struct racer {
	struct db *d;
	int applied;
	struct err *e;
};

static void race(void *arg)
{
	struct racer *r = arg;

	r->e = migrate(r->d, "test", steps, 3, soon(), &r->applied);
}

static void check_race(struct store_test *t)
{
	struct racer r[4] = {0};
	struct fiber_group g;
	int total = 0;

	fiber_group_init(&g);
	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		ok(db_open(t->url, 1, &r[i].d));
		fiber_spawn(&g, "racer", race, &r[i]);
	}
	fiber_group_join(&g, false);
	for (size_t i = 0; i < ARRAY_LEN(r); i++) {
		ok(r[i].e);
		total += r[i].applied;
		db_close(r[i].d);
	}
	assert_int_equal(total, 3);
	assert_int_equal(count(t, "m"), 2);
}

static void instances_that_start_together_share_the_work(void **state)
{
	on_each(check_race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_migration_runs_once),
		cmocka_unit_test(newer_schema_is_refused),
		cmocka_unit_test(failing_migration_leaves_nothing),
		cmocka_unit_test(instances_that_start_together_share_the_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
