/* SPDX-License-Identifier: Apache-2.0
 * A full device's HECI: AMTHI answers from its state, set-up through LME, and what the
 * host may undo.
 */
#include <sim/full_test.h>

#include <amt/heci/amthi_client.h>
#include <amt/heci/lme_client.h>
#include <amt/heci/lme_session.h>
#include <amt/heci/virtual.h>
#include <amt/http.h>
#include <net/tls.h>
#include <net/tls_test.h>
#include <openssl/pem.h>
#include <sim/heci_host.h>
#include <stdlib.h>
#include <unistd.h>

#define PASSWORD "P@ssw0rd"
#define SOON deadline_in(10000)
#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

struct world {
	char dir[32], path[64];
	struct sim_model model;
	struct sim_full *full;
	struct sim_heci_host_side *side;
	struct heci_place place;
	struct amthi_client amthi;
	struct arena a;
};

static void ok(struct err *e)
{
	struct arena a = {0};

	if (e != NULL)
		fail_msg("%s", err_str(e, &a));
}

static void start(struct world *w, int mode)
{
	static const char root[] =
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	static const char *const trust[] = {root};
	struct sim_birth b = {.uuid = {1, 2, 3},
			      .dns_suffix = "corp.example.com",
			      .trust = trust,
			      .n_trust = 1,
			      .mode = mode,
			      .password = STR(PASSWORD)};
	struct sim_full_config c = {.model = &w->model, .listen = "127.0.0.1"};
	struct sim_state *st;

	*w = (struct world){.dir = "/tmp/full_heci_XXXXXX"};
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/heci", w->dir);
	w->model =
		(struct sim_model){.version = "16.1.25", .build = "1932", .step_ms = 10};
	ok(sim_state_new(&b, &st));
	ok(sim_full_new(&c, st, &w->full));
	ok(sim_heci_host_open(w->full, w->path, &w->side));
	w->place = heci_virtual(w->path);
	w->amthi = (struct amthi_client){.place = &w->place, .a = &w->a};
}

static void stop(struct world *w)
{
	sim_heci_host_close(w->side);
	sim_full_free(w->full);
	arena_fini(&w->a);
	assert_int_equal(rmdir(w->dir), 0);
}

static uint32_t value_of(struct world *w, enum amthi_command c)
{
	struct amthi_request rq = {.command = c};
	struct amthi_value v;

	ok(amthi_call(&w->amthi, &rq, SOON, &v));
	return v.value;
}

static bool done(struct world *w, struct amthi_request rq)
{
	_Alignas(16) char out[4096];
	struct err *e = amthi_call(&w->amthi, &rq, SOON,
				   amthi_response_size(rq.command) > 0 ? out : NULL);
	bool good = e == NULL;

	err_free(e);
	return good;
}

TEST(amthi_answers_from_the_state)
{
	struct world w;
	struct amthi_code_versions v;
	struct amthi_uuid uuid;
	struct amthi_text suffix;
	struct amthi_cert_hash hash;
	struct amthi_lan lan;
	struct amthi_security s;
	struct amthi_fqdn fqdn;
	struct amthi_remote remote;

	start(&w, IPS_CONTROL_CLIENT);
	assert_int_equal(value_of(&w, AMTHI_GET_CONTROL_MODE), AMTHI_CLIENT_CONTROL);
	assert_int_equal(value_of(&w, AMTHI_GET_PROVISIONING_STATE),
			 AMTHI_POST_PROVISIONING);
	ok(amthi_get_code_versions(&w.amthi, SOON, &v));
	assert_true(str_eqz(v.versions[3].description, "AMT") &&
		    str_eqz(v.versions[3].version, "16.1.25"));
	ok(amthi_get_uuid(&w.amthi, SOON, &uuid));
	assert_memory_equal(uuid.uuid, w.full->state->uuid, 16);
	ok(amthi_get_dns_suffix(&w.amthi, SOON, &suffix));
	assert_true(str_eqz(suffix.text, "corp.example.com"));
	ok(amthi_get_cert_hash_entry(&w.amthi, 0, SOON, &hash));
	assert_true(hash.is_active && hash.algorithm == AMTHI_SHA256 &&
		    hash.hash[1] == 0x11);
	ok(amthi_get_lan_interface_settings(&w.amthi, 0, SOON, &lan));
	assert_true(lan.link && lan.enabled && lan.ipv4 >> 8 == 0xC00002);
	ok(amthi_get_lan_interface_settings(&w.amthi, 1, SOON, &lan));
	assert_false(lan.link);
	ok(amthi_get_security_parameters(&w.amthi, SOON, &s));
	assert_true(s.sol && s.ider && s.kvm && s.provisioning_state == 2 && !s.tls);
	ok(amthi_get_fqdn(&w.amthi, SOON, &fqdn));
	assert_true(str_starts(fqdn.fqdn, STR("amt-")));
	ok(amthi_get_remote_access_connection_status(&w.amthi, SOON, &remote));
	assert_int_equal(remote.status, 0);
	stop(&w);
}

