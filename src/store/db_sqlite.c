/* SPDX-License-Identifier: Apache-2.0
 * SQLite: one writer thread with group commit, reader threads with connections of their
 * own.
 *
 * A group: BEGIN IMMEDIATE, every job in a SAVEPOINT that is rolled back alone when the
 * job fails, one COMMIT (one sync of the log), and only then the answers. In memory there
 * is one connection, and reads go through the writer.
 */
#include <store/db_priv.h>

#include <base/log.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000 /* another process holds the file */
#define READERS 2
#define PROGRESS_STEPS 20000 /* virtual machine steps between looks at the clock */

struct sqlite_conn {
	struct db *d;
	sqlite3 *h;
	bool reader;
	struct deadline until; /* of the running read */
	struct db_cache cache;
};

struct sqlite_db {
	struct sqlite_conn **conns;
	size_t n_conns;
};

static enum err_kind kind_of(int rc, bool reader)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return ERR_CONFLICT;
	}
	switch (rc & 0xff) {
	case SQLITE_CONSTRAINT:
	case SQLITE_TOOBIG:
	case SQLITE_MISMATCH:
		return ERR_INVALID;
	case SQLITE_READONLY:
		return reader ? ERR_INTERNAL : ERR_UNAVAILABLE;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_PROTOCOL:
	case SQLITE_NOLFS:
		return ERR_UNAVAILABLE;
	case SQLITE_INTERRUPT:
		return ERR_TIMEOUT;
	default:
		return ERR_INTERNAL;
	}
}

static struct err *sqlite_err(struct sqlite_conn *c, const char *what)
{
	int rc = sqlite3_extended_errcode(c->h);
	const char *hint = "";

	switch (rc & 0xff) {
	case SQLITE_BUSY:
		hint = "; does another process use the file?";
		break;
	case SQLITE_FULL:
		hint = "; make room on the disk";
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		hint = "; restore the file from a backup";
		break;
	}
	return err_new(kind_of(rc, c->reader), "%s: %s%s", what, sqlite3_errmsg(c->h),
		       hint);
}

static struct err *run(struct sqlite_conn *c, const char *sql)
{
	if (sqlite3_exec(c->h, sql, NULL, NULL, NULL) == SQLITE_OK)
		return NULL;
	return sqlite_err(c, sql);
}

static void drop_stmt(void *handle, void *conn)
{
	sqlite3_finalize(handle);
}

static struct err *prepare(struct sqlite_conn *c, const struct db_stmt *st,
			   sqlite3_stmt **out)
{
	*out = db_cache_get(&c->cache, st, st->sql);
	if (*out != NULL)
		return NULL;
	if (sqlite3_prepare_v3(c->h, st->sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) !=
	    SQLITE_OK)
		return sqlite_err(c, st->name);
	if (*out == NULL)
		return err_new(ERR_INTERNAL, "%s: the statement is empty", st->name);
	db_cache_put(&c->cache, st, st->sql, *out);
	return NULL;
}

