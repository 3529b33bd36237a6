/* SPDX-License-Identifier: Apache-2.0 */
#include <device/call.h>

#include <amt/wsman/classes/ieee8021x.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/wifi.h>

struct wsman_epr device_epr(struct arena *a, const struct wsman_class *cls,
			    const char *key, struct str value)
{
	struct wsman_selector *s = arena_new(a, struct wsman_selector);

	*s = (struct wsman_selector){.name = str_of(key), .value = value};
	return (struct wsman_epr){
		.resource_uri = str_of(cls->uri), .n = 1, .selectors = s};
}

struct str device_epr_key(const struct wsman_epr *e, const char *key)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eqz(e->selectors[i].name, key))
			return e->selectors[i].value;
	return (struct str){0};
}

/* ---- what ReturnValues mean ---- */

struct value_name {
	int64_t value;
	const char *name;
};

/* wsman.md A.7 */
static const struct value_name cim_names[] = {
	{1, "not supported"},
	{2, "unknown error"},
	{3, "not within the time"},
	{4, "failed"},
	{5, "invalid parameter"},
	{6, "in use"},
	{4096, "job started"},
	{4097, "invalid state transition"},
	{4098, "no timeout here"},
	{4099, "busy"},
	{0, NULL},
};
/* B.1 */
static const struct value_name setup_names[] = {
	{1, "internal error"},
	{2, "invalid state"},
	{3, "invalid parameter"},
	{4, "method disabled"},
	{5, "authentication failed"},
	{6, "flash write limit exceeded"},
	{0, NULL},
};
static const struct value_name chain_names[] = {
	{1, "invalid parameter"},
	{2, "internal error"},
	{3, "invalid state"},
	{4, "certificate verification failed"},
	{5, "certificate chain too long"},
	{0, NULL},
};
/* B.9 */
static const struct value_name wifi_names[] = {
	{1, "not supported"},	  {2, "failed"}, {3, "invalid parameter"},
	{4, "invalid reference"}, {0, NULL},
};

static const struct value_name *names_of(const struct wsman_class *cls,
					 const struct wsman_method *m)
{
	if (m == &ips_host_based_setup_service_add_next_cert_in_chain_method)
		return chain_names;
	if (cls == &ips_host_based_setup_service_class)
		return setup_names;
	if (cls == &amt_wifi_port_configuration_service_class)
		return wifi_names;
	if (strncmp(cls->name, "CIM_", 4) == 0 ||
	    strcmp(m->name, "RequestStateChange") == 0)
		return cim_names;
	return NULL; /* PT_STATUS */
}

struct err *device_refusal(const struct wsman_class *cls, const struct wsman_method *m,
			   int64_t value)
{
	const struct value_name *n = names_of(cls, m);
	const char *name = n == NULL ? wsman_pt_status(value) : NULL;

	for (; n != NULL && n->name != NULL; n++)
		if (n->value == value)
			name = n->name;
	return err_new(ERR_DEVICE, "%s.%s: the device answered %s (%lld)", cls->name,
		       m->name, name != NULL ? name : "an unknown status",
		       (long long)value);
}

/* ---- operations ---- */

static struct err *fault(const struct wsman_call *call, const struct wsman_reply *r)
{
	static const char *const ops[] = {
		[WSMAN_GET] = "Get",
		[WSMAN_CREATE] = "Create",
		[WSMAN_DELETE] = "Delete",
	};

	return err_new(ERR_DEVICE, "%s of %s: " STR_FMT ": " STR_FMT, ops[call->op],
		       call->cls->name, STR_ARG(r->fault.subcode),
		       STR_ARG(r->fault.reason));
}

struct err *device_get(struct device_call *c, const struct wsman_class *cls, void **out)
{
	struct wsman_reply r;

	TRY(wsman_get(&c->wsman, cls, NULL, c->arena, device_call_exchange(c), &r));
	*out = r.object;
	return NULL;
}

