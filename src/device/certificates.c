/* SPDX-License-Identifier: Apache-2.0 */
#include <device/certificates.h>

#include <amt/wsman/classes/credentials.h>
#include <amt/wsman/classes/tls.h>
#include <device/keys.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#define PT_DUPLICATE 2058

static const struct wsman_class *const service = &amt_public_key_management_service_class,
				       *const cert = &amt_public_key_certificate_class;

const char *device_certificate_text(struct arena *a, struct str text)
{
	static const struct str begin = {"-----BEGIN CERTIFICATE-----", 27},
				end = {"-----END CERTIFICATE-----", 25};
	ptrdiff_t from = str_find(text, begin), to = str_find(text, end);
	char *out = arena_alloc(a, text.n + 1);
	size_t n = 0, raw;

	if ((from < 0) != (to < 0) || from > to)
		return NULL;
	if (from >= 0)
		text = str_sub(text, (size_t)from + begin.n, (size_t)to);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != ' ' && text.p[i] != '\t' && text.p[i] != '\r' &&
		    text.p[i] != '\n')
			out[n++] = text.p[i];
	out[n] = '\0';
	return n > 0 && base64_decode(a, (struct str){out, n}, &raw) != NULL ? out : NULL;
}

struct err *device_certificate_list(struct device_call *c, struct device_list *out)
{
	return device_list(c, cert, out);
}

/* ---- adding ---- */

static struct err *check(struct device_call *c, struct str base64, struct str *der)
{
	der->p = (char *)base64_decode(c->arena, base64, &der->n);
	if (der->p == NULL || der->n == 0)
		return err_new(ERR_INVALID, "the certificate is no base64 text of DER "
					    "without PEM lines");
	if (der->n > DEVICE_CERTIFICATE_MAX)
		return err_new(ERR_INVALID,
			       "the certificate has %zu bytes; firmware takes %d", der->n,
			       DEVICE_CERTIFICATE_MAX);
	return NULL;
}

/* The one that is there already. A root may also be there as none, and the other way
 * round. */
static struct err *find(struct device_call *c, struct str der, bool root, struct str *id)
{
	struct device_list list;
	size_t n;

	TRY(device_certificate_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_public_key_certificate *o = list.v[i];
		const char *have =
			(char *)base64_decode(c->arena, o->x509_certificate, &n);
		if (have == NULL || !str_eq((struct str){have, n}, der))
			continue;
		*id = o->instance_id;
		if ((o->trusted_root_certficate.v != 0) == root)
			return NULL;
	}
	return id->p != NULL ? NULL
			     : err_new(ERR_DEVICE, "the device has the certificate "
						   "already but does not list it");
}

static struct err *add(struct device_call *c, bool root, struct str base64,
		       struct str *id)
{
	const struct wsman_method *m =
		root ? &amt_public_key_management_service_add_trusted_root_certificate_method
		     : &amt_public_key_management_service_add_certificate_method;
	struct amt_public_key_management_service_add_certificate_in in = {
		.certificate_blob = base64};
	struct str der;
	int64_t value;
	void *object;

	*id = (struct str){0};
	TRY(check(c, base64, &der));
	TRY(device_invoke_value(c, service, m, NULL, &in, &object, &value));
	if (value == PT_DUPLICATE)
		return find(c, der, root, id);
	if (value != 0)
		return device_refusal(service, m, value);
	const struct amt_public_key_management_service_add_certificate_out *out = object;
	*id = device_epr_key(&out->created_certificate, "InstanceID");
	return id->n > 0 ? NULL
			 : err_new(ERR_DEVICE,
				   "the device took the certificate without a name");
}

struct err *device_certificate_add_root(struct device_call *c, struct str base64,
					struct str *id)
{
	return add(c, true, base64, id);
}

struct err *device_certificate_add(struct device_call *c, struct str base64,
				   struct str *id)
{
	return add(c, false, base64, id);
}

/* ---- deleting ---- */

struct err *device_certificate_delete(struct device_call *c, struct str id)
{
	struct wsman_epr by = device_epr(c->arena, cert, "InstanceID", id);

	return device_delete(c, cert, &by);
}

