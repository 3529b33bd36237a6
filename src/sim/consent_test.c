/* SPDX-License-Identifier: Apache-2.0
 * User consent: code, tries, times, what needs it in which mode; switches of redirection.
 */
#include <sim/subject_test.h>

#include <stdlib.h>

#define OPT_IN &ips_opt_in_service_class

static void require(struct full_fixture *f, int64_t what)
{
	struct ips_opt_in_service s =
		*(const struct ips_opt_in_service *)full_get(f, OPT_IN);

	s.opt_in_required.v = what;
	assert_string_equal(full_fault(f, WSMAN_PUT, OPT_IN, NULL, &s), "");
}

static int64_t start(struct full_fixture *f)
{
	return full_invoke(f, OPT_IN, &ips_opt_in_service_start_opt_in_method, NULL,
			   NULL);
}

static int64_t cancel(struct full_fixture *f)
{
	return full_invoke(f, OPT_IN, &ips_opt_in_service_cancel_opt_in_method, NULL,
			   NULL);
}

static int64_t send_code(struct full_fixture *f, int64_t code)
{
	struct ips_opt_in_service_send_opt_in_code_in in = {.opt_in_code = {true, code}};

	return full_invoke(f, OPT_IN, &ips_opt_in_service_send_opt_in_code_method, &in,
			   NULL);
}

static int64_t screen_code(struct full_fixture *f)
{
	const char *text = sim_consent_code(&f->d);

	assert_non_null(text);
	assert_int_equal(strlen(text), 6);
	return strtol(text, NULL, 10);
}

static int64_t opt_in_state(struct full_fixture *f)
{
	return ((const struct ips_opt_in_service *)full_get(f, OPT_IN))->opt_in_state.v;
}

static void without_need_all_methods_say_not_ready(void **state)
{
	struct full_fixture *f = *state;

	require(f, IPS_OPT_IN_NONE);
	assert_int_equal(start(f), 2);
	assert_int_equal(cancel(f), 2);
	assert_int_equal(send_code(f, 1), 2);
	assert_false(sim_consent_missing(&f->d, SIM_CONSENT_KVM));
}

static char shown[16];

static void show(void *arg, const char *text)
{
	snprintf(shown, sizeof(shown), "%s", text != NULL ? text : "-");
}

static void the_right_code_gives_consent(void **state)
{
	struct full_fixture *f = *state;

	f->d.state->subjects.hooks.show_code = show;
	require(f, IPS_OPT_IN_ALL);
	assert_true(sim_consent_missing(&f->d, SIM_CONSENT_BOOT));
	assert_int_equal(start(f), 0);
	assert_int_equal(opt_in_state(f), 2);
	assert_string_equal(shown, sim_consent_code(&f->d));
	assert_int_equal(start(f), 2);
	assert_int_equal(send_code(f, screen_code(f)), 0);
	assert_string_equal(shown, "-");
	assert_int_equal(opt_in_state(f), 3);
	assert_false(sim_consent_missing(&f->d, SIM_CONSENT_BOOT));
	assert_true(str_eq(sim_logs_audit_last(&f->d.state->subjects.logs, 30, 1),
			   (struct str){"\0", 1}));
	assert_int_equal(cancel(f), 0);
	assert_int_equal(opt_in_state(f), 0);
	assert_true(sim_consent_missing(&f->d, SIM_CONSENT_BOOT));
}

static void three_wrong_codes_end_it_and_block_for_a_while(void **state)
{
	struct full_fixture *f = *state;

	require(f, IPS_OPT_IN_KVM);
	assert_int_equal(start(f), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(send_code(f, (screen_code(f) + 1) % 1000000), 2);
		assert_int_equal(opt_in_state(f), 2);
	}
	assert_int_equal(send_code(f, (screen_code(f) + 1) % 1000000), 2);
	assert_int_equal(opt_in_state(f), 0);
	assert_int_equal(start(f), 3);
	assert_non_null(sim_logs_audit_last(&f->d.state->subjects.logs, 30, 2).p);
	clock_advance(SIM_CONSENT_BLOCK_MS);
	assert_int_equal(start(f), 0);
}

static void the_code_goes_when_nobody_sends_it(void **state)
{
	struct full_fixture *f = *state;

	require(f, IPS_OPT_IN_ALL);
	assert_int_equal(start(f), 0);
	clock_advance(299 * 1000);
	assert_int_equal(opt_in_state(f), 2);
	clock_advance(1000);
	assert_int_equal(opt_in_state(f), 0);
	assert_null(sim_consent_code(&f->d));
}

static void consent_lasts_as_long_as_a_session_and_a_bit(void **state)
{
	struct full_fixture *f = *state;

	require(f, IPS_OPT_IN_ALL);
	assert_int_equal(start(f), 0);
	assert_int_equal(send_code(f, screen_code(f)), 0);
	sim_consent_session(&f->d, SIM_CONSENT_IDER, true);
	assert_int_equal(opt_in_state(f), 4);
	clock_advance(3600 * 1000);
	assert_int_equal(opt_in_state(f), 4);
	sim_consent_session(&f->d, SIM_CONSENT_IDER, false);
	assert_int_equal(opt_in_state(f), 3);
	clock_advance(119 * 1000);
	assert_int_equal(opt_in_state(f), 3);
	clock_advance(1000);
	assert_int_equal(opt_in_state(f), 0);
}

