/* SPDX-License-Identifier: Apache-2.0
 * Serial over LAN of the virtual device: the screen's bytes out, typed bytes in.
 * wire-amt.md 4.4.
 */
#include <sim/redirection_priv.h>

#include <amt/redirection/sol.h>

#define MESSAGE_MAX 1024u /* data of one message */

struct sol {
	struct sim_talk t;
	struct sol_params params;
	bool powered;  /* as the console was told */
	uint64_t seen; /* of the screen's log */
	uint32_t sequence;
	uint32_t unacked;   /* bytes since its last heartbeat */
	struct buf pending; /* for the terminal */
};

static void transmit(struct sol *o, struct sol_msg m)
{
	m.sequence = o->sequence++;
	sol_encode(&o->t.s->wire.out, &m);
}

static void send_controls(struct sol *o)
{
	o->powered = o->t.s->r->powered;
	o->seen = SIM_SCREEN_REPAINT;
	transmit(o, (struct sol_msg){.op = SOL_CONTROLS_FROM_HOST,
				     .controls = {SOL_RTS | SOL_DTR,
						  o->powered ? SOL_POWERED : 0}});
}

/* ---- from the console ---- */

static struct err *start(struct sol *o, const struct sol_params *p)
{
	if (o->t.open)
		return err_new(ERR_INVALID, "SOL is started twice");
	o->params = *p;
	o->params.heartbeat_ms = sim_talk_open(&o->t, p->rx_timeout_ms, p->heartbeat_ms);
	transmit(o,
		 (struct sol_msg){.op = SOL_START_REPLY, .start_reply = {.params = *p}});
	TRY(sim_talk_gap(&o->t));
	send_controls(o);
	return sim_talk_gap(&o->t);
}

static struct err *handle(struct sol *o, const struct sol_msg *m)
{
	if (m->op == SOL_START)
		return start(o, &m->start);
	if (m->op == SOL_END) {
		transmit(o, (struct sol_msg){.op = SOL_END_REPLY});
		o->t.ended = true;
		return NULL;
	}
	if (!o->t.open)
		return err_new(ERR_INVALID, "SOL is not started");
	switch (m->op) {
	case SOL_DATA_TO_HOST:
		sim_redirection_type(o->t.s->r, m->data);
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

static struct err *take(struct sim_talk *talk, const char *p, size_t n, size_t *used)
{
	const char *why = NULL;
	struct sol_msg m;
	ssize_t size = sol_decode(p, n, &m, &why);

	if (size < 0)
		return err_new(ERR_INVALID, "%s", why);
	*used = (size_t)size;
	return size > 0 ? handle((struct sol *)talk, &m) : NULL;
}

/* ---- to the console ---- */

/* How many bytes may go now. */
static size_t allowance(const struct sol *o)
{
	size_t most = o->params.max_tx > 0 ? o->params.max_tx : MESSAGE_MAX;

	if (o->t.s->r->config->sol_needs_acks)
		return MIN(most - MIN(o->unacked, most), MESSAGE_MAX);
	return MIN(most, MESSAGE_MAX);
}

static void send_screen(struct sol *o)
{
	struct sim_wire *w = &o->t.s->wire;

	if (o->pending.len == 0)
		sim_screen_follow(&sim_redirection_host(o->t.s->r)->screen, &o->seen,
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
	if (o->powered != o->t.s->r->powered) {
		send_controls(o);
		TRY(sim_talk_gap(&o->t));
	}
	if (o->t.s->r->powered)
		send_screen(o);
	return NULL;
}

static void heartbeat(struct sim_talk *talk)
{
	transmit((struct sol *)talk, (struct sol_msg){.op = SOL_HEARTBEAT});
}

static const struct sim_talk_ops talk_ops = {.take = take, .heartbeat = heartbeat};

static struct err *run(struct sol *o)
{
	bool go_on;

	for (;;) {
		TRY(sim_talk_look(&o->t, &go_on));
		if (!go_on)
			return NULL;
		if (o->t.open)
			TRY(tell(o));
		TRY(sim_talk_wait(&o->t, DEADLINE_NEVER));
	}
}

struct err *sim_sol_run(struct sim_session *s)
{
	struct sol o = {0};

	sim_talk_init(&o.t, s, &talk_ops);
	struct err *e = run(&o);
	buf_fini(&o.pending);
	return e;
}
