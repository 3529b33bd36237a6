/* SPDX-License-Identifier: Apache-2.0
 * KVM's tiles: golden bytes of every sub-encoding and wrapping (wire-amt.md 4.6), round
 * trips of many tiles, malformed input.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <amt/redirection/kvm_tile.h>
#include <base/encode.h>
#include <stdlib.h>

static void pixels_follow_the_format(void **state)
{
	assert_int_equal(kvm_pixel(&kvm_rgb565, 0xFFFFFF), 0xFFFF);
	assert_int_equal(kvm_pixel(&kvm_rgb565, 0xFF0000), 0xF800);
	assert_int_equal(kvm_pixel(&kvm_rgb565, 0x00FF00), 0x07E0);
	assert_int_equal(kvm_pixel(&kvm_rgb565, 0x0000FF), 0x001F);
	assert_int_equal(kvm_pixel(&kvm_rgb332, 0xFFFFFF), 0xFF);
	assert_int_equal(kvm_pixel(&kvm_rgb332, 0xFF0000), 0xE0);
	assert_int_equal(kvm_pixel(&kvm_rgb332, 0x00FF00), 0x1C);
	assert_int_equal(kvm_pixel(&kvm_rgb332, 0x0000FF), 0x03);
	assert_int_equal(kvm_pixel(&kvm_grey8, 0xFFFFFF), 0xFF);
	assert_int_equal(kvm_pixel(&kvm_grey8, 0), 0);
	assert_int_equal(kvm_pixel(&kvm_grey4, 0xFFFFFF), 0x0F);
	assert_int_equal(kvm_pixel(&kvm_grey4, 0x808080), 0x07);
}

struct golden {
	const char *name;
	uint8_t width, height, bytes;
	uint16_t px[16];
	enum kvm_sub sub;
	struct str data; /* NULL = cannot be done */
};

/* clang-format off */
static const struct golden goldens[] = {
	{"raw", 2, 1, 1, {1, 2}, KVM_SUB_RAW, STR("\0\x01\x02")},
	{"raw of 16 bits", 2, 1, 2, {0x0102, 0x0304}, KVM_SUB_RAW, STR("\0\x02\x01\x04\x03")},
	{"solid", 4, 4, 2, {0}, KVM_SUB_SOLID, STR("\x01\0\0")},
	{"not solid", 2, 1, 1, {1, 2}, KVM_SUB_SOLID, {0}},
	{"two colours", 8, 1, 1, {7, 7, 9, 7, 9, 9, 9, 7}, KVM_SUB_PACKED, STR("\x02\x07\x09\x2e")},
	{"three colours", 4, 1, 1, {7, 8, 9, 7}, KVM_SUB_PACKED, STR("\x03\x07\x08\x09\x18")},
	{"five colours", 2, 3, 1, {1, 2, 3, 4, 5, 1}, KVM_SUB_PACKED,
	 STR("\x05\x01\x02\x03\x04\x05\x01\x23\x40")},
	{"rows end within a byte", 3, 2, 1, {1, 2, 1, 2, 1, 2}, KVM_SUB_PACKED, {0}},
	{"runs", 4, 2, 1, {1, 1, 1, 2, 2, 2, 2, 3}, KVM_SUB_RLE, STR("\x80\x01\x02\x02\x03\x03\0")},
	{"runs of 16 bits", 4, 1, 2, {0x0102, 0x0102, 0x0102, 0x0304}, KVM_SUB_RLE,
	 STR("\x80\x02\x01\x02\x04\x03\0")},
	{"runs of a palette", 4, 2, 1, {1, 1, 1, 2, 2, 2, 2, 1}, KVM_SUB_PALETTE_RLE,
	 STR("\x82\x01\x02\x80\x02\x81\x03\0")},
	{"palette of one", 4, 2, 1, {1, 1, 1, 1, 1, 1, 1, 1}, KVM_SUB_PALETTE_RLE, {0}},
};
/* clang-format on */

static void load(struct kvm_tile *t, const struct golden *g)
{
	t->width = g->width;
	t->height = g->height;
	t->bytes = g->bytes;
	memcpy(t->px, g->px, sizeof(g->px));
}

