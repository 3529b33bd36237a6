/* SPDX-License-Identifier: Apache-2.0
 * Messages between client and server, as upstream's programs send them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/rpc/message.h>
#include <amt/rpc/payload.h>
#include <base/json.h>

static void assert_str(struct str got, const char *want)
{
	if (!str_eqz(got, want))
		fail_msg("\"" STR_FMT "\" is not \"%s\"", STR_ARG(got), want);
}

/* ---- envelope ---- */

static void a_command_is_decoded(void **state)
{
	struct arena a = {0};
	struct rpc_message m;

	assert_null(rpc_message_decode(
		STR("{\"method\":\"activate --profile p1\",\"apiKey\":\"key\","
		    "\"appVersion\":\"2.52.0\",\"protocolVersion\":\"4.0.0\","
		    "\"status\":\"ok\",\"message\":\"ok\",\"fqdn\":\"\","
		    "\"payload\":\"eyJ2ZXIiOiIxNi4xIn0=\",\"tenantId\":\"t1\"}"),
		&a, &m));
	assert_int_equal(m.method, RPC_COMMAND);
	assert_str(m.command, "activate --profile p1");
	assert_str(m.protocol_version, "4.0.0");
	assert_str(m.payload, "{\"ver\":\"16.1\"}");
	assert_str(m.tenant, "t1");
	arena_fini(&a);
}

static void answers_are_told_apart(void **state)
{
	static const struct {
		const char *name;
		enum rpc_method method;
	} rows[] = {
		{"response", RPC_RESPONSE},
		{"tls_data", RPC_TLS_DATA},
		{"connection_reset", RPC_CONNECTION_RESET},
		{"port_switch_ack", RPC_PORT_SWITCH_ACK},
		{"heartbeat_response", RPC_HEARTBEAT_RESPONSE},
		{"deactivate --password x", RPC_COMMAND},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = {0};
		struct rpc_message m;
		char *text = arena_printf(&a, "{\"method\":\"%s\",\"payload\":\"b2s=\"}",
					  rows[i].name);
		assert_null(rpc_message_decode(str_of(text), &a, &m));
		assert_int_equal(m.method, rows[i].method);
		if (m.method != RPC_HEARTBEAT_RESPONSE)
			assert_str(m.payload, "ok");
		arena_fini(&a);
	}
}

static void malformed_messages_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"", "the message is not JSON"},
		{"{", "the message is not JSON"},
		{"[]", "the message is no JSON object"},
		{"{}", "the message has no method"},
		{"{\"method\":1}", "method in the message is no text"},
		{"{\"method\":\"response\",\"payload\":{}}",
		 "payload in the message is no text"},
		{"{\"method\":\"response\",\"payload\":\"%%\"}",
		 "the message's payload is not base64"},
		{"{\"method\":\"response\",\"payload\":\"QUJD\\u0041\"}",
		 "the message's payload is not base64"},
		{"{\"method\":\"response\",\"payload\":\"QUJD\"",
		 "the message is not JSON"},
		{"{\"method\":\"response\",\"payload\":\"QUJD",
		 "the message is not JSON"},
		{"{\"method\":\"activate\",\"tenantId\":7}",
		 "tenantId in the message is no text"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = {0};
		struct rpc_message m;
		struct err *e = rpc_message_decode(str_of(rows[i].text), &a, &m);
		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INVALID);
		assert_string_equal(e->msg, rows[i].error);
		err_free(e);
		arena_fini(&a);
	}
}

