/* SPDX-License-Identifier: Apache-2.0
 * Key pairs in the device, and requests signed with them. wsman.md B.4, rps.md 7.7 (12),
 * 7.9, 7.13. Certificates: certificates.h.
 */
#ifndef DEVICE_KEYS_H
#define DEVICE_KEYS_H

#include <amt/wsman/classes/certificates.h>
#include <base/secret.h>
#include <device/call.h>
#include <openssl/evp.h>

#define DEVICE_KEY_GENERATE_MS 120000 /* old firmware takes its time */

/* An RSA pair of 2048 bits made in the device: its InstanceID, and its public half
 * (caller frees). The private half never leaves it. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_key_generate(struct device_call *c,
							  struct str *id,
							  EVP_PKEY **public_key);
/* AddKey: PKCS#1 RSAPrivateKey in base64. A key that is there already is no error; id may
 * be NULL, and is empty then. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_key_add(struct device_call *c,
						     const struct secret *base64,
						     struct str *id);
/* amt_public_private_key_pair */
OB_MUST_CHECK OB_SUSPENDS struct err *device_key_list(struct device_call *c,
						      struct device_list *out);
/* Public half of a DERKey (PKCS#1 RSAPublicKey or SubjectPublicKeyInfo, base64): caller
 * frees. */
OB_MUST_CHECK struct err *device_key_public(struct str der_key, struct arena *a,
					    EVP_PKEY **out);
OB_MUST_CHECK OB_SUSPENDS struct err *device_key_delete(struct device_call *c,
							struct str id);
/* GeneratePKCS10RequestEx: a PKCS#10 with an empty signature (base64 DER) comes back
 * signed with SHA-256 by the pair. */
OB_MUST_CHECK OB_SUSPENDS struct err *device_key_sign_request(struct device_call *c,
							      struct str id,
							      struct str null_signed,
							      struct str *out);

#endif
