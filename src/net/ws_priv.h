/* SPDX-License-Identifier: Apache-2.0
 * What ws.c (frames) and ws_handshake.c share.
 */
#ifndef NET_WS_PRIV_H
#define NET_WS_PRIV_H

#include <net/ws.h>

/* Owns s, and rest's memory: bytes read beyond the handshake. */
struct ws *ws_new(struct stream *s, struct buf *take_rest, const struct ws_config *c,
		  bool client);
/* Sec-WebSocket-Accept for a key (RFC 6455 section 4.2.2). */
const char *ws_accept_key(struct arena *a, struct str key);

#endif
