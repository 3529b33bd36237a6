/* SPDX-License-Identifier: Apache-2.0
 * Flags of the v3 command line. rpc.md 1.1 to 1.7.
 */
#include <agent/rpc/flags.h>

/* clang-format off */
const struct rpc_flag rpc_v3_common[] = {
	PRESET("log-level", 0, log_level, "LEVEL", NULL, "info", "trace, debug, info, warn, error, fatal or panic"),
	ON("json", 'j', json, NULL, "JSON results and log"),
	ON("table", 't', table, NULL, "amtinfo as a table"),
	ON("no-color", 0, no_color, "NO_COLOR", "accepted; output has no colours"),
	ON("verbose", 'v', verbose, NULL, "show everything"),
	ON("skip-cert-check", 'n', skip_cert_check, NULL, "do not verify the server's certificate"),
	ON("skip-amt-cert-check", 0, skip_amt_cert_check, NULL, "do not verify AMT's certificate on local TLS"),
	TEXT("ca-file", 0, ca_file, "FILE", NULL, "roots (PEM) to verify servers against, instead of the system's"),
	TEXT("tenantid", 0, tenant, "ID", "TENANT_ID", "tenant that the device belongs to"),
	PRESET("lmsaddress", 0, lms_address, "HOST", NULL, "localhost", "where LMS is looked for"),
	PRESET("lmsport", 0, lms_port, "PORT", NULL, "16992", "LMS's port for plain HTTP; that for TLS follows"),
	SECRET("password", 0, password, "PASSWORD", "AMT_PASSWORD", "password of AMT's admin (better: AMT_PASSWORD, --password-fd or the prompt)"),
	SECRET("auth-token", 0, auth_token, "JWT", "AUTH_TOKEN", "bearer token for the server"),
	TEXT("auth-username", 0, auth_username, "NAME", "AUTH_USERNAME", "user to get a token with"),
	SECRET("auth-password", 0, auth_password, "PASSWORD", "AUTH_PASSWORD", "that user's password"),
	TEXT("auth-endpoint", 0, auth_endpoint, "URL", "AUTH_ENDPOINT", "where tokens are had"),
	TEXT("devices-endpoint", 0, devices_endpoint, "URL", "DEVICES_ENDPOINT", "the console's devices"),
	ON("strict", 0, strict, NULL, "end with the code of what failed at the RPS instead of 10"),
	HECI_ROW
	FLAGS_END
};

