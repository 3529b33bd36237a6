/* SPDX-License-Identifier: Apache-2.0 */
#include <base/json.h>

#include <base/secret.h>
#include <stdio.h>

static bool too_deep(struct str s)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_MAX_DEPTH)
				return true;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

json_t *json_read(struct str text, size_t flags, json_error_t *why)
{
	if (too_deep(text)) {
		if (why != NULL) {
			*why = (json_error_t){.line = 1, .column = 1};
			snprintf(why->text, sizeof(why->text),
				 "nested deeper than %d levels", JSON_MAX_DEPTH);
		}
		return NULL;
	}
	return json_loadb(text.p != NULL ? text.p : "", text.n, flags, why);
}

struct err *json_member_text(const json_t *o, const char *key, struct arena *a,
			     struct str *out)
{
	const json_t *v = json_object_get(o, key);

	*out = (struct str){0};
	if (v == NULL || json_is_null(v))
		return NULL;
	if (!json_is_string(v))
		return err_new(ERR_INVALID, "%s in the message is no text", key);
	out->n = json_string_length(v);
	out->p = arena_strndup(a, json_string_value(v), out->n);
	return NULL;
}

static void wipe(json_t *v)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_string(v))
		secret_wipe((char *)(uintptr_t)json_string_value(v),
			    json_string_length(v));
	json_object_foreach(v, key, member) wipe(member);
	json_array_foreach(v, i, member) wipe(member);
}

void json_wipe(json_t *take_v)
{
	if (take_v == NULL)
		return;
	wipe(take_v);
	json_decref(take_v);
}
