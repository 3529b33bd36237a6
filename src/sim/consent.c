/* SPDX-License-Identifier: Apache-2.0
 * User consent: the code on the screen, its tries and times. wsman.md D.5.
 */
#include <sim/classes.h>

#include <amt/heci/lme_alert.h>
#include <amt/wsman/classes/consent.h>
#include <amt/wsman/classes/setup.h>
#include <base/clock.h>

#define PT_BLOCKED 3
#define PT_INVALID_STATE 2
#define CODES 1000000u

static struct sim_consent *consent(struct sim_device *d)
{
	return &d->state->subjects.consent;
}

static const struct ips_opt_in_service *service(const struct sim_state *st)
{
	return sim_store_first(&st->store, &ips_opt_in_service_class);
}

int64_t sim_consent_required(const struct sim_state *st)
{
	const struct ips_opt_in_service *s = service(st);

	if (st->mode == IPS_CONTROL_CLIENT)
		return IPS_OPT_IN_ALL;
	return s != NULL ? s->opt_in_required.v : IPS_OPT_IN_NONE;
}

static void show(struct sim_device *d, const char *code)
{
	struct sim_hooks *h = &d->state->subjects.hooks;

	if (h->show_code != NULL)
		h->show_code(h->arg, code);
}

static void tell_host(struct sim_device *d, int was, int state)
{
	unsigned what = 0;

	if (state == IPS_OPT_IN_REQUESTED)
		what = LME_CONSENT_REQUESTED;
	else if (state >= IPS_OPT_IN_RECEIVED && was < IPS_OPT_IN_RECEIVED)
		what = LME_CONSENT_GRANTED;
	else if (state == IPS_OPT_IN_NOT_STARTED && was != state)
		what = LME_CONSENT_ENDED;
	if (what != 0)
		sim_subjects_alert(&d->state->subjects, LME_ALERT_CONSENT, what);
}

static void enter(struct sim_device *d, int state, int64_t for_s)
{
	struct sim_consent *c = consent(d);
	bool shown = c->state == IPS_OPT_IN_DISPLAYED;

	tell_host(d, c->state, state);
	c->state = (uint8_t)state;
	c->until_ms = for_s > 0 ? clock_mono_ms() + for_s * 1000 : 0;
	if (state == IPS_OPT_IN_DISPLAYED) {
		show(d, c->code);
	} else if (shown) {
		show(d, NULL);
		memset(c->code, 0, sizeof(c->code));
	}
}

static void leave(struct sim_device *d, bool failed)
{
	struct sim_consent *c = consent(d);

	/* Boot options that were allowed by it go with it. */
	if (c->state >= IPS_OPT_IN_RECEIVED &&
	    sim_consent_required(d->state) == IPS_OPT_IN_ALL)
		sim_boot_clear(d->state);
	enter(d, IPS_OPT_IN_NOT_STARTED, 0);
	c->wrong = 0;
	memset(c->code, 0, sizeof(c->code));
	if (failed)
		c->blocked_until_ms = clock_mono_ms() + SIM_CONSENT_BLOCK_MS;
}

/* The screen shows the code only while the host is on. */
static void display(struct sim_device *d)
{
	int64_t left_ms = consent(d)->until_ms - clock_mono_ms();

	if (consent(d)->state != IPS_OPT_IN_REQUESTED || d->power.state != SIM_ON)
		return;
	enter(d, IPS_OPT_IN_DISPLAYED, 0);
	consent(d)->until_ms = clock_mono_ms() + left_ms;
}

int sim_consent_start(struct sim_device *d)
{
	struct sim_consent *c = consent(d);
	const struct ips_opt_in_service *s = service(d->state);
	uint32_t code;

	if (s == NULL || c->state != IPS_OPT_IN_NOT_STARTED ||
	    sim_consent_required(d->state) == IPS_OPT_IN_NONE)
		return PT_INVALID_STATE;
	if (clock_mono_ms() < c->blocked_until_ms)
		return PT_BLOCKED;
	random_bytes(&code, sizeof(code));
	snprintf(c->code, sizeof(c->code), "%06u", code % CODES);
	enter(d, IPS_OPT_IN_REQUESTED, s->opt_in_display_timeout.v);
	display(d);
	return 0;
}

const char *sim_consent_code(const struct sim_device *d)
{
	const struct sim_consent *c = &d->state->subjects.consent;

	return c->state == IPS_OPT_IN_DISPLAYED ? c->code : NULL;
}

bool sim_consent_missing(struct sim_device *d, enum sim_consent_for what)
{
	int64_t required = sim_consent_required(d->state);

	/* A SOL session opens freely (D.5). */
	if (required == IPS_OPT_IN_NONE || what == SIM_CONSENT_SOL ||
	    (required == IPS_OPT_IN_KVM && what != SIM_CONSENT_KVM))
		return false;
	sim_consent_tick(d);
	return consent(d)->state < IPS_OPT_IN_RECEIVED;
}

