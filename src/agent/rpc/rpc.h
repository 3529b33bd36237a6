/* SPDX-License-Identifier: Apache-2.0
 * One run of rpc: what was asked, where output goes, how the run ends. The program
 * (main.c) and the library (librpc.c) make one per command line; the command runs in a
 * fiber and is the only user of it.
 *
 * A command returns NULL or an error. The error that decides the exit code is made by
 * rpc_exit_error; any other ends the run with 10 (GenericFailure).
 */
#ifndef AGENT_RPC_RPC_H
#define AGENT_RPC_RPC_H

#include <agent/rpc/exit.h>
#include <agent/rpc/options.h>
#include <amt/heci/amthi_client.h>
#include <base/log.h>
#include <jansson.h>
#include <stdarg.h>

/* Where output goes: a descriptor, or a buffer (the library's). */
struct rpc_sink {
	int fd; /* -1: to */
	struct buf to;
	int failed; /* errno of the first write that did */
};

struct rpc_way;

struct rpc {
	struct arena a; /* lives as long as the run */
	enum rpc_form form;
	const struct rpc_cli_command *command;
	struct rpc_options o;
	const char *given[64];	       /* names of the flags that were given ... */
	size_t n_given, n_environment; /* ... the first of them by the environment */
	struct rpc_sink out, err;
	int in_fd; /* where prompts read; -1: nowhere (the library) */
	enum log_level log_level;

	struct heci_place place;
	struct rpc_way *way; /* to the firmware's web server; NULL before it is needed */
	/* Read before a command runs that needs HECI: */
	enum amthi_mode mode;
	uint8_t change; /* bitmap of the watchdog client (watchdog.h); 0 when it did not
			   say */

	enum rpc_exit code;  /* of the error under way */
	const char *details; /* printed with it, or NULL */
};

/* ---- errors ---- */

/* The run ends with this code; fmt (may be NULL) is printed as its details. A later one
 * does not override it. */
OB_NEW_ERR struct err *rpc_exit_error(struct rpc *r, enum rpc_exit code, const char *fmt,
				      ...) OB_PRINTF(3, 4);
/* The same with a cause, which is owned and logged at error level at once. */
OB_NEW_ERR struct err *rpc_exit_wrap(struct rpc *r, struct err *take_cause,
				     enum rpc_exit code);

/* ---- output ---- */

/* To standard output, as is. */
void rpc_print(struct rpc *r, const char *fmt, ...) OB_PRINTF(2, 3);
void rpc_write(struct rpc *r, struct str text);
/* Whether all of it got out; a reader that went away had enough. */
OB_MUST_CHECK struct err *rpc_written(const struct rpc *r);
/* Two blanks per level, members in their order, escaped as Go does. Owns v. */
void rpc_print_json(struct rpc *r, json_t *take_v);
/* One record on standard error, as v2 and v3 write it: time="..." level=info msg="...",
 * or JSON with --json. */
void rpc_log(struct rpc *r, enum log_level level, const char *fmt, ...) OB_PRINTF(3, 4);
void rpc_log_err(struct rpc *r, enum log_level level, const struct err *e);
/* To standard error, as is. */
void rpc_complain(struct rpc *r, const char *fmt, ...) OB_PRINTF(2, 3);
/* Bytes that are no UTF-8 are replaced. */
json_t *rpc_json_text(struct str s);
void rpc_json_put(json_t *object, struct str key, json_t *take_v);

/* ---- prompts ---- */

/* Asks for a secret that was not given: hidden on a terminal, else one line of standard
 * input without its line end. text names it ("AMT Password"). 23
 * (MissingOrIncorrectPassword) when it stays empty or nobody can be asked. */
OB_MUST_CHECK struct err *rpc_ask_secret(struct rpc *r, const char *text,
					 struct secret *out);
/* As above, unless the option was given. */
OB_MUST_CHECK struct err *rpc_need_password(struct rpc *r);
/* Two prompts that must agree; 38. */
OB_MUST_CHECK struct err *rpc_ask_new_secret(struct rpc *r, const char *text,
					     struct secret *out);

/* ---- AMT of this machine ---- */

/* Deadline of one question to the firmware. */
#define RPC_HECI_MS 10000
static inline struct amthi_client rpc_amthi(struct rpc *r)
{
	return (struct amthi_client){.place = &r->place, .a = &r->a};
}
/* Reads mode and change anew. */
OB_MUST_CHECK OB_SUSPENDS struct err *rpc_read_mode(struct rpc *r);
/* Ports of the firmware on this machine take TLS alone. */
bool rpc_tls_enforced(const struct rpc *r);

#endif
