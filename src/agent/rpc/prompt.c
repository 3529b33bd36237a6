/* SPDX-License-Identifier: Apache-2.0
 * Asking for secrets. rpc.md 1.13. Reading blocks: nothing else is under way then. Being
 * told to stop (Ctrl-C, SIGTERM, SIGHUP) ends it, and the terminal gets its echo back.
 */
#include <agent/rpc/rpc.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

/* Until there is something to read. Signals are let in only while it waits, so none can
 * come unseen just before; the loop's handlers, which run, would let read() go on. */
static struct err *await_input(int fd, const sigset_t *open)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (ppoll(&p, 1, NULL, open) >= 0)
		return NULL;
	if (errno == EINTR)
		return err_new(ERR_CANCELLED, "interrupted");
	return err_errno(ERR_INVALID, errno, "cannot read standard input");
}

/* Up to the line's end, which is not kept; *n = 0 at the end of input. */
static struct err *read_line(int fd, const sigset_t *open, char *p, size_t cap, size_t *n)
{
	for (*n = 0; *n < cap;) {
		TRY(await_input(fd, open));
		ssize_t got = read(fd, p + *n, 1);

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

/* On standard output as upstream, unless that is JSON for another program. */
static void prompt(struct rpc *r, const char *text)
{
	if (r->o.json)
		rpc_complain(r, "%s", text);
	else
		rpc_print(r, "%s", text);
}

static struct err *read_hidden(struct rpc *r, struct secret *out)
{
	sigset_t stop, open;
	struct termios was, quiet;
	bool hide = !r->o.echo_password && tcgetattr(r->in_fd, &was) == 0;
	char *line = xmalloc(LINE_MAX_BYTES);
	size_t n = 0;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &stop, &open);
	if (hide) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		quiet.c_lflag |= ICANON | ISIG;
		tcsetattr(r->in_fd, TCSAFLUSH, &quiet);
	}
	struct err *e = read_line(r->in_fd, &open, line, LINE_MAX_BYTES, &n);

	if (hide) {
		tcsetattr(r->in_fd, TCSAFLUSH, &was);
		prompt(r, "\n");
	}
	pthread_sigmask(SIG_SETMASK, &open, NULL);
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
	prompt(r, arena_printf(&r->a,
			       r->form == RPC_V2 ? "Please enter %s: \n" : "%s: ", text));
	TRY(read_hidden(r, out));
	if (out->n == 0)
		return rpc_exit_error(r, RPC_EXIT_PASSWORD, NULL);
	return NULL;
}

struct err *rpc_ask_new_secret(struct rpc *r, const char *text, struct secret *out)
{
	_cleanup_(secret_fini) struct secret again = {0};

	TRY(rpc_ask_secret(r, text, out));
	prompt(r,
	       arena_printf(&r->a,
			    r->form == RPC_V2 ? "Please confirm %s: \n" : "Confirm %s: ",
			    text));
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
