/* SPDX-License-Identifier: Apache-2.0
 * amtinfo --sync: tells a console what device this is. rpc.md 1.11.
 */
#ifndef AGENT_RPC_SYNC_H
#define AGENT_RPC_SYNC_H

#include <agent/rpc/amtinfo.h>

OB_MUST_CHECK OB_SUSPENDS struct err *rpc_sync_info(struct rpc *r,
						    const struct rpc_info *i, bool heci);

#endif
