/* SPDX-License-Identifier: Apache-2.0
 * The schema of the MPS (mps.md 8.2). On PostgreSQL it may be adopted from upstream,
 * whose programs may go on writing to it: whatever is derived from devices is kept by
 * triggers, never by our statements.
 */
#include <mps/mps_store.h>

/* clang-format off */
static const char devices_sqlite[] =
	"CREATE TABLE IF NOT EXISTS devices(\n"
	"	guid TEXT NOT NULL,\n"
	"	tags TEXT,\n"
	"	hostname TEXT,\n"
	"	mpsinstance TEXT,\n"
	"	connectionstatus INTEGER,\n"
	"	mpsusername TEXT,\n"
	"	tenantid TEXT NOT NULL,\n"
	"	friendlyname TEXT,\n"
	"	dnssuffix TEXT,\n"
	"	lastconnected INTEGER,\n"
	"	lastseen INTEGER,\n"
	"	lastdisconnected INTEGER,\n"
	"	deviceinfo TEXT,\n"
	"	CONSTRAINT device_guid UNIQUE(guid),\n"
	"	PRIMARY KEY(guid, tenantid)\n"
	")\n";

/* Older releases of upstream lack the later columns. */
static const char devices_postgres[] =
	"CREATE TABLE IF NOT EXISTS devices(\n"
	"	guid uuid NOT NULL,\n"
	"	tags text[],\n"
	"	hostname varchar(256),\n"
	"	mpsinstance text,\n"
	"	connectionstatus boolean,\n"
	"	mpsusername text,\n"
	"	tenantid varchar(36) NOT NULL,\n"
	"	friendlyname varchar(256),\n"
	"	dnssuffix varchar(256),\n"
	"	lastconnected timestamp with time zone,\n"
	"	lastseen timestamp with time zone,\n"
	"	lastdisconnected timestamp with time zone,\n"
	"	deviceinfo JSON,\n"
	"	CONSTRAINT device_guid UNIQUE(guid),\n"
	"	PRIMARY KEY(guid, tenantid)\n"
	")\n"
	";;\n"
	"ALTER TABLE devices\n"
	"	ADD COLUMN IF NOT EXISTS friendlyname varchar(256),\n"
	"	ADD COLUMN IF NOT EXISTS dnssuffix varchar(256),\n"
	"	ADD COLUMN IF NOT EXISTS lastconnected timestamp with time zone,\n"
	"	ADD COLUMN IF NOT EXISTS lastseen timestamp with time zone,\n"
	"	ADD COLUMN IF NOT EXISTS lastdisconnected timestamp with time zone,\n"
	"	ADD COLUMN IF NOT EXISTS deviceinfo JSON\n";

#define ADD_ONE(row, sign) \
	"	INSERT INTO device_counts(tenantid, total, connected)\n" \
	"	VALUES(" row ".tenantid, " sign "1, " sign "(" row ".connectionstatus IS TRUE))\n" \
	"	ON CONFLICT(tenantid) DO UPDATE SET total = total + excluded.total,\n" \
	"		connected = connected + excluded.connected;\n"

static const char counts_sqlite[] =
	"CREATE TABLE device_counts(\n"
	"	tenantid TEXT NOT NULL PRIMARY KEY,\n"
	"	total INTEGER NOT NULL,\n"
	"	connected INTEGER NOT NULL\n"
	") WITHOUT ROWID\n"
	";;\n"
	"INSERT INTO device_counts(tenantid, total, connected)\n"
	"SELECT tenantid, count(*), sum(connectionstatus IS TRUE) FROM devices GROUP BY tenantid\n"
	";;\n"
	"CREATE TRIGGER device_counts_insert AFTER INSERT ON devices BEGIN\n"
	ADD_ONE("NEW", "")
	"END\n"
	";;\n"
	"CREATE TRIGGER device_counts_delete AFTER DELETE ON devices BEGIN\n"
	ADD_ONE("OLD", "-")
	"END\n"
	";;\n"
	"CREATE TRIGGER device_counts_update AFTER UPDATE OF connectionstatus, tenantid ON devices\n"
	"WHEN OLD.connectionstatus IS NOT NEW.connectionstatus OR OLD.tenantid <> NEW.tenantid BEGIN\n"
	ADD_ONE("OLD", "-")
	ADD_ONE("NEW", "")
	"END\n";
