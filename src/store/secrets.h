/* SPDX-License-Identifier: Apache-2.0
 * Secret store with one interface: sealed (embedded) or HashiCorp Vault KV v2.
 *
 * A secret is a JSON object under a path ("devices/<guid>", "MPSCerts"), as upstream
 * keeps them (mps.md 8.3). "Not there" (ERR_NOT_FOUND) and "cannot be asked"
 * (ERR_UNAVAILABLE) are different errors, always.
 *
 * Sealed: AES-256-GCM rows in a SQLite file of their own, path and version as additional
 * data; key in a 0600 file beside it. Vault: token renewed at half its life, token file
 * re-read when it changes or on 403; no connection or device is dropped meanwhile.
 *
 * Paths are relative, at most 512 bytes, without empty, "." and ".." parts (ERR_INVALID);
 * a value has at most 1 MiB as JSON (ERR_TOO_LARGE). ERR_TIMEOUT only when the caller's
 * own deadline passed.
 */
#ifndef STORE_SECRETS_H
#define STORE_SECRETS_H

#include <base/clock.h>
#include <base/err.h>
#include <base/secret.h>
#include <jansson.h>
#include <rt/rt.h>

struct secrets;

struct secrets_config {
	const char *url;	 /* "file:/dir/secrets.db" | "vault+http://host:8200" |
				    "vault+https://..." */
	const char *vault_path;	 /* "secret/data/" (trailing slash or not) */
	const char *vault_token; /* from setting or environment; or */
	const char *vault_token_file; /* re-read when it changes */
	const char *vault_ca_file;
	const char *vault_namespace;
};

/* Sealed: makes file and key on first use; ERR_INVALID when the key is gone, another one
 * or accessible to others. Vault: does not fail when it is away or its token file has not
 * come yet: calls then give ERR_UNAVAILABLE. */
OB_MUST_CHECK OB_SUSPENDS struct err *secrets_open(const struct secrets_config *c,
						   struct secrets **out);
OB_SUSPENDS void secrets_close(struct secrets *s);
const char *secrets_name(const struct secrets *s);

/* New reference in *out; wipe-free JSON is jansson's, so callers copy what they keep into
 * struct secret and decref soon. */
OB_MUST_CHECK OB_SUSPENDS struct err *secrets_get(struct secrets *s, const char *path,
						  struct deadline until, json_t **out);
/* One text value of a secret; ERR_NOT_FOUND when path or key is absent. */
OB_MUST_CHECK OB_SUSPENDS struct err *secrets_get_text(struct secrets *s,
						       const char *path, const char *key,
						       struct deadline until,
						       struct secret *out);
/* Replaces the whole object; durable on return. Does not take the reference. */
OB_MUST_CHECK OB_SUSPENDS struct err *secrets_put(struct secrets *s, const char *path,
						  json_t *value, struct deadline until);
/* The same, but ERR_CONFLICT when there is one already: for what instances that start at
 * the same moment make; the loser reads what the winner stored. */
OB_MUST_CHECK OB_SUSPENDS struct err *secrets_create(struct secrets *s, const char *path,
						     json_t *value,
						     struct deadline until);
/* Reads, lets fn change the object, writes it; all again when somebody else, in whatever
 * program, wrote meanwhile. What fn leaves as it was is not written. create: fn gets an
 * empty object when there is none, else that is ERR_NOT_FOUND. fn does not suspend; its
 * error ends it and nothing is written. */
typedef struct err *secrets_change_fn(json_t *value, const void *arg);
OB_MUST_CHECK OB_SUSPENDS struct err *secrets_change(struct secrets *s, const char *path,
						     bool create, secrets_change_fn *fn,
						     const void *arg,
						     struct deadline until);
/* All versions. Absent is fine. */
OB_MUST_CHECK OB_SUSPENDS struct err *secrets_delete(struct secrets *s, const char *path,
						     struct deadline until);
/* Names directly below a folder ("devices/"), folders with a trailing slash. */
OB_MUST_CHECK OB_SUSPENDS struct err *secrets_list(struct secrets *s, const char *folder,
						   struct arena *a, struct deadline until,
						   const char ***names, size_t *n);
/* Health as upstream's /health shows it: {"name":"VAULT","status":{...}} (mps.md 1),
 * sealed: "EMBEDDED"; *ok. Never fails; new reference. */
OB_SUSPENDS json_t *secrets_health(struct secrets *s, struct deadline until, bool *ok);

#endif
