/* SPDX-License-Identifier: Apache-2.0
 * The redirection relay's speed. A child process is the device, connected by CIRA; this
 * process is the client on a WebSocket. Raw TLS over loopback between two such processes
 * is measured first: the relay does the same cryptography and more. One JSON line.
 *
 * Usage: relay --rest PORT --cira PORT --ca FILE --guid GUID --mib N [--text]
 * Redirection token in RELAY_TOKEN, the device's CIRA password in RELAY_PASSWORD.
 *
 * After the login the client's first message is an order:
 *   | what u8 | chunk u32 | total u32 |   big-endian; what: D(own), U(p), E(cho)
 */
#include <amt/apf/session.h>
#include <amt/redirection/session.h>
#include <base/cursor.h>
#include <base/encode.h>
#include <getopt.h>
#include <net/socket.h>
#include <net/tls.h>
#include <net/ws.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDER 9
#define ECHOES 5000
#define MAX_CHUNK 65536

static struct {
	uint16_t rest, cira, raw_port;
	const char *ca_pem, *guid, *token, *password;
	size_t mib;
	bool text;
	uint8_t uuid[16];
} o;

struct device_process {
	pid_t pid;
	int tell; /* a pipe */
};

static char chunk_bytes[MAX_CHUNK];

static void must(struct err *e, const char *what)
{
	struct buf b = {0};

	if (e == NULL)
		return;
	err_text(e, &b);
	fprintf(stderr, "relay bench: %s: %s\n", what, b.p);
	_exit(2);
}

static double now_s(void)
{
	return (double)uv_hrtime() / 1e9;
}

/* ---- the device ---- */

static void obey(struct stream *s, const uint8_t order[ORDER])
{
	struct rd r = rd_init(order + 1, ORDER - 1);
	uint32_t chunk = rd_be32(&r);
	uint64_t left = rd_be32(&r);
	size_t n;

	while (order[0] == 'D' && left > 0) {
		n = MIN(left, chunk);
		must(stream_write(s, chunk_bytes, n, DEADLINE_NEVER), "device writes");
		left -= n;
	}
	while (order[0] == 'U' && left > 0) {
		must(stream_read(s, chunk_bytes, MAX_CHUNK, DEADLINE_NEVER, &n),
		     "device reads");
		left -= n;
	}
	if (order[0] == 'U')
		must(stream_write(s, "k", 1, DEADLINE_NEVER), "device answers");
	while (order[0] == 'E' && left > 0) {
		must(stream_read_full(s, chunk_bytes, chunk, DEADLINE_NEVER), "echo");
		must(stream_write(s, chunk_bytes, chunk, DEADLINE_NEVER), "echo");
		left--;
	}
}

/* Accepts any login: what is measured comes behind it. */
static void serve_channel(void *arg)
{
	struct stream *s = arg;
	struct redir_msg m;
	struct buf in = {0};
	const char *why;
	uint8_t order[ORDER];
	size_t n;
	bool in_login = true;

	while (in_login) {
		ssize_t k = redir_decode(in.p, in.len, &m, &why);
		if (k > 0) {
			in_login = m.op != REDIR_AUTH;
			buf_consume(&in, (size_t)k);
			continue;
		}
		must(stream_read(s, buf_reserve(&in, 512), 512, DEADLINE_NEVER, &n),
		     "login");
		if (n == 0)
			_exit(0);
		in.len += n;
	}
	must(stream_write(s, "\x14\0\0\0\4\0\0\0\0", 9, DEADLINE_NEVER), "login");
	for (;;) {
		struct err *e = stream_read_full(s, order, ORDER, DEADLINE_NEVER);
		if (e != NULL)
			break;
		obey(s, order);
	}
	stream_free(s);
}

static enum apf_open_failure on_open(struct apf_session *a, uint16_t port,
				     struct stream *s, void *arg)
{
	if (port != 16994)
		return APF_OPEN_CONNECT_FAILED;
	fiber_spawn(NULL, "device", serve_channel, s);
	return 0;
}

static void on_closed(struct apf_session *a, const char *why, void *arg)
{
	_exit(0);
}

static const struct apf_handler device_handler = {.open = on_open, .closed = on_closed};

static void raw_send(struct stream *s)
{
	uint8_t order[ORDER];

	while (true) {
		struct err *e = stream_read_full(s, order, ORDER, DEADLINE_NEVER);
		if (e != NULL)
			_exit(0);
		obey(s, order);
	}
}

static SSL_CTX *client_ctx(const char *ca)
{
	const struct tls_client_config c = {.ca_pem = ca, .insecure = ca == NULL};
	SSL_CTX *ctx;

	must(tls_client_ctx(&c, &ctx), "TLS");
	return ctx;
}

