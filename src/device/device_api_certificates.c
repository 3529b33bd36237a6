/* SPDX-License-Identifier: Apache-2.0
 * Routes of certificates and of TLS. mps.md 3.8; TLS: console-ui.md 1.8.
 */
#include <device/device_api_priv.h>

#include <base/encode.h>
#include <device/certificate_uses.h>
#include <device/tls.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* ---- list ---- */

/* CN of a subject as firmware writes it, else the handle. */
static struct str display_name(const struct amt_public_key_certificate *o)
{
	ptrdiff_t at = str_find(o->subject, STR("CN="));
	struct str rest, name;

	if (at < 0)
		return o->instance_id;
	rest = str_sub(o->subject, (size_t)at + 3, o->subject.n);
	str_split(&rest, ',', &name);
	return name.n > 0 ? name : o->instance_id;
}

static bool is_root(const struct amt_public_key_certificate *o)
{
	return device_true(o->trusted_root_certficate);
}

static json_t *certificate_json(const struct device_uses *u,
				const struct amt_public_key_certificate *o)
{
	json_t *profiles = json_array();
	struct str key = {0};

	for (size_t i = 0; i < u->n; i++) {
		const struct device_use *use = &u->v[i];
		if (use->certificate != o)
			continue;
		json_array_append_new(profiles,
				      use->kind == DEVICE_USE_WIRELESS
					      ? json_sprintf("%s - %s",
							     device_use_name(use->kind),
							     use->profile)
					      : json_string(device_use_name(use->kind)));
		if (use->key != NULL)
			key = use->key->instance_id;
	}
	json_t *j =
		json_pack("{s:o,s:o,s:o,s:b,s:o,s:o,s:b,s:o,s:o}", "elementName",
			  device_json_text(o->element_name), "instanceID",
			  device_json_text(o->instance_id), "x509Certificate",
			  device_json_text(o->x509_certificate), "trustedRootCertificate",
			  is_root(o), "issuer", device_json_text(o->issuer), "subject",
			  device_json_text(o->subject), "readOnlyCertificate",
			  device_true(o->read_only_certificate), "associatedProfiles",
			  profiles, "displayName", device_json_text(display_name(o)));
	if (!is_root(o) && key.n > 0)
		json_object_set_new(j, "publicKeyHandle", device_json_text(key));
	return j;
}

static json_t *key_json(const struct device_uses *u,
			const struct amt_public_private_key_pair *k)
{
	const struct amt_public_key_certificate *o = device_uses_of_key(u, k);
	json_t *j = json_pack("{s:o,s:o,s:o}", "elementName",
			      device_json_text(k->element_name), "instanceID",
			      device_json_text(k->instance_id), "derKey",
			      device_json_text(k->der_key));

	if (o != NULL)
		json_object_set_new(j, "certificateHandle",
				    device_json_text(o->instance_id));
	return j;
}

/* One per profile of a kind: its root and its own certificate together. */
static json_t *associations(const struct device_uses *u)
{
	json_t *all = json_array();

	for (size_t i = 0; i < u->n; i++) {
		const struct device_use *use = &u->v[i];
		json_t *a = NULL, *one;
		size_t k;
		json_array_foreach(all, k, one)
		{
			const char *type =
				json_string_value(json_object_get(one, "type"));
			const char *id =
				json_string_value(json_object_get(one, "profileID"));
			if (strcmp(type, device_use_name(use->kind)) == 0 &&
			    strcmp(id, use->profile) == 0)
				a = one;
		}
		if (a == NULL) {
			a = json_pack("{s:s,s:s}", "type", device_use_name(use->kind),
				      "profileID", use->profile);
			json_array_append_new(all, a);
		}
		json_object_set_new(a,
				    is_root(use->certificate) ? "rootCertificate"
							      : "clientCertificate",
				    certificate_json(u, use->certificate));
		if (use->key != NULL)
			json_object_set_new(a, "publicKey", key_json(u, use->key));
	}
	return all;
}

static struct err *list(struct device_call *c, struct http_req *req, struct http_res *res)
{
	struct device_uses u;
	json_t *certificates = json_array(), *keys = json_array();
	struct err *e = device_uses_read(c, &u);

	for (size_t i = 0; e == NULL && i < u.certificates.n; i++)
		json_array_append_new(certificates,
				      certificate_json(&u, u.certificates.v[i]));
	for (size_t i = 0; e == NULL && i < u.keys.n; i++)
		json_array_append_new(keys, key_json(&u, u.keys.v[i]));
	json_t *out =
		json_pack("{s:{s:[],s:o},s:{s:o}}", "certificates", "keyManagementItems",
			  "publicKeyCertificateItems", certificates, "publicKeys",
			  "publicPrivateKeyPairItems", keys);
	if (e != NULL) {
		json_decref(out);
		return e;
	}
	json_object_set_new(out, "profileAssociation", associations(&u));
	http_res_json(res, 200, out);
	return NULL;
}

