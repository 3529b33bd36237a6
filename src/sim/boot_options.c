/* SPDX-License-Identifier: Apache-2.0
 * Boot options of a full device: stored, checked like firmware checks them, used up by
 * the next boot, with one-click recovery and platform erase. wsman.md B.7, C.4, C.5, D.5.
 */
#include <sim/classes.h>

#include <amt/uefi_boot.h>
#include <amt/wsman/classes/boot.h>
#include <base/cursor.h>

#define CIM_INVALID_PARAMETER 5
#define MAX_RSE_PASSWORD 32
#define OCR_HTTPS "Intel(r) AMT: Force OCR UEFI HTTPS Boot"
#define OCR_OPTION "Intel(r) AMT: Force OCR UEFI Boot Option"
#define SOURCE_PXE "Intel(r) AMT: Force PXE Boot"
#define SOURCE_DISK "Intel(r) AMT: Force Hard-drive Boot"
#define SOURCE_CD "Intel(r) AMT: Force CD/DVD Boot"
/* Special commands of audit records (C.2, group 17). */
#define SPECIAL_INTEL 193
#define SPECIAL_HTTPS 194
#define SPECIAL_PBA 195

static struct amt_boot_setting_data *settings(const struct sim_state *st)
{
	return sim_store_first(&st->store, &amt_boot_setting_data_class);
}

static struct cim_boot_service *service(const struct sim_state *st)
{
	return sim_store_first(&st->store, &cim_boot_service_class);
}

static bool ocr_enabled(const struct sim_state *st)
{
	const struct cim_boot_service *s = service(st);

	return s != NULL && s->enabled_state.v & 1;
}

static bool rpe_enabled(const struct sim_state *st)
{
	const struct cim_boot_service *s = service(st);

	return s != NULL && s->enabled_state.v & 2;
}

static bool is_ocr(struct str source)
{
	return str_starts(source, STR(OCR_HTTPS)) || str_starts(source, STR(OCR_OPTION));
}

/* The options that a boot uses up. */
/* clang-format off */
#define FLAGS(F) \
	F(bios_pause) F(bios_setup) F(configuration_data_reset) F(forced_progress_events) \
	F(lock_keyboard) F(lock_power_button) F(lock_reset_button) F(lock_sleep_button) \
	F(reflash_bios) F(use_ider) F(use_sol) F(use_safe_mode) F(user_password_bypass) \
	F(secure_erase) F(enforce_secure_boot) F(platform_erase)
#define NUMBERS(F) F(boot_media_index) F(firmware_verbosity) F(ider_boot_device)
/* clang-format on */

static bool any_option(const struct amt_boot_setting_data *s)
{
	bool any = s->uefi_boot_parameters_array.n > 0;

#define F(m) any |= s->m.v != 0;
	FLAGS(F)
	NUMBERS(F)
#undef F
	return any;
}

void sim_boot_clear(struct sim_state *st)
{
	struct amt_boot_setting_data *s = settings(st);

	st->subjects.plan = (struct sim_boot_plan){0};
	if (s == NULL)
		return;
#define F(m) s->m = sim_num(0);
	FLAGS(F)
	NUMBERS(F)
#undef F
	s->uefi_boot_number_of_params = sim_num(0);
	sim_text_clear(&s->uefi_boot_parameters_array);
	sim_text_clear(&s->rse_password);
}

/* ---- AMT_BootSettingData ---- */

/* Options that name their own way to boot exclude a boot source, each other not. */
static bool names_a_way(const struct amt_boot_setting_data *s)
{
	return s->use_sol.v || s->use_ider.v || s->reflash_bios.v || s->bios_pause.v ||
	       s->bios_setup.v;
}

/* Platform erase stands alone; its mask needs the service to be in that state. */
static bool erase_fits(const struct sim_state *st, const struct amt_boot_setting_data *s)
{
	const struct amt_boot_capabilities *can =
		sim_store_first(&st->store, &amt_boot_capabilities_class);
	struct uefi_erase p;
	struct arena a = {0};

	if (can == NULL || !can->platform_erase.v || !s->rpe_enabled.v ||
	    ocr_enabled(st) || names_a_way(s) || s->secure_erase.v)
		return false;
	if (s->uefi_boot_parameters_array.n == 0)
		return !s->configuration_data_reset.v || rpe_enabled(st);
	struct err *e = uefi_erase_decode(&a, s->uefi_boot_parameters_array,
					  (uint32_t)s->uefi_boot_number_of_params.v, &p);
	bool good = e == NULL && rpe_enabled(st) && p.mask.v != 0 &&
		    (p.mask.v & ~(uint32_t)can->platform_erase.v) == 0;
	err_free(e);
	arena_fini(&a);
	return good;
}

