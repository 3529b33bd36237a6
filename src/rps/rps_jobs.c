/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/rps_jobs.h>

#include <base/encode.h>
#include <base/log.h>
#include <rt/fiber.h>
#include <stdlib.h>

#define CALL_MS 10000
#define SQL_MS 10000
#define LOOK_MS 5000
#define FIRST_RETRY_MS 5000
#define LAST_RETRY_MS 600000
#define TOKEN_MIN 5

struct rps_jobs {
	struct rps *r;
	struct fiber_group fibers;
};

struct job {
	const char *guid, *stamp, *tenant, *method, *body;
	int64_t attempts;
};

/* clang-format off */
static const char table_sqlite[] =
	"CREATE TABLE rps_mps_jobs(\n"
	"	guid TEXT NOT NULL PRIMARY KEY,\n"
	"	stamp TEXT NOT NULL,\n"
	"	tenant_id TEXT NOT NULL,\n"
	"	method TEXT NOT NULL,\n"
	"	body TEXT,\n"
	"	attempts INTEGER NOT NULL,\n"
	"	due INTEGER NOT NULL\n"
	")\n"
	";;\n"
	"CREATE INDEX rps_mps_jobs_due ON rps_mps_jobs(due)\n";
static const char table_postgres[] =
	"CREATE TABLE rps_mps_jobs(\n"
	"	guid varchar(36) NOT NULL PRIMARY KEY,\n"
	"	stamp varchar(36) NOT NULL,\n"
	"	tenant_id varchar(36) NOT NULL,\n"
	"	method varchar(8) NOT NULL,\n"
	"	body text,\n"
	"	attempts bigint NOT NULL,\n"
	"	due bigint NOT NULL\n"
	")\n"
	";;\n"
	"CREATE INDEX rps_mps_jobs_due ON rps_mps_jobs(due)\n";
static const struct migration migrations[] = {
	{1, "what the MPS has to be told", table_sqlite, table_postgres, NULL},
};

static const struct db_stmt put_stmt = {
	"rps.job.put",
	"INSERT INTO rps_mps_jobs(guid, stamp, tenant_id, method, body, attempts, due)"
	" VALUES(:guid, :stamp, :tenant, :method, :body, 0, :due)"
	" ON CONFLICT(guid) DO UPDATE SET stamp = excluded.stamp, tenant_id = excluded.tenant_id,"
	" method = excluded.method, body = excluded.body, attempts = 0, due = excluded.due",
	NULL,
};
/* Only the job that was done: a newer one may have taken its place. */
static const struct db_stmt done_stmt = {
	"rps.job.done", "DELETE FROM rps_mps_jobs WHERE guid = :guid AND stamp = :stamp", NULL};
static const struct db_stmt later_stmt = {
	"rps.job.later",
	"UPDATE rps_mps_jobs SET attempts = attempts + 1, due = :due"
	" WHERE guid = :guid AND stamp = :stamp",
	NULL,
};
static const struct db_stmt due_stmt = {
	"rps.job.due",
	"SELECT guid, stamp, tenant_id, method, body, attempts FROM rps_mps_jobs"
	" WHERE due <= :now ORDER BY due LIMIT 64",
	NULL,
};
/* clang-format on */

/* ---- the MPS ---- */

/* Signed here when the MPS takes our tokens; else what is configured. NULL: none. */
static struct err *authorization(struct rps *r, const char *tenant, struct arena *a,
				 const char **header)
{
	const char *token = config_str(r->config, "rps.mps.token");

	*header = NULL;
	if (token == NULL && !iam_mode_none(r->iam)) {
		struct err *e =
			iam_issue(r->iam, "rps", tenant, "admin", TOKEN_MIN, a, &token);
		if (e != NULL)
			return err_wrap_as(ERR_UNAVAILABLE, e,
					   "the MPS cannot be called: set rps.mps.token");
	}
	if (token != NULL)
		*header = arena_printf(a, "Authorization: Bearer %s", token);
	return NULL;
}

