/* SPDX-License-Identifier: Apache-2.0
 * Routes of network settings and of the link preference. mps.md 3.10.
 */
#include <device/device_api_priv.h>

#include <device/network.h>
#include <device/network_names.h>

static const char FAILED[] = "Exception during AMT Network Settings request";
static const char WIRED_MISSING[] = "Wired Network Settings not found";

static struct err *missing(struct device_call *c, struct http_res *res, const char *text)
{
	return device_answer_error(
		res, 404, text,
		arena_printf(c->arena, "%s for guid : %s.", text, c->device->guid));
}

/* ---- reading ---- */

static json_t *policies(const struct wsman_nums *n)
{
	json_t *out = json_array();

	for (size_t i = 0; i < n->n; i++)
		json_array_append_new(out, json_string(network_name(network_link_policies,
								    n->v[i], "Unknown")));
	return out;
}

static json_t *port_json(const struct amt_ethernet_port_settings *p)
{
	json_t *j = json_pack(
		"{s:o,s:o,s:I,s:b,s:o,s:b,s:o,s:b,s:b,s:b,s:b,s:o,s:o,s:o,s:o,s:o,s:s,s:"
		"s}",
		"elementName", device_json_text(p->element_name), "instanceID",
		device_json_text(p->instance_id), "vlanTag", (json_int_t)p->vlan_tag.v,
		"sharedMAC", device_true(p->shared_mac), "macAddress",
		device_json_text(p->mac_address), "linkIsUp", device_true(p->link_is_up),
		"linkPolicy", policies(&p->link_policy), "sharedStaticIP",
		device_true(p->shared_static_ip), "sharedDynamicIP",
		device_true(p->shared_dynamic_ip), "ipSyncEnabled",
		device_true(p->ip_sync_enabled), "dhcpEnabled",
		device_true(p->dhcp_enabled), "ipAddress",
		device_json_text(p->ip_address), "subnetMask",
		device_json_text(p->subnet_mask), "defaultGateway",
		device_json_text(p->default_gateway), "primaryDNS",
		device_json_text(p->primary_dns), "secondaryDNS",
		device_json_text(p->secondary_dns), "physicalConnectionType",
		p->physical_connection_type.set
			? network_name(network_connections, p->physical_connection_type.v,
				       "")
			: "",
		"physicalNICMedium",
		p->physical_nic_medium.set
			? network_name(network_media, p->physical_nic_medium.v, "")
			: "");

	if (p->console_tcp_max_retransmissions.v != 0)
		json_object_set_new(j, "consoleTCPMaxRetransmissions",
				    json_integer(p->console_tcp_max_retransmissions.v));
	return j;
}

static json_t *wired_json(const struct device_network *n)
{
	json_t *j = port_json(n->ports.wired);
	const struct ips_ieee8021x_settings *x = n->wired_8021x;

	json_object_set_new(
		j, "ieee8021x",
		json_pack("{s:s,s:b,s:I}", "enabled",
			  x != NULL ? network_name(network_wired_8021x, x->enabled.v, "")
				    : "Disabled",
			  "availableInS0", x != NULL && device_true(x->available_in_s0),
			  "pxeTimeout", x != NULL ? (json_int_t)x->pxe_timeout.v : 0));
	return j;
}

static json_t *profiles_json(const struct device_list *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct cim_wifi_endpoint_settings *p = list->v[i];
		json_array_append_new(
			out,
			json_pack("{s:o,s:o,s:s,s:s,s:I,s:s}", "elementName",
				  device_json_text(p->element_name), "ssid",
				  device_json_text(p->ssid), "authenticationMethod",
				  network_name(network_wifi_auths,
					       p->authentication_method.v, ""),
				  "encryptionMethod",
				  network_name(network_wifi_encryptions,
					       p->encryption_method.v, ""),
				  "priority", (json_int_t)p->priority.v, "bsstype",
				  network_name(network_bss_types, p->bss_type.v, "")));
	}
	return out;
}

