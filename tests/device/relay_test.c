/* SPDX-License-Identifier: Apache-2.0
 * The redirection relay with a full virtual device: consoles that log in without knowing
 * a password, who may have a session, how sessions end, and what they cost.
 */
#include "relay_world.h"

#include <amt/redirection/kvm.h>
#include <iam/iam_audit.h>
#include <base/log.h>
#include <net/tls_test.h>
#include <sim/kvm_test_tools.h>
#include <stdlib.h>

TEST(sol_exchanges_text_without_the_password)
{
	struct relay_world r;
	struct console c;
	struct iam_audit *a;
	size_t n;

	relay_world_start(&r);
	console_open(&r, "sol", "", &c);
	sol_start(&c);
	sol_expect(&c, "login:");
	assert_true(c.text); /* as upstream */
	assert_true(r.w.device.sol_busy);
	sol_type(&c, "root\r", false);
	sol_expect(&c, "assword:");
	sol_type(&c, "x\r", true); /* text frames are taken too */
	sol_expect(&c, "$ ");
	assert_string_equal(r.last_event,
			    "handleConnection: Redirection session started");
	console_close(&c);
	while (r.w.device.sol_busy || r.told < 2)
		ok(fiber_sleep_ms(5));
	assert_string_equal(r.last_event, "handleClose: Redirection session ended");
	struct iam_audit_filter f = {.device = GUID, .top = 10};
	do {
		ok(fiber_sleep_ms(5));
		ok(iam_audit_list(r.db, &f, &r.w.a, SOON, &a, &n));
	} while (n < 2);
	assert_string_equal(a[0].who, "otto");
	assert_string_equal(a[0].what, "sol session");
	assert_string_equal(a[0].outcome, "ended");
	assert_string_equal(a[0].detail, "session 1 ended: the client left");
	assert_string_equal(a[0].peer, "127.0.0.1");
	assert_string_equal(a[1].outcome, "begun");
	relay_world_stop(&r);
}

/* ---- KVM ---- */

static void kvm_handshake(struct console *c, struct kvm_server_init *init)
{
	const char *why = NULL;
	ssize_t n;

	console_login(c, REDIR_KVM);
	console_send(c, STR("\x40\0\0\0\0\0\0\0"));
	assert_true(console_want(c, KVM_OPEN_SIZE + KVM_VERSION_SIZE));
	buf_consume(&c->in, KVM_OPEN_SIZE + KVM_VERSION_SIZE);
	console_send(c, STR(KVM_VERSION_3_8));
	assert_true(console_want(c, 2));
	buf_consume(&c->in, 2);
	console_send(c, STR("\x01"));
	assert_true(console_want(c, 4));
	buf_consume(&c->in, 4);
	console_send(c, STR("\x01"));
	while ((n = kvm_decode_init(c->in.p, c->in.len, init, &why)) == 0)
		assert_true(console_want(c, c->in.len + 1));
	assert_true(n > 0);
	buf_consume(&c->in, (size_t)n);
}

static void kvm_send(struct console *c, struct kvm_client_msg m)
{
	struct buf b = {0};

	kvm_encode_client(&b, &m);
	console_send(c, buf_str(&b));
	buf_fini(&b);
}

/* Takes one update into frame. */
static void kvm_update(struct console *c, const struct kvm_server_init *init,
		       uint16_t *frame)
{
	struct kvm_server_msg m;
	struct kvm_rect rect;
	const char *why = "";
	ssize_t n;

	while ((n = kvm_decode_server(c->in.p, c->in.len, &m, &why)) == 0)
		assert_true(console_want(c, c->in.len + 1));
	assert_true(n > 0 && m.op == KVM_UPDATE);
	buf_consume(&c->in, (size_t)n);
	for (unsigned i = 0; i < m.rects; i++) {
		while ((n = kvm_decode_rect(c->in.p, c->in.len, 2, &rect, &why)) == 0)
			assert_true(console_want(c, c->in.len + 1));
		if (n < 0)
			fail_msg("%s", why);
		assert_int_equal(rect.encoding, KVM_RAW);
		assert_true(rect.x + rect.width <= init->width &&
			    rect.y + rect.height <= init->height);
		for (unsigned y = 0; y < rect.height; y++)
			memcpy(frame + (rect.y + y) * init->width + rect.x,
			       rect.data.p + 2ul * y * rect.width, 2ul * rect.width);
		buf_consume(&c->in, (size_t)n);
	}
}

