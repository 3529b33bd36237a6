/* SPDX-License-Identifier: Apache-2.0
 * Switches of redirection and KVM of a full device. wsman.md B.6.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/kvm.h>
#include <amt/wsman/classes/redirection.h>

#define CIM_FAILED 4
#define CIM_INVALID_PARAMETER 5
#define PT_INVALID_PARAMETER 36
#define PT_NOT_FOUND 2068
#define ENABLED 2
#define DISABLED 3
#define OFFLINE 6 /* enabled, nobody is there */
#define RFB_PASSWORD 8
#define KVM_SESSION 2

/* ---- SOL and IDER ---- */

static void audit_switch(struct sim_call *c, int64_t was, int64_t now, int64_t bit,
			 unsigned on_event)
{
	if ((was & bit) != (now & bit))
		sim_audit(c, SIM_AUDIT_REDIRECTION, now & bit ? on_event : on_event + 1,
			  NULL, 0);
}

static void change_state(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_redirection_service_request_state_change_in *in = in_;
	struct amt_redirection_service_request_state_change_out *out = out_;
	struct amt_redirection_service *s =
		sim_store_first(&c->st->store, &amt_redirection_service_class);
	int64_t state = in != NULL ? in->requested_state.v : 0, was = s->enabled_state.v;

	if (state < AMT_REDIRECTION_NONE || state > AMT_REDIRECTION_BOTH) {
		out->return_value = sim_num(CIM_INVALID_PARAMETER);
		return;
	}
	s->enabled_state = sim_num(state);
	audit_switch(c, was, state, 1, 2);
	audit_switch(c, was, state, 2, 6);
	c->changed = true;
	out->return_value = sim_num(0);
}

static bool end_session(struct sim_call *c, unsigned kind)
{
	const struct sim_hooks *h = &c->st->subjects.hooks;

	return h->end_session != NULL && h->end_session(h->arg, kind);
}

static void terminate(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_redirection_service_terminate_session_in *in = in_;
	struct amt_redirection_service_terminate_session_out *out = out_;
	int64_t kind = in != NULL && in->session_type.set ? in->session_type.v : -1;

	if (kind != 0 && kind != 1)
		out->return_value = sim_num(PT_INVALID_PARAMETER);
	else
		out->return_value =
			sim_num(end_session(c, (unsigned)kind) ? 0 : PT_NOT_FOUND);
}

/* ---- KVM ---- */

static void kvm_state(struct sim_call *c, const void *in_, void *out_)
{
	const struct cim_kvm_redirection_sap_request_state_change_in *in = in_;
	struct cim_kvm_redirection_sap_request_state_change_out *out = out_;
	struct cim_kvm_redirection_sap *s =
		sim_store_first(&c->st->store, &cim_kvm_redirection_sap_class);
	struct cim_redirection_service *service =
		sim_store_first(&c->st->store, &cim_redirection_service_class);
	const struct ips_kvm_redirection_setting_data *settings =
		sim_store_first(&c->st->store, &ips_kvm_redirection_setting_data_class);
	int64_t state = in != NULL ? in->requested_state.v : 0;
	bool was = s->enabled_state.v != DISABLED;

	if (state != ENABLED && state != DISABLED) {
		out->return_value = sim_num(CIM_INVALID_PARAMETER);
		return;
	}
	if (state == ENABLED && settings != NULL && !settings->enabled_by_mebx.v) {
		out->return_value = sim_num(CIM_FAILED);
		return;
	}
	s->enabled_state = sim_num(state == ENABLED ? OFFLINE : DISABLED);
	s->requested_state = sim_num(state);
	if (service != NULL)
		service->enabled_state = sim_num(state);
	if (was != (state == ENABLED))
		sim_audit(c, SIM_AUDIT_REDIRECTION, state == ENABLED ? 10 : 11, NULL, 0);
	if (state == DISABLED)
		end_session(c, KVM_SESSION);
	c->changed = true;
	out->return_value = sim_num(0);
}

