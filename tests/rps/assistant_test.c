/* SPDX-License-Identifier: Apache-2.0
 * Enterprise Assistants: who may be one, what devices get through it, and everything that
 * may go wrong with it.
 */
#include "assistant_peer.h"

#include <base/clock.h>
#include <net/ws.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <unistd.h>

#define QUICK "rps.assistant.answer_ms=300"
#define PXE_TIMEOUT 77

static const struct wsman_class *const wired = &ips_ieee8021x_settings_class,
				       *const certificates =
					       &amt_public_key_certificate_class,
				       *const keys = &amt_public_private_key_pair_class;

/* ---- profiles ---- */

static void ieee8021x(struct world *w, const char *name, int protocol, bool is_wired)
{
	world_create(w, "ieee8021xconfigs",
		     arena_printf(&w->a,
				  "{\"profileName\":\"%s\",\"authenticationProtocol\":%d,"
				  "\"pxeTimeout\":%d,\"wiredInterface\":%s}",
				  name, protocol, PXE_TIMEOUT,
				  is_wired ? "true" : "false"));
}

static void wireless(struct world *w, const char *name, const char *ieee8021x_name)
{
	world_create(w, "wirelessconfigs",
		     arena_printf(&w->a,
				  "{\"profileName\":\"%s\",\"authenticationMethod\":7,"
				  "\"encryptionMethod\":4,\"ssid\":\"net-%s\","
				  "\"ieee8021xProfileName\":\"%s\"}",
				  name, name, ieee8021x_name));
}

static void tls_profile(struct world *w, const char *name, bool acm, int mode)
{
	world_profile(w, name, acm,
		      arena_printf(&w->a,
				   "\"dhcpEnabled\":true,\"tlsMode\":%d,"
				   "\"tlsSigningAuthority\":\"MicrosoftCA\"",
				   mode));
}

static void profiles(struct world *w)
{
	ieee8021x(w, "lantls", 0, true);
	ieee8021x(w, "lanpeap", 2, true);
	ieee8021x(w, "airtls", 0, false);
	ieee8021x(w, "airpeap", 2, false);
	wireless(w, "office", "airtls");
	wireless(w, "guests", "airpeap");
	world_profile(w, "wired-tls", true,
		      "\"dhcpEnabled\":true,\"ciraConfigName\":\"home\","
		      "\"ieee8021xProfileName\":\"lantls\"");
	world_profile(w, "wired-peap", false,
		      "\"dhcpEnabled\":true,\"ciraConfigName\":\"home\","
		      "\"ieee8021xProfileName\":\"lanpeap\"");
	world_profile(w, "wireless", false,
		      "\"dhcpEnabled\":true,\"ciraConfigName\":\"home\",\"wifiConfigs\":["
		      "{\"priority\":2,\"profileName\":\"office\"},"
		      "{\"priority\":1,\"profileName\":\"guests\"}]");
	world_profile(w, "air", false,
		      "\"dhcpEnabled\":true,\"ciraConfigName\":\"home\",\"wifiConfigs\":["
		      "{\"priority\":1,\"profileName\":\"office\"}]");
	tls_profile(w, "tls", true, 1);
}

struct scene {
	struct world w;
	struct machine m;
	struct assistant_peer p;
	uint16_t number; /* of the device */
};

static void scene_start(struct scene *s, const char *const *settings)
{
	*s = (struct scene){0};
	world_start(&s->w, settings);
	world_profiles(&s->w);
	profiles(&s->w);
	machine_start(&s->w, &s->m, s->number = 1);
	assistant_peer_start(&s->w, &s->p, "");
}

static void scene_stop(struct scene *s)
{
	assistant_peer_stop(&s->p);
	machine_stop(&s->m);
	world_stop(&s->w);
}

/* ---- who may be one ---- */

static void login_refused(struct world *w, const char *login, enum err_kind kind)
{
	struct assistant_peer p = {0};
	struct err *e = assistant_peer_connect(w, &p, login);

	assert_true(err_is(e, kind));
	err_free(e);
}

