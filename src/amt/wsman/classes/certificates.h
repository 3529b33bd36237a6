/* SPDX-License-Identifier: Apache-2.0
 * Certificates, keys and revocation lists. wsman.md B.4.
 */
#ifndef AMT_WSMAN_CLASSES_CERTIFICATES_H
#define AMT_WSMAN_CLASSES_CERTIFICATES_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_CRL(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, serial_numbers, "SerialNumbers", STRS, 0) \
	F(T, url, "Url", STR, 0)

#define AMT_CRYPTOGRAPHIC_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, hardware_acceleration, "HardwareAcceleration", U32, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define AMT_PUBLIC_KEY_CERTIFICATE(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, issuer, "Issuer", STR, WSMAN_READONLY) \
	F(T, read_only_certificate, "ReadOnlyCertificate", BOOL, WSMAN_READONLY) \
	F(T, subject, "Subject", STR, WSMAN_READONLY) \
	F(T, trusted_root_certficate, "TrustedRootCertficate", BOOL, 0) \
	F(T, x509_certificate, "X509Certificate", STR, 0)

#define AMT_PUBLIC_KEY_MANAGEMENT_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, cert_chain_max_size, "CertChainMaxSize", U32, 0) \
	F(T, common_name_max_count, "CommonNameMaxCount", U32, 0) \
	F(T, common_name_max_size, "CommonNameMaxSize", U32, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, maximum_crl_size, "MaximumCRLSize", U32, 0) \
	F(T, root_cert_max_count, "RootCertMaxCount", U32, 0) \
	F(T, root_cert_max_size, "RootCertMaxSize", U32, 0) \
	F(T, supported_key_lengths, "SupportedKeyLengths", U32S, 0)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_default, "EnabledDefault", U16, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CRL_IN(F, T) \
	F(T, url, "Url", STR, 0) \
	F(T, serial_numbers, "SerialNumbers", STRS, 0)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CRL_OUT(F, T) \
	F(T, crl, "CRL", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CERTIFICATE_IN(F, T) \
	F(T, certificate_blob, "CertificateBlob", STR, WSMAN_REQUIRED)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CERTIFICATE_OUT(F, T) \
	F(T, created_certificate, "CreatedCertificate", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_KEY_IN(F, T) \
	F(T, key_blob, "KeyBlob", STR, WSMAN_REQUIRED | WSMAN_SECRET)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_KEY_OUT(F, T) \
	F(T, created_key, "CreatedKey", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_GENERATE_PKCS10_REQUEST_EX_IN(F, T) \
	F(T, key_pair, "KeyPair", EPR, WSMAN_REQUIRED) \
	F(T, signing_algorithm, "SigningAlgorithm", U32, WSMAN_REQUIRED) \
	F(T, null_signed_certificate_request, "NullSignedCertificateRequest", STR, WSMAN_REQUIRED)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_GENERATE_PKCS10_REQUEST_EX_OUT(F, T) \
	F(T, signed_certificate_request, "SignedCertificateRequest", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_GENERATE_KEY_PAIR_IN(F, T) \
	F(T, key_algorithm, "KeyAlgorithm", U32, WSMAN_REQUIRED) \
	F(T, key_length, "KeyLength", U32, WSMAN_REQUIRED)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_GENERATE_KEY_PAIR_OUT(F, T) \
	F(T, key_pair, "KeyPair", EPR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_public_key_management_service_add_crl, \
	  "AddCRL", \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CRL_IN, \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CRL_OUT) \
	M(amt_public_key_management_service_reset_crl_list, "ResetCRLList", \
	  WSMAN_NO_ROWS, WSMAN_RETURN) \
	M(amt_public_key_management_service_add_certificate, \
	  "AddCertificate", \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CERTIFICATE_IN, \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CERTIFICATE_OUT) \
	M(amt_public_key_management_service_add_trusted_root_certificate, \
	  "AddTrustedRootCertificate", \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CERTIFICATE_IN, \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_CERTIFICATE_OUT) \
	M(amt_public_key_management_service_add_key, \
	  "AddKey", \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_KEY_IN, \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_ADD_KEY_OUT) \
	M(amt_public_key_management_service_generate_pkcs10_request_ex, \
	  "GeneratePKCS10RequestEx", \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_GENERATE_PKCS10_REQUEST_EX_IN, \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_GENERATE_PKCS10_REQUEST_EX_OUT) \
	M(amt_public_key_management_service_generate_key_pair, \
	  "GenerateKeyPair", \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_GENERATE_KEY_PAIR_IN, \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_GENERATE_KEY_PAIR_OUT)

#define AMT_PUBLIC_PRIVATE_KEY_PAIR(F, T) /* member, wire name, kind, flags */ \
	F(T, der_key, "DERKey", STR, WSMAN_READONLY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define WSMAN_CERTIFICATES_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_crl, AMT, "AMT_CRL", \
	  AMT_CRL, WSMAN_NO_METHODS, READ, false) \
	C(amt_cryptographic_capabilities, AMT, "AMT_CryptographicCapabilities", \
	  AMT_CRYPTOGRAPHIC_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(amt_public_key_certificate, AMT, "AMT_PublicKeyCertificate", \
	  AMT_PUBLIC_KEY_CERTIFICATE, WSMAN_NO_METHODS, PUT_DELETE, true) \
	C(amt_public_key_management_capabilities, AMT, "AMT_PublicKeyManagementCapabilities", \
	  AMT_PUBLIC_KEY_MANAGEMENT_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(amt_public_key_management_service, AMT, \
	  "AMT_PublicKeyManagementService", \
	  AMT_PUBLIC_KEY_MANAGEMENT_SERVICE, AMT_PUBLIC_KEY_MANAGEMENT_SERVICE_METHODS, \
	  DELETE, true) \
	C(amt_public_private_key_pair, AMT, "AMT_PublicPrivateKeyPair", \
	  AMT_PUBLIC_PRIVATE_KEY_PAIR, WSMAN_NO_METHODS, DELETE, true)

WSMAN_CERTIFICATES_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
