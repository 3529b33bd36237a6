/* SPDX-License-Identifier: Apache-2.0
 * Text encodings (hex, base64, base64url), UUIDs and random bytes.
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <base/arena.h>
#include <base/str.h>

/* out: 2n + 1 bytes. */
void hex_encode(const void *p, size_t n, char *out);
/* s.n must be 2 * n; false on any other character. */
bool hex_decode(struct str s, uint8_t *out, size_t n);

/* In the arena, NUL-terminated. base64url is without padding. */
char *base64_encode(struct arena *a, const void *p, size_t n);
char *base64url_encode(struct arena *a, const void *p, size_t n);
/* Strict; NULL when malformed. *n gets the length. */
uint8_t *base64_decode(struct arena *a, struct str s, size_t *n);
uint8_t *base64url_decode(struct arena *a, struct str s, size_t *n);

#define UUID_TEXT_SIZE 37
/* Raw bytes in SMBIOS mixed-endian order (wire-amt.md 1.2) <-> lower-case text. */
void uuid_text_from_smbios(const uint8_t b[16], char out[UUID_TEXT_SIZE]);
/* 8-4-4-4-12 hex digits in either case, any version ("loose"). */
bool uuid_smbios_from_text(struct str s, uint8_t b[16]);
bool uuid_valid(struct str s);
/* As stores have them: lower case. False: not one. */
bool uuid_lower(const char *text, char out[UUID_TEXT_SIZE]);
/* Random version 4, text. */
void uuid_random(char out[UUID_TEXT_SIZE]);

/* From getrandom(2); aborts if the kernel has none. Tests replace it by random_seed. */
void random_bytes(void *p, size_t n);
/* Tests only: from now on a deterministic sequence. */
void random_seed(uint64_t seed);

#endif
