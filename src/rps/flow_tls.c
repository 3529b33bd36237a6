/* SPDX-License-Identifier: Apache-2.0
 * TLS of the device's own ports: a certificate for a key that never leaves it, signed
 * here or by an enterprise's authority. rps.md 7.13.
 */
#include <rps/flow.h>

#include <base/json.h>
#include <device/assistant.h>
#include <device/certificates.h>
#include <device/clock.h>
#include <device/tls.h>
#include <net/cert.h>
#include <rps/flow_8021x.h>

#define STORE_MS 20000

/* Who signs. */
struct authority {
	X509 *cert;
	EVP_PKEY *key;
};

static void authority_fini(struct authority *a)
{
	X509_free(a->cert);
	EVP_PKEY_free(a->key);
}

/* The first of the MPS's certificates that goes with its root key (rps.md 4). */
static void from_mps_certs(const json_t *j, struct authority *a)
{
	const json_t *web = json_object_get(j, "web_tls_config"),
		     *mps = json_object_get(j, "mps_tls_config");
	const json_t *const all[] = {
		json_object_get(web, "ca"), json_object_get(mps, "ca"),
		json_object_get(j, "root_ca"), json_object_get(j, "ca")};
	const char *key = json_string_value(json_object_get(j, "root_key"));

	a->key = key != NULL ? cert_key_from_pem(key) : NULL;
	for (size_t i = 0; a->key != NULL && i < ARRAY_LEN(all); i++) {
		const char *pem = json_string_value(all[i]);
		X509 *x = pem != NULL ? cert_from_pem(pem) : NULL;

		if (x != NULL && X509_check_private_key(x, a->key) == 1) {
			a->cert = x;
			return;
		}
		X509_free(x);
	}
}

static struct err *mps_authority(struct flow *f, struct authority *a)
{
	json_t *j = NULL;
	struct err *e = secrets_get(f->rps->secrets, "MPSCerts",
				    deadline_min(f->until, deadline_in(STORE_MS)), &j);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return NULL;
	}
	if (e != NULL)
		return err_wrap(e, "Failed to fetch MPS root key from vault");
	from_mps_certs(j, a);
	json_wipe(j);
	return NULL;
}

static void profile_authority(const struct flow *f, struct authority *a)
{
	const struct rps_setup_tls *t = &f->setup.tls;
	const uint8_t *der = (const uint8_t *)t->root_der.p;

	if (!f->setup.has_tls || t->root_key.n == 0)
		return;
	a->cert = d2i_X509(NULL, &der, (long)t->root_der.n);
	a->key = cert_key_from_pem(t->root_key.p);
}

/* The MPS's root, which whoever calls the device directly can check; else the profile's;
 * else one made for this device. */
static struct err *choose_authority(struct flow *f, struct authority *a)
{
	TRY(mps_authority(f, a));
	if (a->cert != NULL)
		return NULL;
	authority_fini(a);
	*a = (struct authority){0};
	profile_authority(f, a);
	if (a->cert != NULL && a->key != NULL)
		return NULL;
	authority_fini(a);
	*a = (struct authority){0};
	return device_tls_make_root(f->until, f->guid, &a->cert, &a->key);
}

static struct str base64_of(struct arena *arena, X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	struct str out = str_of(base64_encode(arena, der, (size_t)n));

	OPENSSL_free(der);
	return out;
}

static struct err *keep_certificate(struct flow *f, const char *pem)
{
	const struct device_secrets s = {.tls_certificate = pem};
	struct err *e =
		device_secrets_put(f->rps->secrets, f->guid, &s, deadline_in(STORE_MS));

	return e == NULL ? NULL : err_wrap(e, "Failed to save TLS certificates to vault");
}

static const char *pem_of_base64(struct arena *arena, struct str base64)
{
	size_t n;
	const uint8_t *der = base64_decode(arena, base64, &n);
	X509 *x = der != NULL ? d2i_X509(NULL, &der, (long)n) : NULL;
	const char *pem = x != NULL ? cert_pem_in(arena, x) : NULL;

	X509_free(x);
	return pem;
}

