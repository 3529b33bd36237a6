/* SPDX-License-Identifier: Apache-2.0
 * activate, deactivate and maintenance: what the options must be, and whether a server or
 * this program does it. rpc.md 1.4, 1.5, 1.8.
 */
#include <agent/rpc/command.h>

#include <agent/rpc/local.h>
#include <agent/rpc/os.h>
#include <agent/rpc/remote.h>
#include <arpa/inet.h>
#include <stdio.h>

static bool given(const char *s)
{
	return s != NULL && *s != '\0';
}

static bool has_scheme(const char *url, const char *a, const char *b)
{
	struct str s = str_of(url);

	return url != NULL && (str_istarts(s, str_of(a)) || str_istarts(s, str_of(b)));
}

static bool is_ws(const struct rpc *r)
{
	return has_scheme(r->o.url, "ws://", "wss://");
}

static bool is_http(const struct rpc *r)
{
	return has_scheme(r->o.url, "http://", "https://");
}

/* v2 explains on standard output. */
static struct err *refuse(struct rpc *r, enum rpc_exit code, const char *why)
{
	if (r->form == RPC_V2) {
		rpc_print(r, "%s\n", why);
		return rpc_exit_error(r, code, NULL);
	}
	return err_new(ERR_INVALID, "%s", why);
}

static struct err *check_uuid(struct rpc *r)
{
	if (!given(r->o.uuid))
		return NULL;
	if (!uuid_valid(str_of(r->o.uuid)))
		return refuse(
			r, RPC_EXIT_UUID,
			arena_printf(
				&r->a,
				"uuid provided does not follow proper uuid format: %s",
				r->o.uuid));
	return NULL;
}

/* ---- activate ---- */

static struct err *activate_remote(struct rpc *r)
{
	static const struct remote_task t = {.action = RPC_ACTIVATE,
					     .failed = RPC_EXIT_ACTIVATION};

	TRY(check_uuid(r));
	if (given(r->o.uuid))
		rpc_print(r, "Warning: Overriding UUID prevents device from connecting "
			     "to MPS\n");
	return remote_run(r, &t);
}

static struct err *activate_v2(struct rpc *r)
{
	if (r->o.stop_config)
		return rpc_local_stop_config(r);
	if (r->o.local && given(r->o.url))
		return refuse(r, RPC_EXIT_COMBINATION,
			      "provide either a 'url' or a 'local', but not both");
	if (r->o.local && given(r->o.uuid))
		return refuse(r, RPC_EXIT_COMBINATION,
			      "-uuid cannot be use in local activation");
	if (r->o.local && !given(r->o.config_v2) && r->o.ccm == r->o.acm)
		return refuse(r, RPC_EXIT_COMBINATION,
			      "must specify -ccm or -acm, but not both");
	if (r->o.local)
		return rpc_local_activate(r);
	if (!given(r->o.url))
		return refuse(r, RPC_EXIT_URL, "-u flag is required and cannot be empty");
	if (!given(r->o.profile))
		return refuse(r, RPC_EXIT_PROFILE,
			      "-profile flag is required and cannot be empty");
	return activate_remote(r);
}

static bool is_profile_file(const char *name)
{
	static const char *const ends[] = {".yaml", ".yml", ".json", ".enc", ".bin"};

	if (!given(name))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (str_ends(str_of(name), str_of(ends[i])))
			return true;
	return strpbrk(name, "/\\") != NULL;
}

static struct err *activate_v3_ws(struct rpc *r)
{
	const struct rpc_options *o = &r->o;

	if (!given(o->profile))
		return refuse(r, RPC_EXIT_PROFILE,
			      "--profile is required with a ws:// or wss:// --url");
	if (o->local || o->ccm || o->acm || o->stop_config ||
	    o->provisioning_cert.n > 0 || o->provisioning_cert_password.n > 0 ||
	    o->skip_ip_renew)
		return refuse(r, RPC_EXIT_COMBINATION,
			      "--local, --ccm, --acm, --stopConfig, --provisioningCert, "
			      "--provisioningCertPwd and --skipIPRenew are for local "
			      "activation, "
			      "not for an RPS");
	return activate_remote(r);
}

static struct err *activate_v3(struct rpc *r)
{
	struct rpc_options *o = &r->o;
	bool here = o->local || o->ccm || o->acm || o->stop_config;

	if (is_ws(r))
		return activate_v3_ws(r);
	if (given(o->url) && !is_http(r))
		return refuse(r, RPC_EXIT_URL,
			      "--url takes ws://, wss://, http:// or https:// addresses");
	if (is_http(r) && here) {
		rpc_log(r, LOG_WARN, "--url is ignored in local activation");
		o->url = NULL;
	}
	if (is_profile_file(o->profile) &&
	    (o->ccm || o->acm || o->stop_config || given(o->url)))
		return refuse(
			r, RPC_EXIT_COMBINATION,
			"a profile file says the mode itself: leave out --ccm, --acm, "
			"--stopConfig and --url");
	if (is_http(r) || is_profile_file(o->profile))
		return rpc_local_profile(r);
	if (o->stop_config)
		return rpc_local_stop_config(r);
	if (o->ccm == o->acm)
		return refuse(r, RPC_EXIT_COMBINATION,
			      o->ccm ? "--ccm and --acm exclude each other"
				     : "say how to activate: --url, --profile FILE, "
				       "--local --ccm "
				       "or --local --acm");
	return rpc_local_activate(r);
}

struct err *rpc_activate(struct rpc *r)
{
	return r->form == RPC_V2 ? activate_v2(r) : activate_v3(r);
}

/* ---- deactivate ---- */

