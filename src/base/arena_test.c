/* SPDX-License-Identifier: Apache-2.0
 * Arena memory is aligned, stays in place and goes at once.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/arena.h>

#include <string.h>

static void allocations_are_aligned_and_apart(void **state)
{
	struct arena a = {0};
	uint8_t *p[600];

	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		p[i] = arena_alloc(&a, i);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		memset(p[i], (int)i, i);
	}
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		for (size_t k = 0; k < i; k++)
			assert_int_equal(p[i][k], (uint8_t)i);
	arena_fini(&a);
}

static void no_bytes_give_distinct_pointers(void **state)
{
	struct arena a = {0};
	void *p = arena_alloc(&a, 0), *q = arena_alloc(&a, 0);

	assert_non_null(p);
	assert_ptr_not_equal(p, q);
	assert_non_null(arena_memdup(&a, NULL, 0));
	arena_fini(&a);
}

static void big_allocation_leaves_the_current_chunk_in_use(void **state)
{
	struct arena a = {0};
	char *small = arena_alloc(&a, 16), *big = arena_alloc(&a, 1 << 20), *next;

	memset(big, 1, 1 << 20);
	next = arena_alloc(&a, 16);
	assert_in_range((uintptr_t)next - (uintptr_t)small, 16, 64);
	arena_fini(&a);
}

static void big_allocation_may_come_first(void **state)
{
	struct arena a = {0};
	char *big = arena_zalloc(&a, 200000), *small = arena_zalloc(&a, 100);

	assert_int_equal(big[199999], 0);
	assert_int_equal(small[99], 0);
	arena_fini(&a);
}

static void arena_is_usable_after_fini(void **state)
{
	struct arena a;

	arena_init(&a);
	arena_fini(&a);
	assert_string_equal(arena_strdup(&a, "x"), "x");
	arena_fini(&a);
	arena_fini(&a);
	assert_null(a.head);
	assert_string_equal(arena_strdup(&a, "y"), "y");
	arena_fini(&a);
}

static void new_object_is_zeroed(void **state)
{
	struct arena a = {0};
	struct thing {
		int x;
		void *p;
	} * t;

	memset(arena_alloc(&a, 512), 0xff, 512);
	t = arena_new(&a, struct thing);
	assert_int_equal(t->x, 0);
	assert_null(t->p);
	arena_fini(&a);
}

static void text_is_copied_and_formatted(void **state)
{
	struct arena a = {0};
	char *s;

	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&a, "ab", 9), "ab");
	assert_string_equal(arena_strndup(&a, NULL, 0), "");
	assert_memory_equal(arena_strndup(&a, "a\0b", 3), "a\0\0", 4);
	assert_string_equal(arena_printf(&a, "%s-%d", "a", 5), "a-5");
	s = arena_printf(&a, "%0255d", 1);
	assert_int_equal(strlen(s), 255);
	s = arena_printf(&a, "%0256d|%s", 1, "end");
	assert_int_equal(strlen(s), 260);
	assert_string_equal(s + 256, "|end");
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_aligned_and_apart),
		cmocka_unit_test(no_bytes_give_distinct_pointers),
		cmocka_unit_test(big_allocation_leaves_the_current_chunk_in_use),
		cmocka_unit_test(big_allocation_may_come_first),
		cmocka_unit_test(arena_is_usable_after_fini),
		cmocka_unit_test(new_object_is_zeroed),
		cmocka_unit_test(text_is_copied_and_formatted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
