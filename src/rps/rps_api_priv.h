/* SPDX-License-Identifier: Apache-2.0
 * What the files of the REST API share: handlers, answers, whose rows a request sees.
 */
#ifndef RPS_RPS_API_PRIV_H
#define RPS_RPS_API_PRIV_H

#include <iam/iam_http.h>
#include <rps/rps_check.h>
#include <rps/rps_priv.h>
#include <rps/rps_store_priv.h>

/* rps_api.c */
extern const struct http_route rps_routes[];
extern const size_t rps_routes_n;
struct http_server *rps_api_new(struct rps *r);
/* rows_api.c: the same for all nouns; the route's data is the noun */
http_handler_fn rps_rows_list, rps_rows_show, rps_rows_remove;
/* one file per noun */
http_handler_fn rps_cira_create, rps_cira_update;
http_handler_fn rps_ieee8021x_create, rps_ieee8021x_update;
http_handler_fn rps_wireless_create, rps_wireless_update;
http_handler_fn rps_proxy_create, rps_proxy_update;
http_handler_fn rps_domain_create, rps_domain_update;
http_handler_fn rps_profile_create, rps_profile_update, rps_profile_export;
/* system_api.c */
http_handler_fn rps_root, rps_health, rps_ready, rps_version, rps_audit, rps_events;
/* secrets_api.c */
http_handler_fn rps_device_credentials;

static inline struct rps *rps_of(const struct http_req *req)
{
	return req->app;
}

/* Whose rows the caller sees. Without authentication that is the tenant with the empty
 * id, as upstream's have it. */
static inline const char *rps_tenant(const struct http_req *req)
{
	return iam_http_caller(req)->tenant;
}

/* {"error":..,"message":..} */
static inline void rps_answer(struct http_res *res, int status, const char *error,
			      const char *message)
{
	iam_http_answer(res, status, error, "message", message);
}

/* Before a secret is given away: who asked for it is written down, or it is not given. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_audit_secret(struct http_req *req,
						       const char *device,
						       const char *detail);
/* Ends the check: true when something failed and was answered with 400. */
bool rps_check_refused(struct rps_check *c, struct http_res *res);

/* Of a body: the text, or NULL. */
static inline const char *rps_text(const json_t *body, const char *key)
{
	return json_string_value(json_object_get(body, key));
}
/* Copies the named keys that the body has, be they null. */
void rps_take(json_t *values, const json_t *body, const char *const *keys);
/* The same for those that are not null: null keeps what is there. */
void rps_merge(json_t *values, const json_t *body, const char *const *keys);

/* The rules of a noun; update: of a PATCH. It may put defaults and the like into
 * c->fields. */
typedef OB_SUSPENDS struct err *rps_rules_fn(struct http_req *req, struct rps_check *c,
					     bool update);
/* The beginning of every POST: the body, checked; new reference. *answered: with 400. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_begin_create(struct http_req *req,
						       struct http_res *res,
						       rps_rules_fn *rules, json_t **body,
						       bool *answered);
/* Of every PATCH: the same, then the row that is there; values is what it holds, to be
 * merged with. *answered also when there is no such row (404), or another version (409,
 * or 412 with If-Match; proxies have none). rps_updating_fini in any case. */
struct rps_updating {
	json_t *body, *values;
	struct rps_row old;
};
OB_MUST_CHECK OB_SUSPENDS struct err *rps_begin_update(struct http_req *req,
						       struct http_res *res,
						       rps_rules_fn *rules,
						       struct rps_updating *u,
						       bool *answered);
void rps_updating_fini(struct rps_updating *u);
/* Of the route's noun, for the caller's tenant. */
static inline struct rps_change rps_change_of(const struct http_req *req,
					      const json_t *values)
{
	return (struct rps_change){
		.noun = req->route->data, .tenant = rps_tenant(req), .values = values};
}
/* Writes and answers: 201 with the row, or upstream's errors. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_finish_create(struct http_req *req,
							struct http_res *res,
							const struct rps_change *c);
OB_MUST_CHECK OB_SUSPENDS struct err *rps_finish_update(struct http_req *req,
							struct http_res *res,
							const struct rps_change *c,
							const struct rps_row *old);

/* Does the tenant have an 802.1x configuration of this name, and is it wired? */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_ieee8021x_look(struct http_req *req,
							 const char *name, bool *exists,
							 bool *wired);
OB_MUST_CHECK OB_SUSPENDS struct err *rps_row_exists(struct http_req *req,
						     const struct rps_noun *noun,
						     const char *name, bool *exists);

/* rps_tls.c: what TLS/<profile> holds; made on the crypto pool. New reference. */
OB_MUST_CHECK OB_SUSPENDS struct err *rps_tls_make(const char *profile, struct arena *a,
						   struct deadline until, json_t **out);

#endif