static bool recovery_fits(const struct sim_state *st,
			  const struct amt_boot_setting_data *s)
{
	struct uefi_boot p;
	struct arena a = {0};
	struct err *e;
	bool good;

	if (s->uefi_boot_parameters_array.n == 0)
		return s->uefi_boot_number_of_params.v == 0;
	e = uefi_boot_decode(&a, s->uefi_boot_parameters_array,
			     (uint32_t)s->uefi_boot_number_of_params.v, &p);
	good = e == NULL && ocr_enabled(st);
	err_free(e);
	arena_fini(&a);
	return good;
}

static void check_settings(struct sim_call *c, enum wsman_op op, void *object,
			   const void *was)
{
	struct amt_boot_setting_data *s = object;
	const struct amt_boot_capabilities *can =
		sim_store_first(&c->st->store, &amt_boot_capabilities_class);

	if (s->uefi_boot_parameters_array.n == 0)
		s->uefi_boot_number_of_params = sim_num(0);
	if (any_option(s) && sim_consent_missing(c->d, SIM_CONSENT_BOOT)) {
		c->fault = WSMAN_ACCESS_DENIED;
		return;
	}
	if (s->firmware_verbosity.v > 3 || s->ider_boot_device.v > 1 ||
	    s->rse_password.n > MAX_RSE_PASSWORD ||
	    (s->secure_erase.v && (can == NULL || !can->secure_erase.v)) ||
	    (s->configuration_data_reset.v && !s->platform_erase.v) ||
	    (names_a_way(s) && c->st->subjects.plan.source[0] != '\0') ||
	    !(s->platform_erase.v ? erase_fits(c->st, s) : recovery_fits(c->st, s)))
		c->fault = WSMAN_INVALID_REPRESENTATION;
}

static void show_settings(struct sim_call *c, void *copy)
{
	struct amt_boot_setting_data *s = copy;

	s->options_cleared =
		sim_num(!any_option(s) && c->st->subjects.plan.source[0] == '\0');
	s->rse_password = STR("");
}

/* ---- order, role, state ---- */

static struct str source_id(const struct wsman_epr *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eqz(e->selectors[i].name, "InstanceID"))
			return e->selectors[i].value;
	return (struct str){0};
}

/* What the source needs is there. */
static bool source_fits(const struct sim_state *st, struct str id)
{
	const struct amt_boot_setting_data *s = settings(st);
	struct uefi_boot p = {0};
	struct arena a = {0};
	struct err *e = NULL;

	if (sim_store_by_text(&st->store, &cim_boot_source_setting_class, "InstanceID",
			      id) == NULL ||
	    s == NULL || names_a_way(s) || (is_ocr(id) && !ocr_enabled(st)))
		return false;
	if (s->uefi_boot_parameters_array.n > 0)
		e = uefi_boot_decode(&a, s->uefi_boot_parameters_array,
				     (uint32_t)s->uefi_boot_number_of_params.v, &p);
	bool good = !str_starts(id, STR(OCR_HTTPS)) || (e == NULL && p.url.n > 0);
	err_free(e);
	arena_fini(&a);
	return good;
}

static void change_order(struct sim_call *c, const void *in_, void *out_)
{
	const struct cim_boot_config_setting_change_boot_order_in *in = in_;
	struct cim_boot_config_setting_change_boot_order_out *out = out_;
	struct sim_boot_plan *plan = &c->st->subjects.plan;
	struct str id;

	out->return_value = sim_num(0);
	if (in == NULL || in->source.n == 0) {
		c->changed |= plan->source[0] != '\0';
		plan->source[0] = '\0';
		return;
	}
	if (sim_consent_missing(c->d, SIM_CONSENT_BOOT)) {
		c->fault = WSMAN_ACCESS_DENIED;
		return;
	}
	id = source_id(&in->source.v[0]);
	if (in->source.n > 1 || id.n >= sizeof(plan->source) || !source_fits(c->st, id)) {
		out->return_value = sim_num(CIM_INVALID_PARAMETER);
		return;
	}
	snprintf(plan->source, sizeof(plan->source), STR_FMT, STR_ARG(id));
	c->changed = true;
}

