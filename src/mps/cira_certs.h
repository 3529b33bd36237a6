/* SPDX-License-Identifier: Apache-2.0
 * The CIRA root and server certificate, kept in the secret store under upstream's path
 * and JSON (mps.md 8.3, wire-amt.md 1.1), so an existing installation's devices keep
 * trusting their root.
 */
#ifndef MPS_CIRA_CERTS_H
#define MPS_CIRA_CERTS_H

#include <mps/mps_priv.h>

struct cira_certs {
	char *root_pem;
	char *cert_pem;
	struct secret key_pem;
};

struct cira_cert_request {
	const char *common_name, *country, *organization;
	int key_bits; /* of the server's key: 2048 or 3072 */
};

/* Loads the stored certificates. Makes new ones only when the store says that there are
 * none; an unreachable store is an error (ERR_UNAVAILABLE), never a reason to make a new
 * root. A server certificate for another common name is made anew from the stored root.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *cira_certs_load(
	struct secrets *s, const struct cira_cert_request *want, struct deadline until,
	struct cira_certs *out);
/* A server certificate for a further name, by the stored root and for the stored key: AMT
 * looks at the common name alone, so a server has one certificate per name. It is not
 * stored. ERR_INVALID: the root's key is not stored. After cira_certs_load. */
OB_MUST_CHECK OB_SUSPENDS struct err *cira_certs_further(
	struct secrets *s, const struct cira_cert_request *want, struct deadline until,
	struct cira_certs *out);
void cira_certs_fini(struct cira_certs *c);

#endif
