/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/flow_8021x.h>

#define NEEDS_ASSISTANT                                                                 \
	"who the device is comes from an Enterprise Assistant, which this server does " \
	"not speak with; leave that part out of the profile"

struct err *flow_8021x_prepare(struct flow *f, const struct rps_ieee8021x *p,
			       struct device_8021x *out)
{
	return err_new(ERR_INVALID, NEEDS_ASSISTANT);
}

struct err *flow_8021x_wired(struct flow *f, const struct rps_ieee8021x *p)
{
	struct device_8021x x;

	TRY(flow_8021x_prepare(f, p, &x));
	return device_8021x_set(&f->call, &x);
}

struct err *flow_8021x_tls_certificate(struct flow *f)
{
	return err_new(ERR_INVALID, NEEDS_ASSISTANT);
}
