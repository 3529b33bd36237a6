/* SPDX-License-Identifier: Apache-2.0
 * 802.1X profiles, wired and Wi-Fi. wsman.md B.9, B.11.
 */
#ifndef AMT_WSMAN_CLASSES_IEEE8021X_H
#define AMT_WSMAN_CLASSES_IEEE8021X_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
/* Enabled of IPS_IEEE8021xSettings */
enum ips_ieee8021x_enabled {
	IPS_8021X_WITH_CERTIFICATES = 2, IPS_8021X_DISABLED = 3, IPS_8021X_WITHOUT_CERTIFICATES = 6,
};

#define AMT_8021X_PROFILE(F, T) /* member, wire name, kind, flags */ \
	F(T, active_in_s0, "ActiveInS0", BOOL, 0) \
	F(T, authentication_protocol, "AuthenticationProtocol", U16, 0) \
	F(T, client_certificate, "ClientCertificate", EPR, 0) \
	F(T, domain, "Domain", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, enabled, "Enabled", BOOL, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, pac_password, "PACPassword", STR, WSMAN_SECRET) \
	F(T, password, "Password", STR, WSMAN_SECRET) \
	F(T, protected_access_credential, "ProtectedAccessCredential", STRS, WSMAN_SECRET) \
	F(T, pxe_timeout, "PxeTimeout", U32, 0) \
	F(T, roaming_identity, "RoamingIdentity", STR, 0) \
	F(T, server_certificate_issuer, "ServerCertificateIssuer", EPR, 0) \
	F(T, server_certificate_name, "ServerCertificateName", STR, 0) \
	F(T, server_certificate_name_comparison, "ServerCertificateNameComparison", U16, 0) \
	F(T, username, "Username", STR, 0)

#define CIM_IEEE8021X_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, fast_roaming_supported, "FastRoamingSupported", BOOL, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, roaming_supported, "RoamingSupported", BOOL, 0) \
	F(T, supported_authentication_protocols, "SupportedAuthenticationProtocols", U16S, 0)

#define CIM_IEEE8021X_SETTINGS(F, T) /* member, wire name, kind, flags */ \
	F(T, authentication_protocol, "AuthenticationProtocol", U16, WSMAN_SENT(3)) \
	F(T, domain, "Domain", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED | WSMAN_SENT(1)) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY | WSMAN_SENT(2)) \
	F(T, pac_password, "PACPassword", STR, WSMAN_SECRET) \
	F(T, psk, "PSK", STR, WSMAN_SECRET) \
	F(T, password, "Password", STR, WSMAN_SENT(5) | WSMAN_SECRET) \
	F(T, protected_access_credential, "ProtectedAccessCredential", STR, WSMAN_SECRET) \
	F(T, roaming_identity, "RoamingIdentity", STR, 0) \
	F(T, server_certificate_name, "ServerCertificateName", STR, 0) \
	F(T, server_certificate_name_comparison, "ServerCertificateNameComparison", U16, 0) \
	F(T, username, "Username", STR, WSMAN_SENT(4))

#define IPS_IEEE8021X_SETTINGS(F, T) /* member, wire name, kind, flags */ \
	F(T, authentication_protocol, "AuthenticationProtocol", U16, 0) \
	F(T, available_in_s0, "AvailableInS0", BOOL, 0) \
	F(T, domain, "Domain", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, enabled, "Enabled", U32, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, pac_password, "PACPassword", STR, WSMAN_SECRET) \
	F(T, psk, "PSK", STR, WSMAN_SECRET) \
	F(T, password, "Password", STR, WSMAN_SECRET) \
	F(T, protected_access_credential, "ProtectedAccessCredential", STR, WSMAN_SECRET) \
	F(T, pxe_timeout, "PxeTimeout", U32, 0) \
	F(T, roaming_identity, "RoamingIdentity", STR, 0) \
	F(T, server_certificate_name, "ServerCertificateName", STR, 0) \
	F(T, server_certificate_name_comparison, "ServerCertificateNameComparison", U16, 0) \
	F(T, username, "Username", STR, 0)

#define IPS_IEEE8021X_SETTINGS_SET_CERTIFICATES_IN(F, T) \
	F(T, server_certificate_issuer, "ServerCertificateIssuer", EPR, 0) \
	F(T, client_certificate, "ClientCertificate", EPR, 0)

#define IPS_IEEE8021X_SETTINGS_METHODS(M) /* name, wire name, in, out */ \
	M(ips_ieee8021x_settings_set_certificates, "SetCertificates", \
	  IPS_IEEE8021X_SETTINGS_SET_CERTIFICATES_IN, WSMAN_RETURN)

#define WSMAN_IEEE8021X_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_8021x_profile, AMT, "AMT_8021XProfile", \
	  AMT_8021X_PROFILE, WSMAN_NO_METHODS, PUT, false) \
	C(cim_ieee8021x_capabilities, CIM, "CIM_IEEE8021xCapabilities", \
	  CIM_IEEE8021X_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(cim_ieee8021x_settings, CIM, "CIM_IEEE8021xSettings", \
	  CIM_IEEE8021X_SETTINGS, WSMAN_NO_METHODS, READ, false) \
	C(ips_ieee8021x_settings, IPS, "IPS_IEEE8021xSettings", \
	  IPS_IEEE8021X_SETTINGS, IPS_IEEE8021X_SETTINGS_METHODS, PUT, false)

WSMAN_IEEE8021X_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
