/* SPDX-License-Identifier: Apache-2.0
 * TLS handshakes. A step (SSL_do_handshake) runs on a crypto worker when inner is a
 * socket, since it may cost a signature; meanwhile the loop watches nothing of it. Then
 * the loop waits for the peer and starts the next step. Steps over other streams run on
 * the loop, as those streams live there.
 *
 * A handshake that is cancelled or late while its step runs is freed when the step comes
 * back.
 */
#include <net/tls_priv.h>

#include <net/socket.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <rt/offload.h>
#include <stdio.h>
#include <stdlib.h>

struct tls_handshake {
	struct tls_stream *t;
	tls_done_fn *done; /* NULL: nobody waits any more */
	void *arg;
	struct timer deadline, kick;
	struct offload_job job;
	bool client, running;
	unsigned steps;
	int result; /* SSL_get_error of the last step */
	char *name;
	char error[160];
};

const char *tls_handshake_name(SSL *ssl)
{
	const struct tls_handshake *h = SSL_get_app_data(ssl);

	return h != NULL ? h->name : NULL;
}

static void handshake_free(struct tls_handshake *h)
{
	timer_disarm(&h->deadline);
	timer_disarm(&h->kick);
	if (h->t != NULL)
		stream_free(&h->t->s);
	free(h->name);
	free(h);
}

static void handshake_fail(struct tls_handshake *h, struct err *why)
{
	tls_done_fn *done = h->done;
	void *arg = h->arg;

	h->done = NULL;
	if (!h->running || offload_withdraw(&h->job))
		handshake_free(h);
	done(NULL, why, arg);
}

static void on_deadline(void *arg)
{
	handshake_fail(arg, err_new(ERR_TIMEOUT, "the TLS handshake took too long"));
}

static void explain(struct tls_handshake *h)
{
	long verdict = SSL_get_verify_result(h->t->ssl);

	if (h->t->inner_eof)
		snprintf(h->error, sizeof(h->error),
			 "the peer closed the connection during the TLS handshake");
	else if (h->t->inner->error[0] != '\0')
		snprintf(h->error, sizeof(h->error), "the connection broke: %s",
			 h->t->inner->error);
	else if (h->client && verdict != X509_V_OK)
		snprintf(h->error, sizeof(h->error),
			 "the peer's certificate is refused: %s",
			 X509_verify_cert_error_string(verdict));
	else
		tls_error_text(h->error, sizeof(h->error));
	ERR_clear_error();
}

/* Worker or loop. */
static void step_run(void *arg)
{
	struct tls_handshake *h = arg;

	ERR_clear_error();
	int r = SSL_do_handshake(h->t->ssl);

	h->result = r == 1 ? SSL_ERROR_NONE : SSL_get_error(h->t->ssl, r);
	if (h->result != SSL_ERROR_NONE && h->result != SSL_ERROR_WANT_READ &&
	    h->result != SSL_ERROR_WANT_WRITE)
		explain(h);
}

static void step_start(struct tls_handshake *h);

static void on_inner(struct stream *inner, unsigned events, void *arg)
{
	stream_watch(inner, 0);
	step_start(arg);
}

static void step_done(void *arg)
{
	struct tls_handshake *h = arg;

	h->running = false;
	if (h->done == NULL) {
		handshake_free(h);
		return;
	}
	if (h->result == SSL_ERROR_WANT_READ || h->result == SSL_ERROR_WANT_WRITE) {
		stream_watch(h->t->inner, h->result == SSL_ERROR_WANT_READ
						  ? STREAM_READABLE
						  : STREAM_WRITABLE);
		return;
	}
	if (h->result != SSL_ERROR_NONE) {
		bool gone = h->t->inner_eof || h->t->inner->error[0] != '\0';

		handshake_fail(
			h, err_new(gone ? ERR_CLOSED : ERR_UNAVAILABLE, "%s", h->error));
		return;
	}
	struct tls_stream *t = h->t;
	tls_done_fn *done = h->done;
	void *done_arg = h->arg;

	SSL_set_app_data(t->ssl, NULL);
	tls_stream_ready(t);
	h->t = NULL;
	handshake_free(h);
	done(&t->s, NULL, done_arg);
}

/* A TLS 1.3 server's later steps only check a MAC (but for a client's certificate): not
 * worth a thread's wake-up. */
static bool heavy(const struct tls_handshake *h)
{
	SSL *ssl = h->t->ssl;

	return h->client || h->steps == 0 || SSL_version(ssl) != TLS1_3_VERSION ||
	       SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE;
}

