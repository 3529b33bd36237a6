/* SPDX-License-Identifier: Apache-2.0
 * Tokens that count no more before they end: one of them (its owner logged out, or an
 * administrator names its id), or all that somebody got until now. Rows of ob_revoked,
 * which every process that shares the database reads every two seconds; in memory by
 * their text, so that looking costs a hash.
 *
 * Nothing is looked at per request: a token is compared when it is verified, and what was
 * verified before is forgotten whenever something is revoked (iam_cache.c).
 */
#include <iam/iam_priv.h>

#include <stdlib.h>

#define BUCKETS 1024
#define POLL_MS 2000
#define DB_MS 10000
#define PRUNE_MS 3600000
/* A row may be seen later than one of a later time: each look goes back so far. Who did
 * not look for half of that (no database, a sleeping machine) reads all. */
#define OVERLAP_S "60"
#define GAP_MS 30000
/* Rows of tokens whose end nobody knows stay as long as our longest-lived ones. */
#define LONGEST_MS (366LL * 86400 * 1000)
#define NO_LATER_MS 253370764800000 /* year 9999: what both databases can hold */

struct revoked {
	struct list bucket, link;
	int64_t at_ms, ends_ms;
	char key[];
};

/* clang-format off */
static const struct db_stmt add_stmt = {
	.name = "iam.revoked.add",
	.sql = "INSERT INTO ob_revoked(subject, id, tenant, at, ends, noted) VALUES"
	       " (:subject, :id, :tenant, :at, :ends, CAST(strftime('%s', 'now') AS INTEGER))"
	       " ON CONFLICT (subject, id, tenant) DO UPDATE SET"
	       " at = max(ob_revoked.at, excluded.at), ends = max(ob_revoked.ends, excluded.ends),"
	       " noted = excluded.noted",
	.postgres = "INSERT INTO ob_revoked(subject, id, tenant, at, ends, noted) VALUES"
		    " (:subject, :id, :tenant, :at, :ends, clock_timestamp())"
		    " ON CONFLICT (subject, id, tenant) DO UPDATE SET"
		    " at = greatest(ob_revoked.at, excluded.at),"
		    " ends = greatest(ob_revoked.ends, excluded.ends), noted = excluded.noted",
};
#define COLUMNS "SELECT subject, id, tenant, at, ends FROM ob_revoked"
static const struct db_stmt all_stmt = {.name = "iam.revoked.all", .sql = COLUMNS};
static const struct db_stmt new_stmt = {
	.name = "iam.revoked.new",
	.sql = COLUMNS " WHERE noted >= CAST(strftime('%s', 'now') AS INTEGER) - " OVERLAP_S,
	.postgres = COLUMNS " WHERE noted >= clock_timestamp() - interval '" OVERLAP_S " seconds'",
};
static const struct db_stmt prune_stmt = {
	.name = "iam.revoked.prune",
	.sql = "DELETE FROM ob_revoked WHERE ends < :now",
};
/* clang-format on */

/* ---- in memory ---- */

/* Names of users count in any case, as at the login. */
static void key_make(struct buf *b, const char *subject, const char *tenant,
		     const char *id)
{
	bool fold = strcmp(subject, IAM_REVOKED_USER) == 0;

	buf_clear(b);
	buf_addf(b, "%s\n%s\n", subject, tenant);
	for (const char *p = id; *p != '\0'; p++)
		buf_addc(b,
			 (char)(fold && *p >= 'A' && *p <= 'Z' ? *p + ('a' - 'A') : *p));
}

static struct list *bucket_of(struct iam_revoked *r, const char *key)
{
	return &r->buckets[str_hash(key) % BUCKETS];
}

static struct revoked *find(struct iam_revoked *r, const char *key)
{
	list_for_each (pos, bucket_of(r, key)) {
		struct revoked *v = list_entry(pos, struct revoked, bucket);

		if (strcmp(v->key, key) == 0)
			return v;
	}
	return NULL;
}

