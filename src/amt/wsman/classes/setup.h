/* SPDX-License-Identifier: Apache-2.0
 * Provisioning state and its end. wsman.md B.1.
 */
#ifndef AMT_WSMAN_CLASSES_SETUP_H
#define AMT_WSMAN_CLASSES_SETUP_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_SETUP_AND_CONFIGURATION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, configuration_server_fqdn, "ConfigurationServerFQDN", STR, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, dhcp_dns_suffix, "DhcpDNSSuffix", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, password_model, "PasswordModel", U8, 0) \
	F(T, provisioning_mode, "ProvisioningMode", U8, WSMAN_READONLY) \
	F(T, provisioning_server_otp, "ProvisioningServerOTP", STR, 0) \
	F(T, provisioning_state, "ProvisioningState", U8, 0) \
	F(T, requested_state, "RequestedState", U16, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, trusted_dns_suffix, "TrustedDNSSuffix", STR, 0) \
	F(T, zero_touch_configuration_enabled, "ZeroTouchConfigurationEnabled", BOOL, 0)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_UNPROVISION_IN(F, T) \
	F(T, provisioning_mode, "ProvisioningMode", U32, 0)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_EXTEND_PROVISIONING_PERIOD_IN(F, T) \
	F(T, duration, "Duration", U32, 0)

#define AMT_SETUP_AND_CONFIGURATION_SERVICE_SET_MEBX_PASSWORD_IN(F, T) \
	F(T, password, "Password", STR, 0)

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
	  WSMAN_NO_ROWS, AMT_SETUP_AND_CONFIGURATION_SERVICE_GET_UNPROVISION_BLOCKING_COMPONENTS_OUT)

#define WSMAN_SETUP_CLASSES(C) /* struct, family, wire name, rows, methods, dated */ \
	C(amt_setup_and_configuration_service, AMT, "AMT_SetupAndConfigurationService", \
	  AMT_SETUP_AND_CONFIGURATION_SERVICE, AMT_SETUP_AND_CONFIGURATION_SERVICE_METHODS, true)

WSMAN_SETUP_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
