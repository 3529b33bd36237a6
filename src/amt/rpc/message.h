/* SPDX-License-Identifier: Apache-2.0
 * The protocol between the Remote Provisioning Client and Server, both directions:
 * rps.md 5, rpc.md 5. One JSON object per WebSocket text frame.
 *
 *   {"method":s,"apiKey":s,"appVersion":s,"protocolVersion":"4.0.0","status":s,
 *    "message":s,"fqdn":s,"payload":s|null,"tenantId":s}
 *
 * The first message of a client has its command line as method. Afterwards the server
 * sends requests for AMT and the client sends AMT's answers.
 */
#ifndef AMT_RPC_MESSAGE_H
#define AMT_RPC_MESSAGE_H

#include <base/err.h>
#include <base/secret.h>

#define RPC_PROTOCOL_VERSION "4.0.0"

enum rpc_method {
	RPC_COMMAND, /* client: whatever is none of the others */
	RPC_RESPONSE,
	RPC_TLS_DATA, /* both */
	RPC_CONNECTION_RESET,
	RPC_PORT_SWITCH_ACK,
	RPC_HEARTBEAT_RESPONSE,
	RPC_WSMAN, /* from here on: server */
	RPC_PORT_SWITCH,
	RPC_PROGRESS,
	RPC_HEARTBEAT_REQUEST,
	RPC_SUCCESS,
	RPC_ERROR,
};

struct rpc_message {
	enum rpc_method method;
	struct str command; /* RPC_COMMAND */
	struct str app_version, protocol_version, status, message, tenant;
	/* Decoded; of port_switch the JSON text as it is. p NULL = null. */
	struct str payload;
	bool from_client; /* for encoding: a client's marks */
};

/* ERR_INVALID says what is wrong with it. out points into the arena. */
OB_MUST_CHECK struct err *rpc_message_decode(struct str text, struct arena *a,
					     struct rpc_message *out);
/* protocol_version is ours; status NULL and message NULL: "ok". */
void rpc_message_encode(struct buf *out, const struct rpc_message *m);
/* ERR_INVALID with upstream's texts (rps.md 5.2). An empty version is fine. */
OB_MUST_CHECK struct err *rpc_version_check(struct str version);

/* ---- the command line ---- */

enum rpc_action { RPC_ACTIVATE, RPC_DEACTIVATE, RPC_MAINTENANCE };

/* In the order in which the first one wins. */
enum rpc_task {
	RPC_TASK_NONE,
	RPC_SYNC_TIME,
	RPC_SYNC_IP,
	RPC_CHANGE_PASSWORD,
	RPC_SYNC_HOSTNAME,
	RPC_SYNC_DEVICE_INFO,
};

struct rpc_command {
	enum rpc_action action;
	struct str profile;
	struct secret password; /* p NULL: not on the line */
	bool force;
	enum rpc_task task;
	struct secret task_arg; /* the new password of changepassword; p NULL: none */
};

/* "synctime", ...; NULL for none. */
const char *rpc_task_name(enum rpc_task t);
/* ERR_INVALID: no command that we know. A value extends over blanks up to the next word
 * that begins with a dash. profile points into line. */
OB_MUST_CHECK struct err *rpc_command_parse(struct str line, struct rpc_command *out);
void rpc_command_fini(struct rpc_command *c);

#endif
