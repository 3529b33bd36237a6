/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/validate.h>
#include <net/validate_text.h>

struct text_case {
	const char *text;
	bool good;
};

static void check_texts(const struct text_case *c, size_t n, bool (*is)(struct str))
{
	for (size_t i = 0; i < n; i++)
		if (is(str_of(c[i].text)) != c[i].good)
			fail_msg("\"%s\" should %s", c[i].text,
				 c[i].good ? "pass" : "fail");
}

#define LABEL63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123"

static void fqdn_is_what_upstream_takes(void **state)
{
	/* clang-format off */
	static const struct text_case cases[] = {
		{"test.com", true},
		{"localdomain", true},
		{"os.suffix.com.", true},
		{LABEL63 ".com", true},
		{LABEL63 "4.com", false},
		{"b\xc3\xbc" "cher.example", true},
		{"None?injected_query_string=123", false},
		{"under_score.com", false},
		{"-a.com", false},
		{"a-.com", false},
		{"a..com", false},
		{"a.com..", false},
		{".", false},
		{".com", false},
		{"a b.com", false},
		{"10.0.0.1", false},
		{"1.example", true},
		{"\xef\xbd\x81.com", false},	/* full-width a */
		{"a.com/x", false},
	};
	/* clang-format on */

	check_texts(cases, ARRAY_LEN(cases), v_is_fqdn);
}

static void iso8601_is_what_upstream_takes(void **state)
{
	/* clang-format off */
	static const struct text_case cases[] = {
		{"2024", true},
		{"2024-01", true},
		{"2024-01-15", true},
		{"20240115", true},
		{"2024-015", true},
		{"2024366", true},
		{"2024-W01", true},
		{"2024-W53-7", true},
		{"2024W537", true},
		{"2024-01-15T06:00:00Z", true},
		{"2024-01-15T06:00:00.123Z", true},
		{"2024-01-15 06:00:00,5+01:00", true},
		{"2024-01-15T06", true},
		{"2024-01-15T0600", true},
		{"2024-01-15T24:00", true},
		{"2024-01-15T06:00-0130", true},
		{"+2024-01-15T06:00z", true},
		{"2024-01-15T", true},
		{"", false},
		{"24-01-15", false},
		{"200912", false},
		{"2024-", false},
		{"2024-13", false},
		{"2024-01-32", false},
		{"2024-0115", false},
		{"2024-367", false},
		{"2024-W54", false},
		{"2024T06:00", false},
		{"2024-01-15T25:00", false},
		{"2024-01-15T06:60", false},
		{"2024-01-15T06:00:00X", false},
		{"2024-01-15T06:00:00+24:00", false},
		{"yesterday", false},
	};
	/* clang-format on */

	check_texts(cases, ARRAY_LEN(cases), v_is_iso8601);
}

static void numbers_are_what_upstream_takes(void **state)
{
	/* clang-format off */
	static const struct text_case ints[] = {
		{"0", true},   {"25", true},  {"007", true}, {"+5", true},  {"-0", true},
		{"-1", false}, {"", false},   {"1.5", false}, {" 1", false}, {"x", false},
		{"+", false},  {"99999999999999999999", true},
	};
	static const struct text_case numerics[] = {
		{"0", true},	{"1.5", true}, {"-.5", true}, {"+12", true},
		{"", false},	{".", false},  {"1.", false}, {"1e5", false},
		{"12x", false}, {"--1", false},
	};
	static const struct text_case booleans[] = {
		{"true", true}, {"false", true}, {"0", true},  {"1", true},
		{"t", false},	{"True", false}, {"", false}, {"10", false},
	};
	/* clang-format on */

	check_texts(ints, ARRAY_LEN(ints), v_is_int);
	check_texts(numerics, ARRAY_LEN(numerics), v_is_numeric);
	check_texts(booleans, ARRAY_LEN(booleans), v_is_boolean);
}

/* clang-format off */
static const struct v_rule rules[] = {
	{"guid", V_REQUIRED, {{V_UUID}, {V_STRING}}},
	{"suffix", V_NULLABLE,
	 {{V_STRING, V_BAIL},
	  {V_LENGTH, V_BAIL, "too long", .max = 12},
	  {V_FQDN, V_IF_FILLED, "no suffix"}}},
	{"tags", V_OPTIONAL, {{V_ARRAY, .msg = "bad tags"}}},
	{"tags.*", V_OPTIONAL, {{V_STRING, .msg = "bad tags"}}},
	{"info", V_NULLABLE, {{V_OBJECT}}},
	{"name", V_OPTIONAL, {{V_STRING}, {V_FILLED, .msg = "name needed"}}},
};

#define GUID "\"guid\":\"143e4567-e89b-12d3-a456-426614174000\""
#define E(value, msg, path) \
	"{\"type\":\"field\"," value "\"msg\":\"" msg "\",\"path\":\"" path \
	"\",\"location\":\"body\"}"
