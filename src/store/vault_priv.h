/* SPDX-License-Identifier: Apache-2.0
 * Between Vault's secrets (secrets_vault.c), its requests (vault_call.c) and its token
 * (vault_token.c).
 */
#ifndef STORE_VAULT_PRIV_H
#define STORE_VAULT_PRIV_H

#include <net/http_client.h>
#include <store/secrets_priv.h>
#include <sys/stat.h>

struct vault {
	struct secrets base;
	struct http_client *http;
	char *addr;		     /* "http://host:8200" */
	char *data_path, *meta_path; /* "secret/data/", "secret/metadata/" */
	char *ns;		     /* or NULL */
	struct secret token;
	uint64_t token_serial;	/* counts the tokens had */
	char *token_file;	/* or NULL */
	struct stat token_stat; /* of the file when it was read */
	int64_t next_look_ms;
	bool file_bad; /* and that was told */
	struct waitq token_changed;
	struct fiber_group fibers;
};

/* --- vault_token.c --- */
/* Reads the file again when it changed; looks at most once per second unless now is set.
 */
void vault_token_refresh(struct vault *v, bool now);
/* The fiber that keeps the token alive. */
void vault_token_keep(void *arg);

/* --- vault_call.c --- */
struct vault_answer {
	struct arena a;
	long status;
	json_t *json; /* NULL when the body was none */
};
/* path: behind /v1/, encoded. With the token; a refused one is read again from its file
 * and tried once more. A status that is neither 2xx nor a plain 404 is an error. Wiped by
 * vault_answer_fini. */
OB_MUST_CHECK OB_SUSPENDS struct err *vault_call(struct vault *v, const char *method,
						 const char *path, struct str body,
						 struct deadline until,
						 struct vault_answer *out);
/* Without token and judgement. */
OB_MUST_CHECK OB_SUSPENDS struct err *vault_get_open(struct vault *v, const char *path,
						     struct deadline until,
						     struct vault_answer *out);
void vault_answer_fini(struct vault_answer *r);

#endif
