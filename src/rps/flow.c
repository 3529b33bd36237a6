/* SPDX-License-Identifier: Apache-2.0 */
#include <rps/flow.h>

#include <base/log.h>
#include <iam/iam_audit.h>
#include <rps/rps_events.h>
#include <stdio.h>

#define COMMAND_MS 30000
#define CLAIM_MS 3000
#define LME_REST_MS 20
#define ATTEMPTS 3
#define RETRY_MS 1000

/* ---- for the steps ---- */

void flow_progress(struct flow *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = arena_vprintf(f->arena, fmt, ap);
	va_end(ap);
	log_debug("progress", F_STR("guid", f->guid), F_STR("text", text));
	if (f->payload.progress)
		rpc_session_progress(f->rpc, text);
}

const char *flow_join(struct flow *f, const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	return arena_printf(f->arena, "%s. %s", a, b);
}

static bool is_silence(const struct err *e)
{
	return err_is(e, ERR_TIMEOUT) || err_is(e, ERR_CLOSED);
}

struct err *flow_repeat(struct flow *f, flow_step_fn *step)
{
	for (int i = 1;; i++) {
		struct err *e = step(f), *gone = rpc_session_check(f->rpc);

		if (gone != NULL || !is_silence(e) || i == ATTEMPTS ||
		    deadline_passed(f->until)) {
			err_free(gone);
			return e;
		}
		log_debug("step is repeated", F_STR("guid", f->guid), F_ERR(e));
		err_free(e);
		TRY(rpc_session_pause(f->rpc, RETRY_MS));
	}
}

/* About the device or the input: to be told. About our stores: for the log only. */
static bool is_tellable(const struct err *e)
{
	return e->kind == ERR_DEVICE || e->kind == ERR_INVALID ||
	       e->kind == ERR_CONFLICT || e->kind == ERR_TIMEOUT ||
	       e->kind == ERR_CLOSED || e->kind == ERR_FORBIDDEN;
}

const char *flow_error_text(struct flow *f, const struct err *e)
{
	_cleanup_(buf_fini) struct buf b = {0};

	buf_adds(&b, e->msg);
	for (const struct err *c = e->cause; c != NULL && is_tellable(c); c = c->cause)
		buf_addf(&b, "%s%s",
			 c == e->cause && str_ends(str_of(e->msg), STR(".")) ? " " : ": ",
			 c->msg);
	return str_dup(f->arena, buf_str(&b));
}

struct err *flow_error_say(struct err *take_e, const char *text)
{
	struct err *said = err_new(take_e->kind, "%s", text);

	err_free(take_e);
	return said;
}

struct err *flow_note(struct flow *f, enum flow_part part, const char *ok,
		      struct err *take_e)
{
	static const char *const names[FLOW_PARTS] = {"activation", "wired",   "wireless",
						      "tls",	    "proxies", "cira"};
	struct flow_outcome *o = &f->parts[part];

	o->result = take_e == NULL ? FLOW_SUCCESS : FLOW_FAILURE;
	o->details = take_e == NULL ? ok : flow_error_text(f, take_e);
	if (take_e != NULL)
		log_warn("part of a device's configuration failed",
			 F_STR("guid", f->guid), F_STR("part", names[part]),
			 F_ERR(take_e));
	bool cancelled = err_is(take_e, ERR_CANCELLED);

	err_free(take_e);
	if (cancelled)
		return err_new(ERR_CANCELLED, "the server stops");
	return rpc_session_check(f->rpc);
}

void flow_login(struct flow *f, const char *user, const struct secret *password)
{
	amt_http_credentials(&f->device.http, str_of(user),
			     (struct str){password->p, password->n});
}

/* ---- the session ---- */

static void device_ended(struct device *d)
{
}

static void begin_calls(struct flow *f)
{
	/* One fiber asks, and waits for each answer: nothing to limit. */
	static const struct limiter_config no_limit = {0};

	device_init(&f->device, f->guid, &no_limit, rpc_session_open, f->rpc);
	f->device.destroy = device_ended;
	f->device.http.close_each = true;
	f->device.exchange_ms = (uint32_t)config_int(f->rps->config, "rps.rpc.answer_ms");
	device_call_begin(&f->call, &f->device, f->arena, f->until);
	f->calling = true;
}

static void end_calls(struct flow *f)
{
	if (!f->calling)
		return;
	device_gone(&f->device);
	err_free(device_call_end(&f->call, NULL));
	device_unref(&f->device);
}

static struct err *read_command(struct flow *f, bool tenant_from_client)
{
	struct rpc_message m;

	TRY(rpc_session_command(f->rpc, f->arena, deadline_in(COMMAND_MS), &m));
	struct err *e = rpc_version_check(m.protocol_version);
	if (e != NULL)
		return flow_error_say(e, arena_printf(f->arena, "Error: %s", e->msg));
	struct str json = m.payload.p != NULL ? m.payload : STR("");
	e = rpc_payload_decode(json, f->arena, &f->payload);
	/* Either may hold a password. */
	secret_wipe((char *)m.payload.p, m.payload.n);
	if (e != NULL)
		return flow_error_say(e, arena_printf(f->arena, "Error: %s", e->msg));
	/* Upstream's rpc 3 (which tells no progress) reads LME itself. It hands an answer
	 * on before it ends that read; a request that comes in between has two readers,
	 * and its answer is lost. */
	if (!f->payload.lms_installed && !f->payload.progress)
		rpc_session_pace(f->rpc, LME_REST_MS);
	f->guid = f->payload.uuid;
	e = rpc_command_parse(m.command, &f->command);
	if (e != NULL)
		return flow_error_say(
			e, arena_printf(f->arena, "Device %s %s", f->guid, e->msg));
	if (tenant_from_client && m.tenant.n > 0)
		f->tenant = str_dup(f->arena, m.tenant);
	return NULL;
}

