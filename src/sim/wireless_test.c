/* SPDX-License-Identifier: Apache-2.0
 * Wi-Fi profiles, 802.1X, proxies, ports: what is taken, what is refused; hardware that
 * differs.
 */
#include <sim/subject_test.h>

#define SERVICE &amt_wifi_port_configuration_service_class
#define CERT "Intel(r) AMT Certificate: Handle: 0"

static struct wsman_epr to(struct full_fixture *f, const struct wsman_class *c,
			   const char *name, const char *value)
{
	struct wsman_epr e = full_by(f, name, value);

	e.resource_uri = str_of(c->uri);
	return e;
}

static struct cim_wifi_endpoint_settings profile(const char *name, int priority)
{
	return (struct cim_wifi_endpoint_settings){
		.element_name = str_of(name),
		.instance_id = str_of(name),
		.ssid = str_of(name),
		.authentication_method = {true, CIM_WIFI_AUTH_WPA2_PSK},
		.encryption_method = {true, CIM_WIFI_CCMP},
		.priority = {true, priority},
		.psk_pass_phrase = STR("passphrase")};
}

struct credentials {
	const struct cim_ieee8021x_settings *ieee8021x;
	const char *client, *ca;
};

static int64_t add(struct full_fixture *f, const struct cim_wifi_endpoint_settings *s,
		   struct credentials c)
{
	struct amt_wifi_port_configuration_service_add_wifi_settings_in in = {
		.wifi_endpoint =
			to(f, &cim_wifi_endpoint_class, "Name", "WiFi Endpoint 0"),
		.wifi_endpoint_settings_input = {&cim_wifi_endpoint_settings_class, s}};

	if (c.ieee8021x != NULL)
		in.ieee8021x_settings_input =
			(struct wsman_item){&cim_ieee8021x_settings_class, c.ieee8021x};
	if (c.client != NULL)
		in.client_credential =
			to(f, &amt_public_key_certificate_class, "InstanceID", c.client);
	if (c.ca != NULL)
		in.ca_credential =
			to(f, &amt_public_key_certificate_class, "InstanceID", c.ca);
	return full_invoke(f, SERVICE,
			   &amt_wifi_port_configuration_service_add_wifi_settings_method,
			   &in, NULL);
}

static int64_t update(struct full_fixture *f, const char *id,
		      const struct cim_wifi_endpoint_settings *s)
{
	struct amt_wifi_port_configuration_service_update_wifi_settings_in in = {
		.wifi_endpoint_settings =
			to(f, &cim_wifi_endpoint_settings_class, "InstanceID", id),
		.wifi_endpoint_settings_input = {&cim_wifi_endpoint_settings_class, s}};

	return full_invoke(
		f, SERVICE,
		&amt_wifi_port_configuration_service_update_wifi_settings_method, &in,
		NULL);
}

static void certificate(struct full_fixture *f)
{
	struct amt_public_key_certificate *c =
		sim_object_new(&amt_public_key_certificate_class);

	sim_text_set(&c->instance_id, STR(CERT));
	sim_text_set(&c->element_name, STR("Intel(r) AMT Certificate"));
	sim_store_add(&f->d.state->store, &amt_public_key_certificate_class, c);
}

