/* SPDX-License-Identifier: Apache-2.0 */
#include <device/boot.h>

#include <amt/wsman/classes/setup.h>
#include <base/log.h>
#include <device/amt_features.h>
#include <device/power.h>

#define BOOT_CONFIG "Intel(r) AMT: Boot Configuration 0"
#define ROLE_NEXT_SINGLE_USE 1
#define POWER_ON 2
#define POWER_CYCLE 5
#define OCR_BIT 1

/* ---- options ---- */

/* Returns whether any was set. */
static bool options_none(struct amt_boot_setting_data *b)
{
	struct wsman_num *const flags[] = {
		&b->bios_pause,
		&b->bios_setup,
		&b->configuration_data_reset,
		&b->forced_progress_events,
		&b->lock_keyboard,
		&b->lock_power_button,
		&b->lock_reset_button,
		&b->lock_sleep_button,
		&b->reflash_bios,
		&b->use_ider,
		&b->use_sol,
		&b->use_safe_mode,
		&b->user_password_bypass,
		&b->secure_erase,
		&b->boot_media_index,
		&b->firmware_verbosity,
		&b->ider_boot_device,
	};
	bool any = b->uefi_boot_parameters_array.n > 0 || device_true(b->platform_erase);

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		any |= flags[i]->set && flags[i]->v != 0;
		*flags[i] = device_num(0);
	}
	if (b->platform_erase.set)
		b->platform_erase = device_num(0);
	if (b->uefi_boot_number_of_params.set)
		b->uefi_boot_number_of_params = device_num(0);
	b->uefi_boot_parameters_array = (struct str){0};
	b->rse_password = (struct str){0};
	b->bios_last_status = (struct wsman_nums){0};
	return any;
}

static struct err *put_options(struct device_call *c,
			       const struct amt_boot_setting_data *b)
{
	return device_put(c, &amt_boot_setting_data_class, NULL, b, NULL);
}

struct err *device_boot_clear(struct device_call *c)
{
	void *got;

	TRY(device_get(c, &amt_boot_setting_data_class, &got));
	if (!options_none(got))
		return NULL;
	struct err *e = put_options(c, got);
	return e == NULL ? NULL
			 : err_wrap(e, "boot options of an earlier request could not be "
				       "cleared");
}

/* ---- order and role ---- */

/* id NULL: no source. */
static struct err *change_order(struct device_call *c, const char *id)
{
	struct wsman_epr source = device_epr(c->arena, &cim_boot_source_setting_class,
					     "InstanceID", str_of(id));
	struct cim_boot_config_setting_change_boot_order_in in = {0};

	if (id != NULL)
		in.source = (struct wsman_eprs){1, &source};
	return device_invoke(c, &cim_boot_config_setting_class,
			     &cim_boot_config_setting_change_boot_order_method, NULL, &in,
			     NULL);
}

static struct err *set_role(struct device_call *c)
{
	struct cim_boot_service_set_boot_config_role_in in = {
		.boot_config_setting =
			device_epr(c->arena, &cim_boot_config_setting_class, "InstanceID",
				   STR(BOOT_CONFIG)),
		.role = device_num(ROLE_NEXT_SINGLE_USE),
	};

	return device_invoke(c, &cim_boot_service_class,
			     &cim_boot_service_set_boot_config_role_method, NULL, &in,
			     NULL);
}

struct err *device_boot_sources(struct device_call *c, struct device_list *out)
{
	return device_list(c, &cim_boot_source_setting_class, out);
}

/* ---- what a way needs ---- */

static bool is_recovery(enum device_boot_way w)
{
	return w == DEVICE_BOOT_TO_HTTPS || w == DEVICE_BOOT_TO_PBA ||
	       w == DEVICE_BOOT_TO_WINRE;
}

