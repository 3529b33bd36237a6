/* SPDX-License-Identifier: Apache-2.0
 * What the files of src/iam share.
 *
 * A bearer token goes: text -> SHA-256 -> cache of verified tokens, else iam_login.c
 * (HS256, ours) or iam_oidc.c (the issuer's keys) -> claims -> iam_roles.c: an identity,
 * that is a name and what it may in which tenants -> with the request's project header: a
 * caller.
 */
#ifndef IAM_IAM_PRIV_H
#define IAM_IAM_PRIV_H

#include <iam/iam.h>

#include <base/list.h>
#include <base/log.h>
#include <cjose/cjose.h>
#include <rt/fiber.h>
#include <rt/offload.h>

/* Fits a request head; tokens with a role per project grow large. */
#define IAM_MAX_TOKEN 16000

/* --- iam_jwt.c: signed tokens, no I/O --- */

enum jwt_alg {
	JWT_HS256,
	JWT_RS256,
	JWT_RS384,
	JWT_RS512,
	JWT_PS256,
	JWT_PS384,
	JWT_PS512,
	JWT_ES256,
	JWT_ES384,
	JWT_ES512,
};

struct jwt_header {
	enum jwt_alg alg;
	const char *alg_name; /* static */
	const char *kid;      /* NULL = none named */
};

struct jwt_rules {
	const char *issuer;	      /* iss must equal it */
	const char *const *audiences; /* aud must hold one of them; NULL or empty = any */
	int64_t skew_s;
	int64_t ahead_s; /* more of it for nbf and iat alone */
};

/* JSON of at most 32 levels, no duplicate keys; NULL when it is none. */
json_t *jwt_json(struct str text);
/* Of verified claims: iat in ms; 0 when there is none. */
int64_t jwt_issued_ms(const json_t *claims);
/* The header of a token that nobody verified yet. ERR_UNAUTHENTICATED also for algorithms
 * that are not on the list, "none" above all. */
OB_MUST_CHECK struct err *jwt_header(struct str token, struct arena *a,
				     struct jwt_header *out);
/* Is the key of the kind, size and curve that the algorithm needs? */
bool jwt_key_fits(enum jwt_alg alg, const cjose_jwk_t *key);
/* Checks the signature; only then are the claims (new reference) what somebody said who
 * has the key. */
OB_MUST_CHECK struct err *jwt_verify(struct str token, const struct jwt_header *h,
				     const cjose_jwk_t *key, json_t **claims);
/* iss, aud, exp (required), nbf, iat. *exp_ms: wall clock, when the token ends, skew
 * included. */
OB_MUST_CHECK struct err *jwt_claims_check(const json_t *claims,
					   const struct jwt_rules *r, int64_t *exp_ms);
/* Our own tokens: HS256. In the arena. Takes the claims. */
OB_MUST_CHECK struct err *jwt_sign(const struct secret *key, json_t *take_claims,
				   struct arena *a, const char **token);
OB_MUST_CHECK struct err *jwt_verify_own(struct str token, const struct secret *key,
					 const char *issuer, const char *audience,
					 struct arena *a, json_t **claims,
					 int64_t *exp_ms);
static inline void json_freep(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}

/* --- iam_roles.c: claims and roles -> what one may where --- */

#define IAM_ALL_PERMS                                                          \
	(IAM_OPEN | IAM_ANY | IAM_DEVICE_READ | IAM_DEVICE_WRITE | IAM_POWER | \
	 IAM_REDIRECT | IAM_SECRET_READ | IAM_ADMIN | IAM_PROFILE_READ |       \
	 IAM_PROFILE_WRITE | IAM_METRICS | IAM_ASSIST)

struct iam_role {
	char *name;
	uint32_t perms;
};

struct iam_roles {
	struct iam_role *v;
	size_t n;
};

/* Built-in roles, overridden and extended by "role=perm+perm" texts. */
OB_MUST_CHECK struct err *iam_roles_init(struct iam_roles *r, const char *const *texts);
void iam_roles_fini(struct iam_roles *r);
/* NULL = no such role. */
const struct iam_role *iam_role_find(const struct iam_roles *r, struct str name);

struct iam_grant {
	const char *tenant;
	uint32_t perms;
};

struct iam_identity {
	const char *name;
	struct iam_grant *grants;
	size_t n_grants;
	/* Tenancy is off and the token comes from an issuer: grants say which projects
	 * the header may name, the caller's tenant is the empty one. */
	bool one_tenant;
	int64_t exp_ms;	      /* wall clock */
	const char *token_id; /* its jti, else made of its hash */
	int64_t issued_ms;    /* its iat; 0 = unknown */
};

struct iam_claim_paths {
	const char *roles;  /* "realm_access.roles" */
	const char *tenant; /* NULL = none */
	bool tenancy;
};

/* Of a verified OIDC token. In the arena. */
void iam_identity_from_claims(const struct iam_roles *r,
			      const struct iam_claim_paths *paths, const json_t *claims,
			      struct arena *a, struct iam_identity *out);
/* Chooses the tenant; everything in *out is copied to the arena. */
OB_MUST_CHECK struct err *iam_identity_select(const struct iam_identity *id,
					      const char *project, struct arena *a,
					      struct iam_caller **out);

/* --- iam_cache.c: verified tokens, so that a request need not verify again --- */

#define IAM_CACHE_MAX 4096
#define IAM_CACHE_HASH 32

struct iam_cache_entry;

