/* SPDX-License-Identifier: Apache-2.0
 * Rows of the sealed store. Additional data: path, NUL, version in decimal. A row moved
 * to another path, or an old row put back beside a newer version number, does not open.
 */
#include <store/secrets_priv.h>

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
	struct buf aad = place(path, version);

	OB_ASSERT(plain.n <= SECRETS_MAX_VALUE);
	aead_seal(key, buf_str(&aad), nonce, plain, out);
	buf_fini(&aad);
}

bool seal_open(const uint8_t key[SEAL_KEY_SIZE], const char *path, int64_t version,
	       struct str nonce, struct str sealed, struct buf *out)
{
	if (sealed.n > SECRETS_MAX_VALUE + SEAL_TAG_SIZE)
		return false;
	struct buf aad = place(path, version);
	bool ok = aead_open(key, buf_str(&aad), nonce, sealed, out);
	buf_fini(&aad);
	return ok;
}
