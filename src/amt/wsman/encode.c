/* SPDX-License-Identifier: Apache-2.0
 * Properties, endpoint references and selectors to XML (wsman.md A.3-A.5, C.1).
 */
#include <amt/wsman/encode_priv.h>

#include <amt/wsman/xml.h>

static void open_tag(const struct wsman_writer *w, const char *name)
{
	buf_addc(w->out, '<');
	buf_adds(w->out, w->prefix);
	buf_addc(w->out, ':');
	buf_adds(w->out, name);
	buf_addc(w->out, '>');
}

static void close_tag(const struct wsman_writer *w, const char *name)
{
	wsman_lit(w->out, "</");
	buf_adds(w->out, w->prefix);
	buf_addc(w->out, ':');
	buf_adds(w->out, name);
	buf_addc(w->out, '>');
}

void wsman_write_u64(struct buf *out, uint64_t v)
{
	char text[20], *p = text + sizeof(text);

	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	buf_add(out, p, (size_t)(text + sizeof(text) - p));
}

static void write_number(struct buf *out, enum wsman_kind kind, int64_t v)
{
	if (kind == WSMAN_BOOL) {
		buf_adds(out, v != 0 ? "true" : "false");
	} else if (v < 0 && kind != WSMAN_U64) {
		buf_addc(out, '-');
		wsman_write_u64(out, -(uint64_t)v);
	} else {
		wsman_write_u64(out, (uint64_t)v);
	}
}

static void write_datetime(const struct wsman_writer *w, struct str text)
{
	const char *name = wsman_datetime_element(text), *prefix = w->common;

	buf_addc(w->out, '<');
	if (prefix == NULL) {
		prefix = "p";
		buf_adds(w->out, prefix);
		buf_addc(w->out, ':');
		buf_adds(w->out, name);
		wsman_lit(w->out, " xmlns:p=\"" NS_COMMON "\"");
	} else {
		buf_adds(w->out, prefix);
		buf_addc(w->out, ':');
		buf_adds(w->out, name);
	}
	buf_addc(w->out, '>');
	xml_escape(w->out, text);
	wsman_lit(w->out, "</");
	buf_adds(w->out, prefix);
	buf_addc(w->out, ':');
	buf_adds(w->out, name);
	buf_addc(w->out, '>');
}

/* What clients are known to write first, in that order, then the rest: unlike a Put's,
 * the order inside an embedded instance is not known to be free.
 */
static void write_embedded(const struct wsman_writer *w, const struct wsman_class *c,
			   const void *object)
{
	unsigned nth = 0;
	size_t i = 0;

	while (i < c->n_fields) {
		for (nth++, i = 0; i < c->n_fields; i++)
			if (c->fields[i].flags >> WSMAN_SENT_SHIFT == nth)
				break;
		if (i < c->n_fields)
			wsman_write_fields(w, &c->fields[i], 1, object);
	}
	for (i = 0; i < c->n_fields; i++)
		if (c->fields[i].flags >> WSMAN_SENT_SHIFT == 0)
			wsman_write_fields(w, &c->fields[i], 1, object);
}

/* <h:Parameter xmlns:q="class">...: the way upstream sends embedded instances. */
static void write_object(const struct wsman_writer *w, const char *name,
			 const struct wsman_item *i)
{
	struct wsman_writer inner = *w;

	inner.prefix = "q";
	buf_addc(w->out, '<');
	buf_adds(w->out, w->prefix);
	buf_addc(w->out, ':');
	buf_adds(w->out, name);
	wsman_lit(w->out, " xmlns:q=\"");
	buf_adds(w->out, i->cls->uri);
	wsman_lit(w->out, "\">");
	write_embedded(&inner, i->cls, i->object);
	close_tag(w, name);
}

static void write_text(const struct wsman_writer *w, const char *name, struct str text)
{
	open_tag(w, name);
	xml_escape(w->out, text);
	close_tag(w, name);
}

static void write_num(const struct wsman_writer *w, const struct wsman_field *f,
		      int64_t v)
{
	open_tag(w, f->name);
	write_number(w->out, f->kind, v);
	close_tag(w, f->name);
}

static void write_epr_field(const struct wsman_writer *w, const char *name,
			    const struct wsman_epr *e)
{
	open_tag(w, name);
	wsman_write_epr(w, e);
	close_tag(w, name);
}

static void write_array(const struct wsman_writer *w, const struct wsman_field *f,
			const void *member)
{
	const struct wsman_strs *strs = member;
	const struct wsman_eprs *eprs = member;
	const struct wsman_nums *nums = member;

	switch (f->kind) {
	case WSMAN_STR:
		for (size_t i = 0; i < strs->n; i++)
			write_text(w, f->name, strs->v[i]);
		break;
	case WSMAN_EPR:
		for (size_t i = 0; i < eprs->n; i++)
			write_epr_field(w, f->name, &eprs->v[i]);
		break;
	default:
		for (size_t i = 0; i < nums->n; i++)
			write_num(w, f, nums->v[i]);
	}
}

