/* SPDX-License-Identifier: Apache-2.0
 * The buffer grows, stays terminated and gives bytes up from the front.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/buf.h>

static void everything_added_is_there_and_terminated(void **state)
{
	struct buf b = {0};

	buf_adds(&b, "abc");
	buf_addc(&b, '-');
	buf_addstr(&b, (struct str){"xyzzy", 3});
	buf_addstr(&b, (struct str){NULL, 0});
	buf_add(&b, "\0!", 2);
	buf_addf(&b, "%d", 42);
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.p, "abc-xyz\0!42", 12);
	assert_true(str_eq(buf_str(&b), (struct str){"abc-xyz\0!42", 11}));
	buf_fini(&b);
	assert_null(b.p);
}

static void adding_nothing_still_terminates(void **state)
{
	struct buf b = {0};

	buf_add(&b, NULL, 0);
	assert_string_equal(b.p, "");
	buf_fini(&b);
}

static void growth_keeps_content(void **state)
{
	struct buf b = {0};

	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "%04d", i);
	assert_int_equal(b.len, 20000);
	assert_memory_equal(b.p + 4 * 4711, "4711", 4);
	assert_int_equal(b.p[b.len], '\0');
	buf_fini(&b);
}

static void format_longer_than_room_is_complete(void **state)
{
	struct buf b = {0};

	for (int width = 60; width < 70; width++) {
		buf_fini(&b);
		buf_addf(&b, "%0*d", width, 7);
		assert_int_equal(b.len, width);
		assert_int_equal(strlen(b.p), width);
	}
	buf_fini(&b);
}

static void reserved_room_can_be_filled(void **state)
{
	struct buf b = {0};

	memset(buf_reserve(&b, 1000), 'x', 1000);
	b.len += 1000;
	assert_true(b.cap > b.len); /* the NUL fits */
	buf_addc(&b, 'y');
	assert_int_equal(b.p[999], 'x');
	assert_string_equal(b.p + 1000, "y");
	buf_fini(&b);
}

static void consume_drops_from_the_front(void **state)
{
	struct buf b = {0};

	buf_consume(&b, 0);
	buf_adds(&b, "abcdef");
	buf_consume(&b, 2);
	assert_string_equal(b.p, "cdef");
	buf_consume(&b, 4);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.p, "");
	buf_fini(&b);
}

static void clear_keeps_the_memory(void **state)
{
	struct buf b = {0};
	char *p;

	buf_clear(&b);
	buf_adds(&b, "abc");
	p = b.p;
	buf_clear(&b);
	assert_string_equal(b.p, "");
	buf_adds(&b, "x");
	assert_ptr_equal(b.p, p);
	buf_fini(&b);
}

static void fini_is_idempotent(void **state)
{
	struct buf b = {0};

	buf_fini(&b);
	buf_fini_wipe(&b);
	buf_adds(&b, "secret");
	buf_fini_wipe(&b);
	buf_fini_wipe(&b);
	assert_null(b.p);
	assert_int_equal(b.cap, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_added_is_there_and_terminated),
		cmocka_unit_test(adding_nothing_still_terminates),
		cmocka_unit_test(growth_keeps_content),
		cmocka_unit_test(format_longer_than_room_is_complete),
		cmocka_unit_test(reserved_room_can_be_filled),
		cmocka_unit_test(consume_drops_from_the_front),
		cmocka_unit_test(clear_keeps_the_memory),
		cmocka_unit_test(fini_is_idempotent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
