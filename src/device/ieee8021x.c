/* SPDX-License-Identifier: Apache-2.0 */
#include <device/ieee8021x.h>

#include <device/certificates.h>

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})

static const struct wsman_class *const cls = &ips_ieee8021x_settings_class;

bool device_8021x_is_tls(enum device_8021x_protocol p)
{
	return p == DEVICE_8021X_TLS || p == DEVICE_8021X_FAST_TLS;
}

struct err *device_8021x_check(const struct device_8021x *x)
{
	if (x->username.n == 0 || x->username.n > 128)
		return err_new(ERR_INVALID,
			       "802.1X needs a user name of 1 to 128 characters");
	if (device_8021x_is_tls(x->protocol) && x->client_certificate.n == 0)
		return err_new(ERR_INVALID,
			       "802.1X with EAP-TLS needs a client certificate");
	if (!device_8021x_is_tls(x->protocol) &&
	    (x->password == NULL || x->password->n == 0))
		return err_new(ERR_INVALID, "this 802.1X protocol needs a password");
	return NULL;
}

struct err *device_8021x_read(struct device_call *c, struct ips_ieee8021x_settings **out)
{
	void *object;

	TRY(device_get(c, cls, &object));
	*out = object;
	return NULL;
}

/* What firmware reads back empty must not be sent back. */
static void clear_secrets(struct ips_ieee8021x_settings *s)
{
	s->password = s->pac_password = s->psk = s->protected_access_credential =
		(struct str){0};
}

static struct err *set_certificates(struct device_call *c, const struct device_8021x *x)
{
	const struct wsman_class *cert = &amt_public_key_certificate_class;
	struct ips_ieee8021x_settings_set_certificates_in in = {0};

	if (x->ca_certificate.n > 0)
		in.server_certificate_issuer =
			device_epr(c->arena, cert, "InstanceID", x->ca_certificate);
	if (x->client_certificate.n > 0)
		in.client_certificate =
			device_epr(c->arena, cert, "InstanceID", x->client_certificate);
	return device_invoke(c, cls, &ips_ieee8021x_settings_set_certificates_method,
			     NULL, &in, NULL);
}

struct err *device_8021x_set(struct device_call *c, const struct device_8021x *x)
{
	struct ips_ieee8021x_settings *s;
	bool certificates = x->ca_certificate.n > 0 || x->client_certificate.n > 0;

	TRY(device_8021x_check(x));
	TRY(device_8021x_read(c, &s));
	clear_secrets(s);
	s->element_name = str_of(arena_printf(
		c->arena, "Intel(r) AMT: 8021X Settings " STR_FMT, STR_ARG(x->name)));
	s->enabled = NUM(certificates ? IPS_8021X_WITH_CERTIFICATES
				      : IPS_8021X_WITHOUT_CERTIFICATES);
	s->authentication_protocol = NUM(x->protocol);
	s->username = x->username;
	s->domain = x->domain.n > 0 ? x->domain : (struct str){0};
	if (x->password != NULL)
		s->password = (struct str){x->password->p, x->password->n};
	s->available_in_s0 = NUM(x->available_in_s0);
	s->pxe_timeout =
		NUM(x->pxe_timeout_s > 0 ? x->pxe_timeout_s : DEVICE_8021X_PXE_TIMEOUT_S);
	TRY(device_put(c, cls, NULL, s, NULL));
	return certificates ? set_certificates(c, x) : NULL;
}

struct err *device_8021x_off(struct device_call *c, bool *was_on)
{
	struct ips_ieee8021x_settings *s;

	TRY(device_8021x_read(c, &s));
	bool on = s->enabled.v != IPS_8021X_DISABLED;
	if (was_on != NULL)
		*was_on = on;
	if (!on)
		return NULL;
	clear_secrets(s);
	s->enabled = NUM(IPS_8021X_DISABLED);
	s->username = (struct str){0};
	s->authentication_protocol = (struct wsman_num){0};
	return device_put(c, cls, NULL, s, NULL);
}
