/* SPDX-License-Identifier: Apache-2.0
 * The file around the document: key from the passphrase by scrypt (RFC 7914),
 * AES-256-GCM.
 */
#include <rps/rps_backup_priv.h>

#include <base/encode.h>
#include <base/json.h>
#include <openssl/evp.h>
#include <rt/offload.h>

#define MAGIC "outband profiles 1\n"
/* 128 MiB and half a second; what a file may ask for at most is eight times that. */
#define SCRYPT_N (1 << 17)
#define SCRYPT_R 8
#define SCRYPT_P 1
#define SCRYPT_MAX_MEMORY (1ull << 31)
#define HEADER_MAX 512

static void derive(void *arg)
{
	struct rps_backup_kdf *k = arg;

	k->ok = EVP_PBE_scrypt(k->passphrase.p, k->passphrase.n, k->salt, RPS_BACKUP_SALT,
			       (uint64_t)k->n, (uint64_t)k->r, (uint64_t)k->p,
			       SCRYPT_MAX_MEMORY, k->key, sizeof(k->key)) == 1;
}

static bool parameters_ok(const struct rps_backup_kdf *k)
{
	return k->n >= 2 && k->n <= 8 * SCRYPT_N && (k->n & (k->n - 1)) == 0 &&
	       k->r >= 1 && k->r <= SCRYPT_R && k->p >= 1 && k->p <= 8 &&
	       k->n * k->r * k->p <= 8 * SCRYPT_N * SCRYPT_R * SCRYPT_P;
}

static struct err *make_key(struct rps_backup_kdf *k, struct deadline until)
{
	TRY(offload(offload_crypto(), derive, k, until));
	return k->ok ? NULL : err_new(ERR_INTERNAL, "scrypt failed");
}

struct err *rps_backup_seal(struct str passphrase, struct str plain,
			    struct deadline until, struct buf *out)
{
	struct rps_backup_kdf k = {
		.passphrase = passphrase, .n = SCRYPT_N, .r = SCRYPT_R, .p = SCRYPT_P};
	struct buf sealed = {0};
	struct arena a = {0};
	uint8_t nonce[AEAD_NONCE_SIZE];

	if (passphrase.n < RPS_BACKUP_MIN_PASSPHRASE)
		return err_new(ERR_INVALID, "the passphrase has less than %d characters",
			       RPS_BACKUP_MIN_PASSPHRASE);
	random_bytes(k.salt, RPS_BACKUP_SALT);
	TRY(make_key(&k, until));
	buf_adds(out, MAGIC);
	buf_addf(out, "{\"kdf\":\"scrypt\",\"n\":%d,\"r\":%d,\"p\":%d,\"salt\":\"%s\"}\n",
		 SCRYPT_N, SCRYPT_R, SCRYPT_P,
		 base64_encode(&a, k.salt, RPS_BACKUP_SALT));
	/* the nonce comes with the ciphertext: it is made by sealing */
	aead_seal(k.key, buf_str(out), nonce, plain, &sealed);
	buf_add(out, nonce, sizeof(nonce));
	buf_addstr(out, buf_str(&sealed));
	secret_wipe(k.key, sizeof(k.key));
	buf_fini(&sealed);
	arena_fini(&a);
	return NULL;
}

bool rps_backup_head(struct str file, struct rps_backup_kdf *k, size_t *end)
{
	struct str rest = str_sub(file, sizeof(MAGIC) - 1, file.n);
	ptrdiff_t nl = str_chr(str_sub(rest, 0, MIN(rest.n, HEADER_MAX)), '\n');
	const char *kdf = NULL, *salt = NULL;
	struct arena a = {0};
	size_t n = 0;

	if (!str_starts(file, STR(MAGIC)) || nl < 0)
		return false;
	*end = sizeof(MAGIC) - 1 + (size_t)nl + 1;
	json_auto_t *h = json_read(str_sub(rest, 0, (size_t)nl), 0, NULL);
	if (json_unpack(h, "{s:s, s:I, s:I, s:I, s:s}", "kdf", &kdf, "n", &k->n, "r",
			&k->r, "p", &k->p, "salt", &salt) != 0)
		return false;
	const uint8_t *raw = base64_decode(&a, str_of(salt), &n);
	bool ok = raw != NULL && n == RPS_BACKUP_SALT && strcmp(kdf, "scrypt") == 0;
	if (ok)
		memcpy(k->salt, raw, RPS_BACKUP_SALT);
	arena_fini(&a);
	return ok && parameters_ok(k);
}

struct err *rps_backup_open(struct str passphrase, struct str file, struct deadline until,
			    struct buf *out)
{
	struct rps_backup_kdf k = {.passphrase = passphrase};
	size_t end;

	if (!rps_backup_head(file, &k, &end) || file.n - end < AEAD_NONCE_SIZE)
		return err_new(ERR_INVALID, "this is no file that `outband profile "
					    "export` made, or only the beginning of one");
	TRY(make_key(&k, until));
	bool ok = aead_open(k.key, str_sub(file, 0, end),
			    str_sub(file, end, end + AEAD_NONCE_SIZE),
			    str_sub(file, end + AEAD_NONCE_SIZE, file.n), out);
	secret_wipe(k.key, sizeof(k.key));
	return ok ? NULL
		  : err_new(ERR_INVALID,
			    "the file does not open: it was made with another "
			    "passphrase, or it was altered or cut");
}
