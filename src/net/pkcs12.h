/* SPDX-License-Identifier: Apache-2.0
 * Opening PKCS#12 (PFX) files as certificate authorities and Windows export them.
 */
#ifndef NET_PKCS12_H
#define NET_PKCS12_H

#include <base/str.h>
#include <openssl/x509.h>

/* Per derivation, about a second; what exports them takes 1 to 600,000. Whoever sends a
 * file chooses, and a worker is busy as long. */
#define PKCS12_MAX_ITERATIONS 2000000

enum pkcs12_result {
	PKCS12_OPENED,
	PKCS12_NO_FILE, /* not PKCS#12 at all */
	PKCS12_LOCKED,	/* the password is wrong, or the file was damaged */
	PKCS12_TOO_OLD, /* encrypted as this host's OpenSSL cannot (no legacy provider) */
	/* Its key derivations repeat more than PKCS12_MAX_ITERATIONS, or are not PBKDF2.
	 */
	PKCS12_TOO_SLOW,
};

/* Slow, for a worker. What is not in the file stays NULL; leaf: the key's certificate,
 * more: the others, in the file's order. The caller frees them. RC2 and 3DES of old need
 * OpenSSL's legacy provider, which has a library context of its own here, so that nothing
 * else in the process can use it. */
enum pkcs12_result pkcs12_open(struct str der, const char *password, EVP_PKEY **key,
			       X509 **leaf, STACK_OF(X509) * *more);

/* Same name of subject and issuer: a root, whether its signature holds or not. */
bool pkcs12_is_self_issued(const X509 *cert);
/* From the leaf up by the names of issuers, whatever their order in the file, to a
 * self-issued one, to a gap, or until there are max: their number. Of several with the
 * right name the one is taken whose key made the signature. Borrowed. */
size_t pkcs12_chain(X509 *leaf, STACK_OF(X509) * more, X509 **out, size_t max);

#endif
