/* SPDX-License-Identifier: Apache-2.0
 * APF codec: golden bytes of every message (wire-amt.md 1.2), fragments, limits,
 * malformed input.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/apf/apf.h>
#include <stdlib.h>

#define AUTH "auth@amt.intel.com"
#define PFWD "pfwd@amt.intel.com"
#define N18 "\0\0\0\x12"
#define Z8 "\0\0\0\0\0\0\0\0"
#define Z64 Z8 Z8 Z8 Z8 Z8 Z8 Z8 Z8
#define UUID_BYTES "\x44\x45\x4c\x4c\x4b\x00\x10\x42\x80\x33\xb6\xc0\x4f\x50\x46\x33"

struct golden {
	const char *name;
	struct str bytes;
	struct apf_msg msg;
};

/* clang-format off */
static const struct golden goldens[] = {
	{"disconnect", STR("\x01\0\0\0\x02\0\0"),
	 {.op = APF_DISCONNECT, .disconnect = {2}}},
	{"service request", STR("\x05" N18 AUTH),
	 {.op = APF_SERVICE_REQUEST, .service = {STR(AUTH)}}},
	{"service accept", STR("\x06" N18 PFWD),
	 {.op = APF_SERVICE_ACCEPT, .service = {STR(PFWD)}}},
	{"userauth password", STR("\x32\0\0\0\x05" "admin" N18 PFWD "\0\0\0\x08" "password"
				  "\0" "\0\0\0\x04" "P@ss"),
	 {.op = APF_USERAUTH_REQUEST, .auth = {STR("admin"), STR(PFWD), STR("password"), true,
					       STR("P@ss")}}},
	{"userauth none", STR("\x32\0\0\0\x05" "admin" N18 PFWD "\0\0\0\x04" "none"),
	 {.op = APF_USERAUTH_REQUEST, .auth = {STR("admin"), STR(PFWD), STR("none")}}},
	{"userauth failure", STR("\x33\0\0\0\x08" "password" "\0"),
	 {.op = APF_USERAUTH_FAILURE}},
	{"userauth success", STR("\x34"), {.op = APF_USERAUTH_SUCCESS}},
	{"tcpip-forward", STR("\x50\0\0\0\x0d" "tcpip-forward" "\x01" "\0\0\0\0" "\0\0\x42\x60"),
	 {.op = APF_GLOBAL_REQUEST, .global = {.request = STR("tcpip-forward"),
		.want_reply = true, .port = 16992}}},
	{"cancel-tcpip-forward", STR("\x50\0\0\0\x14" "cancel-tcpip-forward" "\x01"
				     "\0\0\0\x03" "::1" "\0\0\x17\x0c"),
	 {.op = APF_GLOBAL_REQUEST, .global = {.request = STR("cancel-tcpip-forward"),
		.want_reply = true, .addr = STR("::1"), .port = 5900}}},
	{"udp-send-to", STR("\x50\0\0\0\x19" "udp-send-to@amt.intel.com" "\0"
			    "\0\0\0\x02" "10" "\0\0\0\x11" "\0\0\0\x01" "7" "\0\0\0\x12"
			    "\0\0\0\x03" "abc"),
	 {.op = APF_GLOBAL_REQUEST, .global = {.request = STR("udp-send-to@amt.intel.com"),
		.udp_addr = STR("10"), .udp_port = 17, .udp_origin = STR("7"),
		.udp_origin_port = 18, .udp_data = STR("abc")}}},
	{"request success with port", STR("\x51\0\0\x42\x60"),
	 {.op = APF_REQUEST_SUCCESS, .success = {true, 16992}}},
	{"request success", STR("\x51"), {.op = APF_REQUEST_SUCCESS}},
	{"request failure", STR("\x52"), {.op = APF_REQUEST_FAILURE}},
	{"channel open", STR("\x5a\0\0\0\x0f" "forwarded-tcpip" "\0\0\0\x04" "\0\x01\x40\0"
			     "\xff\xff\xff\xff" "\0\0\0\0" "\0\0\x42\x60"
			     "\0\0\0\x07" "1.2.3.4" "\0\0\x04\0"),
	 {.op = APF_CHANNEL_OPEN, .open = {STR("forwarded-tcpip"), 4, 81920, 16992, 1024,
					   {NULL, 0}, STR("1.2.3.4")}}},
	{"channel open confirmation", STR("\x5b\0\0\0\x04" "\0\0\0\x01" "\0\0\x10\0"
					  "\xff\xff\xff\xff"),
	 {.op = APF_CHANNEL_OPEN_CONFIRMATION, .confirm = {4, 1, 4096}}},
	{"channel open failure", STR("\x5c\0\0\0\x04" "\0\0\0\x02" Z8),
	 {.op = APF_CHANNEL_OPEN_FAILURE, .open_failure = {4, 2}}},
	{"channel window adjust", STR("\x5d\0\0\0\x01" "\0\0\x01\xf3"),
	 {.op = APF_CHANNEL_WINDOW_ADJUST, .adjust = {1, 499}}},
	{"channel data", STR("\x5e\0\0\0\x01" "\0\0\0\x05" "hello"),
	 {.op = APF_CHANNEL_DATA, .data = {1, STR("hello")}}},
	{"channel data of no bytes", STR("\x5e\0\0\0\x01" "\0\0\0\0"),
	 {.op = APF_CHANNEL_DATA, .data = {1, {NULL, 0}}}},
	{"channel close", STR("\x61\0\0\0\x07"), {.op = APF_CHANNEL_CLOSE, .close = {7}}},
	{"protocol version", STR("\xc0\0\0\0\x01" "\0\0\0\0" "\0\0\0\x04" UUID_BYTES Z64),
	 {.op = APF_PROTOCOLVERSION, .version = {1, 0, 4, UUID_BYTES}}},
	{"keepalive request", STR("\xd0\x01\x02\x03\x04"),
	 {.op = APF_KEEPALIVE_REQUEST, .keepalive = {0x01020304}}},
	{"keepalive reply", STR("\xd1\x01\x02\x03\x04"),
	 {.op = APF_KEEPALIVE_REPLY, .keepalive = {0x01020304}}},
	{"keepalive options request", STR("\xd2\0\0\0\x1e" "\0\0\0\0"),
	 {.op = APF_KEEPALIVE_OPTIONS_REQUEST, .keepalive_options = {30, 0}}},
	{"keepalive options reply", STR("\xd3\0\0\0\x1e" "\0\0\0\x5a"),
	 {.op = APF_KEEPALIVE_OPTIONS_REPLY, .keepalive_options = {30, 90}}},
};
/* clang-format on */

