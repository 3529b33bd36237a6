/* SPDX-License-Identifier: Apache-2.0
 * Bytes between RPS and AMT. rpc.md 5.3, 5.4.
 *
 * Plain: each message is an HTTP request; a connection per request, as upstream has it,
 * since firmware closes with every challenge. The answer goes back once it is whole by
 * HTTP's own rules, so it is neither cut nor waited for. TLS: a connection that lives
 * until either side begins anew; what AMT says goes back as it comes, a flight at a time.
 */
#include <agent/rpc/remote.h>

#include <agent/rpc/local.h>
#include <net/http.h>
#include <stdlib.h>

#define PORT_PLAIN 16992
#define PORT_TLS 16993
#define OPEN_MS 30000
#define WRITE_MS 15000
#define ANSWER_MS 60000
#define IDLE_MS 500 /* ends an answer that is no HTTP */
#define ANSWER_MAX (4u << 20)
#define FLIGHT_MS 30 /* silence that ends a TLS flight; LME takes its time between */
#define FLIGHT_LME_MS 150
#define FLIGHT_MAX (128u << 10)
#define SWITCH_TRIES 5
#define SWITCH_PAUSE_MS 5000
#define CHUNK 4096

struct relay {
	struct rpc *r;
	relay_send_fn *send;
	void *arg;
	uint16_t port;
	bool tls, busy;
	struct fiber_group fibers; /* at most one: exchange or pump */
	struct waitq idle;
	struct stream *stream; /* TLS */
	struct buf request;    /* plain */
};

static void stop(struct relay *l)
{
	fiber_group_join(&l->fibers, true);
	stream_free(l->stream);
	l->stream = NULL;
	buf_fini_wipe(&l->request);
}

static struct err *unreachable(struct relay *l, struct err *e)
{
	return err_is(e, ERR_CANCELLED) ? e
					: rpc_exit_wrap(l->r, e, RPC_EXIT_AMT_CONNECTION);
}

/* ---- plain requests ---- */

/* Whether the answer in b is whole; *http false: it is none. */
static bool is_whole(const struct buf *b, struct arena *a, bool *http)
{
	struct http_head *h = arena_new(a, struct http_head);
	struct http_body body;
	struct str data;
	ssize_t n = http_parse_response(h, b->p, b->len);
	size_t at;

	*http = n >= 0;
	if (n <= 0)
		return false;
	http_body_response(&body, h, false);
	for (at = (size_t)n; !body.done && at < b->len; at += (size_t)n) {
		n = http_body_feed(&body, b->p + at, b->len - at, &data);
		if (n <= 0) {
			*http = n == 0;
			break;
		}
	}
	return body.done || body.kind == HTTP_BODY_NONE;
}

static struct err *read_answer(struct stream *s, struct buf *b)
{
	struct deadline until = deadline_in(ANSWER_MS);
	bool http = true;

	while (b->len < ANSWER_MAX) {
		struct arena a = {0};
		bool whole = b->len > 0 && is_whole(b, &a, &http);
		size_t n = 0;

		arena_fini(&a);
		if (whole)
			return NULL;
		struct err *e = stream_read(s, buf_reserve(b, CHUNK), CHUNK,
					    http ? until : deadline_in(IDLE_MS), &n);

		/* Cut off, or no HTTP and silent: RPS makes of it what it can. */
		if (e != NULL && b->len > 0 && !err_is(e, ERR_CANCELLED)) {
			err_free(e);
			return NULL;
		}
		TRY(e);
		if (n == 0)
			return NULL;
		b->len += n;
	}
	return err_new(ERR_DEVICE, "AMT's answer is longer than %u bytes", ANSWER_MAX);
}

static struct err *exchange_plain(struct relay *l, struct buf *answer)
{
	_cleanup_(stream_freep) struct stream *s = NULL;
	struct err *e = rpc_way_stream(l->r, l->port, deadline_in(OPEN_MS), &s);

	if (e != NULL)
		return unreachable(l, e);
	TRY(stream_write(s, l->request.p, l->request.len, deadline_in(WRITE_MS)));
	return read_answer(s, answer);
}

static void plain_fiber(void *arg)
{
	struct relay *l = arg;
	struct buf answer = {0};
	struct err *e = exchange_plain(l, &answer);

	/* Silence: upstream tells RPS nothing, which asks again. */
	if (e == NULL && answer.len > 0)
		e = l->send(l->arg, RPC_RESPONSE, buf_str(&answer));
	else if (e == NULL)
		rpc_log(l->r, LOG_DEBUG, "AMT closed the connection without an answer");
	if (err_is(e, ERR_TIMEOUT) || err_is(e, ERR_CLOSED)) {
		rpc_log_err(l->r, LOG_WARN, e);
		err_free(e);
		e = NULL;
	}
	buf_fini_wipe(&answer);
	l->busy = false;
	waitq_wake_all(&l->idle);
	relay_failed(l->arg, e);
}

