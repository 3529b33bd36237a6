/* SPDX-License-Identifier: Apache-2.0
 * The host's way to HECI clients: connect, send, receive, each with a deadline. rpc.md
 * 2.1, 2.3. Where the messages go is the driver's affair: the MEI device or a virtual
 * device's socket (virtual.h); both give a stream that keeps messages' borders.
 */
#ifndef AMT_HECI_TRANSPORT_H
#define AMT_HECI_TRANSPORT_H

#include <amt/heci/heci.h>
#include <net/stream.h>

struct heci_driver {
	const char *name;
	/* One try to connect the client. *stream is owned by the caller; NULL when
	 * c->refused is not 0. Errors are about the place itself: ERR_UNAVAILABLE (not
	 * there, not permitted), ERR_TIMEOUT, ERR_CANCELLED. */
	struct err *(*connect)(const char *path, const uint8_t guid[HECI_GUID_SIZE],
			       struct deadline until, struct heci_connected *c,
			       struct stream **stream);
};

/* Which HECI: borrowed by everything below. */
struct heci_place {
	const struct heci_driver *driver;
	const char *path;
};

struct heci;

/* A client held by another program, or a firmware that restarts, is tried again 7 times
 * after growing pauses (750 ms times the number), as far as until allows. ERR_CONFLICT:
 * still held; ERR_NOT_FOUND: this firmware has no such client; ERR_UNAVAILABLE. */
OB_MUST_CHECK OB_SUSPENDS struct err *heci_connect(const struct heci_place *place,
						   enum heci_client_id client,
						   struct deadline until,
						   struct heci **out);
uint32_t heci_max_message(const struct heci *h);
uint8_t heci_protocol(const struct heci *h);
/* ERR_TOO_LARGE before anything is sent. ERR_CLOSED: the firmware went away; connect
 * anew. */
OB_MUST_CHECK OB_SUSPENDS struct err *heci_send(struct heci *h, struct str message,
						struct deadline until);
/* One message, valid until the next call on h. */
OB_MUST_CHECK OB_SUSPENDS struct err *heci_recv(struct heci *h, struct deadline until,
						struct str *message);
/* Both. */
OB_MUST_CHECK OB_SUSPENDS struct err *heci_ask(struct heci *h, struct str message,
					       struct deadline until, struct str *answer);
/* Ends the wrapper and gives its stream, for event-driven use (link.h). */
struct stream *heci_take_stream(struct heci *take_h);
/* Wipes what was received. NULL is fine. */
void heci_close(struct heci *h);
static inline void heci_closep(struct heci **h)
{
	heci_close(*h);
	*h = NULL;
}

#endif
