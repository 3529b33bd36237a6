/* SPDX-License-Identifier: Apache-2.0
 * Small namespace-aware document tree, parsed by expat into an arena.
 *
 * For messages, not for documents: text is kept for elements without children only (XML
 * of WS-Management has no mixed content), comments and processing instructions are
 * dropped, a DOCTYPE is refused (so there are no entities but the five of XML), and depth
 * and number of elements are bounded. The caller bounds the size.
 */
#ifndef AMT_WSMAN_XML_H
#define AMT_WSMAN_XML_H

#include <base/err.h>
#include <base/str.h>

#define XML_MAX_DEPTH 32

struct xml_attr {
	struct str ns, name, value;
};

/* All text is NUL-terminated in the arena. */
struct xml_node {
	struct str ns, name; /* ns.n 0: in no namespace */
	struct str text;     /* p never NULL; empty when the element has children */
	const struct xml_attr *attrs; /* without namespace declarations */
	size_t n_attrs;
	struct xml_node *parent, *first, *next;
};

/* ERR_INVALID. UTF-8, or UTF-16 with a byte order mark, whatever the document declares.
 */
OB_MUST_CHECK struct err *xml_parse(struct str text, size_t max_elements, struct arena *a,
				    const struct xml_node **root);

bool xml_is(const struct xml_node *n, struct str ns, const char *name);
/* First child of that name; NULL when there is none or n is NULL. xml_child_any: in any
 * namespace. */
const struct xml_node *xml_child(const struct xml_node *n, struct str ns,
				 const char *name);
const struct xml_node *xml_child_any(const struct xml_node *n, const char *name);
/* Value of an attribute in no namespace; p NULL when absent. */
struct str xml_attr(const struct xml_node *n, const char *name);
/* The text without blanks around it; p NULL when n is NULL. */
struct str xml_text(const struct xml_node *n);

/* Adds s escaped for element content and for attribute values in double quotes.
 * Characters that XML cannot carry are dropped. */
void xml_escape(struct buf *out, struct str s);

#endif
