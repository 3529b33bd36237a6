/* SPDX-License-Identifier: Apache-2.0
 * Small HECI codecs: clients and connecting, MKHI, UPID, watchdog, HOTHAM, LME.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/heci/heci.h>
#include <amt/heci/hotham.h>
#include <amt/heci/lme.h>
#include <amt/heci/mkhi.h>
#include <amt/heci/upid.h>
#include <amt/heci/watchdog.h>
#include <base/encode.h>
#include <stdlib.h>

#define Z8 "\0\0\0\0\0\0\0\0"
#define Z32 Z8 Z8 Z8 Z8

static void assert_bytes(struct buf *b, struct str want)
{
	assert_int_equal(b->len, want.n);
	assert_memory_equal(b->p, want.p, want.n);
	buf_clear(b);
}

/* ---- clients ---- */

static void guids_are_their_text_in_mixed_endian_order(void **state)
{
	static const struct {
		enum heci_client_id id;
		const char *guid;
	} want[] = {
		{HECI_AMTHI, "12f80028-b4b7-4b2d-aca8-46e0ff65814c"},
		{HECI_LME, "6733a4db-0476-4e7b-b3af-bcfc29bee7a7"},
		{HECI_WATCHDOG, "05b79a6f-4628-4d7f-899d-a91514cb32ab"},
		{HECI_UPID, "92136c79-5fea-4cfd-980e-23be07fa5e9f"},
		{HECI_HOTHAM, "082ee5a7-7c25-470a-9643-0c06f0466ea1"},
		{HECI_MKHI, "8e6a6715-9abc-4043-88ef-9e39c6f63e0f"},
	};

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct heci_client *c = heci_client(want[i].id);
		char text[UUID_TEXT_SIZE];

		uuid_text_from_smbios(c->guid, text);
		assert_string_equal(text, want[i].guid);
		assert_ptr_equal(heci_client_find(c->guid), c);
		assert_int_equal(heci_client_id(c), want[i].id);
	}
	assert_null(heci_client_find((const uint8_t *)Z8 Z8));
}

static void connecting_answers_as_the_driver_does(void **state)
{
	struct heci_connected c;
	struct buf b = {0};

	heci_encode_connected(&b, &(struct heci_connected){0, 5120, 4});
	assert_true(heci_decode_connected(b.p, b.len, &c));
	assert_int_equal(c.max_message, 5120);
	assert_int_equal(c.protocol, 4);
	assert_int_equal(c.refused, 0);
	assert_bytes(&b, STR("\0\x14\0\0\x04\0\0\0"));
	heci_encode_connected(&b, &(struct heci_connected){HECI_EBUSY, 0, 0});
	assert_true(heci_decode_connected(b.p, b.len, &c));
	assert_int_equal(c.refused, HECI_EBUSY);
	assert_bytes(&b, STR("\x10\0\0\0"));
	buf_fini(&b);
}

static void malformed_answers_to_connecting_are_refused(void **state)
{
	struct heci_connected c;

	assert_false(heci_decode_connected("", 0, &c));
	assert_false(heci_decode_connected("\0\0\0\0", 4, &c));
	assert_false(heci_decode_connected("\0\x14\0\0\x04\0\0", 7, &c));
	assert_false(heci_decode_connected("\0\x14\0\0\x04\0\0\0\0", 9, &c));
	assert_false(heci_decode_connected("\0\0\0\0\x04\0\0\0", 8, &c));
	assert_true(heci_decode_connected("\xff\xff\xff\xff\x04\0\0\0", 8, &c));
	assert_int_equal(c.max_message, HECI_MESSAGE_MAX);
}

/* ---- UPID ---- */

static void upid_messages_have_golden_bytes(void **state)
{
	struct upid_msg m = {.command = UPID_STATE_SET, .byte = 1}, back;
	struct buf b = {0};
	const char *why;

	upid_encode_request(&b, &m);
	assert_int_equal(upid_decode_request(b.p, b.len, &back), 0);
	assert_int_equal(back.byte, 1);
	assert_bytes(&b, STR("\0\x02\x01\0\x01"));
	upid_encode_response(&b, &m);
	assert_bytes(&b, STR("\0\x02\x04\0\0\0\0\0"));
	m = (struct upid_msg){.command = UPID_PLATFORM_ID_GET};
	upid_encode_request(&b, &m);
	assert_bytes(&b, STR("\0\x05\0\0"));
	m.has_id = true;
	m.type = UPID_BINARY;
	memset(m.hardware, 0xcd, 32);
	upid_encode_response(&b, &m);
	assert_int_equal(b.len, 76);
	assert_memory_equal(b.p, "\0\x05\x48\0\0\0\0\0\x01\0\0\0" Z32 "\xcd", 45);
	assert_true(upid_decode_response(b.p, b.len, UPID_PLATFORM_ID_GET, &back, &why));
	assert_true(back.has_id);
	assert_memory_equal(back.hardware, m.hardware, 32);
	buf_fini(&b);
}

