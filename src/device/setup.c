/* SPDX-License-Identifier: Apache-2.0 */
#include <device/setup.h>

#include <amt/wsman/classes/general.h>
#include <base/log.h>

#define PASSWORD_HTTP_DIGEST 2 /* NetAdminPassEncryptionType: HA1 */
#define SIGNING_RSA_SHA256 2
#define MODE_ENTERPRISE 1 /* Unprovision: the only one that firmware still has */
#define RETRY_MS 500
#define MEBX_MIN 8
#define MEBX_MAX 32

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})

static const struct wsman_class *const host = &ips_host_based_setup_service_class,
				       *const service =
					       &amt_setup_and_configuration_service_class;

/* ---- reading ---- */

struct err *device_setup_read(struct device_call *c, struct device_setup *out)
{
	void *object;

	*out = (struct device_setup){0};
	TRY(device_get(c, host, &object));
	const struct ips_host_based_setup_service *s = object;
	out->mode = (enum ips_control_mode)s->current_control_mode.v;
	out->chain = (enum ips_cert_chain)s->cert_chain_status.v;
	for (size_t i = 0; i < s->allowed_control_modes.n; i++) {
		out->client_allowed |=
			s->allowed_control_modes.v[i] == IPS_CONTROL_CLIENT;
		out->admin_allowed |= s->allowed_control_modes.v[i] == IPS_CONTROL_ADMIN;
	}
	if (s->configuration_nonce.p != NULL)
		out->nonce.p = (char *)base64_decode(c->arena, s->configuration_nonce,
						     &out->nonce.n);
	return NULL;
}

struct err *device_setup_state(struct device_call *c, enum amt_provisioning_state *state,
			       enum ips_control_mode *mode)
{
	void *object;

	TRY(device_get(c, service, &object));
	const struct amt_setup_and_configuration_service *s = object;
	*state = (enum amt_provisioning_state)s->provisioning_state.v;
	*mode = IPS_CONTROL_NONE;
	if (*state == AMT_PROVISIONING_POST)
		*mode = s->provisioning_mode.v == AMT_PROVISIONED_CLIENT
				? IPS_CONTROL_CLIENT
				: IPS_CONTROL_ADMIN;
	return NULL;
}

struct err *device_setup_realm(struct device_call *c, struct str *realm)
{
	static const struct str prefix = {"Digest:", 7};
	uint8_t raw[16];
	void *object;

	TRY(device_get(c, &amt_general_settings_class, &object));
	*realm = ((const struct amt_general_settings *)object)->digest_realm;
	if (!str_starts(*realm, prefix) ||
	    !hex_decode(str_sub(*realm, prefix.n, realm->n), raw, sizeof(raw)))
		return err_new(ERR_DEVICE,
			       "the device's digest realm is not \"Digest:\" and 32 "
			       "hexadecimal digits");
	return NULL;
}

/* ---- changing the mode ---- */

static void use_password(struct device_call *c, const struct secret *password)
{
	amt_http_credentials(&c->device->http, STR(DEVICE_ADMIN),
			     (struct str){password->p, password->n});
}

struct err *device_setup_wait(struct device_call *c, enum ips_control_mode *mode)
{
	struct deadline until =
		deadline_min(c->until, deadline_in(DEVICE_SETTLE_EXCHANGES *
						   device_exchange_ms(c->device)));

	for (;;) {
		struct device_setup now;
		struct err *e = device_setup_read(c, &now);
		if (e == NULL) {
			*mode = now.mode;
			return NULL;
		}
		bool again = e->kind == ERR_CLOSED || e->kind == ERR_TIMEOUT ||
			     e->kind == ERR_UNAVAILABLE;
		if (!again || deadline_left_ms(until) <= RETRY_MS)
			return e;
		log_debug("device not back yet", F_STR("guid", c->device->guid),
			  F_ERR(e));
		err_free(e);
		TRY(fiber_sleep_ms(RETRY_MS));
	}
}

static bool unanswered(const struct err *e)
{
	return err_is(e, ERR_CLOSED) || err_is(e, ERR_TIMEOUT);
}

/* take_e: the outcome of a change. No answer to it says nothing: the mode does. */
static struct err *confirm(struct device_call *c, struct err *take_e,
			   enum ips_control_mode want)
{
	enum ips_control_mode now;

	if (!unanswered(take_e))
		return take_e;
	struct err *e = device_setup_wait(c, &now);
	if (e != NULL || now != want) {
		err_free(e);
		return take_e;
	}
	err_free(take_e);
	return NULL;
}

struct err *device_setup_client(struct device_call *c, struct str realm,
				const struct secret *password)
{
	char ha1[33];
	struct ips_host_based_setup_service_setup_in in = {
		.net_admin_pass_encryption_type = NUM(PASSWORD_HTTP_DIGEST),
		.network_admin_password = {ha1, 32},
	};

	digest_ha1(STR(DEVICE_ADMIN), realm, (struct str){password->p, password->n}, ha1);
	struct err *e = device_invoke(c, host, &ips_host_based_setup_service_setup_method,
				      NULL, &in, NULL);
	secret_wipe(ha1, sizeof(ha1));
	if (e == NULL || unanswered(e))
		use_password(c, password);
	e = confirm(c, e, IPS_CONTROL_CLIENT);
	return e == NULL ? NULL : err_wrap(e, "client control mode was not entered");
}

