/* SPDX-License-Identifier: Apache-2.0
 * The virtual firmware's LME: forwards, channels, HTTP through it end to end, what
 * happens when the connection is held, lost or made again. wire-amt.md 2, 6.3.
 */
#include <sim/heci_test_tools.h>

#include <amt/heci/lme_client.h>
#include <amt/http.h>
#include <amt/wsman/classes/general.h>
#include <sim/device.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define N18 "\0\0\0\x12"
#define Z16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define Z64 Z16 Z16 Z16 Z16
#define VERSION "\xc0\0\0\0\x01\0\0\0\0\0\0\0\x09" Z16 Z64
#define ASK(service) "\x05" N18 service "@amt.intel.com"
#define ACCEPT(service) "\x06" N18 service "@amt.intel.com"
#define FORWARD(hi, lo)                             \
	"\x50\0\0\0\x0dtcpip-forward\x01\0\0\0\x09" \
	"127.0.0.1\0\0" hi lo
#define OPEN(id, hi, lo)                                                  \
	"\x5a\0\0\0\x0f"                                                  \
	"forwarded-tcpip\0\0\0" id "\0\0\x10\0\xff\xff\xff\xff\0\0\0\x03" \
	"::1\0\0" hi lo "\0\0\0\x03::1\0\0\0\x7b"
#define CONFIRM(to, id) "\x5b\0\0\0" to "\0\0\0" id "\0\0\x10\0\xff\xff\xff\xff"
#define REFUSED(to, why) "\x5c\0\0\0" to "\0\0\0" why "\0\0\0\0\0\0\0\0"
#define CLOSE(to) "\x61\0\0\0" to

/* The fixture, and a device whose web server serves the channels, or a list of them. */
struct lme_fixture {
	struct heci_fixture h;
	struct sim_model model;
	struct sim_device device;
	struct fiber_group fibers;
	bool keep; /* channels are kept here instead */
	struct stream *kept[16];
	size_t n_kept;
	uint16_t port; /* of the last */
	struct lme_client *client;
	struct amt_http http;
};

struct serving {
	struct lme_fixture *f;
	struct stream *channel;
};

static void serve_run(void *arg)
{
	struct serving v = *(struct serving *)arg;

	free(arg);
	sim_http_serve(&v.f->device, v.channel);
}

static bool on_serve(void *arg, uint16_t port, struct stream *channel)
{
	struct lme_fixture *f = container_of(arg, struct lme_fixture, h);

	f->port = port;
	if (port == LME_PLAIN.management)
		return false;
	if (f->keep) {
		f->kept[f->n_kept++] = channel;
		return true;
	}
	struct serving *v = xmalloc(sizeof(*v));
	*v = (struct serving){f, channel};
	fiber_spawn(&f->fibers, "serve", serve_run, v);
	return true;
}

static void open_fixture(struct lme_fixture *f)
{
	uint8_t uuid[16] = {1, 2, 3};

	*f = (struct lme_fixture){0};
	fixture_open(&f->h);
	f->h.host.serve = on_serve;
	fiber_group_init(&f->fibers);
	f->model = (struct sim_model){
		.version = "16.1.25", .build = "1932", .step_ms = 1000};
	secret_set(&f->model.password, STR("P@ssw0rd"));
	sim_device_init(&f->device, &f->model, uuid);
	f->client = lme_client_new(&f->h.place, 0);
	amt_http_init(&f->http, lme_client_open, f->client, 16992);
	amt_http_credentials(&f->http, STR("admin"), STR("P@ssw0rd"));
}

static void close_fixture(struct lme_fixture *f)
{
	lme_client_free(f->client);
	amt_http_fini(&f->http);
	fiber_group_join(&f->fibers, true);
	for (size_t i = 0; i < f->n_kept; i++)
		stream_free(f->kept[i]);
	secret_fini(&f->model.password);
	fixture_close(&f->h);
}

/* ---- by bytes ---- */

static void expect(int fd, struct str want)
{
	char got[9000];
	ssize_t n = raw_recv(fd, got, sizeof(got));

	assert_int_equal(n, want.n);
	assert_memory_equal(got, want.p, want.n);
}

static void expect_version(int fd)
{
	char got[128];

	assert_int_equal(raw_recv(fd, got, sizeof(got)), 93);
	assert_memory_equal(got, "\xc0\0\0\0\x01\0\0\0\0\0\0\0\xfe\x44\x45\x4c\x4c", 17);
}

