/* SPDX-License-Identifier: Apache-2.0
 * Stored classes of full devices: generic operations, accounts, certificates, TLS, remote
 * access.
 */
#include <sim/full_test.h>
#include <sim/home.h>

#define PKI &amt_public_key_management_service_class
#define PKI_METHOD(name) &amt_public_key_management_service_##name##_method
#define AUTH &amt_authorization_service_class
#define AUTH_METHOD(name) &amt_authorization_service_##name##_method
#define REMOTE &amt_remote_access_service_class

/* ---- generic operations ---- */

static void put_changes_what_may_be_written(void **state)
{
	struct full_fixture *f = *state;
	struct amt_general_settings s = *(const struct amt_general_settings *)full_get(
		f, &amt_general_settings_class);
	struct wsman_call call = {
		.op = WSMAN_PUT, .cls = &amt_general_settings_class, .object = &s};
	struct wsman_reply r;

	s.host_name = STR("renamed");
	s.digest_realm = STR("Digest:other");
	s.privacy_level = sim_num(2);
	s.shared_fqdn = (struct wsman_num){0};
	assert_int_equal(full_ask(f, &call, &r), 200);
	assert_true(f->after & SIM_AFTER_CHANGE);
	const struct amt_general_settings *now = full_get(f, &amt_general_settings_class);
	assert_true(str_eqz(now->host_name, "renamed"));
	assert_true(str_eqz(now->digest_realm, f->d.state->realm));
	assert_int_equal(now->privacy_level.v, 0);
	assert_int_equal(now->shared_fqdn.v, 1);
	/* The same once more is no change. */
	assert_int_equal(full_ask(f, &call, &r), 200);
	assert_int_equal(f->after, 0);
}

static void puts_that_cannot_be_are_refused(void **state)
{
	struct full_fixture *f = *state;
	struct amt_general_settings g = {.element_name = STR("x"),
					 .instance_id = STR("y")};
	struct amt_environment_detection_setting_data e = {
		.element_name = STR("x"), .detection_algorithm = {true, 0}};
	struct str six[6] = {STR("a"), STR("b"), STR("c"), STR("d"), STR("e"), STR("f")};
	struct amt_ethernet_port_settings p = {
		.element_name = STR("x"),
		.instance_id = STR("Intel(r) AMT Ethernet Port Settings 0"),
		.dhcp_enabled = {true, 0},
		.ip_sync_enabled = {true, 0}};
	char name[65] = {0};
	struct wsman_epr wrong = full_by(f, "InstanceID", "none");
	struct wsman_epr odd = full_by(f, "NoSuchKey", "none");

	memset(name, 'a', 64);
	assert_string_equal(
		full_fault(f, WSMAN_PUT, &amt_general_settings_class, &wrong, &g),
		"b:DestinationUnreachable");
	assert_string_equal(
		full_fault(f, WSMAN_GET, &amt_general_settings_class, &odd, NULL),
		"b:DestinationUnreachable");
	g.host_name = (struct str){name, 64};
	assert_string_equal(
		full_fault(f, WSMAN_PUT, &amt_general_settings_class, NULL, &g),
		"d:InvalidRepresentation");
	g = (struct amt_general_settings){.host_name = STR("x")};
	assert_string_equal(
		full_fault(f, WSMAN_PUT, &amt_general_settings_class, NULL, &g),
		"d:InvalidRepresentation");
	e.detection_strings = (struct wsman_strs){6, six};
	assert_string_equal(full_fault(f, WSMAN_PUT,
				       &amt_environment_detection_setting_data_class,
				       NULL, &e),
			    "d:InvalidRepresentation");
	assert_string_equal(
		full_fault(f, WSMAN_PUT, &amt_ethernet_port_settings_class, NULL, &p),
		"d:InvalidRepresentation");
	assert_string_equal(full_fault(f, WSMAN_PUT, &cim_chassis_class, NULL,
				       &(struct cim_chassis){0}),
			    "b:ActionNotSupported");
	assert_string_equal(
		full_fault(f, WSMAN_DELETE, &amt_general_settings_class, NULL, NULL),
		"b:ActionNotSupported");
	assert_string_equal(
		full_fault(f, WSMAN_GET, &amt_public_key_certificate_class, NULL, NULL),
		"b:DestinationUnreachable");
}

