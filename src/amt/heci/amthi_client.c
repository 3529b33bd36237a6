/* SPDX-License-Identifier: Apache-2.0
 * Asking AMTHI.
 */
#include <amt/heci/amthi_client.h>

static bool takes_text(enum amthi_command c)
{
	return c == AMTHI_SET_DNS_SUFFIX || c == AMTHI_SET_HOST_FQDN ||
	       c == AMTHI_SET_PROVISIONING_SERVER_OTP;
}

/* Leaves *h open: the answer lies in it. */
static struct err *ask(struct amthi_client *c, const struct amthi_request *rq,
		       struct deadline until, struct heci **h, struct str *answer)
{
	struct buf b = {0};
	struct err *e;

	if (takes_text(rq->command) && rq->text.n > AMTHI_TEXT_MAX)
		return err_new(ERR_INVALID, "the text is too long: AMT takes %u bytes",
			       AMTHI_TEXT_MAX);
	TRY(heci_connect(c->place, HECI_AMTHI, until, h));
	amthi_encode_request(&b, rq);
	e = heci_ask(*h, buf_str(&b), until, answer);
	buf_fini_wipe(&b); /* it may be a one-time password */
	return e;
}

static struct err *decode(struct amthi_client *c, enum amthi_command command,
			  struct str answer, void *response)
{
	const char *name = amthi_command_name(command), *why;

	if (response != NULL)
		memset(response, 0, amthi_response_size(command));
	if (!amthi_decode_response(answer.p, answer.n, command, &c->status, response,
				   &why))
		return err_new(ERR_DEVICE, "AMT answered %s wrongly: %s", name, why);
	if (c->status != AMTHI_SUCCESS)
		return err_new(ERR_DEVICE, "AMT refused %s: %s (%u)", name,
			       amthi_status_name(c->status), c->status);
	return NULL;
}

struct err *amthi_call(struct amthi_client *c, const struct amthi_request *rq,
		       struct deadline until, void *response)
{
	_cleanup_(heci_closep) struct heci *h = NULL;
	struct str answer;

	OB_ASSERT((response != NULL) == (amthi_response_size(rq->command) != 0));
	TRY(ask(c, rq, until, &h, &answer));
	answer.p = arena_memdup(c->a, answer.p, answer.n);
	return decode(c, rq->command, answer, response);
}

struct err *amthi_get(struct amthi_client *c, enum amthi_command command,
		      struct deadline until, void *response)
{
	struct amthi_request rq = {.command = command};

	return amthi_call(c, &rq, until, response);
}

struct err *amthi_get_local_system_account(struct amthi_client *c, struct deadline until,
					   struct secret *user, struct secret *password)
{
	_cleanup_(heci_closep) struct heci *h = NULL;
	struct amthi_request rq = {.command = AMTHI_GET_LOCAL_SYSTEM_ACCOUNT};
	struct amthi_account account;
	struct str answer;

	TRY(ask(c, &rq, until, &h, &answer));
	TRY(decode(c, rq.command, answer, &account));
	secret_set(user, account.user);
	secret_set(password, account.password);
	return NULL;
}
