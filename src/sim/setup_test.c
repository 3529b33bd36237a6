/* SPDX-License-Identifier: Apache-2.0
 * Set-up of full devices: who may do what in which mode, host-based set-up with real
 * certificates, its end.
 */
#include <sim/full_test.h>

#define HOST &ips_host_based_setup_service_class
#define SERVICE &amt_setup_and_configuration_service_class
#define HA1 "00112233445566778899aabbccddeeff"

#define METHOD(name) &ips_host_based_setup_service_##name##_method
#define EKU "serverAuth,2.16.840.1.113741.1.2.3"

static int64_t call_setup(struct full_fixture *f, int type, const char *hash)
{
	struct ips_host_based_setup_service_setup_in in = {
		.net_admin_pass_encryption_type = {true, type},
		.network_admin_password = str_of(hash)};

	return full_invoke(f, HOST, METHOD(setup), &in, NULL);
}

static int64_t call_unprovision(struct full_fixture *f, int mode)
{
	struct amt_setup_and_configuration_service_unprovision_in in = {
		.provisioning_mode = {true, mode}};

	return full_invoke(f, SERVICE,
			   &amt_setup_and_configuration_service_unprovision_method, &in,
			   NULL);
}

static int64_t call_mebx(struct full_fixture *f, const char *password)
{
	struct amt_setup_and_configuration_service_set_mebx_password_in in = {
		.password = str_of(password)};

	return full_invoke(f, SERVICE,
			   &amt_setup_and_configuration_service_set_mebx_password_method,
			   &in, NULL);
}

static int64_t plain(struct full_fixture *f, const struct wsman_class *c,
		     const struct wsman_method *m)
{
	return full_invoke(f, c, m, NULL, NULL);
}

static int64_t get_of(struct full_fixture *f, const struct wsman_class *c)
{
	return *full_fault(f, WSMAN_GET, c, NULL, NULL) == '\0' ? 0 : -1;
}

/* ---- operations x modes ---- */

static int64_t op_setup(struct full_fixture *f)
{
	return call_setup(f, 2, HA1);
}
static int64_t op_setup_type(struct full_fixture *f)
{
	return call_setup(f, 1, HA1);
}
static int64_t op_setup_hash(struct full_fixture *f)
{
	return call_setup(f, 2, "0011");
}
static int64_t op_admin(struct full_fixture *f)
{
	struct ips_host_based_setup_service_admin_setup_in in = {
		.net_admin_pass_encryption_type = {true, 2},
		.network_admin_password = STR(HA1)};
	return full_invoke(f, HOST, METHOD(admin_setup), &in, NULL);
}
static int64_t op_upgrade(struct full_fixture *f)
{
	return plain(f, HOST, METHOD(upgrade_client_to_admin));
}
static int64_t op_next(struct full_fixture *f)
{
	return plain(f, HOST, METHOD(add_next_cert_in_chain));
}
static int64_t op_disable(struct full_fixture *f)
{
	return plain(f, HOST, METHOD(disable_client_control_mode));
}
static int64_t op_unprovision(struct full_fixture *f)
{
	return call_unprovision(f, 1);
}
static int64_t op_unprovision_0(struct full_fixture *f)
{
	return call_unprovision(f, 0);
}
static int64_t op_unprovision_2(struct full_fixture *f)
{
	return call_unprovision(f, 2);
}
static int64_t op_partial(struct full_fixture *f)
{
	return plain(f, SERVICE,
		     &amt_setup_and_configuration_service_partial_unprovision_method);
}
static int64_t op_commit(struct full_fixture *f)
{
	return plain(f, SERVICE,
		     &amt_setup_and_configuration_service_commit_changes_method);
}
static int64_t op_mebx(struct full_fixture *f)
{
	return call_mebx(f, "P@ssw0rd");
}
static int64_t op_mebx_weak(struct full_fixture *f)
{
	return call_mebx(f, "password");
}
static int64_t op_uuid(struct full_fixture *f)
{
	return plain(f, SERVICE, &amt_setup_and_configuration_service_get_uuid_method);
}
static int64_t op_general(struct full_fixture *f)
{
	return get_of(f, &amt_general_settings_class);
}
static int64_t op_power(struct full_fixture *f)
{
	return get_of(f, &cim_power_management_service_class);
}
static int64_t op_accounts(struct full_fixture *f)
{
	return plain(f, &amt_authorization_service_class,
		     &amt_authorization_service_get_admin_acl_entry_method);
}

