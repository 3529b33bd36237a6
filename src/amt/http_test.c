/* SPDX-License-Identifier: Apache-2.0
 * AMT's HTTP: replies byte for byte (wire-amt.md 3.1), requests in all forms, and the
 * client against a responder that behaves as told.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/http.h>
#include <net/socket.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define REALM "Digest:A4070000000000000000000000000000"
#define NONCE "Hp0BAAAAAAAAAAAAq83vEjRWeJq8zRI"
#define VERSION "15.0.23.1706"
#define SOON deadline_in(20 * 1000)

#define TEST(name)                          \
	static void name##_body(void *arg); \
	static void name(void **state)      \
	{                                   \
		rt_main(name##_body, NULL); \
	}                                   \
	static void name##_body(void *arg)

static void pair(struct stream **a, struct stream **b)
{
	int fds[2];
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
		0);
	*a = socket_stream(fds[0]);
	*b = socket_stream(fds[1]);
}

static void assert_text(const struct buf *b, const char *want)
{
	if (b->len != strlen(want) || memcmp(b->p, want, b->len) != 0)
		print_error("%.*s\n", (int)b->len, b->p);
	assert_int_equal(b->len, strlen(want));
	assert_memory_equal(b->p, want, b->len);
}

/* ---- replies ---- */

static void soap_reply_has_the_form_of_firmware(void **state)
{
	struct buf b = {0};

	clock_freeze(1000, 1768456800000);
	amt_reply_soap(&b, 200, VERSION, STR("<a:Envelope></a:Envelope>"));
	assert_text(&b, "HTTP/1.1 200 OK\r\n"
			"Date: Thu, 15 Jan 2026 06:00:00 GMT\r\n"
			"Server: Intel(R) Active Management Technology 15.0.23.1706\r\n"
			"X-Frame-Options: DENY\r\n"
			"Content-Type: application/soap+xml; charset=UTF-8\r\n"
			"Transfer-Encoding: chunked\r\n\r\n"
			"0019\r\n<a:Envelope></a:Envelope>\r\n0\r\n\r\n");
	buf_fini(&b);
	amt_reply_soap(&b, 400, VERSION, STR(""));
	assert_memory_equal(b.p, "HTTP/1.1 400 Bad Request\r\nDate: ", 32);
	assert_string_equal(b.p + b.len - 9, "\r\n\r\n0\r\n\r\n");
	buf_fini(&b);
}

static void soap_reply_chunks_are_those_of_firmware(void **state)
{
	char xml[0x220 + 0x2FA + 0x3C];
	struct buf b = {0};

	memset(xml, 'x', sizeof(xml));
	amt_reply_soap(&b, 200, VERSION, (struct str){xml, sizeof(xml)});
	const char *p = strstr(b.p, "\r\n\r\n") + 4;
	assert_memory_equal(p, "0220\r\n", 6);
	p += 6 + 0x220;
	assert_memory_equal(p, "\r\n02FA\r\n", 8);
	p += 8 + 0x2FA;
	assert_memory_equal(p, "\r\n003C\r\n", 8);
	p += 8 + 0x3C;
	assert_string_equal(p, "\r\n0\r\n\r\n");
	buf_fini(&b);
}

static void pages_have_the_form_of_firmware(void **state)
{
	struct buf b = {0};

	amt_reply_401(&b, VERSION, REALM, NONCE);
	const char *head =
		"HTTP/1.1 401 Unauthorized\r\n"
		"WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"" NONCE "\","
		"stale=\"false\",qop=\"auth\"\r\n"
		"Content-Type: text/html\r\n"
		"Server: Intel(R) Active Management Technology 15.0.23.1706\r\n"
		"Content-Length: ";
	assert_memory_equal(b.p, head, strlen(head));
	char *rest;
	size_t length = strtoul(b.p + strlen(head), &rest, 10);
	assert_memory_equal(rest, "\r\nConnection: close\r\n\r\n", 23);
	assert_int_equal(b.len - (size_t)(rest + 23 - b.p), length);
	assert_string_equal(b.p + b.len - 7, "</html>");
	buf_clear(&b);
	amt_reply_400(&b, VERSION);
	assert_memory_equal(
		b.p,
		"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nServer: ", 59);
	assert_null(strstr(b.p, "WWW-Authenticate"));
	assert_non_null(strstr(b.p, "\r\nConnection: close\r\n\r\n"));
	assert_string_equal(b.p + b.len - 7, "</html>");
	buf_fini(&b);
}

