/* SPDX-License-Identifier: Apache-2.0
 * Every flow against a virtual device, from the client's command to its final message.
 */
#include "rps_world.h"

#include <base/json.h>
#include <iam/iam_audit.h>
#include <net/ws.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <unistd.h>

#define NEW_PASSWORD "N3w!Passw0rd"

typedef void scene_fn(struct world *w, struct machine *m);

static void in_world(const char *const *settings, int mode, scene_fn *body)
{
	struct world w;
	struct machine m;

	world_start(&w, settings);
	world_profiles(&w);
	machine_start_in(&w, &m, 1, mode, AMT_PASSWORD);
	body(&w, &m);
	machine_stop(&m);
	world_stop(&w);
}

static void with_factory(scene_fn *body)
{
	in_world(NULL, IPS_CONTROL_NONE, body);
}

static const char *mps_record(struct world *w, const struct machine *m, long *status)
{
	struct answer a = mps_call(
		w, "GET", arena_printf(&w->a, "/api/v1/devices/%s", m->guid), NULL);

	*status = a.status;
	return a.text;
}

static void check_activated(struct world *w, struct machine *m, int mode)
{
	struct device_secrets s;
	long status;

	machine_check_activated(w, m, mode);
	ok(device_secrets_get(w->secrets, m->guid, &w->a, SOON, &s));
	assert_true(secret_equal(&s.mps_password, STR(MPS_PASSWORD)));
	device_secrets_fini(&s);
	const char *record = mps_record(w, m, &status);
	assert_int_equal(status, 200);
	assert_non_null(strstr(record, "\"host-1\""));
	assert_non_null(strstr(record, "\"t1\""));
	assert_non_null(strstr(record, "\"fwVersion\":\"16.1.25\""));
	assert_non_null(strstr(record, "\"lastProvisionedAt\""));
}

/* ---- activation ---- */

static void ccm(struct world *w, struct machine *m)
{
	struct run r = {.command = "activate --profile ccm"};
	const struct sim_state *st = m->full->state;

	succeeds(w, m, &r, "Client control mode.");
	check_activated(w, m, IPS_CONTROL_CLIENT);
	assert_string_equal(status_of(w, &r, "Network"), "Wired Network Configured");
	assert_string_equal(status_of(w, &r, "CIRAConnection"), "Configured");
	assert_non_null(strstr(r.message, "\"Activation\":{\"Result\":\"Success\","
					  "\"Mode\":\"CCM\",\"Details\":\"Client control "
					  "mode\"}"));
	assert_non_null(
		strstr(r.message, "\"CIRAProxy\":{\"Result\":\"NotApplicable\","));
	assert_int_equal(
		sim_store_count(&st->store, &amt_management_presence_remote_sap_class),
		1);
	assert_int_equal(
		sim_store_count(&st->store, &amt_remote_access_policy_rule_class), 2);
	assert_null(r.progress_text.p); /* it did not ask for any */
	run_end(&r);
}

static void acm(struct world *w, struct machine *m)
{
	static const char *const steps[] = {
		"Starting provisioning",
		"Activation completed",
		"Clearing previous configuration",
		"Configuring network settings",
		"Wired network configuration completed",
		"Configuring AMT features",
		"AMT features completed: KVM, SOL (User Consent: None)",
		"Configuring CIRA remote access",
		"CIRA configuration completed"};
	struct run r = {.command = "activate --profile acm-random", .progress = true};
	const char *at;

	succeeds(w, m, &r, "Activated to admin control mode.");
	check_activated(w, m, IPS_CONTROL_ADMIN);
	at = r.progress_text.p;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		at = strstr(at, steps[i]);
		if (at == NULL)
			fail_msg("no \"%s\" in its place in %s", steps[i],
				 r.progress_text.p);
	}
	run_end(&r);
}

