/* SPDX-License-Identifier: Apache-2.0
 * The six tables as data (rps.md 2.3 to 2.8, 3).
 */
#include <rps/rps_store_priv.h>

/* clang-format off */
#define STMTS ((struct db_stmt[RPS_STMTS]){{NULL}})
#define COLUMNS(c) .columns = (c), .n_columns = ARRAY_LEN(c)

static const struct rps_column cira_columns[] = {
	{"mps_server_address", "mpsServerAddress", RPS_TEXT},
	{"mps_port", "mpsPort", RPS_INT},
	{"user_name", "username", RPS_TEXT},
	{"common_name", "commonName", RPS_TEXT},
	{"server_address_format", "serverAddressFormat", RPS_INT},
	{"auth_method", "authMethod", RPS_INT},
	{"mps_root_certificate", "mpsRootCertificate", RPS_TEXT},
	{"proxydetails", "proxyDetails", RPS_TEXT},
};
const struct rps_noun rps_ciraconfigs = {
	.table = "ciraconfigs", .name_column = "cira_config_name", .name_key = "configName",
	.kind = "CIRA", .secret_dir = "CIRAConfigs", .shows_version = true,
	COLUMNS(cira_columns), .users = {{"profiles", "cira_config_name"}}, .made = STMTS,
};

static const struct rps_column ieee8021x_columns[] = {
	{"auth_protocol", "authenticationProtocol", RPS_INT},
	{"pxe_timeout", "pxeTimeout", RPS_INT},
	{"wired_interface", "wiredInterface", RPS_BOOL},
};
const struct rps_noun rps_ieee8021xconfigs = {
	.table = "ieee8021xconfigs", .name_column = "profile_name", .name_key = "profileName",
	.kind = "802.1x", .shows_version = true, COLUMNS(ieee8021x_columns),
	.users = {{"profiles", "ieee8021x_profile_name"},
		  {"wirelessconfigs", "ieee8021x_profile_name"}},
	.made = STMTS,
};

static const struct rps_column wireless_columns[] = {
	{"authentication_method", "authenticationMethod", RPS_INT},
	{"encryption_method", "encryptionMethod", RPS_INT},
	{"ssid", "ssid", RPS_TEXT},
	{"psk_value", "pskValue", RPS_INT},
	{"link_policy", "linkPolicy", RPS_INTS},
	{"ieee8021x_profile_name", "ieee8021xProfileName", RPS_TEXT},
	{"psk_passphrase", NULL, RPS_TEXT},
};
const struct rps_noun rps_wirelessconfigs = {
	.table = "wirelessconfigs", .name_column = "wireless_profile_name",
	.name_key = "profileName", .kind = "Wireless", .secret_dir = "Wireless",
	.has_date = true, .shows_version = true, COLUMNS(wireless_columns),
	.users = {{"profiles_wirelessconfigs", "wireless_profile_name"}}, .made = STMTS,
};

static const struct rps_column proxy_columns[] = {
	{"address", "address", RPS_TEXT},
	{"info_format", "infoFormat", RPS_INT},
	{"port", "port", RPS_INT},
	{"network_dns_suffix", "networkDnsSuffix", RPS_TEXT},
};
const struct rps_noun rps_proxyconfigs = {
	.table = "proxyconfigs", .name_column = "proxy_config_name", .name_key = "name",
	.kind = "Proxy", .has_date = true, COLUMNS(proxy_columns),
	.users = {{"profiles_proxyconfigs", "proxy_config_name"}}, .made = STMTS,
};

static const struct rps_column domain_columns[] = {
	{"domain_suffix", "domainSuffix", RPS_TEXT},
	{"provisioning_cert_storage_format", "provisioningCertStorageFormat", RPS_TEXT},
	{"expiration_date", "expirationDate", RPS_TIME},
	{"provisioning_cert", NULL, RPS_TEXT},
	{"provisioning_cert_key", NULL, RPS_TEXT},
};
const struct rps_noun rps_domains = {
	.table = "domains", .name_column = "name", .name_key = "profileName", .kind = "Domain",
	.secret_dir = "certs", .has_date = true, .shows_version = true, COLUMNS(domain_columns),
	.made = STMTS,
};

#define LINKS_SQLITE(table, column, key, order) \
	"(SELECT json_group_array(json_object('" key "', x.n, 'priority', x.p)) FROM" \
	" (SELECT l." column " AS n, l.priority AS p FROM " table " AS l" \
	" WHERE l.profile_name = profiles.profile_name AND l.tenant_id = profiles.tenant_id" \
	" ORDER BY " order ") AS x)"
#define LINKS_POSTGRES(table, column, key, order) \
	"(SELECT CAST(COALESCE(jsonb_agg(jsonb_build_object('" key "', l." column \
	", 'priority', l.priority) ORDER BY " order "), '[]') AS text) FROM " table " AS l" \
	" WHERE l.profile_name = profiles.profile_name AND l.tenant_id = profiles.tenant_id)"
#define WIFI_LINKS(dialect) dialect("profiles_wirelessconfigs", "wireless_profile_name", \
	"profileName", "l.priority, l.wireless_profile_name")
#define PROXY_LINKS(dialect) dialect("profiles_proxyconfigs", "proxy_config_name", \
	"name", "l.proxy_config_name, l.priority")

static const struct rps_column profile_columns[] = {
	{"activation", "activation", RPS_TEXT},
	{"cira_config_name", "ciraConfigName", RPS_TEXT},
	{"generate_random_password", "generateRandomPassword", RPS_BOOL},
	{"generate_random_mebx_password", "generateRandomMEBxPassword", RPS_BOOL},
	{"tags", "tags", RPS_TEXTS},
	{"dhcp_enabled", "dhcpEnabled", RPS_BOOL},
	{"tls_mode", "tlsMode", RPS_INT},
	{"user_consent", "userConsent", RPS_TEXT},
	{"ider_enabled", "iderEnabled", RPS_BOOL},
	{"kvm_enabled", "kvmEnabled", RPS_BOOL},
	{"sol_enabled", "solEnabled", RPS_BOOL},
	{"tls_signing_authority", "tlsSigningAuthority", RPS_TEXT},
	{"ieee8021x_profile_name", "ieee8021xProfileName", RPS_TEXT},
	{"ip_sync_enabled", "ipSyncEnabled", RPS_BOOL},
	{"local_wifi_sync_enabled", "localWifiSyncEnabled", RPS_BOOL},
	{"uefi_wifi_sync_enabled", "uefiWifiSyncEnabled", RPS_BOOL},
	{"amt_password", NULL, RPS_TEXT},
	{"mebx_password", NULL, RPS_TEXT},
	{WIFI_LINKS(LINKS_SQLITE), "wifiConfigs", RPS_JSON, WIFI_LINKS(LINKS_POSTGRES)},
	{PROXY_LINKS(LINKS_SQLITE), "proxyConfigs", RPS_JSON, PROXY_LINKS(LINKS_POSTGRES)},
};
const struct rps_noun rps_profiles = {
	.table = "profiles", .name_column = "profile_name", .name_key = "profileName",
	.kind = "AMT", .secret_dir = "profiles", .has_date = true, .shows_version = true,
	COLUMNS(profile_columns), .made = STMTS,
};

const struct rps_noun *const rps_nouns[] = {
	&rps_ciraconfigs, &rps_ieee8021xconfigs, &rps_wirelessconfigs, &rps_proxyconfigs,
	&rps_domains, &rps_profiles,
};
/* clang-format on */
