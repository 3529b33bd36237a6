/* SPDX-License-Identifier: Apache-2.0 */
#include <device/consent.h>

#include <amt/wsman/classes/consent.h>

static struct err *call(struct device_call *c, const struct wsman_method *m,
			const void *in, struct wsman_reply *out)
{
	TRY(wsman_invoke(&c->wsman, &ips_opt_in_service_class, m, NULL, in, c->arena,
			 device_call_exchange(c), out));
	if (!out->return_value.set)
		return err_new(ERR_DEVICE, "%s: the device answered without a result",
			       m->name);
	return NULL;
}

struct err *device_consent_start(struct device_call *c, struct wsman_reply *out)
{
	return call(c, &ips_opt_in_service_start_opt_in_method, NULL, out);
}

struct err *device_consent_send(struct device_call *c, uint32_t code,
				struct wsman_reply *out)
{
	struct ips_opt_in_service_send_opt_in_code_in in = {.opt_in_code =
								    device_num(code)};

	return call(c, &ips_opt_in_service_send_opt_in_code_method, &in, out);
}

struct err *device_consent_cancel(struct device_call *c, struct wsman_reply *out)
{
	return call(c, &ips_opt_in_service_cancel_opt_in_method, NULL, out);
}
