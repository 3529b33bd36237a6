/* SPDX-License-Identifier: Apache-2.0
 * What /metrics tells of the process as a whole: its memory and descriptors, the runtime,
 * the database. Names of process_* are those of Prometheus's own clients.
 */
#include <outband/app.h>

#include <base/metrics.h>
#include <dirent.h>
#include <rt/rt.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static double resident_bytes(void)
{
	unsigned long size, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void tell_process(struct metrics_out *o)
{
	struct rlimit files;

	metrics_put(o, METRIC_GAUGE, "outband_build_info", "The program's version.",
		    "version=\"" OUTBAND_VERSION "\"", 1);
	metrics_put(o, METRIC_GAUGE, "process_resident_memory_bytes", "Resident memory.",
		    NULL, resident_bytes());
	metrics_put(o, METRIC_COUNTER, "process_cpu_seconds_total",
		    "User and system time.", NULL, cpu_seconds());
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		metrics_put(o, METRIC_GAUGE, "process_max_fds",
			    "Descriptors that may be open.", NULL,
			    (double)files.rlim_cur);
}

static void tell_runtime(struct metrics_out *o)
{
	struct rt_stats st = rt_stats();

	metrics_put(o, METRIC_GAUGE, "outband_fibers", "Fibers that live.", NULL,
		    (double)st.fibers_live);
	metrics_put(o, METRIC_GAUGE, "outband_fibers_pooled",
		    "Stacks kept for the next fibers.", NULL, (double)st.fibers_pooled);
	metrics_put(o, METRIC_COUNTER, "outband_fiber_switches_total",
		    "Switches between fibers and the loop.", NULL,
		    (double)st.fiber_switches);
	metrics_put(o, METRIC_GAUGE, "outband_fiber_stack_high_water_bytes",
		    "The deepest stack seen at a fiber's end.", NULL,
		    (double)st.fiber_stack_high_water);
	metrics_put(o, METRIC_COUNTER, "outband_loop_slow_total",
		    "Callbacks that held the loop for more than 100 ms.", NULL,
		    (double)st.loop_slow);
}

static void tell(struct metrics_out *o, void *arg)
{
	const struct app *app = arg;

	tell_process(o);
	tell_runtime(o);
	if (app->db == NULL)
		return;
	struct db_stats st = db_stats(app->db);
	metrics_put(o, METRIC_COUNTER, "outband_db_queries_total", "Reads.", NULL,
		    (double)st.queries);
	metrics_put(o, METRIC_COUNTER, "outband_db_writes_total",
		    "Writes and transactions.", NULL, (double)st.writes);
	metrics_put(o, METRIC_COUNTER, "outband_db_commits_total",
		    "Commits; with SQLite one may hold many writes.", NULL,
		    (double)st.commits);
	metrics_put(o, METRIC_COUNTER, "outband_db_errors_total", "Calls that failed.",
		    NULL, (double)st.errors);
	metrics_put(o, METRIC_GAUGE, "outband_db_queued", "Calls that wait.", NULL,
		    (double)st.queued);
}

void app_metrics(struct app *app)
{
	app->metrics = (struct metrics_source){.fn = tell, .arg = app};
	metrics_source_add(&app->metrics);
}
