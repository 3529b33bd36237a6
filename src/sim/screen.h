/* SPDX-License-Identifier: Apache-2.0
 * The virtual device's screen: 80 x 25 characters with colours and a cursor. Programs
 * write text and the common escape sequences of terminals to it; SOL hands the same bytes
 * on, KVM draws the cells.
 *
 * A terminal that joins late, or falls behind the log of recent bytes, gets a repaint.
 */
#ifndef SIM_SCREEN_H
#define SIM_SCREEN_H

#include <base/buf.h>

#define SIM_SCREEN_COLUMNS 80
#define SIM_SCREEN_ROWS 25
#define SIM_SCREEN_LOG 4096 /* bytes kept for terminals */
#define SIM_SCREEN_ARGS 4   /* of an escape sequence; more are ignored */

#define SIM_FONT_WIDTH 8
#define SIM_FONT_HEIGHT 16

struct sim_cell {
	char ch;     /* 0x20..0x7E */
	uint8_t ink; /* ANSI colours: low half letters, high half ground */
};

struct sim_screen {
	struct sim_cell cells[SIM_SCREEN_ROWS][SIM_SCREEN_COLUMNS];
	uint8_t row, column; /* of the cursor; column 80: the next character wraps */
	uint8_t ink;
	uint32_t version; /* changes with every write */
	uint8_t escape;	  /* parser: enum in screen.c */
	uint8_t n_args;
	uint16_t args[SIM_SCREEN_ARGS];
	uint64_t logged; /* bytes ever written */
	char log[SIM_SCREEN_LOG];
};

void sim_screen_init(struct sim_screen *s);
/* Text, CR, LF, BS, TAB, ESC[row;columnH, ESC[J, ESC[2J, ESC[K, ESC[...m. Other sequences
 * are swallowed, other characters become '?'. */
void sim_screen_write(struct sim_screen *s, struct str text);
void sim_screen_printf(struct sim_screen *s, const char *fmt, ...) OB_PRINTF(2, 3);

/* What a terminal that has seen *at bytes has to see next, appended; *at then is
 * s->logged. */
void sim_screen_follow(const struct sim_screen *s, uint64_t *at, struct buf *out);
/* A *at that makes sim_screen_follow repaint. */
#define SIM_SCREEN_REPAINT UINT64_MAX
/* The rows without trailing blanks, each with a line feed, appended. */
void sim_screen_text(const struct sim_screen *s, struct buf *out);

/* SIM_FONT_HEIGHT bytes, one per row, leftmost pixel in the most significant bit. */
const uint8_t *sim_font_glyph(char c);

/* ---- as pixels ---- */

#define SIM_DISPLAYS 3

/* What a display shows: the text in its middle, the pointer on top. */
struct sim_view {
	const struct sim_screen *screen; /* NULL = power is off: black */
	unsigned display; /* 0..SIM_DISPLAYS - 1; each has another size and ground */
	uint16_t x, y;	  /* of the pointer */
	uint8_t buttons;
};

uint16_t sim_view_width(unsigned display);
uint16_t sim_view_height(unsigned display);
/* width * height colours 0xRRGGBB from x, y on; the rectangle lies on the display. */
void sim_view_draw(const struct sim_view *v, unsigned x, unsigned y, unsigned width,
		   unsigned height, uint32_t *out);
/* The whole display as a PNG image, appended. notice: a line that the platform lays over
 * the picture (the consent code), or NULL. */
void sim_view_png(const struct sim_view *v, const char *notice, struct buf *out);

#endif
