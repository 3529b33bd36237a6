/* SPDX-License-Identifier: Apache-2.0
 * Boot options of a full device: what is refused, what the next boot does, parameters in
 * their bytes.
 */
#include <sim/subject_test.h>

#include <base/cursor.h>
#include <stdlib.h>

#define SETTINGS &amt_boot_setting_data_class
#define HTTPS "Intel(r) AMT: Force OCR UEFI HTTPS Boot"
#define OPTION_1 "Intel(r) AMT: Force OCR UEFI Boot Option 1"
#define PXE "Intel(r) AMT: Force PXE Boot"

static struct amt_boot_setting_data settings(struct full_fixture *f)
{
	return *(const struct amt_boot_setting_data *)full_get(f, SETTINGS);
}

static const char *put(struct full_fixture *f, const struct amt_boot_setting_data *s)
{
	return full_fault(f, WSMAN_PUT, SETTINGS, NULL, s);
}

static int64_t order(struct full_fixture *f, const char *source)
{
	struct wsman_epr e = full_by(f, "InstanceID", source);
	struct cim_boot_config_setting_change_boot_order_in in = {
		.source = {source != NULL, &e}};

	e.resource_uri = str_of(cim_boot_source_setting_class.uri);
	return full_invoke(f, &cim_boot_config_setting_class,
			   &cim_boot_config_setting_change_boot_order_method, &in, NULL);
}

static int64_t role(struct full_fixture *f, int64_t r)
{
	struct cim_boot_service_set_boot_config_role_in in = {
		.boot_config_setting =
			full_by(f, "InstanceID", "Intel(r) AMT: Boot Configuration 0"),
		.role = {true, r}};

	in.boot_config_setting.resource_uri = str_of(cim_boot_config_setting_class.uri);
	return full_invoke(f, &cim_boot_service_class,
			   &cim_boot_service_set_boot_config_role_method, &in, NULL);
}

static int64_t boot_state(struct full_fixture *f, int64_t to)
{
	struct cim_boot_service_request_state_change_in in = {
		.requested_state = {true, to}};

	return full_invoke(f, &cim_boot_service_class,
			   &cim_boot_service_request_state_change_method, &in, NULL);
}

static const struct sim_last_boot *boots(struct full_fixture *f)
{
	subject_boot(f);
	return &f->d.state->subjects.last_boot;
}

/* vendor, type, length, value */
struct param {
	uint16_t type;
	const char *value;
	uint32_t n;
};

static struct str params(struct full_fixture *f, const struct param *p, size_t n)
{
	uint8_t bytes[2048];
	struct wr w = wr_init(bytes, sizeof(bytes));

	for (size_t i = 0; i < n; i++) {
		wr_le16(&w, 0x8086);
		wr_le16(&w, p[i].type);
		wr_le32(&w, p[i].n);
		wr_bytes(&w, p[i].value, p[i].n);
	}
	return str_of(base64_encode(&f->a, bytes, wr_len(&w)));
}

static void a_source_is_used_for_one_boot(void **state)
{
	struct full_fixture *f = *state;

	assert_int_equal(order(f, PXE), 0);
	assert_int_equal(settings(f).options_cleared.v, 0);
	assert_int_equal(role(f, 1), 0);
	subject_reload(f);
	const struct sim_last_boot *b = boots(f);
	assert_int_equal(b->way, SIM_BOOT_WAY_PXE);
	assert_string_equal(sim_boot_way_name(b->way), "pxe");
	assert_int_equal(b->number, 1);
	assert_int_equal(settings(f).options_cleared.v, 1);
	assert_int_equal(boots(f)->way, SIM_BOOT_WAY_NORMAL);
	/* Without the role nothing of it applies. */
	assert_int_equal(order(f, PXE), 0);
	assert_int_equal(boots(f)->way, SIM_BOOT_WAY_NORMAL);
	assert_int_equal(order(f, "Intel(r) AMT: Force Tape Boot"), 5);
	assert_int_equal(role(f, 7), 5);
}

