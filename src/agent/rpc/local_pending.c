/* SPDX-License-Identifier: Apache-2.0
 * Local flows that are not written yet: each goes when its local_*.c comes.
 */
#include <agent/rpc/command.h>

#include <agent/rpc/local_priv.h>

struct err *local_activate_secure(struct rpc *r, const struct activation_cert *cert)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

