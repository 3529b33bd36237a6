/* SPDX-License-Identifier: Apache-2.0
 * What is in a profile is in the device afterwards, and what is not is not: each part
 * through the server and a client, checked in the virtual device's memory.
 */
#include "rps_world.h"

#include <base/json.h>
#include <net/cert.h>
#include <net/tls.h>
#include <net/tls_test.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PASSPHRASE "c0rrect <horse> & \"battery\""
#define DHCP "\"dhcpEnabled\":true"

struct scene {
	struct world w;
	struct machine m;
	const struct sim_store *store;
};

static void scene_start(struct scene *s)
{
	*s = (struct scene){0};
	world_start(&s->w, NULL);
	world_profiles(&s->w);
	machine_start(&s->w, &s->m, 1);
	s->store = &s->m.full->state->store;
}

static void scene_stop(struct scene *s)
{
	machine_stop(&s->m);
	world_stop(&s->w);
}

/* Activates with a new profile of these members (client control mode), or gives an
 * activated device that one. The final message's Network is *network (may be NULL). */
static void give(struct scene *s, const char *name, const char *more,
		 const char **network)
{
	bool fresh = s->m.full->state->mode == IPS_CONTROL_NONE;
	struct run r = {.command = arena_printf(&s->w.a, "activate --profile %s", name),
			.password = AMT_PASSWORD};

	world_profile(&s->w, name, false, more);
	succeeds(&s->w, &s->m, &r,
		 fresh ? "Client control mode." : "already enabled in client mode.");
	machine_check_activated(&s->w, &s->m, IPS_CONTROL_CLIENT);
	if (network != NULL)
		*network = status_of(&s->w, &r, "Network");
	run_end(&r);
}

/* ---- wired ---- */

static const struct amt_ethernet_port_settings *port_of(const struct scene *s, size_t n)
{
	return sim_store_nth(s->store, &amt_ethernet_port_settings_class, n);
}

TEST(ip_settings_are_dhcp_shared_or_static)
{
	struct scene s;
	const char *network;

	scene_start(&s);
	give(&s, "shared", "\"dhcpEnabled\":false", &network);
	assert_string_equal(network, "Wired Network Configured");
	const struct amt_ethernet_port_settings *p = port_of(&s, 0);
	assert_true(!p->dhcp_enabled.v && p->ip_sync_enabled.v && p->shared_static_ip.v);
	give(&s, "dhcp", DHCP ",\"ipSyncEnabled\":false", NULL);
	p = port_of(&s, 0);
	assert_true(p->dhcp_enabled.v && p->ip_sync_enabled.v && !p->shared_static_ip.v);
	/* An address of its own: the one that it has. */
	struct amt_ethernet_port_settings *own =
		sim_store_first(s.store, &amt_ethernet_port_settings_class);
	sim_text_set(&own->ip_address, STR("192.0.2.99"));
	sim_text_set(&own->subnet_mask, STR("255.255.255.0"));
	give(&s, "static", "\"dhcpEnabled\":false,\"ipSyncEnabled\":false", &network);
	assert_string_equal(network, "Wired Network Configured");
	p = port_of(&s, 0);
	assert_true(!p->dhcp_enabled.v && !p->ip_sync_enabled.v &&
		    !p->shared_static_ip.v);
	assert_true(str_eqz(p->ip_address, "192.0.2.99"));
	own = sim_store_first(s.store, &amt_ethernet_port_settings_class);
	sim_text_set(&own->ip_address, STR(""));
	give(&s, "nowhere", "\"dhcpEnabled\":false,\"ipSyncEnabled\":false", &network);
	assert_non_null(strstr(network, "IPAddress and SubnetMask are required"));
	scene_stop(&s);
}

/* ---- Wi-Fi ---- */

static void wireless(struct world *w, const char *name, int auth, int encryption,
		     const char *ssid)
{
	json_t *j = json_pack("{s:s,s:i,s:i,s:s,s:s}", "profileName", name,
			      "authenticationMethod", auth, "encryptionMethod",
			      encryption, "ssid", ssid, "pskPassphrase", PASSPHRASE);
	char *text = json_dumps(j, 0);

	world_create(w, "wirelessconfigs", text);
	free(text);
	json_decref(j);
}

