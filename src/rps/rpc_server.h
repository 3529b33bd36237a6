/* SPDX-License-Identifier: Apache-2.0
 * Where Remote Provisioning Clients connect (rps.rpc.listen, path /activate): who they
 * are, how many, and a flow for each.
 */
#ifndef RPS_RPC_SERVER_H
#define RPS_RPC_SERVER_H

#include <rps/rps_priv.h>

struct rpc_server;

/* Listens; r must outlive it. */
OB_MUST_CHECK struct err *rpc_server_start(struct rps *r, struct rpc_server **out);
/* Clients that are being served get until the deadline, then their flows are cancelled.
 */
OB_SUSPENDS void rpc_server_stop(struct rpc_server *s, struct deadline until);
uint16_t rpc_server_port(const struct rpc_server *s);

#endif
