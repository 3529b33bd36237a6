/* SPDX-License-Identifier: Apache-2.0
 * Certificates and key pairs of a full device. wsman.md B.4.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/all.h>
#include <openssl/rsa.h>
#include <rt/offload.h>

enum {
	PT_SUCCESS = 0,
	PT_INTERNAL_ERROR = 1,
	PT_MAX_LIMIT_REACHED = 23,
	PT_INVALID_PARAMETER = 36,
	PT_DUPLICATE = 2058,
	PT_INVALID_KEY = 2062,
	PT_INVALID_CERT = 2063,
	PT_UNSUPPORTED = 2066,
};

#define MAX_BLOB 4100
#define MAX_ROOTS 4
#define MAX_CERTIFICATES 16
#define MAX_KEY_BITS 4096
#define CERT_PREFIX "Intel(r) AMT Certificate: Handle:"
#define GENERATE_MS 120000

/* ---- names ---- */

/* "C=US,O=Example,CN=Root": the order of the certificate. */
static void name_text(X509_NAME *name, struct str *out)
{
	struct buf b = {0};

	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(e));
		unsigned char *utf8 = NULL;
		int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(e));
		if (n >= 0)
			buf_addf(&b, "%s%s=%.*s", b.len > 0 ? "," : "", OBJ_nid2sn(nid),
				 n, utf8);
		OPENSSL_free(utf8);
	}
	sim_text_set(out, b.len > 0 ? buf_str(&b) : STR(""));
	buf_fini(&b);
}

static struct wsman_epr handle_epr(struct sim_call *c, const struct wsman_class *cls,
				   const char *id)
{
	struct wsman_selector s = {STR("InstanceID"), str_of(arena_strdup(c->arena, id)),
				   NULL};

	return (struct wsman_epr){.resource_uri = str_of(cls->uri),
				  .n = 1,
				  .selectors = arena_memdup(c->arena, &s, sizeof(s))};
}

/* InstanceID that an EPR names. */
static struct str handle_in(const struct wsman_epr *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eqz(e->selectors[i].name, "InstanceID"))
			return e->selectors[i].value;
	return (struct str){0};
}

/* ---- adding certificates ---- */

static size_t roots(const struct sim_state *st)
{
	const struct amt_public_key_certificate *c;
	size_t n = 0;

	for (size_t i = 0;
	     (c = sim_store_nth(&st->store, &amt_public_key_certificate_class, i)); i++)
		n += c->trusted_root_certficate.v != 0;
	return n;
}

static bool known(const struct sim_state *st, const char *der64, bool root)
{
	const struct amt_public_key_certificate *c;

	for (size_t i = 0;
	     (c = sim_store_nth(&st->store, &amt_public_key_certificate_class, i)); i++)
		if (str_eqz(c->x509_certificate, der64) &&
		    (c->trusted_root_certficate.v != 0) == root)
			return true;
	return false;
}

static int64_t store_cert(struct sim_call *c, struct str blob, bool root,
			  struct wsman_epr *epr)
{
	struct sim_store *s = &c->st->store;
	const struct wsman_class *cls = &amt_public_key_certificate_class;
	struct amt_public_key_certificate *o;
	size_t n;
	const unsigned char *der = blob.p != NULL ? base64_decode(c->arena, blob, &n)
						  : NULL,
			    *p = der;

	if (der == NULL || n == 0 || n > MAX_BLOB)
		return PT_INVALID_PARAMETER;
	X509 *cert = d2i_X509(NULL, &p, (long)n);
	if (cert == NULL || p != der + n || X509_get0_pubkey(cert) == NULL) {
		X509_free(cert);
		return PT_INVALID_CERT;
	}
	const char *text = base64_encode(c->arena, der, n);
	bool full = sim_store_count(s, cls) >= MAX_CERTIFICATES ||
		    (root && roots(c->st) >= MAX_ROOTS);
	if (known(c->st, text, root) || full) {
		X509_free(cert);
		return full ? PT_MAX_LIMIT_REACHED : PT_DUPLICATE;
	}
	const char *id =
		arena_printf(c->arena, CERT_PREFIX " %u",
			     sim_store_free_number(s, cls, "InstanceID", CERT_PREFIX));
	o = sim_store_add(s, cls, sim_object_new(cls));
	sim_text_set(&o->element_name, STR("Intel(r) AMT Certificate"));
	sim_text_set(&o->instance_id, str_of(id));
	name_text(X509_get_issuer_name(cert), &o->issuer);
	name_text(X509_get_subject_name(cert), &o->subject);
	o->read_only_certificate = sim_num(0);
	o->trusted_root_certficate = sim_num(root);
	sim_text_set(&o->x509_certificate, str_of(text));
	X509_free(cert);
	*epr = handle_epr(c, cls, id);
	c->changed = true;
	return PT_SUCCESS;
}

