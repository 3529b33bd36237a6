/* SPDX-License-Identifier: Apache-2.0
 * HTTP/1.1 to and in AMT: POST /wsman over any stream, with digest. wire-amt.md 3.
 *
 * Client: struct amt_http is the authentication state of one device (challenge, nonce
 * counter shared by parallel connections) and lives as long as the device's connection;
 * struct amt_conn is one stream in use by one fiber.
 */
#ifndef AMT_HTTP_H
#define AMT_HTTP_H

#include <amt/digest.h>
#include <net/http.h>
#include <net/stream.h>

#define AMT_HTTP_MAX_RESPONSE (4u << 20)
#define AMT_HTTP_MAX_REQUEST (1u << 20)

/* How to reach a port of the device: APF channel, TCP, TLS, LME. */
typedef OB_SUSPENDS struct err *amt_open_fn(void *arg, uint16_t port,
					    struct deadline until, struct stream **out);

struct amt_http {
	amt_open_fn *open;
	void *open_arg;
	uint16_t port;	  /* 16992 */
	const char *host; /* for the Host field: guid */
	/* Asks for the end of the connection with each answer: for those who wait for it
	 * to know that the answer is complete (rpc behind an RPC session). */
	bool close_each;
	/* Credentials, owned. password is dropped when ha1 was computed for a realm. */
	struct secret user, password;
	char *realm, *nonce,
		*opaque; /* of the last challenge, heap; NULL before the first */
	bool qop;
	bool denied;  /* the last exchange ended with these credentials refused */
	char ha1[33]; /* empty when not computed */
	uint32_t nc;
};

void amt_http_init(struct amt_http *h, amt_open_fn *open, void *arg, uint16_t port);
void amt_http_credentials(struct amt_http *h, struct str user, struct str password);
void amt_http_fini(struct amt_http *h);

struct amt_conn;

/* One connection; opens lazily at the first exchange, again when the device closed it. */
struct amt_conn *amt_conn_new(struct amt_http *h);
void amt_conn_free(struct amt_conn *c);

struct amt_response {
	int status;
	struct str body; /* in the arena */
};

/* Sends body, follows up to 3 401 challenges. ERR_DEVICE "wrong AMT password" when they
 * do not end, ERR_DEVICE on malformed HTTP, ERR_CLOSED, ERR_TIMEOUT. A connection that
 * the device closed while idle is reopened once without the caller knowing. */
OB_MUST_CHECK OB_SUSPENDS struct err *amt_conn_post(struct amt_conn *c, struct str body,
						    struct arena *a,
						    struct deadline until,
						    struct amt_response *out);

/* --- device side (simulator) --- */
struct amt_request {
	struct http_head head;
	struct str body;
};
/* Reads one request (lenient about Host, Content-Type; chunked or length). *end set at a
 * clean end of stream. in keeps bytes of the next one; out lives in the arena.
 * ERR_INVALID (answer 400), ERR_TOO_LARGE, ERR_CLOSED, ERR_TIMEOUT. */
OB_MUST_CHECK OB_SUSPENDS struct err *amt_request_read(struct stream *s, struct buf *in,
						       struct arena *a,
						       struct deadline until,
						       struct amt_request *out,
						       bool *end);
/* Formats a reply as firmware does: 200/400 SOAP chunked (first chunk 0x220, later 0x2FA
 * bytes, upper-case 4-digit sizes), 401 with its HTML page and Connection: close
 * (wire-amt.md 3.1, 3.3). */
void amt_reply_soap(struct buf *out, int status, const char *version, struct str xml);
void amt_reply_401(struct buf *out, const char *version, const char *realm,
		   const char *nonce);
void amt_reply_400(struct buf *out, const char *version);

#endif
