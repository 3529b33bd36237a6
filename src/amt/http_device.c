/* SPDX-License-Identifier: Apache-2.0
 * HTTP as firmware serves it: requests in every form clients use, replies byte for byte
 * in the form that clients are known to parse. wire-amt.md 3.1, 3.3, wsman.md A.1.
 */
#include <amt/http.h>

#include <base/clock.h>

#define READ_SIZE 4096
#define FIRST_CHUNK 0x220
#define NEXT_CHUNK 0x2FA
#define PRODUCT "Intel(R) Active Management Technology "

/* ---- requests ---- */

static struct err *fill(struct stream *s, struct buf *in, struct deadline until,
			bool *end)
{
	size_t n;

	TRY(stream_read(s, buf_reserve(in, READ_SIZE), READ_SIZE, until, &n));
	in->len += n;
	*end = n == 0;
	return NULL;
}

/* The head moves to the arena, since what follows in the buffer overwrites it. */
static struct err *read_head(struct stream *s, struct buf *in, struct arena *a,
			     struct deadline until, struct http_head *head, bool *end)
{
	ssize_t n;

	*end = false;
	while ((n = http_parse_request(head, in->p, in->len, HTTP_AMT)) == 0) {
		TRY(fill(s, in, until, end));
		if (*end && in->len == 0)
			return NULL;
		if (*end)
			return err_new(ERR_CLOSED, "closed in the middle of a request");
	}
	if (n > 0) {
		const char *copy = arena_memdup(a, in->p, (size_t)n);
		n = http_parse_request(head, copy, (size_t)n, HTTP_AMT);
	}
	if (n < 0)
		return err_new(ERR_INVALID, "malformed HTTP request: %s", head->error);
	buf_consume(in, (size_t)n);
	return NULL;
}

static struct err *feed_body(struct buf *in, struct http_body *body, struct buf *text)
{
	size_t at = 0;

	while (at < in->len && !body->done) {
		struct str data;
		ssize_t n = http_body_feed(body, in->p + at, in->len - at, &data);
		if (n < 0)
			return err_new(ERR_INVALID, "malformed HTTP request: %s",
				       body->error);
		if (data.n > AMT_HTTP_MAX_REQUEST - text->len)
			return err_new(ERR_TOO_LARGE, "HTTP request too large");
		buf_addstr(text, data);
		at += (size_t)n;
	}
	buf_consume(in, at);
	return NULL;
}

struct err *amt_request_read(struct stream *s, struct buf *in, struct arena *a,
			     struct deadline until, struct amt_request *out, bool *end)
{
	_cleanup_(buf_fini_wipe) struct buf text = {0};
	struct http_body body;
	bool cut = false;

	out->body = (struct str){0};
	TRY(read_head(s, in, a, until, &out->head, end));
	if (*end)
		return NULL;
	http_body_request(&body, &out->head);
	if (body.kind == HTTP_BODY_LENGTH && body.left > AMT_HTTP_MAX_REQUEST)
		return err_new(ERR_TOO_LARGE, "HTTP request too large");
	TRY(feed_body(in, &body, &text));
	while (!body.done) {
		TRY(fill(s, in, until, &cut));
		if (cut)
			return err_new(ERR_CLOSED, "closed in the middle of a request");
		TRY(feed_body(in, &body, &text));
	}
	out->body = (struct str){str_dup(a, buf_str(&text)), text.len};
	return NULL;
}

/* ---- replies ---- */

/* MPS takes the text "0" CR LF CR LF anywhere for the end of a message, so no head may
 * end in a 0: Transfer-Encoding and Connection come last. */
void amt_reply_soap(struct buf *out, int status, const char *version, struct str xml)
{
	char date[CLOCK_HTTP_SIZE];
	size_t size = FIRST_CHUNK;

	clock_http(clock_wall_ms(), date);
	buf_addf(out,
		 "HTTP/1.1 %d %s\r\n"
		 "Date: %s\r\n"
		 "Server: " PRODUCT "%s\r\n"
		 "X-Frame-Options: DENY\r\n"
		 "Content-Type: application/soap+xml; charset=UTF-8\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n",
		 status, http_reason(status), date, version);
	while (xml.n > 0) {
		size_t n = MIN(xml.n, size);
		buf_addf(out, "%04zX\r\n", n);
		buf_add(out, xml.p, n);
		buf_adds(out, "\r\n");
		xml = str_sub(xml, n, xml.n);
		size = NEXT_CHUNK;
	}
	buf_adds(out, "0\r\n\r\n");
}

/* challenge: a whole field line, or empty. */
static void put_page(struct buf *out, int status, const char *challenge,
		     const char *version)
{
	struct buf page = {0};

	buf_addf(&page,
		 "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">\n"
		 "<html><head><title>%d %s</title></head>\n"
		 "<body><h1>%s</h1></body></html>",
		 status, http_reason(status), http_reason(status));
	buf_addf(out,
		 "HTTP/1.1 %d %s\r\n"
		 "%s"
		 "Content-Type: text/html\r\n"
		 "Server: " PRODUCT "%s\r\n"
		 "Content-Length: %zu\r\n"
		 "Connection: close\r\n\r\n",
		 status, http_reason(status), challenge, version, page.len);
	buf_addstr(out, buf_str(&page));
	buf_fini(&page);
}

void amt_reply_401(struct buf *out, const char *version, const char *realm,
		   const char *nonce)
{
	struct buf line = {0};

	/* Blank behind the first comma alone: so captured, and fragile parsers know it
	 * so. */
	buf_addf(&line,
		 "WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\",stale=\"false\","
		 "qop=\"auth\"\r\n",
		 realm, nonce);
	put_page(out, 401, line.p, version);
	buf_fini(&line);
}

void amt_reply_400(struct buf *out, const char *version)
{
	put_page(out, 400, "", version);
}
