/* SPDX-License-Identifier: Apache-2.0
 * Keyboard, video and mouse redirection, screens. wsman.md B.6.
 */
#ifndef AMT_WSMAN_CLASSES_KVM_H
#define AMT_WSMAN_CLASSES_KVM_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define CIM_KVM_REDIRECTION_SAP(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, kvm_protocol, "KVMProtocol", U16, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, other_kvm_protocol, "OtherKVMProtocol", STR, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_KVM_REDIRECTION_SAP_METHODS(M) /* name, wire name, in, out */ \
	M(cim_kvm_redirection_sap_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define IPS_KVM_REDIRECTION_SETTING_DATA(F, T) /* member, wire name, kind, flags */ \
	F(T, back_to_back_fb_mode, "BackToBackFbMode", BOOL, 0) \
	F(T, default_screen, "DefaultScreen", U8, 0) \
	F(T, double_buffer_active, "DoubleBufferActive", BOOL, WSMAN_READONLY) \
	F(T, double_buffer_enabled, "DoubleBufferEnabled", BOOL, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, enabled_by_mebx, "EnabledByMEBx", BOOL, WSMAN_READONLY) \
	F(T, grayscale_pixel_format_supported, "GrayscalePixelFormatSupported", BOOL, WSMAN_READONLY) \
	F(T, initial_decimation_mode_for_low_res, "InitialDecimationModeForLowRes", U8, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, is_5900_port_enabled, "Is5900PortEnabled", BOOL, 0) \
	F(T, opt_in_policy, "OptInPolicy", BOOL, 0) \
	F(T, opt_in_policy_timeout, "OptInPolicyTimeout", U16, 0) \
	F(T, rfb_password, "RFBPassword", STR, WSMAN_SECRET) \
	F(T, session_timeout, "SessionTimeout", U16, 0) \
	F(T, zlib_control_supported, "ZlibControlSupported", BOOL, WSMAN_READONLY)

#define IPS_KVM_REDIRECTION_SETTING_DATA_METHODS(M) /* name, wire name, in, out */ \
	M(ips_kvm_redirection_setting_data_terminate_session, "TerminateSession", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define IPS_SCREEN_CONFIGURATION_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, current_state, "CurrentState", U16, WSMAN_READONLY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, remaining_consecutive_reboots_num, "RemainingConsecutiveRebootsNum", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define IPS_SCREEN_CONFIGURATION_SERVICE_SET_SESSION_STATE_IN(F, T) \
	F(T, session_state, "SessionState", U8, 0) \
	F(T, consecutive_reboots_num, "ConsecutiveRebootsNum", U8, 0)

#define IPS_SCREEN_CONFIGURATION_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(ips_screen_configuration_service_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN) \
	M(ips_screen_configuration_service_set_session_state, "SetSessionState", \
	  IPS_SCREEN_CONFIGURATION_SERVICE_SET_SESSION_STATE_IN, WSMAN_RETURN)

#define IPS_SCREEN_SETTING_DATA(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, is_active, "IsActive", BOOLS, 0) \
	F(T, primary_index, "PrimaryIndex", U8, 0) \
	F(T, quadrary_index, "QuadraryIndex", U8, 0) \
	F(T, resolution_x, "ResolutionX", U32S, 0) \
	F(T, resolution_y, "ResolutionY", U32S, 0) \
	F(T, secondary_index, "SecondaryIndex", U8, 0) \
	F(T, tertiary_index, "TertiaryIndex", U8, 0) \
	F(T, upper_left_x, "UpperLeftX", I32S, 0) \
	F(T, upper_left_y, "UpperLeftY", I32S, 0)

#define IPS_SCREEN_SETTING_DATA_METHODS(M) /* name, wire name, in, out */ \
	M(ips_screen_setting_data_reset_to_default, "ResetToDefault", \
	  WSMAN_NO_ROWS, WSMAN_RETURN)

#define IPS_SEC_IO_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, default_screen, "DefaultScreen", U8, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, instance_id, "InstanceID", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, number_of_screens, "NumberOfScreens", U8, 0) \
	F(T, requested_language, "RequestedLanguage", U16, 0) \
	F(T, started, "Started", BOOL, 0) \
	F(T, status, "Status", STR, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, language, "language", U16, 0) \
	F(T, zoom, "zoom", U16, 0)

#define IPS_SEC_IO_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(ips_sec_io_service_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define WSMAN_KVM_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(cim_kvm_redirection_sap, CIM, "CIM_KVMRedirectionSAP", \
	  CIM_KVM_REDIRECTION_SAP, CIM_KVM_REDIRECTION_SAP_METHODS, READ, true) \
	C(ips_kvm_redirection_setting_data, IPS, "IPS_KVMRedirectionSettingData", \
	  IPS_KVM_REDIRECTION_SETTING_DATA, IPS_KVM_REDIRECTION_SETTING_DATA_METHODS, PUT, false) \
	C(ips_screen_configuration_service, IPS, "IPS_ScreenConfigurationService", \
	  IPS_SCREEN_CONFIGURATION_SERVICE, IPS_SCREEN_CONFIGURATION_SERVICE_METHODS, READ, true) \
	C(ips_screen_setting_data, IPS, "IPS_ScreenSettingData", \
	  IPS_SCREEN_SETTING_DATA, IPS_SCREEN_SETTING_DATA_METHODS, PUT, false) \
	C(ips_sec_io_service, IPS, "IPS_SecIOService", \
	  IPS_SEC_IO_SERVICE, IPS_SEC_IO_SERVICE_METHODS, PUT, true)

WSMAN_KVM_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