static void eight_profiles_fit_that_do_not_collide(void **state)
{
	struct full_fixture *f = *state;
	struct cim_wifi_endpoint_settings s = profile("home", 1);
	struct wsman_item *items;
	char name[8];

	assert_int_equal(add(f, &s, (struct credentials){0}), 0);
	assert_int_equal(add(f, &s, (struct credentials){0}), 3);
	s = profile("other", 1);
	assert_int_equal(add(f, &s, (struct credentials){0}), 3);
	s = profile("other", 2);
	s.ssid = STR("home");
	assert_int_equal(add(f, &s, (struct credentials){0}), 3);
	for (int i = 2; i <= 8; i++) {
		snprintf(name, sizeof(name), "net%d", i);
		s = profile(name, i);
		assert_int_equal(add(f, &s, (struct credentials){0}), 0);
	}
	s = profile("ninth", 9);
	assert_int_equal(add(f, &s, (struct credentials){0}), 2);
	assert_int_equal(full_list(f, &cim_wifi_endpoint_settings_class, &items), 8);
	const struct cim_wifi_endpoint_settings *first = items[0].object;
	assert_true(
		str_eqz(first->instance_id, "Intel(r) AMT:WiFi Endpoint Settings home"));
	assert_int_equal(first->psk_pass_phrase.n, 0);
	struct wsman_epr by =
		full_by(f, "InstanceID", "Intel(r) AMT:WiFi Endpoint Settings home");
	assert_string_equal(
		full_fault(f, WSMAN_DELETE, &cim_wifi_endpoint_settings_class, &by, NULL),
		"");
	assert_non_null(sim_logs_audit_last(&f->d.state->subjects.logs, 27, 1).p);
	assert_int_equal(
		full_invoke(
			f, SERVICE,
			&amt_wifi_port_configuration_service_delete_all_it_profiles_method,
			NULL, NULL),
		0);
	assert_int_equal(full_list(f, &cim_wifi_endpoint_settings_class, &items), 0);
}

static void a_profile_must_be_whole(void **state)
{
	struct full_fixture *f = *state;
	struct cim_wifi_endpoint_settings good = profile("home", 1), s;

	s = good;
	s.psk_pass_phrase = STR("short");
	assert_int_equal(add(f, &s, (struct credentials){0}), 3);
	s = good;
	s.priority.v = 0;
	assert_int_equal(add(f, &s, (struct credentials){0}), 3);
	s = good;
	s.encryption_method.v = CIM_WIFI_TKIP;
	assert_int_equal(add(f, &s, (struct credentials){0}), 3);
	s = good;
	s.ssid = STR("123456789012345678901234567890123");
	assert_int_equal(add(f, &s, (struct credentials){0}), 3);
	s = good;
	s.authentication_method.v = CIM_WIFI_AUTH_WPA2_8021X;
	s.psk_pass_phrase = (struct str){0};
	assert_int_equal(add(f, &s, (struct credentials){0}), 3);
}

static void enterprise_profiles_bring_their_credentials(void **state)
{
	struct full_fixture *f = *state;
	struct cim_wifi_endpoint_settings s = profile("corp", 1);
	struct cim_ieee8021x_settings x = {.element_name = STR("corp"),
					   .instance_id = STR("corp"),
					   .authentication_protocol = {true, 0},
					   .username = STR("device@corp.example.com")};
	struct wsman_item *items;

	s.authentication_method.v = CIM_WIFI_AUTH_WPA2_8021X;
	s.psk_pass_phrase = (struct str){0};
	assert_int_equal(add(f, &s, (struct credentials){&x, NULL, NULL}), 4);
	assert_int_equal(add(f, &s, (struct credentials){&x, CERT, NULL}), 4);
	certificate(f);
	assert_int_equal(add(f, &s, (struct credentials){&x, CERT, NULL}), 0);
	assert_int_equal(full_list(f, &cim_ieee8021x_settings_class, &items), 1);
	assert_int_equal(full_list(f, &cim_credential_context_class, &items), 1);
	assert_ptr_equal(items[0].cls, &amt_8021x_credential_context_class);
	struct wsman_epr by =
		full_by(f, "InstanceID", "Intel(r) AMT:WiFi Endpoint Settings corp");
	assert_string_equal(
		full_fault(f, WSMAN_DELETE, &cim_wifi_endpoint_settings_class, &by, NULL),
		"");
	assert_int_equal(full_list(f, &cim_ieee8021x_settings_class, &items), 0);
	assert_int_equal(full_list(f, &cim_credential_context_class, &items), 0);
}