TEST(only_those_who_log_in_as_assistant_are_one)
{
	struct scene s;
	struct assistant_peer p = {0};
	const char *viewer;

	scene_start(&s, NULL);
	struct world *w = &s.w;
	ok(iam_issue(w->iam, "v", "", "operator", 5, &w->a, &viewer));
	ok(iam_user_set(w->iam, "ea", STR("Ea-P@ssw0rd1"), "", "assistant", SOON));
	login_refused(w, NULL, ERR_UNAUTHENTICATED);
	login_refused(w, "nonsense", ERR_UNAUTHENTICATED);
	login_refused(w, "ZWE=,!", ERR_UNAUTHENTICATED);
	login_refused(w, assistant_peer_login(w, "ea", "wrong"), ERR_UNAUTHENTICATED);
	login_refused(w, assistant_peer_login(w, "ea", "eyJ.no.token"),
		      ERR_UNAUTHENTICATED);
	login_refused(w, assistant_peer_login(w, "v", viewer), ERR_FORBIDDEN);
	ok(assistant_peer_connect(w, &p, assistant_peer_login(w, "ea", "Ea-P@ssw0rd1")));
	assistant_peer_stop(&p);
	scene_stop(&s);
}

TEST(a_login_that_is_taken_back_ends_the_connection)
{
	struct scene s;

	scene_start(&s, NULL);
	ok(iam_revoke(s.w.iam, "ea", NULL, "", SOON));
	while (s.p.connected)
		ok(fiber_sleep_ms(1));
	assert_int_equal(s.p.close_code, 1008);
	refused(&s.w, &s.m, "activate --profile wired-tls", NULL,
		"and none is connected");
	scene_stop(&s);
}

TEST(one_that_talks_nonsense_is_sent_away)
{
	static const struct {
		bool binary;
		const char *text;
		uint16_t code;
	} rows[] = {{false, "nonsense", 1007},
		    {false, "{\"nodeid\":1}", 1007},
		    {true, "{}", 1007}};
	struct scene s;

	scene_start(&s, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct assistant_peer p = {0};
		assistant_peer_start(&s.w, &p, "");
		ok(ws_send(p.ws, rows[i].binary, str_of(rows[i].text), SOON));
		while (p.connected)
			ok(fiber_sleep_ms(1));
		assert_int_equal(p.close_code, rows[i].code);
		assistant_peer_stop(&p);
	}
	/* What nobody asked for is not minded. */
	ok(ws_send(s.p.ws, false, STR("{\"nodeid\":\"x\",\"response\":{}}"), SOON));
	does(&s.w, &s.m, "activate --profile wired-tls", NULL,
	     "Activated to admin control mode.");
	scene_stop(&s);
}

TEST(a_tenant_has_eight_at_most)
{
	struct scene s;
	struct assistant_peer p[7] = {0}, more = {0}, other = {0};
	const char *token;

	scene_start(&s, NULL);
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		assistant_peer_start(&s.w, &p[i], "");
	ok(iam_issue(s.w.iam, "ea", "", "assistant", 5, &s.w.a, &token));
	struct err *e = assistant_peer_connect(&s.w, &more,
					       assistant_peer_login(&s.w, "ea", token));
	assert_non_null(e);
	err_free(e);
	assistant_peer_start(&s.w, &other, "acme");
	assistant_peer_stop(&other);
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		assistant_peer_stop(&p[i]);
	scene_stop(&s);
}

TEST(the_latest_is_asked_and_the_others_stand_by)
{
	struct scene s;
	struct assistant_peer second = {0};

	scene_start(&s, NULL);
	assistant_peer_start(&s.w, &second, "");
	does(&s.w, &s.m, "activate --profile wired-peap", NULL, "Client control mode.");
	assert_int_equal(s.p.asked, 0);
	assert_int_equal(second.asked, 1);
	assistant_peer_stop(&second);
	does(&s.w, &s.m, "activate --profile wired-peap", AMT_PASSWORD,
	     "already enabled in client mode.");
	assert_int_equal(s.p.asked, 1);
	scene_stop(&s);
}

