/* SPDX-License-Identifier: Apache-2.0
 * The class descriptions, expanded from the rows in classes/, and the look-up in them.
 */
#include <amt/wsman/classes/all.h>

/* clang-format off */
#define FAMILY_AMT "http://intel.com/wbem/wscim/1/amt-schema/1/"
#define FAMILY_IPS "http://intel.com/wbem/wscim/1/ips-schema/1/"
#define FAMILY_CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"

#define ROW_FIELD_(wire, kind, array, flags, offset) { wire, kind, (array) | (flags), offset },
#define ROW_FIELD_SPLIT(...) ROW_FIELD_(__VA_ARGS__)
#define ROW_FIELD(T, member, wire, kind, flags) \
	ROW_FIELD_SPLIT(wire, WSMAN_KIND_##kind, flags, offsetof(T, member))

#define DEFINE_METHOD(ident, wire, IN, OUT) \
	static const struct wsman_field ident##_in_fields[] = { IN(ROW_FIELD, struct ident##_in) }; \
	static const struct wsman_field ident##_out_fields[] = { OUT(ROW_FIELD, struct ident##_out) }; \
	const struct wsman_method ident##_method = { \
		.name = wire, \
		.in = ident##_in_fields, \
		.n_in = ARRAY_LEN(ident##_in_fields), \
		.in_size = sizeof(struct ident##_in), \
		.out = ident##_out_fields, \
		.n_out = ARRAY_LEN(ident##_out_fields), \
		.out_size = sizeof(struct ident##_out), \
	};
#define METHOD_POINTER(ident, wire, IN, OUT) &ident##_method,

#define DEFINE_CLASS(ident, family, wire, ROWS, METHODS, operations, is_dated) \
	static const struct wsman_field ident##_fields[] = { ROWS(ROW_FIELD, struct ident) }; \
	METHODS(DEFINE_METHOD) \
	static const struct wsman_method *const ident##_methods[] = { METHODS(METHOD_POINTER) }; \
	const struct wsman_class ident##_class = { \
		.name = wire, \
		.uri = FAMILY_##family wire, \
		.fields = ident##_fields, \
		.n_fields = ARRAY_LEN(ident##_fields), \
		.size = sizeof(struct ident), \
		.methods = ident##_methods, \
		.n_methods = ARRAY_LEN(ident##_methods), \
		.ops = WSMAN_OPS_##operations, \
		.dated = is_dated, \
	};

WSMAN_ALL_CLASSES(DEFINE_CLASS)

/* Sorted by wire name. */
static const struct wsman_class *const by_name[] = {
	&amt_8021x_profile_class,
	&amt_8021x_credential_context_class,
	&amt_active_filter_statistics_class,
	&amt_agent_presence_capabilities_class,
	&amt_agent_presence_interface_policy_class,
	&amt_agent_presence_service_class,
	&amt_agent_presence_watchdog_class,
	&amt_agent_presence_watchdog_action_class,
	&amt_alarm_clock_service_class,
	&amt_asset_table_class,
	&amt_asset_table_service_class,
	&amt_audit_log_class,
	&amt_audit_policy_rule_class,
	&amt_authorization_service_class,
	&amt_boot_capabilities_class,
	&amt_boot_setting_data_class,
	&amt_crl_class,
	&amt_complex_filter_entry_base_class,
	&amt_cryptographic_capabilities_class,
	&amt_eac_credential_context_class,
	&amt_endpoint_access_control_service_class,
	&amt_environment_detection_interface_policy_class,
	&amt_environment_detection_setting_data_class,
	&amt_ethernet_port_settings_class,
	&amt_event_log_entry_class,
	&amt_event_manager_service_class,
	&amt_event_subscriber_class,
	&amt_filter_entry_base_class,
	&amt_filter_in_system_defense_policy_class,
	&amt_general_settings_class,
	&amt_general_system_defense_capabilities_class,
	&amt_hdr8021_filter_class,
	&amt_ip_headers_filter_class,
	&amt_interface_policy_class,
	&amt_kerberos_setting_data_class,
	&amt_mps_username_password_class,
	&amt_management_presence_remote_sap_class,
	&amt_message_log_class,
	&amt_network_filter_class,
	&amt_network_port_default_system_defense_policy_class,
	&amt_network_port_system_defense_capabilities_class,
	&amt_network_port_system_defense_policy_class,
	&amt_pci_device_class,
	&amt_pet_capabilities_class,
	&amt_pet_filter_for_target_class,
	&amt_pet_filter_setting_class,
	&amt_provisioning_certificate_hash_class,
	&amt_public_key_certificate_class,
	&amt_public_key_management_capabilities_class,
	&amt_public_key_management_service_class,
	&amt_public_private_key_pair_class,
	&amt_redirection_service_class,
	&amt_remote_access_capabilities_class,
	&amt_remote_access_credential_context_class,
	&amt_remote_access_policy_applies_to_mps_class,
	&amt_remote_access_policy_rule_class,
	&amt_remote_access_service_class,
	&amt_snmp_event_subscriber_class,
	&amt_setup_and_configuration_service_class,
	&amt_state_transition_condition_class,
	&amt_system_defense_policy_class,
	&amt_system_defense_policy_in_service_class,
	&amt_system_defense_service_class,
	&amt_system_power_scheme_class,
	&amt_tls_credential_context_class,
	&amt_tls_protocol_endpoint_class,
	&amt_tls_protocol_endpoint_collection_class,
	&amt_tls_setting_data_class,
	&amt_time_synchronization_service_class,
	&amt_trap_target_for_service_class,
	&amt_user_initiated_connection_service_class,
	&amt_web_ui_service_class,
	&amt_wifi_port_configuration_service_class,
	&cim_account_class,
	&cim_associated_power_management_service_class,
	&cim_bios_element_class,
	&cim_bios_feature_class,
	&cim_battery_class,
	&cim_boot_config_setting_class,
	&cim_boot_service_class,
	&cim_boot_setting_data_class,
	&cim_boot_source_setting_class,
	&cim_card_class,
	&cim_chassis_class,
	&cim_chip_class,
	&cim_computer_system_class,
	&cim_computer_system_package_class,
	&cim_concrete_dependency_class,
	&cim_concrete_job_class,
	&cim_credential_context_class,
	&cim_element_setting_data_class,
	&cim_ethernet_port_class,
	&cim_fan_class,
	&cim_ieee8021x_capabilities_class,
	&cim_ieee8021x_settings_class,
	&cim_identity_class,
	&cim_installed_software_identity_class,
	&cim_kvm_redirection_sap_class,
	&cim_lan_endpoint_class,
	&cim_media_access_device_class,
	&cim_ordered_component_class,
	&cim_physical_memory_class,
	&cim_physical_package_class,
	&cim_power_management_capabilities_class,
	&cim_power_management_service_class,
	&cim_processor_class,
	&cim_redirection_service_class,
	&cim_role_class,
	&cim_sensor_class,
	&cim_service_available_to_element_class,
	&cim_software_element_class,
	&cim_software_identity_class,
	&cim_system_packaging_class,
	&cim_wifi_endpoint_class,
	&cim_wifi_endpoint_capabilities_class,
	&cim_wifi_endpoint_settings_class,
	&cim_wifi_port_class,
	&cim_wifi_port_capabilities_class,
	&ips_8021x_credential_context_class,
	&ips_admin_provisioning_record_class,
	&ips_alarm_clock_occurrence_class,
	&ips_client_provisioning_record_class,
	&ips_dal_provisioning_record_class,
	&ips_http_proxy_access_point_class,
	&ips_http_proxy_service_class,
	&ips_host_based_setup_service_class,
	&ips_host_boot_reason_class,
	&ips_host_ip_settings_class,
	&ips_ieee8021x_settings_class,
	&ips_ipv6_port_settings_class,
	&ips_ider_session_using_port_class,
	&ips_kvm_redirection_setting_data_class,
	&ips_kvm_session_using_port_class,
	&ips_lan_endpoint_class,
	&ips_manual_provisioning_record_class,
	&ips_opt_in_service_class,
	&ips_power_management_capabilities_class,
	&ips_power_management_service_class,
	&ips_provisioning_audit_record_class,
	&ips_provisioning_record_log_class,
	&ips_ras_session_using_port_class,
	&ips_screen_configuration_service_class,
	&ips_screen_setting_data_class,
	&ips_sec_io_service_class,
	&ips_session_using_port_class,
	&ips_sol_session_using_port_class,
	&ips_tls_provisioning_record_class,
	&ips_watchdog_action_class,
};
/* clang-format on */

static int compare(struct str a, const char *b)
{
	size_t n = strlen(b);
	int d = memcmp(a.p, b, MIN(a.n, n));

	return d != 0 ? d : (a.n > n) - (a.n < n);
}

const struct wsman_class *wsman_class_find(struct str name_or_uri)
{
	const char *slash =
		name_or_uri.n > 0 ? memrchr(name_or_uri.p, '/', name_or_uri.n) : NULL;
	struct str name = name_or_uri;
	size_t lo = 0, hi = ARRAY_LEN(by_name);

	if (slash != NULL)
		name = str_sub(name, (size_t)(slash + 1 - name.p), name.n);
	if (name.n == 0)
		return NULL;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = compare(name, by_name[mid]->name);

		if (d == 0) {
			bool same =
				slash == NULL || str_eqz(name_or_uri, by_name[mid]->uri);

			return same ? by_name[mid] : NULL;
		}
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct wsman_class *wsman_class_at(size_t i)
{
	return i < ARRAY_LEN(by_name) ? by_name[i] : NULL;
}

const struct wsman_method *wsman_method_find(const struct wsman_class *c, struct str name)
{
	for (size_t i = 0; i < c->n_methods; i++)
		if (str_eqz(name, c->methods[i]->name))
			return c->methods[i];
	return NULL;
}
