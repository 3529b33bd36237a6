/* SPDX-License-Identifier: Apache-2.0
 * The list keeps order, and removing twice does no harm.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/list.h>

struct item {
	int value;
	struct list node;
};

static void expect(struct list *head, const int *values, size_t n)
{
	size_t i = 0;

	list_for_each (pos, head) {
		assert_true(i < n);
		assert_int_equal(list_entry(pos, struct item, node)->value, values[i]);
		i++;
	}
	assert_int_equal(i, n);
}

static void items_keep_the_order_they_are_added_in(void **state)
{
	struct list head = LIST_INIT(head);
	struct item a = {1}, b = {2}, c = {3};

	assert_true(list_empty(&head));
	list_add_tail(&head, &b.node);
	list_add_tail(&head, &c.node);
	list_add_head(&head, &a.node);
	expect(&head, (const int[]){1, 2, 3}, 3);
	assert_false(list_empty(&head));
}

static void removing_twice_is_harmless(void **state)
{
	struct list head = LIST_INIT(head);
	struct item a = {1}, b = {2};

	list_add_tail(&head, &a.node);
	list_add_tail(&head, &b.node);
	list_del(&a.node);
	list_del(&a.node);
	assert_true(list_empty(&a.node));
	expect(&head, (const int[]){2}, 1);
}

static void safe_walk_allows_removal(void **state)
{
	struct list head = LIST_INIT(head);
	struct item items[4] = {{1}, {2}, {3}, {4}};

	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		list_add_tail(&head, &items[i].node);
	list_for_each_safe (pos, &head)
		if (list_entry(pos, struct item, node)->value % 2 == 0)
			list_del(pos);
	expect(&head, (const int[]){1, 3}, 2);
	list_for_each_safe (pos, &head)
		list_del(pos);
	assert_true(list_empty(&head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_keep_the_order_they_are_added_in),
		cmocka_unit_test(removing_twice_is_harmless),
		cmocka_unit_test(safe_walk_allows_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
