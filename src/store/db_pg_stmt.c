/* SPDX-License-Identifier: Apache-2.0
 * PostgreSQL's statements: prepared once per connection, parameters and results as text.
 * Parameter types are left to the server.
 */
#include <store/db_pg.h>

#include <base/encode.h>
#include <stdlib.h>

/* pg_type.h */
enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_NAME_ARRAY = 1003,
	OID_TEXT_ARRAY = 1009,
	OID_BPCHAR_ARRAY = 1014,
	OID_VARCHAR_ARRAY = 1015,
	OID_DATE = 1082,
	OID_TIMESTAMP = 1114,
	OID_TIMESTAMPTZ = 1184,
	OID_UUID_ARRAY = 2951,
};

struct pg_stmt {
	struct db_positional pos;
	char name[24];
};

static const struct {
	const char *state; /* SQLSTATE or its first characters */
	enum err_kind kind;
} kinds[] = {
	{"23505", ERR_CONFLICT},    /* unique_violation */
	{"23", ERR_INVALID},	    /* other constraints */
	{"22", ERR_INVALID},	    /* data exception */
	{"57014", ERR_TIMEOUT},	    /* query_canceled: statement_timeout */
	{"57", ERR_UNAVAILABLE},    /* shutting down, starting up */
	{"08", ERR_UNAVAILABLE},    /* connection exception */
	{"53", ERR_UNAVAILABLE},    /* disk full, too many connections, out of memory */
	{"58", ERR_UNAVAILABLE},    /* I/O error */
	{"40", ERR_UNAVAILABLE},    /* deadlock, serialization: works when tried again */
	{"55P03", ERR_UNAVAILABLE}, /* lock not available */
	{"25006", ERR_UNAVAILABLE}, /* read only: a standby */
	{"0A000", ERR_UNAVAILABLE}, /* a cached plan changed its result type: see below */
};

static enum err_kind kind_of(const char *state)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strncmp(state, kinds[i].state, strlen(kinds[i].state)) == 0)
			return kinds[i].kind;
	return ERR_INTERNAL;
}

struct err *pg_result_err(struct pg_conn *c, const PGresult *res, const char *what)
{
	ExecStatusType st = PQresultStatus(res);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *routine = PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION);
	enum err_kind kind;

	if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_SINGLE_TUPLE)
		return NULL;
	if (state == NULL)
		return err_new(ERR_INTERNAL, "%s: unexpected answer (%s)", what,
			       PQresStatus(st));
	/* Another instance migrated the schema under us; or a pooler switched
	 * connections. */
	if (strcmp(state, "26000") == 0 || (strcmp(state, "0A000") == 0 && routine &&
					    strstr(routine, "RevalidateCached"))) {
		c->drop = true;
		return err_new(ERR_UNAVAILABLE,
			       "%s: the statement must be prepared again; retry", what);
	}
	kind = strcmp(state, "0A000") == 0 ? ERR_INTERNAL : kind_of(state);
	/* Data exceptions quote the value, which is nobody's business. */
	if (strncmp(state, "22", 2) == 0)
		text = "a value does not fit its column";
	return err_new(kind, "%s: %s (SQLSTATE %s)", what, text ? text : "failed", state);
}

/* --- parameters --- */

static const char *blob_text(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, 2 * s.n + 3);

	memcpy(out, "\\x", 2);
	hex_encode(s.p, s.n, out + 2);
	return out;
}

static const char *array_text(struct arena *a, const struct db_param *p)
{
	struct buf b = {0};
	const char *out;

	db_pg_array(&b, p->texts.v, p->texts.n);
	out = arena_strdup(a, b.p);
	buf_fini(&b);
	return out;
}

static const char *param_text(struct arena *a, const struct db_param *p)
{
	char *iso;

	switch (p->type) {
	case DB_NULL:
		return NULL;
	case DB_INT:
		return arena_printf(a, "%lld", (long long)p->i);
	case DB_BOOL:
		return p->b ? "t" : "f";
	case DB_TIME:
		if (p->i == -1)
			return NULL;
		iso = arena_alloc(a, CLOCK_ISO_SIZE);
		clock_iso(p->i, iso);
		return iso;
	case DB_TEXTS:
		return array_text(a, p);
	case DB_BLOB:
		return p->s.p ? blob_text(a, p->s) : NULL;
	case DB_TEXT:
	case DB_JSON:
		break;
	}
	return p->s.p ? str_dup(a, p->s) : NULL;
}

static void stmt_free(struct pg_stmt *s)
{
	db_positional_fini(&s->pos);
	free(s);
}

static void stmt_drop(void *handle, void *conn)
{
	struct pg_stmt *s = handle;
	struct pg_conn *c = conn;
	char sql[48];
	PGresult *res;

	if (c->h != NULL) {
		snprintf(sql, sizeof(sql), "DEALLOCATE %s", s->name);
		err_free(pg_result(c, PQsendQuery(c->h, sql), &res));
		PQclear(res);
	}
	stmt_free(s);
}

void pg_conn_init(struct pg_conn *c, struct db *d)
{
	c->d = d;
	c->cache.drop = stmt_drop;
	c->cache.conn = c;
}