TEST(a_tenants_devices_get_what_its_own_assistant_says)
{
	static const char *const settings[] = {"auth.tenancy=true", NULL};
	struct scene s;
	struct assistant_peer theirs = {0};
	struct run r = {.command = "activate --profile wired"};
	const char *ours;

	scene_start(&s, settings);
	struct world *w = &s.w;
	ours = w->token;
	ok(iam_issue(w->iam, "t", "acme", "admin", 60, &w->a, &r.token));
	w->token = r.token;
	ieee8021x(w, "lan", 2, true);
	world_profile(w, "wired", false,
		      "\"dhcpEnabled\":true,\"ieee8021xProfileName\":\"lan\"");
	w->token = ours;
	client_run(w, &s.m, &r);
	assert_true(r.ended && !r.success && r.requests == 0);
	run_end(&r);
	assistant_peer_start(w, &theirs, "acme");
	r = (struct run){.command = r.command, .token = r.token};
	succeeds(w, &s.m, &r, "Client control mode.");
	assert_int_equal(theirs.asked, 1);
	assert_int_equal(s.p.asked, 0);
	/* One that comes later, for somebody else, is not asked either. */
	assistant_peer_stop(&s.p);
	assistant_peer_start(w, &s.p, "");
	run_end(&r);
	r = (struct run){
		.command = r.command, .token = r.token, .password = AMT_PASSWORD};
	succeeds(w, &s.m, &r, "already enabled in client mode.");
	assert_int_equal(theirs.asked, 2);
	assert_int_equal(s.p.asked, 0);
	run_end(&r);
	assistant_peer_stop(&theirs);
	scene_stop(&s);
}

/* ---- what devices get ---- */

/* Certificates of the assistant's authority for keys in the device, and its root. */
static void check_certificates(struct scene *s, size_t issued)
{
	const struct sim_state *st = s->m.full->state;
	const struct amt_public_key_certificate *c;
	size_t mine = 0, roots = 0;

	for (size_t i = 0; (c = sim_store_nth(&st->store, certificates, i)); i++) {
		X509 *x = sim_state_certificate(st, c->instance_id);
		assert_non_null(x);
		if (X509_NAME_cmp(X509_get_issuer_name(x),
				  X509_get_subject_name(s->p.root)) == 0) {
			assert_int_equal(X509_verify(x, s->w.pki.ca_key), 1);
			roots += c->trusted_root_certficate.v != 0;
			mine += c->trusted_root_certficate.v == 0;
		}
		X509_free(x);
	}
	assert_int_equal(mine, issued);
	assert_int_equal(roots, 1);
	assert_int_equal(machine_count(&s->m, keys), issued);
}

TEST(wired_8021x_by_certificate)
{
	struct scene s;
	struct run r = {.command = "activate --profile wired-tls"};

	scene_start(&s, NULL);
	succeeds(&s.w, &s.m, &r, "Activated to admin control mode.");
	assert_string_equal(status_of(&s.w, &r, "Network"), "Wired Network Configured");
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_ADMIN);
	const struct ips_ieee8021x_settings *x =
		sim_store_first(&s.m.full->state->store, wired);
	assert_int_equal(x->enabled.v, IPS_8021X_WITH_CERTIFICATES);
	assert_int_equal(x->authentication_protocol.v, 0);
	assert_int_equal(x->pxe_timeout.v, PXE_TIMEOUT);
	assert_int_equal(x->available_in_s0.v, 1);
	assert_true(str_eqz(x->username, PEER_USER));
	assert_true(str_ends(x->element_name, STR(" lantls")));
	assert_int_equal(x->password.n, 0);
	check_certificates(&s, 1);
	assert_int_equal(machine_count(&s.m, &ips_8021x_credential_context_class), 2);
	assert_int_equal(s.p.asked, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_string_equal(s.p.devices[i], "host-1");
		assert_int_equal(s.p.protocols[i], 0);
	}
	run_end(&r);
	/* A profile without it takes all of it away. */
	does(&s.w, &s.m, "activate --profile acm", AMT_PASSWORD,
	     "already enabled in admin mode.");
	x = sim_store_first(&s.m.full->state->store, wired);
	assert_int_equal(x->enabled.v, IPS_8021X_DISABLED);
	assert_int_equal(machine_count(&s.m, keys), 0);
	assert_int_equal(machine_count(&s.m, certificates), 1); /* the MPS's root */
	assert_int_equal(machine_count(&s.m, &ips_8021x_credential_context_class), 0);
	scene_stop(&s);
}

