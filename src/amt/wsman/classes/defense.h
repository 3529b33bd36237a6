/* SPDX-License-Identifier: Apache-2.0
 * System defense: filters and policies on network traffic. wsman.md B.11.
 */
#ifndef AMT_WSMAN_CLASSES_DEFENSE_H
#define AMT_WSMAN_CLASSES_DEFENSE_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_ACTIVE_FILTER_STATISTICS(F, T) /* member, wire name, kind, flags */ \
	F(T, activation_time, "ActivationTime", DATETIME, 0) \
	F(T, antecedent, "Antecedent", EPR, WSMAN_KEY) \
	F(T, dependent, "Dependent", EPR, WSMAN_KEY) \
	F(T, filter_matched, "FilterMatched", BOOL, 0) \
	F(T, last_reset_time, "LastResetTime", DATETIME, 0) \
	F(T, read_count, "ReadCount", U32, 0)

#define AMT_COMPLEX_FILTER_ENTRY_BASE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, is_negated, "IsNegated", BOOL, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_FILTER_ENTRY_BASE(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, is_negated, "IsNegated", BOOL, 0)

#define AMT_GENERAL_SYSTEM_DEFENSE_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, global_max_supported_filters, "GlobalMaxSupportedFilters", U32, 0) \
	F(T, global_max_supported_policies, "GlobalMaxSupportedPolicies", U32, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define AMT_HDR8021_FILTER(F, T) /* member, wire name, kind, flags */ \
	F(T, action_event_on_match, "ActionEventOnMatch", BOOL, WSMAN_REQUIRED) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, filter_direction, "FilterDirection", U16, WSMAN_REQUIRED) \
	F(T, filter_enabled, "FilterEnabled", BOOL, 0) \
	F(T, filter_profile, "FilterProfile", U16, WSMAN_REQUIRED) \
	F(T, filter_profile_data, "FilterProfileData", U32, 0) \
	F(T, hdr_dest_mac_addr8021, "HdrDestMACAddr8021", STR, 0) \
	F(T, hdr_dest_mac_mask8021, "HdrDestMACMask8021", STR, 0) \
	F(T, hdr_priority_value8021, "HdrPriorityValue8021", U8, 0) \
	F(T, hdr_protocol_id8021, "HdrProtocolID8021", U16, WSMAN_REQUIRED) \
	F(T, hdr_src_mac_addr8021, "HdrSrcMACAddr8021", STR, 0) \
	F(T, hdr_src_mac_mask8021, "HdrSrcMACMask8021", STR, 0) \
	F(T, hdr_vlan_id_8021, "HdrVLANID8021", U32, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, vlan_id, "VLANID", U32, 0) \
	F(T, vlan_priority, "VLANPriority", U32, 0)

#define AMT_IP_HEADERS_FILTER(F, T) /* member, wire name, kind, flags */ \
	F(T, action_event_on_match, "ActionEventOnMatch", BOOL, WSMAN_REQUIRED) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, filter_direction, "FilterDirection", U16, WSMAN_REQUIRED) \
	F(T, filter_profile, "FilterProfile", U16, WSMAN_REQUIRED) \
	F(T, filter_profile_data, "FilterProfileData", U32, 0) \
	F(T, hdr_dscp, "HdrDSCP", U8S, 0) \
	F(T, hdr_dest_address, "HdrDestAddress", STR, 0) \
	F(T, hdr_dest_address_end_of_range, "HdrDestAddressEndOfRange", STR, 0) \
	F(T, hdr_dest_mask, "HdrDestMask", STR, 0) \
	F(T, hdr_dest_port_end, "HdrDestPortEnd", U16, 0) \
	F(T, hdr_dest_port_start, "HdrDestPortStart", U16, 0) \
	F(T, hdr_flow_label, "HdrFlowLabel", STR, 0) \
	F(T, hdr_ip_version, "HdrIPVersion", U8, 0) \
	F(T, hdr_protocol_id, "HdrProtocolID", U8, 0) \
	F(T, hdr_src_address, "HdrSrcAddress", STR, 0) \
	F(T, hdr_src_address_end_of_range, "HdrSrcAddressEndOfRange", STR, 0) \
	F(T, hdr_src_mask, "HdrSrcMask", STR, 0) \
	F(T, hdr_src_port_end, "HdrSrcPortEnd", U16, 0) \
	F(T, hdr_src_port_start, "HdrSrcPortStart", U16, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, is_negated, "IsNegated", BOOL, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, tcp_flags_off, "TCPFlagsOff", U16S, 0) \
	F(T, tcp_flags_on, "TCPFlagsOn", U16S, 0)

