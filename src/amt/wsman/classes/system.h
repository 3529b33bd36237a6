/* SPDX-License-Identifier: Apache-2.0
 * The managed system, its firmware and software versions, jobs. wsman.md B.10, B.11.
 */
#ifndef AMT_WSMAN_CLASSES_SYSTEM_H
#define AMT_WSMAN_CLASSES_SYSTEM_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define CIM_BIOS_ELEMENT(F, T) /* member, wire name, kind, flags */ \
	F(T, current_language, "CurrentLanguage", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, list_of_languages, "ListOfLanguages", STRS, 0) \
	F(T, load_utility_information, "LoadUtilityInformation", STR, 0) \
	F(T, loaded_ending_address, "LoadedEndingAddress", U64, 0) \
	F(T, loaded_starting_address, "LoadedStartingAddress", U64, 0) \
	F(T, manufacturer, "Manufacturer", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, primary_bios, "PrimaryBIOS", BOOL, 0) \
	F(T, registry_uris, "RegistryURIs", STRS, 0) \
	F(T, release_date, "ReleaseDate", DATETIME, 0) \
	F(T, software_element_id, "SoftwareElementID", STR, WSMAN_KEY) \
	F(T, software_element_state, "SoftwareElementState", U16, WSMAN_KEY) \
	F(T, target_operating_system, "TargetOperatingSystem", U16, WSMAN_KEY) \
	F(T, version, "Version", STR, WSMAN_KEY)

#define CIM_BIOS_FEATURE(F, T) /* member, wire name, kind, flags */ \
	F(T, characteristic_descriptions, "CharacteristicDescriptions", STRS, 0) \
	F(T, characteristics, "Characteristics", U16S, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, identifying_number, "IdentifyingNumber", STR, WSMAN_KEY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, product_name, "ProductName", STR, WSMAN_KEY) \
	F(T, vendor, "Vendor", STR, WSMAN_KEY) \
	F(T, version, "Version", STR, WSMAN_KEY)

#define CIM_COMPUTER_SYSTEM(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, dedicated, "Dedicated", U16S, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, name_format, "NameFormat", STR, 0) \
	F(T, other_dedicated_descriptions, "OtherDedicatedDescriptions", STRS, 0) \
	F(T, power_management_capabilities, "PowerManagementCapabilities", U16S, 0) \
	F(T, reset_capability, "ResetCapability", U16, 0)

#define CIM_CONCRETE_JOB(F, T) /* member, wire name, kind, flags */ \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, job_state, "JobState", U16, 0) \
	F(T, name, "Name", STR, WSMAN_REQUIRED) \
	F(T, time_before_removal, "TimeBeforeRemoval", DATETIME, WSMAN_REQUIRED) \
	F(T, time_of_last_state_change, "TimeOfLastStateChange", DATETIME, 0)

#define CIM_INSTALLED_SOFTWARE_IDENTITY(F, T) /* member, wire name, kind, flags */ \
	F(T, installed_software, "InstalledSoftware", EPR, WSMAN_KEY) \
	F(T, system, "System", EPR, WSMAN_KEY)

#define CIM_SOFTWARE_ELEMENT(F, T) /* member, wire name, kind, flags */ \
	F(T, build_number, "BuildNumber", STR, 0) \
	F(T, code_set, "CodeSet", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, identification_code, "IdentificationCode", STR, 0) \
	F(T, language_edition, "LanguageEdition", STR, 0) \
	F(T, manufacturer, "Manufacturer", STR, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, other_target_os, "OtherTargetOS", STR, 0) \
	F(T, serial_number, "SerialNumber", STR, 0) \
	F(T, software_element_id, "SoftwareElementID", STR, WSMAN_KEY) \
	F(T, software_element_state, "SoftwareElementState", U16, WSMAN_KEY) \
	F(T, target_operating_system, "TargetOperatingSystem", U16, WSMAN_KEY) \
	F(T, version, "Version", STR, WSMAN_KEY)

#define CIM_SOFTWARE_IDENTITY(F, T) /* member, wire name, kind, flags */ \
	F(T, build_number, "BuildNumber", U16, 0) \
	F(T, classification_descriptions, "ClassificationDescriptions", STRS, 0) \
	F(T, classifications, "Classifications", U16S, 0) \
	F(T, extended_resource_type, "ExtendedResourceType", U16, 0) \
	F(T, identity_info_type, "IdentityInfoType", STRS, 0) \
	F(T, identity_info_value, "IdentityInfoValue", STRS, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, is_entity, "IsEntity", BOOL, 0) \
	F(T, is_large_build_number, "IsLargeBuildNumber", BOOL, 0) \
	F(T, languages, "Languages", STRS, 0) \
	F(T, large_build_number, "LargeBuildNumber", U64, 0) \
	F(T, major_version, "MajorVersion", U16, 0) \
	F(T, manufacturer, "Manufacturer", STR, 0) \
	F(T, min_extended_resource_type_build_number, "MinExtendedResourceTypeBuildNumber", U16, 0) \
	F(T, min_extended_resource_type_major_version, "MinExtendedResourceTypeMajorVersion", U16, 0) \
	F(T, min_extended_resource_type_minor_version, "MinExtendedResourceTypeMinorVersion", U16, 0) \
	F(T, min_extended_resource_type_revision_number, "MinExtendedResourceTypeRevisionNumber", U16, 0) \
	F(T, minor_version, "MinorVersion", U16, 0) \
	F(T, other_extended_resource_type_description, "OtherExtendedResourceTypeDescription", STR, 0) \
	F(T, release_date, "ReleaseDate", DATETIME, 0) \
	F(T, revision_number, "RevisionNumber", U16, 0) \
	F(T, serial_number, "SerialNumber", STR, 0) \
	F(T, target_os_types, "TargetOSTypes", U16S, 0) \
	F(T, target_operating_systems, "TargetOperatingSystems", STRS, 0) \
	F(T, target_types, "TargetTypes", STRS, 0) \
	F(T, version_string, "VersionString", STR, 0)

#define WSMAN_SYSTEM_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(cim_bios_element, CIM, "CIM_BIOSElement", \
	  CIM_BIOS_ELEMENT, WSMAN_NO_METHODS, READ, true) \
	C(cim_bios_feature, CIM, "CIM_BIOSFeature", \
	  CIM_BIOS_FEATURE, WSMAN_NO_METHODS, READ, true) \
	C(cim_computer_system, CIM, "CIM_ComputerSystem", \
	  CIM_COMPUTER_SYSTEM, WSMAN_NO_METHODS, READ, true) \
	C(cim_concrete_job, CIM, "CIM_ConcreteJob", \
	  CIM_CONCRETE_JOB, WSMAN_NO_METHODS, READ, true) \
	C(cim_installed_software_identity, CIM, "CIM_InstalledSoftwareIdentity", \
	  CIM_INSTALLED_SOFTWARE_IDENTITY, WSMAN_NO_METHODS, READ, false) \
	C(cim_software_element, CIM, "CIM_SoftwareElement", \
	  CIM_SOFTWARE_ELEMENT, WSMAN_NO_METHODS, READ, true) \
	C(cim_software_identity, CIM, "CIM_SoftwareIdentity", \
	  CIM_SOFTWARE_IDENTITY, WSMAN_NO_METHODS, READ, true)

WSMAN_SYSTEM_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