/* From a heap copy of exactly n bytes, so that reading too far shows. */
static ssize_t decode_exact(struct str bytes, size_t n, bool has_port, struct apf_msg *m,
			    char **copy, const char **why)
{
	*copy = malloc(n > 0 ? n : 1);
	assert_non_null(*copy);
	memcpy(*copy, bytes.p, n);
	return apf_decode(*copy, n, has_port, m, why);
}

static bool has_port(const struct golden *g)
{
	return g->msg.op == APF_REQUEST_SUCCESS && g->msg.success.has_port;
}

static void messages_encode_to_golden_bytes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		struct buf b = {0};
		apf_encode(&b, &goldens[i].msg);
		if (b.len != goldens[i].bytes.n)
			print_error("%s: %zu bytes\n", goldens[i].name, b.len);
		assert_int_equal(b.len, goldens[i].bytes.n);
		assert_memory_equal(b.p, goldens[i].bytes.p, b.len);
		buf_fini(&b);
	}
}

static void golden_bytes_survive_decode_and_encode(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *g = &goldens[i];
		struct apf_msg m;
		struct buf b = {0};
		const char *why = NULL;
		char *copy;
		assert_int_equal(
			decode_exact(g->bytes, g->bytes.n, has_port(g), &m, &copy, &why),
			g->bytes.n);
		assert_int_equal(m.op, g->msg.op);
		apf_encode(&b, &m);
		assert_int_equal(b.len, g->bytes.n);
		assert_memory_equal(b.p, g->bytes.p, b.len);
		buf_fini(&b);
		free(copy);
	}
}

