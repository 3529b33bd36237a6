/* SPDX-License-Identifier: Apache-2.0
 * Asking for secrets. rpc.md 1.13. Reading blocks: nothing else is under way then. Ctrl-C
 * gives the terminal its echo back.
 */
#include <agent/rpc/rpc.h>

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static void on_interrupt(int signum)
{
}

/* Up to the line's end, which is not kept; *n = 0 at the end of input. */
static struct err *read_line(int fd, char *p, size_t cap, size_t *n)
{
	for (*n = 0; *n < cap;) {
		ssize_t got = read(fd, p + *n, 1);

		if (got < 0 && errno == EINTR)
			return err_new(ERR_CANCELLED, "interrupted");
		if (got < 0)
			return err_errno(ERR_INVALID, errno,
					 "cannot read standard input");
		if (got == 0 || p[*n] == '\n')
			break;
		(*n)++;
	}
	while (*n > 0 && p[*n - 1] == '\r')
		(*n)--;
	return NULL;
}

static struct err *read_hidden(struct rpc *r, struct secret *out)
{
	struct sigaction stop = {.sa_handler = on_interrupt}, old;
	struct termios was, quiet;
	bool hide = !r->o.echo_password && tcgetattr(r->in_fd, &was) == 0;
	char *line = xmalloc(LINE_MAX_BYTES);
	size_t n = 0;

	sigaction(SIGINT, &stop, &old);
	if (hide) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		quiet.c_lflag |= ICANON | ISIG;
		tcsetattr(r->in_fd, TCSAFLUSH, &quiet);
	}
	struct err *e = read_line(r->in_fd, line, LINE_MAX_BYTES, &n);

	if (hide) {
		tcsetattr(r->in_fd, TCSAFLUSH, &was);
		rpc_print(r, "\n");
	}
	sigaction(SIGINT, &old, NULL);
	if (e == NULL)
		secret_set(out, (struct str){line, n});
	secret_wipe(line, LINE_MAX_BYTES);
	free(line);
	return e;
}

struct err *rpc_ask_secret(struct rpc *r, const char *text, struct secret *out)
{
	if (r->in_fd < 0)
		return rpc_exit_error(r, RPC_EXIT_PASSWORD, NULL);
	rpc_print(r, r->form == RPC_V2 ? "Please enter %s: \n" : "%s: ", text);
	TRY(read_hidden(r, out));
	if (out->n == 0)
		return rpc_exit_error(r, RPC_EXIT_PASSWORD, NULL);
	return NULL;
}

struct err *rpc_ask_new_secret(struct rpc *r, const char *text, struct secret *out)
{
	_cleanup_(secret_fini) struct secret again = {0};

	TRY(rpc_ask_secret(r, text, out));
	rpc_print(r, r->form == RPC_V2 ? "Please confirm %s: \n" : "Confirm %s: ", text);
	TRY(read_hidden(r, &again));
	if (!secret_equal(&again, (struct str){out->p, out->n}))
		return rpc_exit_error(r, RPC_EXIT_PASSWORDS_DIFFER, NULL);
	return NULL;
}

struct err *rpc_need_password(struct rpc *r)
{
	if (r->o.password.n > 0)
		return NULL;
	return rpc_ask_secret(r, "AMT Password", &r->o.password);
}
