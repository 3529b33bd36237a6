/* SPDX-License-Identifier: Apache-2.0
 * Boot options, sources and order. wsman.md B.7, B.11.
 */
#ifndef AMT_WSMAN_CLASSES_BOOT_H
#define AMT_WSMAN_CLASSES_BOOT_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
/* RequestedState and EnabledState of CIM_BootService: bit 0 one-click recovery, bit 1 erase */
enum cim_boot_service_state {
	CIM_BOOT_SERVICE_PLAIN = 32768, CIM_BOOT_SERVICE_OCR, CIM_BOOT_SERVICE_RPE,
	CIM_BOOT_SERVICE_OCR_RPE,
};

#define AMT_BOOT_CAPABILITIES(F, T) /* member, wire name, kind, flags */ \
	F(T, amt_secure_boot_control, "AMTSecureBootControl", BOOL, 0) \
	F(T, bios_pause, "BIOSPause", BOOL, 0) \
	F(T, bios_reflash, "BIOSReflash", BOOL, 0) \
	F(T, bios_secure_boot, "BIOSSecureBoot", BOOL, 0) \
	F(T, bios_setup, "BIOSSetup", BOOL, 0) \
	F(T, configuration_data_reset, "ConfigurationDataReset", BOOL, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, force_cd_or_dvd_boot, "ForceCDorDVDBoot", BOOL, 0) \
	F(T, force_diagnostic_boot, "ForceDiagnosticBoot", BOOL, 0) \
	F(T, force_hard_drive_boot, "ForceHardDriveBoot", BOOL, 0) \
	F(T, force_hard_drive_safe_mode_boot, "ForceHardDriveSafeModeBoot", BOOL, 0) \
	F(T, force_pxe_boot, "ForcePXEBoot", BOOL, 0) \
	F(T, force_uefi_https_boot, "ForceUEFIHTTPSBoot", BOOL, 0) \
	F(T, force_uefi_pba_boot, "ForceUEFIPBABoot", BOOL, 0) \
	F(T, force_winre_boot, "ForceWinREBoot", BOOL, 0) \
	F(T, forced_progress_events, "ForcedProgressEvents", BOOL, 0) \
	F(T, ider, "IDER", BOOL, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, keyboard_lock, "KeyboardLock", BOOL, 0) \
	F(T, platform_erase, "PlatformErase", U32, 0) \
	F(T, power_button_lock, "PowerButtonLock", BOOL, 0) \
	F(T, reset_button_lock, "ResetButtonLock", BOOL, 0) \
	F(T, sol, "SOL", BOOL, 0) \
	F(T, secure_erase, "SecureErase", BOOL, 0) \
	F(T, sleep_button_lock, "SleepButtonLock", BOOL, 0) \
	F(T, uefi_wifi_coexistence_and_profile_share, "UEFIWiFiCoExistenceAndProfileShare", BOOL, 0) \
	F(T, user_password_bypass, "UserPasswordBypass", BOOL, 0) \
	F(T, verbosity_quiet, "VerbosityQuiet", BOOL, 0) \
	F(T, verbosity_screen_blank, "VerbosityScreenBlank", BOOL, 0) \
	F(T, verbosity_verbose, "VerbosityVerbose", BOOL, 0)

#define AMT_BOOT_SETTING_DATA(F, T) /* member, wire name, kind, flags */ \
	F(T, bios_last_status, "BIOSLastStatus", U16S, WSMAN_READONLY) \
	F(T, bios_pause, "BIOSPause", BOOL, WSMAN_REQUIRED) \
	F(T, bios_setup, "BIOSSetup", BOOL, WSMAN_REQUIRED) \
	F(T, boot_media_index, "BootMediaIndex", U16, WSMAN_REQUIRED) \
	F(T, bootguard_status, "BootguardStatus", U32, WSMAN_READONLY) \
	F(T, configuration_data_reset, "ConfigurationDataReset", BOOL, WSMAN_REQUIRED) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, enforce_secure_boot, "EnforceSecureBoot", BOOL, 0) \
	F(T, firmware_verbosity, "FirmwareVerbosity", U8, WSMAN_REQUIRED) \
	F(T, forced_progress_events, "ForcedProgressEvents", BOOL, WSMAN_REQUIRED) \
	F(T, ider_boot_device, "IDERBootDevice", U8, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, lock_keyboard, "LockKeyboard", BOOL, WSMAN_REQUIRED) \
	F(T, lock_power_button, "LockPowerButton", BOOL, WSMAN_REQUIRED) \
	F(T, lock_reset_button, "LockResetButton", BOOL, WSMAN_REQUIRED) \
	F(T, lock_sleep_button, "LockSleepButton", BOOL, WSMAN_REQUIRED) \
	F(T, options_cleared, "OptionsCleared", BOOL, WSMAN_READONLY) \
	F(T, owning_entity, "OwningEntity", STR, 0) \
	F(T, platform_erase, "PlatformErase", BOOL, 0) \
	F(T, rpe_enabled, "RPEEnabled", BOOL, WSMAN_READONLY) \
	F(T, rse_password, "RSEPassword", STR, WSMAN_SECRET) \
	F(T, reflash_bios, "ReflashBIOS", BOOL, WSMAN_REQUIRED) \
	F(T, secure_boot_control_enabled, "SecureBootControlEnabled", BOOL, WSMAN_READONLY) \
	F(T, secure_erase, "SecureErase", BOOL, WSMAN_REQUIRED) \
	F(T, uefi_https_boot_enabled, "UEFIHTTPSBootEnabled", BOOL, WSMAN_READONLY) \
	F(T, uefi_local_pba_boot_enabled, "UEFILocalPBABootEnabled", BOOL, WSMAN_READONLY) \
	F(T, uefi_boot_number_of_params, "UefiBootNumberOfParams", U32, 0) \
	F(T, uefi_boot_parameters_array, "UefiBootParametersArray", STR, 0) \
	F(T, use_ider, "UseIDER", BOOL, WSMAN_REQUIRED) \
	F(T, use_sol, "UseSOL", BOOL, WSMAN_REQUIRED) \
	F(T, use_safe_mode, "UseSafeMode", BOOL, WSMAN_REQUIRED) \
	F(T, user_password_bypass, "UserPasswordBypass", BOOL, WSMAN_REQUIRED) \
	F(T, winre_boot_enabled, "WinREBootEnabled", BOOL, WSMAN_READONLY)