/* Also by one that repeats the device alone, as others than upstream's may. */
TEST(wired_8021x_by_password)
{
	struct scene s;

	scene_start(&s, NULL);
	s.p.without_request_id = true;
	does(&s.w, &s.m, "activate --profile wired-peap", NULL, "Client control mode.");
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_CLIENT);
	const struct ips_ieee8021x_settings *x =
		sim_store_first(&s.m.full->state->store, wired);
	assert_int_equal(x->enabled.v, IPS_8021X_WITH_CERTIFICATES);
	assert_int_equal(x->authentication_protocol.v, 2);
	assert_true(str_eqz(x->username, PEER_USER));
	assert_true(str_eqz(x->password, PEER_PASSWORD));
	check_certificates(&s, 0);
	assert_int_equal(machine_count(&s.m, &ips_8021x_credential_context_class), 1);
	assert_int_equal(s.p.asked, 1);
	assert_int_equal(s.p.protocols[0], 2);
	scene_stop(&s);
}

TEST(wireless_8021x_of_both_kinds)
{
	struct scene s;
	struct run r = {.command = "activate --profile wireless"};
	const struct cim_ieee8021x_settings *x;

	scene_start(&s, NULL);
	succeeds(&s.w, &s.m, &r, "Client control mode.");
	assert_string_equal(status_of(&s.w, &r, "Network"),
			    "Wired Network Configured. Wireless Configured");
	const struct sim_store *store = &s.m.full->state->store;
	assert_int_equal(machine_count(&s.m, &cim_wifi_endpoint_settings_class), 2);
	x = sim_store_by_text(store, &cim_ieee8021x_settings_class, "ElementName",
			      STR("office"));
	assert_int_equal(x->authentication_protocol.v, 0);
	assert_true(str_eqz(x->username, PEER_USER));
	assert_int_equal(x->password.n, 0);
	x = sim_store_by_text(store, &cim_ieee8021x_settings_class, "ElementName",
			      STR("guests"));
	assert_int_equal(x->authentication_protocol.v, 2);
	assert_true(str_eqz(x->password, PEER_PASSWORD));
	check_certificates(&s, 1);
	assert_int_equal(machine_count(&s.m, &amt_8021x_credential_context_class), 3);
	run_end(&r);
	scene_stop(&s);
}

static void check_tls(struct scene *s, int mode)
{
	const struct sim_state *st = s->m.full->state;
	bool plain = mode == 2 || mode == 4;

	assert_true(st->tls_network.enabled && st->tls_local.enabled);
	assert_int_equal(st->tls_network.accept_plain, plain);
	assert_int_equal(st->tls_network.mutual, mode >= 3);
	X509 *x = sim_state_certificate(st, str_of(st->tls_certificate));
	assert_non_null(x);
	assert_int_equal(X509_verify(x, s->w.pki.ca_key), 1);
	X509_free(x);
}

TEST(tls_by_the_enterprises_authority_in_each_mode)
{
	struct scene s;
	struct device_secrets kept;

	scene_start(&s, NULL);
	for (int mode = 1; mode <= 4; mode++) {
		char name[32], command[64];
		snprintf(name, sizeof(name), "tls%d", mode);
		snprintf(command, sizeof(command), "activate --profile %s", name);
		tls_profile(&s.w, name, true, mode);
		struct run r = {.command = command, .password = AMT_PASSWORD};
		succeeds(&s.w, &s.m, &r,
			 mode == 1 ? "Activated to admin control mode."
				   : "already enabled in admin mode.");
		assert_string_equal(status_of(&s.w, &r, "TLSConfiguration"),
				    "Configured");
		check_tls(&s, mode);
		check_certificates(&s, 1);
		run_end(&r);
	}
	ok(device_secrets_get(s.w.secrets, s.m.guid, &s.w.a, SOON, &kept));
	assert_non_null(strstr(kept.tls_certificate, "BEGIN CERTIFICATE"));
	device_secrets_fini(&kept);
	scene_stop(&s);
}

