/* SPDX-License-Identifier: Apache-2.0
 * A connection's bytes: one fiber reads and writes, and sleeps on the same queue as the
 * other sessions of its device, so that what is typed in one shows in the others.
 */
#include <sim/redirection_priv.h>

#define PIECE 4096

static void on_event(struct stream *s, unsigned events, void *arg)
{
	struct sim_wire *w = arg;

	/* Watched again by who has to wait again. */
	stream_watch(s, s->watching & ~events);
	waitq_wake_all(w->news);
}

void sim_wire_init(struct sim_wire *w, struct stream *s, struct waitq *news,
		   const struct sim_faults *faults)
{
	*w = (struct sim_wire){.s = s, .news = news, .faults = faults};
	w->moved_ms = w->heard_ms = clock_mono_ms();
	/* Room for a login, so that growing leaves no copy of one behind. */
	buf_reserve(&w->in, 2 * PIECE);
	stream_on_event(s, on_event, w);
}

void sim_wire_fini(struct sim_wire *w)
{
	stream_free(w->s);
	w->s = NULL;
	/* Passwords may have come in clear. */
	buf_fini_wipe(&w->in);
	buf_fini(&w->out);
}

/* Output waits: forever in a stall, for a while with latency. */
static bool is_held(struct sim_wire *w)
{
	const struct sim_faults *f = w->faults;
	int64_t now = clock_mono_ms();

	if (f == NULL || w->out.len == 0 || (!f->stall && f->latency_ms == 0)) {
		w->held_ms = 0;
		return false;
	}
	w->moved_ms = now; /* the console's fault it is not */
	if (f->stall)
		w->held_ms = INT64_MAX;
	else if (w->held_ms == 0 || w->held_ms == INT64_MAX)
		w->held_ms = now + f->latency_ms;
	return w->held_ms > now;
}

/* Half of what was to be said, then the connection is gone. */
static struct err *cut(struct sim_wire *w)
{
	(void)stream_try_write(w->s, w->out.p, (w->out.len + 1) / 2);
	buf_clear(&w->out);
	return err_new(ERR_CLOSED, "reset by a fault");
}

static struct err *pump_out(struct sim_wire *w)
{
	if (is_held(w))
		return NULL;
	if (w->out.len > 0 && w->faults != NULL && w->faults->reset)
		return cut(w);
	while (w->out.len > 0) {
		ssize_t n = stream_try_write(w->s, w->out.p, w->out.len);

		if (n == STREAM_AGAIN)
			return NULL;
		if (n == STREAM_FAILED)
			return err_new(ERR_CLOSED, "%s", stream_error(w->s));
		buf_consume(&w->out, (size_t)n);
		w->moved_ms = clock_mono_ms();
	}
	w->held_ms = 0;
	return NULL;
}

/* When output that waits for the stream has to be looked at again. */
static struct err *wait_for_output(struct sim_wire *w, struct deadline until)
{
	struct deadline stalled = {w->moved_ms + SIM_WIRE_STALL_MS};

	if (w->held_ms != 0)
		return waitq_wait(w->news,
				  deadline_min(until, (struct deadline){w->held_ms}));
	if (deadline_passed(stalled))
		return err_new(ERR_UNAVAILABLE, "the console takes nothing");
	return waitq_wait(w->news, deadline_min(until, stalled));
}

static struct err *pump_in(struct sim_wire *w)
{
	while (!w->ended && w->in.len < SIM_WIRE_IN_MAX) {
		ssize_t n = stream_try_read(w->s, buf_reserve(&w->in, PIECE), PIECE);

		if (n == STREAM_AGAIN)
			return NULL;
		if (n == STREAM_FAILED)
			return err_new(ERR_CLOSED, "%s", stream_error(w->s));
		w->ended = n == 0;
		w->in.len += (size_t)n;
		w->heard_ms = clock_mono_ms();
	}
	return NULL;
}

struct err *sim_wire_pump(struct sim_wire *w)
{
	TRY(fiber_breathe());
	if (w->out.len == 0)
		w->moved_ms = clock_mono_ms();
	TRY(pump_out(w));
	return pump_in(w);
}

struct err *sim_wire_wait(struct sim_wire *w, struct deadline until)
{
	bool room = w->in.len<SIM_WIRE_IN_MAX, left = w->out.len> 0;
	struct err *e;

	if (w->ended)
		return err_new(ERR_CLOSED, "the console closed the connection");
	stream_watch(w->s, (room ? STREAM_READABLE : 0) |
				   (left && w->held_ms == 0 ? STREAM_WRITABLE : 0));
	e = left ? wait_for_output(w, until) : waitq_wait(w->news, until);
	if (err_is(e, ERR_TIMEOUT)) {
		err_free(e);
		e = NULL;
	}
	return e != NULL ? e : sim_wire_pump(w);
}

struct err *sim_wire_flush(struct sim_wire *w, size_t left)
{
	TRY(pump_out(w));
	while (w->out.len > left) {
		stream_watch(w->s, w->held_ms == 0 ? STREAM_WRITABLE : 0);
		struct err *e = wait_for_output(w, DEADLINE_NEVER);
		if (e != NULL && e->kind != ERR_TIMEOUT)
			return e;
		err_free(e);
		TRY(pump_out(w));
	}
	return NULL;
}

struct err *sim_wire_gap(struct sim_wire *w, uint32_t ms)
{
	TRY(sim_wire_flush(w, 0));
	return ms > 0 ? fiber_sleep_ms(ms) : NULL;
}
