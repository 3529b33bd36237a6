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

/* ---- ws_frames.c ---- */

/* Divides received bytes: binary messages of one frame, of which there are many and large
 * ones, are taken whole here; all other frames, and those that are wrong, are wslay's,
 * which copies five times and unmasks byte by byte. */
struct ws_frames {
	bool masked;	 /* the peer's frames have to be */
	bool whole;	 /* the one under way is such a message */
	bool in_message; /* between frames of one message */
	uint8_t have, turn;
	uint8_t head[14], mask[4];
	uint64_t left; /* payload bytes of the frame under way */
	size_t max;    /* bytes of a message */
};

enum ws_part {
	WS_PART_NONE,  /* nothing is left of in */
	WS_PART_BEGIN, /* of a whole message of f->left bytes */
	WS_PART_DATA,  /* of it, to be unmasked; its end when f->left is 0 */
	WS_PART_OTHER, /* for wslay */
};

/* Takes the next part off in; slices until the next call. */
enum ws_part ws_frames_next(struct ws_frames *f, struct str *in, struct str *part);
/* Each WS_PART_DATA once, in order. out has room for it. */
void ws_frames_unmask(struct ws_frames *f, char *out, struct str in);
/* in with the mask's bytes from turn on. out has room for it. */
void ws_mask(char *out, struct str in, const uint8_t mask[4], size_t turn);
/* A message of one frame, appended. masked: a client's. */
void ws_frame_put(struct buf *out, uint8_t opcode, bool masked, struct str data);

#endif
