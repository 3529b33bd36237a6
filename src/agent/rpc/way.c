/* SPDX-License-Identifier: Apache-2.0
 * The way to the firmware's web server on this machine: LMS if it is there, since it
 * holds LME then, else LME in this process. rpc.md 3.1.
 */
#include <agent/rpc/local.h>

#include <agent/rpc/parse.h>
#include <amt/heci/lme_client.h>
#include <device/odca.h>
#include <net/socket.h>
#include <net/tls.h>
#include <openssl/pem.h>
#include <stdlib.h>

#define LMS_CONNECT_MS 5000
#define PORT_PLAIN 16992
#define PORT_TLS 16993

struct rpc_way {
	bool decided, lms;
	struct lme_client *lme;
	bool has_device;
	struct device device; /* of the account that spoke last */
	/* TLS before set-up: what is known of the firmware, and who we are to it */
	struct odca odca;
	const char *cert_pem;
	struct secret key_pem;
};

static const struct limiter_config no_limits;

static struct rpc_way *way_of(struct rpc *r)
{
	if (r->way == NULL)
		r->way = xcalloc(1, sizeof(*r->way));
	return r->way;
}

/* A virtual device's LMS is not where the machine's own one is: ask for it by name. */
static bool may_have_lms(const struct rpc *r)
{
	return r->o.heci == NULL || rpc_given(r, "lmsport") || rpc_given(r, "lmsaddress");
}

static struct err *lms_stream(struct rpc *r, uint16_t port, struct deadline until,
			      struct stream **out)
{
	uint64_t base = PORT_PLAIN;

	if (rpc_given(r, "lmsport") &&
	    !str_u64(str_of(r->o.lms_port), UINT16_MAX - 1, &base))
		return err_new(ERR_INVALID, "%s is no port of LMS", r->o.lms_port);
	const char *host = rpc_given(r, "lmsaddress") ? r->o.lms_address : "127.0.0.1";

	return socket_connect(host, (uint16_t)(base + port - PORT_PLAIN), NULL,
			      deadline_min(until, deadline_in(LMS_CONNECT_MS)), out);
}

static struct err *lme_stream(struct rpc *r, uint16_t port, struct deadline until,
			      struct stream **out)
{
	struct rpc_way *w = way_of(r);

	if (w->lme == NULL)
		w->lme = lme_client_new(&r->place, 0);
	return lme_client_open(w->lme, port, until, out);
}

struct err *rpc_way_stream(void *arg, uint16_t port, struct deadline until,
			   struct stream **out)
{
	struct rpc *r = arg;
	struct rpc_way *w = way_of(r);

	if (!w->decided && may_have_lms(r)) {
		struct err *e = lms_stream(r, port, until, out);

		w->decided = w->lms = e == NULL;
		if (e == NULL || e->kind == ERR_CANCELLED)
			return e;
		rpc_log_err(r, LOG_DEBUG, e);
		err_free(e);
	}
	w->decided = true;
	return w->lms ? lms_stream(r, port, until, out) : lme_stream(r, port, until, out);
}

bool rpc_way_is_lms(struct rpc *r)
{
	struct rpc_way *w = way_of(r);
	struct stream *s = NULL;

	if (!w->decided && may_have_lms(r)) {
		struct err *e = lms_stream(r, rpc_tls_enforced(r) ? PORT_TLS : PORT_PLAIN,
					   deadline_in(LMS_CONNECT_MS), &s);

		w->decided = w->lms = e == NULL;
		err_free(e);
		stream_free(s);
	}
	return w->lms;
}

/* ---- conversations ---- */

struct odca *rpc_way_odca(struct rpc *r)
{
	return &way_of(r)->odca;
}

void rpc_way_client(struct rpc *r, const char *cert_pem, const struct secret *key_pem)
{
	struct rpc_way *w = way_of(r);

	rpc_way_drop(r);
	w->cert_pem = cert_pem;
	secret_fini(&w->key_pem);
	if (key_pem != NULL)
		secret_set(&w->key_pem, (struct str){key_pem->p, key_pem->n});
}