/* The order in which upstream's server asks, so that firmware sees what it is used to. */
static void order(struct world *w, struct machine *m)
{
	static const char *const calls[] = {
		"IPS_HostBasedSetupService/AddNextCertInChain",
		"IPS_HostBasedSetupService/AdminSetup",
		"AMT_SetupAndConfigurationService/SetMEBxPassword",
		"AMT_PublicKeyManagementService/AddTrustedRootCertificate",
		"AMT_RemoteAccessService/AddMpServer",
		"AMT_RemoteAccessService/AddRemoteAccessPolicyRule",
		"AMT_UserInitiatedConnectionService/RequestStateChange"};
	struct run r = {.command = "activate --profile acm"};
	const char *at;

	succeeds(w, m, &r, "Activated to admin control mode.");
	at = r.seen.p;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		at = at != NULL ? strstr(at, calls[i]) : NULL;
		if (at == NULL)
			fail_msg("no %s in its place in\n%s", calls[i], r.seen.p);
	}
	run_end(&r);
}

static void paced(struct world *w, struct machine *m)
{
	struct run r = {.command = "activate --profile ccm", .no_lms = true};

	succeeds(w, m, &r, "Client control mode.");
	assert_true(r.rest_ms >= 18);
	run_end(&r);
	r = (struct run){.command = "deactivate --password " AMT_PASSWORD,
			 .password = AMT_PASSWORD};
	succeeds(w, m, &r, "Deactivated");
	assert_true(r.rest_ms < 18);
	run_end(&r);
}

static void upgrade(struct world *w, struct machine *m)
{
	does(w, m, "activate --profile ccm", NULL, "Client control mode.");
	does(w, m, "activate --profile acm", AMT_PASSWORD,
	     "Upgraded to admin control mode.");
	check_activated(w, m, IPS_CONTROL_ADMIN);
}

static void again(struct world *w, struct machine *m)
{
	does(w, m, "activate --profile ccm", NULL, "Client control mode.");
	does(w, m, "activate --profile ccm", AMT_PASSWORD,
	     "already enabled in client mode.");
	check_activated(w, m, IPS_CONTROL_CLIENT);
	does(w, m, "activate --profile ccm-random", AMT_PASSWORD,
	     "already enabled in client mode.");
	check_activated(w, m, IPS_CONTROL_CLIENT);
	refused(w, m, "activate --profile ccm", AMT_PASSWORD,
		"AMT password DOES NOT match stored version for Device");
}

/* Set up by somebody else, with a password that its user knows. */
static void adoption(struct world *w, struct machine *m)
{
	refused(w, m, "activate --profile acm", "wrong",
		"Unable to authenticate with AMT");
	does(w, m, "activate --profile acm", AMT_PASSWORD,
	     "already enabled in admin mode.");
	check_activated(w, m, IPS_CONTROL_ADMIN);
}

TEST(client_control_mode)
{
	with_factory(ccm);
}

TEST(admin_control_mode_with_generated_passwords)
{
	with_factory(acm);
}

TEST(admin_control_mode_asks_in_upstreams_order)
{
	with_factory(order);
}

TEST(client_control_mode_is_upgraded)
{
	with_factory(upgrade);
}

TEST(clients_without_lms_have_time_between_two_messages)
{
	with_factory(paced);
}

TEST(activating_again_gives_the_profiles_password)
{
	with_factory(again);
}

TEST(a_device_of_others_is_adopted_with_its_password)
{
	in_world(NULL, IPS_CONTROL_ADMIN, adoption);
}

/* ---- deactivation ---- */

/* Newest first. */
static void check_audit(struct world *w, const struct machine *m)
{
	static const char *const want[][2] = {{"deactivate", "invalid"},
					      {"deactivate", "done"},
					      {"deactivate", "device"},
					      {"deactivate", "forbidden"},
					      {"activate", "done"}};
	const struct iam_audit_filter f = {
		.device = m->guid, .who = "provisioning client", .top = 10};
	struct iam_audit *got;
	size_t n;

	ok(iam_audit_list(w->db, &f, &w->a, SOON, &got, &n));
	assert_int_equal(n, ARRAY_LEN(want));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(got[i].what, want[i][0]);
		assert_string_equal(got[i].outcome, want[i][1]);
		assert_string_equal(got[i].who, "provisioning client");
		assert_string_equal(got[i].peer, "127.0.0.1");
	}
}

