/* SPDX-License-Identifier: Apache-2.0
 * Log lines: JSON escaping, the human form, levels, one write per line from threads.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/log.h>
#include <base/clock.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* stderr goes to a file of ours while a test runs. */
struct capture {
	int saved, fd;
	char *text;
};

static void capture_start(struct capture *c, enum log_level level, enum log_format format)
{
	char path[] = "/tmp/log_test.XXXXXX";

	c->fd = mkstemp(path);
	assert_true(c->fd >= 0);
	unlink(path);
	c->saved = dup(STDERR_FILENO);
	dup2(c->fd, STDERR_FILENO);
	clock_freeze(0, 1768456800123);
	log_init(level, format);
}

static void capture_stop(struct capture *c)
{
	off_t n = lseek(c->fd, 0, SEEK_END);

	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	c->text = calloc(1, (size_t)n + 1);
	assert_int_equal(pread(c->fd, c->text, (size_t)n, 0), n);
	close(c->fd);
}

static void json_line_has_every_field_type(void **state)
{
	struct err *e = err_wrap(err_new(ERR_TIMEOUT, "no answer"), "power");
	struct capture c;

	capture_start(&c, LOG_INFO, LOG_JSON);
	log_info("device gone", F_STR("guid", "abc"),
		 F_SLICE("part", ((struct str){"xyz", 2})), F_I64("delta", INT64_MIN),
		 F_U64("bytes", UINT64_MAX), F_BOOL("tls", true), F_STR("none", NULL),
		 F_ERR(e));
	capture_stop(&c);
	err_free(e);
	assert_string_equal(
		c.text, "{\"time\":\"2026-01-15T06:00:00.123Z\",\"level\":\"info\","
			"\"msg\":\"device gone\",\"guid\":\"abc\",\"part\":\"xy\","
			"\"delta\":-9223372036854775808,\"bytes\":18446744073709551615,"
			"\"tls\":true,\"none\":null,\"error\":\"power: no answer\","
			"\"kind\":\"timeout\"}\n");
	free(c.text);
}

static void human_line_quotes_what_needs_it(void **state)
{
	struct capture c;

	capture_start(&c, LOG_INFO, LOG_HUMAN);
	log_warn("disk full", F_STR("path", "/var/lib"), F_STR("name", "two words"),
		 F_STR("empty", ""), F_STR("none", NULL), F_I64("left", 5),
		 F_BOOL("ok", false));
	capture_stop(&c);
	assert_string_equal(c.text,
			    "2026-01-15T06:00:00.123Z warn  disk full path=/var/lib "
			    "name=\"two words\" empty=\"\" none=- left=5 ok=false\n");
	free(c.text);
}

