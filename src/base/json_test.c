/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <base/json.h>

static struct str nested(struct arena *a, size_t depth)
{
	char *p = arena_alloc(a, 2 * depth);

	memset(p, '[', depth);
	memset(p + depth, ']', depth);
	return (struct str){p, 2 * depth};
}

static void depth_has_a_limit(void **state)
{
	struct arena a = {0};
	json_error_t why;
	json_t *j = json_read(nested(&a, JSON_MAX_DEPTH), 0, NULL);

	assert_non_null(j);
	json_decref(j);
	assert_null(json_read(nested(&a, JSON_MAX_DEPTH + 1), 0, &why));
	assert_string_equal(why.text, "nested deeper than 32 levels");
	assert_null(json_read(nested(&a, 100000), 0, NULL));
	arena_fini(&a);
}

static void brackets_in_text_are_no_levels(void **state)
{
	json_t *j = json_read(STR("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"]"),
			      0, NULL);

	assert_non_null(j);
	json_decref(j);
}

static void malformed_text_names_its_place(void **state)
{
	const char *const bad[] = {"", "{", "{\"a\":1,}", "[1 2]", "\xff", "nul"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		json_error_t why = {.line = -1};
		assert_null(json_read(str_of(bad[i]), 0, &why));
		assert_true(why.line >= 0 && why.text[0] != '\0');
	}
	assert_null(json_read((struct str){NULL, 0}, 0, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(brackets_in_text_are_no_levels),
		cmocka_unit_test(malformed_text_names_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
