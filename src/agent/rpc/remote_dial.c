/* SPDX-License-Identifier: Apache-2.0
 * The WebSocket to RPS, with a bearer token when there is one.
 */
#include <agent/rpc/remote.h>

#include <agent/rpc/web.h>

#define DIAL_MS 60000
/* RPS sends TLS flights and whole requests; upstream's client has no limit. */
#define MESSAGE_MAX (4u << 20)
#define PING_MS 20000

struct err *remote_dial(struct rpc *r, struct ws **out)
{
	struct ws_config c = {.max_message = MESSAGE_MAX, .ping_ms = PING_MS};
	_cleanup_(buf_fini_wipe) struct buf headers = {0};
	struct deadline until = deadline_in(DIAL_MS);
	struct web_url u;
	struct stream *s;

	rpc_log(r, LOG_INFO, "connecting to %s", r->o.url);
	TRY(web_url_parse(&r->a, r->o.url, &u));
	if (strncmp(u.scheme, "ws", 2) != 0)
		return err_new(ERR_INVALID, "%s is no ws:// or wss:// address", r->o.url);
	TRY(web_open(r, &u, until, &s));
	if (r->o.auth_token.n > 0) {
		buf_reserve(&headers, r->o.auth_token.n + 64);
		buf_addf(&headers, "Authorization: Bearer %s\r\n", r->o.auth_token.p);
	}
	TRY(ws_connect(s, u.authority, u.target, headers.p, &c, until, out));
	rpc_log(r, LOG_INFO, "connected to %s", r->o.url);
	return NULL;
}
