/* SPDX-License-Identifier: Apache-2.0
 * A full device on its ports: accounts, TLS, calls home, faults, power loss, control
 * commands.
 */
#include <sim/full_test.h>

#include <amt/apf/session.h>
#include <net/socket.h>
#include <net/tls_test.h>
#include <openssl/pem.h>
#include <sim/full.h>
#include <stdlib.h>
#include <unistd.h>

#define PASSWORD "P@ssw0rd"
#define SHORT deadline_in(300)
#define LONG deadline_in(20000)

struct world {
	char dir[64];
	struct sim_model model;
	struct sim_full *full;
	struct arena a;
	bool local, tls;
	SSL_CTX *client;
};

static void start_on(struct world *w, int mode, bool tls_only)
{
	struct sim_birth b = {.uuid = {1, 2, 3},
			      .dns_suffix = "corp.example.com",
			      .mode = mode,
			      .tls = tls_only,
			      .password = STR(PASSWORD)};
	struct sim_full_config c = {.model = &w->model, .listen = "127.0.0.1"};
	struct sim_state *st;

	strcpy(w->dir, "/tmp/sim_full_XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->model =
		(struct sim_model){.version = "16.1.25", .build = "1932", .step_ms = 10};
	assert_null(sim_state_open(w->dir, &b, &st));
	assert_null(sim_full_new(&c, st, &w->full));
}

static void start(struct world *w, int mode)
{
	start_on(w, mode, false);
}

static void stop(struct world *w)
{
	char command[128];

	sim_full_free(w->full);
	snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	assert_int_equal(system(command), 0);
	SSL_CTX_free(w->client);
	arena_fini(&w->a);
}

static struct err *open_port(void *arg, uint16_t port, struct deadline until,
			     struct stream **out)
{
	struct world *w = arg;
	struct stream *tcp, *peer;

	if (w->local) {
		test_pipe(65536, out, &peer);
		assert_int_equal(sim_full_connect(w->full,
						  w->tls ? SIM_PORT_TLS : SIM_PORT_PLAIN,
						  true, STR("127.0.0.1"), peer),
				 0);
		return w->tls ? tls_connect(*out, w->client, NULL, until, out) : NULL;
	}
	struct listener *l = w->tls ? w->full->tls : w->full->plain;
	if (l == NULL)
		return err_new(ERR_UNAVAILABLE, "closed");
	TRY(socket_connect("127.0.0.1", listener_port(l), NULL, until, &tcp));
	if (!w->tls) {
		*out = tcp;
		return NULL;
	}
	return tls_connect(tcp, w->client, NULL, until, out);
}

/* HTTP status, or minus the kind of the error. */
static int ask_as(struct world *w, const char *user, const char *password,
		  const struct wsman_call *call, struct deadline until)
{
	struct amt_response r;
	struct amt_http h;
	struct buf rq = {0};

	amt_http_init(&h, open_port, w, SIM_PORT_PLAIN);
	amt_http_credentials(&h, str_of(user), str_of(password));
	struct amt_conn *conn = amt_conn_new(&h);
	wsman_encode_request(&rq, call, 1);
	struct err *e = amt_conn_post(conn, buf_str(&rq), &w->a, until, &r);
	int status = e == NULL ? r.status : -(int)e->kind;
	err_free(e);
	amt_conn_free(conn);
	amt_http_fini(&h);
	buf_fini(&rq);
	return status;
}

static int get_as(struct world *w, const char *user, const char *password,
		  const struct wsman_class *c, struct deadline until)
{
	return ask_as(w, user, password, &(struct wsman_call){.op = WSMAN_GET, .cls = c},
		      until);
}

static int general(struct world *w)
{
	return get_as(w, "admin", PASSWORD, &amt_general_settings_class, LONG);
}

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

TEST(accounts_are_checked_against_the_state)
{
	struct world w = {0};
	struct sim_state *st;

	start(&w, IPS_CONTROL_ADMIN);
	st = w.full->state;
	char *local = arena_strdup(&w.a, st->local_password.p);
	st->accounts[0] = (struct sim_account){.handle = 1,
					       .user = "joe",
					       .access = AMT_ACCESS_NETWORK,
					       .realms = 1u << SIM_REALM_GENERAL_INFO,
					       .enabled = true};
	sim_ha1(st, STR("joe"), STR("secret"), st->accounts[0].ha1);
	assert_int_equal(general(&w), 200);
	assert_int_equal(get_as(&w, "admin", "wrong", &amt_general_settings_class, LONG),
			 -ERR_DEVICE);
	assert_int_equal(get_as(&w, "joe", "secret", &amt_general_settings_class, LONG),
			 200);
	assert_int_equal(get_as(&w, "joe", "secret", &amt_tls_setting_data_class, LONG),
			 400);
	st->accounts[0].enabled = false;
	assert_int_equal(get_as(&w, "joe", "secret", &amt_general_settings_class, LONG),
			 -ERR_DEVICE);
	st->accounts[0].enabled = true;
	/* The local system account is known from the host alone, a network account is
	 * not. */
	assert_int_equal(
		get_as(&w, SIM_LOCAL_USER, local, &amt_general_settings_class, LONG),
		-ERR_DEVICE);
	w.local = true;
	assert_int_equal(
		get_as(&w, SIM_LOCAL_USER, local, &amt_general_settings_class, LONG),
		200);
	assert_int_equal(
		get_as(&w, SIM_LOCAL_USER, "x", &amt_general_settings_class, LONG),
		-ERR_DEVICE);
	assert_int_equal(get_as(&w, "joe", "secret", &amt_general_settings_class, LONG),
			 -ERR_DEVICE);
	stop(&w);
}

TEST(before_set_up_only_the_host_is_served)
{
	struct world w = {0};

	start(&w, IPS_CONTROL_NONE);
	assert_null(w.full->plain);
	w.local = true;
	char *local = arena_strdup(&w.a, w.full->state->local_password.p);
	assert_int_equal(
		get_as(&w, SIM_LOCAL_USER, local, &amt_general_settings_class, LONG),
		200);
	assert_int_equal(get_as(&w, SIM_LOCAL_USER, local, &cim_chassis_class, LONG),
			 400);
	assert_int_equal(general(&w), -ERR_DEVICE);
	stop(&w);
}

static bool says(struct world *w, const char *command)
{
	json_t *j = sim_control(w->full, str_of(command));
	bool good = json_is_true(json_object_get(j, "ok"));

	json_decref(j);
	return good;
}

TEST(audit_records_name_the_clients_address)
{
	static const char from[] = "\x00\x09"
				   "127.0.0.1"; /* IPv4, its length */
	struct amt_time_synchronization_service_set_high_accuracy_time_synch_in in = {
		.ta0 = sim_num(1800000000),
		.tm1 = sim_num(1800000000),
		.tm2 = sim_num(1800000000)};
	struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &amt_time_synchronization_service_class,
		.method =
			&amt_time_synchronization_service_set_high_accuracy_time_synch_method,
		.object = &in};
	struct world w = {0};

	start(&w, IPS_CONTROL_ADMIN);
	assert_int_equal(ask_as(&w, "admin", PASSWORD, &call, LONG), 200);
	const struct sim_logs *l = &w.full->state->subjects.logs;
	assert_true(l->n_audit > 0);
	const struct sim_audit_record *r = &l->audit[l->n_audit - 1];
	assert_non_null(memmem(r->bytes, r->n, from, sizeof(from) - 1));
	stop(&w);
}

