/* SPDX-License-Identifier: Apache-2.0
 * MKHI codec: golden bytes, cut and malformed input. rpc.md 2.8.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/heci/mkhi.h>
#include <stdlib.h>

#define Z8 "\0\0\0\0\0\0\0\0"
#define Z64 Z8 Z8 Z8 Z8 Z8 Z8 Z8 Z8

/* clang-format off */
static const struct golden {
	struct mkhi_request rq;
	struct str request, response;
} goldens[] = {
	{{MKHI_GET_RULE, MKHI_RULE_ENABLED}, STR("\x03\x02\0\0\x20\0\0\0"),
	 STR("\x03\x82\0\0\x20\0\0\0\x04\x04\0\x24\0")},
	{{MKHI_GET_FW_VERSION, 0}, STR("\xff\x02\0\0"),
	 STR("\xff\x82\0\0\x01\0\x10\0\x8c\x07\x19\0\x01\0\x10\0\x8c\x07\x19\0")},
	{{MKHI_GET_BOOT_STATE, 0}, STR("\xff\x0a\0\0"), STR("\xff\x8a\0\0\x03\0\0\0\0\0\0\0")},
	{{MKHI_GET_IMAGE_TYPE, 0}, STR("\xff\x18\0\0"), STR("\xff\x98\0\0\x01\0\0\0")},
	{{MKHI_GET_IMAGE_FW_VERSION, 9}, STR("\xff\x1c\0\0\x09\0\0\0"),
	 STR("\xff\x9c\0\0\x01\0\0\0IUNP\0\0\0\0\0\0\0\0\x01\0\x02\0\x03\0\x04\0\x86\x80\0\0" Z64)},
	{{MKHI_GET_EOP_STATE, 0}, STR("\xff\x1d\0\0"), STR("\xff\x9d\0\0\x01\0\0\0")},
	{{MKHI_GET_MEASURED_BOOT_STATE, 0}, STR("\xff\x23\0\0"), STR("\xff\xa3\0\0\x01")},
};
/* clang-format on */

union any {
	struct mkhi_rule rule;
	struct mkhi_fw_version version;
	struct mkhi_modules modules;
};

static void messages_have_golden_bytes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *g = &goldens[i];
		struct mkhi_request rq;
		union any r = {0};
		struct buf b = {0};
		uint8_t result;
		const char *why;

		mkhi_encode_request(&b, &g->rq);
		assert_int_equal(b.len, g->request.n);
		assert_memory_equal(b.p, g->request.p, b.len);
		assert_int_equal(mkhi_decode_request(b.p, b.len, &rq), 0);
		assert_int_equal(rq.command, g->rq.command);
		assert_int_equal(rq.value, g->rq.value);
		assert_int_equal(mkhi_command_at(i), rq.command);
		assert_non_null(mkhi_command_name(rq.command));
		assert_true(mkhi_response_size(rq.command) <= sizeof(r));
		assert_true(mkhi_decode_response(g->response.p, g->response.n, rq.command,
						 &result, &r, &why));
		buf_clear(&b);
		mkhi_encode_response(&b, rq.command, result, &r);
		assert_int_equal(b.len, g->response.n);
		assert_memory_equal(b.p, g->response.p, b.len);
		buf_fini(&b);
	}
	assert_int_equal(mkhi_command_at(ARRAY_LEN(goldens)), 0);
}

static void rule_and_version_mean_what_the_reference_says(void **state)
{
	union any r = {0};
	uint8_t result;
	const char *why;

	assert_true(mkhi_decode_response(goldens[0].response.p, goldens[0].response.n,
					 MKHI_GET_RULE, &result, &r, &why));
	assert_int_equal(r.rule.rule, MKHI_RULE_ENABLED);
	assert_int_equal(r.rule.value, MKHI_SKU_AMT | MKHI_SKU_KVM | MKHI_SKU_TLS);
	r = (union any){0};
	assert_true(mkhi_decode_response(goldens[1].response.p, goldens[1].response.n,
					 MKHI_GET_FW_VERSION, &result, &r, &why));
	assert_int_equal(r.version.major, 16);
	assert_int_equal(r.version.minor, 1);
	assert_int_equal(r.version.hotfix, 25);
	assert_int_equal(r.version.build, 1932);
}

static void refusal_has_the_result_and_no_payload(void **state)
{
	struct buf b = {0};
	union any r = {0};
	uint8_t result = 0;
	const char *why;
	struct mkhi_request rq;

	mkhi_encode_response(&b, MKHI_GET_RULE, MKHI_INVALID_PARAMS, NULL);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.p, "\x03\x82\0\x85", 4);
	assert_true(mkhi_decode_response(b.p, b.len, MKHI_GET_RULE, &result, &r, &why));
	assert_int_equal(result, MKHI_INVALID_PARAMS);
	buf_clear(&b);
	assert_int_equal(mkhi_decode_request("\x0a\x0b\0\0", 4, &rq),
			 MKHI_INVALID_COMMAND);
	mkhi_encode_refusal(&b, rq.command, MKHI_INVALID_COMMAND);
	assert_memory_equal(b.p, "\x0a\x8b\0\x8d", 4);
	assert_null(mkhi_command_name(rq.command));
	buf_fini(&b);
}

static void cut_messages_are_malformed(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *g = &goldens[i];
		struct mkhi_request rq;
		union any r = {0};
		uint8_t result;
		const char *why;

		for (size_t n = 0; n < g->response.n; n++)
			assert_false(mkhi_decode_response(g->response.p, n, g->rq.command,
							  &result, &r, &why));
		for (size_t n = 0; n < g->request.n; n++)
			assert_int_equal(mkhi_decode_request(g->request.p, n, &rq),
					 n < 4 ? -1 : MKHI_SIZE_ERROR);
	}
}

static void malformed_messages_are_refused(void **state)
{
	union any r = {0};
	uint8_t result;
	const char *why;
	struct mkhi_request rq;

	assert_int_equal(mkhi_decode_request("\xff\x82\0\0", 4, &rq), -1);
	assert_int_equal(mkhi_decode_request("\xff\x02\0\0\0", 5, &rq), MKHI_SIZE_ERROR);
	/* a request, another command, another group */
	assert_false(mkhi_decode_response("\xff\x18\0\0\x01\0\0\0", 8,
					  MKHI_GET_IMAGE_TYPE, &result, &r, &why));
	assert_false(mkhi_decode_response("\xff\x9d\0\0\x01\0\0\0", 8,
					  MKHI_GET_IMAGE_TYPE, &result, &r, &why));
	assert_false(mkhi_decode_response("\xfe\x98\0\0\x01\0\0\0", 8,
					  MKHI_GET_IMAGE_TYPE, &result, &r, &why));
	/* a rule of 5 bytes, 21 modules */
	assert_false(mkhi_decode_response("\x03\x82\0\0\0\0\0\0\x05\0\0\0\0", 13,
					  MKHI_GET_RULE, &result, &r, &why));
	assert_string_equal(why, "the answer is malformed");
	assert_false(mkhi_decode_response("\xff\x9c\0\0\x15\0\0\0", 8,
					  MKHI_GET_IMAGE_FW_VERSION, &result, &r, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_have_golden_bytes),
		cmocka_unit_test(rule_and_version_mean_what_the_reference_says),
		cmocka_unit_test(refusal_has_the_result_and_no_payload),
		cmocka_unit_test(cut_messages_are_malformed),
		cmocka_unit_test(malformed_messages_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
