/* SPDX-License-Identifier: Apache-2.0
 * A session of APF over HECI, both roles: host (rpc, lms) and device (the virtual AMT).
 * wire-amt.md 2, rpc.md 3.2. Event-driven; channels are struct stream, so that HTTP and
 * TLS run in them.
 *
 * Host: says its version, accepts services and forwards, opens channels. Device: answers
 * with its version, asks for services, forwards its ports one by one, takes channels. The
 * session ends with the HECI connection: nothing survives a re-open.
 */
#ifndef AMT_HECI_LME_SESSION_H
#define AMT_HECI_LME_SESSION_H

#include <amt/heci/link.h>
#include <amt/heci/lme.h>

struct lme_session;

/* 0 in a number means its default. */
struct lme_config {
	bool device;
	uint32_t max_message; /* of the HECI client; what we send keeps to it */
	uint32_t window;      /* per channel; LME_WINDOW */
	uint32_t max_data; /* greatest CHANNEL_DATA we send; 4095, since lms drops more */
	uint32_t trigger;  /* host: reason in PROTOCOLVERSION; LME_TRIGGER_RPC */
	uint32_t quiet_ms; /* host: after this silence the device said all; 3000 */
	struct lme_ports ports; /* device: what it forwards; LME_PLAIN */
	struct lme_ports also;	/* device: beside these; zeros = nothing */
	uint8_t uuid[16];	/* device: in PROTOCOLVERSION */
	bool drop_after_close;	/* device, fault: ends after each channel, as firmware may
				 */
};

/* On the loop; any may be NULL, any may free the session. */
struct lme_handler {
	/* host: the device forwarded its ports, or said no more; device: forwarded all */
	void (*ready)(struct lme_session *s, void *arg);
	/* device: a channel to a port it forwarded was opened; host: one to port 0, in
	 * which the firmware tells something (lme_alert.h). Return 0 and own the stream,
	 * or an open failure. The stream takes bytes after the call. */
	enum apf_open_failure (*open)(struct lme_session *s, uint16_t port,
				      struct stream *channel, void *arg);
	/* once; its channels failed with ERR_CLOSED. why: static text. Never from within
	 * a call into the session. Free it then. */
	void (*closed)(struct lme_session *s, const char *why, void *arg);
};

/* Owns link; copies c; h must outlive the session. The host speaks at once. */
struct lme_session *lme_session_new(struct heci_link *take_link,
				    const struct lme_config *c,
				    const struct lme_handler *h, void *arg);
/* Sends DISCONNECT when reason is not 0; closed() is called soon. */
void lme_session_close(struct lme_session *s, uint32_t reason, const char *why);
/* Any time, from callbacks too; closed() does not come any more. NULL is fine. */
void lme_session_free(struct lme_session *s);
/* Takes in what has arrived by now. */
void lme_session_poll(struct lme_session *s);

bool lme_session_ready(const struct lme_session *s);
/* The device forwarded (host: we accepted) that port. */
bool lme_session_forwards(const struct lme_session *s, uint16_t port);
/* Device: the reason in the host's PROTOCOLVERSION: LME_TRIGGER of LMS, LME_TRIGGER_RPC;
 * 0 before it came. */
uint32_t lme_session_trigger(const struct lme_session *s);
/* Channels whose ids are in use. */
size_t lme_session_channels(const struct lme_session *s);

/* Host: waits until ready, and for one of the 8 channels. Refusals for the moment
 * (reasons 1 and 4) are tried again, 3 times after 250 ms. At most 18 s. ERR_DEVICE with
 * the reason, ERR_CLOSED, ERR_TIMEOUT, ERR_CANCELLED. The stream may outlive the session.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *lme_channel_open(struct lme_session *s,
						       uint16_t port,
						       struct deadline until,
						       struct stream **out);

/* Device: the same for a channel in which it tells the host something. */
OB_MUST_CHECK OB_SUSPENDS struct err *lme_alert_open(struct lme_session *s,
						     struct deadline until,
						     struct stream **out);

#endif
