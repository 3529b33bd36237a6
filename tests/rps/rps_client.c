/* SPDX-License-Identifier: Apache-2.0
 * The client: what rpc does with its device, and what may go wrong with it.
 */
#include "rps_world.h"

#include <base/clock.h>
#include <base/json.h>
#include <net/tls_test.h>
#include <net/ws.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_MESSAGE (1u << 20)
#define ANSWER_MS 20000
#define SILENCE_MS 300000 /* of a server that has much to do */

struct client {
	struct world *w;
	struct machine *m;
	struct run *r;
	struct ws *ws;
	bool dead, tls, owes_reset;
	struct stream *tunnel; /* to port 16993, or NULL */
	struct fiber_group fibers;
};

/* ---- messages ---- */

static struct err *send_message(struct client *c, const struct rpc_message *m)
{
	struct buf b = {0};
	struct rpc_message copy = *m;

	copy.from_client = true;
	rpc_message_encode(&b, &copy);
	struct err *e = ws_send(c->ws, false, buf_str(&b), SOON);
	buf_fini(&b);
	return e;
}

static void fill_payload(const struct client *c, struct rpc_payload *p)
{
	const struct sim_state *st = c->m->full->state;
	const char *given = c->r->password != NULL ? c->r->password : "";

	*p = (struct rpc_payload){
		.ver = str_of(c->m->model.version),
		.build = STR("1932"),
		.sku = STR("16392"),
		.features = STR("AMT Pro Corporate"),
		.username = STR(SIM_LOCAL_USER),
		.current_mode = st->mode,
		.hostname = STR("host-1"),
		.fqdn = str_of(st->dns_suffix),
		.client = STR("RPC"),
		.has_ip = true,
		.ip = {.address = STR("192.168.1.77"), .netmask = STR("255.255.255.0")},
		.has_hostname_info = true,
		.os_hostname = STR("new-name"),
		.os_suffix = STR("corp.example.com"),
		.n_hashes = 1,
		.cert_hashes = {str_of(c->w->pki.root_sha256)},
		.tls_enforced = st->tls_enforced,
		.tls_tunnel = c->r->tls_tunnel,
		.progress = c->r->progress,
		.lms_installed = !c->r->no_lms,
	};
	memcpy(p->uuid, c->m->guid, sizeof(p->uuid));
	if (st->mode == 0)
		secret_set(&p->password,
			   (struct str){st->local_password.p, st->local_password.n});
	else
		secret_set(&p->password, str_of(given));
}

static struct err *send_command(struct client *c)
{
	struct rpc_payload p;
	struct buf text = {0};

	fill_payload(c, &p);
	rpc_payload_encode(&text, &p);
	struct err *e =
		send_message(c, &(struct rpc_message){.method = RPC_COMMAND,
						      .command = str_of(c->r->command),
						      .payload = buf_str(&text)});
	buf_fini(&text);
	rpc_payload_fini(&p);
	return e;
}

/* ---- the device's local ports ---- */

static struct stream *dial(struct client *c, uint16_t port)
{
	struct stream *ours, *theirs;

	test_pipe(1 << 20, &ours, &theirs);
	if (sim_full_connect(c->m->full, port, true, STR("127.0.0.1"), theirs) == 0)
		return ours;
	stream_free(ours);
	stream_free(theirs);
	return NULL;
}

/* A device that was not asked to close keeps the connection: its answer has an end. */
static bool is_whole(struct str answer)
{
	ptrdiff_t body = str_find(answer, STR("\r\n\r\n"));
	ptrdiff_t length = str_find(answer, STR("Content-Length: "));
	uint64_t n;

	if (body < 0)
		return false;
	if (length < 0 || length > body)
		return str_ends(answer, STR("0\r\n\r\n"));
	struct str text = str_sub(answer, (size_t)length + 16, (size_t)body);
	text.n = MIN(text.n, strcspn(text.p, "\r"));
	return str_u64(text, UINT32_MAX, &n) && answer.n >= (size_t)body + 4 + n;
}

/* Until the device closes, if it was asked to. */
static void exchange(struct client *c, struct str request, struct buf *answer)
{
	struct deadline until = deadline_in(ANSWER_MS);
	struct stream *s = dial(c, SIM_PORT_PLAIN);
	bool closes = str_find(request, STR("Connection: close")) >= 0;
	size_t n = 1;

	if (s == NULL)
		return;
	struct err *e = stream_write(s, request.p, request.n, until);
	while (e == NULL && n > 0 && (closes || !is_whole(buf_str(answer)))) {
		e = stream_read(s, buf_reserve(answer, 4096), 4096, until, &n);
		answer->len += n;
	}
	err_free(e);
	stream_free(s);
}

