/* SPDX-License-Identifier: Apache-2.0 */
#include <device/amt_features.h>

#include <amt/wsman/classes/boot.h>
#include <amt/wsman/classes/kvm.h>
#include <amt/wsman/classes/redirection.h>
#include <device/boot.h>

#define KVM_ENABLED 2
#define KVM_DISABLED 3
#define KVM_OFFLINE 6 /* enabled, nobody is there */
#define IDER_BIT 1
#define SOL_BIT 2
#define OCR_BIT 1
#define RPE_BIT 2
#define ERASE_SUPPORTED 1

static const struct {
	int64_t value;
	const char *name;
} consents[] = {
	{IPS_OPT_IN_NONE, "none"}, {IPS_OPT_IN_KVM, "kvm"}, {IPS_OPT_IN_ALL, "all"}};

const char *device_consent_name(int64_t opt_in_required)
{
	for (size_t i = 0; i < ARRAY_LEN(consents); i++)
		if (consents[i].value == opt_in_required)
			return consents[i].name;
	return NULL;
}

bool device_consent_from_name(const char *name, int64_t *opt_in_required)
{
	for (size_t i = 0; i < ARRAY_LEN(consents); i++)
		if (strcmp(consents[i].name, name) == 0) {
			*opt_in_required = consents[i].value;
			return true;
		}
	return false;
}

/* ---- reading ---- */

static bool kvm_on(const struct cim_kvm_redirection_sap *s)
{
	return s != NULL &&
	       (s->enabled_state.v == KVM_ENABLED || s->enabled_state.v == KVM_OFFLINE);
}

/* EnabledState below 32768 is what old firmware says: none of the two. */
static bool boot_bit(const struct cim_boot_service *s, int64_t bit)
{
	return s != NULL && s->enabled_state.v >= CIM_BOOT_SERVICE_PLAIN &&
	       ((s->enabled_state.v - CIM_BOOT_SERVICE_PLAIN) & bit);
}

static bool has_source(const struct device_list *list, const char *id_start,
		       const char *bios_part)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct cim_boot_source_setting *s = list->v[i];
		if (str_starts(s->instance_id, str_of(id_start)) &&
		    str_find(s->bios_boot_string, str_of(bios_part)) >= 0)
			return true;
	}
	return false;
}

static struct err *get_redirection(struct device_call *c, struct device_features *f)
{
	void *got;

	TRY(device_get(c, &amt_redirection_service_class, &got));
	const struct amt_redirection_service *s = got;
	f->listener = device_true(s->listener_enabled);
	f->sol = s->enabled_state.v & SOL_BIT;
	f->ider = s->enabled_state.v & IDER_BIT;
	TRY(device_get(c, &ips_opt_in_service_class, &got));
	const struct ips_opt_in_service *o = got;
	f->opt_in_required = o->opt_in_required.v;
	f->opt_in_state = o->opt_in_state.v;
	f->opt_in_fixed =
		o->can_modify_opt_in_policy.set && o->can_modify_opt_in_policy.v == 0;
	TRY(device_get_if_any(c, &cim_kvm_redirection_sap_class, &got));
	f->kvm_available = got != NULL;
	f->kvm = kvm_on(got);
	return NULL;
}

static struct err *get_boot(struct device_call *c, struct device_features *f)
{
	struct device_list sources;
	void *got;

	TRY(device_get_if_any(c, &cim_boot_service_class, &got));
	f->ocr = boot_bit(got, OCR_BIT);
	f->rpe = boot_bit(got, RPE_BIT);
	TRY(device_list(c, &cim_boot_source_setting_class, &sources));
	TRY(device_get(c, &amt_boot_capabilities_class, &got));
	const struct amt_boot_capabilities *can = got;
	TRY(device_get(c, &amt_boot_setting_data_class, &got));
	const struct amt_boot_setting_data *set = got;
	f->https_boot = has_source(&sources, DEVICE_BOOT_HTTPS, "") &&
			device_true(can->force_uefi_https_boot) &&
			device_true(set->uefi_https_boot_enabled);
	f->winre_boot = has_source(&sources, DEVICE_BOOT_OPTION, "WinRe") &&
			device_true(can->force_winre_boot) &&
			device_true(set->winre_boot_enabled);
	f->pba_boot = has_source(&sources, DEVICE_BOOT_OPTION, "PBA") &&
		      device_true(can->force_uefi_pba_boot) &&
		      device_true(set->uefi_local_pba_boot_enabled);
	f->rpe_supported = can->platform_erase.v & ERASE_SUPPORTED;
	return NULL;
}

