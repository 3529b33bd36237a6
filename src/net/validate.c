/* SPDX-License-Identifier: Apache-2.0 */
#include <net/validate.h>

#include <base/encode.h>
#include <net/validate_text.h>

/* Bytes of the character at s, of 0x80 and above; 0 = not UTF-8. */
static size_t utf8_size(const unsigned char *s)
{
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static bool stands_for_itself(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#define EACH_BYTE(v) (UINT64_C(0x0101010101010101) * (v))

/* A byte of w below n (at most 0x80), none of them above 0x7f. */
static uint64_t has_less(uint64_t w, uint64_t n)
{
	return (w - EACH_BYTE(n)) & ~w & EACH_BYTE(0x80);
}

/* How many bytes of s stand for themselves; eight are looked at together. */
static size_t plain_run(const char *s, size_t n)
{
	size_t i = 0;

	for (uint64_t w; i + sizeof(w) <= n; i += sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		if ((w & EACH_BYTE(0x80)) != 0 || has_less(w, 0x20) != 0 ||
		    has_less(w ^ EACH_BYTE('"'), 1) != 0 ||
		    has_less(w ^ EACH_BYTE('\\'), 1) != 0)
			break;
	}
	while (i < n && stands_for_itself((unsigned char)s[i]))
		i++;
	return i;
}

/* Runs of bytes that stand for themselves are copied at once. */
void v_json_text(struct buf *b, const char *s)
{
	const char *run = s, *end = s + strlen(s);

	buf_addc(b, '"');
	for (;;) {
		s += plain_run(s, (size_t)(end - s));
		unsigned char c = (unsigned char)*s;
		if (c == '\0')
			break;
		size_t n = c >= 0x80 ? utf8_size((const unsigned char *)s) : 0;
		if (n > 0) {
			s += n;
			continue;
		}
		buf_add(b, run, (size_t)(s - run));
		run = ++s;
		if (c == '"' || c == '\\') {
			buf_addc(b, '\\');
			buf_addc(b, (char)c);
		} else {
			buf_addf(b, "\\u%04x", c < 0x20 ? c : 0xfffd);
		}
	}
	buf_add(b, run, (size_t)(s - run));
	buf_addc(b, '"');
}

static int add_dump(const char *p, size_t n, void *b)
{
	buf_add(b, p, n);
	return 0;
}

void v_fail(struct v_errors *e, const char *location, const char *path,
	    const json_t *value, const char *msg)
{
	buf_adds(&e->json, e->n++ == 0 ? "{\"errors\":[" : ",");
	buf_adds(&e->json, "{\"type\":\"field\",");
	if (value != NULL) {
		buf_adds(&e->json, "\"value\":");
		json_dump_callback(value, add_dump, &e->json,
				   JSON_COMPACT | JSON_ENCODE_ANY);
		buf_addc(&e->json, ',');
	}
	buf_adds(&e->json, "\"msg\":");
	v_json_text(&e->json, msg);
	buf_adds(&e->json, ",\"path\":");
	v_json_text(&e->json, path);
	buf_addf(&e->json, ",\"location\":\"%s\"}", location);
}

static void failed(struct v_errors *e, const struct v_step *step, const char *path,
		   const char *location, const json_t *value)
{
	v_fail(e, location, path, step->flags & V_SECRET ? NULL : value,
	       step->msg != NULL ? step->msg : "Invalid value");
}

struct str v_value_text(const json_t *v, char tmp[32])
{
	if (v == NULL)
		return STR("");
	switch (json_typeof(v)) {
	case JSON_STRING:
		return (struct str){json_string_value(v), json_string_length(v)};
	case JSON_INTEGER:
		return (struct str){tmp,
				    (size_t)snprintf(tmp, 32, "%" JSON_INTEGER_FORMAT,
						     json_integer_value(v))};
	case JSON_REAL:
		return (struct str){
			tmp, (size_t)snprintf(tmp, 32, "%.17g", json_real_value(v))};
	case JSON_TRUE:
		return STR("true");
	case JSON_FALSE:
		return STR("false");
	case JSON_ARRAY:
		return v_value_text(json_array_get(v, 0), tmp);
	case JSON_OBJECT:
		return STR("[object Object]");
	default:
		return STR("");
	}
}

static bool text_passes(const struct v_step *step, const json_t *value)
{
	char tmp[32];
	struct str s = v_value_text(value, tmp);
	uint64_t number;

	switch (step->check) {
	case V_UUID:
		return uuid_valid(s);
	case V_FILLED:
		return s.n > 0;
	case V_LENGTH:
		return v_length(s) <= step->max;
	case V_FQDN:
		return v_is_fqdn(s);
	case V_ISO8601:
		return v_is_iso8601(s);
	case V_INT:
		return v_is_int(s);
	case V_RANGE:
		return v_is_int(s) && str_u64(s, step->max, &number) &&
		       number >= step->min;
	case V_ALNUM:
		return v_is_alnum(s);
	case V_IPV4:
		return v_is_ipv4(s);
	case V_URL:
		return v_is_url(s);
	case V_NUMERIC:
		return v_is_numeric(s);
	case V_BOOLEAN:
		return v_is_boolean(s);
	default:
		return v_is_choice(s, step->choices);
	}
}

static bool whole_passes(const struct v_step *step, const json_t *value)
{
	switch (step->check) {
	case V_STRING:
		return json_is_string(value);
	case V_ARRAY:
		return json_is_array(value);
	case V_TRUTH:
		return json_is_boolean(value);
	default:
		return json_is_object(value);
	}
}

static void run_step(struct v_errors *e, const struct v_step *step, const char *path,
		     const char *location, const json_t *value)
{
	if (step->check >= V_STRING) {
		if (!whole_passes(step, value))
			failed(e, step, path, location, value);
	} else if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!text_passes(step, json_array_get(value, i)))
				failed(e, step, path, location, json_array_get(value, i));
	} else if (!text_passes(step, value)) {
		failed(e, step, path, location, value);
	}
}