static void device_main(void *arg)
{
	static const uint16_t ports[] = {16992, 16994, 5900};
	const struct apf_config apf = {
		.device = true, .window = 1 << 20, .max_data = 32768};
	struct stream *tcp, *tls;

	must(socket_connect("127.0.0.1", o.raw_port != 0 ? o.raw_port : o.cira, NULL,
			    deadline_in(10000), &tcp),
	     "connect");
	must(tls_connect(tcp, client_ctx(o.raw_port != 0 ? NULL : o.ca_pem), "localhost",
			 deadline_in(10000), &tls),
	     "TLS");
	if (o.raw_port != 0) {
		raw_send(tls);
		return;
	}
	struct apf_session *a = apf_session_new(tls, &apf, &device_handler, NULL);
	apf_session_login(a, o.uuid, STR("admin"), str_of(o.password), ports,
			  ARRAY_LEN(ports));
	err_free(fiber_sleep_ms(3600000));
}

/* Before this process has a loop of its own. The device waits to be told the port to
 * call; 0 = the server's. */
static void device_start(struct device_process *d)
{
	int ends[2];

	if (pipe(ends) != 0)
		_exit(2);
	d->pid = fork();
	d->tell = ends[1];
	if (d->pid != 0)
		return;
	close(ends[1]);
	if (read(ends[0], &o.raw_port, sizeof(o.raw_port)) != sizeof(o.raw_port))
		_exit(0);
	rt_main(device_main, NULL);
	_exit(0);
}

static void device_call(struct device_process *d, uint16_t port)
{
	if (write(d->tell, &port, sizeof(port)) != sizeof(port))
		_exit(2);
}

static void device_end(struct device_process *d)
{
	kill(d->pid, SIGKILL);
	waitpid(d->pid, NULL, 0);
	close(d->tell);
}

/* ---- the client: over TLS itself, or over the relay ---- */

struct peer {
	struct stream *raw;
	struct ws *ws;
	struct buf in;
};

static void peer_send(struct peer *p, const void *data, size_t n)
{
	if (p->raw != NULL)
		must(stream_write(p->raw, data, n, DEADLINE_NEVER), "send");
	else
		must(ws_send(p->ws, true, (struct str){data, n}, DEADLINE_NEVER), "send");
}

/* Bytes of the next read or frame; text counts as many as it has code points. */
static size_t peer_take(struct peer *p)
{
	struct ws_message m;
	size_t n;

	if (p->raw != NULL) {
		must(stream_read(p->raw, chunk_bytes, MAX_CHUNK, DEADLINE_NEVER, &n),
		     "receive");
		return n;
	}
	must(ws_recv(p->ws, DEADLINE_NEVER, &m), "receive");
	n = m.data.n;
	for (size_t i = 0; !m.binary && i < m.data.n; i++)
		n -= ((uint8_t)m.data.p[i] & 0xc0) == 0x80;
	return n;
}

static void order(struct peer *p, char what, uint32_t chunk, uint64_t total)
{
	uint8_t b[ORDER];
	struct wr w = wr_init(b, ORDER);

	wr_u8(&w, (uint8_t)what);
	wr_be32(&w, chunk);
	wr_be32(&w, (uint32_t)total);
	peer_send(p, b, ORDER);
}

/* MB per second */
static double down(struct peer *p, uint32_t chunk)
{
	uint64_t total = (uint64_t)o.mib << 20, got = 0;
	double since = now_s();

	order(p, 'D', chunk, total);
	while (got < total)
		got += peer_take(p);
	return (double)total / 1e6 / (now_s() - since);
}

static double up(struct peer *p, uint32_t chunk)
{
	uint64_t total = (uint64_t)o.mib << 20;
	double since = now_s();

	order(p, 'U', chunk, total);
	for (uint64_t sent = 0; sent < total; sent += chunk)
		peer_send(p, chunk_bytes, chunk);
	peer_take(p);
	return (double)total / 1e6 / (now_s() - since);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void echo(struct peer *p, double *p50_ms, double *p99_ms)
{
	static double t[ECHOES];

	order(p, 'E', 64, ECHOES);
	for (size_t i = 0; i < ECHOES; i++) {
		double since = now_s();
		size_t got = 0;
		peer_send(p, chunk_bytes, 64);
		while (got < 64)
			got += peer_take(p);
		t[i] = (now_s() - since) * 1000;
	}
	qsort(t, ECHOES, sizeof(*t), by_value);
	*p50_ms = t[ECHOES / 2];
	*p99_ms = t[ECHOES * 99 / 100];
}

static void measure(struct peer *p, const char *what, bool comma)
{
	double p50, p99, d16 = down(p, 16384), d1 = down(p, 1024), u16 = up(p, 16384),
			 u1 = up(p, 1024);

	echo(p, &p50, &p99);
	printf("\"%s\":{\"down_16k\":%.0f,\"down_1k\":%.0f,\"up_16k\":%.0f,\"up_1k\":%."
	       "0f,"
	       "\"echo_p50_ms\":%.3f,\"echo_p99_ms\":%.3f}%s",
	       what, d16, d1, u16, u1, p50, p99, comma ? "," : "");
	fflush(stdout);
}

/* ---- raw TLS ---- */

static struct stream *accepted;

static void on_accept(struct stream *s, const struct net_peer *peer, void *arg)
{
	accepted = s;
}

/* A certificate as the server's own: RSA 2048, made by openssl. */
static char *file_read(const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "re");
	size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f != NULL)
		fclose(f);
	text[n] = '\0';
	return xstrdup(text);
}