TEST(every_amthi_command_is_answered)
{
	struct world w;

	start(&w, IPS_CONTROL_ADMIN);
	for (size_t i = 0; amthi_command_at(i) != 0; i++) {
		struct amthi_request rq = {.command = amthi_command_at(i)};
		w.amthi.status = AMTHI_INVALID_COMMAND;
		if (rq.command == AMTHI_GET_LOCAL_SYSTEM_ACCOUNT)
			continue;
		done(&w, rq);
		if (w.amthi.status == AMTHI_INVALID_COMMAND)
			fail_msg("%s", amthi_command_name(rq.command));
	}
	assert_int_equal(w.full->state->mode, IPS_CONTROL_ADMIN);
	stop(&w);
}

/* ---- set-up through LME ---- */

static int set_up(struct world *w)
{
	struct secret user = {0}, password = {0};
	struct ips_host_based_setup_service_setup_in in = {
		.net_admin_pass_encryption_type = sim_num(2)};
	struct wsman_call call = {.op = WSMAN_INVOKE,
				  .cls = &ips_host_based_setup_service_class,
				  .method = &ips_host_based_setup_service_setup_method,
				  .object = &in};
	struct lme_client *lme = lme_client_new(&w->place, 0);
	struct wsman_reply reply;
	struct amt_response r;
	struct amt_http h;
	struct buf rq = {0};
	char ha1[33];

	ok(amthi_get_local_system_account(&w->amthi, SOON, &user, &password));
	digest_ha1(STR("admin"), str_of(w->full->state->realm), STR(PASSWORD), ha1);
	in.network_admin_password = str_of(ha1);
	amt_http_init(&h, lme_client_open, lme, 16992);
	amt_http_credentials(&h, (struct str){user.p, user.n},
			     (struct str){password.p, password.n});
	secret_fini(&user);
	secret_fini(&password);
	struct amt_conn *conn = amt_conn_new(&h);
	wsman_encode_request(&rq, &call, 1);
	ok(amt_conn_post(conn, buf_str(&rq), &w->a, SOON, &r));
	assert_int_equal(r.status, 200);
	ok(wsman_decode_reply(r.body, &call, &w->a, &reply));
	amt_conn_free(conn);
	amt_http_fini(&h);
	buf_fini(&rq);
	lme_client_free(lme);
	return (int)((const struct ips_host_based_setup_service_setup_out *)reply.object)
		->return_value.v;
}

TEST(the_host_sets_up_and_unprovisions_in_client_control_mode)
{
	struct world w;

	start(&w, IPS_CONTROL_NONE);
	assert_false(done(&w, (struct amthi_request){.command = AMTHI_UNPROVISION}));
	assert_int_equal(set_up(&w), 0);
	assert_int_equal(value_of(&w, AMTHI_GET_CONTROL_MODE), AMTHI_CLIENT_CONTROL);
	assert_int_equal(value_of(&w, AMTHI_GET_PROVISIONING_STATE),
			 AMTHI_POST_PROVISIONING);
	assert_true(done(&w, (struct amthi_request){.command = AMTHI_UNPROVISION}));
	assert_int_equal(value_of(&w, AMTHI_GET_CONTROL_MODE), AMTHI_NOT_ACTIVATED);
	assert_true(
		sim_logs_audit_last(&w.full->state->subjects.logs, SIM_AUDIT_SECURITY, 19)
			.n > 0);
	stop(&w);
	start(&w, IPS_CONTROL_ADMIN);
	assert_false(done(&w, (struct amthi_request){.command = AMTHI_UNPROVISION}));
	assert_int_equal(value_of(&w, AMTHI_GET_CONTROL_MODE), AMTHI_ADMIN_CONTROL);
	stop(&w);
}