static void run(struct v_errors *e, const struct v_rule *rule, const char *path,
		const char *location, const json_t *value)
{
	size_t before = e->n;

	if ((rule->presence != V_REQUIRED && value == NULL) ||
	    (rule->presence == V_NULLABLE && json_is_null(value)))
		return;
	for (const struct v_step *s = rule->steps;
	     s < rule->steps + V_MAX_STEPS && s->check != V_END; s++) {
		if ((s->flags & V_IF_FILLED) && json_is_string(value) &&
		    json_string_length(value) == 0)
			return;
		run_step(e, s, path, location, value);
		if ((s->flags & V_BAIL) && e->n > before)
			return;
	}
}

/* "tags.*": path "tags[0]" or, since an object passes as a list too, "tags.key". */
static void run_elements(struct v_errors *e, const struct v_rule *rule,
			 const char *location, const json_t *fields)
{
	struct buf path = {0};
	struct str name = str_of(rule->field);
	const char *key;
	json_t *v;
	size_t i;

	name.n -= strlen(".*");
	buf_addstr(&path, name);
	const json_t *list = json_object_get(fields, path.p);
	json_array_foreach(list, i, v)
	{
		buf_clear(&path);
		buf_addf(&path, STR_FMT "[%zu]", STR_ARG(name), i);
		run(e, rule, path.p, location, v);
	}
	json_object_foreach((json_t *)list, key, v)
	{
		buf_clear(&path);
		buf_addf(&path, STR_FMT ".%s", STR_ARG(name), key);
		run(e, rule, path.p, location, v);
	}
	buf_fini(&path);
}

/* "boot.url" */
static void run_inner(struct v_errors *e, const struct v_rule *rule, size_t dot,
		      const char *location, const json_t *fields)
{
	char outer[32];

	OB_ASSERT(dot < sizeof(outer));
	memcpy(outer, rule->field, dot);
	outer[dot] = '\0';
	const json_t *parent = json_object_get(fields, outer);
	if (json_is_object(parent))
		run(e, rule, rule->field, location,
		    json_object_get(parent, rule->field + dot + 1));
}

void v_fields(struct v_errors *e, const struct v_rule *rules, size_t n,
	      const char *location, const json_t *fields)
{
	for (size_t i = 0; i < n; i++) {
		ptrdiff_t dot = str_chr(str_of(rules[i].field), '.');

		if (str_ends(str_of(rules[i].field), STR(".*")))
			run_elements(e, &rules[i], location, fields);
		else if (dot > 0)
			run_inner(e, &rules[i], (size_t)dot, location, fields);
		else
			run(e, &rules[i], rules[i].field, location,
			    json_object_get(fields, rules[i].field));
	}
}

bool v_answer(struct v_errors *e, struct http_res *res)
{
	bool any = e->n > 0;

	if (any) {
		buf_adds(&e->json, "]}");
		res->status = 400;
		buf_addstr(&res->body, buf_str(&e->json));
	}
	buf_fini(&e->json);
	return any;
}

void v_guid(struct v_errors *e, const json_t *guid)
{
	static const struct v_rule rule = {"guid", V_REQUIRED, {{V_UUID}}};

	run(e, &rule, rule.field, "params", guid);
}

bool v_guid_refused(const struct http_req *req, struct http_res *res, const char **guid)
{
	struct v_errors e = {0};

	*guid = http_param(req, "guid");
	if (uuid_valid(str_of(*guid)))
		return false;
	json_t *value = json_string(*guid);
	v_guid(&e, value);
	json_decref(value);
	return v_answer(&e, res);
}

static void add_param(json_t *all, const char *name, json_t *take_value)
{
	json_t *old = json_object_get(all, name);

	if (old == NULL) {
		json_object_set_new(all, name, take_value);
	} else if (json_is_array(old)) {
		json_array_append_new(old, take_value);
	} else {
		json_t *list = json_array();
		json_array_append(list, old);
		json_array_append_new(list, take_value);
		json_object_set_new(all, name, list);
	}
}

/* Bytes that are no UTF-8 text once unescaped stay escaped. */
static const char *unescaped(struct http_req *req, struct str raw, json_t **text)
{
	const char *s = http_unescape(req->arena, raw, true, NULL);

	*text = s != NULL ? json_string(s) : NULL;
	if (*text == NULL) {
		s = str_dup(req->arena, raw);
		*text = json_string(s);
	}
	return s;
}

json_t *v_query(struct http_req *req)
{
	json_t *all = json_object();
	struct str query = req->query, part;

	while (str_split(&query, '&', &part)) {
		ptrdiff_t eq = str_chr(part, '=');
		struct str name = eq >= 0 ? str_sub(part, 0, (size_t)eq) : part;
		struct str value =
			eq >= 0 ? str_sub(part, (size_t)eq + 1, part.n) : STR("");
		json_t *name_text, *value_text;

		if (name.n == 0)
			continue;
		const char *key = unescaped(req, name, &name_text);
		unescaped(req, value, &value_text);
		if (name_text != NULL && value_text != NULL)
			add_param(all, key, json_incref(value_text));
		json_decref(name_text);
		json_decref(value_text);
	}
	return all;
}

const char *v_text(const json_t *fields, const char *name)
{
	const json_t *v = json_object_get(fields, name);

	return json_string_value(json_is_array(v) ? json_array_get(v, 0) : v);
}
