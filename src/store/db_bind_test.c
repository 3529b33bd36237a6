/* SPDX-License-Identifier: Apache-2.0
 * Named parameters, text forms of values, addresses: no database.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/db_priv.h>

static void names_become_positions(void **state)
{
	static const struct {
		const char *name, *sql, *want, *names;
	} table[] = {
		{"none", "SELECT 1", "SELECT 1", ""},
		{"empty", "", "", ""},
		{"two", "a = :a AND b = :b_2", "a = $1 AND b = $2", "a b_2 "},
		{"twice", ":a, :b, :a", "$1, $2, $1", "a b "},
		{"cast", ":a::uuid, x::text", "$1::uuid, x::text", "a "},
		{"cast of a literal", "'x'::text", "'x'::text", ""},
		{"literal", "':a', :b", "':a', $1", "b "},
		{"doubled quote", "'it''s :a' || :b", "'it''s :a' || $1", "b "},
		{"escape literal", "E'\\':a' || :b", "E'\\':a' || $1", "b "},
		{"backslash in a plain literal", "'\\' || :b", "'\\' || $1", "b "},
		{"quoted name", "\"a:b\" = :b", "\"a:b\" = $1", "b "},
		{"dollar quotes", "$$ :a $$, $x$ :b $$ $x$, :c",
		 "$$ :a $$, $x$ :b $$ $x$, $1", "c "},
		{"dollar in a name", "a$b$ = :a", "a$b$ = $1", "a "},
		{"line comment", "-- :a '\n:b", "-- :a '\n$1", "b "},
		{"block comment", "/* :a /* ' */ :c */ :b", "/* :a /* ' */ :c */ $1",
		 "b "},
		{"slice", "x[1:2], x[1 : 2]", "x[1:2], x[1 : 2]", ""},
		{"assignment", "a := 1, b => :b", "a := 1, b => $1", "b "},
		{"at the end", "x = :", "x = :", ""},
		{"open literal", "'abc :a", "'abc :a", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct db_positional p;
		struct buf names = {0};

		assert_null(db_positional_init(&p, table[i].sql));
		buf_adds(&names, "");
		for (size_t j = 0; j < p.n; j++)
			buf_addf(&names, "%s ", p.names[j]);
		if (strcmp(p.sql, table[i].want) != 0)
			print_error("%s\n", table[i].name);
		assert_string_equal(p.sql, table[i].want);
		assert_string_equal(names.p, table[i].names);
		buf_fini(&names);
		db_positional_fini(&p);
	}
}

static void too_many_names_are_refused(void **state)
{
	struct db_positional p;
	struct buf b = {0};
	struct err *e;

	for (int i = 0; i <= DB_MAX_PARAMS; i++)
		buf_addf(&b, ":p%d ", i);
	e = db_positional_init(&p, b.p);
	assert_true(err_is(e, ERR_INTERNAL));
	err_free(e);
	buf_fini(&b);
}

