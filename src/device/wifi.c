/* SPDX-License-Identifier: Apache-2.0 */
#include <device/wifi.h>

#include <amt/wsman/classes/boot.h>
#include <amt/wsman/classes/certificates.h>

#define NUM(value) ((struct wsman_num){.set = true, .v = (value)})
#define PROFILE_PREFIX "Intel(r) AMT:WiFi Endpoint Settings "
#define IEEE8021X_PREFIX "Intel(r) AMT: 8021X Settings "
#define ENDPOINT "WiFi Endpoint 0"
#define NAME_LENGTH_MAX 32

static const struct wsman_class *const service =
					       &amt_wifi_port_configuration_service_class,
				       *const profile = &cim_wifi_endpoint_settings_class;

struct err *device_wifi_port_set(struct device_call *c, enum cim_wifi_port_state s)
{
	struct cim_wifi_port_request_state_change_in in = {.requested_state = NUM(s)};

	return device_invoke(c, &cim_wifi_port_class,
			     &cim_wifi_port_request_state_change_method, NULL, &in, NULL);
}

/* ---- profiles: read and delete ---- */

/* Others are the host user's, which the device got by synchronization. */
static bool is_administrators(const struct cim_wifi_endpoint_settings *p)
{
	return p->instance_id.n > 0 && p->priority.set && p->priority.v != 0;
}

struct err *device_wifi_list(struct device_call *c, struct device_list *out)
{
	size_t n = 0;

	TRY(device_list(c, profile, out));
	for (size_t i = 0; i < out->n; i++)
		if (is_administrators(out->v[i]))
			out->v[n++] = out->v[i];
	out->n = n;
	return NULL;
}

struct err *device_wifi_delete(struct device_call *c, struct str instance_id)
{
	struct wsman_epr by = device_epr(c->arena, profile, "InstanceID", instance_id);

	return device_delete(c, profile, &by);
}

struct err *device_wifi_clear(struct device_call *c, size_t *deleted)
{
	struct device_list list;

	TRY(device_wifi_list(c, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct cim_wifi_endpoint_settings *p = list.v[i];
		TRY(device_wifi_delete(c, p->instance_id));
	}
	if (deleted != NULL)
		*deleted = list.n;
	return NULL;
}

/* ---- profiles: write ---- */

static bool is_psk(enum cim_wifi_auth a)
{
	return a == CIM_WIFI_AUTH_WPA_PSK || a == CIM_WIFI_AUTH_WPA2_PSK ||
	       a == CIM_WIFI_AUTH_WPA3_SAE;
}

static bool is_8021x(enum cim_wifi_auth a)
{
	return a == CIM_WIFI_AUTH_WPA_8021X || a == CIM_WIFI_AUTH_WPA2_8021X;
}

static struct err *wrong(const struct device_wifi *w, const char *text)
{
	return err_new(ERR_INVALID, "Wi-Fi profile " STR_FMT ": %s", STR_ARG(w->name),
		       text);
}

struct err *device_wifi_check(const struct device_wifi *w)
{
	size_t key = w->passphrase != NULL ? w->passphrase->n : 0;

	if (w->name.n == 0 || w->name.n > NAME_LENGTH_MAX)
		return err_new(ERR_INVALID,
			       "a Wi-Fi profile's name has 1 to %d characters",
			       NAME_LENGTH_MAX);
	if (w->ssid.n == 0 || w->ssid.n > DEVICE_WIFI_SSID_MAX)
		return wrong(w, "an SSID has 1 to 32 characters");
	if (w->priority < 1 || w->priority > 255)
		return wrong(w, "a priority is 1 to 255");
	if (!is_psk(w->auth) && !is_8021x(w->auth) && w->auth != CIM_WIFI_AUTH_WPA3_OWE)
		return wrong(w, "AMT knows no such authentication method");
	if (w->encryption != CIM_WIFI_CCMP &&
	    (w->encryption != CIM_WIFI_TKIP ||
	     (w->auth != CIM_WIFI_AUTH_WPA_PSK && w->auth != CIM_WIFI_AUTH_WPA_8021X)))
		return wrong(w, "the encryption method does not fit the authentication "
				"method: CCMP (4), or TKIP (3) with WPA");
	if (is_psk(w->auth) &&
	    (key < DEVICE_WIFI_PASSPHRASE_MIN || key > DEVICE_WIFI_PASSPHRASE_MAX))
		return wrong(w, "a passphrase has 8 to 63 characters");
	if (is_8021x(w->auth) && w->ieee8021x == NULL)
		return wrong(w, "this authentication method needs an 802.1X profile");
	return is_8021x(w->auth) ? device_8021x_check(w->ieee8021x) : NULL;
}

static struct cim_wifi_endpoint_settings settings(struct device_call *c,
						  const struct device_wifi *w)
{
	struct cim_wifi_endpoint_settings s = {
		.element_name = w->name,
		.instance_id = str_of(
			arena_printf(c->arena, PROFILE_PREFIX STR_FMT, STR_ARG(w->name))),
		.authentication_method = NUM(w->auth),
		.encryption_method = NUM(w->encryption),
		.ssid = w->ssid,
		.priority = NUM(w->priority),
	};

	if (is_psk(w->auth))
		s.psk_pass_phrase = (struct str){w->passphrase->p, w->passphrase->n};
	return s;
}

static struct cim_ieee8021x_settings settings_8021x(struct device_call *c,
						    const struct device_8021x *x)
{
	struct cim_ieee8021x_settings s = {
		.element_name = x->name,
		.instance_id = str_of(arena_printf(c->arena, IEEE8021X_PREFIX STR_FMT,
						   STR_ARG(x->name))),
		.authentication_protocol = NUM(x->protocol),
		.username = x->username,
	};

	if (x->domain.n > 0)
		s.domain = x->domain;
	if (x->password != NULL)
		s.password = (struct str){x->password->p, x->password->n};
	return s;
}

/* A reference without a name is refused by firmware: left out. */
static struct wsman_epr certificate(struct device_call *c, struct str id)
{
	if (id.n == 0)
		return (struct wsman_epr){0};
	return device_epr(c->arena, &amt_public_key_certificate_class, "InstanceID", id);
}

static const struct device_8021x *ieee8021x_of(const struct device_wifi *w)
{
	return is_8021x(w->auth) ? w->ieee8021x : NULL;
}

struct err *device_wifi_add(struct device_call *c, const struct device_wifi *w)
{
	TRY(device_wifi_check(w));
	const struct device_8021x *x = ieee8021x_of(w);
	struct cim_wifi_endpoint_settings s = settings(c, w);
	struct cim_ieee8021x_settings sx = {0};
	struct amt_wifi_port_configuration_service_add_wifi_settings_in in = {
		.wifi_endpoint = device_epr(c->arena, &cim_wifi_endpoint_class, "Name",
					    STR(ENDPOINT)),
		.wifi_endpoint_settings_input = {profile, &s},
	};

