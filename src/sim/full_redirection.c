/* SPDX-License-Identifier: Apache-2.0
 * Redirection of a full device: who may use it, which kinds are on, user consent, audit
 * records, and the host that follows power and boots. wsman.md B.6, C.2 (group 18), D.5.
 */
#include <sim/full.h>

#include <amt/heci/lme_alert.h>
#include <amt/wsman/classes/accounts.h>
#include <amt/wsman/classes/kvm.h>
#include <amt/wsman/classes/redirection.h>
#include <amt/wsman/classes/setup.h>
#include <sim/heci.h>
#include <sim/screen.h>

#define GAP_MS 100
#define SAP_ACTIVE 2
#define SAP_DISABLED 3
#define SAP_OFFLINE 6 /* enabled, nobody is there */

static const struct {
	enum sim_consent_for consent;
	unsigned opened; /* audit event; the next one: closed */
	const char *alert;
	unsigned started; /* argument of the alert; the next one: ended */
} kinds[REDIR_KINDS] = {
	[REDIR_SOL] = {SIM_CONSENT_SOL, 4, LME_ALERT_REMOTE, LME_SOL_STARTED},
	[REDIR_IDER] = {SIM_CONSENT_IDER, 0, LME_ALERT_REMOTE, LME_IDER_STARTED},
	[REDIR_KVM] = {SIM_CONSENT_KVM, 8, LME_ALERT_KVM, LME_KVM_STARTED},
};

static struct cim_kvm_redirection_sap *sap(const struct sim_full *f)
{
	return sim_store_first(&f->state->store, &cim_kvm_redirection_sap_class);
}

static const struct amt_redirection_service *service(const struct sim_full *f)
{
	return sim_store_first(&f->state->store, &amt_redirection_service_class);
}

bool sim_full_redirection_open(const struct sim_full *f)
{
	const struct amt_redirection_service *s = service(f);

	return f->state->mode != IPS_CONTROL_NONE && s != NULL && s->listener_enabled.v;
}

/* admin, or an account of the network with the realm. */
static bool ha1_of(void *arg, struct str user, char ha1[33])
{
	struct sim_full *f = arg;
	struct sim_state *st = f->state;
	const struct sim_account *a;

	if (str_eqz(user, st->admin_user) && st->admin_set) {
		hex_encode(st->admin_ha1, 16, ha1);
		return true;
	}
	a = sim_state_account_named(st, user);
	if (a == NULL || !a->enabled || a->access == AMT_ACCESS_LOCAL ||
	    !(a->realms & (1u << SIM_REALM_REDIRECTION | 1u << SIM_REALM_ADMINISTRATION)))
		return false;
	hex_encode(a->ha1, 16, ha1);
	return true;
}

/* ---- what the state allows ---- */

static uint8_t enabled_kinds(const struct sim_full *f)
{
	const struct amt_redirection_service *s = service(f);
	const struct cim_kvm_redirection_sap *k = sap(f);
	int64_t both = s != NULL ? s->enabled_state.v - AMT_REDIRECTION_NONE : 0;

	if (!sim_full_redirection_open(f))
		return 0;
	return (uint8_t)((both & 2 ? 1u << REDIR_SOL : 0) |
			 (both & 1 ? 1u << REDIR_IDER : 0) |
			 (k != NULL && k->enabled_state.v != SAP_DISABLED
				  ? 1u << REDIR_KVM
				  : 0));
}

static void look(void *arg)
{
	struct sim_full *f = arg;

	f->redirection.enabled = enabled_kinds(f);
	f->redirection.consent_missing = 0;
	for (unsigned k = 0; k < REDIR_KINDS; k++)
		if (sim_consent_missing(&f->device, kinds[k].consent))
			f->redirection.consent_missing |= (uint8_t)(1u << k);
}

/* The display that KVM shows is a setting: the host has as many as can be drawn. */
static void choose_display(struct sim_full *f)
{
	const struct ips_kvm_redirection_setting_data *s = sim_store_first(
		&f->state->store, &ips_kvm_redirection_setting_data_class);
	unsigned wanted = s != NULL ? (unsigned)s->default_screen.v : 0;

	if (wanted < SIM_DISPLAYS && wanted != f->redirection.display)
		sim_redirection_show(&f->redirection, wanted);
}

void sim_full_redirection_check(struct sim_full *f)
{
	look(f);
	choose_display(f);
	for (unsigned k = 0; k < REDIR_KINDS; k++)
		if (!(f->redirection.enabled & 1u << k) ||
		    f->redirection.consent_missing & 1u << k)
			sim_redirection_end(&f->redirection, (enum redir_kind)k);
}

