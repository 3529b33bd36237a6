/* SPDX-License-Identifier: Apache-2.0
 * The protocol between rpc and RPS, client side. rpc.md 5.
 */
#ifndef AGENT_RPC_PROTOCOL_H
#define AGENT_RPC_PROTOCOL_H

#define RPC_PROTOCOL_VERSION "4.0.0"

#endif
