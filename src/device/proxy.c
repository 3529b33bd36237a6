/* SPDX-License-Identifier: Apache-2.0 */
#include <device/proxy.h>

#include <device/remote_access.h>

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})
#define PT_DUPLICATE 2058

static const struct wsman_class *const service = &ips_http_proxy_service_class,
				       *const point = &ips_http_proxy_access_point_class;

struct err *device_proxy_check(const struct device_proxy *p)
{
	if (p->address.n == 0 || p->address.n > DEVICE_PROXY_ADDRESS_MAX)
		return err_new(ERR_INVALID, "a proxy's address has 1 to %d characters",
			       DEVICE_PROXY_ADDRESS_MAX);
	if (p->port == 0)
		return err_new(ERR_INVALID, "a proxy's port is 1 to 65535");
	if (p->suffix.n == 0 || p->suffix.n > DEVICE_PROXY_SUFFIX_MAX)
		return err_new(ERR_INVALID,
			       "a proxy's network DNS suffix has 1 to %d characters",
			       DEVICE_PROXY_SUFFIX_MAX);
	return NULL;
}

struct err *device_proxy_add(struct device_call *c, const struct device_proxy *p)
{
	const struct wsman_method *m =
		&ips_http_proxy_service_add_proxy_access_point_method;
	struct ips_http_proxy_service_add_proxy_access_point_in in = {
		.access_info = p->address,
		.info_format = NUM(device_address_format(p->address)),
		.port = NUM(p->port),
		.network_dns_suffix = p->suffix,
	};
	int64_t value;

	TRY(device_proxy_check(p));
	TRY(device_invoke_value(c, service, m, NULL, &in, NULL, &value));
	if (value == PT_DUPLICATE)
		return err_wrap_as(ERR_CONFLICT, device_refusal(service, m, value),
				   "the device has the proxy " STR_FMT " already",
				   STR_ARG(p->address));
	return value == 0 ? NULL : device_refusal(service, m, value);
}

struct err *device_proxy_list(struct device_call *c, struct device_list *out)
{
	return device_list(c, point, out);
}

struct err *device_proxy_delete(struct device_call *c, struct str name)
{
	struct wsman_epr by = device_epr(c->arena, point, "Name", name);

	return device_delete(c, point, &by);
}

struct err *device_proxy_clear(struct device_call *c, size_t *deleted)
{
	struct device_list list;

	TRY(device_proxy_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct ips_http_proxy_access_point *p = list.v[i];
		TRY(device_proxy_delete(c, p->name));
	}
	if (deleted != NULL)
		*deleted = list.n;
	return NULL;
}
