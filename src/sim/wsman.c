/* SPDX-License-Identifier: Apache-2.0
 * WS-Management in the virtual firmware: finds the class's row, checks selectors, answers or faults.
 * wsman.md A.3-A.6.
 */
#include <sim/classes.h>

#include <base/clock.h>

struct answer {
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

static const void *member(const void *object, const struct wsman_field *f)
{
	return (const char *)object + f->offset;
}

/* A given selector must name a key property and equal it; not giving one is fine (wsman.md A.3). */
static bool selector_matches(const struct wsman_class *c, const void *object,
			     const struct wsman_selector *s)
{
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct wsman_field *f = &c->fields[i];
		if (!str_eqz(s->name, f->name))
			continue;
		if (f->kind != WSMAN_STR)
			return true;
		return str_eq(*(const struct str *)member(object, f), s->value);
	}
	return false;
}

static const void *find_instance(struct answer *w, const struct wsman_epr *selectors)
{
	struct wsman_item items[SIM_MAX_INSTANCES];
	size_t n = w->row->instances(w->d, w->arena, items);

	for (size_t i = 0; i < n; i++) {
		bool all = true;
		for (size_t k = 0; k < selectors->n; k++)
			all &= selector_matches(items[i].cls, items[i].object,
						&selectors->selectors[k]);
		if (all)
			return items[i].object;
	}
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

/* Every required element must be there (wsman.md A.5). */
static bool complete(const struct wsman_class *c, const void *object)
{
	for (size_t i = 0; i < c->n_fields; i++) {
		const struct wsman_field *f = &c->fields[i];
		if (!(f->flags & WSMAN_REQUIRED))
			continue;
		bool set = f->kind == WSMAN_STR ? ((const struct str *)member(object, f))->p != NULL
						: ((const struct wsman_num *)member(object, f))->set;
		if (!set)
			return false;
	}
	return true;
}

static int put(struct answer *w)
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

static void context_text(uint32_t id, char out[40])
{
	/* The first group counts like a little-endian number (wsman.md A.4). */
	snprintf(out, 40, "%02X%02X%02X%02X-0000-0000-0000-000000000000", id & 0xff, id >> 8 & 0xff,
		 id >> 16 & 0xff, id >> 24);
}

static int enumerate(struct answer *w)
{
	struct sim_device *d = w->d;
	struct sim_context *slot = NULL;
	int64_t now = clock_mono_ms();
	char text[40];

	for (size_t i = 0; i < SIM_CONTEXTS && slot == NULL; i++)
		if (d->contexts[i].id == 0 || now - d->contexts[i].since_ms > SIM_CONTEXT_MS)
			slot = &d->contexts[i];
	if (slot == NULL)
		return fault(w, WSMAN_CONCURRENCY);
	*slot = (struct sim_context){++d->next_context, w->row->cls, now};
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
		if (c->id != 0 && c->cls == w->row->cls && str_eqz(w->rq->context, text))
			return c;
	}
	return NULL;
}

static int pull(struct answer *w)
{
	struct wsman_item items[SIM_MAX_INSTANCES];
	struct sim_context *c = context_find(w);

	if (c == NULL)
		return fault(w, WSMAN_INVALID_CONTEXT);
	c->id = 0;
	size_t n = w->row->instances(w->d, w->arena, items);
	wsman_encode_pull(w->out, w->rq, ++w->d->next_reply, items, n, NULL);
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
		m->call(w->d, w->rq->object, out);
		wsman_encode_object(w->out, w->rq, ++w->d->next_reply, out);
		return 200;
	}
	return fault(w, WSMAN_ACTION_NOT_SUPPORTED);
}

int sim_wsman(struct sim_device *d, struct str xml, struct arena *a, struct buf *out)
{
	struct wsman_request rq = {0};
	struct answer w = {.d = d, .rq = &rq, .arena = a, .out = out};
	struct err *e = wsman_decode_request(xml, a, &rq);

	sim_device_tick(d);
	if (e != NULL) {
		err_free(e);
		return fault(&w, WSMAN_SCHEMA_VALIDATION);
	}
	w.row = rq.cls != NULL ? sim_class_find(rq.cls) : NULL;
	if (w.row == NULL)
		return fault(&w, WSMAN_DESTINATION_UNREACHABLE);
	switch (rq.op) {
	case WSMAN_GET:
		return get(&w);
	case WSMAN_PUT:
		return put(&w);
	case WSMAN_ENUMERATE:
		return enumerate(&w);
	case WSMAN_PULL:
		return pull(&w);
	case WSMAN_RELEASE:
		return release(&w);
	case WSMAN_INVOKE:
		return invoke(&w);
	default:
		return fault(&w, WSMAN_ACTION_NOT_SUPPORTED);
	}
}
