/* SPDX-License-Identifier: Apache-2.0
 * General settings, set-up state and firmware versions of the virtual firmware. wsman.md
 * B.1, B.2, B.10.
 */
#include <sim/classes.h>

#include <assert.h>

#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/system.h>

/* Host name as a factory would print it on the label: amt- and the last 6 digits of the
 * UUID. */
static char *host_name(const struct sim_device *d, struct arena *a)
{
	char tail[7];

	hex_encode(d->uuid + 13, 3, tail);
	return arena_printf(a, "amt-%s", tail);
}

static size_t general(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	struct amt_general_settings *s = arena_new(a, struct amt_general_settings);
	char realm[SIM_REALM_SIZE];

	sim_device_realm(d, realm);
	*s = (struct amt_general_settings){
		.amt_network_enabled = sim_num(1),
		.ddns_periodic_update_interval = sim_num(1440),
		.ddns_ttl = sim_num(900),
		.ddns_update_by_dhcp_server_enabled = sim_num(1),
		.ddns_update_enabled = sim_num(0),
		.dhcp_sync_requires_hostname = sim_num(1),
		.dhcpv6_configuration_timeout = sim_num(0),
		.digest_realm = str_of(arena_strdup(a, realm)),
		.domain_name = STR("sim.example"),
		.element_name = STR("Intel(r) AMT: General Settings"),
		.host_name = str_of(host_name(d, a)),
		.host_os_fqdn = STR(""),
		.idle_wake_timeout = sim_num(1),
		.instance_id = STR("Intel(r) AMT: General Settings"),
		.network_interface_enabled = sim_num(1),
		.ping_response_enabled = sim_num(1),
		.power_source = sim_num(0),
		.preferred_address_family = sim_num(0),
		.presence_notification_interval = sim_num(0),
		.privacy_level = sim_num(0),
		.rmcp_ping_response_enabled = sim_num(1),
		.shared_fqdn = sim_num(1),
		.thunderbolt_dock_enabled = sim_num(0),
		.wsman_only_mode = sim_num(0),
	};
	out[0] = (struct wsman_item){&amt_general_settings_class, s};
	return 1;
}

static size_t setup(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	struct amt_setup_and_configuration_service *s =
		arena_new(a, struct amt_setup_and_configuration_service);

	*s = (struct amt_setup_and_configuration_service){
		.configuration_server_fqdn = STR(""),
		.creation_class_name = STR("AMT_SetupAndConfigurationService"),
		.element_name = STR("Intel(r) AMT Setup and Configuration Service"),
		.enabled_state = sim_num(5),
		.name = STR("Intel(r) AMT Setup and Configuration Service"),
		.password_model = sim_num(1),
		.provisioning_mode = sim_num(1),
		.provisioning_server_otp =
			STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
		.provisioning_state = sim_num(2),
		.requested_state = sim_num(12),
		.system_creation_class_name = STR("CIM_ComputerSystem"),
		.system_name = STR("Intel(r) AMT"),
		.zero_touch_configuration_enabled = sim_num(1),
	};
	out[0] = (struct wsman_item){&amt_setup_and_configuration_service_class, s};
	return 1;
}

static size_t versions(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	const struct {
		const char *id, *version;
	} rows[] = {
		{"Flash", d->model->version},
		{"Netstack", d->model->version},
		{"AMTApps", d->model->version},
		{"AMT", d->model->version},
		{"Sku", "16392"},
		{"VendorID", "8086"},
		{"Build Number", d->model->build},
		{"Recovery Version", d->model->version},
		{"Recovery Build Num", d->model->build},
		{"Legacy Mode", "False"},
		{"AMT FW Core Version", d->model->version},
	};
	static_assert(ARRAY_LEN(rows) <= SIM_MAX_INSTANCES, "instances");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cim_software_identity *s =
			arena_new(a, struct cim_software_identity);
		s->instance_id = str_of(rows[i].id);
		s->is_entity = sim_num(1);
		s->version_string = str_of(rows[i].version);
		out[i] = (struct wsman_item){&cim_software_identity_class, s};
	}
	return ARRAY_LEN(rows);
}

const struct sim_class sim_system_classes[] = {
	{&amt_general_settings_class, general, NULL, NULL, 0},
	{&amt_setup_and_configuration_service_class, setup, NULL, NULL, 0},
	{&cim_software_identity_class, versions, NULL, NULL, 0},
};
const size_t sim_system_classes_n = ARRAY_LEN(sim_system_classes);
