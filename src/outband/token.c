/* SPDX-License-Identifier: Apache-2.0
 * outband token: a login token for whoever may read this installation's secrets.
 */
#include <outband/app.h>

#include <stdio.h>

struct token_cmd {
	struct app app;
	const char *user, *tenant, *role, *minutes;
};

static struct err *run(struct token_cmd *t)
{
	struct arena a = {0};
	const char *token;
	int64_t minutes;
	struct secret generated = {0};

	if (!str_i64(str_of(t->minutes), 1, 525600, &minutes))
		return err_new(ERR_INVALID,
			       "--minutes takes a whole number from 1 to 525600");
	TRY(app_open(&t->app, true, &generated));
	if (generated.p != NULL)
		fprintf(stderr,
			"First start: the user %s got the password %s (shown only now)\n",
			config_str(t->app.config, "auth.admin.user"), generated.p);
	secret_fini(&generated);
	struct err *e =
		iam_issue(t->app.iam, t->user, t->tenant, t->role, minutes, &a, &token);
	if (e == NULL)
		printf(t->app.json ? "{\"token\":\"%s\"}\n" : "%s\n", token);
	arena_fini(&a);
	return e;
}

static void token_main(void *arg)
{
	struct token_cmd *t = arg;
	struct err *e = run(t);

	app_close(&t->app);
	if (e != NULL)
		app_fail(&t->app, e);
}

int cmd_token(int argc, char **argv)
{
	struct token_cmd t = {
		.user = "operator", .tenant = "", .role = "admin", .minutes = "60"};
	const struct app_option options[] = {
		{"user", "NAME", "who the token is for (default operator)", NULL,
		 &t.user},
		{"tenant", "ID", "tenant (default: the default tenant)", NULL, &t.tenant},
		{"role", "ROLE",
		 "admin, operator, viewer or a configured role (default admin)", NULL,
		 &t.role},
		{"minutes", "N", "life time (default 60)", NULL, &t.minutes},
	};

	if (app_init(&t.app, argc, argv, "Usage: outband token [OPTIONS]\n", options,
		     ARRAY_LEN(options), 0))
		rt_main(token_main, &t);
	app_fini(&t.app);
	return t.app.exit_code;
}
