/* SPDX-License-Identifier: Apache-2.0
 * Calling home, and proxies on the way.
 */
#include "world.h"

#include "pki.h"
#include <device/certificates.h>
#include <device/proxy.h>
#include <device/remote_access.h>

static const struct world_options admin = {.mode = IPS_CONTROL_ADMIN};
static const struct secret mps_password = {(char *)(uintptr_t) "Mps-P@ss1", 9};

static struct device_mps server(const char *address)
{
	return (struct device_mps){.address = str_of(address),
				   .port = 4433,
				   .username = STR("admin"),
				   .password = &mps_password,
				   .common_name = STR("mps.example.com")};
}

TEST(cira_is_configured_and_removed)
{
	struct world w;
	struct pki p;
	struct device_mps m = server("127.0.0.9");
	size_t removed;

	pki_start(&p, NULL);
	world_start(&w, &admin);
	struct str home = device_detection_nowhere(&w.a);
	ok(device_mps_configure(&w.call, &m, str_of(pki_base64(&w.a, p.root)), &home, 1));
	const struct amt_management_presence_remote_sap *s =
		world_object(&w, &amt_management_presence_remote_sap_class);
	assert_true(str_eqz(s->access_info, "127.0.0.9") && s->port.v == 4433 &&
		    s->info_format.v == AMT_INFO_IPV4 &&
		    str_eqz(s->cn, "mps.example.com"));
	const struct amt_mps_username_password *u =
		world_object(&w, &amt_mps_username_password_class);
	assert_true(str_eqz(u->remote_id, "admin") && str_eqz(u->secret, "Mps-P@ss1"));
	assert_int_equal(world_count(&w, &amt_remote_access_policy_rule_class), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct amt_remote_access_policy_rule *r = sim_store_nth(
			&w.full->state->store, &amt_remote_access_policy_rule_class, i);
		const struct amt_remote_access_policy_applies_to_mps *t =
			sim_store_nth(&w.full->state->store,
				      &amt_remote_access_policy_applies_to_mps_class, i);
		assert_int_equal(t->mps_type.v, AMT_MPS_BOTH);
		if (r->trigger.v == AMT_TRIGGER_PERIODIC)
			assert_true(str_eqz(r->extended_data, "AAAAAAAAABk=") &&
				    r->tunnel_life_time.v == 0);
		else
			assert_true(r->trigger.v == AMT_TRIGGER_USER &&
				    r->tunnel_life_time.v == 300);
	}
	const struct amt_environment_detection_setting_data *d =
		world_object(&w, &amt_environment_detection_setting_data_class);
	assert_true(d->detection_strings.n == 1 &&
		    str_eq(d->detection_strings.v[0], home));
	/* Once more without removing the first. */
	fails(device_mps_configure(&w.call, &m, str_of(pki_base64(&w.a, p.root)), &home,
				   1),
	      ERR_DEVICE,
	      "AMT_RemoteAccessService.AddMpServer: the device answered DUPLICATE "
	      "(2058)");
	ok(device_mps_remove(&w.call, &removed));
	assert_int_equal(removed, 1);
	ok(device_detection_set(&w.call, NULL, 0));
	d = world_object(&w, &amt_environment_detection_setting_data_class);
	assert_int_equal(d->detection_strings.n, 0);
	ok(device_mps_remove(&w.call, &removed));
	assert_int_equal(removed, 0);
	ok(device_mps_configure(&w.call, &m, str_of(pki_base64(&w.a, p.root)), &home, 1));
	world_stop(&w);
	pki_stop(&p);
}

TEST(server_with_a_policy_is_not_deleted_before_it)
{
	struct world w;
	struct device_mps m = server("mps.example.com");
	struct str name;

	world_start(&w, &admin);
	ok(device_mps_add(&w.call, &m, &name));
	assert_true(str_eqz(name, "Intel(r) AMT:Management Presence Server 0"));
	ok(device_mps_policies(&w.call, &m, name));
	struct wsman_epr by =
		device_epr(&w.a, &amt_management_presence_remote_sap_class, "Name", name);
	fails(device_delete(&w.call, &amt_management_presence_remote_sap_class, &by),
	      ERR_DEVICE, "e:AccessDenied");
	fails(device_mps_policies(&w.call, &m, name), ERR_DEVICE,
	      "AddRemoteAccessPolicyRule: the device answered DUPLICATE (2058)");
	fails(device_mps_policies(&w.call, &m, STR("none")), ERR_DEVICE,
	      "INVALID_PARAMETER (36)");
	world_stop(&w);
}

