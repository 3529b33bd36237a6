/* SPDX-License-Identifier: Apache-2.0
 * Digest authentication (RFC 2617, MD5, qop auth or none). wire-amt.md 3.1-3.2, wsman.md
 * A.2.
 *
 * Both headers are a scheme and name=value parameters, parsed by one loop over a table of
 * the wanted names. Values live in the caller's arena.
 */
#include <amt/digest.h>

#include <base/buf.h>
#include <base/encode.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

struct param {
	const char *name;
	struct str *value;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 9110 token characters. */
static bool is_token_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void skip_blanks(struct str *s)
{
	while (s->n > 0 && is_blank(s->p[0]))
		*s = str_sub(*s, 1, s->n);
}

static struct str take_token(struct str *s)
{
	size_t n = 0;

	while (n < s->n && is_token_char(s->p[n]))
		n++;
	struct str token = {s->p, n};
	*s = str_sub(*s, n, s->n);
	return token;
}

/* Behind the opening quote. Escapes are undone, controls refused. */
static bool take_quoted(struct arena *a, struct str *s, struct str *out)
{
	size_t end = 0, n = 0;

	while (end < s->n && s->p[end] != '"') {
		if (s->p[end] == '\\')
			end++;
		end++;
	}
	if (end >= s->n)
		return false;
	char *to = arena_alloc(a, end + 1);
	for (size_t i = 0; i < end; i++) {
		if (s->p[i] == '\\')
			i++;
		if ((unsigned char)s->p[i] < 0x20 || s->p[i] == 0x7f)
			return false;
		to[n++] = s->p[i];
	}
	to[n] = '\0';
	*out = (struct str){to, n};
	*s = str_sub(*s, end + 1, s->n);
	return true;
}

/* Unquoted values end at a comma or blank. MeshCommander sends qop and nc so. */
static bool take_value(struct arena *a, struct str *s, struct str *out)
{
	size_t n = 0;

	if (s->n > 0 && s->p[0] == '"') {
		*s = str_sub(*s, 1, s->n);
		return take_quoted(a, s, out);
	}
	while (n < s->n && s->p[n] > ' ' && s->p[n] < 0x7f && s->p[n] != ',' &&
	       s->p[n] != '"')
		n++;
	*out = (struct str){arena_strndup(a, s->p, n), n};
	*s = str_sub(*s, n, s->n);
	return n > 0;
}

static bool store_param(const struct param *params, size_t n, struct str name,
			struct str value)
{
	for (size_t i = 0; i < n; i++) {
		if (!str_ieqz(name, params[i].name))
			continue;
		if (params[i].value->p != NULL)
			return false; /* twice: which one would the other side use? */
		*params[i].value = value;
		return true;
	}
	return true; /* unknown parameters are ignored (RFC 2617 3.2.1) */
}

/* "Digest a=b, c="d"" into the wanted parameters; false when malformed or one comes
 * twice. */
static bool parse_params(struct arena *a, struct str s, const struct param *params,
			 size_t n)
{
	s = str_trim(s);
	if (!str_ieqz(take_token(&s), "Digest") || s.n == 0 || !is_blank(s.p[0]))
		return false;
	for (;;) {
		struct str value;

		skip_blanks(&s);
		struct str name = take_token(&s);
		skip_blanks(&s);
		if (name.n == 0 || s.n == 0 || s.p[0] != '=')
			return false;
		s = str_sub(s, 1, s.n);
		skip_blanks(&s);
		if (!take_value(a, &s, &value) || !store_param(params, n, name, value))
			return false;
		skip_blanks(&s);
		if (s.n == 0)
			return true;
		if (s.p[0] != ',')
			return false;
		s = str_sub(s, 1, s.n);
	}
}

/* A list of quality-of-protection tokens holds "auth". */
static bool offers_auth(struct str qop)
{
	struct str part;

	while (str_split(&qop, ',', &part))
		if (str_ieqz(str_trim(part), "auth"))
			return true;
	return false;
}

bool digest_parse_challenge(struct arena *a, struct str value, struct digest_challenge *c)
{
	struct str algorithm = {0}, stale = {0};
	const struct param params[] = {
		{"realm", &c->realm}, {"nonce", &c->nonce},	 {"opaque", &c->opaque},
		{"qop", &c->qop},     {"algorithm", &algorithm}, {"stale", &stale},
	};

	*c = (struct digest_challenge){0};
	if (!parse_params(a, value, params, ARRAY_LEN(params)))
		return false;
	if (c->realm.p == NULL || c->nonce.p == NULL || c->nonce.n == 0)
		return false;
	if (algorithm.p != NULL && !str_ieqz(algorithm, "MD5"))
		return false;
	if (c->qop.n > 0 && !offers_auth(c->qop))
		return false;
	c->qop = c->qop.n > 0 ? STR("auth") : (struct str){0};
	c->stale = str_ieqz(stale, "true");
	return true;
}

/* MD5 of the parts joined by colons, as 32 hex digits. */
static void md5_hex(const struct str *parts, size_t n, char out[33])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t sum[16];