static void deactivation(struct world *w, struct machine *m)
{
	struct device_secrets s;
	struct rps_device d;
	long status;

	does(w, m, "activate --profile acm", NULL, "Activated to admin control mode.");
	refused(w, m, "deactivate --password wrong", "wrong",
		"AMT password DOES NOT match stored version for Device");
	refused(w, m, "deactivate --password wrong -f", "wrong",
		"Unable to authenticate with AMT");
	assert_int_equal(m->full->state->mode, IPS_CONTROL_ADMIN);
	does(w, m, "deactivate --password " AMT_PASSWORD, AMT_PASSWORD, "Deactivated");
	assert_int_equal(m->full->state->mode, IPS_CONTROL_NONE);
	struct err *e = device_secrets_get(w->secrets, m->guid, &w->a, SOON, &s);
	assert_true(err_is(e, ERR_NOT_FOUND));
	err_free(e);
	e = rps_device_get(w->store, "", m->guid, &w->a, SOON, &d);
	assert_true(err_is(e, ERR_NOT_FOUND));
	err_free(e);
	mps_record(w, m, &status);
	assert_int_equal(status, 404);
	refused(w, m, "deactivate --password x", "x", "is in pre-provisioning mode.");
	check_audit(w, m);
}

TEST(deactivation_leaves_nothing_behind)
{
	with_factory(deactivation);
}

/* ---- maintenance ---- */

static void maintenance(struct world *w, struct machine *m)
{
	const struct sim_state *st = m->full->state;
	const char *old = AMT_PASSWORD;
	long status;

	refused(w, m, "maintenance -password x --synctime", "x",
		"is in pre-provisioning mode.");
	does(w, m, "activate --profile ccm", NULL, "Client control mode.");
	does(w, m, "maintenance -password x --synctime", old,
	     "synctime completed succesfully");
	assert_true(st->clock_set);
	does(w, m, "maintenance -password x --synchostname", old,
	     "synchostname completed succesfully");
	const struct amt_general_settings *g =
		sim_store_first(&st->store, &amt_general_settings_class);
	assert_true(str_eqz(g->host_name, "new-name"));
	assert_non_null(strstr(mps_record(w, m, &status), "\"new-name\""));
	refused(w, m, "maintenance -password x --synchostname", old,
		"synchostname failed at PUT_GENERAL_SETTINGS at put AMT_GeneralSettings "
		"host "
		"name already synchronized");
	does(w, m, "maintenance -password x --syncip", old,
	     "syncip completed succesfully");
	const struct amt_ethernet_port_settings *p =
		sim_store_first(&st->store, &amt_ethernet_port_settings_class);
	assert_true(str_eqz(p->ip_address, "192.168.1.77") && !p->dhcp_enabled.v);
	refused(w, m, "maintenance -password x --syncip", old,
		"syncip failed at PUT_ETHERNET_PORT_SETTINGS IPAddress already "
		"synchronized");
	does(w, m, "maintenance -password x --syncdeviceinfo", old,
	     "syncdeviceinfo completed succesfully");
	assert_non_null(strstr(mps_record(w, m, &status), "\"192.168.1.77\""));
	refused(w, m, "maintenance -password x", old,
		"missing maintenance task in message");
	refused(w, m, "maintenance -password x --synctime", "wrong",
		"AMT password DOES NOT match stored version for Device");
}

static void passwords(struct world *w, struct machine *m)
{
	struct device_secrets s;

	does(w, m, "activate --profile ccm", NULL, "Client control mode.");
	does(w, m, "maintenance -password x --changepassword " NEW_PASSWORD, AMT_PASSWORD,
	     "changepassword completed succesfully");
	check_activated(w, m, IPS_CONTROL_CLIENT);
	does(w, m, "maintenance -password x --changepassword", NEW_PASSWORD,
	     "changepassword completed succesfully");
	check_activated(w, m, IPS_CONTROL_CLIENT);
	ok(device_secrets_get(w->secrets, m->guid, &w->a, SOON, &s));
	assert_int_equal(s.amt_password.n, 16);
	device_secrets_fini(&s);
}

/* The device took the new password, and then its client was gone. */
static void interrupted_change(struct world *w, struct machine *m)
{
	does(w, m, "activate --profile ccm", NULL, "Client control mode.");
	for (unsigned at = 1; at <= 3; at++) {
		struct run r = {.command = "maintenance -password x --changepassword",
				.password = AMT_PASSWORD,
				.fault = CLIENT_DIES_AFTER,
				.at = at};
		client_run(w, m, &r);
		run_end(&r);
	}
	/* The user knows the old one only; the server knows both. */
	does(w, m, "maintenance -password x --changepassword " AMT_PASSWORD, AMT_PASSWORD,
	     "changepassword completed succesfully");
	check_activated(w, m, IPS_CONTROL_CLIENT);
}

