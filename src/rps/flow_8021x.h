/* SPDX-License-Identifier: Apache-2.0
 * What of a profile takes an Enterprise Assistant: 802.1X, where the assistant says who
 * the device is, and TLS with a certificate of the enterprise's (Microsoft) authority.
 * rps.md 7.9, 7.10, 7.13.
 */
#ifndef RPS_FLOW_8021X_H
#define RPS_FLOW_8021X_H

#include <device/assistant.h>
#include <rps/flow.h>

/* Nothing of the profile, or an assistant is connected; else ERR_CONFLICT for the client.
 * Before the device is touched. */
OB_MUST_CHECK struct err *flow_8021x_check(const struct flow *f);

/* The tenant's assistant, for this device. */
struct device_assistant flow_8021x_assistant(struct flow *f);
/* The profile's TLS certificate is to be the assistant's. */
bool flow_8021x_signs_tls(const struct flow *f);

/* Credentials for a profile of a port, their certificates in the device. */
struct flow_8021x {
	struct device_8021x settings; /* text in the flow's arena */
	struct secret password;
};
/* Fini it in any case. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_8021x_prepare(struct flow *f,
							 const struct rps_ieee8021x *p,
							 struct flow_8021x *out);
void flow_8021x_fini(struct flow_8021x *x);
/* The same, written to the wired port. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_8021x_wired(struct flow *f,
						       const struct rps_ieee8021x *p);

#endif
