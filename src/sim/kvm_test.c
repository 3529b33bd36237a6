/* SPDX-License-Identifier: Apache-2.0
 * KVM of the virtual device: a viewer that decodes what comes into a frame, which must be
 * the screen's pixels in every format, encoding and wrapping; keys, pointer, displays,
 * cut texts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sim/redirection_test_tools.h>

#include <stdlib.h>

#define MAX_PIXELS (1024 * 768)

struct viewer {
	struct test_console c;
	uint16_t width, height;
	struct kvm_format format;
	struct kvm_inflater *z;
	struct kvm_tile *tile;
	uint16_t *frame;
	uint16_t x, y; /* of the pointer */
	uint8_t buttons;
	bool subs[256];	    /* sub-encodings seen in stored tiles */
	unsigned raw, zrle; /* rectangles */
	bool headers;	    /* a zlib header came */
	struct buf text;    /* the last cut text */
	unsigned texts;
};

static void send_msg(struct viewer *v, struct kvm_client_msg m)
{
	struct buf b = {0};

	kvm_encode_client(&b, &m);
	test_console_send(&v->c, &b);
	buf_fini(&b);
}

static void want(struct viewer *v, size_t n)
{
	while (v->c.in.len < n)
		if (!test_console_more(&v->c))
			fail_msg("closed early");
}

static void request(struct viewer *v, bool incremental)
{
	send_msg(v, (struct kvm_client_msg){
			    .op = KVM_REQUEST,
			    .request = {incremental, 0, 0, v->width, v->height}});
}

static void key(struct viewer *v, uint32_t sym)
{
	send_msg(v, (struct kvm_client_msg){.op = KVM_KEY, .key = {1, sym}});
	send_msg(v, (struct kvm_client_msg){.op = KVM_KEY, .key = {0, sym}});
}

static void point(struct viewer *v, uint16_t x, uint16_t y, uint8_t buttons)
{
	v->x = x;
	v->y = y;
	v->buttons = buttons;
	send_msg(v,
		 (struct kvm_client_msg){.op = KVM_POINTER, .pointer = {buttons, x, y}});
}

/* ---- handshake, as the browser clients do it ---- */

static void send_bytes(struct viewer *v, struct str bytes)
{
	struct buf b = {0};

	buf_addstr(&b, bytes);
	test_console_send(&v->c, &b);
	buf_fini(&b);
}

static void handshake(struct viewer *v, const char *version)
{
	const char *why = NULL;
	unsigned major, minor;
	bool none;

	send_bytes(v, STR("\x40\0\0\0\0\0\0\0"));
	want(v, KVM_OPEN_SIZE + KVM_VERSION_SIZE);
	assert_int_equal(kvm_decode_open(v->c.in.p, v->c.in.len, KVM_OPEN_REPLY, &why),
			 8);
	buf_consume(&v->c.in, KVM_OPEN_SIZE);
	assert_memory_equal(v->c.in.p, version, KVM_VERSION_SIZE);
	assert_int_equal(kvm_decode_version(v->c.in.p, v->c.in.len, &major, &minor, &why),
			 12);
	buf_consume(&v->c.in, KVM_VERSION_SIZE);
	send_bytes(v, STR(KVM_VERSION_3_8));
	/* In one piece. */
	want(v, 1);
	assert_int_equal(kvm_decode_security(v->c.in.p, v->c.in.len, &none, &why), 2);
	assert_true(none);
	buf_consume(&v->c.in, 2);
	send_bytes(v, STR("\x01"));
	want(v, 4);
	assert_memory_equal(v->c.in.p, "\0\0\0\0", 4);
	buf_consume(&v->c.in, 4);
	send_bytes(v, STR("\x01"));
	struct kvm_server_init init;
	ssize_t n;
	while ((n = kvm_decode_init(v->c.in.p, v->c.in.len, &init, &why)) == 0)
		want(v, v->c.in.len + 1);
	assert_true(n > 0);
	v->width = init.width;
	v->height = init.height;
	v->format = init.format;
	buf_consume(&v->c.in, (size_t)n);
}

