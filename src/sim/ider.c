/* SPDX-License-Identifier: Apache-2.0
 * IDE redirection of the virtual device: the session. The console is the storage;
 * commands go to it one at a time. wire-amt.md 4.5.
 */
#include <sim/ider_priv.h>

#include <base/log.h>

#define COMMAND_MS 30000
#define RESET_MASK 1

static void transmit(struct sim_ider *o, struct ider_msg m)
{
	m.sequence = o->sequence++;
	ider_encode(&o->t.s->wire.out, &m);
}

static struct err *transmit_with_gap(struct sim_ider *o, struct ider_msg m)
{
	transmit(o, m);
	return sim_talk_gap(&o->t);
}

/* ---- from the console ---- */

static struct err *open_session(struct sim_ider *o, const struct ider_msg *m)
{
	struct ider_msg reply = {.op = IDER_OPEN_REPLY,
				 .open_reply = {.major = 1,
						.read_buffer = IDER_BUFFER_MAX,
						.write_buffer = IDER_BUFFER_MAX}};

	if (o->t.open)
		return err_new(ERR_INVALID, "IDE-R is opened twice");
	sim_talk_open(&o->t, m->open.rx_timeout_ms, m->open.heartbeat_ms);
	return transmit_with_gap(o, reply);
}

static void set_state(struct sim_ider *o, uint32_t value)
{
	uint32_t mode = value & IDER_NOW;

	o->enabled = value & IDER_ENABLE;
	/* "On reboot" waits for the next reset. */
	o->attached = o->enabled && (o->attached || mode != IDER_ON_REBOOT);
}

static struct err *features(struct sim_ider *o, const struct ider_msg *m)
{
	struct ider_msg reply = {.op = IDER_FEATURES_REPLY,
				 .features = {.sub = m->features.sub}};

	switch (m->features.sub) {
	case IDER_GET_SUPPORTED:
		reply.features.value = IDER_ENABLE;
		break;
	case IDER_GET_STATE:
		reply.features.value = o->enabled ? 2 : 0;
		break;
	case IDER_SET_STATE:
		set_state(o, m->features.value);
		reply.features.value = 1;
		break;
	default:
		return err_new(ERR_INVALID, "unknown feature of IDE-R");
	}
	return transmit_with_gap(o, reply);
}

static struct err *end_command(struct sim_ider *o, const struct ider_msg *m)
{
	if (!o->running)
		return err_new(ERR_INVALID, "an answer without a command");
	if (m->answer.data.n > o->data_max - o->data.len)
		return err_new(ERR_INVALID, "more data than the command asked for");
	buf_addstr(&o->data, m->answer.data);
	/* Bit 0 (DMA) is set wrongly by some consoles; only "completed" counts. */
	if (m->op == IDER_DATA && !(m->attributes & IDER_COMPLETED))
		return NULL;
	o->sense = m->answer.sense;
	o->asc = m->answer.asc;
	o->ascq = m->answer.ascq;
	o->running = false;
	return NULL;
}

static struct err *handle(struct sim_ider *o, const struct ider_msg *m)
{
	if (m->op == IDER_OPEN)
		return open_session(o, m);
	if (m->op == IDER_CLOSE) {
		transmit(o, (struct ider_msg){.op = IDER_CLOSE_REPLY});
		o->t.ended = true;
		return NULL;
	}
	if (!o->t.open)
		return err_new(ERR_INVALID, "IDE-R is not open");
	switch (m->op) {
	case IDER_FEATURES:
		return features(o, m);
	case IDER_PING:
		transmit(o, (struct ider_msg){.op = IDER_PONG});
		return NULL;
	case IDER_RESET_RESPONSE:
		o->reset_pending = false;
		return NULL;
	case IDER_COMMAND_END:
	case IDER_DATA:
		return end_command(o, m);
	case IDER_PONG:
	case IDER_HEARTBEAT:
		return NULL;
	default:
		return err_new(ERR_INVALID, "an IDE-R message that is not expected");
	}
}

static struct err *take(struct sim_talk *talk, const char *p, size_t n, size_t *used)
{
	const char *why = NULL;
	struct ider_msg m;
	ssize_t size = ider_decode(p, n, &m, &why);

	if (size < 0)
		return err_new(ERR_INVALID, "%s", why);
	*used = (size_t)size;
	return size > 0 ? handle((struct sim_ider *)talk, &m) : NULL;
}