struct err *rps_mps_work(struct rps *r, const char *tenant, const char *method,
			 const char *path, const char *body, struct arena *a,
			 struct deadline until, long *status, struct str *answer)
{
	const char *headers[4] = {"Content-Type: application/json"};
	struct http_fetch fetch = {
		.method = method,
		.url = arena_printf(a, "%s/api/v1/%s", r->mps_url, path),
		.headers = headers,
		.body = str_of(body),
	};

	TRY(authorization(r, tenant, a, &headers[1]));
	if (headers[1] != NULL && *tenant != '\0')
		headers[2] = arena_printf(a, "ActiveProjectID: %s", tenant);
	TRY(http_fetch(r->client, &fetch, a, until));
	*status = fetch.status;
	if (answer != NULL)
		*answer = fetch.response;
	return NULL;
}

struct err *rps_mps_call(struct rps *r, const char *tenant, const char *method,
			 const char *path, const char *body, struct arena *a,
			 struct deadline until, long *status, struct str *answer)
{
	return rps_mps_work(r, tenant, method, path, body, a,
			    deadline_min(until, deadline_in(CALL_MS)), status, answer);
}

struct err *rps_mps_has(struct rps *r, const char *tenant, const char *guid,
			struct arena *a, struct deadline until, bool *has)
{
	long status;

	*has = true;
	if (!config_bool(r->config, "auth.tenancy") || iam_mode_none(r->iam))
		return NULL;
	struct err *e = rps_mps_call(
		r, tenant, "GET", arena_printf(a, "devices/%s?tenantId=%s", guid, tenant),
		NULL, a, until, &status, NULL);
	/* Upstream's MPS says 204 for another tenant's. */
	if (e == NULL && status != 200 && status != 204 && status != 404)
		e = err_new(ERR_UNAVAILABLE, "it answered %ld", status);
	if (e != NULL)
		return err_wrap_as(ERR_UNAVAILABLE, e,
				   "the MPS cannot be asked whose device %s is", guid);
	*has = status == 200;
	return NULL;
}

/* ---- jobs ---- */

static struct err *tell(struct rps *r, const struct job *job, struct arena *a)
{
	bool deletes = strcmp(job->method, "DELETE") == 0;
	const char *path = deletes ? arena_printf(a, "devices/%s", job->guid) : "devices";
	struct str answer;
	long status;

	TRY(rps_mps_call(r, job->tenant, job->method, path, job->body, a,
			 deadline_in(CALL_MS), &status, &answer));
	if (status == 200 || status == 201 || status == 204 || (deletes && status == 404))
		return NULL;
	return err_new(status == 400 ? ERR_CONFLICT : ERR_UNAVAILABLE,
		       "the MPS answered %ld: " STR_FMT, status,
		       STR_ARG(str_sub(answer, 0, MIN(answer.n, (size_t)200))));
}

static int64_t retry_at(int64_t attempts)
{
	int64_t wait = FIRST_RETRY_MS << MIN(attempts, (int64_t)10);

	return clock_wall_ms() + MIN(wait, (int64_t)LAST_RETRY_MS);
}

static struct err *forget(struct rps_jobs *j, const struct job *job)
{
	const struct db_param p[] = {P_TEXT("guid", job->guid),
				     P_TEXT("stamp", job->stamp)};

	return db_exec(j->r->db, &done_stmt, p, ARRAY_LEN(p), deadline_in(SQL_MS), NULL);
}

static struct err *postpone(struct rps_jobs *j, const struct job *job)
{
	const struct db_param p[] = {P_TEXT("guid", job->guid),
				     P_TEXT("stamp", job->stamp),
				     P_INT("due", retry_at(job->attempts))};

	return db_exec(j->r->db, &later_stmt, p, ARRAY_LEN(p), deadline_in(SQL_MS), NULL);
}

