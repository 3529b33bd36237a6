/* SPDX-License-Identifier: Apache-2.0 */
#include <device/explorer.h>

static bool readable(const struct wsman_class *cls)
{
	return cls->ops & 1u << WSMAN_ENUMERATE;
}

/* The nth readable one; NULL past the last. */
static const struct wsman_class *nth(size_t n)
{
	const struct wsman_class *cls;

	for (size_t i = 0; (cls = wsman_class_at(i)) != NULL; i++)
		if (readable(cls) && n-- == 0)
			return cls;
	return NULL;
}

size_t device_explorer_count(void)
{
	size_t n = 0;

	while (nth(n) != NULL)
		n++;
	return n;
}

const struct wsman_class *device_explorer_class(size_t i)
{
	return nth(i);
}

void device_explorer_name(const struct wsman_class *cls, char out[80])
{
	snprintf(out, 80, "%.3s%s", cls->name, cls->name + 4);
}

const struct wsman_class *device_explorer_find(const char *name)
{
	const struct wsman_class *cls = wsman_class_find(str_of(name));
	char other[80];

	if (cls == NULL && strlen(name) > 3 && strlen(name) < sizeof(other) - 1) {
		snprintf(other, sizeof(other), "%.3s_%s", name, name + 3);
		cls = wsman_class_find(str_of(other));
	}
	return cls != NULL && readable(cls) ? cls : NULL;
}

/* One exchange; the texts as they went. */
static struct err *post(struct device_call *c, const struct wsman_call *call,
			struct str *request, struct str *reply)
{
	struct buf rq = {0};
	struct amt_response rs = {0};

	wsman_encode_request(&rq, call, c->wsman.next_id++);
	request->p = arena_strndup(c->arena, rq.p, rq.len);
	request->n = rq.len;
	buf_fini(&rq);
	TRY(amt_conn_post(c->wsman.conn, *request, c->arena, device_call_exchange(c),
			  &rs));
	if (rs.body.n == 0)
		return err_new(ERR_DEVICE, "the device answered HTTP status %d",
			       rs.status);
	*reply = rs.body;
	return NULL;
}

static struct err *pages(struct device_call *c, const struct wsman_class *cls,
			 struct str *request, struct str *reply)
{
	struct wsman_call call = {.op = WSMAN_ENUMERATE, .cls = cls};
	struct wsman_reply r;

	TRY(post(c, &call, request, reply));
	TRY(wsman_decode_reply(*reply, &call, c->arena, &r));
	if (r.is_fault)
		return NULL;
	call.op = WSMAN_PULL;
	call.context = r.context;
	return post(c, &call, request, reply);
}

/* As wsman_enumerate: firmware is short of enumerations, so one that began is ended. */
struct err *device_explore(struct device_call *c, const struct wsman_class *cls,
			   struct device_exploration *out)
{
	struct str request = {0}, reply = {0};

	if (c->wsman.enter != NULL)
		TRY(c->wsman.enter(c->wsman.limiter_arg, device_call_exchange(c)));
	fiber_shield(1);
	struct err *e = pages(c, cls, &request, &reply);
	fiber_shield(-1);
	if (c->wsman.leave != NULL)
		c->wsman.leave(c->wsman.limiter_arg);
	TRY(e);
	out->request = request.p;
	out->reply = str_dup(c->arena, reply);
	return NULL;
}
