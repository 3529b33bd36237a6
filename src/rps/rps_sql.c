/* SPDX-License-Identifier: Apache-2.0
 * From a table's description to its statements and their parameters.
 *
 * The version is xmin on PostgreSQL, as upstream has it, and a random number in a column
 * on SQLite, so that a row which was deleted and made again has another one.
 */
#include <rps/rps_store_priv.h>

#include <ctype.h>
#include <math.h>

struct text {
	struct buf sqlite, postgres;
};

static void add(struct text *t, const char *sqlite, const char *postgres)
{
	buf_adds(&t->sqlite, sqlite);
	buf_adds(&t->postgres, postgres != NULL ? postgres : sqlite);
}

static bool is_written(const struct rps_column *c)
{
	return c->type != RPS_JSON;
}

/* What a parameter of the column's type becomes in its statement. */
static void add_value(struct text *t, const struct rps_column *c)
{
	buf_addf(&t->sqlite, ":%s", c->column);
	if (c->type == RPS_TEXTS)
		buf_addf(&t->postgres,
			 "CASE WHEN CAST(:%s AS text) IS NULL THEN NULL ELSE "
			 "ARRAY(SELECT json_array_elements_text(CAST(:%s AS json))) END",
			 c->column, c->column);
	else if (c->type == RPS_INTS)
		buf_addf(&t->postgres,
			 "CASE WHEN CAST(:%s AS text) IS NULL THEN NULL ELSE "
			 "ARRAY(SELECT CAST(json_array_elements_text(CAST(:%s AS json)) "
			 "AS "
			 "integer)) END",
			 c->column, c->column);
	else
		buf_addf(&t->postgres, ":%s", c->column);
}

static void add_select(struct text *t, const struct rps_noun *noun)
{
	buf_addf(&t->sqlite, "SELECT %s, tenant_id, version, ", noun->name_column);
	buf_addf(&t->postgres, "SELECT %s, tenant_id, CAST(xmin AS text), ",
		 noun->name_column);
	add(t, noun->secret_dir != NULL ? "secret_tag" : "NULL", NULL);
	for (size_t k = 0; k < noun->n_columns; k++) {
		const struct rps_column *c = &noun->columns[k];

		add(t, ", ", NULL);
		if (c->type == RPS_INTS)
			buf_addf(&t->postgres, "CAST(to_json(%s) AS text)", c->column);
		else
			buf_adds(&t->postgres,
				 c->postgres != NULL ? c->postgres : c->column);
		buf_adds(&t->sqlite, c->column);
	}
	add(t, " FROM ", NULL);
	add(t, noun->table, NULL);
}

static void add_of_name(struct text *t, const struct rps_noun *noun)
{
	add(t, " WHERE ", NULL);
	add(t, noun->name_column, NULL);
	add(t, " = :name AND tenant_id = :tenant", NULL);
}

static void add_insert(struct text *t, const struct rps_noun *noun)
{
	add(t, "INSERT INTO ", NULL);
	add(t, noun->table, NULL);
	add(t, "(", NULL);
	add(t, noun->name_column, NULL);
	add(t, ", tenant_id", NULL);
	if (noun->secret_dir != NULL)
		add(t, ", secret_tag", NULL);
	if (noun->has_date)
		add(t, ", creation_date", NULL);
	add(t, ", version", "");
	for (size_t k = 0; k < noun->n_columns; k++) {
		if (!is_written(&noun->columns[k]))
			continue;
		add(t, ", ", NULL);
		add(t, noun->columns[k].column, NULL);
	}
	add(t, ") VALUES(:name, :tenant", NULL);
	if (noun->secret_dir != NULL)
		add(t, ", :tag", NULL);
	if (noun->has_date)
		add(t, ", :now", NULL);
	add(t, ", random() & 4294967295", "");
	for (size_t k = 0; k < noun->n_columns; k++) {
		if (!is_written(&noun->columns[k]))
			continue;
		add(t, ", ", NULL);
		add_value(t, &noun->columns[k]);
	}
	add(t, ")", NULL);
}

static void add_update(struct text *t, const struct rps_noun *noun)
{
	bool first = true;

	add(t, "UPDATE ", NULL);
	add(t, noun->table, NULL);
	add(t, " SET ", NULL);
	add(t, "version = random() & 4294967295, ", "");
	if (noun->secret_dir != NULL)
		add(t, "secret_tag = :tag, ", NULL);
	for (size_t k = 0; k < noun->n_columns; k++) {
		if (!is_written(&noun->columns[k]))
			continue;
		add(t, first ? "" : ", ", NULL);
		first = false;
		add(t, noun->columns[k].column, NULL);
		add(t, " = ", NULL);
		add_value(t, &noun->columns[k]);
	}
	add_of_name(t, noun);
	add(t, " AND version = CAST(:version AS INTEGER)",
	    " AND CAST(xmin AS text) = :version");
}

static void add_used(struct text *t, const struct rps_user *u)
{
	add(t, "SELECT 1 FROM ", NULL);
	add(t, u->table, NULL);
	add(t, " WHERE ", NULL);
	add(t, u->column, NULL);
	add(t, " = :name AND tenant_id = :tenant LIMIT 1", NULL);
}