TEST(maintenance_does_each_task)
{
	with_factory(maintenance);
}

TEST(passwords_are_changed_to_a_given_or_a_generated_one)
{
	with_factory(passwords);
}

TEST(a_password_change_that_was_cut_short_is_found_out)
{
	with_factory(interrupted_change);
}

/* ---- refusals ---- */

static void refusals(struct world *w, struct machine *m)
{
	refused(w, m, "activate --profile nobody", NULL,
		"activation failed. nobody does not match list of available AMT "
		"profiles.");
	refused(w, m, "reboot", NULL, "Not a supported method received from AMT device");
	struct answer a = rps_call(w, "DELETE", "/api/v1/admin/domains/corp", NULL);
	assert_int_equal(a.status, 204);
	refused(w, m, "activate --profile acm", NULL,
		"activation failed. Specified AMT domain suffix: corp.example.com does "
		"not "
		"match list of available AMT domain suffixes.");
	assert_int_equal(m->full->state->mode, IPS_CONTROL_NONE);
}

TEST(what_cannot_be_done_is_said_before_the_device_is_touched)
{
	with_factory(refusals);
}

/* ---- the wire ---- */

struct frame {
	const char *text, *answer; /* part of the final message, or NULL: just closed */
	bool binary;
};

static void talk(struct world *w, const struct frame *f)
{
	const struct ws_config config = {.max_message = 1 << 20};
	struct ws_message m;
	struct stream *s;
	struct ws *ws;

	ok(socket_connect("127.0.0.1", rps_rpc_port(w->rps), NULL, SOON, &s));
	ok(ws_connect(s, "localhost", "/activate", NULL, &config, SOON, &ws));
	ok(ws_send(ws, f->binary, str_of(f->text), SOON));
	struct err *e = ws_recv(ws, SOON, &m);
	if (f->answer == NULL) {
		assert_true(err_is(e, ERR_CLOSED));
	} else {
		ok(e);
		e = NULL;
		if (str_find(m.data, str_of(f->answer)) < 0)
			fail_msg("%s: " STR_FMT, f->text, STR_ARG(m.data));
	}
	err_free(e);
	ws_close(ws, 1000, NULL);
	ws_free(ws);
}

