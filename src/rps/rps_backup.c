/* SPDX-License-Identifier: Apache-2.0
 * The document: {"version":1,"rows":{<table>:[{"tenant","values","secret","tls"}]},
 * "devices":[{"guid","secret","tenant","profile","activatedAt","passwordSetAt",
 * "passwordGenerated"}]}.
 */
#include <rps/rps_backup_priv.h>

#include <base/json.h>
#include <rps/rps_store_priv.h>

#define VERSION 1
#define ALL INT32_MAX

/* ---- writing ---- */

/* A secret that is not there is null. */
static struct err *or_null(struct err *take_e, json_t **v)
{
	if (!err_is(take_e, ERR_NOT_FOUND))
		return take_e;
	err_free(take_e);
	*v = json_null();
	return NULL;
}

static struct err *row_json(struct rps_store *s, const struct rps_row *w, struct arena *a,
			    struct deadline until, json_t **out)
{
	json_t *secret = json_null(), *tls = json_null();

	if (w->noun->secret_dir != NULL)
		TRY(or_null(rps_secret_read(s, w, a, until, &secret), &secret));
	if (w->noun == &rps_profiles) {
		struct err *e =
			or_null(rps_secret_read_in(s, w, "TLS", a, until, &tls), &tls);
		if (e != NULL) {
			json_wipe(secret);
			return e;
		}
	}
	json_t *values = rps_row_values(w, a);
	json_object_del(values, "tenantId");
	json_object_del(values, "version");
	*out = json_pack("{s:s, s:o, s:o, s:o}", "tenant", rps_row_tenant(w), "values",
			 values, "secret", secret, "tls", tls);
	return NULL;
}

static struct err *tenant_rows(struct rps_store *s, const struct rps_noun *noun,
			       const char *tenant, struct arena *a, struct deadline until,
			       json_t *rows)
{
	struct db_rows *r;
	json_t *row;

	TRY(rps_row_list(s, noun, tenant, ALL, 0, a, until, &r, NULL));
	for (size_t i = 0; i < r->n; i++) {
		TRY(row_json(s, &(struct rps_row){noun, r, i}, a, until, &row));
		json_array_append_new(rows, row);
	}
	return NULL;
}

static struct err *noun_rows(struct rps_store *s, const struct rps_noun *noun,
			     struct arena *a, struct deadline until, json_t *rows)
{
	struct db_rows *r;

	TRY(db_query(s->db, rps_stmt(noun, RPS_STMT_TENANTS), NULL, 0, a, until, &r));
	for (size_t i = 0; i < r->n; i++)
		TRY(tenant_rows(s, noun, db_text(r, i, 0), a, until, rows));
	return NULL;
}

static struct err *device_json(struct rps_store *s, const char *guid, struct arena *a,
			       struct deadline until, json_t **out)
{
	struct rps_device d = {0};
	json_t *secret;

	TRY(secrets_get(s->secrets, arena_printf(a, "devices/%s", guid), until, &secret));
	*out = json_pack("{s:s, s:o}", "guid", guid, "secret", secret);
	struct err *e = rps_device_get(s, NULL, guid, a, until, &d);
	if (err_is(e, ERR_NOT_FOUND) || err_is(e, ERR_INVALID)) {
		err_free(e);
		return NULL;
	}
	if (e != NULL) {
		json_wipe(*out);
		return e;
	}
	json_object_set_new(*out, "tenant", json_string(d.tenant));
	json_object_set_new(*out, "profile",
			    d.profile != NULL ? json_string(d.profile) : json_null());
	json_object_set_new(*out, "activatedAt", json_integer(d.activated_at));
	json_object_set_new(*out, "passwordSetAt", json_integer(d.password_set_at));
	json_object_set_new(*out, "passwordGenerated",
			    json_boolean(d.password_generated));
	return NULL;
}

static struct err *devices(struct rps_store *s, struct arena *a, struct deadline until,
			   json_t *out)
{
	const char **names;
	json_t *device;
	size_t n;

	TRY(secrets_list(s->secrets, "devices/", a, until, &names, &n));
	for (size_t i = 0; i < n; i++) {
		if (strchr(names[i], '/') != NULL)
			continue;
		TRY(device_json(s, names[i], a, until, &device));
		json_array_append_new(out, device);
	}
	return NULL;
}

