/* SPDX-License-Identifier: Apache-2.0
 * The managed system and its firmware versions. wsman.md B.10.
 */
#ifndef AMT_WSMAN_CLASSES_SYSTEM_H
#define AMT_WSMAN_CLASSES_SYSTEM_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define CIM_COMPUTER_SYSTEM(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, dedicated, "Dedicated", U16S, 0) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, name_format, "NameFormat", STR, 0) \
	F(T, other_dedicated_descriptions, "OtherDedicatedDescriptions", STRS, 0) \
	F(T, power_management_capabilities, "PowerManagementCapabilities", U16S, 0) \
	F(T, reset_capability, "ResetCapability", U16, 0)

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

#define WSMAN_SYSTEM_CLASSES(C) /* struct, family, wire name, rows, methods, dated */ \
	C(cim_computer_system, CIM, "CIM_ComputerSystem", \
	  CIM_COMPUTER_SYSTEM, WSMAN_NO_METHODS, true) \
	C(cim_software_identity, CIM, "CIM_SoftwareIdentity", \
	  CIM_SOFTWARE_IDENTITY, WSMAN_NO_METHODS, true)

WSMAN_SYSTEM_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