static void bad_frames(struct world *w, struct machine *m)
{
	static const struct frame frames[] = {
		{"x", "\"method\":\"error\"", false},
		{"x", "the message is not JSON", false},
		{"{}", "the message has no method", false},
		{"{\"method\":\"response\",\"payload\":\"\"}",
		 "Error: the first message must be a command", false},
		{"{\"method\":\"activate --profile ccm\",\"protocolVersion\":\"5.0.0\","
		 "\"payload\":\"e30=\"}",
		 "Error: protocol version NOT supported: 5.0.0", false},
		{"{\"method\":\"activate --profile ccm\",\"protocolVersion\":\"4.0.0\","
		 "\"payload\":null}",
		 "Error: Failed to parse client message payload.", false},
		{"{\"method\":\"activate --profile ccm\",\"protocolVersion\":\"4.0.0\","
		 "\"payload\":\"e30=\"}",
		 "Error: Invalid payload from client", false},
		{"{}", "messages are text frames of JSON", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(frames); i++)
		talk(w, &frames[i]);
	char *long_one = arena_alloc(&w->a, 300001);
	memset(long_one, 'x', 300000);
	long_one[300000] = '\0';
	talk(w, &(struct frame){long_one, NULL, false});
}

static void limits(struct world *w, struct machine *m)
{
	refused(w, m, "activate --profile ccm", NULL, "Too many clients from 127.0.0.1");
}

static struct err *connect_with(struct world *w, const char *headers)
{
	const struct ws_config config = {.max_message = 1 << 20};
	struct stream *s;
	struct ws *ws;

	ok(socket_connect("127.0.0.1", rps_rpc_port(w->rps), NULL, SOON, &s));
	TRY(ws_connect(s, "localhost", "/activate", headers, &config, SOON, &ws));
	ws_close(ws, 1000, NULL);
	ws_free(ws);
	return NULL;
}

static void tokens(struct world *w, struct machine *m)
{
	const char *viewer;
	struct err *e = connect_with(w, NULL);

	assert_true(err_is(e, ERR_UNAUTHENTICATED));
	err_free(e);
	e = connect_with(w, "Authorization: Bearer nonsense\r\n");
	assert_true(err_is(e, ERR_UNAUTHENTICATED));
	err_free(e);
	ok(iam_issue(w->iam, "v", "", "viewer", 5, &w->a, &viewer));
	e = connect_with(w, arena_printf(&w->a, "Authorization: Bearer %s\r\n", viewer));
	assert_true(err_is(e, ERR_FORBIDDEN));
	err_free(e);
	ok(connect_with(w,
			arena_printf(&w->a, "Authorization: Bearer %s\r\n", w->token)));
}

TEST(malformed_messages_get_an_answer)
{
	with_factory(bad_frames);
}

TEST(clients_of_one_address_are_limited)
{
	static const char *const one[] = {"rps.rpc.max_per_address=1", NULL};
	struct world w;
	struct machine m;
	struct stream *s;
	struct ws *ws;

	world_start(&w, one);
	world_profiles(&w);
	machine_start(&w, &m, 1);
	ok(socket_connect("127.0.0.1", rps_rpc_port(w.rps), NULL, SOON, &s));
	ok(ws_connect(s, "localhost", "/activate", NULL,
		      &(struct ws_config){.max_message = 4096}, SOON, &ws));
	limits(&w, &m);
	ws_close(ws, 1000, NULL);
	ws_free(ws);
	does(&w, &m, "activate --profile ccm", NULL, "Client control mode.");
	machine_stop(&m);
	world_stop(&w);
}

TEST(tokens_are_checked_where_they_are_required)
{
	static const char *const required[] = {"rps.rpc.require_token=true", NULL};

	in_world(required, IPS_CONTROL_NONE, tokens);
}

struct held {
	struct world *w;
	struct machine *m;
	struct run r;
};

static void held_run(void *arg)
{
	struct held *h = arg;

	client_run(h->w, h->m, &h->r);
}

TEST(a_device_has_one_client_at_a_time)
{
	static const char *const settings[] = {"rps.rpc.answer_ms=8000", NULL};
	struct world w;
	struct machine m;
	struct fiber_group group;

	world_start(&w, settings);
	world_profiles(&w);
	machine_start(&w, &m, 1);
	struct held h = {
		&w,
		&m,
		{.command = "activate --profile ccm", .fault = DEVICE_STALLS, .at = 2}};
	fiber_group_init(&group);
	fiber_spawn(&group, "client", held_run, &h);
	while (h.r.requests < 2)
		ok(fiber_sleep_ms(1));
	refused(&w, &m, "activate --profile ccm", NULL,
		"is being provisioned by another client");
	fiber_group_join(&group, false);
	assert_true(h.r.ended);
	run_end(&h.r);
	does(&w, &m, "activate --profile ccm", NULL, "Client control mode.");
	machine_stop(&m);
	world_stop(&w);
}

/* ---- the MPS is away ---- */

TEST(an_mps_that_is_away_is_told_later)
{
	static const char *const nowhere[] = {"rps.mps.url=http://127.0.0.1:9", NULL};
	struct world w;
	struct machine m;
	struct db_rows *rows;
	static const struct db_stmt jobs = {
		"test.jobs", "SELECT guid, method FROM rps_mps_jobs", NULL};

	world_start(&w, nowhere);
	world_profiles(&w);
	machine_start(&w, &m, 1);
	does(&w, &m, "activate --profile ccm", NULL, "Client control mode.");
	ok(db_query(w.db, &jobs, NULL, 0, &w.a, SOON, &rows));
	assert_int_equal(rows->n, 1);
	assert_string_equal(db_text(rows, 0, 0), m.guid);
	assert_string_equal(db_text(rows, 0, 1), "POST");
	does(&w, &m, "deactivate --password " AMT_PASSWORD, AMT_PASSWORD,
	     "Deactivated. MPS Unavailable.");
	ok(db_query(w.db, &jobs, NULL, 0, &w.a, SOON, &rows));
	assert_int_equal(rows->n, 1);
	assert_string_equal(db_text(rows, 0, 1), "DELETE");
	machine_stop(&m);
	world_stop(&w);
}

/* ---- through TLS to the device's local port ---- */

static void tunnel(struct world *w, struct machine *m)
{
	struct run r = {.command = "activate --profile acm", .tls_tunnel = true};

	succeeds(w, m, &r, "Activated to admin control mode.");
	check_activated(w, m, IPS_CONTROL_ADMIN);
	assert_string_equal(status_of(w, &r, "TLSConfiguration"), "Configured");
	assert_true(m->full->state->tls_local.enabled);
	run_end(&r);
}

TEST(tls_tunnel_upgrades_through_a_certificate_of_ours)
{
	with_factory(tunnel);
}

/* AMT 19: no plain port. The root that signed its chip's chain is in a file. */
static void tls_only(struct run r, const char *status, int mode)
{
	struct world w;
	struct machine m;
	char path[128], setting[192];
	const char *settings[] = {setting, NULL};

	snprintf(path, sizeof(path), "/tmp/ob-rps-root-%d.pem", (int)getpid());
	snprintf(setting, sizeof(setting), "rps.odca_root_file=%s", path);
	world_start(&w, settings);
	world_profiles(&w);
	machine_start_tls(&w, &m, 1);
	FILE *f = fopen(path, "w");
	assert_int_equal(PEM_write_X509(f, m.full->state->on_die.root), 1);
	fclose(f);
	succeeds(&w, &m, &r, status);
	assert_int_equal(m.full->state->mode, mode);
	unlink(path);
	run_end(&r);
	machine_stop(&m);
	world_stop(&w);
}

TEST(tls_only_firmware_enters_client_control_mode)
{
	tls_only((struct run){.command = "activate --profile ccm"},
		 "Client control mode.", IPS_CONTROL_CLIENT);
}

TEST(tls_only_firmware_enters_admin_control_mode_by_client_control_mode)
{
	tls_only((struct run){.command = "activate --profile acm"},
		 "Activated to admin control mode.", IPS_CONTROL_ADMIN);
}

/* Firmware ends its connection with every challenge. */
TEST(an_end_that_crosses_the_next_connections_hello_is_not_its_own)
{
	tls_only((struct run){.command = "activate --profile ccm", .resets_late = true},
		 "Client control mode.", IPS_CONTROL_CLIENT);
}

/* Whoever shows another chain gets no password. */
TEST(a_chain_of_another_root_is_refused)
{
	struct world w;
	struct machine m;

	world_start(&w, NULL);
	world_profiles(&w);
	machine_start_tls(&w, &m, 1);
	refused(&w, &m, "activate --profile ccm", NULL, "TLS tunnel");
	assert_int_equal(m.full->state->mode, IPS_CONTROL_NONE);
	machine_stop(&m);
	world_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_control_mode),
		cmocka_unit_test(admin_control_mode_with_generated_passwords),
		cmocka_unit_test(admin_control_mode_asks_in_upstreams_order),
		cmocka_unit_test(client_control_mode_is_upgraded),
		cmocka_unit_test(clients_without_lms_have_time_between_two_messages),
		cmocka_unit_test(activating_again_gives_the_profiles_password),
		cmocka_unit_test(a_device_of_others_is_adopted_with_its_password),
		cmocka_unit_test(deactivation_leaves_nothing_behind),
		cmocka_unit_test(maintenance_does_each_task),
		cmocka_unit_test(passwords_are_changed_to_a_given_or_a_generated_one),
		cmocka_unit_test(a_password_change_that_was_cut_short_is_found_out),
		cmocka_unit_test(
			what_cannot_be_done_is_said_before_the_device_is_touched),
		cmocka_unit_test(malformed_messages_get_an_answer),
		cmocka_unit_test(clients_of_one_address_are_limited),
		cmocka_unit_test(tokens_are_checked_where_they_are_required),
		cmocka_unit_test(a_device_has_one_client_at_a_time),
		cmocka_unit_test(an_mps_that_is_away_is_told_later),
		cmocka_unit_test(tls_tunnel_upgrades_through_a_certificate_of_ours),
		cmocka_unit_test(tls_only_firmware_enters_client_control_mode),
		cmocka_unit_test(
			tls_only_firmware_enters_admin_control_mode_by_client_control_mode),
		cmocka_unit_test(
			an_end_that_crosses_the_next_connections_hello_is_not_its_own),
		cmocka_unit_test(a_chain_of_another_root_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
