/* SPDX-License-Identifier: Apache-2.0
 * expat with namespaces; a start tag costs one allocation from the arena, text another.
 * Each thread keeps one parser and resets it, since making one costs more than parsing a
 * message.
 */
#include <amt/wsman/xml.h>

#include <base/encode.h>
#include <expat.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

/* Between URI and name in what expat hands over; expat refuses URIs that hold it. */
#define SEPARATOR '\n'
#define TEXT_KEEP ((size_t)64 * 1024)

struct parser {
	XML_Parser expat;
	unsigned long salt;
	struct buf text; /* of the element that is open and has no child yet */
	/* of one xml_parse */
	struct arena *a;
	struct xml_node *root, *open;
	struct xml_node *last[XML_MAX_DEPTH]; /* youngest child at each depth */
	size_t depth, left;
	const char *refused;
};

static pthread_key_t parser_key;
static pthread_once_t parser_once = PTHREAD_ONCE_INIT;
static _Thread_local struct parser *parser_mine;

static void parser_free(void *arg)
{
	struct parser *p = arg;

	XML_ParserFree(p->expat);
	buf_fini(&p->text);
	free(p);
}

static void parser_key_new(void)
{
	OB_ASSERT(pthread_key_create(&parser_key, parser_free) == 0);
}

static void refuse(struct parser *p, const char *why)
{
	if (p->refused == NULL)
		p->refused = why;
	XML_StopParser(p->expat, XML_FALSE);
}

static char *copy(char **to, const char *s, size_t n)
{
	char *start = *to;

	memcpy(start, s, n);
	start[n] = '\0';
	*to += n + 1;
	return start;
}

/* "uri\nname" or "name" */
static void split_name(const XML_Char *full, struct str *ns, struct str *name)
{
	const char *sep = strchr(full, SEPARATOR);

	if (sep == NULL) {
		*ns = STR("");
		*name = str_of(full);
	} else {
		*ns = (struct str){full, (size_t)(sep - full)};
		*name = str_of(sep + 1);
	}
}

static const struct xml_attr *copy_attrs(struct parser *p, const XML_Char **atts,
					 size_t *count)
{
	struct xml_attr *attrs;
	size_t n = 0;

	while (atts[2 * n] != NULL)
		n++;
	*count = n;
	if (n == 0)
		return NULL;
	attrs = arena_alloc(p->a, n * sizeof(*attrs));
	for (size_t i = 0; i < n; i++) {
		struct str ns, name, value = str_of(atts[2 * i + 1]);

		split_name(atts[2 * i], &ns, &name);
		attrs[i].ns = (struct str){str_dup(p->a, ns), ns.n};
		attrs[i].name = (struct str){str_dup(p->a, name), name.n};
		attrs[i].value = (struct str){str_dup(p->a, value), value.n};
	}
	return attrs;
}

static void on_start(void *user, const XML_Char *full, const XML_Char **atts)
{
	struct parser *p = user;
	struct xml_node *n;
	struct str ns, name;
	bool known;
	char *to;

	if (p->refused != NULL)
		return;
	if (p->depth == XML_MAX_DEPTH) {
		refuse(p, "too deep");
		return;
	}
	if (p->left-- == 0) {
		refuse(p, "too many elements");
		return;
	}
	split_name(full, &ns, &name);
	/* Children share their parent's namespace nearly always. */
	known = p->open != NULL && str_eq(ns, p->open->ns);
	n = arena_alloc(p->a, sizeof(*n) + name.n + 1 + (known ? 0 : ns.n + 1));
	to = (char *)(n + 1);
	*n = (struct xml_node){.parent = p->open, .text = STR("")};
	n->name = (struct str){copy(&to, name.p, name.n), name.n};
	n->ns = known ? p->open->ns : (struct str){copy(&to, ns.p, ns.n), ns.n};
	n->attrs = copy_attrs(p, atts, &n->n_attrs);

	if (p->open == NULL)
		p->root = n;
	else if (p->open->first == NULL)
		p->open->first = n;
	else
		p->last[p->depth]->next = n;
	p->last[p->depth++] = n;
	p->open = n;
	buf_clear(&p->text);
}

static void on_text(void *user, const XML_Char *s, int len)
{
	struct parser *p = user;

	if (p->refused == NULL && p->open->first == NULL)
		buf_add(&p->text, s, (size_t)len);
}

static void on_end(void *user, const XML_Char *full)
{
	struct parser *p = user;

	(void)full;
	if (p->refused != NULL)
		return;
	if (p->open->first == NULL && p->text.len > 0)
		p->open->text =
			(struct str){str_dup(p->a, buf_str(&p->text)), p->text.len};
	buf_clear(&p->text);
	p->open = p->open->parent;
	p->depth--;
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *sysid,
		       const XML_Char *pubid, int has_internal_subset)
{
	(void)name, (void)sysid, (void)pubid, (void)has_internal_subset;
	refuse(user, "a DOCTYPE is not allowed");
}

