/* SPDX-License-Identifier: Apache-2.0
 * Text encodings, UUIDs and random bytes.
 */
#include <base/encode.h>

#include <ctype.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/random.h>

static const char hex_digits[] = "0123456789abcdef";

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void hex_encode(const void *p, size_t n, char *out)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		*out++ = hex_digits[b[i] >> 4];
		*out++ = hex_digits[b[i] & 15];
	}
	*out = '\0';
}

bool hex_decode(struct str s, uint8_t *out, size_t n)
{
	if (s.n % 2 != 0 || s.n / 2 != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(s.p[2 * i]), lo = hex_value(s.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

static const char b64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char b64url_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *b64_encode(struct arena *a, const uint8_t *p, size_t n, const char *digits,
			bool pad)
{
	char *out, *o;
	size_t i = 0;

	OB_ASSERT(n < SIZE_MAX / 4);
	out = o = arena_alloc(a, (n + 2) / 3 * 4 + 1);
	for (; i + 3 <= n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];

		*o++ = digits[v >> 18];
		*o++ = digits[v >> 12 & 63];
		*o++ = digits[v >> 6 & 63];
		*o++ = digits[v & 63];
	}
	if (i < n) {
		bool two = n - i == 2;
		uint32_t v = (uint32_t)p[i] << 16 | (two ? (uint32_t)p[i + 1] << 8 : 0);

		*o++ = digits[v >> 18];
		*o++ = digits[v >> 12 & 63];
		if (two)
			*o++ = digits[v >> 6 & 63];
		for (int k = two ? 1 : 2; pad && k > 0; k--)
			*o++ = '=';
	}
	*o = '\0';
	return out;
}

/* 1 + the value of a digit of either alphabet; 0: none. */
/* clang-format off */
static const uint8_t b64_plus_1[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
};
/* clang-format on */

static int b64_value(char c, char wrong62, char wrong63)
{
	return c == wrong62 || c == wrong63 ? -1 : b64_plus_1[(uint8_t)c] - 1;
}

/* s is without padding. Bits that no byte uses must be zero: one text per value. The two
 * digits are the other alphabet's. */
static uint8_t *b64_decode(struct arena *a, struct str s, char wrong62, char wrong63,
			   size_t *n)
{
	uint8_t *out, *o;
	uint32_t acc = 0;
	int bits = 0;

	if (s.n % 4 == 1)
		return NULL;
	out = o = arena_alloc(a, s.n / 4 * 3 + 3);
	for (size_t i = 0; i < s.n; i++) {
		int v = b64_value(s.p[i], wrong62, wrong63);

		if (v < 0)
			return NULL;
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*o++ = (uint8_t)(acc >> bits);
			acc &= (1u << bits) - 1;
		}
	}
	if (acc != 0)
		return NULL;
	*n = (size_t)(o - out);
	return out;
}

char *base64_encode(struct arena *a, const void *p, size_t n)
{
	return b64_encode(a, p, n, b64_digits, true);
}

char *base64url_encode(struct arena *a, const void *p, size_t n)
{
	return b64_encode(a, p, n, b64url_digits, false);
}

uint8_t *base64_decode(struct arena *a, struct str s, size_t *n)
{
	if (s.n % 4 != 0)
		return NULL;
	for (int pad = 0; pad < 2 && s.n > 0 && s.p[s.n - 1] == '='; pad++)
		s.n--;
	return b64_decode(a, s, '-', '_', n);
}

uint8_t *base64url_decode(struct arena *a, struct str s, size_t *n)
{
	return b64_decode(a, s, '+', '/', n);
}

/* Where each text byte lies in SMBIOS order: the first three fields are little-endian. */
static const uint8_t uuid_order[16] = {3, 2, 1,	 0,  5,	 4,  7,	 6,
				       8, 9, 10, 11, 12, 13, 14, 15};

static bool uuid_dash_before(int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_text_from_smbios(const uint8_t b[16], char out[UUID_TEXT_SIZE])
{
	for (int i = 0; i < 16; i++) {
		if (uuid_dash_before(i))
			*out++ = '-';
		*out++ = hex_digits[b[uuid_order[i]] >> 4];
		*out++ = hex_digits[b[uuid_order[i]] & 15];
	}
	*out = '\0';
}

bool uuid_smbios_from_text(struct str s, uint8_t b[16])
{
	const char *p = s.p;

	if (s.n != UUID_TEXT_SIZE - 1)
		return false;
	for (int i = 0; i < 16; i++, p += 2) {
		if (uuid_dash_before(i) && *p++ != '-')
			return false;
		if (!hex_decode((struct str){p, 2}, &b[uuid_order[i]], 1))
			return false;
	}
	return true;
}

bool uuid_valid(struct str s)
{
	uint8_t b[16];

	return uuid_smbios_from_text(s, b);
}

bool uuid_lower(const char *text, char out[UUID_TEXT_SIZE])
{
	if (!uuid_valid(str_of(text)))
		return false;
	for (size_t i = 0; i < UUID_TEXT_SIZE; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	return true;
}

void uuid_random(char out[UUID_TEXT_SIZE])
{
	uint8_t b[16];

	random_bytes(b, sizeof(b));
	b[7] = (b[7] & 0x0f) | 0x40; /* version 4, in SMBIOS order */
	b[8] = (b[8] & 0x3f) | 0x80; /* variant 10 */
	uuid_text_from_smbios(b, out);
}

#define SPLITMIX_STEP UINT64_C(0x9e3779b97f4a7c15)

static atomic_bool seeded;
static _Atomic uint64_t seed_state;

/* splitmix64: any seed is good, and the state can be shared by threads. */
static uint64_t seeded_next(void)
{
	uint64_t z = atomic_fetch_add(&seed_state, SPLITMIX_STEP) + SPLITMIX_STEP;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void random_seed(uint64_t seed)
{
	atomic_store(&seed_state, seed);
	atomic_store(&seeded, true);
}

void random_bytes(void *p, size_t n)
{
	uint8_t *o = p;

	while (n > 0) {
		size_t got;

		if (atomic_load(&seeded)) {
			uint64_t v = seeded_next();

			got = MIN(n, sizeof(v));
			memcpy(o, &v, got);
		} else {
			ssize_t r = getrandom(o, n, 0);

			if (r < 0 && errno == EINTR)
				continue;
			OB_ASSERT(r > 0);
			got = (size_t)r;
		}
		o += got;
		n -= got;
	}
}
