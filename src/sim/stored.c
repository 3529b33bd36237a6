/* SPDX-License-Identifier: Apache-2.0
 * Operations on stored instances, the same for all classes. wsman.md A.3 (selectors), A.4
 * (derived classes), A.5 (Put), A.6 (faults).
 */
#include <sim/classes.h>

#include <amt/wsman/classes/all.h>

/* What a Pull of a class shows besides its own instances. */
static const struct {
	const struct wsman_class *base, *derived;
} families[] = {
	{&cim_credential_context_class, &amt_tls_credential_context_class},
	{&cim_credential_context_class, &amt_8021x_credential_context_class},
	{&cim_credential_context_class, &ips_8021x_credential_context_class},
	{&cim_system_packaging_class, &cim_computer_system_package_class},
	{&cim_physical_package_class, &cim_card_class},
	{&cim_physical_package_class, &cim_chassis_class},
	{&cim_physical_package_class, &cim_physical_memory_class},
	{&cim_redirection_service_class, &amt_redirection_service_class},
};

static const void *shown(struct sim_call *c, const struct sim_class *row,
			 const struct wsman_class *cls, const void *object)
{
	char *copy = arena_memdup(c->arena, object, cls->size);

	for (size_t i = 0; i < cls->n_fields; i++) {
		const struct wsman_field *f = &cls->fields[i];
		/* Secrets can be written, not read. */
		if (f->flags & WSMAN_SECRET)
			memset(copy + f->offset, 0,
			       f->flags & WSMAN_ARRAY ? sizeof(struct wsman_strs)
						      : sizeof(struct str));
	}
	if (row->cls == cls && row->show != NULL)
		row->show(c, copy);
	return copy;
}

static size_t list_of(struct sim_call *c, const struct sim_class *row,
		      const struct wsman_class *cls, struct wsman_item *out, size_t n)
{
	const struct sim_store *s = &c->st->store;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].cls == cls)
			out[n++] = (struct wsman_item){
				cls, shown(c, row, cls, s->v[i].object)};
	return n;
}

size_t sim_stored_list(struct sim_call *c, const struct sim_class *row,
		       const struct wsman_class *cls, struct wsman_item **out)
{
	size_t n;

	*out = arena_alloc(c->arena, (c->st->store.n + 1) * sizeof(**out));
	n = list_of(c, row, cls, *out, 0);
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (families[i].base == cls)
			n = list_of(c, sim_class_find(c->d, families[i].derived),
				    families[i].derived, *out, n);
	return n;
}

static void *refuse(struct sim_call *c, enum wsman_fault_kind kind)
{
	c->fault = (int)kind;
	return NULL;
}

/* Every required element is there. Absent booleans keep their value: some clients cannot
 * send false (wsman.md A.5). */
static bool complete(const struct wsman_class *c, const void *object, bool keeps)
{
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct wsman_field *f = &c->fields[i];
		if (!(f->flags & WSMAN_REQUIRED) || (f->flags & WSMAN_KEY))
			continue;
		if (keeps && f->kind == WSMAN_BOOL && !(f->flags & WSMAN_ARRAY))
			continue;
		if (!sim_field_present(f, object))
			return false;
	}
	return true;
}

static bool kept_when_absent(const struct wsman_field *f)
{
	bool scalar = !(f->flags & WSMAN_ARRAY);

	if (f->flags & (WSMAN_KEY | WSMAN_READONLY))
		return true;
	if (f->flags & WSMAN_SECRET || strcmp(f->name, "ElementName") == 0)
		return true;
	return scalar && f->kind != WSMAN_STR && f->kind != WSMAN_EPR &&
	       f->kind != WSMAN_DATETIME && f->kind != WSMAN_OBJECT;
}

static void merge(const struct wsman_class *c, void *to, const void *from, bool keys)
{
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct wsman_field *f = &c->fields[i];
		if (f->flags & WSMAN_READONLY || (f->flags & WSMAN_KEY && !keys))
			continue;
		if (sim_field_present(f, from) || !kept_when_absent(f))
			sim_field_assign(f, to, from);
	}
}

