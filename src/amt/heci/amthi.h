/* SPDX-License-Identifier: Apache-2.0
 * AMTHI (PTHI): the host's questions to AMT. One row per command describes request and
 * response for both directions. rpc.md 2.4, 2.5.
 *
 *   0       2         4          8         12        16
 *   | 01 01 | 00 00   | command  | length  | payload           request
 *   | 01 01 | 00 00   | command* | length  | status  | payload response
 *
 * Little-endian. command* has AMTHI_RESPONSE set; length counts what is behind it. A
 * response with a status other than 0 has no payload. Strings are slices into the decoded
 * bytes.
 */
#ifndef AMT_HECI_AMTHI_H
#define AMT_HECI_AMTHI_H

#include <base/buf.h>
#include <base/cursor.h>

#define AMTHI_RESPONSE 0x00800000u
#define AMTHI_HEADER_SIZE 12
#define AMTHI_TEXT_MAX 1000 /* a string with its length in front */
#define AMTHI_MAX_VERSIONS 50
#define AMTHI_VERSION_SIZE 20
#define AMTHI_BIOS_SIZE 65
#define AMTHI_MAX_HASHES 33
#define AMTHI_ACCOUNT_SIZE 33
#define AMTHI_HASH_SIZE 64
#define AMTHI_IP_TEXT_SIZE 46
#define AMTHI_MAX_IPV6 16

/* What each asks with (a member of struct amthi_request) and is answered with. */
/* clang-format off */
enum amthi_command {
	AMTHI_GET_TCPIP_PARAMETERS = 0x04000006, /* -> amthi_tcpip */
	AMTHI_GET_PROVISIONING_MODE = 0x04000008, /* -> amthi_provisioning_mode */
	AMTHI_UNPROVISION = 0x04000010, /* value: mode 0 -> amthi_unprovisioned */
	AMTHI_GET_PROVISIONING_STATE = 0x04000011, /* -> amthi_value: enum amthi_state */
	AMTHI_GET_CODE_VERSIONS = 0x0400001A, /* -> amthi_code_versions */
	AMTHI_GET_SECURITY_PARAMETERS = 0x0400001B, /* -> amthi_security */
	AMTHI_GET_MAC_ADDRESSES = 0x04000025, /* -> amthi_macs */
	AMTHI_GENERATE_RNG_SEED = 0x04000028, /* -> nothing */
	AMTHI_START_CONFIGURATION = 0x04000029, /* -> nothing */
	AMTHI_SET_PROVISIONING_SERVER_OTP = 0x0400002A, /* text -> nothing */
	AMTHI_GET_PROVISIONING_TLS_MODE = 0x0400002B, /* -> amthi_value */
	AMTHI_ENUMERATE_HASH_HANDLES = 0x0400002C, /* -> amthi_hash_handles */
	AMTHI_GET_CERT_HASH_ENTRY = 0x0400002D, /* value: handle -> amthi_cert_hash */
	AMTHI_GET_RNG_SEED_STATUS = 0x0400002E, /* -> amthi_value */
	AMTHI_SET_DNS_SUFFIX = 0x0400002F, /* text -> nothing */
	AMTHI_GET_ZERO_TOUCH_ENABLED = 0x04000030, /* -> amthi_flag */
	AMTHI_GET_PKI_FQDN_SUFFIX = 0x04000036, /* -> amthi_text: the DNS suffix */
	AMTHI_GET_DNS_SUFFIX_LIST = 0x0400003E, /* -> amthi_text, NUL between them */
	AMTHI_SET_ENTERPRISE_ACCESS = 0x0400003F, /* enterprise -> nothing */
	AMTHI_OPEN_USER_INITIATED_CONNECTION = 0x04000044, /* -> nothing */
	AMTHI_CLOSE_USER_INITIATED_CONNECTION = 0x04000045, /* -> nothing */
	AMTHI_GET_REMOTE_ACCESS_CONNECTION_STATUS = 0x04000046, /* -> amthi_remote */
	AMTHI_GET_CURRENT_POWER_POLICY = 0x04000047, /* -> amthi_text */
	AMTHI_GET_LAN_INTERFACE_SETTINGS = 0x04000048, /* value: 0 wired, 1 wireless -> amthi_lan */
	AMTHI_GET_FEATURES_STATE = 0x04000049, /* value: feature -> amthi_features */
	AMTHI_GET_LAST_HOST_RESET_REASON = 0x0400004A, /* -> amthi_reset_reason */
	AMTHI_GET_USER_INITIATED_ENABLED_INTERFACES = 0x0400004D, /* -> amthi_value: 1 BIOS, 2 OS */
	AMTHI_GET_CONFIG_SERVER_DATA = 0x0400004E, /* -> amthi_config_server */
	AMTHI_GET_ME_SETUP_AUDIT_RECORD = 0x04000050, /* -> amthi_setup_audit */
	AMTHI_GET_IPV6_LAN_INTERFACE_STATUS = 0x04000052, /* value: interface -> amthi_ipv6 */
	AMTHI_GET_FQDN = 0x04000056, /* -> amthi_fqdn */
	AMTHI_GET_REDIRECTION_STATE = 0x04000058, /* -> amthi_value: 1 SOL, 2 IDER, 4 KVM */
	AMTHI_SET_HOST_FQDN = 0x0400005B, /* text -> nothing */
	AMTHI_GET_UUID = 0x0400005C, /* -> amthi_uuid */
	AMTHI_STOP_CONFIGURATION = 0x0400005E, /* -> nothing */
	AMTHI_GET_LOCAL_SYSTEM_ACCOUNT = 0x04000067, /* -> amthi_account */
	AMTHI_GET_CONTROL_MODE = 0x0400006B, /* -> amthi_value: enum amthi_mode */
	AMTHI_GET_EHBC_STATE = 0x04000084, /* -> amthi_flag */
	AMTHI_START_CONFIGURATION_HBASED = 0x0400008B, /* start -> amthi_started */
	AMTHI_GET_CIRA_LOG = 0x0400008E, /* log_version -> amthi_cira_log */
	AMTHI_GET_AMT_STATE = 0x01000001, /* state_id -> amthi_amt_state */
};
/* clang-format on */

