/* SPDX-License-Identifier: Apache-2.0
 * The program rpc.
 */
#include <agent/rpc/run.h>

#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rpc r = {
		.out.fd = STDOUT_FILENO, .err.fd = STDERR_FILENO, .in_fd = STDIN_FILENO};

	signal(SIGPIPE, SIG_IGN);
	secret_protect_process();
	int code = rpc_run(&r, argc, argv, true);

	rpc_fini(&r);
	return code;
}
