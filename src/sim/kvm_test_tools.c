/* SPDX-License-Identifier: Apache-2.0
 * A viewer for tests, see kvm_test_tools.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sim/kvm_test_tools.h>

#include <stdlib.h>

#define MAX_PIXELS (1024 * 768)

void viewer_send(struct viewer *v, struct kvm_client_msg m)
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

void viewer_request(struct viewer *v, bool incremental)
{
	viewer_send(v, (struct kvm_client_msg){
			       .op = KVM_REQUEST,
			       .request = {incremental, 0, 0, v->width, v->height}});
}

void viewer_key(struct viewer *v, uint32_t sym)
{
	viewer_send(v, (struct kvm_client_msg){.op = KVM_KEY, .key = {1, sym}});
	viewer_send(v, (struct kvm_client_msg){.op = KVM_KEY, .key = {0, sym}});
}

void viewer_point(struct viewer *v, uint16_t x, uint16_t y, uint8_t buttons)
{
	v->x = x;
	v->y = y;
	v->buttons = buttons;
	viewer_send(v, (struct kvm_client_msg){.op = KVM_POINTER,
					       .pointer = {buttons, x, y}});
}

/* ---- handshake, as the browser clients do it ---- */

void viewer_send_bytes(struct viewer *v, struct str bytes)
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

	viewer_send_bytes(v, STR("\x40\0\0\0\0\0\0\0"));
	want(v, KVM_OPEN_SIZE + KVM_VERSION_SIZE);
	assert_int_equal(kvm_decode_open(v->c.in.p, v->c.in.len, KVM_OPEN_REPLY, &why),
			 8);
	buf_consume(&v->c.in, KVM_OPEN_SIZE);
	assert_memory_equal(v->c.in.p, version, KVM_VERSION_SIZE);
	assert_int_equal(kvm_decode_version(v->c.in.p, v->c.in.len, &major, &minor, &why),
			 12);
	buf_consume(&v->c.in, KVM_VERSION_SIZE);
	viewer_send_bytes(v, STR(KVM_VERSION_3_8));
	/* In one piece. */
	want(v, 1);
	assert_int_equal(kvm_decode_security(v->c.in.p, v->c.in.len, &none, &why), 2);
	assert_true(none);
	buf_consume(&v->c.in, 2);
	viewer_send_bytes(v, STR("\x01"));
	want(v, 4);
	assert_memory_equal(v->c.in.p, "\0\0\0\0", 4);
	buf_consume(&v->c.in, 4);
	viewer_send_bytes(v, STR("\x01"));
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

void viewer_open(struct viewer *v, struct test_device *d, const struct kvm_format *f,
		 bool zrle)
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
	viewer_send(v, m);
	if (f->bits == 16)
		return;
	v->format = *f;
	viewer_send(v, (struct kvm_client_msg){.op = KVM_SET_FORMAT, .format = *f});
}

void viewer_close(struct viewer *v)
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

enum kvm_server_op viewer_take(struct viewer *v)
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

void viewer_update(struct viewer *v, bool incremental)
{
	viewer_request(v, incremental);
	while (viewer_take(v) != KVM_UPDATE)
		;
}

bool test_frame_is_screen(struct sim_redirection *r, const struct kvm_format *f,
			  const uint16_t *frame, const struct sim_view *pointer)
{
	struct sim_view view = *pointer;
	uint16_t width = sim_view_width(r->display), height = sim_view_height(r->display);
	uint32_t *rgb = xmalloc(4u * width * height);
	bool same = true;

	view.screen = r->powered ? &sim_redirection_host(r)->screen : NULL;
	view.display = r->display;
	sim_view_draw(&view, 0, 0, width, height, rgb);
	for (size_t i = 0; same && i < (size_t)width * height; i++)
		same = frame[i] == kvm_pixel(f, rgb[i]);
	free(rgb);
	return same;
}

bool viewer_is_right(struct viewer *v)
{
	struct sim_redirection *r = &v->c.d->r;
	struct sim_view pointer = {.x = v->x, .y = v->y, .buttons = v->buttons};

	return v->width == sim_view_width(r->display) &&
	       test_frame_is_screen(r, &v->format, v->frame, &pointer);
}

void viewer_update_until(struct viewer *v, const char *text)
{
	for (int i = 0; i < 200; i++) {
		struct buf b = {0};
		sim_redirection_text(&v->c.d->r, &b);
		bool there = str_find(buf_str(&b), str_of(text)) >= 0;
		buf_fini(&b);
		if (there && viewer_is_right(v))
			return;
		viewer_update(v, true);
	}
	fail_msg("\"%s\" never came", text);
}
