/* SPDX-License-Identifier: Apache-2.0
 * Set-up: client and admin control mode, their change and their end, and all that
 * firmware refuses.
 */
#include "world.h"

#include "pki.h"
#include <base/encode.h>
#include <device/admin.h>
#include <device/setup.h>

#define NEW_PASSWORD "N3w!P@ssw0rd"

static int mode(struct world *w)
{
	return w->full->state->mode;
}

static struct str realm_of(struct world *w)
{
	struct str realm;

	ok(device_setup_realm(&w->call, &realm));
	return realm;
}

static struct activation_cert open_cert(struct world *w, struct str file)
{
	struct activation_cert c;
	struct secret password = secret_of(PKI_PASSWORD);

	ok(activation_cert_open(&c, file, &password, &w->a, SOON, NULL));
	return c;
}

/* ---- client control mode ---- */

TEST(client_mode_is_entered_and_the_password_is_admins)
{
	struct world w;
	struct secret password = secret_of(NEW_PASSWORD);
	struct device_setup s;

	world_start(&w, NULL);
	ok(device_setup_read(&w.call, &s));
	assert_int_equal(s.mode, IPS_CONTROL_NONE);
	assert_true(s.client_allowed && s.admin_allowed);
	assert_int_equal(s.nonce.n, 20);
	ok(device_setup_client(&w.call, realm_of(&w), &password));
	assert_int_equal(mode(&w), IPS_CONTROL_CLIENT);
	/* From the network, with the new password, on a new connection. */
	w.local = false;
	world_again(&w);
	ok(device_setup_read(&w.call, &s));
	assert_int_equal(s.mode, IPS_CONTROL_CLIENT);
	enum amt_provisioning_state state;
	enum ips_control_mode m;
	ok(device_setup_state(&w.call, &state, &m));
	assert_int_equal(state, AMT_PROVISIONING_POST);
	assert_int_equal(m, IPS_CONTROL_CLIENT);
	world_stop(&w);
}

TEST(client_mode_twice_is_an_invalid_state)
{
	struct world w;
	struct secret password = secret_of(NEW_PASSWORD);

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_CLIENT});
	world_as_host(&w);
	fails(device_setup_client(&w.call, realm_of(&w), &password), ERR_DEVICE,
	      "IPS_HostBasedSetupService.Setup: the device answered invalid state (2)");
	assert_int_equal(w.call.return_value, 2);
	world_stop(&w);
}

TEST(client_mode_that_is_disabled_is_refused)
{
	struct world w;
	struct secret password = secret_of(NEW_PASSWORD);
	struct device_setup s;

	world_start(&w, NULL);
	w.full->state->client_mode_disabled = true;
	ok(device_setup_read(&w.call, &s));
	assert_false(s.client_allowed);
	fails(device_setup_client(&w.call, realm_of(&w), &password), ERR_DEVICE,
	      "method disabled (4)");
	world_stop(&w);
}

TEST(lost_answer_of_setup_is_looked_up)
{
	struct world w;
	struct secret password = secret_of(NEW_PASSWORD);
	struct str realm;

	world_start(&w, NULL);
	realm = realm_of(&w);
	/* The answer is cut; the device is set up nevertheless. */
	w.full->faults.reset = true;
	w.call.until = deadline_in(3000);
	struct err *e = device_setup_client(&w.call, realm, &password);
	w.full->faults.reset = false;
	assert_int_equal(mode(&w), IPS_CONTROL_CLIENT);
	/* All answers are cut: it cannot be known. */
	assert_non_null(e);
	err_free(e);
	w.call.until = SOON;
	enum ips_control_mode m;
	ok(device_setup_wait(&w.call, &m));
	assert_int_equal(m, IPS_CONTROL_CLIENT);
	world_stop(&w);
}

static void heal(void *arg)
{
	struct world *w = arg;

	while (w->full->state->mode == IPS_CONTROL_NONE)
		ok(fiber_sleep_ms(1));
	ok(fiber_sleep_ms(20));
	w->full->faults.reset = false;
}