/* A host that logged in as rpc does: echoes the firmware's version too. */
static int raw_host(struct lme_fixture *f)
{
	int fd = raw_client(&f->h, HECI_LME);

	raw_send(fd, STR(VERSION));
	expect_version(fd);
	raw_send(fd, STR(VERSION));
	expect(fd, STR(ASK("auth")));
	raw_send(fd, STR(ACCEPT("auth")));
	expect(fd, STR(ASK("pfwd")));
	raw_send(fd, STR(ACCEPT("pfwd")));
	expect(fd, STR(FORWARD("\x42", "\x60")));
	raw_send(fd, STR("\x51\0\0\x42\x60"));
	expect(fd, STR(FORWARD("\x42", "\x62")));
	raw_send(fd, STR("\x51\0\0\x42\x62"));
	expect(fd, STR(FORWARD("\x02", "\x6f")));
	raw_send(fd, STR("\x51\0\0\x02\x6f"));
	return fd;
}

TEST(ports_follow_the_tls_mode)
{
	struct lme_fixture f;
	bool tls = true;

	open_fixture(&f);
	assert_ok(lme_client_tls(f.client, SOON, &tls));
	assert_false(tls);
	close_fixture(&f);
	open_fixture(&f);
	f.h.host.tls_enforced = true;
	f.keep = true;
	assert_ok(lme_client_tls(f.client, SOON, &tls));
	assert_true(tls);
	struct stream *s;
	assert_fails(lme_client_open(f.client, 16992, deadline_in(100), &s), ERR_DEVICE);
	assert_ok(lme_client_open(f.client, 16993, SOON, &s));
	assert_int_equal(f.port, 16993);
	stream_free(s);
	close_fixture(&f);
	open_fixture(&f);
	f.h.host.tls_too = true;
	f.keep = true;
	assert_ok(lme_client_tls(f.client, SOON, &tls));
	assert_false(tls);
	for (uint16_t port = 16992; port <= 16993; port++) {
		assert_ok(lme_client_open(f.client, port, SOON, &s));
		assert_int_equal(f.port, port);
		stream_free(s);
	}
	close_fixture(&f);
}

TEST(host_that_does_not_say_its_version_is_disconnected)
{
	static const struct str firsts[] = {
		STR(ASK("auth")), STR(OPEN("\x01", "\x42", "\x60")), STR("\xee")};
	struct lme_fixture f;
	char byte;

	open_fixture(&f);
	for (size_t i = 0; i < ARRAY_LEN(firsts); i++) {
		int fd = raw_client(&f.h, HECI_LME);
		raw_send(fd, firsts[i]);
		expect(fd, STR("\x01\0\0\0\x02\0\0"));
		assert_true(raw_recv(fd, &byte, 1) <= 0);
		close(fd);
	}
	close_fixture(&f);
}

TEST(wrong_service_is_disconnected)
{
	struct lme_fixture f;

	open_fixture(&f);
	int fd = raw_client(&f.h, HECI_LME);
	raw_send(fd, STR(VERSION));
	expect_version(fd);
	expect(fd, STR(ASK("auth")));
	raw_send(fd, STR(ACCEPT("pfwd")));
	expect(fd, STR("\x01\0\0\0\x02\0\0"));
	close(fd);
	close_fixture(&f);
}

TEST(ports_the_host_refused_are_not_opened)
{
	struct lme_fixture f;

	open_fixture(&f);
	f.keep = true;
	int fd = raw_client(&f.h, HECI_LME);
	raw_send(fd, STR(VERSION));
	expect_version(fd);
	expect(fd, STR(ASK("auth")));
	raw_send(fd, STR(ACCEPT("auth")));
	expect(fd, STR(ASK("pfwd")));
	raw_send(fd, STR(ACCEPT("pfwd")));
	expect(fd, STR(FORWARD("\x42", "\x60")));
	raw_send(fd, STR("\x52"));
	expect(fd, STR(FORWARD("\x42", "\x62")));
	raw_send(fd, STR("\x51\0\0\x42\x62"));
	expect(fd, STR(FORWARD("\x02", "\x6f")));
	raw_send(fd, STR("\x51\0\0\x02\x6f"));
	raw_send(fd, STR(OPEN("\x01", "\x42", "\x60")));
	expect(fd, STR(REFUSED("\x01", "\x01")));
	close(fd);
	close_fixture(&f);
}

