/* SPDX-License-Identifier: Apache-2.0
 * HTTP/1.1 server: table-driven routes, one fiber per request in progress, none for idle
 * connections. Paths match case-insensitively and tolerate one trailing slash, as
 * upstream's do.
 *
 * Limits (head 16 KiB, body, time for the head, for the body, for a response to be read)
 * close or refuse; pipelined requests are answered in order; 100-continue is sent when
 * the handler's route was found and allowed (by the before hook, which runs before the
 * body is read); chunked both ways; graceful shutdown finishes requests in progress. When
 * the client goes away (end of its stream) its handler's fiber is cancelled.
 */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include <net/http.h>
#include <net/socket.h>
#include <net/tls.h>
#include <jansson.h>

#define HTTP_MAX_PARAMS 4

struct http_server;
struct http_conn;

struct http_req {
	struct arena *arena; /* until the response was written */
	const struct http_head *head;
	struct str method;
	struct str path;  /* decoded, without query */
	struct str query; /* raw */
	const struct http_route *route;
	struct {
		const char *name, *value; /* "{guid}" -> "guid", decoded */
	} params[HTTP_MAX_PARAMS];
	size_t n_params;
	struct str body; /* whole; NULL p when there was none */
	struct net_peer peer;
	struct deadline until; /* the route's time limit */
	void *app;	       /* http_server_config.app */
	void *caller;	       /* set by the before hook: who calls (iam) */
	/* Set by the handler, in the arena, for the after hook: the device that the body
	 * names, and what was done. */
	const char *device, *note;
	struct http_conn *conn;
};

struct http_res {
	struct arena *arena;
	int status;		  /* 200 */
	struct buf body;	  /* heap; the server frees it */
	const char *content_type; /* default application/json; charset=utf-8 when body,
				     NULL = none */
	struct http_header headers[16]; /* values valid until written */
	size_t n_headers;
	bool close; /* close the connection afterwards */
};

/* An error becomes the server's on_error answer; a NULL return sends res. Runs in a
 * fiber. */
typedef OB_SUSPENDS struct err *http_handler_fn(struct http_req *req,
						struct http_res *res);

struct http_route {
	const char *method; /* "GET"; HEAD follows GET */
	const char *
		path; /* "/api/v1/devices/{guid}"; literal segments win over parameters */
	http_handler_fn *handler;
	uint32_t needs; /* permissions, for the before hook; 0 is refused at registration
			 */
	uint32_t max_body; /* bytes; 0 = 102400 as upstream's parser */
	uint32_t time_ms;  /* 0 = the server's */
	const void *data;  /* the handler's own */
};

struct http_server_config {
	const char *name; /* "mps", for logs */
	void *app;
	/* Runs before every handler, in its fiber (authentication, tenancy). An error, or
	 * a set res->status != 0 with *answered = true, ends the request. May be NULL
	 * (tests). */
	struct err *(*before)(struct http_req *req, struct http_res *res, bool *answered);
	/* Runs once for each request whose handler was found, in its fiber, before the
	 * answer is written; also when the client is gone or the fiber cancelled. Not for
	 * answers that were streamed and WebSockets. May be NULL. */
	void (*after)(struct http_req *req, int status);
	/* Fills res for an error (takes nothing). NULL =
	 * {"error":...,"errorDescription":...}. */
	void (*on_error)(struct http_req *req, const struct err *e, struct http_res *res);
	/* Fills res when no route matches; NULL = 404 HTML page as Express. */
	void (*on_unknown)(struct http_req *req, struct http_res *res);
	bool cors;		  /* any origin, as upstream */
	uint32_t max_connections; /* 0 = 10000 */
	/* Time for TLS, for a new connection's first byte, and for a complete head; 0 =
	 * 10000. */
	uint32_t head_ms;
	uint32_t idle_ms;  /* keep-alive; 0 = 75000 */
	uint32_t write_ms; /* for a client to take an answer, and 1 s more per 16 KiB; 0 =
			      30000 */
	uint32_t request_ms;   /* for a request whose route says nothing; 0 = 30000 */
	uint32_t max_inflight; /* requests in progress, beyond: 503; 0 = 4096 */
};

struct http_server *http_server_new(const struct http_server_config *c);
/* Routes must outlive the server. Duplicates assert. */
void http_server_routes(struct http_server *s, const struct http_route *routes, size_t n);
/* at as for listener_open. ctx NULL = plain; it gets a reference of its own. Several
 * listeners are fine. */
OB_MUST_CHECK struct err *http_server_listen(struct http_server *s, const char *at,
					     SSL_CTX *ctx);
uint16_t http_server_port(const struct http_server *s, size_t i);
bool http_server_is_loopback(const struct http_server *s); /* all its listeners */
/* Stops accepting, closes idle connections, cancels WebSockets' handlers, waits for
 * requests in progress until the deadline, then cancels them too. */
OB_SUSPENDS void http_server_shutdown(struct http_server *s, struct deadline until);
void http_server_free(struct http_server *s);

struct http_server_stats {
	uint64_t connections;		/* open now */
	uint64_t requests, by_class[6]; /* answered, by status / 100 */
	uint64_t refused; /* malformed, late, or over a limit of the server */
	uint64_t ws_open; /* now */
};
struct http_server_stats http_server_stats(const struct http_server *s);

/* --- for handlers --- */
const char *http_param(const struct http_req *req, const char *name);
const char *http_req_query(const struct http_req *req,
			   const char *name); /* decoded or NULL */
/* Body as JSON. ERR_INVALID when malformed or nested deeper than JSON_MAX_DEPTH
 * (base/json.h). *out NULL when the body is empty. The reference lives with the request
 * (do not decref).
 */
OB_MUST_CHECK struct err *http_req_json(struct http_req *req, json_t **out);
/* Copies the value; control characters in it become blanks. */
void http_res_header(struct http_res *res, const char *name, const char *value);
/* Gives a 200 answer with a body an ETag of its content, as Express does; when the client
 * has it (If-None-Match) it becomes a 304. Call it last. */
void http_res_etag(const struct http_req *req, struct http_res *res);
/* Serialises compactly and steals the reference. */
void http_res_json(struct http_res *res, int status, json_t *take_json);
void http_res_text(struct http_res *res, int status, const char *content_type,
		   const char *text);
/* The HTTP status of an error kind, for on_error. */
int http_err_status(enum err_kind kind);

/* Answers of unknown length (event streams): begin sends status and headers of res (its
 * body is not used), each write goes out at once as one chunk. A handler that then
 * returns an error, or is cancelled, cuts the connection, so the client sees that
 * something is missing; one that returns NULL without end is ended. ERR_CLOSED,
 * ERR_TIMEOUT (client does not read), ERR_CANCELLED. */
OB_MUST_CHECK OB_SUSPENDS struct err *http_res_stream_begin(struct http_req *req,
							    struct http_res *res);
OB_MUST_CHECK OB_SUSPENDS struct err *http_res_stream_write(struct http_req *req,
							    struct str data);
OB_MUST_CHECK OB_SUSPENDS struct err *http_res_stream_end(struct http_req *req);

#endif
