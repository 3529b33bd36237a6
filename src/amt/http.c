/* SPDX-License-Identifier: Apache-2.0
 * HTTP client of AMT: POST /wsman with digest. wire-amt.md 3.1-3.2, wsman.md A.1-A.2.
 *
 * Requests have the form MPS gives them. Digest state is the device's, not the
 * connection's: a challenge that one connection got serves the others, and the nonce
 * counter never goes back.
 */
#include <amt/http.h>

#include <stdlib.h>

#define MAX_CHALLENGES 3
#define MAX_INTERIM 8 /* 1xx before an answer */
#define READ_SIZE 4096

struct amt_conn {
	struct amt_http *h;
	struct stream *s; /* NULL: not open */
	struct buf in;	  /* of the response being read */
	bool heard;	  /* a byte of it came */
};

/* ---- credentials and challenge ---- */

void amt_http_init(struct amt_http *h, amt_open_fn *open, void *arg, uint16_t port)
{
	*h = (struct amt_http){.open = open, .open_arg = arg, .port = port};
}

static void drop_ha1(struct amt_http *h)
{
	secret_wipe(h->ha1, sizeof(h->ha1));
}

void amt_http_credentials(struct amt_http *h, struct str user, struct str password)
{
	secret_set(&h->user, user);
	secret_set(&h->password, password);
	drop_ha1(h);
}

static void drop_challenge(struct amt_http *h)
{
	free(h->realm);
	free(h->nonce);
	free(h->opaque);
	h->realm = h->nonce = h->opaque = NULL;
}

void amt_http_fini(struct amt_http *h)
{
	secret_fini(&h->user);
	secret_fini(&h->password);
	drop_ha1(h);
	drop_challenge(h);
}

static struct str user_of(const struct amt_http *h)
{
	return (struct str){h->user.p, h->user.n};
}

/* False when there is no password to compute it from. */
static bool have_ha1(struct amt_http *h)
{
	if (h->ha1[0] != '\0')
		return true;
	if (h->password.p == NULL || h->realm == NULL)
		return false;
	digest_ha1(user_of(h), str_of(h->realm),
		   (struct str){h->password.p, h->password.n}, h->ha1);
	secret_fini(&h->password);
	return true;
}

static struct err *take_challenge(struct amt_http *h, struct str value, struct arena *a)
{
	struct digest_challenge c;

	if (!digest_parse_challenge(a, value, &c))
		return err_new(ERR_DEVICE,
			       "the device asks for a login that is no known digest");
	if (h->realm == NULL || !str_eqz(c.realm, h->realm))
		drop_ha1(h);
	drop_challenge(h);
	h->realm = xstrndup(c.realm.p, c.realm.n);
	h->nonce = xstrndup(c.nonce.p, c.nonce.n);
	h->opaque = c.opaque.p != NULL ? xstrndup(c.opaque.p, c.opaque.n) : NULL;
	h->qop = c.qop.n > 0;
	if (!have_ha1(h))
		return err_new(
			ERR_DEVICE,
			"the device asks for its AMT password, which is not known here");
	return NULL;
}

/* ---- one exchange ---- */

static void put_request(struct amt_http *h, struct str body, struct arena *a,
			struct buf *out)
{
	buf_adds(out, "POST /wsman HTTP/1.1\r\n");
	if (h->nonce != NULL && have_ha1(h)) {
		struct digest_challenge c = {
			.realm = str_of(h->realm),
			.nonce = str_of(h->nonce),
			.opaque = str_of(h->opaque),
			.qop = h->qop ? STR("auth") : (struct str){0},
		};
		buf_addf(out, "Authorization: %s\r\n",
			 digest_authorize(a, &c, user_of(h), h->ha1, "POST", "/wsman",
					  ++h->nc));
	}
	buf_addf(out, "Host: %s:%u\r\n%sContent-Length: %zu\r\n\r\n",
		 h->host != NULL ? h->host : "localhost", h->port,
		 h->close_each ? "Connection: close\r\n" : "", body.n);
	buf_addstr(out, body);
}

static void conn_close(struct amt_conn *c)
{
	stream_free(c->s);
	c->s = NULL;
	buf_fini(&c->in);
}

/* More bytes; *end at the end of the stream. */
static struct err *fill(struct amt_conn *c, struct deadline until, bool *end)
{
	size_t n;

	TRY(stream_read(c->s, buf_reserve(&c->in, READ_SIZE), READ_SIZE, until, &n));
	c->in.len += n;
	*end = n == 0;
	if (n > 0)
		c->heard = true;
	return NULL;
}

/* Interim responses are skipped. The head's slices point into c->in, whose first *used
 * bytes it is. */
static struct err *read_head(struct amt_conn *c, struct deadline until,
			     struct http_head *head, size_t *used)
{
	int interim = 0;
	bool end;

	for (;;) {
		ssize_t n = http_parse_response(head, c->in.p, c->in.len);
		if (n < 0)
			return err_new(ERR_DEVICE, "malformed HTTP from the device: %s",
				       head->error);
		if (n > 0 && head->status >= 200) {
			*used = (size_t)n;
			return NULL;
		}
		if (n > 0) {
			if (++interim > MAX_INTERIM)
				return err_new(ERR_DEVICE,
					       "endless interim HTTP responses");
			buf_consume(&c->in, (size_t)n);
			continue;
		}
		TRY(fill(c, until, &end));
		if (end)
			return err_new(ERR_CLOSED,
				       c->heard ? "the device closed in the middle of "
						  "its answer"
						: "the device closed without an "
						  "answer");
	}
}

