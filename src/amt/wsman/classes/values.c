/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/wsman/classes/values.h>

#include <amt/wsman/classes/all.h>

/* "0 AC|1 DC": values with their names. */

/* clang-format off */
/* The schema's states, in whatever class they are. */
static const struct {
	const char *property, *values;
} common[] = {
	{"EnabledState", "0 Unknown|1 Other|2 Enabled|3 Disabled|4 ShuttingDown|5 NotApplicable|"
	 "6 EnabledButOffline|7 InTest|8 Deferred|9 Quiesce|10 Starting"},
	{"RequestedState", "0 Unknown|2 Enabled|3 Disabled|4 ShutDown|5 NoChange|6 Offline|7 Test|"
	 "8 Deferred|9 Quiesce|10 Reboot|11 Reset|12 NotApplicable"},
	{"OperationalStatus", "0 Unknown|1 Other|2 OK|3 Degraded|4 Stressed|5 PredictiveFailure|"
	 "6 Error|7 NonRecoverableError|8 Starting|9 Stopping|10 Stopped|"
	 "11 InService|12 NoContact|13 LostCommunication|14 Aborted|15 Dormant|"
	 "16 SupportingEntityInError|17 Completed|18 PowerMode|19 Relocating"},
	{"HealthState", "0 Unknown|5 OK|10 Degraded|15 MinorFailure|20 MajorFailure|"
	 "25 CriticalFailure|30 NonRecoverableError"},
	{"EnabledDefault", "2 Enabled|3 Disabled|5 NotApplicable|6 EnabledButOffline|7 NoDefault|"
	 "9 Quiesce"},
};