#define CIM_BOOT_CONFIG_SETTING(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY)

#define CIM_BOOT_CONFIG_SETTING_CHANGE_BOOT_ORDER_IN(F, T) \
	F(T, source, "Source", EPRS, 0)

#define CIM_BOOT_CONFIG_SETTING_METHODS(M) /* name, wire name, in, out */ \
	M(cim_boot_config_setting_change_boot_order, "ChangeBootOrder", \
	  CIM_BOOT_CONFIG_SETTING_CHANGE_BOOT_ORDER_IN, WSMAN_JOB_RETURN)

#define CIM_BOOT_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_BOOT_SERVICE_SET_BOOT_CONFIG_ROLE_IN(F, T) \
	F(T, boot_config_setting, "BootConfigSetting", EPR, WSMAN_REQUIRED) \
	F(T, role, "Role", U16, WSMAN_REQUIRED)

#define CIM_BOOT_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(cim_boot_service_set_boot_config_role, "SetBootConfigRole", \
	  CIM_BOOT_SERVICE_SET_BOOT_CONFIG_ROLE_IN, WSMAN_JOB_RETURN) \
	M(cim_boot_service_request_state_change, "RequestStateChange", \
	  WSMAN_STATE_IN, WSMAN_JOB_RETURN)

#define CIM_BOOT_SETTING_DATA(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, owning_entity, "OwningEntity", STR, 0)

#define CIM_BOOT_SOURCE_SETTING(F, T) /* member, wire name, kind, flags */ \
	F(T, bios_boot_string, "BIOSBootString", STR, 0) \
	F(T, boot_string, "BootString", STR, 0) \
	F(T, element_name, "ElementName", STR, WSMAN_REQUIRED) \
	F(T, fail_through_supported, "FailThroughSupported", U16, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, structured_boot_string, "StructuredBootString", STR, 0)

#define CIM_ELEMENT_SETTING_DATA(F, T) /* member, wire name, kind, flags */ \
	F(T, is_current, "IsCurrent", U16, 0) \
	F(T, is_default, "IsDefault", U16, 0) \
	F(T, is_next, "IsNext", U16, 0) \
	F(T, managed_element, "ManagedElement", EPR, WSMAN_KEY) \
	F(T, setting_data, "SettingData", EPR, WSMAN_KEY)

#define CIM_ORDERED_COMPONENT(F, T) /* member, wire name, kind, flags */ \
	F(T, assigned_sequence, "AssignedSequence", U64, 0) \
	F(T, group_component, "GroupComponent", EPR, WSMAN_KEY) \
	F(T, part_component, "PartComponent", EPR, WSMAN_KEY)

#define IPS_HOST_BOOT_REASON(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, previous_sx_state, "PreviousSxState", U32, WSMAN_REQUIRED) \
	F(T, reason, "Reason", U32, WSMAN_REQUIRED) \
	F(T, reason_details, "ReasonDetails", STR, 0)

#define WSMAN_BOOT_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_boot_capabilities, AMT, "AMT_BootCapabilities", \
	  AMT_BOOT_CAPABILITIES, WSMAN_NO_METHODS, READ, false) \
	C(amt_boot_setting_data, AMT, "AMT_BootSettingData", \
	  AMT_BOOT_SETTING_DATA, WSMAN_NO_METHODS, PUT, false) \
	C(cim_boot_config_setting, CIM, "CIM_BootConfigSetting", \
	  CIM_BOOT_CONFIG_SETTING, CIM_BOOT_CONFIG_SETTING_METHODS, READ, false) \
	C(cim_boot_service, CIM, "CIM_BootService", \
	  CIM_BOOT_SERVICE, CIM_BOOT_SERVICE_METHODS, READ, true) \
	C(cim_boot_setting_data, CIM, "CIM_BootSettingData", \
	  CIM_BOOT_SETTING_DATA, WSMAN_NO_METHODS, READ, false) \
	C(cim_boot_source_setting, CIM, "CIM_BootSourceSetting", \
	  CIM_BOOT_SOURCE_SETTING, WSMAN_NO_METHODS, READ, false) \
	C(cim_element_setting_data, CIM, "CIM_ElementSettingData", \
	  CIM_ELEMENT_SETTING_DATA, WSMAN_NO_METHODS, READ, false) \
	C(cim_ordered_component, CIM, "CIM_OrderedComponent", \
	  CIM_ORDERED_COMPONENT, WSMAN_NO_METHODS, READ, false) \
	C(ips_host_boot_reason, IPS, "IPS_HostBootReason", \
	  IPS_HOST_BOOT_REASON, WSMAN_NO_METHODS, READ, false)

WSMAN_BOOT_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