static void every_class_can_be_listed(void **state)
{
#define CLASS_ROW(name, ...) &name##_class,
	static const struct wsman_class *const classes[] = {WSMAN_ALL_CLASSES(CLASS_ROW)};
	struct full_fixture *f = *state;
	struct wsman_item *items;
	size_t some = 0;

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		some += full_list(f, classes[i], &items) > 0;
	assert_true(some > 50);
	/* Derived classes are shown with their base. */
	assert_int_equal(full_list(f, &cim_physical_package_class, &items), 4);
	assert_ptr_equal(items[0].cls, &cim_card_class);
}

/* ---- accounts ---- */

static int64_t add_user(struct full_fixture *f, const char *name, const char *password,
			int access, int64_t realm, uint32_t *handle)
{
	struct amt_authorization_service_add_user_acl_entry_ex_in in = {
		.digest_username = str_of(name),
		.digest_password = str_of(password),
		.access_permission = {true, access},
		.realms = {1, &realm}};
	const struct amt_authorization_service_add_user_acl_entry_ex_out *out = NULL;
	int64_t rc = full_invoke(f, AUTH, AUTH_METHOD(add_user_acl_entry_ex), &in,
				 (const void **)&out);

	if (rc == 0 && handle != NULL)
		*handle = (uint32_t)out->handle.v;
	return rc;
}

#define PASSWORD "AAAAAAAAAAAAAAAAAAAAAA=="

static void users_are_added_as_the_rules_say(void **state)
{
	static const struct {
		const char *name, *password;
		int access;
		int64_t realm, result;
	} rows[] = {
		{"joe", PASSWORD, 2, 13, 0},
		{"joe", PASSWORD, 2, 13, 2058},
		{"admin", PASSWORD, 2, 13, 2058},
		{"seventeen-letters", PASSWORD, 2, 13, 12},
		{"$$joe", PASSWORD, 2, 13, 12},
		{"a b", PASSWORD, 2, 13, 12},
		{"ann", "AAAA", 2, 13, 2054},
		{"ann", "?", 2, 13, 2054},
		{"ann", PASSWORD, 3, 13, 36},
		{"ann", PASSWORD, 0, 1, 2055},
		{"ann", PASSWORD, 0, 22, 2055},
		{"ann", PASSWORD, 0, -1, -1},
		{"", PASSWORD, 2, 13, 2057},
		{"ann", PASSWORD, 0, 24, 0},
	};
	struct full_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t got = add_user(f, rows[i].name, rows[i].password, rows[i].access,
				       rows[i].realm, NULL);
		if (got != rows[i].result)
			fail_msg("%zu %s: %d", i, rows[i].name, (int)got);
	}
	for (int i = 2; i < SIM_MAX_ACCOUNTS; i++)
		assert_int_equal(
			add_user(f, arena_printf(&f->a, "u%d", i), PASSWORD, 2, 3, NULL),
			0);
	assert_int_equal(add_user(f, "last", PASSWORD, 2, 3, NULL), 23);
	struct amt_authorization_service_enumerate_user_acl_entries_in in = {
		.start_index = {true, 1}};
	const struct amt_authorization_service_enumerate_user_acl_entries_out *out = NULL;
	assert_int_equal(full_invoke(f, AUTH, AUTH_METHOD(enumerate_user_acl_entries),
				     &in, (const void **)&out),
			 0);
	assert_int_equal(out->total_count.v, SIM_MAX_ACCOUNTS);
	in.start_index.v = 0;
	assert_int_equal(
		full_invoke(f, AUTH, AUTH_METHOD(enumerate_user_acl_entries), &in, NULL),
		35);
}

static void users_can_be_read_disabled_and_removed(void **state)
{
	struct full_fixture *f = *state;
	uint32_t handle = 0;

	assert_int_equal(add_user(f, "joe", PASSWORD, 1, 13, &handle), 0);
	struct amt_authorization_service_get_user_acl_entry_ex_in in = {
		.handle = {true, handle}};
	const struct amt_authorization_service_get_user_acl_entry_ex_out *out = NULL;
	assert_int_equal(full_invoke(f, AUTH, AUTH_METHOD(get_user_acl_entry_ex), &in,
				     (const void **)&out),
			 0);
	assert_true(str_eqz(out->digest_username, "joe"));
	assert_null(out->digest_password.p);
	assert_int_equal(out->realms.v[0], 13);
	struct amt_authorization_service_set_acl_enabled_state_in off = {{true, handle},
									 {true, 0}};
	assert_int_equal(
		full_invoke(f, AUTH, AUTH_METHOD(set_acl_enabled_state), &off, NULL), 0);
	assert_false(sim_state_account(f->d.state, handle)->enabled);
	assert_int_equal(
		full_invoke(f, AUTH, AUTH_METHOD(remove_user_acl_entry), &in, NULL), 0);
	assert_int_equal(
		full_invoke(f, AUTH, AUTH_METHOD(remove_user_acl_entry), &in, NULL),
		2053);
}

