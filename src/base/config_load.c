/* SPDX-License-Identifier: Apache-2.0
 * Settings from the YAML file and the environment. Of YAML: mappings, sequences and
 * scalars; nesting is the same as dots in keys. Anchors are refused, so a file is as long
 * as it looks.
 */
#include <base/config_priv.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#define CONFIG_FILE_MAX ((size_t)1024 * 1024)
#define CONFIG_DEPTH_MAX 8
#define CONFIG_LIST_MAX ((size_t)1024)

struct loader {
	struct config *c;
	yaml_parser_t parser;
	yaml_event_t ev;
	const char *name;
	struct arena a;
};

static void drop_event(struct loader *l)
{
	if (l->ev.type == YAML_SCALAR_EVENT)
		secret_wipe(l->ev.data.scalar.value, l->ev.data.scalar.length);
	yaml_event_delete(&l->ev);
}

static const char *origin_at(struct loader *l, size_t line)
{
	return arena_printf(&l->a, "file %s:%zu", l->name, line);
}

static size_t event_line(const struct loader *l)
{
	return l->ev.start_mark.line + 1;
}

static struct err *next_event(struct loader *l)
{
	drop_event(l);
	if (yaml_parser_parse(&l->parser, &l->ev))
		return NULL;
	return err_new(ERR_INVALID, "%s: not YAML: %s%s%s",
		       origin_at(l, l->parser.problem_mark.line + 1),
		       l->parser.problem ? l->parser.problem : "cannot be read",
		       l->parser.context ? " " : "",
		       l->parser.context ? l->parser.context : "");
}

static struct str event_text(const struct loader *l)
{
	return (struct str){(const char *)l->ev.data.scalar.value,
			    l->ev.data.scalar.length};
}

static bool event_is_null(const struct loader *l)
{
	struct str s = event_text(l);

	return l->ev.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (s.n == 0 || str_eqz(s, "~") || str_ieqz(s, "null"));
}

/* The row of a leaf; an error when there is none or the file has it twice. */
static struct err *leaf(struct loader *l, const char *key, size_t line,
			struct config_value **out)
{
	struct config_value *v = config_find(l->c, key);

	if (v == NULL && config_is_section(l->c, key))
		return err_new(ERR_INVALID,
			       "%s: \"%s\" is a section; put its keys below it, indented",
			       origin_at(l, line), key);
	if (v == NULL)
		return config_unknown(l->c, key, origin_at(l, line));
	if (v->load == l->c->loads)
		return err_new(ERR_INVALID,
			       "%s: key \"%s\" is already given in line %zu; remove one",
			       origin_at(l, line), key, v->line);
	v->load = l->c->loads;
	v->line = line;
	*out = v;
	return NULL;
}

static struct err *load_scalar(struct loader *l, const char *key, size_t line)
{
	struct config_value *v;

	/* A section, or a key without a value, whose lines are all commented out. */
	if (event_is_null(l) && config_is_section(l->c, key))
		return NULL;
	TRY(leaf(l, key, line, &v));
	if (event_is_null(l))
		return NULL;
	return config_assign(l->c, v, CONFIG_BY_FILE, event_text(l), origin_at(l, line));
}

static struct err *load_items(struct loader *l, const char *key, size_t line,
			      struct buf *items)
{
	for (;;) {
		struct str s;

		TRY(next_event(l));
		if (l->ev.type == YAML_SEQUENCE_END_EVENT)
			return NULL;
		if (l->ev.type != YAML_SCALAR_EVENT)
			return err_new(ERR_INVALID,
				       "%s: the items of \"%s\" must be plain text",
				       origin_at(l, event_line(l)), key);
		s = event_text(l);
		if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)
			return err_new(ERR_INVALID,
				       "%s: an item of \"%s\" has a NUL byte; remove it",
				       origin_at(l, event_line(l)), key);
		if (items->len / sizeof(s) == CONFIG_LIST_MAX)
			return err_new(ERR_TOO_LARGE,
				       "%s: \"%s\" has more than %zu items",
				       origin_at(l, line), key, CONFIG_LIST_MAX);
		s.p = str_dup(&l->a, s);
		buf_add(items, &s, sizeof(s));
	}
}

static struct err *load_sequence(struct loader *l, const char *key, size_t line)
{
	struct config_value *v;
	struct buf items = {0};
	struct err *e;

	TRY(leaf(l, key, line, &v));
	if (v->row->type != CONFIG_LIST)
		return err_new(ERR_INVALID, "%s: \"%s\" takes one value, not a list",
			       origin_at(l, line), key);
	e = load_items(l, key, line, &items);
	if (e == NULL)
		e = config_assign_list(
			l->c, v, CONFIG_BY_FILE, (const struct str *)items.p,
			items.len / sizeof(struct str), origin_at(l, line));
	buf_fini(&items);
	return e;
}

