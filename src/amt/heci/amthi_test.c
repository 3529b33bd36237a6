/* SPDX-License-Identifier: Apache-2.0
 * AMTHI codec: golden bytes of commands (rpc.md 2.4, 2.5), round trips of all of them,
 * cut and malformed input.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/heci/amthi_table.h>
#include <base/encode.h>
#include <stdlib.h>

#define HEAD "01010000"
#define Z8 "0000000000000000"
#define Z40 Z8 Z8 Z8 Z8 Z8
#define Z64 Z40 Z8 Z8 Z8
#define OK "00000000"

/* Hex, blanks skipped. */
static struct str unhex(struct arena *a, const char *hex)
{
	char *digits = arena_strdup(a, hex), *to = digits;

	for (const char *p = hex; *p; p++)
		if (*p != ' ')
			*to++ = *p;
	size_t n = (size_t)(to - digits) / 2;
	uint8_t *out = arena_alloc(a, n);
	assert_true(hex_decode((struct str){digits, 2 * n}, out, n));
	return (struct str){(const char *)out, n};
}

static void assert_hex(struct arena *a, const struct buf *b, const char *want)
{
	struct str w = unhex(a, want);
	char *got = arena_alloc(a, 2 * b->len + 1);

	hex_encode(b->p, b->len, got);
	if (!str_eq(buf_str(b), w))
		fail_msg("got %s\nwant %s", got, want);
}

/* ---- golden requests ---- */

struct golden_request {
	const char *name, *hex;
	struct amthi_request rq;
};

/* clang-format off */
static const struct golden_request requests[] = {
	{"GetCodeVersions", HEAD "1a000004" "00000000", {.command = AMTHI_GET_CODE_VERSIONS}},
	{"GetControlMode", HEAD "6b000004" "00000000", {.command = AMTHI_GET_CONTROL_MODE}},
	{"GetUUID", HEAD "5c000004" "00000000", {.command = AMTHI_GET_UUID}},
	{"Unprovision", HEAD "10000004" "04000000" "00000000",
	 {.command = AMTHI_UNPROVISION, .value = 0}},
	{"GetCertificateHashEntry", HEAD "2d000004" "04000000" "07000000",
	 {.command = AMTHI_GET_CERT_HASH_ENTRY, .value = 7}},
	{"GetLANInterfaceSettings", HEAD "48000004" "04000000" "01000000",
	 {.command = AMTHI_GET_LAN_INTERFACE_SETTINGS, .value = 1}},
	{"GetLocalSystemAccount", HEAD "67000004" "28000000" Z40,
	 {.command = AMTHI_GET_LOCAL_SYSTEM_ACCOUNT}},
	{"GetCIRALog", HEAD "8e000004" "01000000" "00", {.command = AMTHI_GET_CIRA_LOG}},
	{"SetDNSSuffix", HEAD "2f000004" "0a000000" "0800" "612e622e636f6d2e",
	 {.command = AMTHI_SET_DNS_SUFFIX, .text = STR("a.b.com.")}},
	{"SetEnterpriseAccess", HEAD "3f000004" "12000000" "01" "0a0b0c0d" Z8 "00000000" "02",
	 {.command = AMTHI_SET_ENTERPRISE_ACCESS,
	  .enterprise = {1, {0x0a, 0x0b, 0x0c, 0x0d}, 2}}},
	{"GetAMTState", HEAD "01000001" "10000000" Z8 "00000000" "00000001",
	 {.command = AMTHI_GET_AMT_STATE, .state_id = {[15] = 1}}},
	{"StartConfigurationHBased", HEAD "8b000004" "86010000" "02" "ff"
	 Z8 Z8 Z8 Z8 Z8 Z8 Z8 "00000000000000" "00" "00000000" Z64 Z64 Z64 Z64 Z64,
	 {.command = AMTHI_START_CONFIGURATION_HBASED, .start = {2, {0xff}}}},
};
/* clang-format on */

static void requests_have_golden_bytes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		const struct golden_request *g = &requests[i];
		struct arena a = {0};
		struct buf b = {0};
		struct amthi_request back;

		amthi_encode_request(&b, &g->rq);
		assert_hex(&a, &b, g->hex);
		assert_int_equal(amthi_decode_request(b.p, b.len, &back), 0);
		assert_int_equal(back.command, g->rq.command);
		assert_string_equal(amthi_command_name(back.command), g->name);
		struct buf again = {0};
		amthi_encode_request(&again, &back);
		assert_hex(&a, &again, g->hex);
		buf_fini(&b);
		buf_fini(&again);
		arena_fini(&a);
	}
}

