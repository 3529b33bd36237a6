/* SPDX-License-Identifier: Apache-2.0
 * What a run of rpc was asked for: one struct for all commands, filled from command line,
 * environment and defaults by the tables of flags (flags_*.c). rpc.md 1.
 *
 * Text is NULL when it was not given. A secret is unset (p NULL) when it was not given;
 * its bytes are wiped from argv.
 */
#ifndef AGENT_RPC_OPTIONS_H
#define AGENT_RPC_OPTIONS_H

#include <base/secret.h>

/* Two command lines in one program (rpc.md 1): v2 is what scripts and EMF's agent use. */
enum rpc_form { RPC_V2 = 1, RPC_V3 = 2 };

/* Items of amtinfo: bits of rpc_options.show. */
enum rpc_show {
	SHOW_VERSION,
	SHOW_BUILD,
	SHOW_SKU,
	SHOW_UUID,
	SHOW_MODE,
	SHOW_STATE, /* provisioning state */
	SHOW_DNS,
	SHOW_HOSTNAME,
	SHOW_LAN,
	SHOW_RAS,
	SHOW_OPERATIONAL,
	SHOW_UPID,
	SHOW_HASHES,
	SHOW_USER_CERTS,
	SHOW_PROXY,
	SHOW_ALL,
};

#define RPC_MAX_CLASSES 64

/* 802.1x, of wired and wireless */
struct rpc_ieee8021x {
	const char *profile_name, *username;
	const char *protocol;		   /* "0" EAP-TLS, "2" PEAPv0/EAP-MSCHAPv2 */
	const char *client_cert, *ca_cert; /* base64 DER */
	struct secret password, private_key;
};

struct rpc_options {
	/* every command */
	const char *log_level;
	bool json, table, no_color, verbose;
	bool skip_cert_check, skip_amt_cert_check;
	const char *tenant, *lms_address, *lms_port;
	struct secret password; /* of AMT's admin */
	bool echo_password;
	const char *heci; /* a virtual device's socket; builds with virtual_heci */
	bool strict;	  /* v2: exit codes tell what RPS said */
	bool force;
	const char *amt_timeout; /* v2: Go duration */

	/* Consoles and RPS */
	const char *url, *proxy;
	const char *ca_file; /* roots that RPS's certificate is checked against */
	struct secret auth_token, auth_password;
	const char *auth_username, *auth_endpoint, *devices_endpoint;

	/* amtinfo */
	uint32_t show; /* 1 << enum rpc_show */
	bool sync;

	/* activate, deactivate */
	bool local, ccm, acm, partial, stop_config, tls_tunnel, skip_ip_renew;
	const char *profile, *dns, *hostname, *name, *uuid;
	struct secret key; /* of an encrypted profile */
	struct secret provisioning_cert, provisioning_cert_password; /* base64 PFX */
	struct secret mebx_password;
	const char *config, *config_v2, *config_json, *secrets; /* v2: files */

	/* configure */
	struct secret new_password;
	const char *user_consent; /* "kvm", "all", "none" */
	bool kvm, sol, ider, disable_all;
	struct secret mps_password;
	const char *mps_address, *mps_cert, *env_detection;
	bool generate_random_password;
	bool os_wifi_sync, uefi_wifi_sync, purge;
	const char *wifi_profile_name, *ssid, *priority, *authentication, *encryption;
	struct secret psk;
	struct rpc_ieee8021x ieee8021x;
	bool dhcp, static_ip_mode, ip_sync;
	const char *ip_address, *subnet_mask, *gateway, *primary_dns, *secondary_dns;
	const char *ea_address, *ea_username;
	struct secret ea_password;
	const char *tls_mode, *tls_delay;
	bool list, delete;
	const char *address, *port, *network_dns_suffix;

	/* maintenance (v2) */
	struct secret static_password;

	/* diagnostics (v3) */
	const char *output, *format;
	const char *classes[RPC_MAX_CLASSES];
	size_t n_classes;
	bool all;
};

/* Wipes the secrets. */
void rpc_options_fini(struct rpc_options *o);

#endif
