/* SPDX-License-Identifier: Apache-2.0 */
#include "relay_world.h"

#include <amt/redirection/sol.h>
#include <iam/iam_audit.h>
#include <iam/iam_http.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct err *acquire(struct device_host *h, struct http_req *req, const char *guid,
			   struct device **out)
{
	struct relay_world *r = container_of(h, struct relay_world, host);
	const struct iam_caller *who = req->caller;

	if (!str_ieqz(str_of(guid), GUID) || strcmp(who->tenant, "t1") != 0 ||
	    r->w.device.gone)
		return err_new(ERR_NOT_FOUND, "device %s is not connected", guid);
	if (r->shown_out != NULL)
		ok(iam_revoke(r->iam, r->shown_out, NULL, who->tenant, SOON));
	*out = device_ref(&r->w.device);
	return NULL;
}

static struct err *renew(struct device_host *h, struct http_req *req, struct device *d)
{
	struct relay_world *r = container_of(h, struct relay_world, host);

	amt_http_credentials(&d->http, STR("admin"), str_of(r->stored));
	return NULL;
}

static void tell(struct device_host *h, struct http_req *req, enum event_type type,
		 const char *method, const char *message, const char *guid)
{
	struct relay_world *r = container_of(h, struct relay_world, host);

	r->told++;
	snprintf(r->last_event, sizeof(r->last_event), "%s: %s", method, message);
}

static struct err *before(struct http_req *req, struct http_res *res, bool *answered)
{
	struct device_host *h = req->app;

	return iam_http_before(container_of(h, struct relay_world, host)->iam, req);
}

static void on_error(struct http_req *req, const struct err *e, struct http_res *res)
{
	iam_http_answer_err(res, e, "errorDescription");
}