/* The tunnel trusts the assistant's root, or, without one, that certificate alone. */
static void tunnel(bool without_root)
{
	struct scene s;
	struct run r = {.command = "activate --profile tls", .tls_tunnel = true};

	scene_start(&s, NULL);
	s.p.without_root = without_root;
	succeeds(&s.w, &s.m, &r, "Activated to admin control mode.");
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_ADMIN);
	check_tls(&s, 1);
	run_end(&r);
	scene_stop(&s);
}

TEST(a_tunnel_trusts_the_assistants_root)
{
	tunnel(false);
}

TEST(a_tunnel_trusts_the_certificate_when_the_root_is_not_told)
{
	tunnel(true);
}

/* AMT 19: everything goes through the tunnel. */
TEST(firmware_that_takes_tls_alone_gets_all_of_it)
{
	char path[64], setting[128];
	const char *settings[] = {setting, NULL};
	struct scene s;

	snprintf(path, sizeof(path), "/tmp/ob-rps-assistant-%d.pem", (int)getpid());
	snprintf(setting, sizeof(setting), "rps.odca_root_file=%s", path);
	scene_start(&s, settings);
	machine_stop(&s.m);
	machine_start_tls(&s.w, &s.m, 1);
	FILE *f = fopen(path, "w");
	assert_int_equal(PEM_write_X509(f, s.m.full->state->on_die.root), 1);
	fclose(f);
	world_profile(&s.w, "whole", true,
		      "\"dhcpEnabled\":true,\"tlsMode\":1,\"tlsSigningAuthority\":"
		      "\"MicrosoftCA\",\"ieee8021xProfileName\":\"lantls\","
		      "\"wifiConfigs\":[{\"priority\":1,\"profileName\":\"office\"}]");
	does(&s.w, &s.m, "activate --profile whole", NULL,
	     "Activated to admin control mode.");
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_ADMIN);
	check_certificates(&s, 3);
	const struct ips_ieee8021x_settings *x =
		sim_store_first(&s.m.full->state->store, wired);
	assert_int_equal(x->enabled.v, IPS_8021X_WITH_CERTIFICATES);
	assert_int_equal(machine_count(&s.m, &amt_8021x_credential_context_class), 2);
	unlink(path);
	scene_stop(&s);
}

/* ---- none ---- */

TEST(without_one_nothing_is_begun)
{
	static const char *const rows[][2] = {
		{"wired-tls", "Profile wired-tls has wired 802.1x, which needs an "
			      "Enterprise Assistant, and none is connected."},
		{"wireless", "Profile wireless has Wi-Fi with 802.1x, which needs"},
		{"tls", "Profile tls has TLS by a Microsoft CA, which needs"},
	};
	struct scene s;

	scene_start(&s, NULL);
	assistant_peer_stop(&s.p);
	/* Another tenant's is none. */
	assistant_peer_start(&s.w, &s.p, "acme");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct run r = {.command = arena_printf(&s.w.a, "activate --profile %s",
							rows[i][0])};
		client_run(&s.w, &s.m, &r);
		assert_true(r.ended && !r.success);
		if (strstr(r.message, rows[i][1]) == NULL)
			fail_msg("%s: %s", rows[i][0], r.message);
		assert_int_equal(r.requests, 0);
		run_end(&r);
	}
	assert_int_equal(s.m.full->state->mode, IPS_CONTROL_NONE);
	assert_int_equal(s.p.asked, 0);
	does(&s.w, &s.m, "activate --profile ccm", NULL, "Client control mode.");
	refused(&s.w, &s.m, "activate --profile wired-tls", AMT_PASSWORD,
		"and none is connected");
	assert_int_equal(s.m.full->state->mode, IPS_CONTROL_CLIENT);
	scene_stop(&s);
}

/* ---- failures ---- */

static const struct {
	const char *name, *why;
} faults[PEER_FAULTS] = {
	[PEER_GOES] = {"goes", "the Enterprise Assistant went away"},
	[PEER_SAYS_ERROR] = {"says error",
			     "the Enterprise Assistant says: no CA configured"},
	[PEER_STALLS] = {"stalls",
			 "the Enterprise Assistant did not answer within 0.3 s"},
	[PEER_TALKS_JUNK] = {"talks junk", "the Enterprise Assistant sent what is no "
					   "message"},
	[PEER_LEAVES_OUT] = {"leaves out", "the Enterprise Assistant's answer has no "},
	[PEER_ISSUES_JUNK] = {"issues junk", ""},
	[PEER_MISTAKES] = {"mistakes", "what was issued is no certificate for the "
				       "device's key pair"},
};

