/* SPDX-License-Identifier: Apache-2.0
 * Forms of text that the validator knows; each mirrors what upstream's validator accepts.
 */
#ifndef NET_VALIDATE_TEXT_H
#define NET_VALIDATE_TEXT_H

#include <base/str.h>

bool v_is_fqdn(struct str s);
bool v_is_iso8601(struct str s);
bool v_is_int(struct str s); /* not below 0; sign and leading zeroes allowed */
bool v_is_numeric(struct str s);
bool v_is_boolean(struct str s);
bool v_is_alnum(struct str s);
bool v_is_ipv4(struct str s);
bool v_is_url(struct str s);
bool v_is_choice(struct str s, const char *choices);
/* Characters of UTF-8 text. */
size_t v_length(struct str s);

#endif