static struct err *deactivate_remote(struct rpc *r)
{
	static const struct remote_task t = {.action = RPC_DEACTIVATE,
					     .failed = RPC_EXIT_DEACTIVATION};

	TRY(check_uuid(r));
	TRY(rpc_need_password(r));
	return remote_run(r, &t);
}

static struct err *deactivate_v2(struct rpc *r)
{
	if (r->o.local && given(r->o.url))
		return refuse(r, RPC_EXIT_COMBINATION,
			      "provide either a 'url' or a 'local', but not both");
	if (r->o.local)
		return rpc_local_deactivate(r);
	if (r->o.partial)
		return refuse(r, RPC_EXIT_COMBINATION,
			      "Partial unprovisioning is only supported with local flag");
	if (!given(r->o.url))
		return refuse(r, RPC_EXIT_URL, "-u flag is required and cannot be empty");
	return deactivate_remote(r);
}

struct err *rpc_deactivate(struct rpc *r)
{
	if (r->form == RPC_V2)
		return deactivate_v2(r);
	if (r->o.partial && !r->o.local)
		return refuse(r, RPC_EXIT_COMBINATION, "--partial needs --local");
	if (is_ws(r) && r->o.local)
		return refuse(r, RPC_EXIT_COMBINATION,
			      "--local and a ws:// or wss:// --url exclude each other");
	if (is_ws(r))
		return deactivate_remote(r);
	if (!r->o.local && !is_http(r))
		return refuse(r, RPC_EXIT_URL, "say how to deactivate: --local or --url");
	return rpc_local_deactivate(r);
}

/* ---- maintenance ---- */

static struct err *maintain(struct rpc *r, enum rpc_task task, enum rpc_exit failed,
			    const struct rpc_ip *ip)
{
	struct remote_task t = {.action = RPC_MAINTENANCE,
				.maintenance = task,
				.failed = failed,
				.has_hostname_info = task == RPC_SYNC_HOSTNAME};

	if (ip != NULL)
		t.ip = *ip;
	if (!given(r->o.url))
		return refuse(r, RPC_EXIT_URL,
			      "\n-u flag is required and cannot be empty\n");
	TRY(check_uuid(r));
	TRY(rpc_need_password(r));
	return remote_run(r, &t);
}

struct err *rpc_sync_clock(struct rpc *r)
{
	return maintain(r, RPC_SYNC_TIME, RPC_EXIT_SYNC_CLOCK, NULL);
}

struct err *rpc_sync_hostname(struct rpc *r)
{
	return maintain(r, RPC_SYNC_HOSTNAME, RPC_EXIT_SYNC_HOSTNAME, NULL);
}

struct err *rpc_change_password(struct rpc *r)
{
	return maintain(r, RPC_CHANGE_PASSWORD, RPC_EXIT_CHANGE_PASSWORD, NULL);
}

struct err *rpc_sync_device_info(struct rpc *r)
{
	return maintain(r, RPC_SYNC_DEVICE_INFO, RPC_EXIT_SYNC_DEVICE_INFO, NULL);
}

static struct err *check_address(struct rpc *r, const char *flag, const char *text,
				 enum rpc_exit code)
{
	struct in6_addr any;

	if (text == NULL || inet_pton(AF_INET, text, &any) == 1 ||
	    inet_pton(AF_INET6, text, &any) == 1)
		return NULL;
	rpc_complain(r, "invalid value \"%s\" for flag -%s: not a valid ip address\n",
		     text, flag);
	return rpc_exit_error(r, code, NULL);
}

/* The system's address on AMT's own wired adapter. */
static struct err *system_address(struct rpc *r, struct rpc_ip *ip)
{
	struct amthi_client c = rpc_amthi(r);
	char address[OS_ADDRESS_SIZE] = "", mask[OS_ADDRESS_SIZE] = "";
	struct amthi_lan lan;
	struct err *e =
		amthi_get_lan_interface_settings(&c, 0, deadline_in(RPC_HECI_MS), &lan);

	if (e != NULL)
		return rpc_exit_wrap(r, e, RPC_EXIT_AMT_CONNECTION);
	if (!os_adapter_address(lan.mac, address, mask)) {
		rpc_log(r, LOG_ERROR, "static ip address not found");
		return rpc_exit_error(r, RPC_EXIT_OS_NETWORK, NULL);
	}
	ip->address = str_of(arena_strdup(&r->a, address));
	ip->netmask = str_of(arena_strdup(&r->a, mask));
	return NULL;
}

struct err *rpc_sync_ip(struct rpc *r)
{
	const struct rpc_options *o = &r->o;
	struct rpc_ip ip = {.address = str_of(o->ip_address),
			    .netmask = str_of(o->subnet_mask),
			    .gateway = str_of(o->gateway),
			    .primary_dns = str_of(o->primary_dns),
			    .secondary_dns = str_of(o->secondary_dns)};

	TRY(check_address(r, "staticip", o->ip_address, RPC_EXIT_STATIC_IP));
	TRY(check_address(r, "netmask", o->subnet_mask, RPC_EXIT_NETWORK_MASK));
	TRY(check_address(r, "gateway", o->gateway, RPC_EXIT_GATEWAY));
	TRY(check_address(r, "primarydns", o->primary_dns, RPC_EXIT_PRIMARY_DNS));
	TRY(check_address(r, "secondarydns", o->secondary_dns, RPC_EXIT_SECONDARY_DNS));
	if (ip.address.n == 0)
		TRY(system_address(r, &ip));
	return maintain(r, RPC_SYNC_IP, RPC_EXIT_SYNC_IP, &ip);
}