/* True: told. What the MPS refuses for good (the device is another tenant's there) is
 * given up. */
static bool try_job(struct rps_jobs *j, const struct job *job, struct arena *a)
{
	struct err *e = tell(j->r, job, a);
	bool told = e == NULL, refused = err_is(e, ERR_CONFLICT);

	if (refused)
		log_error("the MPS refuses a device; add it there by hand",
			  F_STR("guid", job->guid), F_ERR(e));
	else if (!told)
		log_warn("the MPS was not told about a device; it will be",
			 F_STR("guid", job->guid), F_I64("attempts", job->attempts + 1),
			 F_ERR(e));
	err_free(e);
	e = told || refused ? forget(j, job) : postpone(j, job);
	if (e != NULL)
		log_warn("a job for the MPS was not noted", F_STR("guid", job->guid),
			 F_ERR(e));
	err_free(e);
	return told;
}

static struct err *put_job(struct rps_jobs *j, const struct job *job)
{
	/* Due a little later than the first try, which follows now. */
	const struct db_param p[] = {
		P_TEXT("guid", job->guid),
		P_TEXT("stamp", job->stamp),
		P_TEXT("tenant", job->tenant),
		P_TEXT("method", job->method),
		P_TEXT("body", job->body),
		P_INT("due", clock_wall_ms() + CALL_MS + FIRST_RETRY_MS)};

	return db_exec(j->r->db, &put_stmt, p, ARRAY_LEN(p), deadline_in(SQL_MS), NULL);
}

struct err *rps_jobs_put(struct rps_jobs *j, const char *guid, const char *tenant,
			 const char *method, const char *body, bool *told)
{
	_cleanup_(arena_fini) struct arena a = {0};
	char stamp[UUID_TEXT_SIZE];
	const struct job job = {guid, stamp, tenant, method, body, 0};

	*told = false;
	uuid_random(stamp);
	TRY(put_job(j, &job));
	*told = try_job(j, &job, &a);
	return NULL;
}

/* ---- the fiber ---- */

static struct err *round_of_jobs(struct rps_jobs *j, struct arena *a)
{
	const struct db_param now[] = {P_INT("now", clock_wall_ms())};
	struct db_rows *rows;

	TRY(db_query(j->r->db, &due_stmt, now, 1, a, deadline_in(SQL_MS), &rows));
	for (size_t i = 0; i < rows->n && !fiber_cancelled(); i++) {
		const struct job job = {db_text(rows, i, 0), db_text(rows, i, 1),
					db_text(rows, i, 2), db_text(rows, i, 3),
					db_text(rows, i, 4), db_int(rows, i, 5)};
		try_job(j, &job, a);
	}
	return NULL;
}

static void jobs_run(void *arg)
{
	struct rps_jobs *j = arg;

	while (!fiber_cancelled()) {
		struct arena a = {0};
		struct err *e = round_of_jobs(j, &a);

		if (e != NULL && e->kind != ERR_CANCELLED)
			log_warn("jobs for the MPS were not looked at", F_ERR(e));
		err_free(e);
		arena_fini(&a);
		err_free(fiber_sleep_ms(LOOK_MS));
	}
}

struct rps_jobs *rps_jobs_start(struct rps *r)
{
	struct rps_jobs *j = xcalloc(1, sizeof(*j));

	j->r = r;
	fiber_group_init(&j->fibers);
	fiber_spawn(&j->fibers, "rps-jobs", jobs_run, j);
	return j;
}

void rps_jobs_stop(struct rps_jobs *j)
{
	if (j == NULL)
		return;
	fiber_group_join(&j->fibers, true);
	free(j);
}

struct err *rps_jobs_migrate(struct db *d, struct deadline until, int *applied)
{
	return migrate(d, "rps-jobs", migrations, ARRAY_LEN(migrations), until, applied);
}
