/* SPDX-License-Identifier: Apache-2.0
 * Who may have a redirection session: the WebSocket's request, its token, its device. And
 * the sessions over REST.
 *
 * GET /relay/webrelay.ashx?p=2&host=<guid>&port=16994&tls=0&mode=kvm|sol|ider, with the
 * redirection token as sub-protocol, since browsers cannot send another header.
 * frames=binary asks for binary frames in place of upstream's text.
 */
#include <device/relay_priv.h>

#include <net/validate.h>

static struct relay *relay_of(const struct http_req *req)
{
	return ((struct device_host *)req->app)->relay;
}

/* Scripts are refused with a status. A browser's page does not get to see it: there the
 * WebSocket is opened, and closed with code and reason. */
static struct err *refuse(struct http_req *req, struct http_res *res, int status,
			  uint16_t code, const char *token, const char *why)
{
	struct ws_config c = {.max_message = RELAY_MESSAGE_MAX, .protocol = token};
	struct ws *ws;

	if (token == NULL || http_header(req->head, "Origin") == NULL) {
		http_res_json(res, status,
			      json_pack("{s:s, s:s}", "error", http_reason(status),
					"errorDescription", why));
		res->close = true;
		return NULL;
	}
	TRY(ws_accept(req, &c, &ws));
	ws_close(ws, code, why);
	ws_free(ws);
	return NULL;
}

static struct err *refuse_err(struct http_req *req, struct http_res *res,
			      const char *token, struct err *take_e)
{
	static const struct {
		int status;
		uint16_t code;
	} as[] = {
		[ERR_INVALID] = {400, RELAY_VIOLATION},
		[ERR_UNAUTHENTICATED] = {401, RELAY_VIOLATION},
		[ERR_FORBIDDEN] = {403, RELAY_VIOLATION},
		[ERR_NOT_FOUND] = {404, RELAY_NO_DEVICE},
		[ERR_CONFLICT] = {409, RELAY_BUSY},
		[ERR_TIMEOUT] = {504, RELAY_DEVICE_SLOW},
		[ERR_UNAVAILABLE] = {503, RELAY_UNAVAILABLE},
		[ERR_DEVICE] = {502, RELAY_DEVICE_ERROR},
	};
	enum err_kind k = take_e->kind;

	if (k >= ARRAY_LEN(as) || as[k].status == 0)
		return take_e;
	const char *why =
		str_dup(req->arena, str_cut(str_of(take_e->msg), WS_REASON_MAX));
	err_free(take_e);
	return refuse(req, res, as[k].status, as[k].code, token, why);
}

/* The first sub-protocol that is offered. */
static const char *token_of(struct http_req *req)
{
	struct str offered = http_header_str(req->head, "Sec-WebSocket-Protocol"), first;

	if (!str_split(&offered, ',', &first))
		return NULL;
	first = str_trim(first);
	return first.n > 0 ? str_dup(req->arena, first) : NULL;
}

static struct err *query_check(struct http_req *req)
{
	const char *port = http_req_query(req, "port"), *tls = http_req_query(req, "tls");
	const char *frames = http_req_query(req, "frames");
	const char *host = http_req_query(req, "host");

	if (host == NULL || !uuid_valid(str_of(host)))
		return err_new(ERR_INVALID, "host must be the device's GUID");
	if (port != NULL && strcmp(port, "16994") != 0)
		return err_new(ERR_INVALID, "port must be 16994");
	if (tls != NULL && strcmp(tls, "0") != 0)
		return err_new(ERR_INVALID, "tls must be 0: the device's connection is "
					    "TLS already");
	if (frames != NULL && strcmp(frames, "binary") != 0 &&
	    strcmp(frames, "text") != 0)
		return err_new(ERR_INVALID, "frames must be text or binary");
	return NULL;
}

static struct err *admit(struct relay_session *s, const char *token, const char *guid,
			 const char *mode)
{
	struct http_req *req = s->req;
	struct device_host *host = s->relay->c.host;
	struct iam_caller *who;

	if (token == NULL)
		return err_new(ERR_UNAUTHENTICATED,
			       "the redirection token is missing: it goes into "
			       "Sec-WebSocket-Protocol");
	TRY(iam_redirection_verify(s->relay->c.iam, str_of(token), guid, mode, req->arena,
				   &who));
	req->caller = who;
	s->who = who;
	if ((who->perms & IAM_REDIRECT) == 0)
		return err_new(ERR_FORBIDDEN, "%s may have no redirection sessions",
			       who->name);
	TRY(host->acquire(host, req, guid, &s->device));
	return mode != NULL ? relay_claim(s, s->kind) : NULL;
}

