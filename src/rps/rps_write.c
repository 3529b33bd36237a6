/* SPDX-License-Identifier: Apache-2.0
 * Creating, changing and deleting a row with its secret: both or neither, whatever fails
 * and whenever the process dies.
 *
 * create  the secret, then the row. Without a row a secret admits nobody, and a row says
 *         whether it has one.
 * update  the secret with its predecessor (rps_secret.c), the row, the secret plain.
 * delete  the row together with a note of the path, the secret, the note.
 *
 * The three hold the path's lock, so there is one writer; among several instances the
 * row's version decides.
 */
#include <rps/rps_store_priv.h>

#include <base/json.h>

#include <base/encode.h>
#include <base/log.h>

#define TAG_SIZE 18

/* clang-format off */
static const struct db_stmt garbage_add_stmt = {
	"rps.garbage.add",
	"INSERT INTO rps_secret_garbage(path) VALUES(:path) ON CONFLICT(path) DO NOTHING", NULL};
static const struct db_stmt garbage_del_stmt = {
	"rps.garbage.del", "DELETE FROM rps_secret_garbage WHERE path = :path", NULL};
static const struct db_stmt wifi_del_stmt = {
	"rps.links.wifi.del",
	"DELETE FROM profiles_wirelessconfigs WHERE profile_name = :name AND tenant_id = :tenant",
	NULL};
static const struct db_stmt wifi_add_stmt = {
	"rps.links.wifi.add",
	"INSERT INTO profiles_wirelessconfigs(wireless_profile_name, profile_name, priority,"
	" creation_date, tenant_id) VALUES(:part, :name, :priority, :now, :tenant)", NULL};
static const struct db_stmt proxy_del_stmt = {
	"rps.links.proxy.del",
	"DELETE FROM profiles_proxyconfigs WHERE profile_name = :name AND tenant_id = :tenant",
	NULL};
static const struct db_stmt proxy_add_stmt = {
	"rps.links.proxy.add",
	"INSERT INTO profiles_proxyconfigs(proxy_config_name, profile_name, priority,"
	" creation_date, tenant_id) VALUES(:part, :name, :priority, :now, :tenant)", NULL};
/* clang-format on */

struct write {
	const struct rps_change *c;
	const char *name;	 /* as it is stored */
	const char *old_version; /* update */
	const char *tag;
	const char *garbage[2];	    /* delete, update: paths to be noted, or NULL */
	const char *not_garbage[2]; /* create: paths that are in use from now on */
	struct db_param p[RPS_MAX_PARAMS];
	size_t n;
	struct arena *a;
	/* results */
	struct rps_row row;
	bool gone, stale;
	int used;
};

/* A tag that says whether there is a secret at all. */
static const char *make_tag(struct arena *a, bool secret)
{
	uint8_t raw[8];
	char *tag = arena_alloc(a, TAG_SIZE);

	random_bytes(raw, sizeof(raw));
	tag[0] = secret ? '+' : RPS_NO_SECRET;
	hex_encode(raw, sizeof(raw), tag + 1);
	return tag;
}

/* ---- transactions, on a worker thread ---- */

static struct err *links_tx(struct db_tx *tx, struct write *w, const struct db_stmt *del,
			    const struct db_stmt *add, const struct rps_link *v, size_t n)
{
	struct db_param who[] = {P_TEXT("name", w->name), P_TEXT("tenant", w->c->tenant)};

	TRY(db_tx_exec(tx, del, who, ARRAY_LEN(who), NULL));
	for (size_t i = 0; i < n; i++) {
		struct db_param p[] = {P_TEXT("part", v[i].name), P_TEXT("name", w->name),
				       P_INT("priority", v[i].priority),
				       P_TIME("now", clock_wall_ms()),
				       P_TEXT("tenant", w->c->tenant)};
		TRY(db_tx_exec(tx, add, p, ARRAY_LEN(p), NULL));
	}
	return NULL;
}

static struct err *all_links_tx(struct db_tx *tx, struct write *w, bool wanted)
{
	const struct rps_change *c = w->c;

	if (c->noun != &rps_profiles)
		return NULL;
	TRY(links_tx(tx, w, &wifi_del_stmt, &wifi_add_stmt, c->wifi,
		     wanted ? c->n_wifi : 0));
	return links_tx(tx, w, &proxy_del_stmt, &proxy_add_stmt, c->proxies,
			wanted ? c->n_proxies : 0);
}

