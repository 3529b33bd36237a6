/* SPDX-License-Identifier: Apache-2.0
 * Names, addresses, Wi-Fi, 802.1X and clock of a device.
 */
#include "world.h"

#include "pki.h"
#include <base/encode.h>
#include <device/certificates.h>
#include <device/clock.h>
#include <device/general.h>
#include <device/keys.h>
#include <device/wifi.h>
#include <device/wired.h>

static const struct world_options admin = {.mode = IPS_CONTROL_ADMIN};

/* ---- general settings ---- */

TEST(host_name_is_written_once)
{
	struct world w;
	const struct amt_general_settings *s;
	bool changed;

	world_start(&w, &admin);
	ok(device_host_name_set(&w.call, STR("desk7"), STR("corp.example.com"),
				&changed));
	assert_true(changed);
	s = world_object(&w, &amt_general_settings_class);
	assert_true(str_eqz(s->host_name, "desk7"));
	assert_true(str_eqz(s->domain_name, "corp.example.com"));
	/* The domain stays when none is given. */
	ok(device_host_name_set(&w.call, STR("desk8"), (struct str){0}, &changed));
	s = world_object(&w, &amt_general_settings_class);
	assert_true(str_eqz(s->domain_name, "corp.example.com"));
	ok(device_host_name_set(&w.call, STR("desk8"), (struct str){0}, &changed));
	assert_false(changed);
	fails(device_host_name_set(&w.call, STR(""), (struct str){0}, &changed),
	      ERR_INVALID, "a host name has 1 to 63 characters");
	fails(device_host_name_set(&w.call,
				   STR("a-name-that-is-longer-than-the-sixty-three-"
				       "characters-that-dns-allows"),
				   (struct str){0}, &changed),
	      ERR_INVALID, "1 to 63");
	world_stop(&w);
}

TEST(network_is_switched_on_when_it_is_not)
{
	struct world w;
	bool changed;

	world_start(&w, &admin);
	ok(device_general_network_on(&w.call, &changed));
	assert_false(changed);
	struct amt_general_settings *s =
		sim_store_first(&w.full->state->store, &amt_general_settings_class);
	s->shared_fqdn = sim_num(0);
	s->rmcp_ping_response_enabled = sim_num(0);
	ok(device_general_network_on(&w.call, &changed));
	assert_true(changed);
	const struct amt_general_settings *now =
		world_object(&w, &amt_general_settings_class);
	assert_true(now->shared_fqdn.v == 1 && now->rmcp_ping_response_enabled.v == 1);
	world_stop(&w);
}

TEST(general_settings_need_admin)
{
	struct world w;
	bool changed;

	world_start(&w, NULL);
	fails(device_host_name_set(&w.call, STR("desk7"), (struct str){0}, &changed),
	      ERR_DEVICE, "AccessDenied");
	world_stop(&w);
}

/* ---- addresses ---- */

TEST(ports_are_told_apart)
{
	struct world w;
	struct device_ports p;

	world_start(&w, &admin);
	ok(device_ports_read(&w.call, &p));
	assert_true(
		str_eqz(p.wired->instance_id, "Intel(r) AMT Ethernet Port Settings 0"));
	assert_true(str_eqz(p.wireless->instance_id,
			    "Intel(r) AMT Ethernet Port Settings 1"));
	/* Present, but not used. */
	struct amt_ethernet_port_settings *s = sim_store_nth(
		&w.full->state->store, &amt_ethernet_port_settings_class, 1);
	sim_text_set(&s->mac_address, STR("00-00-00-00-00-00"));
	ok(device_ports_read(&w.call, &p));
	assert_non_null(p.wired);
	assert_null(p.wireless);
	world_stop(&w);
	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN,
						.no_wireless = true});
	ok(device_ports_read(&w.call, &p));
	assert_null(p.wireless);
	world_stop(&w);
}

static const struct amt_ethernet_port_settings *wired(struct world *w)
{
	return world_object(w, &amt_ethernet_port_settings_class);
}

