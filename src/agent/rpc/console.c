/* SPDX-License-Identifier: Apache-2.0 */
#include <agent/rpc/console.h>

#include <agent/rpc/local_settings.h>
#include <agent/rpc/web.h>
#include <base/json.h>
#include <stdlib.h>

#define CALL_MS 30000
#define TOKEN_MAX 8192

struct err *console_call(struct console *c, const char *method, const char *url,
			 json_t *take_body, int *status, struct str *answer)
{
	char *text = take_body != NULL
			     ? json_dumps(take_body, JSON_COMPACT | JSON_PRESERVE_ORDER)
			     : NULL;
	struct web_call w = {.method = method,
			     .url = url,
			     .content_type = "application/json",
			     .bearer = &c->token,
			     .body = str_of(text)};
	struct err *e = web_call(c->r, &w, deadline_in(CALL_MS));

	if (text != NULL)
		secret_wipe(text, strlen(text));
	free(text);
	json_wipe(take_body);
	*status = w.status;
	if (answer != NULL)
		*answer = w.answer;
	return e != NULL ? err_wrap(e, "%s", url) : NULL;
}

bool console_good(int status)
{
	return status >= 200 && status < 300;
}

/* Where upstream looks for tokens, unless --auth-endpoint says. */
static struct err *get_token(struct console *c, const char *url)
{
	const struct rpc_options *o = &c->r->o;
	json_t *body = json_pack("{s:s,s:s}", "username", o->auth_username, "password",
				 o->auth_password.p);
	struct str answer;
	int status;

	TRY(console_call(c, "POST", url, body, &status, &answer));
	if (status != 200)
		return err_new(status == 401 ? ERR_UNAUTHENTICATED : ERR_NOT_FOUND,
			       "%s answered HTTP status %d", url, status);
	json_t *j = json_read(answer, 0, NULL);
	static const char *const names[] = {"token", "jwt", "jwtToken"};
	const char *token = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && token == NULL; i++)
		token = json_string_value(json_object_get(j, names[i]));
	if (token != NULL && strlen(token) < TOKEN_MAX)
		secret_set(&c->token, str_of(token));
	json_decref(j);
	return c->token.n > 0 ? NULL
			      : err_new(ERR_UNAUTHENTICATED, "%s gave no token", url);
}

static struct err *authenticate(struct console *c)
{
	static const char *const paths[] = {"/api/v1/authorize",
					    "/mps/login/api/v1/authorize"};
	const struct rpc_options *o = &c->r->o;
	struct web_url u;
	struct err *e = NULL;

	if (o->auth_token.n > 0) {
		secret_set(&c->token, (struct str){o->auth_token.p, o->auth_token.n});
		return NULL;
	}
	if (o->auth_username == NULL || o->auth_password.n == 0)
		return NULL;
	TRY(web_url_parse(&c->r->a, c->url, &u));
	const char *base = arena_printf(&c->r->a, "%s://%s", u.scheme, u.authority);

	if (o->auth_endpoint != NULL)
		return get_token(c, strstr(o->auth_endpoint, "://") != NULL
					    ? o->auth_endpoint
					    : arena_printf(&c->r->a, "%s%s", base,
							   o->auth_endpoint));
	/* A server that knows the route and not the user is not asked again. */
	for (size_t i = 0; i < ARRAY_LEN(paths) && (i == 0 || err_is(e, ERR_NOT_FOUND));
	     i++) {
		err_free(e);
		e = get_token(c, arena_printf(&c->r->a, "%s%s", base, paths[i]));
	}
	return e;
}

struct err *console_open(struct rpc *r, const char *url, struct console *out)
{
	*out = (struct console){.r = r, .url = url};
	return authenticate(out);
}

void console_close(struct console *c)
{
	secret_fini(&c->token);
}
