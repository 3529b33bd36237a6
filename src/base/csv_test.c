/* SPDX-License-Identifier: Apache-2.0
 * Rows as RFC 4180 has them, and nothing that a spreadsheet would run.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/csv.h>
#include <stdio.h>

static void rows_are_quoted_where_needed(void **state)
{
	static const struct {
		const char *field, *text;
	} c[] = {
		{"plain", "plain"},
		{"", ""},
		{NULL, ""},
		{"a,b", "\"a,b\""},
		{"say \"no\"", "\"say \"\"no\"\"\""},
		{"two\nlines", "\"two\nlines\""},
		{"=1+1", "\"'=1+1\""},
		{"@SUM(A1)", "\"'@SUM(A1)\""},
		{"-2\"", "\"'-2\"\"\""},
		{"+1", "\"'+1\""},
		{"a=1", "a=1"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
	};
	struct buf b = {0};

	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		char want[64];

		buf_clear(&b);
		csv_row(&b, (const char *const[]){"x", c[i].field}, 2);
		snprintf(want, sizeof(want), "x,%s\r\n", c[i].text);
		assert_string_equal(b.p, want);
	}
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_quoted_where_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
