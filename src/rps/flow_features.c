/* SPDX-License-Identifier: Apache-2.0
 * Redirection, KVM and user consent as the profile wants them. rps.md 7.12.
 */
#include <rps/flow.h>

#include <base/log.h>
#include <device/amt_features.h>

static int64_t consent_of(const struct flow *f)
{
	const char *want = f->setup.profile.user_consent;

	if (want != NULL && strcmp(want, "None") == 0)
		return IPS_OPT_IN_NONE;
	if (want != NULL && strcmp(want, "KVM") == 0)
		return IPS_OPT_IN_KVM;
	return IPS_OPT_IN_ALL;
}

static struct err *set(struct flow *f)
{
	const struct rps_profile *p = &f->setup.profile;
	const struct device_features_change change = {
		.sol = p->sol == RPS_YES,
		.ider = p->ider == RPS_YES,
		.kvm = p->kvm == RPS_YES,
		.opt_in_required = consent_of(f),
	};

	return device_features_set(&f->call, &change);
}

static const char *summary(struct flow *f)
{
	const struct rps_profile *p = &f->setup.profile;
	const char *consent = p->user_consent != NULL ? p->user_consent : "All";

	return arena_printf(f->arena, "%s%s%s%s(User Consent: %s)",
			    p->kvm == RPS_YES ? "KVM" : "",
			    p->kvm == RPS_YES && p->sol == RPS_YES ? ", " : "",
			    p->sol == RPS_YES ? "SOL" : "",
			    p->ider == RPS_YES ? " and IDER " : " ", consent);
}

/* No part of the final message: only clients that show progress hear of it. */
struct err *flow_features(struct flow *f)
{
	flow_progress(f, "Configuring AMT features");
	struct err *e = flow_repeat(f, set);

	if (e == NULL) {
		flow_progress(f, "AMT features completed: %s", summary(f));
		return NULL;
	}
	log_warn("a device's features were not set", F_STR("guid", f->guid), F_ERR(e));
	flow_progress(f, "AMT features failed: %s", flow_error_text(f, e));
	err_free(e);
	return rpc_session_check(f->rpc);
}
