/* SPDX-License-Identifier: Apache-2.0
 * The certificate of a device's TLS, made here for a key that is in the device.
 */
#ifndef DEVICE_TLS_PRIV_H
#define DEVICE_TLS_PRIV_H

#include <device/tls.h>

struct tls_leaf {
	const struct device_tls_issuer *issuer;
	const struct device_tls_subject *subject;
	EVP_PKEY *public_key; /* borrowed */
	const char *pem;      /* results, in the arena */
	struct str base64;
};
/* Signs on a worker. Fields as upstream's (rps.md 7.13, 4). */
OB_MUST_CHECK OB_SUSPENDS struct err *tls_leaf_make(struct tls_leaf *l, struct arena *a,
						    struct deadline until);

#endif
