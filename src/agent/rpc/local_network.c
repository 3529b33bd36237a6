/* SPDX-License-Identifier: Apache-2.0
 * Wired port, host name, clock and proxies. rpc.md 1.6, 4.7.
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/os.h>
#include <agent/rpc/words.h>
#include <device/certificates.h>
#include <device/clock.h>
#include <device/general.h>
#include <device/proxy.h>
#include <device/wired.h>

/* ---- wired ---- */

static struct str text(const char *s)
{
	return s != NULL ? str_of(s) : (struct str){0};
}

static struct err *combination(struct rpc *r, const char *why)
{
	return rpc_exit_error(r, RPC_EXIT_COMBINATION, "%s", why);
}

static struct err *address(struct rpc *r, const char *value, bool required,
			   enum rpc_exit code, const char *what)
{
	struct device_ip probe = {.mode = DEVICE_IP_STATIC,
				  .address = text(value),
				  .mask = STR("255.255.255.0")};

	if (value == NULL)
		return required ? rpc_exit_error(r, code,
						 "%s is required for static "
						 "configuration",
						 what)
				: NULL;
	struct err *e = device_ip_check(&probe);
	err_free(e);
	return e == NULL ? NULL
			 : rpc_exit_error(r, code, "invalid %s format: %s", what, value);
}

/* The options as the port's new settings; codes 27 and 29 to 33. */
static struct err *wanted(struct rpc *r, struct device_ip *ip)
{
	const struct rpc_options *o = &r->o;
	bool addresses = o->ip_address != NULL || o->subnet_mask != NULL ||
			 o->gateway != NULL || o->primary_dns != NULL ||
			 o->secondary_dns != NULL;

	*ip = (struct device_ip){.mode = o->dhcp      ? DEVICE_IP_DHCP
					 : o->ip_sync ? DEVICE_IP_SHARED
						      : DEVICE_IP_STATIC,
				 .address = text(o->ip_address),
				 .mask = text(o->subnet_mask),
				 .gateway = text(o->gateway),
				 .primary_dns = text(o->primary_dns),
				 .secondary_dns = text(o->secondary_dns)};
	if (o->dhcp && o->static_ip_mode)
		return combination(r, "must specify -dhcp or -static, not both");
	if (o->dhcp && addresses)
		return combination(r, "cannot specify static IP settings when DHCP is "
				      "enabled");
	if (r->form == RPC_V2 && o->dhcp && !o->ip_sync)
		return combination(r, "-dhcp needs -ipsync");
	if (!o->dhcp && !o->static_ip_mode && !o->ip_sync && !addresses)
		return combination(r, "must specify -dhcp or static IP settings "
				      "(ipaddress, subnetmask, gateway, primarydns)");
	if (ip->mode != DEVICE_IP_STATIC)
		return NULL;
	TRY(address(r, o->ip_address, true, RPC_EXIT_STATIC_IP, "IP address"));
	TRY(address(r, o->subnet_mask, true, RPC_EXIT_NETWORK_MASK, "subnet mask"));
	TRY(address(r, o->gateway, true, RPC_EXIT_GATEWAY, "gateway"));
	TRY(address(r, o->primary_dns, true, RPC_EXIT_PRIMARY_DNS, "primary DNS"));
	TRY(address(r, o->secondary_dns, false, RPC_EXIT_SECONDARY_DNS, "secondary DNS"));
	struct err *e = device_ip_check(ip);
	return e == NULL ? NULL : rpc_exit_wrap(r, e, RPC_EXIT_NETWORK_MASK);
}

static struct err *wired_8021x(struct rpc *r, struct device_call *c)
{
	struct device_8021x x;

	if (!local_8021x_wanted(r)) {
		TRY(device_8021x_off(c, NULL));
		return device_certificate_prune(c, NULL, NULL);
	}
	struct err *e = local_8021x(r, c, &x);
	if (e == NULL) {
		rpc_log(r, LOG_INFO, "Configuring 802.1x profile: " STR_FMT,
			STR_ARG(x.name));
		e = device_8021x_set(c, &x);
	}
	/* Those of the settings before: firmware has room for few. */
	if (e == NULL)
		err_free(device_certificate_prune(c, NULL, NULL));
	return e == NULL || r->code != RPC_EXIT_OK
		       ? e
		       : rpc_exit_wrap(r, e, RPC_EXIT_IEEE8021X_CONFIGURATION);
}

struct err *local_wired(struct rpc *r, struct device_call *c, const void *arg)
{
	struct device_ports ports;
	struct device_ip ip;

	rpc_log(r, LOG_INFO, "Configuring wired ethernet settings...");
	TRY(wanted(r, &ip));
	TRY(device_ports_read(c, &ports));
	if (ports.wired == NULL)
		return err_new(ERR_DEVICE, "the device has no wired network port");
	TRY(device_port_write(c, ports.wired, &ip, NULL));
	TRY(wired_8021x(r, c));
	rpc_log(r, LOG_INFO,
		local_8021x_wanted(r) ? "Wired settings configured with 802.1x "
					"successfully"
				      : "Wired settings configured successfully");
	return NULL;
}

struct err *rpc_configure_wired(struct rpc *r)
{
	TRY(local_config_apply(r));
	return local_configure(r, RPC_EXIT_WIRED_CONFIGURATION, local_wired);
}

/* ---- host name ---- */

/* What name services know of it; "localhost" and the name itself are no suffix. */
static struct err *suffix_of(struct rpc *r, struct str host, struct str *out)
{
	const char *suffix = "";
	struct err *e = os_dns_suffix(&r->a, &suffix);

