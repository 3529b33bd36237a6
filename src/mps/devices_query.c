/* SPDX-License-Identifier: Apache-2.0
 * Reading devices (mps.md 2).
 */
#include <mps/mps_api_priv.h>

#define DEFAULT_TOP 25

/* Another tenant's device is not told apart from one that does not exist; only without
 * authentication, where ?tenantId= merely selects, is a mismatch upstream's 204. */
struct err *mps_device_show(struct http_req *req, struct http_res *res)
{
	const struct iam_caller *who = mps_caller(req);
	const char *named = http_req_query(req, "tenantId");
	const char *guid, *tenant;
	struct mps_device d;

	if (v_guid_refused(req, res, &guid))
		return NULL;
	bool mine = mps_tenant_select(req, named, &tenant);
	struct err *e = mine ? mps_device_get(mps_of(req)->db, guid, mps_tenant(req),
					      req->arena, req->until, &d)
			     : err_new(ERR_NOT_FOUND, "another tenant was named");
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		res->status = 404;
		return NULL;
	}
	TRY(e);
	if (who->all_tenants && tenant != MPS_ANY_TENANT && strcmp(d.tenant, tenant) != 0)
		res->status = 204;
	else
		mps_device_json(&res->body, &d, true);
	return NULL;
}

static bool query_refused(const json_t *query, struct http_res *res)
{
	/* clang-format off */
	static const struct v_rule rules[] = {
		{"$top", V_OPTIONAL,
		 {{V_INT,
		   .msg = "The number of items to return should be a positive integer"}}},
		{"$skip", V_OPTIONAL,
		 {{V_INT, .msg = "The number of items to skip before starting to collect the "
				 "result set should be a positive integer"}}},
		{"$count", V_OPTIONAL,
		 {{V_BOOLEAN, .msg = "To return total number of records in result set should "
				     "be boolean"}}},
		{"tags", V_OPTIONAL, {{V_STRING}}},
		{"hostname", V_OPTIONAL, {{V_LENGTH, .max = 256}, {V_STRING}}},
		{"friendlyName", V_OPTIONAL, {{V_STRING}}},
		{"status", V_OPTIONAL, {{V_NUMERIC}, {V_ONE_OF, .choices = "0|1"}}},
		{"method", V_OPTIONAL, {{V_ONE_OF, .choices = "AND|OR"}, {V_STRING}}},
	};
	/* clang-format on */
	struct v_errors errors = {0};

	v_fields(&errors, rules, ARRAY_LEN(rules), "query", query);
	return v_answer(&errors, res);
}

/* Valid by now; beyond what a database can count is as good as its greatest number. */
static int64_t number(const json_t *query, const char *name, int64_t def)
{
	const char *s = v_text(query, name);
	uint64_t v;

	if (s == NULL)
		return def;
	struct str digits = str_of(*s == '+' || *s == '-' ? s + 1 : s);
	return str_u64(digits, INT64_MAX, &v) ? (int64_t)v : INT64_MAX;
}

static void filter_of(const json_t *query, struct arena *a, struct mps_device_filter *f)
{
	const char *tags = v_text(query, "tags"), *status = v_text(query, "status");
	const char *method = v_text(query, "method");
	struct str left = str_of(tags), tag;

	f->hostname = v_text(query, "hostname");
	f->friendly_name = v_text(query, "friendlyName");
	f->connected = status == NULL ? -1 : status[0] == '1';
	f->top = number(query, "$top", DEFAULT_TOP);
	f->skip = number(query, "$skip", 0);
	f->tags_all = method != NULL && strcmp(method, "AND") == 0;
	if (tags == NULL)
		return;
	f->tags = arena_alloc(a, (left.n + 1) * sizeof(*f->tags));
	while (str_split(&left, ',', &tag))
		f->tags[f->n_tags++] = str_dup(a, tag);
}

struct err *mps_device_list_show(struct http_req *req, struct http_res *res)
{
	json_auto_t *query = v_query(req);
	struct mps_device_filter f = {.tenant = mps_tenant(req)};
	struct mps_device *v;
	size_t n;
	int64_t total;

	if (query_refused(query, res))
		return NULL;
	filter_of(query, req->arena, &f);
	const char *flag = v_text(query, "$count");
	bool count = flag != NULL && (flag[0] == 't' || flag[0] == '1');
	TRY(mps_device_list(mps_of(req)->db, &f, req->arena, req->until, &v, &n,
			    count ? &total : NULL));
	struct buf *b = &res->body;
	buf_adds(b, count ? "{\"data\":[" : "[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		mps_device_json(b, &v[i], false);
	}
	buf_addc(b, ']');
	if (count)
		buf_addf(b, ",\"totalCount\":%lld}", (long long)total);
	return NULL;
}

struct err *mps_device_stats_show(struct http_req *req, struct http_res *res)
{
	int64_t total, connected;

	TRY(mps_device_stats(mps_of(req)->db, mps_tenant(req), req->arena, req->until,
			     &total, &connected));
	buf_addf(&res->body, "{\"totalCount\":%lld,\"connectedCount\":%lld,",
		 (long long)total, (long long)connected);
	buf_addf(&res->body, "\"disconnectedCount\":%lld}",
		 (long long)MAX(total - connected, 0));
	return NULL;
}

struct err *mps_device_tags_show(struct http_req *req, struct http_res *res)
{
	const char **tags;
	size_t n;

	TRY(mps_device_tags(mps_of(req)->db, mps_tenant(req), req->arena, req->until,
			    &tags, &n));
	buf_addc(&res->body, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(&res->body, ',');
		v_json_text(&res->body, tags[i]);
	}
	buf_addc(&res->body, ']');
	return NULL;
}
