/* SPDX-License-Identifier: Apache-2.0
 * The virtual firmware over its WS-Management door: requests by the client's encoder,
 * replies by its decoder.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/wsman/classes/boot.h>
#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/power.h>
#include <amt/wsman/classes/system.h>
#include <base/clock.h>
#include <sim/device.h>

struct fixture {
	struct sim_model model;
	struct sim_device d;
	struct arena a;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	uint8_t uuid[16] = {1, 2, 3};

	clock_freeze(1000000, 1700000000000);
	f->model = (struct sim_model){
		.version = "16.1.25", .build = "1932", .step_ms = 1000};
	sim_device_init(&f->d, &f->model, uuid);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_fini(&f->a);
	free(f);
	return 0;
}

/* max: MaxElements of a Pull in place of the client's 999; 0 = that. */
static int ask_for(struct fixture *f, const struct wsman_call *call, unsigned max,
		   struct wsman_reply *r)
{
	struct buf rq = {0}, out = {0};

	wsman_encode_request(&rq, call, 7);
	if (max > 0) {
		char *n = memmem(rq.p, rq.len, ">999<", 5);
		assert_non_null(n);
		n[1] = n[2] = '0';
		n[3] = (char)('0' + max);
	}
	int status = sim_wsman(&f->d, buf_str(&rq), &f->a, &out);
	char *copy = arena_strndup(&f->a, out.p, out.len);
	struct err *e = wsman_decode_reply((struct str){copy, out.len}, call, &f->a, r);
	if (e != NULL)
		fail_msg("%s", err_str(e, &f->a));
	assert_true(str_eqz(r->header.relates_to, "7"));
	buf_fini(&rq);
	buf_fini(&out);
	return status;
}

static int ask(struct fixture *f, const struct wsman_call *call, struct wsman_reply *r)
{
	return ask_for(f, call, 0, r);
}

static const void *get(struct fixture *f, const struct wsman_class *c)
{
	struct wsman_reply r;

	assert_int_equal(ask(f, &(struct wsman_call){.op = WSMAN_GET, .cls = c}, &r),
			 200);
	return r.object;
}

static void assert_fault(struct fixture *f, const struct wsman_call *call,
			 const char *subcode)
{
	struct wsman_reply r;

	assert_int_equal(ask(f, call, &r), 400);
	assert_true(r.is_fault);
	if (!str_eqz(r.fault.subcode, subcode))
		fail_msg("%.*s instead of %s", STR_ARG(r.fault.subcode), subcode);
}

static void general_settings_carry_the_digest_realm(void **state)
{
	struct fixture *f = *state;
	const struct amt_general_settings *s = get(f, &amt_general_settings_class);
	char realm[SIM_REALM_SIZE];

	sim_device_realm(&f->d, realm);
	assert_int_equal(strlen(realm), 39);
	assert_true(str_eqz(s->digest_realm, realm));
}

static int64_t power_state(struct fixture *f)
{
	struct wsman_reply r;
	struct wsman_call call = {.op = WSMAN_ENUMERATE,
				  .cls = &cim_service_available_to_element_class};

	assert_int_equal(ask(f, &call, &r), 200);
	call.op = WSMAN_PULL;
	call.context = r.context;
	assert_int_equal(ask(f, &call, &r), 200);
	assert_true(r.end_of_sequence);
	assert_int_equal(r.n_items, 1);
	const struct cim_associated_power_management_service *s = wsman_item_as(
		&r.items[0], &cim_associated_power_management_service_class);
	return s->power_state.v;
}

static int64_t request(struct fixture *f, int power)
{
	struct cim_power_management_service_request_power_state_change_in in = {
		.power_state = {true, power}};
	struct wsman_reply r;
	struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = &cim_power_management_service_class,
		.method = &cim_power_management_service_request_power_state_change_method,
		.object = &in,
	};

	assert_int_equal(ask(f, &call, &r), 200);
	return r.return_value.v;
}

static void power_changes_after_its_time(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(power_state(f), 2);
	assert_int_equal(request(f, 8), 0);
	assert_int_equal(power_state(f), 2);
	clock_advance(1000);
	assert_int_equal(power_state(f), 8);
	assert_int_equal(request(f, 10), 4097);
	assert_int_equal(request(f, 2), 0);
	assert_int_equal(request(f, 8), 4099);
	clock_advance(2000);
	assert_int_equal(power_state(f), 2);
}

static void boot_options_last_for_one_boot(void **state)
{
	struct fixture *f = *state;
	struct amt_boot_setting_data s = *(const struct amt_boot_setting_data *)get(
		f, &amt_boot_setting_data_class);
	struct wsman_reply r;

	assert_int_equal(s.options_cleared.v, 1);
	s.bios_setup.v = 1;
	assert_int_equal(ask(f,
			     &(struct wsman_call){.op = WSMAN_PUT,
						  .cls = &amt_boot_setting_data_class,
						  .object = &s},
			     &r),
			 200);
	const struct amt_boot_setting_data *now = get(f, &amt_boot_setting_data_class);
	assert_int_equal(now->bios_setup.v, 1);
	assert_int_equal(now->options_cleared.v, 0);
	assert_int_equal(request(f, 10), 0);
	clock_advance(2000);
	now = get(f, &amt_boot_setting_data_class);
	assert_int_equal(now->bios_setup.v, 0);
	assert_int_equal(now->options_cleared.v, 1);
}

