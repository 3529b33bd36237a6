/* SPDX-License-Identifier: Apache-2.0
 * Layouts of HECI payloads as data: rows of fields that one reader and one writer walk.
 * Little-endian, packed. Private to src/amt/heci.
 *
 * Strings are slices into the decoded bytes. A list's count is checked against the row's
 * limit before its elements are read.
 */
#ifndef AMT_HECI_FIELDS_H
#define AMT_HECI_FIELDS_H

#include <base/cursor.h>

enum heci_kind {
	HK_END,
	HK_U8,
	HK_U16,
	HK_U32,
	HK_BE32,   /* network order */
	HK_BOOL32, /* AMT_BOOLEAN: u32, 0 = false */
	HK_BYTES,  /* n bytes into an array of uint8_t */
	HK_PAD,	   /* n bytes: zeros are written, anything is read */
	HK_TAIL,   /* the same, but may be missing or cut when read */
	HK_CONST8, /* u8 that must be n */
	HK_CONST,  /* u32 that must be n */
	HK_CHARS,  /* n bytes, text up to the first NUL: struct str */
	HK_FIXED,  /* u16 length <= n, then always n bytes: struct str */
	HK_ANSI,   /* u16 length <= n, then as many bytes: struct str */
	HK_LIST,   /* u32 count <= n, then as many of sub */
	HK_REST,   /* up to n of sub, as many as there are bytes for */
	HK_GROUP,  /* exactly n of sub */
	HK_MAYBE,  /* bool: whether anything follows */
};

struct heci_field {
	uint8_t kind;
	uint16_t n;
	uint16_t offset, count; /* of the member, of the uint32_t that counts it */
	uint16_t stride;	/* size of an element */
	const struct heci_field *sub;
};

#define HF_ROW(k, type, member, limit)                       \
	{                                                    \
		k, limit, offsetof(type, member), 0, 0, NULL \
	}
#define HF_U8(type, m) HF_ROW(HK_U8, type, m, 0)
#define HF_U16(type, m) HF_ROW(HK_U16, type, m, 0)
#define HF_U32(type, m) HF_ROW(HK_U32, type, m, 0)
#define HF_BE32(type, m) HF_ROW(HK_BE32, type, m, 0)
#define HF_BOOL32(type, m) HF_ROW(HK_BOOL32, type, m, 0)
#define HF_BYTES(type, m) HF_ROW(HK_BYTES, type, m, sizeof(((type *)0)->m))
#define HF_PAD(bytes)                        \
	{                                    \
		HK_PAD, bytes, 0, 0, 0, NULL \
	}
#define HF_TAIL(bytes)                        \
	{                                     \
		HK_TAIL, bytes, 0, 0, 0, NULL \
	}
#define HF_CONST8(v)                        \
	{                                   \
		HK_CONST8, v, 0, 0, 0, NULL \
	}
#define HF_CONST(v)                        \
	{                                  \
		HK_CONST, v, 0, 0, 0, NULL \
	}
#define HF_CHARS(type, m, bytes) HF_ROW(HK_CHARS, type, m, bytes)
#define HF_FIXED(type, m, bytes) HF_ROW(HK_FIXED, type, m, bytes)
#define HF_ANSI(type, m, max) HF_ROW(HK_ANSI, type, m, max)
#define HF_ARRAY(k, type, m, counter, rows)                               \
	{                                                                 \
		k, ARRAY_LEN(((type *)0)->m), offsetof(type, m), counter, \
			sizeof(((type *)0)->m[0]), rows                   \
	}
#define HF_LIST(type, m, counter, rows) \
	HF_ARRAY(HK_LIST, type, m, offsetof(type, counter), rows)
#define HF_REST(type, m, counter, rows) \
	HF_ARRAY(HK_REST, type, m, offsetof(type, counter), rows)
#define HF_GROUP(type, m, rows) HF_ARRAY(HK_GROUP, type, m, 0, rows)
#define HF_STRUCT(type, m, rows)                                                \
	{                                                                       \
		HK_GROUP, 1, offsetof(type, m), 0, sizeof(((type *)0)->m), rows \
	}
#define HF_MAYBE(type, m) HF_ROW(HK_MAYBE, type, m, 0)
#define HF_END                           \
	{                                \
		HK_END, 0, 0, 0, 0, NULL \
	}
#define HF_ROWS(...) ((const struct heci_field[]){__VA_ARGS__ HF_END})

/* Into *out, zeroed by the caller. Failure is r's. */
void heci_fields_decode(struct rd *r, const struct heci_field *f, void *out);
/* Text or counts over their limits are our own mistake: they assert. */
void heci_fields_encode(struct wr *w, const struct heci_field *f, const void *in);

#endif
