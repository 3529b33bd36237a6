/* SPDX-License-Identifier: Apache-2.0
 * Secure host-based set-up of a full device: between StartConfigurationHBased and the end
 * of set-up the host's web port is TLS with a certificate of the device's own, and the
 * client has to show the one whose hash was announced. rpc.md 4.4.
 *
 * The certificate stands alone: the chain up to Intel's on-die root cannot be had outside
 * of firmware.
 */
#include <sim/full.h>

#include <base/clock.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define LEAF_CN "iAMT CSME IDevID RCFG"
#define DAYS 3650

static const EVP_MD *md_of(uint8_t algorithm)
{
	return algorithm == AMTHI_SHA384 ? EVP_sha384() : EVP_sha256();
}

static X509 *certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
	X509_gmtime_adj(X509_getm_notAfter(cert), DAYS * 86400L);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)LEAF_CN, -1,
				   -1, 0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, key);
	if (X509_sign(cert, key, EVP_sha384()) == 0) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

/* Whoever has the announced certificate's key may set up. */
static int announced(X509_STORE_CTX *x, void *arg)
{
	const struct sim_full_setup *s = arg;
	X509 *leaf = X509_STORE_CTX_get0_cert(x);
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n;

	return leaf != NULL && X509_digest(leaf, md_of(s->algorithm), md, &n) == 1 &&
	       memcmp(md, s->client_hash, n) == 0;
}

struct err *sim_full_setup_begin(struct sim_full *f, const struct amthi_start *start,
				 struct amthi_started *out)
{
	struct sim_full_setup *s = &f->setup;
	EVP_PKEY *key = EVP_EC_gen("P-384");
	X509 *cert = key != NULL ? certificate(key) : NULL;
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	sim_full_setup_end(f);
	if (cert == NULL || tls == NULL || SSL_CTX_use_certificate(tls, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(tls, key) != 1) {
		EVP_PKEY_free(key);
		X509_free(cert);
		SSL_CTX_free(tls);
		return err_new(ERR_INTERNAL, "no certificate can be made");
	}
	s->algorithm = start->hash_algorithm;
	memcpy(s->client_hash, start->hash, sizeof(s->client_hash));
	s->tls = tls;
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(tls, announced, s);
	out->hash_algorithm = start->hash_algorithm;
	X509_digest(cert, md_of(start->hash_algorithm), out->hash, NULL);
	EVP_PKEY_free(key);
	X509_free(cert);
	return NULL;
}

void sim_full_setup_end(struct sim_full *f)
{
	SSL_CTX_free(f->setup.tls);
	f->setup = (struct sim_full_setup){0};
}
