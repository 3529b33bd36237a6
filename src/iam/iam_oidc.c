/* SPDX-License-Identifier: Apache-2.0
 * Tokens of an OpenID Connect issuer (Keycloak and others): discovery, the issuer's keys,
 * and verification with them.
 *
 * One fiber fetches the keys: at the start, every five minutes, and when a token names a
 * key we do not have, the latter at most every ten seconds so that made-up tokens do not
 * make us hammer the issuer. Requests only ask it and wait, so a request that is
 * cancelled spoils nothing. While the issuer cannot be reached the keys we have stay in
 * use.
 */
#include <iam/iam_priv.h>

#include <openssl/crypto.h>
#include <stdlib.h>

#define FETCH_MS 10000
#define REFRESH_MS 300000
#define RETRY_MS 30000
#define UNKNOWN_KEY_MS 10000 /* between fetches that unknown keys caused */
#define NO_KEYS_MS 1000	     /* the same as long as there are no keys at all */
#define MAX_KEYS 64
#define MAX_DOCUMENT (1u << 20)

struct oidc_key {
	cjose_jwk_t *jwk;
	char *kid, *alg; /* NULL = not said */
};

struct oidc {
	struct oidc_config conf;
	struct http_client *own_http;
	struct oidc_key keys[MAX_KEYS];
	size_t n_keys;
	char *document;	  /* the key set as fetched, to see changes */
	char *last_error; /* NULL when the last fetch succeeded */
	uint64_t rounds;  /* fetches ended */
	int64_t last_ms;  /* the last one began */
	bool fetching, wanted;
	struct waitq wake, done;
	struct fiber_group fibers;
};

static void keys_clear(struct oidc_key *keys, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		cjose_jwk_release(keys[k].jwk);
		free(keys[k].kid);
		free(keys[k].alg);
	}
}

static char *member_dup(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? xstrdup(s) : NULL;
}

/* Keys for signatures only, and public ones only: a symmetric key in a published set
 * would let everybody sign. Others in the set are none of our business. */
static bool key_import(json_t *j, struct oidc_key *out)
{
	const char *kty = json_string_value(json_object_get(j, "kty"));
	const char *use = json_string_value(json_object_get(j, "use"));
	cjose_err ce;

	if (kty == NULL || (strcmp(kty, "RSA") != 0 && strcmp(kty, "EC") != 0) ||
	    (use != NULL && strcmp(use, "sig") != 0))
		return false;
	out->jwk = cjose_jwk_import_json(j, &ce);
	if (out->jwk == NULL)
		return false;
	out->kid = member_dup(j, "kid");
	out->alg = member_dup(j, "alg");
	return true;
}

static struct err *keys_parse(struct oidc *o, struct str document)
{
	_cleanup_(json_freep) json_t *j = jwt_json(document);
	json_t *list = json_object_get(j, "keys"), *item;
	struct oidc_key keys[MAX_KEYS];
	size_t n = 0, k;

	if (!json_is_array(list))
		return err_new(ERR_UNAVAILABLE,
			       "the issuer's key set is no JSON Web Key Set");
	json_array_foreach(list, k, item) if (n < MAX_KEYS && key_import(item, &keys[n]))
		n++;
	if (n == 0)
		return err_new(ERR_UNAVAILABLE,
			       "the issuer's key set holds no key for signatures");
	keys_clear(o->keys, o->n_keys);
	memcpy(o->keys, keys, n * sizeof(*keys));
	o->n_keys = n;
	return NULL;
}

static struct err *document_get(struct oidc *o, const char *url, struct arena *a,
				struct deadline until, struct str *out)
{
	const char *const headers[] = {"Accept: application/json", NULL};
	struct http_fetch f = {.method = "GET", .url = url, .headers = headers};

	TRY(http_fetch(o->own_http ? o->own_http : o->conf.http, &f, a, until));
	if (f.status != 200)
		return err_new(ERR_UNAVAILABLE, "%s answered %ld", url, f.status);
	if (f.response.n > MAX_DOCUMENT)
		return err_new(ERR_UNAVAILABLE, "%s answered with more than %u bytes",
			       url, MAX_DOCUMENT);
	*out = f.response;
	return NULL;
}

