/* SPDX-License-Identifier: Apache-2.0
 * From arguments to exit code.
 */
#include <agent/rpc/run.h>

#include <agent/rpc/help.h>
#include <agent/rpc/local.h>
#include <agent/rpc/parse.h>
#include <amt/heci/clients.h>
#include <amt/heci/mei.h>
#include <signal.h>
#include <stdlib.h>
#ifdef OB_VIRTUAL_HECI
#include <amt/heci/virtual.h>
#endif

/* Exit code of a run that was interrupted, as a shell gives it: 128 + SIGINT. */
#define EXIT_INTERRUPTED 130

void rpc_options_fini(struct rpc_options *o)
{
	struct secret *const secrets[] = {
		&o->password,	   &o->auth_token,	   &o->auth_password,
		&o->key,	   &o->provisioning_cert,  &o->provisioning_cert_password,
		&o->mebx_password, &o->new_password,	   &o->mps_password,
		&o->psk,	   &o->ieee8021x.password, &o->ieee8021x.private_key,
		&o->ea_password,   &o->static_password,
	};

	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		secret_fini(secrets[i]);
}

void rpc_fini(struct rpc *r)
{
	rpc_options_fini(&r->o);
	buf_fini_wipe(&r->out.to);
	buf_fini_wipe(&r->err.to);
	arena_fini(&r->a);
}

/* ---- before the command ---- */

static enum log_level level_of(struct rpc *r)
{
	const char *name = r->o.log_level != NULL ? r->o.log_level : "info";
	enum log_level level = LOG_INFO;

	if (r->o.verbose)
		return LOG_TRACE;
	if (strcmp(name, "warning") == 0)
		return LOG_WARN;
	if (strcmp(name, "fatal") == 0 || strcmp(name, "panic") == 0)
		return LOG_ERROR;
	if (!log_level_parse(name, &level))
		rpc_log(r, LOG_WARN, "not a valid logrus Level: \"%s\"", name);
	return level;
}

static struct heci_place place_of(const struct rpc *r)
{
#ifdef OB_VIRTUAL_HECI
	if (r->o.heci != NULL)
		return heci_virtual(r->o.heci);
#endif
	return heci_mei(NULL);
}

struct err *rpc_read_mode(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_value mode;

	TRY(amthi_get_control_mode(&c, deadline_in(RPC_HECI_MS), &mode));
	r->mode = (enum amthi_mode)mode.value;
	/* The client may be held by the kernel's watchdog driver: then nothing is known.
	 */
	struct err *e = watchdog_is_change_enabled(&r->place, deadline_in(RPC_HECI_MS),
						   &r->change);

	if (err_is(e, ERR_CANCELLED))
		return e;
	if (e != NULL) {
		rpc_log_err(r, LOG_DEBUG, e);
		r->change = 0;
	}
	err_free(e);
	return NULL;
}

bool rpc_tls_enforced(const struct rpc *r)
{
	return r->change & WATCHDOG_TLS_ENFORCED;
}

static struct err *no_heci(struct rpc *r, struct err *e)
{
	bool forbidden = r->form == RPC_V3 && err_is(e, ERR_FORBIDDEN);

	if (err_is(e, ERR_CANCELLED))
		return e;
	if (!forbidden) {
		rpc_log(r, LOG_ERROR,
			"AMT not found: MEI/driver is missing or the call to the HECI "
			"driver "
			"failed");
		rpc_log(r, LOG_ERROR,
			"Failed to execute due to access issues. Please ensure that "
			"Intel ME "
			"is present, the MEI driver is installed, and the runtime has "
			"administrator or root privileges.");
	}
	return rpc_exit_wrap(r, e, forbidden ? RPC_EXIT_PERMISSIONS : RPC_EXIT_HECI);
}

static struct err *prepare(struct rpc *r)
{
	const struct rpc_cli_command *c = r->command;

