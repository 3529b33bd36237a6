/* SPDX-License-Identifier: Apache-2.0
 * Layouts of all AMTHI payloads, and the table of commands. rpc.md 2.5.
 */
#include <amt/heci/amthi_table.h>

/* clang-format off */

static const struct heci_field u32_row[] = {{HK_U32, 0, 0, 0, 0, NULL}, HF_END};
static const struct heci_field u16_row[] = {{HK_U16, 0, 0, 0, 0, NULL}, HF_END};

/* ---- requests ---- */

#define RQ struct amthi_request
#define NONE HF_ROWS()
static const struct heci_field rq_value[] = {HF_U32(RQ, value), HF_END};
static const struct heci_field rq_text[] = {
	HF_ANSI(RQ, text, AMTHI_TEXT_MAX), HF_END};

/* ---- responses ---- */

#define VALUE HF_ROWS(HF_U32(struct amthi_value, value),)
#define FLAG HF_ROWS(HF_BOOL32(struct amthi_flag, on),)
#define TEXT HF_ROWS(HF_ANSI(struct amthi_text, text, AMTHI_TEXT_MAX),)

#define T struct amthi_version
static const struct heci_field version[] = {
	HF_FIXED(T, description, AMTHI_VERSION_SIZE), HF_FIXED(T, version, AMTHI_VERSION_SIZE),
	HF_END};
#undef T

#define T struct amthi_security
static const struct heci_field security[] = {
	HF_BOOL32(T, enterprise_mode), HF_BOOL32(T, tls), HF_BOOL32(T, hardware_crypto),
	HF_U32(T, provisioning_state), HF_BOOL32(T, network_interface), HF_BOOL32(T, sol),
	HF_BOOL32(T, ider), HF_BOOL32(T, firmware_update), HF_BOOL32(T, link),
	HF_BOOL32(T, kvm), HF_PAD(28), HF_END};
#undef T

#define T struct amthi_cert_hash
static const struct heci_field cert_hash[] = {
	HF_BOOL32(T, is_default), HF_BOOL32(T, is_active), HF_BYTES(T, hash),
	HF_U8(T, algorithm), HF_ANSI(T, name, AMTHI_TEXT_MAX), HF_END};
#undef T

#define T struct amthi_remote
static const struct heci_field remote[] = {
	HF_U32(T, network), HF_U32(T, status), HF_U32(T, trigger),
	HF_ANSI(T, mps, AMTHI_TEXT_MAX), HF_END};
#undef T

#define T struct amthi_lan
static const struct heci_field lan[] = {
	HF_BOOL32(T, enabled), HF_U32(T, ipv4), HF_BOOL32(T, dhcp), HF_U8(T, dhcp_mode),
	HF_U8(T, link), HF_BYTES(T, mac), HF_END};
#undef T

#define T struct amthi_tcpip
static const struct heci_field tcpip[] = {
	HF_U32(T, dhcp_mode), HF_U32(T, address), HF_U32(T, mask), HF_U32(T, gateway),
	HF_U32(T, dns), HF_U32(T, dns2), HF_ANSI(T, domain, AMTHI_TEXT_MAX),
	HF_END};
#undef T

#define T struct amthi_setup_audit
static const struct heci_field setup_audit[] = {
	HF_U8(T, tls_mode), HF_BOOL32(T, secure_dns), HF_BOOL32(T, host_initiated),
	HF_U32(T, hash_algorithm), HF_BYTES(T, hash), HF_BYTES(T, ca_serials),
	HF_BOOL32(T, more_serials), HF_BOOL32(T, oem_default), HF_BOOL32(T, time_valid),
	HF_CHARS(T, server_ip, AMTHI_IP_TEXT_SIZE), HF_GROUP(T, time, u16_row),
	HF_ANSI(T, server_fqdn, AMTHI_TEXT_MAX), HF_END};
#undef T

#define T struct amthi_ipv6_address
static const struct heci_field ipv6_address[] = {
	HF_CHARS(T, address, AMTHI_IP_TEXT_SIZE), HF_U32(T, type), HF_U32(T, state),
	HF_END};
#undef T

