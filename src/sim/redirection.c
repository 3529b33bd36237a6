/* SPDX-License-Identifier: Apache-2.0
 * A redirection connection from its first byte: session start, authentication, then its
 * kind's file. wire-amt.md 4.1-4.2.
 */
#include <sim/redirection_priv.h>

#include <base/encode.h>
#include <base/log.h>
#include <openssl/crypto.h>

#define LOGIN_MS 30000
#define LOGIN_MESSAGES_MAX 16 /* queries and blank logins cost no failure */

/* ---- the device's side ---- */

void sim_redirection_init(struct sim_redirection *r,
			  const struct sim_redirection_config *c, const char *realm,
			  sim_redirection_ha1_fn *ha1, void *arg)
{
	OB_ASSERT(strlen(realm) <= 64);
	*r = (struct sim_redirection){.config = c,
				      .realm = realm,
				      .ha1 = ha1,
				      .arg = arg,
				      .enabled = (1u << REDIR_KINDS) - 1,
				      .powered = true};
	waitq_init(&r->news);
}

void sim_redirection_fini(struct sim_redirection *r)
{
	OB_ASSERT(r->connections == 0);
	free(r->host);
	r->host = NULL;
}

struct sim_host *sim_redirection_host(struct sim_redirection *r)
{
	OB_ASSERT(r->powered);
	if (r->host == NULL) {
		r->host = xmalloc(sizeof(*r->host));
		sim_host_init(r->host, r->config->step_ms);
		if (r->boots > 0)
			sim_host_boot(r->host, r->booted_from, r->booted_what,
				      r->booted_ms);
	}
	if (sim_host_tick(r->host, clock_mono_ms()))
		waitq_wake_all(&r->news);
	return r->host;
}

struct deadline sim_redirection_due(const struct sim_redirection *r)
{
	if (!r->powered || r->host == NULL || r->host->due_ms == 0)
		return DEADLINE_NEVER;
	return (struct deadline){r->host->due_ms};
}

void sim_redirection_type(struct sim_redirection *r, struct str keys)
{
	if (!r->powered)
		return;
	struct sim_host *h = sim_redirection_host(r);
	for (size_t i = 0; i < keys.n; i++)
		sim_host_type(h, keys.p[i], clock_mono_ms());
	waitq_wake_all(&r->news);
}

void sim_redirection_boot(struct sim_redirection *r, enum sim_boot_from from,
			  const char *what)
{
	r->powered = true;
	r->boots++;
	r->booted_from = from;
	snprintf(r->booted_what, sizeof(r->booted_what), "%s", what);
	r->booted_ms = clock_mono_ms();
	if (r->host != NULL)
		sim_host_boot(r->host, from, r->booted_what, r->booted_ms);
	waitq_wake_all(&r->news);
}

void sim_redirection_power(struct sim_redirection *r, bool on)
{
	if (on == r->powered)
		return;
	if (on) {
		sim_redirection_boot(r, SIM_BOOT_DISK, "");
		return;
	}
	r->powered = false;
	waitq_wake_all(&r->news);
}

bool sim_redirection_system_runs(struct sim_redirection *r)
{
	return r->powered && sim_host_system_runs(sim_redirection_host(r));
}

void sim_redirection_going_down(struct sim_redirection *r)
{
	if (!sim_redirection_system_runs(r))
		return;
	sim_host_going_down(r->host);
	waitq_wake_all(&r->news);
}

void sim_redirection_show(struct sim_redirection *r, unsigned display)
{
	OB_ASSERT(display < SIM_DISPLAYS);
	r->display = (uint8_t)display;
	waitq_wake_all(&r->news);
}

void sim_redirection_faults_changed(struct sim_redirection *r)
{
	waitq_wake_all(&r->news);
}

bool sim_redirection_active(const struct sim_redirection *r, enum redir_kind kind)
{
	return r->sessions[kind] != NULL;
}

void sim_redirection_end(struct sim_redirection *r, enum redir_kind kind)
{
	if (r->sessions[kind] == NULL)
		return;
	r->sessions[kind]->end = true;
	waitq_wake_all(&r->news);
}

void sim_redirection_text(struct sim_redirection *r, struct buf *out)
{
	if (r->powered)
		sim_screen_text(&sim_redirection_host(r)->screen, out);
}

void sim_redirection_png(struct sim_redirection *r, unsigned display, const char *notice,
			 struct buf *out)
{
	/* The pointer is the session's who moves it. */
	struct sim_view v = {.display = display, .x = UINT16_MAX, .y = UINT16_MAX};

