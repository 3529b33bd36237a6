/* SPDX-License-Identifier: Apache-2.0
 * Wi-Fi port and profiles of a full device. wsman.md B.9.
 */
#include <sim/classes.h>
#include <sim/credentials.h>

#include <amt/wsman/classes/credentials.h>
#include <amt/wsman/classes/ieee8021x.h>
#include <amt/wsman/classes/wifi.h>

#define CIM_INVALID_PARAMETER 5
#define PROFILES_MAX 8
#define SSID_MAX 32
#define NAME_MAX_LENGTH 32
#define PROFILE_PREFIX "Intel(r) AMT:WiFi Endpoint Settings "
#define USER_PREFIX "Intel(r) AMT:WiFi Endpoint User Settings "
#define IEEE8021X_PREFIX "Intel(r) AMT:IEEE 802.1x Settings "

enum result { OK = 0, FAILED = 2, INVALID_PARAMETER = 3, INVALID_REFERENCE = 4 };

/* What AddWiFiSettings and UpdateWiFiSettings have in common. */
struct input {
	const struct cim_wifi_endpoint_settings *wifi;
	const struct cim_ieee8021x_settings *ieee8021x; /* NULL: none */
	const struct wsman_epr *client, *ca;
};

static struct cim_wifi_endpoint_settings *nth(const struct sim_state *st, size_t n)
{
	return sim_store_nth(&st->store, &cim_wifi_endpoint_settings_class, n);
}

static bool is_user(const struct cim_wifi_endpoint_settings *s)
{
	return str_starts(s->instance_id, STR(USER_PREFIX));
}

/* ---- what a profile must be ---- */

static bool is_psk(int64_t auth)
{
	return auth == CIM_WIFI_AUTH_WPA_PSK || auth == CIM_WIFI_AUTH_WPA2_PSK ||
	       auth == CIM_WIFI_AUTH_WPA3_SAE;
}

static bool is_8021x(int64_t auth)
{
	return auth == CIM_WIFI_AUTH_WPA_8021X || auth == CIM_WIFI_AUTH_WPA2_8021X;
}

static bool encryption_fits(const struct cim_wifi_endpoint_settings *s)
{
	switch (s->authentication_method.v) {
	case CIM_WIFI_AUTH_WPA_PSK:
	case CIM_WIFI_AUTH_WPA_8021X:
		return s->encryption_method.v == CIM_WIFI_TKIP ||
		       s->encryption_method.v == CIM_WIFI_CCMP;
	case CIM_WIFI_AUTH_WPA2_PSK:
	case CIM_WIFI_AUTH_WPA2_8021X:
	case CIM_WIFI_AUTH_WPA3_SAE:
	case CIM_WIFI_AUTH_WPA3_OWE:
		return s->encryption_method.v == CIM_WIFI_CCMP;
	default:
		return false;
	}
}

static bool profile_fits(const struct input *in, bool keeps_key)
{
	const struct cim_wifi_endpoint_settings *s = in->wifi;
	size_t key = s->psk_pass_phrase.n;

	if (s->element_name.n == 0 || s->element_name.n > NAME_MAX_LENGTH ||
	    s->ssid.n == 0 || s->ssid.n > SSID_MAX || s->priority.v < 1 ||
	    s->priority.v > 255 || !encryption_fits(s))
		return false;
	if (is_8021x(s->authentication_method.v) != (in->ieee8021x != NULL))
		return false;
	if (!is_psk(s->authentication_method.v))
		return key == 0;
	if (key == 0)
		return s->psk_value.n > 0 || keeps_key;
	return key >= 8 && key <= 63;
}

/* No two profiles of the administrator have one priority, name or network with its
 * security. */