static bool planned(const struct sim_state *st)
{
	const struct amt_boot_setting_data *s = settings(st);

	return st->subjects.plan.source[0] != '\0' || (s != NULL && any_option(s));
}

static void set_role(struct sim_call *c, const void *in_, void *out_)
{
	const struct cim_boot_service_set_boot_config_role_in *in = in_;
	struct cim_boot_service_set_boot_config_role_out *out = out_;
	int64_t role = in != NULL && in->role.set ? in->role.v : -1;

	if (role < 0 || (role > 2 && role != 32768)) {
		out->return_value = sim_num(CIM_INVALID_PARAMETER);
		return;
	}
	if (role != 32768 && planned(c->st) &&
	    sim_consent_missing(c->d, SIM_CONSENT_BOOT)) {
		c->fault = WSMAN_ACCESS_DENIED;
		return;
	}
	c->st->subjects.plan.applied = role != 32768;
	c->changed = true;
	out->return_value = sim_num(0);
}

static void change_state(struct sim_call *c, const void *in_, void *out_)
{
	const struct cim_boot_service_request_state_change_in *in = in_;
	struct cim_boot_service_request_state_change_out *out = out_;
	int64_t state = in != NULL && in->requested_state.set ? in->requested_state.v : 0;

	if (state < CIM_BOOT_SERVICE_PLAIN || state > CIM_BOOT_SERVICE_OCR_RPE) {
		out->return_value = sim_num(CIM_INVALID_PARAMETER);
		return;
	}
	service(c->st)->enabled_state = sim_num(state);
	c->changed = true;
	out->return_value = sim_num(0);
}

/* ---- the next boot ---- */

static enum sim_boot_way way_of(const struct sim_state *st,
				const struct amt_boot_setting_data *s)
{
	struct str source = str_of(st->subjects.plan.source);

	if (s->platform_erase.v)
		return SIM_BOOT_WAY_ERASE;
	if (str_starts(source, STR(OCR_HTTPS)))
		return SIM_BOOT_WAY_HTTPS;
	if (str_starts(source, STR(OCR_OPTION)))
		return SIM_BOOT_WAY_FILE;
	if (str_eqz(source, SOURCE_PXE))
		return SIM_BOOT_WAY_PXE;
	if (str_eqz(source, SOURCE_CD))
		return SIM_BOOT_WAY_CD;
	if (str_eqz(source, SOURCE_DISK))
		return SIM_BOOT_WAY_HARD_DISK;
	if (s->use_ider.v)
		return s->ider_boot_device.v ? SIM_BOOT_WAY_IDER_CD
					     : SIM_BOOT_WAY_IDER_FLOPPY;
	if (s->bios_setup.v)
		return SIM_BOOT_WAY_SETUP;
	return s->bios_pause.v ? SIM_BOOT_WAY_PAUSE : SIM_BOOT_WAY_NORMAL;
}

/* The file a recovery entry starts: the parameter's, else the entry's own. */
static void recovery_path(const struct sim_state *st, const struct uefi_boot *p,
			  struct sim_last_boot *b)
{
	const struct cim_boot_source_setting *s =
		sim_store_by_text(&st->store, &cim_boot_source_setting_class,
				  "InstanceID", str_of(st->subjects.plan.source));

	if (b->way == SIM_BOOT_WAY_HTTPS)
		snprintf(b->path, sizeof(b->path), STR_FMT, STR_ARG(p->url));
	else if (p->path.n > 0)
		snprintf(b->path, sizeof(b->path), STR_FMT, STR_ARG(p->path));
	else if (s != NULL)
		snprintf(b->path, sizeof(b->path), STR_FMT, STR_ARG(s->boot_string));
}

/* Parameters were checked when they were put. */
static void take_parameters(const struct sim_state *st,
			    const struct amt_boot_setting_data *s,
			    struct sim_last_boot *b)
{
	uint32_t count = (uint32_t)s->uefi_boot_number_of_params.v;
	struct uefi_boot p = {0};
	struct uefi_erase erase = {0};
	struct arena a = {0};