TEST(wired_modes)
{
	static const struct device_ip own = {.mode = DEVICE_IP_STATIC,
					     .address = {"198.51.100.7", 12},
					     .mask = {"255.255.255.0", 13},
					     .gateway = {"198.51.100.1", 12}};
	struct world w;
	struct device_ports p;
	bool changed;

	world_start(&w, &admin);
	ok(device_ports_read(&w.call, &p));
	ok(device_port_write(&w.call, p.wired,
			     &(struct device_ip){.mode = DEVICE_IP_DHCP}, &changed));
	assert_false(changed);
	ok(device_port_write(&w.call, p.wired, &own, &changed));
	assert_true(changed && !wired(&w)->dhcp_enabled.v &&
		    !wired(&w)->ip_sync_enabled.v);
	assert_true(str_eqz(wired(&w)->ip_address, "198.51.100.7"));
	assert_true(str_eqz(wired(&w)->default_gateway, "198.51.100.1"));
	ok(device_ports_read(&w.call, &p));
	ok(device_port_write(&w.call, p.wired, &own, &changed));
	assert_false(changed);
	ok(device_port_write(&w.call, p.wired,
			     &(struct device_ip){.mode = DEVICE_IP_SHARED}, &changed));
	assert_true(changed && wired(&w)->shared_static_ip.v &&
		    wired(&w)->ip_sync_enabled.v && !wired(&w)->dhcp_enabled.v);
	/* The host's address now. */
	const struct ips_host_ip_settings *host =
		world_object(&w, &ips_host_ip_settings_class);
	assert_true(str_eq(wired(&w)->ip_address, host->ip_address));
	ok(device_ports_read(&w.call, &p));
	ok(device_port_write(&w.call, p.wired,
			     &(struct device_ip){.mode = DEVICE_IP_DHCP}, NULL));
	assert_true(wired(&w)->dhcp_enabled.v && !wired(&w)->shared_static_ip.v);
	world_stop(&w);
}

