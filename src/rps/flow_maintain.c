/* SPDX-License-Identifier: Apache-2.0
 * Maintenance of an activated device: one task. rps.md 7.16.
 */
#include <rps/flow.h>

#include <device/clock.h>
#include <device/general.h>
#include <device/wired.h>
#include <rps/rps_registry.h>

/* As upstream tells it: "at STEP" and what the device said. Frees e. */
static struct err *failed_at(struct flow *f, const char *step, struct err *take_e)
{
	return flow_error_say(take_e, arena_printf(f->arena, "at %s %s", step,
						   flow_error_text(f, take_e)));
}

static struct err *sync_time(struct flow *f)
{
	struct err *e = device_clock_sync(&f->call);

	return e == NULL ? NULL : failed_at(f, "SET_HIGH_ACCURACY_TIME_SYNCH", e);
}

static struct err *sync_hostname(struct flow *f)
{
	bool changed = false;

	if (f->payload.os_hostname.n == 0)
		return err_new(ERR_INVALID,
			       "at PUT_GENERAL_SETTINGS at put "
			       "AMT_GeneralSettings host name was not provided");
	struct err *e = device_host_name_set(&f->call, f->payload.os_hostname,
					     (struct str){0}, &changed);
	if (e != NULL)
		return failed_at(f, "PUT_GENERAL_SETTINGS", e);
	if (!changed)
		return err_new(ERR_INVALID,
			       "at PUT_GENERAL_SETTINGS at put AMT_GeneralSettings host "
			       "name already synchronized");
	e = rps_registry_patch(
		f, json_pack("{ss% ss%}", "hostname", f->payload.os_hostname.p,
			     f->payload.os_hostname.n, "dnsSuffix",
			     f->payload.os_suffix.n > 0 ? f->payload.os_suffix.p : "",
			     f->payload.os_suffix.n));
	return e == NULL ? NULL : err_wrap(e, "at SAVE_TO_MPS");
}

static struct err *write_ip(struct flow *f)
{
	const struct rpc_ip *ip = &f->payload.ip;
	struct device_ports ports;
	bool changed = false;

	TRY(device_ports_read(&f->call, &ports));
	if (ports.wired == NULL)
		return err_new(ERR_INVALID, ports.wireless != NULL
						    ? "Not applicable for wireless only "
						      "device"
						    : "Device has no wired configuration "
						      "settings");
	const struct amt_ethernet_port_settings *old = ports.wired;
	const struct device_ip to = {
		.mode = ip->dhcp ? DEVICE_IP_DHCP : DEVICE_IP_STATIC,
		.address = ip->address,
		.mask = ip->netmask.n > 0 ? ip->netmask : old->subnet_mask,
		.gateway = ip->gateway.n > 0 ? ip->gateway : old->default_gateway,
		.primary_dns = ip->primary_dns.n > 0 ? ip->primary_dns : old->primary_dns,
		.secondary_dns =
			ip->secondary_dns.n > 0 ? ip->secondary_dns : old->secondary_dns,
	};

	TRY(device_port_write(&f->call, old, &to, &changed));
	return changed ? NULL : err_new(ERR_INVALID, "IPAddress already synchronized");
}

static struct err *sync_ip(struct flow *f)
{
	if (!f->payload.ip.dhcp && f->payload.ip.address.n == 0)
		return err_new(ERR_INVALID, "the client sent no IP address");
	struct err *e = write_ip(f);
	return e == NULL ? NULL : failed_at(f, "PUT_ETHERNET_PORT_SETTINGS", e);
}

static struct err *sync_device_info(struct flow *f)
{
	struct err *e = rps_registry_patch(
		f, json_pack("{so}", "deviceInfo", rps_registry_device_info(f)));

	return e == NULL ? NULL : err_wrap(e, "at SAVE_TO_MPS");
}

static struct err *change_password(struct flow *f)
{
	bool chosen = f->command.task_arg.n > 0;

	if (chosen)
		secret_set(&f->amt,
			   (struct str){f->command.task_arg.p, f->command.task_arg.n});
	else
		device_password_generate(&f->amt);
	struct err *e = flow_secret_change(f);
	if (e != NULL)
		return failed_at(f, "SET_ADMIN_ACL_ENTRY", e);
	return rps_registry_password_set(f, !chosen);
}

static flow_step_fn *const tasks[] = {
	[RPC_SYNC_TIME] = sync_time,
	[RPC_SYNC_IP] = sync_ip,
	[RPC_CHANGE_PASSWORD] = change_password,
	[RPC_SYNC_HOSTNAME] = sync_hostname,
	[RPC_SYNC_DEVICE_INFO] = sync_device_info,
};

struct err *flow_maintain(struct flow *f)
{
	const char *name = rpc_task_name(f->command.task);

	f->mode = (enum ips_control_mode)f->payload.current_mode;
	if (f->payload.tls_enforced)
		TRY(flow_tunnel_begin(f));
	struct err *e = flow_repeat(f, flow_secret_login);
	if (e == NULL)
		e = tasks[f->command.task](f);
	if (e != NULL)
		return flow_error_say(e, arena_printf(f->arena, "%s failed %s", name,
						      flow_error_text(f, e)));
	/* As upstream spells it: clients look for it. */
	f->status = arena_printf(f->arena, "%s completed succesfully", name);
	return NULL;
}