	OB_ASSERT(md != NULL && EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			OB_ASSERT(EVP_DigestUpdate(md, ":", 1) == 1);
		OB_ASSERT(EVP_DigestUpdate(md, parts[i].p, parts[i].n) == 1);
	}
	OB_ASSERT(EVP_DigestFinal_ex(md, sum, NULL) == 1);
	EVP_MD_CTX_free(md);
	hex_encode(sum, sizeof(sum), out);
}

void digest_ha1(struct str user, struct str realm, struct str password, char out[33])
{
	md5_hex((const struct str[]){user, realm, password}, 3, out);
}

void digest_response_hex(const struct digest_response *r, const char ha1[33],
			 const char *method, char out[33])
{
	char ha2[33];

	md5_hex((const struct str[]){str_of(method), r->uri}, 2, ha2);
	struct str h1 = {ha1, 32}, h2 = {ha2, 32};
	if (r->qop.n == 0)
		md5_hex((const struct str[]){h1, r->nonce, h2}, 3, out);
	else
		md5_hex((const struct str[]){h1, r->nonce, r->nc_text, r->cnonce, r->qop,
					     h2},
			6, out);
}

static void add_quoted(struct buf *b, const char *name, struct str value)
{
	buf_addf(b, "%s%s=\"", b->len > strlen("Digest ") ? "," : "", name);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '"' || value.p[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, value.p[i]);
	}
	buf_addc(b, '"');
}

const char *digest_authorize(struct arena *a, const struct digest_challenge *c,
			     struct str user, const char ha1[33], const char *method,
			     const char *uri, uint32_t nc)
{
	uint8_t random[8];
	char cnonce[17], nc_text[9], response[33];
	struct buf b = {0};

	random_bytes(random, sizeof(random));
	hex_encode(random, sizeof(random), cnonce);
	snprintf(nc_text, sizeof(nc_text), "%08x", nc);
	struct digest_response r = {
		.nonce = c->nonce,
		.uri = str_of(uri),
		.qop = c->qop,
		.nc_text = str_of(nc_text),
		.cnonce = str_of(cnonce),
	};
	digest_response_hex(&r, ha1, method, response);
	buf_adds(&b, "Digest ");
	add_quoted(&b, "username", user);
	add_quoted(&b, "realm", c->realm);
	add_quoted(&b, "nonce", c->nonce);
	add_quoted(&b, "uri", r.uri);
	if (c->qop.n > 0)
		add_quoted(&b, "qop", c->qop);
	add_quoted(&b, "response", str_of(response));
	if (c->qop.n > 0) {
		add_quoted(&b, "nc", r.nc_text);
		add_quoted(&b, "cnonce", r.cnonce);
	}
	if (c->opaque.p != NULL)
		add_quoted(&b, "opaque", c->opaque);
	const char *text = arena_strndup(a, b.p, b.len);
	buf_fini(&b);
	return text;
}

bool digest_parse_response(struct arena *a, struct str value, struct digest_response *r)
{
	struct str algorithm = {0};
	uint64_t nc = 0;
	const struct param params[] = {
		{"username", &r->user}, {"realm", &r->realm},
		{"nonce", &r->nonce},	{"uri", &r->uri},
		{"qop", &r->qop},	{"response", &r->response},
		{"nc", &r->nc_text},	{"cnonce", &r->cnonce},
		{"opaque", &r->opaque}, {"algorithm", &algorithm},
	};

	*r = (struct digest_response){0};
	if (!parse_params(a, value, params, ARRAY_LEN(params)))
		return false;
	if (r->user.p == NULL || r->realm.p == NULL || r->nonce.p == NULL ||
	    r->uri.p == NULL)
		return false;
	if (r->response.n != 32 || (algorithm.p != NULL && !str_ieqz(algorithm, "MD5")))
		return false;
	if (r->qop.n == 0)
		return true;
	if (!str_eqz(r->qop, "auth") || r->cnonce.p == NULL)
		return false;
	if (r->nc_text.n != 8 || !str_hex64(r->nc_text, UINT32_MAX, &nc))
		return false;
	r->nc = (uint32_t)nc;
	return true;
}

bool digest_verify(const struct digest_response *r, const char ha1[33],
		   const char *method)
{
	char want[33];

	digest_response_hex(r, ha1, method, want);
	return r->response.n == 32 && CRYPTO_memcmp(want, r->response.p, 32) == 0;
}
