/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: heads and bodies of HTTP requests. The first byte chooses the flags and
 * the size of the pieces the body is fed in; whatever is accepted whole must be read
 * alike in pieces.
 */
#include <net/http.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The body in pieces; returns bytes used, or -1. */
static ssize_t feed(const struct http_head *h, const char *p, size_t n, size_t piece,
		    struct buf *out)
{
	struct http_body b;
	size_t at = 0;

	http_body_request(&b, h);
	while (at < n && !b.done) {
		struct str part;
		ssize_t r = http_body_feed(&b, p + at, MIN(piece, n - at), &part);
		if (r < 0)
			return -1;
		OB_ASSERT(r > 0 && part.n <= (size_t)r && (size_t)r <= piece);
		buf_addstr(out, part);
		at += (size_t)r;
	}
	return (ssize_t)at;
}

static void check_head(const struct http_head *h, const char *p, size_t n)
{
	OB_ASSERT(h->method.n > 0 && h->target.n > 0 && h->n_headers <= HTTP_MAX_HEADERS);
	OB_ASSERT(!(h->chunked && h->has_length));
	for (size_t i = 0; i < h->n_headers; i++) {
		const struct http_header *f = &h->headers[i];
		OB_ASSERT(f->name.n > 0 && f->name.p >= p &&
			  f->value.p + f->value.n <= p + n);
		OB_ASSERT(memchr(f->value.p, '\0', f->value.n) == NULL);
		OB_ASSERT(memchr(f->value.p, '\n', f->value.n) == NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_head h, part;

	if (size < 1)
		return 0;
	enum http_flags flags = data[0] & 1 ? HTTP_AMT : HTTP_STRICT;
	size_t piece = 1 + (data[0] >> 1), n = size - 1;
	const char *p = (const char *)data + 1;
	ssize_t head = http_parse_request(&h, p, n, flags);
	for (size_t k = 0; k < n; k += piece) {
		ssize_t r = http_parse_request(&part, p, k, flags);
		OB_ASSERT(r == 0 || r == head);
		OB_ASSERT(r >= 0 || part.error_status == h.error_status);
	}
	if (head <= 0)
		return 0;
	check_head(&h, p, n);
	struct buf whole = {0}, pieces = {0};
	struct arena a = {0};
	ssize_t used = feed(&h, p + head, n - (size_t)head, n, &whole);
	OB_ASSERT(used == feed(&h, p + head, n - (size_t)head, piece, &pieces));
	OB_ASSERT(used < 0 ||
		  (whole.len == pieces.len &&
		   (whole.len == 0 || memcmp(whole.p, pieces.p, whole.len) == 0)));
	http_unescape(&a, h.target, false, NULL);
	http_query(&a, h.target, "$top");
	buf_fini(&whole);
	buf_fini(&pieces);
	arena_fini(&a);
	return 0;
}
