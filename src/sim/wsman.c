/* SPDX-License-Identifier: Apache-2.0
 * WS-Management in the virtual firmware: finds the class's row, checks selectors, answers
 * or faults. wsman.md A.3-A.6.
 */
#include <sim/classes.h>

#include <base/clock.h>
#include <base/log.h>

struct answer {
	struct sim_call c; /* first: what rows see */
	struct sim_device *d;
	const struct wsman_request *rq;
	const struct sim_class *row;
	struct arena *arena;
	struct buf *out;
};

static int fault(struct answer *w, enum wsman_fault_kind kind)
{
	wsman_encode_fault(w->out, w->rq, ++w->d->next_reply, kind);
	return 400;
}

static size_t list(struct answer *w, struct wsman_item **items)
{
	if (w->row->instances == NULL)
		return sim_stored_list(&w->c, w->row, w->rq->cls, items);
	*items = arena_alloc(w->arena, SIM_MAX_INSTANCES * sizeof(**items));
	return w->row->instances(w->d, w->arena, *items);
}

/* A given selector must name a key property and equal it; not giving one is fine
 * (wsman.md A.3). */
static const void *find_instance(struct answer *w, const struct wsman_epr *selectors)
{
	struct wsman_item *items;
	size_t n = list(w, &items);

	for (size_t i = 0; i < n; i++)
		/* Of derived classes only a Pull tells. */
		if (items[i].cls == w->rq->cls &&
		    sim_selectors_match(items[i].cls, items[i].object, selectors))
			return items[i].object;
	return NULL;
}

static int get(struct answer *w)
{
	const void *object = find_instance(w, &w->rq->selectors);

	if (object == NULL)
		return fault(w, WSMAN_DESTINATION_UNREACHABLE);
	wsman_encode_object(w->out, w->rq, ++w->d->next_reply, object);
	return 200;
}

/* What was changed, and its record in the audit log, is on disk before it is answered. */
static bool saved(struct answer *w, const void *result)
{
	struct err *e;

	sim_audit_operation(&w->c, result);
	if (!w->c.changed)
		return true;
	w->c.after |= SIM_AFTER_CHANGE;
	if ((e = sim_state_save(w->c.st)) == NULL)
		return true;
	log_error("the device's state cannot be saved", F_ERR(e));
	err_free(e);
	e = sim_state_reload(w->c.st);
	if (e != NULL)
		log_error("the device's state cannot be read again", F_ERR(e));
	err_free(e);
	return false;
}

/* Every required element must be there (wsman.md A.5). */
static bool complete(const struct wsman_class *c, const void *object)
{
	for (size_t i = 0; i < c->n_fields; i++)
		if (c->fields[i].flags & WSMAN_REQUIRED &&
		    !sim_field_present(&c->fields[i], object))
			return false;
	return true;
}

static int put_made(struct answer *w)
{
	if (w->row->put == NULL)
		return fault(w, WSMAN_ACTION_NOT_SUPPORTED);
	if (find_instance(w, &w->rq->selectors) == NULL)
		return fault(w, WSMAN_DESTINATION_UNREACHABLE);
	if (w->rq->object == NULL || w->rq->misfit != NULL ||
	    !complete(w->row->cls, w->rq->object))
		return fault(w, WSMAN_INVALID_REPRESENTATION);
	w->row->put(w->d, w->rq->object);
	wsman_encode_object(w->out, w->rq, ++w->d->next_reply,
			    find_instance(w, &w->rq->selectors));
	return 200;
}

static int put(struct answer *w)
{
	const void *object;

	if (w->row->instances != NULL)
		return put_made(w);
	object = sim_stored_put(&w->c, w->row);
	if (w->c.fault != SIM_NO_FAULT)
		return fault(w, (enum wsman_fault_kind)w->c.fault);
	if (!saved(w, object))
		return fault(w, WSMAN_INTERNAL_ERROR);
	wsman_encode_object(w->out, w->rq, ++w->d->next_reply, object);
	return 200;
}

static int create(struct answer *w)
{
	const void *object;
	struct wsman_epr epr;

	if (w->row->instances != NULL)
		return fault(w, WSMAN_ACTION_NOT_SUPPORTED);
	object = sim_stored_create(&w->c, w->row);
	if (w->c.fault != SIM_NO_FAULT)
		return fault(w, (enum wsman_fault_kind)w->c.fault);
	epr = sim_epr_to(w->arena, w->rq->cls, object);
	if (!saved(w, object))
		return fault(w, WSMAN_INTERNAL_ERROR);
	wsman_encode_created(w->out, w->rq, ++w->d->next_reply, &epr);
	return 200;
}

static int delete (struct answer *w)
{
	if (w->row->instances != NULL)
		return fault(w, WSMAN_ACTION_NOT_SUPPORTED);
	sim_stored_delete(&w->c, w->row);
	if (w->c.fault != SIM_NO_FAULT)
		return fault(w, (enum wsman_fault_kind)w->c.fault);
	if (!saved(w, NULL))
		return fault(w, WSMAN_INTERNAL_ERROR);
	wsman_encode_deleted(w->out, w->rq, ++w->d->next_reply);
	return 200;
}

