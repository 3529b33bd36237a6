/* SPDX-License-Identifier: Apache-2.0
 * Sealed secrets: rows of a SQLite file of their own, encrypted one by one (seal.c).
 *
 * Table sealed_check holds a known text sealed with the key, so that a wrong key is told
 * at start and not taken for damage. The key is made with the file's first use and never
 * again: a store whose key is gone is refused.
 */
#include <base/json.h>
#include <store/secrets_priv.h>

#include <stdlib.h>
#include <store/migrate.h>

#define CHECK_PATH "outband/key-check"
#define CHECK_TEXT "sealed by outband"

struct sealed {
	struct secrets base;
	struct db *db;
	uint8_t *key; /* constant once open, so workers may read it */
	char *key_path;
};

static const struct migration migrations[] = {
	{
		.version = 1,
		.title = "sealed secrets",
		.sqlite = "CREATE TABLE sealed (path TEXT PRIMARY KEY, version INTEGER "
			  "NOT NULL, "
			  "nonce BLOB NOT NULL, sealed BLOB NOT NULL, updated_at INTEGER "
			  "NOT NULL) "
			  "WITHOUT ROWID\n"
			  ";;\n"
			  "CREATE TABLE sealed_check (id INTEGER PRIMARY KEY CHECK (id = "
			  "1), "
			  "nonce BLOB NOT NULL, sealed BLOB NOT NULL)",
	},
};

static const struct db_stmt check_get = {.name = "sealed check get",
					 .sql = "SELECT nonce, sealed FROM sealed_check"};
static const struct db_stmt check_put = {.name = "sealed check put",
					 .sql = "INSERT INTO sealed_check (id, nonce, "
						"sealed) VALUES (1, :nonce, :sealed)"};
static const struct db_stmt row_get = {
	.name = "sealed get",
	.sql = "SELECT version, nonce, sealed FROM sealed WHERE path = :path"};
static const struct db_stmt row_put = {
	.name = "sealed put",
	.sql = "INSERT INTO sealed (path, version, nonce, sealed, updated_at) "
	       "VALUES (:path, :version, :nonce, :sealed, :at) ON CONFLICT (path) DO "
	       "UPDATE SET "
	       "version = excluded.version, nonce = excluded.nonce, sealed = "
	       "excluded.sealed, "
	       "updated_at = excluded.updated_at"};
static const struct db_stmt row_delete = {.name = "sealed delete",
					  .sql = "DELETE FROM sealed WHERE path = :path"};
static const struct db_stmt row_list = {.name = "sealed list",
					.sql = "SELECT path FROM sealed WHERE path >= "
					       ":from AND (:to IS NULL OR path < :to) "
					       "ORDER BY path"};

/* --- the key; runs on the writer, so two processes cannot both make one --- */

static struct err *check_make(struct db_tx *tx, struct sealed *s)
{
	uint8_t nonce[SEAL_NONCE_SIZE];
	struct buf b = {0};
	struct err *e;

	seal_close(s->key, CHECK_PATH, 0, nonce, STR(CHECK_TEXT), &b);
	struct db_param p[] = {
		P_BLOB("nonce", ((struct str){(const char *)nonce, sizeof(nonce)})),
		P_BLOB("sealed", buf_str(&b)),
	};
	e = db_tx_exec(tx, &check_put, p, ARRAY_LEN(p), NULL);
	buf_fini(&b);
	return e;
}

static struct err *check_verify(const struct sealed *s, const struct db_rows *r)
{
	struct buf b = {0};
	bool fine =
		seal_open(s->key, CHECK_PATH, 0, db_cell(r, 0, 0), db_cell(r, 0, 1), &b);

	buf_fini(&b);
	if (fine)
		return NULL;
	return err_new(
		ERR_INVALID,
		"the secrets were sealed with another key than %s holds; restore the key "
		"file that belongs to them",
		s->key_path);
}

