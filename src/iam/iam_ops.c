/* SPDX-License-Identifier: Apache-2.0 */
#include <iam/iam_ops.h>

#include <base/log.h>
#include <base/metrics.h>
#include <net/validate.h>

#define MONITOR_ROUTES 2 /* the first ones, at metrics.listen */

/* What is the whole server's is no tenant's to see or change. */
static struct err *tenants_refused(const struct iam_caller *who, const char *what)
{
	if (who == NULL || *who->tenant == '\0')
		return NULL;
	return err_new(ERR_FORBIDDEN,
		       "%s the whole server's; that takes a caller of the default tenant",
		       what);
}

static struct err *metrics_show(struct http_req *req, struct http_res *res)
{
	TRY(tenants_refused(req->caller, "the figures are"));
	res->content_type = METRICS_CONTENT_TYPE;
	metrics_text(&res->body);
	return NULL;
}

static struct err *live_show(struct http_req *req, struct http_res *res)
{
	http_res_text(res, 200, "text/plain; charset=utf-8", "ok\n");
	return NULL;
}

static struct err *log_level_show(struct http_req *req, struct http_res *res)
{
	http_res_json(res, 200, json_pack("{s:s}", "level", log_level_name(log_level())));
	return NULL;
}

static struct err *log_level_set(struct http_req *req, struct http_res *res)
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
	return log_level_show(req, res);
}

/* clang-format off */
const struct http_route iam_ops_routes[] = {
	{.method = "GET", .path = "/metrics", .handler = metrics_show, .needs = IAM_METRICS},
	{.method = "GET", .path = "/livez", .handler = live_show, .needs = IAM_OPEN},
	{.method = "GET", .path = "/api/v1/log/level", .handler = log_level_show,
	 .needs = IAM_ADMIN},
	{.method = "PUT", .path = "/api/v1/log/level", .handler = log_level_set,
	 .needs = IAM_ADMIN},
};
/* clang-format on */
const size_t iam_ops_routes_n = ARRAY_LEN(iam_ops_routes);

struct err *iam_ops_listen(const struct config *c, struct http_server **out)
{
	const char *at = config_str(c, "metrics.listen");
	struct http_server *s;
	struct err *e;

	*out = NULL;
	if (at == NULL || *at == '\0')
		return NULL;
	s = http_server_new(&(struct http_server_config){.name = "metrics"});
	http_server_routes(s, iam_ops_routes, MONITOR_ROUTES);
	e = http_server_listen(s, at, NULL);
	if (e != NULL) {
		http_server_free(s);
		return err_wrap(e, "metrics.listen");
	}
	log_info("figures are served", F_STR("at", at),
		 F_U64("port", http_server_port(s, 0)));
	*out = s;
	return NULL;
}

struct reader {
	struct iam *iam;
	const struct iam_caller *who;
};

static bool may_go_on(void *arg)
{
	const struct reader *r = arg;

	return iam_still_valid(r->iam, r->who);
}

struct err *iam_events_show(struct iam *i, struct events *e, const char *tenant,
			    struct http_req *req, struct http_res *res)
{
	const struct iam_caller *who = req->caller;
	const char *seconds = http_req_query(req, "seconds");
	int64_t until_ms = who->until_ms;
	uint64_t n;

	if (e == NULL)
		return err_new(ERR_UNAVAILABLE, "this server has no stream of events");
	if (seconds != NULL) {
		if (!str_u64(str_of(seconds), 86400, &n))
			return err_new(ERR_INVALID, "seconds is a number up to 86400");
		until_ms = MIN(until_ms, clock_wall_ms() + (int64_t)n * 1000);
	}
	struct reader r = {i, who};
	return events_serve(e, tenant, until_ms, may_go_on, &r, req, res);
}
