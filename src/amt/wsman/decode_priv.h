/* SPDX-License-Identifier: Apache-2.0
 * Reading envelopes and properties: what requests and replies share.
 */
#ifndef AMT_WSMAN_DECODE_PRIV_H
#define AMT_WSMAN_DECODE_PRIV_H

#include <amt/wsman/wsman_priv.h>
#include <amt/wsman/xml.h>

/* More than the longest reply known (an audit log page has some 100, an inventory pull
 * 2000). */
#define WSMAN_MAX_ELEMENTS 20000

struct wsman_envelope {
	const struct xml_node *header, *body;
};

/* Envelope, Header and Body in SOAP 1.2's namespace. ERR_INVALID. */
OB_MUST_CHECK struct err *wsman_envelope_read(struct str xml, struct arena *a,
					      struct wsman_envelope *out);

struct wsman_reader {
	struct arena *a;
	const char *misfit; /* see struct wsman_request */
};

/* object is zeroed by the caller. Elements are matched by local name, in any order. */
void wsman_read_fields(struct wsman_reader *r, const struct xml_node *n,
		       const struct wsman_field *f, size_t n_fields, void *object);
/* n: the element that is an endpoint reference, or holds an EndpointReference. */
void wsman_read_epr(struct wsman_reader *r, const struct xml_node *n,
		    struct wsman_epr *out);
/* Children of a SelectorSet; nothing when n is NULL. */
void wsman_read_selectors(struct wsman_reader *r, const struct xml_node *n,
			  struct wsman_epr *out);
/* Text of a number or boolean of that kind. */
bool wsman_read_number(enum wsman_kind kind, struct str text, int64_t *out);

#endif