TEST(channels_are_refused_with_the_reason)
{
	struct lme_fixture f;

	open_fixture(&f);
	f.keep = true;
	int fd = raw_host(&f);
	raw_send(fd, STR(OPEN("\x01", "\x42", "\x61"))); /* not forwarded */
	expect(fd, STR(REFUSED("\x01", "\x01")));
	raw_send(fd, STR(OPEN("\x01", "\x02", "\x6f"))); /* management */
	expect(fd, STR(REFUSED("\x01", "\x02")));
	raw_send(fd, STR("\x5a\0\0\0\x07session\0\0\0\x01\0\0\x10\0\xff\xff\xff\xff\0\0\0"
			 "\0\0\0\x42\x60"
			 "\0\0\0\0\0\0\0\0"));
	expect(fd, STR(REFUSED("\x01", "\x03")));
	f.h.host.serve = NULL;
	raw_send(fd, STR(OPEN("\x01", "\x42", "\x60")));
	expect(fd, STR(REFUSED("\x01", "\x02")));
	close(fd);
	close_fixture(&f);
}

TEST(there_are_8_channels_numbered_from_0)
{
	struct lme_fixture f;

	open_fixture(&f);
	f.keep = true;
	int fd = raw_host(&f);
	for (int i = 0; i < 8; i++) {
		char open[] = OPEN("\x00", "\x42", "\x60"),
		     confirm[] = CONFIRM("\x00", "\x00");
		open[5 + 15 + 3] = (char)(i + 10);
		confirm[4] = (char)(i + 10);
		confirm[8] = (char)i;
		raw_send(fd, (struct str){open, sizeof(open) - 1});
		expect(fd, (struct str){confirm, sizeof(confirm) - 1});
	}
	raw_send(fd, STR(OPEN("\x1f", "\x42", "\x60")));
	expect(fd, STR(REFUSED("\x1f", "\x04")));
	/* only the host's CLOSE frees a number */
	stream_free(f.kept[3]);
	f.kept[3] = NULL;
	expect(fd, STR(CLOSE("\x0d")));
	raw_send(fd, STR(OPEN("\x1f", "\x42", "\x60")));
	expect(fd, STR(REFUSED("\x1f", "\x04")));
	raw_send(fd, STR(CLOSE("\x03")));
	raw_send(fd, STR(OPEN("\x1f", "\x42", "\x60")));
	expect(fd, STR(CONFIRM("\x1f", "\x03")));
	/* closed by the host: acknowledged once */
	raw_send(fd, STR(CLOSE("\x05")));
	expect(fd, STR(CLOSE("\x0f")));
	raw_send(fd, STR(CLOSE("\x05")));
	raw_send(fd, STR(OPEN("\x1e", "\x42", "\x60")));
	expect(fd, STR(CONFIRM("\x1e", "\x05")));
	close(fd);
	close_fixture(&f);
}

/* As rpc sends it: one CHANNEL_DATA whatever the window, chunked, no Host; it takes the
 * response when the channel closes. */
TEST(one_shot_request_beyond_the_window_is_answered_and_closed)
{
	struct lme_fixture f;
	static char m[6000], got[9000];
	struct buf response = {0};

	open_fixture(&f);
	int fd = raw_host(&f);
	raw_send(fd, STR(OPEN("\x01", "\x42", "\x60")));
	expect(fd, STR(CONFIRM("\x01", "\x00")));
	int head = snprintf(
		m + 9, sizeof(m) - 9,
		"POST /wsman HTTP/1.1\r\nConnection: close\r\nContent-Type: "
		"application/soap+xml; charset=utf-8\r\nTransfer-Encoding: chunked"
		"\r\n\r\n1388\r\n");
	size_t n = (size_t)head;
	memset(m + 9 + n, ' ', 5000);
	memcpy(m + 9 + n + 5000, "\r\n0\r\n\r\n", 7);
	n += 5007;
	struct wr w = wr_init(m, 9);
	wr_u8(&w, 94);
	wr_be32(&w, 0);
	wr_be32(&w, (uint32_t)n);
	raw_send(fd, (struct str){m, n + 9});
	ssize_t r;
	while ((r = raw_recv(fd, got, sizeof(got))) > 0 && got[0] != 97)
		if (got[0] == 94)
			buf_add(&response, got + 9, (size_t)r - 9);
	assert_true(str_starts(buf_str(&response), STR("HTTP/1.1 401 ")));
	assert_true(str_find(buf_str(&response), STR("</html>")) > 0);
	buf_fini(&response);
	close(fd);
	close_fixture(&f);
}

