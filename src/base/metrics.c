/* SPDX-License-Identifier: Apache-2.0 */
#include <base/metrics.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

const double metric_seconds[12] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05,
				   0.1,	   0.5,	  1,	  5,	 10,   30};

static struct metric *registered;
static struct list sources = LIST_INIT(sources);

void metric_register(struct metric *m)
{
	OB_ASSERT(m->n_bounds <= METRIC_MAX_BOUNDS);
	if (m->registered)
		return;
	m->registered = true;
	m->next = registered;
	registered = m;
}

void metric_unregister(struct metric *m)
{
	struct metric **at = &registered;

	if (!m->registered)
		return;
	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	m->registered = false;
}

void metric_observe(struct metric *h, double v)
{
	unsigned i = 0;

	while (i < h->n_bounds && v > h->bounds[i])
		i++;
	h->counts[i]++;
	h->value += v;
}

void metrics_source_add(struct metrics_source *s)
{
	list_add_tail(&sources, &s->link);
}

void metrics_source_del(struct metrics_source *s)
{
	if (s->link.next != NULL)
		list_del(&s->link);
}

/* One line to be. Families must be told in one piece each, so lines are sorted. */
struct sample {
	const char *family, *help, *suffix;
	enum metric_type type;
	char *labels; /* with what a histogram adds; "" = none */
	double v;
	size_t order;
};

struct metrics_out {
	struct arena a;
	struct sample *v;
	size_t n, cap;
};

static struct sample *sample_new(struct metrics_out *o, enum metric_type type,
				 const char *family, const char *help, const char *suffix,
				 double v)
{
	if (o->n == o->cap) {
		o->cap = o->cap * 2 + 64;
		o->v = xrealloc(o->v, o->cap * sizeof(*o->v));
	}
	struct sample *s = &o->v[o->n];
	*s = (struct sample){.family = family,
			     .help = help,
			     .suffix = suffix,
			     .type = type,
			     .v = v,
			     .order = o->n++};
	return s;
}

void metrics_put(struct metrics_out *o, enum metric_type type, const char *name,
		 const char *help, const char *labels, double v)
{
	struct sample *s = sample_new(o, type, name, help, "", v);

	s->labels = arena_strdup(&o->a, labels != NULL ? labels : "");
}

/* Buckets count what is below them too, and the last one everything. */
static void put_histogram(struct metrics_out *o, const struct metric *m)
{
	const char *labels = m->labels != NULL ? m->labels : "";
	const char *comma = *labels != '\0' ? "," : "";
	uint64_t total = 0;

	for (unsigned i = 0; i <= m->n_bounds; i++) {
		struct sample *s;
		total += m->counts[i];
		s = sample_new(o, m->type, m->name, m->help, "_bucket", (double)total);
		s->labels = i < m->n_bounds ? arena_printf(&o->a, "%s%sle=\"%g\"", labels,
							   comma, m->bounds[i])
					    : arena_printf(&o->a, "%s%sle=\"+Inf\"",
							   labels, comma);
	}
	sample_new(o, m->type, m->name, m->help, "_sum", m->value)->labels =
		arena_strdup(&o->a, labels);
	sample_new(o, m->type, m->name, m->help, "_count", (double)total)->labels =
		arena_strdup(&o->a, labels);
}

void metrics_put_metric(struct metrics_out *o, const struct metric *m)
{
	if (m->type == METRIC_HISTOGRAM)
		put_histogram(o, m);
	else
		metrics_put(o, m->type, m->name, m->help, m->labels, m->value);
}

static int by_family(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int r = strcmp(x->family, y->family);

	return r != 0 ? r : (x->order > y->order) - (x->order < y->order);
}

/* Whole numbers in full: a counter of bytes is past what %g shows soon. */
static void put_number(struct buf *b, double v)
{
	if (isnan(v))
		buf_adds(b, "NaN");
	else if (isinf(v))
		buf_adds(b, v > 0 ? "+Inf" : "-Inf");
	else if (v == floor(v) && fabs(v) < 9e15)
		buf_addf(b, "%" PRId64, (int64_t)v);
	else
		buf_addf(b, "%.9g", v);
}

static void put_sample(struct buf *b, const struct sample *s, bool first)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};

	if (first)
		buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", s->family, s->help, s->family,
			 types[s->type]);
	buf_addf(b, "%s%s", s->family, s->suffix);
	if (*s->labels != '\0')
		buf_addf(b, "{%s}", s->labels);
	buf_addc(b, ' ');
	put_number(b, s->v);
	buf_addc(b, '\n');
}

void metrics_text(struct buf *b)
{
	struct metrics_out o = {0};

	for (const struct metric *m = registered; m != NULL; m = m->next)
		metrics_put_metric(&o, m);
	list_for_each (l, &sources) {
		struct metrics_source *s = list_entry(l, struct metrics_source, link);
		s->fn(&o, s->arg);
	}
	if (o.n > 0)
		qsort(o.v, o.n, sizeof(*o.v), by_family);
	for (size_t i = 0; i < o.n; i++)
		put_sample(b, &o.v[i],
			   i == 0 || strcmp(o.v[i].family, o.v[i - 1].family) != 0);
	free(o.v);
	arena_fini(&o.a);
}
