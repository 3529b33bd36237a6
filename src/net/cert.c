/* SPDX-License-Identifier: Apache-2.0 */
#include <net/cert.h>

#include <base/encode.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* An empty password: OpenSSL would ask the terminal for that of an encrypted PEM. */
#define NO_PROMPT ((char *)(uintptr_t) "")

#define DAY_S 86400L
#define BACKDATE_DAYS 365L

struct err *cert_openssl_err(const char *what)
{
	unsigned long code = ERR_get_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	return err_new(ERR_INTERNAL, "%s: %s", what, reason ? reason : "OpenSSL error");
}

char *cert_pem(X509 *x)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *p;

	PEM_write_bio_X509(b, x);
	long n = BIO_get_mem_data(b, &p);
	char *pem = xstrndup(p, (size_t)n);
	BIO_free(b);
	return pem;
}

const char *cert_pem_in(struct arena *a, X509 *x)
{
	char *pem = cert_pem(x);
	const char *out = arena_strdup(a, pem);

	free(pem);
	return out;
}

void cert_key_pem(EVP_PKEY *k, struct secret *out)
{
	BIO *b = BIO_new(BIO_s_secmem());
	char *p;

	PEM_write_bio_PrivateKey(b, k, NULL, NULL, 0, NULL, NULL);
	long n = BIO_get_mem_data(b, &p);
	secret_set(out, (struct str){p, (size_t)n});
	BIO_free(b);
}

X509 *cert_from_pem(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NO_PROMPT);

	BIO_free(b);
	return x;
}

EVP_PKEY *cert_key_from_pem(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *k = PEM_read_bio_PrivateKey(b, NULL, NULL, NO_PROMPT);

	BIO_free(b);
	return k;
}

bool cert_add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

bool cert_add_name(X509_NAME *name, const char *field, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return true;
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
					  (const uint8_t *)value, -1, -1, 0) == 1;
}

bool cert_fill(X509 *x, EVP_PKEY *key, long valid_days)
{
	uint8_t serial[16];

	random_bytes(serial, sizeof(serial));
	serial[0] = (serial[0] & 0x7f) | 0x40;
	BIGNUM *bn = BN_bin2bn(serial, sizeof(serial), NULL);
	bool ok = BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL;
	BN_free(bn);
	return ok && X509_set_version(x, X509_VERSION_3) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -BACKDATE_DAYS * DAY_S) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(x), (int)valid_days, 0, NULL) !=
		       NULL &&
	       X509_set_pubkey(x, key);
}
