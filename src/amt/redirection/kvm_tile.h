/* SPDX-License-Identifier: Apache-2.0
 * KVM's tiles: pixels of at most 64 x 64, and the bytes of RAW and of the ZRLE-like
 * encoding 16. wire-amt.md 4.6.
 *
 * A tile of encoding 16 is a sub-encoding byte and what it says (RFC 6143 section 7.7.6,
 * with whole pixels), wrapped in a stored deflate block of its own, or passed through one
 * zlib stream that lasts as long as the session. A session uses one of the two wrappings.
 */
#ifndef AMT_REDIRECTION_KVM_TILE_H
#define AMT_REDIRECTION_KVM_TILE_H

#include <amt/redirection/kvm.h>

#define KVM_TILE_PIXELS (KVM_TILE * KVM_TILE)
#define KVM_TILE_MAX 12289u /* bytes of a tile: a run of 3 bytes for each pixel */

/* 0xRRGGBB as a pixel of that format; a format with red alone is grey. */
uint16_t kvm_pixel(const struct kvm_format *f, uint32_t rgb);

struct kvm_tile {
	uint8_t width, height; /* 1..KVM_TILE */
	uint8_t bytes;	       /* per pixel: 1 or 2 */
	uint16_t px[KVM_TILE_PIXELS];
};

enum kvm_sub {
	KVM_SUB_RAW = 0,
	KVM_SUB_SOLID = 1,
	KVM_SUB_PACKED = 2, /* 2..16 colours */
	KVM_SUB_RLE = 128,
	KVM_SUB_PALETTE_RLE = 130, /* 2..127 colours */
	KVM_SUB_BEST = 255,	   /* for the encoder: the shortest */
};

/* Appends the pixels alone. */
void kvm_tile_raw(struct buf *out, const struct kvm_tile *t);
/* Appends the sub-encoded tile; false when that sub-encoding cannot hold it (colours, or
 * a packed palette whose rows do not end on a byte, which the browser clients draw
 * wrongly). */
bool kvm_tile_encode(struct buf *out, const struct kvm_tile *t, enum kvm_sub sub);
/* Fills px of a tile whose other fields are set; false when malformed. data is all of it.
 */
bool kvm_tile_decode_raw(struct str data, struct kvm_tile *t);
bool kvm_tile_decode(struct str data, struct kvm_tile *t);

/* Wraps a tile's bytes as the data of a KVM_ZRLE rectangle. */
void kvm_store(struct buf *out, struct str tile);
struct kvm_deflater;
struct kvm_deflater *kvm_deflater_new(void);
void kvm_deflater_free(struct kvm_deflater *z);
void kvm_deflate(struct kvm_deflater *z, struct buf *out, struct str tile);

/* Unwraps either form; false when malformed or above KVM_TILE_MAX. */
struct kvm_inflater;
struct kvm_inflater *kvm_inflater_new(void);
void kvm_inflater_free(struct kvm_inflater *z);
bool kvm_unwrap(struct kvm_inflater *z, struct str data, struct buf *tile);

/* The pixels of a rectangle of KVM_RAW or KVM_ZRLE, whose size and bytes are set in t. */
bool kvm_rect_pixels(struct kvm_inflater *z, const struct kvm_rect *r,
		     struct kvm_tile *t);

#endif