static void note_request(struct run *r, struct str http)
{
	ptrdiff_t at = str_find(http, STR(":Action>")), from;

	if (at < 0)
		at = str_find(http, STR("<Action"));
	struct str rest = at < 0 ? STR("") : str_sub(http, (size_t)at, http.n);
	from = str_chr(rest, '>');
	rest = from < 0 ? rest : str_sub(rest, (size_t)from + 1, rest.n);
	ptrdiff_t end = str_chr(rest, '<');
	rest = str_sub(rest, 0, end < 0 ? 0 : (size_t)end);
	for (ptrdiff_t slash; (slash = str_find(rest, STR("wbem/"))) >= 0;)
		rest = str_sub(rest, (size_t)slash + 5, rest.n);
	buf_addf(&r->seen, STR_FMT "\n", STR_ARG(rest));
}

static struct err *on_wsman(struct client *c, struct str request)
{
	struct run *r = c->r;
	struct buf answer = {0};
	enum fault fault = ++r->requests == r->at ? r->fault : NO_FAULT;

	note_request(r, request);
	if (r->answered_ms != 0)
		r->rest_ms = MIN(r->rest_ms, clock_mono_ms() - r->answered_ms);
	if (fault == CLIENT_DIES_BEFORE) {
		c->dead = true;
		return NULL;
	}
	if (fault == DEVICE_FAILS)
		buf_adds(&answer, "HTTP/1.1 500 Internal Server Error\r\n"
				  "Content-Length: 0\r\nConnection: close\r\n\r\n");
	else
		exchange(c, request, &answer);
	if (fault == DEVICE_LOSES_POWER)
		ok(sim_full_unplug(c->m->full));
	if (fault == CLIENT_DIES_AFTER)
		c->dead = true;
	/* As rpc does: no answer, no message. */
	if (c->dead || fault == DEVICE_STALLS || fault == DEVICE_LOSES_POWER ||
	    answer.len == 0) {
		buf_fini(&answer);
		return NULL;
	}
	r->answered_ms = clock_mono_ms();
	struct err *e =
		send_message(c, &(struct rpc_message){.method = RPC_RESPONSE,
						      .payload = buf_str(&answer)});
	buf_fini(&answer);
	c->dead = r->requests == r->leaves_after;
	return e;
}

/* ---- tunnel ---- */

static struct err *pump(struct client *c, struct stream *s)
{
	char bytes[16384];
	size_t n;

	for (;;) {
		TRY(stream_read(s, bytes, sizeof(bytes), DEADLINE_NEVER, &n));
		if (n == 0)
			return NULL;
		TRY(send_message(c, &(struct rpc_message){.method = RPC_TLS_DATA,
							  .payload = {bytes, n}}));
	}
}

static void send_reset(struct client *c, const char *why)
{
	c->owes_reset = false;
	err_free(send_message(c, &(struct rpc_message){.method = RPC_CONNECTION_RESET,
						       .payload = str_of(why)}));
}

static void pump_run(void *arg)
{
	struct client *c = arg;
	struct stream *s = c->tunnel;
	struct err *e = pump(c, s);
	bool cancelled = err_is(e, ERR_CANCELLED);

	err_free(e);
	if (!cancelled && c->r->resets_late)
		c->owes_reset = true;
	else if (!cancelled)
		send_reset(c, "connection_closed");
}

static void hang_up(struct client *c)
{
	fiber_group_join(&c->fibers, true);
	stream_free(c->tunnel);
	c->tunnel = NULL;
}

static struct err *on_tls_data(struct client *c, struct str bytes)
{
	bool hello = bytes.n > 5 && bytes.p[0] == 0x16 && bytes.p[5] == 1;

	if (hello) {
		hang_up(c);
		if (c->owes_reset)
			send_reset(c, "connection_closed");
		c->r->requests++;
		c->tunnel = dial(c, SIM_PORT_TLS);
		if (c->tunnel != NULL)
			fiber_spawn(&c->fibers, "pump", pump_run, c);
	}
	if (c->tunnel == NULL)
		send_reset(c, "lms_error");
	else
		err_free(stream_write(c->tunnel, bytes.p, bytes.n, SOON));
	return NULL;
}

