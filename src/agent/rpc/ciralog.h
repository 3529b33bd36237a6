/* SPDX-License-Identifier: Apache-2.0
 * The firmware's log of CIRA connections as text, with the words of Intel's
 * documentation. rpc.md 2.5.
 */
#ifndef AGENT_RPC_CIRALOG_H
#define AGENT_RPC_CIRALOG_H

#include <amt/heci/amthi.h>

void rpc_ciralog_text(const struct amthi_cira_log *log, struct buf *out);

#endif