static void viewer_open(struct viewer *v, struct test_device *d,
			const struct kvm_format *f, bool zrle)
{
	struct kvm_client_msg m = {
		.op = KVM_SET_ENCODINGS,
		.encodings = {3, {KVM_ZRLE, KVM_RAW, KVM_DESKTOP_SIZE}}};

	*v = (struct viewer){.z = kvm_inflater_new(),
			     .tile = xcalloc(1, sizeof(struct kvm_tile)),
			     .frame = xcalloc(MAX_PIXELS, 2)};
	test_console_login(&v->c, d, REDIR_KVM);
	handshake(v, d->config.rfb_4 ? KVM_VERSION_4_0 : KVM_VERSION_3_8);
	assert_memory_equal(&v->format, &kvm_rgb565, sizeof(v->format));
	if (!zrle)
		m.encodings.v[0] = KVM_RAW;
	send_msg(v, m);
	if (f->bits == 16)
		return;
	v->format = *f;
	send_msg(v, (struct kvm_client_msg){.op = KVM_SET_FORMAT, .format = *f});
}

static void viewer_close(struct viewer *v)
{
	test_console_close(&v->c);
	kvm_inflater_free(v->z);
	free(v->tile);
	free(v->frame);
	buf_fini(&v->text);
}

/* ---- updates ---- */

static void take_rect(struct viewer *v, const struct kvm_rect *r)
{
	if (r->encoding == KVM_DESKTOP_SIZE) {
		v->width = r->width;
		v->height = r->height;
		return;
	}
	assert_true(r->x + r->width <= v->width && r->y + r->height <= v->height);
	if (r->encoding == KVM_ZRLE && r->data.p[0] == 0)
		v->subs[(uint8_t)r->data.p[5]] = true;
	v->headers |= r->encoding == KVM_ZRLE && str_starts(r->data, STR("\x78\x9c"));
	*(r->encoding == KVM_RAW ? &v->raw : &v->zrle) += 1;
	v->tile->bytes = (uint8_t)kvm_format_bytes(&v->format);
	assert_true(kvm_rect_pixels(v->z, r, v->tile));
	for (unsigned y = 0; y < r->height; y++)
		memcpy(v->frame + (r->y + y) * v->width + r->x,
		       v->tile->px + y * r->width, 2u * r->width);
}

static void take_rects(struct viewer *v, unsigned n)
{
	const char *why = NULL;
	struct kvm_rect r;

	for (unsigned i = 0; i < n; i++) {
		ssize_t used;
		while ((used = kvm_decode_rect(v->c.in.p, v->c.in.len,
					       kvm_format_bytes(&v->format), &r, &why)) ==
		       0)
			want(v, v->c.in.len + 1);
		if (used < 0)
			fail_msg("%s", why);
		take_rect(v, &r);
		buf_consume(&v->c.in, (size_t)used);
	}
}

/* One message; returns its opcode. */
static enum kvm_server_op take(struct viewer *v)
{
	const char *why = NULL;
	struct kvm_server_msg m;
	ssize_t n;

	while ((n = kvm_decode_server(v->c.in.p, v->c.in.len, &m, &why)) == 0)
		want(v, v->c.in.len + 1);
	if (n < 0)
		fail_msg("%s", why);
	if (m.op == KVM_SERVER_TEXT) {
		buf_clear(&v->text);
		buf_addstr(&v->text, m.text);
		v->texts++;
	}
	buf_consume(&v->c.in, (size_t)n);
	if (m.op == KVM_UPDATE)
		take_rects(v, m.rects);
	return m.op;
}

static void update(struct viewer *v, bool incremental)
{
	request(v, incremental);
	while (take(v) != KVM_UPDATE)
		;
}

/* Is the frame what the screen shows, pixel by pixel? */
static bool frame_is_screen(struct viewer *v)
{
	struct sim_redirection *r = &v->c.d->r;
	struct sim_view view = {.screen = r->powered ? &sim_redirection_host(r)->screen
						     : NULL,
				.display = r->display,
				.x = v->x,
				.y = v->y,
				.buttons = v->buttons};
	uint32_t *rgb = xmalloc(4u * v->width * v->height);
	bool same = v->width == sim_view_width(r->display);

	sim_view_draw(&view, 0, 0, v->width, v->height, rgb);
	for (size_t i = 0; same && i < (size_t)v->width * v->height; i++)
		same = v->frame[i] == kvm_pixel(&v->format, rgb[i]);
	free(rgb);
	return same;
}

/* Asks for changes until the frame is the screen and shows text. */
static void update_until(struct viewer *v, const char *text)
{
	for (int i = 0; i < 200; i++) {
		struct buf b = {0};
		sim_redirection_text(&v->c.d->r, &b);
		bool there = str_find(buf_str(&b), str_of(text)) >= 0;
		buf_fini(&b);
		if (there && frame_is_screen(v))
			return;
		update(v, true);
	}
	fail_msg("\"%s\" never came", text);
}