static struct err *load_mapping(struct loader *l, const char *section, int depth)
{
	if (depth > CONFIG_DEPTH_MAX)
		return err_new(ERR_INVALID, "%s: more than %d levels of keys",
			       origin_at(l, event_line(l)), CONFIG_DEPTH_MAX);
	for (;;) {
		const char *key;
		size_t line;

		TRY(next_event(l));
		line = event_line(l);
		if (l->ev.type == YAML_MAPPING_END_EVENT)
			return NULL;
		if (l->ev.type != YAML_SCALAR_EVENT)
			return err_new(ERR_INVALID, "%s: a key must be plain text",
				       origin_at(l, line));
		key = arena_printf(&l->a, "%s%s%s", section, *section ? "." : "",
				   (const char *)l->ev.data.scalar.value);
		TRY(next_event(l));
		switch (l->ev.type) {
		case YAML_SCALAR_EVENT:
			TRY(load_scalar(l, key, line));
			break;
		case YAML_SEQUENCE_START_EVENT:
			TRY(load_sequence(l, key, line));
			break;
		case YAML_MAPPING_START_EVENT:
			if (config_find(l->c, key) != NULL)
				return err_new(
					ERR_INVALID,
					"%s: \"%s\" takes a value, not keys below it",
					origin_at(l, line), key);
			TRY(load_mapping(l, key, depth + 1));
			break;
		default:
			return err_new(ERR_INVALID,
				       "%s: \"%s\": anchors and aliases are not "
				       "supported; write "
				       "the value out",
				       origin_at(l, line), key);
		}
	}
}

static struct err *load_stream(struct loader *l)
{
	do {
		TRY(next_event(l));
	} while (l->ev.type == YAML_STREAM_START_EVENT ||
		 l->ev.type == YAML_DOCUMENT_START_EVENT);
	if (l->ev.type == YAML_STREAM_END_EVENT)
		return NULL;
	if (l->ev.type == YAML_MAPPING_START_EVENT)
		TRY(load_mapping(l, "", 1));
	else if (l->ev.type != YAML_SCALAR_EVENT || !event_is_null(l))
		return err_new(ERR_INVALID, "%s: the file must hold \"key: value\" lines",
			       origin_at(l, event_line(l)));
	do {
		TRY(next_event(l));
	} while (l->ev.type == YAML_DOCUMENT_END_EVENT);
	if (l->ev.type != YAML_STREAM_END_EVENT)
		return err_new(ERR_INVALID,
			       "%s: one YAML document only; remove the \"---\"",
			       origin_at(l, event_line(l)));
	return NULL;
}

static struct err *load_bytes(struct config *c, struct str yaml, const char *name)
{
	struct loader l = {.c = c, .name = name};
	struct err *e;

	if (!yaml_parser_initialize(&l.parser))
		return err_new(ERR_INTERNAL, "out of memory for the YAML parser");
	yaml_parser_set_input_string(
		&l.parser, (const unsigned char *)(yaml.p ? yaml.p : ""), yaml.n);
	c->loads++;
	e = load_stream(&l);
	drop_event(&l);
	yaml_parser_delete(&l.parser);
	arena_fini(&l.a);
	return e;
}

struct err *config_load_text(struct config *c, const char *yaml, const char *name)
{
	return load_bytes(c, str_of(yaml), name);
}

static struct err *read_all(int fd, const char *path, struct buf *b)
{
	struct stat st;

	/* All at once, so that growing leaves no copies of secrets behind. */
	if (fstat(fd, &st) == 0 && st.st_size > 0 &&
	    (size_t)st.st_size <= CONFIG_FILE_MAX)
		buf_reserve(b, (size_t)st.st_size + 4096);
	for (;;) {
		ssize_t n = read(fd, buf_reserve(b, 4096), 4096);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(ERR_INVALID, errno, "configuration file %s",
					 path);
		if (n == 0)
			return NULL;
		b->len += (size_t)n;
		if (b->len > CONFIG_FILE_MAX)
			return err_new(ERR_TOO_LARGE,
				       "configuration file %s is larger than %zu bytes",
				       path, CONFIG_FILE_MAX);
	}
}

struct err *config_load_file(struct config *c, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf b = {0};
	struct err *e;

	if (fd < 0)
		return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_INVALID, errno,
				 "configuration file %s", path);
	e = read_all(fd, path, &b);
	close(fd);
	if (e == NULL)
		e = load_bytes(c, buf_str(&b), path);
	buf_fini_wipe(&b);
	return e;
}

const char *config_env_name(const char *key, struct arena *a)
{
	char *name = arena_printf(a, "OUTBAND_%s", key);

	for (char *p = name; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		else if (*p == '.' || *p == '-')
			*p = '_';
	}
	return name;
}

struct env_var {
	const char *name, *value;
	unsigned weight; /* 0: none; the derived name beats the aliases, the first of
			    these others */
};

#define ENV_DERIVED 1000u

/* How well name names the row. Upstream reads its names in any case (mps.md 7, rps.md 8);
 * one that is spelled as listed counts more. */
