/* SPDX-License-Identifier: Apache-2.0
 * Upstream's assistant logs in with a header of its own,
 *
 *   x-meshauth: base64(user),base64(password)
 *
 * where the password may be a token of ours or of the issuer's; others send a bearer
 * token. The assistant hands out certificates and passwords of the enterprise's
 * directory, and names roots that devices trust from then on: nobody may play it.
 *
 * A connection's fiber reads; whoever asks writes by himself, one after the other, and
 * waits on his client's queue until the reader wakes it.
 */
#include <rps/assistant_server.h>

#include <base/encode.h>
#include <base/log.h>
#include <base/metrics.h>
#include <iam/iam_audit.h>
#include <iam/iam_http.h>
#include <net/ws.h>
#include <stdlib.h>

#define PING_MS 30000
#define WRITE_MS 10000
#define MAX_MESSAGE 65536
#define MAX_PER_TENANT 8
#define MAX_LOGIN 4096	  /* of each part of x-meshauth: a token may be long */
#define TOKEN_START "eyJ" /* of every JSON Web Token */

struct assistant_server {
	struct rps *r;
	struct http_server *http;
	struct list connected; /* of assistant; the latest first */
	struct iam_watch watch;
	unsigned n;
	struct metrics_source metrics;
};

struct assistant {
	struct list link;
	struct ws *ws;
	struct fiber *fiber;
	const struct iam_caller *who; /* in its request's arena, as peer is */
	const char *peer;
	bool revoked;
	bool writing;
	unsigned users;	      /* fibers in assistant_server_ask */
	struct waitq changed; /* writing, users */
	struct list questions;
};

struct question {
	struct list link;
	char id[UUID_TEXT_SIZE];
	struct str node_id;
	struct waitq *wake;
	const char *lost;   /* why there will be no answer, or NULL */
	struct secret text; /* the answer */
};

/* ---- who ---- */

static struct err *bad_login(void)
{
	return err_new(ERR_UNAUTHENTICATED,
		       "the Enterprise Assistant's login is not of the form "
		       "base64(user),base64(password)");
}

static char *part_of(struct str *rest, struct arena *a)
{
	struct str part = {0};
	size_t n;

	if (!str_split(rest, ',', &part) || part.n > MAX_LOGIN)
		return NULL;
	char *bytes = (char *)base64_decode(a, str_trim(part), &n);
	return bytes != NULL && memchr(bytes, '\0', n) == NULL
		       ? str_dup(a, (struct str){bytes, n})
		       : NULL;
}

/* An Authorization value for what the assistant's own header says. */
static struct err *authorization_of(struct assistant_server *s, struct http_req *req,
				    struct str header, const char **out)
{
	const char *user = part_of(&header, req->arena),
		   *password = part_of(&header, req->arena), *token;

	if (user == NULL || password == NULL)
		return bad_login();
	token = password;
	if (strncmp(password, TOKEN_START, strlen(TOKEN_START)) != 0)
		TRY(iam_login(s->r->iam, user, str_of(password), req->peer.addr,
			      req->arena, req->until, &token));
	*out = arena_printf(req->arena, "Bearer %s", token);
	return NULL;
}

static struct err *authenticate(struct assistant_server *s, struct http_req *req,
				struct iam_caller **out)
{
	const struct http_header *own = http_header(req->head, "x-meshauth"),
				 *h = http_header(req->head, "Authorization"),
				 *project = http_header(req->head, "ActiveProjectID");
	const char *authorization = h != NULL ? str_dup(req->arena, h->value) : NULL;

	if (h == NULL && own != NULL && !iam_mode_none(s->r->iam))
		TRY(authorization_of(s, req, own->value, &authorization));
	TRY(iam_authenticate(s->r->iam, authorization,
			     project != NULL ? str_dup(req->arena, project->value) : NULL,
			     req->arena, req->until, out));
	if (!((*out)->perms & IAM_ASSIST))
		return err_new(
			ERR_FORBIDDEN,
			"these credentials are not an Enterprise Assistant's: they "
			"need the role \"assistant\", or the permission \"assist\"");
	return NULL;
}

/* ---- answers ---- */

/* Upstream's repeats both; one that leaves the second out has one question per device. */
static struct question *question_of(const struct assistant *as,
				    const struct assistant_answer *x)
{
	list_for_each (pos, &as->questions) {
		struct question *q = list_entry(pos, struct question, link);
		if (str_eq(x->node_id, q->node_id) &&
		    (x->request_id.n == 0 || str_eqz(x->request_id, q->id)))
			return q;
	}
	return NULL;
}

static struct err *receive(struct assistant *as, struct str text)
{
	_cleanup_(arena_fini) struct arena a = {0};
	struct assistant_answer x;
	struct err *e = assistant_answer_decode(text, &a, &x);
	struct question *q = e == NULL ? question_of(as, &x) : NULL;

	assistant_answer_fini(&x);
	TRY(e);
	/* What it says of itself, and late answers, are nobody's. */
	if (q == NULL || q->text.p != NULL)
		return NULL;
	secret_set(&q->text, text);
	waitq_wake_all(q->wake);
	return NULL;
}

