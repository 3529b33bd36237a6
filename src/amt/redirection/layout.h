/* SPDX-License-Identifier: Apache-2.0
 * How the messages of the redirection protocols are described: a row per field, walked by
 * one reader and one writer. Internal to this folder.
 *
 * A field whose length stands apart from its bytes (0x54 of IDE-R) takes two rows on the
 * same struct str: the length, with its limit, and later the bytes.
 */
#ifndef AMT_REDIRECTION_LAYOUT_H
#define AMT_REDIRECTION_LAYOUT_H

#include <base/buf.h>
#include <base/cursor.h>
#include <sys/types.h>

enum layout_kind {
	LAYOUT_END,
	LAYOUT_SKIP, /* arg bytes: zeroes are written, anything is read */
	LAYOUT_U8,
	LAYOUT_LE16,
	LAYOUT_LE32,
	LAYOUT_BE16,
	LAYOUT_BE32,
	LAYOUT_BYTES, /* arg bytes into an array */
	LAYOUT_LEN8,  /* length of a struct str, at most max */
	LAYOUT_LEN_LE16,
	LAYOUT_LEN_LE32,
	LAYOUT_LEN_BE32,
	LAYOUT_DATA, /* its bytes */
};

struct layout_field {
	uint8_t kind;
	uint8_t arg;
	uint16_t offset;
	uint32_t max;
};

/* Slices point into what r reads. r->st turns RD_BAD above a length's limit. */
void layout_read(struct rd *r, const struct layout_field *f, void *m);
/* Appends. A length above its limit asserts. */
void layout_write(struct buf *out, const struct layout_field *f, const void *m);
/* Result of a decoder: bytes consumed, 0 = more, -1 = malformed with why set. */
ssize_t layout_result(const struct rd *r, size_t n, const char *bad, const char **why);

#endif