static bool collides(const struct sim_state *st,
		     const struct cim_wifi_endpoint_settings *s,
		     const struct cim_wifi_endpoint_settings *but)
{
	const struct cim_wifi_endpoint_settings *p;

	for (size_t i = 0; (p = nth(st, i)) != NULL; i++) {
		if (p == but || is_user(p))
			continue;
		if (p->priority.v == s->priority.v ||
		    str_eq(p->element_name, s->element_name) ||
		    (str_eq(p->ssid, s->ssid) &&
		     p->authentication_method.v == s->authentication_method.v &&
		     p->encryption_method.v == s->encryption_method.v))
			return true;
	}
	return false;
}

static enum result judge(struct sim_call *c, const struct input *in,
			 const struct cim_wifi_endpoint_settings *was)
{
	if (in->wifi == NULL ||
	    !profile_fits(in, was != NULL && was->psk_pass_phrase.n > 0))
		return INVALID_PARAMETER;
	if (collides(c->st, in->wifi, was))
		return INVALID_PARAMETER;
	return sim_credentials_fit(c->st, in->ieee8021x != NULL,
				   in->ieee8021x != NULL
					   ? in->ieee8021x->authentication_protocol.v
					   : 0,
				   in->client, in->ca)
		       ? OK
		       : INVALID_REFERENCE;
}

/* ---- 802.1X part ---- */

static struct cim_ieee8021x_settings *ieee8021x_of(const struct sim_state *st,
						   struct str name)
{
	return sim_store_by_text(&st->store, &cim_ieee8021x_settings_class, "ElementName",
				 name);
}

static void ieee8021x_remove(struct sim_state *st, struct str name)
{
	struct cim_ieee8021x_settings *s = ieee8021x_of(st, name);

	if (s == NULL)
		return;
	sim_credentials_remove(st, &amt_8021x_credential_context_class, s->instance_id);
	sim_store_remove(&st->store, s);
}

static struct wsman_epr ieee8021x_add(struct sim_call *c, const struct input *in,
				      struct str name)
{
	struct cim_ieee8021x_settings *s;
	char id[96];

	ieee8021x_remove(c->st, name);
	if (in->ieee8021x == NULL)
		return (struct wsman_epr){0};
	s = sim_object_copy(&cim_ieee8021x_settings_class, in->ieee8021x);
	snprintf(id, sizeof(id), IEEE8021X_PREFIX STR_FMT, STR_ARG(name));
	sim_text_set(&s->instance_id, str_of(id));
	sim_text_set(&s->element_name, name);
	sim_store_add(&c->st->store, &cim_ieee8021x_settings_class, s);
	struct wsman_epr epr = sim_epr_to(c->arena, &cim_ieee8021x_settings_class, s);
	sim_credentials_add(c->st, &amt_8021x_credential_context_class, &epr, in->client);
	sim_credentials_add(c->st, &amt_8021x_credential_context_class, &epr, in->ca);
	return epr;
}

/* SSID in 32 bytes, priority, name: C.2, group 27. */
static void audit_profile(struct sim_call *c, unsigned event,
			  const struct cim_wifi_endpoint_settings *s)
{
	uint8_t extra[34 + NAME_MAX_LENGTH] = {0};
	size_t name = MIN(s->element_name.n, (size_t)NAME_MAX_LENGTH);

	memcpy(extra, s->ssid.p, MIN(s->ssid.n, (size_t)SSID_MAX));
	extra[32] = (uint8_t)s->priority.v;
	extra[33] = (uint8_t)name;
	memcpy(extra + 34, s->element_name.p, name);
	sim_audit(c, SIM_AUDIT_WIRELESS, event, extra, 34 + name);
}

/* ---- AMT_WiFiPortConfigurationService ---- */

static size_t count_admin(const struct sim_state *st)
{
	const struct cim_wifi_endpoint_settings *p;
	size_t n = 0;

	for (size_t i = 0; (p = nth(st, i)) != NULL; i++)
		n += !is_user(p);
	return n;
}

static const struct cim_wifi_endpoint_settings *wifi_in(const struct wsman_item *i)
{
	return wsman_item_as(i, &cim_wifi_endpoint_settings_class);
}

