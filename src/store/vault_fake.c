/* SPDX-License-Identifier: Apache-2.0
 * A small KV version 2 server for tests.
 */
#include <store/vault_fake.h>

#include <stdio.h>

static const char *path_of(struct http_req *req)
{
	const char *a = http_param(req, "a"), *b = http_param(req, "b");

	return b != NULL ? arena_printf(req->arena, "%s/%s", a, b) : a;
}

static struct err *absent(struct http_res *res)
{
	http_res_json(res, 404, json_pack("{s:[]}", "errors"));
	return NULL;
}

static json_int_t version_of(const struct vault_fake *f, const char *path)
{
	return json_integer_value(json_object_get(f->versions, path));
}

static struct err *get(struct http_req *req, struct http_res *res)
{
	struct vault_fake *f = req->app;
	json_t *v = json_object_get(f->data, path_of(req));

	if (v == NULL)
		return absent(res);
	http_res_json(res, 200,
		      json_pack("{s:{s:O, s:{s:I}}}", "data", "data", v, "metadata",
				"version", version_of(f, path_of(req))));
	return NULL;
}

static struct err *post(struct http_req *req, struct http_res *res)
{
	struct vault_fake *f = req->app;
	const char *path = path_of(req);
	json_int_t version = version_of(f, path);
	json_t *body;

	TRY(http_req_json(req, &body));
	const json_t *cas = json_object_get(json_object_get(body, "options"), "cas");
	if (cas != NULL && json_integer_value(cas) != version) {
		http_res_json(res, 400,
			      json_pack("{s:[s]}", "errors",
					"check-and-set parameter did not match the "
					"current version"));
		return NULL;
	}
	json_object_set(f->data, path, json_object_get(body, "data"));
	json_object_set_new(f->versions, path, json_integer(++version));
	if (f->version_1)
		res->status = 204;
	else
		http_res_json(res, 200,
			      json_pack("{s:{s:I}}", "data", "version", version));
	return NULL;
}

static struct err *del(struct http_req *req, struct http_res *res)
{
	struct vault_fake *f = req->app;

	json_object_del(f->data, path_of(req));
	json_object_del(f->versions, path_of(req));
	res->status = 204;
	return NULL;
}

static struct err *list(struct http_req *req, struct http_res *res)
{
	struct vault_fake *f = req->app;
	const char *folder = http_param(req, "a");
	json_t *keys = json_array(), *v;
	const char *path;

	json_object_foreach(f->data, path, v)
	{
		const char *name = path;

		if (folder != NULL) {
			if (strncmp(path, folder, strlen(folder)) != 0 ||
			    path[strlen(folder)] != '/')
				continue;
			name = path + strlen(folder) + 1;
		}
		json_array_append_new(keys, json_string(name));
	}
	if (json_array_size(keys) == 0) {
		json_decref(keys);
		return absent(res);
	}
	http_res_json(res, 200, json_pack("{s:{s:o}}", "data", "keys", keys));
	return NULL;
}

static struct err *look_up(struct http_req *req, struct http_res *res)
{
	struct vault_fake *f = req->app;

	http_res_json(res, 200,
		      json_pack("{s:{s:i, s:b}}", "data", "ttl", f->ttl, "renewable",
				f->renewable));
	return NULL;
}

static struct err *renew(struct http_req *req, struct http_res *res)
{
	struct vault_fake *f = req->app;

	f->renewals++;
	http_res_json(res, 200,
		      json_pack("{s:{s:i, s:b}}", "auth", "lease_duration", f->ttl,
				"renewable", 1));
	return NULL;
}

static struct err *health(struct http_req *req, struct http_res *res)
{
	struct vault_fake *f = req->app;

	http_res_json(res, f->health,
		      json_pack("{s:b, s:b, s:b, s:s}", "initialized", f->health != 501,
				"sealed", f->health == 503, "standby", 0, "version",
				"1.15.0"));
	return NULL;
}

static struct err *before(struct http_req *req, struct http_res *res, bool *answered)
{
	struct vault_fake *f = req->app;
	struct str ns = http_header_str(req->head, "X-Vault-Namespace");

	if (req->route->handler == health)
		return NULL;
	f->requests++;
	snprintf(f->last_namespace, sizeof(f->last_namespace), STR_FMT, STR_ARG(ns));
	*answered = true;
	if (f->no_json) {
		http_res_text(res, 404, "text/html", "<html>nothing here</html>");
	} else if (f->no_engine) {
		http_res_json(res, 404,
			      json_pack("{s:[s]}", "errors",
					"no handler for route \"secret/\""));
	} else if (f->status != 0) {
		http_res_json(res, f->status, json_pack("{s:[]}", "errors"));
	} else if (!str_eqz(http_header_str(req->head, "X-Vault-Token"), f->token)) {
		f->refused++;
		http_res_json(res, 403,
			      json_pack("{s:[s]}", "errors", "permission denied"));
	} else {
		*answered = false;
	}
	return NULL;
}

static const struct http_route routes[] = {
	{"GET", "/v1/secret/data/{a}", get, 1},
	{"GET", "/v1/secret/data/{a}/{b}", get, 1},
	{"POST", "/v1/secret/data/{a}", post, 1},
	{"POST", "/v1/secret/data/{a}/{b}", post, 1},
	{"DELETE", "/v1/secret/metadata/{a}", del, 1},
	{"DELETE", "/v1/secret/metadata/{a}/{b}", del, 1},
	{"LIST", "/v1/secret/metadata", list, 1},
	{"LIST", "/v1/secret/metadata/{a}", list, 1},
	{"GET", "/v1/auth/token/lookup-self", look_up, 1},
	{"POST", "/v1/auth/token/renew-self", renew, 1},
	{"GET", "/v1/sys/health", health, 1},
};

uint16_t vault_fake_start(struct vault_fake *f)
{
	struct http_server_config conf = {.name = "vault", .app = f, .before = before};

	f->data = json_object();
	f->versions = json_object();
	f->health = 200;
	if (f->token[0] == '\0')
		strcpy(f->token, "root-token");
	f->server = http_server_new(&conf);
	http_server_routes(f->server, routes, ARRAY_LEN(routes));
	struct err *e = http_server_listen(f->server, "127.0.0.1:0", NULL);

	OB_ASSERT(e == NULL);
	return http_server_port(f->server, 0);
}

void vault_fake_stop(struct vault_fake *f)
{
	http_server_shutdown(f->server, deadline_in(1000));
	http_server_free(f->server);
	json_decref(f->data);
	json_decref(f->versions);
}
