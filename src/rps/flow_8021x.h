/* SPDX-License-Identifier: Apache-2.0
 * 802.1X of a profile: who the device is there comes from an enterprise assistant, a
 * program beside the certificate authority (rps.md 7.9, 7.10). There is no way to one
 * yet: these fail and say so, and the flow goes on.
 */
#ifndef RPS_FLOW_8021X_H
#define RPS_FLOW_8021X_H

#include <device/ieee8021x.h>
#include <rps/flow.h>

/* Credentials for the profile, their certificates in the device; text in the flow's
 * arena. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_8021x_prepare(struct flow *f,
							 const struct rps_ieee8021x *p,
							 struct device_8021x *out);
/* The same, written to the wired port. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_8021x_wired(struct flow *f,
						       const struct rps_ieee8021x *p);

/* A certificate of the enterprise's authority, used for TLS. */
OB_MUST_CHECK OB_SUSPENDS struct err *flow_8021x_tls_certificate(struct flow *f);

#endif
