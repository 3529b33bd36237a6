/* SPDX-License-Identifier: Apache-2.0
 * Bounded cursors for binary messages: the only way peer bytes are read and wire bytes
 * written.
 *
 * Failure is sticky: after the first one every read gives 0 or NULL, so a decoder reads
 * all its fields and checks st once. RD_SHORT (more bytes may come) differs from RD_BAD
 * (never valid). Lengths are compared with what is left, so nothing wraps.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <base/str.h>

struct rd {
	const uint8_t *p, *end;
	enum { RD_OK, RD_SHORT, RD_BAD } st;
};

static inline struct rd rd_init(const void *p, size_t n)
{
	return (struct rd){(const uint8_t *)p, (const uint8_t *)p + n, RD_OK};
}

static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

static inline const uint8_t *rd_bytes(struct rd *r, size_t n)
{
	if (r->st == RD_OK && n > rd_left(r))
		r->st = RD_SHORT;
	if (r->st != RD_OK)
		return NULL;
	r->p += n;
	return r->p - n;
}

static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 1);
	return p ? p[0] : 0;
}

static inline uint16_t rd_be16(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 2);
	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t rd_be32(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);
	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
			       p[3]
		 : 0;
}

static inline uint16_t rd_le16(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 2);
	return p ? (uint16_t)(p[1] << 8 | p[0]) : 0;
}

static inline uint32_t rd_le32(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, 4);
	return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 |
			       p[0]
		 : 0;
}

/* u32 BE length and that many bytes. max is a protocol limit, checked before waiting for
 * them. */
static inline struct str rd_lv32(struct rd *r, uint32_t max)
{
	uint32_t n = rd_be32(r);
	if (r->st == RD_OK && n > max)
		r->st = RD_BAD;
	const uint8_t *p = rd_bytes(r, n);
	return p ? (struct str){(const char *)p, n} : (struct str){NULL, 0};
}

/* Writer into a caller's array; ok turns false when it does not fit. */
struct wr {
	uint8_t *start, *p, *end;
	bool ok;
};

static inline struct wr wr_init(void *p, size_t n)
{
	return (struct wr){(uint8_t *)p, (uint8_t *)p, (uint8_t *)p + n, true};
}

static inline size_t wr_len(const struct wr *w)
{
	return (size_t)(w->p - w->start);
}

static inline void wr_bytes(struct wr *w, const void *src, size_t n)
{
	if (n > (size_t)(w->end - w->p))
		w->ok = false;
	if (!w->ok)
		return;
	if (n > 0)
		memcpy(w->p, src, n);
	w->p += n;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	wr_bytes(w, &v, 1);
}

static inline void wr_be16(struct wr *w, uint16_t v)
{
	wr_bytes(w, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static inline void wr_be32(struct wr *w, uint32_t v)
{
	wr_bytes(w,
		 (uint8_t[]){(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
			     (uint8_t)v},
		 4);
}

static inline void wr_le16(struct wr *w, uint16_t v)
{
	wr_bytes(w, (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8)}, 2);
}

static inline void wr_le32(struct wr *w, uint32_t v)
{
	wr_bytes(w,
		 (uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
			     (uint8_t)(v >> 24)},
		 4);
}

static inline void wr_lv32(struct wr *w, struct str s)
{
	wr_be32(w, (uint32_t)s.n);
	wr_bytes(w, s.p, s.n);
}

#endif
