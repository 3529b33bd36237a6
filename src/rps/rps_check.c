/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/rps_check.h>

#include <ctype.h>
#include <net/validate_text.h>
#include <stdarg.h>
#include <stdio.h>

struct rps_field rps_field(struct rps_check *c, const char *name)
{
	return (struct rps_field){c, name, json_object_get(c->fields, name), false};
}

struct rps_field rps_field_secret(struct rps_check *c, const char *name)
{
	return (struct rps_field){c, name, json_object_get(c->fields, name), true};
}

static struct str text(const struct rps_field *f, char tmp[32])
{
	return v_value_text(f->v, tmp);
}

bool rps_field_is(const struct rps_field *f, const char *wanted)
{
	char tmp[32];

	return f->v != NULL && str_eqz(text(f, tmp), wanted);
}

void rps_fail(const struct rps_field *f, const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	v_fail(&f->c->errors, f->c->location, f->name, f->secret ? NULL : f->v, msg);
}

static void expect(const struct rps_field *f, bool ok, const char *msg)
{
	if (!ok)
		rps_fail(f, "%s", msg);
}

void rps_string(const struct rps_field *f)
{
	expect(f, rps_field_null(f) || json_is_string(f->v), "Invalid value");
}

void rps_filled(const struct rps_field *f, const char *msg)
{
	char tmp[32];

	expect(f, text(f, tmp).n > 0, msg);
}

void rps_made_of(const struct rps_field *f, const char *others, const char *msg)
{
	char tmp[32];
	struct str s = text(f, tmp);
	bool ok = s.n > 0 && !json_is_array(f->v) && !json_is_object(f->v);

	for (size_t i = 0; ok && i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		ok = c < 0x80 && c != 0 && (isalnum(c) || strchr(others, c) != NULL);
	}
	expect(f, ok, msg);
}

void rps_length(const struct rps_field *f, size_t min, size_t max, const char *msg)
{
	char tmp[32];
	size_t n = v_length(text(f, tmp));

	expect(f, n >= min && n <= max, msg);
}

void rps_int(const struct rps_field *f, int64_t min, int64_t max, const char *msg)
{
	char tmp[32];
	int64_t v;

	expect(f, str_i64(text(f, tmp), min, max, &v), msg);
}

void rps_one_of(const struct rps_field *f, const char *choices, const char *msg)
{
	char tmp[32];

	expect(f, v_is_choice(text(f, tmp), choices), msg);
}

void rps_boolean(const struct rps_field *f, const char *msg)
{
	char tmp[32];

	expect(f, v_is_boolean(text(f, tmp)), msg);
}

void rps_array(const struct rps_field *f)
{
	expect(f, json_is_array(f->v), "Invalid value");
}

bool rps_is_ipv4(const char *s)
{
	struct str left = str_of(s), part;
	uint64_t v;
	int n = 0;

	while (str_split(&left, '.', &part)) {
		if (part.n > 3 || !str_u64(part, 255, &v))
			return false;
		n++;
	}
	return n == 4;
}

static bool label_ok(struct str l)
{
	for (size_t i = 0; i < l.n; i++) {
		unsigned char c = (unsigned char)l.p[i];
		if (!islower(c) && !isdigit(c) && c != '-')
			return false;
	}
	return l.n > 0 && l.n <= 63 && l.p[0] != '-' && l.p[l.n - 1] != '-';
}

bool rps_is_fqdn(const char *s)
{
	struct str left = str_of(s), part, last = {0};
	size_t n = 0;

	if (left.n == 0 || left.n > 254)
		return false;
	while (str_split(&left, '.', &part)) {
		if (!label_ok(part))
			return false;
		last = part;
		n++;
	}
	for (size_t i = 0; i < last.n; i++)
		if (!islower((unsigned char)last.p[i]))
			return false;
	return n >= 2 && last.n >= 2;
}
