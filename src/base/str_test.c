/* SPDX-License-Identifier: Apache-2.0
 * Slices: comparing, searching, cutting and numbers, by tables.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/str.h>

static const struct str none = {NULL, 0};

static void equality_table(void **state)
{
	static const struct {
		struct str a, b;
		bool eq, ieq;
	} rows[] = {
		{{NULL, 0}, {NULL, 0}, true, true},
		{{NULL, 0}, {"", 0}, true, true},
		{{NULL, 0}, {"a", 1}, false, false},
		{{"abc", 3}, {"abc", 3}, true, true},
		{{"abc", 3}, {"aBC", 3}, false, true},
		{{"abc", 3}, {"abcd", 4}, false, false},
		{{"a\0b", 3}, {"a\0c", 3}, false, false},
		{{"\xc3\xa4", 2}, {"\xc3\x84", 2}, false, false}, /* ASCII only */
		{{"@[", 2}, {"`{", 2}, false, false}, /* the neighbours of A and Z */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(str_eq(rows[i].a, rows[i].b), rows[i].eq);
		assert_int_equal(str_ieq(rows[i].a, rows[i].b), rows[i].ieq);
	}
	assert_true(str_eqz(STR("abc"), "abc"));
	assert_true(str_eqz(none, NULL));
	assert_true(str_ieqz(STR("aBc"), "AbC"));
	assert_false(str_ieqz(STR("aBc"), "AbCd"));
}

