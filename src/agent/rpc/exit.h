/* SPDX-License-Identifier: Apache-2.0
 * Exit codes of rpc: a contract that scripts rely on, the same for v2 and v3.
 * rpc.md 1.10.
 */
#ifndef AGENT_RPC_EXIT_H
#define AGENT_RPC_EXIT_H

#include <base/err.h>

/* code, name, what is printed, kind of the error */
/* clang-format off */
#define RPC_EXITS(X) \
	X(0, OK, "Success", INTERNAL) \
	X(1, PERMISSIONS, "IncorrectPermissions", FORBIDDEN) \
	X(2, HECI, "HECIDriverNotDetected", UNAVAILABLE) \
	X(3, NO_AMT, "AmtNotDetected", UNAVAILABLE) \
	X(4, AMT_NOT_READY, "AmtNotReady", UNAVAILABLE) \
	X(5, HELP, "flag: help requested", INVALID) \
	X(10, GENERIC, "GenericFailure", INTERNAL) \
	X(20, URL, "MissingOrIncorrectURL", INVALID) \
	X(21, PROFILE, "MissingOrIncorrectProfile", INVALID) \
	X(22, SERVER_CERTIFICATE, "ServerCerificateVerificationFailed", UNAVAILABLE) \
	X(23, PASSWORD, "MissingOrIncorrectPassword", INVALID) \
	X(24, DNS_SUFFIX, "MissingDNSSuffix", INVALID) \
	X(25, HOSTNAME, "MissingHostname", INVALID) \
	X(26, PROXY, "MissingProxyAddressAndPort", INVALID) \
	X(27, STATIC_IP, "MissingOrIncorrectStaticIP", INVALID) \
	X(28, COMMAND_LINE, "IncorrectCommandLineParameters", INVALID) \
	X(29, NETWORK_MASK, "MissingOrIncorrectNetworkMask", INVALID) \
	X(30, GATEWAY, "MissingOrIncorrectGateway", INVALID) \
	X(31, PRIMARY_DNS, "MissingOrIncorrectPrimaryDNS", INVALID) \
	X(32, SECONDARY_DNS, "MissingOrIncorrectSecondaryDNS", INVALID) \
	X(33, COMBINATION, "InvalidParameterCombination", INVALID) \
	X(34, READING_CONFIGURATION, "FailedReadingConfiguration", INVALID) \
	X(35, CONFIGURATION, "MissingOrInvalidConfiguration", INVALID) \
	X(36, USER_INPUT, "InvalidUserInput", INVALID) \
	X(37, UUID, "InvalidUUID", INVALID) \
	X(38, PASSWORDS_DIFFER, "PasswordsDoNotMatch", INVALID) \
	X(70, RPS_AUTHENTICATION, "RPSAuthenticationFailed", UNAUTHENTICATED) \
	X(71, AMT_CONNECTION, "AMTConnectionFailed", UNAVAILABLE) \
	X(72, OS_NETWORK, "OSNetworkInterfacesLookupFailed", UNAVAILABLE) \
	X(100, AMT_AUTHENTICATION, "AMTAuthenticationFailed", UNAUTHENTICATED) \
	X(101, WSMAN, "WSMANMessageError", DEVICE) \
	X(102, ACTIVATION, "ActivationFailed", DEVICE) \
	X(103, NETWORK_CONFIGURATION, "NetworkConfigurationFailed", DEVICE) \
	X(104, CIRA_CONFIGURATION, "CIRAConfigurationFailed", DEVICE) \
	X(105, TLS_CONFIGURATION, "TLSConfigurationFailed", DEVICE) \
	X(106, WIFI_CONFIGURATION, "WiFiConfigurationFailed", DEVICE) \
	X(107, FEATURES_CONFIGURATION, "AMTFeaturesConfigurationFailed", DEVICE) \
	X(108, IEEE8021X_CONFIGURATION, "Ieee8021xConfigurationFailed", DEVICE) \
	X(109, UNABLE_TO_DEACTIVATE, "UnableToDeactivate", CONFLICT) \
	X(110, DEACTIVATION, "DeactivationFailed", DEVICE) \
	X(111, UNABLE_TO_ACTIVATE, "UnableToActivate", CONFLICT) \
	X(112, WIFI_WARNINGS, "WifiConfigurationWithWarnings", DEVICE) \
	X(113, UNMARSHAL, "UnmarshalMessageFailed", DEVICE) \
	X(114, DELETE_CONFIGS, "DeleteConfigsFailed", DEVICE) \
	X(115, NOT_ACTIVATED, "DeviceNotActivated", CONFLICT) \
	X(116, WIFI_PROFILE_NAME, "MissingOrIncorrectWifiProfileName", INVALID) \
	X(117, IEEE8021X_MISSING, "MissingIeee8021xConfiguration", INVALID) \
	X(118, MEBX_PASSWORD, "SetMEBXPasswordFailed", DEVICE) \
	X(119, AMT_PASSWORD, "ChangeAMTPasswordFailed", DEVICE) \
	X(120, UNABLE_TO_CONFIGURE, "UnableToConfigure", CONFLICT) \
	X(121, CERT_BASE64, "ActivationFailed", INVALID) \
	X(122, CERT_PASSWORD, "ActivationFailed", INVALID) \
	X(123, CERT_INVALID, "ActivationFailed", INVALID) \
	X(124, CERT_NONE, "ActivationFailed", INVALID) \
	X(125, CERT_NO_KEY, "ActivationFailed", INVALID) \
	X(126, CERT_NO_ROOT, "ActivationFailed", INVALID) \
	X(127, CERT_HASHES, "ActivationFailed", DEVICE) \
	X(128, CERT_UNTRUSTED, "ActivationFailed", INVALID) \
	X(129, ACTIVATE_GENERAL_SETTINGS, "ActivationFailed", DEVICE) \
	X(130, ACTIVATE_HOST_SETUP, "ActivationFailed", DEVICE) \
	X(131, ACTIVATE_ADD_CERT, "ActivationFailed", DEVICE) \
	X(132, ACTIVATE_NONCE, "ActivationFailed", INTERNAL) \
	X(133, ACTIVATE_SIGN, "ActivationFailed", INTERNAL) \
	X(134, ACTIVATE_READ_MODE, "ActivationFailed", DEVICE) \
	X(135, ACTIVATE_WRONG_MODE, "ActivationFailed", DEVICE) \
	X(136, DUPLICATE_KEY, "DuplicateKey", CONFLICT) \
	X(137, WIRED_CONFIGURATION, "WiredConfigurationFailed", DEVICE) \
	X(138, UNSUPPORTED_AMT, "UnsupportedAMTVersion", DEVICE) \
	X(139, LMS_CONNECTION, "LMSConnectionFailed", UNAVAILABLE) \
	X(150, SYNC_CLOCK, "SyncClockFailed", DEVICE) \
	X(151, SYNC_HOSTNAME, "SyncHostnameFailed", DEVICE) \
	X(152, SYNC_IP, "SyncIpFailed", DEVICE) \
	X(153, CHANGE_PASSWORD, "ChangePasswordFailed", DEVICE) \
	X(154, SYNC_DEVICE_INFO, "SyncDeviceInfoFailed", DEVICE) \
	X(1000, AMT_STATUS, "AMT PT Status", DEVICE)
/* clang-format on */

enum rpc_exit {
#define ROW(code, name, text, kind) RPC_EXIT_##name = code,
	RPC_EXITS(ROW)
#undef ROW
};

/* "UnableToActivate"; "GenericFailure" for a code that is not in the table. */
const char *rpc_exit_text(enum rpc_exit code);
enum err_kind rpc_exit_kind(enum rpc_exit code);

#endif
