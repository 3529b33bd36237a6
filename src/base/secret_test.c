/* SPDX-License-Identifier: Apache-2.0
 * Secrets: unset differs from empty, setting from itself works, the process is guarded.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/secret.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void unset_equals_nothing_and_differs_from_empty(void **state)
{
	struct secret unset = {0}, empty = {0};

	secret_set(&empty, STR(""));
	assert_non_null(empty.p);
	assert_false(secret_equal(&unset, STR("")));
	assert_false(secret_equal(&unset, (struct str){NULL, 0}));
	assert_false(secret_equal(&empty, (struct str){NULL, 0}));
	assert_true(secret_equal(&empty, STR("")));
	secret_fini(&unset);
	secret_fini(&empty);
}

static void only_the_same_text_is_equal(void **state)
{
	struct secret s = {0};

	secret_set(&s, STR("P@ssw0rd"));
	assert_string_equal(s.p, "P@ssw0rd");
	assert_true(secret_equal(&s, STR("P@ssw0rd")));
	assert_false(secret_equal(&s, STR("P@ssw0re")));
	assert_false(secret_equal(&s, STR("P@ssw0r")));
	assert_false(secret_equal(&s, STR("P@ssw0rd1")));
	assert_false(secret_equal(&s, STR("p@ssw0rd")));
	secret_fini(&s);
	assert_null(s.p);
	assert_int_equal(s.n, 0);
}

static void setting_from_its_own_text_works(void **state)
{
	struct secret s = {0};

	secret_set(&s, STR("abcdef"));
	secret_set(&s, (struct str){s.p + 2, 3});
	assert_string_equal(s.p, "cde");
	secret_fini(&s);
}

static void wiping_zeroes(void **state)
{
	char text[] = "secret";

	secret_wipe(text, 0);
	secret_wipe(NULL, 0);
	assert_string_equal(text, "secret");
	secret_wipe(text, sizeof(text));
	assert_memory_equal(text, "\0\0\0\0\0\0\0", sizeof(text));
}

static void protected_process_leaves_no_core(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit l;

		secret_protect_process();
		_exit(prctl(PR_GET_DUMPABLE) == 0 && getrlimit(RLIMIT_CORE, &l) == 0 &&
				      l.rlim_cur == 0 && l.rlim_max == 0
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unset_equals_nothing_and_differs_from_empty),
		cmocka_unit_test(only_the_same_text_is_equal),
		cmocka_unit_test(setting_from_its_own_text_works),
		cmocka_unit_test(wiping_zeroes),
		cmocka_unit_test(protected_process_leaves_no_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
