/* SPDX-License-Identifier: Apache-2.0 */
#include <base/aead.h>

#include <base/encode.h>
#include <base/secret.h>
#include <openssl/evp.h>

void aead_seal(const uint8_t key[AEAD_KEY_SIZE], struct str aad,
	       uint8_t nonce[AEAD_NONCE_SIZE], struct str plain, struct buf *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *to = (uint8_t *)buf_reserve(out, plain.n + AEAD_TAG_SIZE);
	int n = 0, end = 0;

	OB_ASSERT(plain.n <= AEAD_MAX && aad.n <= AEAD_MAX);
	random_bytes(nonce, AEAD_NONCE_SIZE);
	/* Fails only when memory is exhausted or OpenSSL lacks the cipher. */
	OB_ASSERT(ctx != NULL &&
		  EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
		  EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.n) ==
			  1 &&
		  EVP_EncryptUpdate(ctx, to, &n, (const uint8_t *)plain.p,
				    (int)plain.n) == 1 &&
		  EVP_EncryptFinal_ex(ctx, to + n, &end) == 1 &&
		  (size_t)(n + end) == plain.n &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, AEAD_TAG_SIZE,
				      to + plain.n) == 1);
	out->len += plain.n + AEAD_TAG_SIZE;
	EVP_CIPHER_CTX_free(ctx);
}

bool aead_open(const uint8_t key[AEAD_KEY_SIZE], struct str aad, struct str nonce,
	       struct str sealed, struct buf *out)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t *to;
	int n = 0, end = 0;

	if (nonce.n != AEAD_NONCE_SIZE || sealed.n < AEAD_TAG_SIZE ||
	    sealed.n > AEAD_MAX + AEAD_TAG_SIZE)
		return false;
	size_t plain_n = sealed.n - AEAD_TAG_SIZE;
	ctx = EVP_CIPHER_CTX_new();
	OB_ASSERT(ctx != NULL);
	to = (uint8_t *)buf_reserve(out, plain_n);
	bool ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key,
				     (const uint8_t *)nonce.p) == 1 &&
		  EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.n) ==
			  1 &&
		  EVP_DecryptUpdate(ctx, to, &n, (const uint8_t *)sealed.p,
				    (int)plain_n) == 1 &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, AEAD_TAG_SIZE,
				      (void *)(uintptr_t)(sealed.p + plain_n)) == 1 &&
		  EVP_DecryptFinal_ex(ctx, to + n, &end) == 1;
	if (ok) {
		out->len += plain_n;
		to[plain_n] = '\0';
	} else {
		secret_wipe(to, plain_n);
	}
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}
