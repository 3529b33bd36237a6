/* SPDX-License-Identifier: Apache-2.0
 * Bodies of HTTP/1.1 messages (RFC 9112 sections 6 and 7): by length, chunked, or until
 * close. A state machine per byte outside the payload, so input may come in any pieces.
 *
 *   0220 CR LF  <0x220 bytes> CR LF  ...  0 CR LF  [Name: value CR LF]*  CR LF
 */
#include <net/http_priv.h>

#define CHUNK_SIZE_DIGITS 16

void http_body_request(struct http_body *b, const struct http_head *h)
{
	*b = (struct http_body){.kind = HTTP_BODY_NONE};
	if (h->chunked) {
		b->kind = HTTP_BODY_CHUNKED;
	} else if (h->length > 0) {
		b->kind = HTTP_BODY_LENGTH;
		b->left = h->length;
	}
	b->done = b->kind == HTTP_BODY_NONE;
}

void http_body_response(struct http_body *b, const struct http_head *h, bool no_body)
{
	if (no_body || h->status < 200 || h->status == 204 || h->status == 304) {
		*b = (struct http_body){.kind = HTTP_BODY_NONE, .done = true};
		return;
	}
	http_body_request(b, h);
	if (!h->chunked && !h->has_length) {
		b->kind = HTTP_BODY_CLOSE;
		b->done = false;
	}
}

static bool body_refuse(struct http_body *b, const char *why)
{
	b->error = why;
	return false;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of the chunk's size line. */
static bool chunk_size_byte(struct http_body *b, char c)
{
	int v = hex_value(c);

	if (v >= 0) {
		if (++b->line > CHUNK_SIZE_DIGITS || b->left >> 56 != 0)
			return body_refuse(b, "chunk size too large");
		b->left = b->left << 4 | (uint64_t)v;
		return true;
	}
	if (b->line == 0)
		return body_refuse(b, "malformed chunk size");
	if (c == '\r') {
		b->state = HTTP_CHUNK_SIZE_LF;
	} else if (c == ';') {
		b->state = HTTP_CHUNK_EXT;
		b->line = 0;
	} else {
		return body_refuse(b, "malformed chunk size");
	}
	return true;
}

static bool chunk_ext_byte(struct http_body *b, char c)
{
	if (c == '\r')
		b->state = HTTP_CHUNK_SIZE_LF;
	else if (!http_is(c, HTTP_C_VALUE))
		return body_refuse(b, "malformed chunk extension");
	else if (++b->line > HTTP_MAX_CHUNK_EXT)
		return body_refuse(b, "chunk extension too long");
	return true;
}

/* One byte behind the last chunk: fields, which are checked and dropped, and the empty
 * line. */
static bool trailer_byte(struct http_body *b, char c)
{
	if (++b->line > HTTP_MAX_TRAILER)
		return body_refuse(b, "trailer too large");
	switch (b->state) {
	case HTTP_TRAILER:
		if (c == '\r')
			b->state = HTTP_TRAILER_END_LF;
		else if (http_is(c, HTTP_C_TOKEN))
			b->state = HTTP_TRAILER_NAME;
		else
			return body_refuse(b, "malformed trailer");
		return true;
	case HTTP_TRAILER_NAME:
		if (c == ':')
			b->state = HTTP_TRAILER_VALUE;
		else if (!http_is(c, HTTP_C_TOKEN))
			return body_refuse(b, "malformed trailer");
		return true;
	case HTTP_TRAILER_VALUE:
		if (c == '\r')
			b->state = HTTP_TRAILER_LF;
		else if (!http_is(c, HTTP_C_VALUE))
			return body_refuse(b, "malformed trailer");
		return true;
	default:
		if (c != '\n')
			return body_refuse(b, "bare carriage return in trailer");
		b->done = b->state == HTTP_TRAILER_END_LF;
		b->state = HTTP_TRAILER;
		return true;
	}
}

/* Any byte of a chunked body that is no payload. */
static bool chunked_byte(struct http_body *b, char c)
{
	switch (b->state) {
	case HTTP_CHUNK_SIZE:
		return chunk_size_byte(b, c);
	case HTTP_CHUNK_EXT:
		return chunk_ext_byte(b, c);
	case HTTP_CHUNK_SIZE_LF:
		if (c != '\n')
			return body_refuse(b, "bare carriage return in chunk size");
		b->line = 0;
		b->state = b->left == 0 ? HTTP_TRAILER : HTTP_CHUNK_DATA;
		return true;
	case HTTP_CHUNK_DATA_CR:
		if (c != '\r')
			return body_refuse(b, "chunk longer than its size");
		b->state = HTTP_CHUNK_DATA_LF;
		return true;
	case HTTP_CHUNK_DATA_LF:
		if (c != '\n')
			return body_refuse(b, "bare carriage return behind chunk");
		b->state = HTTP_CHUNK_SIZE;
		return true;
	default:
		return trailer_byte(b, c);
	}
}

static ssize_t body_payload(struct http_body *b, const char *p, size_t n,
			    struct str *data)
{
	size_t take = b->kind == HTTP_BODY_CLOSE || n < b->left ? n : (size_t)b->left;

	*data = (struct str){p, take};
	if (b->kind != HTTP_BODY_CLOSE)
		b->left -= take;
	return (ssize_t)take;
}

ssize_t http_body_feed(struct http_body *b, const char *p, size_t n, struct str *data)
{
	*data = (struct str){p, 0};
	if (b->error != NULL)
		return -1;
	if (b->done || n == 0)
		return 0;
	if (b->kind != HTTP_BODY_CHUNKED) {
		ssize_t took = body_payload(b, p, n, data);
		b->done = b->kind == HTTP_BODY_LENGTH && b->left == 0;
		return took;
	}
	size_t used = 0;
	while (used < n && !b->done) {
		if (b->state == HTTP_CHUNK_DATA) {
			used += (size_t)body_payload(b, p + used, n - used, data);
			if (b->left == 0)
				b->state = HTTP_CHUNK_DATA_CR;
			return (ssize_t)used;
		}
		if (!chunked_byte(b, p[used]))
			return -1;
		used++;
	}
	return (ssize_t)used;
}