/* This thread's parser, ready for a new document. */
static struct parser *parser_get(void)
{
	static const char encoding[] = "UTF-8";
	struct parser *p = parser_mine;

	if (p == NULL) {
		pthread_once(&parser_once, parser_key_new);
		p = xcalloc(1, sizeof(*p));
		p->expat = XML_ParserCreateNS(encoding, SEPARATOR);
		OB_ASSERT(p->expat != NULL);
		random_bytes(&p->salt, sizeof(p->salt));
		p->salt |= 1; /* 0 would let expat draw one per document */
		OB_ASSERT(pthread_setspecific(parser_key, p) == 0);
		parser_mine = p;
	} else {
		OB_ASSERT(XML_ParserReset(p->expat, encoding) == XML_TRUE);
	}
	XML_SetHashSalt(p->expat, p->salt);
	XML_SetUserData(p->expat, p);
	XML_SetElementHandler(p->expat, on_start, on_end);
	XML_SetCharacterDataHandler(p->expat, on_text);
	XML_SetStartDoctypeDeclHandler(p->expat, on_doctype);
	buf_clear(&p->text);
	p->root = p->open = NULL;
	p->depth = 0;
	p->refused = NULL;
	return p;
}

struct err *xml_parse(struct str text, size_t max_elements, struct arena *a,
		      const struct xml_node **root)
{
	struct parser *p;
	enum XML_Status st;

	*root = NULL;
	if (text.n > INT_MAX / 2)
		return err_new(ERR_INVALID, "XML of %zu bytes is too long", text.n);
	p = parser_get();
	p->a = a;
	p->left = max_elements;
	st = XML_Parse(p->expat, text.p != NULL ? text.p : "", (int)text.n, XML_TRUE);
	p->a = NULL;
	if (p->text.cap > TEXT_KEEP)
		buf_fini(&p->text);
	if (st == XML_STATUS_OK) {
		*root = p->root;
		return NULL;
	}
	return err_new(ERR_INVALID, "not acceptable XML, byte %ld: %s",
		       (long)XML_GetCurrentByteIndex(p->expat),
		       p->refused ? p->refused
				  : XML_ErrorString(XML_GetErrorCode(p->expat)));
}

bool xml_is(const struct xml_node *n, struct str ns, const char *name)
{
	return str_eqz(n->name, name) && str_eq(n->ns, ns);
}

const struct xml_node *xml_child(const struct xml_node *n, struct str ns,
				 const char *name)
{
	const struct xml_node *c = n != NULL ? n->first : NULL;

	while (c != NULL && !xml_is(c, ns, name))
		c = c->next;
	return c;
}

const struct xml_node *xml_child_any(const struct xml_node *n, const char *name)
{
	const struct xml_node *c = n != NULL ? n->first : NULL;

	while (c != NULL && !str_eqz(c->name, name))
		c = c->next;
	return c;
}

struct str xml_attr(const struct xml_node *n, const char *name)
{
	for (size_t i = 0; i < n->n_attrs; i++)
		if (n->attrs[i].ns.n == 0 && str_eqz(n->attrs[i].name, name))
			return n->attrs[i].value;
	return (struct str){NULL, 0};
}

struct str xml_text(const struct xml_node *n)
{
	return n != NULL ? str_trim(n->text) : (struct str){NULL, 0};
}

/* CR would be read back as LF, and all three line characters as blanks in an attribute.
 */
static struct str escape_of(unsigned char c)
{
	switch (c) {
	case '&':
		return STR("&amp;");
	case '<':
		return STR("&lt;");
	case '>':
		return STR("&gt;");
	case '"':
		return STR("&quot;");
	case '\t':
		return STR("&#9;");
	case '\n':
		return STR("&#10;");
	case '\r':
		return STR("&#13;");
	default:
		return STR("");
	}
}

/* U+FFFE and U+FFFF, which XML forbids. */
static bool noncharacter(const char *p, size_t left)
{
	return left >= 3 && (unsigned char)p[0] == 0xef && (unsigned char)p[1] == 0xbf &&
	       (unsigned char)p[2] >= 0xbe;
}

void xml_escape(struct buf *out, struct str s)
{
	size_t from = 0, len;

	if (s.n == 0)
		return; /* p may be NULL */
	for (size_t i = 0; i < s.n; i += len) {
		unsigned char c = (unsigned char)s.p[i];

		len = noncharacter(s.p + i, s.n - i) ? 3 : 1;
		if (len == 1 && c >= ' ' && c != '&' && c != '<' && c != '>' && c != '"')
			continue;
		buf_add(out, s.p + from, i - from);
		buf_addstr(out, escape_of(c));
		from = i + len;
	}
	buf_add(out, s.p + from, s.n - from);
}
