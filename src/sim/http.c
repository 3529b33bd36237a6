/* SPDX-License-Identifier: Apache-2.0
 * The virtual firmware's web server: digest as wire-amt.md 3.1-3.2 tells, then
 * WS-Management.
 */
#include <sim/classes.h>

#include <amt/wsman/classes/accounts.h>
#include <amt/wsman/classes/setup.h>
#include <base/log.h>
#include <sim/faults.h>

#define IDLE_MS 60000 /* firmware closes a silent connection */
#define WRITE_MS 30000
#define STALL_MS 3600000

struct web {
	struct sim_device *d;
	struct stream *s;
	bool local;
	struct str from; /* the client's address; may be empty */
	struct buf in, out;
	unsigned after;
	bool close;
};

static const struct sim_faults *faults(const struct sim_device *d)
{
	return d->state != NULL ? d->state->faults : NULL;
}

static void realm(const struct sim_device *d, char out[SIM_REALM_SIZE])
{
	if (d->state != NULL)
		memcpy(out, d->state->realm, SIM_REALM_SIZE);
	else
		sim_device_realm(d, out);
}

/* ---- who is it ---- */

static bool ha1_is(const struct digest_response *r, const uint8_t ha1[16])
{
	char hex[33];
	bool good;

	hex_encode(ha1, 16, hex);
	good = digest_verify(r, hex, "POST");
	secret_wipe(hex, sizeof(hex));
	return good;
}

static bool local_system(struct sim_state *st, const struct digest_response *r,
			 struct sim_caller *caller)
{
	uint8_t ha1[16];

	sim_ha1(st, r->user, (struct str){st->local_password.p, st->local_password.n},
		ha1);
	caller->system = true;
	caller->realms = 1u << SIM_REALM_LOCAL_SYSTEM;
	return ha1_is(r, ha1);
}

/* Full device: admin, the accounts, and from the host the local system account. */
static bool account(struct sim_state *st, const struct digest_response *r,
		    struct sim_caller *caller)
{
	const struct sim_account *a;

	if (str_eqz(r->user, SIM_LOCAL_USER))
		return caller->local && local_system(st, r, caller);
	if (str_eqz(r->user, st->admin_user)) {
		caller->realms = SIM_ALL_REALMS;
		return st->admin_set && ha1_is(r, st->admin_ha1);
	}
	a = sim_state_account_named(st, r->user);
	if (a == NULL || !a->enabled ||
	    a->access == (caller->local ? AMT_ACCESS_NETWORK : AMT_ACCESS_LOCAL))
		return false;
	caller->realms = a->realms;
	return ha1_is(r, a->ha1);
}

static bool light_account(const struct sim_device *d, const struct digest_response *r,
			  struct sim_caller *caller)
{
	char ha1[33];

	caller->realms = SIM_ALL_REALMS;
	if (!str_eqz(r->user, "admin"))
		return false;
	digest_ha1(r->user, r->realm,
		   (struct str){d->model->password.p, d->model->password.n}, ha1);
	return digest_verify(r, ha1, "POST");
}

static bool admitted(const struct sim_device *d, const struct amt_request *rq,
		     struct arena *a, struct sim_caller *caller)
{
	struct digest_response r;
	char ours[SIM_REALM_SIZE];
	struct str value = http_header_str(&rq->head, "Authorization");
	const struct sim_faults *f = faults(d);

	if (value.n == 0 || !digest_parse_response(a, value, &r))
		return false;
	if (f != NULL && (f->wrong_digest || f->expired_nonce))
		return false;
	caller->user = r.user;
	realm(d, ours);
	if (!str_eqz(r.realm, ours) || !sim_device_nonce_valid(d, r.nonce))
		return false;
	return d->state != NULL ? account(d->state, &r, caller)
				: light_account(d, &r, caller);
}

/* ---- answering ---- */

