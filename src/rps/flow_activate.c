/* SPDX-License-Identifier: Apache-2.0
 * Activation: a device gets a profile. rps.md 7.1-7.6.
 */
#include <rps/flow.h>

#include <base/log.h>
#include <rps/rps_registry.h>

/* ---- control mode ---- */

static void host_login(struct flow *f)
{
	const char *user = str_dup(f->arena, f->payload.username);

	flow_login(f, user, &f->payload.password);
	f->mode = IPS_CONTROL_NONE;
}

/* After a change that failed: is the device surely as before? */
static bool still_unprovisioned(struct flow *f)
{
	struct device_setup now;

	flow_login(f, str_dup(f->arena, f->payload.username), &f->payload.password);
	struct err *e = device_setup_read(&f->call, &now);
	bool sure = e == NULL && now.mode == IPS_CONTROL_NONE;

	err_free(e);
	return sure;
}

/* The secret written ahead goes only if the device surely did not take it. */
static struct err *not_activated(struct flow *f, const char *text, struct err *take_e)
{
	if (still_unprovisioned(f))
		err_free(flow_secret_settle(f, false));
	return err_wrap(take_e, "%s", text);
}

static struct err *activated(struct flow *f, enum ips_control_mode mode,
			     const char *status)
{
	f->mode = mode;
	f->status = status;
	f->activated = true;
	f->parts[FLOW_ACTIVATION] = (struct flow_outcome){
		FLOW_SUCCESS, mode == IPS_CONTROL_ADMIN ? "ACM" : "CCM", status};
	TRY(flow_secret_settle(f, true));
	TRY(rps_registry_activated(f));
	flow_progress(f, "Activation completed");
	return NULL;
}

/* The firmware restarts its network stack (rps.md 7.2). */
static struct err *settle_down(struct flow *f)
{
	return rpc_session_pause(f->rpc,
				 config_int(f->rps->config, "rps.activation_wait_ms"));
}

static struct err *activate_ccm(struct flow *f)
{
	host_login(f);
	flow_password_choose(f);
	TRY(device_setup_realm(&f->call, &f->realm));
	TRY(flow_secret_ahead(f));
	struct err *e = device_setup_client(&f->call, f->realm, &f->amt);
	if (e != NULL)
		return not_activated(f, "Failed to activate in client control mode.", e);
	TRY(activated(f, IPS_CONTROL_CLIENT, "Client control mode."));
	return settle_down(f);
}

static struct err *activate_acm(struct flow *f)
{
	TRY(flow_certificate(f));
	host_login(f);
	flow_password_choose(f);
	TRY(device_setup_realm(&f->call, &f->realm));
	TRY(flow_secret_ahead(f));
	struct err *e = device_setup_admin(&f->call, f->realm, &f->amt, &f->cert);
	if (e != NULL)
		return not_activated(f, "Failed to activate in admin control mode.", e);
	TRY(activated(f, IPS_CONTROL_ADMIN, "Activated to admin control mode."));
	TRY(settle_down(f));
	return flow_secret_mebx(f);
}

/* ---- TLS-only platforms and --tls-tunnel: client control mode first (rps.md 7.4) ----
 */

/* Firmware that is TLS-only needs the certificate before it becomes ACM: if that fails it
 * shall not stay in client control mode. */
static struct err *roll_back(struct flow *f, struct err *take_e)
{
	const char *why = flow_error_text(f, take_e);
	struct err *e = device_unprovision(&f->call);

	if (e != NULL) {
		err_free(take_e);
		return err_wrap(e, "Failed to deactivate device after ACM failure: %s",
				why);
	}
	struct err *gone = rps_registry_deactivated(f, NULL);
	if (gone != NULL)
		log_warn("a device that was rolled back is still registered",
			 F_STR("guid", f->guid), F_ERR(gone));
	err_free(gone);
	f->parts[FLOW_ACTIVATION].result = FLOW_FAILURE;
	return flow_error_say(take_e,
			      arena_printf(f->arena, "%s.ACM activation failed.", why));
}

