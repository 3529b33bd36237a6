/* SPDX-License-Identifier: Apache-2.0
 * The commands of both forms. rpc.md 1.2 to 1.8.
 */
#include <agent/rpc/command.h>

#include <agent/rpc/local.h>
#include <ctype.h>

#define REMOTE (RPC_NEEDS_HECI | RPC_NEEDS_OPTION)
#define LOCAL (RPC_NEEDS_HECI | RPC_NEEDS_ACTIVE | RPC_NEEDS_PASSWORD)

/* clang-format off */
const struct rpc_cli_command rpc_v2_commands[] = {
	{"activate", NULL, {rpc_v2_common, rpc_v2_uuid, rpc_v2_activate}, REMOTE, rpc_activate,
	 "set this device up, by a profile of an RPS or locally",
	 "rpc activate -u wss://server/activate -profile acmprofile"},
	{"amtinfo", NULL, {rpc_v2_amtinfo}, RPC_NEEDS_HECI, rpc_amtinfo,
	 "show AMT's state and settings", "rpc amtinfo"},
	{"configure", NULL, {NULL}, 0, NULL, "change one feature locally; needs the AMT password", NULL},
	{"configure wired", "wiredsettings addethernetsettings",
	 {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_wired},
	 LOCAL | RPC_NEEDS_OPTION, rpc_configure_wired, "wired network settings",
	 "rpc configure wired -dhcp -ipsync"},
	{"configure wireless", "addwifisettings", {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_wireless},
	 LOCAL | RPC_NEEDS_OPTION, rpc_configure_wireless, "Wi-Fi profiles",
	 "rpc configure wireless -config wifi.yaml -secrets secrets.yaml"},
	{"configure enablewifiport", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid},
	 LOCAL, rpc_configure_wifi_sync, "enable the Wi-Fi port and profile synchronisation",
	 "rpc configure enablewifiport"},
	{"configure tls", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_tls}, LOCAL,
	 rpc_configure_tls, "TLS on AMT's ports", "rpc configure tls -mode Server"},
	{"configure mebx", "setmebx", {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_mebx}, LOCAL,
	 rpc_configure_mebx, "MEBx password (admin control mode)", "rpc configure mebx"},
	{"configure syncclock", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid}, LOCAL,
	 rpc_configure_sync_clock, "set AMT's clock to the system's", "rpc configure syncclock"},
	{"configure amtfeatures", "setamtfeatures", {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_amtfeatures},
	 LOCAL | RPC_NEEDS_OPTION, rpc_configure_amt_features, "KVM, SOL, IDE redirection, user consent",
	 "rpc configure amtfeatures -kvm -sol -ider -userConsent none"},
	{"configure amtpassword", "changeamtpassword", {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_amtpassword},
	 LOCAL, rpc_configure_amt_password, "change the AMT password", "rpc configure amtpassword"},
	{"configure cira", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_cira},
	 LOCAL, rpc_configure_cira, "call an MPS (CIRA)",
	 "rpc configure cira -mpsaddress mps.example.org -mpscert BASE64"},
	{"deactivate", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_deactivate}, REMOTE, rpc_deactivate,
	 "bring this device back to pre-provisioning", "rpc deactivate -u wss://server/activate"},
	{"maintenance", NULL, {NULL}, 0, NULL, "tasks that the RPS does; need the AMT password", NULL},
	{"maintenance changepassword", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_changepassword},
	 RPC_NEEDS_HECI, rpc_change_password, "change the AMT password, to a random one unless -static is given",
	 "rpc maintenance changepassword -u wss://server/activate"},
	{"maintenance syncdeviceinfo", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid}, RPC_NEEDS_HECI,
	 rpc_sync_device_info, "tell the server what device this is",
	 "rpc maintenance syncdeviceinfo -u wss://server/activate"},
	{"maintenance syncclock", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid}, RPC_NEEDS_HECI,
	 rpc_sync_clock, "set AMT's clock", "rpc maintenance syncclock -u wss://server/activate"},
	{"maintenance synchostname", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid}, RPC_NEEDS_HECI,
	 rpc_sync_hostname, "set AMT's host name to the system's",
	 "rpc maintenance synchostname -u wss://server/activate"},
	{"maintenance syncip", NULL, {rpc_v2_common, rpc_v2_force, rpc_v2_uuid, rpc_v2_syncip}, RPC_NEEDS_HECI,
	 rpc_sync_ip, "set AMT's wired address, to the system's unless -staticip is given",
	 "rpc maintenance syncip -u wss://server/activate"},
	{"version", NULL, {rpc_v2_version}, 0, rpc_version, "show the versions of rpc and of its protocol",
	 "rpc version"},
	{0},
};

