/* SPDX-License-Identifier: Apache-2.0 */
#include <device/keys.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})
#define PT_DUPLICATE 2058
#define RSA 0
#define RSA_BITS 2048
#define SHA256_RSA 1

static const struct wsman_class *const service = &amt_public_key_management_service_class,
				       *const pair = &amt_public_private_key_pair_class;

struct err *device_key_list(struct device_call *c, struct device_list *out)
{
	return device_list(c, pair, out);
}

struct err *device_key_public(struct str der_key, struct arena *a, EVP_PKEY **out)
{
	size_t n;
	const unsigned char *der = der_key.p != NULL ? base64_decode(a, der_key, &n)
						     : NULL,
			    *p = der;

	*out = NULL;
	if (der != NULL)
		*out = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)n);
	if (der != NULL && *out == NULL) {
		p = der;
		*out = d2i_PUBKEY(NULL, &p, (long)n);
	}
	ERR_clear_error();
	if (*out == NULL)
		return err_new(ERR_DEVICE, "the device shows a key that is no RSA public "
					   "key");
	return NULL;
}

static struct err *public_of(struct device_call *c, struct str id, EVP_PKEY **out)
{
	struct device_list list;

	TRY(device_key_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_public_private_key_pair *k = list.v[i];
		if (str_eq(k->instance_id, id))
			return device_key_public(k->der_key, c->arena, out);
	}
	return err_new(ERR_DEVICE, "the device does not list the key pair it just made");
}

/* The firmware makes the key while we wait: longer than a usual exchange. */
static struct err *generate(struct device_call *c, struct str *id)
{
	const struct wsman_method *m =
		&amt_public_key_management_service_generate_key_pair_method;
	struct amt_public_key_management_service_generate_key_pair_in in = {
		.key_algorithm = NUM(RSA), .key_length = NUM(RSA_BITS)};
	struct wsman_reply r;

	c->return_value = -1;
	TRY(wsman_invoke(&c->wsman, service, m, NULL, &in, c->arena,
			 deadline_min(c->until, deadline_in(DEVICE_KEY_GENERATE_MS)),
			 &r));
	c->return_value = r.return_value.set ? r.return_value.v : -1;
	if (c->return_value != 0)
		return device_refusal(service, m, c->return_value);
	const struct amt_public_key_management_service_generate_key_pair_out *out =
		r.object;
	*id = device_epr_key(&out->key_pair, "InstanceID");
	if (id->n == 0)
		return err_new(ERR_DEVICE, "the device made a key pair without a name");
	return NULL;
}

struct err *device_key_generate(struct device_call *c, struct str *id,
				EVP_PKEY **public_key)
{
	TRY(generate(c, id));
	return public_of(c, *id, public_key);
}

struct err *device_key_add(struct device_call *c, const struct secret *base64,
			   struct str *id)
{
	const struct wsman_method *m = &amt_public_key_management_service_add_key_method;
	struct amt_public_key_management_service_add_key_in in = {
		.key_blob = {base64->p, base64->n}};
	int64_t value;
	void *object;

	TRY(device_invoke_value(c, service, m, NULL, &in, &object, &value));
	if (value != 0 && value != PT_DUPLICATE)
		return device_refusal(service, m, value);
	const struct amt_public_key_management_service_add_key_out *out = object;
	if (id != NULL)
		*id = value == 0 ? device_epr_key(&out->created_key, "InstanceID")
				 : (struct str){0};
	return NULL;
}

struct err *device_key_delete(struct device_call *c, struct str id)
{
	struct wsman_epr by = device_epr(c->arena, pair, "InstanceID", id);

	return device_delete(c, pair, &by);
}

struct err *device_key_sign_request(struct device_call *c, struct str id,
				    struct str null_signed, struct str *out)
{
	struct amt_public_key_management_service_generate_pkcs10_request_ex_in in = {
		.key_pair = device_epr(c->arena, pair, "InstanceID", id),
		.signing_algorithm = NUM(SHA256_RSA),
		.null_signed_certificate_request = null_signed,
	};
	void *object;

	TRY(device_invoke(
		c, service,
		&amt_public_key_management_service_generate_pkcs10_request_ex_method,
		NULL, &in, &object));
	const struct amt_public_key_management_service_generate_pkcs10_request_ex_out *o =
		object;
	*out = o->signed_certificate_request;
	if (out->n == 0)
		return err_new(ERR_DEVICE, "the device signed a request and did not send "
					   "it");
	return NULL;
}