static void an_update_keeps_name_and_pass_phrase(void **state)
{
	struct full_fixture *f = *state;
	struct cim_wifi_endpoint_settings s = profile("home", 1), *stored;
	const char *id = "Intel(r) AMT:WiFi Endpoint Settings home";

	assert_int_equal(add(f, &s, (struct credentials){0}), 0);
	s.ssid = STR("home-5G");
	s.psk_pass_phrase = (struct str){0};
	assert_int_equal(update(f, id, &s), 0);
	stored = sim_store_first(&f->d.state->store, &cim_wifi_endpoint_settings_class);
	assert_true(str_eqz(stored->ssid, "home-5G"));
	assert_true(str_eqz(stored->psk_pass_phrase, "passphrase"));
	s.element_name = STR("house");
	assert_int_equal(update(f, id, &s), 3);
	assert_int_equal(update(f, "none", &s), 4);
}

static int64_t wifi_state(struct full_fixture *f, int64_t to_state)
{
	struct cim_wifi_port_request_state_change_in in = {
		.requested_state = {true, to_state}};

	return full_invoke(f, &cim_wifi_port_class,
			   &cim_wifi_port_request_state_change_method, &in, NULL);
}

static void the_wifi_port_knows_three_states(void **state)
{
	struct full_fixture *f = *state;

	assert_int_equal(wifi_state(f, 32769), 0);
	const struct cim_wifi_port *p = full_get(f, &cim_wifi_port_class);
	assert_int_equal(p->enabled_state.v, 32769);
	assert_int_equal(wifi_state(f, 2), 5);
	assert_int_equal(wifi_state(f, 3), 0);
}

static void wired_8021x_is_put_then_given_certificates(void **state)
{
	struct full_fixture *f = *state;
	struct ips_ieee8021x_settings s =
		*(const struct ips_ieee8021x_settings *)full_get(
			f, &ips_ieee8021x_settings_class);
	struct ips_ieee8021x_settings_set_certificates_in in = {
		.client_certificate =
			to(f, &amt_public_key_certificate_class, "InstanceID", CERT)};
	struct wsman_item *items;

	certificate(f);
	assert_int_equal(full_invoke(f, &ips_ieee8021x_settings_class,
				     &ips_ieee8021x_settings_set_certificates_method, &in,
				     NULL),
			 1);
	s.enabled.v = 9;
	assert_string_equal(
		full_fault(f, WSMAN_PUT, &ips_ieee8021x_settings_class, NULL, &s),
		"d:InvalidRepresentation");
	s.enabled.v = IPS_8021X_WITH_CERTIFICATES;
	s.authentication_protocol = sim_num(0);
	s.username = STR("device");
	s.password = STR("secret");
	assert_string_equal(
		full_fault(f, WSMAN_PUT, &ips_ieee8021x_settings_class, NULL, &s), "");
	assert_int_equal(full_invoke(f, &ips_ieee8021x_settings_class,
				     &ips_ieee8021x_settings_set_certificates_method, &in,
				     NULL),
			 0);
	assert_int_equal(full_list(f, &ips_8021x_credential_context_class, &items), 1);
	const struct ips_ieee8021x_settings *now =
		full_get(f, &ips_ieee8021x_settings_class);
	assert_int_equal(now->password.n, 0);
	s = *now;
	s.enabled.v = IPS_8021X_DISABLED;
	assert_string_equal(
		full_fault(f, WSMAN_PUT, &ips_ieee8021x_settings_class, NULL, &s), "");
	assert_int_equal(full_list(f, &ips_8021x_credential_context_class, &items), 0);
}

static int64_t proxy(struct full_fixture *f, const char *host, int port,
		     const char *suffix)
{
	struct ips_http_proxy_service_add_proxy_access_point_in in = {
		.access_info = str_of(host),
		.info_format = {true, 201},
		.port = {true, port},
		.network_dns_suffix = str_of(suffix)};

	return full_invoke(f, &ips_http_proxy_service_class,
			   &ips_http_proxy_service_add_proxy_access_point_method, &in,
			   NULL);
}

