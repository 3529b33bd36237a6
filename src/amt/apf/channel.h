/* SPDX-License-Identifier: Apache-2.0
 * Channels of an APF link: streams inside a session of CIRA (session.h) or of LME
 * (heci/lme_session.h). Each session owns one table and gives it the messages about
 * channels; what differs between the two stands in the table's operations. wire-amt.md
 * 1.5, 2.
 *
 * A channel is in its table from CHANNEL_OPEN until both sides are done with its id, and
 * in its owner's hands until stream_free. It goes when it is in neither, so owners and
 * sessions may end in any order. Flow control is end to end: what the reader took is what
 * the peer may send again.
 */
#ifndef AMT_APF_CHANNEL_H
#define AMT_APF_CHANNEL_H

#include <amt/apf/apf.h>
#include <net/stream.h>

/* Unread bytes of a peer that need not keep to windows; more closes the channel. */
#define APF_UNREAD_MAX (64u << 10)

struct apf_channels;
struct apf_channel;

struct apf_limits {
	uint32_t window;   /* receive window of a channel, at first */
	uint32_t credit;   /* bytes read after which the peer may send as many again */
	uint8_t doublings; /* of both, at most, for readers that keep up */
	uint32_t max_data; /* greatest CHANNEL_DATA we send */
	uint32_t max_channels;
};

struct apf_channels_ops {
	/* Queues a message; nothing on a link that ends. */
	void (*put)(struct apf_channels *t, const struct apf_msg *m);
	struct apf_limits (*limits)(const struct apf_channels *t);
	/* False: channels cannot use the link any more. */
	bool (*live)(const struct apf_channels *t);
	/* May a CHANNEL_DATA be queued now? apf_channels_writable when that changes. */
	bool (*room)(const struct apf_channels *t);
	/* Who opens: may channels be opened by now? apf_channels_ready when so. */
	bool (*ready)(const struct apf_channels *t);
	/* For a new channel; not in use. */
	uint32_t (*next_id)(struct apf_channels *t);
	/* Who accepts: may that port be opened (NULL: any)? Then: serve it, owning the
	 * stream when 0 is returned; the link may end in the call. */
	enum apf_open_failure (*may_open)(const struct apf_channels *t, uint16_t port);
	enum apf_open_failure (*open)(struct apf_channels *t, uint16_t port,
				      struct stream *channel);
	/* Type of what the peer opens. NULL: forwarded-tcpip. */
	const char *accepts;
	/* The peer closed a channel. NULL: nothing follows. */
	void (*closed)(struct apf_channels *t);
	/* An id that we closed is never used again, so nobody waits for the answer. */
	bool ids_are_new;
	const char *lost; /* static: what a stream of a lost link says */
};

/* Embedded in a session. */
struct apf_channels {
	const struct apf_channels_ops *ops;
	struct apf_channel **v;
	uint16_t n, cap;
	uint32_t last_id;     /* for next_id */
	const char *why;      /* the link ended; NULL: it did not */
	struct waitq openers; /* fibers that wait for ready or for a place */
};

void apf_channels_init(struct apf_channels *t, const struct apf_channels_ops *ops);
/* The link ended: streams fail from now on, and live as long as their owners want. why:
 * static text. */
void apf_channels_lost(struct apf_channels *t, const char *why);
void apf_channels_ready(struct apf_channels *t);
void apf_channels_writable(struct apf_channels *t);
/* Is a channel of that id in the table? */
bool apf_channels_has(const struct apf_channels *t, uint32_t id);

/* 90 (who accepts), 91, 92, 93, 97. Messages for unknown ids, or for a channel in another
 * state, are late ones: no harm. */
void apf_channels_message(struct apf_channels *t, const struct apf_msg *m);
/* A 94 of that many bytes begins; false: more than its window, or not open. A channel
 * that is gone may be sent anything. Links that do not enforce windows do not ask. */
bool apf_channels_admit(struct apf_channels *t, uint32_t id, uint32_t length);
/* Payload of a 94, all or a part. */
void apf_channels_data(struct apf_channels *t, uint32_t id, const void *p, size_t n);

/* Who opens. Waits until ready and for one of max_channels; the session must be kept.
 * ERR_CLOSED, ERR_TIMEOUT, ERR_CANCELLED. */
OB_MUST_CHECK OB_SUSPENDS struct err *apf_channels_wait(struct apf_channels *t,
							uint16_t port,
							struct deadline until);
/* Sends a CHANNEL_OPEN (sender and window are filled in). */
struct apf_channel *apf_channel_begin(struct apf_channels *t, struct apf_msg open);
/* Waits for its answer; the session may go meanwhile. *refused: reason of a 92
 * (ERR_DEVICE then), else 0. ch is the stream or gone. */
OB_MUST_CHECK OB_SUSPENDS struct err *apf_channel_await(struct apf_channel *ch,
							uint16_t port,
							struct deadline until,
							struct stream **out,
							uint32_t *refused);

#endif