#define T struct amthi_fqdn
static const struct heci_field fqdn[] = {
	HF_BOOL32(T, shared), HF_BOOL32(T, ddns), HF_U32(T, ddns_interval),
	HF_U32(T, ddns_ttl), HF_U32(T, host_name_len), HF_ANSI(T, fqdn, AMTHI_TEXT_MAX),
	HF_END};
#undef T

/* 33 + 33 bytes are documented; firmware pads them to 68, and MeshAgent takes no other
 * length. */
#define T struct amthi_account
static const struct heci_field account[] = {
	HF_CHARS(T, user, AMTHI_ACCOUNT_SIZE), HF_CHARS(T, password, AMTHI_ACCOUNT_SIZE),
	HF_TAIL(2), HF_END};
#undef T

#define T struct amthi_amt_state
static const struct heci_field amt_state[] = {
	HF_BYTES(T, id), HF_CONST(5), HF_U8(T, link), HF_U8(T, reserved),
	HF_U8(T, crypto_fuse), HF_U8(T, flash_protection), HF_U8(T, last_reset),
	HF_END};
#undef T

/* --- the CIRA log: 1 + 27 + 545 + 2208 bytes --- */

#define T struct amthi_closure
static const struct heci_field closure[] = {
	HF_U32(T, time), HF_U8(T, by_mps), HF_U8(T, apf_reason), HF_U8(T, reason), HF_PAD(3),
	HF_END};
#undef T

#define T struct amthi_cira_tunnel
static const struct heci_field cira_tunnel[] = {
	HF_U8(T, valid), HF_U32(T, open_time), HF_U8(T, trigger), HF_PAD(3),
	HF_CHARS(T, mps, 256), HF_U8(T, proxy_used), HF_CHARS(T, proxy, 256),
	HF_U8(T, auth_method), HF_U8(T, interface), HF_PAD(3), HF_U32(T, last_keepalive),
	HF_U32(T, keepalive_s), HF_STRUCT(T, closure, closure), HF_END};
#undef T

#define T struct amthi_cira_ipv6
static const struct heci_field cira_ipv6[] = {
	HF_BYTES(T, address), HF_U8(T, type), HF_U8(T, state), HF_END};
#undef T

/* The IPv4 addresses are in network order. */
#define T struct amthi_cira_interface
static const struct heci_field cira_interface[] = {
	HF_U8(T, present), HF_U8(T, link), HF_U8(T, dhcp_mode), HF_PAD(3),
	HF_BE32(T, address), HF_BE32(T, gateway), HF_BE32(T, dns), HF_BE32(T, dns2),
	HF_CHARS(T, domain, 192), HF_BYTES(T, router6), HF_BYTES(T, dns6), HF_BYTES(T, dns6_2),
	HF_GROUP(T, addresses6, cira_ipv6), HF_PAD(306), HF_END};
#undef T

#define T struct amthi_cira_detail
static const struct heci_field cira_detail[] = {
	HF_U32(T, status), HF_U8(T, proxy_used), HF_CHARS(T, proxy, 256), HF_U32(T, tcp_error),
	HF_U32(T, tls_error), HF_END};
#undef T

#define T struct amthi_cira_failure
static const struct heci_field cira_failure[] = {
	HF_U8(T, valid), HF_U32(T, time), HF_U8(T, trigger), HF_PAD(3), HF_CHARS(T, mps, 256),
	HF_U8(T, auth_method), HF_GROUP(T, interfaces, cira_interface),
	HF_CHARS(T, wifi_profile, 33), HF_U8(T, wifi_host_control), HF_U8(T, wired_8021x),
	HF_U8(T, wired_8021x_sub), HF_U8(T, wired_media), HF_U8(T, discrete_lan),
	HF_U8(T, interface), HF_PAD(3), HF_GROUP(T, details, cira_detail),
	HF_STRUCT(T, closure, closure), HF_END};
#undef T

#define T struct amthi_cira_log
static const struct heci_field cira_log[] = {
	HF_MAYBE(T, supported), HF_U8(T, version), HF_U8(T, tunnel_open), HF_U8(T, state),
	HF_PAD(3), HF_U32(T, last_keepalive), HF_U32(T, keepalive_s), HF_U8(T, last_connection),
	HF_U32(T, last_connection_time), HF_U8(T, last_tunnel), HF_U32(T, last_opened),
	HF_U32(T, last_closed), HF_STRUCT(T, tunnel, cira_tunnel),
	HF_STRUCT(T, failure, cira_failure), HF_END};
