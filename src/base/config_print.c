/* SPDX-License-Identifier: Apache-2.0
 * Settings for people: effective values, sample file, documentation table.
 */
#include <base/config_priv.h>

#include <jansson.h>
#include <stdlib.h>

#define VALUE_COLUMN_MAX ((size_t)40) /* longer values push their origin to the right */

/* "scheme://user:password@host": the password, or n == 0. */
static struct str url_password(struct str s)
{
	ptrdiff_t scheme = str_find(s, STR("://")), at = -1, colon;
	struct str rest, user;

	if (scheme < 0)
		return (struct str){NULL, 0};
	rest = str_sub(s, (size_t)scheme + 3, s.n);
	for (size_t i = 0; i < rest.n && rest.p[i] != '/'; i++)
		if (rest.p[i] == '@')
			at = (ptrdiff_t)i;
	user = str_sub(rest, 0, at < 0 ? 0 : (size_t)at);
	colon = str_chr(user, ':');
	return colon < 0 ? (struct str){NULL, 0}
			 : str_sub(user, (size_t)colon + 1, user.n);
}

/* What may be shown of a text: no secrets, and no control characters for terminals. */
static const char *shown(const struct config_setting *row, const char *text,
			 struct arena *a)
{
	struct str password;
	char *s;

	if (row->secret)
		return "***";
	password = url_password(str_of(text));
	if (password.n > 0)
		s = arena_printf(a, STR_FMT "***%s", (int)(password.p - text), text,
				 password.p + password.n);
	else
		s = arena_strdup(a, text);
	for (char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return s;
}

static void pad(struct buf *out, const char *s, size_t width)
{
	buf_adds(out, s);
	for (size_t n = strlen(s); n < width; n++)
		buf_addc(out, ' ');
	buf_adds(out, "  ");
}

static void print_table(const struct config *c, struct buf *out, struct arena *a)
{
	const char **text = arena_alloc(a, c->n * sizeof(*text));
	size_t key_width = strlen("key"), value_width = strlen("value");

	for (size_t i = 0; i < c->n; i++) {
		const struct config_value *v = &c->values[i];
		size_t key_len = strlen(v->row->key), len;

		text[i] = v->text == NULL      ? "-"
			  : v->text[0] == '\0' ? "\"\""
					       : shown(v->row, v->text, a);
		len = MIN(strlen(text[i]), VALUE_COLUMN_MAX);
		key_width = MAX(key_width, key_len);
		value_width = MAX(value_width, len);
	}
	pad(out, "key", key_width);
	pad(out, "value", value_width);
	buf_adds(out, "origin\n");
	for (size_t i = 0; i < c->n; i++) {
		pad(out, c->values[i].row->key, key_width);
		pad(out, text[i], value_width);
		buf_adds(out, c->values[i].origin);
		buf_addc(out, '\n');
	}
}

/* Text that is no UTF-8 cannot be shown in JSON. */
static json_t *json_text(const struct config_setting *row, const char *text,
			 struct arena *a)
{
	json_t *s = json_string(shown(row, text, a));

