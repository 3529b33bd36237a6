/* SPDX-License-Identifier: Apache-2.0 */
#include <device/tls.h>

#include <device/certificates.h>
#include <device/keys.h>
#include <device/tls_priv.h>
#include <openssl/err.h>

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})
#define COLLECTION "TLSProtocolEndpointInstances Collection"
#define TRUSTED_MAX 4
#define LMS "Intel(r) AMT LMS TLS Settings"

static const struct wsman_class *const settings = &amt_tls_setting_data_class,
				       *const context = &amt_tls_credential_context_class;

/* ---- modes ---- */

struct err *device_tls_read(struct device_call *c, struct device_tls *out)
{
	struct device_list list;

	*out = (struct device_tls){0};
	TRY(device_list(c, settings, &list));
	for (size_t i = 0; i < list.n; i++) {
		struct amt_tls_setting_data *s = list.v[i];
		if (str_eqz(s->instance_id, LMS))
			out->local = s;
		else
			out->network = s;
		out->always |= s->non_secure_connections_supported.set &&
			       s->non_secure_connections_supported.v == 0;
	}
	if (out->network == NULL || out->local == NULL)
		return err_new(ERR_DEVICE, "the device does not list both of its TLS "
					   "settings");
	return NULL;
}

static struct err *write_settings(struct device_call *c,
				  const struct amt_tls_setting_data *s)
{
	struct wsman_epr by =
		device_epr(c->arena, settings, "InstanceID", s->instance_id);
	struct err *e = device_put(c, settings, &by, s, NULL);

	return e == NULL ? NULL
			 : err_wrap(e, STR_FMT " were not changed",
				    STR_ARG(s->instance_id));
}

/* wsman.md B.4: on the local interface mutual authentication is deprecated. */
struct err *device_tls_set(struct device_call *c, enum device_tls_mode mode,
			   const struct str *trusted, size_t n)
{
	bool on = mode != DEVICE_TLS_OFF,
	     mutual = mode == DEVICE_TLS_MUTUAL || mode == DEVICE_TLS_MUTUAL_AND_PLAIN,
	     plain = mode != DEVICE_TLS_SERVER && mode != DEVICE_TLS_MUTUAL;
	struct device_tls now;

	if (n > TRUSTED_MAX)
		return err_new(ERR_INVALID,
			       "mutual TLS takes at most %d trusted common names",
			       TRUSTED_MAX);
	TRY(device_tls_read(c, &now));
	if (now.always && !on)
		return err_new(ERR_CONFLICT,
			       "TLS cannot be switched off on this platform: it has no "
			       "plain connections");
	now.network->enabled = NUM(on);
	now.network->mutual_authentication = NUM(mutual);
	now.network->trusted_cn = mutual ? (struct wsman_strs){n, (struct str *)trusted}
					 : (struct wsman_strs){0};
	if (!now.always)
		now.network->accept_non_secure_connections = NUM(plain);
	now.local->enabled = NUM(on);
	now.local->trusted_cn = (struct wsman_strs){0};
	TRY(write_settings(c, now.network));
	return write_settings(c, now.local);
}

/* ---- certificate ---- */

struct err *device_tls_use(struct device_call *c, struct str certificate_id)
{
	struct amt_tls_credential_context o = {
		.element_in_context =
			device_epr(c->arena, &amt_public_key_certificate_class,
				   "InstanceID", certificate_id),
		.element_providing_context =
			device_epr(c->arena, &amt_tls_protocol_endpoint_collection_class,
				   "ElementName", STR(COLLECTION)),
	};
	bool existed;

	TRY(device_create(c, context, &o, &existed));
	return existed ? device_put(c, context, NULL, &o, NULL) : NULL;
}

static struct err *install(struct device_call *c, const struct str *base64)
{
	struct str id;

	TRY(device_certificate_add(c, *base64, &id));
	return device_tls_use(c, id);
}

struct err *device_tls_self_signed(struct device_call *c,
				   const struct device_tls_issuer *issuer,
				   const struct device_tls_subject *subject,
				   const char **cert_pem)
{
	struct tls_leaf leaf = {.issuer = issuer, .subject = subject};
	struct str id;

	TRY(device_key_generate(c, &id, &leaf.public_key));
	struct err *e = tls_leaf_make(&leaf, c->arena, c->until);
	EVP_PKEY_free(leaf.public_key);
	if (e != NULL)
		return e;
	if (cert_pem != NULL)
		*cert_pem = leaf.pem;
	return install(c, &leaf.base64);
}

static struct err *der_of(struct device_call *c, struct str id, struct str *der)
{
	struct device_list list;

	TRY(device_key_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_public_private_key_pair *k = list.v[i];
		if (str_eq(k->instance_id, id))
			*der = k->der_key;
	}
	return NULL;
}

static struct err *check_issued(struct device_call *c, struct str base64,
				const EVP_PKEY *public_key)
{
	size_t n = 0;
	const unsigned char *der = base64_decode(c->arena, base64, &n);
	X509 *x = der != NULL ? d2i_X509(NULL, &der, (long)n) : NULL;
	EVP_PKEY *key = x != NULL ? X509_get0_pubkey(x) : NULL;
	bool good = key != NULL && EVP_PKEY_eq(key, public_key) == 1;

	X509_free(x);
	ERR_clear_error();
	return good ? NULL
		    : err_new(ERR_DEVICE, "what was issued is no certificate for the "
					  "device's key pair");
}

static struct err *issue_and_add(struct device_call *c,
				 const struct device_tls_signer *signer, struct str key,
				 const EVP_PKEY *public_key,
				 struct device_tls_signed *out)
{
	struct str der = {0}, request, signed_request;

	TRY(der_of(c, key, &der));
	TRY(signer->request(signer->arg, c, key, der, &request));
	TRY(device_key_sign_request(c, key, request, &signed_request));
	TRY(signer->issue(signer->arg, c, signed_request, &out->base64));
	TRY(check_issued(c, out->base64, public_key));
	return device_certificate_add(c, out->base64, &out->id);
}

struct err *device_tls_signed_certificate(struct device_call *c,
					  const struct device_tls_signer *signer,
					  struct device_tls_signed *out)
{
	EVP_PKEY *public_key;
	struct str key;

	*out = (struct device_tls_signed){0};
	TRY(device_key_generate(c, &key, &public_key));
	struct err *e = issue_and_add(c, signer, key, public_key, out);
	EVP_PKEY_free(public_key);
	if (e != NULL)
		err_free(device_key_delete(c, key));
	return e;
}

struct err *device_tls_forget(struct device_call *c)
{
	struct device_list list;

	TRY(device_list(c, context, &list));
	for (size_t i = 0; i < list.n; i++) {
		struct amt_tls_credential_context *o = list.v[i];
		struct wsman_selector keys[2] = {
			{.name = STR("ElementInContext"), .epr = &o->element_in_context},
			{.name = STR("ElementProvidingContext"),
			 .epr = &o->element_providing_context},
		};
		struct wsman_epr by = {.n = 2, .selectors = keys};
		TRY(device_delete(c, context, &by));
	}
	TRY(device_key_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct amt_public_private_key_pair *k = list.v[i];
		TRY(device_key_delete(c, k->instance_id));
	}
	return NULL;
}
