/* SPDX-License-Identifier: Apache-2.0 */
#include <device/interceptor.h>

#include <base/encode.h>
#include <stdio.h>

#define REFUSALS_MAX 3

void interceptor_init(struct interceptor *i, const struct interceptor_config *c)
{
	uint8_t r[5];

	*i = (struct interceptor){.c = *c};
	random_bytes(r, sizeof(r));
	snprintf(i->cnonce, sizeof(i->cnonce), "%02x%02x%02x%02x%02x", r[0], r[1], r[2],
		 r[3], r[4]);
}

void interceptor_fini(struct interceptor *i)
{
	buf_fini(&i->up);
	buf_fini(&i->down);
	buf_fini(&i->challenge);
}

/* ---- the client ---- */

static struct err *on_start(struct interceptor *i, const struct redir_msg *m)
{
	enum redir_kind kind;

	if (i->begun)
		return err_new(ERR_INVALID, "the client starts a second session");
	if (!redir_kind_from(m->start.type, &kind))
		return err_new(ERR_INVALID, "the client starts a session of no known "
					    "kind");
	if (i->c.kind_known && kind != i->c.kind)
		return err_new(ERR_FORBIDDEN,
			       "the client starts another kind of session than the "
			       "mode it asked for");
	i->begun = true;
	return i->c.started != NULL ? i->c.started(i->c.arg, kind) : NULL;
}

static struct err *put_answer(struct interceptor *i, uint8_t type, struct buf *out)
{
	struct str user = str_of(i->c.user);
	struct digest_challenge c;
	char realm[256], ha1[33];

	if (i->auth_type != type) {
		redir_encode_blank(out, type, user);
		return NULL;
	}
	OB_ASSERT(redir_challenge_decode(type, buf_str(&i->challenge), &c));
	snprintf(realm, sizeof(realm), STR_FMT, STR_ARG(c.realm));
	TRY(i->c.ha1(i->c.arg, str_of(realm), i->refusals == 1, ha1));
	/* A device may have sent another challenge meanwhile. */
	if (i->auth_type != type ||
	    !redir_challenge_decode(type, buf_str(&i->challenge), &c) ||
	    !str_eqz(c.realm, realm))
		return err_new(ERR_DEVICE, "the device changes its challenge unasked");
	redir_encode_answer(out, type, &c, user, ha1, str_of(i->cnonce), ++i->answers);
	secret_wipe(ha1, sizeof(ha1));
	return NULL;
}

static struct err *client_message(struct interceptor *i, const struct redir_msg *m,
				  struct str raw, struct buf *out)
{
	switch (m->op) {
	case REDIR_START:
		TRY(on_start(i, m));
		break;
	case REDIR_END:
		break;
	case REDIR_AUTH:
		if (!i->begun)
			return err_new(ERR_INVALID, "the client logs in before it "
						    "started a session");
		if (i->c.answer && (m->auth.type == REDIR_BY_DIGEST ||
				    m->auth.type == REDIR_BY_DIGEST_2069))
			return put_answer(i, m->auth.type, out);
		break;
	default:
		return err_new(ERR_INVALID, "the client speaks as only a device does");
	}
	buf_addstr(out, raw);
	return NULL;
}

/* ---- the device ---- */

static struct err *on_auth_reply(struct interceptor *i, const struct redir_msg *m)
{
	uint8_t type = m->auth.type;
	struct digest_challenge c;

	if (m->status == REDIR_AUTH_OK) {
		i->direct = type != REDIR_BY_QUERY;
		return NULL;
	}
	if (type != REDIR_BY_DIGEST && type != REDIR_BY_DIGEST_2069)
		return NULL;
	if (!redir_challenge_decode(type, m->auth.data, &c))
		return err_new(ERR_DEVICE, "the device's challenge is malformed");
	if (i->answers > 0 && ++i->refusals >= REFUSALS_MAX)
		return err_new(ERR_UNAUTHENTICATED,
			       "the device refuses the stored password");
	i->auth_type = type;
	buf_clear(&i->challenge);
	buf_addstr(&i->challenge, m->auth.data);
	return NULL;
}

static struct err *device_message(struct interceptor *i, const struct redir_msg *m,
				  struct str raw, struct buf *out)
{
	buf_addstr(out, raw);
	switch (m->op) {
	case REDIR_START_REPLY:
		if (m->status == REDIR_STARTED)
			return NULL;
		return err_new(m->status == REDIR_BUSY ? ERR_CONFLICT : ERR_DEVICE,
			       "the device refuses the session: %s",
			       redir_start_text(m->status));
	case REDIR_AUTH_REPLY:
		return on_auth_reply(i, m);
	default:
		return err_new(ERR_DEVICE, "the device speaks as only a client does");
	}
}

/* ---- bytes ---- */

typedef struct err *message_fn(struct interceptor *i, const struct redir_msg *m,
			       struct str raw, struct buf *out);

/* Whole messages, as long as the session is not direct; the rest stays in b. Limits of
 * the decoder keep that below REDIR_AUTH_MAX and some. */
static struct err *feed(struct interceptor *i, struct buf *b, struct str in,
			message_fn *fn, enum err_kind kind, struct buf *out)
{
	size_t done = 0;
	struct err *e = NULL;

	buf_addstr(b, in);
	while (e == NULL && !i->direct && done < b->len) {
		struct redir_msg m;
		const char *why = NULL;
		ssize_t n = redir_decode(b->p + done, b->len - done, &m, &why);
		if (n == 0)
			break;
		if (n < 0) {
			e = err_new(kind, "before the login is done: %s", why);
			break;
		}
		e = fn(i, &m, (struct str){b->p + done, (size_t)n}, out);
		done += (size_t)n;
	}
	if (e == NULL && i->direct) {
		buf_add(out, b->p + done, b->len - done);
		done = b->len;
	}
	buf_consume(b, done);
	if (i->direct)
		buf_fini(b);
	return e;
}

struct err *interceptor_client(struct interceptor *i, struct str in, struct buf *out)
{
	return feed(i, &i->up, in, client_message, ERR_INVALID, out);
}

struct err *interceptor_device(struct interceptor *i, struct str in, struct buf *out)
{
	return feed(i, &i->down, in, device_message, ERR_DEVICE, out);
}
