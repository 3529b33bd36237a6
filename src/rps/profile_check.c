/* SPDX-License-Identifier: Apache-2.0
 * What a profile may be (rps.md 2.4).
 */
#include <rps/profile_priv.h>

#include <ctype.h>

/* The range & to _ of upstream's pattern is meant: names with these exist. */
static const char name_others[] = "$@!%*#?&-_~^'()+,./:;<=>[\\]";
static const char password_specials[] = "!@#$%^&*";

#define PASSWORD_RULES                                                                \
	" password is required field should contains at least one lowercase letter, " \
	"one "                                                                        \
	"uppercase letter, one numeric digit,and one special character and password " \
	"length should be in between 8 to 32."

static bool is_true(const struct rps_check *c, const char *key)
{
	return json_is_true(json_object_get(c->fields, key));
}

static bool sent(const struct rps_check *c, const char *key)
{
	const json_t *v = json_object_get(c->fields, key);

	return v != NULL && !json_is_null(v);
}

static bool is_acm(const struct rps_check *c)
{
	const char *s = rps_text(c->fields, "activation");

	return s != NULL && strcmp(s, "acmactivate") == 0;
}

static bool password_ok(const char *s)
{
	bool digit = false, special = false, lower = false, upper = false;
	size_t n = 0;

	for (; s != NULL && s[n] != '\0'; n++) {
		unsigned char ch = (unsigned char)s[n];

		digit |= isdigit(ch) != 0;
		lower |= islower(ch) != 0;
		upper |= isupper(ch) != 0;
		special |= strchr(password_specials, ch) != NULL;
		if (!isalnum(ch) && strchr(name_others, ch) == NULL)
			return false;
	}
	return n >= 8 && n <= 32 && digit && special && lower && upper;
}

/* Names are parts of secret paths too. */
static bool is_path(const char *name)
{
	struct str left = str_of(name), part;

	while (str_split(&left, '/', &part))
		if (part.n == 0 || str_eqz(part, ".") || str_eqz(part, ".."))
			return false;
	return true;
}

static void check_name(struct rps_check *c)
{
	static const char msg[] = "AMT profile name accepts letters, numbers, special "
				  "characters and no spaces";
	struct rps_field f = rps_field(c, "profileName");
	const char *s = json_string_value(f.v);

	rps_filled(&f, "AMT profile name is required");
	rps_made_of(&f, name_others, msg);
	if (s != NULL && *s != '\0' && !is_path(s))
		rps_fail(&f, "%s", msg);
	rps_length(&f, 0, 256, "AMT profile name maximum length is 256");
}

static void check_activation(struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "activation");

	if (!update)
		rps_filled(&f, "Activation is required");
	rps_one_of(&f, "acmactivate|ccmactivate",
		   "Activation accepts either acmactivate (admin control activation) or "
		   "ccmactivate (client control mode activation)");
	if (update)
		return;
	if (!sent(c, "amtPassword") && !is_true(c, "generateRandomPassword"))
		rps_fail(&f, "Either generateRandomPassword should be enabled or provide "
			     "amtPassword");
	else if (is_acm(c) && !sent(c, "mebxPassword") &&
		 !is_true(c, "generateRandomMEBxPassword"))
		rps_fail(&f, "MEBx Password is required for acmactivate");
}

static void check_password(struct rps_check *c, const char *key, const char *msg)
{
	struct rps_field f = rps_field_secret(c, key);

	if (!rps_field_null(&f) && !password_ok(json_string_value(f.v)))
		rps_fail(&f, "%s", msg);
}

/* A password is generated, or sent, not both; on update it may also stay. */
static void check_random_amt(struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "generateRandomPassword");

	if (f.v != NULL)
		rps_boolean(&f, "Generate random AMT password must be a boolean true or "
				"false");
	if (json_is_true(f.v) && sent(c, "amtPassword"))
		rps_fail(&f, "Either generate Random AMT Password should be enabled or "
			     "should provide AMT Password but not both");
	if (!update && !json_is_true(f.v) && !sent(c, "amtPassword"))
		rps_fail(&f, "If generate random AMT password is disabled, amtPassword "
			     "is mandatory");
}

