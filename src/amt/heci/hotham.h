/* SPDX-License-Identifier: Apache-2.0
 * HOTHAM: the firmware's flash log. rpc.md 2.8.
 *
 * Header, u32 little-endian: class:2 = 2, target:3 = 1, sequence:3, request:8, length:12,
 * reserved:3, type:1. An answer of 4 bytes whose last is 0x89 means "not supported".
 */
#ifndef AMT_HECI_HOTHAM_H
#define AMT_HECI_HOTHAM_H

#include <base/buf.h>
#include <base/cursor.h>

#define HOTHAM_LOG_MAX 8192u

enum hotham_command { HOTHAM_LOG_SIZE = 0x80, HOTHAM_LOG = 0x81 };

struct hotham_response {
	bool supported;
	uint32_t size;	/* HOTHAM_LOG_SIZE */
	struct str log; /* HOTHAM_LOG; into the decoded bytes */
};

/* Append. */
void hotham_encode_request(struct buf *out, enum hotham_command c);
void hotham_encode_response(struct buf *out, enum hotham_command c,
			    const struct hotham_response *r);
/* False: none of these. */
bool hotham_decode_request(const void *p, size_t n, enum hotham_command *c);
bool hotham_decode_response(const void *p, size_t n, enum hotham_command c,
			    struct hotham_response *r);

#endif
