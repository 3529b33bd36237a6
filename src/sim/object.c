/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/object.h>

#include <base/secret.h>

static void *at(const struct wsman_field *f, void *object)
{
	return (char *)object + f->offset;
}

static const void *at_const(const struct wsman_field *f, const void *object)
{
	return (const char *)object + f->offset;
}

static bool is_text(const struct wsman_field *f)
{
	return f->kind == WSMAN_STR || f->kind == WSMAN_DATETIME;
}

/* ---- text ---- */

static struct str text_copy(struct str s)
{
	if (s.p == NULL)
		return s;
	return (struct str){xstrndup(s.p, s.n), s.n};
}

void sim_text_clear(struct str *to)
{
	if (to->p != NULL)
		secret_wipe((char *)to->p, to->n);
	free((char *)to->p);
	*to = (struct str){0};
}

void sim_text_set(struct str *to, struct str value)
{
	struct str copy = text_copy(value);

	sim_text_clear(to);
	*to = copy;
}

static bool text_equal(struct str a, struct str b)
{
	return (a.p == NULL) == (b.p == NULL) && str_eq(a, b);
}

/* ---- endpoint references ---- */

static void epr_fini(struct wsman_epr *e)
{
	sim_text_clear(&e->address);
	sim_text_clear(&e->resource_uri);
	for (size_t i = 0; i < e->n; i++) {
		struct wsman_selector *s = &e->selectors[i];
		sim_text_clear(&s->name);
		sim_text_clear(&s->value);
		if (s->epr != NULL)
			epr_fini(s->epr);
		free(s->epr);
	}
	free(e->selectors);
	*e = (struct wsman_epr){0};
}

static struct wsman_epr epr_copy(const struct wsman_epr *e)
{
	struct wsman_epr copy = {.address = text_copy(e->address),
				 .resource_uri = text_copy(e->resource_uri),
				 .n = e->n};

	if (e->n > 0)
		copy.selectors = xcalloc(e->n, sizeof(*copy.selectors));
	for (size_t i = 0; i < e->n; i++) {
		copy.selectors[i].name = text_copy(e->selectors[i].name);
		copy.selectors[i].value = text_copy(e->selectors[i].value);
		if (e->selectors[i].epr == NULL)
			continue;
		copy.selectors[i].epr = xmalloc(sizeof(struct wsman_epr));
		*copy.selectors[i].epr = epr_copy(e->selectors[i].epr);
	}
	return copy;
}

static bool selector_in(const struct wsman_selector *s, const struct wsman_epr *have)
{
	for (size_t i = 0; i < have->n; i++) {
		const struct wsman_selector *h = &have->selectors[i];
		if (!str_eq(s->name, h->name))
			continue;
		if (s->epr != NULL || h->epr != NULL)
			return s->epr != NULL && h->epr != NULL &&
			       sim_epr_matches(s->epr, h->epr);
		return str_eq(s->value, h->value);
	}
	return false;
}

bool sim_epr_matches(const struct wsman_epr *given, const struct wsman_epr *have)
{
	if (given->resource_uri.n > 0 && have->resource_uri.n > 0 &&
	    !str_eq(given->resource_uri, have->resource_uri))
		return false;
	for (size_t i = 0; i < given->n; i++)
		if (!selector_in(&given->selectors[i], have))
			return false;
	return true;
}

static bool epr_equal(const struct wsman_epr *a, const struct wsman_epr *b)
{
	return text_equal(a->address, b->address) &&
	       text_equal(a->resource_uri, b->resource_uri) && a->n == b->n &&
	       sim_epr_matches(a, b);
}

/* ---- one member ---- */

static void array_fini(const struct wsman_field *f, void *m)
{
	struct wsman_strs *strs = m;
	struct wsman_eprs *eprs = m;
	struct wsman_nums *nums = m;

	if (is_text(f)) {
		for (size_t i = 0; i < strs->n; i++)
			sim_text_clear(&strs->v[i]);
		free(strs->v);
		*strs = (struct wsman_strs){0};
	} else if (f->kind == WSMAN_EPR) {
		for (size_t i = 0; i < eprs->n; i++)
			epr_fini(&eprs->v[i]);
		free(eprs->v);
		*eprs = (struct wsman_eprs){0};
	} else {
		free(nums->v);
		*nums = (struct wsman_nums){0};
	}
}

static void member_fini(const struct wsman_field *f, void *m)
{
	struct wsman_item *item = m;

	if (f->flags & WSMAN_ARRAY) {
		array_fini(f, m);
	} else if (is_text(f)) {
		sim_text_clear(m);
	} else if (f->kind == WSMAN_EPR) {
		epr_fini(m);
	} else if (f->kind == WSMAN_OBJECT) {
		if (item->cls != NULL)
			sim_object_free(item->cls, (void *)item->object);
		*item = (struct wsman_item){0};
	} else {
		*(struct wsman_num *)m = (struct wsman_num){0};
	}
}