static void escaping_table(void **state)
{
	static const struct {
		struct str raw;
		const char *json;
	} rows[] = {
		{{"plain", 5}, "\"plain\""},
		{{"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
		{{"\n\r\t", 3}, "\"\\n\\r\\t\""},
		{{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\\u007f\""},
		{{"\x1b[31m", 5}, "\"\\u001b[31m\""},
		{{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9},
		 "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
		{{"\xff", 1}, "\"\\u00ff\""},
		{{"\x80x", 2}, "\"\\u0080x\""},
		{{"\xc3", 1}, "\"\\u00c3\""}, /* cut */
		{{"\xe2\x82", 2}, "\"\\u00e2\\u0082\""},
		{{"\xe2\x82x", 3}, "\"\\u00e2\\u0082x\""},
		{{"\xc0\xaf", 2}, "\"\\u00c0\\u00af\""}, /* overlong */
		{{"\xe0\x80\xaf", 3}, "\"\\u00e0\\u0080\\u00af\""},
		{{"\xf0\x80\x80\xaf", 4}, "\"\\u00f0\\u0080\\u0080\\u00af\""},
		{{"\xed\xa0\x80", 3}, "\"\\u00ed\\u00a0\\u0080\""}, /* surrogate */
		{{"\xf4\x90\x80\x80", 4}, "\"\\u00f4\\u0090\\u0080\\u0080\""},
		{{"\xc2\x9b", 2}, "\"\\u009b\""}, /* C1 */
		{{"", 0}, "\"\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct capture c;
		char want[128];
		json_t *j;

		capture_start(&c, LOG_INFO, LOG_JSON);
		log_info("m", F_SLICE("k", rows[i].raw));
		capture_stop(&c);
		snprintf(want, sizeof(want), "\"k\":%s}\n", rows[i].json);
		if (strstr(c.text, want) == NULL)
			fail_msg("row %zu: %s", i, c.text);
		j = json_loads(c.text, JSON_ALLOW_NUL, NULL);
		assert_non_null(j);
		json_decref(j);
		free(c.text);
	}
}

static void control_characters_never_reach_a_terminal(void **state)
{
	struct capture c;

	capture_start(&c, LOG_INFO, LOG_HUMAN);
	log_info("m", F_STR("evil", "x\n2026 error fake\x1b[2J"),
		 F_STR("c1", "\xc2\x9b"));
	capture_stop(&c);
	assert_non_null(strstr(c.text, "evil=\"x\\n2026 error fake\\u001b[2J\""));
	assert_non_null(strstr(c.text, "c1=\"\\u009b\""));
	assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
	free(c.text);
}

static int count_field(int *calls)
{
	return ++*calls;
}

static void quiet_levels_cost_nothing(void **state)
{
	struct capture c;
	int calls = 0;

	capture_start(&c, LOG_WARN, LOG_JSON);
	log_info("no", F_I64("n", count_field(&calls)));
	log_debug("no");
	log_trace("no");
	log_error("yes");
	log_set_level(LOG_TRACE);
	log_trace("yes", F_I64("n", count_field(&calls)));
	capture_stop(&c);
	assert_int_equal(calls, 1);
	assert_null(strstr(c.text, "\"no\""));
	assert_non_null(strstr(c.text, "\"level\":\"error\",\"msg\":\"yes\"}"));
	assert_non_null(strstr(c.text, "\"level\":\"trace\",\"msg\":\"yes\",\"n\":1}"));
	free(c.text);
}

static void auto_means_json_when_not_a_terminal(void **state)
{
	struct capture c;

	capture_start(&c, LOG_INFO, LOG_AUTO);
	log_info("x");
	capture_stop(&c);
	assert_int_equal(c.text[0], '{');
	free(c.text);
}

static void terminal_gets_colours(void **state)
{
	int saved, pty = posix_openpt(O_RDWR | O_NOCTTY), tty;
	char text[256];
	ssize_t n;

	if (pty < 0 || grantpt(pty) != 0 || unlockpt(pty) != 0) {
		print_message("skipped: no pseudo terminal can be had here\n");
		skip();
	}
	tty = open(ptsname(pty), O_RDWR | O_NOCTTY);
	assert_true(tty >= 0);
	unsetenv("NO_COLOR");
	saved = dup(STDERR_FILENO);
	dup2(tty, STDERR_FILENO);
	log_init(LOG_INFO, LOG_AUTO);
	log_error("x", F_STR("k", "v"));
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(pty, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "\033[31merror\033[0m x \033[2mk=\033[0mv"));
	close(tty);
	close(pty);
}

static void errno_survives(void **state)
{
	struct capture c;

	capture_start(&c, LOG_INFO, LOG_JSON);
	close(STDERR_FILENO);
	errno = ENOTDIR;
	log_info("lost");
	assert_int_equal(errno, ENOTDIR);
	capture_stop(&c);
	free(c.text);
}

#define THREADS 4
#define LINES 200

static void *write_lines(void *arg)
{
	for (int i = 0; i < LINES; i++)
		log_info("line", F_STR("text", arg), F_I64("i", i));
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	static char text[1000];
	pthread_t threads[THREADS];
	struct capture c;
	int lines = 0;

	memset(text, 'x', sizeof(text) - 1);
	capture_start(&c, LOG_INFO, LOG_JSON);
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, O_APPEND), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, text), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	capture_stop(&c);
	for (char *p = c.text, *end; (end = strchr(p, '\n')) != NULL;
	     p = end + 1, lines++) {
		json_t *j = json_loadb(p, (size_t)(end - p), 0, NULL);

		assert_non_null(j);
		json_decref(j);
	}
	assert_int_equal(lines, THREADS * LINES);
	free(c.text);
}

static void level_names_of_both_worlds_are_known(void **state)
{
	static const struct {
		const char *name;
		int level;
	} rows[] = {
		{"error", LOG_ERROR}, {"warn", LOG_WARN},     {"warning", LOG_WARN},
		{"info", LOG_INFO},   {"INFO", LOG_INFO},     {"debug", LOG_DEBUG},
		{"trace", LOG_TRACE}, {"verbose", LOG_DEBUG}, {"silly", LOG_TRACE},
	};
	enum log_level l;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(log_level_parse(rows[i].name, &l));
		assert_int_equal(l, rows[i].level);
	}
	assert_false(log_level_parse("loud", &l));
	assert_false(log_level_parse("", &l));
}

static void level_changes_and_goes_back(void **state)
{
	log_init(LOG_WARN, LOG_JSON);
	log_set_level(LOG_TRACE);
	assert_int_equal(log_level(), LOG_TRACE);
	assert_string_equal(log_level_name(log_level()), "trace");
	log_reset_level();
	assert_int_equal(log_level(), LOG_WARN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(level_changes_and_goes_back),
		cmocka_unit_test(json_line_has_every_field_type),
		cmocka_unit_test(human_line_quotes_what_needs_it),
		cmocka_unit_test(escaping_table),
		cmocka_unit_test(control_characters_never_reach_a_terminal),
		cmocka_unit_test(quiet_levels_cost_nothing),
		cmocka_unit_test(auto_means_json_when_not_a_terminal),
		cmocka_unit_test(terminal_gets_colours),
		cmocka_unit_test(errno_survives),
		cmocka_unit_test(lines_of_threads_do_not_mix),
		cmocka_unit_test(level_names_of_both_worlds_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
