/* SPDX-License-Identifier: Apache-2.0
 * Power state and its change. wsman.md B.7, B.11.
 */
#ifndef AMT_WSMAN_CLASSES_POWER_H
#define AMT_WSMAN_CLASSES_POWER_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_SYSTEM_POWER_SCHEME(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, 0) \
	F(T, description, "Description", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, name, "Name", STR, 0) \
	F(T, policy_owner, "PolicyOwner", U32, 0) \
	F(T, policy_precedence, "PolicyPrecedence", U32, 0) \
	F(T, scheme_guid, "SchemeGUID", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, 0) \
	F(T, system_name, "SystemName", STR, 0)

#define AMT_SYSTEM_POWER_SCHEME_METHODS(M) /* name, wire name, in, out */ \
	M(amt_system_power_scheme_set_power_scheme, "SetPowerScheme", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define CIM_ASSOCIATED_POWER_MANAGEMENT_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, available_requested_power_states, "AvailableRequestedPowerStates", U16S, 0) \
	F(T, other_power_state, "OtherPowerState", STR, 0) \
	F(T, other_requested_power_state, "OtherRequestedPowerState", STR, 0) \
	F(T, power_on_time, "PowerOnTime", DATETIME, 0) \
	F(T, power_state, "PowerState", U16, 0) \
	F(T, requested_power_state, "RequestedPowerState", U16, 0) \
	F(T, service_provided, "ServiceProvided", EPR, WSMAN_KEY) \
	F(T, transitioning_to_power_state, "TransitioningToPowerState", U16, 0) \
	F(T, user_of_service, "UserOfService", EPR, WSMAN_KEY)

#define CIM_POWER_MANAGEMENT_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, other_power_capabilities_descriptions, "OtherPowerCapabilitiesDescriptions", STRS, 0) \
	F(T, other_power_change_capabilities, "OtherPowerChangeCapabilities", STR, 0) \
	F(T, power_capabilities, "PowerCapabilities", U16S, 0) \
	F(T, power_change_capabilities, "PowerChangeCapabilities", U16S, 0) \
	F(T, power_states_supported, "PowerStatesSupported", U16S, 0) \
	F(T, requested_power_states_supported, "RequestedPowerStatesSupported", U16S, 0)

#define CIM_POWER_MANAGEMENT_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_POWER_MANAGEMENT_SERVICE_REQUEST_POWER_STATE_CHANGE_IN(F, T) \
	F(T, power_state, "PowerState", U16, 0) \
	F(T, managed_element, "ManagedElement", EPR, 0) \
	F(T, time, "Time", DATETIME, 0) \
	F(T, timeout_period, "TimeoutPeriod", DATETIME, 0)

#define CIM_POWER_MANAGEMENT_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(cim_power_management_service_request_power_state_change, "RequestPowerStateChange", \
	  CIM_POWER_MANAGEMENT_SERVICE_REQUEST_POWER_STATE_CHANGE_IN, WSMAN_JOB_RETURN)

#define CIM_SERVICE_AVAILABLE_TO_ELEMENT(F, T) /* member, wire name, kind, flags */ \
	F(T, service_provided, "ServiceProvided", EPR, WSMAN_KEY) \
	F(T, user_of_service, "UserOfService", EPR, WSMAN_KEY)

#define IPS_POWER_MANAGEMENT_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, os_power_saving_state_change_supported, "OSPowerSavingStateChangeSupported", U16, 0) \
	F(T, os_power_saving_state_supported, "OSPowerSavingStateSupported", U16, 0) \
	F(T, other_power_capabilities_descriptions, "OtherPowerCapabilitiesDescriptions", STRS, 0) \
	F(T, other_power_change_capabilities, "OtherPowerChangeCapabilities", STR, 0) \
	F(T, power_capabilities, "PowerCapabilities", U16S, 0) \
	F(T, power_change_capabilities, "PowerChangeCapabilities", U16S, 0) \
	F(T, power_states_supported, "PowerStatesSupported", U16S, 0) \
	F(T, requested_power_states_supported, "RequestedPowerStatesSupported", U16S, 0)

#define IPS_POWER_MANAGEMENT_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, os_power_saving_state, "OSPowerSavingState", U16, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define IPS_POWER_MANAGEMENT_SERVICE_REQUEST_OS_POWER_SAVING_STATE_CHANGE_IN(F, T) \
	F(T, os_power_saving_state, "OSPowerSavingState", U16, 0) \
	F(T, managed_element, "ManagedElement", EPR, 0) \
	F(T, time, "Time", DATETIME, 0) \
	F(T, timeout_period, "TimeoutPeriod", DATETIME, 0)

#define IPS_POWER_MANAGEMENT_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(ips_power_management_service_request_os_power_saving_state_change, \
	  "RequestOSPowerSavingStateChange", \
	  IPS_POWER_MANAGEMENT_SERVICE_REQUEST_OS_POWER_SAVING_STATE_CHANGE_IN, WSMAN_JOB_RETURN)

#define WSMAN_POWER_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_system_power_scheme, AMT, "AMT_SystemPowerScheme", \
	  AMT_SYSTEM_POWER_SCHEME, AMT_SYSTEM_POWER_SCHEME_METHODS, READ, false) \
	C(cim_associated_power_management_service, CIM, "CIM_AssociatedPowerManagementService", \
	  CIM_ASSOCIATED_POWER_MANAGEMENT_SERVICE, WSMAN_NO_METHODS, READ, true) \
	C(cim_power_management_capabilities, CIM, "CIM_PowerManagementCapabilities", \
	  CIM_POWER_MANAGEMENT_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(cim_power_management_service, CIM, "CIM_PowerManagementService", \
	  CIM_POWER_MANAGEMENT_SERVICE, CIM_POWER_MANAGEMENT_SERVICE_METHODS, READ, true) \
	C(cim_service_available_to_element, CIM, "CIM_ServiceAvailableToElement", \
	  CIM_SERVICE_AVAILABLE_TO_ELEMENT, WSMAN_NO_METHODS, READ, false) \
	C(ips_power_management_capabilities, IPS, "IPS_PowerManagementCapabilities", \
	  IPS_POWER_MANAGEMENT_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(ips_power_management_service, IPS, "IPS_PowerManagementService", \
	  IPS_POWER_MANAGEMENT_SERVICE, IPS_POWER_MANAGEMENT_SERVICE_METHODS, READ, true)

WSMAN_POWER_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
