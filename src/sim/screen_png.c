/* SPDX-License-Identifier: Apache-2.0
 * A display as a PNG image: 8 bits of red, green and blue, no filters, one IDAT.
 */
#include <sim/screen.h>

#include <base/cursor.h>
#include <stdlib.h>
#include <zlib.h>

#define BYTES_PER_PIXEL 3
#define COLOUR_RGB 2
#define NOTICE_INK 0xFFFFFF
#define NOTICE_GROUND 0xAA0000
#define NOTICE_MARGIN 8

/* | length | type | length bytes | CRC of type and bytes |, big-endian */
static void chunk(struct buf *out, const char type[5], const void *p, size_t n)
{
	size_t room = 12 + n;
	struct wr w = wr_init(buf_reserve(out, room), room);
	uLong crc = crc32(0, (const Bytef *)type, 4);

	if (n > 0) /* no bytes at all would begin a new sum */
		crc = crc32(crc, p, (uInt)n);
	wr_be32(&w, (uint32_t)n);
	wr_bytes(&w, type, 4);
	wr_bytes(&w, p, n);
	wr_be32(&w, (uint32_t)crc);
	out->len += wr_len(&w);
}

/* A box with the text in the middle of the upper half, as the platform lays it over
 * whatever is shown. */
static void lay_over(uint32_t *pixels, unsigned width, unsigned height, const char *text)
{
	unsigned columns = (unsigned)strlen(text),
		 w = columns * SIM_FONT_WIDTH + 2 * NOTICE_MARGIN,
		 h = SIM_FONT_HEIGHT + 2 * NOTICE_MARGIN;

	OB_ASSERT(w <= width && h <= height / 4);
	unsigned left = (width - w) / 2, top = height / 4;

	for (unsigned y = 0; y < h; y++)
		for (unsigned x = 0; x < w; x++) {
			unsigned tx = x - NOTICE_MARGIN, ty = y - NOTICE_MARGIN;
			bool on = tx < columns * SIM_FONT_WIDTH && ty < SIM_FONT_HEIGHT &&
				  sim_font_glyph(text[tx / SIM_FONT_WIDTH])[ty] &
					  0x80 >> tx % SIM_FONT_WIDTH;
			pixels[(top + y) * width + left + x] =
				on ? NOTICE_INK : NOTICE_GROUND;
		}
}

static void rows(const uint32_t *pixels, unsigned width, unsigned height, uint8_t *out)
{
	for (unsigned y = 0; y < height; y++) {
		*out++ = 0; /* no filter */
		for (unsigned x = 0; x < width; x++) {
			uint32_t p = pixels[y * width + x];
			*out++ = (uint8_t)(p >> 16);
			*out++ = (uint8_t)(p >> 8);
			*out++ = (uint8_t)p;
		}
	}
}

void sim_view_png(const struct sim_view *v, const char *notice, struct buf *out)
{
	unsigned width = sim_view_width(v->display), height = sim_view_height(v->display);
	size_t n = (size_t)height * (1 + (size_t)width * BYTES_PER_PIXEL);
	uint32_t *pixels = xcalloc((size_t)width * height, sizeof(*pixels));
	uint8_t *raw = xmalloc(n), head[13];
	uLongf packed_n = compressBound(n);
	uint8_t *packed = xmalloc(packed_n);
	struct wr w = wr_init(head, sizeof(head));

	sim_view_draw(v, 0, 0, width, height, pixels);
	if (notice != NULL)
		lay_over(pixels, width, height, notice);
	rows(pixels, width, height, raw);
	OB_ASSERT(compress(packed, &packed_n, raw, n) == Z_OK);
	wr_be32(&w, width);
	wr_be32(&w, height);
	wr_u8(&w, 8);
	wr_u8(&w, COLOUR_RGB);
	wr_u8(&w, 0); /* deflate */
	wr_u8(&w, 0); /* filters by row */
	wr_u8(&w, 0); /* not interlaced */
	buf_add(out, "\x89PNG\r\n\x1a\n", 8);
	chunk(out, "IHDR", head, sizeof(head));
	chunk(out, "IDAT", packed, packed_n);
	chunk(out, "IEND", NULL, 0);
	free(packed);
	free(raw);
	free(pixels);
}
