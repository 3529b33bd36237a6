/* SPDX-License-Identifier: Apache-2.0
 * The REST API of the MPS: which path is whose, who may call it, and what errors look
 * like (mps.md 0.2). The routes under /api/v1/amt are src/device's.
 */
#include <mps/mps_api_priv.h>

#define BODY_MAX 102400 /* upstream's parser */

/* clang-format off */
const struct http_route mps_routes[] = {
	{.method = "POST", .path = "/api/v1/authorize", .handler = mps_authorize,
	 .needs = IAM_OPEN},
	{.method = "GET", .path = "/api/v1/authorize/redirection/{guid}",
	 .handler = mps_redirection_token, .needs = IAM_REDIRECT},

	{.method = "GET", .path = "/api/v1/devices", .handler = mps_device_list_show,
	 .needs = IAM_DEVICE_READ},
	{.method = "POST", .path = "/api/v1/devices", .handler = mps_device_create,
	 .needs = IAM_DEVICE_WRITE, .max_body = BODY_MAX},
	{.method = "PATCH", .path = "/api/v1/devices", .handler = mps_device_update,
	 .needs = IAM_DEVICE_WRITE, .max_body = BODY_MAX},
	{.method = "GET", .path = "/api/v1/devices/stats", .handler = mps_device_stats_show,
	 .needs = IAM_DEVICE_READ},
	{.method = "GET", .path = "/api/v1/devices/tags", .handler = mps_device_tags_show,
	 .needs = IAM_DEVICE_READ},
	{.method = "GET", .path = "/api/v1/devices/{guid}", .handler = mps_device_show,
	 .needs = IAM_DEVICE_READ},
	{.method = "DELETE", .path = "/api/v1/devices/{guid}", .handler = mps_device_remove,
	 .needs = IAM_DEVICE_WRITE},
	{.method = "GET", .path = "/api/v1/devices/redirectstatus/{guid}",
	 .handler = mps_redirect_status, .needs = IAM_DEVICE_READ},
	{.method = "DELETE", .path = "/api/v1/devices/disconnect/{guid}",
	 .handler = mps_device_disconnect, .needs = IAM_DEVICE_WRITE},
	{.method = "DELETE", .path = "/api/v1/devices/refresh/{guid}",
	 .handler = mps_device_refresh, .needs = IAM_DEVICE_WRITE},

	{.method = "GET", .path = "/api/v1/ciracert", .handler = mps_ciracert, .needs = IAM_ANY},
	{.method = "GET", .path = "/api/v1/health", .handler = mps_health, .needs = IAM_OPEN},
	{.method = "GET", .path = "/api/v1/version", .handler = mps_version, .needs = IAM_ANY},
};
const size_t mps_routes_n = ARRAY_LEN(mps_routes);

/* Upstream's table of error texts, extended by the statuses it does not use. */
static const struct {
	int status;
	const char *text;
} kinds[] = {
	[ERR_INVALID] = {400, "Incorrect URI or Bad Request"},
	[ERR_UNAUTHENTICATED] = {401, "Unauthorized"},
	[ERR_FORBIDDEN] = {403, "Forbidden"},
	[ERR_NOT_FOUND] = {404, "Not Found"},
	[ERR_CONFLICT] = {409, NULL},
	[ERR_TOO_LARGE] = {413, "Payload Too Large"},
	[ERR_LIMITED] = {429, "Too Many Requests"},
	[ERR_TIMEOUT] = {504, "Timeout Error"},
	[ERR_UNAVAILABLE] = {503, "Service Unavailable"},
	[ERR_DEVICE] = {502, "Bad Gateway"},
	[ERR_CLOSED] = {502, "Bad Gateway"},
	[ERR_CANCELLED] = {503, "Service Unavailable"},
	[ERR_INTERNAL] = {500, "Internal Server Error"},
};
/* clang-format on */

static void answer_two(struct http_res *res, int status, const char *error,
		       const char *key, const char *text)
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

void mps_answer_error(struct http_res *res, int status, const char *error,
		      const char *description)
{
	answer_two(res, status, error, "errorDescription", description);
}

void mps_answer_message(struct http_res *res, int status, const char *error,
			const char *message)
{
	answer_two(res, status, error, "message", message);
}

void mps_answer_no_device(struct http_res *res, const char *guid)
{
	mps_answer_message(res, 404, "NOT FOUND",
			   arena_printf(res->arena, "Device ID %s not found", guid));
}

void mps_answer_not_connected(struct http_res *res, const char *guid)
{
	mps_answer_error(res, 404,
			 "Device not found/connected. Please connect again using CIRA.",
			 arena_printf(res->arena, "guid : %s", guid));
}

bool mps_body_refused(struct http_req *req, struct http_res *res, json_t **body)
{
	struct err *e = http_req_json(req, body);

	/* Upstream's parser takes objects and arrays only. */
	if (e == NULL && (*body == NULL || json_is_object(*body) || json_is_array(*body)))
		return false;
	mps_answer_error(res, kinds[ERR_INVALID].status, kinds[ERR_INVALID].text, NULL);
	err_free(e);
	return true;
}

bool mps_tenant_select(const struct http_req *req, const char *named, const char **tenant)
{
	const struct iam_caller *who = mps_caller(req);

	*tenant = mps_tenant(req);
	if (named == NULL || *named == '\0')
		return true;
	if (!who->all_tenants)
		return strcmp(named, who->tenant) == 0;
	*tenant = named;
	return true;
}

static const char *header_of(struct http_req *req, const char *name)
{
	const struct http_header *h = http_header(req->head, name);

	return h != NULL ? str_dup(req->arena, h->value) : NULL;
}

static struct err *before(struct http_req *req, struct http_res *res, bool *answered)
{
	struct mps *m = mps_of(req);
	struct iam_caller *who;
	uint32_t needs = req->route->needs;

	if (needs & IAM_OPEN)
		return NULL;
	TRY(iam_authenticate(m->iam, header_of(req, "authorization"),
			     header_of(req, "activeprojectid"), req->arena, req->until,
			     &who));
	req->caller = who;
	needs &= ~(uint32_t)IAM_ANY;
	if ((who->perms & needs) != needs)
		return err_new(ERR_FORBIDDEN, "%s may not do this", who->name);
	return NULL;
}

static void on_error(struct http_req *req, const struct err *e, struct http_res *res)
{
	const char *guid = http_param(req, "guid");

	if (e->kind == ERR_NOT_FOUND && guid != NULL) {
		mps_answer_not_connected(res, guid);
		return;
	}
	if (e->kind == ERR_UNAUTHENTICATED)
		http_res_header(res, "WWW-Authenticate", "Bearer");
	/* Our own failures are the log's business: the server writes them there. */
	mps_answer_error(res, kinds[e->kind].status, kinds[e->kind].text,
			 e->kind == ERR_INTERNAL && e->cause == NULL ? NULL : e->msg);
}

struct http_server *mps_api_new(struct mps *m)
{
	struct http_server_config c = {
		.name = "mps",
		.app = &m->host,
		.before = before,
		.on_error = on_error,
		.cors = true,
	};
	struct http_server *s = http_server_new(&c);

	http_server_routes(s, mps_routes, mps_routes_n);
	http_server_routes(s, device_routes, device_routes_n);
	return s;
}