static const struct cim_ieee8021x_settings *ieee8021x_in(const struct wsman_item *i)
{
	return wsman_item_as(i, &cim_ieee8021x_settings_class);
}

static void add(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_wifi_port_configuration_service_add_wifi_settings_in *in = in_;
	struct amt_wifi_port_configuration_service_add_wifi_settings_out *out = out_;
	struct cim_wifi_endpoint_settings *s;
	char id[96];

	if (in == NULL) {
		out->return_value = sim_num(INVALID_PARAMETER);
		return;
	}
	struct input i = {wifi_in(&in->wifi_endpoint_settings_input),
			  ieee8021x_in(&in->ieee8021x_settings_input),
			  &in->client_credential, &in->ca_credential};
	out->return_value =
		sim_num(count_admin(c->st) >= PROFILES_MAX ? FAILED : judge(c, &i, NULL));
	if (out->return_value.v != OK)
		return;
	s = sim_object_copy(&cim_wifi_endpoint_settings_class, i.wifi);
	snprintf(id, sizeof(id), PROFILE_PREFIX STR_FMT, STR_ARG(s->element_name));
	sim_text_set(&s->instance_id, str_of(id));
	if (!s->bss_type.set)
		s->bss_type = sim_num(3);
	sim_store_add(&c->st->store, &cim_wifi_endpoint_settings_class, s);
	out->wifi_endpoint_settings =
		sim_epr_to(c->arena, &cim_wifi_endpoint_settings_class, s);
	out->ieee8021x_settings = ieee8021x_add(c, &i, s->element_name);
	audit_profile(c, 0, s);
	c->changed = true;
}

static void update(struct sim_call *c, const void *in_, void *out_)
{
	const struct amt_wifi_port_configuration_service_update_wifi_settings_in *in =
		in_;
	struct amt_wifi_port_configuration_service_update_wifi_settings_out *out = out_;
	struct cim_wifi_endpoint_settings *was, *s;

	was = in != NULL
		      ? sim_store_find(&c->st->store, &cim_wifi_endpoint_settings_class,
				       &in->wifi_endpoint_settings)
		      : NULL;
	if (was == NULL || in->wifi_endpoint_settings.n == 0) {
		out->return_value = sim_num(INVALID_REFERENCE);
		return;
	}
	struct input i = {wifi_in(&in->wifi_endpoint_settings_input),
			  ieee8021x_in(&in->ieee8021x_settings_input),
			  &in->client_credential, &in->ca_credential};
	/* The name stays. */
	if (i.wifi != NULL && !str_eq(i.wifi->element_name, was->element_name))
		out->return_value = sim_num(INVALID_PARAMETER);
	else
		out->return_value = sim_num(judge(c, &i, was));
	if (out->return_value.v != OK)
		return;
	s = sim_object_copy(&cim_wifi_endpoint_settings_class, i.wifi);
	sim_text_set(&s->instance_id, was->instance_id);
	if (is_psk(s->authentication_method.v) && s->psk_pass_phrase.n == 0)
		sim_text_set(&s->psk_pass_phrase, was->psk_pass_phrase);
	if (!s->bss_type.set)
		s->bss_type = was->bss_type;
	sim_store_replace(&c->st->store, was, s);
	out->ieee8021x_settings = ieee8021x_add(c, &i, s->element_name);
	audit_profile(c, 2, s);
	c->changed = true;
}

static void remove_profiles(struct sim_call *c, bool user)
{
	for (size_t i = sim_store_count(&c->st->store, &cim_wifi_endpoint_settings_class);
	     i-- > 0;) {
		struct cim_wifi_endpoint_settings *s = nth(c->st, i);
		if (is_user(s) != user)
			continue;
		ieee8021x_remove(c->st, s->element_name);
		sim_store_remove(&c->st->store, s);
	}
	c->changed = true;
}

static void delete_admin(struct sim_call *c, const void *in, void *out_)
{
	struct amt_wifi_port_configuration_service_delete_all_it_profiles_out *out = out_;

	remove_profiles(c, false);
	out->return_value = sim_num(OK);
}

