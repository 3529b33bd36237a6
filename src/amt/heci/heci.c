/* SPDX-License-Identifier: Apache-2.0
 * Table of HECI clients and the answer to connecting.
 */
#include <amt/heci/heci.h>

/* Lengths of the last three are not known from hardware; HOTHAM's flash log is 8192 bytes
 * behind a header of 4. */
/* clang-format off */
static const struct heci_client clients[HECI_CLIENTS] = {
	[HECI_AMTHI] = {"AMTHI",
		{0x28, 0x00, 0xf8, 0x12, 0xb7, 0xb4, 0x2d, 0x4b,
		 0xac, 0xa8, 0x46, 0xe0, 0xff, 0x65, 0x81, 0x4c}, 5120, 1, false},
	[HECI_LME] = {"LME",
		{0xdb, 0xa4, 0x33, 0x67, 0x76, 0x04, 0x7b, 0x4e,
		 0xb3, 0xaf, 0xbc, 0xfc, 0x29, 0xbe, 0xe7, 0xa7}, 8192, 4, true},
	[HECI_WATCHDOG] = {"watchdog",
		{0x6f, 0x9a, 0xb7, 0x05, 0x28, 0x46, 0x7f, 0x4d,
		 0x89, 0x9d, 0xa9, 0x15, 0x14, 0xcb, 0x32, 0xab}, 5120, 1, false},
	[HECI_UPID] = {"UPID",
		{0x79, 0x6c, 0x13, 0x92, 0xea, 0x5f, 0xfd, 0x4c,
		 0x98, 0x0e, 0x23, 0xbe, 0x07, 0xfa, 0x5e, 0x9f}, 4096, 1, false},
	[HECI_HOTHAM] = {"HOTHAM",
		{0xa7, 0xe5, 0x2e, 0x08, 0x25, 0x7c, 0x0a, 0x47,
		 0x96, 0x43, 0x0c, 0x06, 0xf0, 0x46, 0x6e, 0xa1}, 8196, 1, false},
	[HECI_MKHI] = {"MKHI",
		{0x15, 0x67, 0x6a, 0x8e, 0xbc, 0x9a, 0x43, 0x40,
		 0x88, 0xef, 0x9e, 0x39, 0xc6, 0xf6, 0x3e, 0x0f}, 4096, 1, false},
};
/* clang-format on */

const struct heci_client *heci_client(enum heci_client_id id)
{
	OB_ASSERT(id < HECI_CLIENTS);
	return &clients[id];
}

const struct heci_client *heci_client_find(const uint8_t guid[HECI_GUID_SIZE])
{
	for (size_t i = 0; i < HECI_CLIENTS; i++)
		if (memcmp(clients[i].guid, guid, HECI_GUID_SIZE) == 0)
			return &clients[i];
	return NULL;
}

void heci_encode_connected(struct buf *out, const struct heci_connected *c)
{
	struct wr w = wr_init(buf_reserve(out, HECI_CONNECTED_SIZE), HECI_CONNECTED_SIZE);

	if (c->refused != 0) {
		wr_le32(&w, c->refused);
	} else {
		wr_le32(&w, c->max_message);
		wr_u8(&w, c->protocol);
		wr_bytes(&w, "\0\0", 3);
	}
	out->len += wr_len(&w);
}

bool heci_decode_connected(const void *p, size_t n, struct heci_connected *c)
{
	struct rd r = rd_init(p, n);

	*c = (struct heci_connected){0};
	if (n == 4) {
		c->refused = rd_le32(&r);
		return c->refused != 0;
	}
	if (n != HECI_CONNECTED_SIZE)
		return false;
	c->max_message = rd_le32(&r);
	c->protocol = rd_u8(&r);
	c->max_message = MIN(c->max_message, HECI_MESSAGE_MAX);
	return c->max_message != 0;
}
