/* SPDX-License-Identifier: Apache-2.0 */
#include <net/pkcs12.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <pthread.h>

static OSSL_LIB_CTX *legacy_ctx;
static bool has_legacy;

static void load_legacy(void)
{
	legacy_ctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER_load(legacy_ctx, "default");
	has_legacy = OSSL_PROVIDER_load(legacy_ctx, "legacy") != NULL;
	ERR_clear_error();
}

static OSSL_LIB_CTX *legacy(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_legacy);
	return legacy_ctx;
}

static enum pkcs12_result why(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = ERR_reason_error_string(code);
	bool unsupported = ERR_GET_REASON(code) == ERR_R_UNSUPPORTED ||
			   (reason != NULL && strstr(reason, "unsupported") != NULL);

	return unsupported && !has_legacy ? PKCS12_TOO_OLD : PKCS12_LOCKED;
}

/* ---- how often are keys derived? ---- */

static bool is_few(const ASN1_INTEGER *n)
{
	int64_t v;

	return n == NULL ||
	       (ASN1_INTEGER_get_int64(&v, n) == 1 && v <= PKCS12_MAX_ITERATIONS);
}

/* scrypt's costs multiply in more ways, and no certificate authority writes it. */
static bool derivation_is_fast(const X509_ALGOR *f)
{
	const ASN1_OBJECT *id;

	X509_ALGOR_get0(&id, NULL, NULL, f);
	if (OBJ_obj2nid(id) != NID_id_pbkdf2)
		return false;
	PBKDF2PARAM *p =
		ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), f->parameter);
	bool fast = p == NULL || is_few(p->iter);

	PBKDF2PARAM_free(p);
	return fast;
}

/* What is no password-based encryption that OpenSSL knows is refused there. */
static bool is_fast(const X509_ALGOR *alg)
{
	const ASN1_OBJECT *id;

	X509_ALGOR_get0(&id, NULL, NULL, alg);
	if (OBJ_obj2nid(id) == NID_pbes2) {
		PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
							 alg->parameter);
		bool fast = p == NULL || derivation_is_fast(p->keyfunc);
		PBE2PARAM_free(p);
		return fast;
	}
	PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), alg->parameter);
	bool fast = p == NULL || is_few(p->iter);
	PBEPARAM_free(p);
	return fast;
}

static bool key_bags_are_fast(PKCS7 *part)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = PKCS12_unpack_p7data(part);
	bool fast = true;

	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		const X509_ALGOR *alg = NULL;
		if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
			continue;
		X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &alg, NULL);
		fast &= is_fast(alg);
	}
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return fast;
}

/* Key bags within an encrypted part are seen only when it was decrypted: those of files
 * that programs write are not. */
static bool parts_are_fast(const PKCS12 *file)
{
	STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(file);
	bool fast = true;

	for (int i = 0; i < sk_PKCS7_num(parts); i++) {
		PKCS7 *part = sk_PKCS7_value(parts, i);
		if (PKCS7_type_is_encrypted(part) && part->d.encrypted != NULL)
			fast &= is_fast(part->d.encrypted->enc_data->algorithm);
		else if (PKCS7_type_is_data(part))
			fast &= key_bags_are_fast(part);
	}
	sk_PKCS7_pop_free(parts, PKCS7_free);
	return fast;
}

static bool file_is_fast(const PKCS12 *file)
{
	const ASN1_INTEGER *iterations = NULL;

	PKCS12_get0_mac(NULL, NULL, NULL, &iterations, file);
	return is_few(iterations) && parts_are_fast(file);
}

/* ---- all of it ---- */

enum pkcs12_result pkcs12_open(struct str der, const char *password, EVP_PKEY **key,
			       X509 **leaf, STACK_OF(X509) * *more)
{
	const unsigned char *p = (const unsigned char *)der.p;
	PKCS12 *file = PKCS12_init_ex(NID_pkcs7_data, legacy(), NULL);
	enum pkcs12_result result = PKCS12_OPENED;

	*key = NULL;
	*leaf = NULL;
	*more = NULL;
	ERR_clear_error();
	if (d2i_PKCS12(&file, &p, (long)der.n) == NULL) {
		ERR_clear_error();
		return PKCS12_NO_FILE;
	}
	if (!file_is_fast(file))
		result = PKCS12_TOO_SLOW;
	else if (PKCS12_parse(file, password, key, leaf, more) != 1)
		result = why();
	ERR_clear_error();
	PKCS12_free(file);
	return result;
}

bool pkcs12_is_self_issued(const X509 *cert)
{
	return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) ==
	       0;
}

static X509 *issuer_of(X509 *cert, STACK_OF(X509) * more)
{
	X509 *named = NULL;

	for (int i = 0; i < sk_X509_num(more); i++) {
		X509 *x = sk_X509_value(more, i);
		if (X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(cert)) !=
		    0)
			continue;
		if (X509_verify(cert, X509_get0_pubkey(x)) == 1)
			return x;
		named = named != NULL ? named : x;
	}
	return named;
}

size_t pkcs12_chain(X509 *leaf, STACK_OF(X509) * more, X509 **out, size_t max)
{
	X509 *next = leaf;
	size_t n = 0;

	while (next != NULL && n < max) {
		out[n++] = next;
		next = pkcs12_is_self_issued(next) ? NULL : issuer_of(next, more);
	}
	ERR_clear_error();
	return n;
}
