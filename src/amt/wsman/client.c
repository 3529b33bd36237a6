/* SPDX-License-Identifier: Apache-2.0
 * Calls to a device: one exchange, and the operations made of it.
 */
#include <amt/wsman/wsman.h>

#include <rt/fiber.h>

#define MAX_PULLS 100
#define MAX_ITEMS 1000
#define HTTP_OK 200
#define HTTP_FAULT 400 /* goes with every SOAP fault */

static struct err *post(struct wsman *w, const struct wsman_call *call, uint32_t id,
			struct arena *a, struct deadline until, struct amt_response *out)
{
	/* A Put or a method may carry a password. */
	_cleanup_(buf_fini_wipe) struct buf rq = {0};

	wsman_encode_request(&rq, call, id);
	return amt_conn_post(w->conn, buf_str(&rq), a, until, out);
}

static struct err *enter(struct wsman *w, struct deadline until)
{
	return w->enter != NULL ? w->enter(w->limiter_arg, until) : NULL;
}

static void leave(struct wsman *w)
{
	if (w->leave != NULL)
		w->leave(w->limiter_arg);
}

static struct err *exchange(struct wsman *w, const struct wsman_call *call,
			    struct arena *a, struct deadline until,
			    struct wsman_reply *out)
{
	uint32_t id = w->next_id++;
	struct amt_response rs = {0};
	uint64_t answered;
	bool unnamed;

	*out = (struct wsman_reply){0};
	w->faulted = w->denied = false;
	TRY(post(w, call, id, a, until, &rs));
	if (rs.status != HTTP_OK && rs.status != HTTP_FAULT)
		return err_new(ERR_DEVICE, "the device answered HTTP status %d",
			       rs.status);
	if (rs.status == HTTP_FAULT && rs.body.n == 0)
		return err_new(ERR_DEVICE,
			       "the device refused the request (HTTP status 400)");
	TRY(wsman_decode_reply(rs.body, call, a, out));
	/* Firmware that could not read the request cannot name it in its fault. */
	unnamed = out->is_fault && out->header.relates_to.n == 0;
	if (!unnamed &&
	    (!str_u64(out->header.relates_to, UINT32_MAX, &answered) || answered != id))
		return err_new(ERR_DEVICE, "the device answered another request than %u",
			       id);
	w->faulted = out->is_fault;
	w->denied = out->is_fault && wsman_fault_is(&out->fault, "AccessDenied");
	return NULL;
}

struct err *wsman_exchange(struct wsman *w, const struct wsman_call *call,
			   struct arena *a, struct deadline until,
			   struct wsman_reply *out)
{
	TRY(enter(w, until));
	struct err *e = exchange(w, call, a, until, out);

	leave(w);
	return e;
}

/* A fault is an error. */
static struct err *fault_check(const struct wsman_call *call,
			       const struct wsman_reply *reply)
{
	struct str what = STR("fault");

	if (!reply->is_fault)
		return NULL;
	if (reply->fault.subcode.n > 0)
		what = reply->fault.subcode;
	/* Lists that others began and never ended: firmware drops them after a while. */
	if (wsman_fault_is(&reply->fault, "Concurrency"))
		return err_new(ERR_UNAVAILABLE,
			       "%s: the device is busy with other lists; try again in a "
			       "minute",
			       call->cls->name);
	return err_new(ERR_DEVICE, "%s%s%s: " STR_FMT ": " STR_FMT, call->cls->name,
		       call->method != NULL ? "." : "",
		       call->method != NULL ? call->method->name : "", STR_ARG(what),
		       STR_ARG(reply->fault.reason));
}

static struct err *call_device(struct wsman *w, const struct wsman_call *call,
			       struct arena *a, struct deadline until,
			       struct wsman_reply *out)
{
	TRY(wsman_exchange(w, call, a, until, out));
	return fault_check(call, out);
}

struct err *wsman_get(struct wsman *w, const struct wsman_class *c,
		      const struct wsman_epr *selectors, struct arena *a,
		      struct deadline until, struct wsman_reply *out)
{
	const struct wsman_call call = {
		.op = WSMAN_GET, .cls = c, .selectors = selectors};

	return call_device(w, &call, a, until, out);
}

struct err *wsman_put(struct wsman *w, const struct wsman_class *c,
		      const struct wsman_epr *selectors, const void *object,
		      struct arena *a, struct deadline until, struct wsman_reply *out)
{
	const struct wsman_call call = {
		.op = WSMAN_PUT,
		.cls = c,
		.selectors = selectors,
		.object = object,
	};

	return call_device(w, &call, a, until, out);
}

/* Puts what earlier pages held before the page's items; nearly always there is one page
 * only. */
static struct err *prepend(struct arena *a, const struct wsman_item *items, size_t n,
			   struct wsman_reply *page)
{
	struct wsman_item *all;

	if (page->n_items > MAX_ITEMS - n)
		return err_new(ERR_DEVICE, "the device lists more than %d instances",
			       MAX_ITEMS);
	if (n == 0)
		return NULL;
	all = arena_alloc(a, (n + page->n_items) * sizeof(*all));
	memcpy(all, items, n * sizeof(*all));
	memcpy(all + n, page->items, page->n_items * sizeof(*all));
	page->items = all;
	page->n_items += n;
	return NULL;
}

static struct err *page(struct wsman *w, const struct wsman_call *call, struct arena *a,
			struct deadline until, struct wsman_reply *out)
{
	TRY(exchange(w, call, a, until, out));
	return fault_check(call, out);
}

/* A page without a new context keeps the one it was asked with. */
static struct err *pages(struct wsman *w, const struct wsman_class *c, struct arena *a,
			 struct deadline until, struct wsman_reply *out)
{
	struct wsman_call call = {.op = WSMAN_ENUMERATE, .cls = c};
	struct wsman_item *items = NULL;
	size_t n = 0;

	TRY(page(w, &call, a, until, out));
	call.op = WSMAN_PULL;
	call.context = out->context;
	for (int pulls = 0; pulls < MAX_PULLS; pulls++) {
		TRY(page(w, &call, a, until, out));
		TRY(prepend(a, items, n, out));
		if (out->end_of_sequence)
			return NULL;
		items = out->items;
		n = out->n_items;
		if (out->context.n > 0)
			call.context = out->context;
	}
	return err_new(ERR_DEVICE, "the device does not come to an end of its list of %s",
		       c->name);
}

/* Firmware keeps a context from Enumerate to the last Pull. It has a few of them only and
 * frees a lost one after a minute or so, until when everybody's enumerations fail
 * (Concurrency, wsman.md A.6). So the limiter counts the whole as one, and who gives up
 * meanwhile finishes first. */
struct err *wsman_enumerate(struct wsman *w, const struct wsman_class *c, struct arena *a,
			    struct deadline until, struct wsman_reply *out)
{
	TRY(enter(w, until));
	fiber_shield(1);
	struct err *e = pages(w, c, a, until, out);

	fiber_shield(-1);
	leave(w);
	return e;
}

struct err *wsman_invoke(struct wsman *w, const struct wsman_class *c,
			 const struct wsman_method *m, const struct wsman_epr *selectors,
			 const void *in, struct arena *a, struct deadline until,
			 struct wsman_reply *out)
{
	const struct wsman_call call = {
		.op = WSMAN_INVOKE,
		.cls = c,
		.method = m,
		.selectors = selectors,
		.object = in,
	};

	return call_device(w, &call, a, until, out);
}
