/* SPDX-License-Identifier: Apache-2.0
 * Hardware inventory. wsman.md B.10, B.11.
 */
#ifndef AMT_WSMAN_CLASSES_INVENTORY_H
#define AMT_WSMAN_CLASSES_INVENTORY_H

#include <amt/wsman/classes/row.h>

/* clang-format off */
#define AMT_ASSET_TABLE(F, T) /* member, wire name, kind, flags */ \
	F(T, asset_table_index, "AssetTableIndex", U32, 0) \
	F(T, checksum, "Checksum", STR, 0) \
	F(T, creation_class_name, "CreationClassName", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, instance_id, "InstanceID", STR, WSMAN_KEY) \
	F(T, name, "Name", STR, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, 0) \
	F(T, system_name, "SystemName", STR, 0) \
	F(T, table_data, "TableData", STR, WSMAN_REQUIRED) \
	F(T, table_id, "TableID", U32, 0) \
	F(T, table_size, "TableSize", U32, 0) \
	F(T, table_type, "TableType", U32, WSMAN_KEY) \
	F(T, table_type_info, "TableTypeInfo", STR, 0)

#define AMT_ASSET_TABLE_SERVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, asset_table_count, "AssetTableCount", U32, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, name, "Name", STR, WSMAN_KEY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, table_types, "TableTypes", STRS, WSMAN_REQUIRED)

#define AMT_ASSET_TABLE_SERVICE_REQUEST_MEDIA_DEVICE_TABLE_UPDATE_IN(F, T) \
	F(T, full_update, "FullUpdate", BOOL, WSMAN_REQUIRED) \
	F(T, sticky, "Sticky", BOOL, WSMAN_REQUIRED)

#define AMT_ASSET_TABLE_SERVICE_GET_ASSET_TABLE_DATA_IN(F, T) \
	F(T, table_id, "TableID", U32, 0)

#define AMT_ASSET_TABLE_SERVICE_GET_ASSET_TABLE_DATA_OUT(F, T) \
	F(T, table_data, "TableData", STR, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_ASSET_TABLE_SERVICE_GET_ASSET_TABLE_SIZE_OUT(F, T) \
	F(T, table_size, "TableSize", U32, 0) \
	F(T, return_value, "ReturnValue", U32, 0)

#define AMT_ASSET_TABLE_SERVICE_METHODS(M) /* name, wire name, in, out */ \
	M(amt_asset_table_service_request_media_device_table_update, \
	  "RequestMediaDeviceTableUpdate", \
	  AMT_ASSET_TABLE_SERVICE_REQUEST_MEDIA_DEVICE_TABLE_UPDATE_IN, WSMAN_RETURN) \
	M(amt_asset_table_service_get_asset_table_data, \
	  "GetAssetTableData", \
	  AMT_ASSET_TABLE_SERVICE_GET_ASSET_TABLE_DATA_IN, \
	  AMT_ASSET_TABLE_SERVICE_GET_ASSET_TABLE_DATA_OUT) \
	M(amt_asset_table_service_get_asset_table_size, \
	  "GetAssetTableSize", \
	  AMT_ASSET_TABLE_SERVICE_GET_ASSET_TABLE_DATA_IN, \
	  AMT_ASSET_TABLE_SERVICE_GET_ASSET_TABLE_SIZE_OUT)

#define AMT_PCI_DEVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, base_address, "BaseAddress", U32S, 0) \
	F(T, class_code, "ClassCode", U8, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, device_location, "DeviceLocation", U16, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, max_latency, "MaxLatency", U8, 0) \
	F(T, min_grant_time, "MinGrantTime", U8, 0) \
	F(T, prog_if, "ProgIf", U8, 0) \
	F(T, revision_id, "RevisionID", U8, 0) \
	F(T, subclass, "Subclass", U8, 0) \
	F(T, subsystem_id, "SubsystemID", U16, 0) \
	F(T, subsystem_vendor_id, "SubsystemVendorID", U16, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, vendor_id, "VendorID", U16, 0)

#define CIM_BATTERY(F, T) /* member, wire name, kind, flags */ \
	F(T, battery_status, "BatteryStatus", U16, 0) \
	F(T, charging_status, "ChargingStatus", U16, 0) \
	F(T, chemistry, "Chemistry", U16, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, design_capacity, "DesignCapacity", U32, 0) \
	F(T, design_voltage, "DesignVoltage", U64, 0) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, estimated_charge_remaining, "EstimatedChargeRemaining", U16, 0) \
	F(T, full_charge_capacity, "FullChargeCapacity", U32, 0) \
	F(T, health_state, "HealthState", U16, WSMAN_READONLY) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define CIM_CARD(F, T) /* member, wire name, kind, flags */ \
	F(T, can_be_frued, "CanBeFRUed", BOOL, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, hosting_board, "HostingBoard", BOOL, 0) \
	F(T, manufacturer, "Manufacturer", STR, 0) \
	F(T, model, "Model", STR, 0) \
	F(T, operating_voltages, "OperatingVoltages", I32S, 0) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, package_type, "PackageType", U16, 0) \
	F(T, requirements_description, "RequirementsDescription", STR, 0) \
	F(T, requires_daughter_board, "RequiresDaughterBoard", BOOL, 0) \
	F(T, serial_number, "SerialNumber", STR, 0) \
	F(T, slot_layout, "SlotLayout", STR, 0) \
	F(T, special_requirements, "SpecialRequirements", BOOL, 0) \
	F(T, tag, "Tag", STR, WSMAN_KEY) \
	F(T, version, "Version", STR, 0)

