/* SPDX-License-Identifier: Apache-2.0
 * Redirection of a full device on its port and through a tunnel's channel: who is let in,
 * what switches, consent and power do, what the audit log says.
 */
#include <sim/full_test.h>

#include <net/socket.h>
#include <net/tls_test.h>
#include <sim/full.h>
#include <sim/redirection_test_tools.h>
#include <sim/screen.h>

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

struct world {
	struct sim_model model;
	struct sim_full *full;
};

static void start_with(struct world *w, int mode, uint32_t step_ms)
{
	struct sim_birth b = {
		.uuid = {1, 2, 3}, .mode = mode, .password = STR(TEST_PASSWORD)};
	struct sim_full_config c = {.model = &w->model, .listen = "127.0.0.1"};
	struct sim_state *st;

	*w = (struct world){
		.model = {.version = "16.1.25", .build = "1932", .step_ms = step_ms}};
	assert_null(sim_state_new(&b, &st));
	assert_null(sim_full_new(&c, st, &w->full));
}

static void start(struct world *w, int mode)
{
	start_with(w, mode, 10);
}

static struct test_console on_port(struct world *w)
{
	struct test_console c = {0};

	assert_non_null(w->full->redirection_plain);
	assert_null(socket_connect("127.0.0.1", listener_port(w->full->redirection_plain),
				   NULL, deadline_in(TEST_MS), &c.s));
	return c;
}

/* As the tunnel does with a channel, or LME; ours when it was let in. */
static enum apf_open_failure on_channel(struct world *w, bool local,
					struct test_console *c)
{
	struct stream *peer;
	enum apf_open_failure why;

	*c = (struct test_console){0};
	test_pipe(65536, &c->s, &peer);
	why = sim_full_connect(w->full, SIM_PORT_REDIRECTION, local,
			       local ? STR("127.0.0.1") : STR("192.0.2.7"), peer);
	if (why != 0)
		stream_free(peer);
	return why;
}

static uint8_t log_in(struct test_console *c, const char *user)
{
	return test_console_digest(c, REDIR_BY_DIGEST, user, TEST_PASSWORD);
}

static bool audited(struct world *w, unsigned event)
{
	return sim_logs_audit_last(&w->full->state->subjects.logs, SIM_AUDIT_REDIRECTION,
				   event)
		       .p != NULL;
}

/* The newest record names the console's address. */
static bool audited_from(struct world *w, const char *address)
{
	const struct sim_logs *l = &w->full->state->subjects.logs;
	const struct sim_audit_record *r = &l->audit[l->n_audit - 1];

	return memmem(r->bytes, r->n, address, strlen(address)) != NULL;
}

TEST(sol_is_served_on_the_port_and_in_channels)
{
	struct world w;
	struct test_console c;

	start(&w, IPS_CONTROL_ADMIN);
	for (int i = 0; i < 3; i++) {
		if (i == 0)
			c = on_port(&w);
		else
			assert_int_equal(on_channel(&w, i == 2, &c), 0);
		assert_int_equal(test_console_start(&c, REDIR_SOL), REDIR_STARTED);
		assert_int_equal(log_in(&c, "joe"), REDIR_AUTH_FAILED);
		assert_int_equal(log_in(&c, "admin"), REDIR_AUTH_OK);
		assert_true(sim_redirection_active(&w.full->redirection, REDIR_SOL));
		assert_true(audited(&w, 4));
		assert_true(audited_from(&w, i == 1 ? "192.0.2.7" : "127.0.0.1"));
		test_console_close(&c);
		for (int n = 0;
		     n < 500 && sim_redirection_active(&w.full->redirection, REDIR_SOL);
		     n++)
			assert_null(fiber_sleep_ms(10));
		assert_true(audited(&w, 5));
	}
	sim_full_free(w.full);
}

