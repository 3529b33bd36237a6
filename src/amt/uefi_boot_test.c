/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <amt/uefi_boot.h>
#include <base/encode.h>

static struct arena a;

static int end(void **state)
{
	arena_fini(&a);
	return 0;
}

static struct str raw_of(struct str base64)
{
	size_t n;
	const uint8_t *p = base64_decode(&a, base64, &n);

	assert_non_null(p);
	return (struct str){(const char *)p, n};
}

/* Golden bytes: wsman.md C.4, and what upstream's writers send for HTTPS boot. */
static void https_boot_is_url_roots_and_credentials(void **state)
{
	static const char want[] = "\x86\x80\x01\0\x09\0\0\0https://a"
				   "\x86\x80\x14\0\x01\0\0\0\x01"
				   "\x86\x80\x28\0\x02\0\0\0me"
				   "\x86\x80\x29\0\x03\0\0\0key";
	struct uefi_boot p = {.url = STR("https://a"),
			      .sync_roots = {true, 1},
			      .user = STR("me"),
			      .password = STR("key")},
			 back;
	struct str base64;
	uint32_t count;

	assert_null(uefi_boot_encode(&a, &p, &base64, &count));
	assert_int_equal(count, 4);
	struct str raw = raw_of(base64);
	assert_int_equal(raw.n, sizeof(want) - 1);
	assert_memory_equal(raw.p, want, raw.n);
	assert_null(uefi_boot_decode(&a, base64, count, &back));
	assert_true(str_eqz(back.url, "https://a") && str_eqz(back.user, "me") &&
		    str_eqz(back.password, "key"));
	assert_true(back.sync_roots.set && back.sync_roots.v == 1);
	assert_null(back.path.p);
}

static void a_file_has_its_length_along(void **state)
{
	static const char want[] = "\x86\x80\x02\0\x02\0\0\0\\a"
				   "\x86\x80\x03\0\x02\0\0\0\x02\0";
	struct uefi_boot p = {.path = STR("\\a")};
	struct str base64;
	uint32_t count;

	assert_null(uefi_boot_encode(&a, &p, &base64, &count));
	assert_int_equal(count, 2);
	struct str raw = raw_of(base64);
	assert_int_equal(raw.n, sizeof(want) - 1);
	assert_memory_equal(raw.p, want, raw.n);
}

static void the_erase_mask_is_twelve_bytes(void **state)
{
	static const char want[] = "\x86\x80\x01\0\x04\0\0\0\x44\0\0\x04";
	struct uefi_erase p = {.mask = {true, 0x4000044}}, back;
	struct str base64;
	uint32_t count;

	assert_null(uefi_erase_encode(&a, &p, &base64, &count));
	assert_int_equal(count, 1);
	struct str raw = raw_of(base64);
	assert_int_equal(raw.n, 12);
	assert_memory_equal(raw.p, want, 12);
	assert_null(uefi_erase_decode(&a, base64, count, &back));
	assert_int_equal(back.mask.v, 0x4000044);
}

static struct str filled(size_t n)
{
	char *p = arena_alloc(&a, n);

	memset(p, 'x', n);
	return (struct str){p, n};
}

/* Every type at its longest, and one more byte of each. */
static void every_type_goes_to_its_limit_and_no_further(void **state)
{
	static const struct {
		size_t offset, max;
	} texts[] = {
		{offsetof(struct uefi_boot, url), 300},
		{offsetof(struct uefi_boot, path), 300},
		{offsetof(struct uefi_boot, image_sha256), 32},
		{offsetof(struct uefi_boot, image_sha384), 48},
		{offsetof(struct uefi_boot, image_sha512), 64},
		{offsetof(struct uefi_boot, optional_data), 50},
		{offsetof(struct uefi_boot, server_name), 256},
		{offsetof(struct uefi_boot, server_sha256), 32},
		{offsetof(struct uefi_boot, server_sha384), 48},
		{offsetof(struct uefi_boot, server_sha512), 64},
		{offsetof(struct uefi_boot, user), 16},
		{offsetof(struct uefi_boot, password), 16},
	};
	struct uefi_boot p = {.sync_roots = {true, 1},
			      .name_check = {true, 3},
			      .timeout_s = {true, 65535}},
			 back;
	struct str base64;
	uint32_t count;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*(struct str *)((char *)&p + texts[i].offset) = filled(texts[i].max);
	assert_null(uefi_boot_encode(&a, &p, &base64, &count));
	assert_int_equal(count, 16);
	assert_null(uefi_boot_decode(&a, base64, count, &back));
	assert_int_equal(back.timeout_s.v, 65535);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct uefi_boot more = p;
		*(struct str *)((char *)&more + texts[i].offset) =
			filled(texts[i].max + 1);
		struct err *e = uefi_boot_encode(&a, &more, &base64, &count);
		assert_true(err_is(e, ERR_INVALID));
		err_free(e);
	}
}