/* ---- sessions ---- */

static void on_session(void *arg, enum redir_kind kind, const char *user, struct str from,
		       bool began)
{
	struct sim_full *f = arg;
	struct sim_state *st = f->state;
	struct sim_actor who = {
		.kind = SIM_BY_USER, .user = str_of(user), .address = from};
	struct cim_kvm_redirection_sap *k = sap(f);

	sim_consent_session(&f->device, kinds[kind].consent, began);
	sim_subjects_alert(&st->subjects, kinds[kind].alert,
			   kinds[kind].started + !began);
	if (kind == REDIR_KVM && k != NULL && k->enabled_state.v != SAP_DISABLED)
		k->enabled_state.v = began ? SAP_ACTIVE : SAP_OFFLINE;
	if (sim_logs_audit(&st->subjects.logs, &who, sim_state_now(st),
			   SIM_AUDIT_REDIRECTION, kinds[kind].opened + !began, NULL, 0))
		st->subjects.unsaved = true;
}

static bool on_end_session(void *arg, unsigned kind)
{
	static const enum redir_kind of[] = {REDIR_IDER, REDIR_SOL, REDIR_KVM};
	struct sim_full *f = arg;

	if (kind >= ARRAY_LEN(of) || !sim_redirection_active(&f->redirection, of[kind]))
		return false;
	sim_redirection_end(&f->redirection, of[kind]);
	return true;
}

/* ---- the host ---- */

static void on_boot(void *arg, const struct sim_last_boot *b)
{
	static const enum sim_boot_from from[SIM_BOOT_WAYS] = {
		[SIM_BOOT_WAY_SETUP] = SIM_BOOT_SETUP,
		[SIM_BOOT_WAY_PXE] = SIM_BOOT_PXE,
		[SIM_BOOT_WAY_IDER_FLOPPY] = SIM_BOOT_IDER_FLOPPY,
		[SIM_BOOT_WAY_IDER_CD] = SIM_BOOT_IDER_CD,
		[SIM_BOOT_WAY_HTTPS] = SIM_BOOT_HTTPS,
		[SIM_BOOT_WAY_FILE] = SIM_BOOT_FILE,
		[SIM_BOOT_WAY_ERASE] = SIM_BOOT_ERASE,
	};
	char erased[16];
	struct sim_full *f = arg;

	snprintf(erased, sizeof(erased), "0x%X", b->erase_mask);
	sim_redirection_boot(&f->redirection, from[b->way],
			     b->way == SIM_BOOT_WAY_ERASE ? erased : b->path);
}

static bool on_agent(void *arg)
{
	struct sim_full *f = arg;

	return f->lms && sim_redirection_system_runs(&f->redirection);
}

static void on_going_down(void *arg)
{
	struct sim_full *f = arg;

	sim_redirection_going_down(&f->redirection);
}

static void on_alert(void *arg, const char *id, unsigned what)
{
	struct sim_full *f = arg;

	if (f->heci != NULL)
		sim_heci_alert(f->heci, id, what);
}

void sim_full_redirection_tick(struct sim_full *f)
{
	sim_redirection_power(&f->redirection, f->device.power.state == SIM_ON);
	sim_full_redirection_check(f);
}

void sim_full_redirection_reset(struct sim_full *f)
{
	struct cim_kvm_redirection_sap *k = sap(f);

	sim_redirection_fini(&f->redirection);
	f->redirection_config = (struct sim_redirection_config){
		.step_ms = f->config.model->step_ms, .gap_ms = GAP_MS};
	sim_redirection_init(&f->redirection, &f->redirection_config, f->state->realm,
			     ha1_of, f);
	f->redirection.look = look;
	f->redirection.session = on_session;
	f->redirection.faults = &f->faults;
	/* Power was lost in a session. */
	if (k != NULL && k->enabled_state.v == SAP_ACTIVE)
		k->enabled_state.v = SAP_OFFLINE;
}

void sim_full_redirection_begin(struct sim_full *f)
{
	f->state->subjects.hooks = (struct sim_hooks){.arg = f,
						      .boot = on_boot,
						      .agent = on_agent,
						      .going_down = on_going_down,
						      .alert = on_alert,
						      .end_session = on_end_session};
	sim_full_redirection_reset(f);
}

void sim_full_redirection_end(struct sim_full *f)
{
	f->state->subjects.hooks = (struct sim_hooks){0};
	sim_redirection_fini(&f->redirection);
}
