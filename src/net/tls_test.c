/* SPDX-License-Identifier: Apache-2.0
 * TLS: handshakes good and bad, over sockets and over a pipe, and the stream contract on
 * top.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/socket.h>
#include <net/tls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <net/tls_test.h>

#define BIG (1024 * 1024)

static struct test_cert ca, leaf, other_ca;
static SSL_CTX *server_ctx, *client_ctx;
static struct fiber_group group;

static void ok(struct err *e)
{
	if (e != NULL)
		print_error("%s: %s\n", err_kind_name(e->kind), e->msg);
	assert_null(e);
}

static void fails(struct err *e, enum err_kind kind, const char *text)
{
	assert_non_null(e);
	if (e->kind != kind || (text != NULL && strstr(e->msg, text) == NULL))
		print_error("%s: %s\n", err_kind_name(e->kind), e->msg);
	assert_int_equal(e->kind, kind);
	if (text != NULL)
		assert_non_null(strstr(e->msg, text));
	err_free(e);
}

static void socket_pair(struct stream **a, struct stream **b)
{
	int fd[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd),
		0);
	*a = socket_stream(fd[0]);
	*b = socket_stream(fd[1]);
}

struct shake {
	struct stream *inner, *tls;
	SSL_CTX *ctx;
	struct err *e;
};

static void accept_fiber(void *arg)
{
	struct shake *k = arg;

	k->e = tls_accept(k->inner, k->ctx, deadline_in(10000), &k->tls);
}

/* Both sides at once; a side that fails leaves its stream NULL. Returns the server's
 * error. */
static struct err *shake_hands(struct stream *ci, struct stream *si, SSL_CTX *c_ctx,
			       SSL_CTX *s_ctx, const char *name, struct stream **c,
			       struct stream **s, struct err **client_error)
{
	struct shake k = {.inner = si, .ctx = s_ctx};
	struct fiber_group g;

	fiber_group_init(&g);
	fiber_spawn(&g, "accept", accept_fiber, &k);
	*client_error = tls_connect(ci, c_ctx, name, deadline_in(10000), c);
	fiber_group_join(&g, false);
	*s = k.tls;
	return k.e;
}

static void tls_pair(bool over_pipe, struct stream **c, struct stream **s)
{
	struct stream *ci, *si;
	struct err *e;

	if (over_pipe)
		test_pipe(700, &ci, &si);
	else
		socket_pair(&ci, &si);
	ok(shake_hands(ci, si, client_ctx, server_ctx, NULL, c, s, &e));
	ok(e);
	assert_non_null(tls_ssl(*c));
	assert_int_equal(SSL_get_verify_result(tls_ssl(*c)), X509_V_OK);
	assert_int_equal(socket_fd(*c), -1);
}

static void send_big(void *arg)
{
	struct stream *s = arg;
	char *data = xmalloc(BIG);

	for (size_t i = 0; i < BIG; i++)
		data[i] = (char)(i % 251);
	/* odd sizes, so that records and buffers never line up */
	for (size_t at = 0, n = 1; at < BIG; at += n, n = n * 3 % 40009 + 1) {
		n = MIN(n, BIG - at);
		ok(stream_write(s, data + at, n, deadline_in(20000)));
	}
	stream_shutdown(s);
	free(data);
}

static void receive_big(struct stream *s, size_t step, int every_ms)
{
	char *buf = xmalloc(step);
	size_t n, total = 0;

	for (;;) {
		ok(stream_read(s, buf, step, deadline_in(20000), &n));
		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			assert_int_equal((unsigned char)buf[i], (total + i) % 251);
		total += n;
		if (every_ms > 0 && total < BIG / 2)
			ok(fiber_sleep_ms(every_ms));
	}
	assert_int_equal(total, BIG);
	free(buf);
}

static void receive_fiber(void *arg)
{
	receive_big(arg, 20000, 0);
}