/* ---- requests ---- */

TEST(requests_are_read_in_every_form)
{
	static const char *const requests[] = {
		"POST /wsman HTTP/1.1\r\nHost: x:16992\r\nContent-Length: 5\r\n\r\nhello",
		"POST /wsman HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
		"POST /wsman HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		"0005\r\nhello\r\n0\r\n\r\n",
		"POST /wsman HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: "
		"chunked\r\n\r\n"
		"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
	};
	struct stream *s, *peer;
	struct buf in = {0}, all = {0};
	bool end;

	pair(&s, &peer);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++)
		buf_adds(&all, requests[i]); /* pipelined */
	assert_null(stream_write(peer, all.p, all.len, SOON));
	stream_free(peer);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct arena a = {0};
		struct amt_request rq;
		assert_null(amt_request_read(s, &in, &a, SOON, &rq, &end));
		assert_false(end);
		assert_true(str_eqz(rq.head.target, "/wsman"));
		assert_true(str_eqz(rq.body, "hello"));
		assert_int_equal(rq.head.keep_alive, i != 3);
		arena_fini(&a);
	}
	struct arena a = {0};
	struct amt_request rq;
	assert_null(amt_request_read(s, &in, &a, SOON, &rq, &end));
	assert_true(end);
	arena_fini(&a);
	buf_fini(&in);
	buf_fini(&all);
	stream_free(s);
}

