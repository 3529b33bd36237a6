/* SPDX-License-Identifier: Apache-2.0
 * The device's reply as the client sees it. What a struct pointer in the reply points to
 * follows from the call alone, never from what the device chose to send: anything else is
 * refused.
 */
#include <amt/wsman/decode_priv.h>

static struct str path_text(const struct xml_node *n, const char *child,
			    const char *grandchild)
{
	return xml_text(
		xml_child(xml_child(n, STR(NS_SOAP), child), STR(NS_SOAP), grandchild));
}

static void read_fault(const struct xml_node *n, struct wsman_fault *out)
{
	const struct xml_node *code = xml_child(n, STR(NS_SOAP), "Code");
	const struct xml_node *detail = xml_child(n, STR(NS_SOAP), "Detail");

	out->code = xml_text(xml_child(code, STR(NS_SOAP), "Value"));
	out->subcode = path_text(code, "Subcode", "Value");
	out->reason = path_text(n, "Reason", "Text");
	out->detail = xml_text(xml_child_any(detail, "FaultDetail"));
}

static struct err *read_instance(struct wsman_reader *r, const struct xml_node *n,
				 const struct wsman_call *call, struct wsman_reply *out)
{
	const struct wsman_class *c = call->cls;

	if (n == NULL && call->op == WSMAN_PUT)
		return NULL;
	if (n == NULL || !str_eqz(n->name, c->name))
		return err_new(ERR_DEVICE, "the device's reply holds no %s", c->name);
	out->object = arena_zalloc(r->a, c->size);
	wsman_read_fields(r, n, c->fields, c->n_fields, out->object);
	return NULL;
}

static struct err *read_output(struct wsman_reader *r, const struct xml_node *n,
			       const struct wsman_call *call, struct wsman_reply *out)
{
	const struct wsman_method *m = call->method;
	struct str name = n != NULL ? n->name : STR("");

	if (!str_ends(name, STR("_OUTPUT")) ||
	    !str_eqz(str_sub(name, 0, name.n - strlen("_OUTPUT")), m->name))
		return err_new(ERR_DEVICE, "the device's reply holds no %s_OUTPUT",
			       m->name);
	out->object = arena_zalloc(r->a, m->out_size);
	wsman_read_fields(r, n, m->out, m->n_out, out->object);
	out->return_value.set =
		wsman_read_number(WSMAN_U32, xml_text(xml_child_any(n, "ReturnValue")),
				  &out->return_value.v);
	return NULL;
}

static void read_items(struct wsman_reader *r, const struct xml_node *items,
		       struct wsman_reply *out)
{
	const struct xml_node *n;
	size_t count = 0;

	for (n = items != NULL ? items->first : NULL; n != NULL; n = n->next)
		count++;
	out->items = arena_zalloc(r->a, count * sizeof(*out->items));
	for (n = items != NULL ? items->first : NULL; n != NULL; n = n->next) {
		const struct wsman_class *c = wsman_class_find(n->name);
		void *object;

		if (c != NULL) {
			object = arena_zalloc(r->a, c->size);
			wsman_read_fields(r, n, c->fields, c->n_fields, object);
			out->items[out->n_items] = (struct wsman_item){c, object};
		}
		out->n_items++;
	}
}

static struct err *read_enumeration(struct wsman_reader *r, const struct xml_node *n,
				    const struct wsman_call *call,
				    struct wsman_reply *out)
{
	bool pull = call->op == WSMAN_PULL;
	const char *name = pull ? "PullResponse" : "EnumerateResponse";

	if (n == NULL || !xml_is(n, STR(NS_ENUMERATION), name))
		return err_new(ERR_DEVICE, "the device's reply holds no %s", name);
	out->context = xml_text(xml_child(n, STR(NS_ENUMERATION), "EnumerationContext"));
	if (!pull)
		return out->context.n > 0
			       ? NULL
			       : err_new(ERR_DEVICE,
					 "the device gave no enumeration context");
	read_items(r, xml_child(n, STR(NS_ENUMERATION), "Items"), out);
	out->end_of_sequence = xml_child(n, STR(NS_ENUMERATION), "EndOfSequence") != NULL;
	return NULL;
}

static struct err *read_created(struct wsman_reader *r, const struct xml_node *n,
				struct wsman_reply *out)
{
	if (n == NULL || !xml_is(n, STR(NS_TRANSFER), "ResourceCreated"))
		return err_new(ERR_DEVICE, "the device's reply holds no ResourceCreated");
	wsman_read_epr(r, n, &out->created);
	return NULL;
}

static struct err *read_body(struct wsman_reader *r, const struct xml_node *n,
			     const struct wsman_call *call, struct wsman_reply *out)
{
	switch (call->op) {
	case WSMAN_GET:
	case WSMAN_PUT:
		return read_instance(r, n, call, out);
	case WSMAN_CREATE:
		return read_created(r, n, out);
	case WSMAN_ENUMERATE:
	case WSMAN_PULL:
		return read_enumeration(r, n, call, out);
	case WSMAN_INVOKE:
		return read_output(r, n, call, out);
	default:
		return NULL;
	}
}

struct err *wsman_decode_reply(struct str xml, const struct wsman_call *call,
			       struct arena *a, struct wsman_reply *out)
{
	struct wsman_reader r = {.a = a};
	struct wsman_envelope env;
	const struct xml_node *n;
	struct err *e;

	*out = (struct wsman_reply){0};
	e = wsman_envelope_read(xml, a, &env);
	if (e != NULL)
		return err_wrap_as(ERR_DEVICE, e,
				   "the device's reply is not WS-Management");
	out->header.to = xml_text(xml_child(env.header, STR(NS_ADDRESSING), "To"));
	out->header.relates_to =
		xml_text(xml_child(env.header, STR(NS_ADDRESSING), "RelatesTo"));
	out->header.action =
		xml_text(xml_child(env.header, STR(NS_ADDRESSING), "Action"));
	out->header.message_id =
		xml_text(xml_child(env.header, STR(NS_ADDRESSING), "MessageID"));
	out->header.resource_uri =
		xml_text(xml_child(env.header, STR(NS_WSMAN), "ResourceURI"));
	n = env.body->first;
	if (n != NULL && xml_is(n, STR(NS_SOAP), "Fault")) {
		out->is_fault = true;
		read_fault(n, &out->fault);
		return NULL;
	}
	return read_body(&r, n, call, out);
}

bool wsman_fault_is(const struct wsman_fault *f, const char *name)
{
	ptrdiff_t colon = str_chr(f->subcode, ':');

	return str_eqz(str_sub(f->subcode, (size_t)(colon + 1), f->subcode.n), name);
}
