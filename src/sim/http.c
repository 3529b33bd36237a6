/* SPDX-License-Identifier: Apache-2.0
 * The virtual firmware's web server: digest as wire-amt.md 3.1-3.2 tells, then WS-Management.
 */
#include <sim/device.h>

#include <base/log.h>

#define IDLE_MS 60000	/* firmware closes a silent connection */
#define WRITE_MS 30000

enum verdict { ADMITTED, CHALLENGE };

static enum verdict check(const struct sim_device *d, const struct amt_request *rq, struct arena *a)
{
	struct digest_response r;
	char realm[SIM_REALM_SIZE], ha1[33];
	struct str value = http_header_str(&rq->head, "Authorization");

	if (value.n == 0 || !digest_parse_response(a, value, &r))
		return CHALLENGE;
	sim_device_realm(d, realm);
	if (!str_eqz(r.realm, realm) || !str_eqz(r.user, "admin") ||
	    !sim_device_nonce_valid(d, r.nonce))
		return CHALLENGE;
	digest_ha1(r.user, r.realm, (struct str){d->model->password.p, d->model->password.n}, ha1);
	return digest_verify(&r, ha1, "POST") ? ADMITTED : CHALLENGE;
}

/* Appends the reply to out; *close: the connection ends with it. */
static void answer(struct sim_device *d, const struct amt_request *rq, struct arena *a,
		   struct buf *out, bool *close)
{
	char version[48], realm[SIM_REALM_SIZE], nonce[SIM_NONCE_SIZE];
	struct buf xml = {0};

	snprintf(version, sizeof(version), "%s.%s", d->model->version, d->model->build);
	*close = !rq->head.keep_alive;
	if (!str_eqz(rq->head.method, "POST") || !str_eqz(rq->head.target, "/wsman")) {
		amt_reply_400(out, version);
		*close = true;
		return;
	}
	if (check(d, rq, a) == CHALLENGE) {
		sim_device_realm(d, realm);
		sim_device_nonce(d, nonce);
		amt_reply_401(out, version, realm, nonce);
		*close = true;
		return;
	}
	int status = sim_wsman(d, rq->body, a, &xml);
	amt_reply_soap(out, status, version, buf_str(&xml));
	buf_fini(&xml);
}

static struct err *serve(struct sim_device *d, struct stream *s, struct buf *in, struct buf *out)
{
	bool end = false, close = false;

	while (!close) {
		struct arena a = {0};
		struct amt_request rq;
		struct err *e = amt_request_read(s, in, &a, deadline_in(IDLE_MS), &rq, &end);
		if (e == NULL && !end) {
			buf_clear(out);
			answer(d, &rq, &a, out, &close);
			e = stream_write(s, out->p, out->len, deadline_in(WRITE_MS));
		}
		arena_fini(&a);
		if (e != NULL || end)
			return e;
	}
	return NULL;
}

void sim_http_serve(struct sim_device *d, struct stream *s)
{
	struct buf in = {0}, out = {0};
	struct err *e = serve(d, s, &in, &out);

	if (e != NULL && e->kind != ERR_CLOSED && e->kind != ERR_TIMEOUT)
		log_debug("connection to the firmware ended", F_ERR(e));
	err_free(e);
	buf_fini(&in);
	buf_fini(&out);
	stream_free(s);
}
