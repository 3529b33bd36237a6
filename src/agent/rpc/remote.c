/* SPDX-License-Identifier: Apache-2.0
 * The conversation with RPS: says what is wanted, does what is asked, until the last
 * message. rpc.md 5.
 *
 * Three fibers: this run's own handles messages, one reads the WebSocket, one exchanges
 * bytes with AMT (remote_relay.c). A WebSocket that breaks under way is opened again and
 * the command repeated: servers look at the device's state and go on from there.
 */
#include <agent/rpc/remote.h>

#include <agent/rpc/local.h>
#include <base/json.h>
#include <stdlib.h>

#define SEND_MS 30000
#define SETTLE_MS 8000	  /* an exchange with AMT is let end after Ctrl-C */
#define SILENCE_MS 600000 /* pings find a dead server; this ends one that only pongs */
#define RECONNECTS 5
#define RECONNECT_MS 1000 /* doubled each time */
#define DELAY_MAX_S 60

struct session {
	struct rpc *r;
	const struct remote_task *task;
	struct ws *ws;
	struct relay *relay;
	struct fiber_group reader;
	struct waitq changed; /* of what follows */
	bool has_message;
	struct arena arena; /* of the message */
	struct rpc_message message;
	struct err *broken; /* the WebSocket */
	struct err *fatal;  /* the way to AMT */
	bool writing, progressed;
};

/* ---- messages ---- */

static struct err *send_text(struct session *s, struct str text)
{
	struct deadline until = deadline_in(SEND_MS);

	while (s->writing)
		TRY(waitq_wait(&s->changed, until));
	s->writing = true;
	struct err *e = ws_send(s->ws, false, text, until);

	s->writing = false;
	waitq_wake_all(&s->changed);
	return e;
}

static struct err *send_message(void *arg, enum rpc_method method, struct str bytes)
{
	struct rpc_message m = {.method = method, .payload = bytes, .from_client = true};
	struct buf b = {0};

	buf_reserve(&b, 2 * bytes.n + 512);
	rpc_message_encode(&b, &m);
	struct err *e = send_text(arg, buf_str(&b));

	buf_fini_wipe(&b);
	return e;
}

void relay_failed(void *arg, struct err *e)
{
	struct session *s = arg;

	/* A WebSocket that broke meanwhile is the reader's to tell. */
	if (e == NULL || e->kind == ERR_CANCELLED || e->kind == ERR_CLOSED ||
	    s->fatal != NULL) {
		err_free(e);
		return;
	}
	s->fatal = e;
	waitq_wake_all(&s->changed);
}

static struct err *read_one(struct session *s)
{
	struct ws_message m;

	TRY(ws_recv(s->ws, deadline_in(SILENCE_MS), &m));
	TRY(rpc_message_decode(m.data, &s->arena, &s->message));
	s->has_message = true;
	waitq_wake_all(&s->changed);
	while (s->has_message)
		TRY(waitq_wait(&s->changed, DEADLINE_NEVER));
	return NULL;
}

static void reader_fiber(void *arg)
{
	struct session *s = arg;
	struct err *e = NULL;

	while (e == NULL)
		e = read_one(s);
	s->broken = e;
	waitq_wake_all(&s->changed);
}

/* ---- what the server asks for ---- */

static struct err *switch_port(struct session *s, struct str text)
{
	json_t *j = json_read(text, 0, NULL);
	const json_t *port_json = json_object_get(j, "port");
	uint64_t port = (uint64_t)json_integer_value(port_json);
	json_int_t delay = json_integer_value(json_object_get(j, "delay"));
	bool good = json_is_integer(port_json) ||
		    str_u64(str_of(json_string_value(port_json)), UINT16_MAX, &port);

	json_decref(j);
	if (!good || (port != 16992 && port != 16993))
		return err_new(ERR_INVALID,
			       "RPS asked for a port that AMT does not have");
	delay = MAX(0, MIN(delay, DELAY_MAX_S));
	rpc_log(s->r, LOG_INFO,
		"Port switch: closing LMS connection, waiting %llds for AMT TLS restart",
		(long long)delay);
	TRY(relay_switch_port(s->relay, (uint16_t)port, delay * 1000));
	rpc_log(s->r, LOG_INFO, "Port switch: successfully switched to port %llu",
		(unsigned long long)port);
	return send_message(s, RPC_PORT_SWITCH_ACK, STR("ok"));
}

/* *over: that was the last one. */
static struct err *handle(struct session *s, bool *over)
{
	const struct rpc_message *m = &s->message;

	s->progressed = true;
	switch (m->method) {
	case RPC_SUCCESS:
	case RPC_ERROR:
		*over = true;
		return remote_show_result(s->r, s->task, m);
	case RPC_HEARTBEAT_REQUEST:
		return send_message(s, RPC_HEARTBEAT_RESPONSE, (struct str){0});
	case RPC_PROGRESS:
		rpc_log(s->r, LOG_INFO, STR_FMT, STR_ARG(m->message));
		return NULL;
	case RPC_PORT_SWITCH:
		return switch_port(s, m->payload);
	default:
		return relay_put(s->relay, m->payload);
	}
}