/* ---- tests ---- */

static const struct kvm_format *const formats[] = {&kvm_rgb565, &kvm_rgb332, &kvm_grey8,
						   &kvm_grey4};

struct form {
	bool zrle, zlib;
	enum kvm_sub sub;
};

static const struct form forms[] = {
	{false, false, KVM_SUB_BEST},	    {true, true, KVM_SUB_BEST},
	{true, false, KVM_SUB_BEST},	    {true, false, KVM_SUB_RAW},
	{true, false, KVM_SUB_SOLID},	    {true, false, KVM_SUB_RLE},
	{true, false, KVM_SUB_PALETTE_RLE}, {true, false, KVM_SUB_PACKED},
};

static void check_form(struct test_device *d, const struct kvm_format *format,
		       const struct form *f)
{
	struct viewer v;

	d->config.kvm_sub = f->sub;
	d->config.zlib = f->zlib;
	viewer_open(&v, d, format, f->zrle);
	point(&v, 300, 100, 0);
	/* The very first request is incremental, and gets everything. */
	update(&v, true);
	assert_true(frame_is_screen(&v));
	assert_int_equal(v.raw, f->zrle ? 0 : 70);
	assert_int_equal(v.zrle, f->zrle ? 70 : 0);
	assert_int_equal(v.headers, f->zlib);
	/* Stored tiles show what they are. */
	if (f->zrle && !f->zlib && f->sub == KVM_SUB_PALETTE_RLE)
		assert_true(v.subs[130]);
	else if (f->zrle && !f->zlib && f->sub != KVM_SUB_BEST)
		assert_true(v.subs[f->sub]);
	key(&v, 'a');
	key(&v, 'Z');
	update_until(&v, "virtual login: aZ");
	key(&v, 0xFF08);
	key(&v, 0xFF08);
	update_until(&v, "virtual login:");
	viewer_close(&v);
	while (sim_redirection_active(&d->r, REDIR_KVM))
		err_free(fiber_yield());
}

static void every_format_and_encoding(struct test_device *d)
{
	for (size_t f = 0; f < ARRAY_LEN(formats); f++)
		for (size_t i = 0; i < ARRAY_LEN(forms); i++)
			check_form(d, formats[f], &forms[i]);
}

static void keys_log_in(struct test_device *d)
{
	struct viewer v;

	d->config.step_ms = 500; /* long enough to see the menu under valgrind */
	viewer_open(&v, d, &kvm_rgb332, true);
	update(&v, true);
	for (const char *k = "root"; *k != '\0'; k++)
		key(&v, (uint32_t)*k);
	key(&v, 0xFF0D);
	update_until(&v, "Password:");
	key(&v, 'x');
	key(&v, 0xFF0D);
	update_until(&v, "root@virtual:~$");
	/* Keys that mean nothing to a terminal. */
	key(&v, 0xFFE1);
	key(&v, 0x17170056);
	key(&v, 144);
	key(&v, '!');
	update_until(&v, "root@virtual:~$ !");
	sim_redirection_boot(&d->r, SIM_BOOT_SETUP);
	update_until(&v, "leave and restart");
	key(&v, 0xFF1B);
	update_until(&v, "Boot menu");
	key(&v, 0xFF54);
	key(&v, 0xFF54);
	key(&v, 0xFF0D);
	update_until(&v, "leave and restart");
	viewer_close(&v);
}

/* An incremental request is held until something changes; then only that comes. */
static void requests_are_held(struct test_device *d)
{
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, true);
	update(&v, true);
	request(&v, true);
	assert_true(test_console_silent(&v.c, 100));
	v.raw = v.zrle = 0;
	key(&v, 'x');
	while (take(&v) != KVM_UPDATE)
		;
	assert_true(frame_is_screen(&v));
	assert_true(v.zrle >= 1 && v.zrle <= 2);
	/* One update per request. */
	key(&v, 'y');
	assert_true(test_console_silent(&v.c, 100));
	update(&v, true);
	assert_true(frame_is_screen(&v));
	/* Whoever asks for everything gets everything. */
	v.raw = v.zrle = 0;
	update(&v, false);
	assert_int_equal(v.zrle, 70);
	/* A part of the screen: the tiles that it touches. */
	v.raw = v.zrle = 0;
	send_msg(&v, (struct kvm_client_msg){.op = KVM_REQUEST,
					     .request = {0, 60, 10, 10, 10}});
	while (take(&v) != KVM_UPDATE)
		;
	assert_int_equal(v.zrle, 2);
	viewer_close(&v);
}

