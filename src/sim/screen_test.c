/* SPDX-License-Identifier: Apache-2.0
 * The text screen: control characters and escape sequences, what terminals get, pixels.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/encode.h>
#include <base/cursor.h>
#include <sim/screen.h>
#include <stdlib.h>
#include <zlib.h>

static struct sim_screen screen, other;

static void check_row_of(const char *name, const struct sim_screen *s, unsigned row,
			 const char *want)
{
	struct buf b = {0};
	struct str text, line = {0};

	sim_screen_text(s, &b);
	text = buf_str(&b);
	for (unsigned i = 0; i <= row; i++)
		assert_true(str_split(&text, '\n', &line));
	if (!str_eqz(line, want))
		fail_msg("%s: row %u is \"" STR_FMT "\"", name, row, STR_ARG(line));
	buf_fini(&b);
}

static void check_row(const struct sim_screen *s, unsigned row, const char *want)
{
	check_row_of("screen", s, row, want);
}

struct row {
	const char *name, *written;
	unsigned row;
	const char *shown;
	unsigned cursor_row, cursor_column;
};

static const struct row rows[] = {
	{"text", "hello", 0, "hello", 0, 5},
	{"lines", "a\r\nb", 1, "b", 1, 1},
	{"line feed keeps the column", "a\nb", 1, " b", 1, 2},
	{"backspace", "abc\b\bX", 0, "aXc", 0, 2},
	{"backspace at the edge", "\b\bX", 0, "X", 0, 1},
	{"tab", "a\tb", 0, "a       b", 0, 9},
	{"other controls do nothing",
	 "a\a\x01"
	 "b",
	 0, "ab", 0, 2},
	{"no ASCII", "\xe9", 0, "?", 0, 1},
	{"to a place", "\x1b[3;5HX", 2, "    X", 2, 5},
	{"home", "abc\x1b[HX", 0, "Xbc", 0, 1},
	{"beyond the edges", "\x1b[99;999HX", 24,
	 "                                                                               "
	 "X",
	 24, 80},
	{"clear", "abc\x1b[2J", 0, "", 0, 3},
	{"clear from here", "abc\r\ndef\x1b[1;2H\x1b[J", 0, "a", 0, 1},
	{"clear the line's rest", "abc\x1b[1;2H\x1b[K", 0, "a", 0, 1},
	{"colours are no text", "\x1b[1;31;44mA\x1b[mB", 0, "AB", 0, 2},
	{"unknown sequences are swallowed", "\x1b[?25l\x1b(\x1bOPx", 0, "x", 0, 1},
	{"more arguments than kept", "\x1b[1;2;3;4;5;6mx", 0, "x", 0, 1},
	{"a huge argument", "\x1b[99999999999999999999;1HX", 24, "X", 24, 1},
};

static void text_goes_where_it_should(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		sim_screen_init(&screen);
		sim_screen_write(&screen, str_of(r->written));
		check_row_of(r->name, &screen, r->row, r->shown);
		assert_int_equal(screen.row, r->cursor_row);
		assert_int_equal(screen.column, r->cursor_column);
		/* Byte by byte it is the same. */
		sim_screen_init(&other);
		for (const char *p = r->written; *p != '\0'; p++)
			sim_screen_write(&other, (struct str){p, 1});
		assert_memory_equal(screen.cells, other.cells, sizeof(screen.cells));
	}
}

static void long_lines_wrap_and_scroll(void **state)
{
	sim_screen_init(&screen);
	for (int i = 0; i < 80; i++)
		sim_screen_write(&screen, STR("x"));
	assert_int_equal(screen.row, 0);
	sim_screen_write(&screen, STR("y"));
	check_row(&screen, 1, "y");
	for (int i = 0; i < 30; i++)
		sim_screen_printf(&screen, "\r\nline %d", i);
	check_row(&screen, 24, "line 29");
	check_row(&screen, 0, "line 5");
}

static void terminals_follow(void **state)
{
	uint64_t at = SIM_SCREEN_REPAINT;
	struct buf b = {0};

	sim_screen_init(&screen);
	sim_screen_init(&other);
	random_seed(3);
	for (int i = 0; i < 500; i++) {
		static const char *const pieces[] = {
			"hello ",
			"\r\n",
			"\x1b[5;7H",
			"\x1b[1;33m",
			"\x1b[0m",
			"\x1b[K",
			"\x1b[2J",
			"\b",
			"a longer text that goes on \x1b[7mand on\x1b[0m"};
		uint8_t n[2];
		random_bytes(n, sizeof(n));
		for (unsigned k = 0; k <= n[0] / 4u; k++)
			sim_screen_write(&screen,
					 str_of(pieces[(n[1] + k) % ARRAY_LEN(pieces)]));
		buf_clear(&b);
		sim_screen_follow(&screen, &at, &b);
		sim_screen_write(&other, buf_str(&b));
		assert_int_equal(at, screen.logged);
		assert_memory_equal(screen.cells, other.cells, sizeof(screen.cells));
		assert_int_equal(screen.row, other.row);
		assert_int_equal(screen.ink, other.ink);
	}
	buf_clear(&b);
	sim_screen_follow(&screen, &at, &b);
	assert_int_equal(b.len, 0);
	/* Too far behind: a repaint, which is shorter. */
	for (int i = 0; i < SIM_SCREEN_LOG; i++)
		sim_screen_write(&screen, STR("z"));
	sim_screen_write(&screen, STR("\x1b[2J\x1b[Hleft"));
	sim_screen_follow(&screen, &at, &b);
	assert_true(b.len < 100);
	sim_screen_init(&other);
	sim_screen_write(&other, buf_str(&b));
	check_row(&other, 0, "left");
	buf_fini(&b);
}

