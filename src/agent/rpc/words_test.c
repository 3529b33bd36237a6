/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <agent/rpc/firmware.h>
#include <agent/rpc/web.h>
#include <agent/rpc/words.h>

static void features_by_version_and_sku(void **state)
{
	static const struct {
		const char *version, *sku, *features;
	} rows[] = {
		{"16.1.25", "16392", "AMT Pro Corporate "},
		{"16.1.25", "16400", "Intel Standard Manageability Corporate "},
		{"4.1.0", "14", "iQST ASF AMT"},
		{"2.2.0", "0", "AMT + ASF + iQST"},
		{"2.2.0", "9", "Unknown"},
		{"5.2.0", "1343",
		 "iQST ASF AMT Pro Intel Standard Manageability TPM Home IT WOX "},
		{"7.0.1", "32774", "L3 Mgt Upgrade"},
		{"8.0.1", "32776", "AMT Pro "},
		{"16", "8", "Invalid AMT version format"},
		{"x.1", "8", "Invalid AMT version"},
		{"16.1", "abc", "Invalid SKU"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(rpc_word_features(&a, str_of(rows[i].version),
						      str_of(rows[i].sku)),
				    rows[i].features);
	arena_fini(&a);
}

static void words_by_form(void **state)
{
	size_t n;

	assert_string_equal(rpc_word_mode(RPC_V2, 0), "pre-provisioning state");
	assert_string_equal(rpc_word_mode(RPC_V2, 2), "activated in admin control mode");
	assert_string_equal(rpc_word_mode(RPC_V2, 3), "unknown state");
	assert_string_equal(rpc_word_mode(RPC_V3, 1), "client control mode");
	assert_string_equal(rpc_word_mode(RPC_V3, 9), "unknown control mode");
	assert_string_equal(rpc_word_network(RPC_V2, 0), "direct");
	assert_string_equal(rpc_word_network(RPC_V3, 2), "outside enterprise (CIRA)");
	assert_string_equal(rpc_word_network(RPC_V3, 7), "unknown");
	assert_string_equal(rpc_word_remote(2), "connected");
	assert_string_equal(rpc_word_trigger(3), "provisioning");
	assert_string_equal(rpc_word_hash(RPC_V2, 2, &n), "SHA256");
	assert_int_equal(n, 32);
	assert_string_equal(rpc_word_hash(RPC_V2, 5, &n), "UNKNOWN");
	assert_int_equal(n, 0);
	assert_string_equal(rpc_word_hash(RPC_V3, 5, &n), "SHA512");
	assert_string_equal(rpc_word_hash(RPC_V3, 4, &n), "UNKNOWN");
}

static void durations_are_go_s(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: none */
	} rows[] = {{"2m0s", 120000}, {"30s", 30000}, {"1h1m1s", 3661000}, {"500ms", 500},
		    {"1.5s", 1500},   {"", -1},	      {"5", -1},	   {"s", -1},
		    {"5x", -1},	      {"-5s", -1},    {"1e300h", -1}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = -1;

		if (!rpc_duration_ms(rows[i].text, &ms))
			ms = -1;
		assert_int_equal(ms, rows[i].ms);
	}
}

static void addresses(void **state)
{
	static const struct {
		const char *text, *host, *authority, *target;
		unsigned port;
		bool tls;
	} good[] = {
		{"wss://h.example/activate", "h.example", "h.example", "/activate", 443,
		 true},
		{"ws://h:8080", "h", "h:8080", "/", 8080, false},
		{"WSS://h/a?b=c#frag", "h", "h", "/a?b=c", 443, true},
		{"https://me:pw@[::1]:81?x", "::1", "[::1]:81", "/?x", 81, true},
	};
	static const char *const bad[] = {"h:1",      "gopher://h",   "ws://",
					  "ws://h:0", "ws://h:x",     "ws://[::1",
					  "ws://h h", "ws://h:70000", ""};
	struct arena a = {0};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct web_url u;

		assert_null(web_url_parse(&a, good[i].text, &u));
		assert_string_equal(u.host, good[i].host);
		assert_string_equal(u.authority, good[i].authority);
		assert_string_equal(u.target, good[i].target);
		assert_int_equal(u.port, good[i].port);
		assert_int_equal(u.tls, good[i].tls);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct web_url u;
		struct err *e = web_url_parse(&a, bad[i], &u);

		assert_true(err_is(e, ERR_INVALID));
		err_free(e);
	}
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_by_version_and_sku),
		cmocka_unit_test(words_by_form),
		cmocka_unit_test(durations_are_go_s),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
