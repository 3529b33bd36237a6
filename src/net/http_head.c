/* SPDX-License-Identifier: Apache-2.0
 * Heads of HTTP/1.1 messages: start line and fields, one pass, no allocation (RFC 9112
 * sections 2 to 5). Whatever two parsers could read differently is refused, so a request
 * cannot be smuggled past a gateway in front of us or past us to a device.
 */
#include <net/http_priv.h>

/* clang-format off */
const uint8_t http_class[256] = {
	 0,  0,  0,  0,  0,  0,  0,  0,  0,  2,  0,  0,  0,  0,  0,  0, /* 0x00 */
	 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* 0x10 */
	 2, 15,  6,  3, 15, 15, 15, 15, 14, 14, 15, 15,  6, 15, 15,  6, /* 0x20 */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 14,  6, 14,  6,  6, /* 0x30 */
	 6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 0x40 */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14,  6, 14,  7, 15, /* 0x50 */
	 7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 0x60 */
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  7,  6, 15,  0, /* 0x70 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0x80 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0x90 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xa0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xb0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xc0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xd0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xe0 */
	 2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 0xf0 */
};
/* clang-format on */

struct scan {
	struct http_head *h;
	const char *p, *end;
	bool request;
	unsigned n_host, n_length, n_coding;
};

/* Step results: go on, more input needed, refused. */
enum step { STEP_OK = 1, STEP_MORE = 0, STEP_BAD = -1 };

static enum step scan_refuse(struct scan *s, int status, const char *why)
{
	s->h->error_status = status;
	s->h->error = why;
	return STEP_BAD;
}

/* CR LF. A CR at the end of the input waits for its LF. */
static enum step scan_crlf(struct scan *s)
{
	if (s->p == s->end)
		return STEP_MORE;
	if (*s->p != '\r')
		return scan_refuse(
			s, 400, *s->p == '\n' ? "bare line feed" : "control character");
	if (s->p + 1 == s->end)
		return STEP_MORE;
	if (s->p[1] != '\n')
		return scan_refuse(s, 400, "bare carriage return");
	s->p += 2;
	return STEP_OK;
}

/* The longest run of a class; STEP_MORE when it reaches the end of the input. */
static enum step scan_run(struct scan *s, unsigned cls, struct str *out)
{
	const char *p = s->p, *end = s->end;

	while (p < end && http_is(*p, cls))
		p++;
	*out = (struct str){s->p, (size_t)(p - s->p)};
	s->p = p;
	return p < end ? STEP_OK : STEP_MORE;
}

/* "HTTP/1.0" or "HTTP/1.1". A prefix of it waits. */
static enum step scan_version(struct scan *s)
{
	static const char want[] = "HTTP/1.";
	size_t left = (size_t)(s->end - s->p), n = MIN(left, sizeof(want) - 1);

	if (left >= 8 && memcmp(s->p, "HTTP/", 5) == 0 && s->p[5] >= '0' &&
	    s->p[5] <= '9' && s->p[6] == '.' &&
	    (s->p[5] != '1' || (s->p[7] >= '2' && s->p[7] <= '9')))
		return scan_refuse(s, 505, "HTTP version is not 1.0 or 1.1");
	/* "HTTP/2.0" must not be refused as malformed before its last byte came. */
	if (memcmp(s->p, want, MIN(n, 5u)) != 0 ||
	    (left >= 8 && memcmp(s->p, want, n) != 0))
		return scan_refuse(s, 400, "malformed HTTP version");
	if (left < 8)
		return STEP_MORE;
	if (s->p[7] != '0' && s->p[7] != '1')
		return scan_refuse(s, 400, "malformed HTTP version");
	s->h->minor = s->p[7] - '0';
	s->p += 8;
	return STEP_OK;
}

static bool target_form_ok(const struct http_head *h)
{
	struct str t = h->target;

	if (t.p[0] == '/')
		return true;
	if (t.n == 1 && t.p[0] == '*')
		return str_eqz(h->method, "OPTIONS");
	/* Absolute form, with an authority. */
	size_t skip = str_istarts(t, STR("http://"))	? 7
		      : str_istarts(t, STR("https://")) ? 8
							: 0;
	return skip != 0 && t.n > skip && t.p[skip] != '/' && t.p[skip] != '?';
}

static enum step scan_request_line(struct scan *s)
{
	struct http_head *h = s->h;

