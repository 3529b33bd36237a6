/* SPDX-License-Identifier: Apache-2.0
 * Named parameters to positions, and values between their text forms: no I/O, no
 * connection.
 */
#include <store/db_priv.h>

#include <base/encode.h>
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>

static bool name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The end of a quoted run that begins at s (on the quote). A doubled quote stays inside.
 */
static const char *skip_quoted(const char *s, bool backslash)
{
	char q = *s++;

	for (; *s != '\0'; s++) {
		if (backslash && *s == '\\' && s[1] != '\0') {
			s++;
		} else if (*s == q) {
			if (s[1] != q)
				return s + 1;
			s++;
		}
	}
	return s;
}

/* s on '$': the end of a dollar-quoted literal, or s + 1 when it is none. */
static const char *skip_dollar(const char *s)
{
	const char *tag_end = s + 1;
	size_t n;

	if (name_start(*tag_end))
		while (name_char(*tag_end))
			tag_end++;
	if (*tag_end != '$')
		return s + 1;
	n = (size_t)(tag_end - s) + 1;
	for (const char *p = s + n; *p != '\0'; p++)
		if (strncmp(p, s, n) == 0)
			return p + n;
	return s + strlen(s);
}

/* s on the opening of a comment; PostgreSQL nests the block kind. */
static const char *skip_comment(const char *s)
{
	unsigned depth = 0;

	if (*s == '-') {
		while (*s != '\0' && *s != '\n')
			s++;
		return s;
	}
	while (*s != '\0') {
		if (s[0] == '/' && s[1] == '*') {
			depth++;
			s += 2;
		} else if (s[0] == '*' && s[1] == '/') {
			s += 2;
			if (--depth == 0)
				return s;
		} else {
			s++;
		}
	}
	return s;
}

/* What is copied as it is; s when a parameter begins there. before: the character in
 * front. */
static const char *skip_plain(const char *s, char before)
{
	if (*s == '\'')
		return skip_quoted(s, before == 'E' || before == 'e');
	if (*s == '"')
		return skip_quoted(s, false);
	if (*s == '$' && !name_char(before))
		return skip_dollar(s);
	if ((s[0] == '-' && s[1] == '-') || (s[0] == '/' && s[1] == '*'))
		return skip_comment(s);
	if (s[0] == ':' && s[1] == ':')
		return s + 2;
	if (s[0] == ':' && name_start(s[1]))
		return s;
	return s + 1;
}

static struct err *position_of(struct db_positional *out, const char *name, size_t n,
			       size_t *pos)
{
	for (size_t i = 0; i < out->n; i++) {
		if (strlen(out->names[i]) == n && memcmp(out->names[i], name, n) == 0) {
			*pos = i + 1;
			return NULL;
		}
	}
	if (out->n == DB_MAX_PARAMS)
		return err_new(ERR_INTERNAL, "more than %d parameters", DB_MAX_PARAMS);
	out->names[out->n++] = xstrndup(name, n);
	*pos = out->n;
	return NULL;
}

struct err *db_positional_init(struct db_positional *out, const char *sql)
{
	struct buf b = {0};
	const char *s = sql;

	memset(out, 0, sizeof(*out));
	buf_reserve(&b, strlen(sql));
	buf_adds(&b, "");
	while (*s != '\0') {
		const char *end = skip_plain(s, s > sql ? s[-1] : ' ');
		size_t pos, n = 1;
		struct err *e;

		if (end > s) {
			buf_add(&b, s, (size_t)(end - s));
			s = end;
			continue;
		}
		while (name_char(s[1 + n]))
			n++;
		e = position_of(out, s + 1, n, &pos);
		if (e != NULL) {
			buf_fini(&b);
			db_positional_fini(out);
			return e;
		}
		buf_addf(&b, "$%zu", pos);
		s += 1 + n;
	}
	out->sql = b.p;
	return NULL;
}

void db_positional_fini(struct db_positional *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->names[i]);
	free(p->sql);
	memset(p, 0, sizeof(*p));
}

const struct db_param *db_param_find(const struct db_param *p, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(p[i].name, name) == 0)
			return &p[i];
	return NULL;
}

struct err *db_param_check(const struct db_param *p)
{
	if ((p->type == DB_TEXT || p->type == DB_JSON) && str_chr(p->s, '\0') >= 0)
		return err_new(ERR_INVALID, "the text for %s contains a NUL", p->name);
	return NULL;
}

