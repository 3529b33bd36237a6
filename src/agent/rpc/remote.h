/* SPDX-License-Identifier: Apache-2.0
 * A session with a Remote Provisioning Server. rpc.md 5, rps.md 5.
 *
 *   remote.c         the conversation: messages in, what each asks for, how it ends
 *   remote_dial.c    WebSocket (address, proxy, TLS: web.c)
 *   remote_hello.c   the first message: command line and what device this is
 *   remote_relay.c   bytes between RPS and AMT, plain requests and TLS records
 *   remote_status.c  the last message: what is shown, which exit code
 */
#ifndef AGENT_RPC_REMOTE_H
#define AGENT_RPC_REMOTE_H

#include <agent/rpc/rpc.h>
#include <amt/rpc/message.h>
#include <amt/rpc/payload.h>
#include <net/ws.h>

/* What RPS is asked to do. */
struct remote_task {
	enum rpc_action action;
	enum rpc_task maintenance;
	enum rpc_exit failed; /* exit code when RPS says that it failed, if codes tell */
	struct rpc_ip ip;     /* syncip */
	bool has_ip, has_hostname_info;
};

/* Connects as the options say. The session's log lines are upstream's. Errors:
 * ERR_UNAVAILABLE, ERR_UNAUTHENTICATED (token refused), ERR_INVALID (URL). */
OB_MUST_CHECK OB_SUSPENDS struct err *remote_dial(struct rpc *r, struct ws **out);

/* The first message's text; it holds secrets. again: the session was lost under way. */
OB_MUST_CHECK OB_SUSPENDS struct err *remote_hello(struct rpc *r,
						   const struct remote_task *t,
						   bool again, struct buf *out);

/* Shows success or error; NULL or the error that ends the run. */
OB_MUST_CHECK struct err *remote_show_result(struct rpc *r, const struct remote_task *t,
					     const struct rpc_message *m);

/* All of it. */
OB_MUST_CHECK OB_SUSPENDS struct err *remote_run(struct rpc *r,
						 const struct remote_task *t);

/* ---- relay ---- */

struct relay;
/* Called from a fiber with what AMT said. */
typedef OB_SUSPENDS struct err *relay_send_fn(void *arg, enum rpc_method method,
					      struct str bytes);

/* Implemented by the session: an exchange ended, with an error or NULL (taken). The last
 * thing that the relay's fiber does. */
void relay_failed(void *arg, struct err *take_e);

struct relay *relay_new(struct rpc *r, relay_send_fn *send, void *arg);
/* Bytes for AMT. What was under way ends: RPS gave it up. */
OB_MUST_CHECK OB_SUSPENDS struct err *relay_put(struct relay *l, struct str bytes);
/* Waits out the delay, then connects to the other port; from now on TLS records. */
OB_MUST_CHECK OB_SUSPENDS struct err *relay_switch_port(struct relay *l, uint16_t port,
							int64_t delay_ms);
/* Lets an exchange with AMT that is under way end, at most for ms. */
OB_SUSPENDS void relay_settle(struct relay *l, int64_t ms);
OB_SUSPENDS void relay_free(struct relay *l);

#endif