static const struct {
	const char *name;
	int64_t (*run)(struct full_fixture *f);
	int64_t factory, client, admin; /* ReturnValue; -1: fault */
} rows[] = {
	{"Setup", op_setup, 0, 2, 2},
	{"Setup with another hash", op_setup_type, 3, 2, 2},
	{"Setup with half a hash", op_setup_hash, 3, 2, 2},
	{"AdminSetup without chain", op_admin, 2, 2, 2},
	{"UpgradeClientToAdmin", op_upgrade, 2, 2, 2},
	{"AddNextCertInChain of nothing", op_next, 3, 3, 3},
	{"DisableClientControlMode", op_disable, 0, 2, 0},
	{"Unprovision", op_unprovision, 16, 0, 0},
	{"Unprovision 0", op_unprovision_0, 16, 0, 0},
	{"Unprovision 2", op_unprovision_2, 36, 36, 36},
	{"PartialUnprovision", op_partial, 16, 0, 0},
	{"CommitChanges", op_commit, 16, 0, 0},
	{"SetMEBxPassword", op_mebx, 0, 16, 0},
	{"SetMEBxPassword weak", op_mebx_weak, 2054, 16, 2054},
	{"GetUuid", op_uuid, 0, 0, 0},
	{"GeneralSettings", op_general, 0, 0, 0},
	{"Power", op_power, -1, 0, 0},
	{"Accounts", op_accounts, -1, 0, 0},
};

static void operations_follow_the_mode(void **state)
{
	struct full_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int mode = 0; mode <= IPS_CONTROL_ADMIN; mode++) {
			int64_t want = mode == 0   ? rows[i].factory
				       : mode == 1 ? rows[i].client
						   : rows[i].admin;
			full_start(f, mode, NULL);
			int64_t got = rows[i].run(f);
			if (got != want)
				fail_msg("%s in mode %d: %d", rows[i].name, mode,
					 (int)got);
		}
}

static void before_set_up_the_network_is_refused(void **state)
{
	struct full_fixture *f = *state;

	full_start(f, IPS_CONTROL_NONE, NULL);
	f->caller = full_admin;
	assert_string_equal(
		full_fault(f, WSMAN_GET, &amt_general_settings_class, NULL, NULL),
		"e:AccessDenied");
	assert_int_equal(op_setup(f), -1);
}

static void modes_are_told_as_clients_read_them(void **state)
{
	static const struct {
		int mode, provisioning, shown;
	} want[] = {{0, 0, 1}, {1, 2, 4}, {2, 2, 1}};
	struct full_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		full_start(f, want[i].mode, NULL);
		const struct amt_setup_and_configuration_service *s =
			full_get(f, SERVICE);
		const struct ips_host_based_setup_service *h = full_get(f, HOST);
		assert_int_equal(h->current_control_mode.v, want[i].mode);
		assert_int_equal(s->provisioning_state.v, want[i].provisioning);
		assert_int_equal(s->provisioning_mode.v, want[i].shown);
		assert_true(str_eqz(s->trusted_dns_suffix, "corp.example.com"));
		assert_int_equal(h->allowed_control_modes.n, 2);
		assert_int_equal(h->configuration_nonce.n, 28);
	}
}

static void client_setup_gives_admin_its_password(void **state)
{
	struct full_fixture *f = *state;
	uint8_t nonce[20];
	char hex[33];

	full_start(f, IPS_CONTROL_NONE, NULL);
	memcpy(nonce, f->d.state->nonce, 20);
	assert_int_equal(op_setup(f), 0);
	hex_encode(f->d.state->admin_ha1, 16, hex);
	assert_string_equal(hex, HA1);
	assert_int_equal(f->d.state->mode, IPS_CONTROL_CLIENT);
	assert_memory_not_equal(nonce, f->d.state->nonce, 20);
	assert_true(f->after & SIM_AFTER_CHANGE);
	f->caller = full_admin;
	struct wsman_item *items;
	assert_int_equal(full_list(f, &ips_client_provisioning_record_class, &items), 1);
	assert_int_equal(call_unprovision(f, 1), 0);
	assert_true(f->after & SIM_AFTER_RESTART);
	assert_int_equal(f->d.state->mode, IPS_CONTROL_NONE);
}

static void disabled_client_mode_refuses_setup(void **state)
{
	struct full_fixture *f = *state;

	full_start(f, IPS_CONTROL_NONE, NULL);
	assert_int_equal(op_disable(f), 0);
	assert_int_equal(op_setup(f), 4);
	const struct ips_host_based_setup_service *h = full_get(f, HOST);
	assert_int_equal(h->allowed_control_modes.n, 1);
}

/* ---- the chain ---- */

