/* SPDX-License-Identifier: Apache-2.0
 * What firmware tells: into the journal; and its graceful power requests, which the
 * system carries out.
 */
#include <agent/lms/lms.h>

#include <amt/heci/lme_alert.h>
#include <amt/http.h>
#include <base/log.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALERT_MS 15000
#define COMMAND_MS 60000
#define LOOK_MS 50

/* ---- power ---- */

/* Waits until the command ended; one that does not is killed. *status: of waitpid. */
static bool await(pid_t pid, int *status)
{
	struct deadline until = deadline_in(COMMAND_MS);
	struct err *e = NULL;

	while (waitpid(pid, status, WNOHANG) == 0) {
		if (e == NULL)
			e = fiber_sleep_ms(LOOK_MS);
		if (e == NULL && !deadline_passed(until))
			continue;
		/* This service stops: the command goes on without it. */
		if (e != NULL)
			break;
		kill(pid, SIGKILL);
		waitpid(pid, status, 0);
		return true;
	}
	bool ended = e == NULL;

	err_free(e);
	return ended;
}

static void run(const char *command, const char *verb)
{
	char *argv[] = {(char *)command, (char *)verb, NULL};
	int status = 0;
	pid_t pid;
	int why = posix_spawn(&pid, command, NULL, NULL, argv, environ);

	if (why != 0) {
		log_error("the power request was not carried out",
			  F_STR("command", command), F_STR("why", strerror(why)));
		return;
	}
	if (!await(pid, &status))
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		log_info("the system carries the power request out",
			 F_STR("command", command), F_STR("verb", verb));
	else
		log_error("the power request was refused by the system",
			  F_STR("command", command), F_STR("verb", verb),
			  F_I64("status", WIFEXITED(status) ? WEXITSTATUS(status)
							    : -WTERMSIG(status)));
}

static void power(const char *command, unsigned what)
{
	static const char *const verbs[] = {
		[LME_POWER_SHUTDOWN] = "poweroff",
		[LME_POWER_REBOOT] = "reboot",
		[LME_POWER_SLEEP] = "suspend",
		[LME_POWER_HIBERNATE] = "hibernate",
	};

	if (what < ARRAY_LEN(verbs) && command[0] != '\0')
		run(command, verbs[what]);
}

/* ---- alerts ---- */

static struct err *read_alert(struct stream *s, struct lme_alert *out)
{
	_cleanup_(arena_fini) struct arena a = {0};
	_cleanup_(buf_fini) struct buf in = {0};
	struct amt_request rq;
	bool end;

	TRY(amt_request_read(s, &in, &a, deadline_in(ALERT_MS), &rq, &end));
	if (end)
		return err_new(ERR_INVALID, "the firmware told nothing");
	if (rq.body.n > LME_ALERT_MAX)
		return err_new(ERR_INVALID, "the firmware told too much");
	return lme_alert_decode(rq.body, &a, out);
}

void lms_alert(struct stream *take_s, const char *power_command)
{
	struct lme_alert a;
	struct err *e = read_alert(take_s, &a);

	stream_free(take_s);
	if (e != NULL) {
		if (e->kind != ERR_CANCELLED)
			log_warn("a notice of the firmware was not understood", F_ERR(e));
		err_free(e);
		return;
	}
	const char *text = lme_alert_text(&a);

	log_info(text != NULL ? text : "the firmware tells something",
		 F_STR("alert", a.id), F_U64("what", a.what));
	if (strcmp(a.id, LME_ALERT_POWER) == 0)
		power(power_command, a.what);
}