static void start_configuration_is_packed_to_402_bytes(void **state)
{
	struct amthi_request rq = {.command = AMTHI_START_CONFIGURATION_HBASED,
				   .start = {.hash_algorithm = AMTHI_SHA384,
					     .suffix_list_len = 5,
					     .suffixes = "ab.cd"}};
	struct buf b = {0};

	memset(rq.start.hash, 0x11, 48);
	amthi_encode_request(&b, &rq);
	assert_int_equal(b.len, 402);
	assert_int_equal((uint8_t)b.p[12], 3);
	assert_int_equal((uint8_t)b.p[13 + 47], 0x11);
	assert_int_equal((uint8_t)b.p[13 + 48], 0);
	assert_int_equal((uint8_t)b.p[12 + 1 + 64 + 1], 5);
	assert_memory_equal(b.p + 12 + 1 + 64 + 1 + 4, "ab.cd", 6);
	buf_fini(&b);
}

/* ---- golden responses: decoded, and encoded again to the same ---- */

/* clang-format off */
static const struct golden_response {
	enum amthi_command command;
	const char *hex;
} responses[] = {
	{AMTHI_GET_TCPIP_PARAMETERS, HEAD "06008004" "21000000" OK "02000000" "04030201"
	 "00ffffff" "01030201" "08080808" "04040404" "0300" "622e63"},
	{AMTHI_GET_PROVISIONING_MODE, HEAD "08008004" "0c000000" OK "01000000" "00000000"},
	{AMTHI_UNPROVISION, HEAD "10008004" "04000000" OK},
	{AMTHI_UNPROVISION, HEAD "10008004" "08000000" OK "00000000"},
	{AMTHI_GET_PROVISIONING_STATE, HEAD "11008004" "08000000" OK "02000000"},
	{AMTHI_GET_SECURITY_PARAMETERS, HEAD "1b008004" "48000000" OK "01000000" "01000000"
	 "01000000" "02000000" "01000000" "01000000" "01000000" "01000000" "01000000" "01000000"
	 Z8 Z8 Z8 "00000000"},
	{AMTHI_GET_MAC_ADDRESSES, HEAD "25008004" "10000000" OK "a0b1c2d3e4f5" "a0b1c2d3e4f6"},
	{AMTHI_GENERATE_RNG_SEED, HEAD "28008004" "04000000" OK},
	{AMTHI_START_CONFIGURATION, HEAD "29008004" "04000000" OK},
	{AMTHI_SET_PROVISIONING_SERVER_OTP, HEAD "2a008004" "04000000" OK},
	{AMTHI_GET_PROVISIONING_TLS_MODE, HEAD "2b008004" "08000000" OK "02000000"},
	{AMTHI_ENUMERATE_HASH_HANDLES, HEAD "2c008004" "14000000" OK "03000000" "00000000"
	 "01000000" "05000000"},
	{AMTHI_GET_CERT_HASH_ENTRY, HEAD "2d008004" "51000000" OK "01000000" "01000000"
	 Z40 Z8 Z8 Z8 "02" "0200" "4341"},
	{AMTHI_GET_RNG_SEED_STATUS, HEAD "2e008004" "08000000" OK "01000000"},
	{AMTHI_SET_DNS_SUFFIX, HEAD "2f008004" "04000000" OK},
	{AMTHI_GET_ZERO_TOUCH_ENABLED, HEAD "30008004" "08000000" OK "01000000"},
	{AMTHI_GET_PKI_FQDN_SUFFIX, HEAD "36008004" "0d000000" OK "0700" "766d2e74657374"},
	{AMTHI_GET_DNS_SUFFIX_LIST, HEAD "3e008004" "0a000000" OK "0400" "61006200"},
	{AMTHI_SET_ENTERPRISE_ACCESS, HEAD "3f008004" "04000000" OK},
	{AMTHI_OPEN_USER_INITIATED_CONNECTION, HEAD "44008004" "04000000" OK},
	{AMTHI_CLOSE_USER_INITIATED_CONNECTION, HEAD "45008004" "04000000" OK},
	{AMTHI_GET_REMOTE_ACCESS_CONNECTION_STATUS, HEAD "46008004" "1e000000" OK "00000000"
	 "02000000" "03000000" "0c00" "6d70732e6578616d706c6521"},
	{AMTHI_GET_CURRENT_POWER_POLICY, HEAD "47008004" "08000000" OK "0200" "5330"},
	{AMTHI_GET_LAN_INTERFACE_SETTINGS, HEAD "48008004" "18000000" OK "01000000" "2501a8c0"
	 "01000000" "02" "01" "a0b1c2d3e4f5"},
	{AMTHI_GET_FEATURES_STATE, HEAD "49008004" "14000000" OK "00000000" "01000000" "00000000"
	 "00000000"},
	{AMTHI_GET_FEATURES_STATE, HEAD "49008004" "0c000000" OK "04000000" "03000000"},
	{AMTHI_GET_LAST_HOST_RESET_REASON, HEAD "4a008004" "0c000000" OK "01000000" "78563412"},
	{AMTHI_GET_USER_INITIATED_ENABLED_INTERFACES, HEAD "4d008004" "08000000" OK "03000000"},
	{AMTHI_GET_CONFIG_SERVER_DATA, HEAD "4e008004" "37000000" OK "f325" "312e32"
	 Z40 "000000" "0100" "61"},
	{AMTHI_GET_ME_SETUP_AUDIT_RECORD, HEAD "50008004" "cd000000" OK "02" "01000000"
	 "00000000" "02000000" Z64 Z40 Z8 "00000000" "01000000" "01000000" "31" Z40 "0000000000"
	 "ea07" "0100" "0400" "0f00" "0600" "0000" "0000" "0200" "6162"},
	{AMTHI_GET_IPV6_LAN_INTERFACE_STATUS, HEAD "52008004" "c8000000" OK
	 "3a3a" Z40 "00000000" "3a3a" Z40 "00000000" "3a3a" Z40 "00000000" "01000000"
	 "3a3a" Z40 "00000000" "02000000" "01000000"},
	{AMTHI_GET_FQDN, HEAD "56008004" "1d000000" OK "01000000" "00000000" "a0050000" "84030000"
	 "01000000" "0300" "612e62"},
	{AMTHI_GET_REDIRECTION_STATE, HEAD "58008004" "08000000" OK "07000000"},
	{AMTHI_SET_HOST_FQDN, HEAD "5b008004" "04000000" OK},
	{AMTHI_GET_UUID, HEAD "5c008004" "14000000" OK "44454c4c4b0010428033b6c04f504633"},
	{AMTHI_STOP_CONFIGURATION, HEAD "5e008004" "04000000" OK},
	{AMTHI_GET_LOCAL_SYSTEM_ACCOUNT, HEAD "67008004" "48000000" OK "24244f7341646d696e"
	 Z8 Z8 Z8 "7077" Z8 Z8 Z8 "00000000000000" "0000"},
	{AMTHI_GET_CONTROL_MODE, HEAD "6b008004" "08000000" OK "01000000"},
	{AMTHI_GET_EHBC_STATE, HEAD "84008004" "08000000" OK "00000000"},
	{AMTHI_START_CONFIGURATION_HBASED, HEAD "8b008004" "45000000" OK "02" Z64},
	{AMTHI_GET_CIRA_LOG, HEAD "8e008004" "04000000" OK},
	{AMTHI_GET_AMT_STATE, HEAD "01008001" "1d000000" OK Z8 "00000000" "00000001" "05000000"
	 "01" "00" "01" "01" "00"},
};
/* clang-format on */

