/* SPDX-License-Identifier: Apache-2.0
 * The wrapping of KVM's tiles: stored deflate blocks, or one zlib stream per session.
 *
 *   stored  | 00 | n u16 LE | ~n u16 LE | n bytes |   no zlib header, not part of a
 * stream zlib    78 9C once, then a sync flush (00 00 FF FF) after each tile; the
 * dictionary stays
 *
 * First byte and length tell them apart: a stream's piece may begin with a stored block
 * too, but then the sync flush makes it 5 bytes longer.
 */
#include <amt/redirection/kvm_tile.h>
#include <base/cursor.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#define STORED_HEAD 5

void kvm_store(struct buf *out, struct str tile)
{
	OB_ASSERT(tile.n <= UINT16_MAX);
	size_t room = STORED_HEAD + tile.n;
	struct wr w = wr_init(buf_reserve(out, room), room);

	wr_u8(&w, 0);
	wr_le16(&w, (uint16_t)tile.n);
	wr_le16(&w, (uint16_t)~tile.n);
	wr_bytes(&w, tile.p, tile.n);
	out->len += wr_len(&w);
}

struct kvm_deflater {
	z_stream z;
};

struct kvm_deflater *kvm_deflater_new(void)
{
	struct kvm_deflater *d = xcalloc(1, sizeof(*d));

	OB_ASSERT(deflateInit(&d->z, Z_DEFAULT_COMPRESSION) == Z_OK);
	return d;
}

void kvm_deflater_free(struct kvm_deflater *d)
{
	if (d == NULL)
		return;
	deflateEnd(&d->z);
	free(d);
}

void kvm_deflate(struct kvm_deflater *d, struct buf *out, struct str tile)
{
	d->z.next_in = (const Bytef *)tile.p;
	d->z.avail_in = (uInt)tile.n;
	do {
		char *to = buf_reserve(out, 1024);
		d->z.next_out = (Bytef *)to;
		d->z.avail_out = 1024;
		int rc = deflate(&d->z, Z_SYNC_FLUSH);
		/* Z_BUF_ERROR: the last round had ended exactly at the end of its room.
		 */
		OB_ASSERT(rc == Z_OK || rc == Z_BUF_ERROR);
		out->len += 1024 - d->z.avail_out;
	} while (d->z.avail_out == 0);
}

struct kvm_inflater {
	z_stream z;
};

struct kvm_inflater *kvm_inflater_new(void)
{
	struct kvm_inflater *i = xcalloc(1, sizeof(*i));

	OB_ASSERT(inflateInit(&i->z) == Z_OK);
	return i;
}

void kvm_inflater_free(struct kvm_inflater *i)
{
	if (i == NULL)
		return;
	inflateEnd(&i->z);
	free(i);
}

static bool is_stored(struct str data)
{
	struct rd r = rd_init(data.p, data.n);
	uint8_t head = rd_u8(&r);
	uint16_t n = rd_le16(&r);

	return head == 0 && data.n > STORED_HEAD && n == data.n - STORED_HEAD;
}

bool kvm_unwrap(struct kvm_inflater *i, struct str data, struct buf *tile)
{
	if (is_stored(data)) {
		struct str stored = str_sub(data, STORED_HEAD, data.n);
		if (stored.n > KVM_TILE_MAX)
			return false;
		buf_addstr(tile, stored);
		return true;
	}
	/* One byte more than allowed, so that too much shows. */
	size_t room = KVM_TILE_MAX + 1;
	i->z.next_in = (const Bytef *)data.p;
	i->z.avail_in = (uInt)data.n;
	i->z.next_out = (Bytef *)buf_reserve(tile, room);
	i->z.avail_out = (uInt)room;
	int rc = inflate(&i->z, Z_SYNC_FLUSH);
	tile->len += room - i->z.avail_out;
	return rc == Z_OK && i->z.avail_in == 0 && i->z.avail_out > 0;
}