TEST(window_of_the_host_is_kept)
{
	struct lme_fixture f;
	char open[] = OPEN("\x01", "\x42", "\x60"), byte;

	open_fixture(&f);
	f.keep = true;
	int fd = raw_host(&f);
	open[5 + 15 + 6] = 0; /* window 4 */
	open[5 + 15 + 7] = 4;
	raw_send(fd, (struct str){open, sizeof(open) - 1});
	expect(fd, STR(CONFIRM("\x01", "\x00")));
	assert_int_equal(stream_try_write(f.kept[0], "abcdefgh", 8), 4);
	expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x04"
		       "abcd"));
	assert_int_equal(stream_try_write(f.kept[0], "efgh", 4), STREAM_AGAIN);
	assert_ok(fiber_sleep_ms(2));
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	raw_send(fd, STR("\x5d\0\0\0\0\0\0\0\x10"));
	assert_ok(stream_write(f.kept[0], "efgh", 4, SOON));
	expect(fd, STR("\x5e\0\0\0\x01\0\0\0\x04"
		       "efgh"));
	close(fd);
	close_fixture(&f);
}

/* ---- HTTP, end to end ---- */

static struct err *get_settings(struct lme_fixture *f, struct amt_conn *c,
				struct arena *a)
{
	struct wsman_call call = {.op = WSMAN_GET, .cls = &amt_general_settings_class};
	_cleanup_(buf_fini) struct buf rq = {0};
	struct amt_response response;
	struct wsman_reply reply;

	wsman_encode_request(&rq, &call, 7);
	TRY(amt_conn_post(c, buf_str(&rq), a, SOON, &response));
	assert_int_equal(response.status, 200);
	TRY(wsman_decode_reply(response.body, &call, a, &reply));
	assert_false(reply.is_fault);
	return NULL;
}

TEST(wsman_passes_lme_with_digest)
{
	struct lme_fixture f;
	struct arena a = {0};

	open_fixture(&f);
	struct amt_conn *c = amt_conn_new(&f.http);
	for (int i = 0; i < 5; i++)
		assert_ok(get_settings(&f, c, &a));
	assert_int_equal(f.port, 16992);
	amt_conn_free(c);
	arena_fini(&a);
	close_fixture(&f);
}

struct caller {
	struct lme_fixture *f;
	int done;
};

static void caller_run(void *arg)
{
	struct caller *k = arg;
	struct arena a = {0};

	for (int i = 0; i < 5; i++) {
		struct amt_conn *c = amt_conn_new(&k->f->http);
		assert_ok(get_settings(k->f, c, &a));
		amt_conn_free(c);
	}
	arena_fini(&a);
	k->done++;
}

TEST(more_callers_than_channels_are_all_served)
{
	struct lme_fixture f;
	struct fiber_group g;

	open_fixture(&f);
	struct caller k = {&f, 0};
	fiber_group_init(&g);
	for (int i = 0; i < 12; i++)
		fiber_spawn(&g, "caller", caller_run, &k);
	fiber_group_join(&g, false);
	assert_int_equal(k.done, 12);
	close_fixture(&f);
}

TEST(session_that_firmware_drops_is_made_again)
{
	struct lme_fixture f;
	struct arena a = {0};

	open_fixture(&f);
	f.h.host.lme_drops = true;
	for (int i = 0; i < 2; i++) {
		struct amt_conn *c = amt_conn_new(&f.http);
		assert_ok(get_settings(&f, c, &a));
		amt_conn_free(c);
	}
	arena_fini(&a);
	close_fixture(&f);
}

/* ---- held, lost, made again ---- */

TEST(second_lme_is_busy_until_the_first_lets_go)
{
	struct lme_fixture f;
	struct heci *h;
	char answer[16];

	open_fixture(&f);
	int fd = raw_host(&f);
	assert_fails(heci_connect(&f.h.place, HECI_LME, deadline_in(100), &h),
		     ERR_CONFLICT);
	int second = raw_connect(&f.h, heci_client(HECI_LME)->guid, HECI_GUID_SIZE);
	assert_int_equal(raw_recv(second, answer, sizeof(answer)), 4);
	assert_memory_equal(answer, "\x10\0\0\0", 4); /* EBUSY */
	close(second);
	/* free at once, although nobody was told yet */
	second = raw_connect(&f.h, heci_client(HECI_LME)->guid, HECI_GUID_SIZE);
	close(fd);
	assert_int_equal(raw_recv(second, answer, sizeof(answer)), 8);
	close(second);
	close_fixture(&f);
}

