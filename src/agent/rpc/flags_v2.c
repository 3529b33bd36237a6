/* SPDX-License-Identifier: Apache-2.0
 * Flags of the v2 command line. rpc.md 1.8.
 */
#include <agent/rpc/flags.h>

/* clang-format off */
const struct rpc_flag rpc_v2_common[] = {
	TEXT("u", 0, url, "URL", NULL, "WebSocket address of the RPS, as wss://server/activate"),
	ON("n", 0, skip_cert_check, NULL, "do not verify the server's certificate"),
	ON("skipamtcertcheck", 0, skip_amt_cert_check, NULL, "do not verify AMT's certificate on local TLS"),
	CODED("p", proxy, "URL", NULL, RPC_EXIT_PROXY, "proxy to reach the RPS through"),
	SECRET("token", 0, auth_token, "JWT", "AUTH_TOKEN", "bearer token for the server"),
	TEXT("tenant", 0, tenant, "ID", "TENANT_ID", "tenant that the device belongs to"),
	TEXT("ca-file", 0, ca_file, "FILE", "RPC_CA_FILE", "roots (PEM) to verify the server against, instead of the system's"),
	PRESET("lmsaddress", 0, lms_address, "HOST", NULL, "localhost", "where LMS is looked for"),
	PRESET("lmsport", 0, lms_port, "PORT", NULL, "16992", "LMS's port for plain HTTP; that for TLS follows"),
	ON("v", 0, verbose, NULL, "show everything"),
	PRESET("l", 0, log_level, "LEVEL", NULL, "info", "panic, fatal, error, warn, info, debug or trace"),
	ON("json", 0, json, NULL, "JSON output"),
	SECRET("password", 0, password, "PASSWORD", "AMT_PASSWORD", "password of AMT's admin (better: AMT_PASSWORD, -password-fd or the prompt)"),
	ON("echo-password", 0, echo_password, NULL, "show the AMT password while it is typed"),
	PRESET("t", 0, amt_timeout, "DURATION", NULL, "2m0s", "how long to wait for AMT to be ready, as 30s or 2m"),
	ON("strict", 0, strict, "RPC_STRICT", "end with a code other than 0 when the RPS reports failure"),
	HECI_ROW
	FLAGS_END
};

