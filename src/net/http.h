/* SPDX-License-Identifier: Apache-2.0
 * Strict HTTP/1.1 message codec (RFC 9112), both roles, over bytes: no I/O, no fibers.
 *
 * Refused: bare LF or CR, obs-fold, NUL and other controls, white space before the colon, duplicate
 * or differing Content-Length, Content-Length beside Transfer-Encoding, any transfer coding but one
 * final "chunked", chunk extensions above 256 bytes, malformed chunk sizes, HTTP versions other than
 * 1.0 and 1.1, more than HTTP_MAX_HEADERS fields, a request without exactly one Host in 1.1 (unless
 * lenient: AMT's clients over LME send none).
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <base/buf.h>
#include <base/err.h>

#define HTTP_MAX_HEADERS 64
#define HTTP_MAX_HEAD 16384	/* start line and fields, bytes */

struct http_header {
	struct str name, value;	/* value trimmed */
};

struct http_head {
	/* request */
	struct str method, target;
	/* response */
	int status;
	struct str reason;
	/* both; all slices point into the parsed bytes */
	int minor;	/* HTTP/1.minor */
	struct http_header headers[HTTP_MAX_HEADERS];
	size_t n_headers;
	/* derived */
	bool chunked;
	bool has_length;
	uint64_t length;
	bool keep_alive;
	bool expect_continue;
	bool upgrade;	/* Connection: upgrade with an Upgrade field */
	/* on refusal */
	int error_status;	/* 400, 414, 431, 501, 505 */
	const char *error;	/* static text */
};

/* HTTP_AMT: the client or server of AMT inside a channel: a request needs no Host. */
enum http_flags { HTTP_STRICT = 0, HTTP_AMT = 1 };

/* > 0: bytes of the head; 0: incomplete; -1: refused (error, error_status). */
ssize_t http_parse_request(struct http_head *h, const char *p, size_t n, enum http_flags flags);
/* head_of_head: the request was HEAD (no body whatever the fields say). */
ssize_t http_parse_response(struct http_head *h, const char *p, size_t n);
/* NULL when absent; first occurrence. Case-insensitive. */
const struct http_header *http_header(const struct http_head *h, const char *name);
struct str http_header_str(const struct http_head *h, const char *name);	/* empty if absent */
/* Comma-separated token list of the field holds the token (case-insensitive). */
bool http_header_has_token(const struct http_head *h, const char *name, const char *token);

/* Body decoder: length-delimited, chunked or until close. */
struct http_body {
	enum { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_CLOSE } kind;
	enum { HTTP_CHUNK_SIZE, HTTP_CHUNK_DATA, HTTP_CHUNK_DATA_END, HTTP_TRAILER } state;
	uint64_t left;	/* of the body or of the current chunk */
	size_t line;	/* bytes of an unfinished size or trailer line seen */
	bool done;
	const char *error;
};

void http_body_request(struct http_body *b, const struct http_head *h);
/* no_body: answer to HEAD, 1xx, 204, 304. */
void http_body_response(struct http_body *b, const struct http_head *h, bool no_body);
/* Consumes up to n bytes at p; *data is the slice of payload among them (may be empty). Returns
 * bytes consumed, 0 = more input needed, -1 = malformed (b->error). done turns true at the end. */
ssize_t http_body_feed(struct http_body *b, const char *p, size_t n, struct str *data);

/* "reason" for a status, static text. */
const char *http_reason(int status);
/* Percent-decoding in the arena; plus_is_space for query parts. NULL when malformed or NUL. */
char *http_unescape(struct arena *a, struct str s, bool plus_is_space, size_t *n);
/* First value of a query parameter, decoded; NULL when absent. */
const char *http_query(struct arena *a, struct str query, const char *name);

#endif