static void sub_encodings_are_golden_bytes(void **state)
{
	static struct kvm_tile t, got;

	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *g = &goldens[i];
		struct buf b = {0};
		load(&t, g);
		bool done = kvm_tile_encode(&b, &t, g->sub);
		if (done != (g->data.p != NULL) || !str_eq(buf_str(&b), g->data))
			fail_msg("%s", g->name);
		got = t;
		memset(got.px, 0xEE, sizeof(got.px));
		if (done && (!kvm_tile_decode(buf_str(&b), &got) ||
			     memcmp(got.px, t.px, 2u * t.width * t.height) != 0))
			fail_msg("%s: decoded to other pixels", g->name);
		buf_fini(&b);
	}
}

static void long_runs_take_more_bytes(void **state)
{
	static struct kvm_tile t = {.width = 64, .height = 64, .bytes = 1};
	struct buf b = {0};

	t.px[4095] = 1; /* behind a run of 4095 = 1 + 16 * 255 + 14 */
	assert_true(kvm_tile_encode(&b, &t, KVM_SUB_RLE));
	assert_int_equal(b.len, 1 + 1 + 17 + 2);
	assert_int_equal((uint8_t)b.p[2], 255);
	assert_int_equal(b.p[18], 14);
	static struct kvm_tile got = {.width = 64, .height = 64, .bytes = 1};
	assert_true(kvm_tile_decode(buf_str(&b), &got));
	assert_memory_equal(got.px, t.px, sizeof(t.px));
	buf_fini(&b);
}

/* Tiles of many sizes and numbers of colours, in runs or scattered. */
static void fill(struct kvm_tile *t, unsigned colours, bool runs)
{
	uint16_t px = 0;

	for (size_t i = 0; i < (size_t)t->width * t->height; i++) {
		uint8_t r[2];
		random_bytes(r, sizeof(r));
		if (!runs || r[0] < 20)
			px = (uint16_t)(((unsigned)r[1] * 7 + r[0]) % colours);
		t->px[i] = t->bytes == 1 ? px & 0xFF : (uint16_t)(px * 257);
	}
}

static void check_all_subs(struct kvm_tile *t, struct kvm_tile *got, bool *seen)
{
	static const enum kvm_sub subs[] = {KVM_SUB_RAW,	 KVM_SUB_SOLID,
					    KVM_SUB_PACKED,	 KVM_SUB_RLE,
					    KVM_SUB_PALETTE_RLE, KVM_SUB_BEST};

	for (size_t i = 0; i < ARRAY_LEN(subs); i++) {
		struct buf b = {0};
		if (kvm_tile_encode(&b, t, subs[i])) {
			seen[(uint8_t)b.p[0]] = true;
			*got = (struct kvm_tile){t->width, t->height, t->bytes, {0}};
			assert_true(b.len <= KVM_TILE_MAX);
			assert_true(kvm_tile_decode(buf_str(&b), got));
			assert_memory_equal(got->px, t->px, 2u * t->width * t->height);
		}
		buf_fini(&b);
	}
}

static void every_tile_survives_every_sub_encoding(void **state)
{
	static const uint8_t sizes[] = {1, 3, 8, 16, 40, 64};
	static const unsigned colours[] = {1, 2, 3, 4, 5, 16, 17, 127, 128, 256};
	static struct kvm_tile t, got;
	bool seen[256] = {false};

	random_seed(1);
	for (size_t i = 0; i < ARRAY_LEN(sizes) * ARRAY_LEN(colours) * 4; i++) {
		t.width = sizes[i % ARRAY_LEN(sizes)];
		t.height = sizes[i / 4 % ARRAY_LEN(sizes)];
		t.bytes = 1 + (i & 1);
		fill(&t, colours[i / 7 % ARRAY_LEN(colours)], i & 2);
		check_all_subs(&t, &got, seen);
	}
	assert_true(seen[0] && seen[1] && seen[2] && seen[16] && seen[128] && seen[255]);
}

