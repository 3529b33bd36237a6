/* SPDX-License-Identifier: Apache-2.0
 * Envelopes, properties, endpoint references and selectors from XML (wsman.md A.3-A.5,
 * C.1).
 *
 * Strict about the envelope, lenient inside: prefixes and even namespaces of properties
 * and references vary between clients and firmware versions, so they are matched by local
 * name.
 */
#include <amt/wsman/decode_priv.h>

struct err *wsman_envelope_read(struct str xml, struct arena *a,
				struct wsman_envelope *out)
{
	const struct xml_node *root;

	*out = (struct wsman_envelope){0};
	TRY(xml_parse(xml, WSMAN_MAX_ELEMENTS, a, &root));
	if (!xml_is(root, STR(NS_SOAP), "Envelope"))
		return err_new(ERR_INVALID, "not a SOAP 1.2 envelope");
	out->header = xml_child(root, STR(NS_SOAP), "Header");
	out->body = xml_child(root, STR(NS_SOAP), "Body");
	if (out->header == NULL || out->body == NULL)
		return err_new(ERR_INVALID, "SOAP envelope without Header or Body");
	return NULL;
}

bool wsman_read_number(enum wsman_kind kind, struct str text, int64_t *out)
{
	static const uint64_t max[] = {
		[WSMAN_U8] = UINT8_MAX,
		[WSMAN_U16] = UINT16_MAX,
		[WSMAN_U32] = UINT32_MAX,
		[WSMAN_U64] = UINT64_MAX,
	};
	uint64_t u = 0;
	bool ok;

	switch (kind) {
	case WSMAN_BOOL:
		*out = str_eqz(text, "true") || str_eqz(text, "1");
		return *out != 0 || str_eqz(text, "false") || str_eqz(text, "0");
	case WSMAN_I32:
		return str_i64(text, INT32_MIN, INT32_MAX, out);
	case WSMAN_I64:
		return str_i64(text, INT64_MIN, INT64_MAX, out);
	default:
		ok = str_u64(text, max[kind], &u);
		*out = (int64_t)u;
		return ok;
	}
}

void wsman_read_selectors(struct wsman_reader *r, const struct xml_node *n,
			  struct wsman_epr *out)
{
	const struct xml_node *s;
	size_t count = 0;

	for (s = n != NULL ? n->first : NULL; s != NULL; s = s->next)
		count += str_eqz(s->name, "Selector");
	out->n = 0;
	out->selectors =
		count > 0 ? arena_alloc(r->a, count * sizeof(*out->selectors)) : NULL;
	for (s = n != NULL ? n->first : NULL; s != NULL; s = s->next) {
		struct wsman_selector *to;

		if (!str_eqz(s->name, "Selector"))
			continue;
		to = &out->selectors[out->n++];
		*to = (struct wsman_selector){.name = xml_attr(s, "Name")};
		if (s->first == NULL) {
			to->value = s->text;
		} else {
			to->epr = arena_new(r->a, struct wsman_epr);
			wsman_read_epr(r, s, to->epr);
		}
	}
}

void wsman_read_epr(struct wsman_reader *r, const struct xml_node *n,
		    struct wsman_epr *out)
{
	const struct xml_node *wrapped = xml_child_any(n, "EndpointReference"),
			      *parameters;
	const struct xml_node *uri;

	if (wrapped != NULL)
		n = wrapped;
	parameters = xml_child_any(n, "ReferenceParameters");
	uri = xml_child_any(parameters, "ResourceURI");
	*out = (struct wsman_epr){
		.address = xml_text(xml_child_any(n, "Address")),
		.resource_uri = uri != NULL ? xml_text(uri) : STR(""),
	};
	wsman_read_selectors(r, xml_child_any(parameters, "SelectorSet"), out);
}

/* The element that follows in the order of the rows is the likely one. */
static const struct wsman_field *find_field(const struct wsman_field *f, size_t n,
					    size_t *hint, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = *hint + i < n ? *hint + i : *hint + i - n;

		if (strncmp(f[at].name, name.p, name.n) == 0 &&
		    f[at].name[name.n] == '\0') {
			*hint = at;
			return &f[at];
		}
	}
	return NULL;
}

