/* SPDX-License-Identifier: Apache-2.0 */
#include "pki.h"

#include <base/encode.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#define DAY_S 86400L

static void extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	OB_ASSERT(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

X509 *pki_cert(EVP_PKEY *key, const char *cn, EVP_PKEY *signer, const char *issuer,
	       bool ca, const char *usage, int from_days, int to_days)
{
	static long serial = 1;
	X509 *x = X509_new();
	X509_NAME *name = X509_NAME_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_gmtime_adj(X509_getm_notBefore(x), from_days * DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(x), to_days * DAY_S);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)cn, -1, -1,
				   0);
	X509_set_subject_name(x, name);
	X509_NAME_free(name);
	name = X509_NAME_new();
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)issuer, -1,
				   -1, 0);
	X509_set_issuer_name(x, name);
	X509_NAME_free(name);
	X509_set_pubkey(x, key);
	if (ca)
		extension(x, NID_basic_constraints, "critical,CA:TRUE");
	if (usage != NULL)
		extension(x, NID_ext_key_usage, usage);
	OB_ASSERT(X509_sign(x, signer, EVP_sha256()) > 0);
	return x;
}

void pki_start(struct pki *p, const struct pki_options *o)
{
	const char *cn = o != NULL && o->cn != NULL ? o->cn : "rps.corp.example.com",
		   *usage = o != NULL && o->usage != NULL ? o->usage : PKI_ACTIVATION;
	bool dates = o != NULL && (o->from_days != 0 || o->to_days != 0);
	uint8_t md[32];
	static EVP_PKEY *ca_key, *leaf_key;

	if (ca_key == NULL) {
		ca_key = EVP_RSA_gen(2048);
		leaf_key = EVP_RSA_gen(2048);
	}
	EVP_PKEY_up_ref(p->ca_key = ca_key);
	EVP_PKEY_up_ref(p->leaf_key = leaf_key);
	p->root = pki_cert(p->ca_key, "Test Root", p->ca_key, "Test Root", true, NULL, -2,
			   2);
	p->middle = pki_cert(p->ca_key, "Test Issuer", p->ca_key, "Test Root", true, NULL,
			     -2, 2);
	p->leaf = pki_cert(p->leaf_key, cn, p->ca_key, "Test Issuer", false, usage,
			   dates ? o->from_days : -1, dates ? o->to_days : 1);
	X509_digest(p->root, EVP_sha256(), md, NULL);
	hex_encode(md, sizeof(md), p->root_sha256);
}

void pki_stop(struct pki *p)
{
	X509_free(p->root);
	X509_free(p->middle);
	X509_free(p->leaf);
	EVP_PKEY_free(p->ca_key);
	EVP_PKEY_free(p->leaf_key);
}

struct str pki_pfx(struct arena *a, EVP_PKEY *key, X509 *leaf, X509 *middle, X509 *root,
		   const char *password)
{
	STACK_OF(X509) *more = sk_X509_new_null();
	unsigned char *der = NULL;

	/* Root before what it issued: the order in a file says nothing. */
	if (root != NULL)
		sk_X509_push(more, root);
	if (middle != NULL)
		sk_X509_push(more, middle);
	PKCS12 *file = PKCS12_create(password, "provisioning", key, leaf, more, 0, 0,
				     1000, 1000, 0);
	OB_ASSERT(file != NULL);
	int n = i2d_PKCS12(file, &der);
	struct str out = {arena_memdup(a, der, (size_t)n), (size_t)n};
	OPENSSL_free(der);
	PKCS12_free(file);
	sk_X509_free(more);
	return out;
}

struct str pki_file(struct pki *p, struct arena *a)
{
	return pki_pfx(a, p->leaf_key, p->leaf, p->middle, p->root, PKI_PASSWORD);
}

struct str pki_old_file(struct pki *p, struct arena *a)
{
	OSSL_LIB_CTX *old = OSSL_LIB_CTX_new();
	unsigned char *der = NULL;
	int n = 0;

	OSSL_PROVIDER *d = OSSL_PROVIDER_load(old, "default"),
		      *l = OSSL_PROVIDER_load(old, "legacy");
	STACK_OF(X509) *more = sk_X509_new_null();
	sk_X509_push(more, p->middle);
	sk_X509_push(more, p->root);
	PKCS12 *file = l == NULL
			       ? NULL
			       : PKCS12_create_ex(PKI_PASSWORD, "provisioning",
						  p->leaf_key, p->leaf, more,
						  NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
						  NID_pbe_WithSHA1And40BitRC2_CBC, 2048,
						  1, 0, old, NULL);
	if (file != NULL)
		n = i2d_PKCS12(file, &der);
	struct str out = {n > 0 ? arena_memdup(a, der, (size_t)n) : NULL, (size_t)n};
	OPENSSL_free(der);
	PKCS12_free(file);
	sk_X509_free(more);
	if (l != NULL)
		OSSL_PROVIDER_unload(l);
	OSSL_PROVIDER_unload(d);
	OSSL_LIB_CTX_free(old);
	return out;
}

const char *pki_base64(struct arena *a, X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	const char *text = base64_encode(a, der, (size_t)n);

	OPENSSL_free(der);
	return text;
}
