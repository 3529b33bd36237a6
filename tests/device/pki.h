/* SPDX-License-Identifier: Apache-2.0
 * Certificates for the tests of set-up: chains as a provisioning certificate has them,
 * right ones and wrong ones.
 */
#ifndef TESTS_DEVICE_PKI_H
#define TESTS_DEVICE_PKI_H

#include <base/arena.h>
#include <base/str.h>
#include <openssl/x509.h>

#define PKI_ACTIVATION "serverAuth,2.16.840.1.113741.1.2.3"
#define PKI_PASSWORD "Pfx-P@ss1"

/* The keys are the same in all chains of a program: making keys takes time. */
struct pki {
	EVP_PKEY *ca_key, *leaf_key;
	X509 *root, *middle, *leaf;
	char root_sha256[65]; /* hex */
};

struct pki_options {
	const char *cn;		/* of the leaf; NULL: "rps.corp.example.com" */
	const char *usage;	/* NULL: PKI_ACTIVATION */
	int from_days, to_days; /* of the leaf, from now; 0 and 0: -1 and +1 */
};

void pki_start(struct pki *p, const struct pki_options *o);
void pki_stop(struct pki *p);
/* PKCS#12 with the leaf's key: what is NULL is left out. Raw bytes in the arena. */
struct str pki_pfx(struct arena *a, EVP_PKEY *key, X509 *leaf, X509 *middle, X509 *root,
		   const char *password);
/* The whole chain, PKI_PASSWORD. */
struct str pki_file(struct pki *p, struct arena *a);
/* As old Windows exports it (3DES, RC2); p NULL when this host's OpenSSL cannot. */
struct str pki_old_file(struct pki *p, struct arena *a);
X509 *pki_cert(EVP_PKEY *key, const char *cn, EVP_PKEY *signer, const char *issuer,
	       bool ca, const char *usage, int from_days, int to_days);
const char *pki_base64(struct arena *a, X509 *x);

#endif