#undef T

/* ---- commands ---- */

#define ROW(command, name, request, type, ...) \
	{command, name, request, HF_ROWS(__VA_ARGS__), sizeof(struct type)}
#define LAID(command, name, request, type, layout) \
	{command, name, request, layout, sizeof(struct type)}
#define STATUS_ONLY(command, name, request) {command, name, request, NONE, 0}

const struct amthi_row amthi_rows[] = {
	LAID(AMTHI_GET_TCPIP_PARAMETERS, "GetTcpipParameters", NONE, amthi_tcpip, tcpip),
	ROW(AMTHI_GET_PROVISIONING_MODE, "GetProvisioningMode", NONE, amthi_provisioning_mode,
		HF_U32(struct amthi_provisioning_mode, mode),
		HF_BOOL32(struct amthi_provisioning_mode, legacy),),
	ROW(AMTHI_UNPROVISION, "Unprovision", rq_value, amthi_unprovisioned,
		HF_MAYBE(struct amthi_unprovisioned, has_state),
		HF_U32(struct amthi_unprovisioned, state),),
	LAID(AMTHI_GET_PROVISIONING_STATE, "GetProvisioningState", NONE, amthi_value, VALUE),
	ROW(AMTHI_GET_CODE_VERSIONS, "GetCodeVersions", NONE, amthi_code_versions,
		HF_CHARS(struct amthi_code_versions, bios, AMTHI_BIOS_SIZE),
		HF_LIST(struct amthi_code_versions, versions, n, version),),
	LAID(AMTHI_GET_SECURITY_PARAMETERS, "GetSecurityParameters", NONE, amthi_security, security),
	ROW(AMTHI_GET_MAC_ADDRESSES, "GetMACAddresses", NONE, amthi_macs,
		HF_BYTES(struct amthi_macs, amt), HF_BYTES(struct amthi_macs, host),),
	STATUS_ONLY(AMTHI_GENERATE_RNG_SEED, "GenerateRNGSeed", NONE),
	STATUS_ONLY(AMTHI_START_CONFIGURATION, "StartConfiguration", NONE),
	STATUS_ONLY(AMTHI_SET_PROVISIONING_SERVER_OTP, "SetProvisioningServerOTP", rq_text),
	LAID(AMTHI_GET_PROVISIONING_TLS_MODE, "GetProvisioningTLSMode", NONE, amthi_value, VALUE),
	ROW(AMTHI_ENUMERATE_HASH_HANDLES, "EnumerateHashHandles", NONE, amthi_hash_handles,
		HF_LIST(struct amthi_hash_handles, handles, n, u32_row),),
	LAID(AMTHI_GET_CERT_HASH_ENTRY, "GetCertificateHashEntry", rq_value, amthi_cert_hash, cert_hash),
	LAID(AMTHI_GET_RNG_SEED_STATUS, "GetRNGSeedStatus", NONE, amthi_value, VALUE),
	STATUS_ONLY(AMTHI_SET_DNS_SUFFIX, "SetDNSSuffix", rq_text),
	LAID(AMTHI_GET_ZERO_TOUCH_ENABLED, "GetZeroTouchEnabled", NONE, amthi_flag, FLAG),
	LAID(AMTHI_GET_PKI_FQDN_SUFFIX, "GetPKIFQDNSuffix", NONE, amthi_text, TEXT),
	LAID(AMTHI_GET_DNS_SUFFIX_LIST, "GetDNSSuffixList", NONE, amthi_text, TEXT),
	STATUS_ONLY(AMTHI_SET_ENTERPRISE_ACCESS, "SetEnterpriseAccess", HF_ROWS(
		HF_U8(RQ, enterprise.flags), HF_BYTES(RQ, enterprise.ip),
		HF_U8(RQ, enterprise.access),)),
	STATUS_ONLY(AMTHI_OPEN_USER_INITIATED_CONNECTION, "OpenUserInitiatedConnection", NONE),
	STATUS_ONLY(AMTHI_CLOSE_USER_INITIATED_CONNECTION, "CloseUserInitiatedConnection", NONE),
	LAID(AMTHI_GET_REMOTE_ACCESS_CONNECTION_STATUS, "GetRemoteAccessConnectionStatus", NONE,
		amthi_remote, remote),
	LAID(AMTHI_GET_CURRENT_POWER_POLICY, "GetCurrentPowerPolicy", NONE, amthi_text, TEXT),
	LAID(AMTHI_GET_LAN_INTERFACE_SETTINGS, "GetLANInterfaceSettings", rq_value, amthi_lan, lan),
	ROW(AMTHI_GET_FEATURES_STATE, "GetFeaturesState", rq_value, amthi_features,
		HF_U32(struct amthi_features, feature),
		HF_REST(struct amthi_features, states, n, u32_row),),
	ROW(AMTHI_GET_LAST_HOST_RESET_REASON, "GetLastHostResetReason", NONE, amthi_reset_reason,
		HF_U32(struct amthi_reset_reason, reason),
		HF_U32(struct amthi_reset_reason, remote_control_time),),
	LAID(AMTHI_GET_USER_INITIATED_ENABLED_INTERFACES, "GetUserInitiatedEnabledInterfaces", NONE,
		amthi_value, VALUE),
	ROW(AMTHI_GET_CONFIG_SERVER_DATA, "GetConfigServerData", NONE, amthi_config_server,
		HF_U16(struct amthi_config_server, port),
		HF_CHARS(struct amthi_config_server, address, AMTHI_IP_TEXT_SIZE),
		HF_ANSI(struct amthi_config_server, fqdn, AMTHI_TEXT_MAX),),
	LAID(AMTHI_GET_ME_SETUP_AUDIT_RECORD, "GetMESetupAuditRecord", NONE, amthi_setup_audit,
		setup_audit),
	ROW(AMTHI_GET_IPV6_LAN_INTERFACE_STATUS, "GetIPv6LANInterfaceStatus", rq_value, amthi_ipv6,
		HF_CHARS(struct amthi_ipv6, router, AMTHI_IP_TEXT_SIZE),
		HF_CHARS(struct amthi_ipv6, dns, AMTHI_IP_TEXT_SIZE),
		HF_CHARS(struct amthi_ipv6, dns2, AMTHI_IP_TEXT_SIZE),
		HF_LIST(struct amthi_ipv6, addresses, n, ipv6_address),),
	LAID(AMTHI_GET_FQDN, "GetFQDN", NONE, amthi_fqdn, fqdn),
	LAID(AMTHI_GET_REDIRECTION_STATE, "GetRedirectionState", NONE, amthi_value, VALUE),
	STATUS_ONLY(AMTHI_SET_HOST_FQDN, "SetHostFQDN", rq_text),
	ROW(AMTHI_GET_UUID, "GetUUID", NONE, amthi_uuid, HF_BYTES(struct amthi_uuid, uuid),),
	STATUS_ONLY(AMTHI_STOP_CONFIGURATION, "StopConfiguration", NONE),
	LAID(AMTHI_GET_LOCAL_SYSTEM_ACCOUNT, "GetLocalSystemAccount", HF_ROWS(HF_PAD(40),),
		amthi_account, account),
	LAID(AMTHI_GET_CONTROL_MODE, "GetControlMode", NONE, amthi_value, VALUE),
	LAID(AMTHI_GET_EHBC_STATE, "GetEHBCState", NONE, amthi_flag, FLAG),
	ROW(AMTHI_START_CONFIGURATION_HBASED, "StartConfigurationHBased", HF_ROWS(
		HF_U8(RQ, start.hash_algorithm), HF_BYTES(RQ, start.hash), HF_U8(RQ, start.host_vpn),
		HF_U32(RQ, start.suffix_list_len), HF_BYTES(RQ, start.suffixes),), amthi_started,
		HF_U8(struct amthi_started, hash_algorithm), HF_BYTES(struct amthi_started, hash),),
	LAID(AMTHI_GET_CIRA_LOG, "GetCIRALog", HF_ROWS(HF_U8(RQ, log_version),), amthi_cira_log,
		cira_log),
	LAID(AMTHI_GET_AMT_STATE, "GetAMTState", HF_ROWS(HF_BYTES(RQ, state_id),), amthi_amt_state,
		amt_state),
};
/* clang-format on */

const size_t amthi_rows_n = ARRAY_LEN(amthi_rows);
