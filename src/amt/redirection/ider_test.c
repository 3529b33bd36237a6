/* SPDX-License-Identifier: Apache-2.0
 * IDE redirection: golden bytes of every message (wire-amt.md 4.5), pieces, limits,
 * malformed input.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/redirection/codec_test.h>
#include <amt/redirection/ider.h>

static ssize_t decode(const void *p, size_t n, void *m, const char **why)
{
	return ider_decode(p, n, m, why);
}

static void encode(struct buf *out, const void *m)
{
	ider_encode(out, m);
}

static struct ider_msg message;
static const struct codec codec = {decode, encode, &message};

struct golden {
	const char *name;
	struct str bytes;
	struct ider_msg msg;
};

#define Z8 "\0\0\0\0\0\0\0\0"

/* clang-format off */
static const struct golden goldens[] = {
	{"open", STR("\x40\0\0\0\0\0\0\0\x30\x75\0\0\x20\x4e\x01\0\0\0"),
	 {.op = IDER_OPEN, .open = {30000, 0, 20000, 1}}},
	{"opened", STR("\x41\0\0\0\0\0\0\0\x01\0\x02\x03\0\0\0\0\0\x20\0\x10\0\0\0\0\0\x57\x01\0\0\0"),
	 {.op = IDER_OPEN_REPLY, .open_reply = {.major = 1, .fw_major = 2, .fw_minor = 3,
		.read_buffer = 8192, .write_buffer = 4096, .oem = 343}}},
	{"not opened, OEM data", STR("\x41\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02hi"),
	 {.op = IDER_OPEN_REPLY, .open_reply = {.status = 1, .oem_data = STR("hi")}}},
	{"close", STR("\x42\0\0\0\x01\0\0\0"), {.op = IDER_CLOSE, .sequence = 1}},
	{"closed", STR("\x43\0\0\0\x01\0\0\0"), {.op = IDER_CLOSE_REPLY, .sequence = 1}},
	{"ping", STR("\x44\0\0\0\x02\0\0\0"), {.op = IDER_PING, .sequence = 2}},
	{"pong", STR("\x45\0\0\0\x02\0\0\0"), {.op = IDER_PONG, .sequence = 2}},
	{"reset", STR("\x46\0\0\0\x03\0\0\0\x01"),
	 {.op = IDER_RESET_OCCURRED, .sequence = 3, .reset_mask = 1}},
	{"reset seen", STR("\x47\0\0\0\x03\0\0\0"), {.op = IDER_RESET_RESPONSE, .sequence = 3}},
	{"get supported features", STR("\x48\0\0\0\x01\0\0\0\x01"),
	 {.op = IDER_FEATURES, .sequence = 1, .features = {.sub = IDER_GET_SUPPORTED}}},
	{"get state", STR("\x48\0\0\0\x01\0\0\0\x02"),
	 {.op = IDER_FEATURES, .sequence = 1, .features = {.sub = IDER_GET_STATE}}},
	{"enable now", STR("\x48\0\0\0\x01\0\0\0\x03\x19\0\0\0"),
	 {.op = IDER_FEATURES, .sequence = 1, .features = {IDER_SET_STATE, IDER_ENABLE | IDER_NOW}}},
	{"enabled", STR("\x49\0\0\0\x01\0\0\0\x03\x01\0\0\0"),
	 {.op = IDER_FEATURES_REPLY, .sequence = 1, .features = {IDER_SET_STATE, 1}}},
	{"state", STR("\x49\0\0\0\x01\0\0\0\x02\x02\0\0\0"),
	 {.op = IDER_FEATURES_REPLY, .sequence = 1, .features = {IDER_GET_STATE, 2}}},
	{"error", STR("\x4a\0\0\0\x01\0\0\0\x05\x06\x07"),
	 {.op = IDER_ERROR, .sequence = 1, .error = {5, 6, 7}}},
	{"heartbeat", STR("\x4b\0\0\0\x01\0\0\0"), {.op = IDER_HEARTBEAT, .sequence = 1}},
	{"READ(10) of a CD by DMA",
	 STR("\x50\0\0\0\x04\0\0\0\0\x01\0\0\0\x08\x10\xa0" "\x28\0\0\0\0\x10\0\0\x01\0\0\0"),
	 {.op = IDER_COMMAND, .sequence = 4, .command = {.feature = 1, .byte_count = 2048,
		.drive = 0x10, .ata = 0xa0, .cdb = {0x28, 0, 0, 0, 0, 0x10, 0, 0, 1}}}},
	{"asking for data", STR("\x52\0\0\0\x05\0\0\0" "\0\0\x02\0" "\xb5\0\0\0\0\x02\xa0\x58" Z8 "\0\0\0"),
	 {.op = IDER_GET_DATA, .sequence = 5, .answer = {.length = 512,
		.in = {0xb5, 0, 0, 0, 0, 2, 0xa0, 0x58}}}},
	{"data of the host", STR("\x53\0\0\0\x05\0\0\0" "\0\x03\0\0\0\0" "abc"),
	 {.op = IDER_HOST_DATA, .sequence = 5, .host_data = STR("abc")}},
};
/* clang-format on */

