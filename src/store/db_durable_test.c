/* SPDX-License-Identifier: Apache-2.0
 * What was acknowledged is there after kill -9, in SQLite and in the sealed store.
 */
#include <store/store_test.h>

#include <signal.h>
#include <store/secrets.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct child {
	const char *dir;
	int out;
	struct db *db;
	struct fiber_group g;
};

struct child_writer {
	struct child *c;
	int64_t first;
};

static const struct db_stmt put = {.name = "put", .sql = "INSERT INTO t VALUES (:id)"};

static void write_forever(void *arg)
{
	struct child_writer *w = arg;

	for (int64_t id = w->first;; id += 10) {
		ok(db_exec(w->c->db, &put, (struct db_param[]){P_INT("id", id)}, 1,
			   soon(), NULL));
		if (write(w->c->out, &id, sizeof(id)) != sizeof(id))
			_exit(2);
	}
}

static void child_db(void *arg)
{
	struct child *c = arg;
	static const struct db_stmt make = {
		.name = "make", .sql = "CREATE TABLE t (id INTEGER PRIMARY KEY)"};
	static struct child_writer w[10];
	char url[128];

	snprintf(url, sizeof(url), "sqlite:%s/k.db", c->dir);
	ok(db_open(url, 0, &c->db));
	ok(db_exec(c->db, &make, NULL, 0, soon(), NULL));
	fiber_group_init(&c->g);
	for (int i = 0; i < 10; i++) {
		w[i] = (struct child_writer){c, i};
		fiber_spawn(&c->g, "writer", write_forever, &w[i]);
	}
	fiber_group_join(&c->g, false);
}

/* Runs fn in a child, kills it once n numbers were acknowledged; *ids gets all that came.
 */
static size_t run_and_kill(const char *dir, rt_fn *fn, size_t n, int64_t *ids, size_t max)
{
	struct child c = {.dir = dir};
	int p[2], status;
	size_t got = 0;
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(p[0]);
		c.out = p[1];
		rt_main(fn, &c);
		_exit(1);
	}
	close(p[1]);
	while (got < max && read(p[0], &ids[got], sizeof(ids[0])) == sizeof(ids[0]))
		if (++got == n)
			kill(pid, SIGKILL);
	close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(got >= n);
	return got;
}

enum { ACKS = 200, MAX_ACKS = 10000 };
static int64_t acked[MAX_ACKS];
static size_t n_acked;

static void find_rows(void *arg)
{
	static const struct db_stmt find = {.name = "find",
					    .sql = "SELECT 1 FROM t WHERE id = :id"};
	struct store_test *t = arg;
	char url[128];

	snprintf(url, sizeof(url), "sqlite:%s/k.db", t->dir);
	ok(db_open(url, 0, &t->db));
	for (size_t i = 0; i < n_acked; i++) {
		struct db_rows *r;

		ok(db_query(t->db, &find, (struct db_param[]){P_INT("id", acked[i])}, 1,
			    &t->a, soon(), &r));
		assert_int_equal(r->n, 1);
	}
	db_close(t->db);
	arena_fini(&t->a);
}

static void acknowledged_rows_survive_a_kill(void **state)
{
	struct store_test t = {0};
	char path[128];
	struct stat st;

	test_dir_make(&t);
	n_acked = run_and_kill(t.dir, child_db, ACKS, acked, MAX_ACKS);
	snprintf(path, sizeof(path), "%s/k.db", t.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	rt_main(find_rows, &t);
	test_dir_remove(&t);
}

static struct err *open_box(const char *dir, struct secrets **out)
{
	char url[128];
	struct secrets_config conf = {.url = url};

	snprintf(url, sizeof(url), "file:%s/s.db", dir);
	return secrets_open(&conf, out);
}

static void child_box(void *arg)
{
	struct child *c = arg;
	struct secrets *s;

	ok(open_box(c->dir, &s));
	for (int64_t id = 0;; id++) {
		json_t *v = json_pack("{s:I}", "id", (json_int_t)id);
		char path[64];

		snprintf(path, sizeof(path), "devices/%lld", (long long)id);
		ok(secrets_put(s, path, v, soon()));
		json_decref(v);
		if (write(c->out, &id, sizeof(id)) != sizeof(id))
			_exit(2);
	}
}

static void find_secrets(void *arg)
{
	struct store_test *t = arg;
	struct secrets *s;

	ok(open_box(t->dir, &s));
	for (size_t i = 0; i < n_acked; i++) {
		char path[64];
		json_t *v;

		snprintf(path, sizeof(path), "devices/%lld", (long long)acked[i]);
		ok(secrets_get(s, path, soon(), &v));
		assert_int_equal(json_integer_value(json_object_get(v, "id")), acked[i]);
		json_decref(v);
	}
	secrets_close(s);
}

static void acknowledged_secrets_survive_a_kill(void **state)
{
	struct store_test t = {0};

	test_dir_make(&t);
	n_acked = run_and_kill(t.dir, child_box, ACKS, acked, MAX_ACKS);
	rt_main(find_secrets, &t);
	test_dir_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acknowledged_rows_survive_a_kill),
		cmocka_unit_test(acknowledged_secrets_survive_a_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