/* Until the login stands on the screen and every pixel came through. */
static void see_the_desktop(struct relay_world *r, const char *frames, bool text)
{
	struct kvm_server_init init;
	struct console c;
	uint16_t *frame;
	bool right = false;

	console_open(r, "kvm", frames, &c);
	kvm_handshake(&c, &init);
	frame = xcalloc((size_t)init.width * init.height, sizeof(*frame));
	kvm_send(&c, (struct kvm_client_msg){.op = KVM_SET_ENCODINGS,
					     .encodings = {1, {KVM_RAW}}});
	for (int i = 0; !right && i < 500; i++) {
		kvm_send(&c, (struct kvm_client_msg){
				     .op = KVM_REQUEST,
				     .request = {i > 0, 0, 0, init.width, init.height}});
		kvm_update(&c, &init, frame);
		right = relay_screen_shows(r, "login:") &&
			test_frame_is_screen(&r->w.full->redirection, &kvm_rgb565, frame,
					     &(struct sim_view){0});
	}
	assert_true(right);
	assert_int_equal(c.text, text);
	free(frame);
	console_close(&c);
	while (r->w.device.kvm_busy)
		ok(fiber_sleep_ms(5));
}

TEST(kvm_shows_every_pixel_in_both_kinds_of_frames)
{
	struct relay_world r;

	relay_world_start(&r);
	see_the_desktop(&r, "", true);
	see_the_desktop(&r, "&frames=binary", false);
	relay_world_stop(&r);
}

TEST(ider_logs_in)
{
	struct relay_world r;
	struct console c;

	relay_world_start(&r);
	console_open(&r, "ider", "", &c);
	console_login(&c, REDIR_IDER);
	/* OpenSession, wire-amt.md 4.5; its reply is 0x41. */
	console_send(&c,
		     (struct str){"\x40\0\0\0\0\0\0\0\x30\x75\0\0\x20\x4e\1\0\0\0", 18});
	assert_true(console_want(&c, 1));
	assert_int_equal((uint8_t)c.in.p[0], 0x41);
	assert_true(r.w.device.ider_busy && !r.w.device.sol_busy);
	console_close(&c);
	relay_world_stop(&r);
}

/* ---- who may ---- */

static void refused(struct relay_world *r, const char *token, const char *query,
		    enum err_kind kind, const char *status)
{
	struct console c;
	struct err *e = console_try(r, token, query, NULL, &c);

	fails(e, kind, status);
}

#define QUERY "host=" GUID "&port=16994&tls=0"

TEST(only_the_tokens_owner_gets_a_session)
{
	struct relay_world r;

	relay_world_start(&r);
	const char *good = relay_token(&r, GUID, NULL);
	const char *kvm = relay_token(&r, GUID, "kvm");
	const char *other = relay_token(&r, "d12428be-9fa1-4226-9784-54b2038beab6", NULL);
	const char *login;
	ok(iam_issue(r.iam, "otto", "t1", "admin", 5, &r.w.a, &login));
	refused(&r, NULL, QUERY "&mode=sol", ERR_UNAUTHENTICATED, "401");
	refused(&r, "x.y.z", QUERY "&mode=sol", ERR_UNAUTHENTICATED, "401");
	refused(&r, login, QUERY "&mode=sol", ERR_UNAUTHENTICATED, "401");
	refused(&r, other, QUERY "&mode=sol", ERR_FORBIDDEN, "403");
	refused(&r, kvm, QUERY "&mode=sol", ERR_FORBIDDEN, "403");
	refused(&r, kvm, QUERY, ERR_FORBIDDEN, "403");
	refused(&r, relay_token_of(&r, "t1", IAM_DEVICE_READ, NULL), QUERY "&mode=sol",
		ERR_FORBIDDEN, "403");
	refused(&r, relay_token_of(&r, "t2", IAM_REDIRECT, NULL), QUERY "&mode=sol",
		ERR_NOT_FOUND, "404");
	refused(&r, good, "host=1&mode=sol", ERR_INVALID, "400");
	refused(&r, good, "mode=sol", ERR_INVALID, "400");
	refused(&r, good, "host=" GUID "&port=22&mode=sol", ERR_INVALID, "400");
	refused(&r, good, "host=" GUID "&tls=1&mode=sol", ERR_INVALID, "400");
	refused(&r, good, QUERY "&mode=sol&frames=x", ERR_INVALID, "400");
	assert_false(r.w.device.sol_busy || r.w.device.kvm_busy);
	clock_freeze(clock_mono_ms(), clock_wall_ms() + 6 * 60000);
	refused(&r, good, QUERY "&mode=sol", ERR_UNAUTHENTICATED, "401");
	relay_world_stop(&r);
}

