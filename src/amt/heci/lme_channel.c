/* SPDX-License-Identifier: Apache-2.0
 * Channels of an LME session: how apf/channel.c uses the session, in both roles. Windows
 * are told and kept to, but a peer that sends more is served all the same. wire-amt.md 2.
 */
#include <amt/heci/lme_priv.h>

#define OPEN_MS 18000
#define RETRIES 3
#define RETRY_MS 250
#define ORIGINATOR_PORT 123 /* as rpc and Console say it */

static struct lme_session *session_of(const struct apf_channels *t)
{
	return container_of(t, struct lme_session, channels);
}

static void put(struct apf_channels *t, const struct apf_msg *m)
{
	lme_put(session_of(t), m);
}

static struct apf_limits limits(const struct apf_channels *t)
{
	const struct lme_config *c = &session_of(t)->c;

	return (struct apf_limits){.window = c->window,
				   .credit = c->window / 2,
				   .max_data = c->max_data,
				   .max_channels = LME_CHANNELS};
}

static bool live(const struct apf_channels *t)
{
	return lme_live(session_of(t));
}

/* One message at a time is left to the link, so that channels share it evenly. */
static bool room(const struct apf_channels *t)
{
	const struct lme_session *s = session_of(t);

	return lme_live(s) && heci_link_unsent(s->link) == 0;
}

static bool ready(const struct apf_channels *t)
{
	return session_of(t)->ready;
}

static uint32_t host_id(struct apf_channels *t)
{
	do
		t->last_id = t->last_id % (LME_HOST_IDS - 1) + 1;
	while (apf_channels_has(t, t->last_id));
	return t->last_id;
}

/* The lowest that is free. */
static uint32_t device_id(struct apf_channels *t)
{
	uint32_t id = 0;

	while (apf_channels_has(t, id))
		id++;
	return id;
}

static enum apf_open_failure device_may_open(const struct apf_channels *t, uint16_t port)
{
	return lme_session_forwards(session_of(t), port) ? 0 : APF_OPEN_PROHIBITED;
}

static enum apf_open_failure peer_opens(struct apf_channels *t, uint16_t port,
					struct stream *channel)
{
	struct lme_session *s = session_of(t);

	return s->h->open != NULL ? s->h->open(s, port, channel, s->arg)
				  : APF_OPEN_PROHIBITED;
}

/* What is not a port of ours it has no business with. */
static enum apf_open_failure host_may_open(const struct apf_channels *t, uint16_t port)
{
	const struct lme_session *s = session_of(t);

	if (s->h->open == NULL)
		return APF_OPEN_UNKNOWN_TYPE;
	return port == 0 ? 0 : APF_OPEN_PROHIBITED;
}

static void device_closed(struct apf_channels *t)
{
	struct lme_session *s = session_of(t);

	if (s->c.drop_after_close)
		lme_end(s, "the firmware dropped the session");
}

#define LOST "the connection to the firmware was lost"

static const struct apf_channels_ops host_ops = {
	.put = put,
	.limits = limits,
	.live = live,
	.room = room,
	.ready = ready,
	.next_id = host_id,
	.accepts = "direct-tcpip",
	.may_open = host_may_open,
	.open = peer_opens,
	.lost = LOST,
};

static const struct apf_channels_ops device_ops = {
	.put = put,
	.limits = limits,
	.live = live,
	.room = room,
	.ready = ready,
	.next_id = device_id,
	.may_open = device_may_open,
	.open = peer_opens,
	.closed = device_closed,
	.lost = LOST,
};

void lme_session_channels_init(struct lme_session *s)
{
	apf_channels_init(&s->channels, s->c.device ? &device_ops : &host_ops);
}

void lme_channel_message(struct lme_session *s, const struct apf_msg *m)
{
	if (m->op == APF_CHANNEL_DATA)
		apf_channels_data(&s->channels, m->data.recipient, m->data.bytes.p,
				  m->data.bytes.n);
	else
		apf_channels_message(&s->channels, m);
}

/* ---- opening ---- */

static struct apf_channel *begin(struct lme_session *s, uint16_t port)
{
	return apf_channel_begin(
		&s->channels,
		(struct apf_msg){.op = APF_CHANNEL_OPEN,
				 .open = {.type = s->c.device ? STR("direct-tcpip")
							      : STR("forwarded-tcpip"),
					  .connected = STR("::1"),
					  .connected_port = port,
					  .originator = STR("::1"),
					  .originator_port = ORIGINATOR_PORT}});
}

/* *retry: refused for the moment. */
static struct err *open_once(struct lme_session *s, uint16_t port, struct deadline until,
			     struct stream **out, bool *retry)
{
	uint32_t refused;
	struct err *e;

	*retry = false;
	TRY(apf_channels_wait(&s->channels, port, until));
	e = apf_channel_await(begin(s, port), port, until, out, &refused);
	*retry = refused == APF_OPEN_PROHIBITED || refused == APF_OPEN_RESOURCE_SHORTAGE;
	return e;
}

static struct err *open_retrying(struct lme_session *s, uint16_t port,
				 struct deadline until, struct stream **out)
{
	for (int i = 0;; i++) {
		bool retry;
		struct err *e = open_once(s, port, until, out, &retry);

		if (e == NULL || !retry || i == RETRIES ||
		    deadline_left_ms(until) <= RETRY_MS)
			return e;
		err_free(e);
		TRY(fiber_sleep_ms(RETRY_MS));
	}
}

struct err *lme_channel_open(struct lme_session *s, uint16_t port, struct deadline until,
			     struct stream **out)
{
	OB_ASSERT(!s->c.device);
	s->refs++;
	struct err *e =
		open_retrying(s, port, deadline_min(until, deadline_in(OPEN_MS)), out);
	lme_unref(s);
	return e;
}

struct err *lme_alert_open(struct lme_session *s, struct deadline until,
			   struct stream **out)
{
	bool retry;

	OB_ASSERT(s->c.device);
	s->refs++;
	struct err *e =
		open_once(s, 0, deadline_min(until, deadline_in(OPEN_MS)), out, &retry);
	lme_unref(s);
	return e;
}
