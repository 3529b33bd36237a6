/* SPDX-License-Identifier: Apache-2.0
 * TLS over any stream (OpenSSL). Handshakes of socket streams run on the crypto pool; an
 * idle session keeps no buffers (SSL_MODE_RELEASE_BUFFERS, no tickets, no session cache).
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <net/stream.h>
#include <openssl/ssl.h>

/* For devices' CIRA connections from TLS 1.2 on: upstream's list, what Console adds
 * because AMT 11 and 12 need it (AES without forward secrecy), and what their firmware
 * offers between. */
#define TLS_CIPHERS_CIRA                                                                \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-" \
	"SHA384:"                                                                       \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-"   \
	"SHA384:"                                                                       \
	"ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA:AES128-GCM-" \
	"SHA256:"                                                                       \
	"AES256-SHA:AES128-SHA"

struct tls_server_config {
	const char *cert_pem; /* leaf, then intermediates */
	const char *key_pem;
	const char *min_version; /* "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3" */
	const char *ciphers; /* OpenSSL list for <= 1.2, NULL = upstream's for min_version
			      * (wire-amt.md 1.1); TLS_CIPHERS_CIRA for AMT */
	bool request_client_cert; /* asked for, never required */
};

struct tls_client_config {
	const char *ca_pem;		/* NULL = system store */
	const char *server_name;	/* SNI and name check (or IP); NULL = neither */
	const char *cert_pem, *key_pem; /* client certificate or NULL */
	const char *min_version;
	bool match_cn; /* AMT's rule: subject CN equals server_name, SANs are not looked
			  at */
	bool insecure; /* no verification; the caller warned the user */
};

OB_MUST_CHECK struct err *tls_server_ctx(const struct tls_server_config *c,
					 SSL_CTX **out);
OB_MUST_CHECK struct err *tls_client_ctx(const struct tls_client_config *c,
					 SSL_CTX **out);
/* SNI: ctx answers for names that select() does not know. select returns a borrowed
 * context or NULL; it runs on a worker thread and must only read what does not change. */
typedef SSL_CTX *tls_sni_fn(const char *server_name, void *arg);
void tls_server_sni(SSL_CTX *ctx, tls_sni_fn *select, void *arg);

/* server_name overrides tls_client_config's when not NULL.
 * Event form of the handshake: owns inner in any case; calls done(tls, NULL, arg) or
 * done(NULL, why, arg) exactly once on the loop (takes why), unless tls_handshake_cancel
 * is called before. Fails with ERR_TIMEOUT at the deadline. */
struct tls_handshake;
typedef void tls_done_fn(struct stream *tls, struct err *why, void *arg);
struct tls_handshake *tls_accept_start(struct stream *inner, SSL_CTX *ctx,
				       struct deadline until, tls_done_fn *done,
				       void *arg);
struct tls_handshake *tls_connect_start(struct stream *inner, SSL_CTX *ctx,
					const char *server_name, struct deadline until,
					tls_done_fn *done, void *arg);
void tls_handshake_cancel(struct tls_handshake *h);

/* Fiber form; owns inner in any case. */
OB_MUST_CHECK OB_SUSPENDS struct err *tls_accept(struct stream *inner, SSL_CTX *ctx,
						 struct deadline until,
						 struct stream **out);
OB_MUST_CHECK OB_SUSPENDS struct err *tls_connect(struct stream *inner, SSL_CTX *ctx,
						  const char *server_name,
						  struct deadline until,
						  struct stream **out);
/* For inspection; NULL when s is no TLS stream. */
SSL *tls_ssl(const struct stream *s);

#endif
