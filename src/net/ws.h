/* SPDX-License-Identifier: Apache-2.0
 * WebSockets (RFC 6455) by wslay, server and client, over any stream. Fiber use: one
 * reader and one writer fiber. Underneath it is events: what was queued is written, pings
 * are sent, while nobody waits. Pings of the peer are answered when it is read from; with
 * ping_ms set, silence is probed, and a peer that is silent for two periods while the
 * reader waits is given up.
 */
#ifndef NET_WS_H
#define NET_WS_H

#include <net/http_server.h>

struct ws;

struct ws_message {
	bool binary;
	struct str data; /* valid until the next ws_recv */
};

struct ws_config {
	size_t max_message;   /* bytes received; beyond: close 1009 */
	const char *protocol; /* Sec-WebSocket-Protocol to answer / to offer, or NULL */
	uint32_t ping_ms;     /* 0 = never */
};

/* In a handler: answers 101 and takes the connection over; the handler then talks on *out
 * until it returns, and frees it. ERR_INVALID when the request is no proper upgrade
 * (answered 400/426 here). The server's shutdown cancels the handler. */
OB_MUST_CHECK OB_SUSPENDS struct err *ws_accept(struct http_req *req,
						const struct ws_config *c,
						struct ws **out);
/* Client side: owns s in any case. headers: extra lines "Name: value\r\n" or NULL. A
 * refusal has the kind of its status (401 ERR_UNAUTHENTICATED, ...), else
 * ERR_UNAVAILABLE. */
OB_MUST_CHECK OB_SUSPENDS struct err *ws_connect(struct stream *s, const char *host,
						 const char *target, const char *headers,
						 const struct ws_config *c,
						 struct deadline until, struct ws **out);
/* ERR_CLOSED after a close frame, end of stream, or what the protocol forbids
 * (ws_close_code). */
OB_MUST_CHECK OB_SUSPENDS struct err *ws_recv(struct ws *w, struct deadline until,
					      struct ws_message *m);
/* Waits while more than WS_QUEUE_MAX bytes are unsent, then queues the message whole.
 * After ERR_TIMEOUT nothing of it was queued. */
#define WS_QUEUE_MAX 65536
OB_MUST_CHECK OB_SUSPENDS struct err *ws_send(struct ws *w, bool binary, struct str data,
					      struct deadline until);
/* Sends a close frame and waits for the peer's (best effort, 1 s, also when cancelled).
 * reason: UTF-8, at most WS_REASON_MAX bytes; NULL = none. */
#define WS_REASON_MAX 123
OB_SUSPENDS void ws_close(struct ws *w, uint16_t code, const char *reason);
/* The code received; the one sent when we closed first; 1005 = closed without code, 1006
 * = no close frame. */
uint16_t ws_close_code(const struct ws *w);
/* NULL is fine. No fiber may wait in it. */
void ws_free(struct ws *w);

#endif
