/* SPDX-License-Identifier: Apache-2.0
 * Between the front of the secret store (secrets.c: paths, texts) and its two kinds.
 */
#ifndef STORE_SECRETS_PRIV_H
#define STORE_SECRETS_PRIV_H

#include <base/aead.h>
#include <store/secrets.h>

#define SECRETS_MAX_PATH 512
#define SECRETS_MAX_VALUE (1u << 20)
#define SECRETS_ANY (-1)
#define SECRETS_NONE 0

/* Paths and folders given to these are valid, values are objects. */
struct secrets_ops {
	/* *version: for put; also with ERR_NOT_FOUND, since Vault counts on after a
	 * deletion */
	struct err *(*get)(struct secrets *s, const char *path, struct deadline until,
			   json_t **out, int64_t *version);
	/* over: the version that is there, SECRETS_NONE or SECRETS_ANY; else ERR_CONFLICT
	 */
	struct err *(*put)(struct secrets *s, const char *path, struct str json,
			   int64_t over, struct deadline until);
	struct err *(*del)(struct secrets *s, const char *path, struct deadline until);
	struct err *(*list)(struct secrets *s, const char *folder, struct arena *a,
			    struct deadline until, const char ***names, size_t *n);
	json_t *(*health)(struct secrets *s, struct deadline until, bool *ok);
	void (*close)(struct secrets *s);
};

struct secrets {
	const struct secrets_ops *ops;
	char *name;
};

OB_MUST_CHECK struct err *sealed_open(const struct secrets_config *c,
				      struct secrets **out);
OB_MUST_CHECK struct err *vault_open(const struct secrets_config *c,
				     struct secrets **out);

/* --- seal.c: AES-256-GCM --- */
#define SEAL_KEY_SIZE AEAD_KEY_SIZE
#define SEAL_NONCE_SIZE AEAD_NONCE_SIZE
#define SEAL_TAG_SIZE AEAD_TAG_SIZE

/* Appends ciphertext and tag to out. The row's place is authenticated with it. */
void seal_close(const uint8_t key[SEAL_KEY_SIZE], const char *path, int64_t version,
		uint8_t nonce[SEAL_NONCE_SIZE], struct str plain, struct buf *out);
/* Appends the plaintext to out (wipe it); false when it is not what was sealed for that
 * place. */
bool seal_open(const uint8_t key[SEAL_KEY_SIZE], const char *path, int64_t version,
	       struct str nonce, struct str sealed, struct buf *out);

/* --- seal_key.c: the key file --- */
/* A locked page that stays out of core dumps; never fails. */
uint8_t *seal_key_alloc(void);
void seal_key_free(uint8_t *key);
/* ERR_NOT_FOUND when there is no file; ERR_INVALID when others may read it, or it holds
 * no key. Blocks. */
OB_MUST_CHECK struct err *seal_key_load(const char *path, uint8_t *key);
/* Makes a new key and its file, synced. Blocks. */
OB_MUST_CHECK struct err *seal_key_create(const char *path, uint8_t *key);

#endif
