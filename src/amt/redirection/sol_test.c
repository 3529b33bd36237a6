/* SPDX-License-Identifier: Apache-2.0
 * Serial over LAN: golden bytes of every message (wire-amt.md 4.4), pieces, malformed
 * input.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/redirection/codec_test.h>
#include <amt/redirection/sol.h>

static ssize_t decode(const void *p, size_t n, void *m, const char **why)
{
	return sol_decode(p, n, m, why);
}

static void encode(struct buf *out, const void *m)
{
	sol_encode(out, m);
}

static struct sol_msg message;
static const struct codec codec = {decode, encode, &message};

struct golden {
	const char *name;
	struct str bytes;
	struct sol_msg msg;
};

/* clang-format off */
static const struct golden goldens[] = {
	{"start of the browser clients",
	 STR("\x20\0\0\0\0\0\0\0\x10\x27\x64\0\0\0\x10\x27\x64\0\0\0\0\0\0\0"),
	 {.op = SOL_START, .start = {10000, 100, 0, 10000, 100, 0}}},
	{"start of amtterm",
	 STR("\x20\0\0\0\0\0\0\0\xe8\x03\x64\0\0\0\x10\x27\0\0\x88\x13\0\0\0\0"),
	 {.op = SOL_START, .start = {1000, 100, 0, 10000, 0, 5000}}},
	{"started", STR("\x21\0\0\0\x01\0\0\0\x10\x27\x64\0\0\0\x10\x27\x64\0\0\0\0\0\0"),
	 {.op = SOL_START_REPLY, .sequence = 1,
	  .start_reply = {0, {10000, 100, 0, 10000, 100, 0}}}},
	{"not started", STR("\x21\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	 {.op = SOL_START_REPLY, .start_reply = {.status = 1}}},
	{"end", STR("\x22\0\0\0\x02\0\0\0"), {.op = SOL_END, .sequence = 2}},
	{"ended", STR("\x23\0\0\0\x03\0\0\0"), {.op = SOL_END_REPLY, .sequence = 3}},
	{"ping", STR("\x24\0\0\0\0\0\0\0"), {.op = SOL_PING}},
	{"pong", STR("\x25\0\0\0\0\0\0\0"), {.op = SOL_PONG}},
	{"control to host", STR("\x27\0\0\0\x01\0\0\0\0\0\x1b\0\0\0"),
	 {.op = SOL_CONTROL_TO_HOST, .sequence = 1, .control_to_host = {0, 0, 0x1b, 0, 0, 0}}},
	{"data to host", STR("\x28\0\0\0\x78\x56\x34\x12\x05\0hello"),
	 {.op = SOL_DATA_TO_HOST, .sequence = 0x12345678, .data = STR("hello")}},
	{"no data to host", STR("\x28\0\0\0\0\0\0\0\0\0"), {.op = SOL_DATA_TO_HOST}},
	{"controls from host", STR("\x29\0\0\0\0\0\0\0\x03\x04"),
	 {.op = SOL_CONTROLS_FROM_HOST, .controls = {SOL_RTS | SOL_DTR, SOL_POWERED}}},
	{"data from host", STR("\x2a\0\0\0\x05\0\0\0\x04\0" "ab\r\n"),
	 {.op = SOL_DATA_FROM_HOST, .sequence = 5, .data = STR("ab\r\n")}},
	{"heartbeat", STR("\x2b\0\0\0\xff\xff\xff\xff"),
	 {.op = SOL_HEARTBEAT, .sequence = UINT32_MAX}},
};
/* clang-format on */

static void messages_round_trip(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++)
		codec_check(&codec, goldens[i].name, goldens[i].bytes, &goldens[i].msg);
}

static void unknown_opcodes_are_refused(void **state)
{
	for (unsigned op = 0; op < 256; op++) {
		char bytes[1] = {(char)op};
		bool known = (op >= 0x20 && op <= 0x25) || (op >= 0x27 && op <= 0x2b);
		if (!known)
			codec_check_refused(&codec, "opcode", (struct str){bytes, 1});
	}
}

static void longest_data_fits(void **state)
{
	char *bytes = calloc(1, SOL_DATA_MAX);
	struct sol_msg m = {.op = SOL_DATA_FROM_HOST, .data = {bytes, SOL_DATA_MAX}}, got;
	const char *why;
	struct buf b = {0};

	sol_encode(&b, &m);
	assert_int_equal(b.len, 10 + SOL_DATA_MAX);
	assert_int_equal(sol_decode(b.p, b.len - 1, &got, &why), 0);
	assert_int_equal(sol_decode(b.p, b.len, &got, &why), b.len);
	assert_int_equal(got.data.n, SOL_DATA_MAX);
	buf_fini(&b);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_round_trip),
		cmocka_unit_test(unknown_opcodes_are_refused),
		cmocka_unit_test(longest_data_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
