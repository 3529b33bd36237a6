/* SPDX-License-Identifier: Apache-2.0
 * Texts of HTTP: reason phrases, percent-decoding, query parameters.
 */
#include <net/http.h>

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{100, "Continue"},
		{101, "Switching Protocols"},
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{206, "Partial Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{307, "Temporary Redirect"},
		{308, "Permanent Redirect"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{412, "Precondition Failed"},
		{413, "Payload Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{417, "Expectation Failed"},
		{422, "Unprocessable Entity"},
		{426, "Upgrade Required"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
	};
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Unknown";
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *http_unescape(struct arena *a, struct str s, bool plus_is_space, size_t *n)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%') {
			int hi = i + 1 < s.n ? hex_digit(s.p[i + 1]) : -1;
			int lo = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
			if (hi < 0 || lo < 0)
				return NULL;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c == '\0')
			return NULL;
		out[len++] = c;
	}
	out[len] = '\0';
	if (n != NULL)
		*n = len;
	return out;
}

const char *http_query(struct arena *a, struct str query, const char *name)
{
	struct str part;

	while (str_split(&query, '&', &part)) {
		ptrdiff_t eq = str_chr(part, '=');
		struct str key = eq >= 0 ? str_sub(part, 0, (size_t)eq) : part;
		struct str value =
			eq >= 0 ? str_sub(part, (size_t)eq + 1, part.n) : STR("");
		/* Browsers send "$top" as "%24top". */
		if (!str_eqz(key, name)) {
			if (str_chr(key, '%') < 0)
				continue;
			const char *k = http_unescape(a, key, true, NULL);
			if (k == NULL || strcmp(k, name) != 0)
				continue;
		}
		char *v = http_unescape(a, value, true, NULL);
		return v != NULL ? v : str_dup(a, value);
	}
	return NULL;
}