struct course {
	const char *profile;
	int mode;
	unsigned questions; /* of its first exchange */
	const char *key;    /* of the final message: where it is told */
	const char *first;  /* upstream's text for the first question */
	const char *status;
};

/* What the fault spoils: the answer to EAP-TLS's first question is not looked at. */
static bool spoils(const struct course *c, enum peer_fault fault, unsigned at)
{
	bool has_certificate = c->questions == 3;

	if (fault == PEER_LEAVES_OUT || fault == PEER_ISSUES_JUNK)
		return !has_certificate || at > 1;
	return fault != PEER_MISTAKES || at == 3;
}

static void complain(const struct course *c, enum peer_fault fault, unsigned at,
		     const struct run *r, const char *what)
{
	fail_msg("%s, question %u, %s: %s; told \"%s\"", c->profile, at,
		 faults[fault].name, what, r->message);
}

/* The part failed and says so; all else is as it should be. */
static void check_failure(struct scene *s, const struct course *c, enum peer_fault fault,
			  unsigned at, const struct run *r)
{
	const char *told = status_of(&s->w, r, c->key);
	const struct ips_ieee8021x_settings *x =
		sim_store_first(&s->m.full->state->store, wired);

	if (!r->ended || !r->success)
		complain(c, fault, at, r, "the flow did not go on");
	if (strcmp(status_of(&s->w, r, "Status"), c->status) != 0)
		complain(c, fault, at, r, "another status");
	if (strstr(told, faults[fault].why) == NULL ||
	    (at == 1 && strstr(told, c->first) == NULL && faults[fault].why[0] != '\0' &&
	     fault != PEER_LEAVES_OUT))
		complain(c, fault, at, r, "it is not told why");
	if (strstr(r->message, "\"Result\":\"Failure\"") == NULL)
		complain(c, fault, at, r, "no component failed");
	machine_check_activated(&s->w, &s->m, c->mode);
	assert_int_equal(x->enabled.v, IPS_8021X_DISABLED);
	if (s->m.full->state->tls_network.enabled)
		complain(c, fault, at, r, "TLS is on");
	if (machine_count(&s->m, &cim_wifi_endpoint_settings_class) != 0)
		complain(c, fault, at, r, "a wireless profile was left");
	if (machine_count(&s->m, keys) != 0)
		complain(c, fault, at, r, "a key pair was left");
	if (strcmp(c->key, "TLSConfiguration") != 0)
		assert_string_equal(status_of(&s->w, r, "CIRAConnection"), "Configured");
}

static void fail_once(struct scene *s, const struct course *c, enum peer_fault fault,
		      unsigned at)
{
	struct run r = {
		.command = arena_printf(&s->w.a, "activate --profile %s", c->profile)};

	machine_stop(&s->m);
	machine_start(&s->w, &s->m, ++s->number);
	s->p.fault = fault;
	s->p.at = at;
	s->p.asked = 0;
	client_run(&s->w, &s->m, &r);
	check_failure(s, c, fault, at, &r);
	run_end(&r);
	/* And with a good one, or with this one once more. */
	assistant_peer_stop(&s->p);
	s->p = (struct assistant_peer){0};
	assistant_peer_start(&s->w, &s->p, "");
	struct run again = {.command = r.command, .password = AMT_PASSWORD};
	client_run(&s->w, &s->m, &again);
	if (!again.success || strstr(again.message, "\"Failure\"") != NULL)
		complain(c, fault, at, &again, "the second run");
	machine_check_activated(&s->w, &s->m, c->mode);
	run_end(&again);
}

static void every_fault(const struct course *c)
{
	static const char *const settings[] = {QUICK, NULL};
	struct scene s;

	scene_start(&s, settings);
	for (int fault = PEER_FINE + 1; fault < PEER_FAULTS; fault++)
		for (unsigned at = 1; at <= c->questions; at++)
			if (spoils(c, (enum peer_fault)fault, at))
				fail_once(&s, c, (enum peer_fault)fault, at);
	scene_stop(&s);
}

