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

#include <sim/kvm_test_tools.h>

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
	viewer_point(&v, 300, 100, 0);
	/* The very first request is incremental, and gets everything. */
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
	assert_int_equal(v.raw, f->zrle ? 0 : 70);
	assert_int_equal(v.zrle, f->zrle ? 70 : 0);
	assert_int_equal(v.headers, f->zlib);
	/* Stored tiles show what they are. */
	if (f->zrle && !f->zlib && f->sub == KVM_SUB_PALETTE_RLE)
		assert_true(v.subs[130]);
	else if (f->zrle && !f->zlib && f->sub != KVM_SUB_BEST)
		assert_true(v.subs[f->sub]);
	viewer_key(&v, 'a');
	viewer_key(&v, 'Z');
	viewer_update_until(&v, "virtual login: aZ");
	viewer_key(&v, 0xFF08);
	viewer_key(&v, 0xFF08);
	viewer_update_until(&v, "virtual login:");
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
	viewer_update(&v, true);
	for (const char *k = "root"; *k != '\0'; k++)
		viewer_key(&v, (uint32_t)*k);
	viewer_key(&v, 0xFF0D);
	viewer_update_until(&v, "Password:");
	viewer_key(&v, 'x');
	viewer_key(&v, 0xFF0D);
	viewer_update_until(&v, "root@virtual:~$");
	/* Keys that mean nothing to a terminal. */
	viewer_key(&v, 0xFFE1);
	viewer_key(&v, 0x17170056);
	viewer_key(&v, 144);
	viewer_key(&v, '!');
	viewer_update_until(&v, "root@virtual:~$ !");
	sim_redirection_boot(&d->r, SIM_BOOT_SETUP, "");
	viewer_update_until(&v, "leave and restart");
	viewer_key(&v, 0xFF1B);
	viewer_update_until(&v, "Boot menu");
	viewer_key(&v, 0xFF54);
	viewer_key(&v, 0xFF54);
	viewer_key(&v, 0xFF0D);
	viewer_update_until(&v, "leave and restart");
	viewer_close(&v);
}

/* An incremental request is held until something changes; then only that comes. */
static void requests_are_held(struct test_device *d)
{
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, true);
	viewer_update(&v, true);
	viewer_request(&v, true);
	assert_true(test_console_silent(&v.c, 100));
	v.raw = v.zrle = 0;
	viewer_key(&v, 'x');
	while (viewer_take(&v) != KVM_UPDATE)
		;
	assert_true(viewer_is_right(&v));
	assert_true(v.zrle >= 1 && v.zrle <= 2);
	/* One update per request. */
	viewer_key(&v, 'y');
	assert_true(test_console_silent(&v.c, 100));
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
	/* Whoever asks for everything gets everything. */
	v.raw = v.zrle = 0;
	viewer_update(&v, false);
	assert_int_equal(v.zrle, 70);
	/* A part of the screen: the tiles that it touches. */
	v.raw = v.zrle = 0;
	viewer_send(&v, (struct kvm_client_msg){.op = KVM_REQUEST,
						.request = {0, 60, 10, 10, 10}});
	while (viewer_take(&v) != KVM_UPDATE)
		;
	assert_int_equal(v.zrle, 2);
	viewer_close(&v);
}

static void pointer_is_drawn(struct test_device *d)
{
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, true);
	viewer_point(&v, 400, 200, 0);
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
	assert_int_equal(v.frame[204 * 640 + 402], 0xFFFF);
	viewer_point(&v, 100, 300, 0);
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
	assert_int_equal(v.frame[204 * 640 + 402], 0);
	assert_int_equal(v.frame[304 * 640 + 102], 0xFFFF);
	/* Held down it is red. */
	viewer_point(&v, 100, 300, 1);
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
	assert_int_equal(v.frame[304 * 640 + 102], 0xF800);
	/* Beyond the edge it stops there. */
	viewer_point(&v, 9999, 9999, 0);
	v.x = 639;
	v.y = 399;
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
	viewer_close(&v);
}

