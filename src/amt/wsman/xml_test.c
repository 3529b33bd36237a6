/* SPDX-License-Identifier: Apache-2.0
 * The document tree: shape, limits and what is refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/wsman/xml.h>

#include <pthread.h>

#define MAX_ELEMENTS 100

static const struct xml_node *parse_ok(struct arena *a, const char *text)
{
	const struct xml_node *root = NULL;
	struct err *e = xml_parse(str_of(text), MAX_ELEMENTS, a, &root);

	assert_null(e);
	assert_non_null(root);
	return root;
}

static void assert_str(struct str s, const char *want)
{
	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.p, want, s.n);
}

static void tree_has_names_namespaces_and_text(void **state)
{
	struct arena a = {0};
	const struct xml_node *r, *c;

	(void)state;
	r = parse_ok(
		&a,
		"<?xml version='1.0' encoding='UTF-8'?>\r\n"
		"<e:R xmlns:e='urn:e' xmlns='urn:d'>\n"
		" <e:A> one </e:A> <B x='1' e:y='2&lt;'>t&amp;w&#111;<![CDATA[<3]]></B>"
		"<!-- no --><C/><C>second</C></e:R>");
	assert_true(xml_is(r, STR("urn:e"), "R"));
	assert_str(r->text, "");
	assert_null(r->parent);
	c = r->first;
	assert_true(xml_is(c, STR("urn:e"), "A"));
	assert_str(c->text, " one ");
	assert_str(xml_text(c), "one");
	assert_ptr_equal(c->parent, r);
	c = c->next;
	assert_true(xml_is(c, STR("urn:d"), "B"));
	assert_str(c->text, "t&wo<3");
	assert_int_equal(c->n_attrs, 2);
	assert_str(xml_attr(c, "x"), "1");
	assert_null(xml_attr(c, "y").p);
	assert_str(c->attrs[1].ns, "urn:e");
	assert_str(c->attrs[1].value, "2<");
	assert_str(xml_child(r, STR("urn:d"), "C")->text, "");
	assert_null(xml_child(r, STR("urn:e"), "C"));
	assert_str(xml_child_any(r, "C")->next->text, "second");
	assert_null(xml_child_any(r, "C")->next->next);
	assert_null(xml_child_any(NULL, "C"));
	assert_null(xml_text(NULL).p);
	arena_fini(&a);
}

static void elements_without_namespace(void **state)
{
	struct arena a = {0};
	const struct xml_node *r = parse_ok(&a, "<r><b xmlns='u'><c xmlns=''/></b></r>");

	(void)state;
	assert_true(xml_is(r, STR(""), "r"));
	assert_true(xml_is(r->first, STR("u"), "b"));
	assert_true(xml_is(r->first->first, STR(""), "c"));
	arena_fini(&a);
}

static void text_beside_children_is_dropped(void **state)
{
	struct arena a = {0};
	const struct xml_node *r = parse_ok(&a, "<r>x<b>1</b>y<c>2</c>z</r>");

	(void)state;
	assert_str(r->text, "");
	assert_str(r->first->text, "1");
	assert_str(r->first->next->text, "2");
	arena_fini(&a);
}

static void refused_documents(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{"empty", ""},
		{"blanks", "  \r\n"},
		{"no XML", "HTTP/1.1 200 OK"},
		{"HTML", "<html><body><p>401</body></html>"},
		{"truncated in a tag", "<r><b>te"},
		{"truncated before the end", "<r><b>text</b>"},
		{"two roots", "<r/><r/>"},
		{"text after the root", "<r/>x"},
		{"unbound prefix", "<x:r/>"},
		{"unbound attribute prefix", "<r x:a='1'/>"},
		{"same attribute twice", "<r a='1' a='2'/>"},
		{"same attribute by namespace",
		 "<r xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>"},
		{"namespace with the separator", "<p:r xmlns:p='u&#10;v'/>"},
		{"undefined entity", "<r>&nope;</r>"},
		{"reference to NUL", "<r>&#0;</r>"},
		{"bare ampersand", "<r>a & b</r>"},
		{"control character", "<r>\x01</r>"},
		{"overlong UTF-8", "<r>\xc0\xaf</r>"},
		{"stray continuation byte", "<r>\x80</r>"},
		{"surrogate", "<r>\xed\xa0\x80</r>"},
		{"cut UTF-8", "<r>\xe2\x82</r>"},
		{"doctype", "<!DOCTYPE r><r/>"},
		{"doctype after a comment",
		 "<!-- --><!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>"},
		{"internal entity", "<!DOCTYPE r [<!ENTITY e 'x'>]><r>&e;</r>"},
		{"external entity",
		 "<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///dev/zero'>]><r>&e;</r>"},
		{"parameter entity",
		 "<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://192.0.2.1/'>%p;]><r/>"},
		{"laughs",
		 "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
		 "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d "
		 "'&c;&c;&c;&c;&c;&c;'>]>"
		 "<r>&d;</r>"},
	};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct xml_node *root;
		struct err *e = xml_parse(str_of(cases[i].text), MAX_ELEMENTS, &a, &root);

		if (e == NULL || root != NULL)
			fail_msg("accepted: %s", cases[i].name);
		assert_int_equal(e->kind, ERR_INVALID);
		err_free(e);
	}
	/* A refusal leaves no trace in the next document. */
	parse_ok(&a, "<r/>");
	arena_fini(&a);
}

