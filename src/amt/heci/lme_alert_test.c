/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/heci/lme_alert.h>

#include <net/http.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define NS "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_AlertIndication"
#define SOAP(inside)                                                           \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"                           \
	"<a:Envelope xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" "     \
	"xmlns:g=\"" NS "\"><a:Header/><a:Body><g:CIM_AlertIndication>" inside \
	"</g:CIM_AlertIndication></a:Body></a:Envelope>"

static bool decodes(const char *xml, struct lme_alert *out)
{
	struct arena a = {0};
	struct err *e = lme_alert_decode(str_of(xml), &a, out);
	bool good = e == NULL;

	assert_true(good || err_is(e, ERR_INVALID));
	err_free(e);
	arena_fini(&a);
	return good;
}

static void firmwares_alert_is_read(void **state)
{
	struct lme_alert a;

	assert_true(
		decodes(SOAP("<g:Message></g:Message>"
			     "<g:MessageArguments>1</g:MessageArguments>"
			     "<g:MessageArguments>http://Interop/x</g:MessageArguments>"
			     "<g:MessageID>iAMT0067</g:MessageID>"),
			&a));
	assert_string_equal(a.id, LME_ALERT_POWER);
	assert_int_equal(a.what, LME_POWER_REBOOT);
	assert_string_equal(lme_alert_text(&a), "the administrator asks for a restart");
	assert_true(decodes(SOAP("<g:MessageID>iAMT0071</g:MessageID>"), &a));
	assert_int_equal(a.what, 0);
	assert_null(lme_alert_text(&a));
}

static void others_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"iAMT0067",
		"<a/>",
		SOAP(""),
		SOAP("<g:MessageID>iAMT006</g:MessageID>"),
		SOAP("<g:MessageID>iAMT00671</g:MessageID>"),
		SOAP("<g:MessageID>iAMT00x7</g:MessageID>"),
		SOAP("<g:MessageID>xAMT0067</g:MessageID>"),
		SOAP("<g:MessageArguments>100</g:MessageArguments>"
		     "<g:MessageID>iAMT0067</g:MessageID>"),
		SOAP("<g:MessageArguments>-1</g:MessageArguments>"
		     "<g:MessageID>iAMT0067</g:MessageID>"),
	};
	struct lme_alert a;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(decodes(bad[i], &a));
}

static void what_is_encoded_is_one_request(void **state)
{
	const struct lme_alert said = {LME_ALERT_CONSENT, LME_CONSENT_REQUESTED};
	struct lme_alert heard;
	struct buf out = {0};
	struct http_head h;

	lme_alert_encode(&out, &said, 7, 1533829500000);
	ssize_t n = http_parse_request(&h, out.p, out.len, HTTP_STRICT);
	assert_true(n > 0 && h.has_length);
	assert_true(str_eqz(h.method, "POST") && str_eqz(h.target, "/"));
	assert_int_equal(h.length, out.len - (size_t)n);
	assert_non_null(strstr(out.p + n, "uuid:00000000-8086-8086-8086-000000000007"));
	assert_non_null(strstr(out.p + n, "2018-08-09T15:45:00.000Z"));
	assert_true(decodes(out.p + n, &heard));
	assert_memory_equal(&said, &heard, sizeof(said));
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(firmwares_alert_is_read),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(what_is_encoded_is_one_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