	if (err_is(e, ERR_CANCELLED))
		return e;
	if (e != NULL)
		rpc_log_err(r, LOG_DEBUG, e);
	err_free(e);
	*out = (struct str){0};
	if (strchr(suffix, '.') != NULL && !str_eqz(host, suffix))
		*out = str_of(suffix);
	return NULL;
}

struct err *local_hostname(struct rpc *r, struct device_call *c, const void *arg)
{
	struct str host, domain, name;
	const char *full = "";
	bool changed;
	struct err *e = os_hostname(&r->a, &full);

	if (e != NULL || full[0] == '\0') {
		err_free(e);
		rpc_log(r, LOG_ERROR, "OS hostname is not available");
		return rpc_exit_error(r, RPC_EXIT_OS_NETWORK, NULL);
	}
	name = str_of(full);
	str_split(&name, '.', &host);
	TRY(suffix_of(r, host, &domain));
	TRY(device_host_name_set(c, host, domain, &changed));
	rpc_log(r, LOG_INFO,
		"Synchronized AMT hostname to '" STR_FMT "' with DNS suffix '" STR_FMT
		"'",
		STR_ARG(host), STR_ARG(domain));
	return NULL;
}

struct err *rpc_configure_hostname(struct rpc *r)
{
	return local_configure(r, RPC_EXIT_SYNC_HOSTNAME, local_hostname);
}

/* ---- clock ---- */

struct err *local_sync_clock(struct rpc *r, struct device_call *c, const void *arg)
{
	rpc_log(r, LOG_INFO, "synchronizing time");
	struct err *e = device_clock_sync(c);
	/* A status of the firmware has a code of its own. */
	if (e != NULL && c->return_value > 0)
		return rpc_exit_wrap(r, e, RPC_EXIT_AMT_STATUS);
	TRY(e);
	rpc_log(r, LOG_INFO, "synchronizing time completed successfully");
	return NULL;
}

struct err *rpc_configure_sync_clock(struct rpc *r)
{
	return local_configure(r, RPC_EXIT_SYNC_CLOCK, local_sync_clock);
}

/* ---- proxies ---- */

static struct err *proxy_list(struct rpc *r, struct device_call *c)
{
	struct device_list list;

	rpc_log(r, LOG_INFO, "Retrieving HTTP proxy access points...");
	TRY(device_proxy_list(c, &list));
	rpc_log(r, LOG_INFO,
		list.n == 0 ? "No HTTP proxy access points configured"
			    : "HTTP Proxy Access Points:");
	for (size_t i = 0; i < list.n; i++) {
		const struct ips_http_proxy_access_point *p = list.v[i];
		rpc_log(r, LOG_INFO, "  [%zu] Address: " STR_FMT, i + 1,
			STR_ARG(p->access_info));
		rpc_log(r, LOG_INFO, "      Port: %lld", (long long)p->port.v);
		rpc_log(r, LOG_INFO, "      DNS Suffix: " STR_FMT,
			STR_ARG(p->network_dns_suffix));
		rpc_log(r, LOG_INFO, "      Type: %s",
			rpc_word_info_format(p->info_format.v));
		rpc_log(r, LOG_INFO, "      Name: " STR_FMT, STR_ARG(p->name));
	}
	return NULL;
}

static struct err *proxy_delete(struct rpc *r, struct device_call *c)
{
	struct device_list list;

	rpc_log(r, LOG_INFO, "Deleting HTTP proxy access point for address: %s",
		r->o.address);
	TRY(device_proxy_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct ips_http_proxy_access_point *p = list.v[i];
		if (!str_ieqz(p->access_info, r->o.address))
			continue;
		TRY(device_proxy_delete(c, p->name));
		rpc_log(r, LOG_INFO,
			"HTTP proxy access point for %s deleted successfully",
			r->o.address);
		return NULL;
	}
	return err_new(ERR_NOT_FOUND, "no HTTP proxy access point found with address: %s",
		       r->o.address);
}

static struct err *proxy_add(struct rpc *r, struct device_call *c)
{
	uint64_t port;
	struct device_proxy p = {.address = text(r->o.address),
				 .suffix = text(r->o.network_dns_suffix)};

	rpc_log(r, LOG_INFO, "Configuring HTTP proxy access point...");
	if (!str_u64(text(r->o.port != NULL ? r->o.port : "80"), 65535, &port) ||
	    port == 0)
		return rpc_exit_error(r, RPC_EXIT_PROXY,
				      "port must be between 1 and 65535");
	p.port = (uint16_t)port;
	struct err *e = device_proxy_check(&p);
	if (e != NULL)
		return rpc_exit_wrap(r, e, RPC_EXIT_PROXY);
	e = device_proxy_add(c, &p);
	if (err_is(e, ERR_CONFLICT)) {
		err_free(e);
		rpc_log(r, LOG_ERROR, "Proxy access point already exists (duplicate)");
		return NULL;
	}
	TRY(e);
	rpc_log(r, LOG_INFO, "HTTP proxy access point configured successfully");
	return NULL;
}

struct err *local_proxy(struct rpc *r, struct device_call *c, const void *arg)
{
	if (r->o.list)
		return proxy_list(r, c);
	if (r->o.address == NULL)
		return rpc_exit_error(r, RPC_EXIT_PROXY,
				      r->o.delete ? "address is required when using "
						    "--delete"
						  : "address is required for adding a "
						    "proxy");
	return r->o.delete ? proxy_delete(r, c) : proxy_add(r, c);
}

struct err *rpc_configure_proxy(struct rpc *r)
{
	return local_configure(r, RPC_EXIT_NETWORK_CONFIGURATION, local_proxy);
}