static void check_random_mebx(struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "generateRandomMEBxPassword");

	if (f.v != NULL)
		rps_boolean(&f, "Generate random MEBx password must be a boolean true or "
				"false");
	if (!is_acm(c))
		return;
	if (json_is_true(f.v) && sent(c, "mebxPassword"))
		rps_fail(&f, "Either generate MEBx password should be enabled or should "
			     "provide MEBx password, but not both");
	if (!update && !json_is_true(f.v) && !sent(c, "mebxPassword"))
		rps_fail(&f, "If generate random MEBx password is disabled, mebxPassword "
			     "is mandatory");
}

static void check_tls(struct rps_check *c)
{
	struct rps_field f = rps_field(c, "tlsMode");
	bool tls = !rps_field_null(&f);

	if (tls)
		rps_int(&f, 1, 4,
			"tlsMode must be set to one of these values: 1 (Server "
			"Authentication Only), 2 (Server and Non-TLS Authentication), 3 "
			"(Mutual TLS only), 4 (Mutual and Non-TLS authentication)");
	f = rps_field(c, "tlsSigningAuthority");
	if (!rps_field_null(&f))
		rps_one_of(&f, "SelfSigned|MicrosoftCA",
			   "TLS Signing Authority must be one of "
			   "SelfSigned,MicrosoftCA");
	f = rps_field(c, "ciraConfigName");
	rps_string(&f);
	if (!rps_field_null(&f) && tls)
		rps_fail(&f, "CIRA cannot be configured if TLS is enabled");
}

static void check_flags(struct rps_check *c, bool update)
{
	static const char *const flags[] = {"ipSyncEnabled", "localWifiSyncEnabled",
					    "uefiWifiSyncEnabled"};
	struct rps_field f = rps_field(c, "tags");

	if (!rps_field_null(&f))
		rps_array(&f);
	f = rps_field(c, "dhcpEnabled");
	if (!update)
		rps_filled(&f, "Invalid value");
	if (!update || f.v != NULL)
		rps_boolean(&f, "DHCP enabled must be a boolean");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		char msg[64];

		f = rps_field(c, flags[i]);
		snprintf(msg, sizeof(msg), "%s must be a boolean", flags[i]);
		if (!rps_field_null(&f))
			rps_boolean(&f, msg);
	}
}

static void check_features(struct rps_check *c)
{
	struct rps_field f = rps_field(c, "userConsent");
	const char *activation = rps_text(c->fields, "activation");

	if (!rps_field_null(&f)) {
		rps_one_of(&f, "None|All|KVM",
			   "User consent must be one of None,All,KVM");
		if (activation != NULL && strcmp(activation, "ccmactivate") == 0 &&
		    !rps_field_is(&f, "All"))
			rps_fail(&f, "User consent is required for all the actions in "
				     "client control mode");
	}
	f = rps_field(c, "iderEnabled");
	if (!rps_field_null(&f))
		rps_boolean(&f, "IDER enabled must be a boolean");
	f = rps_field(c, "kvmEnabled");
	if (!rps_field_null(&f))
		rps_boolean(&f, "KVM enabled must be a boolean");
	f = rps_field(c, "solEnabled");
	if (!rps_field_null(&f))
		rps_boolean(&f, "Serial Over Lan (sol) enabled must be a boolean");
}

/* ---- what must be there ---- */

/* The first thing that is wrong with the entries themselves, or NULL. */
static const char *entries_wrong(const json_t *v, const char *name_key, size_t max,
				 const char *too_many, const char *bad_priority)
{
	const json_t *e;
	size_t i;

	if (json_array_size(v) > max)
		return too_many;
	json_array_foreach((json_t *)v, i, e)
	{
		const json_t *p = json_object_get(e, "priority");

		if (!json_is_integer(p) || json_integer_value(p) < 1 ||
		    json_integer_value(p) > 255)
			return bad_priority;
		if (rps_text(e, name_key) == NULL)
			return "Invalid value";
	}
	return NULL;
}