TEST(requests_that_are_refused)
{
	static const struct {
		const char *text;
		enum err_kind kind;
	} bad[] = {
		{"GARBAGE\r\n\r\n", ERR_INVALID},
		{"POST /wsman HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
		 ERR_INVALID},
		{"POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		 ERR_INVALID},
		{"POST /wsman HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n",
		 ERR_TOO_LARGE},
		{"POST /wsman HTTP/1.1\r\nContent-Length: 5\r\n\r\nhell", ERR_CLOSED},
		{"POST /wsman HT", ERR_CLOSED},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arena a = {0};
		struct buf in = {0};
		struct stream *s, *peer;
		struct amt_request rq;
		bool end;
		pair(&s, &peer);
		assert_null(stream_write(peer, bad[i].text, strlen(bad[i].text), SOON));
		stream_free(peer);
		struct err *e = amt_request_read(s, &in, &a, SOON, &rq, &end);
		if (!err_is(e, bad[i].kind))
			print_error("%s\n", bad[i].text);
		assert_true(err_is(e, bad[i].kind));
		err_free(e);
		buf_fini(&in);
		arena_fini(&a);
		stream_free(s);
	}
}

/* ---- the client ---- */

enum act {
	DO_DIGEST, /* as firmware: 401 without valid digest, else 200 */
	DO_REFUSE, /* always 401 */
	DO_ECHO,   /* 200 without asking */
	DO_RAW,	   /* reads the request, writes text, closes */
	DO_HEADERS_FOR_EVER,
	DO_SILENT,
};

struct responder {
	enum act act;
	const char *text;
	const char *password;
	int nonce;	  /* number of the nonce in force */
	int max_per_conn; /* close after so many answers; 0 = never */
	int renew_every;  /* a new nonce after so many good requests */
	int opened, requests, answered, refused, good;
	uint32_t last_nc;
	struct fiber_group conns;
};

struct conn {
	struct responder *r;
	struct stream *s;
};

static bool is_good(struct responder *r, const struct amt_request *rq, struct arena *a)
{
	struct digest_response d;
	char ha1[33], nonce[40];
	struct str value = http_header_str(&rq->head, "Authorization");

	if (!digest_parse_response(a, value, &d))
		return false;
	snprintf(nonce, sizeof(nonce), NONCE "%c", 'A' + r->nonce % 26);
	digest_ha1(STR("admin"), STR(REALM), str_of(r->password), ha1);
	if (!str_eqz(d.nonce, nonce) || !digest_verify(&d, ha1, "POST"))
		return false;
	assert_true(str_eqz(d.uri, "/wsman"));
	assert_true(d.nc > r->last_nc);
	r->last_nc = d.nc;
	if (r->renew_every > 0 && ++r->good % r->renew_every == 0)
		r->nonce++;
	return true;
}

static bool answer(struct responder *r, const struct amt_request *rq, struct arena *a,
		   struct buf *out)
{
	char nonce[40];

	if (r->act == DO_RAW) {
		buf_adds(out, r->text);
		return false;
	}
	if (r->act == DO_REFUSE || (r->act == DO_DIGEST && !is_good(r, rq, a))) {
		r->refused++;
		snprintf(nonce, sizeof(nonce), NONCE "%c", 'A' + r->nonce % 26);
		amt_reply_401(out, VERSION, REALM, nonce);
		return false;
	}
	r->answered++;
	amt_reply_soap(out, 200, VERSION, rq->body);
	return r->max_per_conn == 0 || r->answered % r->max_per_conn != 0;
}

static void flood(struct stream *s)
{
	struct err *e = NULL;

	for (int i = 0; i < 10000 && e == NULL; i++)
		e = stream_write(s,
				 i == 0 ? "HTTP/1.1 200 OK\r\n" : "X: yyyyyyyyyyyyy\r\n",
				 i == 0 ? 17 : 18, SOON);
	assert_true(err_is(e, ERR_CLOSED));
	err_free(e);
}

static void conn_fiber(void *arg)
{
	struct conn *c = arg;
	struct responder *r = c->r;
	struct buf in = {0}, out = {0};
	bool end = false, more = true;

	while (more) {
		struct arena a = {0};
		struct amt_request rq;
		struct err *e = amt_request_read(c->s, &in, &a, SOON, &rq, &end);
		more = e == NULL && !end && r->act != DO_SILENT;
		err_free(e);
		if (more) {
			r->requests++;
			buf_clear(&out);
			if (r->act == DO_HEADERS_FOR_EVER) {
				flood(c->s);
				more = false;
			} else {
				more = answer(r, &rq, &a, &out);
				err_free(stream_write(c->s, out.p, out.len, SOON));
			}
		}
		arena_fini(&a);
	}
	if (r->act == DO_SILENT) {
		struct err *e = fiber_sleep_ms(100000);
		err_free(e);
	}
	buf_fini(&in);
	buf_fini(&out);
	stream_free(c->s);
	free(c);
}

static struct err *open_conn(void *arg, uint16_t port, struct deadline until,
			     struct stream **out)
{
	struct responder *r = arg;
	struct conn *c = malloc(sizeof(*c));

	assert_non_null(c);
	assert_int_equal(port, 16992);
	c->r = r;
	r->opened++;
	pair(out, &c->s);
	fiber_spawn(&r->conns, "responder", conn_fiber, c);
	return NULL;
}

struct rig {
	struct responder r;
	struct amt_http http;
	struct arena a;
};

static void rig_init(struct rig *g, enum act act)
{
	*g = (struct rig){.r = {.act = act, .password = "P@ssw0rd"}};
	fiber_group_init(&g->r.conns);
	amt_http_init(&g->http, open_conn, &g->r, 16992);
	amt_http_credentials(&g->http, STR("admin"), STR("P@ssw0rd"));
	g->http.host = "4c4c4544-004b-4210-8033-b6c04f504633";
}

static void rig_fini(struct rig *g)
{
	fiber_group_join(&g->r.conns, true);
	amt_http_fini(&g->http);
	arena_fini(&g->a);
}

static void assert_posts(struct rig *g, struct amt_conn *c, const char *text)
{
	struct amt_response rs;
	struct err *e = amt_conn_post(c, str_of(text), &g->a, SOON, &rs);

	if (e != NULL)
		print_error("%s\n", err_str(e, &g->a));
	assert_null(e);
	assert_int_equal(rs.status, 200);
	assert_true(str_eqz(rs.body, text));
}

static void assert_post_fails(struct rig *g, enum err_kind kind, const char *text)
{
	struct amt_conn *c = amt_conn_new(&g->http);
	struct amt_response rs;
	struct err *e = amt_conn_post(c, STR("<x/>"), &g->a, SOON, &rs);

	assert_non_null(e);
	if (e->kind != kind || strstr(err_str(e, &g->a), text) == NULL)
		print_error("%s: %s\n", err_kind_name(e->kind), err_str(e, &g->a));
	assert_true(err_is(e, kind));
	assert_non_null(strstr(err_str(e, &g->a), text));
	err_free(e);
	amt_conn_free(c);
}

TEST(challenge_is_answered_once_and_kept)
{
	struct rig g;

	rig_init(&g, DO_DIGEST);
	struct amt_conn *c = amt_conn_new(&g.http);
	assert_posts(&g, c, "<one/>");
	assert_int_equal(g.r.refused, 1);
	assert_int_equal(g.r.opened, 2); /* the 401 closed the first */
	assert_null(g.http.password.p);
	assert_posts(&g, c, "<two/>");
	assert_posts(&g, c, "");
	assert_int_equal(g.r.opened, 2);
	amt_conn_free(c);
	c = amt_conn_new(&g.http);
	assert_posts(&g, c, "<three/>");
	assert_int_equal(g.r.refused, 1);
	assert_int_equal(g.http.nc, 4);
	amt_conn_free(c);
	rig_fini(&g);
}

static struct err *open_canned(void *arg, uint16_t port, struct deadline until,
			       struct stream **out)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	struct stream **peer = arg;

	pair(out, peer);
	return stream_write(*peer, text, sizeof(text) - 1, until);
}

