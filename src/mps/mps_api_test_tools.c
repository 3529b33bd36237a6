/* SPDX-License-Identifier: Apache-2.0 */
#include <mps/mps_api_test.h>

#include <base/log.h>

static struct err *nothing_connected(struct device_host *h, struct http_req *req,
				     const char *guid, struct device **out)
{
	return err_new(ERR_NOT_FOUND, "device %s is not connected", guid);
}

static void start(struct world *w)
{
	char url[128];
	struct secret generated = {0};
	struct mps *m = &w->mps;

	w->config = config_new();
	config_add(w->config, iam_settings, iam_settings_n);
	config_add(w->config, mps_settings, mps_settings_n);
	for (const char *const *s = w->settings; *s != NULL; s++)
		ok(config_set(w->config, *s, "test"));
	strcpy(w->dir, "/tmp/ob-mps-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(url, sizeof(url), "file:%s/secrets.db", w->dir);
	w->client = http_client_new(&(struct http_client_config){0});
	m->host.acquire = nothing_connected;
	m->config = w->config;
	ok(db_open("sqlite::memory:", 0, &m->db));
	ok(secrets_open(&(struct secrets_config){.url = url}, &m->secrets));
	ok(mps_migrate(m->db, soon(), NULL));
	ok(iam_start(w->config, m->db, m->secrets, w->client, &m->iam, &generated));
	secret_fini(&generated);
	m->http = mps_api_new(m);
	ok(http_server_listen(m->http, "127.0.0.1:0", NULL));
}

static void in_world(void *arg)
{
	struct world *w = arg;
	char cmd[128];

	start(w);
	w->body(w);
	http_server_shutdown(w->mps.http, deadline_in(1000));
	http_server_free(w->mps.http);
	iam_stop(w->mps.iam);
	secrets_close(w->mps.secrets);
	db_close(w->mps.db);
	http_client_free(w->client);
	config_free(w->config);
	arena_fini(&w->a);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", w->dir);
	assert_int_equal(system(cmd), 0);
}

const char *const mode_none[] = {"auth.mode=none", NULL};
const char *const builtin[] = {"auth.admin.user=standalone",
			       "auth.admin.password=G@ppm0ym", NULL};

void with_world(const char *const *settings, void (*body)(struct world *w))
{
	struct world w = {.settings = settings, .body = body};

	rt_main(in_world, &w);
}

struct http_fetch fetch(struct world *w, const char *method, const char *path,
			const char *body)
{
	const char *headers[4] = {NULL};
	size_t n = 0;
	struct http_fetch f = {
		.method = method,
		.url = arena_printf(&w->a, "http://127.0.0.1:%u%s",
				    http_server_port(w->mps.http, 0), path),
		.headers = headers,
		.body = str_of(body),
	};

	if (body != NULL)
		headers[n++] = "Content-Type: application/json";
	if (w->token != NULL)
		headers[n++] = arena_printf(&w->a, "Authorization: Bearer %s", w->token);
	if (w->project != NULL)
		headers[n++] = arena_printf(&w->a, "ActiveProjectID: %s", w->project);
	ok(http_fetch(w->client, &f, &w->a, soon()));
	return f;
}

void run_table(struct world *w, const struct request *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct http_fetch f = fetch(w, r[i].method, r[i].path, r[i].body);
		const char *got = str_dup(&w->a, f.response);
		const char *want = r[i].answer;
		bool same =
			want == NULL || (want[0] == '~' ? strstr(got, want + 1) != NULL
							: strcmp(got, want) == 0);
		if (f.status != r[i].status || !same)
			fail_msg("%s %s %s\n  answered %ld %s\n  not      %d %s",
				 r[i].method, r[i].path, r[i].body ? r[i].body : "",
				 f.status, got, r[i].status, want ? want : "");
	}
}
