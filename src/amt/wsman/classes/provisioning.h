/* SPDX-License-Identifier: Apache-2.0
 * Records of how the device was provisioned. wsman.md B.11.
 */
#ifndef AMT_WSMAN_CLASSES_PROVISIONING_H
#define AMT_WSMAN_CLASSES_PROVISIONING_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define IPS_ADMIN_PROVISIONING_RECORD(F, T) /* member, wire name, kind, flags */ \
	F(T, additional_ca_serial_nums, "AdditionalCaSerialNums", BOOL, 0) \
	F(T, ca_certificate_serials, "CaCertificateSerials", STR, 0) \
	F(T, certificate_cn, "CertificateCN", STR, 0) \
	F(T, creation_time_stamp, "CreationTimeStamp", DATETIME, 0) \
	F(T, ehbc_state, "EHBCState", U8, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, hash_is_oem_default, "HashIsOemDefault", BOOL, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, secure_dns, "SecureDNS", BOOL, 0) \
	F(T, selected_hash_data, "SelectedHashData", STR, 0) \
	F(T, selected_hash_type, "SelectedHashType", U8, 0)

#define IPS_CLIENT_PROVISIONING_RECORD(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_time_stamp, "CreationTimeStamp", DATETIME, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, hash_algorithm, "HashAlgorithm", U8, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, prov_certificate_hash, "ProvCertificateHash", STR, 0)

#define IPS_DAL_PROVISIONING_RECORD(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_time_stamp, "CreationTimeStamp", DATETIME, 0) \
	F(T, dal_record, "DALRecord", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define IPS_MANUAL_PROVISIONING_RECORD(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_time_stamp, "CreationTimeStamp", DATETIME, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define IPS_PROVISIONING_AUDIT_RECORD(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_time_stamp, "CreationTimeStamp", DATETIME, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define IPS_PROVISIONING_RECORD_LOG(F, T) /* member, wire name, kind, flags */ \
	F(T, current_number_of_records, "CurrentNumberOfRecords", U64, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, health_state, "HealthState", U16, WSMAN_READONLY) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, log_state, "LogState", U16, 0) \
	F(T, max_number_of_records, "MaxNumberOfRecords", U64, 0) \
	F(T, name, "Name", STR, 0) \
	F(T, overwrite_policy, "OverwritePolicy", U16, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY)

#define IPS_PROVISIONING_RECORD_LOG_METHODS(M) /* name, wire name, in, out */ \
	M(ips_provisioning_record_log_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN) \
	M(ips_provisioning_record_log_clear_log, "ClearLog", WSMAN_NO_ROWS, WSMAN_RETURN)

#define IPS_TLS_PROVISIONING_RECORD(F, T) /* member, wire name, kind, flags */ \
	F(T, additional_ca_serial_nums, "AdditionalCaSerialNums", BOOL, 0) \
	F(T, ca_certificate_serials, "CaCertificateSerials", STR, 0) \
	F(T, creation_time_stamp, "CreationTimeStamp", DATETIME, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, hash_is_oem_default, "HashIsOemDefault", BOOL, 0) \
	F(T, host_initiated, "HostInitiated", BOOL, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, is_time_valid, "IsTimeValid", BOOL, 0) \
	F(T, prov_server_fqdn, "ProvServerFQDN", STR, 0) \
	F(T, prov_server_ip, "ProvServerIP", STR, 0) \
	F(T, provisioning_tls_mode, "ProvisioningTLSMode", U8, 0) \
	F(T, secure_dns, "SecureDNS", BOOL, 0) \
	F(T, selected_hash_data, "SelectedHashData", STR, 0) \
	F(T, selected_hash_type, "SelectedHashType", U8, 0)

#define WSMAN_PROVISIONING_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(ips_admin_provisioning_record, IPS, "IPS_AdminProvisioningRecord", \
	  IPS_ADMIN_PROVISIONING_RECORD, WSMAN_NO_METHODS, READ, true) \
	C(ips_client_provisioning_record, IPS, "IPS_ClientProvisioningRecord", \
	  IPS_CLIENT_PROVISIONING_RECORD, WSMAN_NO_METHODS, READ, true) \
	C(ips_dal_provisioning_record, IPS, "IPS_DALProvisioningRecord", \
	  IPS_DAL_PROVISIONING_RECORD, WSMAN_NO_METHODS, READ, true) \
	C(ips_manual_provisioning_record, IPS, "IPS_ManualProvisioningRecord", \
	  IPS_MANUAL_PROVISIONING_RECORD, WSMAN_NO_METHODS, READ, true) \
	C(ips_provisioning_audit_record, IPS, "IPS_ProvisioningAuditRecord", \
	  IPS_PROVISIONING_AUDIT_RECORD, WSMAN_NO_METHODS, READ, true) \
	C(ips_provisioning_record_log, IPS, "IPS_ProvisioningRecordLog", \
	  IPS_PROVISIONING_RECORD_LOG, IPS_PROVISIONING_RECORD_LOG_METHODS, READ, true) \
	C(ips_tls_provisioning_record, IPS, "IPS_TLSProvisioningRecord", \
	  IPS_TLS_PROVISIONING_RECORD, WSMAN_NO_METHODS, READ, true)

WSMAN_PROVISIONING_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
