/* SPDX-License-Identifier: Apache-2.0
 * Login and redirection tokens (mps.md 1).
 */
#include <mps/mps_api_priv.h>

static void answer_token(struct http_res *res, const char *token)
{
	buf_adds(&res->body, "{\"token\":");
	v_json_text(&res->body, token);
	buf_addc(&res->body, '}');
}

static void answer_text(struct http_res *res, int status, const char *message)
{
	mps_answer_message(res, status, NULL, message);
}

struct err *mps_authorize(struct http_req *req, struct http_res *res)
{
	/* clang-format off */
	static const struct v_rule rules[] = {
		{"username", V_REQUIRED,
		 {{V_STRING}, {V_FILLED, .msg = "User name is required"}}},
		{"password", V_REQUIRED, {{V_FILLED, .msg = "Password is required"}}},
	};
	/* clang-format on */
	struct v_errors errors = {0};
	const char *token;
	json_t *body;

	if (mps_body_refused(req, res, &body))
		return NULL;
	v_fields(&errors, rules, ARRAY_LEN(rules), "body", body);
	/* Rejected values are echoed by these rules only when they are empty: no password
	 * is. */
	if (v_answer(&errors, res))
		return NULL;
	const char *user = json_string_value(json_object_get(body, "username"));
	const json_t *password = json_object_get(body, "password");
	struct err *e = err_new(ERR_UNAUTHENTICATED, "the password is no text");
	if (json_is_string(password)) {
		err_free(e);
		struct str text = {json_string_value(password),
				   json_string_length(password)};
		e = iam_login(mps_of(req)->iam, user, text, req->peer.addr, req->arena,
			      req->until, &token);
	}
	if (e == NULL)
		answer_token(res, token);
	else if (err_is(e, ERR_NOT_FOUND))
		answer_text(res, 405, "Authentication disabled on MPS");
	else if (err_is(e, ERR_UNAUTHENTICATED))
		answer_text(res, 401, "Incorrect Username and/or Password!");
	else
		return e;
	err_free(e);
	return NULL;
}

/* Console's route and answer; here the token counts no more afterwards. */
struct err *mps_logout(struct http_req *req, struct http_res *res)
{
	TRY(iam_logout(mps_of(req)->iam, mps_caller(req), req->until));
	http_res_header(res, "Cache-Control", "no-store");
	answer_text(res, 200, "logged out");
	return NULL;
}

/* {"user":..} or {"token":..}, an id as the audit record of the login has it. A tenant's
 * administrator takes away what they give in his tenant. */
struct err *mps_revoke(struct http_req *req, struct http_res *res)
{
	static const struct v_rule rules[] = {
		{"user",
		 V_OPTIONAL,
		 {{V_STRING, V_BAIL}, {V_FILLED}, {V_LENGTH, .max = 255}}},
		{"token",
		 V_OPTIONAL,
		 {{V_STRING, V_BAIL}, {V_FILLED}, {V_LENGTH, .max = 128}}},
	};
	struct v_errors errors = {0};
	const char *user, *token;
	json_t *body;

	if (mps_body_refused(req, res, &body))
		return NULL;
	v_fields(&errors, rules, ARRAY_LEN(rules), "body", body);
	if (v_answer(&errors, res))
		return NULL;
	user = json_string_value(json_object_get(body, "user"));
	token = json_string_value(json_object_get(body, "token"));
	if ((user != NULL) == (token != NULL))
		return err_new(ERR_INVALID, "name a user or a token, one of the two");
	TRY(iam_revoke(mps_of(req)->iam, user, token, mps_caller(req)->tenant,
		       req->until));
	req->note = arena_printf(req->arena, "%s %s", user != NULL ? "user" : "token",
				 user != NULL ? user : token);
	res->status = 204;
	return NULL;
}

/* ?mode=kvm|sol|ider binds the token to one kind of session; upstream's clients send
 * none. */
struct err *mps_redirection_token(struct http_req *req, struct http_res *res)
{
	static const struct v_rule mode_rule = {
		"mode", V_OPTIONAL, {{V_ONE_OF, .choices = "kvm|sol|ider"}}};
	struct v_errors errors = {0};
	struct mps *m = mps_of(req);
	struct mps_device d;
	const char *guid, *token;

	if (v_guid_refused(req, res, &guid))
		return NULL;
	json_auto_t *query = v_query(req);
	v_fields(&errors, &mode_rule, 1, "query", query);
	if (v_answer(&errors, res))
		return NULL;
	struct err *e =
		mps_device_get(m->db, guid, mps_tenant(req), req->arena, req->until, &d);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		res->status = 404;
		return NULL;
	}
	TRY(e);
	TRY(iam_redirection_token(m->iam, mps_caller(req), guid, v_text(query, "mode"),
				  req->arena, &token));
	answer_token(res, token);
	return NULL;
}
