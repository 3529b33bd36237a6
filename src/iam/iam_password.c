/* SPDX-License-Identifier: Apache-2.0
 * Password hashes: scrypt (RFC 7914) with a salt of 16 bytes. Functions here block for
 * some 80 ms and take 32 MiB; they run on the crypto pool.
 */
#include <iam/iam_priv.h>

#include <base/encode.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

#define SALT 16
#define HASH 32
#define SCRYPT_R 8
#define MAX_LOG_N 20
#define MEMORY_MAX ((uint64_t)2 << 30)

static bool derive(struct str password, const uint8_t salt[SALT], unsigned log_n,
		   uint8_t out[HASH])
{
	return EVP_PBE_scrypt(password.p ? password.p : "", password.n, salt, SALT,
			      (uint64_t)1 << log_n, SCRYPT_R, 1, MEMORY_MAX, out,
			      HASH) == 1;
}

bool iam_password_hash(struct str password, unsigned log_n, char out[IAM_HASH_SIZE])
{
	struct arena a = {0};
	uint8_t salt[SALT], hash[HASH];
	bool ok;

	random_bytes(salt, sizeof(salt));
	ok = derive(password, salt, log_n, hash);
	if (ok)
		snprintf(out, IAM_HASH_SIZE, "scrypt$%u$%d$1$%s$%s", log_n, SCRYPT_R,
			 base64url_encode(&a, salt, SALT),
			 base64url_encode(&a, hash, HASH));
	arena_fini(&a);
	return ok;
}

struct parsed {
	uint64_t log_n;
	uint8_t salt[SALT], hash[HASH];
};

static bool parse(const char *text, struct parsed *p)
{
	struct str left = str_of(text), part[6] = {{0}};
	struct arena a = {0};
	uint8_t *salt, *hash;
	size_t n_salt, n_hash;
	bool ok = true;

	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		ok = ok && str_split(&left, '$', &part[i]);
	ok = ok && left.p == NULL && str_eqz(part[0], "scrypt") &&
	     str_u64(part[1], MAX_LOG_N, &p->log_n) && p->log_n > 0 &&
	     str_eqz(part[2], "8") && str_eqz(part[3], "1");
	salt = ok ? base64url_decode(&a, part[4], &n_salt) : NULL;
	hash = ok ? base64url_decode(&a, part[5], &n_hash) : NULL;
	ok = salt != NULL && hash != NULL && n_salt == SALT && n_hash == HASH;
	if (ok) {
		memcpy(p->salt, salt, SALT);
		memcpy(p->hash, hash, HASH);
	}
	arena_fini(&a);
	return ok;
}

bool iam_password_check(struct str password, const char *hash, unsigned log_n)
{
	struct parsed p = {.log_n = log_n};
	bool known = hash != NULL && parse(hash, &p);
	uint8_t got[HASH];

	if (!known)
		p.log_n = log_n;
	if (!derive(password, p.salt, (unsigned)p.log_n, got))
		return false;
	/* HMAC, below scrypt, takes a password and the same with NULs behind it for one.
	 */
	known = known && (password.n == 0 || memchr(password.p, 0, password.n) == NULL);
	return CRYPTO_memcmp(got, p.hash, HASH) == 0 && known;
}