	if (r->powered)
		v.screen = &sim_redirection_host(r)->screen;
	sim_view_png(&v, r->powered ? notice : NULL, out);
}

/* ---- start ---- */

/* The next message before the session's own; its slices last until it is dropped from the
 * input. */
static struct err *next_message(struct sim_wire *w, struct deadline until,
				struct redir_msg *m, size_t *size)
{
	const char *why = NULL;

	for (;;) {
		ssize_t n = redir_decode(w->in.p, w->in.len, m, &why);
		if (n < 0)
			return err_new(ERR_INVALID, "%s", why);
		*size = (size_t)n;
		if (n > 0)
			return NULL;
		if (deadline_passed(until))
			return err_new(ERR_TIMEOUT, "the console does not log in");
		TRY(sim_wire_wait(w, until));
	}
}

static uint8_t start_status(const struct sim_redirection *r, const char type[4],
			    enum redir_kind *kind)
{
	if (!redir_kind_from(type, kind))
		return REDIR_TYPE_UNKNOWN;
	if (r->look != NULL)
		r->look(r->arg);
	if (!(r->enabled & 1u << *kind))
		return REDIR_UNSUPPORTED;
	if (r->consent_missing & 1u << *kind)
		return REDIR_FAILED;
	return sim_redirection_active(r, *kind) ? REDIR_BUSY : REDIR_STARTED;
}

static struct err *start(struct sim_session *s, struct deadline until)
{
	struct redir_msg m;
	size_t size;

	TRY(next_message(&s->wire, until, &m, &size));
	if (m.op != REDIR_START)
		return err_new(ERR_INVALID, "the first message starts no session");
	struct redir_msg reply = {.op = REDIR_START_REPLY,
				  .status = start_status(s->r, m.start.type, &s->kind),
				  .start_reply = {.major = 1}};
	buf_consume(&s->wire.in, size);
	redir_encode(&s->wire.out, &reply);
	TRY(sim_wire_flush(&s->wire, 0));
	if (reply.status != REDIR_STARTED)
		return err_new(ERR_FORBIDDEN, "session refused: %s",
			       redir_start_text(reply.status));
	return NULL;
}

/* ---- authentication ---- */

struct login {
	struct sim_session *s;
	char nonce[33];
	unsigned failures, messages;
	bool done;
};

static void challenge(struct login *l, uint8_t type)
{
	uint8_t random[16];
	struct digest_challenge c = {.realm = str_of(l->s->r->realm), .qop = STR("auth")};

	random_bytes(random, sizeof(random));
	hex_encode(random, sizeof(random), l->nonce);
	c.nonce = str_of(l->nonce);
	redir_encode_challenge(&l->s->wire.out, type, &c);
}

static void reply(struct login *l, uint8_t status, uint8_t type, struct str data)
{
	redir_encode(&l->s->wire.out, &(struct redir_msg){.op = REDIR_AUTH_REPLY,
							  .status = status,
							  .auth = {type, data}});
	l->done = status == REDIR_AUTH_OK && type != REDIR_BY_QUERY;
}

static void remember(struct login *l, struct str user)
{
	snprintf(l->s->user, sizeof(l->s->user), STR_FMT, STR_ARG(user));
}

static bool logins_fail(const struct sim_redirection *r)
{
	return r->faults != NULL && r->faults->wrong_digest;
}

static bool password_right(struct login *l, struct str data)
{
	const struct sim_redirection *r = l->s->r;
	struct str user, password;
	char want[33], got[33];

	if (!redir_password_decode(data, &user, &password) || !r->ha1(r->arg, user, want))
		return false;
	digest_ha1(user, str_of(r->realm), password, got);
	remember(l, user);
	bool right = !logins_fail(r) && CRYPTO_memcmp(want, got, 32) == 0;
	secret_wipe(want, sizeof(want));
	secret_wipe(got, sizeof(got));
	return right;
}

static bool digest_right(const struct login *l, const struct digest_response *d)
{
	const struct sim_redirection *r = l->s->r;
	char ha1[33];

	bool right = !logins_fail(r) && str_eqz(d->realm, r->realm) &&
		     l->nonce[0] != '\0' && str_eqz(d->nonce, l->nonce) &&
		     r->ha1(r->arg, d->user, ha1) && digest_verify(d, ha1, REDIR_METHOD);
	secret_wipe(ha1, sizeof(ha1));
	return right;
}

