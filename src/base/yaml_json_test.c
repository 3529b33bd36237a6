/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <base/yaml_json.h>
#include <stdlib.h>

static void good_documents(void **state)
{
	static const struct {
		const char *yaml, *json;
	} rows[] = {
		{"a: 1\n", "{\"a\":1}"},
		{"a: -12\nb: \"12\"\nc: '12'\n", "{\"a\":-12,\"b\":\"12\",\"c\":\"12\"}"},
		{"a: true\nb: False\nc: yes\n", "{\"a\":true,\"b\":false,\"c\":\"yes\"}"},
		{"a:\nb: ~\nc: null\nd: \"\"\n",
		 "{\"a\":null,\"b\":null,\"c\":null,\"d\":\"\"}"},
		{"a: 007\nb: 0\nc: 1.5\n", "{\"a\":\"007\",\"b\":0,\"c\":\"1.5\"}"},
		{"- a\n- [b, {c: d}]\n", "[\"a\",[\"b\",{\"c\":\"d\"}]]"},
		{"{\"a\": [1, \"x\"]}", "{\"a\":[1,\"x\"]}"},
		{"---\na: b\n...\n", "{\"a\":\"b\"}"},
		{"a: |\n  two\n  lines\n", "{\"a\":\"two\\nlines\\n\"}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *v;
		struct err *e = yaml_json_read(str_of(rows[i].yaml), &v);
		assert_null(e);
		char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		assert_string_equal(text, rows[i].json);
		free(text);
		json_decref(v);
	}
}

static void refusals(void **state)
{
	static const struct {
		const char *yaml, *text;
		enum err_kind kind;
	} rows[] = {
		{"", "the file is empty", ERR_INVALID},
		{"a: [1\n", "not YAML", ERR_INVALID},
		{"a: 1\na: 2\n", "line 2: a key is there twice", ERR_INVALID},
		{"a: &x 1\n", "anchors and tags", ERR_INVALID},
		{"a: &x [1]\nb: *x\n", "anchors and tags", ERR_INVALID},
		{"a: !!str 1\n", "anchors and tags", ERR_INVALID},
		{"a: !t {b: c}\n", "anchors and tags", ERR_INVALID},
		{"[a]: 1\n", "a key must be plain text", ERR_INVALID},
		{"a: \"x\\0y\"\n", "text with a NUL byte", ERR_INVALID},
		{"\"a\\0b\": 1\n", "text with a NUL byte", ERR_INVALID},
		{"a: 1\n---\nb: 1\n", "one document", ERR_INVALID},
		{"a: \"\\xff\"\nb: \t- x", "not YAML", ERR_INVALID},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
		 "nested too deeply", ERR_INVALID},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *v;
		struct err *e = yaml_json_read(str_of(rows[i].yaml), &v);
		assert_non_null(e);
		assert_null(v);
		assert_int_equal(e->kind, rows[i].kind);
		if (strstr(e->msg, rows[i].text) == NULL)
			fail_msg("row %zu: %s", i, e->msg);
		err_free(e);
	}
}

static void too_many_values(void **state)
{
	struct buf b = {0};
	json_t *v;

	buf_addc(&b, '[');
	for (int i = 0; i < YAML_JSON_MAX_NODES; i++)
		buf_adds(&b, "1,");
	buf_adds(&b, "1]");
	struct err *e = yaml_json_read(buf_str(&b), &v);
	assert_int_equal(e->kind, ERR_TOO_LARGE);
	err_free(e);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_documents),
		cmocka_unit_test(refusals),
		cmocka_unit_test(too_many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