/* Takes what c->in holds of the body. */
static struct err *feed_body(struct amt_conn *c, struct http_body *body, struct buf *text)
{
	size_t at = 0;

	while (at < c->in.len && !body->done) {
		struct str data;
		ssize_t n = http_body_feed(body, c->in.p + at, c->in.len - at, &data);
		if (n < 0)
			return err_new(ERR_DEVICE, "malformed HTTP from the device: %s",
				       body->error);
		if (data.n > AMT_HTTP_MAX_RESPONSE - text->len)
			return err_new(ERR_DEVICE, "the device's answer is too large");
		buf_addstr(text, data);
		at += (size_t)n;
	}
	buf_consume(&c->in, at);
	return NULL;
}

static struct err *read_body(struct amt_conn *c, struct deadline until,
			     struct http_body *body, struct buf *text)
{
	bool end = false;

	if (body->kind == HTTP_BODY_LENGTH && body->left > AMT_HTTP_MAX_RESPONSE)
		return err_new(ERR_DEVICE, "the device's answer is too large");
	TRY(feed_body(c, body, text));
	while (!body->done && !end) {
		TRY(fill(c, until, &end));
		TRY(feed_body(c, body, text));
	}
	if (!body->done && body->kind != HTTP_BODY_CLOSE)
		return err_new(ERR_CLOSED,
			       "the device closed in the middle of its answer");
	return NULL;
}

struct answer {
	struct amt_response rs;
	struct str challenge; /* WWW-Authenticate of a 401, in the arena */
	bool keep;
};

static struct err *read_answer(struct amt_conn *c, struct arena *a, struct deadline until,
			       struct answer *out)
{
	struct http_head *head = arena_new(a, struct http_head);
	_cleanup_(buf_fini) struct buf text = {0};
	struct http_body body;
	size_t used;

	TRY(read_head(c, until, head, &used));
	struct str challenge = http_header_str(head, "WWW-Authenticate");
	out->challenge = (struct str){str_dup(a, challenge), challenge.n};
	buf_consume(&c->in, used);
	http_body_response(&body, head, false);
	TRY(read_body(c, until, &body, &text));
	out->rs.status = head->status;
	out->rs.body = (struct str){str_dup(a, buf_str(&text)), text.len};
	/* Bytes nobody asked for make the next answer doubtful. */
	out->keep = head->keep_alive && body.kind != HTTP_BODY_CLOSE && c->in.len == 0;
	return NULL;
}

static struct err *exchange(struct amt_conn *c, struct str body, struct arena *a,
			    struct deadline until, struct answer *out)
{
	_cleanup_(buf_fini_wipe) struct buf rq = {0};

	c->heard = false;
	put_request(c->h, body, a, &rq);
	struct err *e = stream_write(c->s, rq.p, rq.len, until);
	if (e != NULL && e->kind != ERR_CLOSED)
		return e;
	/* A device that closed early may have said why before. */
	struct err *no_answer = read_answer(c, a, until, out);
	if (e == NULL || no_answer == NULL) {
		err_free(e);
		return no_answer;
	}
	err_free(no_answer);
	return e;
}

/* ---- connections ---- */

struct amt_conn *amt_conn_new(struct amt_http *h)
{
	struct amt_conn *c = xcalloc(1, sizeof(*c));

	c->h = h;
	return c;
}

void amt_conn_free(struct amt_conn *c)
{
	if (c == NULL)
		return;
	conn_close(c);
	free(c);
}

/* Opens unless it is open and the device has not closed it meanwhile. */
static struct err *conn_ready(struct amt_conn *c, struct deadline until, bool *reused)
{
	char byte;

	if (c->s != NULL && stream_try_read(c->s, &byte, 1) != STREAM_AGAIN)
		conn_close(c);
	*reused = c->s != NULL;
	return *reused ? NULL : c->h->open(c->h->open_arg, c->h->port, until, &c->s);
}

/* Once more when the device closed a kept connection just as the request went out. */
static struct err *exchange_once_more(struct amt_conn *c, struct str body,
				      struct arena *a, struct deadline until,
				      struct answer *out)
{
	bool reused;

	TRY(conn_ready(c, until, &reused));
	struct err *e = exchange(c, body, a, until, out);
	if (err_is(e, ERR_CLOSED) && reused && !c->heard) {
		err_free(e);
		conn_close(c);
		TRY(conn_ready(c, until, &reused));
		e = exchange(c, body, a, until, out);
	}
	if (e != NULL || !out->keep)
		conn_close(c);
	return e;
}

struct err *amt_conn_post(struct amt_conn *c, struct str body, struct arena *a,
			  struct deadline until, struct amt_response *out)
{
	struct answer answer = {0};

	c->h->denied = false;
	for (int challenges = 0; challenges <= MAX_CHALLENGES; challenges++) {
		TRY(exchange_once_more(c, body, a, until, &answer));
		if (answer.rs.status != 401) {
			*out = answer.rs;
			return NULL;
		}
		TRY(take_challenge(c->h, answer.challenge, a));
	}
	c->h->denied = true;
	return err_new(ERR_DEVICE, "wrong AMT password");
}
