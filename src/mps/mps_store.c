/* SPDX-License-Identifier: Apache-2.0
 * One device: read, merge and write, delete; counts and tags of a tenant.
 */
#include <mps/mps_store_priv.h>

#define CREATE_TRIES 3

/* clang-format off */
static const struct db_stmt get_stmt = {
	"mps.device.get",
	"SELECT " MPS_COLUMNS_TIMES " FROM devices WHERE guid = :guid",
	"SELECT " MPS_COLUMNS_TIMES " FROM devices WHERE guid = CAST(:guid AS uuid)",
};
static const struct db_stmt lock_stmt = {
	"mps.device.lock",
	"SELECT " MPS_COLUMNS_TIMES " FROM devices WHERE guid = :guid",
	"SELECT " MPS_COLUMNS_TIMES " FROM devices WHERE guid = CAST(:guid AS uuid) FOR UPDATE",
};
static const struct db_stmt insert_stmt = {
	"mps.device.insert",
	"INSERT INTO devices(guid, tenantid, hostname, tags, mpsusername, friendlyname, dnssuffix,"
	" deviceinfo, connectionstatus) VALUES(:guid, :tenant, :hostname, :tags, :user, :friendly,"
	" :suffix, :info, FALSE)",
	"INSERT INTO devices(guid, tenantid, hostname, tags, mpsusername, friendlyname, dnssuffix,"
	" deviceinfo, connectionstatus) VALUES(CAST(:guid AS uuid), :tenant, :hostname,"
	" ARRAY(SELECT json_array_elements_text(CAST(:tags AS json))), :user, :friendly, :suffix,"
	" CAST(:info AS json), FALSE)",
};
static const struct db_stmt update_stmt = {
	"mps.device.update",
	"UPDATE devices SET hostname = :hostname, tags = :tags, mpsusername = :user,"
	" friendlyname = :friendly, dnssuffix = :suffix, deviceinfo = :info WHERE guid = :guid",
	"UPDATE devices SET hostname = :hostname,"
	" tags = ARRAY(SELECT json_array_elements_text(CAST(:tags AS json))), mpsusername = :user,"
	" friendlyname = :friendly, dnssuffix = :suffix, deviceinfo = CAST(:info AS json)"
	" WHERE guid = CAST(:guid AS uuid)",
};
static const struct db_stmt delete_stmt = {
	"mps.device.delete",
	"DELETE FROM devices WHERE guid = :guid AND tenantid = COALESCE(:tenant, tenantid)",
	"DELETE FROM devices WHERE guid = CAST(:guid AS uuid)"
	" AND tenantid = COALESCE(:tenant, tenantid)",
};
static const struct db_stmt counts_stmt = {
	"mps.device.counts",
	"SELECT COALESCE(sum(total), 0), COALESCE(sum(connected), 0) FROM device_counts"
	" WHERE tenantid = :tenant",
};
static const struct db_stmt counts_all_stmt = {
	"mps.device.counts_all",
	"SELECT COALESCE(sum(total), 0), COALESCE(sum(connected), 0) FROM device_counts",
};
static const struct db_stmt tags_stmt = {
	"mps.device.tags",
	"SELECT DISTINCT tag FROM device_tags WHERE tenantid = :tenant ORDER BY tag",
	"SELECT DISTINCT unnest(tags) AS tag FROM devices WHERE tenantid = :tenant ORDER BY tag",
};
static const struct db_stmt tags_all_stmt = {
	"mps.device.tags_all",
	"SELECT DISTINCT tag FROM device_tags ORDER BY tag",
	"SELECT DISTINCT unnest(tags) AS tag FROM devices ORDER BY tag",
};
/* clang-format on */

struct mps_device mps_store_row(const struct db_rows *r, size_t row)
{
	bool times = r->n_cols > 10;

	return (struct mps_device){
		.guid = db_text(r, row, 0),
		.hostname = db_text(r, row, 1),
		.tags = db_text(r, row, 2),
		.mps_instance = db_text(r, row, 3),
		.connected = db_bool(r, row, 4),
		.mps_username = db_text(r, row, 5),
		.tenant = db_text(r, row, 6),
		.friendly_name = db_text(r, row, 7),
		.dns_suffix = db_text(r, row, 8),
		.device_info = db_text(r, row, 9),
		.last_connected = times ? db_time(r, row, 10) : -1,
		.last_seen = times ? db_time(r, row, 11) : -1,
		.last_disconnected = times ? db_time(r, row, 12) : -1,
	};
}

bool mps_store_guid(const char *guid, char out[UUID_TEXT_SIZE])
{
	return uuid_lower(guid, out);
}

static struct err *no_device(const char *guid)
{
	return err_new(ERR_NOT_FOUND, "device %s is not known", guid);
}

struct err *mps_device_get(struct db *d, const char *guid, const char *tenant,
			   struct arena *a, struct deadline until, struct mps_device *out)
{
	char lower[UUID_TEXT_SIZE];
	struct db_rows *r;

	if (!mps_store_guid(guid, lower))
		return no_device(guid);
	struct db_param p[] = {P_TEXT("guid", lower)};
	TRY(db_query(d, &get_stmt, p, ARRAY_LEN(p), a, until, &r));
	if (r->n == 0)
		return no_device(guid);
	*out = mps_store_row(r, 0);
	if (tenant != MPS_ANY_TENANT && strcmp(out->tenant, tenant) != 0)
		return no_device(guid);
	return NULL;
}