static void upid_short_success_means_not_provisioned(void **state)
{
	struct upid_msg m;
	const char *why;

	assert_true(upid_decode_response("\0\x05\x04\0\0\0\0\0", 8, UPID_PLATFORM_ID_GET,
					 &m, &why));
	assert_false(m.has_id);
	assert_true(upid_decode_response("\0\x05\x08\0\0\0\0\0\x01\0\0\0", 12,
					 UPID_PLATFORM_ID_GET, &m, &why));
	assert_false(m.has_id);
}

static void upid_refuses_and_malformed_is_refused(void **state)
{
	struct upid_msg m = {.command = UPID_STATE_GET, .status = UPID_NOT_SUPPORTED};
	struct buf b = {0};
	const char *why;

	upid_encode_response(&b, &m);
	assert_true(upid_decode_response(b.p, b.len, UPID_STATE_GET, &m, &why));
	assert_string_equal(upid_status_text(m.status), "not supported on this platform");
	assert_string_equal(upid_status_text(77), "unknown status");
	assert_false(upid_decode_response(b.p, b.len, UPID_SUPPORT_GET, &m, &why));
	for (size_t n = 0; n < b.len; n++)
		assert_false(upid_decode_response(b.p, n, UPID_STATE_GET, &m, &why));
	buf_fini(&b);
	/* state without its byte */
	assert_false(upid_decode_response("\0\x01\x04\0\0\0\0\0", 8, UPID_STATE_GET, &m,
					  &why));
	assert_int_equal(upid_decode_request("\0\x02\x01", 3, &m), -1);
	assert_int_equal(upid_decode_request("\0\x02\x01\0", 4, &m), UPID_BAD_INPUT);
	assert_int_equal(upid_decode_request("\0\x02\0\0", 4, &m), UPID_BAD_INPUT);
	assert_int_equal(upid_decode_request("\0\x05\x01\0\0", 5, &m), UPID_BAD_INPUT);
	assert_int_equal(upid_decode_request("\0\x63\0\0", 4, &m), UPID_NOT_SUPPORTED);
	assert_int_equal(upid_decode_request("\x01\x05\0\0", 4, &m), UPID_NOT_SUPPORTED);
}

/* ---- watchdog ---- */

static void watchdog_messages_have_golden_bytes(void **state)
{
	static const struct {
		struct watchdog_request rq;
		struct str bytes;
		struct watchdog_response r;
		struct str answer;
	} table[] = {
		{{WATCHDOG_IS_CHANGE_ENABLED, false},
		 STR("\x05\x02\x51\x10"),
		 {0xC3, 0},
		 STR("\xc3")},
		{{WATCHDOG_CHANGE_TO_AMT, false},
		 STR("\x05\x02\x52\x10"),
		 {0, WATCHDOG_NOT_ALLOWED},
		 STR("\x9e\0\0\0")},
		{{WATCHDOG_SET_OPERATIONAL_STATE, true},
		 STR("\x05\x03\x53\x10\x01"),
		 {0, 3},
		 STR("\x05\x03\x53\x10\x03\0\0\0")},
		{{WATCHDOG_SET_OPERATIONAL_STATE, false},
		 STR("\x05\x03\x53\x10\0"),
		 {0, 0},
		 STR("\x05\x03\x53\x10\0\0\0\0")},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct watchdog_request rq;
		struct watchdog_response r;
		struct buf b = {0};

		watchdog_encode_request(&b, &table[i].rq);
		assert_true(watchdog_decode_request(b.p, b.len, &rq));
		assert_int_equal(rq.command, table[i].rq.command);
		assert_int_equal(rq.enable, table[i].rq.enable);
		for (size_t n = 0; n < b.len; n++)
			assert_false(watchdog_decode_request(b.p, n, &rq));
		assert_bytes(&b, table[i].bytes);
		watchdog_encode_response(&b, table[i].rq.command, &table[i].r);
		assert_true(
			watchdog_decode_response(b.p, b.len, table[i].rq.command, &r));
		assert_int_equal(r.status, table[i].r.status);
		assert_int_equal(r.bitmap, table[i].r.bitmap);
		assert_bytes(&b, table[i].answer);
		buf_fini(&b);
	}
}

static void watchdog_takes_older_answers_and_refuses_other_commands(void **state)
{
	struct watchdog_response r;
	struct watchdog_request rq;

	assert_true(watchdog_decode_response("\x01\0\0\0", 4, WATCHDOG_IS_CHANGE_ENABLED,
					     &r));
	assert_int_equal(r.bitmap, 1);
	assert_true(watchdog_decode_response("\x02\0\0\0", 4,
					     WATCHDOG_SET_OPERATIONAL_STATE, &r));
	assert_int_equal(r.status, 2);
	assert_false(watchdog_decode_response("\x02\0\0", 3, WATCHDOG_CHANGE_TO_AMT, &r));
	assert_false(watchdog_decode_response("", 0, WATCHDOG_IS_CHANGE_ENABLED, &r));
	assert_false(watchdog_decode_request("\x05\x02\x54\x10", 4, &rq));
	assert_false(watchdog_decode_request("\x05\x02\x50\x10", 4, &rq));
	assert_false(watchdog_decode_request("\x05\x02\x51\x11", 4, &rq));
	assert_false(watchdog_decode_request("\x04\x02\x51\x10", 4, &rq));
	assert_false(watchdog_decode_request("\x05\x03\x53\x10\x02", 5, &rq));
}