static void step_start(struct tls_handshake *h)
{
	bool worker = socket_fd(h->t->inner) >= 0 && heavy(h);

	h->steps++;
	if (worker) {
		h->running = true;
		offload_submit(offload_crypto(), &h->job);
	} else {
		step_run(h);
		step_done(h);
	}
}

static void on_kick(void *arg)
{
	step_start(arg);
}

static struct tls_handshake *handshake_new(struct stream *inner, SSL_CTX *ctx,
					   struct deadline until, tls_done_fn *done,
					   void *arg)
{
	struct tls_handshake *h = xcalloc(1, sizeof(*h));

	h->t = tls_stream_new(inner, ctx);
	h->done = done;
	h->arg = arg;
	h->job = (struct offload_job){.run = step_run, .done = step_done, .arg = h};
	SSL_set_app_data(h->t->ssl, h);
	stream_on_event(inner, on_inner, h);
	timer_arm(&h->deadline, until.at_ms, on_deadline, h);
	return h;
}

struct tls_handshake *tls_accept_start(struct stream *inner, SSL_CTX *ctx,
				       struct deadline until, tls_done_fn *done,
				       void *arg)
{
	struct tls_handshake *h = handshake_new(inner, ctx, until, done, arg);

	SSL_set_accept_state(h->t->ssl);
	stream_watch(inner, STREAM_READABLE);
	return h;
}

/* SNI is for names only; what is checked depends on the context's policy. */
static void set_server_name(struct tls_handshake *h, SSL_CTX *ctx, const char *name)
{
	const struct tls_policy *policy = tls_policy(ctx);
	X509_VERIFY_PARAM *param = SSL_get0_param(h->t->ssl);

	if (name == NULL && policy != NULL)
		name = policy->server_name;
	if (name == NULL)
		return;
	h->name = xstrdup(name);
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);

	if (ip == NULL)
		SSL_set_tlsext_host_name(h->t->ssl, name);
	if (policy == NULL || (!policy->match_cn && !policy->insecure)) {
		X509_VERIFY_PARAM_set_hostflags(param,
						X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
		if (ip != NULL)
			X509_VERIFY_PARAM_set1_ip_asc(param, name);
		else
			X509_VERIFY_PARAM_set1_host(param, name, 0);
	}
	ASN1_OCTET_STRING_free(ip);
	ERR_clear_error();
}

struct tls_handshake *tls_connect_start(struct stream *inner, SSL_CTX *ctx,
					const char *server_name, struct deadline until,
					tls_done_fn *done, void *arg)
{
	struct tls_handshake *h = handshake_new(inner, ctx, until, done, arg);

	h->client = true;
	SSL_set_connect_state(h->t->ssl);
	set_server_name(h, ctx, server_name);
	timer_arm(&h->kick, 0, on_kick, h);
	return h;
}

void tls_handshake_cancel(struct tls_handshake *h)
{
	if (h == NULL)
		return;
	h->done = NULL;
	timer_disarm(&h->deadline);
	if (!h->running || offload_withdraw(&h->job))
		handshake_free(h);
}

struct fiber_wait {
	struct waitq q;
	bool done;
	struct stream *tls;
	struct err *why;
};

static void fiber_done(struct stream *tls, struct err *why, void *arg)
{
	struct fiber_wait *w = arg;

	w->done = true;
	w->tls = tls;
	w->why = why;
	waitq_wake_all(&w->q);
}

static struct err *fiber_finish(struct fiber_wait *w, struct tls_handshake *h,
				struct stream **out)
{
	*out = NULL;
	/* The handshake has the deadline. */
	while (!w->done) {
		struct err *e = waitq_wait(&w->q, DEADLINE_NEVER);

		if (e != NULL && !w->done) {
			tls_handshake_cancel(h);
			return e;
		}
		err_free(e);
	}
	*out = w->tls;
	return w->why;
}

struct err *tls_accept(struct stream *inner, SSL_CTX *ctx, struct deadline until,
		       struct stream **out)
{
	struct fiber_wait w = {.q = WAITQ_INIT(w.q)};

	return fiber_finish(&w, tls_accept_start(inner, ctx, until, fiber_done, &w), out);
}

struct err *tls_connect(struct stream *inner, SSL_CTX *ctx, const char *server_name,
			struct deadline until, struct stream **out)
{
	struct fiber_wait w = {.q = WAITQ_INIT(w.q)};

	return fiber_finish(
		&w, tls_connect_start(inner, ctx, server_name, until, fiber_done, &w),
		out);
}
