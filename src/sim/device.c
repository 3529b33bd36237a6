/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/device.h>

#include <base/clock.h>
#include <base/cursor.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

void sim_device_init(struct sim_device *d, const struct sim_model *m,
		     const uint8_t uuid[16])
{
	*d = (struct sim_device){.model = m, .os_saving = 2};
	memcpy(d->uuid, uuid, 16);
	sim_power_init(&d->power);
}

void sim_device_realm(const struct sim_device *d, char out[SIM_REALM_SIZE])
{
	uint8_t md[SHA256_DIGEST_LENGTH];

	SHA256(d->uuid, sizeof(d->uuid), md);
	memcpy(out, "Digest:", 7);
	hex_encode(md, 16, out + 7);
	for (char *p = out + 7; *p; p++)
		if (*p >= 'a')
			*p = (char)(*p - 'a' + 'A');
}

/*  0          4         6          12                 24
 *  | seconds  | random  | zeros    | HMAC of the rest | base64 of 24 bytes needs no "="
 */
static void nonce_mac(const struct sim_device *d, const uint8_t head[12], uint8_t out[12])
{
	uint8_t in[28], md[EVP_MAX_MD_SIZE];
	unsigned n;

	memcpy(in, head, 12);
	memcpy(in + 12, d->uuid, 16);
	HMAC(EVP_sha256(), d->model->nonce_key, sizeof(d->model->nonce_key), in,
	     sizeof(in), md, &n);
	memcpy(out, md, 12);
}

void sim_device_nonce(const struct sim_device *d, char out[SIM_NONCE_SIZE])
{
	uint8_t raw[24] = {0};
	struct wr w = wr_init(raw, sizeof(raw));

	wr_be32(&w, (uint32_t)(clock_mono_ms() / 1000));
	random_bytes(raw + 4, 2);
	nonce_mac(d, raw, raw + 12);
	EVP_EncodeBlock((uint8_t *)out, raw, sizeof(raw));
}

bool sim_device_nonce_valid(const struct sim_device *d, struct str nonce)
{
	uint8_t raw[27], mac[12];

	if (nonce.n != 32 || EVP_DecodeBlock(raw, (const uint8_t *)nonce.p, 32) != 24)
		return false;
	nonce_mac(d, raw, mac);
	struct rd r = rd_init(raw, 4);
	int64_t age_s = clock_mono_ms() / 1000 - rd_be32(&r);
	return memcmp(mac, raw + 12, 12) == 0 && age_s >= 0 &&
	       age_s <= SIM_NONCE_MS / 1000;
}
