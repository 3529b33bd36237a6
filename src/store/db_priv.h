/* SPDX-License-Identifier: Apache-2.0
 * Between the front (db.c: queues, threads, waiting fibers) and the backends
 * (db_sqlite.c, db_postgres.c), which own connections and run jobs on worker threads.
 *
 * A job lives on its fiber's stack: the fiber does not return before the job was
 * withdrawn from its queue (never started) or delivered back on the loop.
 */
#ifndef STORE_DB_PRIV_H
#define STORE_DB_PRIV_H

#include <base/list.h>
#include <pthread.h>
#include <rt/fiber.h>
#include <store/db.h>

#define DB_MAX_QUEUED 16384
#define DB_GROUP_MAX 256 /* transactions that share one sync */
#define DB_CACHE_MAX 256 /* prepared statements per connection */

enum db_job_type { DB_JOB_QUERY, DB_JOB_EXEC, DB_JOB_TX };

struct db_job {
	struct list link;
	enum db_job_type type;
	const struct db_stmt *st;
	const struct db_param *p;
	size_t n_p;
	struct arena *a;
	struct db_rows *rows;
	int64_t changed;
	db_tx_fn *fn;
	void *arg;
	struct deadline until;
	bool queued; /* under the lock; false once a worker took it */
	struct err *result;
	bool delivered; /* loop thread only */
	struct waitq done;
};

struct db_queue {
	struct list jobs;
	size_t n;
	pthread_cond_t ready;
};

struct db_backend {
	/* Starts its workers with db_worker_start. */
	struct err *(*open)(struct db *d, const char *url, unsigned readers);
	/* After the workers ended, and after a failed open: frees what open made. */
	void (*close)(struct db *d);
};

struct db {
	const struct db_backend *backend;
	enum db_dialect dialect;
	char *name;
	bool shared_queue; /* reads go to the queue of writes */
	void *impl;
	pthread_t *threads;
	size_t n_threads;

	pthread_mutex_t lock; /* of all below */
	struct db_queue reads, writes;
	struct list finished; /* jobs on their way back */
	bool delivering;      /* a delivery is posted */
	bool stopping, closed;
	struct db_stats stats;
};

extern const struct db_backend db_sqlite_backend, db_postgres_backend;

/* --- for backends --- */
void db_worker_start(struct db *d, void *(*fn)(void *), void *arg);
/* Takes up to max jobs into out; waits for the first. False when stopping and none is
 * left. */
bool db_take(struct db *d, struct db_queue *q, struct list *out, size_t max);
/* Hands the jobs back to their fibers; empties the list. commits: for the statistics. */
void db_finish(struct db *d, struct list *jobs, unsigned commits);
/* ERR_TIMEOUT when the job's time went by in the queue. */
OB_MUST_CHECK struct err *db_job_expired(const struct db_job *job);

/* What a connection can do; conn is the backend's. */
struct db_conn_ops {
	struct err *(*query)(void *conn, const struct db_stmt *st,
			     const struct db_param *p, size_t n, struct arena *a,
			     struct db_rows **out);
	struct err *(*exec)(void *conn, const struct db_stmt *st,
			    const struct db_param *p, size_t n, int64_t *changed);
	/* One statement without parameters, not prepared; what names it in errors. */
	struct err *(*script)(void *conn, const char *what, const char *sql);
};

struct db_tx {
	const struct db_conn_ops *ops;
	void *conn;
	enum db_dialect dialect;
	/* A transaction with a failed statement cannot commit (PostgreSQL's rule, kept
	 * for both). */
	bool failed;
	enum err_kind failed_kind;
};

/* Runs the job's statement or function, without BEGIN and COMMIT. */
OB_MUST_CHECK struct err *db_job_run(struct db_job *job, const struct db_conn_ops *ops,
				     void *conn, enum db_dialect dialect);
/* For migrations. */
OB_MUST_CHECK struct err *db_tx_script(struct db_tx *tx, const char *what,
				       const char *sql);

/* --- db_bind.c: parameters --- */
#define DB_MAX_PARAMS 64

/* PostgreSQL text with $1.. for the :names, and the names by position. */
struct db_positional {
	char *sql;
	char *names[DB_MAX_PARAMS];
	size_t n;
};
/* ERR_INTERNAL when there are too many. Literals, quoted names, dollar quotes, comments
 * and '::' are left alone. */
OB_MUST_CHECK struct err *db_positional_init(struct db_positional *out, const char *sql);
void db_positional_fini(struct db_positional *p);
/* NULL when absent. */
const struct db_param *db_param_find(const struct db_param *p, size_t n,
				     const char *name);
/* ERR_INVALID for text with a NUL in it, which PostgreSQL has no form for. */
OB_MUST_CHECK struct err *db_param_check(const struct db_param *p);
/* {"a","b"} / ["a","b"] */
void db_pg_array(struct buf *b, const char *const *v, size_t n);
OB_MUST_CHECK struct err *db_json_array(struct buf *b, const char *const *v, size_t n);
/* PostgreSQL's output as the cells show it: arrays as JSON text, timestamps as ms, bytes
 * raw. NULL when malformed. */
struct str db_pg_array_to_json(struct arena *a, struct str literal);
struct str db_pg_time_to_ms(struct arena *a, const char *text);
struct str db_pg_bytes(struct arena *a, struct str hex);

/* --- db_rows.c: building a result --- */
struct db_rows_builder {
	struct arena *a;
	struct db_rows *rows;
	struct str *cells; /* heap */
	size_t n, cap;
};
void db_rows_begin(struct db_rows_builder *b, struct arena *a, size_t n_cols);
/* Copies with a NUL behind. p NULL = SQL NULL. */
void db_rows_add(struct db_rows_builder *b, struct str cell);
/* The cell is in the arena already. */
void db_rows_add_owned(struct db_rows_builder *b, struct str cell);
struct db_rows *db_rows_end(struct db_rows_builder *b);
/* Frees the heap part; for the error path, idempotent. */
void db_rows_fini(struct db_rows_builder *b);

/* --- db_cache.c: prepared statements of one connection, by statement and text --- */
struct db_cache_entry {
	const struct db_stmt *st;
	char *sql;
	void *handle;
	uint64_t used;
};
struct db_cache {
	struct db_cache_entry e[DB_CACHE_MAX];
	size_t n;
	uint64_t clock;
	void (*drop)(void *handle, void *conn);
	void *conn;
};
/* NULL when there is none (or another text under the same statement, which is dropped).
 */
void *db_cache_get(struct db_cache *c, const struct db_stmt *st, const char *sql);
/* Drops the longest unused one when full. */
void db_cache_put(struct db_cache *c, const struct db_stmt *st, const char *sql,
		  void *handle);
void db_cache_clear(struct db_cache *c);

/* --- db_url.c --- */
/* Options of a postgresql:// URL for PQconnectStartParams. */
struct db_pg_url {
	char **keys, **values; /* NULL-terminated */
	char *name;	       /* without credentials */
	const char *password;  /* into values; NULL = none */
};
OB_MUST_CHECK struct err *db_pg_url_parse(const char *url, struct db_pg_url *out);
void db_pg_url_fini(struct db_pg_url *u);

#endif
