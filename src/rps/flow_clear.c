/* SPDX-License-Identifier: Apache-2.0
 * What an earlier configuration left in the device goes, in the order in which firmware
 * lets it go. rps.md 7.7.
 */
#include <rps/flow.h>

#include <base/log.h>
#include <device/certificates.h>
#include <device/ieee8021x.h>
#include <device/proxy.h>
#include <device/remote_access.h>
#include <device/tls.h>
#include <device/wifi.h>
#include <device/wired.h>

static struct err *clear_ports(struct flow *f)
{
	struct device_ports ports;

	TRY(device_ports_read(&f->call, &ports));
	if (ports.wired != NULL)
		TRY(device_8021x_off(&f->call, NULL));
	if (ports.wireless != NULL)
		TRY(device_wifi_clear(&f->call, NULL));
	return NULL;
}

/* Firmware before AMT 18 has no such class. */
static struct err *clear_proxies(struct flow *f)
{
	struct err *e = device_proxy_clear(&f->call, NULL);

	if (!err_is(e, ERR_DEVICE))
		return e;
	err_free(e);
	return NULL;
}

static struct err *clear_mps(struct flow *f)
{
	size_t removed = 0;

	TRY(device_mps_remove(&f->call, &removed));
	if (removed > 0)
		f->cira = "unconfigured";
	return NULL;
}

static struct err *tls_off(struct flow *f)
{
	TRY(device_tls_set(&f->call, DEVICE_TLS_OFF, NULL, 0));
	TRY(device_setup_commit(&f->call));
	f->tls = "unconfigured";
	return rpc_session_pause(f->rpc, config_int(f->rps->config, "rps.tls_wait_ms"));
}

static struct err *clear_tls(struct flow *f)
{
	struct device_tls now;

	/* What the tunnel that we speak through needs stays. */
	if (rpc_session_tunnelled(f->rpc))
		return device_certificate_prune(&f->call, NULL, NULL);
	TRY(device_tls_read(&f->call, &now));
	if (!now.always && (now.network->enabled.v || now.local->enabled.v))
		TRY(tls_off(f));
	TRY(device_tls_forget(&f->call));
	return device_certificate_clear(&f->call);
}

static struct err *clear_detection(struct flow *f)
{
	return device_detection_set(&f->call, NULL, 0);
}

static const struct {
	flow_step_fn *step;
	const char *failed;
} steps[] = {
	{clear_ports, "Failed to clear network settings"},
	{clear_proxies, "Failed to clear HTTP proxies"},
	{clear_mps, "Failed to delete Management Presence Remote SAP"},
	{clear_tls, "Failed to clear TLS"},
	{clear_detection, "Failed to put environment detection settings"},
};

/* A failure is told as the status; what comes next is tried nevertheless. */
struct err *flow_clear(struct flow *f)
{
	struct err *e = NULL;

	flow_progress(f, "Clearing previous configuration");
	for (size_t i = 0; e == NULL && i < ARRAY_LEN(steps); i++) {
		e = flow_repeat(f, steps[i].step);
		if (e != NULL)
			e = err_wrap(e, "%s", steps[i].failed);
	}
	if (e == NULL)
		return NULL;
	if (e->kind == ERR_CANCELLED)
		return e;
	f->status = flow_error_text(f, e);
	f->cira = f->tls = "";
	log_warn("a device's earlier configuration was not cleared",
		 F_STR("guid", f->guid), F_ERR(e));
	err_free(e);
	return rpc_session_check(f->rpc);
}
