/* SPDX-License-Identifier: Apache-2.0
 * Reaching a server: proxy as curl and Go take it from the environment, TLS with
 * verification unless -n.
 */
#include <agent/rpc/web.h>

#include <agent/rpc/local_settings.h>
#include <base/encode.h>
#include <net/http.h>
#include <net/socket.h>
#include <net/tls.h>
#include <stdlib.h>

#define PROXY_HEAD_MAX 16384

static const struct {
	const char *scheme;
	bool tls;
	uint16_t port;
} schemes[] = {
	{"ws", false, 80}, {"wss", true, 443}, {"http", false, 80}, {"https", true, 443}};

static struct err *bad_url(const char *text, const char *why)
{
	return err_new(ERR_INVALID, "%s is no address: %s", text, why);
}

/* host, host:port, [v6], [v6]:port */
static bool split_authority(struct arena *a, struct str s, struct web_url *u)
{
	ptrdiff_t end = str_chr(s, ']');
	struct str host, rest;
	uint64_t port = u->port;

	if (s.n > 0 && s.p[0] == '[') {
		if (end < 0)
			return false;
		host = str_sub(s, 1, (size_t)end);
		rest = str_sub(s, (size_t)end + 1, s.n);
	} else {
		ptrdiff_t colon = str_chr(s, ':');

		host = colon < 0 ? s : str_sub(s, 0, (size_t)colon);
		rest = colon < 0 ? (struct str){0} : str_sub(s, (size_t)colon, s.n);
	}
	if (rest.n > 0 &&
	    (rest.p[0] != ':' || !str_u64(str_sub(rest, 1, rest.n), UINT16_MAX, &port) ||
	     port == 0))
		return false;
	u->host = str_dup(a, host);
	u->port = (uint16_t)port;
	return host.n > 0;
}

struct err *web_url_parse(struct arena *a, const char *text, struct web_url *out)
{
	struct str s = str_of(text);
	ptrdiff_t colon = str_find(s, STR("://")), at;
	size_t i = 0;

	*out = (struct web_url){0};
	for (size_t k = 0; k < s.n; k++)
		if ((unsigned char)s.p[k] <= ' ' || s.p[k] == 0x7f)
			return bad_url(text, "it has blanks or controls");
	if (colon < 0)
		return bad_url(text, "it does not begin with wss:// or another scheme");
	while (i < ARRAY_LEN(schemes) &&
	       !str_ieqz(str_sub(s, 0, (size_t)colon), schemes[i].scheme))
		i++;
	if (i == ARRAY_LEN(schemes))
		return bad_url(text, "malformed ws or wss URL");
	out->scheme = schemes[i].scheme;
	out->tls = schemes[i].tls;
	out->port = schemes[i].port;
	s = str_sub(s, (size_t)colon + 3, s.n);
	size_t end = strcspn(s.p, "/?#");
	struct str authority = str_sub(s, 0, end), target = str_sub(s, end, s.n);

	at = str_chr(authority, '@');
	if (at >= 0) {
		out->userinfo = str_dup(a, str_sub(authority, 0, (size_t)at));
		authority = str_sub(authority, (size_t)at + 1, authority.n);
	}
	ptrdiff_t hash = str_chr(target, '#');

	if (hash >= 0)
		target = str_sub(target, 0, (size_t)hash);
	out->target = arena_printf(a, "%s" STR_FMT,
				   target.n > 0 && target.p[0] == '/' ? "" : "/",
				   STR_ARG(target));
	out->authority = str_dup(a, authority);
	if (!split_authority(a, authority, out))
		return bad_url(text, "its host or port is wrong");
	return NULL;
}

/* ---- proxy ---- */

static const char *either_env(const char *upper, const char *lower)
{
	const char *v = getenv(upper);

	if (v == NULL || *v == '\0')
		v = getenv(lower);
	return v != NULL && *v != '\0' ? v : NULL;
}

/* NO_PROXY: names with their subdomains, "*". The machine itself is never proxied. */
static bool goes_direct(const struct web_url *u)
{
	struct str list = str_of(either_env("NO_PROXY", "no_proxy")), part;
	struct str host = str_of(u->host);

	if (str_ieqz(host, "localhost") || str_starts(host, STR("127.")) ||
	    str_eqz(host, "::1"))
		return true;
	while (list.p != NULL && str_split(&list, ',', &part)) {
		part = str_trim(part);
		if (str_eqz(part, "*"))
			return true;
		if (part.n > 0 && part.p[0] == '.')
			part = str_sub(part, 1, part.n);
		if (part.n == 0 || part.n > host.n ||
		    !str_ieq(str_sub(host, host.n - part.n, host.n), part))
			continue;
		if (part.n == host.n || host.p[host.n - part.n - 1] == '.')
			return true;
	}
	return false;
}

