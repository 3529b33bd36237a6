/* SPDX-License-Identifier: Apache-2.0
 * HTTP proxies that AMT may use (rps.md 2.8).
 */
#include <rps/rps_api_priv.h>

#include <arpa/inet.h>
#include <ctype.h>

static const char *const keys[] = {"address", "port", "networkDnsSuffix", NULL};

static bool is_ipv6(const char *s)
{
	uint8_t addr[16];

	return inet_pton(AF_INET6, s, addr) == 1;
}

static bool label_made_of(struct str l, const char *others)
{
	for (size_t i = 0; i < l.n; i++)
		if (!isalnum((unsigned char)l.p[i]) && strchr(others, l.p[i]) == NULL)
			return false;
	return l.n > 0 && l.n <= 63;
}

static bool is_letters(struct str l, size_t min, size_t max)
{
	for (size_t i = 0; i < l.n; i++)
		if (!isalpha((unsigned char)l.p[i]))
			return false;
	return l.n >= min && l.n <= max;
}

/* Labels of these characters, at least two, the last of letters alone. */
static bool is_dns_name(const char *s, const char *others, bool hyphens_inside,
			size_t max_top)
{
	struct str left = str_of(s), l, last = {0};
	size_t n = 0;

	while (str_split(&left, '.', &l)) {
		if (!label_made_of(l, others))
			return false;
		if (hyphens_inside && (l.p[0] == '-' || l.p[l.n - 1] == '-'))
			return false;
		last = l;
		n++;
	}
	return n >= 2 && is_letters(last, 2, max_top);
}

static void check_address(struct rps_check *c)
{
	struct rps_field f = rps_field(c, "address");
	const char *s = json_string_value(f.v);

	rps_filled(&f, "Server address is required");
	if (s == NULL ||
	    (!rps_is_ipv4(s) && !is_ipv6(s) && !is_dns_name(s, "-_", false, 11)))
		rps_fail(&f, "Server address must be a valid IPv4, IPv6, or FQDN");
	rps_length(&f, 0, 256, "Server address maximum length is 256");
}

static struct err *check(struct http_req *req, struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "name");

	if (!update) {
		rps_filled(&f, "Proxy profile name is required");
		rps_made_of(&f, "", "Proxy profile name should be alphanumeric");
		rps_length(&f, 0, 32, "Proxy profile name maximum length is 32");
	}
	check_address(c);
	f = rps_field(c, "port");
	rps_int(&f, 1, 65535, "Port value should range between 1 and 65535");
	f = rps_field(c, "networkDnsSuffix");
	rps_filled(&f, "Domain name of the network is required");
	if (!json_is_string(f.v) || !is_dns_name(json_string_value(f.v), "-", true, 63))
		rps_fail(&f, "Domain name of the network should contain alphanumeric and "
			     "hyphens in the middle");
	rps_length(&f, 0, 192, "Domain name of the network maximum length is 192");
	return NULL;
}

static void set_format(json_t *values)
{
	const char *s = rps_text(values, "address");

	json_object_set_new(values, "infoFormat",
			    json_integer(is_ipv6(s)	  ? 4
					 : rps_is_ipv4(s) ? 3
							  : 201));
}

struct err *rps_proxy_create(struct http_req *req, struct http_res *res)
{
	json_auto_t *body = NULL;
	bool answered;

	TRY(rps_begin_create(req, res, check, &body, &answered));
	if (answered)
		return NULL;
	set_format(body);
	struct rps_change change = rps_change_of(req, body);
	return rps_finish_create(req, res, &change);
}

/* There are no versions, so what another instance changed meanwhile is replaced too. */
struct err *rps_proxy_update(struct http_req *req, struct http_res *res)
{
	_cleanup_(rps_updating_fini) struct rps_updating u = {0};
	bool answered;

	TRY(rps_begin_update(req, res, check, &u, &answered));
	if (answered)
		return NULL;
	rps_take(u.values, u.body, keys);
	set_format(u.values);
	struct rps_change change = rps_change_of(req, u.values);
	return rps_finish_update(req, res, &change, &u.old);
}