/* From the code's arrival on consent lasts until no session was open for a while. */
static void received(struct sim_device *d)
{
	const struct ips_opt_in_service *s = service(d->state);

	enter(d, consent(d)->sessions > 0 ? IPS_OPT_IN_IN_SESSION : IPS_OPT_IN_RECEIVED,
	      s->opt_in_code_timeout.v);
	if (consent(d)->sessions > 0)
		consent(d)->until_ms = 0;
}

void sim_consent_session(struct sim_device *d, enum sim_consent_for what, bool began)
{
	struct sim_consent *c = consent(d);

	if (began)
		c->sessions++;
	else if (c->sessions > 0)
		c->sessions--;
	if (c->state < IPS_OPT_IN_RECEIVED)
		return;
	if (!began || what == SIM_CONSENT_IDER || d->power.state == SIM_ON)
		received(d);
}

void sim_consent_tick(struct sim_device *d)
{
	struct sim_consent *c = consent(d);

	display(d);
	if (c->state == IPS_OPT_IN_NOT_STARTED || c->until_ms == 0 ||
	    clock_mono_ms() < c->until_ms)
		return;
	leave(d, c->state < IPS_OPT_IN_RECEIVED);
}

/* ---- IPS_OptInService ---- */

static void start(struct sim_call *c, const void *in, void *out_)
{
	struct ips_opt_in_service_start_opt_in_out *out = out_;
	int value = sim_consent_start(c->d);

	if (value == PT_BLOCKED)
		sim_audit(c, SIM_AUDIT_OPT_IN, 2, NULL, 0);
	out->return_value = sim_num(value);
}

static void cancel(struct sim_call *c, const void *in, void *out_)
{
	struct ips_opt_in_service_cancel_opt_in_out *out = out_;

	if (consent(c->d)->state == IPS_OPT_IN_NOT_STARTED) {
		out->return_value = sim_num(PT_INVALID_STATE);
		return;
	}
	leave(c->d, false);
	c->changed = true;
	out->return_value = sim_num(0);
}

static void send_code(struct sim_call *c, const void *in_, void *out_)
{
	const struct ips_opt_in_service_send_opt_in_code_in *in = in_;
	struct ips_opt_in_service_send_opt_in_code_out *out = out_;
	struct sim_consent *s = consent(c->d);

	out->return_value = sim_num(PT_INVALID_STATE);
	if (s->state != IPS_OPT_IN_DISPLAYED)
		return;
	if (in != NULL && in->opt_in_code.set &&
	    in->opt_in_code.v == strtol(s->code, NULL, 10)) {
		s->wrong = 0;
		received(c->d);
		sim_audit(c, SIM_AUDIT_OPT_IN, 1, (uint8_t[]){0}, 1);
		out->return_value = sim_num(0);
	} else if (++s->wrong == SIM_CONSENT_TRIES) {
		leave(c->d, true);
		sim_audit(c, SIM_AUDIT_OPT_IN, 1, (uint8_t[]){1}, 1);
	}
}

static uint8_t policy_code(int64_t required)
{
	return required == IPS_OPT_IN_ALL ? 255 : (uint8_t)required;
}

static void check(struct sim_call *c, enum wsman_op op, void *object, const void *was_)
{
	const struct ips_opt_in_service *was = was_;
	struct ips_opt_in_service *s = object;

	/* In client control mode the policy is not the administrator's. */
	if (c->st->mode == IPS_CONTROL_CLIENT || was->can_modify_opt_in_policy.v == 0) {
		s->opt_in_required = was->opt_in_required;
		s->opt_in_display_timeout = was->opt_in_display_timeout;
	}
	if ((s->opt_in_required.v != IPS_OPT_IN_NONE &&
	     s->opt_in_required.v != IPS_OPT_IN_KVM &&
	     s->opt_in_required.v != IPS_OPT_IN_ALL) ||
	    s->opt_in_code_timeout.v < 60 || s->opt_in_code_timeout.v > 900 ||
	    s->opt_in_display_timeout.v < 10 || s->opt_in_display_timeout.v > 3600) {
		c->fault = WSMAN_INVALID_REPRESENTATION;
		return;
	}
	if (s->opt_in_required.v != was->opt_in_required.v)
		sim_audit(c, SIM_AUDIT_OPT_IN, 0,
			  (uint8_t[]){policy_code(was->opt_in_required.v),
				      policy_code(s->opt_in_required.v)},
			  2);
}

static void show_service(struct sim_call *c, void *copy)
{
	struct ips_opt_in_service *s = copy;

	s->opt_in_required = sim_num(sim_consent_required(c->st));
	s->opt_in_state = sim_num(consent(c->d)->state);
	if (c->st->mode == IPS_CONTROL_CLIENT)
		s->can_modify_opt_in_policy = sim_num(0);
}

static const struct sim_method methods[] = {
	{&ips_opt_in_service_start_opt_in_method, start},
	{&ips_opt_in_service_cancel_opt_in_method, cancel},
	{&ips_opt_in_service_send_opt_in_code_method, send_code},
};

const struct sim_class sim_consent_classes[] = {
	{.cls = &ips_opt_in_service_class,
	 .methods = methods,
	 .n_methods = ARRAY_LEN(methods),
	 .check = check,
	 .show = show_service},
};
const size_t sim_consent_classes_n = ARRAY_LEN(sim_consent_classes);