static struct err *unlock(struct db_tx *tx, void *arg)
{
	struct sealed *s = arg;
	struct arena a = {0};
	struct db_rows *r;
	struct err *e = db_tx_query(tx, &check_get, NULL, 0, &a, &r);
	bool fresh = e == NULL && r->n == 0;

	if (e == NULL)
		e = seal_key_load(s->key_path, s->key);
	if (fresh && err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		e = seal_key_create(s->key_path, s->key);
	} else if (err_is(e, ERR_NOT_FOUND)) {
		e = err_wrap_as(ERR_INVALID, e,
				"the key of the sealed secrets is gone; restore it");
	}
	if (e == NULL)
		e = fresh ? check_make(tx, s) : check_verify(s, r);
	arena_fini(&a);
	return e;
}

/* --- operations --- */

static struct err *not_there(void)
{
	return err_new(ERR_NOT_FOUND, "there is none");
}

static struct err *sealed_get(struct secrets *base, const char *path,
			      struct deadline until, json_t **out, int64_t *version)
{
	struct sealed *s = container_of(base, struct sealed, base);
	struct db_param p[] = {P_TEXT("path", path)};
	struct arena a = {0};
	struct buf plain = {0};
	struct db_rows *r;
	struct err *e = db_query(s->db, &row_get, p, ARRAY_LEN(p), &a, until, &r);

	*version = SECRETS_NONE;
	if (e == NULL && r->n == 0)
		e = not_there();
	if (e == NULL && !seal_open(s->key, path, db_int(r, 0, 0), db_cell(r, 0, 1),
				    db_cell(r, 0, 2), &plain))
		e = err_new(ERR_INTERNAL,
			    "the sealed row was changed or damaged; restore %s "
			    "from a backup",
			    base->name);
	if (e == NULL) {
		*version = db_int(r, 0, 0);
		*out = json_read(buf_str(&plain),
				 JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
		if (*out == NULL)
			e = err_new(ERR_INTERNAL, "the sealed value is not JSON");
	}
	buf_fini_wipe(&plain);
	arena_fini(&a);
	return e;
}

struct put {
	struct sealed *s;
	const char *path;
	struct str json;
	int64_t over;
};

static struct err *put_tx(struct db_tx *tx, void *arg)
{
	struct put *put = arg;
	struct db_param q[] = {P_TEXT("path", put->path)};
	uint8_t nonce[SEAL_NONCE_SIZE];
	struct arena a = {0};
	struct buf b = {0};
	struct db_rows *r;
	struct err *e = db_tx_query(tx, &row_get, q, ARRAY_LEN(q), &a, &r);

	int64_t there = e == NULL && r->n > 0 ? db_int(r, 0, 0) : SECRETS_NONE;
	if (e == NULL && put->over != SECRETS_ANY && put->over != there)
		e = err_new(ERR_CONFLICT, "there is another one already");
	if (e == NULL) {
		int64_t version = there + 1;

		seal_close(put->s->key, put->path, version, nonce, put->json, &b);
		struct db_param p[] = {
			P_TEXT("path", put->path),
			P_INT("version", version),
			P_BLOB("nonce",
			       ((struct str){(const char *)nonce, sizeof(nonce)})),
			P_BLOB("sealed", buf_str(&b)),
			P_TIME("at", clock_wall_ms()),
		};
		e = db_tx_exec(tx, &row_put, p, ARRAY_LEN(p), NULL);
	}
	buf_fini(&b);
	arena_fini(&a);
	return e;
}

static struct err *sealed_put(struct secrets *base, const char *path, struct str json,
			      int64_t over, struct deadline until)
{
	struct sealed *s = container_of(base, struct sealed, base);
	struct put put = {s, path, json, over};

	return db_transaction(s->db, put_tx, &put, until);
}

static struct err *sealed_delete(struct secrets *base, const char *path,
				 struct deadline until)
{
	struct sealed *s = container_of(base, struct sealed, base);
	struct db_param p[] = {P_TEXT("path", path)};