TEST(every_failure_of_wired_8021x_by_certificate)
{
	every_fault(&(struct course){"wired-tls", IPS_CONTROL_ADMIN, 3, "Network",
				     "Failed to configure 802.1x: Failed to initiate "
				     "cert request with enterprise assistant in 802.1x",
				     "Activated to admin control mode."});
}

TEST(every_failure_of_wired_8021x_by_password)
{
	every_fault(&(struct course){"wired-peap", IPS_CONTROL_CLIENT, 1, "Network",
				     "Failed to initiate cert request with enterprise "
				     "assistant in 802.1x",
				     "Client control mode."});
}

TEST(every_failure_of_wireless_8021x)
{
	every_fault(&(struct course){"air", IPS_CONTROL_CLIENT, 3, "Network",
				     "Failed to add office: Failed to initiate cert "
				     "request with enterprise assistant in 802.1x",
				     "Client control mode."});
}

TEST(every_failure_of_tls_by_the_enterprises_authority)
{
	every_fault(&(struct course){
		"tls", IPS_CONTROL_ADMIN, 3, "TLSConfiguration",
		"Failed to initiate cert request with enterprise assistant",
		"Activated to admin control mode."});
}

/* The device, or its client, fails with each request between the key pair and 802.1X. */
static void device_fails(struct scene *s, enum fault fault, unsigned at)
{
	struct run r = {
		.command = "activate --profile wired-tls", .fault = fault, .at = at};

	machine_stop(&s->m);
	machine_start(&s->w, &s->m, ++s->number);
	client_run(&s->w, &s->m, &r);
	assert_int_equal(r.ended, fault == DEVICE_FAILS);
	if (r.ended && (!r.success || strstr(r.message, "\"Failure\"") == NULL))
		fail_msg("request %u: %s", at, r.message);
	run_end(&r);
	machine_check_activated(&s->w, &s->m, IPS_CONTROL_ADMIN);
	r = (struct run){.command = r.command, .password = AMT_PASSWORD};
	succeeds(&s->w, &s->m, &r, "already enabled in admin mode.");
	if (strstr(r.message, "\"Failure\"") != NULL)
		fail_msg("request %u, the second run: %s", at, r.message);
	const struct ips_ieee8021x_settings *x =
		sim_store_first(&s->m.full->state->store, wired);
	assert_int_equal(x->enabled.v, IPS_8021X_WITH_CERTIFICATES);
	check_certificates(s, 1);
	run_end(&r);
}

TEST(every_failure_of_the_device_while_it_gets_a_certificate)
{
	struct scene s;
	struct run r = {.command = "activate --profile wired-tls"};

	scene_start(&s, NULL);
	succeeds(&s.w, &s.m, &r, "Activated to admin control mode.");
	unsigned first = request_of(&r, "GenerateKeyPair", 1),
		 last = request_of(&r, "SetCertificates", 1);
	run_end(&r);
	assert_true(last > first + 5);
	for (unsigned at = first; at <= last; at++) {
		device_fails(&s, DEVICE_FAILS, at);
		device_fails(&s, CLIENT_DIES_AFTER, at);
	}
	scene_stop(&s);
}

/* One profile that cannot be had does not keep the others out. */
TEST(a_wireless_profile_that_fails_leaves_the_others)
{
	struct scene s;
	struct run r = {.command = "activate --profile wireless"};

	scene_start(&s, NULL);
	s.p.fault = PEER_SAYS_ERROR;
	s.p.at = 1; /* "guests", whose priority is 1 */
	succeeds(&s.w, &s.m, &r, "Client control mode.");
	if (strstr(status_of(&s.w, &r, "Network"),
		   "Added office WiFi Profiles. Failed to add guests") == NULL ||
	    strstr(r.message, "no CA configured") == NULL)
		fail_msg("%s", r.message);
	assert_int_equal(machine_count(&s.m, &cim_wifi_endpoint_settings_class), 1);
	check_certificates(&s, 1);
	run_end(&r);
	scene_stop(&s);
}