struct err *device_features_get(struct device_call *c, struct device_features *out)
{
	*out = (struct device_features){0};
	TRY(get_redirection(c, out));
	return get_boot(c, out);
}

/* ---- changing ---- */

static struct err *set_kvm(struct device_call *c, bool on)
{
	struct cim_kvm_redirection_sap_request_state_change_in in = {
		.requested_state = device_num(on ? KVM_ENABLED : KVM_DISABLED)};

	return device_invoke(c, &cim_kvm_redirection_sap_class,
			     &cim_kvm_redirection_sap_request_state_change_method, NULL,
			     &in, NULL);
}

/* ListenerEnabled changes by Put alone, EnabledState by the method alone. */
static struct err *set_redirection(struct device_call *c,
				   struct amt_redirection_service *s, int64_t state,
				   bool listener)
{
	struct amt_redirection_service_request_state_change_in in = {
		.requested_state = device_num(state)};

	if (s->enabled_state.v != state)
		TRY(device_invoke(c, &amt_redirection_service_class,
				  &amt_redirection_service_request_state_change_method,
				  NULL, &in, NULL));
	if (device_true(s->listener_enabled) == listener)
		return NULL;
	s->enabled_state = device_num(state);
	s->listener_enabled = device_num(listener);
	return device_put(c, &amt_redirection_service_class, NULL, s, NULL);
}

static struct err *set_consent(struct device_call *c, int64_t required)
{
	const struct wsman_class *cls = &ips_opt_in_service_class;
	void *got;

	TRY(device_get(c, cls, &got));
	struct ips_opt_in_service *s = got;
	if (s->opt_in_required.v == required)
		return NULL;
	s->opt_in_required = device_num(required);
	TRY(device_put(c, cls, NULL, s, NULL));
	/* In client control mode firmware takes the Put and changes nothing. */
	TRY(device_get(c, cls, &got));
	s = got;
	if (s->opt_in_required.v != required)
		return err_new(
			ERR_CONFLICT,
			"the device keeps user consent as it is; in client control "
			"mode it is always required");
	return NULL;
}

struct err *device_boot_service_set(struct device_call *c, enum device_switch ocr,
				    enum device_switch rpe)
{
	const struct wsman_class *cls = &cim_boot_service_class;
	void *got;

	if (ocr == DEVICE_KEEP && rpe == DEVICE_KEEP)
		return NULL;
	TRY(device_get(c, cls, &got));
	const struct cim_boot_service *s = got;
	bool want_ocr = ocr == DEVICE_KEEP ? boot_bit(s, OCR_BIT) : ocr == DEVICE_ON;
	bool want_rpe = rpe == DEVICE_KEEP ? boot_bit(s, RPE_BIT) : rpe == DEVICE_ON;
	int64_t state = CIM_BOOT_SERVICE_PLAIN + (want_ocr ? OCR_BIT : 0) +
			(want_rpe ? RPE_BIT : 0);
	if (s->enabled_state.v == state)
		return NULL;
	struct cim_boot_service_request_state_change_in in = {.requested_state =
								      device_num(state)};
	return device_invoke(c, cls, &cim_boot_service_request_state_change_method, NULL,
			     &in, NULL);
}

struct err *device_features_set(struct device_call *c,
				const struct device_features_change *w)
{
	int64_t state =
		AMT_REDIRECTION_NONE + (w->ider ? IDER_BIT : 0) + (w->sol ? SOL_BIT : 0);
	void *redirection, *kvm;

	TRY(device_get(c, &amt_redirection_service_class, &redirection));
	TRY(device_get_if_any(c, &cim_kvm_redirection_sap_class, &kvm));
	if (w->kvm && kvm == NULL)
		return err_new(ERR_CONFLICT, "the device has no KVM");
	/* Before anything else is changed: it is the one that firmware may keep. */
	TRY(set_consent(c, w->opt_in_required));
	TRY(set_redirection(c, redirection, state, w->sol || w->ider || w->kvm));
	if (kvm_on(kvm) != w->kvm)
		TRY(set_kvm(c, w->kvm));
	return device_boot_service_set(c, w->ocr, w->rpe);
}
