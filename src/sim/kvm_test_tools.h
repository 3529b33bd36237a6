/* SPDX-License-Identifier: Apache-2.0
 * For the tests of KVM: a viewer that does what the browser clients do and keeps the
 * frame.
 */
#ifndef SIM_KVM_TEST_TOOLS_H
#define SIM_KVM_TEST_TOOLS_H

#include <sim/redirection_test_tools.h>

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

/* Logged in, through the handshake, encodings and format told. */
void viewer_open(struct viewer *v, struct test_device *d, const struct kvm_format *f,
		 bool zrle);
void viewer_close(struct viewer *v);
void viewer_send(struct viewer *v, struct kvm_client_msg m);
void viewer_send_bytes(struct viewer *v, struct str bytes);
void viewer_request(struct viewer *v, bool incremental);
/* Pressed and released. */
void viewer_key(struct viewer *v, uint32_t sym);
void viewer_point(struct viewer *v, uint16_t x, uint16_t y, uint8_t buttons);
/* Takes one message, with its rectangles; returns its opcode. */
enum kvm_server_op viewer_take(struct viewer *v);
/* Requests an update and takes it. */
void viewer_update(struct viewer *v, bool incremental);
/* Is a frame of the display's size, in that format, what it shows, pixel by pixel?
 * pointer: x, y and buttons of it. */
bool test_frame_is_screen(struct sim_redirection *r, const struct kvm_format *f,
			  const uint16_t *frame, const struct sim_view *pointer);
/* The viewer's frame. */
bool viewer_is_right(struct viewer *v);
/* Asks for changes until the frame is the screen and shows text. */
void viewer_update_until(struct viewer *v, const char *text);

#endif
