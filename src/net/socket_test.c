/* SPDX-License-Identifier: Apache-2.0
 * Streams over sockets, listeners and connecting, on loopback.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <net/socket.h>
#include <netinet/in.h>
#include <rt/mailbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIG (4 * 1024 * 1024)

static struct fiber_group group;
static struct mailbox accepted;
static struct net_peer last_peer;

static void ok(struct err *e)
{
	if (e != NULL)
		print_error("%s: %s\n", err_kind_name(e->kind), e->msg);
	assert_null(e);
}

static void fails(struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	assert_int_equal(e->kind, kind);
	assert_true(e->msg[0] != '\0');
	err_free(e);
}

static void on_accept(struct stream *s, const struct net_peer *peer, void *arg)
{
	last_peer = *peer;
	assert_true(mailbox_try_put(&accepted, s));
}

static struct stream *accept_one(void)
{
	void *s;

	ok(mailbox_get(&accepted, deadline_in(5000), &s));
	return s;
}

static void run(rt_fn *fn)
{
	mailbox_init(&accepted, 512);
	rt_main(fn, NULL);
	mailbox_fini(&accepted);
}

/* A connected pair over a listener; closes the listener. */
static void connect_pair(struct stream **client, struct stream **server)
{
	struct listener *l;

	ok(listener_open("127.0.0.1:0", on_accept, NULL, &l));
	ok(socket_connect("127.0.0.1", listener_port(l), NULL, deadline_in(5000),
			  client));
	*server = accept_one();
	listener_free(l);
}

static void echo_fiber(void *arg)
{
	struct stream *s = arg;
	char buf[1000];
	size_t n;

	for (;;) {
		ok(stream_read(s, buf, sizeof(buf), deadline_in(5000), &n));
		if (n == 0)
			break;
		ok(stream_write(s, buf, n, deadline_in(5000)));
	}
	stream_shutdown(s);
	stream_free(s);
}

/* Half-close: we end our side and still read the rest. */
static void echo_over(struct stream *c)
{
	char out[5000], in[5000];
	size_t n;

	memset(out, 'x', sizeof(out));
	fiber_group_init(&group);
	fiber_spawn(&group, "echo", echo_fiber, accept_one());
	ok(stream_write(c, out, sizeof(out), deadline_in(5000)));
	stream_shutdown(c);
	ok(stream_read_full(c, in, sizeof(in), deadline_in(5000)));
	assert_memory_equal(in, out, sizeof(in));
	ok(stream_read(c, in, sizeof(in), deadline_in(5000), &n));
	assert_int_equal(n, 0);
	fails(stream_read_full(c, in, 1, deadline_in(5000)), ERR_CLOSED);
	stream_free(c);
	fiber_group_join(&group, false);
}

static void tcp_main(void *arg)
{
	const char *const at[] = {"127.0.0.1:0", "[::1]:0", "localhost:0"};

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		struct listener *l;
		struct stream *c;
		char host[64], name[80];

		ok(listener_open(at[i], on_accept, NULL, &l));
		assert_true(listener_is_loopback(l));
		assert_true(listener_port(l) != 0);
		snprintf(name, sizeof(name),
			 at[i][0] == '[' ? "[::1]:%u" : "127.0.0.1:%u", listener_port(l));
		if (at[i][0] != 'l')
			assert_string_equal(listener_name(l), name);
		snprintf(host, sizeof(host), "%s", at[i][0] == '[' ? "::1" : "127.0.0.1");
		if (at[i][0] == 'l')
			snprintf(host, sizeof(host), "localhost");
		ok(socket_connect(host, listener_port(l), NULL, deadline_in(5000), &c));
		assert_true(socket_fd(c) >= 0);
		echo_over(c);
		assert_true(last_peer.port != 0);
		listener_free(l);
	}
}

static void tcp_echoes_and_half_closes(void **state)
{
	run(tcp_main);
}

