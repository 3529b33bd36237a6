/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/flow_8021x.h>

#include <device/certificates.h>
#include <rps/assistant_server.h>

#define MICROSOFT_CA "MicrosoftCA"
/* Of the GUID: what a maker counts up; its beginning is the same for many. With "AMT" it
 * makes a computer account's name, of 15 characters at most. */
#define GUID_END 24

/* ---- is there one ---- */

bool flow_8021x_signs_tls(const struct flow *f)
{
	const char *authority = f->setup.profile.tls_authority;

	return authority != NULL && strcmp(authority, MICROSOFT_CA) == 0;
}

/* TLS is configured: on the way through a tunnel, or as the profile says. */
static bool has_tls(const struct flow *f)
{
	const struct rpc_payload *p = &f->payload;

	if (p->current_mode == IPS_CONTROL_NONE && (p->tls_enforced || p->tls_tunnel))
		return true;
	return f->setup.cira == NULL && f->setup.profile.tls_mode != 0;
}

static const char *part_that_needs_it(const struct flow *f)
{
	if (f->setup.wired != NULL)
		return "wired 802.1x";
	for (size_t i = 0; i < f->setup.n_wifi; i++)
		if (f->setup.wifi[i].ieee8021x != NULL)
			return "Wi-Fi with 802.1x";
	return has_tls(f) && flow_8021x_signs_tls(f) ? "TLS by a Microsoft CA" : NULL;
}

struct err *flow_8021x_check(const struct flow *f)
{
	const char *part = part_that_needs_it(f);

	if (part == NULL || assistant_server_serves(f->rps->assistants, f->tenant))
		return NULL;
	return err_new(ERR_CONFLICT,
		       "Device %s activation failed. Profile %s has %s, which needs an "
		       "Enterprise Assistant, and none is connected. Start it, or leave "
		       "that part out of the profile.",
		       f->guid, f->setup.profile.name, part);
}

/* ---- asking it ---- */

static struct err *ask(void *arg, struct device_call *c,
		       const struct assistant_request *q, struct assistant_answer *out)
{
	struct flow *f = arg;

	return assistant_server_ask(f->rps->assistants, f->tenant, f->rpc, q, f->arena,
				    f->until, out);
}

struct device_assistant flow_8021x_assistant(struct flow *f)
{
	struct str host = f->payload.hostname;

	return (struct device_assistant){
		.arg = f,
		.node_id = str_of(f->guid),
		.device_name = host.n > 0 ? host
					  : str_of(arena_printf(f->arena, "AMT%s",
								f->guid + GUID_END)),
		.ask = ask,
	};
}

/* ---- 802.1X ---- */

struct err *flow_8021x_prepare(struct flow *f, const struct rps_ieee8021x *p,
			       struct flow_8021x *out)
{
	struct device_assistant a = flow_8021x_assistant(f);

	*out = (struct flow_8021x){
		.settings = {
			.name = str_of(p->name),
			.protocol = (enum device_8021x_protocol)p->protocol,
			.pxe_timeout_s = (unsigned)p->pxe_timeout,
			.available_in_s0 = true,
		}};
	return device_assistant_8021x(&f->call, &a, &out->settings, &out->password);
}

void flow_8021x_fini(struct flow_8021x *x)
{
	secret_fini(&x->password);
}

struct err *flow_8021x_wired(struct flow *f, const struct rps_ieee8021x *p)
{
	_cleanup_(flow_8021x_fini) struct flow_8021x x = {0};

	TRY(flow_8021x_prepare(f, p, &x));
	struct err *e = device_8021x_set(&f->call, &x.settings);
	if (e == NULL)
		return NULL;
	err_free(device_certificate_prune(&f->call, NULL, NULL));
	return err_wrap(e, "Failed to put 802.1x profile");
}
