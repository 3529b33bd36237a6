/* SPDX-License-Identifier: Apache-2.0
 * For tests: a body that runs in a fiber on SQLite and, when OUTBAND_TEST_PG_URL names
 * one, on a PostgreSQL, there in a schema of its own (test programs run side by side).
 */
#ifndef STORE_STORE_TEST_H
#define STORE_STORE_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <rt/fiber.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/db.h>
#include <unistd.h>

struct store_test {
	char dir[64];
	char url[512];
	struct db *db;
	struct arena a;
	void (*body)(struct store_test *t);
};

static inline struct deadline soon(void)
{
	return deadline_in(20000);
}

/* Fails with the error's text. */
static inline void ok(struct err *e)
{
	struct buf b = {0};

	if (e == NULL)
		return;
	err_text(e, &b);
	print_error("unexpected error: %s\n", b.p);
	buf_fini(&b);
	err_free(e);
	fail();
}

static inline void fails(struct err *e, enum err_kind kind)
{
	struct buf b = {0};

	assert_non_null(e);
	if (e->kind != kind) {
		err_text(e, &b);
		print_error("%s, not %s: %s\n", err_kind_name(e->kind),
			    err_kind_name(kind), b.p);
		buf_fini(&b);
	}
	assert_int_equal(e->kind, kind);
	err_free(e);
}

static inline void sql(struct store_test *t, const char *text)
{
	struct db_stmt st = {.name = "test", .sql = text};

	ok(db_exec(t->db, &st, NULL, 0, soon(), NULL));
}

static inline struct db_rows *ask(struct store_test *t, const char *text)
{
	struct db_stmt st = {.name = "test", .sql = text};
	struct db_rows *r;

	ok(db_query(t->db, &st, NULL, 0, &t->a, soon(), &r));
	return r;
}

static inline int64_t count(struct store_test *t, const char *table)
{
	return db_int(ask(t, arena_printf(&t->a, "SELECT count(*) FROM %s", table)), 0,
		      0);
}

static inline void test_dir_make(struct store_test *t)
{
	strcpy(t->dir, "/tmp/ob-store-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
}

static inline void test_dir_remove(struct store_test *t)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", t->dir);
	assert_int_equal(system(cmd), 0);
}

static inline void on_sqlite_fiber(void *arg)
{
	struct store_test *t = arg;

	ok(db_open(t->url, 0, &t->db));
	t->body(t);
	db_close(t->db);
	arena_fini(&t->a);
}

static inline void on_sqlite(void (*body)(struct store_test *t))
{
	struct store_test t = {.body = body};

	test_dir_make(&t);
	snprintf(t.url, sizeof(t.url), "sqlite:%s/t.db", t.dir);
	rt_main(on_sqlite_fiber, &t);
	test_dir_remove(&t);
}

static inline const char *pg_url(void)
{
	const char *url = getenv("OUTBAND_TEST_PG_URL");

	return url != NULL && *url != '\0' ? url : NULL;
}

static inline void on_pg_fiber(void *arg)
{
	struct store_test *t = arg;
	struct store_test admin = {0};
	char text[64];

	ok(db_open(pg_url(), 1, &admin.db));
	/* A database has an extension once; two test programs may come here together. */
	sql(&admin, "SELECT pg_advisory_lock(1869767029)");
	sql(&admin, "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public");
	sql(&admin, "SELECT pg_advisory_unlock(1869767029)");
	snprintf(text, sizeof(text), "CREATE SCHEMA ob_test_%d", (int)getpid());
	sql(&admin, text);
	ok(db_open(t->url, 0, &t->db));
	t->body(t);
	db_close(t->db);
	snprintf(text, sizeof(text), "DROP SCHEMA ob_test_%d CASCADE", (int)getpid());
	sql(&admin, text);
	db_close(admin.db);
	arena_fini(&t->a);
}

static inline void on_pg(void (*body)(struct store_test *t))
{
	struct store_test t = {.body = body};

	if (pg_url() == NULL) {
		print_message("not run on PostgreSQL: OUTBAND_TEST_PG_URL is not set\n");
		return;
	}
	test_dir_make(&t);
	snprintf(t.url, sizeof(t.url),
		 "%s%csearch_path=ob_test_%d,public&application_name=ob_test_%d",
		 pg_url(), strchr(pg_url(), '?') ? '&' : '?', (int)getpid(),
		 (int)getpid());
	rt_main(on_pg_fiber, &t);
	test_dir_remove(&t);
}

static inline void on_each(void (*body)(struct store_test *t))
{
	on_sqlite(body);
	on_pg(body);
}

#endif
