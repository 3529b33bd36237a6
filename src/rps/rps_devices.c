/* SPDX-License-Identifier: Apache-2.0
 * Devices that were activated here, and their secrets, which the MPS reads.
 */
#include <rps/rps_store_priv.h>

#include <base/encode.h>
#include <ctype.h>

static struct err *guid_lower(const char *guid, char out[UUID_TEXT_SIZE])
{
	if (!uuid_valid(str_of(guid)))
		return err_new(ERR_INVALID, "%s is not a GUID", guid);
	for (size_t i = 0; i < UUID_TEXT_SIZE; i++)
		out[i] = (char)tolower((unsigned char)guid[i]);
	return NULL;
}

/* ---- secrets ---- */

/* Ours beside upstream's keys; the MPS looks at neither. */
#define KEY_NEXT_AMT "NEXT_AMT_PASSWORD"
#define KEY_NEXT_MEBX "NEXT_MEBX_PASSWORD"

static const char *device_path(char buf[64], const char guid[UUID_TEXT_SIZE])
{
	snprintf(buf, 64, "devices/%s", guid);
	return buf;
}

struct err *rps_device_secrets_get(struct rps_store *s, const char *guid, struct arena *a,
				   struct deadline until, struct rps_device_secrets *out)
{
	char lower[UUID_TEXT_SIZE], path[64];
	json_t *v;

	*out = (struct rps_device_secrets){0};
	TRY(guid_lower(guid, lower));
	TRY(secrets_get(s->secrets, device_path(path, lower), until, &v));
	rps_secret_text(v, "AMT_PASSWORD", &out->amt_password);
	rps_secret_text(v, "MEBX_PASSWORD", &out->mebx_password);
	rps_secret_text(v, "MPS_PASSWORD", &out->mps_password);
	rps_secret_text(v, KEY_NEXT_AMT, &out->next_amt_password);
	rps_secret_text(v, KEY_NEXT_MEBX, &out->next_mebx_password);
	const char *pem = json_string_value(json_object_get(v, "TLS_ISSUED_CERTIFICATE"));
	if (pem != NULL)
		out->tls_certificate = arena_strdup(a, pem);
	json_decref(v);
	return NULL;
}

void rps_device_secrets_fini(struct rps_device_secrets *v)
{
	secret_fini(&v->amt_password);
	secret_fini(&v->mebx_password);
	secret_fini(&v->mps_password);
	secret_fini(&v->next_amt_password);
	secret_fini(&v->next_mebx_password);
}

static void set_secret(json_t *v, const char *key, const struct secret *s)
{
	if (s->p != NULL)
		json_object_set_new(v, key, json_stringn(s->p, s->n));
}

static void put_members(json_t *v, const void *arg)
{
	const struct rps_device_secrets *d = arg;

	set_secret(v, "AMT_PASSWORD", &d->amt_password);
	set_secret(v, "MEBX_PASSWORD", &d->mebx_password);
	set_secret(v, "MPS_PASSWORD", &d->mps_password);
	set_secret(v, KEY_NEXT_AMT, &d->next_amt_password);
	set_secret(v, KEY_NEXT_MEBX, &d->next_mebx_password);
	if (d->tls_certificate != NULL)
		json_object_set_new(v, "TLS_ISSUED_CERTIFICATE",
				    json_string(d->tls_certificate));
	json_object_del(v, "version"); /* of a read that upstream wrote back */
}

static void settle_one(json_t *v, const char *next, const char *key, bool keep)
{
	json_t *new = json_object_get(v, next);

	if (new == NULL)
		return;
	if (keep)
		json_object_set(v, key, new);
	json_object_del(v, next);
}

static void settle_members(json_t *v, const void *arg)
{
	const bool *keep = arg;

	settle_one(v, KEY_NEXT_AMT, "AMT_PASSWORD", *keep);
	settle_one(v, KEY_NEXT_MEBX, "MEBX_PASSWORD", *keep);
}