/* By its path when one is given, else the first of that kind. */
static struct err *find_option(struct device_call *c, const char *kind, struct str path,
			       const struct cim_boot_source_setting **out)
{
	struct device_list list;

	TRY(device_boot_sources(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct cim_boot_source_setting *s = list.v[i];
		bool fits =
			path.p != NULL
				? str_eq(s->boot_string, path)
				: str_starts(s->instance_id, STR(DEVICE_BOOT_OPTION)) &&
					  str_find(s->bios_boot_string, str_of(kind)) >=
						  0;
		if (fits) {
			*out = s;
			return NULL;
		}
	}
	return path.p != NULL
		       ? err_new(ERR_NOT_FOUND,
				 "No boot source has the path \"" STR_FMT "\"",
				 STR_ARG(path))
		       : err_new(ERR_NOT_FOUND, "The device offers no %s boot", kind);
}

static struct err *recovery_allowed(struct device_call *c, const struct device_boot *b)
{
	void *got;

	TRY(device_get_if_any(c, &cim_boot_service_class, &got));
	const struct cim_boot_service *s = got;
	if (s == NULL || s->enabled_state.v < CIM_BOOT_SERVICE_PLAIN ||
	    !((s->enabled_state.v - CIM_BOOT_SERVICE_PLAIN) & OCR_BIT))
		return err_new(ERR_CONFLICT, "one-click recovery is switched off on the "
					     "device: switch ocr on with features");
	if (!b->enforce_secure_boot.set || b->enforce_secure_boot.v != 0)
		return NULL;
	TRY(device_get(c, &amt_setup_and_configuration_service_class, &got));
	const struct amt_setup_and_configuration_service *sacs = got;
	if (sacs->provisioning_mode.v == AMT_PROVISIONED_CLIENT)
		return err_new(ERR_INVALID,
			       "EnforceSecureBoot cannot be turned off in CCM");
	return NULL;
}

/* *source: InstanceID, NULL: none; *uefi: parameters to send along. */
static struct err *prepare(struct device_call *c, const struct device_boot *b,
			   const char **source, struct uefi_boot *uefi)
{
	const struct cim_boot_source_setting *option;

	*source = NULL;
	*uefi = b->uefi;
	if (is_recovery(b->way))
		TRY(recovery_allowed(c, b));
	switch (b->way) {
	case DEVICE_BOOT_TO_PXE:
		*source = DEVICE_BOOT_PXE;
		return NULL;
	case DEVICE_BOOT_TO_DIAGNOSTIC:
		*source = DEVICE_BOOT_DIAGNOSTIC;
		return NULL;
	case DEVICE_BOOT_TO_HTTPS:
		if (uefi->url.n == 0)
			return err_new(ERR_INVALID, "HTTPS boot needs bootDetails.url");
		uefi->path = (struct str){0};
		if (!uefi->sync_roots.set)
			uefi->sync_roots = (struct uefi_number){true, 1};
		*source = DEVICE_BOOT_HTTPS;
		return NULL;
	case DEVICE_BOOT_TO_PBA:
	case DEVICE_BOOT_TO_WINRE:
		TRY(find_option(c, b->way == DEVICE_BOOT_TO_PBA ? "PBA" : "WinRe",
				b->uefi.path, &option));
		uefi->path = option->boot_string;
		uefi->url = (struct str){0};
		*source = str_dup(c->arena, option->instance_id);
		return NULL;
	default:
		return NULL;
	}
}

static struct err *set_options(struct device_call *c, const struct device_boot *b,
			       const struct uefi_boot *uefi,
			       struct amt_boot_setting_data *s)
{
	bool recovery = is_recovery(b->way);
	uint32_t count;

	options_none(s);
	s->bios_setup = device_num(b->way == DEVICE_BOOT_TO_SETUP);
	s->use_ider = device_num(b->way == DEVICE_BOOT_TO_IDER_CD ||
				 b->way == DEVICE_BOOT_TO_IDER_FLOPPY);
	s->ider_boot_device = device_num(b->way == DEVICE_BOOT_TO_IDER_CD);
	s->use_sol = device_num(b->use_sol && !recovery);
	if (b->way == DEVICE_BOOT_TO_SECURE_ERASE) {
		s->secure_erase = device_num(1);
		s->rse_password = b->erase_password;
	}
	if (!recovery)
		return NULL;
	s->forced_progress_events = device_num(1);
	if (b->enforce_secure_boot.set)
		s->enforce_secure_boot = device_num(b->enforce_secure_boot.v);
	TRY(uefi_boot_encode(c->arena, uefi, &s->uefi_boot_parameters_array, &count));
	s->uefi_boot_number_of_params = device_num(count);
	return NULL;
}

/* ---- the request ---- */

static struct err *plan(struct device_call *c, const struct amt_boot_setting_data *s,
			const char *source)
{
	TRY(put_options(c, s));
	TRY(set_role(c));
	return source != NULL ? change_order(c, source) : NULL;
}

/* Best effort: the refusal that led here is what is told. Its marks in the call stay. */
static struct err *take_back(struct device_call *c, struct err *e)
{
	struct device_call as_it_was = *c;
	struct err *order = change_order(c, NULL), *options = NULL;

	if (order == NULL)
		options = device_boot_clear(c);
	if (order != NULL || options != NULL)
		log_info("boot options could not be taken back",
			 F_STR("guid", c->device->guid),
			 F_ERR(order != NULL ? order : options));
	err_free(order);
	err_free(options);
	c->return_value = as_it_was.return_value;
	c->wsman.faulted = as_it_was.wsman.faulted;
	c->wsman.denied = as_it_was.wsman.denied;
	return e;
}

struct err *device_boot(struct device_call *c, const struct device_boot *b,
			struct wsman_reply *reply)
{
	struct uefi_boot uefi;
	const char *source;
	void *got;

	TRY(prepare(c, b, &source, &uefi));
	TRY(device_get(c, &amt_boot_setting_data_class, &got));
	TRY(set_options(c, b, &uefi, got));
	/* What was ordered before excludes options, so it goes first (wsman.md B.7). */
	TRY(change_order(c, NULL));
	struct err *e = plan(c, got, source);
	if (e == NULL)
		e = device_power_send(c, b->power, reply);
	if (e != NULL)
		return err_is(e, ERR_DEVICE) ? take_back(c, e) : e;
	if (reply->return_value.set && reply->return_value.v != 0)
		return take_back(c, NULL);
	return NULL;
}

/* ---- remote platform erase ---- */

struct err *device_erase_read(struct device_call *c, struct device_erase *out)
{
	void *got;

	*out = (struct device_erase){0};
	TRY(device_get(c, &amt_boot_capabilities_class, &got));
	const struct amt_boot_capabilities *can = got;
	uint32_t mask = (uint32_t)can->platform_erase.v;
	if (!(mask & DEVICE_ERASE_SUPPORTED))
		return NULL;
	out->ssds = mask & DEVICE_ERASE_SSDS;
	out->tpm = mask & DEVICE_ERASE_TPM;
	out->bios = mask & DEVICE_ERASE_BIOS;
	out->csme = device_true(can->configuration_data_reset);
	return NULL;
}

static struct err *erase_fits(const struct device_erase *want,
			      const struct device_erase *can)
{
	if (!can->ssds && !can->tpm && !can->bios && !can->csme)
		return err_new(ERR_INVALID, "the device has no remote platform erase");
	if (!want->ssds && !want->tpm && !want->bios && !want->csme)
		return err_new(ERR_INVALID, "nothing is to be erased: name at least one");
	if ((want->ssds && !can->ssds) || (want->tpm && !can->tpm) ||
	    (want->bios && !can->bios) || (want->csme && !can->csme))
		return err_new(ERR_INVALID,
			       "the device cannot erase all of that: see what "
			       "GET boot/remoteErase lists");
	return NULL;
}

/* The mask's bits; AMT itself is erased by an option of its own. */
static struct err *erase_options(struct device_call *c, const struct device_erase *want,
				 struct amt_boot_setting_data *s)
{
	struct uefi_erase p = {
		.mask = {true, (want->ssds ? DEVICE_ERASE_SSDS : 0) |
				       (want->tpm ? DEVICE_ERASE_TPM : 0) |
				       (want->bios ? DEVICE_ERASE_BIOS : 0)},
		.ssd_password = want->ssd_password};
	uint32_t count;

	options_none(s);
	s->platform_erase = device_num(1);
	s->configuration_data_reset = device_num(want->csme);
	if (p.mask.v == 0)
		return NULL;
	TRY(uefi_erase_encode(c->arena, &p, &s->uefi_boot_parameters_array, &count));
	s->uefi_boot_number_of_params = device_num(count);
	return NULL;
}

/* PlatformErase is refused while recovery is on, and the mask while erase is off: the
 * platform is asked first whether it lets erase be switched on at all. */
static struct err *erase_plan(struct device_call *c, const struct device_erase *want)
{
	void *got;

	TRY(device_boot_service_set(c, DEVICE_OFF, DEVICE_OFF));
	TRY(change_order(c, NULL));
	TRY(device_get(c, &amt_boot_setting_data_class, &got));
	struct amt_boot_setting_data *s = got;
	options_none(s);
	s->platform_erase = device_num(1);
	TRY(put_options(c, s));
	TRY(device_get(c, &amt_boot_setting_data_class, &got));
	s = got;
	if (!device_true(s->rpe_enabled))
		return err_new(ERR_CONFLICT, "remote platform erase is switched off in "
					     "the device's BIOS");
	TRY(device_boot_service_set(c, DEVICE_OFF, DEVICE_ON));
	TRY(erase_options(c, want, s));
	TRY(put_options(c, s));
	return set_role(c);
}

struct err *device_erase(struct device_call *c, const struct device_erase *want,
			 struct wsman_reply *reply)
{
	struct device_erase can;
	int64_t state;
	enum device_os_state os;

	TRY(device_erase_read(c, &can));
	TRY(erase_fits(want, &can));
	TRY(device_power_state(c, &state, &os));
	struct err *e = erase_plan(c, want);
	if (e == NULL)
		e = device_power_send(c, state == POWER_ON ? POWER_CYCLE : POWER_ON,
				      reply);
	if (e != NULL)
		return err_is(e, ERR_DEVICE) || err_is(e, ERR_CONFLICT) ? take_back(c, e)
									: e;
	return reply->return_value.v != 0 ? take_back(c, NULL) : NULL;
}
