/* SPDX-License-Identifier: Apache-2.0
 * Old audit records go, when audit.retention_days says so. The database refuses any other
 * deletion: its trigger lets a row go that is older than ob_audit_limit says, and that
 * cannot be set to less than a day ago.
 */
#include <iam/iam_audit.h>

#include <base/log.h>
#include <rt/fiber.h>
#include <stdlib.h>

#define BATCH 500
#define BETWEEN_MS 100
#define FIRST_MS 5000
#define AGAIN_MS 60000 /* after a failure */
#define PASS_MS 3600000
#define DB_MS 30000
#define DAY_MS 86400000

static const struct db_stmt limit_stmt = {
	.name = "iam.audit.limit",
	.sql = "UPDATE ob_audit_limit SET before = :before WHERE before < :before",
};
/* Looks at the oldest only, so a pass that finds nothing costs nothing. */
static const struct db_stmt prune_stmt = {
	.name = "iam.audit.prune",
	.sql = "DELETE FROM ob_audit WHERE at < :before AND id IN"
	       " (SELECT id FROM ob_audit ORDER BY id LIMIT :n)",
};

struct err *iam_audit_prune(struct db *d, int64_t before_ms, struct deadline until,
			    int64_t *gone)
{
	const struct db_param p[] = {P_TIME("before", before_ms), P_INT("n", BATCH)};
	int64_t changed;

	*gone = 0;
	TRY(db_exec(d, &limit_stmt, p, ARRAY_LEN(p),
		    deadline_min(until, deadline_in(DB_MS)), NULL));
	for (;;) {
		TRY(db_exec(d, &prune_stmt, p, ARRAY_LEN(p),
			    deadline_min(until, deadline_in(DB_MS)), &changed));
		*gone += changed;
		if (changed < BATCH)
			return NULL;
		TRY(fiber_sleep_ms(BETWEEN_MS)); /* others want to write too */
	}
}

struct iam_audit_keeper {
	struct db *db;
	int64_t keep_ms;
	struct fiber_group fibers;
};

static void keep(void *arg)
{
	struct iam_audit_keeper *k = arg;
	int64_t wait_ms = FIRST_MS, gone;

	while (!fiber_cancelled()) {
		struct err *e = fiber_sleep_ms(wait_ms);

		if (e == NULL)
			e = iam_audit_prune(k->db, clock_wall_ms() - k->keep_ms,
					    deadline_in(PASS_MS), &gone);
		if (e != NULL && e->kind != ERR_CANCELLED)
			log_warn("old audit records could not be deleted; it is tried "
				 "again",
				 F_ERR(e));
		else if (e == NULL && gone > 0)
			log_info("old audit records were deleted",
				 F_I64("records", gone));
		wait_ms = e != NULL ? AGAIN_MS : PASS_MS;
		err_free(e);
	}
}

struct iam_audit_keeper *iam_audit_keeper_new(struct db *d, const struct config *c)
{
	int64_t days = config_int(c, "audit.retention_days");
	struct iam_audit_keeper *k;

	if (days == 0)
		return NULL;
	k = xcalloc(1, sizeof(*k));
	k->db = d;
	k->keep_ms = days * DAY_MS;
	fiber_group_init(&k->fibers);
	fiber_spawn(&k->fibers, "audit keeper", keep, k);
	return k;
}

void iam_audit_keeper_free(struct iam_audit_keeper *k)
{
	if (k == NULL)
		return;
	fiber_group_join(&k->fibers, true);
	free(k);
}