static struct err *paths_tx(struct db_tx *tx, const struct db_stmt *st,
			    const char *const path[2])
{
	for (int i = 0; i < 2; i++) {
		struct db_param p[] = {P_TEXT("path", path[i])};

		if (path[i] != NULL)
			TRY(db_tx_exec(tx, st, p, 1, NULL));
	}
	return NULL;
}

static struct err *read_back_tx(struct db_tx *tx, struct write *w)
{
	struct db_param p[] = {P_TEXT("name", w->name), P_TEXT("tenant", w->c->tenant)};
	struct db_rows *r;

	TRY(db_tx_query(tx, rps_stmt(w->c->noun, RPS_STMT_GET), p, 2, w->a, &r));
	w->gone = r->n == 0;
	w->row = (struct rps_row){w->c->noun, r, 0};
	return NULL;
}

static struct err *create_tx(struct db_tx *tx, void *arg)
{
	struct write *w = arg;

	TRY(db_tx_exec(tx, rps_stmt(w->c->noun, RPS_STMT_INSERT), w->p, w->n, NULL));
	TRY(all_links_tx(tx, w, true));
	TRY(paths_tx(tx, &garbage_del_stmt, w->not_garbage));
	return read_back_tx(tx, w);
}

static struct err *update_tx(struct db_tx *tx, void *arg)
{
	struct write *w = arg;
	int64_t changed;

	TRY(db_tx_exec(tx, rps_stmt(w->c->noun, RPS_STMT_UPDATE), w->p, w->n, &changed));
	w->stale = changed == 0;
	if (!w->stale) {
		TRY(all_links_tx(tx, w, true));
		TRY(paths_tx(tx, &garbage_add_stmt, w->garbage));
		TRY(paths_tx(tx, &garbage_del_stmt, w->not_garbage));
	}
	return read_back_tx(tx, w);
}

static struct err *delete_tx(struct db_tx *tx, void *arg)
{
	struct write *w = arg;
	const struct rps_noun *noun = w->c->noun;
	struct db_param p[] = {P_TEXT("name", w->name), P_TEXT("tenant", w->c->tenant)};
	struct db_rows *r;
	int64_t changed;

	w->used = 0;
	for (int i = 0; i < 2 && w->used == 0; i++) {
		if (noun->users[i].table == NULL)
			break;
		TRY(db_tx_query(tx, rps_stmt(noun, RPS_STMT_USED0 + i), p, 2, w->a, &r));
		if (r->n > 0)
			w->used = i + 1;
	}
	if (w->used != 0)
		return NULL;
	TRY(all_links_tx(tx, w, false));
	TRY(db_tx_exec(tx, rps_stmt(noun, RPS_STMT_DELETE), p, 2, &changed));
	w->gone = changed == 0;
	return w->gone ? NULL : paths_tx(tx, &garbage_add_stmt, w->garbage);
}

/* ---- create ---- */

static void set_params(struct write *w)
{
	const struct rps_noun *noun = w->c->noun;

	w->n = rps_params(noun, w->c->values, w->a, w->p);
	w->p[w->n++] = P_TEXT("name", w->name);
	w->p[w->n++] = P_TEXT("tenant", w->c->tenant);
	if (noun->secret_dir != NULL)
		w->p[w->n++] = P_TEXT("tag", w->tag);
	if (w->old_version != NULL)
		w->p[w->n++] = P_TEXT("version", w->old_version);
	else if (noun->has_date)
		w->p[w->n++] = P_TIME("now", clock_wall_ms());
}

static struct err *must_not_exist(struct rps_store *s, const struct write *w,
				  struct deadline until)
{
	struct rps_row row;
	struct err *e =
		rps_row_get(s, w->c->noun, w->c->tenant, w->name, w->a, until, &row);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return NULL;
	}
	TRY(e);
	return err_new(ERR_CONFLICT, "%s profile %s exists", w->c->noun->kind, w->name);
}

static struct err *create_locked(struct rps_store *s, struct write *w, const char *path,
				 struct deadline until)
{
	const struct rps_change *c = w->c;