static void context_text(uint32_t id, char out[40])
{
	/* The first group counts like a little-endian number (wsman.md A.4). */
	snprintf(out, 40, "%02X%02X%02X%02X-0000-0000-0000-000000000000", id & 0xff,
		 id >> 8 & 0xff, id >> 16 & 0xff, id >> 24);
}

static int enumerate(struct answer *w)
{
	struct sim_device *d = w->d;
	struct sim_context *slot = NULL;
	int64_t now = clock_mono_ms();
	char text[40];

	for (size_t i = 0; i < SIM_CONTEXTS && slot == NULL; i++)
		if (d->contexts[i].id == 0 ||
		    now - d->contexts[i].since_ms > SIM_CONTEXT_MS)
			slot = &d->contexts[i];
	if (slot == NULL)
		return fault(w, WSMAN_CONCURRENCY);
	*slot = (struct sim_context){++d->next_context, 0, w->rq->cls, now};
	context_text(slot->id, text);
	wsman_encode_enumerate(w->out, w->rq, ++d->next_reply, text);
	return 200;
}

static struct sim_context *context_find(struct answer *w)
{
	char text[40];

	for (size_t i = 0; i < SIM_CONTEXTS; i++) {
		struct sim_context *c = &w->d->contexts[i];
		context_text(c->id, text);
		if (c->id != 0 && c->cls == w->rq->cls && str_eqz(w->rq->context, text))
			return c;
	}
	return NULL;
}

static int pull(struct answer *w)
{
	struct wsman_item *items;
	struct sim_context *c = context_find(w);

	if (c == NULL)
		return fault(w, WSMAN_INVALID_CONTEXT);
	/* All that is left, unless the client wants fewer: a context is good for one
	 * Pull, the next one gets another. */
	size_t n = list(w, &items), at = MIN(c->at, n),
	       most = w->rq->max_elements > 0 ? w->rq->max_elements : n;
	bool more = n - at > most;
	char next[40];

	c->id = more ? ++w->d->next_context : 0;
	c->at = (uint32_t)(at + most);
	context_text(c->id, next);
	wsman_encode_pull(w->out, w->rq, ++w->d->next_reply, items + at,
			  more ? most : n - at, more ? next : NULL);
	return 200;
}

static int release(struct answer *w)
{
	struct sim_context *c = context_find(w);

	if (c == NULL)
		return fault(w, WSMAN_INVALID_CONTEXT);
	c->id = 0;
	wsman_encode_deleted(w->out, w->rq, ++w->d->next_reply);
	return 200;
}

static int invoke(struct answer *w)
{
	if (find_instance(w, &w->rq->selectors) == NULL)
		return fault(w, WSMAN_DESTINATION_UNREACHABLE);
	if (w->rq->misfit != NULL)
		return fault(w, WSMAN_SCHEMA_VALIDATION);
	for (size_t i = 0; i < w->row->n_methods; i++) {
		const struct sim_method *m = &w->row->methods[i];
		if (m->method != w->rq->method)
			continue;
		void *out = arena_zalloc(w->arena, m->method->out_size);
		m->call(&w->c, w->rq->object, out);
		if (w->c.fault != SIM_NO_FAULT)
			return fault(w, (enum wsman_fault_kind)w->c.fault);
		if (!saved(w, out))
			return fault(w, WSMAN_INTERNAL_ERROR);
		wsman_encode_object(w->out, w->rq, ++w->d->next_reply, out);
		return 200;
	}
	return fault(w, WSMAN_ACTION_NOT_SUPPORTED);
}

static int dispatch(struct answer *w)
{
	switch (w->rq->op) {
	case WSMAN_GET:
		return get(w);
	case WSMAN_PUT:
		return put(w);
	case WSMAN_CREATE:
		return create(w);
	case WSMAN_DELETE:
		return delete (w);
	case WSMAN_ENUMERATE:
		return enumerate(w);
	case WSMAN_PULL:
		return pull(w);
	case WSMAN_RELEASE:
		return release(w);
	case WSMAN_INVOKE:
		return invoke(w);
	default:
		return fault(w, WSMAN_ACTION_NOT_SUPPORTED);
	}
}

int sim_wsman_as(struct sim_device *d, const struct sim_caller *caller, struct str xml,
		 struct arena *a, struct buf *out, unsigned *after)
{
	struct wsman_request rq = {0};
	struct answer w = {.c = {d, d->state, &rq, caller, a, SIM_NO_FAULT, false, 0},
			   .d = d,
			   .rq = &rq,
			   .arena = a,
			   .out = out};
	struct err *e = wsman_decode_request(xml, a, &rq);
	int status;

	*after = 0;
	sim_device_tick(d);
	if (e != NULL) {
		err_free(e);
		return fault(&w, WSMAN_SCHEMA_VALIDATION);
	}
	w.row = rq.cls != NULL ? sim_class_find(d, rq.cls) : NULL;
	if (w.row == NULL)
		return fault(&w, WSMAN_DESTINATION_UNREACHABLE);
	if (!sim_access_allowed(&w.c))
		return fault(&w, WSMAN_ACCESS_DENIED);
	status = dispatch(&w);
	*after = w.c.after;
	return status;
}

int sim_wsman(struct sim_device *d, struct str xml, struct arena *a, struct buf *out)
{
	static const struct sim_caller admin = {.realms = SIM_ALL_REALMS};
	unsigned after;

	return sim_wsman_as(d, &admin, xml, a, out, &after);
}
