/* SPDX-License-Identifier: Apache-2.0
 * Who calls and what they may: built-in users, HS256 tokens as upstream's /authorize
 * gives them, OIDC tokens, roles, tenants, redirection tokens.
 *
 * Keys: login tokens and redirection tokens are signed with different keys, kept in the
 * secret store under "outband/keys" and made on first start; a configured upstream
 * default key is refused.
 *
 * A token counts until it ends, or is revoked: by itself (logout), by its id, or with all
 * that its user has. That holds after a restart too, and in every process that shares the
 * database within some two seconds.
 */
#ifndef IAM_IAM_H
#define IAM_IAM_H

#include <base/config.h>
#include <base/list.h>
#include <net/http_client.h>
#include <store/db.h>
#include <store/secrets.h>

/* What a route may need. Every route names at least one bit; IAM_OPEN alone is for
 * health and authorize. */
enum iam_perm {
	IAM_OPEN = 1u << 0,
	IAM_ANY = 1u << 1, /* any authenticated caller */
	IAM_DEVICE_READ = 1u << 2,
	IAM_DEVICE_WRITE = 1u << 3,
	IAM_POWER = 1u << 4,
	IAM_REDIRECT = 1u << 5,
	IAM_SECRET_READ = 1u << 6,
	IAM_ADMIN = 1u << 7,
	IAM_PROFILE_READ = 1u << 8,
	IAM_PROFILE_WRITE = 1u << 9,
	IAM_METRICS = 1u << 10, /* this process's figures: no device, no tenant */
	IAM_ASSIST = 1u << 11,	/* be an Enterprise Assistant */
};

struct iam;

struct iam_caller {
	const char *name;   /* user name or subject */
	const char *tenant; /* the tenant this request acts in; "" = the default one */
	uint32_t perms;
	int64_t until_ms; /* wall clock: when the token ends; INT64_MAX = never */
	/* The login's; NULL = there was none (auth.mode none). */
	const char *token_id;
	int64_t issued_ms;
	bool all_tenants; /* auth.mode none: upstream's behaviour without middleware */
};

extern const struct config_setting iam_settings[];
extern const size_t iam_settings_n;

/* Reads settings (c must outlive the result), makes keys and (first start) the admin
 * user; *generated gets the admin password once when it was generated (wipe it), else
 * stays unset. generated NULL: the admin user is not made when that would take a
 * generated password. A configured admin password that differs from the stored one
 * replaces it. auth.mode none is refused by iam_http_listen unless a listener is
 * loopback.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_start(const struct config *c, struct db *d,
						struct secrets *s,
						struct http_client *http,
						struct iam **out,
						struct secret *generated);
OB_SUSPENDS void iam_stop(struct iam *i);
bool iam_mode_none(const struct iam *i);
/* Whether routes that need IAM_METRICS alone are answered without a token. */
bool iam_metrics_open(const struct iam *i);
/* `outband migrate` without starting anything; iam_start does it too when users are built
 * in. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_migrate(struct db *d, struct deadline until,
						  int *applied);

/* Authorization header value and ActiveProjectID header value (either may be NULL).
 * Errors: ERR_UNAUTHENTICATED, ERR_FORBIDDEN (a project the token does not hold),
 * ERR_UNAVAILABLE (issuer's keys cannot be had). Result in the arena. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_authenticate(
	struct iam *i, const char *authorization, const char *project, struct arena *a,
	struct deadline until, struct iam_caller **out);

/* POST /authorize: checks the password (hashing offloaded, failed attempts limited per
 * user and address, and per address) and signs a login token in the arena.
 * ERR_UNAUTHENTICATED with upstream's text; ERR_NOT_FOUND when built-in login is disabled
 * (405 upstream); ERR_LIMITED, with the time to wait, after too many attempts. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_login(struct iam *i, const char *user,
						struct str password, const char *peer,
						struct arena *a, struct deadline until,
						const char **token);
/* `outband token`: a login token for a user name, tenant and role without password (local
 * operator with access to the data directory). */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_issue(struct iam *i, const char *user,
						const char *tenant, const char *role,
						int64_t minutes, struct arena *a,
						const char **token);

/* The caller's own token counts no more. Nothing to do without one. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_logout(struct iam *i,
						 const struct iam_caller *who,
						 struct deadline until);
/* Everything that the user has got until now, or (user NULL) the token of that id.
 * tenant: only what they give in that tenant; "" = anywhere. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_revoke(struct iam *i, const char *user,
						 const char *token_id, const char *tenant,
						 struct deadline until);
/* For what outlives a request (sessions, streams): whether the caller's token still
 * counts, its end aside. */
bool iam_still_valid(struct iam *i, const struct iam_caller *who);
/* fn is called, on the loop, after something was revoked; it does not suspend. The
 * caller's memory, until iam_unwatch. */
struct iam_watch {
	struct list link;
	void (*fn)(void *arg);
	void *arg;
};
void iam_watch(struct iam *i, struct iam_watch *w);
void iam_unwatch(struct iam_watch *w);

/* Redirection tokens: bound to tenant, user, device and, when given, mode
 * ("kvm"|"sol"|"ider"). Verifying: ERR_UNAUTHENTICATED (no token of this kind, expired),
 * ERR_FORBIDDEN (for another device or mode). The caller has the permissions that the one
 * who asked for the token had. */
OB_MUST_CHECK struct err *iam_redirection_token(struct iam *i,
						const struct iam_caller *who,
						const char *guid, const char *mode,
						struct arena *a, const char **token);
OB_MUST_CHECK struct err *iam_redirection_verify(struct iam *i, struct str token,
						 const char *guid, const char *mode,
						 struct arena *a,
						 struct iam_caller **out);

/* Built-in users. Tenant "" is the default one. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_user_set(struct iam *i, const char *name,
						   struct str password,
						   const char *tenant, const char *role,
						   struct deadline until);

#endif