struct err *device_setup_chain(struct device_call *c, const struct activation_cert *cert)
{
	for (size_t i = 0; i < cert->n; i++) {
		struct ips_host_based_setup_service_add_next_cert_in_chain_in in = {
			.next_certificate = str_of(
				base64_encode(c->arena, cert->der[i].p, cert->der[i].n)),
			.is_leaf_certificate = NUM(i == 0),
			.is_root_certificate = NUM(i == cert->n - 1),
		};
		struct err *e = device_invoke(
			c, host,
			&ips_host_based_setup_service_add_next_cert_in_chain_method, NULL,
			&in, NULL);
		if (e != NULL)
			return err_wrap(e,
					"certificate %zu of %zu (leaf first) was refused",
					i + 1, cert->n);
	}
	return NULL;
}

struct proof {
	struct str nonce, signature; /* base64 */
};

/* The chain is in the device, and what it signs is signed. */
static struct err *prove(struct device_call *c, const struct activation_cert *cert,
			 struct proof *out)
{
	uint8_t nonce[ACTIVATION_CERT_NONCE_SIZE];
	struct device_setup now;
	struct str signature;

	TRY(device_setup_read(c, &now));
	if (now.nonce.n != ACTIVATION_CERT_NONCE_SIZE)
		return err_new(ERR_DEVICE,
			       "the device's configuration nonce is not 20 bytes");
	TRY(device_setup_chain(c, cert));
	random_bytes(nonce, sizeof(nonce));
	TRY(activation_cert_sign(cert, now.nonce, nonce, c->arena, c->until, &signature));
	out->nonce = str_of(base64_encode(c->arena, nonce, sizeof(nonce)));
	out->signature = str_of(base64_encode(c->arena, signature.p, signature.n));
	return NULL;
}

static struct err *admin_setup(struct device_call *c, struct str realm,
			       const struct secret *password, const struct proof *p)
{
	char ha1[33];
	struct ips_host_based_setup_service_admin_setup_in in = {
		.net_admin_pass_encryption_type = NUM(PASSWORD_HTTP_DIGEST),
		.network_admin_password = {ha1, 32},
		.mc_nonce = p->nonce,
		.signing_algorithm = NUM(SIGNING_RSA_SHA256),
		.digital_signature = p->signature,
	};

	digest_ha1(STR(DEVICE_ADMIN), realm, (struct str){password->p, password->n}, ha1);
	struct err *e =
		device_invoke(c, host, &ips_host_based_setup_service_admin_setup_method,
			      NULL, &in, NULL);
	secret_wipe(ha1, sizeof(ha1));
	return e;
}

struct err *device_setup_admin(struct device_call *c, struct str realm,
			       const struct secret *password,
			       const struct activation_cert *cert)
{
	struct proof p;
	struct err *e = prove(c, cert, &p);

	if (e == NULL) {
		e = admin_setup(c, realm, password, &p);
		if (e == NULL || unanswered(e))
			use_password(c, password);
		e = confirm(c, e, IPS_CONTROL_ADMIN);
	}
	return e == NULL ? NULL : err_wrap(e, "admin control mode was not entered");
}

struct err *device_setup_upgrade(struct device_call *c,
				 const struct activation_cert *cert)
{
	struct proof p;
	struct err *e = prove(c, cert, &p);

	if (e == NULL) {
		struct ips_host_based_setup_service_upgrade_client_to_admin_in in = {
			.mc_nonce = p.nonce,
			.signing_algorithm = NUM(SIGNING_RSA_SHA256),
			.digital_signature = p.signature,
		};
		e = device_invoke(
			c, host,
			&ips_host_based_setup_service_upgrade_client_to_admin_method,
			NULL, &in, NULL);
		e = confirm(c, e, IPS_CONTROL_ADMIN);
	}
	return e == NULL ? NULL : err_wrap(e, "admin control mode was not entered");
}

/* ---- afterwards ---- */

static bool strong(const struct secret *p)
{
	bool upper = false, lower = false, digit = false, other = false;

	for (size_t i = 0; i < p->n; i++) {
		char ch = p->p[i];
		bool u = ch >= 'A' && ch <= 'Z', l = ch >= 'a' && ch <= 'z',
		     d = ch >= '0' && ch <= '9';
		if (ch < ' ' || ch > '~')
			return false;
		upper |= u;
		lower |= l;
		digit |= d;
		other |= !u && !l && !d;
	}
	return p->n >= MEBX_MIN && p->n <= MEBX_MAX && upper && lower && digit && other;
}

struct err *device_setup_mebx(struct device_call *c, const struct secret *password)
{
	struct amt_setup_and_configuration_service_set_mebx_password_in in = {
		.password = {password->p, password->n}};

	if (!strong(password))
		return err_new(ERR_INVALID,
			       "a MEBx password has 8 to 32 characters, among them an "
			       "upper-case and a lower-case letter, a digit and another "
			       "character");
	return device_invoke(
		c, service, &amt_setup_and_configuration_service_set_mebx_password_method,
		NULL, &in, NULL);
}

/* The firmware may restart its network stack before it answers. */
static struct err *restarting(struct device_call *c, const struct wsman_method *m,
			      const void *in)
{
	struct err *e = device_invoke(c, service, m, NULL, in, NULL);

	if (!err_is(e, ERR_CLOSED))
		return e;
	log_debug("connection closed instead of an answer",
		  F_STR("guid", c->device->guid), F_STR("method", m->name), F_ERR(e));
	err_free(e);
	return NULL;
}

struct err *device_setup_commit(struct device_call *c)
{
	return restarting(c, &amt_setup_and_configuration_service_commit_changes_method,
			  NULL);
}

struct err *device_unprovision(struct device_call *c)
{
	struct amt_setup_and_configuration_service_unprovision_in in = {
		.provisioning_mode = NUM(MODE_ENTERPRISE)};

	return restarting(c, &amt_setup_and_configuration_service_unprovision_method,
			  &in);
}

struct err *device_unprovision_partial(struct device_call *c)
{
	return restarting(
		c, &amt_setup_and_configuration_service_partial_unprovision_method, NULL);
}