static bool is_claimed(const struct flow *f)
{
	list_for_each_safe (pos, &f->rps->flows)
		if (strcmp(list_entry(pos, struct flow, link)->guid, f->guid) == 0)
			return true;
	return false;
}

/* Two flows with one device would set two passwords, and note one. A client that was
 * started again right after its connection broke waits for its first flow to end. */
static struct err *claim(struct flow *f)
{
	struct deadline until = deadline_in(CLAIM_MS);

	while (is_claimed(f)) {
		struct err *e = waitq_wait(&f->rps->flow_ended, until);
		if (err_is(e, ERR_TIMEOUT)) {
			err_free(e);
			return err_new(
				ERR_CONFLICT,
				"Device %s is being provisioned by another client; "
				"try again in a minute",
				f->guid);
		}
		TRY(e);
	}
	list_add_tail(&f->rps->flows, &f->link);
	f->running = true;
	return NULL;
}

static struct err *perform(struct flow *f)
{
	static flow_step_fn *const actions[] = {
		[RPC_ACTIVATE] = flow_activate,
		[RPC_DEACTIVATE] = flow_deactivate,
		[RPC_MAINTENANCE] = flow_maintain,
	};

	f->named = true;
	rps_event_flow_began(f);
	TRY(claim(f));
	TRY(flow_check(f));
	begin_calls(f);
	f->begun = true;
	return actions[f->command.action](f);
}

/* ---- the end ---- */

static void log_end(const struct flow *f, const struct err *e)
{
	static const char *const names[] = {"activate", "deactivate", "maintenance"};

	if (e == NULL)
		log_info("device done", F_STR("guid", f->guid),
			 F_STR("command", names[f->command.action]),
			 F_STR("status", f->status));
	else
		log_at(e->kind == ERR_INTERNAL ? LOG_ERROR : LOG_INFO, "device not done",
		       F_STR("guid", f->guid), F_ERR(e));
}

/* What changes nothing is not noted: refusals of what nobody could have meant. */
static void note(struct flow *f, const struct flow_client *client, const struct err *e)
{
	static const char *const names[] = {"activate", "deactivate", "maintenance"};
	const char *task = rpc_task_name(f->command.task);

	if (*f->guid == '\0')
		return;
	iam_audit_note(
		f->rps->db,
		&(struct iam_audit){
			.who = client->who != NULL ? client->who : "provisioning client",
			.tenant = f->tenant,
			.what = arena_printf(f->arena, "%s%s%s", names[f->command.action],
					     task != NULL ? " " : "",
					     task != NULL ? task : ""),
			.device = f->guid,
			.outcome = e == NULL ? "done" : err_kind_name(e->kind),
			.peer = client->peer,
			.detail = f->status,
		});
}

const char *flow_failure_text(struct flow *f, const struct err *e)
{
	if (e->kind == ERR_INTERNAL)
		return "Failed because of a mistake of the server's; its log says more";
	return flow_error_text(f, e);
}

static void answer(struct flow *f, const struct err *e)
{
	if (e == NULL) {
		rpc_session_end(f->rpc, true, flow_status_text(f));
		return;
	}
	const char *text = flow_failure_text(f, e);

	if (f->begun) {
		f->status = text;
		text = flow_status_text(f);
	}
	rpc_session_end(f->rpc, false, text);
}

static void flow_fini(struct flow *f)
{
	if (f->running) {
		list_del(&f->link);
		waitq_wake_all(&f->rps->flow_ended);
	}
	end_calls(f);
	X509_free(f->odca.root);
	activation_cert_fini(&f->cert);
	rps_setup_fini(&f->setup);
	device_secrets_fini(&f->stored);
	secret_fini(&f->amt);
	secret_fini(&f->mebx);
	secret_fini(&f->login);
	rpc_command_fini(&f->command);
	rpc_payload_fini(&f->payload);
}

void flow_run(struct rps *r, struct rpc_session *s, const struct flow_client *client)
{
	struct arena a = {0};
	struct flow *f = arena_new(&a, struct flow);

	f->rps = r;
	f->rpc = s;
	f->arena = &a;
	f->tenant = client->tenant;
	f->guid = "";
	f->until = deadline_in(config_int(r->config, "rps.rpc.flow_s") * 1000);
	struct err *e = read_command(f, client->may_name_tenant);
	if (e == NULL)
		e = perform(f);
	log_end(f, e);
	note(f, client, e);
	if (f->named)
		rps_event_flow_ended(f, e);
	answer(f, e);
	err_free(e);
	flow_fini(f);
	arena_fini(&a);
}
