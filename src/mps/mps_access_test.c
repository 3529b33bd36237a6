/* SPDX-License-Identifier: Apache-2.0
 * Who may do what over REST: tokens, roles, tenants, what nobody can forge; the routes of
 * whoever operates the server.
 */
#include <mps/mps_api_test.h>

#include <base/log.h>
#include <iam/iam_ops.h>

/* ---- authentication ---- */

/* A concrete path of a route: every parameter is the GUID. */
static const char *path_of(struct world *w, const struct http_route *r, const char *guid)
{
	struct buf b = {0};
	const char *p = r->path, *brace;

	while ((brace = strchr(p, '{')) != NULL) {
		buf_add(&b, p, (size_t)(brace - p));
		buf_adds(&b, guid);
		p = strchr(brace, '}') + 1;
	}
	buf_adds(&b, p);
	p = str_dup(&w->a, buf_str(&b));
	buf_fini(&b);
	return p;
}

static void check_closed(struct world *w, const struct http_route *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct http_fetch f = fetch(w, r[i].method, path_of(w, &r[i], D0), NULL);
		bool open = r[i].needs & IAM_OPEN;
		if ((f.status == 401) == open)
			fail_msg("%s %s answered %ld", r[i].method, r[i].path, f.status);
		if (!open)
			assert_memory_equal(f.response.p, "{\"error\":\"Unauthorized\",",
					    24);
	}
}

static void ask_without_token(struct world *w)
{
	static const char *const open[] = {LOGIN, "/api/v1/health", "/readyz"};
	size_t n_open = 0;

	check_closed(w, mps_routes, mps_routes_n);
	check_closed(w, iam_ops_routes, iam_ops_routes_n);
	for (size_t i = 0; i < device_api_tables_n; i++)
		check_closed(w, device_api_tables[i]->v, device_api_tables[i]->n);
	w->token = "eyJhbGciOiJub25lIn0.eyJkZXZpY2VJZCI6IioifQ.";
	check_closed(w, mps_routes, mps_routes_n);
	for (size_t i = 0; i < mps_routes_n; i++) {
		if (!(mps_routes[i].needs & IAM_OPEN))
			continue;
		assert_true(n_open < ARRAY_LEN(open));
		assert_string_equal(mps_routes[i].path, open[n_open++]);
	}
	for (size_t i = 0; i < device_api_tables_n; i++)
		for (size_t k = 0; k < device_api_tables[i]->n; k++)
			assert_false(device_api_tables[i]->v[k].needs & IAM_OPEN);
}

static void every_route_but_the_open_ones_wants_a_token(void **state)
{
	with_world(builtin, ask_without_token);
}

static void log_in(struct world *w)
{
	/* clang-format off */
	static const struct request r[] = {
		{"POST", LOGIN, "{\"password\":\"G@ppm0ym\"}", 400,
		 "{\"errors\":[{\"type\":\"field\",\"msg\":\"Invalid value\",\"path\":\"username\","
		 "\"location\":\"body\"},{\"type\":\"field\",\"msg\":\"User name is required\","
		 "\"path\":\"username\",\"location\":\"body\"}]}"},
		{"POST", LOGIN, "{\"username\":\"standalone\"}", 400,
		 "{\"errors\":[{\"type\":\"field\",\"msg\":\"Password is required\","
		 "\"path\":\"password\",\"location\":\"body\"}]}"},
		{"POST", LOGIN, "{\"username\":\"standalone\",\"password\":\"\"}", 400,
		 FIELD("\"\"", "Password is required", "password", "body")},
		{"POST", LOGIN, "{\"username\":\"standalone\",\"password\":\"wrong\"}", 401,
		 "{\"message\":\"Incorrect Username and/or Password!\"}"},
		{"POST", LOGIN, "{\"username\":\"standalone\",\"password\":7}", 401,
		 "{\"message\":\"Incorrect Username and/or Password!\"}"},
		{"POST", LOGIN, "{\"username\":\"nobody\",\"password\":\"G@ppm0ym\"}", 401,
		 "{\"message\":\"Incorrect Username and/or Password!\"}"},
		{"POST", LOGIN, "not json", 400, "{\"error\":\"Incorrect URI or Bad Request\"}"},
	};
	/* clang-format on */

	run_table(w, r, ARRAY_LEN(r));
	struct http_fetch f =
		fetch(w, "POST", LOGIN,
		      "{\"username\":\"Standalone\",\"password\":\"G@ppm0ym\"}");
	assert_int_equal(f.status, 200);
	json_t *j = json_loadb(f.response.p, f.response.n, 0, NULL);
	w->token = arena_strdup(&w->a, json_string_value(json_object_get(j, "token")));
	json_decref(j);
	f = fetch(w, "GET", DEVICES, NULL);
	assert_int_equal(f.status, 200);
	assert_string_equal(f.content_type, "application/json; charset=utf-8");
}