static void array_literals_read_as_json(void **state)
{
	static const struct {
		const char *literal, *want;
	} table[] = {
		{"{}", "[]"},
		{"{a}", "[\"a\"]"},
		{"{a,b c,\"d,e\"}", "[\"a\",\"b c\",\"d,e\"]"},
		{"{NULL,\"NULL\",null}", "[null,\"NULL\",null]"},
		{"{\"\"}", "[\"\"]"},
		{"{\"q\\\"q\",\"b\\\\s\",\"{}\"}", "[\"q\\\"q\",\"b\\\\s\",\"{}\"]"},
		{"[0:1]={a,b}", "[\"a\",\"b\"]"},
		{"{{a},{b}}", NULL},
		{"{a", NULL},
		{"{a,}", NULL},
		{"{\"a}", NULL},
		{"{a}x", NULL},
		{"{\"a\"x}", NULL},
		{"{\\", NULL},
		{"{\xff}", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct arena a = {0};
		struct str got = db_pg_array_to_json(&a, str_of(table[i].literal));

		if (table[i].want == NULL) {
			if (got.p != NULL)
				print_error("%s -> %s\n", table[i].literal, got.p);
			assert_null(got.p);
		} else {
			assert_non_null(got.p);
			assert_string_equal(got.p, table[i].want);
			assert_int_equal(got.n, strlen(got.p));
		}
		arena_fini(&a);
	}
}

static void array_literals_survive_a_round_trip(void **state)
{
	static const char *const v[] = {"",	"NULL", "a,b", "{x}",	   "q\"q",
					"b\\s", " s ",	"\n",  "\xc3\xa4", "'"};
	struct arena a = {0};
	struct buf pg = {0}, json = {0};
	struct str got;

	db_pg_array(&pg, v, ARRAY_LEN(v));
	assert_null(db_json_array(&json, v, ARRAY_LEN(v)));
	got = db_pg_array_to_json(&a, buf_str(&pg));
	assert_string_equal(got.p, json.p);
	buf_fini(&pg);
	buf_fini(&json);
	arena_fini(&a);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
	static const char *const v[] = {"\xff"};
	struct buf b = {0};
	struct err *e = db_json_array(&b, v, 1);

	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
	buf_fini(&b);
}

static void text_with_a_nul_is_refused(void **state)
{
	struct db_param p = {.name = "x", .type = DB_TEXT, .s = {"a\0b", 3}};
	struct err *e = db_param_check(&p);

	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
	p.s = STR("ab");
	assert_null(db_param_check(&p));
}

static void timestamps_read_as_ms(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {
		{"1970-01-01 00:00:00+00", "0"},
		{"1970-01-01 00:00:01.5+00", "1500"},
		{"2026-01-15 06:00:00.123456+00", "1768456800123"},
		{"1970-01-02", "86400000"},
		{"1970-01-01 00:00:01", "1000"},
		{"infinity", "253402300799999"},
		{"-infinity", "-62135596800000"},
		{"yesterday", NULL},
		{"0044-03-15 00:00:00+00 BC", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct arena a = {0};
		struct str got = db_pg_time_to_ms(&a, table[i].text);

		if (table[i].want == NULL)
			assert_null(got.p);
		else
			assert_string_equal(got.p, table[i].want);
		arena_fini(&a);
	}
}

static void bytes_read_raw(void **state)
{
	struct arena a = {0};
	struct str got = db_pg_bytes(&a, STR("\\x00ff41"));

	assert_int_equal(got.n, 3);
	assert_memory_equal(got.p,
			    "\0\xff"
			    "A",
			    3);
	assert_int_equal(db_pg_bytes(&a, STR("\\x")).n, 0);
	assert_non_null(db_pg_bytes(&a, STR("\\x")).p);
	assert_null(db_pg_bytes(&a, STR("\\x0")).p);
	assert_null(db_pg_bytes(&a, STR("\\x0g")).p);
	assert_null(db_pg_bytes(&a, STR("")).p);
	arena_fini(&a);
}

static const char *option(const struct db_pg_url *u, const char *key)
{
	for (size_t i = 0; u->keys[i] != NULL; i++)
		if (strcmp(u->keys[i], key) == 0)
			return u->values[i];
	return NULL;
}

static void upstream_addresses_are_understood(void **state)
{
	struct db_pg_url u;

	assert_null(db_pg_url_parse("postgresql://mps:p%40ss@db.example:5433/mpsdb?"
				    "search_path=public%2Cx%20y&sslmode=no-verify&pool=3",
				    &u));
	assert_string_equal(u.name, "postgresql://db.example:5433/mpsdb");
	assert_string_equal(option(&u, "sslmode"), "require");
	assert_string_equal(option(&u, "password"), "p@ss");
	assert_string_equal(u.password, "p@ss");
	assert_string_equal(option(&u, "options"), "-c search_path=public,x\\ y");
	assert_string_equal(option(&u, "client_encoding"), "UTF8");
	assert_null(option(&u, "pool"));
	db_pg_url_fini(&u);
}

static void address_errors_never_show_the_password(void **state)
{
	static const char *const urls[] = {"postgresql://u:hunter2@h:port/db",
					   "postgresql://u:hunter2@[h/db",
					   "postgresql://u:x/hunter2@h/db",
					   "postgresql://u:1/hunter2@h/db",
					   "postgresql://u:x@hunter2@h/db",
					   "mysql://u:hunter2@h/db",
					   "postgresql://u:hunter2%zz@h/db",
					   "postgresql://u:hunter2@h/db?sslmode"};

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct db *d;
		struct buf b = {0};
		struct err *e = db_open(urls[i], 1, &d);

		assert_true(err_is(e, ERR_INVALID));
		err_text(e, &b);
		assert_null(strstr(b.p, "hunter2"));
		buf_fini(&b);
		err_free(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_positions),
		cmocka_unit_test(too_many_names_are_refused),
		cmocka_unit_test(array_literals_read_as_json),
		cmocka_unit_test(array_literals_survive_a_round_trip),
		cmocka_unit_test(text_that_is_not_utf8_is_refused),
		cmocka_unit_test(text_with_a_nul_is_refused),
		cmocka_unit_test(timestamps_read_as_ms),
		cmocka_unit_test(bytes_read_raw),
		cmocka_unit_test(upstream_addresses_are_understood),
		cmocka_unit_test(address_errors_never_show_the_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
