/* SPDX-License-Identifier: Apache-2.0
 * HOTHAM codec.
 */
#include <amt/heci/hotham.h>

#define CLASS_AND_TARGET (2u | 1u << 2)
#define REQUEST(c) (CLASS_AND_TARGET | (uint32_t)(c) << 8)
#define UNSUPPORTED 0x89u

/* 12 bits; the log's answer is longer than they can say, its length is the message's. */
static uint32_t header(enum hotham_command c, size_t payload)
{
	return REQUEST(c) | (uint32_t)MIN(payload, 0xFFF) << 16;
}

void hotham_encode_request(struct buf *out, enum hotham_command c)
{
	struct wr w = wr_init(buf_reserve(out, 4), 4);

	wr_le32(&w, header(c, 0));
	out->len += wr_len(&w);
}

void hotham_encode_response(struct buf *out, enum hotham_command c,
			    const struct hotham_response *r)
{
	size_t room = 8 + r->log.n;
	struct wr w = wr_init(buf_reserve(out, room), room);

	OB_ASSERT(r->log.n <= HOTHAM_LOG_MAX);
	if (!r->supported) {
		wr_le32(&w, REQUEST(c) | UNSUPPORTED << 24);
	} else if (c == HOTHAM_LOG_SIZE) {
		wr_le32(&w, header(c, 4));
		wr_le32(&w, r->size);
	} else {
		wr_le32(&w, header(c, r->log.n));
		wr_bytes(&w, r->log.p, r->log.n);
	}
	out->len += wr_len(&w);
}

bool hotham_decode_request(const void *p, size_t n, enum hotham_command *c)
{
	struct rd r = rd_init(p, n);
	uint32_t h = rd_le32(&r);

	if (r.st != RD_OK || rd_left(&r) != 0)
		return false;
	*c = (enum hotham_command)(h >> 8 & 0xFF);
	/* the sequence number (bits 5 to 7) is the host's affair */
	return (h & 0x1F) == CLASS_AND_TARGET &&
	       (*c == HOTHAM_LOG_SIZE || *c == HOTHAM_LOG);
}

bool hotham_decode_response(const void *p, size_t n, enum hotham_command c,
			    struct hotham_response *out)
{
	struct rd r = rd_init(p, n);
	uint32_t h = rd_le32(&r);

	*out = (struct hotham_response){0};
	if (r.st != RD_OK)
		return false;
	if (n == 4)
		return h >> 24 == UNSUPPORTED || c == HOTHAM_LOG;
	out->supported = true;
	if (c == HOTHAM_LOG_SIZE) {
		out->size = rd_le32(&r);
		return r.st == RD_OK;
	}
	if (rd_left(&r) > HOTHAM_LOG_MAX)
		return false;
	out->log = (struct str){(const char *)r.p, rd_left(&r)};
	return true;
}
