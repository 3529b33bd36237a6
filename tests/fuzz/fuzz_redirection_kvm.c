/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: KVM. First byte: whose messages (bit 0 the client's, else the device's),
 * pixels of 16 bits (bit 1), with a handshake in front (bit 2).
 */
#include <amt/redirection/kvm_tile.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CLIENT = 1, WIDE = 2, HANDSHAKE = 4 };

struct input {
	const uint8_t *p;
	size_t n;
	struct kvm_inflater *z;
	struct kvm_tile *tile, *again;
	struct buf b;
};

static bool took(struct input *in, ssize_t used, const char *const *why)
{
	OB_ASSERT(used <= (ssize_t)in->n && (used >= 0 || *why != NULL));
	if (used <= 0)
		return false;
	in->p += used;
	in->n -= (size_t)used;
	return true;
}

static bool handshake(struct input *in)
{
	unsigned major, minor;
	struct kvm_server_init init;
	bool none;
	const char *why = NULL;

	if (!took(in, kvm_decode_open(in->p, in->n, KVM_OPEN_REPLY, &why), &why) ||
	    !took(in, kvm_decode_version(in->p, in->n, &major, &minor, &why), &why) ||
	    !took(in, kvm_decode_security(in->p, in->n, &none, &why), &why) ||
	    !took(in, kvm_decode_init(in->p, in->n, &init, &why), &why))
		return false;
	kvm_encode_init(&in->b, &init);
	(void)kvm_format_supported(&init.format);
	return true;
}

static bool client(struct input *in)
{
	struct kvm_client_msg m;
	struct str rest;
	const char *why = NULL;
	const uint8_t *start = in->p;

	if (!took(in, kvm_decode_client(in->p, in->n, &m, &why), &why))
		return false;
	buf_clear(&in->b);
	kvm_encode_client(&in->b, &m);
	OB_ASSERT(in->b.len == (size_t)(in->p - start));
	if (m.op == KVM_SET_FORMAT && kvm_format_supported(&m.format))
		OB_ASSERT(kvm_pixel(&m.format, 0xFFFFFF) >> m.format.bits == 0);
	if (m.op == KVM_CLIENT_TEXT)
		(void)kvm_text_kind(m.text, &rest);
	return true;
}

/* What a tile decodes to must encode, and decode to the same. */
static void tile(struct input *in, const struct kvm_rect *r)
{
	if (r->encoding == KVM_DESKTOP_SIZE || !kvm_rect_pixels(in->z, r, in->tile))
		return;
	buf_clear(&in->b);
	OB_ASSERT(kvm_tile_encode(&in->b, in->tile, KVM_SUB_BEST));
	in->again->width = in->tile->width;
	in->again->height = in->tile->height;
	in->again->bytes = in->tile->bytes;
	OB_ASSERT(kvm_tile_decode(buf_str(&in->b), in->again));
	OB_ASSERT(memcmp(in->again->px, in->tile->px,
			 2u * in->tile->width * in->tile->height) == 0);
}

static bool server(struct input *in)
{
	struct kvm_server_msg m;
	const char *why = NULL;

	if (!took(in, kvm_decode_server(in->p, in->n, &m, &why), &why))
		return false;
	buf_clear(&in->b);
	kvm_encode_server(&in->b, &m);
	for (unsigned i = 0; m.op == KVM_UPDATE && i < m.rects; i++) {
		struct kvm_rect r;
		if (!took(in, kvm_decode_rect(in->p, in->n, in->tile->bytes, &r, &why),
			  &why))
			return false;
		tile(in, &r);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct input in = {.p = data + 1,
			   .n = size - 1,
			   .z = kvm_inflater_new(),
			   .tile = xcalloc(1, sizeof(*in.tile)),
			   .again = xcalloc(1, sizeof(*in.again))};
	in.tile->bytes = data[0] & WIDE ? 2 : 1;
	if (!(data[0] & HANDSHAKE) || handshake(&in))
		while (data[0] & CLIENT ? client(&in) : server(&in))
			;
	kvm_inflater_free(in.z);
	free(in.tile);
	free(in.again);
	buf_fini(&in.b);
	return 0;
}