	if (s->p < s->end && *s->p == '\r') {
		enum step st = scan_crlf(s);
		if (st != STEP_OK)
			return st;
	}
	enum step st = scan_run(s, HTTP_C_TOKEN, &h->method);
	if (h->method.n > 32)
		return scan_refuse(s, 501, "method too long");
	if (st == STEP_MORE)
		return st;
	if (h->method.n == 0 || *s->p != ' ')
		return scan_refuse(s, 400, "malformed method");
	s->p++;
	st = scan_run(s, HTTP_C_TARGET, &h->target);
	if (h->target.n > HTTP_MAX_TARGET)
		return scan_refuse(s, 414, "request target too long");
	if (st == STEP_MORE)
		return st;
	if (h->target.n == 0 || *s->p != ' ')
		return scan_refuse(s, 400, "malformed request target");
	s->p++;
	st = scan_version(s);
	if (st != STEP_OK)
		return st;
	st = scan_crlf(s);
	if (st == STEP_OK && !target_form_ok(h))
		return scan_refuse(s, 400, "malformed request target");
	return st;
}

static enum step scan_status_line(struct scan *s)
{
	struct http_head *h = s->h;

	enum step st = scan_version(s);
	if (st != STEP_OK)
		return st;
	if (s->p == s->end)
		return STEP_MORE;
	if (*s->p != ' ')
		return scan_refuse(s, 400, "malformed status line");
	s->p++;
	for (int i = 0; i < 3; i++) {
		if (s->p == s->end)
			return STEP_MORE;
		char c = *s->p++;
		if (c < (i == 0 ? '1' : '0') || c > '9')
			return scan_refuse(s, 400, "malformed status");
		h->status = h->status * 10 + (c - '0');
	}
	if (s->p == s->end)
		return STEP_MORE;
	/* The blank before an empty reason is left out by some. */
	if (*s->p == ' ')
		s->p++;
	else if (*s->p != '\r')
		return scan_refuse(s, 400, "malformed status");
	st = scan_run(s, HTTP_C_VALUE, &h->reason);
	return st == STEP_OK ? scan_crlf(s) : st;
}

static enum step field_length(struct scan *s, struct str v)
{
	struct http_head *h = s->h;

	if (s->n_length++ > 0)
		return scan_refuse(s, 400, "more than one Content-Length");
	if (!str_u64(v, UINT64_C(999999999999999999), &h->length))
		return scan_refuse(s, 400, "malformed Content-Length");
	h->has_length = true;
	return STEP_OK;
}

static enum step field_coding(struct scan *s, struct str v)
{
	if (s->n_coding++ > 0)
		return scan_refuse(s, 400, "more than one Transfer-Encoding");
	if (s->h->minor == 0)
		return scan_refuse(s, 400, "Transfer-Encoding in HTTP/1.0");
	if (!str_ieqz(v, "chunked"))
		return scan_refuse(s, 501, "unknown transfer coding");
	s->h->chunked = true;
	return STEP_OK;
}

static enum step field_host(struct scan *s, struct str v)
{
	if (s->n_host++ > 0)
		return scan_refuse(s, 400, "more than one Host");
	for (size_t i = 0; i < v.n; i++) {
		if (!http_is(v.p[i], HTTP_C_HOST))
			return scan_refuse(s, 400, "malformed Host");
	}
	return STEP_OK;
}

/* Only the fields that frame a message are looked at here, picked out by length. */
static enum step scan_known_field(struct scan *s, const struct http_header *f)
{
	switch (f->name.n) {
	case 4:
		if (s->request && str_ieqz(f->name, "host"))
			return field_host(s, f->value);
		break;
	case 14:
		if (str_ieqz(f->name, "content-length"))
			return field_length(s, f->value);
		break;
	case 17:
		if (str_ieqz(f->name, "transfer-encoding"))
			return field_coding(s, f->value);
		break;
	default:
		break;
	}
	return STEP_OK;
}

static enum step scan_field(struct scan *s)
{
	struct http_head *h = s->h;
	struct http_header f;

