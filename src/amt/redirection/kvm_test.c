/* SPDX-License-Identifier: Apache-2.0
 * KVM's messages: golden bytes (wire-amt.md 4.6), pieces, limits, malformed input.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/redirection/codec_test.h>
#include <amt/redirection/kvm.h>

static ssize_t decode_client(const void *p, size_t n, void *m, const char **why)
{
	return kvm_decode_client(p, n, m, why);
}

static void encode_client(struct buf *out, const void *m)
{
	kvm_encode_client(out, m);
}

static ssize_t decode_server(const void *p, size_t n, void *m, const char **why)
{
	return kvm_decode_server(p, n, m, why);
}

static void encode_server(struct buf *out, const void *m)
{
	kvm_encode_server(out, m);
}

static ssize_t decode_init(const void *p, size_t n, void *m, const char **why)
{
	return kvm_decode_init(p, n, m, why);
}

static void encode_init(struct buf *out, const void *m)
{
	kvm_encode_init(out, m);
}

static ssize_t decode_rect(const void *p, size_t n, void *m, const char **why)
{
	return kvm_decode_rect(p, n, 2, m, why);
}

static void encode_rect(struct buf *out, const void *m)
{
	kvm_encode_rect(out, m);
}

static struct kvm_client_msg client_msg;
static struct kvm_server_msg server_msg;
static struct kvm_server_init init_msg;
static struct kvm_rect rect;
static const struct codec client = {decode_client, encode_client, &client_msg};
static const struct codec server = {decode_server, encode_server, &server_msg};
static const struct codec init = {decode_init, encode_init, &init_msg};
static const struct codec rects = {decode_rect, encode_rect, &rect};

/* clang-format off */
#define RGB565 {16, 16, 0, 1, 31, 63, 31, 11, 5, 0}
#define RGB565_BYTES "\x10\x10\0\x01\0\x1f\0\x3f\0\x1f\x0b\x05\0\0\0\0"
#define CHANNEL "\0KvmDataChannel\0"
#define COMMAND "\0KvmExtCmd\0"

static const struct {
	const char *name;
	struct str bytes;
	struct kvm_client_msg msg;
} client_goldens[] = {
	{"RGB332", STR("\0\0\0\0\x08\x08\0\x01\0\x07\0\x07\0\x03\x05\x02\0\0\0\0"),
	 {.op = KVM_SET_FORMAT, .format = {8, 8, 0, 1, 7, 7, 3, 5, 2, 0}}},
	{"grey of 4 bits", STR("\0\0\0\0\x08\x04\0\x01\0\x0f\0\0\0\0\0\0\0\0\0\0"),
	 {.op = KVM_SET_FORMAT, .format = {8, 4, 0, 1, 15, 0, 0, 0, 0, 0}}},
	{"encodings", STR("\x02\0\0\x04" "\0\0\0\x10" "\0\0\0\0" "\0\0\x04\x44" "\xff\xff\xff\x21"),
	 {.op = KVM_SET_ENCODINGS,
	  .encodings = {4, {KVM_ZRLE, KVM_RAW, KVM_DATA_CHANNEL, KVM_DESKTOP_SIZE}}}},
	{"no encodings", STR("\x02\0\0\0"), {.op = KVM_SET_ENCODINGS}},
	{"request", STR("\x03\x01\0\0\0\0\x02\x80\x01\x90"),
	 {.op = KVM_REQUEST, .request = {1, 0, 0, 640, 400}}},
	{"key", STR("\x04\x01\0\0\0\0\xff\x0d"), {.op = KVM_KEY, .key = {1, 0xff0d}}},
	{"pointer", STR("\x05\x01\x01\x02\x03\x04"), {.op = KVM_POINTER, .pointer = {1, 0x102, 0x304}}},
	{"cut text", STR("\x06\0\0\0\0\0\0\x02hi"), {.op = KVM_CLIENT_TEXT, .text = STR("hi")}},
	{"no cut text", STR("\x06\0\0\0\0\0\0\0"), {.op = KVM_CLIENT_TEXT}},
	{"turn zlib on", STR("\x06\0\0\0\0\0\0\x0d" COMMAND "\x04\x01"),
	 {.op = KVM_CLIENT_TEXT, .text = STR(COMMAND "\x04\x01")}},
};