static void options_choose_the_way(void **state)
{
	static const struct {
		bool setup, ider, cd, sol;
		enum sim_boot_way way;
	} rows[] = {
		{true, false, false, false, SIM_BOOT_WAY_SETUP},
		{false, true, false, true, SIM_BOOT_WAY_IDER_FLOPPY},
		{false, true, true, true, SIM_BOOT_WAY_IDER_CD},
		{false, false, false, true, SIM_BOOT_WAY_NORMAL},
	};
	struct full_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct amt_boot_setting_data s = settings(f);
		s.bios_setup.v = rows[i].setup;
		s.use_ider.v = rows[i].ider;
		s.ider_boot_device.v = rows[i].cd;
		s.use_sol.v = rows[i].sol;
		assert_string_equal(put(f, &s), "");
		assert_int_equal(order(f, PXE), 5);
		assert_int_equal(role(f, 1), 0);
		const struct sim_last_boot *b = boots(f);
		assert_int_equal(b->way, rows[i].way);
		assert_int_equal(b->use_sol, rows[i].sol);
	}
	assert_int_equal(order(f, PXE), 0);
	struct amt_boot_setting_data s = settings(f);
	s.bios_setup.v = 1;
	assert_string_equal(put(f, &s), "d:InvalidRepresentation");
}

static void https_boot_needs_recovery_enabled_and_a_url(void **state)
{
	static const char url[] = "https://boot.example.com/image.efi";
	struct full_fixture *f = *state;
	struct amt_boot_setting_data s = settings(f);
	struct param p[] = {{1, url, sizeof(url) - 1},
			    {20, "\1", 1},
			    {40, "user", 4},
			    {41, "pass", 4}};

	s.uefi_boot_parameters_array = params(f, p, 4);
	s.uefi_boot_number_of_params = sim_num(4);
	assert_string_equal(put(f, &s), "d:InvalidRepresentation");
	assert_int_equal(order(f, HTTPS), 5);
	assert_int_equal(boot_state(f, 32769), 0);
	assert_int_equal(boot_state(f, 2), 5);
	assert_int_equal(order(f, HTTPS), 5);
	assert_string_equal(put(f, &s), "");
	assert_int_equal(order(f, HTTPS), 0);
	assert_int_equal(role(f, 1), 0);
	const struct sim_last_boot *b = boots(f);
	assert_int_equal(b->way, SIM_BOOT_WAY_HTTPS);
	assert_string_equal(b->path, url);
	/* One boot only. */
	assert_null(settings(f).uefi_boot_parameters_array.p);
	assert_int_equal(boots(f)->way, SIM_BOOT_WAY_NORMAL);
}

static void a_recovery_image_boots_from_its_file(void **state)
{
	struct full_fixture *f = *state;

	assert_int_equal(boot_state(f, 32769), 0);
	assert_int_equal(order(f, OPTION_1), 0);
	assert_int_equal(role(f, 1), 0);
	const struct sim_last_boot *b = boots(f);
	assert_int_equal(b->way, SIM_BOOT_WAY_FILE);
	assert_string_equal(b->path, "\\OEM\\Boot\\WinRe.efi");
}

