/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/metrics.h>

static struct buf out;

static const char *text(void)
{
	buf_fini(&out);
	out = (struct buf){0};
	metrics_text(&out);
	return out.p != NULL ? out.p : "";
}

static void nothing_registered_is_no_text(void **state)
{
	assert_string_equal(text(), "");
}

static void families_are_sorted_and_told_once(void **state)
{
	struct metric a = METRIC_COUNTER_INIT("b_total", "Of b.", "mode=\"kvm\"");
	struct metric b = METRIC_GAUGE_INIT("a_now", "Of a.", NULL);
	struct metric c = METRIC_COUNTER_INIT("b_total", "Of b.", "mode=\"sol\"");

	metric_register(&a);
	metric_register(&b);
	metric_register(&c);
	metric_register(&c);
	metric_add(&a, 1);
	metric_add(&a, 2);
	metric_set(&b, 0.25);
	assert_string_equal(text(), "# HELP a_now Of a.\n# TYPE a_now gauge\na_now 0.25\n"
				    "# HELP b_total Of b.\n# TYPE b_total counter\n"
				    "b_total{mode=\"sol\"} 0\nb_total{mode=\"kvm\"} 3\n");
	metric_unregister(&c);
	metric_unregister(&a);
	metric_unregister(&a);
	metric_unregister(&b);
	assert_string_equal(text(), "");
}

static void large_counters_are_whole(void **state)
{
	struct metric a = METRIC_COUNTER_INIT("bytes_total", "Bytes.", NULL);

	metric_register(&a);
	metric_add(&a, 123456789012345.0);
	assert_non_null(strstr(text(), "bytes_total 123456789012345\n"));
	metric_unregister(&a);
}

static void buckets_hold_what_is_below_them(void **state)
{
	static const double bounds[] = {0.1, 1};
	struct metric h = METRIC_HISTOGRAM_INIT("t_seconds", "Time.", "s=\"x\"", bounds);

	metric_register(&h);
	metric_observe(&h, 0.1);
	metric_observe(&h, 0.5);
	metric_observe(&h, 7);
	assert_string_equal(text(), "# HELP t_seconds Time.\n# TYPE t_seconds histogram\n"
				    "t_seconds_bucket{s=\"x\",le=\"0.1\"} 1\n"
				    "t_seconds_bucket{s=\"x\",le=\"1\"} 2\n"
				    "t_seconds_bucket{s=\"x\",le=\"+Inf\"} 3\n"
				    "t_seconds_sum{s=\"x\"} 7.6\n"
				    "t_seconds_count{s=\"x\"} 3\n");
	metric_unregister(&h);
}

static void tell(struct metrics_out *o, void *arg)
{
	char labels[] = "n=\"1\"";

	metrics_put(o, METRIC_GAUGE, "open", "Open now.", labels, *(int *)arg);
	labels[3] = '2'; /* it was copied */
	metrics_put(o, METRIC_GAUGE, "open", "Open now.", labels, 2);
}

static void sources_are_asked_each_time(void **state)
{
	int n = 7;
	struct metrics_source s = {.fn = tell, .arg = &n};

	metrics_source_add(&s);
	assert_non_null(strstr(text(), "open{n=\"1\"} 7\nopen{n=\"2\"} 2\n"));
	n = 8;
	assert_non_null(strstr(text(), "open{n=\"1\"} 8\n"));
	metrics_source_del(&s);
	metrics_source_del(&s);
	assert_string_equal(text(), "");
}

static int end(void **state)
{
	buf_fini(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_registered_is_no_text),
		cmocka_unit_test(families_are_sorted_and_told_once),
		cmocka_unit_test(large_counters_are_whole),
		cmocka_unit_test(buckets_hold_what_is_below_them),
		cmocka_unit_test(sources_are_asked_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