static struct err *discover(struct oidc *o, struct arena *a, struct deadline until,
			    const char **jwks_url)
{
	static const char path[] = "/.well-known/openid-configuration";
	struct str base = str_of(o->conf.issuer), text;
	_cleanup_(json_freep) json_t *j = NULL;
	const char *issuer, *jwks;

	if (str_ends(base, STR("/")))
		base.n--;
	TRY(document_get(o, arena_printf(a, STR_FMT "%s", STR_ARG(base), path), a, until,
			 &text));
	j = jwt_json(text);
	issuer = json_string_value(json_object_get(j, "issuer"));
	jwks = json_string_value(json_object_get(j, "jwks_uri"));
	if (issuer == NULL || jwks == NULL)
		return err_new(
			ERR_UNAVAILABLE,
			"the issuer's discovery document names no issuer or no jwks_uri");
	if (strcmp(issuer, o->conf.issuer) != 0)
		return err_new(ERR_UNAVAILABLE,
			       "the discovery document is of issuer \"%s\", but "
			       "auth.oidc.issuer is \"%s\"; they must be the same text",
			       issuer, o->conf.issuer);
	if (str_istarts(base, STR("https:")) && !str_istarts(str_of(jwks), STR("https:")))
		return err_new(ERR_UNAVAILABLE,
			       "the issuer's keys are offered without TLS");
	*jwks_url = arena_strdup(a, jwks);
	return NULL;
}

static struct err *keys_fetch(struct oidc *o, struct arena *a, struct deadline until)
{
	const char *url = o->conf.jwks_url;
	struct str document;

	if (url == NULL)
		TRY(discover(o, a, until, &url));
	TRY(document_get(o, url, a, until, &document));
	if (o->document != NULL && str_eqz(document, o->document))
		return NULL;
	TRY(keys_parse(o, document));
	free(o->document);
	o->document = xstrndup(document.p, document.n);
	log_info("keys of the issuer loaded", F_STR("issuer", o->conf.issuer),
		 F_U64("keys", o->n_keys));
	o->conf.keys_changed(o->conf.arg);
	return NULL;
}

static bool fetch_round(struct oidc *o)
{
	struct arena a = {0};
	struct err *e;
	bool ok;

	o->wanted = false;
	o->fetching = true;
	o->last_ms = clock_mono_ms();
	e = keys_fetch(o, &a, deadline_in(FETCH_MS));
	ok = e == NULL;
	if (!ok && !fiber_cancelled())
		log_warn("the issuer's keys cannot be had",
			 F_STR("issuer", o->conf.issuer), F_ERR(e));
	free(o->last_error);
	o->last_error = ok ? NULL : xstrdup(err_str(e, &a));
	err_free(e);
	arena_fini(&a);
	o->fetching = false;
	o->rounds++;
	waitq_wake_all(&o->done);
	return ok;
}

static void fetch_fiber(void *arg)
{
	struct oidc *o = arg;

	while (!fiber_cancelled()) {
		struct deadline until =
			deadline_in(fetch_round(o) ? REFRESH_MS : RETRY_MS);
		struct err *e = NULL;

		while (!o->wanted && e == NULL)
			e = waitq_wait(&o->wake, until);
		err_free(e);
	}
}

/* Waits for a fetch, unless there was one just now; *fetched tells. */
static struct err *keys_refresh(struct oidc *o, struct deadline until, bool *fetched)
{
	int64_t pause_ms = o->n_keys > 0 ? UNKNOWN_KEY_MS : NO_KEYS_MS;
	uint64_t round = o->rounds;

	*fetched = false;
	if (!o->fetching) {
		if (!o->wanted && clock_mono_ms() - o->last_ms < pause_ms)
			return NULL;
		o->wanted = true;
		waitq_wake_all(&o->wake);
	}
	while (o->rounds == round)
		TRY(waitq_wait(&o->done, until));
	*fetched = true;
	return NULL;
}

/* *claims stays NULL when none of our keys is the one. A named key whose signature is
 * wrong is an error; without a name every key that fits is tried. */
