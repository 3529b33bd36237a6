/* SPDX-License-Identifier: Apache-2.0 */
#include <device/wired.h>

#include <arpa/inet.h>

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})
#define NO_MAC "00-00-00-00-00-00"

static const struct wsman_class *const cls = &amt_ethernet_port_settings_class;

/* ---- reading ---- */

/* "... Settings 0" is the wired one, "... Settings 1" the wireless one. */
static bool is_number(const struct amt_ethernet_port_settings *p, char digit)
{
	return p->instance_id.n > 0 && p->instance_id.p[p->instance_id.n - 1] == digit;
}

struct err *device_ports_read(struct device_call *c, struct device_ports *out)
{
	struct device_list list;

	*out = (struct device_ports){0};
	TRY(device_list(c, cls, &list));
	for (size_t i = 0; i < list.n; i++) {
		struct amt_ethernet_port_settings *p = list.v[i];
		if (p->mac_address.n == 0 || str_eqz(p->mac_address, NO_MAC))
			continue;
		if (is_number(p, '0'))
			out->wired = p;
		else if (is_number(p, '1'))
			out->wireless = p;
	}
	return NULL;
}

/* ---- addresses ---- */

static bool is_ipv4(struct str s)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr addr;

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(AF_INET, text, &addr) == 1;
}

static struct err *check_address(struct str s, const char *what, bool required)
{
	if (s.n == 0 && !required)
		return NULL;
	if (!is_ipv4(s))
		return err_new(ERR_INVALID, "%s must be an IPv4 address like 192.0.2.10",
			       what);
	return NULL;
}

/* Ones, then zeroes. */
static bool is_mask(struct str s)
{
	struct in_addr addr;
	char text[INET_ADDRSTRLEN];

	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	inet_pton(AF_INET, text, &addr);
	uint32_t inverse = ~ntohl(addr.s_addr);
	return inverse != UINT32_MAX && (inverse & (inverse + 1)) == 0;
}

struct err *device_ip_check(const struct device_ip *ip)
{
	if (ip->mode != DEVICE_IP_STATIC)
		return NULL;
	TRY(check_address(ip->address, "the IP address", true));
	TRY(check_address(ip->mask, "the subnet mask", true));
	if (!is_mask(ip->mask))
		return err_new(ERR_INVALID,
			       "the subnet mask must be one like 255.255.255.0");
	TRY(check_address(ip->gateway, "the gateway", false));
	TRY(check_address(ip->primary_dns, "the primary DNS server", false));
	return check_address(ip->secondary_dns, "the secondary DNS server", false);
}

/* ---- writing ---- */

static void put_mode(struct amt_ethernet_port_settings *s, const struct device_ip *ip)
{
	bool own = ip->mode == DEVICE_IP_STATIC;

	s->dhcp_enabled = NUM(ip->mode == DEVICE_IP_DHCP);
	s->ip_sync_enabled = NUM(!own);
	s->shared_static_ip = NUM(ip->mode == DEVICE_IP_SHARED);
	s->ip_address = own ? ip->address : (struct str){0};
	s->subnet_mask = own ? ip->mask : (struct str){0};
	s->default_gateway = own && ip->gateway.n > 0 ? ip->gateway : (struct str){0};
	s->primary_dns = own && ip->primary_dns.n > 0 ? ip->primary_dns : (struct str){0};
	s->secondary_dns =
		own && ip->secondary_dns.n > 0 ? ip->secondary_dns : (struct str){0};
}

static bool same_num(struct wsman_num a, struct wsman_num b)
{
	return (a.set && a.v != 0) == (b.set && b.v != 0);
}

/* Addresses count only where they are the port's own. */
static bool same(const struct amt_ethernet_port_settings *a,
		 const struct amt_ethernet_port_settings *b, enum device_ip_mode mode)
{
	if (!same_num(a->dhcp_enabled, b->dhcp_enabled) ||
	    !same_num(a->ip_sync_enabled, b->ip_sync_enabled) ||
	    !same_num(a->shared_static_ip, b->shared_static_ip))
		return false;
	return mode != DEVICE_IP_STATIC ||
	       (str_eq(a->ip_address, b->ip_address) &&
		str_eq(a->subnet_mask, b->subnet_mask) &&
		str_eq(a->default_gateway, b->default_gateway) &&
		str_eq(a->primary_dns, b->primary_dns) &&
		str_eq(a->secondary_dns, b->secondary_dns));
}

static struct err *write_port(struct device_call *c,
			      const struct amt_ethernet_port_settings *s, void **echo)
{
	struct wsman_epr by = device_epr(c->arena, cls, "InstanceID", s->instance_id);

	return device_put(c, cls, &by, s, echo);
}

struct err *device_port_write(struct device_call *c,
			      const struct amt_ethernet_port_settings *port,
			      const struct device_ip *ip, bool *changed)
{
	struct amt_ethernet_port_settings want = *port;
	void *echo;
	bool differs;

	TRY(device_ip_check(ip));
	put_mode(&want, ip);
	differs = !same(&want, port, ip->mode);
	if (changed != NULL)
		*changed = differs;
	if (!differs)
		return NULL;
	TRY(write_port(c, &want, &echo));
	if (echo == NULL || !same(echo, &want, ip->mode))
		return err_new(ERR_DEVICE,
			       STR_FMT ": the device did not take the "
				       "settings",
			       STR_ARG(port->instance_id));
	return NULL;
}

struct err *device_port_retransmissions(struct device_call *c,
					const struct amt_ethernet_port_settings *port,
					unsigned count)
{
	struct amt_ethernet_port_settings want = *port;

	if (port->console_tcp_max_retransmissions.set &&
	    port->console_tcp_max_retransmissions.v == count)
		return NULL;
	/* With DHCP or the host's address no address may be sent. */
	if (want.dhcp_enabled.v != 0 || want.ip_sync_enabled.v != 0)
		want.ip_address = want.subnet_mask = want.default_gateway =
			want.primary_dns = want.secondary_dns = (struct str){0};
	want.console_tcp_max_retransmissions = NUM(count);
	return write_port(c, &want, NULL);
}