union any_response {
	struct amthi_code_versions versions;
	struct amthi_cira_log log;
	struct amthi_ipv6 ipv6;
	char room[4096];
};

static bool decode(struct str bytes, enum amthi_command c, uint32_t *status,
		   union any_response *r)
{
	const char *why = NULL;

	memset(r, 0, sizeof(*r));
	assert_true(amthi_response_size(c) <= sizeof(*r));
	bool ok = amthi_decode_response(bytes.p, bytes.n, c, status, r, &why);
	assert_non_null(why);
	return ok;
}

static void responses_have_golden_bytes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(responses); i++) {
		struct arena a = {0};
		struct str bytes = unhex(&a, responses[i].hex);
		union any_response r;
		uint32_t status = 99;
		struct buf b = {0};

		if (!decode(bytes, responses[i].command, &status, &r))
			fail_msg("%s", amthi_command_name(responses[i].command));
		assert_int_equal(status, 0);
		amthi_encode_response(&b, responses[i].command, 0, &r);
		assert_hex(&a, &b, responses[i].hex);
		buf_fini(&b);
		arena_fini(&a);
	}
}

static void every_command_but_the_longest_has_a_golden_response(void **state)
{
	uint32_t c;

	for (size_t i = 0; (c = amthi_command_at(i)) != 0; i++) {
		bool found = c == AMTHI_GET_CODE_VERSIONS;
		for (size_t k = 0; k < ARRAY_LEN(responses); k++)
			found = found || responses[k].command == c;
		if (!found)
			fail_msg("%s", amthi_command_name(c));
	}
}

