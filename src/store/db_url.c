/* SPDX-License-Identifier: Apache-2.0
 * postgresql:// URLs as upstream's deployments write them (mps.md 8.1, emf.md g.5), for
 * libpq: sslmode=no-verify is node-postgres's word for encrypted without verification
 * (require), and search_path is no libpq keyword. Errors never show the URL: it holds a
 * password.
 */
#include <store/db_priv.h>

#include <base/log.h>
#include <base/secret.h>
#include <libpq-fe.h>
#include <stdlib.h>

static const struct {
	const char *key, *value;
} defaults[] = {
	{"fallback_application_name", "outband"},
	{"client_encoding", "UTF8"},
	{"keepalives_idle", "30"},
	{"keepalives_interval", "10"},
	{"keepalives_count", "3"},
	{"tcp_user_timeout", "30000"},
};

static bool known_key(const PQconninfoOption *known, struct str key)
{
	if (str_eqz(key, "ssl")) /* libpq reads ssl=true */
		return true;
	for (; known->keyword != NULL; known++)
		if (str_eqz(key, known->keyword))
			return true;
	return false;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* -c search_path=<value>, decoded, blanks and backslashes escaped as the server's options
 * want. */
static void add_search_path(struct buf *options, struct str v)
{
	buf_adds(options, options->len > 0 ? " -c search_path=" : "-c search_path=");
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (c == '%' && i + 2 < v.n && hex_digit(v.p[i + 1]) >= 0 &&
		    hex_digit(v.p[i + 2]) >= 0) {
			c = (char)(hex_digit(v.p[i + 1]) << 4 | hex_digit(v.p[i + 2]));
			i += 2;
		}
		if (c == ' ' || c == '\\')
			buf_addc(options, '\\');
		if (c != '\0')
			buf_addc(options, c);
	}
}

/* The URL with only what libpq knows; the search path goes to options. */
static void translate(const char *url, struct buf *out, struct buf *options)
{
	PQconninfoOption *known = PQconndefaults();
	const char *q = strchr(url, '?');
	struct str query, part;
	char sep = '?';

	OB_ASSERT(known != NULL);
	buf_reserve(out, strlen(url) + 1);
	buf_add(out, url, q ? (size_t)(q - url) : strlen(url));
	query = str_of(q ? q + 1 : NULL);
	while (str_split(&query, '&', &part)) {
		ptrdiff_t eq = str_chr(part, '=');
		struct str key = eq >= 0 ? str_sub(part, 0, (size_t)eq) : part;
		struct str value = eq >= 0 ? str_sub(part, (size_t)eq + 1, part.n)
					   : (struct str){NULL, 0};

		if (str_eqz(key, "search_path")) {
			add_search_path(options, value);
		} else if (known_key(known, key)) {
			buf_addc(out, sep);
			buf_addstr(out, str_eqz(part, "sslmode=no-verify")
						? STR("sslmode=require")
						: part);
			sep = '&';
		} else if (key.n > 0) {
			log_warn("database address: parameter ignored",
				 F_SLICE("name", key));
		}
	}
	PQconninfoFree(known);
}

static void put(struct db_pg_url *u, size_t *n, const char *key, const char *value)
{
	u->keys[*n] = xstrdup(key);
	u->values[*n] = xstrdup(value);
	if (strcmp(key, "password") == 0)
		u->password = u->values[*n];
	(*n)++;
}

static const char *value_of(const struct db_pg_url *u, const char *key)
{
	for (size_t i = 0; u->keys[i] != NULL; i++)
		if (strcmp(u->keys[i], key) == 0)
			return u->values[i];
	return NULL;
}

/* A password with '@', '/' or ':' in the clear shifts the parts: some of it would be
 * taken for the host, the port or the name, and be shown as such. */
static bool parts_fine(const struct db_pg_url *u)
{
	const char *host = value_of(u, "host"), *port = value_of(u, "port");
	const char *db = value_of(u, "dbname");

	return (host == NULL || strchr(host, '@') == NULL) &&
	       (port == NULL || port[strspn(port, "0123456789,")] == '\0') &&
	       (db == NULL || strpbrk(db, "@/") == NULL);
}

static void make_name(struct db_pg_url *u)
{
	const char *host = value_of(u, "host"), *port = value_of(u, "port");
	const char *db = value_of(u, "dbname");
	struct buf b = {0};

	buf_addf(&b, "postgresql://%s%s%s/%s", host ? host : "localhost", port ? ":" : "",
		 port ? port : "", db ? db : "");
	u->name = b.p;
}

static void fill(struct db_pg_url *u, const PQconninfoOption *o, struct buf *options)
{
	size_t n = 0, room = ARRAY_LEN(defaults) + 2;

	for (const PQconninfoOption *i = o; i->keyword != NULL; i++)
		room++;
	u->keys = xcalloc(room, sizeof(*u->keys));
	u->values = xcalloc(room, sizeof(*u->values));
	for (; o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		if (strcmp(o->keyword, "options") == 0) {
			buf_addf(options, "%s%s", options->len > 0 ? " " : "", o->val);
			continue;
		}
		put(u, &n, o->keyword, o->val);
	}
	if (options->len > 0)
		put(u, &n, "options", options->p);
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
		if (value_of(u, defaults[i].key) == NULL)
			put(u, &n, defaults[i].key, defaults[i].value);
}

static struct err *malformed(void)
{
	return err_new(ERR_INVALID,
		       "the database address is malformed; it is "
		       "postgresql://user:password@host:port/name, with special "
		       "characters of the password percent-encoded");
}

struct err *db_pg_url_parse(const char *url, struct db_pg_url *out)
{
	struct buf text = {0}, options = {0};
	PQconninfoOption *o;

	memset(out, 0, sizeof(*out));
	translate(url, &text, &options);
	o = PQconninfoParse(text.p, NULL);
	buf_fini_wipe(&text);
	if (o == NULL) {
		buf_fini(&options);
		return malformed();
	}
	fill(out, o, &options);
	for (PQconninfoOption *i = o; i->keyword != NULL; i++)
		if (i->val != NULL && strcmp(i->keyword, "password") == 0)
			secret_wipe(i->val, strlen(i->val));
	PQconninfoFree(o);
	buf_fini(&options);
	if (!parts_fine(out))
		return malformed(); /* the caller's db_pg_url_fini frees */
	make_name(out);
	return NULL;
}

void db_pg_url_fini(struct db_pg_url *u)
{
	for (size_t i = 0; u->keys != NULL && u->keys[i] != NULL; i++) {
		secret_wipe(u->values[i], strlen(u->values[i]));
		free(u->values[i]);
		free(u->keys[i]);
	}
	free(u->keys);
	free(u->values);
	free(u->name);
	memset(u, 0, sizeof(*u));
}