/* Another member of that name, a text that holds its key, and one that is escaped. */
static void payload_is_the_messages_own(void **state)
{
	static const struct {
		const char *text, *payload;
	} rows[] = {
		{"{\"method\":\"response\",\"payload\":\"QUJD\"}", "ABC"},
		{"{\"payload\": \"QUJD\", \"method\":\"response\"}", "ABC"},
		{"{\"x\":{\"payload\":\"QUJE\"},\"payload\":\"QUJD\",\"method\":"
		 "\"response\"}",
		 "ABC"},
		{"{\"message\":\"\\\"payload\\\":\\\"QUJE\",\"payload\":\"QUJD\","
		 "\"method\":\"response\"}",
		 "ABC"},
		{"{\"method\":\"response\",\"payload\":\"QUJ\\u0044\"}", "ABC"},
		{"{\"method\":\"response\",\"payload\":\"\"}", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = {0};
		struct rpc_message m;
		struct err *e = rpc_message_decode(str_of(rows[i].text), &a, &m);
		assert_null(e);
		if (!str_eqz(m.payload, rows[i].payload))
			fail_msg("%s: " STR_FMT, rows[i].text, STR_ARG(m.payload));
		arena_fini(&a);
	}
}

static void check_encoded(const struct rpc_message *m, const char *want)
{
	struct buf b = {0};

	rpc_message_encode(&b, m);
	assert_str(buf_str(&b), want);
	buf_fini(&b);
}

static void messages_have_upstreams_bytes(void **state)
{
	check_encoded(
		&(struct rpc_message){.method = RPC_WSMAN,
				      .app_version = STR("2.40.0"),
				      .payload = STR("POST /wsman")},
		"{\"method\":\"wsman\",\"apiKey\":\"xxxxx\",\"appVersion\":\"2.40.0\","
		"\"protocolVersion\":\"4.0.0\",\"status\":\"ok\",\"message\":\"ok\","
		"\"payload\":\"UE9TVCAvd3NtYW4=\",\"tenantId\":\"\"}");
	/* The order to change the port is plain JSON, not base64. */
	check_encoded(
		&(struct rpc_message){.method = RPC_PORT_SWITCH,
				      .app_version = STR("1"),
				      .payload = STR("{\"port\":\"16993\"}")},
		"{\"method\":\"port_switch\",\"apiKey\":\"xxxxx\",\"appVersion\":\"1\","
		"\"protocolVersion\":\"4.0.0\",\"status\":\"ok\",\"message\":\"ok\","
		"\"payload\":\"{\\\"port\\\":\\\"16993\\\"}\",\"tenantId\":\"\"}");
	check_encoded(
		&(struct rpc_message){.method = RPC_SUCCESS,
				      .app_version = STR("1"),
				      .message = STR("{\"Status\":\"Deactivated\"}")},
		"{\"method\":\"success\",\"apiKey\":\"xxxxx\",\"appVersion\":\"1\","
		"\"protocolVersion\":\"4.0.0\",\"status\":\"success\","
		"\"message\":\"{\\\"Status\\\":\\\"Deactivated\\\"}\","
		"\"payload\":null,\"tenantId\":\"\"}");
	check_encoded(&(struct rpc_message){.method = RPC_COMMAND,
					    .from_client = true,
					    .app_version = STR("1"),
					    .command = STR("activate --profile p"),
					    .tenant = STR("t"),
					    .payload = STR("{}")},
		      "{\"method\":\"activate --profile p\",\"apiKey\":\"key\","
		      "\"appVersion\":\"1\",\"protocolVersion\":\"4.0.0\","
		      "\"status\":\"ok\",\"message\":\"ok\",\"fqdn\":\"\","
		      "\"payload\":\"e30=\",\"tenantId\":\"t\"}");
}

static void versions_follow_upstreams_rule(void **state)
{
	static const struct {
		const char *version;
		bool good;
	} rows[] = {
		{"", true},	    {"4", true},      {"4.0", true},	{"4.0.0", true},
		{"4.0.1", false},   {"4.1.0", false}, {"3.9.9", false}, {"5", false},
		{"4.0.0.0", false}, {"four", false},  {"4.", false},	{"-4", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err *e = rpc_version_check(str_of(rows[i].version));
		if ((e == NULL) != rows[i].good)
			fail_msg("%s", rows[i].version);
		if (e != NULL)
			assert_true(str_starts(str_of(e->msg),
					       STR("protocol version NOT supported: ")));
		err_free(e);
	}
}

/* ---- command lines ---- */

static void command_lines_are_read(void **state)
{
	static const struct {
		const char *line;
		enum rpc_action action;
		const char *profile, *password, *arg;
		enum rpc_task task;
		bool force;
	} rows[] = {
		{"activate --profile p1", RPC_ACTIVATE, "p1", NULL, NULL, 0, false},
		{"-t activate --profile 0042", RPC_ACTIVATE, "0042", NULL, NULL, 0,
		 false},
		{"activate --profile two words -f", RPC_ACTIVATE, "two words", NULL, NULL,
		 0, true},
		{"deactivate --password P@ssw0rd", RPC_DEACTIVATE, "", "P@ssw0rd", NULL,
		 0, false},
		{"deactivate --password P@ss w-rd -f", RPC_DEACTIVATE, "", "P@ss w-rd",
		 NULL, 0, true},
		{"deactivate --force", RPC_DEACTIVATE, "", NULL, NULL, 0, true},
		{"maintenance -password P@ssw0rd --synctime", RPC_MAINTENANCE, "", NULL,
		 NULL, RPC_SYNC_TIME, false},
		{"maintenance -password a --changepassword N3w!pass -f", RPC_MAINTENANCE,
		 "", NULL, "N3w!pass", RPC_CHANGE_PASSWORD, true},
		{"maintenance -password a --changepassword", RPC_MAINTENANCE, "", NULL,
		 NULL, RPC_CHANGE_PASSWORD, false},
		{"maintenance --syncdeviceinfo --syncip", RPC_MAINTENANCE, "", NULL, NULL,
		 RPC_SYNC_IP, false},
		{"maintenance -password a --synchostname", RPC_MAINTENANCE, "", NULL,
		 NULL, RPC_SYNC_HOSTNAME, false},
		{"maintenance", RPC_MAINTENANCE, "", NULL, NULL, 0, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rpc_command c;
		assert_null(rpc_command_parse(str_of(rows[i].line), &c));
		assert_int_equal(c.action, rows[i].action);
		assert_str(c.profile, rows[i].profile);
		assert_int_equal(c.password.p != NULL, rows[i].password != NULL);
		if (rows[i].password != NULL)
			assert_string_equal(c.password.p, rows[i].password);
		assert_int_equal(c.task_arg.p != NULL, rows[i].arg != NULL);
		if (rows[i].arg != NULL)
			assert_string_equal(c.task_arg.p, rows[i].arg);
		assert_int_equal(c.task, rows[i].task);
		assert_int_equal(c.force, rows[i].force);
		rpc_command_fini(&c);
	}
}

static void other_commands_are_refused(void **state)
{
	static const char *const lines[] = {"", " ", "reboot", "activated",
					    "--profile p"};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct rpc_command c;
		struct err *e = rpc_command_parse(str_of(lines[i]), &c);
		assert_non_null(e);
		assert_string_equal(e->msg,
				    "Not a supported method received from AMT device");
		err_free(e);
	}
}

/* ---- payload ---- */

#define UUID "4c4c4544-0046-3310-8051-c4c04f595132"
#define HEAD "\"ver\":\"16.1.25\",\"build\":\"1932\",\"client\":\"RPC\","

static void a_payload_is_read(void **state)
{
	struct arena a = {0};
	struct rpc_payload p;

	assert_null(rpc_payload_decode(
		STR("{" HEAD "\"sku\":\"16392\",\"features\":\"AMT Pro Corporate\","
		    "\"uuid\":\"4C4C4544-0046-3310-8051-C4C04F595132\","
		    "\"username\":\"$$OsAdmin\",\"password\":\"secret\","
		    "\"currentMode\":0,\"hostname\":\"h\",\"fqdn\":\"corp.example.com\","
		    "\"certHashes\":[\"aa\",\"bb\"],"
		    "\"ipConfiguration\":{\"dhcp\":false,\"static\":true,\"ipsync\":"
		    "false,"
		    "\"ipAddress\":\"10.0.0.2\",\"netmask\":\"\",\"gateway\":\"\","
		    "\"primaryDns\":\"\",\"secondaryDns\":\"\"},"
		    "\"hostnameInfo\":{\"dnsSuffixOS\":\"s\",\"hostname\":\"o\"},"
		    "\"friendlyName\":\"\",\"progressSupported\":true}"),
		&a, &p));
	assert_string_equal(p.uuid, UUID);
	assert_int_equal(rpc_payload_major(&p), 16);
	assert_str(p.username, "$$OsAdmin");
	assert_string_equal(p.password.p, "secret");
	assert_int_equal(p.current_mode, 0);
	assert_int_equal(p.n_hashes, 2);
	assert_true(p.ip.is_static && p.has_ip && p.has_hostname_info);
	assert_str(p.ip.address, "10.0.0.2");
	assert_str(p.os_hostname, "o");
	assert_non_null(p.friendly_name.p);
	assert_true(p.progress && !p.tls_enforced);
	rpc_payload_fini(&p);
	arena_fini(&a);
}

static void a_uuid_of_numbers_is_smbios_order(void **state)
{
	struct arena a = {0};
	struct rpc_payload p;

	assert_null(rpc_payload_decode(
		STR("{" HEAD "\"uuid\":[68,69,76,76,70,0,16,51,128,81,196,192,79,89,81,"
		    "50],\"certHashes\":null}"),
		&a, &p));
	assert_string_equal(p.uuid, UUID);
	assert_int_equal(p.current_mode, -1);
	arena_fini(&a);
}

static void bad_payloads_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"x", "Failed to parse client message payload. It is not JSON"},
		{"[]", "Invalid payload from client"},
		{"{\"build\":\"1\",\"client\":\"RPC\",\"uuid\":\"" UUID "\"}",
		 "Invalid payload from client: ver is missing"},
		{"{\"ver\":1}", "Invalid payload from client: ver is no text"},
		{"{\"tlsEnforced\":\"yes\"}",
		 "Invalid payload from client: tlsEnforced is no boolean"},
		{"{" HEAD "\"sku\":\"\"}", "Missing uuid from payload"},
		{"{" HEAD "\"uuid\":\"1234\"}", "uuid not valid length"},
		{"{" HEAD "\"uuid\":[256,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}",
		 "uuid not valid length"},
		{"{" HEAD "\"uuid\":\"" UUID "\",\"certHashes\":[1]}",
		 "Invalid payload from client: a hash in certHashes is no text"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = {0};
		struct rpc_payload p;
		struct err *e = rpc_payload_decode(str_of(rows[i].text), &a, &p);
		assert_non_null(e);
		assert_string_equal(e->msg, rows[i].error);
		err_free(e);
		arena_fini(&a);
	}
}

