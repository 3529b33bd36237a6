/* SPDX-License-Identifier: Apache-2.0
 * Certificates and pipes for the tests of src/net.
 */
#include <net/tls_test.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

static char *bio_text(BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);
	char *text = xstrndup(p, (size_t)n);

	BIO_free(bio);
	return text;
}

static void add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);

	OB_ASSERT(ext != NULL);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
}

struct test_cert test_cert_new(const char *cn, const char *san,
			       const struct test_cert *ca)
{
	static long serial = 1;
	EVP_PKEY *key = EVP_EC_gen("P-256"), *signer = key;
	X509 *x = X509_new(), *issuer = x;
	struct test_cert out;

	if (ca != NULL) {
		BIO *bio = BIO_new_mem_buf(ca->cert, -1);

		issuer = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		BIO_free(bio);
		bio = BIO_new_mem_buf(ca->key, -1);
		signer = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
		BIO_free(bio);
	}
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
				   (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	add_ext(x, issuer, NID_basic_constraints,
		ca == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	if (san != NULL)
		add_ext(x, issuer, NID_subject_alt_name, san);
	OB_ASSERT(X509_sign(x, signer, EVP_sha256()) > 0);
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, x);
	out.cert = bio_text(bio);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	out.key = bio_text(bio);
	if (ca != NULL) {
		X509_free(issuer);
		EVP_PKEY_free(signer);
	}
	X509_free(x);
	EVP_PKEY_free(key);
	return out;
}

void test_cert_free(struct test_cert *c)
{
	free(c->cert);
	free(c->key);
}

/* Each end owns what it will read. An end is told of news by a timer that is due at once.
 */
struct pipe_end {
	struct stream s;
	struct pipe_end *peer; /* NULL once freed */
	struct buf in;
	size_t cap;
	bool ended;
	struct timer news;
};

static unsigned holds(const struct pipe_end *e)
{
	unsigned events = 0;

	if (e->in.len > 0 || e->ended || e->peer == NULL)
		events |= STREAM_READABLE;
	if (e->peer == NULL || e->peer->in.len < e->cap)
		events |= STREAM_WRITABLE;
	return events & e->s.watching;
}

static void on_news(void *arg);

static void pipe_news(struct pipe_end *e)
{
	if (e != NULL && holds(e) && !timer_armed(&e->news))
		timer_arm(&e->news, 0, on_news, e);
}

static void on_news(void *arg)
{
	struct pipe_end *e = arg;
	unsigned events = holds(e);

	pipe_news(e);
	stream_fire(&e->s, events);
}

static ssize_t pipe_try_read(struct stream *s, void *p, size_t n)
{
	struct pipe_end *e = container_of(s, struct pipe_end, s);

	if (e->in.len == 0)
		return e->ended || e->peer == NULL ? 0 : STREAM_AGAIN;
	n = MIN(n, e->in.len);
	memcpy(p, e->in.p, n);
	buf_consume(&e->in, n);
	pipe_news(e->peer);
	return (ssize_t)n;
}

static ssize_t pipe_try_write(struct stream *s, const void *p, size_t n)
{
	struct pipe_end *e = container_of(s, struct pipe_end, s);

	if (e->peer == NULL) {
		strcpy(s->error, "broken pipe");
		return STREAM_FAILED;
	}
	n = MIN(n, e->cap - e->peer->in.len);
	if (n == 0)
		return STREAM_AGAIN;
	buf_add(&e->peer->in, p, n);
	pipe_news(e->peer);
	return (ssize_t)n;
}

static void pipe_watch(struct stream *s)
{
	pipe_news(container_of(s, struct pipe_end, s));
}

static void pipe_shutdown(struct stream *s)
{
	struct pipe_end *e = container_of(s, struct pipe_end, s);

	if (e->peer != NULL) {
		e->peer->ended = true;
		pipe_news(e->peer);
	}
}

static void pipe_free(struct stream *s)
{
	struct pipe_end *e = container_of(s, struct pipe_end, s);

	timer_disarm(&e->news);
	if (e->peer != NULL) {
		e->peer->peer = NULL;
		pipe_news(e->peer);
	}
	buf_fini(&e->in);
	free(e);
}

static const struct stream_ops pipe_ops = {
	.name = "pipe",
	.try_read = pipe_try_read,
	.try_write = pipe_try_write,
	.watch = pipe_watch,
	.shutdown = pipe_shutdown,
	.free = pipe_free,
};

void test_pipe(size_t cap, struct stream **a, struct stream **b)
{
	struct pipe_end *x = xcalloc(1, sizeof(*x)), *y = xcalloc(1, sizeof(*y));

	stream_init(&x->s, &pipe_ops);
	stream_init(&y->s, &pipe_ops);
	x->cap = y->cap = cap;
	x->peer = y;
	y->peer = x;
	*a = &x->s;
	*b = &y->s;
}
