/* SPDX-License-Identifier: Apache-2.0
 * Tiles of encoding 16: sub-encodings and their wrapping, see kvm_tile.h.
 */
#include <amt/redirection/kvm_tile.h>
#include <base/cursor.h>
#include <stdlib.h>

#define PALETTE_MAX 127

uint16_t kvm_pixel(const struct kvm_format *f, uint32_t rgb)
{
	uint32_t red = rgb >> 16 & 0xFF, green = rgb >> 8 & 0xFF, blue = rgb & 0xFF;

	if (f->green_max == 0 && f->blue_max == 0) {
		uint32_t grey = (red * 77 + green * 150 + blue * 29) / 256;
		return (uint16_t)(grey * f->red_max / 255 << f->red_shift);
	}
	return (uint16_t)(red * f->red_max / 255 << f->red_shift |
			  green * f->green_max / 255 << f->green_shift |
			  blue * f->blue_max / 255 << f->blue_shift);
}

static size_t pixels(const struct kvm_tile *t)
{
	return (size_t)t->width * t->height;
}

/* ---- writing ---- */

static void put_pixel(struct wr *w, const struct kvm_tile *t, uint16_t px)
{
	if (t->bytes == 1)
		wr_u8(w, (uint8_t)px);
	else
		wr_le16(w, px);
}

static void put_raw(struct wr *w, const struct kvm_tile *t)
{
	for (size_t i = 0; i < pixels(t); i++)
		put_pixel(w, t, t->px[i]);
}

void kvm_tile_raw(struct buf *out, const struct kvm_tile *t)
{
	size_t room = pixels(t) * t->bytes;
	struct wr w = wr_init(buf_reserve(out, room), room);

	put_raw(&w, t);
	out->len += wr_len(&w);
}

struct palette {
	uint16_t px[PALETTE_MAX];
	size_t n;
	uint8_t index[KVM_TILE_PIXELS]; /* of each pixel */
};

/* False when there are more than PALETTE_MAX colours. */
static bool find_palette(const struct kvm_tile *t, struct palette *p)
{
	p->n = 0;
	for (size_t i = 0; i < pixels(t); i++) {
		size_t at = 0;

		while (at < p->n && p->px[at] != t->px[i])
			at++;
		if (at == PALETTE_MAX)
			return false;
		if (at == p->n)
			p->px[p->n++] = t->px[i];
		p->index[i] = (uint8_t)at;
	}
	return true;
}

static unsigned packed_bits(size_t colours)
{
	return colours <= 2 ? 1 : colours <= 4 ? 2 : 4;
}

static void put_palette(struct wr *w, const struct kvm_tile *t, const struct palette *p,
			uint8_t sub)
{
	wr_u8(w, sub);
	for (size_t i = 0; i < p->n; i++)
		put_pixel(w, t, p->px[i]);
}

/* Most significant bit first. Rows end on a byte. */
static void put_packed(struct wr *w, const struct kvm_tile *t, const struct palette *p)
{
	unsigned bits = packed_bits(p->n), byte = 0, used = 0;

	put_palette(w, t, p, (uint8_t)p->n);
	for (size_t i = 0; i < pixels(t); i++) {
		byte = byte << bits | p->index[i];
		used += bits;
		if (used == 8) {
			wr_u8(w, (uint8_t)byte);
			byte = used = 0;
		}
	}
}

static size_t run_at(const struct kvm_tile *t, size_t i)
{
	size_t n = 1;

	while (i + n < pixels(t) && t->px[i + n] == t->px[i])
		n++;
	return n;
}

/* 1 + the sum of bytes up to the first that is not 255. */
static void put_run(struct wr *w, size_t n)
{
	for (n--; n >= 255; n -= 255)
		wr_u8(w, 255);
	wr_u8(w, (uint8_t)n);
}

static void put_rle(struct wr *w, const struct kvm_tile *t)
{
	wr_u8(w, KVM_SUB_RLE);
	for (size_t i = 0, n; i < pixels(t); i += n) {
		n = run_at(t, i);
		put_pixel(w, t, t->px[i]);
		put_run(w, n);
	}
}

static void put_palette_rle(struct wr *w, const struct kvm_tile *t,
			    const struct palette *p)
{
	put_palette(w, t, p, (uint8_t)(128 + p->n));
	for (size_t i = 0, n; i < pixels(t); i += n) {
		n = run_at(t, i);
		wr_u8(w, p->index[i] | (n > 1 ? 0x80 : 0));
		if (n > 1)
			put_run(w, n);
	}
}

static bool can(const struct kvm_tile *t, const struct palette *p, bool palette,
		enum kvm_sub sub)
{
	switch (sub) {
	case KVM_SUB_SOLID:
		return palette && p->n == 1;
	case KVM_SUB_PACKED:
		return palette && p->n >= 2 && p->n <= 16 &&
		       t->width * packed_bits(p->n) % 8 == 0;
	case KVM_SUB_PALETTE_RLE:
		return palette && p->n >= 2;
	default:
		return true;
	}
}

static size_t put_tile(void *room, const struct kvm_tile *t, const struct palette *p,
		       enum kvm_sub sub)
{
	struct wr w = wr_init(room, KVM_TILE_MAX);

	switch (sub) {
	case KVM_SUB_SOLID:
		put_palette(&w, t, p, KVM_SUB_SOLID);
		break;
	case KVM_SUB_PACKED:
		put_packed(&w, t, p);
		break;
	case KVM_SUB_RLE:
		put_rle(&w, t);
		break;
	case KVM_SUB_PALETTE_RLE:
		put_palette_rle(&w, t, p);
		break;
	case KVM_SUB_RAW:
	case KVM_SUB_BEST:
		wr_u8(&w, KVM_SUB_RAW);
		put_raw(&w, t);
		break;
	}
	OB_ASSERT(w.ok);
	return wr_len(&w);
}