static bool password_fits(struct str p)
{
	bool lower = false, upper = false, digit = false, special = false;

	for (size_t i = 0; i < p.n; i++) {
		char ch = p.p[i];
		lower |= ch >= 'a' && ch <= 'z';
		upper |= ch >= 'A' && ch <= 'Z';
		digit |= ch >= '0' && ch <= '9';
		special |= strchr("!#$%&()*+-./;<=>?@[\\]^_`{|}~", ch) != NULL;
	}
	return p.n == 0 || (p.n == RFB_PASSWORD && lower && upper && digit && special);
}

static void check_kvm(struct sim_call *c, enum wsman_op op, void *object,
		      const void *was_)
{
	const struct ips_kvm_redirection_setting_data *was = was_;
	struct ips_kvm_redirection_setting_data *s = object;

	/* Plain RFB is gone from CSME 16.1 on. */
	if (!password_fits(s->rfb_password) || s->is_5900_port_enabled.v ||
	    s->default_screen.v > 3 || s->session_timeout.v > 255) {
		c->fault = WSMAN_INVALID_REPRESENTATION;
		return;
	}
	if (s->rfb_password.n > 0 && !str_eq(s->rfb_password, was->rfb_password))
		sim_audit(c, SIM_AUDIT_KVM, 2, NULL, 0);
	if (s->opt_in_policy.v != was->opt_in_policy.v)
		sim_audit(c, SIM_AUDIT_KVM, s->opt_in_policy.v ? 0 : 1, NULL, 0);
}

/* Only the host may. */
static void terminate_kvm(struct sim_call *c, const void *in, void *out_)
{
	struct ips_kvm_redirection_setting_data_terminate_session_out *out = out_;

	if (!c->caller->local)
		c->fault = WSMAN_ACCESS_DENIED;
	out->return_value = sim_num(end_session(c, KVM_SESSION) ? 0 : 1);
}

static void reset_screens(struct sim_call *c, const void *in, void *out_)
{
	struct ips_screen_setting_data_reset_to_default_out *out = out_;
	struct ips_screen_setting_data *s =
		sim_store_first(&c->st->store, &ips_screen_setting_data_class);

	s->primary_index = sim_num(1);
	s->secondary_index = sim_num(2);
	s->tertiary_index = sim_num(3);
	s->quadrary_index = sim_num(4);
	c->changed = true;
	out->return_value = sim_num(0);
}

static void check_screens(struct sim_call *c, enum wsman_op op, void *object,
			  const void *was_)
{
	const struct ips_screen_setting_data *was = was_;
	const struct ips_screen_setting_data *s = object;

	/* The arrays are what is plugged in: always four entries. */
	if (s->is_active.n != was->is_active.n ||
	    s->resolution_x.n != was->resolution_x.n ||
	    s->resolution_y.n != was->resolution_y.n ||
	    s->upper_left_x.n != was->upper_left_x.n ||
	    s->upper_left_y.n != was->upper_left_y.n)
		c->fault = WSMAN_INVALID_REPRESENTATION;
}

static const struct sim_method redirection_methods[] = {
	{&amt_redirection_service_request_state_change_method, change_state},
	{&amt_redirection_service_terminate_session_method, terminate},
};
static const struct sim_method kvm_methods[] = {
	{&cim_kvm_redirection_sap_request_state_change_method, kvm_state},
};
static const struct sim_method kvm_settings_methods[] = {
	{&ips_kvm_redirection_setting_data_terminate_session_method, terminate_kvm},
};
static const struct sim_method screen_methods[] = {
	{&ips_screen_setting_data_reset_to_default_method, reset_screens},
};

const struct sim_class sim_redirection_classes[] = {
	{.cls = &amt_redirection_service_class,
	 .methods = redirection_methods,
	 .n_methods = ARRAY_LEN(redirection_methods)},
	{.cls = &cim_kvm_redirection_sap_class,
	 .methods = kvm_methods,
	 .n_methods = ARRAY_LEN(kvm_methods)},
	{.cls = &ips_kvm_redirection_setting_data_class,
	 .methods = kvm_settings_methods,
	 .n_methods = ARRAY_LEN(kvm_settings_methods),
	 .check = check_kvm},
	{.cls = &ips_screen_setting_data_class,
	 .methods = screen_methods,
	 .n_methods = ARRAY_LEN(screen_methods),
	 .check = check_screens},
};
const size_t sim_redirection_classes_n = ARRAY_LEN(sim_redirection_classes);
