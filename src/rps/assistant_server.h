/* SPDX-License-Identifier: Apache-2.0
 * Where Enterprise Assistants connect (rps.assistant.listen, a WebSocket at any of
 * upstream's paths): who they are, and questions to them. Messages: amt/rpc/assistant.h.
 *
 * An assistant serves the tenant that it logged in for. Several may serve one tenant: the
 * one that came last is asked, the others stand by.
 */
#ifndef RPS_ASSISTANT_SERVER_H
#define RPS_ASSISTANT_SERVER_H

#include <amt/rpc/assistant.h>
#include <rps/rpc_session.h>
#include <rps/rps_priv.h>

struct assistant_server;

/* Listens; r must outlive it. */
OB_MUST_CHECK struct err *assistant_server_start(struct rps *r,
						 struct assistant_server **out);
/* Disconnects all; who waits for an answer gets ERR_CONFLICT. No question may follow. */
OB_SUSPENDS void assistant_server_stop(struct assistant_server *s, struct deadline until);
uint16_t assistant_server_port(const struct assistant_server *s);

/* One is connected that serves the tenant. */
bool assistant_server_serves(const struct assistant_server *s, const char *tenant);
/* Asks the tenant's assistant for the flow of this client, and waits for the answer:
 * rps.assistant.answer_ms, or until the client is gone. q's request_id is chosen here.
 * Text in the arena; the caller wipes out. ERR_CONFLICT: none is connected, or it went
 * away; ERR_TIMEOUT: it did not answer; ERR_DEVICE: not what it should have; ERR_CLOSED:
 * the client is gone. */
OB_MUST_CHECK OB_SUSPENDS struct err *assistant_server_ask(
	struct assistant_server *s, const char *tenant, struct rpc_session *client,
	const struct assistant_request *q, struct arena *a, struct deadline until,
	struct assistant_answer *out);

#endif
