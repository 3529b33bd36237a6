/* SPDX-License-Identifier: Apache-2.0
 * The HTTP client against a small server of this test: a thread with blocking sockets, so
 * that the client is tested without our own server.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/http_client.h>

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 5000

/* Serves `turns` connections one after the other, one request each. */
struct fake {
	int fd;
	uint16_t port;
	int turns;
	const char
		*answer; /* NULL: reads the request, then says nothing until released */
	size_t filler;	 /* bytes of 'x' behind the answer */
	SSL_CTX *tls;
	char request[4096];
	size_t got;
	int hold[2]; /* closed by fake_end: releases a silent turn */
	pthread_t thread;
};

static bool request_whole(const struct fake *f)
{
	const char *end = strstr(f->request, "\r\n\r\n");
	const char *len = strcasestr(f->request, "\r\ncontent-length:");

	if (end == NULL)
		return false;
	return len == NULL || strlen(end + 4) >= strtoul(len + 17, NULL, 10);
}

static ssize_t fake_read(int fd, SSL *ssl, void *p, size_t n)
{
	return ssl != NULL ? SSL_read(ssl, p, (int)n) : recv(fd, p, n, 0);
}

static bool fake_write(int fd, SSL *ssl, const char *p, size_t n)
{
	if (ssl != NULL)
		return SSL_write(ssl, p, (int)n) == (int)n;
	return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void fake_turn(struct fake *f, int fd, SSL *ssl)
{
	char *filler = NULL;

	f->got = 0;
	f->request[0] = '\0';
	while (!request_whole(f) && f->got < sizeof(f->request) - 1) {
		ssize_t n = fake_read(fd, ssl, f->request + f->got,
				      sizeof(f->request) - 1 - f->got);
		if (n <= 0)
			return;
		f->got += (size_t)n;
		f->request[f->got] = '\0';
	}
	if (f->answer == NULL) {
		char c;

		(void)!read(f->hold[0], &c, 1);
		return;
	}
	filler = malloc(f->filler + 1);
	memset(filler, 'x', f->filler + 1);
	if (fake_write(fd, ssl, f->answer, strlen(f->answer)) && f->filler > 0)
		fake_write(fd, ssl, filler, f->filler);
	free(filler);
}

static void *fake_main(void *arg)
{
	struct fake *f = arg;

	for (int i = 0; i < f->turns; i++) {
		int fd = accept(f->fd, NULL, NULL);
		SSL *ssl = NULL;

		if (fd < 0)
			break;
		if (f->tls != NULL) {
			ssl = SSL_new(f->tls);
			SSL_set_fd(ssl, fd);
		}
		if (ssl == NULL || SSL_accept(ssl) == 1)
			fake_turn(f, fd, ssl);
		if (ssl != NULL)
			SSL_shutdown(ssl);
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static void fake_start(struct fake *f)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);

	if (f->turns == 0)
		f->turns = 1;
	f->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(f->fd, 8), 0);
	assert_int_equal(getsockname(f->fd, (struct sockaddr *)&at, &n), 0);
	assert_int_equal(pipe(f->hold), 0);
	f->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&f->thread, NULL, fake_main, f), 0);
}