static struct str entries(const char *raw, size_t n)
{
	return str_of(base64_encode(&a, raw, n));
}

static void malformed_arrays_are_refused(void **state)
{
	/* clang-format off */
#define ROW(text, count, erase, good) {text, sizeof(text) - 1, count, erase, good}
	static const struct {
		const char *raw;
		size_t n;
		uint32_t count;
		bool erase, good;
	} rows[] = {
		ROW("\x86\x80\x01\0\x01\0\0\0a", 1, false, true),
		ROW("\x86\x80\x01\0\x01\0\0\0a\x86\x80\x14\0\x01\0\0\0\1", 1, false, false),
		ROW("\x86\x80\x01\0\x01\0\0\0a", 2, false, false),
		ROW("\x86\x80\x01\0\x01\0\0\0a", 0, false, false),
		ROW("\x86\x80\x01\0\x01\0\0\0a", 21, false, false),
		ROW("\x87\x80\x01\0\x01\0\0\0a", 1, false, false),	/* another vendor */
		ROW("\x86\x80\x07\0\x01\0\0\0a", 1, false, false),	/* unknown type */
		ROW("\x86\x80\xff\xff\x01\0\0\0a", 1, false, false),
		ROW("\x86\x80\x01\0\x01\0\0\0a\x86\x80\x01\0\x01\0\0\0b", 2, false, false),
		ROW("\x86\x80\x01\0\0\0\0\0", 1, false, false),		/* empty URL */
		ROW("\x86\x80\x01\0\x01\0\0\0\x1f", 1, false, false),	/* not printable */
		ROW("\x86\x80\x01\0\xff\xff\xff\xff" "a", 1, false, false),
		ROW("\x86\x80\x01\0\x02\0\0\0a", 1, false, false),	/* cut value */
		ROW("\x86\x80\x01", 1, false, false),			/* cut header */
		ROW("\x86\x80\x02\0\x01\0\0\0a", 1, false, false),	/* file without length */
		ROW("\x86\x80\x03\0\x02\0\0\0\1\0", 1, false, false),	/* length without file */
		ROW("\x86\x80\x02\0\x01\0\0\0a\x86\x80\x03\0\x02\0\0\0\2\0", 2, false, false),
		ROW("\x86\x80\x14\0\x01\0\0\0\2", 1, false, false),	/* flag that is none */
		ROW("\x86\x80\x29\0\x01\0\0\0a", 1, false, false),	/* password, no user */
		ROW("\x86\x80\x01\0\x04\0\0\0\4\0\0\0", 1, true, true),
		ROW("\x86\x80\x01\0\x02\0\0\0\4\0", 1, true, false),
		ROW("\x86\x80\x02\0\x01\0\0\0a", 1, true, false),
	};
#undef ROW
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct uefi_boot boot;
		struct uefi_erase erase;
		struct str text = entries(rows[i].raw, rows[i].n);
		struct err *e =
			rows[i].erase ? uefi_erase_decode(&a, text, rows[i].count, &erase)
				      : uefi_boot_decode(&a, text, rows[i].count, &boot);
		if ((e == NULL) != rows[i].good)
			fail_msg("row %zu", i);
		assert_true(e == NULL || e->kind == ERR_INVALID);
		err_free(e);
	}
	struct uefi_boot boot;
	struct err *e = uefi_boot_decode(&a, STR("!!"), 1, &boot);
	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
	e = uefi_boot_decode(&a, filled(4000), 1, &boot);
	assert_true(err_is(e, ERR_INVALID));
	err_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(https_boot_is_url_roots_and_credentials, end),
		cmocka_unit_test_teardown(a_file_has_its_length_along, end),
		cmocka_unit_test_teardown(the_erase_mask_is_twelve_bytes, end),
		cmocka_unit_test_teardown(every_type_goes_to_its_limit_and_no_further,
					  end),
		cmocka_unit_test_teardown(malformed_arrays_are_refused, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
