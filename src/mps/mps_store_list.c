/* SPDX-License-Identifier: Apache-2.0
 * Lists of devices. Each combination of filters is a statement of its own, made when it
 * is first asked for and kept: "(:x IS NULL OR column = :x)" would cost both databases
 * their indexes.
 */
#include <mps/mps_store_priv.h>

enum tags_kind { TAGS_NONE, TAGS_ANY_OF, TAGS_ALL_OF, TAGS_KINDS };
enum status_kind { STATUS_ANY, STATUS_OFF, STATUS_ON, STATUS_KINDS };

struct shape {
	bool count, tenant, hostname, friendly;
	enum tags_kind tags;
	enum status_kind status;
};

#define SHAPES (2 * 2 * 2 * 2 * TAGS_KINDS * STATUS_KINDS)

static size_t shape_index(const struct shape *s)
{
	size_t i = s->count;

	i = i * 2 + s->tenant;
	i = i * 2 + s->hostname;
	i = i * 2 + s->friendly;
	i = i * TAGS_KINDS + s->tags;
	return i * STATUS_KINDS + s->status;
}

struct text {
	struct buf sqlite, postgres;
	bool where;
};

/* postgres NULL = same */
static void add(struct text *t, const char *sqlite, const char *postgres)
{
	buf_adds(&t->sqlite, sqlite);
	buf_adds(&t->postgres, postgres != NULL ? postgres : sqlite);
}

static void condition(struct text *t, const char *sqlite, const char *postgres)
{
	add(t, t->where ? " AND " : " WHERE ", NULL);
	t->where = true;
	add(t, sqlite, postgres);
}

static void tags_condition(struct text *t, enum tags_kind kind)
{
	/* clang-format off */
	if (kind == TAGS_ANY_OF)
		condition(t,
			  "guid IN (SELECT t.guid FROM device_tags AS t"
			  " WHERE t.tag IN (SELECT value FROM json_each(:tags)))",
			  "tags && CAST(:tags AS text[])");
	if (kind == TAGS_ALL_OF)
		condition(t,
			  "guid IN (SELECT t.guid FROM device_tags AS t"
			  " WHERE t.tag IN (SELECT value FROM json_each(:tags)) GROUP BY t.guid"
			  " HAVING count(*) ="
			  " (SELECT count(DISTINCT value) FROM json_each(:tags)))",
			  "tags @> CAST(:tags AS text[])");
	/* clang-format on */
}

/* The texts of conditions on connectionstatus are those of the partial indexes. */
static void make(struct db_stmt *st, const struct shape *s)
{
	struct text t = {0};
	struct buf name = {0};

	add(&t,
	    s->count ? "SELECT count(*) FROM devices"
		     : "SELECT " MPS_COLUMNS " FROM devices",
	    NULL);
	if (s->tenant)
		condition(&t, "tenantid = :tenant", NULL);
	if (s->hostname)
		condition(&t, "hostname = :hostname", NULL);
	if (s->friendly)
		condition(&t, "friendlyname = :friendly", NULL);
	tags_condition(&t, s->tags);
	if (s->status != STATUS_ANY)
		condition(&t,
			  s->status == STATUS_ON ? "connectionstatus IS TRUE"
						 : "connectionstatus IS NOT TRUE",
			  NULL);
	if (!s->count)
		add(&t, " ORDER BY guid LIMIT :top OFFSET :skip", NULL);
	buf_addf(&name, "mps.device.list%zu", shape_index(s));
	st->name = name.p;
	st->sql = t.sqlite.p;
	st->postgres = t.postgres.p;
}

static const struct db_stmt *statement(const struct shape *s)
{
	static struct db_stmt made[SHAPES];
	struct db_stmt *st = &made[shape_index(s)];

	if (st->name == NULL)
		make(st, s);
	return st;
}

static struct shape shape_of(const struct mps_device_filter *f)
{
	struct shape s = {
		.tenant = f->tenant != MPS_ANY_TENANT,
		.hostname = f->hostname != NULL,
		.friendly = f->friendly_name != NULL,
	};

	if (f->n_tags > 0)
		s.tags = f->tags_all ? TAGS_ALL_OF : TAGS_ANY_OF;
	if (f->connected >= 0)
		s.status = f->connected ? STATUS_ON : STATUS_OFF;
	return s;
}

static size_t params(const struct mps_device_filter *f, const struct shape *s,
		     struct db_param p[6])
{
	size_t n = 0;

	if (s->tenant)
		p[n++] = P_TEXT("tenant", f->tenant);
	if (s->hostname)
		p[n++] = P_TEXT("hostname", f->hostname);
	if (s->friendly)
		p[n++] = P_TEXT("friendly", f->friendly_name);
	if (s->tags != TAGS_NONE)
		p[n++] = P_TEXTS("tags", f->tags, f->n_tags);
	if (!s->count) {
		p[n++] = P_INT("top", f->top);
		p[n++] = P_INT("skip", f->skip);
	}
	return n;
}

static struct err *count(struct db *d, const struct mps_device_filter *f, struct shape s,
			 struct arena *a, struct deadline until, int64_t *total)
{
	struct db_param p[6];
	struct db_rows *r;
	int64_t connected;

	if (!s.hostname && !s.friendly && s.tags == TAGS_NONE) {
		TRY(mps_device_stats(d, f->tenant, a, until, total, &connected));
		if (s.status == STATUS_ON)
			*total = connected;
		if (s.status == STATUS_OFF)
			*total -= connected;
		return NULL;
	}
	s.count = true;
	size_t n = params(f, &s, p);
	TRY(db_query(d, statement(&s), p, n, a, until, &r));
	*total = db_int(r, 0, 0);
	return NULL;
}

struct err *mps_device_list(struct db *d, const struct mps_device_filter *f,
			    struct arena *a, struct deadline until,
			    struct mps_device **out, size_t *n, int64_t *total)
{
	struct shape s = shape_of(f);
	struct db_param p[6];
	size_t n_params = params(f, &s, p);
	struct db_rows *r;

	TRY(db_query(d, statement(&s), p, n_params, a, until, &r));
	*n = r->n;
	*out = arena_alloc(a, r->n * sizeof(**out));
	for (size_t i = 0; i < r->n; i++)
		(*out)[i] = mps_store_row(r, i);
	if (total == NULL)
		return NULL;
	/* The last page tells the total by itself. */
	if ((int64_t)r->n < f->top && (r->n > 0 || f->skip == 0)) {
		*total = f->skip + (int64_t)r->n;
		return NULL;
	}
	return count(d, f, s, a, until, total);
}
