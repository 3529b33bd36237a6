/* SPDX-License-Identifier: Apache-2.0 */
#include <device/general.h>

#define YES ((struct wsman_num){.set = true, .v = 1})

static const struct wsman_class *const settings = &amt_general_settings_class;

struct err *device_general_read(struct device_call *c, struct amt_general_settings **out)
{
	void *object;

	TRY(device_get(c, settings, &object));
	*out = object;
	return NULL;
}

struct err *device_general_write(struct device_call *c,
				 const struct amt_general_settings *s)
{
	return device_put(c, settings, NULL, s, NULL);
}

static bool turn_on(struct wsman_num *n)
{
	bool was = n->set && n->v == 1;

	*n = YES;
	return !was;
}

struct err *device_general_network_on(struct device_call *c, bool *changed)
{
	struct amt_general_settings *s;

	TRY(device_general_read(c, &s));
	bool any = turn_on(&s->shared_fqdn);
	any |= turn_on(&s->amt_network_enabled);
	any |= turn_on(&s->rmcp_ping_response_enabled);
	if (changed != NULL)
		*changed = any;
	return any ? device_general_write(c, s) : NULL;
}

struct err *device_host_name_set(struct device_call *c, struct str host,
				 struct str domain, bool *changed)
{
	struct amt_general_settings *s;

	if (host.n == 0 || host.n > DEVICE_HOST_NAME_MAX)
		return err_new(ERR_INVALID, "a host name has 1 to %d characters",
			       DEVICE_HOST_NAME_MAX);
	if (domain.n > DEVICE_DOMAIN_NAME_MAX)
		return err_new(ERR_INVALID, "a domain name has at most %d characters",
			       DEVICE_DOMAIN_NAME_MAX);
	TRY(device_general_read(c, &s));
	*changed = !str_eq(s->host_name, host) ||
		   (domain.p != NULL && !str_eq(s->domain_name, domain));
	if (!*changed)
		return NULL;
	s->host_name = host;
	if (domain.p != NULL)
		s->domain_name = domain;
	return device_general_write(c, s);
}
