/* SPDX-License-Identifier: Apache-2.0
 * What every command of the outband binary starts from: options, configuration, stores.
 */
#ifndef OUTBAND_APP_H
#define OUTBAND_APP_H

#include <base/config.h>
#include <base/metrics.h>
#include <iam/iam.h>
#include <net/events.h>
#include <net/http_client.h>
#include <store/db.h>
#include <store/secrets.h>
#include <limits.h>

struct app {
	struct config *config;
	char *data_dir;
	int lock_fd;	 /* data directory lock of a server, or -1 */
	bool json;	 /* --json */
	bool configured; /* --config, --data-dir or --set was given */
	bool tty;	 /* stdout is a terminal */
	/* opened by app_open */
	struct db *db;
	struct db *rps_db; /* of its own, or NULL */
	struct secrets *secrets;
	struct http_client *http;
	struct iam *iam;
	struct events *events; /* of a server */
	struct metrics_source metrics;
	/* of the command line, after the command and options */
	char **args;
	int n_args;
	int exit_code;
};

/* A command that takes plain arguments looks at their number itself, and repeats none of
 * them in a message: one may be a secret. */
#define APP_ANY_ARGS INT_MAX

/* Reads options and configuration; prints to stderr and returns false on a mistake.
 * extra: options of the command beyond the common ones. max_args: how many plain
 * arguments it takes. */
struct app_option {
	const char *name;  /* "target" */
	const char *value; /* "LIST" or NULL for a flag */
	const char *help;
	const char *key;   /* configuration key it sets, or NULL */
	const char **text; /* else where the text (or "" for a flag) goes */
};
bool app_init(struct app *app, int argc, char **argv, const char *usage,
	      const struct app_option *extra, size_t n_extra, int max_args);
/* The defaults that depend on the data directory; app_init calls it, help and docs too.
 */
struct config *app_config(void);

/* Opens the stores (and creates the data directory, 0700); with_iam also starts iam. */
OB_MUST_CHECK OB_SUSPENDS struct err *app_open(struct app *app, bool with_iam,
					       struct secret *generated_admin);
/* From now on /metrics tells of the process, the runtime and the database, until
 * app_close. */
void app_metrics(struct app *app);
OB_SUSPENDS void app_close(struct app *app);
/* The database of the RPS: its own, or the common one. */
struct db *app_rps_db(const struct app *app);
/* Do the settings ask for this component ("mps")? */
bool app_runs(const struct app *app, const char *target);
/* One server per data directory. ERR_CONFLICT names the other's pid. */
OB_MUST_CHECK struct err *app_lock(struct app *app);
void app_fini(struct app *app);

/* Prints "outband: message" (the error's chain) on stderr, frees e; the exit code becomes
 * 1 unless the caller chose another (2: wrong usage). */
void app_fail(struct app *app, struct err *e);

/* From standard input, with a hidden prompt on a terminal: one line without its newline,
 * or all of it. The caller wipes out. ERR_INVALID: nothing came, or more than 64 KiB. */
OB_MUST_CHECK struct err *app_prompt(const char *prompt, bool whole, struct buf *out);

/* Commands: return the exit code. argv[0] is the command's name. */
int cmd_serve(int argc, char **argv);
int cmd_demo(int argc, char **argv);
int cmd_migrate(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_token(int argc, char **argv);
int cmd_secret(int argc, char **argv);
int cmd_device(int argc, char **argv);
int cmd_profile(int argc, char **argv);

#endif
