/* SPDX-License-Identifier: Apache-2.0 */
#include <net/validate_text.h>

#include <ctype.h>

#define LABEL_MAX 63
#define URL_MAX 2083

size_t v_length(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += (s.p[i] & 0xc0) != 0x80;
	return n;
}

/* Next character of valid UTF-8; advances *i. */
static uint32_t next_char(struct str s, size_t *i)
{
	unsigned char c = (unsigned char)s.p[(*i)++];
	unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	uint32_t v = more ? c & (0x3fu >> more) : c;

	while (more-- > 0 && *i < s.n)
		v = v << 6 | ((unsigned char)s.p[(*i)++] & 0x3f);
	return v;
}

static bool label_char(uint32_t c)
{
	if (c < 0x80)
		return isalnum((int)c) || c == '-';
	return c >= 0xa1 && !(c >= 0xff01 && c <= 0xff5e); /* no full-width forms */
}

static bool is_label(struct str s)
{
	if (s.n == 0 || v_length(s) > LABEL_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n;)
		if (!label_char(next_char(s, &i)))
			return false;
	return true;
}

static size_t digits(struct str s)
{
	size_t n = 0;

	while (n < s.n && isdigit((unsigned char)s.p[n]))
		n++;
	return n;
}

bool v_is_fqdn(struct str s)
{
	struct str label = {0};

	if (str_ends(s, STR(".")))
		s.n--;
	if (s.n == 0)
		return false;
	bool dot_at_end = s.p[s.n - 1] == '.';
	while (str_split(&s, '.', &label))
		if (!is_label(label))
			return false;
	/* A name that ends in a number is an address or a mistake. */
	return !dot_at_end && digits(label) != label.n;
}

/* ---- ISO 8601 ---- */

/* n digits with a value in min..max; taken off *s on success. */
static bool number(struct str *s, size_t n, unsigned min, unsigned max)
{
	unsigned v = 0;

	if (digits(*s) < n)
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned)(s->p[i] - '0');
	if (v < min || v > max)
		return false;
	*s = str_sub(*s, n, s->n);
	return true;
}

static bool take(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_sub(*s, 1, s->n);
	return true;
}

/* After the year: nothing, month and day, week and day, or day of the year. */
static bool iso_date(struct str *s, bool *whole)
{
	struct str at = *s;
	bool dash = take(&at, '-');
	struct str t = at;

	*whole = false;
	if (digits(t) == 3 && number(&t, 3, 1, 366)) {
		*whole = true;
	} else if (take(&t, 'W')) {
		if (!number(&t, 2, 0, 53))
			return false;
		struct str day = t;
		take(&day, '-');
		if (number(&day, 1, 1, 7))
			t = day;
		*whole = true;
	} else if (number(&t, 2, 1, 12)) {
		struct str day = t;
		if ((!dash || take(&day, '-')) && number(&day, 2, 1, 31))
			t = day;
		else if (!dash)
			return false; /* "200912" may be a year and month or a short date
				       */
		*whole = true;
	} else {
		return !dash;
	}
	*s = t;
	return true;
}

static void fraction(struct str *s)
{
	if (s->n > 1 && (s->p[0] == '.' || s->p[0] == ',')) {
		size_t n = digits(str_sub(*s, 1, s->n));
		if (n > 0 && !(s->n > 1 + n && s->p[1 + n] == ':'))
			*s = str_sub(*s, 1 + n, s->n);
	}
}

static bool iso_time(struct str *s)
{
	struct str t = *s;

	if (number(&t, 2, 24, 24)) {
		take(&t, ':');
		if (!number(&t, 2, 0, 0))
			return false;
	} else {
		if (!number(&t, 2, 0, 23))
			return false;
		struct str m = t;
		bool colon = take(&m, ':');
		if (number(&m, 2, 0, 59)) {
			t = m;
			fraction(&t);
			struct str sec = t;
			if ((!colon || take(&sec, ':')) && number(&sec, 2, 0, 59))
				t = sec;
		}
	}
	fraction(&t);
	*s = t;
	return true;
}

static bool iso_zone(struct str *s)
{
	struct str t = *s;

	if (take(&t, 'Z') || take(&t, 'z')) {
		*s = t;
		return true;
	}
	if (!take(&t, '+') && !take(&t, '-'))
		return false;
	if (!number(&t, 2, 0, 23))
		return false;
	struct str m = t;
	take(&m, ':');
	if (number(&m, 2, 0, 59))
		t = m;
	*s = t;
	return true;
}

bool v_is_iso8601(struct str s)
{
	bool whole;

	if (!take(&s, '+'))
		take(&s, '-');
	if (!number(&s, 4, 0, 9999) || !iso_date(&s, &whole))
		return false;
	if (s.n == 0)
		return true;
	if (!whole || (!take(&s, 'T') && !take(&s, ' ') && !take(&s, '\t')))
		return false;
	return s.n == 0 || (iso_time(&s) && (s.n == 0 || iso_zone(&s)) && s.n == 0);
}

/* ---- the rest ---- */

bool v_is_int(struct str s)
{
	bool minus = take(&s, '-');

	if (!minus)
		take(&s, '+');
	if (s.n == 0 || digits(s) != s.n)
		return false;
	for (size_t i = 0; minus && i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

bool v_is_numeric(struct str s)
{
	if (!take(&s, '-'))
		take(&s, '+');
	s = str_sub(s, digits(s) == s.n ? 0 : digits(s), s.n);
	take(&s, '.');
	return s.n > 0 && digits(s) == s.n;
}

bool v_is_boolean(struct str s)
{
	return v_is_choice(s, "true|false|1|0");
}

bool v_is_choice(struct str s, const char *choices)
{
	struct str all = str_of(choices), one;

	while (str_split(&all, '|', &one))
		if (str_eq(one, s))
			return true;
	return false;
}

bool v_is_alnum(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isascii((unsigned char)s.p[i]) || !isalnum((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

bool v_is_ipv4(struct str s)
{
	struct str part;
	uint64_t v;
	int n = 0;

	while (str_split(&s, '.', &part)) {
		if (!str_u64(part, 255, &v) || (part.n > 1 && part.p[0] == '0'))
			return false;
		n++;
	}
	return n == 4;
}

/* Host and port: an IPv4 address, or a name with a dot that is none. */
static bool is_authority(struct str s)
{
	ptrdiff_t colon = str_chr(s, ':');
	uint64_t port;

	if (colon >= 0) {
		if (!str_u64(str_sub(s, (size_t)colon + 1, s.n), 65535, &port) ||
		    port == 0)
			return false;
		s = str_sub(s, 0, (size_t)colon);
	}
	return v_is_ipv4(s) ||
	       (str_chr(s, '.') > 0 && v_is_fqdn(s) && !str_ends(s, STR(".")));
}

bool v_is_url(struct str s)
{
	static const char *const schemes[] = {"http://", "https://", "ftp://"};

	if (s.n == 0 || s.n > URL_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '<' || s.p[i] == '>')
			return false;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (str_istarts(s, str_of(schemes[i]))) {
			s = str_sub(s, strlen(schemes[i]), s.n);
			break;
		}
	size_t end = 0;
	while (end < s.n && strchr("/?#", s.p[end]) == NULL)
		end++;
	return is_authority(str_sub(s, 0, end));
}
