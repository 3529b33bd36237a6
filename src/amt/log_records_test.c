/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/log_records.h>
#include <string.h>

/* wsman.md C.2: upstream's sample of a time setting by the host's own account. */
static const char time_set[] = "\x00\x15\x00\x00\x00\x09$$OsAdmin\x4e\x49\x3c\xe4\x00\x09"
			       "127.0.0.1\x04\x4e\x49\x3c\xe4";

static void audit_record_with_a_user(void **state)
{
	struct str bytes = {time_set, sizeof(time_set) - 1};
	struct audit_record r;
	uint8_t again[64];

	assert_true(audit_record_decode(bytes, &r));
	assert_int_equal(r.app, 21);
	assert_int_equal(r.event, 0);
	assert_int_equal(r.initiator, AUDIT_BY_USER);
	assert_true(str_eqz(r.user, "$$OsAdmin"));
	assert_int_equal(r.time_s, 0x4e493ce4);
	assert_int_equal(r.location, AUDIT_IPV4);
	assert_true(str_eqz(r.address, "127.0.0.1"));
	assert_int_equal(r.extra.n, 4);
	assert_int_equal(audit_record_encode(&r, again, sizeof(again)), bytes.n);
	assert_memory_equal(again, bytes.p, bytes.n);
	assert_int_equal(audit_record_encode(&r, again, bytes.n - 1), 0);
}

static void audit_records_of_every_initiator(void **state)
{
	/* clang-format off */
#define ROW(kind, text) {kind, text, sizeof(text) - 1}
	static const struct {
		uint8_t initiator;
		const char *bytes;
		size_t n;
	} rows[] = {
		ROW(AUDIT_BY_USER, "\0\x10\0\1\0\0\0\0\0\1\2\0\0"),
		ROW(AUDIT_BY_KERBEROS, "\0\x10\0\1\1\0\0\2\1\3sid\0\0\0\1\2\0\0"),
		ROW(AUDIT_BY_LOCAL, "\0\x13\0\0\2\0\0\0\1\2\0\2\0\x0c"),
		ROW(AUDIT_BY_KVM_PORT, "\0\x1d\0\3\3\0\0\0\1\1\3::1\0"),
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str bytes = {rows[i].bytes, rows[i].n};
		struct audit_record r;
		uint8_t again[64];
		assert_true(audit_record_decode(bytes, &r));
		assert_int_equal(r.initiator, rows[i].initiator);
		assert_int_equal(audit_record_encode(&r, again, sizeof(again)), bytes.n);
		assert_memory_equal(again, bytes.p, bytes.n);
		/* Cut anywhere it is none; nor with a byte more. */
		for (size_t n = 0; n < bytes.n; n++)
			assert_false(audit_record_decode((struct str){bytes.p, n}, &r));
		memcpy(again, bytes.p, bytes.n);
		again[bytes.n] = 0;
		assert_false(audit_record_decode(
			(struct str){(const char *)again, bytes.n + 1}, &r));
	}
#undef ROW
	struct audit_record r;
	assert_false(audit_record_decode(STR("\0\x10\0\1\4\0\0\0\0\1\2\0\0"), &r));
}

/* wsman.md C.3 */
static void event_record_is_twenty_one_bytes(void **state)
{
	static const char bytes[] = "\x66\x4b\x7f\x5e\xff\x0f\x6f\x02\x68\x02\xff\x22\x00"
				    "\x40\x13\x00\x00\x00\x00\x00\x00";
	struct event_record r;
	uint8_t again[EVENT_RECORD_SIZE];

	assert_true(event_record_decode((struct str){bytes, 21}, &r));
	assert_int_equal(r.time_s, 0x5e7f4b66);
	assert_int_equal(r.sensor, 15);
	assert_int_equal(r.offset, 2);
	assert_int_equal(r.entity, 34);
	assert_int_equal(r.data[1], 19);
	event_record_encode(&r, again);
	assert_memory_equal(again, bytes, sizeof(again));
	assert_false(event_record_decode((struct str){bytes, 20}, &r));
	assert_false(event_record_decode((struct str){bytes, 22}, &r));
	assert_false(event_record_decode((struct str){bytes, 0}, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(audit_record_with_a_user),
		cmocka_unit_test(audit_records_of_every_initiator),
		cmocka_unit_test(event_record_is_twenty_one_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