static const struct {
	const char *name;
	struct str bytes;
	struct kvm_server_msg msg;
} server_goldens[] = {
	{"update", STR("\0\0\0\x3c"), {.op = KVM_UPDATE, .rects = 60}},
	{"bell", STR("\x02"), {.op = KVM_BELL}},
	{"cut text", STR("\x03\0\0\0\0\0\0\x10" CHANNEL), {.op = KVM_SERVER_TEXT, .text = STR(CHANNEL)}},
};

static const struct {
	const char *name;
	struct str bytes;
	struct kvm_rect rect;
} rect_goldens[] = {
	{"raw", STR("\0\x40\0\0\0\x02\0\x01\0\0\0\0" "\x01\x02\x03\x04"),
	 {64, 0, 2, 1, KVM_RAW, STR("\x01\x02\x03\x04")}},
	{"solid black as zlib, first", STR("\0\0\0\0\0\x40\0\x40\0\0\0\x10\0\0\0\x0a\x78\x9c\x62\x64\0\0\0\0\xff\xff"),
	 {0, 0, 64, 64, KVM_ZRLE, STR("\x78\x9c\x62\x64\0\0\0\0\xff\xff")}},
	{"new size", STR("\0\0\0\0\x04\0\x03\0\xff\xff\xff\x21"), {0, 0, 1024, 768, KVM_DESKTOP_SIZE}},
};
/* clang-format on */

static void messages_round_trip(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(client_goldens); i++)
		codec_check(&client, client_goldens[i].name, client_goldens[i].bytes,
			    &client_goldens[i].msg);
	for (size_t i = 0; i < ARRAY_LEN(server_goldens); i++)
		codec_check(&server, server_goldens[i].name, server_goldens[i].bytes,
			    &server_goldens[i].msg);
	for (size_t i = 0; i < ARRAY_LEN(rect_goldens); i++)
		codec_check(&rects, rect_goldens[i].name, rect_goldens[i].bytes,
			    &rect_goldens[i].rect);
	struct kvm_server_init m = {640, 400, RGB565, STR("amt")};
	codec_check(&init, "init",
		    STR("\x02\x80\x01\x90" RGB565_BYTES "\0\0\0\x03"
			"amt"),
		    &m);
}

static void malformed_is_refused(void **state)
{
	codec_check_refused(&client, "unknown", STR("\x01"));
	codec_check_refused(&client, "unknown", STR("\x07"));
	codec_check_refused(&client, "65 encodings", STR("\x02\0\0\x41"));
	codec_check_refused(&client, "65537 bytes of text",
			    STR("\x06\0\0\0\0\x01\0\x01"));
	codec_check_refused(&server, "colour map", STR("\x01"));
	codec_check_refused(&server, "no rectangles", STR("\0\0\0\0"));
	codec_check_refused(&server, "oversized text", STR("\x03\0\0\0\xff\xff\xff\xff"));
	codec_check_refused(&init, "oversized name",
			    STR("\x02\x80\x01\x90" RGB565_BYTES "\0\0\x01\x01"));
	codec_check_refused(&rects, "width 0", STR("\0\0\0\0\0\0\0\x01\0\0\0\0"));
	codec_check_refused(&rects, "width 65", STR("\0\0\0\0\0\x41\0\x01\0\0\0\0"));
	codec_check_refused(&rects, "height 65", STR("\0\0\0\0\0\x01\0\x41\0\0\0\x10"));
	codec_check_refused(&rects, "CopyRect", STR("\0\0\0\0\0\x01\0\x01\0\0\0\x01"));
	codec_check_refused(&rects, "oversized tile",
			    STR("\0\0\0\0\0\x40\0\x40\0\0\0\x10\0\0\x40\x01"));
}

