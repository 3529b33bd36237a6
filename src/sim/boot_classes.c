/* SPDX-License-Identifier: Apache-2.0
 * Boot classes of the virtual firmware. wsman.md B.7.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/boot.h>
#include <base/clock.h>

#define NO_SOURCE 0
#define BOOT_STATE_BASE 32768

static const struct {
	struct str id, structured;
} sources[] = {
	{STR("Intel(r) AMT: Force Hard-drive Boot"), STR("CIM:Hard-Disk:1")},
	{STR("Intel(r) AMT: Force PXE Boot"), STR("CIM:Network:1")},
	{STR("Intel(r) AMT: Force CD/DVD Boot"), STR("CIM:CD/DVD:1")},
};

/* clang-format off */
/* The flags that a Put may change: member of the class, member of the device. */
#define FLAGS(F) \
	F(bios_pause) \
	F(bios_setup) \
	F(configuration_data_reset) \
	F(forced_progress_events) \
	F(lock_keyboard) \
	F(lock_power_button) \
	F(lock_reset_button) \
	F(lock_sleep_button) \
	F(reflash_bios) \
	F(use_ider) \
	F(use_sol) \
	F(use_safe_mode) \
	F(user_password_bypass) \
	F(secure_erase) \
	F(enforce_secure_boot)
/* clang-format on */

void sim_device_tick(struct sim_device *d)
{
	sim_power_tick(&d->power, clock_mono_ms());
	if (d->boot.seen_boots != d->power.booted)
		d->boot = (struct sim_boot){.seen_boots = d->power.booted};
	if (d->state != NULL)
		sim_subjects_tick(d);
}

static bool boot_options_clear(const struct sim_boot *b)
{
	bool any = b->boot_media_index != 0 || b->firmware_verbosity != 0 ||
		   b->ider_boot_device != 0 || b->source != NO_SOURCE;

#define F(m) any |= b->m;
	FLAGS(F)
#undef F
	return !any;
}

static size_t settings(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	static const int64_t status[] = {2, 0};
	struct amt_boot_setting_data *s = arena_new(a, struct amt_boot_setting_data);

	*s = (struct amt_boot_setting_data){
		.bios_last_status = {2, (int64_t *)status},
		.boot_media_index = sim_num(d->boot.boot_media_index),
		.bootguard_status = sim_num(127),
		.element_name = STR("Intel(r) AMT Boot Configuration Settings"),
		.firmware_verbosity = sim_num(d->boot.firmware_verbosity),
		.ider_boot_device = sim_num(d->boot.ider_boot_device),
		.instance_id = STR("Intel(r) AMT:BootSettingData 0"),
		.options_cleared = sim_num(boot_options_clear(&d->boot)),
		.owning_entity = STR("Intel(r) AMT"),
		.platform_erase = sim_num(0),
		.rpe_enabled = sim_num(0),
		.rse_password = STR(""),
		.secure_boot_control_enabled = sim_num(0),
		.uefi_https_boot_enabled = sim_num(0),
		.uefi_local_pba_boot_enabled = sim_num(0),
		.winre_boot_enabled = sim_num(0),
	};
#define F(m) s->m = sim_num(d->boot.m);
	FLAGS(F)
#undef F
	out[0] = (struct wsman_item){&amt_boot_setting_data_class, s};
	return 1;
}

static void put_settings(struct sim_device *d, const void *object)
{
	const struct amt_boot_setting_data *s = object;

#define F(m)          \
	if (s->m.set) \
		d->boot.m = s->m.v != 0;
	FLAGS(F)
#undef F
	d->boot.boot_media_index = (uint16_t)s->boot_media_index.v;
	d->boot.firmware_verbosity = (uint8_t)s->firmware_verbosity.v;
	d->boot.ider_boot_device = (uint8_t)s->ider_boot_device.v;
	d->boot.seen_boots = d->power.booted;
}

static size_t capabilities(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	struct amt_boot_capabilities *s = arena_new(a, struct amt_boot_capabilities);

	*s = (struct amt_boot_capabilities){
		.bios_pause = sim_num(0),
		.bios_reflash = sim_num(0),
		.bios_secure_boot = sim_num(1),
		.bios_setup = sim_num(1),
		.configuration_data_reset = sim_num(0),
		.element_name = STR("Intel(r) AMT: Boot Capabilities"),
		.force_cd_or_dvd_boot = sim_num(1),
		.force_diagnostic_boot = sim_num(0),
		.force_hard_drive_boot = sim_num(1),
		.force_hard_drive_safe_mode_boot = sim_num(0),
		.force_pxe_boot = sim_num(1),
		.forced_progress_events = sim_num(1),
		.ider = sim_num(1),
		.instance_id = STR("Intel(r) AMT:BootCapabilities 0"),
		.keyboard_lock = sim_num(1),
		.power_button_lock = sim_num(0),
		.reset_button_lock = sim_num(0),
		.sol = sim_num(1),
		.secure_erase = sim_num(0),
		.sleep_button_lock = sim_num(0),
		.user_password_bypass = sim_num(1),
		.verbosity_quiet = sim_num(0),
		.verbosity_screen_blank = sim_num(0),
		.verbosity_verbose = sim_num(0),
	};
	out[0] = (struct wsman_item){&amt_boot_capabilities_class, s};
	return 1;
}