/* ---- all ---- */

static struct err *on_message(struct client *c, const struct rpc_message *m)
{
	struct run *r = c->r;

	switch (m->method) {
	case RPC_WSMAN:
		return on_wsman(c, m->payload);
	case RPC_TLS_DATA:
		return on_tls_data(c, m->payload);
	case RPC_PORT_SWITCH:
		assert_true(str_find(m->payload, STR("\"16993\"")) >= 0);
		return send_message(c,
				    &(struct rpc_message){.method = RPC_PORT_SWITCH_ACK,
							  .payload = STR("ok")});
	case RPC_PROGRESS:
		buf_addf(&r->progress_text, STR_FMT "\n", STR_ARG(m->message));
		return NULL;
	case RPC_HEARTBEAT_REQUEST:
		r->heartbeats++;
		if (r->no_heart)
			return NULL;
		return send_message(
			c, &(struct rpc_message){.method = RPC_HEARTBEAT_RESPONSE});
	case RPC_SUCCESS:
	case RPC_ERROR:
		r->ended = true;
		r->success = m->method == RPC_SUCCESS;
		r->message = str_dup(&c->w->a, m->message);
		return NULL;
	default:
		fail_msg("the server sent a %d", m->method);
		return NULL;
	}
}

static struct err *next_message(struct client *c)
{
	struct arena a = {0};
	struct ws_message w;
	struct rpc_message m;
	struct err *e = ws_recv(c->ws, deadline_in(SILENCE_MS), &w);

	if (e == NULL)
		e = rpc_message_decode(w.data, &a, &m);
	if (e == NULL)
		e = on_message(c, &m);
	arena_fini(&a);
	return e;
}

void client_run(struct world *w, struct machine *m, struct run *r)
{
	struct client c = {.w = w, .m = m, .r = r};
	const struct ws_config config = {.max_message = MAX_MESSAGE};
	struct stream *s;

	r->message = "";
	r->answered_ms = 0;
	r->rest_ms = INT64_MAX;
	fiber_group_init(&c.fibers);
	ok(socket_connect("127.0.0.1", w->rpc_port, NULL, SOON, &s));
	const char *header =
		r->token == NULL
			? NULL
			: arena_printf(&w->a, "Authorization: Bearer %s\r\n", r->token);
	ok(ws_connect(s, "localhost", "/activate", header, &config, SOON, &c.ws));
	struct err *e = send_command(&c);
	while (e == NULL && !c.dead && !r->ended)
		e = next_message(&c);
	if (e != NULL && !err_is(e, ERR_CLOSED))
		ok(e);
	err_free(e);
	hang_up(&c);
	if (!c.dead)
		ws_close(c.ws, 1000, NULL);
	ws_free(c.ws);
}

const char *status_of(struct world *w, const struct run *r, const char *key)
{
	json_error_t why;
	json_t *j = json_read(str_of(r->message), 0, &why);
	const char *text = json_string_value(json_object_get(j, key));

	text = arena_strdup(&w->a, text != NULL ? text : "");
	json_decref(j);
	return text;
}

/* ---- and what is expected of it ---- */

void run_end(struct run *r)
{
	buf_fini(&r->seen);
	buf_fini(&r->progress_text);
}

void succeeds(struct world *w, struct machine *m, struct run *r, const char *status)
{
	client_run(w, m, r);
	if (!r->ended || !r->success)
		fail_msg("%s: %s", r->command, r->message);
	assert_string_equal(status_of(w, r, "Status"), status);
}

void does(struct world *w, struct machine *m, const char *command, const char *password,
	  const char *status)
{
	struct run r = {.command = command, .password = password};

	succeeds(w, m, &r, status);
	run_end(&r);
}

void refused(struct world *w, struct machine *m, const char *command,
	     const char *password, const char *part)
{
	struct run r = {.command = command, .password = password};

	client_run(w, m, &r);
	assert_true(r.ended);
	if (r.success || strstr(r.message, part) == NULL)
		fail_msg("%s: \"%s\" does not hold \"%s\"", command, r.message, part);
	run_end(&r);
}

unsigned request_of(const struct run *r, const char *method, unsigned nth)
{
	const char *at = r->seen.p;
	unsigned n = 1;

	for (; nth > 1; nth--)
		at = strstr(at, method) + 1;
	at = strstr(at, method);
	assert_non_null(at);
	for (const char *p = r->seen.p; p < at; p++)
		n += *p == '\n';
	return n;
}
