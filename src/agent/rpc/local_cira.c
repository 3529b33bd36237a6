/* SPDX-License-Identifier: Apache-2.0
 * Calling home, redirection features, AMT on and off. rpc.md 1.6, 4.7.
 */
#include <agent/rpc/local_priv.h>

#include <amt/heci/clients.h>
#include <device/amt_features.h>
#include <device/info.h>
#include <device/remote_access.h>

/* ---- CIRA ---- */

#define MPS_PORT 4433
#define MPS_USER "admin"
#define MPS_PASSWORD_SIZE 12

/* A name or an address, without a scheme, path or port. */
static struct err *check_address(struct rpc *r)
{
	const char *a = r->o.mps_address;

	if (a == NULL || a[0] == '\0')
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "the MPS address is missing: --mpsaddress");
	if (strstr(a, "://") != NULL || strpbrk(a, "/?#@ \t") != NULL ||
	    (strchr(a, ':') != NULL && device_address_format(str_of(a)) != AMT_INFO_IPV6))
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "invalid MPS address: provide host or IP only");
	return NULL;
}

/* Comma-separated, or a domain that no network has. */
static struct err *domains_of(struct rpc *r, struct str out[DEVICE_DETECTION_MAX],
			      size_t *n)
{
	struct str rest, one;

	*n = 0;
	if (r->o.env_detection == NULL) {
		out[(*n)++] = device_detection_nowhere(&r->a);
		rpc_log(r, LOG_INFO,
			"Using generated environment detection string: " STR_FMT,
			STR_ARG(out[0]));
		return NULL;
	}
	rest = str_of(r->o.env_detection);
	while (str_split(&rest, ',', &one)) {
		one = str_trim(one);
		if (one.n == 0)
			continue;
		if (*n == DEVICE_DETECTION_MAX)
			return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
					      "at most %d suffixes for environment "
					      "detection",
					      DEVICE_DETECTION_MAX);
		out[(*n)++] = one;
	}
	return NULL;
}

static struct err *password(struct rpc *r)
{
	if (r->o.generate_random_password && r->o.mps_password.n == 0)
		local_random_password(&r->o.mps_password, MPS_PASSWORD_SIZE);
	return r->o.mps_password.n > 0
		       ? NULL
		       : rpc_ask_secret(r, "MPS Password", &r->o.mps_password);
}

struct err *local_cira(struct rpc *r, struct device_call *c, const void *arg)
{
	struct str root, domains[DEVICE_DETECTION_MAX];
	size_t n;

	rpc_log(r, LOG_INFO, "Configuring CIRA (Cloud-Initiated Remote Access)...");
	TRY(check_address(r));
	if (r->o.mps_cert == NULL)
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "the MPS root certificate is missing: --mpscert");
	TRY(local_certificate(r, r->o.mps_cert, "the MPS root certificate", &root));
	TRY(domains_of(r, domains, &n));
	struct device_mps m = {
		.address = str_of(r->o.mps_address),
		.port = MPS_PORT,
		.username = STR(MPS_USER),
		.password = &r->o.mps_password,
	};
	/* firmware checks the certificate's name; with an address it has to be told */
	if (device_address_format(m.address) != AMT_INFO_FQDN)
		m.common_name = m.address;
	TRY(device_mps_check(&m));
	TRY(device_mps_remove(c, NULL));
	TRY(device_mps_configure(c, &m, root, domains, n));
	rpc_log(r, LOG_INFO, "successfully enabled CIRA");
	rpc_log(r, LOG_INFO, "CIRA configuration completed successfully");
	return NULL;
}

struct err *rpc_configure_cira(struct rpc *r)
{
	TRY(check_address(r));
	TRY(password(r));
	return local_configure(r, RPC_EXIT_CIRA_CONFIGURATION, local_cira);
}

/* ---- redirection, KVM, consent ---- */