static void put_without_a_required_element_is_refused(void **state)
{
	struct fixture *f = *state;
	struct amt_boot_setting_data s = {.element_name = STR("x"),
					  .instance_id = STR("y")};

	assert_fault(f,
		     &(struct wsman_call){.op = WSMAN_PUT,
					  .cls = &amt_boot_setting_data_class,
					  .object = &s},
		     "d:InvalidRepresentation");
}

static void selectors_must_match(void **state)
{
	struct fixture *f = *state;
	struct wsman_selector right = {STR("InstanceID"),
				       STR("Intel(r) AMT: General Settings"), NULL};
	struct wsman_selector wrong = {STR("InstanceID"), STR("other"), NULL};
	struct wsman_epr epr = {.n = 1, .selectors = &right};
	struct wsman_call call = {
		.op = WSMAN_GET, .cls = &amt_general_settings_class, .selectors = &epr};
	struct wsman_reply r;

	assert_int_equal(ask(f, &call, &r), 200);
	epr.selectors = &wrong;
	assert_fault(f, &call, "b:DestinationUnreachable");
}

static void pulls_give_as_many_as_are_asked_for(void **state)
{
	struct fixture *f = *state;
	struct wsman_call call = {.op = WSMAN_ENUMERATE,
				  .cls = &cim_software_identity_class};
	struct wsman_reply r;
	size_t all, seen = 0;

	assert_int_equal(ask(f, &call, &r), 200);
	call.op = WSMAN_PULL;
	call.context = r.context;
	assert_int_equal(ask(f, &call, &r), 200);
	assert_true(r.end_of_sequence);
	all = r.n_items;
	assert_true(all > 3);
	call.op = WSMAN_ENUMERATE;
	assert_int_equal(ask(f, &call, &r), 200);
	call.op = WSMAN_PULL;
	while (seen < all) {
		struct str used = call.context = r.context;
		assert_int_equal(ask_for(f, &call, 3, &r), 200);
		assert_int_equal(r.n_items, MIN(all - seen, (size_t)3));
		seen += r.n_items;
		assert_int_equal(r.end_of_sequence, seen == all);
		call.context = used;
		assert_fault(f, &call, "c:InvalidEnumerationContext");
	}
}

static void contexts_are_few_and_used_once(void **state)
{
	struct fixture *f = *state;
	struct wsman_call call = {.op = WSMAN_ENUMERATE,
				  .cls = &cim_software_identity_class};
	struct wsman_reply r;

	for (int i = 0; i < SIM_CONTEXTS; i++)
		assert_int_equal(ask(f, &call, &r), 200);
	struct str last = r.context;
	assert_fault(f, &call, "e:Concurrency");
	call.op = WSMAN_PULL;
	call.context = last;
	assert_int_equal(ask(f, &call, &r), 200);
	assert_true(r.n_items >= 8);
	assert_fault(f, &call, "c:InvalidEnumerationContext");
	/* A context that nobody pulls is freed by its time-out. */
	clock_advance(SIM_CONTEXT_MS + 1);
	call.op = WSMAN_ENUMERATE;
	assert_int_equal(ask(f, &call, &r), 200);
}

static void what_firmware_does_not_have_faults(void **state)
{
	struct fixture *f = *state;

	assert_fault(
		f,
		&(struct wsman_call){.op = WSMAN_GET, .cls = &cim_computer_system_class},
		"b:DestinationUnreachable");
	assert_fault(f,
		     &(struct wsman_call){.op = WSMAN_DELETE,
					  .cls = &amt_general_settings_class},
		     "b:ActionNotSupported");
}

static void malformed_requests_fault(void **state)
{
	struct fixture *f = *state;
	const char *const bad[] = {"", "<", "<a/>", "no xml",
				   "<?xml version=\"1.0\"?><Envelope/>"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct buf out = {0};
		assert_int_equal(sim_wsman(&f->d, str_of(bad[i]), &f->a, &out), 400);
		assert_non_null(strstr(out.p, "Fault"));
		buf_fini(&out);
	}
}

static void nonces_are_this_devices_and_expire(void **state)
{
	struct fixture *f = *state;
	struct sim_device other;
	uint8_t uuid[16] = {9};
	char nonce[SIM_NONCE_SIZE];

	sim_device_init(&other, &f->model, uuid);
	sim_device_nonce(&f->d, nonce);
	assert_int_equal(strlen(nonce), 32);
	assert_null(strchr(nonce, '='));
	assert_true(sim_device_nonce_valid(&f->d, str_of(nonce)));
	assert_false(sim_device_nonce_valid(&other, str_of(nonce)));
	nonce[31] ^= 1;
	assert_false(sim_device_nonce_valid(&f->d, str_of(nonce)));
	nonce[31] ^= 1;
	clock_advance(SIM_NONCE_MS + 1000);
	assert_false(sim_device_nonce_valid(&f->d, str_of(nonce)));
	assert_false(sim_device_nonce_valid(&f->d, STR("short")));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(general_settings_carry_the_digest_realm),
		T(power_changes_after_its_time),
		T(boot_options_last_for_one_boot),
		T(put_without_a_required_element_is_refused),
		T(selectors_must_match),
		T(pulls_give_as_many_as_are_asked_for),
		T(contexts_are_few_and_used_once),
		T(what_firmware_does_not_have_faults),
		T(malformed_requests_fault),
		T(nonces_are_this_devices_and_expire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
