/* SPDX-License-Identifier: Apache-2.0
 * Requests to Vault's HTTP API and what its answers mean.
 */
#include <base/json.h>
#include <store/vault_priv.h>

#define CALL_MS 10000 /* a Vault that is silent for so long cannot be asked */

static const char *status_text(long status)
{
	switch (status) {
	case 429:
		return "standby, or too many requests";
	case 472:
		return "disaster recovery secondary";
	case 473:
		return "performance standby";
	case 501:
		return "not initialized";
	case 503:
		return "sealed or in maintenance";
	default:
		return "unexpected answer";
	}
}

/* Vault's own 404 for a mount that is not there names it; for a secret the list is empty.
 * Any other 404 comes from something else at that address. Taking either for "no such
 * secret" would make callers create what exists. */
static bool is_absent(const struct vault_answer *r)
{
	return r->status == 404 && json_is_object(r->json) &&
	       json_array_size(json_object_get(r->json, "errors")) == 0;
}

/* The text is Vault's own; there is no code for it. */
static bool is_cas(const struct vault_answer *r)
{
	const char *text =
		json_string_value(json_array_get(json_object_get(r->json, "errors"), 0));

	return text != NULL && strstr(text, "check-and-set") != NULL;
}

static struct err *judge(const struct vault *v, const struct vault_answer *r)
{
	if ((r->status >= 200 && r->status < 300) || is_absent(r))
		return NULL;
	if (r->status == 401 || r->status == 403)
		return err_new(
			ERR_UNAVAILABLE,
			"Vault at %s refused the token (status %ld): provide a valid one "
			"whose policy allows %s",
			v->addr, r->status, v->data_path);
	if (r->status == 404)
		return err_new(ERR_UNAVAILABLE,
			       "Vault at %s knows no secrets engine at %s (status 404): "
			       "check the "
			       "address, the path and the namespace",
			       v->addr, v->data_path);
	if (r->status == 400 && is_cas(r))
		return err_new(ERR_CONFLICT, "there is another one already");
	if (r->status == 400 || r->status == 405)
		return err_new(ERR_INTERNAL,
			       "Vault at %s did not understand a request (status %ld); "
			       "is %s a KV "
			       "version 2 engine?",
			       v->addr, r->status, v->data_path);
	return err_new(ERR_UNAVAILABLE, "Vault at %s: %s (status %ld)", v->addr,
		       status_text(r->status), r->status);
}

static struct err *fetch(struct vault *v, struct http_fetch *f, struct deadline until,
			 struct vault_answer *out)
{
	struct deadline limit = deadline_min(until, deadline_in(CALL_MS));
	struct err *e = http_fetch(v->http, f, &out->a, limit);

	if (err_is(e, ERR_TIMEOUT) && !deadline_passed(until))
		return err_wrap_as(ERR_UNAVAILABLE, e, "Vault at %s is silent", v->addr);
	if (e != NULL)
		return err_wrap(e, "Vault at %s", v->addr);
	out->status = f->status;
	out->json =
		json_read(f->response, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (f->response.n > 0)
		secret_wipe((char *)f->response.p, f->response.n);
	return NULL;
}

static struct err *send_once(struct vault *v, const char *method, const char *url,
			     struct str body, struct deadline until,
			     struct vault_answer *out)
{
	const char *headers[5] = {"Content-Type: application/json",
				  "X-Vault-Request: true"};
	struct http_fetch f = {.method = method,
			       .url = url,
			       .headers = headers,
			       .body = body,
			       .redact = true};
	struct buf token = {0}, ns = {0};
	struct err *e;

	if (v->token.p == NULL)
		return err_new(ERR_UNAVAILABLE, "there is no token for Vault yet in %s",
			       v->token_file);
	buf_reserve(&token, v->token.n + 32);
	buf_addf(&token, "X-Vault-Token: %s", v->token.p);
	headers[2] = token.p;
	if (v->ns != NULL) {
		buf_addf(&ns, "X-Vault-Namespace: %s", v->ns);
		headers[3] = ns.p;
	}
	e = fetch(v, &f, until, out);
	buf_fini_wipe(&token);
	buf_fini(&ns);
	return e;
}

struct err *vault_call(struct vault *v, const char *method, const char *path,
		       struct str body, struct deadline until, struct vault_answer *out)
{
	struct buf url = {0};
	uint64_t used;
	struct err *e;

	memset(out, 0, sizeof(*out));
	vault_token_refresh(v, false);
	used = v->token_serial;
	buf_addf(&url, "%s/v1/%s", v->addr, path);
	e = send_once(v, method, url.p, body, until, out);
	if (e == NULL && out->status == 403) {
		vault_token_refresh(v, true);
		if (v->token_serial != used) {
			vault_answer_fini(out);
			e = send_once(v, method, url.p, body, until, out);
		}
	}
	buf_fini(&url);
	if (e == NULL)
		e = judge(v, out);
	if (e != NULL)
		vault_answer_fini(out);
	return e;
}

struct err *vault_get_open(struct vault *v, const char *path, struct deadline until,
			   struct vault_answer *out)
{
	struct buf url = {0};
	struct http_fetch f = {.method = "GET"};
	struct err *e;

	memset(out, 0, sizeof(*out));
	buf_addf(&url, "%s/v1/%s", v->addr, path);
	f.url = url.p;
	e = fetch(v, &f, until, out);
	buf_fini(&url);
	if (e != NULL)
		vault_answer_fini(out);
	return e;
}

void vault_answer_fini(struct vault_answer *r)
{
	json_decref(r->json);
	arena_fini(&r->a);
	memset(r, 0, sizeof(*r));
}
