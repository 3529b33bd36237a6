/* SPDX-License-Identifier: Apache-2.0
 * An APF session over a stream: both roles of CIRA (server = MPS, device = AMT) in one
 * event-driven state machine. No fiber: an idle session costs this struct and its TLS.
 *
 * Owns the stream. Order is enforced: 192, auth service, 50, pfwd service, the rest
 * (wire-amt.md 1.3); anything else closes with a reason. Channels are struct stream; flow
 * control is theirs: a reader that stops reading stops the peer when its window is used
 * up.
 */
#ifndef AMT_APF_SESSION_H
#define AMT_APF_SESSION_H

#include <amt/apf/apf.h>
#include <net/stream.h>
#include <rt/timer.h>

struct apf_session;

/* 0 in any number means its default. */
struct apf_config {
	bool device; /* role: false = server */
	/* One stream write per message instead of one per round: firmware does so, and
	 * Console takes each TLS record for one message (wire-amt.md 1.6). */
	bool one_message_per_write;
	bool channels_from_0; /* device: number channels from 0 as firmware does, else
			       * from 1, since Console leaks channel 0 (wire-amt.md 1.6)
			       */
	uint32_t window;      /* receive window per channel: server 81920; device 4096 */
	uint8_t window_doublings; /* how often it may double for a reader that keeps up:
				     never */
	uint32_t max_data; /* greatest CHANNEL_DATA we send; 32768 server, 1024 device */
	uint32_t max_channels; /* server: we ask no more at once, openers wait; device:
				  refuse beyond; 8 */
	uint32_t keepalive_s; /* server: asked for with 210; device: until 210 says; 30 */
	uint32_t silence_ms;  /* server: after this silence send 208; no answer within
			       * probe_ms: dead.  Unless 211 agreed at least 95 s
			       * (wire-amt.md 1.4); 60 s */
	uint32_t probe_ms;    /* device: no answer to 208 within: dead; 20 s */
	uint32_t login_ms;    /* until authenticated; 30 s */
	uint32_t max_unsent; /* queued output beyond which channels stop taking bytes; 256
				KiB */
	uint32_t trigger;    /* device: reason in 192; 1 = user-initiated */
};

/* All called on the loop; any may be NULL for a role that does not need it. A callback
 * may close the session. */
struct apf_handler {
	/* server: 192 came. Device sent SMBIOS uuid bytes. */
	void (*version)(struct apf_session *s, const struct apf_msg *m, void *arg);
	/* server: 50 came with method password (others are refused by the session).
	 * Answer now or later with apf_auth_reply; slices are valid during the call only.
	 */
	void (*auth)(struct apf_session *s, struct str user, struct str password,
		     void *arg);
	/* server: first forwarded ports are in and keep-alive was asked for: channels may
	 * be opened; device: every port was forwarded or refused */
	void (*ready)(struct apf_session *s, void *arg);
	/* a keep-alive (208, 209) or any other message came: for "last seen"; cheap */
	void (*alive)(struct apf_session *s, void *arg);
	/* device: 52 / 51; after a refusal the session closes itself */
	void (*authenticated)(struct apf_session *s, bool ok, void *arg);
	/* device: a channel to port was opened; return 0 and own the stream, or an open
	 * failure. The stream takes bytes after the call. NULL refuses all as prohibited.
	 */
	enum apf_open_failure (*open)(struct apf_session *s, uint16_t port,
				      struct stream *channel, void *arg);
	/* exactly once, last: the link is gone (or apf_session_close was called); its
	 * channels gave ERR_CLOSED. why: static text. The handler then calls
	 * apf_session_free. */
	void (*closed)(struct apf_session *s, const char *why, void *arg);
};

/* Owns stream; copies c; h must outlive the session. The server starts reading; a device
 * sends 192 when apf_session_login told it who it is. */
struct apf_session *apf_session_new(struct stream *stream, const struct apf_config *c,
				    const struct apf_handler *h, void *arg);
/* Sends DISCONNECT when reason is not 0, then closes; closed() is called soon, never from
 * within. The first why stays. */
void apf_session_close(struct apf_session *s, uint32_t reason, const char *why);
/* After closed(). */
void apf_session_free(struct apf_session *s);

/* Answers auth(), once; nothing happens when the session closed meanwhile. After a
 * refusal the peer has 2 s to close. */
void apf_auth_reply(struct apf_session *s, bool ok);
/* A caller waits in vain for an answer: asks the peer with 208 now, unless that is under
 * way already. No answer within probe_ms closes the session. */
void apf_session_probe(struct apf_session *s);
/* Device role: what to log in with; starts the login. Ports are forwarded after it, one
 * by one. Copies nothing: must outlive the session. */
void apf_session_login(struct apf_session *s, const uint8_t uuid[16], struct str user,
		       struct str password, const uint16_t *ports, size_t n_ports);
bool apf_session_ready(const struct apf_session *s);
int64_t apf_session_last_heard(const struct apf_session *s); /* monotonic ms */

/* Server: opens a channel to a port of the device; waits until the session is ready and
 * less than max_channels are open. ERR_DEVICE with the failure reason (retried by nobody
 * here), ERR_CLOSED when the link went, ERR_TIMEOUT, ERR_CANCELLED. The stream's shutdown
 * closes the channel, what came before can still be read; it may be freed before or after
 * the session. */
OB_MUST_CHECK OB_SUSPENDS struct err *apf_channel_open(struct apf_session *s,
						       uint16_t port,
						       struct deadline until,
						       struct stream **out);

#endif
