/* SPDX-License-Identifier: Apache-2.0
 * TLS of the management interfaces. wsman.md B.4.
 */
#ifndef AMT_WSMAN_CLASSES_TLS_H
#define AMT_WSMAN_CLASSES_TLS_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_TLS_PROTOCOL_ENDPOINT(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, role, "Role", U8, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_TLS_PROTOCOL_ENDPOINT_COLLECTION(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_KEY)

#define AMT_TLS_SETTING_DATA(F, T) /* member, wire name, kind, flags */ \
	F(T, accept_non_secure_connections, "AcceptNonSecureConnections", BOOL, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, enabled, "Enabled", BOOL, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, mutual_authentication, "MutualAuthentication", BOOL, 0) \
	F(T, non_secure_connections_supported, "NonSecureConnectionsSupported", BOOL, WSMAN_READONLY) \
	F(T, trusted_cn, "TrustedCN", STRS, 0) \
	F(T, x509_issuer_name, "X509IssuerName", STR, 0) \
	F(T, x509_serial_number, "X509SerialNumber", STR, 0)

#define WSMAN_TLS_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_tls_credential_context, AMT, "AMT_TLSCredentialContext", \
	  WSMAN_CREDENTIAL_CONTEXT, WSMAN_NO_METHODS, ALL, false) \
	C(amt_tls_protocol_endpoint, AMT, "AMT_TLSProtocolEndpoint", \
	  AMT_TLS_PROTOCOL_ENDPOINT, WSMAN_NO_METHODS, READ, true) \
	C(amt_tls_protocol_endpoint_collection, AMT, "AMT_TLSProtocolEndpointCollection", \
	  AMT_TLS_PROTOCOL_ENDPOINT_COLLECTION, WSMAN_NO_METHODS, READ, false) \
	C(amt_tls_setting_data, AMT, "AMT_TLSSettingData", \
	  AMT_TLS_SETTING_DATA, WSMAN_NO_METHODS, PUT, false)

WSMAN_TLS_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
