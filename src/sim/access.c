/* SPDX-License-Identifier: Apache-2.0
 * Which caller may do what in which state. wsman.md D.2 (before provisioning), B.5
 * (realms).
 */
#include <sim/classes.h>

#include <amt/wsman/classes/all.h>

#define ANY_READ \
	(1u << WSMAN_GET | 1u << WSMAN_ENUMERATE | 1u << WSMAN_PULL | 1u << WSMAN_RELEASE)
#define INVOKE (1u << WSMAN_INVOKE)

/* Everything else is refused as long as nobody set the device up. */
static const struct {
	const struct wsman_class *cls;
	unsigned ops;
} before_setup[] = {
	{&amt_general_settings_class, ANY_READ},
	{&ips_host_based_setup_service_class, ANY_READ | INVOKE},
	{&amt_setup_and_configuration_service_class, ANY_READ | INVOKE},
	{&amt_tls_setting_data_class, ANY_READ},
	{&amt_public_key_certificate_class, ANY_READ},
	{&cim_software_identity_class, ANY_READ},
};

/* While TLS-based set-up is under way (D.3) also these. */
static const struct wsman_class *const during_setup[] = {
	&amt_authorization_service_class,
	&amt_public_key_management_service_class,
	&amt_time_synchronization_service_class,
};

/* Classes with a realm of their own; the rest is PT administration. A reader may only
 * read. */
static const struct {
	const struct wsman_class *cls;
	uint32_t all, readers; /* realm bits */
} realms[] = {
	{&amt_general_settings_class, 0, 1u << SIM_REALM_GENERAL_INFO},
	{&amt_setup_and_configuration_service_class, 0, 1u << SIM_REALM_GENERAL_INFO},
	{&cim_software_identity_class, 0, 1u << SIM_REALM_GENERAL_INFO},
	{&amt_ethernet_port_settings_class, 0, 1u << SIM_REALM_GENERAL_INFO},
	{&cim_power_management_service_class, 1u << SIM_REALM_REMOTE_CONTROL, 0},
	{&cim_associated_power_management_service_class, 1u << SIM_REALM_REMOTE_CONTROL,
	 0},
	{&cim_service_available_to_element_class, 1u << SIM_REALM_REMOTE_CONTROL, 0},
	{&ips_power_management_service_class, 1u << SIM_REALM_REMOTE_CONTROL, 0},
	{&amt_boot_setting_data_class, 1u << SIM_REALM_REMOTE_CONTROL, 0},
	{&amt_boot_capabilities_class, 1u << SIM_REALM_REMOTE_CONTROL, 0},
	{&cim_boot_config_setting_class, 1u << SIM_REALM_REMOTE_CONTROL, 0},
	{&cim_boot_service_class, 1u << SIM_REALM_REMOTE_CONTROL, 0},
	{&cim_boot_source_setting_class, 1u << SIM_REALM_REMOTE_CONTROL, 0},
	{&amt_redirection_service_class, 1u << SIM_REALM_REDIRECTION, 0},
	{&ips_opt_in_service_class,
	 1u << SIM_REALM_USER_ACCESS | 1u << SIM_REALM_REDIRECTION, 0},
	{&amt_audit_log_class, 1u << SIM_REALM_AUDIT_LOG, 0},
	{&amt_message_log_class, 1u << SIM_REALM_EVENT_MANAGER,
	 1u << SIM_REALM_EVENT_LOG_READER},
	{&amt_event_manager_service_class, 1u << SIM_REALM_EVENT_MANAGER, 0},
	{&amt_time_synchronization_service_class, 1u << SIM_REALM_NETWORK_TIME, 0},
	{&cim_chassis_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_card_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_chip_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_bios_element_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_processor_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_physical_memory_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_physical_package_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_media_access_device_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_computer_system_package_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
	{&cim_system_packaging_class, 0, 1u << SIM_REALM_HARDWARE_ASSET},
};

static bool reads(const struct sim_call *c)
{
	return ANY_READ & 1u << c->rq->op;
}

static bool allowed_before(const struct sim_call *c)
{
	for (size_t i = 0; i < ARRAY_LEN(before_setup); i++)
		if (before_setup[i].cls == c->rq->cls)
			return before_setup[i].ops & 1u << c->rq->op;
	for (size_t i = 0; i < ARRAY_LEN(during_setup); i++)
		if (c->st->provisioning == AMT_PROVISIONING_IN &&
		    during_setup[i] == c->rq->cls)
			return true;
	return false;
}

/* The host's own account reads, sets up and keeps Wi-Fi in step. */
static bool allowed_system(const struct sim_call *c)
{
	const struct wsman_class *cls = c->rq->cls;

	return reads(c) || cls == &ips_host_based_setup_service_class ||
	       cls == &amt_setup_and_configuration_service_class ||
	       cls == &amt_wifi_port_configuration_service_class ||
	       cls == &cim_wifi_endpoint_settings_class;
}

bool sim_access_allowed(const struct sim_call *c)
{
	uint32_t have = c->caller->realms, need = 1u << SIM_REALM_ADMINISTRATION;

	if (c->st == NULL)
		return true;
	if (c->st->mode == IPS_CONTROL_NONE)
		return c->caller->local && allowed_before(c);
	if (c->caller->system)
		return allowed_system(c);
	for (size_t i = 0; i < ARRAY_LEN(realms); i++)
		if (realms[i].cls == c->rq->cls)
			need |= realms[i].all | (reads(c) ? realms[i].readers : 0);
	return have & need;
}
