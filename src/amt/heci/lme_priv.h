/* SPDX-License-Identifier: Apache-2.0
 * What lme_session.c (life, roles) and lme_channel.c share.
 */
#ifndef AMT_HECI_LME_PRIV_H
#define AMT_HECI_LME_PRIV_H

#include <amt/heci/lme_session.h>
#include <rt/timer.h>

#define LME_MAX_FORWARDS 16
#define LME_UNREAD_MAX \
	(64u << 10) /* of a peer that ignores windows; more closes the channel */

enum lme_state {
	LME_NEW,	  /* waits for the other side's version */
	LME_AUTH_SERVICE, /* device */
	LME_PFWD_SERVICE, /* device */
	LME_FORWARDING,	  /* device */
	LME_OPEN,
	LME_OVER,
};

struct lme_channel;

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
	struct lme_channel *channels[LME_CHANNELS];
	size_t n_channels;
	uint32_t next_id;   /* host */
	struct timer quiet; /* host */
	struct waitq openers;
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
/* 90 (device), 91 to 94, 97. */
void lme_channel_message(struct lme_session *s, const struct apf_msg *m);
void lme_channels_writable(struct lme_session *s);
void lme_channels_lost(struct lme_session *s);

#endif
