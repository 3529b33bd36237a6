/* SPDX-License-Identifier: Apache-2.0
 * What the files of an APF session share: session.c (life, input, output, timer,
 * dispatch), server.c and device.c (login and ports, one per role), session_channel.c
 * (channels).
 */
#ifndef AMT_APF_APF_PRIV_H
#define AMT_APF_APF_PRIV_H

#include <amt/apf/channel.h>
#include <amt/apf/session.h>

/* In the order of a session's life; DRAINING and later take no more messages. */
enum apf_state {
	/* server: what it waits for */
	APF_S_VERSION, /* 192, or an HTTP probe */
	APF_S_AUTH_SERVICE,
	APF_S_AUTH,
	APF_S_AUTH_PENDING, /* apf_auth_reply */
	APF_S_PFWD,
	APF_S_OPEN,
	/* device: what it waits for */
	APF_D_NEW, /* apf_session_login */
	APF_D_AUTH_SERVICE,
	APF_D_AUTH,
	APF_D_PFWD,
	APF_D_FORWARD,
	APF_D_OPEN,
	/* both */
	APF_DRAINING, /* said the last word; input is dropped until the peer closes or 2 s
			 passed */
	APF_CLOSING,  /* closed() comes soon */
	APF_CLOSED,
};

#define APF_NEVER INT64_MAX

struct apf_login {
	const uint8_t *uuid;
	struct str user, password;
	const uint16_t *ports;
	size_t n_ports, next;
};

struct apf_session {
	struct stream *stream;
	const struct apf_handler *h;
	void *arg;
	struct apf_config c;
	enum apf_state state;
	const char *why; /* set in DRAINING and later */
	/* One timer: the earliest of phase_at and of what silence asks for. Armed too
	 * early is fine. */
	struct timer timer;
	int64_t phase_at; /* login or drain deadline; options (server) or keep-alive
			     (device) due */
	int64_t probe_at; /* a 208 is unanswered until then; APF_NEVER */
	int64_t last_heard;
	struct buf tail; /* start of an incomplete message */
	struct buf out;	 /* from out_off: not yet taken by the stream */
	size_t out_off;
	struct apf_login *login; /* device */
	struct apf_channels channels;
	uint16_t users; /* fibers in apf_channel_open */
	bool freed;	/* by the last of them */
	bool soon;	/* apf_soon is queued */
	bool ready, options_sent, options_acked, was_shutdown;
	uint32_t n_opened;
	uint32_t cookie;
	uint32_t interval_s;	     /* device: keep-alive */
	uint32_t data_id, data_left; /* CHANNEL_DATA whose payload is coming */
};

_Static_assert(sizeof(struct apf_session) <= 400, "an idle session is small");

/* --- session.c --- */
static inline bool apf_live(const struct apf_session *s)
{
	return s->state < APF_DRAINING;
}
static inline size_t apf_unsent(const struct apf_session *s)
{
	return s->out.len - s->out_off;
}
/* Queues a message; it goes out with the others of this round. Nothing on a session that
 * ends. */
void apf_put(struct apf_session *s, const struct apf_msg *m);
/* The same for bytes that are no APF. */
void apf_put_raw(struct apf_session *s, struct str bytes);
/* Says nothing more, lets the peer close. */
void apf_drain(struct apf_session *s, const char *why);
/* Closes with DISCONNECT 2. */
void apf_protocol_error(struct apf_session *s, const char *why);
/* After an instant moved to earlier. */
void apf_rearm(struct apf_session *s);
void apf_set_ready(struct apf_session *s);

/* --- server.c, device.c: messages of login, ports and options --- */
void apf_server_message(struct apf_session *s, const struct apf_msg *m);
void apf_device_message(struct apf_session *s, const struct apf_msg *m);
/* phase_at passed. */
void apf_server_phase(struct apf_session *s);
void apf_device_phase(struct apf_session *s);
/* Bytes used by an HTTP request in place of 192; 0 = not yet known. */
ssize_t apf_server_http_probe(struct apf_session *s, const uint8_t *p, size_t n);

/* --- session_channel.c --- */
/* An empty table of the session's role. */
void apf_session_channels(struct apf_session *s);
/* Head of a 94: window check. Then its payload as it comes; returns bytes used. */
void apf_session_data_begin(struct apf_session *s, uint32_t id, uint32_t length);
size_t apf_session_data(struct apf_session *s, const uint8_t *p, size_t n);

#endif
