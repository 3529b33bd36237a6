/* SPDX-License-Identifier: Apache-2.0
 * rpc version. rpc.md 1.3.
 */
#include <agent/rpc/command.h>

#include <amt/rpc/message.h>
#include <sys/utsname.h>

#define ROW(label, value) "  %-30s %s\n", label, value

static const char *platform(struct rpc *r)
{
	struct utsname u;

	uname(&u);
	return arena_printf(&r->a, "linux/%s",
			    strcmp(u.machine, "x86_64") == 0 ? "amd64" : u.machine);
}

static struct err *version_v2(struct rpc *r)
{
	if (r->o.json) {
		rpc_print_json(r, json_pack("{s:s,s:s,s:s}", "app", "RPC", "version",
					    OUTBAND_VERSION, "protocol",
					    RPC_PROTOCOL_VERSION));
		return NULL;
	}
	rpc_print(r, "RPC\nVersion %s\nProtocol %s\n", OUTBAND_VERSION,
		  RPC_PROTOCOL_VERSION);
	return NULL;
}

struct err *rpc_version(struct rpc *r)
{
	if (r->form == RPC_V2)
		return version_v2(r);
	if (r->o.json) {
		rpc_print_json(r,
			       json_pack("{s:s,s:s,s:s,s:s}", "app", "rpc", "version",
					 OUTBAND_VERSION, "protocol",
					 RPC_PROTOCOL_VERSION, "platform", platform(r)));
		return NULL;
	}
	rpc_print(r, "RPC\n");
	rpc_print(r, ROW("Version", OUTBAND_VERSION));
	rpc_print(r, ROW("Protocol", RPC_PROTOCOL_VERSION));
	rpc_print(r, ROW("Platform", platform(r)));
	return NULL;
}
