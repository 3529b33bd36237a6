/* SPDX-License-Identifier: Apache-2.0
 * What the Remote Provisioning Client tells about its device: the payload of its first
 * message. rps.md 5.4, rpc.md 5.2.
 */
#ifndef AMT_RPC_PAYLOAD_H
#define AMT_RPC_PAYLOAD_H

#include <base/encode.h>
#include <base/err.h>
#include <base/secret.h>

#define RPC_MAX_HASHES 64

struct rpc_ip {
	bool dhcp, is_static, ipsync;
	struct str address, netmask, gateway, primary_dns, secondary_dns;
};

struct rpc_payload {
	struct str ver, build, sku, features;
	char uuid[UUID_TEXT_SIZE]; /* lower case */
	struct str username;
	struct secret password; /* local system account, or admin when activated */
	int64_t current_mode;	/* enum ips_control_mode; -1 = not sent */
	struct str hostname, fqdn, client;
	struct str cert_hashes[RPC_MAX_HASHES]; /* hex; what is more is not looked at */
	size_t n_hashes;
	bool has_ip;
	struct rpc_ip ip;
	bool has_hostname_info;
	struct str os_suffix, os_hostname; /* hostnameInfo */
	struct str friendly_name;	   /* p NULL = absent, "" clears */
	bool tls_enforced, tls_tunnel, lms_installed, progress;
};

/* ERR_INVALID with upstream's texts (rps.md 5.4, 5.6). Text lives in the arena. */
OB_MUST_CHECK struct err *rpc_payload_decode(struct str json, struct arena *a,
					     struct rpc_payload *out);
void rpc_payload_encode(struct buf *out, const struct rpc_payload *p);
void rpc_payload_fini(struct rpc_payload *p);

/* Version as "16.1.25" -> 16; 0 when it is none. */
int rpc_payload_major(const struct rpc_payload *p);

#endif