/* Tries them all. */
static enum kvm_sub best(void *room, const struct kvm_tile *t, const struct palette *p,
			 bool palette)
{
	static const enum kvm_sub subs[] = {KVM_SUB_SOLID, KVM_SUB_PACKED,
					    KVM_SUB_PALETTE_RLE, KVM_SUB_RLE};
	enum kvm_sub best = KVM_SUB_RAW;
	size_t least = 1 + pixels(t) * t->bytes;

	for (size_t i = 0; i < ARRAY_LEN(subs); i++) {
		if (!can(t, p, palette, subs[i]))
			continue;
		size_t n = put_tile(room, t, p, subs[i]);
		if (n < least) {
			least = n;
			best = subs[i];
		}
	}
	return best;
}

bool kvm_tile_encode(struct buf *out, const struct kvm_tile *t, enum kvm_sub sub)
{
	struct palette *p = xmalloc(sizeof(*p));
	bool palette = find_palette(t, p);
	char *room = buf_reserve(out, KVM_TILE_MAX);

	if (sub == KVM_SUB_BEST)
		sub = best(room, t, p, palette);
	bool ok = can(t, p, palette, sub);
	if (ok)
		out->len += put_tile(room, t, p, sub);
	free(p);
	return ok;
}

/* ---- reading ---- */

static uint16_t get_pixel(struct rd *r, const struct kvm_tile *t)
{
	return t->bytes == 1 ? rd_u8(r) : rd_le16(r);
}

static void get_raw(struct rd *r, struct kvm_tile *t)
{
	for (size_t i = 0; i < pixels(t); i++)
		t->px[i] = get_pixel(r, t);
}

/* RFC 6143 pads each row to a byte. */
static void get_packed(struct rd *r, struct kvm_tile *t, const uint16_t *palette,
		       size_t n)
{
	unsigned bits = packed_bits(n), left = 0, byte = 0;

	for (size_t i = 0; i < pixels(t) && r->st == RD_OK; i++) {
		if (i % t->width == 0)
			left = 0;
		if (left == 0) {
			byte = rd_u8(r);
			left = 8;
		}
		left -= bits;
		unsigned index = byte >> left & ((1u << bits) - 1);
		if (index >= n)
			r->st = RD_BAD;
		else
			t->px[i] = palette[index];
	}
}

/* Pixels of one run; RD_BAD when they do not fit. */
static size_t put_pixels(struct rd *r, struct kvm_tile *t, size_t at, size_t n,
			 uint16_t px)
{
	if (n > pixels(t) - at)
		r->st = RD_BAD;
	for (size_t i = 0; i < n && r->st == RD_OK; i++)
		t->px[at + i] = px;
	return at + n;
}

static size_t get_run(struct rd *r, size_t most)
{
	size_t n = 1;
	uint8_t more;

	do {
		more = rd_u8(r);
		n += more;
	} while (more == 255 && n <= most && r->st == RD_OK);
	return n;
}

static void get_rle(struct rd *r, struct kvm_tile *t)
{
	for (size_t i = 0; i < pixels(t) && r->st == RD_OK;) {
		uint16_t px = get_pixel(r, t);
		i = put_pixels(r, t, i, get_run(r, pixels(t)), px);
	}
}

static void get_palette_rle(struct rd *r, struct kvm_tile *t, const uint16_t *palette,
			    size_t n)
{
	for (size_t i = 0; i < pixels(t) && r->st == RD_OK;) {
		uint8_t index = rd_u8(r);
		size_t run = index & 0x80 ? get_run(r, pixels(t)) : 1;
		index &= 0x7F;
		if (index >= n)
			r->st = RD_BAD;
		else
			i = put_pixels(r, t, i, run, palette[index]);
	}
}

static bool all_read(const struct rd *r)
{
	return r->st == RD_OK && rd_left(r) == 0;
}

bool kvm_tile_decode_raw(struct str data, struct kvm_tile *t)
{
	struct rd r = rd_init(data.p, data.n);

	get_raw(&r, t);
	return all_read(&r);
}

bool kvm_tile_decode(struct str data, struct kvm_tile *t)
{
	struct rd r = rd_init(data.p, data.n);
	uint8_t sub = rd_u8(&r);
	uint16_t palette[PALETTE_MAX];
	size_t n = sub & 0x7F;
	bool packed = sub >= 1 && sub <= 16, rle = sub == 128, runs = sub >= 130;

	if (r.st != RD_OK || (sub != 0 && !packed && !rle && !runs))
		return false;
	for (size_t i = 0; i < n; i++)
		palette[i] = get_pixel(&r, t);
	if (sub == 0)
		get_raw(&r, t);
	else if (sub == 1)
		put_pixels(&r, t, 0, pixels(t), palette[0]);
	else if (packed)
		get_packed(&r, t, palette, n);
	else if (rle)
		get_rle(&r, t);
	else
		get_palette_rle(&r, t, palette, n);
	return all_read(&r);
}

bool kvm_rect_pixels(struct kvm_inflater *z, const struct kvm_rect *r, struct kvm_tile *t)
{
	struct buf tile = {0};

	t->width = (uint8_t)r->width;
	t->height = (uint8_t)r->height;
	if (r->encoding == KVM_RAW)
		return kvm_tile_decode_raw(r->data, t);
	bool ok = r->encoding == KVM_ZRLE && kvm_unwrap(z, r->data, &tile) &&
		  kvm_tile_decode(buf_str(&tile), t);
	buf_fini(&tile);
	return ok;
}