	if (s->uefi_boot_parameters_array.n > 0 && s->platform_erase.v)
		err_free(uefi_erase_decode(&a, s->uefi_boot_parameters_array, count,
					   &erase));
	else if (s->uefi_boot_parameters_array.n > 0)
		err_free(uefi_boot_decode(&a, s->uefi_boot_parameters_array, count, &p));
	b->erase_mask = erase.mask.v;
	b->credentials = p.user.n > 0;
	if (b->way == SIM_BOOT_WAY_HTTPS || b->way == SIM_BOOT_WAY_FILE)
		recovery_path(st, &p, b);
	arena_fini(&a);
}

bool sim_boot_take(struct sim_state *st)
{
	struct sim_last_boot *b = &st->subjects.last_boot;
	struct amt_boot_setting_data *s = settings(st);
	bool reset = false;

	*b = (struct sim_last_boot){.number = b->number + 1, .at_s = sim_state_now(st)};
	if (s != NULL && st->subjects.plan.applied) {
		b->way = way_of(st, s);
		b->use_sol = s->use_sol.v;
		b->lock_keyboard = s->lock_keyboard.v;
		b->secure_erase = s->secure_erase.v;
		b->enforce_secure_boot = s->enforce_secure_boot.v;
		take_parameters(st, s, b);
		reset = s->platform_erase.v && s->configuration_data_reset.v;
	}
	sim_boot_clear(st);
	return reset;
}

void sim_boot_extra(const struct sim_state *st, uint8_t out[SIM_BOOT_EXTRA_SIZE])
{
	const struct amt_boot_setting_data *s = settings(st);
	static const uint8_t special[SIM_BOOT_WAYS] = {
		[SIM_BOOT_WAY_HARD_DISK] = 2,
		[SIM_BOOT_WAY_PXE] = 1,
		[SIM_BOOT_WAY_CD] = 5,
		[SIM_BOOT_WAY_SETUP] = SPECIAL_INTEL,
		[SIM_BOOT_WAY_PAUSE] = SPECIAL_INTEL,
		[SIM_BOOT_WAY_HTTPS] = SPECIAL_HTTPS,
		[SIM_BOOT_WAY_IDER_FLOPPY] = SPECIAL_INTEL,
		[SIM_BOOT_WAY_FILE] = SPECIAL_PBA,
		[SIM_BOOT_WAY_IDER_CD] = SPECIAL_INTEL,
		[SIM_BOOT_WAY_ERASE] = SPECIAL_INTEL,
	};

	memset(out, 0, SIM_BOOT_EXTRA_SIZE);
	if (s == NULL || !st->subjects.plan.applied)
		return;
	out[0] = special[way_of(st, s)];
	out[1] = way_of(st, s) == SIM_BOOT_WAY_IDER_FLOPPY;
	out[2] = s->enforce_secure_boot.v ? 2 : 0;
	if (out[0] == SPECIAL_INTEL)
		out[2] |=
			(uint8_t)((s->use_ider.v ? 1 : 0) | (s->reflash_bios.v ? 4 : 0) |
				  (s->bios_setup.v ? 8 : 0) | (s->bios_pause.v ? 16 : 0) |
				  (s->secure_erase.v ? 64 : 0) |
				  (s->platform_erase.v ? 128 : 0));
	/* Boot mask as of old firmware: lock keyboard, user password bypass. */
	out[3] = (uint8_t)((s->lock_keyboard.v ? 0x20 : 0) |
			   (s->user_password_bypass.v ? 8 : 0));
}

static const struct sim_method config_methods[] = {
	{&cim_boot_config_setting_change_boot_order_method, change_order},
};
static const struct sim_method service_methods[] = {
	{&cim_boot_service_set_boot_config_role_method, set_role},
	{&cim_boot_service_request_state_change_method, change_state},
};

const struct sim_class sim_boot_option_classes[] = {
	{.cls = &amt_boot_setting_data_class,
	 .check = check_settings,
	 .show = show_settings},
	{.cls = &amt_boot_capabilities_class},
	{.cls = &cim_boot_source_setting_class},
	{.cls = &cim_boot_config_setting_class,
	 .methods = config_methods,
	 .n_methods = ARRAY_LEN(config_methods)},
	{.cls = &cim_boot_service_class,
	 .methods = service_methods,
	 .n_methods = ARRAY_LEN(service_methods)},
};
const size_t sim_boot_option_classes_n = ARRAY_LEN(sim_boot_option_classes);
