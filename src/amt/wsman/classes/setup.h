/* SPDX-License-Identifier: Apache-2.0
 * Provisioning: state, its end, and set-up through the host. wsman.md B.1, part D.
 */
#ifndef AMT_WSMAN_CLASSES_SETUP_H
#define AMT_WSMAN_CLASSES_SETUP_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
enum amt_provisioning_state {
	AMT_PROVISIONING_PRE = 0, AMT_PROVISIONING_IN = 1, AMT_PROVISIONING_POST = 2,
};
/* ProvisioningMode as a Get shows it: how clients tell the modes apart. */
enum amt_provisioning_mode { AMT_PROVISIONED_ADMIN = 1, AMT_PROVISIONED_CLIENT = 4 };
enum ips_control_mode { IPS_CONTROL_NONE = 0, IPS_CONTROL_CLIENT = 1, IPS_CONTROL_ADMIN = 2 };
enum ips_cert_chain {
	IPS_CERT_CHAIN_NONE = 0, IPS_CERT_CHAIN_IN_PROGRESS = 1, IPS_CERT_CHAIN_COMPLETE = 2,
};

#define AMT_PROVISIONING_CERTIFICATE_HASH(F, T) /* member, wire name, kind, flags */ \
	F(T, description, "Description", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled, "Enabled", BOOL, 0) \
	F(T, hash_data, "HashData", STR, WSMAN_READONLY) \
	F(T, hash_type, "HashType", U8, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, is_default, "IsDefault", BOOL, WSMAN_READONLY)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, configuration_server_fqdn, "ConfigurationServerFQDN", STR, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, dhcp_dns_suffix, "DhcpDNSSuffix", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, password_model, "PasswordModel", U8, 0) \
	F(T, provisioning_mode, "ProvisioningMode", U8, WSMAN_READONLY) \
	F(T, provisioning_server_otp, "ProvisioningServerOTP", STR, 0) \
	F(T, provisioning_state, "ProvisioningState", U8, WSMAN_READONLY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, trusted_dns_suffix, "TrustedDNSSuffix", STR, 0) \
	F(T, zero_touch_configuration_enabled, "ZeroTouchConfigurationEnabled", BOOL, 0)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_UNPROVISION_IN(F, T) \
	F(T, provisioning_mode, "ProvisioningMode", U32, 0)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_EXTEND_PROVISIONING_PERIOD_IN(F, T) \
	F(T, duration, "Duration", U32, 0)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_SET_MEBX_PASSWORD_IN(F, T) \
	F(T, password, "Password", STR, WSMAN_SECRET)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_GET_UUID_OUT(F, T) \
	F(T, uuid, "UUID", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_GET_UNPROVISION_BLOCKING_COMPONENTS_OUT(F, T) \
	F(T, component, "Component", U32S, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_setup_and_configuration_service_commit_changes, "CommitChanges", \
	  WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(amt_setup_and_configuration_service_unprovision, "Unprovision", \
	  AMT_SETUP_AND_CONFIGURATION_SERVICE_UNPROVISION_IN, WSMAN_RETURN) \
	M(amt_setup_and_configuration_service_partial_unprovision, "PartialUnprovision", \
	  WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(amt_setup_and_configuration_service_extend_provisioning_period, \
	  "ExtendProvisioningPeriod", \
	  AMT_SETUP_AND_CONFIGURATION_SERVICE_EXTEND_PROVISIONING_PERIOD_IN, WSMAN_RETURN) \
	M(amt_setup_and_configuration_service_set_mebx_password, "SetMEBxPassword", \
	  AMT_SETUP_AND_CONFIGURATION_SERVICE_SET_MEBX_PASSWORD_IN, WSMAN_RETURN) \
	M(amt_setup_and_configuration_service_get_uuid, "GetUuid", \
	  WSMAN_NO_ROWS, AMT_SETUP_AND_CONFIGURATION_SERVICE_GET_UUID_OUT) \
	M(amt_setup_and_configuration_service_get_unprovision_blocking_components, \
	  "GetUnprovisionBlockingComponents", \
	  WSMAN_NO_ROWS, \
	  AMT_SETUP_AND_CONFIGURATION_SERVICE_GET_UNPROVISION_BLOCKING_COMPONENTS_OUT)

#define IPS_HOST_BASED_SETUP_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, allowed_control_modes, "AllowedControlModes", U8S, WSMAN_READONLY) \
	F(T, cert_chain_status, "CertChainStatus", U8, WSMAN_READONLY) \
	F(T, configuration_nonce, "ConfigurationNonce", STR, WSMAN_READONLY) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, current_control_mode, "CurrentControlMode", U8, WSMAN_READONLY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define IPS_HOST_BASED_SETUP_SERVICE_SETUP_IN(F, T) \
	F(T, net_admin_pass_encryption_type, "NetAdminPassEncryptionType", U16, WSMAN_REQUIRED) \
	F(T, network_admin_password, "NetworkAdminPassword", STR, WSMAN_REQUIRED | WSMAN_SECRET) \
	F(T, mc_nonce, "McNonce", STR, 0) \
	F(T, certificate, "Certificate", STR, 0) \
	F(T, signing_algorithm, "SigningAlgorithm", U16, 0) \
	F(T, digital_signature, "DigitalSignature", STR, 0)

#define IPS_HOST_BASED_SETUP_SERVICE_ADD_NEXT_CERT_IN_CHAIN_IN(F, T) \
	F(T, next_certificate, "NextCertificate", STR, WSMAN_REQUIRED) \
	F(T, is_leaf_certificate, "IsLeafCertificate", BOOL, 0) \
	F(T, is_root_certificate, "IsRootCertificate", BOOL, 0)

#define IPS_HOST_BASED_SETUP_SERVICE_ADMIN_SETUP_IN(F, T) \
	F(T, net_admin_pass_encryption_type, "NetAdminPassEncryptionType", U16, WSMAN_REQUIRED) \
	F(T, network_admin_password, "NetworkAdminPassword", STR, WSMAN_REQUIRED | WSMAN_SECRET) \
	F(T, mc_nonce, "McNonce", STR, 0) \
	F(T, signing_algorithm, "SigningAlgorithm", U16, 0) \
	F(T, digital_signature, "DigitalSignature", STR, 0)

#define IPS_HOST_BASED_SETUP_SERVICE_UPGRADE_CLIENT_TO_ADMIN_IN(F, T) \
	F(T, mc_nonce, "McNonce", STR, 0) \
	F(T, signing_algorithm, "SigningAlgorithm", U16, 0) \
	F(T, digital_signature, "DigitalSignature", STR, 0)

#define IPS_HOST_BASED_SETUP_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(ips_host_based_setup_service_setup, "Setup", \
	  IPS_HOST_BASED_SETUP_SERVICE_SETUP_IN, WSMAN_RETURN) \
	M(ips_host_based_setup_service_add_next_cert_in_chain, "AddNextCertInChain", \
	  IPS_HOST_BASED_SETUP_SERVICE_ADD_NEXT_CERT_IN_CHAIN_IN, WSMAN_RETURN) \
	M(ips_host_based_setup_service_admin_setup, "AdminSetup", \
	  IPS_HOST_BASED_SETUP_SERVICE_ADMIN_SETUP_IN, WSMAN_RETURN) \
	M(ips_host_based_setup_service_upgrade_client_to_admin, "UpgradeClientToAdmin", \
	  IPS_HOST_BASED_SETUP_SERVICE_UPGRADE_CLIENT_TO_ADMIN_IN, WSMAN_RETURN) \
	M(ips_host_based_setup_service_disable_client_control_mode, "DisableClientControlMode", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define WSMAN_SETUP_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_provisioning_certificate_hash, AMT, "AMT_ProvisioningCertificateHash", \
	  AMT_PROVISIONING_CERTIFICATE_HASH, WSMAN_NO_METHODS, READ, true) \
	C(amt_setup_and_configuration_service, AMT, \
	  "AMT_SetupAndConfigurationService", \
	  AMT_SETUP_AND_CONFIGURATION_SERVICE, AMT_SETUP_AND_CONFIGURATION_SERVICE_METHODS, \
	  PUT, true) \
	C(ips_host_based_setup_service, IPS, "IPS_HostBasedSetupService", \
	  IPS_HOST_BASED_SETUP_SERVICE, IPS_HOST_BASED_SETUP_SERVICE_METHODS, READ, true)

WSMAN_SETUP_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