TEST(lost_answer_of_setup_is_success_when_the_mode_says_so)
{
	struct world w;
	struct secret password = secret_of(NEW_PASSWORD);
	struct fiber_group g;
	struct str realm;

	world_start(&w, NULL);
	realm = realm_of(&w);
	fiber_group_init(&g);
	w.full->faults.reset = true;
	fiber_spawn(&g, "heal", heal, &w);
	ok(device_setup_client(&w.call, realm, &password));
	fiber_group_join(&g, false);
	assert_int_equal(mode(&w), IPS_CONTROL_CLIENT);
	world_stop(&w);
}

TEST(wrong_local_password_is_named)
{
	struct world w;
	struct device_setup s;

	world_start(&w, NULL);
	world_as(&w, SIM_LOCAL_USER, "wrong");
	fails(device_setup_read(&w.call, &s), ERR_DEVICE, "wrong AMT password");
	world_stop(&w);
}

/* ---- admin control mode ---- */

TEST(admin_mode_is_entered_with_a_good_chain)
{
	struct world w;
	struct pki p;
	struct secret password = secret_of(NEW_PASSWORD), mebx = secret_of("Mebx-P@ss1");
	struct activation_cert cert;

	pki_start(&p, NULL);
	world_start(&w, &(struct world_options){.trust = p.root_sha256});
	cert = open_cert(&w, pki_file(&p, &w.a));
	assert_int_equal(cert.n, 3);
	ok(activation_cert_usable(&cert, clock_wall_ms()));
	assert_true(activation_cert_trusted(&cert, &(struct str){p.root_sha256, 64}, 1));
	ok(device_setup_admin(&w.call, realm_of(&w), &password, &cert));
	assert_int_equal(mode(&w), IPS_CONTROL_ADMIN);
	w.local = false;
	world_again(&w);
	ok(device_setup_mebx(&w.call, &mebx));
	assert_true(sim_state_mebx_is(w.full->state, STR("Mebx-P@ss1")));
	activation_cert_fini(&cert);
	world_stop(&w);
	pki_stop(&p);
}

TEST(admin_mode_refusals)
{
	static const struct {
		struct pki_options pki;
		bool untrusted;
		const char *suffix;
		const char *text;
	} rows[] = {
		{/* untrusted root */ {0}, true, NULL,
		 "certificate 3 of 3 (leaf first) was refused: "
		 "IPS_HostBasedSetupService.AddNextCertInChain: the device answered "
		 "certificate verification failed (4)"},
		{/* wrong suffix */ {.cn = "rps.other.example"}, false, NULL,
		 "certificate 1 of 3 (leaf first) was refused"},
		{/* device of another suffix */ {0}, false, "elsewhere.example",
		 "certificate 1 of 3"},
		{/* no usage */ {.usage = "serverAuth"}, false, NULL,
		 "certificate 1 of 3"},
		{/* expired */ {.from_days = -9, .to_days = -3}, false, NULL,
		 "certificate 1 of 3"},
		{/* not yet valid */ {.from_days = 1, .to_days = 2}, false, NULL,
		 "certificate 1 of 3"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		struct pki p;
		struct secret password = secret_of(NEW_PASSWORD);

		pki_start(&p, &rows[i].pki);
		world_start(&w, &(struct world_options){
					.trust = rows[i].untrusted ? NULL : p.root_sha256,
					.suffix = rows[i].suffix});
		struct activation_cert cert = open_cert(&w, pki_file(&p, &w.a));
		fails(device_setup_admin(&w.call, realm_of(&w), &password, &cert),
		      ERR_DEVICE, rows[i].text);
		assert_int_equal(mode(&w), IPS_CONTROL_NONE);
		/* Who failed is still the host's account. */
		struct device_setup s;
		ok(device_setup_read(&w.call, &s));
		assert_int_equal(s.chain, IPS_CERT_CHAIN_NONE);
		activation_cert_fini(&cert);
		world_stop(&w);
		pki_stop(&p);
	}
}

TEST(signature_of_another_key_is_refused)
{
	struct world w;
	struct pki p;
	struct secret password = secret_of(NEW_PASSWORD);

	pki_start(&p, NULL);
	world_start(&w, &(struct world_options){.trust = p.root_sha256});
	struct activation_cert cert = open_cert(&w, pki_file(&p, &w.a));
	EVP_PKEY_free(cert.key);
	EVP_PKEY_up_ref(p.ca_key);
	cert.key = p.ca_key;
	fails(device_setup_admin(&w.call, realm_of(&w), &password, &cert), ERR_DEVICE,
	      "AdminSetup: the device answered authentication failed (5)");
	assert_int_equal(mode(&w), IPS_CONTROL_NONE);
	activation_cert_fini(&cert);
	world_stop(&w);
	pki_stop(&p);
}

TEST(admin_mode_of_a_device_in_admin_mode_is_an_invalid_state)
{
	struct world w;
	struct pki p;
	struct secret password = secret_of(NEW_PASSWORD);

	pki_start(&p, NULL);
	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN,
						.trust = p.root_sha256});
	world_as_host(&w);
	struct activation_cert cert = open_cert(&w, pki_file(&p, &w.a));
	fails(device_setup_admin(&w.call, realm_of(&w), &password, &cert), ERR_DEVICE,
	      "invalid state (3)");
	activation_cert_fini(&cert);
	world_stop(&w);
	pki_stop(&p);
}