static void decoded_fields_mean_what_the_reference_says(void **state)
{
	struct arena a = {0};
	union any_response r;
	uint32_t status;
	const struct amthi_lan *lan = (void *)&r;
	const struct amthi_account *account = (void *)&r;
	const struct amthi_remote *remote = (void *)&r;

	for (size_t i = 0; i < ARRAY_LEN(responses); i++) {
		decode(unhex(&a, responses[i].hex), responses[i].command, &status, &r);
		switch (responses[i].command) {
		case AMTHI_GET_LAN_INTERFACE_SETTINGS:
			assert_true(lan->enabled && lan->dhcp);
			assert_int_equal(lan->ipv4, 0xC0A80125); /* 192.168.1.37 */
			assert_int_equal(lan->dhcp_mode, 2);
			assert_int_equal(lan->link, 1);
			assert_int_equal(lan->mac[5], 0xf5);
			break;
		case AMTHI_GET_LOCAL_SYSTEM_ACCOUNT:
			assert_true(str_eqz(account->user, "$$OsAdmin"));
			assert_true(str_eqz(account->password, "pw"));
			break;
		case AMTHI_GET_REMOTE_ACCESS_CONNECTION_STATUS:
			assert_int_equal(remote->status, 2);
			assert_int_equal(remote->trigger, 3);
			assert_true(str_eqz(remote->mps, "mps.example!"));
			break;
		default:
			break;
		}
	}
	arena_fini(&a);
}

static void account_without_the_two_bytes_of_padding_is_taken(void **state)
{
	struct arena a = {0};
	struct str s = unhex(&a, HEAD "67008004"
				      "46000000" OK "24244f7341646d696e" Z8 Z8 Z8
				      "7077" Z8 Z8 Z8 "00000000000000");
	union any_response r;
	uint32_t status;

	assert_int_equal(s.n, 12 + 0x46);
	assert_true(decode(s, AMTHI_GET_LOCAL_SYSTEM_ACCOUNT, &status, &r));
	arena_fini(&a);
}

/* bios[65], count, then per version {u16, 20, u16, 20}: 3 of them are 221 bytes. */
static void code_versions_are_laid_out_as_documented(void **state)
{
	struct amthi_code_versions v = {.bios = STR("DNKBLi7v.86A"),
					.n = 3,
					.versions = {{STR("AMT"), STR("16.1.25")},
						     {STR("Build Number"), STR("1932")},
						     {STR("Sku"), STR("16400")}}};
	struct buf b = {0};
	union any_response r;
	uint32_t status;

	amthi_encode_response(&b, AMTHI_GET_CODE_VERSIONS, 0, &v);
	assert_int_equal(b.len, 16 + 65 + 4 + 3 * 44);
	assert_memory_equal(b.p + 16, "DNKBLi7v.86A\0", 13);
	assert_memory_equal(b.p + 81, "\x03\0\0\0\x03\0AMT\0", 10);
	assert_memory_equal(b.p + 85 + 22,
			    "\x07\0"
			    "16.1.25\0",
			    10);
	assert_memory_equal(b.p + 85 + 88, "\x03\0Sku\0", 6);
	assert_true(decode(buf_str(&b), AMTHI_GET_CODE_VERSIONS, &status, &r));
	assert_int_equal(r.versions.n, 3);
	assert_true(str_eqz(r.versions.bios, "DNKBLi7v.86A"));
	assert_true(str_eqz(r.versions.versions[2].version, "16400"));
	buf_fini(&b);
}

