/* SPDX-License-Identifier: Apache-2.0
 * What rpc tells about itself: help and usage from the tables of commands and flags.
 */
#ifndef AGENT_RPC_HELP_H
#define AGENT_RPC_HELP_H

#include <agent/rpc/command.h>

/* Of r->command, or of all when it is NULL; to standard output. */
void rpc_help(struct rpc *r);
/* As v2 lists options after a mistake: to standard error. */
void rpc_usage(struct rpc *r);

#endif