	TRY(must_not_exist(s, w, until));
	if (c->secret != NULL)
		TRY(secrets_put(s->secrets, path, c->secret, until));
	if (c->extra_secret != NULL)
		TRY(secrets_put(s->secrets, c->extra_path, (json_t *)c->extra_secret,
				until));
	struct err *e = db_transaction(s->db, create_tx, w, until);
	/* The database said no, so no row came; otherwise it may have. */
	if (c->secret != NULL && (err_is(e, ERR_CONFLICT) || err_is(e, ERR_INVALID))) {
		/* Another instance was faster, and the path is that row's. */
		struct err *there = must_not_exist(s, w, until);
		struct err *undo =
			there == NULL ? secrets_delete(s->secrets, path, until) : there;
		if (undo != NULL)
			log_warn("a secret without a record stays", F_STR("path", path),
				 F_ERR(undo));
		err_free(undo);
	}
	return e;
}

struct err *rps_create(struct rps_store *s, const struct rps_change *c, struct arena *a,
		       struct deadline until, struct rps_row *out)
{
	const struct rps_noun *noun = c->noun;
	struct write w = {
		.c = c,
		.name = json_string_value(json_object_get(c->values, noun->name_key)),
		.tag = make_tag(a, c->secret != NULL),
		.a = a,
	};
	const char *path =
		noun->secret_dir != NULL
			? rps_secret_path(a, c->tenant, noun->secret_dir, w.name)
			: NULL;
	const char *what = rps_secret_path(a, c->tenant, noun->table, w.name);
	struct rps_lock l;

	w.not_garbage[0] = c->secret != NULL ? path : NULL;
	w.not_garbage[1] = c->extra_path;
	set_params(&w);
	TRY(rps_lock(s, &l, path != NULL ? path : what, until));
	fiber_shield(+1);
	struct err *e = create_locked(s, &w, path, until);
	fiber_shield(-1);
	rps_unlock(s, &l);
	*out = w.row;
	return e;
}

/* ---- update ---- */

/* The new secret with the valid one beside it. */
static struct err *put_next_secret(struct rps_store *s, struct write *w,
				   const struct rps_row *old, const char *path,
				   struct deadline until)
{
	json_t *current;
	struct err *e = rps_secret_read(s, old, w->a, until, &current);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		current = json_null();
		e = NULL;
	}
	TRY(e);
	json_auto_t *both = json_copy(w->c->secret);
	json_object_set_new(both, "tag", json_string(w->tag));
	json_object_set_new(both, "previous", current);
	return secrets_put(s->secrets, path, both, until);
}

/* A row that upstream wrote for a tenant gets the secret where it is looked for from now
 * on. */
static struct err *move_secret(struct rps_store *s, struct write *w,
			       const struct rps_row *old, const char *path,
			       struct deadline until)
{
	json_t *current;
	struct err *e = rps_secret_read(s, old, w->a, until, &current);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return NULL;
	}
	TRY(e);
	e = secrets_put(s->secrets, path, current, until);
	json_wipe(current);
	return e;
}

static struct err *before_update(struct rps_store *s, struct write *w,
				 const struct rps_row *old, const char *path,
				 struct deadline until)
{
	const struct rps_change *c = w->c;

	if (path != NULL && c->secret != NULL)
		TRY(put_next_secret(s, w, old, path, until));
	else if (path != NULL && !c->drop_secret && rps_row_tag(old) == NULL &&
		 *c->tenant != '\0')
		TRY(move_secret(s, w, old, path, until));
	if (c->extra_secret != NULL)
		TRY(secrets_put(s->secrets, c->extra_path, (json_t *)c->extra_secret,
				until));
	return NULL;
}

/* The change is made; what is left to do only tidies up. */
static void after_update(struct rps_store *s, struct write *w, const char *path,
			 struct deadline until)
{
	const struct rps_change *c = w->c;
	struct db_param p[] = {P_TEXT("path", path)};
	struct err *e = NULL;

	if (path != NULL && c->secret != NULL)
		e = secrets_put(s->secrets, path, c->secret, until);
	else if (path != NULL && c->drop_secret)
		e = secrets_delete(s->secrets, path, until);
	if (e == NULL && path != NULL && c->drop_secret)
		e = db_exec(s->db, &garbage_del_stmt, p, 1, until, NULL);
	if (e != NULL)
		log_warn("a former secret stays for now", F_STR("path", path), F_ERR(e));
	err_free(e);
}

