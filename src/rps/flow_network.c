/* SPDX-License-Identifier: Apache-2.0
 * Network: the wired port, Wi-Fi, proxies. rps.md 7.8-7.11.
 */
#include <rps/flow.h>

#include <device/certificates.h>
#include <device/general.h>
#include <device/proxy.h>
#include <device/wifi.h>
#include <device/wired.h>
#include <rps/flow_8021x.h>

#define WIRELESS_RETRANSMISSIONS 7

/* ---- wired ---- */

static struct device_ip wanted_ip(const struct flow *f,
				  const struct amt_ethernet_port_settings *port)
{
	const struct rps_profile *p = &f->setup.profile;

	if (p->dhcp == RPS_YES)
		return (struct device_ip){.mode = DEVICE_IP_DHCP};
	if (p->ip_sync != RPS_NO)
		return (struct device_ip){.mode = DEVICE_IP_SHARED};
	return (struct device_ip){
		.mode = DEVICE_IP_STATIC,
		.address = port->ip_address,
		.mask = port->subnet_mask,
		.gateway = port->default_gateway,
		.primary_dns = port->primary_dns,
		.secondary_dns = port->secondary_dns,
	};
}

static struct err *wired(struct flow *f, const struct amt_ethernet_port_settings *port)
{
	const struct device_ip ip = wanted_ip(f, port);

	if (ip.mode == DEVICE_IP_STATIC && (ip.address.n == 0 || ip.mask.n == 0))
		return err_new(ERR_INVALID,
			       "Invalid configuration - IPAddress and SubnetMask are "
			       "required when AMT profile is static and IpSyncEnabled is "
			       "false");
	/* TLS-only firmware loses the host's connection over it. */
	if (!f->payload.tls_enforced) {
		struct err *e = device_port_write(&f->call, port, &ip, NULL);
		if (e != NULL)
			return err_wrap(e, "Failed to put to ethernet port settings");
	}
	if (f->setup.wired != NULL) {
		struct err *e = flow_8021x_wired(f, f->setup.wired);
		if (e != NULL)
			return err_wrap(e, "Failed to configure 802.1x");
	}
	return NULL;
}

static struct err *configure_wired(struct flow *f,
				   const struct amt_ethernet_port_settings *port)
{
	struct err *e = wired(f, port);

	f->network = e == NULL ? "Wired Network Configured" : flow_error_text(f, e);
	flow_progress(f,
		      e == NULL ? "Wired network configuration completed"
				: "Wired network configuration failed: %s",
		      f->network);
	return flow_note(f, FLOW_WIRED, f->network, e);
}

/* ---- Wi-Fi ---- */

static bool wants_wireless(const struct flow *f)
{
	const struct rps_profile *p = &f->setup.profile;

	return f->setup.n_wifi > 0 || p->local_wifi_sync == RPS_YES ||
	       p->uefi_wifi_sync == RPS_YES;
}

static struct err *switch_wireless(struct flow *f,
				   const struct amt_ethernet_port_settings *port)
{
	const struct rps_profile *p = &f->setup.profile;
	const struct device_wifi_sync sync = {.local = p->local_wifi_sync != RPS_NO,
					      .uefi = p->uefi_wifi_sync == RPS_YES};
	struct err *e =
		device_port_retransmissions(&f->call, port, WIRELESS_RETRANSMISSIONS);

	if (e != NULL)
		return err_wrap(e, "Failed to put Max Retransmissions to ethernet port "
				   "settings");
	e = device_wifi_sync_set(&f->call, &sync, NULL);
	if (e != NULL)
		return err_wrap(e, "Failed to put WiFi Port Configuration Service");
	e = device_wifi_port_set(&f->call, CIM_WIFI_S0_SX_AC);
	return e == NULL ? NULL
			 : err_wrap(e, "Failed to request state change for wifi port");
}

static struct err *add_wireless(struct flow *f, const struct rps_setup_wifi *w)
{
	_cleanup_(flow_8021x_fini) struct flow_8021x x = {0};
	struct device_wifi to = {
		.name = str_of(w->config.name),
		.ssid = str_of(w->config.ssid),
		.priority = (unsigned)w->priority,
		.auth = (enum cim_wifi_auth)w->config.authentication,
		.encryption = (enum cim_wifi_encryption)w->config.encryption,
		.passphrase = w->ieee8021x == NULL ? &w->psk : NULL,
	};

	if (w->ieee8021x == NULL)
		return device_wifi_add(&f->call, &to);
	TRY(flow_8021x_prepare(f, w->ieee8021x, &x));
	to.ieee8021x = &x.settings;
	struct err *e = device_wifi_add(&f->call, &to);
	if (e != NULL)
		err_free(device_certificate_prune(&f->call, NULL, NULL));
	return e;
}

struct tally {
	const char *added, *failed; /* "a, b" or NULL */
	const char *why;	    /* of the first that failed */
};

