/* SPDX-License-Identifier: Apache-2.0
 * outband migrate: brings the schema up to date without starting a server.
 */
#include <outband/app.h>

#include <mps/mps.h>
#include <rps/rps.h>
#include <stdio.h>

#define MIGRATE_MS 600000

static struct err *run(struct app *app)
{
	int mps = 0, rps = 0, iam = 0;

	TRY(app_open(app, false, NULL));
	if (app_runs(app, "mps"))
		TRY(mps_migrate(app->db, deadline_in(MIGRATE_MS), &mps));
	if (app_runs(app, "rps"))
		TRY(rps_migrate(app_rps_db(app), deadline_in(MIGRATE_MS), &rps));
	TRY(iam_migrate(app->db, deadline_in(MIGRATE_MS), &iam));
	const char *name = db_name(app->db), *rps_name = db_name(app_rps_db(app));
	if (app->json)
		printf("{\"database\":\"%s\",\"rpsDatabase\":\"%s\","
		       "\"applied\":{\"mps\":%d,\"rps\":%d,\"iam\":%d}}\n",
		       name, rps_name, mps, rps, iam);
	else if (app->rps_db == NULL)
		printf("%s: %d migrations applied to mps, %d to rps, %d to iam\n", name,
		       mps, rps, iam);
	else
		printf("%s: %d migrations applied to mps, %d to iam\n"
		       "%s: %d to rps\n",
		       name, mps, iam, rps_name, rps);
	return NULL;
}

static void migrate_main(void *arg)
{
	struct app *app = arg;
	struct err *e = run(app);

	app_close(app);
	if (e != NULL)
		app_fail(app, e);
}

int cmd_migrate(int argc, char **argv)
{
	struct app app;
	const struct app_option options[] = {
		{"target", "LIST", "whose schema, comma separated (default: all)",
		 "targets", NULL},
	};

	if (app_init(&app, argc, argv, "Usage: outband migrate [OPTIONS]\n", options,
		     ARRAY_LEN(options), 0))
		rt_main(migrate_main, &app);
	app_fini(&app);
	return app.exit_code;
}