static void login_gives_a_token_that_opens_the_rest(void **state)
{
	with_world(builtin, log_in);
}

static void ask_login(struct world *w)
{
	/* clang-format off */
	static const struct request r[] = {
		{"POST", LOGIN, "{\"username\":\"u\",\"password\":\"p\"}", 405,
		 "{\"message\":\"Authentication disabled on MPS\"}"},
		{"POST", LOGIN, "{\"username\":\"u\"}", 400, NULL},
	};
	/* clang-format on */

	run_table(w, r, ARRAY_LEN(r));
}

static void login_is_405_when_there_are_no_users_of_ours(void **state)
{
	static const char *const oidc[] = {
		"auth.mode=oidc", "auth.oidc.issuer=http://127.0.0.1:1/realm", NULL};

	with_world(oidc, ask_login);
}

static void become(struct world *w, const char *tenant, const char *role)
{
	ok(iam_issue(w->mps.iam, "somebody", tenant, role, 5, &w->a, &w->token));
}

static void ask_as_viewer(struct world *w)
{
	/* clang-format off */
	static const struct request r[] = {
		{"GET", DEVICES, NULL, 200, "[]"},
		{"GET", "/api/v1/ciracert", NULL, 500, NULL},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\"}", 403, "~{\"error\":\"Forbidden\","},
		{"PATCH", DEVICES, "{\"guid\":\"" D0 "\"}", 403, NULL},
		{"DELETE", DEVICES "/" D0, NULL, 403, NULL},
		{"DELETE", DEVICES "/disconnect/" D0, NULL, 403, NULL},
		{"DELETE", DEVICES "/refresh/" D0, NULL, 403, NULL},
		{"GET", LOGIN "/redirection/" D0, NULL, 403, NULL},
		{"POST", "/api/v1/amt/power/action/" D0, "{\"action\":2}", 403, NULL},
		{"GET", DEVICES, NULL, 200, "[]"},
	};
	/* clang-format on */

	become(w, "", "viewer");
	run_table(w, r, ARRAY_LEN(r));
}

static void viewers_may_look_and_nothing_else(void **state)
{
	with_world(builtin, ask_as_viewer);
}

/* ---- tenancy ---- */