static struct err *listen_to(struct assistant *as, int64_t until_ms)
{
	for (;;) {
		struct ws_message m;
		struct deadline until =
			until_ms == INT64_MAX
				? DEADLINE_NEVER
				: deadline_in(MAX(until_ms - clock_wall_ms(), 0));

		TRY(ws_recv(as->ws, until, &m));
		struct err *e = m.binary ? err_new(ERR_INVALID,
						   "messages are text frames of JSON")
					 : receive(as, m.data);
		secret_wipe((char *)(uintptr_t)m.data.p, m.data.n);
		TRY(e);
	}
}

/* ---- a connection ---- */

static unsigned count(const struct assistant_server *s, const char *tenant)
{
	unsigned n = 0;

	list_for_each (pos, &s->connected)
		n += strcmp(list_entry(pos, struct assistant, link)->who->tenant,
			    tenant) == 0;
	return n;
}

static void enter(struct assistant_server *s, struct assistant *as)
{
	as->fiber = fiber_self();
	list_init(&as->questions);
	waitq_init(&as->changed);
	list_add_head(&s->connected, &as->link);
	s->n++;
	/* Devices will trust what it says. */
	iam_audit_note(s->r->db, &(struct iam_audit){.who = as->who->name,
						     .tenant = as->who->tenant,
						     .what = "enterprise assistant",
						     .outcome = "connected",
						     .peer = as->peer});
	log_info("an Enterprise Assistant connected", F_STR("peer", as->peer),
		 F_STR("who", as->who->name), F_STR("tenant", as->who->tenant));
}

/* Nobody finds it any more; who has it yet is told, and awaited. */
static void leave(struct assistant_server *s, struct assistant *as, const struct err *why)
{
	static const char gone[] = "the Enterprise Assistant went away",
			  junk[] = "the Enterprise Assistant sent what is no message";

	list_del(&as->link);
	s->n--;
	list_for_each (pos, &as->questions) {
		struct question *q = list_entry(pos, struct question, link);
		q->lost = err_is(why, ERR_INVALID) ? junk : gone;
		waitq_wake_all(q->wake);
	}
	waitq_wake_all(&as->changed);
	fiber_shield(1);
	while (as->users > 0)
		err_free(waitq_wait(&as->changed, deadline_in(WRITE_MS)));
	fiber_shield(-1);
	log_info("an Enterprise Assistant disconnected", F_STR("peer", as->peer),
		 F_ERR(why));
}

/* A login was taken back: whose it was goes. */
static void on_revoked(void *arg)
{
	struct assistant_server *s = arg;

	list_for_each (pos, &s->connected) {
		struct assistant *as = list_entry(pos, struct assistant, link);
		if (!as->revoked && !iam_still_valid(s->r->iam, as->who)) {
			as->revoked = true;
			fiber_cancel(as->fiber);
		}
	}
}

static void hang_up(struct assistant *as, const struct err *why)
{
	if (err_is(why, ERR_INVALID))
		ws_close(as->ws, 1007, why->msg);
	else if (err_is(why, ERR_TIMEOUT) || as->revoked)
		ws_close(as->ws, 1008, "the login counts no more; log in again");
	else
		ws_close(as->ws, 1001, NULL);
	ws_free(as->ws);
}

static struct err *on_connect(struct http_req *req, struct http_res *res)
{
	static const struct ws_config ws = {.max_message = MAX_MESSAGE,
					    .ping_ms = PING_MS};
	struct assistant_server *s = req->app;
	struct iam_caller *who;

	TRY(authenticate(s, req, &who));
	if (count(s, who->tenant) >= MAX_PER_TENANT)
		return err_new(ERR_LIMITED,
			       "%d Enterprise Assistants are connected already; stop one",
			       MAX_PER_TENANT);
	struct assistant as = {.who = who, .peer = req->peer.addr};
	TRY(ws_accept(req, &ws, &as.ws));
	enter(s, &as);
	/* Who was let in a moment ago may have been shown out since. */
	as.revoked = as.revoked || !iam_still_valid(s->r->iam, who);
	struct err *e = as.revoked ? err_new(ERR_UNAUTHENTICATED, "the login was revoked")
				   : listen_to(&as, who->until_ms);
	leave(s, &as, e);
	hang_up(&as, e);
	err_free(e);
	return NULL;
}

/* ---- questions ---- */

static struct assistant *find(const struct assistant_server *s, const char *tenant)
{
	list_for_each (pos, &s->connected) {
		struct assistant *as = list_entry(pos, struct assistant, link);
		if (as->who->all_tenants || strcmp(as->who->tenant, tenant) == 0)
			return as;
	}
	return NULL;
}

bool assistant_server_serves(const struct assistant_server *s, const char *tenant)
{
	return find(s, tenant) != NULL;
}

static struct err *lost(const struct question *q)
{
	return q->lost != NULL ? err_new(ERR_CONFLICT, "%s", q->lost) : NULL;
}