static void both_ways(bool over_pipe)
{
	struct stream *c, *s;

	tls_pair(over_pipe, &c, &s);
	fiber_group_init(&group);
	fiber_spawn(&group, "send", send_big, c);
	fiber_spawn(&group, "send", send_big, s);
	fiber_spawn(&group, "receive", receive_fiber, s);
	/* a slow reader with a small buffer on the other side; both half-close */
	receive_big(c, 5003, 1);
	fiber_group_join(&group, false);
	stream_free(c);
	stream_free(s);
}

static void both_ways_main(void *arg)
{
	both_ways(false);
	both_ways(true);
}

static void data_flows_both_ways_over_sockets_and_pipes(void **state)
{
	rt_main(both_ways_main, NULL);
}

static struct err *attempt(SSL_CTX *c_ctx, SSL_CTX *s_ctx, const char *name,
			   struct err **server_error)
{
	struct stream *ci, *si, *c, *s;
	struct err *e;
	size_t n;
	char b;

	socket_pair(&ci, &si);
	*server_error = shake_hands(ci, si, c_ctx, s_ctx, name, &c, &s, &e);
	/* TLS 1.3: the server ends first and learns of a refusal when it reads */
	if (e != NULL && *server_error == NULL)
		*server_error = stream_read(s, &b, 1, deadline_in(5000), &n);
	assert_true((e == NULL) == (c != NULL));
	stream_free(c);
	stream_free(s);
	return e;
}

static SSL_CTX *client(const struct tls_client_config *c)
{
	SSL_CTX *ctx;

	ok(tls_client_ctx(c, &ctx));
	return ctx;
}

static SSL_CTX *server_with(const struct test_cert *cert, const char *min)
{
	SSL_CTX *ctx;

	ok(tls_server_ctx(&(struct tls_server_config){.cert_pem = cert->cert,
						      .key_pem = cert->key,
						      .min_version = min},
			  &ctx));
	return ctx;
}