static bool is_nil(const struct xml_node *n)
{
	for (size_t i = 0; i < n->n_attrs; i++) {
		const struct xml_attr *at = &n->attrs[i];

		if (str_eqz(at->name, "nil") && str_eqz(at->ns, NS_XSI))
			return str_eqz(at->value, "true") || str_eqz(at->value, "1");
	}
	return false;
}

static bool read_number(struct wsman_reader *r, const struct wsman_field *f,
			const struct xml_node *n, int64_t *out)
{
	if (wsman_read_number(f->kind, xml_text(n), out))
		return true;
	if (r->misfit == NULL)
		r->misfit = f->name;
	return false;
}

/* All elements of that name, once for the first of them: v is set even when none of them
 * is usable, so that a long list of bad ones is not gone through again for each. The
 * three arrays are laid out alike.
 */
static void read_array(struct wsman_reader *r, const struct wsman_field *f,
		       const struct xml_node *first, void *member)
{
	struct wsman_nums *nums = member;
	struct wsman_strs *strs = member;
	struct wsman_eprs *eprs = member;
	size_t count = 0;

	if (nums->v != NULL)
		return;
	for (const struct xml_node *n = first; n != NULL; n = n->next)
		count += str_eq(n->name, first->name);
	switch (f->kind) {
	case WSMAN_STR:
		strs->v = arena_alloc(r->a, count * sizeof(*strs->v));
		break;
	case WSMAN_EPR:
		eprs->v = arena_alloc(r->a, count * sizeof(*eprs->v));
		break;
	default:
		nums->v = arena_alloc(r->a, count * sizeof(*nums->v));
	}
	for (const struct xml_node *n = first; n != NULL; n = n->next) {
		if (!str_eq(n->name, first->name) || is_nil(n))
			continue;
		if (f->kind == WSMAN_STR)
			strs->v[strs->n++] = n->text;
		else if (f->kind == WSMAN_EPR)
			wsman_read_epr(r, n, &eprs->v[eprs->n++]);
		else if (read_number(r, f, n, &nums->v[nums->n]))
			nums->n++;
	}
}

/* The namespace of its properties names an embedded instance's class. */
static void read_item(struct wsman_reader *r, const struct xml_node *n,
		      struct wsman_item *out)
{
	const struct wsman_class *c =
		n->first != NULL ? wsman_class_find(n->first->ns) : NULL;
	void *object;

	if (c == NULL)
		return;
	object = arena_zalloc(r->a, c->size);
	wsman_read_fields(r, n, c->fields, c->n_fields, object);
	*out = (struct wsman_item){c, object};
}

static void read_scalar(struct wsman_reader *r, const struct wsman_field *f,
			const struct xml_node *n, void *member)
{
	struct wsman_num *num = member;
	struct str *text = member;

	switch (f->kind) {
	case WSMAN_STR:
		*text = n->text;
		break;
	case WSMAN_DATETIME:
		*text = xml_text(n->first != NULL ? n->first : n);
		break;
	case WSMAN_EPR:
		wsman_read_epr(r, n, member);
		break;
	case WSMAN_OBJECT:
		read_item(r, n, member);
		break;
	default:
		num->set = read_number(r, f, n, &num->v);
	}
}

void wsman_read_fields(struct wsman_reader *r, const struct xml_node *n,
		       const struct wsman_field *f, size_t n_fields, void *object)
{
	size_t hint = 0;

	for (const struct xml_node *c = n->first; c != NULL; c = c->next) {
		const struct wsman_field *field = find_field(f, n_fields, &hint, c->name);
		void *member;

		if (field == NULL || is_nil(c))
			continue;
		member = (char *)object + field->offset;
		if (field->flags & WSMAN_ARRAY)
			read_array(r, field, c, member);
		else
			read_scalar(r, field, c, member);
	}
}