static void fifteen_proxies_fit(void **state)
{
	struct full_fixture *f = *state;
	struct wsman_item *items;
	struct wsman_reply r;

	assert_int_equal(proxy(f, "proxy", 3128, "example.com"), 0);
	assert_int_equal(proxy(f, "proxy", 3128, "example.com"), 2058);
	assert_int_equal(proxy(f, "proxy", 0, "example.com"), 36);
	assert_int_equal(proxy(f, "", 3128, "example.com"), 36);
	for (int i = 1; i < 15; i++)
		assert_int_equal(proxy(f, "proxy", 3128 + i, "example.com"), 0);
	assert_int_equal(proxy(f, "proxy", 80, "example.com"), 23);
	struct wsman_epr by = full_by(f, "Name", "Intel(r) ME:HTTP Proxy Access Point 3");
	struct wsman_call up = {
		.op = WSMAN_INVOKE,
		.cls = &ips_http_proxy_access_point_class,
		.method = &ips_http_proxy_access_point_update_priority_method,
		.selectors = &by};
	assert_int_equal(full_ask(f, &up, &r), 200);
	assert_int_equal(full_list(f, &ips_http_proxy_access_point_class, &items), 15);
	const struct ips_http_proxy_access_point *p0 = items[0].object,
						 *p3 = items[3].object;
	assert_int_equal(p3->priority.v, 0);
	assert_int_equal(p0->priority.v, 1);
	assert_string_equal(full_fault(f, WSMAN_DELETE,
				       &ips_http_proxy_access_point_class, &by, NULL),
			    "");
	assert_int_equal(full_list(f, &ips_http_proxy_access_point_class, &items), 14);
	p0 = items[0].object;
	assert_int_equal(p0->priority.v, 0);
}

static void a_port_has_a_lease_its_own_or_the_hosts_address(void **state)
{
	static const struct {
		const char *name;
		bool dhcp, sync, shared;
		const char *address, *mask;
		bool good;
	} rows[] = {
		{"own", false, false, false, "198.51.100.7", "255.255.255.0", true},
		{"own without mask", false, false, false, "198.51.100.7", NULL, false},
		{"own that is none", false, false, false, "198.51.100", "255.255.255.0",
		 false},
		{"own and shared", false, false, true, "198.51.100.7", "255.255.255.0",
		 false},
		{"the host's", false, true, true, NULL, NULL, true},
		{"the host's with address", false, true, true, "198.51.100.7", NULL,
		 false},
		{"the host's, not shared", false, true, false, NULL, NULL, false},
		{"a lease", true, true, false, NULL, NULL, true},
		{"a lease with address", true, true, false, "198.51.100.7", NULL, false},
		{"a shared lease", true, true, true, NULL, NULL, false},
	};
	struct full_fixture *f = *state;
	const struct amt_ethernet_port_settings *now;
	struct wsman_epr by =
		full_by(f, "InstanceID", "Intel(r) AMT Ethernet Port Settings 0");
	struct str lease = str_of(
		str_dup(&f->a, ((const struct amt_ethernet_port_settings *)full_get(
					f, &amt_ethernet_port_settings_class))
				       ->ip_address));

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct amt_ethernet_port_settings s = {
			.element_name = STR("Intel(r) AMT Ethernet Port Settings"),
			.instance_id = STR("Intel(r) AMT Ethernet Port Settings 0"),
			.dhcp_enabled = {true, rows[i].dhcp},
			.ip_sync_enabled = {true, rows[i].sync},
			.shared_static_ip = {true, rows[i].shared},
			.ip_address = str_of(rows[i].address),
			.subnet_mask = str_of(rows[i].mask)};
		const char *fault = full_fault(
			f, WSMAN_PUT, &amt_ethernet_port_settings_class, &by, &s);
		if ((*fault == '\0') != rows[i].good)
			fail_msg("%s: %s", rows[i].name, fault);
		if (!rows[i].good)
			continue;
		now = full_get(f, &amt_ethernet_port_settings_class);
		assert_true(rows[i].address != NULL
				    ? str_eqz(now->ip_address, rows[i].address)
				    : str_eq(now->ip_address, lease));
	}
	assert_int_equal(sim_logs_audit_last(&f->d.state->subjects.logs, 22, 0).n, 25);
}

