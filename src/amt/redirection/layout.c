/* SPDX-License-Identifier: Apache-2.0
 * The reader and the writer of tables of fields, see layout.h.
 */
#include <amt/redirection/layout.h>

static void read_length(struct rd *r, uint32_t n, uint32_t max, struct str *s)
{
	if (r->st == RD_OK && n > max)
		r->st = RD_BAD;
	*s = (struct str){NULL, r->st == RD_OK ? n : 0};
}

static void read_bytes(struct rd *r, void *to, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);

	if (p != NULL)
		memcpy(to, p, n);
}

static void read_field(struct rd *r, const struct layout_field *f, void *at)
{
	struct str *s = at;

	switch ((enum layout_kind)f->kind) {
	case LAYOUT_SKIP:
		rd_bytes(r, f->arg);
		break;
	case LAYOUT_U8:
		*(uint8_t *)at = rd_u8(r);
		break;
	case LAYOUT_LE16:
		*(uint16_t *)at = rd_le16(r);
		break;
	case LAYOUT_LE32:
		*(uint32_t *)at = rd_le32(r);
		break;
	case LAYOUT_BE16:
		*(uint16_t *)at = rd_be16(r);
		break;
	case LAYOUT_BE32:
		*(uint32_t *)at = rd_be32(r);
		break;
	case LAYOUT_BYTES:
		read_bytes(r, at, f->arg);
		break;
	case LAYOUT_LEN8:
		read_length(r, rd_u8(r), f->max, s);
		break;
	case LAYOUT_LEN_LE16:
		read_length(r, rd_le16(r), f->max, s);
		break;
	case LAYOUT_LEN_LE32:
		read_length(r, rd_le32(r), f->max, s);
		break;
	case LAYOUT_LEN_BE32:
		read_length(r, rd_be32(r), f->max, s);
		break;
	case LAYOUT_DATA:
		s->p = (const char *)rd_bytes(r, s->n);
		if (s->p == NULL)
			s->n = 0;
		break;
	case LAYOUT_END:
		break;
	}
}

void layout_read(struct rd *r, const struct layout_field *f, void *m)
{
	for (; f->kind != LAYOUT_END; f++)
		read_field(r, f, (char *)m + f->offset);
}

static size_t length(const struct layout_field *f, const void *at)
{
	size_t n = ((const struct str *)at)->n;

	OB_ASSERT(n <= f->max);
	return n;
}

static void write_field(struct wr *w, const struct layout_field *f, const void *at)
{
	static const uint8_t zeroes[UINT8_MAX];
	const struct str *s = at;

	switch ((enum layout_kind)f->kind) {
	case LAYOUT_SKIP:
		wr_bytes(w, zeroes, f->arg);
		break;
	case LAYOUT_U8:
		wr_u8(w, *(const uint8_t *)at);
		break;
	case LAYOUT_LE16:
		wr_le16(w, *(const uint16_t *)at);
		break;
	case LAYOUT_LE32:
		wr_le32(w, *(const uint32_t *)at);
		break;
	case LAYOUT_BE16:
		wr_be16(w, *(const uint16_t *)at);
		break;
	case LAYOUT_BE32:
		wr_be32(w, *(const uint32_t *)at);
		break;
	case LAYOUT_BYTES:
		wr_bytes(w, at, f->arg);
		break;
	case LAYOUT_LEN8:
		wr_u8(w, (uint8_t)length(f, at));
		break;
	case LAYOUT_LEN_LE16:
		wr_le16(w, (uint16_t)length(f, at));
		break;
	case LAYOUT_LEN_LE32:
		wr_le32(w, (uint32_t)length(f, at));
		break;
	case LAYOUT_LEN_BE32:
		wr_be32(w, (uint32_t)length(f, at));
		break;
	case LAYOUT_DATA:
		wr_bytes(w, s->p, s->n);
		break;
	case LAYOUT_END:
		break;
	}
}

/* At least what the field takes. */
static size_t field_size(const struct layout_field *f, const void *at)
{
	switch ((enum layout_kind)f->kind) {
	case LAYOUT_SKIP:
	case LAYOUT_BYTES:
		return f->arg;
	case LAYOUT_DATA:
		return ((const struct str *)at)->n;
	default:
		return 4;
	}
}

void layout_write(struct buf *out, const struct layout_field *f, const void *m)
{
	size_t room = 1;

	for (const struct layout_field *i = f; i->kind != LAYOUT_END; i++)
		room += field_size(i, (const char *)m + i->offset);
	struct wr w = wr_init(buf_reserve(out, room), room);
	for (; f->kind != LAYOUT_END; f++)
		write_field(&w, f, (const char *)m + f->offset);
	OB_ASSERT(w.ok);
	out->len += wr_len(&w);
}

ssize_t layout_result(const struct rd *r, size_t n, const char *bad, const char **why)
{
	if (r->st == RD_BAD) {
		*why = bad;
		return -1;
	}
	return r->st == RD_SHORT ? 0 : (ssize_t)(n - rd_left(r));
}