/* Is it news? */
static bool remember(struct iam_revoked *r, const char *subject, const char *id,
		     const char *tenant, int64_t at_ms, int64_t ends_ms)
{
	_cleanup_(buf_fini) struct buf key = {0};
	struct revoked *v;

	key_make(&key, subject, tenant, id);
	v = find(r, key.p);
	if (v != NULL) {
		bool later = at_ms > v->at_ms;
		v->at_ms = MAX(v->at_ms, at_ms);
		v->ends_ms = MAX(v->ends_ms, ends_ms);
		return later;
	}
	v = xmalloc(sizeof(*v) + key.len + 1);
	v->at_ms = at_ms;
	v->ends_ms = ends_ms;
	memcpy(v->key, key.p, key.len);
	v->key[key.len] = '\0';
	list_add_tail(bucket_of(r, v->key), &v->bucket);
	list_add_tail(&r->all, &v->link);
	return true;
}

static void forget(struct revoked *v)
{
	list_del(&v->bucket);
	list_del(&v->link);
	free(v);
}

static bool counts(struct iam_revoked *r, const char *subject, const char *tenant,
		   const char *id, int64_t issued_ms)
{
	_cleanup_(buf_fini) struct buf key = {0};
	const struct revoked *v;

	key_make(&key, subject, tenant, id);
	v = find(r, key.p);
	return v != NULL && issued_ms <= v->at_ms;
}

static bool revoked_in(struct iam_revoked *r, const char *tenant, const char *name,
		       const char *token_id, int64_t issued_ms)
{
	return !list_empty(&r->all) &&
	       (counts(r, IAM_REVOKED_TOKEN, tenant, token_id, issued_ms) ||
		counts(r, IAM_REVOKED_USER, tenant, name, issued_ms));
}

struct err *iam_revoked_apply(struct iam_revoked *r, struct iam_identity *id)
{
	size_t n = 0, had = id->n_grants;
	bool all = revoked_in(r, "", id->name, id->token_id, id->issued_ms);

	for (size_t i = 0; i < had && !all; i++)
		if (!revoked_in(r, id->grants[i].tenant, id->name, id->token_id,
				id->issued_ms))
			id->grants[n++] = id->grants[i];
	id->n_grants = n;
	if (all || (had > 0 && n == 0))
		return err_new(ERR_UNAUTHENTICATED,
			       "the token was revoked; log in again");
	return NULL;
}

bool iam_still_valid(struct iam *i, const struct iam_caller *who)
{
	const char *id = who->token_id;

	return id == NULL ||
	       (!revoked_in(&i->revoked, "", who->name, id, who->issued_ms) &&
		!revoked_in(&i->revoked, who->tenant, who->name, id, who->issued_ms));
}

void iam_watch(struct iam *i, struct iam_watch *w)
{
	list_add_tail(&i->revoked.watches, &w->link);
}

void iam_unwatch(struct iam_watch *w)
{
	list_del(&w->link);
}

static void news(struct iam *i)
{
	iam_cache_clear(&i->cache);
	list_for_each_safe (pos, &i->revoked.watches) {
		struct iam_watch *w = list_entry(pos, struct iam_watch, link);

		w->fn(w->arg);
	}
}

/* ---- rows ---- */

static struct err *look(struct iam *i, const struct db_stmt *st, struct arena *a)
{
	struct db_rows *rows;
	bool any = false;

	TRY(db_query(i->db, st, NULL, 0, a, deadline_in(DB_MS), &rows));
	for (size_t k = 0; k < rows->n; k++)
		any = remember(&i->revoked, db_text(rows, k, 0), db_text(rows, k, 1),
			       db_text(rows, k, 2), db_time(rows, k, 3),
			       db_time(rows, k, 4)) ||
		      any;
	if (any)
		news(i);
	return NULL;
}