#define V(value) "\"value\":" value ","
#define INVALID "Invalid value"
/* clang-format on */

static void each_failed_rule_is_one_entry(void **state)
{
	/* clang-format off */
	static const struct {
		const char *body, *errors;
	} cases[] = {
		{"{" GUID "}", NULL},
		{"{\"guid\":\"143E4567-E89B-12D3-A456-42661417400F\"}", NULL},
		{"{}", E("", INVALID, "guid") "," E("", INVALID, "guid")},
		{"[]", E("", INVALID, "guid") "," E("", INVALID, "guid")},
		{"{\"guid\":\"143e\"}", E(V("\"143e\""), INVALID, "guid")},
		{"{\"guid\":[]}", E(V("[]"), INVALID, "guid")},
		{"{\"guid\":[\"x\",7]}",
		 E(V("\"x\""), INVALID, "guid") "," E(V("7"), INVALID, "guid") ","
		 E(V("[\"x\",7]"), INVALID, "guid")},
		{"{\"guid\":5}", E(V("5"), INVALID, "guid") "," E(V("5"), INVALID, "guid")},
		{"{\"guid\":null}",
		 E(V("null"), INVALID, "guid") "," E(V("null"), INVALID, "guid")},
		{"{" GUID ",\"suffix\":null}", NULL},
		{"{" GUID ",\"suffix\":\"\"}", NULL},
		{"{" GUID ",\"suffix\":\"a.b\"}", NULL},
		{"{" GUID ",\"suffix\":{}}", E(V("{}"), INVALID, "suffix")},
		{"{" GUID ",\"suffix\":\"a?b\"}", E(V("\"a?b\""), "no suffix", "suffix")},
		{"{" GUID ",\"suffix\":\"a?3456789abcd\"}",
		 E(V("\"a?3456789abcd\""), "too long", "suffix")},
		{"{" GUID ",\"tags\":[]}", NULL},
		{"{" GUID ",\"tags\":null}", E(V("null"), "bad tags", "tags")},
		{"{" GUID ",\"tags\":\"test\"}", E(V("\"test\""), "bad tags", "tags")},
		{"{" GUID ",\"tags\":[\"a\",1,null]}",
		 E(V("1"), "bad tags", "tags[1]") "," E(V("null"), "bad tags", "tags[2]")},
		{"{" GUID ",\"tags\":{\"a\":1}}",
		 E(V("{\"a\":1}"), "bad tags", "tags") "," E(V("1"), "bad tags", "tags.a")},
		{"{" GUID ",\"info\":{}}", NULL},
		{"{" GUID ",\"info\":[]}", E(V("[]"), INVALID, "info")},
		{"{" GUID ",\"name\":\"\"}", E(V("\"\""), "name needed", "name")},
		{"{" GUID ",\"name\":{}}", E(V("{}"), INVALID, "name")},
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct v_errors e = {0};
		struct http_res res = {0};
		struct buf want = {0};
		json_t *body = json_loads(cases[i].body, 0, NULL);
		assert_non_null(body);
		v_fields(&e, rules, ARRAY_LEN(rules), "body", body);
		assert_int_equal(v_answer(&e, &res), cases[i].errors != NULL);
		if (cases[i].errors != NULL) {
			buf_addf(&want, "{\"errors\":[%s]}", cases[i].errors);
			assert_string_equal(res.body.p, want.p);
			assert_int_equal(res.status, 400);
		}
		buf_fini(&want);
		buf_fini(&res.body);
		json_decref(body);
	}
}

static void json_text_is_always_valid(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"", "\"\""},
		{"plain", "\"plain\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"\n\x1f", "\"\\u000a\\u001f\""},
		{"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
		 "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\""},
		{"\xff", "\"\\ufffd\""},
		{"\xc3", "\"\\ufffd\""},
		{"\xc0\x80", "\"\\ufffd\\ufffd\""},
		{"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
		{"\xf5\x80\x80\x80x", "\"\\ufffd\\ufffd\\ufffd\\ufffdx\""},
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = {0};
		v_json_text(&b, cases[i].text);
		assert_string_equal(b.p, cases[i].json);
		buf_fini(&b);
	}
}

