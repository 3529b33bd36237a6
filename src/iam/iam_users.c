/* SPDX-License-Identifier: Apache-2.0
 * Built-in users: table ob_users, names in lower case since upstream compares them so.
 * Passwords are hashed on the crypto pool, few at a time, so that a flood of logins does
 * not keep TLS handshakes waiting there.
 */
#include <iam/iam_priv.h>

#include <base/encode.h>
#include <store/migrate.h>

#define DB_MS 10000
#define MAX_NAME 255
#define HASHING_AT_ONCE 2
#define HASHING_WAITING 64
#define GENERATED_LEN 20
#define REVOKED_INDEX "CREATE INDEX ob_revoked_noted ON ob_revoked(noted)\n"

static const struct migration migrations[] = {
	{
		.version = 1,
		.title = "built-in users",
		.sqlite = "CREATE TABLE IF NOT EXISTS ob_users (\n"
			  "	name TEXT PRIMARY KEY,\n"
			  "	tenant TEXT NOT NULL DEFAULT '',\n"
			  "	role TEXT NOT NULL,\n"
			  "	hash TEXT NOT NULL,\n"
			  "	created INTEGER NOT NULL\n"
			  ") WITHOUT ROWID\n",
		.postgres = "CREATE TABLE IF NOT EXISTS ob_users (\n"
			    "	name TEXT PRIMARY KEY,\n"
			    "	tenant TEXT NOT NULL DEFAULT '',\n"
			    "	role TEXT NOT NULL,\n"
			    "	hash TEXT NOT NULL,\n"
			    "	created TIMESTAMPTZ NOT NULL\n"
			    ")\n",
	},
	{
		.version = 2,
		.title = "revoked tokens",
		.sqlite = "CREATE TABLE ob_revoked (\n"
			  "	subject TEXT NOT NULL,\n"
			  "	id TEXT NOT NULL,\n"
			  "	tenant TEXT NOT NULL,\n"
			  "	at INTEGER NOT NULL,\n"
			  "	ends INTEGER NOT NULL,\n"
			  "	noted INTEGER NOT NULL,\n"
			  "	PRIMARY KEY (subject, id, tenant)\n"
			  ") WITHOUT ROWID\n"
			  ";;\n" REVOKED_INDEX,
		.postgres = "CREATE TABLE ob_revoked (\n"
			    "	subject TEXT NOT NULL,\n"
			    "	id TEXT NOT NULL,\n"
			    "	tenant TEXT NOT NULL,\n"
			    "	at TIMESTAMPTZ NOT NULL,\n"
			    "	ends TIMESTAMPTZ NOT NULL,\n"
			    "	noted TIMESTAMPTZ NOT NULL,\n"
			    "	PRIMARY KEY (subject, id, tenant)\n"
			    ")\n"
			    ";;\n" REVOKED_INDEX,
	},
};

static const struct db_stmt users_count = {
	.name = "users_count",
	.sql = "SELECT count(*) FROM ob_users",
};

static const struct db_stmt user_get = {
	.name = "user_get",
	.sql = "SELECT name, tenant, role, hash FROM ob_users WHERE name = :name",
};

static const struct db_stmt user_add = {
	.name = "user_add",
	.sql = "INSERT INTO ob_users (name, tenant, role, hash, created) "
	       "VALUES (:name, :tenant, :role, :hash, :created) "
	       "ON CONFLICT (name) DO NOTHING",
};

static const struct db_stmt user_put = {
	.name = "user_put",
	.sql = "INSERT INTO ob_users (name, tenant, role, hash, created) "
	       "VALUES (:name, :tenant, :role, :hash, :created) "
	       "ON CONFLICT (name) DO UPDATE SET "
	       "tenant = excluded.tenant, role = excluded.role, hash = excluded.hash",
};

