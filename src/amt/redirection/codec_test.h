/* SPDX-License-Identifier: Apache-2.0
 * For the tests of this folder's codecs: what must hold of every table of golden bytes.
 */
#ifndef AMT_REDIRECTION_CODEC_TEST_H
#define AMT_REDIRECTION_CODEC_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <base/buf.h>
#include <stdlib.h>
#include <sys/types.h>

typedef ssize_t codec_decode_fn(const void *p, size_t n, void *m, const char **why);
typedef void codec_encode_fn(struct buf *out, const void *m);

struct codec {
	codec_decode_fn *decode;
	codec_encode_fn *encode;
	void *message; /* room for a decoded one */
};

/* From a heap copy of exactly n bytes, so that reading too far shows. */
static inline ssize_t codec_try(const struct codec *c, const void *p, size_t n,
				char **copy, const char **why)
{
	*copy = malloc(n > 0 ? n : 1);
	assert_non_null(*copy);
	memcpy(*copy, p, n);
	return c->decode(*copy, n, c->message, why);
}

/* Encoding gives the bytes; they decode; every piece of them asks for more; what was
 * decoded encodes to the same bytes. */
static inline void codec_check(const struct codec *c, const char *name, struct str bytes,
			       const void *message)
{
	struct buf b = {0};
	const char *why = NULL;
	char *copy;

	c->encode(&b, message);
	if (!str_eq(buf_str(&b), bytes))
		fail_msg("%s: encoded to other bytes", name);
	for (size_t n = 0; n < bytes.n; n++) {
		if (codec_try(c, bytes.p, n, &copy, &why) != 0)
			fail_msg("%s: %zu bytes were enough", name, n);
		free(copy);
	}
	buf_adds(&b, "next");
	if (codec_try(c, b.p, b.len, &copy, &why) != (ssize_t)bytes.n)
		fail_msg("%s: not decoded", name);
	buf_clear(&b);
	c->encode(&b, c->message);
	if (!str_eq(buf_str(&b), bytes))
		fail_msg("%s: changed by decoding and encoding", name);
	free(copy);
	buf_fini(&b);
}

/* Refused, with a reason, as soon as the bytes are there. */
static inline void codec_check_refused(const struct codec *c, const char *name,
				       struct str bytes)
{
	const char *why = NULL;
	char *copy;

	if (codec_try(c, bytes.p, bytes.n, &copy, &why) != -1)
		fail_msg("%s: not refused", name);
	assert_non_null(why);
	free(copy);
}

#endif