static void write_scalar(const struct wsman_writer *w, const struct wsman_field *f,
			 const void *member)
{
	const struct str *s = member;
	const struct wsman_epr *e = member;
	const struct wsman_item *i = member;
	const struct wsman_num *num = member;

	switch (f->kind) {
	case WSMAN_STR:
		if (s->p != NULL)
			write_text(w, f->name, *s);
		break;
	case WSMAN_DATETIME:
		if (s->p == NULL)
			break;
		open_tag(w, f->name);
		write_datetime(w, *s);
		close_tag(w, f->name);
		break;
	case WSMAN_EPR:
		if (!wsman_epr_absent(e))
			write_epr_field(w, f->name, e);
		break;
	case WSMAN_OBJECT:
		if (i->cls != NULL)
			write_object(w, f->name, i);
		break;
	default:
		if (num->set)
			write_num(w, f, num->v);
	}
}

void wsman_write_fields(const struct wsman_writer *w, const struct wsman_field *f,
			size_t n, const void *object)
{
	for (size_t i = 0; i < n; i++) {
		const void *member = wsman_member(&f[i], object);

		if (f[i].flags & WSMAN_ARRAY)
			write_array(w, &f[i], member);
		else
			write_scalar(w, &f[i], member);
	}
}

/* --- endpoint references ---
 * Three spellings: firmware's (prefixes b and c), the clients' in bodies (default
 * namespaces, as upstream sends them) and the clients' in header selectors (prefixes a
 * and w).
 */
struct spelling {
	const char *address_open, *address_close, *reference, *uri_open, *uri_close;
	const char *set_open, *selector, *selector_close, *set_close, *reference_close;
	const char *epr_open, *epr_close;
	const char *address;
};

/* clang-format off */
#define PREFIXED(a, w) { \
	"<" a ":Address>", \
	"</" a ":Address>", \
	"<" a ":ReferenceParameters>", \
	"<" w ":ResourceURI>", \
	"</" w ":ResourceURI>", \
	"<" w ":SelectorSet>", \
	"<" w ":Selector Name=\"", \
	"</" w ":Selector>", \
	"</" w ":SelectorSet>", \
	"</" a ":ReferenceParameters>", \
	"<" a ":EndpointReference>", \
	"</" a ":EndpointReference>", \
	ADDRESS_ANONYMOUS, \
}
/* clang-format on */

static const struct spelling device_spelling = PREFIXED("b", "c");
static const struct spelling header_spelling = PREFIXED("a", "w");
static const struct spelling body_spelling = {
	"<Address xmlns=\"" NS_ADDRESSING "\">",
	"</Address>",
	"<ReferenceParameters xmlns=\"" NS_ADDRESSING "\">",
	"<ResourceURI xmlns=\"" NS_WSMAN "\">",
	"</ResourceURI>",
	"<SelectorSet xmlns=\"" NS_WSMAN "\">",
	"<Selector Name=\"",
	"</Selector>",
	"</SelectorSet>",
	"</ReferenceParameters>",
	"<EndpointReference xmlns=\"" NS_ADDRESSING "\">",
	"</EndpointReference>",
	NS_ADDRESSING,
};

static void write_epr(struct buf *out, const struct spelling *sp,
		      const struct wsman_epr *e);

static void write_selector_set(struct buf *out, const struct spelling *sp,
			       const struct wsman_epr *e)
{
	buf_adds(out, sp->set_open);
	for (size_t i = 0; i < e->n; i++) {
		const struct wsman_selector *s = &e->selectors[i];

		buf_adds(out, sp->selector);
		xml_escape(out, s->name);
		wsman_lit(out, "\">");
		if (s->epr != NULL) {
			buf_adds(out, sp->epr_open);
			write_epr(out, sp, s->epr);
			buf_adds(out, sp->epr_close);
		} else {
			xml_escape(out, s->value);
		}
		buf_adds(out, sp->selector_close);
	}
	buf_adds(out, sp->set_close);
}

/* An address alone is what firmware sends for a reference to nothing. */
static void write_epr(struct buf *out, const struct spelling *sp,
		      const struct wsman_epr *e)
{
	buf_adds(out, sp->address_open);
	xml_escape(out, e->address.p != NULL ? e->address : str_of(sp->address));
	buf_adds(out, sp->address_close);
	if (e->resource_uri.n == 0)
		return;
	buf_adds(out, sp->reference);
	buf_adds(out, sp->uri_open);
	xml_escape(out, e->resource_uri);
	buf_adds(out, sp->uri_close);
	write_selector_set(out, sp, e);
	buf_adds(out, sp->reference_close);
}

void wsman_write_epr(const struct wsman_writer *w, const struct wsman_epr *e)
{
	write_epr(w->out, w->device ? &device_spelling : &body_spelling, e);
}

void wsman_write_selectors(const struct wsman_writer *w, const struct wsman_epr *e)
{
	if (e->n > 0)
		write_selector_set(w->out, &header_spelling, e);
}