static void best_is_never_longer_than_raw(void **state)
{
	static struct kvm_tile t = {.width = 64, .height = 64, .bytes = 2};
	struct buf b = {0};

	random_seed(2);
	random_bytes(t.px, sizeof(t.px));
	assert_true(kvm_tile_encode(&b, &t, KVM_SUB_BEST));
	assert_int_equal(b.len, 8193);
	assert_int_equal(b.p[0], KVM_SUB_RAW);
	buf_clear(&b);
	memset(t.px, 0, sizeof(t.px));
	assert_true(kvm_tile_encode(&b, &t, KVM_SUB_BEST));
	assert_int_equal(b.len, 3);
	buf_fini(&b);
}

static void packed_rows_are_padded(void **state)
{
	static struct kvm_tile t = {.width = 3, .height = 2, .bytes = 1};

	assert_true(kvm_tile_decode(STR("\x02\x07\x09\xa0\x40"), &t));
	assert_memory_equal(t.px, ((const uint16_t[]){9, 7, 9, 7, 9, 7}), 12);
}

static void malformed_tiles_are_refused(void **state)
{
	static const struct {
		const char *name;
		struct str data;
	} bad[] = {
		{"nothing", STR("")},
		{"sub-encoding 17", STR("\x11\x01")},
		{"sub-encoding 127", STR("\x7f\x01")},
		{"sub-encoding 129", STR("\x81\x01")},
		{"raw too short", STR("\0\x01\x02\x03")},
		{"raw too long", STR("\0\x01\x02\x03\x04\x05")},
		{"solid without colour", STR("\x01")},
		{"solid and more", STR("\x01\x02\x03")},
		{"packed too short", STR("\x02\x01\x02\xff")},
		{"index beyond the palette", STR("\x03\x01\x02\x03\xf0\xf0")},
		{"run beyond the end", STR("\x80\x01\x04")},
		{"endless run", STR("\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff")},
		{"run without length", STR("\x80\x01")},
		{"palette run beyond the end", STR("\x82\x01\x02\x80\x04")},
		{"palette index beyond the palette", STR("\x82\x01\x02\x02\x00\x00\x00")},
		{"palette cut", STR("\xff\x01\x02")},
	};
	static struct kvm_tile t = {.width = 2, .height = 2, .bytes = 1};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char *copy = malloc(bad[i].data.n + 1);
		memcpy(copy, bad[i].data.p, bad[i].data.n);
		if (kvm_tile_decode((struct str){copy, bad[i].data.n}, &t))
			fail_msg("%s", bad[i].name);
		free(copy);
	}
	assert_false(kvm_tile_decode_raw(STR("abc"), &t));
	assert_true(kvm_tile_decode_raw(STR("abcd"), &t));
	assert_false(kvm_tile_decode_raw(STR("abcde"), &t));
}

static void stored_blocks_are_golden_bytes(void **state)
{
	struct kvm_inflater *z = kvm_inflater_new();
	struct buf b = {0}, tile = {0};

	kvm_store(&b, STR("\x01\0\0"));
	assert_true(str_eq(buf_str(&b), STR("\0\x03\0\xfc\xff\x01\0\0")));
	assert_true(kvm_unwrap(z, buf_str(&b), &tile));
	assert_true(str_eq(buf_str(&tile), STR("\x01\0\0")));
	buf_fini(&b);
	buf_fini(&tile);
	kvm_inflater_free(z);
}

static void zlib_is_one_stream(void **state)
{
	struct kvm_deflater *d = kvm_deflater_new();
	struct kvm_inflater *z = kvm_inflater_new();
	struct buf b = {0}, tile = {0};

	/* The header comes once; the dictionary stays. */
	assert_true(kvm_unwrap(z, STR("\x78\x9c\x62\x64\0\0\0\0\xff\xff"), &tile));
	assert_true(str_eq(buf_str(&tile), STR("\x01\0")));
	buf_clear(&tile);
	assert_true(kvm_unwrap(z, STR("\x62\x64\0\0\0\0\xff\xff"), &tile));
	assert_true(str_eq(buf_str(&tile), STR("\x01\0")));
	buf_clear(&tile);
	kvm_inflater_free(z);

	z = kvm_inflater_new();
	for (int i = 0; i < 20; i++) {
		char bytes[KVM_TILE_MAX];
		random_bytes(bytes, sizeof(bytes));
		struct str in = {bytes, i % 2 ? sizeof(bytes) : 100u * (unsigned)i + 1};
		buf_clear(&b);
		buf_clear(&tile);
		kvm_deflate(d, &b, in);
		assert_true(str_ends(buf_str(&b), STR("\0\0\xff\xff")));
		assert_int_equal((uint8_t)b.p[0] == 0x78 && (uint8_t)b.p[1] == 0x9c,
				 i == 0);
		assert_true(kvm_unwrap(z, buf_str(&b), &tile));
		assert_true(str_eq(buf_str(&tile), in));
	}
	buf_fini(&b);
	buf_fini(&tile);
	kvm_deflater_free(d);
	kvm_inflater_free(z);
	kvm_deflater_free(NULL);
	kvm_inflater_free(NULL);
}

