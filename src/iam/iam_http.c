/* SPDX-License-Identifier: Apache-2.0 */
#include <iam/iam_http.h>

#include <net/validate.h>

/* Upstream's table of error texts, extended by the kinds it does not use. */
static const char *const texts[] = {
	[ERR_INVALID] = "Incorrect URI or Bad Request",
	[ERR_UNAUTHENTICATED] = "Unauthorized",
	[ERR_FORBIDDEN] = "Forbidden",
	[ERR_NOT_FOUND] = "Not Found",
	[ERR_CONFLICT] = NULL,
	[ERR_TOO_LARGE] = "Payload Too Large",
	[ERR_LIMITED] = "Too Many Requests",
	[ERR_TIMEOUT] = "Timeout Error",
	[ERR_UNAVAILABLE] = "Service Unavailable",
	[ERR_DEVICE] = "Bad Gateway",
	[ERR_CLOSED] = "Bad Gateway",
	[ERR_CANCELLED] = "Service Unavailable",
	[ERR_INTERNAL] = "Internal Server Error",
};

const char *iam_http_text(enum err_kind kind)
{
	return texts[kind];
}

static const char *header_of(const struct http_req *req, const char *name)
{
	const struct http_header *h = http_header(req->head, name);

	return h != NULL ? str_dup(req->arena, h->value) : NULL;
}

struct err *iam_http_before(struct iam *i, struct http_req *req)
{
	return iam_http_before_in(i, req, iam_http_project(req));
}

const char *iam_http_project(const struct http_req *req)
{
	return header_of(req, "activeprojectid");
}

struct err *iam_http_before_in(struct iam *i, struct http_req *req, const char *project)
{
	uint32_t needs = req->route->needs;
	struct iam_caller *who;

	if (needs & IAM_OPEN || (needs == IAM_METRICS && iam_metrics_open(i)))
		return NULL;
	TRY(iam_authenticate(i, header_of(req, "authorization"), project, req->arena,
			     req->until, &who));
	req->caller = who;
	needs &= ~(uint32_t)IAM_ANY;
	if ((who->perms & needs) != needs)
		return err_new(ERR_FORBIDDEN, "%s may not do this", who->name);
	return NULL;
}

struct err *iam_http_listen(struct iam *i, struct http_server *s, const struct config *c,
			    const char *key)
{
	const char *at = config_str(c, key);

	TRY(http_server_listen(s, at, NULL));
	if (iam_mode_none(i) && !http_server_is_loopback(s))
		return err_new(ERR_INVALID,
			       "auth.mode is none, which is only allowed on a loopback "
			       "listener, but %s is %s",
			       key, at);
	return NULL;
}

void iam_http_answer(struct http_res *res, int status, const char *error, const char *key,
		     const char *text)
{
	struct buf *b = &res->body;

	buf_clear(b);
	res->status = status;
	buf_addc(b, '{');
	if (error != NULL) {
		buf_adds(b, "\"error\":");
		v_json_text(b, error);
	}
	if (text != NULL) {
		buf_addf(b, "%s\"%s\":", error != NULL ? "," : "", key);
		v_json_text(b, text);
	}
	buf_addc(b, '}');
}

void iam_http_answer_err(struct http_res *res, const struct err *e, const char *key)
{
	if (e->kind == ERR_UNAUTHENTICATED)
		http_res_header(res, "WWW-Authenticate", "Bearer");
	iam_http_answer(res, http_err_status(e->kind), texts[e->kind], key,
			e->kind == ERR_INTERNAL && e->cause == NULL ? NULL : e->msg);
}
