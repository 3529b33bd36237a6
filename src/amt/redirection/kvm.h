/* SPDX-License-Identifier: Apache-2.0
 * KVM: RFB (RFC 6143) as AMT speaks it after the authentication. Codec over bytes, both
 * directions, no I/O; kvm_tile.h has the pictures. wire-amt.md 4.6.
 *
 * Order: KVM_OPEN and its reply, version both ways, security types, choice, result,
 * ClientInit, ServerInit; then messages of struct kvm_client_msg and struct
 * kvm_server_msg. RFB's integers are big-endian, pixels of 16 bits are little-endian.
 */
#ifndef AMT_REDIRECTION_KVM_H
#define AMT_REDIRECTION_KVM_H

#include <base/buf.h>
#include <sys/types.h>

/* ---- handshake ---- */

#define KVM_OPEN 0x40
#define KVM_OPEN_REPLY 0x41
#define KVM_OPEN_SIZE 8 /* both; all but the opcode is 0 */
#define KVM_VERSION_SIZE 12
#define KVM_VERSION_3_8 "RFB 003.008\n"
#define KVM_VERSION_4_0 \
	"RFB 004.000\n" /* announced up to CSME 20; 3.8 is spoken then too */
#define KVM_SECURITY_NONE 1
#define KVM_NAME_MAX 256u

/* 1 when p begins with KVM_OPEN or its reply; results as the decoders below. */
ssize_t kvm_decode_open(const void *p, size_t n, uint8_t op, const char **why);
void kvm_encode_open(struct buf *out, uint8_t op);
/* "RFB xxx.yyy\n" */
ssize_t kvm_decode_version(const void *p, size_t n, unsigned *major, unsigned *minor,
			   const char **why);
/* u8 n and n types; *none: KVM_SECURITY_NONE is among them. No types at all is malformed.
 */
ssize_t kvm_decode_security(const void *p, size_t n, bool *none, const char **why);

struct kvm_format {
	uint8_t bits; /* per pixel: 8 or 16 */
	uint8_t depth, big_endian, true_colour;
	uint16_t red_max, green_max, blue_max;
	uint8_t red_shift, green_shift, blue_shift;
};

extern const struct kvm_format kvm_rgb565, kvm_rgb332, kvm_grey8, kvm_grey4;
/* AMT takes 8 and 16 bits, true colour, little-endian, whose fields fit. */
bool kvm_format_supported(const struct kvm_format *f);
static inline unsigned kvm_format_bytes(const struct kvm_format *f)
{
	return f->bits / 8;
}

struct kvm_server_init {
	uint16_t width, height;
	struct kvm_format format;
	struct str name;
};
ssize_t kvm_decode_init(const void *p, size_t n, struct kvm_server_init *m,
			const char **why);
void kvm_encode_init(struct buf *out, const struct kvm_server_init *m);

/* ---- messages ---- */

enum kvm_encoding {
	KVM_RAW = 0,
	KVM_ZRLE = 16,		 /* tiles of kvm_tile.h */
	KVM_DATA_CHANNEL = 1092, /* announces the client's support */
	KVM_DESKTOP_SIZE = -223,
};

#define KVM_TEXT_MAX 65536u
#define KVM_ENCODINGS_MAX 64
#define KVM_TILE 64 /* greatest width and height of a rectangle with pixels */

enum kvm_client_op {
	KVM_SET_FORMAT = 0,
	KVM_SET_ENCODINGS = 2,
	KVM_REQUEST = 3,
	KVM_KEY = 4,
	KVM_POINTER = 5,
	KVM_CLIENT_TEXT = 6,
};

/* Slices point into the decoded bytes. */
struct kvm_client_msg {
	enum kvm_client_op op;
	union {
		struct kvm_format format;
		struct {
			uint16_t n;
			int32_t v[KVM_ENCODINGS_MAX];
		} encodings;
		struct {
			uint8_t incremental;
			uint16_t x, y, width, height;
		} request;
		struct {
			uint8_t down;
			uint32_t sym;
		} key;
		struct {
			uint8_t buttons; /* bit 0 left, 1 middle, 2 right, 3 and 4 wheel
					  */
			uint16_t x, y;
		} pointer;
		struct str text;
	};
};

enum kvm_server_op { KVM_UPDATE = 0, KVM_BELL = 2, KVM_SERVER_TEXT = 3 };

struct kvm_server_msg {
	enum kvm_server_op op;
	union {
		uint16_t rects; /* >= 1; they follow, kvm_decode_rect */
		struct str text;
	};
};

/* Bytes consumed (> 0), 0 = incomplete, -1 = malformed, unknown or over a limit (why gets
 * static text). Limits are met before the bytes they limit are waited for. */
ssize_t kvm_decode_client(const void *p, size_t n, struct kvm_client_msg *m,
			  const char **why);
ssize_t kvm_decode_server(const void *p, size_t n, struct kvm_server_msg *m,
			  const char **why);
/* Append. */
void kvm_encode_client(struct buf *out, const struct kvm_client_msg *m);
void kvm_encode_server(struct buf *out, const struct kvm_server_msg *m);

struct kvm_rect {
	uint16_t x, y, width, height;
	int32_t encoding; /* KVM_RAW, KVM_ZRLE, KVM_DESKTOP_SIZE */
	struct str data;  /* pixels; what is behind the length of ZRLE */
};
/* One rectangle of an update, with its data. bytes: per pixel. */
ssize_t kvm_decode_rect(const void *p, size_t n, unsigned bytes, struct kvm_rect *r,
			const char **why);
void kvm_encode_rect(struct buf *out, const struct kvm_rect *r);

/* ---- what AMT hides in cut texts ---- */

enum kvm_text {
	KVM_TEXT_PLAIN,
	KVM_TEXT_CHANNEL, /* rest: payload; empty = supported, or acknowledged */
	KVM_TEXT_COMMAND, /* rest: command and value, one byte each, value may be missing
			   */
};

enum kvm_command {
	KVM_GET_DECIMATION = 1, /* answered by mode and state */
	KVM_PUT_DECIMATION = 2, /* 1 off, 2 auto, 3 on */
	KVM_GET_COMPRESSION = 3,
	KVM_PUT_COMPRESSION = 4, /* 0 stored blocks, 1 zlib */
};

enum kvm_text kvm_text_kind(struct str text, struct str *rest);
/* Text with that prefix, appended to b, for the text of a message. */
void kvm_text_channel(struct buf *b, struct str payload);
void kvm_text_command(struct buf *b, enum kvm_command command, struct str value);

#endif
