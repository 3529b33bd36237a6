/* SPDX-License-Identifier: Apache-2.0
 * TLS contexts: certificates, versions, ciphers and verification for servers and clients.
 * Cipher lists and the reasons for the old versions: wire-amt.md 1.1.
 */
#include <net/tls_priv.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <strings.h>

#define CIPHERS_MODERN                                                                  \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-" \
	"SHA384"
/* SECLEVEL 0: TLS 1.0 and 1.1 sign with SHA-1. */
#define CIPHERS_LEGACY \
	"HIGH:!aNULL:!eNULL:!EXPORT:!DES:!RC4:!MD5:!PSK:!SRP:!CAMELLIA:@SECLEVEL=0"
#define CIPHERS_CLIENT "DEFAULT"

static const struct {
	const char *name;
	int version;
	bool legacy;
} versions[] = {
	{"TLSv1", TLS1_VERSION, true},
	{"TLSv1.1", TLS1_1_VERSION, true},
	{"TLSv1.2", TLS1_2_VERSION, false},
	{"TLSv1.3", TLS1_3_VERSION, false},
};

static int policy_index = -1;

static void policy_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl,
			void *argp)
{
	struct tls_policy *p = ptr;

	if (p == NULL)
		return;
	free(p->server_name);
	free(p);
}

struct tls_policy *tls_policy(SSL_CTX *ctx)
{
	return policy_index < 0 ? NULL : SSL_CTX_get_ex_data(ctx, policy_index);
}

static struct tls_policy *policy_make(SSL_CTX *ctx)
{
	struct tls_policy *p = tls_policy(ctx);

	if (p != NULL)
		return p;
	if (policy_index < 0)
		policy_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, policy_free);
	p = xcalloc(1, sizeof(*p));
	OB_ASSERT(SSL_CTX_set_ex_data(ctx, policy_index, p) == 1);
	return p;
}

static struct err *ssl_err(const char *what)
{
	char text[128];

	tls_error_text(text, sizeof(text));
	return err_new(ERR_INVALID, "%s: %s", what, text);
}

/* Encrypted keys would prompt on the terminal otherwise. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
	return -1;
}

static struct err *set_version(SSL_CTX *ctx, const char *name, bool *legacy)
{
	if (name == NULL)
		name = "TLSv1.2";
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		if (strcmp(name, versions[i].name) != 0)
			continue;
		*legacy = versions[i].legacy;
		if (SSL_CTX_set_min_proto_version(ctx, versions[i].version) != 1 ||
		    SSL_CTX_set_max_proto_version(ctx, 0) != 1)
			return ssl_err("cannot set the TLS version");
		return NULL;
	}
	return err_new(ERR_INVALID,
		       "%s is no TLS version; use TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3",
		       name);
}

static struct err *set_ciphers(SSL_CTX *ctx, const char *ciphers)
{
	if (SSL_CTX_set_cipher_list(ctx, ciphers) != 1) {
		ERR_clear_error();
		return err_new(ERR_INVALID, "OpenSSL knows no cipher of the list %s",
			       ciphers);
	}
	return NULL;
}

static struct err *use_key(SSL_CTX *ctx, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	struct err *e = NULL;

	BIO_free(bio);
	if (key == NULL)
		return ssl_err("the private key is no unencrypted PEM key");
	if (SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		e = ssl_err("the private key does not fit the certificate");
	EVP_PKEY_free(key);
	return e;
}

static struct err *use_cert(SSL_CTX *ctx, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_password, NULL), *more;
	struct err *e = NULL;

	if (cert == NULL || SSL_CTX_use_certificate(ctx, cert) != 1)
		e = ssl_err("the certificate cannot be used");
	X509_free(cert);
	while (e == NULL &&
	       (more = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL)
		if (SSL_CTX_add0_chain_cert(ctx, more) != 1) {
			X509_free(more);
			e = ssl_err("an intermediate certificate cannot be used");
		}
	BIO_free(bio);
	ERR_clear_error();
	return e;
}

static struct err *trust(SSL_CTX *ctx, const char *pem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	BIO *bio;
	X509 *cert;
	size_t n = 0;

	if (pem == NULL) {
		SSL_CTX_set_default_verify_paths(ctx);
		ERR_clear_error();
		return NULL;
	}
	bio = BIO_new_mem_buf(pem, -1);
	for (; (cert = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL; n++) {
		X509_STORE_add_cert(store, cert);
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	if (n == 0)
		return err_new(ERR_INVALID,
			       "there is no PEM certificate in the list of CAs");
	/* What the operator lists is trusted, root or not. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	return NULL;
}

/* Nothing that only serves resumption, which idle memory would pay for. */
static void set_common(SSL_CTX *ctx)
{
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1);
}