	return s != NULL ? s : json_string("(not UTF-8)");
}

static json_t *json_value(const struct config_value *v, struct arena *a)
{
	json_t *list;

	if (v->text == NULL)
		return json_null();
	if (v->row->secret)
		return json_string("***");
	switch (v->row->type) {
	case CONFIG_INT:
		return json_integer(v->i);
	case CONFIG_BOOL:
		return json_boolean(v->b);
	case CONFIG_LIST:
		list = json_array();
		for (const char *const *item = v->list; *item != NULL; item++)
			json_array_append_new(list, json_text(v->row, *item, a));
		return list;
	default:
		return json_text(v->row, v->text, a);
	}
}

static void print_json(const struct config *c, struct buf *out, struct arena *a)
{
	json_t *all = json_array();
	char *text;

	for (size_t i = 0; i < c->n; i++) {
		const struct config_value *v = &c->values[i];
		json_t *o = json_object();

		json_object_set_new(o, "key", json_string(v->row->key));
		json_object_set_new(o, "value", json_value(v, a));
		json_object_set_new_nocheck(o, "origin", json_string_nocheck(v->origin));
		json_array_append_new(all, o);
	}
	text = json_dumps(all, JSON_INDENT(2));
	OB_ASSERT(text != NULL);
	buf_adds(out, text);
	buf_addc(out, '\n');
	free(text);
	json_decref(all);
}

void config_print(const struct config *c, struct buf *out, bool json)
{
	struct arena a = {0};

	if (json)
		print_json(c, out, &a);
	else
		print_table(c, out, &a);
	arena_fini(&a);
}

/* "number 1-65535 (ms)" and the like. */
static void add_type(const struct config_setting *row, struct buf *out)
{
	switch (row->type) {
	case CONFIG_STRING:
		buf_adds(out, row->secret ? "text, secret" : "text");
		break;
	case CONFIG_INT:
		buf_addf(out, "number %lld to %lld", (long long)row->min,
			 (long long)row->max);
		break;
	case CONFIG_BOOL:
		buf_adds(out, "true or false");
		break;
	case CONFIG_ENUM:
		buf_addf(out, "one of %s", row->choices);
		break;
	case CONFIG_LIST:
		buf_adds(out, "list");
		break;
	case CONFIG_LISTEN:
		buf_adds(out, "host:port, [IPv6]:port or unix:/path");
		break;
	}
	if (row->unit != NULL)
		buf_addf(out, " (%s)", row->unit);
}

/* Every environment name, our own first. */
static void add_env(const struct config_setting *row, const char *quote, struct buf *out)
{
	struct arena a = {0};
	struct str rest = str_of(row->env), alias;

	buf_addf(out, "%s%s%s", quote, config_env_name(row->key, &a), quote);
	while (str_split(&rest, ',', &alias)) {
		alias = str_trim(alias);
		buf_addf(out, ", %s" STR_FMT "%s", quote, STR_ARG(alias), quote);
	}
	arena_fini(&a);
}

/* JSON's strings are YAML's, too. */
static void add_quoted(struct str s, struct buf *out)
{
	json_t *j = json_stringn(s.p, s.n);
	char *text = j != NULL ? json_dumps(j, JSON_ENCODE_ANY) : NULL;

	OB_ASSERT(text != NULL); /* texts of our own tables */
	buf_adds(out, text);
	free(text);
	json_decref(j);
}

static void add_sample_value(const struct config_setting *row, struct buf *out)
{
	struct str rest = str_of(row->def ? row->def : ""), item;
	const char *comma = "";

	switch (row->type) {
	case CONFIG_INT:
	case CONFIG_BOOL:
	case CONFIG_ENUM:
		buf_addstr(out, rest);
		break;
	case CONFIG_LIST:
		buf_addc(out, '[');
		while (str_split(&rest, ',', &item)) {
			item = str_trim(item);
			if (item.n == 0)
				continue;
			buf_adds(out, comma);
			add_quoted(item, out);
			comma = ", ";
		}
		buf_addc(out, ']');
		break;
	default:
		add_quoted(rest, out);
	}
}

void config_sample(const struct config *c, struct buf *out)
{
	buf_adds(out,
		 "# Settings of outband. Every line shows the default: remove the # "
		 "before a key\n"
		 "# to change it. \"a.b: c\" may be written as a section \"a:\" with "
		 "\"b: c\"\n"
		 "# indented below it. Later wins: this file, environment, --set.\n");
	for (size_t i = 0; i < c->n; i++) {
		const struct config_setting *row = c->values[i].row;

		buf_addf(out, "\n# %s\n# ", row->help);
		add_type(row, out);
		buf_adds(out, "; environment: ");
		add_env(row, "", out);
		buf_addf(out, "\n#%s: ", row->key);
		if (row->def != NULL)
			add_sample_value(row, out);
		while (out->p[out->len - 1] == ' ')
			out->p[--out->len] = '\0';
		buf_addc(out, '\n');
	}
}

/* Table cells: the bar separates columns, and < would begin a tag. */
static void add_cell(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '|' || *s == '<')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
}

void config_markdown(const struct config *c, struct buf *out)
{
	struct buf type = {0};

	buf_adds(out, "| Key | Type | Default | Environment | Meaning |\n"
		      "|---|---|---|---|---|\n");
	for (size_t i = 0; i < c->n; i++) {
		const struct config_setting *row = c->values[i].row;

		buf_clear(&type);
		add_type(row, &type);
		buf_addf(out, "| `%s` | ", row->key);
		add_cell(out, type.p);
		buf_adds(out, " | ");
		if (row->def != NULL && row->def[0] != '\0') {
			buf_addc(out, '`');
			add_cell(out, row->def);
			buf_addc(out, '`');
		}
		buf_adds(out, " | ");
		add_env(row, "`", out);
		buf_adds(out, " | ");
		add_cell(out, row->help);
		buf_adds(out, " |\n");
	}
	buf_fini(&type);
}
