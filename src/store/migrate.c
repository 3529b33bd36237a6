/* SPDX-License-Identifier: Apache-2.0
 * Migrations, each in a transaction of its own that first takes the lock and then looks
 * at what is already there: whoever comes second finds the work done. PostgreSQL: an
 * advisory lock until commit; SQLite: the writer's BEGIN IMMEDIATE.
 */
#include <store/migrate.h>

#include <base/log.h>
#include <store/db_priv.h>
#include <stdlib.h>

struct step {
	const char *component;
	const struct migration *m; /* NULL: only look */
	int version;		   /* out: what is there, this migration included */
	bool ran;
};

static const char make_table[] =
	"CREATE TABLE IF NOT EXISTS ob_migrations (component text NOT NULL, version "
	"integer "
	"NOT NULL, applied_at bigint NOT NULL, PRIMARY KEY (component, version))";
static const struct db_stmt lock = {
	.name = "migration lock",
	.sql = "SELECT pg_advisory_xact_lock(7092450619842)", /* any number that is ours
							       */
};
static const struct db_stmt newest = {
	.name = "migration version",
	.sql = "SELECT coalesce(max(version), 0) FROM ob_migrations WHERE component = "
	       ":component",
};
static const struct db_stmt note = {
	.name = "migration note",
	.sql = "INSERT INTO ob_migrations (component, version, applied_at) "
	       "VALUES (:component, :version, :at)",
};

/* Statements between lines that hold only ";;". */
static struct err *run_text(struct db_tx *tx, const struct migration *m, const char *text)
{
	struct str rest = str_of(text), line;
	struct buf sql = {0};
	struct err *e = NULL;
	bool more = true;

	while (e == NULL && more) {
		more = str_split(&rest, '\n', &line);
		if (more && !str_eqz(str_trim(line), ";;")) {
			buf_addstr(&sql, line);
			buf_addc(&sql, '\n');
		} else if (str_trim(buf_str(&sql)).n > 0) {
			e = db_tx_script(tx, m->title, sql.p);
			buf_clear(&sql);
		}
	}
	buf_fini(&sql);
	return e;
}

static struct err *run_migration(struct db_tx *tx, const struct step *s)
{
	const struct migration *m = s->m;
	const char *text = db_tx_dialect(tx) == DB_POSTGRES ? m->postgres : m->sqlite;
	struct db_param p[] = {P_TEXT("component", s->component),
			       P_INT("version", m->version),
			       P_INT("at", clock_wall_ms())};

	if (text != NULL)
		TRY(run_text(tx, m, text));
	if (m->code != NULL)
		TRY(m->code(tx, NULL));
	return db_tx_exec(tx, &note, p, ARRAY_LEN(p), NULL);
}

static struct err *step(struct db_tx *tx, void *arg)
{
	struct step *s = arg;
	struct db_param p[] = {P_TEXT("component", s->component)};
	struct arena a = {0};
	struct db_rows *rows;
	struct err *e = NULL;

	s->ran = false;
	if (db_tx_dialect(tx) == DB_POSTGRES)
		e = db_tx_query(tx, &lock, NULL, 0, &a, &rows);
	if (e == NULL)
		e = db_tx_script(tx, "ob_migrations", make_table);
	if (e == NULL)
		e = db_tx_query(tx, &newest, p, ARRAY_LEN(p), &a, &rows);
	if (e == NULL) {
		s->version = (int)db_int(rows, 0, 0);
		if (s->m != NULL && s->m->version > s->version) {
			e = run_migration(tx, s);
			s->ran = e == NULL;
		}
	}
	arena_fini(&a);
	return e;
}

struct err *migrate(struct db *d, const char *component, const struct migration *m,
		    size_t n, struct deadline until, int *applied)
{
	struct step s = {.component = component};
	int known = n > 0 ? m[n - 1].version : 0, count = 0;
	struct err *e;

	for (size_t i = 1; i < n; i++)
		OB_ASSERT(m[i].version > m[i - 1].version);
	e = db_transaction(d, step, &s, until);
	if (e != NULL)
		return err_wrap(e, "cannot read the schema version of %s", component);
	if (s.version > known)
		return err_new(
			ERR_CONFLICT,
			"the %s schema in %s has version %d, this program knows %d: use "
			"the newer program that made it",
			component, db_name(d), s.version, known);
	for (size_t i = 0; i < n; i++) {
		if (m[i].version <= s.version)
			continue;
		s.m = &m[i];
		e = db_transaction(d, step, &s, until);
		if (e != NULL)
			return err_wrap(e, "migration %d of %s (%s)", m[i].version,
					component, m[i].title);
		if (s.ran) {
			count++;
			s.version = m[i].version;
			log_info("schema migrated", F_STR("component", component),
				 F_I64("version", m[i].version),
				 F_STR("title", m[i].title));
		}
	}
	if (applied != NULL)
		*applied = count;
	return NULL;
}