static int accept_any(int ok, X509_STORE_CTX *sc)
{
	return 1;
}

static struct err *server_setup(SSL_CTX *ctx, const struct tls_server_config *c)
{
	bool legacy;

	set_common(ctx);
	SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_dh_auto(ctx, 1);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"outband", 7);
	TRY(set_version(ctx, c->min_version, &legacy));
	if (c->ciphers != NULL)
		TRY(set_ciphers(ctx, c->ciphers));
	else
		TRY(set_ciphers(ctx, legacy ? CIPHERS_LEGACY : CIPHERS_MODERN));
	if (legacy)
		SSL_CTX_set_security_level(ctx, 0);
	TRY(use_cert(ctx, c->cert_pem));
	TRY(use_key(ctx, c->key_pem));
	if (c->request_client_cert)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_any);
	return NULL;
}

static struct err *ctx_new(const SSL_METHOD *method, SSL_CTX **out)
{
	*out = SSL_CTX_new(method);
	return *out != NULL ? NULL : ssl_err("OpenSSL cannot make a context");
}

struct err *tls_server_ctx(const struct tls_server_config *c, SSL_CTX **out)
{
	TRY(ctx_new(TLS_server_method(), out));
	struct err *e = server_setup(*out, c);

	if (e != NULL) {
		SSL_CTX_free(*out);
		*out = NULL;
	}
	return e;
}

static bool cn_is(X509 *cert, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;

	if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return false;
	int n = ASN1_STRING_to_UTF8(
		&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	bool same = n >= 0 && (size_t)n == strlen(name) &&
		    strncasecmp((const char *)utf8, name, (size_t)n) == 0;

	OPENSSL_free(utf8);
	return same;
}

/* The chain as OpenSSL sees it, then AMT's rule on the name. On a worker thread. */
static int verify_chain_and_cn(X509_STORE_CTX *sc, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(sc, SSL_get_ex_data_X509_STORE_CTX_idx());
	const char *name = tls_handshake_name(ssl);

	if (X509_verify_cert(sc) != 1)
		return 0;
	if (name != NULL && !cn_is(X509_STORE_CTX_get0_cert(sc), name)) {
		X509_STORE_CTX_set_error(sc, X509_V_ERR_HOSTNAME_MISMATCH);
		return 0;
	}
	return 1;
}

static struct err *client_setup(SSL_CTX *ctx, const struct tls_client_config *c)
{
	struct tls_policy *policy = policy_make(ctx);
	bool legacy;

	set_common(ctx);
	policy->server_name = c->server_name != NULL ? xstrdup(c->server_name) : NULL;
	policy->match_cn = c->match_cn;
	policy->insecure = c->insecure;
	TRY(set_version(ctx, c->min_version, &legacy));
	TRY(set_ciphers(ctx, legacy ? CIPHERS_LEGACY : CIPHERS_CLIENT));
	/* AMT 9 knows no secure renegotiation. */
	if (legacy)
		SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	if (c->cert_pem != NULL) {
		TRY(use_cert(ctx, c->cert_pem));
		TRY(use_key(ctx, c->key_pem));
	}
	if (c->insecure) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		return NULL;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (c->match_cn)
		SSL_CTX_set_cert_verify_callback(ctx, verify_chain_and_cn, NULL);
	return trust(ctx, c->ca_pem);
}

struct err *tls_client_ctx(const struct tls_client_config *c, SSL_CTX **out)
{
	TRY(ctx_new(TLS_client_method(), out));
	struct err *e = client_setup(*out, c);

	if (e != NULL) {
		SSL_CTX_free(*out);
		*out = NULL;
	}
	return e;
}

static int on_sni(SSL *ssl, int *alert, void *arg)
{
	const struct tls_policy *p = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	SSL_CTX *other = name != NULL ? p->sni(name, p->sni_arg) : NULL;

	if (other != NULL)
		SSL_set_SSL_CTX(ssl, other);
	return SSL_TLSEXT_ERR_OK;
}

void tls_server_sni(SSL_CTX *ctx, tls_sni_fn *select, void *arg)
{
	struct tls_policy *p = policy_make(ctx);

	p->sni = select;
	p->sni_arg = arg;
	SSL_CTX_set_tlsext_servername_callback(ctx, on_sni);
	SSL_CTX_set_tlsext_servername_arg(ctx, p);
}
