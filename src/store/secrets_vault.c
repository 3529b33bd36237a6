/* SPDX-License-Identifier: Apache-2.0
 * Secrets in HashiCorp Vault (or OpenBao), KV version 2, as upstream keeps them
 * (mps.md 8.3): read   GET    {addr}/v1/secret/data/<path>       -> data.data write  POST
 * {addr}/v1/secret/data/<path>       {"data":{...}} delete DELETE
 * {addr}/v1/secret/metadata/<path>   all versions list   LIST
 * {addr}/v1/secret/metadata/<folder> -> data.keys The configured path may lack its
 * trailing slash; upstream's delete then removes one version only.
 */
#include <store/vault_priv.h>

#include <stdlib.h>

/* Everything but unreserved characters and the slash (RFC 3986). */
static void add_escaped(struct buf *b, const char *path)
{
	for (const char *s = path; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-._~/", c) != NULL)
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", c);
	}
}

static struct err *call(struct vault *v, const char *method, const char *prefix,
			const char *path, struct str body, struct deadline until,
			struct vault_answer *r)
{
	struct buf b = {0};
	struct err *e;

	buf_adds(&b, prefix);
	add_escaped(&b, path);
	e = vault_call(v, method, b.p, body, until, r);
	buf_fini(&b);
	return e;
}

static struct err *vault_get(struct secrets *base, const char *path,
			     struct deadline until, json_t **out, int64_t *version)
{
	struct vault *v = container_of(base, struct vault, base);
	struct vault_answer r;
	struct err *e = NULL;
	json_t *data;

	TRY(call(v, "GET", v->data_path, path, (struct str){NULL, 0}, until, &r));
	data = json_object_get(json_object_get(r.json, "data"), "data");
	if (r.status == 404)
		e = err_new(ERR_NOT_FOUND, "there is none");
	else if (!json_is_object(data))
		e = err_new(ERR_UNAVAILABLE,
			    "Vault at %s did not answer with data; is %s a KV version 2 "
			    "engine?",
			    v->addr, v->data_path);
	else
		*out = json_incref(data);
	*version = json_integer_value(json_object_get(
		json_object_get(json_object_get(r.json, "data"), "metadata"), "version"));
	vault_answer_fini(&r);
	return e;
}

static struct err *vault_put(struct secrets *base, const char *path, struct str json,
			     int64_t over, struct deadline until)
{
	struct vault *v = container_of(base, struct vault, base);
	struct vault_answer r;
	struct buf body = {0};
	struct err *e;

	buf_reserve(&body, json.n + 64);
	buf_addc(&body, '{');
	if (over != SECRETS_ANY)
		buf_addf(&body, "\"options\":{\"cas\":%lld},", (long long)over);
	buf_adds(&body, "\"data\":");
	buf_addstr(&body, json);
	buf_addc(&body, '}');
	e = call(v, "POST", v->data_path, path, buf_str(&body), until, &r);
	buf_fini_wipe(&body);
	TRY(e);
	if (r.status == 404)
		e = err_new(ERR_UNAVAILABLE, "Vault at %s knows no secrets engine at %s",
			    v->addr, v->data_path);
	/* Version 1 takes the write, but reads it back differently and never deletes it.
	 */
	else if (json_object_get(json_object_get(r.json, "data"), "version") == NULL)
		e = err_new(ERR_INVALID,
			    "the secrets engine of Vault at %s under %s is not KV "
			    "version 2; enable one, "
			    "or set secrets.vault.path to it",
			    v->addr, v->data_path);
	vault_answer_fini(&r);
	return e;
}

static struct err *vault_delete(struct secrets *base, const char *path,
				struct deadline until)
{
	struct vault *v = container_of(base, struct vault, base);
	struct vault_answer r;

	TRY(call(v, "DELETE", v->meta_path, path, (struct str){NULL, 0}, until, &r));
	vault_answer_fini(&r);
	return NULL;
}

static struct err *vault_list(struct secrets *base, const char *folder, struct arena *a,
			      struct deadline until, const char ***names, size_t *n)
{
	struct vault *v = container_of(base, struct vault, base);
	struct vault_answer r;
	const char **out;
	json_t *keys, *key;
	size_t i, count = 0;

	TRY(call(v, "LIST", v->meta_path, folder, (struct str){NULL, 0}, until, &r));
	/* 404: an empty folder */
	keys = json_object_get(json_object_get(r.json, "data"), "keys");
	out = arena_zalloc(a, (json_array_size(keys) + 1) * sizeof(*out));
	json_array_foreach(keys, i, key)
	{
		if (json_is_string(key))
			out[count++] = arena_strdup(a, json_string_value(key));
	}
	vault_answer_fini(&r);
	*names = out;
	*n = count;
	return NULL;
}