/* A virtual device's chain ends at a root of its own, which a test names. */
static void trust_virtual_root(struct rpc *r, struct odca *o)
{
#ifdef OB_VIRTUAL_HECI
	const char *path = r->o.heci != NULL ? getenv("OUTBAND_ODCA_ROOT") : NULL;
	FILE *f = path != NULL && o->root == NULL ? fopen(path, "re") : NULL;

	if (f == NULL)
		return;
	o->root = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
#endif
}

/* Before set-up only genuine firmware is talked to. A single certificate is what the
 * firmware shows that was set up a moment ago: HECI tells whether it was. */
static struct err *require_firmware(struct rpc *r, SSL_CTX *ctx)
{
	struct odca *o = rpc_way_odca(r);
	struct amthi_client c = rpc_amthi(r);
	struct amthi_value mode;

	TRY(amthi_get_control_mode(&c, deadline_in(RPC_HECI_MS), &mode));
	o->single_is_fine = mode.value != AMTHI_NOT_ACTIVATED;
	o->why = NULL;
	trust_virtual_root(r, o);
	odca_require(ctx, o);
	return NULL;
}

static struct err *tls_stream(struct rpc *r, struct deadline until, struct stream **out)
{
	struct rpc_way *w = way_of(r);
	bool firmware = r->mode == AMTHI_NOT_ACTIVATED && !r->o.skip_amt_cert_check;
	struct tls_client_config c = {.min_version = "TLSv1.2",
				      .cert_pem = w->cert_pem,
				      .key_pem = w->key_pem.p,
				      .insecure = firmware || r->o.skip_amt_cert_check};
	SSL_CTX *ctx;
	struct stream *s;

	TRY(tls_client_ctx(&c, &ctx));
	struct err *e = firmware ? require_firmware(r, ctx) : NULL;

	if (e == NULL)
		e = rpc_way_stream(r, PORT_TLS, until, &s);
	if (e == NULL)
		e = tls_connect(s, ctx, NULL, until, out);
	SSL_CTX_free(ctx);
	if (e != NULL && firmware && w->odca.why != NULL)
		return err_wrap_as(ERR_FORBIDDEN, e, "AMT's certificate: %s",
				   w->odca.why);
	return e;
}

static struct err *open_web(void *arg, uint16_t port, struct deadline until,
			    struct stream **out)
{
	struct rpc *r = arg;

	return rpc_tls_enforced(r) ? tls_stream(r, until, out)
				   : rpc_way_stream(r, PORT_PLAIN, until, out);
}

static void device_kept(struct device *d)
{
}

static struct err *set_account(struct rpc *r, enum rpc_account as)
{
	struct amthi_client c = rpc_amthi(r);
	_cleanup_(secret_fini) struct secret user = {0};
	_cleanup_(secret_fini) struct secret password = {0};
	struct amt_http *http = &r->way->device.http;

	if (as == RPC_AS_ADMIN) {
		amt_http_credentials(http, STR("admin"),
				     (struct str){r->o.password.p, r->o.password.n});
		return NULL;
	}
	TRY(amthi_get_local_system_account(&c, deadline_in(RPC_HECI_MS), &user,
					   &password));
	amt_http_credentials(http, (struct str){user.p, user.n},
			     (struct str){password.p, password.n});
	return NULL;
}

static void drop_device(struct rpc_way *w)
{
	if (w->has_device)
		device_unref(&w->device);
	w->has_device = false;
}

struct err *rpc_call_begin(struct rpc *r, enum rpc_account as, struct deadline until,
			   struct device_call *c)
{
	struct rpc_way *w = way_of(r);

	drop_device(w);
	w->device = (struct device){.destroy = device_kept};
	device_init(&w->device, "", &no_limits, open_web, r);
	w->device.http.host = "127.0.0.1:16992";
	w->has_device = true;
	device_call_begin(c, &w->device, &r->a, until);
	return set_account(r, as);
}

struct err *rpc_call_end(struct rpc *r, struct device_call *c, struct err *e)
{
	return device_call_end(c, e);
}

void rpc_way_drop(struct rpc *r)
{
	if (r->way == NULL)
		return;
	drop_device(r->way);
	lme_client_free(r->way->lme);
	r->way->lme = NULL;
}

void rpc_way_free(struct rpc *r)
{
	rpc_way_drop(r);
	if (r->way != NULL) {
		X509_free(r->way->odca.root);
		secret_fini(&r->way->key_pem);
	}
	free(r->way);
	r->way = NULL;
}