/* ---- to the console ---- */

/* The browser clients say nothing by themselves: they are asked before their time is
 * over. */
static int64_t ping_due_ms(const struct sim_ider *o)
{
	int64_t heard = o->t.s->wire.heard_ms;
	bool asked = o->pinged_ms > heard;

	if (o->t.rx_timeout_ms == 0 || asked)
		return INT64_MAX;
	return heard + MAX(o->t.rx_timeout_ms / 2, 1);
}

static void heartbeat(struct sim_talk *talk)
{
	transmit((struct sim_ider *)talk, (struct ider_msg){.op = IDER_HEARTBEAT});
}

static const struct sim_talk_ops talk_ops = {.take = take, .heartbeat = heartbeat};

/* Takes what came; false in *go_on: the session ends in order. */
static struct err *look(struct sim_ider *o, bool *go_on)
{
	TRY(sim_talk_look(&o->t, go_on));
	if (*go_on && o->t.open && ping_due_ms(o) <= clock_mono_ms()) {
		transmit(o, (struct ider_msg){.op = IDER_PING});
		o->pinged_ms = clock_mono_ms();
	}
	return NULL;
}

static struct err *wait(struct sim_ider *o, struct deadline until)
{
	return sim_talk_wait(&o->t,
			     deadline_min(until, (struct deadline){ping_due_ms(o)}));
}

/* Waits until *flag is false, while the session's other messages go on. */
static struct err *wait_while(struct sim_ider *o, const bool *flag, const char *what)
{
	struct deadline until = deadline_in(COMMAND_MS);
	bool go_on;

	while (*flag) {
		TRY(look(o, &go_on));
		if (!go_on)
			return err_new(ERR_CLOSED, "the console ended the session");
		if (!*flag)
			break;
		if (deadline_passed(until))
			return err_new(ERR_TIMEOUT, "the console does not answer %s",
				       what);
		TRY(wait(o, until));
	}
	return NULL;
}

struct err *sim_ider_command(struct sim_ider *o, enum ider_device device,
			     const struct scsi_cdb *c, size_t max)
{
	struct ider_msg m = {.op = IDER_COMMAND,
			     .command = {.byte_count = (uint16_t)MIN(max, 0xFFFE),
					 .drive = (uint8_t)device,
					 .ata = IDER_ATA_PACKET}};

	scsi_encode(c, m.command.cdb);
	buf_clear(&o->data);
	o->data_max = max;
	o->running = true;
	transmit(o, m);
	return wait_while(o, &o->running, "a command");
}

/* The host restarted: told to the console, which finishes what it reads. */
static struct err *reset(struct sim_ider *o)
{
	o->boots = o->t.s->r->boots;
	o->attached = o->enabled;
	o->reset_pending = true;
	TRY(transmit_with_gap(o, (struct ider_msg){.op = IDER_RESET_OCCURRED,
						   .reset_mask = RESET_MASK}));
	return wait_while(o, &o->reset_pending, "a reset");
}

static bool host_waits(struct sim_ider *o)
{
	struct sim_redirection *r = o->t.s->r;

	return r->powered && sim_redirection_host(r)->state == SIM_HOST_WAITS_FOR_DRIVE;
}

static struct err *run(struct sim_ider *o)
{
	bool go_on, probed = false;

	for (;;) {
		TRY(look(o, &go_on));
		if (!go_on)
			return NULL;
		if (o->t.open && o->boots != o->t.s->r->boots) {
			TRY(reset(o));
			continue;
		}
		if (o->attached && !probed) {
			probed = true;
			TRY(sim_ider_probe(o));
			continue;
		}
		if (o->attached && host_waits(o)) {
			TRY(sim_ider_boot(o));
			continue;
		}
		TRY(wait(o, DEADLINE_NEVER));
	}
}

struct err *sim_ider_run(struct sim_session *s)
{
	struct sim_ider o = {.boots = s->r->boots};

	sim_talk_init(&o.t, s, &talk_ops);
	struct err *e = run(&o);
	struct sim_host *h = s->r->host;

	if (h != NULL && h->state == SIM_HOST_READS_DRIVE)
		sim_host_drive_failed(h, "the console is gone", clock_mono_ms());
	memset(s->r->drives, 0, sizeof(s->r->drives));
	buf_fini(&o.data);
	return e;
}