enum amthi_status {
	AMTHI_SUCCESS = 0,
	AMTHI_INTERNAL_ERROR = 1,
	AMTHI_NOT_READY = 2,
	AMTHI_INVALID_AMT_MODE = 3,
	AMTHI_INVALID_MESSAGE_LENGTH = 4,
	AMTHI_NOT_PERMITTED = 16,
	AMTHI_MAX_LIMIT_REACHED = 23,
	AMTHI_INVALID_PARAMETER = 36,
	AMTHI_RNG_GENERATION_IN_PROGRESS = 47,
	AMTHI_RNG_NOT_READY = 48,
	AMTHI_CERTIFICATE_NOT_READY = 49,
	AMTHI_INVALID_COMMAND = 2051,
	AMTHI_INVALID_HANDLE = 2053,
	AMTHI_NOT_FOUND = 2068,
};

enum amthi_state {
	AMTHI_PRE_PROVISIONING,
	AMTHI_IN_PROVISIONING,
	AMTHI_POST_PROVISIONING
};
enum amthi_mode { AMTHI_NOT_ACTIVATED, AMTHI_CLIENT_CONTROL, AMTHI_ADMIN_CONTROL };
enum amthi_hash {
	AMTHI_MD5,
	AMTHI_SHA1,
	AMTHI_SHA256,
	AMTHI_SHA384,
	AMTHI_SHA224,
	AMTHI_SHA512,
};

/* ---- requests ---- */

struct amthi_start {
	uint8_t hash_algorithm;	       /* AMTHI_SHA256 or AMTHI_SHA384 */
	uint8_t hash[AMTHI_HASH_SIZE]; /* of the provisioning certificate, then zeros */
	uint8_t host_vpn;
	uint32_t suffix_list_len;
	uint8_t suffixes[320];
};