static void array_copy(const struct wsman_field *f, void *to, const void *from)
{
	const struct wsman_strs *strs = from;
	const struct wsman_eprs *eprs = from;
	const struct wsman_nums *nums = from;

	if (nums->n == 0)
		return;
	if (is_text(f)) {
		struct wsman_strs copy = {strs->n, xcalloc(strs->n, sizeof(*strs->v))};
		for (size_t i = 0; i < strs->n; i++)
			copy.v[i] = text_copy(strs->v[i]);
		*(struct wsman_strs *)to = copy;
	} else if (f->kind == WSMAN_EPR) {
		struct wsman_eprs copy = {eprs->n, xcalloc(eprs->n, sizeof(*eprs->v))};
		for (size_t i = 0; i < eprs->n; i++)
			copy.v[i] = epr_copy(&eprs->v[i]);
		*(struct wsman_eprs *)to = copy;
	} else {
		struct wsman_nums copy = {nums->n, xcalloc(nums->n, sizeof(*nums->v))};
		memcpy(copy.v, nums->v, nums->n * sizeof(*nums->v));
		*(struct wsman_nums *)to = copy;
	}
}

/* to is absent. */
static void member_copy(const struct wsman_field *f, void *to, const void *from)
{
	const struct wsman_item *item = from;

	if (f->flags & WSMAN_ARRAY) {
		array_copy(f, to, from);
	} else if (is_text(f)) {
		*(struct str *)to = text_copy(*(const struct str *)from);
	} else if (f->kind == WSMAN_EPR) {
		*(struct wsman_epr *)to = epr_copy(from);
	} else if (f->kind == WSMAN_OBJECT) {
		if (item->cls != NULL)
			*(struct wsman_item *)to = (struct wsman_item){
				item->cls, sim_object_copy(item->cls, item->object)};
	} else {
		*(struct wsman_num *)to = *(const struct wsman_num *)from;
	}
}

static bool array_equal(const struct wsman_field *f, const void *a, const void *b)
{
	const struct wsman_strs *strs = a, *strs_b = b;
	const struct wsman_eprs *eprs = a, *eprs_b = b;
	const struct wsman_nums *nums = a, *nums_b = b;

	if (nums->n != nums_b->n)
		return false;
	for (size_t i = 0; i < nums->n; i++) {
		bool same = is_text(f)		   ? text_equal(strs->v[i], strs_b->v[i])
			    : f->kind == WSMAN_EPR ? epr_equal(&eprs->v[i], &eprs_b->v[i])
						   : nums->v[i] == nums_b->v[i];
		if (!same)
			return false;
	}
	return true;
}

static bool member_equal(const struct wsman_field *f, const void *a, const void *b)
{
	const struct wsman_num *x = a, *y = b;
	const struct wsman_item *i = a, *k = b;

	if (f->flags & WSMAN_ARRAY)
		return array_equal(f, a, b);
	if (is_text(f))
		return text_equal(*(const struct str *)a, *(const struct str *)b);
	if (f->kind == WSMAN_EPR)
		return epr_equal(a, b);
	if (f->kind == WSMAN_OBJECT)
		return i->cls == k->cls &&
		       (i->cls == NULL || sim_object_equal(i->cls, i->object, k->object));
	return x->set == y->set && (!x->set || x->v == y->v);
}

bool sim_field_present(const struct wsman_field *f, const void *object)
{
	const void *m = at_const(f, object);
	const struct wsman_epr *epr = m;

	if (f->flags & WSMAN_ARRAY)
		return ((const struct wsman_nums *)m)->n > 0;
	if (is_text(f))
		return ((const struct str *)m)->p != NULL;
	if (f->kind == WSMAN_EPR)
		return epr->resource_uri.p != NULL || epr->address.p != NULL;
	if (f->kind == WSMAN_OBJECT)
		return ((const struct wsman_item *)m)->cls != NULL;
	return ((const struct wsman_num *)m)->set;
}

void sim_field_assign(const struct wsman_field *f, void *to, const void *from)
{
	member_fini(f, at(f, to));
	member_copy(f, at(f, to), at_const(f, from));
}

/* ---- objects ---- */

void *sim_object_new(const struct wsman_class *c)
{
	return xcalloc(1, c->size);
}

void *sim_object_copy(const struct wsman_class *c, const void *object)
{
	void *copy = sim_object_new(c);

	for (size_t i = 0; i < c->n_fields; i++)
		member_copy(&c->fields[i], at(&c->fields[i], copy),
			    at_const(&c->fields[i], object));
	return copy;
}

void sim_object_free(const struct wsman_class *c, void *object)
{
	if (object == NULL)
		return;
	for (size_t i = 0; i < c->n_fields; i++)
		member_fini(&c->fields[i], at(&c->fields[i], object));
	free(object);
}

bool sim_object_equal(const struct wsman_class *c, const void *a, const void *b)
{
	for (size_t i = 0; i < c->n_fields; i++)
		if (!member_equal(&c->fields[i], at_const(&c->fields[i], a),
				  at_const(&c->fields[i], b)))
			return false;
	return true;
}

const struct wsman_field *sim_field(const struct wsman_class *c, const char *name)
{
	for (size_t i = 0; i < c->n_fields; i++)
		if (strcmp(c->fields[i].name, name) == 0)
			return &c->fields[i];
	return NULL;
}