struct err *rps_update(struct rps_store *s, const struct rps_change *c,
		       const struct rps_row *old, struct arena *a, struct deadline until,
		       struct rps_row *out, bool *stale)
{
	const struct rps_noun *noun = c->noun;
	const char *old_tag = rps_row_tag(old);
	struct write w = {
		.c = c,
		.name = rps_row_name(old),
		.old_version = rps_row_version(old),
		/* a secret that stays as it is keeps its tag */
		.tag = old_tag == NULL || c->secret != NULL || c->drop_secret
			       ? make_tag(a, !c->drop_secret)
			       : old_tag,
		.a = a,
	};
	const char *path =
		noun->secret_dir != NULL
			? rps_secret_path(a, c->tenant, noun->secret_dir, w.name)
			: NULL;
	const char *what = rps_secret_path(a, c->tenant, noun->table, w.name);
	struct rps_lock l;

	w.garbage[0] = c->drop_secret ? path : NULL;
	w.not_garbage[0] = c->secret != NULL ? path : NULL;
	w.not_garbage[1] = c->extra_path;
	set_params(&w);
	TRY(rps_lock(s, &l, path != NULL ? path : what, until));
	fiber_shield(+1);
	struct err *e = before_update(s, &w, old, path, until);
	if (e == NULL)
		e = db_transaction(s->db, update_tx, &w, until);
	if (e == NULL && !w.stale)
		after_update(s, &w, path, until);
	fiber_shield(-1);
	rps_unlock(s, &l);
	TRY(e);
	if (w.gone)
		return err_new(ERR_NOT_FOUND, "%s profile %s Not Found", noun->kind,
			       w.name);
	*out = w.row;
	*stale = w.stale;
	return NULL;
}

/* ---- delete ---- */

/* Upstream's path may serve rows of that name in other tenants too. */
static struct err *own_paths(struct rps_store *s, struct write *w,
			     const struct rps_row *old, struct deadline until)
{
	const struct rps_noun *noun = w->c->noun;
	const char *tenant = w->c->tenant;
	struct db_param p[] = {P_TEXT("name", w->name)};
	struct db_rows *r;

	if (noun->secret_dir == NULL)
		return NULL;
	if (*tenant != '\0' && rps_row_tag(old) == NULL) {
		TRY(db_query(s->db, rps_stmt(noun, RPS_STMT_NAMESAKES), p, 1, w->a, until,
			     &r));
		if (db_int(r, 0, 0) == 1)
			tenant = "";
	}
	w->garbage[0] = rps_secret_path(w->a, tenant, noun->secret_dir, w->name);
	if (noun == &rps_profiles)
		w->garbage[1] = rps_secret_path(w->a, tenant, "TLS", w->name);
	return NULL;
}

struct err *rps_delete(struct rps_store *s, const struct rps_noun *noun,
		       const char *tenant, const char *name, struct arena *a,
		       struct deadline until, int *used)
{
	const struct rps_change c = {.noun = noun, .tenant = tenant};
	struct write w = {.c = &c, .a = a};
	struct rps_row old;
	struct rps_lock l;

	TRY(rps_row_get(s, noun, tenant, name, a, until, &old));
	w.name = rps_row_name(&old);
	TRY(own_paths(s, &w, &old, until));
	const char *what = w.garbage[0] != NULL
				   ? w.garbage[0]
				   : rps_secret_path(a, tenant, noun->table, w.name);
	TRY(rps_lock(s, &l, what, until));
	fiber_shield(+1);
	struct err *e = db_transaction(s->db, delete_tx, &w, until);
	fiber_shield(-1);
	rps_unlock(s, &l);
	TRY(e);
	*used = w.used;
	if (w.used != 0)
		return NULL;
	if (w.gone)
		return err_new(ERR_NOT_FOUND, "%s profile %s Not Found", noun->kind,
			       name);
	e = rps_secret_sweep(s, until);
	if (e != NULL) /* it is noted, and tried again */
		log_warn("secrets of deleted records stay for now", F_ERR(e));
	err_free(e);
	return NULL;
}
