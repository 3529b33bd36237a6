/* SPDX-License-Identifier: Apache-2.0
 * TLS settings of a full device: what the ports will do once it is committed. wsman.md
 * B.4.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/certificates.h>
#include <amt/wsman/classes/tls.h>

#define MAX_TRUSTED_CN 4
#define COLLECTION "TLSProtocolEndpoint Instances Collection"

static void check_settings(struct sim_call *c, enum wsman_op op, void *object,
			   const void *was)
{
	struct amt_tls_setting_data *s = object;

	if (s->trusted_cn.n > MAX_TRUSTED_CN)
		c->fault = WSMAN_INVALID_REPRESENTATION;
	/* A platform without plain ports: TLS stays on. */
	if (s->non_secure_connections_supported.set &&
	    !s->non_secure_connections_supported.v &&
	    (!s->enabled.v || s->accept_non_secure_connections.v))
		c->fault = WSMAN_ACCESS_DENIED;
}

/* The certificate is one of ours with its private key. */
static bool usable(const struct sim_state *st, const struct wsman_epr *e)
{
	const struct amt_public_key_certificate *o =
		sim_store_find(&st->store, &amt_public_key_certificate_class, e);
	X509 *cert =
		o != NULL && e->n > 0 ? sim_state_certificate(st, o->instance_id) : NULL;
	EVP_PKEY *key = cert != NULL ? sim_state_key_of(st, cert) : NULL;
	bool good = key != NULL;

	EVP_PKEY_free(key);
	X509_free(cert);
	return good;
}

static bool tls_wanted(const struct sim_state *st)
{
	const struct amt_tls_setting_data *s;

	for (size_t i = 0;
	     (s = sim_store_nth(&st->store, &amt_tls_setting_data_class, i)); i++)
		if (s->enabled.v)
			return true;
	return st->tls_network.enabled || st->tls_local.enabled;
}

/* Requests spell the collection without a blank, replies with one. */
static void spell_collection(struct wsman_epr *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eqz(e->selectors[i].name, "ElementName"))
			sim_text_set(&e->selectors[i].value, STR(COLLECTION));
}

static void check_context(struct sim_call *c, enum wsman_op op, void *object,
			  const void *was)
{
	struct amt_tls_credential_context *o = object;

	if (op == WSMAN_DELETE) {
		/* A platform without plain ports has a certificate of its own left. */
		if (tls_wanted(c->st) && !c->st->tls_enforced)
			c->fault = WSMAN_ACCESS_DENIED;
		return;
	}
	spell_collection(&o->element_providing_context);
	if (op == WSMAN_CREATE &&
	    sim_store_count(&c->st->store, &amt_tls_credential_context_class) > 0)
		c->fault = WSMAN_ALREADY_EXISTS;
	else if (!usable(c->st, &o->element_in_context))
		c->fault = WSMAN_INVALID_REPRESENTATION;
}

const struct sim_class sim_tls_classes[] = {
	{.cls = &amt_tls_setting_data_class, .check = check_settings},
	{.cls = &amt_tls_credential_context_class,
	 .check = check_context,
	 .put_changes_keys = true},
};
const size_t sim_tls_classes_n = ARRAY_LEN(sim_tls_classes);