static void prefix_of_a_message_is_incomplete(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *g = &goldens[i];
		for (size_t n = 0; n < g->bytes.n; n++) {
			struct apf_msg m;
			const char *why = NULL;
			char *copy;
			assert_int_equal(
				decode_exact(g->bytes, n, has_port(g), &m, &copy, &why),
				0);
			free(copy);
		}
	}
}

static void next_message_is_left_alone(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *g = &goldens[i];
		struct buf b = {0};
		struct apf_msg m;
		const char *why = NULL;
		buf_addstr(&b, g->bytes);
		buf_addstr(&b, STR("\xd0\0\0\0\0"));
		assert_int_equal(apf_decode(b.p, b.len, has_port(g), &m, &why),
				 g->bytes.n);
		buf_fini(&b);
	}
}

/* MPS writes partial success as u16; RFC 4252, lms and the Go package as u8. */
static void auth_failure_is_taken_in_both_lengths(void **state)
{
	struct apf_msg m;
	const char *why = NULL;

	assert_int_equal(apf_decode("\x33\0\0\0\x08password\0", 14, false, &m, &why), 14);
	assert_int_equal(m.op, APF_USERAUTH_FAILURE);
	assert_int_equal(apf_decode("\x33\0\0\0\x08password\0\0", 15, false, &m, &why),
			 15);
	assert_int_equal(m.op, APF_USERAUTH_FAILURE);
	assert_int_equal(apf_decode("\x33\0\0\0\x08password\0\x01", 15, false, &m, &why),
			 14);
}

static void success_without_port_leaves_what_follows(void **state)
{
	struct apf_msg m;
	const char *why = NULL;

	assert_int_equal(apf_decode("\x51\0\0\x42\x60", 5, false, &m, &why), 1);
	assert_false(m.success.has_port);
	assert_int_equal(apf_decode("\x51\0\0\x42\x60", 5, true, &m, &why), 5);
	assert_true(m.success.has_port);
	assert_int_equal(m.success.port, 16992);
}

static void method_decides_the_length_of_userauth(void **state)
{
	struct apf_msg m;
	const char *why = NULL;
	struct str none = STR("\x32\0\0\0\x01u\0\0\0\x01s\0\0\0\x04none\xd0\0\0\0\0");

	assert_int_equal(apf_decode(none.p, none.n, false, &m, &why), none.n - 5);
	assert_false(m.auth.has_password);
	assert_null(m.auth.password.p);
	struct str pw = STR("\x32\0\0\0\x01u\0\0\0\x01s\0\0\0\x08password\0\0\0\0\0");
	assert_int_equal(apf_decode(pw.p, pw.n, false, &m, &why), pw.n);
	assert_true(m.auth.has_password);
	assert_int_equal(m.auth.password.n, 0);
}