struct amthi_enterprise {
	uint8_t flags, ip[16], access;
};

struct amthi_request {
	enum amthi_command command;
	union { /* which member: see enum amthi_command */
		uint32_t value;
		struct str text; /* at most AMTHI_TEXT_MAX */
		uint8_t log_version;
		uint8_t state_id[16];
		struct amthi_enterprise enterprise;
		struct amthi_start start;
	};
};

/* ---- responses ---- */

struct amthi_value {
	uint32_t value;
};

struct amthi_flag {
	bool on;
};

struct amthi_text {
	struct str text;
};

struct amthi_unprovisioned {
	bool has_state; /* firmware sends none; one client reads it */
	uint32_t state;
};

struct amthi_provisioning_mode {
	uint32_t mode; /* 1 = enterprise */
	bool legacy;
};

struct amthi_version {
	struct str description, version; /* at most AMTHI_VERSION_SIZE */
};

struct amthi_code_versions {
	struct str bios; /* at most AMTHI_BIOS_SIZE */
	uint32_t n;
	struct amthi_version versions[AMTHI_MAX_VERSIONS];
};

struct amthi_security {
	bool enterprise_mode, tls, hardware_crypto;
	uint32_t provisioning_state;
	bool network_interface, sol, ider, firmware_update, link, kvm;
};

struct amthi_macs {
	uint8_t amt[6], host[6];
};

struct amthi_hash_handles {
	uint32_t n;
	uint32_t handles[AMTHI_MAX_HASHES];
};

struct amthi_cert_hash {
	bool is_default, is_active;
	uint8_t hash[AMTHI_HASH_SIZE]; /* as long as its algorithm's, then zeros */
	uint8_t algorithm;
	struct str name;
};

struct amthi_remote {
	uint32_t network; /* 0 direct, 1 VPN, 2 outside the enterprise, 3 unknown */
	uint32_t status;  /* 0 not connected, 1 connecting, 2 connected */
	uint32_t trigger; /* 0 user, 1 alert, 2 provisioning, 3 periodic */
	struct str mps;
};

struct amthi_lan {
	bool enabled;
	uint32_t ipv4; /* most significant byte = first octet */
	bool dhcp;
	uint8_t dhcp_mode; /* 1 active, 2 passive */
	uint8_t link;
	uint8_t mac[6];
};

struct amthi_features {
	uint32_t feature; /* 0 redirection, 1 system defence, 2 web UI, 3 EAC, 4 KVM */
	uint32_t n;
	uint32_t states[3];
};

struct amthi_reset_reason {
	uint32_t reason, remote_control_time;
};

struct amthi_tcpip {
	uint32_t dhcp_mode, address, mask, gateway, dns, dns2;
	struct str domain;
};

struct amthi_config_server {
	uint16_t port;
	struct str address; /* text, at most AMTHI_IP_TEXT_SIZE */
	struct str fqdn;
};

struct amthi_setup_audit {
	uint8_t tls_mode;
	bool secure_dns, host_initiated;
	uint32_t hash_algorithm;
	uint8_t hash[AMTHI_HASH_SIZE], ca_serials[48];
	bool more_serials, oem_default, time_valid;
	struct str server_ip;
	uint16_t time[7]; /* year, month, day of week, day, hour, minute, second */
	struct str server_fqdn;
};

struct amthi_ipv6_address {
	struct str address;
	uint32_t type, state;
};

struct amthi_ipv6 {
	struct str router, dns, dns2;
	uint32_t n;
	struct amthi_ipv6_address addresses[AMTHI_MAX_IPV6];
};

struct amthi_fqdn {
	bool shared, ddns;
	uint32_t ddns_interval, ddns_ttl, host_name_len;
	struct str fqdn;
};

struct amthi_uuid {
	uint8_t uuid[16]; /* SMBIOS order */
};

struct amthi_account {
	struct str user, password; /* secret: wipe the bytes they lie in */
};

