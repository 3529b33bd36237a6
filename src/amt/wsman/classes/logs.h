/* SPDX-License-Identifier: Apache-2.0
 * Audit log and event log; their records: wsman.md C.2, C.3. wsman.md B.8.
 */
#ifndef AMT_WSMAN_CLASSES_LOGS_H
#define AMT_WSMAN_CLASSES_LOGS_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
/* Bits of AuditState */
enum amt_audit_state {
	AMT_AUDIT_DISABLED = 1, AMT_AUDIT_LOCKED = 2, AMT_AUDIT_ALMOST_FULL = 4,
	AMT_AUDIT_FULL = 8, AMT_AUDIT_NO_KEY = 16,
};

#define AMT_AUDIT_LOG(F, T) /* member, wire name, kind, flags */ \
	F(T, audit_state, "AuditState", U32, WSMAN_REQUIRED) \
	F(T, current_number_of_records, "CurrentNumberOfRecords", U64, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, max_allowed_auditors, "MaxAllowedAuditors", U16, WSMAN_REQUIRED) \
	F(T, max_number_of_records, "MaxNumberOfRecords", U64, 0) \
	F(T, min_days_to_keep, "MinDaysToKeep", U8, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, overwrite_policy, "OverwritePolicy", U16, 0) \
	F(T, percentage_free, "PercentageFree", U32, WSMAN_REQUIRED) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, storage_policy, "StoragePolicy", U8, 0) \
	F(T, time_of_last_record, "TimeOfLastRecord", DATETIME, 0)

#define AMT_AUDIT_LOG_READ_RECORDS_IN(F, T) \
	F(T, start_index, "StartIndex", U32, WSMAN_REQUIRED)