struct err *local_amt_features(struct rpc *r, struct device_call *c, const void *arg)
{
	struct device_features now;
	struct device_features_change want = {
		.sol = r->o.sol && !r->o.disable_all,
		.ider = r->o.ider && !r->o.disable_all,
		.kvm = r->o.kvm && !r->o.disable_all,
	};

	rpc_log(r, LOG_INFO, "configuring AMT Features");
	TRY(device_features_get(c, &now));
	if (want.kvm && !now.kvm_available) {
		rpc_log(r, LOG_WARN, "KVM is not supported on ISM systems");
		want.kvm = false;
	}
	want.opt_in_required = now.opt_in_required;
	if (r->mode == AMTHI_ADMIN_CONTROL && r->o.user_consent != NULL &&
	    !device_consent_from_name(r->o.user_consent, &want.opt_in_required))
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "invalid value for userConsent: %s; it is kvm, all "
				      "or none",
				      r->o.user_consent);
	TRY(device_features_set(c, &want));
	if (now.kvm_available)
		rpc_log(r, LOG_INFO, "KVM: %s", want.kvm ? "true" : "false");
	rpc_log(r, LOG_INFO, "SOL: %s", want.sol ? "true" : "false");
	rpc_log(r, LOG_INFO, "IDER: %s", want.ider ? "true" : "false");
	if (r->mode != AMTHI_ADMIN_CONTROL)
		rpc_log(r, LOG_WARN,
			"User consent is read-only and set to ALL by default in CCM.");
	else
		rpc_log(r, LOG_INFO, "User Consent: %s",
			device_consent_name(want.opt_in_required));
	rpc_log(r, LOG_INFO, "AMT Features configured successfully");
	return NULL;
}

struct err *rpc_configure_amt_features(struct rpc *r)
{
	TRY(local_config_apply(r));
	return local_configure(r, RPC_EXIT_FEATURES_CONFIGURATION, local_amt_features);
}

/* ---- operational state ---- */

static struct err *operational(struct rpc *r, bool on)
{
	uint32_t status = 0;

	if (r->change == 0)
		return rpc_exit_error(
			r, RPC_EXIT_AMT_CONNECTION,
			"the firmware does not tell whether AMT is enabled");
	if (((r->change & WATCHDOG_AMT_ENABLED) != 0) == on) {
		rpc_log(r, LOG_INFO, "AMT is already %s", on ? "enabled" : "disabled");
		return NULL;
	}
	if (!(r->change & WATCHDOG_NEW_INTERFACE))
		return rpc_exit_error(
			r, RPC_EXIT_UNSUPPORTED_AMT,
			"AMT version does not support SetAmtOperationalState "
			"- use legacy provisioning method");
	if (r->change & WATCHDOG_ALLOWED)
		rpc_log(r, LOG_INFO, "AMT state change allowed; %s AMT",
			on ? "enabling" : "disabling");
	else
		rpc_log(r, LOG_WARN,
			"AMT transition may be blocked; attempting to %s "
			"anyway",
			on ? "enable" : "disable");
	struct err *e = watchdog_set_operational_state(&r->place, on,
						       deadline_in(RPC_HECI_MS), &status);
	if (e == NULL && status != 0)
		e = err_new(ERR_DEVICE, "the firmware answered status %u", status);
	if (e != NULL)
		return rpc_exit_wrap(
			r,
			err_wrap(e, on ? "failed to enable AMT; retry after rebooting "
					 "the device"
				       : "failed to disable AMT; check if AMT has been "
					 "activated"),
			RPC_EXIT_UNABLE_TO_CONFIGURE);
	rpc_log(r, LOG_INFO, "AMT %s successfully", on ? "enabled" : "disabled");
	return NULL;
}

struct err *rpc_configure_enable_amt(struct rpc *r)
{
	return operational(r, true);
}

struct err *rpc_configure_disable_amt(struct rpc *r)
{
	return operational(r, false);
}