TEST(client_mode_is_upgraded)
{
	struct world w;
	struct pki p;

	pki_start(&p, NULL);
	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_CLIENT,
						.trust = p.root_sha256});
	struct activation_cert cert = open_cert(&w, pki_file(&p, &w.a));
	ok(device_setup_upgrade(&w.call, &cert));
	assert_int_equal(mode(&w), IPS_CONTROL_ADMIN);
	/* The password stays. */
	world_again(&w);
	struct device_setup s;
	ok(device_setup_read(&w.call, &s));
	fails(device_setup_upgrade(&w.call, &cert), ERR_DEVICE, "invalid state (3)");
	activation_cert_fini(&cert);
	world_stop(&w);
	pki_stop(&p);
}

TEST(upgrade_without_trust_leaves_client_mode)
{
	struct world w;
	struct pki p;

	pki_start(&p, NULL);
	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_CLIENT});
	struct activation_cert cert = open_cert(&w, pki_file(&p, &w.a));
	fails(device_setup_upgrade(&w.call, &cert), ERR_DEVICE,
	      "admin control mode was not entered: certificate 3 of 3");
	assert_int_equal(mode(&w), IPS_CONTROL_CLIENT);
	activation_cert_fini(&cert);
	world_stop(&w);
	pki_stop(&p);
}

/* ---- MEBx, admin's password ---- */

TEST(mebx_password_is_checked_before_it_is_sent)
{
	static const char *const weak[] = {
		"Sh0rt!",     "nouppercase1!", "NOLOWERCASE1!",
		"NoDigits!!", "NoSpecial11",   "Much-T00-Long-For-MEBx-Passwords-!"};
	struct world w;

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN});
	for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
		struct secret s = secret_of(weak[i]);
		fails(device_setup_mebx(&w.call, &s), ERR_INVALID, "8 to 32 characters");
	}
	assert_int_equal(w.opened, 0);
	world_stop(&w);
}

TEST(mebx_password_in_client_mode_is_not_permitted)
{
	struct world w;
	struct secret s = secret_of("Mebx-P@ss1");

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_CLIENT});
	fails(device_setup_mebx(&w.call, &s), ERR_DEVICE,
	      "AMT_SetupAndConfigurationService.SetMEBxPassword: the device answered "
	      "NOT_PERMITTED (16)");
	assert_int_equal(w.call.return_value, 16);
	world_stop(&w);
}

TEST(admins_password_is_changed)
{
	struct world w;
	struct secret s = secret_of(NEW_PASSWORD);
	struct device_setup now;

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN});
	ok(device_admin_password(&w.call, realm_of(&w), &s));
	world_again(&w);
	ok(device_setup_read(&w.call, &now));
	world_as(&w, "admin", WORLD_PASSWORD);
	fails(device_setup_read(&w.call, &now), ERR_DEVICE, "wrong AMT password");
	world_stop(&w);
}

