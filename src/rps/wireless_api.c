/* SPDX-License-Identifier: Apache-2.0
 * Wireless configurations (rps.md 2.6).
 */
#include <rps/rps_api_priv.h>

static const char *const keys[] = {
	"authenticationMethod",
	"encryptionMethod",
	"ssid",
	"pskValue",
	"linkPolicy",
	NULL,
};

static bool is_psk(const json_t *body)
{
	int64_t m = json_integer_value(json_object_get(body, "authenticationMethod"));

	return m == 4 || m == 6;
}

static bool is_ieee8021x(const json_t *body)
{
	int64_t m = json_integer_value(json_object_get(body, "authenticationMethod"));

	return m == 5 || m == 7;
}

static struct err *check_ieee8021x(struct http_req *req, struct rps_check *c)
{
	struct rps_field f = rps_field(c, "ieee8021xProfileName");
	const char *name = json_string_value(f.v);
	bool exists = false, wired = false;

	if (is_ieee8021x(c->fields))
		rps_filled(&f, "ieee8021xProfileName is required");
	else if (!rps_field_null(&f) && !rps_field_is(&f, ""))
		rps_fail(&f, "ieee8021xProfileName can not be specified with the "
			     "provided authenticationMethod");
	if (rps_field_null(&f))
		return NULL;
	if (name != NULL)
		TRY(rps_ieee8021x_look(req, name, &exists, &wired));
	if (!exists)
		rps_fail(&f, "Ieee8021x profile %s does not exist in db",
			 name != NULL ? name : "");
	else if (wired)
		rps_fail(&f, "Ieee8021x profile %s is for wired interfaces", name);
	return NULL;
}

static bool is_link_policy(const json_t *v)
{
	int64_t n = json_integer_value(v);

	return n == 1 || n == 14 || n == 16 || n == 224;
}

static void check_link_policy(struct rps_check *c)
{
	struct rps_field f = rps_field(c, "linkPolicy");
	bool integers = true, known = true;
	const json_t *e;
	size_t i;

	if (f.v == NULL)
		return;
	if (!json_is_array(f.v)) {
		rps_fail(&f, "LinkPolicy should be an array of integers");
		return;
	}
	json_array_foreach((json_t *)f.v, i, e)
	{
		integers &= json_is_integer(e);
		known &= is_link_policy(e);
	}
	if (!integers)
		rps_fail(&f, "Array does not contain integers");
	else if (!known)
		rps_fail(&f, "Array values should be either 1: available on S0 AC, 14: "
			     "available on Sx AC, 16: available on S0 DC, 224: available "
			     "on Sx DC");
}

static struct err *check(struct http_req *req, struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "profileName");

	rps_filled(&f, "Wireless profile name is required");
	rps_made_of(&f, "", "Wireless profile name should be alphanumeric");
	rps_length(&f, 0, 32, "Wireless profile name maximum length is 32");
	f = rps_field(c, "authenticationMethod");
	rps_filled(&f, "Authentication method is required");
	rps_one_of(&f, "4|5|6|7",
		   "Authentication method must be one of 4:WPA PSK, 5:WPA IEEE 802.1x, "
		   "6:WPA2 PSK, 7:WPA2 IEEE 802.1x");
	f = rps_field(c, "encryptionMethod");
	rps_filled(&f, "Encryption method is required");
	rps_one_of(&f, "3|4", "Encryption method must be one of 3:TKIP, 4:CCMP");
	f = rps_field(c, "ssid");
	rps_filled(&f, "SSID is required");
	rps_length(&f, 0, 32, "Maximum length is 32");
	f = rps_field_secret(c, "pskPassphrase");
	rps_string(&f);
	if (is_psk(c->fields))
		rps_length(&f, 8, 63,
			   "PSK Passphrase length should be greater than or equal to 8 "
			   "and less than or equal to 63");
	TRY(check_ieee8021x(req, c));
	check_link_policy(c);
	f = rps_field(c, "version");
	if (update)
		rps_filled(&f, "Version is required to patch/update a record.");
	return NULL;
}

/* NULL with 802.1x. */
static json_t *secret_of(const json_t *body)
{
	const char *psk = rps_text(body, "pskPassphrase");

	return is_psk(body) && psk != NULL ? json_pack("{s:s}", "PSK_PASSPHRASE", psk)
					   : NULL;
}

static void set_rest(json_t *values, const json_t *body)
{
	json_t *name = json_object_get(body, "ieee8021xProfileName");
	const char *s = json_string_value(name);

	json_object_set_new(values, "psk_passphrase", json_string("PSK_PASSPHRASE"));
	if (s != NULL && *s != '\0')
		json_object_set(values, "ieee8021xProfileName", name);
	else
		json_object_set_new(values, "ieee8021xProfileName", json_null());
}

struct err *rps_wireless_create(struct http_req *req, struct http_res *res)
{
	json_auto_t *body = NULL;
	bool answered;

	TRY(rps_begin_create(req, res, check, &body, &answered));
	if (answered)
		return NULL;
	json_auto_t *secret = secret_of(body);
	set_rest(body, body);
	struct rps_change change = rps_change_of(req, body);
	change.secret = secret;
	return rps_finish_create(req, res, &change);
}

struct err *rps_wireless_update(struct http_req *req, struct http_res *res)
{
	_cleanup_(rps_updating_fini) struct rps_updating u = {0};
	bool answered;

	TRY(rps_begin_update(req, res, check, &u, &answered));
	if (answered)
		return NULL;
	rps_take(u.values, u.body, keys);
	json_auto_t *secret = secret_of(u.body);
	set_rest(u.values, u.body);
	struct rps_change change = rps_change_of(req, u.values);
	change.secret = secret;
	change.drop_secret = secret == NULL;
	return rps_finish_update(req, res, &change, &u.old);
}