#define CIM_CHASSIS(F, T) /* member, wire name, kind, flags */ \
	F(T, chassis_package_type, "ChassisPackageType", U16, 0) \
	F(T, chassis_type_description, "ChassisTypeDescription", STR, 0) \
	F(T, chassis_types, "ChassisTypes", U16S, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, current_required_or_produced, "CurrentRequiredOrProduced", I32, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, heat_generation, "HeatGeneration", U16, 0) \
	F(T, manufacturer, "Manufacturer", STR, 0) \
	F(T, model, "Model", STR, 0) \
	F(T, multiple_system_support, "MultipleSystemSupport", U16, 0) \
	F(T, number_of_power_cords, "NumberOfPowerCords", U16, 0) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, package_type, "PackageType", U16, 0) \
	F(T, rack_mountable, "RackMountable", U16, 0) \
	F(T, serial_number, "SerialNumber", STR, 0) \
	F(T, tag, "Tag", STR, WSMAN_KEY) \
	F(T, type_descriptions, "TypeDescriptions", STRS, 0) \
	F(T, version, "Version", STR, 0)

#define CIM_CHIP(F, T) /* member, wire name, kind, flags */ \
	F(T, can_be_frued, "CanBeFRUed", BOOL, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, form_factor, "FormFactor", U16, 0) \
	F(T, manufacturer, "Manufacturer", STR, 0) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, tag, "Tag", STR, WSMAN_KEY) \
	F(T, version, "Version", STR, 0)

#define CIM_COMPUTER_SYSTEM_PACKAGE(F, T) /* member, wire name, kind, flags */ \
	F(T, antecedent, "Antecedent", EPR, WSMAN_KEY) \
	F(T, dependent, "Dependent", EPR, WSMAN_KEY) \
	F(T, platform_guid, "PlatformGUID", STR, 0)

#define CIM_FAN(F, T) /* member, wire name, kind, flags */ \
	F(T, active_cooling, "ActiveCooling", BOOL, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, desired_speed, "DesiredSpeed", U64, 0) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, health_state, "HealthState", U16, WSMAN_READONLY) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, variable_speed, "VariableSpeed", BOOL, 0)

#define CIM_FAN_SET_SPEED_IN(F, T) \
	F(T, desired_speed, "DesiredSpeed", U64, 0)

#define CIM_FAN_METHODS(M) /* name, wire name, in, out */ \
	M(cim_fan_set_speed, "SetSpeed", CIM_FAN_SET_SPEED_IN, WSMAN_RETURN)

