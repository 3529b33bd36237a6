/* SPDX-License-Identifier: Apache-2.0
 * PostgreSQL: a pool of worker threads, each with its own connection, one queue.
 *
 * libpq is used in its non-blocking form so that every wait ends at the job's deadline
 * even when the server's host is gone; a connection that timed out is dropped, since its
 * state is unknown. The server ends the statement by statement_timeout, which is set in
 * steps (1, 2, 4 s, ...) to spare round trips. While the server is away one worker tries
 * again per second, the others fail at once.
 */
#include <store/db_pg.h>

#include <base/log.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define POOL 8
#define CONNECT_MS 5000
#define RETRY_MS 1000
#define END_MS 2000 /* COMMIT and ROLLBACK get this much beyond the deadline */
#define IDLE_READS 16
#define TIMEOUT_STEP_MAX_MS (INT64_C(1) << 30)

struct pg_db {
	struct db_pg_url url;
	struct pg_conn *conns;
	size_t n_conns;
	pthread_mutex_t lock; /* of what follows */
	bool down;
	int64_t next_try_ms;
};

void pg_disconnect(struct pg_conn *c)
{
	PGconn *h = c->h;

	c->h = NULL; /* so that nothing is deallocated over it */
	db_cache_clear(&c->cache);
	PQfinish(h);
	c->timeout_ms = 0;
}

/* Waits for the socket; poll may be cut short to look at the clock again. */
static struct err *wait_socket(PGconn *h, short events, struct deadline until)
{
	for (;;) {
		struct pollfd p = {PQsocket(h), events, 0};
		int64_t left = deadline_left_ms(until);

		if (left == 0)
			return err_new(ERR_TIMEOUT,
				       "the database did not answer in time");
		int rc = poll(&p, 1, (int)MIN(left, 1000));

		if (rc > 0)
			return NULL;
		if (rc < 0 && errno != EINTR)
			return err_errno(ERR_UNAVAILABLE, errno, "poll");
	}
}

static struct err *lost(struct pg_conn *c)
{
	pg_disconnect(c);
	return err_new(ERR_UNAVAILABLE, "the connection to the database was lost");
}

static struct err *flush_out(struct pg_conn *c)
{
	int rc;

	while ((rc = PQflush(c->h)) == 1) {
		struct err *e = wait_socket(c->h, POLLIN | POLLOUT, c->until);

		if (e != NULL) {
			pg_disconnect(c);
			return e;
		}
		if (!PQconsumeInput(c->h))
			return lost(c);
	}
	return rc == 0 ? NULL : lost(c);
}

struct err *pg_result(struct pg_conn *c, int sent, PGresult **out)
{
	PGresult *res = NULL;

	*out = NULL;
	if (sent != 1)
		return lost(c);
	TRY(flush_out(c));
	for (;;) {
		while (PQisBusy(c->h)) {
			struct err *e = wait_socket(c->h, POLLIN, c->until);

			if (e != NULL || !PQconsumeInput(c->h)) {
				PQclear(res);
				if (e == NULL)
					return lost(c);
				pg_disconnect(c);
				return e;
			}
		}
		PGresult *next = PQgetResult(c->h);

		if (next == NULL)
			break;
		/* Of several statements the first failure counts, else the last result.
		 */
		if (res != NULL && PQresultStatus(res) == PGRES_FATAL_ERROR) {
			PQclear(next);
			continue;
		}
		PQclear(res);
		res = next;
	}
	if (res == NULL || PQstatus(c->h) != CONNECTION_OK) {
		PQclear(res);
		return lost(c);
	}
	*out = res;
	return NULL;
}

/* SQL without parameters, several statements allowed. */
static struct err *command(struct pg_conn *c, const char *what, const char *sql)
{
	PGresult *res;
	struct err *e;

	TRY(pg_result(c, PQsendQuery(c->h, sql), &res));
	e = pg_result_err(c, res, what);
	PQclear(res);
	return e;
}

static struct err *pg_script(void *conn, const char *what, const char *sql)
{
	return command(conn, what, sql);
}

static const struct db_conn_ops pg_ops = {pg_query, pg_exec, pg_script};

/* --- connecting --- */

/* libpq's first line, the password struck out should it ever be in there. */
static struct err *connect_err(struct pg_db *m, PGconn *h)
{
	struct str text = str_of(PQerrorMessage(h)), line;

