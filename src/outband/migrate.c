/* SPDX-License-Identifier: Apache-2.0
 * outband migrate: brings the schema up to date without starting a server.
 */
#include <outband/app.h>

#include <mps/mps.h>
#include <stdio.h>

#define MIGRATE_MS 600000

static struct err *run(struct app *app)
{
	int mps = 0, iam = 0;

	TRY(app_open(app, false, NULL));
	TRY(mps_migrate(app->db, deadline_in(MIGRATE_MS), &mps));
	TRY(iam_migrate(app->db, deadline_in(MIGRATE_MS), &iam));
	if (app->json)
		printf("{\"database\":\"%s\",\"applied\":{\"mps\":%d,\"iam\":%d}}\n",
		       db_name(app->db), mps, iam);
	else
		printf("%s: %d migrations applied to mps, %d to iam\n", db_name(app->db),
		       mps, iam);
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

	if (app_init(&app, argc, argv, "Usage: outband migrate [OPTIONS]\n", NULL, 0, 0))
		rt_main(migrate_main, &app);
	app_fini(&app);
	return app.exit_code;
}
