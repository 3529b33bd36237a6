/* SPDX-License-Identifier: Apache-2.0
 * HTTP digest authentication as AMT does it (MD5, qop auth). wire-amt.md 3.1-3.2.
 */
#ifndef AMT_DIGEST_H
#define AMT_DIGEST_H

#include <base/secret.h>

struct digest_challenge {
	struct str realm, nonce, opaque, qop;
	bool stale;
};
/* Value of WWW-Authenticate. False when it is no Digest challenge with realm and nonce,
 * or wants an algorithm or qop we do not do. */
bool digest_parse_challenge(struct arena *a, struct str value,
			    struct digest_challenge *c);

/* H(user:realm:password), lower-case hex. */
void digest_ha1(struct str user, struct str realm, struct str password, char out[33]);

/* Value of Authorization, all parameters quoted in MPS's order (wire-amt.md 3.2). */
const char *digest_authorize(struct arena *a, const struct digest_challenge *c,
			     struct str user, const char ha1[33], const char *method,
			     const char *uri, uint32_t nc);

struct digest_response {
	struct str user, realm, nonce, uri, qop, response, cnonce, opaque;
	uint32_t nc;
	struct str nc_text;
};
/* Value of Authorization: quoted or not, any order. */
bool digest_parse_response(struct arena *a, struct str value, struct digest_response *r);
/* What r->response must be, from its other members; qop empty: the form of RFC 2069. */
void digest_response_hex(const struct digest_response *r, const char ha1[33],
			 const char *method, char out[33]);
/* Constant-time check of the response for a method; the caller checks nonce, realm, user.
 */
bool digest_verify(const struct digest_response *r, const char ha1[33],
		   const char *method);

#endif
