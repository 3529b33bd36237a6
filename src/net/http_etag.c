/* SPDX-License-Identifier: Apache-2.0
 * Validators of answers (RFC 9110, 8.8.3 and 13.1.2): weak, as Express makes them.
 */
#include <base/encode.h>
#include <net/http_server.h>
#include <openssl/evp.h>

/* Weak comparison: the opaque parts must be equal. */
static struct str opaque(struct str tag)
{
	tag = str_trim(tag);
	return str_starts(tag, STR("W/")) ? str_sub(tag, 2, tag.n) : tag;
}

static bool one_matches(struct str list, struct str etag)
{
	struct str part;

	if (str_eqz(str_trim(list), "*"))
		return true;
	while (str_split(&list, ',', &part))
		if (str_eq(opaque(part), opaque(etag)))
			return true;
	return false;
}

void http_res_etag(const struct http_req *req, struct http_res *res)
{
	const struct http_header *h = http_header(req->head, "if-none-match");
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (res->status != 200 || res->body.len == 0)
		return;
	EVP_Digest(res->body.p, res->body.len, md, &n, EVP_sha1(), NULL);
	const char *sum = base64_encode(res->arena, md, n);
	const char *etag =
		arena_printf(res->arena, "W/\"%zx-%.27s\"", res->body.len, sum);
	http_res_header(res, "ETag", etag);
	if (h != NULL && one_matches(h->value, str_of(etag))) {
		res->status = 304;
		buf_clear(&res->body);
	}
}