#define CIM_MEDIA_ACCESS_DEVICE(F, T) /* member, wire name, kind, flags */ \
	F(T, capabilities, "Capabilities", U16S, 0) \
	F(T, capability_descriptions, "CapabilityDescriptions", STRS, 0) \
	F(T, compression_method, "CompressionMethod", STR, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, default_block_size, "DefaultBlockSize", U64, 0) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_default, "EnabledDefault", U16, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, error_methodology, "ErrorMethodology", STR, 0) \
	F(T, last_cleaned, "LastCleaned", DATETIME, 0) \
	F(T, load_time, "LoadTime", U64, 0) \
	F(T, max_access_time, "MaxAccessTime", U64, 0) \
	F(T, max_block_size, "MaxBlockSize", U64, 0) \
	F(T, max_media_size, "MaxMediaSize", U64, 0) \
	F(T, max_units_before_cleaning, "MaxUnitsBeforeCleaning", U64, 0) \
	F(T, media_is_locked, "MediaIsLocked", BOOL, 0) \
	F(T, min_block_size, "MinBlockSize", U64, 0) \
	F(T, mount_count, "MountCount", U64, 0) \
	F(T, needs_cleaning, "NeedsCleaning", BOOL, 0) \
	F(T, number_of_media_supported, "NumberOfMediaSupported", U32, 0) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, security, "Security", U16, WSMAN_READONLY) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, time_of_last_mount, "TimeOfLastMount", DATETIME, 0) \
	F(T, total_mount_time, "TotalMountTime", U64, 0) \
	F(T, uncompressed_data_rate, "UncompressedDataRate", U32, 0) \
	F(T, units_description, "UnitsDescription", STR, 0) \
	F(T, units_used, "UnitsUsed", U64, 0) \
	F(T, unload_time, "UnloadTime", U64, 0)

#define CIM_PHYSICAL_MEMORY(F, T) /* member, wire name, kind, flags */ \
	F(T, bank_label, "BankLabel", STR, 0) \
	F(T, capacity, "Capacity", U64, 0) \
	F(T, configured_memory_clock_speed, "ConfiguredMemoryClockSpeed", U32, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, data_width, "DataWidth", U16, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, form_factor, "FormFactor", U16, 0) \
	F(T, interleave_position, "InterleavePosition", U32, 0) \
	F(T, is_speed_in_mhz, "IsSpeedInMhz", BOOL, 0) \
	F(T, manufacturer, "Manufacturer", STR, 0) \
	F(T, max_memory_speed, "MaxMemorySpeed", U32, 0) \
	F(T, memory_type, "MemoryType", U16, 0) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, part_number, "PartNumber", STR, 0) \
	F(T, position_in_row, "PositionInRow", U32, 0) \
	F(T, serial_number, "SerialNumber", STR, 0) \
	F(T, speed, "Speed", U32, 0) \
	F(T, tag, "Tag", STR, WSMAN_KEY) \
	F(T, total_width, "TotalWidth", U16, 0)

#define CIM_PHYSICAL_PACKAGE(F, T) /* member, wire name, kind, flags */ \
	F(T, can_be_frued, "CanBeFRUed", BOOL, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, depth, "Depth", STR, 0) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, height, "Height", STR, 0) \
	F(T, hot_swappable, "HotSwappable", BOOL, 0) \
	F(T, manufacture_date, "ManufactureDate", DATETIME, 0) \
	F(T, manufacturer, "Manufacturer", STR, 0) \
	F(T, model, "Model", STR, 0) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, other_identifying_info, "OtherIdentifyingInfo", STR, 0) \
	F(T, other_package_type, "OtherPackageType", STR, 0) \
	F(T, package_type, "PackageType", U16, 0) \
	F(T, removable, "Removable", BOOL, 0) \
	F(T, removal_conditions, "RemovalConditions", U16, 0) \
	F(T, replaceable, "Replaceable", BOOL, 0) \
	F(T, sku, "SKU", STR, 0) \
	F(T, serial_number, "SerialNumber", STR, 0) \
	F(T, tag, "Tag", STR, WSMAN_KEY) \
	F(T, vendor_compatibility_strings, "VendorCompatibilityStrings", STRS, 0) \
	F(T, vendor_equipment_type, "VendorEquipmentType", STR, 0) \
	F(T, weight, "Weight", STR, 0) \
	F(T, width, "Width", STR, 0)

#define CIM_PROCESSOR(F, T) /* member, wire name, kind, flags */ \
	F(T, address_width, "AddressWidth", U16, 0) \
	F(T, cpu_status, "CPUStatus", U16, 0) \
	F(T, characteristics, "Characteristics", U16S, 0) \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, current_clock_speed, "CurrentClockSpeed", U32, 0) \
	F(T, data_width, "DataWidth", U16, 0) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_processor_characteristics, "EnabledProcessorCharacteristics", U16S, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, external_bus_clock_speed, "ExternalBusClockSpeed", U32, 0) \
	F(T, family, "Family", U16, 0) \
	F(T, health_state, "HealthState", U16, WSMAN_READONLY) \
	F(T, load_percentage, "LoadPercentage", U16, 0) \
	F(T, max_clock_speed, "MaxClockSpeed", U32, 0) \
	F(T, number_of_enabled_cores, "NumberOfEnabledCores", U16, 0) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, other_family_description, "OtherFamilyDescription", STR, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, role, "Role", STR, 0) \
	F(T, stepping, "Stepping", STR, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY) \
	F(T, unique_id, "UniqueID", STR, 0) \
	F(T, upgrade_method, "UpgradeMethod", U16, 0)

