/* SPDX-License-Identifier: Apache-2.0
 * Opening handshakes of WebSockets, both roles (RFC 6455 section 4).
 */
#include <net/http_server_priv.h>
#include <net/ws_priv.h>
#include <base/encode.h>
#include <openssl/sha.h>

const char *ws_accept_key(struct arena *a, struct str key)
{
	const char *text = arena_printf(a, STR_FMT "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
					STR_ARG(key));
	uint8_t sha[SHA_DIGEST_LENGTH];

	SHA1((const uint8_t *)text, strlen(text), sha);
	return base64_encode(a, sha, sizeof(sha));
}

/* What is wrong with an upgrade request, or NULL. */
static const char *request_fault(struct http_req *req, int *status)
{
	const struct http_head *h = req->head;
	size_t n = 0;

	*status = 400;
	if (!str_eqz(req->method, "GET") || h->minor == 0)
		return "A WebSocket starts with a GET of HTTP/1.1";
	if (!h->upgrade || !http_header_has_token(h, "Upgrade", "websocket")) {
		*status = 426;
		return "This address takes WebSockets only";
	}
	if (!str_eqz(http_header_str(h, "Sec-WebSocket-Version"), "13")) {
		*status = 426;
		return "The WebSocket version is not 13";
	}
	if (base64_decode(req->arena, http_header_str(h, "Sec-WebSocket-Key"), &n) ==
		    NULL ||
	    n != 16)
		return "The Sec-WebSocket-Key is not 16 bytes in base64";
	return h->chunked || h->length > 0 ? "A WebSocket upgrade has no body" : NULL;
}

static struct err *refuse(struct http_req *req, int status, const char *why)
{
	struct http_exchange *x = http_exchange_of(req);

	http_reply_reset(x);
	http_res_text(&x->res, status, "text/plain; charset=utf-8", why);
	if (status == 426) {
		http_res_header(&x->res, "Upgrade", "websocket");
		http_res_header(&x->res, "Sec-WebSocket-Version", "13");
	}
	x->res.close = true;
	TRY(http_reply_send(x));
	return err_new(ERR_INVALID, "%s", why);
}

struct err *ws_accept(struct http_req *req, const struct ws_config *c, struct ws **out)
{
	struct stream *s;
	struct buf rest = {0};
	int status;
	const char *fault = request_fault(req, &status);

	*out = NULL;
	if (fault != NULL)
		return refuse(req, status, fault);
	_cleanup_(buf_fini) struct buf head = {0};
	buf_addf(&head,
		 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n",
		 ws_accept_key(req->arena,
			       http_header_str(req->head, "Sec-WebSocket-Key")));
	if (c->protocol != NULL)
		buf_addf(&head, "Sec-WebSocket-Protocol: %s\r\n", c->protocol);
	buf_adds(&head, "\r\n");
	TRY(http_conn_upgrade(req, buf_str(&head), &s, &rest));
	*out = ws_new(s, &rest, c, false);
	return NULL;
}

static enum err_kind kind_of_status(int status)
{
	switch (status) {
	case 400:
		return ERR_INVALID;
	case 401:
		return ERR_UNAUTHENTICATED;
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
		return ERR_CONFLICT;
	default:
		return ERR_UNAVAILABLE;
	}
}

/* Reads a head into in; *n is its length. */
static struct err *response_read(struct stream *s, struct buf *in, struct http_head *h,
				 struct deadline until, size_t *n)
{
	for (;;) {
		ssize_t r = http_parse_response(h, in->p, in->len);
		if (r > 0) {
			*n = (size_t)r;
			return NULL;
		}
		if (r < 0)
			return err_new(ERR_UNAVAILABLE, "the peer speaks no HTTP: %s",
				       h->error);
		size_t got;
		char *p = buf_reserve(in, 2048);
		TRY(stream_read(s, p, 2048, until, &got));
		if (got == 0)
			return err_new(ERR_CLOSED,
				       "the peer closed during the WebSocket handshake");
		in->len += got;
	}
}

static struct err *response_check(const struct http_head *h, const char *accept,
				  const struct ws_config *c)
{
	const struct http_header *protocol = http_header(h, "Sec-WebSocket-Protocol");

	if (h->status != 101)
		return err_new(kind_of_status(h->status), "WebSocket refused: HTTP %d %s",
			       h->status, http_reason(h->status));
	if (!h->upgrade || !http_header_has_token(h, "Upgrade", "websocket") ||
	    !str_eqz(http_header_str(h, "Sec-WebSocket-Accept"), accept))
		return err_new(ERR_UNAVAILABLE,
			       "the peer's WebSocket handshake is wrong");
	if (protocol != NULL &&
	    (c->protocol == NULL || !str_eqz(protocol->value, c->protocol)))
		return err_new(ERR_UNAVAILABLE,
			       "the peer chose a sub-protocol nobody offered");
	return NULL;
}

static struct err *connect_handshake(struct stream *s, struct buf *in, struct arena *a,
				     struct str request, const char *accept,
				     const struct ws_config *c, struct deadline until)
{
	struct http_head *h = arena_new(a, struct http_head);
	size_t n = 0;

	TRY(stream_write(s, request.p, request.n, until));
	TRY(response_read(s, in, h, until, &n));
	TRY(response_check(h, accept, c));
	buf_consume(in, n);
	return NULL;
}

struct err *ws_connect(struct stream *s, const char *host, const char *target,
		       const char *headers, const struct ws_config *c,
		       struct deadline until, struct ws **out)
{
	_cleanup_(arena_fini) struct arena a = {0};
	_cleanup_(buf_fini) struct buf request = {0};
	struct buf in = {0};
	uint8_t nonce[16];

	*out = NULL;
	random_bytes(nonce, sizeof(nonce));
	const char *key = base64_encode(&a, nonce, sizeof(nonce));
	buf_addf(&request,
		 "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: "
		 "Upgrade\r\n"
		 "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n",
		 target, host, key);
	if (c->protocol != NULL)
		buf_addf(&request, "Sec-WebSocket-Protocol: %s\r\n", c->protocol);
	buf_adds(&request, headers != NULL ? headers : "");
	buf_adds(&request, "\r\n");
	struct err *e = connect_handshake(s, &in, &a, buf_str(&request),
					  ws_accept_key(&a, str_of(key)), c, until);
	if (e != NULL) {
		buf_fini(&in);
		stream_free(s);
		return e;
	}
	*out = ws_new(s, &in, c, true);
	return NULL;
}
