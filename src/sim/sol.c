/* SPDX-License-Identifier: Apache-2.0
 * Serial over LAN of the virtual device: the screen's bytes out, typed bytes in.
 * wire-amt.md 4.4.
 */
#include <sim/redirection_priv.h>

#include <amt/redirection/sol.h>

#define OPEN_MS 30000
#define HEARTBEAT_MIN_MS 100
#define MESSAGE_MAX 1024u /* data of one message */

struct sol {
	struct sim_session *s;
	struct sol_params params;
	bool open, ended;
	bool powered;  /* as the console was told */
	uint64_t seen; /* of the screen's log */
	uint32_t sequence;
	uint32_t unacked;   /* bytes since its last heartbeat */
	int64_t beat_ms;    /* the next heartbeat's time; 0 = none */
	struct buf pending; /* for the terminal */
};

static void transmit(struct sol *o, struct sol_msg m)
{
	m.sequence = o->sequence++;
	sol_encode(&o->s->wire.out, &m);
}

static void send_controls(struct sol *o)
{
	o->powered = o->s->r->powered;
	o->seen = SIM_SCREEN_REPAINT;
	transmit(o, (struct sol_msg){.op = SOL_CONTROLS_FROM_HOST,
				     .controls = {SOL_RTS | SOL_DTR,
						  o->powered ? SOL_POWERED : 0}});
}

static uint32_t gap(const struct sol *o)
{
	return o->s->r->config->gap_ms;
}

/* ---- from the console ---- */

static struct err *start(struct sol *o, const struct sol_params *p)
{
	if (o->open)
		return err_new(ERR_INVALID, "SOL is started twice");
	o->open = true;
	o->params = *p;
	if (p->heartbeat_ms > 0)
		o->params.heartbeat_ms = MAX(p->heartbeat_ms, HEARTBEAT_MIN_MS);
	if (o->params.heartbeat_ms > 0)
		o->beat_ms = clock_mono_ms() + o->params.heartbeat_ms;
	transmit(o,
		 (struct sol_msg){.op = SOL_START_REPLY, .start_reply = {.params = *p}});
	TRY(sim_wire_gap(&o->s->wire, gap(o)));
	send_controls(o);
	return sim_wire_gap(&o->s->wire, gap(o));
}

static struct err *handle(struct sol *o, const struct sol_msg *m)
{
	if (m->op == SOL_START)
		return start(o, &m->start);
	if (m->op == SOL_END) {
		transmit(o, (struct sol_msg){.op = SOL_END_REPLY});
		o->ended = true;
		return NULL;
	}
	if (!o->open)
		return err_new(ERR_INVALID, "SOL is not started");
	switch (m->op) {
	case SOL_DATA_TO_HOST:
		sim_redirection_type(o->s->r, m->data);
		return NULL;
	case SOL_HEARTBEAT:
		o->unacked = 0;
		return NULL;
	case SOL_PING:
		transmit(o, (struct sol_msg){.op = SOL_PONG});
		return NULL;
	case SOL_PONG:
	case SOL_CONTROL_TO_HOST:
		return NULL;
	default:
		return err_new(ERR_INVALID, "a SOL message that only devices send");
	}
}

static struct err *take_messages(struct sol *o)
{
	struct sim_wire *w = &o->s->wire;
	const char *why = NULL;
	struct sol_msg m;

	while (w->in.len > 0 && !o->ended) {
		if (sim_session_asked_to_end(o->s)) {
			o->ended = true;
			return NULL;
		}
		ssize_t n = sol_decode(w->in.p, w->in.len, &m, &why);
		if (n < 0)
			return err_new(ERR_INVALID, "%s", why);
		if (n == 0)
			return NULL;
		/* The message points into the input, which nobody else touches. */
		TRY(handle(o, &m));
		buf_consume(&w->in, (size_t)n);
	}
	return NULL;
}

/* ---- to the console ---- */

/* How many bytes may go now. */
static size_t allowance(const struct sol *o)
{
	size_t most = o->params.max_tx > 0 ? o->params.max_tx : MESSAGE_MAX;

	if (o->s->r->config->sol_needs_acks)
		return MIN(most - MIN(o->unacked, most), MESSAGE_MAX);
	return MIN(most, MESSAGE_MAX);
}

static void send_screen(struct sol *o)
{
	struct sim_wire *w = &o->s->wire;

	if (o->pending.len == 0)
		sim_screen_follow(&sim_redirection_host(o->s->r)->screen, &o->seen,
				  &o->pending);
	while (o->pending.len > 0 && w->out.len < SIM_WIRE_OUT_HIGH) {
		size_t n = MIN(o->pending.len, allowance(o));
		if (n == 0)
			return;
		transmit(o, (struct sol_msg){.op = SOL_DATA_FROM_HOST,
					     .data = {o->pending.p, n}});
		o->unacked += (uint32_t)n;
		buf_consume(&o->pending, n);
	}
}

static struct err *tell(struct sol *o)
{
	int64_t now = clock_mono_ms();

	if (o->powered != o->s->r->powered) {
		send_controls(o);
		TRY(sim_wire_gap(&o->s->wire, gap(o)));
	}
	if (o->s->r->powered)
		send_screen(o);
	if (o->beat_ms != 0 && o->beat_ms <= now) {
		transmit(o, (struct sol_msg){.op = SOL_HEARTBEAT});
		o->beat_ms = now + o->params.heartbeat_ms;
	}
	return NULL;
}

static struct deadline silence(const struct sol *o)
{
	if (o->params.rx_timeout_ms == 0)
		return DEADLINE_NEVER;
	return (struct deadline){o->s->wire.heard_ms + o->params.rx_timeout_ms};
}

static struct deadline next(const struct sol *o)
{
	struct deadline d = deadline_min(sim_redirection_due(o->s->r), silence(o));

	return o->beat_ms != 0 ? deadline_min(d, (struct deadline){o->beat_ms}) : d;
}

static struct err *run(struct sol *o)
{
	struct deadline opens = deadline_in(OPEN_MS);

	for (;;) {
		TRY(take_messages(o));
		if (o->ended || o->s->end)
			return sim_wire_flush(&o->s->wire, 0);
		if (o->open)
			TRY(tell(o));
		else if (deadline_passed(opens))
			return err_new(ERR_TIMEOUT, "SOL is not started");
		if (deadline_passed(silence(o)))
			return err_new(ERR_TIMEOUT, "the console is silent");
		TRY(sim_wire_wait(&o->s->wire, o->open ? next(o) : opens));
	}
}

struct err *sim_sol_run(struct sim_session *s)
{
	struct sol o = {.s = s};
	struct err *e = run(&o);

	buf_fini(&o.pending);
	return e;
}
