/* SPDX-License-Identifier: Apache-2.0
 * The login between browser and device, on bytes: golden exchanges (wire-amt.md 4.2-4.3),
 * cut anywhere, and what each side may get wrong.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <device/interceptor.h>
#include <stdlib.h>

#define REALM "Digest:A4070000000000000000000000000000"
#define NONCE "qwQWAAAAAAAAAAAA3lKxJp6XbJpbv1sg"
#define PASSWORD "P@ssw0rd"

#define B(lit) ((struct str){lit, sizeof(lit) - 1})
#define START_KVM B("\x10\x01\0\0KVMR")
#define START_SOL B("\x10\0\0\0SOL ")
#define STARTED B("\x11\0\0\0\1\0\2\0\0\0\0\0\0")
#define QUERY B("\x13\0\0\0\0\0\0\0\0")
#define TYPES B("\x14\0\0\0\0\3\0\0\0\1\3\4")
/* What the UI toolkit sends: nothing of its own. */
#define BLANK B("\x13\0\0\0\4\x08\0\0\0\0\0\0\0\0\0\0\0")
#define ACCEPTED B("\x14\0\0\0\4\0\0\0\0")

static struct interceptor it;
static struct buf up, down; /* what went to the device, to the client */
static unsigned fresh_asked;
static enum err_kind start_kind;
static bool start_fails;
static enum redir_kind started_kind;

static struct err *ha1(void *arg, struct str realm, bool fresh, char out[33])
{
	fresh_asked += fresh;
	digest_ha1(STR("admin"), realm, STR(PASSWORD), out);
	return NULL;
}

static struct err *started(void *arg, enum redir_kind kind)
{
	started_kind = kind;
	return start_fails ? err_new(start_kind, "busy") : NULL;
}

static void begin(bool answer, bool known, enum redir_kind kind)
{
	const struct interceptor_config c = {.answer = answer,
					     .kind_known = known,
					     .kind = kind,
					     .user = "admin",
					     .ha1 = ha1,
					     .started = started};

	fresh_asked = 0;
	start_fails = false;
	interceptor_init(&it, &c);
}

static int end(void **state)
{
	interceptor_fini(&it);
	buf_fini(&up);
	buf_fini(&down);
	return 0;
}

static struct str taken(struct buf *b)
{
	return buf_str(b);
}

static void client(struct str s)
{
	buf_clear(&up);
	assert_null(interceptor_client(&it, s, &up));
}

static void device(struct str s)
{
	buf_clear(&down);
	assert_null(interceptor_device(&it, s, &down));
}

static void is(struct buf *b, struct str want)
{
	assert_int_equal(b->len, want.n);
	if (want.n > 0)
		assert_memory_equal(b->p, want.p, want.n);
}

static void fails(struct err *e, enum err_kind kind)
{
	assert_non_null(e);
	assert_int_equal(e->kind, kind);
	err_free(e);
}

static void challenge(struct buf *b, uint8_t type, const char *nonce)
{
	struct digest_challenge c = {
		.realm = STR(REALM), .nonce = str_of(nonce), .qop = STR("auth")};

	buf_clear(b);
	redir_encode_challenge(b, type, &c);
}

/* The digest in up is one that the device accepts. */
static void answered(uint8_t type, const char *nonce, uint32_t nc)
{
	struct redir_msg m;
	struct digest_response r;
	const char *why;
	char want[33], h[33];

	assert_int_equal(redir_decode(up.p, up.len, &m, &why), up.len);
	assert_int_equal(m.op, REDIR_AUTH);
	assert_int_equal(m.auth.type, type);
	assert_true(redir_response_decode(type, m.auth.data, &r));
	assert_true(str_eqz(r.user, "admin") && str_eqz(r.realm, REALM));
	assert_true(str_eqz(r.nonce, nonce) && str_eqz(r.uri, "/RedirectionService"));
	assert_int_equal(r.nc, nc);
	digest_ha1(STR("admin"), STR(REALM), STR(PASSWORD), h);
	digest_response_hex(&r, h, "POST", want);
	assert_true(str_eqz(r.response, want));
}

