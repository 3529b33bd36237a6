/* SPDX-License-Identifier: Apache-2.0
 * Wi-Fi port and profiles. wsman.md B.9, B.11.
 */
#ifndef AMT_WSMAN_CLASSES_WIFI_H
#define AMT_WSMAN_CLASSES_WIFI_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
/* RequestedState and EnabledState of CIM_WiFiPort */
enum cim_wifi_port_state {
	CIM_WIFI_OFF = 3, CIM_WIFI_S0 = 32768, CIM_WIFI_S0_SX_AC = 32769,
};
enum cim_wifi_auth {
	CIM_WIFI_AUTH_OPEN = 2, CIM_WIFI_AUTH_SHARED = 3, CIM_WIFI_AUTH_WPA_PSK = 4,
	CIM_WIFI_AUTH_WPA_8021X = 5, CIM_WIFI_AUTH_WPA2_PSK = 6, CIM_WIFI_AUTH_WPA2_8021X = 7,
	CIM_WIFI_AUTH_WPA3_SAE = 32768, CIM_WIFI_AUTH_WPA3_OWE = 32769,
};
enum cim_wifi_encryption {
	CIM_WIFI_WEP = 2, CIM_WIFI_TKIP = 3, CIM_WIFI_CCMP = 4, CIM_WIFI_CLEAR = 5,
};
/* localProfileSynchronizationEnabled */
enum amt_wifi_sync {
	AMT_WIFI_SYNC_NONE = 0, AMT_WIFI_SYNC_USER = 1, AMT_WIFI_SYNC_UNRESTRICTED = 3,
};

#define AMT_WIFI_PORT_CONFIGURATION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, health_state, "HealthState", U16, WSMAN_READONLY) \
	F(T, last_connected_ssid_under_me_control, "LastConnectedSsidUnderMeControl", STR, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, no_host_csme_software_policy, "NoHostCsmeSoftwarePolicy", U32, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, uefi_wifi_profile_share_enabled, "UEFIWiFiProfileShareEnabled", BOOL, 0) \
	F(T, local_profile_synchronization_enabled, "localProfileSynchronizationEnabled", U32, 0)

#define AMT_WIFI_PORT_CONFIGURATION_SERVICE_ADD_WIFI_SETTINGS_IN(F, T) \
	F(T, wifi_endpoint, "WiFiEndpoint", EPR, WSMAN_REQUIRED) \
	F(T, wifi_endpoint_settings_input, "WiFiEndpointSettingsInput", OBJECT, WSMAN_REQUIRED) \
	F(T, ieee8021x_settings_input, "IEEE8021xSettingsInput", OBJECT, 0) \
	F(T, client_credential, "ClientCredential", EPR, 0) \
	F(T, ca_credential, "CACredential", EPR, 0)