static int bind_text(sqlite3_stmt *s, int i, struct str t)
{
	if (t.p == NULL)
		return sqlite3_bind_null(s, i);
	return sqlite3_bind_text64(s, i, t.p, t.n, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_blob(sqlite3_stmt *s, int i, struct str t)
{
	if (t.p == NULL)
		return sqlite3_bind_null(s, i);
	return sqlite3_bind_blob64(s, i, t.p, t.n, SQLITE_STATIC);
}

static struct err *bind_texts(sqlite3_stmt *s, int i, const struct db_param *p, int *rc)
{
	struct buf b = {0};
	struct err *e = db_json_array(&b, p->texts.v, p->texts.n);

	if (e == NULL)
		*rc = sqlite3_bind_text64(s, i, b.p, b.len, SQLITE_TRANSIENT,
					  SQLITE_UTF8);
	buf_fini(&b);
	return e;
}

static struct err *bind_one(struct sqlite_conn *c, sqlite3_stmt *s, int i,
			    const struct db_param *p)
{
	int rc = SQLITE_OK;

	TRY(db_param_check(p));
	switch (p->type) {
	case DB_NULL:
		rc = sqlite3_bind_null(s, i);
		break;
	case DB_INT:
		rc = sqlite3_bind_int64(s, i, p->i);
		break;
	case DB_TIME:
		rc = p->i == -1 ? sqlite3_bind_null(s, i)
				: sqlite3_bind_int64(s, i, p->i);
		break;
	case DB_BOOL:
		rc = sqlite3_bind_int(s, i, p->b);
		break;
	case DB_TEXT:
	case DB_JSON:
		rc = bind_text(s, i, p->s);
		break;
	case DB_TEXTS:
		TRY(bind_texts(s, i, p, &rc));
		break;
	case DB_BLOB:
		rc = bind_blob(s, i, p->s);
		break;
	}
	return rc == SQLITE_OK ? NULL : sqlite_err(c, p->name);
}

static struct err *bind_all(struct sqlite_conn *c, sqlite3_stmt *s,
			    const struct db_stmt *st, const struct db_param *p, size_t n)
{
	int count = sqlite3_bind_parameter_count(s);

	for (int i = 1; i <= count; i++) {
		const char *name = sqlite3_bind_parameter_name(s, i);
		const struct db_param *v = name ? db_param_find(p, n, name + 1) : NULL;

		if (v == NULL)
			return err_new(ERR_INTERNAL, "%s: no value for parameter %s",
				       st->name, name ? name : "?");
		TRY(bind_one(c, s, i, v));
	}
	return NULL;
}

/* The statement is open (a read lock) until it is reset. */
static void release(sqlite3_stmt *s)
{
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
}

static struct str column(sqlite3_stmt *s, int i)
{
	switch (sqlite3_column_type(s, i)) {
	case SQLITE_NULL:
		return (struct str){NULL, 0};
	case SQLITE_BLOB: {
		const char *p = sqlite3_column_blob(s, i);

		return (struct str){p ? p : "", (size_t)sqlite3_column_bytes(s, i)};
	}
	default: {
		const char *p = (const char *)sqlite3_column_text(s, i);

		return (struct str){p, (size_t)sqlite3_column_bytes(s, i)};
	}
	}
}

static struct err *fetch(struct sqlite_conn *c, sqlite3_stmt *s, const struct db_stmt *st,
			 struct arena *a, struct db_rows **out)
{
	struct db_rows_builder b = {0};
	int rc = sqlite3_step(s), n_cols = sqlite3_column_count(s);

	db_rows_begin(&b, a, (size_t)n_cols);
	for (int i = 0; i < n_cols; i++)
		b.rows->names[i] = arena_strdup(a, sqlite3_column_name(s, i));
	for (; rc == SQLITE_ROW; rc = sqlite3_step(s))
		for (int i = 0; i < n_cols; i++)
			db_rows_add(&b, column(s, i));
	if (rc != SQLITE_DONE) {
		db_rows_fini(&b);
		return sqlite_err(c, st->name);
	}
	*out = db_rows_end(&b);
	return NULL;
}

static struct err *sqlite_query(void *conn, const struct db_stmt *st,
				const struct db_param *p, size_t n, struct arena *a,
				struct db_rows **out)
{
	struct sqlite_conn *c = conn;
	sqlite3_stmt *s;
	struct err *e;

	TRY(prepare(c, st, &s));
	e = bind_all(c, s, st, p, n);
	if (e == NULL)
		e = fetch(c, s, st, a, out);
	release(s);
	return e;
}

static struct err *sqlite_exec(void *conn, const struct db_stmt *st,
			       const struct db_param *p, size_t n, int64_t *changed)
{
	struct sqlite_conn *c = conn;
	sqlite3_stmt *s;
	struct err *e;
	int rc;

	TRY(prepare(c, st, &s));
	e = bind_all(c, s, st, p, n);
	if (e == NULL) {
		do {
			rc = sqlite3_step(s);
		} while (rc == SQLITE_ROW);
		if (rc != SQLITE_DONE)
			e = sqlite_err(c, st->name);
		/* sqlite3_changes keeps an earlier statement's count after a SELECT or
		 * DDL */
		*changed = sqlite3_stmt_readonly(s) ? 0 : sqlite3_changes64(c->h);
	}
	release(s);
	return e;
}

static struct err *sqlite_script(void *conn, const char *what, const char *sql)
{
	struct sqlite_conn *c = conn;

	if (sqlite3_exec(c->h, sql, NULL, NULL, NULL) == SQLITE_OK)
		return NULL;
	return sqlite_err(c, what);
}

static const struct db_conn_ops sqlite_ops = {sqlite_query, sqlite_exec, sqlite_script};

/* --- the writer --- */

static void fail_all(struct list *jobs, const struct err *why)
{
	struct arena a = {0};
	const char *text = err_str(why, &a);

	list_for_each (l, jobs) {
		struct db_job *job = list_entry(l, struct db_job, link);

		if (job->result == NULL)
			job->result = err_new(why->kind, "%s", text);
	}
	arena_fini(&a);
}

/* An error: the group as a whole cannot go on. */
static struct err *group_job(struct sqlite_conn *c, struct db_job *job)
{
	static const struct db_stmt save = {.name = "savepoint", .sql = "SAVEPOINT job"};
	static const struct db_stmt undo = {.name = "rollback to",
					    .sql = "ROLLBACK TO job"};
	static const struct db_stmt keep = {.name = "release", .sql = "RELEASE job"};
	int64_t unused;

	job->result = db_job_expired(job);
	if (job->result != NULL)
		return NULL;
	if (job->type == DB_JOB_QUERY) {
		job->result = db_job_run(job, &sqlite_ops, c, DB_SQLITE);
		return NULL;
	}
	TRY(sqlite_exec(c, &save, NULL, 0, &unused));
	job->result = db_job_run(job, &sqlite_ops, c, DB_SQLITE);
	/* Full disk, I/O errors and the like end the outer transaction too. */
	if (sqlite3_get_autocommit(c->h))
		return err_new(ERR_UNAVAILABLE,
			       "SQLite gave up the transaction; nothing of "
			       "its group was written");
	if (job->result != NULL)
		TRY(sqlite_exec(c, &undo, NULL, 0, &unused));
	return sqlite_exec(c, &keep, NULL, 0, &unused);
}

static struct err *group(struct sqlite_conn *c, struct list *jobs)
{
	static const struct db_stmt begin = {.name = "begin", .sql = "BEGIN IMMEDIATE"};
	static const struct db_stmt commit = {.name = "commit", .sql = "COMMIT"};
	int64_t unused;

	TRY(sqlite_exec(c, &begin, NULL, 0, &unused));
	list_for_each (l, jobs)
		TRY(group_job(c, list_entry(l, struct db_job, link)));
	return sqlite_exec(c, &commit, NULL, 0, &unused);
}

static void *writer_main(void *arg)
{
	struct sqlite_conn *c = arg;
	struct list jobs;

	list_init(&jobs);
	while (db_take(c->d, &c->d->writes, &jobs, DB_GROUP_MAX)) {
		struct err *e = group(c, &jobs);

		if (e != NULL) {
			log_warn("database group not written",
				 F_STR("database", c->d->name), F_ERR(e));
			if (!sqlite3_get_autocommit(c->h))
				err_free(run(c, "ROLLBACK"));
			fail_all(&jobs, e);
		}
		db_finish(c->d, &jobs, e == NULL);
		err_free(e);
	}
	return NULL;
}

static void *reader_main(void *arg)
{
	struct sqlite_conn *c = arg;
	struct list jobs;

	list_init(&jobs);
	while (db_take(c->d, &c->d->reads, &jobs, 1)) {
		struct db_job *job = list_entry(jobs.next, struct db_job, link);

		c->until = job->until;
		job->result = db_job_expired(job);
		if (job->result == NULL)
			job->result = db_job_run(job, &sqlite_ops, c, DB_SQLITE);
		db_finish(c->d, &jobs, 0);
	}
	return NULL;
}

/* --- opening --- */

static int on_progress(void *arg)
{
	struct sqlite_conn *c = arg;

	return deadline_passed(c->until);
}

/* SQLite gives its log and index files the mode of the main one. */
static struct err *file_create(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), dir, rc;
	struct err *e = NULL;
	char *copy;

	if (fd < 0 && errno == EEXIST)
		return NULL;
	if (fd < 0)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot create the database %s",
				 path);
	rc = fsync(fd);
	close(fd);
	copy = xstrdup(path);
	dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rc != 0 || dir < 0 || fsync(dir) != 0)
		e = err_errno(ERR_UNAVAILABLE, errno, "cannot sync the directory of %s",
			      path);
	if (dir >= 0)
		close(dir);
	free(copy);
	return e;
}