TEST(second_session_of_a_mode_is_refused_with_a_reason)
{
	struct relay_world r;
	struct console sol, kvm, second;

	relay_world_start(&r);
	console_open(&r, "sol", "", &sol);
	sol_start(&sol);
	console_open(&r, "kvm", "", &kvm);
	console_login(&kvm, REDIR_KVM);
	refused(&r, relay_token(&r, GUID, NULL), QUERY "&mode=sol", ERR_CONFLICT, "409");
	/* A browser's page sees no status, but a close code. */
	ok(console_try(&r, relay_token(&r, GUID, NULL), QUERY "&mode=sol",
		       "Origin: https://console.example.com\r\n", &second));
	assert_int_equal(console_ended(&second), RELAY_BUSY);
	console_close(&second);
	/* Without mode the first message says what it is to be. */
	ok(console_try(&r, relay_token(&r, GUID, NULL), QUERY, NULL, &second));
	console_send(&second, (struct str){"\x10\0\0\0SOL ", 8});
	assert_int_equal(console_ended(&second), RELAY_BUSY);
	console_close(&second);
	/* And a mode is kept to. */
	console_close(&kvm);
	while (r.w.device.kvm_busy)
		ok(fiber_sleep_ms(5));
	console_open(&r, "kvm", "", &kvm);
	console_send(&kvm, (struct str){"\x10\0\0\0SOL ", 8});
	assert_int_equal(console_ended(&kvm), RELAY_VIOLATION);
	console_close(&kvm);
	sol_expect(&sol, "login:"); /* the first one noticed nothing */
	console_close(&sol);
	relay_world_stop(&r);
}

/* ---- the list, and ends ---- */

TEST(operators_see_and_end_sessions_of_their_tenant)
{
	struct relay_world r;
	struct console c;
	const char *body;

	relay_world_start(&r);
	console_open(&r, "sol", "", &c);
	sol_start(&c);
	sol_expect(&c, "login:");
	const char *list = "/api/v1/redirection/sessions";
	assert_int_equal(relay_rest(&r, "GET", list, "t1", "viewer", &body), 200);
	assert_non_null(strstr(body, "\"id\":1,\"guid\":\"" GUID
				     "\",\"mode\":\"sol\",\"user\":\"otto\","
				     "\"tenantId\":\"t1\",\"peer\":\"127.0.0.1\""));
	relay_rest(&r, "GET", list, "t2", "admin", &body);
	assert_string_equal(body, "[]");
	relay_rest(&r, "GET", "/api/v1/redirection/sessions?guid=x", "t1", "viewer",
		   &body);
	assert_string_equal(body, "[]");
	const char *one = "/api/v1/redirection/sessions/1";
	assert_int_equal(relay_rest(&r, "DELETE", one, "t2", "admin", NULL), 404);
	assert_int_equal(relay_rest(&r, "DELETE", one, "t1", "viewer", NULL), 403);
	assert_int_equal(relay_rest(&r, "DELETE", one, "t1", "operator", NULL), 204);
	assert_int_equal(console_ended(&c), RELAY_BY_OPERATOR);
	console_close(&c);
	while (r.w.device.sol_busy)
		ok(fiber_sleep_ms(5));
	assert_int_equal(relay_rest(&r, "DELETE", one, "t1", "operator", NULL), 404);
	assert_int_equal(relay_rest(&r, "DELETE", "/api/v1/redirection/sessions/x", "t1",
				    "operator", NULL),
			 404);
	relay_world_stop(&r);
}

TEST(a_login_revoked_in_between_gets_no_session)
{
	const struct iam_caller otto = {.name = "otto",
					.tenant = "t1",
					.perms = IAM_REDIRECT,
					.token_id = "login-1",
					.issued_ms = clock_wall_ms()};
	struct relay_world r;
	struct console c;
	const char *token;

	relay_world_start(&r);
	ok(iam_redirection_token(r.iam, &otto, GUID, "sol", &r.w.a, &token));
	r.shown_out = "otto";
	ok(console_try(&r, token, QUERY "&mode=sol", NULL, &c));
	assert_int_equal(console_ended(&c), RELAY_VIOLATION);
	console_close(&c);
	while (r.w.device.sol_busy)
		ok(fiber_sleep_ms(5));
	refused(&r, token, QUERY "&mode=sol", ERR_UNAUTHENTICATED, "401");
	relay_world_stop(&r);
}

