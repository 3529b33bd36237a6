/* SPDX-License-Identifier: Apache-2.0
 * Presence: batches of changes, one statement per kind. A batch goes to the database as
 * one JSON array of [guid, connected_at, seen_at, disconnected_at].
 */
#include <mps/mps_store_priv.h>

#include <inttypes.h>

/* clang-format off */
#define BATCH_SQLITE \
	"(SELECT json_extract(value, '$[0]') AS guid, json_extract(value, '$[1]') AS c," \
	" json_extract(value, '$[2]') AS s, json_extract(value, '$[3]') AS d" \
	" FROM json_each(:batch)) AS b"
/* ms 0 = not known */
#define PG_TIME(i) "to_timestamp(NULLIF(CAST(e->>" #i " AS bigint), 0) / 1000.0)"
#define BATCH_POSTGRES \
	"(SELECT CAST(e->>0 AS uuid) AS guid, " PG_TIME(1) " AS c, " PG_TIME(2) " AS s, " \
	PG_TIME(3) " AS d FROM json_array_elements(CAST(:batch AS json)) AS e) AS b"

/* Two instances whose batches overlap take the rows in one order, so that neither waits for ever. */
static const struct db_stmt lock_stmt = {
	"mps.presence.lock",
	"SELECT 1",
	"SELECT count(*) FROM (SELECT guid FROM devices WHERE guid IN (SELECT CAST(e->>0 AS uuid)"
	" FROM json_array_elements(CAST(:batch AS json)) AS e) ORDER BY guid FOR NO KEY UPDATE) AS l",
};
static const struct db_stmt connected_stmt = {
	"mps.presence.connected",
	"UPDATE devices SET connectionstatus = TRUE, mpsinstance = :instance,"
	" lastconnected = NULLIF(b.c, 0), lastseen = COALESCE(NULLIF(b.s, 0), lastseen)"
	" FROM " BATCH_SQLITE " WHERE devices.guid = b.guid",
	"UPDATE devices SET connectionstatus = TRUE, mpsinstance = :instance, lastconnected = b.c,"
	" lastseen = COALESCE(b.s, lastseen) FROM " BATCH_POSTGRES " WHERE devices.guid = b.guid",
};
/* The same for what was to be written earlier: not over a newer connection. */
static const struct db_stmt late_stmt = {
	"mps.presence.late",
	"UPDATE devices SET connectionstatus = TRUE, mpsinstance = :instance,"
	" lastconnected = NULLIF(b.c, 0), lastseen = COALESCE(NULLIF(b.s, 0), lastseen)"
	" FROM " BATCH_SQLITE " WHERE devices.guid = b.guid"
	" AND (lastconnected IS NULL OR lastconnected <= b.c)",
	"UPDATE devices SET connectionstatus = TRUE, mpsinstance = :instance, lastconnected = b.c,"
	" lastseen = COALESCE(b.s, lastseen) FROM " BATCH_POSTGRES " WHERE devices.guid = b.guid"
	" AND (lastconnected IS NULL OR lastconnected <= b.c)",
};
/* A row without owner and a known beginning: it came and went within one batch. */
static const struct db_stmt disconnected_stmt = {
	"mps.presence.disconnected",
	"UPDATE devices SET connectionstatus = FALSE, mpsinstance = NULL,"
	" lastdisconnected = NULLIF(b.d, 0), lastconnected = COALESCE(NULLIF(b.c, 0), lastconnected)"
	" FROM " BATCH_SQLITE " WHERE devices.guid = b.guid AND (mpsinstance = :instance OR"
	" (mpsinstance IS NULL AND b.c > 0))",
	"UPDATE devices SET connectionstatus = FALSE, mpsinstance = NULL, lastdisconnected = b.d,"
	" lastconnected = COALESCE(b.c, lastconnected) FROM " BATCH_POSTGRES
	" WHERE devices.guid = b.guid AND (mpsinstance = :instance OR"
	" (mpsinstance IS NULL AND b.c IS NOT NULL))",
};
static const struct db_stmt seen_stmt = {
	"mps.presence.seen",
	"UPDATE devices SET lastseen = max(COALESCE(lastseen, 0), b.s)"
	" FROM " BATCH_SQLITE " WHERE devices.guid = b.guid",
	"UPDATE devices SET lastseen = GREATEST(lastseen, b.s)"
	" FROM " BATCH_POSTGRES " WHERE devices.guid = b.guid",
};
static const struct db_stmt clear_stmt = {
	"mps.presence.clear",
	"UPDATE devices SET connectionstatus = FALSE, mpsinstance = NULL"
	" WHERE mpsinstance = :instance",
	"WITH l AS (SELECT guid FROM devices WHERE mpsinstance = :instance ORDER BY guid"
	" FOR NO KEY UPDATE) UPDATE devices SET connectionstatus = FALSE, mpsinstance = NULL"
	" FROM l WHERE devices.guid = l.guid AND mpsinstance = :instance",
};
/* clang-format on */

