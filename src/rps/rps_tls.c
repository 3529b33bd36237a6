/* SPDX-License-Identifier: Apache-2.0
 * The certificates of a profile whose TLS is self-signed (rps.md 2.4): a root that
 * devices will trust, and a leaf of it with which a console may sign in. Stored as
 * upstream stores them, without the dumps of its library's objects.
 */
#include <rps/rps_api_priv.h>

#include <base/encode.h>
#include <net/cert.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <rt/offload.h>

#define BITS 2048
#define VALID_DAYS (31L * 365L)

struct making {
	const char *profile;
	struct arena *a;
	json_t *out;
	struct err *err;
};

static bool set_names(X509 *x, const char *cn, X509 *issuer)
{
	X509_NAME *name = X509_get_subject_name(x);

	return cert_add_name(name, "CN", cn) && cert_add_name(name, "C", "US") &&
	       cert_add_name(name, "O", "Intel") &&
	       X509_set_issuer_name(x, issuer != NULL ? X509_get_subject_name(issuer)
						      : name);
}

static bool make_root(X509 *x, EVP_PKEY *key, const char *cn)
{
	return cert_fill(x, key, VALID_DAYS) && set_names(x, cn, NULL) &&
	       cert_add_ext(x, x, NID_basic_constraints, "critical,CA:TRUE") &&
	       cert_add_ext(x, x, NID_subject_key_identifier, "hash") &&
	       X509_sign(x, key, EVP_sha256()) > 0;
}

static bool make_leaf(X509 *x, EVP_PKEY *key, const char *cn, X509 *root,
		      EVP_PKEY *root_key)
{
	return cert_fill(x, key, VALID_DAYS) && set_names(x, cn, root) &&
	       cert_add_ext(x, root, NID_basic_constraints, "CA:FALSE") &&
	       cert_add_ext(x, root, NID_key_usage,
			    "digitalSignature,keyEncipherment,dataEncipherment") &&
	       cert_add_ext(x, root, NID_ext_key_usage,
			    "clientAuth,2.16.840.1.113741.1.2.1") &&
	       cert_add_ext(x, root, NID_subject_key_identifier, "hash") &&
	       X509_sign(x, root_key, EVP_sha256()) > 0;
}

static json_t *stored(X509 *x, EVP_PKEY *key, struct arena *a)
{
	struct secret key_pem = {0};
	uint8_t *der = NULL;
	int n = i2d_X509(x, &der);
	char *pem = cert_pem(x), *to = pem;

	cert_key_pem(key, &key_pem);
	for (const char *from = pem; *from != '\0'; from++)
		if (*from != '\n')
			*to++ = *from;
	*to = '\0';
	json_t *v = json_pack("{s:s, s:s, s:s%, s:b}", "pem", pem, "certbin",
			      base64_encode(a, der, (size_t)n), "privateKeyBin",
			      key_pem.p, key_pem.n, "checked", 0);
	OPENSSL_free(der);
	free(pem);
	secret_fini(&key_pem);
	return v;
}

static void run(void *arg)
{
	struct making *m = arg;
	EVP_PKEY *root_key = EVP_RSA_gen(BITS), *key = EVP_RSA_gen(BITS);
	X509 *root = X509_new(), *leaf = X509_new();
	const char *cn = arena_printf(m->a, "oact-%.50s", m->profile);
	const char *leaf_cn = arena_printf(m->a, "oact-issued-%.50s", m->profile);

	if (root_key != NULL && key != NULL && make_root(root, root_key, cn) &&
	    make_leaf(leaf, key, leaf_cn, root, root_key))
		m->out = json_pack("{s:o, s:o}", "ROOT_CERTIFICATE",
				   stored(root, root_key, m->a), "ISSUED_CERTIFICATE",
				   stored(leaf, key, m->a));
	if (m->out == NULL)
		m->err = cert_openssl_err("TLS certificates of the profile");
	X509_free(leaf);
	X509_free(root);
	EVP_PKEY_free(key);
	EVP_PKEY_free(root_key);
}

struct err *rps_tls_make(const char *profile, struct arena *a, struct deadline until,
			 json_t **out)
{
	struct making m = {.profile = profile, .a = a};

	TRY(offload(offload_crypto(), run, &m, until));
	*out = m.out;
	return m.err;
}