/* Offsets from the reference's list of fields, counted by hand. */
static void cira_log_is_laid_out_as_documented(void **state)
{
	static uint8_t bytes[16 + 2781];
	union any_response r;
	uint32_t status;
	struct buf b = {0};
	uint8_t *p = bytes + 16;

	memcpy(bytes, "\x01\x01\0\0\x8e\0\x80\x04\xe1\x0a\0\0\0\0\0\0", 16);
	p[0] = 1;     /* version */
	p[1] = 1;     /* tunnel opened */
	p[6] = 0x11;  /* last keep-alive */
	p[27] = 0x22; /* last closed: the last byte of 27 is p[27] */
	p[28] = 1;    /* tunnel entry: valid */
	memcpy(p + 28 + 9, "mps", 3);
	p[28 + 544 - 3] = 0x33; /* its closure's reason */
	p[573] = 1;		/* failed connection: valid */
	memcpy(p + 573 + 9, "mps2", 4);
	memcpy(p + 573 + 266 + 6, "\x0a\x01\x02\x03", 4); /* first interface's IPv4 */
	memcpy(p + 573 + 1618, "wifi", 4);
	p[573 + 1656] = 1; /* connected interface */
	memcpy(p + 573 + 1660 + 269 + 5, "proxy", 5);
	p[2780 - 3] = 0x44; /* closure's reason */
	assert_true(decode((struct str){(char *)bytes, sizeof(bytes)}, AMTHI_GET_CIRA_LOG,
			   &status, &r));
	assert_true(r.log.supported);
	assert_int_equal(r.log.last_keepalive, 0x11);
	assert_int_equal(r.log.last_closed, 0x22000000);
	assert_true(str_eqz(r.log.tunnel.mps, "mps"));
	assert_int_equal(r.log.tunnel.closure.reason, 0x33);
	assert_int_equal(r.log.failure.interfaces[0].address, 0x0a010203);
	assert_true(str_eqz(r.log.failure.wifi_profile, "wifi"));
	assert_int_equal(r.log.failure.interface, 1);
	assert_true(str_eqz(r.log.failure.details[1].proxy, "proxy"));
	assert_int_equal(r.log.failure.closure.reason, 0x44);
	amthi_encode_response(&b, AMTHI_GET_CIRA_LOG, 0, &r);
	assert_int_equal(b.len, sizeof(bytes));
	assert_memory_equal(b.p, bytes, sizeof(bytes));
	buf_fini(&b);
}

static void empty_cira_log_means_not_supported(void **state)
{
	union any_response r;
	uint32_t status;
	struct str s = STR("\x01\x01\0\0\x8e\0\x80\x04\x04\0\0\0\0\0\0\0");

	assert_true(decode(s, AMTHI_GET_CIRA_LOG, &status, &r));
	assert_false(r.log.supported);
}

/* ---- refusals ---- */

static void status_other_than_0_comes_without_payload(void **state)
{
	struct buf b = {0};
	union any_response r;
	uint32_t status = 0;

	amthi_encode_response(&b, AMTHI_GET_CODE_VERSIONS, AMTHI_NOT_READY, NULL);
	assert_int_equal(b.len, 16);
	assert_true(decode(buf_str(&b), AMTHI_GET_CODE_VERSIONS, &status, &r));
	assert_int_equal(status, 2);
	assert_string_equal(amthi_status_name(status), "AMT_STATUS_NOT_READY");
	assert_string_equal(amthi_status_name(12345), "AMT_STATUS_UNKNOWN");
	buf_fini(&b);
}

static void unknown_command_is_refused_by_its_number(void **state)
{
	struct amthi_request rq;
	struct buf b = {0};

	assert_int_equal(amthi_decode_request(HEAD, 0, &rq), -1);
	assert_int_equal(
		amthi_decode_request("\x01\x01\0\0\xff\0\0\x04\0\0\0\0", 12, &rq),
		AMTHI_INVALID_COMMAND);
	amthi_encode_refusal(&b, rq.command, AMTHI_INVALID_COMMAND);
	assert_memory_equal(b.p, "\x01\x01\0\0\xff\0\x80\x04\x04\0\0\0\x03\x08\0\0", 16);
	assert_null(amthi_command_name(0x040000ff));
	buf_fini(&b);
}

static void response_as_request_is_not_answered(void **state)
{
	struct amthi_request rq;

	assert_int_equal(
		amthi_decode_request("\x01\x01\0\0\x5c\0\x80\x04\0\0\0\0", 12, &rq), -1);
}

