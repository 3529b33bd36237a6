/* SPDX-License-Identifier: Apache-2.0
 * Frames taken from a client's bytes, cut anywhere; RFC 6455 sections 5.2, 5.3, 5.7.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <net/ws_priv.h>
#include <stdlib.h>

#define LARGEST 70000
#define B(lit) ((struct str){lit, sizeof(lit) - 1})

static struct buf whole, other; /* bytes of whole messages, and for wslay */
static unsigned messages;

/* Feeds in pieces of that size. */
static void feed(struct ws_frames *f, struct str in, size_t piece)
{
	struct str part;
	enum ws_part kind;

	for (size_t at = 0; at < in.n; at += piece) {
		struct str some = str_sub(in, at, MIN(at + piece, in.n));
		while ((kind = ws_frames_next(f, &some, &part)) != WS_PART_NONE) {
			if (kind == WS_PART_OTHER) {
				buf_addstr(&other, part);
				continue;
			}
			if (kind == WS_PART_DATA) {
				char *to = buf_reserve(&whole, part.n);
				ws_frames_unmask(f, to, part);
				whole.len += part.n;
			}
			messages += f->left == 0;
		}
		assert_int_equal(some.n, 0);
	}
}

static int end(void **state)
{
	buf_fini(&whole);
	buf_fini(&other);
	messages = 0;
	return 0;
}

static void whole_messages_cut_anywhere(void **state)
{
	static const size_t sizes[] = {5, 0, 1, 125, 126, 127, 65535, 65536, LARGEST};
	static const size_t pieces[] = {1, 2, 3, 7, 13, 1000, 32768, 1 << 20};
	struct buf in = {0}, all = {0};
	char *bytes = xmalloc(LARGEST);

	for (size_t i = 0; i < LARGEST; i++)
		bytes[i] = (char)(i * 31 + i / 256);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		ws_frame_put(&in, 2, true, (struct str){bytes, sizes[i]});
		buf_add(&all, bytes, sizes[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct ws_frames f = {.masked = true, .max = LARGEST};
		feed(&f, buf_str(&in), pieces[i]);
		assert_int_equal(messages, ARRAY_LEN(sizes));
		assert_int_equal(whole.len, all.len);
		assert_memory_equal(whole.p, all.p, all.len);
		assert_int_equal(other.len, 0);
		end(NULL);
	}
	free(bytes);
	buf_fini(&in);
	buf_fini(&all);
}

static void what_is_no_whole_message_is_left_alone(void **state)
{
	static const struct str odd[] = {
		B("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),	  /* text */
		B("\x89\x80\1\2\3\4"),					  /* ping */
		B("\x02\x81\0\0\0\0a\x00\x81\0\0\0\0b\x80\x81\0\0\0\0c"), /* fragments */
		B("\x82\x01z"),						  /* not masked */
		B("\xc2\x81\0\0\0\0z"),			 /* a reserved bit */
		B("\x83\x81\0\0\0\0z"),			 /* no such opcode */
		B("\x82\xfe\0\1\0\0\0\0z"),		 /* not the shortest form */
		B("\x02\x81\0\0\0\0a\x82\x81\0\0\0\0b"), /* within a message */
	};

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		for (size_t piece = 1; piece < 8; piece++) {
			struct ws_frames f = {.masked = true, .max = 1000};
			feed(&f, odd[i], piece);
			assert_int_equal(messages, 0);
			assert_int_equal(other.len, odd[i].n);
			assert_memory_equal(other.p, odd[i].p, odd[i].n);
			end(NULL);
		}
	}
	/* Larger than allowed: said by the head alone. */
	struct ws_frames f = {.masked = true, .max = 1000};
	feed(&f, B("\x82\xfe\x03\xe9\0\0\0\0"), 1);
	assert_int_equal(other.len, 8);
}

/* RFC 6455 section 5.7 */
static void golden_frames(void **state)
{
	static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	char masked[5];
	struct buf b = {0};

	ws_mask(masked, STR("Hello"), mask, 0);
	assert_memory_equal(masked, "\x7f\x9f\x4d\x51\x58", 5);
	ws_frame_put(&b, 1, false, STR("Hello"));
	assert_true(str_eq(buf_str(&b), STR("\x81\x05Hello")));
	buf_clear(&b);
	char *kib = xcalloc(1, 65536);
	ws_frame_put(&b, 2, false, (struct str){kib, 256});
	assert_memory_equal(b.p, "\x82\x7e\x01\x00", 4);
	buf_clear(&b);
	ws_frame_put(&b, 2, false, (struct str){kib, 65536});
	assert_memory_equal(b.p, "\x82\x7f\0\0\0\0\0\1\0\0", 10);
	free(kib);
	buf_fini(&b);
}

static void between_fragments_control_frames_and_then_whole_ones(void **state)
{
	struct ws_frames f = {.masked = true, .max = 1000};

	feed(&f, B("\x02\x81\0\0\0\0a\x89\x80\0\0\0\0\x80\x81\0\0\0\0b"), 3);
	assert_int_equal(messages, 0);
	feed(&f, B("\x82\x82\0\0\0\0cd"), 3);
	assert_int_equal(messages, 1);
	assert_memory_equal(whole.p, "cd", 2);
}

static void from_a_server_nothing_is_masked(void **state)
{
	struct ws_frames f = {.max = 1000};

	feed(&f, B("\x82\x02hi\x82\x81\0\0\0\0z"), 1);
	assert_int_equal(messages, 1);
	assert_memory_equal(whole.p, "hi", 2);
	assert_int_equal(other.len, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_frames),
		cmocka_unit_test_teardown(whole_messages_cut_anywhere, end),
		cmocka_unit_test_teardown(what_is_no_whole_message_is_left_alone, end),
		cmocka_unit_test_teardown(
			between_fragments_control_frames_and_then_whole_ones, end),
		cmocka_unit_test_teardown(from_a_server_nothing_is_masked, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
