/* SPDX-License-Identifier: Apache-2.0
 * Assertions stop the process loudly; memory is never NULL.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/util.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void failed_assertion_names_place_and_aborts(void **state)
{
	char text[4096];
	size_t len = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		OB_ASSERT(1 + 1 == 3);
		_exit(0);
	}
	close(fds[1]);
	while (len < sizeof(text) - 1 &&
	       (n = read(fds[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(text, "util_test.c:"));
	assert_non_null(strstr(text, "assertion failed: 1 + 1 == 3"));
	assert_non_null(strstr(text, "util_test(")); /* a frame of the backtrace */
}

static void memory_of_no_bytes_is_not_null(void **state)
{
	void *a = xmalloc(0), *b = xcalloc(0, 8), *c = xrealloc(NULL, 0);

	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
	free(a);
	free(b);
	free(c);
}

static void calloc_zeroes_and_realloc_keeps(void **state)
{
	uint8_t *p = xcalloc(4, 8);

	for (int i = 0; i < 32; i++)
		assert_int_equal(p[i], 0);
	p[31] = 7;
	p = xrealloc(p, 4096);
	assert_int_equal(p[31], 7);
	free(p);
}

static void strings_are_copied_up_to_nul_or_n(void **state)
{
	char *a = xstrdup("abc"), *b = xstrndup("abc", 2), *c = xstrndup("abc", 9);
	char *d = xstrndup(NULL, 0);

	assert_string_equal(a, "abc");
	assert_string_equal(b, "ab");
	assert_string_equal(c, "abc");
	assert_string_equal(d, "");
	free(a);
	free(b);
	free(c);
	free(d);
}

static void container_is_found_from_member(void **state)
{
	struct box {
		int a, b;
	} box;

	assert_ptr_equal(container_of(&box.b, struct box, b), &box);
	assert_int_equal(MIN(2, 3), 2);
	assert_int_equal(MAX(2, 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failed_assertion_names_place_and_aborts),
		cmocka_unit_test(memory_of_no_bytes_is_not_null),
		cmocka_unit_test(calloc_zeroes_and_realloc_keeps),
		cmocka_unit_test(strings_are_copied_up_to_nul_or_n),
		cmocka_unit_test(container_is_found_from_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
