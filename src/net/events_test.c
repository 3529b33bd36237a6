/* SPDX-License-Identifier: Apache-2.0
 * The stream of events: payload, places of readers, gaps, tenants, server-sent events.
 * The broker's side is tests/e2e/test_events.py.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/events.h>
#include <stdio.h>
#include <stdlib.h>

#define GUID "143e4567-e89b-12d3-a456-426614174000"

static struct config *conf;
static struct events *events;

static void ok(struct err *e)
{
	if (e != NULL)
		print_error("%s: %s\n", err_kind_name(e->kind), e->msg);
	assert_null(e);
}

static void emit(const char *message, const char *tenant)
{
	events_emit(events, &(struct event){.source = "mps",
					    .type = EVENT_SUCCESS,
					    .methods = {"CIRA_Connected"},
					    .message = message,
					    .guid = GUID,
					    .tenant = tenant});
}

static void start(const char *assignment)
{
	conf = config_new();
	config_add(conf, events_settings, events_settings_n);
	if (assignment != NULL)
		ok(config_set(conf, assignment, "test"));
	ok(events_start(conf, &events));
}

static void stop(void)
{
	events_stop(events, deadline_in(0));
	events = NULL;
	config_free(conf);
}

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

static struct event_view next(uint64_t *cursor, const char *tenant, bool want_lost)
{
	struct event_view v;
	bool lost;

	ok(events_next(events, cursor, tenant, deadline_in(1000), &v, &lost));
	assert_int_equal(lost, want_lost);
	return v;
}

static bool nothing(uint64_t *cursor, const char *tenant)
{
	struct event_view v;
	bool lost;
	struct err *e = events_next(events, cursor, tenant, deadline_in(0), &v, &lost);
	bool none = err_is(e, ERR_TIMEOUT);

	err_free(e);
	return none;
}

/* Up to the time, which must be of now. */
static void expect_payload(uint64_t *cursor, const char *begin)
{
	const char *json = next(cursor, NULL, false).json;
	char *end;

	if (strncmp(json, begin, strlen(begin)) != 0)
		fail_msg("%s does not begin with %s", json, begin);
	long long at = strtoll(json + strlen(begin), &end, 10);
	assert_string_equal(end, "}");
	assert_true(llabs(clock_wall_ms() - at) < 60000);
}

TEST(payload_is_upstreams)
{
	uint64_t cursor = 0;

	start(NULL);
	assert_true(nothing(&cursor, NULL));
	emit("a \"b\"", NULL);
	events_emit(events, &(struct event){.source = "rps",
					    .type = EVENT_FAIL,
					    .methods = {"Activator", "execute"},
					    .message = "no"});
	expect_payload(&cursor, "{\"type\":\"success\",\"message\":\"a \\\"b\\\"\","
				"\"methods\":[\"CIRA_Connected\"],\"guid\":\"" GUID
				"\",\"timestamp\":");
	expect_payload(&cursor, "{\"type\":\"fail\",\"message\":\"no\",\"methods\":"
				"[\"Activator\",\"execute\"],\"timestamp\":");
	events_emit(NULL, &(struct event){.source = "mps"});
	stop();
}

TEST(readers_begin_now_and_see_their_tenant_alone)
{
	uint64_t a = 0, b = 0, all = 0;

	start(NULL);
	emit("before", "a");
	assert_true(nothing(&a, "a") && nothing(&b, "b") && nothing(&all, NULL));
	emit("1", "a");
	emit("2", "b");
	emit("3", "a");
	assert_non_null(strstr(next(&a, "a", false).json, "\"1\""));
	assert_non_null(strstr(next(&a, "a", false).json, "\"3\""));
	assert_true(nothing(&a, "a"));
	assert_non_null(strstr(next(&b, "b", false).json, "\"2\""));
	assert_true(nothing(&b, "b"));
	for (int i = 0; i < 3; i++)
		next(&all, NULL, false);
	assert_true(nothing(&all, NULL));
	stop();
}

TEST(who_was_away_too_long_is_told)
{
	uint64_t cursor = 0;
	char text[32];

	start(NULL);
	emit("first", NULL);
	assert_true(nothing(&cursor, NULL));
	for (int i = 0; i < EVENTS_KEPT + 10; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		emit(text, NULL);
	}
	assert_non_null(strstr(next(&cursor, NULL, true).json, "\"number 10\""));
	assert_non_null(strstr(next(&cursor, NULL, false).json, "\"number 11\""));
	/* An id of a former run, and one that never was. */
	cursor = 5;
	assert_non_null(strstr(next(&cursor, NULL, true).json, "\"number 10\""));
	cursor = UINT64_MAX;
	assert_true(nothing(&cursor, NULL));
	stop();
}

static void end_later(void *arg)
{
	ok(fiber_yield());
	emit("late", NULL);
	ok(fiber_yield());
	ok(fiber_yield());
	events_end_readers(events);
}

TEST(readers_wake_and_end)
{
	uint64_t cursor = 0;
	struct event_view v;
	bool lost;

	start(NULL);
	fiber_spawn(NULL, "end", end_later, NULL);
	assert_non_null(strstr(next(&cursor, NULL, false).json, "late"));
	struct err *e = events_next(events, &cursor, NULL, DEADLINE_NEVER, &v, &lost);
	assert_true(err_is(e, ERR_CLOSED));
	err_free(e);
	stop();
}

TEST(addresses_are_checked)
{
	static const char *const bad[] = {"mqtt://", "broker:0",
					  "a:b",     "mqtt://x:70000",
					  "unix:/x", "mqtt://bob:hunter2@broker:1883"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		conf = config_new();
		config_add(conf, events_settings, events_settings_n);
		char set[64];
		snprintf(set, sizeof(set), "mqtt.address=%s", bad[i]);
		ok(config_set(conf, set, "test"));
		struct err *e = events_start(conf, &events);
		if (!err_is(e, ERR_INVALID))
			fail_msg("%s was taken", bad[i]);
		assert_null(strstr(e->msg, "hunter2"));
		err_free(e);
		config_free(conf);
	}
}

/* No broker is there: the spool is what is looked at. */
TEST(without_a_broker_nothing_waits)
{
	start("mqtt.address=mqtt://127.0.0.1:1/");
	for (int i = 0; i < 100; i++)
		emit("kept", NULL);
	ok(fiber_sleep_ms(20));
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payload_is_upstreams),
		cmocka_unit_test(readers_begin_now_and_see_their_tenant_alone),
		cmocka_unit_test(who_was_away_too_long_is_told),
		cmocka_unit_test(readers_wake_and_end),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(without_a_broker_nothing_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
