/* SPDX-License-Identifier: Apache-2.0
 * Agent presence, watchdogs and endpoint access control. wsman.md B.11.
 */
#ifndef AMT_WSMAN_CLASSES_AGENTS_H
#define AMT_WSMAN_CLASSES_AGENTS_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_AGENT_PRESENCE_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, max_eac_agents, "MaxEacAgents", U32, 0) \
	F(T, max_total_actions, "MaxTotalActions", U32, 0) \
	F(T, max_total_agents, "MaxTotalAgents", U32, 0) \
	F(T, min_guaranteed_action_list_size, "MinGuaranteedActionListSize", U32, 0)

#define AMT_AGENT_PRESENCE_INTERFACE_POLICY(F, T) /* member, wire name, kind, flags */ \
	F(T, active, "Active", BOOL, 0) \
	F(T, antecedent, "Antecedent", EPR, WSMAN_KEY) \
	F(T, dependent, "Dependent", EPR, WSMAN_KEY) \
	F(T, enabled, "Enabled", BOOL, 0)

#define AMT_AGENT_PRESENCE_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_AGENT_PRESENCE_WATCHDOG(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, current_state, "CurrentState", U16, 0) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, monitored_entity_description, "MonitoredEntityDescription", STR, 0) \
	F(T, startup_interval, "StartupInterval", U16, WSMAN_REQUIRED) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, timeout_interval, "TimeoutInterval", U16, WSMAN_REQUIRED)