/* A refusal is firmware's good right: it knows what it still needs. */
static struct err *try_delete(struct device_call *c, const struct wsman_class *cls,
			      struct str id, size_t *count)
{
	struct wsman_epr by = device_epr(c->arena, cls, "InstanceID", id);
	struct err *e = device_delete(c, cls, &by);

	if (e == NULL)
		(*count)++;
	if (!err_is(e, ERR_DEVICE))
		return e;
	err_free(e);
	return NULL;
}

struct err *device_certificate_clear(struct device_call *c)
{
	struct device_list list;
	size_t n = 0;

	TRY(device_certificate_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_public_key_certificate *o = list.v[i];
		TRY(try_delete(c, cert, o->instance_id, &n));
	}
	return NULL;
}

/* ---- what nothing uses ---- */

struct uses {
	struct wsman_reply contexts, dependencies;
};

/* Credential contexts are of many classes, all with the same two references. */
static const struct wsman_epr *credential(const struct wsman_item *i)
{
	static const struct wsman_class *const plain[] = {
		&amt_tls_credential_context_class, &amt_8021x_credential_context_class,
		&amt_eac_credential_context_class, &ips_8021x_credential_context_class,
		&cim_credential_context_class,
	};

	for (size_t k = 0; k < ARRAY_LEN(plain); k++)
		if (i->cls == plain[k])
			return i->object; /* ElementInContext comes first */
	return NULL;
}
_Static_assert(offsetof(struct amt_tls_credential_context, element_in_context) == 0 &&
		       offsetof(struct cim_credential_context, element_in_context) == 0,
	       "the reference to the credential comes first");

static bool certificate_used(const struct uses *u, struct str id)
{
	for (size_t i = 0; i < u->contexts.n_items; i++) {
		const struct wsman_epr *e = credential(&u->contexts.items[i]);
		if (e != NULL && str_eq(device_epr_key(e, "InstanceID"), id))
			return true;
	}
	return false;
}

/* The certificate of a pair is its antecedent; either way round is fine. */
static bool key_has_certificate(const struct uses *u, struct str id)
{
	for (size_t i = 0; i < u->dependencies.n_items; i++) {
		const struct cim_concrete_dependency *d = wsman_item_as(
			&u->dependencies.items[i], &cim_concrete_dependency_class);
		if (d != NULL &&
		    (str_eq(device_epr_key(&d->dependent, "InstanceID"), id) ||
		     str_eq(device_epr_key(&d->antecedent, "InstanceID"), id)))
			return true;
	}
	return false;
}

static struct err *prune_certificates(struct device_call *c, size_t *n)
{
	struct device_list list;
	struct uses u;

	TRY(device_certificate_list(c, &list));
	TRY(wsman_enumerate(&c->wsman, &cim_credential_context_class, c->arena,
			    device_call_exchange(c), &u.contexts));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_public_key_certificate *o = list.v[i];
		/* Roots are used by what the device meets, not by a context. */
		if (o->trusted_root_certficate.v == 0 &&
		    o->read_only_certificate.v == 0 &&
		    !certificate_used(&u, o->instance_id))
			TRY(try_delete(c, cert, o->instance_id, n));
	}
	return NULL;
}

static struct err *prune_keys(struct device_call *c, size_t *n)
{
	struct device_list list;
	struct uses u;

	TRY(device_key_list(c, &list));
	TRY(wsman_enumerate(&c->wsman, &cim_concrete_dependency_class, c->arena,
			    device_call_exchange(c), &u.dependencies));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_public_private_key_pair *k = list.v[i];
		if (!key_has_certificate(&u, k->instance_id))
			TRY(try_delete(c, &amt_public_private_key_pair_class,
				       k->instance_id, n));
	}
	return NULL;
}

struct err *device_certificate_prune(struct device_call *c, size_t *certificates,
				     size_t *keys)
{
	size_t n_certificates = 0, n_keys = 0;

	TRY(prune_certificates(c, &n_certificates));
	TRY(prune_keys(c, &n_keys));
	if (certificates != NULL)
		*certificates = n_certificates;
	if (keys != NULL)
		*keys = n_keys;
	return NULL;
}
