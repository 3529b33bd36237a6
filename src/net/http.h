/* SPDX-License-Identifier: Apache-2.0
 * Strict HTTP/1.1 message codec (RFC 9112), both roles, over bytes: no I/O, no fibers.
 *
 * Refused: bare LF or CR, obs-fold, NUL and other controls, white space before the colon,
 * duplicate or differing Content-Length, Content-Length beside Transfer-Encoding, any
 * transfer coding but one final "chunked", chunk extensions above 256 bytes, malformed
 * chunk sizes, HTTP versions other than 1.0 and 1.1, more than HTTP_MAX_HEADERS fields, a
 * request without exactly one Host in 1.1 (unless lenient: AMT's clients over LME send
 * none).
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <base/buf.h>
#include <base/err.h>
#include <sys/types.h>

#define HTTP_MAX_HEADERS 64
#define HTTP_MAX_HEAD 16384 /* start line and fields, bytes */
#define HTTP_MAX_TARGET 8192
#define HTTP_MAX_CHUNK_EXT 256
#define HTTP_MAX_TRAILER 4096

struct http_header {
	struct str name, value; /* value trimmed */
};

struct http_head {
	/* request */
	struct str method, target;
	/* response */
	int status;
	struct str reason;
	/* both; all slices point into the parsed bytes */
	int minor; /* HTTP/1.minor */
	struct http_header headers[HTTP_MAX_HEADERS];
	size_t n_headers;
	/* derived */
	bool chunked;
	bool has_length;
	uint64_t length;
	bool keep_alive;
	bool expect_continue;
	bool upgrade; /* Connection: upgrade with an Upgrade field */
	/* on refusal */
	int error_status;  /* 400, 414, 431, 501, 505 */
	const char *error; /* static text */
};

/* HTTP_AMT: the client or server of AMT inside a channel: a request needs no Host. */
enum http_flags { HTTP_STRICT = 0, HTTP_AMT = 1 };

/* > 0: bytes of the head; 0: incomplete; -1: refused (error, error_status). What is there
 * of an incomplete head is checked too, so garbage is refused at its first byte. One
 * empty line before a request is skipped. Parses from the start each time: call it again
 * when a line feed came. */
ssize_t http_parse_request(struct http_head *h, const char *p, size_t n,
			   enum http_flags flags);
ssize_t http_parse_response(struct http_head *h, const char *p, size_t n);
/* NULL when absent; first occurrence. Case-insensitive. */
const struct http_header *http_header(const struct http_head *h, const char *name);
struct str http_header_str(const struct http_head *h,
			   const char *name); /* empty if absent */
/* Comma-separated token list of the field holds the token (case-insensitive). */
bool http_header_has_token(const struct http_head *h, const char *name,
			   const char *token);

/* Body decoder: length-delimited, chunked or until close. */
struct http_body {
	enum {
		HTTP_BODY_NONE,
		HTTP_BODY_LENGTH,
		HTTP_BODY_CHUNKED,
		HTTP_BODY_CLOSE
	} kind;
	enum http_chunk_state {
		HTTP_CHUNK_SIZE,
		HTTP_CHUNK_EXT,
		HTTP_CHUNK_SIZE_LF,
		HTTP_CHUNK_DATA,
		HTTP_CHUNK_DATA_CR,
		HTTP_CHUNK_DATA_LF,
		HTTP_TRAILER,
		HTTP_TRAILER_NAME,
		HTTP_TRAILER_VALUE,
		HTTP_TRAILER_LF,
		HTTP_TRAILER_END_LF,
	} state;
	uint64_t left; /* of the body or of the current chunk */
	size_t line;   /* bytes seen of the size, of its extension, or of all trailers */
	bool done;
	const char *error;
};

void http_body_request(struct http_body *b, const struct http_head *h);
/* no_body: answer to HEAD. 1xx, 204 and 304 never have one. */
void http_body_response(struct http_body *b, const struct http_head *h, bool no_body);
/* Consumes bytes at p up to the end of the next piece of payload, which is *data (may be
 * empty); call it in a loop. Returns bytes consumed, 0 only when n is 0 or the body is
 * done, -1 = malformed (b->error). done turns true at the end; HTTP_BODY_CLOSE ends with
 * the stream instead. */
ssize_t http_body_feed(struct http_body *b, const char *p, size_t n, struct str *data);

/* "reason" for a status, static text. */
const char *http_reason(int status);
/* Percent-decoding in the arena; plus_is_space for query parts. NULL when malformed or
 * NUL. */
char *http_unescape(struct arena *a, struct str s, bool plus_is_space, size_t *n);
/* First value of a query parameter, decoded (as it is when malformed); NULL when absent.
 */
const char *http_query(struct arena *a, struct str query, const char *name);

#endif