static int64_t add_cert(struct full_fixture *f, X509 *take_x, bool leaf, bool root)
{
	struct ips_host_based_setup_service_add_next_cert_in_chain_in in = {
		.next_certificate = full_der(f, take_x),
		.is_leaf_certificate = {true, leaf},
		.is_root_certificate = {true, root}};

	return full_invoke(f, HOST, METHOD(add_next_cert_in_chain), &in, NULL);
}

static X509 *root_of(struct full_fixture *f)
{
	return full_cert(f, "Root", "Root", true, NULL);
}

/* Starts in a mode with that root trusted. */
static X509 *trusting(struct full_fixture *f, int mode)
{
	X509 *root = root_of(f);
	uint8_t md[32];
	char hex[65];

	X509_digest(root, EVP_sha256(), md, NULL);
	hex_encode(md, 32, hex);
	full_start(f, mode, hex);
	return root;
}

static int64_t admin_signed(struct full_fixture *f, bool spoil, int algorithm,
			    size_t nonce_size)
{
	uint8_t text[40], signature[512], *mc = text + 20;
	size_t n = sizeof(signature);
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	memcpy(text, f->d.state->nonce, 20);
	memset(mc, 7, 20);
	assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, f->key), 1);
	assert_int_equal(EVP_DigestSign(md, signature, &n, text, sizeof(text)), 1);
	EVP_MD_CTX_free(md);
	signature[9] ^= spoil;
	struct str nonce = str_of(base64_encode(&f->a, mc, nonce_size));
	struct str sig = str_of(base64_encode(&f->a, signature, n));
	struct wsman_num alg = {true, algorithm};
	if (f->d.state->mode == IPS_CONTROL_CLIENT) {
		struct ips_host_based_setup_service_upgrade_client_to_admin_in in = {
			nonce, alg, sig};
		return full_invoke(f, HOST, METHOD(upgrade_client_to_admin), &in, NULL);
	}
	struct ips_host_based_setup_service_admin_setup_in in = {
		.net_admin_pass_encryption_type = {true, 2},
		.network_admin_password = STR(HA1),
		.mc_nonce = nonce,
		.signing_algorithm = alg,
		.digital_signature = sig};
	return full_invoke(f, HOST, METHOD(admin_setup), &in, NULL);
}

static void whole_chain(struct full_fixture *f, X509 *take_root)
{
	assert_int_equal(add_cert(f,
				  full_cert(f, "rps.corp.example.com", "CA", false, EKU),
				  true, false),
			 0);
	assert_int_equal(
		add_cert(f, full_cert(f, "CA", "Root", true, NULL), false, false), 0);
	assert_int_equal(add_cert(f, take_root, false, true), 0);
	const struct ips_host_based_setup_service *h = full_get(f, HOST);
	assert_int_equal(h->cert_chain_status.v, IPS_CERT_CHAIN_COMPLETE);
}

static void admin_setup_needs_chain_and_signature(void **state)
{
	struct full_fixture *f = *state;

	whole_chain(f, trusting(f, IPS_CONTROL_NONE));
	assert_int_equal(admin_signed(f, true, 2, 20), 5);
	assert_int_equal(admin_signed(f, false, 1, 20), 3);
	assert_int_equal(admin_signed(f, false, 2, 19), 3);
	/* A failed attempt changes neither nonce nor chain. */
	assert_int_equal(admin_signed(f, false, 2, 20), 0);
	assert_int_equal(f->d.state->mode, IPS_CONTROL_ADMIN);
	assert_int_equal(f->d.state->provisioning, AMT_PROVISIONING_POST);
	f->caller = full_admin;
	struct wsman_item *items;
	assert_int_equal(full_list(f, &ips_admin_provisioning_record_class, &items), 1);
	const struct ips_admin_provisioning_record *r = items[0].object;
	assert_true(str_eqz(r->certificate_cn, "rps.corp.example.com"));
	assert_int_equal(admin_signed(f, false, 2, 20), 2);
}

static void upgrade_keeps_the_password(void **state)
{
	struct full_fixture *f = *state;
	uint8_t ha1[16];

	X509 *root = trusting(f, IPS_CONTROL_CLIENT);
	memcpy(ha1, f->d.state->admin_ha1, 16);
	assert_int_equal(admin_signed(f, false, 2, 20), 2);
	whole_chain(f, root);
	assert_int_equal(admin_signed(f, true, 2, 20), 5);
	assert_int_equal(admin_signed(f, false, 2, 20), 0);
	assert_int_equal(f->d.state->mode, IPS_CONTROL_ADMIN);
	assert_memory_equal(ha1, f->d.state->admin_ha1, 16);
}

