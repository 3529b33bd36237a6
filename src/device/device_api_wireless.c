/* SPDX-License-Identifier: Apache-2.0
 * Routes of Wi-Fi: the port's state, synchronization, profiles. mps.md 3.10.
 */
#include <device/device_api_priv.h>

#include <device/keys.h>
#include <device/certificates.h>
#include <device/network.h>
#include <device/network_names.h>

#define SETTLE_MS 1000 /* upstream's pause after certificates came in */

static const char FAILED[] = "Exception during AMT Network Settings request";

static struct err *missing(struct device_call *c, struct http_res *res, const char *text)
{
	return device_answer_error(
		res, 404, text,
		arena_printf(c->arena, "%s for guid : %s.", text, c->device->guid));
}

/* ---- state ---- */

static struct err *answer_state(struct http_res *res, int64_t state)
{
	const char *name = network_name(network_wifi_states, state, NULL);

	if (name == NULL)
		return device_answer_error(res, 500, "Internal Server Error",
					   "Unsupported wireless state");
	http_res_json(res, 200, json_pack("{s:s}", "state", name));
	return NULL;
}

static struct err *state_get(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	int64_t state;

	TRY(device_wifi_port_read(c, &state));
	return state == 0 ? missing(c, res, "Wireless State not found")
			  : answer_state(res, state);
}

static bool state_refused(struct http_req *req, struct http_res *res, const json_t *body)
{
	const json_t *v = json_object_get(body, "state");
	struct v_errors errors = {0};
	int64_t state;

	if (v == NULL)
		v_fail(&errors, "body", "state", NULL, "state is required");
	else if (!network_value(network_wifi_states, json_string_value(v), &state))
		v_fail(&errors, "body", "state", v,
		       "state must be one of WifiDisabled, WifiEnabledS0, "
		       "WifiEnabledS0SxAC");
	return v_answer(&errors, res);
}

static struct err *state_set(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	const char *name = json_string_value(json_object_get(device_body(req), "state"));
	int64_t want = 0, now;

	network_value(network_wifi_states, name, &want);
	TRY(device_wifi_port_read(c, &now));
	if (now == 0)
		return missing(c, res, "Wireless State not found");
	if (now != want)
		TRY(device_wifi_port_set(c, (enum cim_wifi_port_state)want));
	return answer_state(res, want);
}

/* ---- synchronization of profiles ---- */

static const char SYNC_MISSING[] = "Wireless Profile Sync not found";

static struct err *answer_sync(struct http_res *res, const struct device_wifi_sync *s,
			       bool uefi)
{
	http_res_json(res, 200,
		      json_pack("{s:b,s:b,s:b}", "localProfileSync", s->local,
				"uefiProfileSync", s->uefi, "uefiProfileSyncSupported",
				uefi));
	return NULL;
}

static struct err *sync_get(struct device_call *c, struct http_req *req,
			    struct http_res *res)
{
	struct device_wifi_sync s;
	int64_t state;
	bool uefi;

	TRY(device_wifi_port_read(c, &state));
	if (state == 0)
		return missing(c, res, SYNC_MISSING);
	TRY(device_wifi_sync_read(c, &s));
	TRY(device_wifi_uefi_can_share(c, &uefi));
	return answer_sync(res, &s, uefi);
}

static const struct v_rule sync_rules[] = {
	{"localProfileSync",
	 V_NULLABLE,
	 {{V_TRUTH, .msg = "localProfileSync must be a boolean"}}},
	{"uefiProfileSync",
	 V_NULLABLE,
	 {{V_TRUTH, .msg = "uefiProfileSync must be a boolean"}}},
};

static struct err *sync_set(struct device_call *c, struct http_req *req,
			    struct http_res *res)
{
	static const char unsupported[] =
		"UEFI WiFi profile sync is not supported on this device";
	const json_t *body = device_body(req);
	struct device_wifi_sync s;
	int64_t state;
	bool uefi;

	TRY(device_wifi_port_read(c, &state));
	if (state == 0)
		return missing(c, res, SYNC_MISSING);
	TRY(device_wifi_sync_read(c, &s));
	TRY(device_wifi_uefi_can_share(c, &uefi));
	if (device_flag(body, "uefiProfileSync", false) && !uefi)
		return device_answer_error(res, 409, unsupported,
					   arena_printf(c->arena, "%s for guid : %s.",
							unsupported, c->device->guid));
	s.local = device_flag(body, "localProfileSync", s.local);
	s.uefi = device_flag(body, "uefiProfileSync", s.uefi);
	TRY(device_wifi_sync_set(c, &s, NULL));
	return answer_sync(res, &s, uefi);
}

