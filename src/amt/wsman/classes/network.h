/* SPDX-License-Identifier: Apache-2.0
 * Network interfaces and the networks they are in. wsman.md B.2, B.11.
 */
#ifndef AMT_WSMAN_CLASSES_NETWORK_H
#define AMT_WSMAN_CLASSES_NETWORK_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
/* LinkPreference, LinkControl */
enum amt_link_owner { AMT_LINK_ME = 1, AMT_LINK_HOST = 2 };

#define AMT_ENVIRONMENT_DETECTION_INTERFACE_POLICY(F, T) /* member, wire name, kind, flags */ \
	F(T, active, "Active", BOOL, 0) \
	F(T, antecedent, "Antecedent", EPR, WSMAN_KEY) \
	F(T, dependent, "Dependent", EPR, WSMAN_KEY) \
	F(T, enabled, "Enabled", BOOL, 0)

#define AMT_ENVIRONMENT_DETECTION_SETTING_DATA(F, T) /* member, wire name, kind, flags */ \
	F(T, detection_algorithm, "DetectionAlgorithm", U16, WSMAN_REQUIRED) \
	F(T, detection_ipv6_local_prefixes, "DetectionIPv6LocalPrefixes", STRS, 0) \
	F(T, detection_strings, "DetectionStrings", STRS, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define AMT_ENVIRONMENT_DETECTION_SETTING_DATA_SET_SYSTEM_DEFENSE_POLICY_IN(F, T) \
	F(T, policy, "Policy", EPR, 0)

#define AMT_ENVIRONMENT_DETECTION_SETTING_DATA_ENABLE_VPN_ROUTING_IN(F, T) \
	F(T, enable, "Enable", BOOL, WSMAN_REQUIRED)

#define AMT_ENVIRONMENT_DETECTION_SETTING_DATA_METHODS(M) /* name, wire name, in, out */ \
	M(amt_environment_detection_setting_data_set_system_defense_policy, \
	  "SetSystemDefensePolicy", \
	  AMT_ENVIRONMENT_DETECTION_SETTING_DATA_SET_SYSTEM_DEFENSE_POLICY_IN, WSMAN_RETURN) \
	M(amt_environment_detection_setting_data_enable_vpn_routing, "EnableVpnRouting", \
	  AMT_ENVIRONMENT_DETECTION_SETTING_DATA_ENABLE_VPN_ROUTING_IN, WSMAN_RETURN)

#define AMT_ETHERNET_PORT_SETTINGS(F, T) /* member, wire name, kind, flags */ \
	F(T, console_tcp_max_retransmissions, "ConsoleTcpMaxRetransmissions", U32, 0) \
	F(T, dhcp_enabled, "DHCPEnabled", BOOL, 0) \
	F(T, default_gateway, "DefaultGateway", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, ip_address, "IPAddress", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, ip_sync_enabled, "IpSyncEnabled", BOOL, 0) \
	F(T, link_control, "LinkControl", U32, WSMAN_READONLY) \
	F(T, link_is_up, "LinkIsUp", BOOL, WSMAN_READONLY) \
	F(T, link_policy, "LinkPolicy", U8S, 0) \
	F(T, link_preference, "LinkPreference", U32, 0) \
	F(T, mac_address, "MACAddress", STR, WSMAN_READONLY) \
	F(T, physical_connection_type, "PhysicalConnectionType", U32, WSMAN_READONLY) \
	F(T, physical_nic_medium, "PhysicalNicMedium", U32, WSMAN_READONLY) \
	F(T, primary_dns, "PrimaryDNS", STR, 0) \
	F(T, secondary_dns, "SecondaryDNS", STR, 0) \
	F(T, shared_dynamic_ip, "SharedDynamicIP", BOOL, 0) \
	F(T, shared_mac, "SharedMAC", BOOL, 0) \
	F(T, shared_static_ip, "SharedStaticIp", BOOL, 0) \
	F(T, subnet_mask, "SubnetMask", STR, 0) \
	F(T, vlan_tag, "VLANTag", U16, 0) \
	F(T, wlan_link_protection_level, "WLANLinkProtectionLevel", U32, WSMAN_READONLY)

#define AMT_ETHERNET_PORT_SETTINGS_SET_LINK_PREFERENCE_IN(F, T) \
	F(T, link_preference, "LinkPreference", U32, WSMAN_REQUIRED) \
	F(T, timeout, "Timeout", U32, 0)

#define AMT_ETHERNET_PORT_SETTINGS_METHODS(M) /* name, wire name, in, out */ \
	M(amt_ethernet_port_settings_set_link_preference, "SetLinkPreference", \
	  AMT_ETHERNET_PORT_SETTINGS_SET_LINK_PREFERENCE_IN, WSMAN_RETURN) \
	M(amt_ethernet_port_settings_cancel_link_protection, "CancelLinkProtection", \
	  WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(amt_ethernet_port_settings_restore_link_protection, "RestoreLinkProtection", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define CIM_ETHERNET_PORT(F, T) /* member, wire name, kind, flags */ \
	F(T, capabilities, "Capabilities", U16S, 0) \
	F(T, capability_descriptions, "CapabilityDescriptions", STRS, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, description, "Description", STR, 0) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_capabilities, "EnabledCapabilities", U16S, 0) \
	F(T, enabled_default, "EnabledDefault", U16, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, link_technology, "LinkTechnology", U16, 0) \
	F(T, max_data_size, "MaxDataSize", U32, 0) \
	F(T, max_speed, "MaxSpeed", U64, 0) \
	F(T, network_addresses, "NetworkAddresses", STRS, 0) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, other_enabled_capabilities, "OtherEnabledCapabilities", STRS, 0) \
	F(T, permanent_address, "PermanentAddress", STR, 0) \
	F(T, port_type, "PortType", U16, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, speed, "Speed", U64, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_LAN_ENDPOINT(F, T) /* member, wire name, kind, flags */ \
	F(T, alias_addresses, "AliasAddresses", STRS, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, group_addresses, "GroupAddresses", STRS, 0) \
	F(T, lan_id, "LANID", STR, 0) \
	F(T, lan_type, "LANType", U16, 0) \
	F(T, mac_address, "MACAddress", STR, 0) \
	F(T, max_data_size, "MaxDataSize", U32, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, other_lan_type, "OtherLANType", STR, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_LAN_ENDPOINT_METHODS(M) /* name, wire name, in, out */ \
	M(cim_lan_endpoint_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define IPS_HOST_IP_SETTINGS(F, T) /* member, wire name, kind, flags */ \
	F(T, dhcp_enabled, "DHCPEnabled", BOOL, 0) \
	F(T, default_gateway, "DefaultGateway", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, ip_address, "IpAddress", STR, 0) \
	F(T, primary_dns, "PrimaryDNS", STR, 0) \
	F(T, secondary_dns, "SecondaryDNS", STR, 0) \
	F(T, subnet_mask, "SubnetMask", STR, 0)

#define IPS_IPV6_PORT_SETTINGS(F, T) /* member, wire name, kind, flags */ \
	F(T, current_address_info, "CurrentAddressInfo", STRS, 0) \
	F(T, current_default_router, "CurrentDefaultRouter", STR, 0) \
	F(T, current_primary_dns, "CurrentPrimaryDNS", STR, 0) \
	F(T, current_secondary_dns, "CurrentSecondaryDNS", STR, 0) \
	F(T, default_router, "DefaultRouter", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, ipv6_address, "IPv6Address", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, interface_id_type, "InterfaceIDType", U32, 0) \
	F(T, manual_interface_id, "ManualInterfaceID", STR, 0) \
	F(T, primary_dns, "PrimaryDNS", STR, 0) \
	F(T, secondary_dns, "SecondaryDNS", STR, 0)

#define IPS_LAN_ENDPOINT(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, lan_type, "LANType", U16, 0) \
	F(T, mac_address, "MACAddress", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, protocol_type, "ProtocolType", U16, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define WSMAN_NETWORK_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_environment_detection_interface_policy, AMT, \
	  "AMT_EnvironmentDetectionInterfacePolicy", \
	  AMT_ENVIRONMENT_DETECTION_INTERFACE_POLICY, WSMAN_NO_METHODS, \
	  READ, false) \
	C(amt_environment_detection_setting_data, AMT, \
	  "AMT_EnvironmentDetectionSettingData", \
	  AMT_ENVIRONMENT_DETECTION_SETTING_DATA, AMT_ENVIRONMENT_DETECTION_SETTING_DATA_METHODS, \
	  PUT, false) \
	C(amt_ethernet_port_settings, AMT, "AMT_EthernetPortSettings", \
	  AMT_ETHERNET_PORT_SETTINGS, AMT_ETHERNET_PORT_SETTINGS_METHODS, PUT, false) \
	C(cim_ethernet_port, CIM, "CIM_EthernetPort", \
	  CIM_ETHERNET_PORT, WSMAN_NO_METHODS, READ, true) \
	C(cim_lan_endpoint, CIM, "CIM_LANEndpoint", \
	  CIM_LAN_ENDPOINT, CIM_LAN_ENDPOINT_METHODS, READ, true) \
	C(ips_host_ip_settings, IPS, "IPS_HostIPSettings", \
	  IPS_HOST_IP_SETTINGS, WSMAN_NO_METHODS, READ, false) \
	C(ips_ipv6_port_settings, IPS, "IPS_IPv6PortSettings", \
	  IPS_IPV6_PORT_SETTINGS, WSMAN_NO_METHODS, READ, false) \
	C(ips_lan_endpoint, IPS, "IPS_LANEndpoint", \
	  IPS_LAN_ENDPOINT, WSMAN_NO_METHODS, READ, true)

WSMAN_NETWORK_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
