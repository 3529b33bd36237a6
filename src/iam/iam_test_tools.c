/* SPDX-License-Identifier: Apache-2.0 */
#include <iam/iam_test.h>

#define CHEAP 4

struct iam_world x;

void set(const char *assignment)
{
	ok(config_set(x.conf, assignment, "--set"));
}

void conf_fresh(void)
{
	config_free(x.conf);
	x.conf = config_new();
	config_add(x.conf, iam_settings, iam_settings_n);
}

struct err *try_start(void)
{
	return iam_start(x.conf, x.t->db, x.secrets, x.http, &x.i, &x.generated);
}

void stop(void)
{
	iam_stop(x.i);
	x.i = NULL;
}

void restart(void)
{
	stop();
	ok(try_start());
	x.i->scrypt_log_n = CHEAP;
}

void open_all(struct store_test *t)
{
	struct secrets_config sc = {0};

	memset(&x, 0, sizeof(x));
	x.t = t;
	x.a = &t->a;
	sc.url = arena_printf(x.a, "file:%s/secrets.db", t->dir);
	log_init(LOG_ERROR, LOG_HUMAN);
	clock_freeze(1000000, (int64_t)NOW_S * 1000);
	conf_fresh();
	x.http = http_client_new(&(struct http_client_config){0});
	ok(secrets_open(&sc, &x.secrets));
}

void close_all(void)
{
	stop();
	secrets_close(x.secrets);
	http_client_free(x.http);
	config_free(x.conf);
	secret_fini(&x.generated);
}

void usual(struct store_test *t)
{
	open_all(t);
	set("auth.admin.password=Adm1n!");
	restart();
	ok(iam_user_set(x.i, "Admin", STR("Adm1n!"), "", "admin", soon()));
	ok(iam_user_set(x.i, "eva", STR("S3cret"), "t1", "operator", soon()));
}

struct err *login(const char *user, const char *password, const char *peer)
{
	const char *token;

	return iam_login(x.i, user, str_of(password), peer, x.a, soon(), &token);
}

const char *token_for(const char *user, const char *password)
{
	const char *token;

	ok(iam_login(x.i, user, str_of(password), PEER, x.a, soon(), &token));
	return token;
}

struct err *authenticate(const char *token, const char *project, struct iam_caller **out)
{
	return iam_authenticate(x.i, arena_printf(x.a, "Bearer %s", token), project, x.a,
				soon(), out);
}