/* ---- profiles ---- */

static struct err *profiles_get(struct device_call *c, struct http_req *req,
				struct http_res *res)
{
	struct device_list list, ieee8021x;

	TRY(device_wifi_list(c, &list));
	TRY(device_list(c, &cim_ieee8021x_settings_class, &ieee8021x));
	json_t *out = json_array();
	for (size_t i = 0; i < list.n; i++) {
		const struct cim_wifi_endpoint_settings *p = list.v[i];
		const struct cim_ieee8021x_settings *x =
			device_wifi_8021x_of(&ieee8021x, p->element_name);
		json_t *j = json_pack(
			"{s:o,s:o,s:s,s:s,s:I}", "profileName",
			device_json_text(p->element_name), "ssid",
			device_json_text(p->ssid), "authenticationMethod",
			network_name(network_wifi_auths, p->authentication_method.v, ""),
			"encryptionMethod",
			network_name(network_wifi_encryptions, p->encryption_method.v,
				     ""),
			"priority", (json_int_t)p->priority.v);
		if (x != NULL)
			json_object_set_new(
				j, "ieee8021x",
				json_pack("{s:o,s:I}", "username",
					  device_json_text(x->username),
					  "authenticationProtocol",
					  (json_int_t)x->authentication_protocol.v));
		json_array_append_new(out, j);
	}
	http_res_json(res, 200, out);
	return NULL;
}

/* clang-format off */
static const struct v_rule profile_rules[] = {
	{"profileName", V_REQUIRED,
	 {{V_STRING, V_BAIL, .msg = "profileName is required and must be alphanumeric"},
	  {V_ALNUM, .msg = "profileName is required and must be alphanumeric"},
	  {V_LENGTH, .max = 32}}},
	{"ssid", V_REQUIRED, {{V_STRING, V_BAIL, .msg = "ssid is required"},
			      {V_FILLED, .msg = "ssid is required"},
			      {V_LENGTH, .max = DEVICE_WIFI_SSID_MAX}}},
	{"priority", V_REQUIRED,
	 {{V_RANGE, .min = 1, .max = 255, .msg = "priority must be between 1 and 255"}}},
	{"authenticationMethod", V_REQUIRED,
	 {{V_STRING, V_BAIL, .msg = "authenticationMethod is required"},
	  {V_FILLED, .msg = "authenticationMethod is required"}}},
	{"encryptionMethod", V_REQUIRED,
	 {{V_STRING, V_BAIL, .msg = "encryptionMethod is required"},
	  {V_FILLED, .msg = "encryptionMethod is required"}}},
	{"password", V_NULLABLE,
	 {{V_STRING, V_BAIL | V_SECRET},
	  {V_LENGTH, V_SECRET, .max = DEVICE_WIFI_PASSPHRASE_MAX}}},
	{"ieee8021x", V_NULLABLE, {{V_OBJECT, .msg = "ieee8021x must be an object"}}},
	{"ieee8021x.username", V_REQUIRED,
	 {{V_STRING, V_BAIL, .msg = "ieee8021x.username is required"},
	  {V_FILLED, .msg = "ieee8021x.username is required"}}},
	{"ieee8021x.authenticationProtocol", V_REQUIRED,
	 {{V_ONE_OF, .choices = "0|2",
	   .msg = "ieee8021x.authenticationProtocol must be 0 (EAP-TLS) or 2 (PEAP)"}}},
	{"ieee8021x.password", V_NULLABLE, {{V_STRING, V_SECRET}}},
	{"ieee8021x.clientCert", V_NULLABLE, {{V_STRING}}},
	{"ieee8021x.privateKey", V_NULLABLE, {{V_STRING, V_SECRET}}},
	{"ieee8021x.caCert", V_NULLABLE, {{V_STRING}}},
};
/* clang-format on */

static struct str field(const json_t *body, const char *name)
{
	return str_of(json_string_value(json_object_get(body, name)));
}

static bool with_8021x(int64_t auth)
{
	return auth == CIM_WIFI_AUTH_WPA_8021X || auth == CIM_WIFI_AUTH_WPA2_8021X;
}

