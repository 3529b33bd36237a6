/* SPDX-License-Identifier: Apache-2.0
 * Session start and authentication of redirection. wire-amt.md 4.1-4.2.
 *
 *   0x11  | 11 | status | 2 | major | minor | fw | fw | oem u32 | n | n bytes |
 *   0x13  | 13 | 0 | 0 0 | type | n u32 | n bytes |        0x14 the same with a status
 *
 * Always 13 bytes and more of 0x11: refusals have the same length as successes.
 */
#include <amt/redirection/layout.h>
#include <amt/redirection/session.h>
#include <stdio.h>

/* clang-format off */
#define AT(m) offsetof(struct redir_msg, m)
static const struct layout_field start_fields[] = {
	{LAYOUT_U8, 0, AT(start.version)}, {LAYOUT_SKIP, 2}, {LAYOUT_BYTES, 4, AT(start.type)}, {0}};
static const struct layout_field start_reply_fields[] = {
	{LAYOUT_U8, 0, AT(status)}, {LAYOUT_SKIP, 2},
	{LAYOUT_U8, 0, AT(start_reply.major)}, {LAYOUT_U8, 0, AT(start_reply.minor)},
	{LAYOUT_U8, 0, AT(start_reply.fw_major)}, {LAYOUT_U8, 0, AT(start_reply.fw_minor)},
	{LAYOUT_LE32, 0, AT(start_reply.oem)},
	{LAYOUT_LEN8, 0, AT(start_reply.oem_data), UINT8_MAX},
	{LAYOUT_DATA, 0, AT(start_reply.oem_data)}, {0}};
static const struct layout_field end_fields[] = {{LAYOUT_SKIP, 3}, {0}};
static const struct layout_field auth_fields[] = {
	{LAYOUT_SKIP, 3}, {LAYOUT_U8, 0, AT(auth.type)},
	{LAYOUT_LEN_LE32, 0, AT(auth.data), REDIR_AUTH_MAX}, {LAYOUT_DATA, 0, AT(auth.data)}, {0}};
static const struct layout_field auth_reply_fields[] = {
	{LAYOUT_U8, 0, AT(status)}, {LAYOUT_SKIP, 2}, {LAYOUT_U8, 0, AT(auth.type)},
	{LAYOUT_LEN_LE32, 0, AT(auth.data), REDIR_AUTH_MAX}, {LAYOUT_DATA, 0, AT(auth.data)}, {0}};
#undef AT
/* clang-format on */

static const struct layout_field *fields_of(uint8_t op)
{
	switch (op) {
	case REDIR_START:
		return start_fields;
	case REDIR_START_REPLY:
		return start_reply_fields;
	case REDIR_END:
		return end_fields;
	case REDIR_AUTH:
		return auth_fields;
	case REDIR_AUTH_REPLY:
		return auth_reply_fields;
	default:
		return NULL;
	}
}

ssize_t redir_decode(const void *p, size_t n, struct redir_msg *m, const char **why)
{
	struct rd r = rd_init(p, n);

	if (n == 0)
		return 0;
	memset(m, 0, sizeof(*m));
	m->op = (enum redir_op)rd_u8(&r);
	const struct layout_field *f = fields_of((uint8_t)m->op);
	if (f == NULL) {
		*why = "unknown redirection message";
		return -1;
	}
	layout_read(&r, f, m);
	return layout_result(&r, n, "oversized redirection message", why);
}

void redir_encode(struct buf *out, const struct redir_msg *m)
{
	const struct layout_field *f = fields_of((uint8_t)m->op);

	OB_ASSERT(f != NULL);
	buf_addc(out, (char)m->op);
	layout_write(out, f, m);
}

static const char *const types[REDIR_KINDS] = {
	[REDIR_SOL] = "SOL ", [REDIR_IDER] = "IDER", [REDIR_KVM] = "KVMR"};

const char *redir_kind_type(enum redir_kind kind)
{
	return types[kind];
}

bool redir_kind_from(const char type[4], enum redir_kind *out)
{
	for (unsigned i = 0; i < REDIR_KINDS; i++) {
		if (memcmp(type, types[i], 4) == 0) {
			*out = (enum redir_kind)i;
			return true;
		}
	}
	return false;
}

const char *redir_start_text(uint8_t status)
{
	switch (status) {
	case REDIR_STARTED:
		return "started";
	case REDIR_TYPE_UNKNOWN:
		return "the device does not know this type of session";
	case REDIR_BUSY:
		return "the device has a session of this type already";
	case REDIR_UNSUPPORTED:
		return "the device does not support or allow this type of session";
	default:
		return "the device refused the session (is user consent missing?)";
	}
}

void redir_encode_start(struct buf *out, enum redir_kind kind)
{
	struct redir_msg m = {.op = REDIR_START, .start = {.version = kind == REDIR_KVM}};

	memcpy(m.start.type, types[kind], 4);
	redir_encode(out, &m);
}

/* ---- texts of the authentication: u8 length and bytes each ---- */

