/* SPDX-License-Identifier: Apache-2.0
 * RFB's messages, as tables where they are plain. wire-amt.md 4.6, RFC 6143 section 7.
 */
#include <amt/redirection/kvm.h>
#include <amt/redirection/layout.h>

/* ---- handshake ---- */

ssize_t kvm_decode_open(const void *p, size_t n, uint8_t op, const char **why)
{
	struct rd r = rd_init(p, n);
	uint8_t got = rd_u8(&r);

	if (r.st == RD_OK && got != op)
		r.st = RD_BAD;
	rd_bytes(&r, KVM_OPEN_SIZE - 1);
	return layout_result(&r, n, "the KVM session was not opened", why);
}

void kvm_encode_open(struct buf *out, uint8_t op)
{
	buf_add(out, (const uint8_t[KVM_OPEN_SIZE]){op}, KVM_OPEN_SIZE);
}

/* Three decimal digits. */
static bool number(const uint8_t *p, unsigned *out)
{
	uint64_t v;

	if (!str_u64((struct str){(const char *)p, 3}, 999, &v))
		return false;
	*out = (unsigned)v;
	return true;
}

ssize_t kvm_decode_version(const void *p, size_t n, unsigned *major, unsigned *minor,
			   const char **why)
{
	struct rd r = rd_init(p, n);
	const uint8_t *v = rd_bytes(&r, KVM_VERSION_SIZE);

	if (n > 0 && memcmp(p, "RFB ", MIN(n, 4)) != 0)
		r.st = RD_BAD;
	else if (v != NULL && (v[7] != '.' || v[11] != '\n' || !number(v + 4, major) ||
			       !number(v + 8, minor)))
		r.st = RD_BAD;
	return layout_result(&r, n, "no RFB version", why);
}

ssize_t kvm_decode_security(const void *p, size_t n, bool *none, const char **why)
{
	struct rd r = rd_init(p, n);
	uint8_t count = rd_u8(&r);

	if (r.st == RD_OK && count == 0)
		r.st = RD_BAD;
	const uint8_t *types = rd_bytes(&r, count);
	*none = types != NULL && memchr(types, KVM_SECURITY_NONE, count) != NULL;
	return layout_result(&r, n, "the device refused the RFB version", why);
}

/* clang-format off */
const struct kvm_format kvm_rgb565 = {16, 16, 0, 1, 31, 63, 31, 11, 5, 0};
const struct kvm_format kvm_rgb332 = {8, 8, 0, 1, 7, 7, 3, 5, 2, 0};
const struct kvm_format kvm_grey8 = {8, 8, 0, 1, 255, 0, 0, 0, 0, 0};
const struct kvm_format kvm_grey4 = {8, 4, 0, 1, 15, 0, 0, 0, 0, 0};

#define FORMAT(s, m) \
	{LAYOUT_U8, 0, offsetof(s, m.bits)}, {LAYOUT_U8, 0, offsetof(s, m.depth)}, \
	{LAYOUT_U8, 0, offsetof(s, m.big_endian)}, {LAYOUT_U8, 0, offsetof(s, m.true_colour)}, \
	{LAYOUT_BE16, 0, offsetof(s, m.red_max)}, {LAYOUT_BE16, 0, offsetof(s, m.green_max)}, \
	{LAYOUT_BE16, 0, offsetof(s, m.blue_max)}, {LAYOUT_U8, 0, offsetof(s, m.red_shift)}, \
	{LAYOUT_U8, 0, offsetof(s, m.green_shift)}, {LAYOUT_U8, 0, offsetof(s, m.blue_shift)}, \
	{LAYOUT_SKIP, 3}

#define AT(m) offsetof(struct kvm_server_init, m)
static const struct layout_field init_fields[] = {
	{LAYOUT_BE16, 0, AT(width)}, {LAYOUT_BE16, 0, AT(height)},
	FORMAT(struct kvm_server_init, format),
	{LAYOUT_LEN_BE32, 0, AT(name), KVM_NAME_MAX}, {LAYOUT_DATA, 0, AT(name)}, {0}};
#undef AT

#define AT(m) offsetof(struct kvm_client_msg, m)
static const struct layout_field format_fields[] = {
	{LAYOUT_SKIP, 3}, FORMAT(struct kvm_client_msg, format), {0}};
static const struct layout_field encodings_fields[] = {
	{LAYOUT_SKIP, 1}, {LAYOUT_BE16, 0, AT(encodings.n)}, {0}};
static const struct layout_field request_fields[] = {
	{LAYOUT_U8, 0, AT(request.incremental)}, {LAYOUT_BE16, 0, AT(request.x)},
	{LAYOUT_BE16, 0, AT(request.y)}, {LAYOUT_BE16, 0, AT(request.width)},
	{LAYOUT_BE16, 0, AT(request.height)}, {0}};