/* As clients do that know nothing: an empty login, answered by a challenge or not. */
static uint8_t log_in(struct console *c)
{
	static const char blank[] = "\x13\0\0\0\4\x08\0\0\0\0\0\0\0\0\0\0\0";

	console_send(c, (struct str){blank, sizeof(blank) - 1});
	return console_reply(c).status;
}

static void sol_begin(struct relay_world *r, struct console *c)
{
	console_open(r, "sol", "", c);
	console_send(c, (struct str){"\x10\0\0\0SOL ", 8});
	assert_int_equal(console_reply(c).status, REDIR_STARTED);
	assert_int_equal(log_in(c), REDIR_AUTH_FAILED); /* the challenge */
}

TEST(wrong_stored_password_is_told)
{
	struct relay_world r;
	struct console c;

	relay_world_start(&r);
	r.stored = "Wr0ng-P@ssword";
	world_as(&r.w, "admin", "Wr0ng-P@ssword");
	sol_begin(&r, &c);
	for (int i = 0; i < 3; i++)
		assert_int_equal(log_in(&c), REDIR_AUTH_FAILED);
	assert_int_equal(console_ended(&c), RELAY_REFUSED);
	console_close(&c);
	relay_world_stop(&r);
}

TEST(password_changed_since_is_read_anew)
{
	struct relay_world r;
	struct console c;

	relay_world_start(&r);
	world_as(&r.w, "admin", "the former one");
	sol_begin(&r, &c);
	assert_int_equal(log_in(&c), REDIR_AUTH_FAILED);
	assert_int_equal(log_in(&c), REDIR_AUTH_OK);
	console_close(&c);
	relay_world_stop(&r);
}

TEST(server_that_stops_says_so)
{
	struct relay_world r;
	struct console c;

	relay_world_start(&r);
	console_open(&r, "sol", "", &c);
	sol_start(&c);
	http_server_shutdown(r.http, deadline_in(5000));
	assert_int_equal(console_ended(&c), RELAY_STOPPING);
	console_close(&c);
	relay_world_stop(&r);
}

/* ---- a device of bytes alone, for what a real one does not do ---- */

static struct stream *far; /* the device's end */
static struct err *open_far(void *arg, uint16_t port, struct deadline until,
			    struct stream **out)
{
	if (arg != NULL)
		return err_new(ERR_DEVICE, "the device refused a channel");
	test_pipe(65536, out, &far);
	return NULL;
}

/* Past the login: the device says yes at once. */
static void far_open(struct relay_world *r, struct console *c, const char *frames)
{
	r->w.device.http.open = open_far;
	r->w.device.http.open_arg = NULL;
	console_open(r, "kvm", frames, c);
	console_send(
		c,
		(struct str){"\x10\1\0\0KVMR\x13\0\0\0\4\x08\0\0\0\0\0\0\0\0\0\0\0", 25});
	while (far == NULL)
		ok(fiber_sleep_ms(1));
	ok(stream_write(far, "\x14\0\0\0\4\0\0\0\0", 9, SOON));
	assert_true(console_want(c, 9));
	buf_consume(&c->in, 9);
}

static void far_close(void)
{
	stream_free(far);
	far = NULL;
}

TEST(device_that_ends_or_goes_gives_its_own_code)
{
	struct relay_world r;
	struct console c;

	relay_world_start(&r);
	far_open(&r, &c, "");
	stream_shutdown(far);
	assert_int_equal(console_ended(&c), RELAY_ENDED);
	console_close(&c);
	far_close();
	while (r.w.device.kvm_busy)
		ok(fiber_sleep_ms(1));
	/* Bytes that are no login. */
	r.w.device.http.open = open_far;
	console_open(&r, "kvm", "", &c);
	console_send(&c, (struct str){"\x10\1\0\0KVMR", 8});
	while (far == NULL)
		ok(fiber_sleep_ms(1));
	ok(stream_write(far, "HTTP/1.1 400\r\n", 14, SOON));
	assert_int_equal(console_ended(&c), RELAY_DEVICE_ERROR);
	console_close(&c);
	far_close();
	/* No channel. */
	while (r.w.device.kvm_busy)
		ok(fiber_sleep_ms(1));
	r.w.device.http.open_arg = &r;
	console_open(&r, "kvm", "", &c);
	assert_int_equal(console_ended(&c), RELAY_DEVICE_ERROR);
	console_close(&c);
	r.w.device.gone = true;
	refused(&r, relay_token(&r, GUID, NULL), QUERY "&mode=kvm", ERR_NOT_FOUND, "404");
	r.w.device.gone = false;
	relay_world_stop(&r);
}