static void handshake(void **state)
{
	const char *why = NULL;
	unsigned major, minor;
	bool none;
	struct buf b = {0};

	kvm_encode_open(&b, KVM_OPEN);
	assert_true(str_eq(buf_str(&b), STR("\x40\0\0\0\0\0\0\0")));
	assert_int_equal(kvm_decode_open(b.p, 7, KVM_OPEN, &why), 0);
	assert_int_equal(kvm_decode_open(b.p, 8, KVM_OPEN, &why), 8);
	assert_int_equal(kvm_decode_open(b.p, 1, KVM_OPEN_REPLY, &why), -1);
	buf_fini(&b);

	for (size_t n = 0; n < 12; n++)
		assert_int_equal(
			kvm_decode_version(KVM_VERSION_3_8, n, &major, &minor, &why), 0);
	assert_int_equal(kvm_decode_version(KVM_VERSION_3_8, 12, &major, &minor, &why),
			 12);
	assert_true(major == 3 && minor == 8);
	assert_int_equal(kvm_decode_version(KVM_VERSION_4_0, 12, &major, &minor, &why),
			 12);
	assert_true(major == 4 && minor == 0);
	assert_int_equal(kvm_decode_version("HTTP", 4, &major, &minor, &why), -1);
	assert_int_equal(kvm_decode_version("RFB 003-008\n", 12, &major, &minor, &why),
			 -1);
	assert_int_equal(kvm_decode_version("RFB 00x.008\n", 12, &major, &minor, &why),
			 -1);

	assert_int_equal(kvm_decode_security("\x02\x02", 2, &none, &why), 0);
	assert_int_equal(kvm_decode_security("\x02\x02\x01", 3, &none, &why), 3);
	assert_true(none);
	assert_int_equal(kvm_decode_security("\x01\x02", 2, &none, &why), 2);
	assert_false(none);
	assert_int_equal(kvm_decode_security("\0", 1, &none, &why), -1);
}

static void formats_of_amt_are_supported(void **state)
{
	static const struct kvm_format bad[] = {
		{32, 24, 0, 1, 255, 255, 255, 16, 8, 0},
		{16, 16, 1, 1, 31, 63, 31, 11, 5, 0},
		{8, 8, 0, 0, 7, 7, 3, 5, 2, 0},
		{8, 8, 0, 1, 7, 7, 3, 6, 2, 0},
		{8, 8, 0, 1, 7, 7, 3, 5, 2, 8},
		{16, 16, 0, 1, 65535, 63, 31, 11, 5, 0},
		{0},
	};

	assert_true(kvm_format_supported(&kvm_rgb565) &&
		    kvm_format_supported(&kvm_rgb332));
	assert_true(kvm_format_supported(&kvm_grey8) && kvm_format_supported(&kvm_grey4));
	assert_int_equal(kvm_format_bytes(&kvm_rgb565), 2);
	assert_int_equal(kvm_format_bytes(&kvm_grey4), 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(kvm_format_supported(&bad[i]));
}

static void hidden_texts_are_recognised(void **state)
{
	struct str rest;
	struct buf b = {0};

	assert_int_equal(kvm_text_kind(STR("hello"), &rest), KVM_TEXT_PLAIN);
	assert_true(str_eqz(rest, "hello"));
	assert_int_equal(kvm_text_kind(STR(CHANNEL), &rest), KVM_TEXT_CHANNEL);
	assert_int_equal(rest.n, 0);
	assert_int_equal(kvm_text_kind(STR(CHANNEL "payload"), &rest), KVM_TEXT_CHANNEL);
	assert_true(str_eqz(rest, "payload"));
	/* An acknowledgement, too. */
	assert_int_equal(kvm_text_kind(STR("\0KvmDataChannel\x01xyz"), &rest),
			 KVM_TEXT_CHANNEL);
	assert_int_equal(rest.n, 0);
	assert_int_equal(kvm_text_kind(STR("\0KvmDataChannel"), &rest), KVM_TEXT_PLAIN);
	assert_int_equal(kvm_text_kind(STR(COMMAND "\x03"), &rest), KVM_TEXT_COMMAND);
	assert_true(str_eq(rest, STR("\x03")));
	assert_int_equal(kvm_text_kind(STR(COMMAND), &rest), KVM_TEXT_PLAIN);

	kvm_text_channel(&b, STR("abc"));
	assert_true(str_eq(buf_str(&b), STR(CHANNEL "abc")));
	buf_clear(&b);
	kvm_text_command(&b, KVM_GET_DECIMATION, STR("\x02\x01"));
	assert_true(str_eq(buf_str(&b), STR(COMMAND "\x01\x02\x01")));
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_round_trip),
		cmocka_unit_test(malformed_is_refused),
		cmocka_unit_test(handshake),
		cmocka_unit_test(formats_of_amt_are_supported),
		cmocka_unit_test(hidden_texts_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
