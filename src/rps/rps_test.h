/* SPDX-License-Identifier: Apache-2.0
 * For tests: a store over both databases, with secrets that can be made to fail.
 */
#ifndef RPS_RPS_TEST_H
#define RPS_RPS_TEST_H

#include <store/store_test.h>

#include <rps/rps_store_priv.h>
#include <store/secrets_priv.h>

/* Stands before a real secret store; the n-th call from now on fails. */
struct failing_secrets {
	struct secrets base;
	struct secrets *real;
	int fail_in;   /* 0 = never; 1 = the next one */
	bool all_then; /* and all after it: the process died, or the store is away */
	unsigned calls;
};

static inline struct err *failing(struct secrets *s)
{
	struct failing_secrets *f = container_of(s, struct failing_secrets, base);

	f->calls++;
	if (f->fail_in == 0)
		return NULL;
	if (f->fail_in > 1) {
		f->fail_in--;
		return NULL;
	}
	if (!f->all_then)
		f->fail_in = 0;
	return err_new(ERR_UNAVAILABLE, "the secret store is away (test)");
}

static inline struct secrets *real_of(struct secrets *s)
{
	return container_of(s, struct failing_secrets, base)->real;
}

static inline struct err *failing_get(struct secrets *s, const char *path,
				      struct deadline until, json_t **out,
				      int64_t *version)
{
	TRY(failing(s));
	return real_of(s)->ops->get(real_of(s), path, until, out, version);
}

static inline struct err *failing_put(struct secrets *s, const char *path,
				      struct str json, int64_t over,
				      struct deadline until)
{
	TRY(failing(s));
	return real_of(s)->ops->put(real_of(s), path, json, over, until);
}

static inline struct err *failing_del(struct secrets *s, const char *path,
				      struct deadline until)
{
	TRY(failing(s));
	return real_of(s)->ops->del(real_of(s), path, until);
}

static const struct secrets_ops failing_ops = {
	.get = failing_get, .put = failing_put, .del = failing_del};

struct rps_test {
	struct store_test *t;
	struct failing_secrets secrets;
	struct rps_store *s;
	struct arena *a;
};

static inline void rps_test_open(struct rps_test *x, struct store_test *t)
{
	char url[128];

	snprintf(url, sizeof(url), "file:%s/secrets.db", t->dir);
	*x = (struct rps_test){.t = t, .a = &t->a};
	ok(secrets_open(&(struct secrets_config){.url = url}, &x->secrets.real));
	x->secrets.base.ops = &failing_ops;
	ok(migrate(t->db, "rps", rps_migrations, rps_migrations_n, soon(), NULL));
	x->s = rps_store_new(t->db, &x->secrets.base);
}

static inline void rps_test_close(struct rps_test *x)
{
	rps_store_free(x->s);
	secrets_close(x->secrets.real);
}

/* The whole secret as text, or NULL. */
static inline const char *secret_at(struct rps_test *x, const char *path)
{
	json_t *v;
	struct err *e = secrets_get(x->secrets.real, path, soon(), &v);

	if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		return NULL;
	}
	ok(e);
	char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
	const char *out = arena_strdup(x->a, text);
	free(text);
	json_decref(v);
	return out;
}

static inline void secret_is(struct rps_test *x, const char *path, const char *want)
{
	const char *got = secret_at(x, path);

	if (got == NULL || want == NULL)
		assert_true(got == want);
	else
		assert_string_equal(got, want);
}

/* Written past the store, as upstream's program does. */
static inline void put_secret(struct rps_test *x, const char *path, const char *json)
{
	ok(x->secrets.real->ops->put(x->secrets.real, path, str_of(json), SECRETS_ANY,
				     soon()));
}

#endif
