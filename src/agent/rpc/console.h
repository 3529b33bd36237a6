/* SPDX-License-Identifier: Apache-2.0
 * Calls to a Console: its token, then JSON over HTTP(S). rpc.md 1.11.
 */
#ifndef AGENT_RPC_CONSOLE_H
#define AGENT_RPC_CONSOLE_H

#include <agent/rpc/rpc.h>

struct console {
	struct rpc *r;
	const char *url;     /* any address of the console's: where to ask for a token */
	struct secret token; /* unset: none */
};

/* Asks for a token when there are credentials and none was given. Close it in any case.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *console_open(struct rpc *r, const char *url,
						   struct console *out);
/* take_body NULL: none; it is wiped. *answer (may be NULL): in the run's arena. Any
 * status is success here. */
OB_MUST_CHECK OB_SUSPENDS struct err *console_call(struct console *c, const char *method,
						   const char *url, json_t *take_body,
						   int *status, struct str *answer);
bool console_good(int status);
void console_close(struct console *c);

/* ---- devices of the console, for local flows (local_console.c) ---- */

/* The profile at --url, as it is served. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_console_profile(struct rpc *r,
							    struct secret *out);
/* A console takes part in the flow: it keeps the passwords. */
bool local_console_used(const struct rpc *r);
/* Registers the device with its passwords, or changes them; before it has them. */
OB_MUST_CHECK OB_SUSPENDS struct err *local_console_add(struct rpc *r,
							const json_t *profile);
/* What has become of it; failures are warnings. */
OB_SUSPENDS void local_console_sync(struct rpc *r);
/* CIRA did not come to be: its password is taken back; failures are warnings. */
OB_SUSPENDS void local_console_no_cira(struct rpc *r);
OB_MUST_CHECK OB_SUSPENDS struct err *local_console_remove(struct rpc *r);

#endif