#define AMT_AGENT_PRESENCE_WATCHDOG_REGISTER_AGENT_OUT(F, T) \
	F(T, session_sequence_number, "SessionSequenceNumber", U32, 0) \
	F(T, timeout_interval, "TimeoutInterval", U16, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AGENT_PRESENCE_WATCHDOG_ASSERT_PRESENCE_IN(F, T) \
	F(T, sequence_number, "SequenceNumber", U32, WSMAN_REQUIRED)

#define AMT_AGENT_PRESENCE_WATCHDOG_ADD_ACTION_IN(F, T) \
	F(T, old_state, "OldState", U16, WSMAN_REQUIRED) \
	F(T, new_state, "NewState", U16, WSMAN_REQUIRED) \
	F(T, event_on_transition, "EventOnTransition", BOOL, WSMAN_REQUIRED) \
	F(T, action_sd, "ActionSd", U16, 0) \
	F(T, action_eac, "ActionEac", BOOL, 0)

#define AMT_AGENT_PRESENCE_WATCHDOG_METHODS(M) /* name, wire name, in, out */ \
	M(amt_agent_presence_watchdog_register_agent, "RegisterAgent", \
	  WSMAN_NO_ROWS, AMT_AGENT_PRESENCE_WATCHDOG_REGISTER_AGENT_OUT) \
	M(amt_agent_presence_watchdog_assert_presence, "AssertPresence", \
	  AMT_AGENT_PRESENCE_WATCHDOG_ASSERT_PRESENCE_IN, WSMAN_RETURN) \
	M(amt_agent_presence_watchdog_assert_shutdown, "AssertShutdown", \
	  AMT_AGENT_PRESENCE_WATCHDOG_ASSERT_PRESENCE_IN, WSMAN_RETURN) \
	M(amt_agent_presence_watchdog_add_action, "AddAction", \
	  AMT_AGENT_PRESENCE_WATCHDOG_ADD_ACTION_IN, WSMAN_RETURN) \
	M(amt_agent_presence_watchdog_delete_all_actions, "DeleteAllActions", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define AMT_AGENT_PRESENCE_WATCHDOG_ACTION(F, T) /* member, wire name, kind, flags */ \
	F(T, action_sd, "ActionSd", U16, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, event_on_transition, "EventOnTransition", BOOL, 0) \
	F(T, policy_action_name, "PolicyActionName", STR, WSMAN_KEY) \
	F(T, policy_rule_creation_class_name, "PolicyRuleCreationClassName", STR, WSMAN_KEY) \
	F(T, policy_rule_name, "PolicyRuleName", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_AGENT_PRESENCE_WATCHDOG_ACTION_GET_ACTION_EAC_OUT(F, T) \
	F(T, action_eac, "ActionEac", BOOL, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AGENT_PRESENCE_WATCHDOG_ACTION_METHODS(M) /* name, wire name, in, out */ \
	M(amt_agent_presence_watchdog_action_get_action_eac, "GetActionEac", \
	  WSMAN_NO_ROWS, AMT_AGENT_PRESENCE_WATCHDOG_ACTION_GET_ACTION_EAC_OUT)

#define AMT_ENDPOINT_ACCESS_CONTROL_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_POSTURE_IN(F, T) \
	F(T, posture_type, "PostureType", U16, WSMAN_REQUIRED)

#define AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_POSTURE_OUT(F, T) \
	F(T, signed_posture, "SignedPosture", STR, 0) \
	F(T, posture_change_hash, "PostureChangeHash", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_POSTURE_HASH_OUT(F, T) \
	F(T, posture_change_hash, "PostureChangeHash", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_UPDATE_POSTURE_STATE_IN(F, T) \
	F(T, update_type, "UpdateType", U16, WSMAN_REQUIRED)

#define AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_EAC_OPTIONS_OUT(F, T) \
	F(T, eac_vendors, "EacVendors", U32, 0) \
	F(T, posture_hash_algorithm, "PostureHashAlgorithm", U32, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_SET_EAC_OPTIONS_IN(F, T) \
	F(T, eac_vendors, "EacVendors", U32, WSMAN_REQUIRED) \
	F(T, posture_hash_algorithm, "PostureHashAlgorithm", U32, WSMAN_REQUIRED)

#define AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_endpoint_access_control_service_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN) \
	M(amt_endpoint_access_control_service_get_posture, \
	  "GetPosture", \
	  AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_POSTURE_IN, \
	  AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_POSTURE_OUT) \
	M(amt_endpoint_access_control_service_get_posture_hash, \
	  "GetPostureHash", \
	  AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_POSTURE_IN, \
	  AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_POSTURE_HASH_OUT) \
	M(amt_endpoint_access_control_service_update_posture_state, "UpdatePostureState", \
	  AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_UPDATE_POSTURE_STATE_IN, WSMAN_RETURN) \
	M(amt_endpoint_access_control_service_get_eac_options, "GetEacOptions", \
	  WSMAN_NO_ROWS, AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_GET_EAC_OPTIONS_OUT) \
	M(amt_endpoint_access_control_service_set_eac_options, "SetEacOptions", \
	  AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_SET_EAC_OPTIONS_IN, WSMAN_RETURN)

#define AMT_STATE_TRANSITION_CONDITION(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, new_state, "NewState", U16, 0) \
	F(T, old_state, "OldState", U16, 0) \
	F(T, policy_condition_name, "PolicyConditionName", STR, WSMAN_KEY) \
	F(T, policy_rule_creation_class_name, "PolicyRuleCreationClassName", STR, WSMAN_KEY) \
	F(T, policy_rule_name, "PolicyRuleName", STR, WSMAN_KEY) \
	F(T, state_space, "StateSpace", STR, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define IPS_WATCHDOG_ACTION(F, T) /* member, wire name, kind, flags */ \
	F(T, agent_presence_watchdog_expiration_action, "AgentPresenceWatchDogExpirationAction", U32, WSMAN_REQUIRED) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, heci_watchdog_expiration_action, "HeciWatchDogExpirationAction", U32, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, rearm_reset, "ReArmReset", BOOL, 0) \
	F(T, timeout, "Timeout", U32, 0)

#define IPS_WATCHDOG_ACTION_APPLY_ACTION_ON_WATCHDOG_IN(F, T) \
	F(T, agent_presence_watchdog, "AgentPresenceWatchDog", EPR, WSMAN_REQUIRED) \
	F(T, action_enable, "ActionEnable", BOOL, WSMAN_REQUIRED)

#define IPS_WATCHDOG_ACTION_METHODS(M) /* name, wire name, in, out */ \
	M(ips_watchdog_action_apply_action_on_watchdog, "ApplyActionOnWatchDog", \
	  IPS_WATCHDOG_ACTION_APPLY_ACTION_ON_WATCHDOG_IN, WSMAN_RETURN) \
	M(ips_watchdog_action_cancel_reboot_action, "CancelRebootAction", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define WSMAN_AGENTS_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_agent_presence_capabilities, AMT, "AMT_AgentPresenceCapabilities", \
	  AMT_AGENT_PRESENCE_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(amt_agent_presence_interface_policy, AMT, "AMT_AgentPresenceInterfacePolicy", \
	  AMT_AGENT_PRESENCE_INTERFACE_POLICY, WSMAN_NO_METHODS, READ, false) \
	C(amt_agent_presence_service, AMT, "AMT_AgentPresenceService", \
	  AMT_AGENT_PRESENCE_SERVICE, WSMAN_NO_METHODS, READ, true) \
	C(amt_agent_presence_watchdog, AMT, "AMT_AgentPresenceWatchdog", \
	  AMT_AGENT_PRESENCE_WATCHDOG, AMT_AGENT_PRESENCE_WATCHDOG_METHODS, READ, true) \
	C(amt_agent_presence_watchdog_action, AMT, \
	  "AMT_AgentPresenceWatchdogAction", \
	  AMT_AGENT_PRESENCE_WATCHDOG_ACTION, AMT_AGENT_PRESENCE_WATCHDOG_ACTION_METHODS, \
	  READ, false) \
	C(amt_endpoint_access_control_service, AMT, \
	  "AMT_EndpointAccessControlService", \
	  AMT_ENDPOINT_ACCESS_CONTROL_SERVICE, AMT_ENDPOINT_ACCESS_CONTROL_SERVICE_METHODS, \
	  READ, true) \
	C(amt_state_transition_condition, AMT, "AMT_StateTransitionCondition", \
	  AMT_STATE_TRANSITION_CONDITION, WSMAN_NO_METHODS, READ, false) \
	C(ips_watchdog_action, IPS, "IPS_WatchDogAction", \
	  IPS_WATCHDOG_ACTION, IPS_WATCHDOG_ACTION_METHODS, READ, false)

WSMAN_AGENTS_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