static void ask_across_tenants(struct world *w)
{
	/* clang-format off */
	static const struct request first[] = {
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"hostname\":\"h\",\"tags\":[\"secret-tag\"],"
				  "\"friendlyName\":\"f\",\"tenantId\":\"\"}", 201,
		 "~\"tenantId\":\"first\""},
		{"POST", DEVICES, "{\"guid\":\"" D1 "\",\"tenantId\":\"first\"}", 201, NULL},
		{"POST", DEVICES, "{\"guid\":\"" NOWHERE "\",\"tenantId\":\"second\"}", 403, NULL},
		{"GET", DEVICES "/" D0 "?tenantId=first", NULL, 200, NULL},
		{"GET", DEVICES "/" D0 "?tenantId=second", NULL, 404, ""},
	};
	static const struct request second[] = {
		{"GET", DEVICES, NULL, 200, "[]"},
		{"GET", DEVICES "?$count=true", NULL, 200, "{\"data\":[],\"totalCount\":0}"},
		{"GET", DEVICES "?hostname=h", NULL, 200, "[]"},
		{"GET", DEVICES "?friendlyName=f", NULL, 200, "[]"},
		{"GET", DEVICES "?tags=secret-tag", NULL, 200, "[]"},
		{"GET", DEVICES "?status=0&tenantId=first", NULL, 200, "[]"},
		{"GET", DEVICES "/stats", NULL, 200,
		 "{\"totalCount\":0,\"connectedCount\":0,\"disconnectedCount\":0}"},
		{"GET", DEVICES "/tags", NULL, 200, "[]"},
		{"GET", DEVICES "/" D0, NULL, 404, ""},
		{"GET", DEVICES "/" D0 "?tenantId=first", NULL, 404, ""},
		{"GET", DEVICES "/redirectstatus/" D0, NULL, 404, NOT_CONNECTED(D0)},
		{"GET", LOGIN "/redirection/" D0, NULL, 404, ""},
		{"PATCH", DEVICES, "{\"guid\":\"" D0 "\",\"hostname\":\"mine\"}", 404,
		 "{\"error\":\"NOT FOUND\",\"message\":\"Device ID " D0 " not found\"}"},
		{"PATCH", DEVICES, "{\"guid\":\"" D0 "\",\"tenantId\":\"first\"}", 403, NULL},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"hostname\":\"mine\"}", 400,
		 "{\"error\":\"Unique key violation\",\"message\":\"Device ID: " D0
		 " already exists\"}"},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"tenantId\":\"first\"}", 403, NULL},
		{"DELETE", DEVICES "/" D0, NULL, 404, NULL},
		{"DELETE", DEVICES "/" D0 "?tenantId=first&isSecretToBeDeleted=true", NULL, 404,
		 NULL},
		{"DELETE", DEVICES "/disconnect/" D0, NULL, 404, NOT_CONNECTED(D0)},
		{"DELETE", DEVICES "/refresh/" D0, NULL, 404, ""},
		{"GET", "/api/v1/amt/power/state/" D0, NULL, 404, NOT_CONNECTED(D0)},
	};
	static const struct request again[] = {
		{"GET", DEVICES "/" D0, NULL, 200, "~\"hostname\":\"h\""},
		{"GET", DEVICES "/stats", NULL, 200, "~\"totalCount\":2"},
	};
	/* clang-format on */
	struct secret s = {0};
	json_t *v = json_pack("{s:s}", "AMT_PASSWORD", "P@ssw0rd");

	ok(secrets_put(w->mps.secrets, "devices/" D0, v, soon()));
	json_decref(v);
	become(w, "first", "admin");
	run_table(w, first, ARRAY_LEN(first));
	become(w, "second", "admin");
	run_table(w, second, ARRAY_LEN(second));
	w->project = "first";
	run_table(w, &(struct request){"GET", DEVICES, NULL, 403, NULL}, 1);
	w->project = NULL;
	become(w, "first", "admin");
	run_table(w, again, ARRAY_LEN(again));
	ok(secrets_get_text(w->mps.secrets, "devices/" D0, "AMT_PASSWORD", soon(), &s));
	secret_fini(&s);
}

static void one_tenant_shows_another_nothing(void **state)
{
	with_world(builtin, ask_across_tenants);
}

/* ---- what callers cannot do ---- */