static void assert_request(bool close_each, const char *want)
{
	struct rig g;
	struct stream *peer;
	struct amt_response rs;
	char got[500];
	size_t n;

	rig_init(&g, DO_RAW);
	g.http.open = open_canned;
	g.http.open_arg = &peer;
	g.http.close_each = close_each;
	struct amt_conn *c = amt_conn_new(&g.http);
	assert_null(amt_conn_post(c, STR("<x/>"), &g.a, SOON, &rs));
	assert_int_equal(rs.body.n, 0);
	assert_null(stream_read(peer, got, sizeof(got), SOON, &n));
	assert_int_equal(n, strlen(want));
	assert_memory_equal(got, want, n);
	stream_free(peer);
	amt_conn_free(c);
	rig_fini(&g);
}

TEST(request_has_the_form_of_mps)
{
	assert_request(false, "POST /wsman HTTP/1.1\r\n"
			      "Host: 4c4c4544-004b-4210-8033-b6c04f504633:16992\r\n"
			      "Content-Length: 4\r\n\r\n<x/>");
}

TEST(request_may_ask_for_the_end_of_the_connection)
{
	assert_request(true, "POST /wsman HTTP/1.1\r\n"
			     "Host: 4c4c4544-004b-4210-8033-b6c04f504633:16992\r\n"
			     "Connection: close\r\n"
			     "Content-Length: 4\r\n\r\n<x/>");
}

TEST(wrong_password_ends_after_the_retries)
{
	struct rig g;

	rig_init(&g, DO_DIGEST);
	g.r.password = "another";
	assert_post_fails(&g, ERR_DEVICE, "wrong AMT password");
	assert_true(g.http.denied);
	assert_int_equal(g.r.refused, 4);
	assert_int_equal(g.r.opened, 4);
	/* and a right one is taken into use afterwards */
	amt_http_credentials(&g.http, STR("admin"), STR("another"));
	struct amt_conn *c = amt_conn_new(&g.http);
	assert_posts(&g, c, "<x/>");
	assert_false(g.http.denied);
	assert_int_equal(g.r.refused, 4);
	amt_conn_free(c);
	rig_fini(&g);
}

