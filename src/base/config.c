/* SPDX-License-Identifier: Apache-2.0
 * Settings: the rows, their values and the checks every value passes wherever it comes
 * from.
 */
#include <base/config_priv.h>

#include <stdio.h>
#include <stdlib.h>

#define CONFIG_KEY_MAX ((size_t)127)
#define CONFIG_SHOWN_MAX 80	    /* bytes of a wrong value that an error quotes */
#define UNIX_PATH_MAX ((size_t)107) /* sockaddr_un without its NUL */

struct config_wiped {
	struct config_wiped *next;
	char *p;
	size_t n;
};

struct config *config_new(void)
{
	return xcalloc(1, sizeof(struct config));
}

void config_free(struct config *c)
{
	if (c == NULL)
		return;
	for (struct config_wiped *w = c->wiped; w != NULL; w = w->next)
		secret_wipe(w->p, w->n);
	arena_fini(&c->arena);
	free(c->values);
	free(c->sorted);
	free(c);
}

static int by_key(const void *a, const void *b)
{
	const struct config_value *const *x = a, *const *y = b;

	return strcmp((*x)->row->key, (*y)->row->key);
}

void config_add(struct config *c, const struct config_setting *rows, size_t n)
{
	size_t total = c->n + n;

	c->values = xrealloc(c->values, total * sizeof(*c->values));
	c->sorted = xrealloc(c->sorted, total * sizeof(*c->sorted));
	for (size_t i = 0; i < n; i++) {
		OB_ASSERT(strlen(rows[i].key) <= CONFIG_KEY_MAX);
		c->values[c->n + i] =
			(struct config_value){.row = &rows[i], .origin = "default"};
	}
	c->n = total;
	for (size_t i = 0; i < total; i++)
		c->sorted[i] = &c->values[i];
	qsort(c->sorted, total, sizeof(*c->sorted), by_key);
	for (size_t i = 1; i < total; i++)
		OB_ASSERT(by_key(&c->sorted[i - 1], &c->sorted[i]) != 0);
	for (size_t i = 0; i < n; i++)
		config_default(c, rows[i].key, rows[i].def, "default");
}

struct config_value *config_find(const struct config *c, const char *key)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(key, c->sorted[mid]->row->key);

		if (cmp == 0)
			return c->sorted[mid];
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

bool config_is_section(const struct config *c, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < c->n; i++) {
		const char *k = c->values[i].row->key;

		if (strncmp(k, key, len) == 0 && k[len] == '.')
			return true;
	}
	return false;
}

/* Levenshtein's; one row is kept, so b is limited and what lies beyond counts as
 * different. */
size_t config_distance(const char *a, const char *b)
{
	size_t row[CONFIG_KEY_MAX + 1], all = strlen(b), n = MIN(all, CONFIG_KEY_MAX);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a != '\0'; a++, i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[n] + (all - n);
}

struct err *config_unknown(const struct config *c, const char *key, const char *origin)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < c->n; i++) {
		size_t d = config_distance(key, c->values[i].row->key);

		if (d < best) {
			best = d;
			nearest = c->values[i].row->key;
		}
	}
	if (nearest == NULL)
		return err_new(ERR_INVALID, "%s: unknown key \"%s\"", origin, key);
	return err_new(ERR_INVALID,
		       "%s: unknown key \"%s\"; the nearest known key is \"%s\"", origin,
		       key, nearest);
}

static struct err *bad_value(const struct config_setting *row, struct str text,
			     const char *origin, const char *wanted)
{
	bool cut = text.n > CONFIG_SHOWN_MAX;

	if (row->secret)
		return err_new(ERR_INVALID, "%s: the value of %s (***) must be %s",
			       origin, row->key, wanted);
	if (cut)
		text.n = CONFIG_SHOWN_MAX;
	return err_new(ERR_INVALID, "%s: %s is \"" STR_FMT "%s\" but must be %s", origin,
		       row->key, STR_ARG(text), cut ? "..." : "", wanted);
}

static bool parse_bool(struct str s, bool *out)
{
	static const char *const words[] = {"false", "true", "no", "yes",
					    "off",   "on",   "0",  "1"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_ieqz(s, words[i])) {
			*out = i % 2 == 1;
			return true;
		}
	}
	return false;
}