static void verify_main(void *arg)
{
	static const struct {
		const char *cn, *san;
		const char *asked;
		bool match_cn, wrong_ca, insecure;
		const char *fails;
	} cases[] = {
		{"dev.example", NULL, "dev.example"},
		{"dev.example", NULL, "DEV.example"},
		{"x", "DNS:dev.example", "dev.example"},
		{"x", "DNS:*.corp.example", "dev.corp.example"},
		{"x", "IP:127.0.0.1", "127.0.0.1"},
		{"x", "IP:::1", "::1"},
		{"x", "DNS:dev.example", NULL},
		{"x", "DNS:dev.example", "other.example", .fails = "hostname mismatch"},
		{"127.0.0.1", NULL, "127.0.0.1", .fails = "IP address mismatch"},
		{"dev.example", NULL, "dev.example", .wrong_ca = true,
		 .fails = "certificate"},
		{"dev.example", NULL, "other", .wrong_ca = true, .insecure = true},
		/* AMT's rule */
		{"mps.example", "DNS:other.example", "mps.example", .match_cn = true},
		{"192.0.2.7", NULL, "192.0.2.7", .match_cn = true},
		{"x", "DNS:mps.example", "mps.example", .match_cn = true,
		 .fails = "hostname mismatch"},
		{"*.corp.example", NULL, "mps.corp.example", .match_cn = true,
		 .fails = "hostname mismatch"},
		{"mps.example", NULL, "mps.example", .match_cn = true, .wrong_ca = true,
		 .fails = "certificate"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct test_cert cert = test_cert_new(cases[i].cn, cases[i].san, &ca);
		SSL_CTX *sc = server_with(&cert, NULL);
		SSL_CTX *cc = client(&(struct tls_client_config){
			.ca_pem = cases[i].wrong_ca ? other_ca.cert : ca.cert,
			.server_name = i % 2 ? cases[i].asked : NULL,
			.match_cn = cases[i].match_cn,
			.insecure = cases[i].insecure,
		});
		struct err *se, *e = attempt(cc, sc, i % 2 ? NULL : cases[i].asked, &se);

		if ((e != NULL) != (cases[i].fails != NULL))
			print_error("case %zu: %s\n", i, e != NULL ? e->msg : "no error");
		if (cases[i].fails != NULL) {
			fails(e, ERR_UNAVAILABLE, cases[i].fails);
			/* the alert tells the server */
			fails(se, se->kind == ERR_CLOSED ? ERR_CLOSED : ERR_UNAVAILABLE,
			      "alert");
		} else {
			ok(e);
			ok(se);
		}
		SSL_CTX_free(sc);
		SSL_CTX_free(cc);
		test_cert_free(&cert);
	}
}

static void certificates_are_verified(void **state)
{
	rt_main(verify_main, NULL);
}

static void version_main(void *arg)
{
	static const struct {
		const char *server_min, *client_min;
		int client_max;
		bool works;
	} cases[] = {
		{"TLSv1", "TLSv1", TLS1_VERSION, true},
		{"TLSv1", "TLSv1.1", TLS1_1_VERSION, true},
		{"TLSv1.1", "TLSv1.1", TLS1_1_VERSION, true},
		{"TLSv1.1", "TLSv1", TLS1_VERSION, false},
		{NULL, "TLSv1.1", TLS1_1_VERSION, false},
		{"TLSv1.2", NULL, TLS1_2_VERSION, true},
		{"TLSv1.2", "TLSv1.2", 0, true},
		{"TLSv1.3", NULL, TLS1_2_VERSION, false},
		{"TLSv1.3", "TLSv1.3", 0, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SSL_CTX *sc = server_with(&leaf, cases[i].server_min);
		SSL_CTX *cc = client(&(struct tls_client_config){
			.ca_pem = ca.cert, .min_version = cases[i].client_min});
		struct err *se, *e;

		SSL_CTX_set_max_proto_version(cc, cases[i].client_max);
		e = attempt(cc, sc, NULL, &se);
		if ((e == NULL) != cases[i].works)
			print_error("case %zu: %s\n", i, e != NULL ? e->msg : "no error");
		assert_int_equal(e == NULL, cases[i].works);
		err_free(e);
		err_free(se);
		SSL_CTX_free(sc);
		SSL_CTX_free(cc);
	}
}

static void versions_are_limited(void **state)
{
	rt_main(version_main, NULL);
}

static void configurations_are_checked(void **state)
{
	const struct tls_server_config bad[] = {
		{.cert_pem = "", .key_pem = leaf.key},
		{.cert_pem = leaf.cert, .key_pem = "nonsense"},
		{.cert_pem = leaf.cert, .key_pem = ca.key},
		{.cert_pem = leaf.cert, .key_pem = leaf.key, .min_version = "SSLv3"},
		{.cert_pem = leaf.cert, .key_pem = leaf.key, .ciphers = "nonsense"},
	};
	SSL_CTX *ctx;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fails(tls_server_ctx(&bad[i], &ctx), ERR_INVALID, NULL);
		assert_null(ctx);
	}
	ok(tls_server_ctx(&(struct tls_server_config){.cert_pem = leaf.cert,
						      .key_pem = leaf.key,
						      .request_client_cert = true,
						      .ciphers = TLS_CIPHERS_CIRA},
			  &ctx));
	SSL_CTX_free(ctx);
	fails(tls_client_ctx(&(struct tls_client_config){.ca_pem = "none"}, &ctx),
	      ERR_INVALID, NULL);
	fails(tls_client_ctx(
		      &(struct tls_client_config){.ca_pem = ca.cert, .min_version = "x"},
		      &ctx),
	      ERR_INVALID, NULL);
	ok(tls_client_ctx(&(struct tls_client_config){0}, &ctx));
	SSL_CTX_free(ctx);
}

static void client_cert_main(void *arg)
{
	/* asked for, of a CA the server does not know, taken all the same */
	struct test_cert cert = test_cert_new("amt", NULL, &other_ca);
	struct stream *ci, *si, *c, *s;
	SSL_CTX *sc, *cc;
	struct err *e;

	ok(tls_server_ctx(&(struct tls_server_config){.cert_pem = leaf.cert,
						      .key_pem = leaf.key,
						      .request_client_cert = true},
			  &sc));
	cc = client(&(struct tls_client_config){
		.ca_pem = ca.cert, .cert_pem = cert.cert, .key_pem = cert.key});
	socket_pair(&ci, &si);
	ok(shake_hands(ci, si, cc, sc, NULL, &c, &s, &e));
	ok(e);
	assert_non_null(SSL_get0_peer_certificate(tls_ssl(s)));
	stream_free(c);
	stream_free(s);
	SSL_CTX_free(sc);
	SSL_CTX_free(cc);
	test_cert_free(&cert);
}

static void client_certificate_is_asked_for_only(void **state)
{
	rt_main(client_cert_main, NULL);
}

static SSL_CTX *select_ctx(const char *name, void *arg)
{
	return strcmp(name, "second.example") == 0 ? arg : NULL;
}

static void sni_main(void *arg)
{
	struct test_cert first = test_cert_new("first.example", NULL, &ca);
	struct test_cert second = test_cert_new("second.example", NULL, &ca);
	SSL_CTX *a = server_with(&first, NULL), *b = server_with(&second, NULL);
	struct err *se;

	tls_server_sni(a, select_ctx, b);
	ok(attempt(client_ctx, a, "first.example", &se));
	ok(se);
	ok(attempt(client_ctx, a, "second.example", &se));
	ok(se);
	SSL_CTX_free(a);
	SSL_CTX_free(b);
	test_cert_free(&first);
	test_cert_free(&second);
}

static void sni_selects_the_certificate(void **state)
{
	rt_main(sni_main, NULL);
}

static void silent_main(void *arg)
{
	struct stream *ci, *si, *out;
	char junk[64] = "GET / HTTP/1.1\r\n\r\n";
	int64_t start = clock_mono_ms();

	socket_pair(&ci, &si);
	fails(tls_accept(si, server_ctx, deadline_in(30), &out), ERR_TIMEOUT, NULL);
	assert_null(out);
	stream_free(ci);
	socket_pair(&ci, &si);
	fails(tls_connect(ci, client_ctx, NULL, deadline_in(30), &out), ERR_TIMEOUT,
	      NULL);
	stream_free(si);
	assert_true(clock_mono_ms() - start >= 60);
	/* the peer goes, or speaks something else */
	socket_pair(&ci, &si);
	stream_free(ci);
	fails(tls_accept(si, server_ctx, deadline_in(5000), &out), ERR_CLOSED, "closed");
	socket_pair(&ci, &si);
	ok(stream_write(ci, junk, sizeof(junk), deadline_in(5000)));
	fails(tls_accept(si, server_ctx, deadline_in(5000), &out), ERR_UNAVAILABLE,
	      "http request");
	stream_free(ci);
	test_pipe(100, &ci, &si);
	fails(tls_connect(ci, client_ctx, NULL, deadline_in(30), &out), ERR_TIMEOUT,
	      NULL);
	stream_free(si);
}

static void silent_and_strange_peers_end_the_handshake(void **state)
{
	rt_main(silent_main, NULL);
}

static void accept_cancelled(void *arg)
{
	struct stream *out;

	fails(tls_accept(arg, server_ctx, DEADLINE_NEVER, &out), ERR_CANCELLED, NULL);
}

static void never_done(struct stream *tls, struct err *why, void *arg)
{
	fail_msg("done after cancel");
}

static void cancel_main(void *arg)
{
	struct stream *ci, *si, *out;
	struct tls_handshake *h[8];
	struct stream *peer[8];

	socket_pair(&ci, &si);
	fiber_group_init(&group);
	fiber_spawn(&group, "accept", accept_cancelled, si);
	ok(fiber_sleep_ms(5));
	fiber_group_join(&group, true);
	fails(tls_connect(ci, client_ctx, NULL, deadline_in(5000), &out), ERR_CLOSED,
	      NULL);
	/* while steps are queued, run and wait */
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < ARRAY_LEN(h); i++) {
			socket_pair(&ci, &peer[i]);
			h[i] = tls_connect_start(ci, client_ctx, NULL, deadline_in(5000),
						 never_done, NULL);
		}
		for (int i = 0; i < round % 5; i++)
			ok(fiber_yield());
		for (size_t i = 0; i < ARRAY_LEN(h); i++) {
			tls_handshake_cancel(h[i]);
			stream_free(peer[i]);
		}
	}
}