/* The handshake on the host's 16993 with that certificate; SHA-256 of the device's. */
static bool reaches_tls(struct world *w, const struct test_cert *mine, uint8_t md[32])
{
	struct tls_client_config c = {.cert_pem = mine->cert,
				      .key_pem = mine->key,
				      .min_version = "TLSv1.2",
				      .insecure = true};
	struct lme_client *lme = lme_client_new(&w->place, 0);
	struct stream *channel, *tls = NULL;
	SSL_CTX *ctx;
	char byte;
	bool good;

	ok(tls_client_ctx(&c, &ctx));
	ok(lme_client_open(lme, 16993, SOON, &channel));
	struct err *e = tls_connect(channel, ctx, NULL, SOON, &tls);
	if (e == NULL) {
		X509_digest(SSL_get0_peer_certificate(tls_ssl(tls)), EVP_sha256(), md,
			    NULL);
		e = stream_write(tls, "GET / HTTP/1.1\r\n\r\n", 18, SOON);
	}
	if (e == NULL)
		e = stream_read_full(tls, &byte, 1, SOON);
	good = e == NULL;
	err_free(e);
	stream_free(tls);
	lme_client_free(lme);
	SSL_CTX_free(ctx);
	return good;
}

TEST(secure_set_up_opens_a_tls_port_for_the_announced_certificate_alone)
{
	struct world w;
	struct test_cert mine = test_cert_new("rps.corp.example.com", NULL, NULL);
	struct test_cert other = test_cert_new("other", NULL, NULL);
	struct amthi_request rq = {.command = AMTHI_START_CONFIGURATION_HBASED};
	struct amthi_request end = {.command = AMTHI_STOP_CONFIGURATION};
	struct amthi_started started;
	uint8_t md[32];
	BIO *bio = BIO_new_mem_buf(mine.cert, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	start(&w, IPS_CONTROL_NONE);
	assert_false(done(&w, end));
	rq.start.hash_algorithm = AMTHI_SHA256;
	X509_digest(cert, EVP_sha256(), rq.start.hash, NULL);
	X509_free(cert);
	ok(amthi_call(&w.amthi, &rq, SOON, &started));
	assert_int_equal(value_of(&w, AMTHI_GET_PROVISIONING_STATE),
			 AMTHI_IN_PROVISIONING);
	assert_true(reaches_tls(&w, &mine, md));
	assert_memory_equal(md, started.hash, sizeof(md));
	assert_false(reaches_tls(&w, &other, md));
	assert_true(done(&w, end));
	assert_int_equal(value_of(&w, AMTHI_GET_PROVISIONING_STATE),
			 AMTHI_PRE_PROVISIONING);
	assert_null(w.full->setup.tls);
	stop(&w);
	test_cert_free(&mine);
	test_cert_free(&other);
}

TEST(a_stalled_firmware_does_not_answer_its_host)
{
	struct world w;
	struct amthi_request rq = {.command = AMTHI_GET_CONTROL_MODE};
	struct amthi_value v;

	start(&w, IPS_CONTROL_ADMIN);
	assert_int_equal(value_of(&w, AMTHI_GET_CONTROL_MODE), AMTHI_ADMIN_CONTROL);
	json_decref(sim_control(w.full, STR("fault stall")));
	struct err *e = amthi_call(&w.amthi, &rq, deadline_in(200), &v);
	assert_true(err_is(e, ERR_TIMEOUT));
	err_free(e);
	json_decref(sim_control(w.full, STR("clear-faults")));
	assert_int_equal(value_of(&w, AMTHI_GET_CONTROL_MODE), AMTHI_ADMIN_CONTROL);
	stop(&w);
}

/* Graceful requests go through it (full_redirection_test.c). */
TEST(lms_is_there_while_it_holds_lme)
{
	static const struct {
		uint32_t trigger;
		bool lms;
	} rows[] = {{LME_TRIGGER_RPC, false}, {LME_TRIGGER, true}};
	struct world w;
	bool tls;

	start(&w, IPS_CONTROL_ADMIN);
	assert_false(w.full->lms);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lme_client *lme = lme_client_new(&w.place, rows[i].trigger);
		ok(lme_client_tls(lme, SOON, &tls));
		assert_false(tls);
		for (int n = 0; n < 100 && w.full->lms != rows[i].lms; n++)
			ok(fiber_sleep_ms(10));
		assert_int_equal(w.full->lms, rows[i].lms);
		lme_client_free(lme);
		for (int n = 0; n < 500 && sim_heci_connections(w.full->heci) > 0; n++)
			ok(fiber_sleep_ms(10));
		assert_false(w.full->lms);
	}
	stop(&w);
}

