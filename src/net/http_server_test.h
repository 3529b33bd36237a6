/* SPDX-License-Identifier: Apache-2.0
 * For tests of the HTTP server: one with routes of all kinds, and a client that sends
 * bytes.
 */
#ifndef NET_HTTP_SERVER_TEST_H
#define NET_HTTP_SERVER_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/http_server.h>

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

/* The server under test, and what its handlers counted. */
extern struct http_server *server;
extern struct http_test_counts {
	int slow_started, slow_ended, slow_cancelled, before_calls;
} counts;

struct client {
	struct stream *s;
	struct buf in;
};

struct answer {
	struct http_head head; /* slices into the arena */
	struct str body;
	bool truncated;
};

void ok(struct err *e);
/* Runs fn in a fiber with a server of short times / of this configuration. */
void run(rt_fn *fn);
void run_with(rt_fn *fn, const struct http_server_config *cfg);
/* The before hook: Authorization "none" is refused, "answer" answered with 202. */
struct err *before(struct http_req *req, struct http_res *res, bool *answered);

struct client client_open(void);
void client_close(struct client *c);
void client_send(struct client *c, const char *p, size_t n);
void client_puts(struct client *c, const char *text);
/* False at the end of the stream. */
bool client_more(struct client *c);
/* True when the server closes without a further byte. */
bool client_at_end(struct client *c);
struct answer client_answer(struct client *c, bool to_head);
/* One request on a connection of its own. */
struct answer ask(const char *request);
/* body may be NULL. */
void check(struct answer a, int status, const char *body);

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		run(name##_body);           \
	}                                   \
	static void name##_body(void *arg)

#endif
