/* SPDX-License-Identifier: Apache-2.0
 * Users, their realms, Kerberos. wsman.md B.5.
 */
#ifndef AMT_WSMAN_CLASSES_ACCOUNTS_H
#define AMT_WSMAN_CLASSES_ACCOUNTS_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
enum amt_access { AMT_ACCESS_LOCAL = 0, AMT_ACCESS_NETWORK = 1, AMT_ACCESS_ANY = 2 };

#define AMT_AUTHORIZATION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, allow_http_qop_auth_only, "AllowHttpQopAuthOnly", U32, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_AUTHORIZATION_SERVICE_ADD_USER_ACL_ENTRY_EX_IN(F, T) \
	F(T, digest_username, "DigestUsername", STR, 0) \
	F(T, digest_password, "DigestPassword", STR, WSMAN_SECRET) \
	F(T, kerberos_user_sid, "KerberosUserSid", STR, 0) \
	F(T, access_permission, "AccessPermission", U32, WSMAN_REQUIRED) \
	F(T, realms, "Realms", U32S, 0)

#define AMT_AUTHORIZATION_SERVICE_ADD_USER_ACL_ENTRY_EX_OUT(F, T) \
	F(T, handle, "Handle", U32, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUTHORIZATION_SERVICE_ENUMERATE_USER_ACL_ENTRIES_IN(F, T) \
	F(T, start_index, "StartIndex", U32, WSMAN_REQUIRED)

#define AMT_AUTHORIZATION_SERVICE_ENUMERATE_USER_ACL_ENTRIES_OUT(F, T) \
	F(T, total_count, "TotalCount", U32, 0) \
	F(T, handles_count, "HandlesCount", U32, 0) \
	F(T, handles, "Handles", U32S, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUTHORIZATION_SERVICE_GET_USER_ACL_ENTRY_EX_IN(F, T) \
	F(T, handle, "Handle", U32, WSMAN_REQUIRED)

#define AMT_AUTHORIZATION_SERVICE_GET_USER_ACL_ENTRY_EX_OUT(F, T) \
	F(T, digest_username, "DigestUsername", STR, 0) \
	F(T, digest_password, "DigestPassword", STR, WSMAN_SECRET) \
	F(T, kerberos_user_sid, "KerberosUserSid", STR, 0) \
	F(T, access_permission, "AccessPermission", U32, 0) \
	F(T, realms, "Realms", U32S, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUTHORIZATION_SERVICE_UPDATE_USER_ACL_ENTRY_EX_IN(F, T) \
	F(T, handle, "Handle", U32, WSMAN_REQUIRED) \
	F(T, digest_username, "DigestUsername", STR, 0) \
	F(T, digest_password, "DigestPassword", STR, WSMAN_SECRET) \
	F(T, kerberos_user_sid, "KerberosUserSid", STR, 0) \
	F(T, access_permission, "AccessPermission", U32, WSMAN_REQUIRED) \
	F(T, realms, "Realms", U32S, 0)

#define AMT_AUTHORIZATION_SERVICE_SET_ADMIN_ACL_ENTRY_EX_IN(F, T) \
	F(T, username, "Username", STR, WSMAN_REQUIRED) \
	F(T, digest_password, "DigestPassword", STR, WSMAN_REQUIRED | WSMAN_SECRET)

#define AMT_AUTHORIZATION_SERVICE_GET_ADMIN_ACL_ENTRY_OUT(F, T) \
	F(T, username, "Username", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUTHORIZATION_SERVICE_GET_ADMIN_ACL_ENTRY_STATUS_OUT(F, T) \
	F(T, is_default, "IsDefault", BOOL, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUTHORIZATION_SERVICE_SET_ACL_ENABLED_STATE_IN(F, T) \
	F(T, handle, "Handle", U32, WSMAN_REQUIRED) \
	F(T, enabled, "Enabled", BOOL, WSMAN_REQUIRED)

#define AMT_AUTHORIZATION_SERVICE_GET_ACL_ENABLED_STATE_OUT(F, T) \
	F(T, enabled, "Enabled", BOOL, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_AUTHORIZATION_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_authorization_service_add_user_acl_entry_ex, \
	  "AddUserAclEntryEx", \
	  AMT_AUTHORIZATION_SERVICE_ADD_USER_ACL_ENTRY_EX_IN, \
	  AMT_AUTHORIZATION_SERVICE_ADD_USER_ACL_ENTRY_EX_OUT) \
	M(amt_authorization_service_enumerate_user_acl_entries, \
	  "EnumerateUserAclEntries", \
	  AMT_AUTHORIZATION_SERVICE_ENUMERATE_USER_ACL_ENTRIES_IN, \
	  AMT_AUTHORIZATION_SERVICE_ENUMERATE_USER_ACL_ENTRIES_OUT) \
	M(amt_authorization_service_get_user_acl_entry_ex, \
	  "GetUserAclEntryEx", \
	  AMT_AUTHORIZATION_SERVICE_GET_USER_ACL_ENTRY_EX_IN, \
	  AMT_AUTHORIZATION_SERVICE_GET_USER_ACL_ENTRY_EX_OUT) \
	M(amt_authorization_service_update_user_acl_entry_ex, "UpdateUserAclEntryEx", \
	  AMT_AUTHORIZATION_SERVICE_UPDATE_USER_ACL_ENTRY_EX_IN, WSMAN_RETURN) \
	M(amt_authorization_service_remove_user_acl_entry, "RemoveUserAclEntry", \
	  AMT_AUTHORIZATION_SERVICE_GET_USER_ACL_ENTRY_EX_IN, WSMAN_RETURN) \
	M(amt_authorization_service_set_admin_acl_entry_ex, "SetAdminAclEntryEx", \
	  AMT_AUTHORIZATION_SERVICE_SET_ADMIN_ACL_ENTRY_EX_IN, WSMAN_RETURN) \
	M(amt_authorization_service_get_admin_acl_entry, "GetAdminAclEntry", \
	  WSMAN_NO_ROWS, AMT_AUTHORIZATION_SERVICE_GET_ADMIN_ACL_ENTRY_OUT) \
	M(amt_authorization_service_get_admin_acl_entry_status, "GetAdminAclEntryStatus", \
	  WSMAN_NO_ROWS, AMT_AUTHORIZATION_SERVICE_GET_ADMIN_ACL_ENTRY_STATUS_OUT) \
	M(amt_authorization_service_get_admin_net_acl_entry_status, "GetAdminNetAclEntryStatus", \
	  WSMAN_NO_ROWS, AMT_AUTHORIZATION_SERVICE_GET_ADMIN_ACL_ENTRY_STATUS_OUT) \
	M(amt_authorization_service_set_acl_enabled_state, "SetAclEnabledState", \
	  AMT_AUTHORIZATION_SERVICE_SET_ACL_ENABLED_STATE_IN, WSMAN_RETURN) \
	M(amt_authorization_service_get_acl_enabled_state, \
	  "GetAclEnabledState", \
	  AMT_AUTHORIZATION_SERVICE_GET_USER_ACL_ENTRY_EX_IN, \
	  AMT_AUTHORIZATION_SERVICE_GET_ACL_ENABLED_STATE_OUT)

#define AMT_KERBEROS_SETTING_DATA(F, T) /* member, wire name, kind, flags */ \
	F(T, configured_encryption_algorithms, "ConfiguredEncryptionAlgorithms", U16S, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, encryption_algorithm, "EncryptionAlgorithm", U16, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, iteration_count, "IterationCount", U32, 0) \
	F(T, key_version, "KeyVersion", U32, 0) \
	F(T, krb_enabled, "KrbEnabled", BOOL, WSMAN_REQUIRED) \
	F(T, master_key, "MasterKey", STRS, WSMAN_SECRET) \
	F(T, maximum_clock_tolerance, "MaximumClockTolerance", U32, 0) \
	F(T, passphrase, "Passphrase", STR, WSMAN_SECRET) \
	F(T, realm_name, "RealmName", STR, 0) \
	F(T, salt, "Salt", STR, 0) \
	F(T, service_principal_name, "ServicePrincipalName", STRS, 0) \
	F(T, service_principal_protocol, "ServicePrincipalProtocol", U16S, 0) \
	F(T, supported_encryption_algorithms, "SupportedEncryptionAlgorithms", U16S, 0)

#define AMT_KERBEROS_SETTING_DATA_GET_CREDENTIAL_CACHE_STATE_OUT(F, T) \
	F(T, enabled, "Enabled", BOOL, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_KERBEROS_SETTING_DATA_SET_CREDENTIAL_CACHE_STATE_IN(F, T) \
	F(T, enable, "Enable", BOOL, WSMAN_REQUIRED)

#define AMT_KERBEROS_SETTING_DATA_METHODS(M) /* name, wire name, in, out */ \
	M(amt_kerberos_setting_data_get_credential_cache_state, "GetCredentialCacheState", \
	  WSMAN_NO_ROWS, AMT_KERBEROS_SETTING_DATA_GET_CREDENTIAL_CACHE_STATE_OUT) \
	M(amt_kerberos_setting_data_set_credential_cache_state, "SetCredentialCacheState", \
	  AMT_KERBEROS_SETTING_DATA_SET_CREDENTIAL_CACHE_STATE_IN, WSMAN_RETURN)

#define CIM_ACCOUNT(F, T) /* member, wire name, kind, flags */ \
	F(T, complex_password_rules_enforced, "ComplexPasswordRulesEnforced", U16S, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, descriptions, "Descriptions", STRS, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, host, "Host", STRS, 0) \
	F(T, inactivity_timeout, "InactivityTimeout", DATETIME, 0) \
	F(T, last_login, "LastLogin", DATETIME, 0) \
	F(T, locality_name, "LocalityName", STRS, 0) \
	F(T, maximum_successive_login_failures, "MaximumSuccessiveLoginFailures", U16, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, ou, "OU", STRS, 0) \
	F(T, object_class, "ObjectClass", STRS, 0) \
	F(T, organization_name, "OrganizationName", STRS, WSMAN_REQUIRED) \
	F(T, other_user_password_encryption_algorithm, "OtherUserPasswordEncryptionAlgorithm", STR, 0) \
	F(T, password_expiration, "PasswordExpiration", DATETIME, 0) \
	F(T, password_history_depth, "PasswordHistoryDepth", U16, 0) \
	F(T, see_also, "SeeAlso", STRS, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, user_certificate, "UserCertificate", STR, 0) \
	F(T, user_id, "UserID", STR, 0) \
	F(T, user_password, "UserPassword", STR, WSMAN_SECRET) \
	F(T, user_password_encoding, "UserPasswordEncoding", U32, 0) \
	F(T, user_password_encryption_algorithm, "UserPasswordEncryptionAlgorithm", U16, 0)

#define CIM_ACCOUNT_METHODS(M) /* name, wire name, in, out */ \
	M(cim_account_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define CIM_IDENTITY(F, T) /* member, wire name, kind, flags */ \
	F(T, currently_authenticated, "CurrentlyAuthenticated", BOOL, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define CIM_ROLE(F, T) /* member, wire name, kind, flags */ \
	F(T, business_category, "BusinessCategory", STR, 0) \
	F(T, caption, "Caption", STR, 0) \
	F(T, common_name, "CommonName", STR, WSMAN_REQUIRED) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, description, "Description", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, role_characteristics, "RoleCharacteristics", U16S, 0)

#define WSMAN_ACCOUNTS_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_authorization_service, AMT, "AMT_AuthorizationService", \
	  AMT_AUTHORIZATION_SERVICE, AMT_AUTHORIZATION_SERVICE_METHODS, READ, true) \
	C(amt_kerberos_setting_data, AMT, "AMT_KerberosSettingData", \
	  AMT_KERBEROS_SETTING_DATA, AMT_KERBEROS_SETTING_DATA_METHODS, READ, false) \
	C(cim_account, CIM, "CIM_Account", \
	  CIM_ACCOUNT, CIM_ACCOUNT_METHODS, READ, true) \
	C(cim_identity, CIM, "CIM_Identity", \
	  CIM_IDENTITY, WSMAN_NO_METHODS, READ, false) \
	C(cim_role, CIM, "CIM_Role", \
	  CIM_ROLE, WSMAN_NO_METHODS, READ, false)

WSMAN_ACCOUNTS_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
