/* SPDX-License-Identifier: Apache-2.0
 * Certificates that are a platform's own, from before anybody set it up: the on-die chain
 * with which firmware of TLS-only platforms (AMT 19 and later), and every firmware during
 * secure set-up, shows the host that it is genuine; and the certificate that TLS-only
 * platforms sign themselves and show after set-up until they are given one. rpc.md 4.4,
 * 4.5.
 *
 * The root above the chain is a virtual one, of this device alone: who checks the chain
 * has to trust it (DIR/on-die-root.pem), since the real one cannot be had outside of
 * firmware.
 */
#ifndef SIM_ON_DIE_H
#define SIM_ON_DIE_H

#include <base/err.h>
#include <jansson.h>
#include <openssl/x509.h>

#define SIM_ON_DIE_CHAIN 4

struct sim_on_die {
	EVP_PKEY *key;		       /* of leaf and self-signed certificate */
	X509 *chain[SIM_ON_DIE_CHAIN]; /* leaf to ROM CA */
	X509 *root;		       /* signed the ROM CA; never shown */
	X509 *self_signed;
};

/* Makes all of it. */
void sim_on_die_init(struct sim_on_die *o);
void sim_on_die_fini(struct sim_on_die *o);
/* First 20 bytes of the ROM CA's SHA-256: what UPID tells as hardware id. */
void sim_on_die_hardware_id(const struct sim_on_die *o, uint8_t out[20]);

/* New reference. */
json_t *sim_on_die_json(const struct sim_on_die *o);
/* Into a zeroed one. ERR_INVALID. */
OB_MUST_CHECK struct err *sim_on_die_from_json(struct sim_on_die *o, const json_t *j);

/* Text for free(). */
char *sim_pem_of_certificate(const X509 *cert);
/* The same certificate, but it ended a day ago; signed with that key. */
X509 *sim_certificate_ended(const X509 *cert, EVP_PKEY *key);

#endif
