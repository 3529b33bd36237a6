/* SPDX-License-Identifier: Apache-2.0
 * The database's front: queues of jobs, the way back to waiting fibers, the public calls.
 *
 * Workers hand finished jobs back in batches: the first one posts a delivery to the loop,
 * later ones join it, so that a group commit of 256 costs one wake-up.
 */
#include <store/db_priv.h>

#include <base/log.h>
#include <stdlib.h>

static void queue_init(struct db_queue *q)
{
	list_init(&q->jobs);
	pthread_cond_init(&q->ready, NULL);
}

static void db_free(struct db *d)
{
	pthread_cond_destroy(&d->reads.ready);
	pthread_cond_destroy(&d->writes.ready);
	pthread_mutex_destroy(&d->lock);
	free(d->threads);
	free(d->name);
	free(d);
}

struct err *db_open(const char *url, unsigned readers, struct db **out)
{
	struct db *d = xcalloc(1, sizeof(*d));
	struct str u = str_of(url);
	struct err *e;

	pthread_mutex_init(&d->lock, NULL);
	queue_init(&d->reads);
	queue_init(&d->writes);
	list_init(&d->finished);
	if (str_starts(u, STR("sqlite:"))) {
		d->dialect = DB_SQLITE;
		d->backend = &db_sqlite_backend;
	} else if (str_starts(u, STR("postgresql://")) ||
		   str_starts(u, STR("postgres://"))) {
		d->dialect = DB_POSTGRES;
		d->backend = &db_postgres_backend;
	} else {
		/* Not shown: it may hold a password. */
		db_free(d);
		return err_new(ERR_INVALID,
			       "the database address is neither sqlite:/path nor "
			       "postgresql://user@host/name");
	}
	e = d->backend->open(d, url, readers);
	if (e != NULL) {
		d->backend->close(d);
		db_free(d);
		return e;
	}
	*out = d;
	return NULL;
}

void db_close(struct db *d)
{
	if (d == NULL)
		return;
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_cond_broadcast(&d->reads.ready);
	pthread_cond_broadcast(&d->writes.ready);
	pthread_mutex_unlock(&d->lock);
	for (size_t i = 0; i < d->n_threads; i++)
		pthread_join(d->threads[i], NULL);
	d->backend->close(d);
	if (d->delivering)
		d->closed = true; /* the posted delivery frees it */
	else
		db_free(d);
}

enum db_dialect db_dialect(const struct db *d)
{
	return d->dialect;
}

const char *db_name(const struct db *d)
{
	return d->name;
}

void db_worker_start(struct db *d, void *(*fn)(void *), void *arg)
{
	d->threads = xrealloc(d->threads, (d->n_threads + 1) * sizeof(*d->threads));
	OB_ASSERT(pthread_create(&d->threads[d->n_threads], NULL, fn, arg) == 0);
	pthread_setname_np(d->threads[d->n_threads++], "db");
}

bool db_take(struct db *d, struct db_queue *q, struct list *out, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&d->lock);
	while (list_empty(&q->jobs) && !d->stopping)
		pthread_cond_wait(&q->ready, &d->lock);
	for (; n < max && !list_empty(&q->jobs); n++) {
		struct db_job *job = list_entry(q->jobs.next, struct db_job, link);

		list_del(&job->link);
		list_add_tail(out, &job->link);
		job->queued = false;
	}
	q->n -= n;
	pthread_mutex_unlock(&d->lock);
	return n > 0;
}

/* On the loop. */
static void deliver(void *arg)
{
	struct db *d = arg;
	struct list mine;
	bool closed;

	list_init(&mine);
	pthread_mutex_lock(&d->lock);
	while (!list_empty(&d->finished)) {
		struct list *l = d->finished.next;

		list_del(l);
		list_add_tail(&mine, l);
	}
	d->delivering = false;
	closed = d->closed;
	pthread_mutex_unlock(&d->lock);
	list_for_each_safe (l, &mine) {
		struct db_job *job = list_entry(l, struct db_job, link);

		list_del(l);
		job->delivered = true;
		waitq_wake_all(&job->done);
	}
	if (closed)
		db_free(d);
}

void db_finish(struct db *d, struct list *jobs, unsigned commits)
{
	bool post = false;

	pthread_mutex_lock(&d->lock);
	d->stats.commits += commits;
	list_for_each_safe (l, jobs) {
		struct db_job *job = list_entry(l, struct db_job, link);

		if (job->type == DB_JOB_QUERY)
			d->stats.queries++;
		else
			d->stats.writes++;
		if (job->result != NULL)
			d->stats.errors++;
		list_del(l);
		list_add_tail(&d->finished, l);
	}
	if (!d->delivering && !list_empty(&d->finished))
		post = d->delivering = true;
	pthread_mutex_unlock(&d->lock);
	if (post)
		rt_post(deliver, d);
}

struct err *db_job_expired(const struct db_job *job)
{
	if (!deadline_passed(job->until))
		return NULL;
	return err_new(ERR_TIMEOUT,
		       "the database was busy for too long; nothing was done");
}

static const char *job_name(const struct db_job *job)
{
	return job->type == DB_JOB_TX ? "transaction" : job->st->name;
}