static void delete_user(struct sim_call *c, const void *in, void *out_)
{
	struct amt_wifi_port_configuration_service_delete_all_user_profiles_out *out =
		out_;

	remove_profiles(c, true);
	out->return_value = sim_num(OK);
}

static void check_service(struct sim_call *c, enum wsman_op op, void *object,
			  const void *was_)
{
	const struct amt_wifi_port_configuration_service *was = was_, *s = object;
	int64_t sync = s->local_profile_synchronization_enabled.v;

	if ((sync != AMT_WIFI_SYNC_NONE && sync != AMT_WIFI_SYNC_USER &&
	     sync != AMT_WIFI_SYNC_UNRESTRICTED) ||
	    s->no_host_csme_software_policy.v > 1) {
		c->fault = WSMAN_INVALID_REPRESENTATION;
		return;
	}
	if (sync != was->local_profile_synchronization_enabled.v)
		sim_audit(c, SIM_AUDIT_WIRELESS, 3, (uint8_t[]){0, 0, 0, (uint8_t)sync},
			  4);
	if (s->uefi_wifi_profile_share_enabled.v !=
	    was->uefi_wifi_profile_share_enabled.v)
		sim_audit(c, SIM_AUDIT_WIRELESS, 5,
			  (uint8_t[]){s->uefi_wifi_profile_share_enabled.v != 0}, 1);
}

static void check_profile(struct sim_call *c, enum wsman_op op, void *object,
			  const void *was)
{
	const struct cim_wifi_endpoint_settings *s = object;
	uint8_t extra[1 + NAME_MAX_LENGTH];
	size_t name = MIN(s->element_name.n, (size_t)NAME_MAX_LENGTH);

	if (op != WSMAN_DELETE)
		return;
	ieee8021x_remove(c->st, s->element_name);
	extra[0] = (uint8_t)name;
	memcpy(extra + 1, s->element_name.p, name);
	sim_audit(c, SIM_AUDIT_WIRELESS, 1, extra, 1 + name);
}

/* ---- CIM_WiFiPort ---- */

static void port_state(struct sim_call *c, const void *in_, void *out_)
{
	const struct cim_wifi_port_request_state_change_in *in = in_;
	struct cim_wifi_port_request_state_change_out *out = out_;
	struct cim_wifi_port *p = sim_store_first(&c->st->store, &cim_wifi_port_class);
	int64_t state = in != NULL ? in->requested_state.v : 0;

	if (state != CIM_WIFI_OFF && state != CIM_WIFI_S0 && state != CIM_WIFI_S0_SX_AC) {
		out->return_value = sim_num(CIM_INVALID_PARAMETER);
		return;
	}
	p->enabled_state = p->requested_state = sim_num(state);
	c->changed = true;
	out->return_value = sim_num(0);
}

static const struct sim_method service_methods[] = {
	{&amt_wifi_port_configuration_service_add_wifi_settings_method, add},
	{&amt_wifi_port_configuration_service_update_wifi_settings_method, update},
	{&amt_wifi_port_configuration_service_delete_all_it_profiles_method,
	 delete_admin},
	{&amt_wifi_port_configuration_service_delete_all_user_profiles_method,
	 delete_user},
};
static const struct sim_method port_methods[] = {
	{&cim_wifi_port_request_state_change_method, port_state},
};

const struct sim_class sim_wifi_classes[] = {
	{.cls = &amt_wifi_port_configuration_service_class,
	 .methods = service_methods,
	 .n_methods = ARRAY_LEN(service_methods),
	 .check = check_service},
	{.cls = &cim_wifi_endpoint_settings_class, .check = check_profile},
	{.cls = &cim_wifi_port_class,
	 .methods = port_methods,
	 .n_methods = ARRAY_LEN(port_methods)},
};
const size_t sim_wifi_classes_n = ARRAY_LEN(sim_wifi_classes);
