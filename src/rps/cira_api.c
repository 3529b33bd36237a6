/* SPDX-License-Identifier: Apache-2.0
 * CIRA configurations (rps.md 2.3).
 *
 * A password in a PATCH goes where the activation looks for it, the secret store;
 * upstream writes it to the database, in clear and to no effect.
 */
#include <rps/rps_api_priv.h>

#include <arpa/inet.h>

static const char *const keys[] = {
	"mpsServerAddress",
	"mpsPort",
	"username",
	"commonName",
	"serverAddressFormat",
	"authMethod",
	"mpsRootCertificate",
	"proxyDetails",
	NULL,
};

static const char port_text[] = "MPS Port value should range between 1024 and 49151";

static void check_name(struct rps_check *c)
{
	struct rps_field f = rps_field(c, "configName");

	rps_filled(&f, "CIRA profile name is required");
	rps_made_of(&f, "_-",
		    "CIRA profile name accepts letters, numbers, underscore and hyphen "
		    "only");
}

static int64_t format_of(const struct rps_check *c)
{
	const json_t *v = json_object_get(c->fields, "serverAddressFormat");

	return json_is_integer(v) ? json_integer_value(v) : -1;
}

static bool has(const struct rps_check *c, const char *key)
{
	struct rps_field f = rps_field((struct rps_check *)c, key);

	return !rps_field_null(&f);
}

/* The address by its format, which must be sent along. */
static void check_address(struct rps_check *c, const struct rps_field *f)
{
	uint8_t addr[16];
	const char *s = json_string_value(f->v);

	if (!has(c, "serverAddressFormat")) {
		rps_fail(f, "serverAddressFormat is required");
		return;
	}
	if (rps_field_null(f))
		return;
	switch (format_of(c)) {
	case 3:
		if (s == NULL || !rps_is_ipv4(s))
			rps_fail(f, "serverAddressFormat 3 requires IPV4 server address");
		else if (!has(c, "commonName"))
			rps_fail(f,
				 "commonName is required when serverAddressFormat is 3");
		break;
	case 4:
		if (s == NULL || inet_pton(AF_INET6, s, addr) != 1)
			rps_fail(f, "serverAddressFormat 4 requires IPV6 server address");
		break;
	case 201:
		if (s == NULL || (!rps_is_fqdn(s) && !rps_is_ipv4(s)))
			rps_fail(f,
				 "serverAddressFormat 201 requires FQDN server address");
		break;
	}
}

static void check_user(const struct rps_field *f)
{
	rps_made_of(f, "", "MPS user name should be alphanumeric");
	rps_length(f, 5, 16, "MPS user name length should be in between 5 to 16");
}

static void check_common_name(struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "commonName");

	if (format_of(c) == 201 || f.v == NULL)
		return;
	if (!json_is_string(f.v) || !rps_is_ipv4(json_string_value(f.v)))
		rps_fail(&f, "Cert. Hostname(CN) should be an IP address.");
	if (update && (!has(c, "serverAddressFormat") || !has(c, "mpsServerAddress")))
		rps_fail(&f, "serverAddressFormat and mpsServerAddress is required");
}

static void check_password(struct rps_check *c)
{
	struct rps_field f = rps_field_secret(c, "password");

	if (rps_field_null(&f))
		return;
	if (!json_is_string(f.v))
		rps_fail(&f, "MPS password must be a text");
	rps_length(&f, 0, 63, "MPS password maximum length is 63");
}

static void check_create(struct rps_check *c)
{
	check_name(c);
	struct rps_field f = rps_field(c, "serverAddressFormat");
	rps_filled(&f, "MPS server address format is required");
	rps_one_of(&f, "3|4|201",
		   "MPS server address format should be either 3(IPV4) , 4(IPV6) or "
		   "201(FQDN)");
	f = rps_field(c, "mpsServerAddress");
	rps_filled(&f, "MPS server address is required");
	check_address(c, &f);
	f = rps_field(c, "mpsPort");
	rps_filled(&f, "MPS port is required");
	rps_int(&f, 1024, 49151, port_text);
	f = rps_field(c, "username");
	rps_filled(&f, "MPS user name is required");
	check_user(&f);
	check_common_name(c, false);
	f = rps_field(c, "authMethod");
	rps_filled(&f, "Authentication method is required");
	rps_one_of(
		&f, "1|2",
		"Authentication method should be either 1 (Mutual Auth) or 2 (username "
		"and password)");
	f = rps_field(c, "mpsRootCertificate");
	rps_filled(&f, "MPS public root certificate is required");
	check_password(c);
}

static void check_update(struct rps_check *c)
{
	check_name(c);
	struct rps_field f = rps_field(c, "serverAddressFormat");
	if (f.v != NULL) {
		rps_one_of(&f, "3|4|201",
			   "MPS server address format 3(IPV4) , 4(IPV6) or 201(FQDN)");
		if (!has(c, "mpsServerAddress"))
			rps_fail(&f, "Server address is required to update");
	}
	f = rps_field(c, "mpsServerAddress");
	if (f.v != NULL)
		check_address(c, &f);
	f = rps_field(c, "mpsPort");
	if (f.v != NULL && (!json_is_integer(f.v) || json_integer_value(f.v) < 1024 ||
			    json_integer_value(f.v) > 49151))
		rps_fail(&f, "%s", port_text);
	f = rps_field(c, "username");
	if (f.v != NULL)
		check_user(&f);
	check_common_name(c, true);
	f = rps_field(c, "authMethod");
	if (f.v != NULL)
		rps_one_of(&f, "1|2",
			   "Authentication method accepts either 1 - Mutual Auth or 2 "
			   "-username/password)");
	f = rps_field(c, "regeneratePassword");
	if (f.v != NULL)
		rps_boolean(&f, "Invalid value");
	check_password(c);
}

static struct err *check(struct http_req *req, struct rps_check *c, bool update)
{
	if (update)
		check_update(c);
	else
		check_create(c);
	return NULL;
}

static json_t *secret_of(const json_t *body)
{
	const char *password = rps_text(body, "password");

	if (password == NULL || *password == '\0')
		return NULL;
	return json_pack("{s:s}", "MPS_PASSWORD", password);
}

struct err *rps_cira_create(struct http_req *req, struct http_res *res)
{
	json_auto_t *body = NULL;
	bool answered;

	TRY(rps_begin_create(req, res, check, &body, &answered));
	if (answered)
		return NULL;
	json_auto_t *secret = secret_of(body);
	struct rps_change change = rps_change_of(req, body);
	change.secret = secret;
	return rps_finish_create(req, res, &change);
}

struct err *rps_cira_update(struct http_req *req, struct http_res *res)
{
	_cleanup_(rps_updating_fini) struct rps_updating u = {0};
	bool answered;

	TRY(rps_begin_update(req, res, check, &u, &answered));
	if (answered)
		return NULL;
	rps_merge(u.values, u.body, keys);
	json_auto_t *secret = secret_of(u.body);
	const json_t *again = json_object_get(u.body, "regeneratePassword");
	struct rps_change change = rps_change_of(req, u.values);
	change.secret = secret;
	change.drop_secret = secret == NULL && json_is_true(again);
	return rps_finish_update(req, res, &change, &u.old);
}