static struct err *document(struct rps_store *s, struct arena *a, struct deadline until,
			    json_t *doc, unsigned *n)
{
	json_t *rows = json_object(), *list = json_array();

	json_object_set_new(doc, "version", json_integer(VERSION));
	json_object_set_new(doc, "rows", rows);
	json_object_set_new(doc, "devices", list);
	*n = 0;
	for (size_t i = 0; i < ARRAY_LEN(rps_nouns); i++) {
		json_t *v = json_array();

		json_object_set_new(rows, rps_nouns[i]->table, v);
		TRY(noun_rows(s, rps_nouns[i], a, until, v));
		*n += (unsigned)json_array_size(v);
	}
	TRY(devices(s, a, until, list));
	*n += (unsigned)json_array_size(list);
	return NULL;
}

struct err *rps_backup_write(struct rps_store *s, struct str passphrase,
			     struct deadline until, struct buf *out, unsigned *n)
{
	_cleanup_(buf_fini_wipe) struct buf plain = {0};
	json_auto_t *doc = json_object();
	struct arena a = {0};

	/* No clear secret may go along as the value of a column. */
	TRY(rps_adopt(s, until));
	struct err *e = document(s, &a, until, doc, n);
	if (e == NULL) {
		size_t size = json_dumpb(doc, NULL, 0, JSON_COMPACT);

		plain.len =
			json_dumpb(doc, buf_reserve(&plain, size), size, JSON_COMPACT);
		e = rps_backup_seal(passphrase, buf_str(&plain), until, out);
	}
	arena_fini(&a);
	return e;
}

/* ---- reading ---- */

static struct rps_link *links_of(const json_t *values, const char *key,
				 const char *name_key, struct arena *a, size_t *n)
{
	const json_t *v = json_object_get(values, key);
	struct rps_link *out = arena_alloc(a, json_array_size(v) * sizeof(*out));

	*n = 0;
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *e = json_array_get(v, i);
		const char *name = json_string_value(json_object_get(e, name_key));

		if (name != NULL)
			out[(*n)++] = (struct rps_link){
				name,
				(int)json_integer_value(json_object_get(e, "priority"))};
	}
	return out;
}

/* Null is the same as absent. */
static bool same(const json_t *a, const json_t *b)
{
	bool no_a = a == NULL || json_is_null(a), no_b = b == NULL || json_is_null(b);

	return no_a || no_b ? no_a && no_b : json_equal(a, b);
}

static struct err *is_unchanged(struct rps_store *s, const struct rps_row *w,
				const json_t *entry, struct arena *a,
				struct deadline until, bool *out)
{
	json_t *now;

	TRY(row_json(s, w, a, until, &now));
	*out = same(json_object_get(now, "values"), json_object_get(entry, "values")) &&
	       same(json_object_get(now, "secret"), json_object_get(entry, "secret")) &&
	       same(json_object_get(now, "tls"), json_object_get(entry, "tls"));
	json_wipe(now);
	return NULL;
}

static json_t *object_or_null(const json_t *entry, const char *key)
{
	json_t *v = json_object_get(entry, key);

	return json_is_object(v) ? v : NULL;
}

static struct err *update_row(struct rps_store *s, const struct rps_change *c,
			      const struct rps_row *old, struct arena *a,
			      struct deadline until)
{
	struct rps_row row;
	bool stale = false;

	TRY(rps_update(s, c, old, a, until, &row, &stale));
	return stale ? err_new(ERR_CONFLICT, "it was changed meanwhile; import again")
		     : NULL;
}

static struct err *import_row(struct rps_store *s, const struct rps_noun *noun,
			      const json_t *entry, struct arena *a, struct deadline until,
			      struct rps_backup_counts *counts)
{
	const json_t *values = json_object_get(entry, "values");
	const char *name = json_string_value(json_object_get(values, noun->name_key));
	struct rps_change c = {
		.noun = noun,
		.tenant = json_string_value(json_object_get(entry, "tenant")),
		.values = values,
		.secret =
			noun->secret_dir != NULL ? object_or_null(entry, "secret") : NULL,
		.extra_secret =
			noun == &rps_profiles ? object_or_null(entry, "tls") : NULL,
	};
	struct rps_row row;
	bool unchanged;