#define V(class, member, values) {&class##_class, offsetof(struct class, member), values},
/* One property of one class; before the common ones. */
static const struct {
	const struct wsman_class *cls;
	size_t offset;
	const char *values;
} own[] = {
	V(amt_8021x_profile, authentication_protocol,
	  "0 TLS|1 TTLS_MSCHAPv2|2 PEAP_MSCHAPv2|3 EAP_GTC|4 EAPFAST_MSCHAPv2|"
	  "5 EAPFAST_GTC|6 EAPFAST_TLS")
	V(amt_8021x_profile, server_certificate_name_comparison, "0 FullName|1 DomainSuffix")
	V(amt_audit_log, overwrite_policy,
	  "0 Unknown|2 WrapsWhenFull|7 NeverOverwrites|"
	  "32768 PartialRestrictedRollover")
	V(amt_audit_log, storage_policy, "0 NoRollOver|1 RollOver|2 RestrictedRollOver")
	V(amt_boot_setting_data, firmware_verbosity,
	  "0 SystemDefault|1 QuietMinimal|2 VerboseAll|3 ScreenBlank")
	V(amt_boot_setting_data, ider_boot_device, "0 FloppyBoot|1 CDBoot")
	V(amt_environment_detection_setting_data, detection_algorithm,
	  "0 LocalDomains|1 RemoteURLs")
	V(amt_ethernet_port_settings, link_control, "1 Management Engine|2 Host")
	V(amt_ethernet_port_settings, link_policy, "1 S0 AC|14 Sx AC|16 S0 DC|224 Sx DC")
	V(amt_ethernet_port_settings, link_preference, "1 Management Engine|2 Host")
	V(amt_ethernet_port_settings, physical_connection_type,
	  "0 Integrated LAN NIC|1 Discrete LAN NIC|2 LAN via Thunderbolt Dock|"
	  "3 Wireless LAN")
	V(amt_ethernet_port_settings, physical_nic_medium, "0 SMBUS|1 PCIe")
	V(amt_ethernet_port_settings, wlan_link_protection_level,
	  "0 Override|1 None|2 Passive|3 High")
	V(amt_general_settings, amt_network_enabled, "0 Disabled|1 Enabled")
	V(amt_general_settings, dhcp_sync_requires_hostname, "0 Disabled|1 Enabled")
	V(amt_general_settings, power_source, "0 AC|1 DC")
	V(amt_general_settings, preferred_address_family, "0 IPv4|1 IPv6")
	V(amt_general_settings, privacy_level, "0 Default|1 Enhanced|2 Extreme")
	V(amt_general_settings, thunderbolt_dock_enabled, "0 Disabled|1 Enabled")
	V(amt_kerberos_setting_data, configured_encryption_algorithms,
	  "0 RC4-HMAC|1 AES128-CTS-HMAC-SHA1-96|2 AES256-CTS-HMAC-SHA1-96")
	V(amt_kerberos_setting_data, encryption_algorithm,
	  "0 RC4 encryption and HMAC authentication")
	V(amt_kerberos_setting_data, service_principal_protocol,
	  "0 HTTPProtocolDefinition|1 HTTPSProtocolDefinition|"
	  "2 SOL&IDERProtocolDefinition|3 SOL&IDERProtocolDefinitionUsingSSL")
	V(amt_kerberos_setting_data, supported_encryption_algorithms,
	  "0 RC4-HMAC|1 AES128-CTS-HMAC-SHA1-96|2 AES256-CTS-HMAC-SHA1-96")
	V(amt_management_presence_remote_sap, info_format,
	  "3 IPv4 Address|4 IPv6 Address|201 FQDN")
	V(amt_message_log, capabilities,
	  "0 Unknown|1 Other|2 WriteRecordSupported|3 DeleteRecordSupported|"
	  "4 CanMoveBackwardInLog|5 FreezeLogSupported|6 ClearLogSupported|"
	  "7 SupportsAddressingByOrdinalRecordNumber|"
	  "8 VariableLengthRecordsSupported|9 VariableFormatsForRecords|"
	  "10 CanFlagRecordsForOverwrite")
	V(amt_message_log, character_set,
	  "0 Unknown|1 Other|2 ASCII|3 Unicode|4 ISO2022|5 ISO8859|"
	  "6 ExtendedUNIXCode|7 UTF8|8 UCS2|9 BitmappedData|10 OctetString|"
	  "11 DefinedByIndividualRecords")
	V(amt_message_log, last_change, "0 Unknown|1 Add|2 Delete|3 Modify|4 LogCleared")
	V(amt_message_log, log_state, "0 Unknown|2 Normal|3 Erasing|4 NotApplicable")
	V(amt_message_log, overwrite_policy,
	  "0 Unknown|1 Other|2 WrapWhenFull|3 ClearWhenFull|"
	  "4 OverwriteOutdatedWhenNeeded|5 RemoveOutdatedRecords|"
	  "6 OverwriteSpecificRecords|7 NeverOverwrite")
	V(amt_redirection_service, enabled_state,
	  "32768 IDER and SOL disabled|32769 IDER enabled, SOL disabled|"
	  "32770 SOL enabled, IDER disabled|32771 IDER and SOL enabled")
	V(amt_remote_access_policy_applies_to_mps, mps_type,
	  "0 External MPS|1 Internal MPS|2 Both")
	V(amt_remote_access_policy_rule, trigger,
	  "0 User Initiated|1 Alert|2 Periodic|3 Home Provisioning")
	V(amt_setup_and_configuration_service, password_model,
	  "0 Coupled|1 Separate|2 Separate hash")
	V(amt_setup_and_configuration_service, provisioning_mode,
	  "1 Admin control mode|4 Client control mode")
	V(amt_setup_and_configuration_service, provisioning_state,
	  "0 Pre-provisioning|1 In-provisioning|2 Post-provisioning")
	V(amt_time_synchronization_service, local_time_sync_enabled,
	  "0 DefaultTrue|1 ConfiguredTrue|2 False")
	V(amt_time_synchronization_service, time_source, "0 BiosRTC|1 Configured")
	V(amt_user_initiated_connection_service, enabled_state,
	  "32768 All interfaces disabled|32769 BIOS interface enabled|"
	  "32770 OS interface enabled|32771 BIOS and OS interfaces enabled")
	V(amt_wifi_port_configuration_service, no_host_csme_software_policy,
	  "0 RelaxedPolicy|1 AggressivePolicy")
	V(amt_wifi_port_configuration_service, local_profile_synchronization_enabled,
	  "0 LocalSyncDisabled|1 LocalUserProfileSynchronizationEnabled|"
	  "3 UnrestrictedSync")
	V(cim_associated_power_management_service, available_requested_power_states,
	  "1 Other|2 On|3 SleepLight|4 SleepDeep|5 PowerCycleSoft|6 OffHard|"
	  "7 Hibernate|8 OffSoft|9 PowerCycleHard|10 MasterBusReset|"
	  "11 DiagnosticInterrupt|12 PowerOffSoftGraceful|13 PowerOffHardGraceful|"
	  "14 MasterBusResetGraceful|15 PowerCycleSoftGraceful|"
	  "16 PowerCycleHardGraceful")
	V(cim_associated_power_management_service, power_state,
	  "1 Other|2 On|3 SleepLight|4 SleepDeep|5 PowerCycleSoft|6 OffHard|"
	  "7 Hibernate|8 OffSoft|9 PowerCycleHard|10 MasterBusReset|"
	  "11 DiagnosticInterruptNMI|12 PowerOffSoftGraceful|"
	  "13 PowerOffHardGraceful|14 MasterBusResetGraceful|"
	  "15 PowerCycleSoftGraceful|16 PowerCycleHardGraceful|"
	  "17 DiagnosticInterruptINIT")
	V(cim_associated_power_management_service, requested_power_state,
	  "0 Unknown|1 Other|2 On|3 SleepLight|4 SleepDeep|5 PowerCycleSoft|"
	  "6 OffHard|7 Hibernate|8 OffSoft|9 PowerCycleHard|10 MasterBusReset|"
	  "11 DiagnosticInterruptNMI|12 NotApplicable|13 PowerOffSoftGraceful|"
	  "14 PowerOffHardGraceful|15 MasterBusResetGraceful|"
	  "16 PowerCycleSoftGraceful|17 PowerCycleHardGraceful|"
	  "18 DiagnosticInterruptINIT")
	V(cim_associated_power_management_service, transitioning_to_power_state,
	  "1 Other|2 On|3 SleepLight|4 SleepDeep|5 PowerCycleSoft|6 OffHard|"
	  "7 Hibernate|8 OffSoft|9 PowerCycleHard|10 MasterBusReset|"
	  "11 DiagnosticInterruptNMI|12 PowerOffSoftGraceful|"
	  "13 PowerOffHardGraceful|14 MasterBusResetGraceful|"
	  "15 PowerCycleSoftGraceful|16 PowerCycleHardGraceful|"
	  "17 DiagnosticInterruptINIT|18 NotApplicable|19 NoChange")
	V(cim_bios_element, software_element_state,
	  "0 Deployable|1 Installable|2 Executable|3 Running")
	V(cim_battery, battery_status,
	  "1 Other|2 Unknown|3 FullyCharged|4 Low|5 Critical|6 Charging|"
	  "7 ChargingAndHigh|8 ChargingAndLow|9 ChargingAndCritical|10 Undefined|"
	  "11 PartiallyCharged|12 Learning|13 Overcharged")
	V(cim_battery, charging_status, "0 Unknown|2 Charging|3 Discharging|4 Idle")
	V(cim_battery, chemistry,
	  "1 Other|2 Unknown|3 LeadAcid|4 NickelCadmium|5 NickelMetalHydride|"
	  "6 LithiumIon|7 ZincAir|8 LithiumPolymer")
	V(cim_boot_service, enabled_state,
	  "32768 OCR and RPE disabled, other boot options enabled|"
	  "32769 OCR enabled, RPE disabled|32770 RPE enabled, OCR disabled|"
	  "32771 OCR and RPE enabled")
	V(cim_boot_service, requested_state,
	  "32768 OCR and RPE disabled, other boot options enabled|"
	  "32769 OCR enabled, RPE disabled|32770 RPE enabled, OCR disabled|"
	  "32771 OCR and RPE enabled")
	V(cim_boot_source_setting, fail_through_supported,
	  "0 Unknown|1 IsSupported|2 NotSupported")
	V(cim_card, package_type,
	  "0 Unknown|1 Other|2 Rack|3 ChassisFrame|4 CrossConnectBackplane|"
	  "5 ContainerFrameSlot|6 PowerSupply|7 Fan|8 Sensor|9 ModuleCard|"
	  "10 PortConnector|11 Battery|12 Processor|13 Memory|"
	  "14 PowerSourceGenerator|15 StorageMediaPackage|16 Blade|"
	  "17 BladeExpansion")
	V(cim_chassis, chassis_package_type,
	  "0 Unknown|1 Other|2 SMBIOSReserved1|3 Desktop|4 LowProfileDesktop|"
	  "5 PizzaBox|6 MiniTower|7 Tower|8 Portable|9 Laptop|10 Notebook|"
	  "11 Handheld|12 DockingStation|13 AllInOne|14 SubNotebook|15 SpaceSaving|"
	  "16 LunchBox|17 MainSystemChassis|18 ExpansionChassis|19 SubChassis|"
	  "20 BusExpansionChassis|21 PeripheralChassis|22 StorageChassis|"
	  "23 SMBIOSReserved2|24 SealedCasePC|25 SMBIOSReserved3|26 CompactPCI|"
	  "27 AdvancedTCA|28 BladeEnclosure|29 SMBIOSReserved4|30 Tablet|"
	  "31 Convertible|32 Detachable|33 IoTGateway|34 EmbeddedPC|35 MiniPC|"
	  "36 StickPC")
	V(cim_chassis, package_type,
	  "0 Unknown|1 Other|2 Rack|3 ChassisFrame|4 CrossConnectBackplane|"
	  "5 ContainerFrameSlot|6 PowerSupply|7 Fan|8 Sensor|9 ModuleCard|"
	  "10 PortConnector|11 Battery|12 Processor|13 Memory|"
	  "14 PowerSourceGenerator|15 StorageMediaPackage|16 Blade|"
	  "17 BladeExpansion")
	V(cim_ieee8021x_settings, authentication_protocol,
	  "0 EAP-TLS|1 EAP-TTLS/MSCHAPv2|2 PEAPv0/EAP-MSCHAPv2|3 PEAPv1/EAP-GTC|"
	  "4 EAP-FAST/MSCHAPv2|5 EAP-FAST/GTC|6 EAP-MD5|7 EAP-PSK|8 EAP-SIM|"
	  "9 EAP-AKA|10 EAP-FAST/TLS")
	V(cim_ieee8021x_settings, server_certificate_name_comparison,
	  "1 Other|2 FullName|3 DomainSuffix")
	V(cim_kvm_redirection_sap, kvm_protocol, "0 Unknown|1 Other|2 Raw|3 RDP|4 VNC-RFB")
	V(cim_media_access_device, capabilities,
	  "0 Unknown|1 Other|2 SequentialAccess|3 RandomAccess|4 SupportsWriting|"
	  "5 Encryption|6 Compression|7 SupportsRemovableMedia|8 ManualCleaning|"
	  "9 AutomaticCleaning|10 SmartNotification|11 SupportsDualSidedMedia|"
	  "12 PreDismountEjectNotRequired")
	V(cim_media_access_device, security,
	  "1 Other|2 Unknown|3 None|4 ReadOnly|5 LockedOut|6 BootBypass|"
	  "7 BootBypassandReadOnly")
	V(cim_physical_memory, memory_type,
	  "0 Unknown|1 Other|2 DRAM|3 SynchronousDRAM|4 CacheDRAM|5 EDO|6 EDRAM|"
	  "7 VRAM|8 SRAM|9 RAM|10 ROM|11 Flash|12 EEPROM|13 FEPROM|14 EPROM|"
	  "15 CDRAM|16 3DRAM|17 SDRAM|18 SGRAM|19 RDRAM|20 DDR|21 DDR2|22 BRAM|"
	  "23 FBDIMM|24 DDR3|25 FBD2|26 DDR4|27 LPDDR|28 LPDDR2|29 LPDDR3|"
	  "30 LPDDR4|31 LogicalNon-VolatileDevice|32 HBM|33 HBM2|34 DDR5|35 LPDDR5|"
	  "36 HBM3")
	V(cim_processor, cpu_status,
	  "0 Unknown|1 CPUEnabled|2 CPUDisabledByUser|3 CPUDisabledByBIOS|"
	  "4 CPUIsIdle|5 Other")
	V(cim_processor, upgrade_method,
	  "0 Other|1 Unknown|2 DaughterBoard|3 ZIFSocket|4 ReplacementPiggyBack|"
	  "5 None|6 LIFSocket|7 Slot1|8 Slot2|9 370PinSocket|10 SlotA|11 SlotM|"
	  "12 Socket423|13 SocketASocket462|14 Socket478|15 Socket754|16 Socket940|"
	  "17 Socket939|18 SocketmPGA604|19 SocketLGA771|20 SocketLGA775|"
	  "21 SocketS1|22 SocketAM2|23 SocketF1207|24 SocketLGA1366|25 SocketG34|"
	  "26 SocketAM3|27 SocketC32|28 SocketLGA1156|29 SocketLGA1567|"
	  "30 SocketPGA988A|31 SocketBGA1288|32 rPGA988B|33 BGA1023|34 BGA1224|"
	  "35 LGA1155|36 LGA1356|37 LGA2011|38 SocketFS1|39 SocketFS2|40 SocketFM1|"
	  "41 SocketFM2|42 SocketLGA20113|43 SocketLGA13563|44 SocketLGA1150|"
	  "45 SocketBGA1168|46 SocketBGA1234|47 SocketBGA1364|48 SocketAM4|"
	  "49 SocketLGA1151|50 SocketBGA1356|51 SocketBGA1440|52 SocketBGA1515|"
	  "53 SocketLGA36471|54 SocketSP3|55 SocketSP3r2|56 SocketLGA2066|"
	  "57 SocketBGA1392|58 SocketBGA1510|59 SocketBGA1528|60 SocketLGA4189|"
	  "61 SocketLGA1200|62 SocketLGA4677|63 SocketLGA1700|64 SocketBGA1744|"
	  "65 SocketBGA1781|66 SocketBGA1211|67 SocketBGA2422|68 SocketLGA5773|"
	  "69 SocketBGA5773|70 SocketAM5|71 SocketSP5|72 SocketSP6|73 SocketBGA883|"
	  "74 SocketBGA1190|75 SocketBGA4129|76 SocketLGA4710|77 SocketLGA7529|"
	  "78 SocketBGA1964|79 SocketBGA1792|80 SocketBGA2049|81 SocketBGA2551|"
	  "82 SocketLGA1851|83 SocketBGA2114|84 SocketBGA2833")
	V(cim_sensor, sensor_type,
	  "0 Unknown|1 Other|2 Temperature|3 Voltage|4 Current|5 Tachometer|"
	  "6 Counter|7 Switch|8 Lock|9 Humidity|10 SmokeDetection|11 Presence|"
	  "12 AirFlow|13 PowerConsumption|14 PowerProduction|15 Pressure|"
	  "16 Intrusion")
	V(cim_wifi_endpoint_settings, authentication_method,
	  "1 Other|2 OpenSystem|3 SharedKey|4 WPAPSK|5 WPAIEEE8021x|6 WPA2PSK|"
	  "7 WPA2IEEE8021x|32768 WPA3SAE|32769 WPA3OWE")
	V(cim_wifi_endpoint_settings, bss_type, "0 Unknown|2 Independent|3 Infrastructure")
	V(cim_wifi_endpoint_settings, encryption_method, "1 Other|2 WEP|3 TKIP|4 CCMP|5 None")
	V(cim_wifi_port, enabled_state,
	  "3 WiFi disabled|32768 WiFi enabled in S0|"
	  "32769 WiFi enabled in S0 and Sx/AC")
	V(cim_wifi_port, link_technology,
	  "0 Unknown|1 Other|2 Ethernet|3 IB|4 FC|5 FDDI|6 ATM|7 TokenRing|"
	  "8 FrameRelay|9 Infrared|10 BlueTooth|11 WirelessLAN")
	V(cim_wifi_port, port_type,
	  "0 Unknown|1 Other|70 802.11a|71 802.11b|72 802.11g|73 802.11n")
	V(cim_wifi_port, requested_state,
	  "3 WiFi disabled|32768 WiFi enabled in S0|"
	  "32769 WiFi enabled in S0 and Sx/AC")
	V(ips_http_proxy_access_point, info_format, "3 IPv4 Address|4 IPv6 Address|201 FQDN")
	V(ips_host_based_setup_service, allowed_control_modes,
	  "0 NotProvisioned|1 Client|2 Admin")
	V(ips_host_based_setup_service, cert_chain_status,
	  "0 NotStarted|1 ChainInProgress|2 ChainComplete")
	V(ips_host_based_setup_service, current_control_mode,
	  "0 NotProvisioned|1 Client|2 Admin")
	V(ips_ieee8021x_settings, authentication_protocol,
	  "0 EAP-TLS|1 EAP-TTLS/MSCHAPv2|2 PEAPv0/EAP-MSCHAPv2|3 PEAPv1/EAP-GTC|"
	  "4 EAP-FAST/MSCHAPv2|5 EAP-FAST/GTC|6 EAP-MD5|7 EAP-PSK|8 EAP-SIM|"
	  "9 EAP-AKA|10 EAP-FAST/TLS")
	V(ips_ieee8021x_settings, enabled,
	  "2 WithCertificates|3 Disabled|6 WithoutCertificates")
	V(ips_ieee8021x_settings, server_certificate_name_comparison,
	  "1 Other|2 FullName|3 DomainSuffix")
	V(ips_opt_in_service, can_modify_opt_in_policy, "0 False|1 True")
	V(ips_opt_in_service, opt_in_required, "0 None|1 KVM|4294967295 All")
	V(ips_opt_in_service, opt_in_state,
	  "0 Not started|1 Requested|2 Displayed|3 Received|4 In session")
	V(ips_power_management_service, os_power_saving_state,
	  "0 Unknown|1 Unsupported|2 Full Power|3 OS Power Saving")
	V(ips_provisioning_record_log, log_state,
	  "0 Unknown|2 Normal|3 Erasing|4 NotApplicable")
};
#undef V
/* clang-format on */

static struct str name_in(const char *values, int64_t v)
{
	struct str left = str_of(values), entry, number;
	int64_t n;

	while (str_split(&left, '|', &entry)) {
		str_split(&entry, ' ', &number);
		if (str_i64(number, 0, UINT32_MAX, &n) && n == v)
			return entry;
	}
	return (struct str){NULL, 0};
}

struct str wsman_value_name(const struct wsman_class *c, const struct wsman_field *f,
			    int64_t v)
{
	struct str name = {NULL, 0};

	for (size_t i = 0; i < ARRAY_LEN(own) && name.p == NULL; i++)
		if (own[i].cls == c && own[i].offset == f->offset)
			name = name_in(own[i].values, v);
	for (size_t i = 0; i < ARRAY_LEN(common) && name.p == NULL; i++)
		if (strcmp(common[i].property, f->name) == 0)
			name = name_in(common[i].values, v);
	return name;
}