/* Read, change, write, one at a time per device. */
static struct err *change_device(struct rps_store *s, const char *guid, bool create,
				 void (*change)(json_t *v, const void *arg),
				 const void *arg, struct deadline until)
{
	char lower[UUID_TEXT_SIZE], path[64];
	struct rps_lock l;
	json_t *v = NULL;

	TRY(guid_lower(guid, lower));
	TRY(rps_lock(s, &l, device_path(path, lower), until));
	struct err *e = secrets_get(s->secrets, path, until, &v);
	if (err_is(e, ERR_NOT_FOUND) && create) {
		err_free(e);
		e = NULL;
		v = json_object();
	}
	if (e == NULL) {
		change(v, arg);
		e = secrets_put(s->secrets, path, v, until);
	}
	json_decref(v);
	rps_unlock(s, &l);
	return e;
}

struct err *rps_device_secrets_put(struct rps_store *s, const char *guid,
				   const struct rps_device_secrets *v,
				   struct deadline until)
{
	return change_device(s, guid, true, put_members, v, until);
}

struct err *rps_device_secrets_settle(struct rps_store *s, const char *guid, bool keep,
				      struct deadline until)
{
	return change_device(s, guid, false, settle_members, &keep, until);
}

struct err *rps_device_secrets_delete(struct rps_store *s, const char *guid,
				      struct deadline until)
{
	char lower[UUID_TEXT_SIZE], path[64];
	struct rps_lock l;

	TRY(guid_lower(guid, lower));
	TRY(rps_lock(s, &l, device_path(path, lower), until));
	struct err *e = secrets_delete(s->secrets, path, until);
	rps_unlock(s, &l);
	return e;
}

/* ---- records ---- */

/* clang-format off */
#define COLUMNS "guid, tenant_id, profile_name, activated_at, password_set_at"
static const struct db_stmt put_stmt = {
	"rps.device.put",
	"INSERT INTO rps_devices(" COLUMNS ") VALUES(:guid, :tenant, :profile, :activated, :set)"
	" ON CONFLICT(guid) DO UPDATE SET profile_name = excluded.profile_name,"
	" activated_at = excluded.activated_at, password_set_at = excluded.password_set_at"
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
static const struct db_stmt due_stmt = {
	"rps.device.due",
	"SELECT " COLUMNS " FROM rps_devices WHERE password_set_at < :before"
	" ORDER BY password_set_at, guid LIMIT :max",
	NULL};
/* clang-format on */

static struct rps_device device_of(const struct db_rows *r, size_t i)
{
	return (struct rps_device){
		.guid = db_text(r, i, 0),
		.tenant = db_text(r, i, 1),
		.profile = db_text(r, i, 2),
		.activated_at = db_time(r, i, 3),
		.password_set_at = db_time(r, i, 4),
	};
}

struct err *rps_device_put(struct rps_store *s, const struct rps_device *d,
			   struct deadline until)
{
	char lower[UUID_TEXT_SIZE];
	int64_t changed;

	TRY(guid_lower(d->guid, lower));
	struct db_param p[] = {P_TEXT("guid", lower), P_TEXT("tenant", d->tenant),
			       P_TEXT("profile", d->profile),
			       P_TIME("activated", d->activated_at),
			       P_TIME("set", d->password_set_at)};
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

struct err *rps_device_due(struct rps_store *s, int64_t set_before, size_t max,
			   struct arena *a, struct deadline until,
			   struct rps_device **out, size_t *n)
{
	struct db_param p[] = {P_TIME("before", set_before), P_INT("max", (int64_t)max)};
	struct db_rows *r;

	TRY(db_query(s->db, &due_stmt, p, ARRAY_LEN(p), a, until, &r));
	*n = r->n;
	*out = arena_alloc(a, r->n * sizeof(**out));
	for (size_t i = 0; i < r->n; i++)
		(*out)[i] = device_of(r, i);
	return NULL;
}