static json_t *ieee8021x_json(const struct device_list *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct cim_ieee8021x_settings *s = list->v[i];
		json_array_append_new(
			out,
			json_pack("{s:I,s:o,s:o,s:I,s:o,s:o}", "authenticationProtocol",
				  (json_int_t)s->authentication_protocol.v,
				  "roamingIdentity",
				  device_json_text(s->roaming_identity),
				  "serverCertificateName",
				  device_json_text(s->server_certificate_name),
				  "serverCertificateNameComparison",
				  (json_int_t)s->server_certificate_name_comparison.v,
				  "username", device_json_text(s->username), "domain",
				  device_json_text(s->domain)));
	}
	return out;
}

static json_t *service_json(const struct amt_wifi_port_configuration_service *s)
{
	static const struct amt_wifi_port_configuration_service none;

	s = s != NULL ? s : &none;
	return json_pack("{s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:I,s:o,s:I,s:b}",
			 "requestedState", (json_int_t)s->requested_state.v,
			 "enabledState", (json_int_t)s->enabled_state.v, "healthState",
			 (json_int_t)s->health_state.v, "elementName",
			 device_json_text(s->element_name), "systemCreationClassName",
			 device_json_text(s->system_creation_class_name), "systemName",
			 device_json_text(s->system_name), "creationClassName",
			 device_json_text(s->creation_class_name), "name",
			 device_json_text(s->name), "localProfileSynchronizationEnabled",
			 (json_int_t)s->local_profile_synchronization_enabled.v,
			 "lastConnectedSsidUnderMeControl",
			 device_json_text(s->last_connected_ssid_under_me_control),
			 "noHostCsmeSoftwarePolicy",
			 (json_int_t)s->no_host_csme_software_policy.v,
			 "uefiWiFiProfileShareEnabled",
			 device_true(s->uefi_wifi_profile_share_enabled));
}

static json_t *wireless_json(const struct device_network *n)
{
	const struct amt_ethernet_port_settings *p = n->ports.wireless;
	json_t *j = port_json(p);

	json_object_set_new(
		j, "linkPreference",
		json_string(network_name(network_link_owners, p->link_preference.v, "")));
	json_object_set_new(
		j, "linkControl",
		json_string(network_name(network_link_owners, p->link_control.v, "")));
	json_object_set_new(
		j, "wlanLinkProtectionLevel",
		json_string(p->wlan_link_protection_level.set
				    ? network_name(network_link_protections,
						   p->wlan_link_protection_level.v, "")
				    : ""));
	json_object_set_new(j, "wifiNetworks", profiles_json(&n->profiles));
	json_object_set_new(j, "ieee8021xSettings", ieee8021x_json(&n->ieee8021x));
	json_object_set_new(j, "wifiPortConfigService", service_json(n->wifi));
	return j;
}

static struct err *all(struct device_call *c, struct http_req *req, struct http_res *res)
{
	struct device_network n;

	TRY(device_network_read(c, true, &n));
	if (n.ports.wired == NULL && n.ports.wireless == NULL)
		return device_answer_error(
			res, 404, "Network Settings not found",
			arena_printf(c->arena, "guid : %s", c->device->guid));
	http_res_json(res, 200,
		      json_pack("{s:o,s:o}", "wired",
				n.ports.wired ? wired_json(&n) : json_null(), "wireless",
				n.ports.wireless ? wireless_json(&n) : json_null()));
	return NULL;
}

static struct err *wired(struct device_call *c, struct http_req *req,
			 struct http_res *res)
{
	struct device_network n;

	TRY(device_network_read(c, false, &n));
	if (n.ports.wired == NULL)
		return missing(c, res, WIRED_MISSING);
	http_res_json(res, 200, wired_json(&n));
	return NULL;
}

/* ---- the wired port ---- */

#define IPV4_RULE(name)                                                      \
	{                                                                    \
		name, V_NULLABLE,                                            \
		{                                                            \
			{                                                    \
				V_IPV4, V_IF_FILLED,                         \
					.msg = name " must be a valid IPv4 " \
						    "address"                \
			}                                                    \
		}                                                            \
	}
static const struct v_rule wired_rules[] = {
	{"dhcpEnabled",
	 V_REQUIRED,
	 {{V_BOOLEAN, .msg = "dhcpEnabled must be a boolean"}}},
	{"ipSyncEnabled",
	 V_NULLABLE,
	 {{V_BOOLEAN, .msg = "ipSyncEnabled must be a boolean"}}},
	IPV4_RULE("ipAddress"),
	IPV4_RULE("subnetMask"),
	IPV4_RULE("defaultGateway"),
	IPV4_RULE("primaryDNS"),
	IPV4_RULE("secondaryDNS"),
};

