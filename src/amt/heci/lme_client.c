/* SPDX-License-Identifier: Apache-2.0
 * LME of the host, over whatever session there is at the moment.
 */
#include <amt/heci/lme_client.h>

#include <stdlib.h>

#define ATTEMPTS 3
#define REOPEN_MS 300
/* PROTOCOLVERSION is the longest message that must pass: 93 bytes. */
#define MIN_MESSAGE 128

struct lme_client {
	const struct heci_place *place;
	uint32_t trigger;
	struct lme_session *session; /* NULL between connections */
	uint64_t generation;	     /* of session */
	bool connecting;
	struct waitq changed; /* of session or connecting */
	lme_alert_fn *alert;
	void *alert_arg;
};

static void on_ready(struct lme_session *s, void *arg)
{
	struct lme_client *c = arg;

	waitq_wake_all(&c->changed);
}

static void on_closed(struct lme_session *s, const char *why, void *arg)
{
	struct lme_client *c = arg;

	c->session = NULL;
	lme_session_free(s);
	waitq_wake_all(&c->changed);
}

static enum apf_open_failure on_open(struct lme_session *s, uint16_t port,
				     struct stream *channel, void *arg)
{
	struct lme_client *c = arg;

	if (c->alert == NULL)
		return APF_OPEN_UNKNOWN_TYPE;
	c->alert(c->alert_arg, channel);
	return 0;
}

static const struct lme_handler handler = {
	.ready = on_ready,
	.open = on_open,
	.closed = on_closed,
};

static struct err *connect_session(struct lme_client *c, struct deadline until)
{
	struct heci *h;

	TRY(heci_connect(c->place, HECI_LME, until, &h));
	struct lme_config cfg = {.max_message = heci_max_message(h),
				 .trigger = c->trigger};

	if (cfg.max_message < MIN_MESSAGE) {
		heci_close(h);
		return err_new(ERR_DEVICE,
			       "the firmware's LME client takes %u bytes only",
			       cfg.max_message);
	}
	struct heci_link *l =
		heci_link_new(heci_take_stream(h), cfg.max_message, NULL, NULL);

	c->session = lme_session_new(l, &cfg, &handler, c);
	c->generation++;
	return NULL;
}

/* One fiber connects, the others wait for it. */
static struct err *need_session(struct lme_client *c, struct deadline until)
{
	while (c->connecting)
		TRY(waitq_wait(&c->changed, until));
	if (c->session != NULL)
		return NULL;
	c->connecting = true;
	struct err *e = connect_session(c, until);
	c->connecting = false;
	waitq_wake_all(&c->changed);
	return e;
}

void lme_client_on_alert(struct lme_client *c, lme_alert_fn *fn, void *arg)
{
	c->alert = fn;
	c->alert_arg = arg;
}

static void drop_session(struct lme_client *c, uint64_t generation)
{
	if (c->generation != generation)
		return; /* another fiber did, and connected again */
	lme_session_free(c->session);
	c->session = NULL;
}

struct err *lme_client_open(void *arg, uint16_t port, struct deadline until,
			    struct stream **out)
{
	struct lme_client *c = arg;

	for (int i = 1;; i++) {
		TRY(need_session(c, until));
		uint64_t generation = c->generation;
		struct err *e = lme_channel_open(c->session, port, until, out);

		if (e == NULL)
			return NULL;
		/* Gone, or no longer answering: begin anew. */
		bool again = e->kind == ERR_CLOSED || e->kind == ERR_TIMEOUT;
		if (again)
			drop_session(c, generation);
		if (!again || i == ATTEMPTS || deadline_left_ms(until) <= REOPEN_MS)
			return e;
		err_free(e);
		TRY(fiber_sleep_ms(REOPEN_MS));
	}
}

struct err *lme_client_tls(struct lme_client *c, struct deadline until, bool *tls)
{
	TRY(need_session(c, until));
	while (c->session != NULL && !lme_session_ready(c->session))
		TRY(waitq_wait(&c->changed, until));
	if (c->session == NULL)
		return err_new(ERR_CLOSED,
			       "the firmware closed LME before it forwarded a port");
	*tls = !lme_session_forwards(c->session, LME_PLAIN.web) &&
	       lme_session_forwards(c->session, LME_TLS.web);
	return NULL;
}

struct lme_client *lme_client_new(const struct heci_place *place, uint32_t trigger)
{
	struct lme_client *c = xcalloc(1, sizeof(*c));

	c->place = place;
	c->trigger = trigger;
	waitq_init(&c->changed);
	return c;
}

void lme_client_free(struct lme_client *c)
{
	if (c == NULL)
		return;
	OB_ASSERT(!c->connecting && waitq_empty(&c->changed));
	lme_session_free(c->session);
	free(c);
}
