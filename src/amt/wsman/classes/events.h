/* SPDX-License-Identifier: Apache-2.0
 * Subscriptions to platform events. wsman.md B.11.
 */
#ifndef AMT_WSMAN_CLASSES_EVENTS_H
#define AMT_WSMAN_CLASSES_EVENTS_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_EVENT_MANAGER_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, default_community_string, "DefaultCommunityString", STR, WSMAN_SECRET) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_EVENT_SUBSCRIBER(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_EVENT_SUBSCRIBER_METHODS(M) /* name, wire name, in, out */ \
	M(amt_event_subscriber_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define AMT_PET_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, assertion_event, "AssertionEvent", BOOL, 0) \
	F(T, deassertion_event, "DeassertionEvent", BOOL, 0) \
	F(T, device_address, "DeviceAddress", U8, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, entity, "Entity", U8, 0) \
	F(T, entity_instance, "EntityInstance", U8, 0) \
	F(T, event_offset, "EventOffset", U8, 0) \
	F(T, event_sensor_type, "EventSensorType", U8, 0) \
	F(T, event_severity, "EventSeverity", U8, 0) \
	F(T, event_source_type, "EventSourceType", U8, 0) \
	F(T, event_type, "EventType", U8, 0) \
	F(T, index, "Index", U8, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, is_legacy_sensor, "IsLegacySensor", BOOL, 0) \
	F(T, sensor_number, "SensorNumber", U8, 0)

#define AMT_PET_FILTER_SETTING(F, T) /* member, wire name, kind, flags */ \
	F(T, device_address, "DeviceAddress", U8, WSMAN_REQUIRED) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, enable_filter, "EnableFilter", BOOL, WSMAN_REQUIRED) \
	F(T, entity, "Entity", U8, WSMAN_REQUIRED) \
	F(T, entity_instance, "EntityInstance", U8, WSMAN_REQUIRED) \
	F(T, event_offset, "EventOffset", U8, WSMAN_REQUIRED) \
	F(T, event_sensor_type, "EventSensorType", U8, WSMAN_REQUIRED) \
	F(T, event_severity, "EventSeverity", U8, WSMAN_REQUIRED) \
	F(T, event_source_type, "EventSourceType", U8, WSMAN_REQUIRED) \
	F(T, event_type, "EventType", U8, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, log_on_event, "LogOnEvent", BOOL, WSMAN_REQUIRED) \
	F(T, oem_filter, "OEMFilter", BOOL, WSMAN_REQUIRED) \
	F(T, policy_id, "PolicyID", U8, WSMAN_REQUIRED) \
	F(T, send_alert, "SendAlert", BOOL, WSMAN_REQUIRED) \
	F(T, sensor_number, "SensorNumber", U8, WSMAN_REQUIRED)

#define AMT_SNMP_EVENT_SUBSCRIBER(F, T) /* member, wire name, kind, flags */ \
	F(T, access_info, "AccessInfo", STR, WSMAN_REQUIRED) \
	F(T, community_string, "CommunityString", STR, WSMAN_SECRET) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, policy_id, "PolicyID", U8, WSMAN_REQUIRED) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define WSMAN_EVENTS_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_event_manager_service, AMT, "AMT_EventManagerService", \
	  AMT_EVENT_MANAGER_SERVICE, WSMAN_NO_METHODS, READ, true) \
	C(amt_event_subscriber, AMT, "AMT_EventSubscriber", \
	  AMT_EVENT_SUBSCRIBER, AMT_EVENT_SUBSCRIBER_METHODS, READ, true) \
	C(amt_pet_capabilities, AMT, "AMT_PETCapabilities", \
	  AMT_PET_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(amt_pet_filter_for_target, AMT, "AMT_PETFilterForTarget", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false) \
	C(amt_pet_filter_setting, AMT, "AMT_PETFilterSetting", \
	  AMT_PET_FILTER_SETTING, WSMAN_NO_METHODS, READ, false) \
	C(amt_snmp_event_subscriber, AMT, "AMT_SNMPEventSubscriber", \
	  AMT_SNMP_EVENT_SUBSCRIBER, WSMAN_NO_METHODS, READ, true) \
	C(amt_trap_target_for_service, AMT, "AMT_TrapTargetForService", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false)

WSMAN_EVENTS_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
