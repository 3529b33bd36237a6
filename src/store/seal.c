/* SPDX-License-Identifier: Apache-2.0
 * AES-256-GCM with a random 96-bit nonce per write: no nonce repeats within 2^32 writes
 * under one key with a probability that matters (NIST SP 800-38D section 8.3).
 *
 * Additional data: path, NUL, version in decimal. A row moved to another path, or an old
 * row put back beside a newer version number, does not open.
 */
#include <store/secrets_priv.h>

#include <base/encode.h>
#include <openssl/evp.h>

static struct buf place(const char *path, int64_t version)
{
	struct buf b = {0};

	buf_adds(&b, path);
	buf_addc(&b, '\0');
	buf_addf(&b, "%lld", (long long)version);
	return b;
}

void seal_close(const uint8_t key[SEAL_KEY_SIZE], const char *path, int64_t version,
		uint8_t nonce[SEAL_NONCE_SIZE], struct str plain, struct buf *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct buf aad = place(path, version);
	uint8_t *to = (uint8_t *)buf_reserve(out, plain.n + SEAL_TAG_SIZE);
	int n = 0, end = 0;

	OB_ASSERT(plain.n <= SECRETS_MAX_VALUE);
	random_bytes(nonce, SEAL_NONCE_SIZE);
	/* Fails only when memory is exhausted or OpenSSL lacks the cipher. */
	OB_ASSERT(ctx != NULL &&
		  EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
		  EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p,
				    (int)aad.len) == 1 &&
		  EVP_EncryptUpdate(ctx, to, &n, (const uint8_t *)plain.p,
				    (int)plain.n) == 1 &&
		  EVP_EncryptFinal_ex(ctx, to + n, &end) == 1 &&
		  (size_t)(n + end) == plain.n &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SEAL_TAG_SIZE,
				      to + plain.n) == 1);
	out->len += plain.n + SEAL_TAG_SIZE;
	EVP_CIPHER_CTX_free(ctx);
	buf_fini(&aad);
}

bool seal_open(const uint8_t key[SEAL_KEY_SIZE], const char *path, int64_t version,
	       struct str nonce, struct str sealed, struct buf *out)
{
	EVP_CIPHER_CTX *ctx;
	struct buf aad;
	uint8_t *to;
	size_t plain_n;
	int n = 0, end = 0;
	bool ok;

	if (nonce.n != SEAL_NONCE_SIZE || sealed.n < SEAL_TAG_SIZE ||
	    sealed.n > SECRETS_MAX_VALUE + SEAL_TAG_SIZE)
		return false;
	plain_n = sealed.n - SEAL_TAG_SIZE;
	ctx = EVP_CIPHER_CTX_new();
	aad = place(path, version);
	to = (uint8_t *)buf_reserve(out, plain_n);
	OB_ASSERT(ctx != NULL);
	ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key,
				(const uint8_t *)nonce.p) == 1 &&
	     EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.len) ==
		     1 &&
	     EVP_DecryptUpdate(ctx, to, &n, (const uint8_t *)sealed.p, (int)plain_n) ==
		     1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SEAL_TAG_SIZE,
				 (void *)(uintptr_t)(sealed.p + plain_n)) == 1 &&
	     EVP_DecryptFinal_ex(ctx, to + n, &end) == 1;
	if (ok) {
		out->len += plain_n;
		to[plain_n] = '\0';
	} else {
		secret_wipe(to, plain_n);
	}
	EVP_CIPHER_CTX_free(ctx);
	buf_fini(&aad);
	return ok;
}