static void prefix_and_suffix_table(void **state)
{
	static const struct {
		struct str s, part;
		bool starts, istarts, ends;
	} rows[] = {
		{{"Bearer x", 8}, {"Bearer ", 7}, true, true, false},
		{{"bearer x", 8}, {"Bearer ", 7}, false, true, false},
		{{"a", 1}, {"ab", 2}, false, false, false},
		{{"aba", 3}, {"a", 1}, true, true, true},
		{{"ab", 2}, {NULL, 0}, true, true, true},
		{{NULL, 0}, {NULL, 0}, true, true, true},
		{{NULL, 0}, {"a", 1}, false, false, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(str_starts(rows[i].s, rows[i].part), rows[i].starts);
		assert_int_equal(str_istarts(rows[i].s, rows[i].part), rows[i].istarts);
		assert_int_equal(str_ends(rows[i].s, rows[i].part), rows[i].ends);
	}
}

static void search_table(void **state)
{
	static const struct {
		struct str s, needle;
		int at;
	} rows[] = {
		{{"abcabc", 6}, {"ca", 2}, 2}, {{"abc", 3}, {"abcd", 4}, -1},
		{{"abc", 3}, {NULL, 0}, 0},    {{NULL, 0}, {NULL, 0}, 0},
		{{NULL, 0}, {"a", 1}, -1},     {{"a\0b", 3}, {"\0b", 2}, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(str_find(rows[i].s, rows[i].needle), rows[i].at);
	assert_int_equal(str_chr(STR("a:b:c"), ':'), 1);
	assert_int_equal(str_chr(STR("abc"), ':'), -1);
	assert_int_equal(str_chr(none, ':'), -1);
}

static void trim_table(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{" ", ""},
		{" \t\r\n", ""},
		{"a", "a"},
		{"\t a b \r\n", "a b"},
		{"a ", "a"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_true(str_eqz(str_trim(str_of(rows[i][0])), rows[i][1]));
	assert_int_equal(str_trim(none).n, 0);
}

static void sub_is_clamped(void **state)
{
	assert_true(str_eqz(str_sub(STR("abcdef"), 1, 3), "bc"));
	assert_true(str_eqz(str_sub(STR("abc"), 1, 99), "bc"));
	assert_true(str_eqz(str_sub(STR("abc"), 2, 1), ""));
	assert_true(str_eqz(str_sub(STR("abc"), 9, 12), ""));
	assert_int_equal(str_sub(none, 1, 2).n, 0);
}

static void split_table(void **state)
{
	static const struct {
		const char *text;
		const char *parts[5];
	} rows[] = {
		{"a,,b", {"a", "", "b"}}, {"", {""}},	  {",", {"", ""}}, {"a", {"a"}},
		{"a,", {"a", ""}},	  {NULL, {NULL}},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str s = str_of(rows[i].text), part;
		size_t n = 0;

		while (str_split(&s, ',', &part)) {
			assert_non_null(rows[i].parts[n]);
			assert_true(str_eqz(part, rows[i].parts[n++]));
		}
		assert_null(rows[i].parts[n]);
	}
}

static void dup_is_terminated(void **state)
{
	struct arena a = {0};

	assert_string_equal(str_dup(&a, (struct str){"abcdef", 3}), "abc");
	assert_string_equal(str_dup(&a, none), "");
	arena_fini(&a);
}

static void unsigned_number_table(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, value;
		bool ok;
	} rows[] = {
		{"0", 0, 0, true},
		{"1", 0, 0, false},
		{"65535", 65535, 65535, true},
		{"65536", 65535, 0, false},
		{"0000000000000000000000007", 9, 7, true},
		{"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
		{"18446744073709551616", UINT64_MAX, 0, false},
		{"99999999999999999999999", UINT64_MAX, 0, false},
		{"", 9, 0, false},
		{"+1", 9, 0, false},
		{"-1", 9, 0, false},
		{" 1", 9, 0, false},
		{"1 ", 9, 0, false},
		{"1a", 99, 0, false},
		{"0x1", 99, 0, false},
	};
	uint64_t v;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		v = 4711;
		assert_int_equal(str_u64(str_of(rows[i].text), rows[i].max, &v),
				 rows[i].ok);
		assert_int_equal(v, rows[i].ok ? rows[i].value : 4711);
	}
	assert_false(str_u64(none, 9, &v));
}

static void signed_number_table(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max, value;
		bool ok;
	} rows[] = {
		{"-5", -5, 5, -5, true},
		{"-6", -5, 5, 0, false},
		{"6", -5, 5, 0, false},
		{"5", -5, 5, 5, true},
		{"-0", 0, 0, 0, true},
		{"9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, true},
		{"9223372036854775808", INT64_MIN, INT64_MAX, 0, false},
		{"-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, true},
		{"-9223372036854775809", INT64_MIN, INT64_MAX, 0, false},
		{"-", INT64_MIN, INT64_MAX, 0, false},
		{"--1", INT64_MIN, INT64_MAX, 0, false},
		{"+1", INT64_MIN, INT64_MAX, 0, false},
		{"", INT64_MIN, INT64_MAX, 0, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t v = 4711;

		assert_int_equal(
			str_i64(str_of(rows[i].text), rows[i].min, rows[i].max, &v),
			rows[i].ok);
		assert_true(v == (rows[i].ok ? rows[i].value : 4711));
	}
}

static void hex_number_table(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, value;
		bool ok;
	} rows[] = {
		{"fF", 255, 255, true},
		{"100", 255, 0, false},
		{"ffffffffffffffff", UINT64_MAX, UINT64_MAX, true},
		{"10000000000000000", UINT64_MAX, 0, false},
		{"g", UINT64_MAX, 0, false},
		{"0x1", UINT64_MAX, 0, false},
		{"", UINT64_MAX, 0, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t v = 4711;

		assert_int_equal(str_hex64(str_of(rows[i].text), rows[i].max, &v),
				 rows[i].ok);
		assert_int_equal(v, rows[i].ok ? rows[i].value : 4711);
	}
}

static void cut_keeps_characters_whole(void **state)
{
	static const struct {
		const char *text;
		size_t max, n;
	} rows[] = {
		{"abc", 3, 3},	      {"abcd", 3, 3},	       {"ab\xc3\xa4", 4, 4},
		{"ab\xc3\xa4", 3, 2}, {"a\xe2\x82\xac", 3, 1}, {"\xf0\x9f\x98\x80", 3, 0},
		{"", 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(str_cut(str_of(rows[i].text), rows[i].max).n, rows[i].n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality_table),
		cmocka_unit_test(prefix_and_suffix_table),
		cmocka_unit_test(search_table),
		cmocka_unit_test(trim_table),
		cmocka_unit_test(sub_is_clamped),
		cmocka_unit_test(cut_keeps_characters_whole),
		cmocka_unit_test(split_table),
		cmocka_unit_test(dup_is_terminated),
		cmocka_unit_test(unsigned_number_table),
		cmocka_unit_test(signed_number_table),
		cmocka_unit_test(hex_number_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
