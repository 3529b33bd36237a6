/* SPDX-License-Identifier: Apache-2.0
 * What all nouns do alike: lists, single rows, deletion, versions, errors of the store
 * (rps.md 2.2).
 */
#include <rps/rps_api_priv.h>

#define DEFAULT_TOP 25
#define MAX_NUMBER 9999999999

/* Upstream's texts, with the row's name in them. */
static const struct texts {
	const struct rps_noun *noun;
	const char *taken, *in_use[2], *in_use_error, *not_created, *not_updated;
} texts[] = {
	/* clang-format off */
	{&rps_ciraconfigs, "CIRA Config %s already exists.",
	 {"CIRA Config: %s is associated with an AMT profile"}, "Foreign key violation",
	 "Operation failed: %s", "Operation failed: %s"},
	{&rps_profiles, "AMT profile %s already exists", {NULL}, NULL,
	 "Operation failed: %s", "Operation failed: %s"},
	{&rps_domains, "Domain %s ID or Suffix already exists", {NULL}, NULL,
	 "Operation failed: %s", "Operation failed: %s"},
	{&rps_wirelessconfigs, "Wireless profile %s already exists",
	 {"Wireless profile: %s is associated with an AMT Profile."}, "Foreign key violation",
	 "Operation failed for Wireless profile: %s", "Operation failed for Wireless profile: %s"},
	{&rps_ieee8021xconfigs, "802.1x config: %s already exists",
	 {"802.1x config: %s is associated with an AMT Profile.",
	  "802.1x config: %s is associated with a wireless profile."}, "Error",
	 "802.1x insertion failed for %s", "Operation failed: %s"},
	{&rps_proxyconfigs, "Proxy profile %s already exists",
	 {"Proxy profile: %s is associated with an AMT Profile."}, "Foreign key violation",
	 "Operation failed for Proxy profile: %s", "Operation failed for Proxy profile: %s"},
	/* clang-format on */
};

static const struct texts *texts_of(const struct rps_noun *noun)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].noun == noun)
			return &texts[i];
	OB_ASSERT(!"a noun without texts");
	return NULL;
}

/* The one %s of a text above. */
static const char *with_name(struct arena *a, const char *text, const char *name)
{
	const char *at = strstr(text, "%s");

	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, name, at + 2);
}

static void answer_not_found(struct http_res *res, const struct rps_noun *noun,
			     const char *name)
{
	rps_answer(res, 404, "Not Found",
		   arena_printf(res->arena, "%s profile %s Not Found", noun->kind, name));
}

/* ---- request ---- */

static const char *if_match(const struct http_req *req)
{
	const struct http_header *h = http_header(req->head, "if-match");

	if (h == NULL)
		return NULL;
	/* The bare number, as upstream wants it, or an ETag of it. */
	struct str v = str_trim(h->value);
	if (str_starts(v, STR("W/")))
		v = str_sub(v, 2, v.n);
	if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"')
		v = str_sub(v, 1, v.n - 1);
	return str_dup(req->arena, v);
}

/* Names are texts from here on; to upstream's checks numbers are names too. */
static void name_to_text(json_t *body, const char *key)
{
	const json_t *v = json_object_get(body, key);
	char tmp[32];

	if (!json_is_number(v) && !json_is_boolean(v))
		return;
	struct str s = v_value_text(v, tmp);
	json_object_set_new(body, key, json_stringn(s.p, s.n));
}

/* The body as an object (none: an empty one), with the version that If-Match names in it.
 * True when it was malformed and answered. New reference. */
static bool body_refused(struct http_req *req, struct http_res *res, json_t **body)
{
	const char *version = if_match(req);
	json_t *v;
	struct err *e = http_req_json(req, &v);

	if (e != NULL || (v != NULL && !json_is_object(v) && !json_is_array(v))) {
		rps_answer(res, 400, "Bad Request",
			   e != NULL ? e->msg : "the body is not a JSON object");
		err_free(e);
		return true;
	}
	*body = json_is_object(v) ? json_incref(v) : json_object();
	name_to_text(*body, ((const struct rps_noun *)req->route->data)->name_key);
	if (version != NULL)
		json_object_set_new(*body, "version", json_string(version));
	return false;
}

bool rps_check_refused(struct rps_check *c, struct http_res *res)
{
	return v_answer(&c->errors, res);
}

static bool is_text_list(const json_t *v)
{
	for (size_t i = 0; i < json_array_size(v); i++)
		if (!json_is_string(json_array_get(v, i)))
			return false;
	return true;
}

