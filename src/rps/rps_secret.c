/* SPDX-License-Identifier: Apache-2.0
 * Where a row's secret is, and which of two it is.
 *
 * While a change is under way the secret holds both: the new one at its usual keys with
 * "tag", the old one below "previous". The row's secret_tag equals "tag" once the row's
 * change is durable; until then the old one is valid. Afterwards the secret is written
 * plain, as upstream has it. A row whose tag begins with RPS_NO_SECRET has none, whatever
 * a crash left at its path.
 */
#include <rps/rps_store_priv.h>

#include <base/json.h>
#include <base/log.h>
#include <ctype.h>

/* ---- paths ---- */

/* Tenants come from verified claims, but a path's parts have rules. */
static void add_tenant(struct buf *b, const char *tenant)
{
	for (const char *p = tenant; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (isalnum(c) || c == '-' || c == '_')
			buf_addc(b, (char)c);
		else
			buf_addf(b, "~%02x", c);
	}
}

char *rps_secret_path(struct arena *a, const char *tenant, const char *dir,
		      const char *name)
{
	struct buf b = {0};

	if (*tenant != '\0') {
		buf_adds(&b, "tenants/");
		add_tenant(&b, tenant);
		buf_addc(&b, '/');
	}
	buf_addf(&b, "%s/%s", dir, name);
	char *path = arena_strdup(a, b.p);
	buf_fini(&b);
	return path;
}

/* ---- reading ---- */

struct err *rps_secret_read_in(struct rps_store *s, const struct rps_row *w,
			       const char *dir, struct arena *a, struct deadline until,
			       json_t **out)
{
	const char *tenant = rps_row_tenant(w), *name = rps_row_name(w);
	struct err *e = secrets_get(s->secrets, rps_secret_path(a, tenant, dir, name),
				    until, out);

	if (!err_is(e, ERR_NOT_FOUND) || *tenant == '\0' || rps_row_tag(w) != NULL)
		return e;
	err_free(e);
	return secrets_get(s->secrets, rps_secret_path(a, "", dir, name), until, out);
}

struct err *rps_secret_read(struct rps_store *s, const struct rps_row *w, struct arena *a,
			    struct deadline until, json_t **out)
{
	const char *row_tag = rps_row_tag(w);
	json_t *v;

	if (row_tag != NULL && row_tag[0] == RPS_NO_SECRET)
		return err_new(ERR_NOT_FOUND, "%s profile %s has no secret",
			       w->noun->kind, rps_row_name(w));
	TRY(rps_secret_read_in(s, w, w->noun->secret_dir, a, until, &v));
	const char *tag = json_string_value(json_object_get(v, "tag"));
	if (tag == NULL || (row_tag != NULL && strcmp(tag, row_tag) == 0)) {
		json_object_del(v, "tag");
		json_object_del(v, "previous");
		*out = v;
		return NULL;
	}
	*out = json_incref(json_object_get(v, "previous"));
	json_object_del(v, "previous");
	json_wipe(v);
	if (json_is_object(*out))
		return NULL;
	json_wipe(*out);
	return err_new(ERR_NOT_FOUND, "%s profile %s has no secret", w->noun->kind,
		       rps_row_name(w));
}

bool rps_secret_text(const json_t *secret, const char *key, struct secret *out)
{
	const json_t *v = json_object_get(secret, key);

	if (!json_is_string(v) || json_string_length(v) == 0)
		return false;
	secret_set(out, (struct str){json_string_value(v), json_string_length(v)});
	return true;
}

/* ---- what is to be deleted ---- */

static const struct db_stmt garbage_stmt = {
	"rps.garbage.list", "SELECT path FROM rps_secret_garbage ORDER BY path LIMIT 100",
	NULL};
static const struct db_stmt cleared_stmt = {
	"rps.garbage.cleared", "DELETE FROM rps_secret_garbage WHERE path = :path", NULL};
static const struct db_stmt is_garbage_stmt = {
	"rps.garbage.is", "SELECT 1 FROM rps_secret_garbage WHERE path = :path", NULL};

/* Looked at again under the path's lock: since then a row may have taken the path. */
static struct err *sweep_one(struct rps_store *s, const char *path, struct arena *a,
			     struct deadline until)
{
	struct db_param p[] = {P_TEXT("path", path)};
	struct rps_lock l;
	struct db_rows *r;

	TRY(rps_lock(s, &l, path, until));
	struct err *e = db_query(s->db, &is_garbage_stmt, p, 1, a, until, &r);
	if (e == NULL && r->n > 0) {
		e = secrets_delete(s->secrets, path, until);
		if (e == NULL)
			e = db_exec(s->db, &cleared_stmt, p, 1, until, NULL);
	}
	rps_unlock(s, &l);
	return e;
}

struct err *rps_secret_sweep(struct rps_store *s, struct deadline until)
{
	struct arena a = {0};
	struct db_rows *r;
	struct err *e;

	do {
		e = db_query(s->db, &garbage_stmt, NULL, 0, &a, until, &r);
		for (size_t i = 0; e == NULL && i < r->n; i++)
			e = sweep_one(s, db_text(r, i, 0), &a, until);
	} while (e == NULL && r->n == 100);
	arena_fini(&a);
	return e;
}

/* ---- one writer per thing ---- */

static bool is_held(const struct rps_store *s, const char *what)
{
	list_for_each (pos, (struct list *)&s->held)
		if (str_ieq(str_of(list_entry(pos, struct rps_lock, link)->what),
			    str_of(what)))
			return true;
	return false;
}

struct err *rps_lock(struct rps_store *s, struct rps_lock *l, const char *what,
		     struct deadline until)
{
	while (is_held(s, what))
		TRY(waitq_wait(&s->unlocked, until));
	l->what = what;
	list_add_tail(&s->held, &l->link);
	return NULL;
}

void rps_unlock(struct rps_store *s, struct rps_lock *l)
{
	list_del(&l->link);
	waitq_wake_all(&s->unlocked);
}

struct rps_store *rps_store_new(struct db *d, struct secrets *s)
{
	struct rps_store *st = xcalloc(1, sizeof(*st));

	st->db = d;
	st->secrets = s;
	list_init(&st->held);
	waitq_init(&st->unlocked);
	return st;
}

void rps_store_free(struct rps_store *s)
{
	free(s);
}
