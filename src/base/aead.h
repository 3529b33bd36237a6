/* SPDX-License-Identifier: Apache-2.0
 * AES-256-GCM with a random 96-bit nonce: no nonce repeats within 2^32 uses of one key
 * with a probability that matters (NIST SP 800-38D section 8.3).
 */
#ifndef BASE_AEAD_H
#define BASE_AEAD_H

#include <base/buf.h>

#define AEAD_KEY_SIZE 32
#define AEAD_NONCE_SIZE 12
#define AEAD_TAG_SIZE 16
#define AEAD_MAX (1u << 30)

/* Makes the nonce; appends ciphertext and tag to out. What is also authenticated, aad,
 * may be empty. */
void aead_seal(const uint8_t key[AEAD_KEY_SIZE], struct str aad,
	       uint8_t nonce[AEAD_NONCE_SIZE], struct str plain, struct buf *out);
/* Appends the plaintext to out (wipe it); false when it is not what was sealed. */
bool aead_open(const uint8_t key[AEAD_KEY_SIZE], struct str aad, struct str nonce,
	       struct str sealed, struct buf *out);

#endif