static void pointer_is_drawn(struct test_device *d)
{
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, true);
	point(&v, 400, 200, 0);
	update(&v, true);
	assert_true(frame_is_screen(&v));
	assert_int_equal(v.frame[204 * 640 + 402], 0xFFFF);
	point(&v, 100, 300, 0);
	update(&v, true);
	assert_true(frame_is_screen(&v));
	assert_int_equal(v.frame[204 * 640 + 402], 0);
	assert_int_equal(v.frame[304 * 640 + 102], 0xFFFF);
	/* Held down it is red. */
	point(&v, 100, 300, 1);
	update(&v, true);
	assert_true(frame_is_screen(&v));
	assert_int_equal(v.frame[304 * 640 + 102], 0xF800);
	/* Beyond the edge it stops there. */
	point(&v, 9999, 9999, 0);
	v.x = 639;
	v.y = 399;
	update(&v, true);
	assert_true(frame_is_screen(&v));
	viewer_close(&v);
}

static void displays_and_power(struct test_device *d)
{
	struct viewer v;

	d->config.step_ms = 1000;
	viewer_open(&v, d, &kvm_rgb332, true);
	update(&v, true);
	for (unsigned i = 1; i <= SIM_DISPLAYS; i++) {
		unsigned display = i % SIM_DISPLAYS;
		sim_redirection_show(&d->r, display);
		update(&v, true);
		assert_int_equal(v.width, sim_view_width(display));
		assert_int_equal(v.height, sim_view_height(display));
		update(&v, false);
		assert_true(frame_is_screen(&v));
	}
	sim_redirection_power(&d->r, false);
	update(&v, true);
	assert_true(frame_is_screen(&v));
	for (size_t i = 0; i < 640 * 400; i++)
		assert_int_equal(v.frame[i], 0);
	key(&v, 'x');
	sim_redirection_power(&d->r, true);
	update_until(&v, "outband virtual BIOS");
	viewer_close(&v);
	/* A console without DesktopSize cannot follow. */
	viewer_open(&v, d, &kvm_rgb565, true);
	send_msg(&v,
		 (struct kvm_client_msg){.op = KVM_SET_ENCODINGS, .encodings = {1, {0}}});
	sim_redirection_show(&d->r, 2);
	request(&v, true);
	assert_true(test_console_closed(&v.c));
	viewer_close(&v);
}

static void say(struct viewer *v, struct str text)
{
	send_msg(v, (struct kvm_client_msg){.op = KVM_CLIENT_TEXT, .text = text});
}

static void hear(struct viewer *v, struct str text)
{
	assert_int_equal(take(v), KVM_SERVER_TEXT);
	assert_true(str_eq(buf_str(&v->text), text));
}

#define CHANNEL "\0KvmDataChannel\0"
#define COMMAND "\0KvmExtCmd\0"

static void cut_texts(struct test_device *d)
{
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, true);
	send_msg(&v, (struct kvm_client_msg){.op = KVM_SET_ENCODINGS,
					     .encodings = {4,
							   {KVM_ZRLE, 0, KVM_DATA_CHANNEL,
							    KVM_DESKTOP_SIZE}}});
	hear(&v, STR(CHANNEL));
	say(&v, STR(CHANNEL "hello"));
	hear(&v, STR(CHANNEL));
	hear(&v, STR(CHANNEL "hello"));
	/* Not acknowledged: no second message of the device. */
	say(&v, STR(CHANNEL "again"));
	hear(&v, STR(CHANNEL));
	say(&v, STR(CHANNEL));
	say(&v, STR(CHANNEL "third"));
	hear(&v, STR(CHANNEL));
	hear(&v, STR(CHANNEL "third"));
	say(&v, STR("plain text is nothing to firmware"));

	say(&v, STR(COMMAND "\x02\x03"));
	hear(&v, STR(COMMAND "\x02\x03"));
	say(&v, STR(COMMAND "\x01"));
	hear(&v, STR(COMMAND "\x01\x03\0"));
	say(&v, STR(COMMAND "\x04\x01"));
	hear(&v, STR(COMMAND "\x04\x01"));
	say(&v, STR(COMMAND "\x03\0"));
	hear(&v, STR(COMMAND "\x03\x01"));
	update(&v, true);
	assert_true(v.headers);
	/* Too late to change: the form stays. */
	say(&v, STR(COMMAND "\x04\0"));
	hear(&v, STR(COMMAND "\x04\0"));
	say(&v, STR(COMMAND "\x03\0"));
	hear(&v, STR(COMMAND "\x03\x01"));
	update(&v, false);
	assert_true(frame_is_screen(&v));
	viewer_close(&v);
}