static void realms_decide_what_a_user_may_do(void **state)
{
	static const struct {
		uint32_t realms;
		const struct wsman_class *cls;
		enum wsman_op op;
		bool allowed;
	} rows[] = {
		{1u << 13, &amt_general_settings_class, WSMAN_ENUMERATE, true},
		{1u << 13, &amt_general_settings_class, WSMAN_PUT, false},
		{1u << 13, &amt_tls_setting_data_class, WSMAN_ENUMERATE, false},
		{1u << 4, &cim_chassis_class, WSMAN_ENUMERATE, true},
		{1u << 5, &amt_boot_setting_data_class, WSMAN_ENUMERATE, true},
		{1u << 5, &cim_chassis_class, WSMAN_ENUMERATE, false},
		{1u << 3, &amt_tls_setting_data_class, WSMAN_ENUMERATE, true},
		{0, &amt_general_settings_class, WSMAN_ENUMERATE, false},
	};
	struct full_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		f->caller = (struct sim_caller){.realms = rows[i].realms};
		const char *got = full_fault(f, rows[i].op, rows[i].cls, NULL,
					     rows[i].op == WSMAN_PUT
						     ? &(struct amt_general_settings){0}
						     : NULL);
		if ((*got == '\0') != rows[i].allowed ||
		    (!rows[i].allowed && strcmp(got, "e:AccessDenied") != 0))
			fail_msg("%zu: %s", i, got);
	}
}

/* ---- certificates ---- */

static int64_t add_cert(struct full_fixture *f, struct str blob, bool root)
{
	struct amt_public_key_management_service_add_certificate_in in = {
		.certificate_blob = blob};

	return full_invoke(f, PKI,
			   root ? PKI_METHOD(add_trusted_root_certificate)
				: PKI_METHOD(add_certificate),
			   &in, NULL);
}

static struct str root_blob(struct full_fixture *f, const char *cn)
{
	return full_der(f, full_cert(f, cn, cn, true, NULL));
}

static int64_t add_key(struct full_fixture *f, struct str blob)
{
	struct amt_public_key_management_service_add_key_in in = {.key_blob = blob};

	return full_invoke(f, PKI, PKI_METHOD(add_key), &in, NULL);
}

static struct str key_blob(struct full_fixture *f)
{
	unsigned char *der = NULL;
	int n = i2d_PrivateKey(f->key, &der);
	struct str text = str_of(base64_encode(&f->a, der, (size_t)n));

	OPENSSL_free(der);
	return text;
}

static void certificates_are_taken_once(void **state)
{
	struct full_fixture *f = *state;
	struct str root = root_blob(f, "Root");
	struct wsman_item *items;

	assert_int_equal(add_cert(f, root, true), 0);
	assert_int_equal(add_cert(f, root, true), 2058);
	assert_int_equal(add_cert(f, STR("MIIB"), true), 2063);
	assert_int_equal(add_cert(f, STR("?"), true), 36);
	assert_int_equal(add_cert(f, STR(""), false), 36);
	assert_int_equal(add_cert(f, root_blob(f, "R2"), true), 0);
	assert_int_equal(add_cert(f, root_blob(f, "R3"), true), 0);
	assert_int_equal(add_cert(f, root_blob(f, "R4"), true), 0);
	assert_int_equal(add_cert(f, root_blob(f, "R5"), true), 23);
	assert_int_equal(full_list(f, &amt_public_key_certificate_class, &items), 4);
	const struct amt_public_key_certificate *c = items[0].object;
	assert_true(str_eqz(c->instance_id, "Intel(r) AMT Certificate: Handle: 0"));
	assert_true(str_eqz(c->subject, "CN=Root"));
	assert_true(str_eq(c->x509_certificate, root));
	assert_int_equal(c->trusted_root_certficate.v, 1);
	/* The smallest free handle is the next. */
	struct wsman_epr first =
		full_by(f, "InstanceID", "Intel(r) AMT Certificate: Handle: 0");
	assert_string_equal(full_fault(f, WSMAN_DELETE, &amt_public_key_certificate_class,
				       NULL, NULL),
			    "e:InvalidSelectors");
	assert_string_equal(full_fault(f, WSMAN_DELETE, &amt_public_key_certificate_class,
				       &first, NULL),
			    "");
	assert_string_equal(full_fault(f, WSMAN_DELETE, &amt_public_key_certificate_class,
				       &first, NULL),
			    "b:DestinationUnreachable");
	assert_int_equal(add_cert(f, root_blob(f, "R6"), true), 0);
	assert_string_equal(
		full_fault(f, WSMAN_GET, &amt_public_key_certificate_class, &first, NULL),
		"");
}