/* Takes the job off its queue; false when a worker has it. */
static bool withdraw(struct db *d, struct db_queue *q, struct db_job *job)
{
	bool mine;

	pthread_mutex_lock(&d->lock);
	mine = job->queued;
	if (mine) {
		list_del(&job->link);
		q->n--;
		job->queued = false;
	}
	pthread_mutex_unlock(&d->lock);
	return mine;
}

static struct err *await(struct db *d, struct db_queue *q, struct db_job *job)
{
	struct err *e = NULL;

	while (!job->delivered && e == NULL)
		e = waitq_wait(&job->done, job->until);
	if (job->delivered) {
		err_free(e);
		return job->result;
	}
	if (withdraw(d, q, job))
		return err_wrap(e, "%s waited for its turn", job_name(job));
	err_free(e);
	/* It runs with our memory: stay, however late or cancelled we are. */
	fiber_shield(+1);
	while (!job->delivered)
		err_free(waitq_wait(&job->done, DEADLINE_NEVER));
	fiber_shield(-1);
	return job->result;
}

static struct err *submit(struct db *d, struct db_job *job)
{
	struct db_queue *q =
		job->type == DB_JOB_QUERY && !d->shared_queue ? &d->reads : &d->writes;
	bool full;
	struct err *e;

	waitq_init(&job->done);
	list_init(&job->link);
	pthread_mutex_lock(&d->lock);
	OB_ASSERT(!d->stopping);
	full = q->n >= DB_MAX_QUEUED;
	if (!full) {
		list_add_tail(&q->jobs, &job->link);
		q->n++;
		job->queued = true;
		pthread_cond_signal(&q->ready);
	}
	pthread_mutex_unlock(&d->lock);
	if (full)
		return err_new(ERR_UNAVAILABLE,
			       "the database has %d calls waiting; try later",
			       DB_MAX_QUEUED);
	e = await(d, q, job);
	/* A transaction's error is its function's: the caller knows it by heart. */
	return e != NULL && job->type != DB_JOB_TX ? err_wrap(e, "database") : e;
}

struct err *db_query(struct db *d, const struct db_stmt *st, const struct db_param *p,
		     size_t n, struct arena *a, struct deadline until,
		     struct db_rows **out)
{
	struct db_job job = {
		.type = DB_JOB_QUERY, .st = st, .p = p, .n_p = n, .a = a, .until = until};

	TRY(submit(d, &job));
	*out = job.rows;
	return NULL;
}

struct err *db_exec(struct db *d, const struct db_stmt *st, const struct db_param *p,
		    size_t n, struct deadline until, int64_t *changed)
{
	struct db_job job = {
		.type = DB_JOB_EXEC, .st = st, .p = p, .n_p = n, .until = until};

	TRY(submit(d, &job));
	if (changed != NULL)
		*changed = job.changed;
	return NULL;
}

struct err *db_transaction(struct db *d, db_tx_fn *fn, void *arg, struct deadline until)
{
	struct db_job job = {.type = DB_JOB_TX, .fn = fn, .arg = arg, .until = until};

	return submit(d, &job);
}

struct err *db_job_run(struct db_job *job, const struct db_conn_ops *ops, void *conn,
		       enum db_dialect dialect)
{
	struct db_tx tx = {.ops = ops, .conn = conn, .dialect = dialect};
	struct err *e;

	switch (job->type) {
	case DB_JOB_QUERY:
		return ops->query(conn, job->st, job->p, job->n_p, job->a, &job->rows);
	case DB_JOB_EXEC:
		return ops->exec(conn, job->st, job->p, job->n_p, &job->changed);
	case DB_JOB_TX:
		break;
	}
	e = job->fn(&tx, job->arg);
	if (e == NULL && tx.failed)
		e = err_new(tx.failed_kind,
			    "a statement failed, so nothing was committed");
	return e;
}

static struct err *tx_note(struct db_tx *tx, struct err *e)
{
	if (e != NULL) {
		tx->failed = true;
		tx->failed_kind = e->kind;
	}
	return e;
}

struct err *db_tx_query(struct db_tx *tx, const struct db_stmt *st,
			const struct db_param *p, size_t n, struct arena *a,
			struct db_rows **out)
{
	return tx_note(tx, tx->ops->query(tx->conn, st, p, n, a, out));
}

struct err *db_tx_exec(struct db_tx *tx, const struct db_stmt *st,
		       const struct db_param *p, size_t n, int64_t *changed)
{
	int64_t unused;

	return tx_note(tx,
		       tx->ops->exec(tx->conn, st, p, n, changed ? changed : &unused));
}

struct err *db_tx_script(struct db_tx *tx, const char *what, const char *sql)
{
	return tx_note(tx, tx->ops->script(tx->conn, what, sql));
}

enum db_dialect db_tx_dialect(const struct db_tx *tx)
{
	return tx->dialect;
}

struct db_stats db_stats(const struct db *d)
{
	struct db *m = (struct db *)d; /* for its lock */
	struct db_stats st;

	pthread_mutex_lock(&m->lock);
	st = d->stats;
	st.queued = d->reads.n + d->writes.n;
	pthread_mutex_unlock(&m->lock);
	return st;
}

struct err *db_ping(struct db *d, struct deadline until)
{
	static const struct db_stmt ping = {.name = "ping", .sql = "SELECT 1"};
	struct db_rows *rows;
	struct arena a = {0};
	struct err *e = db_query(d, &ping, NULL, 0, &a, until, &rows);

	arena_fini(&a);
	return e;
}