static void add_certificate(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_public_key_management_service_add_certificate_in *in = in_;
	struct amt_public_key_management_service_add_certificate_out *out = out_;
	struct str blob = in != NULL ? in->certificate_blob : (struct str){0};

	out->return_value =
		sim_num(store_cert(c, blob, false, &out->created_certificate));
}

static void add_root(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_public_key_management_service_add_trusted_root_certificate_in
		*in = in_;
	struct amt_public_key_management_service_add_trusted_root_certificate_out *out =
		out_;
	struct str blob = in != NULL ? in->certificate_blob : (struct str){0};

	out->return_value = sim_num(store_cert(c, blob, true, &out->created_certificate));
}

/* ---- keys ---- */

static bool key_known(const struct sim_state *st, const EVP_PKEY *key)
{
	bool found = false;

	for (size_t i = 0; i < SIM_MAX_KEYS && !found; i++) {
		EVP_PKEY *k =
			st->keys[i].id[0] != '\0' ? sim_key_open(&st->keys[i]) : NULL;
		found = k != NULL && EVP_PKEY_eq(k, key) == 1;
		EVP_PKEY_free(k);
	}
	return found;
}

static int64_t store_key(struct sim_call *c, EVP_PKEY *key, struct wsman_epr *epr)
{
	const char *id;

	if (key_known(c->st, key))
		return PT_DUPLICATE;
	if ((id = sim_state_key_add(c->st, key)) == NULL)
		return PT_MAX_LIMIT_REACHED;
	*epr = handle_epr(c, &amt_public_private_key_pair_class, id);
	c->changed = true;
	return PT_SUCCESS;
}

static void add_key(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_public_key_management_service_add_key_in *in = in_;
	struct amt_public_key_management_service_add_key_out *out = out_;
	size_t n = 0;
	unsigned char *der = in != NULL && in->key_blob.p != NULL
				     ? base64_decode(c->arena, in->key_blob, &n)
				     : NULL;
	const unsigned char *p = der;
	EVP_PKEY *key = der != NULL && n <= MAX_BLOB
				? d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)n)
				: NULL;

	if (key == NULL || EVP_PKEY_get_bits(key) > MAX_KEY_BITS)
		out->return_value = sim_num(PT_INVALID_KEY);
	else
		out->return_value = sim_num(store_key(c, key, &out->created_key));
	EVP_PKEY_free(key);
	if (der != NULL)
		secret_wipe(der, n);
}

struct generation {
	unsigned bits;
	EVP_PKEY *key;
};

static void generate_run(void *arg)
{
	struct generation *g = arg;

	g->key = EVP_RSA_gen(g->bits);
}

static void generate(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_public_key_management_service_generate_key_pair_in *in = in_;
	struct amt_public_key_management_service_generate_key_pair_out *out = out_;
	struct generation g = {.bits = in != NULL ? (unsigned)in->key_length.v : 0};
	struct err *e = NULL;

	if (in == NULL || !in->key_algorithm.set || in->key_algorithm.v != 0 ||
	    (g.bits != 2048 && g.bits != 3072)) {
		out->return_value = sim_num(PT_INVALID_PARAMETER);
		return;
	}
	if (fiber_self() != NULL)
		e = offload(offload_crypto(), generate_run, &g, deadline_in(GENERATE_MS));
	else
		generate_run(&g);
	/* The device may have changed meanwhile: nothing was looked at before. */
	if (e != NULL || g.key == NULL)
		out->return_value = sim_num(PT_INTERNAL_ERROR);
	else
		out->return_value = sim_num(store_key(c, g.key, &out->key_pair));
	err_free(e);
	EVP_PKEY_free(g.key);
}