TEST(the_host_names_suffix_and_itself)
{
	struct world w;
	struct amthi_fqdn fqdn;

	start(&w, IPS_CONTROL_NONE);
	assert_true(done(&w, (struct amthi_request){.command = AMTHI_SET_DNS_SUFFIX,
						    .text = STR("other.example")}));
	assert_string_equal(w.full->state->dns_suffix, "other.example");
	assert_true(done(&w, (struct amthi_request){.command = AMTHI_SET_HOST_FQDN,
						    .text = STR("pc.other.example")}));
	ok(amthi_get_fqdn(&w.amthi, SOON, &fqdn));
	assert_true(str_eqz(fqdn.fqdn, "pc.other.example"));
	assert_int_equal(fqdn.host_name_len, 2);
	stop(&w);
}

/* What is no text could not be written to the state either. */
TEST(names_that_dns_does_not_know_are_refused)
{
	static const struct str names[] = {STR("\xff\xfe.example"), STR("pc.a\0b"),
					   STR("pc.a b"), STR("pc.\r\nx")};
	struct world w;

	start(&w, IPS_CONTROL_NONE);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_false(
			done(&w, (struct amthi_request){.command = AMTHI_SET_DNS_SUFFIX,
							.text = names[i]}));
		assert_false(
			done(&w, (struct amthi_request){.command = AMTHI_SET_HOST_FQDN,
							.text = names[i]}));
	}
	assert_string_equal(w.full->state->dns_suffix, "corp.example.com");
	stop(&w);
}

/* ---- LME that ends with each channel ---- */

struct listener {
	bool closed;
	struct waitq changed;
};

static void on_closed(struct lme_session *s, const char *why, void *arg)
{
	struct listener *l = arg;

	l->closed = true;
	waitq_wake_all(&l->changed);
}

static const struct lme_handler listening = {.closed = on_closed};

/* Whether the session ended when its channel was closed. */
static bool lme_ends_with_channel(struct world *w)
{
	struct listener l = {0};
	struct lme_config c = {0};
	struct stream *channel;
	struct heci *h;

	waitq_init(&l.changed);
	ok(heci_connect(&w->place, HECI_LME, SOON, &h));
	c.max_message = heci_max_message(h);
	struct heci_link *link =
		heci_link_new(heci_take_stream(h), c.max_message, NULL, NULL);
	struct lme_session *s = lme_session_new(link, &c, &listening, &l);

	ok(lme_channel_open(s, 16992, SOON, &channel));
	stream_free(channel);
	if (!l.closed)
		err_free(waitq_wait(&l.changed, deadline_in(500)));
	lme_session_free(s);
	return l.closed;
}

TEST(lme_ends_with_each_channel_while_told_to)
{
	struct world w;

	start(&w, IPS_CONTROL_CLIENT);
	assert_false(lme_ends_with_channel(&w));
	json_decref(sim_control(w.full, STR("fault lme-drops")));
	assert_true(lme_ends_with_channel(&w));
	json_decref(sim_control(w.full, STR("clear-faults")));
	assert_false(lme_ends_with_channel(&w));
	stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amthi_answers_from_the_state),
		cmocka_unit_test(every_amthi_command_is_answered),
		cmocka_unit_test(
			the_host_sets_up_and_unprovisions_in_client_control_mode),
		cmocka_unit_test(
			secure_set_up_opens_a_tls_port_for_the_announced_certificate_alone),
		cmocka_unit_test(a_stalled_firmware_does_not_answer_its_host),
		cmocka_unit_test(lms_is_there_while_it_holds_lme),
		cmocka_unit_test(the_host_names_suffix_and_itself),
		cmocka_unit_test(names_that_dns_does_not_know_are_refused),
		cmocka_unit_test(lme_ends_with_each_channel_while_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