struct err *device_list(struct device_call *c, const struct wsman_class *cls,
			struct device_list *out)
{
	struct wsman_reply r;

	*out = (struct device_list){0};
	TRY(wsman_enumerate(&c->wsman, cls, c->arena, device_call_exchange(c), &r));
	out->v = arena_alloc(c->arena, r.n_items * sizeof(*out->v));
	for (size_t i = 0; i < r.n_items; i++)
		if (r.items[i].cls == cls)
			out->v[out->n++] = (void *)r.items[i].object;
	return NULL;
}

struct err *device_put(struct device_call *c, const struct wsman_class *cls,
		       const struct wsman_epr *by, const void *object, void **echo)
{
	struct wsman_reply r;

	TRY(wsman_put(&c->wsman, cls, by, object, c->arena, device_call_exchange(c), &r));
	if (echo != NULL)
		*echo = r.object;
	return NULL;
}

struct err *device_create(struct device_call *c, const struct wsman_class *cls,
			  const void *object, bool *existed)
{
	const struct wsman_call call = {.op = WSMAN_CREATE, .cls = cls, .object = object};
	struct wsman_reply r;

	TRY(wsman_exchange(&c->wsman, &call, c->arena, device_call_exchange(c), &r));
	*existed = r.is_fault && wsman_fault_is(&r.fault, "AlreadyExists");
	return r.is_fault && !*existed ? fault(&call, &r) : NULL;
}

struct err *device_delete(struct device_call *c, const struct wsman_class *cls,
			  const struct wsman_epr *by)
{
	const struct wsman_call call = {.op = WSMAN_DELETE, .cls = cls, .selectors = by};
	struct wsman_reply r;

	TRY(wsman_exchange(&c->wsman, &call, c->arena, device_call_exchange(c), &r));
	if (r.is_fault && !wsman_fault_is(&r.fault, "DestinationUnreachable"))
		return fault(&call, &r);
	return NULL;
}

struct err *device_invoke_value(struct device_call *c, const struct wsman_class *cls,
				const struct wsman_method *m, const struct wsman_epr *by,
				const void *in, void **out, int64_t *value)
{
	struct wsman_reply r;

	c->return_value = -1;
	TRY(wsman_invoke(&c->wsman, cls, m, by, in, c->arena, device_call_exchange(c),
			 &r));
	if (!r.return_value.set || r.return_value.v < 0)
		return err_new(ERR_DEVICE, "%s.%s: the device answered without a status",
			       cls->name, m->name);
	c->return_value = *value = r.return_value.v;
	if (out != NULL)
		*out = r.object;
	return NULL;
}

struct err *device_invoke(struct device_call *c, const struct wsman_class *cls,
			  const struct wsman_method *m, const struct wsman_epr *by,
			  const void *in, void **out)
{
	int64_t value;

	TRY(device_invoke_value(c, cls, m, by, in, out, &value));
	return value == 0 ? NULL : device_refusal(cls, m, value);
}

struct err *device_get_if_any(struct device_call *c, const struct wsman_class *cls,
			      void **out)
{
	const struct wsman_call call = {.op = WSMAN_GET, .cls = cls};
	struct wsman_reply r;

	TRY(wsman_exchange(&c->wsman, &call, c->arena, device_call_exchange(c), &r));
	*out = r.is_fault ? NULL : r.object;
	if (!r.is_fault || wsman_fault_is(&r.fault, "DestinationUnreachable") ||
	    wsman_fault_is(&r.fault, "ActionNotSupported"))
		return NULL;
	return fault(&call, &r);
}

#define PT_NOT_PERMITTED 16
#define PT_USER_CONSENT_REQUIRED 2081

bool device_refused(const struct device_call *c)
{
	return c->wsman.faulted || c->return_value > 0;
}

bool device_denied(const struct device_call *c)
{
	return c->wsman.denied || c->return_value == PT_NOT_PERMITTED ||
	       c->return_value == PT_USER_CONSENT_REQUIRED;
}
