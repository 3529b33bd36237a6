/* SPDX-License-Identifier: Apache-2.0
 * What upstream's own collection asks for, without authentication as it does.
 */
#include <mps/mps_api_test.h>

/* ---- upstream's collection, without authentication ---- */

/* clang-format off */
#define ROW(guid, host, tags, friendly, user, suffix, info) \
	"{\"guid\":\"" guid "\",\"hostname\":" host ",\"tags\":" tags \
	",\"mpsInstance\":null,\"connectionStatus\":false,\"mpsusername\":" user \
	",\"tenantId\":\"\",\"friendlyName\":" friendly ",\"dnsSuffix\":" suffix \
	",\"deviceInfo\":" info "}"
#define INFO "{\"fwVersion\":\"16.1.25\",\"features\":\"AMT Pro Corporate \",\"ipAddress\":\"\"}"
#define ROW0 ROW(D0, "\"hostname\"", "[\"acm\"]", "\"friendlyName\"", "\"admin\"", \
		 "\"localdomain\"", INFO)
#define ROW1 ROW(D1, "\"hostname\"", "[\"ccm\"]", "null", "null", "null", "null")

static const struct request collection[] = {
	{"GET", DEVICES, NULL, 200, "[]"},
	{"GET", DEVICES "/stats", NULL, 200,
	 "{\"totalCount\":0,\"connectedCount\":0,\"disconnectedCount\":0}"},
	{"GET", DEVICES "/tags", NULL, 200, "[]"},
	{"POST", DEVICES, "{\"guid\":\"" BAD_GUID "\",\"hostname\":\"hostname\",\"tags\":[]}", 400,
	 FIELD("\"" BAD_GUID "\"", "Invalid value", "guid", "body")},
	{"POST", DEVICES, "{\"guid\":[],\"tags\":[]}", 400,
	 FIELD("[]", "Invalid value", "guid", "body")},
	{"POST", DEVICES, "{\"guid\":\"" D1 "\",\"tags\":\"test\"}", 400,
	 FIELD("\"test\"", "tags should be an array of strings", "tags", "body")},
	{"POST", DEVICES,
	 "{\"guid\":\"" D0 "\",\"friendlyName\":\"friendlyName\",\"hostname\":\"hostname\","
	 "\"tags\":[],\"mpsusername\":\"admin\",\"dnsSuffix\":\"test.com\",\"deviceInfo\":" INFO "}",
	 201, FULL(D0, "\"hostname\"", "[]", "\"friendlyName\"", "\"admin\"", "\"test.com\"", INFO)},
	{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"hostname\":\"hostname\",\"tags\":[]}", 200,
	 FULL(D0, "\"hostname\"", "[]", "\"friendlyName\"", "\"admin\"", "\"test.com\"", INFO)},
	{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"deviceInfo\":\"not an object\"}", 400,
	 FIELD("\"not an object\"", "deviceInfo should be an object if provided", "deviceInfo",
	       "body")},
	{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"dnsSuffix\":\"None?injected_query_string=123\"}",
	 400, FIELD("\"None?injected_query_string=123\"", "dnsSuffix must be a valid DNS suffix",
		    "dnsSuffix", "body")},
	{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"dnsSuffix\":{}}", 400,
	 FIELD("{}", "Invalid value", "dnsSuffix", "body")},
	{"GET", DEVICES "/" D0, NULL, 200,
	 FULL(D0, "\"hostname\"", "[]", "\"friendlyName\"", "\"admin\"", "\"test.com\"", INFO)},
	{"GET", DEVICES "/redirectstatus/" D1, NULL, 404, NOT_CONNECTED(D1)},
	{"GET", DEVICES "/redirectStatus/" D1 "/", NULL, 404, NOT_CONNECTED(D1)},
	{"GET", DEVICES "/" D0 "?tenantId=123", NULL, 204, ""},
	{"GET", DEVICES "/" BAD_GUID, NULL, 400,
	 FIELD("\"" BAD_GUID "\"", "Invalid value", "guid", "params")},
	{"GET", DEVICES "/" NOWHERE, NULL, 404, ""},
	{"PATCH", DEVICES, "{\"guid\":\"" NOWHERE "\"}", 404,
	 "{\"error\":\"NOT FOUND\",\"message\":\"Device ID " NOWHERE " not found\"}"},
	{"PATCH", DEVICES, "{\"guid\":\"" D0 "\",\"dnsSuffix\":\"\",\"tags\":[\"acm\"]}", 200,
	 "~\"dnsSuffix\":\"\""},
	{"PATCH", DEVICES, "{\"guid\":\"" D0 "\",\"dnsSuffix\":null}", 200, "~\"dnsSuffix\":null"},
	{"PATCH", DEVICES, "{\"guid\":\"" D0 "\",\"dnsSuffix\":\"os.suffix.com.\"}", 200,
	 "~\"dnsSuffix\":\"os.suffix.com.\""},
	{"PATCH", DEVICES, "{\"guid\":\"" D0 "\",\"dnsSuffix\":\"localdomain\"}", 200,
	 "~\"dnsSuffix\":\"localdomain\""},
	{"DELETE", DEVICES "/refresh/" NOWHERE, NULL, 404, ""},
	{"POST", DEVICES, "{\"guid\":\"" D1 "\",\"hostname\":\"hostname\",\"tags\":[\"ccm\"]}", 201,
	 FULL(D1, "\"hostname\"", "[\"ccm\"]", "null", "null", "null", "null")},
	{"GET", LOGIN "/redirection/" D1, NULL, 200, "~{\"token\":\"ey"},
	{"GET", LOGIN "/redirection/" D1 "?mode=kvm", NULL, 200, "~{\"token\":\"ey"},
	{"GET", LOGIN "/redirection/" D1 "?mode=x", NULL, 400,
	 FIELD("\"x\"", "Invalid value", "mode", "query")},
	{"GET", LOGIN "/redirection/" NOWHERE, NULL, 404, ""},
	{"GET", LOGIN "/redirection/1", NULL, 400,
	 FIELD("\"1\"", "Invalid value", "guid", "params")},
	{"GET", DEVICES "/tags", NULL, 200, "[\"acm\",\"ccm\"]"},
	{"GET", DEVICES "?tags=acm", NULL, 200, "[" ROW0 "]"},
	{"GET", DEVICES "?tags=acm,ccm&method=OR", NULL, 200, "[" ROW0 "," ROW1 "]"},
	{"GET", DEVICES "?tags=acm,ccm&method=AND", NULL, 200, "[]"},
	{"GET", DEVICES "?tags=", NULL, 200, "[]"},
	{"GET", DEVICES "?status=1", NULL, 200, "[]"},
	{"GET", DEVICES "?status=0", NULL, 200, "[" ROW0 "," ROW1 "]"},
	{"GET", DEVICES "?friendlyName=friendlyName", NULL, 200, "[" ROW0 "]"},
	{"GET", DEVICES "?hostname=hostname", NULL, 200, "[" ROW0 "," ROW1 "]"},
	{"GET", DEVICES "?hostname=HOSTNAME", NULL, 200, "[]"},
	{"GET", DEVICES "?$top=10&$skip=0&$count=true", NULL, 200,
	 "{\"data\":[" ROW0 "," ROW1 "],\"totalCount\":2}"},
	{"GET", DEVICES "?%24top=1&%24skip=1&%24count=1", NULL, 200,
	 "{\"data\":[" ROW1 "],\"totalCount\":2}"},
	{"GET", DEVICES "?$top=1&$count=true&hostname=hostname&status=0", NULL, 200,
	 "{\"data\":[" ROW0 "],\"totalCount\":2}"},
	{"GET", DEVICES "?$top=0&$count=true&status=1", NULL, 200, "{\"data\":[],\"totalCount\":0}"},
	{"GET", DEVICES "?$top=10&$skip=0&$count=false", NULL, 200, "[" ROW0 "," ROW1 "]"},
	{"GET", DEVICES "?$skip=99999999999999999999", NULL, 200, "[]"},
	{"GET", DEVICES "?$top=-1", NULL, 400,
	 FIELD("\"-1\"", "The number of items to return should be a positive integer", "$top",
	       "query")},
	{"GET", DEVICES "?$count=maybe", NULL, 400,
	 FIELD("\"maybe\"", "To return total number of records in result set should be boolean",
	       "$count", "query")},
	{"GET", DEVICES "?status=2", NULL, 400, FIELD("\"2\"", "Invalid value", "status", "query")},
	{"GET", DEVICES "?method=XOR", NULL, 400,
	 FIELD("\"XOR\"", "Invalid value", "method", "query")},
	{"GET", DEVICES "?tags=a&tags=b", NULL, 400,
	 FIELD("[\"a\",\"b\"]", "Invalid value", "tags", "query")},
	{"DELETE", DEVICES "/" BAD_GUID, NULL, 400,
	 FIELD("\"" BAD_GUID "\"", "Invalid value", "guid", "params")},
	{"DELETE", DEVICES "/" D1 "?isSecretToBeDeleted=t", NULL, 400,
	 FIELD("\"t\"", "Invalid value", "isSecretToBeDeleted", "query")},
	{"DELETE", DEVICES "/" NOWHERE, NULL, 404,
	 "{\"error\":\"NOT FOUND\",\"message\":\"Device ID " NOWHERE " not found\"}"},
	{"DELETE", DEVICES "/disconnect/" D1, NULL, 404, NOT_CONNECTED(D1)},
	{"DELETE", DEVICES "/disconnect/1", NULL, 400,
	 FIELD("\"1\"", "Invalid value", "guid", "params")},
	{"DELETE", DEVICES "/" D0 "?isSecretToBeDeleted=false", NULL, 204, ""},
	{"DELETE", DEVICES "/" D1, NULL, 204, ""},
	{"GET", DEVICES, NULL, 200, "[]"},
	{"GET", "/api/v1/amt/power/state/1", NULL, 404, NOT_CONNECTED("1")},
	{"POST", "/api/v1/amt/power/action/1", "{\"action\":8}", 404, NOT_CONNECTED("1")},
	{"POST", "/api/v1/amt/power/action/1", "{\"action\":[8]}", 400, "~Invalid value"},
	{"POST", "/api/v1/amt/power/action/1", "{\"action\":[]}", 400, "~Invalid value"},
	{"GET", "/api/v1/health", NULL, 200, "~{\"db\":{\"name\":\"SQLITE\",\"status\":\"OK\"},"},
	{"GET", "/api/v1/health", NULL, 200, "~\"initialized\":true"},
	{"GET", "/api/v1/health", NULL, 200, "~\"sealed\":false"},
	{"GET", "/api/v1/version", NULL, 200,
	 "{\"serviceVersion\":\"2.34.1\",\"outband\":\"" OUTBAND_VERSION "\"}"},
	{"GET", "/api/v1/ciracert", NULL, 500,
	 "{\"error\":\"Internal Server Error\",\"errorDescription\":"
	 "\"MPS root certificate does not exist\"}"},
	{"DELETE", DEVICES, "{}", 404, "~Cannot DELETE"},
	{"PUT", LOGIN, "{}", 404, "~Cannot PUT"},
	{"GET", LOGIN, NULL, 404, "~Cannot GET"},
	{"POST", DEVICES, "{\"guid\":", 400, "{\"error\":\"Incorrect URI or Bad Request\"}"},
	{"POST", DEVICES, "\"text\"", 400, "{\"error\":\"Incorrect URI or Bad Request\"}"},
	{"POST", DEVICES, "[]", 400, "~\"path\":\"guid\""},
	{"POST", DEVICES, NULL, 400, "~\"path\":\"guid\""},
};
/* clang-format on */

