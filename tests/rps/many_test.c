/* SPDX-License-Identifier: Apache-2.0
 * Many devices at once. Usage: rps_many_test [COUNT [PROFILE]]: prints one JSON object
 * with rate, times and memory; devices, clients and servers share the process.
 */
#include "rps_world.h"

#include <base/clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static unsigned count = 40;
static const char *profile = "ccm-random";

struct one {
	struct world *w;
	struct machine m;
	struct run r;
	char command[64];
	int64_t took_ms;
};

static void one_run(void *arg)
{
	struct one *o = arg;
	int64_t began = clock_mono_ms();

	client_run(o->w, &o->m, &o->r);
	o->took_ms = clock_mono_ms() - began;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = ((const struct one *)a)->took_ms,
		y = ((const struct one *)b)->took_ms;

	return x < y ? -1 : x > y;
}

static long resident_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void check_all(struct world *w, struct one *all)
{
	for (unsigned i = 0; i < count; i++) {
		struct device_secrets s;
		if (!all[i].r.success)
			fail_msg("device %u: %s", i, all[i].r.message);
		ok(device_secrets_get(w->secrets, all[i].m.guid, &w->a, SOON, &s));
		assert_true(machine_has_password(&all[i].m, &s.amt_password));
		device_secrets_fini(&s);
	}
	struct answer a = mps_call(w, "GET", "/api/v1/devices/stats", NULL);
	char want[64];
	snprintf(want, sizeof(want), "\"totalCount\":%u", count);
	if (strstr(a.text, want) == NULL)
		fail_msg("%s instead of %s", a.text, want);
}

TEST(all_devices_of_many_are_activated)
{
	static const char *const settings[] = {"rps.rpc.answer_ms=120000",
					       "rps.rpc.max_per_address=100000", NULL};
	struct one *all = calloc(count, sizeof(*all));
	struct fiber_group group;
	struct world w;
	long before_kib;

	rt_raise_descriptor_limit();
	world_start(&w, settings);
	world_profiles(&w);
	fiber_group_init(&group);
	for (unsigned i = 0; i < count; i++) {
		all[i].w = &w;
		machine_start(&w, &all[i].m, (uint16_t)(i + 1));
		snprintf(all[i].command, sizeof(all[i].command), "activate --profile %s",
			 profile);
		all[i].r.command = all[i].command;
	}
	before_kib = resident_kib();
	int64_t began = clock_mono_ms();
	for (unsigned i = 0; i < count; i++)
		fiber_spawn(&group, "client", one_run, &all[i]);
	fiber_group_join(&group, false);
	double seconds = (double)(clock_mono_ms() - began) / 1000;
	check_all(&w, all);
	qsort(all, count, sizeof(*all), by_time);
	print_message("{\"activations\":%u,\"profile\":\"%s\",\"seconds\":%.2f,"
		      "\"per_s\":%.1f,\"p50_ms\":%lld,\"p99_ms\":%lld,"
		      "\"resident_mib\":%.1f,\"resident_before_mib\":%.1f}\n",
		      count, profile, seconds, count / seconds,
		      (long long)all[count / 2].took_ms,
		      (long long)all[count * 99 / 100].took_ms,
		      (double)resident_kib() / 1024, (double)before_kib / 1024);
	for (unsigned i = 0; i < count; i++) {
		machine_stop(&all[i].m);
		buf_fini(&all[i].r.seen);
		buf_fini(&all[i].r.progress_text);
	}
	free(all);
	world_stop(&w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_devices_of_many_are_activated),
	};

	if (argc > 1)
		count = (unsigned)atoi(argv[1]);
	if (argc > 2)
		profile = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