static void by_digest(struct login *l, uint8_t type, struct str data)
{
	struct digest_response d;

	bool formed = redir_response_decode(type, data, &d);
	if (formed && d.realm.n > 0 && digest_right(l, &d)) {
		remember(l, d.user);
		reply(l, REDIR_AUTH_OK, type, (struct str){NULL, 0});
		return;
	}
	if (!formed || d.realm.n > 0)
		l->failures++;
	challenge(l, type);
}

static void by_password(struct login *l, struct str data)
{
	bool right = password_right(l, data);

	if (!right)
		l->failures++;
	reply(l, right ? REDIR_AUTH_OK : REDIR_AUTH_FAILED, REDIR_BY_PASSWORD,
	      (struct str){NULL, 0});
}

static void try_login(struct login *l, const struct redir_msg *m)
{
	switch (m->auth.type) {
	case REDIR_BY_QUERY:
		reply(l, REDIR_AUTH_OK, REDIR_BY_QUERY, STR("\x01\x03\x04"));
		break;
	case REDIR_BY_PASSWORD:
		by_password(l, m->auth.data);
		break;
	case REDIR_BY_DIGEST_2069:
	case REDIR_BY_DIGEST:
		by_digest(l, m->auth.type, m->auth.data);
		break;
	default:
		l->failures++;
		reply(l, REDIR_AUTH_UNSUPPORTED, m->auth.type, (struct str){NULL, 0});
		break;
	}
}

static struct err *authenticate(struct sim_session *s, struct deadline until)
{
	struct login l = {.s = s};
	struct redir_msg m;
	size_t size;

	while (!l.done) {
		TRY(next_message(&s->wire, until, &m, &size));
		if (m.op == REDIR_END)
			return err_new(ERR_CLOSED, "the console ended the session");
		if (m.op != REDIR_AUTH)
			return err_new(ERR_INVALID, "a message before the login");
		try_login(&l, &m);
		secret_wipe(s->wire.in.p, size);
		buf_consume(&s->wire.in, size);
		TRY(sim_wire_flush(&s->wire, 0));
		if (l.failures >= SIM_REDIRECTION_FAILURES ||
		    ++l.messages > LOGIN_MESSAGES_MAX)
			return err_new(ERR_UNAUTHENTICATED, "too many wrong logins");
	}
	return NULL;
}

/* ---- the session ---- */

bool sim_session_asked_to_end(const struct sim_session *s)
{
	return s->wire.in.len > 0 && (uint8_t)s->wire.in.p[0] == REDIR_END;
}

static void tell(const struct sim_session *s, bool began)
{
	if (s->r->session != NULL)
		s->r->session(s->r->arg, s->kind, s->user, s->from, began);
}

static struct err *run(struct sim_session *s)
{
	static struct err *(*const runs[REDIR_KINDS])(struct sim_session *
						      s) = {[REDIR_SOL] = sim_sol_run,
							    [REDIR_IDER] = sim_ider_run,
							    [REDIR_KVM] = sim_kvm_run};
	struct deadline until = deadline_in(LOGIN_MS);

	TRY(start(s, until));
	TRY(authenticate(s, until));
	/* Another one may have logged in meanwhile. */
	if (sim_redirection_active(s->r, s->kind))
		return err_new(ERR_CONFLICT, "another session of this kind was faster");
	s->r->sessions[s->kind] = s;
	tell(s, true);
	struct err *e = runs[s->kind](s);
	s->r->sessions[s->kind] = NULL;
	tell(s, false);
	waitq_wake_all(&s->r->news);
	return e;
}

static void serve(struct sim_redirection *r, struct str from, struct stream *stream)
{
	struct sim_session s = {.r = r, .from = from};

	sim_wire_init(&s.wire, stream, &r->news, r->faults);
	struct err *e = run(&s);
	if (e != NULL)
		log_debug("redirection ended", F_STR("type", redir_kind_type(s.kind)),
			  F_ERR(e));
	/* What was said last should arrive: a refusal, the reply to an end. */
	if (e == NULL || !err_is(e, ERR_CLOSED))
		stream_shutdown(stream);
	err_free(e);
	sim_wire_fini(&s.wire);
}

void sim_redirection_serve(struct sim_redirection *r, struct str from, struct stream *s)
{
	if (r->connections >= SIM_REDIRECTION_CONNECTIONS) {
		log_debug("too many redirection connections");
		stream_free(s);
		return;
	}
	r->connections++;
	serve(r, from, s);
	r->connections--;
}
