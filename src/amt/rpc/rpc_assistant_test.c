/* SPDX-License-Identifier: Apache-2.0
 * Messages between RPS or rpc and an Enterprise Assistant, as upstream's programs send
 * them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/rpc/assistant.h>

#define HEAD                                                                      \
	"\"nodeid\":\"n1\",\"domain\":\"\",\"reqid\":\"r1\",\"authProtocol\":%d," \
	"\"osname\":\"win11\",\"devname\":\"desk7\",\"icon\":1,\"ver\":\"\""
#define FRAME                                                                            \
	"{\"action\":\"satellite\",\"subaction\":\"%s\",\"satelliteFlags\":2," HEAD "%s" \
	"}"
#define BODY "{" HEAD ",%s}"

static void requests_are_as_upstreams(void **state)
{
	static const struct assistant_request base = {.node_id = {"n1", 2},
						      .device_name = {"desk7", 5},
						      .request_id = {"r1", 2}};
	static const struct {
		enum assistant_step step;
		int protocol;
		const char *subaction, *name, *frame, *body;
	} rows[] = {
		{ASSISTANT_PROFILE, 2, "802.1x-ProFile-Request", "profile",
		 ",\"cert\":null,\"certid\":null",
		 "\"DERKey\":\"\",\"keyInstanceId\":\"\",\"signedcsr\":\"\""},
		{ASSISTANT_KEY_PAIR, 0, "802.1x-KeyPair-Response", "keypair",
		 ",\"DERKey\":\"TUlJ\",\"keyInstanceId\":\"Intel(r) AMT Key: Handle: 0\"",
		 "\"DERKey\":\"TUlJ\",\"keyInstanceId\":\"Intel(r) AMT Key: Handle: "
		 "0\",\"signedcsr\":\"\""},
		{ASSISTANT_CSR, 0, "802.1x-CSR-Response", "csr",
		 ",\"signedcsr\":\"TUlK\"",
		 "\"DERKey\":\"\",\"keyInstanceId\":\"\",\"signedcsr\":\"TUlK\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = {0};
		struct buf b = {0};
		struct assistant_request q = base;

		q.step = rows[i].step;
		q.protocol = rows[i].protocol;
		if (q.step == ASSISTANT_KEY_PAIR) {
			q.der_key = STR("TUlJ");
			q.key_id = STR("Intel(r) AMT Key: Handle: 0");
		}
		if (q.step == ASSISTANT_CSR)
			q.signed_request = STR("TUlK");
		assert_string_equal(assistant_step_name(q.step), rows[i].name);
		assistant_request_encode(&b, &q, true);
		assert_string_equal(b.p, arena_printf(&a, FRAME, rows[i].subaction,
						      q.protocol, rows[i].frame));
		buf_clear(&b);
		assistant_request_encode(&b, &q, false);
		assert_string_equal(b.p,
				    arena_printf(&a, BODY, q.protocol, rows[i].body));
		buf_fini(&b);
		arena_fini(&a);
	}
}

static void assert_text(struct str got, const char *want)
{
	if (want == NULL)
		assert_null(got.p);
	else if (!str_eqz(got, want))
		fail_msg("\"" STR_FMT "\" is not \"%s\"", STR_ARG(got), want);
}

static void answers_are_read(void **state)
{
	static const struct {
		const char *text;
		const char *node, *id, *csr, *certificate, *root, *user, *password,
			*error;
	} rows[] = {
		/* EAP-TLS, first step: the question comes back. */
		{"{\"action\":\"satellite\",\"subaction\":\"802.1x-ProFile-Request\","
		 "\"satelliteFlags\":2,\"nodeid\":\"n1\",\"domain\":\"\",\"reqid\":"
		 "\"r1\","
		 "\"authProtocol\":0,\"osname\":\"win11\",\"devname\":\"d\",\"icon\":1,"
		 "\"cert\":null,\"certid\":null,\"ver\":\"\"}",
		 "n1", "r1", NULL, NULL, NULL, NULL, NULL, NULL},
		{"{\"nodeid\":\"n1\",\"reqid\":\"r1\",\"subaction\":\"Profile-"
		 "Completed\","
		 "\"response\":{\"authProtocol\":2,\"domain\":\"corp\",\"username\":"
		 "\"DESK7$\",\"password\":\"p\",\"rootcert\":\"TUk=\"}}",
		 "n1", "r1", NULL, NULL, "TUk=", "DESK7$", "p", NULL},
		{"{\"action\":\"satellite\",\"nodeid\":\"n1\",\"subaction\":"
		 "\"CSR-Request\",\"reqid\":\"r1\",\"response\":{\"csr\":\"AA==\","
		 "\"keyInstanceId\":\"k\"}}",
		 "n1", "r1", "AA==", NULL, NULL, NULL, NULL, NULL},
		{"{\"nodeid\":\"n1\",\"reqid\":\"\",\"response\":{\"certificate\":"
		 "\"QQ==\",\"rootcert\":\"UQ==\",\"username\":\"u\"}}",
		 "n1", "", NULL, "QQ==", "UQ==", "u", NULL, NULL},
		{"{\"status\":\"Error\",\"details\":\"no CA\"}", NULL, NULL, NULL, NULL,
		 NULL, NULL, NULL, "no CA"},
		{"{\"nodeid\":\"n1\",\"response\":{\"status\":\"error\"}}", "n1", NULL,
		 NULL, NULL, NULL, NULL, NULL, "(it does not say what)"},
		{"{\"action\":\"satellite\",\"setFlags\":3}", NULL, NULL, NULL, NULL,
		 NULL, NULL, NULL, NULL},
		{"{\"nodeid\":null,\"response\":null}", NULL, NULL, NULL, NULL, NULL,
		 NULL, NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = {0};
		struct assistant_answer x;

		assert_null(assistant_answer_decode(str_of(rows[i].text), &a, &x));
		assert_text(x.node_id, rows[i].node);
		assert_text(x.request_id, rows[i].id);
		assert_text(x.csr, rows[i].csr);
		assert_text(x.certificate, rows[i].certificate);
		assert_text(x.root, rows[i].root);
		assert_text(x.username, rows[i].user);
		assert_text((struct str){x.password.p, x.password.n}, rows[i].password);
		assert_text(str_of(x.error), rows[i].error);
		assistant_answer_fini(&x);
		arena_fini(&a);
	}
}

static void malformed_answers_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"", "is not JSON"},
		{"nonsense", "is not JSON"},
		{"[]", "is no JSON object"},
		{"\"nodeid\"", "is not JSON"},
		{"{\"nodeid\":1}", "nodeid in the message is no text"},
		{"{\"reqid\":{}}", "reqid in the message is no text"},
		{"{\"status\":\"Error\",\"details\":[]}",
		 "details in the message is no text"},
		{"{\"response\":[]}", "response in the message is no object"},
		{"{\"response\":{\"csr\":true}}", "csr in the message is no text"},
		{"{\"response\":{\"password\":\"p\",\"certificate\":3}}",
		 "certificate in the message is no text"},
		{"{\"response\":{\"password\":3}}", "password in the message is no text"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = {0};
		struct assistant_answer x;
		struct err *e = assistant_answer_decode(str_of(rows[i].text), &a, &x);

		assert_true(err_is(e, ERR_INVALID));
		if (strstr(e->msg, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].text, e->msg);
		err_free(e);
		assistant_answer_fini(&x);
		arena_fini(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_as_upstreams),
		cmocka_unit_test(answers_are_read),
		cmocka_unit_test(malformed_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