struct upsert {
	const char *guid, *tenant;
	bool create;
	mps_device_merge_fn *merge;
	void *arg;
	struct arena *arena;
	struct mps_device row;
	bool exists, foreign;
};

static struct err *upsert_write(struct db_tx *tx, struct upsert *u)
{
	const struct mps_device *row = &u->row;
	struct db_param p[] = {
		P_TEXT("guid", u->guid),
		P_TEXT("hostname", row->hostname),
		P_JSON("tags", row->tags != NULL ? row->tags : "[]"),
		P_TEXT("user", row->mps_username),
		P_TEXT("friendly", row->friendly_name),
		P_TEXT("suffix", row->dns_suffix),
		P_JSON("info", row->device_info),
		P_TEXT("tenant", row->tenant),
	};

	/* The tenant comes last: an update must not name it. */
	if (u->exists)
		return db_tx_exec(tx, &update_stmt, p, ARRAY_LEN(p) - 1, NULL);
	return db_tx_exec(tx, &insert_stmt, p, ARRAY_LEN(p), NULL);
}

static struct err *upsert_tx(struct db_tx *tx, void *arg)
{
	struct upsert *u = arg;
	struct db_param p[] = {P_TEXT("guid", u->guid)};
	struct db_rows *r;

	TRY(db_tx_query(tx, &lock_stmt, p, ARRAY_LEN(p), u->arena, &r));
	u->exists = r->n > 0;
	if (u->exists) {
		u->row = mps_store_row(r, 0);
		u->foreign = u->tenant != MPS_ANY_TENANT &&
			     strcmp(u->row.tenant, u->tenant) != 0;
	} else {
		u->row = (struct mps_device){
			.guid = u->guid,
			.tenant = u->tenant != MPS_ANY_TENANT ? u->tenant : "",
			.tags = "[]",
			.last_connected = -1,
			.last_seen = -1,
			.last_disconnected = -1,
		};
	}
	if (!u->create && (!u->exists || u->foreign))
		return no_device(u->guid);
	if (u->foreign)
		return err_new(ERR_CONFLICT, "device %s exists already", u->guid);
	TRY(u->merge(&u->row, u->exists, u->arena, u->arg));
	return upsert_write(tx, u);
}

struct err *mps_device_upsert(struct db *d, const char *guid, const char *tenant,
			      bool create, mps_device_merge_fn *merge, void *arg,
			      struct arena *a, struct deadline until,
			      struct mps_device *out, bool *created)
{
	char *lower = arena_alloc(a, UUID_TEXT_SIZE);
	struct upsert u = {
		.guid = lower,
		.tenant = tenant,
		.create = create,
		.merge = merge,
		.arg = arg,
		.arena = a,
	};

	if (!mps_store_guid(guid, lower))
		return create ? err_new(ERR_INVALID, "%s is not a GUID", guid)
			      : no_device(guid);
	for (unsigned i = 1;; i++) {
		struct err *e = db_transaction(d, upsert_tx, &u, until);
		/* Somebody else inserted it between our look and our write: it is there
		 * now. */
		if (err_is(e, ERR_CONFLICT) && !u.foreign && i < CREATE_TRIES) {
			err_free(e);
			continue;
		}
		TRY(e);
		break;
	}
	*out = u.row;
	*created = !u.exists;
	return NULL;
}

struct err *mps_device_delete(struct db *d, const char *guid, const char *tenant,
			      struct deadline until)
{
	char lower[UUID_TEXT_SIZE];
	int64_t changed;

	if (!mps_store_guid(guid, lower))
		return no_device(guid);
	struct db_param p[] = {P_TEXT("guid", lower), P_TEXT("tenant", tenant)};
	TRY(db_exec(d, &delete_stmt, p, ARRAY_LEN(p), until, &changed));
	return changed > 0 ? NULL : no_device(guid);
}

struct err *mps_device_stats(struct db *d, const char *tenant, struct arena *a,
			     struct deadline until, int64_t *total, int64_t *connected)
{
	struct db_param p[] = {P_TEXT("tenant", tenant)};
	struct db_rows *r;

	if (tenant == MPS_ANY_TENANT)
		TRY(db_query(d, &counts_all_stmt, NULL, 0, a, until, &r));
	else
		TRY(db_query(d, &counts_stmt, p, ARRAY_LEN(p), a, until, &r));
	*total = db_int(r, 0, 0);
	*connected = db_int(r, 0, 1);
	return NULL;
}

struct err *mps_device_tags(struct db *d, const char *tenant, struct arena *a,
			    struct deadline until, const char ***out, size_t *n)
{
	struct db_param p[] = {P_TEXT("tenant", tenant)};
	struct db_rows *r;

	if (tenant == MPS_ANY_TENANT)
		TRY(db_query(d, &tags_all_stmt, NULL, 0, a, until, &r));
	else
		TRY(db_query(d, &tags_stmt, p, ARRAY_LEN(p), a, until, &r));
	*out = arena_alloc(a, r->n * sizeof(**out));
	*n = 0;
	for (size_t i = 0; i < r->n; i++) {
		const char *tag = db_text(r, i, 0);
		if (tag != NULL) /* upstream's array may hold NULL */
			(*out)[(*n)++] = tag;
	}
	return NULL;
}
