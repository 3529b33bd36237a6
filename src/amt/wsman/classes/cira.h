/* SPDX-License-Identifier: Apache-2.0
 * Remote access: servers, policies, tunnel. wsman.md B.3.
 */
#ifndef AMT_WSMAN_CLASSES_CIRA_H
#define AMT_WSMAN_CLASSES_CIRA_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
/* InfoFormat of addresses, for proxies too */
enum amt_info_format { AMT_INFO_IPV4 = 3, AMT_INFO_IPV6 = 4, AMT_INFO_FQDN = 201 };
enum amt_mps_auth { AMT_MPS_AUTH_MUTUAL = 1, AMT_MPS_AUTH_PASSWORD = 2 };
enum amt_mps_type { AMT_MPS_EXTERNAL = 0, AMT_MPS_INTERNAL = 1, AMT_MPS_BOTH = 2 };
enum amt_trigger { AMT_TRIGGER_USER = 0, AMT_TRIGGER_ALERT = 1, AMT_TRIGGER_PERIODIC = 2 };
/* RequestedState and EnabledState of AMT_UserInitiatedConnectionService: bit 0 BIOS, bit 1 OS */
enum amt_user_initiated {
	AMT_USER_INITIATED_NONE = 32768, AMT_USER_INITIATED_BIOS, AMT_USER_INITIATED_OS,
	AMT_USER_INITIATED_BOTH,
};

#define AMT_MPS_USERNAME_PASSWORD(F, T) /* member, wire name, kind, flags */ \
	F(T, algorithm, "Algorithm", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, protocol, "Protocol", STR, 0) \
	F(T, remote_id, "RemoteID", STR, 0) \
	F(T, secret, "Secret", STR, WSMAN_SECRET)

#define AMT_MANAGEMENT_PRESENCE_REMOTE_SAP(F, T) /* member, wire name, kind, flags */ \
	F(T, access_info, "AccessInfo", STR, 0) \
	F(T, cn, "CN", STR, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, info_format, "InfoFormat", U16, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, port, "Port", U16, WSMAN_REQUIRED) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_REMOTE_ACCESS_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, last_remote_access_trigger, "LastRemoteAccessTrigger", STR, 0) \
	F(T, max_mps_per_policy, "MaxMpsPerPolicy", U32, 0) \
	F(T, max_total_mp_servers, "MaxTotalMpServers", U32, 0) \
	F(T, max_total_policies, "MaxTotalPolicies", U32, 0) \
	F(T, max_total_proxy_entry_points, "MaxTotalProxyEntryPoints", U32, 0)

#define AMT_REMOTE_ACCESS_POLICY_APPLIES_TO_MPS(F, T) /* member, wire name, kind, flags */ \
	F(T, managed_element, "ManagedElement", EPR, WSMAN_KEY) \
	F(T, mps_type, "MpsType", U16, 0) \
	F(T, order_of_access, "OrderOfAccess", U16, 0) \
	F(T, policy_set, "PolicySet", EPR, WSMAN_KEY)

#define AMT_REMOTE_ACCESS_POLICY_RULE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, extended_data, "ExtendedData", STR, 0) \
	F(T, policy_rule_name, "PolicyRuleName", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, trigger, "Trigger", U16, WSMAN_REQUIRED) \
	F(T, tunnel_life_time, "TunnelLifeTime", U32, WSMAN_REQUIRED)

#define AMT_REMOTE_ACCESS_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, is_remote_tunnel_connected, "IsRemoteTunnelConnected", BOOL, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, remote_tunnel_keep_alive_timeout, "RemoteTunnelKeepAliveTimeout", U32, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_REMOTE_ACCESS_SERVICE_ADD_MP_SERVER_IN(F, T) \
	F(T, access_info, "AccessInfo", STR, WSMAN_REQUIRED) \
	F(T, info_format, "InfoFormat", U16, WSMAN_REQUIRED) \
	F(T, port, "Port", U16, WSMAN_REQUIRED) \
	F(T, auth_method, "AuthMethod", U32, WSMAN_REQUIRED) \
	F(T, certificate, "Certificate", EPR, 0) \
	F(T, username, "Username", STR, 0) \
	F(T, password, "Password", STR, WSMAN_SECRET) \
	F(T, cn, "CN", STR, 0)