static const char *proxy_of(struct rpc *r, const struct web_url *u)
{
	if (r->o.proxy != NULL && *r->o.proxy != '\0')
		return r->o.proxy;
	if (goes_direct(u))
		return NULL;
	return u->tls ? either_env("HTTPS_PROXY", "https_proxy")
		      : either_env("HTTP_PROXY", "http_proxy");
}

static struct err *read_head(struct stream *s, struct deadline until, int *status)
{
	struct arena a = {0};
	struct http_head *h = arena_new(&a, struct http_head);
	struct buf in = {0};
	struct err *e = NULL;
	ssize_t n = 0;

	/* Byte by byte: what follows the head is the server's. */
	while (e == NULL && n == 0 && in.len < PROXY_HEAD_MAX) {
		e = stream_read_full(s, buf_reserve(&in, 1), 1, until);
		if (e != NULL)
			break;
		in.len++;
		if (in.p[in.len - 1] == '\n')
			n = http_parse_response(h, in.p, in.len);
	}
	if (e == NULL && n <= 0)
		e = err_new(ERR_UNAVAILABLE, "the proxy speaks no HTTP");
	*status = h->status;
	buf_fini(&in);
	arena_fini(&a);
	return e;
}

static struct err *tunnel(struct rpc *r, const struct web_url *p, const struct web_url *u,
			  struct stream *s, struct deadline until)
{
	_cleanup_(buf_fini_wipe) struct buf rq = {0};
	int status = 0;

	buf_addf(&rq, "CONNECT %s:%u HTTP/1.1\r\nHost: %s:%u\r\n", u->host, u->port,
		 u->host, u->port);
	if (p->userinfo != NULL) {
		size_t n;
		char *plain = http_unescape(&r->a, str_of(p->userinfo), false, &n);

		if (plain != NULL)
			buf_addf(&rq, "Proxy-Authorization: Basic %s\r\n",
				 base64_encode(&r->a, plain, n));
	}
	buf_adds(&rq, "\r\n");
	TRY(stream_write(s, rq.p, rq.len, until));
	TRY(read_head(s, until, &status));
	if (status != 200)
		return err_new(ERR_UNAVAILABLE,
			       "the proxy %s:%u refused to connect: HTTP status %d",
			       p->host, p->port, status);
	return NULL;
}

static struct err *through_proxy(struct rpc *r, const char *proxy,
				 const struct web_url *u, struct deadline until,
				 struct stream **out)
{
	struct web_url p;
	/* "host:port" is taken for http://host:port. */
	const char *text = strstr(proxy, "://") != NULL
				   ? proxy
				   : arena_printf(&r->a, "http://%s", proxy);
	struct err *e = web_url_parse(&r->a, text, &p);

	if (e == NULL && strcmp(p.scheme, "http") != 0)
		e = err_new(ERR_INVALID, "only http:// proxies are supported");
	if (e != NULL)
		return err_wrap(e, "proxy");
	TRY(socket_connect(p.host, p.port, NULL, until, out));
	e = tunnel(r, &p, u, *out, until);
	if (e != NULL) {
		stream_free(*out);
		*out = NULL;
	}
	return e;
}

/* ---- TLS ---- */

static struct err *start_tls(struct rpc *r, const struct web_url *u, struct stream *inner,
			     struct deadline until, struct stream **out)
{
	_cleanup_(secret_fini) struct secret ca = {0};
	struct tls_client_config c = {.server_name = u->host,
				      .min_version = "TLSv1.2",
				      .insecure = r->o.skip_cert_check};
	SSL_CTX *ctx = NULL;
	struct err *e = r->o.ca_file != NULL ? settings_file(r->o.ca_file, &ca) : NULL;

	if (e == NULL && r->o.ca_file != NULL && ca.n == 0)
		e = err_new(ERR_INVALID, "%s is empty", r->o.ca_file);
	if (e == NULL) {
		c.ca_pem = ca.p;
		e = tls_client_ctx(&c, &ctx);
	}
	if (e != NULL) {
		stream_free(inner);
		return e;
	}
	rpc_log(r, LOG_DEBUG, "TLS certificate verification: %s",
		r->o.skip_cert_check ? "DISABLED (InsecureSkipVerify=true)" : "ENABLED");
	e = tls_connect(inner, ctx, u->host, until, out);
	SSL_CTX_free(ctx);
	return e;
}

struct err *web_open(struct rpc *r, const struct web_url *u, struct deadline until,
		     struct stream **out)
{
	const char *proxy = proxy_of(r, u);
	struct stream *s;

	if (proxy != NULL)
		TRY(through_proxy(r, proxy, u, until, &s));
	else
		TRY(socket_connect(u->host, u->port, NULL, until, &s));
	if (u->tls)
		return start_tls(r, u, s, until, out);
	*out = s;
	return NULL;
}