static void messages_round_trip(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++)
		codec_check(&codec, goldens[i].name, goldens[i].bytes, &goldens[i].msg);
}

static void check_built(const char *name, struct ider_msg m, uint32_t sequence,
			struct str bytes)
{
	m.sequence = sequence;
	codec_check(&codec, name, bytes, &m);
}

static void console_answers_are_golden_bytes(void **state)
{
	/* clang-format off */
	check_built("good", ider_end(IDER_CD, 0, 0, 0), 7,
		    STR("\x51\0\0\x02\x07\0\0\0" "\0\0\0\0" Z8 "\xc5\0\x03\0\0\0\xb0\x50" "\0\0\0"));
	check_built("no medium", ider_end(IDER_FLOPPY, 2, 0x3a, 0), 8,
		    STR("\x51\0\0\x02\x08\0\0\0" "\0\0\0\0" Z8 "\x87\x20\x03\0\0\0\xa0\x51" "\x02\x3a\0"));
	check_built("get data", ider_get_data(IDER_FLOPPY, 0x1234), 9,
		    STR("\x52\0\0\0\x09\0\0\0" "\0\x34\x12\0" "\xb5\0\0\0\x34\x12\xa0\x58" Z8 "\0\0\0"));
	check_built("some data", ider_data(IDER_CD, false, false, STR("abc")), 10,
		    STR("\x54\0\0\0\x0a\0\0\0" "\0\x03\0\0" "\xb5\0\x02\0\x03\0\xb0\x58" Z8 "\0\0\0" "\0\0\0" "abc"));
	check_built("last data", ider_data(IDER_CD, false, true, STR("abc")), 11,
		    STR("\x54\0\0\x02\x0b\0\0\0" "\0\x03\0\0" "\xb5\0\x02\0\x03\0\xb0\x58" "\x85\0\x03\0\0\0\xb0\x50" "\0\0\0" "\0\0\0" "abc"));
	check_built("last data by DMA", ider_data(IDER_FLOPPY, true, true, STR("abc")), 12,
		    STR("\x54\0\0\x03\x0c\0\0\0" "\0\x03\0\0" "\xb4\0\x02\0\0\0\xa0\x58" "\x85\0\x03\0\0\0\xa0\x50" "\0\0\0" "\0\0\0" "abc"));
	/* clang-format on */
}

static void malformed_is_refused(void **state)
{
	codec_check_refused(&codec, "unknown opcode", STR("\x4c"));
	codec_check_refused(&codec, "below", STR("\x3f"));
	codec_check_refused(&codec, "above", STR("\x55"));
	codec_check_refused(&codec, "oversized data, not waited for",
			    STR("\x54\0\0\0\0\0\0\0\0\x01\x20"));
	codec_check_refused(&codec, "oversized data of the host",
			    STR("\x53\0\0\0\0\0\0\0\0\xff\xff"));
	codec_check_refused(
		&codec, "read buffer above 8192",
		STR("\x41\0\0\0\0\0\0\0\x01\0\x02\x03\0\0\0\0\x01\x20\0\x20\0\0\0\0\0"
		    "\0\0\0\0\0"));
}

static void opens_of_amtterm_are_understood(void **state)
{
	static const struct str bytes =
		STR("\x40\x64\0\x10\x27\x88\x13\x01\0\0\0\0\0\0\0\0\0\0");
	const char *why;
	struct ider_msg m;

	assert_int_equal(bytes.n, 18);
	for (size_t n = 0; n < bytes.n; n++)
		assert_int_equal(ider_decode(bytes.p, n, &m, &why), 0);
	assert_int_equal(ider_decode(bytes.p, bytes.n, &m, &why), 18);
	assert_int_equal(m.open.heartbeat_ms, 5000);
	assert_int_equal(m.open.rx_timeout_ms, 10000);
	assert_int_equal(m.open.tx_timeout_ms, 100);
	assert_int_equal(m.open.version, 1);
}

static void device_of_a_command(void **state)
{
	struct ider_msg m = {.command = {.drive = 0x10}};

	assert_int_equal(ider_command_device(&m), IDER_CD);
	m.command.drive = 0xa0;
	assert_int_equal(ider_command_device(&m), IDER_FLOPPY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_round_trip),
		cmocka_unit_test(console_answers_are_golden_bytes),
		cmocka_unit_test(malformed_is_refused),
		cmocka_unit_test(opens_of_amtterm_are_understood),
		cmocka_unit_test(device_of_a_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
