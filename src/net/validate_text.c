/* SPDX-License-Identifier: Apache-2.0 */
#include <net/validate_text.h>

#include <ctype.h>

#define LABEL_MAX 63

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
