/* SPDX-License-Identifier: Apache-2.0
 * Writing properties: what requests and replies share. They differ in prefixes and in how
 * endpoint references are spelled.
 */
#ifndef AMT_WSMAN_ENCODE_PRIV_H
#define AMT_WSMAN_ENCODE_PRIV_H

#include <amt/wsman/wsman_priv.h>

struct wsman_writer {
	struct buf *out;
	const char *prefix; /* of the class namespace */
	const char *common; /* of NS_COMMON; NULL: declared where it is needed */
	bool device;
};

/* Text of an element or attribute that needs no escaping. */
#define wsman_lit(out, lit) buf_add((out), (lit), sizeof(lit) - 1)

void wsman_write_u64(struct buf *out, uint64_t v);
/* Fields that are present, in the order of their rows. */
void wsman_write_fields(const struct wsman_writer *w, const struct wsman_field *f,
			size_t n, const void *object);
/* Children of an element that is an endpoint reference. */
void wsman_write_epr(const struct wsman_writer *w, const struct wsman_epr *e);
/* The SelectorSet of a request's header; nothing when e has none. */
void wsman_write_selectors(const struct wsman_writer *w, const struct wsman_epr *e);

#endif