/* ---- HOTHAM ---- */

static void hotham_messages_have_golden_bytes(void **state)
{
	struct hotham_response r = {true, 0x1234, {NULL, 0}};
	enum hotham_command c;
	struct buf b = {0};

	hotham_encode_request(&b, HOTHAM_LOG_SIZE);
	assert_true(hotham_decode_request(b.p, b.len, &c));
	assert_int_equal(c, HOTHAM_LOG_SIZE);
	assert_bytes(&b, STR("\x06\x80\0\0"));
	hotham_encode_response(&b, HOTHAM_LOG_SIZE, &r);
	assert_true(hotham_decode_response(b.p, b.len, HOTHAM_LOG_SIZE, &r));
	assert_int_equal(r.size, 0x1234);
	assert_bytes(&b, STR("\x06\x80\x04\0\x34\x12\0\0"));
	r.log = STR("log");
	hotham_encode_response(&b, HOTHAM_LOG, &r);
	assert_true(hotham_decode_response(b.p, b.len, HOTHAM_LOG, &r));
	assert_true(str_eqz(r.log, "log"));
	buf_clear(&b);
	hotham_encode_response(&b, HOTHAM_LOG, &(struct hotham_response){0});
	assert_true(hotham_decode_response(b.p, b.len, HOTHAM_LOG, &r));
	assert_false(r.supported);
	assert_bytes(&b, STR("\x06\x81\0\x89"));
	assert_false(hotham_decode_request("\x06\x82\0\0", 4, &c));
	assert_false(hotham_decode_request("\x05\x80\0\0", 4, &c));
	assert_false(hotham_decode_request("\x06\x80\0", 3, &c));
	assert_false(hotham_decode_request("\x06\x80\0\0\0", 5, &c));
	assert_false(
		hotham_decode_response("\x06\x80\x04\0\x34", 5, HOTHAM_LOG_SIZE, &r));
	assert_false(hotham_decode_response("\x06\x80\x04\0", 4, HOTHAM_LOG_SIZE, &r));
	buf_fini(&b);
}

/* ---- LME ---- */

static void lme_takes_one_apf_message(void **state)
{
	struct apf_msg m;
	const char *why;

	assert_int_equal(lme_decode("\x51", 1, &m, &why), LME_MESSAGE);
	assert_false(m.success.has_port);
	assert_int_equal(lme_decode("\x51\0\0\x42\x60", 5, &m, &why), LME_MESSAGE);
	assert_int_equal(m.success.port, 16992);
	assert_int_equal(lme_decode("\x61\0\0\0\x03", 5, &m, &why), LME_MESSAGE);
	assert_int_equal(m.close.recipient, 3);
}

static void lme_skips_unknown_global_requests(void **state)
{
	struct apf_msg m;
	const char *why;

	assert_int_equal(lme_decode("\x50\0\0\0\x03new\x01whatever", 17, &m, &why),
			 LME_SKIP);
	assert_int_equal(lme_decode("\x50\0\0\0\x0dtcpip-forward\x01\0\0\0\0\0\0\x42\x60",
				    27, &m, &why),
			 LME_MESSAGE);
}

static void lme_refuses_cut_and_coalesced_messages(void **state)
{
	struct apf_msg m;
	const char *why;

	assert_int_equal(lme_decode("", 0, &m, &why), LME_MALFORMED);
	assert_int_equal(lme_decode("\x61\0\0\0", 4, &m, &why), LME_MALFORMED);
	assert_string_equal(why, "APF message cut short");
	assert_int_equal(lme_decode("\x61\0\0\0\x03\x61\0\0\0\x03", 10, &m, &why),
			 LME_MALFORMED);
	assert_string_equal(why, "bytes behind an APF message");
	assert_int_equal(lme_decode("\x51\0\0", 3, &m, &why), LME_MALFORMED);
	assert_int_equal(lme_decode("\xff", 1, &m, &why), LME_MALFORMED);
	assert_int_equal(lme_decode("\x50\0\0\xff\xff", 5, &m, &why), LME_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guids_are_their_text_in_mixed_endian_order),
		cmocka_unit_test(connecting_answers_as_the_driver_does),
		cmocka_unit_test(malformed_answers_to_connecting_are_refused),
		cmocka_unit_test(upid_messages_have_golden_bytes),
		cmocka_unit_test(upid_short_success_means_not_provisioned),
		cmocka_unit_test(upid_refuses_and_malformed_is_refused),
		cmocka_unit_test(watchdog_messages_have_golden_bytes),
		cmocka_unit_test(watchdog_takes_older_answers_and_refuses_other_commands),
		cmocka_unit_test(hotham_messages_have_golden_bytes),
		cmocka_unit_test(lme_takes_one_apf_message),
		cmocka_unit_test(lme_skips_unknown_global_requests),
		cmocka_unit_test(lme_refuses_cut_and_coalesced_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