	if (*s->p == ' ' || *s->p == '\t')
		return scan_refuse(s, 400, "folded header line");
	enum step st = scan_run(s, HTTP_C_TOKEN, &f.name);
	if (st != STEP_OK)
		return st;
	if (f.name.n == 0 || *s->p != ':')
		return scan_refuse(s, 400, "malformed header name");
	if (h->n_headers == HTTP_MAX_HEADERS)
		return scan_refuse(s, 431, "too many headers");
	s->p++;
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	st = scan_run(s, HTTP_C_VALUE, &f.value);
	if (st != STEP_OK)
		return st;
	st = scan_crlf(s);
	if (st != STEP_OK)
		return st;
	while (f.value.n > 0 &&
	       (f.value.p[f.value.n - 1] == ' ' || f.value.p[f.value.n - 1] == '\t'))
		f.value.n--;
	st = scan_known_field(s, &f);
	if (st == STEP_OK)
		h->headers[h->n_headers++] = f;
	return st;
}

static enum step scan_fields(struct scan *s)
{
	for (;;) {
		if (s->p == s->end)
			return STEP_MORE;
		if (*s->p == '\r' || *s->p == '\n')
			return scan_crlf(s);
		enum step st = scan_field(s);
		if (st != STEP_OK)
			return st;
	}
}

/* What depends on several fields. */
static enum step scan_finish(struct scan *s, enum http_flags flags)
{
	struct http_head *h = s->h;

	if (h->chunked && h->has_length)
		return scan_refuse(s, 400, "both Content-Length and Transfer-Encoding");
	if (s->request && s->n_host == 0 && h->minor == 1 && !(flags & HTTP_AMT))
		return scan_refuse(s, 400, "no Host");
	bool close = false, alive = false, upgrade = false;
	for (size_t i = 0; i < h->n_headers; i++) {
		const struct http_header *f = &h->headers[i];
		struct str list = f->value, item;
		if (f->name.n == 6 && str_ieqz(f->name, "expect"))
			h->expect_continue =
				h->minor == 1 && str_ieqz(f->value, "100-continue");
		if (f->name.n == 7 && str_ieqz(f->name, "upgrade"))
			h->upgrade = true;
		if (f->name.n != 10 || !str_ieqz(f->name, "connection"))
			continue;
		while (str_split(&list, ',', &item)) {
			item = str_trim(item);
			close |= str_ieqz(item, "close");
			alive |= str_ieqz(item, "keep-alive");
			upgrade |= str_ieqz(item, "upgrade");
		}
	}
	h->keep_alive = !close && (h->minor == 1 || alive);
	h->upgrade &= upgrade;
	return STEP_OK;
}

static ssize_t head_parse(struct http_head *h, const char *p, size_t n, bool request,
			  enum http_flags flags)
{
	struct scan s = {.h = h,
			 .p = p,
			 .end = p + MIN(n, (size_t)HTTP_MAX_HEAD),
			 .request = request};

	/* The table of headers is left as it is: clearing 2 KiB costs more than parsing.
	 */
	memset(h, 0, offsetof(struct http_head, headers));
	memset(&h->n_headers, 0, sizeof(*h) - offsetof(struct http_head, n_headers));
	if (n == 0)
		return 0;
	enum step st = request ? scan_request_line(&s) : scan_status_line(&s);
	if (st == STEP_OK)
		st = scan_fields(&s);
	if (st == STEP_OK)
		st = scan_finish(&s, flags);
	if (st == STEP_MORE && n >= HTTP_MAX_HEAD)
		st = scan_refuse(&s, 431, "head too large");
	return st == STEP_OK ? s.p - p : (ssize_t)st;
}

ssize_t http_parse_request(struct http_head *h, const char *p, size_t n,
			   enum http_flags flags)
{
	return head_parse(h, p, n, true, flags);
}

ssize_t http_parse_response(struct http_head *h, const char *p, size_t n)
{
	return head_parse(h, p, n, false, HTTP_STRICT);
}

const struct http_header *http_header(const struct http_head *h, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < h->n_headers; i++) {
		if (h->headers[i].name.n == n &&
		    str_ieq(h->headers[i].name, (struct str){name, n}))
			return &h->headers[i];
	}
	return NULL;
}

struct str http_header_str(const struct http_head *h, const char *name)
{
	const struct http_header *f = http_header(h, name);

	return f != NULL ? f->value : (struct str){"", 0};
}

bool http_header_has_token(const struct http_head *h, const char *name, const char *token)
{
	for (size_t i = 0; i < h->n_headers; i++) {
		struct str list = h->headers[i].value, item;
		if (!str_ieqz(h->headers[i].name, name))
			continue;
		while (str_split(&list, ',', &item)) {
			if (str_ieqz(str_trim(item), token))
				return true;
		}
	}
	return false;
}
