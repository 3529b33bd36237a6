/* SPDX-License-Identifier: Apache-2.0
 * What kvm.c (the session) and kvm_update.c (its pictures) share.
 */
#ifndef SIM_KVM_PRIV_H
#define SIM_KVM_PRIV_H

#include <sim/redirection_priv.h>

#define SIM_KVM_TILES 192 /* of the largest display, 1024 x 768 */

struct sim_kvm_region {
	uint16_t x, y, width, height;
};

/* What the last look at the screen saw: nothing to do while it stays so. */
struct sim_kvm_seen {
	uint32_t version;
	uint16_t x, y;
	uint8_t buttons;
	bool powered;
	struct sim_kvm_region region;
};

struct sim_kvm {
	struct sim_session *s;
	struct kvm_format format;
	bool zrle, resizes; /* encodings the console takes besides RAW */
	bool zlib, wrapped; /* form of ZRLE; one was sent already */
	uint8_t decimation;
	bool channel_unacked; /* our message on the data channel */
	bool wanted, incremental;
	struct sim_kvm_region region;
	struct sim_view view;
	bool all; /* the console has nothing yet that counts */
	struct sim_kvm_seen seen;
	uint64_t sent[SIM_KVM_TILES]; /* hash of each tile as sent */
	struct kvm_deflater *deflater;
	struct kvm_tile tile;
	uint32_t rgb[KVM_TILE_PIXELS];
	struct buf tile_bytes, data;
};

/* Answers the request, unless nothing changed that it asked for. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_kvm_update(struct sim_kvm *k);

#endif
