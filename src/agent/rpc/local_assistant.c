/* SPDX-License-Identifier: Apache-2.0
 * The way to an Enterprise Assistant from the device itself: HTTP requests. What is asked
 * and what becomes of it: device/assistant.h. rpc.md 4.7 (tls via EA).
 */
#include <agent/rpc/local_priv.h>

#include <agent/rpc/local_settings.h>
#include <agent/rpc/web.h>
#include <device/assistant.h>
#include <device/certificates.h>
#include <device/tls.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define CALL_MS 60000 /* an authority may have to be asked */

struct way {
	struct rpc *r;
	const char *guid;
	struct secret token;
	char host[HOST_NAME_MAX + 1];
};

bool local_assistant_wanted(const struct rpc *r)
{
	return r->o.ea_address != NULL || r->o.ea_username != NULL ||
	       r->o.ea_password.n > 0;
}

struct err *local_assistant_check(struct rpc *r)
{
	const char *missing = r->o.ea_address == NULL	 ? "address"
			      : r->o.ea_username == NULL ? "username"
			      : r->o.ea_password.n == 0	 ? "password"
							 : NULL;
	struct web_url u;

	if (missing != NULL)
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
				      "EA %s is required when using Enterprise Assistant",
				      missing);
	struct err *e = web_url_parse(&r->a, r->o.ea_address, &u);
	return e == NULL ? NULL : rpc_exit_wrap(r, e, RPC_EXIT_COMMAND_LINE);
}

/* ---- calls ---- */

/* Upstream's says what it could not do. */
static struct err *refusal(struct way *w, const struct web_call *call, const char *path)
{
	struct assistant_answer x;

	err_free(assistant_answer_decode(call->answer, &w->r->a, &x));
	assistant_answer_fini(&x);
	return err_new(ERR_UNAVAILABLE,
		       "Enterprise Assistant answered HTTP status %d to %s%s%s",
		       call->status, path, x.error != NULL ? ": " : "",
		       x.error != NULL ? x.error : "");
}

/* *answer: in the run's arena, to be wiped. */
static struct err *post(struct way *w, const char *path, struct str body,
			struct str *answer)
{
	struct web_call call = {.method = "POST",
				.url = arena_printf(&w->r->a, "%s%s/%s",
						    w->r->o.ea_address, path, w->guid),
				.content_type = "application/json",
				.bearer = &w->token,
				.body = body};
	struct err *e = web_call(w->r, &call, deadline_in(CALL_MS));

	if (e != NULL)
		return err_wrap(e, "Enterprise Assistant");
	if (call.status != 200)
		return refusal(w, &call, path);
	*answer = call.answer;
	return NULL;
}

static void wipe(struct str text)
{
	secret_wipe((char *)(uintptr_t)text.p, text.n);
}

static struct err *login(struct way *w)
{
	struct rpc_options *o = &w->r->o;
	struct str answer;

	gethostname(w->host, sizeof(w->host) - 1);
	TRY(local_guid(w->r, &w->guid));
	json_t *j = json_pack("{s:s,s:s%}", "username", o->ea_username, "password",
			      o->ea_password.p, o->ea_password.n);
	char *body = json_dumps(j, JSON_COMPACT);
	json_wipe(j);
	struct err *e = post(w, "/api/authenticate", str_of(body), &answer);
	secret_wipe(body, strlen(body));
	free(body);
	TRY(e);
	j = json_read(answer, 0, NULL);
	wipe(answer);
	setting_secret(j, "jwtToken", &w->token);
	json_wipe(j);
	return w->token.n > 0 ? NULL
			      : err_new(ERR_UNAUTHENTICATED,
					"Enterprise Assistant gave no token");
}

static struct err *ask(void *arg, struct device_call *c,
		       const struct assistant_request *q, struct assistant_answer *out)
{
	_cleanup_(buf_fini) struct buf body = {0};
	struct way *w = arg;
	const char *path =
		arena_printf(c->arena, "/api/configure/%s", assistant_step_name(q->step));
	struct str answer;

	assistant_request_encode(&body, q, false);
	TRY(post(w, path, buf_str(&body), &answer));
	struct err *e = assistant_answer_decode(answer, c->arena, out);
	wipe(answer);
	return e == NULL ? NULL
			 : err_wrap_as(ERR_UNAVAILABLE, e,
				       "Enterprise Assistant's answer to %s", path);
}

static struct device_assistant assistant_of(struct way *w)
{
	return (struct device_assistant){
		.arg = w,
		.node_id = str_of(w->guid),
		.device_name = str_of(w->host),
		.ask = ask,
	};
}

/* ---- what for ---- */

struct err *local_assistant_tls(struct rpc *r, struct device_call *c, bool mutual)
{
	struct way w = {.r = r};
	struct device_assistant_tls made;
	struct str id;

	rpc_log(r, LOG_INFO, "configuring TLS with Microsoft EA");
	struct err *e = login(&w);
	struct device_assistant a = assistant_of(&w);
	if (e == NULL)
		e = device_assistant_tls(c, &a, &made);
	if (e == NULL && mutual && made.root.n > 0)
		e = device_certificate_add_root(c, made.root, &id);
	secret_fini(&w.token);
	return e;
}

struct err *local_assistant_8021x(struct rpc *r, struct device_call *c,
				  struct device_8021x *out)
{
	struct way w = {.r = r};
	struct rpc_ieee8021x *x = &r->o.ieee8021x;
	struct err *e = login(&w);
	struct device_assistant a = assistant_of(&w);

	secret_fini(&x->password);
	if (e == NULL)
		e = device_assistant_8021x(c, &a, out, &x->password);
	secret_fini(&w.token);
	return e;
}
