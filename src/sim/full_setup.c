/* SPDX-License-Identifier: Apache-2.0
 * Secure host-based set-up of a full device: between StartConfigurationHBased and the end
 * of set-up the host's web port is TLS with the device's on-die chain, and the client has
 * to show the certificate whose hash was announced. rpc.md 4.4.
 */
#include <sim/full.h>

#include <openssl/ssl.h>

static const EVP_MD *md_of(uint8_t algorithm)
{
	return algorithm == AMTHI_SHA384 ? EVP_sha384() : EVP_sha256();
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
	SSL_CTX *tls;

	sim_full_setup_end(f);
	TRY(sim_full_tls_on_die(f, &tls));
	s->algorithm = start->hash_algorithm;
	memcpy(s->client_hash, start->hash, sizeof(s->client_hash));
	s->tls = tls;
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(tls, announced, s);
	out->hash_algorithm = start->hash_algorithm;
	X509_digest(f->state->on_die.chain[0], md_of(start->hash_algorithm), out->hash,
		    NULL);
	return NULL;
}

void sim_full_setup_end(struct sim_full *f)
{
	SSL_CTX_free(f->setup.tls);
	f->setup = (struct sim_full_setup){0};
}