TEST(accounts_need_the_realm)
{
	struct world w;

	start(&w, IPS_CONTROL_ADMIN);
	struct sim_account *a = &w.full->state->accounts[0];
	*a = (struct sim_account){.handle = 1,
				  .user = "joe",
				  .access = AMT_ACCESS_ANY,
				  .realms = 1u << SIM_REALM_GENERAL_INFO,
				  .enabled = true};
	sim_ha1(w.full->state, STR("joe"), STR(TEST_PASSWORD), a->ha1);
	struct test_console c = on_port(&w);
	test_console_start(&c, REDIR_SOL);
	assert_int_equal(log_in(&c, "joe"), REDIR_AUTH_FAILED);
	a->realms |= 1u << SIM_REALM_REDIRECTION;
	assert_int_equal(log_in(&c, "joe"), REDIR_AUTH_OK);
	test_console_close(&c);
	sim_full_free(w.full);
}

static void fault(struct world *w, const char *words)
{
	json_t *j = sim_control(w->full, str_of(words));

	assert_true(json_is_true(json_object_get(j, "ok")));
	json_decref(j);
}

TEST(faults_reach_redirection)
{
	struct world w;
	struct test_console c;
	struct buf start_sol = {0};
	char head[13];

	redir_encode(&start_sol,
		     &(struct redir_msg){.op = REDIR_START, .start = {.type = "SOL "}});
	start(&w, IPS_CONTROL_ADMIN);
	fault(&w, "fault wrong-digest");
	c = on_port(&w);
	assert_int_equal(test_console_start(&c, REDIR_SOL), REDIR_STARTED);
	assert_int_equal(log_in(&c, "admin"), REDIR_AUTH_FAILED);
	fault(&w, "fault wrong-digest off");
	assert_int_equal(log_in(&c, "admin"), REDIR_AUTH_OK);
	test_console_close(&c);
	/* Late, but whole. */
	fault(&w, "fault latency 200");
	c = on_port(&w);
	int64_t began = clock_mono_ms();
	assert_int_equal(test_console_start(&c, REDIR_IDER), REDIR_STARTED);
	assert_true(clock_mono_ms() - began >= 200);
	test_console_close(&c);
	fault(&w, "clear-faults");
	/* Nothing, until it is over. */
	fault(&w, "fault stall");
	c = on_port(&w);
	test_console_send(&c, &start_sol);
	assert_true(test_console_silent(&c, 200));
	fault(&w, "fault stall off");
	assert_null(stream_read_full(c.s, head, sizeof(head), deadline_in(TEST_MS)));
	test_console_close(&c);
	/* Half of it. */
	fault(&w, "fault reset");
	c = on_port(&w);
	test_console_send(&c, &start_sol);
	assert_null(stream_read_full(c.s, head, 7, deadline_in(TEST_MS)));
	struct err *e = stream_read_full(c.s, head, 1, deadline_in(TEST_MS));
	assert_true(err_is(e, ERR_CLOSED));
	err_free(e);
	test_console_close(&c);
	buf_fini(&start_sol);
	sim_full_free(w.full);
}

TEST(switches_refuse_and_end_sessions)
{
	struct world w;
	struct test_console c, other;

	start(&w, IPS_CONTROL_ADMIN);
	struct amt_redirection_service *s =
		sim_store_first(&w.full->state->store, &amt_redirection_service_class);
	assert_int_equal(on_channel(&w, false, &c), 0);
	assert_int_equal(test_console_start(&c, REDIR_SOL), REDIR_STARTED);
	assert_int_equal(log_in(&c, "admin"), REDIR_AUTH_OK);
	s->enabled_state = sim_num(AMT_REDIRECTION_IDER);
	assert_int_equal(on_channel(&w, false, &other), 0);
	assert_int_equal(test_console_start(&other, REDIR_SOL), REDIR_UNSUPPORTED);
	test_console_close(&other);
	sim_full_changed(w.full, SIM_AFTER_CHANGE);
	while (test_console_more(&c))
		;
	test_console_close(&c);
	s->listener_enabled = sim_num(0);
	sim_full_changed(w.full, SIM_AFTER_CHANGE);
	assert_null(fiber_sleep_ms(20));
	assert_null(w.full->redirection_plain);
	for (int local = 0; local < 2; local++) {
		assert_int_equal(on_channel(&w, local, &c), APF_OPEN_CONNECT_FAILED);
		test_console_close(&c);
	}
	sim_full_free(w.full);
}

