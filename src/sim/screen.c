/* SPDX-License-Identifier: Apache-2.0
 * The text screen and the part of a terminal it understands, see screen.h.
 */
#include <sim/screen.h>

#include <stdio.h>

enum { TEXT, AFTER_ESCAPE, IN_SEQUENCE, AFTER_ESCAPE_O };

#define PLAIN_INK 0x07
#define ARG_MAX 9999

static void clear_cells(struct sim_cell *c, size_t n, uint8_t ink)
{
	for (size_t i = 0; i < n; i++)
		c[i] = (struct sim_cell){' ', ink};
}

void sim_screen_init(struct sim_screen *s)
{
	*s = (struct sim_screen){.ink = PLAIN_INK, .version = 1};
	clear_cells(&s->cells[0][0], SIM_SCREEN_ROWS * SIM_SCREEN_COLUMNS, PLAIN_INK);
}

static void line_feed(struct sim_screen *s)
{
	if (s->row + 1 < SIM_SCREEN_ROWS) {
		s->row++;
		return;
	}
	memmove(s->cells[0], s->cells[1], sizeof(s->cells) - sizeof(s->cells[0]));
	clear_cells(s->cells[SIM_SCREEN_ROWS - 1], SIM_SCREEN_COLUMNS, s->ink);
}

static void put(struct sim_screen *s, char ch)
{
	if (s->column == SIM_SCREEN_COLUMNS) {
		s->column = 0;
		line_feed(s);
	}
	if (ch < 0x20 || ch > 0x7E)
		ch = '?';
	s->cells[s->row][s->column++] = (struct sim_cell){ch, s->ink};
}

static void control(struct sim_screen *s, char ch)
{
	switch (ch) {
	case '\r':
		s->column = 0;
		break;
	case '\n':
		line_feed(s);
		break;
	case '\b':
		if (s->column > 0)
			s->column--;
		break;
	case '\t':
		do
			put(s, ' ');
		while (s->column % 8 != 0);
		break;
	case 0x1B:
		s->escape = AFTER_ESCAPE;
		break;
	default:
		break;
	}
}

/* ---- escape sequences ---- */

static unsigned arg(const struct sim_screen *s, unsigned i, unsigned missing)
{
	return i < s->n_args && s->args[i] > 0 ? s->args[i] : missing;
}

static void move_to(struct sim_screen *s)
{
	unsigned row = arg(s, 0, 1), column = arg(s, 1, 1);

	s->row = (uint8_t)(MIN(row, SIM_SCREEN_ROWS) - 1);
	s->column = (uint8_t)(MIN(column, SIM_SCREEN_COLUMNS) - 1);
}

/* 0: from the cursor on, 2: all. */
static void erase(struct sim_screen *s)
{
	size_t from = 0, all = SIM_SCREEN_ROWS * SIM_SCREEN_COLUMNS;

	if (arg(s, 0, 0) == 0)
		from = (size_t)s->row * SIM_SCREEN_COLUMNS + s->column;
	clear_cells(&s->cells[0][0] + from, all - from, s->ink);
}

static void erase_line(struct sim_screen *s)
{
	clear_cells(&s->cells[s->row][0] + s->column, SIM_SCREEN_COLUMNS - s->column,
		    s->ink);
}

static void set_ink(struct sim_screen *s, unsigned code)
{
	if (code == 0)
		s->ink = PLAIN_INK;
	else if (code == 1)
		s->ink |= 0x08;
	else if (code == 7)
		s->ink = (uint8_t)((s->ink & 0x07) << 4 | (s->ink & 0x70) >> 4);
	else if (code >= 30 && code <= 37)
		s->ink = (uint8_t)((s->ink & 0xF8) | (code - 30));
	else if (code >= 40 && code <= 47)
		s->ink = (uint8_t)((s->ink & 0x0F) | (code - 40) << 4);
}

static void sequence_ends(struct sim_screen *s, char ch)
{
	switch (ch) {
	case 'H':
		move_to(s);
		break;
	case 'J':
		erase(s);
		break;
	case 'K':
		erase_line(s);
		break;
	case 'm':
		if (s->n_args == 0)
			set_ink(s, 0);
		for (unsigned i = 0; i < s->n_args; i++)
			set_ink(s, s->args[i]);
		break;
	default:
		break;
	}
}