static const struct layout_field key_fields[] = {
	{LAYOUT_U8, 0, AT(key.down)}, {LAYOUT_SKIP, 2}, {LAYOUT_BE32, 0, AT(key.sym)}, {0}};
static const struct layout_field pointer_fields[] = {
	{LAYOUT_U8, 0, AT(pointer.buttons)}, {LAYOUT_BE16, 0, AT(pointer.x)},
	{LAYOUT_BE16, 0, AT(pointer.y)}, {0}};
static const struct layout_field client_text_fields[] = {
	{LAYOUT_SKIP, 3}, {LAYOUT_LEN_BE32, 0, AT(text), KVM_TEXT_MAX},
	{LAYOUT_DATA, 0, AT(text)}, {0}};
#undef AT

#define AT(m) offsetof(struct kvm_server_msg, m)
static const struct layout_field update_fields[] = {
	{LAYOUT_SKIP, 1}, {LAYOUT_BE16, 0, AT(rects)}, {0}};
static const struct layout_field bell_fields[] = {{0}};
static const struct layout_field server_text_fields[] = {
	{LAYOUT_SKIP, 3}, {LAYOUT_LEN_BE32, 0, AT(text), KVM_TEXT_MAX},
	{LAYOUT_DATA, 0, AT(text)}, {0}};
#undef AT
#undef FORMAT
/* clang-format on */

bool kvm_format_supported(const struct kvm_format *f)
{
	const uint16_t maxima[] = {f->red_max, f->green_max, f->blue_max};
	const uint8_t shifts[] = {f->red_shift, f->green_shift, f->blue_shift};

	if ((f->bits != 8 && f->bits != 16) || f->big_endian != 0 || f->true_colour == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(maxima); i++)
		if (shifts[i] >= f->bits ||
		    (uint32_t)maxima[i] << shifts[i] >= 1u << f->bits)
			return false;
	return true;
}

ssize_t kvm_decode_init(const void *p, size_t n, struct kvm_server_init *m,
			const char **why)
{
	struct rd r = rd_init(p, n);

	*m = (struct kvm_server_init){0};
	layout_read(&r, init_fields, m);
	return layout_result(&r, n, "oversized name of the desktop", why);
}

void kvm_encode_init(struct buf *out, const struct kvm_server_init *m)
{
	layout_write(out, init_fields, m);
}

/* ---- messages ---- */

static const struct layout_field *client_fields(unsigned op)
{
	switch (op) {
	case KVM_SET_FORMAT:
		return format_fields;
	case KVM_SET_ENCODINGS:
		return encodings_fields;
	case KVM_REQUEST:
		return request_fields;
	case KVM_KEY:
		return key_fields;
	case KVM_POINTER:
		return pointer_fields;
	case KVM_CLIENT_TEXT:
		return client_text_fields;
	default:
		return NULL;
	}
}

ssize_t kvm_decode_client(const void *p, size_t n, struct kvm_client_msg *m,
			  const char **why)
{
	struct rd r = rd_init(p, n);

	if (n == 0)
		return 0;
	memset(m, 0, sizeof(*m));
	m->op = (enum kvm_client_op)rd_u8(&r);
	const struct layout_field *f = client_fields(m->op);
	if (f == NULL) {
		*why = "unknown RFB message of the client";
		return -1;
	}
	layout_read(&r, f, m);
	if (m->op == KVM_SET_ENCODINGS) {
		if (m->encodings.n > KVM_ENCODINGS_MAX)
			r.st = RD_BAD;
		for (unsigned i = 0; i < m->encodings.n && r.st == RD_OK; i++)
			m->encodings.v[i] = (int32_t)rd_be32(&r);
	}
	return layout_result(&r, n, "oversized RFB message of the client", why);
}

void kvm_encode_client(struct buf *out, const struct kvm_client_msg *m)
{
	const struct layout_field *f = client_fields(m->op);

	OB_ASSERT(f != NULL);
	buf_addc(out, (char)m->op);
	layout_write(out, f, m);
	if (m->op != KVM_SET_ENCODINGS)
		return;
	OB_ASSERT(m->encodings.n <= KVM_ENCODINGS_MAX);
	size_t room = 4u * m->encodings.n;
	struct wr w = wr_init(buf_reserve(out, room), room);
	for (unsigned i = 0; i < m->encodings.n; i++)
		wr_be32(&w, (uint32_t)m->encodings.v[i]);
	out->len += wr_len(&w);
}