static void the_wireless_link_has_an_owner_and_a_protection(void **state)
{
	struct full_fixture *f = *state;
	struct wsman_epr by =
		full_by(f, "InstanceID", "Intel(r) AMT Ethernet Port Settings 1");
	struct amt_ethernet_port_settings_set_link_preference_in in = {
		.link_preference = {true, AMT_LINK_ME}, .timeout = {true, 60}};
	struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &amt_ethernet_port_settings_class,
		.method = &amt_ethernet_port_settings_set_link_preference_method,
		.selectors = &by,
		.object = &in};
	const struct amt_ethernet_port_settings *s;
	struct wsman_reply r;

	assert_int_equal(full_ask(f, &call, &r), 200);
	assert_int_equal(r.return_value.v, 0);
	in.link_preference.v = 3;
	assert_int_equal(full_ask(f, &call, &r), 200);
	assert_int_equal(r.return_value.v, 36);
	call.method = &amt_ethernet_port_settings_cancel_link_protection_method;
	call.object = NULL;
	assert_int_equal(full_ask(f, &call, &r), 200);
	s = sim_store_nth(&f->d.state->store, &amt_ethernet_port_settings_class, 1);
	assert_int_equal(s->link_preference.v, AMT_LINK_ME);
	assert_int_equal(s->wlan_link_protection_level.v, 0);
	assert_true(str_eq(sim_logs_audit_last(&f->d.state->subjects.logs, 27, 4),
			   (struct str){"\0\0\0\x3c\0\0\0\1", 8}));
}

static void hardware_differs_per_device_and_stays(void **state)
{
	struct full_fixture *f = *state;
	struct wsman_item *items;
	struct sim_birth b = {.uuid = {9, 9, 9}};
	struct sim_state *other;
	const struct cim_chassis *c = full_get(f, &cim_chassis_class), *o;
	const struct cim_computer_system_package *p =
		full_get(f, &cim_computer_system_package_class);
	char *serial = str_dup(&f->a, c->serial_number);

	assert_null(sim_state_new(&b, &other));
	o = sim_store_first(&other->store, &cim_chassis_class);
	assert_false(str_eqz(o->serial_number, serial));
	sim_state_free(other);
	assert_true(str_eqz(p->platform_guid, "01020300000000000000000000000000"));
	assert_int_equal(full_list(f, &amt_ethernet_port_settings_class, &items), 2);
	const struct amt_ethernet_port_settings *e0 = items[0].object,
						*e1 = items[1].object;
	assert_false(str_eq(e0->mac_address, e1->mac_address));
	assert_int_equal(e0->mac_address.n, 17);
	assert_int_equal(e1->physical_connection_type.v, 3);
	sim_state_unprovision(f->d.state, false);
	c = sim_store_first(&f->d.state->store, &cim_chassis_class);
	assert_true(str_eqz(c->serial_number, serial));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, subject_set_up, full_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(eight_profiles_fit_that_do_not_collide),
		TEST(a_profile_must_be_whole),
		TEST(enterprise_profiles_bring_their_credentials),
		TEST(an_update_keeps_name_and_pass_phrase),
		TEST(the_wifi_port_knows_three_states),
		TEST(wired_8021x_is_put_then_given_certificates),
		TEST(fifteen_proxies_fit),
		TEST(a_port_has_a_lease_its_own_or_the_hosts_address),
		TEST(the_wireless_link_has_an_owner_and_a_protection),
		TEST(hardware_differs_per_device_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
