/* SPDX-License-Identifier: Apache-2.0
 * What sessions of SOL and IDE redirection have in common: messages are taken one by one
 * until the console ends, falls silent or closes, and heartbeats go out when they are
 * due. wire-amt.md 4.4, 4.5.
 */
#include <sim/redirection_priv.h>

#define OPEN_MS 30000
#define HEARTBEAT_MIN_MS 100

void sim_talk_init(struct sim_talk *t, struct sim_session *s,
		   const struct sim_talk_ops *ops)
{
	*t = (struct sim_talk){.s = s, .ops = ops, .opens = deadline_in(OPEN_MS)};
}

uint16_t sim_talk_open(struct sim_talk *t, uint16_t rx_timeout_ms, uint16_t heartbeat_ms)
{
	t->open = true;
	t->rx_timeout_ms = rx_timeout_ms;
	if (heartbeat_ms > 0)
		heartbeat_ms = MAX(heartbeat_ms, HEARTBEAT_MIN_MS);
	t->heartbeat_ms = heartbeat_ms;
	t->beat_ms = heartbeat_ms > 0 ? clock_mono_ms() + heartbeat_ms : 0;
	return heartbeat_ms;
}

struct err *sim_talk_gap(struct sim_talk *t)
{
	return sim_wire_gap(&t->s->wire, t->s->r->config->gap_ms);
}

static struct err *take_messages(struct sim_talk *t)
{
	struct sim_wire *w = &t->s->wire;

	while (w->in.len > 0 && !t->ended) {
		size_t used = 0;

		if (sim_session_asked_to_end(t->s)) {
			t->ended = true;
			return NULL;
		}
		/* A message points into the input, which nobody else touches. */
		TRY(t->ops->take(t, w->in.p, w->in.len, &used));
		if (used == 0)
			return NULL;
		buf_consume(&w->in, used);
	}
	return NULL;
}

static struct deadline silence(const struct sim_talk *t)
{
	if (!t->open || t->rx_timeout_ms == 0)
		return DEADLINE_NEVER;
	return (struct deadline){t->s->wire.heard_ms + t->rx_timeout_ms};
}

static void beat(struct sim_talk *t)
{
	int64_t now = clock_mono_ms();

	if (t->beat_ms == 0 || t->beat_ms > now)
		return;
	t->ops->heartbeat(t);
	t->beat_ms = now + t->heartbeat_ms;
}

struct err *sim_talk_look(struct sim_talk *t, bool *go_on)
{
	TRY(take_messages(t));
	*go_on = !t->ended && !t->s->end;
	if (!*go_on)
		return sim_wire_flush(&t->s->wire, 0);
	if (deadline_passed(silence(t)))
		return err_new(ERR_TIMEOUT, "the console is silent");
	if (!t->open && deadline_passed(t->opens))
		return err_new(ERR_TIMEOUT, "the console does not open its session");
	beat(t);
	return NULL;
}

struct err *sim_talk_wait(struct sim_talk *t, struct deadline until)
{
	if (!t->open)
		return sim_wire_wait(&t->s->wire, t->opens);
	until = deadline_min(until,
			     deadline_min(sim_redirection_due(t->s->r), silence(t)));
	if (t->beat_ms != 0)
		until = deadline_min(until, (struct deadline){t->beat_ms});
	return sim_wire_wait(&t->s->wire, until);
}
