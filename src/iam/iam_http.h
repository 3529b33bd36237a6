/* SPDX-License-Identifier: Apache-2.0
 * What the REST servers of all components share: who calls and whether that is allowed,
 * and how errors are answered (mps.md 0.2).
 */
#ifndef IAM_IAM_HTTP_H
#define IAM_IAM_HTTP_H

#include <iam/iam.h>
#include <net/http_server.h>

/* Binds the address that the setting names. ERR_INVALID when that is not loopback while
 * auth.mode is none; http_server_listen's. */
OB_MUST_CHECK struct err *iam_http_listen(struct iam *i, struct http_server *s,
					  const struct config *c, const char *key);
/* The before hook's work: authenticates and compares permissions, unless the route is
 * IAM_OPEN (or for metrics, where these are open); then iam_http_caller has the caller.
 * ERR_UNAUTHENTICATED, ERR_FORBIDDEN, ERR_UNAVAILABLE. */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_http_before(struct iam *i,
						      struct http_req *req);
/* The same in a project that the request does not name, and what it names (or NULL). */
OB_MUST_CHECK OB_SUSPENDS struct err *iam_http_before_in(struct iam *i,
							 struct http_req *req,
							 const char *project);
const char *iam_http_project(const struct http_req *req);
static inline const struct iam_caller *iam_http_caller(const struct http_req *req)
{
	return req->caller;
}

/* {"error":<error>,"<key>":<text>}; either may be NULL and is then left out. Replaces
 * what the body had. */
void iam_http_answer(struct http_res *res, int status, const char *error, const char *key,
		     const char *text);
/* The same for an error: status and name by its kind, its outermost message as text. Our
 * own mistakes are the log's business: they are answered without. */
void iam_http_answer_err(struct http_res *res, const struct err *e, const char *key);
/* Upstream's text for a kind ("Not Found"), or NULL. */
const char *iam_http_text(enum err_kind kind);

#endif