struct iam_cache {
	struct list *buckets;
	struct list used; /* least recently used first */
	size_t n;
	EVP_MD *sha256;
	EVP_MD_CTX *md;
};

void iam_cache_init(struct iam_cache *c);
void iam_cache_fini(struct iam_cache *c);
void iam_cache_hash(struct iam_cache *c, struct str token, uint8_t hash[IAM_CACHE_HASH]);
/* Borrowed until the next call or suspension; NULL = unknown or ended. */
const struct iam_identity *iam_cache_get(struct iam_cache *c,
					 const uint8_t hash[IAM_CACHE_HASH]);
void iam_cache_put(struct iam_cache *c, const uint8_t hash[IAM_CACHE_HASH],
		   const struct iam_identity *id);
void iam_cache_clear(struct iam_cache *c);

/* --- iam_revoked.c: tokens that count no more --- */

#define IAM_REVOKED_TOKEN "token"
#define IAM_REVOKED_USER "user"

struct iam_revoked {
	struct list *buckets;
	struct list all, watches;
};

void iam_revoked_init(struct iam_revoked *r);
void iam_revoked_fini(struct iam_revoked *r);
/* Reads what there is, then keeps looking. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_revoked_start(struct iam *i);
/* Takes away what was revoked of a token that was just verified. ERR_UNAUTHENTICATED:
 * nothing is left. */
OB_MUST_CHECK struct err *iam_revoked_apply(struct iam_revoked *r,
					    struct iam_identity *id);

/* --- iam_limit.c: attempts to log in --- */

struct iam_limit {
	struct list *buckets;
	struct list used;
	size_t n;
	int64_t capacity, window_ms; /* so many attempts per so long */
};

#define IAM_LIMIT_MAX 4096

void iam_limit_init(struct iam_limit *l, int64_t capacity, int64_t window_ms);
void iam_limit_fini(struct iam_limit *l);
/* Takes one attempt: 0, or the ms until there will be one. */
int64_t iam_limit_take(struct iam_limit *l, const char *key);
/* It was a good one: gives it back. */
void iam_limit_give(struct iam_limit *l, const char *key);
/* What counts as one address: IPv4 whole, IPv6 its /64. */
void iam_limit_address(const char *peer, char out[64]);

/* --- iam_password.c --- */

#define IAM_SCRYPT_LOG_N 15 /* with r 8: 32 MiB and some 80 ms */
#define IAM_HASH_SIZE 128
#define IAM_MAX_PASSWORD 1024

/* "scrypt$15$8$1$<salt>$<hash>", base64url. Blocks: run on a worker. */
bool iam_password_hash(struct str password, unsigned log_n, char out[IAM_HASH_SIZE]);
/* Blocks. hash NULL (no such user) takes as long as a real one and is false. */
bool iam_password_check(struct str password, const char *hash, unsigned log_n);

/* --- iam_users.c --- */

struct iam_user {
	const char *name, *tenant, *role;
	const char *hash;
};

struct iam_hashing {
	unsigned running, waiting;
	struct waitq turn;
};

OB_MUST_CHECK OB_SUSPENDS struct err *iam_users_start(struct iam *i, const char *admin,
						      const char *password,
						      struct secret *generated);
/* ERR_UNAUTHENTICATED when name or password are wrong. In the arena. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_user_check(struct iam *i, const char *name,
						     struct str password, struct arena *a,
						     struct deadline until,
						     struct iam_user *out);

/* --- iam_keys.c --- */

OB_MUST_CHECK OB_SUSPENDS struct err *iam_keys_load(struct iam *i, struct secrets *s,
						    const char *configured);

/* --- iam_login.c --- */

#define IAM_WRONG_LOGIN "Incorrect Username and/or Password!"

/* *claims: a new reference, or NULL. */
OB_MUST_CHECK struct err *iam_login_verify(struct iam *i, struct str token,
					   json_t **claims, struct arena *a,
					   struct iam_identity *out);

/* --- iam_oidc.c --- */

struct oidc;

struct oidc_config {
	const char *issuer, *jwks_url, *ca_file;
	const char *const *audiences;
	int64_t skew_s;
	struct http_client *http; /* used unless ca_file is set */
	rt_fn *keys_changed;
	void *arg;
};

OB_MUST_CHECK struct err *oidc_start(const struct oidc_config *c, struct oidc **out);
OB_SUSPENDS void oidc_stop(struct oidc *o);
/* Signature and claims; new reference. Does not suspend after it verified. */
OB_MUST_CHECK OB_SUSPENDS struct err *oidc_verify(struct oidc *o, struct str token,
						  struct arena *a, struct deadline until,
						  json_t **claims, int64_t *exp_ms);

enum iam_mode { IAM_MODE_BUILTIN, IAM_MODE_OIDC, IAM_MODE_NONE };

struct iam {
	enum iam_mode mode;
	bool logins; /* built-in users exist and may log in */
	bool metrics_open;
	struct db *db;
	const char *issuer; /* of our own tokens */
	int64_t login_min, redirection_min;
	struct secret login_key, redirection_key;
	struct iam_roles roles;
	struct iam_claim_paths paths;
	struct iam_cache cache;
	struct iam_revoked revoked;
	struct iam_limit by_pair, by_address;
	struct iam_limit noted; /* audit records of refused attempts */
	struct iam_hashing hashing;
	unsigned scrypt_log_n;
	struct oidc *oidc;
	/* The configured admin password is being compared with the stored one. */
	bool admin_pending;
	struct waitq admin_done;
	char *admin_name;
	struct secret admin_password;
	struct fiber_group fibers;
};

#endif