static void check_wireless(const struct scene *s, const char *name, int auth,
			   int encryption, const char *ssid, int priority)
{
	const struct cim_wifi_endpoint_settings *p = sim_store_by_text(
		s->store, &cim_wifi_endpoint_settings_class, "ElementName", str_of(name));

	assert_non_null(p);
	assert_int_equal(p->authentication_method.v, auth);
	assert_int_equal(p->encryption_method.v, encryption);
	assert_int_equal(p->priority.v, priority);
	assert_true(str_eqz(p->ssid, ssid));
	assert_true(str_eqz(p->psk_pass_phrase, PASSPHRASE));
}

#define TWO_WIRELESS                                                                     \
	",\"wifiConfigs\":[{\"priority\":7,\"profileName\":\"office\"},{\"priority\":3," \
	"\"profileName\":\"legacy\"}]"

static const struct amt_wifi_port_configuration_service *sync_of(const struct scene *s)
{
	return sim_store_first(s->store, &amt_wifi_port_configuration_service_class);
}

TEST(wireless_profiles_have_their_priority_and_passphrase)
{
	struct scene s;
	const char *network;

	scene_start(&s);
	wireless(&s.w, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp <1>");
	wireless(&s.w, "legacy", CIM_WIFI_AUTH_WPA_PSK, CIM_WIFI_TKIP, "old");
	give(&s, "air", DHCP TWO_WIRELESS ",\"localWifiSyncEnabled\":false", &network);
	assert_string_equal(network, "Wired Network Configured. Wireless Configured");
	assert_int_equal(machine_count(&s.m, &cim_wifi_endpoint_settings_class), 2);
	check_wireless(&s, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp <1>",
		       7);
	check_wireless(&s, "legacy", CIM_WIFI_AUTH_WPA_PSK, CIM_WIFI_TKIP, "old", 3);
	const struct cim_wifi_port *port = sim_store_first(s.store, &cim_wifi_port_class);
	assert_int_equal(port->enabled_state.v, CIM_WIFI_S0_SX_AC);
	assert_int_equal(port_of(&s, 1)->console_tcp_max_retransmissions.v, 7);
	assert_int_equal(sync_of(&s)->local_profile_synchronization_enabled.v,
			 AMT_WIFI_SYNC_NONE);
	assert_int_equal(sync_of(&s)->uefi_wifi_profile_share_enabled.v, 0);
	scene_stop(&s);
}

TEST(wireless_sync_alone_switches_the_port_on)
{
	struct scene s;
	const char *network;

	scene_start(&s);
	give(&s, "sync",
	     DHCP ",\"localWifiSyncEnabled\":true,\"uefiWifiSyncEnabled\":true",
	     &network);
	assert_string_equal(
		network,
		"Wired Network Configured. Wireless Only Local Profile Sync Configured");
	assert_int_equal(sync_of(&s)->local_profile_synchronization_enabled.v,
			 AMT_WIFI_SYNC_UNRESTRICTED);
	assert_int_equal(sync_of(&s)->uefi_wifi_profile_share_enabled.v, 1);
	/* And off again by a profile that says so. */
	wireless(&s.w, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp");
	give(&s, "unsync",
	     DHCP ",\"localWifiSyncEnabled\":false,\"uefiWifiSyncEnabled\":false,"
		  "\"wifiConfigs\":[{\"priority\":1,\"profileName\":\"office\"}]",
	     NULL);
	assert_int_equal(sync_of(&s)->local_profile_synchronization_enabled.v,
			 AMT_WIFI_SYNC_NONE);
	assert_int_equal(sync_of(&s)->uefi_wifi_profile_share_enabled.v, 0);
	scene_stop(&s);
}

static void take_port(struct scene *s, size_t n)
{
	struct amt_ethernet_port_settings *p = sim_store_nth(
		&s->m.full->state->store, &amt_ethernet_port_settings_class, n);

	sim_text_set(&p->mac_address, STR("00-00-00-00-00-00"));
}

TEST(what_the_device_has_no_port_for_is_left_out)
{
	struct scene s;
	const char *network;

	scene_start(&s);
	wireless(&s.w, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp");
	take_port(&s, 0);
	give(&s, "air",
	     DHCP ",\"wifiConfigs\":[{\"priority\":1,\"profileName\":\"office\"}]",
	     &network);
	assert_string_equal(network, "Wireless Configured");
	check_wireless(&s, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp", 1);
	machine_stop(&s.m);
	world_stop(&s.w);
	scene_start(&s);
	wireless(&s.w, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp");
	take_port(&s, 1);
	give(&s, "wire",
	     DHCP ",\"wifiConfigs\":[{\"priority\":1,\"profileName\":\"office\"}]",
	     &network);
	assert_string_equal(network, "Wired Network Configured");
	assert_int_equal(machine_count(&s.m, &cim_wifi_endpoint_settings_class), 0);
	scene_stop(&s);
}

/* ---- proxies ---- */

static void proxy(struct world *w, const char *name, const char *address, int port)
{
	world_create(w, "proxyconfigs",
		     arena_printf(&w->a,
				  "{\"name\":\"%s\",\"address\":\"%s\",\"port\":%d,"
				  "\"networkDnsSuffix\":\"corp.example.com\"}",
				  name, address, port));
}

TEST(proxies_are_added_and_one_that_is_refused_is_named)
{
	struct scene s;
	struct run r = {.command = "activate --profile proxied"};

	scene_start(&s);
	proxy(&s.w, "far", "proxy.example.com", 8080);
	proxy(&s.w, "near", "192.0.2.8", 3128);
	world_profile(&s.w, "proxied", false,
		      DHCP ",\"proxyConfigs\":[{\"priority\":1,\"name\":\"near\"},"
			   "{\"priority\":2,\"name\":\"far\"}]");
	succeeds(&s.w, &s.m, &r, "Client control mode.");
	assert_string_equal(status_of(&s.w, &r, "Network"),
			    "Wired Network Configured. Proxy Configured");
	assert_int_equal(machine_count(&s.m, &ips_http_proxy_access_point_class), 2);
	const struct ips_http_proxy_access_point *p =
		sim_store_by_text(s.store, &ips_http_proxy_access_point_class,
				  "AccessInfo", STR("proxy.example.com"));
	assert_int_equal(p->port.v, 8080);
	assert_int_equal(p->info_format.v, 201);
	assert_true(str_eqz(p->network_dns_suffix, "corp.example.com"));
	/* The same again, where the device has no answer for the second one. */
	does(&s.w, &s.m, "deactivate --password " AMT_PASSWORD, AMT_PASSWORD,
	     "Deactivated");
	struct run failing = {.command = r.command,
			      .fault = DEVICE_FAILS,
			      .at = request_of(&r, "AddProxyAccessPoint", 2)};
	succeeds(&s.w, &s.m, &failing, "Client control mode.");
	if (strstr(status_of(&s.w, &failing, "Network"),
		   "Added proxy.example.com Proxy Configurations. Failed to add "
		   "192.0.2.8") == NULL)
		fail_msg("%s", failing.message);
	assert_int_equal(machine_count(&s.m, &ips_http_proxy_access_point_class), 1);
	run_end(&r);
	run_end(&failing);
	scene_stop(&s);
}

/* ---- TLS ---- */

/* Of base64. */
static const char *pem_of_der(struct arena *a, const char *base64)
{
	size_t n;
	const uint8_t *der = base64_decode(a, str_of(base64), &n);
	X509 *x = d2i_X509(NULL, &der, (long)n);
	const char *text = cert_pem_in(a, x);
	X509_free(x);
	return text;
}

/* What a console at the network port meets; NULL: it may speak. */
static struct err *visit(struct scene *s, const struct tls_client_config *c)
{
	struct stream *ours, *theirs, *tls;
	char answer[64];
	SSL_CTX *ctx;
	size_t n = 0;

	ok(tls_client_ctx(c, &ctx));
	SSL_CTX_set_purpose(ctx, X509_PURPOSE_ANY);
	test_pipe(1 << 20, &ours, &theirs);
	assert_int_equal(sim_full_connect(s->m.full, SIM_PORT_TLS, false,
					  STR("192.0.2.1"), theirs),
			 0);
	struct err *e = tls_connect(ours, ctx, NULL, SOON, &tls);
	SSL_CTX_free(ctx);
	if (e != NULL)
		return e;
	static const char request[] = "GET / HTTP/1.1\r\nHost: desk7\r\n\r\n";
	e = stream_write(tls, request, sizeof(request) - 1, SOON);
	if (e == NULL)
		e = stream_read(tls, answer, sizeof(answer), SOON, &n);
	if (e == NULL && (n < 5 || memcmp(answer, "HTTP/", 5) != 0))
		e = err_new(ERR_CLOSED, "no answer");
	stream_free(tls);
	return e;
}

static void check_tls(struct scene *s, const char *profile, int mode)
{
	const struct sim_state *st = s->m.full->state;
	bool plain = mode == 2 || mode == 4, mutual = mode >= 3;
	json_t *secret;
	struct device_secrets kept;
	struct err *e;

	assert_true(st->tls_network.enabled && st->tls_local.enabled && st->clock_set);
	assert_int_equal(st->tls_network.accept_plain, plain);
	assert_int_equal(st->tls_network.mutual, mutual);
	ok(device_secrets_get(s->w.secrets, s->m.guid, &s->w.a, SOON, &kept));
	struct tls_client_config c = {.ca_pem = kept.tls_certificate};
	device_secrets_fini(&kept);
	e = visit(s, &c);
	assert_int_equal(e != NULL, mutual);
	err_free(e);
	/* With the certificate that the profile has for consoles. */
	ok(secrets_get(s->w.secrets, arena_printf(&s->w.a, "TLS/%s", profile), SOON,
		       &secret));
	const json_t *leaf = json_object_get(secret, "ISSUED_CERTIFICATE");
	c.cert_pem =
		pem_of_der(&s->w.a, json_string_value(json_object_get(leaf, "certbin")));
	c.key_pem = json_string_value(json_object_get(leaf, "privateKeyBin"));
	ok(visit(s, &c));
	json_decref(secret);
}

TEST(tls_is_on_in_each_mode_and_lets_its_console_in)
{
	struct scene s;

	scene_start(&s);
	for (int mode = 1; mode <= 4; mode++) {
		char name[16], more[128];
		snprintf(name, sizeof(name), "tls%d", mode);
		snprintf(more, sizeof(more),
			 DHCP ",\"tlsMode\":%d,\"tlsSigningAuthority\":\"SelfSigned\"",
			 mode);
		give(&s, name, more, NULL);
		check_tls(&s, name, mode);
	}
	scene_stop(&s);
}

TEST(a_profile_has_cira_or_tls)
{
	struct scene s;

	scene_start(&s);
	struct answer a = rps_call(
		&s.w, "POST", "/api/v1/admin/profiles",
		"{\"profileName\":\"both\",\"activation\":\"ccmactivate\","
		"\"amtPassword\":"
		"\"" AMT_PASSWORD "\",\"dhcpEnabled\":true,\"ciraConfigName\":\"home\","
		"\"tlsMode\":1,\"tlsSigningAuthority\":\"SelfSigned\"}");
	assert_int_equal(a.status, 400);
	assert_non_null(strstr(a.text, "CIRA cannot be configured if TLS is enabled"));
	scene_stop(&s);
}

/* ---- what goes ---- */

static void check_bare(const struct scene *s)
{
	static const struct wsman_class *const gone[] = {
		&cim_wifi_endpoint_settings_class,
		&ips_http_proxy_access_point_class,
		&amt_management_presence_remote_sap_class,
		&amt_remote_access_policy_rule_class,
		&amt_public_private_key_pair_class,
		&amt_public_key_certificate_class,
		&amt_tls_credential_context_class,
	};
	const struct sim_state *st = s->m.full->state;
	const struct amt_environment_detection_setting_data *d =
		sim_store_first(s->store, &amt_environment_detection_setting_data_class);

	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		if (machine_count(&s->m, gone[i]) != 0)
			fail_msg("%zu of %s are left", machine_count(&s->m, gone[i]),
				 gone[i]->name);
	assert_false(st->tls_network.enabled || st->tls_local.enabled);
	assert_int_equal(d->detection_strings.n, 0);
}

TEST(what_a_profile_no_longer_has_is_taken_away)
{
	struct scene s;

	scene_start(&s);
	wireless(&s.w, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp");
	wireless(&s.w, "legacy", CIM_WIFI_AUTH_WPA_PSK, CIM_WIFI_TKIP, "old");
	proxy(&s.w, "near", "192.0.2.8", 3128);
	give(&s, "all",
	     DHCP TWO_WIRELESS ",\"proxyConfigs\":[{\"priority\":1,\"name\":\"near\"}],"
			       "\"tlsMode\":2,\"tlsSigningAuthority\":\"SelfSigned\"",
	     NULL);
	assert_true(s.m.full->state->tls_network.enabled);
	/* By CIRA, then by nothing. */
	does(&s.w, &s.m, "activate --profile ccm", AMT_PASSWORD,
	     "already enabled in client mode.");
	assert_false(s.m.full->state->tls_network.enabled);
	assert_int_equal(machine_count(&s.m, &cim_wifi_endpoint_settings_class), 0);
	assert_int_equal(machine_count(&s.m, &ips_http_proxy_access_point_class), 0);
	assert_int_equal(machine_count(&s.m, &amt_management_presence_remote_sap_class),
			 1);
	give(&s, "bare", DHCP, NULL);
	check_bare(&s);
	scene_stop(&s);
}

/* ---- features ---- */

static void check_features(const struct scene *s, bool kvm, int64_t redirection,
			   int64_t consent)
{
	const struct amt_redirection_service *r =
		sim_store_first(s->store, &amt_redirection_service_class);
	const struct cim_kvm_redirection_sap *k =
		sim_store_first(s->store, &cim_kvm_redirection_sap_class);
	const struct ips_opt_in_service *o =
		sim_store_first(s->store, &ips_opt_in_service_class);

	assert_int_equal(r->enabled_state.v, redirection);
	assert_int_equal(r->listener_enabled.v, kvm || redirection != 32768);
	assert_int_equal(k->enabled_state.v == 2 || k->enabled_state.v == 6, kvm);
	assert_int_equal(o->opt_in_required.v, consent);
}

TEST(features_are_as_the_profile_says_in_each_combination)
{
	static const char *const consents[] = {"None", "KVM", "All"};
	static const int64_t values[] = {IPS_OPT_IN_NONE, IPS_OPT_IN_KVM, IPS_OPT_IN_ALL};
	struct scene s;

	scene_start(&s);
	for (int i = 0; i < 8; i++) {
		bool kvm = i & 1, sol = i & 2, ider = i & 4;
		char name[16], command[48];
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(command, sizeof(command), "activate --profile %s", name);
		world_profile(&s.w, name, true,
			      arena_printf(&s.w.a,
					   DHCP
					   ",\"kvmEnabled\":%s,\"solEnabled\":%s,"
					   "\"iderEnabled\":%s,\"userConsent\":\"%s\"",
					   kvm ? "true" : "false", sol ? "true" : "false",
					   ider ? "true" : "false", consents[i % 3]));
		does(&s.w, &s.m, command, AMT_PASSWORD,
		     i == 0 ? "Activated to admin control mode."
			    : "already enabled in admin mode.");
		check_features(&s, kvm, 32768 + ider + 2 * sol, values[i % 3]);
	}
	scene_stop(&s);
}

/* ---- on the way to admin control mode ---- */

TEST(an_upgrade_brings_the_new_profiles_parts)
{
	struct scene s;

	scene_start(&s);
	wireless(&s.w, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp");
	give(&s, "first",
	     DHCP ",\"wifiConfigs\":[{\"priority\":1,\"profileName\":\"office\"}]", NULL);
	world_profile(&s.w, "second", true,
		      DHCP ",\"ciraConfigName\":\"home\",\"userConsent\":\"None\","
			   "\"kvmEnabled\":true");
	does(&s.w, &s.m, "activate --profile second", AMT_PASSWORD,
	     "Upgraded to admin control mode.");
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_ADMIN);
	assert_int_equal(machine_count(&s.m, &cim_wifi_endpoint_settings_class), 0);
	assert_int_equal(machine_count(&s.m, &amt_management_presence_remote_sap_class),
			 1);
	check_features(&s, true, 32768, IPS_OPT_IN_NONE);
	scene_stop(&s);
}

/* ---- firmware that takes TLS alone ---- */

static void tls_only_start(struct scene *s, char path[64])
{
	char setting[128];
	const char *settings[] = {setting, NULL};

	*s = (struct scene){0};
	snprintf(path, 64, "/tmp/ob-rps-profile-%d.pem", (int)getpid());
	snprintf(setting, sizeof(setting), "rps.odca_root_file=%s", path);
	world_start(&s->w, settings);
	world_profiles(&s->w);
	machine_start_tls(&s->w, &s->m, 1);
	s->store = &s->m.full->state->store;
	FILE *f = fopen(path, "w");
	assert_int_equal(PEM_write_X509(f, s->m.full->state->on_die.root), 1);
	fclose(f);
}

TEST(tls_only_firmware_gets_wireless_and_is_configured_again)
{
	char path[64];
	struct scene s;

	tls_only_start(&s, path);
	wireless(&s.w, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp");
	world_profile(&s.w, "air", true,
		      DHCP
		      ",\"ciraConfigName\":\"home\",\"wifiConfigs\":[{\"priority\":1,"
		      "\"profileName\":\"office\"}]");
	does(&s.w, &s.m, "activate --profile air", NULL,
	     "Activated to admin control mode.");
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_ADMIN);
	check_wireless(&s, "office", CIM_WIFI_AUTH_WPA2_PSK, CIM_WIFI_CCMP, "corp", 1);
	assert_int_equal(machine_count(&s.m, &amt_management_presence_remote_sap_class),
			 1);
	world_profile(&s.w, "bare", true, DHCP);
	does(&s.w, &s.m, "activate --profile bare", AMT_PASSWORD,
	     "already enabled in admin mode.");
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_ADMIN);
	assert_int_equal(machine_count(&s.m, &cim_wifi_endpoint_settings_class), 0);
	assert_int_equal(machine_count(&s.m, &amt_management_presence_remote_sap_class),
			 0);
	unlink(path);
	scene_stop(&s);
}

/* A new certificate each time, in the old one's place; the mode as the profile says. */
TEST(tls_only_firmware_gets_another_certificate_with_another_profile)
{
	static const int modes[] = {1, 3, 1};
	char path[64], last[SIM_HANDLE_SIZE] = "";
	struct scene s;

	tls_only_start(&s, path);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		const char *name = arena_printf(&s.w.a, "tls%zu", i);
		const char *command = arena_printf(&s.w.a, "activate --profile %s", name);
		struct run r = {.command = command, .password = AMT_PASSWORD};
		world_profile(&s.w, name, true,
			      arena_printf(&s.w.a,
					   DHCP ",\"tlsMode\":%d,\"tlsSigningAuthority\":"
						"\"SelfSigned\"",
					   modes[i]));
		succeeds(&s.w, &s.m, &r,
			 i == 0 ? "Activated to admin control mode."
				: "already enabled in admin mode.");
		assert_string_equal(status_of(&s.w, &r, "TLSConfiguration"),
				    "Configured");
		check_tls(&s, name, modes[i]);
		assert_string_not_equal(s.m.full->state->tls_certificate, last);
		strcpy(last, s.m.full->state->tls_certificate);
		run_end(&r);
	}
	does(&s.w, &s.m, "activate --profile tls0", AMT_PASSWORD,
	     "already enabled in admin mode.");
	assert_int_equal(machine_count(&s.m, &amt_public_private_key_pair_class), 2);
	unlink(path);
	scene_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip_settings_are_dhcp_shared_or_static),
		cmocka_unit_test(wireless_profiles_have_their_priority_and_passphrase),
		cmocka_unit_test(wireless_sync_alone_switches_the_port_on),
		cmocka_unit_test(what_the_device_has_no_port_for_is_left_out),
		cmocka_unit_test(proxies_are_added_and_one_that_is_refused_is_named),
		cmocka_unit_test(tls_is_on_in_each_mode_and_lets_its_console_in),
		cmocka_unit_test(a_profile_has_cira_or_tls),
		cmocka_unit_test(what_a_profile_no_longer_has_is_taken_away),
		cmocka_unit_test(features_are_as_the_profile_says_in_each_combination),
		cmocka_unit_test(an_upgrade_brings_the_new_profiles_parts),
		cmocka_unit_test(tls_only_firmware_gets_wireless_and_is_configured_again),
		cmocka_unit_test(
			tls_only_firmware_gets_another_certificate_with_another_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
