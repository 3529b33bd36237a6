/* SPDX-License-Identifier: Apache-2.0
 * Command line to struct rpc_options. rpc.md 1.1, 1.8.
 *
 * v2 is Go's flag package: one dash or two, value after "=" or in the next argument. v3
 * takes --name and -x. Which one is meant is seen from the arguments (rpc_form_of).
 */
#ifndef AGENT_RPC_PARSE_H
#define AGENT_RPC_PARSE_H

#include <agent/rpc/command.h>

/* v2, unless something is there that only v3 has: its commands, two dashes before a long
 * name. OUTBAND_RPC_FORM=v2 or v3 decides instead. */
enum rpc_form rpc_form_of(int argc, char **argv);

/* What the line asks for besides running a command. */
enum rpc_parsed { PARSED_RUN, PARSED_HELP, PARSED_USAGE };

/* Sets r->command and r->o. argv[0] is the program. Values of secrets are wiped in argv
 * unless argv is the caller's only copy (keep_argv). *what: PARSED_HELP: help was asked
 * for, of r->command or of all (NULL). PARSED_USAGE, with an error (28): nothing that can
 * run was named; what there is of r->command (or all) is to be shown. */
OB_MUST_CHECK struct err *rpc_parse(struct rpc *r, int argc, char **argv, bool keep_argv,
				    enum rpc_parsed *what);
/* The option was given on the command line or in the environment. */
bool rpc_given(const struct rpc *r, const char *flag);

#endif
