/* SPDX-License-Identifier: Apache-2.0
 * outband serve: starts the chosen components, stops them on SIGINT or SIGTERM.
 */
#include <outband/app.h>

#include <base/log.h>
#include <mps/mps.h>
#include <rt/fiber.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

struct serve {
	struct app app;
	struct mps *mps;
	bool stopping;
	struct waitq stop;
};

static void on_stop(int signum, void *arg)
{
	struct serve *s = arg;

	if (s->stopping) {
		log_warn("second signal: stopping at once");
		_exit(1);
	}
	s->stopping = true;
	waitq_wake_all(&s->stop);
}

/* SIGUSR1: one level more; SIGUSR2: as configured. */
static void on_log_level(int signum, void *arg)
{
	if (signum == SIGUSR2)
		log_reset_level();
	else if (log_level() < LOG_TRACE)
		log_set_level(log_level() + 1);
	log_info("log level changed by a signal",
		 F_STR("level", log_level_name(log_level())));
}

static struct err *check_targets(const struct config *c)
{
	for (const char *const *t = config_list(c, "targets"); *t != NULL; t++)
		if (strcmp(*t, "all") != 0 && strcmp(*t, "mps") != 0)
			return err_new(ERR_INVALID, "unknown target %s (all, mps)", *t);
	return NULL;
}

/* The generated password is shown once, and before anything else can fail; it is stored
 * hashed. */
static void show_admin(const struct config *c, struct secret *generated)
{
	if (generated->p == NULL)
		return;
	fprintf(stderr,
		"\nFirst start: sign in as %s with password %s (shown only now)\n\n",
		config_str(c, "auth.admin.user"), generated->p);
	secret_fini(generated);
}

static struct err *start(struct serve *s)
{
	struct secret generated = {0};

	TRY(check_targets(s->app.config));
	TRY(app_lock(&s->app));
	TRY(app_open(&s->app, true, &generated));
	app_metrics(&s->app);
	show_admin(s->app.config, &generated);
	return mps_start(s->app.config, s->app.db, s->app.secrets, s->app.iam, &s->mps);
}

static void serve_main(void *arg)
{
	struct serve *s = arg;
	struct err *e = start(s);

	if (e == NULL) {
		log_info("ready", F_STR("version", OUTBAND_VERSION),
			 F_STR("data_dir", s->app.data_dir),
			 F_U64("rest_port", mps_rest_port(s->mps)),
			 F_U64("cira_port", mps_cira_port(s->mps)));
		while (!s->stopping)
			err_free(waitq_wait(&s->stop, DEADLINE_NEVER));
		log_info("stopping");
	}
	mps_stop(s->mps, deadline_in(config_int(s->app.config, "shutdown_ms")));
	app_close(&s->app);
	if (e != NULL)
		app_fail(&s->app, e);
	rt_stop();
}

int cmd_serve(int argc, char **argv)
{
	struct serve s = {0};
	const struct app_option options[] = {
		{"target", "LIST", "components to run, comma separated (default: all)",
		 "targets", NULL},
	};

	if (app_init(&s.app, argc, argv, "Usage: outband serve [OPTIONS]\n", options,
		     ARRAY_LEN(options), 0)) {
		rt_raise_descriptor_limit();
		rt_init();
		waitq_init(&s.stop);
		rt_on_signal(SIGINT, on_stop, &s);
		rt_on_signal(SIGTERM, on_stop, &s);
		rt_on_signal(SIGUSR1, on_log_level, NULL);
		rt_on_signal(SIGUSR2, on_log_level, NULL);
		fiber_spawn(NULL, "serve", serve_main, &s);
		rt_run();
		rt_fini();
	}
	app_fini(&s.app);
	return s.app.exit_code;
}