/* NULL: methods, password and 802.1X fit together. */
static const char *profile_contradiction(const json_t *body)
{
	const json_t *x = json_object_get(body, "ieee8021x");
	bool has_password = field(body, "password").n > 0, has_8021x = json_is_object(x);
	int64_t auth, encryption;

	if (!network_value(network_wifi_auths, field(body, "authenticationMethod").p,
			   &auth))
		return "authenticationMethod is invalid";
	if (!network_value(network_wifi_encryptions, field(body, "encryptionMethod").p,
			   &encryption))
		return "encryptionMethod is invalid";
	if (auth < CIM_WIFI_AUTH_WPA_PSK)
		return "authenticationMethod is not supported";
	if (with_8021x(auth))
		return has_8021x && !has_password
			       ? NULL
			       : "IEEE 802.1x authentication requires ieee8021x settings "
				 "and must not include a password";
	if (auth == CIM_WIFI_AUTH_WPA3_OWE)
		return has_8021x || has_password
			       ? "WPA3OWE takes neither a password nor ieee8021x settings"
			       : NULL;
	return has_password && !has_8021x
		       ? NULL
		       : "PSK authentication requires a password and must not include "
			 "ieee8021x settings";
}

static bool profile_refused(struct http_req *req, struct http_res *res,
			    const json_t *body)
{
	const char *text = profile_contradiction(body);

	if (text == NULL)
		return false;
	device_answer_error(res, 400, DEVICE_BAD_REQUEST, text);
	return true;
}

/* What a profile is made of, for as long as the call lasts. */
struct profile {
	struct device_wifi wifi;
	struct device_8021x ieee8021x;
	struct secret passphrase, password;
};

static void profile_fini(struct profile *p)
{
	secret_fini(&p->passphrase);
	secret_fini(&p->password);
}

static void profile_from(const json_t *body, struct profile *p)
{
	int64_t auth = 0, encryption = 0;
	const json_t *x = json_object_get(body, "ieee8021x");

	network_value(network_wifi_auths, field(body, "authenticationMethod").p, &auth);
	network_value(network_wifi_encryptions, field(body, "encryptionMethod").p,
		      &encryption);
	*p = (struct profile){
		.wifi = {.name = field(body, "profileName"),
			 .ssid = field(body, "ssid"),
			 .priority = (unsigned)device_number(body, "priority"),
			 .auth = (enum cim_wifi_auth)auth,
			 .encryption = (enum cim_wifi_encryption)encryption},
	};
	if (field(body, "password").n > 0) {
		secret_set(&p->passphrase, field(body, "password"));
		p->wifi.passphrase = &p->passphrase;
	}
	if (!with_8021x(auth))
		return;
	p->ieee8021x = (struct device_8021x){
		.name = p->wifi.name,
		.protocol = (enum device_8021x_protocol)device_number(
			x, "authenticationProtocol"),
		.username = field(x, "username"),
	};
	if (field(x, "password").n > 0) {
		secret_set(&p->password, field(x, "password"));
		p->ieee8021x.password = &p->password;
	}
	p->wifi.ieee8021x = &p->ieee8021x;
}

static struct err *certificate_text(struct device_call *c, const json_t *x,
				    const char *name, struct str *out)
{
	struct str given = field(x, name);
	const char *text = given.n > 0 ? device_certificate_text(c->arena, given) : NULL;

	*out = str_of(text);
	return given.n == 0 || text != NULL
		       ? NULL
		       : err_new(ERR_INVALID, "ieee8021x.%s is no base64", name);
}

/* Key and certificates go into the device before the profile that names them. */
static struct err *bring_certificates(struct device_call *c, const json_t *body,
				      struct profile *p)
{
	const json_t *x = json_object_get(body, "ieee8021x");
	_cleanup_(secret_fini) struct secret key = {0};
	struct str client, ca;

	if (p->wifi.ieee8021x == NULL)
		return NULL;
	TRY(certificate_text(c, x, "clientCert", &client));
	TRY(certificate_text(c, x, "caCert", &ca));
	if (field(x, "privateKey").n > 0) {
		secret_set(&key, field(x, "privateKey"));
		TRY(device_key_add(c, &key, NULL));
	}
	if (client.n > 0)
		TRY(device_certificate_add(c, client, &p->ieee8021x.client_certificate));
	if (ca.n > 0)
		TRY(device_certificate_add_root(c, ca, &p->ieee8021x.ca_certificate));
	return key.n > 0 || client.n > 0 || ca.n > 0 ? fiber_sleep_ms(SETTLE_MS) : NULL;
}

static const struct cim_wifi_endpoint_settings *by_name(const struct device_list *list,
							struct str name)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct cim_wifi_endpoint_settings *p = list->v[i];
		if (str_eq(p->element_name, name))
			return p;
	}
	return NULL;
}