TEST(user_initiated_connections)
{
	struct world w;
	const struct amt_user_initiated_connection_service *s;

	world_start(&w, &admin);
	ok(device_mps_user_initiated(&w.call, AMT_USER_INITIATED_NONE));
	s = world_object(&w, &amt_user_initiated_connection_service_class);
	assert_int_equal(s->enabled_state.v, AMT_USER_INITIATED_NONE);
	fails(device_mps_user_initiated(&w.call, (enum amt_user_initiated)1), ERR_DEVICE,
	      "invalid parameter (5)");
	world_stop(&w);
}

TEST(address_formats)
{
	assert_int_equal(device_address_format(STR("192.0.2.1")), AMT_INFO_IPV4);
	assert_int_equal(device_address_format(STR("2001:db8::1")), AMT_INFO_IPV6);
	assert_int_equal(device_address_format(STR("mps.example.com")), AMT_INFO_FQDN);
	assert_int_equal(device_address_format(STR("192.0.2.300")), AMT_INFO_FQDN);
	assert_int_equal(
		device_address_format(
			STR("a-name-that-is-much-longer-than-any-address.example.com")),
		AMT_INFO_FQDN);
}

TEST(servers_and_domains_are_checked_first)
{
	struct world w;
	struct device_mps m = server("");
	struct str domains[6] = {STR("a"), STR("b"), STR("c"),
				 STR("d"), STR("e"), STR("f")};

	fails(device_mps_check(&m), ERR_INVALID, "an MPS address has 1 to 256");
	m = server("mps");
	m.port = 0;
	fails(device_mps_check(&m), ERR_INVALID, "an MPS port is 1 to 65535");
	m = server("mps");
	m.username = STR("");
	fails(device_mps_check(&m), ERR_INVALID, "an MPS user name");
	m = server("mps");
	m.password = NULL;
	fails(device_mps_check(&m), ERR_INVALID, "an MPS password");
	world_start(&w, &admin);
	fails(device_detection_set(&w.call, domains, 6), ERR_INVALID,
	      "at most 5 domains");
	domains[0] = STR("");
	fails(device_detection_set(&w.call, domains, 1), ERR_INVALID,
	      "1 to 190 characters");
	assert_int_equal(w.opened, 0);
	world_stop(&w);
}

/* ---- proxies ---- */

TEST(proxies_come_and_go)
{
	struct world w;
	struct device_proxy p = {STR("proxy.example.com"), 8080, STR("corp.example.com")},
			    q = {STR("192.0.2.7"), 3128, STR("lab.example.com")};
	struct device_list list;
	size_t deleted;

	world_start(&w, &admin);
	ok(device_proxy_add(&w.call, &p));
	fails(device_proxy_add(&w.call, &p), ERR_CONFLICT,
	      "the device has the proxy proxy.example.com already");
	ok(device_proxy_add(&w.call, &q));
	ok(device_proxy_list(&w.call, &list));
	assert_int_equal(list.n, 2);
	const struct ips_http_proxy_access_point *a = list.v[1];
	assert_int_equal(a->info_format.v, AMT_INFO_IPV4);
	ok(device_proxy_delete(&w.call, a->name));
	ok(device_proxy_delete(&w.call, STR("Intel(r) ME:HTTP Proxy Access Point 9")));
	ok(device_proxy_clear(&w.call, &deleted));
	assert_int_equal(deleted, 1);
	ok(device_proxy_list(&w.call, &list));
	assert_int_equal(list.n, 0);
	p.suffix = STR("");
	fails(device_proxy_add(&w.call, &p), ERR_INVALID, "network DNS suffix");
	p.port = 0;
	fails(device_proxy_add(&w.call, &p), ERR_INVALID, "port is 1 to 65535");
	p.address = STR("");
	fails(device_proxy_add(&w.call, &p), ERR_INVALID, "address has 1 to 256");
	world_stop(&w);
}

TEST(proxies_have_a_limit)
{
	struct world w;

	world_start(&w, &admin);
	for (unsigned i = 0; i <= 15; i++) {
		struct device_proxy p = {
			str_of(arena_printf(&w.a, "proxy%u.example.com", i)), 8080,
			STR("corp.example.com")};
		struct err *e = device_proxy_add(&w.call, &p);
		if (i < 15)
			ok(e);
		else
			fails(e, ERR_DEVICE,
			      "IPS_HTTPProxyService.AddProxyAccessPoint: the device "
			      "answered MAX_LIMIT_REACHED (23)");
	}
	world_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cira_is_configured_and_removed),
		cmocka_unit_test(server_with_a_policy_is_not_deleted_before_it),
		cmocka_unit_test(user_initiated_connections),
		cmocka_unit_test(address_formats),
		cmocka_unit_test(servers_and_domains_are_checked_first),
		cmocka_unit_test(proxies_come_and_go),
		cmocka_unit_test(proxies_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