static void unix_main(void *arg)
{
	char dir[] = "/tmp/ob-socket-test-XXXXXX", path[64], aside[64], at[80];
	struct listener *l, *second;
	struct stream *c;
	struct stat st;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(aside, sizeof(aside), "%s/t", dir);
	snprintf(at, sizeof(at), "unix:%s", path);
	ok(listener_open(at, on_accept, NULL, &l));
	assert_string_equal(listener_name(l), at);
	assert_true(listener_is_loopback(l));
	ok(socket_connect_unix(path, deadline_in(5000), &c));
	echo_over(c);
	assert_string_equal(last_peer.addr, "unix");
	/* in use, then stale */
	fails(listener_open(at, on_accept, NULL, &second), ERR_UNAVAILABLE);
	stream_free(accept_one());
	listener_free(l);
	assert_int_equal(stat(path, &st), -1);
	fails(socket_connect_unix(path, deadline_in(5000), &c), ERR_UNAVAILABLE);

	ok(listener_open(at, on_accept, NULL, &l));
	assert_int_equal(rename(path, aside), 0);
	listener_free(l);
	assert_int_equal(rename(aside, path), 0);
	ok(listener_open(at, on_accept, NULL, &l));
	listener_free(l);
	assert_int_equal(rmdir(dir), 0);
}

static void unix_echoes_and_replaces_a_stale_socket(void **state)
{
	run(unix_main);
}

static void refused_main(void *arg)
{
	struct listener *l, *second;
	struct stream *c;
	char at[64];

	ok(listener_open("127.0.0.1:0", on_accept, NULL, &l));
	struct err *e = listener_open(listener_name(l), on_accept, NULL, &second);

	assert_non_null(e);
	assert_non_null(strstr(e->msg, listener_name(l)));
	fails(e, ERR_UNAVAILABLE);
	snprintf(at, sizeof(at), "%s", listener_name(l));
	uint16_t port = listener_port(l);

	listener_free(l);
	fails(socket_connect("127.0.0.1", port, NULL, deadline_in(5000), &c),
	      ERR_UNAVAILABLE);
	fails(socket_connect("no-such-host.invalid", port, NULL, deadline_in(5000), &c),
	      ERR_UNAVAILABLE);
	fails(socket_connect("127.0.0.1", port, "::1", deadline_in(5000), &c),
	      ERR_INVALID);
	fails(listener_open("127.0.0.1", on_accept, NULL, &l), ERR_INVALID);
	fails(listener_open("192.0.2.1:0", on_accept, NULL, &l), ERR_UNAVAILABLE);
	/* the port is free again at once */
	ok(listener_open(at, on_accept, NULL, &l));
	ok(socket_connect("127.0.0.1", port, "127.0.0.9", deadline_in(5000), &c));
	stream_free(accept_one());
	assert_string_equal(last_peer.addr, "127.0.0.9");
	stream_free(c);
	listener_free(l);
}

static void errors_name_the_address(void **state)
{
	run(refused_main);
}

static void slow_reader(void *arg)
{
	struct stream *s = arg;
	char *buf = xmalloc(65536);
	size_t n, total = 0;

	for (;;) {
		ok(stream_read(s, buf, 65536, deadline_in(5000), &n));
		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			assert_int_equal((unsigned char)buf[i], (total + i) % 251);
		total += n;
		if (total < BIG / 4)
			ok(fiber_sleep_ms(1));
	}
	assert_int_equal(total, BIG);
	free(buf);
}

static void pressure_main(void *arg)
{
	struct stream *c, *s;
	char *data = xmalloc(BIG);

	for (size_t i = 0; i < BIG; i++)
		data[i] = (char)(i % 251);
	connect_pair(&c, &s);
	/* nobody reads: the writer stops, and its deadline counts */
	fails(stream_write(c, data, BIG, deadline_in(50)), ERR_TIMEOUT);
	stream_free(c);
	stream_free(s);

	connect_pair(&c, &s);
	fiber_group_init(&group);
	fiber_spawn(&group, "reader", slow_reader, s);
	ok(stream_write(c, data, BIG, deadline_in(20000)));
	stream_shutdown(c);
	fiber_group_join(&group, false);
	stream_free(c);
	stream_free(s);
	free(data);
}

static void slow_reader_holds_the_writer(void **state)
{
	run(pressure_main);
}

static void read_cancelled(void *arg)
{
	char b;
	size_t n;

	fails(stream_read(arg, &b, 1, DEADLINE_NEVER, &n), ERR_CANCELLED);
	fails(stream_write(arg, &b, 1, DEADLINE_NEVER), ERR_CANCELLED);
}