/* Another profile of that priority. */
static bool priority_taken(const struct device_list *list, const struct device_wifi *w)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct cim_wifi_endpoint_settings *p = list->v[i];
		if (p->priority.v == w->priority && !str_eq(p->element_name, w->name))
			return true;
	}
	return false;
}

static struct err *fits(struct device_call *c, const struct device_wifi *w, bool add,
			struct device_list *list)
{
	int64_t state;

	TRY(device_wifi_port_read(c, &state));
	if (state == 0)
		return err_new(ERR_NOT_FOUND, "No WiFi port found on the device");
	TRY(device_wifi_list(c, list));
	const struct cim_wifi_endpoint_settings *there = by_name(list, w->name);
	if (!add && there == NULL)
		return err_new(ERR_NOT_FOUND, "Wireless Profile not found");
	if (add && there != NULL)
		return err_new(ERR_CONFLICT,
			       "Wireless Profile already exists: " STR_FMT ".",
			       STR_ARG(w->name));
	if (priority_taken(list, w))
		return err_new(ERR_CONFLICT,
			       "Wireless Profile with the requested priority already "
			       "exists: %u.",
			       w->priority);
	if (add && list->n >= DEVICE_WIFI_PROFILES_MAX)
		return err_new(ERR_CONFLICT,
			       "Maximum number of wireless profiles already configured "
			       "on the device for guid : %s.",
			       c->device->guid);
	return NULL;
}

static struct err *write_profile(struct device_call *c, struct http_req *req,
				 struct http_res *res, bool add)
{
	const json_t *body = device_body(req);
	_cleanup_(profile_fini) struct profile p;
	struct device_list list;

	profile_from(body, &p);
	TRY(fits(c, &p.wifi, add, &list));
	TRY(bring_certificates(c, body, &p));
	TRY(add ? device_wifi_add(c, &p.wifi) : device_wifi_update(c, &p.wifi));
	res->status = 204;
	return NULL;
}

static struct err *profile_add(struct device_call *c, struct http_req *req,
			       struct http_res *res)
{
	return write_profile(c, req, res, true);
}

static struct err *profile_update(struct device_call *c, struct http_req *req,
				  struct http_res *res)
{
	return write_profile(c, req, res, false);
}

static bool name_refused(struct http_req *req, struct http_res *res, const json_t *body)
{
	static const struct v_rule rule = {
		"profileName",
		V_REQUIRED,
		{{V_ALNUM, .msg = "profileName must be alphanumeric"}}};
	json_t *params =
		json_pack("{s:s}", "profileName", http_param(req, "profileName"));
	struct v_errors errors = {0};

	v_fields(&errors, &rule, 1, "params", params);
	json_decref(params);
	return v_answer(&errors, res);
}

static struct err *profile_delete(struct device_call *c, struct http_req *req,
				  struct http_res *res)
{
	struct device_list list;

	TRY(device_wifi_list(c, &list));
	const struct cim_wifi_endpoint_settings *p =
		by_name(&list, str_of(http_param(req, "profileName")));
	if (p == NULL)
		return err_new(ERR_NOT_FOUND, "Wireless Profile not found");
	TRY(device_wifi_delete(c, p->instance_id));
	res->status = 204;
	return NULL;
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/networkSettings/wireless/state/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(state_get, FAILED)},
	{"POST", "/api/v1/amt/networkSettings/wireless/state/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(state_set, FAILED, .check = state_refused)},
	{"GET", "/api/v1/amt/networkSettings/wireless/profileSync/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(sync_get, FAILED)},
	{"POST", "/api/v1/amt/networkSettings/wireless/profileSync/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(sync_set, FAILED, DEVICE_BODY(sync_rules))},
	{"GET", "/api/v1/amt/networkSettings/wireless/profile/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(profiles_get, FAILED)},
	{"POST", "/api/v1/amt/networkSettings/wireless/profile/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(profile_add, FAILED, DEVICE_BODY(profile_rules), profile_refused)},
	{"PATCH", "/api/v1/amt/networkSettings/wireless/profile/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(profile_update, FAILED, DEVICE_BODY(profile_rules), profile_refused)},
	{"DELETE", "/api/v1/amt/networkSettings/wireless/profile/{guid}/{profileName}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(profile_delete, FAILED, .check = name_refused)},
};
/* clang-format on */
DEVICE_ROUTES(device_wireless_routes, rows);