static void logged_in(enum redir_kind kind)
{
	struct buf c = {0};

	begin(true, true, kind);
	client(kind == REDIR_KVM ? START_KVM : START_SOL);
	is(&up, kind == REDIR_KVM ? START_KVM : START_SOL);
	device(STARTED);
	is(&down, STARTED);
	client(QUERY);
	is(&up, QUERY);
	device(TYPES);
	is(&down, TYPES);
	client(BLANK);
	is(&up, B("\x13\0\0\0\4\x20\0\0\0\5admin\0\0\x13/RedirectionService\0\0\0\0"));
	challenge(&c, REDIR_BY_DIGEST, NONCE);
	device(buf_str(&c));
	is(&down, buf_str(&c));
	client(BLANK);
	answered(REDIR_BY_DIGEST, NONCE, 1);
	assert_false(it.direct);
	buf_fini(&c);
}

static void password_is_put_in_between(void **state)
{
	logged_in(REDIR_KVM);
	assert_int_equal(started_kind, REDIR_KVM);
	/* What comes with the last answer is the session's already. */
	device(B("\x14\0\0\0\4\0\0\0\0\x41\0\xff"));
	is(&down, B("\x14\0\0\0\4\0\0\0\0\x41\0\xff"));
	assert_true(it.direct);
	client(B("\xff\0anything"));
	is(&up, B("\xff\0anything"));
	device(B("\x10"));
	is(&down, B("\x10"));
	assert_int_equal(fresh_asked, 0);
}

static void older_digest_is_answered_too(void **state)
{
	struct buf c = {0};

	begin(true, false, 0);
	client(START_SOL);
	assert_int_equal(started_kind, REDIR_SOL);
	challenge(&c, REDIR_BY_DIGEST_2069, NONCE);
	device(buf_str(&c));
	client(B("\x13\0\0\0\3\x07\0\0\0\0\0\0\0\0\0\0"));
	answered(REDIR_BY_DIGEST_2069, NONCE, 0);
	device(B("\x14\0\0\0\3\0\0\0\0"));
	assert_true(it.direct);
	buf_fini(&c);
}

static void messages_may_come_in_pieces_and_together(void **state)
{
	struct str whole = B("\x10\x01\0\0KVMR\x13\0\0\0\0\0\0\0\0\x12\0\0\0");

	for (size_t cut = 0; cut <= whole.n; cut++) {
		begin(true, true, REDIR_KVM);
		buf_clear(&up);
		assert_null(interceptor_client(&it, str_sub(whole, 0, cut), &up));
		assert_null(interceptor_client(&it, str_sub(whole, cut, whole.n), &up));
		is(&up, whole);
		interceptor_fini(&it);
	}
}

static void another_kind_than_the_mode_is_refused(void **state)
{
	begin(true, true, REDIR_SOL);
	fails(interceptor_client(&it, START_KVM, &up), ERR_FORBIDDEN);
	assert_int_equal(taken(&up).n, 0);
	interceptor_fini(&it);
	/* also for who logs in himself */
	begin(false, true, REDIR_SOL);
	fails(interceptor_client(&it, START_KVM, &up), ERR_FORBIDDEN);
}

static void place_that_is_taken_refuses_the_start(void **state)
{
	begin(true, false, 0);
	start_fails = true;
	start_kind = ERR_CONFLICT;
	fails(interceptor_client(&it, START_KVM, &up), ERR_CONFLICT);
	assert_int_equal(taken(&up).n, 0);
}

static void refusal_is_passed_on_and_ends(void **state)
{
	begin(true, true, REDIR_KVM);
	client(START_KVM);
	buf_clear(&down);
	fails(interceptor_device(&it, B("\x11\2\0\0\1\0\2\0\0\0\0\0\0"), &down),
	      ERR_CONFLICT);
	is(&down, B("\x11\2\0\0\1\0\2\0\0\0\0\0\0"));
	buf_clear(&down);
	fails(interceptor_device(&it, B("\x11\xff\0\0\1\0\2\0\0\0\0\0\0"), &down),
	      ERR_DEVICE);
}