TEST(unknown_password_is_told)
{
	struct rig g;

	rig_init(&g, DO_REFUSE);
	amt_http_fini(&g.http);
	amt_http_init(&g.http, open_conn, &g.r, 16992);
	assert_post_fails(&g, ERR_DEVICE, "not known here");
	rig_fini(&g);
}

TEST(nonce_may_change_at_any_time)
{
	struct rig g;

	rig_init(&g, DO_DIGEST);
	g.r.renew_every = 2;
	struct amt_conn *c = amt_conn_new(&g.http);
	for (int i = 0; i < 9; i++)
		assert_posts(&g, c, "<x/>");
	assert_int_equal(g.r.answered, 9);
	assert_int_equal(g.r.refused, 5);
	assert_int_equal(g.http.nc, 13); /* never goes back */
	amt_conn_free(c);
	rig_fini(&g);
}

TEST(connection_closed_while_idle_is_opened_again)
{
	struct rig g;

	rig_init(&g, DO_ECHO);
	g.r.max_per_conn = 2;
	struct amt_conn *c = amt_conn_new(&g.http);
	for (int i = 0; i < 6; i++)
		assert_posts(&g, c, "<x/>");
	assert_int_equal(g.r.opened, 3);
	assert_int_equal(g.r.requests, 6);
	amt_conn_free(c);
	rig_fini(&g);
}

struct poster {
	struct rig *g;
	bool done;
};

static void poster_fiber(void *arg)
{
	struct poster *p = arg;
	struct amt_conn *c = amt_conn_new(&p->g->http);

	for (int i = 0; i < 10; i++)
		assert_posts(p->g, c, "<parallel/>");
	amt_conn_free(c);
	p->done = true;
}

TEST(parallel_connections_share_the_challenge)
{
	struct rig g;
	struct poster p[2] = {{&g, false}, {&g, false}};
	struct fiber_group group;

	rig_init(&g, DO_DIGEST);
	fiber_group_init(&group);
	fiber_spawn(&group, "poster", poster_fiber, &p[0]);
	fiber_spawn(&group, "poster", poster_fiber, &p[1]);
	fiber_group_join(&group, false);
	assert_true(p[0].done && p[1].done);
	assert_int_equal(g.r.refused, 2);
	assert_int_equal(g.http.nc, 20);
	rig_fini(&g);
}

TEST(answers_in_every_framing_are_read)
{
	static const struct {
		const char *text;
		int status;
		const char *body;
	} good[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "0002\r\nhe\r\n0003\r\nllo\r\n0\r\n\r\n",
		 200, "hello"},
		{"HTTP/1.1 200 OK\r\n\r\nhello", 200, "hello"},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\n"
		 "Content-Length: 3\r\n\r\n400",
		 400, "400"},
		{"HTTP/1.0 503 Busy\r\nContent-Length: 0\r\n\r\n", 503, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 too much",
		 200, "x"},
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct rig g;
		struct amt_response rs;
		rig_init(&g, DO_RAW);
		g.r.text = good[i].text;
		struct amt_conn *c = amt_conn_new(&g.http);
		struct err *e = amt_conn_post(c, STR("<x/>"), &g.a, SOON, &rs);
		if (e != NULL)
			print_error("%s\n", good[i].text);
		assert_null(e);
		assert_int_equal(rs.status, good[i].status);
		assert_true(str_eqz(rs.body, good[i].body));
		amt_conn_free(c);
		rig_fini(&g);
	}
}