/* Upstream's checks look at the elements of a list one by one: it passes as a value. */
static void check_shapes(struct rps_check *c, const struct rps_noun *noun)
{
	for (size_t i = 0; i < noun->n_columns; i++) {
		const struct rps_column *column = &noun->columns[i];
		bool list = column->type == RPS_TEXTS;

		if (column->key == NULL || column->type > RPS_TEXTS)
			continue;
		struct rps_field f = rps_field(c, column->key);
		if (list ? !is_text_list(f.v) : json_is_array(f.v) || json_is_object(f.v))
			rps_fail(&f, "Invalid value");
	}
}

static struct err *check(struct http_req *req, struct http_res *res, json_t *body,
			 rps_rules_fn *rules, bool update, bool *refused)
{
	struct rps_check c = {.fields = body, .location = "body"};
	struct err *e = rules(req, &c, update);

	check_shapes(&c, req->route->data);

	if (e != NULL) {
		buf_fini(&c.errors.json);
		return e;
	}
	*refused = rps_check_refused(&c, res);
	return NULL;
}

void rps_take(json_t *values, const json_t *body, const char *const *keys)
{
	for (; *keys != NULL; keys++) {
		json_t *v = json_object_get(body, *keys);
		if (v != NULL)
			json_object_set(values, *keys, v);
	}
}

void rps_merge(json_t *values, const json_t *body, const char *const *keys)
{
	for (; *keys != NULL; keys++) {
		json_t *v = json_object_get(body, *keys);
		if (v != NULL && !json_is_null(v))
			json_object_set(values, *keys, v);
	}
}

/* ---- reading ---- */

static bool query_refused(struct rps_check *c, struct http_res *res)
{
	struct rps_field top = rps_field(c, "$top"), skip = rps_field(c, "$skip");
	struct rps_field count = rps_field(c, "$count");

	if (top.v != NULL)
		rps_int(&top, 0, MAX_NUMBER,
			"The number of items to return should be a positive integer");
	if (skip.v != NULL)
		rps_int(&skip, 0, MAX_NUMBER,
			"The number of items to skip before starting to collect the "
			"result set should be a positive integer");
	if (count.v != NULL)
		rps_boolean(&count, "To return total number of records in result set "
				    "should be boolean");
	return rps_check_refused(c, res);
}

static int64_t number(const json_t *query, const char *name, int64_t def)
{
	const char *s = v_text(query, name);
	int64_t v = def;

	if (s != NULL && !str_i64(str_of(s), 0, MAX_NUMBER, &v))
		return def;
	return v;
}

struct err *rps_rows_list(struct http_req *req, struct http_res *res)
{
	const struct rps_noun *noun = req->route->data;
	json_auto_t *query = v_query(req);
	struct rps_check c = {.fields = query, .location = "query"};
	struct buf *b = &res->body;
	struct db_rows *r;
	int64_t total;

	if (query_refused(&c, res))
		return NULL;
	const char *flag = v_text(query, "$count");
	bool count = flag != NULL && strcmp(flag, "false") != 0;
	TRY(rps_row_list(rps_of(req)->store, noun, rps_tenant(req),
			 number(query, "$top", DEFAULT_TOP), number(query, "$skip", 0),
			 req->arena, req->until, &r, count ? &total : NULL));
	buf_adds(b, count ? "{\"data\":[" : "[");
	for (size_t i = 0; i < r->n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		rps_row_json(b, &(struct rps_row){noun, r, i});
	}
	buf_addc(b, ']');
	if (count)
		buf_addf(b, ",\"totalCount\":%lld}", (long long)total);
	http_res_etag(req, res);
	return NULL;
}

static const char *name_param(const struct http_req *req)
{
	return req->params[0].value;
}

struct err *rps_rows_show(struct http_req *req, struct http_res *res)
{
	const struct rps_noun *noun = req->route->data;
	const char *name = name_param(req);
	struct rps_row row;
	struct err *e = rps_row_get(rps_of(req)->store, noun, rps_tenant(req), name,
				    req->arena, req->until, &row);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		answer_not_found(res, noun, name);
		return NULL;
	}
	TRY(e);
	rps_row_json(&res->body, &row);
	http_res_etag(req, res);
	return NULL;
}

struct err *rps_row_exists(struct http_req *req, const struct rps_noun *noun,
			   const char *name, bool *exists)
{
	struct rps_row row;
	struct err *e = rps_row_get(rps_of(req)->store, noun, rps_tenant(req), name,
				    req->arena, req->until, &row);

	*exists = e == NULL;
	if (!err_is(e, ERR_NOT_FOUND))
		return e;
	err_free(e);
	return NULL;
}

/* ---- writing ---- */

