/* SPDX-License-Identifier: Apache-2.0
 * Creating and changing profiles (rps.md 2.4).
 *
 * A change keeps what it does not name, but for the associations (CIRA, TLS, 802.1x,
 * Wi-Fi, proxies), which it replaces, as upstream's clients expect; row, associations and
 * passwords change together or not at all. Passwords are never in the database.
 */
#include <rps/profile_priv.h>

#include <net/validate_text.h>

static const char *const kept[] = {
	"activation",		"tags",
	"dhcpEnabled",		"ipSyncEnabled",
	"localWifiSyncEnabled", "uefiWifiSyncEnabled",
	"userConsent",		"iderEnabled",
	"kvmEnabled",		"solEnabled",
	"tlsSigningAuthority",	NULL,
};
static const char *const replaced[] = {"ciraConfigName", "tlsMode",
				       "ieee8021xProfileName", NULL};
static const char *const booleans[] = {
	"generateRandomPassword",
	"generateRandomMEBxPassword",
	"dhcpEnabled",
	"ipSyncEnabled",
	"localWifiSyncEnabled",
	"uefiWifiSyncEnabled",
	"iderEnabled",
	"kvmEnabled",
	"solEnabled",
	NULL,
};

/* "true" and 1 are booleans to upstream's checks; from here on they are true. */
static void normalize(json_t *body)
{
	char tmp[32];

	for (const char *const *key = booleans; *key != NULL; key++) {
		const json_t *v = json_object_get(body, *key);

		if (v == NULL || json_is_boolean(v) || json_is_null(v))
			continue;
		struct str s = v_value_text(v, tmp);
		if (v_is_boolean(s))
			json_object_set_new(body, *key,
					    json_boolean(s.p[0] == 't' || s.p[0] == '1'));
	}
}

static bool is_true(const json_t *v, const char *key)
{
	return json_is_true(json_object_get(v, key));
}

static bool is_null(const json_t *v, const char *key)
{
	const json_t *e = json_object_get(v, key);

	return e == NULL || json_is_null(e);
}

static bool is_acm(const json_t *v)
{
	const char *s = rps_text(v, "activation");

	return s != NULL && strcmp(s, "acmactivate") == 0;
}

static void set_default(json_t *values, const char *key, json_t *take_v)
{
	if (is_null(values, key))
		json_object_set_new(values, key, take_v);
	else
		json_decref(take_v);
}

/* ---- associations ---- */

static struct rps_link *links_of(const json_t *v, const char *name_key, struct arena *a,
				 size_t *n)
{
	struct rps_link *out = arena_alloc(a, json_array_size(v) * sizeof(*out));

	*n = json_array_size(v);
	for (size_t i = 0; i < *n; i++) {
		const json_t *e = json_array_get(v, i);
		out[i] = (struct rps_link){
			rps_text(e, name_key),
			(int)json_integer_value(json_object_get(e, "priority"))};
	}
	return out;
}

static void set_links(struct rps_change *c, const json_t *body, struct arena *a)
{
	const json_t *wifi = json_object_get(body, "wifiConfigs");

	if (!is_true(body, "dhcpEnabled"))
		wifi = NULL;
	c->wifi = links_of(wifi, "profileName", a, &c->n_wifi);
	c->proxies =
		links_of(json_object_get(body, "proxyConfigs"), "name", a, &c->n_proxies);
}

/* ---- TLS ---- */

static void set_authority(json_t *values)
{
	if (is_null(values, "tlsMode"))
		json_object_set_new(values, "tlsSigningAuthority", json_null());
	else
		set_default(values, "tlsSigningAuthority", json_string("SelfSigned"));
}

static bool is_self_signed(const json_t *values)
{
	const char *s = rps_text(values, "tlsSigningAuthority");

	return s != NULL && strcmp(s, "SelfSigned") == 0;
}