static void keys_stay_inside(void **state)
{
	struct full_fixture *f = *state;
	struct wsman_item *items;

	assert_int_equal(add_key(f, STR("AAAA")), 2062);
	assert_int_equal(add_key(f, key_blob(f)), 0);
	assert_int_equal(add_key(f, key_blob(f)), 2058);
	assert_int_equal(full_list(f, &amt_public_private_key_pair_class, &items), 1);
	const struct amt_public_private_key_pair *p = items[0].object;
	assert_true(str_eqz(p->instance_id, "Intel(r) AMT Key: Handle: 0"));
	assert_true(str_starts(p->der_key, STR("MIIBCgKCAQEA")));
	/* A certificate and its key know each other. */
	assert_int_equal(full_list(f, &cim_concrete_dependency_class, &items), 0);
	assert_int_equal(add_cert(f, root_blob(f, "Mine"), false), 0);
	assert_int_equal(full_list(f, &cim_concrete_dependency_class, &items), 1);
	/* Deleted through the service, as clients do. */
	struct wsman_epr key = full_by(f, "InstanceID", "Intel(r) AMT Key: Handle: 0");
	assert_string_equal(full_fault(f, WSMAN_DELETE, PKI, &key, NULL), "");
	assert_string_equal(full_fault(f, WSMAN_DELETE, PKI, &key, NULL),
			    "b:DestinationUnreachable");
	assert_null(sim_state_key(f->d.state, STR("Intel(r) AMT Key: Handle: 0")));
}

static void key_pairs_are_generated_and_sign_requests(void **state)
{
	struct full_fixture *f = *state;
	struct amt_public_key_management_service_generate_key_pair_in in = {{true, 0},
									    {true, 2048}};
	const struct amt_public_key_management_service_generate_key_pair_out *out = NULL;
	const struct amt_public_key_management_service_generate_pkcs10_request_ex_out
		*signed_out = NULL;

	assert_int_equal(full_invoke(f, PKI, PKI_METHOD(generate_key_pair), &in,
				     (const void **)&out),
			 0);
	EVP_PKEY *key =
		sim_key_open(sim_state_key(f->d.state, out->key_pair.selectors[0].value));
	struct amt_public_key_management_service_generate_pkcs10_request_ex_in rq = {
		.key_pair = out->key_pair, .signing_algorithm = {true, 1}};
	for (int mine = 0; mine < 2; mine++) {
		unsigned char *der = NULL;
		X509_REQ *x = X509_REQ_new();
		X509_REQ_set_pubkey(x, mine ? key : f->key);
		assert_true(X509_REQ_sign(x, f->key, EVP_sha256()) > 0);
		int n = i2d_X509_REQ(x, &der);
		rq.null_signed_certificate_request =
			str_of(base64_encode(&f->a, der, (size_t)n));
		OPENSSL_free(der);
		X509_REQ_free(x);
		assert_int_equal(full_invoke(f, PKI,
					     PKI_METHOD(generate_pkcs10_request_ex), &rq,
					     (const void **)&signed_out),
				 mine ? 0 : 2062);
	}
	size_t n;
	const unsigned char *p =
		base64_decode(&f->a, signed_out->signed_certificate_request, &n);
	X509_REQ *x = d2i_X509_REQ(NULL, &p, (long)n);
	assert_int_equal(X509_REQ_verify(x, key), 1);
	X509_REQ_free(x);
	EVP_PKEY_free(key);
	rq.signing_algorithm.v = 0;
	assert_int_equal(
		full_invoke(f, PKI, PKI_METHOD(generate_pkcs10_request_ex), &rq, NULL),
		2066);
	in.key_length.v = 512;
	assert_int_equal(full_invoke(f, PKI, PKI_METHOD(generate_key_pair), &in, NULL),
			 36);
}

