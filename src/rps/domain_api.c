/* SPDX-License-Identifier: Apache-2.0
 * Domains: a DNS suffix and the certificate that may provision devices in it
 * (rps.md 2.5).
 *
 * A new domain's file is checked against all that AMT asks of it. A change is checked for
 * what is needed to use it: the password opens the file, and the key is the leaf's. So a
 * new password alone is compared with the stored file, which stays.
 */
#include <rps/rps_api_priv.h>

#include <rps/rps_pfx.h>

static const char *const keys[] = {"domainSuffix", "provisioningCertStorageFormat", NULL};

static void check_common(struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "profileName");

	rps_filled(&f, "AMT Domain profile name is required");
	rps_made_of(&f, "_-",
		    "AMT Domain profile name accepts letters, numbers, hyphens (-), and "
		    "underscores (_)");
	f = rps_field(c, "domainSuffix");
	rps_string(&f);
	f = rps_field_secret(c, "provisioningCert");
	rps_string(&f);
	f = rps_field_secret(c, "provisioningCertPassword");
	rps_string(&f);
	if (!update)
		rps_filled(&f, "Provisioning Cert Password is required");
	if (f.v != NULL)
		rps_length(&f, 0, 64,
			   "Password should not exceed 64 characters in length");
}

static void check_format(struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "provisioningCertStorageFormat");

	if (!update)
		rps_filled(&f, "Provisioning Cert Storage Format is required");
	rps_one_of(&f, "raw|string",
		   update ? "Provisioning Cert Storage Format is either \"raw\" or "
			    "\"string\""
			  : "Provisioning Cert Storage Format should be either 'raw' or "
			    "'string'");
}

/* What is wrong with the file becomes a failure of its field. */
static struct err *check_file(struct http_req *req, struct rps_check *c,
			      const char *password, const char *suffix, bool whole,
			      int64_t *expires)
{
	struct rps_field f = rps_field_secret(c, "provisioningCert");
	struct rps_pfx pfx;
	struct err *e = rps_pfx_read(str_of(json_string_value(f.v)), str_of(password),
				     suffix, whole, req->until, &pfx);

	if (e == NULL) {
		*expires = pfx.expires;
		rps_pfx_fini(&pfx);
	}
	if (!err_is(e, ERR_INVALID))
		return e;
	rps_fail(&f, "%s", e->msg);
	err_free(e);
	return NULL;
}

static bool filled(const json_t *body, const char *key)
{
	const char *s = rps_text(body, key);

	return s != NULL && *s != '\0';
}

static void set_placeholders(json_t *values)
{
	json_object_set_new(values, "provisioning_cert", json_string("CERT"));
	json_object_set_new(values, "provisioning_cert_key",
			    json_string("CERT_PASSWORD"));
}

static void set_expiry(json_t *values, int64_t expires)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(expires, iso);
	json_object_set_new(values, "expirationDate", json_string(iso));
}

static struct err *check_create(struct http_req *req, struct rps_check *c)
{
	json_t *body = c->fields;
	int64_t expires = -1;

	check_common(c, false);
	struct rps_field f = rps_field(c, "domainSuffix");
	rps_filled(&f, "Domain suffix name is required");
	f = rps_field_secret(c, "provisioningCert");
	rps_filled(&f, "Provisioning certificate is required");
	if (filled(body, "provisioningCert") && filled(body, "provisioningCertPassword"))
		TRY(check_file(req, c, rps_text(body, "provisioningCertPassword"),
			       rps_text(body, "domainSuffix"), true, &expires));
	check_format(c, false);
	if (expires >= 0)
		set_expiry(body, expires);
	return NULL;
}

static struct err *check(struct http_req *req, struct rps_check *c, bool update)
{
	if (!update)
		return check_create(req, c);
	check_common(c, true);
	check_format(c, true);
	return NULL;
}

struct err *rps_domain_create(struct http_req *req, struct http_res *res)
{
	json_auto_t *body = NULL;
	bool answered;

	TRY(rps_begin_create(req, res, check, &body, &answered));
	if (answered)
		return NULL;
	json_auto_t *secret =
		json_pack("{s:s, s:s}", "CERT", rps_text(body, "provisioningCert"),
			  "CERT_PASSWORD", rps_text(body, "provisioningCertPassword"));
	set_placeholders(body);
	struct rps_change change = rps_change_of(req, body);
	change.secret = secret;
	return rps_finish_create(req, res, &change);
}

/* The file and its password as they will be: what is new over what is stored. */
static struct err *next_secret(struct http_req *req, const struct rps_row *old,
			       const json_t *body, json_t **out)
{
	json_t *stored = NULL;
	struct err *e =
		rps_secret_read(rps_of(req)->store, old, req->arena, req->until, &stored);

	if (err_is(e, ERR_NOT_FOUND) && filled(body, "provisioningCert")) {
		err_free(e);
		stored = json_object();
		e = NULL;
	}
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		e = err_new(ERR_INVALID,
			    "the stored certificate of domain %s is missing; send it "
			    "again with its password",
			    rps_row_name(old));
	}
	TRY(e);
	if (filled(body, "provisioningCert"))
		json_object_set(stored, "CERT",
				json_object_get(body, "provisioningCert"));
	if (filled(body, "provisioningCertPassword"))
		json_object_set(stored, "CERT_PASSWORD",
				json_object_get(body, "provisioningCertPassword"));
	*out = stored;
	return NULL;
}

/* ERR_INVALID says what is wrong with the pair. */
static struct err *check_pair(struct http_req *req, const json_t *secret,
			      int64_t *expires)
{
	const char *file = rps_text(secret, "CERT");
	const char *password = rps_text(secret, "CERT_PASSWORD");
	struct rps_pfx pfx;

	TRY(rps_pfx_read(str_of(file != NULL ? file : ""),
			 str_of(password != NULL ? password : ""), NULL, false,
			 req->until, &pfx));
	*expires = pfx.expires;
	rps_pfx_fini(&pfx);
	return NULL;
}

static struct err *update_secret(struct http_req *req, const struct rps_row *old,
				 const json_t *body, json_t *values, json_t **secret)
{
	int64_t expires;

	if (!filled(body, "provisioningCert") &&
	    !filled(body, "provisioningCertPassword"))
		return NULL;
	TRY(next_secret(req, old, body, secret));
	TRY(check_pair(req, *secret, &expires));
	set_expiry(values, expires);
	return NULL;
}

struct err *rps_domain_update(struct http_req *req, struct http_res *res)
{
	_cleanup_(rps_updating_fini) struct rps_updating u = {0};
	json_auto_t *secret = NULL;
	bool answered;

	TRY(rps_begin_update(req, res, check, &u, &answered));
	if (answered)
		return NULL;
	rps_merge(u.values, u.body, keys);
	set_placeholders(u.values);
	struct err *e = update_secret(req, &u.old, u.body, u.values, &secret);
	if (err_is(e, ERR_INVALID)) {
		rps_answer(res, 400, "Error", e->msg);
		err_free(e);
		return NULL;
	}
	TRY(e);
	struct rps_change change = rps_change_of(req, u.values);
	change.secret = secret;
	return rps_finish_update(req, res, &change, &u.old);
}