static void a_payload_survives_the_round_trip(void **state)
{
	struct arena a = {0};
	struct buf text = {0}, again = {0};
	struct rpc_payload p = {.ver = STR("16.1.25"),
				.build = STR("1932"),
				.client = STR("RPC"),
				.uuid = UUID,
				.current_mode = 2,
				.tls_tunnel = true,
				.n_hashes = 1,
				.cert_hashes = {STR("ab")},
				.ip = {.dhcp = true}},
			   back;

	secret_set(&p.password, STR("P@ss\"w0rd"));
	rpc_payload_encode(&text, &p);
	assert_null(rpc_payload_decode(buf_str(&text), &a, &back));
	assert_string_equal(back.password.p, "P@ss\"w0rd");
	assert_true(back.tls_tunnel && back.ip.dhcp && back.current_mode == 2);
	rpc_payload_encode(&again, &back);
	assert_str(buf_str(&again), text.p);
	rpc_payload_fini(&p);
	rpc_payload_fini(&back);
	buf_fini(&text);
	buf_fini(&again);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payload_is_the_messages_own),
		cmocka_unit_test(a_command_is_decoded),
		cmocka_unit_test(answers_are_told_apart),
		cmocka_unit_test(malformed_messages_are_refused),
		cmocka_unit_test(messages_have_upstreams_bytes),
		cmocka_unit_test(versions_follow_upstreams_rule),
		cmocka_unit_test(command_lines_are_read),
		cmocka_unit_test(other_commands_are_refused),
		cmocka_unit_test(a_payload_is_read),
		cmocka_unit_test(a_uuid_of_numbers_is_smbios_order),
		cmocka_unit_test(bad_payloads_are_refused),
		cmocka_unit_test(a_payload_survives_the_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
