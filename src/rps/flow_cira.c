/* SPDX-License-Identifier: Apache-2.0
 * Calling home: the device learns its MPS, and its MPS the device. rps.md 7.14.
 */
#include <rps/flow.h>

#include <device/certificates.h>
#include <device/remote_access.h>

#define STORE_MS 20000

/* The configuration's password, else the device's own: one that it had stays, since it
 * may be connected with it. */
static void choose_mps_password(struct flow *f, struct secret *out)
{
	const struct secret *p = &f->setup.mps_password;

	if (p->n == 0)
		p = &f->stored.mps_password;
	if (p->n > 0)
		secret_set(out, (struct str){p->p, p->n});
	else
		device_password_generate(out);
}

/* The secret first: the MPS must be able to let the device in as soon as it calls. */
static struct err *keep_password(struct flow *f, const struct secret *password)
{
	const struct device_secrets s = {.mps_password = *password};

	fiber_shield(1);
	struct err *e =
		device_secrets_put(f->rps->secrets, f->guid, &s, deadline_in(STORE_MS));
	fiber_shield(-1);
	return e == NULL ? NULL
			 : err_wrap(e, "Failed to save mps password to secret provider");
}

/* What an attempt that got no answer left half done goes first. */
static struct err *call_home(struct flow *f, const struct device_mps *mps,
			     struct str root, const struct str *domain)
{
	for (int i = 1;; i++) {
		struct err *e = device_mps_configure(&f->call, mps, root, domain, 1);

		if (!(err_is(e, ERR_TIMEOUT) || err_is(e, ERR_CLOSED)) || i == 3)
			return e;
		err_free(e);
		TRY(rpc_session_check(f->rpc));
		TRY(device_mps_remove(&f->call, NULL));
	}
}

static struct err *configure(struct flow *f)
{
	const struct rps_ciraconfig *c = f->setup.cira;
	_cleanup_(secret_fini) struct secret password = {0};
	const char *root = device_certificate_text(f->arena, str_of(c->root_certificate)),
		   *unmanaged =
			   config_str(f->rps->config, "rps.disable_cira_domain_name");
	const struct str domain = unmanaged != NULL ? str_of(unmanaged)
						    : device_detection_nowhere(f->arena);

	if (root == NULL)
		return err_new(ERR_INVALID,
			       "the CIRA configuration's mpsRootCertificate is no "
			       "certificate in PEM or base64");
	choose_mps_password(f, &password);
	TRY(keep_password(f, &password));
	const struct device_mps mps = {
		.address = str_of(c->mps_address),
		.port = (uint16_t)c->mps_port,
		.username = str_of(c->user),
		.password = &password,
		.common_name = c->address_format == AMT_INFO_IPV4 ? str_of(c->common_name)
								  : (struct str){0},
	};
	return call_home(f, &mps, str_of(root), &domain);
}

struct err *flow_cira(struct flow *f)
{
	flow_progress(f, "Configuring CIRA remote access");
	struct err *e = configure(f);

	f->cira = e == NULL ? "Configured" : flow_error_text(f, e);
	flow_progress(f,
		      e == NULL ? "CIRA configuration completed"
				: "CIRA configuration failed: %s",
		      f->cira);
	return flow_note(f, FLOW_CIRA, "CIRA connection configured", e);
}
