/* SPDX-License-Identifier: Apache-2.0
 * Provisioning certificates: a PKCS#12 file as it is uploaded with a domain, read and
 * checked against what AMT asks of it (rps.md 2.5).
 */
#ifndef RPS_RPS_PFX_H
#define RPS_RPS_PFX_H

#include <base/clock.h>
#include <base/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <rt/rt.h>

struct rps_pfx {
	X509 **chain; /* leaf first, then each one's issuer; the root is the last */
	size_t n;
	EVP_PKEY *key;	 /* the leaf's */
	int64_t expires; /* wall-clock ms: the earliest notAfter of the file */
};

/* Base64 of the file; reading and checking runs on the crypto pool. ERR_INVALID says what
 * is wrong with this file. suffix NULL: not compared. checked false: only what is needed
 * to use it (certificates, key, order), as for files that were stored before. The caller
 * ends *out with rps_pfx_fini. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_pfx_read(struct str base64, struct str password,
						   const char *suffix, bool checked,
						   struct deadline until,
						   struct rps_pfx *out);
void rps_pfx_fini(struct rps_pfx *p);

#endif
