/* SPDX-License-Identifier: Apache-2.0
 * Activation without a server. rpc.md 4.1 to 4.3.
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/words.h>
#include <amt/heci/clients.h>
#include <base/encode.h>
#include <device/setup.h>

#define CERT_OPEN_MS 30000

/* ---- AMT switched on ---- */

struct err *local_enable(struct rpc *r)
{
	uint32_t status;

	if (!(r->change & WATCHDOG_NEW_INTERFACE) || (r->change & WATCHDOG_AMT_ENABLED))
		return NULL;
	rpc_log(r, LOG_INFO, "Enabling AMT...");
	struct err *e = watchdog_set_operational_state(&r->place, true,
						       deadline_in(RPC_HECI_MS), &status);
	if (e == NULL && status != 0)
		e = err_new(ERR_DEVICE, "the firmware answered status %u", status);
	if (e != NULL)
		return err_wrap(e, "failed to enable AMT");
	return rpc_read_mode(r);
}

/* ---- what the firmware says afterwards ---- */

/* A change of mode that was not answered, or refused: HECI knows. */
static struct err *confirm(struct rpc *r, struct err *take_e, enum amthi_mode want)
{
	struct err *e;

	if (take_e == NULL || take_e->kind == ERR_CANCELLED || r->code != RPC_EXIT_OK)
		return take_e;
	rpc_log_err(r, LOG_ERROR, take_e);
	err_free(take_e);
	rpc_way_drop(r);
	e = rpc_read_mode(r);
	if (e != NULL)
		return rpc_exit_wrap(r, e, RPC_EXIT_ACTIVATE_READ_MODE);
	if (r->mode != want)
		return rpc_exit_error(r, RPC_EXIT_ACTIVATE_WRONG_MODE,
				      "control mode is %s after the set-up",
				      rpc_word_mode(r->form, r->mode));
	rpc_log(r, LOG_INFO,
		"Device reports %s after setup; activation verified via control mode",
		want == AMTHI_CLIENT_CONTROL ? "Client Control Mode"
					     : "Admin Control Mode");
	return NULL;
}

/* ---- client control mode ---- */

static struct err *setup_client(struct rpc *r, struct device_call *c, const void *arg)
{
	struct str realm;
	struct err *e = device_setup_realm(c, &realm);

	if (e != NULL)
		return rpc_exit_wrap(r, e, RPC_EXIT_ACTIVATE_GENERAL_SETTINGS);
	return device_setup_client(c, realm, &r->o.password);
}

static struct err *commit(struct rpc *r, struct device_call *c, const void *arg)
{
	return device_setup_commit(c);
}

static struct err *take_back(struct rpc *r, struct device_call *c, const void *arg)
{
	return device_unprovision(c);
}

/* Where local ports take TLS alone the change has to be committed, else taken back. */
static struct err *commit_client(struct rpc *r)
{
	struct err *e;

	rpc_way_drop(r);
	e = local_talk(r, RPC_AS_ADMIN, commit, NULL);
	if (e == NULL || e->kind == ERR_CANCELLED)
		return e;
	rpc_log(r, LOG_INFO, "Putting the device back to pre-provisioning mode");
	rpc_way_drop(r);
	struct err *back = local_talk(r, RPC_AS_ADMIN, take_back, NULL);
	if (back != NULL)
		rpc_log_err(r, LOG_ERROR, back);
	err_free(back);
	return rpc_exit_wrap(r, e, RPC_EXIT_ACTIVATION);
}

struct err *local_activate_client(struct rpc *r)
{
	TRY(confirm(r, local_talk(r, RPC_AS_HOST, setup_client, NULL),
		    AMTHI_CLIENT_CONTROL));
	return rpc_tls_enforced(r) ? commit_client(r) : NULL;
}

/* ---- admin control mode ---- */

static struct err *open_cert(struct rpc *r, struct activation_cert *cert)
{
	/* In the order of enum activation_cert_fault. */
	static const enum rpc_exit codes[] = {
		RPC_EXIT_CERT_INVALID, RPC_EXIT_CERT_BASE64, RPC_EXIT_CERT_PASSWORD,
		RPC_EXIT_CERT_INVALID, RPC_EXIT_CERT_NONE,   RPC_EXIT_CERT_NO_KEY,
		RPC_EXIT_CERT_NO_ROOT,
	};
	const struct secret *text = &r->o.provisioning_cert;
	enum activation_cert_fault fault;
	struct err *e = activation_cert_open_text(cert, (struct str){text->p, text->n},
						  &r->o.provisioning_cert_password, &r->a,
						  deadline_in(CERT_OPEN_MS), &fault);

	if (e == NULL)
		e = activation_cert_usable(cert, clock_wall_ms());
	if (e == NULL)
		return NULL;
	_cleanup_(buf_fini) struct buf why = {0};
	err_text(e, &why);
	bool stopped = e->kind == ERR_CANCELLED;
	if (stopped)
		return e;
	err_free(e);
	return rpc_exit_error(r, codes[fault], "%s", why.p);
}

