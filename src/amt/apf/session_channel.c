/* SPDX-License-Identifier: Apache-2.0
 * Channels of a CIRA session: how channel.c uses the session, in both roles. wire-amt.md
 * 1.5.
 */
#include <amt/apf/apf_priv.h>

#define FIRST_SERVER_ID 4

static struct apf_session *session_of(const struct apf_channels *t)
{
	return container_of(t, struct apf_session, channels);
}

static void put(struct apf_channels *t, const struct apf_msg *m)
{
	apf_put(session_of(t), m);
}

static struct apf_limits limits(const struct apf_channels *t)
{
	const struct apf_config *c = &session_of(t)->c;

	/* More than half of the window, as MPS. */
	return (struct apf_limits){.window = c->window,
				   .credit = c->window / 2 + 1,
				   .doublings = c->window_doublings,
				   .max_data = c->max_data,
				   .max_channels = c->max_channels};
}

static bool live(const struct apf_channels *t)
{
	return apf_live(session_of(t));
}

static bool room(const struct apf_channels *t)
{
	const struct apf_session *s = session_of(t);

	return apf_unsent(s) < s->c.max_unsent;
}

static bool ready(const struct apf_channels *t)
{
	return session_of(t)->ready;
}

static uint32_t server_id(struct apf_channels *t)
{
	do
		t->last_id = MAX(t->last_id + 1, FIRST_SERVER_ID);
	while (apf_channels_has(t, t->last_id));
	return t->last_id;
}

/* In turn, so that a late CLOSE for an old channel does not meet a new one. */
static uint32_t device_id(struct apf_channels *t)
{
	const struct apf_config *c = &session_of(t)->c;
	uint32_t first = !c->channels_from_0, id;

	do {
		id = first + t->last_id;
		t->last_id = (t->last_id + 1) % c->max_channels;
	} while (apf_channels_has(t, id));
	return id;
}

static enum apf_open_failure device_open(struct apf_channels *t, uint16_t port,
					 struct stream *channel)
{
	struct apf_session *s = session_of(t);

	return s->h->open != NULL ? s->h->open(s, port, channel, s->arg)
				  : APF_OPEN_PROHIBITED;
}

static const struct apf_channels_ops server_ops = {
	.put = put,
	.limits = limits,
	.live = live,
	.room = room,
	.ready = ready,
	.next_id = server_id,
	.ids_are_new = true,
	.lost = "connection lost",
};

static const struct apf_channels_ops device_ops = {
	.put = put,
	.limits = limits,
	.live = live,
	.room = room,
	.next_id = device_id,
	.open = device_open,
	.lost = "connection lost",
};

void apf_session_channels(struct apf_session *s)
{
	apf_channels_init(&s->channels, s->c.device ? &device_ops : &server_ops);
}

void apf_session_data_begin(struct apf_session *s, uint32_t id, uint32_t length)
{
	s->data_id = id;
	s->data_left = length;
	if (!apf_channels_admit(&s->channels, id, length))
		apf_protocol_error(s, "CHANNEL_DATA beyond the window");
}

size_t apf_session_data(struct apf_session *s, const uint8_t *p, size_t n)
{
	n = MIN(n, s->data_left);
	s->data_left -= (uint32_t)n;
	apf_channels_data(&s->channels, s->data_id, p, n);
	return n;
}

/* ---- server: opening ---- */

static void user_leave(struct apf_session *s)
{
	s->users--;
	if (s->users == 0 && s->freed) {
		s->freed = false;
		apf_session_free(s);
	}
}

/* Addresses as MPS sends them; firmware looks at the port alone. */
static struct apf_channel *begin(struct apf_session *s, uint16_t port)
{
	return apf_channel_begin(
		&s->channels,
		(struct apf_msg){
			.op = APF_CHANNEL_OPEN,
			.open = {.type = STR("forwarded-tcpip"),
				 .connected_port = port,
				 .originator = STR("1.2.3.4"),
				 .originator_port = s->n_opened++ % 30000 + 1024}});
}

struct err *apf_channel_open(struct apf_session *s, uint16_t port, struct deadline until,
			     struct stream **out)
{
	struct apf_channel *ch = NULL;
	uint32_t refused;
	struct err *e;

	OB_ASSERT(!s->c.device);
	s->users++;
	e = apf_channels_wait(&s->channels, port, until);
	if (e == NULL)
		ch = begin(s, port);
	user_leave(s);
	/* Only ch from here: the session may go. */
	return e != NULL ? e : apf_channel_await(ch, port, until, out, &refused);
}