/* ---- TLS records ---- */

static struct err *read_flight(struct relay *l, struct buf *b)
{
	int64_t quiet = rpc_way_is_lms(l->r) ? FLIGHT_MS : FLIGHT_LME_MS;
	struct deadline until = DEADLINE_NEVER;

	while (b->len < FLIGHT_MAX) {
		size_t n = 0;
		struct err *e =
			stream_read(l->stream, buf_reserve(b, CHUNK), CHUNK, until, &n);

		if (err_is(e, ERR_TIMEOUT)) {
			err_free(e);
			return NULL;
		}
		TRY(e);
		if (n == 0)
			return b->len > 0
				       ? NULL
				       : err_new(ERR_CLOSED, "AMT closed the connection");
		b->len += n;
		until = deadline_in(quiet);
	}
	return NULL;
}

static void pump_fiber(void *arg)
{
	struct relay *l = arg;
	struct buf flight = {0};
	struct err *e = NULL;

	while (e == NULL) {
		buf_clear(&flight);
		e = read_flight(l, &flight);
		if (e == NULL)
			e = l->send(l->arg, RPC_TLS_DATA, buf_str(&flight));
	}
	buf_fini(&flight);
	l->busy = false;
	if (err_is(e, ERR_CLOSED)) {
		rpc_log_err(l->r, LOG_DEBUG, e);
		err_free(e);
		e = l->send(l->arg, RPC_CONNECTION_RESET, STR("connection_closed"));
	}
	relay_failed(l->arg, e);
}

static bool is_client_hello(struct str bytes)
{
	return bytes.n > 5 && bytes.p[0] == 0x16 && bytes.p[5] == 0x01;
}

static struct err *put_tls(struct relay *l, struct str bytes)
{
	struct err *e = NULL;

	if (is_client_hello(bytes) || !l->busy)
		stop(l);
	if (l->stream == NULL) {
		e = rpc_way_stream(l->r, l->port, deadline_in(OPEN_MS), &l->stream);
		if (e != NULL)
			return unreachable(l, e);
		l->busy = true;
		fiber_spawn(&l->fibers, "rpc-tls", pump_fiber, l);
	}
	e = stream_write(l->stream, bytes.p, bytes.n, deadline_in(WRITE_MS));
	if (e == NULL || err_is(e, ERR_CANCELLED))
		return e;
	rpc_log_err(l->r, LOG_DEBUG, e);
	err_free(e);
	stop(l);
	return l->send(l->arg, RPC_CONNECTION_RESET, STR("lms_error"));
}

/* ---- for the session ---- */

struct relay *relay_new(struct rpc *r, relay_send_fn *send, void *arg)
{
	struct relay *l = xcalloc(1, sizeof(*l));

	l->r = r;
	l->send = send;
	l->arg = arg;
	l->tls = rpc_tls_enforced(r);
	l->port = l->tls ? PORT_TLS : PORT_PLAIN;
	fiber_group_init(&l->fibers);
	waitq_init(&l->idle);
	return l;
}

struct err *relay_put(struct relay *l, struct str bytes)
{
	if (l->tls)
		return put_tls(l, bytes);
	stop(l);
	buf_reserve(&l->request, bytes.n);
	buf_addstr(&l->request, bytes);
	l->busy = true;
	fiber_spawn(&l->fibers, "rpc-exchange", plain_fiber, l);
	return NULL;
}

struct err *relay_switch_port(struct relay *l, uint16_t port, int64_t delay_ms)
{
	struct err *e = NULL;

	stop(l);
	TRY(fiber_sleep_ms(delay_ms));
	l->port = port;
	l->tls = port != PORT_PLAIN;
	for (int i = 1; i <= SWITCH_TRIES; i++) {
		struct stream *s = NULL;

		/* Firmware tells its ports once per session of LME. */
		rpc_way_drop(l->r);
		e = rpc_way_stream(l->r, port, deadline_in(OPEN_MS), &s);
		stream_free(s);
		if (e == NULL || err_is(e, ERR_CANCELLED) || i == SWITCH_TRIES)
			break;
		rpc_log(l->r, LOG_WARN,
			"Port switch: LMS connect attempt %d/%d failed: %s", i,
			SWITCH_TRIES, err_str(e, &l->r->a));
		err_free(e);
		TRY(fiber_sleep_ms(SWITCH_PAUSE_MS));
	}
	return e != NULL ? unreachable(l, e) : NULL;
}

void relay_settle(struct relay *l, int64_t ms)
{
	struct deadline until = deadline_in(ms);
	struct err *e = NULL;

	while (!l->tls && l->busy && e == NULL)
		e = waitq_wait(&l->idle, until);
	err_free(e);
}

void relay_free(struct relay *l)
{
	if (l == NULL)
		return;
	stop(l);
	free(l);
}