#define AMT_AUDIT_LOG_READ_RECORDS_OUT(F, T) \
	F(T, total_record_count, "TotalRecordCount", U32, 0) \
	F(T, records_returned, "RecordsReturned", U32, 0) \
	F(T, event_records, "EventRecords", STRS, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUDIT_LOG_SET_AUDIT_LOCK_IN(F, T) \
	F(T, lock_timeout_in_seconds, "LockTimeoutInSeconds", U32, 0) \
	F(T, flag, "Flag", U32, WSMAN_REQUIRED) \
	F(T, handle, "Handle", U32, 0)

#define AMT_AUDIT_LOG_SET_AUDIT_LOCK_OUT(F, T) \
	F(T, handle, "Handle", U32, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUDIT_LOG_EXPORT_AUDIT_LOG_SIGNATURE_IN(F, T) \
	F(T, signing_mechanism, "SigningMechanism", U32, WSMAN_REQUIRED)

#define AMT_AUDIT_LOG_EXPORT_AUDIT_LOG_SIGNATURE_OUT(F, T) \
	F(T, total_record_count, "TotalRecordCount", U32, 0) \
	F(T, start_log_time, "StartLogTime", DATETIME, 0) \
	F(T, end_log_time, "EndLogTime", DATETIME, 0) \
	F(T, generation_time, "GenerationTime", DATETIME, 0) \
	F(T, uuid, "UUID", STR, 0) \
	F(T, fqdn, "FQDN", STR, 0) \
	F(T, signature_mechanism, "SignatureMechanism", U32, 0) \
	F(T, signature, "Signature", STR, 0) \
	F(T, length_of_certificates, "LengthOfCertificates", U16S, 0) \
	F(T, certificates, "Certificates", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUDIT_LOG_SET_SIGNING_KEY_MATERIAL_IN(F, T) \
	F(T, signing_mechanism_type, "SigningMechanismType", U32, WSMAN_REQUIRED) \
	F(T, signing_key, "SigningKey", STR, WSMAN_REQUIRED | WSMAN_SECRET) \
	F(T, length_of_certificates, "LengthOfCertificates", U16S, WSMAN_REQUIRED) \
	F(T, certificates, "Certificates", STR, WSMAN_REQUIRED)

#define AMT_AUDIT_LOG_METHODS(M) /* name, wire name, in, out */ \
	M(amt_audit_log_clear_log, "ClearLog", WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(amt_audit_log_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN) \
	M(amt_audit_log_read_records, "ReadRecords", \
	  AMT_AUDIT_LOG_READ_RECORDS_IN, AMT_AUDIT_LOG_READ_RECORDS_OUT) \
	M(amt_audit_log_set_audit_lock, "SetAuditLock", \
	  AMT_AUDIT_LOG_SET_AUDIT_LOCK_IN, AMT_AUDIT_LOG_SET_AUDIT_LOCK_OUT) \
	M(amt_audit_log_export_audit_log_signature, \
	  "ExportAuditLogSignature", \
	  AMT_AUDIT_LOG_EXPORT_AUDIT_LOG_SIGNATURE_IN, \
	  AMT_AUDIT_LOG_EXPORT_AUDIT_LOG_SIGNATURE_OUT) \
	M(amt_audit_log_set_signing_key_material, "SetSigningKeyMaterial", \
	  AMT_AUDIT_LOG_SET_SIGNING_KEY_MATERIAL_IN, WSMAN_RETURN)

#define AMT_AUDIT_POLICY_RULE(F, T) /* member, wire name, kind, flags */ \
	F(T, audit_application_event_id, "AuditApplicationEventID", U32S, WSMAN_REQUIRED) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, policy_rule_name, "PolicyRuleName", STR, WSMAN_KEY) \
	F(T, policy_type, "PolicyType", U32S, WSMAN_REQUIRED) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_AUDIT_POLICY_RULE_SET_AUDIT_POLICY_IN(F, T) \
	F(T, enable, "Enable", BOOL, WSMAN_REQUIRED) \
	F(T, audited_app_id, "AuditedAppID", U16, WSMAN_REQUIRED) \
	F(T, event_id, "EventID", U16, WSMAN_REQUIRED) \
	F(T, policy_type, "PolicyType", U32, 0)

#define AMT_AUDIT_POLICY_RULE_SET_AUDIT_POLICY_BULK_IN(F, T) \
	F(T, enable, "Enable", BOOLS, WSMAN_REQUIRED) \
	F(T, audited_app_id, "AuditedAppID", U16S, WSMAN_REQUIRED) \
	F(T, event_id, "EventID", U16S, WSMAN_REQUIRED) \
	F(T, policy_type, "PolicyType", U32S, WSMAN_REQUIRED)

#define AMT_AUDIT_POLICY_RULE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_audit_policy_rule_set_audit_policy, "SetAuditPolicy", \
	  AMT_AUDIT_POLICY_RULE_SET_AUDIT_POLICY_IN, WSMAN_RETURN) \
	M(amt_audit_policy_rule_set_audit_policy_bulk, "SetAuditPolicyBulk", \
	  AMT_AUDIT_POLICY_RULE_SET_AUDIT_POLICY_BULK_IN, WSMAN_RETURN)

#define AMT_EVENT_LOG_ENTRY(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, 0) \
	F(T, device_address, "DeviceAddress", U8, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, entity, "Entity", U8, 0) \
	F(T, entity_instance, "EntityInstance", U8, 0) \
	F(T, event_data, "EventData", U8S, 0) \
	F(T, event_offset, "EventOffset", U8, 0) \
	F(T, event_sensor_type, "EventSensorType", U8, 0) \
	F(T, event_severity, "EventSeverity", U8, 0) \
	F(T, event_source_type, "EventSourceType", U8, 0) \
	F(T, event_type, "EventType", U8, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, record_id, "RecordID", STR, 0) \
	F(T, sensor_number, "SensorNumber", U8, 0) \
	F(T, time_stamp, "TimeStamp", I64, 0)

#define AMT_MESSAGE_LOG(F, T) /* member, wire name, kind, flags */ \
	F(T, capabilities, "Capabilities", U16S, 0) \
	F(T, character_set, "CharacterSet", U16, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, current_number_of_records, "CurrentNumberOfRecords", U64, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_default, "EnabledDefault", U16, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, health_state, "HealthState", U16, WSMAN_READONLY) \
	F(T, is_frozen, "IsFrozen", BOOL, 0) \
	F(T, last_change, "LastChange", U16, 0) \
	F(T, log_state, "LogState", U16, 0) \
	F(T, max_log_size, "MaxLogSize", U64, 0) \
	F(T, max_number_of_records, "MaxNumberOfRecords", U64, 0) \
	F(T, max_record_size, "MaxRecordSize", U64, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, overwrite_policy, "OverwritePolicy", U16, 0) \
	F(T, percentage_near_full, "PercentageNearFull", U8, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, size_of_header, "SizeOfHeader", U64, 0) \
	F(T, size_of_record_header, "SizeOfRecordHeader", U64, 0) \
	F(T, status, "Status", STR, WSMAN_READONLY)

#define AMT_MESSAGE_LOG_CANCEL_ITERATION_IN(F, T) \
	F(T, iteration_identifier, "IterationIdentifier", STR, 0)

#define AMT_MESSAGE_LOG_GET_RECORDS_IN(F, T) \
	F(T, iteration_identifier, "IterationIdentifier", STR, WSMAN_REQUIRED) \
	F(T, max_read_records, "MaxReadRecords", U32, WSMAN_REQUIRED)

#define AMT_MESSAGE_LOG_GET_RECORDS_OUT(F, T) \
	F(T, iteration_identifier, "IterationIdentifier", STR, 0) \
	F(T, no_more_records, "NoMoreRecords", BOOL, 0) \
	F(T, record_array, "RecordArray", STRS, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_MESSAGE_LOG_GET_RECORD_IN(F, T) \
	F(T, iteration_identifier, "IterationIdentifier", STR, WSMAN_REQUIRED) \
	F(T, position_to_next, "PositionToNext", BOOL, 0)

#define AMT_MESSAGE_LOG_GET_RECORD_OUT(F, T) \
	F(T, iteration_identifier, "IterationIdentifier", STR, 0) \
	F(T, record_number, "RecordNumber", U64, 0) \
	F(T, record_data, "RecordData", U8S, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_MESSAGE_LOG_POSITION_AT_RECORD_IN(F, T) \
	F(T, iteration_identifier, "IterationIdentifier", STR, WSMAN_REQUIRED) \
	F(T, move_absolute, "MoveAbsolute", BOOL, WSMAN_REQUIRED) \
	F(T, record_number, "RecordNumber", I64, WSMAN_REQUIRED)

#define AMT_MESSAGE_LOG_POSITION_AT_RECORD_OUT(F, T) \
	F(T, iteration_identifier, "IterationIdentifier", STR, 0) \
	F(T, record_number, "RecordNumber", I64, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_MESSAGE_LOG_POSITION_TO_FIRST_RECORD_OUT(F, T) \
	F(T, iteration_identifier, "IterationIdentifier", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_MESSAGE_LOG_FREEZE_LOG_IN(F, T) \
	F(T, freeze, "Freeze", BOOL, WSMAN_REQUIRED)

#define AMT_MESSAGE_LOG_METHODS(M) /* name, wire name, in, out */ \
	M(amt_message_log_cancel_iteration, "CancelIteration", \
	  AMT_MESSAGE_LOG_CANCEL_ITERATION_IN, WSMAN_RETURN) \
	M(amt_message_log_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN) \
	M(amt_message_log_clear_log, "ClearLog", WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(amt_message_log_get_records, "GetRecords", \
	  AMT_MESSAGE_LOG_GET_RECORDS_IN, AMT_MESSAGE_LOG_GET_RECORDS_OUT) \
	M(amt_message_log_get_record, "GetRecord", \
	  AMT_MESSAGE_LOG_GET_RECORD_IN, AMT_MESSAGE_LOG_GET_RECORD_OUT) \
	M(amt_message_log_position_at_record, "PositionAtRecord", \
	  AMT_MESSAGE_LOG_POSITION_AT_RECORD_IN, AMT_MESSAGE_LOG_POSITION_AT_RECORD_OUT) \
	M(amt_message_log_position_to_first_record, "PositionToFirstRecord", \
	  WSMAN_NO_ROWS, AMT_MESSAGE_LOG_POSITION_TO_FIRST_RECORD_OUT) \
	M(amt_message_log_freeze_log, "FreezeLog", \
	  AMT_MESSAGE_LOG_FREEZE_LOG_IN, WSMAN_RETURN)

#define WSMAN_LOGS_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_audit_log, AMT, "AMT_AuditLog", \
	  AMT_AUDIT_LOG, AMT_AUDIT_LOG_METHODS, READ, true) \
	C(amt_audit_policy_rule, AMT, "AMT_AuditPolicyRule", \
	  AMT_AUDIT_POLICY_RULE, AMT_AUDIT_POLICY_RULE_METHODS, READ, false) \
	C(amt_event_log_entry, AMT, "AMT_EventLogEntry", \
	  AMT_EVENT_LOG_ENTRY, WSMAN_NO_METHODS, READ, false) \
	C(amt_message_log, AMT, "AMT_MessageLog", \
	  AMT_MESSAGE_LOG, AMT_MESSAGE_LOG_METHODS, READ, true)

WSMAN_LOGS_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