/* ---- certificate requests ---- */

static int64_t sign_request(struct sim_call *c, EVP_PKEY *key, X509_REQ *rq,
			    const EVP_MD *md, struct str *out)
{
	unsigned char *der = NULL;
	EVP_PKEY *public = X509_REQ_get0_pubkey(rq);
	int n;

	if (public == NULL || EVP_PKEY_eq(public, key) != 1)
		return PT_INVALID_KEY;
	if (X509_REQ_sign(rq, key, md) <= 0 || (n = i2d_X509_REQ(rq, &der)) <= 0)
		return PT_INTERNAL_ERROR;
	*out = str_of(base64_encode(c->arena, der, (size_t)n));
	OPENSSL_free(der);
	return PT_SUCCESS;
}

static int64_t request(
	struct sim_call *c,
	const struct amt_public_key_management_service_generate_pkcs10_request_ex_in *in,
	struct str *out)
{
	const struct sim_key *k =
		in != NULL ? sim_state_key(c->st, handle_in(&in->key_pair)) : NULL;
	size_t n;
	const unsigned char *p;
	int64_t rc;

	if (k == NULL || !in->signing_algorithm.set ||
	    in->null_signed_certificate_request.p == NULL)
		return PT_INVALID_PARAMETER;
	if (in->signing_algorithm.v != 1 && in->signing_algorithm.v != 2)
		return PT_UNSUPPORTED;
	p = base64_decode(c->arena, in->null_signed_certificate_request, &n);
	X509_REQ *rq = p != NULL ? d2i_X509_REQ(NULL, &p, (long)n) : NULL;
	if (rq == NULL)
		return PT_INVALID_PARAMETER;
	EVP_PKEY *key = sim_key_open(k);
	rc = sign_request(c, key, rq,
			  in->signing_algorithm.v == 1 ? EVP_sha256() : EVP_sha384(),
			  out);
	EVP_PKEY_free(key);
	X509_REQ_free(rq);
	return rc;
}

static void generate_request(struct sim_call *c, const void *in, void *out_)
{
	struct amt_public_key_management_service_generate_pkcs10_request_ex_out *out =
		out_;

	out->return_value = sim_num(request(c, in, &out->signed_certificate_request));
}

/* ---- deleting ---- */

static bool epr_names(const struct wsman_epr *e, struct str id)
{
	return str_eq(handle_in(e), id);
}

/* TLS uses it, or an MPS entry or profile does. */
static bool certificate_in_use(const struct sim_state *st, struct str id)
{
	for (size_t i = 0; i < st->store.n; i++) {
		const struct sim_instance *o = &st->store.v[i];
		const struct wsman_field *f = sim_field(o->cls, "ElementInContext");
		if (f != NULL && f->kind == WSMAN_EPR &&
		    epr_names((const struct wsman_epr *)((const char *)o->object +
							 f->offset),
			      id))
			return true;
	}
	return str_eqz(id, st->tls_certificate) &&
	       (st->tls_network.enabled || st->tls_local.enabled);
}

static void check_certificate(struct sim_call *c, enum wsman_op op, void *object,
			      const void *was)
{
	struct amt_public_key_certificate *o = object;
	const struct amt_public_key_certificate *old = was;

	if (op == WSMAN_PUT) {
		if (!str_eq(o->x509_certificate, old->x509_certificate))
			c->fault = WSMAN_INVALID_REPRESENTATION;
	} else if (o->read_only_certificate.v ||
		   certificate_in_use(c->st, o->instance_id)) {
		c->fault = WSMAN_ACCESS_DENIED;
	}
}