static struct err *post(struct assistant *as, const struct question *q,
			const struct assistant_request *request, struct deadline until)
{
	_cleanup_(buf_fini) struct buf text = {0};
	struct assistant_request copy = *request;

	while (as->writing) {
		TRY(waitq_wait(&as->changed, until));
		TRY(lost(q));
	}
	copy.request_id = str_of(q->id);
	assistant_request_encode(&text, &copy, true);
	as->writing = true;
	struct err *e = ws_send(as->ws, false, buf_str(&text),
				deadline_min(until, deadline_in(WRITE_MS)));
	as->writing = false;
	waitq_wake_all(&as->changed);
	return err_is(e, ERR_CLOSED) ? err_wrap_as(ERR_CONFLICT, e,
						   "the Enterprise Assistant went away")
				     : e;
}

static struct err *await(struct question *q, struct rpc_session *client,
			 struct deadline until)
{
	while (q->text.p == NULL) {
		TRY(rpc_session_check(client));
		TRY(lost(q));
		TRY(waitq_wait(q->wake, until));
	}
	return NULL;
}

static struct err *silent(struct err *take_e, int64_t ms)
{
	if (!err_is(take_e, ERR_TIMEOUT))
		return take_e;
	err_free(take_e);
	return err_new(ERR_TIMEOUT,
		       "the Enterprise Assistant did not answer within %.3g s; its own "
		       "log may say why",
		       (double)ms / 1000);
}

struct err *assistant_server_ask(struct assistant_server *s, const char *tenant,
				 struct rpc_session *client,
				 const struct assistant_request *request, struct arena *a,
				 struct deadline until, struct assistant_answer *out)
{
	struct question q = {.node_id = request->node_id,
			     .wake = rpc_session_changed(client)};
	struct assistant *as = find(s, tenant);
	int64_t ms = config_int(s->r->config, "rps.assistant.answer_ms");

	if (as == NULL)
		return err_new(ERR_CONFLICT, "no Enterprise Assistant is connected");
	until = deadline_min(until, deadline_in(ms));
	uuid_random(q.id);
	list_add_tail(&as->questions, &q.link);
	as->users++;
	struct err *e = post(as, &q, request, until);
	if (e == NULL)
		e = await(&q, client, until);
	list_del(&q.link);
	as->users--;
	waitq_wake_all(&as->changed);
	if (e == NULL) {
		e = assistant_answer_decode((struct str){q.text.p, q.text.n}, a, out);
		OB_ASSERT(e == NULL); /* it was read once, to find its question */
	}
	secret_fini(&q.text);
	return silent(e, ms);
}

/* ---- life ---- */

/* Upstream's listens at any path; gateways have /ea. */
static const struct http_route routes[] = {
	{.method = "GET", .path = "/", .handler = on_connect, .needs = IAM_OPEN},
	{.method = "GET", .path = "/ea", .handler = on_connect, .needs = IAM_OPEN},
};

static void on_error(struct http_req *req, const struct err *e, struct http_res *res)
{
	/* Upstream's comes again at once; what iam refuses it notes itself, with a limit.
	 */
	if (e->kind == ERR_FORBIDDEN)
		log_warn("Enterprise Assistant refused", F_STR("peer", req->peer.addr),
			 F_ERR(e));
	iam_http_answer_err(res, e, "message");
}

static void tell_metrics(struct metrics_out *o, void *arg)
{
	const struct assistant_server *s = arg;

	metrics_put(o, METRIC_GAUGE, "outband_rps_assistants",
		    "Enterprise Assistants that are connected.", NULL, (double)s->n);
}

struct err *assistant_server_start(struct rps *r, struct assistant_server **out)
{
	struct assistant_server *s = xcalloc(1, sizeof(*s));
	const struct http_server_config c = {
		.name = "rps-assistant", .app = s, .on_error = on_error};

	s->r = r;
	list_init(&s->connected);
	s->http = http_server_new(&c);
	http_server_routes(s->http, routes, ARRAY_LEN(routes));
	s->metrics = (struct metrics_source){.fn = tell_metrics, .arg = s};
	metrics_source_add(&s->metrics);
	s->watch = (struct iam_watch){.fn = on_revoked, .arg = s};
	iam_watch(r->iam, &s->watch);
	struct err *e =
		iam_http_listen(r->iam, s->http, r->config, "rps.assistant.listen");
	if (e != NULL) {
		assistant_server_stop(s, deadline_in(0));
		return e;
	}
	log_info("Enterprise Assistants are served",
		 F_STR("at", config_str(r->config, "rps.assistant.listen")),
		 F_U64("port", assistant_server_port(s)));
	*out = s;
	return NULL;
}

void assistant_server_stop(struct assistant_server *s, struct deadline until)
{
	if (s == NULL)
		return;
	iam_unwatch(&s->watch);
	metrics_source_del(&s->metrics);
	http_server_shutdown(s->http, until);
	http_server_free(s->http);
	free(s);
}

uint16_t assistant_server_port(const struct assistant_server *s)
{
	return http_server_port(s->http, 0);
}