static void declared_encoding_is_ignored(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_str(
		parse_ok(&a, "<?xml version='1.0' encoding='ISO-8859-1'?><r>\xc3\xbc</r>")
			->text,
		"\xc3\xbc");
	arena_fini(&a);
}

static struct err *parse_deep(struct arena *a, size_t depth)
{
	const struct xml_node *root;
	struct buf b = {0};
	struct err *e;

	for (size_t i = 0; i < depth; i++)
		buf_adds(&b, "<d>");
	for (size_t i = 0; i < depth; i++)
		buf_adds(&b, "</d>");
	e = xml_parse(buf_str(&b), 1000000, a, &root);
	buf_fini(&b);
	return e;
}

static void depth_is_bounded(void **state)
{
	struct arena a = {0};
	struct err *e;

	(void)state;
	assert_null(parse_deep(&a, XML_MAX_DEPTH));
	e = parse_deep(&a, XML_MAX_DEPTH + 1);
	assert_non_null(strstr(e->msg, "too deep"));
	err_free(e);
	e = parse_deep(&a, 100000);
	assert_non_null(e);
	err_free(e);
	arena_fini(&a);
}

static void number_of_elements_is_bounded(void **state)
{
	struct arena a = {0};
	const struct xml_node *root;
	struct str three = STR("<r><a/><a/></r>");
	struct err *e;

	(void)state;
	assert_null(xml_parse(three, 3, &a, &root));
	e = xml_parse(three, 2, &a, &root);
	assert_non_null(strstr(e->msg, "too many"));
	assert_null(root);
	err_free(e);
	arena_fini(&a);
}

static void every_prefix_of_a_document_is_refused(void **state)
{
	static const char text[] =
		"<?xml version=\"1.0\"?><p:a xmlns:p='u' k='v'><b>x&lt;\xc3\xbc</b>"
		"<c/></p:a>";
	struct arena a = {0};
	const struct xml_node *root;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct err *e = xml_parse((struct str){text, n}, MAX_ELEMENTS, &a, &root);

		assert_non_null(e);
		err_free(e);
	}
	parse_ok(&a, text);
	arena_fini(&a);
}

static void escape_round_trips_in_text_and_attributes(void **state)
{
	static const char nasty[] = "a<b>&\"c' \t\n\r ]]> \xc3\xbc \xf0\x9f\x98\x80";
	struct arena a = {0};
	struct buf b = {0};
	const struct xml_node *r;

	(void)state;
	buf_adds(&b, "<r a=\"");
	xml_escape(&b, str_of(nasty));
	buf_adds(&b, "\">");
	xml_escape(&b, str_of(nasty));
	buf_adds(&b, "</r>");
	r = parse_ok(&a, b.p);
	assert_str(r->text, nasty);
	assert_str(xml_attr(r, "a"), nasty);
	buf_clear(&b);
	xml_escape(&b, STR("a\x01"
			   "b\0c\xef\xbf\xbe"
			   "d\xef\xbf\xbf"));
	assert_string_equal(b.p, "abcd");
	buf_fini(&b);
	arena_fini(&a);
}

static void *parse_in_thread(void *arg)
{
	struct arena a = {0};
	const struct xml_node *root;

	(void)arg;
	for (int i = 0; i < 100; i++)
		err_free(xml_parse(STR("<r><b>text</b></r>"), MAX_ELEMENTS, &a, &root));
	arena_fini(&a);
	return NULL;
}

static void threads_have_parsers_of_their_own(void **state)
{
	pthread_t t[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, parse_in_thread, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		pthread_join(t[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_has_names_namespaces_and_text),
		cmocka_unit_test(elements_without_namespace),
		cmocka_unit_test(text_beside_children_is_dropped),
		cmocka_unit_test(refused_documents),
		cmocka_unit_test(declared_encoding_is_ignored),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(number_of_elements_is_bounded),
		cmocka_unit_test(every_prefix_of_a_document_is_refused),
		cmocka_unit_test(escape_round_trips_in_text_and_attributes),
		cmocka_unit_test(threads_have_parsers_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
