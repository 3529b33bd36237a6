/* SPDX-License-Identifier: Apache-2.0
 * Tests of the HTTP/1.1 codec: request smuggling, limits, pieces, replies of AMT firmware
 * (wire-amt.md 3.1, wsman.md 1).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/http.h>
#include <stdlib.h>

/* The parser must never read behind the bytes it was given: they are copied into a block
 * of exactly their size, so the sanitizer sees it. */
static ssize_t parse_exact(struct http_head *h, const char *p, size_t n, bool request,
			   enum http_flags flags)
{
	char *copy = xmalloc(n + (n == 0));
	memcpy(copy, p, n);
	ssize_t r = request ? http_parse_request(h, copy, n, flags)
			    : http_parse_response(h, copy, n);
	free(copy);
	return r;
}

#define B(lit) lit, sizeof(lit) - 1
#define H "GET / HTTP/1.1\r\nHost: a\r\n"
#define WHOLE 1 /* the head is all of the bytes */

static const struct {
	const char *name;
	const char *bytes;
	size_t n;
	int result; /* WHOLE, 0 = incomplete, or the error status */
} requests[] = {
	{"plain", B(H "\r\n"), WHOLE},
	{"http/1.0 without host", B("GET / HTTP/1.0\r\n\r\n"), WHOLE},
	{"http/1.0 with two hosts", B("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
	 400},
	{"one empty line before", B("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), WHOLE},
	{"two empty lines before", B("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"empty", B(""), 0},
	{"end of head missing", B(H), 0},
	{"last line feed missing", B(H "\r"), 0},
	{"absolute form", B("GET http://h:1/p?q HTTP/1.1\r\nHost: h:1\r\n\r\n"), WHOLE},
	{"absolute form without host", B("GET http://h/p HTTP/1.1\r\n\r\n"), 400},
	{"absolute form, no authority", B("GET http:///p HTTP/1.1\r\nHost: h\r\n\r\n"),
	 400},
	{"absolute form, other scheme", B("GET file://h/p HTTP/1.1\r\nHost: h\r\n\r\n"),
	 400},
	{"authority form", B("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"), 400},
	{"asterisk form", B("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), WHOLE},
	{"asterisk form of get", B("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"relative target", B("GET p HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"fragment in target", B("GET /p#f HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"blank in target", B("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"8-bit byte in target", B("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"nul in target", B("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"tab behind method", B("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"two blanks behind method", B("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"two blanks before version", B("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"blank behind version", B("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), 400},
	{"blank before method", B(" GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"no method", B("/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
	{"unknown method is for the router", B("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
	 WHOLE},
	{"method of 33 bytes", B("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n"),
	 501},
	{"http/0.9", B("GET /\r\n\r\n"), 400},
	{"http/2 preface", B("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
	{"http/1.2", B("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505},
	{"http/3.0", B("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), 505},
	{"http/1.10", B("GET / HTTP/1.10\r\nHost: a\r\n\r\n"), 400},
	{"lower case http", B("GET / http/1.1\r\nHost: a\r\n\r\n"), 400},
	{"version without minor", B("GET / HTTP/1\r\nHost: a\r\n\r\n"), 400},
	{"tls client hello", B("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400},
	{"ssh banner", B("SSH-2.0-OpenSSH_9.2\r\n"), 400},
	{"no host", B("GET / HTTP/1.1\r\n\r\n"), 400},
	{"two hosts", B(H "Host: b\r\n\r\n"), 400},
	{"two equal hosts", B(H "host: a\r\n\r\n"), 400},
	{"empty host", B("GET / HTTP/1.1\r\nHost:\r\n\r\n"), WHOLE},
	{"ipv6 host", B("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), WHOLE},
	{"two hosts in one", B("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), 400},
	{"path in host", B("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400},
	{"user in host", B("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400},
	{"bare line feed behind request line", B("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400},
	{"bare line feed behind header", B(H "A: b\n\r\n"), 400},
	{"bare line feed ends head", B(H "\n"), 400},
	{"bare line feeds", B("GET / HTTP/1.1\nHost: a\n\n"), 400},
	{"bare carriage return in value", B(H "A: b\rc\r\n\r\n"), 400},
	{"bare carriage return ends header", B(H "A: b\rX: c\r\n\r\n"), 400},
	{"nul in value", B(H "A: b\0c\r\n\r\n"), 400},
	{"nul in name", B(H "A\0: b\r\n\r\n"), 400},
	{"escape in value", B(H "A: \x1b[0m\r\n\r\n"), 400},
	{"delete in value", B(H "A: \x7f\r\n\r\n"), 400},
	{"tab in value", B(H "A: b\tc\r\n\r\n"), WHOLE},
	{"8-bit byte in value", B(H "A: \xc3\xa4\r\n\r\n"), WHOLE},
	{"8-bit byte in name", B(H "\xc3\xa4: b\r\n\r\n"), 400},
	{"obs-fold by blank", B(H "A: b\r\n c\r\n\r\n"), 400},
	{"obs-fold by tab", B(H "A: b\r\n\tc\r\n\r\n"), 400},
	{"obs-fold of first header", B("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400},
	{"obs-fold hides coding", B(H "Transfer-Encoding:\r\n chunked\r\n\r\n"), 501},
	{"blank before colon", B(H "Content-Length : 5\r\n\r\n"), 400},
	{"tab before colon", B(H "Transfer-Encoding\t: chunked\r\n\r\n"), 400},
	{"no colon", B(H "Header\r\n\r\n"), 400},
	{"empty name", B(H ": b\r\n\r\n"), 400},
	{"empty value", B(H "A:\r\n\r\n"), WHOLE},
	{"CL.TE", B(H "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
	{"TE.CL", B(H "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"), 400},
	{"CL 0 with TE", B(H "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"),
	 400},
	{"TE.TE same",
	 B(H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
	{"TE.TE hidden",
	 B(H "Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n\r\n"), 400},
	{"TE list twice chunked", B(H "Transfer-Encoding: chunked, chunked\r\n\r\n"),
	 501},
	{"TE gzip, chunked", B(H "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501},
	{"TE chunked, identity", B(H "Transfer-Encoding: chunked, identity\r\n\r\n"),
	 501},
	{"TE identity", B(H "Transfer-Encoding: identity\r\n\r\n"), 501},
	{"TE xchunked", B(H "Transfer-Encoding: xchunked\r\n\r\n"), 501},
	{"TE quoted", B(H "Transfer-Encoding: \"chunked\"\r\n\r\n"), 501},
	{"TE with parameter", B(H "Transfer-Encoding: chunked;q=1\r\n\r\n"), 501},
	{"TE empty", B(H "Transfer-Encoding:\r\n\r\n"), 501},
	{"TE with vertical tab",
	 B(H "Transfer-Encoding: \x0b"
	     "chunked\r\n\r\n"),
	 400},
	{"TE upper case", B(H "TRANSFER-ENCODING: CHUNKED\r\n\r\n"), WHOLE},
	{"TE in http/1.0", B("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
	 400},
	{"duplicate equal CL", B(H "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
	 400},
	{"duplicate differing CL", B(H "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"),
	 400},
	{"CL list", B(H "Content-Length: 5, 5\r\n\r\n"), 400},
	{"CL with plus", B(H "Content-Length: +5\r\n\r\n"), 400},
	{"CL negative", B(H "Content-Length: -5\r\n\r\n"), 400},
	{"CL hexadecimal", B(H "Content-Length: 0x5\r\n\r\n"), 400},
	{"CL with blank inside", B(H "Content-Length: 1 0\r\n\r\n"), 400},
	{"CL empty", B(H "Content-Length:\r\n\r\n"), 400},
	{"CL with letters", B(H "Content-Length: 5a\r\n\r\n"), 400},
	{"CL overflows 64 bits", B(H "Content-Length: 18446744073709551621\r\n\r\n"),
	 400},
	{"CL huge", B(H "Content-Length: 9223372036854775807\r\n\r\n"), 400},
	{"CL largest", B(H "Content-Length: 999999999999999999\r\n\r\n"), WHOLE},
	{"CL with blanks around", B(H "Content-Length: \t 5 \t\r\n\r\n"), WHOLE},
};

static void request_table(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct http_head h;
		ssize_t r = parse_exact(&h, requests[i].bytes, requests[i].n, true,
					HTTP_STRICT);
		int got = r > 0 ? WHOLE : r == 0 ? 0 : h.error_status;
		bool whole = r <= 0 || (size_t)r == requests[i].n;
		if (got != requests[i].result || !whole || (r < 0) != (h.error != NULL))
			fail_msg("%s: got %zd, status %d, %s", requests[i].name, r,
				 r < 0 ? h.error_status : 0, r < 0 ? h.error : "");
	}
}

/* A prefix is incomplete or already refused for the reason the whole is refused for. */
static void check_prefixes(const char *name, const char *p, size_t n, bool request)
{
	struct http_head whole, part;
	ssize_t want = parse_exact(&whole, p, n, request, HTTP_STRICT);

	for (size_t k = 0; k < n; k++) {
		ssize_t r = parse_exact(&part, p, k, request, HTTP_STRICT);
		if (r == 0 || (want > 0 && k >= (size_t)want && r == want))
			continue;
		if (r > 0 || want >= 0 || part.error_status != whole.error_status ||
		    strcmp(part.error, whole.error) != 0)
			fail_msg("%s: first %zu bytes give %zd, all give %zd", name, k, r,
				 want);
	}
}

static void head_in_pieces_equals_whole_head(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(requests); i++)
		check_prefixes(requests[i].name, requests[i].bytes, requests[i].n, true);
}

static void request_without_host_passes_for_amt(void **state)
{
	struct http_head h;
	struct str r = STR("POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");

	assert_int_equal(parse_exact(&h, r.p, r.n, true, HTTP_AMT), r.n);
	assert_int_equal(parse_exact(&h, r.p, r.n, true, HTTP_STRICT), -1);
	r = STR("POST /wsman HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
	assert_int_equal(parse_exact(&h, r.p, r.n, true, HTTP_AMT), -1);
}

static void request_fields_are_found(void **state)
{
	struct str r = STR("PATCH /api/v1/devices?$top=2 HTTP/1.1\r\n"
			   "Host: mps:3000\r\n"
			   "x-list: a , B,,c\r\n"
			   "Authorization:   Bearer  x \t\r\n"
			   "X-List: d\r\n"
			   "Content-Length: 12\r\n"
			   "Expect: 100-Continue\r\n"
			   "Connection: keep-alive, Upgrade\r\n"
			   "Upgrade: websocket\r\n\r\n{\"a\":1");
	struct http_head h;
	ssize_t n = http_parse_request(&h, r.p, r.n, HTTP_STRICT);

	assert_int_equal(n, r.n - 6);
	assert_true(str_eqz(h.method, "PATCH"));
	assert_true(str_eqz(h.target, "/api/v1/devices?$top=2"));
	assert_int_equal(h.n_headers, 8);
	assert_true(str_eqz(http_header_str(&h, "authorization"), "Bearer  x"));
	assert_true(str_eqz(http_header_str(&h, "X-LIST"), "a , B,,c"));
	assert_null(http_header(&h, "x-lis"));
	assert_int_equal(http_header_str(&h, "absent").n, 0);
	assert_true(http_header_has_token(&h, "x-list", "b"));
	assert_true(http_header_has_token(&h, "x-list", "d"));
	assert_false(http_header_has_token(&h, "x-list", "a , b"));
	assert_false(http_header_has_token(&h, "x-list", "e"));
	assert_true(h.has_length && h.length == 12 && !h.chunked);
	assert_true(h.keep_alive && h.upgrade && h.expect_continue && h.minor == 1);
}

static void connection_options(void **state)
{
	static const struct {
		const char *text;
		bool alive;
	} t[] = {
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", false},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: a\r\nConnection: "
		 "close\r\n\r\n",
		 false},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
		{"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct http_head h;
		assert_true(http_parse_request(&h, t[i].text, strlen(t[i].text),
					       HTTP_STRICT) > 0);
		assert_int_equal(h.keep_alive, t[i].alive);
		assert_false(h.upgrade);
	}
}

static void upgrade_needs_both_fields(void **state)
{
	struct http_head h;
	struct str r = STR(H "Upgrade: websocket\r\n\r\n");

	assert_int_equal(http_parse_request(&h, r.p, r.n, HTTP_STRICT), r.n);
	assert_false(h.upgrade);
	r = STR(H "Connection: Upgrade\r\n\r\n");
	assert_int_equal(http_parse_request(&h, r.p, r.n, HTTP_STRICT), r.n);
	assert_false(h.upgrade);
}

static int status_of(const struct buf *b)
{
	struct http_head h;
	ssize_t n = http_parse_request(&h, b->p, b->len, HTTP_STRICT);

	return n > 0 ? 200 : n == 0 ? 0 : h.error_status;
}

static void header_limits(void **state)
{
	struct buf b = {0};

	buf_adds(&b, H);
	for (int i = 1; i < HTTP_MAX_HEADERS; i++)
		buf_addf(&b, "H%d: v\r\n", i);
	size_t full = b.len;
	buf_adds(&b, "\r\n");
	assert_int_equal(status_of(&b), 200);
	b.len = full;
	buf_adds(&b, "One-More: v\r\n\r\n");
	assert_int_equal(status_of(&b), 431);
	buf_clear(&b);

	/* A head of exactly the limit passes, one byte more does not. */
	buf_adds(&b, H "A: ");
	while (b.len < HTTP_MAX_HEAD - 4)
		buf_addc(&b, 'x');
	buf_adds(&b, "\r\n\r\n");
	assert_int_equal(b.len, HTTP_MAX_HEAD);
	assert_int_equal(status_of(&b), 200);
	b.len -= 4;
	buf_adds(&b, "y\r\n\r\n");
	assert_int_equal(status_of(&b), 431);
	b.len = HTTP_MAX_HEAD - 1;
	assert_int_equal(status_of(&b), 0);
	buf_clear(&b);

	buf_adds(&b, "GET /");
	while (b.len < 4 + HTTP_MAX_TARGET)
		buf_addc(&b, 'x');
	size_t target = b.len;
	buf_adds(&b, " HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(status_of(&b), 200);
	b.len = target;
	assert_int_equal(status_of(&b), 0);
	buf_adds(&b, "x");
	assert_int_equal(status_of(&b), 414);
	buf_fini(&b);
}

static void response_table(void **state)
{
	static const struct {
		const char *name, *text;
		int status; /* 0 = incomplete, -1 = refused */
	} t[] = {
		{"plain", "HTTP/1.1 200 OK\r\n\r\n", 200},
		{"empty reason", "HTTP/1.1 200 \r\n\r\n", 200},
		{"no blank before empty reason", "HTTP/1.1 401\r\n\r\n", 401},
		{"http/1.0", "HTTP/1.0 503 Gone Fishing\r\n\r\n", 503},
		{"incomplete", "HTTP/1.1 200 OK\r\n", 0},
		{"two digits", "HTTP/1.1 20 OK\r\n\r\n", -1},
		{"four digits", "HTTP/1.1 2000 OK\r\n\r\n", -1},
		{"leading zero", "HTTP/1.1 020 OK\r\n\r\n", -1},
		{"sign", "HTTP/1.1 -20 OK\r\n\r\n", -1},
		{"http/2.0", "HTTP/2.0 200 OK\r\n\r\n", -1},
		{"other protocol", "ICY 200 OK\r\n\r\n", -1},
		{"empty line before", "\r\nHTTP/1.1 200 OK\r\n\r\n", -1},
		{"bare line feed", "HTTP/1.1 200 OK\n\n", -1},
		{"obs-fold", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", -1},
		{"length and coding",
		 "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: "
		 "chunked\r\n\r\n",
		 -1},
		{"duplicate length",
		 "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", -1},
		{"unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
		 -1},
		{"switching",
		 "HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
		 101},
	};
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct http_head h;
		ssize_t r =
			parse_exact(&h, t[i].text, strlen(t[i].text), false, HTTP_STRICT);
		int got = r > 0 ? h.status : (int)r;
		if (got != t[i].status)
			fail_msg("%s: got %d", t[i].name, got);
		check_prefixes(t[i].name, t[i].text, strlen(t[i].text), false);
	}
}

static const struct {
	const char *name;
	const char *bytes;
	size_t n;
	const char *payload; /* NULL = refused */
	bool done;
	size_t rest; /* bytes behind the end */
} chunked[] = {
	{"empty", B("0\r\n\r\n"), "", true, 0},
	{"one chunk", B("3\r\nabc\r\n0\r\n\r\n"), "abc", true, 0},
	{"amt sizes", B("0003\r\nabc\r\n000A\r\n0123456789\r\n0\r\n\r\n"),
	 "abc0123456789", true, 0},
	{"lower case size", B("a\r\n0123456789\r\n0\r\n\r\n"), "0123456789", true, 0},
	{"last size with zeros", B("1\r\na\r\n0000\r\n\r\n"), "a", true, 0},
	{"next message stays", B("1\r\na\r\n0\r\n\r\nGET /"), "a", true, 5},
	{"line ends in payload", B("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "\r\n\r\n", true, 0},
	{"extension", B("1;a=b;c=\"d;e\"\r\na\r\n0;x\r\n\r\n"), "a", true, 0},
	{"trailers", B("1\r\na\r\n0\r\nA: b\r\nC:d\r\n\r\n"), "a", true, 0},
	{"incomplete size", B("1"), "", false, 0},
	{"incomplete payload", B("5\r\nab"), "ab", false, 0},
	{"incomplete end", B("1\r\na\r\n0\r\n\r"), "a", false, 0},
	{"no size", B("\r\n"), NULL, false, 0},
	{"extension without size", B(";a\r\n"), NULL, false, 0},
	{"blank before size", B(" 1\r\na\r\n"), NULL, false, 0},
	{"blank behind size", B("1 \r\na\r\n"), NULL, false, 0},
	{"sign", B("+1\r\na\r\n"), NULL, false, 0},
	{"negative", B("-1\r\na\r\n"), NULL, false, 0},
	{"0x", B("0x1\r\na\r\n"), NULL, false, 0},
	{"letter g", B("g\r\n"), NULL, false, 0},
	{"overflow", B("10000000000000001\r\na"), NULL, false, 0},
	{"wraps to 64 bits", B("FFFFFFFFFFFFFFFF\r\na"), NULL, false, 0},
	{"too many zeros", B("00000000000000001\r\na\r\n"), NULL, false, 0},
	{"bare line feed behind size", B("1\na\r\n0\r\n\r\n"), NULL, false, 0},
	{"bare return behind size", B("1\r\ra\r\n"), NULL, false, 0},
	{"payload longer than size", B("1\r\nab\r\n0\r\n\r\n"), NULL, false, 0},
	{"bare line feed behind payload", B("1\r\na\n0\r\n\r\n"), NULL, false, 0},
	{"bare return behind payload", B("1\r\na\r0\r\n\r\n"), NULL, false, 0},
	{"line feed in extension", B("1;a\nb\r\na\r\n"), NULL, false, 0},
	{"nul in extension", B("1;a\0b\r\na\r\n"), NULL, false, 0},
	{"folded trailer", B("0\r\nA: b\r\n c\r\n\r\n"), NULL, false, 0},
	{"trailer without colon", B("0\r\nAb\r\n\r\n"), NULL, false, 0},
	{"trailer with blank before colon", B("0\r\nA : b\r\n\r\n"), NULL, false, 0},
	{"request in place of trailer", B("0\r\nGET / HTTP/1.1\r\n\r\n"), NULL, false, 0},
	{"bare line feed ends trailer", B("0\r\n\n"), NULL, false, 0},
	{"bare return ends trailer", B("0\r\nA: b\rX"), NULL, false, 0},
	{"nul in trailer", B("0\r\nA: \0\r\n\r\n"), NULL, false, 0},
};

/* Feeds step bytes at a time; false when refused. */
static bool feed_all(struct http_body *b, const char *p, size_t n, size_t step,
		     struct buf *out, size_t *rest)
{
	size_t at = 0;

	while (at < n && !b->done) {
		struct str data;
		size_t k = MIN(step, n - at);
		char *copy = xmalloc(k);
		memcpy(copy, p + at, k);
		ssize_t r = http_body_feed(b, copy, k, &data);
		if (r > 0)
			buf_addstr(out, data);
		free(copy);
		if (r < 0)
			return false;
		assert_in_range(r, 1, k);
		at += (size_t)r;
	}
	*rest = n - at;
	return true;
}

static void chunked_table(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(chunked); i++) {
		for (size_t step = 1; step <= chunked[i].n; step++) {
			struct http_body b = {.kind = HTTP_BODY_CHUNKED};
			struct buf out = {0};
			size_t rest = 0;
			bool ok = feed_all(&b, chunked[i].bytes, chunked[i].n, step, &out,
					   &rest);
			bool want = chunked[i].payload != NULL;
			if (ok != want || ok != (b.error == NULL) ||
			    (ok &&
			     (!str_eqz(buf_str(&out), chunked[i].payload) ||
			      b.done != chunked[i].done || rest != chunked[i].rest)))
				fail_msg("%s, %zu bytes at a time: %s", chunked[i].name,
					 step, ok ? "accepted" : b.error);
			buf_fini(&out);
		}
	}
}

static void refused_body_stays_refused(void **state)
{
	struct http_body b = {.kind = HTTP_BODY_CHUNKED};
	struct str data;

	assert_int_equal(http_body_feed(&b, "x", 1, &data), -1);
	assert_int_equal(http_body_feed(&b, "0\r\n\r\n", 5, &data), -1);
}

static void chunk_lines_are_limited(void **state)
{
	struct http_body b = {.kind = HTTP_BODY_CHUNKED};
	struct buf in = {0}, out = {0};
	size_t rest;

	buf_adds(&in, "1;");
	for (int i = 0; i < HTTP_MAX_CHUNK_EXT; i++)
		buf_addc(&in, 'x');
	size_t full = in.len;
	buf_adds(&in, "\r\na\r\n0\r\n\r\n");
	assert_true(feed_all(&b, in.p, in.len, in.len, &out, &rest) && b.done);
	in.len = full;
	buf_addc(&in, 'x');
	b = (struct http_body){.kind = HTTP_BODY_CHUNKED};
	assert_false(feed_all(&b, in.p, in.len, in.len, &out, &rest));

	buf_clear(&in);
	buf_adds(&in, "0\r\n");
	for (int i = 0; i < HTTP_MAX_TRAILER; i++)
		buf_adds(&in, "A:b\r\n");
	b = (struct http_body){.kind = HTTP_BODY_CHUNKED};
	assert_false(feed_all(&b, in.p, in.len, 1000, &out, &rest));
	assert_string_equal(b.error, "trailer too large");
	buf_fini(&in);
	buf_fini(&out);
}

static void body_kinds(void **state)
{
	struct http_head h = {.status = 200, .minor = 1};
	struct http_body b;
	struct str data;

	http_body_request(&b, &h);
	assert_true(b.kind == HTTP_BODY_NONE && b.done);
	http_body_response(&b, &h, false);
	assert_true(b.kind == HTTP_BODY_CLOSE && !b.done);
	assert_int_equal(http_body_feed(&b, "abc", 3, &data), 3);
	assert_true(str_eqz(data, "abc") && !b.done);
	http_body_response(&b, &h, true);
	assert_true(b.done);
	for (size_t i = 0; i < 4; i++) {
		h = (struct http_head){.chunked = true,
				       .status = (int[]){101, 199, 204, 304}[i]};
		http_body_response(&b, &h, false);
		assert_true(b.done);
	}
	h = (struct http_head){.status = 200, .has_length = true};
	http_body_response(&b, &h, false);
	assert_true(b.done);
	h.length = 4;
	http_body_response(&b, &h, false);
	assert_int_equal(http_body_feed(&b, "ab", 2, &data), 2);
	assert_false(b.done);
	assert_int_equal(http_body_feed(&b, "cdef", 4, &data), 2);
	assert_true(str_eqz(data, "cd") && b.done);
	assert_int_equal(http_body_feed(&b, "ef", 2, &data), 0);
}

static void amt_200_is_read(void **state)
{
	struct buf in = {0}, out = {0}, want = {0};
	struct http_head h;
	struct http_body b;

	for (int i = 0; i < 0x220 + 0x2fa + 0x3c; i++)
		buf_addc(&want, (char)('a' + i % 26));
	buf_adds(&in, "HTTP/1.1 200 OK\r\n"
		      "Date: Fri, 20 May 2022 13:23:45 GMT\r\n"
		      "Server: Intel(R) Active Management Technology 15.0.23.1706\r\n"
		      "X-Frame-Options: DENY\r\n"
		      "Content-Type: application/soap+xml; charset=UTF-8\r\n"
		      "Transfer-Encoding: chunked\r\n\r\n0220\r\n");
	buf_add(&in, want.p, 0x220);
	buf_adds(&in, "\r\n02FA\r\n");
	buf_add(&in, want.p + 0x220, 0x2fa);
	buf_adds(&in, "\r\n003C\r\n");
	buf_add(&in, want.p + 0x220 + 0x2fa, 0x3c);
	buf_adds(&in, "\r\n0\r\n\r\n");
	ssize_t n = http_parse_response(&h, in.p, in.len);
	assert_true(n > 0 && h.status == 200 && h.chunked && h.keep_alive);
	for (size_t step = 1; step < 2000; step = step * 3 + 1) {
		size_t rest;
		buf_clear(&out);
		http_body_response(&b, &h, false);
		assert_true(
			feed_all(&b, in.p + n, in.len - (size_t)n, step, &out, &rest));
		assert_true(b.done && rest == 0);
		assert_int_equal(out.len, want.len);
		assert_memory_equal(out.p, want.p, want.len);
	}
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&want);
}

static void amt_401_is_read(void **state)
{
	struct str r =
		STR("HTTP/1.1 401 Unauthorized\r\n"
		    "WWW-Authenticate: Digest "
		    "realm=\"Digest:0123456789ABCDEF0123456789ABCDEF\","
		    " nonce=\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",stale=\"false\",qop="
		    "\"auth\"\r\n"
		    "Content-Type: text/html\r\n"
		    "Server: Intel(R) Active Management Technology 15.0.23.1706\r\n"
		    "Content-Length: 7\r\n"
		    "Connection: close\r\n\r\n</html>");
	struct http_head h;
	struct http_body b;
	struct str data;
	ssize_t n = http_parse_response(&h, r.p, r.n);

	assert_int_equal(n, r.n - 7);
	assert_true(h.status == 401 && !h.keep_alive &&
		    str_eqz(h.reason, "Unauthorized"));
	assert_true(str_starts(http_header_str(&h, "www-authenticate"),
			       STR("Digest realm=")));
	http_body_response(&b, &h, false);
	assert_int_equal(http_body_feed(&b, r.p + n, 7, &data), 7);
	assert_true(b.done && str_eqz(data, "</html>"));
}

static void unescape_table(void **state)
{
	static const struct {
		const char *in;
		bool plus;
		const char *out;
	} t[] = {
		{"", false, ""},
		{"abc", false, "abc"},
		{"a+b", false, "a+b"},
		{"a+b", true, "a b"},
		{"%41%6a%6A", true, "Ajj"},
		{"%2F%25", false, "/%"},
		{"%C3%a4", false, "\xc3\xa4"},
		{"%", false, NULL},
		{"%4", false, NULL},
		{"a%zz", false, NULL},
		{"%4g", false, NULL},
		{"a%00b", false, NULL},
		{"%+1", true, NULL},
	};
	struct arena a = {0};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		size_t n = 99;
		char *out = http_unescape(&a, str_of(t[i].in), t[i].plus, &n);
		if (t[i].out == NULL) {
			assert_null(out);
			continue;
		}
		assert_string_equal(out, t[i].out);
		assert_int_equal(n, strlen(t[i].out));
	}
	arena_fini(&a);
}

static void query_parameters(void **state)
{
	struct str q =
		STR("%24top=25&$skip=0&&tags=a%2Cb+c&flag&=x&tags=second&bad=%zz&e=");
	struct arena a = {0};

	assert_string_equal(http_query(&a, q, "$top"), "25");
	assert_string_equal(http_query(&a, q, "$skip"), "0");
	assert_string_equal(http_query(&a, q, "tags"), "a,b c");
	assert_string_equal(http_query(&a, q, "flag"), "");
	assert_string_equal(http_query(&a, q, "e"), "");
	assert_string_equal(http_query(&a, q, "bad"), "%zz");
	assert_null(http_query(&a, q, "Tags"));
	assert_null(http_query(&a, q, "top"));
	assert_null(http_query(&a, (struct str){NULL, 0}, "a"));
	arena_fini(&a);
}

static void reasons(void **state)
{
	assert_string_equal(http_reason(200), "OK");
	assert_string_equal(http_reason(404), "Not Found");
	assert_string_equal(http_reason(799), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_table),
		cmocka_unit_test(head_in_pieces_equals_whole_head),
		cmocka_unit_test(request_without_host_passes_for_amt),
		cmocka_unit_test(request_fields_are_found),
		cmocka_unit_test(connection_options),
		cmocka_unit_test(upgrade_needs_both_fields),
		cmocka_unit_test(header_limits),
		cmocka_unit_test(response_table),
		cmocka_unit_test(chunked_table),
		cmocka_unit_test(refused_body_stays_refused),
		cmocka_unit_test(chunk_lines_are_limited),
		cmocka_unit_test(body_kinds),
		cmocka_unit_test(amt_200_is_read),
		cmocka_unit_test(amt_401_is_read),
		cmocka_unit_test(unescape_table),
		cmocka_unit_test(query_parameters),
		cmocka_unit_test(reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
