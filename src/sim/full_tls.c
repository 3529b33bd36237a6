/* SPDX-License-Identifier: Apache-2.0
 * TLS on a full device's ports: which certificate it shows, and which clients it takes.
 * wsman.md B.4, rpc.md 4.4.
 */
#include <sim/full.h>

#include <amt/wsman/classes/certificates.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/tls.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

static char *pem_of(BIO *bio)
{
	char *text;
	long n = BIO_get_mem_data(bio, &text);
	char *copy = xstrndup(text, (size_t)n);

	BIO_free(bio);
	return copy;
}

static char *key_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	return pem_of(bio);
}

/* Leaf first; the leaf may be shown as it will be when its time is over. */
static char *chain_pem(X509 *const *certs, size_t n, EVP_PKEY *key, bool ended)
{
	BIO *bio = BIO_new(BIO_s_mem());

	for (size_t i = 0; i < n; i++) {
		X509 *late =
			i == 0 && ended ? sim_certificate_ended(certs[0], key) : NULL;
		PEM_write_bio_X509(bio, late != NULL ? late : certs[i]);
		X509_free(late);
	}
	return pem_of(bio);
}

static struct err *make_ctx(const struct sim_full *f, X509 *const *certs, size_t n,
			    EVP_PKEY *key, SSL_CTX **out)
{
	char *chain = chain_pem(certs, n, key, f->faults.expired_certificate),
	     *private = key_pem(key);
	struct tls_server_config c = {
		.cert_pem = chain, .key_pem = private, .min_version = "TLSv1.2"};
	struct err *e = tls_server_ctx(&c, out);

	secret_wipe(private, strlen(private));
	free(private);
	free(chain);
	return e;
}

/* The one it was given for TLS. */
static struct err *given_ctx(const struct sim_full *f, SSL_CTX **out)
{
	const struct sim_state *st = f->state;
	X509 *cert = sim_state_certificate(st, str_of(st->tls_certificate));
	EVP_PKEY *key = cert != NULL ? sim_state_key_of(st, cert) : NULL;
	struct err *e;

	e = key != NULL ? make_ctx(f, &cert, 1, key, out)
			: err_new(ERR_INVALID,
				  "TLS is on, but its certificate or key is gone");
	EVP_PKEY_free(key);
	X509_free(cert);
	return e;
}

struct err *sim_full_tls_on_die(const struct sim_full *f, SSL_CTX **out)
{
	const struct sim_on_die *o = &f->state->on_die;

	return make_ctx(f, o->chain, SIM_ON_DIE_CHAIN, o->key, out);
}

/* Clients must show a certificate of a root the device trusts. */
static void require_clients(const struct sim_state *st, SSL_CTX *ctx)
{
	const struct amt_public_key_certificate *c;

	for (size_t i = 0;
	     (c = sim_store_nth(&st->store, &amt_public_key_certificate_class, i)); i++) {
		X509 *cert = c->trusted_root_certficate.v
				     ? sim_state_certificate(st, c->instance_id)
				     : NULL;
		if (cert != NULL)
			X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert);
		X509_free(cert);
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

/* Mutual authentication is the network's: on the local interface it is deprecated. */
struct err *sim_full_tls(const struct sim_full *f, bool local, SSL_CTX **out)
{
	const struct sim_state *st = f->state;
	const struct sim_on_die *o = &st->on_die;

	*out = NULL;
	if (st->tls_certificate[0] != '\0')
		TRY(given_ctx(f, out));
	else if (st->mode == IPS_CONTROL_NONE)
		TRY(sim_full_tls_on_die(f, out));
	else
		TRY(make_ctx(f, &o->self_signed, 1, o->key, out));
	if (!local && st->tls_network.mutual)
		require_clients(st, *out);
	return NULL;
}

/* The client's CN is one of TrustedCN, when there are any. */
bool sim_full_tls_trusted(const struct sim_full *f, const struct stream *s)
{
	const struct sim_state *st = f->state;
	const struct amt_tls_setting_data *t =
		sim_store_first(&st->store, &amt_tls_setting_data_class);
	X509 *cert = SSL_get0_peer_certificate(tls_ssl(s));
	char cn[256] = "";

	if (!st->tls_network.mutual || t == NULL || t->trusted_cn.n == 0)
		return true;
	if (cert != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, cn,
					  sizeof(cn));
	for (size_t i = 0; i < t->trusted_cn.n; i++)
		if (str_ieqz(t->trusted_cn.v[i], cn))
			return true;
	return false;
}
