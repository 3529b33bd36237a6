/* SPDX-License-Identifier: Apache-2.0
 * outband serve: starts the chosen components, stops them on SIGINT or SIGTERM.
 */
#include <outband/app.h>

#include <base/log.h>
#include <iam/iam_audit.h>
#include <iam/iam_ops.h>
#include <mps/mps.h>
#include <rps/rps.h>
#include <rt/fiber.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

struct serve {
	struct app app;
	struct mps *mps;	     /* NULL: not asked for */
	struct rps *rps;	     /* the same */
	struct http_server *monitor; /* NULL: metrics.listen is not set */
	struct iam_audit_keeper *keeper;
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
	static const char *const known[] = {"all", "mps", "rps"};

	for (const char *const *t = config_list(c, "targets"); *t != NULL; t++) {
		bool ok = false;
		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			ok |= strcmp(*t, known[i]) == 0;
		if (!ok)
			return err_new(ERR_INVALID, "unknown target %s (all, mps, rps)",
				       *t);
	}
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

/* RPS registers devices with the MPS of this process unless told otherwise. */
static void default_mps(struct serve *s)
{
	char url[64];

	if (s->mps == NULL)
		return;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", mps_rest_port(s->mps));
	config_default(s->app.config, "rps.mps.url", url, "the MPS of this process");
}

static struct err *start(struct serve *s)
{
	struct secret generated = {0};

	TRY(check_targets(s->app.config));
	TRY(app_lock(&s->app));
	TRY(app_open(&s->app, true, &generated));
	app_metrics(&s->app);
	show_admin(s->app.config, &generated);
	TRY(events_start(s->app.config, &s->app.events));
	if (app_runs(&s->app, "mps"))
		TRY(mps_start(s->app.config, s->app.db, s->app.secrets, s->app.iam,
			      s->app.events, &s->mps));
	default_mps(s);
	if (app_runs(&s->app, "rps"))
		TRY(rps_start(s->app.config, app_rps_db(&s->app), s->app.secrets,
			      s->app.iam, s->app.http, s->app.events, &s->rps));
	s->keeper = iam_audit_keeper_new(s->app.db, s->app.config);
	return iam_ops_listen(s->app.config, &s->monitor);
}

/* Ports are 0 of what does not run. */
static void log_ready(const struct serve *s)
{
	log_info("ready", F_STR("version", OUTBAND_VERSION),
		 F_STR("data_dir", s->app.data_dir),
		 F_U64("rest_port", s->mps != NULL ? mps_rest_port(s->mps) : 0),
		 F_U64("cira_port", s->mps != NULL ? mps_cira_port(s->mps) : 0),
		 F_U64("rps_rest_port", s->rps != NULL ? rps_rest_port(s->rps) : 0),
		 F_U64("rps_rpc_port", s->rps != NULL ? rps_rpc_port(s->rps) : 0),
		 F_U64("rps_assistant_port",
		       s->rps != NULL ? rps_assistant_port(s->rps) : 0),
		 F_U64("metrics_port",
		       s->monitor != NULL ? http_server_port(s->monitor, 0) : 0));
}

static void stop(struct serve *s)
{
	struct deadline until = deadline_in(config_int(s->app.config, "shutdown_ms"));

	rps_stop(s->rps, until);
	mps_stop(s->mps, until);
	iam_audit_keeper_free(s->keeper);
	if (s->monitor != NULL) {
		http_server_shutdown(s->monitor, until);
		http_server_free(s->monitor);
	}
	app_close(&s->app);
}

static void serve_main(void *arg)
{
	struct serve *s = arg;
	struct err *e = start(s);

	if (e == NULL) {
		log_ready(s);
		while (!s->stopping)
			err_free(waitq_wait(&s->stop, DEADLINE_NEVER));
		log_info("stopping");
	}
	stop(s);
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