static void ask_collection(struct world *w)
{
	run_table(w, collection, ARRAY_LEN(collection));
}

static void upstream_collection_passes_without_authentication(void **state)
{
	with_world(mode_none, ask_collection);
}

static void ask_naming_tenants(struct world *w)
{
	/* clang-format off */
	static const struct request r[] = {
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"tenantId\":\"a\"}", 201,
		 "~\"tenantId\":\"a\""},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"tenantId\":\"b\"}", 400,
		 "{\"error\":\"Unique key violation\",\"message\":\"Device ID: " D0
		 " already exists\"}"},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"hostname\":\"x\"}", 200,
		 "~\"tenantId\":\"a\""},
		{"POST", DEVICES, "{\"guid\":\"" D0 "\",\"tenantId\":7}", 400,
		 "~\"path\":\"tenantId\""},
		{"PATCH", DEVICES, "{\"guid\":\"" D0 "\",\"tenantId\":\"b\"}", 404, NULL},
		{"PATCH", DEVICES, "{\"guid\":\"" D0 "\",\"tenantId\":\"a\"}", 200, NULL},
		{"GET", DEVICES "/" D0 "?tenantId=a", NULL, 200, NULL},
		{"GET", DEVICES "/" D0 "?tenantId=b", NULL, 204, ""},
		{"GET", DEVICES "/" D0, NULL, 200, NULL},
		{"DELETE", DEVICES "/" D0 "?tenantId=b", NULL, 404, NULL},
		{"DELETE", DEVICES "/" D0 "?tenantId=a", NULL, 204, NULL},
	};
	/* clang-format on */

	run_table(w, r, ARRAY_LEN(r));
}

static void without_authentication_the_request_selects_the_tenant(void **state)
{
	with_world(mode_none, ask_naming_tenants);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upstream_collection_passes_without_authentication),
		cmocka_unit_test(without_authentication_the_request_selects_the_tenant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