static bool take_texts(struct str data, struct str *const *texts, size_t n)
{
	struct rd r = rd_init(data.p, data.n);

	for (size_t i = 0; i < n; i++) {
		size_t len = rd_u8(&r);
		const uint8_t *p = rd_bytes(&r, len);
		*texts[i] = (struct str){(const char *)p, p != NULL ? len : 0};
	}
	return r.st == RD_OK && rd_left(&r) == 0;
}

static void add_auth(struct buf *out, uint8_t op, uint8_t status, uint8_t type,
		     const struct str *texts, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		OB_ASSERT(texts[i].n <= UINT8_MAX);
		len += 1 + texts[i].n;
	}
	OB_ASSERT(len <= REDIR_AUTH_MAX);
	/* One reservation, so that no copy of a password stays behind. */
	struct wr w = wr_init(buf_reserve(out, 9 + len), 9 + len);
	wr_u8(&w, op);
	wr_u8(&w, status);
	wr_le16(&w, 0);
	wr_u8(&w, type);
	wr_le32(&w, (uint32_t)len);
	for (size_t i = 0; i < n; i++) {
		wr_u8(&w, (uint8_t)texts[i].n);
		wr_bytes(&w, texts[i].p, texts[i].n);
	}
	OB_ASSERT(w.ok);
	out->len += wr_len(&w);
}

bool redir_password_decode(struct str data, struct str *user, struct str *password)
{
	return take_texts(data, (struct str *const[]){user, password}, 2);
}

bool redir_response_decode(uint8_t type, struct str data, struct digest_response *r)
{
	uint64_t nc = 0;
	struct str *const texts[] = {&r->user,	 &r->realm,   &r->nonce,    &r->uri,
				     &r->cnonce, &r->nc_text, &r->response, &r->qop};

	*r = (struct digest_response){0};
	if (type != REDIR_BY_DIGEST && type != REDIR_BY_DIGEST_2069)
		return false;
	if (!take_texts(data, texts, type == REDIR_BY_DIGEST ? 8 : 7))
		return false;
	if (r->realm.n == 0)
		return true;
	if (r->response.n != 32)
		return false;
	if (type == REDIR_BY_DIGEST_2069)
		return true;
	if (!str_eqz(r->qop, "auth") || r->cnonce.n == 0)
		return false;
	if (r->nc_text.n != 8 || !str_hex64(r->nc_text, UINT32_MAX, &nc))
		return false;
	r->nc = (uint32_t)nc;
	return true;
}

bool redir_challenge_decode(uint8_t type, struct str data, struct digest_challenge *c)
{
	struct str *const texts[] = {&c->realm, &c->nonce, &c->qop};

	*c = (struct digest_challenge){0};
	if (type != REDIR_BY_DIGEST && type != REDIR_BY_DIGEST_2069)
		return false;
	if (!take_texts(data, texts, type == REDIR_BY_DIGEST ? 3 : 2))
		return false;
	if (c->realm.n == 0 || c->nonce.n == 0)
		return false;
	return type == REDIR_BY_DIGEST_2069 || str_eqz(c->qop, "auth");
}

void redir_encode_query(struct buf *out)
{
	add_auth(out, REDIR_AUTH, 0, REDIR_BY_QUERY, NULL, 0);
}

void redir_encode_password(struct buf *out, struct str user, struct str password)
{
	add_auth(out, REDIR_AUTH, 0, REDIR_BY_PASSWORD,
		 (const struct str[]){user, password}, 2);
}

void redir_encode_response(struct buf *out, uint8_t type, const struct digest_response *r)
{
	const struct str texts[] = {r->user,   r->realm,   r->nonce,	r->uri,
				    r->cnonce, r->nc_text, r->response, r->qop};

	add_auth(out, REDIR_AUTH, 0, type, texts, type == REDIR_BY_DIGEST ? 8 : 7);
}

void redir_encode_challenge(struct buf *out, uint8_t type,
			    const struct digest_challenge *c)
{
	const struct str texts[] = {c->realm, c->nonce, c->qop};

	add_auth(out, REDIR_AUTH_REPLY, REDIR_AUTH_FAILED, type, texts,
		 type == REDIR_BY_DIGEST ? 3 : 2);
}

void redir_encode_blank(struct buf *out, uint8_t type, struct str user)
{
	redir_encode_response(
		out, type,
		&(struct digest_response){.user = user, .uri = STR(REDIR_URI)});
}

void redir_encode_answer(struct buf *out, uint8_t type, const struct digest_challenge *c,
			 struct str user, const char ha1[33], struct str cnonce,
			 uint32_t nc)
{
	char nc_text[9], response[33];
	struct digest_response r = {.user = user,
				    .realm = c->realm,
				    .nonce = c->nonce,
				    .uri = STR(REDIR_URI),
				    .cnonce = cnonce,
				    .nc_text = {nc_text, 8}};

	snprintf(nc_text, sizeof(nc_text), "%08x", nc);
	if (type == REDIR_BY_DIGEST)
		r.qop = STR("auth");
	digest_response_hex(&r, ha1, REDIR_METHOD, response);
	r.response = (struct str){response, 32};
	redir_encode_response(out, type, &r);
}