TEST(faults_happen_while_they_are_set)
{
	static const struct {
		const char *set;
		int result;
	} rows[] = {
		{"fault stall", -ERR_TIMEOUT},
		{"fault loss 100", -ERR_TIMEOUT},
		{"fault wrong-digest", -ERR_DEVICE},
		{"fault expired-nonce", -ERR_DEVICE},
		{"fault wrong-length on", -ERR_DEVICE},
		{"fault class AMT_GeneralSettings silent", -ERR_TIMEOUT},
		{"fault class AMT_AuditLog silent", 200},
		{"fault class AMT_GeneralSettings mute", -ERR_TIMEOUT},
		{"fault class AMT_AuditLog mute", 200},
		{"fault latency 50", 200},
		{"fault latency 1000", -ERR_TIMEOUT},
		{"fault clock-skew -3600", 200},
	};
	struct world w = {0};

	start(&w, IPS_CONTROL_ADMIN);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(says(&w, rows[i].set));
		int got =
			get_as(&w, "admin", PASSWORD, &amt_general_settings_class, SHORT);
		if (got != rows[i].result)
			fail_msg("%s: %d", rows[i].set, got);
		assert_true(says(&w, "clear-faults"));
		assert_int_equal(general(&w), 200);
	}
	assert_true(says(&w, "fault reset"));
	assert_true(general(&w) < 0);
	assert_true(says(&w, "fault reset off"));
	assert_int_equal(general(&w), 200);
	stop(&w);
}