static void ask_forging(struct world *w)
{
	static const char forged[] =
		"\"connectionStatus\":true,\"mpsInstance\":\"evil\",\"lastConnected\":"
		"\"2024-01-01T00:00:00Z\",\"lastSeen\":\"2024-01-01T00:00:00Z\"}";
	const char *body = arena_printf(&w->a, "{\"guid\":\"%s\",%s", D0, forged);
	const char *honest = FULL(D0, "null", "[]", "null", "null", "null", "null");

	run_table(w,
		  (struct request[]){{"POST", DEVICES, body, 201, honest},
				     {"POST", DEVICES, body, 200, honest},
				     {"PATCH", DEVICES, body, 200, honest}},
		  3);
	struct mps_presence on = {D0, MPS_CONNECTED | MPS_SEEN, 1768456800123,
				  1768456800123, 0};
	ok(mps_presence_write(w->mps.db, "one", &on, 1, soon()));
	/* clang-format off */
	static const struct request after[] = {
		{"PATCH", DEVICES,
		 "{\"guid\":\"" D0 "\",\"connectionStatus\":false,\"mpsInstance\":null}", 200,
		 "~\"mpsInstance\":\"one\",\"connectionStatus\":true"},
		{"GET", DEVICES "/" D0, NULL, 200,
		 "~\"lastConnected\":\"2026-01-15T06:00:00.123Z\",\"lastSeen\":"
		 "\"2026-01-15T06:00:00.123Z\",\"lastDisconnected\":null"},
		{"GET", DEVICES "/stats", NULL, 200,
		 "{\"totalCount\":1,\"connectedCount\":1,\"disconnectedCount\":0}"},
		{"GET", DEVICES "?status=1", NULL, 200, "~" D0},
	};
	/* clang-format on */
	run_table(w, after, ARRAY_LEN(after));
}

static void callers_cannot_forge_what_the_server_saw(void **state)
{
	with_world(mode_none, ask_forging);
}

static bool has_secret(struct world *w)
{
	json_t *v;
	struct err *e = secrets_get(w->mps.secrets, "devices/" D0, soon(), &v);

	if (e == NULL) {
		json_decref(v);
		return true;
	}
	fails(e, ERR_NOT_FOUND);
	return false;
}

static void ask_deleting(struct world *w)
{
	static const struct request create = {"POST", DEVICES, "{\"guid\":\"" D0 "\"}",
					      201, NULL};
	static const char *const kept[] = {"", "?isSecretToBeDeleted=false",
					   "?isSecretToBeDeleted=1"};
	json_t *v = json_pack("{s:s}", "AMT_PASSWORD", "P@ssw0rd");

	ok(secrets_put(w->mps.secrets, "devices/" D0, v, soon()));
	json_decref(v);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		run_table(w, &create, 1);
		const char *path = arena_printf(&w->a, DEVICES "/" D0 "%s", kept[i]);
		run_table(w, &(struct request){"DELETE", path, NULL, 204, ""}, 1);
		assert_true(has_secret(w));
	}
	/* No record, no right to its secret. */
	struct request both = {"DELETE", DEVICES "/" D0 "?isSecretToBeDeleted=true", NULL,
			       404, NULL};
	run_table(w, &both, 1);
	assert_true(has_secret(w));
	run_table(w, &create, 1);
	both.status = 204;
	run_table(w, &both, 1);
	assert_false(has_secret(w));
	/* Half done the first time: the secret is gone, the record is not. */
	run_table(w, &create, 1);
	run_table(w, &both, 1);
}

static void deleting_with_the_secret_can_be_repeated(void **state)
{
	with_world(mode_none, ask_deleting);
}

static void ask_with_secrets_away(struct world *w)
{
	/* clang-format off */
	static const struct request r[] = {
		{"POST", DEVICES, "{\"guid\":\"" D0 "\"}", 201, NULL},
		{"DELETE", DEVICES "/" D0 "?isSecretToBeDeleted=true", NULL, 503,
		 "~{\"error\":\"Service Unavailable\""},
		{"GET", DEVICES "/" D0, NULL, 200, NULL},
		{"GET", "/readyz", NULL, 503, "a store cannot be asked\n"},
		{"GET", "/api/v1/health", NULL, 503,
		 "{\"db\":{\"name\":\"SQLITE\",\"status\":\"OK\"},"
		 "\"secretStore\":{\"name\":\"VAULT\",\"status\":\"unknown error\"}}"},
		{"DELETE", DEVICES "/" D0, NULL, 204, ""},
	};
	/* clang-format on */
	const struct secrets_config away = {.url = "vault+http://127.0.0.1:1",
					    .vault_path = "secret/data/",
					    .vault_token = "t"};
	struct secrets *there = w->mps.secrets;

	ok(secrets_open(&away, &w->mps.secrets));
	run_table(w, r, ARRAY_LEN(r));
	secrets_close(w->mps.secrets);
	w->mps.secrets = there;
}

