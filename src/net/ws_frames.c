/* SPDX-License-Identifier: Apache-2.0
 * Where frames begin and end, which of them are whole binary messages, and how whole
 * messages are framed. RFC 6455 sections 5.2, 5.3.
 */
#include <net/ws_priv.h>

#include <base/cursor.h>
#include <base/encode.h>

static size_t head_size(const struct ws_frames *f)
{
	uint8_t n = f->head[1] & 0x7f;

	if (f->have < 2)
		return 2;
	return 2 + (n == 126 ? 2u : n == 127 ? 8u : 0u) + (f->head[1] & 0x80 ? 4u : 0u);
}

/* False: not in the shortest form. */
static bool length_of(const struct ws_frames *f, uint64_t *n)
{
	struct rd r = rd_init(f->head + 2, 8);

	*n = f->head[1] & 0x7f;
	if (*n == 126) {
		*n = rd_be16(&r);
		return *n >= 126;
	}
	if (*n == 127) {
		*n = (uint64_t)rd_be32(&r) << 32;
		*n |= rd_be32(&r);
		return *n > UINT16_MAX;
	}
	return true;
}

/* The head is complete. */
static void begin(struct ws_frames *f)
{
	static const uint8_t fin_binary = 0x82, control = 0x08, fin = 0x80;
	bool masked = f->head[1] & 0x80, shortest = length_of(f, &f->left);

	f->turn = 0;
	f->whole = f->head[0] == fin_binary && masked == f->masked && shortest &&
		   !f->in_message && f->left <= f->max;
	memset(f->mask, 0, sizeof(f->mask));
	if (masked)
		memcpy(f->mask, f->head + f->have - 4, 4);
	if (!f->whole && !(f->head[0] & control))
		f->in_message = !(f->head[0] & fin);
}

enum ws_part ws_frames_next(struct ws_frames *f, struct str *in, struct str *part)
{
	size_t want, n;

	if (f->left == 0) {
		if (f->have == head_size(f))
			f->have = 0;
		while (in->n > 0 && f->have < (want = head_size(f))) {
			n = MIN(want - f->have, in->n);
			memcpy(f->head + f->have, in->p, n);
			f->have += (uint8_t)n;
			*in = str_sub(*in, n, in->n);
		}
		if (f->have < head_size(f))
			return WS_PART_NONE;
		begin(f);
		*part = (struct str){(const char *)f->head, f->have};
		return f->whole ? WS_PART_BEGIN : WS_PART_OTHER;
	}
	n = (size_t)MIN(f->left, in->n);
	if (n == 0)
		return WS_PART_NONE;
	*part = str_sub(*in, 0, n);
	*in = str_sub(*in, n, in->n);
	f->left -= n;
	return f->whole ? WS_PART_DATA : WS_PART_OTHER;
}

void ws_mask(char *out, struct str in, const uint8_t mask[4], size_t turn)
{
	uint8_t turned[8];
	uint64_t both, v;
	size_t i = 0;

	for (size_t k = 0; k < sizeof(turned); k++)
		turned[k] = mask[(turn + k) % 4];
	memcpy(&both, turned, sizeof(both));
	for (; i + sizeof(v) <= in.n; i += sizeof(v)) {
		memcpy(&v, in.p + i, sizeof(v));
		v ^= both;
		memcpy(out + i, &v, sizeof(v));
	}
	for (; i < in.n; i++)
		out[i] = (char)((uint8_t)in.p[i] ^ turned[i % 8]);
}

void ws_frames_unmask(struct ws_frames *f, char *out, struct str in)
{
	ws_mask(out, in, f->mask, f->turn);
	f->turn = (uint8_t)((f->turn + in.n) % 4);
}

void ws_frame_put(struct buf *out, uint8_t opcode, bool masked, struct str data)
{
	uint8_t head[10], mask[4], bit = masked ? 0x80 : 0;
	struct wr h = wr_init(head, sizeof(head));

	wr_u8(&h, 0x80 | opcode);
	if (data.n < 126) {
		wr_u8(&h, bit | (uint8_t)data.n);
	} else if (data.n <= UINT16_MAX) {
		wr_u8(&h, bit | 126);
		wr_be16(&h, (uint16_t)data.n);
	} else {
		wr_u8(&h, bit | 127);
		wr_be32(&h, (uint32_t)((uint64_t)data.n >> 32));
		wr_be32(&h, (uint32_t)data.n);
	}
	buf_reserve(out, sizeof(head) + sizeof(mask) + data.n);
	buf_add(out, head, wr_len(&h));
	if (!masked) {
		buf_addstr(out, data);
		return;
	}
	random_bytes(mask, sizeof(mask));
	buf_add(out, mask, sizeof(mask));
	ws_mask(buf_reserve(out, data.n), data, mask, 0);
	out->len += data.n;
}