TEST(control_commands_answer)
{
	static const struct {
		const char *command;
		bool ok;
	} rows[] = {
		{"state", true},
		{"  state ", true},
		{"power 8", true},
		{"power", false},
		{"power 3", false},
		{"power x", false},
		{"network down", true},
		{"network up", true},
		{"network", false},
		{"network suffix x.example", true},
		{"network suffix \xff\xfe", false},
		{"faults", true},
		{"fault", false},
		{"fault loss 101", false},
		{"fault loss", false},
		{"fault class No_Class silent", false},
		{"fault class AMT_AuditLog loud", false},
		{"fault stall maybe", false},
		{"fault clock-skew 60", true},
		{"fault clock-skew off", true},
		{"fault clock-skew x", false},
		{"", false},
		{"nothing", false},
		{"a b c d e f g h i j", false},
		{"call", true},
		{"lms off", true},
		{"lms on", true},
		{"lms", false},
		{"screen", true},
		{"screen png", true},
		{"screen png 2", true},
		{"screen png 3", false},
		{"screen gif", false},
		{"unplug", true},
	};
	struct world w = {0};

	start(&w, IPS_CONTROL_ADMIN);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (says(&w, rows[i].command) != rows[i].ok)
			fail_msg("%s", rows[i].command);
	stop(&w);
}

TEST(power_loss_brings_back_what_was_saved)
{
	struct world w = {0};

	start(&w, IPS_CONTROL_ADMIN);
	struct amt_general_settings *g =
		sim_store_first(&w.full->state->store, &amt_general_settings_class);
	sim_text_set(&g->host_name, STR("unsaved"));
	assert_true(says(&w, "unplug"));
	g = sim_store_first(&w.full->state->store, &amt_general_settings_class);
	assert_false(str_eqz(g->host_name, "unsaved"));
	assert_int_equal(general(&w), 200);
	assert_true(says(&w, "network down"));
	assert_null(fiber_sleep_ms(20));
	assert_null(w.full->plain);
	assert_true(says(&w, "network up"));
	assert_null(fiber_sleep_ms(20));
	assert_int_equal(general(&w), 200);
	stop(&w);
}

/* Somebody's editor was in its directory: the device says so, and goes on as it was. */
TEST(a_damaged_file_leaves_the_running_device)
{
	char path[80];
	struct world w = {0};

	start(&w, IPS_CONTROL_ADMIN);
	snprintf(path, sizeof(path), "%s/state.json", w.dir);
	assert_int_equal(truncate(path, 500), 0);
	assert_false(says(&w, "unplug"));
	assert_string_not_equal(w.full->state->realm, "");
	assert_true(says(&w, "power 10"));
	assert_null(fiber_sleep_ms(300));
	assert_true(says(&w, "network suffix x.example"));
	assert_true(says(&w, "unplug"));
	assert_string_equal(w.full->state->network_suffix, "x.example");
	assert_int_equal(general(&w), 200);
	stop(&w);
}

/* ---- TLS ---- */

static char *pem(X509 *cert, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;

	if (cert != NULL)
		PEM_write_bio_X509(bio, cert);
	if (key != NULL)
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	long n = BIO_get_mem_data(bio, &text);
	char *copy = xstrndup(text, (size_t)n);
	BIO_free(bio);
	return copy;
}

static void give_certificate(struct world *w, X509 *cert, const char *id, bool root)
{
	struct amt_public_key_certificate *o =
		sim_object_new(&amt_public_key_certificate_class);
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);

	sim_text_set(&o->instance_id, str_of(id));
	sim_text_set(&o->x509_certificate, str_of(base64_encode(&w->a, der, (size_t)n)));
	o->trusted_root_certficate = sim_num(root);
	sim_store_add(&w->full->state->store, &amt_public_key_certificate_class, o);
	OPENSSL_free(der);
}