static uint8_t starts(struct world *w, enum redir_kind kind)
{
	struct test_console c = on_port(w);
	uint8_t status = test_console_start(&c, kind);

	test_console_close(&c);
	return status;
}

TEST(client_control_mode_asks_for_consent)
{
	struct world w;

	start(&w, IPS_CONTROL_CLIENT);
	assert_int_equal(starts(&w, REDIR_SOL), REDIR_STARTED);
	assert_int_equal(starts(&w, REDIR_IDER), REDIR_FAILED);
	assert_int_equal(starts(&w, REDIR_KVM), REDIR_FAILED);
	assert_int_equal(sim_consent_start(&w.full->device), 0);
	json_t *j = sim_control(w.full, STR("screen"));
	assert_string_equal(json_string_value(json_object_get(j, "consent_code")),
			    sim_consent_code(&w.full->device));
	json_decref(j);
	w.full->state->subjects.consent.state = IPS_OPT_IN_RECEIVED;
	assert_int_equal(starts(&w, REDIR_IDER), REDIR_STARTED);
	assert_int_equal(starts(&w, REDIR_KVM), REDIR_STARTED);
	sim_full_free(w.full);
}

static bool dark(struct world *w)
{
	json_t *j = sim_control(w->full, STR("screen"));
	bool empty = json_string_length(json_object_get(j, "text")) == 0;

	json_decref(j);
	return empty;
}

TEST(the_screen_follows_power)
{
	struct world w;

	start(&w, IPS_CONTROL_ADMIN);
	assert_false(dark(&w));
	json_decref(sim_control(w.full, STR("power 8")));
	assert_null(fiber_sleep_ms(50));
	assert_true(dark(&w));
	json_decref(sim_control(w.full, STR("power 2")));
	assert_null(fiber_sleep_ms(100));
	assert_false(dark(&w));
	assert_true(w.full->redirection.boots > 0);
	assert_null(sim_full_unplug(w.full));
	assert_false(dark(&w));
	sim_full_free(w.full);
}

static int64_t request(struct world *w, int state)
{
	struct cim_power_management_service_request_power_state_change_in in = {
		.power_state = sim_num(state)};
	struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &cim_power_management_service_class,
		.method = &cim_power_management_service_request_power_state_change_method,
		.object = &in};
	struct buf rq = {0}, out = {0};
	struct wsman_reply r;
	struct arena a = {0};

	wsman_encode_request(&rq, &call, 7);
	assert_int_equal(sim_wsman(&w->full->device, buf_str(&rq), &a, &out), 200);
	assert_null(wsman_decode_reply(buf_str(&out), &call, &a, &r));
	int64_t result = r.return_value.v;
	arena_fini(&a);
	buf_fini(&rq);
	buf_fini(&out);
	return result;
}

static bool shows(struct world *w, const char *text)
{
	struct buf b = {0};

	json_decref(sim_control(w->full, STR("state")));
	sim_redirection_text(&w->full->redirection, &b);
	bool there = b.len > 0 && strstr(b.p, text) != NULL;
	buf_fini(&b);
	return there;
}

static void until_shown(struct world *w, const char *text)
{
	for (int n = 0; n < 2000 && !shows(w, text); n++)
		assert_null(fiber_sleep_ms(10));
	assert_true(shows(w, text));
}

