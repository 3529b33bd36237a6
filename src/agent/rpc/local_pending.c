/* SPDX-License-Identifier: Apache-2.0
 * Local flows that are not written yet: each goes when its local_*.c comes.
 */
#include <agent/rpc/command.h>

#include <agent/rpc/local.h>

struct err *rpc_local_activate(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_local_deactivate(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_local_stop_config(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_local_profile(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_amt_password(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_mebx(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_amt_features(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_enable_amt(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_disable_amt(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_cira(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_sync_clock(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_hostname(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_wifi_sync(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_wireless(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_wired(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_tls(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}

struct err *rpc_configure_proxy(struct rpc *r)
{
	return rpc_exit_error(r, RPC_EXIT_GENERIC, "not in this build yet");
}