TEST(tls_replaces_the_plain_port_and_may_ask_for_certificates)
{
	struct world w = {0};
	struct full_fixture f = {.key = EVP_RSA_gen(2048)};
	X509 *mine = full_cert(&f, "device", "device", true, NULL);

	start(&w, IPS_CONTROL_ADMIN);
	struct sim_state *st = w.full->state;
	assert_non_null(sim_state_key_add(st, f.key));
	give_certificate(&w, mine, "mine", false);
	give_certificate(&w, mine, "clients", true);
	strcpy(st->tls_certificate, "mine");
	st->tls_network.enabled = true;
	sim_full_changed(w.full, SIM_AFTER_RESTART);
	assert_null(fiber_sleep_ms(20));
	assert_null(w.full->plain);
	char *cert = pem(mine, NULL), *key = pem(NULL, f.key);
	struct tls_client_config c = {
		.ca_pem = cert, .min_version = "TLSv1.2", .insecure = true};
	assert_null(tls_client_ctx(&c, &w.client));
	w.tls = true;
	assert_int_equal(general(&w), 200);
	st->tls_network.mutual = true;
	sim_full_changed(w.full, SIM_AFTER_RESTART);
	assert_null(fiber_sleep_ms(20));
	assert_true(general(&w) < 0);
	SSL_CTX_free(w.client);
	c.cert_pem = cert;
	c.key_pem = key;
	assert_null(tls_client_ctx(&c, &w.client));
	assert_int_equal(general(&w), 200);
	struct amt_tls_setting_data *t =
		sim_store_first(&st->store, &amt_tls_setting_data_class);
	struct str other = STR("someone else");
	struct amt_tls_setting_data names = {.trusted_cn = {1, &other}};
	sim_field_assign(sim_field(&amt_tls_setting_data_class, "TrustedCN"), t, &names);
	assert_true(general(&w) < 0);
	free(cert);
	free(key);
	X509_free(mine);
	EVP_PKEY_free(f.key);
	arena_fini(&f.a);
	stop(&w);
}

/* From now on that root alone is trusted. */
static void trust(struct world *w, const X509 *root, const char *name)
{
	char *ca = sim_pem_of_certificate(root);
	struct tls_client_config c = {.ca_pem = ca,
				      .server_name = name,
				      .match_cn = true,
				      .min_version = "TLSv1.2"};

	SSL_CTX_free(w->client);
	assert_null(tls_client_ctx(&c, &w->client));
	free(ca);
}

TEST(a_platform_without_plain_ports_shows_its_own_certificate)
{
	struct world w = {0};

	start_on(&w, IPS_CONTROL_ADMIN, true);
	assert_null(w.full->plain);
	assert_null(w.full->redirection_plain);
	assert_non_null(w.full->redirection_tls);
	w.tls = true;
	trust(&w, w.full->state->on_die.self_signed, "Intel(R) AMT");
	assert_int_equal(general(&w), 200);
	assert_true(says(&w, "fault expired-certificate"));
	assert_null(fiber_sleep_ms(20));
	assert_int_equal(general(&w), -ERR_UNAVAILABLE);
	assert_true(says(&w, "clear-faults"));
	assert_null(fiber_sleep_ms(20));
	assert_int_equal(general(&w), 200);
	/* The same one after a loss of power, for clients that remember it. */
	assert_true(says(&w, "unplug"));
	assert_null(fiber_sleep_ms(20));
	assert_int_equal(general(&w), 200);
	stop(&w);
}

TEST(before_set_up_such_a_platform_shows_the_on_die_chain_to_its_host)
{
	struct world w = {0};
	struct stream *s;

	start_on(&w, IPS_CONTROL_NONE, true);
	assert_null(w.full->tls);
	w.local = w.tls = true;
	for (int i = 0; i < 2; i++) {
		trust(&w, w.full->state->on_die.root, "iAMT CSME IDevID RCFG");
		assert_null(open_port(&w, SIM_PORT_TLS, LONG, &s));
		assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(tls_ssl(s))),
				 SIM_ON_DIE_CHAIN);
		stream_free(s);
		char *local = arena_strdup(&w.a, w.full->state->local_password.p);
		assert_int_equal(get_as(&w, SIM_LOCAL_USER, local,
					&amt_general_settings_class, LONG),
				 200);
		/* Set up and back: the same. */
		sim_state_provision(w.full->state, IPS_CONTROL_CLIENT, (uint8_t[16]){1});
		sim_full_changed(w.full, SIM_AFTER_RESTART);
		assert_null(fiber_sleep_ms(20));
		assert_non_null(w.full->tls);
		trust(&w, w.full->state->on_die.self_signed, "Intel(R) AMT");
		assert_null(open_port(&w, SIM_PORT_TLS, LONG, &s));
		stream_free(s);
		sim_state_unprovision(w.full->state, false);
		sim_full_changed(w.full, SIM_AFTER_RESTART);
		assert_null(fiber_sleep_ms(20));
	}
	stop(&w);
}

/* ---- calling home ---- */

