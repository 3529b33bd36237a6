/* SPDX-License-Identifier: Apache-2.0
 * Start and stop, and the way from a request's headers to its caller.
 */
#include <iam/iam_priv.h>

#include <base/encode.h>
#include <stdlib.h>

/* Failed logins; the second is high since everybody behind a gateway may share an
 * address. */
#define PAIR_PER_MINUTE 10
#define ADDRESS_PER_MINUTE 100
#define MINUTE_MS 60000
#define MIGRATE_MS 10000
#define MAX_JTI 128

static const char *str_or_null(const struct config *c, const char *key)
{
	const char *s = config_str(c, key);

	return s != NULL && *s != '\0' ? s : NULL;
}

static void keys_changed(void *arg)
{
	struct iam *i = arg;

	iam_cache_clear(&i->cache);
}

static struct err *settings_read(struct iam *i, const struct config *c)
{
	const char *mode = config_str(c, "auth.mode");

	i->mode = strcmp(mode, "oidc") == 0   ? IAM_MODE_OIDC
		  : strcmp(mode, "none") == 0 ? IAM_MODE_NONE
					      : IAM_MODE_BUILTIN;
	i->issuer = config_str(c, "auth.jwt.issuer");
	i->login_min = config_int(c, "auth.jwt.expiration_min");
	i->redirection_min = config_int(c, "auth.redirection.expiration_min");
	i->metrics_open = config_bool(c, "auth.metrics_open");
	i->paths.roles = config_str(c, "auth.oidc.roles_claim");
	i->paths.tenant = str_or_null(c, "auth.oidc.tenant_claim");
	i->paths.tenancy = config_bool(c, "auth.tenancy");
	return iam_roles_init(&i->roles, config_list(c, "auth.roles"));
}

static struct err *mode_start(struct iam *i, const struct config *c,
			      struct http_client *http, struct secret *generated)
{
	const char *admin = str_or_null(c, "auth.admin.user");
	const struct oidc_config oc = {
		.issuer = str_or_null(c, "auth.oidc.issuer"),
		.jwks_url = str_or_null(c, "auth.oidc.jwks_url"),
		.ca_file = str_or_null(c, "auth.oidc.ca_file"),
		.audiences = config_list(c, "auth.oidc.audience"),
		.skew_s = config_int(c, "auth.oidc.clock_skew_s"),
		.http = http,
		.keys_changed = keys_changed,
		.arg = i,
	};

	const char *password = str_or_null(c, "auth.admin.password");

	/* Without authentication a login still answers scripts that ask for one, if it
	 * was set up. */
	i->logins = i->mode == IAM_MODE_BUILTIN ||
		    (i->mode == IAM_MODE_NONE && password != NULL);
	if (i->logins)
		return iam_users_start(i, admin ? admin : "admin", password, generated);
	return i->mode == IAM_MODE_OIDC ? oidc_start(&oc, &i->oidc) : NULL;
}

struct err *iam_start(const struct config *c, struct db *d, struct secrets *s,
		      struct http_client *http, struct iam **out,
		      struct secret *generated)
{
	struct iam *i = xcalloc(1, sizeof(*i));
	struct err *e;

	i->db = d;
	i->scrypt_log_n = IAM_SCRYPT_LOG_N;
	iam_cache_init(&i->cache);
	iam_revoked_init(&i->revoked);
	iam_limit_init(&i->by_pair, PAIR_PER_MINUTE, MINUTE_MS);
	iam_limit_init(&i->by_address, ADDRESS_PER_MINUTE, MINUTE_MS);
	iam_limit_init(&i->noted, 1, MINUTE_MS);
	waitq_init(&i->hashing.turn);
	waitq_init(&i->admin_done);
	fiber_group_init(&i->fibers);
	e = settings_read(i, c);
	if (e == NULL)
		e = iam_keys_load(i, s, str_or_null(c, "auth.jwt.secret"));
	if (e == NULL && i->mode != IAM_MODE_NONE)
		e = iam_migrate(d, deadline_in(MIGRATE_MS), NULL);
	if (e == NULL && i->mode != IAM_MODE_NONE)
		e = iam_revoked_start(i);
	if (e == NULL)
		e = mode_start(i, c, http, generated);
	if (e != NULL) {
		iam_stop(i);
		return e;
	}
	*out = i;
	return NULL;
}

