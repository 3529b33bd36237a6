/* SPDX-License-Identifier: Apache-2.0
 * Messages over a stream that keeps their borders (the MEI device, a SOCK_SEQPACKET
 * socket): event-driven reading and a bounded queue of what is to be sent. Both ends of a
 * HECI connection use it: the virtual device for every client, the host for LME.
 */
#ifndef AMT_HECI_LINK_H
#define AMT_HECI_LINK_H

#include <net/stream.h>

struct heci_link;

/* Called on the loop. Any may free the link. */
struct heci_link_handler {
	/* bytes are valid during the call */
	void (*message)(struct heci_link *l, struct str bytes, void *arg);
	/* what was queued is out; may be NULL */
	void (*drained)(struct heci_link *l, void *arg);
	/* once: the peer closed, the connection broke, or a limit was passed. why: static
	 * text. Never from within a call into the link. */
	void (*closed)(struct heci_link *l, const char *why, void *arg);
};

#define HECI_LINK_MAX_UNSENT (256u << 10) /* a peer that does not read is closed */

/* Owns stream; h must outlive the link, and may be NULL if heci_link_handle follows at
 * once. Longer messages than max_message close the link. */
struct heci_link *heci_link_new(struct stream *take_stream, uint32_t max_message,
				const struct heci_link_handler *h, void *arg);
/* From the next message on. */
void heci_link_handle(struct heci_link *l, uint32_t max_message,
		      const struct heci_link_handler *h, void *arg);
/* One message, sent or queued. */
void heci_link_send(struct heci_link *l, struct str bytes);
size_t heci_link_unsent(const struct heci_link *l);
/* Takes in what has arrived, without waiting for the loop to tell. */
void heci_link_poll(struct heci_link *l);
/* Any time, from callbacks too; no callback comes after it. NULL is fine. */
void heci_link_free(struct heci_link *l);

#endif