TEST(graceful_requests_go_to_the_running_system)
{
	struct world w;

	/* The BIOS stays long enough to be seen by a busy machine. */
	start_with(&w, IPS_CONTROL_ADMIN, 500);
	json_decref(sim_control(w.full, STR("lms off")));
	assert_int_equal(request(&w, SIM_RESET_GRACEFUL), SIM_POWER_INVALID_TRANSITION);
	json_decref(sim_control(w.full, STR("lms on")));
	assert_int_equal(request(&w, SIM_RESET_GRACEFUL), SIM_POWER_OK);
	assert_true(shows(&w, "going down"));
	/* Neither before the end of the reset nor in the BIOS. */
	until_shown(&w, "virtual BIOS");
	assert_int_equal(request(&w, SIM_OFF_GRACEFUL), SIM_POWER_INVALID_TRANSITION);
	until_shown(&w, "login:");
	assert_int_equal(request(&w, SIM_OFF_GRACEFUL), SIM_POWER_OK);
	for (int n = 0; n < 2000 && !dark(&w); n++)
		assert_null(fiber_sleep_ms(10));
	assert_int_equal(w.full->device.power.state, SIM_OFF_SOFT);
	sim_full_free(w.full);
}

/* What the class says of the displays is what they are; DefaultScreen chooses one. */
TEST(displays_are_as_told_and_chosen)
{
	struct world w;

	start(&w, IPS_CONTROL_ADMIN);
	struct sim_store *s = &w.full->state->store;
	const struct ips_screen_setting_data *screens =
		sim_store_first(s, &ips_screen_setting_data_class);
	struct ips_kvm_redirection_setting_data *kvm =
		sim_store_first(s, &ips_kvm_redirection_setting_data_class);
	for (unsigned i = 0; i < SIM_DISPLAYS; i++) {
		assert_true(screens->is_active.v[i]);
		assert_int_equal(screens->resolution_x.v[i], sim_view_width(i));
		assert_int_equal(screens->resolution_y.v[i], sim_view_height(i));
		kvm->default_screen = sim_num(i);
		sim_full_redirection_check(w.full);
		assert_int_equal(w.full->redirection.display, i);
	}
	assert_false(screens->is_active.v[SIM_DISPLAYS]);
	kvm->default_screen = sim_num(SIM_DISPLAYS);
	sim_full_redirection_check(w.full);
	assert_int_equal(w.full->redirection.display, SIM_DISPLAYS - 1);
	sim_full_free(w.full);
}

TEST(the_screen_tells_what_is_booted)
{
	static const struct {
		struct sim_last_boot boot;
		const char *text;
	} rows[] = {
		{{.way = SIM_BOOT_WAY_HTTPS, .path = "https://x.example/os.efi"},
		 "HTTPS boot: https://x.example/os.efi"},
		{{.way = SIM_BOOT_WAY_FILE, .path = "\\EFI\\recovery.efi"},
		 "Starting: \\EFI\\recovery.efi"},
		{{.way = SIM_BOOT_WAY_ERASE, .erase_mask = 0x44}, "Platform erase: 0x44"},
		{{.way = SIM_BOOT_WAY_PXE}, "no boot server answers"},
	};
	struct world w;

	start(&w, IPS_CONTROL_ADMIN);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_hooks *h = &w.full->state->subjects.hooks;
		h->boot(h->arg, &rows[i].boot);
		until_shown(&w, rows[i].text);
	}
	sim_full_free(w.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sol_is_served_on_the_port_and_in_channels),
		cmocka_unit_test(accounts_need_the_realm),
		cmocka_unit_test(faults_reach_redirection),
		cmocka_unit_test(switches_refuse_and_end_sessions),
		cmocka_unit_test(client_control_mode_asks_for_consent),
		cmocka_unit_test(the_screen_follows_power),
		cmocka_unit_test(graceful_requests_go_to_the_running_system),
		cmocka_unit_test(displays_are_as_told_and_chosen),
		cmocka_unit_test(the_screen_tells_what_is_booted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