static void malformed_messages_are_refused_before_waiting(void **state)
{
	/* 2049 = 0x801, 1048577 = 0x100001, 32769 = 0x8001; nothing of those bytes
	 * follows */
	static const struct {
		const char *name;
		struct str bytes;
	} bad[] = {
		{"opcode 0", STR("\0")},
		{"opcode 2", STR("\x02")},
		{"opcode 95", STR("\x5f")},
		{"opcode 255", STR("\xff")},
		{"HTTP POST is opcode 80 with a large string", STR("POST /")},
		{"long service", STR("\x05\0\0\x08\x01")},
		{"long accept", STR("\x06\0\0\x08\x01")},
		{"huge service", STR("\x05\xff\xff\xff\xff")},
		{"long user", STR("\x32\0\0\x08\x01")},
		{"long auth service", STR("\x32\0\0\0\0\0\0\x08\x01")},
		{"long method", STR("\x32\0\0\0\0\0\0\0\0\0\0\x08\x01")},
		{"long password",
		 STR("\x32\0\0\0\0\0\0\0\0\0\0\0\x08password\0\0\0\x08\x01")},
		{"byte before password is not 0",
		 STR("\x32\0\0\0\0\0\0\0\0\0\0\0\x08password\x01\0\0\0\x01x")},
		{"long failure methods", STR("\x33\0\0\x08\x01")},
		{"long request", STR("\x50\0\0\x08\x01")},
		{"unknown request", STR("\x50\0\0\0\x03"
					"foo")},
		{"unknown request of no name", STR("\x50\0\0\0\0")},
		{"long forward address",
		 STR("\x50\0\0\0\x0dtcpip-forward\x01\0\0\x08\x01")},
		{"long udp data", STR("\x50\0\0\0\x19udp-send-to@amt.intel.com\0"
				      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\x01")},
		{"long channel type", STR("\x5a\0\0\x08\x01")},
		{"long connected address",
		 STR("\x5a\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\x08\x01")},
		{"long originator", STR("\x5a\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0"
					"\0\0\0\0\0\0\0\0\x08\x01")},
		{"long data", STR("\x5e\0\0\0\x01\0\x10\0\x01")},
		{"huge data", STR("\x5e\0\0\0\x01\xff\xff\xff\xff")},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct apf_msg m;
		const char *why = NULL;
		char *copy;
		ssize_t r =
			decode_exact(bad[i].bytes, bad[i].bytes.n, true, &m, &copy, &why);
		if (r != -1 || why == NULL)
			print_error("%s: %zd\n", bad[i].name, r);
		assert_int_equal(r, -1);
		assert_non_null(why);
		free(copy);
	}
}

static void strings_at_the_limit_are_taken(void **state)
{
	struct buf b = {0};
	struct apf_msg m;
	const char *why = NULL;
	char *text = calloc(1, APF_DATA_MAX);

	apf_encode(&b, &(struct apf_msg){.op = APF_SERVICE_REQUEST,
					 .service = {{text, APF_STRING_MAX}}});
	assert_int_equal(apf_decode(b.p, b.len, false, &m, &why), 5 + APF_STRING_MAX);
	buf_clear(&b);
	apf_encode(&b, &(struct apf_msg){.op = APF_CHANNEL_DATA,
					 .data = {1, {text, APF_DATA_MAX}}});
	assert_int_equal(apf_decode(b.p, b.len, false, &m, &why), 9 + APF_DATA_MAX);
	assert_int_equal(m.data.bytes.n, APF_DATA_MAX);
	buf_fini(&b);
	free(text);
}

static void data_head_is_read_without_its_payload(void **state)
{
	uint32_t recipient, length;
	const char *why = NULL;

	for (size_t n = 0; n < 9; n++)
		assert_int_equal(apf_decode_data_head("\x5e\0\0\0\x07\0\0\x10\0", n,
						      &recipient, &length, &why),
				 0);
	assert_int_equal(apf_decode_data_head("\x5e\0\0\0\x07\0\0\x10\0x", 10, &recipient,
					      &length, &why),
			 9);
	assert_int_equal(recipient, 7);
	assert_int_equal(length, 4096);
	assert_int_equal(apf_decode_data_head("\x5e\0\0\0\x07\0\x10\0\x01", 9, &recipient,
					      &length, &why),
			 -1);
	assert_non_null(why);
}

static void every_opcode_has_a_name_and_others_none(void **state)
{
	size_t named = 0;

	for (int op = 0; op < 256; op++)
		named += apf_op_name((enum apf_op)op) != NULL;
	assert_int_equal(named, 20);
	assert_string_equal(apf_op_name(APF_CHANNEL_OPEN), "CHANNEL_OPEN");
	assert_string_equal(apf_open_failure_text(4), "resource shortage");
	assert_string_equal(apf_open_failure_text(77), "unknown reason");
	assert_string_equal(apf_disconnect_text(2),
			    "the peer disconnected: protocol error");
	assert_string_equal(apf_disconnect_text(4), "the peer disconnected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_encode_to_golden_bytes),
		cmocka_unit_test(golden_bytes_survive_decode_and_encode),
		cmocka_unit_test(prefix_of_a_message_is_incomplete),
		cmocka_unit_test(next_message_is_left_alone),
		cmocka_unit_test(auth_failure_is_taken_in_both_lengths),
		cmocka_unit_test(success_without_port_leaves_what_follows),
		cmocka_unit_test(method_decides_the_length_of_userauth),
		cmocka_unit_test(malformed_messages_are_refused_before_waiting),
		cmocka_unit_test(strings_at_the_limit_are_taken),
		cmocka_unit_test(data_head_is_read_without_its_payload),
		cmocka_unit_test(every_opcode_has_a_name_and_others_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