static void version_4_is_announced(struct test_device *d)
{
	struct viewer v;

	d->config.rfb_4 = true;
	viewer_open(&v, d, &kvm_rgb565, true);
	update(&v, true);
	assert_true(frame_is_screen(&v));
	viewer_close(&v);
}

static void hostile(struct test_device *d)
{
	struct kvm_format wide = {32, 24, 0, 1, 255, 255, 255, 16, 8, 0};
	static const struct str messages[] = {STR("\x01"), STR("\xff"),
					      STR("\x02\0\xff\xff"),
					      STR("\x06\0\0\0\xff\xff\xff\xff")};
	static const struct str openings[] = {STR("\x41"),
					      STR("\x40\0\0\0\0\0\0\0RFB 003.003\n"),
					      STR("\x40\0\0\0\0\0\0\0HTTP/1.1 200"),
					      STR("\x40\0\0\0\0\0\0\0RFB 003.008\n\x02")};
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, true);
	send_msg(&v, (struct kvm_client_msg){.op = KVM_SET_FORMAT, .format = wide});
	assert_true(test_console_closed(&v.c));
	viewer_close(&v);
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		viewer_open(&v, d, &kvm_rgb565, true);
		send_bytes(&v, messages[i]);
		assert_true(test_console_closed(&v.c));
		viewer_close(&v);
	}
	for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
		v = (struct viewer){0};
		test_console_login(&v.c, d, REDIR_KVM);
		send_bytes(&v, openings[i]);
		if (i == 0)
			send_bytes(&v, STR("\0\0\0\0\0\0\0"));
		while (test_console_more(&v.c))
			;
		assert_true(v.c.ended);
		test_console_close(&v.c);
	}
}

/* Until the device waits for the console to read. */
static void wait_until_stuck(struct test_device *d)
{
	while (d->r.sessions[REDIR_KVM] == NULL ||
	       d->r.sessions[REDIR_KVM]->wire.out.len <= SIM_WIRE_OUT_HIGH)
		err_free(fiber_sleep_ms(5));
}

/* A console that asks and does not read: what waits for it stays small. */
static void slow_consoles_are_bounded(struct test_device *d)
{
	struct viewer v;

	sim_redirection_show(&d->r, 2);
	viewer_open(&v, d, &kvm_rgb565, false);
	for (int i = 0; i < 20; i++)
		request(&v, false);
	wait_until_stuck(d);
	assert_true(d->r.sessions[REDIR_KVM]->wire.out.len < 2 * SIM_WIRE_OUT_HIGH);
	assert_int_equal(take(&v), KVM_UPDATE);
	assert_true(frame_is_screen(&v));
	viewer_close(&v);
}

/* What changes in a tile that went already, while others wait for the console, comes
 * next. */
static void changes_while_sending_are_not_lost(struct test_device *d)
{
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, false);
	request(&v, true);
	wait_until_stuck(d);
	sim_redirection_type(&d->r, STR("x"));
	assert_int_equal(take(&v), KVM_UPDATE);
	assert_false(frame_is_screen(&v));
	update(&v, true);
	assert_true(frame_is_screen(&v));
	viewer_close(&v);
}

#define TEST(fn)                        \
	static void fn##_(void **state) \
	{                               \
		test_with_device(fn);   \
	}
TEST(every_format_and_encoding)
TEST(keys_log_in)
TEST(requests_are_held)
TEST(pointer_is_drawn)
TEST(displays_and_power)
TEST(cut_texts)
TEST(version_4_is_announced)
TEST(hostile)
TEST(slow_consoles_are_bounded)
TEST(changes_while_sending_are_not_lost)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_and_encoding_),
		cmocka_unit_test(keys_log_in_),
		cmocka_unit_test(requests_are_held_),
		cmocka_unit_test(pointer_is_drawn_),
		cmocka_unit_test(displays_and_power_),
		cmocka_unit_test(cut_texts_),
		cmocka_unit_test(version_4_is_announced_),
		cmocka_unit_test(hostile_),
		cmocka_unit_test(slow_consoles_are_bounded_),
		cmocka_unit_test(changes_while_sending_are_not_lost_),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