	if (c->needs & RPC_NEEDS_HECI) {
		struct err *e = rpc_read_mode(r);

		if (e != NULL)
			return no_heci(r, e);
	}
	if (c->needs & RPC_NEEDS_ACTIVE && r->mode == AMTHI_NOT_ACTIVATED) {
		rpc_log(r, LOG_ERROR,
			"Device is not activated to configure. Please activate the "
			"device "
			"first.");
		return rpc_exit_error(r,
				      r->form == RPC_V2 ? RPC_EXIT_UNABLE_TO_CONFIGURE
							: RPC_EXIT_NOT_ACTIVATED,
				      NULL);
	}
	if (c->needs & RPC_NEEDS_PASSWORD)
		TRY(rpc_need_password(r));
	return NULL;
}

/* ---- the command ---- */

struct job {
	struct rpc *r;
	struct fiber *fiber;
	struct err *result;
};

static void run_command(void *arg)
{
	struct job *j = arg;
	struct err *e = prepare(j->r);

	if (e == NULL)
		e = j->r->command->run(j->r);
	j->result = e;
	j->fiber = NULL;
	rpc_way_free(j->r);
	rt_stop();
}

static void on_signal(int signum, void *arg)
{
	struct job *j = arg;

	if (j->fiber == NULL)
		return;
	rpc_log(j->r, LOG_INFO, "interrupt");
	fiber_cancel(j->fiber);
}

static struct err *run_on_loop(struct rpc *r, bool own_process)
{
	struct job j = {.r = r};

	rt_init();
	if (own_process) {
		rt_on_signal(SIGINT, on_signal, &j);
		rt_on_signal(SIGTERM, on_signal, &j);
		rt_on_signal(SIGHUP, on_signal, &j);
	}
	j.fiber = fiber_spawn(NULL, "rpc", run_command, &j);
	rt_run();
	rt_fini();
	return j.result;
}

/* ---- the end ---- */

static int finish(struct rpc *r, struct err *e)
{
	int code = r->code != RPC_EXIT_OK ? (int)r->code : RPC_EXIT_GENERIC;

	if (e == NULL)
		return 0;
	if (e->kind == ERR_CANCELLED && r->code == RPC_EXIT_OK)
		code = EXIT_INTERRUPTED;
	else if (r->code == RPC_EXIT_OK)
		rpc_log_err(r, LOG_ERROR, e);
	else if (r->code != RPC_EXIT_HELP)
		rpc_log(r, LOG_ERROR,
			r->details != NULL ? "Error %d: %s - Details: %s"
					   : "Error %d: %s",
			code, rpc_exit_text(r->code), r->details);
	err_free(e);
	return code;
}

static struct err *parse_and_run(struct rpc *r, int argc, char **argv, bool own_process)
{
	enum rpc_parsed what;
	struct err *e = rpc_parse(r, argc, argv, !own_process, &what);

	r->log_level = level_of(r);
	if (e != NULL && what == PARSED_USAGE)
		rpc_help(r);
	else if (e != NULL && r->form == RPC_V2 && r->command != NULL)
		rpc_usage(r);
	TRY(e);
	if (what == PARSED_HELP && r->form == RPC_V2 && r->command != NULL) {
		rpc_usage(r);
		return rpc_exit_error(
			r,
			str_starts(str_of(r->command->name), STR("maintenance "))
				? RPC_EXIT_HELP
				: RPC_EXIT_COMMAND_LINE,
			NULL);
	}
	if (what == PARSED_HELP) {
		rpc_help(r);
		return NULL;
	}
	r->place = place_of(r);
	return run_on_loop(r, own_process);
}

int rpc_run(struct rpc *r, int argc, char **argv, bool own_process)
{
	log_init(LOG_ERROR, LOG_AUTO);
	r->form = rpc_form_of(argc, argv);
	r->log_level = LOG_INFO;
	struct err *e = parse_and_run(r, argc, argv, own_process);

	return finish(r, e != NULL ? e : rpc_written(r));
}