	if (name == NULL || c.tenant == NULL)
		return err_new(ERR_INVALID, "an entry of %s has no name or tenant",
			       noun->table);
	c.drop_secret = noun->secret_dir != NULL && c.secret == NULL;
	if (c.extra_secret != NULL)
		c.extra_path = rps_secret_path(a, c.tenant, "TLS", name);
	c.wifi = links_of(values, "wifiConfigs", "profileName", a, &c.n_wifi);
	c.proxies = links_of(values, "proxyConfigs", "name", a, &c.n_proxies);
	struct err *e = rps_row_get(s, noun, c.tenant, name, a, until, &row);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		TRY(rps_create(s, &c, a, until, &row));
		counts->created++;
		return NULL;
	}
	TRY(e);
	TRY(is_unchanged(s, &row, entry, a, until, &unchanged));
	if (unchanged) {
		counts->unchanged++;
		return NULL;
	}
	TRY(update_row(s, &c, &row, a, until));
	counts->updated++;
	return NULL;
}

static struct err *is_noted(struct rps_store *s, const char *guid, struct arena *a,
			    struct deadline until, bool *noted)
{
	struct rps_device d;
	struct err *e = rps_device_get(s, NULL, guid, a, until, &d);

	*noted = e == NULL;
	if (!err_is(e, ERR_NOT_FOUND) && !err_is(e, ERR_INVALID))
		return e;
	err_free(e);
	return NULL;
}

static struct err *import_device(struct rps_store *s, const json_t *entry,
				 struct arena *a, struct deadline until,
				 struct rps_backup_counts *counts)
{
	struct rps_device d = {
		.guid = json_string_value(json_object_get(entry, "guid")),
		.tenant = json_string_value(json_object_get(entry, "tenant")),
		.profile = json_string_value(json_object_get(entry, "profile")),
		.activated_at = json_integer_value(json_object_get(entry, "activatedAt")),
		.password_set_at =
			json_integer_value(json_object_get(entry, "passwordSetAt")),
		.password_generated =
			json_is_true(json_object_get(entry, "passwordGenerated")),
	};
	json_t *secret = object_or_null(entry, "secret"), *there = NULL;
	bool noted = false;

	if (d.guid == NULL || secret == NULL)
		return err_new(ERR_INVALID, "a device has no GUID or secret");
	const char *path = arena_printf(a, "devices/%s", d.guid);
	struct err *e = secrets_get(s->secrets, path, until, &there);
	json_wipe(there);
	if (e == NULL) {
		/* What is noted of it is newer, too. */
		counts->unchanged++;
		TRY(is_noted(s, d.guid, a, until, &noted));
	}
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		e = secrets_put(s->secrets, path, secret, until);
		if (e == NULL)
			counts->created++;
	}
	TRY(e);
	return d.tenant != NULL && !noted ? rps_device_put(s, &d, until) : NULL;
}

static struct err *import_noun(struct rps_store *s, const struct rps_noun *noun,
			       const json_t *doc, struct deadline until,
			       struct rps_backup_counts *counts)
{
	const json_t *rows = json_object_get(json_object_get(doc, "rows"), noun->table);

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *entry = json_array_get(rows, i);
		struct arena a = {0};
		struct err *e = import_row(s, noun, entry, &a, until, counts);

		arena_fini(&a);
		if (e != NULL)
			return err_wrap(e, "%s %s", noun->table,
					json_string_value(json_object_get(
						json_object_get(entry, "values"),
						noun->name_key)));
	}
	return NULL;
}

static struct err *import_all(struct rps_store *s, const json_t *doc,
			      struct deadline until, struct rps_backup_counts *counts)
{
	const json_t *list = json_object_get(doc, "devices");

	if (json_integer_value(json_object_get(doc, "version")) != VERSION)
		return err_new(ERR_INVALID, "the file is of a newer version; import it "
					    "with the program that made it");
	for (size_t i = 0; i < ARRAY_LEN(rps_nouns); i++)
		TRY(import_noun(s, rps_nouns[i], doc, until, counts));
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct arena a = {0};
		struct err *e =
			import_device(s, json_array_get(list, i), &a, until, counts);

		arena_fini(&a);
		TRY(e);
	}
	return NULL;
}

struct err *rps_backup_read(struct rps_store *s, struct str passphrase, struct str file,
			    struct deadline until, struct rps_backup_counts *counts)
{
	_cleanup_(buf_fini_wipe) struct buf plain = {0};

	*counts = (struct rps_backup_counts){0};
	TRY(rps_backup_open(passphrase, file, until, &plain));
	json_auto_t *doc = json_read(buf_str(&plain), 0, NULL);
	if (!json_is_object(doc))
		return err_new(ERR_INVALID, "the file holds no document");
	return import_all(s, doc, until, counts);
}
