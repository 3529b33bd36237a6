/* SPDX-License-Identifier: Apache-2.0
 * Inside of the HTTP server, for its files and for ws.c.
 *
 *   http_server.c  listeners, life cycle            http_route.c  table of routes
 *   http_conn.c    a connection: events, bytes      http_serve.c  one request, in a fiber
 *   http_reply.c   answers and their helpers
 *
 * A connection is owned by the server's list while it is idle and by its fiber while
 * busy: only the fiber frees it then. Stream events always come to http_conn.c, which
 * reads into conn->in and wakes the fiber; the fiber never uses stream_read.
 */
#ifndef NET_HTTP_SERVER_PRIV_H
#define NET_HTTP_SERVER_PRIV_H

#include <base/metrics.h>
#include <net/http_server.h>
#include <rt/timer.h>

/* Bytes read ahead of the fiber. */
#define HTTP_CONN_IN_MAX HTTP_MAX_HEAD
/* Bytes read and dropped behind the last answer, lest a reset destroys it, and how long.
 */
#define HTTP_LINGER_MAX (1u << 20)
#define HTTP_LINGER_MS 2000
/* An unread body up to this is read and dropped to keep the connection. */
#define HTTP_DRAIN_MAX 65536u
#define HTTP_DRAIN_MS 2000

struct http_route_node;

struct http_listener {
	struct list link;
	struct http_server *server;
	struct listener *listener;
	SSL_CTX *ctx;
};

struct http_server {
	struct http_server_config cfg;
	struct http_route_node *routes;
	struct list listeners, conns;
	struct fiber_group group;
	struct waitq drained;
	uint32_t in_progress; /* requests in progress, WebSockets not counted */
	bool stopping;
	struct http_server_stats stats;
	struct metrics_source metrics;
	struct metric seconds; /* of requests that were answered whole */
	int64_t log_second;    /* refusals logged in this second */
	unsigned log_count, log_dropped;
	char scratch[16384]; /* for reading; never kept across a callback */
};

struct http_conn {
	struct list link; /* of the server */
	struct http_server *server;
	struct stream
		*stream; /* NULL before the handshake's end and once a WebSocket has it */
	struct tls_handshake *handshake;
	struct fiber *fiber; /* CONN_BUSY */
	struct timer timer;
	struct buf in; /* unparsed bytes; no memory while idle */
	struct waitq can_read, can_write;
	size_t head_len; /* of the complete head at the start of in, 0 = none */
	size_t lingered;
	struct net_peer peer;
	enum http_conn_state {
		CONN_HANDSHAKE,
		CONN_IDLE,   /* no byte of a request yet */
		CONN_HEAD,   /* part of a head */
		CONN_BUSY,   /* a fiber serves it */
		CONN_LINGER, /* answered for the last time */
	} state;
	bool eof;	 /* end of stream, or broken */
	bool wants_body; /* the fiber waits for input */
	bool upgraded;
};

/* One request and its answer; lives in the request's arena. */
struct http_exchange {
	struct http_req req;
	struct http_res res;
	struct http_conn *conn;
	struct http_body body;
	struct buf body_bytes;
	json_t *json;
	int64_t started_ms;
	uint64_t started_ns;
	enum { REPLY_NONE, REPLY_STREAM, REPLY_DONE } reply;
	bool head_only; /* HEAD */
	bool close;	/* decided when the answer's head was written */
	struct http_head head;
};

static inline struct http_exchange *http_exchange_of(struct http_req *req)
{
	return container_of(req, struct http_exchange, req);
}

/* http_conn.c */
void http_conn_open(struct http_listener *l, struct stream *s,
		    const struct net_peer *peer);
/* Not while busy, save from its fiber. */
void http_conn_close(struct http_conn *c);
/* The fiber is done with a request: is the next head complete (then head_len is set), or
 * did the connection go back to its events, or away? */
bool http_conn_next(struct http_conn *c, bool close);
/* Waits until more bytes are in c->in. */
OB_MUST_CHECK OB_SUSPENDS struct err *http_conn_fill(struct http_conn *c,
						     struct deadline until);
OB_MUST_CHECK OB_SUSPENDS struct err *http_conn_write(struct http_conn *c, const void *p,
						      size_t n, struct deadline until);
struct deadline http_conn_write_deadline(const struct http_conn *c, size_t n);
/* Counts and logs (at most 10 lines a second) what a client did wrong. */
void http_conn_blame(struct http_conn *c, const char *why, int status);
/* For ws.c: writes the 101 and hands over the stream with the bytes read beyond the head.
 */
OB_MUST_CHECK OB_SUSPENDS struct err *http_conn_upgrade(struct http_req *req,
							struct str head,
							struct stream **out,
							struct buf *rest);

/* http_serve.c: the fiber. */
void http_serve(void *conn);

/* http_route.c */
struct http_route_node *http_routes_new(void);
void http_routes_free(struct http_route_node *root);
void http_routes_add(struct http_route_node *root, const struct http_route *r);
/* Fills path, query, params, route (NULL when none matches) from head. ERR_INVALID:
 * malformed. */
OB_MUST_CHECK struct err *http_routes_match(const struct http_route_node *root,
					    struct http_req *req);

/* http_reply.c */
/* Current Date value, made once per second. */
const char *http_date(void);
/* Sends x->res. */
OB_MUST_CHECK OB_SUSPENDS struct err *http_reply_send(struct http_exchange *x);
/* Empties x->res, back to 200 without body. */
void http_reply_reset(struct http_exchange *x);
void http_reply_error(struct http_exchange *x, const struct err *e);
void http_reply_unknown(struct http_exchange *x);
void http_reply_preflight(struct http_exchange *x);

#endif
