/* SPDX-License-Identifier: Apache-2.0
 * Making certificates, and PEM of certificates and keys.
 */
#ifndef NET_CERT_H
#define NET_CERT_H

#include <base/arena.h>
#include <base/err.h>
#include <base/secret.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/* On the heap; the caller frees it. */
char *cert_pem(X509 *x);
const char *cert_pem_in(struct arena *a, X509 *x);
void cert_key_pem(EVP_PKEY *k, struct secret *out);
/* NULL when there is none in the text. */
X509 *cert_from_pem(const char *pem);
EVP_PKEY *cert_key_from_pem(const char *pem);

/* Version 3, a random 128-bit serial, valid from a year ago (AMT's clock may be wrong)
 * for so many days from now, with the public half of key. */
bool cert_fill(X509 *x, EVP_PKEY *key, long valid_days);
/* value NULL or "": nothing is added. */
bool cert_add_name(X509_NAME *name, const char *field, const char *value);
/* value as in openssl's configuration ("CA:TRUE"). */
bool cert_add_ext(X509 *cert, X509 *issuer, int nid, const char *value);
/* ERR_INTERNAL with OpenSSL's reason; empties its queue. */
OB_NEW_ERR struct err *cert_openssl_err(const char *what);

#endif
