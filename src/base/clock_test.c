/* SPDX-License-Identifier: Apache-2.0
 * Dates by table, deadlines on a frozen clock.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/clock.h>

#include <string.h>
#include <time.h>

/* First: the others freeze the clocks. */
static void real_clocks_run(void **state)
{
	int64_t mono = clock_mono_ms(), wall = clock_wall_ms();

	assert_true(mono > 0);
	assert_in_range(wall / 1000, time(NULL) - 2, time(NULL) + 2);
	assert_true(clock_mono_ms() >= mono);
}

static void iso_and_http_table(void **state)
{
	static const struct {
		int64_t ms;
		const char *iso, *http;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
		{-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT"},
		{1768456800123, "2026-01-15T06:00:00.123Z",
		 "Thu, 15 Jan 2026 06:00:00 GMT"},
		{951827696000, "2000-02-29T12:34:56.000Z",
		 "Tue, 29 Feb 2000 12:34:56 GMT"},
		{784111777000, "1994-11-06T08:49:37.000Z",
		 "Sun, 06 Nov 1994 08:49:37 GMT"},
		{4107542400000, "2100-03-01T00:00:00.000Z",
		 "Mon, 01 Mar 2100 00:00:00 GMT"},
		{INT64_MAX, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
		{INT64_MIN, "0000-01-01T00:00:00.000Z", "Sat, 01 Jan 0000 00:00:00 GMT"},
	};
	char text[CLOCK_HTTP_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		clock_iso(rows[i].ms, text);
		assert_string_equal(text, rows[i].iso);
		assert_int_equal(strlen(text), CLOCK_ISO_SIZE - 1);
		clock_http(rows[i].ms, text);
		assert_string_equal(text, rows[i].http);
		assert_int_equal(strlen(text), CLOCK_HTTP_SIZE - 1);
	}
}

static void iso_parse_table(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{"1970-01-01", 0},
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01t00:00:00z", 0},
		{"1970-01-01 00:00:00Z", 0},
		{"1970-01-01T00:01Z", 60000},
		{"2026-01-15T06:00:00.123Z", 1768456800123},
		{"2026-01-15T06:00:00.1Z", 1768456800100},
		{"2026-01-15T06:00:00.123999999Z", 1768456800123},
		{"2026-01-15T08:00:00.123+02:00", 1768456800123},
		{"2026-01-15T08:00:00.123+0200", 1768456800123},
		{"2026-01-15T00:30:00.123-05:30", 1768456800123},
		{"2000-02-29", 951782400000},
		{"2016-12-31T23:59:60Z", 1483228800000},
		{"0000-01-01", -62167219200000},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = -1;

		if (!clock_parse_iso(rows[i].text, &ms) || ms != rows[i].ms)
			fail_msg("%s: %lld", rows[i].text, (long long)ms);
	}
}

static void wrong_dates_are_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"x",
		"2026",
		"2026-1-1",
		"2026-13-01",
		"2026-00-01",
		"2026-01-00",
		"2026-01-32",
		"2026-04-31",
		"2026-02-29",
		"1900-02-29",
		"2026-01-15T",
		"2026-01-15T06",
		"2026-01-15T06:00:00",
		"2026-01-15T24:00:00Z",
		"2026-01-15T06:60:00Z",
		"2026-01-15T06:00:61Z",
		"2026-01-15T06:00:00.Z",
		"2026-01-15T06:00:00+2:00",
		"2026-01-15T06:00:00+24:00",
		"2026-01-15T06:00:00Zx",
		"2026-01-15x",
		" 2026-01-15",
		"+026-01-15",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = 4711;

		if (clock_parse_iso(rows[i], &ms))
			fail_msg("%s was accepted", rows[i]);
		assert_int_equal(ms, 4711);
	}
}

static void every_day_survives_a_round_trip(void **state)
{
	for (int64_t day = -800000; day < 3000000; day += 997) {
		int64_t ms = day * 86400000 + 3723004, back;
		char text[CLOCK_ISO_SIZE];

		if (ms < -62167219200000 || ms > 253402300799999)
			continue;
		clock_iso(ms, text);
		assert_true(clock_parse_iso(text, &back));
		assert_int_equal(back, ms);
	}
}

static void frozen_clocks_move_only_by_advance(void **state)
{
	clock_freeze(1000, 5000);
	assert_int_equal(clock_mono_ms(), 1000);
	assert_int_equal(clock_wall_ms(), 5000);
	clock_advance(86400000);
	assert_int_equal(clock_mono_ms(), 86401000);
	assert_int_equal(clock_wall_ms(), 86405000);
}

static void deadline_passes_exactly_at_its_time(void **state)
{
	struct deadline d;

	clock_freeze(1000, 0);
	d = deadline_in(500);
	assert_int_equal(deadline_left_ms(d), 500);
	clock_advance(499);
	assert_false(deadline_passed(d));
	clock_advance(1);
	assert_true(deadline_passed(d));
	assert_int_equal(deadline_left_ms(d), 0);
	clock_advance(1000);
	assert_int_equal(deadline_left_ms(d), 0);
	assert_true(deadline_passed(deadline_in(0)));
	assert_true(deadline_passed(deadline_in(-5)));
}

static void deadline_is_only_shortened(void **state)
{
	struct deadline a, b;

	clock_freeze(1000, 0);
	a = deadline_in(10);
	b = deadline_in(20);
	assert_int_equal(deadline_min(a, b).at_ms, a.at_ms);
	assert_int_equal(deadline_min(b, a).at_ms, a.at_ms);
	assert_int_equal(deadline_min(DEADLINE_NEVER, b).at_ms, b.at_ms);
}

static void never_does_not_pass(void **state)
{
	clock_freeze(1000, 0);
	assert_false(deadline_passed(DEADLINE_NEVER));
	assert_true(deadline_left_ms(DEADLINE_NEVER) == INT64_MAX);
	assert_true(deadline_in(INT64_MAX).at_ms == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_clocks_run),
		cmocka_unit_test(iso_and_http_table),
		cmocka_unit_test(iso_parse_table),
		cmocka_unit_test(wrong_dates_are_refused),
		cmocka_unit_test(every_day_survives_a_round_trip),
		cmocka_unit_test(frozen_clocks_move_only_by_advance),
		cmocka_unit_test(deadline_passes_exactly_at_its_time),
		cmocka_unit_test(deadline_is_only_shortened),
		cmocka_unit_test(never_does_not_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