const struct rpc_cli_command rpc_v3_commands[] = {
	{"activate", NULL, {rpc_v3_common, rpc_v3_activate}, RPC_NEEDS_HECI, rpc_activate,
	 "set this device up, by a profile of an RPS, a profile file, or locally",
	 "rpc activate --url wss://server/activate --profile acmprofile"},
	{"deactivate", NULL, {rpc_v3_common, rpc_v3_deactivate}, RPC_NEEDS_HECI, rpc_deactivate,
	 "bring this device back to pre-provisioning", "rpc deactivate --url wss://server/activate"},
	{"amtinfo", NULL, {rpc_v3_common, rpc_v3_amtinfo}, 0, rpc_amtinfo,
	 "show AMT's state and settings", "rpc amtinfo --json"},
	{"configure", NULL, {NULL}, 0, NULL, "change one feature locally; needs the AMT password", NULL},
	{"configure mebx", "setmebx", {rpc_v3_common, rpc_v3_mebx}, LOCAL, rpc_configure_mebx,
	 "MEBx password (admin control mode)", "rpc configure mebx"},
	{"configure amt-password", "amtpassword changeamtpassword", {rpc_v3_common, rpc_v3_amt_password}, LOCAL,
	 rpc_configure_amt_password, "change the AMT password", "rpc configure amt-password"},
	{"configure amt-features", "amtfeatures setamtfeatures", {rpc_v3_common, rpc_v3_amt_features}, LOCAL,
	 rpc_configure_amt_features, "KVM, SOL, IDE redirection, user consent",
	 "rpc configure amt-features --kvm --sol --userConsent none"},
	{"configure enable-amt", "enable-op-state enable-operational-state", {rpc_v3_common},
	 RPC_NEEDS_HECI, rpc_configure_enable_amt, "switch AMT on", "rpc configure enable-amt"},
	{"configure disable-amt", "disable-op-state disable-operational-state", {rpc_v3_common},
	 RPC_NEEDS_HECI, rpc_configure_disable_amt, "switch AMT off", "rpc configure disable-amt"},
	{"configure cira", NULL, {rpc_v3_common, rpc_v3_cira}, LOCAL, rpc_configure_cira, "call an MPS (CIRA)",
	 "rpc configure cira --mpsaddress mps.example.org --mpscert BASE64"},
	{"configure sync-clock", "syncclock synctime", {rpc_v3_common}, LOCAL, rpc_configure_sync_clock,
	 "set AMT's clock to the system's", "rpc configure sync-clock"},
	{"configure hostname", "synchostname sethostname", {rpc_v3_common}, LOCAL, rpc_configure_hostname,
	 "set AMT's host name to the system's", "rpc configure hostname"},
	{"configure wi-fi-sync", "wifisync wifi", {rpc_v3_common, rpc_v3_wifi_sync}, LOCAL,
	 rpc_configure_wifi_sync, "Wi-Fi port and profile synchronisation", "rpc configure wifisync"},
	{"configure wireless", "addwifisettings", {rpc_v3_common, rpc_v3_wireless}, LOCAL, rpc_configure_wireless,
	 "Wi-Fi profiles", "rpc configure wireless --profileName office --ssid office"},
	{"configure wired", "ethernet addethernetsettings", {rpc_v3_common, rpc_v3_wired}, LOCAL,
	 rpc_configure_wired, "wired network settings", "rpc configure wired --dhcp"},
	{"configure tls", "configuretls", {rpc_v3_common, rpc_v3_tls}, LOCAL, rpc_configure_tls,
	 "TLS on AMT's ports", "rpc configure tls --mode Server"},
	{"configure proxy", "httpproxy", {rpc_v3_common, rpc_v3_proxy}, LOCAL, rpc_configure_proxy,
	 "HTTP proxies that AMT calls its MPS through", "rpc configure proxy --list"},
	{"diagnostics", "diag", {NULL}, 0, NULL, "logs and raw data, for finding faults", NULL},
	{"diagnostics cira", NULL, {rpc_v3_common, rpc_v3_output}, RPC_NEEDS_HECI,
	 rpc_diagnostics_cira, "the firmware's log of CIRA connections", "rpc diagnostics cira"},
	{"diagnostics csme", NULL, {rpc_v3_common, rpc_v3_output}, RPC_NEEDS_HECI,
	 rpc_diagnostics_csme, "the firmware's flash log", "rpc diagnostics csme"},
	{"diagnostics wsman", "ws-man", {NULL}, 0, NULL, "WS-Management classes of AMT", NULL},
	{"diagnostics wsman list", NULL, {rpc_v3_common}, 0, rpc_diagnostics_wsman_list,
	 "names of the classes that can be read", "rpc diagnostics wsman list"},
	{"diagnostics wsman get", NULL, {rpc_v3_common, rpc_v3_wsman}, RPC_NEEDS_HECI,
	 rpc_diagnostics_wsman_get, "read classes", "rpc diagnostics wsman get --class AMT_GeneralSettings"},
	{"completion", NULL, {NULL}, 0, NULL, "completion for shells", NULL},
	{"completion bash", NULL, {rpc_v3_common}, 0, rpc_completion_bash, "completion for bash",
	 "source <(rpc completion bash)"},
	{"manual", NULL, {rpc_v3_common}, 0, rpc_manual, "this program's manual page (roff)",
	 "rpc manual | man -l -"},
	{"version", NULL, {rpc_v3_common}, 0, rpc_version, "show the versions of rpc and of its protocol",
	 "rpc version --json"},
	{0},
};
/* clang-format on */

