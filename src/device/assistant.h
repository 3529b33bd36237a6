/* SPDX-License-Identifier: Apache-2.0
 * What a device gets through an Enterprise Assistant (amt/rpc/assistant.h): a certificate
 * of the enterprise's authority for a key that never leaves the device, for TLS or
 * 802.1X, and the credentials of its computer account. rps.md 7.9, 7.10, 7.13; rpc.md
 * 4.7. How the assistant is reached is the caller's affair.
 *
 * Steps that the assistant takes part in fail with upstream's text for the step; the
 * cause says why. What was put into the device for nothing is taken out again.
 */
#ifndef DEVICE_ASSISTANT_H
#define DEVICE_ASSISTANT_H

#include <amt/rpc/assistant.h>
#include <device/ieee8021x.h>

struct device_assistant {
	void *arg;
	struct str node_id, device_name; /* as assistant_request has them */
	/* Asks, and waits for the answer (texts in the call's arena; the caller wipes
	 * it). The answer's error is ours to look at. */
	OB_SUSPENDS struct err *(*ask)(void *arg, struct device_call *c,
				       const struct assistant_request *q,
				       struct assistant_answer *out);
};

/* A certificate with which the device serves TLS after device_tls_set, and who signed it
 * (empty when the assistant does not say; mutual TLS needs it among the device's roots).
 * Base64 of DER, in the call's arena. */
struct device_assistant_tls {
	struct str certificate, root;
};
OB_MUST_CHECK OB_SUSPENDS struct err *device_assistant_tls(
	struct device_call *c, const struct device_assistant *a,
	struct device_assistant_tls *out);

/* Fills in what x->protocol needs: user name, certificates (in the device), password
 * (into *password, which the caller fini's and x points to). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_assistant_8021x(
	struct device_call *c, const struct device_assistant *a, struct device_8021x *x,
	struct secret *password);

#endif