	if (!str_split(&text, '\n', &line) || line.n == 0)
		line = STR("the connection failed");
	if (m->url.password != NULL && m->url.password[0] != '\0' &&
	    str_find(line, str_of(m->url.password)) >= 0)
		line = STR(
			"the connection failed (text withheld, it shows the password)");
	return err_new(ERR_UNAVAILABLE, STR_FMT, STR_ARG(line));
}

static struct err *handshake(struct pg_db *m, PGconn *h, struct deadline until)
{
	PostgresPollingStatusType st = PGRES_POLLING_WRITING;

	if (PQstatus(h) == CONNECTION_BAD)
		return connect_err(m, h);
	while (st != PGRES_POLLING_OK) {
		TRY(wait_socket(h, st == PGRES_POLLING_READING ? POLLIN : POLLOUT,
				until));
		st = PQconnectPoll(h);
		if (st == PGRES_POLLING_FAILED)
			return connect_err(m, h);
	}
	return PQsetnonblocking(h, 1) == 0 ? NULL : connect_err(m, h);
}

static void on_notice(void *arg, const PGresult *res)
{
	log_debug("database notice",
		  F_STR("sqlstate", PQresultErrorField(res, PG_DIAG_SQLSTATE)));
}

static struct err *dial(struct pg_conn *c, struct pg_db *m, struct deadline until)
{
	static const char setup[] =
		"SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'; "
		"SET standard_conforming_strings = on; "
		"SELECT set_config('synchronous_commit', 'on', false) "
		"WHERE current_setting('synchronous_commit') = 'off'";
	PGconn *h = PQconnectStartParams((const char *const *)m->url.keys,
					 (const char *const *)m->url.values, 0);
	struct err *e;

	OB_ASSERT(h != NULL);
	PQsetNoticeReceiver(h, on_notice, NULL);
	e = handshake(m, h, until);
	if (e != NULL) {
		PQfinish(h);
		return e;
	}
	c->h = h;
	e = command(c, "session", setup);
	if (e != NULL && c->h != NULL)
		pg_disconnect(c);
	return e;
}

static struct err *connect_turn(struct pg_db *m)
{
	struct err *e = NULL;

	pthread_mutex_lock(&m->lock);
	if (m->down && clock_mono_ms() < m->next_try_ms)
		e = err_new(ERR_UNAVAILABLE, "%s cannot be reached", m->url.name);
	else
		m->next_try_ms = clock_mono_ms() + RETRY_MS;
	pthread_mutex_unlock(&m->lock);
	return e;
}

static void connect_note(struct pg_db *m, const struct err *e)
{
	bool changed;

	pthread_mutex_lock(&m->lock);
	changed = m->down != (e != NULL);
	m->down = e != NULL;
	m->next_try_ms = clock_mono_ms() + RETRY_MS;
	pthread_mutex_unlock(&m->lock);
	if (changed && e != NULL)
		log_warn("database away, trying again every second",
			 F_STR("database", m->url.name), F_ERR(e));
	else if (changed)
		log_warn("database back", F_STR("database", m->url.name));
}

static struct err *connect_new(struct pg_conn *c)
{
	struct pg_db *m = c->d->impl;
	struct deadline until = deadline_min(c->until, deadline_in(CONNECT_MS));
	struct err *e;

	TRY(connect_turn(m));
	e = dial(c, m, until);
	/* A caller in a hurry says nothing about the server. */
	if (err_is(e, ERR_TIMEOUT) && deadline_passed(c->until))
		return e;
	connect_note(m, e);
	if (e != NULL)
		return err_wrap_as(ERR_UNAVAILABLE, e, "%s cannot be reached",
				   m->url.name);
	return NULL;
}

/* The server closed it while it was idle (restart, idle timeout): noticed before it is
 * used. It may have said so first, which reads like a notice: the end comes after. */
static bool idle_broken(struct pg_conn *c)
{
	struct pollfd p = {PQsocket(c->h), POLLIN, 0};

	for (int i = 0; i < IDLE_READS && poll(&p, 1, 0) > 0; i++)
		if (!PQconsumeInput(c->h) || PQstatus(c->h) != CONNECTION_OK)
			return true;
	return false;
}