/* Upstream's words for the states of /sys/health (mps.md 1). */
static const char *health_text(long status)
{
	switch (status) {
	case 429:
		return "unsealed and standby";
	case 472:
		return "disaster recovery mode replication secondary and active";
	case 473:
		return "performance standby";
	case 501:
		return "not initialized";
	case 503:
		return "sealed";
	default:
		return "unknown error";
	}
}

static json_t *vault_health(struct secrets *base, struct deadline until, bool *ok)
{
	struct vault *v = container_of(base, struct vault, base);
	struct vault_answer r;
	struct err *e = vault_get_open(v, "sys/health?standbyok=true", until, &r);
	json_t *status;

	*ok = false;
	if (e != NULL) {
		err_free(e);
		status = json_string("unknown error");
	} else if (r.status == 200 && json_is_object(r.json)) {
		*ok = json_is_true(json_object_get(r.json, "initialized")) &&
		      !json_is_true(json_object_get(r.json, "sealed"));
		status = json_incref(r.json);
	} else {
		status = json_string(health_text(r.status));
	}
	if (e == NULL)
		vault_answer_fini(&r);
	return json_pack("{s:s, s:o}", "name", "VAULT", "status", status);
}

static void vault_close(struct secrets *base)
{
	struct vault *v = container_of(base, struct vault, base);

	fiber_group_join(&v->fibers, true);
	http_client_free(v->http);
	secret_fini(&v->token);
	free(v->addr);
	free(v->data_path);
	free(v->meta_path);
	free(v->ns);
	free(v->token_file);
	free(v);
}

static const struct secrets_ops vault_ops = {
	vault_get, vault_put, vault_delete, vault_list, vault_health, vault_close,
};

static bool given(const char *s)
{
	return s != NULL && *s != '\0';
}

/* "secret/data" -> "secret/data/", "secret/metadata/" */
static struct err *paths_set(struct vault *v, const char *configured)
{
	struct str p = str_of(given(configured) ? configured : "secret/data/");
	struct buf data = {0}, meta = {0};
	ptrdiff_t at;

	while (p.n > 0 && p.p[0] == '/')
		p = str_sub(p, 1, p.n);
	buf_addstr(&data, p);
	if (data.len == 0 || data.p[data.len - 1] != '/')
		buf_addc(&data, '/');
	v->data_path = data.p;
	at = str_find(buf_str(&data), STR("/data/"));
	if (at <= 0)
		return err_new(ERR_INVALID,
			       "Vault's secrets path \"%s\" has no /data/ in it; it is "
			       "<engine>/data/, the engine being KV version 2",
			       configured);
	buf_add(&meta, data.p, (size_t)at);
	buf_adds(&meta, "/metadata/");
	buf_adds(&meta, data.p + at + strlen("/data/"));
	v->meta_path = meta.p;
	return NULL;
}

static struct err *configure(struct vault *v, const struct secrets_config *c)
{
	struct str addr = str_of(c->url + strlen("vault+"));

	if (str_chr(addr, '@') >= 0 || str_chr(addr, '?') >= 0)
		return err_new(ERR_INVALID,
			       "Vault's address has more than scheme, host and port");
	while (str_ends(addr, STR("/")))
		addr.n--;
	v->addr = xstrndup(addr.p, addr.n);
	TRY(paths_set(v, c->vault_path));
	if (given(c->vault_namespace))
		v->ns = xstrdup(c->vault_namespace);
	if (given(c->vault_token)) {
		secret_set(&v->token, str_trim(str_of(c->vault_token)));
		v->token_serial++;
	}
	if (given(c->vault_token_file))
		v->token_file = xstrdup(c->vault_token_file);
	if (v->token.p == NULL && v->token_file == NULL)
		return err_new(ERR_INVALID, "Vault needs a token or a file with one");
	return NULL;
}

struct err *vault_open(const struct secrets_config *c, struct secrets **out)
{
	struct vault *v = xcalloc(1, sizeof(*v));
	struct http_client_config http = {
		.ca_file = given(c->vault_ca_file) ? c->vault_ca_file : NULL};
	struct buf name = {0};
	struct err *e;

	v->base.ops = &vault_ops;
	waitq_init(&v->token_changed);
	fiber_group_init(&v->fibers);
	v->http = http_client_new(&http);
	e = configure(v, c);
	if (e != NULL) {
		secrets_close(&v->base);
		return e;
	}
	buf_addf(&name, "%s/v1/%s", v->addr, v->data_path);
	v->base.name = name.p;
	vault_token_refresh(v, true);
	fiber_spawn(&v->fibers, "vault token", vault_token_keep, v);
	*out = &v->base;
	return NULL;
}
