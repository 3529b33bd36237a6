/* SPDX-License-Identifier: Apache-2.0
 * Calls of servers: addresses, connections through proxies and TLS, single HTTP requests.
 * rpc is small and short-lived; it does without the servers' HTTP client and what that
 * needs.
 */
#ifndef AGENT_RPC_WEB_H
#define AGENT_RPC_WEB_H

#include <agent/rpc/rpc.h>
#include <net/stream.h>

struct web_url {
	bool tls;
	const char *scheme, *host, *userinfo; /* in the arena */
	uint16_t port;
	const char *authority, *target; /* Host field, path with query */
};

/* scheme://[user@]host[:port][/path]; ws, wss, http, https. ERR_INVALID. */
OB_MUST_CHECK struct err *web_url_parse(struct arena *a, const char *text,
					struct web_url *out);

/* A byte stream to it as the options say: proxy (-p, else the environment), certificate
 * verification. ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_CANCELLED, ERR_INVALID. */
OB_MUST_CHECK OB_SUSPENDS struct err *web_open(struct rpc *r, const struct web_url *u,
					       struct deadline until,
					       struct stream **out);

#define WEB_MAX_ANSWER (1u << 20)

struct web_call {
	const char *method, *url;
	const char *content_type;    /* of body; NULL: none */
	const struct secret *bearer; /* unset: no Authorization */
	struct str body;
	/* answer, in the run's arena */
	int status;
	struct str answer;
};

/* Any HTTP status is success here; redirects are not followed. Bodies are wiped. */
OB_MUST_CHECK OB_SUSPENDS struct err *web_call(struct rpc *r, struct web_call *c,
					       struct deadline until);

#endif