struct amthi_started {
	uint8_t hash_algorithm;
	uint8_t hash[AMTHI_HASH_SIZE]; /* of AMT's certificate: raw, or ASCII hex */
};

struct amthi_amt_state {
	uint8_t id[16];
	uint8_t link, reserved, crypto_fuse, flash_protection, last_reset;
};

/* --- the CIRA log --- */

struct amthi_closure {
	uint32_t time;
	uint8_t by_mps, apf_reason, reason;
};

struct amthi_cira_tunnel {
	uint8_t valid;
	uint32_t open_time;
	uint8_t trigger;
	struct str mps;
	uint8_t proxy_used;
	struct str proxy;
	uint8_t auth_method, interface;
	uint32_t last_keepalive, keepalive_s;
	struct amthi_closure closure;
};

struct amthi_cira_ipv6 {
	uint8_t address[16], type, state;
};

struct amthi_cira_interface {
	uint8_t present, link, dhcp_mode;
	uint32_t address, gateway, dns, dns2;
	struct str domain;
	uint8_t router6[16], dns6[16], dns6_2[16];
	struct amthi_cira_ipv6 addresses6[6];
};

struct amthi_cira_detail {
	uint32_t status;
	uint8_t proxy_used;
	struct str proxy;
	uint32_t tcp_error, tls_error; /* TLS: signed on the wire */
};

struct amthi_cira_failure {
	uint8_t valid;
	uint32_t time;
	uint8_t trigger;
	struct str mps;
	uint8_t auth_method;
	struct amthi_cira_interface interfaces[2];
	struct str wifi_profile;
	uint8_t wifi_host_control;
	uint8_t wired_8021x, wired_8021x_sub, wired_media, discrete_lan;
	uint8_t interface;
	struct amthi_cira_detail details[2];
	struct amthi_closure closure;
};

struct amthi_cira_log {
	bool supported; /* an empty answer: this firmware has no log */
	uint8_t version;
	uint8_t tunnel_open, state;
	uint32_t last_keepalive, keepalive_s;
	uint8_t last_connection;
	uint32_t last_connection_time;
	uint8_t last_tunnel;
	uint32_t last_opened, last_closed;
	struct amthi_cira_tunnel tunnel;
	struct amthi_cira_failure failure;
};

/* ---- codec ---- */

/* "GetCodeVersions"; NULL for a command that is not in the table. */
const char *amthi_command_name(uint32_t command);
/* The i-th row of the table; 0 behind the last. */
uint32_t amthi_command_at(size_t i);
/* sizeof the command's response struct; 0 when it has no payload. */
size_t amthi_response_size(enum amthi_command c);
/* "AMT_STATUS_NOT_READY"; "AMT_STATUS_UNKNOWN" for others than rpc.md 2.7 names. */
const char *amthi_status_name(uint32_t status);

/* Appends. */
void amthi_encode_request(struct buf *out, const struct amthi_request *rq);
/* response: the command's struct; not read when status is not 0 or it has none. */
void amthi_encode_response(struct buf *out, enum amthi_command c, uint32_t status,
			   const void *response);
/* As above, for a command that is not in the table. */
void amthi_encode_refusal(struct buf *out, uint32_t command, uint32_t status);

/* AMTHI_SUCCESS; otherwise what firmware answers: INVALID_COMMAND, or
 * INVALID_MESSAGE_LENGTH when header, payload and bytes differ in length. rq->command is
 * set whenever the header was whole; without one (-1) there is nothing to answer. */
int amthi_decode_request(const void *p, size_t n, struct amthi_request *rq);

/* What answered c. On true *status is set and, if it is 0, *response (zeroed, of the
 * command's struct, NULL when it has none). False: malformed, another command's answer,
 * or cut; *why gets static text. Bytes behind the payload are ignored: buffers come
 * padded, and newer firmware may add fields. */
bool amthi_decode_response(const void *p, size_t n, enum amthi_command c,
			   uint32_t *status, void *response, const char **why);

#endif
