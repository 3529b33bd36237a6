/* SPDX-License-Identifier: Apache-2.0
 * librpc: the Remote Provisioning Client inside another program. rpc.md 6.
 *
 * A run is one command line, as the program rpc takes it; prompts get no answer, so
 * secrets come in the environment or on the line. The library never ends its host,
 * changes no signal handlers, and writes nothing to its descriptors. Calls from several
 * threads run one after the other.
 */
#ifndef LIBRPC_H
#define LIBRPC_H

#ifdef __cplusplus
extern "C" {
#endif

/* What a run gave: free it with librpc_free. */
struct librpc_result {
	int code;  /* exit code, 0 = success */
	char *out; /* what rpc would print on standard output; never NULL */
	char *err; /* and on standard error */
};

/* May AMT of this machine be asked? 0, or the exit code that a command would end with. */
int librpc_check_access(void);
/* argv without the program's name: {"amtinfo", "--json"}; not changed. The exit code. */
int librpc_exec(int argc, const char *const *argv, struct librpc_result *result);
void librpc_free(struct librpc_result *result);
/* The program rpc: argv with its name, output to the descriptors; wipes passwords in
 * argv. */
int librpc_main(int argc, char **argv);

/* Upstream's library of version 3. command: arguments separated by blanks, quoted with "
 * where they hold some; 33 when the quotes do not match. *out and *err are never NULL
 * afterwards: free them with rpcFree. */
int rpcCheckAccess(void);
int rpcExec(const char *command, char **out, char **err);
void rpcFree(char *text);

#ifdef __cplusplus
}
#endif

#endif
