/* SPDX-License-Identifier: Apache-2.0
 * Errors keep their kind, gain context and are freed as a chain.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/err.h>

#include <errno.h>

static void chain_reads_from_outside_in(void **state)
{
	struct arena a = {0};
	struct err *e = err_new(ERR_TIMEOUT, "no answer in %d ms", 500);

	e = err_wrap(e, "power state of %s", "abc");
	e = err_wrap_as(ERR_DEVICE, e, "activation");
	assert_int_equal(e->kind, ERR_DEVICE);
	assert_int_equal(e->cause->kind, ERR_TIMEOUT);
	assert_int_equal(e->cause->cause->kind, ERR_TIMEOUT);
	assert_string_equal(err_str(e, &a),
			    "activation: power state of abc: no answer in 500 ms");
	err_free(e);
	arena_fini(&a);
}

static void errno_text_is_appended(void **state)
{
	struct arena a = {0};
	struct err *e = err_errno(ERR_UNAVAILABLE, ENOENT, "open %s", "/x");

	assert_string_equal(err_str(e, &a), "open /x: No such file or directory");
	assert_int_equal(e->kind, ERR_UNAVAILABLE);
	err_free(e);
	arena_fini(&a);
}

static void text_is_appended_to_the_buffer(void **state)
{
	struct err *e = err_new(ERR_INVALID, "bad");
	struct buf b = {0};

	buf_adds(&b, "> ");
	err_text(e, &b);
	err_text(NULL, &b);
	assert_string_equal(b.p, "> bad");
	buf_fini(&b);
	err_free(e);
}

static void long_message_is_complete(void **state)
{
	struct err *e = err_new(ERR_INVALID, "%01000d!", 1);

	assert_int_equal(strlen(e->msg), 1001);
	err_free(e);
}

static void no_error_is_no_kind(void **state)
{
	_cleanup_(err_freep) struct err *e = err_new(ERR_CLOSED, "peer went");

	assert_true(err_is(e, ERR_CLOSED));
	assert_false(err_is(e, ERR_TIMEOUT));
	assert_false(err_is(NULL, ERR_INVALID));
	err_free(NULL);
}

static struct err *step(int n, int *done)
{
	if (n == 2)
		return err_new(ERR_CONFLICT, "step %d", n);
	++*done;
	return NULL;
}

static struct err *steps(int *done)
{
	for (int i = 0; i < 5; i++)
		TRY(step(i, done));
	return NULL;
}

static void try_returns_the_first_error(void **state)
{
	int done = 0;
	struct err *e = steps(&done);

	assert_int_equal(done, 2);
	assert_true(err_is(e, ERR_CONFLICT));
	err_free(e);
}

static void kinds_have_names(void **state)
{
	for (int k = ERR_INVALID; k <= ERR_INTERNAL; k++)
		assert_true(strlen(err_kind_name((enum err_kind)k)) > 0);
	assert_string_equal(err_kind_name(ERR_NOT_FOUND), "not_found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_reads_from_outside_in),
		cmocka_unit_test(errno_text_is_appended),
		cmocka_unit_test(text_is_appended_to_the_buffer),
		cmocka_unit_test(long_message_is_complete),
		cmocka_unit_test(no_error_is_no_kind),
		cmocka_unit_test(try_returns_the_first_error),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