static void glyphs_become_pixels(void **state)
{
	struct sim_view v = {.screen = &screen, .x = 600, .y = 300};
	uint32_t px[SIM_FONT_WIDTH * SIM_FONT_HEIGHT];

	sim_screen_init(&screen);
	sim_screen_write(&screen, STR("\x1b[2;4H\x1b[1;33;44mT\x1b[0m"));
	sim_view_draw(&v, 3 * 8, 16, 8, 16, px);
	/* T: a bar in its third row, a stem of two pixels below. */
	static const char *const t[] = {".######.", "...##...", "...##..."};
	for (unsigned y = 0; y < 3; y++)
		for (unsigned x = 0; x < 8; x++)
			assert_int_equal(px[(2 + y) * 8 + x],
					 t[y][x] == '#' ? 0xFFFF55 : 0x0000AA);
	/* The cursor behind it. */
	sim_view_draw(&v, 4 * 8, 16, 8, 16, px);
	assert_int_equal(px[15 * 8], 0xAAAAAA);
	assert_int_equal(px[13 * 8], 0);
	/* Power off: black. */
	v.screen = NULL;
	sim_view_draw(&v, 3 * 8, 16, 8, 16, px);
	for (size_t i = 0; i < ARRAY_LEN(px); i++)
		assert_int_equal(px[i], 0);
}

static void displays_differ(void **state)
{
	static uint32_t px[1];

	sim_screen_init(&screen);
	for (unsigned i = 0; i < SIM_DISPLAYS; i++) {
		struct sim_view v = {.screen = &screen, .display = i, .x = 50, .y = 50};
		for (unsigned k = 0; k < i; k++)
			assert_true(sim_view_width(k) < sim_view_width(i));
		sim_view_draw(&v, sim_view_width(i) - 1u, sim_view_height(i) - 1u, 1, 1,
			      px);
		assert_int_equal(px[0] != 0, i > 0);
	}
}

static void every_character_has_its_glyph(void **state)
{
	for (int a = 0x21; a <= 0x7E; a++)
		for (int b = 0x20; b < a; b++)
			assert_memory_not_equal(sim_font_glyph((char)a),
						sim_font_glyph((char)b), SIM_FONT_HEIGHT);
	assert_ptr_equal(sim_font_glyph('\x7f'), sim_font_glyph('?'));
}

/* Read back without the writer's help: chunks, sums, and every pixel. */
static void a_display_becomes_a_png(void **state)
{
	struct sim_view v = {.screen = &screen, .display = 1, .x = 20, .y = 30};
	static uint32_t want[800 * 600];
	static uint8_t raw[600 * (1 + 800 * 3)];
	uLongf raw_n = sizeof(raw);
	struct buf png = {0};
	const char *names[] = {"IHDR", "IDAT", "IEND"};

	sim_screen_init(&screen);
	sim_screen_write(&screen, STR("hello"));
	sim_view_draw(&v, 0, 0, 800, 600, want);
	sim_view_png(&v, NULL, &png);
	struct rd r = rd_init(png.p, png.len);
	assert_memory_equal(rd_bytes(&r, 8), "\x89PNG\r\n\x1a\n", 8);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		uint32_t n = rd_be32(&r);
		const uint8_t *p = rd_bytes(&r, 4 + n);
		assert_non_null(p);
		assert_memory_equal(p, names[i], 4);
		assert_int_equal(rd_be32(&r), crc32(0, p, 4 + n));
		if (i == 0)
			assert_memory_equal(p + 4, "\0\0\x03\x20\0\0\x02\x58\x08\2\0\0\0",
					    13);
		if (i == 1)
			assert_int_equal(uncompress(raw, &raw_n, p + 4, n), Z_OK);
	}
	assert_int_equal(rd_left(&r), 0);
	assert_int_equal(raw_n, sizeof(raw));
	for (size_t y = 0; y < 600; y++) {
		const uint8_t *row = raw + y * (1 + 800 * 3);
		assert_int_equal(row[0], 0);
		for (size_t x = 0; x < 800; x++) {
			const uint8_t *p = row + 1 + 3 * x;
			uint32_t got = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
			if (got != want[y * 800 + x])
				fail_msg("pixel %zu, %zu", x, y);
		}
	}
	size_t plain = png.len;
	buf_clear(&png);
	sim_view_png(&v, "User consent code: 123456", &png);
	assert_true(png.len > plain);
	buf_fini(&png);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_where_it_should),
		cmocka_unit_test(long_lines_wrap_and_scroll),
		cmocka_unit_test(terminals_follow),
		cmocka_unit_test(glyphs_become_pixels),
		cmocka_unit_test(displays_differ),
		cmocka_unit_test(every_character_has_its_glyph),
		cmocka_unit_test(a_display_becomes_a_png),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