static size_t source_settings(struct sim_device *d, struct arena *a,
			      struct wsman_item *out)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct cim_boot_source_setting *s =
			arena_new(a, struct cim_boot_source_setting);
		*s = (struct cim_boot_source_setting){
			.element_name = STR("Intel(r) AMT: Boot Source"),
			.fail_through_supported = sim_num(2),
			.instance_id = sources[i].id,
			.structured_boot_string = sources[i].structured,
		};
		out[i] = (struct wsman_item){&cim_boot_source_setting_class, s};
	}
	return ARRAY_LEN(sources);
}

static size_t config_setting(struct sim_device *d, struct arena *a,
			     struct wsman_item *out)
{
	struct cim_boot_config_setting *s = arena_new(a, struct cim_boot_config_setting);

	s->element_name = STR("Intel(r) AMT: Boot Configuration");
	s->instance_id = STR("Intel(r) AMT: Boot Configuration 0");
	out[0] = (struct wsman_item){&cim_boot_config_setting_class, s};
	return 1;
}

static int source_index(const struct wsman_epr *e)
{
	for (size_t k = 0; k < e->n; k++)
		for (size_t i = 0; i < ARRAY_LEN(sources); i++)
			if (str_eqz(e->selectors[k].name, "InstanceID") &&
			    str_eq(e->selectors[k].value, sources[i].id))
				return (int)i;
	return -1;
}

/* Options that name their own way to boot exclude a boot source. */
static bool source_excluded(const struct sim_boot *b)
{
	return b->use_sol || b->use_ider || b->reflash_bios || b->bios_pause ||
	       b->bios_setup;
}

static void change_order(struct sim_call *c, const void *in_, void *out_)
{
	struct sim_device *d = c->d;
	const struct cim_boot_config_setting_change_boot_order_in *in = in_;
	struct cim_boot_config_setting_change_boot_order_out *out = out_;

	out->return_value = sim_num(0);
	if (in == NULL || in->source.n == 0) {
		d->boot.source = NO_SOURCE;
		return;
	}
	int i = source_index(&in->source.v[0]);
	if (i < 0 || in->source.n > 1 || source_excluded(&d->boot)) {
		out->return_value = sim_num(5);
		return;
	}
	d->boot.source = (uint8_t)(i + 1);
	d->boot.seen_boots = d->power.booted;
}

static size_t boot_service(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	static const int64_t status[] = {0};
	struct cim_boot_service *s = arena_new(a, struct cim_boot_service);

	*s = (struct cim_boot_service){
		.creation_class_name = STR("CIM_BootService"),
		.element_name = STR("Intel(r) AMT Boot Service"),
		.enabled_state = sim_num(BOOT_STATE_BASE + d->boot_state_low),
		.name = STR("Intel(r) AMT Boot Service"),
		.operational_status = {1, (int64_t *)status},
		.requested_state = sim_num(12),
		.system_creation_class_name = STR("CIM_ComputerSystem"),
		.system_name = STR("Intel(r) AMT"),
	};
	out[0] = (struct wsman_item){&cim_boot_service_class, s};
	return 1;
}

static void set_role(struct sim_call *c, const void *in_, void *out_)
{
	struct sim_device *d = c->d;
	const struct cim_boot_service_set_boot_config_role_in *in = in_;
	struct cim_boot_service_set_boot_config_role_out *out = out_;
	int64_t role = in != NULL && in->role.set ? in->role.v : -1;

	if (role < 0 || (role > 2 && role != 32768)) {
		out->return_value = sim_num(5);
		return;
	}
	d->boot.role = (uint8_t)role;
	out->return_value = sim_num(0);
}

static void change_state(struct sim_call *c, const void *in_, void *out_)
{
	struct sim_device *d = c->d;
	const struct cim_boot_service_request_state_change_in *in = in_;
	struct cim_boot_service_request_state_change_out *out = out_;
	int64_t state = in != NULL && in->requested_state.set ? in->requested_state.v : 0;

	if (state < BOOT_STATE_BASE || state > BOOT_STATE_BASE + 3) {
		out->return_value = sim_num(5);
		return;
	}
	d->boot_state_low = (uint8_t)(state - BOOT_STATE_BASE);
	out->return_value = sim_num(0);
}

static const struct sim_method config_methods[] = {
	{&cim_boot_config_setting_change_boot_order_method, change_order},
};
static const struct sim_method service_methods[] = {
	{&cim_boot_service_set_boot_config_role_method, set_role},
	{&cim_boot_service_request_state_change_method, change_state},
};

const struct sim_class sim_boot_classes[] = {
	{&amt_boot_setting_data_class, settings, put_settings, NULL, 0},
	{&amt_boot_capabilities_class, capabilities, NULL, NULL, 0},
	{&cim_boot_source_setting_class, source_settings, NULL, NULL, 0},
	{&cim_boot_config_setting_class, config_setting, NULL, config_methods, 1},
	{&cim_boot_service_class, boot_service, NULL, service_methods, 2},
};
const size_t sim_boot_classes_n = ARRAY_LEN(sim_boot_classes);
