/* SPDX-License-Identifier: Apache-2.0
 * Wired 802.1X of a full device, and the certificates of all 802.1X profiles. wsman.md
 * B.9.
 */
#include <sim/classes.h>
#include <sim/credentials.h>

#include <amt/wsman/classes/certificates.h>
#include <amt/wsman/classes/credentials.h>
#include <amt/wsman/classes/ieee8021x.h>

#define INTERNAL_ERROR 1
#define MAX_NAME 128
#define MAX_PASSWORD 256
#define PXE_TIMEOUT_MAX 86400
/* Protocols with a client certificate: EAP-TLS, EAP-FAST/TLS. */
#define EAP_TLS 0
#define EAP_FAST_TLS 10
#define PROTOCOL_MAX 10

/* ---- certificates ---- */

static bool is_absent(const struct wsman_epr *e)
{
	return e->n == 0 && e->resource_uri.p == NULL && e->address.p == NULL;
}

static struct str id_of(const struct wsman_epr *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eqz(e->selectors[i].name, "InstanceID"))
			return e->selectors[i].value;
	return (struct str){0};
}

static bool certificate_exists(const struct sim_state *st, const struct wsman_epr *e)
{
	return sim_store_by_text(&st->store, &amt_public_key_certificate_class,
				 "InstanceID", id_of(e)) != NULL;
}

bool sim_credentials_fit(const struct sim_state *st, bool is_8021x, int64_t protocol,
			 const struct wsman_epr *client, const struct wsman_epr *ca)
{
	bool needs_client = is_8021x && (protocol == EAP_TLS || protocol == EAP_FAST_TLS);

	if (is_absent(client) ? needs_client
			      : !is_8021x || !certificate_exists(st, client))
		return false;
	return is_absent(ca) || (is_8021x && certificate_exists(st, ca));
}

/* Both classes are alike but for their names. */
struct context {
	struct wsman_epr certificate, profile;
};
_Static_assert(sizeof(struct context) == sizeof(struct amt_8021x_credential_context) &&
		       sizeof(struct context) ==
			       sizeof(struct ips_8021x_credential_context),
	       "a credential context has two references");

void sim_credentials_add(struct sim_state *st, const struct wsman_class *cls,
			 const struct wsman_epr *profile,
			 const struct wsman_epr *certificate)
{
	struct context c = {.profile = *profile};
	struct arena a = {0};
	const void *o;

	if (is_absent(certificate))
		return;
	o = sim_store_by_text(&st->store, &amt_public_key_certificate_class, "InstanceID",
			      id_of(certificate));
	c.certificate = sim_epr_to(&a, &amt_public_key_certificate_class, o);
	if (sim_store_twin(&st->store, cls, &c) == NULL)
		sim_store_add(&st->store, cls, sim_object_copy(cls, &c));
	arena_fini(&a);
}

void sim_credentials_remove(struct sim_state *st, const struct wsman_class *cls,
			    struct str profile_id)
{
	for (size_t i = sim_store_count(&st->store, cls); i-- > 0;) {
		const struct context *c = sim_store_nth(&st->store, cls, i);
		if (str_eq(id_of(&c->profile), profile_id))
			sim_store_remove(&st->store, c);
	}
}

/* ---- IPS_IEEE8021xSettings ---- */

static void check(struct sim_call *c, enum wsman_op op, void *object, const void *was)
{
	struct ips_ieee8021x_settings *s = object;
	int64_t on = s->enabled.v;

	if (on == IPS_8021X_DISABLED) {
		sim_credentials_remove(c->st, &ips_8021x_credential_context_class,
				       s->instance_id);
		return;
	}
	if ((on != IPS_8021X_WITH_CERTIFICATES && on != IPS_8021X_WITHOUT_CERTIFICATES) ||
	    !s->authentication_protocol.set || s->authentication_protocol.v < 0 ||
	    s->authentication_protocol.v > PROTOCOL_MAX || s->username.n > MAX_NAME ||
	    s->roaming_identity.n > MAX_NAME || s->domain.n > MAX_NAME ||
	    s->password.n > MAX_PASSWORD || s->pac_password.n > MAX_PASSWORD ||
	    s->pxe_timeout.v > PXE_TIMEOUT_MAX ||
	    (s->server_certificate_name_comparison.set &&
	     (s->server_certificate_name_comparison.v < 1 ||
	      s->server_certificate_name_comparison.v > 3)))
		c->fault = WSMAN_INVALID_REPRESENTATION;
}

static void set_certificates(struct sim_call *c, const void *in_, void *out_)
{
	const struct ips_ieee8021x_settings_set_certificates_in *in = in_;
	struct ips_ieee8021x_settings_set_certificates_out *out = out_;
	struct ips_ieee8021x_settings *s =
		sim_store_first(&c->st->store, &ips_ieee8021x_settings_class);

	if (in == NULL || s->enabled.v != IPS_8021X_WITH_CERTIFICATES ||
	    !sim_credentials_fit(c->st, true, s->authentication_protocol.v,
				 &in->client_certificate,
				 &in->server_certificate_issuer)) {
		out->return_value = sim_num(INTERNAL_ERROR);
		return;
	}
	struct wsman_epr profile = sim_epr_to(c->arena, &ips_ieee8021x_settings_class, s);
	sim_credentials_remove(c->st, &ips_8021x_credential_context_class,
			       s->instance_id);
	sim_credentials_add(c->st, &ips_8021x_credential_context_class, &profile,
			    &in->client_certificate);
	sim_credentials_add(c->st, &ips_8021x_credential_context_class, &profile,
			    &in->server_certificate_issuer);
	c->changed = true;
	out->return_value = sim_num(0);
}

static const struct sim_method methods[] = {
	{&ips_ieee8021x_settings_set_certificates_method, set_certificates},
};

const struct sim_class sim_ieee8021x_classes[] = {
	{.cls = &ips_ieee8021x_settings_class,
	 .methods = methods,
	 .n_methods = ARRAY_LEN(methods),
	 .check = check},
};
const size_t sim_ieee8021x_classes_n = ARRAY_LEN(sim_ieee8021x_classes);
