/* SPDX-License-Identifier: Apache-2.0
 * Error bodies; who may call what is tested with the routes of each component.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <iam/iam_http.h>

static void body_is(struct http_res *res, int status, const char *want)
{
	assert_int_equal(res->status, status);
	buf_addc(&res->body, '\0');
	assert_string_equal(res->body.p, want);
}

static void error_and_text_may_be_left_out(void **state)
{
	struct http_res res = {0};

	iam_http_answer(&res, 404, "Not Found", "message", "no \"x\"");
	body_is(&res, 404, "{\"error\":\"Not Found\",\"message\":\"no \\\"x\\\"\"}");
	iam_http_answer(&res, 500, NULL, "message", "m");
	body_is(&res, 500, "{\"message\":\"m\"}");
	iam_http_answer(&res, 409, "e", "message", NULL);
	body_is(&res, 409, "{\"error\":\"e\"}");
	iam_http_answer(&res, 400, NULL, "message", NULL);
	body_is(&res, 400, "{}");
	buf_fini(&res.body);
}

static void kinds_have_status_and_text(void **state)
{
	static const struct {
		enum err_kind kind;
		int status;
		const char *body;
	} v[] = {
		{ERR_INVALID, 400,
		 "{\"error\":\"Incorrect URI or Bad Request\",\"why\":\"m\"}"},
		{ERR_FORBIDDEN, 403, "{\"error\":\"Forbidden\",\"why\":\"m\"}"},
		{ERR_CONFLICT, 409, "{\"why\":\"m\"}"},
		{ERR_UNAVAILABLE, 503,
		 "{\"error\":\"Service Unavailable\",\"why\":\"m\"}"},
		{ERR_INTERNAL, 500, "{\"error\":\"Internal Server Error\"}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		struct http_res res = {0};
		_cleanup_(err_freep) struct err *e = err_new(v[i].kind, "m");

		iam_http_answer_err(&res, e, "why");
		body_is(&res, v[i].status, v[i].body);
		assert_int_equal(res.n_headers, 0);
		buf_fini(&res.body);
	}
}

static void unauthenticated_is_told_how(void **state)
{
	struct arena a = {0};
	struct http_res res = {.arena = &a};
	_cleanup_(err_freep) struct err *e = err_new(ERR_UNAUTHENTICATED, "no token");

	iam_http_answer_err(&res, e, "message");
	body_is(&res, 401, "{\"error\":\"Unauthorized\",\"message\":\"no token\"}");
	assert_int_equal(res.n_headers, 1);
	buf_fini(&res.body);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_and_text_may_be_left_out),
		cmocka_unit_test(kinds_have_status_and_text),
		cmocka_unit_test(unauthenticated_is_told_how),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