static void start_iam(struct relay_world *r)
{
	char url[128];
	struct secret generated = {0};

	r->config = config_new();
	config_add(r->config, iam_settings, iam_settings_n);
	ok(config_set(r->config, "auth.admin.password=Adm1n-of-tests", "test"));
	strcpy(r->dir, "/tmp/ob-relay-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(url, sizeof(url), "file:%s/secrets.db", r->dir);
	r->client = http_client_new(&(struct http_client_config){0});
	ok(db_open("sqlite::memory:", 0, &r->db));
	ok(secrets_open(&(struct secrets_config){.url = url}, &r->secrets));
	ok(iam_audit_migrate(r->db, SOON, NULL));
	ok(iam_start(r->config, r->db, r->secrets, r->client, &r->iam, &generated));
	secret_fini(&generated);
}

void relay_world_start(struct relay_world *r)
{
	*r = (struct relay_world){.stored = WORLD_PASSWORD};
	world_start(&r->w, &(struct world_options){.mode = IPS_CONTROL_ADMIN});
	/* The person at the device agreed: KVM and IDE-R may begin. */
	r->w.full->state->subjects.consent.state = IPS_OPT_IN_RECEIVED;
	start_iam(r);
	r->host.acquire = acquire;
	r->host.renew = renew;
	r->host.tell = tell;
	r->host.relay = relay_new(&(struct relay_config){
		.host = &r->host, .iam = r->iam, .db = r->db, .ping_ms = 10000});
	r->http = http_server_new(&(struct http_server_config){.name = "relay",
							       .app = &r->host,
							       .before = before,
							       .on_error = on_error});
	http_server_routes(r->http, relay_routes, relay_routes_n);
	ok(http_server_listen(r->http, "127.0.0.1:0", NULL));
}

void relay_world_stop(struct relay_world *r)
{
	char cmd[128];

	if (r->http != NULL)
		http_server_shutdown(r->http, deadline_in(5000));
	http_server_free(r->http);
	relay_free(r->host.relay);
	iam_stop(r->iam);
	secrets_close(r->secrets);
	db_close(r->db);
	http_client_free(r->client);
	config_free(r->config);
	world_stop(&r->w);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", r->dir);
	assert_int_equal(system(cmd), 0);
}

const char *relay_token_of(struct relay_world *r, const char *tenant, uint32_t perms,
			   const char *mode)
{
	const struct iam_caller who = {.name = "otto", .tenant = tenant, .perms = perms};
	const char *token;

	ok(iam_redirection_token(r->iam, &who, GUID, mode, &r->w.a, &token));
	return token;
}

const char *relay_token(struct relay_world *r, const char *guid, const char *mode)
{
	const struct iam_caller who = {
		.name = "otto", .tenant = "t1", .perms = IAM_REDIRECT};
	const char *token;

	ok(iam_redirection_token(r->iam, &who, guid, mode, &r->w.a, &token));
	return token;
}

int relay_rest(struct relay_world *r, const char *method, const char *path,
	       const char *tenant, const char *role, const char **body)
{
	const char *token, *headers[2] = {NULL};

	ok(iam_issue(r->iam, "anna", tenant, role, 5, &r->w.a, &token));
	headers[0] = arena_printf(&r->w.a, "Authorization: Bearer %s", token);
	struct http_fetch f = {.method = method,
			       .url = arena_printf(&r->w.a, "http://127.0.0.1:%u%s",
						   http_server_port(r->http, 0), path),
			       .headers = headers};
	ok(http_fetch(r->client, &f, &r->w.a, SOON));
	if (body != NULL)
		*body = str_dup(&r->w.a, f.response);
	return (int)f.status;
}

/* ---- the console ---- */

struct err *console_try(struct relay_world *r, const char *token, const char *query,
			const char *headers, struct console *c)
{
	struct ws_config cfg = {.max_message = 1 << 20, .protocol = token};
	const char *target = arena_printf(&r->w.a, "/relay/webrelay.ashx?p=2&%s", query);
	struct stream *s;

	*c = (struct console){0};
	ok(socket_connect("127.0.0.1", http_server_port(r->http, 0), NULL, SOON, &s));
	return ws_connect(s, "localhost", target, headers, &cfg, SOON, &c->ws);
}

void console_open(struct relay_world *r, const char *mode, const char *more,
		  struct console *c)
{
	const char *query = arena_printf(
		&r->w.a, "host=" GUID "&port=16994&tls=0&tls1only=0&mode=%s%s", mode,
		more);

	ok(console_try(r, relay_token(r, GUID, mode), query, NULL, c));
}

void console_send(struct console *c, struct str bytes)
{
	ok(ws_send(c->ws, true, bytes, SOON));
}

bool console_want(struct console *c, size_t n)
{
	struct ws_message m;

	while (c->in.len < n) {
		struct err *e = ws_recv(c->ws, SOON, &m);
		if (e != NULL) {
			if (e->kind != ERR_CLOSED)
				fail_msg("%s", e->msg);
			err_free(e);
			return false;
		}
		c->text = !m.binary;
		assert_true(m.data.n > 0); /* never an empty frame */
		if (m.binary) {
			buf_addstr(&c->in, m.data);
			continue;
		}
		for (size_t i = 0; i < m.data.n; i++) {
			uint8_t b = (uint8_t)m.data.p[i];
			if (b >= 0x80) {
				assert_true(b <= 0xc3 && i + 1 < m.data.n);
				b = (uint8_t)(b << 6 | ((uint8_t)m.data.p[++i] & 0x3f));
			}
			buf_addc(&c->in, (char)b);
		}
	}
	return true;
}

uint16_t console_ended(struct console *c)
{
	while (console_want(c, c->in.len + 1))
		;
	return ws_close_code(c->ws);
}

void console_close(struct console *c)
{
	if (c->ws != NULL)
		ws_close(c->ws, 1000, NULL);
	ws_free(c->ws);
	buf_fini(&c->in);
	*c = (struct console){0};
}

struct redir_msg console_reply(struct console *c)
{
	struct redir_msg m;
	const char *why = "";
	ssize_t n;

	while ((n = redir_decode(c->in.p, c->in.len, &m, &why)) == 0)
		if (!console_want(c, c->in.len + 1))
			fail_msg("the session ended: %u", ws_close_code(c->ws));
	if (n < 0)
		fail_msg("%s", why);
	buf_consume(&c->in, (size_t)n);
	return m;
}

void console_login(struct console *c, enum redir_kind kind)
{
	static const char blank[] = "\x13\0\0\0\4\x08\0\0\0\0\0\0\0\0\0\0\0";
	struct buf b = {0};

	redir_encode_start(&b, kind);
	console_send(c, buf_str(&b));
	assert_int_equal(console_reply(c).status, REDIR_STARTED);
	buf_clear(&b);
	redir_encode_query(&b);
	console_send(c, buf_str(&b));
	assert_int_equal(console_reply(c).auth.type, REDIR_BY_QUERY);
	console_send(c, (struct str){blank, sizeof(blank) - 1});
	assert_int_equal(console_reply(c).status, REDIR_AUTH_FAILED); /* the challenge */
	console_send(c, (struct str){blank, sizeof(blank) - 1});
	struct redir_msg m = console_reply(c);
	assert_int_equal(m.status, REDIR_AUTH_OK);
	assert_int_equal(m.auth.type, REDIR_BY_DIGEST);
	buf_fini(&b);
}

/* ---- serial over LAN ---- */

static const struct sol_params browser = {10000, 100, 0, 10000, 100, 0};

/* ---- serial over LAN ---- */

void sol_start(struct console *c)
{
	struct sol_msg m = {.op = SOL_START, .start = browser};
	struct buf b = {0};

	console_login(c, REDIR_SOL);
	sol_encode(&b, &m);
	console_send(c, buf_str(&b));
	buf_fini(&b);
}

void sol_type(struct console *c, const char *text, bool as_text)
{
	struct sol_msg m = {.op = SOL_DATA_TO_HOST, .data = str_of(text)};
	struct buf b = {0};

	sol_encode(&b, &m);
	if (as_text)
		ok(ws_send(c->ws, false, buf_str(&b), SOON));
	else
		console_send(c, buf_str(&b));
	buf_fini(&b);
}

void sol_expect(struct console *c, const char *text)
{
	struct buf seen = {0};
	const char *why;
	struct sol_msg m;

	while (seen.p == NULL || strstr(seen.p, text) == NULL) {
		ssize_t n = sol_decode(c->in.p, c->in.len, &m, &why);
		if (n < 0)
			fail_msg("%s", why);
		if (n == 0) {
			if (!console_want(c, c->in.len + 1))
				fail_msg("ended (%u) before \"%s\", saw %s",
					 ws_close_code(c->ws), text,
					 seen.p ? seen.p : "");
			continue;
		}
		if (m.op == SOL_DATA_FROM_HOST)
			buf_addstr(&seen, m.data);
		buf_consume(&c->in, (size_t)n);
	}
	buf_fini(&seen);
}

/* ---- the host ---- */

const char *relay_screen(struct relay_world *r)
{
	struct buf b = {0};

	sim_redirection_text(&r->w.full->redirection, &b);
	const char *text = str_dup(&r->w.a, buf_str(&b));
	buf_fini(&b);
	return text;
}

bool relay_screen_shows(struct relay_world *r, const char *text)
{
	return strstr(relay_screen(r), text) != NULL;
}