struct mps {
	struct listener *listener;
	SSL_CTX *tls;
	struct fiber_group fibers;
	struct apf_session *session;
	int logins, ends;
	char user[32];
};

static void on_auth(struct apf_session *s, struct str user, struct str password,
		    void *arg)
{
	struct mps *m = arg;
	bool good = str_eqz(password, PASSWORD);

	snprintf(m->user, sizeof(m->user), STR_FMT, STR_ARG(user));
	m->logins += good;
	apf_auth_reply(s, good);
}

static void on_closed(struct apf_session *s, const char *why, void *arg)
{
	struct mps *m = arg;

	m->session = NULL;
	m->ends++;
	apf_session_free(s);
}

static const struct apf_handler mps_handler = {.auth = on_auth, .closed = on_closed};
static const struct apf_config mps_config = {0};

struct mps_link {
	struct mps *m;
	struct stream *s;
};

static void mps_accept_run(void *arg)
{
	struct mps_link l = *(struct mps_link *)arg;
	struct stream *tls;
	struct err *e;

	free(arg);
	e = tls_accept(l.s, l.m->tls, LONG, &tls);
	if (e == NULL)
		l.m->session = apf_session_new(tls, &mps_config, &mps_handler, l.m);
	err_free(e);
}

static void mps_accept(struct stream *s, const struct net_peer *peer, void *arg)
{
	struct mps *m = arg;
	struct mps_link *l = xmalloc(sizeof(*l));

	*l = (struct mps_link){m, s};
	fiber_spawn(&m->fibers, "mps", mps_accept_run, l);
}

static void wait_for(const int *what, int value)
{
	for (int i = 0; i < 1000 && *what != value; i++)
		assert_null(fiber_sleep_ms(10));
	assert_int_equal(*what, value);
}

static int invoke_on(struct world *w, const struct wsman_class *c, enum wsman_op op,
		     const struct wsman_method *m, const struct wsman_epr *by,
		     const void *in)
{
	struct wsman_call call = {
		.op = op, .cls = c, .method = m, .selectors = by, .object = in};
	struct buf rq = {0}, out = {0};
	unsigned after;

	wsman_encode_request(&rq, &call, 7);
	int status = sim_wsman_as(&w->full->device, &full_admin, buf_str(&rq), &w->a,
				  &out, &after);
	sim_full_changed(w->full, after);
	buf_fini(&rq);
	buf_fini(&out);
	return status;
}

static void configure(struct world *w, uint16_t port)
{
	struct str inside = STR("elsewhere.example.org");
	struct amt_remote_access_service_add_mp_server_in server = {
		.access_info = STR("127.0.0.1"),
		.info_format = {true, AMT_INFO_IPV4},
		.port = {true, port},
		.auth_method = {true, 2},
		.username = STR("admin"),
		.password = STR(PASSWORD),
		.cn = STR("mps.example.com")};
	struct wsman_selector name = {
		STR("Name"), STR("Intel(r) AMT:Management Presence Server 0"), NULL};
	struct wsman_epr epr = {
		.resource_uri = str_of(amt_management_presence_remote_sap_class.uri),
		.n = 1,
		.selectors = &name};
	struct amt_remote_access_service_add_remote_access_policy_rule_in rule = {
		.trigger = {true, AMT_TRIGGER_PERIODIC},
		.tunnel_life_time = {true, 0},
		.extended_data = STR("AAAAAAAAABk="),
		.mp_server = {1, &epr}};
	struct amt_environment_detection_setting_data e = {
		.element_name = STR("x"),
		.detection_algorithm = {true, 0},
		.detection_strings = {1, &inside}};

	assert_int_equal(invoke_on(w, &amt_remote_access_service_class, WSMAN_INVOKE,
				   &amt_remote_access_service_add_mp_server_method, NULL,
				   &server),
			 200);
	assert_int_equal(
		invoke_on(w, &amt_remote_access_service_class, WSMAN_INVOKE,
			  &amt_remote_access_service_add_remote_access_policy_rule_method,
			  NULL, &rule),
		200);
	assert_int_equal(invoke_on(w, &amt_environment_detection_setting_data_class,
				   WSMAN_PUT, NULL, NULL, &e),
			 200);
}

static void trust_root(struct world *w, const struct test_cert *c, const char *handle)
{
	BIO *bio = BIO_new_mem_buf(c->cert, -1);
	X509 *root = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	give_certificate(w, root, handle, true);
	X509_free(root);
	assert_null(sim_state_save(w->full->state));
	sim_full_changed(w->full, SIM_AFTER_CHANGE);
}

