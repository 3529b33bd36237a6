/* SPDX-License-Identifier: Apache-2.0
 * Deactivation without a server. rpc.md 4.6.
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/words.h>
#include <agent/rpc/console.h>
#include <device/setup.h>

static struct err *client(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_unprovisioned out = {0};

	if (r->o.password.n > 0)
		rpc_log(r, LOG_WARN,
			r->form == RPC_V2
				? "Password not required for CCM deactivation"
				: "AMT password not required for CCM deactivation");
	struct err *e = amthi_unprovision(&c, 0, deadline_in(RPC_HECI_MS), &out);
	if (e == NULL && out.has_state && out.state != 0)
		e = err_new(ERR_DEVICE, "the firmware is in provisioning state %u",
			    out.state);
	if (e != NULL)
		return rpc_exit_wrap(r, err_wrap(e, "Status: Failed to deactivate"),
				     r->form == RPC_V2 ? RPC_EXIT_UNABLE_TO_DEACTIVATE
						       : RPC_EXIT_DEACTIVATION);
	return NULL;
}

static struct err *full(struct rpc *r, struct device_call *c, const void *arg)
{
	return device_unprovision(c);
}

static struct err *partial(struct rpc *r, struct device_call *c, const void *arg)
{
	return device_unprovision_partial(c);
}

/* Half-way through secure set-up the port asks for a certificate that nobody has any
 * more; HECI still gets the device out of it. */
static bool half_way(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_value state = {0};
	struct err *e =
		amthi_get_provisioning_state(&c, deadline_in(RPC_HECI_MS), &state);
	bool yes = e == NULL && state.value == AMTHI_IN_PROVISIONING;

	err_free(e);
	return yes;
}

static struct err *recover(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_unprovisioned out = {0};
	struct err *e = amthi_unprovision(&c, 0, deadline_in(RPC_HECI_MS), &out);

	if (e == NULL && (!out.has_state || out.state == 0))
		return NULL;
	if (e != NULL)
		rpc_log_err(r, LOG_WARN, e);
	err_free(e);
	rpc_log(r, LOG_WARN,
		"HECI unprovision failed; stopping incomplete "
		"configuration");
	return amthi_stop_configuration(&c, deadline_in(RPC_HECI_MS));
}

static struct err *admin(struct rpc *r)
{
	bool part = r->o.partial;
	struct err *e = local_talk(r, RPC_AS_ADMIN, part ? partial : full, NULL);

	if (e == NULL || e->kind == ERR_CANCELLED)
		return e;
	if (!part && half_way(r)) {
		rpc_log(r, LOG_WARN,
			"WSMAN deactivate failed while device is in "
			"provisioning; recovering over HECI");
		rpc_log_err(r, LOG_WARN, e);
		err_free(e);
		rpc_way_drop(r);
		e = recover(r);
	}
	if (e == NULL)
		return NULL;
	e = err_wrap(e, part ? "Status: Unable to partially deactivate"
			     : "Status: Unable to deactivate");
	return rpc_exit_wrap(r, e, RPC_EXIT_UNABLE_TO_DEACTIVATE);
}

struct err *rpc_local_deactivate(struct rpc *r)
{
	switch (r->mode) {
	case AMTHI_CLIENT_CONTROL:
		if (r->o.partial)
			return rpc_exit_error(r, RPC_EXIT_UNABLE_TO_DEACTIVATE,
					      "partial unprovisioning is only supported "
					      "in ACM mode");
		TRY(client(r));
		break;
	case AMTHI_ADMIN_CONTROL:
		TRY(rpc_need_password(r));
		TRY(admin(r));
		break;
	default:
		rpc_log(r, LOG_ERROR, "Deactivation failed. Device control mode: %s",
			rpc_word_mode(r->form, r->mode));
		return rpc_exit_error(r, RPC_EXIT_UNABLE_TO_DEACTIVATE, NULL);
	}
	rpc_log(r, LOG_INFO, "Status: Device %sdeactivated",
		r->o.partial ? "partially " : "");
	return local_console_remove(r);
}
