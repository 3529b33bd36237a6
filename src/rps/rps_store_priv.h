/* SPDX-License-Identifier: Apache-2.0
 * The store from inside: six tables of one shape (a name per tenant, columns, a version,
 * perhaps a secret), described by data; SQL, JSON and parameters follow from that.
 */
#ifndef RPS_RPS_STORE_PRIV_H
#define RPS_RPS_STORE_PRIV_H

#include <rps/rps_store.h>
#include <rt/fiber.h>

enum rps_column_type {
	RPS_TEXT,
	RPS_INT,
	RPS_BOOL,
	RPS_TIME,
	RPS_TEXTS, /* text[] / JSON text */
	RPS_INTS,  /* int[] / JSON text */
	RPS_JSON,  /* computed, read only */
};

struct rps_column {
	const char *column; /* RPS_JSON: the expression on SQLite */
	const char *key;    /* in JSON; NULL = not shown */
	enum rps_column_type type;
	const char *postgres; /* RPS_JSON: the expression there */
};

/* Who keeps a row from being deleted. */
struct rps_user {
	const char *table, *column;
};

struct rps_noun {
	const char *table, *name_column, *name_key;
	const char *kind;	/* as upstream's texts call it: "CIRA" */
	const char *secret_dir; /* "CIRAConfigs", or NULL: has no secret */
	bool has_date;		/* creation_date */
	bool shows_version;
	const struct rps_column *columns;
	size_t n_columns;
	struct rps_user users[2];
	struct db_stmt *made; /* RPS_STMTS of them, made when first asked for */
};

extern const struct rps_noun rps_ciraconfigs, rps_profiles, rps_domains,
	rps_wirelessconfigs, rps_ieee8021xconfigs, rps_proxyconfigs;
extern const struct rps_noun *const rps_nouns[6]; /* parts before the profiles */

/* One row of a result: columns by position, after the four that all have. */
struct rps_row {
	const struct rps_noun *noun;
	const struct db_rows *r;
	size_t i;
};
#define RPS_FIXED_COLUMNS 4
static inline const char *rps_row_name(const struct rps_row *w)
{
	return db_text(w->r, w->i, 0);
}
static inline const char *rps_row_tenant(const struct rps_row *w)
{
	return db_text(w->r, w->i, 1);
}
static inline const char *rps_row_version(const struct rps_row *w)
{
	return db_text(w->r, w->i, 2);
}
/* NULL: upstream wrote it. */
#define RPS_NO_SECRET '-'
static inline const char *rps_row_tag(const struct rps_row *w)
{
	return w->noun->secret_dir != NULL ? db_text(w->r, w->i, 3) : NULL;
}
static inline size_t rps_col(size_t k)
{
	return RPS_FIXED_COLUMNS + k;
}
/* The object that the API answers with. */
void rps_row_json(struct buf *b, const struct rps_row *w);
/* The same as values; new reference. */
json_t *rps_row_values(const struct rps_row *w, struct arena *a);

struct rps_store {
	struct db *db;
	struct secrets *secrets;
	struct list held; /* struct rps_lock */
	struct waitq unlocked;
};

/* ---- rps_rows.c ---- */

OB_MUST_CHECK OB_SUSPENDS struct err *rps_row_get(struct rps_store *s,
						  const struct rps_noun *noun,
						  const char *tenant, const char *name,
						  struct arena *a, struct deadline until,
						  struct rps_row *out);
/* By name. total may be NULL. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_row_list(struct rps_store *s,
						   const struct rps_noun *noun,
						   const char *tenant, int64_t top,
						   int64_t skip, struct arena *a,
						   struct deadline until,
						   struct db_rows **out, int64_t *total);

/* ---- rps_sql.c: statements ---- */

enum rps_stmt_kind {
	RPS_STMT_GET,
	RPS_STMT_LIST,
	RPS_STMT_COUNT,
	RPS_STMT_INSERT,
	RPS_STMT_UPDATE, /* where :version matches */
	RPS_STMT_DELETE,
	RPS_STMT_USED0,
	RPS_STMT_USED1,
	RPS_STMT_NAMESAKES, /* rows of that name that upstream wrote, any tenant */
	RPS_STMT_TENANTS,
	RPS_STMTS,
};
const struct db_stmt *rps_stmt(const struct rps_noun *noun, enum rps_stmt_kind kind);
#define RPS_MAX_PARAMS 40
/* Parameters of INSERT and UPDATE from values by key; absent is NULL. Texts are borrowed
 * from values or in the arena. */
size_t rps_params(const struct rps_noun *noun, const json_t *values, struct arena *a,
		  struct db_param p[RPS_MAX_PARAMS]);

/* ---- rps_write.c ---- */

struct rps_change {
	const struct rps_noun *noun;
	const char *tenant;
	const json_t *values; /* by key, the name among them */
	json_t *secret;	      /* the new one; NULL: none (create), as it was (update) */
	bool drop_secret;     /* update: there shall be none */
	const json_t *extra_secret; /* put at extra_path too, before the row */
	const char *extra_path;
	/* profiles: replace what is there */
	const struct rps_link *wifi, *proxies;
	size_t n_wifi, n_proxies;
};
/* Row and secret, or neither. ERR_CONFLICT: a unique key is taken; ERR_INVALID: it names
 * something that is not there, or a value does not fit its column. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_create(struct rps_store *s,
						 const struct rps_change *c,
						 struct arena *a, struct deadline until,
						 struct rps_row *out);
/* What the caller read as old is replaced if it is still that; *stale else, with the row
 * as it is now in *out. Errors as rps_create. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_update(struct rps_store *s,
						 const struct rps_change *c,
						 const struct rps_row *old,
						 struct arena *a, struct deadline until,
						 struct rps_row *out, bool *stale);
/* ERR_NOT_FOUND; *used: 1 + index of the noun's user that still names it, and nothing was
 * done. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_delete(struct rps_store *s,
						 const struct rps_noun *noun,
						 const char *tenant, const char *name,
						 struct arena *a, struct deadline until,
						 int *used);

/* ---- rps_secret.c ---- */

/* "<dir>/<name>", below "tenants/<tenant>/" for all but the default one. */
char *rps_secret_path(struct arena *a, const char *tenant, const char *dir,
		      const char *name);
/* The secret that belongs to the row; ERR_NOT_FOUND. New reference. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_secret_read(struct rps_store *s,
						      const struct rps_row *w,
						      struct arena *a,
						      struct deadline until,
						      json_t **out);
/* The same for another folder of the row ("TLS"), which has no tags. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_secret_read_in(struct rps_store *s,
							 const struct rps_row *w,
							 const char *dir, struct arena *a,
							 struct deadline until,
							 json_t **out);
/* A text of a secret, copied; false when it is not there or empty. */
bool rps_secret_text(const json_t *secret, const char *key, struct secret *out);
/* Deletes what rps_secret_garbage names. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_secret_sweep(struct rps_store *s,
						       struct deadline until);

/* One writer per thing: what names it is locked until rps_unlock. */
struct rps_lock {
	struct list link;
	const char *what;
};
OB_MUST_CHECK OB_SUSPENDS struct err *rps_lock(struct rps_store *s, struct rps_lock *l,
					       const char *what, struct deadline until);
void rps_unlock(struct rps_store *s, struct rps_lock *l);

/* ---- rps_adopt.c ---- */

/* Clear secrets that upstream left in columns go into the store, where they are missing
 * there, and out of the columns. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_adopt(struct rps_store *s,
						struct deadline until);

#endif