	if (x != NULL) {
		sx = settings_8021x(c, x);
		in.ieee8021x_settings_input =
			(struct wsman_item){&cim_ieee8021x_settings_class, &sx};
		in.client_credential = certificate(c, x->client_certificate);
		in.ca_credential = certificate(c, x->ca_certificate);
	}
	struct err *e = device_invoke(
		c, service, &amt_wifi_port_configuration_service_add_wifi_settings_method,
		NULL, &in, NULL);
	return e == NULL ? NULL
			 : err_wrap(e, "Wi-Fi profile " STR_FMT " was not added",
				    STR_ARG(w->name));
}

struct err *device_wifi_update(struct device_call *c, const struct device_wifi *w)
{
	TRY(device_wifi_check(w));
	const struct device_8021x *x = ieee8021x_of(w);
	struct cim_wifi_endpoint_settings s = settings(c, w);
	struct cim_ieee8021x_settings sx = {0};
	struct amt_wifi_port_configuration_service_update_wifi_settings_in in = {
		.wifi_endpoint_settings =
			device_epr(c->arena, profile, "InstanceID", s.instance_id),
		.wifi_endpoint_settings_input = {profile, &s},
	};

	if (x != NULL) {
		sx = settings_8021x(c, x);
		in.ieee8021x_settings_input =
			(struct wsman_item){&cim_ieee8021x_settings_class, &sx};
		in.client_credential = certificate(c, x->client_certificate);
		in.ca_credential = certificate(c, x->ca_certificate);
	}
	struct err *e = device_invoke(
		c, service,
		&amt_wifi_port_configuration_service_update_wifi_settings_method, NULL,
		&in, NULL);
	return e == NULL ? NULL
			 : err_wrap(e, "Wi-Fi profile " STR_FMT " was not changed",
				    STR_ARG(w->name));
}

/* ---- synchronization ---- */

static struct device_wifi_sync sync_of(
	const struct amt_wifi_port_configuration_service *s)
{
	return (struct device_wifi_sync){
		.local = s->local_profile_synchronization_enabled.v != AMT_WIFI_SYNC_NONE,
		.uefi = s->uefi_wifi_profile_share_enabled.v != 0,
	};
}

struct err *device_wifi_sync_read(struct device_call *c, struct device_wifi_sync *out)
{
	void *object;

	TRY(device_get(c, service, &object));
	*out = sync_of(object);
	return NULL;
}

static struct err *uefi_can_share(struct device_call *c, bool *can)
{
	void *object;

	TRY(device_get(c, &amt_boot_capabilities_class, &object));
	const struct amt_boot_capabilities *b = object;
	*can = b->uefi_wifi_coexistence_and_profile_share.v != 0;
	return NULL;
}

struct err *device_wifi_sync_set(struct device_call *c,
				 const struct device_wifi_sync *want, bool *changed)
{
	void *object;
	bool uefi;

	TRY(device_get(c, service, &object));
	struct amt_wifi_port_configuration_service *s = object;
	struct device_wifi_sync now = sync_of(s);
	TRY(uefi_can_share(c, &uefi));
	bool differs = now.local != want->local || (uefi && now.uefi != want->uefi);
	if (changed != NULL)
		*changed = differs;
	if (!differs)
		return NULL;
	s->local_profile_synchronization_enabled =
		NUM(want->local ? AMT_WIFI_SYNC_UNRESTRICTED : AMT_WIFI_SYNC_NONE);
	if (uefi)
		s->uefi_wifi_profile_share_enabled = NUM(want->uefi);
	return device_put(c, service, NULL, s, NULL);
}