TEST(broken_answers_are_errors)
{
	static const struct {
		const char *text;
		enum err_kind kind;
		const char *why;
	} bad[] = {
		{"", ERR_CLOSED, "closed without an answer"},
		{"HTTP/1.1 200 O", ERR_CLOSED, "in the middle"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", ERR_CLOSED,
		 "in the middle"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		 ERR_CLOSED, "in the middle"},
		{"SSH-2.0-OpenSSH\r\n", ERR_DEVICE, "malformed HTTP"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
		 ERR_DEVICE, "malformed HTTP"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n", ERR_DEVICE,
		 "too large"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n500000\r\n",
		 ERR_CLOSED, "in the middle"},
		{"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", ERR_DEVICE,
		 "no known digest"},
		{"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n",
		 ERR_DEVICE, "no known digest"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct rig g;
		rig_init(&g, DO_RAW);
		g.r.text = bad[i].text;
		assert_post_fails(&g, bad[i].kind, bad[i].why);
		assert_int_equal(g.r.opened, 1); /* a fresh connection is not retried */
		rig_fini(&g);
	}
}

TEST(chunked_answer_beyond_the_limit_is_refused)
{
	struct rig g;
	struct buf b = {0};
	size_t n = AMT_HTTP_MAX_RESPONSE + 1;

	rig_init(&g, DO_RAW);
	buf_addf(&b, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n", n);
	memset(buf_reserve(&b, n), 'x', n);
	b.len += n;
	b.p[b.len] = '\0';
	g.r.text = b.p;
	assert_post_fails(&g, ERR_DEVICE, "too large");
	rig_fini(&g);
	buf_fini(&b);
}

TEST(endless_headers_are_refused)
{
	struct rig g;

	rig_init(&g, DO_HEADERS_FOR_EVER);
	assert_post_fails(&g, ERR_DEVICE, "malformed HTTP");
	rig_fini(&g);
}

TEST(interim_answers_have_an_end)
{
	struct rig g;
	struct buf b = {0};

	rig_init(&g, DO_RAW);
	for (int i = 0; i < 20; i++)
		buf_adds(&b, "HTTP/1.1 100 Continue\r\n\r\n");
	g.r.text = b.p;
	assert_post_fails(&g, ERR_DEVICE, "endless");
	rig_fini(&g);
	buf_fini(&b);
}

TEST(silent_device_times_out)
{
	struct rig g;
	struct amt_response rs;

	rig_init(&g, DO_SILENT);
	struct amt_conn *c = amt_conn_new(&g.http);
	struct err *e = amt_conn_post(c, STR("<x/>"), &g.a, deadline_in(20), &rs);
	assert_true(err_is(e, ERR_TIMEOUT));
	err_free(e);
	amt_conn_free(c);
	rig_fini(&g);
}

static struct err *open_fails(void *arg, uint16_t port, struct deadline until,
			      struct stream **out)
{
	return err_new(ERR_DEVICE, "no channel");
}

TEST(failure_to_open_is_passed_on)
{
	struct rig g;

	rig_init(&g, DO_ECHO);
	g.http.open = open_fails;
	assert_post_fails(&g, ERR_DEVICE, "no channel");
	rig_fini(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_read_in_every_form),
		cmocka_unit_test(requests_that_are_refused),
		cmocka_unit_test(challenge_is_answered_once_and_kept),
		cmocka_unit_test(request_has_the_form_of_mps),
		cmocka_unit_test(request_may_ask_for_the_end_of_the_connection),
		cmocka_unit_test(wrong_password_ends_after_the_retries),
		cmocka_unit_test(unknown_password_is_told),
		cmocka_unit_test(nonce_may_change_at_any_time),
		cmocka_unit_test(connection_closed_while_idle_is_opened_again),
		cmocka_unit_test(parallel_connections_share_the_challenge),
		cmocka_unit_test(answers_in_every_framing_are_read),
		cmocka_unit_test(broken_answers_are_errors),
		cmocka_unit_test(chunked_answer_beyond_the_limit_is_refused),
		cmocka_unit_test(endless_headers_are_refused),
		cmocka_unit_test(interim_answers_have_an_end),
		cmocka_unit_test(silent_device_times_out),
		cmocka_unit_test(failure_to_open_is_passed_on),
		/* these stop the clock */
		cmocka_unit_test(soap_reply_has_the_form_of_firmware),
		cmocka_unit_test(soap_reply_chunks_are_those_of_firmware),
		cmocka_unit_test(pages_have_the_form_of_firmware),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
