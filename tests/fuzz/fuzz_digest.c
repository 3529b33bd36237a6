/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: both digest headers. A challenge that parses must be answered by a
 * response that parses and verifies.
 */
#include <amt/digest.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(struct arena *a, const struct digest_challenge *c)
{
	struct digest_response r;
	char ha1[33];

	OB_ASSERT(c->realm.p != NULL && c->nonce.n > 0);
	digest_ha1(STR("admin"), c->realm, STR("P@ssw0rd"), ha1);
	const char *text = digest_authorize(a, c, STR("admin"), ha1, "POST", "/wsman", 1);
	OB_ASSERT(digest_parse_response(a, str_of(text), &r));
	OB_ASSERT(str_eq(r.realm, c->realm) && str_eq(r.nonce, c->nonce));
	OB_ASSERT(digest_verify(&r, ha1, "POST"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char ha1[33] = "0123456789abcdef0123456789abcdef";
	struct str text = {(const char *)data, size};
	struct arena a = {0};
	struct digest_challenge c;
	struct digest_response r;

	if (digest_parse_challenge(&a, text, &c))
		answer(&a, &c);
	if (digest_parse_response(&a, text, &r))
		(void)digest_verify(&r, ha1, "POST");
	arena_fini(&a);
	return 0;
}