static struct err *keys_try(struct oidc *o, struct str token, const struct jwt_header *h,
			    json_t **claims)
{
	for (size_t k = 0; k < o->n_keys; k++) {
		const struct oidc_key *key = &o->keys[k];
		struct err *e;

		if (h->kid != NULL && (key->kid == NULL || strcmp(key->kid, h->kid) != 0))
			continue;
		if (key->alg != NULL && strcmp(key->alg, h->alg_name) != 0)
			continue;
		if (!jwt_key_fits(h->alg, key->jwk))
			continue;
		e = jwt_verify(token, h, key->jwk, claims);
		if (e == NULL || h->kid != NULL)
			return e;
		err_free(e);
	}
	return NULL;
}

/* Keycloak marks what its tokens are for; an ID or refresh token is no access token. */
static bool is_access_token(const json_t *claims)
{
	static const char *const others[] = {"ID", "Refresh", "Offline", "Logout"};
	const char *typ = json_string_value(json_object_get(claims, "typ"));

	for (size_t k = 0; typ != NULL && k < ARRAY_LEN(others); k++)
		if (str_ieqz(str_of(typ), others[k]))
			return false;
	return true;
}

static struct err *no_key(const struct oidc *o)
{
	if (o->last_error != NULL)
		return err_new(ERR_UNAVAILABLE, "the issuer's keys cannot be had: %s",
			       o->last_error);
	return err_new(ERR_UNAUTHENTICATED,
		       "the token is signed with a key that the issuer does not publish");
}

struct err *oidc_verify(struct oidc *o, struct str token, struct arena *a,
			struct deadline until, json_t **claims, int64_t *exp_ms)
{
	const struct jwt_rules rules = {
		.issuer = o->conf.issuer,
		.audiences = o->conf.audiences,
		.skew_s = o->conf.skew_s,
	};
	struct jwt_header h;
	struct err *e;
	bool fetched;

	*claims = NULL;
	TRY(jwt_header(token, a, &h));
	if (h.alg == JWT_HS256)
		return err_new(ERR_UNAUTHENTICATED,
			       "the token's algorithm is not accepted");
	TRY(keys_try(o, token, &h, claims));
	if (*claims == NULL) {
		e = keys_refresh(o, until, &fetched);
		if (err_is(e, ERR_TIMEOUT))
			e = err_wrap_as(ERR_UNAVAILABLE, e,
					"the issuer's keys did not come in time");
		TRY(e);
		if (fetched)
			TRY(keys_try(o, token, &h, claims));
	}
	if (*claims == NULL)
		return no_key(o);
	e = jwt_claims_check(*claims, &rules, exp_ms);
	if (e == NULL && !is_access_token(*claims))
		e = err_new(ERR_UNAUTHENTICATED, "the token is no access token");
	if (e != NULL)
		json_freep(claims);
	return e;
}

struct err *oidc_start(const struct oidc_config *c, struct oidc **out)
{
	struct oidc *o;

	if (c->issuer == NULL || *c->issuer == '\0')
		return err_new(ERR_INVALID, "auth.mode oidc needs auth.oidc.issuer");
	if (c->audiences == NULL || *c->audiences == NULL)
		log_warn("auth.oidc.audience is not set: tokens that the issuer made for "
			 "other services are accepted");
	o = xcalloc(1, sizeof(*o));
	o->conf = *c;
	if (c->ca_file != NULL)
		o->own_http = http_client_new(&(struct http_client_config){
			.ca_file = c->ca_file, .max_response = MAX_DOCUMENT});
	waitq_init(&o->wake);
	waitq_init(&o->done);
	o->fetching = true; /* the first thing the fiber does */
	fiber_group_init(&o->fibers);
	fiber_spawn(&o->fibers, "oidc keys", fetch_fiber, o);
	*out = o;
	return NULL;
}

void oidc_stop(struct oidc *o)
{
	if (o == NULL)
		return;
	fiber_group_join(&o->fibers, true);
	keys_clear(o->keys, o->n_keys);
	http_client_free(o->own_http);
	free(o->document);
	free(o->last_error);
	free(o);
}
