/* SPDX-License-Identifier: Apache-2.0
 * Secret text.
 */
#include <base/secret.h>

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void secret_set(struct secret *s, struct str text)
{
	struct secret next = {xmalloc(text.n + 1), text.n};

	if (text.n > 0)
		memcpy(next.p, text.p, text.n);
	next.p[text.n] = '\0';
	secret_fini(s); /* only now: text may point into s */
	*s = next;
}

void secret_fini(struct secret *s)
{
	if (s->p != NULL)
		secret_wipe(s->p, s->n);
	free(s->p);
	*s = (struct secret){0};
}

bool secret_equal(const struct secret *s, struct str text)
{
	if (s->p == NULL || text.p == NULL || s->n != text.n)
		return false;
	return s->n == 0 || CRYPTO_memcmp(s->p, text.p, s->n) == 0;
}

void secret_wipe(void *p, size_t n)
{
	if (n > 0)
		OPENSSL_cleanse(p, n);
}

void secret_protect_process(void)
{
	struct rlimit none = {0, 0};

	/* Neither call can fail with these arguments. */
	OB_ASSERT(setrlimit(RLIMIT_CORE, &none) == 0);
	OB_ASSERT(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
}
