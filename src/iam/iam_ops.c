/* SPDX-License-Identifier: Apache-2.0 */
#include <iam/iam_ops.h>

#include <base/log.h>
#include <base/metrics.h>
#include <net/validate.h>

/* What is the whole server's is no tenant's to see or change. */
static struct err *tenants_refused(const struct iam_caller *who, const char *what)
{
	if (who == NULL || *who->tenant == '\0')
		return NULL;
	return err_new(ERR_FORBIDDEN,
		       "%s the whole server's; that takes a caller of the default tenant",
		       what);
}

struct err *iam_metrics_show(struct http_req *req, struct http_res *res)
{
	TRY(tenants_refused(req->caller, "the figures are"));
	res->content_type = METRICS_CONTENT_TYPE;
	metrics_text(&res->body);
	return NULL;
}

struct err *iam_live_show(struct http_req *req, struct http_res *res)
{
	http_res_text(res, 200, "text/plain; charset=utf-8", "ok\n");
	return NULL;
}

struct err *iam_log_level_show(struct http_req *req, struct http_res *res)
{
	http_res_json(res, 200, json_pack("{s:s}", "level", log_level_name(log_level())));
	return NULL;
}

struct err *iam_log_level_set(struct http_req *req, struct http_res *res)
{
	static const struct v_rule rules[] = {
		{"level",
		 V_REQUIRED,
		 {{V_STRING, V_BAIL},
		  {V_ONE_OF, .choices = "error|warn|info|debug|trace"}}},
	};
	const struct iam_caller *who = req->caller;
	struct v_errors errors = {0};
	enum log_level level;
	json_t *body;

	TRY(tenants_refused(who, "the log level is"));
	TRY(http_req_json(req, &body));
	v_fields(&errors, rules, ARRAY_LEN(rules), "body", body);
	if (v_answer(&errors, res))
		return NULL;
	const char *name = json_string_value(json_object_get(body, "level"));
	OB_ASSERT(log_level_parse(name, &level));
	log_set_level(level);
	log_info("log level changed", F_STR("level", name), F_STR("user", who->name));
	req->note = name;
	return iam_log_level_show(req, res);
}