void db_pg_array(struct buf *b, const char *const *v, size_t n)
{
	buf_addc(b, '{');
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i > 0 ? ",\"" : "\"");
		for (const char *s = v[i]; *s != '\0'; s++) {
			if (*s == '"' || *s == '\\')
				buf_addc(b, '\\');
			buf_addc(b, *s);
		}
		buf_addc(b, '"');
	}
	buf_addc(b, '}');
}

static int add_json(const char *p, size_t n, void *b)
{
	buf_add(b, p, n);
	return 0;
}

struct err *db_json_array(struct buf *b, const char *const *v, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *s = json_string(v[i]);

		if (s == NULL) {
			json_decref(array);
			return err_new(ERR_INVALID, "a text is not UTF-8");
		}
		json_array_append_new(array, s);
	}
	json_dump_callback(array, add_json, b, JSON_COMPACT);
	json_decref(array);
	return NULL;
}

/* One element of an array literal; s behind it. Unquoted NULL gives *is_null. */
static const char *array_element(const char *s, const char *end, struct buf *out,
				 bool *is_null)
{
	bool quoted = s < end && *s == '"';

	buf_clear(out);
	*is_null = false;
	if (quoted)
		s++;
	for (;; s++) {
		if (s == end)
			return NULL;
		if (quoted ? *s == '"' : (*s == ',' || *s == '}'))
			break;
		if (!quoted && *s == '{')
			return NULL; /* more than one dimension */
		if (*s == '\\' && ++s == end)
			return NULL;
		buf_addc(out, *s);
	}
	if (quoted)
		return s + 1;
	*is_null = out->len == 4 && strncasecmp(out->p, "NULL", 4) == 0;
	return out->len > 0 ? s : NULL;
}

static bool array_elements(const char *s, const char *end, json_t *array,
			   struct buf *text)
{
	if (s < end && *s == '}')
		return s + 1 == end;
	for (;;) {
		bool is_null;

		s = array_element(s, end, text, &is_null);
		if (s == NULL || s == end)
			return false;
		json_t *v = is_null ? json_null()
				    : json_stringn(text->p ? text->p : "", text->len);
		if (v == NULL)
			return false;
		json_array_append_new(array, v);
		if (*s == '}')
			return s + 1 == end;
		if (*s++ != ',')
			return false;
	}
}

struct str db_pg_array_to_json(struct arena *a, struct str literal)
{
	/* A lower bound other than 1 is written in front: [0:1]={a,b} */
	ptrdiff_t open = str_chr(literal, '{');
	struct str out = {NULL, 0};
	struct buf text = {0}, b = {0};
	json_t *array;

	if (open < 0)
		return out;
	array = json_array();
	if (array_elements(literal.p + open + 1, literal.p + literal.n, array, &text)) {
		json_dump_callback(array, add_json, &b, JSON_COMPACT);
		out = (struct str){str_dup(a, buf_str(&b)), b.len};
	}
	json_decref(array);
	buf_fini(&text);
	buf_fini(&b);
	return out;
}

struct str db_pg_time_to_ms(struct arena *a, const char *text)
{
	/* The session's time zone is UTC: "2026-01-15 06:00:00.123456+00", "... BC" not
	 * taken. */
	struct str s = str_of(text);
	int64_t ms;
	char *out;

	if (str_eqz(s, "infinity") || str_eqz(s, "-infinity")) {
		ms = text[0] == '-' ? INT64_C(-62135596800000) : INT64_C(253402300799999);
	} else {
		if (str_ends(s, STR("+00")))
			s.n -= 3;
		if (!clock_parse_iso(arena_printf(a, STR_FMT "%s", STR_ARG(s),
						  s.n > 10 ? "Z" : ""),
				     &ms))
			return (struct str){NULL, 0};
	}
	out = arena_printf(a, "%lld", (long long)ms);
	return str_of(out);
}

struct str db_pg_bytes(struct arena *a, struct str hex)
{
	size_t n;
	char *out;

	if (!str_starts(hex, STR("\\x")) || hex.n % 2 != 0)
		return (struct str){NULL, 0};
	hex = str_sub(hex, 2, hex.n);
	n = hex.n / 2;
	out = arena_alloc(a, n + 1);
	out[n] = '\0';
	if (!hex_decode(hex, (uint8_t *)out, n))
		return (struct str){NULL, 0};
	return (struct str){out, n};
}
