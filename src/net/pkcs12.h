/* SPDX-License-Identifier: Apache-2.0
 * Opening PKCS#12 (PFX) files as certificate authorities and Windows export them.
 */
#ifndef NET_PKCS12_H
#define NET_PKCS12_H

#include <base/str.h>
#include <openssl/x509.h>

enum pkcs12_result {
	PKCS12_OPENED,
	PKCS12_NO_FILE, /* not PKCS#12 at all */
	PKCS12_LOCKED,	/* the password is wrong, or the file was damaged */
	PKCS12_TOO_OLD, /* encrypted as this host's OpenSSL cannot (no legacy provider) */
};

/* Slow, for a worker. What is not in the file stays NULL; leaf: the key's certificate,
 * more: the others, in the file's order. The caller frees them. RC2 and 3DES of old need
 * OpenSSL's legacy provider, which has a library context of its own here, so that nothing
 * else in the process can use it. */
enum pkcs12_result pkcs12_open(struct str der, const char *password, EVP_PKEY **key,
			       X509 **leaf, STACK_OF(X509) * *more);

#endif
