/* SPDX-License-Identifier: Apache-2.0
 * Instances as JSON, without loss: numbers as integers, text as strings, repeated
 * elements always as arrays, endpoint references and embedded instances as objects.
 * Absent properties are left out.
 */
#include <sim/object.h>

static bool is_text(const struct wsman_field *f)
{
	return f->kind == WSMAN_STR || f->kind == WSMAN_DATETIME;
}

/* ---- writing ---- */

static json_t *text_json(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);

	/* Text comes from XML, so it is UTF-8. */
	OB_ASSERT(j != NULL);
	return j;
}

static json_t *epr_json(const struct wsman_epr *e)
{
	json_t *j = json_object(), *selectors = json_array();

	if (e->address.p != NULL)
		json_object_set_new(j, "address", text_json(e->address));
	if (e->resource_uri.p != NULL)
		json_object_set_new(j, "resource", text_json(e->resource_uri));
	for (size_t i = 0; i < e->n; i++) {
		const struct wsman_selector *s = &e->selectors[i];
		json_t *pair = json_object();
		json_object_set_new(pair, "name", text_json(s->name));
		if (s->epr != NULL)
			json_object_set_new(pair, "epr", epr_json(s->epr));
		else
			json_object_set_new(pair, "value", text_json(s->value));
		json_array_append_new(selectors, pair);
	}
	json_object_set_new(j, "selectors", selectors);
	return j;
}

static json_t *array_json(const struct wsman_field *f, const void *m)
{
	const struct wsman_strs *strs = m;
	const struct wsman_eprs *eprs = m;
	const struct wsman_nums *nums = m;
	json_t *j = json_array();

	for (size_t i = 0; i < nums->n; i++)
		json_array_append_new(j, is_text(f) ? text_json(strs->v[i])
					 : f->kind == WSMAN_EPR
						 ? epr_json(&eprs->v[i])
						 : json_integer(nums->v[i]));
	return j;
}

static json_t *member_json(const struct wsman_field *f, const void *m)
{
	const struct wsman_item *item = m;
	json_t *j;

	if (f->flags & WSMAN_ARRAY)
		return array_json(f, m);
	if (is_text(f))
		return text_json(*(const struct str *)m);
	if (f->kind == WSMAN_EPR)
		return epr_json(m);
	if (f->kind != WSMAN_OBJECT)
		return json_integer(((const struct wsman_num *)m)->v);
	j = json_object();
	json_object_set_new(j, "class", json_string(item->cls->name));
	json_object_set_new(j, "object", sim_object_json(item->cls, item->object));
	return j;
}

json_t *sim_object_json(const struct wsman_class *c, const void *object)
{
	json_t *j = json_object();

	for (size_t i = 0; i < c->n_fields; i++) {
		const struct wsman_field *f = &c->fields[i];
		if (sim_field_present(f, object))
			json_object_set_new(
				j, f->name,
				member_json(f, (const char *)object + f->offset));
	}
	return j;
}

/* ---- reading ---- */

static bool text_from(const json_t *j, struct str *out)
{
	if (!json_is_string(j))
		return false;
	sim_text_set(out, (struct str){json_string_value(j), json_string_length(j)});
	return true;
}

static bool optional_text(const json_t *j, const char *name, struct str *out)
{
	const json_t *v = json_object_get(j, name);

	return v == NULL || text_from(v, out);
}

static bool epr_from(const json_t *j, struct wsman_epr *out)
{
	const json_t *selectors = json_object_get(j, "selectors"), *pair;
	size_t i;

	if (!optional_text(j, "address", &out->address) ||
	    !optional_text(j, "resource", &out->resource_uri) ||
	    !json_is_array(selectors))
		return false;
	if (json_array_size(selectors) > 0)
		out->selectors =
			xcalloc(json_array_size(selectors), sizeof(*out->selectors));
	json_array_foreach(selectors, i, pair)
	{
		struct wsman_selector *s = &out->selectors[out->n++];
		const json_t *epr = json_object_get(pair, "epr");
		if (!text_from(json_object_get(pair, "name"), &s->name))
			return false;
		if (epr == NULL && !text_from(json_object_get(pair, "value"), &s->value))
			return false;
		if (epr == NULL)
			continue;
		s->epr = xcalloc(1, sizeof(*s->epr));
		if (!epr_from(epr, s->epr))
			return false;
	}
	return true;
}

static bool array_from(const struct wsman_field *f, const json_t *j, void *m)
{
	struct wsman_strs *strs = m;
	struct wsman_eprs *eprs = m;
	struct wsman_nums *nums = m;
	const json_t *v;
	size_t i, n = json_array_size(j);

	if (!json_is_array(j) || n == 0)
		return false;
	if (is_text(f))
		strs->v = xcalloc(n, sizeof(*strs->v));
	else if (f->kind == WSMAN_EPR)
		eprs->v = xcalloc(n, sizeof(*eprs->v));
	else
		nums->v = xcalloc(n, sizeof(*nums->v));
	json_array_foreach(j, i, v)
	{
		bool ok;
		nums->n = i + 1; /* the same place in all three */
		if (is_text(f))
			ok = text_from(v, &strs->v[i]);
		else if (f->kind == WSMAN_EPR)
			ok = epr_from(v, &eprs->v[i]);
		else
			ok = json_is_integer(v);
		if (!ok)
			return false;
		if (!is_text(f) && f->kind != WSMAN_EPR)
			nums->v[i] = json_integer_value(v);
	}
	return true;
}

static bool embedded_from(const json_t *j, struct wsman_item *out)
{
	const char *name = json_string_value(json_object_get(j, "class"));
	const struct wsman_class *c =
		name != NULL ? wsman_class_find(str_of(name)) : NULL;
	void *object;
	struct err *e;

	if (c == NULL)
		return false;
	e = sim_object_from_json(c, json_object_get(j, "object"), &object);
	if (e != NULL) {
		err_free(e);
		return false;
	}
	*out = (struct wsman_item){c, object};
	return true;
}

static bool member_from(const struct wsman_field *f, const json_t *j, void *m)
{
	if (f->flags & WSMAN_ARRAY)
		return array_from(f, j, m);
	if (is_text(f))
		return text_from(j, m);
	if (f->kind == WSMAN_EPR)
		return epr_from(j, m);
	if (f->kind == WSMAN_OBJECT)
		return embedded_from(j, m);
	*(struct wsman_num *)m = (struct wsman_num){true, json_integer_value(j)};
	return json_is_integer(j);
}

struct err *sim_object_from_json(const struct wsman_class *c, const json_t *j, void **out)
{
	void *object;
	const char *name;
	json_t *value;

	if (!json_is_object(j))
		return err_new(ERR_INVALID, "an instance of %s is no JSON object",
			       c->name);
	object = sim_object_new(c);
	json_object_foreach((json_t *)j, name, value)
	{
		const struct wsman_field *f = sim_field(c, name);
		if (f == NULL || !member_from(f, value, (char *)object + f->offset)) {
			sim_object_free(c, object);
			return err_new(ERR_INVALID, "%s.%s is %s", c->name, name,
				       f == NULL ? "no property of the class"
						 : "of a wrong type");
		}
	}
	*out = object;
	return NULL;
}