const struct rpc_flag rpc_v2_force[] = {
	ON("f", 0, force, NULL, "even if the server does not know the device"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_uuid[] = {
	TEXT("uuid", 0, uuid, "UUID", NULL, "send this UUID instead of the device's (no CIRA then)"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_amtinfo[] = {
	SHOW("ver", 0, SHOW_VERSION, "AMT version"),
	SHOW("bld", 0, SHOW_BUILD, "build number"),
	SHOW("sku", 0, SHOW_SKU, "product SKU"),
	SHOW("uuid", 0, SHOW_UUID, "unique identifier"),
	SHOW("mode", 0, SHOW_MODE, "current control mode"),
	SHOW("dns", 0, SHOW_DNS, "DNS suffix"),
	SHOW("cert", 0, SHOW_HASHES, "hashes of trusted roots (and user certificates when a password is given)"),
	SHOW("userCert", 0, SHOW_USER_CERTS, "user certificates; needs the AMT password"),
	SHOW("ras", 0, SHOW_RAS, "remote access status"),
	SHOW("lan", 0, SHOW_LAN, "network adapters"),
	SHOW("hostname", 0, SHOW_HOSTNAME, "name of the operating system's host"),
	SHOW("operationalState", 0, SHOW_OPERATIONAL, "operational state of AMT"),
	SHOW("all", 0, SHOW_ALL, "all of it"),
	ON("json", 0, json, NULL, "JSON output"),
	ON("n", 0, skip_cert_check, NULL, "accepted; no server is called"),
	SECRET("password", 0, password, "PASSWORD", "AMT_PASSWORD", "password of AMT's admin"),
	HECI_ROW
	FLAGS_END
};

const struct rpc_flag rpc_v2_version[] = {
	ON("json", 0, json, NULL, "JSON output"),
	HECI_ROW
	FLAGS_END
};

#define CONFIG_V2 \
	TEXT("configv2", 0, config_v2, "FILE", NULL, "encrypted profile"), \
	SECRET("configencryptionkey", 0, key, "KEY", "CONFIG_ENCRYPTION_KEY", "32 bytes that decrypt it")

const struct rpc_flag rpc_v2_activate[] = {
	CODED("d", dns, "SUFFIX", "DNS_SUFFIX", RPC_EXIT_DNS_SUFFIX, "DNS suffix to send instead of AMT's"),
	CODED("h", hostname, "NAME", "HOSTNAME", RPC_EXIT_HOSTNAME, "host name to send instead of the system's"),
	CODED("profile", profile, "NAME", "PROFILE", RPC_EXIT_PROFILE, "profile of the RPS"),
	ON("local", 0, local, NULL, "without a server"),
	ON("ccm", 0, ccm, NULL, "local: client control mode"),
	ON("acm", 0, acm, NULL, "local: admin control mode"),
	TEXT("name", 0, name, "NAME", NULL, "friendly name of the device"),
	ON("skipIPRenew", 0, skip_ip_renew, NULL, "accepted; leases are the system's affair and never renewed"),
	ON("tls-tunnel", 0, tls_tunnel, NULL, "AMT 11 to 18: set TLS up and use it from there on"),
	TEXT("config", 0, config, "FILE", NULL, "local: .pfx, .json or .yaml with the settings"),
	CONFIG_V2,
	SECRET("amtPassword", 0, password, "PASSWORD", "AMT_PASSWORD", "local: AMT password to set"),
	SECRET("provisioningCert", 0, provisioning_cert, "BASE64", "PROVISIONING_CERT", "local ACM: provisioning certificate (PFX)"),
	SECRET("provisioningCertPwd", 0, provisioning_cert_password, "PASSWORD", "PROVISIONING_CERT_PASSWORD", "its password"),
	SECRET("mebxpassword", 0, mebx_password, "PASSWORD", "MEBX_PASSWORD", "MEBx password (AMT 19 and later)"),
	ON("stopConfig", 0, stop_config, NULL, "bring AMT from in-provisioning back to pre-provisioning"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_deactivate[] = {
	ON("local", 0, local, NULL, "without a server"),
	ON("partial", 0, partial, NULL, "local: keep the settings"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_syncip[] = {
	CODED("staticip", ip_address, "ADDRESS", NULL, RPC_EXIT_STATIC_IP, "address for AMT (default: the system's on the same adapter)"),
	CODED("netmask", subnet_mask, "MASK", NULL, RPC_EXIT_NETWORK_MASK, "its network mask"),
	CODED("gateway", gateway, "ADDRESS", NULL, RPC_EXIT_GATEWAY, "gateway"),
	CODED("primarydns", primary_dns, "ADDRESS", NULL, RPC_EXIT_PRIMARY_DNS, "first name server"),
	CODED("secondarydns", secondary_dns, "ADDRESS", NULL, RPC_EXIT_SECONDARY_DNS, "second name server"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_changepassword[] = {
	SECRET("static", 0, static_password, "PASSWORD", NULL, "new AMT password (default: the RPS makes one)"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_config[] = {
	CONFIG_V2,
	FLAGS_END
};

#define CONFIG_FILES \
	TEXT("config", 0, config, "FILE", NULL, "settings (YAML or JSON)"), \
	TEXT("configJson", 0, config_json, "JSON", NULL, "settings as JSON text"), \
	TEXT("secrets", 0, secrets, "FILE", NULL, "secrets of the profiles (YAML)")
#define IEEE8021X \
	TEXT("ieee8021xProfileName", 0, ieee8021x.profile_name, "NAME", NULL, "802.1x: name of the profile"), \
	TEXT("username", 0, ieee8021x.username, "NAME", NULL, "802.1x: user"), \
	SECRET("ieee8021xPassword", 0, ieee8021x.password, "PASSWORD", "IEE8021X_PASSWORD", "802.1x: password (PEAP)"), \
	TEXT("authenticationProtocol", 0, ieee8021x.protocol, "N", NULL, "802.1x: 0 EAP-TLS, 2 PEAPv0/EAP-MSCHAPv2"), \
	TEXT("clientCert", 0, ieee8021x.client_cert, "BASE64", NULL, "802.1x: client certificate (DER)"), \
	TEXT("caCert", 0, ieee8021x.ca_cert, "BASE64", NULL, "802.1x: root certificate (DER)"), \
	SECRET("privateKey", 0, ieee8021x.private_key, "BASE64", "IEE8021X_PRIVATE_KEY", "802.1x: private key (DER)")
#define ASSISTANT \
	TEXT("eaAddress", 0, ea_address, "URL", NULL, "Enterprise Assistant"), \
	TEXT("eaUsername", 0, ea_username, "NAME", NULL, "its user"), \
	SECRET("eaPassword", 0, ea_password, "PASSWORD", NULL, "its password")

const struct rpc_flag rpc_v2_wired[] = {
	CONFIG_FILES, CONFIG_V2, IEEE8021X, ASSISTANT,
	ON("dhcp", 0, dhcp, NULL, "address by DHCP"),
	ON("static", 0, static_ip_mode, NULL, "static address"),
	ON("ipsync", 0, ip_sync, NULL, "same address as the operating system"),
	TEXT("ipaddress", 0, ip_address, "ADDRESS", NULL, "static: address"),
	TEXT("subnetmask", 0, subnet_mask, "MASK", NULL, "static: network mask"),
	TEXT("gateway", 0, gateway, "ADDRESS", NULL, "static: gateway"),
	TEXT("primarydns", 0, primary_dns, "ADDRESS", NULL, "static: first name server"),
	TEXT("secondarydns", 0, secondary_dns, "ADDRESS", NULL, "static: second name server"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_wireless[] = {
	CONFIG_FILES, CONFIG_V2, IEEE8021X, ASSISTANT,
	ON("wifiSyncEnabled", 0, os_wifi_sync, NULL, "take the operating system's profiles over"),
	TEXT("profileName", 0, wifi_profile_name, "NAME", NULL, "name of the profile (letters and digits)"),
	TEXT("authenticationMethod", 0, authentication, "N", NULL, "4 WPA PSK, 6 WPA2 PSK, 7 WPA2 802.1x"),
	TEXT("encryptionMethod", 0, encryption, "N", NULL, "3 TKIP, 4 CCMP"),
	TEXT("ssid", 0, ssid, "SSID", NULL, "network's name"),
	SECRET("pskPassphrase", 0, psk, "TEXT", "PSK_PASSPHRASE", "its pass phrase"),
	TEXT("priority", 0, priority, "N", NULL, "1 is tried first"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_tls[] = {
	TEXT("config", 0, config, "FILE", NULL, "settings (YAML or JSON)"),
	CONFIG_V2, ASSISTANT,
	PRESET("mode", 0, tls_mode, "MODE", NULL, "Server", "Server, ServerAndNonTLS, Mutual, MutualAndNonTLS or None"),
	PRESET("delay", 0, tls_delay, "SECONDS", NULL, "3", "time to let AMT take the settings over"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_mebx[] = {
	SECRET("mebxpassword", 0, mebx_password, "PASSWORD", "MEBX_PASSWORD", "new MEBx password"),
	CONFIG_V2,
	FLAGS_END
};

const struct rpc_flag rpc_v2_amtfeatures[] = {
	TEXT("userConsent", 0, user_consent, "WHEN", NULL, "kvm, all or none (admin control mode)"),
	ON("kvm", 0, kvm, NULL, "KVM"),
	ON("sol", 0, sol, NULL, "Serial over LAN"),
	ON("ider", 0, ider, NULL, "IDE redirection"),
	CONFIG_V2,
	FLAGS_END
};

const struct rpc_flag rpc_v2_amtpassword[] = {
	SECRET("newamtpassword", 0, new_password, "PASSWORD", NULL, "new AMT password"),
	FLAGS_END
};

const struct rpc_flag rpc_v2_cira[] = {
	SECRET("mpspassword", 0, mps_password, "PASSWORD", "MPS_PASSWORD", "password of the device at the MPS"),
	TEXT("mpsaddress", 0, mps_address, "HOST", "MPS_ADDRESS", "the MPS"),
	TEXT("mpscert", 0, mps_cert, "BASE64", "MPS_CERT", "its root certificate (DER)"),
	TEXT("envdetection", 0, env_detection, "SUFFIXES", "ENVIRONMENT_DETECTION", "DNS suffixes of networks where CIRA is not used"),
	FLAGS_END
};
/* clang-format on */
