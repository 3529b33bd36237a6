/* SPDX-License-Identifier: Apache-2.0
 * Reading rows, and what they look like in answers.
 */
#include <rps/rps_store_priv.h>

#include <base/json.h>
#include <net/validate.h>

struct err *rps_row_get(struct rps_store *s, const struct rps_noun *noun,
			const char *tenant, const char *name, struct arena *a,
			struct deadline until, struct rps_row *out)
{
	struct db_param p[] = {P_TEXT("name", name), P_TEXT("tenant", tenant)};
	struct db_rows *r;

	TRY(db_query(s->db, rps_stmt(noun, RPS_STMT_GET), p, ARRAY_LEN(p), a, until, &r));
	if (r->n == 0)
		return err_new(ERR_NOT_FOUND, "%s profile %s Not Found", noun->kind,
			       name);
	*out = (struct rps_row){noun, r, 0};
	return NULL;
}

struct err *rps_row_list(struct rps_store *s, const struct rps_noun *noun,
			 const char *tenant, int64_t top, int64_t skip, struct arena *a,
			 struct deadline until, struct db_rows **out, int64_t *total)
{
	struct db_param p[] = {P_TEXT("tenant", tenant), P_INT("top", top),
			       P_INT("skip", skip)};
	struct db_rows *r;

	TRY(db_query(s->db, rps_stmt(noun, RPS_STMT_LIST), p, ARRAY_LEN(p), a, until,
		     out));
	if (total == NULL)
		return NULL;
	TRY(db_query(s->db, rps_stmt(noun, RPS_STMT_COUNT), p, 1, a, until, &r));
	*total = db_int(r, 0, 0);
	return NULL;
}

static void add_cell(struct buf *b, const struct rps_row *w, size_t k)
{
	size_t col = rps_col(k);
	const char *text = db_text(w->r, w->i, col);
	char iso[CLOCK_ISO_SIZE];

	if (text == NULL) {
		buf_adds(b, "null");
		return;
	}
	switch (w->noun->columns[k].type) {
	case RPS_TEXT:
		v_json_text(b, text);
		break;
	case RPS_BOOL:
		buf_adds(b, db_bool(w->r, w->i, col) ? "true" : "false");
		break;
	case RPS_TIME:
		clock_iso(db_time(w->r, w->i, col), iso);
		buf_addf(b, "\"%s\"", iso);
		break;
	case RPS_INT:
	case RPS_TEXTS:
	case RPS_INTS:
	case RPS_JSON:
		buf_adds(b, text);
	}
}

/* Not printf: lists spend a tenth of their time there. */
static void add_key(struct buf *b, char before, const char *key)
{
	buf_addc(b, before);
	buf_addc(b, '"');
	buf_adds(b, key);
	buf_adds(b, "\":");
}

void rps_row_json(struct buf *b, const struct rps_row *w)
{
	const struct rps_noun *noun = w->noun;

	add_key(b, '{', noun->name_key);
	v_json_text(b, rps_row_name(w));
	for (size_t k = 0; k < noun->n_columns; k++) {
		if (noun->columns[k].key == NULL)
			continue;
		add_key(b, ',', noun->columns[k].key);
		add_cell(b, w, k);
	}
	add_key(b, ',', "tenantId");
	v_json_text(b, rps_row_tenant(w));
	if (noun->shows_version) {
		add_key(b, ',', "version");
		v_json_text(b, rps_row_version(w));
	}
	buf_addc(b, '}');
}

json_t *rps_row_values(const struct rps_row *w, struct arena *a)
{
	struct buf b = {0};

	rps_row_json(&b, w);
	json_t *v = json_read(buf_str(&b), 0, NULL);
	buf_fini(&b);
	/* what is not shown is kept all the same */
	for (size_t k = 0; v != NULL && k < w->noun->n_columns; k++) {
		const struct rps_column *c = &w->noun->columns[k];
		const char *text = db_text(w->r, w->i, rps_col(k));

		if (c->key == NULL && text != NULL)
			json_object_set_new(v, c->column, json_string(text));
	}
	return v != NULL ? v : json_object();
}