static struct err *parse_int(struct config_value *v, struct str text, const char *origin)
{
	const struct config_setting *row = v->row;
	char wanted[160];

	if (str_i64(text, row->min, row->max, &v->i))
		return NULL;
	snprintf(wanted, sizeof(wanted), "a whole number from %lld to %lld%s%s",
		 (long long)row->min, (long long)row->max, row->unit ? " " : "",
		 row->unit ? row->unit : "");
	return bad_value(row, text, origin, wanted);
}

static struct err *parse_enum(struct config *c, struct config_value *v, struct str text,
			      const char *origin)
{
	struct str rest = str_of(v->row->choices), choice;
	struct buf wanted = {0};
	struct err *e;

	while (str_split(&rest, '|', &choice)) {
		if (str_ieq(choice, text)) {
			v->text = str_dup(&c->arena, choice);
			return NULL;
		}
	}
	buf_addf(&wanted, "one of %s", v->row->choices);
	e = bad_value(v->row, text, origin, wanted.p);
	buf_fini(&wanted);
	return e;
}

static char *keep_text(struct config *c, const struct config_setting *row,
		       struct str text)
{
	char *p = str_dup(&c->arena, text);

	if (row->secret) {
		struct config_wiped *w = arena_new(&c->arena, struct config_wiped);

		*w = (struct config_wiped){c->wiped, p, text.n};
		c->wiped = w;
	}
	return p;
}

/* Commas separate, blanks around items do not count, empty items neither. */
static void parse_list(struct config *c, struct config_value *v, struct str text)
{
	size_t n = 0, max = 2;
	struct str item;
	const char **list;

	for (size_t i = 0; i < text.n; i++)
		max += text.p[i] == ',';
	list = arena_alloc(&c->arena, max * sizeof(*list));
	while (str_split(&text, ',', &item)) {
		item = str_trim(item);
		if (item.n > 0)
			list[n++] = keep_text(c, v->row, item);
	}
	list[n] = NULL;
	v->list = list;
}

static struct err *parse_value(struct config *c, struct config_value *v, struct str text,
			       const char *origin)
{
	uint16_t port;
	char host[256];

	switch (v->row->type) {
	case CONFIG_STRING:
		return NULL;
	case CONFIG_INT:
		return parse_int(v, text, origin);
	case CONFIG_BOOL:
		if (!parse_bool(text, &v->b))
			return bad_value(v->row, text, origin, "true or false");
		v->text = v->b ? "true" : "false";
		return NULL;
	case CONFIG_ENUM:
		return parse_enum(c, v, text, origin);
	case CONFIG_LIST:
		parse_list(c, v, text);
		return NULL;
	case CONFIG_LISTEN:
		if (!config_parse_listen(v->text, host, &port))
			return bad_value(v->row, text, origin,
					 "host:port, [IPv6]:port or unix:/path");
		return NULL;
	}
	return NULL;
}

struct err *config_assign(struct config *c, struct config_value *v, enum config_rank rank,
			  struct str text, const char *origin)
{
	struct config_value next = *v;

	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL)
		return err_new(ERR_INVALID,
			       "%s: the value of %s has a NUL byte; remove it", origin,
			       v->row->key);
	if (v->row->type != CONFIG_STRING)
		text = str_trim(text);
	next.text = keep_text(c, v->row, text);
	/* Checked even when something of a higher rank hides it: a wrong value is a
	 * mistake. */
	TRY(parse_value(c, &next, text, origin));
	if (rank < v->rank)
		return NULL;
	next.rank = rank;
	next.origin = arena_strdup(&c->arena, origin);
	*v = next;
	return NULL;
}

struct err *config_assign_list(struct config *c, struct config_value *v,
			       enum config_rank rank, const struct str *items, size_t n,
			       const char *origin)
{
	const char **list = arena_alloc(&c->arena, (n + 1) * sizeof(*list));
	struct buf text = {0};

	for (size_t i = 0; i < n; i++) {
		list[i] = keep_text(c, v->row, items[i]);
		buf_adds(&text, i > 0 ? "," : "");
		buf_adds(&text, list[i]);
	}
	list[n] = NULL;
	if (rank >= v->rank) {
		v->text = keep_text(c, v->row, buf_str(&text));
		v->list = list;
		v->rank = rank;
		v->origin = arena_strdup(&c->arena, origin);
	}
	buf_fini_wipe(&text);
	return NULL;
}

