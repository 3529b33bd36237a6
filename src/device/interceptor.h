/* SPDX-License-Identifier: Apache-2.0
 * The login of a redirection session, seen from between: the browser starts a session and
 * logs in with whatever it has, the device gets a digest made of its real password, which
 * so never reaches the browser. wire-amt.md 4.1-4.3. Bytes in, bytes out, no I/O.
 *
 * Until the device says that the login succeeded both sides speak whole messages, which
 * are checked; from then on the session is "direct": its bytes are nobody's business
 * here. Also for clients that know the password themselves (answer false): then nothing
 * is replaced, but a session is still of the kind that was asked for.
 */
#ifndef DEVICE_INTERCEPTOR_H
#define DEVICE_INTERCEPTOR_H

#include <amt/redirection/session.h>
#include <base/err.h>

struct interceptor_config {
	bool answer;	      /* log in for the client */
	bool kind_known;      /* else the client's first message says it */
	enum redir_kind kind; /* the only one allowed then */
	const char *user;
	/* H(user:realm:password) of that realm. fresh: the device refused the last one.
	 * May suspend. */
	struct err *(*ha1)(void *arg, struct str realm, bool fresh, char out[33]);
	/* The client starts a session of this kind: an error refuses it. */
	struct err *(*started)(void *arg, enum redir_kind kind);
	void *arg;
};

struct interceptor {
	struct interceptor_config c;
	bool begun, direct;
	struct buf up, down; /* incomplete messages */
	uint8_t auth_type;   /* of the challenge; 0 = none yet */
	struct buf challenge;
	char cnonce[11];
	uint32_t answers;  /* digests sent: nc of the last one */
	uint32_t refusals; /* of digests */
};

void interceptor_init(struct interceptor *i, const struct interceptor_config *c);
void interceptor_fini(struct interceptor *i);

/* What one side said; what goes to the other is appended to out. Errors end the session;
 * out is to be sent nevertheless. ERR_INVALID: the client breaks the protocol.
 * ERR_FORBIDDEN: a session of another kind. ERR_CONFLICT: the device has such a session
 * with somebody else. ERR_UNAUTHENTICATED: the device refuses the stored password.
 * ERR_DEVICE: it refuses or breaks the protocol. */
OB_MUST_CHECK OB_SUSPENDS struct err *interceptor_client(struct interceptor *i,
							 struct str in, struct buf *out);
OB_MUST_CHECK struct err *interceptor_device(struct interceptor *i, struct str in,
					     struct buf *out);
/* The client's bytes pass unseen from now on. Not yet when the login succeeded while the
 * client was in the middle of a message: its beginning goes with what comes next. */
static inline bool interceptor_passes(const struct interceptor *i)
{
	return i->direct && i->up.len == 0;
}

#endif
