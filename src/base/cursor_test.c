/* SPDX-License-Identifier: Apache-2.0
 * Cursors: byte order, short against bad, limits before waiting, sticky failure.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/cursor.h>

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};

static void numbers_are_read_in_their_byte_order(void **state)
{
	struct rd r = rd_init(bytes, sizeof(bytes));

	assert_int_equal(rd_u8(&r), 1);
	assert_int_equal(rd_be16(&r), 0x0203);
	assert_int_equal(rd_le16(&r), 0x0504);
	assert_int_equal(rd_be32(&r), 0x06070809);
	assert_int_equal(rd_le32(&r), 0x0d0c0b0a);
	assert_int_equal(r.st, RD_OK);
	assert_int_equal(rd_left(&r), 0);
}

static void high_bits_do_not_leak_sign(void **state)
{
	static const uint8_t ff[14] = {255, 255, 255, 255, 255, 255, 255,
				       255, 255, 255, 255, 255, 255, 255};
	struct rd r = rd_init(ff, sizeof(ff));

	assert_true(rd_be16(&r) == UINT16_MAX);
	assert_true(rd_le16(&r) == UINT16_MAX);
	assert_true(rd_be32(&r) == UINT32_MAX);
	assert_true(rd_le32(&r) == UINT32_MAX);
}

static void failure_is_sticky_and_reads_zero(void **state)
{
	struct rd r = rd_init(bytes, 3);

	assert_int_equal(rd_be32(&r), 0);
	assert_int_equal(r.st, RD_SHORT);
	assert_int_equal(rd_left(&r), 3); /* nothing was taken */
	assert_int_equal(rd_u8(&r), 0);
	assert_int_equal(rd_le16(&r), 0);
	assert_null(rd_bytes(&r, 0));
	assert_null(rd_lv32(&r, 10).p);
	assert_int_equal(r.st, RD_SHORT);
}

static void length_value_table(void **state)
{
	static const struct {
		const char *name;
		uint8_t bytes[10];
		size_t n;
		uint32_t max;
		int st;
		size_t len;
	} rows[] = {
		{"empty value", {0, 0, 0, 0}, 4, 10, RD_OK, 0},
		{"whole", {0, 0, 0, 2, 'h', 'i'}, 6, 10, RD_OK, 2},
		{"at the limit", {0, 0, 0, 2, 'h', 'i'}, 6, 2, RD_OK, 2},
		{"length cut", {0, 0, 0}, 3, 10, RD_SHORT, 0},
		{"no bytes", {0}, 0, 10, RD_SHORT, 0},
		{"value cut", {0, 0, 0, 2, 'h'}, 5, 10, RD_SHORT, 0},
		{"over the limit", {0, 0, 0, 3, 'a', 'b', 'c'}, 7, 2, RD_BAD, 0},
		{"over the limit before it came", {0, 0, 0, 3}, 4, 2, RD_BAD, 0},
		{"largest length", {255, 255, 255, 255, 'x'}, 5, 100, RD_BAD, 0},
		{"largest length, no limit",
		 {255, 255, 255, 255, 'x'},
		 5,
		 UINT32_MAX,
		 RD_SHORT,
		 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rd r = rd_init(rows[i].bytes, rows[i].n);
		struct str s = rd_lv32(&r, rows[i].max);

		if ((int)r.st != rows[i].st)
			fail_msg("%s: state %d", rows[i].name, (int)r.st);
		assert_int_equal(s.n, rows[i].len);
		assert_int_equal(s.p != NULL, rows[i].st == RD_OK);
	}
}

static void bad_stays_bad(void **state)
{
	static const uint8_t b[] = {0, 0, 0, 9};
	struct rd r = rd_init(b, sizeof(b));

	(void)rd_lv32(&r, 1);
	(void)rd_be32(&r);
	assert_int_equal(r.st, RD_BAD);
}

static void huge_length_does_not_wrap(void **state)
{
	struct rd r = rd_init(bytes, sizeof(bytes));

	(void)rd_u8(&r);
	assert_null(rd_bytes(&r, SIZE_MAX));
	assert_int_equal(r.st, RD_SHORT);
	assert_int_equal(rd_left(&r), sizeof(bytes) - 1);
}

static void empty_input_may_be_null(void **state)
{
	struct rd r = rd_init(NULL, 0);

	assert_int_equal(rd_left(&r), 0);
	assert_int_equal(rd_u8(&r), 0);
	assert_int_equal(r.st, RD_SHORT);
}

static void written_bytes_are_as_specified(void **state)
{
	static const uint8_t want[] = {1,    2,	   3,	 5, 4, 6, 7, 8,	  9,  0x0d,
				       0x0c, 0x0b, 0x0a, 0, 0, 0, 2, 'h', 'i'};
	uint8_t out[sizeof(want)];
	struct wr w = wr_init(out, sizeof(out));

	wr_u8(&w, 1);
	wr_be16(&w, 0x0203);
	wr_le16(&w, 0x0405);
	wr_be32(&w, 0x06070809);
	wr_le32(&w, 0x0a0b0c0d);
	wr_lv32(&w, STR("hi"));
	assert_true(w.ok);
	assert_int_equal(wr_len(&w), sizeof(want));
	assert_memory_equal(out, want, sizeof(want));
}

static void writing_over_the_end_is_refused_and_sticky(void **state)
{
	uint8_t out[4] = {9, 9, 9, 9};
	struct wr w = wr_init(out, 3);

	wr_be16(&w, 0x0102);
	wr_be16(&w, 0x0304);
	assert_false(w.ok);
	wr_u8(&w, 5); /* would fit */
	assert_false(w.ok);
	assert_int_equal(wr_len(&w), 2);
	assert_int_equal(out[2], 9);
	assert_int_equal(out[3], 9);
}

static void empty_value_may_be_null(void **state)
{
	uint8_t out[4];
	struct wr w = wr_init(out, sizeof(out));

	wr_lv32(&w, (struct str){NULL, 0});
	assert_true(w.ok);
	assert_memory_equal(out, "\0\0\0\0", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_their_byte_order),
		cmocka_unit_test(high_bits_do_not_leak_sign),
		cmocka_unit_test(failure_is_sticky_and_reads_zero),
		cmocka_unit_test(length_value_table),
		cmocka_unit_test(bad_stays_bad),
		cmocka_unit_test(huge_length_does_not_wrap),
		cmocka_unit_test(empty_input_may_be_null),
		cmocka_unit_test(written_bytes_are_as_specified),
		cmocka_unit_test(writing_over_the_end_is_refused_and_sticky),
		cmocka_unit_test(empty_value_may_be_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
