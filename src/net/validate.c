/* SPDX-License-Identifier: Apache-2.0 */
#include <net/validate.h>

#include <math.h>

void validation_add(struct validation *v, json_t *value, const char *msg, const char *path,
		    const char *location)
{
	if (v->errors == NULL)
		v->errors = json_array();
	json_array_append_new(v->errors, json_pack("{s:s,s:O*,s:s,s:s,s:s}", "type", "field", "value",
						   value, "msg", msg, "path", path, "location",
						   location));
}

bool validation_answer(struct validation *v, struct http_res *res)
{
	if (v->errors == NULL)
		return false;
	http_res_json(res, 400, json_pack("{s:o}", "errors", v->errors));
	v->errors = NULL;
	return true;
}

/* Digits with an optional sign and fraction, as the library's isNumeric. */
static bool text_is_numeric(const char *s)
{
	if (*s == '+' || *s == '-')
		s++;
	size_t digits = strspn(s, "0123456789");
	s += digits;
	if (*s == '.') {
		size_t fraction = strspn(++s, "0123456789");
		if (fraction == 0)
			return false;
		s += fraction;
		digits += fraction;
	}
	return digits > 0 && *s == '\0';
}

bool validate_is_numeric(json_t *value)
{
	return json_is_number(value) ||
	       (json_is_string(value) && text_is_numeric(json_string_value(value)));
}

int64_t validate_number(json_t *value)
{
	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	return json_is_integer(value) ? json_integer_value(value) : (int64_t)json_number_value(value);
}

bool validate_is_in(json_t *value, const int *list, size_t n)
{
	char text[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%d", list[i]);
		if (json_is_string(value) ? strcmp(json_string_value(value), text) == 0
					  : json_is_number(value) &&
						    fabs(json_number_value(value) - list[i]) < 1e-9)
			return true;
	}
	return false;
}
