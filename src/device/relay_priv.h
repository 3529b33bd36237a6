/* SPDX-License-Identifier: Apache-2.0
 * What the files of the relay share: relay.c (a session's life and its bytes),
 * relay_api.c (who may have one, and the list).
 */
#ifndef DEVICE_RELAY_PRIV_H
#define DEVICE_RELAY_PRIV_H

#include <base/metrics.h>
#include <device/interceptor.h>
#include <device/relay.h>
#include <net/ws.h>

struct relay {
	struct relay_config c;
	struct list sessions;
	uint64_t next_id;
	size_t n;
	uint64_t opened[REDIR_KINDS], bytes_up, bytes_down;
	struct metrics_source metrics;
	struct iam_watch revoked;
};

struct relay_session {
	struct list link; /* of the relay */
	struct relay *relay;
	struct http_req *req;
	struct device *device; /* a reference */
	const struct iam_caller *who;
	uint64_t id;
	int64_t since_ms, since_mono_ms;
	bool kind_known, claimed, text;
	enum redir_kind kind;
	struct ws *ws;
	struct stream *channel;
	struct interceptor login;
	struct fiber *fiber; /* the handler's */
	struct fiber_group down;
	uint64_t bytes_up, bytes_down;
	/* The first end counts. */
	bool ending, client_left;
	uint16_t code;
	char reason[WS_REASON_MAX + 1];
};

/* "kvm", "sol", "ider" */
const char *relay_mode(enum redir_kind kind);
bool relay_mode_parse(const char *mode, enum redir_kind *kind);

/* The place of that kind at the device. ERR_CONFLICT: somebody has it. */
OB_MUST_CHECK struct err *relay_claim(struct relay_session *s, enum redir_kind kind);
/* From the WebSocket's opening to its end. s has device, who, kind (if known, then
 * claimed), text, ws. answer: log in for the client. Releases everything but s itself and
 * the device. */
OB_SUSPENDS void relay_run(struct relay_session *s, bool answer);
/* Ends a running session from outside; of the reason as much as a close frame holds. */
void relay_end(struct relay_session *s, uint16_t code, const char *reason);
void relay_release(struct relay_session *s);

#endif