void iam_stop(struct iam *i)
{
	if (i == NULL)
		return;
	fiber_group_join(&i->fibers, true);
	oidc_stop(i->oidc);
	iam_cache_fini(&i->cache);
	iam_revoked_fini(&i->revoked);
	iam_limit_fini(&i->by_pair);
	iam_limit_fini(&i->by_address);
	iam_limit_fini(&i->noted);
	iam_roles_fini(&i->roles);
	secret_fini(&i->login_key);
	secret_fini(&i->redirection_key);
	secret_fini(&i->admin_password);
	free(i->admin_name);
	free(i);
}

bool iam_mode_none(const struct iam *i)
{
	return i->mode == IAM_MODE_NONE;
}

bool iam_metrics_open(const struct iam *i)
{
	return i->metrics_open;
}

static struct err *anybody(const char *project, struct arena *a, struct iam_caller **out)
{
	struct iam_caller *c = arena_new(a, struct iam_caller);

	c->name = "anonymous";
	c->tenant = arena_strdup(a, project ? project : "");
	c->perms = IAM_ALL_PERMS;
	c->until_ms = INT64_MAX;
	c->all_tenants = *c->tenant == '\0';
	*out = c;
	return NULL;
}

static struct err *bearer(const char *authorization, struct str *token)
{
	struct str s = str_of(authorization);

	if (!str_istarts(s, STR("bearer ")))
		return err_new(
			ERR_UNAUTHENTICATED,
			"log in first: the Authorization header holds no bearer token");
	*token = str_trim(str_sub(s, 7, s.n));
	if (token->n > IAM_MAX_TOKEN)
		return err_new(ERR_UNAUTHENTICATED, "the token is longer than %d bytes",
			       IAM_MAX_TOKEN);
	return NULL;
}

/* Its jti; a token that has none, or a long one, is told by its hash. */
static const char *token_id_of(const json_t *claims, const uint8_t hash[IAM_CACHE_HASH],
			       struct arena *a)
{
	const char *id = json_string_value(json_object_get(claims, "jti"));
	char hex[2 * IAM_CACHE_HASH + 1];

	if (id != NULL && strlen(id) <= MAX_JTI)
		return arena_strdup(a, id);
	hex_encode(hash, IAM_CACHE_HASH, hex);
	return arena_printf(a, "sha256:%s", hex);
}

static struct err *identity_verify(struct iam *i, struct str token,
				   const uint8_t hash[IAM_CACHE_HASH], struct arena *a,
				   struct deadline until, struct iam_identity *out)
{
	_cleanup_(json_freep) json_t *claims = NULL;
	int64_t exp_ms;

	if (i->mode == IAM_MODE_BUILTIN) {
		TRY(iam_login_verify(i, token, &claims, a, out));
	} else {
		TRY(oidc_verify(i->oidc, token, a, until, &claims, &exp_ms));
		iam_identity_from_claims(&i->roles, &i->paths, claims, a, out);
		out->exp_ms = exp_ms;
	}
	out->issued_ms = jwt_issued_ms(claims);
	out->token_id = token_id_of(claims, hash, a);
	return iam_revoked_apply(&i->revoked, out);
}

struct err *iam_authenticate(struct iam *i, const char *authorization,
			     const char *project, struct arena *a, struct deadline until,
			     struct iam_caller **out)
{
	uint8_t hash[IAM_CACHE_HASH];
	const struct iam_identity *known;
	struct iam_identity fresh;
	struct str token;

	if (i->mode == IAM_MODE_NONE)
		return anybody(project, a, out);
	TRY(bearer(authorization, &token));
	iam_cache_hash(&i->cache, token, hash);
	known = iam_cache_get(&i->cache, hash);
	if (known == NULL) {
		TRY(identity_verify(i, token, hash, a, until, &fresh));
		iam_cache_put(&i->cache, hash, &fresh);
		known = &fresh;
	}
	return iam_identity_select(known, project, a, out);
}