static void record_stays_while_its_secret_cannot_be_deleted(void **state)
{
	with_world(mode_none, ask_with_secrets_away);
}

static void ask_hostile(struct world *w)
{
	char *big = arena_alloc(&w->a, 120000);
	struct buf deep = {0};

	memset(big, ' ', 119999);
	big[119999] = '\0';
	for (int i = 0; i < 60; i++)
		buf_adds(&deep, "{\"guid\":");
	/* clang-format off */
	const struct request r[] = {
		{"POST", DEVICES, big, 413, "~{\"error\":\"Payload Too Large\""},
		{"POST", DEVICES, deep.p, 400, "{\"error\":\"Incorrect URI or Bad Request\"}"},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"hostname\":\"a\\u0000b\"}", 400, NULL},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"hostname\":\"\xff\"}", 400, NULL},
		{"POST", DEVICES,
		 "{\"guid\":\"" D0 "\",\"hostname\":\"'; DROP TABLE devices; --\","
		 "\"tags\":[\"a,b\",\"\\\"\",\"{}\"],\"deviceInfo\":{\"x\":\"\\u0001\\n\"}}", 201,
		 "~\"tags\":[\"a,b\",\"\\\"\",\"{}\"]"},
		{"GET", DEVICES "?hostname=';%20DROP%20TABLE%20devices;%20--", NULL, 200, "~" D0},
		{"GET", DEVICES "?hostname=%ff%fe", NULL, 200, "[]"},
		{"GET", DEVICES "/%ff", NULL, 400, NULL},
		{"GET", DEVICES "/..%2f..%2fetc", NULL, 400, "~\"path\":\"guid\""},
		{"GET", "/api/v1/amt/power/state/%22%3c", NULL, 404, NOT_CONNECTED("\\\"<")},
		{"GET", DEVICES "?tags=%22,{}", NULL, 200, "~" D0},
	};
	/* clang-format on */

	run_table(w, r, ARRAY_LEN(r));
	buf_fini(&deep);
}

static void hostile_input_is_refused_or_only_text(void **state)
{
	with_world(mode_none, ask_hostile);
}

/* ---- operating it ---- */

static void ask_audit(struct world *w)
{
	/* clang-format off */
	static const struct request first[] = {
		{"GET", "/api/v1/audit", NULL, 200, "{\"records\":[],\"next\":null}"},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\"}", 201, NULL},
		{"GET", DEVICES, NULL, 200, NULL},
		{"DELETE", DEVICES "/disconnect/" D0, NULL, 404, NULL},
		{"GET", LOGIN "/redirection/" D0, NULL, 200, NULL},
		{"GET", "/api/v1/audit?$top=1", NULL, 200,
		 "~\"user\":\"somebody\",\"tenantId\":\"first\",\"action\":\"GET "
		 "/api/v1/authorize/redirection/{guid}\",\"guid\":\"" D0 "\",\"outcome\":\"200\","
		 "\"peer\":\"127.0.0.1\",\"detail\":null}],\"next\":3}"},
		{"GET", "/api/v1/audit?before=3", NULL, 200,
		 "~\"action\":\"DELETE /api/v1/devices/disconnect/{guid}\",\"guid\":\"" D0
		 "\",\"outcome\":\"404\""},
		{"GET", "/api/v1/audit?before=3", NULL, 200,
		 "~\"action\":\"POST /api/v1/devices\",\"guid\":\"" D0
		 "\",\"outcome\":\"201\""},
		{"GET", "/api/v1/audit?device=" D1, NULL, 200, "{\"records\":[],\"next\":null}"},
		{"GET", "/api/v1/audit?user=nobody", NULL, 200, "{\"records\":[],\"next\":null}"},
		{"GET", "/api/v1/audit?device=1&before=1", NULL, 400, "~\"path\":\"device\""},
		{"PUT", "/api/v1/log/level", "{\"level\":\"error\"}", 403, "~default tenant"},
	};
	static const struct request second[] = {
		{"GET", "/api/v1/audit", NULL, 200, "{\"records\":[],\"next\":null}"},
	};
	static const struct request viewer[] = {
		{"GET", "/api/v1/audit", NULL, 403, NULL},
		{"PUT", "/api/v1/log/level", "{\"level\":\"error\"}", 403, NULL},
		{"GET", "/metrics", NULL, 403, NULL},
	};
	/* clang-format on */

	become(w, "first", "admin");
	run_table(w, first, ARRAY_LEN(first));
	become(w, "second", "admin");
	run_table(w, second, ARRAY_LEN(second));
	become(w, "first", "viewer");
	run_table(w, viewer, ARRAY_LEN(viewer));
}