static struct str address(const json_t *body, const char *name)
{
	return str_of(json_string_value(json_object_get(body, name)));
}

/* NULL: dhcp, sync and addresses fit together. */
static const char *contradiction(struct arena *a, const json_t *body)
{
	static const char *const names[] = {"ipAddress", "subnetMask", "defaultGateway",
					    "primaryDNS", "secondaryDNS"};
	bool dhcp = device_flag(body, "dhcpEnabled", false);
	bool sync = device_flag(body, "ipSyncEnabled", false);
	bool given = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		given |= address(body, names[i]).n > 0;
	if (dhcp && given)
		return "cannot specify static IP settings when DHCP is enabled";
	if (sync && given)
		return "cannot specify static IP settings when IP sync is enabled";
	if (!dhcp && !sync && !given)
		return "must enable DHCP, enable IP sync, or provide static IP settings";
	for (size_t i = 0; given && i < ARRAY_LEN(names) - 1; i++)
		if (address(body, names[i]).n == 0)
			return arena_printf(a,
					    "%s is required for static IP configuration",
					    names[i]);
	return NULL;
}

static bool wired_refused(struct http_req *req, struct http_res *res, const json_t *body)
{
	const char *text = contradiction(req->arena, body);
	const json_t *x = json_object_get(body, "ieee8021x");

	if (x != NULL && !json_is_null(x))
		device_answer_error(res, 501, "Not Implemented",
				    "Wired 802.1X configuration is not yet supported");
	else if (text != NULL)
		device_answer_error(res, 400, DEVICE_BAD_REQUEST, text);
	else
		return false;
	return true;
}

static struct err *wired_set(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	const json_t *body = device_body(req);
	struct device_ip ip = {
		.mode = device_flag(body, "dhcpEnabled", false)	    ? DEVICE_IP_DHCP
			: device_flag(body, "ipSyncEnabled", false) ? DEVICE_IP_SHARED
								    : DEVICE_IP_STATIC,
		.address = address(body, "ipAddress"),
		.mask = address(body, "subnetMask"),
		.gateway = address(body, "defaultGateway"),
		.primary_dns = address(body, "primaryDNS"),
		.secondary_dns = address(body, "secondaryDNS"),
	};
	struct device_ports ports;

	TRY(device_ports_read(c, &ports));
	if (ports.wired == NULL)
		return missing(c, res, WIRED_MISSING);
	TRY(device_port_write(c, ports.wired, &ip, NULL));
	res->status = 204;
	return NULL;
}

/* ---- link preference ---- */

static const struct v_rule link_rules[] = {
	{"linkPreference",
	 V_REQUIRED,
	 {{V_RANGE, .min = AMT_LINK_ME, .max = AMT_LINK_HOST,
	   .msg = "linkPreference must be 1 (ME) or 2 (HOST)"}}},
	{"timeout",
	 V_REQUIRED,
	 {{V_RANGE, .max = 65535, .msg = "timeout must be a non-negative integer"}}},
};

static struct err *link_set(struct device_call *c, struct http_req *req,
			    struct http_res *res)
{
	const json_t *body = device_body(req);

	TRY(device_link_prefer(c,
			       (enum amt_link_owner)device_number(body, "linkPreference"),
			       (uint32_t)device_number(body, "timeout")));
	http_res_json(
		res, 200,
		json_pack("{s:i,s:s}", "ReturnValue", 0, "ReturnValueStr", "SUCCESS"));
	return NULL;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/networkSettings/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(all, FAILED)},
	{"GET", "/api/v1/amt/networkSettings/wired/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(wired, FAILED)},
	{"PATCH", "/api/v1/amt/networkSettings/wired/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(wired_set, FAILED, DEVICE_BODY(wired_rules), wired_refused)},
	{"POST", "/api/v1/amt/network/linkPreference/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(link_set, "Exception during Link Preference request",
			     DEVICE_BODY(link_rules))},
};
/* clang-format on */
DEVICE_ROUTES(device_network_routes, rows);
