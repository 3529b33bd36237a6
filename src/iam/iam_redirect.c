/* SPDX-License-Identifier: Apache-2.0
 * Redirection tokens: a browser cannot send headers with a WebSocket, so it first gets a
 * short-lived token for one device over REST (upstream's /authorize/redirection/{guid})
 * and shows it to the relay. Upstream's claims, and who, what for and what he may, under
 * a key of their own.
 */
#include <iam/iam_priv.h>

#define AUDIENCE "outband:redirection"

static bool mode_known(const char *mode)
{
	return strcmp(mode, "kvm") == 0 || strcmp(mode, "sol") == 0 ||
	       strcmp(mode, "ider") == 0;
}

struct err *iam_redirection_token(struct iam *i, const struct iam_caller *who,
				  const char *guid, const char *mode, struct arena *a,
				  const char **token)
{
	json_t *claims;

	if (mode != NULL && !mode_known(mode))
		return err_new(ERR_INVALID, "mode is kvm, sol or ider");
	claims = json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:s}", "tenantId", who->tenant,
			   "iss", i->issuer, "deviceId", guid, "exp",
			   (json_int_t)(clock_wall_ms() / 1000 + i->redirection_min * 60),
			   "sub", who->name, "perms", (json_int_t)who->perms, "aud",
			   AUDIENCE);
	if (claims == NULL)
		return err_new(ERR_INVALID, "the device's GUID is no UTF-8 text");
	if (mode != NULL)
		json_object_set_new(claims, "mode", json_string(mode));
	if (who->all_tenants)
		json_object_set_new(claims, "allTenants", json_true());
	/* So that it ends with the login. */
	if (who->token_id != NULL) {
		json_object_set_new(claims, "login", json_string(who->token_id));
		json_object_set_new(claims, "loginTime", json_integer(who->issued_ms));
	}
	return jwt_sign(&i->redirection_key, claims, a, token);
}

static struct err *binding_check(const json_t *claims, const char *guid, const char *mode)
{
	const char *device = json_string_value(json_object_get(claims, "deviceId"));
	const char *only = json_string_value(json_object_get(claims, "mode"));

	if (device == NULL || !str_ieqz(str_of(device), guid))
		return err_new(ERR_FORBIDDEN,
			       "the redirection token is for another device");
	if (only != NULL && (mode == NULL || strcmp(only, mode) != 0))
		return err_new(ERR_FORBIDDEN,
			       "the redirection token is for another mode");
	return NULL;
}

struct err *iam_redirection_verify(struct iam *i, struct str token, const char *guid,
				   const char *mode, struct arena *a,
				   struct iam_caller **out)
{
	_cleanup_(json_freep) json_t *claims = NULL;
	struct iam_caller *c = arena_new(a, struct iam_caller);
	const char *name, *tenant;
	int64_t exp_ms;

	TRY(jwt_verify_own(token, &i->redirection_key, i->issuer, AUDIENCE, a, &claims,
			   &exp_ms));
	TRY(binding_check(claims, guid, mode));
	name = json_string_value(json_object_get(claims, "sub"));
	tenant = json_string_value(json_object_get(claims, "tenantId"));
	if (name == NULL || tenant == NULL)
		return err_new(ERR_UNAUTHENTICATED, "the token names no user or tenant");
	c->name = arena_strdup(a, name);
	c->tenant = arena_strdup(a, tenant);
	c->until_ms = exp_ms;
	c->perms = (uint32_t)json_integer_value(json_object_get(claims, "perms")) &
		   IAM_ALL_PERMS;
	c->all_tenants = json_is_true(json_object_get(claims, "allTenants"));
	if (c->all_tenants && i->mode != IAM_MODE_NONE)
		return err_new(
			ERR_UNAUTHENTICATED,
			"the redirection token was made when nobody had to log in");
	name = json_string_value(json_object_get(claims, "login"));
	c->token_id = name != NULL ? arena_strdup(a, name) : NULL;
	c->issued_ms = json_integer_value(json_object_get(claims, "loginTime"));
	if (!iam_still_valid(i, c))
		return err_new(ERR_UNAUTHENTICATED,
			       "the login that the redirection token is of was revoked");
	*out = c;
	return NULL;
}