/* Names of those that are not there, comma separated; "" when all are. */
static struct err *missing(struct http_req *req, const json_t *v,
			   const struct rps_noun *noun, const char *name_key,
			   const char **out)
{
	struct buf b = {0};
	struct err *err = NULL;
	const json_t *e;
	size_t i;

	json_array_foreach((json_t *)v, i, e)
	{
		const char *name = rps_text(e, name_key);
		bool exists;

		err = rps_row_exists(req, noun, name, &exists);
		if (err != NULL)
			break;
		if (!exists)
			buf_addf(&b, "%s%s", b.len > 0 ? "," : "", name);
	}
	*out = b.len > 0 ? arena_strdup(req->arena, b.p) : "";
	buf_fini(&b);
	return err;
}

static struct err *check_wifi(struct http_req *req, struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "wifiConfigs");
	const json_t *dhcp = json_object_get(c->fields, "dhcpEnabled");
	const char *wrong, *names;

	if (rps_field_null(&f))
		return NULL;
	if (!json_is_array(f.v)) {
		rps_fail(&f, "Invalid value");
		return NULL;
	}
	if (update && json_array_size(f.v) > 0 && (dhcp == NULL || json_is_null(dhcp))) {
		rps_fail(&f, "DHCP enabled should be true");
		return NULL;
	}
	if (!json_is_true(dhcp) && json_array_size(f.v) > 0) {
		rps_fail(&f, "Wifi supports only DHCP in AMT");
		return NULL;
	}
	wrong = entries_wrong(f.v, "profileName", RPS_MAX_WIFI,
			      "A maximum of 8 wifi profiles can be stored at a time.",
			      "wifi config priority should be an integer and between 1 "
			      "and 255");
	if (wrong != NULL) {
		rps_fail(&f, "%s", wrong);
		return NULL;
	}
	TRY(missing(req, f.v, &rps_wirelessconfigs, "profileName", &names));
	if (*names != '\0')
		rps_fail(&f, "wifi configs %s does not exists in db", names);
	return NULL;
}

static struct err *check_proxies(struct http_req *req, struct rps_check *c)
{
	struct rps_field f = rps_field(c, "proxyConfigs");
	const char *wrong, *names;

	if (rps_field_null(&f))
		return NULL;
	wrong = !json_is_array(f.v)
			? "Invalid value"
			: entries_wrong(f.v, "name", RPS_MAX_PROXIES,
					"A maximum of 15 proxy profiles can be stored at "
					"a time.",
					"proxy config priority should be an integer and "
					"between 1 and 255");
	if (wrong != NULL) {
		rps_fail(&f, "%s", wrong);
		return NULL;
	}
	TRY(missing(req, f.v, &rps_proxyconfigs, "name", &names));
	if (*names != '\0')
		rps_fail(&f, "proxy configs %s does not exists in db", names);
	return NULL;
}

static struct err *check_wired(struct http_req *req, struct rps_check *c, bool update)
{
	struct rps_field f = rps_field(c, "ieee8021xProfileName");
	const char *name = json_string_value(f.v);
	bool exists = false, wired = false;

	if (rps_field_null(&f))
		return NULL;
	if (name != NULL)
		TRY(rps_ieee8021x_look(req, name, &exists, &wired));
	if (!exists)
		rps_fail(&f,
			 update ? "IEEEProfile config %s does not exists in db"
				: "Ieee8021x profile %s does not exist in db",
			 name != NULL ? name : "");
	else if (!wired)
		rps_fail(&f, "Ieee8021x profile %s is for wireless interfaces", name);
	return NULL;
}

struct err *rps_profile_check(struct http_req *req, struct rps_check *c, bool update)
{
	check_name(c);
	check_activation(c, update);
	check_password(c, "amtPassword", "AMT" PASSWORD_RULES);
	check_random_amt(c, update);
	check_password(c, "mebxPassword", "MEBx" PASSWORD_RULES);
	check_random_mebx(c, update);
	check_tls(c);
	check_flags(c, update);
	TRY(check_wifi(req, c, update));
	TRY(check_proxies(req, c));
	TRY(check_wired(req, c, update));
	check_features(c);
	struct rps_field f = rps_field(c, "version");
	if (update)
		rps_filled(&f, "Version is required to patch/update a record.");
	return NULL;
}
