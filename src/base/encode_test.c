/* SPDX-License-Identifier: Apache-2.0
 * Hex, base64 (RFC 4648 vectors, strictness), UUIDs and random bytes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/encode.h>

static void hex_round_trip(void **state)
{
	static const uint8_t b[] = {0x00, 0x7f, 0x80, 0xff, 0xa5};
	uint8_t back[sizeof(b)];
	char text[2 * sizeof(b) + 1];

	hex_encode(b, sizeof(b), text);
	assert_string_equal(text, "007f80ffa5");
	assert_true(hex_decode(STR("007F80ffA5"), back, sizeof(back)));
	assert_memory_equal(back, b, sizeof(b));
	assert_true(hex_decode((struct str){NULL, 0}, back, 0));
}

static void malformed_hex_is_refused(void **state)
{
	static const char *const rows[] = {"",	 "0",  "000",  "0g",
					   "g0", " 0", "0000", "0x"};
	uint8_t b[1];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_false(hex_decode(str_of(rows[i]), b, sizeof(b)));
}

static void base64_vectors(void **state)
{
	static const struct {
		const char *raw, *std, *url;
	} rows[] = {
		{"", "", ""},
		{"f", "Zg==", "Zg"},
		{"fo", "Zm8=", "Zm8"},
		{"foo", "Zm9v", "Zm9v"},
		{"foob", "Zm9vYg==", "Zm9vYg"},
		{"fooba", "Zm9vYmE=", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
		{"\xfb\xff\xfe", "+//+", "-__-"},
		{"\xff\xff", "//8=", "__8"},
	};
	struct arena a = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].raw), n = 99;
		uint8_t *back;

		assert_string_equal(base64_encode(&a, rows[i].raw, len), rows[i].std);
		assert_string_equal(base64url_encode(&a, rows[i].raw, len), rows[i].url);
		back = base64_decode(&a, str_of(rows[i].std), &n);
		assert_non_null(back);
		assert_int_equal(n, len);
		assert_memory_equal(back, rows[i].raw, len);
		back = base64url_decode(&a, str_of(rows[i].url), &n);
		assert_non_null(back);
		assert_int_equal(n, len);
		assert_memory_equal(back, rows[i].raw, len);
	}
	arena_fini(&a);
}

static void malformed_base64_is_refused(void **state)
{
	static const char *const std[] = {
		"Z",	 "Zg",	  "Zg=",  "Zg===",    "=",	  "==",
		"====",	 "Z===",  "Zh==", "Zm9=",     "Zg==Zg==", "Zm9v\n",
		" Zm9v", "Zm 9v", "-__-", "Zm9v====", "Zm9*",
	};
	static const char *const url[] = {"Z",	 "Zg==", "Zm8=",  "Zh",
					  "Zm9", "+//+", "Zm9vY", "Zm9*"};
	struct arena a = {0};
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(std); i++)
		if (base64_decode(&a, str_of(std[i]), &n) != NULL)
			fail_msg("\"%s\" was accepted", std[i]);
	for (size_t i = 0; i < ARRAY_LEN(url); i++)
		if (base64url_decode(&a, str_of(url[i]), &n) != NULL)
			fail_msg("\"%s\" was accepted", url[i]);
	assert_null(base64_decode(&a, (struct str){"Zm\0v", 4}, &n));
	arena_fini(&a);
}

static void base64_of_all_lengths_round_trips(void **state)
{
	struct arena a = {0};
	uint8_t raw[200];

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i * 37 + 11);
	for (size_t len = 0; len <= sizeof(raw); len++) {
		char *std = base64_encode(&a, raw, len),
		     *url = base64url_encode(&a, raw, len);
		size_t n;

		assert_memory_equal(base64_decode(&a, str_of(std), &n), raw, len);
		assert_int_equal(n, len);
		assert_memory_equal(base64url_decode(&a, str_of(url), &n), raw, len);
		assert_int_equal(n, len);
	}
	arena_fini(&a);
}

/* wire-amt.md 1.2 */
static const uint8_t smbios[16] = {0x44, 0x45, 0x4c, 0x4c, 0x4b, 0x00, 0x10, 0x42,
				   0x80, 0x33, 0xb6, 0xc0, 0x4f, 0x50, 0x46, 0x33};

static void uuid_is_mixed_endian(void **state)
{
	char text[UUID_TEXT_SIZE];
	uint8_t b[16];

	uuid_text_from_smbios(smbios, text);
	assert_string_equal(text, "4c4c4544-004b-4210-8033-b6c04f504633");
	assert_true(uuid_smbios_from_text(str_of(text), b));
	assert_memory_equal(b, smbios, 16);
	assert_true(
		uuid_smbios_from_text(STR("4C4C4544-004B-4210-8033-B6C04F504633"), b));
	assert_memory_equal(b, smbios, 16);
}

static void uuid_text_table(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {
		{"4c4c4544-004b-4210-8033-b6c04f504633", true},
		{"00000000-0000-0000-0000-000000000000", true},
		{"FFFFffff-FFFF-FFFF-FFFF-ffffffffffff", true},
		{"", false},
		{"4c4c4544-004b-4210-8033-b6c04f50463", false},
		{"4c4c4544-004b-4210-8033-b6c04f5046333", false},
		{"4c4c4544004b42108033b6c04f504633", false},
		{"4c4c4544-004b-4210-8033_b6c04f504633", false},
		{"4c4c4544-004b-42108-033-b6c04f504633", false},
		{"4c4c4544-004b-4210-8033-b6c04f50463g", false},
		{"{4c4c4544-004b-4210-8033-b6c04f5046}", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(uuid_valid(str_of(rows[i].text)), rows[i].ok);
	assert_false(uuid_valid((struct str){NULL, 0}));
}

/* Before anything is seeded. */
static void random_bytes_differ(void **state)
{
	uint8_t a[600] = {0}, b[600] = {0};

	random_bytes(a, 0);
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, a + 300, 300);
}

static void random_uuid_is_version_4(void **state)
{
	char text[UUID_TEXT_SIZE], other[UUID_TEXT_SIZE];

	for (int i = 0; i < 50; i++) {
		uuid_random(text);
		assert_true(uuid_valid(str_of(text)));
		assert_int_equal(text[14], '4');
		assert_non_null(strchr("89ab", text[19]));
	}
	uuid_random(other);
	assert_string_not_equal(text, other);
}

static void seed_repeats_the_sequence(void **state)
{
	uint8_t a[21], b[21];

	random_seed(7);
	random_bytes(a, sizeof(a));
	random_seed(7);
	random_bytes(b, sizeof(b));
	assert_memory_equal(a, b, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	random_seed(8);
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_round_trip),
		cmocka_unit_test(malformed_hex_is_refused),
		cmocka_unit_test(base64_vectors),
		cmocka_unit_test(malformed_base64_is_refused),
		cmocka_unit_test(base64_of_all_lengths_round_trips),
		cmocka_unit_test(uuid_is_mixed_endian),
		cmocka_unit_test(uuid_text_table),
		cmocka_unit_test(random_bytes_differ),
		cmocka_unit_test(random_uuid_is_version_4),
		cmocka_unit_test(seed_repeats_the_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