static void make(struct db_stmt *st, const struct rps_noun *noun, enum rps_stmt_kind kind)
{
	static const char *const names[RPS_STMTS] = {
		"get",	  "list",  "count", "insert",	 "update",
		"delete", "used0", "used1", "namesakes", "tenants"};
	struct text t = {0};
	struct buf name = {0};

	switch (kind) {
	case RPS_STMT_GET:
		add_select(&t, noun);
		add_of_name(&t, noun);
		break;
	case RPS_STMT_LIST:
		add_select(&t, noun);
		add(&t, " WHERE tenant_id = :tenant ORDER BY ", NULL);
		add(&t, noun->name_column, NULL);
		add(&t, " LIMIT :top OFFSET :skip", NULL);
		break;
	case RPS_STMT_COUNT:
		add(&t, "SELECT count(*) FROM ", NULL);
		add(&t, noun->table, NULL);
		add(&t, " WHERE tenant_id = :tenant", NULL);
		break;
	case RPS_STMT_INSERT:
		add_insert(&t, noun);
		break;
	case RPS_STMT_UPDATE:
		add_update(&t, noun);
		break;
	case RPS_STMT_DELETE:
		add(&t, "DELETE FROM ", NULL);
		add(&t, noun->table, NULL);
		add_of_name(&t, noun);
		break;
	case RPS_STMT_USED0:
	case RPS_STMT_USED1:
		add_used(&t, &noun->users[kind - RPS_STMT_USED0]);
		break;
	case RPS_STMT_NAMESAKES:
		add(&t, "SELECT count(*) FROM ", NULL);
		add(&t, noun->table, NULL);
		add(&t, " WHERE ", NULL);
		add(&t, noun->name_column, NULL);
		add(&t, " = :name AND secret_tag IS NULL", NULL);
		break;
	case RPS_STMT_TENANTS:
		add(&t, "SELECT DISTINCT tenant_id FROM ", NULL);
		add(&t, noun->table, NULL);
		add(&t, " ORDER BY tenant_id", NULL);
		break;
	case RPS_STMTS:
		break;
	}
	buf_addf(&name, "rps.%s.%s", noun->table, names[kind]);
	st->sql = t.sqlite.p;
	st->postgres = t.postgres.p;
	st->name = name.p;
}

const struct db_stmt *rps_stmt(const struct rps_noun *noun, enum rps_stmt_kind kind)
{
	struct db_stmt *st = &noun->made[kind];

	if (st->name == NULL)
		make(st, noun, kind);
	return st;
}

static const char *json_text(const json_t *v, struct arena *a)
{
	if (json_is_string(v))
		return json_string_value(v);
	if (v == NULL || json_is_null(v))
		return NULL;
	size_t n = json_dumpb(v, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
	char *text = arena_alloc(a, n + 1);
	json_dumpb(v, text, n, JSON_COMPACT | JSON_ENCODE_ANY);
	text[n] = '\0';
	return text;
}

/* Numbers also come as texts ("4433"), booleans too, as upstream's checks let them. */
static struct db_param int_param(const char *name, const json_t *v)
{
	int64_t i;

	if (json_is_integer(v))
		return P_INT(name, json_integer_value(v));
	if (json_is_real(v) && fabs(json_real_value(v)) < 1e15)
		return P_INT(name, (int64_t)json_real_value(v));
	if (json_is_string(v) &&
	    str_i64(str_of(json_string_value(v)), INT64_MIN, INT64_MAX, &i))
		return P_INT(name, i);
	return P_NULL(name);
}

static struct db_param bool_param(const char *name, const json_t *v)
{
	if (json_is_boolean(v))
		return P_BOOL(name, json_is_true(v));
	if (json_is_integer(v))
		return P_BOOL(name, json_integer_value(v) != 0);
	if (!json_is_string(v))
		return P_NULL(name);
	const char *s = json_string_value(v);
	return P_BOOL(name, tolower((unsigned char)s[0]) == 't' || s[0] == '1');
}

static struct db_param time_param(const char *name, const json_t *v)
{
	int64_t ms = -1;

	if (json_is_string(v) && !clock_parse_iso(json_string_value(v), &ms))
		ms = -1;
	return P_TIME(name, ms);
}

size_t rps_params(const struct rps_noun *noun, const json_t *values, struct arena *a,
		  struct db_param p[RPS_MAX_PARAMS])
{
	size_t n = 0;

	for (size_t k = 0; k < noun->n_columns; k++) {
		const struct rps_column *c = &noun->columns[k];
		/* hidden columns go by their own name */
		const json_t *v =
			json_object_get(values, c->key != NULL ? c->key : c->column);

		if (!is_written(c))
			continue;
		switch (c->type) {
		case RPS_INT:
			p[n++] = int_param(c->column, v);
			break;
		case RPS_BOOL:
			p[n++] = bool_param(c->column, v);
			break;
		case RPS_TIME:
			p[n++] = time_param(c->column, v);
			break;
		default:
			p[n++] = P_TEXT(c->column, json_text(v, a));
		}
	}
	return n;
}