static void count(struct flow *f, struct tally *t, const char *name, const char *why)
{
	const char **list = why == NULL ? &t->added : &t->failed;

	*list = *list == NULL ? name : arena_printf(f->arena, "%s, %s", *list, name);
	if (t->why == NULL)
		t->why = why;
}

static struct err *add_all_wireless(struct flow *f, struct tally *t)
{
	for (size_t i = 0; i < f->setup.n_wifi; i++) {
		const struct rps_setup_wifi *w = &f->setup.wifi[i];
		struct err *e = add_wireless(f, w);

		flow_progress(f,
			      e == NULL ? "Added wireless profile %s%s"
					: "Wireless profile %s%s failed",
			      w->config.name, w->ieee8021x != NULL ? " (802.1x)" : "");
		count(f, t, w->config.name, e == NULL ? NULL : flow_error_text(f, e));
		err_free(e);
		TRY(rpc_session_check(f->rpc));
	}
	return NULL;
}

static const char *wireless_text(struct flow *f, const struct tally *t)
{
	if (f->setup.n_wifi == 0)
		return "Wireless Only Local Profile Sync Configured";
	if (t->failed == NULL)
		return "Wireless Configured";
	if (t->added == NULL)
		return arena_printf(f->arena, "Failed to add %s", t->failed);
	return arena_printf(f->arena, "Added %s WiFi Profiles. Failed to add %s",
			    t->added, t->failed);
}

static struct err *configure_wireless(struct flow *f,
				      const struct amt_ethernet_port_settings *port)
{
	struct tally t = {0};
	struct err *e = switch_wireless(f, port);
	const char *text;

	if (e == NULL) {
		TRY(add_all_wireless(f, &t));
		text = wireless_text(f, &t);
		if (t.failed != NULL)
			e = err_wrap(err_new(ERR_DEVICE, "%s", t.why), "%s", text);
	}
	if (e != NULL)
		text = flow_error_text(f, e);
	f->network = flow_join(f, f->network, text);
	flow_progress(f,
		      e == NULL ? "Wireless network configuration completed"
				: "Wireless network configuration failed: %s",
		      text);
	if (f->setup.n_wifi == 0)
		f->parts[FLOW_WIRELESS].mode = "LocalProfileSync";
	return flow_note(f, FLOW_WIRELESS, text, e);
}

/* ---- proxies ---- */

static struct err *configure_proxies(struct flow *f)
{
	struct tally t = {0};
	struct err *failed = NULL;
	const char *text = "Proxy Configured";

	flow_progress(f, "Configuring proxies");
	for (size_t i = 0; i < f->setup.n_proxies; i++) {
		const struct rps_proxy *p = &f->setup.proxies[i];
		const struct device_proxy to = {str_of(p->address), (uint16_t)p->port,
						str_of(p->dns_suffix)};
		struct err *e = device_proxy_add(&f->call, &to);

		flow_progress(f,
			      e == NULL ? "Added proxy configuration %s"
					: "Proxy configuration %s failed",
			      p->address);
		count(f, &t, p->address, e == NULL ? NULL : flow_error_text(f, e));
		err_free(e);
		TRY(rpc_session_check(f->rpc));
	}
	if (t.failed != NULL) {
		text = t.added == NULL
			       ? arena_printf(f->arena, "Failed to add %s", t.failed)
			       : arena_printf(f->arena,
					      "Added %s Proxy Configurations. Failed to "
					      "add %s",
					      t.added, t.failed);
		failed = err_wrap(err_new(ERR_DEVICE, "%s", t.why), "%s", text);
		text = flow_error_text(f, failed);
	}
	f->network = flow_join(f, f->network, text);
	flow_progress(f,
		      failed == NULL ? "Proxies configuration completed"
				     : "Proxies configuration failed: %s",
		      text);
	return flow_note(f, FLOW_PROXIES, text, failed);
}

/* ---- all ---- */

static struct err *general(struct flow *f)
{
	return device_general_network_on(&f->call, NULL);
}

static struct err *network_failed(struct flow *f, const char *text, struct err *take_e)
{
	struct err *e = err_wrap(take_e, "%s", text);

	f->network = flow_error_text(f, e);
	return flow_note(f, FLOW_WIRED, NULL, e);
}

struct err *flow_network(struct flow *f)
{
	struct device_ports ports;

	flow_progress(f, "Configuring network settings");
	struct err *e = flow_repeat(f, general);
	if (e != NULL)
		return network_failed(
			f, "Failed to update amt general settings on device", e);
	e = device_ports_read(&f->call, &ports);
	if (e != NULL)
		return network_failed(f, "Failed to pull ethernet port settings", e);
	if (ports.wired != NULL)
		TRY(configure_wired(f, ports.wired));
	if (ports.wireless != NULL && wants_wireless(f))
		TRY(configure_wireless(f, ports.wireless));
	return f->setup.n_proxies > 0 ? configure_proxies(f) : NULL;
}