/* ASCII only, as both databases would otherwise disagree about the rest. */
static char *name_fold(struct arena *a, const char *name)
{
	char *s = arena_strdup(a, name);

	for (char *p = s; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return s;
}

struct hash_job {
	struct str password;
	const char *stored;
	unsigned log_n;
	bool check, ok;
	char hash[IAM_HASH_SIZE];
};

static void hash_run(void *arg)
{
	struct hash_job *j = arg;

	j->ok = j->check ? iam_password_check(j->password, j->stored, j->log_n)
			 : iam_password_hash(j->password, j->log_n, j->hash);
}

static struct err *hash_offload(struct iam *i, struct hash_job *j, struct deadline until)
{
	struct iam_hashing *h = &i->hashing;
	struct err *e = NULL;

	if (h->waiting >= HASHING_WAITING)
		return err_new(ERR_UNAVAILABLE, "too many logins at once; try again");
	h->waiting++;
	while (e == NULL && h->running >= HASHING_AT_ONCE)
		e = waitq_wait(&h->turn, until);
	h->waiting--;
	if (e != NULL) {
		/* A wake that was meant for us is the next one's. */
		waitq_wake_one(&h->turn);
		return e;
	}
	h->running++;
	j->log_n = i->scrypt_log_n;
	e = offload(offload_crypto(), hash_run, j, until);
	h->running--;
	waitq_wake_one(&h->turn);
	return e;
}

static struct err *user_find(struct iam *i, const char *folded, struct arena *a,
			     struct deadline until, struct iam_user *out)
{
	const struct db_param p[] = {P_TEXT("name", folded)};
	struct db_rows *rows;

	*out = (struct iam_user){0};
	TRY(db_query(i->db, &user_get, p, ARRAY_LEN(p), a, until, &rows));
	if (rows->n > 0)
		*out = (struct iam_user){
			.name = db_text(rows, 0, 0),
			.tenant = db_text(rows, 0, 1),
			.role = db_text(rows, 0, 2),
			.hash = db_text(rows, 0, 3),
		};
	return NULL;
}

static struct err *user_write(struct iam *i, const struct db_stmt *st,
			      const struct iam_user *u, struct str password,
			      struct deadline until, int64_t *changed)
{
	struct hash_job j = {.password = password};
	struct db_param p[] = {
		P_TEXT("name", u->name),
		P_TEXT("tenant", u->tenant),
		P_TEXT("role", u->role),
		P_TEXT("hash", j.hash),
		P_TIME("created", clock_wall_ms()),
	};

	TRY(hash_offload(i, &j, until));
	if (!j.ok)
		return err_new(ERR_INTERNAL, "a password could not be hashed");
	p[3].s = str_of(j.hash);
	return db_exec(i->db, st, p, ARRAY_LEN(p), until, changed);
}

struct err *iam_user_set(struct iam *i, const char *name, struct str password,
			 const char *tenant, const char *role, struct deadline until)
{
	struct arena a = {0};
	struct iam_user u = {.tenant = tenant ? tenant : "", .role = role};
	struct err *e;
	bool bad_name = *name == '\0' || strlen(name) > MAX_NAME;

	for (const char *p = name; *p != '\0'; p++)
		bad_name = bad_name || (uint8_t)*p < 0x20 || *p == 0x7f;
	if (bad_name)
		return err_new(ERR_INVALID,
			       "a user name has 1 to %d bytes and no control characters",
			       MAX_NAME);
	if (password.n == 0 || password.n > IAM_MAX_PASSWORD ||
	    str_chr(password, '\0') >= 0)
		return err_new(ERR_INVALID,
			       "a password has 1 to %d bytes, none of them NUL",
			       IAM_MAX_PASSWORD);
	if (iam_role_find(&i->roles, str_of(role)) == NULL)
		return err_new(ERR_INVALID,
			       "there is no role \"%s\"; add it to auth.roles", role);
	u.name = name_fold(&a, name);
	e = user_write(i, &user_put, &u, password, until, NULL);
	arena_fini(&a);
	return e;
}

struct err *iam_user_check(struct iam *i, const char *name, struct str password,
			   struct arena *a, struct deadline until, struct iam_user *out)
{
	struct hash_job j = {.password = password, .check = true};

	while (i->admin_pending)
		TRY(waitq_wait(&i->admin_done, until));
	TRY(user_find(i, name_fold(a, name), a, until, out));
	j.stored = out->hash;
	TRY(hash_offload(i, &j, until));
	return j.ok ? NULL : err_new(ERR_UNAUTHENTICATED, IAM_WRONG_LOGIN);
}

/* No letters that look alike; 20 of them are 116 bits. */
static void password_generate(char out[GENERATED_LEN + 1])
{
	static const char letters[] =
		"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
	const size_t n = sizeof(letters) - 1;

	for (size_t k = 0; k < GENERATED_LEN;) {
		uint8_t b;

		random_bytes(&b, 1);
		if (b < 256 / n * n)
			out[k++] = letters[b % n];
	}
	out[GENERATED_LEN] = '\0';
}

static struct err *admin_compare(struct iam *i, struct arena *a, struct deadline until)
{
	struct str password = {i->admin_password.p, i->admin_password.n};
	struct hash_job j = {.password = password, .check = true};
	struct iam_user u;

	TRY(user_find(i, name_fold(a, i->admin_name), a, until, &u));
	j.stored = u.hash;
	if (u.hash != NULL)
		TRY(hash_offload(i, &j, until));
	if (j.ok)
		return NULL;
	TRY(iam_user_set(i, i->admin_name, password, u.tenant ? u.tenant : "",
			 u.role ? u.role : "admin", until));
	/* Whoever knew the old one is out. */
	TRY(iam_revoke(i, i->admin_name, NULL, "", until));
	log_info("the administrator has the configured password now",
		 F_STR("user", i->admin_name));
	return NULL;
}

/* Beside the start, not in it: comparing takes as long as a login. Logins wait for it. */
static void admin_fiber(void *arg)
{
	struct iam *i = arg;
	struct arena a = {0};
	struct err *e = admin_compare(i, &a, deadline_in(DB_MS));

	if (e != NULL && e->kind != ERR_CANCELLED)
		log_error("the configured administrator password could not be stored; "
			  "the former one is in force",
			  F_ERR(e));
	err_free(e);
	arena_fini(&a);
	secret_fini(&i->admin_password);
	i->admin_pending = false;
	waitq_wake_all(&i->admin_done);
}

static struct err *first_user(struct iam *i, const char *admin, const char *password,
			      struct arena *a, struct secret *generated)
{
	struct iam_user u = {.name = name_fold(a, admin), .tenant = "", .role = "admin"};
	char made[GENERATED_LEN + 1] = "";
	int64_t added = 0;
	struct err *e;

	if (password == NULL)
		password_generate(made);
	e = user_write(i, &user_add, &u, str_of(password ? password : made),
		       deadline_in(DB_MS), &added);
	/* Another instance may have been first; then its password counts. */
	if (e == NULL && added > 0 && password == NULL)
		secret_set(generated, str_of(made));
	secret_wipe(made, sizeof(made));
	return e;
}

struct err *iam_migrate(struct db *d, struct deadline until, int *applied)
{
	return migrate(d, "iam", migrations, ARRAY_LEN(migrations), until, applied);
}

struct err *iam_users_start(struct iam *i, const char *admin, const char *password,
			    struct secret *generated)
{
	struct arena a = {0};
	struct db_rows *rows;
	struct err *e;

	if (password != NULL && strlen(password) > IAM_MAX_PASSWORD)
		return err_new(ERR_INVALID, "auth.admin.password is longer than %d bytes",
			       IAM_MAX_PASSWORD);
	e = iam_migrate(i->db, deadline_in(DB_MS), NULL);
	if (e == NULL)
		e = db_query(i->db, &users_count, NULL, 0, &a, deadline_in(DB_MS), &rows);
	if (e == NULL && db_int(rows, 0, 0) == 0) {
		if (password != NULL || generated != NULL)
			e = first_user(i, admin, password, &a, generated);
	} else if (e == NULL && password != NULL) {
		i->admin_name = xstrdup(admin);
		secret_set(&i->admin_password, str_of(password));
		i->admin_pending = true;
		fiber_spawn(&i->fibers, "iam admin", admin_fiber, i);
	}
	arena_fini(&a);
	return e;
}
