/* SPDX-License-Identifier: Apache-2.0 */
#include <base/yaml_json.h>

#include <base/json.h>
#include <base/secret.h>
#include <yaml.h>

struct reader {
	yaml_parser_t parser;
	yaml_event_t ev;
	size_t nodes;
	int depth;
};

static void drop(struct reader *r)
{
	if (r->ev.type == YAML_SCALAR_EVENT)
		secret_wipe(r->ev.data.scalar.value, r->ev.data.scalar.length);
	yaml_event_delete(&r->ev);
}

static struct err *bad(const struct reader *r, const char *what)
{
	return err_new(ERR_INVALID, "line %zu: %s", r->ev.start_mark.line + 1, what);
}

static struct err *next(struct reader *r)
{
	drop(r);
	if (yaml_parser_parse(&r->parser, &r->ev))
		return NULL;
	return err_new(ERR_INVALID, "line %zu: not YAML: %s",
		       r->parser.problem_mark.line + 1,
		       r->parser.problem != NULL ? r->parser.problem : "cannot be read");
}

/* Nothing here has one, and C text would end at it. */
static bool has_nul(const struct reader *r)
{
	size_t n = r->ev.data.scalar.length;

	return n > 0 && memchr(r->ev.data.scalar.value, '\0', n) != NULL;
}

static json_t *scalar(const struct reader *r)
{
	struct str s = {(const char *)r->ev.data.scalar.value, r->ev.data.scalar.length};
	bool plain = r->ev.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	int64_t n;

	if (plain && (s.n == 0 || str_eqz(s, "~") || str_ieqz(s, "null")))
		return json_null();
	if (plain && (str_ieqz(s, "true") || str_ieqz(s, "false")))
		return json_boolean(s.p[0] == 't' || s.p[0] == 'T');
	/* "007" is no number to people. */
	if (plain && (s.n == 1 || (s.p[0] != '0' && s.p[0] != '+')) &&
	    str_i64(s, INT64_MIN, INT64_MAX, &n))
		return json_integer(n);
	return json_stringn(s.p, s.n);
}

static struct err *value(struct reader *r, json_t **out);

static struct err *mapping(struct reader *r, json_t *o)
{
	for (;;) {
		json_t *v = NULL;
		TRY(next(r));
		if (r->ev.type == YAML_MAPPING_END_EVENT)
			return NULL;
		if (r->ev.type != YAML_SCALAR_EVENT)
			return bad(r, "a key must be plain text");
		if (has_nul(r))
			return bad(r, "text with a NUL byte");
		_cleanup_(buf_fini) struct buf key = {0};
		buf_adds(&key, (const char *)r->ev.data.scalar.value);
		if (json_object_get(o, key.p) != NULL)
			return bad(r, "a key is there twice");
		TRY(next(r));
		TRY(value(r, &v));
		json_object_set_new(o, key.p, v);
	}
}

static struct err *sequence(struct reader *r, json_t *a)
{
	for (;;) {
		json_t *v = NULL;
		TRY(next(r));
		if (r->ev.type == YAML_SEQUENCE_END_EVENT)
			return NULL;
		TRY(value(r, &v));
		json_array_append_new(a, v);
	}
}

static struct err *collection(struct reader *r, json_t *take_v,
			      struct err *(*fill)(struct reader *, json_t *),
			      json_t **out)
{
	struct err *e = ++r->depth > JSON_MAX_DEPTH ? bad(r, "nested too deeply")
						    : fill(r, take_v);

	r->depth--;
	if (e != NULL) {
		json_decref(take_v);
		return e;
	}
	*out = take_v;
	return NULL;
}

/* The node whose first event was read. */
static struct err *value(struct reader *r, json_t **out)
{
	if (++r->nodes > YAML_JSON_MAX_NODES)
		return err_new(ERR_TOO_LARGE, "the file has more than %d values",
			       YAML_JSON_MAX_NODES);
	switch (r->ev.type) {
	case YAML_SCALAR_EVENT:
		if (r->ev.data.scalar.anchor != NULL || r->ev.data.scalar.tag != NULL)
			return bad(r, "anchors and tags are not taken");
		if (has_nul(r))
			return bad(r, "text with a NUL byte");
		*out = scalar(r);
		return *out != NULL ? NULL : bad(r, "text that is no UTF-8");
	case YAML_MAPPING_START_EVENT:
		if (r->ev.data.mapping_start.anchor != NULL ||
		    r->ev.data.mapping_start.tag != NULL)
			return bad(r, "anchors and tags are not taken");
		return collection(r, json_object(), mapping, out);
	case YAML_SEQUENCE_START_EVENT:
		if (r->ev.data.sequence_start.anchor != NULL ||
		    r->ev.data.sequence_start.tag != NULL)
			return bad(r, "anchors and tags are not taken");
		return collection(r, json_array(), sequence, out);
	default:
		return bad(r, "anchors and tags are not taken");
	}
}

static struct err *document(struct reader *r, json_t **out)
{
	TRY(next(r)); /* the stream's start */
	TRY(next(r));
	if (r->ev.type == YAML_STREAM_END_EVENT)
		return err_new(ERR_INVALID, "the file is empty");
	TRY(next(r));
	TRY(value(r, out));
	TRY(next(r)); /* the document's end */
	TRY(next(r));
	if (r->ev.type != YAML_STREAM_END_EVENT)
		return bad(r, "one document is enough");
	return NULL;
}

struct err *yaml_json_read(struct str text, json_t **out)
{
	struct reader r = {0};
	struct err *e;

	*out = NULL;
	if (text.n > YAML_JSON_MAX)
		return err_new(ERR_TOO_LARGE, "the file has more than 1 MiB");
	if (!yaml_parser_initialize(&r.parser))
		return err_new(ERR_INTERNAL, "no memory for YAML");
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
	e = document(&r, out);
	drop(&r);
	yaml_parser_delete(&r.parser);
	if (e != NULL) {
		json_decref(*out);
		*out = NULL;
	}
	return e;
}