static void handshakes_can_be_cancelled_at_any_time(void **state)
{
	rt_main(cancel_main, NULL);
}

#define MANY 200

static int served;

static void serve_one(void *arg)
{
	struct stream *s;
	char b;

	ok(tls_accept(arg, server_ctx, deadline_in(60000), &s));
	ok(stream_read_full(s, &b, 1, deadline_in(60000)));
	ok(stream_write(s, &b, 1, deadline_in(60000)));
	stream_free(s);
	served++;
}

static void on_accept(struct stream *s, const struct net_peer *peer, void *arg)
{
	fiber_spawn(&group, "serve", serve_one, s);
}

static void visit(void *arg)
{
	const struct listener *l = arg;
	struct stream *inner, *s;
	char b = 'q', back;

	ok(socket_connect("127.0.0.1", listener_port(l), NULL, deadline_in(60000),
			  &inner));
	ok(tls_connect(inner, client_ctx, NULL, deadline_in(60000), &s));
	ok(stream_write(s, &b, 1, deadline_in(60000)));
	ok(stream_read_full(s, &back, 1, deadline_in(60000)));
	assert_int_equal(b, back);
	stream_free(s);
}

static void many_main(void *arg)
{
	struct fiber_group visitors;
	struct listener *l;

	served = 0;
	fiber_group_init(&group);
	fiber_group_init(&visitors);
	ok(listener_open("127.0.0.1:0", on_accept, NULL, &l));
	for (int i = 0; i < MANY; i++)
		fiber_spawn(&visitors, "visit", visit, l);
	fiber_group_join(&visitors, false);
	fiber_group_join(&group, false);
	assert_int_equal(served, MANY);
	listener_free(l);
}

