/* SPDX-License-Identifier: Apache-2.0
 * amtinfo: what AMT on this machine says of itself. Read once (amtinfo_read.c), then
 * written in one of five forms: text and JSON of v2, text, table and JSON of v3. rpc.md
 * 1.2, 1.8, 1.14.
 */
#ifndef AGENT_RPC_AMTINFO_H
#define AGENT_RPC_AMTINFO_H

#include <agent/rpc/os.h>
#include <agent/rpc/rpc.h>
#include <amt/heci/upid.h>

#define INFO_MAC_SIZE 18

struct info_adapter {
	bool known, enabled, dhcp;
	const char *link, *mode;
	char address[OS_ADDRESS_SIZE], os_address[OS_ADDRESS_SIZE], mac[INFO_MAC_SIZE];
};

struct info_hash {
	struct str name;
	bool is_default, is_active;
	const char *algorithm;
	char hash[2 * AMTHI_HASH_SIZE + 1];
};

struct info_user_cert {
	struct str name; /* common name, else instance */
	struct str instance, subject, issuer, x509, element;
	bool trusted_root, read_only;
};

struct info_proxy {
	struct str address, suffix;
	const char *format;
	int64_t port;
};

/* Text that could not be read is empty, as upstream shows it; has_ tells where absence
 * differs from that. In the run's arena. */
struct rpc_info {
	uint32_t show; /* what was asked for and can be had */
	struct str version, build, sku;
	const char *features;
	char uuid[UUID_TEXT_SIZE];
	bool has_mode, has_state;
	uint32_t mode, state;
	const char *operational; /* "enabled", "disabled"; NULL: not told */
	const char *dns, *os_dns, *hostname;
	bool has_remote;
	struct amthi_remote remote;
	int64_t mps_port; /* 0 = not known */
	struct info_adapter wired, wireless;
	bool has_upid;
	struct upid_msg upid;
	bool has_hashes;
	struct info_hash *hashes; /* sorted by name, the last of a name alone */
	size_t n_hashes;
	bool has_user_certs;
	struct info_user_cert *user_certs; /* likewise */
	size_t n_user_certs;
	bool has_proxies;
	struct info_proxy *proxies;
	size_t n_proxies;
};

static inline bool info_shows(const struct rpc_info *i, enum rpc_show what)
{
	return i->show & 1u << what;
}

/* heci: false when there is no firmware to ask. Errors are those that end the run; what
 * cannot be read is logged and left out. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_info_read(struct rpc *r, bool heci,
						    struct rpc_info *i);
/* amtinfo_wsman.c: user certificates, MPS port, proxies. */
OB_SUSPENDS void rpc_info_read_wsman(struct rpc *r, struct rpc_info *i);

void rpc_info_v2_text(struct rpc *r, const struct rpc_info *i);
void rpc_info_v2_json(struct rpc *r, const struct rpc_info *i);
/* heci false: says why there is so little. */
void rpc_info_v3_text(struct rpc *r, const struct rpc_info *i, bool heci);
void rpc_info_v3_table(struct rpc *r, const struct rpc_info *i);
void rpc_info_v3_json(struct rpc *r, const struct rpc_info *i, bool heci);
#define INFO_ADAPTER_LINES 6
struct info_line {
	const char *label, *value;
};
/* What text of that form tells of an adapter. */
void rpc_info_adapter_lines(enum rpc_form form, const struct info_adapter *a,
			    struct info_line out[INFO_ADAPTER_LINES]);
/* The firmware has none when its address is all zeros. */
bool rpc_info_has_adapter(const struct info_adapter *a);
/* Parts that JSON of both forms has. */
json_t *rpc_info_remote_json(struct rpc *r, const struct rpc_info *i);
json_t *rpc_info_adapter_json(const struct info_adapter *a);
json_t *rpc_info_hashes_json(const struct rpc_info *i);

#endif