#undef ADD_ONE

/* A tenant has as many rows as transactions changed its devices at one time: each takes a row that no
 * other holds, or adds one. So writers never wait for each other here and cannot deadlock; the sum is
 * the count. SECURITY DEFINER: a program that may write devices needs no right to the counts. */
#define COUNT_TRIGGER(event, op, tables) \
	"CREATE TRIGGER device_counts_" event " AFTER " op " ON devices\n" \
	tables "FOR EACH STATEMENT EXECUTE FUNCTION device_counts_" event "()\n"

#define COUNT_FUNCTION(event, rows) \
	"CREATE FUNCTION device_counts_" event "() RETURNS trigger\n" \
	"LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$\n" \
	"DECLARE r record;\n" \
	"BEGIN\n" \
	"	FOR r IN SELECT tenantid, sum(t) AS total, sum(c) AS connected FROM (\n" \
			rows \
	"		) AS x GROUP BY tenantid HAVING sum(t) <> 0 OR sum(c) <> 0\n" \
	"	LOOP\n" \
	"		PERFORM device_counts_add(r.tenantid, r.total, r.connected);\n" \
	"	END LOOP;\n" \
	"	RETURN NULL;\n" \
	"END $$\n"

#define NEW_ROWS \
	"SELECT tenantid, 1 AS t, CAST(connectionstatus IS TRUE AS integer) AS c FROM new_rows\n"
#define OLD_ROWS \
	"SELECT tenantid, -1 AS t, -CAST(connectionstatus IS TRUE AS integer) AS c FROM old_rows\n"

static const char counts_postgres[] =
	"LOCK TABLE devices IN SHARE ROW EXCLUSIVE MODE\n"
	";;\n"
	"CREATE TABLE device_counts(\n"
	"	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
	"	tenantid varchar(36) NOT NULL,\n"
	"	total bigint NOT NULL,\n"
	"	connected bigint NOT NULL\n"
	") WITH (fillfactor = 50)\n"
	";;\n"
	"CREATE INDEX device_counts_tenantid ON device_counts(tenantid)\n"
	";;\n"
	"INSERT INTO device_counts(tenantid, total, connected)\n"
	"SELECT tenantid, count(*), count(*) FILTER (WHERE connectionstatus) FROM devices\n"
	"GROUP BY tenantid\n"
	";;\n"
	"CREATE FUNCTION device_counts_add(tenant varchar, n bigint, c bigint) RETURNS void\n"
	"LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$\n"
	"DECLARE free bigint;\n"
	"BEGIN\n"
	"	SELECT id INTO free FROM device_counts WHERE tenantid = tenant\n"
	"		LIMIT 1 FOR UPDATE SKIP LOCKED;\n"
	"	IF FOUND THEN\n"
	"		UPDATE device_counts SET total = total + n, connected = connected + c\n"
	"			WHERE id = free;\n"
	"	ELSE\n"
	"		INSERT INTO device_counts(tenantid, total, connected) VALUES(tenant, n, c);\n"
	"	END IF;\n"
	"END $$\n"
	";;\n"
	"REVOKE EXECUTE ON FUNCTION device_counts_add(varchar, bigint, bigint) FROM PUBLIC\n"
	";;\n"
	COUNT_FUNCTION("insert", NEW_ROWS)
	";;\n"
	COUNT_FUNCTION("delete", OLD_ROWS)
	";;\n"
	COUNT_FUNCTION("update", NEW_ROWS "UNION ALL\n" OLD_ROWS)
	";;\n"
	"CREATE FUNCTION device_counts_truncate() RETURNS trigger\n"
	"LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$\n"
	"BEGIN\n"
	"	DELETE FROM device_counts;\n"
	"	RETURN NULL;\n"
	"END $$\n"
	";;\n"
	COUNT_TRIGGER("insert", "INSERT", "REFERENCING NEW TABLE AS new_rows\n")
	";;\n"
	COUNT_TRIGGER("delete", "DELETE", "REFERENCING OLD TABLE AS old_rows\n")
	";;\n"
	COUNT_TRIGGER("update", "UPDATE",
		      "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows\n")
	";;\n"
	COUNT_TRIGGER("truncate", "TRUNCATE", "");
#undef COUNT_TRIGGER
#undef COUNT_FUNCTION
#undef NEW_ROWS
#undef OLD_ROWS

