/* SPDX-License-Identifier: Apache-2.0 */
#include <sim/store.h>

static const void *member(const void *object, const struct wsman_field *f)
{
	return (const char *)object + f->offset;
}

void sim_store_fini(struct sim_store *s)
{
	for (size_t i = 0; i < s->n; i++)
		sim_object_free(s->v[i].cls, s->v[i].object);
	free(s->v);
	*s = (struct sim_store){0};
}

void *sim_store_add(struct sim_store *s, const struct wsman_class *c, void *take_object)
{
	if (s->n == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 64;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = (struct sim_instance){c, take_object};
	return take_object;
}

static void remove_at(struct sim_store *s, size_t i)
{
	sim_object_free(s->v[i].cls, s->v[i].object);
	memmove(&s->v[i], &s->v[i + 1], (s->n - i - 1) * sizeof(*s->v));
	s->n--;
}

static size_t index_of(const struct sim_store *s, const void *object)
{
	size_t i = 0;

	while (i < s->n && s->v[i].object != object)
		i++;
	OB_ASSERT(i < s->n);
	return i;
}

void sim_store_remove(struct sim_store *s, const void *object)
{
	remove_at(s, index_of(s, object));
}

void sim_store_remove_class(struct sim_store *s, const struct wsman_class *c)
{
	for (size_t i = s->n; i-- > 0;)
		if (s->v[i].cls == c)
			remove_at(s, i);
}

void sim_store_replace(struct sim_store *s, const void *object, void *take_new)
{
	size_t i = index_of(s, object);

	sim_object_free(s->v[i].cls, s->v[i].object);
	s->v[i].object = take_new;
}

size_t sim_store_count(const struct sim_store *s, const struct wsman_class *c)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->v[i].cls == c;
	return n;
}

void *sim_store_nth(const struct sim_store *s, const struct wsman_class *c, size_t nth)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].cls == c && nth-- == 0)
			return s->v[i].object;
	return NULL;
}

static bool selector_matches(const struct wsman_class *c, const void *object,
			     const struct wsman_selector *s)
{
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct wsman_field *f = &c->fields[i];
		if (!str_eqz(s->name, f->name))
			continue;
		if (f->kind == WSMAN_EPR)
			return s->epr != NULL &&
			       sim_epr_matches(s->epr, member(object, f));
		if (f->kind != WSMAN_STR)
			return true;
		return s->epr == NULL &&
		       str_eq(*(const struct str *)member(object, f), s->value);
	}
	return false;
}

bool sim_selectors_match(const struct wsman_class *c, const void *object,
			 const struct wsman_epr *selectors)
{
	for (size_t i = 0; i < selectors->n; i++)
		if (!selector_matches(c, object, &selectors->selectors[i]))
			return false;
	return true;
}

void *sim_store_find(const struct sim_store *s, const struct wsman_class *c,
		     const struct wsman_epr *selectors)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].cls == c && sim_selectors_match(c, s->v[i].object, selectors))
			return s->v[i].object;
	return NULL;
}

void *sim_store_by_text(const struct sim_store *s, const struct wsman_class *c,
			const char *property, struct str value)
{
	struct wsman_selector one = {str_of(property), value, NULL};

	return sim_store_find(s, c, &(struct wsman_epr){.n = 1, .selectors = &one});
}

struct wsman_epr sim_epr_to(struct arena *a, const struct wsman_class *c,
			    const void *object)
{
	struct wsman_epr e = {.resource_uri = str_of(c->uri),
			      .selectors =
				      arena_alloc(a, c->n_fields * sizeof(*e.selectors))};

	for (size_t i = 0; i < c->n_fields; i++) {
		const struct wsman_field *f = &c->fields[i];
		if (!(f->flags & WSMAN_KEY) || !sim_field_present(f, object))
			continue;
		struct wsman_selector *s = &e.selectors[e.n];
		*s = (struct wsman_selector){.name = str_of(f->name)};
		if (f->kind == WSMAN_EPR)
			s->epr = arena_memdup(a, member(object, f),
					      sizeof(struct wsman_epr));
		else if (f->kind == WSMAN_STR)
			s->value = *(const struct str *)member(object, f);
		else
			continue;
		e.n++;
	}
	return e;
}

void *sim_store_twin(const struct sim_store *s, const struct wsman_class *c,
		     const void *object)
{
	struct arena a = {0};
	struct wsman_epr keys = sim_epr_to(&a, c, object);
	void *twin = sim_store_find(s, c, &keys);

	arena_fini(&a);
	return twin;
}

unsigned sim_store_free_number(const struct sim_store *s, const struct wsman_class *c,
			       const char *property, const char *prefix)
{
	char name[128];
	unsigned n = 0;

	do
		snprintf(name, sizeof(name), "%s %u", prefix, n++);
	while (sim_store_by_text(s, c, property, str_of(name)) != NULL);
	return n - 1;
}