static void bad_leaves_are_refused(void **state)
{
	static const struct {
		const char *cn, *eku;
		int64_t result;
	} leaves[] = {
		{"rps.corp.example.com", EKU, 0},
		{"*.corp.example.com", EKU, 0},
		{"CORP.example.com", EKU, 0},
		{"rps.corp.example.org", EKU, 4},
		{"evilcorp.example.com", EKU, 4},
		{"a*b.corp.example.com", EKU, 4},
		{"\xc3\xbc.corp.example.com", EKU, 4},
		{"example.com", EKU, 4},
		{"rps.corp.example.com", "serverAuth", 4},
		{"rps.corp.example.com", "2.16.840.1.113741.1.2.3", 4},
		{"rps.corp.example.com", NULL, 4},
	};
	struct full_fixture *f = *state;

	X509_free(trusting(f, IPS_CONTROL_NONE));
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
		X509 *x = full_cert(f, leaves[i].cn, "CA", false, leaves[i].eku);
		int64_t got = add_cert(f, x, true, false);
		if (got != leaves[i].result)
			fail_msg("%zu: %d", i, (int)got);
	}
	/* The chain after the last leaf, which was refused. */
	assert_int_equal(
		add_cert(f, full_cert(f, "CA", "Root", true, NULL), false, false), 3);
}

static void bad_chains_are_refused(void **state)
{
	struct full_fixture *f = *state;
	X509 *root = trusting(f, IPS_CONTROL_NONE), *other;
	EVP_PKEY *mine = f->key;

	/* not its issuer by name; no CA; a root that is not trusted; a chain too long */
	assert_int_equal(add_cert(f, full_cert(f, "x.corp.example.com", "CA", false, EKU),
				  true, false),
			 0);
	assert_int_equal(
		add_cert(f, full_cert(f, "CB", "Root", true, NULL), false, false), 4);
	assert_int_equal(add_cert(f, full_cert(f, "x.corp.example.com", "CA", false, EKU),
				  true, false),
			 0);
	assert_int_equal(add_cert(f, full_cert(f, "CA", "Root", false, "serverAuth"),
				  false, false),
			 4);
	assert_int_equal(add_cert(f,
				  full_cert(f, "x.corp.example.com", "Fake", false, EKU),
				  true, false),
			 0);
	assert_int_equal(
		add_cert(f, full_cert(f, "Fake", "Fake", true, NULL), false, true), 4);
	assert_int_equal(add_cert(f, full_cert(f, "x.corp.example.com", "A", false, EKU),
				  true, false),
			 0);
	for (int i = 0; i < SIM_MAX_CHAIN - 1; i++)
		assert_int_equal(
			add_cert(f, full_cert(f, "A", "A", true, NULL), false, false), 0);
	assert_int_equal(add_cert(f, full_cert(f, "A", "A", true, NULL), false, false),
			 5);
	/* the right name, another key */
	assert_int_equal(add_cert(f,
				  full_cert(f, "x.corp.example.com", "Root", false, EKU),
				  true, false),
			 0);
	f->key = EVP_EC_gen("P-256");
	other = root_of(f);
	assert_int_equal(add_cert(f, other, false, true), 4);
	EVP_PKEY_free(f->key);
	f->key = mine;
	/* a clock that is years away */
	f->d.state->clock_offset_s = 86400 * 3;
	assert_int_equal(add_cert(f,
				  full_cert(f, "x.corp.example.com", "Root", false, EKU),
				  true, false),
			 4);
	X509_free(root);
}

static void malformed_certificates_are_refused(void **state)
{
	const char *const bad[] = {"", "AAAA", "not base64", "MIIB"};
	struct full_fixture *f = *state;

	full_start(f, IPS_CONTROL_NONE, NULL);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ips_host_based_setup_service_add_next_cert_in_chain_in in = {
			.next_certificate = str_of(bad[i]),
			.is_leaf_certificate = {true, 1}};
		assert_int_equal(
			full_invoke(f, HOST, METHOD(add_next_cert_in_chain), &in, NULL),
			1);
	}
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, full_set_up, full_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(operations_follow_the_mode),
		T(before_set_up_the_network_is_refused),
		T(modes_are_told_as_clients_read_them),
		T(client_setup_gives_admin_its_password),
		T(disabled_client_mode_refuses_setup),
		T(admin_setup_needs_chain_and_signature),
		T(upgrade_keeps_the_password),
		T(bad_leaves_are_refused),
		T(bad_chains_are_refused),
		T(malformed_certificates_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, full_group_end);
}