static struct err *prune(struct iam *i)
{
	int64_t now = clock_wall_ms();
	const struct db_param p[] = {P_TIME("now", now)};

	TRY(db_exec(i->db, &prune_stmt, p, ARRAY_LEN(p), deadline_in(DB_MS), NULL));
	list_for_each_safe (pos, &i->revoked.all) {
		struct revoked *v = list_entry(pos, struct revoked, link);

		if (v->ends_ms < now)
			forget(v);
	}
	return NULL;
}

static void poll_fiber(void *arg)
{
	struct iam *i = arg;
	int64_t pruned = clock_mono_ms(), looked = clock_wall_ms();
	bool failing = false;

	while (!fiber_cancelled()) {
		struct arena a = {0};
		struct err *e = fiber_sleep_ms(POLL_MS);
		int64_t now = clock_wall_ms();
		bool gap = now - looked > GAP_MS || now < looked;

		if (e == NULL)
			e = look(i, gap ? &all_stmt : &new_stmt, &a);
		looked = e == NULL ? now : looked;
		if (e == NULL && clock_mono_ms() - pruned > PRUNE_MS) {
			pruned = clock_mono_ms();
			e = prune(i);
		}
		if (e != NULL && e->kind != ERR_CANCELLED && !failing)
			log_warn("what was revoked elsewhere cannot be read; it is "
				 "tried again",
				 F_ERR(e));
		failing = e != NULL;
		err_free(e);
		arena_fini(&a);
	}
}

struct err *iam_revoked_start(struct iam *i)
{
	struct arena a = {0};
	struct err *e = look(i, &all_stmt, &a);

	arena_fini(&a);
	if (e != NULL)
		return err_wrap(e, "what was revoked cannot be read");
	fiber_spawn(&i->fibers, "iam revoked", poll_fiber, i);
	return NULL;
}

void iam_revoked_init(struct iam_revoked *r)
{
	r->buckets = xmalloc(BUCKETS * sizeof(*r->buckets));
	for (size_t k = 0; k < BUCKETS; k++)
		list_init(&r->buckets[k]);
	list_init(&r->all);
	list_init(&r->watches);
}

void iam_revoked_fini(struct iam_revoked *r)
{
	list_for_each_safe (pos, &r->all)
		forget(list_entry(pos, struct revoked, link));
	free(r->buckets);
}

/* Here at once, with the others at their next look. */
static struct err *row_add(struct iam *i, const char *subject, const char *id,
			   const char *tenant, int64_t ends_ms, struct deadline until)
{
	int64_t now = clock_wall_ms();
	const struct db_param p[] = {
		P_TEXT("subject", subject), P_TEXT("id", id),
		P_TEXT("tenant", tenant),   P_TIME("at", now),
		P_TIME("ends", ends_ms),
	};

	TRY(db_exec(i->db, &add_stmt, p, ARRAY_LEN(p), until, NULL));
	if (remember(&i->revoked, subject, id, tenant, now, ends_ms))
		news(i);
	return NULL;
}

struct err *iam_logout(struct iam *i, const struct iam_caller *who, struct deadline until)
{
	if (who->token_id == NULL)
		return NULL;
	/* A redirection token that it gave at last may outlive it. */
	int64_t ends_ms = MIN(who->until_ms, NO_LATER_MS) + i->redirection_min * 60000;
	return row_add(i, IAM_REVOKED_TOKEN, who->token_id, "", ends_ms, until);
}

struct err *iam_revoke(struct iam *i, const char *user, const char *token_id,
		       const char *tenant, struct deadline until)
{
	if (i->mode == IAM_MODE_NONE)
		return err_new(ERR_INVALID,
			       "nobody logs in (auth.mode is none): nothing to revoke");
	return row_add(i, user != NULL ? IAM_REVOKED_USER : IAM_REVOKED_TOKEN,
		       user != NULL ? user : token_id, tenant,
		       clock_wall_ms() + LONGEST_MS, until);
}