static struct err *stmt_prepare(struct pg_conn *c, const struct db_stmt *st,
				const char *sql, struct pg_stmt **out)
{
	struct pg_stmt *s = xcalloc(1, sizeof(*s));
	PGresult *res = NULL;
	struct err *e = db_positional_init(&s->pos, sql);

	snprintf(s->name, sizeof(s->name), "ob%llu", (unsigned long long)++c->serial);
	if (e == NULL)
		e = pg_result(c, PQsendPrepare(c->h, s->name, s->pos.sql, 0, NULL), &res);
	if (e == NULL)
		e = pg_result_err(c, res, st->name);
	PQclear(res);
	if (e != NULL) {
		stmt_free(s);
		return e;
	}
	*out = s;
	return NULL;
}

static struct err *stmt_get(struct pg_conn *c, const struct db_stmt *st,
			    struct pg_stmt **out)
{
	const char *sql = st->postgres ? st->postgres : st->sql;

	if (c->h == NULL)
		return err_new(ERR_UNAVAILABLE,
			       "the connection to the database was lost");
	*out = db_cache_get(&c->cache, st, sql);
	if (*out != NULL)
		return NULL;
	if (c->h == NULL) /* lost while dropping an old one */
		return err_new(ERR_UNAVAILABLE,
			       "the connection to the database was lost");
	TRY(stmt_prepare(c, st, sql, out));
	db_cache_put(&c->cache, st, sql, *out);
	if (c->h == NULL) { /* lost while making room: the new entry goes too */
		db_cache_clear(&c->cache);
		return err_new(ERR_UNAVAILABLE,
			       "the connection to the database was lost");
	}
	return NULL;
}

static struct err *stmt_run(struct pg_conn *c, const struct db_stmt *st,
			    const struct db_param *p, size_t n, PGresult **out)
{
	const char *values[DB_MAX_PARAMS];
	struct arena a = {0};
	struct pg_stmt *s;
	struct err *e = NULL;

	*out = NULL;
	TRY(stmt_get(c, st, &s));
	for (size_t i = 0; i < s->pos.n && e == NULL; i++) {
		const struct db_param *v = db_param_find(p, n, s->pos.names[i]);

		if (v == NULL)
			e = err_new(ERR_INTERNAL, "%s: no value for parameter :%s",
				    st->name, s->pos.names[i]);
		else
			e = db_param_check(v);
		values[i] = e == NULL ? param_text(&a, v) : NULL;
	}
	if (e == NULL)
		e = pg_result(c,
			      PQsendQueryPrepared(c->h, s->name, (int)s->pos.n, values,
						  NULL, NULL, 0),
			      out);
	arena_fini(&a);
	if (e == NULL)
		e = pg_result_err(c, *out, st->name);
	if (e != NULL) {
		PQclear(*out);
		*out = NULL;
	}
	return e;
}

/* --- results --- */

/* As SQLite would give it. p NULL: not understood. */
static struct str cell_of(struct arena *a, Oid type, struct str raw)
{
	switch (type) {
	case OID_BOOL:
		return str_eqz(raw, "t") ? STR("1") : STR("0");
	case OID_BYTEA:
		return db_pg_bytes(a, raw);
	case OID_DATE:
	case OID_TIMESTAMP:
	case OID_TIMESTAMPTZ:
		return db_pg_time_to_ms(a, raw.p);
	case OID_NAME_ARRAY:
	case OID_TEXT_ARRAY:
	case OID_BPCHAR_ARRAY:
	case OID_VARCHAR_ARRAY:
	case OID_UUID_ARRAY:
		return db_pg_array_to_json(a, raw);
	default:
		return (struct str){arena_memdup(a, raw.p, raw.n + 1), raw.n};
	}
}

static struct err *fetch_row(const PGresult *res, int row, const struct db_stmt *st,
			     struct db_rows_builder *b)
{
	for (int j = 0; j < PQnfields(res); j++) {
		struct str raw = {PQgetvalue(res, row, j),
				  (size_t)PQgetlength(res, row, j)};
		struct str cell = {NULL, 0};

		if (!PQgetisnull(res, row, j)) {
			cell = cell_of(b->a, PQftype(res, j), raw);
			if (cell.p == NULL)
				return err_new(ERR_INTERNAL,
					       "%s: column %s cannot be understood",
					       st->name, PQfname(res, j));
		}
		db_rows_add_owned(b, cell);
	}
	return NULL;
}

static struct err *fetch(const PGresult *res, const struct db_stmt *st, struct arena *a,
			 struct db_rows **out)
{
	struct db_rows_builder b;
	int n_cols = PQnfields(res), n = PQntuples(res);

	db_rows_begin(&b, a, (size_t)n_cols);
	for (int j = 0; j < n_cols; j++)
		b.rows->names[j] = arena_strdup(a, PQfname(res, j));
	for (int i = 0; i < n; i++) {
		struct err *e = fetch_row(res, i, st, &b);

		if (e != NULL) {
			db_rows_fini(&b);
			return e;
		}
	}
	*out = db_rows_end(&b);
	return NULL;
}

struct err *pg_query(void *conn, const struct db_stmt *st, const struct db_param *p,
		     size_t n, struct arena *a, struct db_rows **out)
{
	struct pg_conn *c = conn;
	PGresult *res;
	struct err *e;

	TRY(stmt_run(c, st, p, n, &res));
	e = fetch(res, st, a, out);
	PQclear(res);
	return e;
}

struct err *pg_exec(void *conn, const struct db_stmt *st, const struct db_param *p,
		    size_t n, int64_t *changed)
{
	struct pg_conn *c = conn;
	PGresult *res;

	TRY(stmt_run(c, st, p, n, &res));
	*changed = strncmp(PQcmdStatus(res), "SELECT", 6) == 0
			   ? 0
			   : strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return NULL;
}
