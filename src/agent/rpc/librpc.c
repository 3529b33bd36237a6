/* SPDX-License-Identifier: Apache-2.0
 * The library around a run.
 */
#include <agent/rpc/librpc.h>

#include <agent/rpc/run.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* A process has one loop. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

int librpc_main(int argc, char **argv)
{
	struct rpc r = {
		.out.fd = STDOUT_FILENO, .err.fd = STDERR_FILENO, .in_fd = STDIN_FILENO};

	signal(SIGPIPE, SIG_IGN);
	secret_protect_process();
	int code = rpc_run(&r, argc, argv, true);

	rpc_fini(&r);
	return code;
}

static char *take_text(struct buf *b)
{
	return xstrndup(b->p != NULL ? b->p : "", b->len);
}

int librpc_exec(int argc, const char *const *argv, struct librpc_result *result)
{
	struct rpc r = {.out.fd = -1, .err.fd = -1, .in_fd = -1};
	char **all = xcalloc((size_t)argc + 2, sizeof(*all));

	all[0] = xstrdup("rpc");
	for (int i = 0; i < argc; i++)
		all[i + 1] = xstrdup(argv[i]);
	pthread_mutex_lock(&one_at_a_time);
	/* Copies of the arguments are this library's own: wiped after use. */
	result->code = rpc_run(&r, argc + 1, all, false);
	result->out = take_text(&r.out.to);
	result->err = take_text(&r.err.to);
	rpc_fini(&r);
	pthread_mutex_unlock(&one_at_a_time);
	for (int i = 0; i <= argc; i++) {
		secret_wipe(all[i], strlen(all[i]));
		free(all[i]);
	}
	free(all);
	return result->code;
}

static void wipe_free(char **text)
{
	if (*text != NULL)
		secret_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void librpc_free(struct librpc_result *result)
{
	wipe_free(&result->out);
	wipe_free(&result->err);
}

int librpc_check_access(void)
{
	static const char *const ask[] = {"amtinfo", "-mode"};
	struct librpc_result r;
	int code = librpc_exec(2, ask, &r);

	librpc_free(&r);
	return code;
}

/* ---- upstream's names ---- */

/* As a CSV line with blanks between fields: two blanks are an empty field, "" inside
 * quotes is one. *out: arguments behind each other, ended by NUL. False: quotes do not
 * match. */
static bool split(const char *line, char *out, const char **argv, int *argc)
{
	const char *p = line;

	for (*argc = 0;; p++) {
		bool quoted = *p == '"', open = quoted;

		argv[(*argc)++] = out;
		p += quoted;
		for (; *p != '\0' && (quoted || *p != ' '); p++) {
			if (!quoted && *p == '"')
				return false;
			if (*p == '"' && *++p != '"') {
				open = false;
				break;
			}
			*out++ = *p;
		}
		if (open)
			return false;
		*out++ = '\0';
		if (*p == '\0')
			return true;
		if (*p != ' ')
			return false;
	}
}

int rpcExec(const char *command, char **out, char **err)
{
	size_t n = strlen(command);
	char *text = xmalloc(2 * n + 2);
	const char **argv = xcalloc(n + 2, sizeof(*argv));
	struct librpc_result r = {.code = RPC_EXIT_COMBINATION};
	int argc;

	if (split(command, text, argv, &argc)) {
		librpc_exec(argc, argv, &r);
	} else {
		r.out = xstrdup("");
		r.err = xstrdup("the quotes in the command line do not match\n");
	}
	*out = r.out;
	*err = r.err;
	secret_wipe(text, 2 * n + 2);
	free(text);
	free(argv);
	return r.code;
}

int rpcCheckAccess(void)
{
	return librpc_check_access();
}

void rpcFree(char *text)
{
	free(text);
}