TEST(admins_password_over_a_wrong_realm_locks_nobody_out_unseen)
{
	struct world w;
	struct device_setup now;
	struct secret s = secret_of(NEW_PASSWORD);

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN});
	world_as(&w, "admin", "wrong");
	fails(device_admin_password(&w.call,
				    STR("Digest:00112233445566778899aabbccddeeff"), &s),
	      ERR_DEVICE, "admin's password was not changed: wrong AMT password");
	world_as(&w, "admin", WORLD_PASSWORD);
	ok(device_setup_read(&w.call, &now));
	world_stop(&w);
}

/* ---- the end ---- */

TEST(unprovision_goes_back_to_factory)
{
	for (int m = IPS_CONTROL_CLIENT; m <= IPS_CONTROL_ADMIN; m++) {
		struct world w;

		world_start(&w, &(struct world_options){.mode = m});
		ok(device_unprovision(&w.call));
		assert_int_equal(mode(&w), IPS_CONTROL_NONE);
		assert_false(w.full->state->admin_set);
		world_stop(&w);
	}
}

TEST(partial_unprovision_keeps_admin)
{
	struct world w;

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN});
	ok(device_unprovision_partial(&w.call));
	assert_int_equal(mode(&w), IPS_CONTROL_NONE);
	assert_true(w.full->state->admin_set);
	world_stop(&w);
}

TEST(unprovision_before_set_up_is_not_permitted)
{
	struct world w;

	world_start(&w, NULL);
	fails(device_unprovision(&w.call), ERR_DEVICE, "NOT_PERMITTED (16)");
	world_stop(&w);
}

TEST(unprovision_with_a_wrong_password_is_an_error)
{
	struct world w;

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN});
	world_as(&w, "admin", "wrong");
	fails(device_unprovision(&w.call), ERR_DEVICE, "wrong AMT password");
	assert_int_equal(mode(&w), IPS_CONTROL_ADMIN);
	world_stop(&w);
}

TEST(commit_with_what_is_missing)
{
	struct world w;

	world_start(&w, &(struct world_options){.mode = IPS_CONTROL_ADMIN});
	ok(device_setup_commit(&w.call));
	struct amt_tls_setting_data *t =
		sim_store_first(&w.full->state->store, &amt_tls_setting_data_class);
	t->enabled = sim_num(1);
	fails(device_setup_commit(&w.call), ERR_DEVICE,
	      "CommitChanges: the device "
	      "answered DATA_MISSING (2057)");
	assert_int_equal(w.call.return_value, 2057);
	world_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_mode_is_entered_and_the_password_is_admins),
		cmocka_unit_test(client_mode_twice_is_an_invalid_state),
		cmocka_unit_test(client_mode_that_is_disabled_is_refused),
		cmocka_unit_test(lost_answer_of_setup_is_looked_up),
		cmocka_unit_test(lost_answer_of_setup_is_success_when_the_mode_says_so),
		cmocka_unit_test(wrong_local_password_is_named),
		cmocka_unit_test(admin_mode_is_entered_with_a_good_chain),
		cmocka_unit_test(admin_mode_refusals),
		cmocka_unit_test(signature_of_another_key_is_refused),
		cmocka_unit_test(
			admin_mode_of_a_device_in_admin_mode_is_an_invalid_state),
		cmocka_unit_test(client_mode_is_upgraded),
		cmocka_unit_test(upgrade_without_trust_leaves_client_mode),
		cmocka_unit_test(mebx_password_is_checked_before_it_is_sent),
		cmocka_unit_test(mebx_password_in_client_mode_is_not_permitted),
		cmocka_unit_test(admins_password_is_changed),
		cmocka_unit_test(
			admins_password_over_a_wrong_realm_locks_nobody_out_unseen),
		cmocka_unit_test(unprovision_goes_back_to_factory),
		cmocka_unit_test(partial_unprovision_keeps_admin),
		cmocka_unit_test(unprovision_before_set_up_is_not_permitted),
		cmocka_unit_test(unprovision_with_a_wrong_password_is_an_error),
		cmocka_unit_test(commit_with_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
