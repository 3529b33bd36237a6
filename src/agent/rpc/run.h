/* SPDX-License-Identifier: Apache-2.0
 * One command line from beginning to end: what main.c and librpc.c share.
 */
#ifndef AGENT_RPC_RUN_H
#define AGENT_RPC_RUN_H

#include <agent/rpc/rpc.h>

/* out, err and in_fd of r are set, the rest zero; free it with rpc_fini. Not from within
 * a runtime's loop: it starts its own. The exit code. own_process: argv may be wiped, and
 * Ctrl-C cancels. */
int rpc_run(struct rpc *r, int argc, char **argv, bool own_process);
void rpc_fini(struct rpc *r);

#endif