#define AMT_INTERFACE_POLICY(F, T) /* member, wire name, kind, flags */ \
	F(T, active, "Active", BOOL, 0) \
	F(T, antecedent, "Antecedent", EPR, WSMAN_KEY) \
	F(T, dependent, "Dependent", EPR, WSMAN_KEY)

#define AMT_NETWORK_FILTER(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, is_negated, "IsNegated", BOOL, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, owner_id, "OwnerID", U32, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_NETWORK_PORT_DEFAULT_SYSTEM_DEFENSE_POLICY(F, T) /* member, wire name, kind, flags */ \
	F(T, active, "Active", BOOL, 0) \
	F(T, antecedent, "Antecedent", EPR, WSMAN_KEY) \
	F(T, dependent, "Dependent", EPR, WSMAN_KEY)

#define AMT_NETWORK_PORT_SYSTEM_DEFENSE_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, ipv4_anti_spoofing_capable, "IPv4_AntiSpoofingCapable", BOOL, 0) \
	F(T, ipv4_max_rx_counters, "IPv4_MaxRxCounters", U16, 0) \
	F(T, ipv4_max_rx_filters, "IPv4_MaxRxFilters", U16, 0) \
	F(T, ipv4_max_tx_counters, "IPv4_MaxTxCounters", U16, 0) \
	F(T, ipv4_max_tx_filters, "IPv4_MaxTxFilters", U16, 0) \
	F(T, ipv6_anti_spoofing_capable, "IPv6_AntiSpoofingCapable", BOOL, 0) \
	F(T, ipv6_max_rx_counters, "IPv6_MaxRxCounters", U16, 0) \
	F(T, ipv6_max_rx_filters, "IPv6_MaxRxFilters", U16, 0) \
	F(T, ipv6_max_tx_counters, "IPv6_MaxTxCounters", U16, 0) \
	F(T, ipv6_max_tx_filters, "IPv6_MaxTxFilters", U16, 0) \
	F(T, ipv6_to_ipv4_ratio, "IPv6_to_IPv4_Ratio", U16, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define AMT_NETWORK_PORT_SYSTEM_DEFENSE_POLICY(F, T) /* member, wire name, kind, flags */ \
	F(T, active, "Active", BOOL, 0) \
	F(T, antecedent, "Antecedent", EPR, WSMAN_KEY) \
	F(T, dependent, "Dependent", EPR, WSMAN_KEY) \
	F(T, enabled, "Enabled", BOOL, 0)

#define AMT_SYSTEM_DEFENSE_POLICY(F, T) /* member, wire name, kind, flags */ \
	F(T, anti_spoofing_support, "AntiSpoofingSupport", U32, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, filter_creation_handles, "FilterCreationHandles", U32S, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, policy_name, "PolicyName", STR, 0) \
	F(T, policy_precedence, "PolicyPrecedence", U32, WSMAN_REQUIRED) \
	F(T, rx_default_count, "RxDefaultCount", BOOL, WSMAN_REQUIRED) \
	F(T, rx_default_drop, "RxDefaultDrop", BOOL, WSMAN_REQUIRED) \
	F(T, rx_default_match_event, "RxDefaultMatchEvent", BOOL, WSMAN_REQUIRED) \
	F(T, tx_default_count, "TxDefaultCount", BOOL, WSMAN_REQUIRED) \
	F(T, tx_default_drop, "TxDefaultDrop", BOOL, WSMAN_REQUIRED) \
	F(T, tx_default_match_event, "TxDefaultMatchEvent", BOOL, WSMAN_REQUIRED)

#define AMT_SYSTEM_DEFENSE_POLICY_GET_TIMEOUT_OUT(F, T) \
	F(T, timeout, "Timeout", U32, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_SYSTEM_DEFENSE_POLICY_SET_TIMEOUT_IN(F, T) \
	F(T, timeout, "Timeout", U32, WSMAN_REQUIRED)

#define AMT_SYSTEM_DEFENSE_POLICY_UPDATE_STATISTICS_IN(F, T) \
	F(T, network_interface, "NetworkInterface", EPR, WSMAN_REQUIRED) \
	F(T, reset_on_read, "ResetOnRead", BOOL, WSMAN_REQUIRED)

#define AMT_SYSTEM_DEFENSE_POLICY_METHODS(M) /* name, wire name, in, out */ \
	M(amt_system_defense_policy_get_timeout, "GetTimeout", \
	  WSMAN_NO_ROWS, AMT_SYSTEM_DEFENSE_POLICY_GET_TIMEOUT_OUT) \
	M(amt_system_defense_policy_set_timeout, "SetTimeout", \
	  AMT_SYSTEM_DEFENSE_POLICY_SET_TIMEOUT_IN, WSMAN_RETURN) \
	M(amt_system_defense_policy_update_statistics, "UpdateStatistics", \
	  AMT_SYSTEM_DEFENSE_POLICY_UPDATE_STATISTICS_IN, WSMAN_RETURN)

#define AMT_SYSTEM_DEFENSE_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define WSMAN_DEFENSE_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_active_filter_statistics, AMT, "AMT_ActiveFilterStatistics", \
	  AMT_ACTIVE_FILTER_STATISTICS, WSMAN_NO_METHODS, READ, true) \
	C(amt_complex_filter_entry_base, AMT, "AMT_ComplexFilterEntryBase", \
	  AMT_COMPLEX_FILTER_ENTRY_BASE, WSMAN_NO_METHODS, READ, true) \
	C(amt_filter_entry_base, AMT, "AMT_FilterEntryBase", \
	  AMT_FILTER_ENTRY_BASE, WSMAN_NO_METHODS, READ, true) \
	C(amt_filter_in_system_defense_policy, AMT, "AMT_FilterInSystemDefensePolicy", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false) \
	C(amt_general_system_defense_capabilities, AMT, "AMT_GeneralSystemDefenseCapabilities", \
	  AMT_GENERAL_SYSTEM_DEFENSE_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(amt_hdr8021_filter, AMT, "AMT_Hdr8021Filter", \
	  AMT_HDR8021_FILTER, WSMAN_NO_METHODS, READ, true) \
	C(amt_ip_headers_filter, AMT, "AMT_IPHeadersFilter", \
	  AMT_IP_HEADERS_FILTER, WSMAN_NO_METHODS, READ, true) \
	C(amt_interface_policy, AMT, "AMT_InterfacePolicy", \
	  AMT_INTERFACE_POLICY, WSMAN_NO_METHODS, READ, false) \
	C(amt_network_filter, AMT, "AMT_NetworkFilter", \
	  AMT_NETWORK_FILTER, WSMAN_NO_METHODS, READ, true) \
	C(amt_network_port_default_system_defense_policy, AMT, \
	  "AMT_NetworkPortDefaultSystemDefensePolicy", \
	  AMT_NETWORK_PORT_DEFAULT_SYSTEM_DEFENSE_POLICY, WSMAN_NO_METHODS, \
	  READ, false) \
	C(amt_network_port_system_defense_capabilities, AMT, \
	  "AMT_NetworkPortSystemDefenseCapabilities", \
	  AMT_NETWORK_PORT_SYSTEM_DEFENSE_CAPABILITIES, WSMAN_NO_METHODS, \
	  READ, false) \
	C(amt_network_port_system_defense_policy, AMT, "AMT_NetworkPortSystemDefensePolicy", \
	  AMT_NETWORK_PORT_SYSTEM_DEFENSE_POLICY, WSMAN_NO_METHODS, READ, false) \
	C(amt_system_defense_policy, AMT, "AMT_SystemDefensePolicy", \
	  AMT_SYSTEM_DEFENSE_POLICY, AMT_SYSTEM_DEFENSE_POLICY_METHODS, READ, false) \
	C(amt_system_defense_policy_in_service, AMT, "AMT_SystemDefensePolicyInService", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false) \
	C(amt_system_defense_service, AMT, "AMT_SystemDefenseService", \
	  AMT_SYSTEM_DEFENSE_SERVICE, WSMAN_NO_METHODS, READ, true)

WSMAN_DEFENSE_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