static void platform_erase_goes_its_own_way(void **state)
{
	struct full_fixture *f = *state;
	struct amt_boot_setting_data s = settings(f);
	struct param ssd = {1, "\4\0\0\0", 4}, unknown = {1, "\0\0\0\x40", 4};

	assert_int_equal(boot_state(f, 32769), 0);
	s.platform_erase = sim_num(1);
	assert_string_equal(put(f, &s), "d:InvalidRepresentation");
	assert_int_equal(boot_state(f, 32768), 0);
	assert_string_equal(put(f, &s), "");
	assert_int_equal(settings(f).rpe_enabled.v, 1);
	s.uefi_boot_parameters_array = params(f, &ssd, 1);
	s.uefi_boot_number_of_params = sim_num(1);
	assert_string_equal(put(f, &s), "d:InvalidRepresentation");
	assert_int_equal(boot_state(f, 32770), 0);
	s.uefi_boot_parameters_array = params(f, &unknown, 1);
	assert_string_equal(put(f, &s), "d:InvalidRepresentation");
	s.uefi_boot_parameters_array = params(f, &ssd, 1);
	assert_string_equal(put(f, &s), "");
	assert_int_equal(role(f, 1), 0);
	const struct sim_last_boot *b = boots(f);
	assert_int_equal(b->way, SIM_BOOT_WAY_ERASE);
	assert_int_equal(b->erase_mask, 4);
	assert_int_equal(f->d.state->mode, IPS_CONTROL_ADMIN);
}

static void erasing_the_engine_unprovisions(void **state)
{
	struct full_fixture *f = *state;
	struct amt_boot_setting_data s = settings(f);

	s.configuration_data_reset.v = 1;
	assert_string_equal(put(f, &s), "d:InvalidRepresentation");
	assert_int_equal(boot_state(f, 32770), 0);
	s.platform_erase = sim_num(1);
	assert_string_equal(put(f, &s), "");
	assert_int_equal(role(f, 1), 0);
	assert_int_equal(boots(f)->way, SIM_BOOT_WAY_ERASE);
	assert_int_equal(f->d.state->mode, IPS_CONTROL_NONE);
}

static void secure_erase_takes_its_password_and_hides_it(void **state)
{
	struct full_fixture *f = *state;
	struct amt_boot_setting_data s = settings(f);

	s.secure_erase.v = 1;
	s.rse_password = STR("disk-password");
	assert_string_equal(put(f, &s), "");
	assert_true(str_eqz(settings(f).rse_password, ""));
	s.rse_password = STR("a password of more than 32 characters");
	assert_string_equal(put(f, &s), "d:InvalidRepresentation");
	assert_int_equal(role(f, 1), 0);
	assert_true(boots(f)->secure_erase);
}

static void options_need_consent_where_it_is_required(void **state)
{
	struct full_fixture *f = *state;
	struct amt_boot_setting_data s;

	full_start(f, IPS_CONTROL_CLIENT, NULL);
	f->caller = full_admin;
	s = settings(f);
	/* Clearing is no choice. */
	assert_string_equal(put(f, &s), "");
	assert_int_equal(role(f, 1), 0);
	assert_int_equal(order(f, NULL), 0);
	s.bios_setup.v = 1;
	assert_string_equal(put(f, &s), "e:AccessDenied");
	assert_int_equal(order(f, PXE), -1);
	assert_int_equal(sim_consent_start(&f->d), 0);
	struct ips_opt_in_service_send_opt_in_code_in in = {
		.opt_in_code = {true, strtol(sim_consent_code(&f->d), NULL, 10)}};
	assert_int_equal(full_invoke(f, &ips_opt_in_service_class,
				     &ips_opt_in_service_send_opt_in_code_method, &in,
				     NULL),
			 0);
	assert_string_equal(put(f, &s), "");
	assert_int_equal(role(f, 1), 0);
	/* Consent ends: so do the options. */
	assert_int_equal(full_invoke(f, &ips_opt_in_service_class,
				     &ips_opt_in_service_cancel_opt_in_method, NULL,
				     NULL),
			 0);
	assert_int_equal(settings(f).options_cleared.v, 1);
	assert_int_equal(boots(f)->way, SIM_BOOT_WAY_NORMAL);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, subject_set_up, full_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_source_is_used_for_one_boot),
		TEST(options_choose_the_way),
		TEST(https_boot_needs_recovery_enabled_and_a_url),
		TEST(a_recovery_image_boots_from_its_file),
		TEST(platform_erase_goes_its_own_way),
		TEST(erasing_the_engine_unprovisions),
		TEST(secure_erase_takes_its_password_and_hides_it),
		TEST(options_need_consent_where_it_is_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