enum kind { KIND_CONNECTED, KIND_LATE, KIND_DISCONNECTED, KIND_SEEN, KINDS };

static const struct db_stmt *const kind_stmt[KINDS] = {
	[KIND_CONNECTED] = &connected_stmt,
	[KIND_LATE] = &late_stmt,
	[KIND_DISCONNECTED] = &disconnected_stmt,
	[KIND_SEEN] = &seen_stmt,
};

struct batch {
	const char *instance;
	struct buf all, kinds[KINDS];
};

static void add_entry(struct buf *b, const char *guid, const struct mps_presence *v)
{
	buf_addc(b, b->len == 0 ? '[' : ',');
	buf_addf(b, "[\"%s\",%" PRId64 ",%" PRId64 ",%" PRId64 "]", guid, v->connected_at,
		 v->seen_at, v->disconnected_at);
}

static enum kind kind_of(const struct mps_presence *v)
{
	if (v->what & MPS_DISCONNECTED)
		return KIND_DISCONNECTED;
	if ((v->what & MPS_CONNECTED) == 0)
		return KIND_SEEN;
	return v->what & MPS_LATE ? KIND_LATE : KIND_CONNECTED;
}

static struct err *write_tx(struct db_tx *tx, void *arg)
{
	struct batch *b = arg;

	if (db_tx_dialect(tx) == DB_POSTGRES) {
		struct db_param p[] = {P_JSON("batch", b->all.p)};
		TRY(db_tx_exec(tx, &lock_stmt, p, ARRAY_LEN(p), NULL));
	}
	for (size_t i = 0; i < KINDS; i++) {
		if (b->kinds[i].len == 0)
			continue;
		struct db_param p[] = {
			P_JSON("batch", b->kinds[i].p),
			P_TEXT("instance", b->instance),
		};
		/* The times of sightings are written whoever owns the row. */
		size_t n = i == KIND_SEEN ? 1 : 2;
		TRY(db_tx_exec(tx, kind_stmt[i], p, n, NULL));
	}
	return NULL;
}

struct err *mps_presence_write(struct db *d, const char *instance,
			       const struct mps_presence *v, size_t n,
			       struct deadline until)
{
	struct batch b = {.instance = instance};
	struct err *e = NULL;

	for (size_t i = 0; i < n; i++) {
		char guid[UUID_TEXT_SIZE];
		if (!mps_store_guid(v[i].guid, guid))
			continue;
		add_entry(&b.all, guid, &v[i]);
		add_entry(&b.kinds[kind_of(&v[i])], guid, &v[i]);
	}
	if (b.all.len > 0) {
		buf_addc(&b.all, ']');
		for (size_t i = 0; i < KINDS; i++)
			if (b.kinds[i].len > 0)
				buf_addc(&b.kinds[i], ']');
		e = db_transaction(d, write_tx, &b, until);
	}
	buf_fini(&b.all);
	for (size_t i = 0; i < KINDS; i++)
		buf_fini(&b.kinds[i]);
	return e;
}

struct err *mps_presence_clear(struct db *d, const char *instance, struct deadline until)
{
	struct db_param p[] = {P_TEXT("instance", instance)};

	return db_exec(d, &clear_stmt, p, ARRAY_LEN(p), until, NULL);
}