static bool key_in_use(struct sim_state *st, struct str id)
{
	X509 *cert = sim_state_certificate(st, str_of(st->tls_certificate));
	const struct sim_key *k = sim_state_key(st, id);
	EVP_PKEY *key = k != NULL ? sim_key_open(k) : NULL;
	bool used = cert != NULL && key != NULL &&
		    EVP_PKEY_eq(key, X509_get0_pubkey(cert)) == 1 &&
		    (st->tls_network.enabled || st->tls_local.enabled);

	EVP_PKEY_free(key);
	X509_free(cert);
	return used;
}

static void check_key(struct sim_call *c, enum wsman_op op, void *object, const void *was)
{
	const struct amt_public_private_key_pair *o = object;

	if (key_in_use(c->st, o->instance_id))
		c->fault = WSMAN_ACCESS_DENIED;
	else
		sim_state_key_remove(c->st, o->instance_id);
}

/* Clients delete a key through the service, by the key's InstanceID. */
static bool delete_key(struct sim_call *c)
{
	struct str id = handle_in(&c->rq->selectors);
	void *pair = sim_store_by_text(&c->st->store, &amt_public_private_key_pair_class,
				       "InstanceID", id);

	if (pair == NULL) {
		c->fault = WSMAN_DESTINATION_UNREACHABLE;
		return true;
	}
	check_key(c, WSMAN_DELETE, pair, pair);
	if (c->fault == SIM_NO_FAULT) {
		sim_store_remove(&c->st->store, pair);
		c->changed = true;
	}
	return true;
}

/* ---- which key belongs to which certificate ---- */

static const struct amt_public_private_key_pair *pair_of(const struct sim_state *st,
							 const X509 *cert)
{
	const EVP_PKEY *public = X509_get0_pubkey(cert);

	for (size_t i = 0; i < SIM_MAX_KEYS; i++) {
		const struct sim_key *k = &st->keys[i];
		EVP_PKEY *key = k->id[0] != '\0' ? sim_key_open(k) : NULL;
		bool same = key != NULL && EVP_PKEY_eq(key, public) == 1;
		EVP_PKEY_free(key);
		if (same)
			return sim_store_by_text(&st->store,
						 &amt_public_private_key_pair_class,
						 "InstanceID", str_of(k->id));
	}
	return NULL;
}

static size_t dependencies(struct sim_device *d, struct arena *a, struct wsman_item *out)
{
	const struct sim_store *s = &d->state->store;
	const struct amt_public_key_certificate *c;
	size_t n = 0;

	for (size_t i = 0; n < SIM_MAX_INSTANCES &&
			   (c = sim_store_nth(s, &amt_public_key_certificate_class, i));
	     i++) {
		X509 *cert = sim_state_certificate(d->state, c->instance_id);
		const void *pair = cert != NULL ? pair_of(d->state, cert) : NULL;
		X509_free(cert);
		if (pair == NULL)
			continue;
		struct cim_concrete_dependency *o =
			arena_new(a, struct cim_concrete_dependency);
		o->antecedent = sim_epr_to(a, &amt_public_key_certificate_class, c);
		o->dependent = sim_epr_to(a, &amt_public_private_key_pair_class, pair);
		out[n++] = (struct wsman_item){&cim_concrete_dependency_class, o};
	}
	return n;
}

static const struct sim_method methods[] = {
	{&amt_public_key_management_service_add_certificate_method, add_certificate},
	{&amt_public_key_management_service_add_trusted_root_certificate_method,
	 add_root},
	{&amt_public_key_management_service_add_key_method, add_key},
	{&amt_public_key_management_service_generate_key_pair_method, generate},
	{&amt_public_key_management_service_generate_pkcs10_request_ex_method,
	 generate_request},
};

const struct sim_class sim_certificate_classes[] = {
	{.cls = &amt_public_key_management_service_class,
	 .methods = methods,
	 .n_methods = ARRAY_LEN(methods),
	 .delete = delete_key},
	{.cls = &amt_public_key_certificate_class, .check = check_certificate},
	{.cls = &amt_public_private_key_pair_class, .check = check_key},
	{.cls = &cim_concrete_dependency_class, .instances = dependencies},
};
const size_t sim_certificate_classes_n = ARRAY_LEN(sim_certificate_classes);
