/* SPDX-License-Identifier: Apache-2.0
 * Signed tokens (RFC 7515, 7519) by cjose, with what RFC 8725 asks for around it: a list
 * of allowed algorithms, a key that must fit the algorithm, no critical extensions,
 * claims read only from what the signature covers.
 */
#include <iam/iam_priv.h>

#include <base/json.h>
#include <base/encode.h>
#include <math.h>
#include <stdlib.h>

#define MIN_RSA_BITS 2048
#define MAX_RSA_BITS 8192
#define AHEAD_S 300 /* our instances' clocks may differ */

static const struct {
	const char *name;
	cjose_jwk_kty_t kty;
	cjose_jwk_ec_curve curve;
} algs[] = {
	[JWT_HS256] = {"HS256", CJOSE_JWK_KTY_OCT, 0},
	[JWT_RS256] = {"RS256", CJOSE_JWK_KTY_RSA, 0},
	[JWT_RS384] = {"RS384", CJOSE_JWK_KTY_RSA, 0},
	[JWT_RS512] = {"RS512", CJOSE_JWK_KTY_RSA, 0},
	[JWT_PS256] = {"PS256", CJOSE_JWK_KTY_RSA, 0},
	[JWT_PS384] = {"PS384", CJOSE_JWK_KTY_RSA, 0},
	[JWT_PS512] = {"PS512", CJOSE_JWK_KTY_RSA, 0},
	[JWT_ES256] = {"ES256", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_256},
	[JWT_ES384] = {"ES384", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_384},
	[JWT_ES512] = {"ES512", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_521},
};

json_t *jwt_json(struct str text)
{
	return json_read(text, JSON_REJECT_DUPLICATES, NULL);
}

static bool type_ok(const json_t *header)
{
	const json_t *typ = json_object_get(header, "typ");
	const char *t = json_string_value(typ);

	if (typ == NULL)
		return true;
	return t != NULL &&
	       (str_ieqz(str_of(t), "JWT") || str_ieqz(str_of(t), "at+jwt") ||
		str_ieqz(str_of(t), "application/at+jwt"));
}

struct err *jwt_header(struct str token, struct arena *a, struct jwt_header *out)
{
	_cleanup_(json_freep) json_t *j = NULL;
	ptrdiff_t dot = str_chr(token, '.');
	const char *alg, *kid;
	uint8_t *text;
	size_t n;

	if (token.n > IAM_MAX_TOKEN)
		return err_new(ERR_UNAUTHENTICATED, "the token is longer than %d bytes",
			       IAM_MAX_TOKEN);
	text = dot > 0 ? base64url_decode(a, str_sub(token, 0, (size_t)dot), &n) : NULL;
	j = text != NULL ? jwt_json((struct str){(char *)text, n}) : NULL;
	alg = json_string_value(json_object_get(j, "alg"));
	if (alg == NULL)
		return err_new(ERR_UNAUTHENTICATED,
			       "the token is no signed JSON Web Token");
	if (json_object_get(j, "crit") != NULL || !type_ok(j))
		return err_new(ERR_UNAUTHENTICATED,
			       "the token's header asks for what we do not do");
	kid = json_string_value(json_object_get(j, "kid"));
	out->kid = kid != NULL ? arena_strdup(a, kid) : NULL;
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		if (strcmp(alg, algs[i].name) == 0) {
			out->alg = (enum jwt_alg)i;
			out->alg_name = algs[i].name;
			return NULL;
		}
	}
	return err_new(ERR_UNAUTHENTICATED, "the token's algorithm is not accepted");
}

bool jwt_key_fits(enum jwt_alg alg, const cjose_jwk_t *key)
{
	cjose_err ce;
	cjose_jwk_kty_t kty = cjose_jwk_get_kty(key, &ce);
	size_t bits;

	if (kty != algs[alg].kty)
		return false;
	bits = cjose_jwk_get_keysize(key, &ce);
	if (kty == CJOSE_JWK_KTY_RSA)
		return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS;
	return kty != CJOSE_JWK_KTY_EC ||
	       cjose_jwk_EC_get_curve(key, &ce) == algs[alg].curve;
}

/* Of the whole token's third part; 0 when there are not three or it is malformed. */
static size_t signature_len(struct str token)
{
	struct str left = token, part = {0};
	struct arena a = {0};
	size_t n = 0;

	for (int k = 0; k < 3; k++)
		if (!str_split(&left, '.', &part))
			return 0;
	if (left.p != NULL || base64url_decode(&a, part, &n) == NULL)
		n = 0;
	arena_fini(&a);
	return n;
}

/* cjose compares an HMAC without looking at how long the token's is, and reads beyond a
 * short one. */
static bool signature_len_ok(enum jwt_alg alg, const cjose_jwk_t *key, size_t n)
{
	cjose_err ce;
	size_t bits = cjose_jwk_get_keysize(key, &ce);

	switch (algs[alg].kty) {
	case CJOSE_JWK_KTY_OCT:
		return n == 32;
	case CJOSE_JWK_KTY_RSA:
		return n == (bits + 7) / 8;
	default:
		return n == (algs[alg].curve == CJOSE_JWK_EC_P_256   ? 64
			     : algs[alg].curve == CJOSE_JWK_EC_P_384 ? 96
								     : 132);
	}
}

