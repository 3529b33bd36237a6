/* SPDX-License-Identifier: Apache-2.0
 * General settings of the management engine, its web page. wsman.md B.2.
 */
#ifndef AMT_WSMAN_CLASSES_GENERAL_H
#define AMT_WSMAN_CLASSES_GENERAL_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_GENERAL_SETTINGS(F, T) /* member, wire name, kind, flags */ \
	F(T, amt_network_enabled, "AMTNetworkEnabled", U32, 0) \
	F(T, ddns_periodic_update_interval, "DDNSPeriodicUpdateInterval", U32, 0) \
	F(T, ddns_ttl, "DDNSTTL", U32, 0) \
	F(T, ddns_update_by_dhcp_server_enabled, "DDNSUpdateByDHCPServerEnabled", BOOL, 0) \
	F(T, ddns_update_enabled, "DDNSUpdateEnabled", BOOL, 0) \
	F(T, dhcp_sync_requires_hostname, "DHCPSyncRequiresHostname", U32, 0) \
	F(T, dhcpv6_configuration_timeout, "DHCPv6ConfigurationTimeout", U16, 0) \
	F(T, digest_realm, "DigestRealm", STR, WSMAN_READONLY) \
	F(T, domain_name, "DomainName", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, host_name, "HostName", STR, 0) \
	F(T, host_os_fqdn, "HostOSFQDN", STR, 0) \
	F(T, idle_wake_timeout, "IdleWakeTimeout", U32, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, network_interface_enabled, "NetworkInterfaceEnabled", BOOL, WSMAN_READONLY) \
	F(T, oem_id, "OemID", U16, 0) \
	F(T, ping_response_enabled, "PingResponseEnabled", BOOL, 0) \
	F(T, power_source, "PowerSource", U32, WSMAN_READONLY) \
	F(T, preferred_address_family, "PreferredAddressFamily", U32, 0) \
	F(T, presence_notification_interval, "PresenceNotificationInterval", U32, 0) \
	F(T, privacy_level, "PrivacyLevel", U32, WSMAN_READONLY) \
	F(T, rmcp_ping_response_enabled, "RmcpPingResponseEnabled", BOOL, 0) \
	F(T, shared_fqdn, "SharedFQDN", BOOL, 0) \
	F(T, thunderbolt_dock_enabled, "ThunderboltDockEnabled", U32, 0) \
	F(T, wsman_only_mode, "WsmanOnlyMode", BOOL, 0)

#define AMT_GENERAL_SETTINGS_AUTHENTICATE_IN(F, T) \
	F(T, mc_nonce, "MC_Nonce", STR, WSMAN_REQUIRED)

#define AMT_GENERAL_SETTINGS_AUTHENTICATE_OUT(F, T) \
	F(T, nonce, "Nonce", STR, 0) \
	F(T, uuid, "UUID", STR, 0) \
	F(T, fqdn, "FQDN", STR, 0) \
	F(T, fw_version, "FWVersion", STR, 0) \
	F(T, amt_svn, "AMTSVN", U32, 0) \
	F(T, signature_mechanism, "SignatureMechanism", U32, 0) \
	F(T, signature, "Signature", STR, 0) \
	F(T, length_of_certificates, "LengthOfCertificates", U16S, 0) \
	F(T, certificates, "Certificates", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_GENERAL_SETTINGS_METHODS(M) /* name, wire name, in, out */ \
	M(amt_general_settings_authenticate, "AMTAuthenticate", \
	  AMT_GENERAL_SETTINGS_AUTHENTICATE_IN, AMT_GENERAL_SETTINGS_AUTHENTICATE_OUT)

#define AMT_WEB_UI_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_WEB_UI_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_web_ui_service_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define WSMAN_GENERAL_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_general_settings, AMT, "AMT_GeneralSettings", \
	  AMT_GENERAL_SETTINGS, AMT_GENERAL_SETTINGS_METHODS, PUT, false) \
	C(amt_web_ui_service, AMT, "AMT_WebUIService", \
	  AMT_WEB_UI_SERVICE, AMT_WEB_UI_SERVICE_METHODS, READ, true)

WSMAN_GENERAL_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