struct err *rps_rows_remove(struct http_req *req, struct http_res *res)
{
	const struct rps_noun *noun = req->route->data;
	const char *name = name_param(req);
	int used = 0;
	struct err *e = rps_delete(rps_of(req)->store, noun, rps_tenant(req), name,
				   req->arena, req->until, &used);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		answer_not_found(res, noun, name);
		return NULL;
	}
	TRY(e);
	const struct texts *t = texts_of(noun);
	if (used > 0)
		rps_answer(res, 400, t->in_use_error,
			   with_name(res->arena, t->in_use[used - 1], name));
	else
		res->status = 204;
	return NULL;
}

static void answer_stale(struct http_req *req, struct http_res *res,
			 const struct rps_row *now)
{
	res->status = if_match(req) != NULL ? 412 : 409;
	http_res_header(res, "ETag", rps_row_version(now));
	buf_clear(&res->body);
	rps_row_json(&res->body, now);
}

static bool same_version(const json_t *body, const struct rps_row *row)
{
	char tmp[32];

	return str_eqz(v_value_text(json_object_get(body, "version"), tmp),
		       rps_row_version(row));
}

struct err *rps_begin_create(struct http_req *req, struct http_res *res,
			     rps_rules_fn *rules, json_t **body, bool *answered)
{
	*body = NULL;
	*answered = body_refused(req, res, body);
	if (*answered)
		return NULL;
	return check(req, res, *body, rules, false, answered);
}

static struct err *read_old(struct http_req *req, struct http_res *res,
			    struct rps_updating *u, bool *answered)
{
	const struct rps_noun *noun = req->route->data;
	const char *name = rps_text(u->body, noun->name_key);

	name = name != NULL ? name : "";
	struct err *e = rps_row_get(rps_of(req)->store, noun, rps_tenant(req), name,
				    req->arena, req->until, &u->old);
	*answered = true;
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		answer_not_found(res, noun, name);
		return NULL;
	}
	TRY(e);
	if (noun->shows_version && !same_version(u->body, &u->old)) {
		answer_stale(req, res, &u->old);
		return NULL;
	}
	*answered = false;
	u->values = rps_row_values(&u->old, req->arena);
	return NULL;
}

struct err *rps_begin_update(struct http_req *req, struct http_res *res,
			     rps_rules_fn *rules, struct rps_updating *u, bool *answered)
{
	*u = (struct rps_updating){0};
	*answered = body_refused(req, res, &u->body);
	if (*answered)
		return NULL;
	TRY(check(req, res, u->body, rules, true, answered));
	if (*answered)
		return NULL;
	return read_old(req, res, u, answered);
}

void rps_updating_fini(struct rps_updating *u)
{
	json_decref(u->body);
	json_decref(u->values);
}

/* What the store refused; anything else is returned. */
static struct err *answer_refusal(struct http_res *res, const struct rps_change *c,
				  const char *other, struct err *take_e)
{
	const struct rps_noun *noun = c->noun;
	const char *name = rps_text(c->values, noun->name_key);

	if (err_is(take_e, ERR_CONFLICT))
		rps_answer(res, 400, "Unique key violation",
			   with_name(res->arena, texts_of(noun)->taken, name));
	else if (err_is(take_e, ERR_INVALID))
		rps_answer(res, 400, "Error", with_name(res->arena, other, name));
	else /* its text may name the database's address */
		return err_wrap(take_e, "%s profile %s was not written", noun->kind,
				name);
	err_free(take_e);
	return NULL;
}

struct err *rps_finish_create(struct http_req *req, struct http_res *res,
			      const struct rps_change *c)
{
	struct rps_row row;
	struct err *e = rps_create(rps_of(req)->store, c, req->arena, req->until, &row);

	if (e != NULL)
		return answer_refusal(res, c, texts_of(c->noun)->not_created, e);
	res->status = 201;
	rps_row_json(&res->body, &row);
	return NULL;
}

struct err *rps_finish_update(struct http_req *req, struct http_res *res,
			      const struct rps_change *c, const struct rps_row *old)
{
	struct rps_row row = *old;
	bool stale = false;
	struct err *e;

	/* Without versions the last one wins. */
	do {
		struct rps_row now = row;
		e = rps_update(rps_of(req)->store, c, &now, req->arena, req->until, &row,
			       &stale);
	} while (e == NULL && stale && !c->noun->shows_version);
	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		answer_not_found(res, c->noun, rps_row_name(old));
		return NULL;
	}
	if (e != NULL)
		return answer_refusal(res, c, texts_of(c->noun)->not_updated, e);
	if (stale)
		answer_stale(req, res, &row);
	else
		rps_row_json(&res->body, &row);
	return NULL;
}
