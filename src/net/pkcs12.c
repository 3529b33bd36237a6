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
	if (PKCS12_parse(file, password, key, leaf, more) != 1)
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