/* How much the far end can write until nothing is taken any more. */
static size_t fill(size_t max)
{
	static char block[8192];
	size_t total = 0;
	unsigned idle = 0;

	memset(block, 0xee, sizeof(block));
	while (total < max && idle < 20) {
		ssize_t n = stream_try_write(far, block, sizeof(block));
		if (n > 0) {
			total += (size_t)n;
			idle = 0;
		} else {
			ok(fiber_sleep_ms(10));
			idle++;
		}
	}
	return total;
}

TEST(slow_reader_stops_the_device)
{
	struct relay_world r;
	struct console c;
	size_t got = 0;

	relay_world_start(&r);
	far_open(&r, &c, "&frames=binary");
	/* Sockets' buffers, ours, and the pipe's; not the 64 MiB offered. */
	size_t sent = fill(64 << 20);
	assert_true(sent < 16 << 20);
	while (got < sent) {
		assert_true(console_want(&c, 1));
		got += c.in.len;
		for (size_t i = 0; i < c.in.len; i++)
			assert_int_equal((uint8_t)c.in.p[i], 0xee);
		buf_clear(&c.in);
	}
	assert_int_equal(got, sent);
	console_close(&c);
	far_close();
	relay_world_stop(&r);
}

TEST(slow_device_stops_the_client)
{
	struct relay_world r;
	struct console c;
	static char block[8192], in[8192];
	size_t sent = 0, got = 0, n;
	struct err *e = NULL;

	relay_world_start(&r);
	far_open(&r, &c, "&frames=binary");
	/* The start, and the digest that is asked for */
	ok(stream_read(far, in, sizeof(in), SOON, &n));
	while (n < 8 + 17)
		n += 17; /* came as one or two; nothing else is under way */
	memset(block, 0xdd, sizeof(block));
	while (e == NULL && sent < 64 << 20) {
		e = ws_send(c.ws, true, (struct str){block, sizeof(block)},
			    deadline_in(300));
		sent += e == NULL ? sizeof(block) : 0;
	}
	assert_true(err_is(e, ERR_TIMEOUT));
	err_free(e);
	assert_true(sent < 16 << 20);
	while (got < sent) {
		ok(stream_read(far, in, sizeof(in), SOON, &n));
		for (size_t i = 0; i < n; i++)
			got += (uint8_t)in[i] == 0xdd;
	}
	console_close(&c);
	far_close();
	relay_world_stop(&r);
}

TEST(hostile_clients_end_alone)
{
	struct relay_world r;
	struct console c, good;
	static char big[RELAY_MESSAGE_MAX + 1];

	relay_world_start(&r);
	console_open(&r, "sol", "", &good);
	sol_start(&good);
	console_open(&r, "kvm", "", &c);
	struct err *e = ws_send(c.ws, true, (struct str){big, sizeof(big)}, SOON);
	err_free(e);
	assert_int_equal(console_ended(&c), 1009);
	console_close(&c);
	while (r.w.device.kvm_busy)
		ok(fiber_sleep_ms(1));
	console_open(&r, "kvm", "", &c);
	console_send(&c, STR("GET / HTTP/1.1\r\n\r\n"));
	assert_int_equal(console_ended(&c), RELAY_VIOLATION);
	console_close(&c);
	sol_expect(&good, "login:");
	console_close(&good);
	relay_world_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sol_exchanges_text_without_the_password),
		cmocka_unit_test(kvm_shows_every_pixel_in_both_kinds_of_frames),
		cmocka_unit_test(ider_logs_in),
		cmocka_unit_test(second_session_of_a_mode_is_refused_with_a_reason),
		cmocka_unit_test(operators_see_and_end_sessions_of_their_tenant),
		cmocka_unit_test(a_login_revoked_in_between_gets_no_session),
		cmocka_unit_test(wrong_stored_password_is_told),
		cmocka_unit_test(password_changed_since_is_read_anew),
		cmocka_unit_test(server_that_stops_says_so),
		cmocka_unit_test(device_that_ends_or_goes_gives_its_own_code),
		cmocka_unit_test(slow_reader_stops_the_device),
		cmocka_unit_test(slow_device_stops_the_client),
		cmocka_unit_test(hostile_clients_end_alone),
		/* last: it stops the clocks */
		cmocka_unit_test(only_the_tokens_owner_gets_a_session),
	};

	log_init(LOG_ERROR, LOG_HUMAN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
