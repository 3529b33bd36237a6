/* SPDX-License-Identifier: Apache-2.0
 * Many devices at once. Usage:
 *   rps_many_test [COUNT [PROFILE]]
 *   rps_many_test COUNT PROFILE PORT SUFFIX TRUST PASSWORD
 * Prints one JSON object with rate, times and memory. Devices, clients and servers share
 * the process; or the server is somebody's, at that port of 127.0.0.1, with a profile of
 * that name and AMT password and a certificate for that DNS suffix of the root with that
 * SHA-256: then the devices are deactivated afterwards.
 */
#include "rps_world.h"

#include <base/clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static unsigned count = 40;
static const char *profile = "ccm-random";
static char **server; /* PORT SUFFIX TRUST PASSWORD, or NULL */

struct one {
	struct world *w;
	struct machine m;
	struct run r;
	char command[96];
	int64_t took_ms;
};

static void one_run(void *arg)
{
	struct one *o = arg;
	int64_t began = clock_mono_ms();

	client_run(o->w, &o->m, &o->r);
	o->took_ms = clock_mono_ms() - began;
}

static void run_all(struct one *all)
{
	struct fiber_group group;

	fiber_group_init(&group);
	for (unsigned i = 0; i < count; i++)
		fiber_spawn(&group, "client", one_run, &all[i]);
	fiber_group_join(&group, false);
}

static unsigned count_failed(const struct one *all)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < count; i++) {
		if (all[i].r.success)
			continue;
		print_message("device %u: %s\n", i, all[i].r.message);
		failed++;
	}
	return failed;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

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
	assert_int_equal(count_failed(all), 0);
	for (unsigned i = 0; i < count; i++) {
		struct device_secrets s;
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

static void print_figures(const struct one *all, int64_t took_ms, long before_kib)
{
	int64_t *times = calloc(count, sizeof(*times));
	double seconds = (double)took_ms / 1000;

	for (unsigned i = 0; i < count; i++)
		times[i] = all[i].took_ms;
	qsort(times, count, sizeof(*times), by_time);
	print_message(
		"{\"activations\":%u,\"failed\":%u,\"profile\":\"%s\",\"seconds\":%.2f,"
		"\"per_s\":%.1f,\"p50_ms\":%lld,\"p99_ms\":%lld,"
		"\"resident_mib\":%.1f,\"resident_before_mib\":%.1f}\n",
		count, count_failed(all), profile, seconds, count / seconds,
		(long long)times[count / 2], (long long)times[count * 99 / 100],
		(double)resident_kib() / 1024, (double)before_kib / 1024);
	free(times);
}

/* What is somebody's shall not fill up with our devices. */
static void deactivate_all(struct one *all, const char *password)
{
	for (unsigned i = 0; i < count; i++) {
		run_end(&all[i].r);
		snprintf(all[i].command, sizeof(all[i].command),
			 "deactivate --password %s", password);
		all[i].r = (struct run){.command = all[i].command, .password = password};
	}
	run_all(all);
}

static void start(struct world *w)
{
	static const char *const settings[] = {"rps.rpc.answer_ms=120000",
					       "rps.rpc.max_per_address=100000", NULL};

	if (server != NULL) {
		world_of(w, (uint16_t)atoi(server[0]), server[1], server[2]);
		return;
	}
	world_start(w, settings);
	world_profiles(w);
}

TEST(all_devices_of_many_are_activated)
{
	struct one *all = calloc(count, sizeof(*all));
	struct world w;

	rt_raise_descriptor_limit();
	start(&w);
	for (unsigned i = 0; i < count; i++) {
		all[i].w = &w;
		machine_start(&w, &all[i].m, (uint16_t)(i + 1));
		snprintf(all[i].command, sizeof(all[i].command), "activate --profile %s",
			 profile);
		all[i].r.command = all[i].command;
	}
	long before_kib = resident_kib();
	int64_t began = clock_mono_ms();
	run_all(all);
	print_figures(all, clock_mono_ms() - began, before_kib);
	if (server == NULL)
		check_all(&w, all);
	else
		deactivate_all(all, server[3]);
	for (unsigned i = 0; i < count; i++) {
		machine_stop(&all[i].m);
		run_end(&all[i].r);
	}
	free(all);
	if (server == NULL)
		world_stop(&w);
	else
		arena_fini(&w.a);
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
	if (argc > 6)
		server = argv + 3;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
