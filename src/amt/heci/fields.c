/* SPDX-License-Identifier: Apache-2.0
 * Reader and writer of HECI layouts.
 */
#include <amt/heci/fields.h>

static const uint8_t zeros[512];

/* ---- reading ---- */

static void decode_array(struct rd *r, const struct heci_field *f, void *out, uint32_t n)
{
	for (uint32_t i = 0; i < n && r->st == RD_OK; i++)
		heci_fields_decode(r, f->sub, (char *)out + f->offset + i * f->stride);
}

static void decode_list(struct rd *r, const struct heci_field *f, void *out)
{
	uint32_t n = rd_le32(r);

	if (n > f->n)
		r->st = RD_BAD;
	decode_array(r, f, out, n);
	if (r->st == RD_OK)
		*(uint32_t *)((char *)out + f->count) = n;
}

static void decode_rest(struct rd *r, const struct heci_field *f, void *out)
{
	uint32_t *n = (uint32_t *)((char *)out + f->count);

	while (r->st == RD_OK && rd_left(r) > 0 && *n < f->n) {
		heci_fields_decode(r, f->sub, (char *)out + f->offset + *n * f->stride);
		(*n)++;
	}
}

static struct str decode_text(struct rd *r, const struct heci_field *f)
{
	uint32_t n = f->n, room = f->n;

	if (f->kind != HK_CHARS) {
		n = rd_le16(r);
		if (r->st == RD_OK && n > f->n)
			r->st = RD_BAD;
		if (f->kind == HK_ANSI)
			room = n;
	}
	const uint8_t *p = rd_bytes(r, room);

	if (p == NULL)
		return (struct str){NULL, 0};
	if (f->kind == HK_CHARS)
		n = (uint32_t)strnlen((const char *)p, n);
	return (struct str){(const char *)p, n};
}

static void decode_bytes(struct rd *r, const struct heci_field *f, void *at)
{
	const uint8_t *p = rd_bytes(r, f->n);

	if (p != NULL)
		memcpy(at, p, f->n);
}

static void decode_const(struct rd *r, const struct heci_field *f)
{
	uint32_t v = f->kind == HK_CONST8 ? rd_u8(r) : rd_le32(r);

	if (r->st == RD_OK && v != f->n)
		r->st = RD_BAD;
}

static void decode_field(struct rd *r, const struct heci_field *f, void *out)
{
	void *at = (char *)out + f->offset;

	switch ((enum heci_kind)f->kind) {
	case HK_U8:
		*(uint8_t *)at = rd_u8(r);
		break;
	case HK_U16:
		*(uint16_t *)at = rd_le16(r);
		break;
	case HK_U32:
		*(uint32_t *)at = rd_le32(r);
		break;
	case HK_BE32:
		*(uint32_t *)at = rd_be32(r);
		break;
	case HK_BOOL32:
		*(bool *)at = rd_le32(r) != 0;
		break;
	case HK_BYTES:
		decode_bytes(r, f, at);
		break;
	case HK_PAD:
		rd_bytes(r, f->n);
		break;
	case HK_TAIL:
		rd_bytes(r, MIN(rd_left(r), f->n));
		break;
	case HK_CONST8:
	case HK_CONST:
		decode_const(r, f);
		break;
	case HK_CHARS:
	case HK_FIXED:
	case HK_ANSI:
		*(struct str *)at = decode_text(r, f);
		break;
	case HK_LIST:
		decode_list(r, f, out);
		break;
	case HK_REST:
		decode_rest(r, f, out);
		break;
	case HK_GROUP:
		decode_array(r, f, out, f->n);
		break;
	case HK_MAYBE:
	case HK_END:
		break;
	}
}

void heci_fields_decode(struct rd *r, const struct heci_field *f, void *out)
{
	for (; f->kind != HK_END; f++) {
		if (f->kind == HK_MAYBE) {
			bool *has = (bool *)((char *)out + f->offset);

			*has = rd_left(r) > 0;
			if (!*has)
				return;
		}
		decode_field(r, f, out);
	}
}

/* ---- writing ---- */

static void encode_array(struct wr *w, const struct heci_field *f, const void *in,
			 uint32_t n)
{
	OB_ASSERT(n <= f->n);
	for (uint32_t i = 0; i < n; i++)
		heci_fields_encode(w, f->sub,
				   (const char *)in + f->offset + i * f->stride);
}

static void encode_text(struct wr *w, const struct heci_field *f, struct str s)
{
	OB_ASSERT(s.n <= f->n);
	if (f->kind != HK_CHARS)
		wr_le16(w, (uint16_t)s.n);
	wr_bytes(w, s.p, s.n);
	if (f->kind != HK_ANSI)
		wr_bytes(w, zeros, f->n - s.n);
}

static void encode_field(struct wr *w, const struct heci_field *f, const void *in)
{
	const void *at = (const char *)in + f->offset;
	uint32_t n = 0;

	if (f->kind == HK_LIST || f->kind == HK_REST)
		n = *(const uint32_t *)((const char *)in + f->count);
	switch ((enum heci_kind)f->kind) {
	case HK_U8:
		wr_u8(w, *(const uint8_t *)at);
		break;
	case HK_U16:
		wr_le16(w, *(const uint16_t *)at);
		break;
	case HK_U32:
		wr_le32(w, *(const uint32_t *)at);
		break;
	case HK_BE32:
		wr_be32(w, *(const uint32_t *)at);
		break;
	case HK_BOOL32:
		wr_le32(w, *(const bool *)at);
		break;
	case HK_BYTES:
		wr_bytes(w, at, f->n);
		break;
	case HK_PAD:
	case HK_TAIL:
		wr_bytes(w, zeros, f->n);
		break;
	case HK_CONST8:
		wr_u8(w, (uint8_t)f->n);
		break;
	case HK_CONST:
		wr_le32(w, f->n);
		break;
	case HK_CHARS:
	case HK_FIXED:
	case HK_ANSI:
		encode_text(w, f, *(const struct str *)at);
		break;
	case HK_LIST:
		wr_le32(w, n);
		encode_array(w, f, in, n);
		break;
	case HK_REST:
		encode_array(w, f, in, n);
		break;
	case HK_GROUP:
		encode_array(w, f, in, f->n);
		break;
	case HK_MAYBE:
	case HK_END:
		break;
	}
}

void heci_fields_encode(struct wr *w, const struct heci_field *f, const void *in)
{
	for (; f->kind != HK_END; f++) {
		if (f->kind == HK_MAYBE && !*(const bool *)((const char *)in + f->offset))
			return;
		encode_field(w, f, in);
	}
}