/* ---- add ---- */

/* cert: base64 of DER or of PEM text. NULL: neither. */
static X509 *read_certificate(struct arena *a, const char *base64)
{
	size_t n;
	const uint8_t *p = base64_decode(a, str_of(base64), &n), *at = p;
	X509 *cert = p != NULL ? d2i_X509(NULL, &at, (long)n) : NULL;

	if (cert == NULL && p != NULL) {
		BIO *bio = BIO_new_mem_buf(p, (int)n);
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		BIO_free(bio);
	}
	ERR_clear_error();
	return cert;
}

/* NULL: it is one, and good today. */
static const char *certificate_fault(struct arena *a, const char *base64)
{
	X509 *cert = base64 != NULL ? read_certificate(a, base64) : NULL;
	bool expired =
		cert != NULL && X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0;
	bool none = cert == NULL;

	X509_free(cert);
	return none	 ? "Invalid certificate format (not valid DER or PEM)"
	       : expired ? "Certificate has expired"
			 : NULL;
}

/* In upstream's order: all of cert, then isTrusted. */
static bool certificate_refused(struct http_req *req, struct http_res *res,
				const json_t *body)
{
	static const struct v_rule rules[] = {
		{"cert", V_REQUIRED, {{V_FILLED, .msg = "Certificate is required"}}},
		{"isTrusted",
		 V_REQUIRED,
		 {{V_BOOLEAN, .msg = "isTrusted must be a boolean value"}}},
	};
	const json_t *cert = json_object_get(body, "cert");
	const char *fault = certificate_fault(req->arena, json_string_value(cert));
	struct v_errors errors = {0};

	v_fields(&errors, &rules[0], 1, "body", body);
	if (fault != NULL)
		v_fail(&errors, "body", "cert", cert, fault);
	v_fields(&errors, &rules[1], 1, "body", body);
	return v_answer(&errors, res);
}

static struct err *add(struct device_call *c, struct http_req *req, struct http_res *res)
{
	const json_t *body = device_body(req);
	X509 *cert = read_certificate(c->arena,
				      json_string_value(json_object_get(body, "cert")));
	uint8_t *der = NULL;
	int n = i2d_X509(cert, &der);
	struct str base64, id;

	X509_free(cert);
	if (n <= 0)
		return err_new(ERR_INTERNAL, "a certificate that was read cannot be "
					     "written");
	base64 = str_of(base64_encode(c->arena, der, (size_t)n));
	OPENSSL_free(der);
	TRY(device_flag(body, "isTrusted", false)
		    ? device_certificate_add_root(c, base64, &id)
		    : device_certificate_add(c, base64, &id));
	http_res_json(res, 200, json_pack("{s:o}", "handle", device_json_text(id)));
	return NULL;
}

/* ---- delete ---- */

static struct err *delete (struct device_call *c, struct http_req *req,
			   struct http_res *res)
{
	const char *handle = http_param(req, "instanceId");

	TRY(device_certificate_remove(c, str_of(handle)));
	http_res_json(res, 200,
		      json_pack("{s:s,s:s}", "message",
				"Certificate deleted successfully", "handle", handle));
	return NULL;
}

/* ---- TLS ---- */

static json_t *tls_json(const struct amt_tls_setting_data *s)
{
	json_t *names = json_array();

	for (size_t i = 0; i < s->trusted_cn.n; i++)
		json_array_append_new(names, device_json_text(s->trusted_cn.v[i]));
	/* Firmware up to 16.0 does not say; plain connections can be had there. */
	return json_pack("{s:o,s:o,s:b,s:b,s:o,s:b,s:b}", "ElementName",
			 device_json_text(s->element_name), "InstanceID",
			 device_json_text(s->instance_id), "MutualAuthentication",
			 device_true(s->mutual_authentication), "Enabled",
			 device_true(s->enabled), "TrustedCN", names,
			 "AcceptNonSecureConnections",
			 device_true(s->accept_non_secure_connections),
			 "NonSecureConnectionsSupported",
			 !s->non_secure_connections_supported.set ||
				 s->non_secure_connections_supported.v != 0);
}

static struct err *tls(struct device_call *c, struct http_req *req, struct http_res *res)
{
	struct device_tls t;

	TRY(device_tls_read(c, &t));
	json_t *out = json_array();
	json_array_append_new(out, tls_json(t.network));
	json_array_append_new(out, tls_json(t.local));
	http_res_json(res, 200, out);
	return NULL;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/certificates/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(list, "Exception during AMT Certificates request")},
	{"POST", "/api/v1/amt/certificates/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(add, "Exception during AMT Certificates request",
			     .check = certificate_refused)},
	{"DELETE", "/api/v1/amt/certificates/{guid}/{instanceId}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(delete, "Exception during AMT Certificates request")},
	{"GET", "/api/v1/amt/tls/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(tls, "Exception during TLS settings request")},
};
/* clang-format on */
DEVICE_ROUTES(device_certificate_routes, rows);
