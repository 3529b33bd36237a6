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
