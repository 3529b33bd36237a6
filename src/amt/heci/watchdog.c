/* SPDX-License-Identifier: Apache-2.0
 * Codec of the watchdog client's commands.
 */
#include <amt/heci/watchdog.h>

#define COMMAND 0x05
#define VERSION 0x10

static void put_head(struct wr *w, enum watchdog_command c)
{
	wr_u8(w, COMMAND);
	wr_u8(w, c == WATCHDOG_SET_OPERATIONAL_STATE ? 3 : 2);
	wr_u8(w, (uint8_t)c);
	wr_u8(w, VERSION);
}

void watchdog_encode_request(struct buf *out, const struct watchdog_request *rq)
{
	struct wr w = wr_init(buf_reserve(out, 5), 5);

	put_head(&w, rq->command);
	if (rq->command == WATCHDOG_SET_OPERATIONAL_STATE)
		wr_u8(&w, rq->enable);
	out->len += wr_len(&w);
}

void watchdog_encode_response(struct buf *out, enum watchdog_command c,
			      const struct watchdog_response *r)
{
	struct wr w = wr_init(buf_reserve(out, 8), 8);

	if (c == WATCHDOG_IS_CHANGE_ENABLED) {
		wr_u8(&w, r->bitmap);
	} else {
		if (c == WATCHDOG_SET_OPERATIONAL_STATE)
			put_head(&w, c);
		wr_le32(&w, r->status);
	}
	out->len += wr_len(&w);
}

bool watchdog_decode_request(const void *p, size_t n, struct watchdog_request *rq)
{
	struct rd r = rd_init(p, n);
	uint8_t command = rd_u8(&r), length = rd_u8(&r), sub = rd_u8(&r),
		version = rd_u8(&r);
	uint8_t state = 0;

	*rq = (struct watchdog_request){0};
	if (sub == WATCHDOG_SET_OPERATIONAL_STATE)
		state = rd_u8(&r);
	if (r.st != RD_OK || rd_left(&r) != 0 || command != COMMAND ||
	    version != VERSION || length != n - 2 || state > 1)
		return false;
	if (sub < WATCHDOG_IS_CHANGE_ENABLED || sub > WATCHDOG_SET_OPERATIONAL_STATE)
		return false;
	rq->command = (enum watchdog_command)sub;
	rq->enable = state;
	return true;
}

bool watchdog_decode_response(const void *p, size_t n, enum watchdog_command c,
			      struct watchdog_response *out)
{
	struct rd r = rd_init(p, n);

	*out = (struct watchdog_response){0};
	if (c == WATCHDOG_IS_CHANGE_ENABLED) {
		out->bitmap = rd_u8(&r);
		return r.st == RD_OK;
	}
	if (n >= 8)
		rd_le32(&r);
	out->status = rd_le32(&r);
	return r.st == RD_OK;
}