static void many_handshakes_at_once(void **state)
{
	rt_main(many_main, NULL);
}

struct probe {
	struct waitq q;
	int reads, events, stop_at;
	bool end, free_it;
};

static void on_event(struct stream *s, unsigned events, void *arg)
{
	struct probe *p = arg;
	char b;
	ssize_t r = stream_try_read(s, &b, 1);

	p->events++;
	if (r == 1 && ++p->reads == p->stop_at)
		stream_watch(s, 0);
	if (r == 0) {
		p->end = true;
		stream_watch(s, 0);
	}
	waitq_wake_all(&p->q);
	if (p->free_it)
		stream_free(s);
}

static void event_main(void *arg)
{
	struct probe p = {.q = WAITQ_INIT(p.q)};
	struct stream *c, *s;

	tls_pair(false, &c, &s);
	stream_on_event(c, on_event, &p);
	/* one record, one byte per event */
	ok(stream_write(s, "12345", 5, deadline_in(5000)));
	ok(fiber_sleep_ms(5));
	assert_int_equal(p.events, 0);
	stream_watch(c, STREAM_READABLE);
	while (p.reads < 5)
		ok(waitq_wait(&p.q, deadline_in(5000)));
	ok(fiber_sleep_ms(2));
	int events = p.events;

	ok(fiber_sleep_ms(5));
	assert_int_equal(p.events, events);
	/* not watched: silent, though bytes are left over */
	p.stop_at = 6;
	ok(stream_write(s, "678", 3, deadline_in(5000)));
	while (p.reads < 6)
		ok(waitq_wait(&p.q, deadline_in(5000)));
	ok(fiber_sleep_ms(5));
	assert_int_equal(p.reads, 6);
	stream_watch(c, STREAM_READABLE);
	while (p.reads < 8)
		ok(waitq_wait(&p.q, deadline_in(5000)));
	/* the end is an event as well, and the other direction still works */
	stream_shutdown(s);
	while (!p.end)
		ok(waitq_wait(&p.q, deadline_in(5000)));
	char b;

	ok(stream_write(c, "x", 1, deadline_in(5000)));
	ok(stream_read_full(s, &b, 1, deadline_in(5000)));
	p.free_it = true;
	stream_watch(c, STREAM_READABLE);
	ok(waitq_wait(&p.q, deadline_in(5000)));
	stream_free(s);
}