/* On the way to admin control mode there is no going on without a certificate. */
TEST(a_tunnelled_activation_that_gets_no_certificate_is_rolled_back)
{
	struct scene s;
	struct run r = {.command = "activate --profile tls", .tls_tunnel = true};
	struct device_secrets kept;

	scene_start(&s, NULL);
	s.p.fault = PEER_SAYS_ERROR;
	s.p.at = 3;
	client_run(&s.w, &s.m, &r);
	assert_true(r.ended && !r.success);
	if (strstr(r.message,
		   "TLS provisioning failed: Failed to get cert from Microsoft "
		   "CA: the Enterprise Assistant says: no CA configured") == NULL)
		fail_msg("%s", r.message);
	assert_int_equal(s.m.full->state->mode, IPS_CONTROL_NONE);
	struct err *e = device_secrets_get(s.w.secrets, s.m.guid, &s.w.a, SOON, &kept);
	assert_true(err_is(e, ERR_NOT_FOUND));
	err_free(e);
	run_end(&r);
	s.p.fault = PEER_FINE;
	r = (struct run){.command = r.command, .tls_tunnel = true};
	succeeds(&s.w, &s.m, &r, "Activated to admin control mode.");
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_ADMIN);
	run_end(&r);
	scene_stop(&s);
}

/* The device's client goes while the assistant is asked: the flow ends at once, so the
 * client can come again. */
TEST(a_client_that_goes_is_not_waited_for)
{
	static const char *const settings[] = {"rps.assistant.answer_ms=60000", NULL};
	struct scene s;
	struct run r = {.command = "activate --profile wired-peap"};

	scene_start(&s, settings);
	succeeds(&s.w, &s.m, &r, "Client control mode.");
	/* The request before the question: the next one after it adds the root. */
	unsigned n = request_of(&r, "AddTrustedRootCertificate", 1) - 1;
	run_end(&r);
	does(&s.w, &s.m, "deactivate --password " AMT_PASSWORD, AMT_PASSWORD,
	     "Deactivated");
	s.p.fault = PEER_STALLS;
	s.p.at = 0;
	int64_t began = clock_mono_ms();
	r = (struct run){.command = r.command, .leaves_after = n};
	client_run(&s.w, &s.m, &r);
	assert_false(r.ended);
	run_end(&r);
	s.p.fault = PEER_FINE;
	does(&s.w, &s.m, "activate --profile wired-peap", AMT_PASSWORD,
	     "already enabled in client mode.");
	assert_true(clock_mono_ms() - began < 20000);
	assert_int_equal(s.p.asked, 3);
	machine_check_activated(&s.w, &s.m, IPS_CONTROL_CLIENT);
	scene_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_those_who_log_in_as_assistant_are_one),
		cmocka_unit_test(a_login_that_is_taken_back_ends_the_connection),
		cmocka_unit_test(one_that_talks_nonsense_is_sent_away),
		cmocka_unit_test(a_tenant_has_eight_at_most),
		cmocka_unit_test(the_latest_is_asked_and_the_others_stand_by),
		cmocka_unit_test(a_tenants_devices_get_what_its_own_assistant_says),
		cmocka_unit_test(wired_8021x_by_certificate),
		cmocka_unit_test(wired_8021x_by_password),
		cmocka_unit_test(wireless_8021x_of_both_kinds),
		cmocka_unit_test(tls_by_the_enterprises_authority_in_each_mode),
		cmocka_unit_test(a_tunnel_trusts_the_assistants_root),
		cmocka_unit_test(
			a_tunnel_trusts_the_certificate_when_the_root_is_not_told),
		cmocka_unit_test(firmware_that_takes_tls_alone_gets_all_of_it),
		cmocka_unit_test(without_one_nothing_is_begun),
		cmocka_unit_test(every_failure_of_wired_8021x_by_certificate),
		cmocka_unit_test(every_failure_of_wired_8021x_by_password),
		cmocka_unit_test(every_failure_of_wireless_8021x),
		cmocka_unit_test(every_failure_of_tls_by_the_enterprises_authority),
		cmocka_unit_test(every_failure_of_the_device_while_it_gets_a_certificate),
		cmocka_unit_test(a_wireless_profile_that_fails_leaves_the_others),
		cmocka_unit_test(
			a_tunnelled_activation_that_gets_no_certificate_is_rolled_back),
		cmocka_unit_test(a_client_that_goes_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