static void fake_end(struct fake *f)
{
	close(f->hold[1]);
	shutdown(f->fd, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	close(f->fd);
	close(f->hold[0]);
}

static const char *fake_url(const struct fake *f, struct arena *a, const char *rest)
{
	return arena_printf(a, "%s://127.0.0.1:%u%s", f->tls ? "https" : "http", f->port,
			    rest);
}

/* --- one fetch in a fiber --- */

struct once {
	struct fake *fake;
	struct http_client_config conf;
	struct http_fetch f;
	int64_t limit_ms;
	int64_t cancel_ms; /* > 0: the fetching fiber is cancelled after so long */
	int times;
	struct arena a;
	struct err *e;
	struct http_client *client;
};

static void once_fetch(void *arg)
{
	struct once *o = arg;

	for (int i = 0; i < MAX(o->times, 1) && o->e == NULL; i++)
		o->e = http_fetch(o->client, &o->f, &o->a,
				  deadline_in(o->limit_ms ? o->limit_ms : WAIT_MS));
}

static void once_main(void *arg)
{
	struct once *o = arg;
	struct fiber_group g;

	fiber_group_init(&g);
	o->client = http_client_new(&o->conf);
	fiber_spawn(&g, "fetch", once_fetch, o);
	if (o->cancel_ms > 0)
		err_free(fiber_sleep_ms(o->cancel_ms));
	fiber_group_join(&g, o->cancel_ms > 0);
	http_client_free(o->client);
}

static void once_run(struct once *o, const char *rest)
{
	fake_start(o->fake);
	if (o->f.method == NULL)
		o->f.method = "GET";
	if (o->f.url == NULL)
		o->f.url = fake_url(o->fake, &o->a, rest);
	rt_main(once_main, o);
	fake_end(o->fake);
}

static void once_fini(struct once *o)
{
	err_free(o->e);
	arena_fini(&o->a);
}

static void assert_err(struct once *o, enum err_kind kind, const char *text)
{
	const char *s;

	assert_non_null(o->e);
	s = err_str(o->e, &o->a);
	if (o->e->kind != kind || strstr(s, text) == NULL)
		fail_msg("%s: %s", err_kind_name(o->e->kind), s);
}

#define OK_JSON                                                                 \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " \
	"11\r\n\r\n{\"a\":\"b\"}\r\n"

static void get_gives_status_type_and_body(void **state)
{
	struct fake s = {.answer = OK_JSON};
	struct once o = {.fake = &s};

	once_run(&o, "/x?y=1");
	assert_null(o.e);
	assert_int_equal(o.f.status, 200);
	assert_string_equal(o.f.content_type, "application/json");
	assert_int_equal(o.f.response.n, 11);
	assert_string_equal(o.f.response.p, "{\"a\":\"b\"}\r\n");
	assert_memory_equal(s.request, "GET /x?y=1 HTTP/1.1\r\n", 21);
	assert_non_null(strstr(s.request, "\r\nUser-Agent: outband/"));
	assert_null(strcasestr(s.request, "content-length"));
	once_fini(&o);
}

static void post_sends_headers_and_body_once(void **state)
{
	struct fake s = {.answer = "HTTP/1.1 204 No Content\r\n\r\n"};
	struct once o = {.fake = &s,
			 .f = {.method = "POST",
			       .headers = (const char *const[]){"X-Vault-Token: t", NULL},
			       .body = STR("{\"k\":1}")}};

	once_run(&o, "/v1");
	assert_null(o.e);
	assert_int_equal(o.f.status, 204);
	assert_int_equal(o.f.response.n, 0);
	assert_string_equal(o.f.response.p, "");
	assert_null(o.f.content_type);
	assert_memory_equal(s.request, "POST /v1 HTTP/1.1\r\n", 19);
	assert_non_null(strstr(s.request, "\r\nX-Vault-Token: t\r\n"));
	assert_non_null(strstr(s.request, "\r\nContent-Length: 7\r\n"));
	assert_non_null(strstr(s.request, "\r\n\r\n{\"k\":1}"));
	assert_null(strcasestr(s.request, "expect:"));
	assert_null(strcasestr(s.request, "content-type:"));
	once_fini(&o);
}

static void other_methods_go_as_they_are(void **state)
{
	static const struct {
		const char *method, *line;
		bool length;
	} t[] = {
		{"LIST", "LIST /l HTTP/1.1\r\n", false},
		{"DELETE", "DELETE /l HTTP/1.1\r\n", false},
		{"PUT", "PUT /l HTTP/1.1\r\n", true},
		{"HEAD", "HEAD /l HTTP/1.1\r\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct fake s = {.answer =
					 "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
		struct once o = {.fake = &s, .f = {.method = t[i].method}};

		once_run(&o, "/l");
		assert_null(o.e);
		assert_memory_equal(s.request, t[i].line, strlen(t[i].line));
		assert_int_equal(strcasestr(s.request, "content-length: 0") != NULL,
				 t[i].length);
		once_fini(&o);
	}
}

static void error_status_is_an_answer_and_redirects_are_not_followed(void **state)
{
	struct fake s = {.answer = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"
				   "Content-Length: 0\r\n\r\n"};
	struct once o = {.fake = &s};

	once_run(&o, "/");
	assert_null(o.e);
	assert_int_equal(o.f.status, 302);
	once_fini(&o);
}

static void connections_are_made_anew_when_the_server_closed(void **state)
{
	struct fake s = {.answer = OK_JSON, .turns = 3};
	struct once o = {.fake = &s, .times = 3};

	once_run(&o, "/");
	assert_null(o.e);
	assert_int_equal(o.f.status, 200);
	once_fini(&o);
}

static void answer_over_limit_is_refused(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n", /* until close */
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct fake s = {.answer = answers[i], .filler = 20000};
		struct once o = {.fake = &s, .conf = {.max_response = 10000}};

		once_run(&o, "/");
		assert_err(&o, ERR_UNAVAILABLE, "more than 10000 bytes");
		once_fini(&o);
	}
}

static void answer_cut_short_is_an_error(void **state)
{
	struct fake s = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"};
	struct once o = {.fake = &s};

	once_run(&o, "/");
	assert_err(&o, ERR_UNAVAILABLE, "cannot be reached");
	once_fini(&o);
}

static void silent_server_times_out(void **state)
{
	struct fake s = {0};
	struct once o = {.fake = &s, .limit_ms = 100};

	once_run(&o, "/");
	assert_err(&o, ERR_TIMEOUT, "did not answer in time");
	once_fini(&o);
}

static void passed_deadline_asks_nobody(void **state)
{
	struct fake s = {0};
	struct once o = {.fake = &s, .limit_ms = -1};

	once_run(&o, "/");
	assert_err(&o, ERR_TIMEOUT, "no time left");
	assert_int_equal(s.got, 0);
	once_fini(&o);
}

static void cancelled_fetch_ends_at_once(void **state)
{
	struct fake s = {0};
	struct once o = {.fake = &s, .cancel_ms = 50};

	once_run(&o, "/");
	assert_non_null(o.e);
	assert_int_equal(o.e->kind, ERR_CANCELLED);
	once_fini(&o);
}

static void refused_connection_is_unavailable_and_says_where(void **state)
{
	struct fake s = {.answer = OK_JSON};
	struct once o = {.fake = &s,
			 .f.url = "http://user:hunter2@127.0.0.1:1/p?secret=1"};

	once_run(&o, NULL);
	assert_err(&o, ERR_UNAVAILABLE, "http://127.0.0.1:1/p");
	assert_null(strstr(err_str(o.e, &o.a), "hunter2"));
	assert_null(strstr(err_str(o.e, &o.a), "secret"));
	once_fini(&o);
}

static void redacted_fetch_names_no_address(void **state)
{
	struct fake s = {.answer = OK_JSON};
	struct once o = {.fake = &s,
			 .f = {.url = "http://127.0.0.1:1/path", .redact = true}};

	once_run(&o, NULL);
	assert_err(&o, ERR_UNAVAILABLE, "the service cannot be reached");
	assert_null(strstr(err_str(o.e, &o.a), "127.0.0.1"));
	assert_null(strstr(err_str(o.e, &o.a), "path"));
	once_fini(&o);
}

static void bad_requests_are_refused_before_sending(void **state)
{
	static const struct {
		const char *url, *header;
	} t[] = {
		{"file:///etc/passwd", NULL},
		{"ftp://127.0.0.1/", NULL},
		{"127.0.0.1", NULL},
		{"", NULL},
		{"http://127.0.0.1:99999/", NULL},
		{"http://127.0.0.1:1/", "A: b\r\nEvil: yes"},
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct fake s = {.answer = OK_JSON};
		struct once o = {
			.fake = &s,
			.f = {.url = t[i].url,
			      .headers = (const char *const[]){t[i].header, NULL}},
		};

		once_run(&o, NULL);
		assert_err(&o, ERR_INVALID, "");
		once_fini(&o);
	}
}

/* --- many at once --- */

#define MANY 8

struct many {
	struct fake fakes[MANY];
	struct once once[MANY];
	struct http_client *client;
};

static void many_main(void *arg)
{
	struct many *m = arg;
	struct fiber_group g;

	fiber_group_init(&g);
	m->client = http_client_new(&(struct http_client_config){0});
	for (int i = 0; i < MANY; i++) {
		m->once[i].client = m->client;
		fiber_spawn(&g, "fetch", once_fetch, &m->once[i]);
	}
	fiber_group_join(&g, false);
	http_client_free(m->client);
}

static void fetches_run_side_by_side(void **state)
{
	static struct many m;

	for (int i = 0; i < MANY; i++) {
		m.fakes[i].answer = i % 2 ? OK_JSON : NULL;
		fake_start(&m.fakes[i]);
		m.once[i].limit_ms = i % 2 ? 0 : 200;
		m.once[i].f.method = "GET";
		m.once[i].f.url = fake_url(&m.fakes[i], &m.once[i].a, "/");
	}
	rt_main(many_main, &m);
	for (int i = 0; i < MANY; i++) {
		fake_end(&m.fakes[i]);
		if (i % 2)
			assert_null(m.once[i].e);
		else
			assert_err(&m.once[i], ERR_TIMEOUT, "in time");
		once_fini(&m.once[i]);
	}
}

/* --- TLS --- */

static EVP_PKEY *tls_key;
static X509 *tls_cert;
static char ca_path[] = "/tmp/ob-http-client-XXXXXX";

static int tls_setup(void **state)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	X509_NAME *name;
	int fd = mkstemp(ca_path);
	FILE *out = fdopen(fd, "w");

	signal(SIGPIPE, SIG_IGN); /* the server's thread, when the client hangs up */
	tls_key = EVP_EC_gen("P-256");
	tls_cert = X509_new();
	X509_set_version(tls_cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(tls_cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(tls_cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(tls_cert), 3600);
	X509_set_pubkey(tls_cert, tls_key);
	name = X509_get_subject_name(tls_cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"t", -1, -1,
				   0);
	X509_set_issuer_name(tls_cert, name);
	X509V3_set_ctx(&ctx, tls_cert, tls_cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, "IP:127.0.0.1");
	X509_add_ext(tls_cert, ext, -1);
	X509_EXTENSION_free(ext);
	X509_sign(tls_cert, tls_key, EVP_sha256());
	PEM_write_X509(out, tls_cert);
	fclose(out);
	return 0;
}

static int tls_teardown(void **state)
{
	unlink(ca_path);
	X509_free(tls_cert);
	EVP_PKEY_free(tls_key);
	return 0;
}

static SSL_CTX *tls_server(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_use_certificate(ctx, tls_cert);
	SSL_CTX_use_PrivateKey(ctx, tls_key);
	return ctx;
}

static void tls_server_is_verified(void **state)
{
	struct {
		const char *ca_file;
		bool insecure, other_name, ok;
	} t[] = {
		{ca_path, false, false, true},
		{NULL, false, false, false},   /* not among the system's */
		{ca_path, false, true, false}, /* not for that name */
		{NULL, true, false, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct fake s = {.answer = OK_JSON, .tls = tls_server()};
		struct once o = {
			.fake = &s,
			.conf = {.ca_file = t[i].ca_file, .insecure = t[i].insecure}};

		fake_start(&s);
		o.f.method = "GET";
		o.f.url =
			arena_printf(&o.a, "https://%s:%u/",
				     t[i].other_name ? "localhost" : "127.0.0.1", s.port);
		rt_main(once_main, &o);
		fake_end(&s);
		if (t[i].ok)
			assert_null(o.e);
		else
			assert_err(&o, ERR_UNAVAILABLE, "ertificate");
		once_fini(&o);
		SSL_CTX_free(s.tls);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(get_gives_status_type_and_body),
		cmocka_unit_test(post_sends_headers_and_body_once),
		cmocka_unit_test(other_methods_go_as_they_are),
		cmocka_unit_test(
			error_status_is_an_answer_and_redirects_are_not_followed),
		cmocka_unit_test(connections_are_made_anew_when_the_server_closed),
		cmocka_unit_test(answer_over_limit_is_refused),
		cmocka_unit_test(answer_cut_short_is_an_error),
		cmocka_unit_test(silent_server_times_out),
		cmocka_unit_test(passed_deadline_asks_nobody),
		cmocka_unit_test(cancelled_fetch_ends_at_once),
		cmocka_unit_test(refused_connection_is_unavailable_and_says_where),
		cmocka_unit_test(redacted_fetch_names_no_address),
		cmocka_unit_test(bad_requests_are_refused_before_sending),
		cmocka_unit_test(fetches_run_side_by_side),
		cmocka_unit_test(tls_server_is_verified),
	};

	return cmocka_run_group_tests(tests, tls_setup, tls_teardown);
}