static struct err *take_err(struct err **e)
{
	struct err *taken = *e;

	*e = NULL;
	return taken;
}

static struct err *converse(struct session *s, bool *over)
{
	while (!*over) {
		if (s->fatal != NULL)
			return take_err(&s->fatal);
		if (!s->has_message && s->broken != NULL)
			return take_err(&s->broken);
		if (!s->has_message) {
			TRY(waitq_wait(&s->changed, DEADLINE_NEVER));
			continue;
		}
		struct err *e = handle(s, over);

		arena_fini(&s->arena);
		s->has_message = false;
		waitq_wake_all(&s->changed);
		TRY(e);
	}
	return NULL;
}

/* ---- one WebSocket's life ---- */

static void hang_up(struct session *s, bool interrupted)
{
	fiber_shield(1);
	if (interrupted)
		relay_settle(s->relay, SETTLE_MS);
	relay_free(s->relay);
	fiber_group_join(&s->reader, true);
	ws_close(s->ws, 1000, "");
	ws_free(s->ws);
	fiber_shield(-1);
	err_free(s->broken);
	err_free(s->fatal);
	arena_fini(&s->arena);
}

static struct err *talk(struct rpc *r, const struct remote_task *t, struct ws *ws,
			struct str hello, bool *over, bool *progressed)
{
	struct session s = {.r = r, .task = t, .ws = ws};

	fiber_group_init(&s.reader);
	waitq_init(&s.changed);
	s.relay = relay_new(r, send_message, &s);
	struct err *e = send_text(&s, hello);

	fiber_spawn(&s.reader, "rpc-reader", reader_fiber, &s);
	if (e == NULL)
		e = converse(&s, over);
	hang_up(&s, err_is(e, ERR_CANCELLED));
	*progressed |= s.progressed;
	return e;
}

static struct err *connect_failed(struct rpc *r, struct err *e)
{
	enum rpc_exit code = RPC_EXIT_GENERIC;

	if (err_is(e, ERR_CANCELLED))
		return e;
	rpc_log(r, LOG_ERROR, "error connecting to RPS");
	if (r->o.strict && err_is(e, ERR_UNAUTHENTICATED))
		code = RPC_EXIT_RPS_AUTHENTICATION;
	if (r->o.strict && err_is(e, ERR_INVALID))
		code = RPC_EXIT_URL;
	return code == RPC_EXIT_GENERIC ? e : rpc_exit_wrap(r, e, code);
}

static struct err *attempt(struct rpc *r, const struct remote_task *t, bool again,
			   bool *over, bool *progressed)
{
	_cleanup_(buf_fini_wipe) struct buf hello = {0};
	struct ws *ws = NULL;

	if (again)
		TRY(rpc_read_mode(r));
	TRY(remote_hello(r, t, again, &hello));
	struct err *e = remote_dial(r, &ws);

	if (e != NULL)
		return again ? e : connect_failed(r, e);
	return talk(r, t, ws, buf_str(&hello), over, progressed);
}

/* A connection that broke, not a device or a server that said no. */
static bool worth_another(const struct rpc *r, const struct err *e)
{
	return r->code == RPC_EXIT_OK &&
	       (err_is(e, ERR_CLOSED) || err_is(e, ERR_TIMEOUT) ||
		err_is(e, ERR_UNAVAILABLE));
}

static struct err *lost(struct rpc *r, const struct remote_task *t, struct err *e)
{
	rpc_log(r, LOG_ERROR, "error:%s", err_str(e, &r->a));
	rpc_log(r, LOG_ERROR, "RPS connection closed while waiting for server messages");
	rpc_log(r, LOG_INFO, "closed RPS connection");
	err_free(e);
	if (r->o.strict)
		return rpc_exit_error(r, t->failed, NULL);
	return r->form == RPC_V2
		       ? NULL
		       : err_new(ERR_UNAVAILABLE, "rps connection closed unexpectedly");
}

static struct err *interrupted(struct rpc *r, struct err *e, bool progressed)
{
	if (progressed)
		rpc_log(r, LOG_WARN,
			"stopped on the way: the device may be set up in part. Run the "
			"same "
			"command again to finish, or deactivate the device");
	return e;
}

struct err *remote_run(struct rpc *r, const struct remote_task *t)
{
	bool over = false, progressed = false;
	int64_t pause = RECONNECT_MS;
	struct err *e = attempt(r, t, false, &over, &progressed);

	for (int i = 0; !over && progressed && worth_another(r, e) && i < RECONNECTS;
	     i++) {
		rpc_log(r, LOG_WARN, "connection to RPS lost (%s); connecting again",
			err_str(e, &r->a));
		err_free(e);
		e = fiber_sleep_ms(pause);
		pause *= 2;
		if (e == NULL)
			e = attempt(r, t, true, &over, &progressed);
	}
	if (err_is(e, ERR_CANCELLED))
		return interrupted(r, e, progressed);
	if (!over && progressed && worth_another(r, e))
		return lost(r, t, e);
	return e;
}
