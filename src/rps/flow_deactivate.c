/* SPDX-License-Identifier: Apache-2.0
 * Back to factory mode. rps.md 7.15.
 */
#include <rps/flow.h>

#include <rps/rps_registry.h>

/* The device first: as long as it has the password, the secret must stay. */
struct err *flow_deactivate(struct flow *f)
{
	bool told;

	f->mode = (enum ips_control_mode)f->payload.current_mode;
	if (f->payload.tls_enforced)
		TRY(flow_tunnel_begin(f));
	TRY(flow_repeat(f, flow_secret_login));
	struct err *e = device_unprovision(&f->call);
	if (e != NULL)
		return err_wrap(e, "Failed to unprovision the device");
	TRY(rps_registry_deactivated(f, &told));
	f->status = told ? "Deactivated" : "Deactivated. MPS Unavailable.";
	return NULL;
}
