/* SPDX-License-Identifier: Apache-2.0
 * Commands that are not written yet: each goes when its own file comes.
 */
#include <agent/rpc/command.h>

#include <agent/rpc/local.h>

struct err *rpc_amtinfo(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_activate(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_deactivate(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_sync_clock(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_sync_hostname(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_sync_ip(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_change_password(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_sync_device_info(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_diagnostics_cira(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_diagnostics_csme(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_diagnostics_wsman_list(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_diagnostics_wsman_get(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}