struct letting_go {
	int fd;
};

static void let_go_run(void *arg)
{
	assert_ok(fiber_sleep_ms(100));
	close(((struct letting_go *)arg)->fd);
}

TEST(busy_client_is_tried_again)
{
	struct lme_fixture f;
	struct heci *h;
	struct fiber_group g;

	open_fixture(&f);
	struct letting_go l = {raw_client(&f.h, HECI_LME)};
	fiber_group_init(&g);
	fiber_spawn(&g, "let go", let_go_run, &l);
	assert_ok(heci_connect(&f.h.place, HECI_LME, SOON, &h));
	heci_close(h);
	fiber_group_join(&g, false);
	close_fixture(&f);
}

TEST(reopening_drops_every_channel)
{
	struct lme_fixture f;
	char byte;
	size_t n;

	open_fixture(&f);
	f.keep = true;
	int fd = raw_host(&f);
	raw_send(fd, STR(OPEN("\x01", "\x42", "\x60")));
	expect(fd, STR(CONFIRM("\x01", "\x00")));
	raw_send(fd, STR(OPEN("\x02", "\x42", "\x60")));
	expect(fd, STR(CONFIRM("\x02", "\x01")));
	close(fd);
	fd = raw_host(&f);
	for (int i = 0; i < 2; i++)
		assert_fails(stream_read(f.kept[i], &byte, 1, SOON, &n), ERR_CLOSED);
	/* nothing of them is left: data for an old number is dropped, numbers begin anew
	 */
	raw_send(fd, STR("\x5e\0\0\0\x01\0\0\0\x01x"));
	raw_send(fd, STR(OPEN("\x01", "\x42", "\x60")));
	expect(fd, STR(CONFIRM("\x01", "\x00")));
	close(fd);
	close_fixture(&f);
}

TEST(firmware_that_restarts_in_the_middle_fails_the_channel)
{
	struct lme_fixture f;
	struct stream *s;
	char byte;
	size_t n;

	open_fixture(&f);
	f.keep = true;
	assert_ok(lme_client_open(f.client, 16992, SOON, &s));
	assert_ok(stream_write(s, "half", 4, SOON));
	sim_heci_reset(f.h.server);
	assert_fails(stream_read(s, &byte, 1, SOON, &n), ERR_CLOSED);
	stream_free(s);
	/* the client connects again by itself */
	assert_ok(lme_client_open(f.client, 16992, SOON, &s));
	stream_free(s);
	close_fixture(&f);
}

TEST(hosts_oversized_message_ends_lme)
{
	struct lme_fixture f;
	static char big[8193] = "\x5e";
	char byte;

	open_fixture(&f);
	int fd = raw_host(&f);
	raw_send(fd, (struct str){big, sizeof(big)});
	assert_true(raw_recv(fd, &byte, 1) <= 0);
	close(fd);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_follow_the_tls_mode),
		cmocka_unit_test(host_that_does_not_say_its_version_is_disconnected),
		cmocka_unit_test(wrong_service_is_disconnected),
		cmocka_unit_test(ports_the_host_refused_are_not_opened),
		cmocka_unit_test(channels_are_refused_with_the_reason),
		cmocka_unit_test(there_are_8_channels_numbered_from_0),
		cmocka_unit_test(
			one_shot_request_beyond_the_window_is_answered_and_closed),
		cmocka_unit_test(window_of_the_host_is_kept),
		cmocka_unit_test(wsman_passes_lme_with_digest),
		cmocka_unit_test(more_callers_than_channels_are_all_served),
		cmocka_unit_test(session_that_firmware_drops_is_made_again),
		cmocka_unit_test(second_lme_is_busy_until_the_first_lets_go),
		cmocka_unit_test(busy_client_is_tried_again),
		cmocka_unit_test(reopening_drops_every_channel),
		cmocka_unit_test(firmware_that_restarts_in_the_middle_fails_the_channel),
		cmocka_unit_test(hosts_oversized_message_ends_lme),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