/* SQLite has no index over the elements of an array: device_tags is one. */
#define ADD_TAGS \
	"	INSERT OR IGNORE INTO device_tags(tag, tenantid, guid)\n" \
	"	SELECT value, NEW.tenantid, NEW.guid FROM json_each(NEW.tags);\n"
#define DROP_TAGS \
	"	DELETE FROM device_tags WHERE guid = OLD.guid\n" \
	"		AND tag IN (SELECT value FROM json_each(OLD.tags));\n"

static const char indexes_sqlite[] =
	"CREATE INDEX devices_tenant_guid ON devices(tenantid, guid)\n"
	";;\n"
	"CREATE INDEX devices_connected ON devices(tenantid, guid) WHERE connectionstatus IS TRUE\n"
	";;\n"
	"CREATE INDEX devices_disconnected ON devices(tenantid, guid)\n"
	"	WHERE connectionstatus IS NOT TRUE\n"
	";;\n"
	"CREATE INDEX devices_hostname ON devices(hostname, tenantid, guid)\n"
	";;\n"
	"CREATE INDEX devices_friendlyname ON devices(friendlyname, tenantid, guid)\n"
	";;\n"
	"CREATE TABLE device_tags(\n"
	"	tag TEXT NOT NULL,\n"
	"	tenantid TEXT NOT NULL,\n"
	"	guid TEXT NOT NULL,\n"
	"	PRIMARY KEY(tag, tenantid, guid)\n"
	") WITHOUT ROWID\n"
	";;\n"
	"INSERT OR IGNORE INTO device_tags(tag, tenantid, guid)\n"
	"SELECT t.value, d.tenantid, d.guid FROM devices AS d, json_each(d.tags) AS t\n"
	";;\n"
	"CREATE TRIGGER device_tags_insert AFTER INSERT ON devices BEGIN\n"
	ADD_TAGS
	"END\n"
	";;\n"
	"CREATE TRIGGER device_tags_delete AFTER DELETE ON devices BEGIN\n"
	DROP_TAGS
	"END\n"
	";;\n"
	"CREATE TRIGGER device_tags_update AFTER UPDATE OF tags, tenantid, guid ON devices\n"
	"WHEN OLD.tags IS NOT NEW.tags OR OLD.tenantid <> NEW.tenantid OR OLD.guid <> NEW.guid BEGIN\n"
	DROP_TAGS
	ADD_TAGS
	"END\n";
#undef ADD_TAGS
#undef DROP_TAGS

static const char indexes_postgres[] =
	"CREATE INDEX IF NOT EXISTS devices_tenant_guid ON devices(tenantid, guid)\n"
	";;\n"
	"CREATE INDEX IF NOT EXISTS devices_connected ON devices(tenantid, guid)\n"
	"	WHERE connectionstatus IS TRUE\n"
	";;\n"
	"CREATE INDEX IF NOT EXISTS devices_disconnected ON devices(tenantid, guid)\n"
	"	WHERE connectionstatus IS NOT TRUE\n"
	";;\n"
	"CREATE INDEX IF NOT EXISTS devices_hostname ON devices(hostname)\n"
	";;\n"
	"CREATE INDEX IF NOT EXISTS devices_friendlyname ON devices(friendlyname)\n"
	";;\n"
	"CREATE INDEX IF NOT EXISTS devices_tags ON devices USING gin(tags)\n";
static const char instances[] =
	"CREATE TABLE IF NOT EXISTS ob_instances(\n"
	"	instance TEXT PRIMARY KEY,\n"
	"	seen TIMESTAMPTZ NOT NULL\n"
	")\n";
/* clang-format on */

const struct migration mps_migrations[] = {
	{.version = 1,
	 .title = "devices, as upstream has it",
	 .sqlite = devices_sqlite,
	 .postgres = devices_postgres},
	{.version = 2,
	 .title = "counts of devices per tenant",
	 .sqlite = counts_sqlite,
	 .postgres = counts_postgres},
	{.version = 3,
	 .title = "indexes for the filters",
	 .sqlite = indexes_sqlite,
	 .postgres = indexes_postgres},
	{.version = 4,
	 .title = "instances that share the database",
	 .sqlite = instances,
	 .postgres = instances},
};
const size_t mps_migrations_n = ARRAY_LEN(mps_migrations);