static void wrong_stored_password_asks_anew_then_ends(void **state)
{
	struct buf c = {0};

	logged_in(REDIR_SOL);
	challenge(&c, REDIR_BY_DIGEST, "second");
	device(buf_str(&c));
	client(BLANK);
	answered(REDIR_BY_DIGEST, "second", 2);
	assert_int_equal(fresh_asked, 1);
	challenge(&c, REDIR_BY_DIGEST, "third");
	device(buf_str(&c));
	client(BLANK);
	answered(REDIR_BY_DIGEST, "third", 3);
	buf_clear(&down);
	fails(interceptor_device(&it, buf_str(&c), &down), ERR_UNAUTHENTICATED);
	is(&down, buf_str(&c));
	assert_false(it.direct);
	buf_fini(&c);
}

static void client_with_a_password_is_left_alone(void **state)
{
	struct str own = B("\x13\0\0\0\1\x0a\0\0\0\5admin\3pwd");
	struct buf c = {0};

	begin(false, true, REDIR_SOL);
	client(START_SOL);
	challenge(&c, REDIR_BY_DIGEST, NONCE);
	device(buf_str(&c));
	client(BLANK);
	is(&up, BLANK);
	client(own);
	is(&up, own);
	device(B("\x14\0\0\0\1\0\0\0\0"));
	assert_true(it.direct);
	buf_fini(&c);
}

static void what_neither_side_may_say(void **state)
{
	static const struct {
		struct str bytes;
		bool of_client;
	} t[] = {
		{B("\x28\0\0\0"), true}, /* SOL before the login */
		{B("\x11\0\0\0\1\0\2\0\0\0\0\0\0"), true},
		{B("\x14\0\0\0\4\0\0\0\0"), true},
		{B("\x10\0\0\0HTTP"), true}, /* no kind */
		{B("\x13\0\0\0\4\xff\xff\xff\x7f"), true},
		{B("\x13\0\0\0\0\0\0\0\0"), true}, /* before a start */
		{B("GET / HTTP/1.1\r\n"), true},
		{B("\x29\0\0\0"), false},
		{B("\x10\x01\0\0KVMR"), false},
		{B("\x13\0\0\0\0\0\0\0\0"), false},
		{B("\x14\1\0\0\4\1\0\0\0\5"), false}, /* challenge cut short */
		{B("\x14\0\0\0\4\xff\xff\xff\xff"), false},
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		begin(true, false, 0);
		struct err *e = t[i].of_client
					? interceptor_client(&it, t[i].bytes, &up)
					: interceptor_device(&it, t[i].bytes, &down);
		if (!err_is(e, t[i].of_client ? ERR_INVALID : ERR_DEVICE))
			fail_msg("row %zu", i);
		err_free(e);
		interceptor_fini(&it);
	}
	begin(true, false, 0);
	client(START_KVM);
	fails(interceptor_client(&it, START_KVM, &up), ERR_INVALID);
}

static void half_a_message_at_the_end_of_the_login_is_not_lost(void **state)
{
	struct buf c = {0};

	begin(true, true, REDIR_KVM);
	client(START_KVM);
	device(STARTED);
	client(BLANK);
	challenge(&c, REDIR_BY_DIGEST, NONCE);
	device(buf_str(&c));
	client(BLANK);
	client(B("\x13\0\0\0")); /* waits for the rest */
	is(&up, B(""));
	device(ACCEPTED);
	assert_true(it.direct && !interceptor_passes(&it));
	client(B("rest"));
	is(&up, B("\x13\0\0\0rest"));
	assert_true(interceptor_passes(&it));
	buf_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			half_a_message_at_the_end_of_the_login_is_not_lost, end),
		cmocka_unit_test_teardown(password_is_put_in_between, end),
		cmocka_unit_test_teardown(older_digest_is_answered_too, end),
		cmocka_unit_test_teardown(messages_may_come_in_pieces_and_together, end),
		cmocka_unit_test_teardown(another_kind_than_the_mode_is_refused, end),
		cmocka_unit_test_teardown(place_that_is_taken_refuses_the_start, end),
		cmocka_unit_test_teardown(refusal_is_passed_on_and_ends, end),
		cmocka_unit_test_teardown(wrong_stored_password_asks_anew_then_ends, end),
		cmocka_unit_test_teardown(client_with_a_password_is_left_alone, end),
		cmocka_unit_test_teardown(what_neither_side_may_say, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