static struct err *conn_open(struct db *d, const char *path, bool reader)
{
	struct sqlite_db *m = d->impl;
	struct sqlite_conn *c = xcalloc(1, sizeof(*c));
	int rc;

	c->d = d;
	c->reader = reader;
	c->cache.drop = drop_stmt;
	m->conns = xrealloc(m->conns, (m->n_conns + 1) * sizeof(struct sqlite_conn *));
	m->conns[m->n_conns++] = c;
	rc = sqlite3_open_v2(path, &c->h,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				     SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			     NULL);
	if (rc != SQLITE_OK)
		return sqlite_err(c, path);
	sqlite3_busy_timeout(c->h, BUSY_MS);
	sqlite3_db_config(c->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* "x" is a name, never a text: as in PostgreSQL. */
	sqlite3_db_config(c->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(c->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	TRY(run(c, "PRAGMA foreign_keys = ON"));
	TRY(run(c, "PRAGMA journal_mode = WAL"));
	TRY(run(c, "PRAGMA synchronous = FULL"));
	TRY(run(c, "PRAGMA journal_size_limit = 67108864"));
	if (reader) {
		TRY(run(c, "PRAGMA query_only = ON"));
		sqlite3_progress_handler(c->h, PROGRESS_STEPS, on_progress, c);
	}
	return NULL;
}

static struct err *sqlite_open(struct db *d, const char *url, unsigned readers)
{
	const char *path = url + strlen("sqlite:");
	bool memory = strcmp(path, ":memory:") == 0;
	struct sqlite_db *m = d->impl = xcalloc(1, sizeof(*m));

	if (*path == '\0')
		return err_new(ERR_INVALID, "the database address sqlite: has no path");
	d->name = xstrdup(url);
	d->shared_queue = memory;
	if (!memory)
		TRY(file_create(path));
	TRY(conn_open(d, path, false));
	readers = memory ? 0 : readers > 0 ? readers : READERS;
	for (unsigned i = 0; i < readers; i++)
		TRY(conn_open(d, path, true));
	for (size_t i = 0; i < m->n_conns; i++)
		db_worker_start(d, i == 0 ? writer_main : reader_main, m->conns[i]);
	return NULL;
}

static void sqlite_close(struct db *d)
{
	struct sqlite_db *m = d->impl;

	/* Readers first: the last connection to close folds the log into the file. */
	for (size_t i = m->n_conns; i-- > 0;) {
		struct sqlite_conn *c = m->conns[i];

		db_cache_clear(&c->cache);
		sqlite3_close(c->h);
		free(c);
	}
	free(m->conns);
	free(m);
}

const struct db_backend db_sqlite_backend = {sqlite_open, sqlite_close};
