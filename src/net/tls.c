/* SPDX-License-Identifier: Apache-2.0
 * A TLS session as a stream over another stream. OpenSSL reads and writes inner through a
 * BIO of ours; it reads ahead (many small records per system call) and gives its buffers
 * back when they are empty.
 *
 * Level-triggered: what OpenSSL holds decrypted or read ahead does not make inner
 * readable, so a timer that is due at once stands in (pending), from the first read that
 * leaves something until a read finds nothing.
 */
#include <net/tls_priv.h>

#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static BIO_METHOD *bio_method;
static pthread_once_t bio_once = PTHREAD_ONCE_INIT;

static int bio_read(BIO *b, char *p, int n)
{
	struct tls_stream *t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	if (n <= 0)
		return 0;
	ssize_t r = stream_try_read(t->inner, p, (size_t)n);

	if (r == 0)
		t->inner_eof = true;
	if (r == STREAM_AGAIN)
		BIO_set_retry_read(b);
	return r < 0 ? -1 : (int)r;
}

static int bio_write(BIO *b, const char *p, int n)
{
	struct tls_stream *t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	if (n <= 0)
		return 0;
	ssize_t r = stream_try_write(t->inner, p, (size_t)n);

	if (r == STREAM_AGAIN)
		BIO_set_retry_write(b);
	return r < 0 ? -1 : (int)r;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	const struct tls_stream *t = BIO_get_data(b);

	switch (cmd) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_EOF:
		return t->inner_eof;
	default:
		return 0;
	}
}

static void bio_method_make(void)
{
	bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
	OB_ASSERT(bio_method != NULL);
	BIO_meth_set_read(bio_method, bio_read);
	BIO_meth_set_write(bio_method, bio_write);
	BIO_meth_set_ctrl(bio_method, bio_ctrl);
}

void tls_error_text(char *out, size_t size)
{
	unsigned long code = ERR_get_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	if (reason != NULL)
		snprintf(out, size, "%s", reason);
	else
		snprintf(out, size, "TLS error %lx", code);
}

static bool readable_now(struct tls_stream *t)
{
	return t->ended || (!t->drained && SSL_has_pending(t->ssl));
}

static void fire_pending(void *arg);

static void pending_update(struct tls_stream *t)
{
	if (!(t->s.watching & STREAM_READABLE) || !readable_now(t))
		timer_disarm(&t->pending);
	else if (!timer_armed(&t->pending))
		timer_arm(&t->pending, 0, fire_pending, t);
}

static void fire_pending(void *arg)
{
	struct tls_stream *t = arg;

	/* Armed first: the callback may free the stream, or leave it as readable as it
	 * is. */
	pending_update(t);
	stream_fire(&t->s, STREAM_READABLE);
}

static void tls_watch(struct stream *s)
{
	struct tls_stream *t = container_of(s, struct tls_stream, s);
	unsigned want = 0;

	if (s->watching & STREAM_READABLE)
		want |= t->read_wants_write ? STREAM_WRITABLE : STREAM_READABLE;
	if (s->watching & STREAM_WRITABLE)
		want |= t->write_wants_read ? STREAM_READABLE : STREAM_WRITABLE;
	/* Nothing more comes from inner: it would only fire for ever. */
	if (t->ended)
		want &= ~STREAM_READABLE;
	stream_watch(t->inner, want);
	pending_update(t);
}

static void on_inner(struct stream *inner, unsigned events, void *arg)
{
	struct tls_stream *t = arg;
	unsigned fire = 0;

	if ((events & STREAM_READABLE) || t->read_wants_write)
		fire |= STREAM_READABLE;
	if ((events & STREAM_WRITABLE) || t->write_wants_read)
		fire |= STREAM_WRITABLE;
	if (fire & STREAM_READABLE)
		t->drained = false;
	stream_fire(&t->s, fire);
}

static ssize_t tls_failed(struct tls_stream *t)
{
	if (t->inner->error[0] != '\0')
		snprintf(t->s.error, sizeof(t->s.error), "%s", t->inner->error);
	else
		tls_error_text(t->s.error, sizeof(t->s.error));
	return STREAM_FAILED;
}

static ssize_t read_result(struct tls_stream *t, int error)
{
	bool wanted_write = t->read_wants_write;

	t->read_wants_write = error == SSL_ERROR_WANT_WRITE;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		t->drained = true;
		timer_disarm(&t->pending);
		if (wanted_write != t->read_wants_write)
			tls_watch(&t->s);
		return STREAM_AGAIN;
	}
	t->ended = true;
	tls_watch(&t->s);
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	return tls_failed(t);
}

static ssize_t tls_try_read(struct stream *s, void *p, size_t n)
{
	struct tls_stream *t = container_of(s, struct tls_stream, s);

	ERR_clear_error();
	int r = SSL_read(t->ssl, p, n > INT32_MAX ? INT32_MAX : (int)n);

	if (r <= 0)
		return read_result(t, SSL_get_error(t->ssl, r));
	t->drained = false;
	if (s->watching & STREAM_READABLE)
		pending_update(t);
	return r;
}

static ssize_t tls_try_write(struct stream *s, const void *p, size_t n)
{
	struct tls_stream *t = container_of(s, struct tls_stream, s);

	ERR_clear_error();
	int r = SSL_write(t->ssl, p, n > INT32_MAX ? INT32_MAX : (int)n);

	if (r > 0)
		return r;
	int error = SSL_get_error(t->ssl, r);
	bool wanted_read = t->write_wants_read;

	t->write_wants_read = error == SSL_ERROR_WANT_READ;
	if (wanted_read != t->write_wants_read)
		tls_watch(s);
	if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ)
		return STREAM_AGAIN;
	return tls_failed(t);
}

static void tls_shutdown(struct stream *s)
{
	struct tls_stream *t = container_of(s, struct tls_stream, s);

	ERR_clear_error();
	if (SSL_is_init_finished(t->ssl))
		SSL_shutdown(t->ssl);
	ERR_clear_error();
	stream_shutdown(t->inner);
}

static void tls_free(struct stream *s)
{
	struct tls_stream *t = container_of(s, struct tls_stream, s);

	timer_disarm(&t->pending);
	/* close_notify, unless the peer or we said it or something failed. */
	ERR_clear_error();
	if (SSL_is_init_finished(t->ssl) && s->error[0] == '\0' &&
	    !(SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN))
		SSL_shutdown(t->ssl);
	ERR_clear_error();
	SSL_free(t->ssl);
	stream_free(t->inner);
	free(t);
}

static const struct stream_ops tls_ops = {
	.name = "tls",
	.try_read = tls_try_read,
	.try_write = tls_try_write,
	.watch = tls_watch,
	.shutdown = tls_shutdown,
	.free = tls_free,
};

struct tls_stream *tls_stream_new(struct stream *inner, SSL_CTX *ctx)
{
	struct tls_stream *t = xcalloc(1, sizeof(*t));

	pthread_once(&bio_once, bio_method_make);
	stream_init(&t->s, &tls_ops);
	t->inner = inner;
	t->ssl = SSL_new(ctx);
	BIO *bio = BIO_new(bio_method);

	OB_ASSERT(t->ssl != NULL && bio != NULL);
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	return t;
}

void tls_stream_ready(struct tls_stream *t)
{
	stream_watch(t->inner, 0);
	stream_on_event(t->inner, on_inner, t);
}

SSL *tls_ssl(const struct stream *s)
{
	return s->ops == &tls_ops ? container_of(s, struct tls_stream, s)->ssl : NULL;
}
