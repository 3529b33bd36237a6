/* SPDX-License-Identifier: Apache-2.0
 * Pictures of the virtual device's KVM: tiles of 64 x 64, one per rectangle, drawn when
 * they are sent; at most one update per request, and none while nothing changed.
 * wire-amt.md 4.6.
 */
#include <sim/kvm_priv.h>

struct place {
	uint16_t x, y;
	uint8_t width, height;
};

static unsigned columns(const struct sim_kvm *k)
{
	return (sim_view_width(k->view.display) + KVM_TILE - 1u) / KVM_TILE;
}

static unsigned tiles(const struct sim_kvm *k)
{
	return columns(k) *
	       ((sim_view_height(k->view.display) + KVM_TILE - 1u) / KVM_TILE);
}

static struct place place_of(const struct sim_kvm *k, unsigned tile)
{
	unsigned x = tile % columns(k) * KVM_TILE, y = tile / columns(k) * KVM_TILE;
	unsigned width = sim_view_width(k->view.display) - x;
	unsigned height = sim_view_height(k->view.display) - y;

	return (struct place){(uint16_t)x, (uint16_t)y, (uint8_t)MIN(width, KVM_TILE),
			      (uint8_t)MIN(height, KVM_TILE)};
}

static bool touches(const struct sim_kvm_region *r, const struct place *p)
{
	return p->x < (uint32_t)r->x + r->width && r->x < (uint32_t)p->x + p->width &&
	       p->y < (uint32_t)r->y + r->height && r->y < (uint32_t)p->y + p->height;
}

/* Draws the tile in the console's format; returns its hash (FNV-1a), never 0. */
static uint64_t draw(struct sim_kvm *k, const struct place *p)
{
	struct kvm_tile *t = &k->tile;
	size_t n = (size_t)p->width * p->height;
	uint64_t hash = 0xCBF29CE484222325;

	t->width = p->width;
	t->height = p->height;
	t->bytes = (uint8_t)kvm_format_bytes(&k->format);
	sim_view_draw(&k->view, p->x, p->y, p->width, p->height, k->rgb);
	for (size_t i = 0; i < n; i++) {
		t->px[i] = kvm_pixel(&k->format, k->rgb[i]);
		hash = (hash ^ t->px[i]) * 0x100000001B3;
	}
	return hash | 1;
}

/* Appends the drawn tile's data to k->data. */
static enum kvm_encoding encode(struct sim_kvm *k)
{
	buf_clear(&k->data);
	if (!k->zrle) {
		kvm_tile_raw(&k->data, &k->tile);
		return KVM_RAW;
	}
	buf_clear(&k->tile_bytes);
	if (!kvm_tile_encode(&k->tile_bytes, &k->tile, k->s->r->config->kvm_sub))
		kvm_tile_encode(&k->tile_bytes, &k->tile, KVM_SUB_BEST);
	if (k->zlib)
		kvm_deflate(k->deflater, &k->data, buf_str(&k->tile_bytes));
	else
		kvm_store(&k->data, buf_str(&k->tile_bytes));
	k->wrapped = true;
	return KVM_ZRLE;
}

static void send_tile(struct sim_kvm *k, unsigned tile)
{
	struct place p = place_of(k, tile);

	k->sent[tile] = draw(k, &p);
	struct kvm_rect r = {.x = p.x, .y = p.y, .width = p.width, .height = p.height};
	r.encoding = encode(k);
	r.data = buf_str(&k->data);
	kvm_encode_rect(&k->s->wire.out, &r);
}

static void send_head(struct sim_kvm *k, uint16_t rects)
{
	kvm_encode_server(&k->s->wire.out,
			  &(struct kvm_server_msg){.op = KVM_UPDATE, .rects = rects});
}

static struct err *resize(struct sim_kvm *k)
{
	if (!k->resizes)
		return err_new(ERR_UNAVAILABLE, "the console takes no other screen size");
	k->view.display = k->s->r->display;
	k->view.x = k->view.y = 0;
	k->all = true;
	send_head(k, 1);
	kvm_encode_rect(&k->s->wire.out,
			&(struct kvm_rect){.width = sim_view_width(k->view.display),
					   .height = sim_view_height(k->view.display),
					   .encoding = KVM_DESKTOP_SIZE});
	k->wanted = false;
	return NULL;
}

/* Brings the view up to now; false: all of it was looked at already. */
static bool look(struct sim_kvm *k)
{
	struct sim_redirection *r = k->s->r;
	struct sim_kvm_seen now = {.x = k->view.x,
				   .y = k->view.y,
				   .buttons = k->view.buttons,
				   .powered = r->powered,
				   .region = k->region};

	k->view.screen = r->powered ? &sim_redirection_host(r)->screen : NULL;
	now.version = r->powered ? k->view.screen->version : 0;
	bool same = now.version == k->seen.version && now.x == k->seen.x &&
		    now.y == k->seen.y && now.buttons == k->seen.buttons &&
		    now.powered == k->seen.powered &&
		    memcmp(&now.region, &k->seen.region, sizeof(now.region)) == 0;
	k->seen = now;
	return !same || k->all || !k->incremental;
}

/* Which tiles to send, in todo; how many. */
static uint16_t choose(struct sim_kvm *k, bool todo[SIM_KVM_TILES])
{
	uint16_t n = 0;

	/* The very first request is incremental, and still wants everything. */
	if (k->all)
		memset(k->sent, 0, sizeof(k->sent));
	k->all = false;
	for (unsigned i = 0; i < tiles(k); i++) {
		struct place p = place_of(k, i);
		todo[i] = touches(&k->region, &p) &&
			  (!k->incremental || draw(k, &p) != k->sent[i]);
		n = (uint16_t)(n + todo[i]);
	}
	return n;
}

struct err *sim_kvm_update(struct sim_kvm *k)
{
	bool todo[SIM_KVM_TILES] = {false};

	if (k->view.display != k->s->r->display)
		return resize(k);
	if (!look(k))
		return NULL;
	uint16_t n = choose(k, todo);
	if (n == 0)
		return NULL;
	struct sim_kvm_seen chosen_from = k->seen;
	k->wanted = false;
	send_head(k, n);
	for (unsigned i = 0; i < tiles(k); i++) {
		if (!todo[i])
			continue;
		/* May wait: the host, power and the display may have changed since. */
		TRY(fiber_breathe());
		TRY(sim_wire_flush(&k->s->wire, SIM_WIRE_OUT_HIGH));
		look(k);
		send_tile(k, i);
	}
	/* What changed meanwhile is for the next request, also in tiles that went before.
	 */
	k->seen = chosen_from;
	return NULL;
}
