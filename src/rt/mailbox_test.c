/* SPDX-License-Identifier: Apache-2.0
 * Mailboxes: order, bounds, closing, cancelling.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <rt/mailbox.h>

static struct mailbox box;
static int items[1000];
static struct fiber_group group;

static void ok(struct err *e)
{
	assert_null(e);
}

static void fails(struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	assert_int_equal(e->kind, kind);
	err_free(e);
}

static void produce(void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		ok(mailbox_put(&box, &items[i], deadline_in(5000)));
	mailbox_close(&box);
	assert_false(mailbox_try_put(&box, &items[0]));
	fails(mailbox_put(&box, &items[0], deadline_in(5000)), ERR_CLOSED);
}

static void flow_main(void *arg)
{
	void *item;

	mailbox_init(&box, 4);
	fiber_group_init(&group);
	fiber_spawn(&group, "producer", produce, NULL);
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		ok(mailbox_get(&box, deadline_in(5000), &item));
		assert_ptr_equal(item, &items[i]);
		assert_true(box.count <= 4);
	}
	fails(mailbox_get(&box, deadline_in(5000), &item), ERR_CLOSED);
	fiber_group_join(&group, false);
	mailbox_fini(&box);
}

static void items_keep_their_order(void **state)
{
	rt_main(flow_main, NULL);
}

static void bounds_main(void *arg)
{
	void *item;

	mailbox_init(&box, 2);
	assert_false(mailbox_try_get(&box, &item));
	assert_true(mailbox_try_put(&box, &items[0]));
	assert_true(mailbox_try_put(&box, &items[1]));
	assert_false(mailbox_try_put(&box, &items[2]));
	fails(mailbox_put(&box, &items[2], deadline_in(5)), ERR_TIMEOUT);
	assert_true(mailbox_try_get(&box, &item));
	assert_true(mailbox_try_get(&box, &item));
	fails(mailbox_get(&box, deadline_in(5), &item), ERR_TIMEOUT);
	mailbox_fini(&box);
	mailbox_fini(&box);
}

static void full_and_empty_time_out(void **state)
{
	rt_main(bounds_main, NULL);
}

static void get_closed(void *arg)
{
	void *item;

	fails(mailbox_get(&box, DEADLINE_NEVER, &item), ERR_CLOSED);
}

static void get_cancelled(void *arg)
{
	void *item;

	fails(mailbox_get(&box, DEADLINE_NEVER, &item), ERR_CANCELLED);
}

static void close_main(void *arg)
{
	mailbox_init(&box, 2);
	fiber_group_init(&group);
	fiber_cancel(fiber_spawn(&group, "cancelled", get_cancelled, NULL));
	fiber_spawn(&group, "a", get_closed, NULL);
	fiber_spawn(&group, "b", get_closed, NULL);
	ok(fiber_yield());
	mailbox_close(&box);
	fiber_group_join(&group, false);
	mailbox_fini(&box);
}

static void close_wakes_all(void **state)
{
	rt_main(close_main, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_keep_their_order),
		cmocka_unit_test(full_and_empty_time_out),
		cmocka_unit_test(close_wakes_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