TEST(the_device_calls_home_while_its_policies_say_so)
{
	struct world w = {0};
	struct mps m = {0};
	struct test_cert ca = test_cert_new("Root", NULL, NULL);
	struct test_cert another = test_cert_new("Another", NULL, NULL);
	struct test_cert leaf = test_cert_new("mps.example.com", NULL, &ca);
	struct tls_server_config tc = {.cert_pem = leaf.cert,
				       .key_pem = leaf.key,
				       .min_version = "TLSv1.2",
				       .ciphers = TLS_CIPHERS_CIRA};
	struct wsman_selector rule = {STR("PolicyRuleName"), STR("Periodic"), NULL};
	struct wsman_epr by = {.n = 1, .selectors = &rule};

	fiber_group_init(&m.fibers);
	start(&w, IPS_CONTROL_ADMIN);
	assert_null(tls_server_ctx(&tc, &m.tls));
	assert_null(listener_open("127.0.0.1:0", mps_accept, &m, &m.listener));
	configure(&w, listener_port(m.listener));
	assert_null(fiber_sleep_ms(100));
	assert_int_equal(m.logins, 0); /* no root to trust */
	trust_root(&w, &ca, "root");
	wait_for(&m.logins, 1);
	assert_string_equal(m.user, "admin");
	for (int i = 0; i < 500 && !w.full->state->tunnel_connected; i++)
		assert_null(fiber_sleep_ms(10));
	assert_true(w.full->state->tunnel_connected);
	/* Through the tunnel. */
	struct stream *ch;
	assert_null(apf_channel_open(m.session, SIM_PORT_PLAIN, LONG, &ch));
	assert_null(stream_write(ch, "GET / HTTP/1.1\r\n\r\n", 18, LONG));
	char text[12];
	assert_null(stream_read_full(ch, text, sizeof(text), LONG));
	assert_memory_equal(text, "HTTP/1.1 400", 12);
	stream_free(ch);
	assert_null(apf_channel_open(m.session, SIM_PORT_REDIRECTION, LONG, &ch));
	assert_null(stream_write(ch, "\x10\0\0\0SOL ", 8, LONG));
	assert_null(stream_read_full(ch, text, 2, LONG));
	assert_memory_equal(text, "\x11\0", 2);
	stream_free(ch);
	/* One more root to trust is nothing to a tunnel that is up. */
	trust_root(&w, &another, "another");
	assert_null(fiber_sleep_ms(500));
	assert_true(w.full->state->tunnel_connected);
	assert_int_equal(m.logins, 1);
	assert_int_equal(m.ends, 0);
	/* It comes back after a loss of power, and ends with its policy. */
	assert_true(says(&w, "unplug"));
	wait_for(&m.logins, 2);
	/* Inside of its enterprise it needs no tunnel. */
	assert_true(says(&w, "network suffix elsewhere.example.org"));
	wait_for(&m.ends, 2);
	assert_true(says(&w, "network suffix hotel.example.net"));
	wait_for(&m.logins, 3);
	assert_int_equal(invoke_on(&w, &amt_remote_access_policy_rule_class, WSMAN_DELETE,
				   NULL, &by, NULL),
			 200);
	wait_for(&m.ends, 3);
	assert_null(fiber_sleep_ms(1500));
	assert_int_equal(m.logins, 3);
	stop(&w);
	listener_free(m.listener);
	fiber_group_join(&m.fibers, true);
	SSL_CTX_free(m.tls);
	test_cert_free(&leaf);
	test_cert_free(&another);
	test_cert_free(&ca);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_are_checked_against_the_state),
		cmocka_unit_test(before_set_up_only_the_host_is_served),
		cmocka_unit_test(audit_records_name_the_clients_address),
		cmocka_unit_test(
			a_platform_without_plain_ports_shows_its_own_certificate),
		cmocka_unit_test(
			before_set_up_such_a_platform_shows_the_on_die_chain_to_its_host),
		cmocka_unit_test(faults_happen_while_they_are_set),
		cmocka_unit_test(control_commands_answer),
		cmocka_unit_test(power_loss_brings_back_what_was_saved),
		cmocka_unit_test(a_damaged_file_leaves_the_running_device),
		cmocka_unit_test(
			tls_replaces_the_plain_port_and_may_ask_for_certificates),
		cmocka_unit_test(the_device_calls_home_while_its_policies_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