static void left_over_bytes_fire_again(void **state)
{
	rt_main(event_main, NULL);
}

static void end_main(void *arg)
{
	struct stream *c, *s;
	char b = 'x';
	size_t n;

	tls_pair(false, &c, &s);
	fails(stream_read(c, &b, 1, deadline_in(10), &n), ERR_TIMEOUT, NULL);
	/* no close_notify, only the end of the connection: as AMT does */
	SSL_set_quiet_shutdown(tls_ssl(s), 1);
	stream_free(s);
	ok(stream_read(c, &b, 1, deadline_in(5000), &n));
	assert_int_equal(n, 0);
	ok(stream_read(c, &b, 1, deadline_in(5000), &n));
	assert_int_equal(n, 0);
	fails(stream_write(c, &b, 1, deadline_in(5000)), ERR_CLOSED, NULL);
	stream_free(c);
	/* bytes that are no TLS */
	struct stream *ci, *si;
	struct err *e;

	test_pipe(100000, &ci, &si);
	ok(shake_hands(ci, si, client_ctx, server_ctx, NULL, &c, &s, &e));
	ok(e);
	assert_true(stream_try_write(si, "garbage, no record", 18) > 0);
	fails(stream_read(c, &b, 1, deadline_in(5000), &n), ERR_CLOSED, NULL);
	stream_free(s);
	stream_free(c);
}

static void end_without_close_notify_is_an_end(void **state)
{
	rt_main(end_main, NULL);
}

static int set_up(void **state)
{
	ca = test_cert_new("Test Root", NULL, NULL);
	other_ca = test_cert_new("Other Root", NULL, NULL);
	leaf = test_cert_new("localhost", NULL, &ca);
	server_ctx = server_with(&leaf, NULL);
	client_ctx = client(&(struct tls_client_config){.ca_pem = ca.cert});
	return 0;
}

static int tear_down(void **state)
{
	SSL_CTX_free(server_ctx);
	SSL_CTX_free(client_ctx);
	test_cert_free(&ca);
	test_cert_free(&other_ca);
	test_cert_free(&leaf);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_flows_both_ways_over_sockets_and_pipes),
		cmocka_unit_test(certificates_are_verified),
		cmocka_unit_test(versions_are_limited),
		cmocka_unit_test(configurations_are_checked),
		cmocka_unit_test(client_certificate_is_asked_for_only),
		cmocka_unit_test(sni_selects_the_certificate),
		cmocka_unit_test(silent_and_strange_peers_end_the_handshake),
		cmocka_unit_test(handshakes_can_be_cancelled_at_any_time),
		cmocka_unit_test(many_handshakes_at_once),
		cmocka_unit_test(left_over_bytes_fire_again),
		cmocka_unit_test(end_without_close_notify_is_an_end),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