#define AMT_WIFI_PORT_CONFIGURATION_SERVICE_ADD_WIFI_SETTINGS_OUT(F, T) \
	F(T, wifi_endpoint_settings, "WiFiEndpointSettings", EPR, 0) \
	F(T, ieee8021x_settings, "IEEE8021xSettings", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_WIFI_PORT_CONFIGURATION_SERVICE_UPDATE_WIFI_SETTINGS_IN(F, T) \
	F(T, wifi_endpoint_settings, "WiFiEndpointSettings", EPR, WSMAN_REQUIRED) \
	F(T, wifi_endpoint_settings_input, "WiFiEndpointSettingsInput", OBJECT, WSMAN_REQUIRED) \
	F(T, ieee8021x_settings_input, "IEEE8021xSettingsInput", OBJECT, 0) \
	F(T, client_credential, "ClientCredential", EPR, 0) \
	F(T, ca_credential, "CACredential", EPR, 0)

#define AMT_WIFI_PORT_CONFIGURATION_SERVICE_UPDATE_WIFI_SETTINGS_OUT(F, T) \
	F(T, ieee8021x_settings, "IEEE8021xSettings", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_WIFI_PORT_CONFIGURATION_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_wifi_port_configuration_service_add_wifi_settings, \
	  "AddWiFiSettings", \
	  AMT_WIFI_PORT_CONFIGURATION_SERVICE_ADD_WIFI_SETTINGS_IN, \
	  AMT_WIFI_PORT_CONFIGURATION_SERVICE_ADD_WIFI_SETTINGS_OUT) \
	M(amt_wifi_port_configuration_service_update_wifi_settings, \
	  "UpdateWiFiSettings", \
	  AMT_WIFI_PORT_CONFIGURATION_SERVICE_UPDATE_WIFI_SETTINGS_IN, \
	  AMT_WIFI_PORT_CONFIGURATION_SERVICE_UPDATE_WIFI_SETTINGS_OUT) \
	M(amt_wifi_port_configuration_service_delete_all_it_profiles, "DeleteAllITProfiles", \
	  WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(amt_wifi_port_configuration_service_delete_all_user_profiles, "DeleteAllUserProfiles", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define CIM_WIFI_ENDPOINT(F, T) /* member, wire name, kind, flags */ \
	F(T, access_point_address, "AccessPointAddress", STR, 0) \
	F(T, associated, "Associated", BOOL, 0) \
	F(T, authentication_method, "AuthenticationMethod", U16, 0) \
	F(T, bss_type, "BSSType", U16, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, encryption_method, "EncryptionMethod", U16, 0) \
	F(T, ieee8021x_authentication_protocol, "IEEE8021xAuthenticationProtocol", U16, 0) \
	F(T, lan_id, "LANID", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, other_authentication_method, "OtherAuthenticationMethod", STR, 0) \
	F(T, other_encryption_method, "OtherEncryptionMethod", STR, 0) \
	F(T, protocol_if_type, "ProtocolIFType", U16, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_WIFI_ENDPOINT_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, other_supported_authentication_methods, "OtherSupportedAuthenticationMethods", STRS, 0) \
	F(T, other_supported_encryption_methods, "OtherSupportedEncryptionMethods", STRS, 0) \
	F(T, supported_authentication_methods, "SupportedAuthenticationMethods", U16S, 0) \
	F(T, supported_encryption_methods, "SupportedEncryptionMethods", U16S, 0)

#define CIM_WIFI_ENDPOINT_SETTINGS(F, T) /* member, wire name, kind, flags */ \
	F(T, authentication_method, "AuthenticationMethod", U16, WSMAN_SENT(3)) \
	F(T, bss_type, "BSSType", U16, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED | WSMAN_SENT(1)) \
	F(T, encryption_method, "EncryptionMethod", U16, WSMAN_SENT(4)) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY | WSMAN_SENT(2)) \
	F(T, key_index, "KeyIndex", U8, 0) \
	F(T, keys, "Keys", STRS, WSMAN_SECRET) \
	F(T, other_authentication_method, "OtherAuthenticationMethod", STR, 0) \
	F(T, other_encryption_method, "OtherEncryptionMethod", STR, 0) \
	F(T, psk_pass_phrase, "PSKPassPhrase", STR, WSMAN_SENT(7) | WSMAN_SECRET) \
	F(T, psk_value, "PSKValue", STR, WSMAN_SECRET) \
	F(T, priority, "Priority", U8, WSMAN_SENT(6)) \
	F(T, ssid, "SSID", STR, WSMAN_SENT(5))

#define CIM_WIFI_PORT(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, health_state, "HealthState", U16, WSMAN_READONLY) \
	F(T, link_technology, "LinkTechnology", U16, 0) \
	F(T, max_speed, "MaxSpeed", U64, 0) \
	F(T, network_addresses, "NetworkAddresses", STRS, 0) \
	F(T, permanent_address, "PermanentAddress", STR, 0) \
	F(T, port_type, "PortType", U16, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, speed, "Speed", U64, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_WIFI_PORT_METHODS(M) /* name, wire name, in, out */ \
	M(cim_wifi_port_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define CIM_WIFI_PORT_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, other_supported_port_types, "OtherSupportedPortTypes", STRS, 0) \
	F(T, supported_port_types, "SupportedPortTypes", U16S, 0)

#define WSMAN_WIFI_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_wifi_port_configuration_service, AMT, \
	  "AMT_WiFiPortConfigurationService", \
	  AMT_WIFI_PORT_CONFIGURATION_SERVICE, AMT_WIFI_PORT_CONFIGURATION_SERVICE_METHODS, \
	  PUT, true) \
	C(cim_wifi_endpoint, CIM, "CIM_WiFiEndpoint", \
	  CIM_WIFI_ENDPOINT, WSMAN_NO_METHODS, READ, true) \
	C(cim_wifi_endpoint_capabilities, CIM, "CIM_WiFiEndpointCapabilities", \
	  CIM_WIFI_ENDPOINT_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(cim_wifi_endpoint_settings, CIM, "CIM_WiFiEndpointSettings", \
	  CIM_WIFI_ENDPOINT_SETTINGS, WSMAN_NO_METHODS, DELETE, false) \
	C(cim_wifi_port, CIM, "CIM_WiFiPort", \
	  CIM_WIFI_PORT, CIM_WIFI_PORT_METHODS, READ, true) \
	C(cim_wifi_port_capabilities, CIM, "CIM_WiFiPortCapabilities", \
	  CIM_WIFI_PORT_CAPABILITIES, WSMAN_NO_METHODS, READ, false)

WSMAN_WIFI_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
