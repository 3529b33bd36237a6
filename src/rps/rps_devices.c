/* SPDX-License-Identifier: Apache-2.0
 * Records of the devices that were activated here.
 */
#include <rps/rps_store_priv.h>

#include <base/encode.h>

static struct err *guid_lower(const char *guid, char out[UUID_TEXT_SIZE])
{
	return uuid_lower(guid, out) ? NULL
				     : err_new(ERR_INVALID, "%s is not a GUID", guid);
}

/* clang-format off */
#define COLUMNS "guid, tenant_id, profile_name, activated_at, password_set_at, password_generated"
static const struct db_stmt put_stmt = {
	"rps.device.put",
	"INSERT INTO rps_devices(" COLUMNS ") VALUES(:guid, :tenant, :profile, :activated, :set, :generated)"
	" ON CONFLICT(guid) DO UPDATE SET profile_name = excluded.profile_name,"
	" activated_at = excluded.activated_at, password_set_at = excluded.password_set_at,"
	" password_generated = excluded.password_generated, rotate_after = NULL"
	" WHERE rps_devices.tenant_id = excluded.tenant_id",
	NULL};
static const struct db_stmt get_stmt = {
	"rps.device.get",
	"SELECT " COLUMNS " FROM rps_devices WHERE guid = :guid",
	"SELECT " COLUMNS " FROM rps_devices WHERE guid = CAST(:guid AS uuid)"};
static const struct db_stmt delete_stmt = {
	"rps.device.delete",
	"DELETE FROM rps_devices WHERE guid = :guid",
	"DELETE FROM rps_devices WHERE guid = CAST(:guid AS uuid)"};
#define DUE "SELECT " COLUMNS " FROM rps_devices WHERE password_generated" \
	" AND password_set_at < :before AND (rotate_after IS NULL OR rotate_after <= :now)" \
	" ORDER BY password_set_at, guid LIMIT :max"
static const struct db_stmt due_stmt = {
	"rps.device.due", DUE, DUE " FOR UPDATE SKIP LOCKED"};
static const struct db_stmt rotate_after_stmt = {
	"rps.device.rotate_after",
	"UPDATE rps_devices SET rotate_after = :at WHERE guid = :guid",
	"UPDATE rps_devices SET rotate_after = :at WHERE guid = CAST(:guid AS uuid)"};
static const struct db_stmt password_set_stmt = {
	"rps.device.password_set",
	"UPDATE rps_devices SET password_set_at = :at, password_generated = :generated,"
	" rotate_after = NULL WHERE guid = :guid",
	"UPDATE rps_devices SET password_set_at = :at, password_generated = :generated,"
	" rotate_after = NULL WHERE guid = CAST(:guid AS uuid)"};
/* clang-format on */

static struct rps_device device_of(const struct db_rows *r, size_t i)
{
	return (struct rps_device){
		.guid = db_text(r, i, 0),
		.tenant = db_text(r, i, 1),
		.profile = db_text(r, i, 2),
		.activated_at = db_time(r, i, 3),
		.password_set_at = db_time(r, i, 4),
		.password_generated = db_bool(r, i, 5),
	};
}

struct err *rps_device_put(struct rps_store *s, const struct rps_device *d,
			   struct deadline until)
{
	char lower[UUID_TEXT_SIZE];
	int64_t changed;

	TRY(guid_lower(d->guid, lower));
	struct db_param p[] = {P_TEXT("guid", lower),
			       P_TEXT("tenant", d->tenant),
			       P_TEXT("profile", d->profile),
			       P_TIME("activated", d->activated_at),
			       P_TIME("set", d->password_set_at),
			       P_BOOL("generated", d->password_generated)};
	TRY(db_exec(s->db, &put_stmt, p, ARRAY_LEN(p), until, &changed));
	return changed > 0 ? NULL
			   : err_new(ERR_CONFLICT, "device %s belongs to another tenant",
				     lower);
}

struct err *rps_device_get(struct rps_store *s, const char *tenant, const char *guid,
			   struct arena *a, struct deadline until, struct rps_device *out)
{
	char lower[UUID_TEXT_SIZE];
	struct db_rows *r;

	TRY(guid_lower(guid, lower));
	struct db_param p[] = {P_TEXT("guid", lower)};
	TRY(db_query(s->db, &get_stmt, p, 1, a, until, &r));
	if (r->n > 0)
		*out = device_of(r, 0);
	if (r->n == 0 || (tenant != NULL && strcmp(out->tenant, tenant) != 0))
		return err_new(ERR_NOT_FOUND, "device %s was not activated here", guid);
	return NULL;
}

struct err *rps_device_delete(struct rps_store *s, const char *guid,
			      struct deadline until)
{
	char lower[UUID_TEXT_SIZE];

	TRY(guid_lower(guid, lower));
	struct db_param p[] = {P_TEXT("guid", lower)};
	return db_exec(s->db, &delete_stmt, p, 1, until, NULL);
}

/* ---- rotation ---- */

struct claim {
	int64_t set_before, now, lease_ms;
	size_t max;
	struct arena *a;
	struct db_rows *rows;
};

/* Rows that another instance is claiming are passed over. */
static struct err *claim_tx(struct db_tx *tx, void *arg)
{
	struct claim *c = arg;
	const struct db_param due[] = {P_TIME("before", c->set_before),
				       P_TIME("now", c->now),
				       P_INT("max", (int64_t)c->max)};

	TRY(db_tx_query(tx, &due_stmt, due, ARRAY_LEN(due), c->a, &c->rows));
	for (size_t i = 0; i < c->rows->n; i++) {
		const struct db_param p[] = {P_TEXT("guid", db_text(c->rows, i, 0)),
					     P_TIME("at", c->now + c->lease_ms)};
		TRY(db_tx_exec(tx, &rotate_after_stmt, p, ARRAY_LEN(p), NULL));
	}
	return NULL;
}

struct err *rps_device_claim(struct rps_store *s, int64_t set_before, int64_t lease_ms,
			     size_t max, struct arena *a, struct deadline until,
			     struct rps_device **out, size_t *n)
{
	struct claim c = {.set_before = set_before,
			  .now = clock_wall_ms(),
			  .lease_ms = lease_ms,
			  .max = max,
			  .a = a};

	TRY(db_transaction(s->db, claim_tx, &c, until));
	*n = c.rows->n;
	*out = arena_alloc(a, c.rows->n * sizeof(**out));
	for (size_t i = 0; i < c.rows->n; i++)
		(*out)[i] = device_of(c.rows, i);
	return NULL;
}

struct err *rps_device_rotate_after(struct rps_store *s, const char *guid, int64_t at,
				    struct deadline until)
{
	const struct db_param p[] = {P_TEXT("guid", guid), P_TIME("at", at)};

	return db_exec(s->db, &rotate_after_stmt, p, ARRAY_LEN(p), until, NULL);
}

struct err *rps_device_password_set(struct rps_store *s, const char *guid, bool generated,
				    struct deadline until)
{
	char lower[UUID_TEXT_SIZE];

	TRY(guid_lower(guid, lower));
	const struct db_param p[] = {P_TEXT("guid", lower), P_TIME("at", clock_wall_ms()),
				     P_BOOL("generated", generated)};
	return db_exec(s->db, &password_set_stmt, p, ARRAY_LEN(p), until, NULL);
}
