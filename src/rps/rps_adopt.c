/* SPDX-License-Identifier: Apache-2.0
 * Clear secrets in columns of a database that upstream wrote (rps.md 13.3): the CIRA
 * password of a PATCH, the pass-phrase of a PATCH, the MEBx password of a CCM profile.
 */
#include <rps/rps_store_priv.h>

#include <base/json.h>
#include <base/log.h>

/* A clear secret's column, and what upstream writes there instead of one. */
static const struct clear {
	const struct rps_noun *noun;
	const char *key; /* in the secret */
	struct db_stmt find, hide;
} clears[] = {
	/* clang-format off */
	{&rps_ciraconfigs, "MPS_PASSWORD",
	 {"rps.adopt.cira", "SELECT cira_config_name, tenant_id, password FROM ciraconfigs"
	  " WHERE password IS NOT NULL AND password <> ''", NULL},
	 {"rps.adopt.cira.hide", "UPDATE ciraconfigs SET password = NULL"
	  " WHERE cira_config_name = :name AND tenant_id = :tenant AND password = :clear", NULL}},
	{&rps_wirelessconfigs, "PSK_PASSPHRASE",
	 {"rps.adopt.wifi", "SELECT wireless_profile_name, tenant_id, psk_passphrase"
	  " FROM wirelessconfigs WHERE psk_passphrase <> 'PSK_PASSPHRASE'"
	  " AND psk_passphrase <> ''", NULL},
	 {"rps.adopt.wifi.hide", "UPDATE wirelessconfigs SET psk_passphrase = 'PSK_PASSPHRASE'"
	  " WHERE wireless_profile_name = :name AND tenant_id = :tenant"
	  " AND psk_passphrase = :clear", NULL}},
	{&rps_profiles, "MEBX_PASSWORD",
	 {"rps.adopt.mebx", "SELECT profile_name, tenant_id, mebx_password FROM profiles"
	  " WHERE mebx_password <> 'MEBX_PASSWORD' AND mebx_password <> ''", NULL},
	 {"rps.adopt.mebx.hide", "UPDATE profiles SET mebx_password = NULL"
	  " WHERE profile_name = :name AND tenant_id = :tenant AND mebx_password = :clear", NULL}},
	{&rps_profiles, "AMT_PASSWORD",
	 {"rps.adopt.amt", "SELECT profile_name, tenant_id, amt_password FROM profiles"
	  " WHERE amt_password <> 'AMT_PASSWORD' AND amt_password <> ''", NULL},
	 {"rps.adopt.amt.hide", "UPDATE profiles SET amt_password = 'AMT_PASSWORD'"
	  " WHERE profile_name = :name AND tenant_id = :tenant AND amt_password = :clear", NULL}},
	/* clang-format on */
};

/* What the store has is what devices were set up with, so it wins. */
static struct err *keep_secret(struct rps_store *s, const struct clear *c,
			       const char *name, const char *tenant, const char *clear,
			       struct arena *a, struct deadline until)
{
	struct secret there = {0};
	struct rps_row row;
	json_t *v;

	TRY(rps_row_get(s, c->noun, tenant, name, a, until, &row));
	struct err *e = rps_secret_read(s, &row, a, until, &v);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		e = NULL;
		v = json_object();
	}
	TRY(e);
	bool has = rps_secret_text(v, c->key, &there);
	secret_fini(&there);
	if (!has) {
		const char *dir = c->noun->secret_dir;
		const char *where = rps_row_tag(&row) != NULL ? tenant : "";

		json_object_set_new(v, c->key, json_string(clear));
		e = secrets_put(s->secrets, rps_secret_path(a, where, dir, name), v,
				until);
	}
	json_wipe(v);
	return e;
}

static struct err *adopt_one(struct rps_store *s, const struct clear *c, struct arena *a,
			     struct deadline until)
{
	struct db_rows *r;

	TRY(db_query(s->db, &c->find, NULL, 0, a, until, &r));
	for (size_t i = 0; i < r->n; i++) {
		const char *name = db_text(r, i, 0), *tenant = db_text(r, i, 1);
		struct db_param p[] = {P_TEXT("name", name), P_TEXT("tenant", tenant),
				       P_TEXT("clear", db_text(r, i, 2))};

		TRY(keep_secret(s, c, name, tenant, db_text(r, i, 2), a, until));
		TRY(db_exec(s->db, &c->hide, p, ARRAY_LEN(p), until, NULL));
	}
	if (r->n > 0)
		log_info("clear secrets left the database",
			 F_STR("table", c->noun->table), F_STR("key", c->key),
			 F_U64("rows", r->n));
	return NULL;
}

struct err *rps_adopt(struct rps_store *s, struct deadline until)
{
	struct arena a = {0};
	struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < ARRAY_LEN(clears); i++)
		e = adopt_one(s, &clears[i], &a, until);
	arena_fini(&a);
	return e;
}