/* Appends the reply to out. */
/* False: who asks is not admitted. */
static bool answer(struct web *w, const struct amt_request *rq, struct arena *a)
{
	char version[48], ours[SIM_REALM_SIZE], nonce[SIM_NONCE_SIZE];
	struct sim_caller caller = {.local = w->local, .address = w->from};
	struct buf xml = {0};

	snprintf(version, sizeof(version), "%s.%s", w->d->model->version,
		 w->d->model->build);
	w->close = !rq->head.keep_alive;
	if (!str_eqz(rq->head.method, "POST") || !str_eqz(rq->head.target, "/wsman")) {
		amt_reply_400(&w->out, version);
		w->close = true;
		return true;
	}
	if (!admitted(w->d, rq, a, &caller)) {
		realm(w->d, ours);
		sim_device_nonce(w->d, nonce);
		amt_reply_401(&w->out, version, ours, nonce);
		w->close = true;
		return false;
	}
	int status = sim_wsman_as(w->d, &caller, rq->body, a, &xml, &w->after);
	amt_reply_soap(&w->out, status, version, buf_str(&xml));
	buf_fini(&xml);
	return true;
}

/* *cut: the connection ends in the middle of the answer; *mute: there comes none. */
static struct err *misbehave(struct web *w, const struct amt_request *rq, bool *cut,
			     bool *mute)
{
	const struct sim_faults *f = faults(w->d);
	enum sim_silence silence = sim_fault_silence(f, rq->body);

	if (f == NULL)
		return NULL;
	if (f->latency_ms > 0)
		TRY(fiber_sleep_ms(f->latency_ms));
	if (f->stall || sim_fault_loses(f) || silence == SIM_SILENT)
		TRY(fiber_sleep_ms(STALL_MS));
	*cut = f->reset;
	*mute = silence == SIM_MUTE;
	return NULL;
}

static struct err *write_answer(struct web *w, bool cut)
{
	const struct sim_faults *f = faults(w->d);

	if (f != NULL && f->wrong_length)
		sim_fault_spoil(w->out.p, w->out.len);
	if (cut)
		w->close = true;
	TRY(stream_write(w->s, w->out.p, cut ? w->out.len / 2 : w->out.len,
			 deadline_in(WRITE_MS)));
	return NULL;
}

/* What the answer brings about, once it is on its way. */
static void follow_up(struct web *w)
{
	struct sim_state *st = w->d->state;
	unsigned after = w->after;

	w->after = 0;
	if (after & SIM_AFTER_RESTART)
		w->close = true;
	if (after != 0 && st->notify != NULL)
		st->notify(st->notify_arg, after);
}

static struct err *serve(struct web *w)
{
	bool end = false, cut = false, mute = false;

	while (!w->close) {
		struct arena a = {0};
		struct amt_request rq;
		struct err *e = amt_request_read(w->s, &w->in, &a, deadline_in(IDLE_MS),
						 &rq, &end);
		if (e == NULL && !end)
			e = misbehave(w, &rq, &cut, &mute);
		if (e == NULL && !end) {
			buf_clear(&w->out);
			mute &= answer(w, &rq, &a);
			e = mute ? fiber_sleep_ms(STALL_MS) : write_answer(w, cut);
			follow_up(w);
		}
		arena_fini(&a);
		if (e != NULL || end)
			return e;
	}
	return NULL;
}

static void run(struct web *w)
{
	struct err *e = serve(w);

	if (e != NULL && e->kind != ERR_CLOSED && e->kind != ERR_TIMEOUT)
		log_debug("connection to the firmware ended", F_ERR(e));
	err_free(e);
	buf_fini(&w->in);
	buf_fini(&w->out);
	stream_free(w->s);
}

void sim_http_serve(struct sim_device *d, struct stream *s)
{
	struct web w = {.d = d, .s = s};

	run(&w);
}

void sim_http_serve_from(struct sim_device *d, bool local, struct str from,
			 struct stream *s)
{
	struct web w = {.d = d, .s = s, .local = local, .from = from};

	run(&w);
}
