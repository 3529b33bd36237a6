/* SPDX-License-Identifier: Apache-2.0
 * 802.1X: what a port shows to the switch or the access point. wsman.md B.9, rps.md 7.7
 * (2-3), 7.9, 7.10; rpc.md 4.7. The Wi-Fi form goes with a profile (wifi.h).
 */
#ifndef DEVICE_IEEE8021X_H
#define DEVICE_IEEE8021X_H

#include <amt/wsman/classes/ieee8021x.h>
#include <base/secret.h>
#include <device/call.h>

/* AuthenticationProtocol of IPS_ and CIM_IEEE8021xSettings */
enum device_8021x_protocol {
	DEVICE_8021X_TLS = 0,
	DEVICE_8021X_TTLS_MSCHAPV2 = 1,
	DEVICE_8021X_PEAP_MSCHAPV2 = 2,
	DEVICE_8021X_EAP_GTC = 3,
	DEVICE_8021X_FAST_MSCHAPV2 = 4,
	DEVICE_8021X_FAST_GTC = 5,
	DEVICE_8021X_EAP_AKA = 7,
	DEVICE_8021X_EAP_SIM = 8,
	DEVICE_8021X_FAST_TLS = 10,
};
#define DEVICE_8021X_PXE_TIMEOUT_S 120

struct device_8021x {
	struct str name; /* of the profile */
	enum device_8021x_protocol protocol;
	struct str username, domain;   /* domain may be empty */
	const struct secret *password; /* NULL: none (EAP-TLS) */
	/* InstanceIDs of certificates in the device; empty: none */
	struct str client_certificate, ca_certificate;
	unsigned pxe_timeout_s; /* wired; 0: DEVICE_8021X_PXE_TIMEOUT_S */
	bool available_in_s0;	/* wired */
};

OB_MUST_CHECK OB_SUSPENDS struct err *device_8021x_read(
	struct device_call *c, struct ips_ieee8021x_settings **out);
/* Put, then SetCertificates when there are any. ERR_INVALID: EAP-TLS without a client
 * certificate, PEAP without a password. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_8021x_set(struct device_call *c,
						       const struct device_8021x *x);
/* *was_on: it was not off already (may be NULL). */
OB_MUST_CHECK OB_SUSPENDS struct err *device_8021x_off(struct device_call *c,
						       bool *was_on);
/* Whether the protocol shows a client certificate; else it needs a password. */
bool device_8021x_is_tls(enum device_8021x_protocol p);
/* ERR_INVALID that names what is missing. */
OB_MUST_CHECK struct err *device_8021x_check(const struct device_8021x *x);

#endif