/* The instance a Put means: by selectors, else by the keys in the body, else the only
 * one. */
static void *target(struct sim_call *c, const struct wsman_class *cls)
{
	const struct wsman_epr *by = &c->rq->selectors;
	void *twin;

	if (by->n == 0 && c->rq->object != NULL) {
		struct wsman_epr keys = sim_epr_to(c->arena, cls, c->rq->object);
		twin = keys.n > 0 ? sim_store_find(&c->st->store, cls, &keys) : NULL;
		if (twin != NULL ||
		    (keys.n > 0 && sim_store_count(&c->st->store, cls) > 1))
			return twin;
	}
	return sim_store_find(&c->st->store, cls, by);
}

const void *sim_stored_put(struct sim_call *c, const struct sim_class *row)
{
	const struct wsman_class *cls = c->rq->cls;
	const void *body = c->rq->object;
	void *was, *next;

	if (!(cls->ops & 1u << WSMAN_PUT))
		return refuse(c, WSMAN_ACTION_NOT_SUPPORTED);
	if ((was = target(c, cls)) == NULL)
		return refuse(c, WSMAN_DESTINATION_UNREACHABLE);
	if (body == NULL || c->rq->misfit != NULL || !complete(cls, body, true))
		return refuse(c, WSMAN_INVALID_REPRESENTATION);
	next = sim_object_copy(cls, was);
	merge(cls, next, body, row->put_changes_keys);
	if (row->check != NULL)
		row->check(c, WSMAN_PUT, next, was);
	if (c->fault != SIM_NO_FAULT) {
		sim_object_free(cls, next);
		return NULL;
	}
	if (sim_object_equal(cls, was, next)) {
		sim_object_free(cls, next);
		next = was;
	} else {
		sim_store_replace(&c->st->store, was, next);
		c->changed = true;
	}
	return row->put_answers_nothing ? NULL : shown(c, row, cls, next);
}

void *sim_stored_create(struct sim_call *c, const struct sim_class *row)
{
	const struct wsman_class *cls = c->rq->cls;
	void *object;

	if (!(cls->ops & 1u << WSMAN_CREATE))
		return refuse(c, WSMAN_ACTION_NOT_SUPPORTED);
	if (c->rq->object == NULL || c->rq->misfit != NULL ||
	    !complete(cls, c->rq->object, false))
		return refuse(c, WSMAN_INVALID_REPRESENTATION);
	object = sim_object_copy(cls, c->rq->object);
	if (row->check != NULL)
		row->check(c, WSMAN_CREATE, object, NULL);
	if (c->fault == SIM_NO_FAULT &&
	    sim_store_twin(&c->st->store, cls, object) != NULL)
		c->fault = WSMAN_ALREADY_EXISTS;
	if (c->fault != SIM_NO_FAULT) {
		sim_object_free(cls, object);
		return NULL;
	}
	c->changed = true;
	return sim_store_add(&c->st->store, cls, object);
}

void sim_stored_delete(struct sim_call *c, const struct sim_class *row)
{
	const struct wsman_class *cls = c->rq->cls;
	void *object;

	if (!(cls->ops & 1u << WSMAN_DELETE)) {
		refuse(c, WSMAN_ACTION_NOT_SUPPORTED);
		return;
	}
	if (row->delete != NULL && row->delete (c))
		return;
	object = sim_store_find(&c->st->store, cls, &c->rq->selectors);
	if (object == NULL) {
		refuse(c, WSMAN_DESTINATION_UNREACHABLE);
		return;
	}
	if (c->rq->selectors.n == 0 && sim_store_count(&c->st->store, cls) > 1) {
		refuse(c, WSMAN_INVALID_SELECTORS);
		return;
	}
	if (row->check != NULL)
		row->check(c, WSMAN_DELETE, object, object);
	if (c->fault != SIM_NO_FAULT)
		return;
	/* A check may have removed it with what hangs on it. */
	if (sim_store_find(&c->st->store, cls, &c->rq->selectors) == object)
		sim_store_remove(&c->st->store, object);
	c->changed = true;
}
