/* SPDX-License-Identifier: Apache-2.0
 * One SQL interface over SQLite (default) and PostgreSQL.
 *
 * Statements are named constants: one text where the dialects agree, a variant where not;
 * parameters are bound by name (":guid"). Everything runs on the database's own worker
 * threads; callers are fibers. Parameters a variant does not use may be given. PostgreSQL
 * infers their types at the first use in the text: write a cast (":since::bigint") where
 * that would be wrong. "x" is a name in both.
 *
 * SQLite: WAL, synchronous=FULL, one writer thread, a few reader threads. The writer
 * takes every queued transaction, runs each in a SAVEPOINT, and commits them together
 * with one sync (group commit); nothing is answered before that sync. PostgreSQL: a pool
 * of connections, reconnecting. A call that returned NULL is durable.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <base/clock.h>
#include <base/err.h>
#include <rt/rt.h>

struct db;
struct db_tx;

enum db_dialect { DB_SQLITE, DB_POSTGRES };

struct db_stmt {
	const char *name;
	const char *sql;      /* both dialects, or SQLite's when postgres is set */
	const char *postgres; /* NULL = same */
};

struct db_param {
	const char *name; /* without the colon */
	enum {
		DB_NULL,
		DB_INT,
		DB_BOOL,
		DB_TEXT,
		DB_TIME,  /* wall-clock ms; timestamptz / INTEGER ms; -1 = SQL NULL */
		DB_TEXTS, /* array of text; text[] / JSON text */
		DB_JSON,  /* JSON text; json / TEXT */
		DB_BLOB,
	} type;
	union {
		int64_t i;
		bool b;
		struct str s; /* p NULL = SQL NULL */
		struct {
			const char *const *v;
			size_t n;
		} texts;
	};
};

#define P_INT(k, v) ((struct db_param){.name = (k), .type = DB_INT, .i = (v)})
#define P_BOOL(k, v) ((struct db_param){.name = (k), .type = DB_BOOL, .b = (v)})
#define P_TEXT(k, v) ((struct db_param){.name = (k), .type = DB_TEXT, .s = str_of(v)})
#define P_TIME(k, v) ((struct db_param){.name = (k), .type = DB_TIME, .i = (v)})
#define P_JSON(k, v) ((struct db_param){.name = (k), .type = DB_JSON, .s = str_of(v)})
#define P_BLOB(k, v) ((struct db_param){.name = (k), .type = DB_BLOB, .s = (v)})
#define P_NULL(k) ((struct db_param){.name = (k), .type = DB_NULL})
#define P_TEXTS(k, a, count) \
	((struct db_param){.name = (k), .type = DB_TEXTS, .texts = {(a), (count)}})

/* A result: text cells in the caller's arena. */
struct db_rows {
	size_t n, n_cols;
	const char **names;
	struct str *cells; /* row-major; p NULL = SQL NULL */
};
/* By position; cells of PostgreSQL and SQLite read alike (boolean "1" or "0", timestamps
 * as ms, arrays of text as JSON, bytes raw), NUL-terminated: */
struct str db_cell(const struct db_rows *r, size_t row, size_t col);
const char *db_text(const struct db_rows *r, size_t row,
		    size_t col);				 /* NULL for SQL NULL */
int64_t db_int(const struct db_rows *r, size_t row, size_t col); /* 0 for NULL */
bool db_bool(const struct db_rows *r, size_t row, size_t col);
/* Wall-clock ms, -1 for NULL. */
int64_t db_time(const struct db_rows *r, size_t row, size_t col);
/* Array of texts in the arena; n 0 for NULL. */
const char **db_texts(const struct db_rows *r, size_t row, size_t col, struct arena *a,
		      size_t *n);

/* url: "sqlite:/path/file.db", "sqlite::memory:" (tests),
 * "postgresql://user:pw@host/db?...". Does not fail when PostgreSQL is away: calls then
 * give ERR_UNAVAILABLE until it is back (tried again at most every second, with a warning
 * at each change). readers: SQLite reader threads / PostgreSQL pool size; 0 = default (2
 * / 8). */
OB_MUST_CHECK struct err *db_open(const char *url, unsigned readers, struct db **out);
void db_close(struct db *d);
enum db_dialect db_dialect(const struct db *d);
/* Short text for humans, without credentials: "sqlite:/path", "postgresql://host/db". */
const char *db_name(const struct db *d);

/* Kinds: ERR_CONFLICT (unique key), ERR_INVALID (another constraint, foreign keys among
 * them, or a value that its column cannot hold), ERR_UNAVAILABLE, ERR_TIMEOUT,
 * ERR_CANCELLED, ERR_INTERNAL (a statement is wrong; message has its name). A write that
 * ended in ERR_UNAVAILABLE or ERR_TIMEOUT while it ran may have happened nevertheless
 * (PostgreSQL). One read; rows in the arena, which the database's threads fill: until the
 * call returns no other fiber may use it. */
OB_MUST_CHECK OB_SUSPENDS struct err *db_query(struct db *d, const struct db_stmt *st,
					       const struct db_param *p, size_t n,
					       struct arena *a, struct deadline until,
					       struct db_rows **out);
/* One write, durable on return. *changed: rows affected; may be NULL. */
OB_MUST_CHECK OB_SUSPENDS struct err *db_exec(struct db *d, const struct db_stmt *st,
					      const struct db_param *p, size_t n,
					      struct deadline until, int64_t *changed);
/* A transaction: fn runs on a worker thread with blocking calls below; NULL commits, an
 * error rolls back and is returned as it is. fn must touch only arg and the arena in it.
 * Once a statement failed nothing is committed, even if fn returns NULL: the call then
 * fails with that statement's kind. */
typedef struct err *db_tx_fn(struct db_tx *tx, void *arg);
OB_MUST_CHECK OB_SUSPENDS struct err *db_transaction(struct db *d, db_tx_fn *fn,
						     void *arg, struct deadline until);
OB_MUST_CHECK struct err *db_tx_query(struct db_tx *tx, const struct db_stmt *st,
				      const struct db_param *p, size_t n, struct arena *a,
				      struct db_rows **out);
OB_MUST_CHECK struct err *db_tx_exec(struct db_tx *tx, const struct db_stmt *st,
				     const struct db_param *p, size_t n,
				     int64_t *changed);
enum db_dialect db_tx_dialect(const struct db_tx *tx);

/* Statements run / waiting, for metrics. */
struct db_stats {
	uint64_t queries, writes, commits, errors, queued;
};
struct db_stats db_stats(const struct db *d);
/* NULL when a trivial query works. */
OB_MUST_CHECK OB_SUSPENDS struct err *db_ping(struct db *d, struct deadline until);

#endif