static void displays_and_power(struct test_device *d)
{
	struct viewer v;

	d->config.step_ms = 1000;
	viewer_open(&v, d, &kvm_rgb332, true);
	viewer_update(&v, true);
	for (unsigned i = 1; i <= SIM_DISPLAYS; i++) {
		unsigned display = i % SIM_DISPLAYS;
		sim_redirection_show(&d->r, display);
		viewer_update(&v, true);
		assert_int_equal(v.width, sim_view_width(display));
		assert_int_equal(v.height, sim_view_height(display));
		viewer_update(&v, false);
		assert_true(viewer_is_right(&v));
	}
	sim_redirection_power(&d->r, false);
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
	for (size_t i = 0; i < 640 * 400; i++)
		assert_int_equal(v.frame[i], 0);
	viewer_key(&v, 'x');
	sim_redirection_power(&d->r, true);
	viewer_update_until(&v, "outband virtual BIOS");
	viewer_close(&v);
	/* A console without DesktopSize cannot follow. */
	viewer_open(&v, d, &kvm_rgb565, true);
	viewer_send(&v, (struct kvm_client_msg){.op = KVM_SET_ENCODINGS,
						.encodings = {1, {0}}});
	sim_redirection_show(&d->r, 2);
	viewer_request(&v, true);
	assert_true(test_console_closed(&v.c));
	viewer_close(&v);
}

static void say(struct viewer *v, struct str text)
{
	viewer_send(v, (struct kvm_client_msg){.op = KVM_CLIENT_TEXT, .text = text});
}

static void hear(struct viewer *v, struct str text)
{
	assert_int_equal(viewer_take(v), KVM_SERVER_TEXT);
	assert_true(str_eq(buf_str(&v->text), text));
}

#define CHANNEL "\0KvmDataChannel\0"
#define COMMAND "\0KvmExtCmd\0"

static void cut_texts(struct test_device *d)
{
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, true);
	viewer_send(&v,
		    (struct kvm_client_msg){.op = KVM_SET_ENCODINGS,
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
	viewer_update(&v, true);
	assert_true(v.headers);
	/* Too late to change: the form stays. */
	say(&v, STR(COMMAND "\x04\0"));
	hear(&v, STR(COMMAND "\x04\0"));
	say(&v, STR(COMMAND "\x03\0"));
	hear(&v, STR(COMMAND "\x03\x01"));
	viewer_update(&v, false);
	assert_true(viewer_is_right(&v));
	viewer_close(&v);
}

static void version_4_is_announced(struct test_device *d)
{
	struct viewer v;

	d->config.rfb_4 = true;
	viewer_open(&v, d, &kvm_rgb565, true);
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
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
	viewer_send(&v, (struct kvm_client_msg){.op = KVM_SET_FORMAT, .format = wide});
	assert_true(test_console_closed(&v.c));
	viewer_close(&v);
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		viewer_open(&v, d, &kvm_rgb565, true);
		viewer_send_bytes(&v, messages[i]);
		assert_true(test_console_closed(&v.c));
		viewer_close(&v);
	}
	for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
		v = (struct viewer){0};
		test_console_login(&v.c, d, REDIR_KVM);
		viewer_send_bytes(&v, openings[i]);
		if (i == 0)
			viewer_send_bytes(&v, STR("\0\0\0\0\0\0\0"));
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
		viewer_request(&v, false);
	wait_until_stuck(d);
	assert_true(d->r.sessions[REDIR_KVM]->wire.out.len < 2 * SIM_WIRE_OUT_HIGH);
	assert_int_equal(viewer_take(&v), KVM_UPDATE);
	assert_true(viewer_is_right(&v));
	viewer_close(&v);
}

/* What changes in a tile that went already, while others wait for the console, comes
 * next. */
static void changes_while_sending_are_not_lost(struct test_device *d)
{
	struct viewer v;

	viewer_open(&v, d, &kvm_rgb565, false);
	viewer_request(&v, true);
	wait_until_stuck(d);
	sim_redirection_type(&d->r, STR("x"));
	assert_int_equal(viewer_take(&v), KVM_UPDATE);
	assert_false(viewer_is_right(&v));
	viewer_update(&v, true);
	assert_true(viewer_is_right(&v));
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