static void changes_are_on_record_for_their_tenant(void **state)
{
	with_world(builtin, ask_audit);
}

static void ask_operating(struct world *w)
{
	/* clang-format off */
	static const struct request admin[] = {
		{"PUT", "/api/v1/log/level", "{\"level\":\"error\"}", 200, "{\"level\":\"error\"}"},
		{"GET", "/api/v1/log/level", NULL, 200, "{\"level\":\"error\"}"},
		{"PUT", "/api/v1/log/level", "{\"level\":\"loud\"}", 400, "~\"path\":\"level\""},
		{"PUT", "/api/v1/log/level", "{\"level\":7}", 400, "~\"path\":\"level\""},
		{"PUT", "/api/v1/log/level", NULL, 400, "~\"path\":\"level\""},
		{"GET", "/api/v1/log/level", NULL, 200, "{\"level\":\"error\"}"},
	};
	static const struct request monitor[] = {
		{"GET", "/metrics", NULL, 200,
		 "~outband_http_answers_total{server=\"mps\",class=\"2xx\"} 3\n"},
		{"GET", "/metrics", NULL, 200, "~outband_http_request_seconds_count{server=\"mps\"} 7\n"},
		{"GET", DEVICES, NULL, 403, NULL},
		{"GET", "/livez", NULL, 200, "ok\n"},
		{"GET", "/readyz", NULL, 200, "ready\n"},
	};
	static const struct request stopping[] = {
		{"GET", "/livez", NULL, 200, "ok\n"},
		{"GET", "/readyz", NULL, 503, "stopping\n"},
		{"GET", "/metrics", NULL, 401, NULL},
	};
	/* clang-format on */
	enum log_level before = log_level();

	become(w, "", "admin");
	run_table(w, admin, ARRAY_LEN(admin));
	assert_int_equal(log_level(), LOG_ERROR);
	log_set_level(before);
	become(w, "", "monitor");
	run_table(w, monitor, ARRAY_LEN(monitor));
	w->token = NULL;
	w->mps.draining = true;
	run_table(w, stopping, ARRAY_LEN(stopping));
}

static void operators_see_figures_and_set_the_log(void **state)
{
	with_world(builtin, ask_operating);
}

static void ask_metrics_openly(struct world *w)
{
	run_table(w,
		  &(struct request){"GET", "/metrics", NULL, 200, "~outband_http_conn"},
		  1);
	run_table(w, &(struct request){"GET", DEVICES, NULL, 401, NULL}, 1);
}

static void metrics_may_be_opened(void **state)
{
	static const char *const open[] = {"auth.admin.password=G@ppm0ym",
					   "auth.metrics_open=true", NULL};

	with_world(open, ask_metrics_openly);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_but_the_open_ones_wants_a_token),
		cmocka_unit_test(login_gives_a_token_that_opens_the_rest),
		cmocka_unit_test(login_is_405_when_there_are_no_users_of_ours),
		cmocka_unit_test(viewers_may_look_and_nothing_else),
		cmocka_unit_test(one_tenant_shows_another_nothing),
		cmocka_unit_test(callers_cannot_forge_what_the_server_saw),
		cmocka_unit_test(deleting_with_the_secret_can_be_repeated),
		cmocka_unit_test(record_stays_while_its_secret_cannot_be_deleted),
		cmocka_unit_test(hostile_input_is_refused_or_only_text),
		cmocka_unit_test(changes_are_on_record_for_their_tenant),
		cmocka_unit_test(operators_see_figures_and_set_the_log),
		cmocka_unit_test(metrics_may_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
