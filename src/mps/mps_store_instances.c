/* SPDX-License-Identifier: Apache-2.0
 * Instances that share the database: when each was last alive, by the database's clock.
 */
#include <mps/mps_store_priv.h>

static const struct db_stmt alive_stmt = {
	.name = "mps.instance.alive",
	.sql = "SELECT 1",
	.postgres = "UPDATE ob_instances SET seen = clock_timestamp() WHERE instance = "
		    ":instance",
};
static const struct db_stmt new_stmt = {
	.name = "mps.instance.new",
	.sql = "SELECT 1",
	.postgres = "INSERT INTO ob_instances(instance, seen) VALUES (:instance, "
		    "clock_timestamp()) ON CONFLICT (instance) DO NOTHING",
};
static const struct db_stmt end_stmt = {
	.name = "mps.instance.end",
	.sql = "DELETE FROM ob_instances WHERE instance = :instance",
};
/* Rows in one order, as the other statements take them; see mps_store_presence.c. The
 * silent instances' rows here are locked first, so that one of them that comes back
 * waits, and then sees that it has to say again what it owns. */
static const struct db_stmt dead_stmt = {
	.name = "mps.instance.dead",
	.sql = "SELECT 1",
	.postgres =
		"WITH gone AS (DELETE FROM ob_instances WHERE seen < clock_timestamp() -"
		" CAST(:dead_ms AS bigint) * interval '1 millisecond' RETURNING "
		"instance),"
		" l AS (SELECT guid FROM devices WHERE mpsinstance IN (SELECT instance"
		" FROM gone) ORDER BY guid FOR NO KEY UPDATE),"
		" u AS (UPDATE devices SET connectionstatus = FALSE, mpsinstance = NULL"
		" FROM l WHERE devices.guid = l.guid AND devices.mpsinstance IN (SELECT"
		" instance FROM gone))"
		" SELECT count(*) FROM gone",
};

struct beat {
	const char *instance;
	int64_t dead_ms, dead;
	bool lost;
	struct arena a;
};

static struct err *beat_tx(struct db_tx *tx, void *arg)
{
	struct beat *b = arg;
	struct db_param who[] = {P_TEXT("instance", b->instance)};
	struct db_param dead[] = {P_INT("dead_ms", b->dead_ms)};
	struct db_rows *r;
	int64_t changed = 0;

	TRY(db_tx_exec(tx, &alive_stmt, who, 1, &changed));
	b->lost = changed == 0;
	if (b->lost)
		TRY(db_tx_exec(tx, &new_stmt, who, 1, NULL));
	TRY(db_tx_query(tx, &dead_stmt, dead, 1, &b->a, &r));
	b->dead = db_int(r, 0, 0);
	return NULL;
}

struct err *mps_instance_beat(struct db *d, const char *instance, int64_t dead_ms,
			      struct deadline until, bool *lost, int64_t *dead)
{
	struct beat b = {.instance = instance, .dead_ms = dead_ms};

	*lost = false;
	*dead = 0;
	if (db_dialect(d) != DB_POSTGRES)
		return NULL;
	struct err *e = db_transaction(d, beat_tx, &b, until);
	arena_fini(&b.a);
	if (e == NULL) {
		*lost = b.lost;
		*dead = b.dead;
	}
	return e;
}

struct err *mps_instance_end(struct db *d, const char *instance, struct deadline until)
{
	struct db_param p[] = {P_TEXT("instance", instance)};

	return db_exec(d, &end_stmt, p, ARRAY_LEN(p), until, NULL);
}