static struct err *add_root(struct flow *f, struct str base64)
{
	struct str id;
	struct err *e = device_certificate_add_root(&f->call, base64, &id);

	return e == NULL ? NULL : err_wrap(e, "Failed to add trusted root certificates");
}

static struct err *sign_here(struct flow *f, const struct authority *a)
{
	struct str name =
		f->payload.hostname.n > 0 ? f->payload.hostname : str_of(f->guid);
	const struct device_tls_issuer issuer = {a->cert, a->key};
	const struct device_tls_subject subject = {
		.name = str_of(arena_printf(f->arena, "AMT-" STR_FMT, STR_ARG(name)))};
	const char *pem = NULL;

	TRY(add_root(f, base64_of(f->arena, a->cert)));
	f->tls_root_pem = cert_pem_in(f->arena, a->cert);
	struct err *e = device_tls_self_signed(&f->call, &issuer, &subject, &pem);
	if (e != NULL)
		return err_wrap(e, "Failed to add certificate");
	return keep_certificate(f, pem);
}

/* Mutual TLS: the profile has a certificate for consoles, of its own root. */
static struct err *lets_consoles_in(struct flow *f, const struct authority *signer)
{
	int mode = f->setup.profile.tls_mode;
	_cleanup_(authority_fini) struct authority own = {0};

	if (mode != DEVICE_TLS_MUTUAL && mode != DEVICE_TLS_MUTUAL_AND_PLAIN)
		return NULL;
	profile_authority(f, &own);
	if (own.cert == NULL || X509_cmp(own.cert, signer->cert) == 0)
		return NULL;
	return add_root(f, base64_of(f->arena, own.cert));
}

/* Whoever gives no root is known by the certificate itself. */
static struct err *sign_there(struct flow *f)
{
	struct device_assistant a = flow_8021x_assistant(f);
	struct device_assistant_tls made;

	TRY(device_assistant_tls(&f->call, &a, &made));
	const char *pem = pem_of_base64(f->arena, made.certificate);
	const char *root = made.root.n > 0 ? pem_of_base64(f->arena, made.root) : NULL;
	if (root != NULL)
		TRY(add_root(f, made.root));
	f->tls_root_pem = root != NULL ? root : pem;
	return keep_certificate(f, pem);
}

static struct err *certificate(struct flow *f)
{
	_cleanup_(authority_fini) struct authority a = {0};

	if (flow_8021x_signs_tls(f))
		return sign_there(f);
	TRY(choose_authority(f, &a));
	TRY(sign_here(f, &a));
	return lets_consoles_in(f, &a);
}

static struct err *provision(struct flow *f)
{
	int mode = f->setup.profile.tls_mode;

	TRY(certificate(f));
	/* Certificates are checked against the clock; firmware of today has one. */
	err_free(device_clock_sync(&f->call));
	struct err *e = device_tls_set(&f->call,
				       mode != 0 ? (enum device_tls_mode)mode
						 : DEVICE_TLS_SERVER_AND_PLAIN,
				       NULL, 0);
	if (e != NULL)
		return err_wrap(e, "Failed to put TLS data");
	e = device_setup_commit(&f->call);
	if (e != NULL)
		return err_wrap(
			e, "Failed at setup and configuration service commit changes");
	return rpc_session_pause(f->rpc, config_int(f->rps->config, "rps.tls_wait_ms"));
}

struct err *flow_tls(struct flow *f)
{
	flow_progress(f, "Configuring TLS");
	struct err *e = provision(f);

	f->tls = e == NULL ? "Configured" : flow_error_text(f, e);
	flow_progress(f,
		      e == NULL ? "TLS configuration completed"
				: "TLS configuration failed: %s",
		      f->tls);
	return flow_note(f, FLOW_TLS, "TLS configured", e);
}
