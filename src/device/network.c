/* SPDX-License-Identifier: Apache-2.0 */
#include <device/network.h>

#include <amt/wsman/classes/boot.h>

/* Profiles of the host's user are his own business. */
#define USER_PROFILE "Intel(r) AMT:WiFi Endpoint User Settings"

static struct err *read_profiles(struct device_call *c, struct device_list *out)
{
	size_t n = 0;

	TRY(device_list(c, &cim_wifi_endpoint_settings_class, out));
	for (size_t i = 0; i < out->n; i++) {
		const struct cim_wifi_endpoint_settings *p = out->v[i];
		if (p->instance_id.n > 0 &&
		    !str_starts(p->instance_id, STR(USER_PROFILE)))
			out->v[n++] = out->v[i];
	}
	out->n = n;
	return NULL;
}

struct err *device_network_read(struct device_call *c, bool wireless,
				struct device_network *out)
{
	void *got;

	*out = (struct device_network){0};
	TRY(device_ports_read(c, &out->ports));
	if (out->ports.wired != NULL) {
		TRY(device_get_if_any(c, &ips_ieee8021x_settings_class, &got));
		out->wired_8021x = got;
	}
	if (!wireless || out->ports.wireless == NULL)
		return NULL;
	TRY(read_profiles(c, &out->profiles));
	TRY(device_list(c, &cim_ieee8021x_settings_class, &out->ieee8021x));
	TRY(device_get_if_any(c, &amt_wifi_port_configuration_service_class, &got));
	out->wifi = got;
	return NULL;
}

struct err *device_wifi_port_read(struct device_call *c, int64_t *state)
{
	struct device_list list;

	*state = 0;
	TRY(device_list(c, &cim_wifi_port_class, &list));
	if (list.n > 0)
		*state = ((const struct cim_wifi_port *)list.v[0])->enabled_state.v;
	return NULL;
}

struct err *device_wifi_uefi_can_share(struct device_call *c, bool *can)
{
	void *got;

	TRY(device_get(c, &amt_boot_capabilities_class, &got));
	const struct amt_boot_capabilities *b = got;
	*can = device_true(b->uefi_wifi_coexistence_and_profile_share);
	return NULL;
}

const struct cim_ieee8021x_settings *device_wifi_8021x_of(
	const struct device_list *settings, struct str profile)
{
	for (size_t i = 0; i < settings->n; i++) {
		const struct cim_ieee8021x_settings *s = settings->v[i];
		if (str_eq(s->element_name, profile))
			return s;
	}
	return NULL;
}

struct err *device_link_prefer(struct device_call *c, enum amt_link_owner owner,
			       uint32_t timeout_s)
{
	const struct wsman_class *cls = &amt_ethernet_port_settings_class;
	struct amt_ethernet_port_settings_set_link_preference_in in = {
		.link_preference = device_num(owner),
		.timeout = device_num(timeout_s),
	};
	struct device_ports ports;

	TRY(device_ports_read(c, &ports));
	if (ports.wireless == NULL)
		return err_new(ERR_NOT_FOUND, "No WiFi port found on the device");
	struct wsman_epr by =
		device_epr(c->arena, cls, "InstanceID", ports.wireless->instance_id);
	return device_invoke(c, cls,
			     &amt_ethernet_port_settings_set_link_preference_method, &by,
			     &in, NULL);
}