const struct rpc_cli_command *rpc_cli_commands(enum rpc_form form)
{
	return form == RPC_V2 ? rpc_v2_commands : rpc_v3_commands;
}

const struct rpc_flag *rpc_flag_find(const struct rpc_cli_command *c, struct str name)
{
	for (int g = 0; g < RPC_FLAG_GROUPS && c->flags[g] != NULL; g++)
		for (const struct rpc_flag *f = c->flags[g]; f->name != NULL; f++)
			if (str_eqz(name, f->name))
				return f;
	return NULL;
}

const struct rpc_flag *rpc_flag_letter(const struct rpc_cli_command *c, char letter)
{
	for (int g = 0; g < RPC_FLAG_GROUPS && c->flags[g] != NULL; g++)
		for (const struct rpc_flag *f = c->flags[g]; f->name != NULL; f++)
			if (f->letter == letter)
				return f;
	return NULL;
}

/* "skipIPRenew" -> "RPC_SKIP_IP_RENEW": words end at dashes and where the case changes.
 */
static const char *derived_env(const char *name, struct arena *a)
{
	size_t n = strlen(name), len = 0;
	char *out = arena_alloc(a, 2 * n + 5);

	len = (size_t)sprintf(out, "RPC_");
	for (size_t i = 0; i < n; i++) {
		bool upper = isupper((unsigned char)name[i]) && i > 0;
		bool border = upper && (!isupper((unsigned char)name[i - 1]) ||
					islower((unsigned char)name[i + 1]));

		if (border)
			out[len++] = '_';
		out[len++] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
	}
	out[len] = '\0';
	return out;
}

const char *rpc_flag_env(const struct rpc_flag *f, enum rpc_form form, struct arena *a)
{
	if (f->env != NULL || form == RPC_V2)
		return f->env;
	return derived_env(f->name, a);
}