const struct rpc_flag rpc_v3_amtinfo[] = {
	SHOW("ver", 'r', SHOW_VERSION, "AMT version"),
	SHOW("bld", 'b', SHOW_BUILD, "build number"),
	SHOW("sku", 's', SHOW_SKU, "product SKU"),
	SHOW("uuid", 'u', SHOW_UUID, "unique identifier"),
	SHOW("upid", 0, SHOW_UPID, "unique platform identifier"),
	SHOW("mode", 'm', SHOW_MODE, "current control mode"),
	SHOW("provisioningState", 'p', SHOW_STATE, "provisioning state"),
	SHOW("all", 'A', SHOW_ALL, "all of it"),
	SHOW("dns", 'd', SHOW_DNS, "DNS suffix"),
	SHOW("hostname", 0, SHOW_HOSTNAME, "name of the operating system's host"),
	SHOW("lan", 'l', SHOW_LAN, "network adapters"),
	SHOW("ras", 'a', SHOW_RAS, "remote access status"),
	SHOW("operationalState", 0, SHOW_OPERATIONAL, "operational state of AMT"),
	SHOW("cert", 'c', SHOW_HASHES, "hashes of trusted roots"),
	SHOW("userCert", 0, SHOW_USER_CERTS, "user certificates"),
	SHOW("proxy", 0, SHOW_PROXY, "HTTP proxies"),
	ON("sync", 0, sync, NULL, "send it to the console"),
	ON("discover", 0, sync, NULL, "the same"),
	ON("register", 0, sync, NULL, "the same"),
	TEXT("url", 0, url, "URL", NULL, "with --sync: the console's devices"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_activate[] = {
	ON("local", 'l', local, NULL, "without a server"),
	TEXT("url", 'u', url, "URL", NULL, "ws(s): RPS; http(s): where to fetch a profile that is applied here"),
	TEXT("profile", 0, profile, "NAME", NULL, "profile of the RPS, or a file with one"),
	TEXT("proxy", 0, proxy, "URL", NULL, "proxy to reach the RPS through"),
	SECRET("key", 'k', key, "KEY", "CONFIG_ENCRYPTION_KEY", "32 bytes that decrypt the profile"),
	TEXT("dns", 'd', dns, "SUFFIX", NULL, "DNS suffix to send instead of AMT's"),
	TEXT("hostname", 0, hostname, "NAME", NULL, "host name to send instead of the system's"),
	TEXT("name", 0, name, "NAME", NULL, "friendly name of the device"),
	TEXT("uuid", 0, uuid, "UUID", NULL, "send this UUID instead of the device's (no CIRA then)"),
	ON("ccm", 0, ccm, NULL, "local: client control mode"),
	ON("acm", 0, acm, NULL, "local: admin control mode"),
	SECRET("provisioningCert", 0, provisioning_cert, "BASE64", "PROVISIONING_CERT", "local ACM: provisioning certificate (PFX)"),
	SECRET("provisioningCertPwd", 0, provisioning_cert_password, "PASSWORD", "PROVISIONING_CERT_PASSWORD", "its password"),
	SECRET("mebxpassword", 0, mebx_password, "PASSWORD", "MEBX_PASSWORD", "MEBx password (AMT 19 and later)"),
	ON("tls-tunnel", 0, tls_tunnel, NULL, "AMT 11 to 18: set TLS up and use it from there on"),
	ON("skipIPRenew", 0, skip_ip_renew, NULL, "accepted; leases are the system's affair and never renewed"),
	ON("stopConfig", 0, stop_config, NULL, "bring AMT from in-provisioning back to pre-provisioning"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_deactivate[] = {
	ON("local", 'l', local, NULL, "without a server"),
	ON("partial", 0, partial, NULL, "local, admin control mode: keep the settings"),
	TEXT("url", 'u', url, "URL", NULL, "ws(s): RPS; http(s): console to remove the device from"),
	TEXT("proxy", 0, proxy, "URL", NULL, "proxy to reach the RPS through"),
	ON("force", 'f', force, NULL, "even if the server does not know the device"),
	TEXT("uuid", 0, uuid, "UUID", NULL, "send this UUID instead of the device's"),
	ON("tls-tunnel", 0, tls_tunnel, NULL, "AMT 11 to 18: set TLS up and use it from there on"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_mebx[] = {
	SECRET("mebxpassword", 0, mebx_password, "PASSWORD", "MEBX_PASSWORD", "new MEBx password"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_amt_password[] = {
	SECRET("newamtpassword", 0, new_password, "PASSWORD", NULL, "new AMT password"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_amt_features[] = {
	PRESET("userConsent", 0, user_consent, "WHEN", NULL, "all", "kvm, all or none (admin control mode)"),
	ON("kvm", 0, kvm, NULL, "KVM"),
	ON("sol", 0, sol, NULL, "Serial over LAN"),
	ON("ider", 0, ider, NULL, "IDE redirection"),
	ON("disableAll", 0, disable_all, NULL, "none of them"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_cira[] = {
	SECRET("mpspassword", 0, mps_password, "PASSWORD", "MPS_PASSWORD", "password of the device at the MPS"),
	TEXT("mpsaddress", 0, mps_address, "HOST", "MPS_ADDRESS", "the MPS"),
	TEXT("mpscert", 0, mps_cert, "BASE64", "MPS_CERT", "its root certificate (DER)"),
	TEXT("envdetection", 0, env_detection, "SUFFIXES", "ENVIRONMENT_DETECTION", "DNS suffixes of networks where CIRA is not used"),
	ON("generateRandomPassword", 0, generate_random_password, "GENERATE_RANDOM_PASSWORD", "make the MPS password"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_wifi_sync[] = {
	OFF("oswifisync", os_wifi_sync, NULL, "take the operating system's profiles over"),
	OFF("uefiwifisync", uefi_wifi_sync, NULL, "share profiles with UEFI"),
	FLAGS_END
};

#define IEEE8021X \
	TEXT("ieee8021xProfileName", 0, ieee8021x.profile_name, "NAME", NULL, "802.1x: name of the profile"), \
	TEXT("ieee8021xUsername", 0, ieee8021x.username, "NAME", NULL, "802.1x: user"), \
	SECRET("ieee8021xPassword", 0, ieee8021x.password, "PASSWORD", NULL, "802.1x: password (PEAP)"), \
	PRESET("ieee8021xAuthenticationProtocol", 0, ieee8021x.protocol, "N", NULL, "0", "802.1x: 0 EAP-TLS, 2 PEAPv0/EAP-MSCHAPv2"), \
	SECRET("ieee8021xPrivateKey", 0, ieee8021x.private_key, "BASE64", NULL, "802.1x: private key (DER)"), \
	TEXT("ieee8021xClientCert", 0, ieee8021x.client_cert, "BASE64", NULL, "802.1x: client certificate (DER)"), \
	TEXT("ieee8021xCACert", 0, ieee8021x.ca_cert, "BASE64", NULL, "802.1x: root certificate (DER)")
#define ASSISTANT \
	TEXT("eaAddress", 0, ea_address, "URL", NULL, "Enterprise Assistant"), \
	TEXT("eaUsername", 0, ea_username, "NAME", NULL, "its user"), \
	SECRET("eaPassword", 0, ea_password, "PASSWORD", NULL, "its password")

const struct rpc_flag rpc_v3_wireless[] = {
	TEXT("profileName", 0, wifi_profile_name, "NAME", NULL, "name of the profile (letters and digits)"),
	TEXT("ssid", 0, ssid, "SSID", NULL, "network's name"),
	PRESET("priority", 0, priority, "N", NULL, "1", "1 is tried first"),
	PRESET("authenticationMethod", 0, authentication, "N", NULL, "6", "4 WPA PSK, 6 WPA2 PSK, 7 WPA2 802.1x"),
	PRESET("encryptionMethod", 0, encryption, "N", NULL, "4", "3 TKIP, 4 CCMP"),
	SECRET("pskPassphrase", 0, psk, "TEXT", NULL, "its pass phrase"),
	IEEE8021X,
	ASSISTANT,
	ON("purge", 0, purge, NULL, "remove all profiles"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_wired[] = {
	ON("dhcp", 0, dhcp, NULL, "address by DHCP"),
	ON("ipsync", 0, ip_sync, NULL, "same address as the operating system"),
	TEXT("ipaddress", 0, ip_address, "ADDRESS", NULL, "static: address"),
	TEXT("subnetmask", 0, subnet_mask, "MASK", NULL, "static: network mask"),
	TEXT("gateway", 0, gateway, "ADDRESS", NULL, "static: gateway"),
	TEXT("primarydns", 0, primary_dns, "ADDRESS", NULL, "static: first name server"),
	TEXT("secondarydns", 0, secondary_dns, "ADDRESS", NULL, "static: second name server"),
	IEEE8021X,
	ASSISTANT,
	FLAGS_END
};

const struct rpc_flag rpc_v3_tls[] = {
	PRESET("mode", 0, tls_mode, "MODE", NULL, "Server", "Server, ServerAndNonTLS, Mutual, MutualAndNonTLS or None"),
	PRESET("delay", 0, tls_delay, "SECONDS", NULL, "3", "time to let AMT take the settings over"),
	ASSISTANT,
	FLAGS_END
};

const struct rpc_flag rpc_v3_proxy[] = {
	ON("list", 0, list, NULL, "show the proxies"),
	ON("delete", 0, delete, NULL, "remove the one at --address"),
	TEXT("address", 0, address, "HOST", NULL, "proxy's name or address"),
	PRESET("port", 0, port, "PORT", NULL, "80", "proxy's port"),
	TEXT("networkdnssuffix", 0, network_dns_suffix, "SUFFIX", NULL, "network where it is used"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_output[] = {
	TEXT("output", 'o', output, "FILE", NULL, "where to write it (default: a name with the time)"),
	FLAGS_END
};

const struct rpc_flag rpc_v3_wsman[] = {
	{.name = "class", .letter = 'c', .kind = FLAG_CLASS, .value = "NAME", .help = "class to read; repeatable"},
	ON("all", 'a', all, NULL, "all classes"),
	PRESET("format", 'f', format, "FORMAT", NULL, "json", "json, xml or table"),
	PRESET("output", 'o', output, "FILE", NULL, "stdout", "where to write it"),
	FLAGS_END
};
/* clang-format on */
