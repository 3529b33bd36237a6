/* SPDX-License-Identifier: Apache-2.0
 * Redirection relay: a console in a browser (WebSocket) and a device's port 16994, with
 * bytes in both directions. KVM, SOL, IDE-R. mps.md 5, wire-amt.md 5.
 *
 * A session is a handler's fiber, which takes bytes from the client, and one that takes
 * bytes from the device. Neither reads further than the other side takes: a slow client
 * stops the device by its window, a slow device stops the client by TCP. So a session's
 * memory is bounded: RELAY_CHUNK read, twice that as text, WS_QUEUE_MAX unsent, one
 * message of RELAY_MESSAGE_MAX of the client, and the channel's window (320 KiB at most).
 */
#ifndef DEVICE_RELAY_H
#define DEVICE_RELAY_H

#include <amt/redirection/session.h>
#include <device/device_api.h>
#include <iam/iam.h>

#define RELAY_CHUNK 32768u
#define RELAY_MESSAGE_MAX (256u << 10)

/* Codes of the close frames that we send, each with a reason in words. */
enum relay_close {
	RELAY_ENDED = 1000,    /* the device ended the session */
	RELAY_STOPPING = 1001, /* this server stops */
	/* The client broke the protocol, wants another mode, or its login was revoked. */
	RELAY_VIOLATION = 1008,
	RELAY_REFUSED = 4401,	   /* the device refuses the stored password */
	RELAY_BY_OPERATOR = 4403,  /* ended over REST */
	RELAY_NO_DEVICE = 4404,	   /* not connected */
	RELAY_CLIENT_SLOW = 4408,  /* the client took nothing for a minute */
	RELAY_BUSY = 4409,	   /* the device has such a session already */
	RELAY_DEVICE_LOST = 4410,  /* the device's connection ended */
	RELAY_DEVICE_ERROR = 4502, /* the device refused, or broke the protocol */
	RELAY_UNAVAILABLE = 4503,  /* a store cannot be asked */
	RELAY_DEVICE_SLOW = 4504,  /* the device took or answered nothing in time */
};

struct relay;

struct relay_config {
	struct device_host *host;
	struct iam *iam;
	struct db *db; /* for audit records */
	uint32_t ping_ms;
};

struct relay *relay_new(const struct relay_config *c);
/* After the server's shutdown, which ends all sessions. NULL is fine. */
void relay_free(struct relay *r);

/* /relay/webrelay.ashx, and the list of sessions with their ends. They find the relay in
 * the device_host. */
extern const struct http_route relay_routes[];
extern const size_t relay_routes_n;

#endif