/* ---- TLS ---- */

static struct amt_tls_credential_context context_of(struct full_fixture *f,
						    const char *handle)
{
	struct amt_tls_credential_context c = {
		.element_in_context = full_by(f, "InstanceID", handle),
		.element_providing_context = full_by(
			f, "ElementName", "TLSProtocolEndpointInstances Collection")};

	c.element_in_context.resource_uri = str_of(amt_public_key_certificate_class.uri);
	c.element_providing_context.resource_uri =
		str_of(amt_tls_protocol_endpoint_collection_class.uri);
	return c;
}

static int64_t commit(struct full_fixture *f)
{
	return full_invoke(f, &amt_setup_and_configuration_service_class,
			   &amt_setup_and_configuration_service_commit_changes_method,
			   NULL, NULL);
}

static const char *put_tls(struct full_fixture *f, bool enabled, bool mutual)
{
	struct amt_tls_setting_data s = {
		.element_name = STR("Intel(r) AMT 802.3 TLS Settings"),
		.instance_id = STR("Intel(r) AMT 802.3 TLS Settings"),
		.enabled = {true, enabled},
		.mutual_authentication = {true, mutual},
		.accept_non_secure_connections = {true, 0}};

	return full_fault(f, WSMAN_PUT, &amt_tls_setting_data_class, NULL, &s);
}

static void tls_takes_effect_when_it_is_whole_and_committed(void **state)
{
	struct full_fixture *f = *state;
	const struct wsman_class *cls = &amt_tls_credential_context_class;
	struct amt_tls_credential_context c =
		context_of(f, "Intel(r) AMT Certificate: Handle: 0");
	struct wsman_epr cert =
		full_by(f, "InstanceID", "Intel(r) AMT Certificate: Handle: 0");

	assert_string_equal(put_tls(f, true, false), "");
	assert_int_equal(commit(f), 2057);
	assert_string_equal(full_fault(f, WSMAN_CREATE, cls, NULL, &c),
			    "d:InvalidRepresentation");
	assert_int_equal(add_cert(f, root_blob(f, "Mine"), false), 0);
	assert_string_equal(full_fault(f, WSMAN_CREATE, cls, NULL, &c),
			    "d:InvalidRepresentation");
	assert_int_equal(add_key(f, key_blob(f)), 0);
	assert_string_equal(full_fault(f, WSMAN_CREATE, cls, NULL, &c), "");
	assert_string_equal(full_fault(f, WSMAN_CREATE, cls, NULL, &c),
			    "e:AlreadyExists");
	assert_string_equal(full_fault(f, WSMAN_PUT, cls, NULL, &c), "");
	assert_false(f->d.state->tls_network.enabled);
	assert_int_equal(commit(f), 0);
	assert_true(f->after & SIM_AFTER_RESTART);
	assert_true(f->d.state->tls_network.enabled);
	assert_string_equal(f->d.state->tls_certificate,
			    "Intel(r) AMT Certificate: Handle: 0");
	/* What is in use stays. */
	assert_string_equal(full_fault(f, WSMAN_DELETE, &amt_public_key_certificate_class,
				       &cert, NULL),
			    "e:AccessDenied");
	assert_string_equal(full_fault(f, WSMAN_DELETE, cls, NULL, NULL),
			    "e:AccessDenied");
	/* Mutual needs a root and a clock. */
	assert_string_equal(put_tls(f, true, true), "");
	assert_int_equal(commit(f), 2057);
	assert_int_equal(add_cert(f, root_blob(f, "Clients"), true), 0);
	assert_int_equal(commit(f), 2057);
	f->d.state->clock_set = true;
	assert_int_equal(commit(f), 0);
	assert_true(f->d.state->tls_network.mutual);
	assert_string_equal(put_tls(f, false, false), "");
	assert_int_equal(commit(f), 0);
	assert_string_equal(full_fault(f, WSMAN_DELETE, cls, NULL, NULL), "");
	assert_string_equal(full_fault(f, WSMAN_DELETE, &amt_public_key_certificate_class,
				       &cert, NULL),
			    "");
}