static void wait_main(void *arg)
{
	struct stream *c, *s;
	char b;
	size_t n;

	connect_pair(&c, &s);
	fails(stream_read(c, &b, 1, deadline_in(10), &n), ERR_TIMEOUT);
	assert_int_equal(c->watching, 0);
	fiber_group_init(&group);
	fiber_spawn(&group, "reader", read_cancelled, c);
	ok(fiber_sleep_ms(5));
	fiber_group_join(&group, true);
	/* still usable */
	ok(stream_write(s, "y", 1, deadline_in(5000)));
	ok(stream_read(c, &b, 1, deadline_in(5000), &n));
	assert_int_equal(b, 'y');
	/* a reset is an error, not an end */
	struct linger linger = {1, 0};

	setsockopt(socket_fd(s), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	stream_free(s);
	fails(stream_read(c, &b, 1, deadline_in(5000), &n), ERR_CLOSED);
	assert_non_null(strstr(stream_error(c), "reset"));
	stream_free(c);
}

static void reads_time_out_and_are_cancelled(void **state)
{
	run(wait_main);
}

struct probe {
	struct waitq q;
	int events, reads;
	bool free_it;
};

static void on_event(struct stream *s, unsigned events, void *arg)
{
	struct probe *p = arg;
	char b;

	p->events++;
	if (events & STREAM_READABLE && stream_try_read(s, &b, 1) == 1)
		p->reads++;
	if (p->free_it)
		stream_free(s);
	waitq_wake_all(&p->q);
}

static void event_main(void *arg)
{
	struct probe p = {.q = WAITQ_INIT(p.q)};
	struct stream *c, *s;

	connect_pair(&c, &s);
	stream_on_event(c, on_event, &p);
	ok(stream_write(s, "12345", 5, deadline_in(5000)));
	ok(fiber_sleep_ms(5));
	assert_int_equal(p.events, 0);
	/* level-triggered: one byte per event, five events */
	stream_watch(c, STREAM_READABLE);
	while (p.reads < 5)
		ok(waitq_wait(&p.q, deadline_in(5000)));
	int events = p.events;

	ok(fiber_sleep_ms(5));
	assert_int_equal(p.events, events);
	stream_watch(c, STREAM_READABLE | STREAM_WRITABLE);
	ok(waitq_wait(&p.q, deadline_in(5000)));
	stream_watch(c, 0);
	events = p.events;
	ok(stream_write(s, "6", 1, deadline_in(5000)));
	ok(fiber_sleep_ms(5));
	assert_int_equal(p.events, events);
	/* freed in its own callback */
	p.free_it = true;
	stream_watch(c, STREAM_READABLE);
	ok(waitq_wait(&p.q, deadline_in(5000)));
	stream_free(s);
}

static void events_are_level_triggered(void **state)
{
	run(event_main);
}

static void shortage_main(void *arg)
{
	struct rlimit old, few;
	struct listener *l;
	struct stream *c[8];
	int top = dup(0);

	close(top);
	ok(listener_open("127.0.0.1:0", on_accept, NULL, &l));
	/* room for the clients and one more */
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = (rlim_t)top + 1 + ARRAY_LEN(c) + 2;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		struct err *e = socket_connect("127.0.0.1", listener_port(l), NULL,
					       deadline_in(5000), &c[i]);
		if (e != NULL)
			c[i] = NULL;
		err_free(e);
	}
	ok(fiber_sleep_ms(20));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	/* once there are descriptors again, one that comes later is accepted in its turn
	 */
	struct stream *later;
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	ok(socket_connect("127.0.0.1", listener_port(l), NULL, deadline_in(5000),
			  &later));
	getsockname(socket_fd(later), (struct sockaddr *)&sin, &len);
	do
		stream_free(accept_one());
	while (last_peer.port != ntohs(sin.sin_port) || accepted.count > 0);
	stream_free(later);
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		stream_free(c[i]);
	listener_free(l);
}

static void accepting_pauses_without_descriptors(void **state)
{
	run(shortage_main);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_echoes_and_half_closes),
		cmocka_unit_test(unix_echoes_and_replaces_a_stale_socket),
		cmocka_unit_test(errors_name_the_address),
		cmocka_unit_test(slow_reader_holds_the_writer),
		cmocka_unit_test(reads_time_out_and_are_cancelled),
		cmocka_unit_test(events_are_level_triggered),
		cmocka_unit_test(accepting_pauses_without_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