struct err *config_set(struct config *c, const char *assignment, const char *origin)
{
	struct str value = str_of(assignment), key;
	struct config_value *v;
	const char *name;

	if (strchr(assignment, '=') == NULL)
		return err_new(ERR_INVALID, "%s: an assignment is key=value", origin);
	(void)str_split(&value, '=', &key);
	name = str_dup(&c->arena, str_trim(key));
	v = config_find(c, name);
	if (v == NULL)
		return config_unknown(c, name, origin);
	return config_assign(c, v, CONFIG_BY_SET, value, origin);
}

void config_default(struct config *c, const char *key, const char *value,
		    const char *origin)
{
	struct config_value *v = config_find(c, key);
	struct err *e;

	OB_ASSERT(v != NULL);
	if (value == NULL)
		return;
	e = config_assign(c, v, CONFIG_BY_DEFAULT, str_of(value), origin);
	OB_ASSERT(e == NULL);
}

static const struct config_value *must_find(const struct config *c, const char *key)
{
	const struct config_value *v = config_find(c, key);

	OB_ASSERT(v != NULL);
	return v;
}

const char *config_str(const struct config *c, const char *key)
{
	const struct config_value *v = must_find(c, key);

	OB_ASSERT(v->row->type == CONFIG_STRING || v->row->type == CONFIG_ENUM ||
		  v->row->type == CONFIG_LISTEN);
	return v->text;
}

int64_t config_int(const struct config *c, const char *key)
{
	const struct config_value *v = must_find(c, key);

	OB_ASSERT(v->row->type == CONFIG_INT);
	return v->text != NULL ? v->i : 0;
}

bool config_bool(const struct config *c, const char *key)
{
	const struct config_value *v = must_find(c, key);

	OB_ASSERT(v->row->type == CONFIG_BOOL);
	return v->text != NULL && v->b;
}

const char *const *config_list(const struct config *c, const char *key)
{
	static const char *const none[] = {NULL};
	const struct config_value *v = must_find(c, key);

	OB_ASSERT(v->row->type == CONFIG_LIST);
	return v->text != NULL ? v->list : none;
}

const char *config_origin(const struct config *c, const char *key)
{
	return must_find(c, key)->origin;
}

bool config_is_set(const struct config *c, const char *key)
{
	return must_find(c, key)->text != NULL;
}

static bool host_ok(struct str host, bool v6)
{
	if (host.n == 0 || host.n > 255)
		return false;
	for (size_t i = 0; i < host.n; i++) {
		unsigned char ch = (unsigned char)host.p[i];
		bool alnum = (ch >= '0' && ch <= '9') ||
			     ((ch | 32) >= 'a' && (ch | 32) <= 'z');

		if (!alnum && strchr(v6 ? ":.%-_" : ".-_", ch) == NULL)
			return false;
	}
	return !v6 || str_chr(host, ':') >= 0;
}

bool config_parse_listen(const char *s, char host[256], uint16_t *port)
{
	struct str text = str_of(s), name, digits;
	const char *colon = s != NULL ? strrchr(s, ':') : NULL;
	uint64_t n;
	bool v6;

	if (str_starts(text, STR("unix:"))) {
		if (text.n < 7 || text.p[5] != '/' || text.n - 5 > UNIX_PATH_MAX)
			return false;
		memcpy(host, s, text.n + 1);
		*port = 0;
		return true;
	}
	if (colon == NULL)
		return false;
	name = str_sub(text, 0, (size_t)(colon - s));
	digits = str_of(colon + 1);
	v6 = name.n >= 2 && name.p[0] == '[' && name.p[name.n - 1] == ']';
	if (v6)
		name = str_sub(name, 1, name.n - 1);
	if (!host_ok(name, v6) || digits.n > 5 || !str_u64(digits, UINT16_MAX, &n))
		return false;
	memcpy(host, name.p, name.n);
	host[name.n] = '\0';
	*port = (uint16_t)n;
	return true;
}