static const struct layout_field *server_fields(unsigned op)
{
	switch (op) {
	case KVM_UPDATE:
		return update_fields;
	case KVM_BELL:
		return bell_fields;
	case KVM_SERVER_TEXT:
		return server_text_fields;
	default:
		return NULL;
	}
}

ssize_t kvm_decode_server(const void *p, size_t n, struct kvm_server_msg *m,
			  const char **why)
{
	struct rd r = rd_init(p, n);

	if (n == 0)
		return 0;
	memset(m, 0, sizeof(*m));
	m->op = (enum kvm_server_op)rd_u8(&r);
	const struct layout_field *f = server_fields(m->op);
	if (f == NULL) {
		*why = "unknown RFB message of the device";
		return -1;
	}
	layout_read(&r, f, m);
	if (m->op == KVM_UPDATE && r.st == RD_OK && m->rects == 0)
		r.st = RD_BAD; /* the browser clients would wait for ever */
	return layout_result(&r, n, "empty or oversized RFB message of the device", why);
}

void kvm_encode_server(struct buf *out, const struct kvm_server_msg *m)
{
	const struct layout_field *f = server_fields(m->op);

	OB_ASSERT(f != NULL && (m->op != KVM_UPDATE || m->rects > 0));
	buf_addc(out, (char)m->op);
	layout_write(out, f, m);
}

/* Stored, the worst tile of 16-bit pixels takes 3 bytes a pixel; zlib adds little. */
#define ZRLE_MAX 16384u

static size_t rect_data(struct rd *r, unsigned bytes, const struct kvm_rect *k)
{
	bool tile = k->width >= 1 && k->width <= KVM_TILE && k->height >= 1 &&
		    k->height <= KVM_TILE;
	size_t n = 0;

	if (r->st != RD_OK || k->encoding == KVM_DESKTOP_SIZE)
		return 0;
	if (!tile || (k->encoding != KVM_RAW && k->encoding != KVM_ZRLE)) {
		r->st = RD_BAD;
		return 0;
	}
	if (k->encoding == KVM_RAW)
		return (size_t)k->width * k->height * bytes;
	n = rd_be32(r);
	if (r->st == RD_OK && n > ZRLE_MAX)
		r->st = RD_BAD;
	return n;
}

ssize_t kvm_decode_rect(const void *p, size_t n, unsigned bytes, struct kvm_rect *k,
			const char **why)
{
	struct rd r = rd_init(p, n);

	k->x = rd_be16(&r);
	k->y = rd_be16(&r);
	k->width = rd_be16(&r);
	k->height = rd_be16(&r);
	k->encoding = (int32_t)rd_be32(&r);
	size_t len = rect_data(&r, bytes, k);
	const uint8_t *data = rd_bytes(&r, len);
	k->data = (struct str){(const char *)data, data != NULL ? len : 0};
	return layout_result(&r, n, "RFB rectangle of an unknown encoding or size", why);
}

void kvm_encode_rect(struct buf *out, const struct kvm_rect *k)
{
	size_t room = 16 + k->data.n;
	struct wr w = wr_init(buf_reserve(out, room), room);

	wr_be16(&w, k->x);
	wr_be16(&w, k->y);
	wr_be16(&w, k->width);
	wr_be16(&w, k->height);
	wr_be32(&w, (uint32_t)k->encoding);
	if (k->encoding == KVM_ZRLE)
		wr_lv32(&w, k->data);
	else
		wr_bytes(&w, k->data.p, k->data.n);
	OB_ASSERT(w.ok);
	out->len += wr_len(&w);
}

/* ---- cut texts ---- */

static const struct str channel_prefix = STR("\0KvmDataChannel\0");
static const struct str command_prefix = STR("\0KvmExtCmd\0");

enum kvm_text kvm_text_kind(struct str text, struct str *rest)
{
	/* Byte 15 of an acknowledgement may be another than 0. */
	bool channel = str_starts(text, str_sub(channel_prefix, 0, 15));

	if (channel && text.n >= channel_prefix.n) {
		*rest = str_sub(text, channel_prefix.n, text.n);
		if (text.p[15] != '\0')
			*rest = (struct str){NULL, 0};
		return KVM_TEXT_CHANNEL;
	}
	if (str_starts(text, command_prefix) && text.n > command_prefix.n) {
		*rest = str_sub(text, command_prefix.n, text.n);
		return KVM_TEXT_COMMAND;
	}
	*rest = text;
	return KVM_TEXT_PLAIN;
}

void kvm_text_channel(struct buf *b, struct str payload)
{
	buf_addstr(b, channel_prefix);
	buf_addstr(b, payload);
}

void kvm_text_command(struct buf *b, enum kvm_command command, struct str value)
{
	buf_addstr(b, command_prefix);
	buf_addc(b, (char)command);
	buf_addstr(b, value);
}
