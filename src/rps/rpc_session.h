/* SPDX-License-Identifier: Apache-2.0
 * One conversation with a Remote Provisioning Client over its WebSocket, once its command
 * was read: what is to reach the device's AMT goes out as messages, what AMT answers
 * comes back as bytes of a stream. rps.md 5.5, 6.1, 6.5.
 *
 *   WS-Management -> amt_http -> stream (plain: one `wsman` message per request, its
 *   answer the next `response`; tunnel: TLS whose records are `tls_data`) -> WebSocket
 *
 * The caller's fiber runs the flow; a reader and a writer fiber belong to the session.
 * When the client goes away, streams fail with ERR_CLOSED; nothing is cancelled, since
 * what the servers have to note must be noted still.
 */
#ifndef RPS_RPC_SESSION_H
#define RPS_RPC_SESSION_H

#include <amt/rpc/message.h>
#include <net/tls.h>
#include <net/ws.h>

struct rpc_session;

struct rpc_session_config {
	int64_t heartbeat_ms; /* silence after which the client is asked for a sign, and
				 then the time for it; 0 = never */
	int64_t write_ms;     /* for the client to take a message */
};

/* Owns the WebSocket; c is copied. */
struct rpc_session *rpc_session_new(struct ws *take_ws,
				    const struct rpc_session_config *c);
/* Sends the last message and closes, unless that was done; no stream may be left. */
OB_SUSPENDS void rpc_session_free(struct rpc_session *s);

/* The client's first message. ERR_INVALID: none that we understand; ERR_CLOSED,
 * ERR_TIMEOUT. Only once, then the fibers start. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_session_command(struct rpc_session *s,
							  struct arena *a,
							  struct deadline until,
							  struct rpc_message *out);

/* amt_open_fn; arg: the session. The port is the client's affair (16992, or 16993 in a
 * tunnel). One stream at a time: an older one ends. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_session_open(void *arg, uint16_t port,
						       struct deadline until,
						       struct stream **out);
/* From now on that time passes between an answer of AMT's and the next plain stream. */
void rpc_session_pace(struct rpc_session *s, int64_t ms);
/* From now on streams are TLS inside tls_data, with this context (a reference is taken),
 * or plain again (NULL). */
void rpc_session_tunnel(struct rpc_session *s, SSL_CTX *ctx);
bool rpc_session_tunnelled(const struct rpc_session *s);
/* The client shall talk to another local port from now on, after delay_s; waits for its
 * acknowledgement. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_session_switch_port(struct rpc_session *s,
							      uint16_t port, int delay_s,
							      struct deadline until);

/* Neither waits: the writer sends them. */
void rpc_session_progress(struct rpc_session *s, const char *text);
/* The last message; later ones are dropped. */
void rpc_session_end(struct rpc_session *s, bool success, const char *message);

/* NULL, or ERR_CLOSED: the client is gone (or broke the protocol; the text says how). */
OB_MUST_CHECK struct err *rpc_session_check(const struct rpc_session *s);
/* Woken when rpc_session_check may have another answer: for who waits for something else
 * beside it. */
struct waitq *rpc_session_changed(struct rpc_session *s);
/* Waits; ERR_CLOSED as soon as the client is gone. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_session_pause(struct rpc_session *s,
							int64_t ms);

#endif
