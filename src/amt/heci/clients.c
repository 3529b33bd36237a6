/* SPDX-License-Identifier: Apache-2.0
 * Questions to the small HECI clients.
 */
#include <amt/heci/clients.h>

static struct err *err_malformed(const char *client, const char *why)
{
	return err_new(ERR_DEVICE, "the firmware's %s client answered wrongly: %s",
		       client, why);
}

/* ---- watchdog ---- */

static struct err *watchdog_ask(const struct heci_place *p,
				const struct watchdog_request *rq, struct deadline until,
				struct watchdog_response *out)
{
	_cleanup_(heci_closep) struct heci *h = NULL;
	_cleanup_(buf_fini) struct buf b = {0};
	struct str answer;

	TRY(heci_connect(p, HECI_WATCHDOG, until, &h));
	watchdog_encode_request(&b, rq);
	TRY(heci_ask(h, buf_str(&b), until, &answer));
	if (!watchdog_decode_response(answer.p, answer.n, rq->command, out))
		return err_malformed("watchdog", "the answer is cut");
	return NULL;
}

struct err *watchdog_is_change_enabled(const struct heci_place *p, struct deadline until,
				       uint8_t *bitmap)
{
	struct watchdog_request rq = {WATCHDOG_IS_CHANGE_ENABLED, false};
	struct watchdog_response r;

	TRY(watchdog_ask(p, &rq, until, &r));
	*bitmap = r.bitmap;
	return NULL;
}

struct err *watchdog_change_to_amt(const struct heci_place *p, struct deadline until,
				   uint32_t *status)
{
	struct watchdog_request rq = {WATCHDOG_CHANGE_TO_AMT, false};
	struct watchdog_response r;

	TRY(watchdog_ask(p, &rq, until, &r));
	*status = r.status;
	return NULL;
}

struct err *watchdog_set_operational_state(const struct heci_place *p, bool enable,
					   struct deadline until, uint32_t *status)
{
	struct watchdog_request rq = {WATCHDOG_SET_OPERATIONAL_STATE, enable};
	struct watchdog_response r;

	TRY(watchdog_ask(p, &rq, until, &r));
	*status = r.status;
	return NULL;
}

/* ---- UPID ---- */

static struct err *upid_ask(struct heci *h, const struct upid_msg *rq,
			    struct deadline until, struct upid_msg *out)
{
	_cleanup_(buf_fini) struct buf b = {0};
	enum upid_command c = rq->command;
	struct str answer;
	const char *why;

	upid_encode_request(&b, rq);
	TRY(heci_ask(h, buf_str(&b), until, &answer));
	if (!upid_decode_response(answer.p, answer.n, c, out, &why))
		return err_malformed("UPID", why);
	return NULL;
}

struct err *upid_call(const struct heci_place *p, const struct upid_msg *rq,
		      struct deadline until, struct upid_msg *out)
{
	_cleanup_(heci_closep) struct heci *h = NULL;

	TRY(heci_connect(p, HECI_UPID, until, &h));
	return upid_ask(h, rq, until, out);
}

struct err *upid_get(const struct heci_place *p, struct deadline until,
		     struct upid_msg *out)
{
	_cleanup_(heci_closep) struct heci *h = NULL;
	struct upid_msg set = {.command = UPID_STATE_SET, .byte = 1}, ignored;
	struct upid_msg get = {.command = UPID_PLATFORM_ID_GET};

	TRY(heci_connect(p, HECI_UPID, until, &h));
	/* Platforms that need no switching refuse it: whether the identifier can be read
	 * is for that command to say. */
	TRY(upid_ask(h, &set, until, &ignored));
	TRY(upid_ask(h, &get, until, out));
	set.byte = 0;
	TRY(upid_ask(h, &set, until, &ignored));
	if (out->status != UPID_SUCCESS)
		return err_new(ERR_DEVICE,
			       "the platform's identifier cannot be read: %s (%u)",
			       upid_status_text(out->status), out->status);
	return NULL;
}

/* ---- MKHI ---- */

struct err *mkhi_call(const struct heci_place *p, const struct mkhi_request *rq,
		      struct arena *a, struct deadline until, void *response)
{
	_cleanup_(heci_closep) struct heci *h = NULL;
	_cleanup_(buf_fini) struct buf b = {0};
	struct str answer;
	const char *why;
	uint8_t result;

	memset(response, 0, mkhi_response_size(rq->command));
	TRY(heci_connect(p, HECI_MKHI, until, &h));
	mkhi_encode_request(&b, rq);
	TRY(heci_ask(h, buf_str(&b), until, &answer));
	answer.p = arena_memdup(a, answer.p, answer.n);
	if (!mkhi_decode_response(answer.p, answer.n, rq->command, &result, response,
				  &why))
		return err_malformed("MKHI", why);
	if (result != MKHI_SUCCESS)
		return err_new(ERR_DEVICE, "the firmware refused %s: result 0x%02x",
			       mkhi_command_name(rq->command), result);
	return NULL;
}

/* ---- HOTHAM ---- */

static struct err *hotham_ask(struct heci *h, enum hotham_command c,
			      struct deadline until, struct hotham_response *out)
{
	_cleanup_(buf_fini) struct buf b = {0};
	struct str answer;

	hotham_encode_request(&b, c);
	TRY(heci_ask(h, buf_str(&b), until, &answer));
	if (!hotham_decode_response(answer.p, answer.n, c, out))
		return err_malformed("HOTHAM", "of another length");
	if (!out->supported)
		return err_new(ERR_NOT_FOUND, "this firmware keeps no flash log");
	return NULL;
}

struct err *hotham_get_log(const struct heci_place *p, struct arena *a,
			   struct deadline until, struct str *log)
{
	_cleanup_(heci_closep) struct heci *h = NULL;
	struct hotham_response r;

	TRY(heci_connect(p, HECI_HOTHAM, until, &h));
	TRY(hotham_ask(h, HOTHAM_LOG_SIZE, until, &r));
	TRY(hotham_ask(h, HOTHAM_LOG, until, &r));
	*log = (struct str){arena_memdup(a, r.log.p, r.log.n), r.log.n};
	return NULL;
}
