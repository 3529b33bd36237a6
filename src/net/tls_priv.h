/* SPDX-License-Identifier: Apache-2.0
 * What tls.c (the stream), tls_handshake.c and tls_ctx.c share.
 */
#ifndef NET_TLS_PRIV_H
#define NET_TLS_PRIV_H

#include <net/tls.h>
#include <rt/timer.h>

struct tls_stream {
	struct stream s;
	struct stream *inner; /* owned */
	SSL *ssl;
	struct timer pending; /* armed: READABLE fires although inner is silent */
	bool drained;	      /* the last read found nothing: wait for inner */
	bool inner_eof;	      /* inner ended, with or without close_notify */
	bool ended;	      /* reading is over (end or failure) */
	bool read_wants_write, write_wants_read; /* key updates */
};

/* Owns inner; the handshake comes next. */
struct tls_stream *tls_stream_new(struct stream *inner, SSL_CTX *ctx);
/* After the handshake: the stream takes inner's events. */
void tls_stream_ready(struct tls_stream *t);
/* Text of OpenSSL's last failure on this thread; empties its queue. Never empty. */
void tls_error_text(char *out, size_t size);

/* What a context carries besides OpenSSL's own settings. */
struct tls_policy {
	char *server_name;
	bool match_cn, insecure;
	tls_sni_fn *sni;
	void *sni_arg;
};
struct tls_policy *tls_policy(SSL_CTX *ctx);
/* The name that match_cn demands; the handshake keeps it in the SSL's app data meanwhile.
 */
const char *tls_handshake_name(SSL *ssl);

#endif