static struct err *ensure(struct pg_conn *c)
{
	int64_t left = deadline_left_ms(c->until), step = 1000;
	char sql[64];

	if (c->h != NULL && idle_broken(c))
		pg_disconnect(c);
	if (c->h == NULL)
		TRY(connect_new(c));
	while (step < left && step < TIMEOUT_STEP_MAX_MS)
		step *= 2;
	if (left > TIMEOUT_STEP_MAX_MS)
		step = 0; /* none */
	if (step == c->timeout_ms)
		return NULL;
	snprintf(sql, sizeof(sql), "SET statement_timeout = %lld", (long long)step);
	TRY(command(c, "statement_timeout", sql));
	c->timeout_ms = step;
	return NULL;
}

/* --- jobs --- */

static struct err *commit(struct pg_conn *c)
{
	PGresult *res;
	struct err *e;

	c->until.at_ms = MAX(c->until.at_ms, deadline_in(END_MS).at_ms);
	e = pg_result(c, PQsendQuery(c->h, "COMMIT"), &res);
	if (e != NULL)
		return err_wrap(e,
				"it is not known whether the transaction was committed");
	e = pg_result_err(c, res, "commit");
	if (e == NULL && strcmp(PQcmdStatus(res), "COMMIT") != 0)
		e = err_new(ERR_INTERNAL,
			    "the database rolled back instead of committing");
	PQclear(res);
	return e;
}

static void roll_back(struct pg_conn *c)
{
	struct err *e;

	if (c->h == NULL)
		return;
	c->until = deadline_in(END_MS);
	e = command(c, "rollback", "ROLLBACK");
	if (e != NULL && c->h != NULL)
		pg_disconnect(c);
	err_free(e);
}

static struct err *run_tx(struct pg_conn *c, struct db_job *job)
{
	struct err *e;

	TRY(command(c, "begin", "BEGIN"));
	e = db_job_run(job, &pg_ops, c, DB_POSTGRES);
	if (e == NULL && c->h == NULL)
		e = err_new(ERR_UNAVAILABLE, "the connection to the database was lost");
	if (e == NULL)
		return commit(c);
	roll_back(c);
	return e;
}

static struct err *run_job(struct pg_conn *c, struct db_job *job)
{
	struct err *e;

	TRY(db_job_expired(job));
	for (bool again = false;; again = true) {
		c->until = job->until;
		TRY(ensure(c));
		if (job->type == DB_JOB_TX)
			return run_tx(c, job);
		e = db_job_run(job, &pg_ops, c, DB_POSTGRES);
		/* A read over a connection that broke under it is asked once more. */
		if (again || job->type != DB_JOB_QUERY || c->h != NULL ||
		    !err_is(e, ERR_UNAVAILABLE))
			return e;
		err_free(e);
	}
}

static void *worker_main(void *arg)
{
	struct pg_conn *c = arg;
	struct list jobs;

	list_init(&jobs);
	while (db_take(c->d, &c->d->writes, &jobs, 1)) {
		struct db_job *job = list_entry(jobs.next, struct db_job, link);
		struct err *e = job->result = run_job(c, job);

		if (c->drop && c->h != NULL)
			pg_disconnect(c);
		c->drop = false;
		db_finish(c->d, &jobs, e == NULL && job->type != DB_JOB_QUERY);
	}
	if (c->h != NULL)
		pg_disconnect(c);
	return NULL;
}

static struct err *pg_open(struct db *d, const char *url, unsigned readers)
{
	struct pg_db *m = d->impl = xcalloc(1, sizeof(*m));

	pthread_mutex_init(&m->lock, NULL);
	d->shared_queue = true;
	TRY(db_pg_url_parse(url, &m->url));
	d->name = xstrdup(m->url.name);
	m->n_conns = readers > 0 ? readers : POOL;
	m->conns = xcalloc(m->n_conns, sizeof(*m->conns));
	for (size_t i = 0; i < m->n_conns; i++) {
		pg_conn_init(&m->conns[i], d);
		db_worker_start(d, worker_main, &m->conns[i]);
	}
	return NULL;
}

static void pg_close(struct db *d)
{
	struct pg_db *m = d->impl;

	db_pg_url_fini(&m->url);
	pthread_mutex_destroy(&m->lock);
	free(m->conns);
	free(m);
}

const struct db_backend db_postgres_backend = {pg_open, pg_close};