static void client_control_mode_always_asks_for_all(void **state)
{
	struct full_fixture *f = *state;

	full_start(f, IPS_CONTROL_CLIENT, NULL);
	f->caller = full_admin;
	require(f, IPS_OPT_IN_NONE);
	const struct ips_opt_in_service *s = full_get(f, OPT_IN);
	assert_int_equal(s->opt_in_required.v, IPS_OPT_IN_ALL);
	assert_int_equal(s->can_modify_opt_in_policy.v, 0);
	assert_true(sim_consent_missing(&f->d, SIM_CONSENT_BOOT));
	assert_true(sim_consent_missing(&f->d, SIM_CONSENT_IDER));
	assert_false(sim_consent_missing(&f->d, SIM_CONSENT_SOL));
}

static void a_host_that_is_off_shows_the_code_when_it_is_on(void **state)
{
	struct full_fixture *f = *state;

	require(f, IPS_OPT_IN_ALL);
	assert_int_equal(subject_power(f, SIM_OFF_SOFT), 0);
	clock_advance(5000);
	assert_int_equal(start(f), 0);
	assert_int_equal(opt_in_state(f), 1);
	assert_int_equal(subject_power(f, SIM_ON), 0);
	clock_advance(5000);
	assert_int_equal(opt_in_state(f), 2);
}

static int64_t redirection(struct full_fixture *f, int64_t to)
{
	struct amt_redirection_service_request_state_change_in in = {
		.requested_state = {true, to}};

	return full_invoke(f, &amt_redirection_service_class,
			   &amt_redirection_service_request_state_change_method, &in,
			   NULL);
}

static int64_t kvm(struct full_fixture *f, int64_t to)
{
	struct cim_kvm_redirection_sap_request_state_change_in in = {
		.requested_state = {true, to}};

	return full_invoke(f, &cim_kvm_redirection_sap_class,
			   &cim_kvm_redirection_sap_request_state_change_method, &in,
			   NULL);
}

static int64_t sap_state(struct full_fixture *f)
{
	return ((const struct cim_kvm_redirection_sap *)full_get(
			f, &cim_kvm_redirection_sap_class))
		->enabled_state.v;
}

static void redirection_is_switched_by_its_services(void **state)
{
	struct full_fixture *f = *state;
	struct amt_redirection_service s;
	struct ips_kvm_redirection_setting_data k;

	assert_int_equal(redirection(f, 32769), 0);
	assert_int_equal(redirection(f, 3), 5);
	s = *(const struct amt_redirection_service *)full_get(
		f, &amt_redirection_service_class);
	assert_int_equal(s.enabled_state.v, 32769);
	assert_non_null(sim_logs_audit_last(&f->d.state->subjects.logs, 18, 7).p);
	/* A Put switches the listener, not the state. */
	s.enabled_state.v = 32771;
	s.listener_enabled.v = 0;
	assert_string_equal(
		full_fault(f, WSMAN_PUT, &amt_redirection_service_class, NULL, &s), "");
	s = *(const struct amt_redirection_service *)full_get(
		f, &amt_redirection_service_class);
	assert_int_equal(s.enabled_state.v, 32769);
	assert_int_equal(s.listener_enabled.v, 0);
	assert_int_equal(kvm(f, 3), 0);
	assert_int_equal(sap_state(f), 3);
	assert_int_equal(kvm(f, 2), 0);
	assert_int_equal(sap_state(f), 6);
	assert_int_equal(kvm(f, 9), 5);
	k = *(const struct ips_kvm_redirection_setting_data *)full_get(
		f, &ips_kvm_redirection_setting_data_class);
	k.default_screen.v = 2;
	assert_string_equal(full_fault(f, WSMAN_PUT,
				       &ips_kvm_redirection_setting_data_class, NULL, &k),
			    "");
	k.rfb_password = STR("weak");
	assert_string_equal(full_fault(f, WSMAN_PUT,
				       &ips_kvm_redirection_setting_data_class, NULL, &k),
			    "d:InvalidRepresentation");
	k.rfb_password = STR("P@ssw0rd");
	k.is_5900_port_enabled.v = 1;
	assert_string_equal(full_fault(f, WSMAN_PUT,
				       &ips_kvm_redirection_setting_data_class, NULL, &k),
			    "d:InvalidRepresentation");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, subject_set_up, full_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_need_all_methods_say_not_ready),
		TEST(the_right_code_gives_consent),
		TEST(three_wrong_codes_end_it_and_block_for_a_while),
		TEST(the_code_goes_when_nobody_sends_it),
		TEST(consent_lasts_as_long_as_a_session_and_a_bit),
		TEST(client_control_mode_always_asks_for_all),
		TEST(a_host_that_is_off_shows_the_code_when_it_is_on),
		TEST(redirection_is_switched_by_its_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
