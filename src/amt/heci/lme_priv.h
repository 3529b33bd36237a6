/* SPDX-License-Identifier: Apache-2.0
 * What lme_session.c (life, roles) and lme_channel.c share.
 */
#ifndef AMT_HECI_LME_PRIV_H
#define AMT_HECI_LME_PRIV_H

#include <amt/apf/channel.h>
#include <amt/heci/lme_session.h>
#include <rt/timer.h>

#define LME_MAX_FORWARDS 16

enum lme_state {
	LME_NEW,	  /* waits for the other side's version */
	LME_AUTH_SERVICE, /* device */
	LME_PFWD_SERVICE, /* device */
	LME_FORWARDING,	  /* device */
	LME_OPEN,
	LME_OVER,
};

struct lme_session {
	struct heci_link *link;
	const struct lme_handler *h;
	void *arg;
	struct lme_config c;
	unsigned refs; /* owner, running and queued callbacks, fibers that open */
	bool freed, told;
	enum lme_state state;
	const char *why; /* it is over */
	bool pfwd;	 /* host: the service was accepted */
	bool ready;
	uint16_t forwards[LME_MAX_FORWARDS];
	size_t n_forwards;
	size_t next_forward; /* device */
	uint32_t trigger;    /* device: the host's */
	struct apf_channels channels;
	struct timer quiet; /* host */
};

/* --- lme_session.c --- */
static inline bool lme_live(const struct lme_session *s)
{
	return s->state != LME_OVER;
}
void lme_put(struct lme_session *s, const struct apf_msg *m);
void lme_end(struct lme_session *s, const char *why);
void lme_unref(struct lme_session *s);

/* --- lme_channel.c --- */
/* An empty table of the session's role. */
void lme_session_channels_init(struct lme_session *s);
/* 90 (device), 91 to 94, 97. */
void lme_channel_message(struct lme_session *s, const struct apf_msg *m);

#endif
