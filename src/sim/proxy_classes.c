/* SPDX-License-Identifier: Apache-2.0
 * HTTP proxies of a full device. wsman.md B.3.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/proxy.h>

#define PT_MAX_LIMIT_REACHED 23
#define PT_INVALID_PARAMETER 36
#define PT_DUPLICATE 2058
#define MAX_PROXIES 15
#define MAX_ACCESS_INFO 256
#define MAX_DNS_SUFFIX 192
#define NAME_PREFIX "Intel(r) ME:HTTP Proxy Access Point"

enum { IPV4 = 3, IPV6 = 4, FQDN = 201 };

static struct ips_http_proxy_access_point *nth(const struct sim_state *st, size_t n)
{
	return sim_store_nth(&st->store, &ips_http_proxy_access_point_class, n);
}

static bool is_duplicate(const struct sim_state *st, struct str info, int64_t port,
			 struct str suffix)
{
	const struct ips_http_proxy_access_point *p;

	for (size_t i = 0; (p = nth(st, i)) != NULL; i++)
		if (str_ieq(p->access_info, info) && p->port.v == port &&
		    str_ieq(p->network_dns_suffix, suffix))
			return true;
	return false;
}

static int64_t refusal(const struct sim_call *c,
		       const struct ips_http_proxy_service_add_proxy_access_point_in *in)
{
	if (in == NULL || in->access_info.n == 0 || in->access_info.n > MAX_ACCESS_INFO ||
	    in->network_dns_suffix.n == 0 || in->network_dns_suffix.n > MAX_DNS_SUFFIX ||
	    in->port.v < 1 || in->port.v > 65535 ||
	    (in->info_format.v != IPV4 && in->info_format.v != IPV6 &&
	     in->info_format.v != FQDN))
		return PT_INVALID_PARAMETER;
	if (is_duplicate(c->st, in->access_info, in->port.v, in->network_dns_suffix))
		return PT_DUPLICATE;
	if (sim_store_count(&c->st->store, &ips_http_proxy_access_point_class) >=
	    MAX_PROXIES)
		return PT_MAX_LIMIT_REACHED;
	return 0;
}

static void add(struct sim_call *c, const void *in_, void *out_)
{
	const struct ips_http_proxy_service_add_proxy_access_point_in *in = in_;
	struct ips_http_proxy_service_add_proxy_access_point_out *out = out_;
	struct ips_http_proxy_access_point *p;
	char name[64];

	out->return_value = sim_num(refusal(c, in));
	if (out->return_value.v != 0) {
		/* An empty reference comes with a failure. */
		out->proxy_access_point.address = STR("default");
		return;
	}
	snprintf(name, sizeof(name), NAME_PREFIX " %u",
		 sim_store_free_number(&c->st->store, &ips_http_proxy_access_point_class,
				       "Name", NAME_PREFIX));
	p = sim_object_new(&ips_http_proxy_access_point_class);
	sim_text_set(&p->access_info, in->access_info);
	sim_text_set(&p->creation_class_name, STR("IPS_HTTPProxyAccessPoint"));
	sim_text_set(&p->element_name, STR("Intel(r) ME:HTTP Proxy Access Point"));
	sim_text_set(&p->name, str_of(name));
	sim_text_set(&p->network_dns_suffix, in->network_dns_suffix);
	sim_text_set(&p->system_creation_class_name, STR("CIM_ComputerSystem"));
	sim_text_set(&p->system_name, STR("Intel(r) AMT"));
	p->info_format = in->info_format;
	p->port = in->port;
	p->priority = sim_num((int64_t)sim_store_count(
		&c->st->store, &ips_http_proxy_access_point_class));
	p->type = sim_num(0);
	sim_store_add(&c->st->store, &ips_http_proxy_access_point_class, p);
	c->changed = true;
	out->proxy_access_point =
		sim_epr_to(c->arena, &ips_http_proxy_access_point_class, p);
}

/* To the top; those above it go down by one. */
static void raise_priority(struct sim_call *c, const void *in, void *out_)
{
	struct ips_http_proxy_access_point_update_priority_out *out = out_;
	struct ips_http_proxy_access_point *p,
		*top = sim_store_find(&c->st->store, &ips_http_proxy_access_point_class,
				      &c->rq->selectors);

	for (size_t i = 0; (p = nth(c->st, i)) != NULL; i++)
		if (p->priority.v < top->priority.v)
			p->priority.v++;
	top->priority.v = 0;
	c->changed = true;
	out->return_value = sim_num(0);
}

static void check(struct sim_call *c, enum wsman_op op, void *object, const void *was)
{
	const struct ips_http_proxy_access_point *gone = object;
	struct ips_http_proxy_access_point *p;

	if (op != WSMAN_DELETE)
		return;
	for (size_t i = 0; (p = nth(c->st, i)) != NULL; i++)
		if (p->priority.v > gone->priority.v)
			p->priority.v--;
}

static const struct sim_method service_methods[] = {
	{&ips_http_proxy_service_add_proxy_access_point_method, add},
};
static const struct sim_method point_methods[] = {
	{&ips_http_proxy_access_point_update_priority_method, raise_priority},
};

const struct sim_class sim_proxy_classes[] = {
	{.cls = &ips_http_proxy_service_class,
	 .methods = service_methods,
	 .n_methods = ARRAY_LEN(service_methods)},
	{.cls = &ips_http_proxy_access_point_class,
	 .methods = point_methods,
	 .n_methods = ARRAY_LEN(point_methods),
	 .check = check},
};
const size_t sim_proxy_classes_n = ARRAY_LEN(sim_proxy_classes);
