/* SPDX-License-Identifier: Apache-2.0
 * The screen as pixels, drawn tile by tile when asked: no frame buffer per device.
 */
#include <sim/screen.h>

#define TEXT_WIDTH (SIM_SCREEN_COLUMNS * SIM_FONT_WIDTH)
#define TEXT_HEIGHT (SIM_SCREEN_ROWS * SIM_FONT_HEIGHT)
#define POINTER_SIZE 16

struct display {
	uint16_t width, height;
	uint32_t ground; /* around the text */
};

static const struct display displays[SIM_DISPLAYS] = {
	{640, 400, 0x000000},
	{800, 600, 0x204060},
	{1024, 768, 0x205030},
};

static const uint32_t colours[16] = {
	0x000000, 0xAA0000, 0x00AA00, 0xAA5500, 0x0000AA, 0xAA00AA, 0x00AAAA, 0xAAAAAA,
	0x555555, 0xFF5555, 0x55FF55, 0xFFFF55, 0x5555FF, 0xFF55FF, 0x55FFFF, 0xFFFFFF,
};

uint16_t sim_view_width(unsigned display)
{
	return displays[display].width;
}

uint16_t sim_view_height(unsigned display)
{
	return displays[display].height;
}

/* An arrow: a triangle with a dark edge; red while a button is held. */
static bool pointer_at(const struct sim_view *v, unsigned x, unsigned y, uint32_t *colour)
{
	if (x < v->x || y < v->y || y - v->y >= POINTER_SIZE)
		return false;
	unsigned dx = x - v->x, dy = y - v->y;
	if (dx > dy || dx + dy > POINTER_SIZE)
		return false;
	bool edge = dx == 0 || dx == dy || dx + dy == POINTER_SIZE;
	*colour = edge ? 0x000001 : v->buttons != 0 ? 0xFF0000 : 0xFFFFFF;
	return true;
}

static uint32_t text_at(const struct sim_screen *s, unsigned x, unsigned y)
{
	unsigned row = y / SIM_FONT_HEIGHT, column = x / SIM_FONT_WIDTH;
	const struct sim_cell *c = &s->cells[row][column];
	unsigned line = y % SIM_FONT_HEIGHT;
	bool on = sim_font_glyph(c->ch)[line] & 0x80 >> x % SIM_FONT_WIDTH;

	if (row == s->row && column == s->column && line >= SIM_FONT_HEIGHT - 2)
		on = true; /* the cursor */
	return colours[on ? c->ink & 0x0F : c->ink >> 4];
}

static uint32_t pixel_at(const struct sim_view *v, const struct display *d, unsigned x,
			 unsigned y)
{
	unsigned left = (d->width - TEXT_WIDTH) / 2u,
		 top = (d->height - TEXT_HEIGHT) / 2u;
	uint32_t colour;

	if (v->screen == NULL)
		return 0;
	if (pointer_at(v, x, y, &colour))
		return colour;
	if (x < left || y < top || x - left >= TEXT_WIDTH || y - top >= TEXT_HEIGHT)
		return d->ground;
	return text_at(v->screen, x - left, y - top);
}

void sim_view_draw(const struct sim_view *v, unsigned x, unsigned y, unsigned width,
		   unsigned height, uint32_t *out)
{
	const struct display *d = &displays[v->display];

	OB_ASSERT(x + width <= d->width && y + height <= d->height);
	for (unsigned dy = 0; dy < height; dy++)
		for (unsigned dx = 0; dx < width; dx++)
			*out++ = pixel_at(v, d, x + dx, y + dy);
}