/* Certificates that are there stay: devices trust them. */
static struct err *need_certificates(struct http_req *req, struct rps_change *c,
				     const struct rps_row *old, json_t **made)
{
	const char *name = rps_text(c->values, "profileName");
	json_t *there = NULL;

	if (!is_self_signed(c->values))
		return NULL;
	if (old != NULL) {
		struct err *e = rps_secret_read_in(rps_of(req)->store, old, "TLS",
						   req->arena, req->until, &there);
		json_decref(there);
		if (!err_is(e, ERR_NOT_FOUND))
			return e;
		err_free(e);
	}
	TRY(rps_tls_make(name, req->arena, req->until, made));
	c->extra_secret = *made;
	c->extra_path = rps_secret_path(req->arena, c->tenant, "TLS", name);
	return NULL;
}

/* ---- passwords ---- */

/* NULL when all is generated per device. */
static json_t *secret_of(const json_t *values, const char *amt, const char *mebx)
{
	bool has_amt = !is_true(values, "generateRandomPassword") && amt != NULL;
	bool has_mebx = !is_true(values, "generateRandomMEBxPassword") && mebx != NULL;

	if (!has_amt && !has_mebx)
		return NULL;
	return json_pack("{s:s, s:s}", "AMT_PASSWORD", has_amt ? amt : "",
			 "MEBX_PASSWORD", has_mebx ? mebx : "");
}

static void set_placeholders(json_t *values)
{
	bool amt = !is_true(values, "generateRandomPassword");
	bool mebx = is_acm(values) && !is_true(values, "generateRandomMEBxPassword");

	json_object_set_new(values, "amt_password",
			    amt ? json_string("AMT_PASSWORD") : json_null());
	json_object_set_new(values, "mebx_password",
			    mebx ? json_string("MEBX_PASSWORD") : json_null());
}

/* A password that was not sent is generated if it was before. */
static void merge_random(json_t *values, const json_t *body, const char *flag,
			 const char *password)
{
	if (is_true(body, flag))
		json_object_set_new(values, flag, json_true());
	else if (!is_null(body, password))
		json_object_set_new(values, flag, json_false());
}

struct passwords {
	const char *amt, *mebx; /* borrowed from body and stored */
	json_t *stored;
};

static struct err *take_stored(const char **to, const json_t *stored, const char *key,
			       const char *profile)
{
	*to = rps_text(stored, key);
	if (*to != NULL)
		return NULL;
	return err_new(ERR_INVALID,
		       "Operation failed: stored credentials for profile %s are missing "
		       "%s; refusing to overwrite secret with placeholder",
		       profile, key);
}

/* Those that were sent, else those that are stored. ERR_INVALID with what to answer. */
static struct err *merge_passwords(struct http_req *req, const struct rps_row *old,
				   bool old_amt, bool old_mebx, const json_t *values,
				   const json_t *body, struct passwords *p)
{
	const char *name = rps_row_name(old);
	bool static_amt = !is_true(values, "generateRandomPassword");
	bool static_mebx =
		is_acm(values) && !is_true(values, "generateRandomMEBxPassword");

	p->amt = rps_text(body, "amtPassword");
	p->mebx = is_acm(values) ? rps_text(body, "mebxPassword") : NULL;
	if (static_mebx && p->mebx == NULL && !old_mebx)
		return err_new(ERR_INVALID, "MEBx password is required for acmactivate");
	bool need_amt = static_amt && p->amt == NULL && old_amt;
	bool need_mebx = static_mebx && p->mebx == NULL;
	if (!need_amt && !need_mebx)
		return NULL;
	struct err *e = rps_secret_read(rps_of(req)->store, old, req->arena, req->until,
					&p->stored);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return err_new(ERR_INVALID,
			       "Operation failed: reading stored credentials for profile "
			       "%s; refusing to overwrite secret with placeholder",
			       name);
	}
	TRY(e);
	if (need_amt)
		TRY(take_stored(&p->amt, p->stored, "AMT_PASSWORD", name));
	if (need_mebx)
		TRY(take_stored(&p->mebx, p->stored, "MEBX_PASSWORD", name));
	return NULL;
}

/* ---- handlers ---- */