static void requests_of_wrong_length_are_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct buf b = {0};
		struct amthi_request rq;

		amthi_encode_request(&b, &requests[i].rq);
		for (size_t n = 0; n < b.len; n++)
			assert_int_equal(amthi_decode_request(b.p, n, &rq),
					 n < 12 ? -1 : AMTHI_INVALID_MESSAGE_LENGTH);
		buf_addc(&b, 0);
		assert_int_equal(amthi_decode_request(b.p, b.len, &rq),
				 AMTHI_INVALID_MESSAGE_LENGTH);
		b.p[8]++; /* and the header agrees */
		assert_int_equal(amthi_decode_request(b.p, b.len, &rq),
				 AMTHI_INVALID_MESSAGE_LENGTH);
		buf_fini(&b);
	}
}

static void cut_responses_are_malformed(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(responses); i++) {
		struct arena a = {0};
		struct str s = unhex(&a, responses[i].hex);
		union any_response r;
		uint32_t status;

		for (size_t n = 0; n < s.n; n++) {
			char *cut = arena_memdup(&a, s.p, n); /* for the sanitizer */
			assert_false(decode((struct str){cut, n}, responses[i].command,
					    &status, &r));
		}
		arena_fini(&a);
	}
}

static void padding_behind_a_response_is_ignored(void **state)
{
	union any_response r;
	uint32_t status;
	struct arena a = {0};
	struct str s = unhex(&a, HEAD "6b008004"
				      "08000000" OK "02000000" Z64);

	assert_true(decode(s, AMTHI_GET_CONTROL_MODE, &status, &r));
	assert_int_equal(((struct amthi_value *)(void *)&r)->value, 2);
	arena_fini(&a);
}

/* clang-format off */
static const struct {
	const char *name, *hex;
	enum amthi_command command;
} bad[] = {
	{"another command", HEAD "5c008004" "08000000" OK "02000000", AMTHI_GET_CONTROL_MODE},
	{"a request", HEAD "6b000004" "08000000" OK "02000000", AMTHI_GET_CONTROL_MODE},
	{"length without status", HEAD "6b008004" "00000000" OK "02000000", AMTHI_GET_CONTROL_MODE},
	{"length beyond the bytes", HEAD "6b008004" "ffffffff" OK "02000000", AMTHI_GET_CONTROL_MODE},
	{"too many handles", HEAD "2c008004" "08000000" OK "22000000", AMTHI_ENUMERATE_HASH_HANDLES},
	{"absurd many handles", HEAD "2c008004" "08000000" OK "ffffffff", AMTHI_ENUMERATE_HASH_HANDLES},
	{"text beyond the payload", HEAD "36008004" "07000000" OK "0200" "61", AMTHI_GET_PKI_FQDN_SUFFIX},
	{"text over its limit", HEAD "36008004" "07000000" OK "ffff" "61", AMTHI_GET_PKI_FQDN_SUFFIX},
	{"state of another size", HEAD "01008001" "1d000000" OK Z8 Z8 "06000000" "01" "00" "01" "01" "00",
	 AMTHI_GET_AMT_STATE},
};
/* clang-format on */

static void malformed_responses_are_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arena a = {0};
		union any_response r;
		uint32_t status;

		if (decode(unhex(&a, bad[i].hex), bad[i].command, &status, &r))
			fail_msg("%s", bad[i].name);
		arena_fini(&a);
	}
}

static void commands_are_unique(void **state)
{
	for (size_t i = 0; i < amthi_rows_n; i++)
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(amthi_rows[i].command,
					     amthi_rows[k].command);
			assert_string_not_equal(amthi_rows[i].name, amthi_rows[k].name);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_have_golden_bytes),
		cmocka_unit_test(start_configuration_is_packed_to_402_bytes),
		cmocka_unit_test(responses_have_golden_bytes),
		cmocka_unit_test(every_command_but_the_longest_has_a_golden_response),
		cmocka_unit_test(decoded_fields_mean_what_the_reference_says),
		cmocka_unit_test(account_without_the_two_bytes_of_padding_is_taken),
		cmocka_unit_test(code_versions_are_laid_out_as_documented),
		cmocka_unit_test(cira_log_is_laid_out_as_documented),
		cmocka_unit_test(empty_cira_log_means_not_supported),
		cmocka_unit_test(status_other_than_0_comes_without_payload),
		cmocka_unit_test(unknown_command_is_refused_by_its_number),
		cmocka_unit_test(response_as_request_is_not_answered),
		cmocka_unit_test(requests_of_wrong_length_are_refused),
		cmocka_unit_test(cut_responses_are_malformed),
		cmocka_unit_test(padding_behind_a_response_is_ignored),
		cmocka_unit_test(malformed_responses_are_refused),
		cmocka_unit_test(commands_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
