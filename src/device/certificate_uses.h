/* SPDX-License-Identifier: Apache-2.0
 * Which certificate and key of a device is used by what: TLS, Wi-Fi profiles, wired
 * 802.1X. mps.md 3.8; wsman.md B.4 (CIM_CredentialContext, CIM_ConcreteDependency).
 */
#ifndef DEVICE_CERTIFICATE_USES_H
#define DEVICE_CERTIFICATE_USES_H

#include <device/certificates.h>

enum device_use_kind { DEVICE_USE_TLS, DEVICE_USE_WIRELESS, DEVICE_USE_WIRED };

/* A certificate in a profile: a TLS endpoint or an 802.1X setting. */
struct device_use {
	enum device_use_kind kind;
	const char *profile; /* of what providing context, without prefix */
	const struct amt_public_key_certificate *certificate; /* never NULL */
	const struct amt_public_private_key_pair *key; /* its key; NULL: not here */
};

struct device_uses {
	struct device_list certificates; /* amt_public_key_certificate */
	struct device_list keys;	 /* amt_public_private_key_pair */
	size_t n;
	struct device_use *v;
};
/* Four lists. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_uses_read(struct device_call *c,
						       struct device_uses *out);

/* "TLS", "Wireless", "Wired" */
const char *device_use_name(enum device_use_kind k);
/* By InstanceID or ElementName; NULL when the device has none. */
const struct amt_public_key_certificate *device_uses_find(const struct device_uses *u,
							  struct str handle);
/* The certificate of a key pair, as any profile says; NULL: none. */
const struct amt_public_key_certificate *device_uses_of_key(
	const struct device_uses *u, const struct amt_public_private_key_pair *k);

/* Deletes a certificate that may go. ERR_NOT_FOUND; ERR_INVALID: firmware's own;
 * ERR_CONFLICT: still in use, the text says by what. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_certificate_remove(struct device_call *c,
								struct str handle);

#endif