static void malformed_wrappings_are_refused(void **state)
{
	struct kvm_inflater *z = kvm_inflater_new();
	struct kvm_deflater *d = kvm_deflater_new();
	struct buf b = {0}, tile = {0};
	char *zeroes = calloc(1, KVM_TILE_MAX + 1);

	assert_false(kvm_unwrap(z, STR(""), &tile));
	assert_false(kvm_unwrap(z, STR("\xff\xff\xff\xff"), &tile));
	kvm_inflater_free(z);
	/* A bomb: more than a tile can have. */
	z = kvm_inflater_new();
	kvm_deflate(d, &b, (struct str){zeroes, KVM_TILE_MAX + 1});
	buf_clear(&tile);
	assert_false(kvm_unwrap(z, buf_str(&b), &tile));
	buf_clear(&b);
	kvm_store(&b, (struct str){zeroes, KVM_TILE_MAX + 1});
	assert_false(kvm_unwrap(z, buf_str(&b), &tile));
	free(zeroes);
	buf_fini(&b);
	buf_fini(&tile);
	kvm_deflater_free(d);
	kvm_inflater_free(z);
}

/* 18 colours, stored: what MeshCommander #91 shows of real firmware begins with 0x92,
 * too. */
static void tiles_are_framed_as_in_a_trace(void **state)
{
	static struct kvm_tile t = {.width = 64, .height = 64, .bytes = 2};
	struct buf b = {0}, stored = {0};
	struct kvm_inflater *z = kvm_inflater_new();
	struct kvm_tile *got = calloc(1, sizeof(*got));

	for (unsigned i = 0; i < KVM_TILE_PIXELS; i++)
		t.px[i] = (uint16_t)(i / 11 % 18);
	assert_true(kvm_tile_encode(&b, &t, KVM_SUB_PALETTE_RLE));
	assert_int_equal((uint8_t)b.p[0], 0x92);
	kvm_store(&stored, buf_str(&b));
	struct kvm_rect r = {0, 0, 64, 64, KVM_ZRLE, buf_str(&stored)};
	got->bytes = 2;
	assert_true(kvm_rect_pixels(z, &r, got));
	assert_memory_equal(got->px, t.px, sizeof(t.px));
	buf_clear(&stored);
	kvm_tile_raw(&stored, &t);
	r = (struct kvm_rect){0, 0, 64, 64, KVM_RAW, buf_str(&stored)};
	memset(got->px, 0, sizeof(got->px));
	assert_true(kvm_rect_pixels(z, &r, got));
	assert_memory_equal(got->px, t.px, sizeof(t.px));
	r.encoding = KVM_DESKTOP_SIZE;
	assert_false(kvm_rect_pixels(z, &r, got));
	free(got);
	kvm_inflater_free(z);
	buf_fini(&b);
	buf_fini(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pixels_follow_the_format),
		cmocka_unit_test(sub_encodings_are_golden_bytes),
		cmocka_unit_test(long_runs_take_more_bytes),
		cmocka_unit_test(every_tile_survives_every_sub_encoding),
		cmocka_unit_test(best_is_never_longer_than_raw),
		cmocka_unit_test(packed_rows_are_padded),
		cmocka_unit_test(malformed_tiles_are_refused),
		cmocka_unit_test(stored_blocks_are_golden_bytes),
		cmocka_unit_test(zlib_is_one_stream),
		cmocka_unit_test(malformed_wrappings_are_refused),
		cmocka_unit_test(tiles_are_framed_as_in_a_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
