/* SPDX-License-Identifier: Apache-2.0
 * Who did what to which device, when, with what outcome, from where: table ob_audit,
 * which the database itself lets nobody change (triggers), nor delete from but what is
 * older than audit.retention_days. Components add to it; GET /api/v1/audit reads it.
 *
 * Records hold no secrets: never a body, a token or a password.
 */
#ifndef IAM_IAM_AUDIT_H
#define IAM_IAM_AUDIT_H

#include <iam/iam.h>
#include <net/http_server.h>

struct iam_audit {
	int64_t id; /* rising; set when read */
	int64_t at; /* wall clock, ms; 0 = now */
	const char *who, *tenant;
	const char *what;    /* "POST /api/v1/amt/power/action/{guid}", "kvm session" */
	const char *device;  /* GUID or NULL */
	const char *outcome; /* an HTTP status, or a word */
	const char *peer;    /* address or NULL */
	const char *detail;  /* a few words or NULL */
};

OB_MUST_CHECK OB_SUSPENDS struct err *iam_audit_migrate(struct db *d,
							struct deadline until,
							int *applied);

/* Durable on return. Texts are cut at 512 bytes. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_audit_add(struct db *d,
						    const struct iam_audit *record,
						    struct deadline until);
/* The same for who cannot do anything about a failure: it is logged as an error. Also
 * when the fiber is cancelled; at most 5 s. */
OB_SUSPENDS void iam_audit_note(struct db *d, const struct iam_audit *record);

struct iam_audit_filter {
	const char *tenant; /* NULL = all */
	const char *device; /* NULL = all */
	const char *who;    /* NULL = all */
	int64_t before;	    /* id; 0 = from the newest */
	int64_t top;
};
/* Newest first; in the arena. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_audit_list(struct db *d,
						     const struct iam_audit_filter *f,
						     struct arena *a,
						     struct deadline until,
						     struct iam_audit **out, size_t *n);

/* Deletes what is older, a few hundred rows at a time. The newest day's cannot be
 * deleted: ERR_INVALID. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_audit_prune(struct db *d, int64_t before_ms,
						      struct deadline until,
						      int64_t *gone);
/* Does so every hour, as audit.retention_days says; NULL when everything is kept. Free it
 * before the database goes. */
struct iam_audit_keeper;
struct iam_audit_keeper *iam_audit_keeper_new(struct db *d, const struct config *c);
OB_SUSPENDS void iam_audit_keeper_free(struct iam_audit_keeper *k);

/* For http_server_config.after: notes a request that changed something or asked for a
 * secret or a redirection token. who may be NULL (nobody was recognised). */
OB_SUSPENDS void iam_audit_request(struct db *d, const struct http_req *req,
				   const struct iam_caller *who, int status);
/* GET /api/v1/audit?$top=&before=&device=&user=: what happened in the caller's tenant,
 * {"records":[...],"next":id or null}; next goes into before. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_audit_show(struct db *d,
						     const struct iam_caller *who,
						     struct http_req *req,
						     struct http_res *res);

#endif