static void raw_main(void *arg)
{
	const char *cert = getenv("RELAY_RAW_CERT"), *key = getenv("RELAY_RAW_KEY");
	struct tls_server_config c = {.cert_pem = file_read(cert != NULL ? cert : ""),
				      .key_pem = file_read(key != NULL ? key : ""),
				      .min_version = "TLSv1.2",
				      .ciphers = TLS_CIPHERS_CIRA};
	struct peer p = {0};
	struct listener *l;
	SSL_CTX *ctx;

	must(tls_server_ctx(&c, &ctx), "TLS");
	must(listener_open("127.0.0.1:0", on_accept, NULL, &l), "listen");
	device_call(arg, listener_port(l));
	while (accepted == NULL)
		must(fiber_sleep_ms(1), "accept");
	must(tls_accept(accepted, ctx, deadline_in(10000), &p.raw), "TLS");
	measure(&p, "raw_tls", true);
	stream_free(p.raw);
	listener_free(l);
	SSL_CTX_free(ctx);
}

/* ---- the relay ---- */

static struct err *open_relay(struct peer *p)
{
	static const char login[] =
		"\x10\1\0\0KVMR\x13\0\0\0\4\x08\0\0\0\0\0\0\0\0\0\0\0";
	const struct ws_config c = {.max_message = 1 << 20, .protocol = o.token};
	struct stream *tcp;
	char target[200];
	size_t got = 0;

	snprintf(target, sizeof(target),
		 "/relay/webrelay.ashx?p=2&host=%s&port=16994&tls=0&mode=kvm&frames=%s",
		 o.guid, o.text ? "text" : "binary");
	TRY(socket_connect("127.0.0.1", o.rest, NULL, deadline_in(10000), &tcp));
	TRY(ws_connect(tcp, "localhost", target, NULL, &c, deadline_in(10000), &p->ws));
	peer_send(p, login, sizeof(login) - 1);
	while (got < 9)
		got += peer_take(p);
	return NULL;
}

static void relay_main(void *arg)
{
	struct peer p = {0};
	struct err *e = NULL;

	device_call(arg, 0);
	/* The device is there a moment later. */
	for (int i = 0; i < 100; i++) {
		err_free(e);
		e = open_relay(&p);
		if (e == NULL)
			break;
		must(fiber_sleep_ms(100), "wait");
	}
	must(e, "relay");
	measure(&p, o.text ? "relay_text" : "relay", false);
	ws_close(p.ws, 1000, NULL);
	ws_free(p.ws);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"rest", required_argument, NULL, 'r'},
					      {"cira", required_argument, NULL, 'c'},
					      {"ca", required_argument, NULL, 'a'},
					      {"guid", required_argument, NULL, 'g'},
					      {"mib", required_argument, NULL, 'm'},
					      {"text", no_argument, NULL, 't'},
					      {0}};
	int ch;

	while ((ch = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (ch == 'r')
			o.rest = (uint16_t)atoi(optarg);
		else if (ch == 'c')
			o.cira = (uint16_t)atoi(optarg);
		else if (ch == 'a')
			o.ca_pem = file_read(optarg);
		else if (ch == 'g')
			o.guid = optarg;
		else if (ch == 'm')
			o.mib = (size_t)atoi(optarg);
		else if (ch == 't')
			o.text = true;
		else
			return 2;
	}
	o.token = getenv("RELAY_TOKEN");
	o.password = getenv("RELAY_PASSWORD");
	if (o.guid == NULL || o.mib == 0 || o.token == NULL || o.password == NULL ||
	    !uuid_smbios_from_text(str_of(o.guid), o.uuid))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	memset(chunk_bytes, 0xa5, sizeof(chunk_bytes));
	struct device_process device;
	putchar('{');
	fflush(stdout);
	if (!o.text) {
		device_start(&device);
		rt_main(raw_main, &device);
		device_end(&device);
	}
	device_start(&device);
	rt_main(relay_main, &device);
	device_end(&device);
	puts("}");
	return 0;
}