TEST(wrong_addresses_are_not_sent)
{
	static const struct {
		struct device_ip ip;
		const char *text;
	} rows[] = {
		{{.mode = DEVICE_IP_STATIC}, "the IP address must be"},
		{{.mode = DEVICE_IP_STATIC, .address = {"192.0.2.300", 11}},
		 "the IP address must be"},
		{{.mode = DEVICE_IP_STATIC, .address = {"192.0.2.1", 9}},
		 "the subnet mask must be"},
		{{.mode = DEVICE_IP_STATIC,
		  .address = {"192.0.2.1", 9},
		  .mask = {"255.0.255.0", 11}},
		 "one like 255.255.255.0"},
		{{.mode = DEVICE_IP_STATIC,
		  .address = {"192.0.2.1", 9},
		  .mask = {"0.0.0.0", 7}},
		 "one like 255.255.255.0"},
		{{.mode = DEVICE_IP_STATIC,
		  .address = {"192.0.2.1", 9},
		  .mask = {"255.255.255.0", 13},
		  .gateway = {"router", 6}},
		 "the gateway must be"},
		{{.mode = DEVICE_IP_STATIC,
		  .address = {"192.0.2.1", 9},
		  .mask = {"255.255.255.0", 13},
		  .secondary_dns = {"2001:db8::1", 11}},
		 "the secondary DNS server must be"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		fails(device_ip_check(&rows[i].ip), ERR_INVALID, rows[i].text);
}

TEST(wireless_port_gets_more_retransmissions)
{
	struct world w;
	struct device_ports p;

	world_start(&w, &admin);
	ok(device_ports_read(&w.call, &p));
	ok(device_port_retransmissions(&w.call, p.wireless, 7));
	const struct amt_ethernet_port_settings *s = sim_store_nth(
		&w.full->state->store, &amt_ethernet_port_settings_class, 1);
	assert_int_equal(s->console_tcp_max_retransmissions.v, 7);
	ok(device_port_retransmissions(&w.call, p.wired, 7));
	assert_int_equal(wired(&w)->console_tcp_max_retransmissions.v, 7);
	assert_true(wired(&w)->ip_address.n > 0);
	fails(device_port_retransmissions(&w.call, p.wired, 9), ERR_DEVICE,
	      "InvalidRepresentation");
	world_stop(&w);
}

/* ---- Wi-Fi ---- */

static struct device_wifi office(const struct secret *passphrase)
{
	return (struct device_wifi){.name = STR("office"),
				    .ssid = STR("corp-wlan"),
				    .priority = 1,
				    .auth = CIM_WIFI_AUTH_WPA2_PSK,
				    .encryption = CIM_WIFI_CCMP,
				    .passphrase = passphrase};
}

TEST(wifi_profiles_come_change_and_go)
{
	struct world w;
	struct secret p1 = secret_of("first & <second>"), p2 = secret_of("another one");
	struct device_wifi o = office(&p1), lab = office(&p2);
	struct device_list list;
	size_t deleted;

	lab.name = STR("lab");
	lab.ssid = STR("lab-wlan");
	lab.priority = 2;
	world_start(&w, &admin);
	ok(device_wifi_add(&w.call, &o));
	ok(device_wifi_add(&w.call, &lab));
	const struct cim_wifi_endpoint_settings *s =
		world_object(&w, &cim_wifi_endpoint_settings_class);
	assert_true(str_eqz(s->psk_pass_phrase, "first & <second>"));
	o.passphrase = &p2;
	o.priority = 9;
	ok(device_wifi_update(&w.call, &o));
	ok(device_wifi_list(&w.call, &list));
	assert_int_equal(list.n, 2);
	s = world_object(&w, &cim_wifi_endpoint_settings_class);
	assert_true(str_eqz(s->psk_pass_phrase, "another one") && s->priority.v == 9);
	ok(device_wifi_delete(&w.call, s->instance_id));
	ok(device_wifi_delete(&w.call, STR("Intel(r) AMT:WiFi Endpoint Settings none")));
	ok(device_wifi_clear(&w.call, &deleted));
	assert_int_equal(deleted, 1);
	assert_int_equal(world_count(&w, &cim_wifi_endpoint_settings_class), 0);
	world_stop(&w);
}

TEST(wifi_profile_that_collides_is_refused)
{
	struct world w;
	struct secret p = secret_of("passphrase");
	struct device_wifi o = office(&p);

	world_start(&w, &admin);
	ok(device_wifi_add(&w.call, &o));
	fails(device_wifi_add(&w.call, &o), ERR_DEVICE,
	      "Wi-Fi profile office was not added: "
	      "AMT_WiFiPortConfigurationService.AddWiFiSettings: the device answered "
	      "invalid parameter (3)");
	o.name = STR("other");
	fails(device_wifi_update(&w.call, &o), ERR_DEVICE, "invalid reference (4)");
	world_stop(&w);
}

TEST(wifi_profiles_are_checked_first)
{
	static const struct secret good = {(char *)(uintptr_t) "passphrase", 10},
				   small = {(char *)(uintptr_t) "short", 5};
	static const struct {
		struct device_wifi w;
		const char *text;
	} rows[] = {
		{{.ssid = {"x", 1}}, "a Wi-Fi profile's name"},
		{{.name = {"n", 1}}, "an SSID has 1 to 32"},
		{{.name = {"n", 1}, .ssid = {"s", 1}}, "a priority is 1 to 255"},
		{{.name = {"n", 1}, .ssid = {"s", 1}, .priority = 1, .auth = 2},
		 "no such authentication"},
		{{.name = {"n", 1},
		  .ssid = {"s", 1},
		  .priority = 1,
		  .auth = CIM_WIFI_AUTH_WPA2_PSK,
		  .encryption = CIM_WIFI_TKIP,
		  .passphrase = &good},
		 "does not fit the authentication"},
		{{.name = {"n", 1},
		  .ssid = {"s", 1},
		  .priority = 1,
		  .auth = CIM_WIFI_AUTH_WPA2_PSK,
		  .encryption = CIM_WIFI_CCMP,
		  .passphrase = &small},
		 "a passphrase has 8 to 63"},
		{{.name = {"n", 1},
		  .ssid = {"s", 1},
		  .priority = 1,
		  .auth = CIM_WIFI_AUTH_WPA2_8021X,
		  .encryption = CIM_WIFI_CCMP},
		 "needs an 802.1X profile"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		fails(device_wifi_check(&rows[i].w), ERR_INVALID, rows[i].text);
}

TEST(wifi_port_and_synchronization)
{
	struct world w;
	struct device_wifi_sync sync;
	bool changed;

	world_start(&w, &admin);
	ok(device_wifi_port_set(&w.call, CIM_WIFI_S0_SX_AC));
	const struct cim_wifi_port *p = world_object(&w, &cim_wifi_port_class);
	assert_int_equal(p->enabled_state.v, CIM_WIFI_S0_SX_AC);
	fails(device_wifi_port_set(&w.call, (enum cim_wifi_port_state)7), ERR_DEVICE,
	      "CIM_WiFiPort.RequestStateChange: the device answered invalid parameter "
	      "(5)");
	ok(device_wifi_sync_set(&w.call, &(struct device_wifi_sync){true, true},
				&changed));
	assert_true(changed);
	ok(device_wifi_sync_read(&w.call, &sync));
	assert_true(sync.local);
	ok(device_wifi_sync_set(&w.call, &sync, &changed));
	assert_false(changed);
	ok(device_wifi_sync_set(&w.call, &(struct device_wifi_sync){false, false},
				&changed));
	assert_true(changed);
	ok(device_wifi_sync_read(&w.call, &sync));
	assert_false(sync.local || sync.uefi);
	world_stop(&w);
}

/* ---- 802.1X ---- */

static struct str add_client(struct world *w, struct pki *p)
{
	unsigned char *der = NULL;
	int n = i2d_PrivateKey(p->leaf_key, &der);
	struct secret key = secret_of(base64_encode(&w->a, der, (size_t)n));
	struct str id;

	OPENSSL_free(der);
	ok(device_key_add(&w->call, &key, NULL));
	ok(device_certificate_add(&w->call, str_of(pki_base64(&w->a, p->leaf)), &id));
	return id;
}

TEST(wifi_with_8021x_refers_to_its_certificates)
{
	struct world w;
	struct pki p;
	struct device_8021x x = {.name = STR("wlan-tls"),
				 .protocol = DEVICE_8021X_TLS,
				 .username = STR("desk7$")};
	struct device_wifi o = office(NULL);

	pki_start(&p, NULL);
	world_start(&w, &admin);
	o.auth = CIM_WIFI_AUTH_WPA2_8021X;
	o.ieee8021x = &x;
	fails(device_wifi_add(&w.call, &o), ERR_INVALID, "needs a client certificate");
	x.client_certificate = add_client(&w, &p);
	ok(device_certificate_add_root(&w.call, str_of(pki_base64(&w.a, p.root)),
				       &x.ca_certificate));
	ok(device_wifi_add(&w.call, &o));
	assert_int_equal(world_count(&w, &amt_8021x_credential_context_class), 2);
	/* In use now. */
	fails(device_certificate_delete(&w.call, x.client_certificate), ERR_DEVICE,
	      "Delete of AMT_PublicKeyCertificate: e:AccessDenied");
	x.client_certificate = STR("Intel(r) AMT Certificate: Handle: 9");
	o.name = STR("second");
	o.ssid = STR("second");
	o.priority = 2;
	fails(device_wifi_add(&w.call, &o), ERR_DEVICE, "invalid reference (4)");
	world_stop(&w);
	pki_stop(&p);
}

TEST(wired_8021x_on_and_off)
{
	struct world w;
	struct pki p;
	struct secret password = secret_of("P3ap-secret");
	struct device_8021x x = {.name = STR("lan"),
				 .protocol = DEVICE_8021X_PEAP_MSCHAPV2,
				 .username = STR("desk7"),
				 .password = &password};
	const struct ips_ieee8021x_settings *s;
	bool was_on;

	pki_start(&p, NULL);
	world_start(&w, &admin);
	ok(device_8021x_off(&w.call, &was_on));
	assert_false(was_on);
	ok(device_8021x_set(&w.call, &x));
	s = world_object(&w, &ips_ieee8021x_settings_class);
	assert_int_equal(s->enabled.v, IPS_8021X_WITHOUT_CERTIFICATES);
	assert_int_equal(s->pxe_timeout.v, 120);
	assert_true(str_eqz(s->username, "desk7"));
	x.protocol = DEVICE_8021X_TLS;
	x.password = NULL;
	x.client_certificate = add_client(&w, &p);
	ok(device_certificate_add_root(&w.call, str_of(pki_base64(&w.a, p.root)),
				       &x.ca_certificate));
	ok(device_8021x_set(&w.call, &x));
	s = world_object(&w, &ips_ieee8021x_settings_class);
	assert_int_equal(s->enabled.v, IPS_8021X_WITH_CERTIFICATES);
	assert_int_equal(world_count(&w, &ips_8021x_credential_context_class), 2);
	ok(device_8021x_off(&w.call, &was_on));
	assert_true(was_on);
	s = world_object(&w, &ips_ieee8021x_settings_class);
	assert_int_equal(s->enabled.v, IPS_8021X_DISABLED);
	world_stop(&w);
	pki_stop(&p);
}

TEST(wired_8021x_is_checked_first)
{
	struct device_8021x x = {.protocol = DEVICE_8021X_PEAP_MSCHAPV2};

	fails(device_8021x_check(&x), ERR_INVALID, "needs a user name");
	x.username = STR("desk7");
	fails(device_8021x_check(&x), ERR_INVALID, "needs a password");
	x.protocol = DEVICE_8021X_FAST_TLS;
	fails(device_8021x_check(&x), ERR_INVALID, "needs a client certificate");
}

/* ---- clock ---- */

TEST(clock_is_set_to_ours)
{
	struct world w;
	int64_t t;

	world_start(&w, &admin);
	w.full->state->clock_offset_s = -86400;
	ok(device_clock_read(&w.call, &t));
	assert_in_range(clock_wall_ms() / 1000 - t, 86390, 86410);
	ok(device_clock_sync(&w.call));
	assert_true(w.full->state->clock_set);
	ok(device_clock_read(&w.call, &t));
	assert_in_range(clock_wall_ms() / 1000 - t + 5, 0, 10);
	world_stop(&w);
}

TEST(clock_of_a_device_that_is_not_set_up_is_refused)
{
	struct world w;

	world_start(&w, NULL);
	fails(device_clock_sync(&w.call), ERR_DEVICE, "AccessDenied");
	world_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_name_is_written_once),
		cmocka_unit_test(network_is_switched_on_when_it_is_not),
		cmocka_unit_test(general_settings_need_admin),
		cmocka_unit_test(ports_are_told_apart),
		cmocka_unit_test(wired_modes),
		cmocka_unit_test(wrong_addresses_are_not_sent),
		cmocka_unit_test(wireless_port_gets_more_retransmissions),
		cmocka_unit_test(wifi_profiles_come_change_and_go),
		cmocka_unit_test(wifi_profile_that_collides_is_refused),
		cmocka_unit_test(wifi_profiles_are_checked_first),
		cmocka_unit_test(wifi_port_and_synchronization),
		cmocka_unit_test(wifi_with_8021x_refers_to_its_certificates),
		cmocka_unit_test(wired_8021x_on_and_off),
		cmocka_unit_test(wired_8021x_is_checked_first),
		cmocka_unit_test(clock_is_set_to_ours),
		cmocka_unit_test(clock_of_a_device_that_is_not_set_up_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