#define CIM_SENSOR(F, T) /* member, wire name, kind, flags */ \
	F(T, creation_class_name, "CreationClassName", STR, WSMAN_KEY) \
	F(T, current_state, "CurrentState", STR, 0) \
	F(T, device_id, "DeviceID", STR, WSMAN_KEY) \
	F(T, element_name, "ElementName", STR, 0) \
	F(T, enabled_state, "EnabledState", U16, WSMAN_READONLY) \
	F(T, health_state, "HealthState", U16, WSMAN_READONLY) \
	F(T, operational_status, "OperationalStatus", U16S, WSMAN_READONLY) \
	F(T, other_sensor_type_description, "OtherSensorTypeDescription", STR, 0) \
	F(T, polling_interval, "PollingInterval", U64, 0) \
	F(T, possible_states, "PossibleStates", STRS, 0) \
	F(T, requested_state, "RequestedState", U16, WSMAN_READONLY) \
	F(T, sensor_context, "SensorContext", STR, 0) \
	F(T, sensor_type, "SensorType", U16, 0) \
	F(T, system_creation_class_name, "SystemCreationClassName", STR, WSMAN_KEY) \
	F(T, system_name, "SystemName", STR, WSMAN_KEY)

#define WSMAN_INVENTORY_CLASSES(C) /* struct, family, wire name, rows, methods, ops, dated */ \
	C(amt_asset_table, AMT, "AMT_AssetTable", \
	  AMT_ASSET_TABLE, WSMAN_NO_METHODS, READ, false) \
	C(amt_asset_table_service, AMT, "AMT_AssetTableService", \
	  AMT_ASSET_TABLE_SERVICE, AMT_ASSET_TABLE_SERVICE_METHODS, READ, true) \
	C(amt_pci_device, AMT, "AMT_PCIDevice", \
	  AMT_PCI_DEVICE, WSMAN_NO_METHODS, READ, true) \
	C(cim_battery, CIM, "CIM_Battery", \
	  CIM_BATTERY, WSMAN_NO_METHODS, READ, true) \
	C(cim_card, CIM, "CIM_Card", \
	  CIM_CARD, WSMAN_NO_METHODS, READ, true) \
	C(cim_chassis, CIM, "CIM_Chassis", \
	  CIM_CHASSIS, WSMAN_NO_METHODS, READ, true) \
	C(cim_chip, CIM, "CIM_Chip", \
	  CIM_CHIP, WSMAN_NO_METHODS, READ, true) \
	C(cim_computer_system_package, CIM, "CIM_ComputerSystemPackage", \
	  CIM_COMPUTER_SYSTEM_PACKAGE, WSMAN_NO_METHODS, READ, false) \
	C(cim_fan, CIM, "CIM_Fan", \
	  CIM_FAN, CIM_FAN_METHODS, READ, true) \
	C(cim_media_access_device, CIM, "CIM_MediaAccessDevice", \
	  CIM_MEDIA_ACCESS_DEVICE, WSMAN_NO_METHODS, READ, true) \
	C(cim_physical_memory, CIM, "CIM_PhysicalMemory", \
	  CIM_PHYSICAL_MEMORY, WSMAN_NO_METHODS, READ, true) \
	C(cim_physical_package, CIM, "CIM_PhysicalPackage", \
	  CIM_PHYSICAL_PACKAGE, WSMAN_NO_METHODS, READ, true) \
	C(cim_processor, CIM, "CIM_Processor", \
	  CIM_PROCESSOR, WSMAN_NO_METHODS, READ, true) \
	C(cim_sensor, CIM, "CIM_Sensor", \
	  CIM_SENSOR, WSMAN_NO_METHODS, READ, true) \
	C(cim_system_packaging, CIM, "CIM_SystemPackaging", \
	  WSMAN_DEPENDENCY, WSMAN_NO_METHODS, READ, false)

WSMAN_INVENTORY_CLASSES(WSMAN_DECLARE_CLASS)
/* clang-format on */

#endif