/* True when the profile names a CIRA configuration that is not there; answered. */
static struct err *cira_refused(struct http_req *req, struct http_res *res,
				const json_t *values, bool *refused)
{
	const char *cira = rps_text(values, "ciraConfigName");
	bool exists = true;

	if (cira != NULL)
		TRY(rps_row_exists(req, &rps_ciraconfigs, cira, &exists));
	*refused = !exists;
	if (!exists)
		rps_answer(res, 400, "Foreign key constraint violation",
			   arena_printf(req->arena,
					"Referenced constraint %s doesn't exist", cira));
	return NULL;
}

static void set_defaults(json_t *values)
{
	set_default(values, "generateRandomPassword", json_false());
	set_default(values, "generateRandomMEBxPassword", json_false());
	set_default(values, "userConsent", json_string(is_acm(values) ? "KVM" : "All"));
	set_default(values, "kvmEnabled", json_true());
	set_default(values, "solEnabled", json_false());
	set_default(values, "iderEnabled", json_false());
	set_authority(values);
	set_placeholders(values);
}

static struct err *check(struct http_req *req, struct rps_check *c, bool update)
{
	normalize(c->fields);
	return rps_profile_check(req, c, update);
}

struct err *rps_profile_create(struct http_req *req, struct http_res *res)
{
	json_auto_t *body = NULL, *made = NULL;
	bool answered;

	TRY(rps_begin_create(req, res, check, &body, &answered));
	if (answered)
		return NULL;
	TRY(cira_refused(req, res, body, &answered));
	if (answered)
		return NULL;
	set_defaults(body);
	json_auto_t *secret = secret_of(body, rps_text(body, "amtPassword"),
					rps_text(body, "mebxPassword"));
	struct rps_change change = rps_change_of(req, body);
	change.secret = secret;
	set_links(&change, body, req->arena);
	TRY(need_certificates(req, &change, NULL, &made));
	return rps_finish_create(req, res, &change);
}

/* What the profile will be; the passwords apart. */
static void merge(json_t *values, const json_t *body)
{
	rps_merge(values, body, kept);
	for (const char *const *key = replaced; *key != NULL; key++)
		json_object_set_new(values, *key, json_null());
	rps_merge(values, body, replaced);
	merge_random(values, body, "generateRandomPassword", "amtPassword");
	merge_random(values, body, "generateRandomMEBxPassword", "mebxPassword");
	if (!is_acm(values))
		json_object_set_new(values, "generateRandomMEBxPassword", json_false());
	set_authority(values);
	set_placeholders(values);
}

static struct err *finish_update(struct http_req *req, struct http_res *res,
				 const struct rps_updating *u, json_t *secret,
				 json_t **made)
{
	struct rps_change change = rps_change_of(req, u->values);
	bool refused;

	change.secret = secret;
	change.drop_secret = secret == NULL;
	TRY(cira_refused(req, res, u->values, &refused));
	if (refused)
		return NULL;
	set_links(&change, u->body, req->arena);
	TRY(need_certificates(req, &change, &u->old, made));
	return rps_finish_update(req, res, &change, &u->old);
}

struct err *rps_profile_update(struct http_req *req, struct http_res *res)
{
	_cleanup_(rps_updating_fini) struct rps_updating u = {0};
	json_auto_t *made = NULL;
	struct passwords p = {0};
	bool answered;

	TRY(rps_begin_update(req, res, check, &u, &answered));
	if (answered)
		return NULL;
	bool old_amt = !is_true(u.values, "generateRandomPassword");
	bool old_mebx =
		is_acm(u.values) && !is_true(u.values, "generateRandomMEBxPassword");
	merge(u.values, u.body);
	struct err *e =
		merge_passwords(req, &u.old, old_amt, old_mebx, u.values, u.body, &p);
	json_auto_t *secret = secret_of(u.values, p.amt, p.mebx);
	json_decref(p.stored);
	if (err_is(e, ERR_INVALID)) {
		rps_answer(res, 400, "Error", e->msg);
		err_free(e);
		return NULL;
	}
	TRY(e);
	return finish_update(req, res, &u, secret, &made);
}
