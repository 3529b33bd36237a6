/* SPDX-License-Identifier: Apache-2.0
 * Certificates in the device: trusted roots and its own. wsman.md B.4, rps.md 7.7 (13),
 * 7.13; rpc.md 4.7 (prune).
 */
#ifndef DEVICE_CERTIFICATES_H
#define DEVICE_CERTIFICATES_H

#include <amt/wsman/classes/certificates.h>
#include <device/call.h>

#define DEVICE_CERTIFICATE_MAX 4100 /* bytes of DER */

/* base64: DER without armour. *id: its InstanceID ("Intel(r) AMT Certificate: Handle:
 * 0"), in the call's arena. A certificate that is there already is no error: its
 * InstanceID then. ERR_INVALID: no base64, or larger than firmware takes. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_certificate_add_root(struct device_call *c,
								  struct str base64,
								  struct str *id);
OB_MUST_CHECK OB_SUSPENDS struct err *device_certificate_add(struct device_call *c,
							     struct str base64,
							     struct str *id);
/* amt_public_key_certificate */
OB_MUST_CHECK OB_SUSPENDS struct err *device_certificate_list(struct device_call *c,
							      struct device_list *out);
/* One that is in use, or firmware's own, is refused: ERR_DEVICE. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_certificate_delete(struct device_call *c,
								struct str id);
/* Deletes certificates that nothing uses and key pairs without a certificate; counts may
 * be NULL. What firmware does not let go stays. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_certificate_prune(struct device_call *c,
							       size_t *certificates,
							       size_t *keys);
/* Deletes all that firmware lets go, as rps.md 7.7 (13) does. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_certificate_clear(struct device_call *c);
/* PEM text or base64 with blanks to base64 DER without any; NULL when it is neither. */
const char *device_certificate_text(struct arena *a, struct str text);

#endif
