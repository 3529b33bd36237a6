/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: start and authentication of redirection, as seen by both sides.
 */
#include <amt/redirection/session.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A challenge that is understood gets an answer that is understood and verifies. */
static void answer(uint8_t type, const struct digest_challenge *c)
{
	struct buf b = {0};
	struct redir_msg m;
	struct digest_response r;
	const char *why;
	char ha1[33];

	digest_ha1(STR("admin"), c->realm, STR("P@ssw0rd"), ha1);
	redir_encode_answer(&b, type, c, STR("admin"), ha1, STR("0123456789"), 1);
	OB_ASSERT(redir_decode(b.p, b.len, &m, &why) == (ssize_t)b.len);
	OB_ASSERT(redir_response_decode(type, m.auth.data, &r));
	OB_ASSERT(str_eq(r.realm, c->realm) && str_eq(r.nonce, c->nonce));
	OB_ASSERT(digest_verify(&r, ha1, REDIR_METHOD));
	buf_fini(&b);
}

static void login(const struct redir_msg *m)
{
	static const char ha1[33] = "0123456789abcdef0123456789abcdef";
	struct digest_challenge c;
	struct digest_response r;
	struct str user, password;

	if (redir_challenge_decode(m->auth.type, m->auth.data, &c))
		answer(m->auth.type, &c);
	if (redir_response_decode(m->auth.type, m->auth.data, &r))
		(void)digest_verify(&r, ha1, REDIR_METHOD);
	if (redir_password_decode(m->auth.data, &user, &password))
		OB_ASSERT(user.n + password.n + 2 == m->auth.data.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = {0}, twice = {0};
	struct redir_msg m, again;
	const char *why = NULL;

	while (size > 0) {
		ssize_t used = redir_decode(data, size, &m, &why);
		OB_ASSERT(used <= (ssize_t)size && (used >= 0 || why != NULL));
		if (used <= 0)
			break;
		buf_clear(&once);
		buf_clear(&twice);
		redir_encode(&once, &m);
		OB_ASSERT(redir_decode(once.p, once.len, &again, &why) ==
			  (ssize_t)once.len);
		redir_encode(&twice, &again);
		OB_ASSERT(str_eq(buf_str(&once), buf_str(&twice)));
		if (m.op == REDIR_AUTH || m.op == REDIR_AUTH_REPLY)
			login(&m);
		data += used;
		size -= (size_t)used;
	}
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