/* What was claimed must go again on every way out. */
static struct err *open_session(struct relay_session *s, struct http_res *res,
				const char *token)
{
	struct http_req *req = s->req;
	const char *p = http_req_query(req, "p");
	struct ws_config c = {.max_message = RELAY_MESSAGE_MAX,
			      .protocol = token,
			      .ping_ms = s->relay->c.ping_ms};
	struct err *e = ws_accept(req, &c, &s->ws);

	if (e == NULL)
		relay_run(s, p != NULL && strcmp(p, "2") == 0);
	relay_release(s);
	return e;
}

static struct err *serve(struct http_req *req, struct http_res *res)
{
	struct relay_session *s = arena_new(req->arena, struct relay_session);
	const char *host = http_req_query(req, "host"),
		   *mode = http_req_query(req, "mode"),
		   *frames = http_req_query(req, "frames");
	const char *token = token_of(req);
	struct err *e = query_check(req);

	s->relay = relay_of(req);
	s->req = req;
	s->text = frames == NULL || strcmp(frames, "text") == 0;
	if (mode != NULL && !relay_mode_parse(mode, &s->kind))
		mode = NULL; /* upstream's legacy clients: the first message says it */
	if (e == NULL)
		e = admit(s, token, host, mode);
	e = e != NULL ? refuse_err(req, res, token, e) : open_session(s, res, token);
	device_unref(s->device);
	return e;
}

/* ---- over REST ---- */

static bool may_see(const struct http_req *req, const struct relay_session *s)
{
	const struct iam_caller *who = req->caller;

	return who->all_tenants || strcmp(who->tenant, s->who->tenant) == 0;
}

static json_t *session_json(const struct relay_session *s)
{
	char since[CLOCK_ISO_SIZE];

	clock_iso(s->since_ms, since);
	return json_pack("{s:I, s:s, s:s?, s:s, s:s, s:s, s:s, s:I, s:I}", "id",
			 (json_int_t)s->id, "guid", s->device->guid, "mode",
			 s->kind_known ? relay_mode(s->kind) : NULL, "user", s->who->name,
			 "tenantId", s->who->tenant, "peer", s->req->peer.addr, "since",
			 since, "bytesToDevice", (json_int_t)s->bytes_up, "bytesToClient",
			 (json_int_t)s->bytes_down);
}

static struct err *sessions_show(struct http_req *req, struct http_res *res)
{
	const char *guid = http_req_query(req, "guid");
	json_t *list = json_array();

	list_for_each (l, &relay_of(req)->sessions) {
		struct relay_session *s = list_entry(l, struct relay_session, link);
		if (may_see(req, s) &&
		    (guid == NULL || str_ieqz(str_of(guid), s->device->guid)))
			json_array_append_new(list, session_json(s));
	}
	http_res_json(res, 200, list);
	return NULL;
}

static struct err *session_end(struct http_req *req, struct http_res *res)
{
	const struct iam_caller *who = req->caller;
	const char *text = http_param(req, "id");
	uint64_t id = 0;

	if (str_u64(str_of(text), INT64_MAX, &id))
		list_for_each (l, &relay_of(req)->sessions) {
			struct relay_session *s =
				list_entry(l, struct relay_session, link);
			if (s->id != id || !may_see(req, s))
				continue;
			relay_end(s, RELAY_BY_OPERATOR,
				  arena_printf(req->arena, "ended by %s", who->name));
			req->note = arena_printf(req->arena, "session %llu of %s",
						 (unsigned long long)id, s->who->name);
			res->status = 204;
			return NULL;
		}
	http_res_json(res, 404,
		      json_pack("{s:s, s:s}", "error", "Not Found", "errorDescription",
				"there is no such redirection session here"));
	return NULL;
}

/* clang-format off */
const struct http_route relay_routes[] = {
	{"GET", "/relay/webrelay.ashx", serve, IAM_OPEN},
	{"GET", "/api/v1/redirection/sessions", sessions_show, IAM_DEVICE_READ},
	{"DELETE", "/api/v1/redirection/sessions/{id}", session_end, IAM_REDIRECT},
};
/* clang-format on */
const size_t relay_routes_n = ARRAY_LEN(relay_routes);
