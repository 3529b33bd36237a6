/* SPDX-License-Identifier: Apache-2.0
 * A provisioning certificate: what a public authority sells for admin control mode, from
 * an authority of the demo's own that its devices trust from the factory.
 */
#include <outband/demo.h>

#include <base/encode.h>
#include <net/cert.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <rt/offload.h>

#define VALID_DAYS 365
#define KEY_BITS 2048
/* Server authentication, and Intel's purpose "AMT provisioning". */
#define PURPOSES "serverAuth,2.16.840.1.113741.1.2.3"

/* Keys take a second: a worker makes them. */
struct job {
	struct demo *demo;
	bool ok;
};

static bool make_root(X509 *x, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(x);

	return cert_fill(x, key, VALID_DAYS) &&
	       cert_add_name(name, "CN", "Demo provisioning authority") &&
	       X509_set_issuer_name(x, name) &&
	       cert_add_ext(x, x, NID_basic_constraints, "critical,CA:TRUE") &&
	       cert_add_ext(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       X509_sign(x, key, EVP_sha256()) > 0;
}

static bool make_leaf(X509 *x, EVP_PKEY *key, X509 *root, EVP_PKEY *root_key)
{
	X509_NAME *name = X509_get_subject_name(x);

	return cert_fill(x, key, VALID_DAYS) &&
	       cert_add_name(name, "CN", "rps." DEMO_SUFFIX) &&
	       X509_set_issuer_name(x, X509_get_subject_name(root)) &&
	       cert_add_ext(x, root, NID_basic_constraints, "CA:FALSE") &&
	       cert_add_ext(x, root, NID_ext_key_usage, PURPOSES) &&
	       cert_add_ext(x, root, NID_subject_alt_name, "DNS:rps." DEMO_SUFFIX) &&
	       X509_sign(x, root_key, EVP_sha256()) > 0;
}

static bool pack(struct demo *d, X509 *leaf, EVP_PKEY *key, X509 *root)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	uint8_t digest[32], *der = NULL;
	unsigned n_digest;
	int n = -1;

	sk_X509_push(chain, root);
	PKCS12 *p12 =
		PKCS12_create(d->pfx_password, "demo", key, leaf, chain, 0, 0, 0, 0, 0);

	sk_X509_free(chain);
	if (p12 != NULL)
		n = i2d_PKCS12(p12, &der);
	if (n > 0)
		d->cert.pfx = base64_encode(&d->arena, der, (size_t)n);
	OPENSSL_free(der);
	PKCS12_free(p12);
	if (n <= 0 || !X509_digest(root, EVP_sha256(), digest, &n_digest))
		return false;
	hex_encode(digest, sizeof(digest), d->cert.root_sha256);
	return true;
}

static void make(void *arg)
{
	struct job *j = arg;
	EVP_PKEY *root_key = EVP_RSA_gen(KEY_BITS), *key = EVP_RSA_gen(KEY_BITS);
	X509 *root = X509_new(), *leaf = X509_new();

	j->ok = root_key != NULL && key != NULL && make_root(root, root_key) &&
		make_leaf(leaf, key, root, root_key) && pack(j->demo, leaf, key, root);
	X509_free(leaf);
	X509_free(root);
	EVP_PKEY_free(key);
	EVP_PKEY_free(root_key);
}

struct err *demo_cert_make(struct demo *d)
{
	struct job j = {.demo = d};

	TRY(offload(offload_crypto(), make, &j, deadline_in(DEMO_STEP_MS)));
	return j.ok ? NULL
		    : err_new(ERR_INTERNAL, "cannot make the provisioning certificate");
}