static struct err *upgrade(struct flow *f)
{
	TRY(flow_certificate(f));
	struct err *e = device_setup_upgrade(&f->call, &f->cert);
	if (e != NULL)
		return err_wrap(e, "Failed to upgrade to admin control mode.");
	f->mode = IPS_CONTROL_ADMIN;
	if (f->payload.tls_enforced)
		TRY(device_setup_commit(&f->call));
	return flow_secret_mebx(f);
}

static struct err *tunnel_then_upgrade(struct flow *f)
{
	TRY(flow_tls(f));
	if (f->parts[FLOW_TLS].result != FLOW_SUCCESS)
		return err_new(ERR_DEVICE, "TLS provisioning failed: %s",
			       f->parts[FLOW_TLS].details);
	TRY(flow_tunnel_switch(f));
	return f->acm ? upgrade(f) : NULL;
}

static struct err *activate_tunnelled(struct flow *f)
{
	if (f->payload.tls_enforced)
		TRY(flow_tunnel_begin(f));
	if (f->acm)
		TRY(flow_certificate(f));
	TRY(activate_ccm(f));
	if (f->payload.tls_enforced)
		TRY(device_setup_commit(&f->call));
	struct err *e = tunnel_then_upgrade(f);
	if (e != NULL && f->acm && rpc_session_check(f->rpc) == NULL)
		return roll_back(f, e);
	TRY(e);
	if (!f->acm)
		return NULL;
	return activated(f, IPS_CONTROL_ADMIN, "Activated to admin control mode.");
}

/* ---- a device that is activated already (rps.md 7.5) ---- */

static struct err *new_password(struct flow *f)
{
	flow_password_choose(f);
	struct err *e = flow_secret_change(f);
	if (e != NULL)
		return err_wrap(e, "Failed to set the AMT password.");
	return f->acm ? flow_secret_mebx(f) : NULL;
}

static struct err *reconfigure(struct flow *f)
{
	enum ips_control_mode mode = (enum ips_control_mode)f->payload.current_mode;
	const char *status = mode == IPS_CONTROL_CLIENT
				     ? "already enabled in client mode."
				     : "already enabled in admin mode.";

	if (f->payload.tls_enforced)
		TRY(flow_tunnel_begin(f));
	TRY(rps_registry_check_tenant(f));
	f->mode = mode;
	TRY(flow_repeat(f, flow_secret_login));
	flow_progress(f, "Device already activated");
	if (mode == IPS_CONTROL_CLIENT && f->acm) {
		TRY(flow_certificate(f));
		struct err *e = device_setup_upgrade(&f->call, &f->cert);
		if (e != NULL)
			return err_wrap(e, "Failed to upgrade to admin control mode.");
		mode = IPS_CONTROL_ADMIN;
		status = "Upgraded to admin control mode.";
	}
	f->mode = mode;
	TRY(new_password(f));
	return activated(f, mode, status);
}

/* ---- all of it ---- */

static struct err *change_mode(struct flow *f)
{
	if (f->payload.current_mode != IPS_CONTROL_NONE)
		return reconfigure(f);
	if (f->payload.tls_enforced || f->payload.tls_tunnel)
		return activate_tunnelled(f);
	return f->acm ? activate_acm(f) : activate_ccm(f);
}

/* Each part notes its outcome and lets the next one go on. */
static struct err *configure(struct flow *f)
{
	TRY(flow_clear(f));
	TRY(flow_network(f));
	TRY(flow_features(f));
	if (f->setup.cira != NULL)
		TRY(flow_cira(f));
	else if (f->setup.profile.tls_mode != 0 &&
		 f->parts[FLOW_TLS].result == FLOW_NOT_PART)
		TRY(flow_tls(f));
	return NULL;
}

struct err *flow_activate(struct flow *f)
{
	flow_progress(f, "Starting provisioning");
	TRY(rps_registry_check_orphan(f));
	struct err *e = change_mode(f);
	if (e == NULL)
		e = configure(f);
	if (e != NULL && f->parts[FLOW_ACTIVATION].result == FLOW_NOT_PART)
		f->parts[FLOW_ACTIVATION] = (struct flow_outcome){
			FLOW_FAILURE, f->acm ? "ACM" : "CCM", flow_error_text(f, e)};
	if (f->activated)
		rps_registry_outcome(f);
	return e;
}
