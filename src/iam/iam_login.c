/* SPDX-License-Identifier: Apache-2.0
 * Login with a built-in user's password, and the tokens that gives: upstream's claims
 * (mps.md 1) with the user, his role and an audience added, so that no other token of
 * ours passes for one.
 */
#include <iam/iam_audit.h>
#include <iam/iam_priv.h>

#include <base/encode.h>

#define AUDIENCE "outband:login"
#define MINUTE_MS 60000
#define ID_BYTES 16

static const char *token_id_make(struct arena *a)
{
	uint8_t id[ID_BYTES];

	random_bytes(id, sizeof(id));
	return base64url_encode(a, id, sizeof(id));
}

/* Milliseconds in iat: who logs in again in the second of a revocation is in. */
static struct err *login_token(struct iam *i, const char *id, const char *user,
			       const char *tenant, const char *role, int64_t minutes,
			       struct arena *a, const char **token)
{
	int64_t now = clock_wall_ms();
	json_t *claims =
		json_pack("{s:s, s:s, s:s, s:I, s:s, s:[s], s:s, s:s, s:f}", "tenantId",
			  tenant, "iss", i->issuer, "deviceId", "*", "exp",
			  (json_int_t)(now / 1000 + minutes * 60), "sub", user, "roles",
			  role, "aud", AUDIENCE, "jti", id, "iat", (double)now / 1000);

	if (claims == NULL)
		return err_new(ERR_INVALID, "user, tenant or role are no UTF-8 text");
	return jwt_sign(&i->login_key, claims, a, token);
}

struct err *iam_login_verify(struct iam *i, struct str token, json_t **out_claims,
			     struct arena *a, struct iam_identity *out)
{
	const char *user, *tenant;
	uint32_t perms = 0;
	json_t *role;
	size_t k;

	*out = (struct iam_identity){0};
	TRY(jwt_verify_own(token, &i->login_key, i->issuer, AUDIENCE, a, out_claims,
			   &out->exp_ms));
	const json_t *claims = *out_claims;
	user = json_string_value(json_object_get(claims, "sub"));
	tenant = json_string_value(json_object_get(claims, "tenantId"));
	if (user == NULL || tenant == NULL)
		return err_new(ERR_UNAUTHENTICATED, "the token names no user or tenant");
	json_array_foreach(json_object_get(claims, "roles"), k, role)
	{
		const struct iam_role *r =
			iam_role_find(&i->roles, str_of(json_string_value(role)));

		if (r != NULL)
			perms |= r->perms;
	}
	out->name = arena_strdup(a, user);
	out->grants = arena_new(a, struct iam_grant);
	out->grants[0] = (struct iam_grant){arena_strdup(a, tenant), perms};
	out->n_grants = 1;
	return NULL;
}

static struct err *attempt_take(struct iam *i, const char *pair, const char *address)
{
	int64_t wait_ms = iam_limit_take(&i->by_pair, pair);

	if (wait_ms == 0) {
		wait_ms = iam_limit_take(&i->by_address, address);
		if (wait_ms > 0)
			iam_limit_give(&i->by_pair, pair);
	}
	if (wait_ms == 0)
		return NULL;
	return err_new(ERR_LIMITED, "too many failed logins; try again in %lld s",
		       (long long)(wait_ms / 1000 + 1));
}

/* Who tries names that nobody has may have typed a password there: these are not named.
 */
static void note(struct iam *i, const struct iam_user *u, const char *peer,
		 const char *outcome, const char *detail)
{
	iam_audit_note(i->db, &(struct iam_audit){.who = u->name,
						  .tenant = u->tenant,
						  .what = "login",
						  .outcome = outcome,
						  .peer = peer,
						  .detail = detail});
}

/* Refused unseen. One record per address and window: nobody fills the table so. */
static void note_limited(struct iam *i, const char *peer, const char *address)
{
	if (iam_limit_take(&i->noted, address) != 0)
		return;
	iam_audit_note(
		i->db,
		&(struct iam_audit){.what = "login", .outcome = "limited", .peer = peer});
}

/* What an attempt is counted by. */
static const char *pair_of(const char *address, const char *user, struct arena *a)
{
	char *pair = arena_printf(a, "%s %s", address, user);

	for (char *p = pair; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return pair;
}

struct err *iam_login(struct iam *i, const char *user, struct str password,
		      const char *peer, struct arena *a, struct deadline until,
		      const char **token)
{
	struct iam_user u = {0};
	char address[64];
	struct err *e;

	if (!i->logins)
		return err_new(ERR_NOT_FOUND, "Authentication disabled on MPS");
	if (strlen(user) > 255 || password.n > IAM_MAX_PASSWORD)
		return err_new(ERR_UNAUTHENTICATED, IAM_WRONG_LOGIN);
	iam_limit_address(peer ? peer : "", address);
	const char *pair = pair_of(address, user, a);
	e = attempt_take(i, pair, address);
	if (e != NULL) {
		note_limited(i, peer, address);
		return e;
	}
	e = iam_user_check(i, user, password, a, until, &u);
	/* Not when cancelled: hanging up must not make guessing free. */
	if (e == NULL || e->kind == ERR_UNAVAILABLE) {
		iam_limit_give(&i->by_pair, pair);
		iam_limit_give(&i->by_address, address);
	} else if (e->kind == ERR_UNAUTHENTICATED) {
		log_info("login refused", F_STR("peer", address));
		note(i, &u, peer, "refused", u.name != NULL ? NULL : "no such user");
	}
	TRY(e);
	const char *id = token_id_make(a);
	note(i, &u, peer, "done", arena_printf(a, "token %s", id));
	return login_token(i, id, u.name, u.tenant, u.role, i->login_min, a, token);
}

struct err *iam_issue(struct iam *i, const char *user, const char *tenant,
		      const char *role, int64_t minutes, struct arena *a,
		      const char **token)
{
	if (!i->logins)
		return err_new(
			ERR_NOT_FOUND,
			"tokens of our own are not accepted unless auth.mode is builtin");
	if (user == NULL || *user == '\0')
		return err_new(ERR_INVALID, "a token needs a user name");
	if (iam_role_find(&i->roles, str_of(role)) == NULL)
		return err_new(ERR_INVALID,
			       "there is no role \"%s\"; add it to auth.roles", role);
	if (minutes < 0 || minutes > 525600)
		return err_new(ERR_INVALID, "a token lives 1 to 525600 minutes");
	return login_token(i, token_id_make(a), user, tenant ? tenant : "", role,
			   minutes ? minutes : i->login_min, a, token);
}