static void query_parameters_are_decoded_and_repeats_are_lists(void **state)
{
	/* clang-format off */
	static const struct {
		const char *query, *json;
	} cases[] = {
		{"", "{}"},
		{"$top=10&%24skip=5", "{\"$top\":\"10\",\"$skip\":\"5\"}"},
		{"a=x%20y+z&b", "{\"a\":\"x y z\",\"b\":\"\"}"},
		{"a=1&a=2&a=3", "{\"a\":[\"1\",\"2\",\"3\"]}"},
		{"=x&&a=", "{\"a\":\"\"}"},
		{"a=%zz&b=%ff", "{\"a\":\"%zz\",\"b\":\"%ff\"}"},
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = {0};
		struct http_req req = {.arena = &a, .query = str_of(cases[i].query)};
		json_t *q = v_query(&req);
		char *text = json_dumps(q, JSON_COMPACT);
		assert_string_equal(text, cases[i].json);
		free(text);
		json_decref(q);
		arena_fini(&a);
	}
}

static void addresses_are_what_upstream_takes(void **state)
{
	/* clang-format off */
	static const struct text_case urls[] = {
		{"https://images.example.com/boot.efi", true},
		{"http://10.0.0.1:8080/x?y=1#z", true},
		{"images.example.com", true},
		{"HTTPS://Example.COM/", true},
		{"https://localhost/x", false},
		{"https://", false},
		{"", false},
		{"https://a b.example/", false},
		{"gopher://example.com/", false},
		{"https://example.com:0/", false},
		{"https://example.com:65536/", false},
		{"https://10.0.0.256/", false},
		{"https://example.com./", false},
	};
	static const struct text_case addresses[] = {
		{"192.168.0.1", true}, {"0.0.0.0", true}, {"255.255.255.255", true},
		{"1.2.3", false}, {"1.2.3.4.5", false}, {"256.1.1.1", false},
		{"01.2.3.4", false}, {"1.2.3.", false}, {"::1", false}, {"", false},
	};
	static const struct text_case names[] = {
		{"home1", true}, {"Z", true}, {"", false}, {"a b", false}, {"a-b", false},
		{"\xc3\xbc", false},
	};
	/* clang-format on */

	check_texts(urls, ARRAY_LEN(urls), v_is_url);
	check_texts(addresses, ARRAY_LEN(addresses), v_is_ipv4);
	check_texts(names, ARRAY_LEN(names), v_is_alnum);
}

static void ranges_truths_and_inner_fields(void **state)
{
	/* clang-format off */
	static const struct v_rule forms[] = {
		{"n", V_REQUIRED, {{V_RANGE, .min = 1, .max = 255}}},
		{"t", V_NULLABLE, {{V_TRUTH}}},
		{"in.s", V_REQUIRED, {{V_STRING}}},
	};
	static const struct {
		const char *json;
		size_t failures;
	} cases[] = {
		{"{\"n\":1}", 0}, {"{\"n\":\"255\"}", 0}, {"{\"n\":0}", 1},
		{"{\"n\":256}", 1}, {"{\"n\":-1}", 1}, {"{\"n\":\"x\"}", 1}, {"{}", 1},
		{"{\"n\":1,\"t\":true}", 0}, {"{\"n\":1,\"t\":null}", 0},
		{"{\"n\":1,\"t\":\"true\"}", 1}, {"{\"n\":1,\"t\":1}", 1},
		{"{\"n\":1,\"in\":{\"s\":\"x\"}}", 0}, {"{\"n\":1,\"in\":{}}", 1},
		{"{\"n\":1,\"in\":7}", 0},
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct v_errors e = {0};
		json_t *j = json_loads(cases[i].json, 0, NULL);
		v_fields(&e, forms, ARRAY_LEN(forms), "body", j);
		if (e.n != cases[i].failures)
			fail_msg("%s: %zu failures", cases[i].json, e.n);
		buf_fini(&e.json);
		json_decref(j);
	}
}

static void a_secret_is_not_shown_again(void **state)
{
	static const struct v_rule secret = {
		"password",
		V_REQUIRED,
		{{V_STRING, V_SECRET}, {V_LENGTH, V_SECRET, .max = 3}}};
	static const char *const bodies[] = {"{\"password\":\"geheim\"}",
					     "{\"password\":[\"geheim\"]}"};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct v_errors e = {0};
		json_t *j = json_loads(bodies[i], 0, NULL);
		v_fields(&e, &secret, 1, "body", j);
		assert_true(e.n > 0);
		assert_null(strstr(e.json.p, "geheim"));
		assert_non_null(strstr(e.json.p, "\"path\":\"password\""));
		buf_fini(&e.json);
		json_decref(j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fqdn_is_what_upstream_takes),
		cmocka_unit_test(iso8601_is_what_upstream_takes),
		cmocka_unit_test(numbers_are_what_upstream_takes),
		cmocka_unit_test(addresses_are_what_upstream_takes),
		cmocka_unit_test(ranges_truths_and_inner_fields),
		cmocka_unit_test(a_secret_is_not_shown_again),
		cmocka_unit_test(each_failed_rule_is_one_entry),
		cmocka_unit_test(json_text_is_always_valid),
		cmocka_unit_test(query_parameters_are_decoded_and_repeats_are_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