/* The firmware trusts the root: said before anything is sent. */
static struct err *check_trust(struct rpc *r, const struct activation_cert *cert)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_hash_handles handles;
	struct err *e =
		amthi_enumerate_hash_handles(&c, deadline_in(RPC_HECI_MS), &handles);
	char hex[2 * AMTHI_HASH_SIZE + 1];

	for (size_t i = 0; e == NULL && i < handles.n; i++) {
		struct amthi_cert_hash h;
		e = amthi_get_cert_hash_entry(&c, handles.handles[i],
					      deadline_in(RPC_HECI_MS), &h);
		if (e != NULL)
			break;
		size_t n = h.algorithm == AMTHI_SHA256	 ? 32
			   : h.algorithm == AMTHI_SHA384 ? 48
							 : 20;
		hex_encode(h.hash, n, hex);
		struct str one = str_of(hex);
		if (activation_cert_trusted(cert, &one, 1))
			return NULL;
	}
	if (e != NULL)
		return rpc_exit_wrap(r, e, RPC_EXIT_CERT_HASHES);
	return rpc_exit_error(r, RPC_EXIT_CERT_UNTRUSTED,
			      "the root certificate is not among those that AMT trusts");
}

static struct err *setup_admin(struct rpc *r, struct device_call *c, const void *arg)
{
	struct str realm;
	struct err *e = device_setup_realm(c, &realm);

	if (e != NULL)
		return rpc_exit_wrap(r, e, RPC_EXIT_ACTIVATE_GENERAL_SETTINGS);
	return device_setup_admin(c, realm, &r->o.password, arg);
}

static struct err *upgrade(struct rpc *r, struct device_call *c, const void *arg)
{
	return device_setup_upgrade(c, arg);
}

static struct err *setup_with(struct rpc *r, const struct activation_cert *cert)
{
	bool client = r->mode == AMTHI_CLIENT_CONTROL;

	TRY(check_trust(r, cert));
	if (rpc_tls_enforced(r) && !client)
		return local_activate_secure(r, cert);
	return confirm(r,
		       client ? local_talk(r, RPC_AS_ADMIN, upgrade, cert)
			      : local_talk(r, RPC_AS_HOST, setup_admin, cert),
		       AMTHI_ADMIN_CONTROL);
}

struct err *local_activate_admin(struct rpc *r)
{
	struct activation_cert cert;
	struct err *e;

	if (r->o.provisioning_cert.n == 0)
		return rpc_exit_error(r, RPC_EXIT_CERT_INVALID,
				      "provisioning certificate is required for ACM "
				      "activation");
	e = open_cert(r, &cert);
	if (e == NULL)
		e = setup_with(r, &cert);
	activation_cert_fini(&cert);
	return e;
}

/* ---- the command ---- */

static struct err *report(struct rpc *r, bool client)
{
	const char *text = client ? "Device activated in Client Control Mode"
				  : "Device activated in Admin Control Mode";

	if (r->form == RPC_V3 && r->o.json)
		rpc_print_json(r, json_pack("{s:s,s:s,s:s,s:s}", "friendly_name",
					    r->o.name != NULL ? r->o.name : "", "message",
					    text, "mode", client ? "CCM" : "ACM",
					    "status", "success"));
	else
		rpc_log(r, LOG_INFO, "Status: %s", text);
	return NULL;
}

static struct err *check_state(struct rpc *r)
{
	bool upgrade_wanted = r->mode == AMTHI_CLIENT_CONTROL && r->o.acm;

	if (r->o.ccm == r->o.acm)
		return rpc_exit_error(r, RPC_EXIT_COMBINATION,
				      r->o.ccm ? "cannot specify both --ccm and --acm "
						 "activation modes"
					       : "must specify either --ccm or --acm "
						 "activation mode");
	if (r->mode == AMTHI_NOT_ACTIVATED)
		return NULL;
	if (upgrade_wanted && r->form == RPC_V3) {
		rpc_log(r, LOG_INFO,
			"Upgrading device from Client Control Mode to Admin Control "
			"Mode");
		return NULL;
	}
	rpc_log(r, LOG_ERROR, "Device is already activated");
	return rpc_exit_error(r, RPC_EXIT_UNABLE_TO_ACTIVATE, NULL);
}

struct err *rpc_local_activate(struct rpc *r)
{
	struct err *e;

	TRY(local_config_apply(r));
	TRY(check_state(r));
	if (r->o.password.n == 0 && r->mode == AMTHI_NOT_ACTIVATED && r->form == RPC_V3)
		TRY(rpc_ask_new_secret(r, "AMT Password", &r->o.password));
	TRY(rpc_need_password(r));
	e = local_enable(r);
	if (e == NULL)
		e = r->o.ccm ? local_activate_client(r) : local_activate_admin(r);
	if (e != NULL && r->code == RPC_EXIT_OK)
		e = rpc_exit_wrap(r, e, RPC_EXIT_ACTIVATION);
	return e == NULL ? report(r, r->o.ccm) : e;
}

struct err *rpc_local_stop_config(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);

	rpc_log(r, LOG_INFO, "Stopping AMT configuration...");
	struct err *e = amthi_stop_configuration(&c, deadline_in(RPC_HECI_MS));
	if (e != NULL)
		return err_wrap(e, "failed to stop configuration");
	if (r->form == RPC_V3 && r->o.json)
		rpc_print_json(r, json_pack("{s:s,s:s}", "message",
					    "AMT configuration stopped", "status",
					    "success"));
	else
		rpc_print(r, "AMT configuration stopped successfully\n");
	return NULL;
}