	return db_exec(s->db, &row_delete, p, ARRAY_LEN(p), until, NULL);
}

/* The first path after all in the folder: '0' follows '/'. NULL for the root. */
static const char *behind_folder(struct arena *a, const char *folder)
{
	size_t n = strlen(folder);

	return n == 0 ? NULL : arena_printf(a, "%.*s0", (int)n - 1, folder);
}

static struct err *sealed_list(struct secrets *base, const char *folder, struct arena *a,
			       struct deadline until, const char ***names, size_t *n)
{
	struct sealed *s = container_of(base, struct sealed, base);
	struct db_param p[] = {P_TEXT("from", folder),
			       P_TEXT("to", behind_folder(a, folder))};
	struct str last = {NULL, 0};
	const char **out;
	struct db_rows *r;
	size_t count = 0, skip = strlen(folder);

	TRY(db_query(s->db, &row_list, p, ARRAY_LEN(p), a, until, &r));
	out = arena_zalloc(a, (r->n + 1) * sizeof(*out));
	for (size_t i = 0; i < r->n; i++) {
		struct str name = str_of(db_text(r, i, 0) + skip);
		ptrdiff_t slash = str_chr(name, '/');

		/* What lies deeper shows once, as its folder; the order keeps it
		 * together. */
		if (slash >= 0)
			name.n = (size_t)slash + 1;
		if (last.p != NULL && str_eq(name, last))
			continue;
		out[count++] = str_dup(a, name);
		last = name;
	}
	*names = out;
	*n = count;
	return NULL;
}

static json_t *sealed_health(struct secrets *base, struct deadline until, bool *ok)
{
	struct sealed *s = container_of(base, struct sealed, base);
	struct err *e = db_ping(s->db, until);

	*ok = e == NULL;
	err_free(e);
	if (!*ok)
		return json_pack("{s:s, s:s}", "name", "EMBEDDED", "status",
				 "unknown error");
	/* The keys that upstream's clients look at (rps.md 2). */
	return json_pack("{s:s, s:{s:b, s:b, s:b, s:s}}", "name", "EMBEDDED", "status",
			 "initialized", 1, "sealed", 0, "standby", 0, "version",
			 OUTBAND_VERSION);
}

static void sealed_close(struct secrets *base)
{
	struct sealed *s = container_of(base, struct sealed, base);

	db_close(s->db);
	seal_key_free(s->key);
	free(s->key_path);
	free(s);
}

static const struct secrets_ops sealed_ops = {
	sealed_get, sealed_put, sealed_delete, sealed_list, sealed_health, sealed_close,
};

static struct err *start(struct sealed *s, const char *path)
{
	struct deadline until = deadline_in(30000);
	struct buf b = {0};
	struct err *e;

	buf_addf(&b, "sqlite:%s", path);
	e = db_open(b.p, 1, &s->db);
	buf_fini(&b);
	TRY(e);
	TRY(migrate(s->db, "sealed", migrations, ARRAY_LEN(migrations), until, NULL));
	return db_transaction(s->db, unlock, s, until);
}

struct err *sealed_open(const struct secrets_config *c, struct secrets **out)
{
	const char *path = c->url + strlen("file:");
	struct sealed *s;
	struct buf b = {0};
	struct err *e;

	if (*path == '\0' || strcmp(path, ":memory:") == 0)
		return err_new(ERR_INVALID,
			       "the secret store's address file: has no path");
	s = xcalloc(1, sizeof(*s));
	s->base.ops = &sealed_ops;
	s->base.name = xstrdup(c->url);
	s->key = seal_key_alloc();
	buf_addf(&b, "%s.key", path);
	s->key_path = b.p;
	e = start(s, path);
	if (e != NULL) {
		e = err_wrap(e, "cannot open the secrets in %s", path);
		secrets_close(&s->base);
		return e;
	}
	*out = &s->base;
	return NULL;
}