/* ---- remote access ---- */

static int64_t add_server(struct full_fixture *f, const char *host, int port, int format,
			  const char *user)
{
	struct amt_remote_access_service_add_mp_server_in in = {
		.access_info = str_of(host),
		.info_format = {true, format},
		.port = {true, port},
		.auth_method = {true, 2},
		.username = str_of(user),
		.password = STR("P@ssw0rd"),
		.cn = STR("undefined")};

	return full_invoke(f, REMOTE, &amt_remote_access_service_add_mp_server_method,
			   &in, NULL);
}

static int64_t add_policy(struct full_fixture *f, int trigger, const char *server,
			  const char *extended)
{
	struct wsman_epr mps = full_by(f, "Name", server);
	struct amt_remote_access_service_add_remote_access_policy_rule_in in = {
		.trigger = {true, trigger},
		.tunnel_life_time = {true, 0},
		.extended_data = str_of(extended),
		.mp_server = {1, &mps}};

	mps.resource_uri = str_of(amt_management_presence_remote_sap_class.uri);
	return full_invoke(
		f, REMOTE,
		&amt_remote_access_service_add_remote_access_policy_rule_method, &in,
		NULL);
}

#define SERVER_0 "Intel(r) AMT:Management Presence Server 0"
#define EVERY_25_S "AAAAAAAAABk="

static void servers_and_policies_follow_the_rules(void **state)
{
	struct full_fixture *f = *state;
	struct wsman_item *items;
	struct wsman_epr server = full_by(f, "Name", SERVER_0);
	struct wsman_epr periodic = full_by(f, "PolicyRuleName", "Periodic");

	assert_int_equal(add_server(f, "mps.example.com", 4433, 5, "admin"), 36);
	assert_int_equal(add_server(f, "mps.example.com", 0, 201, "admin"), 36);
	assert_int_equal(add_server(f, "mps.example.com", 4433, 201, ""), 36);
	assert_int_equal(add_server(f, "mps.example.com", 4433, 201, "admin"), 0);
	assert_int_equal(add_server(f, "mps.example.com", 4433, 201, "admin"), 2058);
	for (int i = 0; i < 5; i++)
		assert_int_equal(add_server(f, "mps.example.com", 5000 + i, 201, "admin"),
				 0);
	assert_int_equal(add_server(f, "mps.example.com", 6000, 201, "admin"), 23);
	assert_int_equal(full_list(f, &amt_management_presence_remote_sap_class, &items),
			 6);
	const struct amt_management_presence_remote_sap *s = items[0].object;
	assert_true(str_eqz(s->cn, "mps.example.com"));
	assert_int_equal(full_list(f, &amt_mps_username_password_class, &items), 6);
	const struct amt_mps_username_password *p = items[0].object;
	assert_true(str_eqz(p->remote_id, "admin"));
	assert_int_equal(p->secret.n, 0);
	assert_int_equal(add_policy(f, 3, SERVER_0, EVERY_25_S), 36);
	assert_int_equal(add_policy(f, 2, "no server", EVERY_25_S), 36);
	assert_int_equal(add_policy(f, 2, SERVER_0, ""), 36);
	assert_int_equal(add_policy(f, 2, SERVER_0, EVERY_25_S), 0);
	assert_int_equal(add_policy(f, 2, SERVER_0, EVERY_25_S), 2058);
	assert_int_equal(
		full_list(f, &amt_remote_access_policy_applies_to_mps_class, &items), 1);
	assert_string_equal(full_fault(f, WSMAN_DELETE,
				       &amt_management_presence_remote_sap_class, &server,
				       NULL),
			    "e:AccessDenied");
	assert_string_equal(full_fault(f, WSMAN_DELETE,
				       &amt_remote_access_policy_rule_class, &periodic,
				       NULL),
			    "");
	assert_string_equal(full_fault(f, WSMAN_DELETE,
				       &amt_remote_access_policy_rule_class, &periodic,
				       NULL),
			    "b:DestinationUnreachable");
	assert_int_equal(
		full_list(f, &amt_remote_access_policy_applies_to_mps_class, &items), 0);
	assert_string_equal(full_fault(f, WSMAN_DELETE,
				       &amt_management_presence_remote_sap_class, &server,
				       NULL),
			    "");
	assert_int_equal(full_list(f, &amt_mps_username_password_class, &items), 5);
}

