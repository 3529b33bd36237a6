/* SPDX-License-Identifier: Apache-2.0
 * HECI (MEI): the clients of the firmware that a host program may connect to, and what
 * connecting answers. rpc.md 2.1, 2.2.
 *
 * One connection speaks to one client; messages are whole, one per read or write, and at
 * most as long as the client said when it was connected. The virtual HECI socket (unix,
 * SOCK_SEQPACKET) carries the same: the first packet is the GUID, the answer is what the
 * driver's ioctl gives, then one packet per message.
 */
#ifndef AMT_HECI_HECI_H
#define AMT_HECI_HECI_H

#include <base/buf.h>
#include <base/cursor.h>

#define HECI_GUID_SIZE 16
/* No client takes or sends more; what a peer claims is cut down to it. */
#define HECI_MESSAGE_MAX 16384u

enum heci_client_id {
	HECI_AMTHI,
	HECI_LME,
	HECI_WATCHDOG,
	HECI_UPID,
	HECI_HOTHAM,
	HECI_MKHI,
	HECI_CLIENTS,
};

struct heci_client {
	const char *name;
	uint8_t guid[HECI_GUID_SIZE]; /* as the driver takes it: mixed-endian */
	uint32_t max_message; /* as hardware tells it, else assumed (rpc.md 2.2) */
	uint8_t protocol;
	bool single; /* firmware takes one connection at a time */
};

const struct heci_client *heci_client(enum heci_client_id id);
/* NULL when there is none. */
const struct heci_client *heci_client_find(const uint8_t guid[HECI_GUID_SIZE]);
static inline enum heci_client_id heci_client_id(const struct heci_client *c)
{
	return (enum heci_client_id)(c - heci_client(HECI_AMTHI));
}

/* Errors of connecting, as the driver numbers them on Linux. */
#define HECI_EBUSY 16u	/* held by someone, or the firmware restarts */
#define HECI_ENOTTY 25u /* the firmware has no such client */

/* The ioctl's answer:
 *   0              4          5         8
 *   | max message  | protocol | 0 0 0   |     little-endian
 * The virtual socket refuses with 4 bytes, an errno, and closes. */
#define HECI_CONNECTED_SIZE 8
struct heci_connected {
	uint32_t refused; /* errno, 0 = connected */
	uint32_t max_message;
	uint8_t protocol;
};

void heci_encode_connected(struct buf *out, const struct heci_connected *c);
/* False when it is neither, or the length is 0. Lengths above HECI_MESSAGE_MAX are cut.
 */
bool heci_decode_connected(const void *p, size_t n, struct heci_connected *c);

#endif