static unsigned env_weight(const struct config_setting *row, const char *derived,
			   const char *name)
{
	struct str rest = str_of(row->env), alias;
	unsigned weight = ENV_DERIVED;

	if (strcmp(derived, name) == 0)
		return ENV_DERIVED;
	while (str_split(&rest, ',', &alias)) {
		alias = str_trim(alias);
		weight -= 2;
		if (str_eqz(alias, name))
			return weight;
		if (str_ieqz(alias, name))
			return weight - 1;
	}
	return 0;
}

static bool env_is_ours_elsewhere(const char *name)
{
	static const char *const prefixes[] = {"OUTBAND_PEER_", "OUTBAND_BENCH_",
					       "OUTBAND_TEST_"};
	static const char *const names[] = {
		"OUTBAND_CONFIG",	  "OUTBAND_DATA_DIR",	"OUTBAND_HECI",
		"OUTBAND_ADMIN_PASSWORD", "OUTBAND_PASSPHRASE", "OUTBAND_RPC_FORM",
		"OUTBAND_ODCA_ROOT"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Kubernetes gives every pod such a variable per service
 * ("MPS_PORT=tcp://10.0.0.7:3000"); with a service called mps or outband they look like
 * settings. */
static bool env_is_service_link(const char *name, const char *value)
{
	struct str n = str_of(name), v = str_of(value);
	ptrdiff_t at = str_find(n, STR("_PORT_"));

	if (str_ends(n, STR("_SERVICE_HOST")) || str_find(n, STR("_SERVICE_PORT")) >= 0)
		return true;
	if (str_ends(n, STR("_PORT")))
		return str_starts(v, STR("tcp://")) || str_starts(v, STR("udp://"));
	return at >= 0 && name[at + 6] >= '0' && name[at + 6] <= '9' &&
	       (str_find(n, STR("_TCP")) > at || str_find(n, STR("_UDP")) > at);
}

static struct err *env_unknown(const struct config *c, const char *name, struct arena *a)
{
	const char *nearest = "OUTBAND_CONFIG";
	size_t best = config_distance(name, nearest);

	for (size_t i = 0; i < c->n; i++) {
		const char *known = config_env_name(c->values[i].row->key, a);
		size_t d = config_distance(name, known);

		if (d < best) {
			best = d;
			nearest = known;
		}
	}
	return err_new(ERR_INVALID,
		       "env %s: unknown setting; the nearest known name is %s", name,
		       nearest);
}

/* Upstream gives ports alone; the host stays as it is. */
static struct str env_listen(const struct config_value *v, const char *port,
			     struct arena *a)
{
	char host[256];
	uint16_t old;
	uint64_t n;

	if (!str_u64(str_of(port), UINT16_MAX, &n) || v->text == NULL ||
	    !config_parse_listen(v->text, host, &old) || strncmp(host, "unix:", 5) == 0)
		return str_of(port);
	return str_of(
		arena_printf(a, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port));
}

static struct err *env_apply(struct config *c, const struct env_var *best,
			     struct arena *a)
{
	for (size_t i = 0; i < c->n; i++) {
		struct config_value *v = &c->values[i];
		struct str text = str_of(best[i].value);

		if (best[i].weight == 0)
			continue;
		if (v->row->type == CONFIG_LISTEN && best[i].weight < ENV_DERIVED)
			text = env_listen(v, best[i].value, a);
		TRY(config_assign(c, v, CONFIG_BY_ENV, text,
				  arena_printf(a, "env %s", best[i].name)));
	}
	return NULL;
}

static struct err *env_scan(struct config *c, char *const *vars, struct arena *a)
{
	struct env_var *best = arena_zalloc(a, c->n * sizeof(*best));
	const char **derived = arena_alloc(a, c->n * sizeof(*derived));

	for (size_t i = 0; i < c->n; i++)
		derived[i] = config_env_name(c->values[i].row->key, a);
	for (; *vars != NULL; vars++) {
		const char *value = strchr(*vars, '='), *name;
		bool known = false;

		/* Empty counts as unset: compose files pass on what nobody defined as
		 * empty. */
		if (value == NULL || *++value == '\0')
			continue;
		name = arena_strndup(a, *vars, (size_t)(value - 1 - *vars));
		if (env_is_service_link(name, value))
			continue;
		for (size_t i = 0; i < c->n; i++) {
			unsigned w = env_weight(c->values[i].row, derived[i], name);

			known = known || w > 0;
			if (w > best[i].weight)
				best[i] = (struct env_var){name, value, w};
		}
		if (!known && strncmp(name, "OUTBAND_", 8) == 0 &&
		    !env_is_ours_elsewhere(name))
			return env_unknown(c, name, a);
	}
	return env_apply(c, best, a);
}

struct err *config_load_env(struct config *c, char *const *vars)
{
	struct arena a = {0};
	struct err *e = env_scan(c, vars, &a);

	arena_fini(&a);
	return e;
}