struct err *jwt_verify(struct str token, const struct jwt_header *h,
		       const cjose_jwk_t *key, json_t **claims)
{
	struct err *e = NULL;
	uint8_t *payload;
	cjose_jws_t *jws;
	cjose_err ce;
	size_t n;

	*claims = NULL;
	if (!jwt_key_fits(h->alg, key))
		return err_new(ERR_UNAUTHENTICATED,
			       "the token's algorithm does not fit the key");
	if (!signature_len_ok(h->alg, key, signature_len(token)))
		return err_new(ERR_UNAUTHENTICATED,
			       "the token's signature is wrong: its length");
	jws = cjose_jws_import(token.p, token.n, &ce);
	if (jws == NULL)
		return err_new(ERR_UNAUTHENTICATED,
			       "the token is no signed JSON Web Token");
	if (!cjose_jws_verify(jws, key, &ce))
		e = err_new(ERR_UNAUTHENTICATED, "the token's signature is wrong");
	else if (cjose_jws_get_plaintext(jws, &payload, &n, &ce))
		*claims = jwt_json((struct str){(char *)payload, n});
	cjose_jws_release(jws);
	if (e == NULL && !json_is_object(*claims)) {
		json_freep(claims);
		e = err_new(ERR_UNAUTHENTICATED, "the token's claims are no JSON object");
	}
	return e;
}

static bool audience_ok(const json_t *aud, const char *const *wanted)
{
	const char *one = json_string_value(aud);
	json_t *item;
	size_t i;

	if (wanted == NULL || *wanted == NULL)
		return true;
	for (; *wanted != NULL; wanted++) {
		if (one != NULL && strcmp(one, *wanted) == 0)
			return true;
		json_array_foreach((json_t *)aud, i, item)
		{
			const char *s = json_string_value(item);

			if (s != NULL && strcmp(s, *wanted) == 0)
				return true;
		}
	}
	return false;
}

/* Seconds since 1970, possibly with a fraction. Absent is fine; false when it is no date.
 */
static bool date_claim(const json_t *claims, const char *name, bool *there, double *out)
{
	const json_t *j = json_object_get(claims, name);

	*there = j != NULL;
	*out = json_number_value(j);
	return j == NULL || (json_is_number(j) && isfinite(*out) && fabs(*out) < 1e12);
}

struct err *jwt_claims_check(const json_t *claims, const struct jwt_rules *r,
			     int64_t *exp_ms)
{
	const char *iss = json_string_value(json_object_get(claims, "iss"));
	double now = (double)clock_wall_ms() / 1000, skew = (double)r->skew_s;
	bool has_exp, has_nbf, has_iat;
	double exp, nbf, iat;

	if (iss == NULL || strcmp(iss, r->issuer) != 0)
		return err_new(ERR_UNAUTHENTICATED, "the token is from another issuer");
	if (!audience_ok(json_object_get(claims, "aud"), r->audiences))
		return err_new(ERR_UNAUTHENTICATED,
			       "the token is meant for another audience");
	if (!date_claim(claims, "exp", &has_exp, &exp) || !has_exp ||
	    !date_claim(claims, "nbf", &has_nbf, &nbf) ||
	    !date_claim(claims, "iat", &has_iat, &iat))
		return err_new(ERR_UNAUTHENTICATED,
			       "the token's times are missing or malformed");
	if (now >= exp + skew)
		return err_new(ERR_UNAUTHENTICATED, "the token has expired");
	now += skew + (double)r->ahead_s;
	if ((has_nbf && now < nbf) || (has_iat && now < iat))
		return err_new(ERR_UNAUTHENTICATED,
			       "the token is not valid yet (do the clocks agree?)");
	*exp_ms = (int64_t)((exp + skew) * 1000);
	return NULL;
}

int64_t jwt_issued_ms(const json_t *claims)
{
	bool there;
	double iat;

	return date_claim(claims, "iat", &there, &iat) && there ? llround(iat * 1000) : 0;
}

static cjose_jwk_t *own_key(const struct secret *key)
{
	cjose_err ce;
	cjose_jwk_t *jwk =
		cjose_jwk_create_oct_spec((const uint8_t *)key->p, key->n, &ce);

	OB_ASSERT(jwk != NULL);
	return jwk;
}

struct err *jwt_sign(const struct secret *key, json_t *take_claims, struct arena *a,
		     const char **token)
{
	char *text = json_dumps(take_claims, JSON_COMPACT);
	cjose_jwk_t *jwk = own_key(key);
	cjose_err ce;
	cjose_header_t *h = cjose_header_new(&ce);
	cjose_jws_t *jws = NULL;
	const char *out = NULL;

	json_decref(take_claims);
	if (text != NULL && h != NULL &&
	    cjose_header_set(h, CJOSE_HDR_ALG, CJOSE_HDR_ALG_HS256, &ce) &&
	    cjose_header_set(h, "typ", "JWT", &ce))
		jws = cjose_jws_sign(jwk, h, (const uint8_t *)text, strlen(text), &ce);
	if (jws != NULL && cjose_jws_export(jws, &out, &ce))
		*token = arena_strdup(a, out);
	cjose_jws_release(jws);
	cjose_header_release(h);
	cjose_jwk_release(jwk);
	free(text);
	return out != NULL ? NULL : err_new(ERR_INTERNAL, "a token could not be signed");
}

struct err *jwt_verify_own(struct str token, const struct secret *key, const char *issuer,
			   const char *audience, struct arena *a, json_t **claims,
			   int64_t *exp_ms)
{
	const struct jwt_rules rules = {
		.issuer = issuer,
		.audiences = (const char *const[]){audience, NULL},
		.ahead_s = AHEAD_S,
	};
	struct jwt_header h;
	cjose_jwk_t *jwk;
	struct err *e;

	TRY(jwt_header(token, a, &h));
	if (h.alg != JWT_HS256)
		return err_new(ERR_UNAUTHENTICATED, "the token is not one of ours");
	jwk = own_key(key);
	e = jwt_verify(token, &h, jwk, claims);
	cjose_jwk_release(jwk);
	TRY(e);
	e = jwt_claims_check(*claims, &rules, exp_ms);
	if (e != NULL)
		json_freep(claims);
	return e;
}
