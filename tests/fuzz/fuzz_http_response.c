/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: a stream of HTTP responses as a device may send them. The first byte
 * chooses the size of the pieces bodies are fed in and whether the request was HEAD.
 */
#include <net/http.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One response; returns the bytes behind it, or 0 when there is no further one. */
static size_t one_response(const char *p, size_t n, size_t piece, bool no_body)
{
	struct http_head h;
	struct http_body b;
	ssize_t head = http_parse_response(&h, p, n);

	if (head <= 0) {
		OB_ASSERT(head == 0 || h.error != NULL);
		return 0;
	}
	OB_ASSERT(h.status >= 100 && h.status <= 999 && (size_t)head <= n);
	size_t at = (size_t)head, total = 0;
	http_body_response(&b, &h, no_body);
	while (at < n && !b.done) {
		struct str part;
		ssize_t r = http_body_feed(&b, p + at, MIN(piece, n - at), &part);
		if (r < 0) {
			OB_ASSERT(b.error != NULL);
			return 0;
		}
		OB_ASSERT(r > 0);
		at += (size_t)r;
		total += part.n;
	}
	OB_ASSERT(!h.has_length || total <= h.length);
	return b.done ? n - at : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const char *p = (const char *)data + 1;
	size_t n = size - 1, left;

	while (n > 0 &&
	       (left = one_response(p, n, 1 + (data[0] >> 1), data[0] & 1)) > 0) {
		p += n - left;
		n = left;
	}
	return 0;
}
