/* SPDX-License-Identifier: Apache-2.0
 * Counters, gauges and histograms of this process, and their text for Prometheus
 * (exposition format 0.0.4). No I/O and no locks: on the loop thread only.
 *
 * Two ways in. What happens is counted in a static struct metric, which is registered
 * once. What is there anyway (connections of a server, rows of a queue) is told by a
 * source, a function that is asked when somebody reads.
 *
 * Names are Prometheus's: outband_<what>_<unit>, counters end in _total. Labels are
 * ready-made text, 'mode="kvm"', and never hold what a peer chose: each value is a
 * series that is kept for ever.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <base/buf.h>
#include <base/list.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_MAX_BOUNDS 16

struct metric {
	const char *name, *help;
	const char *labels; /* NULL = none */
	enum metric_type type;
	double value; /* of a histogram: the sum of what was observed */
	/* Histogram: upper bounds, rising; counts has one more for what is above all. */
	const double *bounds;
	unsigned n_bounds;
	uint64_t counts[METRIC_MAX_BOUNDS + 1];
	struct metric *next;
	bool registered;
};

#define METRIC_COUNTER_INIT(n, h, l)                                            \
	{                                                                       \
		.name = (n), .help = (h), .labels = (l), .type = METRIC_COUNTER \
	}
#define METRIC_GAUGE_INIT(n, h, l)                                            \
	{                                                                     \
		.name = (n), .help = (h), .labels = (l), .type = METRIC_GAUGE \
	}
/* b: an array of at most METRIC_MAX_BOUNDS static doubles. */
#define METRIC_HISTOGRAM_INIT(n, h, l, b)                                          \
	{                                                                          \
		.name = (n), .help = (h), .labels = (l), .type = METRIC_HISTOGRAM, \
		.bounds = (b), .n_bounds = sizeof(b) / sizeof((b)[0])              \
	}

/* Seconds from half a millisecond to half a minute, for requests. */
extern const double metric_seconds[12];

/* m must outlive the process or be unregistered. Again is fine. */
void metric_register(struct metric *m);
void metric_unregister(struct metric *m);
static inline void metric_add(struct metric *m, double v)
{
	m->value += v;
}
static inline void metric_set(struct metric *m, double v)
{
	m->value = v;
}
void metric_observe(struct metric *histogram, double v);

/* Sources. */
struct metrics_out;
struct metrics_source {
	struct list link;
	void (*fn)(struct metrics_out *o, void *arg);
	void *arg;
};
/* s is the caller's memory, until metrics_source_del. */
void metrics_source_add(struct metrics_source *s);
void metrics_source_del(struct metrics_source *s);
/* From fn. name and help are static texts; labels is copied and may be NULL. */
void metrics_put(struct metrics_out *o, enum metric_type type, const char *name,
		 const char *help, const char *labels, double v);
void metrics_put_metric(struct metrics_out *o, const struct metric *m);

/* Appends everything, sorted by name. */
void metrics_text(struct buf *b);
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
