/* SPDX-License-Identifier: Apache-2.0
 * A client's request as the device sees it.
 */
#include <amt/wsman/decode_priv.h>

static enum wsman_op op_of(struct str action, struct str resource_uri, struct str *method)
{
	static const enum wsman_op ops[] = {WSMAN_GET,	  WSMAN_PUT,	   WSMAN_CREATE,
					    WSMAN_DELETE, WSMAN_ENUMERATE, WSMAN_PULL,
					    WSMAN_RELEASE};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (str_eqz(action, wsman_action(ops[i])))
			return ops[i];
	/* <resource URI>/<method> */
	if (action.n > resource_uri.n + 1 && str_starts(action, resource_uri) &&
	    action.p[resource_uri.n] == '/') {
		*method = str_sub(action, resource_uri.n + 1, action.n);
		return WSMAN_INVOKE;
	}
	return WSMAN_OP_UNKNOWN;
}

static void read_instance(struct wsman_reader *r, const struct xml_node *n,
			  struct wsman_request *out)
{
	if (out->cls == NULL || n == NULL)
		return;
	out->object = arena_zalloc(r->a, out->cls->size);
	wsman_read_fields(r, n, out->cls->fields, out->cls->n_fields, out->object);
}

/* Parameters are optional: no element at all counts as one without children. */
static void read_input(struct wsman_reader *r, const struct xml_node *n,
		       struct wsman_request *out)
{
	const struct wsman_method *m;

	m = out->cls != NULL ? wsman_method_find(out->cls, out->method_name) : NULL;
	if (m == NULL)
		return;
	out->method = m;
	out->object = arena_zalloc(r->a, m->in_size);
	if (n != NULL)
		wsman_read_fields(r, n, m->in, m->n_in, out->object);
}

static void read_pull(const struct xml_node *n, struct wsman_request *out)
{
	int64_t max = 0;

	out->context = xml_text(xml_child_any(n, "EnumerationContext"));
	if (wsman_read_number(WSMAN_U32, xml_text(xml_child_any(n, "MaxElements")), &max))
		out->max_elements = (uint32_t)max;
}

struct err *wsman_decode_request(struct str xml, struct arena *a,
				 struct wsman_request *out)
{
	struct wsman_reader r = {.a = a};
	struct wsman_envelope env;
	const struct xml_node *n;

	*out = (struct wsman_request){.op = WSMAN_OP_UNKNOWN};
	TRY(wsman_envelope_read(xml, a, &env));
	out->action = xml_text(xml_child(env.header, STR(NS_ADDRESSING), "Action"));
	out->message_id =
		xml_text(xml_child(env.header, STR(NS_ADDRESSING), "MessageID"));
	out->resource_uri = xml_text(xml_child(env.header, STR(NS_WSMAN), "ResourceURI"));
	if (out->action.n == 0)
		return err_new(ERR_INVALID, "request without Action");
	if (out->resource_uri.n == 0)
		return err_new(ERR_INVALID, "request without ResourceURI");
	wsman_read_selectors(&r, xml_child(env.header, STR(NS_WSMAN), "SelectorSet"),
			     &out->selectors);
	out->cls = wsman_class_find(out->resource_uri);
	out->op = op_of(out->action, out->resource_uri, &out->method_name);
	n = env.body->first;
	switch (out->op) {
	case WSMAN_PUT:
	case WSMAN_CREATE:
		read_instance(&r, n, out);
		break;
	case WSMAN_INVOKE:
		read_input(&r, n, out);
		break;
	case WSMAN_PULL:
	case WSMAN_RELEASE:
		read_pull(n, out);
		break;
	default:
		break;
	}
	out->misfit = r.misfit;
	return NULL;
}