#define AMT_REMOTE_ACCESS_SERVICE_ADD_MP_SERVER_OUT(F, T) \
	F(T, mp_server, "MpServer", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_REMOTE_ACCESS_SERVICE_ADD_REMOTE_ACCESS_POLICY_RULE_IN(F, T) \
	F(T, trigger, "Trigger", U16, WSMAN_REQUIRED) \
	F(T, tunnel_life_time, "TunnelLifeTime", U32, WSMAN_REQUIRED) \
	F(T, extended_data, "ExtendedData", STR, 0) \
	F(T, mp_server, "MpServer", EPRS, 0) \
	F(T, internal_mp_server, "InternalMpServer", EPRS, 0)

#define AMT_REMOTE_ACCESS_SERVICE_ADD_REMOTE_ACCESS_POLICY_RULE_OUT(F, T) \
	F(T, policy_rule, "PolicyRule", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_REMOTE_ACCESS_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_remote_access_service_add_mp_server, "AddMpServer", \
	  AMT_REMOTE_ACCESS_SERVICE_ADD_MP_SERVER_IN, AMT_REMOTE_ACCESS_SERVICE_ADD_MP_SERVER_OUT) \
	M(amt_remote_access_service_add_remote_access_policy_rule, \
	  "AddRemoteAccessPolicyRule", \
	  AMT_REMOTE_ACCESS_SERVICE_ADD_REMOTE_ACCESS_POLICY_RULE_IN, \
	  AMT_REMOTE_ACCESS_SERVICE_ADD_REMOTE_ACCESS_POLICY_RULE_OUT) \
	M(amt_remote_access_service_close_remote_access_connection, \
	  "CloseRemoteAccessConnection", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define AMT_USER_INITIATED_CONNECTION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, last_connection_reason, "LastConnectionReason", STR, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_USER_INITIATED_CONNECTION_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_user_initiated_connection_service_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define WSMAN_CIRA_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_mps_username_password, AMT, "AMT_MPSUsernamePassword", \
	  AMT_MPS_USERNAME_PASSWORD, WSMAN_NO_METHODS, PUT, true) \
	C(amt_management_presence_remote_sap, AMT, "AMT_ManagementPresenceRemoteSAP", \
	  AMT_MANAGEMENT_PRESENCE_REMOTE_SAP, WSMAN_NO_METHODS, DELETE, true) \
	C(amt_remote_access_capabilities, AMT, "AMT_RemoteAccessCapabilities", \
	  AMT_REMOTE_ACCESS_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(amt_remote_access_credential_context, AMT, "AMT_RemoteAccessCredentialContext", \
	  WSMAN_CREDENTIAL_CONTEXT, WSMAN_NO_METHODS, READ, false) \
	C(amt_remote_access_policy_applies_to_mps, AMT, "AMT_RemoteAccessPolicyAppliesToMPS", \
	  AMT_REMOTE_ACCESS_POLICY_APPLIES_TO_MPS, WSMAN_NO_METHODS, PUT_DELETE, false) \
	C(amt_remote_access_policy_rule, AMT, "AMT_RemoteAccessPolicyRule", \
	  AMT_REMOTE_ACCESS_POLICY_RULE, WSMAN_NO_METHODS, DELETE, false) \
	C(amt_remote_access_service, AMT, "AMT_RemoteAccessService", \
	  AMT_REMOTE_ACCESS_SERVICE, AMT_REMOTE_ACCESS_SERVICE_METHODS, READ, true) \
	C(amt_user_initiated_connection_service, AMT, \
	  "AMT_UserInitiatedConnectionService", \
	  AMT_USER_INITIATED_CONNECTION_SERVICE, AMT_USER_INITIATED_CONNECTION_SERVICE_METHODS, \
	  READ, true)

WSMAN_CIRA_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
