/* SPDX-License-Identifier: Apache-2.0
 * Instances and headers as upstream's REST answers show them (mps.md 0.3): what an
 * XML-to-object converter makes of a reply, but with types from the class description
 * instead of from the looks of the text, so that a serial number keeps its leading zeros.
 */
#include <amt/wsman/wsman_priv.h>

#include <jansson.h>

static json_t *text_json(struct str s)
{
	json_t *j = json_stringn(s.p != NULL ? s.p : "", s.n);

	/* Not UTF-8: cannot come from XML, only from our own code. */
	return j != NULL ? j : json_string("");
}

static json_t *number_json(enum wsman_kind kind, int64_t v)
{
	if (kind == WSMAN_BOOL)
		return json_boolean(v != 0);
	if (kind == WSMAN_U64 && v < 0)
		return json_real((double)(uint64_t)v);
	return json_integer(v);
}

/* Repeated elements: one is shown as itself, several as an array. */
static json_t *unwrap(json_t *array)
{
	json_t *only;

	if (json_array_size(array) != 1)
		return array;
	only = json_incref(json_array_get(array, 0));
	json_decref(array);
	return only;
}

static json_t *epr_json(const struct wsman_epr *e)
{
	struct str address = e->address.p != NULL ? e->address : STR(ADDRESS_ANONYMOUS);
	json_t *j = json_object(), *parameters, *set, *selectors;

	json_object_set_new(j, "Address", text_json(address));
	if (e->resource_uri.n == 0)
		return j;
	parameters = json_object();
	json_object_set_new(j, "ReferenceParameters", parameters);
	json_object_set_new(parameters, "ResourceURI", text_json(e->resource_uri));
	if (e->n == 0)
		return j;
	selectors = json_array();
	for (size_t i = 0; i < e->n; i++) {
		const struct wsman_selector *s = &e->selectors[i];
		json_t *value;

		if (s->epr != NULL) {
			value = json_object();
			json_object_set_new(value, "EndpointReference", epr_json(s->epr));
		} else {
			value = text_json(s->value);
		}
		json_array_append_new(selectors, value);
	}
	set = json_object();
	json_object_set_new(parameters, "SelectorSet", set);
	json_object_set_new(set, "Selector", unwrap(selectors));
	return j;
}

static json_t *field_text_json(const struct wsman_field *f, struct str s)
{
	return text_json(f->flags & WSMAN_SECRET ? STR("") : s);
}

/* NULL when absent. */
static json_t *array_json(const struct wsman_field *f, const void *member)
{
	const struct wsman_strs *strs = member;
	const struct wsman_eprs *eprs = member;
	const struct wsman_nums *nums = member;
	json_t *j = json_array();

	if (f->kind == WSMAN_STR)
		for (size_t i = 0; i < strs->n; i++)
			json_array_append_new(j, field_text_json(f, strs->v[i]));
	else if (f->kind == WSMAN_EPR)
		for (size_t i = 0; i < eprs->n; i++)
			json_array_append_new(j, epr_json(&eprs->v[i]));
	else
		for (size_t i = 0; i < nums->n; i++)
			json_array_append_new(j, number_json(f->kind, nums->v[i]));
	if (json_array_size(j) > 0)
		return unwrap(j);
	json_decref(j);
	return NULL;
}

static json_t *scalar_json(const struct wsman_field *f, const void *member)
{
	const struct wsman_num *num = member;
	const struct wsman_item *item = member;
	const struct str *s = member;
	json_t *j;

	switch (f->kind) {
	case WSMAN_STR:
		return s->p != NULL ? field_text_json(f, *s) : NULL;
	case WSMAN_DATETIME:
		if (s->p == NULL)
			return NULL;
		j = json_object();
		json_object_set_new(j, wsman_datetime_element(*s), text_json(*s));
		return j;
	case WSMAN_EPR:
		return wsman_epr_absent(member) ? NULL : epr_json(member);
	case WSMAN_OBJECT:
		if (item->cls == NULL)
			return NULL;
		return wsman_json_object(item->cls->fields, item->cls->n_fields,
					 item->object);
	default:
		return num->set ? number_json(f->kind, num->v) : NULL;
	}
}

json_t *wsman_json_object(const struct wsman_field *fields, size_t n, const void *object)
{
	json_t *j = json_object();

	for (size_t i = 0; i < n; i++) {
		const struct wsman_field *f = &fields[i];
		const void *member = wsman_member(f, object);
		json_t *value = f->flags & WSMAN_ARRAY ? array_json(f, member)
						       : scalar_json(f, member);

		if (value != NULL)
			json_object_set_new(j, f->name, value);
	}
	return j;
}

json_t *wsman_json_header(const struct wsman_reply *r)
{
	const struct {
		const char *name;
		struct str value;
	} members[] = {
		{"To", r->header.to},
		{"RelatesTo", r->header.relates_to},
		{"Action", r->header.action},
		{"MessageID", r->header.message_id},
		{"ResourceURI", r->header.resource_uri},
	};
	json_t *j = json_object();

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (members[i].value.p != NULL)
			json_object_set_new(j, members[i].name,
					    text_json(members[i].value));
	return j;
}