static void in_sequence(struct sim_screen *s, char ch)
{
	if (ch >= '0' && ch <= '9') {
		if (s->n_args == 0)
			s->args[s->n_args++] = 0;
		uint16_t *a = &s->args[s->n_args - 1];
		*a = (uint16_t)MIN(*a * 10u + (unsigned)(ch - '0'), ARG_MAX);
	} else if (ch == ';') {
		if (s->n_args == 0)
			s->args[s->n_args++] = 0;
		if (s->n_args < SIM_SCREEN_ARGS)
			s->args[s->n_args++] = 0;
	} else if (ch >= 0x40 && ch <= 0x7E) {
		s->escape = TEXT;
		sequence_ends(s, ch);
	}
}

static void after_escape(struct sim_screen *s, char ch)
{
	s->escape = ch == '[' ? IN_SEQUENCE : ch == 'O' ? AFTER_ESCAPE_O : TEXT;
	s->n_args = 0;
}

static void write_one(struct sim_screen *s, char ch)
{
	switch (s->escape) {
	case AFTER_ESCAPE:
		after_escape(s, ch);
		break;
	case IN_SEQUENCE:
		in_sequence(s, ch);
		break;
	case AFTER_ESCAPE_O:
		s->escape = TEXT;
		break;
	default:
		if ((unsigned char)ch < 0x20)
			control(s, ch);
		else
			put(s, ch);
		break;
	}
}

void sim_screen_write(struct sim_screen *s, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		write_one(s, text.p[i]);
		s->log[s->logged++ % SIM_SCREEN_LOG] = text.p[i];
	}
	if (text.n > 0)
		s->version++;
}

void sim_screen_printf(struct sim_screen *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	OB_ASSERT(n >= 0 && (size_t)n < sizeof(text));
	sim_screen_write(s, (struct str){text, (size_t)n});
}

/* ---- for terminals ---- */

/* Index behind the last cell that shows something. */
static unsigned row_end(const struct sim_cell *row)
{
	unsigned n = SIM_SCREEN_COLUMNS;

	while (n > 0 && row[n - 1].ch == ' ' && row[n - 1].ink == PLAIN_INK)
		n--;
	return n;
}

static void add_ink(struct buf *out, uint8_t ink)
{
	buf_addf(out, "\x1b[0;%s%u;%um", ink & 0x08 ? "1;" : "", 30 + (ink & 7u),
		 40 + (ink >> 4 & 7u));
}

static void repaint(const struct sim_screen *s, struct buf *out)
{
	uint8_t ink = PLAIN_INK;

	buf_adds(out, "\x1b[0m\x1b[2J");
	for (unsigned row = 0; row < SIM_SCREEN_ROWS; row++) {
		unsigned end = row_end(s->cells[row]);
		if (end > 0)
			buf_addf(out, "\x1b[%u;1H", row + 1);
		for (unsigned i = 0; i < end; i++) {
			const struct sim_cell *c = &s->cells[row][i];
			if (c->ink != ink)
				add_ink(out, ink = c->ink);
			buf_addc(out, c->ch);
		}
	}
	add_ink(out, s->ink);
	buf_addf(out, "\x1b[%u;%uH", s->row + 1u,
		 MIN(s->column + 1u, SIM_SCREEN_COLUMNS));
}

void sim_screen_follow(const struct sim_screen *s, uint64_t *at, struct buf *out)
{
	if (*at > s->logged || s->logged - *at > SIM_SCREEN_LOG)
		repaint(s, out);
	else
		for (uint64_t i = *at; i < s->logged; i++)
			buf_addc(out, s->log[i % SIM_SCREEN_LOG]);
	*at = s->logged;
}

void sim_screen_text(const struct sim_screen *s, struct buf *out)
{
	for (unsigned row = 0; row < SIM_SCREEN_ROWS; row++) {
		struct buf line = {0};
		for (unsigned i = 0; i < SIM_SCREEN_COLUMNS; i++)
			buf_addc(&line, s->cells[row][i].ch);
		while (line.len > 0 && line.p[line.len - 1] == ' ')
			line.len--;
		buf_addc(&line, '\n');
		buf_addstr(out, buf_str(&line));
		buf_fini(&line);
	}
}
