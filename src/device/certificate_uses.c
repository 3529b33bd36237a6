/* SPDX-License-Identifier: Apache-2.0 */
#include <device/certificate_uses.h>

#include <amt/wsman/classes/credentials.h>
#include <amt/wsman/classes/tls.h>
#include <device/keys.h>

#define WIFI_8021X "Intel(r) AMT:IEEE 802.1x Settings "

const char *device_use_name(enum device_use_kind k)
{
	static const char *const names[] = {"TLS", "Wireless", "Wired"};

	return names[k];
}

const struct amt_public_key_certificate *device_uses_find(const struct device_uses *u,
							  struct str handle)
{
	for (size_t i = 0; i < u->certificates.n; i++) {
		const struct amt_public_key_certificate *o = u->certificates.v[i];
		if (str_eq(o->instance_id, handle))
			return o;
	}
	for (size_t i = 0; i < u->certificates.n; i++) {
		const struct amt_public_key_certificate *o = u->certificates.v[i];
		if (str_eq(o->element_name, handle))
			return o;
	}
	return NULL;
}

const struct amt_public_key_certificate *device_uses_of_key(
	const struct device_uses *u, const struct amt_public_private_key_pair *k)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->v[i].key == k)
			return u->v[i].certificate;
	return NULL;
}

/* Of either direction: a dependency between a certificate and its key. */
static const struct amt_public_private_key_pair *key_of(const struct device_uses *u,
							const struct wsman_reply *r,
							struct str certificate)
{
	for (size_t i = 0; i < r->n_items; i++) {
		const struct cim_concrete_dependency *d =
			wsman_item_as(&r->items[i], &cim_concrete_dependency_class);
		if (d == NULL)
			continue;
		struct str a = device_epr_key(&d->antecedent, "InstanceID"),
			   b = device_epr_key(&d->dependent, "InstanceID");
		struct str other = str_eq(a, certificate)   ? b
				   : str_eq(b, certificate) ? a
							    : (struct str){0};
		for (size_t k = 0; other.n > 0 && k < u->keys.n; k++) {
			const struct amt_public_private_key_pair *p = u->keys.v[k];
			if (str_eq(p->instance_id, other))
				return p;
		}
	}
	return NULL;
}

/* Contexts are of many classes, the two references first in each. */
static bool context(const struct wsman_item *i, enum device_use_kind *kind,
		    const struct wsman_epr **in, const struct wsman_epr **providing)
{
	const struct amt_tls_credential_context *c = i->object;

	if (i->cls == &amt_tls_credential_context_class)
		*kind = DEVICE_USE_TLS;
	else if (i->cls == &amt_8021x_credential_context_class)
		*kind = DEVICE_USE_WIRELESS;
	else if (i->cls == &ips_8021x_credential_context_class)
		*kind = DEVICE_USE_WIRED;
	else
		return false;
	*in = &c->element_in_context;
	*providing = &c->element_providing_context;
	return true;
}

/* The profile's name: its only selector, without firmware's prefix. */
static const char *profile_of(struct arena *a, const struct wsman_epr *providing)
{
	struct str s = {0};

	for (size_t i = 0; i < providing->n && s.n == 0; i++)
		s = providing->selectors[i].value;
	if (str_starts(s, STR(WIFI_8021X)))
		s = str_sub(s, strlen(WIFI_8021X), s.n);
	return str_dup(a, s);
}

struct err *device_uses_read(struct device_call *c, struct device_uses *out)
{
	struct wsman_reply contexts, dependencies;

	*out = (struct device_uses){0};
	TRY(wsman_enumerate(&c->wsman, &cim_concrete_dependency_class, c->arena,
			    device_call_exchange(c), &dependencies));
	TRY(device_certificate_list(c, &out->certificates));
	TRY(device_key_list(c, &out->keys));
	TRY(wsman_enumerate(&c->wsman, &cim_credential_context_class, c->arena,
			    device_call_exchange(c), &contexts));
	out->v = arena_alloc(c->arena, contexts.n_items * sizeof(*out->v));
	for (size_t i = 0; i < contexts.n_items; i++) {
		struct device_use use = {0};
		const struct wsman_epr *in, *providing;

		if (!context(&contexts.items[i], &use.kind, &in, &providing))
			continue;
		use.certificate = device_uses_find(out, device_epr_key(in, "InstanceID"));
		if (use.certificate == NULL)
			continue;
		use.profile = profile_of(c->arena, providing);
		if (!device_true(use.certificate->trusted_root_certficate))
			use.key =
				key_of(out, &dependencies, use.certificate->instance_id);
		out->v[out->n++] = use;
	}
	return NULL;
}

struct err *device_certificate_remove(struct device_call *c, struct str handle)
{
	struct device_uses u;
	const char *list = "";

	TRY(device_uses_read(c, &u));
	const struct amt_public_key_certificate *o = device_uses_find(&u, handle);
	if (o == NULL)
		return err_new(ERR_NOT_FOUND,
			       "Certificate with handle '" STR_FMT "' not found",
			       STR_ARG(handle));
	if (device_true(o->read_only_certificate))
		return err_new(ERR_INVALID,
			       "Cannot delete certificate '" STR_FMT
			       "': Certificate is read-only and cannot be removed",
			       STR_ARG(handle));
	for (size_t i = 0; i < u.n; i++)
		if (u.v[i].certificate == o)
			list = arena_printf(c->arena, "%s%s%s - %s", list,
					    *list ? ", " : "",
					    device_use_name(u.v[i].kind), u.v[i].profile);
	if (*list)
		return err_new(ERR_CONFLICT,
			       "Cannot delete certificate '" STR_FMT
			       "': Certificate is currently referenced by the following "
			       "AMT profiles/configurations: %s. Remove these references "
			       "before deleting the certificate.",
			       STR_ARG(handle), list);
	return device_certificate_delete(c, o->instance_id);
}