static void detect(struct full_fixture *f, const char *inside)
{
	struct str one = str_of(inside);
	struct amt_environment_detection_setting_data e = {
		.element_name = STR("x"),
		.detection_algorithm = {true, 0},
		.detection_strings = {inside != NULL, &one}};

	assert_string_equal(full_fault(f, WSMAN_PUT,
				       &amt_environment_detection_setting_data_class,
				       NULL, &e),
			    "");
}

static bool wants(struct full_fixture *f, bool called)
{
	struct sim_home_target t;
	bool wanted = sim_home_target(f->d.state, called, &t);

	if (wanted) {
		assert_string_equal(t.host, "mps.example.com");
		assert_string_equal(t.name, "mps.example.com");
		assert_int_equal(t.port, 4433);
		assert_true(secret_equal(&t.password, STR("P@ssw0rd")));
		assert_non_null(strstr(t.roots_pem, "BEGIN CERTIFICATE"));
		assert_int_equal(t.trigger,
				 called ? AMT_TRIGGER_USER : AMT_TRIGGER_PERIODIC);
	}
	sim_home_target_fini(&t);
	return wanted;
}

static void calling_home_needs_all_of_it(void **state)
{
	struct full_fixture *f = *state;
	struct wsman_epr root =
		full_by(f, "InstanceID", "Intel(r) AMT Certificate: Handle: 0");
	struct wsman_epr periodic = full_by(f, "PolicyRuleName", "Periodic");

	assert_int_equal(add_cert(f, root_blob(f, "Root"), true), 0);
	assert_int_equal(add_server(f, "mps.example.com", 4433, 201, "admin"), 0);
	assert_false(wants(f, false));
	assert_int_equal(add_policy(f, 2, SERVER_0, EVERY_25_S), 0);
	assert_false(wants(f, false)); /* cannot tell where it is */
	detect(f, "elsewhere.example.org");
	assert_true(wants(f, false));
	detect(f, "corp.example.com");
	assert_false(wants(f, false)); /* at home */
	detect(f, "elsewhere.example.org");
	assert_string_equal(full_fault(f, WSMAN_DELETE, &amt_public_key_certificate_class,
				       &root, NULL),
			    "");
	assert_false(wants(f, false));
	assert_int_equal(add_cert(f, root_blob(f, "Root"), true), 0);
	assert_true(wants(f, false));
	assert_int_equal(add_policy(f, 0, SERVER_0, ""), 0);
	assert_true(wants(f, true));
	assert_string_equal(full_fault(f, WSMAN_DELETE,
				       &amt_remote_access_policy_rule_class, &periodic,
				       NULL),
			    "");
	assert_false(wants(f, false));
	assert_true(wants(f, true));
	detect(f, NULL);
	assert_false(wants(f, true));
}

static void the_clock_is_set(void **state)
{
	struct full_fixture *f = *state;
	struct amt_time_synchronization_service_set_high_accuracy_time_synch_in in = {
		{true, 1800000000}, {true, 1800000000}, {true, 1800000000}};
	const struct wsman_class *cls = &amt_time_synchronization_service_class;

	assert_int_equal(
		full_invoke(
			f, cls,
			&amt_time_synchronization_service_set_high_accuracy_time_synch_method,
			&in, NULL),
		0);
	assert_in_range(sim_state_now(f->d.state), 1800000000, 1800000002);
	in.tm2.v = 5;
	assert_int_equal(
		full_invoke(
			f, cls,
			&amt_time_synchronization_service_set_high_accuracy_time_synch_method,
			&in, NULL),
		36);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, full_set_up, full_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(put_changes_what_may_be_written),
		T(puts_that_cannot_be_are_refused),
		T(every_class_can_be_listed),
		T(users_are_added_as_the_rules_say),
		T(users_can_be_read_disabled_and_removed),
		T(realms_decide_what_a_user_may_do),
		T(certificates_are_taken_once),
		T(keys_stay_inside),
		T(key_pairs_are_generated_and_sign_requests),
		T(tls_takes_effect_when_it_is_whole_and_committed),
		T(servers_and_policies_follow_the_rules),
		T(calling_home_needs_all_of_it),
		T(the_clock_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, full_group_end);
}
